/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_ADAPTERS_PERMITS_H
#define WH_ADAPTERS_PERMITS_H

#include "consent/permission.h"
#include "proto/base/kv.h"

/*
 * The permission records that this member captured or received, with where
 * each stands. Records say nothing about who the resident is; what does is in
 * the sealed consent (LOCAL_CONSENT) of the member that captured it.
 */
struct permit {
	struct permission permission; /* borrows from the arena */
	struct standing standing;
	struct span signed_bytes; /* in the arena */
	struct id consent_id;     /* zero when it came from elsewhere */
};

enum wh_err permits_put(struct kv_txn *txn, const struct permission *permission,
    const struct standing *standing, const struct id *consent_id,
    struct span signed_bytes);

/*
 * A record goes, with whatever finds it by code or ground; its relation is for
 * the caller (retention.h). permit must not borrow from txn: permits_get()
 * copies.
 */
enum wh_err permits_forget(struct kv_txn *txn, const struct permit *permit);

/* WH_NOT_FOUND. */
enum wh_err permits_get(struct kv_txn *txn, struct arena *arena,
    const struct id *permission_id, struct permit *out);

/* The statutory record for this relation and instrument: the one that was
 * objected to, else the newest. */
enum wh_err permits_by_ground(struct kv_txn *txn, struct arena *arena,
    const struct id *relation_ref, const char *instrument, struct permit *out);

/* The record that an event is about: it names it, or shows its code. */
enum wh_err permits_of_change(struct kv_txn *txn, struct arena *arena,
    const struct permission_change *change, struct permit *out);

#endif
