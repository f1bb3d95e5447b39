/* SPDX-License-Identifier: EUPL-1.2 */
#include "adapters/api_reason.h"
#include "adapters/desk_officer.h"
#include "adapters/jobs.h"
#include "adapters/json.h"
#include "adapters/look.h"
#include "adapters/runner_impl.h"
#include "proto/base/clk.h"
#include "proto/base/log.h"
#include "proto/base/mem.h"
#include "proto/base/text.h"

/* Asking more than this for one document is a mistake of the adapter. */
#define FETCHES_MAX 4

/* A request on one of the partner's routes, from take to answer. */
struct visit {
	struct runner *runner;
	struct http_request *request;
	struct action action; /* what take made of it; owned */
	json_t *fetched;      /* owned; NULL before ACTION_FETCH */
	unsigned fetches;
	json_t *dossier; /* owned; of the id in the path */
};

static void
visit_free(struct visit *visit)
{
	action_fini(&visit->action);
	json_decref(visit->fetched);
	json_decref(visit->dossier);
	mem_free(visit);
}

/* What take and answer see. Fresh: a client may have left meanwhile. */
static struct adapter_in
visit_in(const struct visit *visit)
{
	struct adapter_in in = *http_in(visit->request);

	in.fetched = visit->fetched;
	in.dossier = visit->dossier;
	in.reg = desk_register(visit->runner->desk);
	return in;
}

static void
send_reply(struct visit *visit, struct adapter_reply *reply)
{
	if (reply->status < 200 || reply->status > 599) {
		log_err("ADAPTER-REPLY", "adapter=%s status=%d",
		    visit->runner->ops->name, reply->status);
		http_problem(visit->request, 500, "INTERNE_FOUT",
		    "Interne fout", "Deze adapter kon geen antwoord maken.",
		    NULL);
		return;
	}
	http_reply(visit->request, reply->status, reply->content_type,
	    span_of(reply->body, reply->len), reply->location);
}

/* The end of every visit. */
static void
answer(struct visit *visit, const struct outcome *outcome)
{
	struct runner *runner = visit->runner;
	struct adapter_in in = visit_in(visit);
	struct adapter_reply reply = {0};

	if (http_is_gone(visit->request)) {
		http_reply(visit->request, 503, "", span_of(NULL, 0), NULL);
	} else {
		runner->ops->answer(runner->state, &in, outcome, &reply);
		send_reply(visit, &reply);
		adapter_reply_fini(&reply);
	}
	visit_free(visit);
}

static void
answer_kind(struct visit *visit, enum outcome_kind kind, const char *text)
{
	const struct outcome outcome = {.kind = kind,
	    .field = visit->action.field,
	    .text = text,
	    .code = visit->action.code,
	    .dossier = visit->dossier};

	answer(visit, &outcome);
}

static void
answer_failed(struct visit *visit, enum wh_err err)
{
	if (err == WH_NOT_FOUND) {
		answer_kind(visit, OUTCOME_NOT_FOUND,
		    "Deze verwijzing is hier niet bekend.");
		return;
	}
	log_err("ADAPTER-FAILED", "adapter=%s error=%s",
	    visit->runner->ops->name, wh_err_str(err));
	answer_kind(visit, OUTCOME_BUSY,
	    "Dit kan nu niet worden bewaard; probeer het later opnieuw.");
}

/* The answer may show what was received: it is passed on with it. */
static enum wh_err
note_shown(struct visit *visit, const json_t *dossier)
{
	struct id case_ref;

	if (json_object_size(json_object_get(dossier, "gegevens")) == 0 ||
	    id_parse(json_text(dossier, "id"), &case_ref) != WH_OK)
		return WH_OK;
	return desk_passed_on(visit->runner->desk, &case_ref);
}

static void
finish_visit(void *arg, struct http_request *request,
    const struct desk_result *result)
{
	struct visit *visit = arg;
	const struct outcome outcome = {.kind = result->kind,
	    .reason = result->reason,
	    .field = result->field,
	    .text = result->kind == OUTCOME_REFUSED
			? api_reason(result->reason)->advice
			: result->text,
	    .code = visit->action.code,
	    .dossier = result->dossier,
	    .allowed = result->allowed};
	enum wh_err err = note_shown(visit, result->dossier);

	(void)request;
	if (err == WH_OK)
		answer(visit, &outcome);
	else
		answer_failed(visit, err);
}

static void
settle(struct visit *visit, enum wh_err err, struct desk_result *result)
{
	if (err != WH_OK)
		answer_failed(visit, err);
	else
		runner_settle(visit->runner, result, visit->request,
		    finish_visit, visit);
}

static void
do_reject(struct visit *visit)
{
	const struct adapter_in in = visit_in(visit);
	const struct action *action = &visit->action;
	enum wh_err err;

	err = desk_reject(visit->runner->desk, &in, action->field, action->text,
	    clk_wall_ms());
	if (err != WH_OK)
		log_warn("REJECTED-NOT-KEPT", "error=%s", wh_err_str(err));
	log_info("REJECTED", "adapter=%s field=%s", visit->runner->ops->name,
	    action->field);
	answer_kind(visit, OUTCOME_REJECTED, action->text);
}

static void
do_refer(struct visit *visit)
{
	struct desk_result result = {0};
	enum wh_err err;

	err = desk_refer(visit->runner->desk, visit->action.body, clk_wall_ms(),
	    &result);
	settle(visit, err, &result);
}

static void
do_event(struct visit *visit)
{
	struct desk_result result = {0};
	struct id case_ref;
	enum wh_err err = WH_NOT_FOUND;

	if (id_parse(visit->action.id, &case_ref) == WH_OK)
		err = desk_event(visit->runner->desk, &case_ref,
		    visit->action.body, clk_wall_ms(), &result);
	settle(visit, err, &result);
}

static enum wh_err
note_look(struct visit *visit, const struct id *case_ref)
{
	struct look look = {.at_ms = http_in(visit->request)->now_ms,
	    .who = *http_caller(visit->request),
	    .kind = LOOK_REFERRAL};

	id_text(case_ref, look.where);
	return desk_look(visit->runner->desk, &look);
}

static void
do_read(struct visit *visit)
{
	struct id case_ref;
	json_t *dossier = NULL;
	enum wh_err err = WH_NOT_FOUND;

	if (id_parse(visit->action.id, &case_ref) == WH_OK)
		err = desk_dossier(visit->runner->desk, &case_ref, &dossier);
	if (err == WH_OK)
		err = desk_passed_on(visit->runner->desk, &case_ref);
	if (err == WH_OK)
		err = note_look(visit, &case_ref);
	if (err != WH_OK) {
		json_decref(dossier);
		answer_failed(visit, err);
		return;
	}
	json_decref(visit->dossier);
	visit->dossier = dossier;
	answer_kind(visit, OUTCOME_READ, "");
}

/* Durable before the partner hears that it is noted. */
static void
do_job(struct visit *visit)
{
	struct runner *runner = visit->runner;
	struct job job = {.job_id = http_in(visit->request)->request_id,
	    .due_ms = clk_wall_ms(),
	    .context = visit->action.body};
	struct kv_txn *txn = NULL;
	enum wh_err err;

	err = kv_begin(desk_kv(runner->desk), KV_READ_WRITE, &txn);
	if (err == WH_OK)
		err = jobs_push(txn, desk_vault(runner->desk), &job);
	if (err == WH_OK)
		err = kv_commit(&txn);
	kv_abort(&txn);
	if (err != WH_OK) {
		answer_failed(visit, err);
		return;
	}
	runner_jobs_kick(runner);
	answer_kind(visit, OUTCOME_DONE, "");
}

static void take(struct visit *visit);

static void
on_fetched(void *arg, enum wh_err err, const struct fetch_answer *got)
{
	struct visit *visit = arg;

	if (err == WH_OK && (got->status == 404 || got->status == 410)) {
		answer_kind(visit, OUTCOME_NOT_FOUND,
		    "Het bronsysteem kent dit gegeven niet.");
		return;
	}
	if (err == WH_OK && got->status >= 200 && got->status < 300)
		visit->fetched = json_loadb((const char *)got->body.p,
		    got->body.len, JSON_REJECT_DUPLICATES, NULL);
	if (visit->fetched == NULL || http_is_gone(visit->request)) {
		answer_kind(visit, OUTCOME_BUSY,
		    "Het bronsysteem geeft nu geen bruikbaar antwoord; "
		    "probeer het later opnieuw.");
		return;
	}
	take(visit);
}

static void
do_fetch(struct visit *visit)
{
	char accept[] = "Accept: application/json";
	char *headers[] = {accept};
	const struct fetch_request request = {.method = "GET",
	    .url = visit->action.path,
	    .content_type = "",
	    .headers = headers,
	    .header_count = 1};
	struct why why = {""};

	json_decref(visit->fetched);
	visit->fetched = NULL;
	if (++visit->fetches <= FETCHES_MAX &&
	    fetch_start(visit->runner->fetch, &request, on_fetched, visit,
		&why) == WH_OK)
		return;
	log_warn("FETCH-REFUSED", "adapter=%s cause=%s",
	    visit->runner->ops->name, why.text);
	answer_kind(visit, OUTCOME_BUSY,
	    "Het bronsysteem kan hiervoor niet worden gevraagd.");
}

static void
take(struct visit *visit)
{
	struct runner *runner = visit->runner;
	struct adapter_in in = visit_in(visit);

	action_fini(&visit->action);
	visit->action = (struct action){.kind = ACTION_NOTHING};
	runner->ops->take(runner->state, &in, &visit->action);
	switch (visit->action.kind) {
	case ACTION_REJECT:
		do_reject(visit);
		break;
	case ACTION_DIVERT:
		answer_kind(visit, OUTCOME_DIVERTED, visit->action.text);
		break;
	case ACTION_REFERRAL:
		do_refer(visit);
		break;
	case ACTION_EVENT:
		do_event(visit);
		break;
	case ACTION_FETCH:
		do_fetch(visit);
		break;
	case ACTION_JOB:
		do_job(visit);
		break;
	case ACTION_READ:
		do_read(visit);
		break;
	case ACTION_NOTHING:
		answer_kind(visit, OUTCOME_DONE, "");
		break;
	}
}

static void
on_route(void *arg, struct http_request *request)
{
	const struct runner_route *bound = arg;
	struct visit *visit = mem_new(sizeof(*visit));
	struct id case_ref;

	visit->runner = bound->runner;
	visit->request = request;
	if (id_parse(http_in(request)->id, &case_ref) == WH_OK)
		(void)desk_dossier(bound->runner->desk, &case_ref,
		    &visit->dossier); /* absent: NULL says so */
	take(visit);
}

void
runner_routes_open(struct runner *runner)
{
	const struct adapter_ops *ops = runner->ops;
	struct http_route route;

	runner->routes =
	    mem_new((ops->route_count + 1) * sizeof(*runner->routes));
	for (size_t i = 0; i < ops->route_count; i++) {
		runner->routes[i].runner = runner;
		runner->routes[i].route = &ops->routes[i];
		route = (struct http_route){.method = ops->routes[i].method,
		    .path = ops->routes[i].path,
		    .handler = on_route,
		    .arg = &runner->routes[i],
		    .body_max = ops->routes[i].body_max,
		    .is_open = ops->routes[i].is_open,
		    .roles = ROLE_PROFESSIONAL};
		http_routes(runner->http, &route, 1);
	}
}
