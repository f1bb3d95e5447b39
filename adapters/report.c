/* SPDX-License-Identifier: EUPL-1.2 */
#include "adapters/report_impl.h"

#include <stdio.h>

#include "adapters/api_reason.h"
#include "adapters/json.h"
#include "adapters/log_view.h"
#include "adapters/plain.h"
#include "adapters/report_words.h"
#include "adapters/template.h"
#include "consent/register.h"
#include "proto/base/clk.h"
#include "proto/base/text.h"

const char *
report_member_name(const struct report *r, const char *id)
{
	return strcmp(id, "hub") == 0 ? "De hub" : log_view_member(r->reg, id);
}

const char *
report_type_title(const struct report *r, const char *id)
{
	const struct reg_type *type = register_type(r->reg, id);

	return type == NULL ? id : type->title_nl;
}

static const char *
law_text(const struct report *r, const char *instrument)
{
	const struct reg_instrument *found =
	    register_instrument(r->reg, instrument);

	return found == NULL ? instrument : found->text;
}

int64_t
report_time_of(const json_t *object, const char *key)
{
	int64_t at_ms = 0;

	return clk_parse(json_text(object, key), &at_ms) == WH_OK ? at_ms : 0;
}

void
report_set_iso(json_t *object, const char *key, int64_t at_ms)
{
	char iso[CLK_ISO_SIZE];

	clk_iso(at_ms, iso);
	json_set_text(object, key, iso);
}

/* A sentence in which every %s is a text; the first may be a date. */
json_t *
report_item_at(int64_t at_ms, const char *text)
{
	json_t *item = json_pack("{s:s}", "tekst", text);

	if (at_ms != 0)
		report_set_iso(item, "op", at_ms);
	return item;
}

json_t *
report_list_of(struct report *r, const char *key)
{
	return json_object_get(r->body, key);
}

void
report_init(struct report *report, const struct wh_register *reg,
    const char *self, const char *client, int64_t now_ms)
{
	char date[PLAIN_DATE_SIZE];

	*report = (struct report){.reg = reg, .self = self, .now_ms = now_ms};
	plain_date(PLAIN_NL, now_ms, date);
	report->withheld = json_array();
	report->body = json_pack("{s:s, s:s, s:s, s:s, s:[], s:[], s:[], s:[]}",
	    "client", client, "lid", self, "naam",
	    report_member_name(report, self), "datum", date, "verwijzingen",
	    "weigeringen", "toestemmingen", "ontvangers");
	report_set_iso(report->body, "peildatum", now_ms);
}

void
report_fini(struct report *report)
{
	json_decref(report->body);
	json_decref(report->withheld);
	report->body = report->withheld = NULL;
}

/*
 * The one question: may the resident see now what happened at at_ms under this
 * type? What is left out is told to the officer, as "what" with this id.
 */
bool
report_may_see(struct report *r, const char *type,
    const struct permission *permission, int64_t at_ms,
    struct disclosure_view *view)
{
	*view = disclosure_at(r->reg, type, permission, at_ms, r->now_ms);
	return view->visible;
}

void
report_withhold(struct report *r, const char *what, const char *id,
    const char *type, int64_t at_ms, const struct disclosure_view *view)
{
	char text[REPORT_TEXT], date[PLAIN_DATE_SIZE];
	json_t *item;

	if (view->kind == DISCLOSURE_WITHHELD) {
		snprintf(text, sizeof(text), "De bewoner hoort dit niet: %s.",
		    view->article);
	} else {
		plain_date(PLAIN_NL, view->from_ms, date);
		snprintf(text, sizeof(text),
		    "De bewoner hoort dit later: vanaf %s.", date);
	}
	item = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "soort", what, "id",
	    id, "type", type, "titel", report_type_title(r, type), "wijze",
	    terms_text(TERMS_DISCLOSURES, view->kind), "tekst", text);
	report_set_iso(item, "op", at_ms);
	json_set_text(item, "grond", view->article);
	if (view->from_ms != 0)
		report_set_iso(item, "tot", view->from_ms);
	if (view->review_ms != 0)
		report_set_iso(item, "herzien", view->review_ms);
	json_array_append_new(r->withheld, item);
}

json_t *
report_categories_text(uint32_t bits)
{
	json_t *out = json_array();

	for (uint32_t c = 1; c <= CATEGORY_COUNT; c++) {
		if ((bits & (1u << c)) != 0)
			json_array_append_new(out,
			    json_string(plain_nl.category[c]));
	}
	return out;
}

json_t *
report_categories_code(uint32_t bits)
{
	json_t *out = json_array();

	for (uint32_t c = 1; c <= CATEGORY_COUNT; c++) {
		if ((bits & (1u << c)) != 0)
			json_array_append_new(out,
			    json_string(terms_text(TERMS_CATEGORIES, c)));
	}
	return out;
}

uint32_t
report_category_bits(const json_t *words)
{
	uint32_t bits = 0, number;
	json_t *word;
	size_t i;

	json_array_foreach((json_t *)(uintptr_t)words, i, word)
	{
		if (terms_number(TERMS_CATEGORIES, json_string_value(word),
			&number) == WH_OK)
			bits |= category_bit((enum category)number);
	}
	return bits;
}

static void
add_recipient(struct report *r, const char *id)
{
	json_t *list = report_list_of(r, "ontvangers");
	json_t *item;
	size_t i;

	if (id[0] == '\0' || strcmp(id, r->self) == 0)
		return;
	json_array_foreach(list, i, item)
	{
		if (strcmp(json_text(item, "lid"), id) == 0)
			return;
	}
	json_array_append_new(list, json_pack("{s:s, s:s}", "lid", id, "naam",
					report_member_name(r, id)));
}

/* One handover: which categories went to whom, and when. */
static void
add_shared(struct report *r, json_t *list, int64_t at_ms, const char *from,
    const char *to, uint32_t categories)
{
	char text[REPORT_TEXT], date[PLAIN_DATE_SIZE];
	json_t *item;

	plain_date(PLAIN_NL, at_ms, date);
	snprintf(text, sizeof(text), "Op %s ging dit van %s naar %s:", date,
	    report_member_name(r, from), report_member_name(r, to));
	item = report_item_at(at_ms, text);
	json_set_text(item, "van", from);
	json_set_text(item, "naar", to);
	json_object_set_new(item, "categorieen",
	    report_categories_code(categories));
	json_object_set_new(item, "gegevens",
	    report_categories_text(categories));
	json_array_append_new(list, item);
	add_recipient(r, to);
}

/* That something went is known; what it was is erased. */
static void
add_shared_erased(struct report *r, json_t *list,
    const struct mirror_entry *entry, const json_t *dossier)
{
	const struct audit_leaf *leaf = &entry->leaf;
	char text[REPORT_TEXT], date[PLAIN_DATE_SIZE];
	json_t *item;

	plain_date(PLAIN_NL, leaf->at_ms, date);
	snprintf(text, sizeof(text),
	    "Op %s ging een bericht van %s naar %s. Wat erin stond, is in het "
	    "logboek gewist.",
	    date, report_member_name(r, leaf->from),
	    report_member_name(r, leaf->to));
	item = report_item_at(leaf->at_ms, text);
	json_set_text(item, "van", leaf->from);
	json_set_text(item, "naar", leaf->to);
	json_object_set_new(item, "categorieen", json_array());
	json_object_set_new(item, "gegevens", json_array());
	json_array_append_new(list, item);
	/* What goes back may hold no data; the referral itself always does. */
	if (strcmp(leaf->to,
		json_text(json_object_get(dossier, "naar"), "lid")) == 0)
		add_recipient(r, leaf->to);
}

/* The first handover of a message; it may have been handed over again. */
static bool
is_first(const struct report_case *one, size_t n)
{
	char message[ID_TEXT_SIZE], other[ID_TEXT_SIZE];

	mirror_detail(&one->entries[n], "message", message, sizeof(message));
	for (size_t i = 0; i < n; i++) {
		if (one->entries[i].leaf.kind != AUDIT_HANDOVER)
			continue;
		mirror_detail(&one->entries[i], "message", other,
		    sizeof(other));
		if (strcmp(message, other) == 0)
			return false;
	}
	return true;
}

static void
add_refusal(struct report *r, const struct mirror_entry *entry,
    const char *type)
{
	char text[REPORT_TEXT], date[PLAIN_DATE_SIZE];
	json_t *item;

	plain_date(PLAIN_NL, entry->leaf.at_ms, date);
	snprintf(text, sizeof(text),
	    "Op %s wilde %s gegevens van u delen met %s (%s). Dat mocht niet. "
	    "%s.",
	    date, report_member_name(r, entry->leaf.from),
	    entry->leaf.to[0] == '\0' ? "een ander"
				      : report_member_name(r, entry->leaf.to),
	    report_type_title(r, type),
	    api_reason((enum reason)entry->leaf.reason)->title);
	item = report_item_at(entry->leaf.at_ms, text);
	json_set_text(item, "reden",
	    terms_text(TERMS_REASONS, entry->leaf.reason));
	json_object_set_new(item, "index",
	    json_integer((json_int_t)entry->index));
	json_array_append_new(report_list_of(r, "weigeringen"), item);
}

/* What the log says was handed over and refused, as far as it may be seen. */
static void
add_entries(struct report *r, const struct report_case *one, json_t *shared)
{
	const char *type = json_text(one->dossier, "type");
	struct disclosure_view view;

	for (size_t i = 0; i < one->entry_count; i++) {
		const struct mirror_entry *entry = &one->entries[i];
		uint32_t categories = log_view_categories(entry);

		if ((entry->leaf.kind != AUDIT_HANDOVER &&
			entry->leaf.kind != AUDIT_REFUSED) ||
		    !report_may_see(r, type, one->permission, entry->leaf.at_ms,
			&view))
			continue;
		if (entry->leaf.kind == AUDIT_REFUSED)
			add_refusal(r, entry, type);
		else if (entry->details[0] == '\0')
			add_shared_erased(r, shared, entry, one->dossier);
		else if (categories != 0 && is_first(one, i))
			add_shared(r, shared, entry->leaf.at_ms,
			    entry->leaf.from, entry->leaf.to, categories);
	}
}

/* Without a log of the hub: what the dossier itself holds. */
static void
add_sections(struct report *r, const json_t *dossier, json_t *shared)
{
	const char *key;
	json_t *value;
	json_t *words = json_array();
	uint32_t bits;

	json_object_foreach(json_object_get(dossier, "gegevens"), key, value)
	    json_array_append_new(words, json_string(key));
	if (json_is_true(json_object_get(dossier, "identiteitVerzonden")))
		json_object_foreach(json_object_get(dossier, "gegevensLater"),
		    key, value) json_array_append_new(words, json_string(key));
	bits = report_category_bits(words);
	json_decref(words);
	if (bits != 0 && strcmp(json_text(dossier, "status"), "DISCARDED") != 0)
		add_shared(r, shared, report_time_of(dossier, "aangemaakt"),
		    json_text(json_object_get(dossier, "van"), "lid"),
		    json_text(json_object_get(dossier, "naar"), "lid"), bits);
}

static void
add_event(struct report *r, const json_t *event, json_t *list)
{
	const char *said = report_event(json_text(event, "soort"));
	int64_t at_ms = report_time_of(event, "op");
	char text[REPORT_TEXT], date[PLAIN_DATE_SIZE];
	const char *reach;
	uint32_t number;
	json_t *item;

	if (said[0] == '\0')
		return;
	plain_date(PLAIN_NL, at_ms, date);
	snprintf(text, sizeof(text), "%s: %s %s.", date,
	    report_member_name(r, json_text(event, "door")), said);
	item = report_item_at(at_ms, text);
	json_array_append_new(list, item);
	if (terms_number(TERMS_REACHES, json_text(event, "bereik"), &number) !=
	    WH_OK)
		return;
	reach = report_reach((enum reach)number);
	if (reach != NULL)
		json_array_append_new(list, report_item_at(at_ms, reach));
}

static json_t *
events_of(struct report *r, const struct report_case *one)
{
	const char *type = json_text(one->dossier, "type");
	struct disclosure_view view;
	json_t *list = json_array();
	json_t *event;
	size_t i;

	json_array_foreach(json_object_get(one->dossier, "gebeurtenissen"), i,
	    event)
	{
		if (report_may_see(r, type, one->permission,
			report_time_of(event, "op"), &view))
			add_event(r, event, list);
	}
	return list;
}

static void
add_ground(struct report *r, json_t *item, const json_t *dossier)
{
	const json_t *ground = json_object_get(dossier, "grondslag");
	const char *instrument = json_text(ground, "instrument");
	uint32_t kind = 0;

	if (terms_number(TERMS_PERMISSION_KINDS, json_text(ground, "soort"),
		&kind) == WH_OK) {
		json_set_text(item, "soort", json_text(ground, "soort"));
		json_set_text(item, "grond", plain_nl.kind[kind]);
	} else {
		json_set_text(item, "grond", "onbekend");
	}
	if (instrument[0] != '\0')
		json_set_text(item, "wet", law_text(r, instrument));
}

static json_t *
case_item(struct report *r, const json_t *dossier)
{
	const char *type = json_text(dossier, "type");
	bool sent = strcmp(json_text(dossier, "richting"), "verzonden") == 0;
	const char *other =
	    json_text(json_object_get(dossier, sent ? "naar" : "van"), "lid");
	int64_t at_ms = report_time_of(dossier, "aangemaakt");
	char text[REPORT_TEXT], date[PLAIN_DATE_SIZE], origin[REPORT_TEXT];
	json_t *item;

	plain_date(PLAIN_NL, at_ms, date);
	snprintf(text, sizeof(text),
	    sent ? "Op %s vroegen wij %s om hulp voor u. Het ging over: %s."
		 : "Op %s kregen wij een vraag over u van %s. Het ging over: "
		   "%s.",
	    date, report_member_name(r, other), report_type_title(r, type));
	if (sent)
		snprintf(origin, sizeof(origin),
		    "uit onze eigen administratie, of van uzelf");
	else
		snprintf(origin, sizeof(origin), "van %s",
		    report_member_name(r, other));
	item = report_item_at(at_ms, text);
	json_set_text(item, "id", json_text(dossier, "id"));
	json_set_text(item, "richting", json_text(dossier, "richting"));
	json_set_text(item, "type", type);
	json_set_text(item, "doel", report_type_title(r, type));
	json_set_text(item, "ander", other);
	json_set_text(item, "herkomst", origin);
	json_set_text(item, "status", json_text(dossier, "status"));
	json_set_text(item, "stand",
	    report_state(json_text(dossier, "status")));
	add_ground(r, item, dossier);
	return item;
}

void
report_add_case(struct report *report, const struct report_case *one)
{
	const char *type = json_text(one->dossier, "type");
	int64_t at_ms = report_time_of(one->dossier, "aangemaakt");
	json_t *shared = json_array();
	struct disclosure_view view;
	json_t *item;

	if (!report_may_see(report, type, one->permission, at_ms, &view)) {
		report_withhold(report, "verwijzing",
		    json_text(one->dossier, "id"), type, at_ms, &view);
		json_decref(shared);
		return;
	}
	item = case_item(report, one->dossier);
	add_entries(report, one, shared);
	if (one->entry_count == 0)
		add_sections(report, one->dossier, shared);
	json_object_set_new(item, "gedeeld", shared);
	json_object_set_new(item, "gebeurtenissen", events_of(report, one));
	json_array_append_new(report_list_of(report, "verwijzingen"), item);
}

static void
add_terms(struct report *r)
{
	char text[REPORT_TEXT];

	snprintf(text, sizeof(text),
	    "Is de hulp klaar? Dan wist de ontvanger uw gegevens na %u "
	    "werkdagen. Dat er een vraag was, staat er daarna nog %u dagen. In "
	    "het logboek blijft %u jaar staan dat er iets is gedeeld, zonder "
	    "uw naam.",
	    (unsigned)r->reg->sections_after_end_working_days,
	    (unsigned)r->reg->shell_after_end_days,
	    (unsigned)r->reg->audit_years);
	json_set_text(r->body, "bewaren", text);
}

void
report_close(struct report *report)
{
	size_t found = json_array_size(report_list_of(report, "verwijzingen")) +
		       json_array_size(report_list_of(report, "weigeringen")) +
		       json_array_size(report_list_of(report, "toestemmingen"));
	json_t *rights = json_array();
	const struct report_right *right;

	json_set_text(report->body, "inleiding",
	    found == 0
		? "Wij hebben in dit systeem niets over u gedeeld of gekregen."
		: "Hier staat wat wij over u hebben gedeeld en gekregen, met "
		  "wie, wanneer en waarom dat mocht.");
	add_terms(report);
	for (right = report_rights; right->text != NULL; right++)
		json_array_append_new(rights,
		    json_pack("{s:s, s:s}", "tekst", right->text, "artikel",
			right->article));
	json_object_set_new(report->body, "rechten", rights);
	json_set_text(report->body, "beperking",
	    "Dit gaat over wat wij via Wijkhub deelden. Wat wij verder over u "
	    "weten, kunt u ook aan ons vragen.");
}

enum wh_err
report_text(const struct report *report, char **out)
{
	json_t *data = json_copy(report->body);
	size_t len = 0;
	enum wh_err err;

	json_object_set_new(data, "heeftOntvangers",
	    json_boolean(json_array_size(
			     json_object_get(report->body, "ontvangers")) > 0));
	err = template_render(report_template, TEMPLATE_TEXT, data, out, &len);
	json_decref(data);
	return err;
}
