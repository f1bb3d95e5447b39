/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_PROTO_BASE_KV_IMPL_H
#define WH_PROTO_BASE_KV_IMPL_H

#include <lmdb.h>

#include "proto/base/kv.h"

/* What the kv*.c files share: LMDB itself. For nobody else. */

struct kv {
	MDB_env *env; /* owned */
	char *dir;    /* owned */
	enum kv_mode mode;
	size_t grow_bytes;
	size_t map_bytes;
	unsigned table_count;
	char **names;    /* owned, of the tables */
	MDB_dbi *tables; /* owned */
	struct kv *next; /* in the list of open stores */
};

struct kv_txn {
	struct kv *kv;      /* borrowed */
	MDB_txn *txn;       /* owned */
	enum wh_err failed; /* an error that spoiled the whole transaction */
};

enum wh_err kv_from_mdb(int rc);

/* Take the CRC off and check it: WH_CORRUPT. */
enum wh_err kv_checked(struct span key, const MDB_val *v, struct span *value);

/* An env on kv->dir, and its tables. */
enum wh_err kv_open_env(struct kv *kv);
enum wh_err kv_open_tables(struct kv *kv);

/*
 * An fd that holds a lock (flock) on the folder, or -1. Shared while an env is
 * opened, exclusive while a store takes the place of another: lock file and
 * data file of one env belong together.
 */
int kv_folder_lock(const char *dir, int how);

#endif
