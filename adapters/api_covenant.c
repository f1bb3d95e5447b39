/* SPDX-License-Identifier: EUPL-1.2 */
#include "adapters/api_impl.h"
#include "adapters/dossier.h"
#include "adapters/json.h"
#include "proto/base/mem.h"
#include "proto/wire_section.h"

/* /v1/typen and /v1/partners: the covenant as JSON. */

static const struct wh_register *
register_or_busy(struct api *api, struct http_request *request)
{
	const struct wh_register *reg = desk_register(runner_desk(api->runner));

	if (reg == NULL)
		api_answer_busy(request,
		    "Het register is nog niet ontvangen. Probeer het later "
		    "opnieuw.");
	return reg;
}

static json_t *
names_json(const char *const *names, size_t count)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < count; i++)
		json_array_append_new(list, json_string(names[i]));
	return list;
}

/* The words whose bit is set: 1 << number. */
static json_t *
bits_json(enum terms_table table, uint32_t bits)
{
	json_t *list = json_array();
	const struct term *term;

	for (term = terms_all(table); term->text != NULL; term++)
		if ((bits & (1u << term->number)) != 0)
			json_array_append_new(list, json_string(term->text));
	return list;
}

static json_t *
text_or_null(const char *text)
{
	return text[0] == '\0' ? json_null() : json_string(text);
}

static json_t *
clock_json(int days)
{
	return days < 0 ? json_null() : json_integer(days);
}

static json_t *
type_json(const struct reg_type *type)
{
	return json_pack("{s:s, s:{s:s, s:s}, s:o, s:o, s:o, s:o, s:o, s:s, "
			 "s:o, s:o, s:o, s:{s:o, s:o, s:o}, s:b, s:b}",
	    "id", type->id, "titel", "nl", type->title_nl, "en", type->title_en,
	    "van", names_json(type->from_roles, type->from_count), "naar",
	    names_json(type->to_roles, type->to_count), "desk",
	    text_or_null(type->desk), "toestemming",
	    bits_json(TERMS_PERMISSION_KINDS, type->kinds), "instrument",
	    text_or_null(type->instrument), "fase",
	    type->two_phase ? "twee" : "een", "verplicht",
	    bits_json(TERMS_CATEGORIES, type->required), "optioneel",
	    bits_json(TERMS_CATEGORIES, type->optional), "terugkoppeling",
	    bits_json(TERMS_CATEGORIES, type->feedback), "termijnen",
	    "beslissen", clock_json(type->clock_decide), "contact",
	    clock_json(type->clock_contact), "voortgang",
	    clock_json(type->clock_heartbeat), "latereMelding",
	    type->delayed_notice, "doorbraak", type->escalation_target);
}

void
api_types(void *arg, struct http_request *request)
{
	const struct wh_register *reg = register_or_busy(arg, request);
	json_t *list, *schemas, *body;
	const struct term *term;
	size_t i;

	if (reg == NULL)
		return;
	list = json_array();
	for (i = 0; i < reg->type_count; i++)
		json_array_append_new(list, type_json(&reg->types[i]));
	schemas = json_object();
	for (term = terms_all(TERMS_CATEGORIES); term->text != NULL; term++)
		json_object_set_new(schemas, term->text,
		    wire_section_schema((enum category)term->number));
	body = json_pack("{s:s, s:I, s:o, s:o}", "convenant", reg->covenant,
	    "versie", (json_int_t)reg->version, "resultaten", list,
	    "categorieen", schemas);
	http_reply_json(request, 200, body, NULL);
	json_decref(body);
}

static json_t *
areas_json(const struct wh_register *reg, const struct reg_member *member)
{
	json_t *list;
	size_t i;

	if (!member->all_areas)
		return names_json(member->areas, member->area_count);
	list = json_array();
	for (i = 0; i < reg->area_count; i++)
		json_array_append_new(list, json_string(reg->areas[i].id));
	return list;
}

static json_t *
partner_json(const struct wh_register *reg, const struct reg_member *member)
{
	return json_pack("{s:s, s:s, s:s, s:o, s:o, s:n, s:n}", "lid",
	    member->id, "naam", member->name, "rol", member->role, "desks",
	    names_json(member->desks, member->desk_count), "buurten",
	    areas_json(reg, member), "capaciteit", "wachttijd");
}

/* Note who takes type from us here, by place in the register. */
static void
mark_takers(const struct wh_register *reg, const struct reg_type *type,
    const char *area, const char *from, bool *takes)
{
	const struct reg_member *own = register_member(reg, from);
	const struct reg_member **found;
	size_t i, n;

	if (own == NULL || !type_from_role(type, own->role))
		return;
	found = mem_new((reg->member_count + 1) * sizeof(struct reg_member *));
	n = register_recipients(reg, type, area, from, found,
	    reg->member_count);
	for (i = 0; i < n; i++)
		takes[found[i] - reg->members] = true;
	mem_free(found);
}

/* type NULL: who takes any type from us here. */
static json_t *
partners_of(const struct wh_register *reg, const struct reg_type *type,
    const char *area, const char *from)
{
	bool *takes = mem_new(reg->member_count + 1);
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < reg->type_count; i++)
		if (type == NULL || type == &reg->types[i])
			mark_takers(reg, &reg->types[i], area, from, takes);
	for (i = 0; i < reg->member_count; i++)
		if (takes[i])
			json_array_append_new(list,
			    partner_json(reg, &reg->members[i]));
	mem_free(takes);
	return list;
}

/* An unknown type or area is a mistake, not an empty answer. */
static bool
query_is_known(struct http_request *request, const struct wh_register *reg,
    const char *type, const char *area)
{
	json_t *params = json_array();

	if (type[0] != '\0' && register_type(reg, type) == NULL)
		shape_blame(params, "type", "word",
		    "onbekend type; zie GET /v1/typen");
	if (area[0] != '\0' && register_area(reg, area) == NULL)
		shape_blame(params, "buurt", "word", "onbekende buurt");
	if (json_array_size(params) == 0) {
		json_decref(params);
		return true;
	}
	api_answer_params(request, 400, params);
	return false;
}

void
api_partners(void *arg, struct http_request *request)
{
	struct api *api = arg;
	const struct wh_register *reg = register_or_busy(api, request);
	json_t *query, *body;
	const char *type, *area;

	if (reg == NULL)
		return;
	query = api_query(request, &shape_partner_query);
	if (query == NULL)
		return;
	type = json_text(query, "type");
	area = json_text(query, "buurt");
	if (query_is_known(request, reg, type, area)) {
		body = json_pack("{s:o}", "resultaten",
		    partners_of(reg, register_type(reg, type), area,
			desk_member(runner_desk(api->runner))));
		http_reply_json(request, 200, body, NULL);
		json_decref(body);
	}
	json_decref(query);
}
