/* SPDX-License-Identifier: EUPL-1.2 */
#include "adapters/desk_state.h"
#include "proto/base/mem.h"

/* Our keys while they rotate: which one signs, which one opens. */

const struct key_secrets *
desk_keys(const struct desk *desk)
{
	return &desk->keys;
}

void
desk_keys_put(struct desk *desk, const struct key_secrets *keys)
{
	key_secrets_wipe(&desk->keys);
	desk->keys = *keys;
}

enum wh_err
shift_sign(const struct shift *shift, const char *domain, struct span body,
    uint8_t **out, size_t *len)
{
	const struct desk *desk = shift->desk;
	struct sign_secret signer;
	enum wh_err err;

	keyring_signer(&desk->keys, KEY_SIGNING,
	    register_member(&desk->registry->reg, desk->member), shift->now_ms,
	    &signer);
	err = wire_sign(&signer, domain, body, out, len);
	sign_secret_wipe(&signer);
	return err;
}

bool
shift_sealing_pair(const struct shift *shift, const struct envelope *envelope,
    struct key_own *out)
{
	struct key_id id = envelope->sealing_key_id;
	const struct desk *desk = shift->desk;
	const struct reg_member *us =
	    register_member(&desk->registry->reg, desk->member);
	const struct reg_key *key;

	if (keyring_find(&desk->keys, KEY_SEALING, id, out) == WH_OK)
		return false;
	(void)keyring_nth(&desk->keys, KEY_SEALING, 0, out);
	key = us == NULL ? NULL : register_key_by_id(us, KEY_SEALING, id);
	return key != NULL &&
	       (key->until_ms == 0 || shift->now_ms < key->until_ms);
}
