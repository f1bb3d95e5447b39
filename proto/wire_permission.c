/* SPDX-License-Identifier: EUPL-1.2 */
#include "proto/wire_permission.h"

#include "proto/permission.pb-c.h"
#include "proto/wire_check.h"

static bool
is_given(const char *text)
{
	return text != NULL && *text != '\0';
}

static const char *
party_across(const struct ProtobufCMessage *message)
{
	const Wijkhub__Party *m = (const Wijkhub__Party *)message;

	if (is_given(m->member) && (is_given(m->role) || is_given(m->area)))
		return "role and area must not be given with a member";
	if (!is_given(m->member) && (!is_given(m->role) || is_given(m->desk)))
		return "member with its desk, or role with its area, must be "
		       "given";
	return NULL;
}

static const struct wire_rule party_rules[] = {
    WIRE_RULE("member", WIRE_SLUG, 0, NAME_MAX_LEN),
    WIRE_RULE("desk", WIRE_SLUG, 0, NAME_MAX_LEN),
    WIRE_RULE("role", WIRE_SLUG, 0, NAME_MAX_LEN),
    WIRE_RULE("area", WIRE_SLUG, 0, NAME_MAX_LEN),
};

static const struct wire_message party = {
    .descriptor = &wijkhub__party__descriptor,
    WIRE_RULES(party_rules),
    .across = party_across,
};

static const struct wire_rule purpose_rules[] = {
    WIRE_RULE("id", WIRE_SLUG, 1, NAME_MAX_LEN),
    WIRE_RULE("version", WIRE_NUMBER, 1, UINT32_MAX),
    WIRE_RULE("language", WIRE_LETTERS, 2, 2),
    WIRE_RULE("text_hash", WIRE_FIXED, WIRE_KEY_LEN, WIRE_KEY_LEN),
};

static const struct wire_message purpose = {
    .descriptor = &wijkhub__purpose__descriptor,
    WIRE_RULES(purpose_rules),
};

static const char *
capture_across(const struct ProtobufCMessage *message)
{
	const Wijkhub__Capture *m = (const Wijkhub__Capture *)message;

	if (m->professional.len == 0 && m->how != CAPTURE_ONLINE)
		return "professional must be given unless ONLINE";
	return NULL;
}

static const struct wire_rule capture_rules[] = {
    WIRE_RULE_TERM("how", WIRE_TERM, 1, UINT32_MAX, TERMS_CAPTURES),
    WIRE_RULE("professional", WIRE_BYTES, 0, REFERENCE_MAX_LEN),
    WIRE_RULE("notice_version", WIRE_TOKEN, 0, NAME_MAX_LEN),
    WIRE_RULE("evidence_hash", WIRE_FIXED, 0, WIRE_KEY_LEN),
};

static const struct wire_message capture = {
    .descriptor = &wijkhub__capture__descriptor,
    WIRE_RULES(capture_rules),
    .across = capture_across,
};

static const char *
disclosure_across(const struct ProtobufCMessage *message)
{
	const Wijkhub__Disclosure *m = (const Wijkhub__Disclosure *)message;

	if (m->kind == DISCLOSURE_DELAYED &&
	    (m->until_ms == 0 || m->review_ms == 0))
		return "until_ms and review_ms must be given for DELAYED";
	if (m->kind == DISCLOSURE_WITHHELD && !is_given(m->article))
		return "article must be given for WITHHELD";
	return NULL;
}

static const struct wire_rule disclosure_rules[] = {
    WIRE_RULE_TERM("kind", WIRE_TERM, 1, UINT32_MAX, TERMS_DISCLOSURES),
    WIRE_RULE("until_ms", WIRE_NUMBER, 0, WIRE_TIME_MAX),
    WIRE_RULE("review_ms", WIRE_NUMBER, 0, WIRE_TIME_MAX),
    WIRE_RULE("article", WIRE_TEXT, 0, REFERENCE_MAX_LEN),
};

static const struct wire_message disclosure = {
    .descriptor = &wijkhub__disclosure__descriptor,
    WIRE_RULES(disclosure_rules),
    .across = disclosure_across,
};

static const struct wire_rule break_glass_rules[] = {
    WIRE_RULE("ground", WIRE_TOKEN, 1, NAME_MAX_LEN),
    WIRE_RULE("by", WIRE_BYTES, 1, REFERENCE_MAX_LEN),
    WIRE_RULE("review_due_ms", WIRE_NUMBER, 1, WIRE_TIME_MAX),
    WIRE_RULE("reviewer", WIRE_SLUG, 1, NAME_MAX_LEN),
    WIRE_RULE("outcome", WIRE_ANY, 0, 0),
};

static const struct wire_message break_glass = {
    .descriptor = &wijkhub__break_glass__descriptor,
    WIRE_RULES(break_glass_rules),
};

static const char *
consent_across(const Wijkhub__Permission *m)
{
	bool consent = kind_is_consent((enum permission_kind)m->kind);

	if (consent == is_given(m->instrument))
		return "instrument must be given unless consent-like, and only "
		       "then";
	if (consent && m->withdrawal_code_hash.len == 0)
		return "withdrawal_code_hash must be given when consent-like";
	if (consent && !is_given(m->capture->notice_version))
		return "capture.notice_version must be given when "
		       "consent-like";
	return NULL;
}

static const char *
permission_across(const struct ProtobufCMessage *message)
{
	const Wijkhub__Permission *m = (const Wijkhub__Permission *)message;

	if ((m->version == 1) != (m->previous_hash.len == 0))
		return "previous_hash must be given from version 2 on";
	if (!is_given(m->from->member))
		return "from.member must be given";
	if (m->valid_until_ms <= m->valid_from_ms)
		return "valid_until_ms must be after valid_from_ms";
	if (m->attempts != NULL && m->kind != KIND_DUTY_WITH_OBJECTION)
		return "attempts belong to DUTY_WITH_OBJECTION only";
	if ((m->break_glass != NULL) != (m->kind == KIND_VITAL_INTEREST))
		return "break_glass must be given for VITAL_INTEREST, and only "
		       "then";
	return consent_across(m);
}

static const struct wire_rule permission_rules[] = {
    WIRE_RULE("permission_id", WIRE_ID, 16, 16),
    WIRE_RULE("schema_version", WIRE_NUMBER, PERMISSION_SCHEMA,
	PERMISSION_SCHEMA),
    WIRE_RULE("version", WIRE_NUMBER, 1, UINT32_MAX),
    WIRE_RULE("previous_hash", WIRE_FIXED, 0, WIRE_KEY_LEN),
    WIRE_RULE_TERM("kind", WIRE_TERM, 1, UINT32_MAX, TERMS_PERMISSION_KINDS),
    WIRE_RULE("instrument", WIRE_SLUG, 0, NAME_MAX_LEN),
    WIRE_RULE("relation_ref", WIRE_ID, 16, 16),
    WIRE_RULE_TERM("representative", WIRE_TERM, 0, UINT32_MAX,
	TERMS_REPRESENTATIVES),
    WIRE_RULE("capacity_checked", WIRE_ANY, 0, 0),
    WIRE_RULE_OF("from", WIRE_MESSAGE, 1, 1, &party),
    WIRE_RULE_OF("to", WIRE_MESSAGE, 1, 1, &party),
    WIRE_RULE("both_ways", WIRE_ANY, 0, 0),
    WIRE_RULE_TERM("feedback", WIRE_TERMS, 0, CATEGORY_COUNT, TERMS_CATEGORIES),
    WIRE_RULE("onward", WIRE_ANY, 0, 0),
    WIRE_RULE_OF("purpose", WIRE_MESSAGE, 1, 1, &purpose),
    WIRE_RULE("types", WIRE_SLUGS, 1, LIST_MAX),
    WIRE_RULE_TERM("categories", WIRE_TERMS, 1, CATEGORY_COUNT,
	TERMS_CATEGORIES),
    WIRE_RULE("valid_from_ms", WIRE_NUMBER, 1, WIRE_TIME_MAX),
    WIRE_RULE("valid_until_ms", WIRE_NUMBER, 1, WIRE_TIME_MAX),
    WIRE_RULE_OF("capture", WIRE_MESSAGE, 1, 1, &capture),
    WIRE_RULE_OF("attempts", WIRE_MESSAGE, 0, 1, &wire_rules_attempts),
    WIRE_RULE_OF("disclosure", WIRE_MESSAGE, 1, 1, &disclosure),
    WIRE_RULE("activity", WIRE_TOKEN, 1, REFERENCE_MAX_LEN),
    WIRE_RULE("retention_working_days", WIRE_ANY, 0, 0),
    WIRE_RULE_OF("break_glass", WIRE_MESSAGE, 0, 1, &break_glass),
    WIRE_RULE("withdrawal_code_hash", WIRE_FIXED, 0, WIRE_KEY_LEN),
    WIRE_RULE("epoch", WIRE_ANY, 0, 0),
    WIRE_RULE("captured_by", WIRE_SLUG, 1, NAME_MAX_LEN),
};

const struct wire_message wire_rules_permission = {
    .descriptor = &wijkhub__permission__descriptor,
    WIRE_RULES(permission_rules),
    .max = PERMISSION_MAX,
    .across = permission_across,
};

static const char *
change_across(const struct ProtobufCMessage *message)
{
	const Wijkhub__PermissionEvent *m =
	    (const Wijkhub__PermissionEvent *)message;

	if (m->permission_id.len == 0 && m->withdrawal_code.len == 0)
		return "permission_id or withdrawal_code must be given";
	return NULL;
}

static const struct wire_rule change_rules[] = {
    WIRE_RULE("permission_id", WIRE_ID, 0, 16),
    WIRE_RULE_TERM("event", WIRE_TERM, 1, UINT32_MAX, TERMS_PERMISSION_EVENTS),
    WIRE_RULE("recorded_ms", WIRE_NUMBER, 1, WIRE_TIME_MAX),
    WIRE_RULE("effective_ms", WIRE_NUMBER, 1, WIRE_TIME_MAX),
    WIRE_RULE("by_member", WIRE_SLUG, 1, NAME_MAX_LEN),
    WIRE_RULE("by_human", WIRE_ANY, 0, 0),
    WIRE_RULE_TERM("code", WIRE_TERM, 0, UINT32_MAX, TERMS_CODES),
    WIRE_RULE("withdrawal_code", WIRE_BYTES, 0, WIRE_KEY_LEN),
    WIRE_RULE("event_id", WIRE_ID, 16, 16),
};

const struct wire_message wire_rules_permission_change = {
    .descriptor = &wijkhub__permission_event__descriptor,
    WIRE_RULES(change_rules),
    .max = PERMISSION_MAX,
    .across = change_across,
};

static struct party
party_read(const Wijkhub__Party *m)
{
	return (struct party){
	    .member = m->member,
	    .desk = m->desk,
	    .role = m->role,
	    .area = m->area,
	};
}

static void
purpose_read(const Wijkhub__Permission *m, struct permission *out)
{
	out->purpose_id = m->purpose->id;
	out->purpose_version = m->purpose->version;
	out->purpose_language = m->purpose->language;
	out->purpose_text_hash = WIRE_SPAN(m->purpose->text_hash);
	out->type_count = m->n_types;
	for (size_t i = 0; i < m->n_types; i++)
		out->types[i] = m->types[i];
	out->feedback = wire_check_bits(m->feedback, m->n_feedback);
	out->categories = wire_check_bits(m->categories, m->n_categories);
}

static void
capture_read(const Wijkhub__Permission *m, struct permission *out)
{
	out->how = (enum capture_how)m->capture->how;
	out->professional = WIRE_SPAN(m->capture->professional);
	out->notice_version = m->capture->notice_version;
	out->evidence_hash = WIRE_SPAN(m->capture->evidence_hash);
	out->captured_by = m->captured_by;
	out->disclosure = (enum disclosure)m->disclosure->kind;
	out->disclosure_until_ms = m->disclosure->until_ms;
	out->disclosure_review_ms = m->disclosure->review_ms;
	out->disclosure_article = m->disclosure->article;
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
break_glass_read(const Wijkhub__BreakGlass *m, struct permission *out)
{
	out->break_glass_ground = "";
	out->break_glass_reviewer = "";
	if (m == NULL)
		return;
	out->break_glass_ground = m->ground;
	out->break_glass_by = WIRE_SPAN(m->by);
	out->break_glass_review_due_ms = m->review_due_ms;
	out->break_glass_reviewer = m->reviewer;
	out->break_glass_outcome = m->outcome;
}

enum wh_err
wire_permission_read(struct arena *arena, struct span body,
    struct permission *out, struct why *why)
{
	const ProtobufCMessage *message = NULL;
	const Wijkhub__Permission *m;
	enum wh_err err;

	err =
	    wire_check_read(arena, &wire_rules_permission, body, &message, why);
	if (err != WH_OK)
		return err;
	m = (const Wijkhub__Permission *)message;
	*out = (struct permission){
	    .permission_id = wire_check_id(WIRE_SPAN(m->permission_id)),
	    .schema_version = m->schema_version,
	    .version = m->version,
	    .previous_hash = WIRE_SPAN(m->previous_hash),
	    .kind = (enum permission_kind)m->kind,
	    .instrument = m->instrument,
	    .relation_ref = wire_check_id(WIRE_SPAN(m->relation_ref)),
	    .representative = (enum representative)m->representative,
	    .capacity_checked = m->capacity_checked,
	    .from = party_read(m->from),
	    .to = party_read(m->to),
	    .both_ways = m->both_ways,
	    .onward = m->onward,
	    .valid_from_ms = m->valid_from_ms,
	    .valid_until_ms = m->valid_until_ms,
	    .activity = m->activity,
	    .retention_working_days = m->retention_working_days,
	    .withdrawal_code_hash = WIRE_SPAN(m->withdrawal_code_hash),
	    .epoch = m->epoch,
	};
	purpose_read(m, out);
	capture_read(m, out);
	break_glass_read(m->break_glass, out);
	return WH_OK;
}

/* The messages and lists inside one record. */
struct parts {
	Wijkhub__Party from;
	Wijkhub__Party to;
	Wijkhub__Purpose purpose;
	Wijkhub__Capture capture;
	Wijkhub__Attempts attempts;
	Wijkhub__Disclosure disclosure;
	Wijkhub__BreakGlass break_glass;
	uint32_t feedback[32];
	uint32_t categories[32];
};

static void
party_write(const struct party *in, Wijkhub__Party *m)
{
	wijkhub__party__init(m);
	m->member = wire_unconst(in->member);
	m->desk = wire_unconst(in->desk);
	m->role = wire_unconst(in->role);
	m->area = wire_unconst(in->area);
}

static void
purpose_write(const struct permission *in, struct parts *parts,
    Wijkhub__Permission *m)
{
	wijkhub__purpose__init(&parts->purpose);
	parts->purpose.id = wire_unconst(in->purpose_id);
	parts->purpose.version = in->purpose_version;
	parts->purpose.language = wire_unconst(in->purpose_language);
	parts->purpose.text_hash = WIRE_DATA(in->purpose_text_hash);
	m->purpose = &parts->purpose;
	m->n_types = in->type_count;
	m->types = wire_unconst(in->types);
	m->n_feedback = wire_check_list(in->feedback, parts->feedback);
	m->feedback = parts->feedback;
	m->n_categories = wire_check_list(in->categories, parts->categories);
	m->categories = parts->categories;
}

static void
capture_write(const struct permission *in, struct parts *parts,
    Wijkhub__Permission *m)
{
	wijkhub__capture__init(&parts->capture);
	parts->capture.how = in->how;
	parts->capture.professional = WIRE_DATA(in->professional);
	parts->capture.notice_version = wire_unconst(in->notice_version);
	parts->capture.evidence_hash = WIRE_DATA(in->evidence_hash);
	m->capture = &parts->capture;
	m->captured_by = wire_unconst(in->captured_by);
	wijkhub__disclosure__init(&parts->disclosure);
	parts->disclosure.kind = in->disclosure;
	parts->disclosure.until_ms = in->disclosure_until_ms;
	parts->disclosure.review_ms = in->disclosure_review_ms;
	parts->disclosure.article = wire_unconst(in->disclosure_article);
	m->disclosure = &parts->disclosure;
}

static void
attempts_write(const struct attempts *in, struct parts *parts,
    Wijkhub__Permission *m)
{
	Wijkhub__Attempts *a = &parts->attempts;

	wijkhub__attempts__init(a);
	a->personal_contact = in->personal_contact;
	a->pointed_to_help = in->pointed_to_help;
	a->written_reminder = in->written_reminder;
	a->offer_not_refused = in->offer_not_refused;
	if (a->personal_contact || a->pointed_to_help || a->written_reminder ||
	    a->offer_not_refused)
		m->attempts = a;
}

static void
break_glass_write(const struct permission *in, struct parts *parts,
    Wijkhub__Permission *m)
{
	Wijkhub__BreakGlass *b = &parts->break_glass;

	wijkhub__break_glass__init(b);
	b->ground = wire_unconst(in->break_glass_ground);
	b->by = WIRE_DATA(in->break_glass_by);
	b->review_due_ms = in->break_glass_review_due_ms;
	b->reviewer = wire_unconst(in->break_glass_reviewer);
	b->outcome = in->break_glass_outcome;
	if (is_given(b->ground) || b->by.len > 0 || b->review_due_ms != 0 ||
	    is_given(b->reviewer) || b->outcome != 0)
		m->break_glass = b;
}

enum wh_err
wire_permission_write(const struct permission *in, uint8_t **out, size_t *len)
{
	Wijkhub__Permission m;
	struct parts parts;

	wijkhub__permission__init(&m);
	if (in->type_count > LIST_MAX)
		return WH_TOO_BIG;
	m.permission_id = WIRE_DATA(span_id(&in->permission_id));
	m.schema_version = in->schema_version;
	m.version = in->version;
	m.previous_hash = WIRE_DATA(in->previous_hash);
	m.kind = in->kind;
	m.instrument = wire_unconst(in->instrument);
	m.relation_ref = WIRE_DATA(span_id(&in->relation_ref));
	m.representative = in->representative;
	m.capacity_checked = in->capacity_checked;
	party_write(&in->from, &parts.from);
	m.from = &parts.from;
	party_write(&in->to, &parts.to);
	m.to = &parts.to;
	m.both_ways = in->both_ways;
	m.onward = in->onward;
	purpose_write(in, &parts, &m);
	m.valid_from_ms = in->valid_from_ms;
	m.valid_until_ms = in->valid_until_ms;
	capture_write(in, &parts, &m);
	attempts_write(&in->attempts, &parts, &m);
	m.activity = wire_unconst(in->activity);
	m.retention_working_days = in->retention_working_days;
	break_glass_write(in, &parts, &m);
	m.withdrawal_code_hash = WIRE_DATA(in->withdrawal_code_hash);
	m.epoch = in->epoch;
	return wire_check_write(&wire_rules_permission, &m.base, out, len);
}

enum wh_err
wire_permission_change_read(struct arena *arena, struct span body,
    struct permission_change *out, struct why *why)
{
	const ProtobufCMessage *message = NULL;
	const Wijkhub__PermissionEvent *m;
	enum wh_err err;

	err = wire_check_read(arena, &wire_rules_permission_change, body,
	    &message, why);
	if (err != WH_OK)
		return err;
	m = (const Wijkhub__PermissionEvent *)message;
	*out = (struct permission_change){
	    .event_id = wire_check_id(WIRE_SPAN(m->event_id)),
	    .has_permission = m->permission_id.len > 0,
	    .permission_id = wire_check_id(WIRE_SPAN(m->permission_id)),
	    .event = (enum permission_event)m->event,
	    .recorded_ms = m->recorded_ms,
	    .effective_ms = m->effective_ms,
	    .by_member = m->by_member,
	    .by_human = m->by_human,
	    .code = (enum code)m->code,
	    .withdrawal_code = WIRE_SPAN(m->withdrawal_code),
	};
	return WH_OK;
}

enum wh_err
wire_permission_change_write(const struct permission_change *in, uint8_t **out,
    size_t *len)
{
	Wijkhub__PermissionEvent m;

	wijkhub__permission_event__init(&m);
	m.event_id = WIRE_DATA(span_id(&in->event_id));
	if (in->has_permission)
		m.permission_id = WIRE_DATA(span_id(&in->permission_id));
	m.event = in->event;
	m.recorded_ms = in->recorded_ms;
	m.effective_ms = in->effective_ms;
	m.by_member = wire_unconst(in->by_member);
	m.by_human = in->by_human;
	m.code = in->code;
	m.withdrawal_code = WIRE_DATA(in->withdrawal_code);
	return wire_check_write(&wire_rules_permission_change, &m.base, out,
	    len);
}
