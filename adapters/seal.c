/* SPDX-License-Identifier: EUPL-1.2 */
#include "adapters/seal.h"

#include "proto/base/mem.h"

#define INFO    "wijkhub seal v1"
#define CONTEXT "wijkhub category"
#define AAD_LEN (HASH_LEN + 4)

/* Everything about one section that is not its text. */
struct lock {
	struct hpke_once once;
	uint8_t aad[AAD_LEN];
};

/* Each category stands once in an envelope, so no nonce comes twice. */
static void
lock_make(const struct hpke *hpke, struct span header, enum category category,
    struct lock *out)
{
	uint8_t context[sizeof(CONTEXT)];
	uint8_t bytes[HPKE_KEY_LEN + HPKE_NONCE_LEN];
	struct hash digest = hash_span(header);

	memcpy(context, CONTEXT, sizeof(context));
	context[sizeof(context) - 1] = (uint8_t)category; /* over the NUL */
	(void)hpke_export(hpke, span_of(context, sizeof(context)), bytes,
	    sizeof(bytes));
	out->once.aead = HPKE_AES_256_GCM;
	memcpy(out->once.key, bytes, HPKE_KEY_LEN);
	memcpy(out->once.nonce, bytes + HPKE_KEY_LEN, HPKE_NONCE_LEN);
	memcpy(out->aad, digest.b, HASH_LEN);
	for (size_t i = 0; i < 4; i++)
		out->aad[HASH_LEN + i] =
		    (uint8_t)((uint32_t)category >> (24 - 8 * i));
	mem_wipe(bytes, sizeof(bytes));
}

/* The shortest step with room for len bytes and the 0x80 behind them. */
static size_t
padded_len(size_t len)
{
	size_t step = PAD_MIN;

	while (step < len + 1)
		step *= 2;
	return step;
}

static enum wh_err
seal_one(const struct lock *lock, struct span plain, struct section *out)
{
	size_t len = padded_len(plain.len);
	uint8_t *padded = mem_new(len);
	uint8_t *sealed = mem_new(len + HPKE_TAG_LEN);
	enum wh_err err;

	if (plain.len > 0)
		memcpy(padded, plain.p, plain.len);
	padded[plain.len] = 0x80;
	err = hpke_once_seal(&lock->once, span_of(lock->aad, AAD_LEN),
	    span_of(padded, len), sealed);
	mem_wipe_free(padded, len);
	if (err != WH_OK) {
		mem_free(sealed);
		return err;
	}
	out->ciphertext = span_of(sealed, len + HPKE_TAG_LEN);
	return WH_OK;
}

/* Put them in the order of the wire: by category, none twice. */
static enum wh_err
arrange(const struct seal_section *in, size_t count,
    const struct seal_section *out[CATEGORY_COUNT + 1])
{
	if (count > CATEGORY_COUNT)
		return WH_INVALID;
	for (size_t i = 0; i < count; i++) {
		size_t number = (size_t)in[i].category;

		if (number < 1 || number > CATEGORY_COUNT ||
		    out[number] != NULL)
			return WH_INVALID;
		if (in[i].plain.len > (size_t)SECTION_MAX)
			return WH_TOO_BIG;
		out[number] = &in[i];
	}
	return WH_OK;
}

enum wh_err
seal_sections(const uint8_t public_key[HPKE_KEY_LEN], struct span header,
    const struct seal_section *sections, size_t count, struct sealed *out)
{
	const struct seal_section *ordered[CATEGORY_COUNT + 1] = {NULL};
	struct sealed made = {.count = 0};
	struct hpke hpke;
	struct lock lock;
	enum wh_err err = arrange(sections, count, ordered);

	if (err == WH_OK)
		err = x25519_key_check(public_key);
	if (err == WH_OK)
		err = hpke_sender(public_key, span_str(INFO), made.enc, &hpke);
	if (err != WH_OK)
		return err;
	for (size_t i = 1; err == WH_OK && i <= CATEGORY_COUNT; i++) {
		struct section *to = &made.sections[made.count];

		if (ordered[i] == NULL)
			continue;
		to->category = ordered[i]->category;
		lock_make(&hpke, header, to->category, &lock);
		err = seal_one(&lock, ordered[i]->plain, to);
		if (err == WH_OK)
			made.count++;
	}
	hpke_wipe(&hpke);
	mem_wipe(&lock, sizeof(lock));
	if (err == WH_OK)
		*out = made;
	else
		sealed_fini(&made);
	return err;
}

void
sealed_fini(struct sealed *sealed)
{
	for (size_t i = 0; i < sealed->count; i++) {
		uint8_t *bytes;

		memcpy(&bytes, &sealed->sections[i].ciphertext.p,
		    sizeof(bytes));
		mem_free(bytes);
	}
	memset(sealed, 0, sizeof(*sealed));
}

/* What stands before the padding, which must be whole and the shortest. */
static enum wh_err
unpad(const uint8_t *bytes, size_t len, size_t *text_len)
{
	size_t end = len;

	while (end > 0 && bytes[end - 1] == 0)
		end--;
	if (end == 0 || bytes[end - 1] != 0x80 || padded_len(end - 1) != len)
		return WH_CRYPTO;
	*text_len = end - 1;
	return WH_OK;
}

enum wh_err
seal_open(const struct seal_pair *pair, const struct envelope *envelope,
    size_t index, uint8_t **out, size_t *len)
{
	const struct section *section;
	struct hpke hpke;
	struct lock lock;
	uint8_t *plain;
	size_t plain_len;
	enum wh_err err;

	if (index >= envelope->section_count ||
	    envelope->encapsulation.len != HPKE_KEY_LEN)
		return WH_CRYPTO;
	section = &envelope->sections[index];
	if (section->ciphertext.len < PAD_MIN + HPKE_TAG_LEN)
		return WH_CRYPTO;
	err = hpke_recipient(envelope->encapsulation.p, pair->secret,
	    pair->public_key, span_str(INFO), &hpke);
	if (err != WH_OK)
		return err;
	plain_len = section->ciphertext.len - HPKE_TAG_LEN;
	plain = mem_new(plain_len);
	lock_make(&hpke, envelope->header_bytes, section->category, &lock);
	err = hpke_once_open(&lock.once, span_of(lock.aad, AAD_LEN),
	    section->ciphertext, plain);
	if (err == WH_OK)
		err = unpad(plain, plain_len, len);
	hpke_wipe(&hpke);
	mem_wipe(&lock, sizeof(lock));
	if (err == WH_OK)
		*out = plain;
	else
		mem_wipe_free(plain, plain_len);
	return err;
}
