/* SPDX-License-Identifier: EUPL-1.2 */
#include "adapters/plain.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "proto/base/workday.h"

static const struct plain_words *const languages[PLAIN_LANGUAGES] =
    {[PLAIN_NL] = &plain_nl, [PLAIN_EN] = &plain_en};

const struct plain_words *
plain_words(enum plain_language language)
{
	return languages[language];
}

enum wh_err
plain_parse(const char *code, enum plain_language *out)
{
	for (enum plain_language i = 0; i < PLAIN_LANGUAGES; i++) {
		if (strcmp(languages[i]->language, code) == 0) {
			*out = i;
			return WH_OK;
		}
	}
	return WH_NOT_FOUND;
}

void
plain_date(enum plain_language language, int64_t at_ms,
    char out[PLAIN_DATE_SIZE])
{
	time_t noon = ((time_t)workday_day(at_ms) * 24 + 12) * 3600;
	struct tm tm;

	gmtime_r(&noon, &tm);
	snprintf(out, PLAIN_DATE_SIZE, "%d %s %d", tm.tm_mday,
	    languages[language]->months[tm.tm_mon], tm.tm_year + 1900);
}
