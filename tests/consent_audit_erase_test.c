/* SPDX-License-Identifier: EUPL-1.2 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "consent/audit_erase.h"
#include "tests/consent_log.h"

#define ERASED_AT 1789000000999

static const struct id permission = {{7, 7, 7, 7, 7, 7, 7, 7, 9}};

static uint64_t
append(struct log *log, const struct audit_entry *entry)
{
	uint64_t index = 0;

	assert_int_equal(audit_append(&log->audit, log->txn, &log->seed, entry,
			     &index),
	    WH_OK);
	return index;
}

static enum wh_err
erase(struct log *log, const struct id *subject, bool is_case, uint64_t *index)
{
	const struct audit_erasure erasure = {.subject = *subject,
	    .case_ref = is_case ? *subject : (struct id){{0}},
	    .at_ms = ERASED_AT,
	    .from = "buurtteam",
	    .to = ""};

	return audit_erase(&log->audit, log->txn, &log->seed, &erasure, index);
}

static void
sweep(struct log *log, const struct id *subject)
{
	bool more = true;

	while (more)
		assert_int_equal(audit_erase_sweep(log->txn, subject, 3, &more),
		    WH_OK);
}

static struct audit_leaf
leaf_at(struct log *log, uint64_t index)
{
	struct audit_leaf leaf;
	struct span bytes;

	assert_int_equal(audit_leaf_get(log->txn, index, &bytes), WH_OK);
	assert_int_equal(audit_leaf_read(bytes, &leaf), WH_OK);
	return leaf;
}

/* One entry of the case has its details, or none has. */
static unsigned
readable(struct log *log, const struct id *subject)
{
	struct audit_detail detail;
	uint64_t index = 0;
	unsigned n = 0;

	while (audit_case_next(log->txn, subject, index, &index) == WH_OK)
		n += audit_detail_get(log->txn, index++, &detail) == WH_OK;
	return n;
}

static void
test_destroying_one_key_makes_all_details_of_a_case_unreadable(void **state)
{
	struct log *log = *state;
	struct id about = log_entry(7).case_ref;
	struct id other = log_entry(6).case_ref;
	struct hash before;
	struct span bytes;
	uint64_t erased = 0;

	log_grow(log, 80);
	assert_int_equal(readable(log, &about), 10);
	assert_int_equal(audit_leaf_get(log->txn, 7, &bytes), WH_OK);
	before = merkle_leaf(bytes);
	assert_int_equal(erase(log, &about, true, &erased), WH_OK);
	assert_int_equal(erased, 80);
	assert_int_equal(readable(log, &about), 0);
	assert_int_equal(readable(log, &other), 10);
	assert_int_equal(audit_leaf_get(log->txn, 7, &bytes), WH_OK);
	assert_memory_equal(merkle_leaf(bytes).b, before.b, HASH_LEN);
	log_holds(log);
}

static void
test_an_erasure_is_on_record_once(void **state)
{
	struct log *log = *state;
	struct id about = log_entry(7).case_ref;
	const struct id unknown = {{99}};
	const struct id hub = {{0}};
	struct audit_leaf leaf;
	uint64_t erased = 0;

	log_grow(log, 50);
	assert_int_equal(erase(log, &about, true, &erased), WH_OK);
	leaf = leaf_at(log, erased);
	assert_int_equal(leaf.kind, AUDIT_ERASED);
	assert_int_equal(leaf.at_ms, ERASED_AT);
	assert_true(id_equal(&leaf.case_ref, &about));
	assert_string_equal(leaf.from, "buurtteam");
	assert_int_equal(erase(log, &about, true, &erased), WH_NOT_FOUND);
	assert_int_equal(erase(log, &unknown, true, &erased), WH_NOT_FOUND);
	assert_int_equal(erase(log, &hub, false, &erased), WH_INVALID);
	assert_int_equal(audit_size(&log->audit), 51);
}

static void
test_sweeping_takes_the_sealed_details_away_too(void **state)
{
	struct log *log = *state;
	struct id about = log_entry(7).case_ref;
	struct audit_key at = audit_index_key(15);
	struct span value;
	uint64_t erased = 0;
	uint64_t before, after;
	bool more;

	log_grow(log, 80);
	assert_int_equal(audit_erase_sweep(log->txn, &about, 3, &more),
	    WH_INVALID);
	assert_int_equal(erase(log, &about, true, &erased), WH_OK);
	assert_int_equal(kv_count(log->txn, TABLE_LOG_DETAIL, &before), WH_OK);
	assert_int_equal(audit_erase_sweep(log->txn, &about, 3, &more), WH_OK);
	assert_true(more);
	log_holds(log); /* halfway too */
	sweep(log, &about);
	assert_int_equal(kv_count(log->txn, TABLE_LOG_DETAIL, &after), WH_OK);
	assert_int_equal(before - after, 10);
	assert_int_equal(kv_peek(log->txn, TABLE_LOG_DETAIL,
			     audit_key_span(&at), &value),
	    WH_NOT_FOUND);
	assert_int_equal(audit_case_next(log->txn, &about, 0, &after), WH_OK);
	log_holds(log);
}

/* Who holds the id of a permission finds it by what stands for it. */
static void
test_who_has_the_id_can_tell_that_it_was_erased(void **state)
{
	struct log *log = *state;
	const struct audit_entry entry = {.kind = AUDIT_PERMISSION,
	    .at_ms = 1,
	    .subject = permission,
	    .from = "buurtteam",
	    .to = "wpi",
	    .details = span_str("permission=0707\n")};
	struct id stands_for = audit_erased_subject(&permission);
	struct id about = log_entry(7).case_ref;
	char expected[64] = "subject=", text[ID_TEXT_SIZE];
	struct audit_detail detail;
	uint64_t index;

	log_grow(log, 9);
	append(log, &entry);
	id_text(&stands_for, text);
	strcat(strcat(expected, text), "\n");
	assert_int_equal(erase(log, &permission, false, &index), WH_OK);
	assert_int_equal(audit_detail_get(log->txn, index, &detail), WH_OK);
	assert_int_equal(detail.len, strlen(expected));
	assert_memory_equal(detail.bytes, expected, detail.len);
	assert_false(id_equal(&stands_for, &permission));
	/* Of a case the leaf says it, and its key is gone. */
	assert_int_equal(erase(log, &about, true, &index), WH_OK);
	assert_int_equal(audit_detail_get(log->txn, index, &detail),
	    WH_NOT_FOUND);
	log_holds(log);
}

/* Nothing says which permission it was. */
static void
test_of_a_permission_no_id_is_left(void **state)
{
	struct log *log = *state;
	const struct audit_entry entry = {.kind = AUDIT_PERMISSION,
	    .at_ms = 1,
	    .subject = permission,
	    .from = "buurtteam",
	    .to = "wpi",
	    .details = span_str("permission=0707\n")};
	struct audit_leaf leaf;
	uint64_t index;

	log_grow(log, 9);
	append(log, &entry);
	log_grow(log, 9);
	append(log, &entry);
	log_holds(log);
	assert_int_equal(readable(log, &permission), 2);
	assert_int_equal(erase(log, &permission, false, &index), WH_OK);
	leaf = leaf_at(log, index);
	assert_true(id_is_zero(&leaf.case_ref));
	sweep(log, &permission);
	assert_int_equal(audit_erase_forget(log->txn, &permission), WH_OK);
	log_holds(log);
	for (unsigned table = 0; table < CONSENT_TABLES; table++) {
		struct log_row row = {.len = 0};

		while (log_row_next(log, table, &row)) {
			assert_null(memmem(row.key, row.len, permission.b, 16));
			assert_null(
			    memmem(row.value, row.value_len, permission.b, 16));
		}
	}
}

static void
test_what_comes_after_an_erasure_keeps_no_details(void **state)
{
	struct log *log = *state;
	struct audit_entry late = log_entry(7);
	struct id about = late.case_ref;
	enum audit_erase_state erased;
	struct audit_detail detail;
	uint64_t index;

	log_grow(log, 50);
	assert_int_equal(audit_erase_state(log->txn, &about, &erased), WH_OK);
	assert_int_equal(erased, AUDIT_ERASE_OPEN);
	assert_int_equal(erase(log, &about, true, &index), WH_OK);
	assert_int_equal(audit_erase_state(log->txn, &about, &erased), WH_OK);
	assert_int_equal(erased, AUDIT_ERASE_DONE);
	index = append(log, &late);
	assert_int_equal(audit_detail_get(log->txn, index, &detail),
	    WH_NOT_FOUND);
	log_holds(log);
	sweep(log, &about);
	assert_int_equal(audit_erase_forget(log->txn, &about), WH_OK);
	assert_int_equal(audit_erase_state(log->txn, &about, &erased), WH_OK);
	assert_int_equal(erased, AUDIT_ERASE_NEW);
	log_holds(log);
}

/* What was shown of one entry does not open another. */
static void
test_the_key_of_a_commitment_is_for_one_entry(void **state)
{
	struct log *log = *state;
	struct audit_detail a, b;
	struct hash wrong;

	log_grow(log, 20);
	assert_int_equal(audit_detail_get(log->txn, 6, &a), WH_OK);
	assert_int_equal(audit_detail_get(log->txn, 14, &b), WH_OK);
	assert_memory_not_equal(a.key.b, b.key.b, HASH_LEN);
	wrong = audit_commitment(&a.key, span_of(b.bytes, b.len));
	assert_memory_not_equal(wrong.b, leaf_at(log, 14).commitment.b,
	    HASH_LEN);
}

static void
test_details_stand_nowhere_in_the_clear(void **state)
{
	static const char canary[] = "decision=BESLUIT-2026-0471";
	struct log *log = *state;
	struct audit_entry entry = log_entry(7);
	unsigned rows = 0;

	entry.details = span_str(canary);
	append(log, &entry);
	for (unsigned table = 0; table < CONSENT_TABLES; table++) {
		struct log_row row = {.len = 0};

		while (log_row_next(log, table, &row)) {
			rows++;
			assert_null(memmem(row.value, row.value_len, canary,
			    sizeof(canary) - 1));
		}
	}
	assert_true(rows >= 5);
}

/* A store without its keys, as a backup is: whole, and tells nothing. */
static void
test_a_log_without_its_keys_still_verifies(void **state)
{
	struct log *log = *state;
	struct id about = log_entry(7).case_ref;
	struct log_row row = {.len = 0};

	log_grow(log, 80);
	while (log_row_next(log, TABLE_LOG_KEY, &row))
		assert_int_equal(kv_del(log->txn, TABLE_LOG_KEY,
				     span_of(row.key, row.len)),
		    WH_OK);
	assert_int_equal(readable(log, &about), 0);
	log_holds(log);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    LOG_TEST(
		test_destroying_one_key_makes_all_details_of_a_case_unreadable),
	    LOG_TEST(test_an_erasure_is_on_record_once),
	    LOG_TEST(test_sweeping_takes_the_sealed_details_away_too),
	    LOG_TEST(test_who_has_the_id_can_tell_that_it_was_erased),
	    LOG_TEST(test_of_a_permission_no_id_is_left),
	    LOG_TEST(test_what_comes_after_an_erasure_keeps_no_details),
	    LOG_TEST(test_the_key_of_a_commitment_is_for_one_entry),
	    LOG_TEST(test_details_stand_nowhere_in_the_clear),
	    LOG_TEST(test_a_log_without_its_keys_still_verifies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
