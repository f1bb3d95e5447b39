/* SPDX-License-Identifier: EUPL-1.2 */
#include "adapters/permits.h"

#include "adapters/local.h"
#include "adapters/retention.h"
#include "proto/base/hash.h"
#include "proto/base/mem.h"

/*
 * A row: 1 state, 8 since, 8 epoch, 8 changes, 16 consent id, then the signed
 * record as it came.
 */
#define HEAD_LEN   41
#define GROUND_MAX (sizeof(struct id) + NAME_MAX_LEN)

static struct span
ground_of(uint8_t out[GROUND_MAX], const struct id *relation_ref,
    const char *instrument)
{
	size_t len = strnlen(instrument, NAME_MAX_LEN);

	memcpy(out, relation_ref->b, sizeof(relation_ref->b));
	memcpy(out + sizeof(relation_ref->b), instrument, len);
	return span_of(out, sizeof(relation_ref->b) + len);
}

/* The first record with a hash keeps it: nobody can take a code over. */
static enum wh_err
index_code(struct kv_txn *txn, const struct permission *permission)
{
	struct span before;
	enum wh_err err;

	err = kv_peek(txn, LOCAL_BY_CODE, permission->withdrawal_code_hash,
	    &before);
	if (err != WH_NOT_FOUND)
		return err;
	return kv_put(txn, LOCAL_BY_CODE, permission->withdrawal_code_hash,
	    span_id(&permission->permission_id));
}

/* The newest record is found by its ground, unless one was objected to. */
static enum wh_err
index_ground(struct kv_txn *txn, const struct permission *permission)
{
	uint8_t bytes[GROUND_MAX] = {0};
	struct span key =
	    ground_of(bytes, &permission->relation_ref, permission->instrument);
	struct span found, row;
	enum wh_err err;

	err = kv_peek(txn, LOCAL_BY_GROUND, key, &found);
	if (err == WH_OK)
		err = kv_peek(txn, LOCAL_PERMISSION, found, &row);
	if (err == WH_OK && row.len > 0 && row.p[0] == PERMISSION_OBJECTED)
		return WH_OK;
	if (err != WH_OK && err != WH_NOT_FOUND)
		return err;
	return kv_put(txn, LOCAL_BY_GROUND, key,
	    span_id(&permission->permission_id));
}

static enum wh_err
index_relation(struct kv_txn *txn, const struct permission *permission)
{
	uint8_t key[2 * sizeof(struct id)];

	memcpy(key, permission->relation_ref.b, sizeof(struct id));
	memcpy(key + sizeof(struct id), permission->permission_id.b,
	    sizeof(struct id));
	return kv_put(txn, LOCAL_BY_RELATION, span_of(key, sizeof(key)),
	    span_str(""));
}

enum wh_err
permits_put(struct kv_txn *txn, const struct permission *permission,
    const struct standing *standing, const struct id *consent_id,
    struct span signed_bytes)
{
	size_t len = HEAD_LEN + signed_bytes.len;
	uint8_t *row = mem_new(len);
	enum wh_err err;

	row[0] = (uint8_t)standing->state;
	be64_put(row + 1, (uint64_t)standing->since_ms);
	be64_put(row + 9, standing->epoch);
	be64_put(row + 17, standing->changes);
	memcpy(row + 25, consent_id->b, sizeof(consent_id->b));
	memcpy(row + HEAD_LEN, signed_bytes.p, signed_bytes.len);
	err = kv_put(txn, LOCAL_PERMISSION, span_id(&permission->permission_id),
	    span_of(row, len));
	mem_free(row);
	if (err == WH_OK)
		err = index_relation(txn, permission);
	if (err == WH_OK)
		err = retention_until(txn, permission->valid_until_ms,
		    &permission->permission_id);
	if (err == WH_OK && permission->withdrawal_code_hash.len > 0)
		err = index_code(txn, permission);
	if (err == WH_OK && !kind_is_consent(permission->kind))
		err = index_ground(txn, permission);
	return err;
}

enum wh_err
permits_get(struct kv_txn *txn, struct arena *arena,
    const struct id *permission_id, struct permit *out)
{
	struct signed_body body;
	struct span row;
	enum wh_err err;

	err = kv_peek(txn, LOCAL_PERMISSION, span_id(permission_id), &row);
	if (err != WH_OK)
		return err;
	row = arena_dup(arena, row);
	if (row.p == NULL || row.len <= HEAD_LEN)
		return WH_CORRUPT;
	out->standing = (struct standing){
	    .state = (enum permission_event)row.p[0],
	    .since_ms = (int64_t)be64_get(row.p + 1),
	    .epoch = be64_get(row.p + 9),
	    .changes = be64_get(row.p + 17),
	};
	memcpy(out->consent_id.b, row.p + 25, sizeof(out->consent_id.b));
	out->signed_bytes = span_of(row.p + HEAD_LEN, row.len - HEAD_LEN);
	err = wire_signed_read(arena, out->signed_bytes, PERMISSION_MAX, &body,
	    NULL);
	if (err == WH_OK)
		err = wire_permission_read(arena, body.body, &out->permission,
		    NULL);
	return err == WH_OK ? WH_OK : WH_CORRUPT;
}

static enum wh_err
get_by(struct kv_txn *txn, struct arena *arena, unsigned index, struct span key,
    struct permit *out)
{
	struct id permission_id;
	struct span value;
	enum wh_err err;

	err = kv_peek(txn, index, key, &value);
	if (err != WH_OK)
		return err;
	if (value.len != sizeof(permission_id.b))
		return WH_CORRUPT;
	memcpy(permission_id.b, value.p, sizeof(permission_id.b));
	return permits_get(txn, arena, &permission_id, out);
}

enum wh_err
permits_by_ground(struct kv_txn *txn, struct arena *arena,
    const struct id *relation_ref, const char *instrument, struct permit *out)
{
	uint8_t key[GROUND_MAX] = {0};

	if (strlen(instrument) > NAME_MAX_LEN)
		return WH_NOT_FOUND;
	return get_by(txn, arena, LOCAL_BY_GROUND,
	    ground_of(key, relation_ref, instrument), out);
}

enum wh_err
permits_of_change(struct kv_txn *txn, struct arena *arena,
    const struct permission_change *change, struct permit *out)
{
	struct hash hash;

	if (change->has_permission)
		return permits_get(txn, arena, &change->permission_id, out);
	hash = hash_span(change->withdrawal_code);
	return get_by(txn, arena, LOCAL_BY_CODE, span_of(hash.b, HASH_LEN),
	    out);
}

/* A row of an index, when it is this permission that it finds. */
static enum wh_err
unindex(struct kv_txn *txn, unsigned index, struct span key,
    const struct id *permission_id)
{
	struct span value;
	enum wh_err err = kv_peek(txn, index, key, &value);

	if (err == WH_OK && span_equal(value, span_id(permission_id)))
		err = kv_del(txn, index, key);
	return err == WH_NOT_FOUND ? WH_OK : err;
}

enum wh_err
permits_forget(struct kv_txn *txn, const struct permit *permit)
{
	const struct permission *p = &permit->permission;
	uint8_t ground[GROUND_MAX] = {0};
	enum wh_err err;

	err = kv_del(txn, LOCAL_PERMISSION, span_id(&p->permission_id));
	if (err == WH_OK && p->withdrawal_code_hash.len > 0)
		err = unindex(txn, LOCAL_BY_CODE, p->withdrawal_code_hash,
		    &p->permission_id);
	if (err == WH_OK && !kind_is_consent(p->kind))
		err = unindex(txn, LOCAL_BY_GROUND,
		    ground_of(ground, &p->relation_ref, p->instrument),
		    &p->permission_id);
	return err;
}
