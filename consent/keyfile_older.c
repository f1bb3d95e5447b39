/* SPDX-License-Identifier: EUPL-1.2 */
#include <stdio.h>

#include "consent/keyfile_impl.h"
#include "proto/base/mem.h"
#include "proto/base/text.h"
#include "proto/wire.h"

/* The list "older" of a key file: what was the newest before. */

static const cyaml_strval_t uses[] = {
    {"transport", KEY_TRANSPORT},
    {"signing", KEY_SIGNING},
    {"sealing", KEY_SEALING},
    {"witness", KEY_WITNESS},
};
#define USES (sizeof(uses) / sizeof(uses[0]))

#define USE_FIELD                                                              \
	CYAML_FIELD_ENUM("use", CYAML_FLAG_STRICT, struct older_text, use,     \
	    uses, USES)
#define TEXT_FIELD(name, member)                                               \
	CYAML_FIELD_STRING_PTR(name, CYAML_FLAG_POINTER, struct older_text,    \
	    member, 0, KEYFILE_MAX)

static const cyaml_schema_field_t secret_fields[] = {USE_FIELD,
    TEXT_FIELD("id", id), TEXT_FIELD("secret", key), CYAML_FIELD_END};
static const cyaml_schema_field_t public_fields[] = {USE_FIELD,
    TEXT_FIELD("id", id), TEXT_FIELD("key", key), CYAML_FIELD_END};

const cyaml_schema_value_t keyfile_older_secret = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct older_text, secret_fields)};
const cyaml_schema_value_t keyfile_older_public = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct older_text, public_fields)};

void
keyfile_id(const uint8_t public_key[SIGN_KEY_LEN], char out[KEY_ID_HEX_SIZE])
{
	struct key_id id = wire_key_id(public_key);

	hex_encode(span_of(id.b, sizeof(id.b)), out);
}

static const char *
use_text(enum key_use use)
{
	for (size_t i = 0; i < USES; i++)
		if (uses[i].val == (int64_t)use)
			return uses[i].str;
	return "";
}

static enum wh_err
wrong(const struct older_in *in, size_t n, const char *what, struct why *why)
{
	return why_set(why, WH_INVALID, "%s:%u: older: %s: copy the file again",
	    in->path, conf_line(in->text, "older", (unsigned)n), what);
}

static bool
signs(enum key_use use)
{
	return use == KEY_SIGNING || use == KEY_WITNESS;
}

static enum wh_err
own_public(struct key_own *own)
{
	struct sign_secret signing;
	enum wh_err err = WH_OK;

	if (!signs(own->use)) {
		x25519_public(own->secret, own->public_key);
		return WH_OK;
	}
	err = sign_secret_from_seed(own->secret, &signing);
	if (err == WH_OK)
		memcpy(own->public_key, signing.public_key, SIGN_KEY_LEN);
	mem_wipe(&signing, sizeof(signing));
	return err;
}

static enum wh_err
check_id(const struct older_in *in, size_t n, const uint8_t *public_key,
    struct why *why)
{
	char id[KEY_ID_HEX_SIZE];

	keyfile_id(public_key, id);
	return strcmp(id, in->list[n].id) == 0
		   ? WH_OK
		   : wrong(in, n, "the id is not that of the key", why);
}

enum wh_err
keyfile_older_secrets(const struct older_in *in, struct key_secrets *out,
    struct why *why)
{
	enum wh_err err = WH_OK;

	for (size_t i = 0; i < in->count && err == WH_OK; i++) {
		struct key_own *own = &out->older[i];

		own->use = in->list[i].use;
		if (!keyfile_has(out, own->use))
			return wrong(in, i, "this kind has no such keys", why);
		if (hex_decode(in->list[i].key, own->secret, SIGN_KEY_LEN) !=
		    WH_OK)
			return wrong(in, i, "secret is not 64 hex digits", why);
		err = own_public(own);
		if (err == WH_OK)
			err = check_id(in, i, own->public_key, why);
	}
	out->older_count = in->count;
	return err;
}

enum wh_err
keyfile_older_publics(const struct older_in *in, struct why *why)
{
	uint8_t key[SIGN_KEY_LEN];
	enum wh_err err = WH_OK;

	for (size_t i = 0; i < in->count && err == WH_OK; i++) {
		if (hex_decode(in->list[i].key, key, sizeof(key)) != WH_OK)
			return wrong(in, i, "key is not 64 hex digits", why);
		err = check_id(in, i, key, why);
	}
	return err;
}

size_t
keyfile_older_text(const struct key_secrets *secrets, bool secret, char *text,
    size_t len, size_t size)
{
	char hex[KEY_HEX_SIZE];
	char id[KEY_ID_HEX_SIZE];

	if (secrets->older_count > 0)
		len += (size_t)snprintf(text + len, size - len, "older:\n");
	for (size_t i = 0; i < secrets->older_count; i++) {
		const struct key_own *own = &secrets->older[i];

		keyfile_id(own->public_key, id);
		hex_encode(span_of(secret ? own->secret : own->public_key,
			       SIGN_KEY_LEN),
		    hex);
		len += (size_t)snprintf(text + len, size - len,
		    "- use: %s\n  id: \"%s\"\n  %s: %s\n", use_text(own->use),
		    id, secret ? "secret" : "key", hex);
	}
	mem_wipe(hex, sizeof(hex));
	return len;
}
