/* SPDX-License-Identifier: EUPL-1.2 */
#include "adapters/jobs.h"
#include "adapters/runner_impl.h"
#include "tests/adapters_runner_world.h"

static void
test_a_document_becomes_a_referral_that_the_hub_accepted(void **state)
{
	struct stage *s = *state;

	until_hub(s);
	assert_kind(document(s, REFER("A-1")), OUTCOME_CREATED);
	assert_int_equal(s->submits, 1);
	assert_has(s->w.answer, "\"id\":\"");
	assert_kind(document(s, REFER("A-1")), OUTCOME_SAME);
	assert_int_equal(s->submits, 1);
}

static void
test_a_refusal_of_the_hub_reaches_the_partner(void **state)
{
	struct stage *s = *state;

	s->mood = HUB_REFUSES;
	until_hub(s);
	assert_kind(document(s, REFER("A-1")), OUTCOME_REFUSED);
	assert_has(s->w.answer, "bezwaar");
}

static void
test_without_the_hub_a_document_is_kept_and_goes_later(void **state)
{
	struct stage *s = *state;

	s->mood = HUB_AWAY;
	assert_kind(document(s, REFER("A-1")), OUTCOME_QUEUED);
	assert_int_equal(s->submits, 0);
	s->mood = HUB_ACCEPTS;
	while (s->submits == 0)
		step(s);
}

static void
test_a_hub_that_takes_its_time_does_not_hold_up_the_partner(void **state)
{
	struct stage *s = *state;
	int64_t before_ms;

	s->mood = HUB_SILENT;
	until_hub(s);
	before_ms = clk_mono_ms();
	assert_kind(document(s, REFER("A-1")), OUTCOME_QUEUED);
	assert_true(clk_mono_ms() - before_ms >= RUNNER_SETTLE_MS - 100);
}

static void
test_what_cannot_be_used_is_refused_by_field(void **state)
{
	struct stage *s = *state;

	assert_kind(document(s, "{}"), OUTCOME_REJECTED);
	assert_has(s->w.answer, "\"veld\":\"doe\"");
	assert_has(s->w.answer, "\"code\":\"T1\"");
	assert_kind(document(s, "{\"doe\": \"verwijs\", \"verwijzing\": "
				"{\"type\": \"onzin\"}}"),
	    OUTCOME_REJECTED);
}

static void
test_take_may_look_something_up_first(void **state)
{
	struct stage *s = *state;

	s->status = 200;
	assert_kind(document(s, "{\"doe\": \"haal\"}"), OUTCOME_DONE);
	assert_has(s->w.answer, "\"gehaald\":{\"naam\":\"antwoord\"}");
	s->status = 404;
	assert_kind(document(s, "{\"doe\": \"haal\"}"), OUTCOME_NOT_FOUND);
	s->status = 500;
	assert_kind(document(s, "{\"doe\": \"haal\"}"), OUTCOME_BUSY);
	s->partner_mute = true;
	assert_kind(document(s, "{\"doe\": \"haal\"}"), OUTCOME_BUSY);
}

static void
test_a_referral_is_shown_by_its_id_only(void **state)
{
	struct stage *s = *state;
	char text[256];
	char id[40];

	assert_kind(document(s, REFER("A-1")), OUTCOME_QUEUED);
	snprintf(id, sizeof(id), "%.36s",
	    strstr(s->w.answer, "\"id\":\"") + strlen("\"id\":\""));
	snprintf(text, sizeof(text),
	    "GET /stukken/%s HTTP/1.1\r\n" HOST CLOSE TOKEN "\r\n", id);
	assert_kind(ask(s, text), OUTCOME_READ);
	assert_has(s->w.answer, id);
	assert_kind(ask(s, GET("/stukken/0198f000-0000-7000-8000-000000000001",
			       "")),
	    OUTCOME_REJECTED);
}

static void
until_gives(struct stage *s, unsigned n)
{
	while (s->gives < n)
		step(s);
}

static const char *
metrics(struct stage *s)
{
	return ask(s, "GET /metrics HTTP/1.1\r\n" HOST CLOSE "\r\n");
}

static void
test_a_job_is_done_step_by_step(void **state)
{
	struct stage *s = *state;

	assert_kind(document(s, "{\"doe\": \"taak\"}"), OUTCOME_DONE);
	until_gives(s, 2);
	assert_string_equal(s->body, "taak");
	assert_int_equal(s->heard_status, 201);
	assert_has(metrics(s), "\nwijkhub_jobs_waiting 0\n");
	assert_has(s->w.answer, "\nwijkhub_jobs_done_total 1\n");
}

static void
test_a_failing_partner_is_asked_again_with_the_same_key(void **state)
{
	struct stage *s = *state;
	char first[64];

	s->status = 503;
	assert_kind(document(s, "{\"doe\": \"taak\"}"), OUTCOME_DONE);
	while (s->asked == 0)
		step(s);
	memcpy(first, s->job_id, sizeof(first));
	while (s->runner->away_since_ms == 0) /* and it shows */
		step(s);
	s->status = 201;
	until_gives(s, 3); /* step 0 twice, then step 1 */
	assert_int_equal(s->asked, 2);
	assert_string_equal(s->job_id, first);
	assert_true(first[0] != '\0');
	assert_int_equal(s->runner->away_since_ms, 0);
}

static void
test_a_token_that_the_partner_refuses_loses_nothing(void **state)
{
	struct stage *s = *state;

	s->status = 401;
	assert_kind(document(s, "{\"doe\": \"taak\"}"), OUTCOME_DONE);
	while (s->runner->away_since_ms == 0)
		step(s);
	assert_has(metrics(s), "\nwijkhub_jobs_parked 0\n");
	s->status = 201; /* it was repaired */
	until_gives(s, 3);
	assert_int_equal(s->heard_status, 201);
}

static void
test_a_partner_that_is_away_is_waited_for(void **state)
{
	struct stage *s = *state;

	evhttp_free(s->partner);
	s->partner = NULL;
	assert_kind(document(s, "{\"doe\": \"taak\"}"), OUTCOME_DONE);
	until_gives(s, 1);
	for (unsigned i = 0; i < 50; i++)
		step(s);
	assert_has(metrics(s), "\nwijkhub_jobs_waiting 1\n");
	assert_int_equal(s->gives, 1);
	partner_start(s);
	until_gives(s, 3);
	assert_int_equal(s->asked, 1);
}

static void
test_other_refusals_are_for_the_adapter_to_judge(void **state)
{
	struct stage *s = *state;

	s->status = 422;
	s->then = STEP_PARK;
	assert_kind(document(s, "{\"doe\": \"taak\"}"), OUTCOME_DONE);
	until_gives(s, 2);
	assert_int_equal(s->heard_status, 422);
	assert_has(metrics(s), "\nwijkhub_jobs_parked 1\n");
	assert_has(s->w.answer, "\nwijkhub_jobs_waiting 0\n");
}

/* More work on a referral of which the partner heard already. */
static struct id
job_on_referral(struct stage *s)
{
	struct job job = {.has_case = true};
	struct kv_txn *txn = NULL;

	s->mood = HUB_REFUSES; /* that is an event */
	until_hub(s);
	assert_kind(document(s, REFER("A-1")), OUTCOME_REFUSED);
	snprintf(s->case_id, sizeof(s->case_id), "%.36s",
	    strstr(s->w.answer, "\"id\":\"") + strlen("\"id\":\""));
	assert_int_equal(id_parse(s->case_id, &job.case_ref), WH_OK);
	until_gives(s, 2);
	assert_int_equal(s->asked, 1);
	assert_int_equal(kv_begin(desk_kv(s->runner->desk), KV_READ_WRITE,
			     &txn),
	    WH_OK);
	assert_int_equal(jobs_push(txn, desk_vault(s->runner->desk), &job),
	    WH_OK);
	assert_int_equal(kv_commit(&txn), WH_OK);
	runner_jobs_kick(s->runner);
	return job.case_ref;
}

/* The partner takes its time; by then there is nothing to tell any more. */
static void
test_what_is_erased_while_it_is_asked_for_does_not_leave(void **state)
{
	struct stage *s = *state;
	struct id case_ref = job_on_referral(s);
	struct kv_txn *txn = NULL;

	until_gives(s, 3); /* the request is begun, and has not left */
	assert_int_equal(kv_begin(desk_kv(s->runner->desk), KV_READ_WRITE,
			     &txn),
	    WH_OK);
	assert_int_equal(jobs_drop_case(txn, desk_vault(s->runner->desk),
			     &case_ref),
	    WH_OK);
	assert_int_equal(kv_commit(&txn), WH_OK);
	runner_changed(s->runner); /* as when a delivery was taken in */
	assert_kind(document(s, "{\"doe\": \"taak\"}"), OUTCOME_DONE);
	until_gives(s, 5); /* the next job, step by step */
	assert_int_equal(s->asked, 2);
}

/* A notification may come twice, or a crash between the event and its end. */
static void
test_what_the_partner_says_again_needs_no_operator(void **state)
{
	struct stage *s = *state;

	s->mood = HUB_AWAY;
	s->then = STEP_EVENT;
	assert_kind(document(s, REFER("A-1")), OUTCOME_QUEUED);
	snprintf(s->case_id, sizeof(s->case_id), "%.36s",
	    strstr(s->w.answer, "\"id\":\"") + strlen("\"id\":\""));
	for (unsigned i = 1; i <= 2; i++) {
		assert_kind(document(s, "{\"doe\": \"taak\"}"), OUTCOME_DONE);
		until_gives(s, 2 * i);
	}
	assert_has(metrics(s), "\nwijkhub_jobs_done_total 2\n");
	assert_has(s->w.answer, "\nwijkhub_jobs_parked 0\n");
}

static void
test_a_job_survives_a_restart_in_the_middle(void **state)
{
	struct stage *s = *state;

	s->partner_mute = true;
	assert_kind(document(s, "{\"doe\": \"taak\"}"), OUTCOME_DONE);
	while (s->asked == 0)
		step(s);
	runner_stop(s);
	s->partner_mute = false;
	runner_start(s);
	until_gives(s, 3);
	assert_int_equal(s->asked, 2);
}

static void
test_stopping_answers_who_waits_and_loses_nothing(void **state)
{
	struct stage *s = *state;
	char text[4096];
	const char *body = REFER("A-1");
	int fd;

	s->mood = HUB_SILENT;
	until_hub(s);
	fd = dial(&s->w);
	snprintf(text, sizeof(text),
	    "POST /stukken HTTP/1.1\r\n" HOST CLOSE TOKEN
	    "Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s",
	    strlen(body), body);
	assert_true(say(&s->w, fd, text, strlen(text)));
	for (unsigned i = 0; i < 20; i++)
		step(s);
	runner_stop(s);
	assert_kind(hear(&s->w, fd), OUTCOME_QUEUED);
	close(fd);
	s->mood = HUB_ACCEPTS;
	s->submits = 0;
	runner_start(s);
	while (s->submits == 0)
		step(s);
}

static void
test_operators_see_counts_and_nobody_else_does(void **state)
{
	struct stage *s = *state;

	until_hub(s);
	assert_status(ask(s, "GET /healthz HTTP/1.1\r\n" HOST CLOSE "\r\n"),
	    200);
	assert_has(s->w.answer, "\"hub\":\"verbonden\"");
	assert_has(metrics(s), "\nwijkhub_connected 1\n");
	assert_has(s->w.answer, "\nwijkhub_register_version 1\n");
	assert_status(ask(s, "GET /metrics HTTP/1.1\r\n" HOST CLOSE
			     "X-Forwarded-For: 203.0.113.1\r\n\r\n"),
	    401);
}

static void
test_new_tokens_and_registers_take_effect_without_a_restart(void **state)
{
	struct stage *s = *state;

	put(s, "tokens", span_str("0123456789abcdefghij\n"), 0600);
	put_register(s, 2);
	runner_reload(s->runner);
	assert_status(document(s, "{}"), 401);
	assert_int_equal(desk_register_version(runner_desk(s->runner)), 2);
	put_register(s, 3); /* as long as the hub is there, on request only */
	assert_int_equal(desk_register_version(runner_desk(s->runner)), 2);
	runner_reload(s->runner);
	assert_int_equal(desk_register_version(runner_desk(s->runner)), 3);
	put(s, "tokens", span_str("kort\n"), 0600);
	runner_reload(s->runner); /* keeps those that it has */
	assert_status(document(s, "{}"), 401);
}

static void
test_a_forged_register_changes_nothing(void **state)
{
	struct stage *s = *state;
	struct sign_secret own = s->alliance->secret;

	sign_secret_new(&s->alliance->secret);
	put_register(s, 9);
	runner_reload(s->runner);
	assert_int_equal(desk_register_version(runner_desk(s->runner)), 1);
	s->alliance->secret = own;
}

static void
test_an_adapter_for_another_role_does_not_start(void **state)
{
	struct stage *s = *state;
	struct adapter_ops other = play_ops;
	struct runner *runner = NULL;
	struct why why = {""};

	other.role = "politie";
	runner_close(s->runner);
	s->runner = NULL;
	assert_int_equal(runner_open(s->w.base, s->config, &other, &runner,
			     &why),
	    WH_INVALID);
	assert_null(runner);
	assert_non_null(strstr(why.text, "corporatie"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_a_document_becomes_a_referral_that_the_hub_accepted),
	    TEST(test_a_refusal_of_the_hub_reaches_the_partner),
	    TEST(test_without_the_hub_a_document_is_kept_and_goes_later),
	    TEST(test_a_hub_that_takes_its_time_does_not_hold_up_the_partner),
	    TEST(test_what_cannot_be_used_is_refused_by_field),
	    TEST(test_take_may_look_something_up_first),
	    TEST(test_a_referral_is_shown_by_its_id_only),
	    TEST(test_a_job_is_done_step_by_step),
	    TEST(test_a_failing_partner_is_asked_again_with_the_same_key),
	    TEST(test_a_token_that_the_partner_refuses_loses_nothing),
	    TEST(test_a_partner_that_is_away_is_waited_for),
	    TEST(test_other_refusals_are_for_the_adapter_to_judge),
	    TEST(test_what_is_erased_while_it_is_asked_for_does_not_leave),
	    TEST(test_what_the_partner_says_again_needs_no_operator),
	    TEST(test_a_job_survives_a_restart_in_the_middle),
	    TEST(test_stopping_answers_who_waits_and_loses_nothing),
	    TEST(test_operators_see_counts_and_nobody_else_does),
	    TEST(test_new_tokens_and_registers_take_effect_without_a_restart),
	    TEST(test_a_forged_register_changes_nothing),
	    TEST(test_an_adapter_for_another_role_does_not_start),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
