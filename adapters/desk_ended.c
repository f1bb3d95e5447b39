/* SPDX-License-Identifier: EUPL-1.2 */
#include "adapters/desk_present.h"
#include "adapters/permits.h"
#include "proto/base/log.h"

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

/* Why an event cannot be acted on; CAUSE_NONE: it can. */
enum cause {
	CAUSE_NONE,
	CAUSE_UNREADABLE,
	CAUSE_KEY, /* who signed it, or the key, is not in the register */
	CAUSE_SIGNATURE,
	CAUSE_RECORD, /* no record here that it is about */
	CAUSE_PARTY,  /* it is not for who signed it to end */
	CAUSE_STANDING,
};

static const char *const cause_words[] = {
    [CAUSE_UNREADABLE] = "unreadable",
    [CAUSE_KEY] = "key",
    [CAUSE_SIGNATURE] = "signature",
    [CAUSE_RECORD] = "record",
    [CAUSE_PARTY] = "party",
    [CAUSE_STANDING] = "standing",
};

/* The event as its member signed it. */
static enum cause
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
		return CAUSE_UNREADABLE;
	by = register_member(reg, change->by_member);
	key = by == NULL ? NULL
			 : register_key_by_id(by, KEY_SIGNING, body.key_id);
	if (key == NULL)
		return CAUSE_KEY;
	return wire_signed_check(&body, WIRE_DOMAIN_PERMISSION_EVENT,
		   key->key) == WH_OK
		   ? CAUSE_NONE
		   : CAUSE_SIGNATURE;
}

/* The permission ends here, and with it what was made of it. */
static enum wh_err
end_here(struct shift *shift, const struct permission_change *change,
    struct permit *permit, enum cause *cause)
{
	const struct wh_register *reg = &shift->desk->registry->reg;
	struct standing after;
	enum wh_err err;

	*cause = CAUSE_PARTY;
	if (!permission_may_change(&permit->permission, reg, change))
		return WH_OK;
	*cause = CAUSE_NONE;
	if (standing_apply(&permit->permission, &permit->standing, change,
		&after) != WH_OK) {
		/* Two ends at once: the hub waits for our word on either. */
		if (carry_ends(change->event) &&
		    carry_ends(permit->standing.state))
			return carry_through(shift, permit);
		*cause = CAUSE_STANDING;
		return WH_OK;
	}
	err = permits_put(shift->txn, &permit->permission, &after,
	    &permit->consent_id, permit->signed_bytes);
	permit->standing = after;
	if (err == WH_OK)
		err = consent_ended(shift, permit);
	return err == WH_OK ? carry_through(shift, permit) : err;
}

static enum wh_err
act_on(struct shift *shift, const struct deliver *delivery,
    const struct permission_change *change, enum cause *cause)
{
	struct permit permit;
	enum wh_err err = take_ended_record(shift, delivery->permission);

	*cause = CAUSE_RECORD;
	if (err == WH_OK)
		err = permits_of_change(shift->txn, &shift->arena, change,
		    &permit);
	if (err != WH_OK)
		return err == WH_NOT_FOUND ? WH_OK : err;
	return end_here(shift, change, &permit, cause);
}

/*
 * A permission ended: from now on it permits nothing here. It is carried
 * through also when we knew already: the hub asks again when it did not hear.
 *
 * One that we cannot act on is acknowledged all the same: that says that it
 * came, and claims nothing. The hub counts us as outstanding until we report,
 * and sends it each day, so that what keeps us from it now need not do so then.
 */
enum wh_err
record_ended(struct shift *shift, const struct deliver *delivery)
{
	struct permission_change change = {.by_member = ""};
	enum cause cause =
	    read_event(shift, delivery->permission_event, &change);
	bool said = false;
	enum wh_err err = WH_OK;

	if (cause == CAUSE_NONE)
		err = act_on(shift, delivery, &change, &cause);
	else if (cause == CAUSE_KEY)
		err = present_known_end(shift, &change, &said);
	if (err == WH_OK && cause != CAUSE_NONE && !said)
		log_warn("END-NOT-CARRIED", "by=%s cause=%s", change.by_member,
		    cause_words[cause]);
	return err;
}
