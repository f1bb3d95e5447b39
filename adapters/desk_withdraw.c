/* SPDX-License-Identifier: EUPL-1.2 */
#include "adapters/code.h"
#include "adapters/desk_state.h"
#include "adapters/local.h"
#include "adapters/outbox.h"
#include "proto/base/clk.h"
#include "proto/base/mem.h"
#include "proto/base/text.h"

/* A resident takes a permission back, or objects. */

static enum wh_err
send_change(struct shift *shift, const struct permission_change *change)
{
	uint8_t *body = NULL, *whole = NULL;
	size_t body_len, whole_len;
	enum wh_err err;

	err = wire_permission_change_write(change, &body, &body_len);
	if (err == WH_OK)
		err = wire_sign(&shift->desk->keys.signing,
		    WIRE_DOMAIN_PERMISSION_EVENT, span_of(body, body_len),
		    &whole, &whole_len);
	if (err == WH_OK)
		err = outbox_push(shift->txn, TO_HUB_PERMISSION_EVENT,
		    &change->event_id, span_of(whole, whole_len));
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

/* End one record that we know; nothing under it leaves from here any more. */
static enum wh_err
end_record(struct shift *shift, const struct id *permission_id,
    struct desk_result *result)
{
	struct permission_change change;
	struct standing after;
	struct permit permit;
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
	err = standing_apply(&permit.permission, &permit.standing, &change,
	    &after);
	if (err != WH_OK)
		return err;
	if (after.changes == permit.standing.changes)
		return WH_OK; /* it had ended before */
	err = permits_put(shift->txn, &permit.permission, &after,
	    &permit.consent_id, permit.signed_bytes);
	if (err == WH_OK)
		err = send_change(shift, &change);
	if (err == WH_OK && !result->has_wait) {
		result->has_wait = true;
		result->wait = change.event_id;
	}
	return err;
}

static void
mark(json_t *consent, enum permission_kind kind, int64_t now_ms)
{
	char at[CLK_ISO_SIZE];

	clk_iso(now_ms, at);
	json_object_set_new(consent, "status",
	    json_string(kind_rule(kind)->ended_by_objection ? "OBJECTED"
							    : "WITHDRAWN"));
	json_object_set_new(consent, "intrekking",
	    json_pack("{s:s, s:n, s:n, s:[]}", "gevraagd", at, "vastgelegd",
		"doorgevoerd", "bereik"));
}

static enum wh_err
withdraw_known(struct shift *shift, const struct id *consent_id,
    struct desk_result *result)
{
	json_t *consent = NULL;
	json_t *record;
	struct id permission_id;
	uint32_t kind = 0;
	size_t i;
	enum wh_err err;

	err = sealed_json_get(shift->txn, shift->desk->vault, LOCAL_CONSENT,
	    span_id(consent_id), &consent);
	if (err == WH_NOT_FOUND)
		return result_no(result, OUTCOME_NOT_FOUND, "id",
		    "deze toestemming is hier niet bekend");
	if (err != WH_OK)
		return err;
	terms_number(TERMS_PERMISSION_KINDS, json_text(consent, "soort"),
	    &kind);
	json_array_foreach(json_object_get(consent, "records"), i, record)
	{
		err = id_parse(json_text(record, "record"), &permission_id);
		if (err == WH_OK)
			err = end_record(shift, &permission_id, result);
		if (err != WH_OK)
			break;
	}
	if (err == WH_REFUSED) {
		result_no(result, OUTCOME_REJECTED, "soort",
		    "een intrekking beeindigt deze grondslag niet: zij rust "
		    "op de wet, niet op toestemming");
		err = WH_OK;
	} else if (err == WH_OK) {
		if (result->has_wait)
			mark(consent, (enum permission_kind)kind,
			    shift->now_ms);
		err = sealed_json_put(shift->txn, shift->desk->vault,
		    LOCAL_CONSENT, span_id(consent_id), consent);
		result->kind = result->has_wait ? OUTCOME_QUEUED : OUTCOME_SAME;
		result->dossier = json_incref(consent);
	}
	json_decref(consent);
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
	struct permission_change change;
	struct hash key;
	unsigned parties, n;
	enum wh_err err = WH_OK;

	if (code_parse(typed, code, &parties) != WH_OK)
		return result_no(result, OUTCOME_REJECTED, "code",
		    "is geen intrekkingscode; controleer de tekens");
	for (n = 0; err == WH_OK && n < parties; n++) {
		key = code_record_key(code, n);
		change = change_now(shift, PERMISSION_WITHDRAWN);
		change.withdrawal_code = span_of(key.b, HASH_LEN);
		err = send_change(shift, &change);
		if (n == 0) {
			result->has_wait = true;
			result->wait = change.event_id;
		}
	}
	mem_wipe(code, sizeof(code));
	if (err == WH_OK) {
		result->kind = OUTCOME_QUEUED;
		result->dossier = json_pack("{s:n, s:n, s:[]}", "vastgelegd",
		    "doorgevoerd", "bereik");
	}
	return err;
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

/* The hub's word on a record or on its end: keep it with the consent. */
static enum wh_err
settle(struct shift *shift, const struct id *permission_id, bool is_end,
    const struct receipt *receipt, const struct refusal *refusal)
{
	json_t *consent = NULL;
	json_t *end;
	char at[CLK_ISO_SIZE];
	struct permit permit;
	enum wh_err err;

	err = permits_get(shift->txn, &shift->arena, permission_id, &permit);
	if (err == WH_OK)
		err = sealed_json_get(shift->txn, shift->desk->vault,
		    LOCAL_CONSENT, span_id(&permit.consent_id), &consent);
	if (err != WH_OK)
		return err == WH_NOT_FOUND ? WH_OK : err;
	end = json_object_get(consent, "intrekking");
	if (refusal != NULL) {
		json_object_set_new(consent,
		    is_end ? "intrekkingGeweigerd" : "geweigerd",
		    json_string(terms_text(TERMS_REASONS, refusal->reason)));
		if (!is_end)
			json_object_set_new(consent, "status",
			    json_string("REFUSED"));
	} else {
		clk_iso(receipt->at_ms, at);
		json_object_set_new(is_end ? end : consent,
		    is_end ? "vastgelegd" : "vastgelegdOp", json_string(at));
		if (!receipt->duplicate)
			json_object_set_new(is_end ? end : consent, "index",
			    json_integer((json_int_t)receipt->log_index));
	}
	err = sealed_json_put(shift->txn, shift->desk->vault, LOCAL_CONSENT,
	    span_id(&permit.consent_id), consent);
	json_decref(consent);
	return err;
}

enum wh_err
consent_settled(struct shift *shift, enum to_hub_kind kind,
    struct span signed_bytes, const struct receipt *receipt,
    const struct refusal *refusal)
{
	struct permission_change change;
	struct permission permission;
	struct signed_body body;
	enum wh_err err;

	err = wire_signed_read(&shift->arena, signed_bytes, PERMISSION_MAX,
	    &body, NULL);
	if (err != WH_OK)
		return WH_CORRUPT;
	if (kind == TO_HUB_PERMISSION) {
		if (wire_permission_read(&shift->arena, body.body, &permission,
			NULL) != WH_OK)
			return WH_CORRUPT;
		return settle(shift, &permission.permission_id, false, receipt,
		    refusal);
	}
	if (wire_permission_change_read(&shift->arena, body.body, &change,
		NULL) != WH_OK)
		return WH_CORRUPT;
	/* By code: we may know nothing of the record. */
	if (!change.has_permission)
		return WH_OK;
	return settle(shift, &change.permission_id, true, receipt, refusal);
}
