/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_TESTS_CONSENT_WORLD_H
#define WH_TESTS_CONSENT_WORLD_H

#include "consent/permission.h"
#include "proto/base/hash.h"

/* A small covenant that the tests of permissions and decisions share. */

#define DAY_MS       (24ll * 3600 * 1000)
#define NOW_MS       (20700ll * DAY_MS) /* in September 2026 */
#define COUNT(array) (sizeof(array) / sizeof(*(array)))

#define BIT(name)  (1u << CATEGORY_##name)
#define KIND(name) (1u << KIND_##name)

static struct reg_area world_areas[] = {
    {.id = "wildemanbuurt"},
    {.id = "jacob-geelbuurt"},
};

static struct reg_role world_roles[] = {
    {.id = "corporatie"},
    {.id = "buurtteam", .bsn = true},
    {.id = "wpi", .bsn = true},
    {.id = "politie", .bsn = true},
    {.id = "wijkverbinder", .informal = true},
};

static const char *world_eigen_haard_areas[] = {"jacob-geelbuurt"};
static const char *world_wpi_desks[] = {"inkomen", "schuldhulp"};
static const char *world_buurtteam_desks[] = {"osdorp"};

static struct reg_member world_members[] = {
    {.id = "buurtteam",
	.role = "buurtteam",
	.all_areas = true,
	.desk_count = 1,
	.desks = world_buurtteam_desks},
    {.id = "wpi",
	.role = "wpi",
	.all_areas = true,
	.desk_count = 2,
	.desks = world_wpi_desks},
    {.id = "eigen-haard",
	.role = "corporatie",
	.area_count = 1,
	.areas = world_eigen_haard_areas},
    {.id = "politie", .role = "politie", .all_areas = true},
    {.id = "fatima-en-co", .role = "wijkverbinder", .all_areas = true},
};

static struct reg_instrument world_instruments[] = {
    {.id = "wgs", .kind = KIND_DUTY_WITH_OBJECTION, .from_ms = 1},
    {.id = "wpg",
	.kind = KIND_POLICE_WPG,
	.from_ms = 1,
	.until_ms = NOW_MS + 400 * DAY_MS},
    {.id = "convenant", .kind = KIND_PUBLIC_TASK, .from_ms = 1},
    {.id = "vitaal",
	.kind = KIND_VITAL_INTEREST,
	.from_ms = 1,
	.review_within_working_days = 2},
};

static const char *world_helpers[] = {"buurtteam", "corporatie", "politie",
    "wijkverbinder"};
static const char *world_wpi[] = {"wpi"};
static const char *world_corporatie[] = {"corporatie"};
static const char *world_politie[] = {"politie"};
static const char *world_buurtteam[] = {"buurtteam"};

static struct reg_type world_types[] = {
    {.id = "geldzorgen",
	.from_count = 4,
	.from_roles = world_helpers,
	.to_count = 1,
	.to_roles = world_wpi,
	.desk = "",
	.kinds = KIND(CONSENT_AVG) | KIND(AGREES_TO_HELP),
	.instrument = "",
	.two_phase = true,
	.required = BIT(CONTACT) | BIT(REQUEST),
	.optional = BIT(FINANCE) | BIT(HOUSEHOLD) | BIT(BSN),
	.feedback = BIT(STATUS) | BIT(FACE),
	.activity = ""},
    {.id = "vocht-schimmel",
	.from_count = 4,
	.from_roles = world_helpers,
	.to_count = 1,
	.to_roles = world_corporatie,
	.desk = "",
	.kinds = KIND(CONSENT_AVG),
	.instrument = "",
	.required = BIT(CONTACT) | BIT(ADDRESS) | BIT(HOUSING),
	.optional = BIT(REQUEST) | BIT(BSN),
	.feedback = BIT(STATUS) | BIT(HOUSING),
	.activity = ""},
    {.id = "huurachterstand",
	.from_count = 1,
	.from_roles = world_corporatie,
	.to_count = 1,
	.to_roles = world_wpi,
	.desk = "schuldhulp",
	.kinds = KIND(DUTY_WITH_OBJECTION),
	.instrument = "wgs",
	.required = BIT(CONTACT) | BIT(ADDRESS) | BIT(ARREARS),
	.feedback = BIT(STATUS),
	.activity = ""},
    {.id = "zorgmelding",
	.from_count = 1,
	.from_roles = world_politie,
	.to_count = 1,
	.to_roles = world_buurtteam,
	.desk = "",
	.kinds = KIND(POLICE_WPG),
	.instrument = "wpg",
	.required = BIT(CONTACT) | BIT(SAFETY),
	.optional = BIT(BSN),
	.feedback = BIT(STATUS),
	.activity = ""},
    {.id = "overlast",
	.from_count = 4,
	.from_roles = world_helpers,
	.to_count = 1,
	.to_roles = world_buurtteam,
	.desk = "",
	.kinds = KIND(PUBLIC_TASK) | KIND(AGREES_TO_HELP),
	.instrument = "convenant",
	.required = BIT(ADDRESS) | BIT(NUISANCE),
	.feedback = BIT(STATUS),
	.activity = ""},
    {.id = "acuut",
	.from_count = 4,
	.from_roles = world_helpers,
	.to_count = 1,
	.to_roles = world_politie,
	.desk = "",
	.kinds = KIND(VITAL_INTEREST),
	.instrument = "vitaal",
	.required = BIT(CONTACT) | BIT(ADDRESS) | BIT(SAFETY),
	.feedback = BIT(STATUS),
	.activity = ""},
};

static const struct wh_register world = {
    .covenant = "test",
    .version = 1,
    .holidays = "nl",
    .area_count = COUNT(world_areas),
    .areas = world_areas,
    .role_count = COUNT(world_roles),
    .roles = world_roles,
    .member_count = COUNT(world_members),
    .members = world_members,
    .instrument_count = COUNT(world_instruments),
    .instruments = world_instruments,
    .type_count = COUNT(world_types),
    .types = world_types,
};

/* SHA-256 of "warm-water", the code on the receipt. */
#define WORLD_CODE "warm-water"
static struct hash world_code_hash;
static struct hash world_text_hash;

/* The buurtteam may share money worries with WPI, for a year. */
static inline struct permission
world_consent(void)
{
	struct permission p = {
	    .permission_id = {{1}},
	    .schema_version = PERMISSION_SCHEMA,
	    .version = 1,
	    .kind = KIND_CONSENT_AVG,
	    .instrument = "",
	    .relation_ref = {{2}},
	    .from = {"buurtteam", "", "", ""},
	    .to = {"wpi", "", "", ""},
	    .purpose_id = "geldzorgen",
	    .purpose_version = 1,
	    .purpose_language = "nl",
	    .type_count = 1,
	    .types = {"geldzorgen"},
	    .categories = BIT(CONTACT) | BIT(REQUEST) | BIT(FINANCE) | BIT(BSN),
	    .valid_from_ms = NOW_MS - DAY_MS,
	    .valid_until_ms = NOW_MS + 100 * DAY_MS,
	    .how = CAPTURE_IN_PERSON,
	    .professional = span_str("sealed"),
	    .notice_version = "1",
	    .disclosure = DISCLOSURE_IMMEDIATE,
	    .disclosure_article = "",
	    .activity = "https://example.org/avg/geldzorgen",
	    .retention_working_days = 20,
	    .break_glass_ground = "",
	    .break_glass_reviewer = "",
	    .epoch = 1,
	    .captured_by = "buurtteam",
	};

	world_code_hash = hash_span(span_str(WORLD_CODE));
	world_text_hash = hash_span(span_str("Mag ik dit delen met WPI?"));
	p.withdrawal_code_hash = span_of(world_code_hash.b, HASH_LEN);
	p.purpose_text_hash = span_of(world_text_hash.b, HASH_LEN);
	return p;
}

/* A statutory record: eigen-haard to WPI, on the duty to signal arrears. */
static inline struct permission
world_duty(void)
{
	struct permission p = world_consent();

	p.permission_id = (struct id){{3}};
	p.kind = KIND_DUTY_WITH_OBJECTION;
	p.instrument = "wgs";
	p.from.member = "eigen-haard";
	p.to.desk = "schuldhulp";
	p.types[0] = "huurachterstand";
	p.categories = BIT(CONTACT) | BIT(ADDRESS) | BIT(ARREARS);
	p.withdrawal_code_hash = (struct span){0};
	p.attempts = (struct attempts){true, true, true, true};
	p.captured_by = "eigen-haard";
	return p;
}

#endif
