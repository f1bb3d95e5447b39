/* SPDX-License-Identifier: EUPL-1.2 */
#include <stdio.h>

#include "broker/core_state.h"
#include "proto/base/text.h"
#include "proto/base/workday.h"

/*
 * Break-glass: who used it acted alone, so a second person of the recipient
 * looks at it afterwards. The hub keeps the time, for both to see.
 */

/* When so much of the time has gone, the recipient is reminded. */
#define REMIND_PERCENT 80

/* For a type or instrument that the covenant has dropped since: the least. */
#define REVIEW_DAYS_LEAST 1

static uint32_t
review_days(const struct wh_register *reg, const struct case_row *row)
{
	const struct reg_type *type = register_type(reg, row->type);
	const struct reg_instrument *law =
	    type == NULL ? NULL : register_instrument(reg, type->instrument);

	return law == NULL || law->review_within_working_days == 0
		   ? REVIEW_DAYS_LEAST
		   : law->review_within_working_days;
}

static bool
is_open(const struct case_row *row)
{
	return row->review == REVIEW_OPEN || row->review == REVIEW_REMINDED ||
	       row->review == REVIEW_OVERDUE;
}

static enum wh_err
log_clock(struct work *work, const struct id *case_ref,
    const struct case_row *row, unsigned event)
{
	struct subject subject = {.case_ref = *case_ref,
	    .from = row->from,
	    .to = row->to};
	char details[96];
	uint64_t index;

	(void)snprintf(details, sizeof(details),
	    "clock=review\nstep=%s\ndue=%lld\n",
	    event == 0 ? "SET" : terms_text(TERMS_EVENTS, event),
	    (long long)row->review_due_ms);
	subject.details = details;
	return work_log(work, AUDIT_CLOCK, event, &subject, &index);
}

enum wh_err
core_review_open(struct work *work, const struct id *case_ref,
    struct case_row *row)
{
	const struct wh_register *reg = &work->core->registry->reg;
	const struct kind_rule *kind = kind_rule(row->kind);
	int64_t now_ms = work->moment->now_ms;
	int64_t remind_ms;
	enum wh_err err;

	if (kind == NULL || !kind->needs_break_glass ||
	    row->review != REVIEW_NONE)
		return WH_OK;
	row->review = REVIEW_OPEN;
	row->review_due_ms =
	    workday_after(reg->holidays, now_ms, review_days(reg, row));
	remind_ms = workday_part(reg->holidays, now_ms, row->review_due_ms,
	    REMIND_PERCENT);
	err = work_clock_set(work, remind_ms, &row->offer, CLOCK_REVIEW_REMIND);
	if (err == WH_OK)
		err = work_clock_set(work, row->review_due_ms, &row->offer,
		    CLOCK_REVIEW_DUE);
	if (err == WH_OK)
		err = log_clock(work, case_ref, row, 0);
	return err == WH_OK ? row_case_put(work->txn, case_ref, row) : err;
}

/* Both sides hear of it; the referral stays in its state. */
static enum wh_err
tell(struct work *work, const struct id *case_ref, const struct case_row *row,
    enum referral_event event)
{
	struct notice notice = {
	    .case_ref = *case_ref,
	    .state = row->state,
	    .at_ms = work->moment->now_ms,
	    .message_id = row->offer,
	    .event = event,
	    .due_ms = row->review_due_ms,
	};
	enum wh_err err = work_notify(work, row->from, &notice);

	return err == WH_OK ? work_notify(work, row->to, &notice) : err;
}

/* A clock of the review of this offer ran out. */
static enum wh_err
step(struct work *work, const struct id *offer, enum review_status to,
    enum referral_event event)
{
	struct message_row message;
	struct case_row row;
	enum wh_err err;

	err = row_message_get(work->txn, offer, &message);
	if (err == WH_NOT_FOUND)
		return WH_OK; /* erased meanwhile */
	if (err == WH_OK)
		err = row_case_get(work->txn, &message.case_ref, &row);
	if (err != WH_OK)
		return err == WH_NOT_FOUND ? WH_CORRUPT : err;
	if (!is_open(&row))
		return WH_OK; /* done in time */
	row.review = to;
	err = row_case_put(work->txn, &message.case_ref, &row);
	if (err == WH_OK)
		err = log_clock(work, &message.case_ref, &row, event);
	if (err == WH_OK)
		err = tell(work, &message.case_ref, &row, event);
	return err;
}

enum wh_err
core_review_remind(struct work *work, const struct id *offer)
{
	return step(work, offer, REVIEW_REMINDED, EVENT_REMIND);
}

enum wh_err
core_review_due(struct work *work, const struct id *offer)
{
	return step(work, offer, REVIEW_OVERDUE, EVENT_ESCALATE);
}

enum wh_err
core_review_given(struct work *work, const struct header *header,
    struct case_row *row)
{
	struct subject subject = {.case_ref = header->case_ref,
	    .from = header->from_member,
	    .to = header->to_member};
	char details[128];
	char message[ID_TEXT_SIZE];
	uint64_t index;

	id_text(&header->message_id, message);
	(void)snprintf(details, sizeof(details),
	    "message=%s\nverdict=%s\ndue=%lld\nlate=%s\n", message,
	    terms_text(TERMS_CODES, header->code),
	    (long long)row->review_due_ms,
	    row->review == REVIEW_OVERDUE ? "yes" : "no");
	subject.details = details;
	row->review = REVIEW_DONE;
	return work_log(work, AUDIT_REVIEWED, header->code, &subject, &index);
}
