/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_ADAPTERS_DESK_ERASE_H
#define WH_ADAPTERS_DESK_ERASE_H

#include "adapters/desk_state.h"

/*
 * What is about the person goes out of a dossier for good: sections, texts of
 * events, notes of our own, what jobs of it hold. What stays is a shell: which
 * referral it was, between whom, when, with which codes. The caller keeps the
 * dossier (dossier_put) in the same transaction. By whom and why is said in
 * "gebeurtenissen" as "gewist"; "gewistOp" is when, the first time.
 */
enum wh_err desk_erase_sections(struct shift *shift, const struct id *case_ref,
    json_t *dossier);

/*
 * The permission was withdrawn: what came from the other side goes out, and of
 * a referral that we sent what was still to follow. What we wrote ourselves
 * stays until the end of the term, as does "bron": the partner's system must
 * still be told.
 */
enum wh_err desk_erase_received(struct shift *shift, const struct id *case_ref,
    json_t *dossier);

/* Is there anything left that desk_erase_sections() would take out? */
bool desk_erase_needed(const json_t *dossier);

/*
 * Tell the sender that our copy is gone (ERASED), when we are the recipient
 * and the state lets us. Call it before dossier_put().
 */
enum wh_err desk_erase_report(struct shift *shift, json_t *dossier);

#endif
