/* SPDX-License-Identifier: EUPL-1.2 */
#include "tests/broker_scene.h"

/* A police care report to the buurtteam, on a decision, in one phase. */
static struct letter
letter_police(struct people *p, int64_t now_ms)
{
	struct letter letter = letter_duty(p, people_id(p), now_ms);
	struct header *h = &letter.header;

	h->from_member = "politie";
	h->from_desk = "wijkagenten";
	h->to_member = "buurtteam";
	h->to_desk = "osdorp";
	h->type = "zorgmelding";
	h->area = "wildemanbuurt";
	h->ground = (struct ground){.kind = KIND_POLICE_WPG,
	    .instrument = "wpg-zorgmelding",
	    .decision = "2026-0042"};
	letter.categories = BIT(CONTACT) | BIT(SAFETY);
	return letter;
}

/* The details of the nth entry of this kind; "" when there is none. */
static const char *
details_of(const struct scene *s, enum audit_kind kind, size_t n)
{
	static char text[AUDIT_DETAIL_MAX + 1];
	uint64_t size = audit_size(core_audit(s->core));
	struct audit_detail detail;

	text[0] = '\0';
	for (uint64_t i = 0; i < size; i++) {
		if (leaf_at(s, i).kind != kind || n-- != 0)
			continue;
		assert_int_equal(audit_detail_get(s->txn, i, &detail), WH_OK);
		memcpy(text, detail.bytes, detail.len);
		text[detail.len] = '\0';
		break;
	}
	return text;
}

/* Wpg art. 32: who looks it up sees what was provided, and on what ground. */
static void
test_each_provision_of_police_data_is_in_the_log(void **state)
{
	static const char *const lines[] = {"kind=POLICE_WPG\n",
	    "instrument=wpg-zorgmelding\n",
	    "article=Wet politiegegevens art. 18-20; mandate decree "
	    "non-acute care reports\n",
	    "decision=2026-0042\n", "recipient=buurtteam/osdorp\n",
	    "categories=CONTACT,SAFETY\n", "purpose=zorgmelding\n",
	    "activity=https://wijkhub.example/verwerkingen/politiemelding\n"};
	struct scene *s = *state;
	struct letter report = letter_police(&s->people, s->now_ms);
	const char *details;

	submit(s, &report);
	assert_receipt(s, POLITIE, AUDIT_ACCEPTED);
	assert_non_null(
	    strstr(details_of(s, AUDIT_ACCEPTED, 0), "decision=2026-0042\n"));
	take_and_store(s, BUURTTEAM);
	details = details_of(s, AUDIT_HANDOVER, 0);
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		if (strstr(details, lines[i]) == NULL)
			fail_msg("%s is not in: %s", lines[i], details);
}

static void
test_feedback_to_the_police_is_no_provision(void **state)
{
	struct scene *s = *state;
	struct letter report = letter_police(&s->people, s->now_ms);
	struct letter answer;

	submit(s, &report);
	take_and_store(s, BUURTTEAM);
	take_notice(s, POLITIE, STATE_DELIVERED);
	take_notice(s, POLITIE, STATE_ACCEPTED);
	answer = letter_back(&s->people, &report, EVENT_NOTE, CODE_NONE);
	answer.header.ground.decision = "";
	answer.categories = BIT(STATUS);
	submit(s, &answer);
	assert_receipt(s, BUURTTEAM, AUDIT_ACCEPTED);
	take_and_store(s, POLITIE);
	assert_int_equal(logged(s, AUDIT_HANDOVER, 0), 2);
	assert_null(strstr(details_of(s, AUDIT_HANDOVER, 1), "decision="));
}

static void
test_without_a_decision_nothing_is_provided(void **state)
{
	struct scene *s = *state;
	struct letter report = letter_police(&s->people, s->now_ms);

	report.header.ground.decision = "";
	submit(s, &report);
	assert_refused(s, POLITIE, REASON_NO_PERMISSION);
	assert_int_equal(waiting(s, BUURTTEAM), 0);
}

/* The landlord warns the police of danger, at once. */
static struct letter
letter_vital(struct people *p, int64_t now_ms)
{
	struct letter letter = letter_duty(p, people_id(p), now_ms);
	struct header *h = &letter.header;

	h->to_member = "politie";
	h->to_desk = "wijkagenten";
	h->type = "acuut-onveilig";
	h->ground = (struct ground){.kind = KIND_VITAL_INTEREST,
	    .instrument = "vitaal-belang",
	    .decision = ""};
	letter.categories = BIT(CONTACT) | BIT(ADDRESS) | BIT(SAFETY);
	return letter;
}

/* On Friday at two in the morning: until Tuesday at midnight, in Amsterdam. */
#define REVIEW_DUE_MS (WORLD_NOW_MS + 4 * DAY_MS + 22ll * 3600 * 1000)
/* 56 of 70 hours of work: on Tuesday at ten. */
#define REVIEW_REMIND_MS (WORLD_NOW_MS + 4 * DAY_MS + 8ll * 3600 * 1000)

/* Offered, stored, accepted by itself; both know. */
static struct letter
glass_broken(struct scene *s)
{
	struct letter letter = letter_vital(&s->people, s->now_ms);

	submit(s, &letter);
	assert_receipt(s, EIGEN_HAARD, AUDIT_ACCEPTED);
	take_and_store(s, POLITIE);
	assert_int_equal(take_notice(s, EIGEN_HAARD, STATE_DELIVERED).due_ms,
	    REVIEW_DUE_MS);
	assert_int_equal(take_notice(s, EIGEN_HAARD, STATE_ACCEPTED).due_ms,
	    REVIEW_DUE_MS);
	assert_int_equal(take_notice(s, POLITIE, STATE_ACCEPTED).due_ms,
	    REVIEW_DUE_MS);
	return letter;
}

static struct letter
review_of(struct scene *s, const struct letter *letter, enum code code)
{
	return letter_back(&s->people, letter, EVENT_REVIEW, code);
}

static void
tick_at(struct scene *s, int64_t at_ms)
{
	tick(s, at_ms - s->now_ms);
}

/* Both sides have a notice of this clock next, and nothing else. */
static void
assert_told(struct scene *s, enum referral_event event,
    enum referral_state state)
{
	static const enum who both[] = {EIGEN_HAARD, POLITIE};

	for (size_t i = 0; i < 2; i++) {
		struct notice notice = take_notice(s, both[i], state);

		assert_int_equal(notice.event, event);
		assert_int_equal(notice.due_ms, REVIEW_DUE_MS);
		assert_int_equal(notice.reason, REASON_NONE);
		assert_int_equal(waiting(s, both[i]), 0);
	}
}

static void
test_a_review_that_does_not_come_is_reminded_and_then_overdue(void **state)
{
	struct scene *s = *state;
	struct letter letter = glass_broken(s);

	assert_int_equal(logged(s, AUDIT_CLOCK, 0), 1);
	tick_at(s, REVIEW_REMIND_MS - 1);
	assert_int_equal(waiting(s, POLITIE), 0);
	tick_at(s, REVIEW_REMIND_MS);
	assert_told(s, EVENT_REMIND, STATE_ACCEPTED);
	tick_at(s, REVIEW_DUE_MS - 1);
	assert_int_equal(waiting(s, POLITIE), 0);
	tick_at(s, REVIEW_DUE_MS);
	assert_told(s, EVENT_ESCALATE, STATE_ACCEPTED);
	assert_int_equal(logged(s, AUDIT_CLOCK, EVENT_REMIND), 1);
	assert_int_equal(logged(s, AUDIT_CLOCK, EVENT_ESCALATE), 1);
	assert_int_equal(state_of(s, &letter), STATE_ACCEPTED);
	tick_at(s, REVIEW_DUE_MS + 400 * DAY_MS);
	assert_int_equal(waiting(s, POLITIE), 0);
}

static void
test_a_review_in_time_stops_the_clocks(void **state)
{
	struct scene *s = *state;
	struct letter letter = glass_broken(s);
	struct letter review = review_of(s, &letter, CODE_JUSTIFIED);

	submit(s, &review);
	assert_receipt(s, POLITIE, AUDIT_ACCEPTED);
	take_and_store(s, EIGEN_HAARD);
	assert_int_equal(logged(s, AUDIT_REVIEWED, CODE_JUSTIFIED), 1);
	assert_non_null(
	    strstr(details_of(s, AUDIT_REVIEWED, 0), "verdict=JUSTIFIED\n"));
	assert_non_null(strstr(details_of(s, AUDIT_REVIEWED, 0), "late=no\n"));
	tick_at(s, REVIEW_DUE_MS + DAY_MS);
	assert_int_equal(waiting(s, POLITIE), 0);
	assert_int_equal(waiting(s, EIGEN_HAARD), 0);
	assert_int_equal(logged(s, AUDIT_CLOCK, EVENT_ESCALATE), 0);
}

static void
test_a_review_is_given_once_by_the_recipient_with_a_verdict(void **state)
{
	struct scene *s = *state;
	struct letter letter = glass_broken(s);
	struct letter own = letter_next(&s->people, &letter, EVENT_REVIEW);
	struct letter bare = review_of(s, &letter, CODE_NONE);
	struct letter other = review_of(s, &letter, CODE_HELPED);
	struct letter full = review_of(s, &letter, CODE_JUSTIFIED);
	struct letter good = review_of(s, &letter, CODE_NOT_JUSTIFIED);
	struct letter again = review_of(s, &letter, CODE_JUSTIFIED);

	own.header.code = CODE_JUSTIFIED;
	submit(s, &own);
	assert_refused(s, EIGEN_HAARD, REASON_STATE_FORBIDS);
	submit(s, &bare);
	assert_refused(s, POLITIE, REASON_CODE_REQUIRED);
	submit(s, &other);
	assert_refused(s, POLITIE, REASON_CODE_REQUIRED);
	full.categories = BIT(STATUS);
	submit(s, &full);
	assert_refused(s, POLITIE, REASON_CATEGORY_NOT_COVERED);
	submit(s, &good);
	assert_receipt(s, POLITIE, AUDIT_ACCEPTED);
	submit(s, &again);
	assert_refused(s, POLITIE, REASON_STATE_FORBIDS);
}

/* Late is better than never, also when it is over and the law with it. */
static void
test_a_review_may_come_late_and_after_the_end(void **state)
{
	struct scene *s = *state;
	struct letter letter = glass_broken(s);
	struct letter done =
	    letter_back(&s->people, &letter, EVENT_COMPLETE, CODE_HELPED);
	struct letter review = review_of(s, &letter, CODE_NOT_JUSTIFIED);
	struct bytes reg;

	submit(s, &done);
	assert_receipt(s, POLITIE, AUDIT_ACCEPTED);
	take_and_store(s, EIGEN_HAARD);
	tick_at(s, REVIEW_REMIND_MS);
	assert_told(s, EVENT_REMIND, STATE_COMPLETED);
	tick_at(s, REVIEW_DUE_MS);
	assert_told(s, EVENT_ESCALATE, STATE_COMPLETED);
	assert_int_equal(logged(s, AUDIT_CLOCK, EVENT_ESCALATE), 1);
	for (size_t i = 0; i < s->people.reg.instrument_count; i++)
		if (s->people.reg.instruments[i].kind == KIND_VITAL_INTEREST)
			s->people.reg.instruments[i].until_ms = s->now_ms;
	reg = people_register(&s->people, 2);
	apply(s, COMMAND_REGISTER, "", span_bytes(&reg));
	mem_free(reg.p);
	submit(s, &review);
	assert_receipt(s, POLITIE, AUDIT_ACCEPTED);
	assert_non_null(strstr(details_of(s, AUDIT_REVIEWED, 0), "late=yes\n"));
	assert_int_equal(state_of(s, &letter), STATE_COMPLETED);
}

static void
test_other_kinds_have_no_review(void **state)
{
	struct scene *s = *state;
	struct letter letter =
	    letter_duty(&s->people, people_id(&s->people), s->now_ms);
	struct letter review = review_of(s, &letter, CODE_JUSTIFIED);

	submit(s, &letter);
	take_and_store(s, WPI);
	assert_int_equal(take_notice(s, EIGEN_HAARD, STATE_DELIVERED).due_ms,
	    0);
	submit(s, &review);
	assert_refused(s, WPI, REASON_STATE_FORBIDS);
	assert_int_equal(logged(s, AUDIT_CLOCK, 0), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    SCENE(test_each_provision_of_police_data_is_in_the_log),
	    SCENE(test_feedback_to_the_police_is_no_provision),
	    SCENE(test_without_a_decision_nothing_is_provided),
	    SCENE(
		test_a_review_that_does_not_come_is_reminded_and_then_overdue),
	    SCENE(test_a_review_in_time_stops_the_clocks),
	    SCENE(test_a_review_is_given_once_by_the_recipient_with_a_verdict),
	    SCENE(test_a_review_may_come_late_and_after_the_end),
	    SCENE(test_other_kinds_have_no_review),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
