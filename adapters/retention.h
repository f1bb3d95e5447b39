/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_ADAPTERS_RETENTION_H
#define WH_ADAPTERS_RETENTION_H

#include <jansson.h>

#include "adapters/vault.h"
#include "proto/base/kv.h"

/*
 * Which dossiers have ended, in the order of their end: what is to be erased
 * is found without reading the rest. dossier_put() keeps it up.
 */

/* Every dossier that is kept: when it ended, and whose relation it is of. */
enum wh_err retention_note(struct kv_txn *txn, const struct id *case_ref,
    const json_t *dossier);

/* The first row of table (LOCAL_ENDED, LOCAL_ERASED); WH_NOT_FOUND. */
struct retention_row {
	int64_t ended_ms;
	struct id case_ref;
};
enum wh_err retention_first(struct kv_txn *txn, unsigned table,
    struct retention_row *out);
enum wh_err retention_drop(struct kv_txn *txn, unsigned table,
    const struct retention_row *row);

/* Is this dossier still as ended as the row says? A reopening cancels it. */
bool retention_holds(const struct retention_row *row, const json_t *dossier);

/*
 * The next id that rests on this relation after *id (zero for the first): a
 * case or a permission. WH_NOT_FOUND at the end.
 */
enum wh_err retention_next(struct kv_txn *txn, const struct id *relation,
    struct id *id);

/*
 * A dossier is gone: its kenmerk, and its relation when no other dossier, no
 * permission in force and no objection rests on that.
 */
enum wh_err retention_forget(struct kv_txn *txn, const struct vault *vault,
    const struct id *case_ref, const json_t *dossier, int64_t now_ms);

#endif
