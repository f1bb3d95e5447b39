/* SPDX-License-Identifier: EUPL-1.2 */
#include "consent/keyring.h"

#include "proto/base/mem.h"

static const enum key_use all_uses[] = {KEY_TRANSPORT, KEY_SIGNING, KEY_SEALING,
    KEY_WITNESS};
#define ALL_USES (sizeof(all_uses) / sizeof(all_uses[0]))

/* Where the newest pair of a use stands; false: this kind has none. */
static bool
newest_at(struct key_secrets *secrets, enum key_use use, uint8_t **secret,
    uint8_t **public_key)
{
	if (!keyfile_has(secrets, use))
		return false;
	switch (use) {
	case KEY_TRANSPORT:
		*secret = secrets->transport.secret;
		*public_key = secrets->transport.public_key;
		return true;
	case KEY_SIGNING:
		*secret = secrets->signing.seed;
		*public_key = secrets->signing.public_key;
		return true;
	case KEY_SEALING:
		*secret = secrets->sealing_secret;
		*public_key = secrets->sealing_public;
		return true;
	case KEY_WITNESS:
		*secret = secrets->witness.seed;
		*public_key = secrets->witness.public_key;
		return true;
	}
	return false;
}

static bool
newest(const struct key_secrets *secrets, enum key_use use, struct key_own *out)
{
	uint8_t *secret, *public_key;

	/* Only looked at. */
	if (!newest_at((struct key_secrets *)(uintptr_t)secrets, use, &secret,
		&public_key))
		return false;
	out->use = use;
	memcpy(out->secret, secret, sizeof(out->secret));
	memcpy(out->public_key, public_key, sizeof(out->public_key));
	return true;
}

bool
keyring_nth(const struct key_secrets *secrets, enum key_use use, size_t n,
    struct key_own *out)
{
	if (n == 0)
		return newest(secrets, use, out);
	for (size_t i = secrets->older_count; i-- > 0;) {
		if (secrets->older[i].use != use || --n > 0)
			continue;
		*out = secrets->older[i];
		return true;
	}
	return false;
}

static bool
has_id(const struct key_own *own, struct key_id id)
{
	struct key_id is = wire_key_id(own->public_key);

	return memcmp(is.b, id.b, sizeof(is.b)) == 0;
}

enum wh_err
keyring_find(const struct key_secrets *secrets, enum key_use use,
    struct key_id id, struct key_own *out)
{
	struct key_own own;
	enum wh_err err = WH_NOT_FOUND;

	for (size_t n = 0; err != WH_OK && keyring_nth(secrets, use, n, &own);
	     n++) {
		if (!has_id(&own, id))
			continue;
		*out = own;
		err = WH_OK;
	}
	mem_wipe(&own, sizeof(own));
	return err;
}

enum wh_err
keyring_now(const struct key_secrets *secrets, const struct reg_key *keys,
    size_t count, enum key_use use, int64_t now_ms, struct key_own *out)
{
	const struct reg_key *best = NULL;
	struct key_own own;

	for (size_t i = 0; i < count; i++) {
		if (keys[i].use != use || !register_key_holds(&keys[i], now_ms))
			continue;
		if (best != NULL && keys[i].from_ms <= best->from_ms)
			continue;
		if (keyring_find(secrets, use, wire_key_id(keys[i].key),
			&own) != WH_OK)
			continue;
		best = &keys[i];
		*out = own;
	}
	mem_wipe(&own, sizeof(own));
	return best == NULL ? WH_NOT_FOUND : WH_OK;
}

void
keyring_signer(const struct key_secrets *secrets, enum key_use use,
    const struct reg_member *member, int64_t now_ms, struct sign_secret *out)
{
	struct key_own own = {0};

	if (member == NULL ||
	    keyring_now(secrets, member->keys, member->key_count, use, now_ms,
		&own) != WH_OK)
		(void)newest(secrets, use, &own);
	memcpy(out->seed, own.secret, sizeof(out->seed));
	memcpy(out->public_key, own.public_key, sizeof(out->public_key));
	mem_wipe(&own, sizeof(own));
}

static enum wh_err
make_pair(enum key_use use, struct key_own *out)
{
	struct sign_secret signing;
	struct sock_keys transport;
	enum wh_err err = WH_OK;

	out->use = use;
	switch (use) {
	case KEY_TRANSPORT:
		err = sock_keys_new(&transport);
		memcpy(out->secret, transport.secret, sizeof(out->secret));
		memcpy(out->public_key, transport.public_key,
		    sizeof(out->public_key));
		mem_wipe(&transport, sizeof(transport));
		return err;
	case KEY_SIGNING:
	case KEY_WITNESS:
		sign_secret_new(&signing);
		memcpy(out->secret, signing.seed, sizeof(out->secret));
		memcpy(out->public_key, signing.public_key,
		    sizeof(out->public_key));
		mem_wipe(&signing, sizeof(signing));
		return WH_OK;
	case KEY_SEALING:
		x25519_new(out->secret, out->public_key);
		return WH_OK;
	}
	return WH_INVALID;
}

enum wh_err
keyring_rotate(struct key_secrets *secrets, enum key_use use)
{
	uint8_t *secret, *public_key;
	struct key_own fresh;
	enum wh_err err;

	if (!newest_at(secrets, use, &secret, &public_key))
		return WH_INVALID;
	if (secrets->older_count == KEYFILE_OLDER_MAX)
		return WH_FULL;
	err = make_pair(use, &fresh);
	if (err != WH_OK)
		return err;
	(void)newest(secrets, use, &secrets->older[secrets->older_count++]);
	memcpy(secret, fresh.secret, sizeof(fresh.secret));
	memcpy(public_key, fresh.public_key, sizeof(fresh.public_key));
	mem_wipe(&fresh, sizeof(fresh));
	return WH_OK;
}

enum wh_err
keyring_forget(struct key_secrets *secrets, struct key_id id)
{
	struct key_own own;
	bool in_use = false;
	size_t at = 0;

	for (size_t i = 0; i < ALL_USES; i++)
		in_use |=
		    newest(secrets, all_uses[i], &own) && has_id(&own, id);
	mem_wipe(&own, sizeof(own));
	if (in_use)
		return WH_REFUSED;
	while (at < secrets->older_count && !has_id(&secrets->older[at], id))
		at++;
	if (at == secrets->older_count)
		return WH_NOT_FOUND;
	secrets->older_count--;
	memmove(&secrets->older[at], &secrets->older[at + 1],
	    (secrets->older_count - at) * sizeof(secrets->older[0]));
	mem_wipe(&secrets->older[secrets->older_count],
	    sizeof(secrets->older[0]));
	return WH_OK;
}

/* Called for each older sealing pair that has ended; true: this is the one. */
typedef bool ended_fn(const void *arg, int64_t until_ms);

static bool
find_ended(const struct key_secrets *secrets, const struct reg_member *member,
    int64_t now_ms, ended_fn *is_meant, const void *arg, struct key_id *out,
    int64_t *until_ms)
{
	for (size_t i = 0; member != NULL && i < secrets->older_count; i++) {
		const struct key_own *own = &secrets->older[i];
		struct key_id id = wire_key_id(own->public_key);
		const struct reg_key *key =
		    register_key_by_id(member, KEY_SEALING, id);

		if (own->use != KEY_SEALING || key == NULL ||
		    key->until_ms == 0 || now_ms < key->until_ms ||
		    !is_meant(arg, key->until_ms))
			continue;
		*out = id;
		*until_ms = key->until_ms;
		return true;
	}
	return false;
}

static bool
any(const void *arg, int64_t until_ms)
{
	(void)arg;
	(void)until_ms;
	return true;
}

bool
keyring_ended(const struct key_secrets *secrets,
    const struct reg_member *member, int64_t now_ms, struct key_id *out,
    int64_t *until_ms)
{
	return find_ended(secrets, member, now_ms, any, NULL, out, until_ms);
}

/* What tells whether a message may still come. */
struct spent {
	const struct keyring_welcome *welcome;
	uint64_t version;
	int64_t now_ms;
};

static bool
nothing_waits(const void *arg, int64_t until_ms)
{
	const struct spent *spent = arg;
	const struct keyring_welcome *welcome = spent->welcome;

	if (spent->now_ms - EXPIRES_MAX_MS - SKEW_MAX_MS >= until_ms)
		return true;
	return welcome->now_ms >= until_ms &&
	       welcome->register_version == spent->version &&
	       (welcome->waiting_since_ms == 0 ||
		   welcome->waiting_since_ms >= until_ms);
}

bool
keyring_spent(const struct key_secrets *secrets, const struct wh_register *reg,
    const char *member, const struct keyring_welcome *welcome, int64_t now_ms,
    struct key_id *out)
{
	const struct spent spent = {welcome, reg->version, now_ms};
	int64_t until_ms;

	return find_ended(secrets, register_member(reg, member), now_ms,
	    nothing_waits, &spent, out, &until_ms);
}
