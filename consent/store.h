/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_CONSENT_STORE_H
#define WH_CONSENT_STORE_H

#include "consent/permission.h"
#include "consent/tables.h"
#include "proto/base/kv.h"

/* Permissions on kv: records, their events, and where each stands. */

/* A record read back: permission borrows from arena. */
struct stored_permission {
	struct span signed_bytes; /* copied into the arena */
	struct permission permission;
	struct standing standing;
};

/*
 * Keep a record. WH_EXISTS with *same: the very same bytes are here (true), or
 * others under this id (false). A statutory record is also found by relation
 * and instrument.
 */
enum wh_err store_put(struct kv_txn *txn, const struct permission *permission,
    struct span signed_bytes, bool *same);

enum wh_err store_get(struct kv_txn *txn, struct arena *arena,
    const struct id *permission_id, struct stored_permission *out);

/*
 * Are records kept in the form that this program reads? The first one speaks
 * for all, and a store without any is. WH_UNSUPPORTED: they are another
 * version's, and nothing may be read of them or written beside them.
 */
enum wh_err store_form(struct kv_txn *txn, struct why *why);

/* Where a record stands, without reading it. */
enum wh_err store_standing(struct kv_txn *txn, const struct id *permission_id,
    struct standing *out);

/*
 * The record for this relation under this instrument: the one that was
 * objected to, else the newest. An objection stays on file (Wgs; AVG art. 21).
 */
enum wh_err store_by_ground(struct kv_txn *txn, struct arena *arena,
    const struct id *relation_ref, const char *instrument,
    struct stored_permission *out);

/* The record whose receipt carries this code. */
enum wh_err store_by_code(struct kv_txn *txn, struct arena *arena,
    struct span withdrawal_code, struct stored_permission *out);

/* The same record under another signature. WH_NOT_FOUND. */
enum wh_err store_signature(struct kv_txn *txn, const struct id *permission_id,
    struct span signed_bytes);

/* Append an event and the standing after it. signed_bytes must not borrow from
 * txn. */
enum wh_err store_change(struct kv_txn *txn, const struct id *permission_id,
    struct span signed_bytes, const struct standing *after);

/*
 * After store_change() to PERMISSION_OBJECTED: from now on this record is what
 * store_by_ground() finds, also when newer ones are kept.
 */
enum wh_err store_objection(struct kv_txn *txn,
    const struct permission *permission);

/* The nth event of a record, signed bytes borrowed; WH_NOT_FOUND at the end. */
enum wh_err store_change_get(struct kv_txn *txn, const struct id *permission_id,
    uint64_t n, struct span *signed_bytes);

/*
 * Take a record out, with its events and whatever finds it. permission must not
 * borrow from txn (store_get() copies). WH_CORRUPT: it is not whole.
 */
enum wh_err store_forget(struct kv_txn *txn,
    const struct permission *permission);

#endif
