/* SPDX-License-Identifier: EUPL-1.2 */
#include "adapters/api_shape.h"

#include <stdio.h>
#include <string.h>

#include "adapters/api_reason.h"
#include "proto/base/clk.h"
#include "proto/base/mem.h"
#include "proto/base/text.h"
#include "proto/wire_section.h"

#define PATH_SIZE 128
/* Naming more mistakes than this helps nobody. */
#define BLAMES_MAX 50

/* Where in the body, on the stack: read from the last one up. */
struct place {
	const struct place *up;
	const char *key;
	size_t index; /* within a list, with key NULL */
};

/* NOLINTBEGIN(misc-no-recursion): as deep as the shapes are, which is 4. */
static void
path_write(const struct place *place, char out[PATH_SIZE])
{
	size_t len;

	out[0] = '\0';
	if (place == NULL)
		return;
	path_write(place->up, out);
	len = strlen(out);
	if (place->key == NULL)
		snprintf(out + len, PATH_SIZE - len, "[%zu]", place->index);
	else
		snprintf(out + len, PATH_SIZE - len, "%s%.60s",
		    len == 0 ? "" : ".", place->key);
}

void
shape_blame(json_t *params, const char *name, const char *code,
    const char *reason)
{
	if (json_array_size(params) < BLAMES_MAX)
		json_array_append_new(params,
		    json_pack("{s:s, s:s, s:s}", "name", name, "code", code,
			"reason", reason));
}

static void
blame(json_t *params, const struct place *place, const char *code,
    const char *reason)
{
	char path[PATH_SIZE];

	path_write(place, path);
	/* A key may have been cut within a character. */
	shape_blame(params,
	    text_is_clean(span_str(path)) ? path : "onleesbare naam", code,
	    reason);
}

static void check_object(json_t *params, const struct shape *shape,
    const json_t *body, const struct place *at);

static void
check_text(json_t *params, const struct shape_field *field, const json_t *value,
    const struct place *at)
{
	const char *text = json_string_value(value);
	size_t len = json_string_length(value);
	char reason[WHY_MAX];

	if (!text_is_clean(span_of(text, len))) {
		blame(params, at, "format",
		    "bevat tekens die hier niet mogen staan");
	} else if (len == 0 && (field->flags & SHAPE_REQUIRED) != 0) {
		blame(params, at, "required", "mag niet leeg zijn");
	} else if (field->max > 0 && len > field->max) {
		snprintf(reason, sizeof(reason),
		    "is te lang: ten hoogste %zu bytes", field->max);
		blame(params, at, "length", reason);
	}
}

static void
check_word(json_t *params, const struct shape_field *field, const json_t *value,
    const struct place *at)
{
	char reason[1024] = "kies uit:";
	const char *word;
	size_t n, len;

	for (n = 0; (word = field->words(n)) != NULL; n++) {
		if (strcmp(word, json_string_value(value)) == 0)
			return;
		len = strlen(reason);
		snprintf(reason + len, sizeof(reason) - len, "%s %s",
		    n == 0 ? "" : ",", word);
	}
	blame(params, at, "word", reason);
}

/* One section by the rules of its category: the path within it is added. */
static void
check_section(json_t *params, enum category category, const json_t *section,
    const struct place *at)
{
	struct why why = {""};
	uint8_t *bytes = NULL;
	const char *colon;
	char path[PATH_SIZE];
	size_t len = 0;

	if (wire_section_write(category, section, &bytes, &len, &why) ==
	    WH_OK) {
		mem_wipe_free(bytes, len);
		return;
	}
	colon = strstr(why.text, ": ");
	path_write(at, path);
	len = strlen(path);
	if (colon != NULL)
		snprintf(path + len, sizeof(path) - len, ".%.*s",
		    (int)(colon - why.text), why.text);
	shape_blame(params, path, "format",
	    api_reason_rule(colon == NULL ? why.text : colon + 2));
}

static void
check_sections(json_t *params, const json_t *value, const struct place *at)
{
	const char *key;
	json_t *section;
	uint32_t number;

	json_object_foreach((json_t *)(uintptr_t)value, key, section)
	{
		struct place below = {.up = at, .key = key};

		if (terms_number(TERMS_CATEGORIES, key, &number) == WH_OK)
			check_section(params, (enum category)number, section,
			    &below);
		else
			blame(params, &below, "unknown",
			    "onbekende categorie; zie GET /v1/typen");
	}
}

static void
check_number(json_t *params, const struct shape_field *field,
    const json_t *value, const struct place *at)
{
	json_int_t number = json_integer_value(value);
	char reason[WHY_MAX];

	if (number >= 0 &&
	    (field->max == 0 || (number > 0 && (size_t)number <= field->max)))
		return;
	snprintf(reason, sizeof(reason), "moet liggen tussen 1 en %zu",
	    field->max);
	blame(params, at, "format",
	    field->max == 0 ? "mag niet negatief zijn" : reason);
}

/* Of the right type: is the value one that is allowed? */
static void
check_value(json_t *params, const struct shape_field *field,
    const json_t *value, const struct place *at)
{
	int64_t ms;
	struct id id;

	switch (field->kind) {
	case SHAPE_TEXT:
		check_text(params, field, value, at);
		break;
	case SHAPE_TIME:
		if (clk_parse(json_string_value(value), &ms) != WH_OK)
			blame(params, at, "format",
			    "moet een tijdstip zijn (2026-09-14T13:00:00Z) of "
			    "een datum (2026-09-14)");
		break;
	case SHAPE_ID:
		if (id_parse(json_string_value(value), &id) != WH_OK)
			blame(params, at, "format",
			    "moet een id zijn zoals de API het gaf (UUID)");
		break;
	case SHAPE_NUMBER:
		check_number(params, field, value, at);
		break;
	case SHAPE_WORD:
		check_word(params, field, value, at);
		break;
	case SHAPE_OBJECT:
		check_object(params, field->of, value, at);
		break;
	case SHAPE_SECTIONS:
		check_sections(params, value, at);
		break;
	case SHAPE_BOOL:
	case SHAPE_NOTES:
		break;
	}
}

static const char *
type_fault(enum shape_kind kind, const json_t *value)
{
	switch (kind) {
	case SHAPE_TEXT:
	case SHAPE_TIME:
	case SHAPE_ID:
	case SHAPE_WORD:
		return json_is_string(value) ? NULL : "moet tekst zijn";
	case SHAPE_BOOL:
		return json_is_boolean(value) ? NULL
					      : "moet true of false zijn";
	case SHAPE_NUMBER:
		return json_is_integer(value) ? NULL
					      : "moet een heel getal zijn";
	case SHAPE_OBJECT:
	case SHAPE_SECTIONS:
	case SHAPE_NOTES:
		break;
	}
	return json_is_object(value) ? NULL : "moet een object zijn";
}

static void
check_one(json_t *params, const struct shape_field *field, const json_t *value,
    const struct place *at)
{
	const char *fault = type_fault(field->kind, value);

	if (fault != NULL)
		blame(params, at, "type", fault);
	else
		check_value(params, field, value, at);
}

static void
check_list(json_t *params, const struct shape_field *field, const json_t *value,
    const struct place *at)
{
	char reason[WHY_MAX];
	json_t *item;
	size_t i;

	if (!json_is_array(value)) {
		blame(params, at, "type", "moet een lijst zijn");
		return;
	}
	if (json_array_size(value) == 0 ||
	    json_array_size(value) > field->max_items) {
		snprintf(reason, sizeof(reason),
		    "moet een lijst van 1 tot %zu waarden zijn",
		    field->max_items);
		blame(params, at, "length", reason);
		return;
	}
	json_array_foreach(value, i, item)
	{
		struct place below = {.up = at, .index = i};

		check_one(params, field, item, &below);
	}
}

static const struct shape_field *
field_of(const struct shape *shape, const char *key)
{
	const struct shape_field *field;

	for (field = shape->fields; field->name != NULL; field++)
		if (strcmp(field->name, key) == 0)
			return field;
	return NULL;
}

static void
check_object(json_t *params, const struct shape *shape, const json_t *body,
    const struct place *at)
{
	const struct shape_field *field;
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)(uintptr_t)body, key, value)
	{
		struct place below = {.up = at, .key = key};

		field = field_of(shape, key);
		if (field == NULL && !shape->is_open)
			blame(params, &below, "unknown",
			    "onbekend veld; zie /v1/openapi.json");
		if (field == NULL)
			continue;
		if ((field->flags & SHAPE_LIST) != 0)
			check_list(params, field, value, &below);
		else
			check_one(params, field, value, &below);
	}
	for (field = shape->fields; field->name != NULL; field++) {
		struct place below = {.up = at, .key = field->name};

		if ((field->flags & SHAPE_REQUIRED) != 0 &&
		    json_object_get(body, field->name) == NULL)
			blame(params, &below, "required", "ontbreekt");
	}
}

void
shape_check(const struct shape *shape, const json_t *body, json_t *params)
{
	if (json_is_object(body))
		check_object(params, shape, body, NULL);
	else
		blame(params, NULL, "type", "het bericht moet een object zijn");
}

static bool
is_absent(const json_t *value)
{
	return json_is_null(value) ||
	       (json_is_string(value) && json_string_length(value) == 0) ||
	       (json_is_object(value) && json_object_size(value) == 0);
}

/* Sections are three deep at most: wire_section refuses the rest. */
static json_t *
prune(const json_t *value)
{
	json_t *out;
	json_t *item;
	const char *key;
	size_t i;

	if (json_is_array(value)) {
		out = json_array();
		json_array_foreach(value, i, item)
		    json_array_append_new(out, prune(item));
		return out;
	}
	if (!json_is_object(value))
		return json_incref((json_t *)(uintptr_t)value);
	out = json_object();
	json_object_foreach((json_t *)(uintptr_t)value, key, item)
	{
		item = prune(item);
		if (!is_absent(item))
			json_object_set(out, key, item);
		json_decref(item);
	}
	return out;
}

static json_t *
view_one(const struct shape_field *field, const json_t *value)
{
	if (field->kind == SHAPE_OBJECT && json_is_object(value))
		return shape_view(field->of, value);
	if (field->kind == SHAPE_SECTIONS)
		return prune(value);
	return json_incref((json_t *)(uintptr_t)value);
}

json_t *
shape_view(const struct shape *shape, const json_t *body)
{
	json_t *out = json_object();
	const struct shape_field *field;
	json_t *value, *list, *item;
	size_t i;

	for (field = shape->fields; field->name != NULL; field++) {
		value = json_object_get(body, field->name);
		if (value == NULL)
			continue;
		if ((field->flags & SHAPE_LIST) == 0) {
			json_object_set_new(out, field->name,
			    view_one(field, value));
			continue;
		}
		list = json_array();
		json_array_foreach(value, i, item)
		    json_array_append_new(list, view_one(field, item));
		json_object_set_new(out, field->name, list);
	}
	return out;
}

/* NOLINTEND(misc-no-recursion) */

static json_t *
schema_words(shape_words_fn *words)
{
	json_t *list = json_array();
	size_t n;

	for (n = 0; words(n) != NULL; n++)
		json_array_append_new(list, json_string(words(n)));
	return json_pack("{s:s, s:o}", "type", "string", "enum", list);
}

static json_t *
schema_sections(void)
{
	json_t *properties = json_object();
	const struct term *term;
	char ref[64];

	for (term = terms_all(TERMS_CATEGORIES); term->text != NULL; term++) {
		snprintf(ref, sizeof(ref), "#/components/schemas/%s",
		    term->text);
		json_object_set_new(properties, term->text,
		    json_pack("{s:s}", "$ref", ref));
	}
	return json_pack("{s:s, s:b, s:o}", "type", "object",
	    "additionalProperties", 0, "properties", properties);
}

static json_t *
schema_text(const struct shape_field *field)
{
	json_t *schema = json_pack("{s:s}", "type", "string");

	if (field->max > 0)
		json_object_set_new(schema, "maxLength",
		    json_integer((json_int_t)field->max));
	if ((field->flags & SHAPE_REQUIRED) != 0 && field->max > 0)
		json_object_set_new(schema, "minLength", json_integer(1));
	return schema;
}

static json_t *
schema_number(const struct shape_field *field)
{
	json_t *schema = json_pack("{s:s, s:i}", "type", "integer", "minimum",
	    field->max == 0 ? 0 : 1);

	if (field->max > 0)
		json_object_set_new(schema, "maximum",
		    json_integer((json_int_t)field->max));
	return schema;
}

static json_t *
schema_one(const struct shape_field *field)
{
	char ref[96];

	switch (field->kind) {
	case SHAPE_TEXT:
		return schema_text(field);
	case SHAPE_TIME:
		return json_pack("{s:s, s:s}", "type", "string", "pattern",
		    "^[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9:.]+(Z|[+-][0-9:]+))?$");
	case SHAPE_ID:
		return json_pack("{s:s, s:s}", "type", "string", "format",
		    "uuid");
	case SHAPE_BOOL:
		return json_pack("{s:s}", "type", "boolean");
	case SHAPE_NUMBER:
		return schema_number(field);
	case SHAPE_WORD:
		return schema_words(field->words);
	case SHAPE_OBJECT:
		snprintf(ref, sizeof(ref), "#/components/schemas/%s",
		    field->of->name);
		return json_pack("{s:s}", "$ref", ref);
	case SHAPE_SECTIONS:
		return schema_sections();
	case SHAPE_NOTES:
		break;
	}
	return json_pack("{s:s}", "type", "object");
}

json_t *
shape_field_schema(const struct shape_field *field)
{
	json_t *schema = schema_one(field);

	if ((field->flags & SHAPE_LIST) != 0) {
		schema =
		    json_pack("{s:s, s:o}", "type", "array", "items", schema);
		if (field->max_items > 0)
			json_object_update_new(schema,
			    json_pack("{s:i, s:I}", "minItems", 1, "maxItems",
				(json_int_t)field->max_items));
	}
	if ((field->flags & SHAPE_NULLABLE) != 0)
		schema = json_pack("{s:[o, {s:s}]}", "anyOf", schema, "type",
		    "null");
	if (field->about != NULL)
		json_object_set_new(schema, "description",
		    json_string(field->about));
	return schema;
}

json_t *
shape_schema(const struct shape *shape)
{
	json_t *properties = json_object();
	json_t *required = json_array();
	json_t *schema;
	const struct shape_field *field;

	for (field = shape->fields; field->name != NULL; field++) {
		json_object_set_new(properties, field->name,
		    shape_field_schema(field));
		if ((field->flags & SHAPE_REQUIRED) != 0)
			json_array_append_new(required,
			    json_string(field->name));
	}
	schema = json_pack("{s:s, s:s, s:b, s:o}", "type", "object",
	    "description", shape->about, "additionalProperties", shape->is_open,
	    "properties", properties);
	if (json_array_size(required) > 0)
		json_object_set(schema, "required", required);
	json_decref(required);
	return schema;
}
