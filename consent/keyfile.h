/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_CONSENT_KEYFILE_H
#define WH_CONSENT_KEYFILE_H

#include "proto/base/sign.h"
#include "proto/base/sock.h"
#include "proto/terms.h"

/*
 * Key files, made by `wijkhub keygen`: YAML with hex values. NAME.secret (mode
 * 0600) stays where it was made; NAME.pub goes to the alliance.
 *
 *   member:   transport (CURVE), signing (Ed25519), sealing (X25519), witness
 *             (Ed25519, cosigns the log; without it a member is no witness)
 *   hub:      transport, signing (of log checkpoints)
 *   alliance: signing
 *
 * While keys rotate a file holds more than one of a use: under its name the
 * newest, and in the list "older" those before it, oldest first, each with its
 * id. "count" says how many there are, so that half a file is noticed.
 */
enum keyfile_kind {
	KEYFILE_MEMBER,
	KEYFILE_HUB,
	KEYFILE_ALLIANCE
};

/* One pair of our own. */
struct key_own {
	enum key_use use;
	uint8_t secret[SIGN_KEY_LEN];
	uint8_t public_key[SIGN_KEY_LEN];
};

#define KEYFILE_OLDER_MAX 16

/* The newest of each use by name; keyring.h chooses among all. */
struct key_secrets {
	enum keyfile_kind kind;
	struct sock_keys transport; /* zero for the alliance */
	struct sign_secret signing;
	uint8_t sealing_secret[X25519_KEY_LEN]; /* members only, else zero */
	uint8_t sealing_public[X25519_KEY_LEN];
	bool has_witness; /* members only, and not all */
	struct sign_secret witness;
	size_t older_count;
	struct key_own older[KEYFILE_OLDER_MAX]; /* oldest first */
};

struct key_publics {
	enum keyfile_kind kind;
	uint8_t transport[SOCK_KEY_LEN];
	uint8_t signing[SIGN_KEY_LEN];
	uint8_t sealing[X25519_KEY_LEN];
	bool has_witness;
	uint8_t witness[SIGN_KEY_LEN];
};

/* Does this kind of file hold a key for this use? */
bool keyfile_has(const struct key_secrets *secrets, enum key_use use);

/* Fresh keys for this kind. */
enum wh_err key_secrets_new(enum keyfile_kind kind, struct key_secrets *out);
void key_secrets_wipe(struct key_secrets *secrets);

/* Write both files into dir; WH_EXISTS rather than overwrite a secret. */
enum wh_err keyfile_write(const char *dir, const char *name,
    const struct key_secrets *secrets, struct why *why);

/*
 * Change a secret file and the .pub beside it, if there is one: read under a
 * lock, let edit change what was read, write anew as a whole (the old file
 * stays until the new one is durable), then write zeroes over the old file and
 * flush them. What a file system keeps elsewhere (snapshots, a journal of data,
 * spare blocks of a disk) is out of reach. *out is what stands there now.
 */
typedef enum wh_err keyfile_edit_fn(void *arg, struct key_secrets *secrets,
    struct why *why);
enum wh_err keyfile_change(const char *path, keyfile_edit_fn *edit, void *arg,
    struct key_secrets *out, struct why *why);

/* WH_INVALID with file:line; WH_REFUSED when others may read a secret. */
enum wh_err keyfile_read_secret(const char *path, struct key_secrets *out,
    struct why *why);
enum wh_err keyfile_read_public(const char *path, struct key_publics *out,
    struct why *why);

#endif
