/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_ADAPTERS_BUURTTEAM_FHIR_TASK_H
#define WH_ADAPTERS_BUURTTEAM_FHIR_TASK_H

#include "adapters/buurtteam/fhir_bundle.h"
#include "proto/referral.h"

/*
 * A dossier -> Task, ServiceRequest and Patient. Pure. Whatever dossier is
 * given, whole or as the API shows it: only what may be read in its state
 * comes out.
 */

/* How a Task points to what it is about. */
enum fhir_form {
	FHIR_CONTAINED, /* ServiceRequest and Patient are within it */
	FHIR_LINKED,    /* to ServiceRequest/{id} and Patient/{id} */
	FHIR_LOGICAL    /* by the numbers that the sender gave them */
};

/*
 * The Task as it stands, or, with event (an entry of "gebeurtenissen"), as it
 * became by that event. New references.
 */
json_t *fhir_task_write(const json_t *dossier, const json_t *event,
    enum fhir_form form);

/* Any of the three by itself; NULL for a Patient that may not be read. */
json_t *fhir_task_resource(const json_t *dossier, enum fhir_kind kind);

/* A transaction that puts all three in place; NULL when Patient is not. */
json_t *fhir_task_bundle(const json_t *dossier, const json_t *event);

/* The code that a Task in this state shows as its statusReason, or "". */
const char *fhir_task_reason(const json_t *dossier);

/* Dutch for a state, as in businessStatus.text. Static. */
const char *fhir_task_state_text(enum referral_state state);

#endif
