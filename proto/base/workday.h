/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_PROTO_BASE_WORKDAY_H
#define WH_PROTO_BASE_WORKDAY_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Working days of Europe/Amsterdam. Pure: no clock and no time zone file is
 * read, so that a replay counts as the first time did. Summer time follows
 * directive 2000/84/EC.
 *
 * holidays is the word of the covenant. "nl" is art. 3 of the Algemene
 * termijnenwet, so that our terms end when those of the law do: New Year's
 * Day, Good Friday, Easter Monday, the King's birthday (27 April, or 26 when
 * that is a Sunday), 5 May, Ascension Day, Whit Monday and both days of
 * Christmas. In "nl-lustrum" 5 May counts in years that five divides only, as
 * in many collective agreements. Days that a royal decree puts on a par (the
 * Friday after Ascension Day, mostly) are working days here.
 */
bool workday_known(const char *holidays);

/* The calendar day of this moment, counted from 1970-01-01. */
int32_t workday_day(int64_t at_ms);

/* When a calendar day begins, Unix time in milliseconds. */
int64_t workday_start(int32_t day);

/* Is it between two and five in the morning, when little else is to be done? */
bool workday_is_night(int64_t at_ms);

bool workday_is(const char *holidays, int32_t day);

/*
 * The moment at which a term of so many working days, begun at at_ms, is over:
 * midnight after the last of them. The day that it begins on does not count; 0
 * is that day itself, or the first working day after it.
 */
int64_t workday_after(const char *holidays, int64_t at_ms, uint32_t days);

/*
 * The moment at which so much of the working time from from_ms until until_ms
 * has gone by, so that nobody is reminded in a weekend. All of it when there
 * is no working time in between. percent is 1 to 100.
 */
int64_t workday_part(const char *holidays, int64_t from_ms, int64_t until_ms,
    uint32_t percent);

#endif
