/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_BROKER_QUEUE_H
#define WH_BROKER_QUEUE_H

#include "broker/row.h"

/*
 * The durable queue of each member: rows in the order of their delivery
 * numbers, kept until the member acknowledges. What was handed over is told
 * by a cursor, which a hello sets back, so that nothing stays in the air.
 */

/* Append a row for member under the next delivery number. */
enum wh_err queue_push(struct kv_txn *txn, const char *member,
    const struct queue_row *row, uint64_t *delivery);

/*
 * The first row of member above *delivery, which moves on to it. The row's
 * bytes borrow from txn. WH_NOT_FOUND when there is none.
 */
enum wh_err queue_next(struct kv_txn *txn, const char *member,
    uint64_t *delivery, struct queue_row *row);

enum wh_err queue_get(struct kv_txn *txn, const char *member, uint64_t delivery,
    struct queue_row *row);

/* Done with this row. WH_NOT_FOUND when it was gone. */
enum wh_err queue_remove(struct kv_txn *txn, const char *member,
    uint64_t delivery);

/* Everything that is not acknowledged will be handed over again. */
enum wh_err queue_rewind(struct kv_txn *txn, const char *member);

#endif
