/* SPDX-License-Identifier: EUPL-1.2 */
#include "proto/envelope.pb-c.h"
#include "proto/wire.h"
#include "proto/wire_check.h"

/* All fields at their longest stay well below. */
#define HEADER_MAX 2048

#define TAG_LEN 16 /* AES-256-GCM */

/* The step above SECTION_MAX, which a full section and its length need. */
#define CIPHERTEXT_MAX (2 * SECTION_MAX + TAG_LEN)

static const struct wire_rule attempts_rules[] = {
    WIRE_RULE("personal_contact", WIRE_ANY, 0, 0),
    WIRE_RULE("pointed_to_help", WIRE_ANY, 0, 0),
    WIRE_RULE("written_reminder", WIRE_ANY, 0, 0),
    WIRE_RULE("offer_not_refused", WIRE_ANY, 0, 0),
};

const struct wire_message wire_rules_attempts = {
    .descriptor = &wijkhub__attempts__descriptor,
    WIRE_RULES(attempts_rules),
};

static const char *
ground_across(const struct ProtobufCMessage *message)
{
	const Wijkhub__Ground *m = (const Wijkhub__Ground *)message;
	bool has_instrument = m->instrument != NULL && *m->instrument != '\0';
	bool has_decision = m->decision != NULL && *m->decision != '\0';

	if ((m->permission_id.len > 0) == has_instrument)
		return "exactly one of permission_id and instrument must be "
		       "given";
	if (m->attempts != NULL && m->kind != KIND_DUTY_WITH_OBJECTION)
		return "attempts belong to DUTY_WITH_OBJECTION only";
	if (has_decision && m->kind != KIND_POLICE_WPG)
		return "decision belongs to POLICE_WPG only";
	return NULL;
}

static const struct wire_rule ground_rules[] = {
    WIRE_RULE_TERM("kind", WIRE_TERM, 1, UINT32_MAX, TERMS_PERMISSION_KINDS),
    WIRE_RULE("permission_id", WIRE_ID, 0, 16),
    WIRE_RULE("instrument", WIRE_SLUG, 0, NAME_MAX_LEN),
    WIRE_RULE_OF("attempts", WIRE_MESSAGE, 0, 1, &wire_rules_attempts),
    WIRE_RULE("decision", WIRE_TOKEN, 0, REFERENCE_MAX_LEN),
};

static const struct wire_message ground = {
    .descriptor = &wijkhub__ground__descriptor,
    WIRE_RULES(ground_rules),
    .across = ground_across,
};

static const char *
header_across(const struct ProtobufCMessage *message)
{
	const Wijkhub__Header *m = (const Wijkhub__Header *)message;

	if (m->expires_ms <= m->created_ms ||
	    m->expires_ms - m->created_ms > EXPIRES_MAX_MS)
		return "expires_ms must be after created_ms, 90 days at most";
	if (m->epoch != 0 && m->ground->permission_id.len == 0)
		return "epoch must be 0 for an instrument";
	return NULL;
}

static const struct wire_rule header_rules[] = {
    WIRE_RULE("message_id", WIRE_ID, 16, 16),
    WIRE_RULE("case_ref", WIRE_ID, 16, 16),
    WIRE_RULE("relation_ref", WIRE_ID, 16, 16),
    WIRE_RULE("from_member", WIRE_SLUG, 1, NAME_MAX_LEN),
    WIRE_RULE("from_desk", WIRE_SLUG, 0, NAME_MAX_LEN),
    WIRE_RULE("to_member", WIRE_SLUG, 1, NAME_MAX_LEN),
    WIRE_RULE("to_desk", WIRE_SLUG, 0, NAME_MAX_LEN),
    WIRE_RULE("type", WIRE_SLUG, 1, NAME_MAX_LEN),
    WIRE_RULE("area", WIRE_SLUG, 0, NAME_MAX_LEN),
    WIRE_RULE_TERM("event", WIRE_TERM, 1, EVENT_ENVELOPE_MAX, TERMS_EVENTS),
    WIRE_RULE_OF("ground", WIRE_MESSAGE, 1, 1, &ground),
    WIRE_RULE("epoch", WIRE_ANY, 0, 0),
    WIRE_RULE("created_ms", WIRE_NUMBER, 1, WIRE_TIME_MAX),
    WIRE_RULE("expires_ms", WIRE_NUMBER, 1, WIRE_TIME_MAX),
    WIRE_RULE_TERM("code", WIRE_TERM, 0, UINT32_MAX, TERMS_CODES),
    WIRE_RULE("urgent", WIRE_ANY, 0, 0),
    WIRE_RULE("no_automatic_notice", WIRE_ANY, 0, 0),
};

const struct wire_message wire_rules_header = {
    .descriptor = &wijkhub__header__descriptor,
    WIRE_RULES(header_rules),
    .max = HEADER_MAX,
    .across = header_across,
};

static const struct wire_rule section_rules[] = {
    WIRE_RULE_TERM("category", WIRE_TERM, 1, UINT32_MAX, TERMS_CATEGORIES),
    WIRE_RULE("ciphertext", WIRE_BYTES, PAD_MIN + TAG_LEN, CIPHERTEXT_MAX),
};

static const struct wire_message section = {
    .descriptor = &wijkhub__section__descriptor,
    WIRE_RULES(section_rules),
};

static const char *
body_across(const struct ProtobufCMessage *message)
{
	const Wijkhub__EnvelopeBody *m = (const Wijkhub__EnvelopeBody *)message;
	bool sealed = m->n_sections > 0;

	if ((m->encapsulation.len > 0) != sealed)
		return "encapsulation must be given with sections, and only "
		       "then";
	if ((m->sealing_key_id.len > 0) != sealed)
		return "sealing_key_id must be given with sections, and only "
		       "then";
	for (size_t i = 1; i < m->n_sections; i++) {
		if (m->sections[i]->category <= m->sections[i - 1]->category)
			return "sections must ascend by category without "
			       "doubles";
	}
	return NULL;
}

static const struct wire_rule body_rules[] = {
    WIRE_RULE("header", WIRE_BYTES, 1, HEADER_MAX),
    WIRE_RULE("encapsulation", WIRE_FIXED, 0, WIRE_KEY_LEN),
    WIRE_RULE("sealing_key_id", WIRE_FIXED, 0, WIRE_KEY_ID_LEN),
    WIRE_RULE_OF("sections", WIRE_MESSAGES, 0, CATEGORY_COUNT, &section),
};

const struct wire_message wire_rules_body = {
    .descriptor = &wijkhub__envelope_body__descriptor,
    WIRE_RULES(body_rules),
    .max = ENVELOPE_MAX,
    .across = body_across,
};

static void
ground_read(const Wijkhub__Ground *m, struct ground *out)
{
	out->kind = (enum permission_kind)m->kind;
	out->has_permission = m->permission_id.len > 0;
	out->permission_id = wire_check_id(WIRE_SPAN(m->permission_id));
	out->instrument = m->instrument;
	out->decision = m->decision;
	if (m->attempts == NULL)
		return;
	out->attempts = (struct attempts){
	    .personal_contact = m->attempts->personal_contact,
	    .pointed_to_help = m->attempts->pointed_to_help,
	    .written_reminder = m->attempts->written_reminder,
	    .offer_not_refused = m->attempts->offer_not_refused,
	};
}

static void
header_read(const Wijkhub__Header *m, struct header *out)
{
	*out = (struct header){
	    .message_id = wire_check_id(WIRE_SPAN(m->message_id)),
	    .case_ref = wire_check_id(WIRE_SPAN(m->case_ref)),
	    .relation_ref = wire_check_id(WIRE_SPAN(m->relation_ref)),
	    .from_member = m->from_member,
	    .from_desk = m->from_desk,
	    .to_member = m->to_member,
	    .to_desk = m->to_desk,
	    .type = m->type,
	    .area = m->area,
	    .event = (enum referral_event)m->event,
	    .epoch = m->epoch,
	    .created_ms = m->created_ms,
	    .expires_ms = m->expires_ms,
	    .code = (enum code)m->code,
	    .urgent = m->urgent,
	    .no_automatic_notice = m->no_automatic_notice,
	};
	ground_read(m->ground, &out->ground);
}

enum wh_err
wire_envelope_read(struct arena *arena, struct span body, struct envelope *out,
    struct why *why)
{
	const ProtobufCMessage *message = NULL, *header = NULL;
	const Wijkhub__EnvelopeBody *m;
	enum wh_err err;

	err = wire_check_read(arena, &wire_rules_body, body, &message, why);
	if (err != WH_OK)
		return err;
	m = (const Wijkhub__EnvelopeBody *)message;
	err = wire_check_read(arena, &wire_rules_header, WIRE_SPAN(m->header),
	    &header, why);
	if (err != WH_OK)
		return err;
	memset(out, 0, sizeof(*out));
	header_read((const Wijkhub__Header *)header, &out->header);
	out->header_bytes = WIRE_SPAN(m->header);
	out->encapsulation = WIRE_SPAN(m->encapsulation);
	if (m->sealing_key_id.len > 0)
		memcpy(out->sealing_key_id.b, m->sealing_key_id.data,
		    sizeof(out->sealing_key_id.b));
	for (size_t i = 0; i < m->n_sections; i++) {
		struct section *to = &out->sections[out->section_count++];

		to->category = (enum category)m->sections[i]->category;
		to->ciphertext = WIRE_SPAN(m->sections[i]->ciphertext);
		out->categories |= category_bit(to->category);
	}
	return WH_OK;
}

enum wh_err
wire_header_write(const struct header *in, uint8_t **out, size_t *len)
{
	Wijkhub__Header m;
	Wijkhub__Ground g;
	Wijkhub__Attempts a = WIJKHUB__ATTEMPTS__INIT;
	const struct attempts *attempts = &in->ground.attempts;

	wijkhub__header__init(&m);
	wijkhub__ground__init(&g);
	m.message_id = WIRE_DATA(span_id(&in->message_id));
	m.case_ref = WIRE_DATA(span_id(&in->case_ref));
	m.relation_ref = WIRE_DATA(span_id(&in->relation_ref));
	m.from_member = wire_unconst(in->from_member);
	m.from_desk = wire_unconst(in->from_desk);
	m.to_member = wire_unconst(in->to_member);
	m.to_desk = wire_unconst(in->to_desk);
	m.type = wire_unconst(in->type);
	m.area = wire_unconst(in->area);
	m.event = in->event;
	m.ground = &g;
	g.kind = in->ground.kind;
	if (in->ground.has_permission)
		g.permission_id = WIRE_DATA(span_id(&in->ground.permission_id));
	g.instrument = wire_unconst(in->ground.instrument);
	g.decision = wire_unconst(in->ground.decision);
	a.personal_contact = attempts->personal_contact;
	a.pointed_to_help = attempts->pointed_to_help;
	a.written_reminder = attempts->written_reminder;
	a.offer_not_refused = attempts->offer_not_refused;
	if (a.personal_contact || a.pointed_to_help || a.written_reminder ||
	    a.offer_not_refused)
		g.attempts = &a;
	m.epoch = in->epoch;
	m.created_ms = in->created_ms;
	m.expires_ms = in->expires_ms;
	m.code = in->code;
	m.urgent = in->urgent;
	m.no_automatic_notice = in->no_automatic_notice;
	return wire_check_write(&wire_rules_header, &m.base, out, len);
}

/* What we never read must not be sent either. */
static enum wh_err
header_check(struct span bytes)
{
	const ProtobufCMessage *header = NULL;
	struct arena arena;
	enum wh_err err;

	arena_init(&arena, FRAME_ARENA_MAX);
	err = wire_check_read(&arena, &wire_rules_header, bytes, &header, NULL);
	arena_fini(&arena);
	return err;
}

enum wh_err
wire_envelope_write(const struct envelope *in, uint8_t **out, size_t *len)
{
	Wijkhub__EnvelopeBody m = WIJKHUB__ENVELOPE_BODY__INIT;
	Wijkhub__Section sections[CATEGORY_COUNT];
	Wijkhub__Section *items[CATEGORY_COUNT];
	enum wh_err err;

	if (in->section_count > CATEGORY_COUNT)
		return WH_TOO_BIG;
	err = header_check(in->header_bytes);
	if (err != WH_OK)
		return err;
	for (size_t i = 0; i < in->section_count; i++) {
		const struct section *from = &in->sections[i];

		wijkhub__section__init(&sections[i]);
		sections[i].category = from->category;
		sections[i].ciphertext = WIRE_DATA(from->ciphertext);
		items[i] = &sections[i];
	}
	m.header = WIRE_DATA(in->header_bytes);
	m.n_sections = in->section_count;
	m.sections = items;
	m.encapsulation = WIRE_DATA(in->encapsulation);
	if (in->section_count > 0) {
		m.sealing_key_id.len = sizeof(in->sealing_key_id.b);
		m.sealing_key_id.data = wire_unconst(in->sealing_key_id.b);
	}
	return wire_check_write(&wire_rules_body, &m.base, out, len);
}
