/* SPDX-License-Identifier: EUPL-1.2 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "proto/base/file.h"
#include "tests/proto_kv_world.h"

static uint8_t block[3000];

/* Put blocks under rising numbers until it cannot go on, at most max. */
static enum wh_err
fill(struct world *w, uint64_t max, uint64_t *done)
{
	uint8_t key[8];
	enum wh_err err = WH_OK;

	for (*done = 0; *done < max && err == WH_OK; (*done)++) {
		be64_put(key, *done);
		err = kv_put(w->txn, SECOND, span_of(key, 8),
		    span_of(block, sizeof(block)));
	}
	return err;
}

static void
test_a_full_map_refuses_the_whole_transaction_and_only_that(void **state)
{
	struct world *w = *state;
	uint64_t n, count;

	store(w, "before", "kept");
	begin(w, KV_READ_WRITE);
	assert_int_equal(fill(w, 10000, &n), WH_FULL);
	assert_in_range(n, 100, MAP_BYTES / sizeof(block));
	kv_abort(&w->txn);
	begin(w, KV_READ_WRITE);
	assert_int_equal(kv_count(w->txn, SECOND, &count), WH_OK);
	assert_int_equal(count, 0);
	kv_abort(&w->txn);
	store(w, "after", "small");
	assert_int_equal(look(w, "before", "kept"), WH_OK);
	assert_int_equal(look(w, "after", "small"), WH_OK);
}

static void
test_a_transaction_that_did_not_fit_says_so_to_its_end(void **state)
{
	struct world *w = *state;
	struct span key = span_str(""), value;
	uint64_t n;

	begin(w, KV_READ_WRITE);
	assert_int_equal(fill(w, 10000, &n), WH_FULL);
	assert_int_equal(put(w, FIRST, "small", "x"), WH_FULL);
	assert_int_equal(kv_del(w->txn, FIRST, span_str("small")), WH_FULL);
	assert_int_equal(kv_peek(w->txn, FIRST, span_str("small"), &value),
	    WH_FULL);
	assert_int_equal(kv_prev(w->txn, FIRST, &key, &value), WH_FULL);
	assert_int_equal(kv_count(w->txn, FIRST, &n), WH_FULL);
	assert_int_equal(kv_commit(&w->txn), WH_FULL);
	assert_null(w->txn);
	assert_int_equal(look(w, "small", ""), WH_NOT_FOUND);
}

static void
room_now(struct world *w, struct kv_room *room)
{
	begin(w, KV_READ_ONLY);
	assert_int_equal(kv_room(w->txn, room), WH_OK);
	kv_abort(&w->txn);
}

static void
test_room_comes_back_when_values_go(void **state)
{
	struct world *w = *state;
	struct kv_room empty, filled, after;
	uint8_t key[8];
	uint64_t i, n;

	room_now(w, &empty);
	assert_int_equal(empty.map_bytes, MAP_BYTES);
	begin(w, KV_READ_WRITE);
	assert_int_equal(fill(w, 150, &n), WH_OK);
	assert_int_equal(kv_commit(&w->txn), WH_OK);
	room_now(w, &filled);
	assert_true(filled.used_bytes >= empty.used_bytes + 150 * 3000);
	assert_true(filled.used_bytes <= filled.disk_bytes);
	begin(w, KV_READ_WRITE);
	for (i = 0; i < n; i++) {
		be64_put(key, i);
		assert_int_equal(kv_del(w->txn, SECOND, span_of(key, 8)),
		    WH_OK);
	}
	assert_int_equal(kv_commit(&w->txn), WH_OK);
	room_now(w, &after);
	assert_true(after.used_bytes < empty.used_bytes + 65536);
	assert_true(after.disk_bytes >= filled.used_bytes);
}

static void
test_room_can_be_asked_while_writing(void **state)
{
	struct world *w = *state;
	struct kv_room before, during;
	uint64_t n;

	room_now(w, &before);
	begin(w, KV_READ_WRITE);
	assert_int_equal(fill(w, 50, &n), WH_OK);
	assert_int_equal(kv_room(w->txn, &during), WH_OK);
	assert_int_equal(during.used_bytes, before.used_bytes);
	assert_int_equal(kv_commit(&w->txn), WH_OK);
	room_now(w, &during);
	assert_true(during.used_bytes >= before.used_bytes + 50 * 3000);
}

static void
test_blocks_are_reserved_ahead_up_to_the_bound(void **state)
{
	struct world *w = *state;
	struct kv_room room;
	uint64_t n;

	world_close(w);
	assert_int_equal(world_open(w, KV_READ_WRITE, MAP_BYTES / 4), WH_OK);
	room_now(w, &room);
	assert_true(room.disk_bytes >= MAP_BYTES / 4);
	assert_true(room.disk_bytes < MAP_BYTES / 2);
	begin(w, KV_READ_WRITE);
	assert_int_equal(fill(w, 200, &n), WH_OK);
	assert_int_equal(kv_commit(&w->txn), WH_OK);
	assert_int_equal(kv_grow(w->kv), WH_OK);
	room_now(w, &room);
	assert_true(room.disk_bytes >= MAP_BYTES - 4096);
	assert_true(room.disk_bytes <= MAP_BYTES + 65536);
	assert_int_equal(kv_grow(w->kv), WH_OK);
	store(w, "key", "value");
	assert_int_equal(look(w, "key", "value"), WH_OK);
}

/* The disk is as full as the largest file that we may write. */
static void
disk_full_at(rlim_t bytes)
{
	struct rlimit limit;

	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	limit.rlim_cur = bytes == 0 ? limit.rlim_max : bytes;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void
test_a_full_disk_is_told_and_does_not_stop_what_fits(void **state)
{
	struct world *w = *state;

	store(w, "key", "value");
	world_close(w);
	disk_full_at(MAP_BYTES / 8);
	assert_int_equal(world_open(w, KV_READ_WRITE, MAP_BYTES / 2), WH_OK);
	assert_int_equal(kv_grow(w->kv), WH_FULL);
	begin(w, KV_READ_WRITE);
	assert_int_equal(kv_del(w->txn, FIRST, span_str("key")), WH_OK);
	assert_int_equal(kv_commit(&w->txn), WH_OK);
	disk_full_at(0);
	assert_int_equal(look(w, "key", ""), WH_NOT_FOUND);
	assert_int_equal(kv_grow(w->kv), WH_OK);
}

static void
test_a_commit_that_the_disk_refuses_leaves_the_last_one(void **state)
{
	struct world *w = *state;
	struct stat st;
	enum wh_err err;
	uint64_t n;

	store(w, "key", "value");
	assert_int_equal(stat(w->data, &st), 0);
	begin(w, KV_READ_WRITE);
	assert_int_equal(put(w, FIRST, "key", "other"), WH_OK);
	assert_int_equal(fill(w, 100, &n), WH_OK);
	disk_full_at((rlim_t)st.st_size);
	err = kv_commit(&w->txn);
	disk_full_at(0);
	/* LMDB calls a write that was cut off an input/output error. */
	assert_true(err == WH_FULL || err == WH_IO);
	world_close(w);
	assert_int_equal(world_open(w, KV_READ_WRITE, 0), WH_OK);
	assert_int_equal(look(w, "key", "value"), WH_OK);
}

static void
test_a_copy_is_whole_and_compact(void **state)
{
	struct world *w = *state;
	char *parent = support_dir_new();
	struct world copy = {.dir = support_path(parent, "a/copy")};
	struct kv_room room;
	uint64_t n, visited, bad;

	begin(w, KV_READ_WRITE);
	assert_int_equal(fill(w, 100, &n), WH_OK);
	assert_int_equal(kv_commit(&w->txn), WH_OK);
	begin(w, KV_READ_WRITE);
	while (n-- > 10) {
		uint8_t key[8];

		be64_put(key, n);
		assert_int_equal(kv_del(w->txn, SECOND, span_of(key, 8)),
		    WH_OK);
	}
	assert_int_equal(kv_commit(&w->txn), WH_OK);
	begin(w, KV_READ_WRITE); /* others may write meanwhile */
	assert_int_equal(put(w, FIRST, "later", "x"), WH_OK);
	assert_int_equal(kv_copy(w->kv, copy.dir), WH_OK);
	assert_int_equal(world_open(&copy, KV_READ_WRITE, 0), WH_OK);
	assert_int_equal(kv_check(copy.kv, &visited, &bad), WH_OK);
	assert_int_equal(visited, 10);
	assert_int_equal(bad, 0);
	room_now(&copy, &room);
	assert_true(room.disk_bytes < MAP_BYTES / 4);
	world_close(&copy);
	free(copy.dir);
	support_dir_remove(parent);
}

static void
test_a_copy_never_overwrites_a_store(void **state)
{
	struct world *w = *state;
	char *dir = support_dir_new();

	store(w, "key", "value");
	assert_int_equal(kv_copy(w->kv, dir), WH_OK);
	assert_int_equal(kv_copy(w->kv, dir), WH_EXISTS);
	assert_int_equal(kv_copy(w->kv, w->dir), WH_EXISTS);
	assert_int_equal(look(w, "key", "value"), WH_OK);
	support_dir_remove(dir);
}

static void
test_a_copy_that_does_not_fit_leaves_nothing(void **state)
{
	struct world *w = *state;
	char *dir = support_dir_new();
	char *data = support_path(dir, "data.mdb");
	uint64_t n;

	begin(w, KV_READ_WRITE);
	assert_int_equal(fill(w, 100, &n), WH_OK);
	assert_int_equal(kv_commit(&w->txn), WH_OK);
	disk_full_at(65536);
	assert_int_equal(kv_copy(w->kv, dir), WH_FULL);
	disk_full_at(0);
	assert_int_equal(access(data, F_OK), -1);
	assert_int_equal(kv_copy(w->kv, dir), WH_OK);
	free(data);
	support_dir_remove(dir);
}

/* Do these bytes stand anywhere in the file, also where nothing is kept? */
static bool
lies_about(const char *path, const char *bytes)
{
	uint8_t *file = NULL;
	size_t len = 0;
	bool found;

	assert_int_equal(file_read(path, SIZE_MAX / 2, &file, &len, NULL),
	    WH_OK);
	found = memmem(file, len, bytes, strlen(bytes)) != NULL;
	mem_free(file);
	return found;
}

static void
test_nothing_of_what_was_deleted_is_left(void **state)
{
	struct world *w = *state;

	store(w, "gone", "CANARY-IN-A-FREED-PAGE");
	store(w, "stays", "STAYS");
	begin(w, KV_READ_WRITE);
	assert_int_equal(kv_del(w->txn, FIRST, span_str("gone")), WH_OK);
	assert_int_equal(kv_commit(&w->txn), WH_OK);
	store(w, "more", "more");
	assert_true(lies_about(w->data, "CANARY-IN-A-FREED-PAGE"));
	assert_int_equal(kv_compact(w->kv), WH_OK);
	assert_false(lies_about(w->data, "CANARY-IN-A-FREED-PAGE"));
	assert_int_equal(look(w, "stays", "STAYS"), WH_OK);
	store(w, "after", "after"); /* and it goes on */
	assert_int_equal(kv_compact(w->kv), WH_OK);
	world_close(w);
	assert_int_equal(world_open(w, KV_READ_WRITE, 0), WH_OK);
	assert_int_equal(look(w, "after", "after"), WH_OK);
	assert_int_equal(look(w, "stays", "STAYS"), WH_OK);
}

static void
test_compacting_that_does_not_fit_changes_nothing(void **state)
{
	struct world *w = *state;
	char *fresh = support_path(w->dir, "fresh.mdb");
	uint64_t n;

	begin(w, KV_READ_WRITE);
	assert_int_equal(fill(w, 100, &n), WH_OK);
	assert_int_equal(kv_commit(&w->txn), WH_OK);
	store(w, "key", "value");
	disk_full_at(65536);
	assert_int_equal(kv_compact(w->kv), WH_FULL);
	disk_full_at(0);
	assert_int_equal(access(fresh, F_OK), -1);
	assert_int_equal(look(w, "key", "value"), WH_OK);
	store(w, "key", "other");
	free(fresh);
}

/* A process of its own that reads, for as long as it lives. */
static pid_t
start_reader(struct world *w)
{
	int ready[2];
	char byte;
	pid_t child;

	assert_int_equal(pipe(ready), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		if (world_open(w, KV_READ_ONLY, 0) == WH_OK &&
		    kv_begin(w->kv, KV_READ_ONLY, &w->txn) == WH_OK &&
		    write(ready[1], "r", 1) == 1)
			pause();
		_exit(1);
	}
	close(ready[1]);
	assert_int_equal(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	return child;
}

/* The reader goes on in the old file; whoever comes later sees the new one. */
static void
test_compacting_does_not_disturb_a_reader(void **state)
{
	struct world *w = *state;
	pid_t reader;
	int status;

	store(w, "key", "value");
	world_close(w);
	reader = start_reader(w);
	assert_int_equal(world_open(w, KV_READ_WRITE, 0), WH_OK);
	for (int i = 0; i < 5; i++) {
		store(w, "key", i % 2 == 0 ? "even" : "odd");
		assert_int_equal(kv_compact(w->kv), WH_OK);
		store(w, "last", i % 2 == 0 ? "even" : "odd");
		assert_int_equal(look(w, "key", i % 2 == 0 ? "even" : "odd"),
		    WH_OK);
	}
	assert_int_equal(kill(reader, 0), 0);
	assert_int_equal(kill(reader, SIGKILL), 0);
	assert_int_equal(waitpid(reader, &status, 0), reader);
	world_close(w);
	assert_int_equal(world_open(w, KV_READ_WRITE, 0), WH_OK);
	assert_int_equal(look(w, "last", "even"), WH_OK);
}

static void
test_a_killed_reader_holds_no_pages(void **state)
{
	struct world *w = *state;
	struct kv_room room;
	uint64_t n;
	pid_t child;

	world_close(w); /* no store is open across fork() */
	child = start_reader(w);
	assert_int_equal(world_open(w, KV_READ_WRITE, 0), WH_OK);
	assert_int_equal(kill(child, SIGKILL), 0);
	assert_int_equal(waitpid(child, NULL, 0), child);
	for (int round = 0; round < 100; round++) {
		begin(w, KV_READ_WRITE);
		assert_int_equal(kv_room(w->txn, &room), WH_OK);
		assert_int_equal(fill(w, 40, &n), WH_OK);
		assert_int_equal(kv_commit(&w->txn), WH_OK);
	}
}

#define WORLD(test)                                                            \
	cmocka_unit_test_setup_teardown(test, world_set_up, world_tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    WORLD(test_a_full_map_refuses_the_whole_transaction_and_only_that),
	    WORLD(test_a_transaction_that_did_not_fit_says_so_to_its_end),
	    WORLD(test_room_comes_back_when_values_go),
	    WORLD(test_room_can_be_asked_while_writing),
	    WORLD(test_a_killed_reader_holds_no_pages),
	    WORLD(test_blocks_are_reserved_ahead_up_to_the_bound),
	    WORLD(test_a_full_disk_is_told_and_does_not_stop_what_fits),
	    WORLD(test_a_commit_that_the_disk_refuses_leaves_the_last_one),
	    WORLD(test_a_copy_is_whole_and_compact),
	    WORLD(test_a_copy_never_overwrites_a_store),
	    WORLD(test_a_copy_that_does_not_fit_leaves_nothing),
	    WORLD(test_nothing_of_what_was_deleted_is_left),
	    WORLD(test_compacting_that_does_not_fit_changes_nothing),
	    WORLD(test_compacting_does_not_disturb_a_reader),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
