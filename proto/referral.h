/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_PROTO_REFERRAL_H
#define WH_PROTO_REFERRAL_H

#include <stdbool.h>
#include <stddef.h>

#include "proto/terms.h"

/*
 * The life of a referral as data: state x event x who -> state. Pure. The
 * broker enforces it; adapters ask it before they send, so that a refusal
 * comes with the list of what is allowed.
 */

enum actor {
	ACTOR_SENDER = 1,
	ACTOR_RECIPIENT,
	ACTOR_HUB,
	ACTOR_RESIDENT
};

enum code_rule {
	CODE_RULE_NONE,    /* no code may be given */
	CODE_RULE_REASON,  /* a reason is required */
	CODE_RULE_OUTCOME, /* an outcome is required */
	CODE_RULE_MAY,     /* either, or none */
	CODE_RULE_BOUNCE,  /* WRONG_RECIPIENT is required */
	CODE_RULE_REVIEW,  /* a verdict of a review is required */
};

/* COMPLETED may be reopened for this long. */
#define REFERRAL_REOPEN_MS (28LL * 24 * 3600 * 1000)

struct transition {
	enum referral_state from;
	enum referral_event event;
	enum actor actor;
	enum referral_state to; /* equal to from: no change of state */
	enum code_rule code;
	bool unread_only;    /* sender alone, while nobody has read it */
	bool one_phase_only; /* only where the covenant says one-phase */
	bool two_phase_only; /* only where it does not */
	bool before_contact; /* only before first contact */
	bool review_only;    /* only while a review is open */
	int64_t within_ms;   /* of ended_ms; 0: no such bound */
};

/*
 * The whole table, for tests and documentation. Static. Of two rows for the
 * same state, event and actor the first whose conditions hold counts. An OFFER
 * is not in it: the envelope that opens a referral is its SUBMITTED.
 */
const struct transition *referral_table(size_t *count);

/* What is known of the referral when an event comes. */
struct referral_view {
	enum referral_state state;
	bool one_phase;
	bool read;        /* a human of the recipient has read it */
	bool contacted;   /* first contact was made: no UNACCEPT any more */
	bool review_open; /* break-glass: the second person has to look yet */
	int64_t ended_ms; /* when it reached COMPLETED, 0 before */
};

/*
 * May actor do event now, and where does it lead? WH_OK and *to; or WH_REFUSED
 * with *reason (STATE_FORBIDS, CODE_REQUIRED). now_ms matters for REOPEN, which
 * is allowed for 28 days. One-phase types may be declined with WRONG_RECIPIENT
 * only. CODE_REQUIRED also says that the code given is not one for this event.
 */
enum wh_err referral_next(const struct referral_view *view,
    enum referral_event event, enum actor actor, enum code code, int64_t now_ms,
    enum referral_state *to, enum reason *reason);

/*
 * The events that actor may do in this view, at most max of them; returns how
 * many there are. For the 409 answer and the buttons of the pages.
 */
size_t referral_allowed(const struct referral_view *view, enum actor actor,
    int64_t now_ms, enum referral_event *out, size_t max);

bool state_is_end(enum referral_state state);

/* What the recipient may read in a state. */
enum readable {
	READ_NOTHING,
	READ_OFFER,
	READ_IDENTITY,
	READ_ALL,
	READ_CLOSED,
	READ_UNCHANGED /* CANCEL_REQUESTED: as in the state before it */
};
enum readable state_readable(enum referral_state state);

/*
 * HL7 FHIR R4 Task.status for a state, "requested" and so on. Static. NULL
 * for DISCARDED, which nobody but its maker ever sees.
 */
const char *state_fhir(enum referral_state state);

bool code_is_reason(enum code code);
bool code_is_outcome(enum code code);
bool code_is_verdict(enum code code); /* of a review */

#endif
