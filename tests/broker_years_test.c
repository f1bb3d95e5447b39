/* SPDX-License-Identifier: EUPL-1.2 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "consent/audit_drop.h"
#include "tests/broker_scene.h"

/* The log is kept for the years of the covenant, and then goes. */

static uint64_t
rows_of(const struct scene *s, uint32_t generation)
{
	uint64_t index = note_log_entry(generation, 0), n = 0;
	struct span leaf;

	while (audit_leaf_next(s->txn, index, &index, &leaf) == WH_OK &&
	       note_log_generation(index++) == generation)
		n++;
	return n;
}

static uint64_t
dropped(const struct scene *s)
{
	uint64_t index = 0, n = 0;
	struct audit_leaf leaf;
	struct span bytes;

	for (; audit_leaf_next(s->txn, index, &index, &bytes) == WH_OK;
	     index++) {
		assert_int_equal(audit_leaf_read(bytes, &leaf), WH_OK);
		n += leaf.kind == AUDIT_DROPPED;
	}
	return n;
}

static void
assert_sound(const struct scene *s)
{
	struct why why = {.text = ""};
	struct hash root;
	uint64_t size = 0, bad = 0;

	if (audit_verify(s->txn, &size, &root, &bad, &why) != WH_OK)
		fail_msg("%s", why.text);
}

static void
turn_the_year(struct scene *s)
{
	open_log(s, AUDIT_OPENED_YEAR);
}

static int64_t
years_ms(const struct scene *s)
{
	return 366 * DAY_MS * core_register(s->core)->reg.audit_years;
}

/* Day after day, as a broker lives. */
static void
pass(struct scene *s, int64_t ms)
{
	int64_t until = s->now_ms + ms;

	while (s->now_ms < until)
		tick(s, until - s->now_ms < 10 * DAY_MS ? until - s->now_ms
							: 10 * DAY_MS);
	for (int i = 0; i < 20; i++)
		tick(s, 1);
}

static void
drain_all(struct scene *s)
{
	const struct deliver *delivery;

	for (enum who who = BUURTTEAM; who < WHO_COUNT; who++)
		while ((delivery = take(s, who)) != NULL)
			ack(s, who, delivery->delivery, REASON_NONE);
}

static void
test_a_log_goes_after_its_years_and_no_earlier(void **state)
{
	struct scene *s = *state;
	struct permission permission = people_consent(&s->people, s->now_ms);
	int64_t since_ms = 0;

	capture(s, &permission);
	turn_the_year(s);
	pass(s, years_ms(s) - DAY_MS);
	assert_true(rows_of(s, 0) > 0);
	assert_int_equal(dropped(s), 0);
	pass(s, DAY_MS);
	assert_int_equal(rows_of(s, 0), 0);
	assert_int_equal(dropped(s), 1);
	assert_true(rows_of(s, 1) > 1);
	assert_int_equal(core_erased_since(s->txn, &since_ms), WH_OK);
	assert_true(since_ms != 0); /* it will be compacted away */
	assert_sound(s);
}

static void
test_each_year_goes_in_its_turn(void **state)
{
	struct scene *s = *state;

	for (uint32_t year = 0; year < 9; year++) {
		turn_the_year(s);
		pass(s, 366 * DAY_MS);
	}
	/* The fifth was closed five years ago. */
	assert_int_equal(rows_of(s, 4), 0);
	assert_true(rows_of(s, 5) > 0);
	assert_int_equal(dropped(s), 5);
	assert_sound(s);
}

/* Its acceptance stays provable until it has ended and is erased. */
static void
test_a_referral_that_runs_keeps_its_log(void **state)
{
	struct scene *s = *state;
	struct permission permission = people_consent(&s->people, s->now_ms);
	struct letter offer = letter_offer(&s->people, &permission, s->now_ms);
	struct letter answer;

	capture(s, &permission);
	submit(s, &offer);
	take_and_store(s, WPI);
	drain_all(s);
	turn_the_year(s);
	pass(s, years_ms(s) + 100 * DAY_MS);
	assert_int_equal(state_of(s, &offer), STATE_DELIVERED);
	assert_true(rows_of(s, 0) > 0);
	assert_int_equal(dropped(s), 0);
	answer =
	    letter_back(&s->people, &offer, EVENT_DECLINE, CODE_NO_CAPACITY);
	answer.header.created_ms = s->now_ms;
	answer.header.expires_ms = s->now_ms + DAY_MS;
	submit(s, &answer);
	assert_receipt(s, WPI, AUDIT_ACCEPTED);
	drain_all(s);
	pass(s, 500 * DAY_MS);
	assert_int_equal(rows_of(s, 0), 0);
	assert_int_equal(dropped(s), 1);
	assert_sound(s);
}

/* An objection stays on file for longer than the log that tells of it. */
static void
test_what_outlives_its_log_stays_sound(void **state)
{
	struct scene *s = *state;
	struct permission duty =
	    people_duty(&s->people, people_id(&s->people), s->now_ms);
	uint64_t rows = 0;

	capture(s, &duty);
	end_permission(s, &duty, PERMISSION_OBJECTED, who_is(duty.captured_by));
	drain_all(s);
	turn_the_year(s);
	pass(s, years_ms(s) + 500 * DAY_MS);
	assert_int_equal(rows_of(s, 0), 0);
	assert_int_equal(kv_count(s->txn, TABLE_PERMISSION, &rows), WH_OK);
	assert_int_equal(rows, 1);
	assert_sound(s);
}

/* A long one: a part in each tick, and sound after every one. */
static void
test_a_long_log_goes_in_steps(void **state)
{
	struct scene *s = *state;
	uint64_t size, before, now;

	for (int i = 0; i < 400; i++) {
		struct permission permission =
		    people_consent(&s->people, s->now_ms);

		capture(s, &permission);
	}
	size = audit_size(core_audit(s->core));
	assert_true(size > 400);
	turn_the_year(s);
	s->now_ms += years_ms(s) - DAY_MS;
	for (int i = 0; i < 50; i++)
		tick(s, 1); /* the permissions go, and the clock is set */
	s->now_ms += DAY_MS;
	for (now = rows_of(s, 0); now > 0; now = rows_of(s, 0)) {
		before = now;
		tick(s, 1);
		now = rows_of(s, 0);
		assert_true(before - now <= 256);
		assert_sound(s);
	}
	assert_int_equal(dropped(s), 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    SCENE(test_a_log_goes_after_its_years_and_no_earlier),
	    SCENE(test_each_year_goes_in_its_turn),
	    SCENE(test_a_referral_that_runs_keeps_its_log),
	    SCENE(test_what_outlives_its_log_stays_sound),
	    SCENE(test_a_long_log_goes_in_steps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
