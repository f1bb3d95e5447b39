/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_ADAPTERS_HELD_H
#define WH_ADAPTERS_HELD_H

#include "consent/permission.h"
#include "proto/base/kv.h"

/*
 * What is here under which permission: referrals by their ground, and the
 * messages with data that came in on each; and the permissions that we made
 * from one that we were given. A withdrawal finds everything through this.
 */

/* The referral rests on this ground, sent or received. */
enum wh_err held_case_put(struct kv_txn *txn, const struct ground *ground,
    const struct id *relation_ref, const struct id *case_ref);

/* A message with sections, or an offer, was stored on this referral. */
enum wh_err held_message_put(struct kv_txn *txn, const struct id *case_ref,
    const struct id *message_id);

/* The referral is gone as a whole. */
enum wh_err held_case_forget(struct kv_txn *txn, const struct ground *ground,
    const struct id *relation_ref, const struct id *case_ref);

/*
 * The next referral under this permission after *place (zero for the first):
 * by the record, then by its instrument. WH_NOT_FOUND at the end.
 */
struct held_place {
	bool by_law;
	struct id case_ref;
};
enum wh_err held_case_next(struct kv_txn *txn,
    const struct permission *permission, struct held_place *place);

/* The next message of a referral after *message_id (zero for the first). */
enum wh_err held_message_next(struct kv_txn *txn, const struct id *case_ref,
    struct id *message_id);

/* Where the end of a derived permission is. */
enum derived_state {
	DERIVED_STANDS = 1,
	DERIVED_ENDED,   /* the hub was told */
	DERIVED_CARRIED, /* carried through at all */
};
enum wh_err held_derived_put(struct kv_txn *txn, const struct id *parent,
    const struct id *child, enum derived_state state);

/* The next child of parent after *child (zero for the first). */
enum wh_err held_derived_next(struct kv_txn *txn, const struct id *parent,
    struct id *child, enum derived_state *state);

/* This permission is gone: as what was made from one, and as what others were
 * made from. */
enum wh_err held_derived_forget(struct kv_txn *txn, const struct id *id);

/* What child was made from; WH_NOT_FOUND: from nothing. */
enum wh_err held_parent(struct kv_txn *txn, const struct id *child,
    struct id *parent);

#endif
