/* SPDX-License-Identifier: EUPL-1.2 */
#include <stdio.h>

#include "broker/core_state.h"
#include "proto/base/mem.h"
#include "proto/base/text.h"

/* The verbs of core_state.h. */

enum wh_err
work_log(struct work *work, enum audit_kind kind, unsigned reason,
    const struct subject *subject, uint64_t *index)
{
	struct audit_entry entry = {
	    .kind = kind,
	    .reason = (uint16_t)reason,
	    .at_ms = work->moment->now_ms,
	    .case_ref = subject->case_ref,
	    .subject = subject->permission_id,
	    .from = subject->from,
	    .to = subject->to,
	    .details = span_str(subject->details),
	};

	const struct id *about =
	    id_is_zero(&entry.case_ref) ? &entry.subject : &entry.case_ref;
	enum wh_err err = core_shell_first(work, about);

	if (err == WH_OK)
		err = audit_append(&work->core->audit, work->txn,
		    &work->moment->seed, &entry, index);
	return err;
}

enum wh_err
work_send(struct work *work, const char *member, const struct from_hub *frame)
{
	struct effect effect = {.kind = EFFECT_SEND,
	    .member = member,
	    .sent = frame->kind,
	    .reason = frame->kind == FROM_HUB_REFUSAL ? frame->u.refusal.reason
						      : REASON_NONE,
	    .delivery = frame->kind == FROM_HUB_DELIVER && work->fresh
			    ? frame->u.deliver.delivery
			    : 0};
	uint8_t *bytes = NULL;
	size_t len;
	enum wh_err err;

	err = wire_from_hub_write(frame, &bytes, &len);
	if (err != WH_OK)
		return WH_CORRUPT; /* what we say breaks our own contract */
	effect.frame = span_of(bytes, len);
	work->effect(work->arg, &effect);
	mem_free(bytes);
	return WH_OK;
}

enum wh_err
work_receipt(struct work *work, const struct subject *subject, uint64_t index,
    bool duplicate)
{
	struct from_hub frame = {
	    .request = work->request,
	    .kind = FROM_HUB_RECEIPT,
	    .u.receipt =
		{
		    .id = subject->id,
		    .log_index = index,
		    .at_ms = work->moment->now_ms,
		    .duplicate = duplicate,
		    .state = subject->state,
		},
	};

	return work_send(work, work->member, &frame);
}

enum wh_err
work_refuse(struct work *work, enum reason reason,
    const struct subject *subject, const char *detail)
{
	struct from_hub frame = {
	    .request = work->request,
	    .kind = FROM_HUB_REFUSAL,
	    .u.refusal =
		{
		    .id = subject->id,
		    .reason = reason,
		    .detail = detail,
		    .state = subject->state,
		},
	};
	enum wh_err err;

	err = work_log(work, AUDIT_REFUSED, reason, subject,
	    &frame.u.refusal.log_index);
	if (err == WH_OK)
		err = work_send(work, work->member, &frame);
	return err;
}

enum wh_err
work_queue(struct work *work, const char *member, const struct queue_row *row,
    uint64_t *delivery)
{
	struct effect effect = {.kind = EFFECT_WAITING, .member = member};
	enum wh_err err;

	err = queue_push(work->txn, member, row, delivery);
	if (err == WH_OK)
		work->effect(work->arg, &effect);
	return err;
}

enum wh_err
work_notify(struct work *work, const char *member, const struct notice *notice)
{
	uint8_t bytes[ROW_NOTICE_LEN] = {0};
	struct queue_row row = {
	    .kind = DELIVER_NOTICE,
	    .case_ref = notice->case_ref,
	    .message_id = notice->message_id,
	    .bytes = span_of(bytes, sizeof(bytes)),
	};

	row_notice_write(notice, bytes);
	return work_queue(work, member, &row, NULL);
}

enum wh_err
work_heard(struct work *work, const char *member, uint64_t delivery,
    bool *heard)
{
	struct member_row row;
	enum wh_err err = row_member_get(work->txn, member, &row);

	if (err == WH_OK)
		*heard = delivery <= row.reached;
	return err;
}

/* Under the permission, so that they go together. */
static struct span
receipt_key(uint8_t out[32], const struct subject *subject)
{
	memcpy(out, subject->permission_id.b, 16);
	memcpy(out + 16, subject->id.b, 16);
	return span_of(out, 32);
}

enum wh_err
work_remember(struct work *work, const struct subject *subject, uint64_t index)
{
	uint8_t key[32], value[8];

	be64_put(value, index);
	return kv_put(work->txn, TABLE_RECEIPT, receipt_key(key, subject),
	    span_of(value, sizeof(value)));
}

enum wh_err
work_recollect(struct work *work, const struct subject *subject,
    uint64_t *index)
{
	uint8_t key[32];
	struct span value;
	enum wh_err err;

	err = kv_peek(work->txn, TABLE_RECEIPT, receipt_key(key, subject),
	    &value);
	if (err == WH_OK && value.len != 8)
		err = WH_CORRUPT;
	if (err == WH_OK)
		*index = be64_get(value.p);
	return err;
}

struct referral_view
case_view(const struct case_row *row)
{
	return (struct referral_view){
	    .state = row->state,
	    .one_phase = row->one_phase,
	    .read = row->read,
	    .contacted = row->contacted,
	    .review_open =
		row->review != REVIEW_NONE && row->review != REVIEW_DONE,
	    .ended_ms = row->ended_ms,
	};
}

enum wh_err
work_move(struct work *work, const struct id *case_ref, struct case_row *row,
    const struct hub_event *event)
{
	struct referral_view view = case_view(row);
	struct subject subject = {.case_ref = *case_ref,
	    .from = row->from,
	    .to = row->to};
	struct notice notice = {
	    .case_ref = *case_ref,
	    .reason = event->reason,
	    .reach = event->reach,
	    .at_ms = work->moment->now_ms,
	    .message_id = event->message_id,
	    .permission_id = event->permission_id,
	    .due_ms = event->review_due_ms,
	};
	char details[160];
	enum reason reason;
	uint64_t index;
	enum wh_err err;

	err = referral_next(&view, event->event, event->actor, CODE_NONE,
	    work->moment->now_ms, &notice.state, &reason);
	if (err != WH_OK)
		return err;
	snprintf(details, sizeof(details), "event=%s\nreason=%s\nreach=%s\n",
	    terms_text(TERMS_EVENTS, event->event),
	    terms_text(TERMS_REASONS, event->reason),
	    terms_text(TERMS_REACHES, event->reach));
	subject.details = details;
	row->state = notice.state;
	if (state_is_end(row->state))
		row->ended_ms = work->moment->now_ms;
	err = row_case_put(work->txn, case_ref, row);
	if (err == WH_OK)
		err =
		    work_log(work, AUDIT_STATE, notice.state, &subject, &index);
	if (err == WH_OK && event->to_sender)
		err = work_notify(work, row->from, &notice);
	if (err == WH_OK && event->to_recipient)
		err = work_notify(work, row->to, &notice);
	return err;
}

enum wh_err
work_recall(struct work *work, const struct id *message_id,
    struct message_row *row, enum message_status status, enum reason reason)
{
	struct subject subject = {.case_ref = row->case_ref,
	    .from = row->from,
	    .to = row->to};
	char details[80];
	char text[ID_TEXT_SIZE];
	uint64_t index;
	enum wh_err err;

	err = queue_remove(work->txn, row->to, row->delivery);
	if (err != WH_OK)
		return err == WH_NOT_FOUND ? WH_CORRUPT : err;
	row->status = status;
	err = row_message_put(work->txn, message_id, row);
	if (err != WH_OK)
		return err;
	id_text(message_id, text);
	snprintf(details, sizeof(details), "message=%s\n", text);
	subject.details = details;
	return work_log(work,
	    status == MESSAGE_RECALLED ? AUDIT_RECALLED : AUDIT_REFUSED, reason,
	    &subject, &index);
}

/* Another record of the same ground does not undo an objection. */
static enum wh_err
prefer_objection(struct work *work, struct stored_permission *out)
{
	struct stored_permission on_file;
	enum wh_err err;

	err = store_by_ground(work->txn, work->arena,
	    &out->permission.relation_ref, out->permission.instrument,
	    &on_file);
	if (err == WH_OK && on_file.standing.state == PERMISSION_OBJECTED)
		out->standing = on_file.standing;
	return err == WH_NOT_FOUND ? WH_OK : err;
}

enum wh_err
work_ground(struct work *work, const struct ground *ground,
    const struct id *relation_ref, struct stored_permission *out, bool *found)
{
	enum wh_err err;

	if (ground->has_permission)
		err = store_get(work->txn, work->arena, &ground->permission_id,
		    out);
	else
		err = store_by_ground(work->txn, work->arena, relation_ref,
		    ground->instrument, out);
	if (err == WH_OK && ground->has_permission &&
	    out->permission.instrument[0] != '\0')
		err = prefer_objection(work, out);
	*found = err == WH_OK;
	return err == WH_NOT_FOUND ? WH_OK : err;
}
