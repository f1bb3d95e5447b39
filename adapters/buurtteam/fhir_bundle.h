/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_ADAPTERS_BUURTTEAM_FHIR_BUNDLE_H
#define WH_ADAPTERS_BUURTTEAM_FHIR_BUNDLE_H

#include "adapters/buurtteam/fhir.h"

/* A transaction of one Task, one ServiceRequest and one Patient. */

enum fhir_kind {
	FHIR_TASK,
	FHIR_REQUEST,
	FHIR_PATIENT
};
#define FHIR_KINDS 3

/* "Task", "ServiceRequest", "Patient". Static. */
const char *fhir_kind_name(enum fhir_kind kind);

struct fhir_part {
	const json_t *resource; /* borrowed from the document */
	const char *full_url;   /* borrowed, "" when absent */
	size_t entry;           /* its place in the Bundle */
	char path[48];          /* "Bundle.entry[0].resource" */
};

struct fhir_bundle {
	struct fhir_part part[FHIR_KINDS];
};

/*
 * Check the whole shape: type, the three entries and their requests, the
 * references between them, required elements and fixed values. Elements of R4
 * that the profile does not pass on are noted; elements that R4 does not have,
 * and those that change the meaning of others, are refused.
 */
enum wh_err fhir_bundle_read(const json_t *document, struct fhir_bundle *out,
    json_t *notes, struct fhir_fault *fault);

#endif
