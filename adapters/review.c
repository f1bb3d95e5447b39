/* SPDX-License-Identifier: EUPL-1.2 */
#include "adapters/review.h"

#include <string.h>

#include "adapters/json.h"
#include "consent/permission.h"
#include "proto/base/clk.h"
#include "proto/base/workday.h"

#define OPEN     "open"
#define REMINDED "herinnerd"
#define OVERDUE  "teLaat"
#define DONE     "afgerond"

static json_t *
review_of(const json_t *dossier)
{
	return json_object_get(dossier, "beoordeling");
}

static void
set_time(json_t *review, const char *key, int64_t at_ms)
{
	char at[CLK_ISO_SIZE];

	clk_iso(at_ms, at);
	json_object_set_new(review, key, json_string(at));
}

static json_t *
make(json_t *dossier, int64_t due_ms)
{
	json_t *review = review_of(dossier);

	if (review == NULL) {
		review = json_pack("{s:s}", "status", OPEN);
		json_object_set_new(dossier, "beoordeling", review);
	}
	set_time(review, "uiterlijk", due_ms);
	return review;
}

void
review_begin(json_t *dossier, const struct wh_register *reg,
    enum permission_kind kind, int64_t now_ms)
{
	const struct kind_rule *rule = kind_rule(kind);
	const struct reg_type *type =
	    register_type(reg, json_text(dossier, "type"));
	const struct reg_instrument *law =
	    type == NULL ? NULL : register_instrument(reg, type->instrument);

	if (rule != NULL && rule->needs_break_glass && law != NULL)
		make(dossier, workday_after(reg->holidays, now_ms,
				  law->review_within_working_days));
}

void
review_told(json_t *dossier, const struct notice *notice)
{
	json_t *review;

	if (notice->due_ms == 0)
		return;
	review = make(dossier, notice->due_ms);
	if (notice->event == 0 || !review_is_open(dossier))
		return;
	json_object_set_new(review, "status",
	    json_string(notice->event == EVENT_ESCALATE ? OVERDUE : REMINDED));
}

void
review_given(json_t *dossier, enum code verdict, int64_t now_ms)
{
	json_t *review = review_of(dossier);

	if (review == NULL)
		return; /* of the hub's making: it let this pass */
	json_object_set_new(review, "status", json_string(DONE));
	json_object_set_new(review, "oordeel",
	    json_string(review_verdict(verdict)));
	set_time(review, "op", now_ms);
}

void
review_undone(json_t *dossier, int64_t now_ms)
{
	json_t *review = review_of(dossier);
	int64_t due_ms = 0;

	if (review == NULL ||
	    clk_parse(json_text(review, "uiterlijk"), &due_ms) != WH_OK)
		return;
	json_object_set_new(review, "status",
	    json_string(now_ms < due_ms ? OPEN : OVERDUE));
	json_object_del(review, "oordeel");
	json_object_del(review, "op");
	json_object_del(dossier, "beoordelaar");
}

bool
review_is_open(const json_t *dossier)
{
	const json_t *review = review_of(dossier);

	return review != NULL && strcmp(json_text(review, "status"), DONE) != 0;
}

static bool
has_handled(const json_t *dossier, const char *person)
{
	const json_t *item;
	size_t i;

	json_array_foreach(json_object_get(dossier, "behandelaars"), i, item)
	{
		if (strcmp(json_string_value(item), person) == 0)
			return true;
	}
	return false;
}

static void
note_handler(json_t *dossier, const char *person)
{
	json_t *list = json_object_get(dossier, "behandelaars");

	if (list == NULL) {
		list = json_array();
		json_object_set_new(dossier, "behandelaars", list);
	}
	json_array_append_new(list, json_string(person));
}

bool
review_person(json_t *dossier, enum referral_event event, const char *person,
    const char **wrong)
{
	if (event != EVENT_REVIEW) {
		if (person[0] != '\0' && !has_handled(dossier, person))
			note_handler(dossier, person);
		return true;
	}
	*wrong = person[0] == '\0'
		     ? "ontbreekt: wie beoordeelde dit?"
		     : "behandelde deze verwijzing: een ander moet beoordelen";
	if (person[0] == '\0' || has_handled(dossier, person))
		return false;
	json_object_set_new(dossier, "beoordelaar", json_string(person));
	return true;
}

const char *
review_verdict(enum code code)
{
	if (code == CODE_JUSTIFIED)
		return "GERECHTVAARDIGD";
	return code == CODE_NOT_JUSTIFIED ? "NIET_GERECHTVAARDIGD" : NULL;
}
