/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_ADAPTERS_VAULT_H
#define WH_ADAPTERS_VAULT_H

#include "proto/base/err.h"
#include "proto/base/hash.h"

/*
 * Encryption at rest: AES-256-GCM under keys derived (HKDF) from one storage
 * key, with a random nonce and the place of the value as AAD, so that a value
 * moved to another key does not open.
 */
#define VAULT_KEY_LEN 32

struct vault;

void vault_new(const uint8_t storage_key[VAULT_KEY_LEN], struct vault **out);
void vault_free(struct vault *vault); /* wipes; NULL is allowed */

/* Heap (mem_free): 1 version, 12 nonce, ciphertext, 16 tag. */
void vault_seal(const struct vault *vault, unsigned table, struct span key,
    struct span plain, uint8_t **out, size_t *len);

/* Heap, a NUL behind it; WH_CRYPTO. Wipe it when done (mem_wipe_free). */
enum wh_err vault_open(const struct vault *vault, unsigned table,
    struct span key, struct span sealed, uint8_t **out, size_t *len);

/* A keyed hash to look values up by without storing them. */
struct hash vault_index(const struct vault *vault, const char *label,
    const struct span *parts, size_t n);

#endif
