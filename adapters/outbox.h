/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_ADAPTERS_OUTBOX_H
#define WH_ADAPTERS_OUTBOX_H

#include "proto/base/kv.h"
#include "proto/wire.h"

/*
 * Frames for the hub, durable and in order, until its receipt or refusal.
 * Part of a desk transaction; rows hold signed, sealed bytes only. kind is
 * SUBMIT, PERMISSION, PERMISSION_EVENT or CARRIED; WH_EXISTS for an id that
 * waits.
 */
enum wh_err outbox_push(struct kv_txn *txn, enum to_hub_kind kind,
    const struct id *id, struct span signed_bytes);

/* The first row numbered above *n, 0 for the first of all: bytes are borrowed;
 * *n moves on. WH_NOT_FOUND when there is none. */
enum wh_err outbox_next(struct kv_txn *txn, uint64_t *n, enum to_hub_kind *kind,
    struct id *id, struct span *signed_bytes);

/* The row of this id, bytes borrowed; WH_NOT_FOUND when it was answered. */
enum wh_err outbox_get(struct kv_txn *txn, const struct id *id,
    enum to_hub_kind *kind, struct span *signed_bytes);

/* Answered: WH_NOT_FOUND when it was answered before. */
enum wh_err outbox_done(struct kv_txn *txn, const struct id *id);

enum wh_err outbox_count(struct kv_txn *txn, uint64_t *out);

/* The number of the last row that was ever pushed, 0 for none; and whether all
 * up to such a number were answered. */
enum wh_err outbox_last(struct kv_txn *txn, uint64_t *n);
enum wh_err outbox_answered(struct kv_txn *txn, uint64_t n, bool *out);

#endif
