/* SPDX-License-Identifier: EUPL-1.2 */
#include "consent/audit_drop.h"

#include <inttypes.h>
#include <stdio.h>

#include "consent/audit_impl.h"
#include "proto/base/text.h"

/* A generation that is over for longer than the log is kept. */

#define GONE_LEN    16
#define DETAILS_MAX 192

static enum wh_err
gone_read(struct span value, struct audit_gone *out)
{
	if (value.len != GONE_LEN)
		return WH_CORRUPT;
	out->next = be64_get(value.p);
	out->entry = be64_get(value.p + 8);
	return WH_OK;
}

enum wh_err
audit_gone_get(struct kv_txn *txn, uint32_t generation, struct audit_gone *out)
{
	struct audit_key key = audit_meta_key(AUDIT_GONE, generation);
	struct span value;
	enum wh_err err;

	err = kv_peek(txn, TABLE_LOG_META, audit_key_span(&key), &value);
	return err == WH_OK ? gone_read(value, out) : err;
}

static enum wh_err
gone_put(struct kv_txn *txn, uint32_t generation, const struct audit_gone *gone)
{
	struct audit_key key = audit_meta_key(AUDIT_GONE, generation);
	uint8_t value[GONE_LEN];

	be64_put(value, gone->next);
	be64_put(value + 8, gone->entry);
	return kv_put(txn, TABLE_LOG_META, audit_key_span(&key),
	    span_of(value, sizeof(value)));
}

enum wh_err
audit_drop_state(struct kv_txn *txn, uint32_t generation, bool *dropped)
{
	struct audit_gone gone;
	enum wh_err err = audit_gone_get(txn, generation, &gone);

	if (err == WH_OK || err == WH_NOT_FOUND)
		*dropped = err == WH_OK;
	return err == WH_NOT_FOUND ? WH_OK : err;
}

enum wh_err
audit_drop_head(struct kv_txn *txn, uint32_t generation, uint64_t *size,
    struct hash *root)
{
	struct merkle_frontier head;
	struct audit_gone gone;
	enum wh_err err = audit_gone_get(txn, generation, &gone);

	if (err == WH_OK)
		err = audit_head_get(txn, generation, &head);
	if (err != WH_OK)
		return err;
	*size = head.size;
	*root = merkle_frontier_root(&head);
	return WH_OK;
}

enum wh_err
audit_drop_closed(struct kv_txn *txn, uint32_t generation, int64_t *at_ms)
{
	struct audit_leaf leaf;
	struct span bytes;
	uint64_t index;
	enum wh_err err;

	err = audit_leaf_next(txn, note_log_entry(generation + 1, 0), &index,
	    &bytes);
	if (err == WH_OK && (audit_leaf_read(bytes, &leaf) != WH_OK ||
				leaf.kind != AUDIT_OPENED))
		err = WH_CORRUPT;
	if (err == WH_OK)
		*at_ms = leaf.at_ms;
	return err;
}

/* What the entry says, of the head as it stays. */
static enum wh_err
details_of(struct kv_txn *txn, uint32_t generation, char out[DETAILS_MAX])
{
	char hex[2 * HASH_LEN + 1];
	struct merkle_frontier head;
	struct hash root;
	enum wh_err err = audit_head_get(txn, generation, &head);

	if (err != WH_OK)
		return err;
	root = merkle_frontier_root(&head);
	hex_encode(span_of(root.b, HASH_LEN), hex);
	(void)snprintf(out, DETAILS_MAX,
	    "generation=%" PRIu32 "\nentries=%" PRIu64 "\nroot=%s\n",
	    generation, head.size, hex);
	return WH_OK;
}

enum wh_err
audit_drop(struct audit *audit, struct kv_txn *txn, const struct hash *seed,
    uint32_t generation, int64_t at_ms, uint64_t *index)
{
	struct audit_entry entry = {.kind = AUDIT_DROPPED,
	    .at_ms = at_ms,
	    .from = "",
	    .to = ""};
	struct audit_gone gone = {0};
	char details[DETAILS_MAX];
	uint32_t oldest;
	uint64_t size;
	enum wh_err err;

	err = audit_generation_next(txn, 0, &oldest, &size);
	if (err == WH_OK &&
	    (oldest != generation || generation == audit->generation))
		err = WH_INVALID;
	if (err == WH_OK)
		err = details_of(txn, generation, details);
	if (err != WH_OK)
		return err == WH_NOT_FOUND ? WH_INVALID : err;
	entry.details = span_str(details);
	err = audit_append(audit, txn, seed, &entry, index);
	gone.entry = *index;
	return err == WH_OK ? gone_put(txn, generation, &gone) : err;
}

static enum wh_err
take_out(struct kv_txn *txn, unsigned table, const struct audit_key *key)
{
	enum wh_err err = kv_del(txn, table, audit_key_span(key));

	return err == WH_NOT_FOUND ? WH_OK : err;
}

/* Its details, and what finds it. */
static enum wh_err
take_detail(struct kv_txn *txn, uint64_t index, const struct audit_leaf *leaf)
{
	struct audit_key at = audit_index_key(index);
	struct audit_key from = audit_member_key(leaf->from, index);
	struct audit_key to = audit_member_key(leaf->to, index);
	struct audit_key by_case;
	struct id subject;
	enum wh_err err = audit_detail_subject(txn, index, &subject);

	if (err == WH_NOT_FOUND)
		subject = leaf->case_ref;
	else if (err != WH_OK)
		return err;
	by_case = audit_case_key(&subject, index);
	err = take_out(txn, TABLE_LOG_DETAIL, &at);
	if (err == WH_OK)
		err = take_out(txn, TABLE_LOG_BY_CASE, &by_case);
	if (err == WH_OK)
		err = take_out(txn, TABLE_LOG_BY_MEMBER, &from);
	return err == WH_OK ? take_out(txn, TABLE_LOG_BY_MEMBER, &to) : err;
}

/* A leaf goes with the subtrees that it was the last leaf of. */
static enum wh_err
take_leaf(struct kv_txn *txn, uint32_t generation, uint64_t i)
{
	uint64_t index = note_log_entry(generation, i);
	struct audit_key at = audit_index_key(index);
	unsigned levels = audit_levels_at(i);
	struct audit_leaf leaf;
	struct span bytes;
	enum wh_err err = audit_leaf_get(txn, index, &bytes);

	if (err == WH_OK)
		err = audit_leaf_read(bytes, &leaf);
	if (err != WH_OK)
		return WH_CORRUPT;
	err = take_detail(txn, index, &leaf);
	for (unsigned level = 1; err == WH_OK && level <= levels; level++) {
		struct audit_key node = audit_node_key(level,
		    note_log_entry(generation, i >> level));

		err = take_out(txn, TABLE_LOG_NODE, &node);
	}
	return err == WH_OK ? take_out(txn, TABLE_LOG_LEAF, &at) : err;
}

enum wh_err
audit_drop_sweep(struct kv_txn *txn, uint32_t generation, unsigned max,
    bool *more)
{
	struct merkle_frontier head;
	struct audit_gone gone;
	enum wh_err err = audit_gone_get(txn, generation, &gone);

	*more = false;
	if (err != WH_OK)
		return err == WH_NOT_FOUND ? WH_INVALID : err;
	err = audit_head_get(txn, generation, &head);
	for (; err == WH_OK && max > 0 && gone.next < head.size; max--)
		err = take_leaf(txn, generation, gone.next++);
	*more = gone.next < head.size;
	return err == WH_OK ? gone_put(txn, generation, &gone) : err;
}

/* The entry itself may be gone with its own generation since. */
static enum wh_err
check_entry(struct kv_txn *txn, uint32_t generation, uint64_t entry)
{
	char expected[DETAILS_MAX];
	struct audit_detail detail;
	struct audit_leaf leaf;
	struct span bytes;
	bool dropped = false;
	enum wh_err err;

	err = audit_drop_state(txn, note_log_generation(entry), &dropped);
	if (err != WH_OK || dropped)
		return err;
	if (audit_leaf_get(txn, entry, &bytes) != WH_OK ||
	    audit_leaf_read(bytes, &leaf) != WH_OK ||
	    leaf.kind != AUDIT_DROPPED)
		return WH_CORRUPT;
	err = audit_detail_get(txn, entry, &detail);
	if (err == WH_NOT_FOUND)
		return WH_OK; /* a backup: its keys are elsewhere */
	if (err == WH_OK)
		err = details_of(txn, generation, expected);
	if (err == WH_OK &&
	    !span_equal(span_of(detail.bytes, detail.len), span_str(expected)))
		err = WH_CORRUPT;
	return err;
}

enum wh_err
audit_drop_check(struct kv_txn *txn, uint32_t present, uint32_t *generation)
{
	struct audit_key at = audit_meta_key(AUDIT_GONE, 0);
	size_t prefix = at.len - 4;
	struct audit_gone gone;
	struct span key, value;
	enum wh_err err;

	for (;;) {
		key = audit_key_span(&at);
		err = kv_seek(txn, TABLE_LOG_META, &key, &value);
		if (err == WH_NOT_FOUND ||
		    (err == WH_OK && (key.len != at.len ||
					 memcmp(key.p, at.b, prefix) != 0)))
			return WH_OK;
		if (err != WH_OK)
			return err;
		*generation = be32_get(key.p + prefix);
		err = *generation < present ? gone_read(value, &gone)
					    : WH_CORRUPT;
		if (err == WH_OK)
			err = check_entry(txn, *generation, gone.entry);
		if (err != WH_OK || *generation == UINT32_MAX)
			return err;
		at = audit_meta_key(AUDIT_GONE, *generation + 1);
	}
}
