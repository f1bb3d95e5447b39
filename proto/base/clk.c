/* SPDX-License-Identifier: EUPL-1.2 */
#include "proto/base/clk.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

int64_t
clk_wall_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

int64_t
clk_mono_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

#define LAST_MS 253402300799999ll /* of the year 9999 */

void
clk_iso(int64_t at_ms, char out[CLK_ISO_SIZE])
{
	time_t seconds = (time_t)(at_ms / 1000);
	int ms = (int)(at_ms % 1000);
	struct tm tm;

	if (at_ms < 0 || at_ms > LAST_MS || gmtime_r(&seconds, &tm) == NULL) {
		memcpy(out, "0000-00-00T00:00:00.000Z", CLK_ISO_SIZE);
		return;
	}
	strftime(out, CLK_ISO_SIZE, "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(out + 19, CLK_ISO_SIZE - 19, ".%03uZ", (unsigned)ms % 1000u);
}

/* Exactly n digits at *p, which moves on; -1 when they are not there. */
static int
digits(const char **p, int n)
{
	int value = 0;

	for (; n > 0; n--, (*p)++) {
		if (**p < '0' || **p > '9')
			return -1;
		value = value * 10 + (**p - '0');
	}
	return value;
}

static bool
literal(const char **p, char c)
{
	if (**p != c)
		return false;
	(*p)++;
	return true;
}

int
clk_month_days(int year, int month)
{
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30,
	    31};
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return month == 2 && leap ? 29 : days[month - 1];
}

static bool
parse_date(const char **p, struct tm *tm)
{
	int year, month, day;

	year = digits(p, 4);
	if (year < 1970 || !literal(p, '-'))
		return false;
	month = digits(p, 2);
	if (month < 1 || month > 12 || !literal(p, '-'))
		return false;
	day = digits(p, 2);
	if (day < 1 || day > clk_month_days(year, month))
		return false;
	tm->tm_year = year - 1900;
	tm->tm_mon = month - 1;
	tm->tm_mday = day;
	return true;
}

static bool
parse_time(const char **p, struct tm *tm, int *ms)
{
	int scale = 100;

	tm->tm_hour = digits(p, 2);
	if (tm->tm_hour < 0 || tm->tm_hour > 23 || !literal(p, ':'))
		return false;
	tm->tm_min = digits(p, 2);
	if (tm->tm_min < 0 || tm->tm_min > 59 || !literal(p, ':'))
		return false;
	tm->tm_sec = digits(p, 2);
	if (tm->tm_sec < 0 || tm->tm_sec > 59)
		return false;
	*ms = 0;
	if (!literal(p, '.'))
		return true;
	if (**p < '0' || **p > '9')
		return false;
	for (; **p >= '0' && **p <= '9'; (*p)++, scale /= 10)
		*ms += (**p - '0') * scale;
	return true;
}

static bool
parse_zone(const char **p, int *minutes)
{
	int sign = **p == '-' ? -1 : 1;
	int hour, minute;

	*minutes = 0;
	if (literal(p, 'Z'))
		return true;
	if (!literal(p, '+') && !literal(p, '-'))
		return false;
	hour = digits(p, 2);
	if (hour < 0 || hour > 23 || !literal(p, ':'))
		return false;
	minute = digits(p, 2);
	if (minute < 0 || minute > 59)
		return false;
	*minutes = sign * (hour * 60 + minute);
	return true;
}

enum wh_err
clk_parse(const char *text, int64_t *at_ms)
{
	struct tm tm = {0};
	int ms = 0, minutes = 0;
	int64_t at;

	if (!parse_date(&text, &tm))
		return WH_INVALID;
	if (*text != '\0' &&
	    (!literal(&text, 'T') || !parse_time(&text, &tm, &ms) ||
		!parse_zone(&text, &minutes) || *text != '\0'))
		return WH_INVALID;
	at = ((int64_t)timegm(&tm) - minutes * INT64_C(60)) * 1000 + ms;
	if (at < 0 || at > LAST_MS) /* an offset may lead out of the years */
		return WH_INVALID;
	*at_ms = at;
	return WH_OK;
}
