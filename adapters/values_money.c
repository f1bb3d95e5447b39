/* SPDX-License-Identifier: EUPL-1.2 */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "adapters/values.h"

/* More than any debt of a household: a slip of the pen or an attack. */
#define CENTS_MAX INT64_C(1000000000000)

/* "EUR", a euro sign, spaces and a sign in front. */
static const char *
money_front(const char *text, bool *negative)
{
	static const char *const marks[] = {" ", "\xc2\xa0", "€", "EUR", "-"};
	bool found = true;

	*negative = false;
	while (found) {
		found = false;
		for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
			size_t len = strlen(marks[i]);

			if (strncmp(text, marks[i], len) != 0)
				continue;
			if (marks[i][0] == '-' && *negative)
				return NULL;
			*negative = *negative || marks[i][0] == '-';
			text += len;
			found = true;
		}
	}
	return text;
}

/* The whole euros up to text[len]: digits, or groups of three with dots. */
static enum wh_err
money_whole(const char *text, size_t len, int64_t *whole)
{
	size_t group = 0;
	bool grouped = memchr(text, '.', len) != NULL;
	bool first = true;

	*whole = 0;
	if (len == 0)
		return WH_INVALID;
	for (size_t i = 0; i < len; i++) {
		if (text[i] == '.') {
			if (group == 0 || group > 3 || (!first && group != 3))
				return WH_INVALID;
			first = false;
			group = 0;
			continue;
		}
		if (text[i] < '0' || text[i] > '9')
			return WH_INVALID;
		*whole = *whole * 10 + (text[i] - '0');
		group++;
		if (*whole > CENTS_MAX)
			return WH_TOO_BIG;
	}
	return grouped && group != 3 ? WH_INVALID : WH_OK;
}

/* What follows the decimal sign: one or two digits, zeros, or "-". */
static enum wh_err
money_fraction(const char *text, size_t len, int64_t *cents)
{
	if (len == 1 && text[0] == '-') {
		*cents = 0;
		return WH_OK;
	}
	if (len == 0 || strspn(text, "0123456789") < len)
		return WH_INVALID;
	for (size_t i = 2; i < len; i++) {
		if (text[i] != '0')
			return WH_INVALID;
	}
	*cents = (text[0] - '0') * 10 + (len > 1 ? text[1] - '0' : 0);
	return WH_OK;
}

/* Where the decimal sign stands; the end when there is none. */
static enum wh_err
money_sign(const char *text, size_t len, size_t *at)
{
	const char *comma = memchr(text, ',', len);
	const char *dot = memchr(text, '.', len);
	const char *last = memrchr(text, '.', len);

	*at = len;
	if (comma != NULL) {
		*at = (size_t)(comma - text);
		return WH_OK;
	}
	if (dot == NULL || dot != last)
		return WH_OK;
	/* A single dot before three digits reads both ways. */
	if (len - (size_t)(dot - text) == 4 && dot - text <= 3)
		return WH_INVALID;
	*at = (size_t)(dot - text);
	return WH_OK;
}

enum wh_err
values_cents(const char *text, int64_t *cents)
{
	int64_t whole = 0;
	int64_t part = 0;
	bool negative;
	size_t len, at;
	enum wh_err err;

	text = money_front(text, &negative);
	if (text == NULL)
		return WH_INVALID;
	len = strlen(text);
	while (len > 0 && text[len - 1] == ' ')
		len--;
	err = money_sign(text, len, &at);
	if (err == WH_OK)
		err = money_whole(text, at, &whole);
	if (err == WH_OK && at < len)
		err = money_fraction(text + at + 1, len - at - 1, &part);
	if (err != WH_OK)
		return err;
	if (whole > CENTS_MAX / 100)
		return WH_TOO_BIG;
	*cents = negative ? -(whole * 100 + part) : whole * 100 + part;
	return WH_OK;
}

enum wh_err
values_cents_real(double euro, int64_t *cents)
{
	char text[48];

	/* 15 digits are what a double keeps of a decimal number. */
	if (!isfinite(euro) || euro > (double)CENTS_MAX / 100 ||
	    euro < -(double)CENTS_MAX / 100)
		return WH_TOO_BIG;
	(void)snprintf(text, sizeof(text), "%.15g", euro);
	if (strchr(text, 'e') != NULL)
		return WH_INVALID;
	/* More than three decimals are never read as thousands. */
	(void)strncat(text, strchr(text, '.') == NULL ? ".00" : "000",
	    sizeof(text) - strlen(text) - 1);
	return values_cents(text, cents);
}

int64_t
values_cents_to_euro(int64_t cents)
{
	int64_t euro = cents / 100;
	int64_t rest = cents % 100;

	if (rest >= 50)
		return euro + 1;
	return rest < -50 ? euro - 1 : euro;
}

void
values_cents_text(int64_t cents, char out[VALUES_CENTS_SIZE])
{
	uint64_t size = cents < 0 ? 0 - (uint64_t)cents : (uint64_t)cents;

	(void)snprintf(out, VALUES_CENTS_SIZE, "%s%" PRIu64 ".%02" PRIu64,
	    cents < 0 ? "-" : "", size / 100, size % 100);
}
