/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_TESTS_BENCH_BENCH_H
#define WH_TESTS_BENCH_BENCH_H

#include <stdio.h>
#include <time.h>

#include "broker/core.h"
#include "consent/store.h"
#include "tests/broker_world.h"

/* What both measurements share: a store full of permissions, and percentiles.
 */
#define BENCH_MAP   ((size_t)4 << 30) /* sparse */
#define FILL_COMMIT 20000

static inline uint64_t
bench_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static inline int
bench_compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/* Measurements in ns; sorted by bench_sort(), after which parts can be asked.
 */
struct samples {
	uint64_t *ns; /* owned */
	size_t count;
	size_t room;
};

static inline void
bench_add(struct samples *s, uint64_t ns)
{
	if (s->count == s->room) {
		s->room = s->room == 0 ? 1024 : 2 * s->room;
		s->ns = mem_grow(s->ns, s->room * sizeof(*s->ns));
	}
	s->ns[s->count++] = ns;
}

static inline void
bench_sort(struct samples *s)
{
	qsort(s->ns, s->count, sizeof(*s->ns), bench_compare);
}

/* The smallest that at least this part (0 to 1) does not exceed. */
static inline uint64_t
bench_part(const struct samples *s, double part)
{
	size_t n = (size_t)(part * (double)s->count);

	assert_true(s->count > 0);
	return s->ns[n < s->count ? n : s->count - 1];
}

/* A consent, and what it borrows. */
struct consent {
	struct permission permission;
	struct hash code;
};

/* The nth of count: ids in order, and spread over all that an id can be. */
static inline void
bench_consent(struct people *p, size_t n, size_t count, int64_t now_ms,
    struct consent *out)
{
	struct permission *permission = &out->permission;
	uint64_t place = UINT64_MAX / count * n + 1;

	*permission = people_consent(p, now_ms);
	be64_put(permission->permission_id.b, place);
	be64_put(permission->permission_id.b + 8, n * 0x9e3779b97f4a7c15u);
	be64_put(permission->relation_ref.b, ~place);
	be64_put(permission->relation_ref.b + 8, ~n * 0x9e3779b97f4a7c15u);
	out->code = hash_span(span_id(&permission->permission_id));
	be64_put(out->code.b, place);
	permission->withdrawal_code_hash = span_of(out->code.b, HASH_LEN);
}

static inline void
bench_replace(struct bytes *in, const uint8_t *from, const uint8_t *to,
    size_t len)
{
	uint8_t *at = memmem(in->p, in->len, from, len);

	assert_non_null(at);
	memcpy(at, to, len);
}

/* The record of now out of that of before, with the signature of that. */
static inline void
bench_alter(struct bytes *bytes, const struct consent *before,
    const struct consent *now)
{
	bench_replace(bytes, before->permission.permission_id.b,
	    now->permission.permission_id.b, sizeof(struct id));
	bench_replace(bytes, before->permission.relation_ref.b,
	    now->permission.relation_ref.b, sizeof(struct id));
	bench_replace(bytes, before->code.b, now->code.b, HASH_LEN);
}

/*
 * Records 0 to count - 1, in the order of their keys, through the function that
 * the hub keeps them with. Every nth (each) is signed for real; the others have
 * the signature of another: the hub looks at it when a record comes in, and
 * neither when it decides nor when the record ends.
 */
static inline void
bench_fill(const char *dir, struct people *p, size_t count, size_t each,
    int64_t now_ms)
{
	struct kv_options options = {.mode = KV_READ_WRITE,
	    .map_bytes = BENCH_MAP,
	    .tables = core_table_names,
	    .table_count = CORE_TABLES};
	struct kv *kv = NULL;
	struct kv_txn *txn = NULL;
	struct bytes bytes = {0};
	struct consent before, now;
	bool same;

	assert_int_equal(kv_open(dir, &options, &kv, NULL), WH_OK);
	for (size_t n = 0; n < count; n++) {
		bench_consent(p, n, count, now_ms, &now);
		if (n % each == 0) {
			mem_free(bytes.p);
			bytes = permission_sign(p, &now.permission, BUURTTEAM);
		} else {
			bench_alter(&bytes, &before, &now);
		}
		before = now;
		if (txn == NULL)
			assert_int_equal(kv_begin(kv, KV_READ_WRITE, &txn),
			    WH_OK);
		assert_int_equal(store_put(txn, &now.permission,
				     span_bytes(&bytes), &same),
		    WH_OK);
		if (n % FILL_COMMIT == FILL_COMMIT - 1 || n == count - 1)
			assert_int_equal(kv_commit(&txn), WH_OK);
	}
	mem_free(bytes.p);
	kv_close(kv);
}

#endif
