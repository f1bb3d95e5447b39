/* SPDX-License-Identifier: EUPL-1.2 */
#include "proto/base/workday.h"

#include <string.h>

#define HOUR_MS (3600ll * 1000)
#define DAY_MS  (24 * HOUR_MS)

#define NIGHT_FROM_MS (2 * HOUR_MS)
#define NIGHT_TO_MS   (5 * HOUR_MS)

enum weekday {
	SUNDAY,
	SATURDAY = 6
};

static enum weekday
weekday(int32_t day)
{
	return (enum weekday)(((day % 7) + 7 + 4) % 7); /* 1970: a Thursday */
}

/* Days from 1970-01-01 to this date; the year begins in March inside. */
static int32_t
day_of(int32_t year, int32_t month, int32_t day)
{
	int32_t y = month <= 2 ? year - 1 : year;
	int32_t m = (month + 9) % 12;

	return 365 * y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day -
	       1 - 719468;
}

static int32_t
year_of(int32_t day)
{
	int32_t year = 1970 + day / 366;

	while (day_of(year + 1, 1, 1) <= day)
		year++;
	return year;
}

/* Easter Sunday: the anonymous Gregorian computus (Meeus, ch. 8). */
static int32_t
easter_of(int32_t year)
{
	int32_t a = year % 19;
	int32_t b = year / 100;
	int32_t c = year % 100;
	int32_t f = (b + 8) / 25;
	int32_t g = (b - f + 1) / 3;
	int32_t h = (19 * a + b - b / 4 - g + 15) % 30;
	int32_t l = (32 + 2 * (b % 4) + 2 * (c / 4) - h - c % 4) % 7;
	int32_t m = (a + 11 * h + 22 * l) / 451;
	int32_t n = h + l - 7 * m + 114;

	return day_of(year, n / 31, n % 31 + 1);
}

static int32_t
kings_day(int32_t year)
{
	int32_t day = day_of(year, 4, 27);

	return weekday(day) == SUNDAY ? day - 1 : day;
}

static const struct fixed {
	int32_t month;
	int32_t day;
	int32_t lustrum; /* in "nl-lustrum" only every so many years */
} fixed[] = {
    {1, 1, 1},
    {5, 5, 5},
    {12, 25, 1},
    {12, 26, 1},
};

/* Good Friday, Easter Monday, Ascension Day, Whit Monday. */
static const int32_t from_easter[] = {-2, 1, 39, 50};

#define NL         "nl"
#define NL_LUSTRUM "nl-lustrum"

static bool
is_holiday(const char *holidays, int32_t day)
{
	bool lustrum = strcmp(holidays, NL_LUSTRUM) == 0;
	int32_t year = year_of(day);
	int32_t easter = easter_of(year);

	if (day == kings_day(year))
		return true;
	for (unsigned i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++)
		if (day == day_of(year, fixed[i].month, fixed[i].day))
			return !lustrum || year % fixed[i].lustrum == 0 ||
			       day == easter + from_easter[2];
	for (unsigned i = 0; i < sizeof(from_easter) / sizeof(*from_easter);
	     i++)
		if (day == easter + from_easter[i])
			return true;
	return false;
}

bool
workday_known(const char *holidays)
{
	return strcmp(holidays, NL) == 0 || strcmp(holidays, NL_LUSTRUM) == 0;
}

/* The last Sunday of a month of 31 days. */
static int32_t
last_sunday(int32_t year, int32_t month)
{
	int32_t day = day_of(year, month, 31);

	return day - (int32_t)weekday(day);
}

/* It changes at 01:00 UTC, so never at midnight. */
int64_t
workday_start(int32_t day)
{
	int32_t year = year_of(day);
	bool summer =
	    day > last_sunday(year, 3) && day <= last_sunday(year, 10);

	return day * DAY_MS - (summer ? 2 : 1) * HOUR_MS;
}

int32_t
workday_day(int64_t at_ms)
{
	int32_t day = (int32_t)((at_ms + HOUR_MS) / DAY_MS);

	return workday_start(day + 1) <= at_ms ? day + 1 : day;
}

bool
workday_is(const char *holidays, int32_t day)
{
	return weekday(day) != SATURDAY && weekday(day) != SUNDAY &&
	       !is_holiday(holidays, day);
}

int64_t
workday_after(const char *holidays, int64_t at_ms, uint32_t days)
{
	int32_t day = workday_day(at_ms);

	if (days == 0)
		while (!workday_is(holidays, day))
			day++;
	for (; days > 0; days--)
		do
			day++;
		while (!workday_is(holidays, day));
	return workday_start(day + 1);
}

bool
workday_is_night(int64_t at_ms)
{
	int64_t in_ms = at_ms - workday_start(workday_day(at_ms));

	return in_ms >= NIGHT_FROM_MS && in_ms < NIGHT_TO_MS;
}

/* The working time of a day that lies in between; *begin is where it starts. */
static int64_t
time_in(const char *holidays, int32_t day, int64_t from_ms, int64_t until_ms,
    int64_t *begin)
{
	int64_t start = workday_start(day);
	int64_t end = workday_start(day + 1);

	*begin = start < from_ms ? from_ms : start;
	if (end > until_ms)
		end = until_ms;
	return workday_is(holidays, day) && end > *begin ? end - *begin : 0;
}

int64_t
workday_part(const char *holidays, int64_t from_ms, int64_t until_ms,
    uint32_t percent)
{
	int32_t first = workday_day(from_ms);
	int32_t last = workday_day(until_ms);
	int64_t left = 0;
	int64_t begin;

	for (int32_t day = first; day <= last; day++)
		left += time_in(holidays, day, from_ms, until_ms, &begin);
	left = left * percent / 100;
	for (int32_t day = first; day <= last && left > 0; day++) {
		int64_t here =
		    time_in(holidays, day, from_ms, until_ms, &begin);

		if (left <= here)
			return begin + left;
		left -= here;
	}
	return until_ms;
}
