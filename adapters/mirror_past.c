/* SPDX-License-Identifier: EUPL-1.2 */
#include "adapters/mirror_past.h"

#include "adapters/local.h"
#include "adapters/mirror.h"
#include "proto/base/be.h"

static enum wh_err
put(struct kv_txn *txn, uint64_t place, bool is_past)
{
	uint8_t key[8];
	enum wh_err err;

	be64_put(key, place);
	if (is_past)
		return kv_put(txn, LOCAL_LOG_PAST, span_of(key, sizeof(key)),
		    span_of(NULL, 0));
	err = kv_del(txn, LOCAL_LOG_PAST, span_of(key, sizeof(key)));
	return err == WH_NOT_FOUND ? WH_OK : err;
}

/* The first entry that is kept at *place or later. */
static enum wh_err
next_kept(struct kv_txn *txn, uint64_t *place)
{
	uint8_t from[8] = {0};
	struct span key = span_of(from, sizeof(from)), value;
	enum wh_err err;

	be64_put(from, *place);
	err = kv_seek(txn, LOCAL_LOG, &key, &value);
	if (err != WH_OK)
		return err;
	if (key.len != sizeof(from))
		return WH_CORRUPT;
	*place = be64_get(key.p);
	return WH_OK;
}

enum wh_err
mirror_past_mark(struct kv_txn *txn, uint64_t log, const struct log_page *page,
    uint64_t known)
{
	uint64_t place = mirror_place(log, page->from);
	uint64_t end =
	    mirror_place(log, page->next < known ? page->next : known);
	size_t i = 0;
	enum wh_err err = WH_OK;

	while (err == WH_OK && place < end) {
		err = next_kept(txn, &place);
		if (err != WH_OK || place >= end)
			break;
		while (i < page->count &&
		       mirror_place(log, page->entries[i].index) < place)
			i++;
		err = put(txn, place,
		    i == page->count ||
			mirror_place(log, page->entries[i].index) != place);
		place++;
	}
	return err == WH_NOT_FOUND ? WH_OK : err;
}

enum wh_err
mirror_past_has(struct kv_txn *txn, uint64_t place, bool *out)
{
	uint8_t key[8];
	struct span value;
	enum wh_err err;

	be64_put(key, place);
	err = kv_peek(txn, LOCAL_LOG_PAST, span_of(key, sizeof(key)), &value);
	*out = err == WH_OK;
	return err == WH_NOT_FOUND ? WH_OK : err;
}
