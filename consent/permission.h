/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_CONSENT_PERMISSION_H
#define WH_CONSENT_PERMISSION_H

#include "consent/register.h"
#include "proto/wire_permission.h"

/* What holds for a permission record by its kind. Pure. */

/* One row per kind: the law's differences as data. */
struct kind_rule {
	enum permission_kind kind;
	bool consent_like; /* a record of the resident's own word */
	bool needs_instrument;
	bool needs_attempts; /* Besluit gemeentelijke schuldhulpverlening art. 2
			      */
	bool needs_decision; /* Wpg: number of the provision decision */
	bool needs_break_glass;   /* a second pair of eyes */
	bool ended_by_withdrawal; /* AVG art. 7(3) */
	bool ended_by_objection;  /* Wgs; AVG art. 21 */
	int validity_max_days;
};
const struct kind_rule *kind_rule(enum permission_kind kind); /* static */

/* What became of a record: its events folded, newest word wins by law. */
struct standing {
	enum permission_event state; /* PERMISSION_GIVEN while it stands */
	int64_t since_ms;            /* effective time of that state */
	uint64_t epoch;              /* raised when it ended */
	uint64_t changes;            /* how many events were recorded */
};

/* The standing of a record nobody has said anything about yet. */
struct standing standing_new(const struct permission *permission);

/*
 * What change does to standing. WH_OK with *after; WH_REFUSED when the kind
 * is not ended by it (a withdrawal does not end a PUBLIC_TASK) or it has ended
 * already in another way; what expired or was superseded can still be taken
 * back. The same again is WH_OK and changes nothing.
 */
enum wh_err standing_apply(const struct permission *permission,
    const struct standing *before, const struct permission_change *change,
    struct standing *after);

/*
 * May this record be recorded: are the fields that its kind needs there, is
 * its term within the cap, do parties, types, categories and instrument exist
 * in the register, was it captured by a party to it? reason says which rule.
 */
enum reason permission_check(const struct wh_register *reg,
    const struct permission *permission, struct why *why);

/*
 * May by_member bring about this change: every party and the capturer may end
 * a permission, who holds the code may withdraw or object with it, and only
 * who captured it was there to hear that it was given.
 */
bool permission_may_change(const struct permission *permission,
    const struct wh_register *reg, const struct permission_change *change);

/* The capturer, or a party by its description: not who holds a code. */
bool permission_is_party(const struct permission *permission,
    const struct wh_register *reg, const char *member);

/*
 * What a withdrawal finds the referrals by: the permission id, or for an
 * instrument 16 bytes of SHA-256 over relation and instrument.
 */
struct id permission_ground_key(const struct ground *ground,
    const struct id *relation_ref);

/* Does the party description match this member (and its role and areas)? */
bool party_matches(const struct party *party, const struct reg_member *member,
    const char *desk, const char *area);

#endif
