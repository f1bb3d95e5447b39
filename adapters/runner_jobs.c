/* SPDX-License-Identifier: EUPL-1.2 */
#include <stdio.h>
#include <string.h>

#include "adapters/dossier.h"
#include "adapters/jobs.h"
#include "adapters/json.h"
#include "adapters/runner_impl.h"
#include "proto/base/clk.h"
#include "proto/base/log.h"
#include "proto/base/mem.h"
#include "proto/base/text.h"

#define LOOK_AGAIN_MS 60000
#define STORE_AWAY_MS 5000

/*
 * The job at hand. A step is kept when its answer is in, so that a crash
 * repeats at most one request, with the same job id.
 */
struct runner_work {
	struct runner *runner;
	struct job job;  /* as it stands in the store */
	json_t *context; /* owned: for the next step */
};

static void
work_end(struct runner_work *work)
{
	work->runner->work = NULL;
	job_fini(&work->job);
	json_decref(work->context);
	mem_free(work);
}

static void
look_in(struct runner *runner, int64_t wait_ms)
{
	struct timeval tv;

	if (runner->jobs_timer == NULL)
		return;
	if (wait_ms > LOOK_AGAIN_MS)
		wait_ms = LOOK_AGAIN_MS;
	if (wait_ms < 0)
		wait_ms = 0;
	tv = (struct timeval){.tv_sec = wait_ms / 1000,
	    .tv_usec = wait_ms % 1000 * 1000};
	(void)evtimer_add(runner->jobs_timer, &tv);
}

/*
 * Its referral was erased while it was asked for: what has not left stays here,
 * however long the partner takes to connect. Before the hub hears of it.
 */
static void
stop_erased(struct runner *runner)
{
	struct kv_txn *txn = NULL;
	enum wh_err err;

	if (runner->work == NULL || !runner->work->job.has_case)
		return;
	err = kv_begin(desk_kv(runner->desk), KV_READ_ONLY, &txn);
	if (err == WH_OK)
		err = jobs_find(txn, &runner->work->job);
	kv_abort(&txn);
	if (err == WH_NOT_FOUND && fetch_cancel(runner->fetch, runner->work))
		work_end(runner->work);
}

void
runner_jobs_kick(struct runner *runner)
{
	if (!runner->closing)
		stop_erased(runner);
	if (runner->work == NULL && !runner->closing)
		look_in(runner, 0);
}

/* Done with the job, for now: keep it as it is, or drop it. */
static void
work_keep(struct runner_work *work, bool is_done)
{
	struct runner *runner = work->runner;
	struct kv_txn *txn = NULL;
	enum wh_err err;

	err = kv_begin(desk_kv(runner->desk), KV_READ_WRITE, &txn);
	if (err == WH_OK)
		err = is_done ? jobs_done(txn, &work->job)
			      : jobs_update(txn, desk_vault(runner->desk),
				    &work->job);
	if (err == WH_NOT_FOUND)
		err = WH_OK; /* erased with its referral while it was done */
	if (err == WH_OK)
		err = kv_commit(&txn);
	kv_abort(&txn);
	runner->jobs_done += err == WH_OK && is_done;
	work_end(work);
	if (err != WH_OK)
		log_err("JOB-NOT-KEPT", "error=%s", wh_err_str(err));
	look_in(runner, err == WH_OK ? 0 : STORE_AWAY_MS);
}

static void
set_text(struct job *job, const char *text)
{
	snprintf(job->text, sizeof(job->text), "%s",
	    text_is_clean(span_str(text)) ? text : "");
}

static void
park(struct runner_work *work, const char *text)
{
	char job_id[ID_TEXT_SIZE];

	id_text(&work->job.job_id, job_id);
	log_warn("JOB-PARKED", "job=%s step=%u", job_id, work->job.step);
	work->runner->jobs_failed++;
	work->job.parked = true;
	set_text(&work->job, text);
	work_keep(work, false);
}

static void
try_later(struct runner_work *work, const char *text)
{
	struct job *job = &work->job;
	char job_id[ID_TEXT_SIZE];

	id_text(&job->job_id, job_id);
	job->attempts++;
	job->due_ms = clk_wall_ms() + jobs_backoff_ms(job->attempts);
	set_text(job, text);
	log_info("JOB-LATER", "job=%s step=%u attempts=%u", job_id, job->step,
	    job->attempts);
	work_keep(work, false);
}

static void
note_away(struct runner *runner, const char *cause)
{
	if (runner->away_since_ms != 0)
		return;
	runner->away_since_ms = clk_wall_ms();
	log_warn("TARGET-AWAY", "cause=%s", cause);
}

/* No answer: its other jobs need not find that out one by one. */
static void
partner_away(struct runner_work *work, enum wh_err err)
{
	struct runner *runner = work->runner;

	note_away(runner, wh_err_str(err));
	runner->paused_until_ms =
	    clk_wall_ms() + jobs_backoff_ms(work->job.attempts + 1);
	try_later(work, wh_err_str(err));
}

static void
partner_there(struct runner *runner)
{
	if (runner->away_since_ms != 0)
		log_info("TARGET-BACK", "away_ms=%lld",
		    (long long)(clk_wall_ms() - runner->away_since_ms));
	runner->away_since_ms = 0;
	runner->paused_until_ms = 0;
}

/* It answers nobody now, or not us: a token is for people to repair. */
static bool
is_failing(int status)
{
	return status == 401 || status == 407 || status >= 500;
}

static bool
is_temporary(int status)
{
	return status == 408 || status == 425 || status == 429 ||
	       is_failing(status);
}

static void
next_step(struct runner_work *work, const struct fetch_answer *answer)
{
	struct job *job = &work->job;

	job->step++;
	job->attempts = 0;
	job->due_ms = clk_wall_ms();
	job->text[0] = '\0';
	job->status = answer->status;
	if (work->context != NULL) {
		json_decref(job->context);
		job->context = json_incref(work->context);
	}
	mem_free(job->location);
	job->location = mem_strdup(answer->location);
	mem_wipe_free(job->response, job->response_len);
	job->response = mem_dup(answer->body);
	job->response_len = answer->body.len;
	work_keep(work, false);
}

static void
on_answer(void *arg, enum wh_err err, const struct fetch_answer *answer)
{
	struct runner_work *work = arg;
	char text[32];

	if (work->runner->closing) {
		work_end(work);
		return;
	}
	if (err == WH_TOO_BIG) {
		park(work, "the answer is too big");
		return;
	}
	if (err != WH_OK) {
		partner_away(work, err);
		return;
	}
	if (is_temporary(answer->status)) {
		snprintf(text, sizeof(text), "status %d", answer->status);
		if (is_failing(answer->status))
			note_away(work->runner, text);
		try_later(work, text);
	} else {
		partner_there(work->runner);
		next_step(work, answer);
	}
}

static void
do_request(struct runner_work *work, const struct step *step)
{
	struct runner *runner = work->runner;
	const struct fetch_request request = {.method = step->method,
	    .url = step->url,
	    .content_type = step->content_type,
	    .headers = step->headers,
	    .header_count = STEP_HEADERS_MAX,
	    .body = span_of(step->body, step->len)};
	struct why why = {""};

	/* Nobody configured a partner system: there is nobody to tell. */
	if (runner->config->target_url[0] == '\0' &&
	    strncmp(step->url, "http", 4) != 0) {
		work_keep(work, true);
		return;
	}
	/* Before it leaves: a crash must not make it unsaid. */
	if (work->job.has_case && step->len > 0 &&
	    desk_passed_on(runner->desk, &work->job.case_ref) != WH_OK) {
		try_later(work, "it could not be noted that this leaves");
		return;
	}
	work->context = json_incref(step->context);
	if (fetch_start(runner->fetch, &request, on_answer, work, &why) !=
	    WH_OK)
		park(work, why.text);
}

/*
 * Did this member say the same before? Partner systems tell things more than
 * once, and a crash may have come between the event and the end of its job.
 */
static bool
said_before(struct runner *runner, const struct id *case_ref,
    const json_t *event)
{
	json_t *dossier = NULL;
	const json_t *entry;
	bool found = false;
	size_t i;

	if (desk_dossier_full(runner->desk, case_ref, &dossier) != WH_OK)
		return false;
	json_array_foreach(json_object_get(dossier, "gebeurtenissen"), i, entry)
	{
		if (strcmp(json_text(entry, "door"), runner->config->member) ==
			0 &&
		    strcmp(json_text(entry, "soort"),
			json_text(event, "soort")) == 0 &&
		    strcmp(json_text(entry, "code"),
			json_text(event, "code")) == 0)
			found = true;
	}
	json_decref(dossier);
	return found;
}

static void
do_event(struct runner_work *work, const struct step *step)
{
	struct runner *runner = work->runner;
	struct desk_result result = {0};
	struct id case_ref;
	enum wh_err err = WH_NOT_FOUND;

	if (id_parse(step->id, &case_ref) == WH_OK)
		err = desk_event(runner->desk, &case_ref, step->event,
		    clk_wall_ms(), &result);
	if (err == WH_NOT_FOUND)
		park(work, "the event names no referral that is here");
	else if (err != WH_OK)
		try_later(work, wh_err_str(err));
	else if (result.kind == OUTCOME_CREATED ||
		 result.kind == OUTCOME_QUEUED || result.kind == OUTCOME_SAME ||
		 result.kind == OUTCOME_DONE ||
		 (result.kind == OUTCOME_FORBIDDEN &&
		     said_before(runner, &case_ref, step->event)))
		work_keep(work, true);
	else
		park(work, result.text[0] == '\0'
			       ? "the event is not allowed now"
			       : result.text);
	desk_result_fini(&result);
	runner_kick(runner);
}

static void
do_step(struct runner_work *work, const struct step *step)
{
	enum wh_err err = WH_OK;

	if (step->note != NULL && work->job.has_case)
		err = desk_note(work->runner->desk, &work->job.case_ref,
		    step->note);
	if (err != WH_OK) {
		try_later(work, wh_err_str(err));
		return;
	}
	switch (step->kind) {
	case STEP_DONE:
		work_keep(work, true);
		break;
	case STEP_REQUEST:
		do_request(work, step);
		break;
	case STEP_EVENT:
		do_event(work, step);
		break;
	case STEP_PARK:
		park(work, step->text);
		break;
	}
}

/* WH_NOT_FOUND: the referral, or its event, was erased. */
static enum wh_err
show_case(struct runner_work *work, json_t **dossier, struct job_view *view)
{
	const struct job *job = &work->job;
	enum wh_err err;

	if (!job->has_case)
		return WH_OK;
	err = desk_dossier_full(work->runner->desk, &job->case_ref, dossier);
	if (err != WH_OK)
		return err;
	view->dossier = *dossier;
	view->event =
	    json_array_get(json_object_get(*dossier, "gebeurtenissen"),
		job->event);
	return view->event == NULL ? WH_NOT_FOUND : WH_OK;
}

static void
work_do(struct runner_work *work)
{
	struct runner *runner = work->runner;
	const struct job *job = &work->job;
	struct job_view view = {.job_id = job->job_id,
	    .step = job->step,
	    .context = job->context,
	    .status = job->status,
	    .location = job->location,
	    .response = span_of(job->response, job->response_len),
	    .now_ms = clk_wall_ms()};
	struct step step = {.kind = STEP_DONE};
	json_t *dossier = NULL;
	enum wh_err err = show_case(work, &dossier, &view);

	if (err == WH_NOT_FOUND) {
		work_keep(work, true);
	} else if (err != WH_OK) {
		try_later(work, wh_err_str(err));
	} else {
		runner->ops->give(runner->state, &view, &step);
		do_step(work, &step);
	}
	step_fini(&step);
	json_decref(dossier);
}

static enum wh_err
next_job(struct runner *runner, int64_t now_ms, struct job *out,
    int64_t *next_ms)
{
	struct kv_txn *txn = NULL;
	enum wh_err err;

	if (now_ms < runner->paused_until_ms) {
		*next_ms = runner->paused_until_ms;
		return WH_NOT_FOUND;
	}
	err = kv_begin(desk_kv(runner->desk), KV_READ_ONLY, &txn);
	if (err == WH_OK)
		err = jobs_next(txn, desk_vault(runner->desk), now_ms, out,
		    next_ms);
	kv_abort(&txn);
	return err;
}

static void
on_look(evutil_socket_t fd, short what, void *arg)
{
	struct runner *runner = arg;
	int64_t now_ms = clk_wall_ms();
	int64_t next_ms = INT64_MAX;
	struct job job = {0};
	enum wh_err err;

	(void)fd;
	(void)what;
	if (runner->work != NULL || runner->closing)
		return;
	err = next_job(runner, now_ms, &job, &next_ms);
	if (err == WH_OK) {
		runner->work = mem_new(sizeof(*runner->work));
		runner->work->runner = runner;
		runner->work->job = job;
		work_do(runner->work);
		return;
	}
	if (err != WH_NOT_FOUND) {
		log_err("JOBS", "error=%s", wh_err_str(err));
		next_ms = now_ms + STORE_AWAY_MS;
	}
	if (next_ms != INT64_MAX)
		look_in(runner, next_ms - now_ms);
}

void
runner_jobs_open(struct runner *runner)
{
	runner->jobs_timer = evtimer_new(runner->base, on_look, runner);
	look_in(runner, 0);
}

void
runner_jobs_close(struct runner *runner)
{
	if (runner->work != NULL)
		work_end(runner->work);
	if (runner->jobs_timer != NULL)
		event_free(runner->jobs_timer);
	runner->jobs_timer = NULL;
}
