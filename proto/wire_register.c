/* SPDX-License-Identifier: EUPL-1.2 */
#include "proto/wire_register.h"

#include "proto/register.pb-c.h"
#include "proto/wire_check.h"

/* Working days: a year of them. */
#define CLOCK_MAX 260

static const struct wire_rule area_rules[] = {
    WIRE_RULE("id", WIRE_SLUG, 1, NAME_MAX_LEN),
    WIRE_RULE("name", WIRE_TEXT, 1, TITLE_MAX_LEN),
    WIRE_RULE("district", WIRE_TEXT, 0, TITLE_MAX_LEN),
    WIRE_RULE("focus", WIRE_ANY, 0, 0),
};

static const struct wire_message area = {
    .descriptor = &wijkhub__area__descriptor,
    WIRE_RULES(area_rules),
};

static const struct wire_rule role_rules[] = {
    WIRE_RULE("id", WIRE_SLUG, 1, NAME_MAX_LEN),
    WIRE_RULE("bsn", WIRE_ANY, 0, 0),
    WIRE_RULE("informal", WIRE_ANY, 0, 0),
};

static const struct wire_message role = {
    .descriptor = &wijkhub__role__descriptor,
    WIRE_RULES(role_rules),
};

static const char *
key_across(const struct ProtobufCMessage *message)
{
	const Wijkhub__Key *m = (const Wijkhub__Key *)message;

	if (m->until_ms != 0 && m->until_ms <= m->from_ms)
		return "until_ms must be after from_ms, or 0";
	return NULL;
}

static const struct wire_rule key_rules[] = {
    WIRE_RULE_TERM("use", WIRE_TERM, 1, UINT32_MAX, TERMS_KEY_USES),
    WIRE_RULE("key", WIRE_ID, WIRE_KEY_LEN, WIRE_KEY_LEN),
    WIRE_RULE("from_ms", WIRE_NUMBER, 0, WIRE_TIME_MAX),
    WIRE_RULE("until_ms", WIRE_NUMBER, 0, WIRE_TIME_MAX),
};

static const struct wire_message key = {
    .descriptor = &wijkhub__key__descriptor,
    WIRE_RULES(key_rules),
    .across = key_across,
};

static const struct wire_rule member_rules[] = {
    WIRE_RULE("id", WIRE_SLUG, 1, NAME_MAX_LEN),
    WIRE_RULE("role", WIRE_SLUG, 1, NAME_MAX_LEN),
    WIRE_RULE("name", WIRE_TEXT, 1, TITLE_MAX_LEN),
    WIRE_RULE("oin", WIRE_DIGITS, 0, 20),
    WIRE_RULE("all_areas", WIRE_ANY, 0, 0),
    WIRE_RULE("areas", WIRE_SLUGS, 0, REGISTER_MEMBERS_MAX),
    WIRE_RULE("desks", WIRE_SLUGS, 0, LIST_MAX),
    WIRE_RULE_OF("keys", WIRE_MESSAGES, 0, REGISTER_KEYS_MAX, &key),
};

static const struct wire_message member = {
    .descriptor = &wijkhub__member__descriptor,
    WIRE_RULES(member_rules),
};

static const char *
instrument_across(const struct ProtobufCMessage *message)
{
	const Wijkhub__Instrument *m = (const Wijkhub__Instrument *)message;

	if (m->until_ms != 0 && m->until_ms <= m->from_ms)
		return "until_ms must be after from_ms, or 0";
	return NULL;
}

static const struct wire_rule instrument_rules[] = {
    WIRE_RULE("id", WIRE_SLUG, 1, NAME_MAX_LEN),
    WIRE_RULE_TERM("kind", WIRE_TERM, 1, UINT32_MAX, TERMS_PERMISSION_KINDS),
    WIRE_RULE("text", WIRE_TEXT, 1, REFERENCE_MAX_LEN),
    WIRE_RULE("from_ms", WIRE_NUMBER, 0, WIRE_TIME_MAX),
    WIRE_RULE("until_ms", WIRE_NUMBER, 0, WIRE_TIME_MAX),
    WIRE_RULE("review_within_working_days", WIRE_NUMBER, 0, CLOCK_MAX),
};

static const struct wire_message instrument = {
    .descriptor = &wijkhub__instrument__descriptor,
    WIRE_RULES(instrument_rules),
    .across = instrument_across,
};

static const char *
activity_across(const struct ProtobufCMessage *message)
{
	const Wijkhub__Activity *m = (const Wijkhub__Activity *)message;
	bool delayed = m->notice == DISCLOSURE_DELAYED;

	if ((m->delay_working_days != 0) != delayed ||
	    (m->review_working_days != 0) != delayed)
		return "delay_working_days and review_working_days must be "
		       "given for DELAYED, and only then";
	if ((m->article[0] != '\0') != (m->notice == DISCLOSURE_WITHHELD))
		return "article must be given for WITHHELD, and only then";
	return NULL;
}

static const struct wire_rule activity_rules[] = {
    WIRE_RULE("id", WIRE_SLUG, 1, NAME_MAX_LEN),
    WIRE_RULE("uri", WIRE_TOKEN, 1, REFERENCE_MAX_LEN),
    WIRE_RULE_TERM("notice", WIRE_TERM, 1, UINT32_MAX, TERMS_DISCLOSURES),
    WIRE_RULE("delay_working_days", WIRE_NUMBER, 0, CLOCK_MAX),
    WIRE_RULE("review_working_days", WIRE_NUMBER, 0, CLOCK_MAX),
    WIRE_RULE("article", WIRE_TEXT, 0, REFERENCE_MAX_LEN),
};

static const struct wire_message activity = {
    .descriptor = &wijkhub__activity__descriptor,
    WIRE_RULES(activity_rules),
    .across = activity_across,
};

static const struct wire_rule clocks_rules[] = {
    WIRE_RULE("decide", WIRE_NUMBER, -1, CLOCK_MAX),
    WIRE_RULE("contact", WIRE_NUMBER, -1, CLOCK_MAX),
    WIRE_RULE("heartbeat", WIRE_NUMBER, -1, CLOCK_MAX),
};

static const struct wire_message clocks = {
    .descriptor = &wijkhub__clocks__descriptor,
    WIRE_RULES(clocks_rules),
};

static const struct wire_rule type_rules[] = {
    WIRE_RULE("id", WIRE_SLUG, 1, NAME_MAX_LEN),
    WIRE_RULE("title_nl", WIRE_TEXT, 1, TITLE_MAX_LEN),
    WIRE_RULE("title_en", WIRE_TEXT, 1, TITLE_MAX_LEN),
    WIRE_RULE("from_roles", WIRE_SLUGS, 1, LIST_MAX),
    WIRE_RULE("to_roles", WIRE_SLUGS, 1, LIST_MAX),
    WIRE_RULE("desk", WIRE_SLUG, 0, NAME_MAX_LEN),
    WIRE_RULE_TERM("kinds", WIRE_TERMS, 1, LIST_MAX, TERMS_PERMISSION_KINDS),
    WIRE_RULE("instrument", WIRE_SLUG, 0, NAME_MAX_LEN),
    WIRE_RULE("two_phase", WIRE_ANY, 0, 0),
    WIRE_RULE_TERM("required", WIRE_TERMS, 0, CATEGORY_COUNT, TERMS_CATEGORIES),
    WIRE_RULE_TERM("optional", WIRE_TERMS, 0, CATEGORY_COUNT, TERMS_CATEGORIES),
    WIRE_RULE_TERM("feedback", WIRE_TERMS, 0, CATEGORY_COUNT, TERMS_CATEGORIES),
    WIRE_RULE("delayed_notice", WIRE_ANY, 0, 0),
    WIRE_RULE_OF("clocks", WIRE_MESSAGE, 1, 1, &clocks),
    WIRE_RULE("escalation_target", WIRE_ANY, 0, 0),
    WIRE_RULE("activity", WIRE_SLUG, 0, NAME_MAX_LEN),
};

static const struct wire_message type = {
    .descriptor = &wijkhub__referral_type__descriptor,
    WIRE_RULES(type_rules),
};

static const struct wire_rule retention_rules[] = {
    WIRE_RULE("sections_after_end_working_days", WIRE_ANY, 0, 0),
    WIRE_RULE("shell_after_end_days", WIRE_ANY, 0, 0),
    WIRE_RULE("audit_years", WIRE_ANY, 0, 0),
};

static const struct wire_message retention = {
    .descriptor = &wijkhub__retention__descriptor,
    WIRE_RULES(retention_rules),
};

static const struct wire_rule hub_rules[] = {
    WIRE_RULE("log_origin", WIRE_TEXT, 1, REFERENCE_MAX_LEN),
    WIRE_RULE_OF("keys", WIRE_MESSAGES, 1, REGISTER_KEYS_MAX, &key),
};

static const struct wire_message hub = {
    .descriptor = &wijkhub__hub__descriptor,
    WIRE_RULES(hub_rules),
};

static const struct wire_rule register_rules[] = {
    WIRE_RULE("covenant", WIRE_SLUG, 1, NAME_MAX_LEN),
    WIRE_RULE("version", WIRE_NUMBER, 1, INT64_MAX),
    WIRE_RULE("valid_from_ms", WIRE_NUMBER, 1, WIRE_TIME_MAX),
    WIRE_RULE("signed_ms", WIRE_NUMBER, 1, WIRE_TIME_MAX),
    WIRE_RULE("holidays", WIRE_SLUG, 1, NAME_MAX_LEN),
    WIRE_RULE_OF("areas", WIRE_MESSAGES, 0, REGISTER_MEMBERS_MAX, &area),
    WIRE_RULE_OF("roles", WIRE_MESSAGES, 0, LIST_MAX, &role),
    WIRE_RULE_OF("members", WIRE_MESSAGES, 0, REGISTER_MEMBERS_MAX, &member),
    WIRE_RULE_OF("instruments", WIRE_MESSAGES, 0, LIST_MAX, &instrument),
    WIRE_RULE_OF("types", WIRE_MESSAGES, 0, LIST_MAX, &type),
    WIRE_RULE_OF("retention", WIRE_MESSAGE, 1, 1, &retention),
    WIRE_RULE_OF("hub", WIRE_MESSAGE, 1, 1, &hub),
    WIRE_RULE_OF("activities", WIRE_MESSAGES, 0, LIST_MAX, &activity),
};

const struct wire_message wire_rules_register = {
    .descriptor = &wijkhub__register__descriptor,
    WIRE_RULES(register_rules),
    .max = REGISTER_MAX,
};

/* Room for count items; NULL when the arena is full, never for none. */
static void *
list_new(struct arena *arena, size_t count, size_t size)
{
	return arena_alloc(arena, (count + 1) * size);
}

static bool
areas_read(struct arena *arena, const Wijkhub__Register *m,
    struct wh_register *out)
{
	out->area_count = m->n_areas;
	out->areas = list_new(arena, m->n_areas, sizeof(*out->areas));
	out->role_count = m->n_roles;
	out->roles = list_new(arena, m->n_roles, sizeof(*out->roles));
	if (out->areas == NULL || out->roles == NULL)
		return false;
	for (size_t i = 0; i < m->n_areas; i++)
		out->areas[i] = (struct reg_area){
		    .id = m->areas[i]->id,
		    .name = m->areas[i]->name,
		    .district = m->areas[i]->district,
		    .focus = m->areas[i]->focus,
		};
	for (size_t i = 0; i < m->n_roles; i++)
		out->roles[i] = (struct reg_role){
		    .id = m->roles[i]->id,
		    .bsn = m->roles[i]->bsn,
		    .informal = m->roles[i]->informal,
		};
	return true;
}

/* NULL when the arena is full, never for none. */
static struct reg_key *
keys_read(struct arena *arena, Wijkhub__Key *const *keys, size_t count)
{
	struct reg_key *out = list_new(arena, count, sizeof(*out));

	for (size_t i = 0; out != NULL && i < count; i++) {
		out[i].use = (enum key_use)keys[i]->use;
		memcpy(out[i].key, keys[i]->key.data, WIRE_KEY_LEN);
		out[i].from_ms = keys[i]->from_ms;
		out[i].until_ms = keys[i]->until_ms;
	}
	return out;
}

static bool
member_read(struct arena *arena, const Wijkhub__Member *m,
    struct reg_member *out)
{
	*out = (struct reg_member){
	    .id = m->id,
	    .role = m->role,
	    .name = m->name,
	    .oin = m->oin,
	    .all_areas = m->all_areas,
	    .area_count = m->n_areas,
	    .areas = wire_unconst(m->areas),
	    .desk_count = m->n_desks,
	    .desks = wire_unconst(m->desks),
	    .key_count = m->n_keys,
	    .keys = keys_read(arena, m->keys, m->n_keys),
	};
	return out->keys != NULL;
}

static bool
members_read(struct arena *arena, const Wijkhub__Register *m,
    struct wh_register *out)
{
	out->member_count = m->n_members;
	out->members = list_new(arena, m->n_members, sizeof(*out->members));
	if (out->members == NULL)
		return false;
	for (size_t i = 0; i < m->n_members; i++) {
		if (!member_read(arena, m->members[i], &out->members[i]))
			return false;
	}
	return true;
}

static void
type_read(const Wijkhub__ReferralType *m, struct reg_type *out)
{
	*out = (struct reg_type){
	    .id = m->id,
	    .title_nl = m->title_nl,
	    .title_en = m->title_en,
	    .from_count = m->n_from_roles,
	    .from_roles = wire_unconst(m->from_roles),
	    .to_count = m->n_to_roles,
	    .to_roles = wire_unconst(m->to_roles),
	    .desk = m->desk,
	    .kinds = wire_check_bits(m->kinds, m->n_kinds),
	    .instrument = m->instrument,
	    .two_phase = m->two_phase,
	    .required = wire_check_bits(m->required, m->n_required),
	    .optional = wire_check_bits(m->optional, m->n_optional),
	    .feedback = wire_check_bits(m->feedback, m->n_feedback),
	    .delayed_notice = m->delayed_notice,
	    .clock_decide = m->clocks->decide,
	    .clock_contact = m->clocks->contact,
	    .clock_heartbeat = m->clocks->heartbeat,
	    .escalation_target = m->escalation_target,
	    .activity = m->activity,
	};
}

static bool
activities_read(struct arena *arena, const Wijkhub__Register *m,
    struct wh_register *out)
{
	out->activity_count = m->n_activities;
	out->activities =
	    list_new(arena, m->n_activities, sizeof(*out->activities));
	if (out->activities == NULL)
		return false;
	for (size_t i = 0; i < m->n_activities; i++) {
		const Wijkhub__Activity *from = m->activities[i];

		out->activities[i] = (struct reg_activity){
		    .id = from->id,
		    .uri = from->uri,
		    .notice = (enum disclosure)from->notice,
		    .delay_working_days = from->delay_working_days,
		    .review_working_days = from->review_working_days,
		    .article = from->article,
		};
	}
	return true;
}

static bool
types_read(struct arena *arena, const Wijkhub__Register *m,
    struct wh_register *out)
{
	out->instrument_count = m->n_instruments;
	out->instruments =
	    list_new(arena, m->n_instruments, sizeof(*out->instruments));
	out->type_count = m->n_types;
	out->types = list_new(arena, m->n_types, sizeof(*out->types));
	if (out->instruments == NULL || out->types == NULL)
		return false;
	for (size_t i = 0; i < m->n_instruments; i++) {
		const Wijkhub__Instrument *from = m->instruments[i];

		out->instruments[i] = (struct reg_instrument){
		    .id = from->id,
		    .kind = (enum permission_kind)from->kind,
		    .text = from->text,
		    .from_ms = from->from_ms,
		    .until_ms = from->until_ms,
		    .review_within_working_days =
			from->review_within_working_days,
		};
	}
	for (size_t i = 0; i < m->n_types; i++)
		type_read(m->types[i], &out->types[i]);
	return true;
}

enum wh_err
wire_register_read(struct arena *arena, struct span body,
    struct wh_register *out, struct why *why)
{
	const ProtobufCMessage *message = NULL;
	const Wijkhub__Register *m;
	struct wh_register got;
	enum wh_err err;

	err = wire_check_read(arena, &wire_rules_register, body, &message, why);
	if (err != WH_OK)
		return err;
	m = (const Wijkhub__Register *)message;
	got = (struct wh_register){
	    .covenant = m->covenant,
	    .version = m->version,
	    .valid_from_ms = m->valid_from_ms,
	    .signed_ms = m->signed_ms,
	    .holidays = m->holidays,
	    .sections_after_end_working_days =
		m->retention->sections_after_end_working_days,
	    .shell_after_end_days = m->retention->shell_after_end_days,
	    .audit_years = m->retention->audit_years,
	    .log_origin = m->hub->log_origin,
	};
	got.hub_key_count = m->hub->n_keys;
	got.hub_keys = keys_read(arena, m->hub->keys, m->hub->n_keys);
	if (got.hub_keys == NULL || !areas_read(arena, m, &got) ||
	    !members_read(arena, m, &got) || !types_read(arena, m, &got) ||
	    !activities_read(arena, m, &got))
		return why_set(why, WH_TOO_BIG,
		    "Register: takes more memory than one message may");
	*out = got;
	return WH_OK;
}
