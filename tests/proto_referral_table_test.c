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
#undef ENTRY

#define NOW    INT64_C(1789000000000)
#define BIT(s) (1u << (unsigned)STATE_##s)
#define EV(e)  (UINT64_C(1) << (unsigned)EVENT_##e)

/* The transition lines of the design, as they stand there. */
static const struct {
	enum referral_state from;
	uint32_t to;
} lines[] = {
    {STATE_DRAFT, BIT(QUEUED) | BIT(DISCARDED)},
    {STATE_QUEUED, BIT(DELIVERED) | BIT(CANCELLED) | BIT(WITHDRAWN) |
		       BIT(EXPIRED) | BIT(UNDELIVERABLE) | BIT(IN_ERROR)},
    {STATE_DELIVERED, BIT(INFO_REQUESTED) | BIT(ACCEPTED) | BIT(DECLINED) |
			  BIT(REFERRED_ON) | BIT(CANCELLED) |
			  BIT(CANCEL_REQUESTED) | BIT(WITHDRAWN) |
			  BIT(EXPIRED) | BIT(IN_ERROR)},
    {STATE_INFO_REQUESTED, BIT(DELIVERED) | BIT(DECLINED) | BIT(CANCELLED) |
			       BIT(CANCEL_REQUESTED) | BIT(WITHDRAWN) |
			       BIT(EXPIRED) | BIT(IN_ERROR)},
    {STATE_ACCEPTED, BIT(DELIVERED) | BIT(WAITLISTED) | BIT(SCHEDULED) |
			 BIT(IN_PROGRESS) | BIT(CANCEL_REQUESTED) |
			 BIT(COMPLETED) | BIT(DECLINED) | BIT(REFERRED_ON) |
			 BIT(WITHDRAWN) | BIT(IN_ERROR)},
    {STATE_WAITLISTED, BIT(ACCEPTED) | BIT(SCHEDULED) | BIT(IN_PROGRESS) |
			   BIT(CANCEL_REQUESTED) | BIT(DECLINED) |
			   BIT(REFERRED_ON) | BIT(WITHDRAWN) | BIT(IN_ERROR)},
    {STATE_SCHEDULED, BIT(SCHEDULED) | BIT(IN_PROGRESS) |
			  BIT(CANCEL_REQUESTED) | BIT(COMPLETED) |
			  BIT(DECLINED) | BIT(WITHDRAWN) | BIT(IN_ERROR)},
    {STATE_IN_PROGRESS, BIT(SCHEDULED) | BIT(WAITLISTED) |
			    BIT(CANCEL_REQUESTED) | BIT(COMPLETED) |
			    BIT(DECLINED) | BIT(REFERRED_ON) | BIT(WITHDRAWN) |
			    BIT(IN_ERROR)},
    {STATE_CANCEL_REQUESTED,
	BIT(CANCELLED) | BIT(COMPLETED) | BIT(WITHDRAWN) | BIT(IN_ERROR)},
    {STATE_COMPLETED, BIT(IN_PROGRESS)},
};

/* The events that change no state. */
static const uint64_t quiet = EV(READ) | EV(CONTACT_ATTEMPT) | EV(NOTE) |
			      EV(NO_SHOW) | EV(APPOINTMENT_CANCELLED) |
			      EV(CLIENT_FEEDBACK) | EV(ERASED) | EV(TAKE_OVER) |
			      EV(REVIEW) | EV(IDENTITY);

static const struct transition *table;
static size_t count;

static int
load(void **state)
{
	(void)state;
	table = referral_table(&count);
	return 0;
}

static bool
is_quiet(const struct transition *row)
{
	return row->to == row->from && row->event != EVENT_SCHEDULE;
}

static uint32_t
reached_from(enum referral_state from)
{
	uint32_t to = 0;

	for (size_t i = 0; i < count; i++) {
		if (table[i].from == from && !is_quiet(&table[i]))
			to |= 1u << (unsigned)table[i].to;
	}
	return to;
}

static void
test_the_transitions_are_those_of_the_design_and_no_others(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(states); i++) {
		uint32_t want = 0;

		for (size_t j = 0; j < COUNT_OF(lines); j++) {
			if (lines[j].from == states[i])
				want = lines[j].to;
		}
		assert_int_equal(reached_from(states[i]), want);
	}
}

static void
test_every_state_is_reachable_from_draft(void **state)
{
	uint32_t seen = BIT(DRAFT);
	uint32_t before = 0;

	(void)state;
	while (seen != before) {
		before = seen;
		for (size_t i = 0; i < COUNT_OF(states); i++) {
			if (seen & (1u << (unsigned)states[i]))
				seen |= reached_from(states[i]);
		}
	}
	for (size_t i = 0; i < COUNT_OF(states); i++)
		assert_true(seen & (1u << (unsigned)states[i]));
}

static void
test_every_open_state_can_end_and_no_end_goes_on_but_a_reopening(void **state)
{
	uint32_t ends = 0;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(states); i++) {
		if (state_is_end(states[i]))
			ends |= 1u << (unsigned)states[i];
	}
	assert_int_equal(ends,
	    BIT(COMPLETED) | BIT(DECLINED) | BIT(REFERRED_ON) | BIT(CANCELLED) |
		BIT(WITHDRAWN) | BIT(EXPIRED) | BIT(UNDELIVERABLE) |
		BIT(IN_ERROR) | BIT(DISCARDED));
	for (size_t i = 0; i < COUNT_OF(states); i++) {
		uint32_t to = reached_from(states[i]);

		if (!state_is_end(states[i]))
			assert_true((to & ends) != 0);
		else
			assert_int_equal(to, states[i] == STATE_COMPLETED
						 ? BIT(IN_PROGRESS)
						 : 0);
	}
}

static void
test_every_open_state_but_draft_can_be_withdrawn(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(states); i++) {
		struct referral_view view = {.state = states[i]};
		enum referral_state to = STATE_DRAFT;
		enum reason reason = REASON_NONE;
		enum wh_err err = referral_next(&view, EVENT_WITHDRAW,
		    ACTOR_RESIDENT, CODE_NONE, NOW, &to, &reason);

		if (state_is_end(states[i]) || states[i] == STATE_DRAFT) {
			assert_int_equal(err, WH_REFUSED);
			assert_int_equal(reason, REASON_STATE_FORBIDS);
			assert_int_equal(to, STATE_DRAFT);
		} else {
			assert_int_equal(err, WH_OK);
			assert_int_equal(to, STATE_WITHDRAWN);
		}
	}
}

/* Who may move a referral to a state: rule 1, and the table's second column. */
static bool
may_move(const struct transition *row)
{
	switch (row->to) {
	case STATE_DRAFT:
		return false;
	case STATE_QUEUED:
	case STATE_CANCEL_REQUESTED:
	case STATE_IN_ERROR:
	case STATE_DISCARDED:
		return row->actor == ACTOR_SENDER;
	case STATE_DELIVERED:
		return row->event == EVENT_STORED
			   ? row->actor == ACTOR_HUB
			   : (row->event == EVENT_ANSWER
				     ? row->actor == ACTOR_SENDER
				     : row->actor == ACTOR_RECIPIENT);
	case STATE_ACCEPTED:
		return row->event == EVENT_AUTO_ACCEPT
			   ? row->actor == ACTOR_HUB && row->one_phase_only
			   : row->actor == ACTOR_RECIPIENT;
	case STATE_CANCELLED:
		return row->event == EVENT_CANCEL
			   ? row->actor == ACTOR_SENDER
			   : row->actor == ACTOR_RECIPIENT;
	case STATE_EXPIRED:
	case STATE_UNDELIVERABLE:
		return row->actor == ACTOR_HUB;
	case STATE_WITHDRAWN:
		return row->actor == ACTOR_RESIDENT;
	case STATE_INFO_REQUESTED:
	case STATE_WAITLISTED:
	case STATE_SCHEDULED:
	case STATE_IN_PROGRESS:
	case STATE_COMPLETED:
	case STATE_DECLINED:
	case STATE_REFERRED_ON:
		return row->actor == ACTOR_RECIPIENT;
	}
	return false;
}

static void
test_each_side_moves_only_what_is_its_own(void **state)
{
	(void)state;
	for (size_t i = 0; i < count; i++) {
		if (!is_quiet(&table[i]))
			assert_true(may_move(&table[i]));
	}
}

static void
test_only_the_sender_cancels_only_the_hub_expires(void **state)
{
	(void)state;
	for (size_t i = 0; i < count; i++) {
		const struct transition *row = &table[i];

		if (row->event == EVENT_CANCEL ||
		    row->event == EVENT_MARK_ERROR)
			assert_int_equal(row->actor, ACTOR_SENDER);
		if (row->event == EVENT_EXPIRE || row->event == EVENT_FAIL ||
		    row->event == EVENT_STORED)
			assert_int_equal(row->actor, ACTOR_HUB);
		assert_int_equal(row->event == EVENT_WITHDRAW,
		    row->actor == ACTOR_RESIDENT);
	}
}

static void
test_quiet_events_stay_and_few_of_them_follow_an_end(void **state)
{
	(void)state;
	for (size_t i = 0; i < count; i++) {
		const struct transition *row = &table[i];
		uint64_t event = UINT64_C(1) << (unsigned)row->event;

		if (event & quiet)
			assert_true(is_quiet(row));
		if (is_quiet(row))
			assert_true(event & (quiet | EV(ASK) | EV(ANSWER)));
		if (state_is_end(row->from))
			assert_true(event & (EV(CLIENT_FEEDBACK) | EV(ERASED) |
						EV(REOPEN) | EV(REVIEW)));
		else
			assert_true(row->event != EVENT_ERASED);
	}
}

static void
test_identity_follows_acceptance_only(void **state)
{
	uint32_t from = 0;

	(void)state;
	for (size_t i = 0; i < count; i++) {
		if (table[i].event != EVENT_IDENTITY)
			continue;
		assert_int_equal(table[i].actor, ACTOR_SENDER);
		assert_int_equal(table[i].to, table[i].from);
		from |= 1u << (unsigned)table[i].from;
	}
	assert_int_equal(from, BIT(ACCEPTED) | BIT(WAITLISTED) |
				   BIT(SCHEDULED) | BIT(IN_PROGRESS));
}

static void
test_no_clock_ends_a_referral_after_acceptance(void **state)
{
	uint32_t from = 0;

	(void)state;
	for (size_t i = 0; i < count; i++) {
		if (table[i].event == EVENT_EXPIRE)
			from |= 1u << (unsigned)table[i].from;
	}
	assert_int_equal(from,
	    BIT(QUEUED) | BIT(DELIVERED) | BIT(INFO_REQUESTED));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(
		test_the_transitions_are_those_of_the_design_and_no_others),
	    cmocka_unit_test(test_every_state_is_reachable_from_draft),
	    cmocka_unit_test(
		test_every_open_state_can_end_and_no_end_goes_on_but_a_reopening),
	    cmocka_unit_test(test_every_open_state_but_draft_can_be_withdrawn),
	    cmocka_unit_test(test_each_side_moves_only_what_is_its_own),
	    cmocka_unit_test(test_only_the_sender_cancels_only_the_hub_expires),
	    cmocka_unit_test(
		test_quiet_events_stay_and_few_of_them_follow_an_end),
	    cmocka_unit_test(test_identity_follows_acceptance_only),
	    cmocka_unit_test(test_no_clock_ends_a_referral_after_acceptance),
	};

	return cmocka_run_group_tests(tests, load, NULL);
}
