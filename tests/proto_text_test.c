/* SPDX-License-Identifier: EUPL-1.2 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "proto/base/text.h"

static void
test_hex_goes_there_and_back_in_lower_case(void **state)
{
	const uint8_t bytes[] = {0x00, 0x0f, 0xa5, 0xff};
	uint8_t back[4];
	char text[9];

	(void)state;
	hex_encode(span_of(bytes, 4), text);
	assert_string_equal(text, "000fa5ff");
	assert_int_equal(hex_decode(text, back, 4), WH_OK);
	assert_memory_equal(back, bytes, 4);
}

static void
test_hex_of_another_length_case_or_alphabet_is_refused(void **state)
{
	static const char *const rows[] = {"", "00", "000fa5f", "000fa5fff",
	    "000FA5FF", "000fa5fg", "000fa5f ", "0x0fa5ff",
	    ("000fa5\xff"
	     "f")};
	uint8_t out[4] = {1, 2, 3, 4};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(hex_decode(rows[i], out, 4), WH_INVALID);
	assert_memory_equal(out, "\1\2\3\4", 4);
}

/* RFC 4648 section 10. */
static const struct {
	const char *bytes, *text;
} base64_rows[] = {{"", ""}, {"f", "Zg=="}, {"fo", "Zm8="}, {"foo", "Zm9v"},
    {"foob", "Zm9vYg=="}, {"fooba", "Zm9vYmE="}, {"foobar", "Zm9vYmFy"}};

static void
test_base64_is_that_of_the_rfc(void **state)
{
	uint8_t bytes[8];
	char text[BASE64_SIZE(8)];
	size_t i, len;

	(void)state;
	for (i = 0; i < sizeof(base64_rows) / sizeof(base64_rows[0]); i++) {
		base64_encode(span_str(base64_rows[i].bytes), text);
		assert_string_equal(text, base64_rows[i].text);
		assert_int_equal(base64_decode(span_str(text), bytes,
				     sizeof(bytes), &len),
		    WH_OK);
		assert_true(span_equal(span_of(bytes, len),
		    span_str(base64_rows[i].bytes)));
	}
}

static void
test_base64_covers_every_byte(void **state)
{
	uint8_t bytes[256], back[256];
	char text[BASE64_SIZE(256)];
	size_t i, len;

	(void)state;
	for (i = 0; i < 256; i++)
		bytes[i] = (uint8_t)i;
	base64_encode(span_of(bytes, 256), text);
	assert_int_equal(strlen(text), BASE64_SIZE(256) - 1);
	assert_int_equal(base64_decode(span_str(text), back, 256, &len), WH_OK);
	assert_int_equal(len, 256);
	assert_memory_equal(back, bytes, 256);
}

static void
test_base64_in_another_form_is_refused(void **state)
{
	static const char *const rows[] = {"Z", "Zg",
	    "Zg=", "Zh==", "Zm9=", "Zm8", "Z===", "====", "Zg==Zg==", "Zm=v",
	    "Zg==\n", "Zm9v\nZm9", " Zm9", "Zm-_", "Zm9\xff", "Zm9vYg=a",
	    "=m9v"};
	uint8_t out[16];
	size_t i, len = 42;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (base64_decode(span_str(rows[i]), out, sizeof(out), &len) !=
		    WH_INVALID)
			fail_msg("%s is taken", rows[i]);
	assert_int_equal(base64_decode(span_of("Zm\0v", 4), out, sizeof(out),
			     &len),
	    WH_INVALID);
	assert_int_equal(len, 42);
}

static void
test_base64_stays_within_its_room(void **state)
{
	uint8_t out[4] = {0, 0, 0, 0xaa};
	size_t len = 42;

	(void)state;
	assert_int_equal(base64_decode(span_str("Zm9vYg=="), out, 3, &len),
	    WH_TOO_BIG);
	assert_int_equal(len, 42);
	assert_int_equal(base64_decode(span_str("Zm9v"), out, 3, &len), WH_OK);
	assert_int_equal(len, 3);
	assert_int_equal(out[3], 0xaa);
}

static void
test_an_id_goes_there_and_back(void **state)
{
	static const char text[] = "017f22e2-79b0-7cc3-98c4-dc0c0c07398f";
	char back[ID_TEXT_SIZE];
	struct id id;

	(void)state;
	assert_int_equal(id_parse(text, &id), WH_OK);
	assert_int_equal(id.b[0], 0x01);
	assert_int_equal(id.b[15], 0x8f);
	id_text(&id, back);
	assert_string_equal(back, text);
}

static void
test_an_id_in_another_form_is_refused(void **state)
{
	static const char *const rows[] = {"",
	    "017f22e279b07cc398c4dc0c0c07398f",
	    "017F22E2-79B0-7CC3-98C4-DC0C0C07398F",
	    "{017f22e2-79b0-7cc3-98c4-dc0c0c0739}",
	    "017f22e2-79b0-7cc3-98c4-dc0c0c07398",
	    "017f22e2-79b0-7cc3-98c4-dc0c0c07398f0",
	    "017f22e27-9b0-7cc3-98c4-dc0c0c07398f",
	    "017f22e2-79b0-7cc3-98c4-dc0c0c0739-f",
	    "017f22e2-79b0-7cc3-98c4-dc0c0c07398g"};
	struct id id = {{42}};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (id_parse(rows[i], &id) != WH_INVALID)
			fail_msg("%s is taken", rows[i]);
	assert_int_equal(id.b[0], 42);
}

/* The example of RFC 9562 appendix A.6. */
static void
test_a_version_7_id_is_that_of_the_rfc(void **state)
{
	const uint8_t random[10] = {0x0c, 0xc3, 0x18, 0xc4, 0xdc, 0x0c, 0x0c,
	    0x07, 0x39, 0x8f};
	char text[ID_TEXT_SIZE];
	struct id id = id_v7(0x017f22e279b0, random);

	(void)state;
	id_text(&id, text);
	assert_string_equal(text, "017f22e2-79b0-7cc3-98c4-dc0c0c07398f");
}

static void
test_version_and_variant_hold_whatever_the_random_bytes(void **state)
{
	uint8_t random[10];
	struct id low, high;

	(void)state;
	memset(random, 0xff, sizeof(random));
	low = id_v7(1000, random);
	assert_int_equal(low.b[6] >> 4, 7);
	assert_int_equal(low.b[8] >> 6, 2);
	memset(random, 0, sizeof(random));
	high = id_v7(1001, random);
	assert_int_equal(high.b[6] >> 4, 7);
	assert_int_equal(high.b[8] >> 6, 2);
	assert_true(memcmp(low.b, high.b, sizeof(low.b)) < 0);
}

static void
test_well_formed_text_is_clean(void **state)
{
	static const char *const rows[] = {"", "a\tb\nc", "Ren\xc3\xa9\x65",
	    "\xc2\xa0", "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf",
	    "\xee\x80\x80", "\xef\xbf\xbd", "\xf0\x90\x80\x80",
	    "\xf4\x8f\xbf\xbf", "~ "};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (!text_is_clean(span_str(rows[i])))
			fail_msg("row %zu is refused", i);
	assert_true(text_is_clean(span_of(NULL, 0)));
}

static void
test_bytes_that_are_no_text_are_not_clean(void **state)
{
	/* Lone, overlong, surrogate, past U+10FFFF, cut off, controls. */
	static const char *const rows[] = {"\x80", "a\xbf", "\xc0\x80",
	    "\xc1\xbf", "\xe0\x80\x80", "\xe0\x9f\xbf", "\xf0\x80\x80\x80",
	    "\xf0\x8f\xbf\xbf", "\xed\xa0\x80", "\xed\xbf\xbf",
	    "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff", "\xfe", "\xc3",
	    "\xe2\x82", "\xf0\x9f\x98", "\xc3(", "\xe2(\xac", "\xe2\x82(",
	    "\xf0\x9f(\x80", "\r", "\x01", "\x1b[0m", "\x7f", "\xc2\x80",
	    "\xc2\x85", "\xc2\x9f"};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (text_is_clean(span_str(rows[i])))
			fail_msg("row %zu is taken", i);
	assert_false(text_is_clean(span_of("a\0b", 3)));
}

static void
test_a_slug_is_short_lower_case_and_does_not_end_in_a_hyphen(void **state)
{
	static const char *const good[] = {"a", "0", "wpi", "eigen-haard",
	    "a--b", "12345678901"};
	static const char *const bad[] = {"", "-", "-a", "a-", "A", "a_b",
	    "a b", "a.b", "a/b", "caf\xc3\xa9", "a\n", "123456789012"};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_true(text_is_slug(good[i], 11));
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(text_is_slug(bad[i], 11));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_hex_goes_there_and_back_in_lower_case),
	    cmocka_unit_test(
		test_hex_of_another_length_case_or_alphabet_is_refused),
	    cmocka_unit_test(test_base64_is_that_of_the_rfc),
	    cmocka_unit_test(test_base64_covers_every_byte),
	    cmocka_unit_test(test_base64_in_another_form_is_refused),
	    cmocka_unit_test(test_base64_stays_within_its_room),
	    cmocka_unit_test(test_an_id_goes_there_and_back),
	    cmocka_unit_test(test_an_id_in_another_form_is_refused),
	    cmocka_unit_test(test_a_version_7_id_is_that_of_the_rfc),
	    cmocka_unit_test(
		test_version_and_variant_hold_whatever_the_random_bytes),
	    cmocka_unit_test(test_well_formed_text_is_clean),
	    cmocka_unit_test(test_bytes_that_are_no_text_are_not_clean),
	    cmocka_unit_test(
		test_a_slug_is_short_lower_case_and_does_not_end_in_a_hyphen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
