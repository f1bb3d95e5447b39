/* SPDX-License-Identifier: EUPL-1.2 */
#include <stdio.h>
#include <stdlib.h>

#include "proto/base/be.h"
#include "proto/base/file.h"
#include "proto/base/text.h"
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

#define PERMISSION "018f0000-0000-4000-8000-000000000004"
#define OTHER      "018f0000-0000-4000-8000-000000000005"

/* What the hub says when it erased a permission: it names nobody. */
static void
told_erased(struct told *t, uint64_t index, const char *permission, char *text,
    size_t size)
{
	char subject[ID_TEXT_SIZE];
	struct id id;

	assert_int_equal(id_parse(permission, &id), WH_OK);
	id = audit_erased_subject(&id);
	id_text(&id, subject);
	snprintf(text, size, "subject=%s\n", subject);
	told_make(t, "", index, AUDIT_ERASED, 0, text);
}

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
is_freed(struct store *s)
{
	struct span value;

	return kv_peek(s->txn, LOCAL_META, span_str(LOCAL_FREED), &value) ==
	       WH_OK;
}

static void
test_a_permission_that_is_erased_at_the_hub_is_forgotten_here(void **state)
{
	struct store *s = *state;
	struct told t[5], erased, again;
	char text[64];
	uint64_t found = 0;

	told_make(&t[0], SELF, 1, AUDIT_PERMISSION, 0,
	    "permission=" PERMISSION "\nkind=CONSENT_AVG\n");
	told_make(&t[1], SELF, 2, AUDIT_PERMISSION, 0,
	    "permission=" OTHER "\nkind=CONSENT_AVG\n");
	told_make(&t[2], SELF, 3, AUDIT_CARRIED, 0,
	    "permission=" PERMISSION "\n");
	told_make(&t[3], SELF, 4, AUDIT_ACCEPTED, 5,
	    "type=a\npermission=" PERMISSION "\n");
	told_make(&t[4], SELF, 5, AUDIT_PERMISSION_END, 0, ""); /* by code */
	add_all(s, 0, t, 5);
	assert_false(is_freed(s));
	told_erased(&erased, 9, PERMISSION, text, sizeof(text));
	add_all(s, 6, &erased, 1);
	assert_false(has_details(s, 1));
	assert_true(has_details(s, 2));
	assert_false(has_details(s, 3));
	assert_false(has_details(s, 4));
	assert_true(has_details(s, 5));
	assert_true(has_details(s, 9));
	assert_true(is_freed(s));
	assert_int_equal(kv_count(s->txn, LOCAL_LOG_BY_SUBJECT, &found), WH_OK);
	assert_int_equal(found, 1); /* nothing ties the leaves together */
	/* The same record, given again afterwards. */
	told_make(&again, SELF, 11, AUDIT_PERMISSION, 0,
	    "permission=" PERMISSION "\n");
	add_all(s, 10, &again, 1);
	assert_true(has_details(s, 11));
}

/* All members are told; most of them have nothing to do with it. */
static void
test_who_holds_nothing_of_a_permission_forgets_nothing(void **state)
{
	struct store *s = *state;
	struct told t[3], erased;
	char text[64];

	told_make(&t[0], SELF, 1, AUDIT_PERMISSION, 0,
	    "permission=" OTHER "\n");
	told_make(&t[1], SELF, 2, AUDIT_PERMISSION_END, 0, "");
	told_make(&t[2], "", 3, AUDIT_ERASED, 0, ""); /* says of nothing */
	add_all(s, 0, t, 3);
	told_erased(&erased, 9, PERMISSION, text, sizeof(text));
	add_all(s, 4, &erased, 1);
	assert_true(has_details(s, 1));
	assert_true(has_details(s, 2));
	assert_false(is_freed(s));
}

static void
test_what_an_earlier_log_told_of_a_permission_is_forgotten_too(void **state)
{
	struct store *s = *state;
	struct told first, erased;
	char text[64];

	assert_int_equal(mirror_begin(s->txn, "hub/log"), WH_OK);
	told_make(&first, SELF, 7, AUDIT_PERMISSION, 0,
	    "permission=" PERMISSION "\n");
	add_all(s, 0, &first, 1);
	assert_int_equal(mirror_begin(s->txn, "other/log"), WH_OK);
	told_erased(&erased, 2, PERMISSION, text, sizeof(text));
	add_all(s, 0, &erased, 1);
	assert_false(has_details(s, mirror_place(0, 7)));
}

/* Do these bytes lie in the store's file, as it is committed? */
static bool
lies_in_file(struct store *s, struct span bytes)
{
	char *path = support_path(s->dir, "data.mdb");
	uint8_t *file = NULL;
	size_t len = 0;
	bool found;

	assert_int_equal(file_read(path, SIZE_MAX / 2, &file, &len, NULL),
	    WH_OK);
	found = memmem(file, len, bytes.p, bytes.len) != NULL;
	mem_free(file);
	free(path);
	return found;
}

/* The details as they lie sealed: with the storage key they could be read. */
static void
test_no_byte_of_it_stays_when_the_store_is_written_anew(void **state)
{
	struct store *s = *state;
	struct told first, erased;
	struct span value;
	uint8_t place[8], sealed[64];
	char text[64];

	told_make(&first, SELF, 1, AUDIT_PERMISSION, 0,
	    "permission=" PERMISSION "\nkind=CONSENT_AVG\n");
	add_all(s, 0, &first, 1);
	be64_put(place, 1);
	assert_int_equal(kv_peek(s->txn, LOCAL_LOG, span_of(place, 8), &value),
	    WH_OK);
	assert_true(value.len >= AUDIT_LEAF_LEN + sizeof(sealed));
	memcpy(sealed, value.p + AUDIT_LEAF_LEN, sizeof(sealed));
	assert_int_equal(kv_commit(&s->txn), WH_OK);
	assert_true(lies_in_file(s, span_of(sealed, sizeof(sealed))));
	store_begin(s);
	told_erased(&erased, 9, PERMISSION, text, sizeof(text));
	add_all(s, 2, &erased, 1);
	assert_true(is_freed(s));
	assert_int_equal(kv_commit(&s->txn), WH_OK);
	assert_int_equal(kv_compact(s->kv), WH_OK);
	assert_false(lies_in_file(s, span_of(sealed, sizeof(sealed))));
	store_begin(s);
	assert_false(has_details(s, 1));
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

/* The covenant chose another log altogether; what it was told before stays. */
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
	assert_int_equal(mirror_begin(s->txn, "hub/log"), WH_OK);
	assert_int_equal(add(s, &page), WH_OK);
	assert_int_equal(mirror_begin(s->txn, "hub/log"), WH_OK);
	assert_int_equal(mirror_state(s->txn, &stand), WH_OK);
	assert_int_equal(stand.next, 9);
	assert_int_equal(mirror_begin(s->txn, "other/log"), WH_OK);
	assert_int_equal(mirror_state(s->txn, &stand), WH_OK);
	assert_int_equal(stand.next, 0);
	assert_int_equal(stand.ask, 0);
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
	    TEST(test_a_permission_that_is_erased_at_the_hub_is_forgotten_here),
	    TEST(test_who_holds_nothing_of_a_permission_forgets_nothing),
	    TEST(
		test_what_an_earlier_log_told_of_a_permission_is_forgotten_too),
	    TEST(test_no_byte_of_it_stays_when_the_store_is_written_anew),
	    TEST(test_the_entries_of_a_case_are_found),
	    TEST(test_another_leaf_in_the_same_place_is_noticed),
	    TEST(test_another_log_begins_anew_and_the_old_one_stays),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
