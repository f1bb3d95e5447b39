/* SPDX-License-Identifier: EUPL-1.2 */
#include "broker/reach.h"

#include <assert.h>

#include "broker/core.h"
#include "proto/base/be.h"
#include "proto/base/text.h"

#define WHOLE_LEN   (8 * 5 + 1 + 4 + 4 * REACH_COUNT)
#define CARRIER_LEN 9 /* 1 how it stands, 8 delivery */
#define MESSAGE_LEN (16 + 1 + 1 + NAME_MAX_LEN)
#define KEY_MAX     (16 + NAME_MAX_LEN)
#define NAMED_LEN   48 /* the key of TABLE_REACH_OF_CASE */

enum carrier {
	CARRIER_AWAITED,
	CARRIER_DONE,
	CARRIER_LEFT
};
_Static_assert(NAMED_LEN <= KEY_MAX, "the longest key");

enum wh_err
reach_whole_put(struct kv_txn *txn, const struct id *permission_id,
    const struct withdrawal_row *row)
{
	uint8_t buf[WHOLE_LEN], *p = buf + 45;
	unsigned i;

	be64_put(buf, row->epoch);
	be64_put(buf + 8, (uint64_t)row->recorded_ms);
	be64_put(buf + 16, row->recorded_index);
	be64_put(buf + 24, (uint64_t)row->done_ms);
	be64_put(buf + 32, row->done_index);
	buf[40] = row->overdue;
	be32_put(buf + 41, row->outstanding);
	for (i = 0; i < REACH_COUNT; i++, p += 4)
		be32_put(p, row->counts[i]);
	return kv_put(txn, TABLE_WITHDRAWAL, span_id(permission_id),
	    span_of(buf, sizeof(buf)));
}

enum wh_err
reach_whole_get(struct kv_txn *txn, const struct id *permission_id,
    struct withdrawal_row *out)
{
	struct span value;
	unsigned i;
	enum wh_err err;

	err = kv_peek(txn, TABLE_WITHDRAWAL, span_id(permission_id), &value);
	if (err != WH_OK)
		return err;
	if (value.len != WHOLE_LEN)
		return WH_CORRUPT;
	out->epoch = be64_get(value.p);
	out->recorded_ms = (int64_t)be64_get(value.p + 8);
	out->recorded_index = be64_get(value.p + 16);
	out->done_ms = (int64_t)be64_get(value.p + 24);
	out->done_index = be64_get(value.p + 32);
	out->overdue = value.p[40] != 0;
	out->outstanding = be32_get(value.p + 41);
	for (i = 0; i < REACH_COUNT; i++)
		out->counts[i] = be32_get(value.p + 45 + 4 * (size_t)i);
	return WH_OK;
}

enum wh_err
reach_whole_next(struct kv_txn *txn, struct id *permission_id)
{
	struct span key = span_id(permission_id), value;
	enum wh_err err = kv_next(txn, TABLE_WITHDRAWAL, &key, &value);

	if (err == WH_OK && key.len != sizeof(permission_id->b))
		err = WH_CORRUPT;
	if (err == WH_OK)
		memcpy(permission_id->b, key.p, sizeof(permission_id->b));
	return err;
}

enum wh_err
reach_sums_put(struct kv_txn *txn, const struct reach_sums *sums)
{
	uint8_t buf[16];

	be64_put(buf, sums->open);
	be64_put(buf + 8, sums->overdue);
	return kv_put(txn, TABLE_CORE_META, span_str("withdrawals"),
	    span_of(buf, sizeof(buf)));
}

enum wh_err
reach_sums_get(struct kv_txn *txn, struct reach_sums *out)
{
	struct span value;
	enum wh_err err;

	err = kv_peek(txn, TABLE_CORE_META, span_str("withdrawals"), &value);
	*out = (struct reach_sums){0};
	if (err != WH_OK)
		return err == WH_NOT_FOUND ? WH_OK : err;
	if (value.len != 16)
		return WH_CORRUPT;
	out->open = be64_get(value.p);
	out->overdue = be64_get(value.p + 8);
	return WH_OK;
}

/* permission id, then the name of a member. */
static struct span
member_key(uint8_t out[KEY_MAX], const struct id *permission_id,
    const char *member)
{
	size_t len = strlen(member);

	assert(len <= NAME_MAX_LEN);
	memcpy(out, permission_id->b, 16);
	memcpy(out + 16, member, len);
	return span_of(out, 16 + len);
}

/*
 * The row after this key that has its first 16 bytes: key is overwritten by
 * what was found. A key's successor is itself and a zero byte.
 */
static enum wh_err
row_after(struct kv_txn *txn, unsigned table, uint8_t key[KEY_MAX + 1],
    size_t *len, struct span *value)
{
	struct span at;
	enum wh_err err;

	key[(*len)++] = 0;
	at = span_of(key, *len);
	err = kv_seek(txn, table, &at, value);
	if (err != WH_OK)
		return err;
	if (at.len < 16 || memcmp(at.p, key, 16) != 0)
		return WH_NOT_FOUND;
	if (at.len > KEY_MAX)
		return WH_CORRUPT;
	memcpy(key, at.p, at.len);
	*len = at.len;
	return WH_OK;
}

static enum wh_err
member_after(struct kv_txn *txn, unsigned table, const struct id *permission_id,
    char name[NAME_MAX_LEN + 1], struct span *value)
{
	uint8_t key[KEY_MAX + 1];
	size_t len = member_key(key, permission_id, name).len;
	enum wh_err err = row_after(txn, table, key, &len, value);

	if (err != WH_OK)
		return err;
	memcpy(name, key + 16, len - 16);
	name[len - 16] = '\0';
	return WH_OK;
}

static enum wh_err
carrier_read(struct span value, struct carrier_row *out)
{
	if (value.len != CARRIER_LEN || value.p[0] > CARRIER_LEFT)
		return WH_CORRUPT;
	out->done = value.p[0] != CARRIER_AWAITED;
	out->left = value.p[0] == CARRIER_LEFT;
	out->delivery = be64_get(value.p + 1);
	return WH_OK;
}

enum wh_err
reach_carrier_put(struct kv_txn *txn, const struct id *permission_id,
    const char *member, const struct carrier_row *row)
{
	uint8_t key[KEY_MAX], buf[CARRIER_LEN];

	buf[0] = row->left   ? CARRIER_LEFT
		 : row->done ? CARRIER_DONE
			     : CARRIER_AWAITED;
	be64_put(buf + 1, row->delivery);
	return kv_put(txn, TABLE_CARRIER,
	    member_key(key, permission_id, member), span_of(buf, sizeof(buf)));
}

enum wh_err
reach_carrier_get(struct kv_txn *txn, const struct id *permission_id,
    const char *member, struct carrier_row *out)
{
	uint8_t key[KEY_MAX];
	struct span value;
	enum wh_err err;

	err = kv_peek(txn, TABLE_CARRIER,
	    member_key(key, permission_id, member), &value);
	return err == WH_OK ? carrier_read(value, out) : err;
}

enum wh_err
reach_carrier_next(struct kv_txn *txn, const struct id *permission_id,
    char name[NAME_MAX_LEN + 1], struct carrier_row *out)
{
	struct span value;
	enum wh_err err;

	err = member_after(txn, TABLE_CARRIER, permission_id, name, &value);
	return err == WH_OK ? carrier_read(value, out) : err;
}

static enum wh_err
watcher_read(struct span value, struct id *event_id)
{
	if (value.len != sizeof(event_id->b))
		return WH_CORRUPT;
	memcpy(event_id->b, value.p, sizeof(event_id->b));
	return WH_OK;
}

enum wh_err
reach_watcher_put(struct kv_txn *txn, const struct id *permission_id,
    const char *member, const struct id *event_id)
{
	uint8_t key[KEY_MAX];

	return kv_put(txn, TABLE_WATCHER,
	    member_key(key, permission_id, member), span_id(event_id));
}

enum wh_err
reach_watcher_get(struct kv_txn *txn, const struct id *permission_id,
    const char *member, struct id *event_id)
{
	uint8_t key[KEY_MAX];
	struct span value;
	enum wh_err err;

	err = kv_peek(txn, TABLE_WATCHER,
	    member_key(key, permission_id, member), &value);
	return err == WH_OK ? watcher_read(value, event_id) : err;
}

enum wh_err
reach_watcher_next(struct kv_txn *txn, const struct id *permission_id,
    char name[NAME_MAX_LEN + 1], struct id *event_id)
{
	struct span value;
	enum wh_err err;

	err = member_after(txn, TABLE_WATCHER, permission_id, name, &value);
	return err == WH_OK ? watcher_read(value, event_id) : err;
}

static struct span
message_key(uint8_t out[32], const struct id *permission_id,
    const struct id *place)
{
	memcpy(out, permission_id->b, 16);
	memcpy(out + 16, place->b, 16);
	return span_of(out, 32);
}

static struct span
named_key(uint8_t out[NAMED_LEN], const struct id *case_ref,
    const struct id *permission_id, const struct id *message_id)
{
	memcpy(out, case_ref->b, 16);
	(void)message_key(out + 16, permission_id, message_id);
	return span_of(out, NAMED_LEN);
}

/* Where the row of a message lies that has no name any more. */
static struct id
nameless_place(const struct id *permission_id, const struct id *message_id)
{
	const struct span parts[] = {span_str("wijkhub nameless reach"),
	    span_id(permission_id), span_id(message_id)};
	struct hash hash = hash_spans(parts, 3);
	struct id place;

	memcpy(place.b, hash.b, sizeof(place.b));
	return place;
}

static enum wh_err
message_read(struct span value, struct reach_row *out)
{
	if (value.len != MESSAGE_LEN || value.p[16] >= REACH_COUNT)
		return WH_CORRUPT;
	memcpy(out->case_ref.b, value.p, 16);
	out->reach = (enum reach)value.p[16];
	out->said = value.p[17] != 0;
	memcpy(out->to, value.p + 18, NAME_MAX_LEN);
	out->to[NAME_MAX_LEN] = '\0';
	return WH_OK;
}

enum wh_err
reach_message_put(struct kv_txn *txn, const struct id *permission_id,
    const struct id *place, const struct reach_row *row)
{
	uint8_t key[32], named[NAMED_LEN], buf[MESSAGE_LEN] = {0};
	enum wh_err err;

	memcpy(buf, row->case_ref.b, 16);
	buf[16] = (uint8_t)row->reach;
	buf[17] = row->said;
	memcpy(buf + 18, row->to, strlen(row->to));
	err = kv_put(txn, TABLE_REACH, message_key(key, permission_id, place),
	    span_of(buf, sizeof(buf)));
	if (err != WH_OK || id_is_zero(&row->case_ref))
		return err;
	return kv_put(txn, TABLE_REACH_OF_CASE,
	    named_key(named, &row->case_ref, permission_id, place),
	    span_of(NULL, 0));
}

static enum wh_err
message_at(struct kv_txn *txn, const struct id *permission_id,
    const struct id *place, struct reach_row *out)
{
	uint8_t key[32];
	struct span value;
	enum wh_err err;

	err = kv_peek(txn, TABLE_REACH, message_key(key, permission_id, place),
	    &value);
	return err == WH_OK ? message_read(value, out) : err;
}

enum wh_err
reach_message_find(struct kv_txn *txn, const struct id *permission_id,
    const struct id *message_id, struct id *place, struct reach_row *out)
{
	struct id at = *message_id;
	enum wh_err err = message_at(txn, permission_id, &at, out);

	if (err == WH_NOT_FOUND) {
		at = nameless_place(permission_id, message_id);
		err = message_at(txn, permission_id, &at, out);
	}
	if (err == WH_OK)
		*place = at;
	return err;
}

enum wh_err
reach_message_next(struct kv_txn *txn, const struct id *permission_id,
    struct id *place, struct reach_row *out)
{
	uint8_t key[KEY_MAX + 1];
	size_t len = message_key(key, permission_id, place).len;
	struct span value;
	enum wh_err err;

	err = row_after(txn, TABLE_REACH, key, &len, &value);
	if (err != WH_OK)
		return err;
	if (len != 32)
		return WH_CORRUPT;
	memcpy(place->b, key + 16, 16);
	return message_read(value, out);
}

/* The next that still has its names: what key holds moves on to it. */
static enum wh_err
named_next(struct kv_txn *txn, uint8_t key[KEY_MAX + 1],
    struct id *permission_id, struct id *message_id)
{
	size_t len = NAMED_LEN;
	struct span value;
	enum wh_err err;

	err = row_after(txn, TABLE_REACH_OF_CASE, key, &len, &value);
	if (err == WH_OK && len != NAMED_LEN)
		err = WH_CORRUPT;
	if (err != WH_OK)
		return err;
	memcpy(permission_id->b, key + 16, sizeof(permission_id->b));
	memcpy(message_id->b, key + 32, sizeof(message_id->b));
	return WH_OK;
}

/* The row moves to a place that tells nothing, and forgets its case. */
static enum wh_err
unname(struct kv_txn *txn, const struct id *case_ref,
    const struct id *permission_id, const struct id *message_id)
{
	struct id place = nameless_place(permission_id, message_id);
	uint8_t key[32], named[NAMED_LEN];
	struct reach_row row;
	enum wh_err err = message_at(txn, permission_id, message_id, &row);

	if (err != WH_OK || !id_equal(&row.case_ref, case_ref))
		return err == WH_OK || err == WH_NOT_FOUND ? WH_CORRUPT : err;
	row.case_ref = (struct id){{0}};
	err = kv_del(txn, TABLE_REACH,
	    message_key(key, permission_id, message_id));
	if (err == WH_OK)
		err = reach_message_put(txn, permission_id, &place, &row);
	if (err == WH_OK)
		err = kv_del(txn, TABLE_REACH_OF_CASE,
		    named_key(named, case_ref, permission_id, message_id));
	return err;
}

enum wh_err
reach_unname(struct kv_txn *txn, const struct id *case_ref, unsigned max,
    bool *more)
{
	static const struct id first;
	uint8_t key[KEY_MAX + 1];
	struct id permission_id, message_id;
	enum wh_err err = WH_OK;

	(void)named_key(key, case_ref, &first, &first);
	for (*more = true; err == WH_OK && max > 0; max--) {
		err = named_next(txn, key, &permission_id, &message_id);
		if (err == WH_OK)
			err =
			    unname(txn, case_ref, &permission_id, &message_id);
	}
	if (err == WH_NOT_FOUND)
		*more = false;
	return err == WH_NOT_FOUND ? WH_OK : err;
}

enum wh_err
reach_case_next(struct kv_txn *txn, const struct id *case_ref,
    struct id *permission_id)
{
	uint8_t key[KEY_MAX + 1];
	struct id message_id;

	memset(message_id.b, id_is_zero(permission_id) ? 0 : 0xff,
	    sizeof(message_id.b));
	(void)named_key(key, case_ref, permission_id, &message_id);
	return named_next(txn, key, permission_id, &message_id);
}
