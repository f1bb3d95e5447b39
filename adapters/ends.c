/* SPDX-License-Identifier: EUPL-1.2 */
#include "adapters/ends.h"

#include "adapters/local.h"
#include "proto/base/mem.h"

/* Key: owner, event id. Row: 1 state, then the signed event, sealed. */
#define KEY_LEN (2 * sizeof(struct id))

static struct span
end_key(uint8_t out[KEY_LEN], const struct id *owner, const struct id *event_id)
{
	memcpy(out, owner->b, sizeof(owner->b));
	memcpy(out + sizeof(owner->b), event_id->b, sizeof(event_id->b));
	return span_of(out, KEY_LEN);
}

static enum wh_err
row_put(struct kv_txn *txn, struct span key, enum end_state state,
    struct span sealed)
{
	uint8_t *row = mem_new(1 + sealed.len);
	enum wh_err err;

	row[0] = (uint8_t)state;
	memcpy(row + 1, sealed.p, sealed.len);
	err = kv_put(txn, LOCAL_END, key, span_of(row, 1 + sealed.len));
	mem_free(row);
	return err;
}

static bool
is_row(struct span row)
{
	return row.len > 1 && row.p[0] >= END_SENT && row.p[0] <= END_MISSED;
}

enum wh_err
ends_put(struct kv_txn *txn, const struct vault *vault, const struct end *end)
{
	uint8_t bytes[KEY_LEN];
	struct span key = end_key(bytes, &end->owner, &end->event_id);
	uint8_t *sealed = NULL;
	size_t len;
	enum wh_err err;

	vault_seal(vault, LOCAL_END, key, end->signed_bytes, &sealed, &len);
	err = row_put(txn, key, end->state, span_of(sealed, len));
	mem_free(sealed);
	return err;
}

enum wh_err
ends_state_set(struct kv_txn *txn, const struct id *owner,
    const struct id *event_id, enum end_state state)
{
	uint8_t bytes[KEY_LEN];
	struct span key = end_key(bytes, owner, event_id);
	struct span row;
	uint8_t *sealed;
	enum wh_err err = kv_peek(txn, LOCAL_END, key, &row);

	if (err != WH_OK)
		return err;
	if (!is_row(row))
		return WH_CORRUPT;
	sealed = mem_dup(span_of(row.p + 1, row.len - 1));
	err = row_put(txn, key, state, span_of(sealed, row.len - 1));
	mem_free(sealed);
	return err;
}

/* By a code it belongs to the withdrawal that it is part of. */
static enum wh_err
find_owner(struct kv_txn *txn, const struct permission_change *change,
    struct id *out)
{
	struct span value;
	enum wh_err err;

	if (change->has_permission) {
		*out = change->permission_id;
		return WH_OK;
	}
	err = kv_peek(txn, LOCAL_WITHDRAWAL_OF, span_id(&change->event_id),
	    &value);
	if (err == WH_OK && value.len != sizeof(out->b))
		err = WH_CORRUPT;
	if (err == WH_OK)
		memcpy(out->b, value.p, sizeof(out->b));
	return err;
}

enum wh_err
ends_find(struct kv_txn *txn, const struct permission_change *change,
    struct end *out)
{
	struct end end = {.event_id = change->event_id};
	uint8_t bytes[KEY_LEN];
	struct span row;
	enum wh_err err = find_owner(txn, change, &end.owner);

	if (err == WH_OK)
		err = kv_peek(txn, LOCAL_END,
		    end_key(bytes, &end.owner, &end.event_id), &row);
	if (err == WH_OK && !is_row(row))
		err = WH_CORRUPT;
	if (err != WH_OK)
		return err;
	end.state = (enum end_state)row.p[0];
	*out = end;
	return WH_OK;
}

static enum wh_err
open_row(const struct vault *vault, struct arena *arena, struct span key,
    struct span row, struct end *out)
{
	uint8_t *plain = NULL;
	size_t len;
	enum wh_err err;

	if (!is_row(row))
		return WH_CORRUPT;
	err = vault_open(vault, LOCAL_END, key, span_of(row.p + 1, row.len - 1),
	    &plain, &len);
	if (err != WH_OK)
		return WH_CORRUPT;
	out->state = (enum end_state)row.p[0];
	out->signed_bytes = arena_dup(arena, span_of(plain, len));
	mem_wipe_free(plain, len);
	return out->signed_bytes.p == NULL ? WH_TOO_BIG : WH_OK;
}

enum wh_err
ends_next(struct kv_txn *txn, const struct vault *vault, struct arena *arena,
    struct end *end)
{
	uint8_t bytes[KEY_LEN];
	struct span key = end_key(bytes, &end->owner, &end->event_id);
	struct span row;
	enum wh_err err = kv_next(txn, LOCAL_END, &key, &row);

	if (err != WH_OK && err != WH_CORRUPT)
		return err;
	if (key.len != KEY_LEN)
		return WH_INVALID; /* no row of ours: nothing goes on behind */
	memcpy(end->owner.b, key.p, sizeof(end->owner.b));
	memcpy(end->event_id.b, key.p + sizeof(end->owner.b),
	    sizeof(end->event_id.b));
	return err == WH_OK ? open_row(vault, arena, key, row, end) : err;
}

/* The first event that belongs to owner. */
static enum wh_err
first_of(struct kv_txn *txn, const struct id *owner, struct id *event_id)
{
	struct span key = span_id(owner);
	struct span row;
	enum wh_err err = kv_seek(txn, LOCAL_END, &key, &row);

	if (err == WH_OK && (key.len != KEY_LEN ||
				memcmp(key.p, owner->b, sizeof(owner->b)) != 0))
		return WH_NOT_FOUND;
	if (err == WH_OK)
		memcpy(event_id->b, key.p + sizeof(owner->b),
		    sizeof(event_id->b));
	return err;
}

enum wh_err
ends_has(struct kv_txn *txn, const struct id *owner, bool *out)
{
	struct id event_id;
	enum wh_err err = first_of(txn, owner, &event_id);

	*out = err == WH_OK;
	return err == WH_NOT_FOUND ? WH_OK : err;
}

enum wh_err
ends_drop(struct kv_txn *txn, const struct id *owner, const struct id *event_id)
{
	uint8_t bytes[KEY_LEN];

	return kv_del(txn, LOCAL_END, end_key(bytes, owner, event_id));
}

enum wh_err
ends_forget(struct kv_txn *txn, const struct id *owner)
{
	struct id event_id;
	enum wh_err err;

	for (;;) {
		err = first_of(txn, owner, &event_id);
		if (err == WH_OK)
			err = ends_drop(txn, owner, &event_id);
		if (err != WH_OK)
			return err == WH_NOT_FOUND ? WH_OK : err;
	}
}
