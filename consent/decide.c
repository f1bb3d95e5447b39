/* SPDX-License-Identifier: EUPL-1.2 */
#include "consent/decide.h"

#include <stdio.h>
#include <string.h>

#define STATUS_BIT (1u << CATEGORY_STATUS)
#define FACE_BIT   (1u << CATEGORY_FACE)
#define BSN_BIT    (1u << CATEGORY_BSN)

/* What the rules look at, looked up once. Earlier rules refuse the NULLs. */
struct facts {
	const struct decide_input *in;
	const struct header *header;
	const struct reg_member *from;
	const struct reg_member *to;
	const struct reg_type *type;
	const struct kind_rule *kind;
	const struct permission *record; /* NULL: it rests on an instrument */
	const char *instrument;          /* "" for consent-like kinds */
	const struct reg_instrument *law;
};

static struct facts
facts_of(const struct decide_input *in)
{
	const struct header *h = in->header;
	struct facts f = {.in = in,
	    .header = h,
	    .from = register_member(in->reg, h->from_member),
	    .to = register_member(in->reg, h->to_member),
	    .type = register_type(in->reg, h->type),
	    .kind = kind_rule(h->ground.kind),
	    .record = h->ground.has_permission ? in->permission : NULL,
	    .instrument = h->ground.instrument};

	if (f.record != NULL)
		f.instrument = f.record->instrument;
	f.law = register_instrument(in->reg, f.instrument);
	return f;
}

/* "BSN, FINANCE" for a set of categories. */
struct words {
	char text[160];
};

static struct words
words_of(uint32_t categories)
{
	struct words words = {.text = ""};
	size_t used = 0;

	for (uint32_t i = 1; i <= CATEGORY_COUNT; i++) {
		const char *text = terms_text(TERMS_CATEGORIES, i);
		size_t room = sizeof(words.text) - used;
		int n;

		if ((categories & (1u << i)) == 0 || text == NULL)
			continue;
		n = snprintf(words.text + used, room, "%s%s",
		    used == 0 ? "" : ", ", text);
		if (n < 0 || (size_t)n >= room)
			break; /* cut, as every why is */
		used += (size_t)n;
	}
	return words;
}

static const char *
kind_word(const struct facts *f)
{
	return terms_text(TERMS_PERMISSION_KINDS, f->kind->kind);
}

static bool
no_member(const char *id, struct why *why)
{
	(void)why_set(why, WH_REFUSED, "%s is not in the register", id);
	return false;
}

static bool
members_are_known(const struct facts *f, struct why *why)
{
	if (f->from == NULL)
		return no_member(f->header->from_member, why);
	if (f->to == NULL)
		return no_member(f->header->to_member, why);
	return true;
}

static bool
desk_exists(const struct reg_member *member, const char *desk, struct why *why)
{
	if (desk[0] == '\0' || register_has_desk(member, desk))
		return true;
	(void)why_set(why, WH_REFUSED, "%s has no desk %s", member->id, desk);
	return false;
}

static bool
desks_are_known(const struct facts *f, struct why *why)
{
	return desk_exists(f->from, f->header->from_desk, why) &&
	       desk_exists(f->to, f->header->to_desk, why);
}

static bool
type_is_known(const struct facts *f, struct why *why)
{
	if (f->type != NULL)
		return true;
	(void)why_set(why, WH_REFUSED, "the covenant has no type %s",
	    f->header->type);
	return false;
}

static bool
roles_fit_type(const struct facts *f, struct why *why)
{
	const struct reg_member *sender = f->in->feedback ? f->to : f->from;
	const struct reg_member *recipient = f->in->feedback ? f->from : f->to;

	if (type_from_role(f->type, sender->role) &&
	    type_to_role(f->type, recipient->role))
		return true;
	(void)why_set(why, WH_REFUSED, "%s does not go from a %s to a %s",
	    f->type->id, sender->role, recipient->role);
	return false;
}

/* A type may name the one desk that takes it. */
static bool
desk_fits_type(const struct facts *f, struct why *why)
{
	if (f->in->feedback || f->type->desk[0] == '\0' ||
	    f->header->to_desk[0] == '\0' ||
	    strcmp(f->type->desk, f->header->to_desk) == 0)
		return true;
	(void)why_set(why, WH_REFUSED, "%s goes to desk %s, not to %s",
	    f->type->id, f->type->desk, f->header->to_desk);
	return false;
}

/* An answer goes back from wherever the referral went. */
static bool
area_is_served(const struct facts *f, struct why *why)
{
	const char *area = f->header->area;

	if (f->in->feedback || area[0] == '\0' ||
	    (register_area(f->in->reg, area) != NULL &&
		register_serves(f->to, area)))
		return true;
	(void)why_set(why, WH_REFUSED, "%s does not serve area %s", f->to->id,
	    area);
	return false;
}

static bool
kind_fits_type(const struct facts *f, struct why *why)
{
	if (f->kind != NULL && (f->type->kinds & (1u << f->kind->kind)) != 0)
		return true;
	(void)why_set(why, WH_REFUSED, "%s does not rest on %s", f->type->id,
	    f->kind == NULL ? "an unknown kind" : kind_word(f));
	return false;
}

static bool
kind_fits_instrument(const struct facts *f, struct why *why)
{
	if (!f->kind->needs_instrument || f->law == NULL ||
	    f->law->kind == f->kind->kind)
		return true;
	(void)why_set(why, WH_REFUSED, "instrument %s is not of kind %s",
	    f->law->id, kind_word(f));
	return false;
}

/* A consent is always a record; a statute may speak for itself. */
static bool
ground_is_there(const struct facts *f, struct why *why)
{
	if (f->header->ground.has_permission ? f->record != NULL
					     : f->kind->needs_instrument)
		return true;
	(void)why_set(why, WH_REFUSED,
	    "there is no %s record for this; capture one first", kind_word(f));
	return false;
}

static bool
record_is_meant(const struct facts *f, struct why *why)
{
	const struct permission *record = f->record;

	if (record == NULL ||
	    (id_equal(&record->permission_id,
		 &f->header->ground.permission_id) &&
		id_equal(&record->relation_ref, &f->header->relation_ref) &&
		record->kind == f->header->ground.kind))
		return true;
	(void)why_set(why, WH_REFUSED,
	    "the record is about another relation, or of another kind");
	return false;
}

static bool
standing_is_known(const struct facts *f, struct why *why)
{
	if (f->in->permission == NULL || f->in->standing != NULL)
		return true;
	(void)why_set(why, WH_REFUSED,
	    "it is not known whether the record still stands");
	return false;
}

/* Wet politiegegevens art. 18-20: each provision rests on a decision. */
static bool
decision_is_named(const struct facts *f, struct why *why)
{
	bool provides =
	    f->header->event == EVENT_OFFER || f->in->categories != 0;

	if (!f->kind->needs_decision || f->in->feedback || !provides ||
	    f->header->ground.decision[0] != '\0')
		return true;
	(void)why_set(why, WH_REFUSED,
	    "%s needs the number of the provision decision (Wpg)",
	    kind_word(f));
	return false;
}

static bool
state_is_not(const struct facts *f, enum permission_event state,
    const char *what, struct why *why)
{
	if (f->record == NULL || f->in->standing->state != state)
		return true;
	(void)why_set(why, WH_REFUSED, "the record %s", what);
	return false;
}

static bool
not_only_requested(const struct facts *f, struct why *why)
{
	return state_is_not(f, PERMISSION_REQUESTED,
	    "was asked for and not given yet", why);
}

static bool
not_refused(const struct facts *f, struct why *why)
{
	return state_is_not(f, PERMISSION_REFUSED, "was asked for and refused",
	    why);
}

static bool
not_invalidated(const struct facts *f, struct why *why)
{
	return state_is_not(f, PERMISSION_INVALIDATED,
	    "was declared invalid; capture a new one", why);
}

static bool
not_superseded(const struct facts *f, struct why *why)
{
	return state_is_not(f, PERMISSION_SUPERSEDED,
	    "was replaced; use the newer one", why);
}

static bool
not_called_expired(const struct facts *f, struct why *why)
{
	return state_is_not(f, PERMISSION_EXPIRED,
	    "has expired; renewing is a new record", why);
}

static bool
not_withdrawn(const struct facts *f, struct why *why)
{
	return state_is_not(f, PERMISSION_WITHDRAWN,
	    "was withdrawn; stop, and ask the resident before anything new",
	    why);
}

static bool
term_has_begun(const struct facts *f, struct why *why)
{
	if (f->record == NULL ||
	    (f->in->now_ms >= f->record->valid_from_ms &&
		(f->in->standing->state != PERMISSION_GIVEN ||
		    f->in->now_ms >= f->in->standing->since_ms)))
		return true;
	(void)why_set(why, WH_REFUSED, "the record is not valid yet");
	return false;
}

static bool
term_has_not_ended(const struct facts *f, struct why *why)
{
	if (f->record == NULL || f->in->now_ms < f->record->valid_until_ms)
		return true;
	(void)why_set(why, WH_REFUSED,
	    "the term of the record is over; renewing is a new record");
	return false;
}

/* Also when it rests on the law itself: an objection on file counts. */
static bool
not_objected(const struct facts *f, struct why *why)
{
	if (f->in->permission == NULL ||
	    f->in->standing->state != PERMISSION_OBJECTED)
		return true;
	(void)why_set(why, WH_REFUSED,
	    "the resident has objected, which ends %s", kind_word(f));
	return false;
}

static bool
pair_matches(const struct facts *f, const struct party *from,
    const struct party *to)
{
	const struct header *h = f->header;

	return party_matches(from, f->from, h->from_desk, h->area) &&
	       party_matches(to, f->to, h->to_desk, h->area);
}

static bool
parties_are_meant(const struct facts *f, struct why *why)
{
	const struct permission *r = f->record;
	bool there;
	bool back;

	if (r == NULL)
		return true;
	there = r->both_ways || !f->in->feedback;
	back = r->both_ways || f->in->feedback;
	if ((there && pair_matches(f, &r->from, &r->to)) ||
	    (back && pair_matches(f, &r->to, &r->from)))
		return true;
	(void)why_set(why, WH_REFUSED,
	    "the record does not let %s send this to %s", f->from->id,
	    f->to->id);
	return false;
}

static bool
record_names_type(const struct facts *f, struct why *why)
{
	if (f->record == NULL)
		return true;
	for (size_t i = 0; i < f->record->type_count; i++) {
		if (strcmp(f->record->types[i], f->type->id) == 0)
			return true;
	}
	(void)why_set(why, WH_REFUSED, "the record is not for type %s",
	    f->type->id);
	return false;
}

static bool
type_names_instrument(const struct facts *f, struct why *why)
{
	if (!f->kind->needs_instrument ||
	    strcmp(f->type->instrument, f->instrument) == 0)
		return true;
	(void)why_set(why, WH_REFUSED, "%s does not rest on instrument '%s'",
	    f->type->id, f->instrument);
	return false;
}

static bool
none_of(uint32_t categories, const char *what, struct why *why)
{
	if (categories == 0)
		return true;
	(void)why_set(why, WH_REFUSED, "%s: %s", words_of(categories).text,
	    what);
	return false;
}

static bool
is_informal(const struct facts *f, const struct reg_member *member)
{
	const struct reg_role *role = register_role(f->in->reg, member->role);

	return role == NULL || role->informal;
}

/* Before the general rule, so that an informal party hears that it is one. */
static bool
informal_stays_in_lists(const struct facts *f, struct why *why)
{
	uint32_t lists =
	    f->type->required | f->type->optional | f->type->feedback;

	return (!is_informal(f, f->from) && !is_informal(f, f->to)) ||
	       none_of(f->in->categories & ~lists,
		   "an informal party gets only what its types list", why);
}

static bool
event_may_carry(const struct facts *f, struct why *why)
{
	return none_of(f->in->categories & ~decide_categories(f->type,
					       f->header->event,
					       f->in->feedback),
	    "this type does not carry it at this event", why);
}

/* A resident who named what may flow back, named all that may. */
static bool
record_lets_flow_back(const struct facts *f, struct why *why)
{
	return f->record == NULL || !f->in->feedback ||
	       f->record->feedback == 0 ||
	       none_of(f->in->categories & ~f->record->feedback,
		   "the record does not let this flow back", why);
}

static bool
record_covers(const struct facts *f, struct why *why)
{
	uint32_t own_scope = f->in->feedback ? STATUS_BIT | FACE_BIT : 0;

	return f->record == NULL ||
	       none_of(f->in->categories & ~(f->record->categories | own_scope),
		   "the record does not cover this", why);
}

static bool
required_are_there(const struct facts *f, struct why *why)
{
	return none_of(decide_required(f->type, f->header->event) &
			   ~f->in->categories,
	    "required here and missing", why);
}

static bool
instrument_is_in_force(const struct facts *f, struct why *why)
{
	int64_t now = f->in->now_ms;

	if (!f->kind->needs_instrument ||
	    (f->law != NULL && f->law->from_ms <= now &&
		(f->law->until_ms == 0 || now < f->law->until_ms)))
		return true;
	(void)why_set(why, WH_REFUSED, "instrument '%s' is not in force",
	    f->instrument);
	return false;
}

static bool
may_hold_bsn(const struct facts *f, const struct reg_member *member)
{
	const struct reg_role *role = register_role(f->in->reg, member->role);

	return role != NULL && role->bsn;
}

/* Wet algemene bepalingen burgerservicenummer art. 10-11. */
static bool
bsn_fits_roles(const struct facts *f, struct why *why)
{
	return (may_hold_bsn(f, f->from) && may_hold_bsn(f, f->to)) ||
	       none_of(f->in->categories & BSN_BIT,
		   "one of the parties may not process it; leave it out", why);
}

/* Besluit gemeentelijke schuldhulpverlening art. 2. */
static bool
attempts_were_made(const struct facts *f, struct why *why)
{
	const struct attempts *a = f->record != NULL
				       ? &f->record->attempts
				       : &f->header->ground.attempts;

	if (!f->kind->needs_attempts || f->header->event != EVENT_OFFER ||
	    (a->personal_contact && a->pointed_to_help && a->written_reminder &&
		a->offer_not_refused))
		return true;
	(void)why_set(why, WH_REFUSED,
	    "first: personal contact, help pointed to, a written reminder, "
	    "and the offer not refused");
	return false;
}

static bool
epoch_is_current(const struct facts *f, struct why *why)
{
	if (f->record == NULL || f->header->epoch == f->in->standing->epoch)
		return true;
	(void)why_set(why, WH_REFUSED,
	    "made under another epoch of the record; read its standing again");
	return false;
}

static bool
message_has_not_expired(const struct facts *f, struct why *why)
{
	if (f->in->now_ms < f->header->expires_ms)
		return true;
	(void)why_set(why, WH_REFUSED, "the message expired before it moved");
	return false;
}

/*
 * An envelope without sections that ends a referral, or reports an erasure,
 * says nothing new about anybody. It may still pass when the permission has
 * ended, or the loop would stay open for ever.
 */
static const enum referral_event closing_events[] = {EVENT_DECLINE,
    EVENT_COMPLETE, EVENT_CANCEL, EVENT_CONFIRM_CANCEL, EVENT_MARK_ERROR,
    EVENT_ERASED, EVENT_REVIEW};

static bool
only_closes(const struct decide_input *in)
{
	const size_t count = sizeof(closing_events) / sizeof(*closing_events);

	for (size_t i = 0; i < count; i++) {
		if (closing_events[i] == in->header->event)
			return in->categories == 0;
	}
	return false;
}

/* The order of permission.md, each addition beside what it is closest to. */
static const struct {
	bool (*holds)(const struct facts *f, struct why *why);
	enum reason reason;
	bool while_it_stands; /* not asked of what only closes */
} rules[] = {
    {members_are_known, REASON_NOT_A_MEMBER, false},
    {desks_are_known, REASON_NOT_A_MEMBER, false},
    {type_is_known, REASON_UNKNOWN_TYPE, false},
    {roles_fit_type, REASON_ROLE_NOT_ALLOWED, false},
    {desk_fits_type, REASON_ROLE_NOT_ALLOWED, false},
    {area_is_served, REASON_AREA_NOT_SERVED, false},
    {kind_fits_type, REASON_KIND_NOT_ALLOWED, false},
    {kind_fits_instrument, REASON_KIND_NOT_ALLOWED, false},
    {ground_is_there, REASON_NO_PERMISSION, false},
    {record_is_meant, REASON_NO_PERMISSION, false},
    {standing_is_known, REASON_NO_PERMISSION, false},
    {decision_is_named, REASON_NO_PERMISSION, false},
    {not_invalidated, REASON_NO_PERMISSION, true},
    {not_superseded, REASON_NO_PERMISSION, true},
    {not_only_requested, REASON_NOT_GIVEN, true},
    {not_refused, REASON_NOT_GIVEN, true},
    {term_has_begun, REASON_PERMISSION_NOT_YET_VALID, true},
    {not_called_expired, REASON_PERMISSION_EXPIRED, true},
    {term_has_not_ended, REASON_PERMISSION_EXPIRED, true},
    {not_withdrawn, REASON_PERMISSION_WITHDRAWN, true},
    {not_objected, REASON_OBJECTED, true},
    {parties_are_meant, REASON_WRONG_PARTIES, false},
    {record_names_type, REASON_WRONG_TYPE, false},
    {type_names_instrument, REASON_WRONG_TYPE, false},
    {informal_stays_in_lists, REASON_CATEGORY_NOT_FOR_ROLE, false},
    {event_may_carry, REASON_CATEGORY_NOT_COVERED, false},
    {record_lets_flow_back, REASON_CATEGORY_NOT_COVERED, false},
    {record_covers, REASON_CATEGORY_NOT_COVERED, false},
    {required_are_there, REASON_CATEGORY_MISSING, false},
    {instrument_is_in_force, REASON_INSTRUMENT_NOT_IN_FORCE, true},
    {bsn_fits_roles, REASON_CATEGORY_NOT_FOR_ROLE, false},
    {attempts_were_made, REASON_ATTEMPTS_MISSING, false},
    {epoch_is_current, REASON_STALE_EPOCH, true},
    {message_has_not_expired, REASON_EXPIRED_MESSAGE, false},
};

enum reason
decide(const struct decide_input *in, struct why *why)
{
	struct facts f = facts_of(in);
	bool closes = only_closes(in);

	for (size_t i = 0; i < sizeof(rules) / sizeof(*rules); i++) {
		if (rules[i].while_it_stands && closes)
			continue;
		if (!rules[i].holds(&f, why))
			return rules[i].reason;
	}
	return REASON_NONE;
}
