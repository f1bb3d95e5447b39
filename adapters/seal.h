/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_ADAPTERS_SEAL_H
#define WH_ADAPTERS_SEAL_H

#include "adapters/hpke.h"
#include "proto/wire.h"

/*
 * The sections of one envelope, for one recipient (PROTOCOL.md). One HPKE
 * encapsulation with info "wijkhub seal v1"; a key and a nonce per category,
 * exported for "wijkhub category" and the category's byte; AES-256-GCM with
 * SHA-256 of the header's bytes and the category (4 bytes, big-endian) as AAD;
 * the plaintext padded (ISO/IEC 7816-4: 0x80 and zeroes) to 256, 512, 1024, ...
 * so that its length says little. Not in the broker's binary.
 */

/* One section as it was packed by wire_section_write(). */
struct seal_section {
	enum category category;
	struct span plain; /* borrowed; at most SECTION_MAX bytes */
};

/* Goes into struct envelope as it is; ended by sealed_fini(). */
struct sealed {
	uint8_t enc[HPKE_KEY_LEN];
	size_t count;
	/* By category, ascending; ciphertexts are on the heap, owned. */
	struct section sections[CATEGORY_COUNT];
};

/*
 * Seal count sections, in any order, under the recipient's public key and the
 * exact bytes of the header. WH_CRYPTO for a public key that x25519_key_check
 * refuses, WH_INVALID for an unknown category or one given twice, WH_TOO_BIG.
 * Does not block; secrets are wiped.
 */
enum wh_err seal_sections(const uint8_t public_key[HPKE_KEY_LEN],
    struct span header, const struct seal_section *sections, size_t count,
    struct sealed *out);
void sealed_fini(struct sealed *sealed);

/* The recipient's pair. Borrowed. */
struct seal_pair {
	const uint8_t *secret;     /* HPKE_KEY_LEN bytes */
	const uint8_t *public_key; /* HPKE_KEY_LEN bytes */
};

/*
 * Open section number index of envelope into a heap buffer that the caller
 * ends with mem_wipe_free(). WH_CRYPTO when it was not sealed for this pair,
 * header and category, or is not padded as above. The signature of the
 * envelope must have been checked before (intake.h does all).
 */
enum wh_err seal_open(const struct seal_pair *pair,
    const struct envelope *envelope, size_t index, uint8_t **out, size_t *len);

#endif
