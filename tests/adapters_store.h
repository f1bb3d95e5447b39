/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_TESTS_ADAPTERS_STORE_H
#define WH_TESTS_ADAPTERS_STORE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "adapters/local.h"
#include "adapters/vault.h"
#include "proto/base/mem.h"
#include "tests/support.h"

/* An adapter's own store in a fresh folder, with one transaction open. */
struct store {
	char *dir;
	struct kv *kv;
	struct kv_txn *txn;
	struct vault *vault;
};

static inline void
store_begin(struct store *s)
{
	assert_int_equal(kv_begin(s->kv, KV_READ_WRITE, &s->txn), WH_OK);
}

static inline void
store_start(struct store *s)
{
	static const uint8_t key[VAULT_KEY_LEN] = {7};
	const struct kv_options options = {.mode = KV_READ_WRITE,
	    .map_bytes = 64u << 20,
	    .tables = local_table_names,
	    .table_count = LOCAL_TABLES};

	assert_int_equal(kv_open(s->dir, &options, &s->kv, NULL), WH_OK);
	vault_new(key, &s->vault);
	store_begin(s);
}

static inline void
store_stop(struct store *s)
{
	if (s->txn != NULL)
		assert_int_equal(kv_commit(&s->txn), WH_OK);
	vault_free(s->vault);
	kv_close(s->kv);
}

static inline void
store_restart(struct store *s)
{
	store_stop(s);
	store_start(s);
}

static inline int
store_open(void **state)
{
	struct store *s = mem_new(sizeof(*s));

	s->dir = support_dir_new();
	store_start(s);
	*state = s;
	return 0;
}

static inline int
store_close(void **state)
{
	struct store *s = *state;

	store_stop(s);
	support_dir_remove(s->dir);
	mem_free(s);
	return 0;
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, store_open, store_close)

#endif
