/* SPDX-License-Identifier: EUPL-1.2 */
#include <stdio.h>

#include "broker/core_state.h"
#include "proto/base/text.h"
#include "proto/wire_withdrawal.h"

/* Messages go out: the second decision, the handover, what comes back. */

/* A row that is being handed over, with its envelope read again. */
struct handover {
	uint64_t delivery;
	struct queue_row row;
	struct message_row message;
	struct case_row referral;
	struct envelope envelope;
	struct stored_permission permission;
	bool has_permission;
	bool before; /* it was handed over before the last hello too */
};

static void
message_details(const struct id *message_id, char *out, size_t size)
{
	char text[ID_TEXT_SIZE];

	id_text(message_id, text);
	snprintf(out, size, "message=%s\n", text);
}

/*
 * Which end a referral comes to when its offer may not be handed over. The
 * recipient may have it from before its last hello: then it is told too.
 */
static struct hub_event
offer_end(enum reason reason, bool heard, bool read)
{
	struct hub_event event = {.event = EVENT_FAIL,
	    .actor = ACTOR_HUB,
	    .reason = reason,
	    .to_sender = true,
	    .to_recipient = heard};

	if (reason == REASON_PERMISSION_WITHDRAWN ||
	    reason == REASON_OBJECTED) {
		event.event = EVENT_WITHDRAW;
		event.actor = ACTOR_RESIDENT;
		event.reach = !heard ? REACH_RECALLED
			      : read ? REACH_READ
				     : REACH_DELIVERED_UNREAD;
	} else if (reason == REASON_EXPIRED_MESSAGE ||
		   reason == REASON_PERMISSION_EXPIRED) {
		event.event = EVENT_EXPIRE;
	}
	return event;
}

/* What tells who it is about stays here once the referral has ended. */
static bool
discloses(enum referral_event event)
{
	return event == EVENT_OFFER || event == EVENT_IDENTITY;
}

/*
 * A message that cannot reach its recipient: the sender hears why, and the
 * recipient what state the referral is in all the same.
 */
static enum wh_err
not_delivered(struct work *work, const struct id *message_id,
    const struct message_row *message, struct case_row *referral,
    const struct hub_event *end)
{
	struct notice notice = {
	    .case_ref = message->case_ref,
	    .state = referral->state,
	    .reason = end->reason,
	    .at_ms = work->moment->now_ms,
	    .message_id = *message_id,
	};
	enum wh_err err = WH_REFUSED;

	if (message->event == EVENT_OFFER)
		err = work_move(work, &message->case_ref, referral, end);
	if (err != WH_REFUSED)
		return err;
	err = work_notify(work, message->from, &notice);
	if (err == WH_OK && !discloses(message->event))
		err = work_notify(work, message->to, &notice);
	return err;
}

static enum wh_err
read_row(struct work *work, struct handover *h)
{
	struct signed_body body;
	enum wh_err err;

	err = row_message_get(work->txn, &h->row.message_id, &h->message);
	if (err == WH_OK)
		err = row_case_get(work->txn, &h->row.case_ref, &h->referral);
	if (err == WH_OK)
		err = wire_signed_read(work->arena, h->row.bytes, ENVELOPE_MAX,
		    &body, NULL);
	if (err == WH_OK)
		err = wire_envelope_read(work->arena, body.body, &h->envelope,
		    NULL);
	if (err == WH_OK)
		err = work_ground(work, &h->envelope.header.ground,
		    &h->envelope.header.relation_ref, &h->permission,
		    &h->has_permission);
	/* What was accepted can be read, or the store is not what we wrote. */
	return err == WH_OK || err == WH_FULL || err == WH_IO ? err
							      : WH_CORRUPT;
}

/* The decision again, now: a permission may have ended in the queue. */
static enum reason
decide_again(const struct work *work, const struct handover *h)
{
	struct decide_input in = {
	    .reg = &work->core->registry->reg,
	    .header = &h->envelope.header,
	    .categories = h->envelope.categories,
	    .permission = h->has_permission ? &h->permission.permission : NULL,
	    .standing = h->has_permission ? &h->permission.standing : NULL,
	    .feedback = strcmp(h->message.to, h->referral.from) == 0,
	    .now_ms = work->moment->now_ms,
	};

	enum reason reason = decide(&in, NULL);

	if (reason == REASON_NONE && discloses(h->message.event) &&
	    state_is_end(h->referral.state))
		reason = REASON_STATE_FORBIDS;
	return reason;
}

/*
 * The record that an event ended goes with it: who never had a message under
 * it must be able to refuse one that still comes. WH_NOT_FOUND: it was erased.
 */
static enum wh_err
record_of_event(struct work *work, struct span event, struct span *out)
{
	struct permission_change change;
	struct stored_permission stored;
	struct signed_body body;
	enum wh_err err;

	err = wire_signed_read(work->arena, event, PERMISSION_MAX, &body, NULL);
	if (err == WH_OK)
		err = wire_permission_change_read(work->arena, body.body,
		    &change, NULL);
	if (err == WH_OK)
		err = work_permission_of(work, &change, &stored);
	if (err == WH_INVALID || err == WH_TOO_BIG)
		return WH_CORRUPT; /* it was read when it came */
	if (err == WH_OK)
		*out = stored.signed_bytes;
	return err;
}

static enum wh_err
deliver(struct work *work, const struct handover *h, uint64_t index)
{
	struct from_hub frame = {.kind = FROM_HUB_DELIVER};
	struct deliver *d = &frame.u.deliver;
	struct withdrawal withdrawal;
	enum wh_err err = WH_OK;

	d->delivery = h->delivery;
	d->log_index = index;
	d->kind = h->row.kind;
	switch (h->row.kind) {
	case DELIVER_ENVELOPE:
		d->envelope = h->row.bytes;
		d->accepted_index = h->message.log_index;
		if (h->has_permission && h->message.event == EVENT_OFFER)
			d->permission = h->permission.signed_bytes;
		break;
	case DELIVER_NOTICE:
		err = row_notice_read(h->row.bytes, &d->notice);
		break;
	case DELIVER_PERMISSION_EVENT:
		d->permission_event = h->row.bytes;
		err = record_of_event(work, h->row.bytes, &d->permission);
		/* Nothing can come under it any more: there is no news. */
		if (err == WH_NOT_FOUND)
			return queue_remove(work->txn, work->member,
			    h->delivery);
		break;
	case DELIVER_WITHDRAWAL:
		err = wire_withdrawal_read(work->arena, h->row.bytes,
		    &withdrawal, NULL);
		d->withdrawal = &withdrawal;
		break;
	}
	if (err == WH_OK)
		err = work_send(work, work->member, &frame);
	return err;
}

static const char *
law_of(const struct handover *h)
{
	return h->has_permission && h->envelope.header.ground.has_permission
		   ? h->permission.permission.instrument
		   : h->envelope.header.ground.instrument;
}

/* Data that go from the police; what comes back is feedback. */
static bool
is_provision(const struct handover *h)
{
	return h->envelope.header.ground.kind == KIND_POLICE_WPG &&
	       h->envelope.section_count > 0 &&
	       strcmp(h->message.from, h->referral.from) == 0;
}

/*
 * On record once, however often it goes out: a member that comes and goes
 * without an acknowledgement must not fill the log.
 */
static enum wh_err
log_handover(struct work *work, struct handover *h)
{
	struct subject subject = {.case_ref = h->row.case_ref,
	    .from = h->message.from,
	    .to = work->member};
	char details[AUDIT_DETAIL_MAX];
	enum wh_err err;

	if (h->before && h->message.handover != 0)
		return WH_OK;
	if (is_provision(h))
		provision_details(&work->core->registry->reg, &h->envelope,
		    law_of(h), details, sizeof(details));
	else
		message_details(&h->row.message_id, details, sizeof(details));
	subject.details = details;
	err = work_log(work, AUDIT_HANDOVER, 0, &subject, &h->message.handover);
	if (err == WH_OK)
		err =
		    row_message_put(work->txn, &h->row.message_id, &h->message);
	return err;
}

static enum wh_err
hand_over_envelope(struct work *work, struct handover *h)
{
	struct hub_event end;
	enum reason reason;
	enum wh_err err;

	err = read_row(work, h);
	if (err != WH_OK)
		return err;
	reason = decide_again(work, h);
	if (reason != REASON_NONE) {
		end = offer_end(reason, h->before, h->referral.read);
		end.message_id = h->row.message_id;
		err = work_recall(work, &h->row.message_id, &h->message,
		    MESSAGE_REFUSED, reason);
		if (err == WH_OK)
			err = not_delivered(work, &h->row.message_id,
			    &h->message, &h->referral, &end);
		return err;
	}
	err = log_handover(work, h);
	if (err == WH_OK)
		err = deliver(work, h, h->message.handover);
	return err;
}

static enum wh_err
hand_over(struct work *work, struct handover *h)
{
	return h->row.kind == DELIVER_ENVELOPE ? hand_over_envelope(work, h)
					       : deliver(work, h, 0);
}

/* The cursor moves before the row is judged: judging may remove the row. */
static enum wh_err
advance(struct work *work, uint64_t delivery)
{
	struct member_row member;
	enum wh_err err = row_member_get(work->txn, work->member, &member);

	if (err != WH_OK)
		return err;
	member.cursor = delivery;
	if (delivery > member.reached)
		member.reached = delivery;
	return row_member_put(work->txn, work->member, &member);
}

/* The next row of the member, copied: what follows changes the store. */
static enum wh_err
next_row(struct work *work, struct handover *h)
{
	struct span bytes;
	enum wh_err err;

	arena_reset(work->arena);
	err = queue_next(work->txn, work->member, &h->delivery, &h->row);
	if (err != WH_OK)
		return err;
	bytes = arena_dup(work->arena, h->row.bytes);
	if (bytes.p == NULL)
		return WH_CORRUPT; /* longer than anything that we keep */
	h->row.bytes = bytes;
	return WH_OK;
}

/* Tell whether there is more than could be handed over. */
static enum wh_err
say_more(struct work *work, uint64_t delivery)
{
	struct effect more = {.kind = EFFECT_WAITING, .member = work->member};
	struct queue_row row;
	enum wh_err err;

	err = queue_next(work->txn, work->member, &delivery, &row);
	if (err == WH_OK)
		work->effect(work->arg, &more);
	return err == WH_NOT_FOUND ? WH_OK : err;
}

enum wh_err
core_handover(struct work *work, uint32_t count)
{
	struct member_row member;
	struct handover h;
	uint64_t delivery;
	uint32_t i;
	enum wh_err err;

	if (work->core->registry == NULL ||
	    register_member(&work->core->registry->reg, work->member) == NULL)
		return WH_OK;
	err = row_member_get(work->txn, work->member, &member);
	if (err != WH_OK)
		return err;
	delivery = member.cursor;
	for (i = 0; i < count && i < CREDIT_MAX; i++) {
		h = (struct handover){.delivery = delivery};
		err = next_row(work, &h);
		if (err == WH_NOT_FOUND)
			return WH_OK;
		delivery = h.delivery;
		h.before = delivery <= member.reached;
		work->fresh = !h.before;
		if (err == WH_OK)
			err = advance(work, delivery);
		if (err == WH_OK)
			err = hand_over(work, &h);
		if (err != WH_OK)
			return err;
	}
	return say_more(work, delivery);
}

/*
 * The loop knows that these never left: the member was gone. What nobody heard
 * must not count as heard, or a withdrawal would claim less than it reached.
 */
enum wh_err
core_unsent(struct work *work, struct span bytes)
{
	struct subject subject = {.from = "", .to = work->member};
	struct member_row member;
	char details[48];
	uint64_t delivery, index;
	enum wh_err err;

	err = row_member_get(work->txn, work->member, &member);
	if (err != WH_OK || bytes.len != 8)
		return err == WH_OK ? WH_CORRUPT : err;
	delivery = be64_get(bytes.p);
	if (delivery == 0 || delivery > member.reached)
		return WH_OK;
	member.reached = delivery - 1;
	if (member.cursor > member.reached)
		member.cursor = member.reached;
	err = row_member_put(work->txn, work->member, &member);
	(void)snprintf(details, sizeof(details), "from-delivery=%llu\n",
	    (unsigned long long)delivery);
	subject.details = details;
	if (err == WH_OK)
		err = work_log(work, AUDIT_UNSENT, 0, &subject, &index);
	return err;
}

/* An offer that was stored moves the referral; one-phase accepts by itself. */
static enum wh_err
offer_stored(struct work *work, const struct id *message_id,
    const struct message_row *message, struct case_row *row)
{
	struct hub_event stored = {.event = EVENT_STORED,
	    .actor = ACTOR_HUB,
	    .message_id = *message_id,
	    .to_sender = true};
	struct hub_event accepted = {.event = EVENT_AUTO_ACCEPT,
	    .actor = ACTOR_HUB,
	    .message_id = *message_id,
	    .to_sender = true,
	    .to_recipient = true};
	enum wh_err err;

	err = core_review_open(work, &message->case_ref, row);
	if (err != WH_OK)
		return err;
	stored.review_due_ms = accepted.review_due_ms = row->review_due_ms;
	err = work_move(work, &message->case_ref, row, &stored);
	if (err == WH_OK && row->one_phase)
		err = work_move(work, &message->case_ref, row, &accepted);
	/* Withdrawn or cancelled while it was on its way: it stays so. */
	return err == WH_REFUSED ? WH_OK : err;
}

enum wh_err
work_stored(struct work *work, const struct id *message_id,
    struct message_row *message, struct case_row *row)
{
	struct subject subject = {.case_ref = message->case_ref,
	    .from = message->from,
	    .to = message->to};
	char details[80];
	uint64_t index;
	enum wh_err err;

	err = queue_remove(work->txn, message->to, message->delivery);
	if (err != WH_OK)
		return err == WH_NOT_FOUND ? WH_CORRUPT : err;
	message->status = MESSAGE_STORED;
	err = row_message_put(work->txn, message_id, message);
	message_details(message_id, details, sizeof(details));
	subject.details = details;
	if (err == WH_OK)
		err = work_log(work, AUDIT_DELIVERED, 0, &subject, &index);
	if (err == WH_OK && message->event == EVENT_OFFER)
		err = offer_stored(work, message_id, message, row);
	return err;
}

static enum wh_err
ack_envelope(struct work *work, const struct id *message_id, enum reason reason)
{
	struct hub_event end = {.event = EVENT_FAIL,
	    .actor = ACTOR_HUB,
	    .reason = reason,
	    .message_id = *message_id,
	    .to_sender = true};
	struct message_row message;
	struct case_row row;
	enum wh_err err;

	err = row_message_get(work->txn, message_id, &message);
	if (err == WH_OK)
		err = row_case_get(work->txn, &message.case_ref, &row);
	if (err != WH_OK)
		return err == WH_NOT_FOUND ? WH_CORRUPT : err;
	if (reason == REASON_NONE)
		return work_stored(work, message_id, &message, &row);
	err = work_recall(work, message_id, &message, MESSAGE_REFUSED, reason);
	if (err == WH_OK)
		err = not_delivered(work, message_id, &message, &row, &end);
	return err;
}

/* Of a referral that was erased since, the event names nothing any more. */
static enum wh_err
case_of_event(struct work *work, const struct queue_row *row, struct id *out)
{
	struct case_row referral;
	enum wh_err err = row_case_get(work->txn, &row->case_ref, &referral);

	if (err == WH_OK)
		*out = row->case_ref;
	return err == WH_NOT_FOUND ? WH_OK : err;
}

/* The member has the event: that it carried it through, it reports. */
static enum wh_err
event_taken(struct work *work, const struct queue_row *row)
{
	struct subject subject = {.from = "", .to = work->member};
	struct permission_change change;
	struct stored_permission stored;
	struct signed_body body;
	char details[128], text[ID_TEXT_SIZE], permission[ID_TEXT_SIZE];
	uint64_t index;
	enum wh_err err;

	err = wire_signed_read(work->arena, row->bytes, PERMISSION_MAX, &body,
	    NULL);
	if (err == WH_OK)
		err = wire_permission_change_read(work->arena, body.body,
		    &change, NULL);
	if (err != WH_OK)
		return WH_CORRUPT; /* it was read when it came */
	err = case_of_event(work, row, &subject.case_ref);
	if (err == WH_OK)
		err = work_permission_of(work, &change, &stored);
	if (err != WH_OK && err != WH_NOT_FOUND)
		return err;
	/* An entry is for whom it names: not for who only held the code. */
	if (err == WH_OK && permission_is_party(&stored.permission,
				&work->core->registry->reg, change.by_member))
		subject.from = change.by_member;
	if (err == WH_OK)
		subject.permission_id = stored.permission.permission_id;
	else if (change.has_permission)
		subject.permission_id = change.permission_id;
	id_text(&change.event_id, text);
	id_text(&subject.permission_id, permission);
	(void)snprintf(details, sizeof(details), "event=%s\npermission=%s\n",
	    text, permission);
	/* With no permission it is the hub's own entry, and never erased. */
	if (!id_is_zero(&subject.permission_id))
		subject.details = details;
	return work_log(work, AUDIT_DELIVERED, 0, &subject, &index);
}

enum wh_err
core_ack(struct work *work, const struct ack *ack)
{
	struct queue_row row;
	bool heard;
	enum wh_err err;

	err = work_heard(work, work->member, ack->delivery, &heard);
	if (err != WH_OK || !heard)
		return err; /* nobody can have what was never handed over */
	err = queue_get(work->txn, work->member, ack->delivery, &row);
	if (err == WH_NOT_FOUND)
		return WH_OK; /* acknowledged before, or taken back */
	if (err != WH_OK)
		return err;
	if (row.kind == DELIVER_ENVELOPE)
		return ack_envelope(work, &row.message_id, ack->reason);
	if (row.kind == DELIVER_PERMISSION_EVENT && ack->reason == REASON_NONE)
		err = event_taken(work, &row);
	if (err == WH_OK)
		err = queue_remove(work->txn, work->member, ack->delivery);
	return err;
}
