/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_ADAPTERS_REVIEW_H
#define WH_ADAPTERS_REVIEW_H

#include <jansson.h>

#include "consent/register.h"
#include "proto/wire.h"

/*
 * Break-glass in a dossier: "beoordeling", for both sides to see, and who did
 * what here, which stays here ("behandelaars", "beoordelaar"). Pure.
 *
 *     "beoordeling": {"uiterlijk": "2026-…Z", "status": "open", "oordeel":
 *                     "GERECHTVAARDIGD", "op": "2026-…Z"}
 *
 * status: open, herinnerd, teLaat, afgerond.
 */

/* A referral of this kind came in: reckon as the hub does, until it says. */
void review_begin(json_t *dossier, const struct wh_register *reg,
    enum permission_kind kind, int64_t now_ms);

/* What the hub says about the time. */
void review_told(json_t *dossier, const struct notice *notice);

/* The recipient gave its verdict; or the hub did not take it. */
void review_given(json_t *dossier, enum code verdict, int64_t now_ms);
void review_undone(json_t *dossier, int64_t now_ms);

bool review_is_open(const json_t *dossier);

/*
 * Somebody of ours, by a reference of our own, did event. For a REVIEW it must
 * be somebody who handled nothing before: false, with what is wrong. "" is
 * nobody that we know of, which is enough for other events.
 */
bool review_person(json_t *dossier, enum referral_event event,
    const char *person, const char **wrong);

/* "GERECHTVAARDIGD" for CODE_JUSTIFIED; NULL for other codes. Static. */
const char *review_verdict(enum code code);

#endif
