/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_ADAPTERS_BUURTTEAM_FHIR_EVENT_H
#define WH_ADAPTERS_BUURTTEAM_FHIR_EVENT_H

#include "adapters/buurtteam/fhir.h"
#include "proto/referral.h"

/*
 * A Task that was PUT -> an event on its referral. Pure. Which event a status
 * means follows from the table of referral.h: the one that leads from the
 * state of the dossier to a state with that Task.status.
 */

/*
 * *body is what POST .../gebeurtenissen takes, owned by the caller; NULL when
 * the Task says nothing that is new. An event that the state forbids is read
 * all the same: the desk answers it with what is allowed. fault code
 * "conflict": nobody can set this status from here.
 */
enum wh_err fhir_event_read(const json_t *task, const json_t *dossier,
    int64_t now_ms, json_t **body, struct fhir_fault *fault);

/* Where in the Task a field of the event comes from. Static. */
const char *fhir_event_origin(const json_t *task, const char *field);

#endif
