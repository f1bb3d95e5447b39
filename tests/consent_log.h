/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_TESTS_CONSENT_LOG_H
#define WH_TESTS_CONSENT_LOG_H

#include <string.h>

#include "consent/audit_impl.h"
#include "proto/base/mem.h"
#include "tests/support.h"

/* A log in a folder of its own. Include after cmocka.h. */

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

static const char *const log_tables[] = {CONSENT_TABLE_NAMES};

struct log {
	char *dir;
	struct kv *kv;
	struct kv_txn *txn;
	struct audit audit;
	struct hash seed;
};

static inline void
log_begin(struct log *log)
{
	const struct kv_options options = {.mode = KV_READ_WRITE,
	    .map_bytes = 64u << 20,
	    .tables = log_tables,
	    .table_count = COUNT(log_tables)};

	assert_int_equal(kv_open(log->dir, &options, &log->kv, NULL), WH_OK);
	assert_int_equal(kv_begin(log->kv, KV_READ_WRITE, &log->txn), WH_OK);
	assert_int_equal(audit_load(&log->audit, log->txn), WH_OK);
}

static inline void
log_open(struct log *log)
{
	*log = (struct log){.dir = support_dir_new(), .seed = {{5}}};
	log_begin(log);
}

static inline void
log_close(struct log *log)
{
	kv_abort(&log->txn);
	kv_close(log->kv);
	support_dir_remove(log->dir);
}

/* Commit, close and open again. */
static inline void
log_come_back(struct log *log)
{
	assert_int_equal(kv_commit(&log->txn), WH_OK);
	kv_close(log->kv);
	log_begin(log);
}

/* Kinds in turn; every eighth is about the same case, and eight about none. */
static inline struct audit_entry
log_entry(uint64_t i)
{
	return (struct audit_entry){.kind = (enum audit_kind)(1 + i % 8),
	    .reason = (uint16_t)(i % 3),
	    .at_ms = 1789000000000 + (int64_t)i,
	    .case_ref = {{(uint8_t)(i % 8)}},
	    .from = "buurtteam",
	    .to = i % 2 ? "wpi" : "",
	    .details = i % 5 ? span_str("type=geldzorgen\n") : span_str("")};
}

static inline void
log_grow(struct log *log, uint64_t count)
{
	while (count-- > 0) {
		uint64_t next = audit_size(&log->audit);
		struct audit_entry entry = log_entry(next);
		uint64_t index;

		assert_int_equal(audit_append(&log->audit, log->txn, &log->seed,
				     &entry, &index),
		    WH_OK);
		assert_int_equal(index, next);
	}
}

static inline struct span
log_hash(const struct hash *hash)
{
	return span_of(hash->b, HASH_LEN);
}

static inline void
log_holds(struct log *log)
{
	struct why why = {.text = ""};
	struct hash root;
	uint64_t size = 0;
	uint64_t bad = 99;

	assert_int_equal(audit_verify(log->txn, &size, &root, &bad, &why),
	    WH_OK);
	assert_string_equal(why.text, "");
	assert_int_equal(bad, 99);
	assert_int_equal(size, audit_size(&log->audit));
	assert_memory_equal(root.b, audit_root(&log->audit).b, HASH_LEN);
}

static inline void
log_fails(struct log *log)
{
	struct why why = {.text = ""};
	struct hash root;
	uint64_t size = 12345;
	uint64_t bad = UINT64_MAX;

	assert_int_equal(audit_verify(log->txn, &size, &root, &bad, &why),
	    WH_CORRUPT);
	assert_string_not_equal(why.text, "");
	assert_true(bad <= audit_next(&log->audit));
	assert_int_equal(size, 12345);
}

/* One row of a table, copied out so that it can be damaged. */
struct log_row {
	uint8_t key[32];
	size_t len;
	uint8_t value[AUDIT_HEAD_MAX + 1024];
	size_t value_len;
};

/* The next row after *row, the first when it is all zero. */
static inline bool
log_row_next(struct log *log, unsigned table, struct log_row *row)
{
	struct span key = span_of(row->key, row->len == 0 ? 1 : row->len);
	struct span value;
	enum wh_err err;

	if (row->len == 0)
		err = kv_seek(log->txn, table, &key, &value);
	else
		err = kv_next(log->txn, table, &key, &value);
	if (err == WH_NOT_FOUND)
		return false;
	assert_int_equal(err, WH_OK);
	assert_true(key.len <= sizeof(row->key));
	assert_true(value.len <= sizeof(row->value));
	memmove(row->key, key.p, key.len);
	row->len = key.len;
	if (value.len != 0)
		memcpy(row->value, value.p, value.len);
	row->value_len = value.len;
	return true;
}

static inline void
log_row_put(struct log *log, unsigned table, const struct log_row *row)
{
	assert_int_equal(kv_put(log->txn, table, span_of(row->key, row->len),
			     span_of(row->value, row->value_len)),
	    WH_OK);
}

static inline int
log_set_up(void **state)
{
	struct log *log = mem_new(sizeof(*log));

	log_open(log);
	*state = log;
	return 0;
}

static inline int
log_tear_down(void **state)
{
	log_close(*state);
	mem_free(*state);
	return 0;
}

#define LOG_TEST(name)                                                         \
	cmocka_unit_test_setup_teardown(name, log_set_up, log_tear_down)

#endif
