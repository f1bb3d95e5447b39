/* SPDX-License-Identifier: EUPL-1.2 */
#include "adapters/buurtteam/fhir.h"

#include <stdio.h>
#include <string.h>

#include "adapters/json.h"
#include "proto/base/mem.h"

/* Sections nest two deep; a third level is room to refuse in. */
#define NESTING_MAX 3

enum wh_err
fhir_refuse(struct fhir_fault *fault, const char *code, const char *parent,
    const char *element, const char *text)
{
	(void)snprintf(fault->code, sizeof(fault->code), "%s", code);
	(void)snprintf(fault->path, sizeof(fault->path), "%s%s%s", parent,
	    element[0] == '\0' ? "" : ".", element);
	(void)snprintf(fault->text, sizeof(fault->text), "%s", text);
	return WH_INVALID;
}

void
fhir_note(json_t *notes, const char *parent, const char *element,
    const char *text)
{
	char path[128];

	if (notes == NULL)
		return;
	(void)snprintf(path, sizeof(path), "%s%s%s", parent,
	    element[0] == '\0' ? "" : ".", element);
	json_array_append_new(notes,
	    json_pack("{s:s, s:s}", "expression", path, "text", text));
}

void
fhir_set_new(json_t *object, const char *key, json_t *value)
{
	if (value == NULL)
		return;
	if ((json_is_array(value) && json_array_size(value) == 0) ||
	    (json_is_object(value) && json_object_size(value) == 0))
		json_decref(value);
	else
		json_object_set_new(object, key, value);
}

const char *
fhir_code(const json_t *concept, const char *system)
{
	const json_t *coding;
	size_t i;

	json_array_foreach(json_object_get(concept, "coding"), i, coding)
	{
		if (strcmp(json_text(coding, "system"), system) == 0)
			return json_text(coding, "code");
	}
	return "";
}

const char *
fhir_identified(const json_t *identifiers, const char *system)
{
	const json_t *identifier;
	size_t i;

	json_array_foreach(identifiers, i, identifier)
	{
		if (strcmp(json_text(identifier, "system"), system) == 0)
			return json_text(identifier, "value");
	}
	return "";
}

json_t *
fhir_concept(const char *system, const char *code, const char *text)
{
	json_t *concept = json_pack("{s:[{s:s, s:s}]}", "coding", "system",
	    system, "code", code);

	json_set_text(concept, "text", text);
	return concept;
}

json_t *
fhir_identifier(const char *system, const char *value)
{
	json_t *identifier = json_object();

	json_set_text(identifier, "system", system);
	json_set_text(identifier, "value", value);
	return identifier;
}

/* "01" to "12" of the leefgebieden. */
static unsigned
leefgebied_number(const char *code)
{
	unsigned number;

	if (strlen(code) != 2 || strspn(code, "0123456789") != 2)
		return 0;
	number = (unsigned)(code[0] - '0') * 10 + (unsigned)(code[1] - '0');
	return number <= 12 ? number : 0;
}

enum wh_err
fhir_category(const json_t *concept, enum category *out)
{
	unsigned number =
	    leefgebied_number(fhir_code(concept, FHIR_LEEFGEBIED));
	uint32_t category;

	if (number > 0) {
		*out = (enum category)(number + 10);
		return WH_OK;
	}
	if (terms_number(TERMS_CATEGORIES, fhir_code(concept, FHIR_CATEGORY),
		&category) != WH_OK)
		return WH_NOT_FOUND;
	*out = (enum category)category;
	return WH_OK;
}

json_t *
fhir_category_concept(enum category category, const char *text)
{
	unsigned number = category_leefgebied(category);
	char code[16];

	if (number == 0)
		return fhir_concept(FHIR_CATEGORY,
		    terms_text(TERMS_CATEGORIES, category), text);
	(void)snprintf(code, sizeof(code), "%02u", number);
	return fhir_concept(FHIR_LEEFGEBIED, code, text);
}

static bool
wanted(const char *key, const char *const *keys)
{
	if (keys == NULL)
		return strcmp(key, "tekst") != 0;
	for (; *keys != NULL; keys++) {
		if (strcmp(key, *keys) == 0)
			return true;
	}
	return false;
}

/* NOLINTBEGIN(misc-no-recursion): as deep as our own sections are. */
static void add_extensions(json_t *list, const char *key, json_t *value);

static json_t *
extension_new(const char *key, json_t *value)
{
	char url[160];
	json_t *extension, *inner, *member;
	const char *name;

	(void)snprintf(url, sizeof(url), FHIR_DEFINITION "%s", key);
	extension = json_pack("{s:s}", "url", url);
	if (json_is_object(value)) {
		inner = json_array();
		json_object_foreach(value, name, member)
		    add_extensions(inner, name, member);
		fhir_set_new(extension, "extension", inner);
	} else if (json_is_boolean(value)) {
		json_object_set(extension, "valueBoolean", value);
	} else if (json_is_number(value)) {
		json_object_set(extension, "valueDecimal", value);
	} else {
		json_object_set(extension, "valueString", value);
	}
	return extension;
}

/* A list is the same extension again and again. */
static void
add_extensions(json_t *list, const char *key, json_t *value)
{
	json_t *item;
	size_t i;

	if (!json_is_array(value)) {
		json_array_append_new(list, extension_new(key, value));
		return;
	}
	json_array_foreach(value, i, item)
	    json_array_append_new(list, extension_new(key, item));
}
/* NOLINTEND(misc-no-recursion) */

json_t *
fhir_extensions(const json_t *section, const char *const *keys)
{
	json_t *list = json_array();
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)(uintptr_t)section, key, value)
	{
		if (wanted(key, keys))
			add_extensions(list, key, value);
	}
	if (json_array_size(list) > 0)
		return list;
	json_decref(list);
	return NULL;
}

static json_t * /* NOLINTNEXTLINE(misc-no-recursion): NESTING_MAX */
extension_value(const json_t *extension, unsigned depth)
{
	static const char *const types[] = {"valueString", "valueCode",
	    "valueBoolean", "valueInteger", "valueDecimal", "valueDate",
	    "valueDateTime"};
	const json_t *inner = json_object_get(extension, "extension");
	const json_t *item;
	json_t *value, *out;
	size_t i;

	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		value = json_object_get(extension, types[i]);
		if (value != NULL)
			return json_incref(value);
	}
	if (depth == NESTING_MAX || json_array_size(inner) == 0)
		return NULL;
	out = json_object();
	json_array_foreach(inner, i, item)
	{
		const char *url = json_text(item, "url");
		const size_t base = strlen(FHIR_DEFINITION);

		if (strncmp(url, FHIR_DEFINITION, base) == 0)
			fhir_set_new(out, url + base,
			    extension_value(item, depth + 1));
	}
	return out;
}

/* The lists among the fields of the sections. */
static bool
is_list(const char *key)
{
	return strcmp(key, "gebreken") == 0 || strcmp(key, "incidenten") == 0;
}

static void
set_field(json_t *section, const char *key, json_t *value)
{
	json_t *list = json_object_get(section, key);

	if (value == NULL)
		return;
	if (!is_list(key)) {
		json_object_set_new(section, key, value);
		return;
	}
	if (list == NULL) {
		list = json_array();
		json_object_set_new(section, key, list);
	}
	json_array_append_new(list, value);
}

bool
fhir_extended(const json_t *extensions, const char *const *keys,
    json_t *section)
{
	const size_t base = strlen(FHIR_DEFINITION);
	const json_t *extension;
	bool all = true;
	size_t i;

	json_array_foreach(extensions, i, extension)
	{
		const char *url = json_text(extension, "url");

		if (strncmp(url, FHIR_DEFINITION, base) == 0 &&
		    url[base] != '\0' && wanted(url + base, keys))
			set_field(section, url + base,
			    extension_value(extension, 0));
		else
			all = false;
	}
	return all;
}

const char *
fhir_extension(const json_t *element, const char *url)
{
	const json_t *extension;
	size_t i;

	json_array_foreach(json_object_get(element, "extension"), i, extension)
	{
		if (strcmp(json_text(extension, "url"), url) == 0)
			return json_text(extension, "valueString");
	}
	return "";
}

void
fhir_paragraph(char **text, const char *more)
{
	size_t before = *text == NULL ? 0 : strlen(*text);
	size_t len = before;
	char *out;

	if (more == NULL || more[0] == '\0' ||
	    (*text != NULL && strstr(*text, more) != NULL))
		return;
	out = mem_new(before + strlen(more) + 3);
	if (before > 0) {
		memcpy(out, *text, before);
		memcpy(out + before, "\n\n", 2);
		len += 2;
	}
	for (; *more != '\0'; more++) {
		if (*more != '\r')
			out[len++] = *more;
	}
	out[len] = '\0';
	fhir_paragraph_free(*text);
	*text = out;
}

void
fhir_paragraph_free(char *text)
{
	if (text != NULL)
		mem_wipe_free(text, strlen(text));
}
