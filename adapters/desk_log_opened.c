/* SPDX-License-Identifier: EUPL-1.2 */
#include "adapters/desk_log_impl.h"
#include "adapters/desk_present.h"
#include "adapters/local.h"
#include "consent/audit_leaf.h"
#include "consent/note_log.h"
#include "proto/base/be.h"

/*
 * Why the hub opened another log its first entry says. A new year lost nothing;
 * a restore did. Each log since the one that we looked at last is looked at, so
 * that a year which follows a restore does not hide it.
 */

/* Row of LOCAL_META: be32, the last generation that was looked at. */
#define OPENED "opened"

/* The generation of the hub's log; 0 when we know of none. */
static enum wh_err
newest(const struct desk *desk, struct kv_txn *txn, uint32_t *out)
{
	const struct wh_register *reg = desk_register(desk);
	struct span origin;
	enum wh_err err;

	*out = 0;
	err = kv_peek(txn, LOCAL_HEADS, span_str(ROW_NEWEST), &origin);
	if (err == WH_OK && reg != NULL &&
	    note_log_parse(reg->log_origin, origin, out) != WH_OK)
		*out = 0; /* the covenant has another log now */
	return err == WH_NOT_FOUND ? WH_OK : err;
}

static enum wh_err
seen(struct kv_txn *txn, uint32_t *out)
{
	struct span value;
	enum wh_err err = kv_peek(txn, LOCAL_META, span_str(OPENED), &value);

	*out = 0; /* the first was opened on nothing */
	if (err == WH_OK && value.len != 4)
		return WH_CORRUPT;
	if (err == WH_OK)
		*out = be32_get(value.p);
	return err == WH_NOT_FOUND ? WH_OK : err;
}

enum wh_err
desk_log_unseen(struct desk *desk, uint64_t *index)
{
	struct kv_txn *txn = NULL;
	uint32_t known = 0, now = 0;
	enum wh_err err = kv_begin(desk->kv, KV_READ_ONLY, &txn);

	if (err == WH_OK)
		err = newest(desk, txn, &now);
	if (err == WH_OK)
		err = seen(txn, &known);
	kv_abort(&txn);
	if (err == WH_OK && known >= now)
		err = WH_NOT_FOUND;
	if (err == WH_OK)
		*index = note_log_entry(known + 1, 0);
	return err;
}

static bool
says_restored(struct span bytes)
{
	struct audit_leaf leaf;

	return audit_leaf_read(bytes, &leaf) == WH_OK &&
	       leaf.kind == AUDIT_OPENED &&
	       leaf.reason == AUDIT_OPENED_RESTORED;
}

static enum wh_err
look(struct shift *shift, uint32_t generation, struct span leaf)
{
	uint8_t value[4];
	uint32_t now;
	enum wh_err err = newest(shift->desk, shift->txn, &now);

	if (err == WH_OK && leaf.len == 0 && generation == now)
		return WH_AGAIN;
	if (err == WH_OK && says_restored(leaf))
		err = present_begin(shift);
	be32_put(value, generation);
	return err == WH_OK ? kv_put(shift->txn, LOCAL_META, span_str(OPENED),
				  span_of(value, sizeof(value)))
			    : err;
}

enum wh_err
desk_log_opened(struct desk *desk, uint64_t index, struct span leaf,
    int64_t now_ms)
{
	struct shift shift;
	enum wh_err err = shift_begin(desk, now_ms, &shift);

	if (err == WH_OK)
		err = look(&shift, note_log_generation(index), leaf);
	return shift_end(&shift, err);
}
