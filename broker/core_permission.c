/* SPDX-License-Identifier: EUPL-1.2 */
#include <stdio.h>

#include "broker/core_state.h"
#include "proto/base/text.h"

/* Permissions come in, and end. */

static enum reason
check_signature(struct work *work, const struct signed_body *body,
    const char *domain, const char *signer, struct why *why)
{
	const struct reg_member *member =
	    register_member(&work->core->registry->reg, signer);
	const struct reg_key *key =
	    member == NULL
		? NULL
		: register_key_by_id(member, KEY_SIGNING, body->key_id);

	if (key == NULL) {
		why_set(why, WH_OK,
		    "key_id: no signing key of %s in the register", signer);
		return REASON_BAD_SIGNATURE;
	}
	if (wire_signed_check(body, domain, key->key) != WH_OK) {
		why_set(why, WH_OK, "signature: does not hold");
		return REASON_BAD_SIGNATURE;
	}
	return REASON_NONE;
}

static enum reason
judge_permission(struct work *work, const struct signed_body *body,
    const struct permission *permission, struct why *why)
{
	if (strcmp(permission->captured_by, work->member) != 0) {
		why_set(why, WH_OK,
		    "captured_by is not the member that sent it");
		return REASON_WRONG_PARTIES;
	}
	if (check_signature(work, body, WIRE_DOMAIN_PERMISSION,
		permission->captured_by, why) != REASON_NONE)
		return REASON_BAD_SIGNATURE;
	return permission_check(&work->core->registry->reg, permission, why);
}

static void
permission_details(const struct permission *permission, char *out, size_t size)
{
	char text[ID_TEXT_SIZE];

	id_text(&permission->permission_id, text);
	snprintf(out, size,
	    "permission=%s\nkind=%s\ncategories=%08x\nuntil=%lld\n", text,
	    terms_text(TERMS_PERMISSION_KINDS, permission->kind),
	    (unsigned)permission->categories,
	    (long long)permission->valid_until_ms);
}

enum wh_err
core_permission(struct work *work, struct span bytes)
{
	struct subject subject = {.from = work->member, .to = ""};
	struct signed_body body;
	struct permission permission;
	struct why why = {""};
	char details[160];
	enum reason reason;
	uint64_t index = 0;
	bool same;
	enum wh_err err;

	err = wire_signed_read(work->arena, bytes, PERMISSION_MAX, &body, &why);
	if (err == WH_OK)
		err = wire_permission_read(work->arena, body.body, &permission,
		    &why);
	if (err != WH_OK)
		return work_refuse(work, REASON_MALFORMED, &subject, why.text);
	subject.id = permission.permission_id;
	subject.to = permission.to.member;
	permission_details(&permission, details, sizeof(details));
	subject.details = details;
	reason = judge_permission(work, &body, &permission, &why);
	if (reason != REASON_NONE)
		return work_refuse(work, reason, &subject, why.text);
	err = store_put(work->txn, &permission, bytes, &same);
	if (err == WH_EXISTS && same)
		return work_receipt(work, &subject, 0, true);
	if (err == WH_EXISTS)
		return work_refuse(work, REASON_DUPLICATE_CONFLICT, &subject,
		    "permission_id: was used for another record");
	if (err == WH_OK)
		err = work_log(work, AUDIT_PERMISSION, 0, &subject, &index);
	if (err == WH_OK)
		err = work_receipt(work, &subject, index, false);
	return err;
}

/* Stop one queued message that carries data; how far did it come? */
static enum wh_err
recall_message(struct work *work, const struct id *message_id,
    const struct case_row *row, bool *offer_heard)
{
	struct message_row message;
	struct member_row member;
	enum wh_err err;

	err = row_message_get(work->txn, message_id, &message);
	if (err == WH_OK)
		err = row_member_get(work->txn, message.to, &member);
	if (err != WH_OK)
		return err == WH_NOT_FOUND ? WH_CORRUPT : err;
	if (id_equal(message_id, &row->offer))
		*offer_heard = message.status == MESSAGE_STORED ||
			       (message.status == MESSAGE_QUEUED &&
				   message.delivery <= member.cursor);
	/* What was handed over is in the recipient's hands or on the wire:
	 * its acknowledgement still comes. */
	if (message.status != MESSAGE_QUEUED || !message.has_data ||
	    message.delivery <= member.cursor)
		return WH_OK;
	return work_recall(work, message_id, &message, MESSAGE_RECALLED,
	    REASON_PERMISSION_WITHDRAWN);
}

static enum wh_err
recall_case(struct work *work, const struct id *case_ref,
    const struct case_row *row, bool *offer_heard)
{
	uint8_t prefix[32] = {0};
	struct span key = span_of(prefix, sizeof(prefix));
	struct span value;
	struct id message_id;
	enum wh_err err;

	memcpy(prefix, case_ref->b, 16);
	err = kv_seek(work->txn, TABLE_CASE_MESSAGE, &key, &value);
	while (err == WH_OK && key.len == 32 &&
	       memcmp(key.p, case_ref->b, 16) == 0) {
		memcpy(prefix, key.p, sizeof(prefix));
		memcpy(message_id.b, prefix + 16, 16);
		err = recall_message(work, &message_id, row, offer_heard);
		if (err != WH_OK)
			return err;
		key = span_of(prefix, sizeof(prefix));
		err = kv_next(work->txn, TABLE_CASE_MESSAGE, &key, &value);
	}
	return err == WH_NOT_FOUND ? WH_OK : err;
}

/* One referral under the permission that ended. */
static enum wh_err
withdraw_case(struct work *work, const struct id *case_ref,
    const struct id *permission_id, enum reason reason,
    struct queue_row *event_row)
{
	struct hub_event event = {.event = EVENT_WITHDRAW,
	    .actor = ACTOR_RESIDENT,
	    .reason = reason,
	    .permission_id = *permission_id,
	    .to_sender = true};
	struct case_row row;
	bool heard = false;
	enum wh_err err;

	err = row_case_get(work->txn, case_ref, &row);
	if (err != WH_OK)
		return err == WH_NOT_FOUND ? WH_CORRUPT : err;
	err = recall_case(work, case_ref, &row, &heard);
	if (err != WH_OK)
		return err;
	event.reach = !heard     ? REACH_RECALLED
		      : row.read ? REACH_READ
				 : REACH_DELIVERED_UNREAD;
	event.to_recipient = heard;
	event_row->case_ref = *case_ref;
	if (heard)
		err = work_queue(work,
		    strcmp(work->member, row.to) == 0 ? row.from : row.to,
		    event_row, NULL);
	if (err == WH_OK)
		err = work_move(work, case_ref, &row, &event);
	/* A referral that has ended stays as it ended. */
	return err == WH_REFUSED ? WH_OK : err;
}

static enum wh_err
withdraw_cases(struct work *work, const struct permission *permission,
    const struct permission_change *change, struct span bytes)
{
	struct ground ground = {
	    .has_permission = kind_is_consent(permission->kind),
	    .permission_id = permission->permission_id,
	    .instrument = permission->instrument,
	};
	struct id ground_id = ground_key(&ground, &permission->relation_ref);
	struct queue_row event_row = {.kind = DELIVER_PERMISSION_EVENT,
	    .message_id = change->event_id,
	    .bytes = bytes};
	enum reason reason = change->event == PERMISSION_OBJECTED
				 ? REASON_OBJECTED
				 : REASON_PERMISSION_WITHDRAWN;
	uint8_t prefix[32] = {0};
	struct span key = span_of(prefix, sizeof(prefix));
	struct span value;
	struct id case_ref;
	enum wh_err err;

	memcpy(prefix, ground_id.b, 16);
	err = kv_seek(work->txn, TABLE_CASE_BY_GROUND, &key, &value);
	while (err == WH_OK && key.len == 32 &&
	       memcmp(key.p, ground_id.b, 16) == 0) {
		memcpy(prefix, key.p, sizeof(prefix));
		memcpy(case_ref.b, prefix + 16, 16);
		err = withdraw_case(work, &case_ref, &permission->permission_id,
		    reason, &event_row);
		if (err != WH_OK)
			return err;
		key = span_of(prefix, sizeof(prefix));
		err = kv_next(work->txn, TABLE_CASE_BY_GROUND, &key, &value);
	}
	return err == WH_NOT_FOUND ? WH_OK : err;
}

static enum wh_err
find_permission(struct work *work, const struct permission_change *change,
    struct stored_permission *out)
{
	if (change->has_permission)
		return store_get(work->txn, work->arena, &change->permission_id,
		    out);
	return store_by_code(work->txn, work->arena, change->withdrawal_code,
	    out);
}

static enum reason
judge_event(struct work *work, const struct signed_body *body,
    const struct permission_change *change,
    const struct stored_permission *stored, struct why *why)
{
	if (strcmp(change->by_member, work->member) != 0) {
		why_set(why, WH_OK, "by_member is not the member that sent it");
		return REASON_WRONG_PARTIES;
	}
	if (check_signature(work, body, WIRE_DOMAIN_PERMISSION_EVENT,
		change->by_member, why) != REASON_NONE)
		return REASON_BAD_SIGNATURE;
	if (!permission_may_end(&stored->permission, &work->core->registry->reg,
		work->member, change->withdrawal_code)) {
		why_set(why, WH_OK,
		    "only a party, or who holds the code, can end it");
		return REASON_WRONG_PARTIES;
	}
	return REASON_NONE;
}

/* The event counts from now on: keep it, log it, stop what waits. */
static enum wh_err
end_permission(struct work *work, const struct stored_permission *stored,
    const struct permission_change *change, const struct standing *after,
    const struct subject *subject, struct span bytes)
{
	uint64_t index;
	enum wh_err err;

	err = store_change(work->txn, &stored->permission.permission_id, bytes,
	    after);
	if (err == WH_OK)
		err = work_log(work, AUDIT_PERMISSION_END, change->event,
		    subject, &index);
	if (err == WH_OK && after->state != PERMISSION_GIVEN)
		err = withdraw_cases(work, &stored->permission, change, bytes);
	if (err == WH_OK)
		err = work_receipt(work, subject, index, false);
	return err;
}

enum wh_err
core_permission_event(struct work *work, struct span bytes)
{
	struct subject subject = {.from = work->member, .to = ""};
	struct permission_change change;
	struct stored_permission stored;
	struct signed_body body;
	struct standing after;
	struct why why = {""};
	char details[80], text[ID_TEXT_SIZE];
	enum reason reason;
	enum wh_err err;

	err = wire_signed_read(work->arena, bytes, PERMISSION_MAX, &body, &why);
	if (err == WH_OK)
		err = wire_permission_change_read(work->arena, body.body,
		    &change, &why);
	if (err != WH_OK)
		return work_refuse(work, REASON_MALFORMED, &subject, why.text);
	subject.id = change.event_id;
	err = find_permission(work, &change, &stored);
	if (err == WH_NOT_FOUND)
		return work_refuse(work, REASON_NO_PERMISSION, &subject,
		    "no such permission is known here");
	if (err != WH_OK)
		return err;
	id_text(&stored.permission.permission_id, text);
	snprintf(details, sizeof(details), "permission=%s\n", text);
	subject.details = details;
	reason = judge_event(work, &body, &change, &stored, &why);
	if (reason != REASON_NONE)
		return work_refuse(work, reason, &subject, why.text);
	err = standing_apply(&stored.permission, &stored.standing, &change,
	    &after);
	if (err == WH_REFUSED)
		return work_refuse(work, REASON_KIND_NOT_ALLOWED, &subject,
		    "this kind of permission is not ended by that");
	if (err != WH_OK)
		return err;
	if (after.changes == stored.standing.changes)
		return work_receipt(work, &subject, 0, true);
	return end_permission(work, &stored, &change, &after, &subject, bytes);
}
