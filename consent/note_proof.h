/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_CONSENT_NOTE_PROOF_H
#define WH_CONSENT_NOTE_PROOF_H

#include "consent/merkle.h"
#include "consent/note_policy.h"

/*
 * A receipt that verifies offline (C2SP tlog-proof): one entry is in a log,
 * and witnesses saw that log.
 */

/* A leaf, the key of its commitment and the details: 1.2 kB. */
#define NOTE_PROOF_EXTRA_MAX 2048
/* A checkpoint of NOTE_MAX, 64 hashes and the extra data in base64. */
#define NOTE_PROOF_MAX (NOTE_MAX + (size_t)8 * 1024)

struct note_proof {
	uint8_t extra[NOTE_PROOF_EXTRA_MAX]; /* not covered by any signature */
	size_t extra_len;                    /* 0: there is none */
	uint64_t index;
	struct hash path[MERKLE_PATH_MAX];
	size_t path_len;
	struct span checkpoint; /* a signed note, unread; borrowed */
};

/* WH_INVALID, WH_TOO_BIG. Says nothing of what it proves. */
enum wh_err note_proof_parse(struct span bytes, struct note_proof *out);

/*
 * Heap text with a NUL, the caller's to mem_free(). WH_INVALID, WH_TOO_BIG:
 * note_proof_parse() would not take it back.
 */
enum wh_err note_proof_text(const struct note_proof *proof, char **text);

/*
 * Does it prove, under this policy, that the log holds leaf_hash at its index?
 * WH_INVALID, WH_TOO_BIG: there is no checkpoint in it. WH_CRYPTO: it does
 * not. checkpoint (may be NULL) gets the head; its spans are borrowed from
 * proof->checkpoint.
 */
enum wh_err note_proof_check(const struct note_proof *proof,
    const struct hash *leaf_hash, const struct note_policy *policy,
    struct note_checkpoint *checkpoint, struct why *why);

#endif
