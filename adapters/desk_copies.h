/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_ADAPTERS_DESK_COPIES_H
#define WH_ADAPTERS_DESK_COPIES_H

#include "adapters/desk_state.h"
#include "adapters/retention.h"

/*
 * Copies in the partner's own system that are to be erased because their
 * permission ended ("wissing" OPEN). The partner's system is told with an event
 * of its own, "wissingGevraagd", and again each working day until people say
 * what became of the copy. The caller keeps the dossier.
 */
enum wh_err copies_ask(struct shift *shift, const struct id *case_ref,
    json_t *dossier);

/* They said it: nobody is reminded any more. */
enum wh_err copies_answered(struct shift *shift, const struct id *case_ref,
    json_t *dossier);

/* A row of LOCAL_COPY whose time has come: ask again, unless it was answered or
 * is gone. Keeps the dossier. */
enum wh_err copies_remind(struct shift *shift, const struct id *case_ref,
    bool *reminded);

#endif
