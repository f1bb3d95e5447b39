/* SPDX-License-Identifier: EUPL-1.2 */
#include <string.h>

#include "consent/disclosure.h"
#include "proto/base/hash.h"
#include "proto/base/workday.h"

#define DAY_MS (24ll * 3600 * 1000)

/* What a record may flow back besides its own categories. */
#define FEEDBACK_SCOPE                                                         \
	(category_bit(CATEGORY_STATUS) | category_bit(CATEGORY_FACE))

/* Everything that the checks look at, looked up once. */
struct facts {
	const struct wh_register *reg;
	const struct permission *permission;
	const struct kind_rule *kind;            /* NULL: unknown */
	const struct reg_member *captured_by;    /* NULL: unknown */
	const struct reg_instrument *instrument; /* NULL: none or unknown */
	const struct reg_type *types[LIST_MAX];  /* NULL: unknown */
	uint32_t carried; /* categories that one of the types lists */
};

static struct facts
facts_of(const struct wh_register *reg, const struct permission *permission)
{
	struct facts f = {.reg = reg,
	    .permission = permission,
	    .kind = kind_rule(permission->kind),
	    .captured_by = register_member(reg, permission->captured_by),
	    .instrument = register_instrument(reg, permission->instrument)};

	for (size_t i = 0; i < permission->type_count; i++) {
		const struct reg_type *type =
		    register_type(reg, permission->types[i]);

		f.types[i] = type;
		if (type != NULL)
			f.carried |=
			    type->required | type->optional | type->feedback;
	}
	return f;
}

static bool
kind_is_known(const struct facts *f, struct why *why)
{
	if (f->kind != NULL)
		return true;
	(void)why_set(why, WH_REFUSED, "kind %u is none of the seven",
	    (unsigned)f->permission->kind);
	return false;
}

static bool
capturer_is_known(const struct facts *f, struct why *why)
{
	if (f->captured_by != NULL)
		return true;
	(void)why_set(why, WH_REFUSED,
	    "captured by %s, who is not in the register",
	    f->permission->captured_by);
	return false;
}

/* A member and maybe a desk, or a role and maybe an area; never a mixture. */
static bool
party_is_one(const struct party *party, const char *side, struct why *why)
{
	bool by_member = party->member[0] != '\0';
	bool by_role = party->role[0] != '\0';
	bool in_area = party->area[0] != '\0';
	bool at_desk = party->desk[0] != '\0';

	if (by_member != by_role && !(by_member && in_area) &&
	    !(by_role && at_desk))
		return true;
	(void)why_set(why, WH_REFUSED,
	    "%s: name a member and its desk, or a role and its area", side);
	return false;
}

static bool
parties_are_one_each(const struct facts *f, struct why *why)
{
	return party_is_one(&f->permission->from, "from", why) &&
	       party_is_one(&f->permission->to, "to", why);
}

static bool
party_exists(const struct wh_register *reg, const struct party *party,
    struct why *why)
{
	const struct reg_member *member;

	if (party->member[0] == '\0')
		return true;
	member = register_member(reg, party->member);
	if (member == NULL) {
		(void)why_set(why, WH_REFUSED,
		    "member %s is not in the register", party->member);
		return false;
	}
	if (party->desk[0] != '\0' && !register_has_desk(member, party->desk)) {
		(void)why_set(why, WH_REFUSED, "%s has no desk %s",
		    party->member, party->desk);
		return false;
	}
	return true;
}

static bool
party_members_exist(const struct facts *f, struct why *why)
{
	return party_exists(f->reg, &f->permission->from, why) &&
	       party_exists(f->reg, &f->permission->to, why);
}

static bool
role_exists(const struct wh_register *reg, const char *role, struct why *why)
{
	if (role[0] == '\0' || register_role(reg, role) != NULL)
		return true;
	(void)why_set(why, WH_REFUSED, "role %s is not in the register", role);
	return false;
}

static bool
party_roles_exist(const struct facts *f, struct why *why)
{
	return role_exists(f->reg, f->permission->from.role, why) &&
	       role_exists(f->reg, f->permission->to.role, why);
}

static bool
area_exists(const struct wh_register *reg, const char *area, struct why *why)
{
	if (area[0] == '\0' || register_area(reg, area) != NULL)
		return true;
	(void)why_set(why, WH_REFUSED, "area %s is not in the register", area);
	return false;
}

static bool
party_areas_exist(const struct facts *f, struct why *why)
{
	return area_exists(f->reg, f->permission->from.area, why) &&
	       area_exists(f->reg, f->permission->to.area, why);
}

static bool
capturer_is_a_party(const struct facts *f, struct why *why)
{
	const struct permission *p = f->permission;

	if (party_matches(&p->from, f->captured_by, p->from.desk,
		p->from.area) ||
	    party_matches(&p->to, f->captured_by, p->to.desk, p->to.area))
		return true;
	(void)why_set(why, WH_REFUSED, "%s captured it and is no party to it",
	    p->captured_by);
	return false;
}

static bool
types_are_known(const struct facts *f, struct why *why)
{
	if (f->permission->type_count == 0) {
		(void)why_set(why, WH_REFUSED, "it names no referral type");
		return false;
	}
	for (size_t i = 0; i < f->permission->type_count; i++) {
		if (f->types[i] != NULL)
			continue;
		(void)why_set(why, WH_REFUSED, "type %s is not in the register",
		    f->permission->types[i]);
		return false;
	}
	return true;
}

static bool
kind_suits_types(const struct facts *f, struct why *why)
{
	for (size_t i = 0; i < f->permission->type_count; i++) {
		if (f->types[i]->kinds & (1u << (unsigned)f->kind->kind))
			continue;
		(void)why_set(why, WH_REFUSED, "type %s may not rest on %s",
		    f->types[i]->id,
		    terms_text(TERMS_PERMISSION_KINDS, f->kind->kind));
		return false;
	}
	return true;
}

/* A consent is no instrument, and an instrument is of one kind. */
static bool
kind_suits_instrument(const struct facts *f, struct why *why)
{
	if (!f->kind->needs_instrument) {
		if (f->permission->instrument[0] == '\0')
			return true;
		(void)why_set(why, WH_REFUSED,
		    "%s rests on no instrument: leave it out",
		    terms_text(TERMS_PERMISSION_KINDS, f->kind->kind));
		return false;
	}
	if (f->instrument == NULL || f->instrument->kind == f->kind->kind)
		return true;
	(void)why_set(why, WH_REFUSED, "instrument %s is not of kind %s",
	    f->instrument->id,
	    terms_text(TERMS_PERMISSION_KINDS, f->kind->kind));
	return false;
}

static bool
instrument_suits_types(const struct facts *f, struct why *why)
{
	if (!f->kind->needs_instrument)
		return true;
	for (size_t i = 0; i < f->permission->type_count; i++) {
		if (strcmp(f->types[i]->instrument,
			f->permission->instrument) == 0)
			continue;
		(void)why_set(why, WH_REFUSED,
		    "type %s does not rest on instrument %s", f->types[i]->id,
		    f->permission->instrument);
		return false;
	}
	return true;
}

static bool
instrument_is_in_force(const struct facts *f, struct why *why)
{
	int64_t from_ms = f->permission->valid_from_ms;

	if (!f->kind->needs_instrument)
		return true;
	if (f->instrument != NULL && f->instrument->from_ms <= from_ms &&
	    (f->instrument->until_ms == 0 || from_ms < f->instrument->until_ms))
		return true;
	(void)why_set(why, WH_REFUSED,
	    "instrument \"%s\" is not in force when the record starts",
	    f->permission->instrument);
	return false;
}

static bool
categories_are_there(const struct facts *f, struct why *why)
{
	if (f->permission->categories != 0)
		return true;
	(void)why_set(why, WH_REFUSED, "it names no category of data");
	return false;
}

/* AVG art. 5(1)(c): nobody is asked for more than the types can use. */
static bool
categories_are_carried(const struct facts *f, struct why *why)
{
	if ((f->permission->categories & ~f->carried) == 0)
		return true;
	(void)why_set(why, WH_REFUSED,
	    "it covers categories (bits %#x) that none of its types carries",
	    (unsigned)(f->permission->categories & ~f->carried));
	return false;
}

static bool
feedback_is_coherent(const struct facts *f, struct why *why)
{
	uint32_t scope = f->permission->categories | FEEDBACK_SCOPE;

	if ((f->permission->feedback & ~scope) == 0)
		return true;
	(void)why_set(why, WH_REFUSED,
	    "feedback lists categories (bits %#x) that it does not cover",
	    (unsigned)(f->permission->feedback & ~scope));
	return false;
}

static bool
party_may_hold_bsn(const struct wh_register *reg, const struct party *party)
{
	const struct reg_member *member = register_member(reg, party->member);
	const struct reg_role *role =
	    register_role(reg, member == NULL ? party->role : member->role);

	return role != NULL && role->bsn;
}

/* Wet algemene bepalingen burgerservicenummer: only who may use one. */
static bool
bsn_suits_roles(const struct facts *f, struct why *why)
{
	const struct permission *p = f->permission;

	if ((p->categories & category_bit(CATEGORY_BSN)) == 0 ||
	    (party_may_hold_bsn(f->reg, &p->from) &&
		party_may_hold_bsn(f->reg, &p->to)))
		return true;
	(void)why_set(why, WH_REFUSED,
	    "BSN: one of the parties may not process it; leave it out");
	return false;
}

static bool
attempts_are_there(const struct facts *f, struct why *why)
{
	const struct attempts *a = &f->permission->attempts;

	if (!f->kind->needs_attempts ||
	    (a->personal_contact && a->pointed_to_help && a->written_reminder &&
		a->offer_not_refused))
		return true;
	(void)why_set(why, WH_REFUSED,
	    "first: personal contact, help pointed to, a written reminder, "
	    "and the offer not refused");
	return false;
}

static bool
term_is_within_cap(const struct facts *f, struct why *why)
{
	const struct permission *p = f->permission;

	if (p->valid_from_ms >= 0 && p->valid_until_ms > p->valid_from_ms &&
	    p->valid_until_ms - p->valid_from_ms <=
		f->kind->validity_max_days * DAY_MS)
		return true;
	(void)why_set(why, WH_REFUSED,
	    "%s lasts from one moment to a later one, at most "
	    "%d days; renewing is a new record",
	    terms_text(TERMS_PERMISSION_KINDS, p->kind),
	    f->kind->validity_max_days);
	return false;
}

/* AVG art. 7: show what was said yes to, and let it be taken back. */
static bool
consent_can_be_shown(const struct facts *f, struct why *why)
{
	const struct permission *p = f->permission;

	if (!f->kind->consent_like ||
	    (p->purpose_text_hash.len == HASH_LEN &&
		p->withdrawal_code_hash.len == HASH_LEN))
		return true;
	(void)why_set(why, WH_REFUSED,
	    "a consent needs the hash of its text and of a withdrawal code");
	return false;
}

/* The second pair of eyes is the other party's: nobody reviews oneself. */
static bool
reviewer_is_the_other(const struct facts *f)
{
	const struct permission *p = f->permission;
	const struct reg_member *reviewer =
	    register_member(f->reg, p->break_glass_reviewer);

	return reviewer != NULL && reviewer != f->captured_by &&
	       (party_matches(&p->from, reviewer, p->from.desk, p->from.area) ||
		   party_matches(&p->to, reviewer, p->to.desk, p->to.area));
}

/* Within the instrument's term; whether there is one was asked before. */
static bool
review_is_in_time(const struct facts *f)
{
	const struct permission *p = f->permission;

	return p->break_glass_review_due_ms > p->valid_from_ms &&
	       p->break_glass_review_due_ms <=
		   workday_after(f->reg->holidays, p->valid_from_ms,
		       f->instrument->review_within_working_days);
}

static bool
break_glass_is_there(const struct facts *f, struct why *why)
{
	const struct permission *p = f->permission;

	if (!f->kind->needs_break_glass ||
	    (p->break_glass_ground[0] != '\0' && p->break_glass_by.len != 0 &&
		review_is_in_time(f) && reviewer_is_the_other(f)))
		return true;
	(void)why_set(why, WH_REFUSED,
	    "vital interest needs a ground, by whom, and the other party to "
	    "review it within the instrument's %u working days",
	    f->instrument->review_within_working_days);
	return false;
}

static bool
disclosure_is_agreed(const struct facts *f, struct why *why)
{
	return disclosure_fits(f->reg, f->permission, why);
}

/* In the order in which a reader would want to hear of them. */
static const struct {
	bool (*holds)(const struct facts *f, struct why *why);
	enum reason reason;
} rules[] = {
    {kind_is_known, REASON_KIND_NOT_ALLOWED},
    {capturer_is_known, REASON_NOT_A_MEMBER},
    {parties_are_one_each, REASON_MALFORMED},
    {party_members_exist, REASON_NOT_A_MEMBER},
    {party_roles_exist, REASON_ROLE_NOT_ALLOWED},
    {party_areas_exist, REASON_AREA_NOT_SERVED},
    {capturer_is_a_party, REASON_WRONG_PARTIES},
    {types_are_known, REASON_UNKNOWN_TYPE},
    {kind_suits_types, REASON_KIND_NOT_ALLOWED},
    {kind_suits_instrument, REASON_KIND_NOT_ALLOWED},
    {instrument_suits_types, REASON_WRONG_TYPE},
    {instrument_is_in_force, REASON_INSTRUMENT_NOT_IN_FORCE},
    {categories_are_there, REASON_CATEGORY_MISSING},
    {categories_are_carried, REASON_CATEGORY_NOT_COVERED},
    {feedback_is_coherent, REASON_CATEGORY_NOT_COVERED},
    {bsn_suits_roles, REASON_CATEGORY_NOT_FOR_ROLE},
    {attempts_are_there, REASON_ATTEMPTS_MISSING},
    {term_is_within_cap, REASON_MALFORMED},
    {disclosure_is_agreed, REASON_DISCLOSURE_DIFFERS},
    {consent_can_be_shown, REASON_MALFORMED},
    {break_glass_is_there, REASON_MALFORMED},
};

enum reason
permission_check(const struct wh_register *reg,
    const struct permission *permission, struct why *why)
{
	struct facts f = facts_of(reg, permission);

	for (size_t i = 0; i < sizeof(rules) / sizeof(*rules); i++) {
		if (!rules[i].holds(&f, why))
			return rules[i].reason;
	}
	return REASON_NONE;
}
