/* SPDX-License-Identifier: EUPL-1.2 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "consent/merkle.h"
#include "consent/note_checkpoint.h"
#include "proto/base/mem.h"

#define ROOT   "rKbDipCvhuX1GZ7g5BBe8sA6BbJ7ja/1nk427v383cs=\n"
#define ORIGIN "wijkhub.example/log\n"

static const struct span nothing;

/* A made-up log: seed of 32 equal bytes. */
static void
log_of(uint8_t seed, const char *name, struct sign_secret *secret,
    struct note_key *key)
{
	uint8_t bytes[SIGN_KEY_LEN];

	memset(bytes, seed, sizeof(bytes));
	assert_int_equal(sign_secret_from_seed(bytes, secret), WH_OK);
	assert_int_equal(note_key_make(name, NOTE_ED25519, secret->public_key,
			     key),
	    WH_OK);
}

static void
test_a_checkpoint_is_read_as_it_was_written(void **state)
{
	static const char *const texts[] = {ORIGIN "15\n" ROOT,
	    ORIGIN "0\n" ROOT, "Log van de buurt\n9223372036854775807\n" ROOT,
	    ORIGIN "7\n" ROOT "een regel\nnog een\n"};
	struct note_checkpoint checkpoint;
	char *again;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		assert_int_equal(note_checkpoint_parse(span_str(texts[i]),
				     &checkpoint),
		    WH_OK);
		assert_int_equal(note_checkpoint_text(&checkpoint, &again),
		    WH_OK);
		assert_string_equal(again, texts[i]);
		mem_free(again);
	}
}

static void
test_what_is_not_canonical_is_no_checkpoint(void **state)
{
	static const char *const texts[] = {"", "\n", ORIGIN, ORIGIN "15\n",
	    ORIGIN "\n" ROOT, "\n15\n" ROOT, ORIGIN "015\n" ROOT,
	    ORIGIN "00\n" ROOT, ORIGIN "+15\n" ROOT, ORIGIN "-1\n" ROOT,
	    ORIGIN "15 \n" ROOT, ORIGIN "1a\n" ROOT,
	    ORIGIN "9223372036854775808\n" ROOT,
	    ORIGIN "99999999999999999999999\n" ROOT, ORIGIN "15\n\n",
	    ORIGIN "15\nrKbDipCvhuX1GZ7g5BBe8sA6BbJ7ja/1nk427v383cs=",
	    ORIGIN "15\nrKbDipCvhuX1GZ7g5BBe8sA6BbJ7ja/1nk427v383c==\n",
	    ORIGIN "15\nrKbDipCvhuX1GZ7g5BBe8sA6BbJ7ja/1nk427v383ct=\n",
	    ORIGIN "15\nrKbDipCvhuX1GZ7g5BBe8sA6BbJ7ja/1nk427v383csAAA==\n",
	    ORIGIN "15\n" ROOT "\n", ORIGIN "15\n" ROOT "een\n\ntwee\n",
	    ORIGIN "15\n" ROOT "half", ORIGIN "15\n" ROOT "a\tb\n"};
	struct note_checkpoint checkpoint = {.size = 77};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		if (note_checkpoint_parse(span_str(texts[i]), &checkpoint) !=
		    WH_INVALID)
			fail_msg("text %zu", i);
	}
	assert_int_equal(checkpoint.size, 77);
}

static void
test_what_would_not_come_back_is_not_written(void **state)
{
	struct note_checkpoint good = {.origin = span_str("log"), .size = 3};
	struct note_checkpoint bad[6];
	char *text = NULL;

	(void)state;
	for (size_t i = 0; i < 6; i++)
		bad[i] = good;
	bad[0].origin = nothing;
	bad[1].origin = span_str("log\nvals");
	bad[2].size = UINT64_MAX;
	bad[3].extensions = span_str("geen einde");
	bad[4].extensions = span_str("\n");
	bad[5].origin = span_str("l\tog");
	for (size_t i = 0; i < 6; i++)
		assert_int_equal(note_checkpoint_text(&bad[i], &text),
		    WH_INVALID);
	assert_null(text);
}

static void
test_only_the_log_itself_seals_its_checkpoint(void **state)
{
	struct merkle_frontier empty = {0};
	struct note_checkpoint head = {.origin = span_str("log.example/a"),
	    .size = 0,
	    .root = merkle_frontier_root(&empty)};
	struct note_checkpoint got;
	struct sign_secret secret;
	struct sign_secret other_secret;
	struct note_key log;
	struct note_key other;
	char *note;

	(void)state;
	log_of(1, "log.example/a", &secret, &log);
	log_of(2, "log.example/a", &other_secret, &other);
	assert_int_equal(note_checkpoint_seal(&head, &log, &secret, &note),
	    WH_OK);
	assert_int_equal(note_checkpoint_open(span_str(note), &log, &got),
	    WH_OK);
	assert_true(hash_equal(&got.root, &head.root));
	assert_int_equal(note_checkpoint_open(span_str(note), &other, &got),
	    WH_CRYPTO);
	assert_int_equal(note_checkpoint_seal(&head, &log, &other_secret,
			     &note),
	    WH_INVALID);
	head.origin = span_str("log.example/b");
	assert_int_equal(note_checkpoint_seal(&head, &log, &secret, &note),
	    WH_INVALID);
	mem_free(note);
}

/* The key signs for its own log only, whatever text it may be made to sign. */
static void
test_another_origin_is_refused_under_a_good_signature(void **state)
{
	static const char text[] = "log.example/b\n15\n" ROOT;
	struct note_checkpoint got;
	struct sign_secret secret;
	struct note_key log;
	char line[NOTE_LINE_SIZE];
	char *note;

	(void)state;
	log_of(1, "log.example/a", &secret, &log);
	assert_int_equal(note_sign(&log, &secret, span_str(text), 0, line),
	    WH_OK);
	assert_int_equal(note_make(span_str(text), span_str(line), nothing,
			     &note),
	    WH_OK);
	assert_int_equal(note_checkpoint_open(span_str(note), &log, &got),
	    WH_CRYPTO);
	mem_free(note);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_a_checkpoint_is_read_as_it_was_written),
	    cmocka_unit_test(test_what_is_not_canonical_is_no_checkpoint),
	    cmocka_unit_test(test_what_would_not_come_back_is_not_written),
	    cmocka_unit_test(test_only_the_log_itself_seals_its_checkpoint),
	    cmocka_unit_test(
		test_another_origin_is_refused_under_a_good_signature),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
