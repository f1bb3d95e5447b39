/* SPDX-License-Identifier: EUPL-1.2 */
#include "broker/row.h"

#include <assert.h>

#include "broker/core.h"
#include "proto/base/mem.h"

/* Rows are small: the widest, a case, is under 300 bytes. */
#define ROW_MAX    512
#define MEMBER_LEN 24

struct writer {
	uint8_t *p;
	size_t len;
	size_t max;
};

struct reader {
	struct span left;
	bool bad;
};

static void
put_bytes(struct writer *w, const void *bytes, size_t len)
{
	assert(len <= w->max - w->len);
	if (len > 0)
		memcpy(w->p + w->len, bytes, len);
	w->len += len;
}

static void
put_u8(struct writer *w, unsigned value)
{
	uint8_t byte = (uint8_t)value;

	assert(value <= UINT8_MAX);
	put_bytes(w, &byte, 1);
}

static void
put_u64(struct writer *w, uint64_t value)
{
	uint8_t bytes[8];

	be64_put(bytes, value);
	put_bytes(w, bytes, sizeof(bytes));
}

static void
put_id(struct writer *w, const struct id *id)
{
	put_bytes(w, id->b, sizeof(id->b));
}

static void
put_name(struct writer *w, const char *name)
{
	size_t len = strlen(name);

	put_u8(w, (unsigned)len);
	put_bytes(w, name, len);
}

static void
get_bytes(struct reader *r, void *out, size_t len)
{
	if (r->bad || len > r->left.len) {
		r->bad = true;
		memset(out, 0, len);
		return;
	}
	memcpy(out, r->left.p, len);
	r->left = span_of(r->left.p + len, r->left.len - len);
}

static unsigned
get_u8(struct reader *r)
{
	uint8_t byte;

	get_bytes(r, &byte, 1);
	return byte;
}

static uint64_t
get_u64(struct reader *r)
{
	uint8_t bytes[8];

	get_bytes(r, bytes, sizeof(bytes));
	return be64_get(bytes);
}

static void
get_id(struct reader *r, struct id *out)
{
	get_bytes(r, out->b, sizeof(out->b));
}

static void
get_name(struct reader *r, char out[NAME_MAX_LEN + 1])
{
	unsigned len = get_u8(r);

	if (len > NAME_MAX_LEN) {
		r->bad = true;
		len = 0;
	}
	get_bytes(r, out, len);
	out[len] = '\0';
}

static enum wh_err
reader_end(const struct reader *r)
{
	return r->bad || r->left.len != 0 ? WH_CORRUPT : WH_OK;
}

enum wh_err
row_message_put(struct kv_txn *txn, const struct id *message_id,
    const struct message_row *row)
{
	uint8_t buf[ROW_MAX];
	struct writer w = {.p = buf, .max = sizeof(buf)};

	put_bytes(&w, row->digest.b, HASH_LEN);
	put_u8(&w, row->status);
	put_id(&w, &row->case_ref);
	put_u64(&w, row->log_index);
	put_u64(&w, row->delivery);
	put_u64(&w, row->handover);
	put_u8(&w, row->has_data);
	put_u8(&w, row->event);
	put_name(&w, row->from);
	put_name(&w, row->to);
	return kv_put(txn, TABLE_MESSAGE, span_id(message_id),
	    span_of(buf, w.len));
}

enum wh_err
row_message_get(struct kv_txn *txn, const struct id *message_id,
    struct message_row *out)
{
	struct message_row row;
	struct reader r = {0};
	enum wh_err err;

	err = kv_peek(txn, TABLE_MESSAGE, span_id(message_id), &r.left);
	if (err != WH_OK)
		return err;
	get_bytes(&r, row.digest.b, HASH_LEN);
	row.status = (enum message_status)get_u8(&r);
	get_id(&r, &row.case_ref);
	row.log_index = get_u64(&r);
	row.delivery = get_u64(&r);
	row.handover = get_u64(&r);
	row.has_data = get_u8(&r) != 0;
	row.event = (enum referral_event)get_u8(&r);
	get_name(&r, row.from);
	get_name(&r, row.to);
	err = reader_end(&r);
	if (err == WH_OK)
		*out = row;
	return err;
}

enum wh_err
row_case_put(struct kv_txn *txn, const struct id *case_ref,
    const struct case_row *row)
{
	uint8_t buf[ROW_MAX];
	struct writer w = {.p = buf, .max = sizeof(buf)};

	put_u8(&w, row->state);
	put_u8(&w, row->one_phase);
	put_u8(&w, row->read);
	put_u8(&w, row->contacted);
	put_u8(&w, row->urgent);
	put_u64(&w, (uint64_t)row->created_ms);
	put_u64(&w, (uint64_t)row->expires_ms);
	put_u64(&w, (uint64_t)row->ended_ms);
	put_id(&w, &row->relation_ref);
	put_id(&w, &row->ground_key);
	put_id(&w, &row->permission_id);
	put_u8(&w, row->kind);
	put_id(&w, &row->offer);
	put_u8(&w, row->review);
	put_u64(&w, (uint64_t)row->review_due_ms);
	put_name(&w, row->from);
	put_name(&w, row->to);
	put_name(&w, row->type);
	put_name(&w, row->area);
	put_name(&w, row->instrument);
	return kv_put(txn, TABLE_CASE, span_id(case_ref), span_of(buf, w.len));
}

enum wh_err
row_case_get(struct kv_txn *txn, const struct id *case_ref,
    struct case_row *out)
{
	struct case_row row;
	struct reader r = {0};
	enum wh_err err;

	err = kv_peek(txn, TABLE_CASE, span_id(case_ref), &r.left);
	if (err != WH_OK)
		return err;
	row.state = (enum referral_state)get_u8(&r);
	row.one_phase = get_u8(&r) != 0;
	row.read = get_u8(&r) != 0;
	row.contacted = get_u8(&r) != 0;
	row.urgent = get_u8(&r) != 0;
	row.created_ms = (int64_t)get_u64(&r);
	row.expires_ms = (int64_t)get_u64(&r);
	row.ended_ms = (int64_t)get_u64(&r);
	get_id(&r, &row.relation_ref);
	get_id(&r, &row.ground_key);
	get_id(&r, &row.permission_id);
	row.kind = (enum permission_kind)get_u8(&r);
	get_id(&r, &row.offer);
	row.review = (enum review_status)get_u8(&r);
	row.review_due_ms = (int64_t)get_u64(&r);
	get_name(&r, row.from);
	get_name(&r, row.to);
	get_name(&r, row.type);
	get_name(&r, row.area);
	get_name(&r, row.instrument);
	err = reader_end(&r);
	if (err == WH_OK)
		*out = row;
	return err;
}

enum wh_err
row_member_put(struct kv_txn *txn, const char *member,
    const struct member_row *row)
{
	uint8_t buf[MEMBER_LEN];

	be64_put(buf, row->cursor);
	be64_put(buf + 8, row->reached);
	be64_put(buf + 16, row->waiting);
	return kv_put(txn, TABLE_MEMBER, span_str(member),
	    span_of(buf, sizeof(buf)));
}

enum wh_err
row_member_get(struct kv_txn *txn, const char *member, struct member_row *out)
{
	struct reader r = {0};
	enum wh_err err;

	err = kv_peek(txn, TABLE_MEMBER, span_str(member), &r.left);
	if (err == WH_NOT_FOUND) {
		*out = (struct member_row){0};
		return WH_OK;
	}
	if (err != WH_OK)
		return err;
	if (r.left.len != MEMBER_LEN)
		return WH_CORRUPT;
	out->cursor = get_u64(&r);
	out->reached = get_u64(&r);
	out->waiting = get_u64(&r);
	return WH_OK;
}

void
row_queue_write(const struct queue_row *row, uint8_t **out, size_t *len)
{
	struct writer w = {.max = 33 + row->bytes.len};

	w.p = mem_new(w.max);
	put_u8(&w, row->kind);
	put_id(&w, &row->case_ref);
	put_id(&w, &row->message_id);
	put_bytes(&w, row->bytes.p, row->bytes.len);
	*out = w.p;
	*len = w.len;
}

enum wh_err
row_queue_read(struct span bytes, struct queue_row *out)
{
	struct reader r = {.left = bytes};
	struct queue_row row;
	unsigned kind = get_u8(&r);

	get_id(&r, &row.case_ref);
	get_id(&r, &row.message_id);
	if (r.bad || kind > DELIVER_WITHDRAWAL)
		return WH_CORRUPT;
	row.kind = (enum deliver_kind)kind;
	row.bytes = r.left;
	*out = row;
	return WH_OK;
}

void
row_notice_write(const struct notice *notice, uint8_t out[ROW_NOTICE_LEN])
{
	struct writer w = {.p = out, .max = ROW_NOTICE_LEN};

	put_id(&w, &notice->case_ref);
	put_id(&w, &notice->message_id);
	put_id(&w, &notice->permission_id);
	put_u64(&w, (uint64_t)notice->at_ms);
	put_u8(&w, notice->state);
	put_u8(&w, notice->code);
	put_u8(&w, notice->reason);
	put_u8(&w, notice->reach);
	put_u8(&w, notice->event);
	put_u64(&w, (uint64_t)notice->due_ms);
	memset(out + w.len, 0, ROW_NOTICE_LEN - w.len);
}

enum wh_err
row_notice_read(struct span bytes, struct notice *out)
{
	struct reader r = {.left = bytes};

	if (bytes.len != ROW_NOTICE_LEN)
		return WH_CORRUPT;
	get_id(&r, &out->case_ref);
	get_id(&r, &out->message_id);
	get_id(&r, &out->permission_id);
	out->at_ms = (int64_t)get_u64(&r);
	out->state = (enum referral_state)get_u8(&r);
	out->code = (enum code)get_u8(&r);
	out->reason = (enum reason)get_u8(&r);
	out->reach = (enum reach)get_u8(&r);
	out->event = get_u8(&r);
	out->due_ms = (int64_t)get_u64(&r);
	return WH_OK;
}
