/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_ADAPTERS_RETENTION_H
#define WH_ADAPTERS_RETENTION_H

#include <jansson.h>

#include "adapters/vault.h"
#include "proto/base/kv.h"

/*
 * What has ended, in the order of its end: what is to be erased is found
 * without reading the rest. dossier_put() and permits_put() keep it up.
 */

/* Every dossier that is kept: when it ended, and whose relation it is of. */
enum wh_err retention_note(struct kv_txn *txn, const struct id *case_ref,
    const json_t *dossier);

/*
 * A permission, or a withdrawal that is kept by itself: its term counts from
 * this moment. The row is a hint; whoever reads it looks whether it is so.
 */
enum wh_err retention_until(struct kv_txn *txn, int64_t from_ms,
    const struct id *id);
enum wh_err retention_put(struct kv_txn *txn, unsigned table, int64_t from_ms,
    const struct id *id);

/* The first row of table (LOCAL_ENDED, LOCAL_ERASED, LOCAL_UNTIL);
 * WH_NOT_FOUND. */
struct retention_row {
	int64_t ended_ms;
	struct id id; /* case ref; of LOCAL_UNTIL the permission or withdrawal
		       */
};
enum wh_err retention_first(struct kv_txn *txn, unsigned table,
    struct retention_row *out);
enum wh_err retention_drop(struct kv_txn *txn, unsigned table,
    const struct retention_row *row);

/* Is this dossier still as ended as the row says, or longer when the row was
 * put off? A reopening cancels it. */
bool retention_holds(const struct retention_row *row, const json_t *dossier);

/*
 * The next id that rests on this relation after *id (zero for the first): a
 * case or a permission. WH_NOT_FOUND at the end.
 */
enum wh_err retention_next(struct kv_txn *txn, const struct id *relation,
    struct id *id);

/*
 * A case or permission of this relation with other is gone: and the relation
 * with the last of them.
 */
enum wh_err retention_forget_one(struct kv_txn *txn, const struct vault *vault,
    const struct id *relation, const char *other, const struct id *id);

/* A dossier is gone: its kenmerk, and maybe its relation. */
enum wh_err retention_forget(struct kv_txn *txn, const struct vault *vault,
    const struct id *case_ref, const json_t *dossier);

#endif
