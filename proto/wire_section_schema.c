/* SPDX-License-Identifier: EUPL-1.2 */
#include <protobuf-c/protobuf-c.h>

#include "proto/wire_section.h"
#include "proto/wire_section_rules.h"

/* NOLINTBEGIN(misc-no-recursion): as deep as the contract is, which is 2. */
static json_t *schema_of(const struct wire_message *what);

static json_t *
schema_text(const struct wire_section_slot *slot)
{
	const struct wire_section_format *format =
	    wire_section_format(slot->field->name);
	json_t *schema = json_pack("{s:s, s:I}", "type", "string", "maxLength",
	    (json_int_t)slot->rule->max);

	if (format != NULL) {
		json_object_set_new(schema, "pattern",
		    json_string(format->pattern));
		json_object_set_new(schema, "description",
		    json_string(format->rule));
	}
	return schema;
}

static json_t *
schema_field(const struct wire_section_slot *slot)
{
	if (wire_section_is_list(slot))
		return json_pack("{s:s, s:I, s:o}", "type", "array", "maxItems",
		    (json_int_t)slot->rule->max, "items",
		    schema_of(slot->rule->of));
	if (slot->field->type == PROTOBUF_C_TYPE_MESSAGE)
		return schema_of(slot->rule->of);
	if (slot->field->type == PROTOBUF_C_TYPE_BOOL)
		return json_pack("{s:s}", "type", "boolean");
	if (slot->field->type == PROTOBUF_C_TYPE_STRING)
		return schema_text(slot);
	return json_pack("{s:s, s:I, s:I}", "type", "integer", "minimum",
	    (json_int_t)slot->rule->min, "maximum",
	    (json_int_t)slot->rule->max);
}

static json_t *
schema_of(const struct wire_message *what)
{
	const ProtobufCMessageDescriptor *type = what->descriptor;
	json_t *properties = json_object();

	for (unsigned i = 0; i < type->n_fields; i++) {
		struct wire_section_slot slot = {.field = &type->fields[i],
		    .rule = &what->rules[i]};
		char key[WIRE_SECTION_KEY_SIZE];

		wire_section_key(slot.field->name, key);
		json_object_set_new(properties, key, schema_field(&slot));
	}
	return json_pack("{s:s, s:b, s:i, s:o}", "type", "object",
	    "additionalProperties", 0, "minProperties", 1, "properties",
	    properties);
}

/* NOLINTEND(misc-no-recursion) */

json_t *
wire_section_schema(enum category category)
{
	const struct wire_message *what = wire_section_rules(category);

	return what == NULL ? NULL : schema_of(what);
}
