/* SPDX-License-Identifier: EUPL-1.2 */
#include "consent/store.h"

#include <string.h>

#include "proto/base/hash.h"
#include "proto/base/mem.h"

/*
 * A row is where the permission stands, then the signed record as it came: a
 * decision needs both, and finds them with one descent. Where it stands is 26
 * bytes, integers big-endian: 1 format (2), 1 state (enum permission_event), 8
 * since in ms (two's complement), 8 epoch, 8 changes.
 */
#define ROW_FORMAT   2
#define STANDING_LEN 26

#define GROUND_KEY_MAX (sizeof(struct id) + NAME_MAX_LEN)

static void
standing_write(const struct standing *standing, uint8_t out[STANDING_LEN])
{
	out[0] = ROW_FORMAT;
	out[1] = (uint8_t)standing->state;
	be64_put(out + 2, (uint64_t)standing->since_ms);
	be64_put(out + 10, standing->epoch);
	be64_put(out + 18, standing->changes);
}

static enum wh_err
row_put(struct kv_txn *txn, const struct id *permission_id,
    const struct standing *standing, struct span signed_bytes)
{
	size_t len = STANDING_LEN + signed_bytes.len;
	uint8_t *row = mem_new(len);
	enum wh_err err;

	standing_write(standing, row);
	memcpy(row + STANDING_LEN, signed_bytes.p, signed_bytes.len);
	err = kv_put(txn, TABLE_PERMISSION, span_id(permission_id),
	    span_of(row, len));
	mem_free(row);
	return err;
}

/* Borrowed from the transaction. */
static enum wh_err
row_peek(struct kv_txn *txn, const struct id *permission_id,
    struct standing *standing, struct span *signed_bytes)
{
	struct span row;
	enum wh_err err;

	err = kv_peek(txn, TABLE_PERMISSION, span_id(permission_id), &row);
	if (err != WH_OK)
		return err;
	if (row.len <= STANDING_LEN || row.p[0] != ROW_FORMAT ||
	    terms_text(TERMS_PERMISSION_EVENTS, row.p[1]) == NULL)
		return WH_CORRUPT;
	*standing = (struct standing){.state = (enum permission_event)row.p[1],
	    .since_ms = (int64_t)be64_get(row.p + 2),
	    .epoch = be64_get(row.p + 10),
	    .changes = be64_get(row.p + 18)};
	*signed_bytes = span_of(row.p + STANDING_LEN, row.len - STANDING_LEN);
	return WH_OK;
}

/* Relation and instrument; an instrument that no register can hold: false. */
static bool
ground_key(const struct id *relation_ref, const char *instrument,
    uint8_t key[GROUND_KEY_MAX], struct span *out)
{
	struct span name = span_str(instrument);

	if (name.len == 0 || name.len > NAME_MAX_LEN)
		return false;
	memcpy(key, relation_ref->b, sizeof(relation_ref->b));
	memcpy(key + sizeof(relation_ref->b), name.p, name.len);
	*out = span_of(key, sizeof(relation_ref->b) + name.len);
	return true;
}

/* Is an objection on file under this key? */
static enum wh_err
is_objected(struct kv_txn *txn, struct span key, bool *objected)
{
	struct standing standing;
	struct span found, signed_bytes;
	struct id id;
	enum wh_err err;

	*objected = false;
	err = kv_peek(txn, TABLE_BY_GROUND, key, &found);
	if (err == WH_NOT_FOUND)
		return WH_OK;
	if (err != WH_OK || found.len != sizeof(id.b))
		return err == WH_OK ? WH_CORRUPT : err;
	memcpy(id.b, found.p, sizeof(id.b));
	err = row_peek(txn, &id, &standing, &signed_bytes);
	if (err == WH_OK)
		*objected = standing.state == PERMISSION_OBJECTED;
	return err == WH_NOT_FOUND ? WH_CORRUPT : err;
}

/* The newest record is found by its ground, unless one was objected to. */
static enum wh_err
index_ground(struct kv_txn *txn, const struct permission *permission)
{
	uint8_t bytes[GROUND_KEY_MAX];
	struct span key;
	bool objected;
	enum wh_err err;

	if (permission->instrument[0] == '\0')
		return WH_OK;
	if (!ground_key(&permission->relation_ref, permission->instrument,
		bytes, &key))
		return WH_INVALID;
	err = is_objected(txn, key, &objected);
	if (err != WH_OK || objected)
		return err;
	return kv_put(txn, TABLE_BY_GROUND, key,
	    span_id(&permission->permission_id));
}

enum wh_err
store_objection(struct kv_txn *txn, const struct permission *permission)
{
	return index_ground(txn, permission);
}

static enum wh_err
index_code(struct kv_txn *txn, const struct permission *permission)
{
	if (permission->withdrawal_code_hash.len == 0)
		return WH_OK;
	return kv_put(txn, TABLE_BY_CODE, permission->withdrawal_code_hash,
	    span_id(&permission->permission_id));
}

/* Is this record here, or its code taken by another one? */
static enum wh_err
look_before_put(struct kv_txn *txn, const struct permission *permission,
    struct span signed_bytes, bool *same)
{
	struct standing standing;
	struct span kept;
	enum wh_err err;

	err = row_peek(txn, &permission->permission_id, &standing, &kept);
	if (err == WH_OK) {
		*same = span_equal(kept, signed_bytes);
		return WH_EXISTS;
	}
	if (err != WH_NOT_FOUND || permission->withdrawal_code_hash.len == 0)
		return err;
	err = kv_peek(txn, TABLE_BY_CODE, permission->withdrawal_code_hash,
	    &kept);
	if (err == WH_OK) {
		*same = false;
		return WH_EXISTS;
	}
	return err;
}

enum wh_err
store_put(struct kv_txn *txn, const struct permission *permission,
    struct span signed_bytes, bool *same)
{
	struct standing standing = standing_new(permission);
	enum wh_err err;

	err = look_before_put(txn, permission, signed_bytes, same);
	if (err != WH_NOT_FOUND)
		return err;
	err = row_put(txn, &permission->permission_id, &standing, signed_bytes);
	if (err == WH_OK)
		err = index_ground(txn, permission);
	if (err == WH_OK)
		err = index_code(txn, permission);
	return err;
}

/* What was checked before it was kept can be read, or it is not ours. */
static enum wh_err
record_read(struct arena *arena, struct span signed_bytes,
    struct permission *out)
{
	struct signed_body body;
	enum wh_err err;

	err =
	    wire_signed_read(arena, signed_bytes, PERMISSION_MAX, &body, NULL);
	if (err == WH_OK)
		err = wire_permission_read(arena, body.body, out, NULL);
	return err == WH_INVALID ? WH_CORRUPT : err;
}

enum wh_err
store_get(struct kv_txn *txn, struct arena *arena,
    const struct id *permission_id, struct stored_permission *out)
{
	struct stored_permission stored;
	struct span kept;
	enum wh_err err;

	err = row_peek(txn, permission_id, &stored.standing, &kept);
	if (err != WH_OK)
		return err;
	stored.signed_bytes = arena_dup(arena, kept);
	if (stored.signed_bytes.p == NULL)
		return WH_TOO_BIG;
	err = record_read(arena, stored.signed_bytes, &stored.permission);
	if (err == WH_OK)
		*out = stored;
	return err;
}

enum wh_err
store_form(struct kv_txn *txn, struct why *why)
{
	struct span key = span_str(""), row;
	enum wh_err err = kv_seek(txn, TABLE_PERMISSION, &key, &row);

	/* A damaged row is for the checks: it says nothing about its form. */
	if (err == WH_NOT_FOUND || err == WH_CORRUPT)
		return WH_OK;
	if (err != WH_OK)
		return why_set(why, err, "store: permissions cannot be read");
	if (row.len == 0 || row.p[0] != ROW_FORMAT)
		return why_set(why, WH_UNSUPPORTED,
		    "store: its permissions are in the form of another "
		    "version; run the version that wrote it");
	return WH_OK;
}

enum wh_err
store_standing(struct kv_txn *txn, const struct id *permission_id,
    struct standing *out)
{
	struct span record;

	return row_peek(txn, permission_id, out, &record);
}

/* Follow an index: what it points to must be there. */
static enum wh_err
get_through(struct kv_txn *txn, struct arena *arena, unsigned table,
    struct span key, struct stored_permission *out)
{
	struct span found;
	struct id id;
	enum wh_err err;

	err = kv_peek(txn, table, key, &found);
	if (err != WH_OK)
		return err;
	if (found.len != sizeof(id.b))
		return WH_CORRUPT;
	memcpy(id.b, found.p, sizeof(id.b));
	err = store_get(txn, arena, &id, out);
	return err == WH_NOT_FOUND ? WH_CORRUPT : err;
}

enum wh_err
store_by_ground(struct kv_txn *txn, struct arena *arena,
    const struct id *relation_ref, const char *instrument,
    struct stored_permission *out)
{
	uint8_t bytes[GROUND_KEY_MAX];
	struct span key;

	if (!ground_key(relation_ref, instrument, bytes, &key))
		return WH_NOT_FOUND;
	return get_through(txn, arena, TABLE_BY_GROUND, key, out);
}

enum wh_err
store_by_code(struct kv_txn *txn, struct arena *arena,
    struct span withdrawal_code, struct stored_permission *out)
{
	struct hash hash = hash_span(withdrawal_code);

	return get_through(txn, arena, TABLE_BY_CODE,
	    span_of(hash.b, sizeof(hash.b)), out);
}

#define CHANGE_KEY_LEN (sizeof(struct id) + 8)

static struct span
change_key(const struct id *permission_id, uint64_t n,
    uint8_t key[CHANGE_KEY_LEN])
{
	memcpy(key, permission_id->b, sizeof(permission_id->b));
	be64_put(key + sizeof(permission_id->b), n);
	return span_of(key, CHANGE_KEY_LEN);
}

enum wh_err
store_signature(struct kv_txn *txn, const struct id *permission_id,
    struct span signed_bytes)
{
	struct standing standing;
	struct span before;
	enum wh_err err = row_peek(txn, permission_id, &standing, &before);

	return err == WH_OK
		   ? row_put(txn, permission_id, &standing, signed_bytes)
		   : err;
}

enum wh_err
store_change(struct kv_txn *txn, const struct id *permission_id,
    struct span signed_bytes, const struct standing *after)
{
	uint8_t key[CHANGE_KEY_LEN];
	struct standing standing, before;
	struct span record;
	enum wh_err err;

	err = row_peek(txn, permission_id, &before, &record);
	if (err != WH_OK)
		return err;
	/* Kept events never give up their place. */
	standing = *after;
	standing.changes = before.changes + 1;
	err = row_put(txn, permission_id, &standing, record);
	return err == WH_OK
		   ? kv_put(txn, TABLE_CHANGE,
			 change_key(permission_id, before.changes, key),
			 signed_bytes)
		   : err;
}

enum wh_err
store_change_get(struct kv_txn *txn, const struct id *permission_id, uint64_t n,
    struct span *signed_bytes)
{
	uint8_t key[CHANGE_KEY_LEN];

	return kv_peek(txn, TABLE_CHANGE, change_key(permission_id, n, key),
	    signed_bytes);
}

/* A way to the record goes with it, when it leads there. */
static enum wh_err
drop_index(struct kv_txn *txn, unsigned table, struct span key,
    const struct id *permission_id)
{
	struct span found;
	enum wh_err err = kv_peek(txn, table, key, &found);

	if (err == WH_OK && span_equal(found, span_id(permission_id)))
		err = kv_del(txn, table, key);
	return err == WH_NOT_FOUND ? WH_OK : err;
}

enum wh_err
store_forget(struct kv_txn *txn, const struct permission *permission)
{
	const struct id *id = &permission->permission_id;
	uint8_t bytes[GROUND_KEY_MAX];
	uint8_t change[CHANGE_KEY_LEN];
	struct standing standing;
	struct span key, record;
	uint64_t n;
	enum wh_err err;

	err = row_peek(txn, id, &standing, &record);
	for (n = 0; err == WH_OK && n < standing.changes; n++)
		err = kv_del(txn, TABLE_CHANGE, change_key(id, n, change));
	if (err == WH_OK && ground_key(&permission->relation_ref,
				permission->instrument, bytes, &key))
		err = drop_index(txn, TABLE_BY_GROUND, key, id);
	if (err == WH_OK && permission->withdrawal_code_hash.len != 0)
		err = drop_index(txn, TABLE_BY_CODE,
		    permission->withdrawal_code_hash, id);
	if (err == WH_OK)
		err = kv_del(txn, TABLE_PERMISSION, span_id(id));
	return err == WH_NOT_FOUND ? WH_CORRUPT : err;
}
