/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_ADAPTERS_DESK_LOG_H
#define WH_ADAPTERS_DESK_LOG_H

#include "adapters/desk.h"
#include "consent/evidence.h"
#include "proto/wire.h"

/*
 * This member as a witness of the hub's log (C2SP tlog-witness), and as one
 * that compares what the hub shows it with what it shows others. What does not
 * go together becomes a file in "evidence" in the adapter's folder, and an
 * alarm that stays until somebody has moved the file away.
 */

/* Behind a quorum of witnesses for less than this is no news. */
#define DESK_UNWITNESSED_MS 10000
/* More files than this say nothing new, and could fill the disk. */
#define DESK_EVIDENCE_MAX 64

/* desk_checkpoint() of desk.h is here too. */

/* What to answer to an add_checkpoint; owned by the caller. */
struct desk_cosigned {
	enum witness_verdict verdict;
	char *lines; /* heap, when WITNESS_COSIGNED */
	uint64_t size;
	char *checkpoint; /* heap, may be NULL: the note of that size */
};
void desk_cosigned_fini(struct desk_cosigned *cosigned);

/*
 * Compare with what was cosigned last for this origin and keep it, in one
 * transaction: durable when this returns. A crash before the answer went out
 * is harmless: the same question again gets the same answer. WH_UNSUPPORTED:
 * this member has no witness key, WH_NOT_FOUND: no register.
 */
enum wh_err desk_witness(struct desk *desk, const struct add_checkpoint *asked,
    int64_t now_ms, struct desk_cosigned *out);

/*
 * A checkpoint that another member serves, against the newest one that we saw
 * on our own line. WH_OK: the same, of another log, or a fork that is in
 * evidence now. WH_AGAIN: the hub must prove that the sizes in *sizes are of
 * one log; origin has room for ORIGIN_MAX_LEN and a NUL. WH_CRYPTO: nothing
 * that the log signed. WH_NOT_FOUND: we know no checkpoint or register yet.
 */
enum wh_err desk_peer(struct desk *desk, struct span note, int64_t now_ms,
    struct size_range *sizes, char *origin);

/* What the hub answered: holds it between note and the newest that we saw?
 * WH_CRYPTO: it does not; WH_INVALID: it is about other sizes. */
enum wh_err desk_peer_proof(struct desk *desk, struct span note,
    const struct consistency *proof);

/* It gave none that holds, in all the time it had. */
enum wh_err desk_peer_unproven(struct desk *desk, struct span note,
    int64_t now_ms);

/*
 * Why did the hub open another log? The index of the first entry of the next
 * one that nobody looked at here; WH_NOT_FOUND: there is none. Cheap.
 */
enum wh_err desk_log_unseen(struct desk *desk, uint64_t *index);

/*
 * What the hub answered: leaf is that entry, empty when it has none. After a
 * restore desk_present() has work from now on. WH_AGAIN: ask once more later.
 */
enum wh_err desk_log_opened(struct desk *desk, uint64_t index, struct span leaf,
    int64_t now_ms);

/* What an operator and a privacy officer are told of the log. */
struct desk_log_state {
	bool is_witness;
	bool has_policy;         /* the register has witnesses of two sectors */
	uint64_t size;           /* of the newest checkpoint that we saw */
	uint64_t quorum;         /* of the newest one that a quorum cosigned */
	uint64_t cosigned;       /* by us */
	uint64_t contradictions; /* files of evidence */
	int64_t unwitnessed_since_ms; /* 0: it is not */
};
enum wh_err desk_log_state(struct desk *desk, int64_t now_ms,
    struct desk_log_state *out);

/* For desk_open(): how many files of evidence are there? */
uint64_t desk_log_evidence(const char *dir);

#endif
