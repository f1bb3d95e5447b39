/* SPDX-License-Identifier: EUPL-1.2 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "consent/merkle.h"
#include "consent/note_checkpoint.h"
#include "proto/base/mem.h"
#include "proto/base/text.h"
#include "tests/consent_vectors.h"

/* Logs and requests that others made: a log's tiles, a witness's transcript. */

#define SIZE_MAX_HERE 15

static const char tessera[] = "example.com/log/testdata+33d7b496+"
			      "AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx";

/* Checkpoint and level-0 tile of each size. */
struct tiles {
	struct note_key key;
	char *note[SIZE_MAX_HERE + 1];
	struct note_checkpoint head[SIZE_MAX_HERE + 1];
	struct hash leaf[SIZE_MAX_HERE + 1][SIZE_MAX_HERE];
	const struct hash *level0; /* of the tree that is asked about */
};

static void
tile_read(struct tiles *t, unsigned size)
{
	char name[64];
	size_t len;
	char *bytes;

	(void)snprintf(name, sizeof(name), "tessera_log/checkpoint.%u", size);
	t->note[size] = vector_file(name, &len);
	assert_int_equal(note_checkpoint_open(span_of(t->note[size], len),
			     &t->key, &t->head[size]),
	    WH_OK);
	assert_int_equal(t->head[size].size, size);
	if (size == 0)
		return;
	(void)snprintf(name, sizeof(name), "tessera_log/tile_0_000.p_%u", size);
	bytes = vector_file(name, &len);
	assert_int_equal(len, size * sizeof(struct hash));
	memcpy(t->leaf[size], bytes, len);
	free(bytes);
}

static struct tiles *
tiles_new(void)
{
	struct tiles *t = mem_new(sizeof(*t));

	assert_int_equal(note_key_parse(span_str(tessera), &t->key), WH_OK);
	for (unsigned size = 0; size <= SIZE_MAX_HERE; size++)
		tile_read(t, size);
	return t;
}

static void
tiles_free(struct tiles *t)
{
	for (unsigned size = 0; size <= SIZE_MAX_HERE; size++)
		free(t->note[size]);
	mem_free(t);
}

/* A node of the complete subtree, from the tile below it. */
static enum wh_err /* NOLINTNEXTLINE(misc-no-recursion): four levels */
node(void *arg, unsigned level, uint64_t index, struct hash *out)
{
	struct tiles *t = arg;
	struct hash left, right;

	if (level == 0) {
		*out = t->level0[index];
		return WH_OK;
	}
	(void)node(arg, level - 1, 2 * index, &left);
	(void)node(arg, level - 1, 2 * index + 1, &right);
	*out = merkle_node(&left, &right);
	return WH_OK;
}

static enum wh_err
consistent(struct tiles *t, unsigned from, unsigned to, unsigned with_from,
    unsigned with_to, int flip)
{
	const struct merkle_source source = {node, t};
	struct hash hashes[MERKLE_PATH_MAX];
	struct span path[MERKLE_PATH_MAX];
	size_t count;

	t->level0 = t->leaf[to];
	assert_int_equal(merkle_consistency(&source, from, to, hashes, &count),
	    WH_OK);
	if (flip >= 0 && (size_t)flip < count)
		hashes[flip].b[7] ^= 1;
	else if (flip >= 0)
		return WH_CRYPTO;
	for (size_t i = 0; i < count; i++)
		path[i] = span_of(hashes[i].b, HASH_LEN);
	return merkle_check_consistency(t->head[with_from].size,
	    t->head[with_to].size, span_of(t->head[with_from].root.b, HASH_LEN),
	    span_of(t->head[with_to].root.b, HASH_LEN), path, count);
}

static void
test_every_checkpoint_continues_every_earlier_one(void **state)
{
	struct tiles *t = tiles_new();

	(void)state;
	for (unsigned to = 1; to <= SIZE_MAX_HERE; to++) {
		for (unsigned from = 1; from <= to; from++) {
			assert_int_equal(consistent(t, from, to, from, to, -1),
			    WH_OK);
			/* The same proof for other heads is none. */
			if (from > 1)
				assert_int_not_equal(consistent(t, from, to,
							 from - 1, to, -1),
				    WH_OK);
			for (int flip = 0; flip < 5; flip++)
				assert_int_not_equal(consistent(t, from, to,
							 from, to, flip),
				    WH_OK);
		}
	}
	tiles_free(t);
}

/* The longer tile starts with the shorter one, and its root is the signed. */
static void
test_every_tile_has_the_root_that_was_signed(void **state)
{
	struct tiles *t = tiles_new();
	const struct merkle_source source = {node, t};
	struct hash root;

	(void)state;
	for (unsigned size = 1; size <= SIZE_MAX_HERE; size++) {
		t->level0 = t->leaf[size];
		assert_int_equal(merkle_root(&source, size, &root), WH_OK);
		assert_true(hash_equal(&root, &t->head[size].root));
		assert_memory_equal(t->leaf[size], t->leaf[SIZE_MAX_HERE],
		    size * sizeof(struct hash));
	}
	tiles_free(t);
}

/* What a witness remembers, and its log. */
struct follower {
	struct note_key log;
	uint64_t size;
	struct hash root;
};

static void
follower_init(struct follower *f)
{
	uint8_t key[128];
	struct span bytes = vector_bytes("ffdc2d4d98e4124d3feaf788c0c2f9ab"
					 "fd796083d1f0495437f302ec79cf100f",
	    key);
	struct hash hash = hash_span(bytes);
	char origin[128] = "sigsum.org/v1/tree/";

	*f = (struct follower){.size = 0};
	hex_encode(span_of(hash.b, HASH_LEN), origin + strlen(origin));
	assert_int_equal(note_key_make(origin, NOTE_ED25519, key, &f->log),
	    WH_OK);
}

/* Base64 lines up to the blank one, which is cut off; returns their number. */
static size_t
proof_lines(char **rest, struct hash *hashes)
{
	size_t count = 0, len;
	char *line;

	while ((line = strsep(rest, "\n")) != NULL && *line != '\0') {
		assert_true(count < MERKLE_PATH_MAX);
		assert_int_equal(base64_decode(span_str(line), hashes[count].b,
				     HASH_LEN, &len),
		    WH_OK);
		count++;
	}
	return count;
}

/* The answer that the tlog-witness specification wants, as a number. */
static int
answer(struct follower *f, char *request)
{
	struct hash hashes[MERKLE_PATH_MAX];
	struct span path[MERKLE_PATH_MAX];
	struct note_checkpoint head;
	char *line = strsep(&request, "\n");
	uint64_t old = strtoull(line + strlen("old "), NULL, 10);
	size_t count = proof_lines(&request, hashes);

	if (note_checkpoint_open(span_str(request), &f->log, &head) != WH_OK)
		return 403;
	if (old != f->size)
		return 409;
	for (size_t i = 0; i < count; i++)
		path[i] = span_of(hashes[i].b, HASH_LEN);
	if (old == 0
		? count != 0
		: merkle_check_consistency(old, head.size,
		      span_of(f->root.b, HASH_LEN),
		      span_of(head.root.b, HASH_LEN), path, count) != WH_OK)
		return 422;
	f->size = head.size;
	f->root = head.root;
	return 200;
}

static void
test_every_request_of_a_witness_gets_its_answer(void **state)
{
	char *text = vector_file("notes/litewitness_transcript.txt", NULL);
	char *at = text, *end;
	struct follower f;
	int count = 0;

	(void)state;
	follower_init(&f);
	while ((at = strstr(at, "```\nold ")) != NULL) {
		char *request = at + 4;

		end = strstr(request, "```\nHTTP ");
		assert_non_null(end);
		*end = '\0';
		at = end + strlen("```\nHTTP ");
		assert_int_equal(answer(&f, request), strtol(at, NULL, 10));
		count++;
	}
	assert_int_equal(count, 9);
	assert_int_equal(f.size, 5);
	free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_every_checkpoint_continues_every_earlier_one),
	    cmocka_unit_test(test_every_tile_has_the_root_that_was_signed),
	    cmocka_unit_test(test_every_request_of_a_witness_gets_its_answer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
