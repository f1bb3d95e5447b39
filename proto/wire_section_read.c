/* SPDX-License-Identifier: EUPL-1.2 */
#include <protobuf-c/protobuf-c.h>

#include "proto/wire_section.h"
#include "proto/wire_section_rules.h"

static enum wh_err
refuse(struct why *why, const struct wire_section_slot *slot, const char *rule)
{
	return wire_check_refuse(&slot->where, WH_INVALID, rule, why);
}

/* NOLINTBEGIN(misc-no-recursion): as deep as the contract is, which is 2. */
static enum wh_err show(struct why *why, const struct wire_message *what,
    const ProtobufCMessage *message, const struct wire_where *up, json_t **out);

static enum wh_err
show_text(struct why *why, const struct wire_section_slot *slot, const void *at,
    json_t **out)
{
	const char *text;
	enum wh_err err;

	memcpy(&text, at, sizeof(text));
	if (text == NULL || *text == '\0')
		return WH_OK;
	err = wire_section_check(slot, text, why);
	if (err != WH_OK)
		return err;
	*out = json_string(text);
	return *out != NULL ? WH_OK : refuse(why, slot, "must be UTF-8");
}

static json_t *
show_number(const struct wire_section_slot *slot, const void *at)
{
	int64_t number = 0;
	uint32_t small;

	if (slot->field->type == PROTOBUF_C_TYPE_UINT32) {
		memcpy(&small, at, sizeof(small));
		number = small;
	} else {
		memcpy(&number, at, sizeof(number));
	}
	return number == 0 ? NULL : json_integer(number);
}

static enum wh_err
show_list(struct why *why, const struct wire_section_slot *slot,
    const uint8_t *base, json_t **out)
{
	struct wire_section_slot item = *slot;
	json_t *list = json_array();
	ProtobufCMessage **items;
	enum wh_err err = WH_OK;
	size_t count;

	memcpy(&items, base + slot->field->offset, sizeof(void *));
	memcpy(&count, base + slot->field->quantifier_offset, sizeof(count));
	for (size_t i = 0; err == WH_OK && i < count; i++) {
		json_t *object = NULL;

		item.where.item = i + 1;
		err = show(why, slot->rule->of, items[i], &item.where, &object);
		if (err == WH_OK && object == NULL)
			err = refuse(why, &item, "must not be empty");
		if (err == WH_OK)
			json_array_append_new(list, object);
	}
	if (err == WH_OK && count > 0)
		*out = list;
	else
		json_decref(list);
	return err;
}

/* *out stays NULL for a field that is not there. */
static enum wh_err
show_value(struct why *why, const struct wire_section_slot *slot,
    const ProtobufCMessage *message, json_t **out)
{
	const uint8_t *base = (const uint8_t *)message;
	const void *at = base + slot->field->offset;
	const ProtobufCMessage *below;
	protobuf_c_boolean yes;

	if (wire_section_is_list(slot))
		return show_list(why, slot, base, out);
	switch (slot->rule->kind) {
	case WIRE_ANY:
		memcpy(&yes, at, sizeof(yes));
		*out = yes ? json_true() : NULL;
		return WH_OK;
	case WIRE_NUMBER:
		*out = show_number(slot, at);
		return WH_OK;
	case WIRE_MESSAGE:
		memcpy(&below, at, sizeof(void *));
		if (below == NULL)
			return WH_OK;
		return show(why, slot->rule->of, below, &slot->where, out);
	case WIRE_TEXT:
		return show_text(why, slot, at, out);
	case WIRE_TERM:
	case WIRE_TERMS:
	case WIRE_TOKEN:
	case WIRE_SLUG:
	case WIRE_SLUGS:
	case WIRE_LETTERS:
	case WIRE_DIGITS:
	case WIRE_BYTES:
	case WIRE_FIXED:
	case WIRE_ID:
	case WIRE_HASHES:
	case WIRE_MESSAGES:
		break;
	}
	return refuse(why, slot, "has no rule");
}

/* *out stays NULL when nothing is in it. */
static enum wh_err
show(struct why *why, const struct wire_message *what,
    const ProtobufCMessage *message, const struct wire_where *up, json_t **out)
{
	const ProtobufCMessageDescriptor *type = what->descriptor;
	json_t *object = json_object();
	enum wh_err err = WH_OK;

	for (unsigned i = 0; err == WH_OK && i < type->n_fields; i++) {
		char key[WIRE_SECTION_KEY_SIZE];
		struct wire_section_slot slot = {
		    .field = &type->fields[i],
		    .rule = &what->rules[i],
		    .where = {.up = up, .name = key},
		};
		json_t *value = NULL;

		wire_section_key(slot.field->name, key);
		err = show_value(why, &slot, message, &value);
		if (value != NULL)
			json_object_set_new(object, key, value);
	}
	if (err == WH_OK && json_object_size(object) > 0)
		*out = object;
	else
		json_decref(object);
	return err;
}

/* NOLINTEND(misc-no-recursion) */

enum wh_err
wire_section_read(enum category category, struct span body, json_t **out,
    struct why *why)
{
	const struct wire_message *what = wire_section_rules(category);
	const ProtobufCMessage *message = NULL;
	struct arena arena;
	json_t *object = NULL;
	enum wh_err err;

	if (what == NULL)
		return why_set(why, WH_INVALID, "no such category");
	arena_init(&arena, WIRE_SECTION_ARENA_MAX);
	err = wire_check_read(&arena, what, body, &message, why);
	if (err == WH_OK)
		err = show(why, what, message, NULL, &object);
	if (err == WH_OK && object == NULL)
		err = why_set(why, WH_INVALID, "must not be empty");
	if (err == WH_OK)
		*out = object;
	arena_fini(&arena);
	return err;
}
