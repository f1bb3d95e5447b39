/* SPDX-License-Identifier: EUPL-1.2 */
#include "broker/check.h"
#include "consent/audit_drop.h"
#include "consent/note_log.h"
#include "tests/broker_hub.h"

/* A new year, a new log; and after a restore too. */

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

static uint32_t
generation(const struct hub *h)
{
	return audit_generation(core_audit(h->loop->core));
}

static uint64_t
record_consent(struct hub *h, struct sock *client)
{
	struct permission permission =
	    people_consent(&h->people, h->loop->now_ms);

	return capture(h, client, &permission).log_index;
}

/* The proof of an entry, checked as an adapter does; how large its tree is. */
static uint64_t
prove(struct hub *h, struct sock *client, uint64_t index)
{
	struct to_hub message = {.request = 3,
	    .kind = TO_HUB_PROOF,
	    .u.proof_index = index};
	struct note_checkpoint head;
	struct span path[WIRE_PROOF_MAX];
	struct from_hub frame;
	struct hash leaf;
	struct note_key key;
	uint32_t of = 99;

	assert_int_equal(note_key_make(WORLD_ORIGIN, NOTE_ED25519,
			     h->people.hub.signing.public_key, &key),
	    WH_OK);
	tell(h, client, &message);
	frame = hear(h, client, FROM_HUB_PROOF);
	assert_int_equal(note_log_open(frame.u.proof.checkpoint, &key, 1, &of,
			     &head),
	    WH_OK);
	assert_int_equal(of, note_log_generation(index));
	assert_int_equal(head.size, frame.u.proof.size);
	for (size_t i = 0; i < frame.u.proof.path_count; i++)
		path[i] = span_of(frame.u.proof.path[i], WIRE_KEY_LEN);
	leaf = merkle_leaf(frame.u.proof.leaf);
	assert_int_equal(merkle_check_inclusion(span_of(leaf.b, HASH_LEN),
			     note_log_leaf(index), head.size, path,
			     frame.u.proof.path_count,
			     span_of(head.root.b, HASH_LEN)),
	    WH_OK);
	return head.size;
}

static void
wait_published(struct hub *h, uint64_t index)
{
	h->loop->checkpoint_mono_ms = 0; /* a minute is long ago */
	while (h->loop->checkpoint == NULL ||
	       h->loop->checkpoint_size <= note_log_leaf(index))
		hub_turn_well(h);
}

static void
test_a_new_year_opens_a_new_log(void **state)
{
	struct hub *h = *state;
	struct sock *client;
	uint64_t before, after, size;
	struct hash root;

	hub_start(h);
	client = join(h, BUURTTEAM);
	before = record_consent(h, client);
	assert_int_equal(note_log_generation(before), 0);
	size = audit_size(core_audit(h->loop->core));
	h->loop->now_ms += 366 * DAY_MS;
	while (generation(h) == 0)
		hub_turn_well(h);
	after = record_consent(h, client);
	assert_int_equal(note_log_generation(after), 1);
	wait_published(h, after);
	/* The last checkpoint of the old log has all that was in it. */
	assert_true(prove(h, client, before) >= size);
	prove(h, client, after);
	prove(h, client, note_log_entry(1, 0));
	root = hub_root(h);
	hub_kill(h);
	assert_sound(h);
	hub_start(h);
	assert_int_equal(generation(h), 1);
	assert_memory_equal(root.b, hub_root(h).b, HASH_LEN);
	sock_close(client);
}

static void
test_within_a_year_nothing_is_opened(void **state)
{
	struct hub *h = *state;

	hub_start(h);
	for (int i = 0; i < 5; i++) {
		h->loop->second_mono_ms = 0;
		hub_turn_well(h);
	}
	assert_int_equal(generation(h), 0);
}

/* Killed right after: what was journalled opens it again, the same. */
static void
test_a_new_log_is_replayed(void **state)
{
	struct hub *h = *state;
	struct hash root;

	hub_start(h);
	h->options.commit_ms = 10000;
	h->loop->now_ms += 366 * DAY_MS;
	while (generation(h) == 0)
		hub_turn_well(h);
	root = hub_root(h);
	hub_kill(h);
	hub_start(h);
	assert_int_equal(generation(h), 1);
	assert_memory_equal(root.b, hub_root(h).b, HASH_LEN);
}

static void
mark(struct hub *h, struct span note)
{
	char *path = support_path(h->data, "restored");

	assert_int_equal(file_write(path, note, 0600, NULL), WH_OK);
	free(path);
}

static void
test_a_restored_folder_goes_on_under_a_new_origin(void **state)
{
	struct hub *h = *state;
	char *second = support_path(h->data, "checkpoint");
	char *marked = support_path(h->data, "restored");
	struct audit_leaf leaf;
	struct hash link;
	struct span bytes;
	uint8_t *note = NULL;
	size_t len = 0;

	hub_start(h);
	hub_kill(h);
	assert_int_equal(file_read(second, NOTE_MAX, &note, &len, NULL), WH_OK);
	mark(h, span_of(note, len));
	hub_start(h);
	assert_int_equal(generation(h), 1);
	assert_int_equal(access(marked, F_OK), -1);
	assert_int_equal(audit_leaf_get(h->loop->txn, note_log_entry(1, 0),
			     &bytes),
	    WH_OK);
	assert_int_equal(audit_leaf_read(bytes, &leaf), WH_OK);
	assert_int_equal(leaf.reason, AUDIT_OPENED_RESTORED);
	assert_int_equal(note_log_link(span_of(note, len), &link), WH_OK);
	assert_memory_equal(link.b, leaf.commitment.b, HASH_LEN);
	/* A start that was cut off before the mark was taken away. */
	hub_kill(h);
	mark(h, span_of(note, len));
	hub_start(h);
	assert_int_equal(generation(h), 1);
	hub_kill(h);
	assert_sound(h);
	mem_free(note);
	free(marked);
	free(second);
}

static void
test_a_mark_that_says_nothing_is_refused(void **state)
{
	struct hub *h = *state;
	struct why why = {""};

	hub_start(h);
	hub_kill(h);
	mark(h, span_str("rubbish"));
	assert_int_equal(hub_open(h, &why), WH_CORRUPT);
	assert_non_null(strstr(why.text, "restored"));
}

/* Who asks for a proof then hears why there is none; the folder is sound. */
static void
test_a_log_that_was_kept_for_its_years_is_gone(void **state)
{
	struct hub *h = *state;
	struct to_hub message = {.request = 3, .kind = TO_HUB_PROOF};
	struct sock *client;
	struct from_hub frame;
	bool gone = false;

	hub_start(h);
	client = join(h, BUURTTEAM);
	message.u.proof_index = record_consent(h, client);
	h->loop->now_ms += 366 * DAY_MS;
	while (generation(h) == 0)
		hub_turn_well(h);
	h->loop->now_ms +=
	    366 * DAY_MS * core_register(h->loop->core)->reg.audit_years;
	while (!gone) {
		hub_turn_well(h);
		assert_int_equal(audit_drop_state(h->loop->txn, 0, &gone),
		    WH_OK);
	}
	tell(h, client, &message);
	frame = hear(h, client, FROM_HUB_REFUSAL);
	assert_non_null(strstr(frame.u.refusal.detail, "years and is gone"));
	hub_kill(h);
	assert_sound(h);
	hub_start(h);
	hub_kill(h);
	assert_sound(h);
	sock_close(client);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    HUB(test_a_new_year_opens_a_new_log),
	    HUB(test_within_a_year_nothing_is_opened),
	    HUB(test_a_new_log_is_replayed),
	    HUB(test_a_restored_folder_goes_on_under_a_new_origin),
	    HUB(test_a_mark_that_says_nothing_is_refused),
	    HUB(test_a_log_that_was_kept_for_its_years_is_gone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
