/* SPDX-License-Identifier: EUPL-1.2 */
#include "adapters/desk_state.h"

#include <assert.h>

#include "adapters/json.h"
#include "adapters/local.h"
#include "adapters/outbox.h"
#include "adapters/review.h"
#include "proto/base/mem.h"

/* The hub's answers to what we sent: receipts and refusals. */

/* The referral that a row of the outbox is about. */
static enum wh_err
case_of(struct shift *shift, struct span signed_bytes, struct id *case_ref,
    enum referral_event *event)
{
	struct envelope envelope;
	struct signed_body body;
	enum wh_err err;

	err = wire_signed_read(&shift->arena, signed_bytes, ENVELOPE_MAX, &body,
	    NULL);
	if (err == WH_OK)
		err = wire_envelope_read(&shift->arena, body.body, &envelope,
		    NULL);
	if (err != WH_OK)
		return WH_CORRUPT;
	*case_ref = envelope.header.case_ref;
	*event = envelope.header.event;
	return WH_OK;
}

/* The kenmerk may be used again: the referral never came about. */
static enum wh_err
release_kenmerk(struct shift *shift, const json_t *dossier)
{
	struct span part = span_str(json_text(dossier, "kenmerk"));
	struct hash key;
	enum wh_err err;

	if (part.len == 0)
		return WH_OK;
	key = vault_index(shift->desk->vault, "kenmerk", &part, 1);
	err = kv_del(shift->txn, LOCAL_BY_KENMERK, span_of(key.b, HASH_LEN));
	return err == WH_NOT_FOUND ? WH_OK : err;
}

/*
 * The index in the log is the proof's place. A receipt says the state right
 * after the event, one for a duplicate the state of now.
 */
static void
note_receipt(json_t *dossier, enum referral_event event,
    const struct receipt *receipt, int64_t now_ms)
{
	const struct dossier_answer answer = {.index = receipt->log_index,
	    .at_ms = receipt->at_ms,
	    .state = receipt->state,
	    .is_now = receipt->duplicate,
	    .now_ms = now_ms};

	dossier_answered(dossier, &answer);
	if (event == EVENT_OFFER)
		json_object_set_new(dossier, "bewijs",
		    json_pack("{s:I}", "index",
			(json_int_t)receipt->log_index));
}

static enum wh_err
note_refusal(struct shift *shift, json_t *dossier, enum referral_event event,
    const struct refusal *refusal)
{
	const struct dossier_answer answer = {.index = refusal->log_index,
	    .state = refusal->state,
	    .is_now = true,
	    .now_ms = shift->now_ms};
	json_t *entry = json_pack("{s:s, s:s, s:s}", "soort", "geweigerd",
	    "door", "hub", "code", terms_text(TERMS_REASONS, refusal->reason));

	dossier_answered(dossier, &answer);
	if (event == EVENT_OFFER)
		dossier_state_set(dossier, STATE_DISCARDED, shift->now_ms);
	if (event == EVENT_REVIEW)
		review_undone(dossier, shift->now_ms);
	/* Refused is not sent: it may follow the next acceptance. */
	if (event == EVENT_IDENTITY)
		json_object_del(dossier, "identiteitVerzonden");
	dossier_add_event(dossier, entry, shift->now_ms);
	return event == EVENT_OFFER ? release_kenmerk(shift, dossier) : WH_OK;
}

static enum wh_err
settle_envelope(struct shift *shift, struct span signed_bytes,
    const struct receipt *receipt, const struct refusal *refusal)
{
	json_t *dossier = NULL;
	enum referral_event event;
	struct id case_ref;
	enum wh_err err;

	err = case_of(shift, signed_bytes, &case_ref, &event);
	if (err == WH_OK)
		err = dossier_get(shift->txn, shift->desk->vault, &case_ref,
		    &dossier);
	if (err != WH_OK)
		return err == WH_NOT_FOUND ? WH_OK : err;
	if (receipt != NULL)
		note_receipt(dossier, event, receipt, shift->now_ms);
	else
		err = note_refusal(shift, dossier, event, refusal);
	if (err == WH_OK)
		err = dossier_put(shift->txn, shift->desk->vault, &case_ref,
		    dossier);
	if (err == WH_OK && refusal != NULL)
		err = desk_job(shift, &case_ref,
		    json_array_size(
			json_object_get(dossier, "gebeurtenissen")) -
			1);
	json_decref(dossier);
	return err;
}

/* Its key ended while it waited: nothing is lost, it goes again. */
static enum wh_err
sent_again(struct shift *shift, enum to_hub_kind kind, const struct id *id,
    struct span *bytes, const struct refusal *refusal, bool *again)
{
	enum wh_err err;

	*again = false;
	if (refusal == NULL || refusal->reason != REASON_BAD_SIGNATURE)
		return WH_OK;
	err = shift_sign_again(shift, kind, bytes, again);
	return err == WH_OK && *again
		   ? outbox_push(shift->txn, kind, id, *bytes)
		   : err;
}

static enum wh_err
settle(struct desk *desk, const struct id *id, int64_t now_ms,
    const struct receipt *receipt, const struct refusal *refusal)
{
	enum to_hub_kind kind;
	struct shift shift;
	struct span bytes;
	bool again = false;
	enum wh_err err;

	assert((receipt == NULL) != (refusal == NULL));
	err = shift_begin(desk, now_ms, &shift);
	if (err != WH_OK)
		return err;
	err = outbox_get(shift.txn, id, &kind, &bytes);
	if (err == WH_NOT_FOUND) /* answered before */
		return shift_end(&shift, WH_OK);
	if (err == WH_OK) {
		bytes = arena_dup(&shift.arena, bytes);
		err = bytes.p == NULL ? WH_TOO_BIG : outbox_done(shift.txn, id);
	}
	if (err == WH_OK)
		err = sent_again(&shift, kind, id, &bytes, refusal, &again);
	if (err == WH_OK && !again)
		err = kind == TO_HUB_SUBMIT
			  ? settle_envelope(&shift, bytes, receipt, refusal)
			  : consent_settled(&shift, kind, bytes, receipt,
				refusal);
	return shift_end(&shift, err);
}

enum wh_err
desk_receipt(struct desk *desk, const struct receipt *receipt, int64_t now_ms)
{
	return settle(desk, &receipt->id, now_ms, receipt, NULL);
}

enum wh_err
desk_refusal(struct desk *desk, const struct refusal *refusal, int64_t now_ms)
{
	return settle(desk, &refusal->id, now_ms, NULL, refusal);
}
