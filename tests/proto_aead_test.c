/* SPDX-License-Identifier: EUPL-1.2 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "proto/base/aead.h"
#include "proto/base/text.h"

/* Test case 16 of "The Galois/Counter Mode of Operation" (McGrew, Viega). */
static const char key_hex[] = "feffe9928665731c6d6a8f9467308308"
			      "feffe9928665731c6d6a8f9467308308";
static const char nonce_hex[] = "cafebabefacedbaddecaf888";
static const char aad_hex[] = "feedfacedeadbeeffeedfacedeadbeefabaddad2";
static const char plain_hex[] =
    "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
    "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39";
static const char sealed_hex[] =
    "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
    "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662"
    "76fc6ece0f4e1768cddf8853bb2d551b";

#define PLAIN_LEN 60

static uint8_t key[AEAD_KEY_LEN];
static uint8_t nonce[AEAD_NONCE_LEN];
static uint8_t aad[20];
static uint8_t plain[PLAIN_LEN];
static uint8_t sealed[PLAIN_LEN + AEAD_TAG_LEN];

static int
set_up(void **state)
{
	(void)state;
	assert_int_equal(hex_decode(key_hex, key, sizeof(key)), WH_OK);
	assert_int_equal(hex_decode(nonce_hex, nonce, sizeof(nonce)), WH_OK);
	assert_int_equal(hex_decode(aad_hex, aad, sizeof(aad)), WH_OK);
	assert_int_equal(hex_decode(plain_hex, plain, sizeof(plain)), WH_OK);
	assert_int_equal(hex_decode(sealed_hex, sealed, sizeof(sealed)), WH_OK);
	return 0;
}

static void
test_sealing_gives_the_published_bytes(void **state)
{
	uint8_t out[sizeof(sealed)];

	(void)state;
	aead_seal(key, nonce, span_of(aad, sizeof(aad)),
	    span_of(plain, sizeof(plain)), out);
	assert_memory_equal(out, sealed, sizeof(out));
}

static void
test_opening_gives_them_back(void **state)
{
	uint8_t out[PLAIN_LEN];

	(void)state;
	assert_int_equal(aead_open(key, nonce, span_of(aad, sizeof(aad)),
			     span_of(sealed, sizeof(sealed)), out),
	    WH_OK);
	assert_memory_equal(out, plain, sizeof(out));
}

static void
test_every_changed_byte_is_refused(void **state)
{
	uint8_t *parts[] = {key, nonce, aad, sealed};
	const size_t sizes[] = {sizeof(key), sizeof(nonce), sizeof(aad),
	    sizeof(sealed)};
	uint8_t out[PLAIN_LEN];

	(void)state;
	for (size_t i = 0; i < 4; i++)
		for (size_t at = 0; at < sizes[i]; at++) {
			parts[i][at] ^= 1;
			assert_int_equal(aead_open(key, nonce,
					     span_of(aad, sizeof(aad)),
					     span_of(sealed, sizeof(sealed)),
					     out),
			    WH_CRYPTO);
			parts[i][at] ^= 1;
		}
	for (size_t len = 0; len < sizeof(sealed); len++)
		assert_int_equal(aead_open(key, nonce,
				     span_of(aad, sizeof(aad)),
				     span_of(sealed, len), out),
		    WH_CRYPTO);
}

static void
test_nothing_can_be_sealed_too(void **state)
{
	uint8_t tag[AEAD_TAG_LEN];
	uint8_t none[1];

	(void)state;
	aead_seal(key, nonce, span_str(""), span_str(""), tag);
	assert_int_equal(aead_open(key, nonce, span_str(""),
			     span_of(tag, sizeof(tag)), none),
	    WH_OK);
	tag[3] ^= 1;
	assert_int_equal(aead_open(key, nonce, span_str(""),
			     span_of(tag, sizeof(tag)), none),
	    WH_CRYPTO);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_sealing_gives_the_published_bytes),
	    cmocka_unit_test(test_opening_gives_them_back),
	    cmocka_unit_test(test_every_changed_byte_is_refused),
	    cmocka_unit_test(test_nothing_can_be_sealed_too),
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
