/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_TESTS_BROKER_WORLD_H
#define WH_TESTS_BROKER_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "consent/covenant.h"
#include "consent/keyfile.h"
#include "proto/base/mem.h"
#include "proto/wire_permission.h"
#include "proto/wire_withdrawal.h"
#include "tests/support.h"

/*
 * The people of the broker's tests: an alliance that signs the example
 * covenant, four of its members with fresh keys, and the letters and records
 * that they sign. What is sealed is random: the broker cannot tell.
 */
#define DAY_MS       (24ll * 3600 * 1000)
#define WORLD_NOW_MS (20700ll * DAY_MS) /* September 2026 */
#define COVENANT     WH_SOURCE_DIR "/ops/covenant-nieuw-west.yaml"
#define WORLD_ORIGIN "hub.example.org/nieuw-west"
#define WORLD_CODE   "warm-water"

#define BIT(name) (1u << CATEGORY_##name)

enum who {
	BUURTTEAM,
	WPI,
	EIGEN_HAARD,
	POLITIE,
	WHO_COUNT
};

static const char *const who_name[WHO_COUNT] = {"buurtteam", "wpi",
    "eigen-haard", "politie"};

/* Bytes on the heap. */
struct bytes {
	uint8_t *p;
	size_t len;
};

struct people {
	struct arena arena; /* of the register */
	struct wh_register reg;
	struct key_secrets alliance;
	struct key_secrets hub;
	struct key_secrets member[WHO_COUNT];
	uint64_t ids;      /* counter */
	unsigned consents; /* the first has WORLD_CODE */
};

static inline struct span
span_bytes(const struct bytes *bytes)
{
	return span_of(bytes->p, bytes->len);
}

/* Ids in order, so that two runs of a test have the same. */
static inline struct id
people_id(struct people *p)
{
	struct id id = {{0x01, 0x8f}};

	p->ids++;
	for (int i = 0; i < 8; i++)
		id.b[8 + i] = (uint8_t)(p->ids >> (56 - 8 * i));
	return id;
}

static inline struct reg_member *
people_member(struct people *p, const char *id)
{
	for (size_t i = 0; i < p->reg.member_count; i++)
		if (strcmp(p->reg.members[i].id, id) == 0)
			return &p->reg.members[i];
	fail_msg("no member %s", id);
	return NULL;
}

/* Room for a second key of each use, for the tests of revocation. */
static inline void
people_keys(struct people *p, enum who who)
{
	struct reg_member *m = people_member(p, who_name[who]);
	const struct key_secrets *keys = &p->member[who];

	m->keys = arena_alloc(&p->arena, 6 * sizeof(*m->keys));
	assert_non_null(m->keys);
	m->key_count = 3;
	m->keys[0].use = KEY_TRANSPORT;
	memcpy(m->keys[0].key, keys->transport.public_key, 32);
	m->keys[1].use = KEY_SIGNING;
	memcpy(m->keys[1].key, keys->signing.public_key, 32);
	m->keys[2].use = KEY_SEALING;
	memcpy(m->keys[2].key, keys->sealing_public, 32);
	for (size_t i = 0; i < m->key_count; i++)
		m->keys[i].from_ms = 1;
}

/* The hub's pair, with room for the next one. */
static inline void
people_hub_keys(struct people *p)
{
	struct reg_key *keys = arena_alloc(&p->arena, 4 * sizeof(*keys));

	assert_non_null(keys);
	keys[0] = (struct reg_key){.use = KEY_TRANSPORT, .from_ms = 1};
	memcpy(keys[0].key, p->hub.transport.public_key, 32);
	keys[1] = (struct reg_key){.use = KEY_SIGNING, .from_ms = 1};
	memcpy(keys[1].key, p->hub.signing.public_key, 32);
	p->reg.hub_keys = keys;
	p->reg.hub_key_count = 2;
}

static inline void
people_init(struct people *p)
{
	struct why why = {""};

	*p = (struct people){0};
	arena_init(&p->arena, 4u << 20);
	if (covenant_load(&p->arena, COVENANT, &p->reg, &why) != WH_OK)
		fail_msg("%s", why.text);
	assert_int_equal(key_secrets_new(KEYFILE_ALLIANCE, &p->alliance),
	    WH_OK);
	assert_int_equal(key_secrets_new(KEYFILE_HUB, &p->hub), WH_OK);
	for (enum who who = BUURTTEAM; who < WHO_COUNT; who++) {
		assert_int_equal(key_secrets_new(KEYFILE_MEMBER,
				     &p->member[who]),
		    WH_OK);
		people_keys(p, who);
	}
	people_hub_keys(p);
	p->reg.log_origin = WORLD_ORIGIN;
	p->reg.signed_ms = WORLD_NOW_MS;
}

static inline void
people_fini(struct people *p)
{
	arena_fini(&p->arena);
}

/* The register as it stands now, under this version; free(3). */
static inline struct bytes
people_register(struct people *p, uint64_t version)
{
	struct bytes out = {0};
	struct why why = {""};

	p->reg.version = version;
	if (register_sign(&p->reg, &p->alliance.signing, &out.p, &out.len,
		&why) != WH_OK)
		fail_msg("%s", why.text);
	return out;
}

/* What a test says about a letter; the rest is filled in. */
struct letter {
	struct header header;
	uint32_t categories;
	size_t size; /* of each sealed section; 0: the smallest */
};

/* The buurtteam offers money worries to WPI, in two phases. */
static inline struct letter
letter_offer(struct people *p, const struct permission *permission,
    int64_t now_ms)
{
	return (struct letter){
	    .header =
		{
		    .message_id = people_id(p),
		    .case_ref = people_id(p),
		    .relation_ref = permission->relation_ref,
		    .from_member = "buurtteam",
		    .from_desk = "osdorp",
		    .to_member = "wpi",
		    .to_desk = "inkomen",
		    .type = "geldzorgen",
		    .area = "wildemanbuurt",
		    .event = EVENT_OFFER,
		    .ground = {.kind = KIND_CONSENT_AVG,
			.has_permission = true,
			.permission_id = permission->permission_id,
			.instrument = "",
			.decision = ""},
		    .epoch = 1,
		    .created_ms = now_ms,
		    .expires_ms = now_ms + 14 * DAY_MS,
		},
	    .categories = BIT(REQUEST),
	};
}

/* The landlord signals arrears to WPI by law, in one phase. */
static inline struct letter
letter_duty(struct people *p, struct id relation_ref, int64_t now_ms)
{
	return (struct letter){
	    .header =
		{
		    .message_id = people_id(p),
		    .case_ref = people_id(p),
		    .relation_ref = relation_ref,
		    .from_member = "eigen-haard",
		    .from_desk = "",
		    .to_member = "wpi",
		    .to_desk = "schuldhulp",
		    .type = "huurachterstand",
		    .area = "dichtersbuurt",
		    .event = EVENT_OFFER,
		    .ground = {.kind = KIND_DUTY_WITH_OBJECTION,
			.instrument = "wgs-vroegsignalering",
			.attempts = {true, true, true, true},
			.decision = ""},
		    .created_ms = now_ms,
		    .expires_ms = now_ms + 14 * DAY_MS,
		},
	    .categories = BIT(CONTACT) | BIT(ADDRESS) | BIT(ARREARS),
	};
}

/* Another message about the same referral, by its sender. */
static inline struct letter
letter_next(struct people *p, const struct letter *offer,
    enum referral_event event)
{
	struct letter letter = *offer;

	letter.header.message_id = people_id(p);
	letter.header.event = event;
	letter.header.code = CODE_NONE;
	letter.categories = 0;
	if (event == EVENT_IDENTITY)
		letter.categories = BIT(CONTACT);
	return letter;
}

/* The same by its recipient. */
static inline struct letter
letter_back(struct people *p, const struct letter *offer,
    enum referral_event event, enum code code)
{
	struct letter letter = letter_next(p, offer, event);

	letter.header.from_member = offer->header.to_member;
	letter.header.from_desk = offer->header.to_desk;
	letter.header.to_member = offer->header.from_member;
	letter.header.to_desk = offer->header.from_desk;
	letter.header.code = code;
	return letter;
}

static inline enum who
who_is(const char *member)
{
	for (enum who who = BUURTTEAM; who < WHO_COUNT; who++)
		if (strcmp(who_name[who], member) == 0)
			return who;
	fail_msg("%s has no keys", member);
	return WHO_COUNT;
}

/* Sealed and signed by its from_member; free with mem_free(). */
static inline struct bytes
letter_seal(struct people *p, const struct letter *letter)
{
	static uint8_t sealed[SECTION_MAX + 16];
	struct envelope envelope = {0};
	uint8_t encapsulation[32], *header = NULL, *body = NULL;
	enum who from = who_is(letter->header.from_member);
	struct bytes out = {0};
	size_t len;

	if (sealed[0] == 0)
		random_fill(sealed, sizeof(sealed));
	random_fill(encapsulation, sizeof(encapsulation));
	assert_int_equal(wire_header_write(&letter->header, &header, &len),
	    WH_OK);
	envelope.header_bytes = span_of(header, len);
	for (unsigned c = 1; c <= CATEGORY_COUNT; c++)
		if (letter->categories & (1u << c))
			envelope.sections[envelope.section_count++] =
			    (struct section){(enum category)c,
				span_of(sealed,
				    (letter->size ? letter->size : PAD_MIN) +
					16)};
	if (envelope.section_count > 0) {
		envelope.encapsulation = span_of(encapsulation, 32);
		envelope.sealing_key_id = wire_key_id(
		    p->member[who_is(letter->header.to_member)].sealing_public);
	}
	assert_int_equal(wire_envelope_write(&envelope, &body, &len), WH_OK);
	assert_int_equal(wire_sign(&p->member[from].signing,
			     WIRE_DOMAIN_ENVELOPE, span_of(body, len), &out.p,
			     &out.len),
	    WH_OK);
	mem_free(header);
	mem_free(body);
	return out;
}

/* The buurtteam may share money worries with WPI, for some months. */
static inline struct permission
people_consent(struct people *p, int64_t now_ms)
{
	static struct hash text, code;
	struct permission permission = {
	    .permission_id = people_id(p),
	    .schema_version = PERMISSION_SCHEMA,
	    .version = 1,
	    .kind = KIND_CONSENT_AVG,
	    .instrument = "",
	    .relation_ref = people_id(p),
	    .from = {"buurtteam", "", "", ""},
	    .to = {"wpi", "", "", ""},
	    .purpose_id = "geldzorgen",
	    .purpose_version = 1,
	    .purpose_language = "nl",
	    .type_count = 1,
	    .types = {"geldzorgen"},
	    .categories = BIT(CONTACT) | BIT(REQUEST) | BIT(FINANCE),
	    .valid_from_ms = now_ms - DAY_MS,
	    .valid_until_ms = now_ms + 100 * DAY_MS,
	    .how = CAPTURE_IN_PERSON,
	    .professional = span_str("sealed"),
	    .notice_version = "1",
	    .disclosure = DISCLOSURE_IMMEDIATE,
	    .disclosure_article = "",
	    .activity = "https://wijkhub.example/verwerkingen/hulp",
	    .retention_working_days = 20,
	    .break_glass_ground = "",
	    .break_glass_reviewer = "",
	    .epoch = 1,
	    .captured_by = "buurtteam",
	};

	text = hash_span(span_str("Mag ik dit delen met WPI?"));
	code = p->consents++ == 0
		   ? hash_span(span_str(WORLD_CODE))
		   : hash_span(span_id(&permission.permission_id));
	permission.purpose_text_hash = span_of(text.b, HASH_LEN);
	permission.withdrawal_code_hash = span_of(code.b, HASH_LEN);
	return permission;
}

static inline struct permission
people_duty(struct people *p, struct id relation_ref, int64_t now_ms)
{
	struct permission permission = people_consent(p, now_ms);

	permission.kind = KIND_DUTY_WITH_OBJECTION;
	permission.instrument = "wgs-vroegsignalering";
	permission.relation_ref = relation_ref;
	permission.from.member = "eigen-haard";
	permission.types[0] = "huurachterstand";
	permission.categories = BIT(CONTACT) | BIT(ADDRESS) | BIT(ARREARS);
	permission.activity =
	    "https://wijkhub.example/verwerkingen/vroegsignalering";
	permission.withdrawal_code_hash = (struct span){0};
	permission.attempts = (struct attempts){true, true, true, true};
	permission.captured_by = "eigen-haard";
	return permission;
}

/* Signed by who, rightly or not; mem_free(). */
static inline struct bytes
permission_sign(struct people *p, const struct permission *permission,
    enum who who)
{
	struct bytes out = {0};
	uint8_t *body = NULL;
	size_t len;

	assert_int_equal(wire_permission_write(permission, &body, &len), WH_OK);
	assert_int_equal(wire_sign(&p->member[who].signing,
			     WIRE_DOMAIN_PERMISSION, span_of(body, len), &out.p,
			     &out.len),
	    WH_OK);
	mem_free(body);
	return out;
}

static inline struct permission_change
people_change(struct people *p, const struct permission *permission,
    enum permission_event event, enum who by, int64_t now_ms)
{
	return (struct permission_change){
	    .event_id = people_id(p),
	    .has_permission = true,
	    .permission_id = permission->permission_id,
	    .event = event,
	    .recorded_ms = now_ms,
	    .effective_ms = now_ms,
	    .by_member = who_name[by],
	    .by_human = true,
	};
}

static inline struct bytes
change_sign(struct people *p, const struct permission_change *change,
    enum who who)
{
	struct bytes out = {0};
	uint8_t *body = NULL;
	size_t len;

	assert_int_equal(wire_permission_change_write(change, &body, &len),
	    WH_OK);
	assert_int_equal(wire_sign(&p->member[who].signing,
			     WIRE_DOMAIN_PERMISSION_EVENT, span_of(body, len),
			     &out.p, &out.len),
	    WH_OK);
	mem_free(body);
	return out;
}

/* A report of who on the end of a permission, signed; mem_free(). */
static inline struct bytes
carried_sign(struct people *p, const struct carried *carried, enum who who)
{
	struct bytes out = {0};
	uint8_t *body = NULL;
	size_t len;

	assert_int_equal(wire_carried_write(carried, &body, &len), WH_OK);
	assert_int_equal(wire_sign(&p->member[who].signing, WIRE_DOMAIN_CARRIED,
			     span_of(body, len), &out.p, &out.len),
	    WH_OK);
	mem_free(body);
	return out;
}

static inline struct carried
people_report(struct people *p, const struct permission *permission,
    enum who who, int64_t now_ms)
{
	return (struct carried){.report_id = people_id(p),
	    .permission_id = permission->permission_id,
	    .epoch = permission->epoch + 1,
	    .by_member = who_name[who],
	    .at_ms = now_ms};
}

#endif
