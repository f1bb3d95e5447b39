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

static const char *
domain_of(enum to_hub_kind kind)
{
	return kind == TO_HUB_PERMISSION         ? WIRE_DOMAIN_PERMISSION
	       : kind == TO_HUB_PERMISSION_EVENT ? WIRE_DOMAIN_PERMISSION_EVENT
	       : kind == TO_HUB_CARRIED          ? WIRE_DOMAIN_CARRIED
						 : NULL;
}

static bool
is_valid_now(const struct shift *shift, struct key_id id)
{
	const struct reg_member *us =
	    register_member(&shift->desk->registry->reg, shift->desk->member);
	const struct reg_key *key =
	    us == NULL ? NULL : register_key_by_id(us, KEY_SIGNING, id);

	return key != NULL && key->from_ms <= shift->now_ms &&
	       (key->until_ms == 0 || shift->now_ms < key->until_ms);
}

/* Else signing again would not help. */
static bool
has_valid(const struct shift *shift)
{
	const struct desk *desk = shift->desk;
	struct sign_secret signer;
	struct key_id id;

	keyring_signer(&desk->keys, KEY_SIGNING,
	    register_member(&desk->registry->reg, desk->member), shift->now_ms,
	    &signer);
	id = wire_key_id(signer.public_key);
	sign_secret_wipe(&signer);
	return is_valid_now(shift, id);
}

enum wh_err
shift_sign_again(struct shift *shift, enum to_hub_kind kind, struct span *bytes,
    bool *changed)
{
	const char *domain = domain_of(kind);
	struct signed_body body;
	uint8_t *whole = NULL;
	size_t len;
	enum wh_err err;

	*changed = false;
	if (domain == NULL || !has_valid(shift))
		return WH_OK;
	if (wire_signed_read(&shift->arena, *bytes, REPORT_MAX, &body, NULL) !=
	    WH_OK)
		return WH_CORRUPT;
	if (is_valid_now(shift, body.key_id))
		return WH_OK;
	err = shift_sign(shift, domain, body.body, &whole, &len);
	if (err == WH_OK) {
		*bytes = arena_dup(&shift->arena, span_of(whole, len));
		err = bytes->p == NULL ? WH_TOO_BIG : WH_OK;
	}
	*changed = err == WH_OK;
	mem_free(whole);
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
