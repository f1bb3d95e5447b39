/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_TESTS_PROTO_KV_WORLD_H
#define WH_TESTS_PROTO_KV_WORLD_H

#include <stdlib.h>

#include "proto/base/kv.h"
#include "proto/base/mem.h"
#include "tests/support.h"

/* A store of two tables in a folder of its own, for the tests of kv. */
enum table {
	FIRST,
	SECOND,
	TABLES
};

static const char *const table_names[TABLES] = {"first", "second"};

#define MAP_BYTES ((size_t)1 << 20)

struct world {
	char *dir; /* owned, as the next two */
	char *data;
	struct kv *kv;
	struct kv_txn *txn; /* owned */
	struct why why;
};

static inline enum wh_err
world_open(struct world *w, enum kv_mode mode, size_t grow_bytes)
{
	const struct kv_options options = {.mode = mode,
	    .map_bytes = MAP_BYTES,
	    .grow_bytes = grow_bytes,
	    .tables = table_names,
	    .table_count = TABLES};

	return kv_open(w->dir, &options, &w->kv, &w->why);
}

static inline void
world_close(struct world *w)
{
	kv_abort(&w->txn);
	kv_close(w->kv);
	w->kv = NULL;
}

static inline int
world_set_up(void **state)
{
	struct world *w = mem_new(sizeof(*w));

	w->dir = support_dir_new();
	w->data = support_path(w->dir, "data.mdb");
	*state = w;
	return world_open(w, KV_READ_WRITE, 0) == WH_OK ? 0 : -1;
}

static inline int
world_tear_down(void **state)
{
	struct world *w = *state;

	world_close(w);
	free(w->data);
	support_dir_remove(w->dir);
	mem_free(w);
	return 0;
}

static inline void
begin(struct world *w, enum kv_mode mode)
{
	assert_int_equal(kv_begin(w->kv, mode, &w->txn), WH_OK);
}

static inline enum wh_err
put(struct world *w, enum table table, const char *key, const char *value)
{
	return kv_put(w->txn, table, span_str(key), span_str(value));
}

/* A transaction of its own. */
static inline void
store(struct world *w, const char *key, const char *value)
{
	begin(w, KV_READ_WRITE);
	assert_int_equal(put(w, FIRST, key, value), WH_OK);
	assert_int_equal(kv_commit(&w->txn), WH_OK);
}

/* What is under key, or the error, in a transaction of its own. */
static inline enum wh_err
look(struct world *w, const char *key, const char *expected)
{
	struct span value = {0};
	enum wh_err err;

	begin(w, KV_READ_ONLY);
	err = kv_peek(w->txn, FIRST, span_str(key), &value);
	if (err == WH_OK)
		assert_true(span_equal(value, span_str(expected)));
	kv_abort(&w->txn);
	return err;
}

#endif
