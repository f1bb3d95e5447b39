/* SPDX-License-Identifier: EUPL-1.2 */
#include "adapters/loopback/loopback.h"

#include <string.h>

#include "adapters/loopback/map.h"
#include "proto/base/mem.h"

/*
 * The template. POST /loopback/documenten takes one document and answers with
 * {"nummer", "uitkomst", "reden"}; what happens to the referral is POSTed to
 * the partner's "/terugmeldingen". Fields: map.h.
 */

static const struct adapter_route routes[] = {
    {.method = "POST", .path = "/loopback/documenten", .body_max = 65536},
};

static const char *const settings[] = {NULL};

static enum wh_err
loopback_open(const struct adapter_env *env, void **state, struct why *why)
{
	(void)env;
	(void)why;
	*state = NULL; /* nothing to remember */
	return WH_OK;
}

static void
loopback_take(void *state, const struct adapter_in *in, struct action *out)
{
	json_t *document = json_loadb((const char *)in->body.p, in->body.len,
	    JSON_REJECT_DUPLICATES, NULL);
	const char *field = "";

	(void)state;
	if (!json_is_object(document))
		action_reject(out, "", "", "de inhoud is geen JSON-object");
	else if (map_to_referral(document, &out->body, &field) != WH_OK)
		action_reject(out, "", field, "ontbreekt of is leeg");
	else
		out->kind = ACTION_REFERRAL;
	json_decref(document);
}

/* One row per outcome: HTTP status and their word for it. */
struct answer_row {
	enum outcome_kind kind;
	int status;
	const char *word;
};

static const struct answer_row answer_rows[] = {
    {OUTCOME_CREATED, 201, "verzonden"},
    {OUTCOME_QUEUED, 202, "in wachtrij"},
    {OUTCOME_SAME, 200, "was al verzonden"},
    {OUTCOME_CONFLICT, 409, "nummer is al gebruikt"},
    {OUTCOME_REFUSED, 403, "geen toestemming"},
    {OUTCOME_REJECTED, 422, "document is onjuist"},
    {OUTCOME_BUSY, 503, "probeer het later"},
};

static void
loopback_answer(void *state, const struct adapter_in *in,
    const struct outcome *outcome, struct adapter_reply *reply)
{
	const char *reason = outcome->text == NULL ? "" : outcome->text;
	const char *field = outcome->field == NULL ? "" : outcome->field;
	const char *word = "niet mogelijk";
	json_t *body;
	size_t i;

	(void)state;
	(void)in;
	reply->status = 400;
	for (i = 0; i < sizeof(answer_rows) / sizeof(answer_rows[0]); i++)
		if (answer_rows[i].kind == outcome->kind) {
			reply->status = answer_rows[i].status;
			word = answer_rows[i].word;
		}
	if (outcome->kind == OUTCOME_REFUSED)
		reason = terms_text(TERMS_REASONS, outcome->reason);
	body = json_pack("{s:s, s:s, s:s}", "uitkomst", word, "veld", field,
	    "reden", reason);
	reply->body = json_dumps(body, JSON_COMPACT);
	reply->len = strlen(reply->body);
	json_decref(body);
	(void)str_copy(reply->content_type, sizeof(reply->content_type),
	    "application/json");
}

/* Only what others did on a referral that came from their system. */
static void
loopback_give(void *state, const struct job_view *job, struct step *out)
{
	const char *direction =
	    json_string_value(json_object_get(job->dossier, "richting"));
	json_t *document;

	(void)state;
	if (job->event == NULL || direction == NULL ||
	    strcmp(direction, "verzonden") != 0 || job->step > 0)
		return; /* STEP_DONE */
	document = map_to_document(job->dossier, job->event);
	out->kind = STEP_REQUEST;
	out->method = "POST";
	out->url = mem_strdup("/terugmeldingen");
	(void)str_copy(out->content_type, sizeof(out->content_type),
	    "application/json");
	out->body = json_dumps(document, JSON_COMPACT);
	out->len = strlen(out->body);
	json_decref(document);
}

static void
loopback_close(void *state)
{
	(void)state;
}

const struct adapter_ops loopback_ops = {
    .name = "loopback",
    .role = NULL,
    .routes = routes,
    .route_count = sizeof(routes) / sizeof(routes[0]),
    .settings = settings,
    .open = loopback_open,
    .take = loopback_take,
    .answer = loopback_answer,
    .give = loopback_give,
    .close = loopback_close,
};
