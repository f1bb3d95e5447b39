/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_CONSENT_AUDIT_DROP_H
#define WH_CONSENT_AUDIT_DROP_H

#include "consent/audit.h"

/*
 * Letting go of a whole generation of the log, the oldest first. An entry in
 * the present one says which, how many entries it had and their root. Of the
 * old one stay its head, its last checkpoints and the note that it was opened
 * on: whoever holds a proof can still see that it is of this log.
 */

/* When it was closed: WH_NOT_FOUND for the present one. */
enum wh_err audit_drop_closed(struct kv_txn *txn, uint32_t generation,
    int64_t *at_ms);

/* Was it let go of, perhaps not swept to its end yet? */
enum wh_err audit_drop_state(struct kv_txn *txn, uint32_t generation,
    bool *dropped);

/* The last size and root of one that was let go of; WH_NOT_FOUND: it is kept.
 */
enum wh_err audit_drop_head(struct kv_txn *txn, uint32_t generation,
    uint64_t *size, struct hash *root);

/*
 * Say so in a new entry; *index is its place. From then on nothing of the
 * generation is proved. WH_INVALID: it is the present one, or not the oldest
 * that is here.
 */
enum wh_err audit_drop(struct audit *audit, struct kv_txn *txn,
    const struct hash *seed, uint32_t generation, int64_t at_ms,
    uint64_t *index);

/*
 * Afterwards: take out its leaves with their nodes, details and what finds
 * them, at most max at a time. *more: there may be more. WH_INVALID: it was not
 * dropped.
 */
enum wh_err audit_drop_sweep(struct kv_txn *txn, uint32_t generation,
    unsigned max, bool *more);

/*
 * Does each generation that is marked as gone have its entry, with the size
 * and the root of the head that stayed? WH_CORRUPT: *generation does not.
 */
enum wh_err audit_drop_check(struct kv_txn *txn, uint32_t present,
    uint32_t *generation);

#endif
