/* SPDX-License-Identifier: EUPL-1.2 */
#include "adapters/hpke.h"

#include <assert.h>
#include <limits.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <stdlib.h>

#include "proto/base/mem.h"

#define MODE_BASE 0

/* Identifiers of section 7, big-endian. */
#define KEM_ID 0x00, 0x20 /* DHKEM(X25519, HKDF-SHA256) */
#define KDF_ID 0x00, 0x01 /* HKDF-SHA256 */

static const uint8_t kem_suite[] = {'K', 'E', 'M', KEM_ID};

/* suite_id of section 5.1; the AEAD is its last byte. */
struct suite {
	uint8_t b[10];
};

static struct suite
suite_of(enum hpke_aead aead)
{
	return (struct suite){
	    {'H', 'P', 'K', 'E', KEM_ID, KDF_ID, 0x00, (uint8_t)aead}};
}

static struct span
span_hash(const struct hash *hash)
{
	return span_of(hash->b, sizeof(hash->b));
}

/* The cryptographic library has no memory or lacks an algorithm. */
static void
must(int ok)
{
	if (ok != 1)
		abort();
}

/* Section 4: LabeledExtract. */
static struct hash
extract(struct span suite, struct span salt, const char *label, struct span ikm)
{
	const struct span parts[] = {span_str("HPKE-v1"), suite,
	    span_str(label), ikm};

	return hash_hmac(salt, parts, 4);
}

/* What LabeledExpand puts its label and info in. */
struct expansion {
	struct span suite;
	const char *label;
	struct span info;
};

/* Section 4: LabeledExpand; HKDF-Expand is RFC 5869, section 2.3. */
static void
expand(const struct hash *prk, const struct expansion *what, uint8_t *out,
    size_t len)
{
	uint8_t len_be[2] = {(uint8_t)(len >> 8), (uint8_t)len};
	uint8_t counter = 0;
	struct hash block;
	struct span previous = span_of(NULL, 0);

	assert(len <= HPKE_EXPORT_MAX);
	while (len > 0) {
		size_t part = len < HASH_LEN ? len : HASH_LEN;

		counter++;
		block = hash_hmac(span_hash(prk),
		    (const struct span[]){previous,
			span_of(len_be, sizeof(len_be)), span_str("HPKE-v1"),
			what->suite, span_str(what->label), what->info,
			span_of(&counter, 1)},
		    7);
		memcpy(out, block.b, part);
		previous = span_hash(&block);
		out += part;
		len -= part;
	}
	mem_wipe(&block, sizeof(block));
}

/* WH_CRYPTO for a point of low order, which gives zero with any secret. */
static enum wh_err
diffie_hellman(const uint8_t secret[HPKE_KEY_LEN],
    const uint8_t public_key[HPKE_KEY_LEN], uint8_t out[HPKE_KEY_LEN])
{
	static const uint8_t zero[HPKE_KEY_LEN];
	enum wh_err err = WH_CRYPTO;
	EVP_PKEY *own, *peer;
	EVP_PKEY_CTX *ctx = NULL;
	size_t len = HPKE_KEY_LEN;

	(void)ERR_set_mark();
	own = EVP_PKEY_new_raw_private_key(EVP_PKEY_X25519, NULL, secret,
	    HPKE_KEY_LEN);
	peer = EVP_PKEY_new_raw_public_key(EVP_PKEY_X25519, NULL, public_key,
	    HPKE_KEY_LEN);
	must(own != NULL && peer != NULL);
	ctx = EVP_PKEY_CTX_new(own, NULL);
	must(ctx != NULL && EVP_PKEY_derive_init(ctx) == 1);
	if (EVP_PKEY_derive_set_peer(ctx, peer) != 1)
		goto out;
	if (EVP_PKEY_derive(ctx, out, &len) != 1 || len != HPKE_KEY_LEN)
		goto out;
	if (CRYPTO_memcmp(out, zero, sizeof(zero)) == 0)
		goto out;
	err = WH_OK;
out:
	(void)ERR_pop_to_mark();
	EVP_PKEY_CTX_free(ctx);
	EVP_PKEY_free(peer);
	EVP_PKEY_free(own);
	return err;
}

/* Section 4.1: ExtractAndExpand over kem_context = enc || pkRm. */
static struct hash
shared_secret(const uint8_t dh[HPKE_KEY_LEN], const uint8_t enc[HPKE_KEY_LEN],
    const uint8_t public_key[HPKE_KEY_LEN])
{
	const struct span suite = span_of(kem_suite, sizeof(kem_suite));
	uint8_t context[2 * HPKE_KEY_LEN];
	struct expansion what = {suite, "shared_secret",
	    span_of(context, sizeof(context))};
	struct hash prk, out;

	memcpy(context, enc, HPKE_KEY_LEN);
	memcpy(context + HPKE_KEY_LEN, public_key, HPKE_KEY_LEN);
	prk = extract(suite, span_of(NULL, 0), "eae_prk",
	    span_of(dh, HPKE_KEY_LEN));
	expand(&prk, &what, out.b, sizeof(out.b));
	mem_wipe(&prk, sizeof(prk));
	return out;
}

enum wh_err
hpke_encap(const uint8_t public_key[HPKE_KEY_LEN],
    const uint8_t ephemeral[HPKE_KEY_LEN], struct hash *shared,
    uint8_t enc[HPKE_KEY_LEN])
{
	uint8_t dh[HPKE_KEY_LEN];
	enum wh_err err = diffie_hellman(ephemeral, public_key, dh);

	if (err == WH_OK) {
		x25519_public(ephemeral, enc);
		*shared = shared_secret(dh, enc, public_key);
	}
	mem_wipe(dh, sizeof(dh));
	return err;
}

enum wh_err
hpke_decap(const uint8_t enc[HPKE_KEY_LEN], const uint8_t secret[HPKE_KEY_LEN],
    const uint8_t public_key[HPKE_KEY_LEN], struct hash *shared)
{
	uint8_t dh[HPKE_KEY_LEN];
	enum wh_err err = diffie_hellman(secret, enc, dh);

	if (err == WH_OK)
		*shared = shared_secret(dh, enc, public_key);
	mem_wipe(dh, sizeof(dh));
	return err;
}

void
hpke_schedule(enum hpke_aead aead, const struct hash *shared, struct span info,
    struct hpke *out)
{
	const struct suite id = suite_of(aead);
	const struct span suite = span_of(id.b, sizeof(id.b));
	const struct span none = span_of(NULL, 0);
	struct hash psk_id_hash = extract(suite, none, "psk_id_hash", none);
	struct hash info_hash = extract(suite, none, "info_hash", info);
	uint8_t context[1 + 2 * HASH_LEN] = {MODE_BASE};
	struct expansion what = {suite, "key",
	    span_of(context, sizeof(context))};
	struct hash secret;

	memcpy(context + 1, psk_id_hash.b, HASH_LEN);
	memcpy(context + 1 + HASH_LEN, info_hash.b, HASH_LEN);
	secret = extract(suite, span_hash(shared), "secret", none);
	expand(&secret, &what, out->key, sizeof(out->key));
	what.label = "base_nonce";
	expand(&secret, &what, out->base_nonce, sizeof(out->base_nonce));
	what.label = "exp";
	expand(&secret, &what, out->exporter.b, sizeof(out->exporter.b));
	mem_wipe(&secret, sizeof(secret));
	out->aead = aead;
	out->seq = 0;
}

enum wh_err
hpke_sender(const uint8_t public_key[HPKE_KEY_LEN], struct span info,
    uint8_t enc[HPKE_KEY_LEN], struct hpke *out)
{
	uint8_t ephemeral[HPKE_KEY_LEN], ignored[HPKE_KEY_LEN];
	struct hash shared;
	enum wh_err err;

	x25519_new(ephemeral, ignored);
	err = hpke_encap(public_key, ephemeral, &shared, enc);
	if (err == WH_OK)
		hpke_schedule(HPKE_AES_256_GCM, &shared, info, out);
	mem_wipe(&shared, sizeof(shared));
	mem_wipe(ephemeral, sizeof(ephemeral));
	return err;
}

enum wh_err
hpke_recipient(const uint8_t enc[HPKE_KEY_LEN],
    const uint8_t secret[HPKE_KEY_LEN], const uint8_t public_key[HPKE_KEY_LEN],
    struct span info, struct hpke *out)
{
	struct hash shared;
	enum wh_err err = hpke_decap(enc, secret, public_key, &shared);

	if (err == WH_OK)
		hpke_schedule(HPKE_AES_256_GCM, &shared, info, out);
	mem_wipe(&shared, sizeof(shared));
	return err;
}

enum wh_err
hpke_export(const struct hpke *hpke, struct span context, uint8_t *out,
    size_t len)
{
	const struct suite id = suite_of(hpke->aead);
	struct expansion what = {span_of(id.b, sizeof(id.b)), "sec", context};

	if (len > HPKE_EXPORT_MAX)
		return WH_TOO_BIG;
	expand(&hpke->exporter, &what, out, len);
	return WH_OK;
}

void
hpke_wipe(struct hpke *hpke)
{
	mem_wipe(hpke, sizeof(*hpke));
}

/* Section 5.2: the nonce is the base nonce XOR the sequence number. */
static enum wh_err
next(const struct hpke *hpke, struct hpke_once *out)
{
	if (hpke->seq == UINT64_MAX)
		return WH_TOO_BIG;
	out->aead = hpke->aead;
	memcpy(out->key, hpke->key, sizeof(out->key));
	memcpy(out->nonce, hpke->base_nonce, sizeof(out->nonce));
	for (size_t i = 0; i < sizeof(hpke->seq); i++)
		out->nonce[HPKE_NONCE_LEN - 1 - i] ^=
		    (uint8_t)(hpke->seq >> (8 * i));
	return WH_OK;
}

enum wh_err
hpke_seal(struct hpke *hpke, struct span aad, struct span plain, uint8_t *out)
{
	struct hpke_once once;
	enum wh_err err = next(hpke, &once);

	if (err == WH_OK)
		err = hpke_once_seal(&once, aad, plain, out);
	if (err == WH_OK)
		hpke->seq++;
	mem_wipe(&once, sizeof(once));
	return err;
}

enum wh_err
hpke_open(struct hpke *hpke, struct span aad, struct span sealed, uint8_t *out)
{
	struct hpke_once once;
	enum wh_err err = next(hpke, &once);

	if (err == WH_OK)
		err = hpke_once_open(&once, aad, sealed, out);
	if (err == WH_OK)
		hpke->seq++;
	mem_wipe(&once, sizeof(once));
	return err;
}

static EVP_CIPHER *
cipher_of(enum hpke_aead aead)
{
	EVP_CIPHER *cipher = EVP_CIPHER_fetch(NULL,
	    aead == HPKE_AES_256_GCM ? "AES-256-GCM" : "ChaCha20-Poly1305",
	    NULL);

	must(cipher != NULL);
	return cipher;
}

/* Key, nonce and AAD into a context; both AEADs have 12 bytes of nonce. */
static EVP_CIPHER_CTX *
aead_begin(const struct hpke_once *once, struct span aad, bool is_seal)
{
	EVP_CIPHER *cipher = cipher_of(once->aead);
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	int len;

	must(ctx != NULL);
	must(EVP_CipherInit_ex2(ctx, cipher, once->key, once->nonce, is_seal,
	    NULL));
	if (aad.len > 0)
		must(EVP_CipherUpdate(ctx, NULL, &len, aad.p, (int)aad.len));
	EVP_CIPHER_free(cipher);
	return ctx;
}

enum wh_err
hpke_once_seal(const struct hpke_once *once, struct span aad, struct span plain,
    uint8_t *out)
{
	EVP_CIPHER_CTX *ctx;
	int len = 0, rest = 0;

	if (aad.len > INT_MAX || plain.len > INT_MAX)
		return WH_TOO_BIG;
	ctx = aead_begin(once, aad, true);
	if (plain.len > 0)
		must(EVP_CipherUpdate(ctx, out, &len, plain.p, (int)plain.len));
	must(EVP_CipherFinal_ex(ctx, out + len, &rest));
	assert((size_t)len + (size_t)rest == plain.len);
	must(EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, HPKE_TAG_LEN,
	    out + plain.len));
	EVP_CIPHER_CTX_free(ctx);
	return WH_OK;
}

enum wh_err
hpke_once_open(const struct hpke_once *once, struct span aad,
    struct span sealed, uint8_t *out)
{
	enum wh_err err = WH_CRYPTO;
	EVP_CIPHER_CTX *ctx = NULL;
	uint8_t tag[HPKE_TAG_LEN];
	int len = 0, rest = 0;
	size_t plain_len;

	if (aad.len > INT_MAX || sealed.len > INT_MAX)
		return WH_TOO_BIG;
	if (sealed.len < HPKE_TAG_LEN)
		return WH_CRYPTO;
	plain_len = sealed.len - HPKE_TAG_LEN;
	memcpy(tag, sealed.p + plain_len, sizeof(tag));
	(void)ERR_set_mark();
	ctx = aead_begin(once, aad, false);
	must(
	    EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, HPKE_TAG_LEN, tag));
	if (plain_len > 0 &&
	    EVP_CipherUpdate(ctx, out, &len, sealed.p, (int)plain_len) != 1)
		goto out;
	if (EVP_CipherFinal_ex(ctx, out + len, &rest) != 1)
		goto out;
	err = WH_OK;
out:
	/* What did not prove itself is not for anybody to see. */
	if (err != WH_OK)
		mem_wipe(out, plain_len);
	(void)ERR_pop_to_mark();
	EVP_CIPHER_CTX_free(ctx);
	return err;
}
