/* SPDX-License-Identifier: EUPL-1.2 */
#include "adapters/buurtteam/fhir_referral.h"

#include <stdio.h>
#include <string.h>

#include "adapters/buurtteam/fhir_draft.h"
#include "adapters/buurtteam/fhir_person.h"
#include "adapters/json.h"
#include "consent/register.h"
#include "proto/base/mem.h"
#include "proto/base/text.h"
#include "proto/wire_section.h"

#define NUMBER_MAX 64 /* characters of client and kenmerk */

/* The covenant's type, in code or in one of the categories. */
static enum wh_err
read_type(struct fhir_draft *d)
{
	const json_t *request = fhir_draft_resource(d, FHIR_REQUEST);
	const char *type =
	    fhir_code(json_object_get(request, "code"), FHIR_TYPE);
	const json_t *concept;
	size_t i;

	json_array_foreach(json_object_get(request, "category"), i, concept)
	{
		if (type[0] == '\0')
			type = fhir_code(concept, FHIR_TYPE);
	}
	if (type[0] == '\0')
		return fhir_draft_refuse(d, "required", FHIR_REQUEST, "code",
		    "geef het verwijzingstype als coding met "
		    "system " FHIR_TYPE);
	if (!text_is_slug(type, NAME_MAX_LEN))
		return fhir_draft_refuse(d, "code-invalid", FHIR_REQUEST,
		    "code",
		    "onbekend verwijzingstype; GET /v1/typen toont wat kan");
	json_set_text(d->body, "type", type);
	d->allowed = ~category_bit(CATEGORY_BSN);
	d->required = category_bit(CATEGORY_REQUEST);
	if (d->reg == NULL)
		return WH_OK;
	d->type = register_type(d->reg, type);
	if (d->type == NULL)
		return fhir_draft_refuse(d, "code-invalid", FHIR_REQUEST,
		    "code",
		    "onbekend verwijzingstype; GET /v1/typen toont wat kan");
	d->required = d->type->required;
	d->allowed = d->type->required | d->type->optional;
	return WH_OK;
}

/* Who it is for: a member by its name here or its number in the register. */
static const char *
member_of(const struct fhir_draft *d, const json_t *reference)
{
	const json_t *identifier = json_object_get(reference, "identifier");
	const char *system = json_text(identifier, "system");
	const char *value = json_text(identifier, "value");

	if (strcmp(system, FHIR_MEMBER) == 0)
		return value;
	if (strcmp(system, FHIR_OIN) != 0 || d->reg == NULL)
		return "";
	for (size_t i = 0; i < d->reg->member_count; i++) {
		if (value[0] != '\0' &&
		    strcmp(d->reg->members[i].oin, value) == 0)
			return d->reg->members[i].id;
	}
	return "";
}

static bool
is_slug_or_absent(const char *text)
{
	return text[0] == '\0' || text_is_slug(text, NAME_MAX_LEN);
}

static enum wh_err
read_member(struct fhir_draft *d, json_t *to)
{
	const json_t *owner =
	    json_object_get(fhir_draft_resource(d, FHIR_TASK), "owner");
	const json_t *performers =
	    json_object_get(fhir_draft_resource(d, FHIR_REQUEST), "performer");
	const char *member = member_of(d, owner);
	const char *desk = "";
	const json_t *performer;
	size_t i;

	json_array_foreach(performers, i, performer)
	{
		const json_t *identifier =
		    json_object_get(performer, "identifier");
		const char *one = member_of(d, performer);

		if (strcmp(json_text(identifier, "system"), FHIR_DESK) == 0)
			desk = json_text(identifier, "value");
		if (member[0] == '\0')
			member = one;
		else if (one[0] != '\0' && strcmp(one, member) != 0)
			return fhir_draft_refuse(d, "invariant", FHIR_REQUEST,
			    "performer",
			    "een ander lid dan in Task.owner; stuur elke "
			    "verwijzing apart");
	}
	if (member[0] == '\0' && json_object_get(owner, "identifier") != NULL)
		return fhir_draft_refuse(d, "value", FHIR_TASK,
		    "owner.identifier",
		    "geen lid van het convenant; zie GET /v1/partners");
	if (!is_slug_or_absent(member) || !is_slug_or_absent(desk))
		return fhir_draft_refuse(d, "value", FHIR_TASK,
		    "owner.identifier", "geen naam van een lid of balie");
	json_set_text(to, "lid", member);
	json_set_text(to, "desk", desk);
	return WH_OK;
}

static enum wh_err
read_recipient(struct fhir_draft *d)
{
	const json_t *places =
	    json_object_get(fhir_draft_resource(d, FHIR_REQUEST),
		"locationCode");
	json_t *to = json_object();
	const json_t *place;
	enum wh_err err;
	size_t i;

	json_object_set_new(d->body, "naar", to);
	err = read_member(d, to);
	if (err != WH_OK)
		return err;
	json_array_foreach(places, i, place)
	{
		const char *area = fhir_code(place, FHIR_AREA);

		if (!is_slug_or_absent(area))
			return fhir_draft_refuse(d, "code-invalid",
			    FHIR_REQUEST, "locationCode", "onbekende buurt");
		if (json_object_get(to, "buurt") == NULL)
			json_set_text(to, "buurt", area);
	}
	if (json_object_get(to, "lid") != NULL ||
	    json_object_get(to, "buurt") != NULL)
		return WH_OK;
	return fhir_draft_refuse(d, "required", FHIR_TASK, "owner",
	    "geef een lid (identifier) of ServiceRequest.locationCode met een "
	    "buurt");
}

/* A number of their own: there, clean, and not too long to keep. */
static enum wh_err
take_number(struct fhir_draft *d, enum fhir_kind kind, const char *key,
    const char *value, const char *missing)
{
	if (value[0] == '\0')
		return fhir_draft_refuse(d, "required", kind, "identifier",
		    missing);
	if (strlen(value) > NUMBER_MAX || !text_is_clean(span_str(value)))
		return fhir_draft_refuse(d, "too-long", kind, "identifier",
		    "ten hoogste 64 gewone tekens");
	json_set_text(d->body, key, value);
	return WH_OK;
}

static void
keep_source(struct fhir_draft *d, const char *key, const char *system,
    const char *value)
{
	json_t *source = json_object_get(d->body, "bron");

	if (source == NULL) {
		source = json_object();
		json_object_set_new(d->body, "bron", source);
	}
	fhir_set_new(source, key, fhir_identifier(system, value));
}

static const json_t *
first_identifier(const struct fhir_draft *d, enum fhir_kind kind)
{
	return json_array_get(json_object_get(fhir_draft_resource(d, kind),
				  "identifier"),
	    0);
}

/* Whose number is whose, and how they are to be called when we answer. */
static enum wh_err
read_numbers(struct fhir_draft *d)
{
	const json_t *request = first_identifier(d, FHIR_REQUEST);
	const json_t *task = first_identifier(d, FHIR_TASK);
	const char *system;
	const char *client =
	    fhir_person_client(fhir_draft_resource(d, FHIR_PATIENT), &system);
	const char *own = json_text(request, "value");
	enum wh_err err;

	err = take_number(d, FHIR_PATIENT, "client", client,
	    "geef een eigen nummer van de inwoner, geen BSN");
	if (err != WH_OK)
		return err;
	err = own[0] == '\0'
		  ? take_number(d, FHIR_REQUEST, "kenmerk",
			json_text(task, "value"),
			"geef een eigen nummer; dan kan de aanvraag veilig "
			"nog eens")
		  : take_number(d, FHIR_REQUEST, "kenmerk", own, "");
	if (err != WH_OK)
		return err;
	keep_source(d, "inwoner", system, client);
	keep_source(d, "aanvraag", json_text(request, "system"), own);
	keep_source(d, "taak", json_text(task, "system"),
	    json_text(task, "value"));
	return WH_OK;
}

static bool
is_urgent(const struct fhir_draft *d, enum fhir_kind kind)
{
	const char *priority =
	    json_text(fhir_draft_resource(d, kind), "priority");

	return priority[0] != '\0' && strcmp(priority, "routine") != 0;
}

/* In the request's supporting information, or among the Task's input. */
static const char *
find_consent(struct fhir_draft *d, enum fhir_kind *kind)
{
	const json_t *item, *value;
	const char *found = "";
	size_t i;

	*kind = FHIR_REQUEST;
	json_array_foreach(json_object_get(fhir_draft_resource(d, FHIR_REQUEST),
			       "supportingInfo"),
	    i, item)
	{
		value = json_object_get(item, "identifier");
		if (strcmp(json_text(value, "system"), FHIR_CONSENT) == 0)
			found = json_text(value, "value");
		else
			fhir_note(d->notes, fhir_draft_path(d, FHIR_REQUEST),
			    "supportingInfo",
			    "alleen een toestemming met identifier wordt "
			    "gelezen");
	}
	json_array_foreach(json_object_get(fhir_draft_resource(d, FHIR_TASK),
			       "input"),
	    i, item)
	{
		if (strcmp(fhir_code(json_object_get(item, "type"),
			       FHIR_PARAMETER),
			"toestemming") != 0) {
			fhir_note(d->notes, fhir_draft_path(d, FHIR_TASK),
			    "input", "alleen toestemming wordt gelezen");
			continue;
		}
		if (found[0] != '\0')
			continue;
		*kind = FHIR_TASK;
		found = json_text(item, "valueString");
		value = json_object_get(item, "valueIdentifier");
		if (value != NULL)
			found = json_text(value, "value");
	}
	return found;
}

/* The lowest of the kinds that are consent-like, or of those that are not. */
static const char *
kind_word(const struct fhir_draft *d, bool consent)
{
	const struct term *kind = terms_all(TERMS_PERMISSION_KINDS);

	for (; kind->text != NULL; kind++) {
		if (kind_is_consent((enum permission_kind)kind->number) ==
			consent &&
		    (d->type->kinds & (1u << kind->number)) != 0)
			return kind->text;
	}
	return NULL;
}

/*
 * Without a consent the desk refuses a type that needs one: NO_PERMISSION is
 * an answer of its own, and not a mistake in the document.
 */
static enum wh_err
read_ground(struct fhir_draft *d)
{
	enum fhir_kind kind;
	const char *consent = find_consent(d, &kind);
	const char *statutory = d->type == NULL ? NULL : kind_word(d, false);
	const char *word = d->type == NULL ? "CONSENT_AVG" : kind_word(d, true);
	json_t *ground = json_object();
	struct id id;

	json_object_set_new(d->body, "grondslag", ground);
	if (consent[0] != '\0' && id_parse(consent, &id) != WH_OK)
		return fhir_draft_refuse(d, "value", kind,
		    kind == FHIR_TASK ? "input" : "supportingInfo",
		    "geen id van een toestemming");
	if (statutory != NULL && (word == NULL || consent[0] == '\0')) {
		json_set_text(ground, "soort", statutory);
		json_set_text(ground, "instrument", d->type->instrument);
		if (consent[0] != '\0')
			fhir_note(d->notes, fhir_draft_path(d, kind),
			    kind == FHIR_TASK ? "input" : "supportingInfo",
			    "dit type rust op de wet, niet op toestemming");
		return WH_OK;
	}
	json_set_text(ground, "soort", word);
	json_set_text(ground, "toestemming", consent);
	return WH_OK;
}

/* Who asks, and the first reason that is given in words. */
static void
read_danger(struct fhir_draft *d)
{
	const json_t *request = fhir_draft_resource(d, FHIR_REQUEST);
	const json_t *requester = json_object_get(request, "requester");
	json_t *ground = json_object_get(d->body, "grondslag");
	const json_t *reason;
	size_t i;

	if (strcmp(json_text(ground, "soort"), "VITAL_INTEREST") != 0)
		return;
	json_set_text(ground, "door", json_text(requester, "display"));
	json_set_text(ground, "reden", d->story);
	json_array_foreach(json_object_get(request, "reasonCode"), i, reason)
	{
		if (json_text(reason, "text")[0] != '\0') {
			json_set_text(ground, "reden",
			    json_text(reason, "text"));
			return;
		}
	}
}

/* What the type has no category for is not sent, and that is said. */
static void
drop_forbidden(struct fhir_draft *d)
{
	static const struct {
		enum category category;
		const char *element;
		const char *text;
	} rows[] = {
	    {CATEGORY_BSN, "identifier",
		"dit verwijzingstype kent geen BSN; weggelaten"},
	    {CATEGORY_ADDRESS, "address",
		"dit verwijzingstype kent geen adres; weggelaten"},
	    {CATEGORY_CONTACT, "",
		"dit verwijzingstype kent geen persoonsgegevens; weggelaten"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *name =
		    terms_text(TERMS_CATEGORIES, rows[i].category);

		if (fhir_draft_allows(d, rows[i].category) ||
		    json_object_del(d->sections, name) != 0)
			continue;
		fhir_note(d->notes, fhir_draft_path(d, FHIR_PATIENT),
		    rows[i].element, rows[i].text);
	}
}

static void
section_origin(const struct fhir_bundle *bundle, enum category category,
    const char *why, char out[128])
{
	const char *element = "reasonCode";
	enum fhir_kind kind = FHIR_REQUEST;

	if (category == CATEGORY_CONTACT || category == CATEGORY_ADDRESS ||
	    category == CATEGORY_BSN) {
		kind = FHIR_PATIENT;
		element = fhir_person_element(category, why);
	}
	(void)snprintf(out, 128, "%s%s%s", bundle->part[kind].path,
	    element[0] == '\0' ? "" : ".", element);
}

/* Every section fits what the sealing side takes. */
static enum wh_err
check_sections(struct fhir_draft *d)
{
	struct why why = {""};
	const char *name;
	uint32_t number = 0;
	uint8_t *bytes;
	json_t *value;
	char at[128];
	size_t len;

	json_object_foreach(d->sections, name, value)
	{
		(void)terms_number(TERMS_CATEGORIES, name, &number);
		if (wire_section_write((enum category)number, value, &bytes,
			&len, &why) == WH_OK) {
			mem_wipe_free(bytes, len);
			continue;
		}
		section_origin(&d->bundle, (enum category)number, why.text, at);
		return fhir_refuse(d->fault, "value", at, "", why.text);
	}
	return WH_OK;
}

static enum wh_err
read_sections(struct fhir_draft *d)
{
	enum wh_err err;

	d->sections = json_object();
	json_object_set_new(d->body, "gegevens", d->sections);
	err = fhir_person_read(fhir_draft_resource(d, FHIR_PATIENT),
	    fhir_draft_path(d, FHIR_PATIENT), d->sections, d->notes, d->fault);
	if (err != WH_OK)
		return err;
	drop_forbidden(d);
	err = fhir_need_read(d);
	return err == WH_OK ? check_sections(d) : err;
}

enum wh_err
fhir_referral_read(const json_t *document, const struct wh_register *reg,
    json_t **body, json_t *notes, struct fhir_fault *fault)
{
	struct fhir_draft d = {.reg = reg, .notes = notes, .fault = fault};
	enum wh_err err;

	err = fhir_bundle_read(document, &d.bundle, notes, fault);
	if (err != WH_OK)
		return err;
	d.body = json_object();
	err = read_type(&d);
	if (err == WH_OK)
		err = read_recipient(&d);
	if (err == WH_OK)
		err = read_numbers(&d);
	if (err == WH_OK)
		err = read_ground(&d);
	if (err == WH_OK)
		err = read_sections(&d);
	if (err == WH_OK)
		read_danger(&d);
	if (err == WH_OK)
		json_set_text(d.body, "urgentie",
		    is_urgent(&d, FHIR_TASK) || is_urgent(&d, FHIR_REQUEST)
			? "spoed"
			: "normaal");
	fhir_paragraph_free(d.reasons);
	fhir_paragraph_free(d.story);
	if (err == WH_OK)
		*body = d.body;
	else
		json_decref(d.body);
	return err;
}

/* The start of a field of the desk's JSON, and where it came from. */
static const struct {
	const char *field;
	enum fhir_kind kind;
	const char *element;
} origins[] = {
    {"type", FHIR_REQUEST, "code"},
    {"naar.buurt", FHIR_REQUEST, "locationCode"},
    {"naar", FHIR_TASK, "owner"},
    {"client", FHIR_PATIENT, "identifier"},
    {"kenmerk", FHIR_REQUEST, "identifier"},
    {"grondslag.reden", FHIR_REQUEST, "reasonCode"},
    {"grondslag.door", FHIR_REQUEST, "requester.display"},
    {"grondslag", FHIR_REQUEST, "supportingInfo"},
    {"urgentie", FHIR_REQUEST, "priority"},
};

void
fhir_referral_origin(const json_t *document, const char *field, const char *why,
    char out[128])
{
	struct fhir_fault ignored;
	struct fhir_bundle bundle;
	uint32_t category;

	(void)snprintf(out, 128, "Bundle");
	if (fhir_bundle_read(document, &bundle, NULL, &ignored) != WH_OK)
		return;
	if (strncmp(field, "gegevens.", 9) == 0 &&
	    terms_number(TERMS_CATEGORIES, field + 9, &category) == WH_OK) {
		section_origin(&bundle, (enum category)category, why, out);
		return;
	}
	for (size_t i = 0; i < sizeof(origins) / sizeof(origins[0]); i++) {
		if (strncmp(field, origins[i].field,
			strlen(origins[i].field)) == 0) {
			(void)snprintf(out, 128, "%s.%s",
			    bundle.part[origins[i].kind].path,
			    origins[i].element);
			return;
		}
	}
}
