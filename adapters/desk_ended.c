/* SPDX-License-Identifier: EUPL-1.2 */
#include "adapters/desk_state.h"
#include "adapters/permits.h"

/* Permission records that come from elsewhere, and their ends. */

/*
 * Signed by who captured it, and by the rules: a hub cannot invent a
 * permission. What we know of its standing stays.
 */
enum wh_err
record_keep(struct shift *shift, const struct signed_body *body,
    const struct permission *permission, struct span bytes, enum reason *reason)
{
	const struct wh_register *reg = &shift->desk->registry->reg;
	static const struct id elsewhere;
	const struct reg_member *by =
	    register_member(reg, permission->captured_by);
	const struct reg_key *key;
	struct standing standing;
	struct permit known;
	enum wh_err err;

	key = by == NULL ? NULL
			 : register_key_by_id(by, KEY_SIGNING, body->key_id);
	*reason = REASON_BAD_SIGNATURE;
	if (key == NULL ||
	    wire_signed_check(body, WIRE_DOMAIN_PERMISSION, key->key) != WH_OK)
		return WH_OK;
	*reason = permission_check(reg, permission, NULL);
	if (*reason != REASON_NONE)
		return WH_OK;
	err = permits_get(shift->txn, &shift->arena, &permission->permission_id,
	    &known);
	if (err != WH_NOT_FOUND)
		return err;
	standing = standing_new(permission);
	return permits_put(shift->txn, permission, &standing, &elsewhere,
	    bytes);
}

/* The record that an event ended: it may be the first that we hear of it. */
static enum wh_err
take_ended_record(struct shift *shift, struct span bytes)
{
	struct permission permission;
	struct signed_body body;
	enum reason reason;

	if (wire_signed_read(&shift->arena, bytes, PERMISSION_MAX, &body,
		NULL) != WH_OK ||
	    wire_permission_read(&shift->arena, body.body, &permission, NULL) !=
		WH_OK)
		return WH_OK;
	/* A bad one is not kept, and then the event finds nothing. */
	return record_keep(shift, &body, &permission, bytes, &reason);
}

/* The event as its member signed it; false: nothing that we could act on. */
static bool
read_event(struct shift *shift, struct span bytes,
    struct permission_change *change)
{
	const struct wh_register *reg = &shift->desk->registry->reg;
	const struct reg_member *by;
	const struct reg_key *key;
	struct signed_body body;

	if (wire_signed_read(&shift->arena, bytes, PERMISSION_MAX, &body,
		NULL) != WH_OK ||
	    wire_permission_change_read(&shift->arena, body.body, change,
		NULL) != WH_OK)
		return false;
	by = register_member(reg, change->by_member);
	key = by == NULL ? NULL
			 : register_key_by_id(by, KEY_SIGNING, body.key_id);
	return key != NULL &&
	       wire_signed_check(&body, WIRE_DOMAIN_PERMISSION_EVENT,
		   key->key) == WH_OK;
}

/*
 * A permission ended: from now on it permits nothing here. It is carried
 * through also when we knew already: the hub asks again when it did not hear.
 */
enum wh_err
record_ended(struct shift *shift, const struct deliver *delivery)
{
	struct permission_change change;
	struct standing after;
	struct permit permit;
	enum wh_err err;

	if (!read_event(shift, delivery->permission_event, &change))
		return WH_OK;
	err = take_ended_record(shift, delivery->permission);
	if (err == WH_OK)
		err = permits_of_change(shift->txn, &shift->arena, &change,
		    &permit);
	if (err != WH_OK)
		return err == WH_NOT_FOUND ? WH_OK : err;
	if (!permission_may_change(&permit.permission,
		&shift->desk->registry->reg, &change) ||
	    standing_apply(&permit.permission, &permit.standing, &change,
		&after) != WH_OK)
		return WH_OK;
	err = permits_put(shift->txn, &permit.permission, &after,
	    &permit.consent_id, permit.signed_bytes);
	permit.standing = after;
	if (err == WH_OK)
		err = consent_ended(shift, &permit);
	return err == WH_OK ? carry_through(shift, &permit) : err;
}
