/* SPDX-License-Identifier: EUPL-1.2 */
#include <stdio.h>
#include <string.h>

#include "adapters/values.h"
#include "proto/base/clk.h"

#define HOUR_MS (INT64_C(3600) * 1000)
#define DAY_MS  (24 * HOUR_MS)

struct moment {
	int year, month, day, hour, minute, second, ms;
};

static bool
all_digits(const char *text, size_t len)
{
	return strspn(text, "0123456789") >= len;
}

static int
number(const char *text, size_t len)
{
	int value = 0;

	for (size_t i = 0; i < len; i++)
		value = value * 10 + (text[i] - '0');
	return value;
}

/* Leap days up to and including year. */
static int64_t
leap_days(int year)
{
	return year / 4 - year / 100 + year / 400;
}

/* Days since 1970-01-01, for years from 1. */
static int64_t
days_since_epoch(int year, int month, int day)
{
	int64_t days = INT64_C(365) * (year - 1970) + leap_days(year - 1) -
		       leap_days(1969) + day - 1;

	for (int m = 1; m < month; m++)
		days += clk_month_days(year, m);
	return days;
}

static bool
date_exists(int year, int month, int day)
{
	return year >= 1 && month >= 1 && month <= 12 && day >= 1 &&
	       day <= clk_month_days(year, month);
}

/* Zero month or day: not known. Zero year: nothing known. */
static enum wh_err
date_print(int year, int month, int day, char out[VALUES_DATE_SIZE])
{
	if (year == 0) {
		out[0] = '\0';
		return month == 0 && day == 0 ? WH_OK : WH_INVALID;
	}
	if ((month == 0 && day != 0) ||
	    !date_exists(year, month == 0 ? 1 : month, day == 0 ? 1 : day))
		return WH_INVALID;
	if (month == 0)
		(void)snprintf(out, VALUES_DATE_SIZE, "%04u",
		    (unsigned)year % 10000u);
	else if (day == 0)
		(void)snprintf(out, VALUES_DATE_SIZE, "%04u-%02u",
		    (unsigned)year % 10000u, (unsigned)month % 100u);
	else
		(void)snprintf(out, VALUES_DATE_SIZE, "%04u-%02u-%02u",
		    (unsigned)year % 10000u, (unsigned)month % 100u,
		    (unsigned)day % 100u);
	return WH_OK;
}

static enum wh_err
date_read(const char *text, int *year, int *month, int *day)
{
	size_t len = strlen(text);
	char again[VALUES_DATE_SIZE];

	*year = *month = *day = 0;
	if (len != 0 && len != 4 && len != 7 && len != 10)
		return WH_INVALID;
	if (len >= 4 && all_digits(text, 4))
		*year = number(text, 4);
	if (len >= 7 && text[4] == '-' && all_digits(text + 5, 2))
		*month = number(text + 5, 2);
	if (len == 10 && text[7] == '-' && all_digits(text + 8, 2))
		*day = number(text + 8, 2);
	if (date_print(*year, *month, *day, again) != WH_OK ||
	    strcmp(text, again) != 0)
		return WH_INVALID;
	return WH_OK;
}

enum wh_err
values_date(const char *text)
{
	int year, month, day;

	return date_read(text, &year, &month, &day);
}

enum wh_err
values_date_from_stuf(const char *digits, char indicator,
    char out[VALUES_DATE_SIZE])
{
	size_t len = strlen(digits);
	size_t known = indicator == 'M' ? 4 : indicator == 'D' ? 6 : 8;
	char date[VALUES_DATE_SIZE];
	enum wh_err err;

	if (strchr("JMDV", indicator) == NULL) /* 0 matches the end: complete */
		return WH_INVALID;
	if (len > 8 || len == 0 || !all_digits(digits, len))
		return WH_INVALID;
	if (indicator == 'J') {
		out[0] = '\0';
		return WH_OK;
	}
	if (len != 8 && len != known)
		return WH_INVALID;
	err = date_print(number(digits, 4),
	    known >= 6 ? number(digits + 4, 2) : 0,
	    known == 8 ? number(digits + 6, 2) : 0, date);
	if (err == WH_OK)
		memcpy(out, date, sizeof(date));
	return err;
}

enum wh_err
values_date_to_stuf(const char *date, char out[9], char *indicator)
{
	int year, month, day;

	if (date[0] == '\0' || date_read(date, &year, &month, &day) != WH_OK)
		return WH_INVALID;
	*indicator = month == 0 ? 'M' : day == 0 ? 'D' : 'V';
	(void)snprintf(out, 9, "%04u%02u%02u", (unsigned)year % 10000u,
	    month == 0 ? 1u : (unsigned)month % 100u,
	    day == 0 ? 1u : (unsigned)day % 100u);
	return WH_OK;
}

/* 01:00 UTC on the last Sunday of a month of 31 days. */
static int64_t
switch_ms(int year, int month)
{
	int64_t day = days_since_epoch(year, month, 31);

	/* 1970-01-01 was a Thursday: Sunday when (day + 4) % 7 is 0. */
	return (day - (day + 4) % 7) * DAY_MS + HOUR_MS;
}

/*
 * Dutch local time without the machine's zone files: the rule of the European
 * Union (Directive 2000/84/EC), which holds for all years that we exchange.
 */
static int
offset_hours(int64_t utc_ms, int year)
{
	return utc_ms >= switch_ms(year, 3) && utc_ms < switch_ms(year, 10) ? 2
									    : 1;
}

static int64_t
moment_ms(const struct moment *m)
{
	return days_since_epoch(m->year, m->month, m->day) * DAY_MS +
	       m->hour * HOUR_MS + m->minute * INT64_C(60000) +
	       m->second * INT64_C(1000) + m->ms;
}

/* Summer time first: it is the first of the two in autumn. */
static int
local_offset(const struct moment *m)
{
	return offset_hours(moment_ms(m) - 2 * HOUR_MS, m->year);
}

static bool
moment_exists(const struct moment *m)
{
	return m->year >= 1970 && date_exists(m->year, m->month, m->day) &&
	       m->hour < 24 && m->minute < 60 && m->second < 60;
}

static int
milliseconds(const char *digits, size_t len)
{
	static const int scale[] = {0, 100, 10, 1};

	return number(digits, len) * scale[len];
}

static enum wh_err
moment_from_digits(const char *digits, struct moment *out)
{
	size_t len = strlen(digits);
	struct moment m = {.year = 0};

	if (len < 8 || len > 17 || !all_digits(digits, len) ||
	    (len < 14 && len % 2 == 1))
		return WH_INVALID;
	m.year = number(digits, 4);
	m.month = number(digits + 4, 2);
	m.day = number(digits + 6, 2);
	m.hour = len >= 10 ? number(digits + 8, 2) : 0;
	m.minute = len >= 12 ? number(digits + 10, 2) : 0;
	m.second = len >= 14 ? number(digits + 12, 2) : 0;
	m.ms = len > 14 ? milliseconds(digits + 14, len - 14) : 0;
	if (!moment_exists(&m))
		return WH_INVALID;
	*out = m;
	return WH_OK;
}

enum wh_err
values_time_from_stuf(const char *digits, char out[VALUES_TIME_SIZE])
{
	struct moment m;
	char ms[5] = "";

	if (moment_from_digits(digits, &m) != WH_OK)
		return WH_INVALID;
	if (strlen(digits) == 8)
		return date_print(m.year, m.month, m.day, out);
	if (m.ms != 0)
		(void)snprintf(ms, sizeof(ms), ".%03u", (unsigned)m.ms % 1000u);
	(void)snprintf(out, VALUES_TIME_SIZE,
	    "%04u-%02u-%02uT%02u:%02u:%02u%s+%02u:00",
	    (unsigned)m.year % 10000u, (unsigned)m.month % 100u,
	    (unsigned)m.day % 100u, (unsigned)m.hour % 100u,
	    (unsigned)m.minute % 100u, (unsigned)m.second % 100u, ms,
	    (unsigned)local_offset(&m) % 100u);
	return WH_OK;
}

void
values_time_to_stuf(int64_t at_ms, char out[VALUES_STUF_TIME_SIZE])
{
	char utc[CLK_ISO_SIZE];
	char local[CLK_ISO_SIZE];
	size_t n = 0;

	clk_iso(at_ms, utc);
	clk_iso(at_ms + offset_hours(at_ms, number(utc, 4)) * HOUR_MS, local);
	for (const char *p = local; *p != '\0'; p++) {
		if (*p >= '0' && *p <= '9')
			out[n++] = *p;
	}
	out[n] = '\0';
}

/* The digits of "2024-05-22 08:28:45". */
static enum wh_err
spaced_digits(const char *text, char out[VALUES_STUF_TIME_SIZE])
{
	static const char form[] = "dddd-dd-dd dd:dd:dd";
	size_t n = 0;

	for (size_t i = 0; i < sizeof(form); i++) {
		if (form[i] == 'd' && text[i] >= '0' && text[i] <= '9')
			out[n++] = text[i];
		else if (form[i] != text[i])
			return WH_INVALID;
	}
	out[n] = '\0';
	return WH_OK;
}

enum wh_err
values_time(const char *text, int64_t *at_ms)
{
	char digits[VALUES_STUF_TIME_SIZE];
	struct moment m;

	if (spaced_digits(text, digits) != WH_OK)
		return clk_parse(text, at_ms);
	if (moment_from_digits(digits, &m) != WH_OK)
		return WH_INVALID;
	*at_ms = moment_ms(&m) - local_offset(&m) * HOUR_MS;
	return WH_OK;
}
