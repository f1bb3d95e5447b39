/* SPDX-License-Identifier: EUPL-1.2 */
#include "consent/audit_drop.h"
#include "consent/audit_impl.h"

#include <inttypes.h>

#include "consent/note.h"
#include "proto/base/mem.h"

/* One walk over the leaves; what is remembered does not grow with the log. */
struct walk {
	struct kv_txn *txn;
	uint32_t generation;
	struct merkle_frontier frontier; /* of this generation */
	bool dropped;     /* it was let go of: its leaves are only counted */
	uint64_t details; /* that were not swept */
	uint64_t cases;   /* places in the index that the leaves account for */
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
	struct audit_key key =
	    audit_node_key(level, note_log_entry(walk->generation, index));
	struct span value;
	enum wh_err err;

	if (level == 0)
		return WH_OK;
	walk->nodes++;
	err = kv_peek(walk->txn, TABLE_LOG_NODE, audit_key_span(&key), &value);
	if (err == WH_NOT_FOUND || err == WH_CORRUPT ||
	    (err == WH_OK && !span_equal(value, span_of(hash->b, HASH_LEN))))
		return broken(walk,
		    note_log_entry(walk->generation, index << level),
		    "a node of the tree is not that of its leaves");
	return err;
}

static enum wh_err
check_found(struct walk *walk, uint64_t index, const struct id *subject)
{
	struct audit_key key = audit_case_key(subject, index);
	struct span value;
	enum wh_err err;

	if (id_is_zero(subject))
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
check_commitment(struct walk *walk, uint64_t index,
    const struct audit_leaf *leaf)
{
	struct audit_detail detail;
	struct hash commitment;
	enum wh_err err;

	err = audit_detail_get(walk->txn, index, &detail);
	if (err == WH_NOT_FOUND)
		return WH_OK; /* erased */
	if (err == WH_CORRUPT)
		return broken(walk, index, "its details cannot be read");
	if (err != WH_OK)
		return err;
	commitment =
	    audit_commitment(&detail.key, span_of(detail.bytes, detail.len));
	if (!hash_equal(&commitment, &leaf->commitment))
		return broken(walk, index,
		    "its details are not those it was made with");
	return WH_OK;
}

/* Details, whose they are, and that they are found by it. */
static enum wh_err
check_detail(struct walk *walk, uint64_t index, const struct audit_leaf *leaf)
{
	struct id subject;
	enum wh_err err;

	err = audit_detail_subject(walk->txn, index, &subject);
	if (err == WH_NOT_FOUND)
		return check_found(walk, index, &leaf->case_ref);
	if (err == WH_CORRUPT)
		return broken(walk, index, "its details cannot be read");
	if (err != WH_OK)
		return err;
	walk->details++;
	if (!id_is_zero(&leaf->case_ref) &&
	    !id_equal(&leaf->case_ref, &subject))
		return broken(walk, index, "its details are of another case");
	err = check_found(walk, index, &subject);
	return err == WH_OK ? check_commitment(walk, index, leaf) : err;
}

/* A generation begins where it is said to: on a checkpoint before it. */
static enum wh_err
check_opened(struct walk *walk, uint64_t index, const struct audit_leaf *leaf)
{
	struct audit_key key = audit_meta_key(AUDIT_LINK, walk->generation);
	struct span note;
	struct hash link;
	enum wh_err err;

	if (note_log_leaf(index) != 0 || walk->generation == 0)
		return broken(walk, index, "it opens what was open");
	err = kv_peek(walk->txn, TABLE_LOG_META, audit_key_span(&key), &note);
	if (err == WH_OK)
		err = note_log_link(note, &link);
	if (err == WH_FULL || err == WH_IO)
		return err;
	if (err != WH_OK || !hash_equal(&link, &leaf->commitment))
		return broken(walk, index,
		    "it does not go on from the checkpoint that it names");
	return WH_OK;
}

static enum wh_err
check_leaf(struct walk *walk, struct span value)
{
	uint64_t index = note_log_entry(walk->generation, walk->frontier.size);
	struct audit_leaf leaf;
	struct hash hash;
	enum wh_err err;

	if (audit_leaf_read(value, &leaf) != WH_OK)
		return broken(walk, index, "it cannot be read");
	if (walk->dropped) {
		walk->nodes += audit_levels_at(walk->frontier.size++);
		err = WH_OK;
	} else {
		hash = merkle_leaf(value);
		err = merkle_frontier_add(&walk->frontier, &hash, compare_node,
		    walk);
	}
	if (err == WH_OK)
		err = check_members(walk, index, &leaf);
	if (err != WH_OK)
		return err;
	if (leaf.kind == AUDIT_OPENED)
		return check_opened(walk, index, &leaf);
	if (walk->generation != 0 && walk->frontier.size == 1)
		return broken(walk, index, "its generation was never opened");
	return check_detail(walk, index, &leaf);
}

static enum wh_err
check_head(struct walk *walk)
{
	struct audit_key key = audit_meta_key(AUDIT_HEAD, walk->generation);
	uint8_t expected[AUDIT_HEAD_MAX];
	struct span head = {0};
	uint64_t size = walk->frontier.size;
	enum wh_err err;

	if (walk->dropped)
		return WH_OK;
	err = kv_peek(walk->txn, TABLE_LOG_META, audit_key_span(&key), &head);
	if (err == WH_NOT_FOUND && size == 0)
		return WH_OK;
	if (err != WH_OK && err != WH_NOT_FOUND && err != WH_CORRUPT)
		return err;
	if (err != WH_OK ||
	    !span_equal(head, audit_head_write(&walk->frontier, expected)))
		return broken(walk,
		    note_log_entry(walk->generation, size == 0 ? 0 : size - 1),
		    "the head of the log is not that of its leaves");
	return WH_OK;
}

/* The head of the generation before next: as walked, or what stayed of it. */
static enum wh_err
head_before(struct walk *walk, uint32_t next, struct merkle_frontier *head)
{
	bool dropped = false;
	enum wh_err err = audit_drop_state(walk->txn, next - 1, &dropped);

	*head = (struct merkle_frontier){0};
	if (err == WH_OK && dropped)
		return audit_head_get(walk->txn, next - 1, head);
	if (walk->generation == next - 1)
		*head = walk->frontier;
	return err;
}

/* One that was closed for the year was closed with all it has. */
static enum wh_err
check_closed(struct walk *walk, uint32_t next)
{
	struct audit_key key = audit_meta_key(AUDIT_LINK, next);
	struct merkle_frontier head;
	struct hash root;
	struct note *note = mem_new(sizeof(*note));
	struct note_checkpoint closed;
	struct audit_leaf leaf;
	struct span bytes;
	enum wh_err err = head_before(walk, next, &head);
	bool holds = err == WH_OK;

	root = merkle_frontier_root(&head);
	if (holds &&
	    audit_leaf_get(walk->txn, note_log_entry(next, 0), &bytes) ==
		WH_OK &&
	    audit_leaf_read(bytes, &leaf) == WH_OK &&
	    leaf.reason == AUDIT_OPENED_YEAR)
		holds = kv_peek(walk->txn, TABLE_LOG_META, audit_key_span(&key),
			    &bytes) == WH_OK &&
			note_parse(bytes, note) == WH_OK &&
			note_checkpoint_parse(note->text, &closed) == WH_OK &&
			closed.size == head.size &&
			hash_equal(&closed.root, &root);
	mem_free(note);
	if (err == WH_OK && holds)
		return WH_OK;
	return err == WH_FULL || err == WH_IO
		   ? err
		   : broken(walk,
			 note_log_entry(walk->generation, walk->frontier.size),
			 "the log was closed with other entries");
}

/* Of one that was let go of only the rest is walked. */
static enum wh_err
enter(struct walk *walk, uint32_t generation)
{
	struct audit_gone gone = {0};
	enum wh_err err = audit_gone_get(walk->txn, generation, &gone);

	if (err != WH_OK && err != WH_NOT_FOUND)
		return err;
	walk->generation = generation;
	walk->dropped = err == WH_OK;
	walk->frontier = (struct merkle_frontier){.size = gone.next};
	return WH_OK;
}

/* On to the generation that this entry belongs to. */
static enum wh_err
turn_to(struct walk *walk, uint32_t generation)
{
	enum wh_err err = check_head(walk);

	if (err == WH_OK)
		err = check_closed(walk, generation);
	return err == WH_OK ? enter(walk, generation) : err;
}

static enum wh_err
walk_leaves(struct walk *walk)
{
	uint64_t from = 0;
	uint64_t index = 0;
	struct span leaf;
	enum wh_err err = enter(walk, 0);

	if (err != WH_OK)
		return err;
	for (;; from = index + 1) {
		err = audit_leaf_next(walk->txn, from, &index, &leaf);
		if (err == WH_CORRUPT)
			return broken(walk, from, "it cannot be read");
		if (err != WH_OK)
			return err == WH_NOT_FOUND ? WH_OK : err;
		if (note_log_generation(index) != walk->generation)
			err = turn_to(walk, note_log_generation(index));
		if (err == WH_OK && note_log_leaf(index) != walk->frontier.size)
			err = broken(walk,
			    note_log_entry(walk->generation,
				walk->frontier.size),
			    "it is missing");
		if (err == WH_OK)
			err = check_leaf(walk, leaf);
		if (err != WH_OK)
			return err;
	}
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
			return broken(walk,
			    note_log_entry(walk->generation,
				walk->frontier.size),
			    rows[i].what);
	}
	return WH_OK;
}

/* What is said to be gone is said in the log. */
static enum wh_err
check_gone(struct walk *walk)
{
	uint32_t generation = 0;
	enum wh_err err =
	    audit_drop_check(walk->txn, walk->generation, &generation);

	return err == WH_CORRUPT
		   ? broken(walk, note_log_entry(generation, 0),
			 "no entry of the log says that this one is gone")
		   : err;
}

enum wh_err
audit_verify(struct kv_txn *txn, uint64_t *size, struct hash *root,
    uint64_t *bad, struct why *why)
{
	struct walk walk = {.txn = txn, .why = why};
	struct audit audit;
	enum wh_err err;

	err = walk_leaves(&walk);
	if (err == WH_OK)
		err = check_head(&walk);
	if (err == WH_OK)
		err = check_counts(&walk);
	if (err == WH_OK)
		err = check_gone(&walk);
	if (err == WH_OK && (audit_load(&audit, txn) != WH_OK ||
				audit.generation != walk.generation))
		err = broken(&walk,
		    note_log_entry(walk.generation, walk.frontier.size),
		    "the log is said to be of another generation");
	if (err == WH_CORRUPT)
		*bad = walk.bad;
	if (err == WH_OK) {
		*size = walk.frontier.size;
		*root = merkle_frontier_root(&walk.frontier);
	}
	return err;
}
