/* SPDX-License-Identifier: EUPL-1.2 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "proto/base/clk.h"
#include "proto/base/workday.h"

/*
 * As published: the dates of art. 3 Algemene termijnenwet in the snapshot of
 * the Netherlands of github.com/vacanza/holidays, without the two Sundays.
 */
static const char *const published[] = {
    "2024-01-01",
    "2024-03-29",
    "2024-04-01",
    "2024-04-27",
    "2024-05-05",
    "2024-05-09",
    "2024-05-20",
    "2024-12-25",
    "2024-12-26",
    "2025-01-01",
    "2025-04-18",
    "2025-04-21",
    "2025-04-26",
    "2025-05-05",
    "2025-05-29",
    "2025-06-09",
    "2025-12-25",
    "2025-12-26",
    "2026-01-01",
    "2026-04-03",
    "2026-04-06",
    "2026-04-27",
    "2026-05-05",
    "2026-05-14",
    "2026-05-25",
    "2026-12-25",
    "2026-12-26",
    "2027-01-01",
    "2027-03-26",
    "2027-03-29",
    "2027-04-27",
    "2027-05-05",
    "2027-05-06",
    "2027-05-17",
    "2027-12-25",
    "2027-12-26",
    "2028-01-01",
    "2028-04-14",
    "2028-04-17",
    "2028-04-27",
    "2028-05-05",
    "2028-05-25",
    "2028-06-05",
    "2028-12-25",
    "2028-12-26",
    "2029-01-01",
    "2029-03-30",
    "2029-04-02",
    "2029-04-27",
    "2029-05-05",
    "2029-05-10",
    "2029-05-21",
    "2029-12-25",
    "2029-12-26",
    "2030-01-01",
    "2030-04-19",
    "2030-04-22",
    "2030-04-27",
    "2030-05-05",
    "2030-05-30",
    "2030-06-10",
    "2030-12-25",
    "2030-12-26",
    "2031-01-01",
    "2031-04-11",
    "2031-04-14",
    "2031-04-26",
    "2031-05-05",
    "2031-05-22",
    "2031-06-02",
    "2031-12-25",
    "2031-12-26",
    "2032-01-01",
    "2032-03-26",
    "2032-03-29",
    "2032-04-27",
    "2032-05-05",
    "2032-05-06",
    "2032-05-17",
    "2032-12-25",
    "2032-12-26",
    "2033-01-01",
    "2033-04-15",
    "2033-04-18",
    "2033-04-27",
    "2033-05-05",
    "2033-05-26",
    "2033-06-06",
    "2033-12-25",
    "2033-12-26",
    "2034-01-01",
    "2034-04-07",
    "2034-04-10",
    "2034-04-27",
    "2034-05-05",
    "2034-05-18",
    "2034-05-29",
    "2034-12-25",
    "2034-12-26",
    "2035-01-01",
    "2035-03-23",
    "2035-03-26",
    "2035-04-27",
    "2035-05-03",
    "2035-05-05",
    "2035-05-14",
    "2035-12-25",
    "2035-12-26",
};
#define PUBLISHED (sizeof(published) / sizeof(published[0]))

static int64_t
moment(const char *text)
{
	int64_t at_ms = -1;

	assert_int_equal(clk_parse(text, &at_ms), WH_OK);
	return at_ms;
}

static bool
is_published(const char *date)
{
	for (size_t i = 0; i < PUBLISHED; i++)
		if (strcmp(published[i], date) == 0)
			return true;
	return false;
}

static void
test_the_holidays_of_2024_to_2035_are_the_published_ones(void **state)
{
	int32_t day = workday_day(moment("2024-01-01T12:00:00Z"));
	int32_t last = workday_day(moment("2035-12-31T12:00:00Z"));
	char text[CLK_ISO_SIZE];
	size_t free_days = 0;

	(void)state;
	for (; day <= last; day++) {
		int weekday = (day + 4) % 7;

		clk_iso(day * INT64_C(86400000), text);
		text[10] = '\0';
		free_days += is_published(text);
		assert_int_equal(workday_is("nl", day),
		    weekday != 0 && weekday != 6 && !is_published(text));
	}
	assert_int_equal(free_days, PUBLISHED);
}

static void
test_liberation_day_is_free_every_fifth_year_where_so_agreed(void **state)
{
	(void)state;
	for (int year = 2024; year <= 2035; year++) {
		char text[] = "2024-05-05T12:00:00Z";
		int32_t day;

		memcpy(text,
		    (char[]){'2', '0', (char)('0' + year / 10 % 10),
			(char)('0' + year % 10)},
		    4);
		day = workday_day(moment(text));
		if ((day + 4) % 7 == 0 || (day + 4) % 7 == 6)
			continue;
		assert_false(workday_is("nl", day));
		assert_int_equal(workday_is("nl-lustrum", day), year % 5 != 0);
	}
	/* Ascension Day on 5 May is free whatever the year: 2016. */
	assert_false(workday_is("nl-lustrum",
	    workday_day(moment("2016-05-05T12:00:00Z"))));
	assert_true(workday_known("nl") && workday_known("nl-lustrum"));
	assert_false(workday_known("be") || workday_known(""));
}

/* The zone that the C library knows is the judge. */
static void
test_days_begin_at_midnight_in_amsterdam(void **state)
{
	struct tm tm;
	time_t at;

	(void)state;
	assert_int_equal(setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1), 0);
	tzset();
	for (int32_t day = 0; day < 40000; day++) {
		at = (time_t)(workday_start(day) / 1000);
		assert_non_null(localtime_r(&at, &tm));
		if (day > 365 * 27) { /* since then the rule is what it is */
			assert_int_equal(tm.tm_hour, 0);
			assert_int_equal(tm.tm_min, 0);
		}
		if (day == 0)
			continue;
		assert_int_equal(workday_day(workday_start(day)), day);
		assert_int_equal(workday_day(workday_start(day) - 1), day - 1);
	}
}

static void
test_a_term_ends_at_midnight_after_its_last_working_day(void **state)
{
	static const struct {
		const char *from;
		uint32_t days;
		const char *until;
	} rows[] = {
	    /* a Monday in winter, and late on the evening before in UTC */
	    {"2026-11-23T14:00:00Z", 2, "2026-11-25T23:00:00Z"},
	    {"2026-11-22T23:00:00Z", 2, "2026-11-25T23:00:00Z"},
	    {"2026-11-22T22:59:59Z", 2, "2026-11-24T23:00:00Z"},
	    {"2026-11-23T14:00:00Z", 0, "2026-11-23T23:00:00Z"},
	    {"2026-11-21T14:00:00Z", 0, "2026-11-23T23:00:00Z"},
	    {"2026-11-20T14:00:00Z", 1, "2026-11-23T23:00:00Z"},
	    /* over Easter, from before Good Friday; summer time began */
	    {"2026-03-27T10:00:00Z", 1, "2026-03-30T22:00:00Z"},
	    {"2026-04-02T10:00:00Z", 2, "2026-04-08T22:00:00Z"},
	    /* Christmas on a Friday, and New Year's Day */
	    {"2026-12-24T10:00:00Z", 5, "2027-01-04T23:00:00Z"},
	    /* 20 working days over King's Day, 5 May, Ascension Day, Whit
	       Monday */
	    {"2026-04-24T10:00:00Z", 20, "2026-05-28T22:00:00Z"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(workday_after("nl", moment(rows[i].from),
				     rows[i].days),
		    moment(rows[i].until));
}

static void
test_a_part_is_counted_in_working_time(void **state)
{
	/* Friday noon until Tuesday midnight: 60 h of work, with a weekend */
	int64_t from = moment("2026-11-20T11:00:00Z");
	int64_t until = workday_after("nl", from, 2);

	(void)state;
	assert_int_equal(until, moment("2026-11-24T23:00:00Z"));
	assert_int_equal(workday_part("nl", from, until, 20),
	    moment("2026-11-20T23:00:00Z"));
	assert_int_equal(workday_part("nl", from, until, 50),
	    moment("2026-11-23T17:00:00Z"));
	assert_int_equal(workday_part("nl", from, until, 80),
	    moment("2026-11-24T11:00:00Z"));
	assert_int_equal(workday_part("nl", from, until, 100), until);
	assert_int_equal(workday_part("nl", moment("2026-11-21"),
			     moment("2026-11-22"), 80),
	    moment("2026-11-22"));
}

static void
test_the_night_is_from_two_to_five_in_amsterdam(void **state)
{
	(void)state;
	assert_false(workday_is_night(moment("2026-11-23T00:59:59Z")));
	assert_true(workday_is_night(moment("2026-11-23T01:00:00Z")));
	assert_true(workday_is_night(moment("2026-11-23T03:59:59Z")));
	assert_false(workday_is_night(moment("2026-11-23T04:00:00Z")));
	assert_true(workday_is_night(moment("2026-07-01T00:00:00Z")));
	assert_false(workday_is_night(moment("2026-07-01T12:00:00Z")));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(
		test_the_holidays_of_2024_to_2035_are_the_published_ones),
	    cmocka_unit_test(
		test_liberation_day_is_free_every_fifth_year_where_so_agreed),
	    cmocka_unit_test(test_days_begin_at_midnight_in_amsterdam),
	    cmocka_unit_test(
		test_a_term_ends_at_midnight_after_its_last_working_day),
	    cmocka_unit_test(test_a_part_is_counted_in_working_time),
	    cmocka_unit_test(test_the_night_is_from_two_to_five_in_amsterdam),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
