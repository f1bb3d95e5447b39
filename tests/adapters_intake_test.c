/* SPDX-License-Identifier: EUPL-1.2 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "adapters/intake.h"
#include "proto/wire_section.h"
#include "tests/adapters_sealed.h"

static struct sealed_keys keys;
static struct arena arena;
static struct sealed_bytes header, body;

static struct sealed
seal_json(const char *contact, const char *request)
{
	json_t *json[] = {json_loads(contact, 0, NULL),
	    json_loads(request, 0, NULL)};
	struct seal_section sections[] = {{.category = CATEGORY_CONTACT},
	    {.category = CATEGORY_REQUEST}};
	struct sealed sealed = {.count = 0};
	uint8_t *plain[2] = {NULL, NULL};
	size_t len;

	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(wire_section_write(sections[i].category,
				     json[i], &plain[i], &len, NULL),
		    WH_OK);
		sections[i].plain = span_of(plain[i], len);
	}
	assert_int_equal(seal_sections(keys.public_key,
			     span_of(header.p, header.len), sections, 2,
			     &sealed),
	    WH_OK);
	for (size_t i = 0; i < 2; i++) {
		mem_free(plain[i]);
		json_decref(json[i]);
	}
	return sealed;
}

static int
setup(void **state)
{
	struct sealed sealed;

	(void)state;
	keys = sealed_keys_new();
	arena_init(&arena, FRAME_ARENA_MAX);
	header = sealed_header();
	sealed = seal_json("{\"naam\": {\"achternaam\": \"Verzonnen\"}}",
	    "{\"tekst\": \"hulp bij post\"}");
	body = sealed_body(&keys, span_of(header.p, header.len), &sealed);
	sealed_fini(&sealed);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	mem_free(body.p);
	mem_free(header.p);
	arena_fini(&arena);
	return 0;
}

/* REASON_NONE: accepted. What is refused leaves nothing behind. */
static enum reason
receive(struct span bytes, const uint8_t *sender_key)
{
	struct intake_in in = {.bytes = bytes,
	    .sender_key = sender_key,
	    .own = sealed_pair(&keys)};
	struct intake out = {.gegevens = NULL};
	enum reason reason = REASON_NONE;
	struct why why = {""};
	enum wh_err err;

	arena_reset(&arena);
	err = intake_verify(&arena, &in, &out, &reason, &why);
	if (err == WH_OK)
		err = intake_open(&in, &out, &reason, &why);
	assert_int_equal(err == WH_OK, reason == REASON_NONE);
	assert_int_equal(err == WH_OK, out.gegevens != NULL);
	assert_int_equal(err == WH_OK, why.text[0] == '\0');
	assert_null(strstr(why.text, "Verzonnen"));
	intake_fini(&out);
	return reason;
}

/* The body under a signature, received as from who signed. */
static enum reason
receive_signed(const struct sign_secret *secret, struct span bytes)
{
	struct sealed_bytes whole = sealed_sign(secret, bytes);
	enum reason reason =
	    receive(span_of(whole.p, whole.len), secret->public_key);

	mem_free(whole.p);
	return reason;
}

static void
test_a_whole_envelope_arrives_as_header_and_data(void **state)
{
	struct sealed_bytes whole =
	    sealed_sign(&keys.sender, span_of(body.p, body.len));
	struct intake_in in = {.bytes = span_of(whole.p, whole.len),
	    .sender_key = keys.sender.public_key,
	    .own = sealed_pair(&keys)};
	struct intake out = {.gegevens = NULL};
	struct key_id signed_by;
	struct key_id sender_id = wire_key_id(keys.sender.public_key);
	struct envelope peeked;
	enum reason reason = REASON_NONE;
	json_t *want = json_pack("{s:{s:{s:s}}, s:{s:s}}", "CONTACT", "naam",
	    "achternaam", "Verzonnen", "REQUEST", "tekst", "hulp bij post");

	(void)state;
	assert_int_equal(intake_peek(&arena, in.bytes, &peeked, &signed_by,
			     NULL),
	    WH_OK);
	assert_string_equal(peeked.header.from_member, "buurtteam");
	assert_memory_equal(&signed_by, &sender_id, sizeof(signed_by));
	assert_int_equal(intake_verify(&arena, &in, &out, &reason, NULL),
	    WH_OK);
	assert_null(out.gegevens);
	assert_int_equal(intake_open(&in, &out, &reason, NULL), WH_OK);
	assert_int_equal(out.envelope.header.event, EVENT_OFFER);
	assert_string_equal(out.envelope.header.to_member, "wpi");
	assert_true(json_equal(out.gegevens, want));
	intake_fini(&out);
	json_decref(want);
	mem_free(whole.p);
}

static void
test_every_changed_bit_of_a_signed_envelope_is_refused(void **state)
{
	struct sealed_bytes whole =
	    sealed_sign(&keys.sender, span_of(body.p, body.len));
	size_t by_signature = 0;

	(void)state;
	for (size_t bit = 0; bit < 8 * whole.len; bit++) {
		enum reason reason;

		whole.p[bit / 8] ^= (uint8_t)(1u << (bit % 8));
		reason = receive(span_of(whole.p, whole.len),
		    keys.sender.public_key);
		whole.p[bit / 8] ^= (uint8_t)(1u << (bit % 8));
		assert_true(reason == REASON_BAD_SIGNATURE ||
			    reason == REASON_MALFORMED);
		by_signature += reason == REASON_BAD_SIGNATURE;
	}
	assert_true(by_signature >= 8 * body.len);
	assert_int_equal(receive(span_of(whole.p, whole.len),
			     keys.sender.public_key),
	    REASON_NONE);
	mem_free(whole.p);
}

static void
test_every_cut_of_a_signed_envelope_is_refused(void **state)
{
	struct sealed_bytes whole =
	    sealed_sign(&keys.sender, span_of(body.p, body.len));

	(void)state;
	for (size_t len = 0; len < whole.len; len++)
		assert_int_not_equal(receive(span_of(whole.p, len),
					 keys.sender.public_key),
		    REASON_NONE);
	mem_free(whole.p);
}

/* Another member who passes the sections on as its own, with a true
 * signature of its own: seal and header hold together, so none opens. */
static void
test_every_changed_bit_is_refused_also_under_a_new_signature(void **state)
{
	size_t by_seal = 0, by_form = 0;

	(void)state;
	for (size_t bit = 0; bit < 8 * body.len; bit++) {
		enum reason reason;

		body.p[bit / 8] ^= (uint8_t)(1u << (bit % 8));
		reason = receive_signed(&keys.third, span_of(body.p, body.len));
		body.p[bit / 8] ^= (uint8_t)(1u << (bit % 8));
		assert_true(
		    reason == REASON_CANNOT_OPEN || reason == REASON_MALFORMED);
		by_seal += reason == REASON_CANNOT_OPEN;
		by_form += reason == REASON_MALFORMED;
	}
	assert_true(by_seal > 8 * 500); /* the two ciphertexts, at least */
	assert_true(by_form > 0);
}

static void
test_a_changed_header_is_refused_by_the_seal(void **state)
{
	struct sealed sealed =
	    seal_json("{\"taal\": \"nld\"}", "{\"doel\": \"rust\"}");
	struct header changed = sample_header();
	struct sealed_bytes other = {NULL, 0}, forged;

	(void)state;
	changed.event = EVENT_OFFER;
	changed.code = CODE_NONE;
	changed.from_member = "derde";
	assert_int_equal(wire_header_write(&changed, &other.p, &other.len),
	    WH_OK);
	forged = sealed_body(&keys, span_of(other.p, other.len), &sealed);
	assert_int_equal(receive_signed(&keys.third,
			     span_of(forged.p, forged.len)),
	    REASON_CANNOT_OPEN);
	mem_free(forged.p);
	mem_free(other.p);
	sealed_fini(&sealed);
}

static void
test_another_key_than_the_senders_does_not_sign_for_it(void **state)
{
	struct sealed_bytes whole =
	    sealed_sign(&keys.third, span_of(body.p, body.len));
	struct key_id id = wire_key_id(keys.sender.public_key);
	struct signed_body parts;
	struct sealed_bytes forged = {NULL, 0};

	(void)state;
	assert_int_equal(receive(span_of(whole.p, whole.len),
			     keys.sender.public_key),
	    REASON_BAD_SIGNATURE);
	/* With the sender's key id written over its own. */
	assert_int_equal(wire_signed_read(&arena, span_of(whole.p, whole.len),
			     ENVELOPE_MAX, &parts, NULL),
	    WH_OK);
	parts.key_id = id;
	assert_int_equal(wire_signed_write(&parts, &forged.p, &forged.len),
	    WH_OK);
	assert_int_equal(receive(span_of(forged.p, forged.len),
			     keys.sender.public_key),
	    REASON_BAD_SIGNATURE);
	/* A signature for another purpose. */
	mem_free(whole.p);
	assert_int_equal(wire_sign(&keys.sender, WIRE_DOMAIN_PERMISSION,
			     span_of(body.p, body.len), &whole.p, &whole.len),
	    WH_OK);
	assert_int_equal(receive(span_of(whole.p, whole.len),
			     keys.sender.public_key),
	    REASON_BAD_SIGNATURE);
	mem_free(forged.p);
	mem_free(whole.p);
}

static enum reason
receive_sealed(const struct sealed *sealed)
{
	struct sealed_bytes made =
	    sealed_body(&keys, span_of(header.p, header.len), sealed);
	enum reason reason =
	    receive_signed(&keys.sender, span_of(made.p, made.len));

	mem_free(made.p);
	return reason;
}

static void
test_swapped_and_renamed_sections_do_not_open(void **state)
{
	struct sealed sealed =
	    seal_json("{\"taal\": \"nld\"}", "{\"doel\": \"rust\"}");
	struct section first = sealed.sections[0];

	(void)state;
	assert_int_equal(receive_sealed(&sealed), REASON_NONE);
	sealed.sections[0].ciphertext = sealed.sections[1].ciphertext;
	sealed.sections[1].ciphertext = first.ciphertext;
	assert_int_equal(receive_sealed(&sealed), REASON_CANNOT_OPEN);
	sealed.sections[1].ciphertext = sealed.sections[0].ciphertext;
	sealed.sections[0].ciphertext = first.ciphertext;
	sealed.sections[1].category = CATEGORY_JUSTICE;
	assert_int_equal(receive_sealed(&sealed), REASON_CANNOT_OPEN);
	sealed.sections[1].category = CATEGORY_REQUEST;
	assert_int_equal(receive_sealed(&sealed), REASON_NONE);
	sealed_fini(&sealed);
}

static void
test_a_cut_ciphertext_does_not_open(void **state)
{
	char request[512];
	struct sealed sealed;
	struct section *section = &sealed.sections[1];

	(void)state;
	(void)snprintf(request, sizeof(request), "{\"tekst\": \"%0300d\"}", 0);
	sealed = seal_json("{\"taal\": \"nld\"}", request);
	assert_int_equal(section->ciphertext.len, 512 + HPKE_TAG_LEN);
	assert_int_equal(receive_sealed(&sealed), REASON_NONE);
	section->ciphertext.len -= 256; /* half of the padding is gone */
	assert_int_equal(receive_sealed(&sealed), REASON_CANNOT_OPEN);
	sealed_fini(&sealed);
}

static void
test_what_was_sealed_for_another_recipient_does_not_open(void **state)
{
	struct sealed_keys mine = keys;
	struct sealed_bytes theirs;
	struct sealed sealed;

	(void)state;
	memcpy(keys.public_key, mine.other_public, HPKE_KEY_LEN);
	sealed = seal_json("{\"taal\": \"nld\"}", "{\"doel\": \"rust\"}");
	/* With its own key id, and with ours. */
	theirs = sealed_body(&keys, span_of(header.p, header.len), &sealed);
	keys = mine;
	assert_int_equal(receive_signed(&keys.sender,
			     span_of(theirs.p, theirs.len)),
	    REASON_CANNOT_OPEN);
	assert_int_equal(receive_sealed(&sealed), REASON_CANNOT_OPEN);
	mem_free(theirs.p);
	sealed_fini(&sealed);
}

static void
test_a_section_that_is_not_its_category_is_malformed(void **state)
{
	const struct seal_section wrong = {CATEGORY_BSN, span_of("\x0a\x09"
								 "999990203",
							     11)};
	const struct seal_section right = {CATEGORY_BSN, span_of("\x0a\x09"
								 "999990202",
							     11)};
	struct sealed sealed = {.count = 0};
	const struct span bytes = span_of(header.p, header.len);

	(void)state;
	assert_int_equal(seal_sections(keys.public_key, bytes, &right, 1,
			     &sealed),
	    WH_OK);
	assert_int_equal(receive_sealed(&sealed), REASON_NONE);
	sealed_fini(&sealed);
	assert_int_equal(seal_sections(keys.public_key, bytes, &wrong, 1,
			     &sealed),
	    WH_OK);
	assert_int_equal(receive_sealed(&sealed), REASON_MALFORMED);
	sealed_fini(&sealed);
}

static void
test_an_envelope_without_sections_needs_no_key(void **state)
{
	const struct sealed nothing = {.count = 0};

	(void)state;
	assert_int_equal(receive_sealed(&nothing), REASON_NONE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_a_whole_envelope_arrives_as_header_and_data),
	    cmocka_unit_test(
		test_every_changed_bit_of_a_signed_envelope_is_refused),
	    cmocka_unit_test(test_every_cut_of_a_signed_envelope_is_refused),
	    cmocka_unit_test(
		test_every_changed_bit_is_refused_also_under_a_new_signature),
	    cmocka_unit_test(test_a_changed_header_is_refused_by_the_seal),
	    cmocka_unit_test(
		test_another_key_than_the_senders_does_not_sign_for_it),
	    cmocka_unit_test(test_swapped_and_renamed_sections_do_not_open),
	    cmocka_unit_test(test_a_cut_ciphertext_does_not_open),
	    cmocka_unit_test(
		test_what_was_sealed_for_another_recipient_does_not_open),
	    cmocka_unit_test(
		test_a_section_that_is_not_its_category_is_malformed),
	    cmocka_unit_test(test_an_envelope_without_sections_needs_no_key),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
