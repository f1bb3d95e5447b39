/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_BROKER_REACH_H
#define WH_BROKER_REACH_H

#include "proto/base/kv.h"
#include "proto/limits.h"
#include "proto/terms.h"

/*
 * How far the end of a permission came, as rows of the core's store: one for
 * the whole, one per member that must carry it through, one per member that
 * follows it, one per message. Getters: WH_NOT_FOUND, WH_CORRUPT.
 */

struct withdrawal_row {
	uint64_t epoch; /* of the permission after its end */
	int64_t recorded_ms;
	uint64_t recorded_index; /* in the log */
	int64_t done_ms;         /* 0: not carried through everywhere */
	uint64_t done_index;
	bool overdue; /* somebody was chased */
	uint32_t outstanding;
	uint32_t counts[REACH_COUNT]; /* messages */
};
enum wh_err reach_whole_put(struct kv_txn *txn, const struct id *permission_id,
    const struct withdrawal_row *row);
enum wh_err reach_whole_get(struct kv_txn *txn, const struct id *permission_id,
    struct withdrawal_row *out);

/* The next after *permission_id (zero for the first), in place. */
enum wh_err reach_whole_next(struct kv_txn *txn, struct id *permission_id);

/*
 * How many are not carried through everywhere, and how many of those take
 * longer than they should: kept in step by who changes them.
 */
struct reach_sums {
	uint64_t open;
	uint64_t overdue;
};
enum wh_err reach_sums_put(struct kv_txn *txn, const struct reach_sums *sums);
enum wh_err reach_sums_get(struct kv_txn *txn, struct reach_sums *out);

/* A member that must carry it through. */
struct carrier_row {
	bool done;         /* nothing is awaited of it */
	bool left;         /* ... for it left, and gave no word */
	uint64_t delivery; /* of the event, in its queue */
};
enum wh_err reach_carrier_put(struct kv_txn *txn,
    const struct id *permission_id, const char *member,
    const struct carrier_row *row);
enum wh_err reach_carrier_get(struct kv_txn *txn,
    const struct id *permission_id, const char *member,
    struct carrier_row *out);

/* A member that is told how far it came; the id of its own event, or zero. */
enum wh_err reach_watcher_put(struct kv_txn *txn,
    const struct id *permission_id, const char *member,
    const struct id *event_id);
enum wh_err reach_watcher_get(struct kv_txn *txn,
    const struct id *permission_id, const char *member, struct id *event_id);

/*
 * The next member after name ("" for the first), in place. WH_NOT_FOUND at
 * the end.
 */
enum wh_err reach_carrier_next(struct kv_txn *txn,
    const struct id *permission_id, char name[NAME_MAX_LEN + 1],
    struct carrier_row *out);
enum wh_err reach_watcher_next(struct kv_txn *txn,
    const struct id *permission_id, char name[NAME_MAX_LEN + 1],
    struct id *event_id);

/*
 * One message under the permission. Its place is its id; once its referral is
 * erased it is nameless: it counts on, without a case ref, at a place that only
 * who holds the message id can find.
 */
struct reach_row {
	struct id case_ref; /* zero: nameless */
	enum reach reach;
	bool said; /* its recipient reported on it */
	char to[NAME_MAX_LEN + 1];
};
enum wh_err reach_message_put(struct kv_txn *txn,
    const struct id *permission_id, const struct id *place,
    const struct reach_row *row);
enum wh_err reach_message_find(struct kv_txn *txn,
    const struct id *permission_id, const struct id *message_id,
    struct id *place, struct reach_row *out);

/* The next row after *place (zero for the first), in place. */
enum wh_err reach_message_next(struct kv_txn *txn,
    const struct id *permission_id, struct id *place, struct reach_row *out);

/*
 * Make the rows of one referral nameless, at most max at a time. *more: there
 * may be more.
 */
enum wh_err reach_unname(struct kv_txn *txn, const struct id *case_ref,
    unsigned max, bool *more);

/*
 * The next permission after *permission_id (zero for the first) whose end
 * reached messages of this referral, in place. WH_NOT_FOUND at the end.
 */
enum wh_err reach_case_next(struct kv_txn *txn, const struct id *case_ref,
    struct id *permission_id);

#endif
