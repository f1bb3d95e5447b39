/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_BROKER_SCRUB_H
#define WH_BROKER_SCRUB_H

#include "broker/stats.h"
#include "proto/base/kv.h"

/*
 * The scrubber: each record of each table is looked at within a day, a little
 * at a time beside the broker's work. First every checksum; then every entry
 * of the log: against the nodes that it completes, its details and its index
 * by case; then the head against the nodes. LMDB has no checksums of its own,
 * so a bit that turned in a page that nobody reads would be found on the day
 * that the entry is needed.
 *
 * A finding is logged, counted and remembered, and changes nothing else: what
 * is read for work is checked when it is read. The time is given. Where it has
 * come to stands in a file beside the store, so that a restart goes on there.
 */

/* A pass is spread over half a day, so that late is still within the day. */
#define SCRUB_PASS_MS ((int64_t)12 * 3600 * 1000)

struct scrub {
	struct kv *kv; /* borrowed */
	char *path;    /* owned */
	struct kv_place place;
	uint64_t entry;           /* of the log: from here on */
	uint64_t done;            /* in this pass */
	uint64_t total;           /* of this pass, as of the last turn */
	uint64_t findings;        /* in this pass */
	uint64_t findings_before; /* in the last full one */
	int64_t began_ms;
	int64_t ended_ms; /* the last full pass; 0: there was none */
	int64_t saved_ms;
	bool tables_done;
};

/* Go on where the file says; without one, or with a strange one, anew. */
void scrub_open(struct scrub *scrub, struct kv *kv, const char *dir,
    int64_t now_ms);

/*
 * Look at what is due by now, at most a small number at a time. True: it is
 * behind, and wants to be called again soon.
 */
bool scrub_turn(struct scrub *scrub, int64_t now_ms, struct stats *stats);

/* keep: the place it has come to is kept. */
void scrub_close(struct scrub *scrub, bool keep);

/* "key value" lines for the status; returns the length. */
size_t scrub_text(const struct scrub *scrub, char *out, size_t size);

/*
 * How many to look at in one turn, when of total so many are done after
 * elapsed_ms of a pass. Grows with what is due, so that any size is done.
 */
uint64_t scrub_due(uint64_t total, uint64_t done, int64_t elapsed_ms);
uint64_t scrub_share(uint64_t due);

#endif
