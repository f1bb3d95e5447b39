/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_ADAPTERS_BUURTTEAM_FHIR_H
#define WH_ADAPTERS_BUURTTEAM_FHIR_H

#include <jansson.h>
#include <stdbool.h>

#include "proto/base/err.h"
#include "proto/terms.h"

/* The vocabulary and the small parts of FHIR R4 in JSON. Pure. */

#define FHIR_BASE "https://wijkhub.example/"

#define FHIR_BSN         "http://fhir.nl/fhir/NamingSystem/bsn"
#define FHIR_OIN         "urn:nld:oin"
#define FHIR_MEMBER      FHIR_BASE "NamingSystem/member"
#define FHIR_DESK        FHIR_BASE "NamingSystem/desk"
#define FHIR_CONSENT     FHIR_BASE "NamingSystem/toestemming"
#define FHIR_CASE        FHIR_BASE "NamingSystem/verwijzing"
#define FHIR_LEEFGEBIED  "urn:nl:jz0100:leefgebied"
#define FHIR_CATEGORY    FHIR_BASE "CodeSystem/categorie"
#define FHIR_TYPE        FHIR_BASE "CodeSystem/referral-type"
#define FHIR_AREA        FHIR_BASE "CodeSystem/buurt"
#define FHIR_STATE       FHIR_BASE "CodeSystem/status"
#define FHIR_EVENT       FHIR_BASE "CodeSystem/gebeurtenis"
#define FHIR_REASON      FHIR_BASE "CodeSystem/reden"
#define FHIR_REFUSAL     FHIR_BASE "CodeSystem/weigering"
#define FHIR_PARAMETER   FHIR_BASE "CodeSystem/task-parameter"
#define FHIR_DEFINITION  FHIR_BASE "StructureDefinition/"
#define FHIR_TASK_CODE   "http://hl7.org/fhir/CodeSystem/task-code"
#define FHIR_MEDIA       "application/fhir+json"
#define FHIR_MEDIA_REPLY "application/fhir+json; charset=utf-8"

/* Why a document cannot be used: an IssueType, a FHIRPath, what to do. */
struct fhir_fault {
	char code[32];
	char path[128];
	char text[WHY_MAX];
};

/* Fill it and return WH_INVALID. The path is parent.element, or parent. */
enum wh_err fhir_refuse(struct fhir_fault *fault, const char *code,
    const char *parent, const char *element, const char *text);

/*
 * What was left out by rule is said: append {"expression", "text"} to notes,
 * unless notes is NULL. Never holds a value.
 */
void fhir_note(json_t *notes, const char *parent, const char *element,
    const char *text);

/* Set value (stolen) unless it is NULL or empty; then it is let go. */
void fhir_set_new(json_t *object, const char *key, json_t *value);

/* The code of system in a CodeableConcept, "" when there is none. */
const char *fhir_code(const json_t *concept, const char *system);

/* The value of the first identifier of system in a list, "" if none. */
const char *fhir_identified(const json_t *identifiers, const char *system);

/* New references. text may be "". */
json_t *fhir_concept(const char *system, const char *code, const char *text);
json_t *fhir_identifier(const char *system, const char *value);

/* The category that a concept is coded as, by leefgebied or by name. */
enum wh_err fhir_category(const json_t *concept, enum category *out);

/* {"coding": [...], "text"} that says so; a new reference. */
json_t *fhir_category_concept(enum category category, const char *text);

/*
 * Fields of a section that FHIR has no element for are extensions under
 * FHIR_DEFINITION by their own names, nested as they are. keys: which, ended
 * by NULL, or NULL for all but "tekst". A new array; NULL when there are none.
 */
json_t *fhir_extensions(const json_t *section, const char *const *keys);

/*
 * The other way: set them in section. False when there are others than ours
 * and keys (NULL: any name), which are left where they are.
 */
bool fhir_extended(const json_t *extensions, const char *const *keys,
    json_t *section);

/* The valueString of an extension with this url, "" when there is none. */
const char *fhir_extension(const json_t *element, const char *url);

/*
 * Text that grows by paragraphs: *text is heap or NULL, more is added unless
 * it is empty or stands there already. Carriage returns are dropped.
 */
void fhir_paragraph(char **text, const char *more);
void fhir_paragraph_free(char *text); /* wipes; NULL is allowed */

#endif
