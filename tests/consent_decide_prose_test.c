/* SPDX-License-Identifier: EUPL-1.2 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/consent_scene.h"

/*
 * The same question answered a second time, from the prose and without any
 * of the code above: slow, flat and only yes or no.
 */
static bool
naive_in(const char *word, const char *const *list, size_t count)
{
	bool found = false;

	for (size_t i = 0; i < count; i++)
		found |= strcmp(list[i], word) == 0;
	return found;
}

static const struct reg_member *
naive_member(const char *id)
{
	const struct reg_member *found = NULL;

	for (size_t i = 0; i < COUNT(world_members); i++)
		if (strcmp(world_members[i].id, id) == 0)
			found = &world_members[i];
	return found;
}

static const struct reg_role *
naive_role(const char *id)
{
	const struct reg_role *found = NULL;

	for (size_t i = 0; i < COUNT(world_roles); i++)
		if (strcmp(world_roles[i].id, id) == 0)
			found = &world_roles[i];
	return found;
}

static bool
naive_area_ok(const char *area, const struct reg_member *member)
{
	bool known = strcmp(area, "wildemanbuurt") == 0 ||
		     strcmp(area, "jacob-geelbuurt") == 0;

	return area[0] == '\0' ||
	       (known && (member->all_areas || naive_in(area, member->areas,
						   member->area_count)));
}

static bool
naive_desk_ok(const char *desk, const struct reg_member *member)
{
	return desk[0] == '\0' ||
	       naive_in(desk, member->desks, member->desk_count);
}

static bool
naive_party(const struct party *p, const char *id, const char *desk,
    const char *area)
{
	const struct reg_member *m = naive_member(id);

	if (strcmp(p->member, "") != 0)
		return strcmp(p->member, id) == 0 &&
		       (strcmp(p->desk, "") == 0 || strcmp(p->desk, desk) == 0);
	return strcmp(p->role, m->role) == 0 &&
	       (strcmp(p->area, "") == 0 || strcmp(area, "") == 0 ||
		   strcmp(p->area, area) == 0) &&
	       naive_area_ok(p->area, m);
}

static bool
naive_parties(const struct scene *s)
{
	const struct header *h = &s->header;
	bool straight =
	    naive_party(&s->record.from, h->from_member, h->from_desk,
		h->area) &&
	    naive_party(&s->record.to, h->to_member, h->to_desk, h->area);
	bool swapped =
	    naive_party(&s->record.to, h->from_member, h->from_desk, h->area) &&
	    naive_party(&s->record.from, h->to_member, h->to_desk, h->area);

	if (s->record.both_ways)
		return straight || swapped;
	return s->feedback ? swapped : straight;
}

static bool
naive_record(const struct scene *s, const struct reg_type *type, bool closing)
{
	const struct permission *r = &s->record;
	uint32_t free_back = s->feedback ? BIT(STATUS) | BIT(FACE) : 0;
	bool stands = s->standing.state == PERMISSION_GIVEN &&
		      s->standing.since_ms <= s->now_ms &&
		      r->valid_from_ms <= s->now_ms &&
		      s->now_ms < r->valid_until_ms &&
		      s->header.epoch == s->standing.epoch;

	if (!s->has_record || !naive_parties(s) || (!stands && !closing))
		return false;
	if (memcmp(&r->permission_id, &s->header.ground.permission_id, 16) ||
	    memcmp(&r->relation_ref, &s->header.relation_ref, 16) ||
	    r->kind != s->header.ground.kind)
		return false;
	if (!naive_in(type->id, r->types, r->type_count))
		return false;
	if (s->feedback && r->feedback && (s->categories & ~r->feedback))
		return false;
	return (s->categories & ~(r->categories | free_back)) == 0;
}

static bool
naive_categories(const struct scene *s, const struct reg_type *type)
{
	uint32_t lists = type->required | type->optional;
	uint32_t may = (lists | type->feedback) & (BIT(REQUEST) | BIT(STATUS));
	uint32_t must = 0;

	if (s->feedback)
		may = type->feedback;
	if (s->feedback && (s->header.event == EVENT_ERASED ||
			       s->header.event == EVENT_REVIEW))
		may = 0;
	if (s->header.event == EVENT_OFFER) {
		may = type->two_phase ? lists & BIT(REQUEST) : lists;
		must = type->required & may;
		may = s->feedback ? 0 : may;
	}
	if (s->header.event == EVENT_IDENTITY) {
		may = type->two_phase ? lists & ~BIT(REQUEST) : 0;
		must = type->required & may;
		may = s->feedback ? 0 : may;
	}
	return (s->categories & ~may) == 0 && (must & ~s->categories) == 0;
}

static bool
naive_law(const struct scene *s, const struct reg_type *type, bool closing)
{
	const struct ground *g = &s->header.ground;
	const struct attempts *a =
	    g->has_permission ? &s->record.attempts : &g->attempts;
	const char *name =
	    g->has_permission ? s->record.instrument : g->instrument;
	bool in_force = false;

	if (g->kind <= KIND_AGREES_TO_HELP)
		return g->has_permission;
	for (size_t i = 0; i < COUNT(world_instruments); i++) {
		const struct reg_instrument *law = &world_instruments[i];

		if (strcmp(law->id, name) != 0)
			continue;
		if (law->kind != g->kind)
			return false;
		in_force = law->from_ms <= s->now_ms &&
			   (law->until_ms == 0 || s->now_ms < law->until_ms);
	}
	if (strcmp(type->instrument, name) != 0 || (!in_force && !closing))
		return false;
	if (g->kind == KIND_POLICE_WPG && !s->feedback && !g->decision[0] &&
	    (s->header.event == EVENT_OFFER || s->categories))
		return false;
	if (s->has_record && s->standing.state == PERMISSION_OBJECTED &&
	    !closing)
		return false;
	return g->kind != KIND_DUTY_WITH_OBJECTION ||
	       s->header.event != EVENT_OFFER ||
	       (a->personal_contact && a->pointed_to_help &&
		   a->written_reminder && a->offer_not_refused);
}

static bool
naive_roles(const struct scene *s, const struct reg_type *type)
{
	const struct reg_member *from = naive_member(s->header.from_member);
	const struct reg_member *to = naive_member(s->header.to_member);
	const struct reg_member *sender = s->feedback ? to : from;
	const struct reg_member *recipient = s->feedback ? from : to;

	if (!naive_in(sender->role, type->from_roles, type->from_count) ||
	    !naive_in(recipient->role, type->to_roles, type->to_count))
		return false;
	if (!naive_desk_ok(s->header.from_desk, from) ||
	    !naive_desk_ok(s->header.to_desk, to))
		return false;
	if (!s->feedback && type->desk[0] && s->header.to_desk[0] &&
	    strcmp(type->desk, s->header.to_desk) != 0)
		return false;
	if (!s->feedback && !naive_area_ok(s->header.area, recipient))
		return false;
	return (s->categories & BIT(BSN)) == 0 ||
	       (naive_role(from->role)->bsn && naive_role(to->role)->bsn);
}

static bool
naive_permits(const struct scene *s)
{
	const struct reg_type *type = NULL;
	int e = s->header.event;
	bool closing =
	    s->categories == 0 &&
	    (e == EVENT_DECLINE || e == EVENT_COMPLETE || e == EVENT_CANCEL ||
		e == EVENT_CONFIRM_CANCEL || e == EVENT_MARK_ERROR ||
		e == EVENT_ERASED || e == EVENT_REVIEW);

	for (size_t i = 0; i < COUNT(world_types); i++)
		if (strcmp(world_types[i].id, s->header.type) == 0)
			type = &world_types[i];
	if (type == NULL || naive_member(s->header.from_member) == NULL ||
	    naive_member(s->header.to_member) == NULL)
		return false;
	if (s->header.ground.kind < 1 || s->header.ground.kind > 7 ||
	    !(type->kinds & (1u << s->header.ground.kind)))
		return false;
	if (s->header.ground.has_permission && !naive_record(s, type, closing))
		return false;
	return naive_roles(s, type) && naive_law(s, type, closing) &&
	       naive_categories(s, type) && s->now_ms < s->header.expires_ms;
}

/* xorshift64*: the same inputs on every run. */
static uint64_t seed;
static uint32_t
roll(uint32_t sides)
{
	seed ^= seed >> 12;
	seed ^= seed << 25;
	seed ^= seed >> 27;
	return (uint32_t)((seed * 2685821657736338717ull) >> 33) % sides;
}

static const char *
pick(const char *const *words, size_t count)
{
	return words[roll((uint32_t)count)];
}

static const char *const some_members[] = {"buurtteam", "wpi", "eigen-haard",
    "politie", "fatima-en-co", "stranger"};
static const char *const some_desks[] = {"", "", "inkomen", "schuldhulp",
    "osdorp", "zolder"};
static const char *const some_types[] = {"geldzorgen", "vocht-schimmel",
    "huurachterstand", "zorgmelding", "overlast", "acuut", "horoscoop"};
static const char *const some_areas[] = {"", "wildemanbuurt", "jacob-geelbuurt",
    "atlantis"};
static const char *const some_laws[] = {"", "wgs", "wpg", "convenant", "vitaal",
    "wgs-oud"};
static const char *const some_roles[] = {"wpi", "buurtteam", "corporatie",
    "wijkverbinder", "bakker"};
#define PICK(words) pick(words, COUNT(words))

static struct party
some_party(void)
{
	if (roll(2) == 0)
		return (
		    struct party){PICK(some_members), PICK(some_desks), "", ""};
	return (struct party){"", "", PICK(some_roles), PICK(some_areas)};
}

static void
change_header(struct scene *s)
{
	struct header *h = &s->header;

	switch (roll(11)) {
	case 0:
		h->from_member = PICK(some_members);
		break;
	case 1:
		h->to_member = PICK(some_members);
		break;
	case 2:
		h->from_desk = PICK(some_desks);
		break;
	case 3:
		h->to_desk = PICK(some_desks);
		break;
	case 4:
		h->type = PICK(some_types);
		break;
	case 5:
		h->area = PICK(some_areas);
		break;
	case 6:
		h->event = (enum referral_event)(1 + roll(24));
		break;
	case 7:
		h->ground.kind = (enum permission_kind)roll(9);
		break;
	case 8:
		h->ground.has_permission = !h->ground.has_permission;
		break;
	case 9:
		h->ground.instrument = PICK(some_laws);
		break;
	default:
		h->ground.decision = roll(2) ? "" : "2026-1";
		h->ground.attempts.written_reminder = roll(2);
		h->epoch = roll(3);
		break;
	}
}

static void
change_record(struct scene *s)
{
	struct permission *r = &s->record;

	switch (roll(10)) {
	case 0:
		r->from = some_party();
		break;
	case 1:
		r->to = some_party();
		break;
	case 2:
		r->both_ways = !r->both_ways;
		break;
	case 3:
		r->types[0] = PICK(some_types);
		break;
	case 4:
		r->categories ^= 1u << (1 + roll(CATEGORY_COUNT));
		break;
	case 5:
		r->feedback ^= 1u << (1 + roll(CATEGORY_COUNT));
		break;
	case 6:
		r->valid_from_ms = NOW_MS + roll(3) - 1;
		break;
	case 7:
		r->valid_until_ms = NOW_MS + roll(3) - 1;
		break;
	case 8:
		r->instrument = PICK(some_laws);
		break;
	default:
		r->kind = (enum permission_kind)(1 + roll(7));
		r->permission_id.b[0] ^= roll(2);
		break;
	}
}

static void
change_rest(struct scene *s)
{
	switch (roll(7)) {
	case 0:
		s->categories ^= 1u << (1 + roll(CATEGORY_COUNT));
		break;
	case 1:
		s->categories = 0;
		break;
	case 2:
		s->has_record = !s->has_record;
		break;
	case 3:
		s->feedback = !s->feedback;
		break;
	case 4:
		s->now_ms += ((int64_t)roll(7) - 3) * 200 * DAY_MS;
		break;
	case 5:
		s->standing.state = (enum permission_event)(1 + roll(8));
		break;
	default:
		s->standing.epoch = roll(3);
		break;
	}
}

static void (*const changes[])(
    struct scene *) = {change_header, change_record, change_rest};

static void
test_random_inputs_are_permitted_only_as_the_prose_says(void **state)
{
	unsigned permitted = 0;
	const unsigned rounds = 10000;

	(void)state;
	seed = 0x5eed2026;
	for (unsigned i = 0; i < rounds; i++) {
		struct scene s = scenes[roll(COUNT(scenes))]();
		uint32_t count = roll(5);
		bool naive;

		if (!s.has_record) {
			s.record = world_consent();
			s.standing = standing_new(&s.record);
		}
		while (count-- > 0)
			changes[roll(COUNT(changes))](&s);
		naive = naive_permits(&s);
		if ((ask(&s, NULL) == REASON_NONE) != naive)
			print_error("round %u: the prose says %d\n", i, naive);
		assert_int_equal(ask(&s, NULL) == REASON_NONE, naive);
		permitted += naive;
	}
	assert_in_range(permitted, rounds / 10, rounds / 2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(
		test_random_inputs_are_permitted_only_as_the_prose_says),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
