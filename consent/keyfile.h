/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_CONSENT_KEYFILE_H
#define WH_CONSENT_KEYFILE_H

#include "proto/base/sign.h"
#include "proto/base/sock.h"

/*
 * Key files, made by `wijkhub keygen`: YAML with hex values. NAME.secret (mode
 * 0600) stays where it was made; NAME.pub goes to the alliance.
 *
 *   member:   transport (CURVE), signing (Ed25519), sealing (X25519), witness
 *             (Ed25519, cosigns the log; without it a member is no witness)
 *   hub:      transport, signing (of log checkpoints)
 *   alliance: signing
 */
enum keyfile_kind {
	KEYFILE_MEMBER,
	KEYFILE_HUB,
	KEYFILE_ALLIANCE
};

struct key_secrets {
	enum keyfile_kind kind;
	struct sock_keys transport; /* zero for the alliance */
	struct sign_secret signing;
	uint8_t sealing_secret[X25519_KEY_LEN]; /* members only, else zero */
	uint8_t sealing_public[X25519_KEY_LEN];
	bool has_witness; /* members only, and not all */
	struct sign_secret witness;
};

struct key_publics {
	enum keyfile_kind kind;
	uint8_t transport[SOCK_KEY_LEN];
	uint8_t signing[SIGN_KEY_LEN];
	uint8_t sealing[X25519_KEY_LEN];
	bool has_witness;
	uint8_t witness[SIGN_KEY_LEN];
};

/* Fresh keys for this kind. */
enum wh_err key_secrets_new(enum keyfile_kind kind, struct key_secrets *out);
void key_secrets_wipe(struct key_secrets *secrets);

/* Write both files into dir; WH_EXISTS rather than overwrite a secret. */
enum wh_err keyfile_write(const char *dir, const char *name,
    const struct key_secrets *secrets, struct why *why);

/* WH_INVALID with file:line; WH_REFUSED when others may read a secret. */
enum wh_err keyfile_read_secret(const char *path, struct key_secrets *out,
    struct why *why);
enum wh_err keyfile_read_public(const char *path, struct key_publics *out,
    struct why *why);

#endif
