/* SPDX-License-Identifier: EUPL-1.2 */
#include "proto/wire_section.h"

#include <protobuf-c/protobuf-c.h>
#include <stdio.h>

#include "proto/base/text.h"
#include "proto/wire_section_rules.h"

/* What one direction carries along. */
struct way {
	struct arena *arena; /* borrowed */
	struct why *why;     /* borrowed, may be NULL */
};

static enum wh_err
refuse(const struct way *way, const struct wire_section_slot *slot,
    enum wh_err err, const char *rule)
{
	return wire_check_refuse(&slot->where, err, rule, way->why);
}

/* NOLINTBEGIN(misc-no-recursion): as deep as the contract is, which is 2. */
static enum wh_err fill(const struct way *way, const struct wire_message *what,
    const json_t *object, const struct wire_where *up,
    ProtobufCMessage **message);

static enum wh_err
set_bool(const struct way *way, const struct wire_section_slot *slot,
    const json_t *value, void *at)
{
	protobuf_c_boolean yes = json_is_true(value);

	if (!json_is_boolean(value))
		return refuse(way, slot, WH_INVALID, "must be true or false");
	memcpy(at, &yes, sizeof(yes));
	return WH_OK;
}

static enum wh_err
set_number(const struct way *way, const struct wire_section_slot *slot,
    const json_t *value, void *at)
{
	int64_t number = json_integer_value(value);
	uint32_t small = (uint32_t)number;
	char rule[80];

	if (!json_is_integer(value))
		return refuse(way, slot, WH_INVALID, "must be a whole number");
	if (number < slot->rule->min || number > slot->rule->max) {
		snprintf(rule, sizeof(rule), "must be %lld to %lld",
		    (long long)slot->rule->min, (long long)slot->rule->max);
		return refuse(way, slot, WH_INVALID, rule);
	}
	if (slot->field->type == PROTOBUF_C_TYPE_UINT32)
		memcpy(at, &small, sizeof(small));
	else
		memcpy(at, &number, sizeof(number));
	return WH_OK;
}

/* "1064 HA" -> "1064HA" */
static struct span
squeeze(struct arena *arena, struct span text)
{
	char *copy = arena_alloc(arena, text.len + 1);
	size_t len = 0;

	if (copy == NULL)
		return text;
	for (size_t i = 0; i < text.len; i++) {
		if (text.p[i] != ' ')
			copy[len++] = (char)text.p[i];
	}
	return span_of(copy, len);
}

/* The message borrows the text of the JSON, which ends with a NUL. */
static enum wh_err
set_text(const struct way *way, const struct wire_section_slot *slot,
    const json_t *value, void *at)
{
	const struct wire_section_format *format =
	    wire_section_format(slot->field->name);
	struct span text =
	    span_of(json_string_value(value), json_string_length(value));
	char rule[80];
	char *borrowed;

	if (!json_is_string(value))
		return refuse(way, slot, WH_INVALID, "must be text");
	if (text.len > (size_t)slot->rule->max) {
		snprintf(rule, sizeof(rule), "must have at most %lld bytes",
		    (long long)slot->rule->max);
		return refuse(way, slot, WH_TOO_BIG, rule);
	}
	if (!text_is_clean(text))
		return refuse(way, slot, WH_INVALID,
		    "must be UTF-8 without control characters");
	if (format != NULL && format->drop_space)
		text = squeeze(way->arena, text);
	borrowed = wire_unconst(text.p);
	memcpy(at, &borrowed, sizeof(borrowed));
	return wire_section_check(slot, borrowed, way->why);
}

static enum wh_err
set_message(const struct way *way, const struct wire_section_slot *slot,
    const json_t *value, void *at)
{
	ProtobufCMessage *message = NULL;
	enum wh_err err;

	if (!json_is_object(value))
		return refuse(way, slot, WH_INVALID, "must be an object");
	err = fill(way, slot->rule->of, value, &slot->where, &message);
	if (err != WH_OK)
		return err;
	/* An object with nothing in it counts as absent. */
	if (protobuf_c_message_get_packed_size(message) > 0)
		memcpy(at, &message, sizeof(void *));
	return WH_OK;
}

static enum wh_err
set_list(const struct way *way, const struct wire_section_slot *slot,
    const json_t *value, uint8_t *base)
{
	size_t count = json_array_size(value);
	struct wire_section_slot item = *slot;
	ProtobufCMessage **items;
	enum wh_err err = WH_OK;

	if (!json_is_array(value))
		return refuse(way, slot, WH_INVALID, "must be a list");
	if (count > (size_t)slot->rule->max)
		return refuse(way, slot, WH_TOO_BIG, "too many in this list");
	if (count == 0)
		return WH_OK;
	items = arena_alloc(way->arena, count * sizeof(void *));
	if (items == NULL)
		return refuse(way, slot, WH_TOO_BIG, "takes too much memory");
	for (size_t i = 0; err == WH_OK && i < count; i++) {
		item.where.item = i + 1;
		err = set_message(way, &item, json_array_get(value, i),
		    &items[i]);
		if (err == WH_OK && items[i] == NULL)
			err =
			    refuse(way, &item, WH_INVALID, "must not be empty");
	}
	memcpy(base + slot->field->offset, &items, sizeof(void *));
	memcpy(base + slot->field->quantifier_offset, &count, sizeof(count));
	return err;
}

static enum wh_err
set_value(const struct way *way, const struct wire_section_slot *slot,
    const json_t *value, ProtobufCMessage *message)
{
	uint8_t *base = (uint8_t *)message;
	void *at = base + slot->field->offset;
	bool is_empty_text =
	    json_is_string(value) && json_string_length(value) == 0;

	if (value == NULL || json_is_null(value) || is_empty_text)
		return WH_OK;
	if (wire_section_is_list(slot))
		return set_list(way, slot, value, base);
	switch (slot->rule->kind) {
	case WIRE_ANY:
		return set_bool(way, slot, value, at);
	case WIRE_NUMBER:
		return set_number(way, slot, value, at);
	case WIRE_MESSAGE:
		return set_message(way, slot, value, at);
	case WIRE_TEXT:
		return set_text(way, slot, value, at);
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
	return refuse(way, slot, WH_INVALID, "has no rule");
}

/* Is it the kind of word that a field name could be? Then it may be shown. */
static bool
is_word(const char *key)
{
	size_t len = strlen(key);

	return len > 0 && len < WIRE_SECTION_KEY_SIZE &&
	       strspn(key,
		   "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") ==
		   len;
}

static const ProtobufCFieldDescriptor *
find_field(const ProtobufCMessageDescriptor *type, const char *key)
{
	char known[WIRE_SECTION_KEY_SIZE];

	for (unsigned i = 0; i < type->n_fields; i++) {
		wire_section_key(type->fields[i].name, known);
		if (strcmp(known, key) == 0)
			return &type->fields[i];
	}
	return NULL;
}

static enum wh_err
fill_key(const struct way *way, const struct wire_message *what,
    const char *key, const json_t *value, const struct wire_where *up,
    ProtobufCMessage *message)
{
	const ProtobufCMessageDescriptor *type = what->descriptor;
	struct wire_section_slot slot = {
	    .field = find_field(type, key),
	    .where = {.up = up, .name = is_word(key) ? key : "(key)"},
	};

	if (slot.field == NULL)
		return refuse(way, &slot, WH_INVALID, "is not a known key");
	slot.rule = &what->rules[slot.field - type->fields];
	return set_value(way, &slot, value, message);
}

static enum wh_err
fill(const struct way *way, const struct wire_message *what,
    const json_t *object, const struct wire_where *up,
    ProtobufCMessage **message)
{
	ProtobufCMessage *made =
	    arena_alloc(way->arena, what->descriptor->sizeof_message);
	enum wh_err err = WH_OK;
	const char *key;
	json_t *value;

	if (made == NULL)
		return why_set(way->why, WH_TOO_BIG, "takes too much memory");
	protobuf_c_message_init(what->descriptor, made);
	json_object_foreach(wire_unconst(object), key, value)
	{
		err = fill_key(way, what, key, value, up, made);
		if (err != WH_OK)
			return err;
	}
	*message = made;
	return WH_OK;
}

/* NOLINTEND(misc-no-recursion) */

enum wh_err
wire_section_write(enum category category, const json_t *object, uint8_t **out,
    size_t *len, struct why *why)
{
	const struct wire_message *what = wire_section_rules(category);
	struct arena arena;
	struct way way = {.arena = &arena, .why = why};
	ProtobufCMessage *message = NULL;
	enum wh_err err;

	if (what == NULL)
		return why_set(why, WH_INVALID, "no such category");
	if (!json_is_object(object))
		return why_set(why, WH_INVALID, "must be an object");
	arena_init(&arena, WIRE_SECTION_ARENA_MAX);
	err = fill(&way, what, object, NULL, &message);
	if (err != WH_OK)
		goto out;
	if (protobuf_c_message_get_packed_size(message) == 0) {
		err = why_set(why, WH_INVALID, "must not be empty");
		goto out;
	}
	err = wire_check_write(what, message, out, len);
	if (err != WH_OK)
		why_set(why, err, "must fit in %u bytes", SECTION_MAX);
out:
	arena_fini(&arena);
	return err;
}
