/* SPDX-License-Identifier: EUPL-1.2 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>

#include "proto/base/sign.h"

#define CCTV WH_SOURCE_DIR "/tests/vectors/ed25519/cctv_ed25519.txt"

static void
unhex(const char *hex, uint8_t *out)
{
	for (size_t i = 0; hex[2 * i] != '\0'; i++) {
		char two[3] = {hex[2 * i], hex[2 * i + 1], '\0'};

		out[i] = (uint8_t)strtoul(two, NULL, 16);
	}
}

struct rfc_case {
	const char *seed;
	const char *public_key;
	const char *message;
	const char *signature;
};

/* RFC 8032 section 7.1: TEST 1, 2, 3 and SHA(abc). */
static const struct rfc_case rfc_cases[] = {
    {"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
	"d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
	"e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
	"5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"},
    {"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
	"3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
	"72",
	"92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
	"085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"},
    {"c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
	"fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
	"af82",
	"6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
	"18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"},
    {"833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42",
	"ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
	"ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
	"2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
	"dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b589"
	"09351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac17ad9bef1177331a704"},
};

static void
test_signatures_match_rfc_8032(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rfc_cases) / sizeof(*rfc_cases); i++) {
		const struct rfc_case *c = &rfc_cases[i];
		struct sign_secret secret;
		uint8_t seed[SIGN_KEY_LEN];
		uint8_t want_key[SIGN_KEY_LEN];
		uint8_t want[SIGN_LEN];
		uint8_t got[SIGN_LEN];
		uint8_t bytes[64];
		struct span message = span_of(bytes, strlen(c->message) / 2);

		unhex(c->seed, seed);
		unhex(c->public_key, want_key);
		unhex(c->message, bytes);
		unhex(c->signature, want);
		assert_int_equal(sign_secret_from_seed(seed, &secret), WH_OK);
		assert_memory_equal(secret.public_key, want_key, SIGN_KEY_LEN);
		assert_int_equal(sign_make(&secret, message, got), WH_OK);
		assert_memory_equal(got, want, SIGN_LEN);
		assert_int_equal(sign_check(want_key, message, want), WH_OK);
		assert_int_equal(sign_key_check(want_key), WH_OK);
		sign_secret_wipe(&secret);
	}
}

static void
test_any_changed_byte_breaks_the_signature(void **state)
{
	struct sign_secret secret;
	struct sign_secret other;
	uint8_t text[] = "warmte in huis, Nieuw-West";
	struct span message = span_of(text, sizeof(text));
	uint8_t signature[SIGN_LEN];

	(void)state;
	sign_secret_new(&secret);
	sign_secret_new(&other);
	assert_int_equal(sign_make(&secret, message, signature), WH_OK);
	assert_int_equal(sign_check(secret.public_key, message, signature),
	    WH_OK);
	assert_int_equal(sign_check(other.public_key, message, signature),
	    WH_CRYPTO);
	for (size_t i = 0; i < SIGN_LEN; i++) {
		signature[i] ^= 1;
		assert_int_equal(sign_check(secret.public_key, message,
				     signature),
		    WH_CRYPTO);
		signature[i] ^= 1;
	}
	text[3] ^= 1;
	assert_int_equal(sign_check(secret.public_key, message, signature),
	    WH_CRYPTO);
	sign_secret_wipe(&secret);
	sign_secret_wipe(&other);
}

/* libssl takes what lies in the queue for an error of its own. */
static void
test_a_refusal_leaves_no_openssl_error_behind(void **state)
{
	struct sign_secret secret;
	uint8_t signature[SIGN_LEN];

	(void)state;
	sign_secret_new(&secret);
	memset(signature, 0xff, sizeof(signature));
	assert_int_equal(sign_check(secret.public_key, span_str("x"),
			     signature),
	    WH_CRYPTO);
	assert_int_equal(ERR_peek_error(), 0);
}

static void
test_wiping_leaves_no_seed(void **state)
{
	static const struct sign_secret clear;
	struct sign_secret secret;

	(void)state;
	sign_secret_new(&secret);
	assert_memory_not_equal(&secret, &clear, sizeof(secret));
	sign_secret_wipe(&secret);
	assert_memory_equal(&secret, &clear, sizeof(secret));
}

struct cctv_case {
	char key[80];
	char signature[144];
	char message[80];
	char flags[256];
};

static bool
cctv_next(FILE *file, struct cctv_case *out)
{
	char line[1024];
	char *escape;

	do {
		if (fgets(line, sizeof(line), file) == NULL)
			return false;
	} while (line[0] == '#');
	assert_int_equal(sscanf(line, "%79s %143s %79s %255s", out->key,
			     out->signature, out->message, out->flags),
	    4);
	while ((escape = strstr(out->message, "\\x20")) != NULL) {
		*escape = ' ';
		memmove(escape + 1, escape + 4, strlen(escape + 4) + 1);
	}
	return true;
}

/*
 * Counted over the whole file: OpenSSL accepts 208 of the 914, 122 of them
 * under a low-order key and 36 under a non-canonical one.
 */
static void
test_the_key_check_removes_what_openssl_lets_through(void **state)
{
	struct cctv_case c;
	unsigned cases = 0;
	unsigned openssl = 0;
	unsigned low = 0;
	unsigned foreign = 0;
	unsigned kept = 0;
	FILE *file = fopen(CCTV, "re");

	(void)state;
	assert_non_null(file);
	while (cctv_next(file, &c)) {
		bool is_low = strstr(c.flags, "low_order_A") != NULL;
		bool is_foreign = strstr(c.flags, "non_canonical_A") != NULL;
		uint8_t key[SIGN_KEY_LEN];
		uint8_t signature[SIGN_LEN];
		bool key_ok;
		bool holds;

		unhex(c.key, key);
		unhex(c.signature, signature);
		key_ok = sign_key_check(key) == WH_OK;
		holds =
		    sign_check(key, span_str(c.message), signature) == WH_OK;
		assert_int_equal(key_ok, !is_low && !is_foreign);
		cases++;
		openssl += holds;
		low += holds && is_low;
		foreign += holds && is_foreign;
		kept += holds && key_ok;
	}
	(void)fclose(file);
	assert_int_equal(cases, 914);
	assert_int_equal(openssl, 208);
	assert_int_equal(low, 122);
	assert_int_equal(foreign, 36);
	assert_int_equal(kept, 208 - 122);
}

/* Every y that is small or close to p or 2^255, with both signs. */
static void
test_a_coordinate_of_p_or_more_is_refused(void **state)
{
	uint8_t key[32];

	(void)state;
	for (unsigned last = 0; last < 256; last++) {
		for (unsigned top = 0x7f; top <= 0xff; top += 0x80) {
			bool small = last < 0xec; /* y < p - 1 */

			memset(key, 0xff, sizeof(key));
			key[0] = (uint8_t)last;
			key[31] = (uint8_t)top;
			assert_int_equal(sign_key_check(key),
			    small ? WH_OK : WH_CRYPTO);
			assert_int_equal(x25519_key_check(key),
			    small && top == 0x7f ? WH_OK : WH_CRYPTO);
		}
	}
	memset(key, 0xff, sizeof(key));
	key[31] = 0x7e;
	assert_int_equal(sign_key_check(key), WH_OK);
	assert_int_equal(x25519_key_check(key), WH_OK);
}

/* All x25519 inputs of low order, with p and the top bit added where it fits:
 * RFC 7748 section 6.1 gives all zeroes for them. */
static const char *const x25519_low[] = {
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
    "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
};

/* X25519 as OpenSSL does it; false when it refuses the result. */
static bool
agree(const uint8_t secret[32], const uint8_t peer[32], uint8_t shared[32])
{
	EVP_PKEY *mine =
	    EVP_PKEY_new_raw_private_key(EVP_PKEY_X25519, NULL, secret, 32);
	EVP_PKEY *theirs =
	    EVP_PKEY_new_raw_public_key(EVP_PKEY_X25519, NULL, peer, 32);
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(mine, NULL);
	size_t len = 32;
	bool ok;

	assert_int_equal(EVP_PKEY_derive_init(ctx), 1);
	ok = EVP_PKEY_derive_set_peer(ctx, theirs) == 1 &&
	     EVP_PKEY_derive(ctx, shared, &len) == 1;
	EVP_PKEY_CTX_free(ctx);
	EVP_PKEY_free(theirs);
	EVP_PKEY_free(mine);
	ERR_clear_error();
	return ok;
}

static void
test_x25519_keys_without_a_secret_are_refused(void **state)
{
	const size_t n = sizeof(x25519_low) / sizeof(*x25519_low);
	uint8_t secret[X25519_KEY_LEN];
	uint8_t public_key[X25519_KEY_LEN];
	uint8_t shared[32];

	(void)state;
	x25519_new(secret, public_key);
	for (size_t i = 0; i < 2 * n; i++) {
		uint8_t low[32];

		unhex(x25519_low[i / 2], low);
		low[31] |= (i % 2) ? 0x80 : 0;
		assert_false(agree(secret, low, shared));
		assert_int_equal(x25519_key_check(low), WH_CRYPTO);
	}
}

static void
test_fresh_pairs_differ_agree_and_may_be_registered(void **state)
{
	uint8_t a[2][32];
	uint8_t b[2][32];
	uint8_t shared[2][32];

	(void)state;
	x25519_new(a[0], a[1]);
	x25519_new(b[0], b[1]);
	assert_memory_not_equal(a[0], b[0], 32);
	assert_true(agree(a[0], b[1], shared[0]));
	assert_true(agree(b[0], a[1], shared[1]));
	assert_memory_equal(shared[0], shared[1], 32);
	for (unsigned i = 0; i < 64; i++) {
		struct sign_secret fresh;

		sign_secret_new(&fresh);
		x25519_new(a[0], a[1]);
		assert_int_equal(sign_key_check(fresh.public_key), WH_OK);
		assert_int_equal(x25519_key_check(a[1]), WH_OK);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_signatures_match_rfc_8032),
	    cmocka_unit_test(test_any_changed_byte_breaks_the_signature),
	    cmocka_unit_test(test_a_refusal_leaves_no_openssl_error_behind),
	    cmocka_unit_test(test_wiping_leaves_no_seed),
	    cmocka_unit_test(
		test_the_key_check_removes_what_openssl_lets_through),
	    cmocka_unit_test(test_a_coordinate_of_p_or_more_is_refused),
	    cmocka_unit_test(test_x25519_keys_without_a_secret_are_refused),
	    cmocka_unit_test(
		test_fresh_pairs_differ_agree_and_may_be_registered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
