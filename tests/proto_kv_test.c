/* SPDX-License-Identifier: EUPL-1.2 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/proto_kv_world.h"

static void
test_what_is_committed_is_there_after_a_restart(void **state)
{
	struct world *w = *state;

	store(w, "key", "value");
	world_close(w);
	assert_int_equal(world_open(w, KV_READ_WRITE, 0), WH_OK);
	assert_int_equal(look(w, "key", "value"), WH_OK);
	store(w, "key", "");
	assert_int_equal(look(w, "key", ""), WH_OK);
}

static void
test_what_is_aborted_never_was(void **state)
{
	struct world *w = *state;

	store(w, "key", "old");
	begin(w, KV_READ_WRITE);
	assert_int_equal(put(w, FIRST, "key", "new"), WH_OK);
	assert_int_equal(put(w, FIRST, "other", "x"), WH_OK);
	kv_abort(&w->txn);
	assert_null(w->txn);
	kv_abort(&w->txn);
	assert_int_equal(look(w, "key", "old"), WH_OK);
	assert_int_equal(look(w, "other", ""), WH_NOT_FOUND);
}

static void
test_readers_see_the_last_commit_while_another_is_written(void **state)
{
	struct world *w = *state;
	struct kv_txn *reader = NULL;
	struct span value;

	store(w, "key", "old");
	begin(w, KV_READ_WRITE);
	assert_int_equal(put(w, FIRST, "key", "new"), WH_OK);
	assert_int_equal(kv_begin(w->kv, KV_READ_ONLY, &reader), WH_OK);
	assert_int_equal(kv_commit(&w->txn), WH_OK);
	assert_int_equal(kv_peek(reader, FIRST, span_str("key"), &value),
	    WH_OK);
	assert_memory_equal(value.p, "old", 3);
	kv_abort(&reader);
	assert_int_equal(look(w, "key", "new"), WH_OK);
}

static void
test_tables_do_not_share_keys(void **state)
{
	struct world *w = *state;
	struct span value;
	uint64_t count = 42;

	begin(w, KV_READ_WRITE);
	assert_int_equal(put(w, FIRST, "key", "value"), WH_OK);
	assert_int_equal(kv_peek(w->txn, SECOND, span_str("key"), &value),
	    WH_NOT_FOUND);
	assert_int_equal(kv_count(w->txn, SECOND, &count), WH_OK);
	assert_int_equal(count, 0);
	assert_int_equal(put(w, SECOND, "a", "1"), WH_OK);
	assert_int_equal(put(w, SECOND, "b", "2"), WH_OK);
	assert_int_equal(kv_del(w->txn, SECOND, span_str("key")), WH_NOT_FOUND);
	assert_int_equal(kv_count(w->txn, SECOND, &count), WH_OK);
	assert_int_equal(count, 2);
	assert_int_equal(kv_commit(&w->txn), WH_OK);
	assert_int_equal(look(w, "key", "value"), WH_OK);
}

static void
test_keys_have_bounds_and_a_refused_one_spoils_nothing(void **state)
{
	static uint8_t bytes[KV_KEY_MAX + 1];
	struct world *w = *state;
	struct span longest = span_of(bytes, KV_KEY_MAX);
	struct span over = span_of(bytes, KV_KEY_MAX + 1);
	struct span value = span_str("value");

	begin(w, KV_READ_WRITE);
	assert_int_equal(kv_put(w->txn, FIRST, over, value), WH_TOO_BIG);
	assert_int_equal(put(w, FIRST, "", "value"), WH_TOO_BIG);
	assert_int_equal(kv_del(w->txn, FIRST, over), WH_NOT_FOUND);
	assert_int_equal(kv_peek(w->txn, FIRST, over, &value), WH_NOT_FOUND);
	assert_int_equal(kv_del(w->txn, FIRST, longest), WH_NOT_FOUND);
	assert_int_equal(kv_put(w->txn, FIRST, longest, value), WH_OK);
	assert_int_equal(kv_commit(&w->txn), WH_OK);
	begin(w, KV_READ_ONLY);
	assert_int_equal(kv_peek(w->txn, FIRST, longest, &value), WH_OK);
	assert_memory_equal(value.p, "value", 5);
}

static void
test_a_value_of_many_pages_comes_back_whole(void **state)
{
	static uint8_t bytes[100001];
	struct world *w = *state;
	struct span value = span_of(bytes, sizeof(bytes));
	size_t i;

	for (i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(i * 7 + i / 256);
	begin(w, KV_READ_WRITE);
	assert_int_equal(kv_put(w->txn, FIRST, span_str("big"), value), WH_OK);
	assert_int_equal(kv_commit(&w->txn), WH_OK);
	begin(w, KV_READ_ONLY);
	assert_int_equal(kv_peek(w->txn, FIRST, span_str("big"), &value),
	    WH_OK);
	assert_true(span_equal(value, span_of(bytes, sizeof(bytes))));
}

/* 200, 400, ... put in from the top, so that order comes from the store. */
static void
put_even_numbers(struct world *w, uint64_t n)
{
	uint8_t key[8];
	uint64_t i;

	begin(w, KV_READ_WRITE);
	for (i = n; i > 0; i--) {
		be64_put(key, i * 200);
		assert_int_equal(kv_put(w->txn, FIRST, span_of(key, 8),
				     span_of(key, 8)),
		    WH_OK);
	}
	assert_int_equal(kv_commit(&w->txn), WH_OK);
}

static void
test_walking_goes_through_all_in_order_both_ways(void **state)
{
	struct world *w = *state;
	struct span key = span_str(""), value;
	uint64_t i;

	put_even_numbers(w, 300);
	begin(w, KV_READ_ONLY);
	for (i = 1; i <= 300; i++) {
		assert_int_equal(kv_next(w->txn, FIRST, &key, &value), WH_OK);
		assert_int_equal(be64_get(key.p), i * 200);
		assert_true(span_equal(key, value));
	}
	assert_int_equal(kv_next(w->txn, FIRST, &key, &value), WH_NOT_FOUND);
	assert_int_equal(be64_get(key.p), 300 * 200);
	assert_int_equal(kv_last(w->txn, FIRST, &key, &value), WH_OK);
	for (i = 300; i > 1; i--) {
		assert_int_equal(be64_get(key.p), i * 200);
		assert_int_equal(kv_prev(w->txn, FIRST, &key, &value), WH_OK);
	}
	assert_int_equal(kv_prev(w->txn, FIRST, &key, &value), WH_NOT_FOUND);
	assert_int_equal(be64_get(key.p), 200);
}

typedef enum wh_err walk_fn(struct kv_txn *txn, unsigned table,
    struct span *key, struct span *value);

static void
expect(struct world *w, walk_fn *walk, uint64_t from, uint64_t to)
{
	uint8_t bytes[8] = {0};
	struct span key = span_of(bytes, 8), value;

	be64_put(bytes, from);
	assert_int_equal(walk(w->txn, FIRST, &key, &value),
	    to == 0 ? WH_NOT_FOUND : WH_OK);
	if (to != 0)
		assert_int_equal(be64_get(key.p), to);
}

static void
test_walking_starts_between_keys_too(void **state)
{
	struct world *w = *state;

	put_even_numbers(w, 3); /* 200, 400, 600 */
	begin(w, KV_READ_ONLY);
	expect(w, kv_seek, 1, 200);
	expect(w, kv_seek, 200, 200);
	expect(w, kv_seek, 201, 400);
	expect(w, kv_seek, 601, 0);
	expect(w, kv_next, 199, 200);
	expect(w, kv_next, 200, 400);
	expect(w, kv_next, 201, 400);
	expect(w, kv_next, 600, 0);
	expect(w, kv_prev, UINT64_MAX, 600);
	expect(w, kv_prev, 601, 600);
	expect(w, kv_prev, 600, 400);
	expect(w, kv_prev, 399, 200);
	expect(w, kv_prev, 200, 0);
	expect(w, kv_prev, 1, 0);
}

static void
test_the_empty_key_is_before_all_others(void **state)
{
	struct world *w = *state;
	struct span key = span_str(""), value;

	store(w, "a", "1");
	store(w, "b", "2");
	begin(w, KV_READ_ONLY);
	assert_int_equal(kv_prev(w->txn, FIRST, &key, &value), WH_NOT_FOUND);
	assert_int_equal(key.len, 0);
	assert_int_equal(kv_seek(w->txn, FIRST, &key, &value), WH_OK);
	assert_true(span_equal(key, span_str("a")));
}

static void
test_an_empty_table_has_no_way_to_walk(void **state)
{
	struct world *w = *state;
	struct span key = span_str("a"), value;

	begin(w, KV_READ_ONLY);
	assert_int_equal(kv_seek(w->txn, FIRST, &key, &value), WH_NOT_FOUND);
	assert_int_equal(kv_next(w->txn, FIRST, &key, &value), WH_NOT_FOUND);
	assert_int_equal(kv_prev(w->txn, FIRST, &key, &value), WH_NOT_FOUND);
	assert_int_equal(kv_last(w->txn, FIRST, &key, &value), WH_NOT_FOUND);
	key = span_str("");
	assert_int_equal(kv_seek(w->txn, FIRST, &key, &value), WH_NOT_FOUND);
}

static void
test_deleting_while_walking_misses_none(void **state)
{
	struct world *w = *state;
	struct span key = span_str(""), value;
	uint8_t at[8];
	uint64_t count;
	int n = 0;

	put_even_numbers(w, 300);
	begin(w, KV_READ_WRITE);
	for (; kv_seek(w->txn, FIRST, &key, &value) == WH_OK; n++) {
		memcpy(at, key.p, sizeof(at));
		key = span_of(at, sizeof(at));
		assert_int_equal(kv_del(w->txn, FIRST, key), WH_OK);
	}
	assert_int_equal(n, 300);
	assert_int_equal(kv_count(w->txn, FIRST, &count), WH_OK);
	assert_int_equal(count, 0);
}

static void
test_a_folder_is_open_once_in_a_process_under_any_name(void **state)
{
	struct world *w = *state;
	struct world again = {.dir = w->dir};
	char *parent = support_dir_new();

	assert_int_equal(world_open(&again, KV_READ_ONLY, 0), WH_EXISTS);
	assert_non_null(strstr(again.why.text, "is open in this process"));
	again.dir = support_path(parent, "link");
	assert_int_equal(symlink(w->dir, again.dir), 0);
	assert_int_equal(world_open(&again, KV_READ_WRITE, 0), WH_EXISTS);
	assert_null(again.kv);
	store(w, "key", "value");
	world_close(w);
	assert_int_equal(world_open(&again, KV_READ_WRITE, 0), WH_OK);
	assert_int_equal(look(&again, "key", "value"), WH_OK);
	world_close(&again);
	free(again.dir);
	support_dir_remove(parent);
}

static void
test_a_store_that_is_open_for_reading_is_not_changed(void **state)
{
	struct world *w = *state;

	store(w, "key", "value");
	world_close(w);
	assert_int_equal(world_open(w, KV_READ_ONLY, 0), WH_OK);
	assert_int_equal(look(w, "key", "value"), WH_OK);
	assert_int_not_equal(kv_begin(w->kv, KV_READ_WRITE, &w->txn), WH_OK);
	assert_null(w->txn);
	begin(w, KV_READ_ONLY);
	assert_int_not_equal(put(w, FIRST, "key", "other"), WH_OK);
	assert_int_not_equal(kv_commit(&w->txn), WH_OK);
	assert_int_equal(look(w, "key", "value"), WH_OK);
}

static void
test_reading_does_not_make_a_store(void **state)
{
	struct world *w = *state;
	char *parent = support_dir_new();
	struct world absent = {.dir = support_path(parent, "absent")};

	(void)w;
	assert_int_equal(world_open(&absent, KV_READ_ONLY, 0), WH_NOT_FOUND);
	assert_int_equal(access(absent.dir, F_OK), -1);
	free(absent.dir);
	absent.dir = parent;
	assert_int_equal(world_open(&absent, KV_READ_ONLY, 0), WH_NOT_FOUND);
	assert_null(absent.kv);
	support_dir_remove(parent);
}

static void
test_numbers_sort_as_bytes(void **state)
{
	static const uint64_t numbers[] = {0, 1, 255, 256, 0x0102030405060708,
	    (uint64_t)1 << 63, UINT64_MAX};
	uint8_t last[8], here[8];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		be64_put(here, numbers[i]);
		assert_int_equal(be64_get(here), numbers[i]);
		if (i > 0)
			assert_true(memcmp(last, here, 8) < 0);
		memcpy(last, here, 8);
	}
}

#define WORLD(test)                                                            \
	cmocka_unit_test_setup_teardown(test, world_set_up, world_tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    WORLD(test_what_is_committed_is_there_after_a_restart),
	    WORLD(test_what_is_aborted_never_was),
	    WORLD(test_readers_see_the_last_commit_while_another_is_written),
	    WORLD(test_tables_do_not_share_keys),
	    WORLD(test_keys_have_bounds_and_a_refused_one_spoils_nothing),
	    WORLD(test_a_value_of_many_pages_comes_back_whole),
	    WORLD(test_walking_goes_through_all_in_order_both_ways),
	    WORLD(test_walking_starts_between_keys_too),
	    WORLD(test_the_empty_key_is_before_all_others),
	    WORLD(test_an_empty_table_has_no_way_to_walk),
	    WORLD(test_deleting_while_walking_misses_none),
	    WORLD(test_a_folder_is_open_once_in_a_process_under_any_name),
	    WORLD(test_a_store_that_is_open_for_reading_is_not_changed),
	    WORLD(test_reading_does_not_make_a_store),
	    WORLD(test_numbers_sort_as_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
