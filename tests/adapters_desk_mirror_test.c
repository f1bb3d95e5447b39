/* SPDX-License-Identifier: EUPL-1.2 */
#include "adapters/desk_officer.h"
#include "adapters/desk_report.h"
#include "adapters/log_view.h"
#include "consent/note_log.h"
#include "tests/adapters_desk_world.h"
#include "tests/adapters_told.h"
#include "tests/witness_log.h"

/* What an officer is told of a log that goes over years and restores. */

#define ORIGIN "test/log" /* of the register in tests/consent_alliance.h */

static const struct recipe *const money = &recipes[0];

struct world {
	struct desk_world desks;
	struct two_logs logs;
	struct desk *own; /* borrowed from desks */
};

static int
setup(void **state)
{
	struct world *w = mem_new(sizeof(*w));
	struct key_secrets hub;

	desk_world_init(&w->desks);
	desk_world_start(&w->desks);
	alliance_hub_keys(w->desks.alliance, &hub);
	two_logs_init(&w->logs, &hub.signing);
	w->own = w->desks.at[money->from].desk;
	*state = w;
	return 0;
}

static int
teardown(void **state)
{
	struct world *w = *state;

	desk_world_stop(&w->desks);
	desk_world_fini(&w->desks);
	mem_free(w);
	return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

/* A checkpoint of this size, of this generation. */
static void
show(struct world *w, uint32_t generation, uint64_t size)
{
	char origin[NOTE_LOG_ORIGIN_SIZE];
	char *note;

	assert_int_equal(note_log_origin(ORIGIN, generation, origin), WH_OK);
	note = two_logs_note(&w->logs, 0, size, origin);
	assert_int_equal(desk_checkpoint(w->own, span_str(note),
			     w->desks.now_ms),
	    WH_OK);
	mem_free(note);
}

/* The hub answers what it is asked for: these entries, all that there are. */
static void
answer(struct world *w, uint64_t asked, uint64_t size, struct told *told,
    size_t count)
{
	struct log_entry entries[8] = {0};
	struct log_page page = told_page(asked, size, entries, count);
	struct why why = {""};
	uint64_t from = 0;

	assert_true(count <= 8);
	for (size_t i = 0; i < count; i++)
		entries[i] = told[i].entry;
	assert_int_equal(desk_mirror_next(w->own, &from), WH_OK);
	assert_int_equal(from, asked);
	if (desk_mirror_page(w->own, &page, w->desks.now_ms, &why) != WH_OK)
		fail_msg("%s", why.text);
}

static json_t *
stand(struct world *w)
{
	json_t *out = NULL;

	assert_int_equal(desk_mirror_state(w->own, w->desks.now_ms, &out),
	    WH_OK);
	return out;
}

static void
expect_stand(struct world *w, bool complete, json_int_t received,
    json_int_t size, const char *says)
{
	json_t *now = stand(w);

	assert_int_equal(json_is_true(json_object_get(now, "compleet")),
	    complete);
	assert_int_equal(json_integer_value(
			     json_object_get(now, "ontvangenTot")),
	    received);
	assert_int_equal(json_integer_value(json_object_get(now, "omvang")),
	    size);
	if (strstr(json_text(now, "zin"), says) == NULL)
		fail_msg("%s", json_text(now, "zin"));
	json_decref(now);
}

static void
test_a_new_year_is_counted_on_and_told_in_its_own_numbers(void **state)
{
	struct world *w = *state;
	struct told first, next[2];

	told_make(&first, "buurtteam", 3, AUDIT_ACCEPTED, 5, "");
	show(w, 0, 9);
	answer(w, 0, 9, &first, 1);
	expect_stand(w, true, 9, 9, "Compleet tot en met regel 8, ");
	/* of the old year there is one more, that no checkpoint told us of */
	show(w, 1, 3);
	expect_stand(w, false, 0, 3,
	    "ontvangen tot en met regel 8. Het logboek gaat tot en met regel "
	    "2 van log 1.");
	told_make(&next[0], "buurtteam", 10, AUDIT_HANDOVER, 5, "");
	told_opened(&next[1], note_log_entry(1, 0), AUDIT_OPENED_YEAR);
	answer(w, 9, note_log_entry(1, 3), next, 2);
	expect_stand(w, true, 3, 3, "Compleet tot en met regel 2 van log 1, ");
	show(w, 1, 5);
	expect_stand(w, false, 3, 5, "Nog niet compleet");
}

/* Two years went by while it was away. */
static void
test_who_is_years_behind_is_not_complete(void **state)
{
	struct world *w = *state;
	struct told told[3];

	told_make(&told[0], "buurtteam", 3, AUDIT_ACCEPTED, 5, "");
	show(w, 0, 9);
	answer(w, 0, 9, told, 1);
	show(w, 2, 1);
	expect_stand(w, false, 0, 1, "regel 0 van log 2");
	told_opened(&told[1], note_log_entry(1, 0), AUDIT_OPENED_YEAR);
	answer(w, 9, note_log_entry(1, 7), &told[1], 1);
	expect_stand(w, false, 0, 1, "tot en met regel 6 van log 1");
	told_opened(&told[2], note_log_entry(2, 0), AUDIT_OPENED_YEAR);
	answer(w, note_log_entry(1, 7), note_log_entry(2, 1), &told[2], 1);
	expect_stand(w, true, 1, 1, "Compleet tot en met regel 0 van log 2");
}

/* About this referral. */
static void
about(struct told *t, const struct id *case_ref)
{
	struct audit_leaf leaf;

	assert_int_equal(audit_leaf_read(t->entry.leaf, &leaf), WH_OK);
	leaf.case_ref = *case_ref;
	audit_leaf_write(&leaf, t->leaf);
}

static size_t
refusals_reported(struct world *w, const char *client)
{
	struct desk_result result;
	json_t *body = json_pack("{s:s}", "client", client);
	size_t n;

	assert_int_equal(desk_report(w->own, body, w->desks.now_ms, &result),
	    WH_OK);
	json_decref(body);
	if (result.kind != OUTCOME_CREATED)
		fail_msg("%s: %s", result.field, result.text);
	n = json_array_size(
	    json_object_get(json_object_get(result.dossier, "verslag"),
		"weigeringen"));
	desk_result_fini(&result);
	return n;
}

/* How many entries are shown, and how many of them can be proved. */
static void
expect_shown(struct world *w, size_t count, size_t provable)
{
	const struct log_filter all = {.kind = "",
	    .reason = "",
	    .partner = "",
	    .category = "",
	    .ground = "",
	    .verdict = "",
	    .page = 1,
	    .page_size = 100};
	json_t *list = NULL, *entry;
	json_int_t above = INT64_MAX, index;
	bool more;
	size_t i;

	assert_int_equal(desk_mirror_list(w->own, &all, &list, &more), WH_OK);
	assert_int_equal(json_array_size(list), count);
	json_array_foreach(list, i, entry)
	{
		index = json_integer_value(json_object_get(entry, "index"));
		assert_true(index < above);
		above = index;
		if (json_object_get(entry, "bewijs") != NULL)
			provable--;
	}
	assert_int_equal(provable, 0);
	json_decref(list);
}

/*
 * One refusal is in the backup, one is not; a third is in it that was not told
 * before. (No hub loses entries in that order: each must be right by itself.)
 */
static void
test_after_a_restore_nothing_stands_twice_and_all_is_there(void **state)
{
	struct world *w = *state;
	struct id consent = consent_given(&w->desks, money, "C-1");
	struct desk_result result = refer_by(&w->desks, money, "C-1", &consent);
	struct id case_ref = id_of(&result);
	struct told kept, lost, late, opened, told[3];

	told_make(&kept, "buurtteam", 3, AUDIT_REFUSED, 0, "");
	told_make(&lost, "buurtteam", 7, AUDIT_REFUSED, 0, "");
	told_make(&late, "buurtteam", 9, AUDIT_REFUSED, 0, "");
	told_opened(&opened, note_log_entry(1, 0), AUDIT_OPENED_RESTORED);
	about(&kept, &case_ref);
	about(&lost, &case_ref);
	about(&late, &case_ref);
	told[0] = kept;
	told[1] = lost;
	show(w, 0, 8);
	answer(w, 0, 8, told, 2);
	assert_int_equal(refusals_reported(w, "C-1"), 2);
	show(w, 1, 1);
	told[0] = late;
	told[1] = opened;
	answer(w, 8, note_log_entry(1, 1), told, 2);
	expect_stand(w, false, 1, 1, "uit een kopie hersteld");
	told[0] = kept;
	told[1] = late;
	told[2] = opened;
	answer(w, 0, note_log_entry(1, 1), told, 3);
	expect_stand(w, true, 1, 1, "Compleet tot en met regel 0 van log 1");
	expect_shown(w, 4, 3);
	assert_int_equal(refusals_reported(w, "C-1"), 3);
}

static void
expect_checkpoint(struct world *w, uint64_t entry, const char *origin)
{
	char *note = NULL;

	if (origin == NULL) {
		assert_int_equal(desk_checkpoint_of(w->own, entry, &note),
		    WH_NOT_FOUND);
		return;
	}
	assert_int_equal(desk_checkpoint_of(w->own, entry, &note), WH_OK);
	assert_int_equal(strncmp(note, origin, strlen(origin)), 0);
	mem_free(note);
}

static void
test_a_checkpoint_covers_entries_of_its_own_log_alone(void **state)
{
	struct world *w = *state;

	expect_checkpoint(w, 2, NULL);
	show(w, 0, 9);
	show(w, 1, 4);
	expect_checkpoint(w, 2, ORIGIN "\n9\n");
	expect_checkpoint(w, 9, NULL);
	expect_checkpoint(w, note_log_entry(1, 3), ORIGIN "/1\n4\n");
	expect_checkpoint(w, note_log_entry(1, 4), NULL);
	expect_checkpoint(w, note_log_entry(2, 0), NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_a_new_year_is_counted_on_and_told_in_its_own_numbers),
	    TEST(test_who_is_years_behind_is_not_complete),
	    TEST(test_after_a_restore_nothing_stands_twice_and_all_is_there),
	    TEST(test_a_checkpoint_covers_entries_of_its_own_log_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
