/* SPDX-License-Identifier: EUPL-1.2 */
#include <assert.h>

#include "adapters/desk_officer.h"
#include "adapters/outbox.h"
#include "adapters/uplink_impl.h"
#include "proto/base/clk.h"
#include "proto/base/log.h"
#include "proto/base/mem.h"

/* Give new credit in portions, not for each delivery. */
#define CREDIT_STEP (UPLINK_CREDIT / 4)

/* One frame out. WH_AGAIN: not now; other errors end the session. */
static enum wh_err
send_frame(struct uplink *uplink, const struct to_hub *frame)
{
	uint8_t *bytes = NULL;
	size_t len = 0;
	enum wh_err err;

	err = wire_to_hub_write(frame, &bytes, &len);
	if (err == WH_OK)
		err = sock_send(uplink->sock, span_of(NULL, 0),
		    span_of(bytes, len));
	mem_free(bytes);
	if (err == WH_OK)
		uplink->said_ms = clk_mono_ms();
	if (err == WH_OK || err == WH_AGAIN)
		return err;
	log_err("HUB-SEND", "error=%s", wh_err_str(err));
	uplink_drop(uplink, uplink_backoff_ms(uplink));
	return err;
}

static enum wh_err
send_hello(struct uplink *uplink)
{
	const struct to_hub frame = {.request = ++uplink->requests,
	    .kind = TO_HUB_HELLO,
	    .u.hello = {.major = WIRE_MAJOR,
		.minor = WIRE_MINOR,
		.software = "wijkhub-adapter/" WH_VERSION,
		.register_version = desk_register_version(uplink->desk)}};
	enum wh_err err = send_frame(uplink, &frame);

	if (err == WH_OK)
		uplink->hello_due = false;
	return err;
}

static enum wh_err
send_acks(struct uplink *uplink, bool *any)
{
	enum wh_err err = WH_OK;
	size_t sent = 0;

	while (err == WH_OK && sent < uplink->ack_count) {
		const struct to_hub frame = {.request = ++uplink->requests,
		    .kind = TO_HUB_ACK,
		    .u.ack = uplink->acks[sent]};

		err = send_frame(uplink, &frame);
		sent += err == WH_OK;
	}
	if (sent > 0) {
		*any = true;
		uplink->ack_count -= sent;
		memmove(uplink->acks, uplink->acks + sent,
		    uplink->ack_count * sizeof(uplink->acks[0]));
	}
	return err;
}

/* No credit asks the hub nothing, but a hub that forgot us says so. */
static enum wh_err
send_credit(struct uplink *uplink, bool *any)
{
	const struct to_hub frame = {.request = ++uplink->requests,
	    .kind = TO_HUB_CREDIT,
	    .u.credit = uplink->credit_due};
	enum wh_err err;

	if (!uplink->probe_due && uplink->credit_due < CREDIT_STEP)
		return WH_OK;
	err = send_frame(uplink, &frame);
	if (err == WH_OK) {
		uplink->credit_due = 0;
		uplink->probe_due = false;
		*any = true;
	}
	return err;
}

/* The answer of a witness; it was durable before it came here. */
static enum wh_err
send_cosigned(struct uplink *uplink, bool *any)
{
	const struct desk_cosigned *cosigned = &uplink->cosigned;
	struct to_hub frame = {.request = uplink->cosigned_request};
	enum wh_err err;

	if (!uplink->cosigned_due)
		return WH_OK;
	if (cosigned->verdict == WITNESS_COSIGNED) {
		frame.kind = TO_HUB_COSIGNATURE;
		frame.u.bytes = span_str(cosigned->lines);
	} else {
		frame.kind = TO_HUB_WITNESS_CONFLICT;
		frame.u.witness_conflict =
		    (struct witness_conflict){.verdict = cosigned->verdict,
			.size = cosigned->size,
			.checkpoint = span_str(cosigned->checkpoint)};
	}
	err = send_frame(uplink, &frame);
	if (err == WH_OK) {
		uplink->cosigned_due = false;
		uplink->counts.cosigned +=
		    cosigned->verdict == WITNESS_COSIGNED;
		*any = true;
	}
	return err;
}

static struct to_hub
question_frame(const struct uplink_question *question)
{
	struct to_hub frame = {.request = question->request,
	    .kind = question->kind};

	if (question->kind == TO_HUB_CONSISTENCY)
		frame.u.consistency =
		    (struct consistency_request){.sizes = question->sizes,
			.origin = question->origin};
	else
		frame.u.proof_index = question->index;
	return frame;
}

static enum wh_err
send_questions(struct uplink *uplink, bool *any)
{
	struct uplink_question *question;
	enum wh_err err = WH_OK;

	LIST_FOREACH (question, &uplink->questions, entry) {
		const struct to_hub frame = question_frame(question);

		if (question->is_sent)
			continue;
		err = send_frame(uplink, &frame);
		if (err != WH_OK)
			break;
		question->is_sent = true;
		*any = true;
	}
	return err;
}

/* One page at a time, from where the last one ended. */
static enum wh_err
send_log(struct uplink *uplink, bool *any)
{
	struct to_hub frame = {.kind = TO_HUB_LOG,
	    .u.log = {.count = LOG_PAGE_MAX}};
	enum wh_err err;

	if (!uplink->log_due || uplink->log_request != 0)
		return WH_OK;
	err = desk_mirror_next(uplink->desk, &frame.u.log.from);
	if (err != WH_OK) {
		log_err("LOG-MIRROR", "error=%s", wh_err_str(err));
		uplink->log_due = false;
		return WH_OK;
	}
	frame.request = ++uplink->requests;
	err = send_frame(uplink, &frame);
	if (err == WH_OK) {
		uplink->log_due = false;
		uplink->log_request = frame.request;
		uplink->log_asked_ms = clk_mono_ms();
		*any = true;
	}
	return err;
}

static void
row_remove(struct uplink *uplink, size_t at)
{
	uplink->row_count--;
	memmove(&uplink->rows[at], &uplink->rows[at + 1],
	    (uplink->row_count - at) * sizeof(uplink->rows[0]));
}

/* Room in the window: take the next rows in. */
static enum wh_err
fill_window(struct uplink *uplink, struct kv_txn *txn)
{
	struct uplink_row row = {0};
	enum to_hub_kind kind;
	struct span bytes;
	enum wh_err err = WH_OK;

	while (uplink->row_count < UPLINK_WINDOW) {
		row.n = uplink->last_n;
		err = outbox_next(txn, &row.n, &kind, &row.id, &bytes);
		if (err != WH_OK)
			break;
		uplink->last_n = row.n;
		uplink->rows[uplink->row_count++] = row;
	}
	return err == WH_NOT_FOUND ? WH_OK : err;
}

/* WH_NOT_FOUND: it was answered, in an earlier session perhaps. */
static enum wh_err
send_row(struct uplink *uplink, struct kv_txn *txn, struct uplink_row *row)
{
	struct to_hub frame = {.request = ++uplink->requests};
	enum wh_err err;

	err = outbox_get(txn, &row->id, &frame.kind, &frame.u.bytes);
	if (err != WH_OK)
		return err;
	row->request = frame.request;
	err = send_frame(uplink, &frame);
	if (err != WH_OK)
		return err;
	row->is_sent = true;
	row->sent_ms = clk_mono_ms();
	uplink->counts.sent++;
	return WH_OK;
}

static enum wh_err
send_rows(struct uplink *uplink, struct kv_txn *txn, bool *any)
{
	enum wh_err err = fill_window(uplink, txn);
	size_t at = 0;

	while (err == WH_OK && at < uplink->row_count) {
		if (uplink->rows[at].is_sent) {
			at++;
			continue;
		}
		err = send_row(uplink, txn, &uplink->rows[at]);
		if (err == WH_NOT_FOUND) {
			row_remove(uplink, at);
			err = fill_window(uplink, txn);
		} else if (err == WH_OK) {
			*any = true;
		}
	}
	return err;
}

static enum wh_err
send_outbox(struct uplink *uplink, bool *any)
{
	struct kv_txn *txn = NULL;
	enum wh_err err;

	if (clk_mono_ms() < uplink->paused_ms)
		return WH_OK;
	err = kv_begin(desk_kv(uplink->desk), KV_READ_ONLY, &txn);
	if (err == WH_OK)
		err = send_rows(uplink, txn, any);
	kv_abort(&txn);
	if (err != WH_OK && err != WH_AGAIN && uplink->sock != NULL) {
		log_err("OUTBOX", "error=%s", wh_err_str(err));
		uplink_drop(uplink, uplink_backoff_ms(uplink));
	}
	return err;
}

bool
uplink_send(struct uplink *uplink)
{
	bool any = false;
	enum wh_err err;

	if (uplink->state == UPLINK_HELLO)
		return uplink->hello_due && send_hello(uplink) == WH_OK;
	if (uplink->state != UPLINK_UP)
		return false;
	err = send_acks(uplink, &any);
	if (err == WH_OK)
		err = send_credit(uplink, &any);
	if (err == WH_OK)
		err = send_cosigned(uplink, &any);
	if (err == WH_OK)
		err = send_questions(uplink, &any);
	if (err == WH_OK)
		err = send_log(uplink, &any);
	if (err == WH_OK)
		(void)send_outbox(uplink, &any);
	return any && uplink->sock != NULL;
}

static struct uplink_question *
question_new(struct uplink *uplink, enum to_hub_kind kind, void *arg)
{
	struct uplink_question *question = mem_new(sizeof(*question));

	question->kind = kind;
	question->request = ++uplink->requests;
	question->asked_ms = clk_mono_ms();
	question->arg = arg;
	LIST_INSERT_HEAD(&uplink->questions, question, entry);
	return question;
}

static void
ask(struct uplink *uplink, uint64_t index, uplink_proof_fn *done, void *arg)
{
	struct uplink_question *question =
	    question_new(uplink, TO_HUB_PROOF, arg);

	question->index = index;
	question->done = done;
}

/* A question too old: its asker does not wait for ever. */
static void
end_old_questions(struct uplink *uplink, int64_t now_ms)
{
	struct uplink_question *question = LIST_FIRST(&uplink->questions);

	while (question != NULL) {
		struct uplink_question *next = LIST_NEXT(question, entry);

		if (now_ms - question->asked_ms > uplink->times.hello)
			uplink_question_done(question, NULL, WH_AGAIN);
		question = next;
	}
}

void
uplink_send_tick(struct uplink *uplink, int64_t now_ms)
{
	const struct uplink_times *times = &uplink->times;

	end_old_questions(uplink, now_ms);
	if (uplink->log_request != 0 &&
	    now_ms - uplink->log_asked_ms > times->answer) {
		uplink->log_request = 0;
		uplink->log_due = true;
	}
	for (size_t i = 0; i < uplink->row_count; i++) {
		if (now_ms - uplink->rows[i].sent_ms > times->answer)
			uplink->rows[i].is_sent = false;
	}
	if (now_ms - uplink->said_ms > times->probe)
		uplink->probe_due = true;
	if (now_ms - uplink->heard_ms <= times->silence)
		return;
	if (now_ms - uplink->heard_ms > times->silence + times->hello) {
		log_warn("HUB-SILENT", "since_ms=%lld",
		    (long long)(now_ms - uplink->heard_ms));
		uplink_drop(uplink, 0);
	} else if (LIST_EMPTY(&uplink->questions)) {
		ask(uplink, 0, NULL, NULL);
	}
}

void
uplink_proof(struct uplink *uplink, uint64_t index, uplink_proof_fn *done,
    void *arg)
{
	assert(done != NULL);
	if (uplink->state != UPLINK_UP) {
		done(arg, NULL, WH_AGAIN);
		return;
	}
	ask(uplink, index, done, arg);
	uplink_kick(uplink);
}

void
uplink_consistency(struct uplink *uplink,
    const struct consistency_request *request, uplink_consistency_fn *done,
    void *arg)
{
	struct uplink_question *question;

	if (uplink->state != UPLINK_UP) {
		done(arg, NULL, WH_AGAIN);
		return;
	}
	question = question_new(uplink, TO_HUB_CONSISTENCY, arg);
	question->sizes = request->sizes;
	(void)str_copy(question->origin, sizeof(question->origin),
	    request->origin);
	question->consistent = done;
	uplink_kick(uplink);
}

/* An answer of the other kind is none. */
void
uplink_question_done(struct uplink_question *question,
    const struct from_hub *answer, enum wh_err err)
{
	enum from_hub_kind kind = question->kind == TO_HUB_PROOF
				      ? FROM_HUB_PROOF
				      : FROM_HUB_CONSISTENCY;

	LIST_REMOVE(question, entry);
	if (err == WH_OK && answer->kind != kind)
		err = WH_INVALID;
	if (question->done != NULL)
		question->done(question->arg,
		    err == WH_OK ? &answer->u.proof : NULL, err);
	if (question->consistent != NULL)
		question->consistent(question->arg,
		    err == WH_OK ? &answer->u.consistency : NULL, err);
	mem_free(question);
}

void
uplink_questions_end(struct uplink *uplink)
{
	while (!LIST_EMPTY(&uplink->questions))
		uplink_question_done(LIST_FIRST(&uplink->questions), NULL,
		    WH_AGAIN);
}

struct uplink_question *
uplink_question_of(struct uplink *uplink, uint64_t request)
{
	struct uplink_question *question;

	LIST_FOREACH (question, &uplink->questions, entry) {
		if (question->request == request)
			return question;
	}
	return NULL;
}

void
uplink_row_done(struct uplink *uplink, const struct id *id)
{
	for (size_t i = 0; i < uplink->row_count; i++) {
		if (id_equal(&uplink->rows[i].id, id)) {
			row_remove(uplink, i);
			return;
		}
	}
}

struct uplink_row *
uplink_row_of(struct uplink *uplink, uint64_t request)
{
	for (size_t i = 0; i < uplink->row_count; i++) {
		if (uplink->rows[i].is_sent &&
		    uplink->rows[i].request == request)
			return &uplink->rows[i];
	}
	return NULL;
}
