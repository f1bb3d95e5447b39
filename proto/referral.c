/* SPDX-License-Identifier: EUPL-1.2 */
#include "proto/referral.h"

#define ROW(from_, event_, actor_, to_, code_, ...)                            \
	{                                                                      \
		.from = STATE_##from_, .event = EVENT_##event_,                \
		.actor = ACTOR_##actor_, .to = STATE_##to_,                    \
		.code = CODE_RULE_##code_, __VA_ARGS__                         \
	}
#define STAY(from_, event_, actor_, code_)                                     \
	ROW(from_, event_, actor_, from_, code_)

#define REVIEWED(from_)                                                        \
	ROW(from_, REVIEW, RECIPIENT, from_, REVIEW, .review_only = true)

#define UNREAD    .unread_only = true
#define ONE_PHASE .one_phase_only = true
#define TWO_PHASE .two_phase_only = true
#define UNTOUCHED .before_contact = true, TWO_PHASE
#define REOPENING .within_ms = REFERRAL_REOPEN_MS

/* What the two professionals tell each other while a case is open. */
#define TALK(from_)                                                            \
	STAY(from_, NOTE, SENDER, MAY), STAY(from_, NOTE, RECIPIENT, MAY)

/* Questions after acceptance go both ways and hold nothing up. */
#define DIALOGUE(from_)                                                        \
	TALK(from_), STAY(from_, ASK, SENDER, MAY),                            \
	    STAY(from_, ASK, RECIPIENT, MAY),                                  \
	    STAY(from_, ANSWER, SENDER, NONE),                                 \
	    STAY(from_, ANSWER, RECIPIENT, NONE)

#define AT_RECIPIENT(from_)                                                    \
	STAY(from_, READ, RECIPIENT, NONE),                                    \
	    STAY(from_, TAKE_OVER, RECIPIENT, NONE), REVIEWED(from_)

/* From acceptance on: identity may follow, contact is made. */
#define IN_HANDS(from_)                                                        \
	DIALOGUE(from_), AT_RECIPIENT(from_),                                  \
	    STAY(from_, IDENTITY, SENDER, NONE),                               \
	    STAY(from_, CONTACT_ATTEMPT, RECIPIENT, MAY), FEEDBACK(from_)

#define FEEDBACK(from_)                                                        \
	STAY(from_, CLIENT_FEEDBACK, SENDER, MAY),                             \
	    STAY(from_, CLIENT_FEEDBACK, RECIPIENT, MAY)

/* A refusal; a one-phase type knows only one. */
#define REFUSAL(from_)                                                         \
	ROW(from_, DECLINE, RECIPIENT, DECLINED, BOUNCE, ONE_PHASE),           \
	    ROW(from_, DECLINE, RECIPIENT, DECLINED, REASON, TWO_PHASE)

/* Without the recipient: the resident's side, and a sender's mistake. */
#define ENDINGS(from_)                                                         \
	ROW(from_, WITHDRAW, RESIDENT, WITHDRAWN, MAY),                        \
	    ROW(from_, MARK_ERROR, SENDER, IN_ERROR, MAY)

#define CANCELLING(from_)                                                      \
	ROW(from_, CANCEL, SENDER, CANCELLED, MAY, UNREAD),                    \
	    ROW(from_, CANCEL, SENDER, CANCEL_REQUESTED, MAY)

static const struct transition table[] = {
    ROW(DRAFT, SUBMITTED, SENDER, QUEUED, NONE),
    ROW(DRAFT, DISCARD, SENDER, DISCARDED, NONE),

    ROW(QUEUED, STORED, HUB, DELIVERED, NONE),
    ROW(QUEUED, CANCEL, SENDER, CANCELLED, MAY),
    ROW(QUEUED, EXPIRE, HUB, EXPIRED, MAY),
    ROW(QUEUED, FAIL, HUB, UNDELIVERABLE, MAY),
    ENDINGS(QUEUED),

    ROW(DELIVERED, AUTO_ACCEPT, HUB, ACCEPTED, NONE, ONE_PHASE),
    ROW(DELIVERED, ASK, RECIPIENT, INFO_REQUESTED, MAY),
    ROW(DELIVERED, ACCEPT, RECIPIENT, ACCEPTED, NONE),
    ROW(DELIVERED, REFER_ON, RECIPIENT, REFERRED_ON, MAY),
    ROW(DELIVERED, EXPIRE, HUB, EXPIRED, MAY),
    REFUSAL(DELIVERED),
    CANCELLING(DELIVERED),
    ENDINGS(DELIVERED),
    TALK(DELIVERED),
    AT_RECIPIENT(DELIVERED),

    ROW(INFO_REQUESTED, ANSWER, SENDER, DELIVERED, NONE),
    ROW(INFO_REQUESTED, EXPIRE, HUB, EXPIRED, MAY),
    REFUSAL(INFO_REQUESTED),
    CANCELLING(INFO_REQUESTED),
    ENDINGS(INFO_REQUESTED),
    TALK(INFO_REQUESTED),
    AT_RECIPIENT(INFO_REQUESTED),

    ROW(ACCEPTED, UNACCEPT, RECIPIENT, DELIVERED, REASON, UNTOUCHED),
    ROW(ACCEPTED, WAITLIST, RECIPIENT, WAITLISTED, MAY),
    ROW(ACCEPTED, SCHEDULE, RECIPIENT, SCHEDULED, NONE),
    ROW(ACCEPTED, START, RECIPIENT, IN_PROGRESS, NONE),
    ROW(ACCEPTED, COMPLETE, RECIPIENT, COMPLETED, OUTCOME),
    ROW(ACCEPTED, REFER_ON, RECIPIENT, REFERRED_ON, MAY),
    ROW(ACCEPTED, CANCEL, SENDER, CANCEL_REQUESTED, MAY),
    REFUSAL(ACCEPTED),
    ENDINGS(ACCEPTED),
    IN_HANDS(ACCEPTED),

    ROW(WAITLISTED, ACCEPT, RECIPIENT, ACCEPTED, NONE),
    ROW(WAITLISTED, SCHEDULE, RECIPIENT, SCHEDULED, NONE),
    ROW(WAITLISTED, START, RECIPIENT, IN_PROGRESS, NONE),
    ROW(WAITLISTED, REFER_ON, RECIPIENT, REFERRED_ON, MAY),
    ROW(WAITLISTED, CANCEL, SENDER, CANCEL_REQUESTED, MAY),
    REFUSAL(WAITLISTED),
    ENDINGS(WAITLISTED),
    IN_HANDS(WAITLISTED),

    ROW(SCHEDULED, SCHEDULE, RECIPIENT, SCHEDULED, NONE),
    ROW(SCHEDULED, START, RECIPIENT, IN_PROGRESS, NONE),
    ROW(SCHEDULED, COMPLETE, RECIPIENT, COMPLETED, OUTCOME),
    ROW(SCHEDULED, CANCEL, SENDER, CANCEL_REQUESTED, MAY),
    STAY(SCHEDULED, NO_SHOW, RECIPIENT, MAY),
    STAY(SCHEDULED, APPOINTMENT_CANCELLED, RECIPIENT, MAY),
    REFUSAL(SCHEDULED),
    ENDINGS(SCHEDULED),
    IN_HANDS(SCHEDULED),

    ROW(IN_PROGRESS, SCHEDULE, RECIPIENT, SCHEDULED, NONE),
    ROW(IN_PROGRESS, WAITLIST, RECIPIENT, WAITLISTED, MAY),
    ROW(IN_PROGRESS, COMPLETE, RECIPIENT, COMPLETED, OUTCOME),
    ROW(IN_PROGRESS, REFER_ON, RECIPIENT, REFERRED_ON, MAY),
    ROW(IN_PROGRESS, CANCEL, SENDER, CANCEL_REQUESTED, MAY),
    STAY(IN_PROGRESS, NO_SHOW, RECIPIENT, MAY),
    STAY(IN_PROGRESS, APPOINTMENT_CANCELLED, RECIPIENT, MAY),
    REFUSAL(IN_PROGRESS),
    ENDINGS(IN_PROGRESS),
    IN_HANDS(IN_PROGRESS),

    ROW(CANCEL_REQUESTED, CONFIRM_CANCEL, RECIPIENT, CANCELLED, MAY),
    ROW(CANCEL_REQUESTED, COMPLETE, RECIPIENT, COMPLETED, OUTCOME),
    ENDINGS(CANCEL_REQUESTED),
    TALK(CANCEL_REQUESTED),
    AT_RECIPIENT(CANCEL_REQUESTED),

    ROW(COMPLETED, REOPEN, RECIPIENT, IN_PROGRESS, REASON, REOPENING),
    FEEDBACK(COMPLETED),
    FEEDBACK(DECLINED),
    FEEDBACK(REFERRED_ON),
    FEEDBACK(CANCELLED),

    STAY(COMPLETED, ERASED, RECIPIENT, NONE),
    STAY(DECLINED, ERASED, RECIPIENT, NONE),
    STAY(REFERRED_ON, ERASED, RECIPIENT, NONE),
    STAY(CANCELLED, ERASED, RECIPIENT, NONE),
    STAY(WITHDRAWN, ERASED, RECIPIENT, NONE),
    STAY(EXPIRED, ERASED, RECIPIENT, NONE),
    STAY(IN_ERROR, ERASED, RECIPIENT, NONE),

    REVIEWED(COMPLETED),
    REVIEWED(DECLINED),
    REVIEWED(REFERRED_ON),
    REVIEWED(CANCELLED),
    REVIEWED(WITHDRAWN),
    REVIEWED(EXPIRED),
    REVIEWED(IN_ERROR),
};

#define TABLE_COUNT (sizeof(table) / sizeof(table[0]))

static const struct state_row {
	enum referral_state state;
	const char *fhir;
	enum readable readable;
	bool end;
} states[] = {
    {STATE_DRAFT, "draft", READ_NOTHING, false},
    {STATE_QUEUED, "requested", READ_NOTHING, false},
    {STATE_DELIVERED, "received", READ_OFFER, false},
    {STATE_INFO_REQUESTED, "on-hold", READ_OFFER, false},
    {STATE_ACCEPTED, "accepted", READ_IDENTITY, false},
    {STATE_WAITLISTED, "on-hold", READ_IDENTITY, false},
    {STATE_SCHEDULED, "in-progress", READ_ALL, false},
    {STATE_IN_PROGRESS, "in-progress", READ_ALL, false},
    {STATE_CANCEL_REQUESTED, "in-progress", READ_UNCHANGED, false},
    {STATE_COMPLETED, "completed", READ_CLOSED, true},
    {STATE_DECLINED, "rejected", READ_CLOSED, true},
    {STATE_REFERRED_ON, "completed", READ_CLOSED, true},
    {STATE_CANCELLED, "cancelled", READ_CLOSED, true},
    {STATE_WITHDRAWN, "cancelled", READ_CLOSED, true},
    {STATE_EXPIRED, "failed", READ_CLOSED, true},
    {STATE_UNDELIVERABLE, "failed", READ_NOTHING, true},
    {STATE_IN_ERROR, "entered-in-error", READ_CLOSED, true},
    {STATE_DISCARDED, NULL, READ_NOTHING, true},
};

static const struct state_row *
state_find(enum referral_state state)
{
	static const struct state_row unknown = {.readable = READ_NOTHING,
	    .end = true};

	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
		if (states[i].state == state)
			return &states[i];
	}
	return &unknown;
}

const struct transition *
referral_table(size_t *count)
{
	*count = TABLE_COUNT;
	return table;
}

/* A moment of ending that nobody knows is not within anything. */
static bool
is_within(const struct transition *row, int64_t ended_ms, int64_t now_ms)
{
	if (row->within_ms == 0)
		return true;
	return ended_ms > 0 &&
	       (now_ms <= ended_ms || now_ms - ended_ms <= row->within_ms);
}

static const struct transition *
row_find(const struct referral_view *view, enum referral_event event,
    enum actor actor, int64_t now_ms)
{
	for (size_t i = 0; i < TABLE_COUNT; i++) {
		const struct transition *row = &table[i];

		if (row->from != view->state || row->event != event ||
		    row->actor != actor)
			continue;
		if ((row->unread_only && view->read) ||
		    (row->one_phase_only && !view->one_phase) ||
		    (row->two_phase_only && view->one_phase) ||
		    (row->before_contact && view->contacted) ||
		    (row->review_only && !view->review_open) ||
		    !is_within(row, view->ended_ms, now_ms))
			continue;
		return row;
	}
	return NULL;
}

static bool
code_fits(enum code_rule rule, enum code code)
{
	switch (rule) {
	case CODE_RULE_NONE:
		return code == CODE_NONE;
	case CODE_RULE_REASON:
		return code_is_reason(code);
	case CODE_RULE_OUTCOME:
		return code_is_outcome(code);
	case CODE_RULE_MAY:
		return code == CODE_NONE || code_is_reason(code) ||
		       code_is_outcome(code);
	case CODE_RULE_BOUNCE:
		return code == CODE_WRONG_RECIPIENT;
	case CODE_RULE_REVIEW:
		return code_is_verdict(code);
	}
	return false;
}

/* NOLINTBEGIN(readability-function-size): all seven are the question. */
enum wh_err
referral_next(const struct referral_view *view, enum referral_event event,
    enum actor actor, enum code code, int64_t now_ms, enum referral_state *to,
    enum reason *reason)
{
	const struct transition *row = row_find(view, event, actor, now_ms);

	if (row == NULL) {
		*reason = REASON_STATE_FORBIDS;
		return WH_REFUSED;
	}
	if (!code_fits(row->code, code)) {
		*reason = REASON_CODE_REQUIRED;
		return WH_REFUSED;
	}
	*to = row->to;
	return WH_OK;
}

/* NOLINTEND(readability-function-size) */

/* The table groups rows by state, not by event: look for each event once. */
size_t
referral_allowed(const struct referral_view *view, enum actor actor,
    int64_t now_ms, enum referral_event *out, size_t max)
{
#define EVENT_ENTRY(symbol, number, text) symbol,
	static const enum referral_event events[] = {TERMS_EVENT(EVENT_ENTRY)};
#undef EVENT_ENTRY
	size_t count = 0;

	for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++) {
		if (row_find(view, events[i], actor, now_ms) == NULL)
			continue;
		if (count < max)
			out[count] = events[i];
		count++;
	}
	return count;
}

bool
state_is_end(enum referral_state state)
{
	return state_find(state)->end;
}

enum readable
state_readable(enum referral_state state)
{
	return state_find(state)->readable;
}

const char *
state_fhir(enum referral_state state)
{
	return state_find(state)->fhir;
}

bool
code_is_reason(enum code code)
{
	return code >= CODE_NO_CAPACITY && code <= CODE_OTHER;
}

bool
code_is_outcome(enum code code)
{
	return code == CODE_COULD_NOT_CONTACT ||
	       (code >= CODE_OUTCOME_MIN && code <= CODE_NO_LONGER_WANTED);
}

bool
code_is_verdict(enum code code)
{
	return code == CODE_JUSTIFIED || code == CODE_NOT_JUSTIFIED;
}
