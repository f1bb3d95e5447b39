/* SPDX-License-Identifier: EUPL-1.2 */
#include <stdlib.h>
#include <string.h>

#include "adapters/buurtteam/buurtteam.h"
#include "consent/covenant.h"
#include "proto/base/mem.h"
#include "proto/base/text.h"
#include "proto/referral.h"
#include "proto/wire_section.h"
#include "tests/fuzz/fuzz.h"

/* A covenant with one type that takes every category, and one that few. */
static const char *roles[] = {"any"};
static struct reg_type types[] = {
    {.id = "alles",
	.from_count = 1,
	.from_roles = roles,
	.to_count = 1,
	.to_roles = roles,
	.desk = "",
	.instrument = "",
	.kinds = 1u << KIND_CONSENT_AVG,
	.required = 1u << CATEGORY_CONTACT | 1u << CATEGORY_REQUEST,
	.optional = ~0u},
    {.id = "vastgelopen",
	.from_count = 1,
	.from_roles = roles,
	.to_count = 1,
	.to_roles = roles,
	.desk = "",
	.instrument = "wet",
	.kinds = 1u << KIND_PUBLIC_TASK | 1u << KIND_CONSENT_AVG,
	.required = 1u << CATEGORY_CONTACT | 1u << CATEGORY_HOUSING,
	.optional = 1u << CATEGORY_FINANCE},
};
static const struct wh_register reg = {.type_count = 2, .types = types};

/* What is passed on fits what the sealing side takes. */
static void
check_referral(const json_t *body)
{
	const char *name;
	uint32_t number;
	uint8_t *bytes;
	json_t *section;
	size_t len;

	json_object_foreach(json_object_get(body, "gegevens"), name, section)
	{
		if (terms_number(TERMS_CATEGORIES, name, &number) != WH_OK ||
		    wire_section_write((enum category)number, section, &bytes,
			&len, NULL) != WH_OK)
			abort();
		mem_wipe_free(bytes, len);
	}
	if (json_string_length(json_object_get(body, "client")) == 0 ||
	    json_string_length(json_object_get(body, "kenmerk")) == 0)
		abort();
}

static void
check_answer(const struct adapter_in *in, const struct outcome *outcome)
{
	struct adapter_reply reply;

	memset(&reply, 0, sizeof(reply));
	buurtteam_ops.answer(NULL, in, outcome, &reply);
	if (reply.status < 200 || reply.body == NULL ||
	    !text_is_clean(span_of(reply.body, reply.len)))
		abort();
	adapter_reply_fini(&reply);
}

/* The document as what was asked, and every answer to it. */
static void
take(struct adapter_in *in)
{
	json_t *dossier =
	    json_pack("{s:s, s:s}", "id", in->id, "status", "DELIVERED");
	struct outcome outcome = {.kind = OUTCOME_CREATED, .dossier = dossier};
	struct action action;

	memset(&action, 0, sizeof(action));
	buurtteam_ops.take(NULL, in, &action);
	if (action.kind == ACTION_REFERRAL)
		check_referral(action.body);
	else if (action.kind == ACTION_REJECT)
		outcome = (struct outcome){.kind = OUTCOME_REJECTED,
		    .field = action.field,
		    .text = action.text,
		    .code = action.code};
	check_answer(in, &outcome);
	outcome = (struct outcome){.kind = OUTCOME_REFUSED,
	    .reason = REASON_CATEGORY_NOT_COVERED,
	    .text = ""};
	check_answer(in, &outcome);
	action_fini(&action);
	json_decref(dossier);
}

/* The same bytes as an answer of theirs. */
static void
give(const json_t *dossier, struct span response)
{
	struct job_view job = {.step = 1,
	    .dossier = dossier,
	    .event = dossier,
	    .status = 422,
	    .location = "",
	    .response = response};
	struct step step;

	memset(&step, 0, sizeof(step));
	buurtteam_ops.give(NULL, &job, &step);
	if (step.kind != STEP_PARK ||
	    !text_is_clean(span_of(step.text, strlen(step.text))))
		abort();
	step_fini(&step);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const char *const directions[] = {"verzonden", "ontvangen"};
	static const char id[] = "0192f0c4-0000-7000-8000-000000000001";
	struct adapter_in in = {.method = "POST",
	    .path = "/fhir",
	    .id = "",
	    .content_type = "application/fhir+json",
	    .reg = &reg,
	    .now_ms = INT64_C(1789382400000),
	    .body = span_of(data, len)};

	take(&in);
	for (size_t i = 0; i < 2; i++) {
		json_t *dossier =
		    json_pack("{s:s, s:s, s:s, s:{}}", "id", id, "richting",
			directions[i], "status", "ACCEPTED", "gegevens");

		in.method = "PUT";
		in.path = "/fhir/Task/0192f0c4-0000-7000-8000-000000000001";
		in.id = id;
		in.dossier = dossier;
		take(&in);
		give(dossier, in.body);
		json_decref(dossier);
	}
	return 0;
}
