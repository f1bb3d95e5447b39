/* SPDX-License-Identifier: EUPL-1.2 */
#include "adapters/jobs.h"
#include "tests/adapters_store.h"

#define MINUTE 60000ll

static struct job
job_of(uint8_t name, uint8_t case_ref, int64_t due_ms)
{
	return (struct job){.job_id = {.b = {name}},
	    .has_case = case_ref != 0,
	    .case_ref = {.b = {case_ref}},
	    .due_ms = due_ms};
}

static void
push(struct store *s, uint8_t name, uint8_t case_ref, int64_t due_ms)
{
	struct job job = job_of(name, case_ref, due_ms);

	assert_int_equal(jobs_push(s->txn, s->vault, &job), WH_OK);
}

static struct job
next(struct store *s, int64_t now_ms, uint8_t name)
{
	struct job job = {0};
	int64_t next_ms;

	assert_int_equal(jobs_next(s->txn, s->vault, now_ms, &job, &next_ms),
	    WH_OK);
	assert_int_equal(job.job_id.b[0], name);
	return job;
}

static void
next_is(struct store *s, int64_t now_ms, uint8_t name)
{
	struct job job = next(s, now_ms, name);

	job_fini(&job);
}

static void
done(struct store *s, int64_t now_ms, uint8_t name)
{
	struct job job = next(s, now_ms, name);

	assert_int_equal(jobs_done(s->txn, &job), WH_OK);
	job_fini(&job);
}

static void
none(struct store *s, int64_t now_ms, int64_t expected_ms)
{
	struct job job = {0};
	int64_t next_ms = 0;

	assert_int_equal(jobs_next(s->txn, s->vault, now_ms, &job, &next_ms),
	    WH_NOT_FOUND);
	assert_int_equal(next_ms, expected_ms);
}

static void
test_a_job_is_kept_whole(void **state)
{
	static const uint8_t response[] = {'{', 0, 0xff, '}'};
	struct store *s = *state;
	struct job job = job_of(1, 2, 5);
	struct job got;

	job.event = 3;
	job.step = 4;
	job.attempts = 6;
	job.status = 201;
	job.context = json_pack("{ss}", "zaak", "Z-1");
	job.location = mem_strdup("/zaken/1");
	job.response = mem_dup(span_of(response, sizeof(response)));
	job.response_len = sizeof(response);
	assert_int_equal(jobs_push(s->txn, s->vault, &job), WH_OK);
	store_restart(s);
	got = next(s, 5, 1);
	assert_true(got.has_case && id_equal(&got.case_ref, &job.case_ref));
	assert_int_equal(got.event, 3);
	assert_int_equal(got.step, 4);
	assert_int_equal(got.attempts, 6);
	assert_int_equal(got.due_ms, 5);
	assert_int_equal(got.status, 201);
	assert_true(json_equal(got.context, job.context));
	assert_string_equal(got.location, "/zaken/1");
	assert_true(span_equal(span_of(got.response, got.response_len),
	    span_of(response, sizeof(response))));
	job_fini(&got);
	job_fini(&job);
}

static void
test_what_is_at_rest_cannot_be_read(void **state)
{
	struct store *s = *state;
	struct job job = job_of(1, 0, 0);
	struct span key = span_of("\0", 1);
	struct span value;

	job.context = json_pack("{ss}", "naam", "Verzonnen");
	assert_int_equal(jobs_push(s->txn, s->vault, &job), WH_OK);
	assert_int_equal(kv_seek(s->txn, LOCAL_JOB, &key, &value), WH_OK);
	assert_null(memmem(value.p, value.len, "Verzonnen", 9));
	job_fini(&job);
}

static void
test_jobs_come_when_they_are_due_oldest_first(void **state)
{
	struct store *s = *state;

	push(s, 1, 0, 300);
	push(s, 2, 0, 100);
	push(s, 3, 0, 200);
	none(s, 99, 100);
	done(s, 1000, 2);
	done(s, 1000, 3);
	none(s, 299, 300);
	done(s, 300, 1);
	none(s, 1000, INT64_MAX);
}

static void
test_an_update_moves_a_job_to_its_new_time(void **state)
{
	struct store *s = *state;
	struct job job;

	push(s, 1, 0, 100);
	job = next(s, 100, 1);
	job.due_ms = 5000;
	job.attempts = 1;
	assert_int_equal(jobs_update(s->txn, s->vault, &job), WH_OK);
	none(s, 4999, 5000);
	next_is(s, 5000, 1);
	assert_int_equal(jobs_done(s->txn, &job), WH_OK);
	none(s, 9999, INT64_MAX);
	job_fini(&job);
}

static void
test_work_on_one_referral_keeps_its_order(void **state)
{
	struct store *s = *state;
	struct job first;

	push(s, 1, 7, 100);
	push(s, 2, 7, 100);
	push(s, 3, 8, 100);
	first = next(s, 100, 1);
	first.due_ms = 100 + MINUTE;
	assert_int_equal(jobs_update(s->txn, s->vault, &first), WH_OK);
	done(s, 100, 3);
	none(s, 100, 100 + MINUTE);
	assert_int_equal(jobs_done(s->txn, &first), WH_OK);
	done(s, 100, 2);
	job_fini(&first);
}

static void
test_a_parked_job_waits_and_holds_up_nobody(void **state)
{
	struct store *s = *state;
	struct jobs_summary sum;
	struct job job;

	push(s, 1, 7, 100);
	push(s, 2, 7, 200);
	job = next(s, 100, 1);
	job.parked = true;
	assert_int_equal(str_copy(job.text, sizeof(job.text), "no such zaak"),
	    WH_OK);
	assert_int_equal(jobs_update(s->txn, s->vault, &job), WH_OK);
	none(s, 100, 200);
	assert_int_equal(jobs_summary(s->txn, &sum), WH_OK);
	assert_int_equal(sum.waiting, 1);
	assert_int_equal(sum.parked, 1);
	assert_int_equal(sum.oldest_ms, 200);
	job.parked = false;
	assert_int_equal(jobs_update(s->txn, s->vault, &job), WH_OK);
	next_is(s, 100, 1);
	job_fini(&job);
}

/* Also the one that is being done: its end comes too late. */
static void
test_jobs_of_an_erased_referral_are_dropped_parked_or_not(void **state)
{
	struct store *s = *state;
	const struct id erased = {.b = {7}};
	struct jobs_summary sum;
	struct job parked, doing;

	push(s, 1, 7, 10);
	push(s, 2, 7, 20);
	push(s, 3, 8, 30);
	parked = next(s, 10, 1);
	parked.parked = true;
	assert_int_equal(jobs_update(s->txn, s->vault, &parked), WH_OK);
	doing = next(s, 20, 2);
	assert_int_equal(jobs_drop_case(s->txn, s->vault, &erased), WH_OK);
	assert_int_equal(jobs_summary(s->txn, &sum), WH_OK);
	assert_int_equal(sum.waiting, 1);
	assert_int_equal(sum.parked, 0);
	assert_int_equal(jobs_update(s->txn, s->vault, &doing), WH_NOT_FOUND);
	assert_int_equal(jobs_done(s->txn, &doing), WH_NOT_FOUND);
	next_is(s, 30, 3);
	job_fini(&parked);
	job_fini(&doing);
}

/* However many there are of others: one that cannot be opened shows it. */
static void
test_dropping_reads_the_jobs_of_that_case_alone(void **state)
{
	struct store *s = *state;
	const struct id erased = {.b = {7}};
	struct jobs_summary sum;
	uint8_t key[8];

	push(s, 1, 8, 10);
	push(s, 2, 7, 20);
	be64_put(key, 1);
	assert_int_equal(kv_put(s->txn, LOCAL_JOB, span_of(key, sizeof(key)),
			     span_str("no job")),
	    WH_OK);
	assert_int_equal(jobs_drop_case(s->txn, s->vault, &erased), WH_OK);
	assert_int_equal(jobs_summary(s->txn, &sum), WH_OK);
	assert_int_equal(sum.waiting, 1);
	assert_int_equal(jobs_drop_case(s->txn, s->vault, &erased), WH_OK);
}

static void
test_back_off_doubles_from_a_second_to_a_quarter(void **state)
{
	(void)state;
	assert_int_equal(jobs_backoff_ms(0), 1000);
	assert_int_equal(jobs_backoff_ms(1), 1000);
	assert_int_equal(jobs_backoff_ms(2), 2000);
	assert_int_equal(jobs_backoff_ms(3), 4000);
	assert_int_equal(jobs_backoff_ms(11), 15 * MINUTE);
	assert_int_equal(jobs_backoff_ms(4000000000u), 15 * MINUTE);
}

static void
test_text_that_cannot_be_kept_is_refused(void **state)
{
	struct store *s = *state;
	struct job job = job_of(1, 0, 0);

	job.location = mem_strdup("/zaken/\xff");
	assert_int_equal(jobs_push(s->txn, s->vault, &job), WH_INVALID);
	job_fini(&job);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_a_job_is_kept_whole),
	    TEST(test_what_is_at_rest_cannot_be_read),
	    TEST(test_jobs_come_when_they_are_due_oldest_first),
	    TEST(test_an_update_moves_a_job_to_its_new_time),
	    TEST(test_work_on_one_referral_keeps_its_order),
	    TEST(test_a_parked_job_waits_and_holds_up_nobody),
	    TEST(test_jobs_of_an_erased_referral_are_dropped_parked_or_not),
	    TEST(test_dropping_reads_the_jobs_of_that_case_alone),
	    TEST(test_back_off_doubles_from_a_second_to_a_quarter),
	    TEST(test_text_that_cannot_be_kept_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
