/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_ADAPTERS_REJECTED_H
#define WH_ADAPTERS_REJECTED_H

#include <jansson.h>

#include "proto/base/kv.h"

/*
 * Documents of the partner system that could not be used, sealed, for the
 * operator. Together they take at most this part of the store: the oldest make
 * room for the newest, so that a system that sends the same wrong document
 * again and again leaves room for referrals.
 */
#define REJECTED_PART 8

struct vault;

/* *dropped: how many old ones made room. WH_TOO_BIG: it does not fit alone. */
enum wh_err rejected_put(struct kv_txn *txn, const struct vault *vault,
    int64_t now_ms, const json_t *record, unsigned *dropped);

/* When the oldest came, and drop it. WH_NOT_FOUND when there is none. */
enum wh_err rejected_oldest(struct kv_txn *txn, int64_t *at_ms);
enum wh_err rejected_drop_oldest(struct kv_txn *txn);

#endif
