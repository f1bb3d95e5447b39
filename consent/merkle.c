/* SPDX-License-Identifier: EUPL-1.2 */
#include "consent/merkle.h"

static const uint8_t leaf_prefix = 0x00;
static const uint8_t node_prefix = 0x01;

struct hash
merkle_leaf(struct span data)
{
	const struct span parts[] = {span_of(&leaf_prefix, 1), data};

	return hash_spans(parts, 2);
}

struct hash
merkle_node(const struct hash *left, const struct hash *right)
{
	const struct span parts[] = {span_of(&node_prefix, 1),
	    span_of(left->b, HASH_LEN), span_of(right->b, HASH_LEN)};

	return hash_spans(parts, 3);
}

enum wh_err
merkle_frontier_add(struct merkle_frontier *frontier,
    const struct hash *leaf_hash, merkle_emit emit, void *arg)
{
	struct hash node = *leaf_hash;
	uint64_t index = frontier->size;
	unsigned level = 0;
	enum wh_err err;

	if (frontier->size >= MERKLE_SIZE_MAX)
		return WH_FULL;
	for (;; level++, index >>= 1) {
		if (emit != NULL) {
			err = emit(arg, level, index, &node);
			if (err != WH_OK)
				return err;
		}
		if ((index & 1) == 0)
			break;
		node = merkle_node(&frontier->full[level], &node);
	}
	memset(frontier->full, 0, level * sizeof(frontier->full[0]));
	frontier->full[level] = node;
	frontier->size++;
	return WH_OK;
}

struct hash
merkle_frontier_root(const struct merkle_frontier *frontier)
{
	struct hash root = hash_spans(NULL, 0);
	bool some = false;

	for (unsigned level = 0; frontier->size >> level != 0; level++) {
		if ((frontier->size >> level & 1) == 0)
			continue;
		root = some ? merkle_node(&frontier->full[level], &root)
			    : frontier->full[level];
		some = true;
	}
	return root;
}

enum wh_err
merkle_frontier_load(const struct merkle_source *nodes, uint64_t size,
    struct merkle_frontier *out)
{
	struct merkle_frontier loaded = {.size = size};
	enum wh_err err;

	if (size > MERKLE_SIZE_MAX)
		return WH_TOO_BIG;
	for (unsigned level = 0; size >> level != 0; level++) {
		if ((size >> level & 1) == 0)
			continue;
		err = nodes->node(nodes->arg, level, (size >> level) - 1,
		    &loaded.full[level]);
		if (err != WH_OK)
			return err;
	}
	*out = loaded;
	return WH_OK;
}

enum wh_err
merkle_root(const struct merkle_source *nodes, uint64_t size, struct hash *out)
{
	struct merkle_frontier frontier;
	enum wh_err err;

	err = merkle_frontier_load(nodes, size, &frontier);
	if (err == WH_OK)
		*out = merkle_frontier_root(&frontier);
	return err;
}

/*
 * The root of len leaves from first on; first is a multiple of a power of two
 * that is at least len, so each set bit of len is one complete subtree.
 */
static enum wh_err
range_root(const struct merkle_source *nodes, uint64_t first, uint64_t len,
    struct hash *out)
{
	struct hash root;
	struct hash left;
	bool some = false;
	enum wh_err err;

	for (unsigned level = 0; len >> level != 0; level++) {
		if ((len >> level & 1) == 0)
			continue;
		err = nodes->node(nodes->arg, level,
		    (first >> level) + (len >> level) - 1, &left);
		if (err != WH_OK)
			return err;
		root = some ? merkle_node(&left, &root) : left;
		some = true;
	}
	*out = root;
	return WH_OK;
}

/* The siblings on the way from node (level, index) up to the root of size. */
static enum wh_err
climb(const struct merkle_source *nodes, unsigned level, uint64_t index,
    uint64_t size, struct hash *path, size_t *count)
{
	uint64_t last = (size - 1) >> level;
	uint64_t first;
	uint64_t len;
	enum wh_err err;

	for (; last != 0; level++, index >>= 1, last >>= 1) {
		if ((index ^ 1) > last)
			continue;
		first = (index ^ 1) << level;
		len = (uint64_t)1 << level;
		if (len > size - first)
			len = size - first;
		err = range_root(nodes, first, len, &path[*count]);
		if (err != WH_OK)
			return err;
		(*count)++;
	}
	return WH_OK;
}

enum wh_err
merkle_inclusion(const struct merkle_source *nodes, uint64_t index,
    uint64_t size, struct hash path[MERKLE_PATH_MAX], size_t *count)
{
	struct hash made[MERKLE_PATH_MAX];
	size_t n = 0;
	enum wh_err err;

	if (size > MERKLE_SIZE_MAX)
		return WH_TOO_BIG;
	if (index >= size)
		return WH_INVALID;
	err = climb(nodes, 0, index, size, made, &n);
	if (err != WH_OK)
		return err;
	memcpy(path, made, n * sizeof(made[0]));
	*count = n;
	return WH_OK;
}

static bool
is_power_of_two(uint64_t n)
{
	return (n & (n - 1)) == 0;
}

/*
 * The proof starts at the smallest complete subtree that ends where the old
 * tree ends. Is that the whole old tree, then the verifier has it already.
 */
enum wh_err
merkle_consistency(const struct merkle_source *nodes, uint64_t from,
    uint64_t size, struct hash path[MERKLE_PATH_MAX], size_t *count)
{
	struct hash made[MERKLE_PATH_MAX];
	unsigned level = 0;
	size_t n = 0;
	enum wh_err err = WH_OK;

	if (size > MERKLE_SIZE_MAX)
		return WH_TOO_BIG;
	if (from == 0 || from > size)
		return WH_INVALID;
	if (from == size)
		goto out;
	while ((from >> level & 1) == 0)
		level++;
	if (!is_power_of_two(from)) {
		err = nodes->node(nodes->arg, level, (from >> level) - 1,
		    &made[n++]);
		if (err != WH_OK)
			return err;
	}
	err = climb(nodes, level, (from >> level) - 1, size, made, &n);
	if (err != WH_OK)
		return err;
out:
	memcpy(path, made, n * sizeof(made[0]));
	*count = n;
	return err;
}

static enum wh_err
take(struct span bytes, struct hash *out)
{
	if (bytes.len != HASH_LEN)
		return WH_INVALID;
	memcpy(out->b, bytes.p, HASH_LEN);
	return WH_OK;
}

static enum wh_err
check_root(const struct hash *got, struct span want)
{
	if (want.len != HASH_LEN)
		return WH_INVALID;
	return memcmp(got->b, want.p, HASH_LEN) == 0 ? WH_OK : WH_CRYPTO;
}

/*
 * One step of RFC 9162 section 2.1.3.2 and 2.1.4.2: is the hash at hand a
 * right child? Moves both places up to the level of the parent.
 */
static bool
step_right(uint64_t *fn, uint64_t *sn)
{
	bool right = (*fn & 1) != 0 || *fn == *sn;

	while (right && (*fn & 1) == 0 && *fn != 0) {
		*fn >>= 1;
		*sn >>= 1;
	}
	*fn >>= 1;
	*sn >>= 1;
	return right;
}

enum wh_err
merkle_check_inclusion(struct span leaf_hash, uint64_t index, uint64_t size,
    const struct span *path, size_t count, struct span root)
{
	uint64_t fn = index;
	uint64_t sn = size - 1;
	struct hash node;
	struct hash got;

	if (index >= size || size > MERKLE_SIZE_MAX)
		return WH_INVALID;
	if (count > MERKLE_PATH_MAX || take(leaf_hash, &got) != WH_OK)
		return WH_INVALID;
	for (size_t i = 0; i < count; i++) {
		if (sn == 0 || take(path[i], &node) != WH_OK)
			return WH_INVALID;
		got = step_right(&fn, &sn) ? merkle_node(&node, &got)
					   : merkle_node(&got, &node);
	}
	return sn != 0 ? WH_INVALID : check_root(&got, root);
}

/* got and got_from grow together until the old tree's part is complete. */
static enum wh_err
check_grown(uint64_t from, uint64_t size, struct span from_root,
    struct span root, const struct span *path, size_t count)
{
	uint64_t fn = from - 1;
	uint64_t sn = size - 1;
	struct hash got_from;
	struct hash got;
	struct hash node;
	enum wh_err err;

	while ((fn & 1) != 0) {
		fn >>= 1;
		sn >>= 1;
	}
	if (take(path[0], &got) != WH_OK)
		return WH_INVALID;
	got_from = got;
	for (size_t i = 1; i < count; i++) {
		if (sn == 0 || take(path[i], &node) != WH_OK)
			return WH_INVALID;
		if (step_right(&fn, &sn)) {
			got_from = merkle_node(&node, &got_from);
			got = merkle_node(&node, &got);
		} else {
			got = merkle_node(&got, &node);
		}
	}
	if (sn != 0)
		return WH_INVALID;
	err = check_root(&got_from, from_root);
	return err != WH_OK ? err : check_root(&got, root);
}

enum wh_err
merkle_check_consistency(uint64_t from, uint64_t size, struct span from_root,
    struct span root, const struct span *path, size_t count)
{
	struct span whole[MERKLE_PATH_MAX + 1];
	size_t n = 0;

	if (from == 0 || from > size || size > MERKLE_SIZE_MAX)
		return WH_INVALID;
	if (from == size && count != 0)
		return WH_INVALID;
	if (from == size)
		return span_equal(from_root, root) ? WH_OK : WH_CRYPTO;
	if (count == 0 || count > MERKLE_PATH_MAX)
		return WH_INVALID;
	if (is_power_of_two(from))
		whole[n++] = from_root;
	memcpy(&whole[n], path, count * sizeof(path[0]));
	return check_grown(from, size, from_root, root, whole, n + count);
}
