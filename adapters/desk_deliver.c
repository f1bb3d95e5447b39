/* SPDX-License-Identifier: EUPL-1.2 */
#include <stdio.h>

#include "adapters/desk_state.h"
#include "adapters/events.h"
#include "adapters/held.h"
#include "adapters/intake.h"
#include "adapters/json.h"
#include "adapters/local.h"
#include "adapters/review.h"
#include "proto/base/clk.h"
#include "proto/base/log.h"
#include "proto/base/mem.h"
#include "proto/base/text.h"

/* What the hub delivers: envelopes, notices, ends of permissions. */

/* An envelope being taken in. */
struct arrival {
	struct shift shift;
	const struct deliver *delivery;
	struct envelope peeked;  /* before anything is checked */
	struct key_id signed_by; /* as it says itself */
	struct key_own own;      /* the pair it was sealed for; wiped */
	bool key_to_come;        /* we do not have it yet */
	struct intake intake;
	const struct header *header; /* borrowed from intake */
	bool id_known;               /* its message id came before */
	struct hash digest;
	json_t *dossier; /* owned; NULL until found or made */
	enum reason reason;
};

static struct intake_in
intake_of(const struct arrival *a, const uint8_t *sender_key)
{
	return (struct intake_in){
	    .bytes = a->delivery->envelope,
	    .sender_key = sender_key,
	    .own = {.secret = a->own.secret, .public_key = a->own.public_key},
	};
}

static enum wh_err
wait_for_key(const struct arrival *a)
{
	char id[2 * WIRE_KEY_ID_LEN + 1];

	hex_encode(span_of(a->peeked.sealing_key_id.b, WIRE_KEY_ID_LEN), id);
	log_err("KEY-MISSING", "use=sealing key=%s", id);
	return WH_AGAIN;
}

static void
say_refused(const struct arrival *a, const char *from, const struct why *why)
{
	log_warn("INTAKE-REFUSED", "from=%s reason=%s cause=%s", from,
	    terms_text(TERMS_REASONS, a->reason), why->text);
}

/*
 * Stored before? What was checked and kept is acknowledged again and does
 * nothing, also when its sender, a key or the permission went since.
 */
static enum wh_err
seen_before(struct arrival *a, bool *seen)
{
	struct span value;
	enum wh_err err;

	a->digest = hash_span(a->delivery->envelope);
	err = kv_peek(a->shift.txn, LOCAL_INBOX,
	    span_id(&a->peeked.header.message_id), &value);
	a->id_known = err == WH_OK;
	*seen =
	    err == WH_OK && span_equal(value, span_of(a->digest.b, HASH_LEN));
	return err == WH_NOT_FOUND ? WH_OK : err;
}

/* Who says to have sent it: for looking up only. */
static void
peek_envelope(struct arrival *a)
{
	if (intake_peek(&a->shift.arena, a->delivery->envelope, &a->peeked,
		&a->signed_by, NULL) != WH_OK)
		a->reason = REASON_MALFORMED;
}

/* The signer must be the sender that the header names. */
static enum wh_err
verify_envelope(struct arrival *a)
{
	struct desk *desk = a->shift.desk;
	struct intake_in in = intake_of(a, NULL);
	const struct header *peeked = &a->peeked.header;
	const struct reg_member *member;
	const struct reg_key *key;
	struct why why = {""};

	member = register_member(&desk->registry->reg, peeked->from_member);
	key = member == NULL ? NULL
			     : register_key_at(member, KEY_SIGNING,
				   a->signed_by, peeked->created_ms);
	if (key == NULL || strcmp(peeked->to_member, desk->member) != 0) {
		a->reason =
		    key == NULL ? REASON_BAD_SIGNATURE : REASON_WRONG_PARTIES;
		return WH_OK;
	}
	in.sender_key = key->key;
	if (intake_verify(&a->shift.arena, &in, &a->intake, &a->reason, &why) !=
	    WH_OK) {
		if (!a->key_to_come || a->reason != REASON_CANNOT_OPEN)
			say_refused(a, member->id, &why);
	} else
		a->header = &a->intake.envelope.header;
	return WH_OK;
}

/* Only what was decided on is opened. */
static void
open_sections(struct arrival *a)
{
	struct intake_in in = intake_of(a, NULL);
	struct why why = {""};

	if (intake_open(&in, &a->intake, &a->reason, &why) != WH_OK)
		say_refused(a, a->header->from_member, &why);
}

/*
 * The record that the header names; or, where it rests on the law itself, the
 * one on file for this relation, which an objection may end.
 */
static bool
is_meant(const struct header *h, const struct permission *permission)
{
	if (h->ground.has_permission)
		return id_equal(&permission->permission_id,
		    &h->ground.permission_id);
	return id_equal(&permission->relation_ref, &h->relation_ref) &&
	       permission->instrument[0] != '\0' &&
	       strcmp(permission->instrument, h->ground.instrument) == 0;
}

/* The record that comes with an offer must be the one that is meant. */
static enum wh_err
take_permission(struct arrival *a)
{
	struct permission permission;
	struct signed_body body;

	if (a->delivery->permission.len == 0)
		return WH_OK;
	a->reason = REASON_NO_PERMISSION;
	if (wire_signed_read(&a->shift.arena, a->delivery->permission,
		PERMISSION_MAX, &body, NULL) != WH_OK ||
	    wire_permission_read(&a->shift.arena, body.body, &permission,
		NULL) != WH_OK ||
	    !is_meant(a->header, &permission))
		return WH_OK;
	return record_keep(&a->shift, &body, &permission,
	    a->delivery->permission, &a->reason);
}

static enum wh_err
decide_here(struct arrival *a, bool feedback)
{
	return letter_decide_on(&a->shift, a->header,
	    a->intake.envelope.categories, feedback, &a->reason, NULL);
}

static json_t *
party_json(const char *member, const char *desk)
{
	json_t *party = json_object();

	json_set_text(party, "lid", member);
	json_set_text(party, "desk", desk);
	return party;
}

static json_t *
ground_json(const struct ground *ground)
{
	json_t *out = json_object();
	char text[ID_TEXT_SIZE];

	json_set_text(out, "soort",
	    terms_text(TERMS_PERMISSION_KINDS, ground->kind));
	json_set_text(out, "instrument", ground->instrument);
	json_set_text(out, "besluit", ground->decision);
	if (ground->has_permission) {
		id_text(&ground->permission_id, text);
		json_set_text(out, "record", text);
	}
	return out;
}

/* A referral that comes to us. */
static void
make_dossier(struct arrival *a)
{
	const struct header *h = a->header;
	const struct reg_type *type =
	    register_type(&a->shift.desk->registry->reg, h->type);
	char id[ID_TEXT_SIZE], relation[ID_TEXT_SIZE];
	char made[CLK_ISO_SIZE], expires[CLK_ISO_SIZE];

	id_text(&h->case_ref, id);
	id_text(&h->relation_ref, relation);
	clk_iso(h->created_ms, made);
	clk_iso(h->expires_ms, expires);
	a->dossier = json_pack(
	    "{s:s, s:s, s:s, s:o, s:o, s:s, s:s, s:s, s:b, s:b, s:b, s:O, s:o, "
	    "s:I, s:b}",
	    "id", id, "type", h->type, "richting", "ontvangen", "van",
	    party_json(h->from_member, h->from_desk), "naar",
	    party_json(h->to_member, h->to_desk), "relatie", relation,
	    "aangemaakt", made, "vervalt", expires, "eenfase",
	    type == NULL || !type->two_phase, "gelezen", 0, "contactGelegd", 0,
	    "gegevens", a->intake.gegevens, "grondslag",
	    ground_json(&h->ground), "epoch", (json_int_t)h->epoch,
	    "nietAutomatischBerichten", h->no_automatic_notice);
	json_set_text(a->dossier, "urgentie", h->urgent ? "spoed" : "normaal");
	json_set_text(a->dossier, "buurt", h->area);
	if (a->delivery->accepted_index != 0)
		json_object_set_new(a->dossier, "bewijs",
		    json_pack("{s:I}", "index",
			(json_int_t)a->delivery->accepted_index));
	dossier_state_set(a->dossier, STATE_DELIVERED, a->shift.now_ms);
	review_begin(a->dossier, &a->shift.desk->registry->reg, h->ground.kind,
	    a->shift.now_ms);
	(void)dossier_advance(a->dossier, a->delivery->accepted_index);
}

/* STATUS texts that people read stand with the event itself. */
static json_t *
event_entry(const struct arrival *a)
{
	const struct header *h = a->header;
	const json_t *status = json_object_get(a->intake.gegevens, "STATUS");
	json_t *entry = json_object();

	json_set_text(entry, "soort", events_word(h->event));
	json_set_text(entry, "door", h->from_member);
	if (h->code != CODE_NONE)
		json_set_text(entry, "code", terms_text(TERMS_CODES, h->code));
	json_set_text(entry, "toelichting", json_text(status, "toelichting"));
	if (h->event != EVENT_OFFER && h->event != EVENT_IDENTITY &&
	    json_object_size(a->intake.gegevens) > 0)
		json_object_set(entry, "gegevens", a->intake.gegevens);
	return entry;
}

/*
 * What the other side did, on a referral that we have. The hub let it pass, so
 * its order counts: an event from before what our state includes, or that the
 * table does not know here because of what we did meanwhile, leaves the state
 * as it is; the hub's answer to our own event brings them together.
 */
static void
apply_event(struct arrival *a, bool from_recipient)
{
	const struct header *h = a->header;
	struct referral_view view = dossier_view(a->dossier);
	bool newer = dossier_advance(a->dossier, a->delivery->accepted_index);
	enum referral_state next;
	enum reason ignored;

	if (h->event == EVENT_IDENTITY)
		json_object_update(json_object_get(a->dossier, "gegevens"),
		    a->intake.gegevens);
	if (from_recipient)
		json_object_set_new(a->dossier, "gelezen", json_true());
	if (h->event == EVENT_REVIEW)
		review_given(a->dossier, h->code, a->shift.now_ms);
	if (from_recipient && events_mean_contact(h->event))
		json_object_set_new(a->dossier, "contactGelegd", json_true());
	if (newer && referral_next(&view, h->event,
			 from_recipient ? ACTOR_RECIPIENT : ACTOR_SENDER,
			 h->code, a->shift.now_ms, &next, &ignored) == WH_OK)
		dossier_state_set(a->dossier, next, a->shift.now_ms);
}

static enum wh_err
remember(struct arrival *a)
{
	const struct header *h = a->header;
	enum wh_err err;

	err = kv_put(a->shift.txn, LOCAL_INBOX, span_id(&h->message_id),
	    span_of(a->digest.b, HASH_LEN));
	if (err == WH_OK)
		err = held_case_put(a->shift.txn, &h->ground, &h->relation_ref,
		    &h->case_ref);
	if (err == WH_OK &&
	    (h->event == EVENT_OFFER || a->intake.envelope.section_count > 0))
		err = held_message_put(a->shift.txn, &h->case_ref,
		    &h->message_id);
	return err;
}

static enum wh_err
find_dossier(struct arrival *a)
{
	enum wh_err err;

	err = dossier_get(a->shift.txn, a->shift.desk->vault,
	    &a->header->case_ref, &a->dossier);
	if (err != WH_OK && err != WH_NOT_FOUND)
		return err;
	if (a->header->event == EVENT_OFFER) {
		if (err == WH_OK)
			a->reason = REASON_DUPLICATE_CONFLICT;
	} else if (err == WH_NOT_FOUND) {
		a->reason = REASON_STATE_FORBIDS;
	} else if (strcmp(dossier_other(a->dossier), a->header->from_member) !=
		   0) {
		a->reason = REASON_WRONG_PARTIES;
	}
	return WH_OK;
}

static enum wh_err
take_envelope(struct arrival *a)
{
	bool seen = false, from_recipient;
	size_t place;
	enum wh_err err;

	peek_envelope(a);
	if (a->reason != REASON_NONE)
		return WH_OK;
	err = seen_before(a, &seen);
	if (err == WH_OK && !seen) {
		if (a->peeked.section_count > 0)
			a->key_to_come =
			    shift_sealing_pair(&a->shift, &a->peeked, &a->own);
		err = verify_envelope(a);
	}
	if (err == WH_OK && a->reason == REASON_CANNOT_OPEN && a->key_to_come)
		err = wait_for_key(a);
	if (err != WH_OK || a->reason != REASON_NONE || seen)
		return err;
	if (a->id_known)
		a->reason = REASON_DUPLICATE_CONFLICT;
	else
		err = take_permission(a);
	if (err == WH_OK && a->reason == REASON_NONE)
		err = find_dossier(a);
	if (err != WH_OK || a->reason != REASON_NONE)
		return err;
	from_recipient =
	    a->dossier != NULL && dossier_actor(a->dossier) == ACTOR_SENDER;
	err = decide_here(a, from_recipient);
	if (err == WH_OK && a->reason == REASON_NONE)
		open_sections(a);
	if (err != WH_OK || a->reason != REASON_NONE)
		return err;
	if (a->header->event == EVENT_OFFER)
		make_dossier(a);
	else
		apply_event(a, from_recipient);
	place = dossier_add_event(a->dossier, event_entry(a), a->shift.now_ms);
	if (from_recipient && a->header->event == EVENT_ACCEPT)
		err = desk_send_identity(&a->shift, a->dossier);
	if (err == WH_OK)
		err = dossier_put(a->shift.txn, a->shift.desk->vault,
		    &a->header->case_ref, a->dossier);
	if (err == WH_OK)
		err = remember(a);
	if (err == WH_OK)
		err = desk_job(&a->shift, &a->header->case_ref, place);
	return err;
}

/*
 * May the hub's word move the referral from here? Its own endings are for good;
 * the first steps come before anything that we did. Other notices are about a
 * message that was stopped, which may have moved it.
 */
static bool
moves(const json_t *dossier, const struct notice *notice)
{
	enum referral_state from = dossier_state(dossier);

	switch (notice->state) {
	case STATE_WITHDRAWN:
	case STATE_EXPIRED:
	case STATE_UNDELIVERABLE:
		return from != notice->state;
	case STATE_DELIVERED:
		return from == STATE_QUEUED;
	case STATE_ACCEPTED:
		if (from == STATE_QUEUED || from == STATE_DELIVERED)
			return true;
		break;
	case STATE_DRAFT:
	case STATE_QUEUED:
	case STATE_DISCARDED:
		return false;
	case STATE_INFO_REQUESTED:
	case STATE_WAITLISTED:
	case STATE_SCHEDULED:
	case STATE_IN_PROGRESS:
	case STATE_CANCEL_REQUESTED:
	case STATE_COMPLETED:
	case STATE_DECLINED:
	case STATE_REFERRED_ON:
	case STATE_CANCELLED:
	case STATE_IN_ERROR:
		break;
	}
	return notice->reason != REASON_NONE && from != notice->state &&
	       dossier_told(dossier, notice->at_ms);
}

/* A message that was stopped, while the referral itself did not move by it. */
static bool
is_about_message(const struct notice *notice, bool moved)
{
	bool hub_end = notice->state == STATE_WITHDRAWN ||
		       notice->state == STATE_EXPIRED ||
		       notice->state == STATE_UNDELIVERABLE;

	return !id_is_zero(&notice->message_id) &&
	       notice->reason != REASON_NONE && (!moved || !hub_end);
}

static json_t *
notice_entry(const struct notice *notice, bool moved)
{
	json_t *entry = json_pack("{s:s}", "door", "hub");

	json_set_text(entry, "soort",
	    notice->event != 0 ? events_word((enum referral_event)notice->event)
	    : is_about_message(notice, moved) ? "geweigerd"
					      : events_hub_word(notice->state));
	if (notice->reason != REASON_NONE)
		json_set_text(entry, "code",
		    terms_text(TERMS_REASONS, notice->reason));
	if (notice->reach != REACH_NONE)
		json_set_text(entry, "bereik",
		    terms_text(TERMS_REACHES, notice->reach));
	return entry;
}

/*
 * A notice that comes again must not set a referral back: what has no message
 * id of its own is known by its delivery number and content.
 */
static enum wh_err
first_time(struct shift *shift, const struct deliver *delivery, bool *first)
{
	uint8_t number[8] = {0};
	uint8_t state = (uint8_t)delivery->notice.state;
	struct span parts[3] = {span_of(number, sizeof(number)),
	    span_id(&delivery->notice.case_ref), span_of(&state, 1)};
	struct span value;
	struct hash key;
	enum wh_err err;

	be64_put(number, delivery->delivery);
	key = hash_spans(parts, 3);
	err =
	    kv_peek(shift->txn, LOCAL_INBOX, span_of(key.b, HASH_LEN), &value);
	*first = err == WH_NOT_FOUND;
	if (!*first)
		return err;
	return kv_put(shift->txn, LOCAL_INBOX, span_of(key.b, HASH_LEN),
	    span_str(""));
}

static enum wh_err
take_notice(struct shift *shift, const struct notice *notice)
{
	json_t *dossier = NULL;
	bool moved;
	size_t place;
	enum wh_err err;

	err = dossier_get(shift->txn, shift->desk->vault, &notice->case_ref,
	    &dossier);
	if (err == WH_NOT_FOUND)
		return WH_OK; /* we refused or never had it */
	if (err != WH_OK)
		return err;
	review_told(dossier, notice);
	moved = notice->event == 0 && moves(dossier, notice);
	if (moved)
		dossier_state_set(dossier, notice->state, shift->now_ms);
	place = dossier_add_event(dossier, notice_entry(notice, moved),
	    shift->now_ms);
	err = dossier_put(shift->txn, shift->desk->vault, &notice->case_ref,
	    dossier);
	if (err == WH_OK)
		err = desk_job(shift, &notice->case_ref, place);
	json_decref(dossier);
	return err;
}

static enum wh_err
deliver_envelope(struct desk *desk, const struct deliver *delivery,
    int64_t now_ms, enum reason *reason)
{
	struct arrival a = {.delivery = delivery};
	enum wh_err err;

	err = shift_begin(desk, now_ms, &a.shift);
	if (err == WH_OK)
		err = take_envelope(&a);
	/* A refusal leaves nothing behind. */
	if (err == WH_OK && a.reason != REASON_NONE)
		shift_end(&a.shift, WH_REFUSED);
	else
		err = shift_end(&a.shift, err);
	intake_fini(&a.intake);
	json_decref(a.dossier);
	mem_wipe(&a.own, sizeof(a.own));
	if (err == WH_OK)
		*reason = a.reason;
	return err;
}

static enum wh_err
take_other(struct shift *shift, const struct deliver *delivery)
{
	switch (delivery->kind) {
	case DELIVER_ENVELOPE:
		break; /* deliver_envelope() */
	case DELIVER_NOTICE:
		return take_notice(shift, &delivery->notice);
	case DELIVER_PERMISSION_EVENT:
		return record_ended(shift, delivery);
	case DELIVER_WITHDRAWAL:
		return progress_delivered(shift, delivery->withdrawal);
	}
	return WH_INVALID;
}

enum wh_err
desk_deliver(struct desk *desk, const struct deliver *delivery, int64_t now_ms,
    enum reason *reason)
{
	struct shift shift;
	bool first = true;
	enum wh_err err;

	if (desk->registry == NULL)
		return WH_AGAIN;
	if (delivery->kind == DELIVER_ENVELOPE)
		return deliver_envelope(desk, delivery, now_ms, reason);
	err = shift_begin(desk, now_ms, &shift);
	/* An end, and how far it came, may be told as often as the hub likes,
	 * also by one that was restored and counts its deliveries anew. */
	if (err == WH_OK && delivery->kind == DELIVER_NOTICE)
		err = first_time(&shift, delivery, &first);
	if (err == WH_OK && first)
		err = take_other(&shift, delivery);
	err = shift_end(&shift, err);
	if (err == WH_OK)
		*reason = REASON_NONE;
	return err;
}
