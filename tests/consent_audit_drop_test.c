/* SPDX-License-Identifier: EUPL-1.2 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>

#include "consent/audit_drop.h"
#include "consent/audit_erase.h"
#include "tests/consent_log.h"

/* A log that was kept for its years goes, and what stays says so. */

#define ORIGIN  "wijkhub.example/test"
#define OPENED  INT64_C(1800000000000)
#define ENTRIES 30

static struct sign_secret secret;
static struct log log_;
static char *second;

static int
set_up(void **state)
{
	const uint8_t seed[SIGN_KEY_LEN] = {11};

	(void)state;
	log_open(&log_);
	second = support_path(log_.dir, "checkpoint");
	return sign_secret_from_seed(seed, &secret) == WH_OK ? 0 : -1;
}

static int
tear_down(void **state)
{
	(void)state;
	free(second);
	log_close(&log_);
	return 0;
}

static void
grow(uint64_t count)
{
	while (count-- > 0) {
		struct audit_entry entry = log_entry(count);
		uint64_t index;

		assert_int_equal(audit_append(&log_.audit, log_.txn, &log_.seed,
				     &entry, &index),
		    WH_OK);
	}
}

/* A last checkpoint, and the next year. */
static void
turn_the_year(void)
{
	struct audit_opening opening = {.reason = AUDIT_OPENED_YEAR,
	    .generation = audit_generation(&log_.audit) + 1,
	    .at_ms = OPENED};
	char *note = NULL;

	assert_int_equal(audit_checkpoint_make(&log_.audit, ORIGIN, &secret, 1,
			     &note),
	    WH_OK);
	assert_int_equal(audit_checkpoint_keep(log_.txn, second, note, NULL),
	    WH_OK);
	opening.note = span_str(note);
	assert_int_equal(audit_open(&log_.audit, log_.txn, &log_.seed,
			     &opening),
	    WH_OK);
	mem_free(note);
}

static uint64_t
let_go(uint32_t generation)
{
	uint64_t index = 0;

	assert_int_equal(audit_drop(&log_.audit, log_.txn, &log_.seed,
			     generation, OPENED + 1, &index),
	    WH_OK);
	return index;
}

static void
sweep(uint32_t generation)
{
	bool more = true;

	while (more)
		assert_int_equal(audit_drop_sweep(log_.txn, generation, 7,
				     &more),
		    WH_OK);
}

static enum wh_err
compare(void)
{
	struct note_key key;

	assert_int_equal(note_key_make(ORIGIN, NOTE_ED25519, secret.public_key,
			     &key),
	    WH_OK);
	return audit_checkpoint_compare(log_.txn, second, &key, 1, NULL);
}

/* Rows of a table that are of this generation. */
static unsigned
rows_of(unsigned table, uint32_t generation)
{
	struct span key = {0}, value;
	unsigned n = 0;

	while (kv_next(log_.txn, table, &key, &value) == WH_OK)
		n += key.len >= 8 && note_log_generation(be64_get(
					 key.p + key.len - 8)) == generation;
	return n;
}

static void
test_only_the_oldest_and_closed_one_goes(void **state)
{
	uint64_t index = 0;
	int64_t at_ms = 0;

	(void)state;
	grow(ENTRIES);
	assert_int_equal(audit_drop(&log_.audit, log_.txn, &log_.seed, 0, 1,
			     &index),
	    WH_INVALID);
	assert_int_equal(audit_drop_closed(log_.txn, 0, &at_ms), WH_NOT_FOUND);
	turn_the_year();
	turn_the_year();
	assert_int_equal(audit_drop_closed(log_.txn, 0, &at_ms), WH_OK);
	assert_int_equal(at_ms, OPENED);
	assert_int_equal(audit_drop(&log_.audit, log_.txn, &log_.seed, 1, 1,
			     &index),
	    WH_INVALID);
	let_go(0);
	let_go(1);
	assert_int_equal(audit_drop(&log_.audit, log_.txn, &log_.seed, 2, 1,
			     &index),
	    WH_INVALID);
	log_holds(&log_);
}

static void
test_nothing_of_it_stays_but_its_head_and_notes(void **state)
{
	static const unsigned tables[] = {TABLE_LOG_LEAF, TABLE_LOG_NODE,
	    TABLE_LOG_DETAIL, TABLE_LOG_BY_CASE, TABLE_LOG_BY_MEMBER};
	struct span note;
	uint64_t size = 99;

	(void)state;
	grow(ENTRIES);
	turn_the_year();
	grow(12);
	for (size_t i = 0; i < COUNT(tables); i++)
		assert_true(rows_of(tables[i], 0) > 0);
	let_go(0);
	sweep(0);
	for (size_t i = 0; i < COUNT(tables); i++) {
		assert_int_equal(rows_of(tables[i], 0), 0);
		assert_true(rows_of(tables[i], 1) > 0);
	}
	assert_int_equal(audit_size_of(log_.txn, 0, &size), WH_OK);
	assert_int_equal(size, 0);
	assert_int_equal(audit_checkpoint_note(log_.txn, 0, &note), WH_OK);
	log_holds(&log_);
	assert_int_equal(compare(), WH_OK);
	log_come_back(&log_);
	log_holds(&log_);
}

static void
test_the_log_says_what_went(void **state)
{
	struct audit_detail detail;
	struct audit_leaf leaf;
	struct span bytes;
	uint64_t index;

	(void)state;
	grow(ENTRIES);
	turn_the_year();
	index = let_go(0);
	assert_int_equal(note_log_generation(index), 1);
	assert_int_equal(audit_leaf_get(log_.txn, index, &bytes), WH_OK);
	assert_int_equal(audit_leaf_read(bytes, &leaf), WH_OK);
	assert_int_equal(leaf.kind, AUDIT_DROPPED);
	assert_int_equal(audit_detail_get(log_.txn, index, &detail), WH_OK);
	assert_true(detail.len < sizeof(detail.bytes));
	detail.bytes[detail.len] = '\0';
	assert_non_null(
	    strstr((char *)detail.bytes, "generation=0\nentries=30\nroot="));
}

/* Cut off after any number of steps, it is sound. */
static void
test_it_holds_at_every_step(void **state)
{
	bool more = true;

	(void)state;
	grow(ENTRIES);
	turn_the_year();
	grow(5);
	let_go(0);
	for (unsigned steps = 0; more; steps++) {
		assert_true(steps <= ENTRIES);
		log_holds(&log_);
		assert_int_equal(compare(), WH_OK);
		assert_int_equal(audit_drop_sweep(log_.txn, 0, 1, &more),
		    WH_OK);
	}
	log_holds(&log_);
	/* And year after year. */
	turn_the_year();
	grow(3);
	let_go(1);
	sweep(1);
	log_holds(&log_);
	assert_int_equal(compare(), WH_OK);
}

/* Of a permission the details went before, of a case also what found them. */
static void
test_what_was_erased_before_goes_too(void **state)
{
	const struct audit_erasure erasure = {.subject = {{3}},
	    .case_ref = {{3}},
	    .at_ms = OPENED,
	    .from = "buurtteam",
	    .to = "wpi"};
	uint64_t index = 0, rows = 99;
	bool more = false;

	(void)state;
	grow(ENTRIES);
	assert_int_equal(audit_erase(&log_.audit, log_.txn, &log_.seed,
			     &erasure, &index),
	    WH_OK);
	assert_int_equal(audit_erase_sweep(log_.txn, &erasure.subject, 2,
			     &more),
	    WH_OK);
	assert_true(more);
	turn_the_year();
	let_go(0);
	sweep(0);
	assert_int_equal(audit_erase_sweep(log_.txn, &erasure.subject, 2,
			     &more),
	    WH_OK);
	assert_false(more);
	assert_int_equal(kv_count(log_.txn, TABLE_LOG_DETAIL, &rows), WH_OK);
	assert_int_equal(rows, 1); /* of the entry that says so */
	assert_int_equal(kv_count(log_.txn, TABLE_LOG_BY_CASE, &rows), WH_OK);
	assert_int_equal(rows, 0);
	log_holds(&log_);
}

static void
forge_gone(uint32_t generation, uint64_t entry)
{
	struct audit_key key = audit_meta_key(AUDIT_GONE, generation);
	uint8_t value[16];

	be64_put(value, ENTRIES);
	be64_put(value + 8, entry);
	assert_int_equal(kv_put(log_.txn, TABLE_LOG_META, audit_key_span(&key),
			     span_of(value, sizeof(value))),
	    WH_OK);
}

static void
assert_caught(const char *word)
{
	struct why why = {.text = ""};
	struct hash root;
	uint64_t size = 0, bad = 0;

	assert_int_equal(audit_verify(log_.txn, &size, &root, &bad, &why),
	    WH_CORRUPT);
	if (strstr(why.text, word) == NULL)
		fail_msg("no \"%s\" in: %s", word, why.text);
}

static void
take_all_of(uint32_t generation)
{
	for (unsigned table = TABLE_LOG_LEAF; table <= TABLE_LOG_BY_MEMBER;
	     table++) {
		struct span key = {0}, value;
		struct audit_key at = {.len = 0};

		if (table == TABLE_LOG_KEY)
			continue;
		while (kv_next(log_.txn, table, &key, &value) == WH_OK) {
			at.len = key.len;
			memcpy(at.b, key.p, key.len);
			key = audit_key_span(&at);
			if (note_log_generation(be64_get(at.b + at.len - 8)) ==
			    generation)
				assert_int_equal(kv_del(log_.txn, table, key),
				    WH_OK);
		}
	}
}

/* An operator takes a year away and says nothing. */
static void
test_a_year_that_just_vanished_is_noticed(void **state)
{
	(void)state;
	grow(ENTRIES);
	turn_the_year();
	grow(3);
	take_all_of(0);
	assert_caught("");
}

static void
test_a_mark_without_its_entry_is_noticed(void **state)
{
	(void)state;
	grow(ENTRIES);
	turn_the_year();
	grow(3);
	take_all_of(0);
	forge_gone(0, note_log_entry(1, 1));
	assert_caught("no entry of the log says");
}

static void
test_another_head_for_what_went_is_noticed(void **state)
{
	struct audit_key key = audit_meta_key(AUDIT_HEAD, 0);
	struct merkle_frontier head;
	uint8_t bytes[AUDIT_HEAD_MAX];

	(void)state;
	grow(ENTRIES);
	turn_the_year();
	let_go(0);
	sweep(0);
	assert_int_equal(audit_head_get(log_.txn, 0, &head), WH_OK);
	head.full[1].b[0] ^= 1;
	assert_int_equal(kv_put(log_.txn, TABLE_LOG_META, audit_key_span(&key),
			     audit_head_write(&head, bytes)),
	    WH_OK);
	assert_caught("closed with other entries");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_only_the_oldest_and_closed_one_goes),
	    TEST(test_nothing_of_it_stays_but_its_head_and_notes),
	    TEST(test_the_log_says_what_went),
	    TEST(test_it_holds_at_every_step),
	    TEST(test_what_was_erased_before_goes_too),
	    TEST(test_a_year_that_just_vanished_is_noticed),
	    TEST(test_a_mark_without_its_entry_is_noticed),
	    TEST(test_another_head_for_what_went_is_noticed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
