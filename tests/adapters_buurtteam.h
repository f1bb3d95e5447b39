/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_TESTS_ADAPTERS_BUURTTEAM_H
#define WH_TESTS_ADAPTERS_BUURTTEAM_H

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "adapters/buurtteam/buurtteam.h"
#include "consent/covenant.h"
#include "proto/referral.h"

/* What the tests of the buurtteam adapter share. After cmocka.h. */

#define SAMPLES WH_SOURCE_DIR "/tests/samples/buurtteam/"
#define NOW     INT64_C(1789382400000) /* 2026-09-14T10:40:00Z */
#define CASE    "0192f0c4-0000-7000-8000-000000000001"
#define WIJKHUB "https://wijkhub.example/"

static struct arena test_arena;
static struct wh_register test_reg;

static inline int
test_setup(void **state)
{
	struct why why = {""};

	(void)state;
	arena_init(&test_arena, 4u * 1024 * 1024);
	assert_int_equal(covenant_load(&test_arena,
			     WH_SOURCE_DIR "/ops/covenant-nieuw-west.yaml",
			     &test_reg, &why),
	    WH_OK);
	return 0;
}

static inline int
test_teardown(void **state)
{
	(void)state;
	arena_fini(&test_arena);
	return 0;
}

static inline json_t *
sample(const char *name)
{
	char path[512];
	json_t *document;

	(void)snprintf(path, sizeof(path), SAMPLES "%s", name);
	document = json_load_file(path, 0, NULL);
	assert_non_null(document);
	return document;
}

/* The resource of this type in a Bundle; borrowed. */
static inline json_t *
in_bundle(const json_t *bundle, const char *type)
{
	json_t *entry;
	size_t i;

	json_array_foreach(json_object_get(bundle, "entry"), i, entry)
	{
		json_t *resource = json_object_get(entry, "resource");
		const char *name = json_string_value(
		    json_object_get(resource, "resourceType"));

		if (strcmp(name, type) == 0)
			return resource;
	}
	return NULL;
}

/* document is stolen; *text lives until free(3). */
static inline struct adapter_in
request_of(json_t *document, const char *method, const char *path, char **text)
{
	struct adapter_in in = {.method = method,
	    .path = path,
	    .id = strcmp(method, "POST") == 0 ? "" : CASE,
	    .content_type = "application/fhir+json",
	    .reg = &test_reg,
	    .now_ms = NOW};

	*text = json_dumps(document, 0);
	in.body = span_str(*text);
	json_decref(document);
	return in;
}

/* document is stolen. */
static inline struct action
take_bundle(json_t *document)
{
	struct action action;
	struct adapter_in in;
	char *text;

	memset(&action, 0, sizeof(action));
	in = request_of(document, "POST", "/fhir", &text);
	buurtteam_ops.take(NULL, &in, &action);
	free(text);
	return action;
}

static inline void
expect_json(const json_t *got, const json_t *want)
{
	char *a, *b;

	if (json_equal(got, want))
		return;
	a = json_dumps(got, JSON_SORT_KEYS | JSON_INDENT(1));
	b = json_dumps(want, JSON_SORT_KEYS | JSON_INDENT(1));
	print_error("got %s\nwant %s\n", a, b);
	free(a);
	free(b);
	fail();
}

/* The answer as JSON; document (stolen) is what was asked with. */
static inline json_t *
answer_to(json_t *document, const char *method, const struct outcome *outcome,
    const json_t *dossier, int status)
{
	struct adapter_reply reply;
	struct adapter_in in;
	json_t *body;
	char *text;

	memset(&reply, 0, sizeof(reply));
	in = request_of(document, method,
	    strcmp(method, "POST") == 0 ? "/fhir" : "/fhir/Task/" CASE, &text);
	in.dossier = dossier;
	buurtteam_ops.answer(NULL, &in, outcome, &reply);
	assert_int_equal(reply.status, status);
	assert_string_equal(reply.content_type,
	    "application/fhir+json; charset=utf-8");
	body = json_loadb(reply.body, reply.len, 0, NULL);
	assert_non_null(body);
	adapter_reply_fini(&reply);
	free(text);
	return body;
}

/* One issue of an OperationOutcome: what stands at key. */
static inline const char *
issue_text(const json_t *outcome, size_t index, const char *key)
{
	const json_t *value =
	    json_object_get(json_array_get(json_object_get(outcome, "issue"),
				index),
		key);

	if (json_is_array(value))
		value = json_array_get(value, 0);
	return json_string_value(value);
}

static inline const char *
text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text == NULL ? "" : text;
}

/* A referral as it is kept, from the sample. */
static inline json_t *
dossier_new(const char *direction, enum referral_state state)
{
	json_t *referral = sample("referral.json");
	json_t *dossier = json_pack(
	    "{s:s, s:s, s:s, s:s, s:{s:s}, s:{s:s, s:s}, s:s, s:s, s:O, s:b, "
	    "s:b, s:s, s:[]}",
	    "id", CASE, "type", "vastgelopen", "richting", direction, "status",
	    terms_text(TERMS_STATES, state), "van", "lid",
	    strcmp(direction, "verzonden") == 0 ? "buurtteam" : "eigen-haard",
	    "naar", "lid",
	    strcmp(direction, "verzonden") == 0 ? "wpi" : "buurtteam", "buurt",
	    "dichtersbuurt", "urgentie", "spoed", "aangemaakt",
	    "2026-09-14T10:00:00.000Z", "gegevens",
	    json_object_get(referral, "gegevens"), "eenfase", 0, "gelezen", 0,
	    "vervalt", "2026-12-14T10:00:00.000Z", "gebeurtenissen");

	if (strcmp(direction, "verzonden") == 0) {
		json_object_set(dossier, "client",
		    json_object_get(referral, "client"));
		json_object_set(dossier, "kenmerk",
		    json_object_get(referral, "kenmerk"));
		json_object_set(dossier, "bron",
		    json_object_get(referral, "bron"));
	}
	json_decref(referral);
	return dossier;
}

/* Append an entry; borrowed. */
static inline json_t *
add_event(json_t *dossier, const char *word, const char *by)
{
	json_t *entry = json_pack("{s:s, s:s, s:s, s:O}", "soort", word, "door",
	    by, "op", "2026-09-14T10:30:00.000Z", "status",
	    json_object_get(dossier, "status"));

	json_array_append_new(json_object_get(dossier, "gebeurtenissen"),
	    entry);
	return entry;
}

static const enum referral_state states[18] = {STATE_DRAFT, STATE_QUEUED,
    STATE_DELIVERED, STATE_INFO_REQUESTED, STATE_ACCEPTED, STATE_WAITLISTED,
    STATE_SCHEDULED, STATE_IN_PROGRESS, STATE_CANCEL_REQUESTED, STATE_COMPLETED,
    STATE_DECLINED, STATE_REFERRED_ON, STATE_CANCELLED, STATE_WITHDRAWN,
    STATE_EXPIRED, STATE_UNDELIVERABLE, STATE_IN_ERROR, STATE_DISCARDED};

#endif
