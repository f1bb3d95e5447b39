/* SPDX-License-Identifier: EUPL-1.2 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "proto/base/file.h"
#include "tests/proto_kv_world.h"

#define FILE_MAX ((size_t)1 << 22)

/* Change the last byte of every text in the file; closes and opens. */
static int
damage(struct world *w, const char *text)
{
	uint8_t *bytes = NULL, *at;
	size_t len = strlen(text), size;
	FILE *file;
	int n = 0;

	world_close(w);
	assert_int_equal(file_read(w->data, FILE_MAX, &bytes, &size, NULL),
	    WH_OK);
	for (at = bytes;
	     (at = memmem(at, size - (size_t)(at - bytes), text, len)) != NULL;
	     at += len, n++)
		at[len - 1] ^= 1;
	file = fopen(w->data, "r+");
	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, size, file), size);
	assert_int_equal(fclose(file), 0);
	mem_free(bytes);
	assert_int_equal(world_open(w, KV_READ_WRITE, 0), WH_OK);
	return n;
}

static void
test_a_value_that_changed_on_disk_is_not_handed_out(void **state)
{
	struct world *w = *state;

	store(w, "good", "a value that stays as it was");
	store(w, "bad", "a value that will be damaged");
	assert_true(damage(w, "a value that will be damaged") > 0);
	assert_int_equal(look(w, "bad", ""), WH_CORRUPT);
	assert_int_equal(look(w, "good", "a value that stays as it was"),
	    WH_OK);
}

static void
test_a_key_that_changed_on_disk_is_noticed_at_its_value(void **state)
{
	struct world *w = *state;

	store(w, "the-key-of-one", "value");
	assert_true(damage(w, "the-key-of-one") > 0);
	assert_int_equal(look(w, "the-key-of-one", ""), WH_NOT_FOUND);
	assert_int_equal(look(w, "the-key-of-ond", ""), WH_CORRUPT);
}

static void
test_a_walk_stops_at_what_is_damaged_and_says_where(void **state)
{
	struct world *w = *state;
	struct span key = span_str(""), value = span_str("untouched");

	store(w, "a", "a value that will be damaged");
	damage(w, "a value that will be damaged");
	begin(w, KV_READ_ONLY);
	assert_int_equal(kv_seek(w->txn, FIRST, &key, &value), WH_CORRUPT);
	assert_int_equal(kv_last(w->txn, FIRST, &key, &value), WH_CORRUPT);
	assert_true(span_equal(key, span_str("a")));
	assert_memory_equal(value.p, "untouched", 9);
}

static void
note_bad(void *arg, unsigned table, struct span key)
{
	char *said = arg;
	size_t len = strlen(said);

	snprintf(said + len, 64 - len, "%u:%.*s ", table, (int)key.len,
	    (const char *)key.p);
}

static void
test_a_look_goes_on_where_it_was(void **state)
{
	struct world *w = *state;
	char said[64] = "";
	const struct kv_look how = {note_bad, said};
	struct kv_place place = {0};
	uint64_t visited = 0, all = 0;
	enum wh_err err = WH_OK;

	store(w, "a", "one");
	store(w, "b", "a value that will be damaged");
	store(w, "c", "three");
	begin(w, KV_READ_WRITE);
	assert_int_equal(put(w, SECOND, "d", "damaged in the second table"),
	    WH_OK);
	assert_int_equal(kv_commit(&w->txn), WH_OK);
	damage(w, "a value that will be damaged");
	damage(w, "damaged in the second table");
	for (int turns = 0; err == WH_OK; turns++) {
		/* Each in a transaction of its own. */
		begin(w, KV_READ_ONLY);
		err = kv_look(w->txn, &how, 1, &place, &visited);
		kv_abort(&w->txn);
		assert_true(visited <= 1 && turns < 9);
		all += visited;
	}
	assert_int_equal(err, WH_NOT_FOUND);
	assert_int_equal(all, 4);
	assert_string_equal(said, "0:b 1:d ");
}

static void
test_the_check_visits_every_table_and_counts_the_damaged(void **state)
{
	struct world *w = *state;
	uint64_t visited = 42, bad = 42;
	char key[8];
	int i;

	begin(w, KV_READ_WRITE);
	for (i = 0; i < 50; i++) {
		snprintf(key, sizeof(key), "k%d", i);
		assert_int_equal(put(w, FIRST, key,
				     i % 10 == 0 ? "one of the ten that break"
						 : "one that stays"),
		    WH_OK);
		assert_int_equal(put(w, SECOND, key, "second"), WH_OK);
	}
	assert_int_equal(kv_commit(&w->txn), WH_OK);
	assert_int_equal(kv_check(w->kv, &visited, &bad), WH_OK);
	assert_int_equal(visited, 100);
	assert_int_equal(bad, 0);
	assert_true(damage(w, "one of the ten that break") >= 5);
	assert_int_equal(kv_check(w->kv, &visited, &bad), WH_OK);
	assert_int_equal(visited, 100);
	assert_int_equal(bad, 5);
}

static void
test_a_damaged_value_can_be_replaced_and_deleted(void **state)
{
	struct world *w = *state;

	store(w, "key", "a value that will be damaged");
	damage(w, "a value that will be damaged");
	store(w, "key", "repaired");
	assert_int_equal(look(w, "key", "repaired"), WH_OK);
	begin(w, KV_READ_WRITE);
	assert_int_equal(kv_del(w->txn, FIRST, span_str("key")), WH_OK);
	assert_int_equal(kv_commit(&w->txn), WH_OK);
}

static void
test_a_file_that_is_no_store_is_refused(void **state)
{
	static uint8_t rubbish[65536];
	struct world *w = *state;

	world_close(w);
	memset(rubbish, 'x', sizeof(rubbish));
	assert_int_equal(file_write(w->data, span_of(rubbish, sizeof(rubbish)),
			     0600, NULL),
	    WH_OK);
	assert_int_equal(world_open(w, KV_READ_WRITE, 0), WH_CORRUPT);
	assert_non_null(strstr(w->why.text, "cannot be opened as a store"));
	assert_null(w->kv);
	assert_int_equal(unlink(w->data), 0);
	assert_int_equal(world_open(w, KV_READ_WRITE, 0), WH_OK);
}

#define WORLD(test)                                                            \
	cmocka_unit_test_setup_teardown(test, world_set_up, world_tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    WORLD(test_a_value_that_changed_on_disk_is_not_handed_out),
	    WORLD(test_a_key_that_changed_on_disk_is_noticed_at_its_value),
	    WORLD(test_a_walk_stops_at_what_is_damaged_and_says_where),
	    WORLD(test_a_look_goes_on_where_it_was),
	    WORLD(test_the_check_visits_every_table_and_counts_the_damaged),
	    WORLD(test_a_damaged_value_can_be_replaced_and_deleted),
	    WORLD(test_a_file_that_is_no_store_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
