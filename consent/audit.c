/* SPDX-License-Identifier: EUPL-1.2 */
#include "consent/audit_impl.h"

#include <inttypes.h>
#include <stdio.h>

#include "proto/base/mem.h"

struct audit_key
audit_index_key(uint64_t index)
{
	struct audit_key key = {.len = 8};

	be64_put(key.b, index);
	return key;
}

struct audit_key
audit_node_key(unsigned level, uint64_t index)
{
	struct audit_key key = {.b = {(uint8_t)level}, .len = 9};

	be64_put(key.b + 1, index);
	return key;
}

struct audit_key
audit_case_key(const struct id *case_ref, uint64_t index)
{
	struct audit_key key = {.len = sizeof(case_ref->b) + 8};

	memcpy(key.b, case_ref->b, sizeof(case_ref->b));
	be64_put(key.b + sizeof(case_ref->b), index);
	return key;
}

struct audit_key
audit_member_key(const char *member, uint64_t index)
{
	struct audit_key key;
	size_t len = strnlen(member, NAME_MAX_LEN);

	memcpy(key.b, member, len);
	key.b[len] = 0;
	be64_put(key.b + len + 1, index);
	key.len = len + 1 + 8;
	return key;
}

struct span
audit_head_write(const struct merkle_frontier *frontier,
    uint8_t out[AUDIT_HEAD_MAX])
{
	size_t len = 8;

	be64_put(out, frontier->size);
	for (unsigned level = 0; level < MERKLE_PATH_MAX; level++) {
		if ((frontier->size >> level & 1) == 0)
			continue;
		memcpy(out + len, frontier->full[level].b, HASH_LEN);
		len += HASH_LEN;
	}
	return span_of(out, len);
}

enum wh_err
audit_head_read(struct span bytes, struct merkle_frontier *out)
{
	struct merkle_frontier frontier = {0};
	size_t at = 8;

	if (bytes.len < 8)
		return WH_CORRUPT;
	frontier.size = be64_get(bytes.p);
	if (bytes.len !=
	    8 + HASH_LEN * (size_t)__builtin_popcountll(frontier.size))
		return WH_CORRUPT;
	for (unsigned level = 0; level < MERKLE_PATH_MAX; level++) {
		if ((frontier.size >> level & 1) == 0)
			continue;
		memcpy(frontier.full[level].b, bytes.p + at, HASH_LEN);
		at += HASH_LEN;
	}
	*out = frontier;
	return WH_OK;
}

/* The last leaf stands right below size, or head and leaves fell apart. */
static enum wh_err
check_last_leaf(struct kv_txn *txn, uint64_t size)
{
	struct span key = {0};
	struct span leaf;
	enum wh_err err;

	err = kv_last(txn, TABLE_LOG_LEAF, &key, &leaf);
	if (err == WH_NOT_FOUND)
		return size == 0 ? WH_OK : WH_CORRUPT;
	if (err != WH_OK)
		return err;
	return key.len == 8 && be64_get(key.p) + 1 == size ? WH_OK : WH_CORRUPT;
}

enum wh_err
audit_load(struct audit *audit, struct kv_txn *txn)
{
	struct merkle_frontier frontier = {0};
	struct span head;
	enum wh_err err;

	err = kv_peek(txn, TABLE_LOG_META, span_str(AUDIT_HEAD), &head);
	if (err == WH_OK)
		err = audit_head_read(head, &frontier);
	else if (err == WH_NOT_FOUND)
		err = WH_OK;
	if (err == WH_OK)
		err = check_last_leaf(txn, frontier.size);
	if (err == WH_OK)
		audit->frontier = frontier;
	return err;
}

static enum wh_err
store_node(void *arg, unsigned level, uint64_t index, const struct hash *hash)
{
	struct audit_key key = audit_node_key(level, index);

	if (level == 0)
		return WH_OK;
	return kv_put(arg, TABLE_LOG_NODE, audit_key_span(&key),
	    span_of(hash->b, HASH_LEN));
}

static enum wh_err
store_detail(struct kv_txn *txn, uint64_t index, const struct hash *key,
    struct span details)
{
	uint8_t value[HASH_LEN + AUDIT_DETAIL_MAX];
	struct audit_key at = audit_index_key(index);

	memcpy(value, key->b, HASH_LEN);
	if (details.len != 0)
		memcpy(value + HASH_LEN, details.p, details.len);
	return kv_put(txn, TABLE_LOG_DETAIL, audit_key_span(&at),
	    span_of(value, HASH_LEN + details.len));
}

static enum wh_err
store_case(struct kv_txn *txn, const struct id *case_ref, uint64_t index)
{
	struct audit_key key = audit_case_key(case_ref, index);

	if (id_is_zero(case_ref))
		return WH_OK;
	return kv_put(txn, TABLE_LOG_BY_CASE, audit_key_span(&key),
	    span_of(NULL, 0));
}

/* Who is named finds it; what names nobody is found under no name. */
static enum wh_err
store_members(struct kv_txn *txn, const struct audit_leaf *leaf, uint64_t index)
{
	const char *names[2] = {leaf->from, leaf->to};
	struct audit_key key;
	enum wh_err err = WH_OK;

	if (leaf->from[0] == '\0' && leaf->to[0] == '\0') {
		key = audit_member_key("", index);
		return kv_put(txn, TABLE_LOG_BY_MEMBER, audit_key_span(&key),
		    span_of(NULL, 0));
	}
	for (size_t i = 0; err == WH_OK && i < 2; i++) {
		if (names[i][0] == '\0')
			continue;
		key = audit_member_key(names[i], index);
		err = kv_put(txn, TABLE_LOG_BY_MEMBER, audit_key_span(&key),
		    span_of(NULL, 0));
	}
	return err;
}

static enum wh_err
store_leaf(struct kv_txn *txn, struct merkle_frontier *frontier,
    const struct audit_leaf *leaf)
{
	uint8_t bytes[AUDIT_LEAF_LEN];
	uint8_t head[AUDIT_HEAD_MAX];
	struct audit_key key = audit_index_key(frontier->size);
	struct hash hash;
	enum wh_err err;

	audit_leaf_write(leaf, bytes);
	hash = merkle_leaf(span_of(bytes, sizeof(bytes)));
	err = kv_put(txn, TABLE_LOG_LEAF, audit_key_span(&key),
	    span_of(bytes, sizeof(bytes)));
	if (err == WH_OK)
		err = merkle_frontier_add(frontier, &hash, store_node, txn);
	if (err == WH_OK)
		err = kv_put(txn, TABLE_LOG_META, span_str(AUDIT_HEAD),
		    audit_head_write(frontier, head));
	return err;
}

static bool
entry_fits(const struct audit_entry *entry)
{
	return audit_kind_text(entry->kind) != NULL &&
	       entry->details.len <= AUDIT_DETAIL_MAX;
}

enum wh_err
audit_append(struct audit *audit, struct kv_txn *txn, const struct hash *seed,
    const struct audit_entry *entry, uint64_t *index)
{
	struct merkle_frontier frontier = audit->frontier;
	struct audit_leaf leaf = {.kind = entry->kind,
	    .reason = entry->reason,
	    .at_ms = entry->at_ms,
	    .case_ref = entry->case_ref};
	uint64_t at = frontier.size;
	struct hash key;
	enum wh_err err;

	if (!entry_fits(entry) ||
	    str_copy(leaf.from, sizeof(leaf.from), entry->from) != WH_OK ||
	    str_copy(leaf.to, sizeof(leaf.to), entry->to) != WH_OK)
		return WH_INVALID;
	hash_derive(seed, "audit event", at, leaf.event_id.b,
	    sizeof(leaf.event_id.b));
	hash_derive(seed, "audit detail", at, key.b, sizeof(key.b));
	leaf.commitment = audit_commitment(&key, entry->details);
	err = store_leaf(txn, &frontier, &leaf);
	if (err == WH_OK)
		err = store_detail(txn, at, &key, entry->details);
	if (err == WH_OK)
		err = store_case(txn, &leaf.case_ref, at);
	if (err == WH_OK)
		err = store_members(txn, &leaf, at);
	if (err != WH_OK)
		return err;
	audit->frontier = frontier;
	*index = at;
	return WH_OK;
}

enum wh_err
audit_erase(struct audit *audit, struct kv_txn *txn, const struct hash *seed,
    int64_t at_ms, uint64_t index, uint64_t *erased)
{
	struct audit_key key = audit_index_key(index);
	struct audit_entry entry = {.kind = AUDIT_ERASED, .at_ms = at_ms};
	struct audit_leaf leaf;
	struct span bytes;
	char details[32];
	int len;
	enum wh_err err;

	err = audit_leaf_get(txn, index, &bytes);
	if (err == WH_OK)
		err =
		    audit_leaf_read(bytes, &leaf) == WH_OK ? WH_OK : WH_CORRUPT;
	if (err == WH_OK)
		err = kv_del(txn, TABLE_LOG_DETAIL, audit_key_span(&key));
	if (err != WH_OK)
		return err;
	len = snprintf(details, sizeof(details), "index=%" PRIu64 "\n", index);
	entry.case_ref = leaf.case_ref;
	entry.from = leaf.from;
	entry.to = leaf.to;
	entry.details = span_of(details, (size_t)len);
	return audit_append(audit, txn, seed, &entry, erased);
}

uint64_t
audit_size(const struct audit *audit)
{
	return audit->frontier.size;
}

struct hash
audit_root(const struct audit *audit)
{
	return merkle_frontier_root(&audit->frontier);
}

enum wh_err
audit_leaf_get(struct kv_txn *txn, uint64_t index, struct span *leaf)
{
	struct audit_key key = audit_index_key(index);

	return kv_peek(txn, TABLE_LOG_LEAF, audit_key_span(&key), leaf);
}

enum wh_err
audit_detail_get(struct kv_txn *txn, uint64_t index, struct hash *key,
    struct span *details)
{
	struct audit_key at = audit_index_key(index);
	struct span value;
	enum wh_err err;

	err = kv_peek(txn, TABLE_LOG_DETAIL, audit_key_span(&at), &value);
	if (err != WH_OK)
		return err;
	if (value.len < HASH_LEN)
		return WH_CORRUPT;
	memcpy(key->b, value.p, HASH_LEN);
	*details = span_of(value.p + HASH_LEN, value.len - HASH_LEN);
	return WH_OK;
}

enum wh_err
audit_case_next(struct kv_txn *txn, const struct id *case_ref, uint64_t from,
    uint64_t *index)
{
	struct audit_key at = audit_case_key(case_ref, from);
	struct span key = audit_key_span(&at);
	struct span value;
	enum wh_err err;

	err = kv_seek(txn, TABLE_LOG_BY_CASE, &key, &value);
	if (err != WH_OK)
		return err;
	if (key.len != at.len)
		return WH_CORRUPT;
	if (memcmp(key.p, case_ref->b, sizeof(case_ref->b)) != 0)
		return WH_NOT_FOUND;
	*index = be64_get(key.p + sizeof(case_ref->b));
	return WH_OK;
}

enum wh_err
audit_member_next(struct kv_txn *txn, const char *member, uint64_t from,
    uint64_t *index)
{
	struct audit_key at = audit_member_key(member, from);
	struct span key = audit_key_span(&at);
	struct span value;
	enum wh_err err;

	err = kv_seek(txn, TABLE_LOG_BY_MEMBER, &key, &value);
	if (err != WH_OK)
		return err;
	/* No name holds a NUL, so that another name is another prefix. */
	if (key.len != at.len || memcmp(key.p, at.b, at.len - 8) != 0)
		return WH_NOT_FOUND;
	*index = be64_get(key.p + at.len - 8);
	return WH_OK;
}

static enum wh_err
source_node(void *arg, unsigned level, uint64_t index, struct hash *out)
{
	struct audit_key key = audit_node_key(level, index);
	struct span value;
	enum wh_err err;

	if (level == 0) {
		err = audit_leaf_get(arg, index, &value);
		if (err == WH_OK)
			*out = merkle_leaf(value);
		return err;
	}
	err = kv_peek(arg, TABLE_LOG_NODE, audit_key_span(&key), &value);
	if (err != WH_OK)
		return err;
	if (value.len != HASH_LEN)
		return WH_CORRUPT;
	memcpy(out->b, value.p, HASH_LEN);
	return WH_OK;
}

struct merkle_source
audit_source(struct kv_txn *txn)
{
	return (struct merkle_source){.node = source_node, .arg = txn};
}

enum wh_err
audit_inclusion(struct kv_txn *txn, uint64_t index, uint64_t size,
    struct hash path[64], size_t *count)
{
	struct merkle_source nodes = audit_source(txn);

	return merkle_inclusion(&nodes, index, size, path, count);
}

enum wh_err
audit_root_at(struct kv_txn *txn, uint64_t size, struct hash *root)
{
	struct merkle_source nodes = audit_source(txn);

	return merkle_root(&nodes, size, root);
}

enum wh_err
audit_consistency(struct kv_txn *txn, uint64_t from, uint64_t to,
    struct hash path[64], size_t *count)
{
	struct merkle_source nodes = audit_source(txn);

	return merkle_consistency(&nodes, from, to, path, count);
}
