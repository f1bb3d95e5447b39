/* SPDX-License-Identifier: EUPL-1.2 */
#include "adapters/rejected.h"

#include <string.h>

#include "adapters/dossier.h"
#include "adapters/local.h"

#define KEY_LEN 16 /* be64 ms, random */

static enum wh_err
bytes_get(struct kv_txn *txn, uint64_t *out)
{
	struct span value;
	enum wh_err err;

	*out = 0;
	err = kv_peek(txn, LOCAL_META, span_str("rejected-bytes"), &value);
	if (err == WH_OK && value.len != 8)
		return WH_CORRUPT;
	if (err == WH_OK)
		*out = be64_get(value.p);
	return err == WH_NOT_FOUND ? WH_OK : err;
}

static enum wh_err
bytes_put(struct kv_txn *txn, uint64_t bytes)
{
	uint8_t value[8];

	be64_put(value, bytes);
	return kv_put(txn, LOCAL_META, span_str("rejected-bytes"),
	    span_of(value, sizeof(value)));
}

/* The oldest goes; WH_TOO_BIG when that is the newest too. */
static enum wh_err
drop_oldest(struct kv_txn *txn, const uint8_t newest[KEY_LEN], uint64_t *bytes)
{
	struct span key = span_str(""), value;
	uint8_t oldest[KEY_LEN];
	enum wh_err err;

	err = kv_seek(txn, LOCAL_REJECTED, &key, &value);
	if (err != WH_OK)
		return err == WH_NOT_FOUND ? WH_CORRUPT : err;
	if (key.len != KEY_LEN || value.len > *bytes)
		return WH_CORRUPT;
	if (memcmp(key.p, newest, KEY_LEN) == 0)
		return WH_TOO_BIG;
	memcpy(oldest, key.p, KEY_LEN);
	*bytes -= value.len;
	return kv_del(txn, LOCAL_REJECTED, span_of(oldest, KEY_LEN));
}

enum wh_err
rejected_put(struct kv_txn *txn, const struct vault *vault, int64_t now_ms,
    const json_t *record, unsigned *dropped)
{
	uint8_t key[KEY_LEN];
	struct kv_room room;
	struct span value;
	uint64_t bytes;
	unsigned n = 0;
	enum wh_err err;

	be64_put(key, (uint64_t)now_ms);
	random_fill(key + 8, KEY_LEN - 8);
	err = kv_room(txn, &room);
	if (err == WH_OK)
		err = bytes_get(txn, &bytes);
	if (err == WH_OK)
		err = sealed_json_put(txn, vault, LOCAL_REJECTED,
		    span_of(key, sizeof(key)), record);
	if (err == WH_OK)
		err = kv_peek(txn, LOCAL_REJECTED, span_of(key, sizeof(key)),
		    &value);
	if (err == WH_OK)
		bytes += value.len;
	for (; err == WH_OK && bytes > room.map_bytes / REJECTED_PART; n++)
		err = drop_oldest(txn, key, &bytes);
	if (err == WH_OK)
		err = bytes_put(txn, bytes);
	if (err == WH_OK)
		*dropped = n;
	return err;
}

enum wh_err
rejected_oldest(struct kv_txn *txn, int64_t *at_ms)
{
	struct span key = span_str(""), value;
	enum wh_err err = kv_seek(txn, LOCAL_REJECTED, &key, &value);

	if (err == WH_OK && key.len != KEY_LEN)
		return WH_CORRUPT;
	if (err == WH_OK)
		*at_ms = (int64_t)be64_get(key.p);
	return err;
}

enum wh_err
rejected_drop_oldest(struct kv_txn *txn)
{
	static const uint8_t none[KEY_LEN];
	uint64_t bytes;
	enum wh_err err = bytes_get(txn, &bytes);

	if (err == WH_OK)
		err = drop_oldest(txn, none, &bytes);
	return err == WH_OK ? bytes_put(txn, bytes) : err;
}
