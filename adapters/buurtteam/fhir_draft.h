/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_ADAPTERS_BUURTTEAM_FHIR_DRAFT_H
#define WH_ADAPTERS_BUURTTEAM_FHIR_DRAFT_H

#include "adapters/buurtteam/fhir_bundle.h"
#include "proto/wire_register.h"

/* For fhir_referral.c and fhir_need.c: what they fill together. */

/* A referral in the making. */
struct fhir_draft {
	struct fhir_bundle bundle;
	const struct wh_register *reg;
	const struct reg_type *type; /* NULL: no covenant yet */
	uint32_t allowed;
	uint32_t required;
	json_t *body;     /* owned */
	json_t *sections; /* borrowed from body */
	char *reasons;    /* heap: what is asked, without a leefgebied */
	char *story;      /* heap: that, and every note */
	bool told;        /* the whole story is in a section */
	json_t *notes;
	struct fhir_fault *fault;
};

static inline const json_t *
fhir_draft_resource(const struct fhir_draft *d, enum fhir_kind kind)
{
	return d->bundle.part[kind].resource;
}

static inline const char *
fhir_draft_path(const struct fhir_draft *d, enum fhir_kind kind)
{
	return d->bundle.part[kind].path;
}

static inline enum wh_err
fhir_draft_refuse(struct fhir_draft *d, const char *code, enum fhir_kind kind,
    const char *element, const char *text)
{
	return fhir_refuse(d->fault, code, fhir_draft_path(d, kind), element,
	    text);
}

static inline bool
fhir_draft_allows(const struct fhir_draft *d, enum category category)
{
	return (d->allowed & category_bit(category)) != 0;
}

/*
 * What is asked: reasons, notes and leefgebieden of ServiceRequest and Task
 * into sections. No text is dropped: what no section can hold is refused.
 */
enum wh_err fhir_need_read(struct fhir_draft *draft);

#endif
