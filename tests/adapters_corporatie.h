/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_TESTS_ADAPTERS_CORPORATIE_H
#define WH_TESTS_ADAPTERS_CORPORATIE_H

#include <assert.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "adapters/corporatie/corporatie.h"
#include "proto/base/mem.h"

/* What the tests of the housing adapter share: documents and one adapter. */

#define SAMPLES     WH_SOURCE_DIR "/tests/samples/housing/"
#define NOW         INT64_C(1789129801000) /* 2026-09-11T12:30:01Z */
#define COUNT_OF(a) (sizeof(a) / sizeof((a)[0]))

static const char *const *test_settings; /* key, value, ..., NULL */

static inline const char *
test_setting(const struct adapter_env *env, const char *key)
{
	(void)env;
	for (const char *const *s = test_settings; s != NULL && *s != NULL;
	     s += 2) {
		if (strcmp(s[0], key) == 0)
			return s[1];
	}
	return NULL;
}

static const struct adapter_env test_env = {.member = "eigen-haard",
    .organisation = "Eigen Haard",
    .oin = "00000099000000000001",
    .setting = test_setting};

static inline void *
adapter_open(const char *const *with)
{
	void *adapter = NULL;

	test_settings = with;
	assert(corporatie_ops.open(&test_env, &adapter, NULL) == WH_OK);
	return adapter;
}

static inline json_t *
sample(const char *name)
{
	char path[256];
	json_t *out;

	(void)snprintf(path, sizeof(path), SAMPLES "%s.json", name);
	out = json_load_file(path, JSON_REJECT_DUPLICATES, NULL);
	assert(out != NULL);
	return out;
}

/* One exchange; fetched NULL for the first time. body is borrowed. */
static inline struct action
take(void *adapter, const char *path, struct span body, const json_t *fetched)
{
	struct adapter_in in = {.method = "POST",
	    .path = path,
	    .id = "",
	    .content_type = "application/json",
	    .body = body,
	    .fetched = fetched,
	    .now_ms = NOW};
	struct action action;

	memset(&action, 0, sizeof(action));
	corporatie_ops.take(adapter, &in, &action);
	return action;
}

/* The same for a document as JSON, which is given up. */
static inline struct action
take_json(void *adapter, const char *path, json_t *document,
    const json_t *fetched)
{
	char *text = json_dumps(document, 0);
	struct action action = take(adapter, path, span_str(text), fetched);

	free(text);
	json_decref(document);
	return action;
}

/* All the way: with the relatie where it is asked for. */
static inline struct action
take_all(void *adapter, const char *path, json_t *document)
{
	json_t *relatie = sample("vera-relatie");
	json_t *copy = json_deep_copy(document);
	struct action action = take_json(adapter, path, document, NULL);

	if (action.kind == ACTION_FETCH) {
		action_fini(&action);
		action = take_json(adapter, path, json_incref(copy), relatie);
	}
	json_decref(copy);
	json_decref(relatie);
	return action;
}

/* Set, add or (waarde NULL) remove an entry of extra-attributen. */
static inline void
set_attribute(json_t *document, const char *naam, const char *waarde)
{
	json_t *list = json_object_get(document, "extra-attributen");
	json_t *entry;
	size_t i;

	if (list == NULL) {
		list = json_array();
		json_object_set_new(document, "extra-attributen", list);
	}
	json_array_foreach(list, i, entry)
	{
		if (strcmp(json_string_value(json_object_get(entry, "naam")),
			naam) == 0)
			json_array_remove(list, i--);
	}
	if (waarde != NULL)
		json_array_append_new(list,
		    json_pack("{s:s, s:s}", "naam", naam, "waarde", waarde));
}

static inline void
set_code(json_t *document, const char *key, const char *code)
{
	json_object_set_new(document, key, json_pack("{s:s}", "code", code));
}

#endif
