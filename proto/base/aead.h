/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_PROTO_BASE_AEAD_H
#define WH_PROTO_BASE_AEAD_H

#include "proto/base/err.h"
#include "proto/base/span.h"

/*
 * AES-256-GCM (NIST SP 800-38D) for what we keep ourselves. A nonce is used
 * once under a key. Aborts when the library fails.
 */
#define AEAD_KEY_LEN   32
#define AEAD_NONCE_LEN 12
#define AEAD_TAG_LEN   16

/* out has room for plain.len + AEAD_TAG_LEN bytes. */
void aead_seal(const uint8_t key[AEAD_KEY_LEN],
    const uint8_t nonce[AEAD_NONCE_LEN], struct span aad, struct span plain,
    uint8_t *out);

/*
 * out has room for sealed.len - AEAD_TAG_LEN bytes. WH_CRYPTO: not sealed
 * with this key, nonce and aad; what stands in out then is nothing.
 */
enum wh_err aead_open(const uint8_t key[AEAD_KEY_LEN],
    const uint8_t nonce[AEAD_NONCE_LEN], struct span aad, struct span sealed,
    uint8_t *out);

#endif
