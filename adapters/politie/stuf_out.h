/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_ADAPTERS_POLITIE_STUF_OUT_H
#define WH_ADAPTERS_POLITIE_STUF_OUT_H

#include <jansson.h>

#include "adapters/politie/map.h"
#include "adapters/politie/stuf_in.h"

/*
 * StUF XML, written by libxml2 into memory. The heap text is the caller's
 * (mem_wipe_free with its length); NULL only when a text in it is not UTF-8.
 */

#define STUF_REFERENCE_SIZE 36
/* "WH-" and 32 hex digits: our referentienummer for this id. */
void stuf_out_reference(const struct id *id, char out[STUF_REFERENCE_SIZE]);

/*
 * An answer to the message that header came from: its sender becomes the
 * receiver. The schema wants an applicatie and a crossRefnummer in each
 * answer: when they could not be read they are "ONBEKEND" and empty.
 */
struct stuf_answer {
	const struct stuf_header *header;
	const char *applicatie; /* ours, when theirs cannot be read */
	const char *reference;
	int64_t now_ms;
};
char *stuf_out_bv03(const struct stuf_answer *answer, size_t *len);

/* code is of StUF 3.01; details at most 1000 characters. */
char *stuf_out_fo03(const struct stuf_answer *answer, const char *code,
    const char *details, size_t *len);

/* client or server, and the standard's own words; NULL: not in our table. */
const char *stuf_out_where(const char *code);
const char *stuf_out_meaning(const char *code);

/*
 * uitkomstMeldingGeneriekDi01 on the referral in dossier, from its "bron". The
 * outcome and nothing else: no name, no text, no contact of a resident. NULL
 * also when dossier lacks what the schema wants.
 */
char *stuf_out_outcome(const json_t *dossier, const struct map_outcome *outcome,
    const char *reference, int64_t now_ms, size_t *len);

#endif
