/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_ADAPTERS_BUURTTEAM_FHIR_PERSON_H
#define WH_ADAPTERS_BUURTTEAM_FHIR_PERSON_H

#include "adapters/buurtteam/fhir.h"

/*
 * Patient (nl-core) <-> the sections CONTACT, ADDRESS and BSN. Pure.
 *
 * Into sections: of several names, addresses, numbers and languages the first
 * of the kind that is preferred goes along and the others are noted; so is
 * what a section has no field for.
 */
enum wh_err fhir_person_read(const json_t *patient, const char *path,
    json_t *sections, json_t *notes, struct fhir_fault *fault);

/* The element of Patient that a field of these sections comes from. Static. */
const char *fhir_person_element(enum category category, const char *field);

/* Their own number: the first identifier that is no BSN, else Patient.id. */
const char *fhir_person_client(const json_t *patient, const char **system);

/* A Patient without id from whatever sections there are; a new reference. */
json_t *fhir_person_write(const json_t *sections);

#endif
