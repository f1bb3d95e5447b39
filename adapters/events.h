/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_ADAPTERS_EVENTS_H
#define WH_ADAPTERS_EVENTS_H

#include <jansson.h>

#include "proto/referral.h"

/* The Dutch words of the API for events and states, in one table. */

/* "accepteren" for EVENT_ACCEPT; NULL for events without a word. Static. */
const char *events_word(enum referral_event event);

/* WH_NOT_FOUND for a word that professionals cannot use. */
enum wh_err events_parse(const char *word, enum referral_event *out);

/* A code by its word; a verdict of a review also in Dutch. WH_NOT_FOUND. */
enum wh_err events_code(const char *word, enum code *out);

/* After these the resident has been contacted: no giving back any more. */
bool events_mean_contact(enum referral_event event);

/* What the hub did, by the state that it led to: "bezorgd", … Static. */
const char *events_hub_word(enum referral_state state);

/* The allowed words in this view, for the 409 answer. New reference. */
json_t *events_allowed(const struct referral_view *view, enum actor actor,
    int64_t now_ms);

#endif
