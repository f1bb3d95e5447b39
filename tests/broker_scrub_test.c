/* SPDX-License-Identifier: EUPL-1.2 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "broker/core.h"
#include "broker/scrub.h"
#include "consent/audit_check.h"
#include "proto/base/file.h"
#include "proto/base/log.h"
#include "proto/base/mem.h"
#include "tests/support.h"

/* The scrubber, with a time that is ours. */

#define START_MS INT64_C(1789000000000)
#define HOUR_MS  INT64_C(3600000)
#define DAY_MS   (24 * HOUR_MS)

struct world {
	char *dir;
	struct kv *kv;
	struct audit audit;
	struct scrub scrub;
	struct stats stats;
	int64_t now_ms;
};

static void
open_store(struct world *w)
{
	const struct kv_options options = {.mode = KV_READ_WRITE,
	    .map_bytes = 256u << 20,
	    .tables = core_table_names,
	    .table_count = CORE_TABLES};
	char *store = support_path(w->dir, "store");

	assert_int_equal(kv_open(store, &options, &w->kv, NULL), WH_OK);
	free(store);
}

static void
append(struct world *w, struct kv_txn *txn, uint64_t n)
{
	const struct hash seed = {{7}};
	const struct audit_entry entry = {.kind = AUDIT_ACCEPTED,
	    .at_ms = START_MS,
	    .case_ref = {{1, (uint8_t)(n >> 8), (uint8_t)n}},
	    .from = "buurtteam",
	    .to = "wpi",
	    .details = span_str("type=geldzorgen\n")};
	uint64_t index;

	assert_int_equal(audit_append(&w->audit, txn, &seed, &entry, &index),
	    WH_OK);
}

/* A log of so many entries, and a member; returns the number of records. */
static uint64_t
world_fill(struct world *w, uint64_t entries)
{
	struct kv_txn *txn = NULL;
	uint64_t total = 0, count;

	assert_int_equal(kv_begin(w->kv, KV_READ_WRITE, &txn), WH_OK);
	assert_int_equal(audit_load(&w->audit, txn), WH_OK);
	for (uint64_t i = 0; i < entries; i++)
		append(w, txn, i);
	assert_int_equal(kv_put(txn, TABLE_MEMBER, span_str("wpi"),
			     span_str("twee keer zo lang als een sleutel")),
	    WH_OK);
	assert_int_equal(kv_commit(&txn), WH_OK);
	assert_int_equal(kv_begin(w->kv, KV_READ_ONLY, &txn), WH_OK);
	for (unsigned table = 0; table < CORE_TABLES; table++) {
		assert_int_equal(kv_count(txn, table, &count), WH_OK);
		total += count;
	}
	kv_abort(&txn);
	return total + entries;
}

static void
world_open(struct world *w)
{
	*w = (struct world){.dir = support_dir_new(), .now_ms = START_MS};
	log_level_set(LOG_LEVEL_ERR);
	open_store(w);
}

static void
world_close(struct world *w)
{
	scrub_close(&w->scrub, false);
	kv_close(w->kv);
	support_dir_remove(w->dir);
}

/* As the loop does: once a second, and at once while it is behind. */
static void
run_until(struct world *w, int64_t until_ms, int64_t step_ms)
{
	while (w->now_ms < until_ms) {
		w->now_ms += step_ms;
		for (int n = 0; n < 100; n++)
			if (!scrub_turn(&w->scrub, w->now_ms, &w->stats))
				break;
	}
}

static void
begin(struct world *w)
{
	scrub_open(&w->scrub, w->kv, w->dir, w->now_ms);
}

/* All, and little more than that: of the pass that follows. */
static void
assert_looked_at(const struct world *w, uint64_t count)
{
	assert_true(w->stats.value[STAT_SCRUBBED] >= count);
	assert_true(w->stats.value[STAT_SCRUBBED] <= count + count / 200 + 1);
}

static void
test_a_pass_is_spread_over_half_a_day(void **state)
{
	static const uint64_t sizes[] = {0, 1, 100, 3000};
	struct world w;

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		uint64_t total;

		world_open(&w);
		total = world_fill(&w, sizes[i]);
		begin(&w);
		run_until(&w, START_MS + 11 * HOUR_MS, 30000);
		assert_int_equal(w.scrub.ended_ms, 0);
		assert_true(w.stats.value[STAT_SCRUBBED] >= total * 10 / 12);
		assert_true(w.stats.value[STAT_SCRUBBED] <= total * 11 / 12);
		run_until(&w, START_MS + 12 * HOUR_MS + 60000, 30000);
		assert_true(w.scrub.ended_ms > START_MS + 11 * HOUR_MS);
		assert_looked_at(&w, total);
		assert_int_equal(w.stats.value[STAT_SCRUB_FINDINGS], 0);
		/* And the next one follows at once. */
		run_until(&w, START_MS + DAY_MS + 120000, 30000);
		assert_true(w.scrub.ended_ms > START_MS + 23 * HOUR_MS);
		assert_looked_at(&w, 2 * total);
		world_close(&w);
	}
}

/* One turn a second, and 100 more while it is behind: what the loop gives. */
static void
test_no_size_is_too_much_for_a_day(void **state)
{
	static const uint64_t sizes[] = {1, 64, 1000, UINT64_C(1) << 20,
	    UINT64_C(1) << 30, UINT64_C(1) << 40};

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		uint64_t done = 0, due;
		int64_t at_ms = 0;

		for (; done < sizes[i] && at_ms <= DAY_MS; at_ms += 1000)
			for (int n = 0; n < 100; n++) {
				due = scrub_due(sizes[i], done, at_ms);
				done += scrub_share(due);
				assert_true(scrub_share(due) <= due);
			}
		assert_int_equal(done, sizes[i]);
		assert_true(at_ms <= DAY_MS - 11 * HOUR_MS);
	}
}

/* What grows meanwhile makes the pass longer by no more than its share. */
static void
test_a_growing_store_is_done_within_the_day(void **state)
{
	struct world w;

	(void)state;
	world_open(&w);
	world_fill(&w, 500);
	begin(&w);
	for (int hour = 1; hour <= 24; hour++) {
		run_until(&w, START_MS + hour * HOUR_MS, 60000);
		if (hour < 12)
			world_fill(&w, 200);
	}
	assert_true(w.scrub.ended_ms != 0);
	assert_int_equal(w.stats.value[STAT_SCRUB_FINDINGS], 0);
	world_close(&w);
}

/* Where a value lies in the file, with its newest page last. */
static off_t
find_in_store(const struct world *w, struct span value)
{
	char *path = support_path(w->dir, "store/data.mdb");
	uint8_t *bytes = NULL;
	size_t len;
	const uint8_t *at, *found = NULL;
	off_t offset;

	assert_int_equal(file_read(path, SIZE_MAX / 2, &bytes, &len, NULL),
	    WH_OK);
	for (at = bytes; (at = memmem(at, len - (size_t)(at - bytes), value.p,
			      value.len)) != NULL;
	     at++)
		found = at;
	assert_non_null(found);
	offset = found - bytes;
	mem_free(bytes);
	free(path);
	return offset;
}

static void
flip_on_disk(struct world *w, struct span value)
{
	char *path = support_path(w->dir, "store/data.mdb");
	off_t at = find_in_store(w, value) + (off_t)value.len / 2;
	int fd = open(path, O_RDWR);
	uint8_t byte;

	assert_true(fd >= 0);
	assert_int_equal(pread(fd, &byte, 1, at), 1);
	byte ^= 0x10;
	assert_int_equal(pwrite(fd, &byte, 1, at), 1);
	assert_int_equal(close(fd), 0);
	free(path);
}

/* A value of a table, copied: the middle one of what is there. */
static struct span
some_value(struct world *w, unsigned table)
{
	struct kv_txn *txn = NULL;
	struct span key = {0}, value;
	uint64_t count = 0;
	uint8_t *copy;

	assert_int_equal(kv_begin(w->kv, KV_READ_ONLY, &txn), WH_OK);
	assert_int_equal(kv_count(txn, table, &count), WH_OK);
	assert_int_equal(kv_seek(txn, table, &key, &value), WH_OK);
	for (uint64_t i = 0; i < count / 2; i++)
		assert_int_equal(kv_next(txn, table, &key, &value), WH_OK);
	copy = mem_dup(value);
	value.p = copy;
	kv_abort(&txn);
	return value;
}

static void
test_a_flipped_byte_on_disk_is_found_within_the_day(void **state)
{
	static const unsigned tables[] = {TABLE_LOG_LEAF, TABLE_LOG_NODE,
	    TABLE_LOG_DETAIL, TABLE_LOG_META, TABLE_MEMBER};
	struct world w;

	(void)state;
	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
		struct span value;

		world_open(&w);
		world_fill(&w, 300);
		begin(&w);
		/* Just after it was looked at: found in the next pass. */
		run_until(&w, START_MS + 11 * HOUR_MS, 60000);
		assert_int_equal(w.stats.value[STAT_SCRUB_FINDINGS], 0);
		value = some_value(&w, tables[i]);
		flip_on_disk(&w, value);
		mem_free((void *)(uintptr_t)value.p);
		run_until(&w, START_MS + 11 * HOUR_MS + DAY_MS, 60000);
		if (w.stats.value[STAT_SCRUB_FINDINGS] == 0)
			fail_msg("%s", core_table_names[tables[i]]);
		world_close(&w);
	}
}

/* A change that goes through the store has a checksum that fits. */
static void
change(struct world *w, unsigned table)
{
	struct kv_txn *txn = NULL;
	struct span key = {0}, value;
	uint8_t copy[512], at[KV_KEY_MAX];
	size_t len, key_len;

	assert_int_equal(kv_begin(w->kv, KV_READ_WRITE, &txn), WH_OK);
	assert_int_equal(kv_last(txn, table, &key, &value), WH_OK);
	len = value.len;
	key_len = key.len;
	assert_true(len <= sizeof(copy));
	memcpy(at, key.p, key_len);
	if (len == 0) {
		assert_int_equal(kv_del(txn, table, span_of(at, key_len)),
		    WH_OK);
	} else {
		memcpy(copy, value.p, len);
		copy[len - 1] ^= 1;
		assert_int_equal(kv_put(txn, table, span_of(at, key_len),
				     span_of(copy, len)),
		    WH_OK);
	}
	assert_int_equal(kv_commit(&txn), WH_OK);
}

static void
test_a_change_with_a_right_checksum_is_found_too(void **state)
{
	static const unsigned tables[] = {TABLE_LOG_LEAF, TABLE_LOG_NODE,
	    TABLE_LOG_DETAIL, TABLE_LOG_BY_CASE, TABLE_LOG_BY_MEMBER,
	    TABLE_LOG_META};
	struct world w;

	(void)state;
	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
		world_open(&w);
		world_fill(&w, 255);
		change(&w, tables[i]);
		begin(&w);
		run_until(&w, START_MS + 13 * HOUR_MS, 60000);
		if (w.stats.value[STAT_SCRUB_FINDINGS] == 0)
			fail_msg("%s", core_table_names[tables[i]]);
		world_close(&w);
	}
}

static void
test_every_node_is_looked_at(void **state)
{
	struct world w;
	struct kv_txn *txn = NULL;
	struct span key = {0}, value;
	uint8_t at[16];
	size_t len;

	(void)state;
	world_open(&w);
	world_fill(&w, 37);
	assert_int_equal(kv_begin(w.kv, KV_READ_WRITE, &txn), WH_OK);
	while (kv_next(txn, TABLE_LOG_NODE, &key, &value) == WH_OK) {
		uint8_t node[HASH_LEN];
		struct why why;
		unsigned bad = 0;

		memcpy(at, key.p, len = key.len);
		memcpy(node, value.p, HASH_LEN);
		node[3] ^= 8;
		assert_int_equal(kv_put(txn, TABLE_LOG_NODE, span_of(at, len),
				     span_of(node, HASH_LEN)),
		    WH_OK);
		for (uint64_t index = 0; index < 37; index++)
			bad +=
			    audit_check_entry(txn, index, &why) == WH_CORRUPT;
		assert_true(bad == 1 || bad == 2);
		node[3] ^= 8;
		assert_int_equal(kv_put(txn, TABLE_LOG_NODE, span_of(at, len),
				     span_of(node, HASH_LEN)),
		    WH_OK);
		key = span_of(at, len);
	}
	assert_int_equal(audit_check_entry(txn, 37, NULL), WH_NOT_FOUND);
	assert_int_equal(audit_check_heads(txn, NULL), WH_OK);
	kv_abort(&txn);
	world_close(&w);
}

static void
test_it_goes_on_where_it_was(void **state)
{
	struct world w;
	uint64_t total;

	(void)state;
	world_open(&w);
	total = world_fill(&w, 400);
	begin(&w);
	for (int hour = 1; hour <= 13; hour++) {
		run_until(&w, START_MS + hour * HOUR_MS - 60000, 60000);
		scrub_close(&w.scrub, true);
		begin(&w);
	}
	/* Nothing twice, nothing left out, and the end is remembered. */
	assert_true(w.scrub.ended_ms > START_MS + 11 * HOUR_MS);
	assert_true(w.stats.value[STAT_SCRUBBED] >= total);
	assert_true(w.stats.value[STAT_SCRUBBED] <= total + total / 6);
	world_close(&w);
}

/* Killed: what was not kept is done again, at most of some minutes. */
static void
test_a_kill_costs_minutes_and_not_the_pass(void **state)
{
	struct world w;
	uint64_t before;

	(void)state;
	world_open(&w);
	world_fill(&w, 400);
	begin(&w);
	run_until(&w, START_MS + 6 * HOUR_MS, 10000);
	before = w.scrub.done;
	scrub_close(&w.scrub, false);
	begin(&w);
	assert_true(w.scrub.done <= before);
	assert_true(before - w.scrub.done <= w.scrub.done / 50 + 1);
	world_close(&w);
}

static void
test_a_strange_file_begins_a_pass(void **state)
{
	static const char *const texts[] = {"", "wijkhub scrub 1\n",
	    "wijkhub scrub 2\nbegan 1\n", "\x01\x02\x03",
	    "wijkhub scrub 1\nbegan 5\nended 0\ndone 1\nfindings 0\nbefore 0\n"
	    "entry 1\ntable 999\nkey \n",
	    "wijkhub scrub 1\nbegan 5\nended 0\ndone 1\nfindings 0\nbefore 0\n"
	    "entry 1\ntable 1\nkey abc\n",
	    "wijkhub scrub 1\nbegan 0\nended 0\ndone 1\nfindings 0\nbefore 0\n"
	    "entry 1\ntable 1\nkey \n",
	    "wijkhub scrub 1\nbegan 5\nended 0\ndone 1\nfindings 0\nbefore 0\n"
	    "entry 1\ntable 1\nkey 00\nmore\n",
	    "wijkhub scrub 1\nbegan 5\nended 0\ndone -1\nfindings 0\n"
	    "before 0\nentry 1\ntable 1\nkey 00\n",
	    /* from a clock that was ahead */
	    "wijkhub scrub 1\nbegan 9789000000000\nended 0\ndone 1\n"
	    "findings 0\nbefore 0\nentry 1\ntable 1\nkey \n"};
	struct world w;
	char *path;

	(void)state;
	world_open(&w);
	world_fill(&w, 10);
	path = support_path(w.dir, "scrub");
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		assert_int_equal(file_write(path, span_str(texts[i]), 0600,
				     NULL),
		    WH_OK);
		begin(&w);
		assert_int_equal(w.scrub.done, 0);
		assert_int_equal(w.scrub.began_ms, START_MS);
		assert_int_equal(w.scrub.place.table, 0);
		scrub_close(&w.scrub, false);
	}
	free(path);
	world_close(&w);
}

static void
test_an_operator_sees_how_far_it_is(void **state)
{
	struct world w;
	char text[256];

	(void)state;
	world_open(&w);
	world_fill(&w, 300);
	begin(&w);
	run_until(&w, START_MS + 6 * HOUR_MS, 60000);
	(void)scrub_text(&w.scrub, text, sizeof(text));
	assert_non_null(strstr(text, "scrub 50.0% of "));
	assert_non_null(strstr(text, "scrub-passed never\n"));
	assert_non_null(strstr(text, "scrub-findings 0\n"));
	assert_true(w.stats.value[STAT_SCRUB_PROGRESS] >= 490 &&
		    w.stats.value[STAT_SCRUB_PROGRESS] <= 500);
	change(&w, TABLE_LOG_LEAF);
	run_until(&w, START_MS + 13 * HOUR_MS, 60000);
	(void)scrub_text(&w.scrub, text, sizeof(text));
	assert_null(strstr(text, "never"));
	assert_null(strstr(text, "scrub-findings 0\n"));
	assert_int_equal(w.stats.value[STAT_SCRUB_ENDED],
	    (uint64_t)w.scrub.ended_ms / 1000);
	/* Also for who looks after a restart. */
	scrub_close(&w.scrub, true);
	begin(&w);
	(void)scrub_text(&w.scrub, text, sizeof(text));
	assert_null(strstr(text, "scrub-findings 0\n"));
	world_close(&w);
}

/* The broker's own transaction is always open. */
static void
test_it_works_beside_a_writer(void **state)
{
	struct world w;
	struct kv_txn *txn = NULL;

	(void)state;
	world_open(&w);
	world_fill(&w, 50);
	begin(&w);
	assert_int_equal(kv_begin(w.kv, KV_READ_WRITE, &txn), WH_OK);
	append(&w, txn, 50);
	run_until(&w, START_MS + 13 * HOUR_MS, 60000);
	append(&w, txn, 51);
	assert_int_equal(kv_commit(&txn), WH_OK);
	assert_true(w.scrub.ended_ms != 0);
	assert_int_equal(w.stats.value[STAT_SCRUB_FINDINGS], 0);
	world_close(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_a_pass_is_spread_over_half_a_day),
	    cmocka_unit_test(test_no_size_is_too_much_for_a_day),
	    cmocka_unit_test(test_a_growing_store_is_done_within_the_day),
	    cmocka_unit_test(
		test_a_flipped_byte_on_disk_is_found_within_the_day),
	    cmocka_unit_test(test_a_change_with_a_right_checksum_is_found_too),
	    cmocka_unit_test(test_every_node_is_looked_at),
	    cmocka_unit_test(test_it_goes_on_where_it_was),
	    cmocka_unit_test(test_a_kill_costs_minutes_and_not_the_pass),
	    cmocka_unit_test(test_a_strange_file_begins_a_pass),
	    cmocka_unit_test(test_an_operator_sees_how_far_it_is),
	    cmocka_unit_test(test_it_works_beside_a_writer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
