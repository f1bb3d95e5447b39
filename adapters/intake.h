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
 * WH_OK, or why not, with what to acknowledge the delivery with in *reason:
 * BAD_SIGNATURE (not by sender_key), CANNOT_OPEN (not for this pair, or not
 * what was sealed) or MALFORMED (not the form of the contract). why never
 * holds anything about a person. Everything of out lives until intake_fini()
 * or the arena's end, whichever comes first. The caller looks sender_key up by
 * the member that the header names (intake_peek) and the key id of the
 * signature, so that one member cannot speak for another.
 */
enum wh_err intake_receive(struct arena *arena, const struct intake_in *in,
    struct intake *out, enum reason *reason, struct why *why);
void intake_fini(struct intake *intake);

/* Who says to have sent this, and to whom: not checked yet, for looking up. */
enum wh_err intake_peek(struct arena *arena, struct span bytes,
    struct envelope *out, struct key_id *signed_by, struct why *why);

#endif
