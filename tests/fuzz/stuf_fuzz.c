/* SPDX-License-Identifier: EUPL-1.2 */
#include <stdlib.h>
#include <string.h>

#include "adapters/politie/politie.h"
#include "proto/base/text.h"
#include "tests/fuzz/fuzz.h"

static const char *
setting(const struct adapter_env *env, const char *key)
{
	(void)env;
	return strcmp(key, "besluit") == 0 ? "1" : NULL;
}

static const struct adapter_env env = {.member = "politie",
    .organisation = "Politie",
    .setting = setting};

/* A referral always has what the rest of the program reads from it. */
static void
check_referral(const json_t *body)
{
	static const char *const wanted[] = {"type", "naar", "client",
	    "grondslag", "kenmerk", "gegevens", "bron"};
	const json_t *sections = json_object_get(body, "gegevens");

	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		if (json_object_get(body, wanted[i]) == NULL)
			abort();
	}
	if (json_object_get(sections, "CONTACT") == NULL ||
	    json_object_get(sections, "SAFETY") == NULL ||
	    json_object_get(sections, "BSN") != NULL)
		abort();
}

/* Whatever came in: an answer, in XML that is clean UTF-8. */
static void
answer(void *adapter, const struct adapter_in *in, const struct action *action)
{
	struct outcome outcome = {.kind = OUTCOME_REJECTED,
	    .field = action->field,
	    .text = action->text,
	    .code = action->code};
	struct adapter_reply reply;

	memset(&reply, 0, sizeof(reply));
	if (action->kind == ACTION_REFERRAL)
		outcome = (struct outcome){.kind = OUTCOME_CREATED};
	politie_ops.answer(adapter, in, &outcome, &reply);
	if (reply.body == NULL ||
	    !text_is_clean(span_of(reply.body, reply.len)))
		abort();
	adapter_reply_fini(&reply);
}

/* The same bytes as what the police say to an outcome. */
static void
give(void *adapter, struct span response)
{
	json_t *empty = json_object();
	struct job_view job = {.step = 1,
	    .dossier = empty,
	    .event = empty,
	    .status = 200,
	    .location = "",
	    .response = response};
	struct step step;

	memset(&step, 0, sizeof(step));
	politie_ops.give(adapter, &job, &step);
	if (step.kind != STEP_DONE && step.kind != STEP_PARK)
		abort();
	step_fini(&step);
	json_decref(empty);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct adapter_in in = {.method = "POST",
	    .path = "/stuf/jeugdzorg",
	    .id = "",
	    .content_type = "text/xml",
	    .body = span_of(data, len)};
	struct action action;
	void *adapter = NULL;

	if (politie_ops.open(&env, &adapter, NULL) != WH_OK)
		abort();
	memset(&action, 0, sizeof(action));
	politie_ops.take(adapter, &in, &action);
	if (action.kind == ACTION_REFERRAL)
		check_referral(action.body);
	else if (action.code[0] == '\0' || action.text[0] == '\0')
		abort();
	answer(adapter, &in, &action);
	give(adapter, in.body);
	action_fini(&action);
	politie_ops.close(adapter);
	return 0;
}
