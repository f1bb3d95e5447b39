/* SPDX-License-Identifier: EUPL-1.2 */
#include "adapters/buurtteam/fhir_task.h"

#include <stdio.h>
#include <string.h>

#include "adapters/buurtteam/fhir_person.h"
#include "adapters/dossier.h"
#include "adapters/json.h"

#define REQUEST_ID "aanvraag"
#define PATIENT_ID "inwoner"

static const struct {
	enum referral_state state;
	const char *text;
	const char *request; /* ServiceRequest.status */
} states[] = {
    {STATE_DRAFT, "concept", "draft"},
    {STATE_QUEUED, "onderweg", "active"},
    {STATE_DELIVERED, "ontvangen", "active"},
    {STATE_INFO_REQUESTED, "wacht op informatie", "on-hold"},
    {STATE_ACCEPTED, "aanvaard", "active"},
    {STATE_WAITLISTED, "op de wachtlijst", "on-hold"},
    {STATE_SCHEDULED, "ingepland", "active"},
    {STATE_IN_PROGRESS, "gestart", "active"},
    {STATE_CANCEL_REQUESTED, "annulering gevraagd", "active"},
    {STATE_COMPLETED, "afgerond", "completed"},
    {STATE_DECLINED, "afgewezen", "revoked"},
    {STATE_REFERRED_ON, "doorverwezen", "completed"},
    {STATE_CANCELLED, "geannuleerd", "revoked"},
    {STATE_WITHDRAWN, "toestemming ingetrokken: wis de gegevens", "revoked"},
    {STATE_EXPIRED, "termijn verlopen", "revoked"},
    {STATE_UNDELIVERABLE, "niet te bezorgen", "revoked"},
    {STATE_IN_ERROR, "vergissing van de verzender: wis de gegevens",
	"entered-in-error"},
    {STATE_DISCARDED, "verwijderd", "revoked"},
};

#define STATES (sizeof(states) / sizeof(states[0]))

const char *
fhir_task_state_text(enum referral_state state)
{
	for (size_t i = 0; i < STATES; i++) {
		if (states[i].state == state)
			return states[i].text;
	}
	return "";
}

static const char *
request_status(enum referral_state state)
{
	for (size_t i = 0; i < STATES; i++) {
		if (states[i].state == state)
			return states[i].request;
	}
	return "unknown";
}

static bool
may_read_person(const json_t *sections)
{
	return json_object_get(sections, "CONTACT") != NULL ||
	       json_object_get(sections, "ADDRESS") != NULL ||
	       json_object_get(sections, "BSN") != NULL;
}

static bool
is_sent(const json_t *dossier)
{
	return dossier_actor(dossier) == ACTOR_SENDER;
}

static void
add_identifier(json_t *resource, json_t *identifier)
{
	json_t *list = json_object_get(resource, "identifier");

	if (json_text(identifier, "value")[0] == '\0') {
		json_decref(identifier);
		return;
	}
	if (list == NULL) {
		list = json_array();
		json_object_set_new(resource, "identifier", list);
	}
	json_array_insert_new(list, 0, identifier);
}

/* The number that the team's own system gave it, as far as it is known. */
static json_t *
own_identifier(const json_t *dossier, const char *key, const char *otherwise)
{
	const json_t *kept =
	    json_object_get(json_object_get(dossier, "bron"), key);
	const char *value = json_text(kept, "value");

	return fhir_identifier(json_text(kept, "system"),
	    value[0] == '\0' ? otherwise : value);
}

static json_t *
person(const json_t *dossier, const json_t *sections)
{
	json_t *patient = fhir_person_write(sections);

	add_identifier(patient,
	    own_identifier(dossier, "inwoner", json_text(dossier, "client")));
	return patient;
}

/* The need: one reason per section, coded as what it is. */
static void
write_reasons(const json_t *sections, json_t *request)
{
	const struct term *term = terms_all(TERMS_CATEGORIES);
	json_t *reasons = json_array();
	json_t *categories = json_object_get(request, "category");

	for (; term->text != NULL; term++) {
		enum category category = (enum category)term->number;
		const json_t *section = json_object_get(sections, term->text);
		const char *text = json_text(section, "tekst");
		json_t *reason;

		if (section == NULL || category <= CATEGORY_BSN)
			continue;
		if (category == CATEGORY_REQUEST) {
			json_set_text(json_object_get(request, "code"), "text",
			    json_text(section, "doel"));
			if (text[0] != '\0')
				json_array_append_new(reasons,
				    json_pack("{s:s}", "text", text));
			continue;
		}
		reason = fhir_category_concept(category, text);
		fhir_set_new(reason, "extension",
		    fhir_extensions(section, NULL));
		json_array_append_new(reasons, reason);
		if (category_leefgebied(category) > 0)
			json_array_append_new(categories,
			    fhir_category_concept(category, ""));
	}
	fhir_set_new(request, "reasonCode", reasons);
}

static json_t *
party(const json_t *dossier, const char *key)
{
	return json_pack("{s:o}", "identifier",
	    fhir_identifier(FHIR_MEMBER,
		json_text(json_object_get(dossier, key), "lid")));
}

static const char *
area_of(const json_t *dossier)
{
	const char *area = json_text(json_object_get(dossier, "naar"), "buurt");

	return area[0] == '\0' ? json_text(dossier, "buurt") : area;
}

static const char *
priority(const json_t *dossier)
{
	return strcmp(json_text(dossier, "urgentie"), "spoed") == 0 ? "urgent"
								    : "routine";
}

/* subject is stolen. */
static json_t *
request_write(const json_t *dossier, const json_t *sections, json_t *subject)
{
	enum referral_state state = dossier_state(dossier);
	json_t *request = json_pack("{s:s, s:s, s:s, s:s, s:[], s:o, s:o, s:o}",
	    "resourceType", "ServiceRequest", "status", request_status(state),
	    "intent", "order", "priority", priority(dossier), "category",
	    "code", fhir_concept(FHIR_TYPE, json_text(dossier, "type"), ""),
	    "subject", subject, "requester", party(dossier, "van"));
	const char *area = area_of(dossier);
	json_t *performers = json_pack("[o]", party(dossier, "naar"));
	const char *desk = json_text(json_object_get(dossier, "naar"), "desk");

	if (is_sent(dossier))
		add_identifier(request, own_identifier(dossier, "aanvraag",
					    json_text(dossier, "kenmerk")));
	json_set_text(request, "authoredOn", json_text(dossier, "aangemaakt"));
	if (desk[0] != '\0')
		json_array_append_new(performers,
		    json_pack("{s:o}", "identifier",
			fhir_identifier(FHIR_DESK, desk)));
	json_object_set_new(request, "performer", performers);
	if (area[0] != '\0')
		json_object_set_new(request, "locationCode",
		    json_pack("[o]", fhir_concept(FHIR_AREA, area, "")));
	write_reasons(sections, request);
	if (json_array_size(json_object_get(request, "category")) == 0)
		json_object_del(request, "category");
	return request;
}

/* The last entry that says why or how: in the state that it led to. */
static const char *
last_code(const json_t *dossier)
{
	const json_t *events = json_object_get(dossier, "gebeurtenissen");
	const char *status = json_text(dossier, "status");
	const char *code = "";
	const json_t *entry;
	size_t i;

	json_array_foreach(events, i, entry)
	{
		if (strcmp(json_text(entry, "status"), status) != 0)
			code = "";
		else if (json_text(entry, "code")[0] != '\0')
			code = json_text(entry, "code");
	}
	return code;
}

const char *
fhir_task_reason(const json_t *dossier)
{
	enum referral_state state = dossier_state(dossier);

	return state == STATE_COMPLETED || state == STATE_REFERRED_ON
		   ? ""
		   : last_code(dossier);
}

/* {"type", "value...": value}; value is stolen. */
static void
add_output(json_t *list, const char *type, const char *key, json_t *value)
{
	json_array_append_new(list,
	    json_pack("{s:o, s:o}", "type",
		fhir_concept(FHIR_PARAMETER, type, ""), key, value));
}

static json_t *
contact_detail(const json_t *face)
{
	static const char *const more[] = {"functie", "organisatie", NULL};
	json_t *detail = json_object();
	json_t *telecom = json_array();

	fhir_set_new(detail, "extension", fhir_extensions(face, more));
	json_set_text(detail, "name", json_text(face, "naam"));
	if (json_text(face, "telefoon")[0] != '\0')
		json_array_append_new(telecom,
		    json_pack("{s:s, s:s}", "system", "phone", "value",
			json_text(face, "telefoon")));
	if (json_text(face, "email")[0] != '\0')
		json_array_append_new(telecom,
		    json_pack("{s:s, s:s}", "system", "email", "value",
			json_text(face, "email")));
	fhir_set_new(detail, "telecom", telecom);
	return detail;
}

/* The feedback so far: what was said last about each thing. */
static void
collect(const json_t *event, json_t *status, json_t *face)
{
	const json_t *sections = json_object_get(event, "gegevens");
	const char *text = json_text(event, "toelichting");

	json_object_update(status, json_object_get(sections, "STATUS"));
	json_object_update(face, json_object_get(sections, "FACE"));
	json_set_text(status, "toelichting", text);
}

static void
write_output(const json_t *dossier, const json_t *event, json_t *task)
{
	static const struct {
		const char *field;
		const char *key;
	} rows[] = {{"contactGelegd", "valueBoolean"},
	    {"hulpAanvaard", "valueBoolean"}, {"afspraakOp", "valueDateTime"},
	    {"kenmerk", "valueString"}, {"toelichting", "valueString"}};
	json_t *list = json_array();
	json_t *status = json_object();
	json_t *face = json_object();
	const json_t *entry;
	size_t i;

	if (event != NULL)
		collect(event, status, face);
	else
		json_array_foreach(json_object_get(dossier, "gebeurtenissen"),
		    i, entry) collect(entry, status, face);
	if (json_object_get(task, "statusReason") == NULL &&
	    last_code(dossier)[0] != '\0')
		add_output(list, "uitkomst", "valueCodeableConcept",
		    fhir_concept(FHIR_REASON, last_code(dossier), ""));
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *text = json_text(status, rows[i].field);

		if (text[0] != '\0')
			add_output(list, rows[i].field, rows[i].key,
			    strcmp(rows[i].key, "valueBoolean") == 0
				? json_boolean(strcmp(text, "ja") == 0)
				: json_string(text));
	}
	if (json_object_size(face) > 0)
		add_output(list, "gezicht", "valueContactDetail",
		    contact_detail(face));
	fhir_set_new(task, "output", list);
	json_decref(status);
	json_decref(face);
}

static json_t *
link_to(const char *kind, const char *id)
{
	return json_pack("{s:o}", "reference", json_sprintf("%s/%s", kind, id));
}

/* What the Task is about and whom it is for. */
static void
write_links(const json_t *dossier, const json_t *sections, enum fhir_form form,
    json_t *task)
{
	const char *id = json_text(dossier, "id");
	bool is_known = may_read_person(sections);
	json_t *contained = json_array();
	json_t *part;

	switch (form) {
	case FHIR_CONTAINED:
		part = request_write(dossier, sections,
		    is_known
			? json_pack("{s:s}", "reference", "#" PATIENT_ID)
			: json_pack("{s:s}", "display", "nog niet te lezen"));
		json_object_set_new(part, "id", json_string(REQUEST_ID));
		json_array_append_new(contained, part);
		json_object_set_new(task, "focus",
		    json_pack("{s:s}", "reference", "#" REQUEST_ID));
		if (!is_known)
			break;
		part = person(dossier, sections);
		json_object_set_new(part, "id", json_string(PATIENT_ID));
		json_array_append_new(contained, part);
		json_object_set_new(task, "for",
		    json_pack("{s:s}", "reference", "#" PATIENT_ID));
		break;
	case FHIR_LINKED:
		json_object_set_new(task, "focus",
		    link_to("ServiceRequest", id));
		json_object_set_new(task, "for", link_to("Patient", id));
		break;
	case FHIR_LOGICAL:
		json_object_set_new(task, "focus",
		    json_pack("{s:s, s:o}", "type", "ServiceRequest",
			"identifier",
			own_identifier(dossier, "aanvraag",
			    json_text(dossier, "kenmerk"))));
		json_object_set_new(task, "for",
		    json_pack("{s:s, s:o}", "type", "Patient", "identifier",
			own_identifier(dossier, "inwoner",
			    json_text(dossier, "client"))));
		break;
	}
	fhir_set_new(task, "contained", contained);
}

static json_t *
business_status(enum referral_state state)
{
	return fhir_concept(FHIR_STATE, terms_text(TERMS_STATES, state),
	    fhir_task_state_text(state));
}

static const char *
last_moment(const json_t *dossier)
{
	const json_t *events = json_object_get(dossier, "gebeurtenissen");
	const json_t *last =
	    json_array_get(events, json_array_size(events) - 1);
	const char *at = json_text(last, "op");

	return at[0] == '\0' ? json_text(dossier, "aangemaakt") : at;
}

/* view is the dossier as it may be seen, with what is said about the Task. */
static json_t *
task_write(const json_t *view, const json_t *event, enum fhir_form form)
{
	enum referral_state state = dossier_state(view);
	const char *status = state_fhir(state);
	const char *reason = fhir_task_reason(view);
	json_t *task = json_pack("{s:s, s:s, s:s, s:o, s:s, s:s, s:o, s:o, "
				 "s:o}",
	    "resourceType", "Task", "id", json_text(view, "id"), "status",
	    status == NULL ? "failed" : status, "businessStatus",
	    business_status(state), "intent", "order", "priority",
	    priority(view), "code", fhir_concept(FHIR_TASK_CODE, "fulfill", ""),
	    "requester", party(view, "van"), "owner", party(view, "naar"));

	if (is_sent(view))
		add_identifier(task, own_identifier(view, "taak", ""));
	add_identifier(task, fhir_identifier(FHIR_CASE, json_text(view, "id")));
	if (reason[0] != '\0')
		json_object_set_new(task, "statusReason",
		    fhir_concept(FHIR_REASON, reason, ""));
	json_set_text(task, "authoredOn", json_text(view, "aangemaakt"));
	json_set_text(task, "lastModified",
	    event == NULL ? last_moment(view) : json_text(event, "op"));
	if (json_text(view, "vervalt")[0] != '\0')
		json_object_set_new(task, "restriction",
		    json_pack("{s:{s:s}}", "period", "end",
			json_text(view, "vervalt")));
	write_links(view, json_object_get(view, "gegevens"), form, task);
	write_output(view, event, task);
	return task;
}

/*
 * What may be read by the state as it is now; what the Task says by the event.
 * The numbers of the team's own system come along: the Task goes nowhere else.
 */
static json_t *
make_view(const json_t *dossier, const json_t *event)
{
	json_t *view = dossier_api(dossier);
	const char *status = json_text(event, "status");

	json_object_set(view, "bron", json_object_get(dossier, "bron"));
	if (json_text(dossier, "client")[0] != '\0')
		json_object_set(view, "client",
		    json_object_get(dossier, "client"));
	if (event == NULL)
		return view;
	if (status[0] != '\0')
		json_set_text(view, "status", status);
	json_object_set_new(view, "gebeurtenissen",
	    json_pack("[O]", (json_t *)(uintptr_t)event));
	return view;
}

json_t *
fhir_task_write(const json_t *dossier, const json_t *event, enum fhir_form form)
{
	json_t *view = make_view(dossier, event);
	json_t *task = task_write(view, event, form);

	json_decref(view);
	return task;
}

json_t *
fhir_task_resource(const json_t *dossier, enum fhir_kind kind)
{
	json_t *view = make_view(dossier, NULL);
	const json_t *sections = json_object_get(view, "gegevens");
	const char *id = json_text(view, "id");
	json_t *out = NULL;

	switch (kind) {
	case FHIR_TASK:
		out = task_write(view, NULL, FHIR_CONTAINED);
		break;
	case FHIR_REQUEST:
		out = request_write(view, sections,
		    may_read_person(sections)
			? link_to("Patient", id)
			: json_pack("{s:s}", "display", "nog niet te lezen"));
		break;
	case FHIR_PATIENT:
		if (may_read_person(sections))
			out = person(view, sections);
		break;
	}
	if (out != NULL)
		json_object_set_new(out, "id", json_string(id));
	json_decref(view);
	return out;
}

static json_t *
put_entry(json_t *resource)
{
	json_t *url = json_sprintf("%s/%s", json_text(resource, "resourceType"),
	    json_text(resource, "id"));
	json_t *entry = json_pack("{s:o, s:o, s:{s:s, s:O}}", "fullUrl",
	    json_sprintf(FHIR_BASE "fhir/%s", json_string_value(url)),
	    "resource", resource, "request", "method", "PUT", "url", url);

	json_decref(url);
	return entry;
}

json_t *
fhir_task_bundle(const json_t *dossier, const json_t *event)
{
	json_t *patient = fhir_task_resource(dossier, FHIR_PATIENT);

	if (patient == NULL)
		return NULL;
	return json_pack("{s:s, s:s, s:[o, o, o]}", "resourceType", "Bundle",
	    "type", "transaction", "entry", put_entry(patient),
	    put_entry(fhir_task_resource(dossier, FHIR_REQUEST)),
	    put_entry(fhir_task_write(dossier, event, FHIR_LINKED)));
}
