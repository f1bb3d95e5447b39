/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_ADAPTERS_PROGRESS_H
#define WH_ADAPTERS_PROGRESS_H

#include <jansson.h>

#include "proto/wire_withdrawal.h"

/*
 * How far a withdrawal came, as JSON: what the API shows as "intrekking". One
 * per record; several records of one consent, or of one code, are shown as one.
 *
 *   gevraagd, vastgelegd, doorgevoerd  when, or null
 *   index, doorgevoerdIndex            their places in the log
 *   openstaand                         members that have not reported
 *   aantalOpenstaand                   how many, also for who is no party
 *   vertrokken, aantalVertrokken       the same of those that left the alliance
 *                                      and gave no word: nothing is claimed
 *   teLaat                             somebody takes longer than a day
 *   aantallen                          messages by reach
 *   bereik                             each message, for a party
 *   bevestigd                          members whose signed report was checked
 */

/* Asked for now. New reference. */
json_t *progress_new(int64_t now_ms);

/* The hub recorded it: stage one. */
void progress_recorded(json_t *progress, int64_t at_ms, uint64_t index);

/*
 * What the hub says. report: what a member said in the signed report that came
 * along and was checked, or NULL. That a message was erased or retained is
 * believed on its recipient's word only; that all is carried through, when each
 * member that had something gave its word, or left: then w->departed_members,
 * which the caller compared with the register, says so. A hub that was put back
 * from a backup carries it through again: what was told before is not taken
 * back.
 */
void progress_take(json_t *progress, const struct withdrawal *withdrawal,
    const struct carried *report);

bool progress_done(const json_t *progress);

/* Asked for, and neither carried through nor refused. NULL is not. */
bool progress_under_way(const json_t *progress);

/*
 * Several as one: a stage is reached when it is in all. Items of list may be
 * NULL, and are then left out. New reference; NULL when nothing is in it.
 */
json_t *progress_merge(json_t *const *list, size_t count);

#endif
