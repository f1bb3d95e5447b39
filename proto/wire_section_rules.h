/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_PROTO_WIRE_SECTION_RULES_H
#define WH_PROTO_WIRE_SECTION_RULES_H

#include "proto/wire_check.h"

/*
 * For wire_section.c and its tests: the rules of the sealed bodies as data.
 * Bounds stand with each field of each message; what a text must look like
 * goes by the name of the field, which means the same in every message.
 */

/* The message of a category; NULL for a number that is none. Static. */
const struct wire_message *wire_section_rules(enum category category);

struct wire_section_format {
	const char *field;   /* its name in sections.proto */
	const char *rule;    /* "must be ...", for people */
	const char *pattern; /* ECMA 262, for the JSON Schema; also POSIX ERE */
	bool (*check)(const char *text); /* all of the rule */
	bool drop_space;                 /* people write it with spaces */
};

/* The format of texts in field; NULL when any text will do. Static. */
const struct wire_section_format *wire_section_format(const char *field);

/* All of them, ended by a NULL field. Static. */
const struct wire_section_format *wire_section_formats(void);

/* The longest field name is schriftelijke_herinnering, 25 characters. */
#define WIRE_SECTION_KEY_SIZE 40

/* The key of a field in JSON: bedrag_centen -> bedragCenten. */
void wire_section_key(const char *name, char key[WIRE_SECTION_KEY_SIZE]);

/* Bookkeeping of the widest section and its texts, with room to spare. */
#define WIRE_SECTION_ARENA_MAX ((size_t)(8 * SECTION_MAX))

struct ProtobufCFieldDescriptor;

/* One field of one message, and where it is for the why. */
struct wire_section_slot {
	const struct ProtobufCFieldDescriptor *field;
	const struct wire_rule *rule;
	struct wire_where where;
};

static inline bool
wire_section_is_list(const struct wire_section_slot *slot)
{
	return slot->rule->kind == WIRE_MESSAGES;
}

/* Does text, which is not empty, look as its field must? Else WH_INVALID. */
enum wh_err wire_section_check(const struct wire_section_slot *slot,
    const char *text, struct why *why);

#endif
