/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_CONSENT_NOTE_H
#define WH_CONSENT_NOTE_H

#include "proto/base/err.h"
#include "proto/base/sign.h"
#include "proto/base/span.h"
#include "proto/base/text.h"

/*
 * Signed notes (C2SP signed-note): text, a blank line, and one line for each
 * signature, "— name base64(4-byte key id, signature)". Checkpoints, receipts
 * and policies are built on them: note_checkpoint, note_proof, note_policy.
 */

/* Room for 16 signatures of NOTE_SIG_MAX, which C2SP wants accepted. */
#define NOTE_MAX ((size_t)128 * 1024)
/* As Go's reader of notes. */
#define NOTE_SIGS_MAX 100
/* One signature with its key id: C2SP expects up to nearly 5 kB. */
#define NOTE_SIG_MAX 5120
/* The longest name that a tlog-cosignature can speak of. */
#define NOTE_NAME_MAX 255
/* 32 logs and 32 witnesses, which C2SP wants a policy to hold. */
#define NOTE_KEYS_MAX 64

/* Signature types; others exist, and count as unknown signers here. */
enum note_type {
	NOTE_ED25519 = 0x01, /* of the text as it is */
	NOTE_COSIGNATURE =
	    0x04, /* Ed25519 cosignature/v1: the text at a time */
};

/* Who may sign. The id is the start of SHA-256(name, newline, type, key). */
struct note_key {
	char name[NOTE_NAME_MAX + 1]; /* no spaces, no plus */
	enum note_type type;
	uint32_t id;
	uint8_t public_key[SIGN_KEY_LEN];
};

/* WH_INVALID: the name cannot be one. WH_CRYPTO: see sign_key_check(). */
enum wh_err note_key_make(const char *name, enum note_type type,
    const uint8_t public_key[SIGN_KEY_LEN], struct note_key *out);

/*
 * "name+id+base64(type, key)", a C2SP vkey. WH_INVALID, WH_TOO_BIG,
 * WH_CRYPTO as above; WH_UNSUPPORTED: a type that we do not know.
 */
enum wh_err note_key_parse(struct span vkey, struct note_key *out);

#define NOTE_VKEY_SIZE (NOTE_NAME_MAX + 10 + BASE64_SIZE(1 + SIGN_KEY_LEN))
void note_key_text(const struct note_key *key, char out[NOTE_VKEY_SIZE]);

struct note_sig {
	struct span name;    /* borrowed from the note */
	struct span encoded; /* base64, checked; borrowed from the note */
	uint32_t key_id;
};

struct note {
	struct span text; /* what was signed, with its last newline; borrowed */
	struct span lines; /* the signature lines as they stand; borrowed */
	struct note_sig sigs[NOTE_SIGS_MAX];
	size_t sig_count; /* at least 1 */
};

/*
 * Says that these bytes are a note, nothing of who signed it. WH_INVALID when
 * it is none, also for control characters within; WH_TOO_BIG beyond NOTE_MAX,
 * NOTE_SIGS_MAX or NOTE_SIG_MAX.
 */
enum wh_err note_parse(struct span bytes, struct note *out);

/* What one key did. */
struct note_signed {
	bool valid;
	uint64_t at_s; /* newest cosignature, seconds since 1970; else 0 */
};

/*
 * Check every signature by one of count keys; others are ignored. WH_CRYPTO
 * when one of them does not hold or when there is none. by (NULL, or room for
 * count) gets what each key did. At most NOTE_KEYS_MAX keys: WH_TOO_BIG.
 */
enum wh_err note_verify(const struct note *note, const struct note_key *keys,
    size_t count, struct note_signed *by);

/* Dash, name, base64 of id, time and signature, newline and NUL. */
#define NOTE_LINE_SIZE (NOTE_NAME_MAX + 7 + BASE64_SIZE(12 + SIGN_LEN))

/*
 * One signature line, newline included. at_s goes into a NOTE_COSIGNATURE
 * (at most INT64_MAX) and nowhere else: the same input gives the same line.
 * WH_INVALID: text cannot be a note's, or secret is not that of key.
 */
enum wh_err note_sign(const struct note_key *key,
    const struct sign_secret *secret, struct span text, uint64_t at_s,
    char line[NOTE_LINE_SIZE]);

/*
 * A note from its text and signature lines; to add a cosignature, give text
 * and lines of the old note and the new line after them. Heap text with a NUL,
 * the caller's to mem_free(). Errors of note_parse() on what came out.
 */
enum wh_err note_make(struct span text, struct span lines, struct span more,
    char **note);

#endif
