/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_OPS_CTL_LOG_KEYS_H
#define WH_OPS_CTL_LOG_KEYS_H

#include "proto/base/hash.h"
#include "proto/base/kv.h"

/*
 * The keys of the log's details, apart from the store that they belong to: a
 * backup without them tells nothing, and a key that is in no key file any more
 * opens no backup, however old.
 *
 * File: "WHK1", then subject (16) and key (32) of each in order, then SHA-256
 * of all before.
 */
struct log_key {
	struct id subject;
	struct hash key;
};

struct log_keys {
	struct log_key *list; /* owned, by subject */
	size_t count;
};
void log_keys_free(struct log_keys *keys); /* wipes */

/* Those in the store; marks of what was erased are none. */
enum wh_err log_keys_load(struct kv_txn *txn, struct log_keys *out);

/* Take them out of the store. */
enum wh_err log_keys_strip(struct kv_txn *txn, const struct log_keys *keys);

/*
 * Put them back: those of subjects that the store knows and that are not erased
 * there. *erased is the number of subjects that have none: they were erased
 * after the store was copied, and will be again, as soon as the broker runs.
 */
enum wh_err log_keys_restore(struct kv_txn *txn, const struct log_keys *keys,
    uint64_t *erased);

enum wh_err log_keys_write(const char *path, const struct log_keys *keys,
    struct why *why);
enum wh_err log_keys_read(const char *path, struct log_keys *out,
    struct why *why);

#endif
