/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_ADAPTERS_REPORT_WORDS_H
#define WH_ADAPTERS_REPORT_WORDS_H

#include "proto/terms.h"

/* The sentences of report.h, in plain Dutch (B1). For report.c alone. */

/* What happened, by the word of events.h; "" when it is of no concern. */
const char *report_event(const char *word);

/* How far a withdrawal came with one message; NULL for none. */
const char *report_reach(enum reach reach);

/* How a referral stands, by its word of terms.h. */
const char *report_state(const char *state);

struct report_right {
	const char *text;
	const char *article;
};
/* What the resident can do; ended by a NULL text. */
extern const struct report_right report_rights[];

/* The whole, for template.h. */
extern const char report_template[];

#endif
