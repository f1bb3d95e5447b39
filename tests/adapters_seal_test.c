/* SPDX-License-Identifier: EUPL-1.2 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>

#include "tests/adapters_sealed.h"

static const char header_text[] = "the exact bytes of a header";
#define HEADER span_str(header_text)

static struct sealed_keys keys;

static int
make_keys(void **state)
{
	(void)state;
	keys = sealed_keys_new();
	return 0;
}

/* What the recipient sees of sealed, without the wire in between. */
static struct envelope
envelope_of(const struct sealed *sealed)
{
	struct envelope envelope = {
	    .header_bytes = HEADER,
	    .encapsulation = span_of(sealed->enc, sizeof(sealed->enc)),
	    .section_count = sealed->count,
	};

	memcpy(envelope.sections, sealed->sections, sizeof(envelope.sections));
	return envelope;
}

static enum wh_err
try_open(const struct envelope *envelope, size_t index)
{
	struct seal_pair pair = sealed_pair(&keys);
	uint8_t *plain = NULL;
	size_t len = 0;
	enum wh_err err = seal_open(&pair, envelope, index, &plain, &len);

	assert_int_equal(err == WH_OK, plain != NULL);
	mem_wipe_free(plain, len);
	return err;
}

static struct sealed
seal_two(void)
{
	const struct seal_section sections[] = {
	    {CATEGORY_REQUEST, span_str("second")},
	    {CATEGORY_CONTACT, span_str("first!")},
	};
	struct sealed sealed = {.count = 0};

	assert_int_equal(seal_sections(keys.public_key, HEADER, sections, 2,
			     &sealed),
	    WH_OK);
	return sealed;
}

static void
test_sections_open_for_the_recipient_in_the_order_of_the_wire(void **state)
{
	static const char *const want[] = {"first!", "second"};
	struct sealed sealed = seal_two();
	struct envelope envelope = envelope_of(&sealed);
	struct seal_pair pair = sealed_pair(&keys);

	(void)state;
	assert_int_equal(sealed.count, 2);
	assert_int_equal(sealed.sections[0].category, CATEGORY_CONTACT);
	assert_int_equal(sealed.sections[1].category, CATEGORY_REQUEST);
	for (size_t i = 0; i < 2; i++) {
		uint8_t *plain = NULL;
		size_t len = 0;

		assert_int_equal(seal_open(&pair, &envelope, i, &plain, &len),
		    WH_OK);
		assert_int_equal(len, 6);
		assert_memory_equal(plain, want[i], len);
		mem_wipe_free(plain, len);
	}
	assert_int_equal(try_open(&envelope, 2), WH_CRYPTO);
	sealed_fini(&sealed);
}

static size_t
sealed_len(size_t plain_len)
{
	uint8_t *plain = mem_new(plain_len + 1);
	struct seal_section section = {CATEGORY_REQUEST,
	    span_of(plain, plain_len)};
	struct seal_pair pair = sealed_pair(&keys);
	struct sealed sealed;
	struct envelope envelope;
	uint8_t *back = NULL;
	size_t len, back_len;

	memset(plain, 0x80, plain_len); /* looks like padding, and is text */
	assert_int_equal(seal_sections(keys.public_key, HEADER, &section, 1,
			     &sealed),
	    WH_OK);
	envelope = envelope_of(&sealed);
	assert_int_equal(seal_open(&pair, &envelope, 0, &back, &back_len),
	    WH_OK);
	assert_int_equal(back_len, plain_len);
	assert_memory_equal(back, plain, plain_len);
	len = sealed.sections[0].ciphertext.len;
	mem_wipe_free(back, back_len);
	sealed_fini(&sealed);
	mem_free(plain);
	return len - HPKE_TAG_LEN;
}

static void
test_the_length_of_a_ciphertext_tells_only_a_power_of_two(void **state)
{
	(void)state;
	assert_int_equal(sealed_len(1), sealed_len(200));
	assert_int_equal(sealed_len(0), 256);
	assert_int_equal(sealed_len(255), 256);
	assert_int_equal(sealed_len(256), 512);
	assert_int_equal(sealed_len(511), 512);
	assert_int_equal(sealed_len(512), 1024);
	assert_int_equal(sealed_len(1000), 1024);
	assert_int_equal(sealed_len(SECTION_MAX - 1), SECTION_MAX);
	assert_int_equal(sealed_len(SECTION_MAX), 2 * SECTION_MAX);
}

static void
test_what_cannot_be_sealed_is_refused_whole(void **state)
{
	const struct seal_section twice[] = {
	    {CATEGORY_CONTACT, span_str("a")},
	    {CATEGORY_CONTACT, span_str("b")},
	};
	const struct seal_section unknown = {(enum category)23, span_str("a")};
	const struct seal_section zero = {(enum category)0, span_str("a")};
	struct seal_section big = {CATEGORY_CONTACT, span_of(NULL, 0)};
	uint8_t *much = mem_new(SECTION_MAX + 1);
	static const uint8_t low[HPKE_KEY_LEN] = {1};
	struct sealed out = {.count = 7};

	(void)state;
	big.plain = span_of(much, SECTION_MAX + 1);
	assert_int_equal(seal_sections(keys.public_key, HEADER, twice, 2, &out),
	    WH_INVALID);
	assert_int_equal(seal_sections(keys.public_key, HEADER, &unknown, 1,
			     &out),
	    WH_INVALID);
	assert_int_equal(seal_sections(keys.public_key, HEADER, &zero, 1, &out),
	    WH_INVALID);
	assert_int_equal(seal_sections(keys.public_key, HEADER, &big, 1, &out),
	    WH_TOO_BIG);
	assert_int_equal(seal_sections(low, HEADER, twice, 1, &out), WH_CRYPTO);
	assert_int_equal(out.count, 7);
	mem_free(much);
}

static void
test_the_same_text_never_gives_the_same_bytes(void **state)
{
	struct sealed a = seal_two();
	struct sealed b = seal_two();

	(void)state;
	assert_memory_not_equal(a.enc, b.enc, sizeof(a.enc));
	assert_memory_not_equal(a.sections[0].ciphertext.p,
	    b.sections[0].ciphertext.p, 32);
	assert_memory_not_equal(a.sections[0].ciphertext.p,
	    a.sections[1].ciphertext.p, 32);
	sealed_fini(&a);
	sealed_fini(&b);
}

static void
test_a_section_opens_only_where_it_was_sealed(void **state)
{
	struct sealed sealed = seal_two();
	const struct envelope good = envelope_of(&sealed);
	struct envelope bad = good;
	uint8_t enc[HPKE_KEY_LEN];

	(void)state;
	assert_int_equal(try_open(&good, 0), WH_OK);
	bad.sections[0].ciphertext = good.sections[1].ciphertext;
	bad.sections[1].ciphertext = good.sections[0].ciphertext;
	assert_int_equal(try_open(&bad, 0), WH_CRYPTO);
	assert_int_equal(try_open(&bad, 1), WH_CRYPTO);
	bad = good;
	bad.sections[0].category = CATEGORY_ADDRESS;
	assert_int_equal(try_open(&bad, 0), WH_CRYPTO);
	bad = good;
	bad.header_bytes = span_str("other bytes of a header");
	assert_int_equal(try_open(&bad, 0), WH_CRYPTO);
	bad = good;
	bad.sections[0].ciphertext.len--;
	assert_int_equal(try_open(&bad, 0), WH_CRYPTO);
	bad = good;
	bad.encapsulation.len--;
	assert_int_equal(try_open(&bad, 0), WH_CRYPTO);
	bad = good;
	memset(enc, 0, sizeof(enc)); /* of low order */
	bad.encapsulation = span_of(enc, sizeof(enc));
	assert_int_equal(try_open(&bad, 0), WH_CRYPTO);
	sealed_fini(&sealed);
}

static void
test_another_member_cannot_open_it(void **state)
{
	struct sealed sealed = seal_two();
	struct envelope envelope = envelope_of(&sealed);
	const struct seal_pair pairs[] = {
	    {keys.other_secret, keys.other_public},
	    {keys.other_secret, keys.public_key},
	    {keys.secret, keys.other_public},
	};
	uint8_t *plain = NULL;
	size_t len = 0;

	(void)state;
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(seal_open(&pairs[i], &envelope, 0, &plain,
				     &len),
		    WH_CRYPTO);
	assert_null(plain);
	sealed_fini(&sealed);
}

/*
 * The construction once more, by the text of the contract and not by seal.c,
 * so that the padding can be wrong.
 */
static enum wh_err
open_padded(const uint8_t *padded, size_t len)
{
	static const char context[] = "wijkhub category\x01";
	struct hash digest = hash_span(HEADER);
	uint8_t aad[HASH_LEN + 4] = {0}, bytes[44];
	struct hpke_once once = {.aead = HPKE_AES_256_GCM};
	uint8_t *out = mem_new(len + HPKE_TAG_LEN);
	struct sealed sealed = {.count = 1};
	struct envelope envelope;
	struct hpke hpke;
	enum wh_err err;

	assert_int_equal(hpke_sender(keys.public_key,
			     span_str("wijkhub seal v1"), sealed.enc, &hpke),
	    WH_OK);
	assert_int_equal(hpke_export(&hpke, span_str(context), bytes, 44),
	    WH_OK);
	memcpy(once.key, bytes, 32);
	memcpy(once.nonce, bytes + 32, 12);
	memcpy(aad, digest.b, HASH_LEN);
	aad[HASH_LEN + 3] = CATEGORY_CONTACT;
	assert_int_equal(hpke_once_seal(&once, span_of(aad, sizeof(aad)),
			     span_of(padded, len), out),
	    WH_OK);
	sealed.sections[0].category = CATEGORY_CONTACT;
	sealed.sections[0].ciphertext = span_of(out, len + HPKE_TAG_LEN);
	envelope = envelope_of(&sealed);
	err = try_open(&envelope, 0);
	mem_free(out);
	return err;
}

static void
test_only_the_whole_and_shortest_padding_opens(void **state)
{
	uint8_t text[1024] = {'t', 'e', 'x', 't', 0x80};

	(void)state;
	assert_int_equal(open_padded(text, 256), WH_OK);
	/* a longer step than the text needs, or none of the steps */
	assert_int_equal(open_padded(text, 512), WH_CRYPTO);
	assert_int_equal(open_padded(text, 1024), WH_CRYPTO);
	assert_int_equal(open_padded(text, 257), WH_CRYPTO);
	assert_int_equal(open_padded(text, 300), WH_CRYPTO);
	assert_int_equal(open_padded(text, 255), WH_CRYPTO);
	assert_int_equal(open_padded(text, 5), WH_CRYPTO);
	assert_int_equal(open_padded(text, 0), WH_CRYPTO);
	/* something behind the mark, another mark, no mark */
	text[255] = 1;
	assert_int_equal(open_padded(text, 256), WH_CRYPTO);
	text[255] = 0;
	text[4] = 0x81;
	assert_int_equal(open_padded(text, 256), WH_CRYPTO);
	memset(text, 0, sizeof(text));
	assert_int_equal(open_padded(text, 256), WH_CRYPTO);
	/* the mark alone at the end, and at the start */
	memset(text, 'x', 255);
	text[255] = 0x80;
	assert_int_equal(open_padded(text, 256), WH_OK);
	memset(text, 0, sizeof(text));
	text[0] = 0x80;
	assert_int_equal(open_padded(text, 256), WH_OK);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(
		test_sections_open_for_the_recipient_in_the_order_of_the_wire),
	    cmocka_unit_test(
		test_the_length_of_a_ciphertext_tells_only_a_power_of_two),
	    cmocka_unit_test(test_what_cannot_be_sealed_is_refused_whole),
	    cmocka_unit_test(test_the_same_text_never_gives_the_same_bytes),
	    cmocka_unit_test(test_a_section_opens_only_where_it_was_sealed),
	    cmocka_unit_test(test_another_member_cannot_open_it),
	    cmocka_unit_test(test_only_the_whole_and_shortest_padding_opens),
	};

	return cmocka_run_group_tests(tests, make_keys, NULL);
}
