/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_CONSENT_WITNESS_H
#define WH_CONSENT_WITNESS_H

#include "consent/note_checkpoint.h"
#include "consent/register.h"

/*
 * What a witness says to a checkpoint: C2SP tlog-witness without its HTTP. The
 * rules are pure; who keeps what was cosigned last does so in the transaction
 * in which it asks them, before it answers.
 */

/* The keys behind an origin: that of the register, or one of its later logs,
 * "<log_origin>/<number>". None for any other. */
size_t witness_log_keys(const struct wh_register *reg, struct span origin,
    struct note_key out[REGISTER_KEYS_MAX]);

/*
 * Read a checkpoint and check that its log signed it: WITNESS_COSIGNED when so,
 * else WITNESS_UNKNOWN_LOG, or WITNESS_BAD_SIGNATURE for what is no checkpoint
 * too. Spans in out are borrowed from note.
 */
enum witness_verdict witness_open(const struct wh_register *reg,
    struct span note, struct note_checkpoint *out);

/* What was cosigned last for one origin; size 0 and no root when nothing. */
struct witness_head {
	uint64_t size;
	struct hash root;
};

/* Two heads of one log, both signed by it. */
enum witness_order {
	WITNESS_SAME,
	WITNESS_OLDER, /* than what we know: needs a proof, or is a rollback */
	WITNESS_NEWER, /* needs a proof */
	WITNESS_FORK,  /* as large with another root: no proof can mend it */
};
enum witness_order witness_compare(const struct witness_head *known,
    const struct note_checkpoint *seen);

/* What is asked of a witness, with a checkpoint of witness_open(). */
struct witness_question {
	const struct note_checkpoint *checkpoint;
	uint64_t old_size;
	const uint8_t (*proof)[WIRE_KEY_LEN]; /* borrowed */
	size_t proof_count;
};

/* WITNESS_COSIGNED: sign it, after it was kept as the last one. */
enum witness_verdict witness_judge(const struct witness_head *last,
    const struct witness_question *question);

/*
 * The key that a member cosigns with, by the name "<log_origin>/witness/<id>".
 * WH_NOT_FOUND: it has none that is valid at now_ms.
 */
enum wh_err witness_key(const struct wh_register *reg,
    const struct reg_member *member, int64_t now_ms, struct note_key *out);

/* The same name for any public key. WH_CRYPTO, WH_INVALID: note_key_make(). */
enum wh_err witness_key_of(const struct wh_register *reg, const char *member,
    const uint8_t public_key[SIGN_KEY_LEN], struct note_key *out);

/* RFC 9162, 2.1.4.2 over hashes as they come in frames. */
enum wh_err witness_consistent(const struct witness_head *from,
    const struct witness_head *to, const uint8_t (*path)[WIRE_KEY_LEN],
    size_t count);

#endif
