/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_PROTO_BASE_HASH_H
#define WH_PROTO_BASE_HASH_H

#include "proto/base/err.h"
#include "proto/base/span.h"

#define HASH_LEN 32 /* SHA-256 (FIPS 180-4) */

struct hash {
	uint8_t b[HASH_LEN];
};

/* SHA-256 over n spans, one after another. */
struct hash hash_spans(const struct span *parts, size_t n);
struct hash hash_span(struct span bytes);

/* HMAC-SHA-256 (RFC 2104). */
struct hash hash_hmac(struct span key, const struct span *parts, size_t n);

bool hash_equal(const struct hash *a, const struct hash *b); /* constant time */

/* len bytes from the operating system. Aborts when it has none. */
void random_fill(void *out, size_t len);

/*
 * Deterministic bytes for the core: out = HMAC-SHA-256(seed, label || counter)
 * cut to len (at most 32). Same seed, label and counter, same bytes.
 */
void hash_derive(const struct hash *seed, const char *label, uint64_t counter,
    void *out, size_t len);

/*
 * CRC-32C (RFC 3720 section 12.1). Start with 0, or go on from an earlier
 * result. Both give the same; crc32c() uses the CPU's instruction if it has it.
 */
uint32_t crc32c(uint32_t crc, struct span bytes);
uint32_t crc32c_portable(uint32_t crc, struct span bytes);

#endif
