/* SPDX-License-Identifier: EUPL-1.2 */
#include "consent/audit_drop.h"
#include "consent/audit_impl.h"

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
audit_case_key(const struct id *subject, uint64_t index)
{
	struct audit_key key = {.len = sizeof(subject->b) + 8};

	memcpy(key.b, subject->b, sizeof(subject->b));
	be64_put(key.b + sizeof(subject->b), index);
	return key;
}

struct audit_key
audit_meta_key(const char *name, uint32_t generation)
{
	struct audit_key key = {.len = strlen(name) + 4};

	memcpy(key.b, name, key.len - 4);
	be32_put(key.b + key.len - 4, generation);
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

enum wh_err
audit_head_get(struct kv_txn *txn, uint32_t generation,
    struct merkle_frontier *out)
{
	struct audit_key key = audit_meta_key(AUDIT_HEAD, generation);
	struct span head;
	enum wh_err err;

	err = kv_peek(txn, TABLE_LOG_META, audit_key_span(&key), &head);
	if (err == WH_OK)
		return audit_head_read(head, out);
	if (err == WH_NOT_FOUND)
		*out = (struct merkle_frontier){0};
	return err == WH_NOT_FOUND ? WH_OK : err;
}

/* The last leaf stands right below size, or head and leaves fell apart. */
static enum wh_err
check_last_leaf(struct kv_txn *txn, const struct audit *audit)
{
	struct span key = {0};
	struct span leaf;
	enum wh_err err;

	err = kv_last(txn, TABLE_LOG_LEAF, &key, &leaf);
	if (err == WH_NOT_FOUND)
		return audit_next(audit) == 0 ? WH_OK : WH_CORRUPT;
	if (err != WH_OK)
		return err;
	return key.len == 8 && be64_get(key.p) + 1 == audit_next(audit)
		   ? WH_OK
		   : WH_CORRUPT;
}

static enum wh_err
generation_get(struct kv_txn *txn, uint32_t *out)
{
	struct span value;
	enum wh_err err;

	err = kv_peek(txn, TABLE_LOG_META, span_str(AUDIT_GENERATION), &value);
	if (err == WH_OK && value.len == 4)
		*out = be32_get(value.p);
	else if (err == WH_OK)
		err = WH_CORRUPT;
	else if (err == WH_NOT_FOUND)
		*out = 0;
	return err == WH_NOT_FOUND ? WH_OK : err;
}

enum wh_err
audit_load(struct audit *audit, struct kv_txn *txn)
{
	struct audit loaded = {0};
	enum wh_err err;

	err = generation_get(txn, &loaded.generation);
	if (err == WH_OK)
		err = audit_head_get(txn, loaded.generation, &loaded.frontier);
	if (err == WH_OK)
		err = check_last_leaf(txn, &loaded);
	if (err == WH_OK)
		*audit = loaded;
	return err;
}

static enum wh_err
store_node(void *arg, unsigned level, uint64_t index, const struct hash *hash)
{
	const struct audit_tree *tree = arg;
	struct audit_key key =
	    audit_node_key(level, note_log_entry(tree->generation, index));

	if (level == 0)
		return WH_OK;
	return kv_put(tree->txn, TABLE_LOG_NODE, audit_key_span(&key),
	    span_of(hash->b, HASH_LEN));
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

enum wh_err
audit_leaf_put(struct kv_txn *txn, struct audit *audit,
    const struct audit_leaf *leaf)
{
	struct audit_tree tree = {txn, audit->generation};
	uint8_t bytes[AUDIT_LEAF_LEN];
	uint8_t head[AUDIT_HEAD_MAX];
	struct audit_key key = audit_index_key(audit_next(audit));
	struct audit_key head_key =
	    audit_meta_key(AUDIT_HEAD, audit->generation);
	struct hash hash;
	enum wh_err err;

	if (audit->frontier.size >= NOTE_LOG_LEAVES_MAX)
		return WH_FULL;
	audit_leaf_write(leaf, bytes);
	hash = merkle_leaf(span_of(bytes, sizeof(bytes)));
	err = kv_put(txn, TABLE_LOG_LEAF, audit_key_span(&key),
	    span_of(bytes, sizeof(bytes)));
	if (err == WH_OK)
		err = merkle_frontier_add(&audit->frontier, &hash, store_node,
		    &tree);
	if (err == WH_OK)
		err = kv_put(txn, TABLE_LOG_META, audit_key_span(&head_key),
		    audit_head_write(&audit->frontier, head));
	if (err == WH_OK)
		err = store_members(txn, leaf, be64_get(key.b));
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
	struct audit after = *audit;
	struct audit_leaf leaf = {.kind = entry->kind,
	    .reason = entry->reason,
	    .at_ms = entry->at_ms,
	    .case_ref = entry->case_ref};
	const struct id *subject =
	    id_is_zero(&entry->case_ref) ? &entry->subject : &entry->case_ref;
	uint64_t at = audit_next(audit);
	enum wh_err err;

	if (!entry_fits(entry) ||
	    str_copy(leaf.from, sizeof(leaf.from), entry->from) != WH_OK ||
	    str_copy(leaf.to, sizeof(leaf.to), entry->to) != WH_OK)
		return WH_INVALID;
	hash_derive(seed, "audit event", at, leaf.event_id.b,
	    sizeof(leaf.event_id.b));
	err = audit_detail_put(txn, seed, subject, at, entry->details, &leaf);
	if (err == WH_OK)
		err = audit_leaf_put(txn, &after, &leaf);
	if (err != WH_OK)
		return err;
	*audit = after;
	*index = at;
	return WH_OK;
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

uint32_t
audit_generation(const struct audit *audit)
{
	return audit->generation;
}

uint64_t
audit_next(const struct audit *audit)
{
	return note_log_entry(audit->generation, audit->frontier.size);
}

enum wh_err
audit_leaf_get(struct kv_txn *txn, uint64_t index, struct span *leaf)
{
	struct audit_key key = audit_index_key(index);

	return kv_peek(txn, TABLE_LOG_LEAF, audit_key_span(&key), leaf);
}

enum wh_err
audit_leaf_next(struct kv_txn *txn, uint64_t from, uint64_t *index,
    struct span *leaf)
{
	struct audit_key at = audit_index_key(from);
	struct span key = audit_key_span(&at);
	enum wh_err err;

	err = kv_seek(txn, TABLE_LOG_LEAF, &key, leaf);
	if (err != WH_OK && err != WH_CORRUPT)
		return err;
	if (key.len != at.len)
		return WH_CORRUPT;
	*index = be64_get(key.p);
	return err;
}

enum wh_err
audit_case_next(struct kv_txn *txn, const struct id *subject, uint64_t from,
    uint64_t *index)
{
	struct audit_key at = audit_case_key(subject, from);
	struct span key = audit_key_span(&at);
	struct span value;
	enum wh_err err;

	err = kv_seek(txn, TABLE_LOG_BY_CASE, &key, &value);
	if (err != WH_OK)
		return err;
	if (key.len != at.len)
		return WH_CORRUPT;
	if (memcmp(key.p, subject->b, sizeof(subject->b)) != 0)
		return WH_NOT_FOUND;
	*index = be64_get(key.p + sizeof(subject->b));
	return WH_OK;
}

enum wh_err
audit_generation_next(struct kv_txn *txn, uint32_t from, uint32_t *generation,
    uint64_t *size)
{
	struct merkle_frontier frontier;
	bool dropped = false;
	uint64_t index = 0;
	struct span leaf;
	enum wh_err err;

	do {
		err = audit_leaf_next(txn, note_log_entry(from, 0), &index,
		    &leaf);
		if (err == WH_OK)
			err = audit_drop_state(txn, note_log_generation(index),
			    &dropped);
		from = note_log_generation(index) + 1;
	} while (err == WH_OK && dropped);
	if (err == WH_OK)
		err =
		    audit_head_get(txn, note_log_generation(index), &frontier);
	if (err != WH_OK)
		return err;
	*generation = note_log_generation(index);
	*size = frontier.size;
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
	const struct audit_tree *tree = arg;
	uint64_t at = note_log_entry(tree->generation, index);
	struct audit_key key = audit_node_key(level, at);
	struct span value;
	enum wh_err err;

	if (level == 0) {
		err = audit_leaf_get(tree->txn, at, &value);
		if (err == WH_OK)
			*out = merkle_leaf(value);
		return err;
	}
	err = kv_peek(tree->txn, TABLE_LOG_NODE, audit_key_span(&key), &value);
	if (err != WH_OK)
		return err;
	if (value.len != HASH_LEN)
		return WH_CORRUPT;
	memcpy(out->b, value.p, HASH_LEN);
	return WH_OK;
}

struct merkle_source
audit_source(struct audit_tree *tree)
{
	return (struct merkle_source){.node = source_node, .arg = tree};
}

enum wh_err
audit_inclusion(struct kv_txn *txn, uint64_t index, uint64_t size,
    struct hash path[64], size_t *count)
{
	struct audit_tree tree = {txn, note_log_generation(index)};
	struct merkle_source nodes = audit_source(&tree);

	return merkle_inclusion(&nodes, note_log_leaf(index), size, path,
	    count);
}

enum wh_err
audit_size_of(struct kv_txn *txn, uint32_t generation, uint64_t *size)
{
	struct merkle_frontier head;
	bool dropped = false;
	enum wh_err err = audit_head_get(txn, generation, &head);

	if (err == WH_OK)
		err = audit_drop_state(txn, generation, &dropped);
	if (err == WH_OK)
		*size = dropped ? 0 : head.size;
	return err;
}

enum wh_err
audit_root_at(struct kv_txn *txn, uint32_t generation, uint64_t size,
    struct hash *root)
{
	struct audit_tree tree = {txn, generation};
	struct merkle_source nodes = audit_source(&tree);

	return merkle_root(&nodes, size, root);
}

enum wh_err
audit_consistency(struct kv_txn *txn, uint32_t generation, uint64_t from,
    uint64_t to, struct hash path[64], size_t *count)
{
	struct audit_tree tree = {txn, generation};
	struct merkle_source nodes = audit_source(&tree);

	return merkle_consistency(&nodes, from, to, path, count);
}
