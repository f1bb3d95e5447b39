/* SPDX-License-Identifier: EUPL-1.2 */
#include <protobuf-c/protobuf-c.h>

#include "proto/wire_check.h"

/* Deeper than any message of ours: a message that holds itself would be. */
#define DEPTH_MAX 6

static enum wh_err
misfit(const struct wire_where *where, const char *what, struct why *why)
{
	return wire_check_refuse(where, WH_CORRUPT, what, why);
}

static bool
is_number(ProtobufCType type)
{
	return type == PROTOBUF_C_TYPE_UINT32 ||
	       type == PROTOBUF_C_TYPE_SINT32 ||
	       type == PROTOBUF_C_TYPE_INT64 || type == PROTOBUF_C_TYPE_UINT64;
}

static bool
is_list(enum wire_kind kind)
{
	return kind == WIRE_TERMS || kind == WIRE_SLUGS ||
	       kind == WIRE_HASHES || kind == WIRE_MESSAGES;
}

static bool
rule_fits(const struct wire_rule *rule, const ProtobufCFieldDescriptor *d)
{
	if (is_list(rule->kind) != (d->label == PROTOBUF_C_LABEL_REPEATED))
		return false;
	switch (rule->kind) {
	case WIRE_ANY:
		return is_number(d->type) || d->type == PROTOBUF_C_TYPE_BOOL;
	case WIRE_NUMBER:
		return is_number(d->type);
	case WIRE_TERM:
	case WIRE_TERMS:
		return d->type == PROTOBUF_C_TYPE_UINT32;
	case WIRE_TEXT:
	case WIRE_TOKEN:
	case WIRE_SLUG:
	case WIRE_SLUGS:
	case WIRE_LETTERS:
	case WIRE_DIGITS:
		return d->type == PROTOBUF_C_TYPE_STRING;
	case WIRE_BYTES:
	case WIRE_FIXED:
	case WIRE_ID:
	case WIRE_HASHES:
		return d->type == PROTOBUF_C_TYPE_BYTES;
	case WIRE_MESSAGE:
	case WIRE_MESSAGES:
		return d->type == PROTOBUF_C_TYPE_MESSAGE && rule->of != NULL &&
		       rule->of->descriptor == d->descriptor;
	}
	return false;
}

/* NOLINTBEGIN(misc-no-recursion): as deep as the contract is, which
 * wire_rules_complete() bounds. */
static enum wh_err check_all(const struct wire_message *what,
    const struct wire_where *up, size_t depth, size_t *fields, struct why *why);

static enum wh_err
check_one(const struct wire_message *what, unsigned index,
    const struct wire_where *up, size_t depth, size_t *fields, struct why *why)
{
	const ProtobufCFieldDescriptor *d = &what->descriptor->fields[index];
	struct wire_where where = {.up = up, .name = d->name};
	const struct wire_rule *rule = &what->rules[index];

	if (index >= what->count || strcmp(rule->field, d->name) != 0)
		return misfit(&where, "has no rule", why);
	if (!rule_fits(rule, d))
		return misfit(&where, "has a rule for another type", why);
	if (rule->min > rule->max)
		return misfit(&where, "has a rule that nothing meets", why);
	(*fields)++;
	if (rule->of != NULL)
		return check_all(rule->of, &where, depth + 1, fields, why);
	return WH_OK;
}

static enum wh_err
check_all(const struct wire_message *what, const struct wire_where *up,
    size_t depth, size_t *fields, struct why *why)
{
	enum wh_err err = WH_OK;

	if (depth > DEPTH_MAX)
		return misfit(up, "is nested too deep", why);
	for (unsigned i = 0; err == WH_OK && i < what->descriptor->n_fields;
	     i++)
		err = check_one(what, i, up, depth, fields, why);
	if (err == WH_OK && what->count != what->descriptor->n_fields)
		err = misfit(up, "has rules without a field", why);
	return err;
}

/* NOLINTEND(misc-no-recursion) */

enum wh_err
wire_rules_complete(const struct wire_message *what, size_t *fields,
    struct why *why)
{
	struct wire_where where = {.name = what->descriptor->short_name};
	size_t count = 0;
	enum wh_err err = check_all(what, &where, 1, &count, why);

	if (err == WH_OK)
		*fields = count;
	return err;
}
