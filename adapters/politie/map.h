/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_ADAPTERS_POLITIE_MAP_H
#define WH_ADAPTERS_POLITIE_MAP_H

#include <jansson.h>

#include "adapters/politie/stuf_in.h"

/*
 * meldingGeneriekDi01 <-> a referral of type zorgmelding, and back to an
 * outcome. Pure.
 *
 * What goes along is a whitelist per message type, as the Regeling justitiele
 * keteninformatisering Jeugdwet has it ("ten minste / ten hoogste"), cut to
 * the data categories of the type in the covenant:
 *
 *   left out by rule   burgerservicenummer, birth place and country,
 *                      municipality, nationalities, alien number; of other
 *                      persons everything but how many they are; every
 *                      address but one
 *   refused            leefgebieden 02, 04, 05 and 12, which the type has not;
 *                      anything that would have to be cut
 */
struct map_settings {
	const char *member;     /* who gets it when recipients is NULL */
	const char *recipients; /* "oin=member oin=member", or NULL */
	const char *decision;   /* number of the decision under the Wpg */
};

/*
 * The body of POST /v1/verwijzingen for a tree that stuf_shape_check let
 * through; owned by the caller. WH_INVALID, WH_TOO_BIG: fault is filled.
 */
enum wh_err map_referral(const struct map_settings *settings,
    const struct stuf_node *root, json_t **body, struct stuf_fault *fault);

/* The member for an organisation's number in recipients; WH_NOT_FOUND. */
#define MAP_MEMBER_SIZE 33
enum wh_err map_recipient(const char *recipients, const char *number,
    char out[MAP_MEMBER_SIZE]);

/* What the police hear: a status code and a sentence without a word of care. */
struct map_outcome {
	const char *code; /* "ZVH-03"; static */
	const char *text; /* static */
};

/*
 * The outcome that an event on the referral means, if it is one they asked
 * for: WH_NOT_FOUND when there is nothing to tell. midway: tell them also that
 * work has started.
 */
enum wh_err map_outcome(const json_t *dossier, const json_t *event, bool midway,
    struct map_outcome *out);

#endif
