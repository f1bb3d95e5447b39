/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_CONSENT_KEYFILE_IMPL_H
#define WH_CONSENT_KEYFILE_IMPL_H

#include "consent/keyfile.h"
#include "proto/base/conf.h"

/* Shared by keyfile*.c and nobody else. */

/* A short line for each newest key, three for each older one. */
#define KEYFILE_MAX  8192
#define KEY_HEX_SIZE (2 * SIGN_KEY_LEN + 1)

/* One item of "older" as it stands in a file. */
struct older_text {
	enum key_use use;
	char *id;  /* owned by libcyaml, as the next */
	char *key; /* "secret" or "key" */
};
extern const cyaml_schema_value_t keyfile_older_secret;
extern const cyaml_schema_value_t keyfile_older_public;

/* The file being read, for messages. */
struct older_in {
	const char *path;
	struct span text;
	const struct older_text *list;
	size_t count;
};

/* Each pair of the list; its id must be that of the key. */
enum wh_err keyfile_older_secrets(const struct older_in *in,
    struct key_secrets *out, struct why *why);

/* The same of a public file, which is only checked: nobody works with it. */
enum wh_err keyfile_older_publics(const struct older_in *in, struct why *why);

/* The list as text behind len bytes of size; returns the new length. */
size_t keyfile_older_text(const struct key_secrets *secrets, bool secret,
    char *text, size_t len, size_t size);

/* The whole of one file, in KEYFILE_MAX bytes of the heap. */
char *keyfile_text(const struct key_secrets *secrets, bool secret);

/* Hex of the id of a public key. */
#define KEY_ID_HEX_SIZE 17
void keyfile_id(const uint8_t public_key[SIGN_KEY_LEN],
    char out[KEY_ID_HEX_SIZE]);

#endif
