/* SPDX-License-Identifier: EUPL-1.2 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>

#include "proto/base/hash.h"

static void
unhex(const char *hex, uint8_t *out)
{
	for (size_t i = 0; hex[2 * i] != '\0'; i++) {
		char two[3] = {hex[2 * i], hex[2 * i + 1], '\0'};

		out[i] = (uint8_t)strtoul(two, NULL, 16);
	}
}

static void
assert_hash(const struct hash *got, const char *hex)
{
	struct hash want;

	assert_int_equal(strlen(hex), 2 * HASH_LEN);
	unhex(hex, want.b);
	assert_memory_equal(got->b, want.b, HASH_LEN);
}

/* FIPS 180-4 examples, from NIST's "Examples with Intermediate Values". */
static void
test_sha256_gives_the_fips_examples(void **state)
{
	struct hash got;
	struct span a1000;
	struct span many[1000];
	uint8_t block[1000];

	(void)state;
	got = hash_span(span_str(""));
	assert_hash(&got, "e3b0c44298fc1c149afbf4c8996fb924"
			  "27ae41e4649b934ca495991b7852b855");
	got = hash_span(span_str("abc"));
	assert_hash(&got, "ba7816bf8f01cfea414140de5dae2223"
			  "b00361a396177a9cb410ff61f20015ad");
	got = hash_span(span_str(
	    "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"));
	assert_hash(&got, "248d6a61d20638b8e5c026930c3e6039"
			  "a33ce45964ff2167f6ecedd419db06c1");
	memset(block, 'a', sizeof(block));
	a1000 = span_of(block, sizeof(block));
	for (size_t i = 0; i < 1000; i++)
		many[i] = a1000;
	got = hash_spans(many, 1000);
	assert_hash(&got, "cdc76e5c9914fb9281a1c7e284d73e67"
			  "f1809a48a497200e046d39ccc7112cd0");
}

static void
test_where_the_spans_are_cut_does_not_matter(void **state)
{
	const struct span cut[] = {span_str("a"), span_of(NULL, 0),
	    span_str("b"), span_str("c")};
	struct hash whole;
	struct hash parts;
	struct hash none;

	(void)state;
	whole = hash_span(span_str("abc"));
	parts = hash_spans(cut, 4);
	assert_true(hash_equal(&whole, &parts));
	none = hash_spans(NULL, 0);
	assert_false(hash_equal(&whole, &none));
	parts.b[31] ^= 1;
	assert_false(hash_equal(&whole, &parts));
}

struct hmac_case {
	const char *key;
	const char *data;
	const char *mac;
};

/* RFC 4231 section 4, HMAC-SHA-256; case 5 is cut to 128 bits there. */
static const struct hmac_case hmac_cases[] = {
    {"0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "4869205468657265",
	"b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
    {"4a656665", "7768617420646f2079612077616e7420666f72206e6f7468696e673f",
	"5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
    {"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
	"dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd"
	"dddddddddddddddddddddddddddddddddddd",
	"773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"},
    {"0102030405060708090a0b0c0d0e0f10111213141516171819",
	"cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd"
	"cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd",
	"82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"},
    {"0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c",
	"546573742057697468205472756e636174696f6e",
	"a3b6167473100ee06e0c796c2955552b"},
};

static void
test_hmac_gives_the_rfc_4231_vectors(void **state)
{
	uint8_t key[64];
	uint8_t data[64];
	uint8_t mac[HASH_LEN];

	(void)state;
	for (size_t i = 0; i < sizeof(hmac_cases) / sizeof(*hmac_cases); i++) {
		const struct hmac_case *c = &hmac_cases[i];
		struct span part = span_of(data, strlen(c->data) / 2);
		struct hash got;

		unhex(c->key, key);
		unhex(c->data, data);
		unhex(c->mac, mac);
		got = hash_hmac(span_of(key, strlen(c->key) / 2), &part, 1);
		assert_memory_equal(got.b, mac, strlen(c->mac) / 2);
	}
}

/* RFC 4231 cases 6 and 7: keys longer than a block. */
static void
test_hmac_hashes_a_key_longer_than_a_block(void **state)
{
	const struct span parts[] =
	    {span_str(
		 "This is a test using a larger than block-size key and a "),
		span_str(
		    "larger than block-size data. The key needs to be hashed "),
		span_str("before being used by the HMAC algorithm.")};
	const struct span six =
	    span_str("Test Using Larger Than Block-Size Key - Hash Key First");
	uint8_t key[131];
	struct hash got;

	(void)state;
	memset(key, 0xaa, sizeof(key));
	got = hash_hmac(span_of(key, sizeof(key)), &six, 1);
	assert_hash(&got, "60e431591ee0b67f0d8a26aacbf5b77f"
			  "8e0bc6213728c5140546040f0ee37f54");
	got = hash_hmac(span_of(key, sizeof(key)), parts, 3);
	assert_hash(&got, "9b09ffa71b942fcb27635fbcd5b0e944"
			  "bfdc63644f0713938a7f51535c3a35e2");
}

/* HMAC_SHA256("", ""), as every implementation gives it. */
static void
test_hmac_takes_an_empty_key(void **state)
{
	struct hash got;

	(void)state;
	got = hash_hmac(span_of(NULL, 0), NULL, 0);
	assert_hash(&got, "b613679a0814d9ec772f95d778c35fc5"
			  "ff1697c493715653c6c712144292c5ad");
}

static void
test_derived_bytes_depend_on_seed_label_and_counter(void **state)
{
	static const char text[] = "event\x01\x02\x03\x04\x05\x06\x07\x08";
	const struct span message = span_of(text, sizeof(text) - 1);
	const struct hash seed = {{7}};
	const struct hash other_seed = {{8}};
	struct hash want;
	uint8_t a[32];
	uint8_t b[32];

	(void)state;
	want = hash_hmac(span_of(seed.b, HASH_LEN), &message, 1);
	hash_derive(&seed, "event", 0x0102030405060708, a, sizeof(a));
	assert_memory_equal(a, want.b, sizeof(a));
	memset(b, 0xee, sizeof(b));
	hash_derive(&seed, "event", 0x0102030405060708, b, 16);
	assert_memory_equal(a, b, 16);
	assert_int_equal(b[16], 0xee);
	hash_derive(&seed, "event", 0x0102030405060709, b, 32);
	assert_memory_not_equal(a, b, 32);
	hash_derive(&seed, "evens", 0x0102030405060708, b, 32);
	assert_memory_not_equal(a, b, 32);
	hash_derive(&other_seed, "event", 0x0102030405060708, b, 32);
	assert_memory_not_equal(a, b, 32);
}

typedef uint32_t crc_fn(uint32_t crc, struct span bytes);
static crc_fn *const crc_both[] = {crc32c, crc32c_portable};

/* RFC 3720 appendix B.4; the digests there show the bytes as sent. */
static void
test_crc32c_gives_the_rfc_3720_examples(void **state)
{
	static const uint8_t read10[48] = {0x01, 0xc0, 0, 0, 0, 0, 0, 0, 0, 0,
	    0, 0, 0, 0, 0, 0, 0x14, 0, 0, 0, 0, 0, 0x04, 0, 0, 0, 0, 0x14, 0, 0,
	    0, 0x18, 0x28, 0, 0, 0, 0, 0, 0, 0, 0x02};
	uint8_t b[32];

	(void)state;
	for (size_t f = 0; f < 2; f++) {
		crc_fn *crc = crc_both[f];

		memset(b, 0, sizeof(b));
		assert_int_equal(crc(0, span_of(b, 32)), 0x8a9136aa);
		memset(b, 0xff, sizeof(b));
		assert_int_equal(crc(0, span_of(b, 32)), 0x62a8ab43);
		for (uint8_t i = 0; i < 32; i++)
			b[i] = i;
		assert_int_equal(crc(0, span_of(b, 32)), 0x46dd794e);
		for (uint8_t i = 0; i < 32; i++)
			b[i] = (uint8_t)(31 - i);
		assert_int_equal(crc(0, span_of(b, 32)), 0x113fdb5c);
		assert_int_equal(crc(0, span_of(read10, 48)), 0xd9963a56);
		assert_int_equal(crc(0, span_str("123456789")), 0xe3069283);
		assert_int_equal(crc(0, span_of(NULL, 0)), 0);
	}
}

static void
test_crc32c_can_go_on_and_both_ways_agree(void **state)
{
	uint8_t b[257];

	(void)state;
	for (size_t i = 0; i < sizeof(b); i++)
		b[i] = (uint8_t)(i * 151 + 7);
	for (size_t start = 0; start < 8; start++) {
		for (size_t len = 0; start + len <= sizeof(b); len++) {
			struct span all = span_of(b + start, len);
			struct span head = span_of(b + start, len / 3);
			struct span tail =
			    span_of(b + start + head.len, len - head.len);
			uint32_t whole = crc32c_portable(0, all);

			assert_int_equal(crc32c(0, all), whole);
			assert_int_equal(crc32c(crc32c(0, head), tail), whole);
		}
	}
}

static void
test_random_bytes_differ(void **state)
{
	uint8_t a[300] = {0};
	uint8_t b[300] = {0};

	(void)state;
	random_fill(a, sizeof(a));
	random_fill(b, sizeof(b));
	assert_memory_not_equal(a, b, sizeof(a));
	assert_memory_not_equal(a + 268, b + 268, 32);
	random_fill(a, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_sha256_gives_the_fips_examples),
	    cmocka_unit_test(test_where_the_spans_are_cut_does_not_matter),
	    cmocka_unit_test(test_hmac_gives_the_rfc_4231_vectors),
	    cmocka_unit_test(test_hmac_hashes_a_key_longer_than_a_block),
	    cmocka_unit_test(test_hmac_takes_an_empty_key),
	    cmocka_unit_test(
		test_derived_bytes_depend_on_seed_label_and_counter),
	    cmocka_unit_test(test_crc32c_gives_the_rfc_3720_examples),
	    cmocka_unit_test(test_crc32c_can_go_on_and_both_ways_agree),
	    cmocka_unit_test(test_random_bytes_differ),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
