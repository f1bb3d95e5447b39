/* SPDX-License-Identifier: EUPL-1.2 */
#include "adapters/mirror_past.h"

#include "consent/note_log.h"
#include "tests/adapters_store.h"
#include "tests/adapters_told.h"

/* The mirror over the years of the hub's log, and over its restores. */

#define SELF "eigen-haard"

static enum wh_err
add(struct store *s, const struct log_page *page)
{
	struct why why = {""};

	return mirror_add(s->txn, s->vault, SELF, page, TOLD_AT_MS, &why);
}

/* All that the hub has from here to the last of these. */
static void
add_all(struct store *s, uint64_t from, struct told *told, size_t count)
{
	struct log_entry entries[8] = {0};
	struct log_page page = told_page(from, from, entries, count);

	assert_true(count <= 8);
	for (size_t i = 0; i < count; i++)
		entries[i] = told[i].entry;
	page.next = entries[count - 1].index + 1;
	assert_int_equal(add(s, &page), WH_OK);
}

static bool
has_details(struct store *s, uint64_t index)
{
	struct mirror_entry got;

	assert_int_equal(mirror_get(s->txn, s->vault, index, &got), WH_OK);
	return got.has_details;
}

/* A generation of the log, as an entry's number has it. */
#define AT(generation, leaf) note_log_entry(generation, leaf)

static void
expect_stand(struct store *s, uint64_t next, uint64_t ask, uint64_t kept)
{
	struct mirror_state stand;
	uint64_t count = 0;

	assert_int_equal(mirror_state(s->txn, &stand), WH_OK);
	assert_int_equal(stand.next, next);
	assert_int_equal(stand.ask, ask);
	assert_int_equal(kv_count(s->txn, LOCAL_LOG, &count), WH_OK);
	assert_int_equal(count, kept);
}

static bool
is_past(struct store *s, uint64_t index)
{
	struct mirror_entry got;

	assert_int_equal(mirror_get(s->txn, s->vault, index, &got), WH_OK);
	assert_int_equal(got.index, index);
	return got.is_past;
}

/* Three entries of the first generation, 3, 5 and 8, as told in that year. */
static void
told_first(struct store *s, struct told t[3])
{
	assert_int_equal(mirror_begin(s->txn, "hub/log"), WH_OK);
	told_make(&t[0], SELF, 3, AUDIT_ACCEPTED, 5, "type=a\n");
	told_make(&t[1], SELF, 5, AUDIT_REFUSED, 6, "type=b\n");
	told_make(&t[2], SELF, 8, AUDIT_HANDOVER, 5, "message=1\n");
	add_all(s, 0, t, 3);
}

static void
test_numbers_go_on_over_the_years(void **state)
{
	struct store *s = *state;
	struct told t[3], more[4];

	told_first(s, t);
	expect_stand(s, 9, 9, 3);
	/* the end of its year, two new years, and an entry after them */
	told_make(&more[0], SELF, 11, AUDIT_ACCEPTED, 7, "type=c\n");
	told_opened(&more[1], AT(1, 0), AUDIT_OPENED_YEAR);
	told_opened(&more[2], AT(2, 0), AUDIT_OPENED_YEAR);
	told_make(&more[3], SELF, AT(2, 4), AUDIT_HANDOVER, 5, "message=2\n");
	assert_int_equal(mirror_begin(s->txn, "hub/log"), WH_OK);
	add_all(s, 9, more, 4);
	expect_stand(s, AT(2, 5), AT(2, 5), 7);
	assert_false(is_past(s, 3));
	assert_false(is_past(s, 11));
	assert_false(is_past(s, AT(2, 4)));
	assert_true(has_details(s, 3));
}

/* After the restore, of a backup from before entry 8, and told once more. */
static void
put_back(struct store *s, struct told t[3], struct told *opened)
{
	struct told again[3];

	told_opened(opened, AT(1, 0), AUDIT_OPENED_RESTORED);
	add_all(s, 9, opened, 1);
	expect_stand(s, AT(1, 1), 0, 4);
	again[0] = t[0];
	again[1] = t[1];
	again[2] = *opened;
	add_all(s, 0, again, 3);
}

static void
test_what_a_restored_hub_lost_is_past_and_nothing_is_kept_twice(void **state)
{
	struct store *s = *state;
	struct told t[3], opened, next;
	bool same = true;

	told_first(s, t);
	put_back(s, t, &opened);
	expect_stand(s, AT(1, 1), AT(1, 1), 4);
	assert_false(is_past(s, 3));
	assert_false(is_past(s, 5));
	assert_true(is_past(s, 8));
	assert_false(is_past(s, AT(1, 0)));
	assert_true(has_details(s, 8));
	told_make(&next, SELF, AT(1, 2), AUDIT_ACCEPTED, 7, "type=c\n");
	add_all(s, AT(1, 1), &next, 1);
	expect_stand(s, AT(1, 3), AT(1, 3), 5);
	/* what was told under a number that the hub gives to another now */
	told_make(&next, SELF, 8, AUDIT_REFUSED, 5, "");
	assert_int_equal(mirror_matches(s->txn, 8, next.entry.leaf, &same),
	    WH_OK);
	assert_false(same);
}

/* It was away when the backup was made. */
static void
test_what_was_not_told_before_a_restore_still_comes(void **state)
{
	struct store *s = *state;
	struct told t[3], more[3], all[6];

	told_first(s, t);
	told_make(&more[0], SELF, 12, AUDIT_ACCEPTED, 7, "type=c\n");
	told_opened(&more[1], AT(1, 0), AUDIT_OPENED_RESTORED);
	told_make(&more[2], SELF, AT(1, 2), AUDIT_ACCEPTED, 8, "type=d\n");
	add_all(s, 9, more, 3);
	expect_stand(s, AT(1, 3), 0, 6);
	for (size_t i = 0; i < 3; i++) {
		all[i] = t[i];
		all[3 + i] = more[i];
	}
	add_all(s, 0, all, 6);
	expect_stand(s, AT(1, 3), AT(1, 3), 6);
	assert_false(is_past(s, 8));
	assert_false(is_past(s, 12));
	assert_true(has_details(s, 12));
}

/* A year went by, and then it was put back from before that year. */
static void
test_a_whole_year_can_be_lost(void **state)
{
	struct store *s = *state;
	struct told t[3], year[2], again[4];

	told_first(s, t);
	told_opened(&year[0], AT(1, 0), AUDIT_OPENED_YEAR);
	told_make(&year[1], SELF, AT(1, 3), AUDIT_ACCEPTED, 7, "");
	add_all(s, 9, year, 2);
	for (size_t i = 0; i < 3; i++)
		again[i] = t[i];
	told_opened(&again[3], AT(2, 0), AUDIT_OPENED_RESTORED);
	add_all(s, AT(1, 4), &again[3], 1);
	add_all(s, 0, again, 4);
	expect_stand(s, AT(2, 1), AT(2, 1), 6);
	assert_false(is_past(s, 8));
	assert_true(is_past(s, AT(1, 0)));
	assert_true(is_past(s, AT(1, 3)));
	assert_false(is_past(s, AT(2, 0)));
}

/* Told once more in pages, with a crash between them. */
static void
test_telling_once_more_goes_on_where_it_was(void **state)
{
	struct store *s = *state;
	struct told t[3], opened;
	struct log_page page;

	told_first(s, t);
	told_opened(&opened, AT(1, 0), AUDIT_OPENED_RESTORED);
	add_all(s, 9, &opened, 1);
	page = told_page(0, 4, &t[0].entry, 1);
	assert_int_equal(add(s, &page), WH_OK);
	expect_stand(s, AT(1, 1), 4, 4);
	store_restart(s);
	expect_stand(s, AT(1, 1), 4, 4);
	page = told_page(AT(1, 1), AT(1, 5), NULL, 0);
	assert_int_equal(add(s, &page), WH_INVALID);
	/* all that is left at the hub is what is new since */
	page = told_page(4, AT(1, 5), &opened.entry, 1);
	assert_int_equal(add(s, &page), WH_OK);
	expect_stand(s, AT(1, 5), AT(1, 5), 4);
	assert_false(is_past(s, 3));
	assert_true(is_past(s, 5));
	assert_true(is_past(s, 8));
}

static void
test_what_was_erased_here_does_not_come_back_with_a_backup(void **state)
{
	struct store *s = *state;
	struct told t[3], erased, opened;

	told_first(s, t);
	told_make(&erased, SELF, 9, AUDIT_ERASED, 5, "all=1\n");
	add_all(s, 9, &erased, 1);
	assert_false(has_details(s, 3));
	told_opened(&opened, AT(1, 0), AUDIT_OPENED_RESTORED);
	add_all(s, 10, &opened, 1);
	add_all(s, 0, t, 3);
	assert_false(has_details(s, 3));
	assert_true(has_details(s, 5));
}

static void
test_another_past_than_before_is_not_believed(void **state)
{
	struct store *s = *state;
	struct told t[3] = {0}, opened;
	struct log_page page = told_page(0, 9, &t[1].entry, 1);

	told_first(s, t);
	told_opened(&opened, AT(1, 0), AUDIT_OPENED_RESTORED);
	add_all(s, 9, &opened, 1);
	told_make(&t[1], SELF, 5, AUDIT_ACCEPTED, 6, "type=b\n");
	assert_int_equal(add(s, &page), WH_INVALID);
}

/* A second restore, from a backup that had more than the first. */
static void
test_what_a_better_backup_has_is_past_no_more(void **state)
{
	struct store *s = *state;
	struct told t[3], opened, again;

	told_first(s, t);
	put_back(s, t, &opened);
	assert_true(is_past(s, 8));
	told_opened(&again, AT(2, 0), AUDIT_OPENED_RESTORED);
	add_all(s, AT(1, 1), &again, 1);
	add_all(s, 0, t, 3);
	assert_false(is_past(s, 8));
	add_all(s, 9, &again, 1);
	assert_true(is_past(s, AT(1, 0)));
	expect_stand(s, AT(2, 1), AT(2, 1), 5);
}

/* Nothing was told to a new member that could be lost. */
static void
test_a_new_member_is_told_once(void **state)
{
	struct store *s = *state;
	struct told t[2];

	told_make(&t[0], SELF, 3, AUDIT_ACCEPTED, 5, "");
	told_opened(&t[1], AT(1, 0), AUDIT_OPENED_RESTORED);
	add_all(s, 0, t, 2);
	expect_stand(s, AT(1, 1), AT(1, 1), 2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_numbers_go_on_over_the_years),
	    TEST(
		test_what_a_restored_hub_lost_is_past_and_nothing_is_kept_twice),
	    TEST(test_what_was_not_told_before_a_restore_still_comes),
	    TEST(test_a_whole_year_can_be_lost),
	    TEST(test_telling_once_more_goes_on_where_it_was),
	    TEST(test_what_was_erased_here_does_not_come_back_with_a_backup),
	    TEST(test_another_past_than_before_is_not_believed),
	    TEST(test_what_a_better_backup_has_is_past_no_more),
	    TEST(test_a_new_member_is_told_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
