/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_ADAPTERS_API_SHAPE_H
#define WH_ADAPTERS_API_SHAPE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/*
 * What the JSON of the API looks like, as tables. One table is the schema in
 * openapi.json, the check of what comes in, and the choice of what goes out:
 * so they cannot differ.
 */
enum shape_kind {
	SHAPE_TEXT, /* at most max characters; 0: as long as it is */
	SHAPE_TIME, /* RFC 3339, or a plain date */
	SHAPE_ID,   /* a UUID */
	SHAPE_BOOL,
	SHAPE_NUMBER,   /* a whole number, not negative; max 0: any */
	SHAPE_WORD,     /* one of words */
	SHAPE_OBJECT,   /* of */
	SHAPE_SECTIONS, /* "gegevens": each category by its own schema */
	SHAPE_NOTES     /* an object of any content */
};

#define SHAPE_REQUIRED 1u /* also: a text may not be empty */
#define SHAPE_NULLABLE 2u
#define SHAPE_LIST     4u /* of this kind; max_items */

/* The nth word of a vocabulary from 0, NULL behind the last. */
typedef const char *shape_words_fn(size_t n);

struct shape;
struct shape_field {
	const char *name;
	enum shape_kind kind;
	unsigned flags;
	size_t max;
	size_t max_items;
	shape_words_fn *words;
	const struct shape *of;
	const char *about; /* Dutch; NULL for what speaks for itself */
};

struct shape {
	const char *name; /* below components/schemas */
	const char *about;
	const struct shape_field *fields; /* ended by a NULL name */
	bool is_open;                     /* may hold more than the fields */
};

/* JSON Schema (2020-12), referring to others by name. New references. */
json_t *shape_schema(const struct shape *shape);
json_t *shape_field_schema(const struct shape_field *field);

/*
 * Append what is wrong with body to params as {"name", "code", "reason"}: name
 * is a path ("naar.lid", "gegevens.CONTACT.email"), code is required, unknown,
 * type, length, format or word. Says nothing about values that depend on more
 * than the body: those are the desk's to check.
 */
void shape_check(const struct shape *shape, const json_t *body, json_t *params);

/*
 * Only what the shape knows; absent values of sections (null, "", {}) are left
 * out, as they are on the wire. New reference.
 */
json_t *shape_view(const struct shape *shape, const json_t *body);

/* One entry of invalidParams. */
void shape_blame(json_t *params, const char *name, const char *code,
    const char *reason);

/* The shapes of the API, api_shapes.c. */
extern const struct shape shape_referral_new, shape_event_new,
    shape_consent_new, shape_question_new, shape_withdrawal_new,
    shape_withdrawal_empty, shape_erasure_new;
extern const struct shape shape_referral, shape_referral_list, shape_consent,
    shape_question, shape_withdrawal, shape_partners, shape_types, shape_proof,
    shape_problem;
extern const struct shape shape_list_query, shape_partner_query;

/* For the privacy officer, api_shapes_officer.c. */
extern const struct shape shape_log, shape_log_query, shape_report_new,
    shape_report, shape_consent_query, shape_consent_list, shape_review_query,
    shape_review_list;

/* All that stand in components/schemas, ended by NULL. */
extern const struct shape *const shape_all[], *const shape_officer_all[];

#endif
