/* SPDX-License-Identifier: EUPL-1.2 */
#include "proto/base/sign.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <stdlib.h>

/* Our own keys always have the right form: failing is failing to allocate. */
static void
must(int ok)
{
	if (ok != 1)
		abort();
}

static void
public_of(int type, const uint8_t secret[32], uint8_t public_key[32])
{
	EVP_PKEY *pkey = EVP_PKEY_new_raw_private_key(type, NULL, secret, 32);
	size_t len = 32;

	must(pkey != NULL);
	must(EVP_PKEY_get_raw_public_key(pkey, public_key, &len));
	must(len == 32);
	EVP_PKEY_free(pkey); /* wipes its copy of the secret */
}

void
sign_secret_new(struct sign_secret *out)
{
	random_fill(out->seed, sizeof(out->seed));
	public_of(EVP_PKEY_ED25519, out->seed, out->public_key);
}

enum wh_err
sign_secret_from_seed(const uint8_t seed[SIGN_KEY_LEN], struct sign_secret *out)
{
	memmove(out->seed, seed, sizeof(out->seed));
	public_of(EVP_PKEY_ED25519, out->seed, out->public_key);
	return WH_OK;
}

void
sign_secret_wipe(struct sign_secret *secret)
{
	OPENSSL_cleanse(secret, sizeof(*secret));
}

/*
 * The public key is computed again from the seed: signing with one that does
 * not belong to the seed would give the secret scalar away.
 */
enum wh_err
sign_make(const struct sign_secret *secret, struct span message,
    uint8_t signature[SIGN_LEN])
{
	enum wh_err err = WH_CRYPTO;
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	EVP_PKEY *pkey = NULL;
	uint8_t made[SIGN_LEN];
	size_t len = sizeof(made);

	(void)ERR_set_mark();
	pkey = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL,
	    secret->seed, sizeof(secret->seed));
	must(ctx != NULL && pkey != NULL);
	if (EVP_DigestSignInit(ctx, NULL, NULL, NULL, pkey) != 1)
		goto out;
	if (EVP_DigestSign(ctx, made, &len, message.p, message.len) != 1)
		goto out;
	if (len != sizeof(made))
		goto out;
	memcpy(signature, made, sizeof(made));
	err = WH_OK;
out:
	(void)ERR_pop_to_mark();
	EVP_PKEY_free(pkey);
	EVP_MD_CTX_free(ctx);
	return err;
}

/* A refused signature leaves nothing in the error queue: TLS reads it too. */
enum wh_err
sign_check(const uint8_t public_key[SIGN_KEY_LEN], struct span message,
    const uint8_t signature[SIGN_LEN])
{
	enum wh_err err = WH_CRYPTO;
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	EVP_PKEY *pkey = NULL;

	(void)ERR_set_mark();
	pkey = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, public_key,
	    SIGN_KEY_LEN);
	must(ctx != NULL && pkey != NULL);
	if (EVP_DigestVerifyInit(ctx, NULL, NULL, NULL, pkey) != 1)
		goto out;
	if (EVP_DigestVerify(ctx, signature, SIGN_LEN, message.p,
		message.len) != 1)
		goto out;
	err = WH_OK;
out:
	(void)ERR_pop_to_mark();
	EVP_PKEY_free(pkey);
	EVP_MD_CTX_free(ctx);
	return err;
}

/* p - 1 = 2^255 - 20, little-endian: the largest canonical coordinate. */
static const uint8_t p_minus_1[32] = {0xec, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0x7f};

static const uint8_t zero[32];
static const uint8_t one[32] = {1};

/*
 * The 8 points of the subgroup that the cofactor makes, by y coordinate; a
 * point and its negative differ in the sign bit only (RFC 8032 section 5.1.2).
 *   order 1: (0, 1)            order 2: (0, -1)
 *   order 4: (+-sqrt(-1), 0)   order 8: (+-x, y8) and (+-x, -y8)
 * where doubling lands on y = 0: x^2 = -y^2, so d y^4 + 2 y^2 - 1 = 0 on the
 * curve -x^2 + y^2 = 1 + d x^2 y^2 of section 5.1.
 *
 * RFC 8032 section 5.1.3 also refuses x = 0 with the sign bit set: x is 0 only
 * for y = 1 and y = -1, which are refused here with either sign.
 */
static const uint8_t y8[32] = {0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0,
    0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98, 0xf0, 0xd5, 0xdf, 0xac, 0x05,
    0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05};
static const uint8_t minus_y8[32] = {0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8,
    0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67, 0x0f, 0x2a, 0x20, 0x53,
    0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03,
    0x7a};
static const uint8_t *const low_order_y[] = {zero, one, p_minus_1, y8,
    minus_y8};

/*
 * The same points on the Montgomery curve, u = (1 + y) / (1 - y) (RFC 7748
 * section 4.1), and u = -1, of order 4 on the twist. With these X25519 gives
 * all zeroes whatever the secret (RFC 7748 section 6.1).
 */
static const uint8_t u8_first[32] = {0x5f, 0x9c, 0x95, 0xbc, 0xa3, 0x50, 0x8c,
    0x24, 0xb1, 0xd0, 0xb1, 0x55, 0x9c, 0x83, 0xef, 0x5b, 0x04, 0x44, 0x5c,
    0xc4, 0x58, 0x1c, 0x8e, 0x86, 0xd8, 0x22, 0x4e, 0xdd, 0xd0, 0x9f, 0x11,
    0x57};
static const uint8_t u8_second[32] = {0xe0, 0xeb, 0x7a, 0x7c, 0x3b, 0x41, 0xb8,
    0xae, 0x16, 0x56, 0xe3, 0xfa, 0xf1, 0x9f, 0xc4, 0x6a, 0xda, 0x09, 0x8d,
    0xeb, 0x9c, 0x32, 0xb1, 0xfd, 0x86, 0x62, 0x05, 0x16, 0x5f, 0x49, 0xb8,
    0x00};
static const uint8_t *const low_order_u[] = {zero, one, p_minus_1, u8_first,
    u8_second};

/* Little-endian a > b. Public data: no need for constant time. */
static bool
greater(const uint8_t a[32], const uint8_t b[32])
{
	for (size_t i = 32; i-- > 0;) {
		if (a[i] != b[i])
			return a[i] > b[i];
	}
	return false;
}

static enum wh_err
coordinate_check(const uint8_t value[32], const uint8_t *const low_order[5])
{
	if (greater(value, p_minus_1))
		return WH_CRYPTO;
	for (size_t i = 0; i < 5; i++) {
		if (memcmp(value, low_order[i], 32) == 0)
			return WH_CRYPTO;
	}
	return WH_OK;
}

enum wh_err
sign_key_check(const uint8_t key[SIGN_KEY_LEN])
{
	uint8_t y[SIGN_KEY_LEN];

	memcpy(y, key, sizeof(y));
	y[31] &= 0x7f; /* the sign of x */
	return coordinate_check(y, low_order_y);
}

/* The top bit has no meaning (RFC 7748 section 5), so set it is one key in
 * two spellings: it reads as u >= p here. */
enum wh_err
x25519_key_check(const uint8_t key[X25519_KEY_LEN])
{
	return coordinate_check(key, low_order_u);
}

void
x25519_new(uint8_t secret[X25519_KEY_LEN], uint8_t public_key[X25519_KEY_LEN])
{
	random_fill(secret, X25519_KEY_LEN);
	public_of(EVP_PKEY_X25519, secret, public_key);
}

void
x25519_public(const uint8_t secret[X25519_KEY_LEN],
    uint8_t public_key[X25519_KEY_LEN])
{
	public_of(EVP_PKEY_X25519, secret, public_key);
}
