/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_ADAPTERS_LOOPBACK_MAP_H
#define WH_ADAPTERS_LOOPBACK_MAP_H

#include <jansson.h>

#include "proto/base/err.h"

/*
 * Their fields <-> ours; pure. "They" are an imaginary partner system whose
 * whole document is
 *
 *   {"nummer": "L-1", "soort": "werk", "wijk": "osdorpplein", "persoon":
 * "4711", "toestemming": "<id>", "naam": "…", "telefoon": "…", "vraag": "…"}
 */

/* The body of POST /v1/verwijzingen. WH_INVALID with the field that is wrong.
 */
enum wh_err map_to_referral(const json_t *document, json_t **referral,
    const char **field);

/* {"nummer", "status", "reden", "tekst"} for an event; a new reference. */
json_t *map_to_document(const json_t *dossier, const json_t *event);

#endif
