/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_PROTO_BASE_KV_H
#define WH_PROTO_BASE_KV_H

#include "proto/base/be.h" /* for keys */
#include "proto/base/err.h"
#include "proto/base/span.h"

/*
 * A durable, ordered key-value store: LMDB, behind its only door. One process
 * opens a folder once; never across fork(). Every value carries a CRC-32C
 * over key and value (LMDB 0.9 has no page checksums); a value that does not
 * match reads as WH_CORRUPT.
 *
 * Tables are numbered by the program's own enum, in the order of the names
 * given to kv_open().
 */
struct kv;
struct kv_txn;

enum kv_mode {
	KV_READ_ONLY,
	KV_READ_WRITE
};

struct kv_options {
	enum kv_mode mode;
	size_t map_bytes;  /* upper bound of the store; sparse */
	size_t grow_bytes; /* blocks reserved on disk ahead of use; 0: none */
	const char *const *tables; /* borrowed for the call */
	size_t table_count;
};

/* KV_READ_WRITE creates the folder (0700) and the store when absent. */
enum wh_err kv_open(const char *dir, const struct kv_options *options,
    struct kv **out, struct why *why);
void kv_close(struct kv *kv); /* NULL is allowed */

/*
 * One write transaction at a time; readers see the last commit. Both ends set
 * *txn to NULL. kv_commit() is durable when it returns WH_OK. WH_FULL: the map
 * or the disk is full and nothing of the transaction was written. WH_IO: the
 * disk failed; the process must end and check its store on the next start.
 */
enum wh_err kv_begin(struct kv *kv, enum kv_mode mode, struct kv_txn **out);
enum wh_err kv_commit(struct kv_txn **txn);
void kv_abort(struct kv_txn **txn); /* *txn may be NULL */

/* Keys of 1 to KV_KEY_MAX bytes. kv_put() replaces. */
#define KV_KEY_MAX 500

enum wh_err kv_put(struct kv_txn *txn, unsigned table, struct span key,
    struct span value);
enum wh_err kv_del(struct kv_txn *txn, unsigned table, struct span key);

/* *value is borrowed until the next change or the end of the transaction. */
enum wh_err kv_peek(struct kv_txn *txn, unsigned table, struct span key,
    struct span *value);

/*
 * Ordered walking: the first entry with a key >= *key (kv_seek), > *key
 * (kv_next), the last one (kv_last), or the last < *key (kv_prev). An empty key
 * is before all others. Key and value are borrowed as above; the key is in and
 * out. WH_NOT_FOUND at the end. After WH_CORRUPT the key is that of the damaged
 * value, so that a walk can go on behind it.
 */
enum wh_err kv_seek(struct kv_txn *txn, unsigned table, struct span *key,
    struct span *value);
enum wh_err kv_next(struct kv_txn *txn, unsigned table, struct span *key,
    struct span *value);
enum wh_err kv_prev(struct kv_txn *txn, unsigned table, struct span *key,
    struct span *value);
enum wh_err kv_last(struct kv_txn *txn, unsigned table, struct span *key,
    struct span *value);

enum wh_err kv_count(struct kv_txn *txn, unsigned table, uint64_t *out);

/* Room, for refusing new intake before it hurts. To be asked every minute or
 * more often: it also frees what readers held that were killed. */
struct kv_room {
	size_t map_bytes;  /* the upper bound */
	size_t used_bytes; /* pages in use, free pages inside the file not
			      counted */
	size_t disk_bytes; /* blocks that the file really holds on disk */
};
enum wh_err kv_room(struct kv_txn *txn, struct kv_room *out);

/*
 * Reserve blocks ahead, so that the next commits find disk. WH_FULL when the
 * file system has none. Does nothing while enough is reserved. kv_open() tries
 * it as well, and goes on without.
 */
enum wh_err kv_grow(struct kv *kv);

/* A consistent, compacted, durable copy into a folder without a store, which
 * is made when absent; WH_EXISTS. May run while others write. */
enum wh_err kv_copy(struct kv *kv, const char *dir);

/*
 * Write the store anew, compacted, and go on in the new file: pages that were
 * freed keep old bytes, this one has none. No transaction of this process may
 * be open. Another process that reads goes on in the old file, and holds its
 * blocks until it closes. WH_FULL: no room for both, nothing was changed.
 * WH_IO, WH_CORRUPT: the store is closed, and the process must end.
 */
enum wh_err kv_compact(struct kv *kv);

/*
 * A little at a time: check the CRC of at most max values behind place, in the
 * order of tables and keys; bad() hears of each that does not match. place, all
 * zero at first, moves on; it can be kept and gone on from. WH_NOT_FOUND:
 * nothing is left. WH_CORRUPT: the table at place cannot be read on.
 */
struct kv_place {
	unsigned table;
	size_t key_len;
	uint8_t key[KV_KEY_MAX];
};
struct kv_look {
	void (*bad)(void *arg, unsigned table, struct span key);
	void *arg;
};
enum wh_err kv_look(struct kv_txn *txn, const struct kv_look *how, uint64_t max,
    struct kv_place *place, uint64_t *visited);

/* Visit every value of every table and check its CRC; *bad counts failures. */
enum wh_err kv_check(struct kv *kv, uint64_t *visited, uint64_t *bad);

#endif
