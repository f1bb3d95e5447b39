/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_TESTS_WITNESS_LOG_H
#define WH_TESTS_WITNESS_LOG_H

#include "consent/merkle.h"
#include "consent/note_checkpoint.h"
#include "consent/witness.h"
#include "proto/base/mem.h"

#define LEAVES 40

/* A log of 40 leaves under one key, and one that is another from leaf 30 on. */
struct two_logs {
	struct sign_secret key;
	struct merkle_frontier tree[2][LEAVES + 1];
	struct hash nodes[2][MERKLE_PATH_MAX][LEAVES + 1];
};

static inline enum wh_err
two_logs_keep(void *arg, unsigned level, uint64_t index,
    const struct hash *hash)
{
	struct hash(*nodes)[LEAVES + 1] = arg;

	nodes[level][index] = *hash;
	return WH_OK;
}

static inline enum wh_err
two_logs_node(void *arg, unsigned level, uint64_t index, struct hash *out)
{
	struct hash(*nodes)[LEAVES + 1] = arg;

	*out = nodes[level][index];
	return WH_OK;
}

static inline void
two_logs_grow(struct two_logs *logs, int which)
{
	struct merkle_frontier *tree = logs->tree[which];

	for (uint8_t i = 0; i < LEAVES; i++) {
		uint8_t leaf[2] = {i, i < 30 ? 0 : (uint8_t)which};
		struct hash hash = merkle_leaf(span_of(leaf, 2));

		tree[i + 1] = tree[i];
		assert_int_equal(merkle_frontier_add(&tree[i + 1], &hash,
				     two_logs_keep, logs->nodes[which]),
		    WH_OK);
	}
}

static inline void
two_logs_init(struct two_logs *logs, const struct sign_secret *key)
{
	*logs = (struct two_logs){.key = *key};
	two_logs_grow(logs, 0);
	two_logs_grow(logs, 1);
}

static inline struct witness_head
two_logs_head(const struct two_logs *logs, int which, uint64_t size)
{
	return (struct witness_head){.size = size,
	    .root = merkle_frontier_root(&logs->tree[which][size])};
}

/* The signed checkpoint of that size; the caller frees. */
static inline char *
two_logs_note(const struct two_logs *logs, int which, uint64_t size,
    const char *origin)
{
	const struct witness_head at = two_logs_head(logs, which, size);
	const struct note_checkpoint checkpoint = {.origin = span_str(origin),
	    .size = size,
	    .root = at.root};
	struct note_key log;
	char *note = NULL;

	assert_int_equal(note_key_make(origin, NOTE_ED25519,
			     logs->key.public_key, &log),
	    WH_OK);
	assert_int_equal(note_checkpoint_seal(&checkpoint, &log, &logs->key,
			     &note),
	    WH_OK);
	return note;
}

/* How many hashes lead from one size to the other. */
static inline size_t
two_logs_proof(struct two_logs *logs, int which, uint64_t from, uint64_t to,
    struct hash path[MERKLE_PATH_MAX])
{
	const struct merkle_source nodes = {two_logs_node, logs->nodes[which]};
	size_t count = 0;

	assert_int_equal(merkle_consistency(&nodes, from, to, path, &count),
	    WH_OK);
	return count;
}

#endif
