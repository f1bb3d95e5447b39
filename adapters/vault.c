/* SPDX-License-Identifier: EUPL-1.2 */
#include "adapters/vault.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <stdlib.h>

#include "proto/base/kv.h"
#include "proto/base/log.h"
#include "proto/base/mem.h"

#define VERSION   1
#define NONCE_LEN 12
#define TAG_LEN   16
#define HEAD_LEN  (1 + NONCE_LEN)

struct vault {
	uint8_t value_key[VAULT_KEY_LEN];
	uint8_t index_key[VAULT_KEY_LEN];
	EVP_CIPHER *cipher; /* owned */
};

/* The library has no memory or is broken: as with mem_new(), no way on. */
static void
give_up(void)
{
	log_err("VAULT-CRYPTO", "the cryptographic library fails");
	abort();
}

/* HKDF-SHA-256 (RFC 5869) without salt: the storage key is random. */
static void
derive(const uint8_t storage_key[VAULT_KEY_LEN], const char *info,
    uint8_t out[VAULT_KEY_LEN])
{
	EVP_KDF *kdf = EVP_KDF_fetch(NULL, OSSL_KDF_NAME_HKDF, NULL);
	EVP_KDF_CTX *ctx = EVP_KDF_CTX_new(kdf);
	char digest[] = "SHA256";
	uint8_t key[VAULT_KEY_LEN];
	char label[64];
	OSSL_PARAM params[4];

	memcpy(key, storage_key, sizeof(key));
	if (str_copy(label, sizeof(label), info) != WH_OK)
		give_up();
	params[0] =
	    OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest, 0);
	params[1] = OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, key,
	    sizeof(key));
	params[2] = OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO,
	    label, strlen(label));
	params[3] = OSSL_PARAM_construct_end();
	if (ctx == NULL || EVP_KDF_derive(ctx, out, VAULT_KEY_LEN, params) != 1)
		give_up();
	EVP_KDF_CTX_free(ctx);
	EVP_KDF_free(kdf);
	mem_wipe(key, sizeof(key));
}

void
vault_new(const uint8_t storage_key[VAULT_KEY_LEN], struct vault **out)
{
	struct vault *vault = mem_new(sizeof(*vault));

	vault->cipher = EVP_CIPHER_fetch(NULL, "AES-256-GCM", NULL);
	if (vault->cipher == NULL)
		give_up();
	derive(storage_key, "wijkhub vault v1 value", vault->value_key);
	derive(storage_key, "wijkhub vault v1 index", vault->index_key);
	*out = vault;
}

void
vault_free(struct vault *vault)
{
	if (vault == NULL)
		return;
	EVP_CIPHER_free(vault->cipher);
	mem_wipe_free(vault, sizeof(*vault));
}

/* AAD: version, table and key, so that a value opens only in its place. */
static bool
bind_place(EVP_CIPHER_CTX *ctx, unsigned table, struct span key)
{
	uint8_t head[9] = {VERSION};
	int done;

	be64_put(head + 1, table);
	return EVP_CipherUpdate(ctx, NULL, &done, head, sizeof(head)) == 1 &&
	       EVP_CipherUpdate(ctx, NULL, &done, key.p, (int)key.len) == 1;
}

/* One pass of the cipher over in, to out, except for the tag. */
static bool
run(EVP_CIPHER_CTX *ctx, struct span in, uint8_t *out)
{
	int done = 0;

	if (in.len > 0 &&
	    EVP_CipherUpdate(ctx, out, &done, in.p, (int)in.len) != 1)
		return false;
	return EVP_CipherFinal_ex(ctx, out + done, &done) == 1;
}

void
vault_seal(const struct vault *vault, unsigned table, struct span key,
    struct span plain, uint8_t **out, size_t *len)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	size_t total = HEAD_LEN + plain.len + TAG_LEN;
	uint8_t *sealed = mem_new(total);

	sealed[0] = VERSION;
	random_fill(sealed + 1, NONCE_LEN);
	if (ctx == NULL ||
	    EVP_CipherInit_ex2(ctx, vault->cipher, vault->value_key, sealed + 1,
		1, NULL) != 1 ||
	    !bind_place(ctx, table, key) ||
	    !run(ctx, plain, sealed + HEAD_LEN) ||
	    EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, TAG_LEN,
		sealed + HEAD_LEN + plain.len) != 1)
		give_up();
	EVP_CIPHER_CTX_free(ctx);
	*out = sealed;
	*len = total;
}

enum wh_err
vault_open(const struct vault *vault, unsigned table, struct span key,
    struct span sealed, uint8_t **out, size_t *len)
{
	EVP_CIPHER_CTX *ctx = NULL;
	uint8_t *plain = NULL;
	uint8_t tag[TAG_LEN];
	size_t plain_len;
	enum wh_err err = WH_CRYPTO;

	if (sealed.len < HEAD_LEN + TAG_LEN || sealed.p[0] != VERSION)
		return WH_CRYPTO;
	plain_len = sealed.len - HEAD_LEN - TAG_LEN;
	memcpy(tag, sealed.p + HEAD_LEN + plain_len, TAG_LEN);
	ctx = EVP_CIPHER_CTX_new();
	plain = mem_new(plain_len + 1);
	if (ctx == NULL ||
	    EVP_CipherInit_ex2(ctx, vault->cipher, vault->value_key,
		sealed.p + 1, 0, NULL) != 1 ||
	    EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, TAG_LEN, tag) != 1)
		give_up();
	if (!bind_place(ctx, table, key) ||
	    !run(ctx, span_of(sealed.p + HEAD_LEN, plain_len), plain))
		goto out;
	*out = plain;
	*len = plain_len;
	plain = NULL;
	err = WH_OK;
out:
	EVP_CIPHER_CTX_free(ctx);
	mem_wipe_free(plain, plain_len + 1);
	return err;
}

struct hash
vault_index(const struct vault *vault, const char *label,
    const struct span *parts, size_t n)
{
	size_t len = (1 + n) * HASH_LEN;
	struct hash digest = hash_span(span_str(label));
	uint8_t *digests = mem_new(len);
	struct span all = span_of(digests, len);

	/* Digests of fixed length, so that ("ab", "c") is not ("a", "bc"). */
	memcpy(digests, digest.b, HASH_LEN);
	for (size_t i = 0; i < n; i++) {
		digest = hash_span(parts[i]);
		memcpy(digests + (i + 1) * HASH_LEN, digest.b, HASH_LEN);
	}
	digest = hash_hmac(span_of(vault->index_key, VAULT_KEY_LEN), &all, 1);
	mem_wipe_free(digests, len);
	return digest;
}
