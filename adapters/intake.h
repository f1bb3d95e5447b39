/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_ADAPTERS_INTAKE_H
#define WH_ADAPTERS_INTAKE_H

#include <jansson.h>

#include "adapters/seal.h"

/*
 * The recipient's procedure for one envelope (PROTOCOL.md): signature, form,
 * key, seal, and each section as its own category. Whether the sender may send
 * this at all is decide()'s; whether it came before is the store's.
 */

/* A signed envelope, and whose keys it must hold under. All borrowed. */
struct intake_in {
	struct span bytes;         /* a SignedEnvelope */
	const uint8_t *sender_key; /* WIRE_KEY_LEN: Ed25519, of the register */
	struct seal_pair own;      /* the recipient's sealing pair */
};

struct intake {
	struct envelope envelope; /* borrows from the arena and the input */
	/* Owned: {"CONTACT": {...}, ...}; {} without sections. */
	json_t *gegevens;
};

/*
 * The first half: is it what the sender signed, of the form of the contract,
 * and sealed under our key? WH_OK, or why not, with what to acknowledge the
 * delivery with in *reason: MALFORMED, BAD_SIGNATURE (not by sender_key) or
 * CANNOT_OPEN (not for this pair). why never holds anything about a person.
 * The caller looks sender_key up by the member that the header names
 * (intake_peek) and the key id of the signature, so that one member cannot
 * speak for another; and decides whether it may be here before it opens it.
 */
enum wh_err intake_verify(struct arena *arena, const struct intake_in *in,
    struct intake *out, enum reason *reason, struct why *why);

/*
 * The second half: open each section and read it as its category, into
 * intake->gegevens. CANNOT_OPEN, or MALFORMED for what is not its category.
 */
enum wh_err intake_open(const struct intake_in *in, struct intake *intake,
    enum reason *reason, struct why *why);

/* Everything of intake lives until here, or until the arena ends. */
void intake_fini(struct intake *intake);

/* Who says to have sent this, and to whom: not checked yet, for looking up. */
enum wh_err intake_peek(struct arena *arena, struct span bytes,
    struct envelope *out, struct key_id *signed_by, struct why *why);

#endif
