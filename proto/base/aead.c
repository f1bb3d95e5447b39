/* SPDX-License-Identifier: EUPL-1.2 */
#include "proto/base/aead.h"

#include <openssl/evp.h>
#include <pthread.h>
#include <stdlib.h>

/* Fetched once: an implicit fetch walks the providers under a lock. */
static pthread_once_t engine_once = PTHREAD_ONCE_INIT;
static EVP_CIPHER *gcm; /* owned, until exit */

static void
must(int ok)
{
	if (ok != 1)
		abort();
}

static void
engine_free(void)
{
	EVP_CIPHER_free(gcm);
	gcm = NULL;
}

static void
engine_load(void)
{
	gcm = EVP_CIPHER_fetch(NULL, "AES-256-GCM", NULL);
	must(gcm != NULL);
	(void)atexit(engine_free); /* full: the kernel frees it all the same */
}

static EVP_CIPHER_CTX *
start(const uint8_t *key, const uint8_t *nonce, struct span aad, int sealing)
{
	EVP_CIPHER_CTX *ctx;
	int done;

	must(pthread_once(&engine_once, engine_load) == 0);
	ctx = EVP_CIPHER_CTX_new();
	must(ctx != NULL);
	must(EVP_CipherInit_ex2(ctx, gcm, key, nonce, sealing, NULL));
	if (aad.len > 0)
		must(EVP_CipherUpdate(ctx, NULL, &done, aad.p, (int)aad.len));
	return ctx;
}

void
aead_seal(const uint8_t key[AEAD_KEY_LEN], const uint8_t nonce[AEAD_NONCE_LEN],
    struct span aad, struct span plain, uint8_t *out)
{
	EVP_CIPHER_CTX *ctx = start(key, nonce, aad, 1);
	int done = 0;

	if (plain.len > 0)
		must(
		    EVP_CipherUpdate(ctx, out, &done, plain.p, (int)plain.len));
	must(EVP_CipherFinal_ex(ctx, out + done, &done));
	must(EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, AEAD_TAG_LEN,
	    out + plain.len));
	EVP_CIPHER_CTX_free(ctx);
}

enum wh_err
aead_open(const uint8_t key[AEAD_KEY_LEN], const uint8_t nonce[AEAD_NONCE_LEN],
    struct span aad, struct span sealed, uint8_t *out)
{
	uint8_t tag[AEAD_TAG_LEN];
	uint8_t none[1]; /* for the end of no bytes */
	EVP_CIPHER_CTX *ctx;
	size_t len;
	int done = 0;
	bool good;

	if (sealed.len < AEAD_TAG_LEN)
		return WH_CRYPTO;
	len = sealed.len - AEAD_TAG_LEN;
	memcpy(tag, sealed.p + len, AEAD_TAG_LEN);
	ctx = start(key, nonce, aad, 0);
	must(
	    EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, AEAD_TAG_LEN, tag));
	if (len > 0)
		must(EVP_CipherUpdate(ctx, out, &done, sealed.p, (int)len));
	good = EVP_CipherFinal_ex(ctx, none, &done) == 1;
	EVP_CIPHER_CTX_free(ctx);
	return good ? WH_OK : WH_CRYPTO;
}
