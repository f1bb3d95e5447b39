/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_ADAPTERS_PLAIN_H
#define WH_ADAPTERS_PLAIN_H

#include <stdint.h>

#include "proto/terms.h"

/*
 * What residents read instead of our codes: plain words (level B1), in one
 * file per language. Places like {{van}} are template.h's.
 */
enum plain_language {
	PLAIN_NL,
	PLAIN_EN
};
#define PLAIN_LANGUAGES 2

struct plain_label {
	const char *name;
	const char *text;
};

struct plain_words {
	const char *language; /* ISO 639-1 */
	const char *months[12];

	/* By number of terms.h; 0 is not used. */
	const char *category[CATEGORY_COUNT + 1];
	const char *kind[KIND_VITAL_INTEREST + 1];
	const char *disclosure[DISCLOSURE_WITHHELD + 1];
	const char *capture[CAPTURE_ONLINE + 1]; /* {{van}}, {{door}} */

	/* Where a record stands, {{datum}} since when. */
	const char *standing[PERMISSION_SUPERSEDED + 1];

	/*
	 * What the resident is asked, or told where there is nothing to ask:
	 * question.h. Who changes one of these raises QUESTION_VERSION.
	 */
	const char *question[KIND_VITAL_INTEREST + 1];

	/* How to end it, on the receipt. */
	const char *ending[KIND_VITAL_INTEREST + 1];

	/* The rest of the receipt (slip.h), ended by a NULL name. */
	const struct plain_label *labels;
};
extern const struct plain_words plain_nl, plain_en;

const struct plain_words *plain_words(enum plain_language language);

/* "nl" or "en"; WH_NOT_FOUND. */
enum wh_err plain_parse(const char *code, enum plain_language *out);

#define PLAIN_DATE_SIZE 40

/* "27 november 2027": the day in Amsterdam. Years 1970 to 9999. */
void plain_date(enum plain_language language, int64_t at_ms,
    char out[PLAIN_DATE_SIZE]);

#endif
