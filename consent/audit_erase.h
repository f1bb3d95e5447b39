/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_CONSENT_AUDIT_ERASE_H
#define WH_CONSENT_AUDIT_ERASE_H

#include "consent/audit.h"

/*
 * Erasing what the log keeps about one subject: a referral (its case ref) or a
 * permission (its id). The details of all its entries are sealed under one
 * key; without it they are noise, here and in every copy, and nobody can check
 * a guess against the commitments. Leaves, nodes and proofs stay.
 */
enum audit_erase_state {
	AUDIT_ERASE_NEW,  /* nothing was logged about it, or it is forgotten */
	AUDIT_ERASE_OPEN, /* it has a key */
	AUDIT_ERASE_DONE, /* its key is gone, and that is remembered */
};
enum wh_err audit_erase_state(struct kv_txn *txn, const struct id *subject,
    enum audit_erase_state *out);

/*
 * Destroy the key of a subject and say so in a new entry; *index is its place.
 * For a referral case_ref is the subject and the leaf names it; for a
 * permission case_ref is zero, and the entry's details hold
 * audit_erased_subject(). What is logged about the subject later keeps no
 * details. WH_NOT_FOUND: it has no key.
 */
struct audit_erasure {
	struct id subject;
	struct id case_ref;
	int64_t at_ms;
	const char *from; /* members that may have it; both "": all */
	const char *to;
};
enum wh_err audit_erase(struct audit *audit, struct kv_txn *txn,
    const struct hash *seed, const struct audit_erasure *erasure,
    uint64_t *index);

/*
 * Afterwards: take out the sealed details themselves and, for a permission,
 * what finds them, at most max at a time. *more: there may be more. WH_INVALID:
 * it was not erased.
 */
enum wh_err audit_erase_sweep(struct kv_txn *txn, const struct id *subject,
    unsigned max, bool *more);

/*
 * Forget that it was erased, when all has been swept and nothing about it can
 * come any more that must be known to be old.
 */
enum wh_err audit_erase_forget(struct kv_txn *txn, const struct id *subject);

#endif
