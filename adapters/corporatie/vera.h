/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_ADAPTERS_CORPORATIE_VERA_H
#define WH_ADAPTERS_CORPORATIE_VERA_H

#include <jansson.h>

#include "proto/base/err.h"

/*
 * VERA 4.3 documents (Aedes): reading their JSON, and the code lists that this
 * adapter knows. Nothing in VERA is required, so every reader takes absence.
 * A code means nothing by itself: SCH is rent arrears, written or mould, by
 * the list and its parent. All pure.
 */

#define VERA_BASE "/vera/v4/"

/* object[key].code of a Referentiedata, or "". Borrowed. */
const char *vera_code(const json_t *object, const char *key);

/*
 * What stands under name in extra-attributen, or in the kenmerken of a Zaak.
 * WH_NOT_FOUND (then *value is ""); WH_EXISTS when it stands there twice with
 * different values; WH_INVALID when the value is not text.
 */
enum wh_err vera_attribute(const json_t *document, const char *name,
    const char **value);

/* Append {naam, waarde} to extra-attributen. */
void vera_attribute_add(json_t *document, const char *name, const char *value);

/* The key block (id, idExtern, ...) of an entity. New reference, perhaps {}. */
json_t *vera_keys(const json_t *entity);

/* The entry of zaakstatussen that holds now, or NULL: the one that began
 * last; of equals, and where a date cannot be read, the last in line. */
const json_t *vera_status_now(const json_t *zaak);

/* Remove every member called key, at any depth. */
void vera_strip(json_t *document, const char *key);

/* "2026-09-14T13:00:00Z": VERA takes no other zone. */
#define VERA_TIME_SIZE 25
void vera_time(int64_t at_ms, char out[VERA_TIME_SIZE]);

enum vera_list {
	VERA_SIGNALERINGSOORT,
	VERA_SIGNALERINGDETAILSOORT,
	VERA_SIGNALERINGSTATUS,
	VERA_EXTERNEINCASSOSOORT,
	VERA_EXTERNEINCASSOSTATUS,
	VERA_ZAAKTYPESOORT,
	VERA_ZAAKTYPEDETAILSOORT,
	VERA_ZAAKSTATUSSOORT,
	VERA_ZAAKROL,
	VERA_VERTROUWELIJKHEID,
	VERA_RELATIESOORT,
	VERA_CONTACTGEGEVENSOORT,
	VERA_DEFECTSOORT,
	VERA_DEFECTLOCATIE,
	VERA_DEFECTSTATUS,
	VERA_ONDERHOUDSOORT,
	VERA_ONDERHOUDSVERZOEKSTATUS,
	VERA_COMMUNICATIEKANAAL,
	VERA_COMMUNICATIERICHTING,
};

struct vera_row {
	enum vera_list list;
	const char *code;
	const char *name;
	const char *parent; /* code in the parent list; "" for none */
};

/*
 * The row for this list, code and parent; NULL when the list has no such code,
 * when it belongs to another parent, or when it has ended (Einddatum).
 */
const struct vera_row *vera_find(enum vera_list list, const char *code,
    const char *parent);

/* {code, naam} of a code that is in the list (it asserts). New reference. */
json_t *vera_ref(enum vera_list list, const char *code);

#endif
