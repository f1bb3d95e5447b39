/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_ADAPTERS_API_REASON_H
#define WH_ADAPTERS_API_REASON_H

#include "proto/terms.h"

/*
 * What a refusal means and what to do, in Dutch that everybody reads (B1).
 * Pages and sector formats may show the same text.
 */
struct api_reason {
	int status; /* HTTP */
	const char *title;
	const char *advice;
};

/* For every reason but NONE, which gives the words for an unknown one. */
const struct api_reason *api_reason(enum reason reason);

/*
 * The Dutch for a rule of proto/wire_section ("must be ja or nee"); a rule
 * that is not in the table comes back as it is. Static or borrowed.
 */
const char *api_reason_rule(const char *rule);

#endif
