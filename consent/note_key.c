/* SPDX-License-Identifier: EUPL-1.2 */
#include "consent/note_key.h"

#include <stdio.h>

#include "consent/note_line.h"
#include "proto/base/be.h"
#include "proto/base/hash.h"

/* What Unicode calls White_Space and is no control character. */
static const char *const spaces[] = {" ", "\xc2\x85", "\xc2\xa0",
    "\xe1\x9a\x80", "\xe2\x80\x80", "\xe2\x80\x81", "\xe2\x80\x82",
    "\xe2\x80\x83", "\xe2\x80\x84", "\xe2\x80\x85", "\xe2\x80\x86",
    "\xe2\x80\x87", "\xe2\x80\x88", "\xe2\x80\x89", "\xe2\x80\x8a",
    "\xe2\x80\xa8", "\xe2\x80\xa9", "\xe2\x80\xaf", "\xe2\x81\x9f",
    "\xe3\x80\x80"};

bool
note_key_is_name(struct span name)
{
	if (name.len == 0 || name.len > NOTE_NAME_MAX)
		return false;
	if (!note_line_is_clean(name))
		return false;
	if (memchr(name.p, '+', name.len) != NULL ||
	    memchr(name.p, '\n', name.len) != NULL)
		return false;
	for (size_t i = 0; i < sizeof(spaces) / sizeof(spaces[0]); i++) {
		if (memmem(name.p, name.len, spaces[i], strlen(spaces[i])) !=
		    NULL)
			return false;
	}
	return true;
}

static uint32_t
id_of(const struct note_key *key)
{
	uint8_t type = (uint8_t)key->type;
	const struct span parts[] = {span_str(key->name), span_str("\n"),
	    span_of(&type, 1), span_of(key->public_key, SIGN_KEY_LEN)};
	struct hash hash = hash_spans(parts, 4);

	return be32_get(hash.b);
}

/* name is not NUL-terminated here, and not checked yet. */
static enum wh_err
make(struct span name, enum note_type type,
    const uint8_t public_key[SIGN_KEY_LEN], struct note_key *out)
{
	struct note_key key = {.type = type};

	if (!note_key_is_name(name))
		return WH_INVALID;
	if (sign_key_check(public_key) != WH_OK)
		return WH_CRYPTO;
	(void)snprintf(key.name, sizeof(key.name), "%.*s", (int)name.len,
	    (const char *)name.p);
	memcpy(key.public_key, public_key, SIGN_KEY_LEN);
	key.id = id_of(&key);
	*out = key;
	return WH_OK;
}

enum wh_err
note_key_make(const char *name, enum note_type type,
    const uint8_t public_key[SIGN_KEY_LEN], struct note_key *out)
{
	return make(span_str(name), type, public_key, out);
}

/* Cut text at its first plus, which neither a name nor hex can hold. */
static bool
cut_at_plus(struct span *rest, struct span *part)
{
	const uint8_t *plus;

	if (rest->len == 0)
		return false;
	plus = (const uint8_t *)memchr(rest->p, '+', rest->len);
	if (plus == NULL)
		return false;
	*part = span_of(rest->p, (size_t)(plus - rest->p));
	*rest = span_of(plus + 1, rest->len - part->len - 1);
	return true;
}

static enum wh_err
read_id(struct span hex, uint32_t *id)
{
	char text[2 * NOTE_KEY_ID_LEN + 1] = {0};
	uint8_t bytes[NOTE_KEY_ID_LEN];
	enum wh_err err;

	if (hex.len != sizeof(text) - 1)
		return WH_INVALID;
	memcpy(text, hex.p, hex.len);
	err = hex_decode(text, bytes, sizeof(bytes));
	if (err == WH_OK)
		*id = be32_get(bytes);
	return err;
}

enum wh_err
note_key_parse(struct span vkey, struct note_key *out)
{
	struct span rest = vkey;
	struct span name;
	struct span hex;
	uint8_t bytes[1 + SIGN_KEY_LEN];
	size_t len;
	uint32_t id;
	struct note_key key;
	enum wh_err err;

	if (vkey.len >= NOTE_VKEY_SIZE)
		return WH_TOO_BIG;
	if (!cut_at_plus(&rest, &name) || !cut_at_plus(&rest, &hex))
		return WH_INVALID;
	if (read_id(hex, &id) != WH_OK)
		return WH_INVALID;
	err = base64_decode(rest, bytes, sizeof(bytes), &len);
	if (err != WH_OK)
		return err;
	if (len == 0)
		return WH_INVALID;
	if (bytes[0] != NOTE_ED25519 && bytes[0] != NOTE_COSIGNATURE)
		return WH_UNSUPPORTED;
	if (len != sizeof(bytes))
		return WH_INVALID;
	err = make(name, (enum note_type)bytes[0], bytes + 1, &key);
	if (err != WH_OK)
		return err;
	if (key.id != id)
		return WH_INVALID;
	*out = key;
	return WH_OK;
}

void
note_key_text(const struct note_key *key, char out[NOTE_VKEY_SIZE])
{
	uint8_t bytes[1 + SIGN_KEY_LEN];
	char encoded[BASE64_SIZE(sizeof(bytes))];

	bytes[0] = (uint8_t)key->type;
	memcpy(bytes + 1, key->public_key, SIGN_KEY_LEN);
	base64_encode(span_of(bytes, sizeof(bytes)), encoded);
	(void)snprintf(out, NOTE_VKEY_SIZE, "%s+%08x+%s", key->name,
	    (unsigned)key->id, encoded);
}
