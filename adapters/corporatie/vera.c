/* SPDX-License-Identifier: EUPL-1.2 */
#include "adapters/corporatie/vera.h"

#include <stdint.h>
#include <string.h>

#include "adapters/json.h"
#include "adapters/values.h"
#include "proto/base/clk.h"

const char *
vera_code(const json_t *object, const char *key)
{
	return json_text(json_object_get(object, key), "code");
}

/* One list of {label, waarde}; *value is what was found before, or NULL. */
static enum wh_err
find_value(const json_t *list, const char *label, const char *name,
    const char **value)
{
	const json_t *entry;
	const char *text;
	size_t i;

	json_array_foreach(list, i, entry)
	{
		if (strcmp(json_text(entry, label), name) != 0)
			continue;
		text = json_string_value(json_object_get(entry, "waarde"));
		if (text == NULL)
			return WH_INVALID;
		if (*value != NULL && strcmp(*value, text) != 0)
			return WH_EXISTS;
		*value = text;
	}
	return WH_OK;
}

enum wh_err
vera_attribute(const json_t *document, const char *name, const char **value)
{
	const char *found = NULL;
	enum wh_err err;

	err = find_value(json_object_get(document, "extra-attributen"), "naam",
	    name, &found);
	if (err == WH_OK)
		err = find_value(json_object_get(document, "kenmerken"),
		    "omschrijving", name, &found);
	if (err != WH_OK)
		return err;
	*value = found == NULL ? "" : found;
	return found == NULL ? WH_NOT_FOUND : WH_OK;
}

void
vera_attribute_add(json_t *document, const char *name, const char *value)
{
	json_t *list = json_object_get(document, "extra-attributen");

	if (!json_is_array(list)) {
		list = json_array();
		json_object_set_new(document, "extra-attributen", list);
	}
	json_array_append_new(list,
	    json_pack("{s:s, s:s}", "naam", name, "waarde", value));
}

json_t *
vera_keys(const json_t *entity)
{
	static const char *const names[] = {"id", "idExtern",
	    "idGegevensbeheerder", "idOrganisatie", "idAdministratie", "code"};
	json_t *out = json_object();

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (json_text(entity, names[i])[0] != '\0')
			json_object_set(out, names[i],
			    json_object_get(entity, names[i]));
	}
	return out;
}

const json_t *
vera_status_now(const json_t *zaak)
{
	const json_t *list = json_object_get(zaak, "zaakstatussen");
	const json_t *entry, *now = NULL;
	int64_t since = INT64_MIN;
	int64_t at_ms;
	size_t i;

	json_array_foreach(list, i, entry)
	{
		if (values_time(json_text(entry, "begindatum"), &at_ms) !=
		    WH_OK)
			at_ms = since;
		if (now == NULL || at_ms >= since) {
			now = entry;
			since = at_ms;
		}
	}
	return now;
}

/* Jansson does not read deeper than it can walk (JSON_PARSER_MAX_DEPTH). */
void /* NOLINTNEXTLINE(misc-no-recursion) */
vera_strip(json_t *document, const char *key)
{
	const char *name;
	json_t *value;
	size_t i;

	if (json_is_object(document)) {
		json_object_del(document, key);
		json_object_foreach(document, name, value)
		{
			vera_strip(value, key);
		}
	}
	json_array_foreach(document, i, value)
	{
		vera_strip(value, key);
	}
}

void
vera_time(int64_t at_ms, char out[VERA_TIME_SIZE])
{
	clk_iso(at_ms, out);
	memcpy(out + 19, "Z", 2); /* without milliseconds */
}
