/* SPDX-License-Identifier: EUPL-1.2 */
#include "ops/ctl/register_json.h"

#include "proto/base/clk.h"
#include "proto/base/text.h"

/* No end, and no text, are null. */
static json_t *
time_json(int64_t at_ms)
{
	char text[CLK_ISO_SIZE];

	if (at_ms == 0)
		return json_null();
	clk_iso(at_ms, text);
	return json_string(text);
}

static json_t *
text_json(const char *text)
{
	return text[0] == '\0' ? json_null() : json_string(text);
}

static json_t *
key_json(const uint8_t key[WIRE_KEY_LEN])
{
	char hex[2 * WIRE_KEY_LEN + 1];

	hex_encode(span_of(key, WIRE_KEY_LEN), hex);
	return json_string(hex);
}

static json_t *
texts_json(const char *const *list, size_t count)
{
	json_t *out = json_array();

	for (size_t i = 0; i < count; i++)
		(void)json_array_append_new(out, json_string(list[i]));
	return out;
}

static json_t *
set_json(enum terms_table table, uint32_t set)
{
	json_t *out = json_array();

	for (const struct term *t = terms_all(table); t->text != NULL; t++)
		if ((set & 1u << t->number) != 0)
			(void)json_array_append_new(out, json_string(t->text));
	return out;
}

static json_t *
days_json(int days)
{
	return days < 0 ? json_null() : json_integer(days);
}

static json_t *
area_json(const struct reg_area *area)
{
	return json_pack("{s:s, s:s, s:o, s:b}", "id", area->id, "name",
	    area->name, "district", text_json(area->district), "focus",
	    area->focus);
}

static json_t *
role_json(const struct reg_role *role)
{
	return json_pack("{s:s, s:b, s:b}", "id", role->id, "bsn", role->bsn,
	    "formal", !role->informal);
}

static json_t *
keys_json(const struct reg_key *keys, size_t count)
{
	json_t *out = json_array();

	for (size_t i = 0; i < count; i++) {
		const struct reg_key *key = &keys[i];
		struct key_id id = wire_key_id(key->key);
		char hex[2 * WIRE_KEY_ID_LEN + 1];

		hex_encode(span_of(id.b, sizeof(id.b)), hex);
		(void)json_array_append_new(out,
		    json_pack("{s:s, s:s, s:o, s:o, s:o}", "use",
			terms_text(TERMS_KEY_USES, key->use), "id", hex, "key",
			key_json(key->key), "from", time_json(key->from_ms),
			"until", time_json(key->until_ms)));
	}
	return out;
}

static json_t *
member_json(const struct reg_member *member)
{
	return json_pack("{s:s, s:s, s:s, s:o, s:o, s:o, s:o}", "id",
	    member->id, "role", member->role, "name", member->name, "oin",
	    text_json(member->oin), "areas",
	    member->all_areas ? json_string("all")
			      : texts_json(member->areas, member->area_count),
	    "desks", texts_json(member->desks, member->desk_count), "keys",
	    keys_json(member->keys, member->key_count));
}

static json_t *
instrument_json(const struct reg_instrument *instrument)
{
	return json_pack("{s:s, s:s, s:s, s:o, s:o, s:i}", "id", instrument->id,
	    "kind", terms_text(TERMS_PERMISSION_KINDS, instrument->kind),
	    "text", instrument->text, "from", time_json(instrument->from_ms),
	    "until", time_json(instrument->until_ms), "reviewWithinWorkingDays",
	    (int)instrument->review_within_working_days);
}

static json_t *
activity_json(const struct reg_activity *activity)
{
	return json_pack("{s:s, s:s, s:s, s:i, s:i, s:o}", "id", activity->id,
	    "uri", activity->uri, "notice",
	    terms_text(TERMS_DISCLOSURES, activity->notice), "delayWorkingDays",
	    (int)activity->delay_working_days, "reviewWorkingDays",
	    (int)activity->review_working_days, "article",
	    text_json(activity->article));
}

static json_t *
type_json(const struct reg_type *type)
{
	json_t *out = json_pack("{s:s, s:{s:s, s:s}, s:o, s:o, s:o, s:o, s:o}",
	    "id", type->id, "title", "nl", type->title_nl, "en", type->title_en,
	    "from", texts_json(type->from_roles, type->from_count), "to",
	    texts_json(type->to_roles, type->to_count), "desk",
	    text_json(type->desk), "permission",
	    set_json(TERMS_PERMISSION_KINDS, type->kinds), "instrument",
	    text_json(type->instrument));
	json_t *more =
	    json_pack("{s:s, s:o, s:o, s:o, s:s, s:{s:o, s:o, s:o}, s:b}",
		"disclosure", type->two_phase ? "two-phase" : "one-phase",
		"required", set_json(TERMS_CATEGORIES, type->required),
		"optional", set_json(TERMS_CATEGORIES, type->optional),
		"feedback", set_json(TERMS_CATEGORIES, type->feedback),
		"subjectNotice", type->delayed_notice ? "DELAYED" : "IMMEDIATE",
		"clocks", "decide", days_json(type->clock_decide), "contact",
		days_json(type->clock_contact), "heartbeat",
		days_json(type->clock_heartbeat), "escalationTarget",
		type->escalation_target);

	(void)json_object_set_new(out, "activity", text_json(type->activity));
	(void)json_object_update_missing(out, more);
	json_decref(more);
	return out;
}

/* out[name] = [make(item), …] of a list of the register. */
#define LIST_JSON(out, name, list, count, make)                                \
	do {                                                                   \
		json_t *array = json_array();                                  \
		for (size_t i = 0; i < (count); i++)                           \
			(void)json_array_append_new(array, make(&(list)[i]));  \
		(void)json_object_set_new(out, name, array);                   \
	} while (0)

json_t *
register_json(const struct wh_register *reg)
{
	json_t *out = json_pack(
	    "{s:s, s:I, s:o, s:o, s:s, s:{s:s, s:o}, s:{s:i, s:i, s:i}}",
	    "covenant", reg->covenant, "version", (json_int_t)reg->version,
	    "validFrom", time_json(reg->valid_from_ms), "signedAt",
	    time_json(reg->signed_ms), "holidays", reg->holidays, "hub",
	    "logOrigin", reg->log_origin, "keys",
	    keys_json(reg->hub_keys, reg->hub_key_count), "retention",
	    "sectionsAfterEndWorkingDays",
	    (int)reg->sections_after_end_working_days, "shellAfterEndDays",
	    (int)reg->shell_after_end_days, "auditYears",
	    (int)reg->audit_years);

	LIST_JSON(out, "areas", reg->areas, reg->area_count, area_json);
	LIST_JSON(out, "roles", reg->roles, reg->role_count, role_json);
	LIST_JSON(out, "members", reg->members, reg->member_count, member_json);
	LIST_JSON(out, "instruments", reg->instruments, reg->instrument_count,
	    instrument_json);
	LIST_JSON(out, "activities", reg->activities, reg->activity_count,
	    activity_json);
	LIST_JSON(out, "types", reg->types, reg->type_count, type_json);
	return out;
}
