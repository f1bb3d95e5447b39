/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_TESTS_ADAPTERS_POLITIE_H
#define WH_TESTS_ADAPTERS_POLITIE_H

#include <assert.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "adapters/politie/politie.h"
#include "proto/base/mem.h"

/* What the tests of the police adapter share: documents and one adapter. */

#define SAMPLES WH_SOURCE_DIR "/tests/samples/police/"
#define MELDING SAMPLES "meldingGeneriekDi01.xml"
#define NOW     INT64_C(1789129801000) /* 2026-09-11T14:30:01+02:00 */

static const char *const *test_settings; /* key, value, ..., NULL */

static inline const char *
test_setting(const struct adapter_env *env, const char *key)
{
	(void)env;
	for (const char *const *s = test_settings; *s != NULL; s += 2) {
		if (strcmp(s[0], key) == 0)
			return s[1];
	}
	return NULL;
}

static const struct adapter_env test_env = {.member = "politie",
    .organisation = "Politie, basisteam Nieuw-West",
    .oin = "00000099000000000001",
    .setting = test_setting};

static inline void *
adapter_open(const char *const *with)
{
	static const char *const plain[] = {"besluit", "2026/17", NULL};
	void *adapter = NULL;

	test_settings = with == NULL ? plain : with;
	assert(politie_ops.open(&test_env, &adapter, NULL) == WH_OK);
	return adapter;
}

/* Heap, NUL behind it. */
static inline char *
file_text(const char *path)
{
	FILE *file = fopen(path, "rb");
	char *text = mem_new(256 * 1024);
	size_t len;

	assert(file != NULL);
	len = fread(text, 1, 256 * 1024 - 1, file);
	text[len] = '\0';
	assert(fclose(file) == 0);
	return text;
}

/* text with the first old changed into new; heap, and text is freed. */
static inline char *
changed(char *text, const char *old, const char *new)
{
	char *at = strstr(text, old);
	size_t size = strlen(text) + strlen(new) + 1;
	char *out = mem_new(size);

	assert(at != NULL);
	(void)snprintf(out, size, "%.*s%s%s", (int)(at - text), text, new,
	    at + strlen(old));
	mem_free(text);
	return out;
}

/* The sample report with one thing changed. */
static inline char *
melding_with(const char *old, const char *new)
{
	return changed(file_text(MELDING), old, new);
}

static inline struct adapter_in
request(struct span body)
{
	struct adapter_in in = {.method = "POST",
	    .path = "/stuf/jeugdzorg",
	    .id = "",
	    .content_type = "text/xml",
	    .body = body,
	    .now_ms = NOW};

	memset(in.request_id.b, 0xab, sizeof(in.request_id.b));
	return in;
}

static inline struct action
take(void *adapter, struct span body)
{
	struct adapter_in in = request(body);
	struct action action;

	memset(&action, 0, sizeof(action));
	politie_ops.take(adapter, &in, &action);
	return action;
}

#endif
