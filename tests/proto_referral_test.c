/* SPDX-License-Identifier: EUPL-1.2 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "proto/referral.h"

#define COUNT_OF(a) (sizeof(a) / sizeof((a)[0]))

#define ENTRY(symbol, number, text) symbol,
static const enum referral_state states[] = {TERMS_STATE(ENTRY)};
static const enum referral_event events[] = {TERMS_EVENT(ENTRY)};
static const enum code codes[] = {TERMS_CODE(ENTRY)};
#undef ENTRY
static const enum actor actors[] = {ACTOR_SENDER, ACTOR_RECIPIENT, ACTOR_HUB,
    ACTOR_RESIDENT};

#define NOW     INT64_C(1789000000000)
#define DAY     (INT64_C(24) * 3600 * 1000)
#define MAX_OUT 64

static const struct transition *table;
static size_t count;

static int
load(void **state)
{
	(void)state;
	table = referral_table(&count);
	return 0;
}

static void
expect(struct referral_view view, enum referral_event event, enum actor actor,
    enum code code, enum referral_state want)
{
	enum referral_state to = STATE_DRAFT;
	enum reason reason = REASON_NONE;

	assert_int_equal(referral_next(&view, event, actor, code, NOW, &to,
			     &reason),
	    WH_OK);
	assert_int_equal(to, want);
	assert_int_equal(reason, REASON_NONE);
}

static void
expect_refusal(struct referral_view view, enum referral_event event,
    enum actor actor, enum code code, enum reason want)
{
	enum referral_state to = STATE_DRAFT;
	enum reason reason = REASON_NONE;

	assert_int_equal(referral_next(&view, event, actor, code, NOW, &to,
			     &reason),
	    WH_REFUSED);
	assert_int_equal(to, STATE_DRAFT);
	assert_int_equal(reason, want);
}

static void
test_the_sender_cancels_alone_only_while_nobody_has_read_it(void **state)
{
	static const enum referral_state both[] = {STATE_DELIVERED,
	    STATE_INFO_REQUESTED};

	(void)state;
	expect((struct referral_view){.state = STATE_QUEUED}, EVENT_CANCEL,
	    ACTOR_SENDER, CODE_NONE, STATE_CANCELLED);
	for (size_t i = 0; i < COUNT_OF(both); i++) {
		struct referral_view view = {.state = both[i]};

		expect(view, EVENT_CANCEL, ACTOR_SENDER, CODE_OTHER,
		    STATE_CANCELLED);
		view.read = true;
		expect(view, EVENT_CANCEL, ACTOR_SENDER, CODE_OTHER,
		    STATE_CANCEL_REQUESTED);
		expect_refusal(view, EVENT_CANCEL, ACTOR_RECIPIENT, CODE_OTHER,
		    REASON_STATE_FORBIDS);
	}
	expect((struct referral_view){.state = STATE_ACCEPTED}, EVENT_CANCEL,
	    ACTOR_SENDER, CODE_NO_LONGER_WANTED, STATE_CANCEL_REQUESTED);
	expect((struct referral_view){.state = STATE_CANCEL_REQUESTED},
	    EVENT_CONFIRM_CANCEL, ACTOR_RECIPIENT, CODE_NONE, STATE_CANCELLED);
}

static void
test_unaccept_needs_a_reason_and_ends_with_first_contact(void **state)
{
	struct referral_view view = {.state = STATE_ACCEPTED};

	(void)state;
	expect(view, EVENT_UNACCEPT, ACTOR_RECIPIENT, CODE_NO_CAPACITY,
	    STATE_DELIVERED);
	expect_refusal(view, EVENT_UNACCEPT, ACTOR_RECIPIENT, CODE_NONE,
	    REASON_CODE_REQUIRED);
	view.contacted = true;
	expect_refusal(view, EVENT_UNACCEPT, ACTOR_RECIPIENT, CODE_NO_CAPACITY,
	    REASON_STATE_FORBIDS);
}

static void
test_one_phase_accepts_by_itself_and_knows_one_refusal(void **state)
{
	struct referral_view view = {.state = STATE_DELIVERED,
	    .one_phase = true};

	(void)state;
	expect(view, EVENT_AUTO_ACCEPT, ACTOR_HUB, CODE_NONE, STATE_ACCEPTED);
	for (size_t i = 0; i < COUNT_OF(codes); i++) {
		view.state = STATE_ACCEPTED;
		if (codes[i] == CODE_WRONG_RECIPIENT)
			expect(view, EVENT_DECLINE, ACTOR_RECIPIENT, codes[i],
			    STATE_DECLINED);
		else
			expect_refusal(view, EVENT_DECLINE, ACTOR_RECIPIENT,
			    codes[i], REASON_CODE_REQUIRED);
		expect_refusal(view, EVENT_UNACCEPT, ACTOR_RECIPIENT, codes[i],
		    REASON_STATE_FORBIDS);
	}
	view = (struct referral_view){.state = STATE_DELIVERED};
	expect_refusal(view, EVENT_AUTO_ACCEPT, ACTOR_HUB, CODE_NONE,
	    REASON_STATE_FORBIDS);
}

static void
test_reopening_takes_a_reason_and_is_over_after_28_days(void **state)
{
	struct referral_view view = {.state = STATE_COMPLETED,
	    .ended_ms = NOW - 28 * DAY};

	(void)state;
	expect(view, EVENT_REOPEN, ACTOR_RECIPIENT, CODE_OTHER,
	    STATE_IN_PROGRESS);
	expect_refusal(view, EVENT_REOPEN, ACTOR_RECIPIENT, CODE_NONE,
	    REASON_CODE_REQUIRED);
	view.ended_ms = NOW - 28 * DAY - 1;
	expect_refusal(view, EVENT_REOPEN, ACTOR_RECIPIENT, CODE_OTHER,
	    REASON_STATE_FORBIDS);
	view.ended_ms = 0;
	expect_refusal(view, EVENT_REOPEN, ACTOR_RECIPIENT, CODE_OTHER,
	    REASON_STATE_FORBIDS);
	view.ended_ms = INT64_MAX;
	expect(view, EVENT_REOPEN, ACTOR_RECIPIENT, CODE_OTHER,
	    STATE_IN_PROGRESS);
}

static bool
rule_allows(enum code_rule rule, enum code code)
{
	bool reason = code_is_reason(code);
	bool outcome = code_is_outcome(code);

	switch (rule) {
	case CODE_RULE_NONE:
		return code == CODE_NONE;
	case CODE_RULE_REASON:
		return reason;
	case CODE_RULE_OUTCOME:
		return outcome;
	case CODE_RULE_MAY:
		return code == CODE_NONE || reason || outcome;
	case CODE_RULE_BOUNCE:
		return code == CODE_WRONG_RECIPIENT;
	case CODE_RULE_REVIEW:
		return code == CODE_JUSTIFIED || code == CODE_NOT_JUSTIFIED;
	}
	return false;
}

static void
test_each_row_takes_the_codes_of_its_rule(void **state)
{
	(void)state;
	for (size_t i = 0; i < count; i++) {
		const struct transition *row = &table[i];
		struct referral_view view = {.state = row->from,
		    .one_phase = row->one_phase_only,
		    .review_open = row->review_only,
		    .ended_ms = NOW - DAY};
		bool second = row->event == EVENT_CANCEL && !row->unread_only;

		view.read = second;
		for (size_t c = 0; c < COUNT_OF(codes); c++) {
			if (rule_allows(row->code, codes[c]))
				expect(view, row->event, row->actor, codes[c],
				    row->to);
			else
				expect_refusal(view, row->event, row->actor,
				    codes[c], REASON_CODE_REQUIRED);
		}
		expect_refusal(view, row->event, row->actor, (enum code)99,
		    REASON_CODE_REQUIRED);
	}
}

/* Break-glass is looked at once, at any time since it came, and by no-one else
 * than the recipient. */
static void
test_a_review_is_the_recipients_while_it_is_open(void **state)
{
	static const enum referral_state some[] = {STATE_DELIVERED,
	    STATE_ACCEPTED, STATE_IN_PROGRESS, STATE_COMPLETED, STATE_DECLINED,
	    STATE_WITHDRAWN, STATE_IN_ERROR};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(some); i++) {
		struct referral_view view = {.state = some[i]};

		expect_refusal(view, EVENT_REVIEW, ACTOR_RECIPIENT,
		    CODE_JUSTIFIED, REASON_STATE_FORBIDS);
		view.review_open = true;
		expect(view, EVENT_REVIEW, ACTOR_RECIPIENT, CODE_JUSTIFIED,
		    some[i]);
		expect_refusal(view, EVENT_REVIEW, ACTOR_RECIPIENT, CODE_NONE,
		    REASON_CODE_REQUIRED);
		expect_refusal(view, EVENT_REVIEW, ACTOR_SENDER, CODE_JUSTIFIED,
		    REASON_STATE_FORBIDS);
	}
}

static void
test_refusals_carry_a_reason_and_completions_an_outcome(void **state)
{
	(void)state;
	for (size_t i = 0; i < count; i++) {
		const struct transition *row = &table[i];

		if (row->event == EVENT_DECLINE)
			assert_int_equal(row->code, row->one_phase_only
							? CODE_RULE_BOUNCE
							: CODE_RULE_REASON);
		if (row->event == EVENT_UNACCEPT || row->event == EVENT_REOPEN)
			assert_int_equal(row->code, CODE_RULE_REASON);
		if (row->event == EVENT_COMPLETE)
			assert_int_equal(row->code, CODE_RULE_OUTCOME);
	}
	for (size_t i = 0; i < COUNT_OF(codes); i++) {
		bool reason = codes[i] > 0 && codes[i] < CODE_OUTCOME_MIN;
		bool verdict = codes[i] == CODE_JUSTIFIED ||
			       codes[i] == CODE_NOT_JUSTIFIED;
		bool outcome = (codes[i] >= CODE_OUTCOME_MIN && !verdict) ||
			       codes[i] == CODE_COULD_NOT_CONTACT;

		assert_int_equal(code_is_reason(codes[i]), reason);
		assert_int_equal(code_is_outcome(codes[i]), outcome);
		assert_int_equal(code_is_verdict(codes[i]), verdict);
	}
}

static bool
some_code_works(const struct referral_view *view, enum referral_event event,
    enum actor actor)
{
	enum referral_state to;
	enum reason reason;

	for (size_t i = 0; i < COUNT_OF(codes); i++) {
		if (referral_next(view, event, actor, codes[i], NOW, &to,
			&reason) == WH_OK)
			return true;
	}
	return false;
}

static void
check_allowed(const struct referral_view *view, enum actor actor)
{
	enum referral_event got[MAX_OUT];
	size_t n = referral_allowed(view, actor, NOW, got, MAX_OUT);
	size_t found = 0;

	assert_true(n <= MAX_OUT);
	for (size_t e = 0; e < COUNT_OF(events); e++) {
		bool listed = found < n && got[found] == events[e];

		assert_int_equal(listed,
		    some_code_works(view, events[e], actor));
		if (listed)
			found++;
	}
	assert_int_equal(found, n);
}

static void
test_what_is_allowed_is_what_next_accepts(void **state)
{
	static const int64_t ended[] = {0, NOW - DAY, NOW - 29 * DAY};

	(void)state;
	for (size_t s = 0; s < COUNT_OF(states); s++) {
		for (unsigned bits = 0; bits < 8 * COUNT_OF(ended); bits++) {
			struct referral_view view = {.state = states[s],
			    .one_phase = bits & 1,
			    .read = bits & 2,
			    .contacted = bits & 4,
			    .ended_ms = ended[bits / 8]};

			for (size_t a = 0; a < COUNT_OF(actors); a++)
				check_allowed(&view, actors[a]);
		}
	}
}

static void
test_the_list_is_cut_at_the_room_there_is(void **state)
{
	struct referral_view view = {.state = STATE_ACCEPTED};
	enum referral_event got[3] = {0, 0, EVENT_DISCARD};
	size_t all = referral_allowed(&view, ACTOR_RECIPIENT, NOW, NULL, 0);

	(void)state;
	assert_true(all > 2);
	assert_int_equal(referral_allowed(&view, ACTOR_RECIPIENT, NOW, got, 2),
	    all);
	assert_int_equal(got[2], EVENT_DISCARD);
}

static void
test_unknown_numbers_are_refused(void **state)
{
	struct referral_view view = {.state = (enum referral_state)77};

	(void)state;
	assert_true(state_is_end(view.state));
	assert_int_equal(state_readable(view.state), READ_NOTHING);
	assert_null(state_fhir(view.state));
	for (size_t a = 0; a < COUNT_OF(actors); a++)
		assert_int_equal(referral_allowed(&view, actors[a], NOW, NULL,
				     0),
		    0);
	view.state = STATE_DELIVERED;
	expect_refusal(view, (enum referral_event)99, ACTOR_RECIPIENT,
	    CODE_NONE, REASON_STATE_FORBIDS);
	expect_refusal(view, EVENT_OFFER, ACTOR_SENDER, CODE_NONE,
	    REASON_STATE_FORBIDS);
}

static const struct {
	enum referral_state state;
	const char *fhir;
	enum readable readable;
} shown[] = {
    {STATE_DRAFT, "draft", READ_NOTHING},
    {STATE_QUEUED, "requested", READ_NOTHING},
    {STATE_DELIVERED, "received", READ_OFFER},
    {STATE_INFO_REQUESTED, "on-hold", READ_OFFER},
    {STATE_ACCEPTED, "accepted", READ_IDENTITY},
    {STATE_WAITLISTED, "on-hold", READ_IDENTITY},
    {STATE_SCHEDULED, "in-progress", READ_ALL},
    {STATE_IN_PROGRESS, "in-progress", READ_ALL},
    {STATE_CANCEL_REQUESTED, "in-progress", READ_UNCHANGED},
    {STATE_COMPLETED, "completed", READ_CLOSED},
    {STATE_DECLINED, "rejected", READ_CLOSED},
    {STATE_REFERRED_ON, "completed", READ_CLOSED},
    {STATE_CANCELLED, "cancelled", READ_CLOSED},
    {STATE_WITHDRAWN, "cancelled", READ_CLOSED},
    {STATE_EXPIRED, "failed", READ_CLOSED},
    {STATE_UNDELIVERABLE, "failed", READ_NOTHING},
    {STATE_IN_ERROR, "entered-in-error", READ_CLOSED},
};

static void
test_fhir_status_and_what_may_be_read_follow_the_design(void **state)
{
	(void)state;
	assert_int_equal(COUNT_OF(shown) + 1, COUNT_OF(states));
	for (size_t i = 0; i < COUNT_OF(shown); i++) {
		assert_string_equal(state_fhir(shown[i].state), shown[i].fhir);
		assert_int_equal(state_readable(shown[i].state),
		    shown[i].readable);
	}
	assert_null(state_fhir(STATE_DISCARDED));
	assert_int_equal(state_readable(STATE_DISCARDED), READ_NOTHING);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(
		test_the_sender_cancels_alone_only_while_nobody_has_read_it),
	    cmocka_unit_test(
		test_unaccept_needs_a_reason_and_ends_with_first_contact),
	    cmocka_unit_test(
		test_one_phase_accepts_by_itself_and_knows_one_refusal),
	    cmocka_unit_test(
		test_reopening_takes_a_reason_and_is_over_after_28_days),
	    cmocka_unit_test(test_each_row_takes_the_codes_of_its_rule),
	    cmocka_unit_test(test_a_review_is_the_recipients_while_it_is_open),
	    cmocka_unit_test(
		test_refusals_carry_a_reason_and_completions_an_outcome),
	    cmocka_unit_test(test_what_is_allowed_is_what_next_accepts),
	    cmocka_unit_test(test_the_list_is_cut_at_the_room_there_is),
	    cmocka_unit_test(test_unknown_numbers_are_refused),
	    cmocka_unit_test(
		test_fhir_status_and_what_may_be_read_follow_the_design),
	};

	return cmocka_run_group_tests(tests, load, NULL);
}
