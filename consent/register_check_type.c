/* SPDX-License-Identifier: EUPL-1.2 */
#include "consent/register_check.h"

/* A year of working days: no clock of a covenant is longer. */
#define CLOCK_MAX 260

/* Both sides of the type, as the covenant calls them. */
struct side {
	const char *field;
	const char *const *roles;
	size_t count;
};

static struct side
side_from(const struct reg_type *type)
{
	return (struct side){"from", type->from_roles, type->from_count};
}

static struct side
side_to(const struct reg_type *type)
{
	return (struct side){"to", type->to_roles, type->to_count};
}

static enum wh_err
check_side(struct check *check, const struct reg_type *type, struct side side)
{
	enum wh_err err;

	if (side.count == 0)
		return check_no(check, side.field,
		    "type %s: %s is empty: list at least one role", type->id,
		    side.field);
	err = check_slugs(check, &(struct check_slugs){side.field, side.roles,
				     side.count, LIST_MAX});
	for (size_t i = 0; i < side.count && err == WH_OK; i++)
		if (register_role(check->reg, side.roles[i]) == NULL)
			err = check_no(check, side.field,
			    "type %s: unknown role '%s' in %s: add it to roles "
			    "or correct it",
			    type->id, side.roles[i], side.field);
	return err;
}

static bool
can_receive(const struct reg_type *type, const struct reg_member *member)
{
	return type_to_role(type, member->role) &&
	       (type->desk[0] == '\0' || register_has_desk(member, type->desk));
}

/* Is there a member to receive it, and another one to send it? */
static enum wh_err
check_traffic(struct check *check, const struct reg_type *type)
{
	const struct wh_register *reg = check->reg;
	const struct reg_member *receiver = NULL;
	size_t of_role = 0;
	size_t receivers = 0;
	size_t senders = 0;

	for (size_t i = 0; i < reg->member_count; i++) {
		const struct reg_member *member = &reg->members[i];

		of_role += type_to_role(type, member->role);
		if (can_receive(type, member)) {
			receiver = member;
			receivers++;
		}
	}
	if (of_role == 0)
		return check_no(check, "to",
		    "type %s: nobody can receive it: no member has a role of "
		    "to; add one or remove the type",
		    type->id);
	if (receivers == 0)
		return check_no(check, "desk",
		    "type %s: nobody can receive it: no member of to has the "
		    "desk '%.*s'; add it to a member or correct it",
		    type->id, NAME_MAX_LEN, type->desk);
	for (size_t i = 0; i < reg->member_count; i++)
		if (type_from_role(type, reg->members[i].role) &&
		    (receivers > 1 || &reg->members[i] != receiver))
			senders++;
	if (senders == 0)
		return check_no(check, "from",
		    "type %s: nobody can send it: no member but its receiver "
		    "has a role of from; add one or remove the type",
		    type->id);
	return WH_OK;
}

static enum wh_err
check_statutory(struct check *check, const struct reg_type *type,
    const struct reg_instrument *instrument)
{
	const struct term *kinds = terms_all(TERMS_PERMISSION_KINDS);

	for (; kinds->text != NULL; kinds++) {
		enum permission_kind kind = (enum permission_kind)kinds->number;

		if ((type->kinds & 1u << kinds->number) == 0 ||
		    kind_is_consent(kind))
			continue;
		if (instrument == NULL)
			return check_no(check, "permission",
			    "type %s: %s rests on the law: name its instrument",
			    type->id, kinds->text);
		if (instrument->kind != kind)
			return check_no(check, "permission",
			    "type %s: instrument %s is not for %s: remove that "
			    "kind, or make it a type of its own",
			    type->id, instrument->id, kinds->text);
	}
	return WH_OK;
}

static enum wh_err
check_ground(struct check *check, const struct reg_type *type)
{
	const struct reg_instrument *instrument = NULL;

	if (type->kinds == 0)
		return check_no(check, "permission",
		    "type %s: permission is empty: list at least one kind",
		    type->id);
	if (type->instrument[0] == '\0')
		return check_statutory(check, type, NULL);
	instrument = register_instrument(check->reg, type->instrument);
	if (instrument == NULL)
		return check_no(check, "instrument",
		    "type %s: unknown instrument '%.*s': add it to instruments "
		    "or correct it",
		    type->id, NAME_MAX_LEN, type->instrument);
	if ((type->kinds & 1u << instrument->kind) == 0)
		return check_no(check, "instrument",
		    "type %s: instrument %s is for %s, which is not in "
		    "permission: add that kind or remove the instrument",
		    type->id, instrument->id,
		    terms_text(TERMS_PERMISSION_KINDS, instrument->kind));
	if (instrument->until_ms != 0 &&
	    instrument->until_ms <= check->reg->valid_from_ms)
		return check_no(check, "instrument",
		    "type %s: instrument %s has ended before valid_from: "
		    "renew it or remove the type",
		    type->id, instrument->id);
	return check_statutory(check, type, instrument);
}

static bool
any_role(struct check *check, struct side side,
    bool (*test)(const struct reg_role *role), const char **which)
{
	for (size_t i = 0; i < side.count; i++)
		if (test(register_role(check->reg, side.roles[i]))) {
			*which = side.roles[i];
			return true;
		}
	return false;
}

static bool
is_informal(const struct reg_role *role)
{
	return role->informal;
}

static bool
may_use_bsn(const struct reg_role *role)
{
	return role->bsn;
}

static bool
may_not_use_bsn(const struct reg_role *role)
{
	return !role->bsn;
}

static enum wh_err
check_bsn(struct check *check, const struct reg_type *type)
{
	const struct side sides[] = {side_from(type), side_to(type)};
	const uint32_t bsn = category_bit(CATEGORY_BSN);
	const char *field = "optional";
	const char *role;

	if (((type->required | type->optional | type->feedback) & bsn) == 0)
		return WH_OK;
	if ((type->required & bsn) != 0)
		field = "required";
	else if ((type->feedback & bsn) != 0)
		field = "feedback";
	for (size_t i = 0; i < 2; i++) {
		if (!any_role(check, sides[i], may_use_bsn, &role))
			return check_no(check, field,
			    "type %s: no role of %s may use a BSN: remove BSN "
			    "from %s",
			    type->id, sides[i].field, field);
		if ((type->required & bsn) != 0 &&
		    any_role(check, sides[i], may_not_use_bsn, &role))
			return check_no(check, field,
			    "type %s requires a BSN, which role %s may not "
			    "use: make it optional or remove the role",
			    type->id, role);
	}
	return WH_OK;
}

/*
 * An informal party has no statutory task, and no official authority over
 * data on criminal offences (AVG art. 10).
 */
static enum wh_err
check_informal(struct check *check, const struct reg_type *type)
{
	const struct side sides[] = {side_from(type), side_to(type)};
	const uint32_t consent = 1u << KIND_CONSENT_AVG |
				 1u << KIND_SECRECY_RELEASE |
				 1u << KIND_AGREES_TO_HELP;
	const uint32_t all = type->required | type->optional | type->feedback;
	const char *role;

	for (size_t i = 0; i < 2; i++) {
		if (!any_role(check, sides[i], is_informal, &role))
			continue;
		if ((type->kinds & consent) == 0)
			return check_no(check, sides[i].field,
			    "type %s: role %s is informal, so it needs the "
			    "resident's word: add a consent kind or remove "
			    "the role",
			    type->id, role);
		if ((all & category_bit(CATEGORY_JUSTICE)) != 0)
			return check_no(check, sides[i].field,
			    "type %s: role %s is informal and may not see "
			    "JUSTICE: remove the role or the category",
			    type->id, role);
	}
	return WH_OK;
}

static enum wh_err
check_categories(struct check *check, const struct reg_type *type)
{
	const struct term *category = terms_all(TERMS_CATEGORIES);
	const uint32_t both = type->required & type->optional;
	enum wh_err err;

	if (type->required == 0)
		return check_no(check, "required",
		    "type %s: required is empty: list at least one category",
		    type->id);
	for (; category->text != NULL; category++)
		if ((both & 1u << category->number) != 0)
			return check_no(check, "optional",
			    "type %s: %s is both required and optional: "
			    "remove one",
			    type->id, category->text);
	err = check_bsn(check, type);
	if (err == WH_OK)
		err = check_informal(check, type);
	return err;
}

/* Each open state has a clock; only the heartbeat may be absent. */
static enum wh_err
check_clock(struct check *check, const struct reg_type *type, const char *name,
    int days, int least)
{
	if (days >= least && days <= CLOCK_MAX)
		return WH_OK;
	return check_no(check, "clocks",
	    "type %s: clock %s is %d: give 0 to %d working days", type->id,
	    name, days, CLOCK_MAX);
}

static enum wh_err
check_clocks(struct check *check, const struct reg_type *type)
{
	enum wh_err err;

	err = check_clock(check, type, "decide", type->clock_decide, 0);
	if (err == WH_OK)
		err =
		    check_clock(check, type, "contact", type->clock_contact, 0);
	if (err == WH_OK)
		err = check_clock(check, type, "heartbeat",
		    type->clock_heartbeat, -1);
	return err;
}

/* One word on whether the resident hears at once: the activity's. */
static enum wh_err
check_activity(struct check *check, const struct reg_type *type)
{
	const struct reg_activity *activity;

	if (type->activity[0] == '\0')
		return WH_OK;
	activity = register_activity(check->reg, type->activity);
	if (activity == NULL)
		return check_no(check, "activity",
		    "type %s: unknown activity '%.*s': add it to activities "
		    "or correct it",
		    type->id, NAME_MAX_LEN, type->activity);
	if (type->delayed_notice == (activity->notice != DISCLOSURE_IMMEDIATE))
		return WH_OK;
	return check_no(check, "subject_notice",
	    "type %s: subject_notice is %s, and its activity %s is %s: remove "
	    "subject_notice or correct the activity",
	    type->id, type->delayed_notice ? "DELAYED" : "IMMEDIATE",
	    activity->id, terms_text(TERMS_DISCLOSURES, activity->notice));
}

static enum wh_err
check_type(struct check *check, const struct reg_type *type)
{
	enum wh_err err;

	err = check_text(check, "title", type->title_nl, TITLE_MAX_LEN);
	if (err == WH_OK)
		err = check_text(check, "title", type->title_en, TITLE_MAX_LEN);
	if (err == WH_OK)
		err = check_side(check, type, side_from(type));
	if (err == WH_OK)
		err = check_side(check, type, side_to(type));
	if (err == WH_OK)
		err = check_traffic(check, type);
	if (err == WH_OK)
		err = check_ground(check, type);
	if (err == WH_OK)
		err = check_categories(check, type);
	if (err == WH_OK)
		err = check_activity(check, type);
	if (err == WH_OK)
		err = check_clocks(check, type);
	return err;
}

enum wh_err
check_types(struct check *check)
{
	const struct wh_register *reg = check->reg;
	const struct reg_type *target = NULL;
	enum wh_err err;

	err = check_list(check,
	    &(struct check_list){"types", reg->types, sizeof(reg->types[0]),
		reg->type_count, LIST_MAX});
	for (size_t i = 0; i < reg->type_count && err == WH_OK; i++) {
		const struct reg_type *type = &reg->types[i];

		check_at(check, "types", i);
		err = check_type(check, type);
		if (err != WH_OK || !type->escalation_target)
			continue;
		if (target != NULL)
			err = check_no(check, "escalation_target",
			    "type %s: %s is the escalation target already: "
			    "choose one",
			    type->id, target->id);
		target = type;
	}
	return err;
}
