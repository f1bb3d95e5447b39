/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_TESTS_ADAPTERS_WPI_H
#define WH_TESTS_ADAPTERS_WPI_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "adapters/wpi/wpi.h"
#include "proto/base/mem.h"

/* What the tests of the municipality's adapter share. */

#define SAMPLES WH_SOURCE_DIR "/tests/samples/municipality/"
#define ACTOR   "77777777-7777-4777-8777-777777777777"
#define CONTACT "66666666-6666-4666-8666-666666666666"
#define PERSON  "55555555-5555-4555-8555-555555555555"
#define TASK    "44444444-4444-4444-8444-444444444444"
#define NOW     INT64_C(1789390501000) /* 2026-09-14T12:55:01Z */

#define COUNT_OF(a) (sizeof(a) / sizeof((a)[0]))

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

static const struct adapter_env test_env = {.member = "wpi",
    .organisation = "WPI Nieuw-West",
    .setting = test_setting};

static inline void *
adapter_open(const char *const *with)
{
	static const char *const plain[] = {"actor", ACTOR, NULL};
	struct why why = {.text = ""};
	void *adapter = NULL;

	test_settings = with == NULL ? plain : with;
	if (wpi_ops.open(&test_env, &adapter, &why) != WH_OK)
		fail_msg("%s", why.text);
	return adapter;
}

static inline json_t *
sample(const char *name)
{
	char path[512];
	json_t *out;

	(void)snprintf(path, sizeof(path), SAMPLES "%s.json", name);
	out = json_load_file(path, 0, NULL);
	if (out == NULL)
		fail_msg("%s: not there or no JSON", path);
	return out;
}

static inline void
expect_json(const json_t *got, const json_t *want)
{
	char *got_text, *want_text;

	if (json_equal(got, want))
		return;
	got_text = json_dumps(got, JSON_INDENT(1) | JSON_SORT_KEYS);
	want_text = json_dumps(want, JSON_INDENT(1) | JSON_SORT_KEYS);
	assert_string_equal(got_text == NULL ? "" : got_text,
	    want_text == NULL ? "" : want_text);
}

static inline json_t *
json_of(const char *text)
{
	json_t *out = json_loads(text, JSON_DECODE_ANY, NULL);

	assert_non_null(out);
	return out;
}

/* Something happened: the event is added and is what the job is about. */
static inline json_t *
happens(json_t *dossier, const char *soort, const char *status,
    const char *toelichting)
{
	json_t *event =
	    json_pack("{s:s, s:s, s:s, s:s}", "soort", soort, "status", status,
		"op", "2026-09-15T08:00:00.000Z", "door", "buurtteam");

	if (toelichting != NULL)
		json_object_set_new(event, "toelichting",
		    json_string(toelichting));
	json_array_append_new(json_object_get(dossier, "gebeurtenissen"),
	    event);
	json_object_set_new(dossier, "status", json_string(status));
	return event;
}

/* n times an é: one character, two bytes. */
static inline json_t *
accents(size_t n)
{
	char *text = mem_new(2 * n + 1);
	json_t *out;

	for (size_t i = 0; i < n; i++)
		memcpy(text + 2 * i, "\xc3\xa9", 2);
	out = json_string(text);
	mem_free(text);
	return out;
}

static inline size_t
chars(const char *text)
{
	size_t n = 0;

	for (; *text != '\0'; text++)
		n += ((unsigned char)*text & 0xc0) != 0x80;
	return n;
}

/* A secret file; heap path, free with secret_end(). */
static inline char *
secret_file(const char *text)
{
	char *path = mem_strdup("/tmp/wh-wpi-XXXXXX");
	int fd = mkstemp(path);
	FILE *file = fdopen(fd, "w");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
	return path;
}

static inline void
secret_end(char *path)
{
	assert_int_equal(remove(path), 0);
	mem_free(path);
}

/* One job, step by step, as the runner does it. */
struct run {
	void *adapter;
	json_t *dossier; /* borrowed */
	json_t *event;   /* borrowed */
	json_t *context; /* owned */
	struct step step;
	unsigned n;
};

static inline void
run_step(struct run *run, int status, const char *response)
{
	struct job_view job = {.step = run->n,
	    .context = run->context,
	    .dossier = run->dossier,
	    .event = run->event,
	    .status = status,
	    .location = "",
	    .response = span_str(response),
	    .now_ms = NOW};

	memset(job.job_id.b, 0xcd, sizeof(job.job_id.b));
	step_fini(&run->step);
	wpi_ops.give(run->adapter, &job, &run->step);
}

static inline void
run_start(struct run *run, void *adapter, json_t *dossier, json_t *event)
{
	*run = (struct run){.adapter = adapter,
	    .dossier = dossier,
	    .event = event,
	    .context = json_object()};
	run_step(run, 0, "");
}

/* The answer came: on to the next step. What is noted is kept. */
static inline void
run_answer(struct run *run, int status, const char *response)
{
	assert_int_equal(run->step.kind, STEP_REQUEST);
	json_decref(run->context);
	run->context = json_incref(run->step.context);
	run->n++;
	run_step(run, status, response);
	if (run->step.note != NULL && run->dossier != NULL) {
		if (json_object_get(run->dossier, "bron") == NULL)
			json_object_set_new(run->dossier, "bron",
			    json_object());
		json_object_update(json_object_get(run->dossier, "bron"),
		    run->step.note);
	}
}

static inline void
run_end(struct run *run)
{
	step_fini(&run->step);
	json_decref(run->context);
}

static inline const char *
run_header(const struct run *run, const char *name)
{
	for (size_t i = 0; i < STEP_HEADERS_MAX; i++) {
		const char *header = run->step.headers[i];

		if (header != NULL &&
		    strncmp(header, name, strlen(name)) == 0 &&
		    header[strlen(name)] == ':')
			return header + strlen(name) + 2;
	}
	return NULL;
}

static inline void
expect_request(const struct run *run, const char *method, const char *url)
{
	if (run->step.kind != STEP_REQUEST)
		fail_msg("step is of kind %d: %s", (int)run->step.kind,
		    run->step.text);
	assert_string_equal(run->step.method, method);
	assert_string_equal(run->step.url, url);
}

static inline json_t *
run_body(const struct run *run)
{
	json_t *body = json_loadb(run->step.body, run->step.len, 0, NULL);

	assert_non_null(body);
	return body;
}

/* The request's body is this sample of out/, member by member. */
static inline void
expect_body(const struct run *run, const char *name)
{
	json_t *got = run_body(run);
	json_t *want = sample(name);

	expect_json(got, want);
	json_decref(got);
	json_decref(want);
}

#endif
