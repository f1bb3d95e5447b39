/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_CONSENT_COVENANT_DOC_H
#define WH_CONSENT_COVENANT_DOC_H

#include "consent/register_check.h"
#include "proto/base/conf.h"

/*
 * The covenant as it stands in the YAML text: words, dates and numbers, not
 * looked at yet. Filled by libcyaml from covenant_schema; all of it owned by
 * the document (conf_free). Optional fields are NULL when absent.
 */
struct doc_area {
	char *id;
	char *name;
	char *district;
	bool focus;
};

struct doc_role {
	char *id;
	bool bsn;
	bool *formal;
};

struct doc_desk {
	char *id;
};

struct doc_member {
	char *id;
	char *role;
	char *name;
	char *oin;
	char **areas; /* the one word "all" stands for each */
	uint32_t areas_count;
	struct doc_desk *desks;
	uint32_t desks_count;
};

struct doc_instrument {
	char *id;
	char *kind;
	char *text;
	char *from;
	char *until;
	int32_t *review_within_working_days;
};

struct doc_activity {
	char *id;
	char *uri;
	char *notice;
	int32_t *delay_working_days;
	int32_t *review_working_days;
	char *article;
};

struct doc_title {
	char *nl;
	char *en;
};

struct doc_clocks {
	int32_t *decide;
	int32_t *contact;
	int32_t *heartbeat;
};

struct doc_type {
	char *id;
	struct doc_title title;
	char **from;
	uint32_t from_count;
	char **to;
	uint32_t to_count;
	char *desk;
	char **permission;
	uint32_t permission_count;
	char *instrument;
	char *disclosure;
	char **required;
	uint32_t required_count;
	char **optional;
	uint32_t optional_count;
	char **feedback;
	uint32_t feedback_count;
	char *subject_notice;
	struct doc_clocks clocks;
	bool escalation_target;
	char *activity;
};

struct doc_retention {
	int32_t sections_after_end_working_days;
	int32_t shell_after_end_days;
	int32_t audit_years;
};

struct covenant_doc {
	char *covenant;
	int64_t version;
	char *valid_from;
	char *holidays;
	struct doc_area *areas;
	uint32_t areas_count;
	struct doc_role *roles;
	uint32_t roles_count;
	struct doc_member *members;
	uint32_t members_count;
	char **categories;
	uint32_t categories_count;
	struct doc_instrument *instruments;
	uint32_t instruments_count;
	struct doc_activity *activities;
	uint32_t activities_count;
	struct doc_type *types;
	uint32_t types_count;
	struct doc_retention retention;
};

extern const cyaml_schema_value_t covenant_schema;

/*
 * The register that the document describes, checked as a whole. check->at says
 * where when the answer is not WH_OK. *out borrows from arena only.
 */
enum wh_err covenant_read(struct arena *arena, const struct covenant_doc *doc,
    struct check *check, struct wh_register *out);

#endif
