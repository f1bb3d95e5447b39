/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_CONSENT_AUDIT_IMPL_H
#define WH_CONSENT_AUDIT_IMPL_H

#include "consent/audit.h"

/*
 * What the audit*.c files share: how the log lies in its tables. Level 0 of
 * the tree is not stored, its nodes are the hashes of the leaves. For nobody
 * else, except a test that damages a log.
 */
#define AUDIT_HEAD       "head"
#define AUDIT_CHECKPOINT "checkpoint"
#define AUDIT_COSIGNED   "cosigned"

/* The longest head: size, and a hash for each level. */
#define AUDIT_HEAD_MAX (8 + MERKLE_PATH_MAX * HASH_LEN)

/* A key of any of the tables, in place. */
struct audit_key {
	uint8_t b[NAME_MAX_LEN + 1 + 8];
	size_t len;
};
struct audit_key audit_index_key(uint64_t index);
struct audit_key audit_node_key(unsigned level, uint64_t index);
struct audit_key audit_case_key(const struct id *case_ref, uint64_t index);
struct audit_key audit_member_key(const char *member, uint64_t index);

static inline struct span
audit_key_span(const struct audit_key *key)
{
	return span_of(key->b, key->len);
}

/* The tree as txn holds it; borrows txn. */
struct merkle_source audit_source(struct kv_txn *txn);

/* Size, then the complete subtrees from the smallest up. */
struct span audit_head_write(const struct merkle_frontier *frontier,
    uint8_t out[AUDIT_HEAD_MAX]);
enum wh_err audit_head_read(struct span bytes, struct merkle_frontier *out);

#endif
