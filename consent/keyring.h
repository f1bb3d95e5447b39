/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_CONSENT_KEYRING_H
#define WH_CONSENT_KEYRING_H

#include "consent/keyfile.h"
#include "consent/register.h"

/*
 * Which of our own pairs to use, while they rotate: a secret file holds the
 * newest of each use and those before it, the register says which hold when.
 * So it does not matter which of the two changes first. Pure.
 */

/* The n-th pair for this use, newest first; false behind the last. */
bool keyring_nth(const struct key_secrets *secrets, enum key_use use, size_t n,
    struct key_own *out);

/* The pair with this id; WH_NOT_FOUND: never had, or destroyed. */
enum wh_err keyring_find(const struct key_secrets *secrets, enum key_use use,
    struct key_id id, struct key_own *out);

/*
 * The pair that the register's keys of its owner say is valid now, and was so
 * last, of those that we have. WH_NOT_FOUND when we have none of them.
 */
enum wh_err keyring_now(const struct key_secrets *secrets,
    const struct reg_key *keys, size_t count, enum key_use use, int64_t now_ms,
    struct key_own *out);

/*
 * The same to sign with, KEY_SIGNING or KEY_WITNESS; member may be NULL.
 * When none is valid, the newest: a register that is on its way may know it.
 */
void keyring_signer(const struct key_secrets *secrets, enum key_use use,
    const struct reg_member *member, int64_t now_ms, struct sign_secret *out);

/*
 * A fresh pair for this use; the one before stays among the older. WH_FULL
 * when there is no room: forget one first. WH_INVALID: no use of this kind.
 */
enum wh_err keyring_rotate(struct key_secrets *secrets, enum key_use use);

/* What the hub said when it welcomed us. */
struct keyring_welcome {
	uint64_t register_version;
	int64_t now_ms; /* 0: it never did */
	int64_t waiting_since_ms;
};

/*
 * An older sealing pair whose time is over by the register of its owner; the
 * end goes into *until_ms. False: there is none.
 */
bool keyring_ended(const struct key_secrets *secrets,
    const struct reg_member *member, int64_t now_ms, struct key_id *out,
    int64_t *until_ms);

/*
 * The same, and no message can need it any more: the hub takes nothing more
 * that was sealed for it, and says that nothing waits from before its end; or
 * every message from before has expired.
 */
bool keyring_spent(const struct key_secrets *secrets,
    const struct wh_register *reg, const char *member,
    const struct keyring_welcome *welcome, int64_t now_ms, struct key_id *out);

/* Wipe an older pair. WH_REFUSED: it is the newest; WH_NOT_FOUND. */
enum wh_err keyring_forget(struct key_secrets *secrets, struct key_id id);

#endif
