/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_ADAPTERS_HPKE_H
#define WH_ADAPTERS_HPKE_H

#include "proto/base/err.h"
#include "proto/base/hash.h"
#include "proto/base/sign.h"

/*
 * HPKE in base mode (RFC 9180): DHKEM(X25519, HKDF-SHA256), HKDF-SHA256 and an
 * AEAD, composed from what OpenSSL 3.0 has. seal.h says how Wijkhub uses it.
 */
#define HPKE_KEY_LEN    32 /* of both AEADs, and of X25519 */
#define HPKE_NONCE_LEN  12
#define HPKE_TAG_LEN    16
#define HPKE_EXPORT_MAX ((size_t)255 * HASH_LEN)

/* RFC 9180, section 7.3. */
enum hpke_aead {
	HPKE_AES_256_GCM = 2,
	HPKE_CHACHA20_POLY1305 = 3
};

/* One side of a conversation. Secret: end with hpke_wipe(). */
struct hpke {
	enum hpke_aead aead;
	uint8_t key[HPKE_KEY_LEN];
	uint8_t base_nonce[HPKE_NONCE_LEN];
	struct hash exporter;
	uint64_t seq; /* of the next seal or open */
};

/*
 * The KEM (section 4.1) with a given ephemeral secret: shared secret and the
 * encapsulation that goes along. WH_CRYPTO when the result would be all zero
 * (RFC 7748, section 6.1): then public_key is of low order.
 */
enum wh_err hpke_encap(const uint8_t public_key[HPKE_KEY_LEN],
    const uint8_t ephemeral[HPKE_KEY_LEN], struct hash *shared,
    uint8_t enc[HPKE_KEY_LEN]);

/* The other side: secret and public_key are the recipient's pair. */
enum wh_err hpke_decap(const uint8_t enc[HPKE_KEY_LEN],
    const uint8_t secret[HPKE_KEY_LEN], const uint8_t public_key[HPKE_KEY_LEN],
    struct hash *shared);

/* The key schedule (section 5.1), mode 0. */
void hpke_schedule(enum hpke_aead aead, const struct hash *shared,
    struct span info, struct hpke *out);

/* A fresh ephemeral key, the KEM and the schedule with AES-256-GCM. */
enum wh_err hpke_sender(const uint8_t public_key[HPKE_KEY_LEN],
    struct span info, uint8_t enc[HPKE_KEY_LEN], struct hpke *out);
enum wh_err hpke_recipient(const uint8_t enc[HPKE_KEY_LEN],
    const uint8_t secret[HPKE_KEY_LEN], const uint8_t public_key[HPKE_KEY_LEN],
    struct span info, struct hpke *out);

/* len bytes for context (section 5.3); at most HPKE_EXPORT_MAX. */
enum wh_err hpke_export(const struct hpke *hpke, struct span context,
    uint8_t *out, size_t len);

/*
 * Section 5.2: seal the next message; out has room for HPKE_TAG_LEN more than
 * plain. Open the next; out has room for HPKE_TAG_LEN less. A message that
 * does not open is WH_CRYPTO, leaves out zero and does not count.
 */
enum wh_err hpke_seal(struct hpke *hpke, struct span aad, struct span plain,
    uint8_t *out);
enum wh_err hpke_open(struct hpke *hpke, struct span aad, struct span sealed,
    uint8_t *out);

void hpke_wipe(struct hpke *hpke);

/* One AEAD under one key and nonce, which are used for nothing else. */
struct hpke_once {
	enum hpke_aead aead;
	uint8_t key[HPKE_KEY_LEN];
	uint8_t nonce[HPKE_NONCE_LEN];
};
enum wh_err hpke_once_seal(const struct hpke_once *once, struct span aad,
    struct span plain, uint8_t *out);
enum wh_err hpke_once_open(const struct hpke_once *once, struct span aad,
    struct span sealed, uint8_t *out);

#endif
