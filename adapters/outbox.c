/* SPDX-License-Identifier: EUPL-1.2 */
#include "adapters/outbox.h"

#include <assert.h>

#include "adapters/local.h"
#include "proto/base/mem.h"

/* A row: kind, id, bytes. */
#define HEAD_LEN (1 + sizeof(struct id))

static bool
may_wait(enum to_hub_kind kind)
{
	return kind == TO_HUB_SUBMIT || kind == TO_HUB_PERMISSION ||
	       kind == TO_HUB_PERMISSION_EVENT || kind == TO_HUB_CARRIED;
}

enum wh_err
outbox_push(struct kv_txn *txn, enum to_hub_kind kind, const struct id *id,
    struct span signed_bytes)
{
	size_t len = HEAD_LEN + signed_bytes.len;
	uint8_t *row = NULL;
	struct span there;
	uint8_t key[8];
	uint64_t n;
	enum wh_err err;

	assert(may_wait(kind));
	if (signed_bytes.len == 0 || signed_bytes.len > FRAME_MAX)
		return WH_TOO_BIG;
	err = kv_peek(txn, LOCAL_OUTBOX_ID, span_id(id), &there);
	if (err != WH_NOT_FOUND)
		return err == WH_OK ? WH_EXISTS : err;
	err = local_number(txn, "outbox-n", &n);
	if (err != WH_OK)
		return err;
	be64_put(key, n);
	row = mem_new(len);
	row[0] = (uint8_t)kind;
	memcpy(row + 1, id->b, sizeof(id->b));
	memcpy(row + HEAD_LEN, signed_bytes.p, signed_bytes.len);
	err = kv_put(txn, LOCAL_OUTBOX, span_of(key, sizeof(key)),
	    span_of(row, len));
	if (err == WH_OK)
		err = kv_put(txn, LOCAL_OUTBOX_ID, span_id(id),
		    span_of(key, sizeof(key)));
	mem_free(row);
	return err;
}

enum wh_err
outbox_next(struct kv_txn *txn, uint64_t *n, enum to_hub_kind *kind,
    struct id *id, struct span *signed_bytes)
{
	uint8_t from[8] = {0};
	struct span key = span_of(from, sizeof(from));
	struct span row;
	enum wh_err err;

	be64_put(from, *n);
	err = kv_next(txn, LOCAL_OUTBOX, &key, &row);
	if (err != WH_OK)
		return err;
	if (key.len != sizeof(from) || row.len <= HEAD_LEN ||
	    !may_wait((enum to_hub_kind)row.p[0]))
		return WH_CORRUPT;
	*n = be64_get(key.p);
	*kind = (enum to_hub_kind)row.p[0];
	memcpy(id->b, row.p + 1, sizeof(id->b));
	*signed_bytes = span_of(row.p + HEAD_LEN, row.len - HEAD_LEN);
	return WH_OK;
}

enum wh_err
outbox_done(struct kv_txn *txn, const struct id *id)
{
	struct span value;
	uint8_t key[8];
	enum wh_err err;

	err = kv_peek(txn, LOCAL_OUTBOX_ID, span_id(id), &value);
	if (err != WH_OK)
		return err;
	if (value.len != sizeof(key))
		return WH_CORRUPT;
	memcpy(key, value.p, sizeof(key));
	err = kv_del(txn, LOCAL_OUTBOX, span_of(key, sizeof(key)));
	if (err == WH_OK)
		err = kv_del(txn, LOCAL_OUTBOX_ID, span_id(id));
	return err == WH_NOT_FOUND ? WH_CORRUPT : err;
}

enum wh_err
outbox_count(struct kv_txn *txn, uint64_t *out)
{
	return kv_count(txn, LOCAL_OUTBOX, out);
}

enum wh_err
outbox_get(struct kv_txn *txn, const struct id *id, enum to_hub_kind *kind,
    struct span *signed_bytes)
{
	struct span key, row;
	enum wh_err err;

	err = kv_peek(txn, LOCAL_OUTBOX_ID, span_id(id), &key);
	if (err == WH_OK)
		err = kv_peek(txn, LOCAL_OUTBOX, key, &row);
	if (err != WH_OK)
		return err;
	if (row.len <= HEAD_LEN || !may_wait((enum to_hub_kind)row.p[0]))
		return WH_CORRUPT;
	*kind = (enum to_hub_kind)row.p[0];
	*signed_bytes = span_of(row.p + HEAD_LEN, row.len - HEAD_LEN);
	return WH_OK;
}

enum wh_err
outbox_last(struct kv_txn *txn, uint64_t *n)
{
	struct span value;
	enum wh_err err =
	    kv_peek(txn, LOCAL_META, span_str("outbox-n"), &value);

	*n = 0;
	if (err == WH_OK && value.len != 8)
		err = WH_CORRUPT;
	if (err == WH_OK)
		*n = be64_get(value.p);
	return err == WH_NOT_FOUND ? WH_OK : err;
}

enum wh_err
outbox_answered(struct kv_txn *txn, uint64_t n, bool *out)
{
	enum to_hub_kind kind;
	uint64_t first = 0;
	struct span bytes;
	struct id id;
	enum wh_err err = outbox_next(txn, &first, &kind, &id, &bytes);

	*out = err == WH_NOT_FOUND || (err == WH_OK && first > n);
	return err == WH_NOT_FOUND ? WH_OK : err;
}
