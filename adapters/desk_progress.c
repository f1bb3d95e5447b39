/* SPDX-License-Identifier: EUPL-1.2 */
#include "adapters/desk_state.h"
#include "adapters/json.h"
#include "adapters/local.h"
#include "adapters/progress.h"
#include "adapters/retention.h"
#include "proto/base/text.h"
#include "proto/wire_withdrawal.h"

/* How far a withdrawal came: with its consent, or kept by itself. */

json_t *
consent_record(const json_t *consent, const struct id *permission_id)
{
	json_t *record;
	char id[ID_TEXT_SIZE];
	size_t i;

	id_text(permission_id, id);
	json_array_foreach(json_object_get(consent, "records"), i, record)
	{
		if (strcmp(json_text(record, "record"), id) == 0)
			return record;
	}
	return NULL;
}

json_t *
progress_of_record(json_t *consent, const struct id *permission_id,
    int64_t now_ms)
{
	json_t *record = consent_record(consent, permission_id);
	json_t *progress = json_object_get(record, "intrekking");

	if (record != NULL && progress == NULL) {
		progress = progress_new(now_ms);
		json_object_set_new(record, "intrekking", progress);
	}
	return progress;
}

void
progress_refresh(json_t *consent)
{
	const json_t *records = json_object_get(consent, "records");
	size_t count = json_array_size(records), i;
	json_t *list[64], *merged;

	if (count > sizeof(list) / sizeof(list[0]))
		count = sizeof(list) / sizeof(list[0]);
	for (i = 0; i < count; i++)
		list[i] =
		    json_object_get(json_array_get(records, i), "intrekking");
	merged = progress_merge(list, count);
	if (merged != NULL)
		json_object_set_new(consent, "intrekking", merged);
}

/* Signed by who it says made it, as far as our register knows? */
static bool
read_report(struct shift *shift, const struct withdrawal *w,
    struct carried *out)
{
	const struct wh_register *reg = &shift->desk->registry->reg;
	const struct reg_member *member;
	const struct reg_key *key;
	struct signed_body body;

	if (w->report.len == 0 ||
	    wire_signed_read(&shift->arena, w->report, REPORT_MAX, &body,
		NULL) != WH_OK ||
	    wire_carried_read(&shift->arena, body.body, out, NULL) != WH_OK ||
	    !id_equal(&out->permission_id, &w->permission_id))
		return false;
	member = register_member(reg, out->by_member);
	key = member == NULL
		  ? NULL
		  : register_key_by_id(member, KEY_SIGNING, body.key_id);
	return key != NULL &&
	       wire_signed_check(&body, WIRE_DOMAIN_CARRIED, key->key) == WH_OK;
}

/* With the consent that the record is part of, if that is here. */
static enum wh_err
with_consent(struct shift *shift, const struct withdrawal *w,
    const struct carried *report)
{
	json_t *consent = NULL;
	json_t *progress;
	struct permit permit;
	bool done = false;
	enum wh_err err;

	if (id_is_zero(&w->permission_id))
		return WH_OK;
	err =
	    permits_get(shift->txn, &shift->arena, &w->permission_id, &permit);
	if (err == WH_OK)
		err = sealed_json_get(shift->txn, shift->desk->vault,
		    LOCAL_CONSENT, span_id(&permit.consent_id), &consent);
	if (err != WH_OK)
		return err == WH_NOT_FOUND ? WH_OK : err;
	progress =
	    progress_of_record(consent, &w->permission_id, shift->now_ms);
	if (progress != NULL) {
		progress_take(progress, w, report);
		done = progress_done(progress);
		progress_refresh(consent);
		err = sealed_json_put(shift->txn, shift->desk->vault,
		    LOCAL_CONSENT, span_id(&permit.consent_id), consent);
	}
	json_decref(consent);
	return err == WH_OK && done
		   ? carry_derived_done(shift, &w->permission_id)
		   : err;
}

/* The withdrawal that this event is part of; *part is in *out, or NULL. */
static enum wh_err
find_event(struct shift *shift, const struct id *event_id, struct id *id,
    json_t **out, json_t **part)
{
	char text[ID_TEXT_SIZE];
	struct span value;
	enum wh_err err;

	err =
	    kv_peek(shift->txn, LOCAL_WITHDRAWAL_OF, span_id(event_id), &value);
	if (err != WH_OK)
		return err;
	if (value.len != sizeof(id->b))
		return WH_CORRUPT;
	memcpy(id->b, value.p, sizeof(id->b));
	err = sealed_json_get(shift->txn, shift->desk->vault, LOCAL_WITHDRAWAL,
	    span_id(id), out);
	if (err != WH_OK)
		return err == WH_NOT_FOUND ? WH_CORRUPT : err;
	id_text(event_id, text);
	*part = json_object_get(json_object_get(*out, "delen"), text);
	return WH_OK;
}

static enum wh_err
keep(struct shift *shift, const struct id *id, const json_t *withdrawal)
{
	return sealed_json_put(shift->txn, shift->desk->vault, LOCAL_WITHDRAWAL,
	    span_id(id), withdrawal);
}

static enum wh_err
by_itself(struct shift *shift, const struct withdrawal *w,
    const struct carried *report)
{
	json_t *withdrawal = NULL, *part = NULL;
	struct id id;
	enum wh_err err;

	err = find_event(shift, &w->event_id, &id, &withdrawal, &part);
	if (err == WH_OK && part != NULL) {
		progress_take(part, w, report);
		err = keep(shift, &id, withdrawal);
	}
	json_decref(withdrawal);
	return err == WH_NOT_FOUND ? WH_OK : err;
}

/*
 * The hub could call it done by saying that a member left. Who is a member by
 * our own register has its word to give, and a register comes before what rests
 * on it. Who is no party gets numbers, and has to believe those.
 */
static enum wh_err
check_departed(struct shift *shift, struct withdrawal *w)
{
	const struct wh_register *reg = &shift->desk->registry->reg;
	const char **names = arena_alloc(&shift->arena,
	    (w->departed_count + 1) * sizeof(*names));
	size_t count = 0, i;
	uint32_t wrong;

	if (names == NULL)
		return WH_TOO_BIG;
	for (i = 0; i < w->departed_count; i++)
		if (register_member(reg, w->departed_members[i]) == NULL)
			names[count++] = w->departed_members[i];
	w->departed_members = names;
	wrong = (uint32_t)(w->departed_count - count);
	w->departed = w->departed > wrong ? w->departed - wrong : 0;
	w->departed_count = count;
	return WH_OK;
}

enum wh_err
progress_delivered(struct shift *shift, const struct withdrawal *withdrawal)
{
	struct withdrawal w = *withdrawal;
	struct carried read;
	const struct carried *report =
	    read_report(shift, withdrawal, &read) ? &read : NULL;
	enum wh_err err = check_departed(shift, &w);

	if (err == WH_OK)
		err = with_consent(shift, &w, report);
	return err == WH_OK ? by_itself(shift, &w, report) : err;
}

enum wh_err
progress_open(struct shift *shift, const struct id *withdrawal_id,
    const struct id *event_id)
{
	json_t *withdrawal = NULL;
	char text[ID_TEXT_SIZE];
	enum wh_err err;

	err = sealed_json_get(shift->txn, shift->desk->vault, LOCAL_WITHDRAWAL,
	    span_id(withdrawal_id), &withdrawal);
	if (err == WH_NOT_FOUND) {
		id_text(withdrawal_id, text);
		withdrawal = json_pack("{s:s, s:{}}", "id", text, "delen");
		err = WH_OK;
	}
	if (err != WH_OK)
		return err;
	id_text(event_id, text);
	json_object_set_new(json_object_get(withdrawal, "delen"), text,
	    progress_new(shift->now_ms));
	err = keep(shift, withdrawal_id, withdrawal);
	if (err == WH_OK)
		err = kv_put(shift->txn, LOCAL_WITHDRAWAL_OF, span_id(event_id),
		    span_id(withdrawal_id));
	if (err == WH_OK)
		err = retention_until(shift->txn, shift->now_ms, withdrawal_id);
	json_decref(withdrawal);
	return err;
}

/* As one; without parts the code was for no record at all. */
static json_t *
view_of(const json_t *withdrawal)
{
	json_t *list[64], *value, *view;
	const char *key;
	size_t count = 0;

	json_object_foreach(json_object_get(withdrawal, "delen"), key, value)
	{
		if (count < sizeof(list) / sizeof(list[0]))
			list[count++] = value;
	}
	view = progress_merge(list, count);
	if (view == NULL)
		view = progress_new(0);
	json_object_set(view, "id", json_object_get(withdrawal, "id"));
	json_object_set_new(view, "bekend", json_boolean(count > 0));
	return view;
}

static enum wh_err
view_get(struct kv_txn *txn, const struct vault *vault, const struct id *id,
    json_t **out)
{
	json_t *withdrawal = NULL;
	enum wh_err err;

	err = sealed_json_get(txn, vault, LOCAL_WITHDRAWAL, span_id(id),
	    &withdrawal);
	if (err == WH_OK)
		*out = view_of(withdrawal);
	json_decref(withdrawal);
	return err;
}

enum wh_err
progress_view(struct shift *shift, const struct id *withdrawal_id, json_t **out)
{
	return view_get(shift->txn, shift->desk->vault, withdrawal_id, out);
}

static enum wh_err
forget_event(struct shift *shift, const struct id *event_id)
{
	enum wh_err err =
	    kv_del(shift->txn, LOCAL_WITHDRAWAL_OF, span_id(event_id));

	return err == WH_NOT_FOUND ? WH_OK : err;
}

/* The hub knows no record of this code: there is nothing to follow. */
static enum wh_err
drop_part(struct shift *shift, json_t *withdrawal, const struct id *event_id)
{
	char text[ID_TEXT_SIZE];

	id_text(event_id, text);
	(void)json_object_del(json_object_get(withdrawal, "delen"), text);
	return forget_event(shift, event_id);
}

enum wh_err
progress_settled(struct shift *shift, const struct id *event_id,
    const struct receipt *receipt, const struct refusal *refusal)
{
	json_t *withdrawal = NULL, *part = NULL;
	struct id id;
	enum wh_err err;

	err = find_event(shift, event_id, &id, &withdrawal, &part);
	if (err == WH_OK && part != NULL) {
		if (receipt != NULL)
			progress_recorded(part, receipt->at_ms,
			    receipt->log_index);
		else if (refusal->reason == REASON_NO_PERMISSION)
			err = drop_part(shift, withdrawal, event_id);
		else
			json_object_set_new(part, "geweigerd",
			    json_string(
				terms_text(TERMS_REASONS, refusal->reason)));
		if (err == WH_OK)
			err = keep(shift, &id, withdrawal);
	}
	json_decref(withdrawal);
	return err == WH_NOT_FOUND ? WH_OK : err;
}

enum wh_err
progress_ending(struct shift *shift, const struct id *withdrawal_id, bool *out)
{
	json_t *withdrawal = NULL, *part;
	const char *event;
	enum wh_err err;

	err = sealed_json_get(shift->txn, shift->desk->vault, LOCAL_WITHDRAWAL,
	    span_id(withdrawal_id), &withdrawal);
	if (err != WH_OK)
		return err;
	*out = false;
	json_object_foreach(json_object_get(withdrawal, "delen"), event,
	    part) *out |= progress_under_way(part);
	json_decref(withdrawal);
	return WH_OK;
}

enum wh_err
progress_forget(struct shift *shift, const struct id *withdrawal_id)
{
	json_t *withdrawal = NULL, *part;
	const char *event;
	struct id id;
	enum wh_err err;

	err = sealed_json_get(shift->txn, shift->desk->vault, LOCAL_WITHDRAWAL,
	    span_id(withdrawal_id), &withdrawal);
	if (err == WH_OK)
		err = kv_del(shift->txn, LOCAL_WITHDRAWAL,
		    span_id(withdrawal_id));
	json_object_foreach(json_object_get(withdrawal, "delen"), event, part)
	{
		if (err == WH_OK && id_parse(event, &id) != WH_OK)
			err = WH_CORRUPT;
		if (err == WH_OK)
			err = forget_event(shift, &id);
	}
	json_decref(withdrawal);
	return err;
}

enum wh_err
desk_withdrawal_get(struct desk *desk, const struct id *id, json_t **out)
{
	struct kv_txn *txn = NULL;
	enum wh_err err;

	err = kv_begin(desk->kv, KV_READ_ONLY, &txn);
	if (err == WH_OK)
		err = view_get(txn, desk->vault, id, out);
	kv_abort(&txn);
	return err;
}
