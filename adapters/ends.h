/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_ADAPTERS_ENDS_H
#define WH_ADAPTERS_ENDS_H

#include "adapters/vault.h"
#include "proto/base/arena.h"
#include "proto/base/kv.h"
#include "proto/wire_permission.h"

/*
 * The ends of permissions that this member sent (withdrawals, objections), as
 * it signed them: a hub that was put back from a backup may have lost them.
 * Sealed: an end by code shows the key of a record. A row lives as long as what
 * it belongs to, a permission or a withdrawal that is kept by itself.
 */
enum end_state {
	END_SENT = 1, /* the hub said nothing yet */
	END_RECORDED,
	END_MISSED, /* recorded once, and not taken by the hub of now */
};

struct end {
	struct id owner; /* of the permission, or of the withdrawal */
	struct id event_id;
	enum end_state state;
	struct span signed_bytes; /* in the arena when read */
};
enum wh_err ends_put(struct kv_txn *txn, const struct vault *vault,
    const struct end *end);

/* Another state. WH_NOT_FOUND. */
enum wh_err ends_state_set(struct kv_txn *txn, const struct id *owner,
    const struct id *event_id, enum end_state state);

/* Only owner, event_id and state of what this event is kept as; WH_NOT_FOUND.
 */
enum wh_err ends_find(struct kv_txn *txn,
    const struct permission_change *change, struct end *out);

/*
 * The one after end->owner and end->event_id, zero for the first; WH_NOT_FOUND
 * at the end. WH_CORRUPT: this one cannot be read, and these are its ids, so
 * that a walk can go on behind it.
 */
enum wh_err ends_next(struct kv_txn *txn, const struct vault *vault,
    struct arena *arena, struct end *end);

/* Does any belong to this permission? */
enum wh_err ends_has(struct kv_txn *txn, const struct id *owner, bool *out);

/* The hub refused it: there is nothing to say again. */
enum wh_err ends_drop(struct kv_txn *txn, const struct id *owner,
    const struct id *event_id);

/* Their owner goes, and they with it. The caller calls local_freed(). */
enum wh_err ends_forget(struct kv_txn *txn, const struct id *owner);

#endif
