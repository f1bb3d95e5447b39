/* SPDX-License-Identifier: EUPL-1.2 */
#include <stdio.h>

#include "adapters/runner_impl.h"
#include "proto/base/clk.h"
#include "proto/base/hash.h"
#include "proto/base/log.h"
#include "proto/base/mem.h"
#include "proto/base/text.h"

/* The partner's own documents: take, act, answer. */

/* Looking up more than this for one document is a mistake of the adapter. */
#define FETCHES_MAX 4

struct call {
	const struct runner_route *route;
	struct http_request *request;
	struct id request_id;
	json_t *fetched; /* owned */
	json_t *dossier; /* owned; of the {id} in the path */
	unsigned fetches;
};

static void
call_free(struct call *call)
{
	json_decref(call->fetched);
	json_decref(call->dossier);
	mem_free(call);
}

static struct adapter_in
call_in(const struct call *call)
{
	struct adapter_in in = *http_in(call->request);

	in.fetched = call->fetched;
	in.dossier = call->dossier;
	in.now_ms = clk_wall_ms();
	in.request_id = call->request_id;
	return in;
}

/* Answer in the partner's own form; the end of the call. */
static void
answer(struct call *call, const struct outcome *outcome)
{
	struct runner *runner = call->route->runner;
	struct adapter_in in = call_in(call);
	struct adapter_reply reply = {.status = 500};

	runner->ops->answer(runner->state, &in, outcome, &reply);
	http_reply(call->request, reply.status, reply.content_type,
	    span_of(reply.body, reply.len),
	    reply.location[0] == '\0' ? NULL : reply.location);
	adapter_reply_fini(&reply);
	call_free(call);
}

static void
answer_kind(struct call *call, enum outcome_kind kind, const char *text)
{
	struct outcome outcome = {.kind = kind,
	    .field = "",
	    .text = text,
	    .code = ""};

	answer(call, &outcome);
}

/* The desk's result as the adapter's outcome; waited for when it has to. */
static void
finish(void *arg, struct http_request *request,
    const struct desk_result *result)
{
	struct outcome outcome = {
	    .kind = result->kind,
	    .reason = result->reason,
	    .field = result->field,
	    .text = result->text,
	    .code = "",
	    .dossier = result->dossier,
	    .allowed = result->allowed,
	};

	(void)request;
	answer(arg, &outcome);
}

static void
settle(struct call *call, enum wh_err err, struct desk_result *result)
{
	if (err == WH_OK) {
		runner_settle(call->route->runner, result, call->request,
		    finish, call);
		return;
	}
	log_err("DESK-FAILED", "path=%s cause=%s", call->route->route->path,
	    wh_err_str(err));
	answer_kind(call, OUTCOME_BUSY,
	    "er is nu geen ruimte of een storing; probeer het later");
}

/* What cannot be used is kept, sealed, for the operator. */
static void
reject(struct call *call, const struct action *action)
{
	struct adapter_in in = call_in(call);
	struct outcome outcome = {
	    .kind = action->kind == ACTION_DIVERT ? OUTCOME_DIVERTED
						  : OUTCOME_REJECTED,
	    .field = action->field,
	    .text = action->text,
	    .code = action->code,
	};

	if (desk_reject(call->route->runner->desk, &in, action->field,
		action->text, in.now_ms) != WH_OK)
		log_err("REJECTED-NOT-KEPT", "path=%s",
		    call->route->route->path);
	answer(call, &outcome);
}

static void take(struct call *call);

static void
on_fetched(void *arg, enum wh_err err, const struct fetch_answer *fetched)
{
	struct call *call = arg;

	if (err == WH_OK && fetched->status == 200)
		call->fetched = json_loadb((const char *)fetched->body.p,
		    fetched->body.len, JSON_REJECT_DUPLICATES, NULL);
	if (call->fetched == NULL) {
		log_warn("LOOKUP-FAILED", "path=%s status=%d",
		    call->route->route->path,
		    err == WH_OK ? fetched->status : 0);
		answer_kind(call, OUTCOME_BUSY,
		    "het bronsysteem gaf geen bruikbaar antwoord; probeer "
		    "het later");
		return;
	}
	take(call);
}

static void
look_up(struct call *call, const char *path)
{
	const struct fetch_request request = {.method = "GET",
	    .url = path,
	    .content_type = ""};
	struct why why = {""};

	json_decref(call->fetched);
	call->fetched = NULL;
	if (++call->fetches <= FETCHES_MAX &&
	    fetch_start(call->route->runner->fetch, &request, on_fetched, call,
		&why) == WH_OK)
		return;
	log_err("LOOKUP-IMPOSSIBLE", "path=%s cause=%s",
	    call->route->route->path, why.text);
	answer_kind(call, OUTCOME_BUSY,
	    "het bronsysteem is niet ingesteld of niet bereikbaar");
}

static void
do_event(struct call *call, const struct action *action)
{
	struct desk_result result = {0};
	struct id case_ref;
	enum wh_err err;

	if (id_parse(action->id, &case_ref) != WH_OK) {
		answer_kind(call, OUTCOME_NOT_FOUND, "onbekende verwijzing");
		return;
	}
	err = desk_event(call->route->runner->desk, &case_ref, action->body,
	    clk_wall_ms(), &result);
	settle(call, err, &result);
}

static void
show(struct call *call, const struct action *action)
{
	struct outcome outcome = {.kind = OUTCOME_READ,
	    .field = "",
	    .text = "",
	    .code = ""};
	struct id case_ref;
	json_t *dossier = NULL;

	if (id_parse(action->id, &case_ref) != WH_OK ||
	    desk_dossier(call->route->runner->desk, &case_ref, &dossier) !=
		WH_OK)
		outcome.kind = OUTCOME_NOT_FOUND;
	outcome.dossier = dossier;
	answer(call, &outcome);
	json_decref(dossier);
}

static void
do_action(struct call *call, const struct action *action)
{
	struct runner *runner = call->route->runner;
	struct desk_result result = {0};
	enum wh_err err;

	switch (action->kind) {
	case ACTION_REJECT:
	case ACTION_DIVERT:
		reject(call, action);
		break;
	case ACTION_REFERRAL:
		err = desk_refer(runner->desk, action->body, clk_wall_ms(),
		    &result);
		settle(call, err, &result);
		break;
	case ACTION_EVENT:
		do_event(call, action);
		break;
	case ACTION_FETCH:
		look_up(call, action->path);
		break;
	case ACTION_JOB:
		err = runner_job_push(runner, action->body);
		if (err != WH_OK) {
			settle(call, err, &result);
			break;
		}
		answer_kind(call, OUTCOME_DONE, "");
		runner_jobs_work(runner);
		break;
	case ACTION_READ:
		show(call, action);
		break;
	case ACTION_NOTHING:
		answer_kind(call, OUTCOME_DONE, "");
		break;
	}
}

static void
take(struct call *call)
{
	struct runner *runner = call->route->runner;
	struct adapter_in in = call_in(call);
	struct action action = {.kind = ACTION_NOTHING};

	runner->ops->take(runner->state, &in, &action);
	do_action(call, &action);
	action_fini(&action);
}

static void
on_request(void *arg, struct http_request *request)
{
	struct call *call = mem_new(sizeof(*call));
	const struct adapter_in *in = http_in(request);
	struct id case_ref;

	call->route = arg;
	call->request = request;
	random_fill(call->request_id.b, sizeof(call->request_id.b));
	if (in->id[0] != '\0' && id_parse(in->id, &case_ref) == WH_OK)
		(void)desk_dossier(call->route->runner->desk, &case_ref,
		    &call->dossier);
	take(call);
}

void
runner_routes_open(struct runner *runner)
{
	const struct adapter_ops *ops = runner->ops;
	size_t i;

	runner->sector = mem_new(ops->route_count * sizeof(*runner->sector));
	runner->routes = mem_new(ops->route_count * sizeof(*runner->routes));
	for (i = 0; i < ops->route_count; i++) {
		runner->sector[i] = (struct runner_route){.runner = runner,
		    .route = &ops->routes[i]};
		runner->routes[i] = (struct http_route){
		    .method = ops->routes[i].method,
		    .path = ops->routes[i].path,
		    .handler = on_request,
		    .arg = &runner->sector[i],
		    .body_max = ops->routes[i].body_max,
		    .is_open = ops->routes[i].is_open,
		};
	}
	http_routes(runner->http, runner->routes, ops->route_count);
}
