/* SPDX-License-Identifier: EUPL-1.2 */
#include <stdio.h>

#include "broker/core_state.h"
#include "consent/audit_erase.h"
#include "proto/base/mem.h"
#include "proto/base/text.h"

/* An envelope comes in: read, recognise, decide, keep, queue. */

struct submission {
	struct signed_body signed_body;
	struct envelope envelope;
	struct hash digest;
	struct span bytes; /* as they came */
	struct case_row row;
	bool has_case;
	enum actor actor;
	enum referral_state next;
	struct subject subject;
};

/* Ids and words of the contract: nothing in here is about a person. */
static void
details_of(const struct envelope *envelope, char *out, size_t size)
{
	const struct header *h = &envelope->header;
	char message[ID_TEXT_SIZE], permission[ID_TEXT_SIZE];

	id_text(&h->message_id, message);
	id_text(&h->ground.permission_id, permission);
	snprintf(out, size,
	    "message=%s\nevent=%s\ntype=%s\narea=%s\nkind=%s\n%s=%s\n"
	    "categories=%08x\ncode=%s\n%s%s%s",
	    message, terms_text(TERMS_EVENTS, h->event), h->type, h->area,
	    terms_text(TERMS_PERMISSION_KINDS, h->ground.kind),
	    h->ground.has_permission ? "permission" : "instrument",
	    h->ground.has_permission ? permission : h->ground.instrument,
	    (unsigned)envelope->categories, terms_text(TERMS_CODES, h->code),
	    h->ground.decision[0] == '\0' ? "" : "decision=",
	    h->ground.decision, h->ground.decision[0] == '\0' ? "" : "\n");
}

static enum reason
read_submission(struct work *work, struct submission *s, struct why *why)
{
	const struct header *h = &s->envelope.header;
	enum wh_err err;

	err = wire_signed_read(work->arena, s->bytes, ENVELOPE_MAX,
	    &s->signed_body, why);
	if (err == WH_OK)
		err = wire_envelope_read(work->arena, s->signed_body.body,
		    &s->envelope, why);
	if (err != WH_OK)
		return err == WH_TOO_BIG ? REASON_TOO_BIG : REASON_MALFORMED;
	s->subject.id = h->message_id;
	s->subject.case_ref = h->case_ref;
	s->subject.from = h->from_member;
	s->subject.to = h->to_member;
	if (strcmp(h->from_member, work->member) != 0) {
		why_set(why, WH_OK,
		    "from_member is not the member that sent it");
		s->subject.from = work->member;
		s->subject.to = "";
		return REASON_NOT_A_MEMBER;
	}
	if (h->created_ms > work->moment->now_ms + (int64_t)SKEW_MAX_MS) {
		why_set(why, WH_OK,
		    "created_ms: lies in the future; set the clock");
		return REASON_MALFORMED;
	}
	s->digest = hash_span(s->bytes);
	return REASON_NONE;
}

/* The message fits the referral that it names. */
static enum reason
match_case(const struct submission *s, struct why *why)
{
	const struct header *h = &s->envelope.header;
	const struct case_row *row = &s->row;
	bool forward = strcmp(h->from_member, row->from) == 0;
	const char *other = forward ? row->to : row->from;

	if ((!forward && strcmp(h->from_member, row->to) != 0) ||
	    strcmp(h->to_member, other) != 0 ||
	    !id_equal(&h->relation_ref, &row->relation_ref)) {
		why_set(why, WH_OK, "the referral is between other parties");
		return REASON_WRONG_PARTIES;
	}
	if (strcmp(h->type, row->type) != 0) {
		why_set(why, WH_OK, "the referral is of type %s", row->type);
		return REASON_WRONG_TYPE;
	}
	return REASON_NONE;
}

/* An offer makes the referral; anything else needs one. */
static enum reason
place_in_case(struct work *work, struct submission *s, struct why *why)
{
	const struct header *h = &s->envelope.header;
	const struct reg_type *type =
	    register_type(&work->core->registry->reg, h->type);
	struct ground ground = h->ground;

	if (s->has_case && h->event == EVENT_OFFER) {
		why_set(why, WH_OK,
		    "case_ref: this referral was offered before");
		return REASON_DUPLICATE_CONFLICT;
	}
	if (s->has_case)
		return match_case(s, why);
	if (h->event != EVENT_OFFER) {
		why_set(why, WH_OK,
		    "case_ref: no such referral; offer it first");
		return REASON_STATE_FORBIDS;
	}
	if (strcmp(h->from_member, h->to_member) == 0) {
		why_set(why, WH_OK,
		    "to_member: a referral goes to another member");
		return REASON_WRONG_PARTIES;
	}
	s->row = (struct case_row){
	    .state = STATE_DRAFT,
	    .one_phase = type != NULL && !type->two_phase,
	    .urgent = h->urgent,
	    .created_ms = work->moment->now_ms,
	    .expires_ms = h->expires_ms,
	    .relation_ref = h->relation_ref,
	    .ground_key = permission_ground_key(&ground, &h->relation_ref),
	    .kind = h->ground.kind,
	    .offer = h->message_id,
	};
	if (ground.has_permission)
		s->row.permission_id = ground.permission_id;
	/* The lengths were checked when the header was read. */
	str_copy(s->row.from, sizeof(s->row.from), h->from_member);
	str_copy(s->row.to, sizeof(s->row.to), h->to_member);
	str_copy(s->row.type, sizeof(s->row.type), h->type);
	str_copy(s->row.area, sizeof(s->row.area), h->area);
	str_copy(s->row.instrument, sizeof(s->row.instrument),
	    ground.instrument);
	return REASON_NONE;
}

static enum reason
check_state(struct work *work, struct submission *s)
{
	const struct header *h = &s->envelope.header;
	struct referral_view view = case_view(&s->row);
	enum referral_event event =
	    h->event == EVENT_OFFER ? EVENT_SUBMITTED : h->event;
	enum reason reason = REASON_NONE;

	s->actor = strcmp(h->from_member, s->row.from) == 0 ? ACTOR_SENDER
							    : ACTOR_RECIPIENT;
	referral_next(&view, event, s->actor, h->code, work->moment->now_ms,
	    &s->next, &reason);
	return reason;
}

static enum wh_err
decide_submission(struct work *work, struct submission *s, enum reason *reason,
    struct why *why)
{
	struct decide_input in = {
	    .reg = &work->core->registry->reg,
	    .header = &s->envelope.header,
	    .categories = s->envelope.categories,
	    .feedback = s->actor == ACTOR_RECIPIENT,
	    .now_ms = work->moment->now_ms,
	};
	struct stored_permission stored;
	bool found;
	enum wh_err err;

	err = work_ground(work, &s->envelope.header.ground,
	    &s->envelope.header.relation_ref, &stored, &found);
	if (err != WH_OK)
		return err;
	if (found) {
		in.permission = &stored.permission;
		in.standing = &stored.standing;
	}
	*reason = decide(&in, why);
	return WH_OK;
}

static enum wh_err
check_quota(struct work *work, const struct submission *s, enum reason *reason,
    struct why *why)
{
	uint64_t waiting;
	enum wh_err err;

	err = core_waiting(work->txn, s->envelope.header.to_member, &waiting);
	if (err == WH_OK && waiting >= QUEUE_ROWS_MAX) {
		*reason = REASON_OVER_QUOTA;
		why_set(why, WH_OK, "too much waits for %s; try again later",
		    s->envelope.header.to_member);
	}
	return err;
}

/* The same message again: the same answer. Other bytes: a conflict. */
static enum wh_err
answer_duplicate(struct work *work, struct submission *s,
    const struct message_row *message)
{
	if (!hash_equal(&s->digest, &message->digest))
		return work_refuse(work, REASON_DUPLICATE_CONFLICT, &s->subject,
		    "message_id: was used for another message");
	s->subject.state = s->row.state;
	return work_receipt(work, &s->subject, message->log_index, true);
}

static bool
means_contact(enum referral_event event)
{
	return event == EVENT_CONTACT_ATTEMPT || event == EVENT_START ||
	       event == EVENT_COMPLETE || event == EVENT_NO_SHOW;
}

/* What the event says about the recipient's side, kept with the referral. */
static void
note_progress(struct submission *s)
{
	if (s->actor != ACTOR_RECIPIENT)
		return;
	s->row.read = true;
	if (means_contact(s->envelope.header.event))
		s->row.contacted = true;
}

static enum wh_err
put_indexes(struct work *work, const struct submission *s)
{
	const struct header *h = &s->envelope.header;
	struct id ground = permission_ground_key(&h->ground, &h->relation_ref);
	uint8_t key[32];
	enum wh_err err;

	memcpy(key, h->case_ref.b, 16);
	memcpy(key + 16, h->message_id.b, 16);
	err = kv_put(work->txn, TABLE_CASE_MESSAGE, span_of(key, 32),
	    span_id(&ground));
	if (err != WH_OK)
		return err;
	/* A withdrawal finds it by whatever each of its messages rests on. */
	memcpy(key, ground.b, 16);
	memcpy(key + 16, h->case_ref.b, 16);
	err = kv_put(work->txn, TABLE_CASE_BY_GROUND, span_of(key, 32),
	    span_str(""));
	if (err != WH_OK || s->has_case)
		return err;
	return work_clock_set(work, h->expires_ms, &h->case_ref, CLOCK_EXPIRY);
}

/*
 * A referral that its sender takes back (cancelled, or the wrong person)
 * before anybody heard of it just stops.
 */
static enum wh_err
stop_unheard(struct work *work, struct submission *s, bool *stopped)
{
	enum referral_event event = s->envelope.header.event;
	struct message_row offer;
	bool heard = true;
	enum wh_err err;

	*stopped = false;
	if ((event != EVENT_CANCEL && event != EVENT_MARK_ERROR) ||
	    s->row.state != STATE_QUEUED)
		return WH_OK;
	err = row_message_get(work->txn, &s->row.offer, &offer);
	if (err == WH_OK)
		err = work_heard(work, s->row.to, offer.delivery, &heard);
	if (err != WH_OK || offer.status != MESSAGE_QUEUED || heard)
		return err == WH_NOT_FOUND ? WH_CORRUPT : err;
	*stopped = true;
	return work_recall(work, &s->row.offer, &offer, MESSAGE_RECALLED, 0);
}

static enum wh_err
accept(struct work *work, struct submission *s)
{
	const struct header *h = &s->envelope.header;
	struct queue_row row = {
	    .kind = DELIVER_ENVELOPE,
	    .case_ref = h->case_ref,
	    .message_id = h->message_id,
	    .bytes = s->bytes,
	};
	struct message_row message = {
	    .digest = s->digest,
	    .status = MESSAGE_QUEUED,
	    .case_ref = h->case_ref,
	    .has_data = s->envelope.section_count > 0,
	    .event = h->event,
	};
	bool stopped;
	enum wh_err err;

	err =
	    work_log(work, AUDIT_ACCEPTED, 0, &s->subject, &message.log_index);
	if (err == WH_OK)
		err = stop_unheard(work, s, &stopped);
	if (err == WH_OK && !stopped)
		err = work_queue(work, h->to_member, &row, &message.delivery);
	if (err != WH_OK)
		return err;
	if (stopped)
		message.status = MESSAGE_RECALLED;
	str_copy(message.from, sizeof(message.from), h->from_member);
	str_copy(message.to, sizeof(message.to), h->to_member);
	note_progress(s);
	if (h->event == EVENT_REVIEW)
		err = core_review_given(work, h, &s->row);
	if (err != WH_OK)
		return err;
	if (!state_is_end(s->next))
		s->row.ended_ms = 0;
	else if (!state_is_end(s->row.state))
		s->row.ended_ms = work->moment->now_ms;
	s->row.state = s->next;
	err = row_message_put(work->txn, &h->message_id, &message);
	if (err == WH_OK)
		err = row_case_put(work->txn, &h->case_ref, &s->row);
	if (err == WH_OK)
		err = put_indexes(work, s);
	s->subject.state = s->row.state;
	if (err == WH_OK)
		err = work_receipt(work, &s->subject, message.log_index, false);
	return err;
}

/*
 * Who acts on an offer has stored it, even when its acknowledgement was lost:
 * without this its answer would overtake the redelivery and be refused.
 */
static enum wh_err
imply_stored(struct work *work, struct submission *s)
{
	struct message_row offer;
	bool heard = false;
	enum wh_err err;

	if (!s->has_case || s->row.state != STATE_QUEUED ||
	    strcmp(work->member, s->row.to) != 0)
		return WH_OK;
	err = row_message_get(work->txn, &s->row.offer, &offer);
	if (err == WH_OK)
		err = work_heard(work, s->row.to, offer.delivery, &heard);
	if (err != WH_OK || offer.status != MESSAGE_QUEUED || !heard)
		return err == WH_NOT_FOUND ? WH_CORRUPT : err;
	return work_stored(work, &s->row.offer, &offer, &s->row);
}

/*
 * Who made it long ago sealed it for a key that has ended: its owner may have
 * destroyed that, because nothing newer than its end is let in. One that the
 * register does not know is the recipient's to judge.
 */
static enum reason
check_sealing_key(struct work *work, const struct submission *s,
    struct why *why)
{
	const struct reg_member *to =
	    register_member(&work->core->registry->reg,
		s->envelope.header.to_member);
	const struct reg_key *key = to == NULL || s->envelope.section_count == 0
					? NULL
					: register_key_by_id(to, KEY_SEALING,
					      s->envelope.sealing_key_id);

	if (key == NULL || key->until_ms == 0 ||
	    work->moment->now_ms < key->until_ms)
		return REASON_NONE;
	why_set(why, WH_OK, "sealing_key_id: that key has ended; seal it anew");
	return REASON_KEY_ENDED;
}

/* A referral that was erased does not come back by an old message. */
static enum wh_err
check_erased(struct work *work, struct submission *s, enum reason *reason,
    struct why *why)
{
	enum audit_erase_state state;
	enum wh_err err;

	err =
	    audit_erase_state(work->txn, &s->envelope.header.case_ref, &state);
	if (err == WH_OK && state == AUDIT_ERASE_DONE) {
		*reason = REASON_STATE_FORBIDS;
		why_set(why, WH_OK, "case_ref: this referral was erased");
	}
	return err;
}

/* Every rule in turn; the first that forbids is the answer. */
static enum wh_err
judge(struct work *work, struct submission *s, enum reason *reason,
    struct why *why)
{
	enum wh_err err;

	*reason = REASON_NONE;
	err = check_erased(work, s, reason, why);
	if (err != WH_OK)
		return err;
	if (*reason == REASON_NONE)
		*reason = place_in_case(work, s, why);
	if (*reason == REASON_NONE)
		err = imply_stored(work, s);
	if (err != WH_OK)
		return err;
	s->subject.state = s->has_case ? s->row.state : 0;
	if (*reason == REASON_NONE) {
		*reason = check_state(work, s);
		if (*reason != REASON_NONE)
			why_set(why, WH_OK,
			    "event %s is not allowed in state %s",
			    terms_text(TERMS_EVENTS, s->envelope.header.event),
			    terms_text(TERMS_STATES, s->row.state));
	}
	if (*reason == REASON_NONE)
		err = decide_submission(work, s, reason, why);
	if (err == WH_OK && *reason == REASON_NONE)
		*reason = check_sealing_key(work, s, why);
	if (err == WH_OK && *reason == REASON_NONE)
		err = check_quota(work, s, reason, why);
	return err;
}

enum wh_err
core_submit(struct work *work, struct span bytes)
{
	struct submission s = {.bytes = bytes};
	struct message_row message;
	struct why why = {""};
	char details[512] = "";
	enum reason reason;
	enum wh_err err;

	s.subject.from = work->member;
	s.subject.to = "";
	reason = read_submission(work, &s, &why);
	if (reason != REASON_NONE)
		return work_refuse(work, reason, &s.subject, why.text);
	details_of(&s.envelope, details, sizeof(details));
	s.subject.details = details;
	err = row_case_get(work->txn, &s.envelope.header.case_ref, &s.row);
	if (err != WH_OK && err != WH_NOT_FOUND)
		return err;
	s.has_case = err == WH_OK;
	err =
	    row_message_get(work->txn, &s.envelope.header.message_id, &message);
	if (err == WH_OK)
		return answer_duplicate(work, &s, &message);
	if (err != WH_NOT_FOUND)
		return err;
	err = judge(work, &s, &reason, &why);
	if (err != WH_OK)
		return err;
	return reason == REASON_NONE
		   ? accept(work, &s)
		   : work_refuse(work, reason, &s.subject, why.text);
}
