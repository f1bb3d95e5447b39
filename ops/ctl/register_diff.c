/* SPDX-License-Identifier: EUPL-1.2 */
#include <string.h>

#include "ops/ctl/register_json.h"

static void
add(json_t *diff, const char *list, const char *id, const char *change,
    json_t *fields)
{
	json_t *row = json_pack("{s:s, s:s, s:s}", "list", list, "id", id,
	    "change", change);

	if (fields != NULL)
		(void)json_object_set_new(row, "fields", fields);
	(void)json_array_append_new(diff, row);
}

/* Names of the fields of after that differ; lists of items are left out. */
static json_t *
fields_that_differ(const json_t *before, json_t *after)
{
	json_t *out = json_array();
	const char *name;
	json_t *value;

	json_object_foreach(after, name, value)
	{
		const json_t *old = json_object_get(before, name);

		if (json_equal(old, value) == 0)
			(void)json_array_append_new(out, json_string(name));
	}
	return out;
}

static const char *
id_of(const json_t *item)
{
	return json_string_value(json_object_get(item, "id"));
}

static json_t *
find(const json_t *list, const char *id)
{
	for (size_t i = 0; i < json_array_size(list); i++) {
		json_t *item = json_array_get(list, i);

		if (strcmp(id_of(item), id) == 0)
			return item;
	}
	return NULL;
}

static void
diff_list(json_t *diff, const char *name, const json_t *before,
    const json_t *after)
{
	for (size_t i = 0; i < json_array_size(after); i++) {
		json_t *item = json_array_get(after, i);
		const json_t *old = find(before, id_of(item));

		if (old == NULL)
			add(diff, name, id_of(item), "added", NULL);
		else if (json_equal(old, item) == 0)
			add(diff, name, id_of(item), "changed",
			    fields_that_differ(old, item));
	}
	for (size_t i = 0; i < json_array_size(before); i++) {
		const char *id = id_of(json_array_get(before, i));

		if (find(after, id) == NULL)
			add(diff, name, id, "removed", NULL);
	}
}

json_t *
register_json_diff(const struct wh_register *before,
    const struct wh_register *after)
{
	static const char *const always[] = {"version", "signedAt"};
	json_t *diff = json_array();
	json_t *old = register_json(before);
	json_t *new = register_json(after);
	const char *name;
	json_t *value;

	for (size_t i = 0; i < sizeof(always) / sizeof(always[0]); i++)
		(void)json_object_del(new, always[i]);
	json_object_foreach(new, name, value)
	{
		const json_t *was = json_object_get(old, name);

		if (json_is_array(value))
			diff_list(diff, name, was, value);
		else if (json_equal(was, value) == 0)
			add(diff, "", name, "changed", NULL);
	}
	json_decref(old);
	json_decref(new);
	return diff;
}
