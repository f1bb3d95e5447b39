/* SPDX-License-Identifier: EUPL-1.2 */
#include "proto/base/kv_impl.h"

#include <string.h>

/* Looking at everything: all at once, or a little at a time. */

/* At the first key behind place, or the first of all of the table. */
static int
find_place(MDB_cursor *cursor, const struct kv_place *place, MDB_val *k,
    MDB_val *v)
{
	int rc;

	if (place->key_len == 0)
		return mdb_cursor_get(cursor, k, v, MDB_FIRST);
	k->mv_size = place->key_len;
	k->mv_data = (void *)(uintptr_t)place->key;
	rc = mdb_cursor_get(cursor, k, v, MDB_SET_RANGE);
	if (rc == 0 && k->mv_size == place->key_len &&
	    memcmp(k->mv_data, place->key, place->key_len) == 0)
		rc = mdb_cursor_get(cursor, k, v, MDB_NEXT);
	return rc;
}

static void
look(const struct kv_look *how, struct kv_place *place, const MDB_val *k,
    const MDB_val *v)
{
	struct span key = span_of(k->mv_data, k->mv_size);
	struct span value;

	/* A key of ours is never longer; what is would not be found again. */
	place->key_len = key.len < KV_KEY_MAX ? key.len : KV_KEY_MAX;
	memcpy(place->key, key.p, place->key_len);
	if (kv_checked(key, v, &value) != WH_OK)
		how->bad(how->arg, place->table, key);
}

/* MDB_NOTFOUND at the end of the table. */
static int
look_in_table(struct kv_txn *txn, const struct kv_look *how, uint64_t max,
    struct kv_place *place, uint64_t *visited)
{
	MDB_cursor *cursor = NULL;
	MDB_val k, v;
	int rc;

	rc = mdb_cursor_open(txn->txn, txn->kv->tables[place->table], &cursor);
	if (rc == 0 && *visited < max)
		rc = find_place(cursor, place, &k, &v);
	while (rc == 0 && *visited < max) {
		look(how, place, &k, &v);
		if (++*visited < max)
			rc = mdb_cursor_get(cursor, &k, &v, MDB_NEXT);
	}
	if (cursor != NULL)
		mdb_cursor_close(cursor);
	return rc;
}

enum wh_err
kv_look(struct kv_txn *txn, const struct kv_look *how, uint64_t max,
    struct kv_place *place, uint64_t *visited)
{
	int rc = 0;

	*visited = 0;
	while (place->table < txn->kv->table_count && *visited < max) {
		rc = look_in_table(txn, how, max, place, visited);
		if (rc != MDB_NOTFOUND)
			break;
		place->table++;
		place->key_len = 0;
	}
	if (rc != 0 && rc != MDB_NOTFOUND)
		return kv_from_mdb(rc);
	return place->table == txn->kv->table_count ? WH_NOT_FOUND : WH_OK;
}

static void
count(void *arg, unsigned table, struct span key)
{
	(void)table;
	(void)key;
	++*(uint64_t *)arg;
}

enum wh_err
kv_check(struct kv *kv, uint64_t *visited, uint64_t *bad)
{
	const struct kv_look how = {count, bad};
	struct kv_place place = {0};
	struct kv_txn *txn = NULL;
	enum wh_err err;

	*visited = 0;
	*bad = 0;
	err = kv_begin(kv, KV_READ_ONLY, &txn);
	if (err == WH_OK)
		err = kv_look(txn, &how, UINT64_MAX, &place, visited);
	kv_abort(&txn);
	return err == WH_NOT_FOUND ? WH_OK : err;
}
