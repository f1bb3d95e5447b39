/* SPDX-License-Identifier: EUPL-1.2 */
#include "adapters/code.h"
#include "adapters/desk_present.h"
#include "adapters/ends.h"
#include "adapters/json.h"
#include "adapters/local.h"
#include "adapters/outbox.h"
#include "adapters/progress.h"
#include "proto/base/clk.h"
#include "proto/base/log.h"
#include "proto/base/mem.h"
#include "proto/base/text.h"

/* A resident takes a permission back, or objects. */

/* Where a record of a consent stands with the hub. */
#define RECORD_KEPT    "VASTGELEGD"
#define RECORD_REFUSED "GEWEIGERD"

/* Kept with owner, to say it again to a hub that lost it. */
static enum wh_err
send_change(struct shift *shift, const struct permission_change *change,
    const struct id *owner)
{
	struct end end = {.owner = *owner,
	    .event_id = change->event_id,
	    .state = END_SENT};
	uint8_t *body = NULL, *whole = NULL;
	size_t body_len, whole_len;
	enum wh_err err;

	err = wire_permission_change_write(change, &body, &body_len);
	if (err == WH_OK)
		err = shift_sign(shift, WIRE_DOMAIN_PERMISSION_EVENT,
		    span_of(body, body_len), &whole, &whole_len);
	if (err == WH_OK)
		err = outbox_push(shift->txn, TO_HUB_PERMISSION_EVENT,
		    &change->event_id, span_of(whole, whole_len));
	if (err == WH_OK) {
		end.signed_bytes = span_of(whole, whole_len);
		err = ends_put(shift->txn, shift->desk->vault, &end);
	}
	mem_free(body);
	mem_free(whole);
	return err;
}

static struct permission_change
change_now(struct shift *shift, enum permission_event event)
{
	struct permission_change change = {
	    .event = event,
	    .recorded_ms = shift->now_ms,
	    .effective_ms = shift->now_ms,
	    .by_member = shift->desk->member,
	    .by_human = true,
	};

	random_fill(change.event_id.b, sizeof(change.event_id.b));
	return change;
}

/* The consent of a record; *out NULL when it was captured elsewhere. */
static enum wh_err
consent_of(struct shift *shift, const struct permit *permit, json_t **out)
{
	enum wh_err err;

	err = sealed_json_get(shift->txn, shift->desk->vault, LOCAL_CONSENT,
	    span_id(&permit->consent_id), out);
	return err == WH_NOT_FOUND ? WH_OK : err;
}

static enum wh_err
consent_keep(struct shift *shift, const struct permit *permit,
    const json_t *consent)
{
	return sealed_json_put(shift->txn, shift->desk->vault, LOCAL_CONSENT,
	    span_id(&permit->consent_id), consent);
}

/* Does any record of this consent still permit something? */
static enum wh_err
any_stands(struct shift *shift, const json_t *consent, bool *out)
{
	const json_t *record;
	struct permit permit;
	struct id id;
	size_t i;
	enum wh_err err;

	*out = false;
	json_array_foreach(json_object_get(consent, "records"), i, record)
	{
		if (id_parse(json_text(record, "record"), &id) != WH_OK)
			return WH_CORRUPT;
		err = permits_get(shift->txn, &shift->arena, &id, &permit);
		if (err != WH_OK)
			return err == WH_NOT_FOUND ? WH_CORRUPT : err;
		*out |= permit.standing.state == PERMISSION_GIVEN ||
			permit.standing.state == PERMISSION_REQUESTED;
	}
	return WH_OK;
}

/* What expired, or gave way to another, can still be taken back. */
static bool
may_follow(const char *status, enum permission_event state)
{
	uint32_t before;

	return terms_number(TERMS_PERMISSION_EVENTS, status, &before) ==
		   WH_OK &&
	       (before == PERMISSION_GIVEN ||
		   ((before == PERMISSION_EXPIRED ||
			before == PERMISSION_SUPERSEDED) &&
		       carry_ends(state)));
}

/*
 * A consent ends with the last of its records, as that one did. Then nobody
 * needs its code any more: what we kept of it goes.
 */
static enum wh_err
end_with_last(struct shift *shift, json_t *consent, enum permission_event state)
{
	bool stands = false;
	enum wh_err err = any_stands(shift, consent, &stands);

	if (err != WH_OK || stands)
		return err;
	if (may_follow(json_text(consent, "status"), state))
		json_object_set_new(consent, "status",
		    json_string(terms_text(TERMS_PERMISSION_EVENTS, state)));
	if (json_object_del(json_object_get(consent, "bewijs"),
		"intrekkingscode") != 0)
		return WH_OK;
	return local_freed(shift->txn);
}

enum wh_err
consent_ended(struct shift *shift, const struct permit *permit)
{
	json_t *consent = NULL;
	enum wh_err err = consent_of(shift, permit, &consent);

	if (err != WH_OK || consent == NULL)
		return err;
	(void)progress_of_record(consent, &permit->permission.permission_id,
	    shift->now_ms);
	progress_refresh(consent);
	err = end_with_last(shift, consent, permit->standing.state);
	if (err == WH_OK)
		err = consent_keep(shift, permit, consent);
	json_decref(consent);
	return err;
}

/*
 * End one record that we know; nothing under it leaves from here any more. The
 * hub says when it is recorded, and sends the event back if we hold messages.
 * *changed false: it had ended before.
 */
static enum wh_err
end_known(struct shift *shift, const struct permission_change *change,
    struct permit *permit, bool *changed)
{
	struct standing after;
	enum wh_err err;

	err = standing_apply(&permit->permission, &permit->standing, change,
	    &after);
	*changed = err == WH_OK && after.changes != permit->standing.changes;
	if (!*changed)
		return err == WH_REFUSED ? WH_OK : err;
	permit->standing = after;
	err = permits_put(shift->txn, &permit->permission, &after,
	    &permit->consent_id, permit->signed_bytes);
	return err == WH_OK ? consent_ended(shift, permit) : err;
}

static enum wh_err
end_record(struct shift *shift, const struct id *permission_id,
    struct desk_result *result)
{
	struct permission_change change;
	struct permit permit;
	bool changed = false;
	enum wh_err err;

	err = permits_get(shift->txn, &shift->arena, permission_id, &permit);
	if (err != WH_OK)
		return err;
	change = change_now(shift,
	    kind_rule(permit.permission.kind)->ended_by_objection
		? PERMISSION_OBJECTED
		: PERMISSION_WITHDRAWN);
	change.has_permission = true;
	change.permission_id = *permission_id;
	err = end_known(shift, &change, &permit, &changed);
	if (err == WH_OK && changed)
		err = send_change(shift, &change, permission_id);
	if (err == WH_OK && changed && !result->has_wait) {
		result->has_wait = true;
		result->wait = change.event_id;
	}
	return err;
}

enum wh_err
consent_end_derived(struct shift *shift, const struct id *permission_id)
{
	struct desk_result ignored = {0};
	enum wh_err err = end_record(shift, permission_id, &ignored);

	return err == WH_NOT_FOUND ? WH_CORRUPT : err;
}

static bool
may_be_ended(enum permission_kind kind)
{
	return kind_rule(kind)->ended_by_withdrawal ||
	       kind_rule(kind)->ended_by_objection;
}

static enum wh_err
not_ended(struct desk_result *result)
{
	return result_no(result, OUTCOME_REJECTED, "soort",
	    "een intrekking beëindigt deze grondslag niet: zij rust op de wet, "
	    "niet op toestemming");
}

static enum wh_err
end_records(struct shift *shift, const json_t *consent,
    struct desk_result *result)
{
	const json_t *record;
	struct id permission_id;
	size_t i;
	enum wh_err err = WH_OK;

	json_array_foreach(json_object_get(consent, "records"), i, record)
	{
		if (id_parse(json_text(record, "record"), &permission_id) !=
		    WH_OK)
			return WH_CORRUPT;
		err = end_record(shift, &permission_id, result);
		if (err != WH_OK)
			break;
	}
	return err;
}

/* It had ended before: by us, then how far that came; or by others. */
static enum wh_err
ended_before(struct shift *shift, const struct id *permission_id,
    struct desk_result *result)
{
	enum wh_err err;

	err = progress_view(shift, permission_id, &result->dossier);
	if (err == WH_NOT_FOUND)
		return result_no(result, OUTCOME_FORBIDDEN, "id",
		    "deze toestemming was al beëindigd");
	result->kind = OUTCOME_SAME;
	return err;
}

/* Captured elsewhere, and we are a party: the record by its own id. */
static enum wh_err
withdraw_party(struct shift *shift, const struct id *permission_id,
    struct desk_result *result)
{
	struct permit permit;
	enum wh_err err;

	err = permits_get(shift->txn, &shift->arena, permission_id, &permit);
	if (err == WH_NOT_FOUND)
		return result_no(result, OUTCOME_NOT_FOUND, "id",
		    "deze toestemming is hier niet bekend");
	if (err != WH_OK)
		return err;
	if (!may_be_ended(permit.permission.kind))
		return not_ended(result);
	err = end_record(shift, permission_id, result);
	if (err != WH_OK)
		return err;
	if (!result->has_wait)
		return ended_before(shift, permission_id, result);
	err = progress_open(shift, permission_id, &result->wait);
	result->kind = OUTCOME_QUEUED;
	return err == WH_OK
		   ? progress_view(shift, permission_id, &result->dossier)
		   : err;
}

static enum wh_err
withdraw_known(struct shift *shift, const struct id *consent_id,
    struct desk_result *result)
{
	json_t *consent = NULL;
	uint32_t kind;
	enum wh_err err;

	err = sealed_json_get(shift->txn, shift->desk->vault, LOCAL_CONSENT,
	    span_id(consent_id), &consent);
	if (err == WH_NOT_FOUND)
		return withdraw_party(shift, consent_id, result);
	if (err == WH_OK)
		err = terms_number(TERMS_PERMISSION_KINDS,
		    json_text(consent, "soort"), &kind);
	if (err == WH_OK && !may_be_ended((enum permission_kind)kind))
		not_ended(result);
	else if (err == WH_OK)
		err = end_records(shift, consent, result);
	json_decref(consent);
	if (err != WH_OK || result->kind == OUTCOME_REJECTED)
		return err == WH_NOT_FOUND ? WH_CORRUPT : err;
	result->kind = result->has_wait ? OUTCOME_QUEUED : OUTCOME_SAME;
	return sealed_json_get(shift->txn, shift->desk->vault, LOCAL_CONSENT,
	    span_id(consent_id), &result->dossier);
}

/* One record that the code holds for; it may be known here as well. */
static enum wh_err
end_by_code(struct shift *shift, const char *code, unsigned n,
    const struct id *withdrawal_id, struct desk_result *result)
{
	struct hash key = code_record_key(code, n);
	struct permission_change change =
	    change_now(shift, PERMISSION_WITHDRAWN);
	struct permit permit;
	bool changed;
	enum wh_err err;

	change.withdrawal_code = span_of(key.b, HASH_LEN);
	err = permits_of_change(shift->txn, &shift->arena, &change, &permit);
	if (err == WH_OK)
		err = end_known(shift, &change, &permit, &changed);
	if (err == WH_OK || err == WH_NOT_FOUND)
		err = send_change(shift, &change, withdrawal_id);
	if (err == WH_OK)
		err = progress_open(shift, withdrawal_id, &change.event_id);
	if (n == 0) {
		result->has_wait = true;
		result->wait = change.event_id;
	}
	return err;
}

/*
 * With the code alone, at a desk that may know nothing of it: one event per
 * record that the code holds for; the hub finds what each is about.
 */
static enum wh_err
withdraw_by_code(struct shift *shift, const char *typed,
    struct desk_result *result)
{
	char code[CODE_TEXT_SIZE];
	unsigned parties, n;
	struct id withdrawal_id;
	enum wh_err err = WH_OK;

	if (code_parse(typed, code, &parties) != WH_OK)
		return result_no(result, OUTCOME_REJECTED, "code",
		    "is geen intrekkingscode; controleer de tekens");
	random_fill(withdrawal_id.b, sizeof(withdrawal_id.b));
	for (n = 0; err == WH_OK && n < parties; n++)
		err = end_by_code(shift, code, n, &withdrawal_id, result);
	mem_wipe(code, sizeof(code));
	result->kind = OUTCOME_QUEUED;
	return err == WH_OK
		   ? progress_view(shift, &withdrawal_id, &result->dossier)
		   : err;
}

enum wh_err
desk_withdraw(struct desk *desk, const struct id *consent_id, const char *code,
    int64_t now_ms, struct desk_result *out)
{
	struct shift shift;
	enum wh_err err;

	*out = (struct desk_result){0};
	if (desk->registry == NULL)
		return result_no(out, OUTCOME_BUSY, "",
		    "het register is nog niet ontvangen; probeer het later");
	err = shift_begin(desk, now_ms, &shift);
	if (err == WH_OK)
		err = consent_id != NULL
			  ? withdraw_known(&shift, consent_id, out)
			  : withdraw_by_code(&shift, code, out);
	err = shift_end(&shift, err);
	if (err != WH_OK)
		desk_result_fini(out);
	return err;
}

/* The hub refused a record: it permits nothing, here either, and the end of
 * what it was made from need not wait for its own. */
static enum wh_err
void_record(struct shift *shift, struct permit *permit)
{
	enum wh_err err;

	permit->standing.state = PERMISSION_INVALIDATED;
	permit->standing.epoch++;
	permit->standing.changes++;
	err = permits_put(shift->txn, &permit->permission, &permit->standing,
	    &permit->consent_id, permit->signed_bytes);
	return err == WH_OK ? carry_derived_done(shift,
				  &permit->permission.permission_id)
			    : err;
}

/* A consent is refused when all its records are. */
static void
note_record(json_t *consent, const struct id *permission_id, const char *word)
{
	json_t *record = consent_record(consent, permission_id);
	bool all_refused = true;
	size_t i;

	json_set_text(record, "status", word);
	json_array_foreach(json_object_get(consent, "records"), i, record)
	{
		if (strcmp(json_text(record, "status"), RECORD_REFUSED) != 0)
			all_refused = false;
	}
	if (all_refused)
		json_object_set_new(consent, "status", json_string("REFUSED"));
}

static void
note_refusal(json_t *consent, const struct id *permission_id, bool is_end,
    const struct refusal *refusal)
{
	json_object_set_new(consent,
	    is_end ? "intrekkingGeweigerd" : "geweigerd",
	    json_string(terms_text(TERMS_REASONS, refusal->reason)));
	if (!is_end)
		note_record(consent, permission_id, RECORD_REFUSED);
}

static void
note_receipt(json_t *consent, const struct id *permission_id, bool is_end,
    const struct receipt *receipt)
{
	json_t *progress;
	char at[CLK_ISO_SIZE];

	if (is_end) {
		progress =
		    progress_of_record(consent, permission_id, receipt->at_ms);
		if (progress != NULL)
			progress_recorded(progress, receipt->at_ms,
			    receipt->log_index);
		progress_refresh(consent);
		return;
	}
	clk_iso(receipt->at_ms, at);
	json_object_set_new(consent, "vastgelegdOp", json_string(at));
	json_object_set_new(consent, "index",
	    json_integer((json_int_t)receipt->log_index));
	note_record(consent, permission_id, RECORD_KEPT);
}

/* Recorded before: what a hub says that was put back changes nothing. */
static bool
is_kept(const json_t *consent, const struct id *permission_id)
{
	const json_t *record = consent_record(consent, permission_id);

	return strcmp(json_text(record, "status"), RECORD_KEPT) == 0;
}

/* The hub's word on a record or on its end: keep it with the consent. */
static enum wh_err
settle(struct shift *shift, struct permit *permit, bool is_end,
    const struct receipt *receipt, const struct refusal *refusal)
{
	const struct id *id = &permit->permission.permission_id;
	json_t *consent = NULL;
	enum wh_err err = consent_of(shift, permit, &consent);

	if (err == WH_OK && !is_end && is_kept(consent, id)) {
		json_decref(consent);
		return refusal == NULL ? WH_OK
				       : present_record_refused(shift, refusal);
	}
	if (err == WH_OK && refusal != NULL && !is_end)
		err = void_record(shift, permit);
	if (err != WH_OK || consent == NULL)
		goto out;
	if (refusal != NULL)
		note_refusal(consent, id, is_end, refusal);
	else
		note_receipt(consent, id, is_end, receipt);
	if (refusal != NULL && !is_end)
		err = end_with_last(shift, consent, permit->standing.state);
	if (err == WH_OK)
		err = consent_keep(shift, permit, consent);
out:
	json_decref(consent);
	return err;
}

/* The hub refused our report on an end: nobody waits for it there. */
static enum wh_err
report_settled(const struct refusal *refusal)
{
	if (refusal != NULL)
		log_warn("REPORT-REFUSED", "reason=%s",
		    terms_text(TERMS_REASONS, refusal->reason));
	return WH_OK;
}

static enum wh_err
event_settled(struct shift *shift, struct span body,
    const struct receipt *receipt, const struct refusal *refusal,
    struct permit *permit)
{
	struct permission_change change;
	bool again;
	enum wh_err err;

	if (wire_permission_change_read(&shift->arena, body, &change, NULL) !=
	    WH_OK)
		return WH_CORRUPT;
	err = present_end_settled(shift, &change, refusal, &again);
	if (err != WH_OK || again)
		return err == WH_OK ? WH_NOT_FOUND : err;
	err = progress_settled(shift, &change.event_id, receipt, refusal);
	/* By code: we may know nothing of the record. */
	return err == WH_OK ? permits_of_change(shift->txn, &shift->arena,
				  &change, permit)
			    : err;
}

enum wh_err
consent_settled(struct shift *shift, enum to_hub_kind kind,
    struct span signed_bytes, const struct receipt *receipt,
    const struct refusal *refusal)
{
	bool is_end = kind == TO_HUB_PERMISSION_EVENT;
	struct permission permission;
	struct signed_body body;
	struct permit permit;
	enum wh_err err;

	if (kind == TO_HUB_CARRIED)
		return report_settled(refusal);
	if (wire_signed_read(&shift->arena, signed_bytes, PERMISSION_MAX, &body,
		NULL) != WH_OK)
		return WH_CORRUPT;
	if (is_end)
		err =
		    event_settled(shift, body.body, receipt, refusal, &permit);
	else if (wire_permission_read(&shift->arena, body.body, &permission,
		     NULL) == WH_OK)
		err = permits_get(shift->txn, &shift->arena,
		    &permission.permission_id, &permit);
	else
		err = WH_CORRUPT;
	if (err == WH_NOT_FOUND)
		return WH_OK;
	return err == WH_OK ? settle(shift, &permit, is_end, receipt, refusal)
			    : err;
}
