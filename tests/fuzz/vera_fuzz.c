/* SPDX-License-Identifier: EUPL-1.2 */
#include <stdlib.h>
#include <string.h>

#include "adapters/corporatie/corporatie.h"
#include "proto/base/text.h"
#include "tests/fuzz/fuzz.h"

static const char *
setting(const struct adapter_env *env, const char *key)
{
	(void)env;
	return strcmp(key, "buurten") == 0 ? "FB01=dichtersbuurt" : NULL;
}

static const struct adapter_env env = {.member = "eigen-haard",
    .organisation = "Eigen Haard",
    .setting = setting};

/* By the first byte: which route, and whether the rest is the document. */
static const struct {
	const char *method;
	const char *path;
} routes[] = {
    {"POST", "/vera/v4/signaleringen"},
    {"POST", "/vera/v4/externe-incassos"},
    {"POST", "/vera/v4/zaken"},
    {"POST", "/vera/v4/onderhoudsverzoeken"},
    {"PATCH", "/vera/v4/zaken/1"},
    {"PATCH", "/vera/v4/onderhoudsverzoeken/1"},
};
#define ROUTES (sizeof(routes) / sizeof(routes[0]))

/* A referral always has what the rest reads from it, and never a BSN. */
static void
check_referral(const json_t *body)
{
	static const char *const wanted[] = {"type", "naar", "client",
	    "grondslag", "kenmerk", "gegevens", "bron"};
	const json_t *sections = json_object_get(body, "gegevens");
	const char *kind = json_string_value(
	    json_object_get(json_object_get(body, "grondslag"), "soort"));
	const json_t *made =
	    json_object_get(json_object_get(body, "grondslag"), "pogingen");

	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		if (json_object_get(body, wanted[i]) == NULL)
			abort();
	}
	if (kind == NULL || json_object_get(sections, "BSN") != NULL)
		abort();
	if (strcmp(kind, "DUTY_WITH_OBJECTION") == 0 &&
	    (json_object_size(made) != 4 || json_object_size(sections) != 3))
		abort();
}

/* Whatever came in: an answer, in JSON that is clean UTF-8. */
static void
answer(void *adapter, const struct adapter_in *in, const struct action *action)
{
	json_t *dossier =
	    json_pack("{s:s, s:s}", "id", "1", "status", "QUEUED");
	struct outcome outcome = {.kind = OUTCOME_REJECTED,
	    .field = action->field,
	    .text = action->text,
	    .code = action->code};
	struct adapter_reply reply;
	json_t *body;

	memset(&reply, 0, sizeof(reply));
	if (action->kind == ACTION_REFERRAL || action->kind == ACTION_EVENT)
		outcome = (struct outcome){.kind = OUTCOME_CREATED,
		    .dossier = dossier};
	corporatie_ops.answer(adapter, in, &outcome, &reply);
	body = json_loadb(reply.body, reply.len, 0, NULL);
	if (body == NULL)
		abort();
	json_decref(body);
	adapter_reply_fini(&reply);
	json_decref(dossier);
}

/* The same bytes as a dossier that we received, and as their answer. */
static void
give(void *adapter, struct span bytes)
{
	static const char *const words[] = {"automatisch", "afronden",
	    "ingetrokken"};
	json_t *dossier = json_loadb((const char *)bytes.p, bytes.len, 0, NULL);
	struct job_view job = {.location = "", .response = bytes};
	struct step step;

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		json_t *event = json_pack("{s:s}", "soort", words[i]);

		job.dossier = dossier;
		job.event = event;
		for (job.step = 0; job.step < 2; job.step++) {
			memset(&step, 0, sizeof(step));
			job.status = job.step == 0 ? 0 : 422;
			corporatie_ops.give(adapter, &job, &step);
			if (step.kind == STEP_EVENT ||
			    !text_is_clean(span_str(step.text)))
				abort();
			step_fini(&step);
		}
		json_decref(event);
	}
	json_decref(dossier);
}

static struct action
take(void *adapter, const struct adapter_in *in)
{
	struct action action;

	memset(&action, 0, sizeof(action));
	corporatie_ops.take(adapter, in, &action);
	if (action.kind == ACTION_REFERRAL)
		check_referral(action.body);
	if ((action.kind == ACTION_REJECT || action.kind == ACTION_DIVERT) &&
	    (action.code[0] == '\0' || action.text[0] == '\0'))
		abort();
	return action;
}

/* "<route>{document}" or "<route>[{document}, {relatie}]" */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	size_t route = len == 0 ? 0 : data[0] % ROUTES;
	struct adapter_in in = {.method = routes[route].method,
	    .path = routes[route].path,
	    .id = "1",
	    .content_type = "application/json",
	    .body = len == 0 ? span_of(data, 0) : span_of(data + 1, len - 1)};
	json_t *pair =
	    json_loadb((const char *)in.body.p, in.body.len, 0, NULL);
	char *text = json_dumps(json_array_get(pair, 0), 0);
	struct action action;
	void *adapter = NULL;

	if (corporatie_ops.open(&env, &adapter, NULL) != WH_OK)
		abort();
	give(adapter, in.body);
	if (text != NULL) {
		in.body = span_str(text);
		in.fetched = json_array_get(pair, 1);
	}
	action = take(adapter, &in);
	answer(adapter, &in, &action);
	action_fini(&action);
	corporatie_ops.close(adapter);
	free(text);
	json_decref(pair);
	return 0;
}
