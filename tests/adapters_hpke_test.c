/* SPDX-License-Identifier: EUPL-1.2 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "adapters/hpke.h"
#include "tests/consent_vectors.h"

#define VECTORS "hpke/rfc9180_x25519_sha256.txt"

struct bytes {
	uint8_t b[128];
	struct span span;
};

static void
take(const struct vector *v, const char *key, struct bytes *out)
{
	const char *hex = vector_get(v, key, 0);

	assert_non_null(hex);
	out->span = vector_bytes(hex, out->b);
}

static void
assert_bytes(const struct vector *v, const char *key, const void *got)
{
	struct bytes want;

	take(v, key, &want);
	assert_memory_equal(got, want.b, want.span.len);
}

/* Both sides of a setup block; they must agree with it and each other. */
static void
run_setup(const struct vector *v, struct hpke *out)
{
	struct bytes ephemeral, secret, public_key, enc, info;
	struct hash sent, received;
	uint8_t made[HPKE_KEY_LEN];

	take(v, "skEm", &ephemeral);
	take(v, "skRm", &secret);
	take(v, "pkRm", &public_key);
	take(v, "enc", &enc);
	take(v, "info", &info);
	assert_int_equal(hpke_encap(public_key.b, ephemeral.b, &sent, made),
	    WH_OK);
	assert_bytes(v, "enc", made);
	assert_bytes(v, "pkEm", made);
	assert_bytes(v, "shared_secret", sent.b);
	assert_int_equal(hpke_decap(enc.b, secret.b, public_key.b, &received),
	    WH_OK);
	assert_true(hash_equal(&sent, &received));
	hpke_schedule((enum hpke_aead)vector_number(v, "aead_id"), &received,
	    info.span, out);
	assert_bytes(v, "key", out->key);
	assert_bytes(v, "base_nonce", out->base_nonce);
	assert_bytes(v, "exporter_secret", out->exporter.b);
	assert_int_equal(out->seq, 0);
}

static void
run_seal(const struct vector *v, const struct hpke *setup)
{
	struct hpke sender = *setup, recipient = *setup;
	struct bytes aad, ct, pt;
	uint8_t got[128];

	take(v, "aad", &aad);
	take(v, "ct", &ct);
	take(v, "pt", &pt);
	sender.seq = vector_number(v, "seq");
	recipient.seq = sender.seq;
	assert_int_equal(hpke_seal(&sender, aad.span, pt.span, got), WH_OK);
	assert_int_equal(ct.span.len, pt.span.len + HPKE_TAG_LEN);
	assert_memory_equal(got, ct.b, ct.span.len);
	memset(got, 0xee, sizeof(got));
	assert_int_equal(hpke_open(&recipient, aad.span, ct.span, got), WH_OK);
	assert_memory_equal(got, pt.b, pt.span.len);
	assert_int_equal(recipient.seq, sender.seq);
	assert_int_equal(sender.seq, vector_number(v, "seq") + 1);
}

static void
run_export(const struct vector *v, const struct hpke *setup)
{
	struct bytes context, want;
	uint8_t got[128];
	size_t len = vector_number(v, "L");

	take(v, "exporter_context", &context);
	take(v, "exported_value", &want);
	assert_int_equal(want.span.len, len);
	assert_int_equal(hpke_export(setup, context.span, got, len), WH_OK);
	assert_memory_equal(got, want.b, len);
}

static void
test_all_base_mode_vectors_of_the_rfc_hold_for_both_aeads(void **state)
{
	char *text = vector_file(VECTORS, NULL), *rest = text;
	size_t setups = 0, seals = 0, exports = 0;
	struct hpke setup = {0};
	struct vector v;
	bool is_base = false;

	(void)state;
	while (vector_next(&rest, &v)) {
		const char *type = vector_get(&v, "type", 0);

		if (strcmp(type, "setup") == 0) {
			is_base = vector_number(&v, "mode") == 0;
			setups += is_base;
			if (is_base)
				run_setup(&v, &setup);
		} else if (is_base && strcmp(type, "seal") == 0) {
			run_seal(&v, &setup);
			seals++;
		} else if (is_base) {
			assert_string_equal(type, "export");
			run_export(&v, &setup);
			exports++;
		}
	}
	assert_int_equal(setups, 2);
	assert_int_equal(seals, 16);
	assert_int_equal(exports, 6);
	free(text);
}

/* RFC 5869 goes on with counter 2, 3, ...: longer begins as shorter. */
static void
test_an_export_may_have_8160_bytes_and_no_more(void **state)
{
	static const uint8_t zero[HASH_LEN];
	struct hpke hpke = {.aead = HPKE_AES_256_GCM};
	uint8_t *most = calloc(1, HPKE_EXPORT_MAX + 1);
	uint8_t again[HPKE_EXPORT_MAX];
	struct span context = span_str("context");

	(void)state;
	assert_int_equal(hpke_export(&hpke, context, most, HPKE_EXPORT_MAX),
	    WH_OK);
	assert_memory_not_equal(most + HPKE_EXPORT_MAX - HASH_LEN, zero,
	    HASH_LEN);
	assert_int_equal(hpke_export(&hpke, context, again, HPKE_EXPORT_MAX),
	    WH_OK);
	assert_memory_equal(most, again, HPKE_EXPORT_MAX);
	assert_int_equal(hpke_export(&hpke, context, most, HPKE_EXPORT_MAX + 1),
	    WH_TOO_BIG);
	free(most);
}

/* RFC 7748, section 6.1: with these every secret gives zero. */
static const char *const low_order[] = {
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
    "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
};

static void
test_an_agreement_on_zero_is_refused_on_both_sides(void **state)
{
	uint8_t secret[HPKE_KEY_LEN], public_key[HPKE_KEY_LEN];
	uint8_t point[128], enc[HPKE_KEY_LEN];
	struct hpke hpke;

	(void)state;
	x25519_new(secret, public_key);
	for (size_t i = 0; i < sizeof(low_order) / sizeof(*low_order); i++) {
		(void)vector_bytes(low_order[i], point);
		assert_int_equal(hpke_sender(point, span_str("info"), enc,
				     &hpke),
		    WH_CRYPTO);
		assert_int_equal(hpke_recipient(point, secret, public_key,
				     span_str("info"), &hpke),
		    WH_CRYPTO);
	}
}

static void
test_two_sides_talk_in_order_and_each_encapsulation_is_new(void **state)
{
	uint8_t secret[HPKE_KEY_LEN], public_key[HPKE_KEY_LEN];
	uint8_t enc[HPKE_KEY_LEN], other_enc[HPKE_KEY_LEN];
	uint8_t first[5 + HPKE_TAG_LEN], second[HPKE_TAG_LEN], out[5];
	struct hpke sender, recipient, other;
	struct span info = span_str("info"), aad = span_str("aad");

	(void)state;
	x25519_new(secret, public_key);
	assert_int_equal(hpke_sender(public_key, info, enc, &sender), WH_OK);
	assert_int_equal(hpke_sender(public_key, info, other_enc, &other),
	    WH_OK);
	assert_memory_not_equal(enc, other_enc, sizeof(enc));
	assert_memory_not_equal(sender.key, other.key, sizeof(other.key));
	assert_int_equal(hpke_recipient(enc, secret, public_key, info,
			     &recipient),
	    WH_OK);
	assert_int_equal(hpke_seal(&sender, aad, span_str("hello"), first),
	    WH_OK);
	assert_int_equal(hpke_seal(&sender, aad, span_of(NULL, 0), second),
	    WH_OK);
	/* The second is not taken for the first; that does not count. */
	assert_int_equal(hpke_open(&recipient, aad,
			     span_of(second, sizeof(second)), out),
	    WH_CRYPTO);
	assert_int_equal(hpke_open(&recipient, aad,
			     span_of(first, sizeof(first)), out),
	    WH_OK);
	assert_memory_equal(out, "hello", 5);
	assert_int_equal(hpke_open(&recipient, aad,
			     span_of(second, sizeof(second)), out),
	    WH_OK);
	assert_int_equal(recipient.seq, 2);
}

static void
test_every_changed_bit_is_refused_and_nothing_is_shown(void **state)
{
	static const uint8_t zero[5];
	struct hpke_once once = {.aead = HPKE_AES_256_GCM, .key = {1}};
	uint8_t sealed[5 + HPKE_TAG_LEN], out[5];

	(void)state;
	assert_int_equal(hpke_once_seal(&once, span_str("a"), span_str("plain"),
			     sealed),
	    WH_OK);
	for (size_t bit = 0; bit < 8 * sizeof(sealed); bit++) {
		sealed[bit / 8] ^= (uint8_t)(1u << (bit % 8));
		memset(out, 0xee, sizeof(out));
		assert_int_equal(hpke_once_open(&once, span_str("a"),
				     span_of(sealed, sizeof(sealed)), out),
		    WH_CRYPTO);
		assert_memory_equal(out, zero, sizeof(out));
		sealed[bit / 8] ^= (uint8_t)(1u << (bit % 8));
	}
	assert_int_equal(hpke_once_open(&once, span_str("b"),
			     span_of(sealed, sizeof(sealed)), out),
	    WH_CRYPTO);
	assert_int_equal(hpke_once_open(&once, span_str("a"),
			     span_of(sealed, HPKE_TAG_LEN - 1), out),
	    WH_CRYPTO);
	assert_int_equal(hpke_once_open(&once, span_str("a"),
			     span_of(sealed, sizeof(sealed)), out),
	    WH_OK);
}

static void
test_a_nonce_is_never_used_again(void **state)
{
	struct hpke hpke = {.aead = HPKE_CHACHA20_POLY1305, .seq = UINT64_MAX};
	uint8_t out[1 + HPKE_TAG_LEN];

	(void)state;
	assert_int_equal(hpke_seal(&hpke, span_of(NULL, 0), span_str("x"), out),
	    WH_TOO_BIG);
	assert_int_equal(hpke_open(&hpke, span_of(NULL, 0),
			     span_of(out, sizeof(out)), out),
	    WH_TOO_BIG);
	assert_true(hpke.seq == UINT64_MAX);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(
		test_all_base_mode_vectors_of_the_rfc_hold_for_both_aeads),
	    cmocka_unit_test(test_an_export_may_have_8160_bytes_and_no_more),
	    cmocka_unit_test(
		test_an_agreement_on_zero_is_refused_on_both_sides),
	    cmocka_unit_test(
		test_two_sides_talk_in_order_and_each_encapsulation_is_new),
	    cmocka_unit_test(
		test_every_changed_bit_is_refused_and_nothing_is_shown),
	    cmocka_unit_test(test_a_nonce_is_never_used_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
