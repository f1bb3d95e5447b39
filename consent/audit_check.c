/* SPDX-License-Identifier: EUPL-1.2 */
#include "consent/audit_check.h"

#include "consent/audit_drop.h"
#include "consent/audit_impl.h"

/* What is gone or unreadable inside the log is as wrong as what differs. */
static enum wh_err
broken(enum wh_err err, struct why *why, const char *what)
{
	if (err != WH_NOT_FOUND && err != WH_CORRUPT && err != WH_INVALID)
		return err;
	return why_set(why, WH_CORRUPT, "%s", what);
}

/* Node (level, index) from the two below it. */
static enum wh_err
check_node(const struct merkle_source *nodes, unsigned level, uint64_t index,
    struct why *why)
{
	struct hash left, right, node, expected;
	enum wh_err err;

	err = nodes->node(nodes->arg, level - 1, 2 * index, &left);
	if (err == WH_OK)
		err = nodes->node(nodes->arg, level - 1, 2 * index + 1, &right);
	if (err == WH_OK)
		err = nodes->node(nodes->arg, level, index, &node);
	if (err != WH_OK)
		return broken(err, why, "a node of the tree cannot be read");
	expected = merkle_node(&left, &right);
	if (!hash_equal(&expected, &node))
		return broken(WH_CORRUPT, why,
		    "a node of the tree is not that of its leaves");
	return WH_OK;
}

/* Those that this leaf is the last below. */
static enum wh_err
check_nodes(struct kv_txn *txn, uint64_t index, struct why *why)
{
	struct audit_tree tree = {txn, note_log_generation(index)};
	struct merkle_source nodes = audit_source(&tree);
	uint64_t leaf = note_log_leaf(index);
	enum wh_err err = WH_OK;

	for (unsigned level = 1;
	     err == WH_OK && ((leaf >> (level - 1)) & 1) == 1; level++)
		err = check_node(&nodes, level, leaf >> level, why);
	return err;
}

static enum wh_err
check_details(struct kv_txn *txn, uint64_t index, const struct audit_leaf *leaf,
    struct why *why)
{
	struct audit_detail detail;
	struct hash commitment;
	enum wh_err err;

	err = audit_detail_get(txn, index, &detail);
	if (err == WH_NOT_FOUND)
		return WH_OK; /* erased */
	if (err != WH_OK)
		return broken(err, why, "its details cannot be read");
	commitment =
	    audit_commitment(&detail.key, span_of(detail.bytes, detail.len));
	if (!hash_equal(&commitment, &leaf->commitment))
		return broken(WH_CORRUPT, why,
		    "its details are not those it was made with");
	return WH_OK;
}

static enum wh_err
check_case(struct kv_txn *txn, uint64_t index, const struct audit_leaf *leaf,
    struct why *why)
{
	uint64_t found = 0;
	enum wh_err err;

	if (id_is_zero(&leaf->case_ref))
		return WH_OK;
	err = audit_case_next(txn, &leaf->case_ref, index, &found);
	if (err == WH_OK && found != index)
		err = WH_NOT_FOUND;
	return broken(err, why, "it is not found by its case");
}

/* Under each name that it has; under none when it has none. */
static enum wh_err
check_member(struct kv_txn *txn, uint64_t index, const char *member,
    struct why *why)
{
	uint64_t found = 0;
	enum wh_err err = audit_member_next(txn, member, index, &found);

	if (err == WH_OK && found != index)
		err = WH_NOT_FOUND;
	return broken(err, why, "it is not found by its members");
}

static enum wh_err
check_members(struct kv_txn *txn, uint64_t index, const struct audit_leaf *leaf,
    struct why *why)
{
	bool from = leaf->from[0] != '\0';
	bool to = leaf->to[0] != '\0';
	enum wh_err err = WH_OK;

	if (from || !to)
		err = check_member(txn, index, leaf->from, why);
	if (err == WH_OK && to)
		err = check_member(txn, index, leaf->to, why);
	return err;
}

enum wh_err
audit_check_entry(struct kv_txn *txn, uint64_t index, struct why *why)
{
	struct audit_leaf leaf;
	struct span bytes;
	bool dropped = false;
	enum wh_err err;

	err = audit_leaf_get(txn, index, &bytes);
	if (err == WH_NOT_FOUND)
		return err;
	if (err == WH_OK)
		err = audit_leaf_read(bytes, &leaf);
	if (err != WH_OK)
		return broken(err, why, "it cannot be read");
	/* Of one that is being let go of, a part is gone. */
	err = audit_drop_state(txn, note_log_generation(index), &dropped);
	if (err != WH_OK || dropped)
		return err;
	err = check_nodes(txn, index, why);
	if (err == WH_OK)
		err = check_details(txn, index, &leaf, why);
	if (err == WH_OK)
		err = check_case(txn, index, &leaf, why);
	if (err == WH_OK)
		err = check_members(txn, index, &leaf, why);
	return err;
}

/* The head of one generation. */
static enum wh_err
check_head(struct kv_txn *txn, uint32_t generation, uint64_t size,
    struct why *why)
{
	struct merkle_frontier frontier;
	struct hash root, head;
	enum wh_err err;

	err = audit_head_get(txn, generation, &frontier);
	if (err == WH_OK)
		err = audit_root_at(txn, generation, size, &root);
	if (err != WH_OK)
		return broken(err, why, "a head or its nodes cannot be read");
	head = merkle_frontier_root(&frontier);
	if (frontier.size != size || !hash_equal(&head, &root))
		return broken(WH_CORRUPT, why,
		    "a head of the log is not that of its nodes");
	return WH_OK;
}

enum wh_err
audit_check_heads(struct kv_txn *txn, struct why *why)
{
	uint32_t generation = 0;
	uint64_t size = 0;
	enum wh_err err;

	while ((err = audit_generation_next(txn, generation, &generation,
		    &size)) == WH_OK) {
		err = check_head(txn, generation, size, why);
		if (err != WH_OK || generation++ == UINT32_MAX)
			return err;
	}
	return err == WH_NOT_FOUND ? WH_OK
				   : broken(err, why, "a head cannot be read");
}
