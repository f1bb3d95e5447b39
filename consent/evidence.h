/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_CONSENT_EVIDENCE_H
#define WH_CONSENT_EVIDENCE_H

#include "consent/note_checkpoint.h"

/*
 * Two checkpoints that one log signed and that do not go together, in a file
 * for whoever must judge it, offline. Text, the notes as they were served:
 *
 *	wijkhub evidence v1
 *	kind fork
 *	seen 2026-09-14T10:40:00.000Z
 *	by wpi
 *	note 231
 *	<231 bytes: a C2SP signed note>
 *	note 229
 *	<229 bytes>
 */
enum evidence_kind {
	/* As large with another root. Proves by itself that the log was
	 * rewritten, or shown differently to two members. */
	EVIDENCE_FORK,
	/* The second is smaller and was shown, on the line to the hub, after
	 * the first. That it came later is the word of who wrote the file. */
	EVIDENCE_ROLLBACK,
	/* The hub gave no proof that the smaller is the start of the larger.
	 * What it shows now can be asked of the hub by anybody. */
	EVIDENCE_UNPROVEN,
	EVIDENCE_KINDS
};
const char *evidence_kind_text(enum evidence_kind kind);

#define EVIDENCE_MAX (2 * NOTE_MAX + 1024)

struct evidence {
	enum evidence_kind kind;
	int64_t seen_ms; /* written to the second */
	struct span by;  /* the member that saw it; a slug, borrowed */
	struct span notes[2];
};

/* Heap text with a NUL. WH_INVALID: evidence_parse() would refuse it. */
enum wh_err evidence_text(const struct evidence *evidence, char **text);

/* Spans are borrowed from bytes. WH_INVALID, WH_TOO_BIG. */
enum wh_err evidence_parse(struct span bytes, struct evidence *out);

/*
 * Does it show what it claims, under one of these keys of logs? WH_CRYPTO with
 * why when not. heads may be NULL; its spans are borrowed from the notes.
 */
enum wh_err evidence_check(const struct evidence *evidence,
    const struct note_key *logs, size_t count, struct note_checkpoint heads[2],
    struct why *why);

/* "fork-12-12-89abcdef": one name for one pair of notes, whenever seen. */
#define EVIDENCE_NAME_SIZE 80
enum wh_err evidence_name(const struct evidence *evidence,
    char out[EVIDENCE_NAME_SIZE]);

#endif
