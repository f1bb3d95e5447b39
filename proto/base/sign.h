/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_PROTO_BASE_SIGN_H
#define WH_PROTO_BASE_SIGN_H

#include "proto/base/err.h"
#include "proto/base/hash.h"
#include "proto/base/span.h"

/* Ed25519 signatures (RFC 8032) and the checks that OpenSSL leaves out. */

#define SIGN_KEY_LEN   32 /* public key, and the seed that is the secret */
#define SIGN_LEN       64
#define X25519_KEY_LEN 32

struct sign_secret {
	uint8_t seed[SIGN_KEY_LEN]; /* wiped by sign_secret_wipe() */
	uint8_t public_key[SIGN_KEY_LEN];
};

void sign_secret_new(struct sign_secret *out);
enum wh_err sign_secret_from_seed(const uint8_t seed[SIGN_KEY_LEN],
    struct sign_secret *out);
void sign_secret_wipe(struct sign_secret *secret);

enum wh_err sign_make(const struct sign_secret *secret, struct span message,
    uint8_t signature[SIGN_LEN]);

/* WH_CRYPTO when it does not hold. */
enum wh_err sign_check(const uint8_t public_key[SIGN_KEY_LEN],
    struct span message, const uint8_t signature[SIGN_LEN]);

/*
 * May this public key enter a register? WH_CRYPTO for a key that is
 * non-canonical (y >= p, RFC 8032 section 5.1.3; u >= p, RFC 7748 section 5)
 * or of low order: OpenSSL verifies signatures under such keys.
 */
enum wh_err sign_key_check(const uint8_t key[SIGN_KEY_LEN]);
enum wh_err x25519_key_check(const uint8_t key[X25519_KEY_LEN]);

/* A fresh X25519 pair (RFC 7748). */
void x25519_new(uint8_t secret[X25519_KEY_LEN],
    uint8_t public_key[X25519_KEY_LEN]);

/* The public key of a secret: also of a CURVE secret. */
void x25519_public(const uint8_t secret[X25519_KEY_LEN],
    uint8_t public_key[X25519_KEY_LEN]);

#endif
