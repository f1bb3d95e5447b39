/* SPDX-License-Identifier: EUPL-1.2 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/consent_log.h"

#define ENTRIES 1000

/* The tree again from its definition, RFC 9162 section 2.1.1. */
static struct hash
naive_root(struct kv_txn *txn, uint64_t from, uint64_t size)
{
	uint64_t split = 1;
	struct span leaf;
	struct hash left;
	struct hash right;

	if (size == 0)
		return hash_span(span_str(""));
	if (size == 1) {
		assert_int_equal(audit_leaf_get(txn, from, &leaf), WH_OK);
		return merkle_leaf(leaf);
	}
	while (split * 2 < size)
		split *= 2;
	left = naive_root(txn, from, split);
	right = naive_root(txn, from + split, size - split);
	return merkle_node(&left, &right);
}

static void
test_the_root_is_that_of_the_leaves(void **state)
{
	struct log *log = *state;
	struct hash root;

	for (unsigned i = 0; i <= 130; i++) {
		root = naive_root(log->txn, 0, i);
		assert_int_equal(audit_size(&log->audit), i);
		assert_memory_equal(audit_root(&log->audit).b, root.b,
		    HASH_LEN);
		log_grow(log, 1);
	}
	log_grow(log, ENTRIES - audit_size(&log->audit));
	root = naive_root(log->txn, 0, ENTRIES);
	assert_memory_equal(audit_root(&log->audit).b, root.b, HASH_LEN);
}

static size_t
spans_of(const struct hash *path, size_t count, struct span out[64])
{
	for (size_t i = 0; i < count; i++)
		out[i] = span_of(path[i].b, HASH_LEN);
	return count;
}

static void
test_every_entry_is_provably_in_the_log(void **state)
{
	struct log *log = *state;
	struct hash root;
	struct hash path[64];
	struct span spans[64];
	struct span leaf;
	struct hash hash;
	size_t count;

	log_grow(log, ENTRIES);
	root = audit_root(&log->audit);
	for (uint64_t i = 0; i < ENTRIES; i++) {
		assert_int_equal(audit_inclusion(log->txn, i, ENTRIES, path,
				     &count),
		    WH_OK);
		assert_int_equal(audit_leaf_get(log->txn, i, &leaf), WH_OK);
		hash = merkle_leaf(leaf);
		assert_int_equal(merkle_check_inclusion(log_hash(&hash), i,
				     ENTRIES, spans,
				     spans_of(path, count, spans),
				     log_hash(&root)),
		    WH_OK);
		hash.b[0] ^= 1;
		assert_int_equal(merkle_check_inclusion(log_hash(&hash), i,
				     ENTRIES, spans, count, log_hash(&root)),
		    WH_CRYPTO);
	}
	assert_int_equal(audit_inclusion(log->txn, ENTRIES, ENTRIES, path,
			     &count),
	    WH_INVALID);
	assert_int_not_equal(audit_inclusion(log->txn, 0, ENTRIES + 24, path,
				 &count),
	    WH_OK);
}

static void
test_each_earlier_log_is_provably_its_beginning(void **state)
{
	struct log *log = *state;
	struct hash *roots = mem_new((ENTRIES + 1) * sizeof(*roots));
	struct hash path[64];
	struct span spans[64];
	size_t count;

	for (uint64_t i = 1; i <= ENTRIES; i++) {
		log_grow(log, 1);
		roots[i] = audit_root(&log->audit);
	}
	for (uint64_t from = 1; from <= ENTRIES; from++) {
		uint64_t to = from % 2 ? ENTRIES : from + (ENTRIES - from) / 3;

		assert_int_equal(audit_consistency(log->txn, 0, from, to, path,
				     &count),
		    WH_OK);
		assert_int_equal(merkle_check_consistency(from, to,
				     log_hash(&roots[from]),
				     log_hash(&roots[to]), spans,
				     spans_of(path, count, spans)),
		    WH_OK);
	}
	mem_free(roots);
}

static void
test_an_entry_is_read_back_as_it_was_written(void **state)
{
	struct log *log = *state;
	struct audit_entry entry = {.kind = AUDIT_REFUSED,
	    .reason = REASON_OBJECTED,
	    .at_ms = 1789000000123,
	    .case_ref = {{1, 2, 3}},
	    .from = "eigen-haard",
	    .to = "abcdefghijklmnopqrstuvwxyz-12345",
	    .details = span_str("type=huurachterstand\n")};
	struct audit_leaf leaf;
	struct audit_detail detail;
	struct hash commitment;
	struct span bytes;
	uint64_t index = 99;

	log_grow(log, 3);
	assert_int_equal(audit_append(&log->audit, log->txn, &log->seed, &entry,
			     &index),
	    WH_OK);
	assert_int_equal(index, 3);
	assert_int_equal(audit_leaf_get(log->txn, 3, &bytes), WH_OK);
	assert_int_equal(bytes.len, AUDIT_LEAF_LEN);
	assert_int_equal(audit_leaf_read(bytes, &leaf), WH_OK);
	assert_int_equal(leaf.kind, AUDIT_REFUSED);
	assert_int_equal(leaf.reason, REASON_OBJECTED);
	assert_int_equal(leaf.at_ms, 1789000000123);
	assert_true(id_equal(&leaf.case_ref, &entry.case_ref));
	assert_false(id_is_zero(&leaf.event_id));
	assert_string_equal(leaf.from, entry.from);
	assert_string_equal(leaf.to, entry.to);
	assert_int_equal(audit_detail_get(log->txn, 3, &detail), WH_OK);
	bytes = span_of(detail.bytes, detail.len);
	assert_true(span_equal(bytes, entry.details));
	commitment = audit_commitment(&detail.key, bytes);
	assert_memory_equal(commitment.b, leaf.commitment.b, HASH_LEN);
}

static void
test_a_leaf_says_nothing_of_its_details(void **state)
{
	struct log *log = *state;
	struct audit_leaf a;
	struct audit_leaf b;
	struct span bytes;

	log_grow(log, 65); /* 0 and 64 are about the same */
	assert_int_equal(audit_leaf_get(log->txn, 0, &bytes), WH_OK);
	assert_int_equal(audit_leaf_read(bytes, &a), WH_OK);
	assert_int_equal(audit_leaf_get(log->txn, 64, &bytes), WH_OK);
	assert_int_equal(audit_leaf_read(bytes, &b), WH_OK);
	assert_memory_not_equal(a.commitment.b, b.commitment.b, HASH_LEN);
	assert_memory_not_equal(a.event_id.b, b.event_id.b, 16);
}

static void
test_leaves_from_outside_are_refused_or_read(void **state)
{
	struct audit_leaf leaf = {.kind = AUDIT_STATE, .from = "wpi"};
	struct audit_leaf got;
	uint8_t bytes[AUDIT_LEAF_LEN];

	(void)state;
	audit_leaf_write(&leaf, bytes);
	assert_int_equal(audit_leaf_read(span_of(bytes, sizeof(bytes)), &got),
	    WH_OK);
	assert_memory_equal(&got, &leaf, sizeof(got));
	assert_int_equal(audit_leaf_read(span_of(bytes, sizeof(bytes) - 1),
			     &got),
	    WH_INVALID);
	bytes[0] = 2;
	assert_int_equal(audit_leaf_read(span_of(bytes, sizeof(bytes)), &got),
	    WH_INVALID);
	bytes[0] = 1;
	bytes[1] = 200;
	assert_int_equal(audit_leaf_read(span_of(bytes, sizeof(bytes)), &got),
	    WH_INVALID);
	bytes[1] = AUDIT_STATE;
	bytes[44 + 31] = 'x'; /* behind the padding of "wpi" */
	assert_int_equal(audit_leaf_read(span_of(bytes, sizeof(bytes)), &got),
	    WH_INVALID);
}

static void
test_what_does_not_fit_is_not_written(void **state)
{
	struct log *log = *state;
	struct audit_entry entry = log_entry(0);
	uint8_t big[AUDIT_DETAIL_MAX + 1] = {0};
	uint64_t index = 99;

	entry.details = span_of(big, sizeof(big));
	assert_int_equal(audit_append(&log->audit, log->txn, &log->seed, &entry,
			     &index),
	    WH_INVALID);
	entry = log_entry(0);
	entry.to = "abcdefghijklmnopqrstuvwxyz-123456";
	assert_int_equal(audit_append(&log->audit, log->txn, &log->seed, &entry,
			     &index),
	    WH_INVALID);
	entry = log_entry(0);
	entry.kind = (enum audit_kind)0;
	assert_int_equal(audit_append(&log->audit, log->txn, &log->seed, &entry,
			     &index),
	    WH_INVALID);
	assert_int_equal(index, 99);
	assert_int_equal(audit_size(&log->audit), 0);
	entry = log_entry(0);
	entry.details = span_of(big, AUDIT_DETAIL_MAX);
	assert_int_equal(audit_append(&log->audit, log->txn, &log->seed, &entry,
			     &index),
	    WH_OK);
	log_holds(log);
}

/* Replaying the journal writes the same bytes. */
static void
test_the_same_seed_gives_the_same_bytes(void **state)
{
	struct log *log = *state;
	struct log other;

	log_open(&other);
	log_grow(log, 200);
	log_grow(&other, 200);
	for (unsigned table = 0; table < CONSENT_TABLES; table++) {
		struct log_row a = {.len = 0};
		struct log_row b = {.len = 0};

		while (log_row_next(log, table, &a)) {
			assert_true(log_row_next(&other, table, &b));
			assert_memory_equal(&a, &b, sizeof(a));
		}
		assert_false(log_row_next(&other, table, &b));
	}
	other.seed.b[0] ^= 1;
	log_grow(log, 1);
	log_grow(&other, 1);
	assert_memory_not_equal(audit_root(&log->audit).b,
	    audit_root(&other.audit).b, HASH_LEN);
	log_close(&other);
}

static void
test_an_aborted_transaction_leaves_the_log_as_it_was(void **state)
{
	struct log *log = *state;
	struct hash before;

	log_grow(log, 77);
	before = audit_root(&log->audit);
	log_come_back(log);
	log_grow(log, 10);
	kv_abort(&log->txn);
	assert_int_equal(kv_begin(log->kv, KV_READ_WRITE, &log->txn), WH_OK);
	assert_int_equal(audit_load(&log->audit, log->txn), WH_OK);
	assert_int_equal(audit_size(&log->audit), 77);
	assert_memory_equal(audit_root(&log->audit).b, before.b, HASH_LEN);
	log_grow(log, 1);
	log_holds(log);
}

static void
test_entries_are_found_by_their_case(void **state)
{
	struct log *log = *state;
	struct audit_entry about = log_entry(5);
	const struct id unknown = {{99}};
	uint64_t from = 0;
	uint64_t index = 0;
	unsigned found = 0;

	log_grow(log, 200);
	while (
	    audit_case_next(log->txn, &about.case_ref, from, &index) == WH_OK) {
		assert_int_equal(index, 5 + 8 * found);
		found++;
		from = index + 1;
	}
	assert_int_equal(found, 200 / 8);
	assert_int_equal(audit_case_next(log->txn, &unknown, 0, &index),
	    WH_NOT_FOUND);
	assert_int_equal(index, 5 + 8 * 24);
}

/* Any byte of any value of the log, one at a time, well checksummed. */
static void
test_any_changed_byte_is_found(void **state)
{
	static const unsigned damaged[] = {TABLE_LOG_LEAF, TABLE_LOG_NODE,
	    TABLE_LOG_DETAIL, TABLE_LOG_KEY, TABLE_LOG_META};
	struct log *log = *state;
	unsigned tried = 0;

	log_grow(log, 21);
	for (size_t i = 0; i < COUNT(damaged); i++) {
		struct log_row row = {.len = 0};

		while (log_row_next(log, damaged[i], &row)) {
			for (size_t at = 0; at < row.value_len; at++) {
				row.value[at] ^= 1;
				log_row_put(log, damaged[i], &row);
				log_fails(log);
				row.value[at] ^= 1;
			}
			log_row_put(log, damaged[i], &row);
			tried++;
		}
	}
	log_holds(log);
	assert_int_equal(tried, 21 + 18 + 21 + 8 + 1);
}

static void
test_the_place_of_the_damage_is_told(void **state)
{
	struct log *log = *state;
	struct audit_key key = audit_index_key(13);
	struct why why = {.text = ""};
	struct hash root;
	uint64_t size;
	uint64_t bad = 99;

	log_grow(log, 21);
	assert_int_equal(kv_put(log->txn, TABLE_LOG_DETAIL,
			     audit_key_span(&key),
			     span_str("0123456789abcdef0123456789abcdef")),
	    WH_OK);
	assert_int_equal(audit_verify(log->txn, &size, &root, &bad, &why),
	    WH_CORRUPT);
	assert_int_equal(bad, 13);
	assert_non_null(strstr(why.text, "entry 13"));
}

static void
test_a_row_too_few_or_too_many_is_found(void **state)
{
	static const unsigned all[] = {TABLE_LOG_LEAF, TABLE_LOG_NODE,
	    TABLE_LOG_BY_CASE, TABLE_LOG_BY_MEMBER, TABLE_LOG_META};
	struct log *log = *state;

	log_grow(log, 21);
	for (size_t i = 0; i < COUNT(all); i++) {
		struct log_row row = {.len = 0};
		struct log_row more;

		while (log_row_next(log, all[i], &row)) {
			assert_int_equal(kv_del(log->txn, all[i],
					     span_of(row.key, row.len)),
			    WH_OK);
			log_fails(log);
			log_row_put(log, all[i], &row);
		}
		more = row;
		more.key[more.len - 1] ^= 0x40;
		if (all[i] == TABLE_LOG_META)
			continue; /* the checkpoint lies there as well */
		log_row_put(log, all[i], &more);
		log_fails(log);
		assert_int_equal(kv_del(log->txn, all[i],
				     span_of(more.key, more.len)),
		    WH_OK);
	}
	log_holds(log);
}

static void
test_a_member_finds_what_names_it(void **state)
{
	struct log *log = *state;
	struct audit_entry entry = log_entry(0);
	uint64_t index = 0, at;

	log_grow(log, 5); /* buurtteam, to wpi each second time */
	entry.from = entry.to = "";
	assert_int_equal(audit_append(&log->audit, log->txn, &log->seed, &entry,
			     &at),
	    WH_OK);
	assert_int_equal(audit_member_next(log->txn, "wpi", 0, &index), WH_OK);
	assert_int_equal(index, 1);
	assert_int_equal(audit_member_next(log->txn, "wpi", 2, &index), WH_OK);
	assert_int_equal(index, 3);
	assert_int_equal(audit_member_next(log->txn, "wpi", 4, &index),
	    WH_NOT_FOUND);
	assert_int_equal(audit_member_next(log->txn, "wp", 0, &index),
	    WH_NOT_FOUND);
	assert_int_equal(audit_member_next(log->txn, "buurtteam", 4, &index),
	    WH_OK);
	assert_int_equal(index, 4);
	assert_int_equal(audit_member_next(log->txn, "", 0, &index), WH_OK);
	assert_int_equal(index, at);
	log_holds(log);
}

static void
test_details_of_no_entry_are_found(void **state)
{
	struct log *log = *state;
	struct audit_key key = audit_index_key(21);

	log_grow(log, 21);
	assert_int_equal(kv_put(log->txn, TABLE_LOG_DETAIL,
			     audit_key_span(&key), span_str("x")),
	    WH_OK);
	log_fails(log);
}

static void
test_a_head_without_its_leaves_is_not_loaded(void **state)
{
	struct log *log = *state;
	struct audit_key key = audit_index_key(20);
	struct audit_key head = audit_meta_key(AUDIT_HEAD, 0);
	struct audit audit;

	log_grow(log, 21);
	assert_int_equal(kv_del(log->txn, TABLE_LOG_LEAF, audit_key_span(&key)),
	    WH_OK);
	assert_int_equal(audit_load(&audit, log->txn), WH_CORRUPT);
	assert_int_equal(kv_del(log->txn, TABLE_LOG_META,
			     audit_key_span(&head)),
	    WH_OK);
	assert_int_equal(audit_load(&audit, log->txn), WH_CORRUPT);
	assert_int_equal(kv_put(log->txn, TABLE_LOG_META, audit_key_span(&head),
			     span_str("short")),
	    WH_OK);
	assert_int_equal(audit_load(&audit, log->txn), WH_CORRUPT);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    LOG_TEST(test_the_root_is_that_of_the_leaves),
	    LOG_TEST(test_every_entry_is_provably_in_the_log),
	    LOG_TEST(test_each_earlier_log_is_provably_its_beginning),
	    LOG_TEST(test_an_entry_is_read_back_as_it_was_written),
	    LOG_TEST(test_a_leaf_says_nothing_of_its_details),
	    LOG_TEST(test_leaves_from_outside_are_refused_or_read),
	    LOG_TEST(test_what_does_not_fit_is_not_written),
	    LOG_TEST(test_the_same_seed_gives_the_same_bytes),
	    LOG_TEST(test_an_aborted_transaction_leaves_the_log_as_it_was),
	    LOG_TEST(test_entries_are_found_by_their_case),
	    LOG_TEST(test_any_changed_byte_is_found),
	    LOG_TEST(test_the_place_of_the_damage_is_told),
	    LOG_TEST(test_a_row_too_few_or_too_many_is_found),
	    LOG_TEST(test_a_member_finds_what_names_it),
	    LOG_TEST(test_details_of_no_entry_are_found),
	    LOG_TEST(test_a_head_without_its_leaves_is_not_loaded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
