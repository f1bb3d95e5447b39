/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_CONSENT_AUDIT_IMPL_H
#define WH_CONSENT_AUDIT_IMPL_H

#include "consent/audit.h"
#include "proto/base/aead.h"
#include "proto/base/be.h"

/*
 * What the audit*.c files share: how the log lies in its tables. Level 0 of
 * the tree is not stored, its nodes are the hashes of the leaves. For nobody
 * else, except a test that damages a log.
 *
 * TABLE_LOG_META: the number of the present generation, and for each of them
 * under its name and be32 generation the head, the last checkpoint, the note
 * that it was opened on, and that it was let go of.
 */
#define AUDIT_GENERATION "generation"
#define AUDIT_HEAD       "head"
#define AUDIT_CHECKPOINT "checkpoint"
#define AUDIT_COSIGNED   "cosigned"
#define AUDIT_LINK       "link"
#define AUDIT_GONE       "gone"

/* The longest head: size, and a hash for each level. */
#define AUDIT_HEAD_MAX (8 + MERKLE_PATH_MAX * HASH_LEN)

/* A key of any of the tables, in place. */
struct audit_key {
	uint8_t b[NAME_MAX_LEN + 1 + 8];
	size_t len;
};
struct audit_key audit_index_key(uint64_t index);
/* index: within the level, under the generation as a number of an entry. */
struct audit_key audit_node_key(unsigned level, uint64_t index);
struct audit_key audit_case_key(const struct id *subject, uint64_t index);
struct audit_key audit_member_key(const char *member, uint64_t index);
struct audit_key audit_meta_key(const char *name, uint32_t generation);

static inline struct span
audit_key_span(const struct audit_key *key)
{
	return span_of(key->b, key->len);
}

/* The tree of a generation as txn holds it; borrows tree. */
struct audit_tree {
	struct kv_txn *txn;
	uint32_t generation;
};
struct merkle_source audit_source(struct audit_tree *tree);

/* Size, then the complete subtrees from the smallest up. */
struct span audit_head_write(const struct merkle_frontier *frontier,
    uint8_t out[AUDIT_HEAD_MAX]);
enum wh_err audit_head_read(struct span bytes, struct merkle_frontier *out);
/* The head of a generation; an empty tree when it has none. */
enum wh_err audit_head_get(struct kv_txn *txn, uint32_t generation,
    struct merkle_frontier *out);

/* How far a generation that was let go of is gone: audit_drop.h. */
struct audit_gone {
	uint64_t next;  /* the first leaf that is still here */
	uint64_t entry; /* that says so */
};
enum wh_err audit_gone_get(struct kv_txn *txn, uint32_t generation,
    struct audit_gone *out); /* WH_NOT_FOUND: it is kept */

/* How many levels of subtrees leaf i is the last leaf of. */
static inline unsigned
audit_levels_at(uint64_t i)
{
	return (unsigned)__builtin_ctzll(i + 1);
}

/* The leaf, its nodes and the head. */
enum wh_err audit_leaf_put(struct kv_txn *txn, struct audit *audit,
    const struct audit_leaf *leaf);

/*
 * Details in the store: the subject, then the text sealed under a key made of
 * the subject's for this entry; the nonce is the start of the event id.
 * audit_detail_put() makes the subject's key when it is new, and the
 * commitment of the leaf.
 */
#define AUDIT_DETAIL_MIN (sizeof(struct id) + AEAD_TAG_LEN)
enum wh_err audit_detail_put(struct kv_txn *txn, const struct hash *seed,
    const struct id *subject, uint64_t index, struct span details,
    struct audit_leaf *leaf);
/* The row itself: whose it is. */
enum wh_err audit_detail_subject(struct kv_txn *txn, uint64_t index,
    struct id *subject);

#endif
