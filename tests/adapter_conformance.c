/* SPDX-License-Identifier: EUPL-1.2 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "adapters/events.h"
#include "proto/base/text.h"
#include "tests/adapter_conformance.h"

/*
 * What every adapter must do, whatever it translates: wh_adapter() in CMake
 * makes this program for each, and ctest runs it.
 */

#define COUNT_OF(a) (sizeof(a) / sizeof((a)[0]))

static void
test_the_operations_are_complete(void **state)
{
	(void)state;
	assert_true(text_is_slug(WH_ADAPTER.name, 32));
	assert_true(
	    WH_ADAPTER.role == NULL || text_is_slug(WH_ADAPTER.role, 32));
	assert_non_null(WH_ADAPTER.routes);
	assert_true(WH_ADAPTER.route_count > 0);
	assert_non_null(WH_ADAPTER.settings);
	assert_non_null(WH_ADAPTER.open);
	assert_non_null(WH_ADAPTER.take);
	assert_non_null(WH_ADAPTER.answer);
	assert_non_null(WH_ADAPTER.give);
	assert_non_null(WH_ADAPTER.close);
}

static void
test_a_setting_that_is_missing_is_named(void **state)
{
	struct conformance *c = *state;
	struct why why = {""};
	void *opened = NULL;
	bool named = false;

	c->bare = true;
	if (WH_ADAPTER.open(&c->env, &opened, &why) == WH_OK) {
		WH_ADAPTER.close(opened);
		c->bare = false;
		return;
	}
	c->bare = false;
	for (const char *const *key = WH_ADAPTER.settings; *key != NULL; key++)
		named = named || strstr(why.text, *key) != NULL;
	assert_true(named);
}

static size_t
first_part(const char *path)
{
	return 1 + strcspn(path + 1, "/");
}

static void
test_routes_are_its_own(void **state)
{
	static const char *const taken[] = {"/v1", "/healthz", "/metrics",
	    "/inbox", "/static"};
	static const char methods[] = "GET POST PUT PATCH DELETE";
	const struct adapter_route *routes = WH_ADAPTER.routes;
	const size_t prefix = first_part(routes[0].path);

	(void)state;
	for (size_t i = 0; i < WH_ADAPTER.route_count; i++) {
		const char *path = routes[i].path;
		const char *id = strstr(path, "{id}");

		assert_non_null(strstr(methods, routes[i].method));
		assert_true(path[0] == '/' && path[strlen(path) - 1] != '/');
		assert_null(strstr(path, "//"));
		assert_true(id == NULL || (id[-1] == '/' && id[4] == '\0'));
		assert_int_equal(first_part(path), prefix);
		assert_memory_equal(path, routes[0].path, prefix);
		for (size_t j = 0; j < COUNT_OF(taken); j++)
			assert_false(strlen(taken[j]) == prefix &&
				     memcmp(taken[j], path, prefix) == 0);
		if (strcmp(routes[i].method, "GET") != 0)
			assert_in_range(routes[i].body_max, 1, BIG);
		for (size_t j = 0; j < i; j++)
			assert_false(
			    strcmp(routes[i].method, routes[j].method) == 0 &&
			    strcmp(path, routes[j].path) == 0);
	}
}

/* The Authorization that some routes want, where the settings have one. */
static const struct adapter_header headers[] = {
    {"Authorization", "Token of the conformance suite"},
};

static struct adapter_in
request(const struct adapter_route *route, const char *type, struct span body)
{
	bool has_id = strstr(route->path, "{id}") != NULL;

	return (struct adapter_in){.method = route->method,
	    .path = route->path,
	    .id = has_id ? CONFORMANCE_CASE : "",
	    .content_type = type,
	    .headers = headers,
	    .header_count = COUNT_OF(headers),
	    .body = body,
	    .now_ms = CONFORMANCE_NOW};
}

static void
expect_silent(const char *text)
{
	if (strstr(text, CANARY) != NULL)
		print_error("%s\n", text);
	assert_true(text_is_clean(span_str(text)));
	assert_null(strstr(text, CANARY));
}

static const char *const types[] = {"", "application/json",
    "application/fhir+json", "text/xml", "application/soap+xml", "text/plain",
    "application/octet-stream", "multipart/form-data"};

static void
take_rubbish(struct conformance *c, const struct adapter_route *route,
    const struct rubbish *r)
{
	size_t len = 0;
	char *body = r->make(&len);

	for (size_t i = 0; i < COUNT_OF(types); i++) {
		struct adapter_in in =
		    request(route, types[i], span_of(body, len));
		struct action action = {.kind = ACTION_NOTHING};

		WH_ADAPTER.take(c->state, &in, &action);
		if (action.kind != ACTION_REJECT &&
		    action.kind != ACTION_DIVERT)
			print_error("%s %s: %s as '%s' is taken (%d)\n",
			    route->method, route->path, r->name, types[i],
			    (int)action.kind);
		assert_true(action.kind == ACTION_REJECT ||
			    action.kind == ACTION_DIVERT);
		assert_true(action.text[0] != '\0');
		expect_silent(action.text);
		expect_silent(action.field);
		expect_silent(action.code);
		action_fini(&action);
	}
	mem_free(body);
}

static void
test_rubbish_is_rejected_and_not_repeated(void **state)
{
	struct conformance *c = *state;

	for (size_t i = 0; i < WH_ADAPTER.route_count; i++) {
		if (strcmp(WH_ADAPTER.routes[i].method, "GET") == 0)
			continue;
		for (size_t j = 0; j < COUNT_OF(rubbish); j++)
			take_rubbish(c, &WH_ADAPTER.routes[i], &rubbish[j]);
	}
}

/* An id is what somebody typed: any of these may come. */
static void
test_any_id_is_survived(void **state)
{
	static const char *const ids[] = {"", "x", CANARY,
	    "0192f0c4-0000-7000-8000-00000000000", "../../etc/passwd", "%00%ff",
	    "\xc3\x28"};
	struct conformance *c = *state;
	char big[4096];

	memset(big, 'a', sizeof(big) - 1);
	big[sizeof(big) - 1] = '\0';
	for (size_t i = 0; i < WH_ADAPTER.route_count; i++) {
		for (size_t j = 0; j <= COUNT_OF(ids); j++) {
			struct adapter_in in = request(&WH_ADAPTER.routes[i],
			    "application/json", span_str("{}"));
			struct action action = {.kind = ACTION_NOTHING};

			in.id = j == COUNT_OF(ids) ? big : ids[j];
			WH_ADAPTER.take(c->state, &in, &action);
			expect_silent(action.text);
			expect_silent(action.field);
			action_fini(&action);
		}
	}
}

/* Every outcome there is; a kind that is added must be added here. */
static const enum outcome_kind outcomes[] = {OUTCOME_CREATED, OUTCOME_QUEUED,
    OUTCOME_SAME, OUTCOME_CONFLICT, OUTCOME_REFUSED, OUTCOME_REJECTED,
    OUTCOME_DIVERTED, OUTCOME_DONE, OUTCOME_FORBIDDEN, OUTCOME_NOT_FOUND,
    OUTCOME_READ, OUTCOME_BUSY};

/* JSON that is JSON, XML that at least begins as such; no body with 204. */
static void
check_body(const struct adapter_reply *reply)
{
	json_t *json;

	if (reply->body == NULL) {
		assert_int_equal(reply->status, 204);
		assert_int_equal(reply->len, 0);
		return;
	}
	assert_int_equal(strlen(reply->body), reply->len);
	assert_true(text_is_clean(span_of(reply->body, reply->len)));
	if (strstr(reply->content_type, "json") != NULL) {
		json = json_loadb(reply->body, reply->len,
		    JSON_REJECT_DUPLICATES, NULL);
		assert_non_null(json);
		json_decref(json);
		return;
	}
	assert_non_null(strstr(reply->content_type, "xml"));
	assert_int_equal(reply->body[0], '<');
}

/* Adapters differ in their status for most; not in what failed for now. */
static void
check_status(const struct adapter_reply *reply, enum outcome_kind kind)
{
	assert_in_range(reply->status, 200, 599);
	if (kind == OUTCOME_BUSY)
		assert_int_equal(reply->status, 503);
	if (kind == OUTCOME_REJECTED || kind == OUTCOME_DIVERTED)
		assert_in_range(reply->status, 400, 599);
	if (kind == OUTCOME_REJECTED)
		assert_int_not_equal(reply->status, 500);
}

static void
answer(struct conformance *c, const struct adapter_in *in,
    const struct outcome *outcome)
{
	struct adapter_reply reply;

	memset(&reply, 0, sizeof(reply));
	WH_ADAPTER.answer(c->state, in, outcome, &reply);
	check_status(&reply, outcome->kind);
	expect_silent(reply.content_type);
	expect_silent(reply.location);
	assert_null(strchr(reply.location, '\n'));
	check_body(&reply);
	/* Who made something may be shown what was made. */
	if (reply.status >= 400 && reply.body != NULL)
		assert_null(strstr(reply.body, CANARY));
	adapter_reply_fini(&reply);
}

static void
answer_all(struct conformance *c, const struct adapter_route *route,
    struct span body, json_t *dossier)
{
	json_t *allowed = json_pack("[s, s]", "accepteren", "afwijzen");

	for (size_t i = 0; i < COUNT_OF(outcomes); i++) {
		struct adapter_in in = request(route, "application/json", body);
		struct outcome outcome = {.kind = outcomes[i],
		    .reason = REASON_NO_PERMISSION,
		    .field = "gegevens.CONTACT",
		    .text = "naam.achternaam: te lang",
		    .code = "",
		    .dossier = dossier,
		    .allowed = allowed};

		answer(c, &in, &outcome);
		outcome = (struct outcome){.kind = outcomes[i]};
		answer(c, &in, &outcome);
	}
	json_decref(allowed);
}

static void
test_every_outcome_is_answered_without_repeating(void **state)
{
	struct conformance *c = *state;
	json_t *dossier =
	    json_pack("{s:s, s:s, s:s, s:[]}", "id", CONFORMANCE_CASE, "status",
		"DELIVERED", "richting", "ontvangen", "gebeurtenissen");

	for (size_t i = 0; i < WH_ADAPTER.route_count; i++) {
		for (size_t j = 0; j < COUNT_OF(rubbish); j++) {
			size_t len = 0;
			char *body = rubbish[j].make(&len);

			answer_all(c, &WH_ADAPTER.routes[i], span_of(body, len),
			    dossier);
			mem_free(body);
		}
	}
	json_decref(dossier);
}

/* Every reason has its answer too. */
static void
test_every_reason_is_answered(void **state)
{
	struct conformance *c = *state;
	const struct term *reason = terms_all(TERMS_REASONS);

	for (; reason->text != NULL; reason++) {
		struct adapter_in in = request(&WH_ADAPTER.routes[0],
		    "application/json", span_str("{}"));
		struct outcome outcome = {.kind = OUTCOME_REFUSED,
		    .reason = (enum reason)reason->number,
		    .field = "",
		    .text = "",
		    .code = ""};

		answer(c, &in, &outcome);
	}
}

static void
check_request(const struct step *step)
{
	static const char methods[] = "GET POST PUT PATCH";

	assert_non_null(step->method);
	assert_non_null(strstr(methods, step->method));
	assert_non_null(step->url);
	expect_silent(step->url);
	assert_int_equal(step->url[0], '/');
	assert_null(strpbrk(step->url, " \r\n\t"));
	assert_null(strstr(step->url, "://"));
	assert_null(strstr(step->url, ".."));
	for (size_t i = 0; i < STEP_HEADERS_MAX; i++) {
		if (step->headers[i] == NULL)
			continue;
		expect_silent(step->headers[i]);
		assert_null(strpbrk(step->headers[i], "\r\n"));
		assert_non_null(strstr(step->headers[i], ": "));
	}
	if (step->body == NULL)
		return;
	assert_true(step->len > 0);
	assert_true(step->content_type[0] != '\0');
	assert_true(text_is_clean(span_of(step->body, step->len)));
}

static void
check_step(const struct step *step)
{
	switch (step->kind) {
	case STEP_DONE:
		return;
	case STEP_REQUEST:
		check_request(step);
		return;
	case STEP_EVENT:
		assert_true(step->id[0] != '\0');
		assert_true(json_is_object(step->event));
		return;
	case STEP_PARK:
		assert_true(step->text[0] != '\0');
		expect_silent(step->text);
		return;
	}
	fail();
}

static void
expect_same_text(const char *a, const char *b)
{
	assert_int_equal(a == NULL, b == NULL);
	if (a != NULL)
		assert_string_equal(a, b);
}

static void
expect_same_step(const struct step *a, const struct step *b)
{
	assert_int_equal(a->kind, b->kind);
	expect_same_text(a->method, b->method);
	expect_same_text(a->url, b->url);
	expect_same_text(a->body, b->body);
	assert_string_equal(a->content_type, b->content_type);
	for (size_t i = 0; i < STEP_HEADERS_MAX; i++)
		expect_same_text(a->headers[i], b->headers[i]);
	assert_true((a->context == NULL && b->context == NULL) ||
		    json_equal(a->context, b->context));
}

static struct step
give(struct conformance *c, const struct job_view *job)
{
	struct step step;

	memset(&step, 0, sizeof(step));
	WH_ADAPTER.give(c->state, job, &step);
	check_step(&step);
	return step;
}

/* What they may answer with. */
static const struct {
	int status;
	const char *body;
} responses[] = {{200, "{}"}, {201, "{\"uuid\": \"" CONFORMANCE_CASE "\"}"},
    {200, ""}, {200, "<" CANARY "/>"}, {204, ""}, {404, CANARY},
    {422, "{\"code\": \"voor " CANARY "\", \"detail\": \"" CANARY
	  "\", \"issue\": [{\"code\": \"" CANARY "\"}]}"},
    {400, "\xff\xfe"}};

#define STEPS_MAX 20

/* From step 0 to the end, with the same answer to each request. */
static void
follow(struct conformance *c, struct job_view job, size_t response)
{
	json_t *context = json_object();

	for (job.step = 0; job.step < STEPS_MAX; job.step++) {
		struct step step;
		bool more;

		job.context = context;
		step = give(c, &job);
		more = step.kind == STEP_REQUEST;
		json_decref(context);
		context = step.context == NULL ? json_object()
					       : json_incref(step.context);
		step_fini(&step);
		if (!more)
			break;
		job.status = responses[response].status;
		job.location = "/somewhere/" CONFORMANCE_CASE;
		job.response = span_str(responses[response].body);
	}
	json_decref(context);
	assert_in_range(job.step, 0, STEPS_MAX - 1);
}

static struct job_view
job_of(const json_t *dossier, const json_t *event, const json_t *context)
{
	struct job_view job = {.dossier = dossier,
	    .event = event,
	    .context = context,
	    .location = "",
	    .now_ms = CONFORMANCE_NOW};

	memset(job.job_id.b, 0x5a, sizeof(job.job_id.b));
	return job;
}

static void
give_event(struct conformance *c, json_t *dossier, const char *word)
{
	json_t *event = json_pack("{s:s, s:s, s:s, s:O, s:s, s:s}", "soort",
	    word, "door", "other", "op", "2026-09-14T10:30:00.000Z", "status",
	    json_object_get(dossier, "status"), "toelichting", CANARY, "code",
	    "OTHER");
	json_t *context = json_object();
	json_t *list = json_object_get(dossier, "gebeurtenissen");
	struct job_view job = job_of(dossier, event, context);
	struct step first, second;

	json_array_append(list, event);
	first = give(c, &job);
	second = give(c, &job);
	expect_same_step(&first, &second);
	step_fini(&first);
	step_fini(&second);
	for (size_t i = 0; i < COUNT_OF(responses); i++)
		follow(c, job, i);
	json_array_clear(list);
	json_decref(event);
	json_decref(context);
}

/* Words of people and of the hub. */
static void
give_events(struct conformance *c, json_t *dossier)
{
	static const char *const hub[] = {"bezorgd", "automatisch", "verlopen",
	    "onbestelbaar", "ingetrokken", "geweigerd", "status", CANARY};
	const struct term *event = terms_all(TERMS_EVENTS);

	for (; event->text != NULL; event++) {
		const char *word =
		    events_word((enum referral_event)event->number);

		if (word != NULL)
			give_event(c, dossier, word);
	}
	for (size_t i = 0; i < COUNT_OF(hub); i++)
		give_event(c, dossier, hub[i]);
}

static void
test_every_event_in_every_state_is_given_the_same_way_twice(void **state)
{
	static const char *const directions[] = {"verzonden", "ontvangen"};
	struct conformance *c = *state;
	const struct term *status;

	for (size_t i = 0; i < 4; i++) {
		status = terms_all(TERMS_STATES);
		for (; status->text != NULL; status++) {
			json_t *dossier = conformance_dossier(directions[i % 2],
			    status->text, i < 2);

			give_events(c, dossier);
			json_decref(dossier);
		}
	}
}

static void
test_an_empty_dossier_is_survived(void **state)
{
	struct conformance *c = *state;
	json_t *nothing = json_object();
	json_t *event = json_pack("{s:s}", "soort", "accepteren");
	const json_t *const dossiers[] = {NULL, nothing};
	const json_t *const events[] = {NULL, nothing, event};

	for (size_t i = 0; i < COUNT_OF(dossiers); i++) {
		for (size_t j = 0; j < COUNT_OF(events); j++) {
			struct job_view job =
			    job_of(dossiers[i], events[j], nothing);

			for (size_t k = 0; k < COUNT_OF(responses); k++)
				follow(c, job, k);
		}
	}
	json_decref(event);
	json_decref(nothing);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_the_operations_are_complete),
	    cmocka_unit_test(test_a_setting_that_is_missing_is_named),
	    cmocka_unit_test(test_routes_are_its_own),
	    cmocka_unit_test(test_rubbish_is_rejected_and_not_repeated),
	    cmocka_unit_test(test_any_id_is_survived),
	    cmocka_unit_test(test_every_outcome_is_answered_without_repeating),
	    cmocka_unit_test(test_every_reason_is_answered),
	    cmocka_unit_test(
		test_every_event_in_every_state_is_given_the_same_way_twice),
	    cmocka_unit_test(test_an_empty_dossier_is_survived),
	};

	return cmocka_run_group_tests_name(WH_ADAPTER.name, tests,
	    conformance_setup, conformance_teardown);
}
