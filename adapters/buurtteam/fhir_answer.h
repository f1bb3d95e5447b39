/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_ADAPTERS_BUURTTEAM_FHIR_ANSWER_H
#define WH_ADAPTERS_BUURTTEAM_FHIR_ANSWER_H

#include "adapters/adapter.h"
#include "proto/base/span.h"

/*
 * What the team's system hears: a transaction-response, a resource, or an
 * OperationOutcome that names the element and never its value. Pure.
 */
void fhir_answer_write(const struct adapter_in *in,
    const struct outcome *outcome, struct adapter_reply *reply);

/*
 * The issue codes of an OperationOutcome that came back from them, as far as
 * they are codes of R4: "required, value"; "" when there are none.
 */
void fhir_answer_codes(struct span body, char *out, size_t size);

#endif
