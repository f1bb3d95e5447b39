/* SPDX-License-Identifier: EUPL-1.2 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <unistd.h>

#include "consent/note_checkpoint.h"
#include "proto/base/file.h"
#include "tests/consent_log.h"

#define ORIGIN "wijkhub.example/test"

static struct sign_secret secret;
static struct log first;
static struct log copy; /* a backup of first, put back */
static char *second;    /* the second file */

static int
set_up(void **state)
{
	const uint8_t seed[SIGN_KEY_LEN] = {11};

	(void)state;
	log_open(&first);
	copy = (struct log){.dir = support_dir_new(), .seed = {{5}}};
	second = support_path(first.dir, "checkpoint");
	return sign_secret_from_seed(seed, &secret) == WH_OK ? 0 : -1;
}

static int
tear_down(void **state)
{
	(void)state;
	free(second);
	log_close(&copy);
	log_close(&first);
	return 0;
}

static void
publish(struct log *log)
{
	char *note = NULL;

	assert_int_equal(audit_checkpoint_make(&log->audit, ORIGIN, &secret, 1,
			     &note),
	    WH_OK);
	assert_int_equal(audit_checkpoint_keep(log->txn, second, note, NULL),
	    WH_OK);
	mem_free(note);
	log_come_back(log);
}

static void
back_up(void)
{
	log_come_back(&first);
	assert_int_equal(kv_copy(first.kv, copy.dir), WH_OK);
	log_begin(&copy);
}

/* The answer, and that a refusal says this word. */
static enum wh_err
compare(struct log *log, const char *word)
{
	struct why why = {.text = ""};
	struct note_key key;
	enum wh_err err;

	assert_int_equal(note_key_make(ORIGIN, NOTE_ED25519, secret.public_key,
			     &key),
	    WH_OK);
	err = audit_checkpoint_compare(log->txn, second, &key, 1, &why);

	if (strstr(why.text, word) == NULL)
		print_error("no \"%s\" in: %s\n", word, why.text);
	assert_non_null(strstr(why.text, word));
	return err;
}

static void
test_a_checkpoint_is_a_note_that_the_log_signed(void **state)
{
	struct note_checkpoint checkpoint;
	struct note_key log_key;
	struct hash root;
	char *note = NULL;
	char *again = NULL;

	(void)state;
	log_grow(&first, 33);
	root = audit_root(&first.audit);
	assert_int_equal(note_key_make(ORIGIN, NOTE_ED25519, secret.public_key,
			     &log_key),
	    WH_OK);
	assert_int_equal(audit_checkpoint_make(&first.audit, ORIGIN, &secret, 1,
			     &note),
	    WH_OK);
	assert_int_equal(note_checkpoint_open(span_str(note), &log_key,
			     &checkpoint),
	    WH_OK);
	assert_int_equal(checkpoint.size, 33);
	assert_memory_equal(checkpoint.root.b, root.b, HASH_LEN);
	assert_int_equal(audit_checkpoint_make(&first.audit, ORIGIN, &secret, 1,
			     &again),
	    WH_OK);
	assert_string_equal(note, again);
	mem_free(note);
	mem_free(again);
	assert_int_equal(audit_checkpoint_make(&first.audit, "no name", &secret,
			     1, &note),
	    WH_INVALID);
}

/* While the key rotates: whoever knows one of the two can check it. */
static void
test_a_checkpoint_under_two_keys_holds_under_each(void **state)
{
	struct sign_secret secrets[2] = {secret};
	struct note_checkpoint checkpoint;
	struct note_key keys[3];
	struct sign_secret third;
	char *note = NULL;

	(void)state;
	sign_secret_new(&secrets[1]);
	sign_secret_new(&third);
	log_grow(&first, 5);
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(note_key_make(ORIGIN, NOTE_ED25519,
				     i < 2 ? secrets[i].public_key
					   : third.public_key,
				     &keys[i]),
		    WH_OK);
	assert_int_equal(audit_checkpoint_make(&first.audit, ORIGIN, secrets, 2,
			     &note),
	    WH_OK);
	for (size_t i = 0; i < 2; i++)
		assert_int_equal(note_checkpoint_open(span_str(note), &keys[i],
				     &checkpoint),
		    WH_OK);
	assert_int_equal(note_checkpoint_open_any(span_str(note), keys, 3,
			     &checkpoint),
	    WH_OK);
	assert_int_equal(note_checkpoint_open(span_str(note), &keys[2],
			     &checkpoint),
	    WH_CRYPTO);
	assert_int_equal(note_checkpoint_open_any(span_str(note), keys, 0,
			     &checkpoint),
	    WH_CRYPTO);
	mem_free(note);
}

static void
test_a_first_start_has_nothing_to_compare(void **state)
{
	(void)state;
	assert_int_equal(compare(&first, ""), WH_OK);
	log_grow(&first, 9);
	log_come_back(&first); /* and crashed before its first checkpoint */
	assert_int_equal(compare(&first, ""), WH_OK);
}

static void
test_an_empty_log_has_a_checkpoint_too(void **state)
{
	(void)state;
	publish(&first);
	assert_int_equal(compare(&first, ""), WH_OK);
}

static void
test_a_log_that_went_on_is_accepted(void **state)
{
	(void)state;
	log_grow(&first, 50);
	publish(&first);
	assert_int_equal(compare(&first, ""), WH_OK);
	log_grow(&first, 31);
	assert_int_equal(compare(&first, ""), WH_OK);
	publish(&first);
	log_grow(&first, 1);
	log_come_back(&first);
	assert_int_equal(compare(&first, ""), WH_OK);
}

static void
test_a_store_that_was_rolled_back_is_refused(void **state)
{
	(void)state;
	log_grow(&first, 50);
	publish(&first);
	back_up();
	assert_int_equal(compare(&copy, ""), WH_OK);
	log_grow(&first, 30);
	publish(&first);
	assert_int_equal(compare(&copy, "rolled back"), WH_CORRUPT);
	assert_int_equal(compare(&first, ""), WH_OK);
}

static void
test_a_store_that_was_forked_is_refused(void **state)
{
	(void)state;
	log_grow(&first, 50);
	publish(&first);
	back_up();
	log_grow(&first, 30);
	publish(&first);
	copy.seed.b[0] ^= 1;
	log_grow(&copy, 29);
	assert_int_equal(compare(&copy, "rolled back"), WH_CORRUPT);
	log_grow(&copy, 1);
	assert_int_equal(compare(&copy, "forked"), WH_CORRUPT);
	log_grow(&copy, 7);
	assert_int_equal(compare(&copy, "forked"), WH_CORRUPT);
}

/* The journal brings a crashed store back to where it had been. */
static void
test_a_replayed_store_is_accepted(void **state)
{
	(void)state;
	log_grow(&first, 50);
	back_up();
	log_grow(&first, 30);
	publish(&first);
	assert_int_equal(compare(&copy, "rolled back"), WH_CORRUPT);
	log_grow(&copy, 30); /* same seed, same entries */
	assert_int_equal(compare(&copy, ""), WH_OK);
}

static void
test_a_store_without_its_second_file_is_refused(void **state)
{
	(void)state;
	log_grow(&first, 50);
	publish(&first);
	assert_int_equal(unlink(second), 0);
	assert_int_equal(compare(&first, "missing"), WH_CORRUPT);
}

static void
test_a_second_file_of_somebody_else_is_refused(void **state)
{
	static const char rubbish[] = "wijkhub.example/test\n1\nAA==\n";
	struct sign_secret other;
	char *note = NULL;

	(void)state;
	log_grow(&first, 50);
	publish(&first);
	sign_secret_new(&other);
	assert_int_equal(audit_checkpoint_make(&first.audit, ORIGIN, &other, 1,
			     &note),
	    WH_OK);
	assert_int_equal(file_write(second, span_str(note), 0644, NULL), WH_OK);
	assert_int_equal(compare(&first, "no checkpoint"), WH_CORRUPT);
	mem_free(note);
	note = NULL;
	assert_int_equal(audit_checkpoint_make(&first.audit, "other.example",
			     &secret, 1, &note),
	    WH_OK);
	assert_int_equal(file_write(second, span_str(note), 0644, NULL), WH_OK);
	assert_int_equal(compare(&first, "no checkpoint"), WH_CORRUPT);
	mem_free(note);
	assert_int_equal(file_write(second, span_str(rubbish), 0644, NULL),
	    WH_OK);
	assert_int_equal(compare(&first, "no checkpoint"), WH_CORRUPT);
	assert_int_equal(file_write(second, span_str(""), 0644, NULL), WH_OK);
	assert_int_equal(compare(&first, "no checkpoint"), WH_CORRUPT);
}

static void
copy_checkpoint(struct log *from, struct log *to)
{
	struct audit_key key = audit_meta_key(AUDIT_CHECKPOINT, 0);
	struct span note;

	assert_int_equal(audit_checkpoint_note(from->txn, 0, &note), WH_OK);
	assert_int_equal(kv_put(to->txn, TABLE_LOG_META, audit_key_span(&key),
			     note),
	    WH_OK);
}

/* The second file may lag when it was put back; the store still knows. */
static void
test_the_checkpoint_in_the_store_counts_too(void **state)
{
	uint8_t *old = NULL;
	size_t len = 0;

	(void)state;
	log_grow(&first, 50);
	publish(&first);
	assert_int_equal(file_read(second, NOTE_MAX, &old, &len, NULL), WH_OK);
	back_up();
	copy.seed.b[0] ^= 1;
	log_grow(&copy, 30);
	publish(&copy);
	log_grow(&first, 30);
	assert_int_equal(file_write(second, span_of(old, len), 0644, NULL),
	    WH_OK);
	mem_free(old);
	assert_int_equal(compare(&first, ""), WH_OK);
	copy_checkpoint(&copy, &first);
	assert_int_equal(compare(&first, "the store"), WH_CORRUPT);
}

static void
test_a_changed_node_or_head_is_noticed_at_start(void **state)
{
	struct audit_key key = audit_node_key(4, 0);
	struct audit_key head_key = audit_meta_key(AUDIT_HEAD, 0);
	struct merkle_frontier frontier;
	uint8_t head[AUDIT_HEAD_MAX];
	struct span zeros = span_of(frontier.full[63].b, HASH_LEN);

	(void)state;
	log_grow(&first, 20);
	publish(&first);
	frontier = first.audit.frontier;
	frontier.full[2].b[5] ^= 1;
	assert_int_equal(kv_put(first.txn, TABLE_LOG_META,
			     audit_key_span(&head_key),
			     audit_head_write(&frontier, head)),
	    WH_OK);
	assert_int_equal(compare(&first, "head"), WH_CORRUPT);
	frontier = first.audit.frontier;
	assert_int_equal(kv_put(first.txn, TABLE_LOG_META,
			     audit_key_span(&head_key),
			     audit_head_write(&frontier, head)),
	    WH_OK);
	assert_int_equal(compare(&first, ""), WH_OK);
	assert_int_equal(kv_put(first.txn, TABLE_LOG_NODE, audit_key_span(&key),
			     zeros),
	    WH_OK);
	assert_int_equal(compare(&first, "head"), WH_CORRUPT);
}

static void
test_a_second_file_that_cannot_be_written_is_an_error(void **state)
{
	struct why why = {.text = ""};
	char *note = NULL;

	(void)state;
	log_grow(&first, 5);
	assert_int_equal(audit_checkpoint_make(&first.audit, ORIGIN, &secret, 1,
			     &note),
	    WH_OK);
	assert_int_not_equal(audit_checkpoint_keep(first.txn,
				 "/nonexistent/folder/checkpoint", note, &why),
	    WH_OK);
	assert_string_not_equal(why.text, "");
	mem_free(note);
	/* Nor is it kept half: the next start would miss the file. */
	log_come_back(&first);
	assert_int_equal(compare(&first, ""), WH_OK);
}

#define CHECKPOINT_TEST(name)                                                  \
	cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    CHECKPOINT_TEST(test_a_checkpoint_is_a_note_that_the_log_signed),
	    CHECKPOINT_TEST(test_a_checkpoint_under_two_keys_holds_under_each),
	    CHECKPOINT_TEST(test_a_first_start_has_nothing_to_compare),
	    CHECKPOINT_TEST(test_an_empty_log_has_a_checkpoint_too),
	    CHECKPOINT_TEST(test_a_log_that_went_on_is_accepted),
	    CHECKPOINT_TEST(test_a_store_that_was_rolled_back_is_refused),
	    CHECKPOINT_TEST(test_a_store_that_was_forked_is_refused),
	    CHECKPOINT_TEST(test_a_replayed_store_is_accepted),
	    CHECKPOINT_TEST(test_a_store_without_its_second_file_is_refused),
	    CHECKPOINT_TEST(test_a_second_file_of_somebody_else_is_refused),
	    CHECKPOINT_TEST(test_the_checkpoint_in_the_store_counts_too),
	    CHECKPOINT_TEST(test_a_changed_node_or_head_is_noticed_at_start),
	    CHECKPOINT_TEST(
		test_a_second_file_that_cannot_be_written_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
