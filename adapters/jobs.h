/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_ADAPTERS_JOBS_H
#define WH_ADAPTERS_JOBS_H

#include <jansson.h>

#include "proto/base/kv.h"

/*
 * Work towards the partner system, durable until done: see struct job_view in
 * adapter.h. Times are given; jobs_next() yields what is due.
 */
struct vault;

struct job {
	uint64_t n; /* place in the queue */
	struct id job_id;
	bool has_case;
	struct id case_ref; /* with an event */
	unsigned event;     /* place in "gebeurtenissen" */
	unsigned step;
	unsigned attempts; /* of this step */
	int64_t due_ms;
	bool parked;        /* waits for an operator */
	char text[WHY_MAX]; /* why it is parked or failed last */
	json_t *context;    /* owned; NULL is kept as {} */
	/* Answer of the previous step, kept so that a crash loses nothing. */
	int status;
	char *location;    /* heap */
	uint8_t *response; /* heap */
	size_t response_len;
};
void job_fini(struct job *job);

/* Queue it; n is given here, the one in job is not read. */
enum wh_err jobs_push(struct kv_txn *txn, const struct vault *vault,
    const struct job *job);

/*
 * The first job due at or before now; WH_NOT_FOUND with *next_ms when to ask
 * again, INT64_MAX when nothing waits. Work on one referral keeps its order: a
 * job waits for those on the same case that were pushed before it, unless they
 * are parked.
 */
enum wh_err jobs_next(struct kv_txn *txn, const struct vault *vault,
    int64_t now_ms, struct job *out, int64_t *next_ms);

/* Replace (same n), moving it to its new due time, or drop it when done; then
 * job is as it was read or last updated. WH_NOT_FOUND: it was dropped with its
 * referral meanwhile. */
enum wh_err jobs_update(struct kv_txn *txn, const struct vault *vault,
    const struct job *job);
enum wh_err jobs_done(struct kv_txn *txn, const struct job *job);

/* WH_OK while it is there; WH_NOT_FOUND: it was dropped meanwhile. */
enum wh_err jobs_find(struct kv_txn *txn, const struct job *job);

/* Drop all that is about this case, parked or not: its referral is erased. */
enum wh_err jobs_drop_case(struct kv_txn *txn, const struct vault *vault,
    const struct id *case_ref);

/* 1 s, 2 s, 4 s, … 15 min: when to try again after so many attempts. */
int64_t jobs_backoff_ms(unsigned attempts);

struct jobs_summary {
	uint64_t waiting;
	uint64_t parked;
	int64_t oldest_ms; /* due time of the oldest waiting one, 0 when none */
};
enum wh_err jobs_summary(struct kv_txn *txn, struct jobs_summary *out);

#endif
