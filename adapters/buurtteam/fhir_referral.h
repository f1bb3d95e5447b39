/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_ADAPTERS_BUURTTEAM_FHIR_REFERRAL_H
#define WH_ADAPTERS_BUURTTEAM_FHIR_REFERRAL_H

#include "adapters/buurtteam/fhir_bundle.h"
#include "proto/wire_register.h"

/*
 * A transaction Bundle -> the body of POST /v1/verwijzingen. Pure. What each
 * element becomes is in README.md beside this file.
 *
 * reg may be NULL, before the first covenant: then every category but BSN is
 * taken, which the desk does not send anywhere.
 */
enum wh_err fhir_referral_read(const json_t *document,
    const struct wh_register *reg, json_t **body, json_t *notes,
    struct fhir_fault *fault);

/*
 * Where in the Bundle a field of the referral ("gegevens.CONTACT", "client")
 * comes from; the Bundle itself when it cannot be said. why is the desk's
 * explanation, which starts with the field within a section.
 */
void fhir_referral_origin(const json_t *document, const char *field,
    const char *why, char out[128]);

#endif
