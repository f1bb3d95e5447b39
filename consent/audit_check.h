/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_CONSENT_AUDIT_CHECK_H
#define WH_CONSENT_AUDIT_CHECK_H

#include "consent/audit.h"

/*
 * The log a little at a time, for a scrubber; audit_verify() is all at once.
 * Each entry is checked against the nodes that it completes, and those against
 * the ones below them: after all entries every node was looked at.
 */

/*
 * One entry: its leaf, the nodes it completes, its details and its place in
 * the indexes. WH_CORRUPT, with why; WH_NOT_FOUND: there is none.
 */
enum wh_err audit_check_entry(struct kv_txn *txn, uint64_t index,
    struct why *why);

/* The head of each generation is that of its nodes; WH_CORRUPT. */
enum wh_err audit_check_heads(struct kv_txn *txn, struct why *why);

#endif
