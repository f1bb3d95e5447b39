/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_TESTS_CONSENT_SCENE_H
#define WH_TESTS_CONSENT_SCENE_H

#include "consent/decide.h"
#include "tests/consent_world.h"

/* One question, with everything that it points to in reach of the test. */
struct scene {
	struct header header;
	uint32_t categories;
	bool has_record; /* known: named by the header, or on file */
	struct permission record;
	struct standing standing;
	bool feedback;
	int64_t now_ms;
};

static inline enum reason
ask(const struct scene *s, struct why *why)
{
	struct decide_input in = {.reg = &world,
	    .header = &s->header,
	    .categories = s->categories,
	    .permission = s->has_record ? &s->record : NULL,
	    .standing = s->has_record ? &s->standing : NULL,
	    .feedback = s->feedback,
	    .now_ms = s->now_ms};

	return decide(&in, why);
}

/* The buurtteam offers money worries to WPI, by consent, in two phases. */
static inline struct scene
by_consent(void)
{
	struct scene s = {
	    .header = {.message_id = {{7}},
		.case_ref = {{8}},
		.relation_ref = {{2}},
		.from_member = "buurtteam",
		.from_desk = "osdorp",
		.to_member = "wpi",
		.to_desk = "inkomen",
		.type = "geldzorgen",
		.area = "wildemanbuurt",
		.event = EVENT_OFFER,
		.ground = {.kind = KIND_CONSENT_AVG,
		    .has_permission = true,
		    .permission_id = {{1}},
		    .instrument = "",
		    .decision = ""},
		.epoch = 1,
		.created_ms = NOW_MS,
		.expires_ms = NOW_MS + DAY_MS},
	    .categories = BIT(REQUEST),
	    .has_record = true,
	    .record = world_consent(),
	    .now_ms = NOW_MS,
	};

	s.standing = standing_new(&s.record);
	return s;
}

/* Damp and mould to the landlord, by consent, in one phase. */
static inline struct scene
to_landlord(void)
{
	struct scene s = by_consent();

	s.header.type = "vocht-schimmel";
	s.header.to_member = "eigen-haard";
	s.header.to_desk = "";
	s.header.area = "jacob-geelbuurt";
	s.record.types[0] = "vocht-schimmel";
	s.record.to.member = "eigen-haard";
	s.record.categories = BIT(CONTACT) | BIT(ADDRESS) | BIT(HOUSING) |
			      BIT(REQUEST) | BIT(BSN);
	s.categories = BIT(CONTACT) | BIT(ADDRESS) | BIT(HOUSING);
	return s;
}

/* The same from an informal party. */
static inline struct scene
from_informal(void)
{
	struct scene s = to_landlord();

	s.header.from_member = "fatima-en-co";
	s.header.from_desk = "";
	s.record.from.member = "fatima-en-co";
	s.record.categories |= BIT(ADDICTION);
	return s;
}

/* Rent arrears, by law: no record needed. */
static inline struct scene
by_duty(void)
{
	struct scene s = by_consent();

	s.header.from_member = "eigen-haard";
	s.header.from_desk = "";
	s.header.to_desk = "schuldhulp";
	s.header.type = "huurachterstand";
	s.header.ground = (struct ground){.kind = KIND_DUTY_WITH_OBJECTION,
	    .instrument = "wgs",
	    .attempts = {true, true, true, true},
	    .decision = ""};
	s.header.epoch = 0;
	s.categories = BIT(CONTACT) | BIT(ADDRESS) | BIT(ARREARS);
	s.has_record = false;
	return s;
}

/* The same by law, with a record on file that still stands. */
static inline struct scene
by_duty_on_file(void)
{
	struct scene s = by_duty();

	s.has_record = true;
	s.record = world_duty();
	s.standing = standing_new(&s.record);
	return s;
}

/* The same on a statutory record that the header names. */
static inline struct scene
by_duty_record(void)
{
	struct scene s = by_duty_on_file();

	s.header.ground.has_permission = true;
	s.header.ground.permission_id = s.record.permission_id;
	s.header.ground.instrument = "";
	s.header.epoch = 1;
	return s;
}

static inline struct scene
by_police(void)
{
	struct scene s = by_consent();

	s.header.from_member = "politie";
	s.header.from_desk = "";
	s.header.to_member = "buurtteam";
	s.header.to_desk = "";
	s.header.type = "zorgmelding";
	s.header.ground = (struct ground){.kind = KIND_POLICE_WPG,
	    .instrument = "wpg",
	    .decision = "2026-0042"};
	s.header.epoch = 0;
	s.categories = BIT(CONTACT) | BIT(SAFETY) | BIT(BSN);
	s.has_record = false;
	return s;
}

/* WPI answers the buurtteam. */
static inline struct scene
answer(void)
{
	struct scene s = by_consent();

	s.header.from_member = "wpi";
	s.header.from_desk = "inkomen";
	s.header.to_member = "buurtteam";
	s.header.to_desk = "osdorp";
	s.header.event = EVENT_ACCEPT;
	s.categories = BIT(STATUS) | BIT(FACE);
	s.feedback = true;
	return s;
}

/* The landlord answers; the covenant lets HOUSING flow back. */
static inline struct scene
answer_of_landlord(void)
{
	struct scene s = to_landlord();

	s.header.from_member = "eigen-haard";
	s.header.from_desk = "";
	s.header.to_member = "buurtteam";
	s.header.event = EVENT_COMPLETE;
	s.categories = BIT(STATUS) | BIT(HOUSING);
	s.feedback = true;
	return s;
}

typedef struct scene scene_fn(void);
static scene_fn *const scenes[] = {by_consent, to_landlord, from_informal,
    by_duty, by_duty_on_file, by_duty_record, by_police, answer,
    answer_of_landlord};

#endif
