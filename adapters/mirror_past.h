/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_ADAPTERS_MIRROR_PAST_H
#define WH_ADAPTERS_MIRROR_PAST_H

#include "proto/base/kv.h"
#include "proto/wire.h"

/* Which entries of the mirror the hub has no more. For mirror.c alone. */

/*
 * The hub told this page of a log (mirror_place()). Of what is kept below known
 * those that are not in it are past from now on; those that are, are not: a
 * better backup was found.
 */
enum wh_err mirror_past_mark(struct kv_txn *txn, uint64_t log,
    const struct log_page *page, uint64_t known);

enum wh_err mirror_past_has(struct kv_txn *txn, uint64_t place, bool *out);

#endif
