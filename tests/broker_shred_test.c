/* SPDX-License-Identifier: EUPL-1.2 */
#include <dirent.h>

#include "broker/check.h"
#include "broker/reach.h"
#include "broker/row.h"
#include "tests/broker_hub.h"

/*
 * After an erasure and a compaction no byte of what was erased, nor of its
 * key, is in any file of the broker. Before, there are: or nothing was looked
 * for.
 */

#define NEEDLES 6

struct needle {
	const char *what;
	uint8_t bytes[HASH_LEN];
	size_t len;
};

struct story {
	struct permission permission;
	struct letter offer;
	struct letter answer;
	struct needle needles[NEEDLES];
	size_t count;
};

static void
look_for(struct story *story, const char *what, const uint8_t *bytes,
    size_t len)
{
	struct needle *needle = &story->needles[story->count++];

	assert_true(story->count <= NEEDLES && len <= sizeof(needle->bytes));
	needle->what = what;
	needle->len = len;
	memcpy(needle->bytes, bytes, len);
}

/* In any file below dir. */
static bool
lies_about(const char *dir, const struct needle *needle)
{
	DIR *at = opendir(dir);
	const struct dirent *entry;
	bool found = false;

	assert_non_null(at);
	while ((entry = readdir(at)) != NULL) {
		char *path = support_path(dir, entry->d_name);
		uint8_t *file = NULL;
		size_t len = 0;

		if (entry->d_type == DT_DIR && entry->d_name[0] != '.')
			found |= lies_about(path, needle);
		if (entry->d_type == DT_REG) {
			assert_int_equal(file_read(path, SIZE_MAX / 2, &file,
					     &len, NULL),
			    WH_OK);
			found |= memmem(file, len, needle->bytes,
				     needle->len) != NULL;
		}
		mem_free(file);
		free(path);
	}
	closedir(at);
	return found;
}

static void
all_are(struct hub *h, const struct story *story, bool there)
{
	for (size_t i = 0; i < story->count; i++)
		if (lies_about(h->data, &story->needles[i]) != there)
			fail_msg("%s %s", story->needles[i].what,
			    there ? "was not there to be erased"
				  : "is still there");
}

/* Not at night by itself: the tests run when they run. */
static void
start_by_day(struct hub *h)
{
	hub_start(h);
	h->loop->compact_tried_mono_ms = clk_mono_ms();
}

static void
drain(struct hub *h, struct sock *client, size_t count)
{
	grant(h, client, (uint32_t)count);
	while (count-- > 0)
		acknowledge(h, client,
		    hear(h, client, FROM_HUB_DELIVER).u.deliver.delivery);
}

static void
send_letter(struct hub *h, struct sock *client, const struct letter *letter)
{
	struct bytes sealed = letter_seal(&h->people, letter);

	tell_signed(h, client, TO_HUB_SUBMIT, sealed);
	hear(h, client, FROM_HUB_RECEIPT);
}

/* A referral that came, was declined, and of which everybody has heard. */
static struct story
declined(struct hub *h, struct sock *from, struct sock *to)
{
	struct story story = {
	    .permission = people_consent(&h->people, h->now_ms)};
	const struct id *id;
	struct span key;

	capture(h, from, &story.permission);
	story.offer = letter_offer(&h->people, &story.permission, h->now_ms);
	send_letter(h, from, &story.offer);
	drain(h, to, 1);
	drain(h, from, 1);
	story.answer = letter_back(&h->people, &story.offer, EVENT_DECLINE,
	    CODE_NO_CAPACITY);
	send_letter(h, to, &story.answer);
	drain(h, from, 1);
	while (h->loop->uncommitted > 0 ||
	       kv_peek(h->loop->txn, TABLE_LOG_KEY,
		   span_id(&story.offer.header.case_ref), &key) != WH_OK)
		hub_turn_well(h);
	look_for(&story, "the key of the case", key.p, HASH_LEN);
	id = &story.offer.header.message_id;
	look_for(&story, "the id of the offer", id->b, sizeof(id->b));
	id = &story.answer.header.message_id;
	look_for(&story, "the id of the answer", id->b, sizeof(id->b));
	return story;
}

static void
ask(struct hub *h, const char *question, const char *answer)
{
	char out[512] = "";

	status_answer(h->loop, question, out, sizeof(out));
	if (strstr(out, answer) == NULL)
		fail_msg("%s: %s", question, out);
}

static void
erase(struct hub *h, const struct story *story)
{
	char question[64] = "erase ";

	/* Its last acknowledgement may still be on its way. */
	while (core_erasable(h->loop->txn, &story->offer.header.case_ref,
		   NULL) != WH_OK)
		hub_turn_well(h);
	id_text(&story->offer.header.case_ref, question + 6);
	ask(h, question, "erased ");
	ask(h, question, "error "); /* or in a moment: it is gone */
}

static void
note_finding(void *arg, const char *finding)
{
	(void)arg;
	print_error("%s\n", finding);
}

static void
assert_sound(struct hub *h)
{
	struct check_result result;
	struct why why = {""};

	assert_int_equal(check_folder(h->data, note_finding, NULL, &result,
			     &why),
	    WH_OK);
	assert_int_equal(result.findings, 0);
}

/* Until the rows of the case have gone too. */
static void
wait_gone(struct hub *h, const struct story *story)
{
	struct case_row row;

	while (row_case_get(h->loop->txn, &story->offer.header.case_ref,
		   &row) == WH_OK)
		hub_turn_well(h);
}

static void
test_no_byte_stays_after_erasing_and_compacting(void **state)
{
	struct hub *h = *state;
	struct sock *from, *to;
	struct story erased, kept;
	struct hash before;

	start_by_day(h);
	from = join(h, BUURTTEAM);
	to = join(h, WPI);
	kept = declined(h, from, to);
	erased = declined(h, from, to);
	all_are(h, &erased, true);
	erase(h, &erased);
	wait_gone(h, &erased);
	ask(h, "status", "erased-bytes-since 2");
	ask(h, "compact", "compacted yes");
	all_are(h, &erased, false);
	ask(h, "status", "erased-bytes-since no");
	before = hub_root(h);
	hub_kill(h);
	assert_sound(h);
	hub_start(h);
	assert_memory_equal(before.b, hub_root(h).b, HASH_LEN);
	all_are(h, &erased, false);
	/* Only of the other one the details can still be read. */
	assert_true(lies_about(h->data, &kept.needles[0]));
	sock_close(from);
	sock_close(to);
}

static void
test_a_start_compacts_what_waited(void **state)
{
	struct hub *h = *state;
	struct sock *from, *to;
	struct story erased;

	start_by_day(h);
	from = join(h, BUURTTEAM);
	to = join(h, WPI);
	erased = declined(h, from, to);
	erase(h, &erased);
	wait_gone(h, &erased);
	sock_close(from);
	sock_close(to);
	hub_kill(h);
	assert_true(lies_about(h->data, &erased.needles[1]));
	hub_start(h);
	all_are(h, &erased, false);
	hub_kill(h);
	assert_sound(h);
}

/* The end of the permission reached it, and goes on to be told of. */
static void
withdraw(struct hub *h, struct sock *from, struct sock *to,
    const struct story *story)
{
	const struct permission *permission = &story->permission;
	struct permission_change change = people_change(&h->people, permission,
	    PERMISSION_WITHDRAWN, BUURTTEAM, h->now_ms);
	struct message_reach said = {story->offer.header.message_id,
	    REACH_RETAINED, "Archiefwet-3"};
	struct carried report =
	    people_report(&h->people, permission, WPI, h->now_ms);

	report.messages = &said;
	report.count = 1;
	tell_signed(h, from, TO_HUB_PERMISSION_EVENT,
	    change_sign(&h->people, &change, BUURTTEAM));
	hear(h, from, FROM_HUB_RECEIPT);
	drain(h, to, 1);
	drain(h, from, 1);
	tell_signed(h, to, TO_HUB_CARRIED,
	    carried_sign(&h->people, &report, WPI));
	hear(h, to, FROM_HUB_RECEIPT);
	drain(h, from, 1);
}

static void
test_no_byte_stays_of_what_an_end_reached(void **state)
{
	struct hub *h = *state;
	struct withdrawal_row row;
	struct sock *from, *to;
	struct story erased;
	const struct id *permission_id = &erased.permission.permission_id;

	start_by_day(h);
	from = join(h, BUURTTEAM);
	to = join(h, WPI);
	erased = declined(h, from, to);
	withdraw(h, from, to, &erased);
	erase(h, &erased);
	wait_gone(h, &erased);
	ask(h, "compact", "compacted yes");
	all_are(h, &erased, false);
	assert_int_equal(reach_whole_get(h->loop->txn, permission_id, &row),
	    WH_OK);
	assert_int_equal(row.counts[REACH_RETAINED], 1);
	hub_kill(h);
	assert_sound(h);
	sock_close(from);
	sock_close(to);
}

/* Killed at any moment of it: what was acknowledged is there, and it can be
 * done again. */
static void
test_compacting_goes_on_with_members_connected(void **state)
{
	struct hub *h = *state;
	struct sock *from, *to;
	struct story story;

	start_by_day(h);
	from = join(h, BUURTTEAM);
	to = join(h, WPI);
	for (int i = 0; i < 3; i++) {
		story = declined(h, from, to);
		ask(h, "compact", "compacted yes");
	}
	story = declined(h, from, to);
	assert_true(lies_about(h->data, &story.needles[0]));
	hub_kill(h);
	hub_start(h);
	hub_kill(h);
	assert_sound(h);
	sock_close(from);
	sock_close(to);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    HUB(test_no_byte_stays_after_erasing_and_compacting),
	    HUB(test_no_byte_stays_of_what_an_end_reached),
	    HUB(test_a_start_compacts_what_waited),
	    HUB(test_compacting_goes_on_with_members_connected),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
