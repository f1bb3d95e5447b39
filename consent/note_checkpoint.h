/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_CONSENT_NOTE_CHECKPOINT_H
#define WH_CONSENT_NOTE_CHECKPOINT_H

#include "consent/note.h"
#include "proto/base/hash.h"

/* The head of a log, as the text of a signed note (C2SP tlog-checkpoint). */
struct note_checkpoint {
	struct span origin; /* borrowed; the log's name */
	uint64_t size;      /* leaves, at most MERKLE_SIZE_MAX */
	struct hash root;
	struct span extensions; /* borrowed; whole lines, ours have none */
};

/* From the text of a note; WH_INVALID. */
enum wh_err note_checkpoint_parse(struct span text,
    struct note_checkpoint *out);

/*
 * The text to sign. Heap text with a NUL, the caller's to mem_free().
 * WH_INVALID: this would not come back from note_checkpoint_parse().
 */
enum wh_err note_checkpoint_text(const struct note_checkpoint *checkpoint,
    char **text);

/*
 * A whole signed checkpoint of one log: parse the note, check the log's own
 * signature, and that the origin is the name in log. Spans are borrowed from
 * bytes. WH_INVALID, WH_TOO_BIG: not a checkpoint. WH_CRYPTO: not signed by
 * this log, or that of another origin.
 */
enum wh_err note_checkpoint_open(struct span bytes, const struct note_key *log,
    struct note_checkpoint *out);

/*
 * The same for a log whose keys rotate: signed by at least one of count keys
 * of one name, and each of their signatures holds. None at all: WH_CRYPTO.
 */
enum wh_err note_checkpoint_open_any(struct span bytes,
    const struct note_key *keys, size_t count, struct note_checkpoint *out);

/* A checkpoint that only the log has signed; the other side of _open(). */
enum wh_err note_checkpoint_seal(const struct note_checkpoint *checkpoint,
    const struct note_key *log, const struct sign_secret *secret, char **note);

#endif
