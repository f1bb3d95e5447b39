/* SPDX-License-Identifier: EUPL-1.2 */
#include <stdio.h>

#include "adapters/local.h"
#include "adapters/runner_impl.h"
#include "proto/base/clk.h"
#include "proto/base/hash.h"
#include "proto/base/log.h"
#include "proto/base/mem.h"
#include "proto/base/text.h"

/* Jobs towards the partner system: one at a time, durable between steps. */

/* Nothing is due sooner than this is looked at again. */
#define LOOK_AGAIN_MS 60000

static void
on_due(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	runner_jobs_work(arg);
}

static void
come_back(struct runner *runner, int64_t in_ms)
{
	struct timeval when;

	if (in_ms < 0)
		in_ms = 0;
	if (in_ms > LOOK_AGAIN_MS)
		in_ms = LOOK_AGAIN_MS;
	when = (struct timeval){.tv_sec = in_ms / 1000,
	    .tv_usec = in_ms % 1000 * 1000};
	if (runner->work == NULL)
		runner->work = evtimer_new(runner->base, on_due, runner);
	evtimer_add(runner->work, &when);
}

enum wh_err
runner_job_push(struct runner *runner, const json_t *context)
{
	struct job job = {.due_ms = clk_wall_ms(),
	    .context = json_deep_copy(context)};
	struct kv_txn *txn = NULL;
	enum wh_err err;

	random_fill(job.job_id.b, sizeof(job.job_id.b));
	err = kv_begin(desk_kv(runner->desk), KV_READ_WRITE, &txn);
	if (err == WH_OK)
		err = jobs_push(txn, desk_vault(runner->desk), &job);
	if (err == WH_OK)
		err = kv_commit(&txn);
	kv_abort(&txn);
	job_fini(&job);
	return err;
}

/* Keep the job as it is now, or drop it; then look for the next. */
static void
settle_job(struct runner *runner, bool done)
{
	struct kv_txn *txn = NULL;
	enum wh_err err;

	err = kv_begin(desk_kv(runner->desk), KV_READ_WRITE, &txn);
	if (err == WH_OK)
		err = done ? jobs_done(txn, &runner->job)
			   : jobs_update(txn, desk_vault(runner->desk),
				 &runner->job);
	if (err == WH_OK)
		err = kv_commit(&txn);
	kv_abort(&txn);
	if (err != WH_OK)
		log_err("JOB-NOT-KEPT", "cause=%s", wh_err_str(err));
	if (done && err == WH_OK)
		runner->jobs_done++;
	job_fini(&runner->job);
	step_fini(&runner->step);
	runner->working = false;
	/* After a failure of the store not at once again. */
	come_back(runner, err == WH_OK ? 0 : 1000);
}

static void
park(struct runner *runner, const char *text)
{
	char id[ID_TEXT_SIZE];

	id_text(&runner->job.job_id, id);
	log_warn("JOB-PARKED", "job=%s step=%u cause=%s", id, runner->job.step,
	    text);
	runner->job.parked = true;
	(void)snprintf(runner->job.text, sizeof(runner->job.text), "%s", text);
	settle_job(runner, false);
}

/* The same step again, later. */
static void
try_later(struct runner *runner, const char *text)
{
	struct job *job = &runner->job;
	int64_t now_ms = clk_wall_ms();

	if (runner->target_away_ms == 0) {
		runner->target_away_ms = now_ms;
		log_warn("TARGET-AWAY", "member=%s cause=%s",
		    desk_member(runner->desk), text);
	}
	runner->jobs_failed++;
	job->due_ms = now_ms + jobs_backoff_ms(++job->attempts);
	(void)snprintf(job->text, sizeof(job->text), "%s", text);
	settle_job(runner, false);
}

static bool
is_temporary(int status)
{
	return status == 408 || status == 425 || status == 429 || status >= 500;
}

static void
on_answer(void *arg, enum wh_err err, const struct fetch_answer *answer)
{
	struct runner *runner = arg;
	struct job *job = &runner->job;
	char text[32];

	if (err != WH_OK) {
		try_later(runner, wh_err_str(err));
		return;
	}
	if (is_temporary(answer->status)) {
		(void)snprintf(text, sizeof(text), "HTTP %d", answer->status);
		try_later(runner, text);
		return;
	}
	if (runner->target_away_ms != 0)
		log_info("TARGET-BACK", "member=%s", desk_member(runner->desk));
	runner->target_away_ms = 0;
	job->step++;
	job->attempts = 0;
	job->due_ms = clk_wall_ms();
	job->status = answer->status;
	json_decref(job->context);
	job->context = json_incref(runner->step.context);
	mem_free(job->location);
	job->location = mem_strdup(answer->location);
	mem_wipe_free(job->response, job->response_len);
	job->response = mem_dup(answer->body);
	job->response_len = answer->body.len;
	settle_job(runner, false);
}

static void
send_request(struct runner *runner)
{
	const struct step *step = &runner->step;
	struct fetch_request request = {
	    .method = step->method,
	    .url = step->url,
	    .content_type = step->content_type,
	    .headers = step->headers,
	    .body = span_of(step->body, step->len),
	};
	struct why why = {""};

	while (request.header_count < STEP_HEADERS_MAX &&
	       step->headers[request.header_count] != NULL)
		request.header_count++;
	if (runner->step.context == NULL)
		runner->step.context = json_object();
	if (fetch_start(runner->fetch, &request, on_answer, runner, &why) !=
	    WH_OK)
		park(runner, why.text);
}

static void
do_event(struct runner *runner)
{
	struct desk_result result = {0};
	char text[WHY_MAX];
	struct id case_ref;
	enum wh_err err;
	bool did;

	if (id_parse(runner->step.id, &case_ref) != WH_OK) {
		park(runner, "the partner system names no referral of ours");
		return;
	}
	err = desk_event(runner->desk, &case_ref, runner->step.event,
	    clk_wall_ms(), &result);
	if (err != WH_OK) {
		try_later(runner, wh_err_str(err));
		return;
	}
	did = result.kind == OUTCOME_QUEUED;
	(void)snprintf(text, sizeof(text), "event not possible: %.200s",
	    result.text);
	desk_result_fini(&result);
	if (!did) {
		park(runner, text);
		return;
	}
	settle_job(runner, true);
	if (runner->uplink != NULL)
		uplink_kick(runner->uplink);
}

/* Keep what the job learned with its referral, before anything else. */
static bool
keep_note(struct runner *runner)
{
	enum wh_err err;

	if (runner->step.note == NULL || !runner->job.has_case)
		return true;
	err = desk_note(runner->desk, &runner->job.case_ref, runner->step.note);
	if (err == WH_OK || err == WH_NOT_FOUND)
		return true;
	try_later(runner, wh_err_str(err));
	return false;
}

static void
do_step(struct runner *runner)
{
	if (!keep_note(runner))
		return;
	switch (runner->step.kind) {
	case STEP_DONE:
		settle_job(runner, true);
		break;
	case STEP_REQUEST:
		send_request(runner);
		break;
	case STEP_EVENT:
		do_event(runner);
		break;
	case STEP_PARK:
		park(runner, runner->step.text);
		break;
	}
}

static void
work_on(struct runner *runner)
{
	struct job *job = &runner->job;
	json_t *dossier = NULL;
	struct job_view view = {
	    .job_id = job->job_id,
	    .step = job->step,
	    .context = job->context,
	    .status = job->status,
	    .location = job->location == NULL ? "" : job->location,
	    .response = span_of(job->response, job->response_len),
	    .now_ms = clk_wall_ms(),
	};
	enum wh_err err = WH_OK;

	if (job->has_case)
		err = desk_dossier_full(runner->desk, &job->case_ref, &dossier);
	if (err != WH_OK && err != WH_NOT_FOUND) {
		try_later(runner, wh_err_str(err));
		return;
	}
	view.dossier = dossier;
	view.event = json_array_get(json_object_get(dossier, "gebeurtenissen"),
	    job->event);
	runner->step = (struct step){.kind = STEP_DONE};
	/* Without a partner system there is nobody to tell. */
	if (err == WH_OK && runner->config->target_url[0] != '\0')
		runner->ops->give(runner->state, &view, &runner->step);
	do_step(runner);
	json_decref(dossier);
}

void
runner_jobs_work(struct runner *runner)
{
	struct kv_txn *txn = NULL;
	int64_t now_ms = clk_wall_ms();
	int64_t next_ms = INT64_MAX;
	enum wh_err err;

	if (runner->working || runner->desk == NULL || runner->fetch == NULL)
		return;
	err = kv_begin(desk_kv(runner->desk), KV_READ_ONLY, &txn);
	if (err == WH_OK)
		err = jobs_next(txn, desk_vault(runner->desk), now_ms,
		    &runner->job, &next_ms);
	kv_abort(&txn);
	if (err == WH_OK) {
		runner->working = true;
		work_on(runner);
	} else if (err == WH_NOT_FOUND) {
		come_back(runner,
		    next_ms == INT64_MAX ? LOOK_AGAIN_MS : next_ms - now_ms);
	} else {
		log_err("JOBS-UNREADABLE", "cause=%s", wh_err_str(err));
		come_back(runner, 1000);
	}
}
