/* SPDX-License-Identifier: EUPL-1.2 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "consent/note_policy.h"
#include "consent/note_proof.h"
#include "proto/base/mem.h"
#include "tests/consent_vectors.h"

#define LOG                                                                    \
	"log example.com/log/testdata+33d7b496+"                               \
	"AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx\n"
#define W1                                                                     \
	"witness.example/w1+e75f6532+"                                         \
	"BAOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4"
#define W2                                                                     \
	"witness.example/w2+59115eca+"                                         \
	"BCmsuuFBvMrwsi4alNNNC8c2HlJtC/4SyJeUvJMilm3X"
/* One who signed nothing here. */
#define PETER                                                                  \
	"PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
#define BOTH LOG "witness a " W1 "\nwitness b " W2 " https://b.example/\n"

static struct note_policy policy;
static struct note_proof proof;

static enum wh_err
parse(const char *text)
{
	return note_policy_parse(span_str(text), &policy, NULL);
}

/* The proof of "seven", under the policy given as text. */
static enum wh_err
check(const char *policy_text, const char *leaf)
{
	struct note_checkpoint head = {.size = 0};
	struct hash leaf_hash = merkle_leaf(span_str(leaf));
	struct why why = {""};
	enum wh_err err;

	assert_int_equal(parse(policy_text), WH_OK);
	err = note_proof_check(&proof, &leaf_hash, &policy, &head, &why);
	assert_int_equal(head.size, err == WH_OK ? 15 : 0);
	assert_int_equal(why.text[0] == '\0', err == WH_OK);
	return err;
}

static void
read_proof(char **held)
{
	size_t len;

	*held = vector_file("notes/generated-index6.tlog-proof", &len);
	assert_int_equal(note_proof_parse(span_of(*held, len), &proof), WH_OK);
}

static void
test_a_receipt_holds_as_far_as_its_policy_wants(void **state)
{
	char *held;

	(void)state;
	read_proof(&held);
	assert_int_equal(check(BOTH "quorum a\n", "seven"), WH_OK);
	assert_int_equal(check(BOTH "quorum none\n", "seven"), WH_OK);
	assert_int_equal(check(BOTH "group g all a b\nquorum g\n", "seven"),
	    WH_OK);
	assert_int_equal(check(LOG "\tquorum\tnone \n# ja\n \n", "seven"),
	    WH_OK);
	assert_int_equal(check(BOTH "quorum a\n", "eight"), WH_CRYPTO);
	assert_int_equal(check(LOG "quorum none\n", ""), WH_CRYPTO);
	assert_int_equal(check("witness a " W1 "\nquorum a\n", "seven"),
	    WH_CRYPTO);
	assert_int_equal(check("log " PETER "\nquorum none\n", "seven"),
	    WH_CRYPTO);
	free(held);
}

/* c is a key that took no part: vkeys made here, from an unused seed. */
static void
test_a_group_counts_each_witness_once(void **state)
{
	struct sign_secret secret;
	struct note_key key;
	uint8_t seed[SIGN_KEY_LEN] = {9};
	char vkey[NOTE_VKEY_SIZE];
	char text[2048];
	char *held;
	static const struct {
		const char *rules;
		enum wh_err want;
	} cases[] = {
	    {"group g 2 a b c\nquorum g\n", WH_OK},
	    {"group g all a b c\nquorum g\n", WH_CRYPTO},
	    {"group g any c\nquorum g\n", WH_CRYPTO},
	    {"group g any c a\nquorum g\n", WH_OK},
	    {"group g any a\ngroup h all g b\nquorum h\n", WH_OK},
	    {"group g all c\ngroup h all g b\nquorum h\n", WH_CRYPTO},
	    {"group g all c\ngroup h 1 g b\nquorum h\n", WH_OK},
	    {"quorum c\n", WH_CRYPTO},
	};

	(void)state;
	read_proof(&held);
	assert_int_equal(sign_secret_from_seed(seed, &secret), WH_OK);
	assert_int_equal(note_key_make("w.example/c", NOTE_COSIGNATURE,
			     secret.public_key, &key),
	    WH_OK);
	note_key_text(&key, vkey);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		(void)snprintf(text, sizeof(text), "%switness c %s\n%s", BOTH,
		    vkey, cases[i].rules);
		assert_int_equal(check(text, "seven"), cases[i].want);
	}
	free(held);
}

static void
test_a_policy_that_is_not_clear_is_refused(void **state)
{
	static const char *const texts[] = {"", LOG, BOTH, "quorum none",
	    "quorum\n", "quorum a\n", "quorum none none\n",
	    "quorum none\nquorum none\n", "witness a " W1 "\nquorum b\n",
	    "witness none " W1 "\nquorum none\n", "witness a\nquorum none\n",
	    "witness a " PETER "\nquorum a\n", LOG LOG "quorum none\n",
	    "witness a " W1 "\nwitness b " W1 "\nquorum a\n",
	    "witness a " W1 "\nwitness a " W2 "\nquorum a\n",
	    "witness a " W1 " u v\nquorum a\n", "log x\nquorum none\n",
	    BOTH "group a any b\nquorum a\n",
	    BOTH "group none any b\nquorum a\n", BOTH "group g any\nquorum a\n",
	    BOTH "group g 0 a\nquorum a\n", BOTH "group g 2 a\nquorum a\n",
	    BOTH "group g 01 a\nquorum a\n", BOTH "group g -1 a\nquorum a\n",
	    BOTH "group g any a a\nquorum a\n",
	    BOTH "group g any a\ngroup h any a\nquorum a\n",
	    BOTH "group g any g\nquorum a\n", BOTH "group g\nquorum a\n",
	    BOTH "group g any h\ngroup h any a\nquorum g\n",
	    "policy 1\nquorum none\n", "quorum none\r\n",
	    "# \x01\nquorum none\n", "\xef\xbb\xbfquorum none\n"};
	struct why why;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		policy.quorum = 7;
		why.text[0] = '\0';
		if (note_policy_parse(span_str(texts[i]), &policy, &why) !=
		    WH_INVALID)
			fail_msg("policy %zu", i);
		assert_int_equal(policy.quorum, 7);
		assert_memory_equal(why.text, "policy line ", 12);
	}
}

/* One that was opened anew, under another name; a witness has one name. */
static void
test_a_log_may_go_on_under_another_name(void **state)
{
	static const char vkey[] = W1;
	struct note_key key;
	char again[NOTE_VKEY_SIZE];
	char text[2048];
	char *held;

	(void)state;
	assert_int_equal(parse(LOG "quorum none\n"), WH_OK);
	key = policy.keys[0];
	assert_int_equal(note_key_make("example.com/log/testdata/2",
			     NOTE_ED25519, key.public_key, &key),
	    WH_OK);
	note_key_text(&key, again);
	(void)snprintf(text, sizeof(text), LOG "log %s\nquorum none\n", again);
	assert_int_equal(parse(text), WH_OK);
	assert_int_equal(policy.log_count, 2);
	read_proof(&held);
	assert_int_equal(check(text, "seven"), WH_OK);
	/* The key alone is not enough: the origin is the name. */
	(void)snprintf(text, sizeof(text), "log %s\nquorum none\n", again);
	assert_int_equal(check(text, "seven"), WH_CRYPTO);
	free(held);
	assert_int_equal(note_key_parse(span_str(vkey), &key), WH_OK);
	assert_int_equal(note_key_make("witness.example/other",
			     NOTE_COSIGNATURE, key.public_key, &key),
	    WH_OK);
	note_key_text(&key, again);
	(void)snprintf(text, sizeof(text),
	    "witness a " W1 "\nwitness b %s\nquorum none\n", again);
	assert_int_equal(parse(text), WH_INVALID);
}

/* 32 of each, as C2SP recommends, and not one more. */
static void
test_a_policy_holds_32_of_each(void **state)
{
	struct sign_secret secret;
	struct note_key key;
	uint8_t seed[SIGN_KEY_LEN] = {0};
	char vkey[NOTE_VKEY_SIZE];
	static char text[32 * 1024];
	size_t len = 0;

	(void)state;
	for (unsigned i = 0; i <= 32; i++) {
		if (i == 32) {
			strcpy(text + len, "quorum none\n");
			assert_int_equal(parse(text), WH_OK);
		}
		seed[0] = (uint8_t)i;
		assert_int_equal(sign_secret_from_seed(seed, &secret), WH_OK);
		assert_int_equal(note_key_make("w.example", NOTE_COSIGNATURE,
				     secret.public_key, &key),
		    WH_OK);
		note_key_text(&key, vkey);
		len += (size_t)snprintf(text + len, sizeof(text) - len,
		    "log %s\nwitness w%u %s\ngroup g%u any w%u\n", vkey, i,
		    vkey, i, i);
	}
	assert_int_equal(parse(text), WH_TOO_BIG);
}

static void
test_a_receipt_is_read_as_it_was_written(void **state)
{
	struct note_proof again;
	char *held;
	char *text;

	(void)state;
	read_proof(&held);
	assert_int_equal(proof.index, 6);
	assert_int_equal(proof.path_len, 4);
	assert_int_equal(note_proof_text(&proof, &text), WH_OK);
	assert_string_equal(text, held);
	mem_free(text);
	proof.extra_len = NOTE_PROOF_EXTRA_MAX;
	memset(proof.extra, 0xa5, sizeof(proof.extra));
	assert_int_equal(note_proof_text(&proof, &text), WH_OK);
	assert_int_equal(note_proof_parse(span_str(text), &again), WH_OK);
	assert_int_equal(again.extra_len, NOTE_PROOF_EXTRA_MAX);
	assert_memory_equal(again.extra, proof.extra, sizeof(proof.extra));
	mem_free(text);
	proof.index = UINT64_MAX;
	assert_int_equal(note_proof_text(&proof, &text), WH_INVALID);
	free(held);
}

static void
test_what_is_not_canonical_is_no_receipt(void **state)
{
#define HEAD "c2sp.org/tlog-proof@v1\n"
#define HASH "ThcgoV2DYcK+VCxBUDWAlNxmLy2r7dq7dK7+OlgQKWs=\n"
	static const char *const texts[] = {"", HEAD, HEAD "index 1\n",
	    HEAD "index 1\n" HASH, HEAD "index 1\n\n", "index 1\n\nnote\n",
	    "c2sp.org/tlog-proof@v2\nindex 1\n\nnote\n", HEAD "index\n\nnote\n",
	    HEAD "index  1\n\nnote\n", HEAD "index 1 \n\nnote\n",
	    HEAD "index 01\n\nnote\n", HEAD "extra \nindex 1\n\nnote\n",
	    HEAD "extra\nindex 1\n\nnote\n", HEAD "extra !\nindex 1\n\nnote\n",
	    HEAD "index 1\nextra QQ==\n\nnote\n",
	    HEAD "extra QQ==\nextra QQ==\nindex 1\n\nnote\n",
	    HEAD "index 1\nQQ==\n\nnote\n", HEAD "index 1\r\n\nnote\n"};

	(void)state;
	proof.index = 77;
	assert_int_equal(note_proof_parse(span_str(HEAD
					      "extra QQ==\nindex 1\n\nnote\n"),
			     &proof),
	    WH_OK);
	assert_int_equal(proof.extra[0], 'A');
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		if (note_proof_parse(span_str(texts[i]), &proof) != WH_INVALID)
			fail_msg("receipt %zu", i);
	}
	assert_int_equal(proof.index, 1);
}

static void
test_65_hashes_are_too_many(void **state)
{
	char text[8192] = HEAD "index 1\n";

	(void)state;
	for (size_t i = 0; i < 64; i++)
		strcat(text, HASH);
	strcat(text, "\nnote\n");
	assert_int_equal(note_proof_parse(span_str(text), &proof), WH_OK);
	strcpy(strstr(text, "\nnote\n"), HASH "\nnote\n");
	assert_int_equal(note_proof_parse(span_str(text), &proof), WH_TOO_BIG);
}

/* Extra data is not signed; there is none in this receipt. */
static void
test_every_flipped_bit_of_a_receipt_is_noticed(void **state)
{
	struct hash leaf = merkle_leaf(span_str("seven"));
	size_t len;
	char *text = vector_file("notes/generated-index6.tlog-proof", &len);
	enum wh_err err;

	(void)state;
	assert_int_equal(parse(BOTH "group g all a b\nquorum g\n"), WH_OK);
	for (size_t bit = 0; bit < 8 * len; bit++) {
		text[bit / 8] ^= (char)(1 << bit % 8);
		err = note_proof_parse(span_of(text, len), &proof);
		if (err == WH_OK)
			err = note_proof_check(&proof, &leaf, &policy, NULL,
			    NULL);
		assert_int_not_equal(err, WH_OK);
		text[bit / 8] ^= (char)(1 << bit % 8);
	}
	free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_a_receipt_holds_as_far_as_its_policy_wants),
	    cmocka_unit_test(test_a_group_counts_each_witness_once),
	    cmocka_unit_test(test_a_policy_that_is_not_clear_is_refused),
	    cmocka_unit_test(test_a_log_may_go_on_under_another_name),
	    cmocka_unit_test(test_a_policy_holds_32_of_each),
	    cmocka_unit_test(test_a_receipt_is_read_as_it_was_written),
	    cmocka_unit_test(test_what_is_not_canonical_is_no_receipt),
	    cmocka_unit_test(test_65_hashes_are_too_many),
	    cmocka_unit_test(test_every_flipped_bit_of_a_receipt_is_noticed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
