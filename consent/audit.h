/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_CONSENT_AUDIT_H
#define WH_CONSENT_AUDIT_H

#include "consent/audit_leaf.h"
#include "consent/merkle.h"
#include "consent/tables.h"
#include "proto/base/kv.h"
#include "proto/base/sign.h"
#include "proto/terms.h"

/*
 * The audit log: one append-only Merkle tree (RFC 9162) on kv, each entry in
 * the transaction of its effect. A leaf has a fixed size and says nothing
 * about a person; what it is about stands in an erasable detail, to which the
 * leaf is committed by HMAC under a key of its own.
 */

/* What to write down. details is "key=value" lines; never about a person. */
struct audit_entry {
	enum audit_kind kind;
	uint16_t reason;
	int64_t at_ms;
	struct id case_ref;
	const char *from;
	const char *to;
	struct span details;
};

/* The tree's head, kept in step with an open transaction. */
struct audit {
	struct merkle_frontier frontier;
};

/* Read the head that txn sees: at start, and after an aborted transaction. */
enum wh_err audit_load(struct audit *audit, struct kv_txn *txn);

/*
 * Append. The event id and the commitment key come from seed and the index,
 * so that a replay writes the same bytes. *index is the leaf's place.
 */
enum wh_err audit_append(struct audit *audit, struct kv_txn *txn,
    const struct hash *seed, const struct audit_entry *entry, uint64_t *index);

/*
 * Erase the details of an entry (AVG art. 17) and say so in a new one, about
 * the same case and members; *erased is its place. The tree stays as it is.
 * WH_NOT_FOUND: no such entry, or erased already.
 */
enum wh_err audit_erase(struct audit *audit, struct kv_txn *txn,
    const struct hash *seed, int64_t at_ms, uint64_t index, uint64_t *erased);

uint64_t audit_size(const struct audit *audit);
struct hash audit_root(const struct audit *audit);

/* Reading back, for proofs and people; spans are borrowed from txn. */
enum wh_err audit_leaf_get(struct kv_txn *txn, uint64_t index,
    struct span *leaf);
enum wh_err audit_detail_get(struct kv_txn *txn, uint64_t index,
    struct hash *key, struct span *details);

/* The first entry about this case at from or later; WH_NOT_FOUND. */
enum wh_err audit_case_next(struct kv_txn *txn, const struct id *case_ref,
    uint64_t from, uint64_t *index);

/* The first entry at from or later that names this member as sender or
 * recipient; "" for those that name nobody. WH_NOT_FOUND. */
enum wh_err audit_member_next(struct kv_txn *txn, const char *member,
    uint64_t from, uint64_t *index);

/* RFC 9162 section 2.1.3 and 2.1.4; at most 64 hashes. */
enum wh_err audit_inclusion(struct kv_txn *txn, uint64_t index, uint64_t size,
    struct hash path[64], size_t *count);
/* The root of the first size leaves. */
enum wh_err audit_root_at(struct kv_txn *txn, uint64_t size, struct hash *root);
enum wh_err audit_consistency(struct kv_txn *txn, uint64_t from, uint64_t to,
    struct hash path[64], size_t *count);

/*
 * Recompute everything from the leaves: nodes, root, commitments of details
 * that are not erased, the indexes by case and member, the head. Memory does
 * not grow with the log. WH_CORRUPT: *bad is the first index that does not hold
 * (for a node the first leaf below it), with why.
 */
enum wh_err audit_verify(struct kv_txn *txn, uint64_t *size, struct hash *root,
    uint64_t *bad, struct why *why);

/*
 * A signed checkpoint (C2SP tlog-checkpoint) of the head. Heap text, NUL at
 * the end. It is kept in the store and in a second file beside it, written
 * durably; only then may it be shown to anybody.
 */
enum wh_err audit_checkpoint_make(const struct audit *audit, const char *origin,
    const struct sign_secret *key, char **note);
enum wh_err audit_checkpoint_keep(struct kv_txn *txn, const char *second_path,
    const char *note, struct why *why);

/*
 * The last checkpoint that a quorum of witnesses cosigned, beside the one
 * above: in the store and in a file of its own. WH_NOT_FOUND: none yet;
 * borrowed from txn.
 */
enum wh_err audit_cosigned_keep(struct kv_txn *txn, const char *second_path,
    const char *note, struct why *why);
enum wh_err audit_cosigned_get(struct kv_txn *txn, struct span *note);

/*
 * At start, after the journal's tail was applied: recompute the root from the
 * nodes and compare with the checkpoint in the store and the second file (both
 * may be absent on a first start, the one in the store after a crash).
 * WH_CORRUPT when the log is behind one of them or has another root at its
 * size, or when the second file is gone: it was rolled back, forked or put
 * back from a copy, and nothing may be appended.
 */
enum wh_err audit_checkpoint_compare(struct kv_txn *txn,
    const char *second_path, const char *origin,
    const uint8_t log_key[SIGN_KEY_LEN], struct why *why);

#endif
