/* SPDX-License-Identifier: EUPL-1.2 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>

#include "proto/base/file.h"
#include "tests/consent_log.h"

#define ORIGIN "wijkhub.example/test"

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

static struct note_key
log_key(void)
{
	struct note_key key;

	assert_int_equal(note_key_make(ORIGIN, NOTE_ED25519, secret.public_key,
			     &key),
	    WH_OK);
	return key;
}

static char *
publish(void)
{
	char *note = NULL;

	assert_int_equal(audit_checkpoint_make(&log_.audit, ORIGIN, &secret, 1,
			     &note),
	    WH_OK);
	assert_int_equal(audit_checkpoint_keep(log_.txn, second, note, NULL),
	    WH_OK);
	return note;
}

static enum wh_err
open_next(enum audit_opened reason, uint32_t generation, const char *note)
{
	const struct audit_opening opening = {.reason = reason,
	    .generation = generation,
	    .at_ms = 1800000000000,
	    .note = span_str(note)};

	return audit_open(&log_.audit, log_.txn, &log_.seed, &opening);
}

/* Entries about every kind of thing, in the present generation. */
static void
grow(uint64_t count)
{
	while (count-- > 0) {
		struct audit_entry entry = log_entry(count);
		uint64_t next = audit_next(&log_.audit);
		uint64_t index;

		assert_int_equal(audit_append(&log_.audit, log_.txn, &log_.seed,
				     &entry, &index),
		    WH_OK);
		assert_int_equal(index, next);
	}
}

/* 30 entries, then a new year with 12 more besides its first leaf. */
static void
two_years(void)
{
	char *note;

	grow(30);
	note = publish();
	assert_int_equal(open_next(AUDIT_OPENED_YEAR, 1, note), WH_OK);
	mem_free(note);
	grow(12);
}

static enum wh_err
compare(const char *word)
{
	struct why why = {.text = ""};
	struct note_key key = log_key();
	enum wh_err err =
	    audit_checkpoint_compare(log_.txn, second, &key, 1, &why);

	if (strstr(why.text, word) == NULL)
		print_error("no \"%s\" in: %s\n", word, why.text);
	assert_non_null(strstr(why.text, word));
	return err;
}

static void
test_numbers_rise_over_generations(void **state)
{
	uint32_t generation = 99;
	uint64_t size = 0;

	(void)state;
	two_years();
	assert_int_equal(audit_generation(&log_.audit), 1);
	assert_int_equal(audit_size(&log_.audit), 13);
	assert_int_equal(audit_next(&log_.audit), (UINT64_C(1) << 32) + 13);
	assert_int_equal(audit_generation_next(log_.txn, 0, &generation, &size),
	    WH_OK);
	assert_int_equal(generation, 0);
	assert_int_equal(size, 30);
	assert_int_equal(audit_generation_next(log_.txn, 1, &generation, &size),
	    WH_OK);
	assert_int_equal(generation, 1);
	assert_int_equal(size, 13);
	assert_int_equal(audit_generation_next(log_.txn, 2, &generation, &size),
	    WH_NOT_FOUND);
	log_holds(&log_);
	log_come_back(&log_);
	assert_int_equal(audit_next(&log_.audit), (UINT64_C(1) << 32) + 13);
}

static void
test_the_first_leaf_holds_the_last_checkpoint(void **state)
{
	struct audit_leaf leaf;
	struct hash link;
	struct span bytes;

	(void)state;
	two_years();
	assert_int_equal(audit_leaf_get(log_.txn, note_log_entry(1, 0), &bytes),
	    WH_OK);
	assert_int_equal(audit_leaf_read(bytes, &leaf), WH_OK);
	assert_int_equal(leaf.kind, AUDIT_OPENED);
	assert_int_equal(leaf.reason, AUDIT_OPENED_YEAR);
	assert_int_equal(audit_checkpoint_note(log_.txn, 0, &bytes), WH_OK);
	assert_int_equal(note_log_link(bytes, &link), WH_OK);
	assert_memory_equal(link.b, leaf.commitment.b, HASH_LEN);
}

static void
test_each_generation_has_an_origin_and_proofs_of_its_own(void **state)
{
	struct note_checkpoint head;
	struct hash path[64], root, hash;
	struct note_key key = log_key();
	struct span spans[64], bytes;
	uint32_t generation = 0;
	size_t count;
	char *note;

	(void)state;
	two_years();
	note = publish();
	assert_int_equal(note_log_open(span_str(note), &key, 1, &generation,
			     &head),
	    WH_OK);
	assert_int_equal(generation, 1);
	assert_int_equal(head.size, 13);
	assert_true(span_equal(head.origin, span_str(ORIGIN "/1")));
	root = head.root;
	mem_free(note);
	for (uint64_t i = 0; i < 13; i++) {
		uint64_t index = note_log_entry(1, i);

		assert_int_equal(audit_inclusion(log_.txn, index, 13, path,
				     &count),
		    WH_OK);
		for (size_t k = 0; k < count; k++)
			spans[k] = log_hash(&path[k]);
		assert_int_equal(audit_leaf_get(log_.txn, index, &bytes),
		    WH_OK);
		hash = merkle_leaf(bytes);
		assert_int_equal(merkle_check_inclusion(log_hash(&hash), i, 13,
				     spans, count, log_hash(&root)),
		    WH_OK);
	}
	assert_int_equal(compare(""), WH_OK);
}

static void
test_a_year_is_closed_with_all_its_entries(void **state)
{
	char *note;

	(void)state;
	grow(30);
	note = publish();
	grow(1);
	assert_int_equal(open_next(AUDIT_OPENED_YEAR, 1, note), WH_INVALID);
	mem_free(note);
	note = publish();
	assert_int_equal(open_next(AUDIT_OPENED_YEAR, 0, note), WH_INVALID);
	assert_int_equal(open_next(AUDIT_OPENED_YEAR, 1, "no note"),
	    WH_INVALID);
	assert_int_equal(audit_next(&log_.audit), 31);
	log_holds(&log_);
	assert_int_equal(open_next(AUDIT_OPENED_YEAR, 1, note), WH_OK);
	mem_free(note);
}

/* The world knows more than we have: numbers of the lost ones stay free. */
static void
test_after_a_restore_the_lost_head_is_named(void **state)
{
	char *lost;

	(void)state;
	two_years();
	lost = publish();
	assert_int_equal(open_next(AUDIT_OPENED_RESTORED, 3, lost), WH_OK);
	mem_free(lost);
	assert_int_equal(audit_generation(&log_.audit), 3);
	grow(4);
	log_holds(&log_);
	mem_free(publish());
	assert_int_equal(compare(""), WH_OK);
}

static void
test_rolling_back_over_a_generation_is_noticed(void **state)
{
	struct audit later = {.generation = 2, .frontier = {0}};
	struct hash leaf = {{1}};
	char *note = NULL;

	(void)state;
	two_years();
	mem_free(publish());
	assert_int_equal(compare(""), WH_OK);
	assert_int_equal(merkle_frontier_add(&later.frontier, &leaf, NULL,
			     NULL),
	    WH_OK);
	assert_int_equal(audit_checkpoint_make(&later, ORIGIN, &secret, 1,
			     &note),
	    WH_OK);
	assert_int_equal(file_write(second, span_str(note), 0644, NULL), WH_OK);
	mem_free(note);
	assert_int_equal(compare("generation 2"), WH_CORRUPT);
}

static void
damage(unsigned table, const struct audit_key *key, struct span value)
{
	assert_int_equal(kv_put(log_.txn, table, audit_key_span(key), value),
	    WH_OK);
}

static void
test_a_link_that_was_changed_is_found(void **state)
{
	struct audit_key key = audit_meta_key(AUDIT_LINK, 1);
	struct audit_key leaf_key = audit_index_key(29);
	struct span bytes;
	char *other;
	uint8_t *kept;
	size_t len;

	(void)state;
	two_years();
	log_holds(&log_);
	assert_int_equal(kv_peek(log_.txn, TABLE_LOG_META, audit_key_span(&key),
			     &bytes),
	    WH_OK);
	kept = mem_dup(bytes);
	len = bytes.len;
	other = publish(); /* of the present generation */
	damage(TABLE_LOG_META, &key, span_str(other));
	log_fails(&log_);
	damage(TABLE_LOG_META, &key, span_of(kept, len));
	log_holds(&log_);
	/* The last entry of the year that was closed. */
	assert_int_equal(kv_del(log_.txn, TABLE_LOG_LEAF,
			     audit_key_span(&leaf_key)),
	    WH_OK);
	log_fails(&log_);
	mem_free(other);
	mem_free(kept);
}

static void
test_origins_are_read_strictly(void **state)
{
	static const struct {
		const char *text;
		enum wh_err err;
		uint32_t generation;
	} cases[] = {
	    {ORIGIN, WH_OK, 0},
	    {ORIGIN "/1", WH_OK, 1},
	    {ORIGIN "/4294967295", WH_OK, UINT32_MAX},
	    {ORIGIN "/4294967296", WH_INVALID, 0},
	    {ORIGIN "/99999999999", WH_INVALID, 0},
	    {ORIGIN "/0", WH_INVALID, 0},
	    {ORIGIN "/01", WH_INVALID, 0},
	    {ORIGIN "/", WH_INVALID, 0},
	    {ORIGIN "/1/", WH_INVALID, 0},
	    {ORIGIN "/-1", WH_INVALID, 0},
	    {ORIGIN "1", WH_INVALID, 0},
	    {"wijkhub.example/tes", WH_INVALID, 0},
	    {"wijkhub.example/other/1", WH_INVALID, 0},
	    {"", WH_INVALID, 0},
	};
	char out[NOTE_LOG_ORIGIN_SIZE];

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		uint32_t generation = 77;

		assert_int_equal(note_log_parse(ORIGIN, span_str(cases[i].text),
				     &generation),
		    cases[i].err);
		if (cases[i].err != WH_OK)
			continue;
		assert_int_equal(generation, cases[i].generation);
		assert_int_equal(note_log_origin(ORIGIN, generation, out),
		    WH_OK);
		assert_string_equal(out, cases[i].text);
	}
}

#define OPEN_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    OPEN_TEST(test_numbers_rise_over_generations),
	    OPEN_TEST(test_the_first_leaf_holds_the_last_checkpoint),
	    OPEN_TEST(test_each_generation_has_an_origin_and_proofs_of_its_own),
	    OPEN_TEST(test_a_year_is_closed_with_all_its_entries),
	    OPEN_TEST(test_after_a_restore_the_lost_head_is_named),
	    OPEN_TEST(test_rolling_back_over_a_generation_is_noticed),
	    OPEN_TEST(test_a_link_that_was_changed_is_found),
	    OPEN_TEST(test_origins_are_read_strictly),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
