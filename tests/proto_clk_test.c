/* SPDX-License-Identifier: EUPL-1.2 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "proto/base/clk.h"

static void
test_moments_are_read_as_milliseconds(void **state)
{
	static const struct {
		const char *text;
		int64_t at_ms;
	} rows[] = {
	    {"1970-01-01T00:00:00Z", 0},
	    {"1970-01-01", 0},
	    {"2026-09-14T13:00:00Z", 1789390800000},
	    {"2026-09-14", 1789344000000},
	    {"2026-09-14T13:00:00.1Z", 1789390800100},
	    {"2026-09-14T13:00:00.123Z", 1789390800123},
	    {"2026-09-14T13:00:00.123999999Z", 1789390800123},
	    {"2026-09-14T15:00:00+02:00", 1789390800000},
	    {"2026-09-14T08:30:00-04:30", 1789390800000},
	    {"2026-09-15T00:30:00.5+11:30", 1789390800500},
	    {"2024-02-29", 1709164800000},
	    {"2000-02-29", 951782400000},
	    {"2038-01-19T03:14:08Z", 2147483648000},
	    {"9999-12-31T23:59:59.999Z", 253402300799999},
	};
	int64_t at_ms;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		at_ms = -1;
		if (clk_parse(rows[i].text, &at_ms) != WH_OK)
			fail_msg("%s is refused", rows[i].text);
		assert_int_equal(at_ms, rows[i].at_ms);
	}
}

static void
test_what_is_no_moment_is_refused(void **state)
{
	static const char *const rows[] = {"", " ", "2026", "2026-09",
	    "2026-9-14", "20260914", "2026-09-14T", "2026-09-14 13:00:00Z",
	    "2026-09-14T13:00Z", "2026-09-14T13:00:00", "2026-09-14t13:00:00z",
	    "2026-09-14T13:00:00.Z", "2026-09-14T13:00:00,5Z",
	    "2026-09-14T13:00:00+2:00", "2026-09-14T13:00:00+0200",
	    "2026-09-14T13:00:00+24:00", "2026-09-14T13:00:00+02:60",
	    "2026-09-14T13:00:00ZZ", "2026-09-14Z", "2026-09-14T24:00:00Z",
	    "2026-09-14T13:60:00Z", "2026-09-14T13:00:60Z", "2026-00-14",
	    "2026-13-14", "2026-09-00", "2026-09-31", "2026-02-29",
	    "2100-02-29", "2024-02-30", "1969-12-31", "0000-01-01",
	    "+2026-09-14", "-026-09-14", "2026-09-1\xd9\xa4", "2026-09-14\n",
	    "1970-01-01T00:00:00+00:01", "9999-12-31T23:59:59-00:01",
	    "10000-01-01"};
	int64_t at_ms = 42;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (clk_parse(rows[i], &at_ms) != WH_INVALID)
			fail_msg("%s is taken", rows[i]);
	assert_int_equal(at_ms, 42);
}

static void
test_what_is_written_reads_back(void **state)
{
	static const int64_t moments[] = {0, 1, 999, 951782399999,
	    1789390800000, 2147483648000, 253402300799999};
	char text[CLK_ISO_SIZE];
	int64_t at_ms;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(moments) / sizeof(moments[0]); i++) {
		clk_iso(moments[i], text);
		assert_int_equal(strlen(text), CLK_ISO_SIZE - 1);
		assert_int_equal(clk_parse(text, &at_ms), WH_OK);
		assert_int_equal(at_ms, moments[i]);
	}
	clk_iso(1789390800007, text);
	assert_string_equal(text, "2026-09-14T13:00:00.007Z");
}

static void
test_moments_outside_the_years_are_written_as_none(void **state)
{
	static const int64_t moments[] = {-1, 253402300800000, INT64_MIN,
	    INT64_MAX};
	char text[CLK_ISO_SIZE];
	int64_t at_ms;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(moments) / sizeof(moments[0]); i++) {
		clk_iso(moments[i], text);
		assert_int_equal(clk_parse(text, &at_ms), WH_INVALID);
	}
}

static void
test_the_steady_clock_does_not_go_back(void **state)
{
	int64_t last = clk_mono_ms();
	int64_t now;
	int i;

	(void)state;
	for (i = 0; i < 1000; i++, last = now) {
		now = clk_mono_ms();
		assert_true(now >= last);
	}
	assert_true(clk_wall_ms() > 1577836800000); /* 2020 */
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_moments_are_read_as_milliseconds),
	    cmocka_unit_test(test_what_is_no_moment_is_refused),
	    cmocka_unit_test(test_what_is_written_reads_back),
	    cmocka_unit_test(
		test_moments_outside_the_years_are_written_as_none),
	    cmocka_unit_test(test_the_steady_clock_does_not_go_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
