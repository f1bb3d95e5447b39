/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_CONSENT_AUDIT_H
#define WH_CONSENT_AUDIT_H

#include "consent/audit_leaf.h"
#include "consent/merkle.h"
#include "consent/note_log.h"
#include "consent/tables.h"
#include "proto/base/kv.h"
#include "proto/base/sign.h"
#include "proto/terms.h"

/*
 * The audit log: append-only Merkle trees (RFC 9162) on kv, each entry in the
 * transaction of its effect. A leaf has a fixed size and says nothing about a
 * person; what it is about stands in a detail, sealed under a key for each
 * subject (audit_erase.h). One tree is one generation; an entry's number names
 * both (note_log.h), and that is what "index" means below. A size is always
 * that of one tree.
 */

/* What to write down. details is "key=value" lines; never about a person. */
struct audit_entry {
	enum audit_kind kind;
	uint16_t reason;
	int64_t at_ms;
	struct id case_ref;
	struct id subject; /* without a case: a permission id, or zero */
	const char *from;
	const char *to;
	struct span details;
};

/* The tree's head, kept in step with an open transaction. */
struct audit {
	uint32_t generation;
	struct merkle_frontier frontier;
};

/* Read the head that txn sees: at start, and after an aborted transaction. */
enum wh_err audit_load(struct audit *audit, struct kv_txn *txn);

/*
 * Append. The event id and, for a new subject, its key come from seed and the
 * index, so that a replay writes the same bytes. WH_FULL: the generation is.
 */
enum wh_err audit_append(struct audit *audit, struct kv_txn *txn,
    const struct hash *seed, const struct audit_entry *entry, uint64_t *index);

/*
 * Go on in a new tree, whose first leaf holds the link to note, the last known
 * checkpoint of the log before: for the year the one of its last head, kept by
 * audit_checkpoint_keep() before. generation is above the present one.
 * WH_INVALID: it is not, or note is no checkpoint.
 */
struct audit_opening {
	enum audit_opened reason;
	uint32_t generation;
	int64_t at_ms;
	struct span note;
};
enum wh_err audit_open(struct audit *audit, struct kv_txn *txn,
    const struct hash *seed, const struct audit_opening *opening);

uint64_t audit_size(const struct audit *audit); /* leaves of this tree */
struct hash audit_root(const struct audit *audit);
uint32_t audit_generation(const struct audit *audit);
/* Every entry up to now has a number below this. */
uint64_t audit_next(const struct audit *audit);

/* Reading back, for proofs and people; spans are borrowed from txn. */
enum wh_err audit_leaf_get(struct kv_txn *txn, uint64_t index,
    struct span *leaf);

/*
 * The first entry at from or later, of whichever generation; WH_NOT_FOUND.
 * After WH_CORRUPT *index is that of the damaged one, so that a walk can go on
 * behind it.
 */
enum wh_err audit_leaf_next(struct kv_txn *txn, uint64_t from, uint64_t *index,
    struct span *leaf);

/* Copied out. WH_NOT_FOUND: there are none, or they were erased. */
struct audit_detail {
	struct hash key; /* of the commitment: shows this entry, no other */
	size_t len;
	uint8_t bytes[AUDIT_DETAIL_MAX];
};
enum wh_err audit_detail_get(struct kv_txn *txn, uint64_t index,
    struct audit_detail *out);

/* The first entry about this subject at from or later; WH_NOT_FOUND. */
enum wh_err audit_case_next(struct kv_txn *txn, const struct id *subject,
    uint64_t from, uint64_t *index);

/* The first entry at from or later that names this member as sender or
 * recipient; "" for those that name nobody. WH_NOT_FOUND. */
enum wh_err audit_member_next(struct kv_txn *txn, const char *member,
    uint64_t from, uint64_t *index);

/* The generations that are here, not let go of: the first one at from or
 * later. */
enum wh_err audit_generation_next(struct kv_txn *txn, uint32_t from,
    uint32_t *generation, uint64_t *size);

/* RFC 9162 section 2.1.3 and 2.1.4, in the tree of one generation. */
enum wh_err audit_inclusion(struct kv_txn *txn, uint64_t index, uint64_t size,
    struct hash path[64], size_t *count);
enum wh_err audit_size_of(struct kv_txn *txn, uint32_t generation,
    uint64_t *size); /* 0: not here */
/* The root of the first size leaves. */
enum wh_err audit_root_at(struct kv_txn *txn, uint32_t generation,
    uint64_t size, struct hash *root);
enum wh_err audit_consistency(struct kv_txn *txn, uint32_t generation,
    uint64_t from, uint64_t to, struct hash path[64], size_t *count);

/*
 * Recompute everything from the leaves, in all generations: nodes, roots,
 * commitments of details that are not erased, the indexes by case and
 * member, the heads, and that each generation goes on from a checkpoint of one
 * before. Memory does not grow with the log. size and root are those of the
 * present tree. WH_CORRUPT: *bad is the first index that does not hold (for a
 * node the first leaf below it), with why.
 */
enum wh_err audit_verify(struct kv_txn *txn, uint64_t *size, struct hash *root,
    uint64_t *bad, struct why *why);

/*
 * A checkpoint (C2SP tlog-checkpoint) of the head under the origin of its
 * generation, signed with each of count keys: while the log's key rotates, with
 * the old and the new. Heap text, NUL at the end. It is kept in the store and
 * in a second file beside it, written durably; only then may it be shown to
 * anybody.
 */
enum wh_err audit_checkpoint_make(const struct audit *audit,
    const char *log_origin, const struct sign_secret *keys, size_t count,
    char **note);
enum wh_err audit_checkpoint_keep(struct kv_txn *txn, const char *second_path,
    const char *note, struct why *why);

/* The last one kept of a generation, borrowed; WH_NOT_FOUND. */
enum wh_err audit_checkpoint_note(struct kv_txn *txn, uint32_t generation,
    struct span *note);

/*
 * The last checkpoint that a quorum of witnesses cosigned, beside the one
 * above: in the store and in a file of its own. WH_NOT_FOUND: none yet, or none
 * of that generation;
 * borrowed from txn.
 */
enum wh_err audit_cosigned_keep(struct kv_txn *txn, const char *second_path,
    const char *note, struct why *why);
enum wh_err audit_cosigned_get(struct kv_txn *txn, uint32_t generation,
    struct span *note);

/*
 * At start, after the journal's tail was applied: recompute the root from the
 * nodes and compare with the checkpoints in the store and the second file (all
 * may be absent on a first start, those in the store after a crash).
 * WH_CORRUPT when the log is behind one of them or has another root at its
 * size, or when the second file is gone: it was rolled back, forked or put
 * back from a copy, and nothing may be appended. keys: who may have signed
 * (register_log_keys).
 */
enum wh_err audit_checkpoint_compare(struct kv_txn *txn,
    const char *second_path, const struct note_key *keys, size_t count,
    struct why *why);

#endif
