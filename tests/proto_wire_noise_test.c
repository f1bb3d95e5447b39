/* SPDX-License-Identifier: EUPL-1.2 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>

#include "proto/base/text.h"
#include "tests/proto_wire_bytes.h"
#include "tests/proto_wire_samples.h"

/* Bytes that are cut off, flipped, too many. */

static struct arena arena;

static int
arena_open(void **state)
{
	(void)state;
	arena_init(&arena, FRAME_ARENA_MAX);
	return 0;
}

static int
arena_close(void **state)
{
	(void)state;
	arena_fini(&arena);
	return 0;
}

static void
check_envelope(const struct envelope *e)
{
	const struct header *h = &e->header;
	uint32_t categories = 0;

	assert_false(id_is_zero(&h->message_id));
	assert_false(id_is_zero(&h->case_ref));
	assert_false(id_is_zero(&h->relation_ref));
	assert_true(text_is_slug(h->from_member, NAME_MAX_LEN));
	assert_true(text_is_slug(h->to_member, NAME_MAX_LEN));
	assert_true(text_is_slug(h->type, NAME_MAX_LEN));
	assert_true(*h->area == '\0' || text_is_slug(h->area, NAME_MAX_LEN));
	assert_in_range(h->event, 1, EVENT_ENVELOPE_MAX);
	assert_non_null(terms_text(TERMS_CODES, h->code));
	assert_non_null(terms_text(TERMS_PERMISSION_KINDS, h->ground.kind));
	assert_int_not_equal(h->ground.has_permission,
	    *h->ground.instrument != '\0');
	assert_true(h->created_ms > 0 && h->expires_ms > h->created_ms);
	assert_true(h->expires_ms <= h->created_ms + EXPIRES_MAX_MS);
	assert_int_equal(e->encapsulation.len, e->section_count > 0 ? 32 : 0);
	assert_true(e->section_count <= CATEGORY_COUNT);
	for (size_t i = 0; i < e->section_count; i++) {
		const struct section *s = &e->sections[i];

		assert_in_range(s->category, 1, CATEGORY_COUNT);
		assert_true(category_bit(s->category) > categories);
		categories |= category_bit(s->category);
		assert_true(s->ciphertext.len >= PAD_MIN + 16);
	}
	assert_int_equal(e->categories, categories);
}

/* Refused, or all that wire.h promises. Never anything else. */
static bool
try_envelope(struct span bytes)
{
	uint8_t *copy = malloc(bytes.len + 1);
	struct envelope out;
	enum wh_err err;

	assert_non_null(copy);
	memcpy(copy, bytes.p, bytes.len);
	arena_reset(&arena);
	err = wire_envelope_read(&arena, span_of(copy, bytes.len), &out, NULL);
	if (err == WH_OK)
		check_envelope(&out);
	else
		assert_true(err == WH_INVALID || err == WH_TOO_BIG);
	free(copy);
	return err == WH_OK;
}

static uint8_t *
envelope_new(size_t sections, size_t *len)
{
	struct header header = sample_header_duty();
	uint8_t *header_bytes = NULL, *bytes = NULL;
	struct envelope in = sample_envelope(&header, sections, &header_bytes);

	assert_int_equal(wire_envelope_write(&in, &bytes, len), WH_OK);
	mem_free(header_bytes);
	return bytes;
}

static void
test_an_envelope_is_refused_cut_off_anywhere_within_a_field(void **state)
{
	size_t len = 0;
	uint8_t *bytes = envelope_new(2, &len);
	unsigned whole = 0;

	(void)state;
	assert_true(try_envelope(span_of(bytes, len)));
	for (size_t cut = 0; cut < len; cut++)
		whole += try_envelope(span_of(bytes, cut));
	/* Protobuf does not say where it ends: the header alone is whole, and
	 * so are header and one section. The signature tells them apart. */
	assert_int_equal(whole, 2);
	mem_free(bytes);
}

static void
test_each_flipped_bit_is_refused_or_keeps_the_rules(void **state)
{
	size_t len = 0;
	uint8_t *bytes = envelope_new(2, &len);
	unsigned accepted = 0;

	(void)state;
	for (size_t bit = 0; bit < 8 * len; bit++) {
		bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
		accepted += try_envelope(span_of(bytes, len));
		bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	/* Ciphertext, ids and names have other valid values. */
	assert_true(accepted > 8 * 2 * PAD_MIN && accepted < 8 * len);
	mem_free(bytes);
}

static void
test_frames_that_are_cut_or_flipped_never_hurt(void **state)
{
	struct from_hub in, out;

	(void)state;
	for (size_t n = 0; sample_from_hub(n, &in); n++) {
		uint8_t *bytes = NULL;
		size_t len = 0;

		assert_int_equal(wire_from_hub_write(&in, &bytes, &len), WH_OK);
		for (size_t cut = 0; cut < len; cut++) {
			arena_reset(&arena);
			(void)wire_from_hub_read(&arena, span_of(bytes, cut),
			    &out, NULL);
		}
		for (size_t bit = 0; bit < 8 * len; bit++) {
			uint8_t *again = NULL;
			size_t again_len = 0;

			bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
			arena_reset(&arena);
			if (wire_from_hub_read(&arena, span_of(bytes, len),
				&out, NULL) == WH_OK)
				assert_int_equal(wire_from_hub_write(&out,
						     &again, &again_len),
				    WH_OK);
			bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
			mem_free(again);
		}
		mem_free(bytes);
	}
}

/* The same envelope, with its first section len bytes long. */
static enum wh_err
first_section(size_t len, size_t sections)
{
	struct header header = sample_header();
	uint8_t *header_bytes = NULL, *bytes = NULL;
	struct envelope in = sample_envelope(&header, sections, &header_bytes);
	struct envelope out;
	size_t size = 0;
	enum wh_err err;

	for (size_t i = 0; i < sections; i++)
		in.sections[i].ciphertext = span_of(sample_blob, len);
	err = wire_envelope_write(&in, &bytes, &size);
	arena_reset(&arena);
	if (err == WH_OK)
		err = wire_envelope_read(&arena, span_of(bytes, size), &out,
		    NULL);
	mem_free(bytes);
	mem_free(header_bytes);
	return err;
}

static void
test_sections_have_their_size_and_number(void **state)
{
	(void)state;
	assert_int_equal(first_section(PAD_MIN + 15, 1), WH_INVALID);
	assert_int_equal(first_section(PAD_MIN + 16, 1), WH_OK);
	assert_int_equal(first_section(2 * SECTION_MAX + 16, 1), WH_OK);
	assert_int_equal(first_section(2 * SECTION_MAX + 17, 1), WH_TOO_BIG);
	assert_int_equal(first_section(32 * 1024 + 16, CATEGORY_COUNT), WH_OK);
	assert_int_equal(first_section(64 * 1024 + 16, CATEGORY_COUNT),
	    WH_TOO_BIG);
}

static void
test_a_frame_that_is_too_long_allocates_nothing(void **state)
{
	uint8_t *bytes = calloc(1, FRAME_MAX + 1);
	struct to_hub out;
	struct why why;

	(void)state;
	arena_reset(&arena);
	assert_int_equal(wire_to_hub_read(&arena, span_of(bytes, FRAME_MAX + 1),
			     &out, &why),
	    WH_TOO_BIG);
	assert_string_equal(why.text, "ToHub: is too long");
	assert_int_equal(arena.used, 0);
	free(bytes);
}

static void
test_a_list_that_is_too_long_allocates_nothing(void **state)
{
	uint8_t *bytes = malloc(ENVELOPE_MAX);
	struct envelope out;
	struct why why;

	(void)state;
	for (size_t i = 0; i < ENVELOPE_MAX; i += 2) {
		bytes[i] = 4 << 3 | 2; /* a section */
		bytes[i + 1] = 0;      /* of no bytes */
	}
	arena_reset(&arena);
	assert_int_equal(wire_envelope_read(&arena,
			     span_of(bytes, ENVELOPE_MAX), &out, &why),
	    WH_TOO_BIG);
	assert_string_equal(why.text,
	    "EnvelopeBody.sections: too many in this list");
	assert_int_equal(arena.used, 0);
	free(bytes);
}

/* What a newer hello may hold is not checked, but is counted in bytes. */
static void
test_unknown_fields_without_end_meet_the_bound(void **state)
{
	size_t len = FRAME_MAX - 16;
	uint8_t *bytes = calloc(1, FRAME_MAX);
	struct bytes *start = calloc(1, sizeof(*start));
	struct to_hub out;

	(void)state;
	bytes_varint(start, 10 << 3 | 2);
	bytes_varint(start, len);
	memcpy(bytes, start->b, start->len);
	for (size_t i = 0; i < len; i += 2)
		bytes[start->len + i] = 15 << 3; /* number 0 */
	bytes[start->len] = 1 << 3;
	bytes[start->len + 1] = WIRE_MAJOR + 1;
	arena_reset(&arena);
	assert_int_equal(wire_to_hub_read(&arena,
			     span_of(bytes, start->len + len), &out, NULL),
	    WH_TOO_BIG);
	assert_true(arena.used <= FRAME_ARENA_MAX);
	free(start);
	free(bytes);
}

/* Memory ends at every place where it can. */
static void
test_each_arena_is_enough_or_too_small(void **state)
{
	size_t len = 0, room = 0;
	uint8_t *bytes = envelope_new(2, &len);
	enum wh_err err = WH_TOO_BIG;
	struct envelope out;

	(void)state;
	for (; err != WH_OK; room += 8) {
		struct arena small;

		assert_true(room < 64 * 1024);
		arena_init(&small, room);
		err =
		    wire_envelope_read(&small, span_of(bytes, len), &out, NULL);
		assert_true(err == WH_OK || err == WH_TOO_BIG);
		arena_fini(&small);
	}
	assert_true(room > len);
	mem_free(bytes);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(
		test_an_envelope_is_refused_cut_off_anywhere_within_a_field),
	    cmocka_unit_test(
		test_each_flipped_bit_is_refused_or_keeps_the_rules),
	    cmocka_unit_test(test_frames_that_are_cut_or_flipped_never_hurt),
	    cmocka_unit_test(test_sections_have_their_size_and_number),
	    cmocka_unit_test(test_a_frame_that_is_too_long_allocates_nothing),
	    cmocka_unit_test(test_a_list_that_is_too_long_allocates_nothing),
	    cmocka_unit_test(test_unknown_fields_without_end_meet_the_bound),
	    cmocka_unit_test(test_each_arena_is_enough_or_too_small),
	};

	return cmocka_run_group_tests(tests, arena_open, arena_close);
}
