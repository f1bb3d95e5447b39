/* SPDX-License-Identifier: EUPL-1.2 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "consent/merkle.h"
#include "tests/consent_vectors.h"

#define SIZES  300
#define LEVELS 9

/* A log in memory: what merkle_frontier_add() told, read back by proofs. */
struct memory {
	struct merkle_frontier frontier;
	struct hash node[LEVELS][SIZES];
	size_t filled[LEVELS];
	uint64_t limit; /* no node may be asked for that reaches past it */
	struct merkle_source source;
};

static struct memory memory;

static enum wh_err
remember(void *arg, unsigned level, uint64_t index, const struct hash *hash)
{
	struct memory *m = (struct memory *)arg;

	assert_true(level < LEVELS);
	assert_int_equal(index, m->filled[level]);
	m->node[level][m->filled[level]++] = *hash;
	return WH_OK;
}

static enum wh_err
recall(void *arg, unsigned level, uint64_t index, struct hash *out)
{
	struct memory *m = (struct memory *)arg;

	assert_true(level < LEVELS);
	assert_true((index + 1) << level <= m->limit);
	*out = m->node[level][index];
	return WH_OK;
}

static struct hash
leaf_of(unsigned i)
{
	char text[16];

	(void)snprintf(text, sizeof(text), "leaf-%u", i);
	return merkle_leaf(span_str(text));
}

/* Fills memory with 300 leaves. */
static int
setup(void **state)
{
	memory = (struct memory){.source = {recall, &memory}};
	for (unsigned i = 0; i < SIZES; i++) {
		struct hash leaf = leaf_of(i);

		assert_int_equal(merkle_frontier_add(&memory.frontier, &leaf,
				     remember, &memory),
		    WH_OK);
	}
	*state = &memory;
	return 0;
}

static void
spans_of(const struct hash *path, size_t count, struct span *out)
{
	for (size_t i = 0; i < count; i++)
		out[i] = span_of(path[i].b, HASH_LEN);
}

static struct span
span_hash(const struct hash *hash)
{
	return span_of(hash->b, HASH_LEN);
}

static struct hash
root_of(uint64_t size)
{
	struct hash root;

	memory.limit = size;
	assert_int_equal(merkle_root(&memory.source, size, &root), WH_OK);
	return root;
}

/* All "proof" values, of whatever length. */
static size_t
path_of(const struct vector *v, uint8_t bytes[][128], struct span *out)
{
	size_t n = 0;
	const char *hex;

	while ((hex = vector_get(v, "proof", n)) != NULL) {
		out[n] = vector_bytes(hex, bytes[n]);
		n++;
	}
	return n;
}

static void
assert_probe(const struct vector *v, enum wh_err got)
{
	bool want = strcmp(vector_get(v, "want", 0), "ok") == 0;

	if ((got == WH_OK) != want)
		fail_msg("%s: %d", vector_get(v, "name", 0), (int)got);
	assert_true(got == WH_OK || got == WH_INVALID || got == WH_CRYPTO);
}

static void
test_every_inclusion_probe_gets_its_verdict(void **state)
{
	static uint8_t bytes[VECTOR_LINES][128];
	struct span path[VECTOR_LINES];
	struct vector v;
	uint8_t leaf[128];
	uint8_t root[128];
	char *text = vector_file("merkle/inclusion.txt", NULL);
	char *rest = text;
	size_t probes = 0;

	(void)state;
	for (; vector_next(&rest, &v); probes++) {
		size_t count = path_of(&v, bytes, path);

		assert_probe(&v,
		    merkle_check_inclusion(vector_bytes(vector_get(&v,
							    "leaf_hash", 0),
					       leaf),
			vector_number(&v, "index"), vector_number(&v, "size"),
			path, count,
			vector_bytes(vector_get(&v, "root", 0), root)));
	}
	assert_int_equal(probes, 98);
	free(text);
}

static void
test_every_consistency_probe_gets_its_verdict(void **state)
{
	static uint8_t bytes[VECTOR_LINES][128];
	struct span path[VECTOR_LINES];
	struct vector v;
	uint8_t root1[128];
	uint8_t root2[128];
	char *text = vector_file("merkle/consistency.txt", NULL);
	char *rest = text;
	size_t probes = 0;

	(void)state;
	for (; vector_next(&rest, &v); probes++) {
		size_t count = path_of(&v, bytes, path);

		assert_probe(&v,
		    merkle_check_consistency(vector_number(&v, "size1"),
			vector_number(&v, "size2"),
			vector_bytes(vector_get(&v, "root1", 0), root1),
			vector_bytes(vector_get(&v, "root2", 0), root2), path,
			count));
	}
	assert_int_equal(probes, 98);
	free(text);
}

static void
test_the_classic_tree_of_rfc6962_comes_out(void **state)
{
	struct merkle_frontier frontier = {0};
	struct vector v;
	char *text = vector_file("merkle/rfc6962_tree.txt", NULL);
	char *rest = text;
	uint8_t left[128];
	struct hash want;
	struct hash got;

	(void)state;
	assert_true(vector_next(&rest, &v));
	got = merkle_frontier_root(&frontier);
	want = vector_hash(&v, "empty_root", 0);
	assert_true(hash_equal(&got, &want));
	got = merkle_leaf(span_of(NULL, 0));
	want = vector_hash(&v, "empty_leaf_hash", 0);
	assert_true(hash_equal(&got, &want));
	got = merkle_leaf(vector_bytes(vector_get(&v, "leaf", 0), left));
	want = vector_hash(&v, "leaf_hash", 0);
	assert_true(hash_equal(&got, &want));
	while (vector_next(&rest, &v)) {
		char key[32];

		got =
		    merkle_leaf(vector_bytes(vector_get(&v, "leaf", 0), left));
		assert_int_equal(merkle_frontier_add(&frontier, &got, NULL,
				     NULL),
		    WH_OK);
		(void)snprintf(key, sizeof(key), "root_at_size_%u",
		    (unsigned)frontier.size);
		got = merkle_frontier_root(&frontier);
		want = vector_hash(&v, key, 0);
		assert_true(hash_equal(&got, &want));
	}
	assert_int_equal(frontier.size, 8);
	free(text);
}

static void
test_roots_of_0_to_300_leaves_agree_with_the_reference(void **state)
{
	struct merkle_frontier frontier = {0};
	struct vector v;
	char *text = vector_file("merkle/generated_roots.txt", NULL);
	char *rest = text;

	(void)state;
	for (unsigned size = 0; vector_next(&rest, &v); size++) {
		struct hash want = vector_hash(&v, "root", 0);
		struct hash grown = merkle_frontier_root(&frontier);
		struct hash read = root_of(size);
		struct hash leaf = leaf_of(size);

		assert_int_equal(vector_number(&v, "size"), size);
		assert_true(hash_equal(&grown, &want));
		assert_true(hash_equal(&read, &want));
		assert_int_equal(merkle_frontier_add(&frontier, &leaf, NULL,
				     NULL),
		    WH_OK);
	}
	assert_int_equal(frontier.size, SIZES + 1);
	free(text);
}

static enum wh_err
make_proof(const struct vector *v, struct hash *path, size_t *count)
{
	if (strcmp(vector_get(v, "type", 0), "inclusion") == 0) {
		memory.limit = vector_number(v, "size");
		return merkle_inclusion(&memory.source,
		    vector_number(v, "index"), memory.limit, path, count);
	}
	memory.limit = vector_number(v, "size2");
	return merkle_consistency(&memory.source, vector_number(v, "size1"),
	    memory.limit, path, count);
}

static enum wh_err
check_proof(const struct vector *v, const struct span *path, size_t count)
{
	struct hash root = root_of(memory.limit);
	struct hash other;

	if (strcmp(vector_get(v, "type", 0), "inclusion") == 0) {
		other = leaf_of((unsigned)vector_number(v, "index"));
		return merkle_check_inclusion(span_hash(&other),
		    vector_number(v, "index"), memory.limit, path, count,
		    span_hash(&root));
	}
	other = root_of(vector_number(v, "size1"));
	return merkle_check_consistency(vector_number(v, "size1"),
	    vector_number(v, "size2"), span_hash(&other), span_hash(&root),
	    path, count);
}

static void
test_proofs_agree_with_the_reference(void **state)
{
	struct hash path[MERKLE_PATH_MAX];
	struct span spans[MERKLE_PATH_MAX];
	struct vector v;
	char *text = vector_file("merkle/generated_proofs.txt", NULL);
	char *rest = text;
	size_t proofs = 0;

	(void)state;
	for (; vector_next(&rest, &v); proofs++) {
		size_t count = 99;

		assert_int_equal(make_proof(&v, path, &count), WH_OK);
		assert_null(vector_get(&v, "proof", count));
		for (size_t i = 0; i < count; i++) {
			struct hash want = vector_hash(&v, "proof", i);

			assert_true(hash_equal(&path[i], &want));
		}
		spans_of(path, count, spans);
		assert_int_equal(check_proof(&v, spans, count), WH_OK);
	}
	assert_int_equal(proofs, 351);
	free(text);
}

/* Every single-bit flip, and one hash less, must be refused. */
static void
assert_brittle(const struct vector *v, struct hash *path, size_t count)
{
	struct span spans[MERKLE_PATH_MAX];

	spans_of(path, count, spans);
	assert_int_equal(check_proof(v, spans, count), WH_OK);
	if (count > 0)
		assert_int_not_equal(check_proof(v, spans, count - 1), WH_OK);
	for (size_t bit = 0; bit < count * HASH_LEN * 8; bit++) {
		uint8_t *byte = &path[bit / 256].b[bit / 8 % HASH_LEN];

		*byte ^= (uint8_t)(1 << bit % 8);
		assert_int_equal(check_proof(v, spans, count), WH_CRYPTO);
		*byte ^= (uint8_t)(1 << bit % 8);
	}
}

static void
test_a_flipped_bit_spoils_a_proof(void **state)
{
	struct hash path[MERKLE_PATH_MAX];
	struct vector v;
	char *text = vector_file("merkle/generated_proofs.txt", NULL);
	char *rest = text;

	(void)state;
	for (size_t i = 0; vector_next(&rest, &v); i++) {
		size_t count;

		if (i % 20 != 3)
			continue;
		assert_int_equal(make_proof(&v, path, &count), WH_OK);
		assert_brittle(&v, path, count);
	}
	free(text);
}

static void
test_every_leaf_of_every_size_can_be_proven(void **state)
{
	static struct hash root[SIZES + 1];
	struct hash path[MERKLE_PATH_MAX];
	struct span spans[MERKLE_PATH_MAX];
	size_t count;

	(void)state;
	for (uint64_t size = 1; size <= SIZES; size++) {
		root[size] = root_of(size);
		for (uint64_t i = 0; i < size; i++) {
			assert_int_equal(merkle_inclusion(&memory.source, i,
					     size, path, &count),
			    WH_OK);
			spans_of(path, count, spans);
			assert_int_equal(merkle_check_inclusion(
					     span_hash(&memory.node[0][i]), i,
					     size, spans, count,
					     span_hash(&root[size])),
			    WH_OK);
		}
	}
}

static void
test_every_size_is_consistent_with_every_later_size(void **state)
{
	static struct hash root[SIZES + 1];
	struct hash path[MERKLE_PATH_MAX];
	struct span spans[MERKLE_PATH_MAX];
	size_t count;

	(void)state;
	for (uint64_t size = 1; size <= SIZES; size++) {
		root[size] = root_of(size);
		for (uint64_t from = 1; from <= size; from++) {
			assert_int_equal(merkle_consistency(&memory.source,
					     from, size, path, &count),
			    WH_OK);
			spans_of(path, count, spans);
			assert_int_equal(merkle_check_consistency(from, size,
					     span_hash(&root[from]),
					     span_hash(&root[size]), spans,
					     count),
			    WH_OK);
		}
	}
}

static void
test_a_frontier_that_is_read_back_grows_on(void **state)
{
	struct merkle_frontier frontier;

	(void)state;
	for (uint64_t size = 0; size <= SIZES; size++) {
		memory.limit = size;
		assert_int_equal(merkle_frontier_load(&memory.source, size,
				     &frontier),
		    WH_OK);
		while (frontier.size < SIZES)
			assert_int_equal(merkle_frontier_add(&frontier,
					     &memory.node[0][frontier.size],
					     NULL, NULL),
			    WH_OK);
		assert_memory_equal(&frontier, &memory.frontier,
		    sizeof(frontier));
	}
}

static enum wh_err
no_node(void *arg, unsigned level, uint64_t index, struct hash *out)
{
	(void)level;
	(void)index;
	(void)out;
	return --*(int *)arg < 0 ? WH_CORRUPT : WH_OK;
}

static enum wh_err
full_disk(void *arg, unsigned level, uint64_t index, const struct hash *hash)
{
	(void)index;
	(void)hash;
	return level == *(const unsigned *)arg ? WH_FULL : WH_OK;
}

static void
test_what_cannot_be_read_or_kept_changes_nothing(void **state)
{
	struct merkle_frontier frontier = memory.frontier;
	struct hash path[MERKLE_PATH_MAX] = {{{7}}};
	struct hash leaf = leaf_of(0);
	size_t count = 99;
	unsigned level = 0;
	int good = 2;
	struct merkle_source broken = {no_node, &good};

	(void)state;
	assert_int_equal(merkle_inclusion(&broken, 5, 300, path, &count),
	    WH_CORRUPT);
	assert_int_equal(merkle_consistency(&broken, 5, 300, path, &count),
	    WH_CORRUPT);
	assert_int_equal(merkle_root(&broken, 300, path), WH_CORRUPT);
	assert_int_equal(count, 99);
	assert_int_equal(path[0].b[0], 7);
	assert_int_equal(merkle_frontier_add(&frontier, &leaf, full_disk,
			     &level),
	    WH_FULL);
	assert_memory_equal(&frontier, &memory.frontier, sizeof(frontier));
}

static void
test_impossible_questions_get_no_proof(void **state)
{
	struct merkle_frontier full = {.size = MERKLE_SIZE_MAX};
	struct merkle_source *nodes = &memory.source;
	struct hash path[MERKLE_PATH_MAX];
	size_t count;

	(void)state;
	assert_int_equal(merkle_inclusion(nodes, 5, 5, path, &count),
	    WH_INVALID);
	assert_int_equal(merkle_inclusion(nodes, 0, 0, path, &count),
	    WH_INVALID);
	assert_int_equal(merkle_consistency(nodes, 0, 5, path, &count),
	    WH_INVALID);
	assert_int_equal(merkle_consistency(nodes, 6, 5, path, &count),
	    WH_INVALID);
	assert_int_equal(merkle_inclusion(nodes, 0, UINT64_MAX, path, &count),
	    WH_TOO_BIG);
	assert_int_equal(merkle_consistency(nodes, 1, UINT64_MAX, path, &count),
	    WH_TOO_BIG);
	assert_int_equal(merkle_root(nodes, UINT64_MAX, path), WH_TOO_BIG);
	assert_int_equal(merkle_frontier_add(&full, path, NULL, NULL), WH_FULL);
}

static enum wh_err
any_node(void *arg, unsigned level, uint64_t index, struct hash *out)
{
	(void)arg;
	memset(out, 0, sizeof(*out));
	memcpy(out->b, &index, sizeof(index));
	out->b[31] = (uint8_t)level;
	return WH_OK;
}

/* Not one tree, but the shape is: no path is longer than there is room for. */
static void
test_the_largest_tree_stays_within_the_bounds(void **state)
{
	struct merkle_source nodes = {any_node, NULL};
	struct hash path[MERKLE_PATH_MAX];
	size_t count;

	(void)state;
	assert_int_equal(merkle_inclusion(&nodes, 0, MERKLE_SIZE_MAX, path,
			     &count),
	    WH_OK);
	assert_int_equal(count, 63);
	assert_int_equal(merkle_inclusion(&nodes, MERKLE_SIZE_MAX - 1,
			     MERKLE_SIZE_MAX, path, &count),
	    WH_OK);
	assert_int_equal(count, 62);
	assert_int_equal(merkle_consistency(&nodes, 3, MERKLE_SIZE_MAX, path,
			     &count),
	    WH_OK);
	assert_int_equal(count, 64);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_every_inclusion_probe_gets_its_verdict),
	    cmocka_unit_test(test_every_consistency_probe_gets_its_verdict),
	    cmocka_unit_test(test_the_classic_tree_of_rfc6962_comes_out),
	    cmocka_unit_test(
		test_roots_of_0_to_300_leaves_agree_with_the_reference),
	    cmocka_unit_test(test_proofs_agree_with_the_reference),
	    cmocka_unit_test(test_a_flipped_bit_spoils_a_proof),
	    cmocka_unit_test(test_every_leaf_of_every_size_can_be_proven),
	    cmocka_unit_test(
		test_every_size_is_consistent_with_every_later_size),
	    cmocka_unit_test(test_a_frontier_that_is_read_back_grows_on),
	    cmocka_unit_test(test_what_cannot_be_read_or_kept_changes_nothing),
	    cmocka_unit_test(test_impossible_questions_get_no_proof),
	    cmocka_unit_test(test_the_largest_tree_stays_within_the_bounds),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
