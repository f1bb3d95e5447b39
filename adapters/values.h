/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_ADAPTERS_VALUES_H
#define WH_ADAPTERS_VALUES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/base/err.h"

/*
 * One written form of each value inside the hub, and the forms that partner
 * systems use. Nothing is guessed: a text that cannot be understood is
 * WH_INVALID and the adapter says which field it was. All pure.
 */

/* "1064HA" from "1064 HA" or "1064ha"; "1064" alone stays so. */
#define VALUES_POSTCODE_SIZE 7
enum wh_err values_postcode(const char *text, char out[VALUES_POSTCODE_SIZE]);

/* "1064 HA", as Klantinteracties and FHIR want it. */
#define VALUES_POSTCODE_SPACED_SIZE 8
void values_postcode_spaced(const char *postcode,
    char out[VALUES_POSTCODE_SPACED_SIZE]);

/*
 * "10A-2": number 10 (1 to 99999), letter A, addition 2. A single letter that
 * follows the number directly is the letter ("10A", "10A2"); what comes after
 * a space, "-", "/" or "," is the addition ("28-H", "28 hs"), and so are
 * several letters ("10bis").
 */
struct house_number {
	char number[6];
	char letter[2];
	char addition[24];
};
enum wh_err values_house_number(const char *text, struct house_number *out);

/* "10A-2"; never cut. */
#define VALUES_HOUSE_NUMBER_SIZE 32
void values_house_number_text(const struct house_number *house,
    char out[VALUES_HOUSE_NUMBER_SIZE]);

/*
 * Dates as precise as they are known: "1987", "1987-04", "1987-04-19", or ""
 * for nothing known. values_date checks that form and the calendar.
 */
#define VALUES_DATE_SIZE 11
enum wh_err values_date(const char *text);

/*
 * StUF: digits with StUF:indOnvolledigeDatum J (nothing known), M (only the
 * year), D (day unknown), V or 0 (complete). A part of zeros is unknown too.
 */
enum wh_err values_date_from_stuf(const char *digits, char indicator,
    char out[VALUES_DATE_SIZE]);

/* The other way; unknown parts become 01, which *indicator says. */
enum wh_err values_date_to_stuf(const char *date, char out[9], char *indicator);

/*
 * StUF times are 8 to 17 digits in Dutch local time. Out comes RFC 3339 with
 * the offset ("2026-09-11T14:30:00+02:00"), or a plain date for 8 digits. The
 * hour that happens twice in autumn is taken as the first.
 */
#define VALUES_TIME_SIZE 32
enum wh_err values_time_from_stuf(const char *digits,
    char out[VALUES_TIME_SIZE]);
#define VALUES_STUF_TIME_SIZE 18
void values_time_to_stuf(int64_t at_ms, char out[VALUES_STUF_TIME_SIZE]);

/* RFC 3339, a plain date, or "2024-05-22 08:28:45" in Dutch local time. */
enum wh_err values_time(const char *text, int64_t *at_ms);

/*
 * Euro to cents, from text: "1689.12", "1689,12", "1.689,12", "EUR 50",
 * "-12,5". "1.689" is refused: thousands to one reader, 1.69 to another.
 */
enum wh_err values_cents(const char *text, int64_t *cents);

/* A JSON number, by its decimal text; more than two decimals: WH_INVALID. */
enum wh_err values_cents_real(double euro, int64_t *cents);

/* Whole euro, half up; "1689.12". */
int64_t values_cents_to_euro(int64_t cents);
#define VALUES_CENTS_SIZE 24
void values_cents_text(int64_t cents, char out[VALUES_CENTS_SIZE]);

/* "M", "V" or "O" (not known, or neither); NULL for NULL or "". */
const char *values_gender(const char *text);
const char *values_gender_fhir(const char *gender); /* male, female, unknown */

/* ISO 639-3 ("nld") from a code or Dutch name; NULL: not in the table. */
const char *values_language(const char *text);

/*
 * "+31612345678" (E.164) from how people write it. WH_INVALID for what cannot
 * be one: keep the raw text then, which is what people dial from.
 */
#define VALUES_PHONE_SIZE 17
enum wh_err values_phone(const char *text, char out[VALUES_PHONE_SIZE]);

/* Nine digits that pass the 11-proof, out of eight or nine; BSN and RSIN. */
#define VALUES_BSN_SIZE 10
enum wh_err values_bsn(const char *text, char out[VALUES_BSN_SIZE]);

/* Characters (not bytes) of UTF-8 text, as the limits of partners count. */
size_t values_chars(const char *text);

/*
 * Heap copy of text in at most max characters: whole, or its beginning with
 * "... (volledige tekst in wijkhub <ref>)". NULL when max leaves no room for
 * that, because nothing is ever cut without saying so.
 */
char *values_head(const char *text, size_t max, const char *ref);

#endif
