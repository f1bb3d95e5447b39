/* SPDX-License-Identifier: EUPL-1.2 */
#include "proto/terms.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

#define TERM(symbol, number, text) {(number), (text)},
#define END                                                                    \
	{                                                                      \
		0, NULL                                                        \
	}
static const struct term categories[] = {TERMS_CATEGORY(TERM) END};
static const struct term events[] = {TERMS_EVENT(TERM) END};
static const struct term states[] = {TERMS_STATE(TERM) END};
static const struct term kinds[] = {TERMS_PERMISSION_KIND(TERM) END};
static const struct term permission_events[] = {
    TERMS_PERMISSION_EVENT(TERM) END};
static const struct term reasons[] = {TERMS_REASON(TERM) END};
static const struct term codes[] = {TERMS_CODE(TERM) END};
static const struct term reaches[] = {TERMS_REACH(TERM) END};
static const struct term representatives[] = {TERMS_REPRESENTATIVE(TERM) END};
static const struct term captures[] = {TERMS_CAPTURE_HOW(TERM) END};
static const struct term disclosures[] = {TERMS_DISCLOSURE(TERM) END};
static const struct term key_uses[] = {TERMS_KEY_USE(TERM) END};
static const struct term busies[] = {TERMS_BUSY(TERM) END};
static const struct term witness_verdicts[] = {TERMS_WITNESS_VERDICT(TERM) END};
#undef TERM
#undef END

static const struct term *const tables[] = {
    [TERMS_CATEGORIES] = categories,
    [TERMS_EVENTS] = events,
    [TERMS_STATES] = states,
    [TERMS_PERMISSION_KINDS] = kinds,
    [TERMS_PERMISSION_EVENTS] = permission_events,
    [TERMS_REASONS] = reasons,
    [TERMS_CODES] = codes,
    [TERMS_REACHES] = reaches,
    [TERMS_REPRESENTATIVES] = representatives,
    [TERMS_CAPTURES] = captures,
    [TERMS_DISCLOSURES] = disclosures,
    [TERMS_KEY_USES] = key_uses,
    [TERMS_BUSIES] = busies,
    [TERMS_WITNESS_VERDICTS] = witness_verdicts,
};

const struct term *
terms_all(enum terms_table table)
{
	assert((size_t)table < sizeof(tables) / sizeof(tables[0]));
	return tables[table];
}

const char *
terms_text(enum terms_table table, uint32_t number)
{
	for (const struct term *t = terms_all(table); t->text != NULL; t++) {
		if (t->number == number)
			return t->text;
	}
	return NULL;
}

enum wh_err
terms_number(enum terms_table table, const char *text, uint32_t *out)
{
	for (const struct term *t = terms_all(table); t->text != NULL; t++) {
		if (strcmp(t->text, text) == 0) {
			*out = t->number;
			return WH_OK;
		}
	}
	return WH_NOT_FOUND;
}
