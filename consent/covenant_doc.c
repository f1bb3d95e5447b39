/* SPDX-License-Identifier: EUPL-1.2 */
#include "consent/covenant_doc.h"

#include "proto/limits.h"

/* What is too long is told by the checks, which say more than libcyaml. */
#define TEXT_MAX 4096

#define TEXT(name, type, member)                                               \
	CYAML_FIELD_STRING_PTR(name, CYAML_FLAG_POINTER, type, member, 0,      \
	    TEXT_MAX)
#define TEXT_OR_NULL(name, type, member)                                       \
	CYAML_FIELD_STRING_PTR(name, CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, \
	    type, member, 0, TEXT_MAX)
#define NUMBER(type, member) CYAML_FIELD_INT(#member, 0, type, member)
#define NUMBER_OR_NULL(type, member)                                           \
	CYAML_FIELD_INT_PTR(#member, CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, \
	    type, member)
#define LIST(type, member, entry)                                              \
	CYAML_FIELD_SEQUENCE(#member, CYAML_FLAG_POINTER, type, member, entry, \
	    0, REGISTER_MEMBERS_MAX + 1)
#define LIST_OR_NULL(type, member, entry)                                      \
	CYAML_FIELD_SEQUENCE(#member,                                          \
	    CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, type, member, entry, 0,  \
	    REGISTER_MEMBERS_MAX + 1)

static const cyaml_schema_value_t word = {
    CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char, 0, TEXT_MAX)};

static const cyaml_schema_field_t area_fields[] = {TEXT("id", struct doc_area,
						       id),
    TEXT("name", struct doc_area, name),
    TEXT_OR_NULL("district", struct doc_area, district),
    CONF_FIELD_BOOL("focus", CYAML_FLAG_OPTIONAL, struct doc_area, focus),
    CYAML_FIELD_END};
static const cyaml_schema_value_t area = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct doc_area, area_fields)};

static const cyaml_schema_field_t role_fields[] = {TEXT("id", struct doc_role,
						       id),
    CONF_FIELD_BOOL("bsn", CYAML_FLAG_DEFAULT, struct doc_role, bsn),
    CONF_FIELD_BOOL_PTR("formal", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL,
	struct doc_role, formal),
    CYAML_FIELD_END};
static const cyaml_schema_value_t role = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct doc_role, role_fields)};

static const cyaml_schema_field_t desk_fields[] = {TEXT("id", struct doc_desk,
						       id),
    CYAML_FIELD_END};
static const cyaml_schema_value_t desk = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct doc_desk, desk_fields)};

static const cyaml_schema_field_t member_fields[] = {TEXT("id",
							 struct doc_member, id),
    TEXT("role", struct doc_member, role),
    TEXT("name", struct doc_member, name),
    TEXT_OR_NULL("oin", struct doc_member, oin),
    LIST(struct doc_member, areas, &word),
    LIST_OR_NULL(struct doc_member, desks, &desk), CYAML_FIELD_END};
static const cyaml_schema_value_t member = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct doc_member, member_fields)};

static const cyaml_schema_field_t instrument_fields[] =
    {TEXT("id", struct doc_instrument, id),
	TEXT("kind", struct doc_instrument, kind),
	TEXT("text", struct doc_instrument, text),
	TEXT("from", struct doc_instrument, from),
	TEXT_OR_NULL("until", struct doc_instrument, until),
	NUMBER_OR_NULL(struct doc_instrument, review_within_working_days),
	CYAML_FIELD_END};
static const cyaml_schema_value_t instrument = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct doc_instrument,
	instrument_fields)};

static const cyaml_schema_field_t activity_fields[] = {TEXT("id",
							   struct doc_activity,
							   id),
    TEXT("uri", struct doc_activity, uri),
    TEXT("notice", struct doc_activity, notice),
    NUMBER_OR_NULL(struct doc_activity, delay_working_days),
    NUMBER_OR_NULL(struct doc_activity, review_working_days),
    TEXT_OR_NULL("article", struct doc_activity, article), CYAML_FIELD_END};
static const cyaml_schema_value_t activity = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct doc_activity,
	activity_fields)};

static const cyaml_schema_field_t title_fields[] = {TEXT("nl", struct doc_title,
							nl),
    TEXT("en", struct doc_title, en), CYAML_FIELD_END};

static const cyaml_schema_field_t clocks_fields[] =
    {NUMBER_OR_NULL(struct doc_clocks, decide),
	NUMBER_OR_NULL(struct doc_clocks, contact),
	NUMBER_OR_NULL(struct doc_clocks, heartbeat), CYAML_FIELD_END};

static const cyaml_schema_field_t type_fields[] = {TEXT("id", struct doc_type,
						       id),
    CYAML_FIELD_MAPPING("title", CYAML_FLAG_DEFAULT, struct doc_type, title,
	title_fields),
    LIST(struct doc_type, from, &word), LIST(struct doc_type, to, &word),
    TEXT_OR_NULL("desk", struct doc_type, desk),
    LIST(struct doc_type, permission, &word),
    TEXT_OR_NULL("instrument", struct doc_type, instrument),
    TEXT("disclosure", struct doc_type, disclosure),
    LIST(struct doc_type, required, &word),
    LIST_OR_NULL(struct doc_type, optional, &word),
    LIST_OR_NULL(struct doc_type, feedback, &word),
    TEXT_OR_NULL("subject_notice", struct doc_type, subject_notice),
    CYAML_FIELD_MAPPING("clocks", CYAML_FLAG_DEFAULT, struct doc_type, clocks,
	clocks_fields),
    CONF_FIELD_BOOL("escalation_target", CYAML_FLAG_OPTIONAL, struct doc_type,
	escalation_target),
    TEXT_OR_NULL("activity", struct doc_type, activity), CYAML_FIELD_END};
static const cyaml_schema_value_t type = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct doc_type, type_fields)};

static const cyaml_schema_field_t retention_fields[] =
    {NUMBER(struct doc_retention, sections_after_end_working_days),
	NUMBER(struct doc_retention, shell_after_end_days),
	NUMBER(struct doc_retention, audit_years), CYAML_FIELD_END};

static const cyaml_schema_field_t covenant_fields[] = {TEXT("covenant",
							   struct covenant_doc,
							   covenant),
    NUMBER(struct covenant_doc, version),
    TEXT("valid_from", struct covenant_doc, valid_from),
    TEXT("holidays", struct covenant_doc, holidays),
    LIST(struct covenant_doc, areas, &area),
    LIST(struct covenant_doc, roles, &role),
    LIST(struct covenant_doc, members, &member),
    LIST(struct covenant_doc, categories, &word),
    LIST_OR_NULL(struct covenant_doc, instruments, &instrument),
    LIST_OR_NULL(struct covenant_doc, activities, &activity),
    LIST(struct covenant_doc, types, &type),
    CYAML_FIELD_MAPPING("retention", CYAML_FLAG_DEFAULT, struct covenant_doc,
	retention, retention_fields),
    CYAML_FIELD_END};

const cyaml_schema_value_t covenant_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct covenant_doc,
	covenant_fields)};
