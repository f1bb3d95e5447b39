/* SPDX-License-Identifier: EUPL-1.2 */
#include "tests/adapters_store.h"
#include "tests/adapters_told.h"

/* What the hub told of its log, as the adapter keeps and believes it. */

#define SELF   "eigen-haard"
#define NOW_MS TOLD_AT_MS

static struct id
case_of(uint8_t n)
{
	return (struct id){.b = {n}};
}

static enum wh_err
add(struct store *s, const struct log_page *page)
{
	struct why why = {""};

	return mirror_add(s->txn, s->vault, SELF, page, NOW_MS, &why);
}

static void
test_what_the_hub_told_is_read_back_newest_first(void **state)
{
	struct store *s = *state;
	struct told a = {0}, b = {0};
	struct log_entry entries[2] = {0};
	struct log_page page = told_page(0, 9, entries, 2);
	struct mirror_entry got;
	struct mirror_state stand;
	uint64_t index = UINT64_MAX;
	char word[8];

	told_make(&a, SELF, 3, AUDIT_ACCEPTED, 5,
	    "event=OFFER\ntype=vocht-schimmel\n");
	told_make(&b, SELF, 8, AUDIT_HANDOVER, 5, "message=1\n");
	entries[0] = a.entry;
	entries[1] = b.entry;
	assert_int_equal(add(s, &page), WH_OK);
	assert_int_equal(mirror_state(s->txn, &stand), WH_OK);
	assert_int_equal(stand.next, 9);
	assert_int_equal(stand.at_ms, NOW_MS);
	assert_int_equal(mirror_prev(s->txn, &index, &got), WH_OK);
	assert_int_equal(got.index, 8);
	assert_int_equal(mirror_prev(s->txn, &index, &got), WH_OK);
	assert_int_equal(got.index, 3);
	assert_int_equal(mirror_prev(s->txn, &index, &got), WH_NOT_FOUND);
	assert_int_equal(mirror_get(s->txn, s->vault, 3, &got), WH_OK);
	mirror_detail(&got, "type", word, sizeof(word));
	assert_string_equal(word, "vocht-s");
	mirror_detail(&got, "event", word, sizeof(word));
	assert_string_equal(word, "OFFER");
	mirror_detail(&got, "ype", word, sizeof(word));
	assert_string_equal(word, "");
}

static void
test_a_page_that_does_not_follow_is_not_kept(void **state)
{
	struct store *s = *state;
	struct log_page page = told_page(4, 9, NULL, 0);

	assert_int_equal(add(s, &page), WH_INVALID);
	page.from = 0;
	assert_int_equal(add(s, &page), WH_OK);
	assert_int_equal(add(s, &page), WH_INVALID);
}

static void
test_details_that_are_not_those_of_the_leaf_are_not_believed(void **state)
{
	struct store *s = *state;
	struct told a = {0};
	struct log_page page = told_page(0, 9, &a.entry, 1);

	told_make(&a, SELF, 3, AUDIT_REFUSED, 5, "type=geldzorgen\n");
	a.entry.details = span_str("type=wijkzorg\n");
	assert_int_equal(add(s, &page), WH_INVALID);
	told_make(&a, SELF, 3, AUDIT_REFUSED, 5, "type=geldzorgen\n");
	a.key.b[4] ^= 1;
	assert_int_equal(add(s, &page), WH_INVALID);
	told_make(&a, SELF, 3, AUDIT_REFUSED, 5, "type=geldzorgen\n");
	assert_int_equal(add(s, &page), WH_OK);
}

static void
test_an_entry_about_others_is_not_taken(void **state)
{
	struct store *s = *state;
	struct told a = {0};
	struct log_page page = told_page(0, 9, &a.entry, 1);
	struct why why = {""};

	told_make(&a, SELF, 3, AUDIT_ACCEPTED, 5, "");
	assert_int_equal(mirror_add(s->txn, s->vault, "politie", &page, NOW_MS,
			     &why),
	    WH_INVALID);
	a.entry.leaf.len--;
	assert_int_equal(add(s, &page), WH_INVALID);
}

static bool
has_details(struct store *s, uint64_t index)
{
	struct mirror_entry got;

	assert_int_equal(mirror_get(s->txn, s->vault, index, &got), WH_OK);
	return got.has_details;
}

/* An erasure at the hub reaches what the hub told us before. */
static void
test_what_is_erased_at_the_hub_is_erased_here(void **state)
{
	struct store *s = *state;
	struct told t[5];
	struct log_entry entries[5] = {0};
	struct log_page page = told_page(0, 9, entries, 5);

	told_make(&t[0], SELF, 1, AUDIT_ACCEPTED, 5, "type=a\n");
	told_make(&t[1], SELF, 2, AUDIT_ACCEPTED, 6, "type=b\n");
	told_make(&t[2], SELF, 3, AUDIT_HANDOVER, 5, "message=1\n");
	told_make(&t[3], SELF, 4, AUDIT_HANDOVER, 6, "message=2\n");
	told_make(&t[4], SELF, 5, AUDIT_ERASED, 5, "index=3\n");
	for (size_t i = 0; i < 5; i++)
		entries[i] = t[i].entry;
	assert_int_equal(add(s, &page), WH_OK);
	assert_true(has_details(s, 1));
	assert_false(has_details(s, 3));
	assert_true(has_details(s, 4));
	told_make(&t[0], SELF, 11, AUDIT_ERASED, 6,
	    "all=1\n"); /* of the whole case */
	entries[0] = t[0].entry;
	page = told_page(9, 12, entries, 1);
	assert_int_equal(add(s, &page), WH_OK);
	assert_true(has_details(s, 1));
	assert_false(has_details(s, 2));
	assert_false(has_details(s, 4));
	assert_true(has_details(s, 11));
}

static void
test_the_entries_of_a_case_are_found(void **state)
{
	struct store *s = *state;
	struct told t[3];
	struct log_entry entries[3] = {0};
	struct log_page page = told_page(0, 9, entries, 3);
	struct id about = case_of(5);
	uint64_t index;

	told_make(&t[0], SELF, 1, AUDIT_ACCEPTED, 5, "");
	told_make(&t[1], SELF, 2, AUDIT_ACCEPTED, 6, "");
	told_make(&t[2], SELF, 7, AUDIT_HANDOVER, 5, "");
	for (size_t i = 0; i < 3; i++)
		entries[i] = t[i].entry;
	assert_int_equal(add(s, &page), WH_OK);
	assert_int_equal(mirror_case_next(s->txn, &about, 0, &index), WH_OK);
	assert_int_equal(index, 1);
	assert_int_equal(mirror_case_next(s->txn, &about, 2, &index), WH_OK);
	assert_int_equal(index, 7);
	assert_int_equal(mirror_case_next(s->txn, &about, 8, &index),
	    WH_NOT_FOUND);
}

static void
test_another_leaf_in_the_same_place_is_noticed(void **state)
{
	struct store *s = *state;
	struct told a = {0}, b = {0};
	struct log_page page = told_page(0, 9, &a.entry, 1);
	bool same = false;

	told_make(&a, SELF, 3, AUDIT_ACCEPTED, 5, "");
	told_make(&b, SELF, 3, AUDIT_REFUSED, 5, "");
	assert_int_equal(add(s, &page), WH_OK);
	assert_int_equal(mirror_matches(s->txn, 3, a.entry.leaf, &same), WH_OK);
	assert_true(same);
	assert_int_equal(mirror_matches(s->txn, 3, b.entry.leaf, &same), WH_OK);
	assert_false(same);
	assert_int_equal(mirror_matches(s->txn, 4, b.entry.leaf, &same),
	    WH_NOT_FOUND);
}

/* A hub that was put back counts from 0 again; what it told before stays. */
static void
test_another_log_begins_anew_and_the_old_one_stays(void **state)
{
	struct store *s = *state;
	struct told a = {0}, b = {0};
	struct log_page page = told_page(0, 9, &a.entry, 1);
	struct mirror_entry got;
	struct mirror_state stand;
	uint64_t place = UINT64_MAX;
	bool same = true;

	told_make(&a, SELF, 3, AUDIT_ACCEPTED, 5, "type=a\n");
	told_make(&b, SELF, 3, AUDIT_REFUSED, 5, "type=b\n");
	assert_int_equal(mirror_begin(s->txn, span_str("hub/log")), WH_OK);
	assert_int_equal(add(s, &page), WH_OK);
	assert_int_equal(mirror_begin(s->txn, span_str("hub/log")), WH_OK);
	assert_int_equal(mirror_state(s->txn, &stand), WH_OK);
	assert_int_equal(stand.next, 9);
	assert_int_equal(mirror_begin(s->txn, span_str("hub/log/2")), WH_OK);
	assert_int_equal(mirror_state(s->txn, &stand), WH_OK);
	assert_int_equal(stand.next, 0);
	assert_int_equal(mirror_matches(s->txn, 3, a.entry.leaf, &same),
	    WH_NOT_FOUND);
	page.entries = &b.entry;
	assert_int_equal(add(s, &page), WH_OK);
	assert_int_equal(mirror_prev(s->txn, &place, &got), WH_OK);
	assert_int_equal(got.leaf.kind, AUDIT_REFUSED);
	assert_int_equal(mirror_get(s->txn, s->vault, place, &got), WH_OK);
	assert_false(got.is_past);
	assert_int_equal(mirror_prev(s->txn, &place, &got), WH_OK);
	assert_int_equal(mirror_get(s->txn, s->vault, place, &got), WH_OK);
	assert_true(got.is_past);
	assert_string_equal(got.details, "type=a\n");
	assert_int_equal(got.index, 3);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_what_the_hub_told_is_read_back_newest_first),
	    TEST(test_a_page_that_does_not_follow_is_not_kept),
	    TEST(test_details_that_are_not_those_of_the_leaf_are_not_believed),
	    TEST(test_an_entry_about_others_is_not_taken),
	    TEST(test_what_is_erased_at_the_hub_is_erased_here),
	    TEST(test_the_entries_of_a_case_are_found),
	    TEST(test_another_leaf_in_the_same_place_is_noticed),
	    TEST(test_another_log_begins_anew_and_the_old_one_stays),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
