/* SPDX-License-Identifier: EUPL-1.2 */
#include "consent/audit_impl.h"

#include <inttypes.h>

/* One walk over the leaves; what is remembered does not grow with the log. */
struct walk {
	struct kv_txn *txn;
	struct merkle_frontier frontier;
	uint64_t details; /* that are not erased */
	uint64_t cases;   /* leaves that are about a case */
	uint64_t members; /* rows that find them by a name, or by none */
	uint64_t nodes;   /* complete subtrees above the leaves */
	uint64_t bad;
	struct why *why;
};

static enum wh_err
broken(struct walk *walk, uint64_t index, const char *what)
{
	walk->bad = index;
	return why_set(walk->why, WH_CORRUPT,
	    "entry %" PRIu64 ": %s; restore the store from a backup and "
	    "start a new log",
	    index, what);
}

/* The first leaf below a node stands for it. */
static enum wh_err
compare_node(void *arg, unsigned level, uint64_t index, const struct hash *hash)
{
	struct walk *walk = arg;
	struct audit_key key = audit_node_key(level, index);
	struct span value;
	enum wh_err err;

	if (level == 0)
		return WH_OK;
	walk->nodes++;
	err = kv_peek(walk->txn, TABLE_LOG_NODE, audit_key_span(&key), &value);
	if (err == WH_NOT_FOUND || err == WH_CORRUPT ||
	    (err == WH_OK && !span_equal(value, span_of(hash->b, HASH_LEN))))
		return broken(walk, index << level,
		    "a node of the tree is not that of its leaves");
	return err;
}

static enum wh_err
check_commitment(struct walk *walk, uint64_t index,
    const struct audit_leaf *leaf)
{
	struct span details;
	struct hash commitment;
	struct hash key;
	enum wh_err err;

	err = audit_detail_get(walk->txn, index, &key, &details);
	if (err == WH_NOT_FOUND)
		return WH_OK; /* erased */
	if (err == WH_CORRUPT)
		return broken(walk, index, "its details cannot be read");
	if (err != WH_OK)
		return err;
	walk->details++;
	commitment = audit_commitment(&key, details);
	if (!hash_equal(&commitment, &leaf->commitment))
		return broken(walk, index,
		    "its details are not those it was made with");
	return WH_OK;
}

static enum wh_err
check_case(struct walk *walk, uint64_t index, const struct audit_leaf *leaf)
{
	struct audit_key key = audit_case_key(&leaf->case_ref, index);
	struct span value;
	enum wh_err err;

	if (id_is_zero(&leaf->case_ref))
		return WH_OK;
	walk->cases++;
	err =
	    kv_peek(walk->txn, TABLE_LOG_BY_CASE, audit_key_span(&key), &value);
	if (err == WH_NOT_FOUND || err == WH_CORRUPT)
		return broken(walk, index, "it is not found by its case");
	return err;
}

static enum wh_err
check_member(struct walk *walk, uint64_t index, const char *member)
{
	struct audit_key key = audit_member_key(member, index);
	struct span value;
	enum wh_err err;

	err = kv_peek(walk->txn, TABLE_LOG_BY_MEMBER, audit_key_span(&key),
	    &value);
	if (err == WH_NOT_FOUND || err == WH_CORRUPT)
		return broken(walk, index, "it is not found by its member");
	return err;
}

static enum wh_err
check_members(struct walk *walk, uint64_t index, const struct audit_leaf *leaf)
{
	bool from = leaf->from[0] != '\0';
	bool to = leaf->to[0] != '\0' && strcmp(leaf->to, leaf->from) != 0;
	enum wh_err err = WH_OK;

	walk->members += from && to ? 2 : 1;
	if (from || !to)
		err = check_member(walk, index, leaf->from);
	if (err == WH_OK && to)
		err = check_member(walk, index, leaf->to);
	return err;
}

static enum wh_err
check_leaf(struct walk *walk, struct span key, struct span value)
{
	uint64_t index = walk->frontier.size;
	struct audit_leaf leaf;
	struct hash hash;
	enum wh_err err;

	if (key.len != 8 || be64_get(key.p) != index)
		return broken(walk, index, "it is missing");
	if (audit_leaf_read(value, &leaf) != WH_OK)
		return broken(walk, index, "it cannot be read");
	hash = merkle_leaf(value);
	err = merkle_frontier_add(&walk->frontier, &hash, compare_node, walk);
	if (err == WH_OK)
		err = check_commitment(walk, index, &leaf);
	if (err == WH_OK)
		err = check_case(walk, index, &leaf);
	if (err == WH_OK)
		err = check_members(walk, index, &leaf);
	return err;
}

static enum wh_err
walk_leaves(struct walk *walk)
{
	struct span key = {0};
	struct span value = {0};
	struct audit_key at = audit_index_key(0);
	enum wh_err err;

	key = audit_key_span(&at);
	err = kv_seek(walk->txn, TABLE_LOG_LEAF, &key, &value);
	while (err == WH_OK) {
		err = check_leaf(walk, key, value);
		if (err != WH_OK)
			return err;
		err = kv_next(walk->txn, TABLE_LOG_LEAF, &key, &value);
	}
	if (err == WH_CORRUPT)
		return broken(walk, walk->frontier.size, "it cannot be read");
	return err == WH_NOT_FOUND ? WH_OK : err;
}

/* Nothing stands in the other tables that no leaf accounts for. */
static enum wh_err
check_counts(struct walk *walk)
{
	const struct {
		unsigned table;
		uint64_t expected;
		const char *what;
	} rows[] = {
	    {TABLE_LOG_NODE, walk->nodes, "there are nodes beyond the leaves"},
	    {TABLE_LOG_DETAIL, walk->details,
		"there are details beyond the leaves"},
	    {TABLE_LOG_BY_CASE, walk->cases, "there are cases of no leaf"},
	    {TABLE_LOG_BY_MEMBER, walk->members,
		"there are members of no leaf"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		uint64_t count;
		enum wh_err err = kv_count(walk->txn, rows[i].table, &count);

		if (err != WH_OK)
			return err;
		if (count != rows[i].expected)
			return broken(walk, walk->frontier.size, rows[i].what);
	}
	return WH_OK;
}

static enum wh_err
check_head(struct walk *walk)
{
	uint8_t expected[AUDIT_HEAD_MAX];
	struct span head = {0};
	enum wh_err err;

	err = kv_peek(walk->txn, TABLE_LOG_META, span_str(AUDIT_HEAD), &head);
	if (err == WH_NOT_FOUND && walk->frontier.size == 0)
		return WH_OK;
	if (err != WH_OK && err != WH_NOT_FOUND && err != WH_CORRUPT)
		return err;
	if (err != WH_OK ||
	    !span_equal(head, audit_head_write(&walk->frontier, expected)))
		return broken(walk,
		    walk->frontier.size == 0 ? 0 : walk->frontier.size - 1,
		    "the head of the log is not that of its leaves");
	return WH_OK;
}

enum wh_err
audit_verify(struct kv_txn *txn, uint64_t *size, struct hash *root,
    uint64_t *bad, struct why *why)
{
	struct walk walk = {.txn = txn, .why = why};
	enum wh_err err;

	err = walk_leaves(&walk);
	if (err == WH_OK)
		err = check_head(&walk);
	if (err == WH_OK)
		err = check_counts(&walk);
	if (err == WH_CORRUPT)
		*bad = walk.bad;
	if (err == WH_OK) {
		*size = walk.frontier.size;
		*root = merkle_frontier_root(&walk.frontier);
	}
	return err;
}
