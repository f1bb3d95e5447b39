/* SPDX-License-Identifier: EUPL-1.2 */
#include <stdio.h>

#include "adapters/api_shape.h"
#include "adapters/desk_state.h"
#include "adapters/held.h"
#include "adapters/json.h"
#include "adapters/kenmerk.h"
#include "adapters/local.h"
#include "adapters/relations.h"
#include "proto/base/clk.h"
#include "proto/base/mem.h"
#include "proto/base/text.h"
#include "proto/wire_section.h"

/* POST /v1/verwijzingen: from JSON to an offer in the outbox. */

#define RECIPIENTS 16
/* What a section and a header take in an envelope beside their text. */
#define SECTION_ROOM (PAD_MIN + 64)
#define HEADER_ROOM  4096

/* A referral in the making. */
struct draft {
	struct shift shift;
	const json_t *body;
	const struct reg_type *type;
	const struct reg_member *to;
	struct desk_result *result;
	json_t *dossier; /* owned */
	bool done;       /* result says no; nothing is to be kept */
};

static void
no(struct draft *d, const char *field, const char *text)
{
	d->done = true;
	result_no(d->result, OUTCOME_REJECTED, field, "%s", text);
}

static void
find_type(struct draft *d)
{
	d->type = register_type(&d->shift.desk->registry->reg,
	    json_text(d->body, "type"));
	if (d->type == NULL)
		no(d, "type", "onbekend; GET /v1/typen toont wat kan");
}

/* naar: a member, or whoever takes this type in the neighbourhood. */
static void
find_recipient(struct draft *d)
{
	const struct wh_register *reg = &d->shift.desk->registry->reg;
	const json_t *to = json_object_get(d->body, "naar");
	const char *area = json_text(to, "buurt");
	const struct reg_member *found[RECIPIENTS];
	size_t n;

	if (area[0] != '\0' && register_area(reg, area) == NULL) {
		no(d, "naar.buurt", "onbekende buurt");
		return;
	}
	if (json_text(to, "lid")[0] != '\0') {
		d->to = register_member(reg, json_text(to, "lid"));
		if (d->to == NULL)
			no(d, "naar.lid", "onbekend lid; zie GET /v1/partners");
		else if (strcmp(d->to->id, d->shift.desk->member) == 0)
			no(d, "naar.lid",
			    "dat bent u zelf; een verwijzing gaat naar een "
			    "ander lid");
		return;
	}
	if (area[0] == '\0') {
		no(d, "naar", "geef een lid of een buurt");
		return;
	}
	n = register_recipients(reg, d->type, area, d->shift.desk->member,
	    found, RECIPIENTS);
	if (n == 1)
		d->to = found[0];
	else if (n == 0)
		no(d, "naar.buurt", "niemand ontvangt dit type in deze buurt");
	else
		no(d, "naar",
		    "meer dan een lid ontvangt dit type in deze buurt; kies "
		    "een lid uit GET /v1/partners");
}

static void
check_desk(struct draft *d)
{
	const char *desk = json_text(json_object_get(d->body, "naar"), "desk");

	if (desk[0] != '\0' && !register_has_desk(d->to, desk))
		no(d, "naar.desk", "dit lid heeft dat team niet");
}

/*
 * Every section is what its category says, and all together fit in a letter:
 * nothing may turn out to be wrong after the offer was accepted.
 */
static void
check_sections(struct draft *d)
{
	const json_t *sections = json_object_get(d->body, "gegevens");
	const char *key;
	char field[128];
	json_t *value;
	uint8_t *bytes;
	uint32_t number;
	size_t len, sum = 0;
	struct why why = {""};

	json_object_foreach((json_t *)(uintptr_t)sections, key, value)
	{
		if (terms_number(TERMS_CATEGORIES, key, &number) != WH_OK ||
		    wire_section_write((enum category)number, value, &bytes,
			&len, &why) != WH_OK) {
			snprintf(field, sizeof(field), "gegevens.%s", key);
			no(d, field, why.text);
			return;
		}
		mem_wipe_free(bytes, len);
		sum += 2 * len + SECTION_ROOM; /* padding at most doubles it */
	}
	if (sum + HEADER_ROOM > ENVELOPE_MAX)
		no(d, "gegevens", "alles samen is te groot");
}

/* The same kenmerk and content again is the same referral. */
static enum wh_err
find_same(struct draft *d)
{
	struct id case_ref;
	json_t *dossier = NULL;
	enum wh_err err;

	err = kenmerk_find(d->shift.txn, d->shift.desk->vault, KENMERK_REFERRAL,
	    d->body, &case_ref);
	if (err == WH_NOT_FOUND)
		return WH_OK;
	d->done = true;
	if (err == WH_EXISTS)
		return result_no(d->result, OUTCOME_CONFLICT, "kenmerk",
		    "dit kenmerk is gebruikt voor een andere verwijzing");
	if (err == WH_OK)
		err = dossier_get(d->shift.txn, d->shift.desk->vault, &case_ref,
		    &dossier);
	if (err != WH_OK)
		return err;
	d->result->kind = OUTCOME_SAME;
	d->result->dossier = dossier_api(dossier);
	json_decref(dossier);
	return WH_OK;
}

/* Who acts alone in danger says who and why, before anything leaves. */
static void
check_danger(struct draft *d, const json_t *ground, enum permission_kind kind)
{
	static const struct {
		const char *key, *field;
	} rows[] = {{"reden", "grondslag.reden"}, {"door", "grondslag.door"}};
	bool needed = kind_rule(kind)->needs_break_glass;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]) && !d->done; i++)
		if ((json_text(ground, rows[i].key)[0] != '\0') != needed)
			no(d, rows[i].field,
			    needed ? "nodig bij VITAL_INTEREST"
				   : "hoort alleen bij VITAL_INTEREST");
}

/* What only one kind of ground has. */
static void
check_ground(struct draft *d, const json_t *ground, enum permission_kind kind)
{
	if (kind != KIND_POLICE_WPG && json_text(ground, "besluit")[0] != '\0')
		no(d, "grondslag.besluit", "hoort alleen bij POLICE_WPG");
	else if (kind != KIND_DUTY_WITH_OBJECTION &&
		 json_object_size(json_object_get(ground, "pogingen")) > 0)
		no(d, "grondslag.pogingen",
		    "hoort alleen bij DUTY_WITH_OBJECTION");
	else
		check_danger(d, ground, kind);
}

/*
 * The ground as the dossier keeps it: with the record that holds for this
 * recipient, or with the type's instrument where none is named.
 */
static enum wh_err
settle_ground(struct draft *d, json_t *ground)
{
	struct desk *desk = d->shift.desk;
	const char *text = json_text(ground, "toestemming");
	json_t *consent = NULL;
	json_t *record;
	struct id consent_id;
	uint32_t kind;
	size_t i;
	enum wh_err err;

	if (terms_number(TERMS_PERMISSION_KINDS, json_text(ground, "soort"),
		&kind) != WH_OK) {
		no(d, "grondslag.soort", "onbekend; zie GET /v1/typen");
		return WH_OK;
	}
	check_ground(d, ground, (enum permission_kind)kind);
	if (d->done)
		return WH_OK;
	if (text[0] == '\0') {
		if (kind_is_consent((enum permission_kind)kind)) {
			d->done = true;
			return result_refused(d->result, REASON_NO_PERMISSION,
			    "grondslag.toestemming ontbreekt; leg eerst de "
			    "toestemming vast");
		}
		if (json_text(ground, "instrument")[0] == '\0')
			json_object_set_new(ground, "instrument",
			    json_string(d->type->instrument));
		return WH_OK;
	}
	err = id_parse(text, &consent_id) == WH_OK
		  ? sealed_json_get(d->shift.txn, desk->vault, LOCAL_CONSENT,
			span_id(&consent_id), &consent)
		  : WH_NOT_FOUND;
	if (err == WH_NOT_FOUND) {
		/* Or the record itself, known from another member. */
		json_object_set_new(ground, "record", json_string(text));
		return WH_OK;
	}
	if (err != WH_OK)
		return err;
	json_array_foreach(json_object_get(consent, "records"), i, record)
	{
		if (strcmp(json_text(record, "lid"), d->to->id) == 0)
			json_object_set(ground, "record",
			    json_object_get(record, "record"));
	}
	json_decref(consent);
	if (json_object_get(ground, "record") == NULL) {
		d->done = true;
		return result_refused(d->result, REASON_WRONG_PARTIES,
		    "de toestemming geldt niet voor deze ontvanger");
	}
	return WH_OK;
}

/* Sealed details say why; the clear bit only that no notice may go out. */
static bool
must_not_write(const json_t *sections)
{
	const json_t *contact = json_object_get(sections, "CONTACT");

	return json_is_true(json_object_get(contact, "nietBenaderen")) ||
	       json_text(contact, "veiligContact")[0] != '\0';
}

static enum wh_err
make_dossier(struct draft *d, const struct id *case_ref)
{
	const json_t *to = json_object_get(d->body, "naar");
	const char *desk = json_text(to, "desk");
	char id[ID_TEXT_SIZE], at[CLK_ISO_SIZE];

	if (desk[0] == '\0' && register_has_desk(d->to, d->type->desk))
		desk = d->type->desk;
	id_text(case_ref, id);
	clk_iso(d->shift.now_ms, at);
	d->dossier = json_pack("{s:s, s:s, s:s, s:s, s:{s:s}, s:{s:s}, s:s, "
			       "s:s, s:b, s:b, s:b, s:[]}",
	    "id", id, "type", d->type->id, "richting", "verzonden", "status",
	    "QUEUED", "van", "lid", d->shift.desk->member, "naar", "lid",
	    d->to->id, "buurt", json_text(to, "buurt"), "aangemaakt", at,
	    "eenfase", !d->type->two_phase, "gelezen", 0, "contactGelegd", 0,
	    "gebeurtenissen");
	if (desk[0] != '\0')
		json_object_set_new(json_object_get(d->dossier, "naar"), "desk",
		    json_string(desk));
	json_object_set(d->dossier, "client",
	    json_object_get(d->body, "client"));
	json_object_set_new(d->dossier, "urgentie",
	    json_string(json_text(d->body, "urgentie")[0] == '\0'
			    ? "normaal"
			    : json_text(d->body, "urgentie")));
	if (json_object_get(d->body, "kenmerk") != NULL)
		json_object_set(d->dossier, "kenmerk",
		    json_object_get(d->body, "kenmerk"));
	if (json_object_get(d->body, "bron") != NULL)
		json_object_set(d->dossier, "bron",
		    json_object_get(d->body, "bron"));
	if (must_not_write(json_object_get(d->body, "gegevens")))
		json_object_set_new(d->dossier, "nietAutomatischBerichten",
		    json_true());
	json_object_set_new(d->dossier, "grondslag",
	    json_deep_copy(json_object_get(d->body, "grondslag")));
	return settle_ground(d, json_object_get(d->dossier, "grondslag"));
}

static enum wh_err
set_relation(struct draft *d)
{
	char text[ID_TEXT_SIZE];
	struct id relation;
	enum wh_err err;

	err = relations_get(d->shift.txn, d->shift.desk->vault,
	    json_text(d->body, "client"), d->to->id, &relation);
	if (err != WH_OK)
		return err;
	id_text(&relation, text);
	json_object_set_new(d->dossier, "relatie", json_string(text));
	return WH_OK;
}

/* The epoch of the permission as we know it goes into every message. */
static enum wh_err
set_epoch(struct draft *d, const struct ground *ground)
{
	struct permit permit;
	enum wh_err err;

	if (!ground->has_permission)
		return WH_OK;
	err = permits_get(d->shift.txn, &d->shift.arena, &ground->permission_id,
	    &permit);
	if (err == WH_OK)
		json_object_set_new(d->dossier, "epoch",
		    json_integer((json_int_t)permit.standing.epoch));
	return err == WH_NOT_FOUND ? WH_OK : err;
}

/* What may not go with the offer follows when it was accepted. */
static void
split_sections(struct draft *d, uint32_t offer)
{
	const json_t *all = json_object_get(d->body, "gegevens");

	json_object_set_new(d->dossier, "gegevens",
	    d->type->two_phase ? sections_take(all, offer)
			       : json_deep_copy(all));
	if (d->type->two_phase)
		json_object_set_new(d->dossier, "gegevensLater",
		    sections_take(all, ~offer));
}

/* Ask about the offer, and at once about what will follow it. */
static enum wh_err
decide_all(struct draft *d, const struct letter *offer)
{
	struct letter later = *offer;
	struct why why = {""};
	enum reason reason = REASON_NONE;
	enum wh_err err;

	err = letter_decide(&d->shift, offer, false, &reason, &why);
	later.header.event = EVENT_IDENTITY;
	later.sections = json_object_get(d->dossier, "gegevensLater");
	if (err == WH_OK && reason == REASON_NONE && d->type->two_phase)
		err = letter_decide(&d->shift, &later, false, &reason, &why);
	if (err == WH_OK && reason != REASON_NONE) {
		d->done = true;
		result_refused(d->result, reason, why.text);
	}
	return err;
}

static enum wh_err
send_offer(struct draft *d, const struct id *case_ref)
{
	struct letter letter = {0};
	struct why why = {""};
	char at[CLK_ISO_SIZE];
	enum wh_err err;

	err = letter_header(&d->shift, d->dossier, EVENT_OFFER, &letter.header);
	if (err == WH_INVALID) {
		no(d, "grondslag", "is niet te lezen");
		return WH_OK;
	}
	if (err == WH_OK)
		err = set_epoch(d, &letter.header.ground);
	if (err != WH_OK)
		return err;
	letter.header.epoch =
	    (uint64_t)json_integer_value(json_object_get(d->dossier, "epoch"));
	split_sections(d, decide_categories(d->type, EVENT_OFFER, false));
	letter.sections = json_object_get(d->dossier, "gegevens");
	err = decide_all(d, &letter);
	if (err != WH_OK || d->done)
		return err;
	err = letter_send(&d->shift, &letter, &why);
	if (err == WH_NOT_FOUND || err == WH_INVALID || err == WH_TOO_BIG) {
		no(d, err == WH_NOT_FOUND ? "naar" : "gegevens",
		    why.text[0] == '\0' ? wh_err_str(err) : why.text);
		return WH_OK;
	}
	if (err != WH_OK)
		return err;
	d->result->kind = OUTCOME_QUEUED;
	d->result->has_wait = true;
	d->result->wait = letter.header.message_id;
	clk_iso(letter.header.expires_ms, at);
	json_object_set_new(d->dossier, "vervalt", json_string(at));
	dossier_sent(d->dossier);
	err = dossier_put(d->shift.txn, d->shift.desk->vault, case_ref,
	    d->dossier);
	if (err == WH_OK)
		err = held_case_put(d->shift.txn, &letter.header.ground,
		    &letter.header.relation_ref, case_ref);
	if (err == WH_OK)
		err = kenmerk_keep(d->shift.txn, d->shift.desk->vault,
		    KENMERK_REFERRAL, d->body, case_ref);
	if (err == WH_OK)
		d->result->dossier = dossier_api(d->dossier);
	return err;
}

static enum wh_err
draft_referral(struct draft *d)
{
	static void (*const checks[])(struct draft *) = {find_type,
	    find_recipient, check_desk, check_sections};
	struct id case_ref;
	uint8_t random[10];
	size_t i;
	enum wh_err err;

	for (i = 0; i < sizeof(checks) / sizeof(checks[0]); i++) {
		checks[i](d);
		if (d->done)
			return WH_OK;
	}
	err = find_same(d);
	if (err != WH_OK || d->done)
		return err;
	random_fill(random, sizeof(random));
	case_ref = id_v7(d->shift.now_ms, random);
	err = make_dossier(d, &case_ref);
	if (err == WH_OK && !d->done)
		err = set_relation(d);
	if (err == WH_OK && !d->done)
		err = send_offer(d, &case_ref);
	return err;
}

enum wh_err
desk_refer(struct desk *desk, const json_t *body, int64_t now_ms,
    struct desk_result *out)
{
	struct draft d = {.body = body, .result = out};
	enum wh_err err;

	*out = (struct desk_result){0};
	if (desk->registry == NULL)
		return result_no(out, OUTCOME_BUSY, "",
		    "het register is nog niet ontvangen; probeer het later");
	if (!result_shape(out, &shape_referral_new, body))
		return WH_OK;
	err = shift_begin(desk, now_ms, &d.shift);
	if (err == WH_OK)
		err = draft_referral(&d);
	/* "No" leaves nothing behind, not even a relation. */
	if (err == WH_OK && d.done)
		shift_end(&d.shift, WH_REFUSED);
	else
		err = shift_end(&d.shift, err);
	json_decref(d.dossier);
	if (err != WH_OK)
		desk_result_fini(out);
	return err;
}
