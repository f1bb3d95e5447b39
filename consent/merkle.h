/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_CONSENT_MERKLE_H
#define WH_CONSENT_MERKLE_H

#include "proto/base/err.h"
#include "proto/base/hash.h"
#include "proto/base/span.h"

/*
 * The Merkle tree of RFC 9162 section 2.1 over SHA-256. Pure: nothing is
 * stored here. Node (level, index) is the root of the complete subtree over
 * the leaves index << level to ((index + 1) << level) - 1; level 0 holds the
 * leaf hashes.
 */

/*
 * More leaves than any log will have, and a path through them is never longer
 * than 64 hashes. The bound that C2SP puts on a tree size too.
 */
#define MERKLE_SIZE_MAX ((uint64_t)INT64_MAX)
/* 63 levels, and one hash more where a consistency proof starts. */
#define MERKLE_PATH_MAX 64

struct hash merkle_leaf(struct span data);
struct hash merkle_node(const struct hash *left, const struct hash *right);

/*
 * What must be remembered to append: full[level] is the root of a complete
 * subtree where that bit of size is set, and zero elsewhere: one tree has one
 * frontier. All zero is the empty tree.
 */
struct merkle_frontier {
	uint64_t size; /* leaves */
	struct hash full[MERKLE_PATH_MAX];
};

/* Called for each subtree that a new leaf completes, the leaf itself first. */
typedef enum wh_err (*merkle_emit)(void *arg, unsigned level, uint64_t index,
    const struct hash *hash);

/*
 * Append. emit may be NULL; its error is returned and leaves the frontier as
 * it was. WH_FULL at MERKLE_SIZE_MAX.
 */
enum wh_err merkle_frontier_add(struct merkle_frontier *frontier,
    const struct hash *leaf_hash, merkle_emit emit, void *arg);

/* The root; SHA-256 of nothing for the empty tree. */
struct hash merkle_frontier_root(const struct merkle_frontier *frontier);

/* Where complete subtrees can be read back. */
struct merkle_source {
	enum wh_err (
	    *node)(void *arg, unsigned level, uint64_t index, struct hash *out);
	void *arg;
};

/*
 * The frontier, root and proofs of the tree of the first size leaves, from
 * nodes. The tree behind nodes may be larger: no node that reaches past size
 * is asked for. Errors of node() are passed on; nothing is written then.
 * WH_INVALID: index >= size, from 0 or from > size. WH_TOO_BIG: size passes
 * MERKLE_SIZE_MAX.
 */
enum wh_err merkle_frontier_load(const struct merkle_source *nodes,
    uint64_t size, struct merkle_frontier *out);
enum wh_err merkle_root(const struct merkle_source *nodes, uint64_t size,
    struct hash *out);
/* RFC 9162 section 2.1.3.1: from the leaf's sibling up. */
enum wh_err merkle_inclusion(const struct merkle_source *nodes, uint64_t index,
    uint64_t size, struct hash path[MERKLE_PATH_MAX], size_t *count);
/* RFC 9162 section 2.1.4.1; empty when from equals size. */
enum wh_err merkle_consistency(const struct merkle_source *nodes, uint64_t from,
    uint64_t size, struct hash path[MERKLE_PATH_MAX], size_t *count);

/*
 * Verification of what somebody else sent, of any length. WH_INVALID when it
 * cannot be a proof for these numbers (too long, too short, a hash that is not
 * 32 bytes), WH_CRYPTO when it is one of something else.
 *
 * RFC 9162 section 2.1.3.2.
 */
enum wh_err merkle_check_inclusion(struct span leaf_hash, uint64_t index,
    uint64_t size, const struct span *path, size_t count, struct span root);

/*
 * RFC 9162 section 2.1.4.2. from 0 is WH_INVALID, whatever size is: who
 * follows a log from its start has nothing to check. from equal to size needs
 * an empty path and equal roots.
 */
enum wh_err merkle_check_consistency(uint64_t from, uint64_t size,
    struct span from_root, struct span root, const struct span *path,
    size_t count);

#endif
