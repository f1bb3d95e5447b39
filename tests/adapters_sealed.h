/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_TESTS_ADAPTERS_SEALED_H
#define WH_TESTS_ADAPTERS_SEALED_H

#include "adapters/seal.h"
#include "tests/proto_wire_samples.h"

/* A sender, a recipient and a third member; bodies that can be tampered with.
 */

struct sealed_keys {
	struct sign_secret sender, third;
	uint8_t secret[HPKE_KEY_LEN], public_key[HPKE_KEY_LEN];
	uint8_t other_secret[HPKE_KEY_LEN], other_public[HPKE_KEY_LEN];
};

static inline struct sealed_keys
sealed_keys_new(void)
{
	struct sealed_keys keys;

	sign_secret_new(&keys.sender);
	sign_secret_new(&keys.third);
	x25519_new(keys.secret, keys.public_key);
	x25519_new(keys.other_secret, keys.other_public);
	return keys;
}

static inline struct seal_pair
sealed_pair(const struct sealed_keys *keys)
{
	return (struct seal_pair){keys->secret, keys->public_key};
}

/* Bytes on the heap, freed with mem_free(). */
struct sealed_bytes {
	uint8_t *p;
	size_t len;
};

/* Header and sealed sections as the body of an envelope. */
static inline struct sealed_bytes
sealed_body(const struct sealed_keys *keys, struct span header,
    const struct sealed *sealed)
{
	struct envelope envelope = {
	    .header_bytes = header,
	    .sealing_key_id = wire_key_id(keys->public_key),
	    .section_count = sealed->count,
	};
	struct sealed_bytes out = {NULL, 0};

	if (sealed->count > 0)
		envelope.encapsulation =
		    span_of(sealed->enc, sizeof(sealed->enc));
	memcpy(envelope.sections, sealed->sections, sizeof(envelope.sections));
	if (wire_envelope_write(&envelope, &out.p, &out.len) != WH_OK)
		abort();
	return out;
}

static inline struct sealed_bytes
sealed_header(void)
{
	struct header header = sample_header();
	struct sealed_bytes out = {NULL, 0};

	header.event = EVENT_OFFER;
	header.code = CODE_NONE;
	if (wire_header_write(&header, &out.p, &out.len) != WH_OK)
		abort();
	return out;
}

static inline struct sealed_bytes
sealed_sign(const struct sign_secret *secret, struct span body)
{
	struct sealed_bytes out = {NULL, 0};

	if (wire_sign(secret, WIRE_DOMAIN_ENVELOPE, body, &out.p, &out.len) !=
	    WH_OK)
		abort();
	return out;
}

#endif
