/* SPDX-License-Identifier: EUPL-1.2 */
#include <string.h>

#include "consent/permission.h"
#include "proto/base/hash.h"

/*
 * How long a record may last, in days. A resident's word is asked again each
 * year (AVG recital 32: consent is specific and informed, also next year), and
 * so is a duty that the resident may object to. A public task and a police
 * provision last as long as covenants usually do, five years. Vital interest
 * is for the moment: what takes longer than a month needs another ground.
 */
#define YEAR_DAYS       365
#define FIVE_YEARS_DAYS 1826
#define MONTH_DAYS      30

static const struct kind_rule kind_rules[] = {
    {.kind = KIND_CONSENT_AVG,
	.consent_like = true,
	.ended_by_withdrawal = true,
	.validity_max_days = YEAR_DAYS},
    {.kind = KIND_SECRECY_RELEASE,
	.consent_like = true,
	.ended_by_withdrawal = true,
	.validity_max_days = YEAR_DAYS},
    {.kind = KIND_AGREES_TO_HELP,
	.consent_like = true,
	.ended_by_withdrawal = true,
	.validity_max_days = YEAR_DAYS},
    {.kind = KIND_DUTY_WITH_OBJECTION,
	.needs_instrument = true,
	.needs_attempts = true,
	.ended_by_objection = true,
	.validity_max_days = YEAR_DAYS},
    {.kind = KIND_PUBLIC_TASK,
	.needs_instrument = true,
	.validity_max_days = FIVE_YEARS_DAYS},
    {.kind = KIND_POLICE_WPG,
	.needs_instrument = true,
	.needs_decision = true,
	.validity_max_days = FIVE_YEARS_DAYS},
    {.kind = KIND_VITAL_INTEREST,
	.needs_instrument = true,
	.needs_break_glass = true,
	.validity_max_days = MONTH_DAYS},
};

const struct kind_rule *
kind_rule(enum permission_kind kind)
{
	const size_t count = sizeof(kind_rules) / sizeof(*kind_rules);

	for (size_t i = 0; i < count; i++) {
		if (kind_rules[i].kind == kind)
			return &kind_rules[i];
	}
	return NULL;
}

#define FROM(event) (1u << (unsigned)(event))

/* From which states an event may come, and whether it ends the record. */
struct standing_rule {
	enum permission_event event;
	unsigned from; /* FROM() bits */
	bool first;    /* only as the first event of a record */
	bool ends;
	bool (*kind_allows)(const struct kind_rule *rule); /* NULL: any */
};

static bool
withdrawal_ends(const struct kind_rule *rule)
{
	return rule->ended_by_withdrawal;
}

static bool
objection_ends(const struct kind_rule *rule)
{
	return rule->ended_by_objection;
}

#define WHILE_OPEN (FROM(PERMISSION_REQUESTED) | FROM(PERMISSION_GIVEN))
/* What was received may still be here when the time of a record is over: the
 * resident's word is not too late. */
#define UNTIL_TAKEN_BACK                                                       \
	(WHILE_OPEN | FROM(PERMISSION_EXPIRED) | FROM(PERMISSION_SUPERSEDED))

static const struct standing_rule standing_rules[] = {
    {PERMISSION_REQUESTED, FROM(PERMISSION_GIVEN), true, false, NULL},
    {PERMISSION_GIVEN, FROM(PERMISSION_REQUESTED), false, false, NULL},
    {PERMISSION_REFUSED, FROM(PERMISSION_REQUESTED), false, true, NULL},
    {PERMISSION_OBJECTED, UNTIL_TAKEN_BACK, false, true, objection_ends},
    {PERMISSION_WITHDRAWN, UNTIL_TAKEN_BACK, false, true, withdrawal_ends},
    {PERMISSION_EXPIRED, WHILE_OPEN, false, true, NULL},
    {PERMISSION_INVALIDATED, WHILE_OPEN, false, true, NULL},
    {PERMISSION_SUPERSEDED, WHILE_OPEN, false, true, NULL},
};

static const struct standing_rule *
standing_rule(enum permission_event event)
{
	const size_t count = sizeof(standing_rules) / sizeof(*standing_rules);

	for (size_t i = 0; i < count; i++) {
		if (standing_rules[i].event == event)
			return &standing_rules[i];
	}
	return NULL;
}

struct standing
standing_new(const struct permission *permission)
{
	return (struct standing){.state = PERMISSION_GIVEN,
	    .since_ms = permission->valid_from_ms,
	    .epoch = permission->epoch};
}

enum wh_err
standing_apply(const struct permission *permission,
    const struct standing *before, const struct permission_change *change,
    struct standing *after)
{
	const struct kind_rule *kind = kind_rule(permission->kind);
	const struct standing_rule *rule = standing_rule(change->event);
	bool raise;

	if (kind == NULL || rule == NULL)
		return WH_INVALID;
	if (change->has_permission &&
	    !id_equal(&change->permission_id, &permission->permission_id))
		return WH_INVALID;
	if (rule->kind_allows != NULL && !rule->kind_allows(kind))
		return WH_REFUSED;
	if (before->state == change->event) {
		*after = *before;
		return WH_OK;
	}
	if ((rule->from & FROM(before->state)) == 0 ||
	    (rule->first && before->changes != 0))
		return WH_REFUSED;
	/* Once: who heard of both ends and who heard of one say the same. */
	raise = rule->ends && (FROM(before->state) & WHILE_OPEN) != 0;
	*after = (struct standing){.state = change->event,
	    .since_ms = change->effective_ms,
	    .epoch = before->epoch + (raise ? 1 : 0),
	    .changes = before->changes + 1};
	return WH_OK;
}

bool
party_matches(const struct party *party, const struct reg_member *member,
    const char *desk, const char *area)
{
	if (party->desk[0] != '\0' && strcmp(party->desk, desk) != 0)
		return false;
	if (party->member[0] != '\0')
		return strcmp(party->member, member->id) == 0;
	if (party->role[0] == '\0' || strcmp(party->role, member->role) != 0)
		return false;
	if (party->area[0] == '\0')
		return true;
	if (area[0] != '\0' && strcmp(area, party->area) != 0)
		return false;
	return register_serves(member, party->area);
}

static bool
code_holds(const struct permission *permission, struct span code)
{
	struct hash expected;
	struct hash given;

	if (code.len == 0 || permission->withdrawal_code_hash.len != HASH_LEN)
		return false;
	memcpy(expected.b, permission->withdrawal_code_hash.p, HASH_LEN);
	given = hash_span(code);
	return hash_equal(&expected, &given);
}

struct id
permission_ground_key(const struct ground *ground,
    const struct id *relation_ref)
{
	struct span parts[2];
	struct hash hash;
	struct id key;

	if (ground->has_permission)
		return ground->permission_id;
	parts[0] = span_id(relation_ref);
	parts[1] = span_str(ground->instrument);
	hash = hash_spans(parts, 2);
	memcpy(key.b, hash.b, sizeof(key.b));
	return key;
}

bool
permission_is_party(const struct permission *permission,
    const struct wh_register *reg, const char *member)
{
	const struct reg_member *who = register_member(reg, member);

	if (who == NULL)
		return false;
	return strcmp(permission->captured_by, member) == 0 ||
	       party_matches(&permission->from, who, permission->from.desk,
		   permission->from.area) ||
	       party_matches(&permission->to, who, permission->to.desk,
		   permission->to.area);
}

bool
permission_may_change(const struct permission *permission,
    const struct wh_register *reg, const struct permission_change *change)
{
	bool ends = change->event == PERMISSION_WITHDRAWN ||
		    change->event == PERMISSION_OBJECTED;

	if (change->event == PERMISSION_GIVEN)
		return strcmp(permission->captured_by, change->by_member) == 0;
	return permission_is_party(permission, reg, change->by_member) ||
	       (ends && register_member(reg, change->by_member) != NULL &&
		   code_holds(permission, change->withdrawal_code));
}
