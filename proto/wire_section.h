/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_PROTO_WIRE_SECTION_H
#define WH_PROTO_WIRE_SECTION_H

#include <jansson.h>

#include "proto/wire.h"

/*
 * The 22 sealed bodies <-> the JSON objects of the API ("gegevens"), by the
 * descriptors of sections.proto: a field wijkhub_naam is the key wijkhubNaam.
 * Lives in adapters only (library wh_sections); the broker is not linked with
 * it. Field rules beyond the type (11-proof, postcode, dates, lengths) are
 * tables in wire_section_rules.c.
 */

/*
 * WH_INVALID or WH_TOO_BIG with a why naming the path ("naam.achternaam") and
 * the rule for an unknown key, a wrong type or a value that breaks a rule;
 * never the value. Empty strings, null and empty objects count as absent, and
 * so do 0 and false; an empty section is WH_INVALID. A postcode may come with
 * a space and goes without. out is freed with mem_free().
 */
enum wh_err wire_section_write(enum category category, const json_t *object,
    uint8_t **out, size_t *len, struct why *why);

/*
 * A new object (json_decref); WH_INVALID or WH_TOO_BIG when it does not parse
 * as category or breaks a rule of it.
 */
enum wh_err wire_section_read(enum category category, struct span body,
    json_t **out, struct why *why);

/* JSON Schema of the category's object, for openapi.json. New reference. */
json_t *wire_section_schema(enum category category);

#endif
