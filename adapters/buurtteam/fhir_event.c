/* SPDX-License-Identifier: EUPL-1.2 */
#include "adapters/buurtteam/fhir_event.h"

#include <string.h>

#include "adapters/buurtteam/fhir_task.h"
#include "adapters/dossier.h"
#include "adapters/events.h"
#include "adapters/json.h"
#include "adapters/values.h"

/* A Task that is being read. */
struct change {
	const json_t *task;
	const json_t *dossier;
	const char *status;
	struct referral_view view;
	enum actor actor;
	int64_t now_ms;
	enum referral_event event;
	struct fhir_fault *fault;
};

/* Who looks for what, in this order, when the Task does not say it. */
static const enum referral_event searched[] = {EVENT_ACCEPT, EVENT_START,
    EVENT_ASK, EVENT_WAITLIST, EVENT_COMPLETE, EVENT_DECLINE, EVENT_UNACCEPT,
    EVENT_ANSWER, EVENT_CONFIRM_CANCEL, EVENT_REOPEN, EVENT_MARK_ERROR};

/* What a status asks for when the state has no way to it. */
static const struct {
	const char *status;
	enum referral_event sender;
	enum referral_event recipient; /* 0: nobody on this side can */
} asked[] = {
    {"received", EVENT_ANSWER, EVENT_UNACCEPT},
    {"accepted", EVENT_ACCEPT, EVENT_ACCEPT},
    {"rejected", EVENT_DECLINE, EVENT_DECLINE},
    {"in-progress", EVENT_START, EVENT_START},
    {"completed", EVENT_COMPLETE, EVENT_COMPLETE},
    {"on-hold", 0, EVENT_WAITLIST},
    {"cancelled", EVENT_CANCEL, EVENT_CONFIRM_CANCEL},
    {"entered-in-error", EVENT_MARK_ERROR, EVENT_MARK_ERROR},
    {"failed", 0, 0},
    {"requested", 0, 0},
    {"ready", 0, 0},
    {"draft", 0, 0},
};

#define ASKED (sizeof(asked) / sizeof(asked[0]))

/* Where event leads, whatever code it would need. */
static bool
leads_to(const struct change *c, enum referral_event event,
    enum referral_state *to)
{
	static const enum code codes[] = {CODE_NONE, CODE_OTHER, CODE_HELPED,
	    CODE_WRONG_RECIPIENT};
	enum reason ignored;

	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		if (referral_next(&c->view, event, c->actor, codes[i],
			c->now_ms, to, &ignored) == WH_OK)
			return true;
	}
	return false;
}

static bool
reaches(const struct change *c, enum referral_event event)
{
	enum referral_state to;
	const char *status;

	if (!leads_to(c, event, &to))
		return false;
	status = state_fhir(to);
	return status != NULL && strcmp(status, c->status) == 0;
}

/* An appointment that is still to come. */
static bool
is_planned(const struct change *c)
{
	const char *start =
	    json_text(json_object_get(c->task, "executionPeriod"), "start");
	int64_t at_ms;

	return start[0] != '\0' && values_time(start, &at_ms) == WH_OK &&
	       at_ms > c->now_ms;
}

static enum wh_err
named_event(struct change *c, const char *word)
{
	enum referral_state to;

	if (events_parse(word, &c->event) != WH_OK)
		return fhir_refuse(c->fault, "code-invalid", "Task",
		    "businessStatus", "onbekende gebeurtenis");
	/* A cancellation may first have to be confirmed. */
	if (c->event != EVENT_CANCEL && leads_to(c, c->event, &to) &&
	    !reaches(c, c->event))
		return fhir_refuse(c->fault, "invariant", "Task",
		    "businessStatus",
		    "deze gebeurtenis leidt niet tot Task.status");
	return WH_OK;
}

static enum wh_err
searched_event(struct change *c)
{
	size_t i;

	if (strcmp(c->status, "in-progress") == 0 && is_planned(c) &&
	    reaches(c, EVENT_SCHEDULE)) {
		c->event = EVENT_SCHEDULE;
		return WH_OK;
	}
	for (i = 0; i < sizeof(searched) / sizeof(searched[0]); i++) {
		if (reaches(c, searched[i])) {
			c->event = searched[i];
			return WH_OK;
		}
	}
	for (i = 0; i < ASKED; i++) {
		if (strcmp(asked[i].status, c->status) != 0)
			continue;
		c->event = c->actor == ACTOR_SENDER ? asked[i].sender
						    : asked[i].recipient;
		if (c->event == 0)
			return fhir_refuse(c->fault, "conflict", "Task",
			    "status", "deze status kan hier niet worden gezet");
		return WH_OK;
	}
	return fhir_refuse(c->fault, "code-invalid", "Task", "status",
	    "geen Task.status van FHIR R4");
}

static const char *
own_member(const struct change *c)
{
	return json_text(json_object_get(c->dossier,
			     c->actor == ACTOR_SENDER ? "van" : "naar"),
	    "lid");
}

/* Did we say this already? Then the Task came a second time. */
static bool
said_before(const struct change *c, const char *note)
{
	const json_t *entry;
	size_t i;

	json_array_foreach(json_object_get(c->dossier, "gebeurtenissen"), i,
	    entry)
	{
		if (strcmp(json_text(entry, "door"), own_member(c)) == 0 &&
		    strcmp(json_text(entry, "toelichting"), note) == 0)
			return true;
	}
	return false;
}

/* Was this, named as it is, the last thing that happened? */
static bool
is_repeated(const struct change *c, const char *note)
{
	const json_t *events = json_object_get(c->dossier, "gebeurtenissen");
	const json_t *last =
	    json_array_get(events, json_array_size(events) - 1);
	const json_t *status =
	    json_object_get(json_object_get(last, "gegevens"), "STATUS");
	const char *start =
	    json_text(json_object_get(c->task, "executionPeriod"), "start");

	return strcmp(json_text(last, "door"), own_member(c)) == 0 &&
	       strcmp(json_text(last, "soort"), events_word(c->event)) == 0 &&
	       strcmp(json_text(last, "toelichting"), note) == 0 &&
	       (c->event != EVENT_SCHEDULE ||
		   strcmp(json_text(status, "afspraakOp"), start) == 0);
}

/* The status stays: they have seen it, or they have something to say. */
static bool
same_status_event(struct change *c, const char *note)
{
	if (c->actor == ACTOR_RECIPIENT && c->view.state == STATE_DELIVERED &&
	    !c->view.read) {
		c->event = EVENT_READ;
		return true;
	}
	c->event = EVENT_NOTE;
	return note[0] != '\0' && !said_before(c, note);
}

/* The value of an output by its name; NULL when there is none. */
static const json_t *
output(const struct change *c, const char *type)
{
	const json_t *item;
	size_t i;

	json_array_foreach(json_object_get(c->task, "output"), i, item)
	{
		if (strcmp(fhir_code(json_object_get(item, "type"),
			       FHIR_PARAMETER),
			type) == 0)
			return item;
	}
	return NULL;
}

static void
read_yes_no(const struct change *c, const char *type, json_t *body)
{
	const json_t *item = output(c, type);
	const json_t *value = json_object_get(item, "valueBoolean");

	if (value != NULL)
		json_set_text(body, type, json_is_true(value) ? "ja" : "nee");
	else
		json_set_text(body, type, json_text(item, "valueString"));
}

/* Who the resident will meet. */
static void
read_face(const struct change *c, json_t *body)
{
	static const char *const more[] = {"functie", "organisatie", NULL};
	const json_t *detail =
	    json_object_get(output(c, "gezicht"), "valueContactDetail");
	json_t *face = json_object();
	const json_t *item;
	size_t i;

	json_set_text(face, "naam", json_text(detail, "name"));
	(void)fhir_extended(json_object_get(detail, "extension"), more, face);
	json_array_foreach(json_object_get(detail, "telecom"), i, item)
	{
		const char *system = json_text(item, "system");

		if (strcmp(system, "phone") == 0)
			json_set_text(face, "telefoon",
			    json_text(item, "value"));
		else if (strcmp(system, "email") == 0)
			json_set_text(face, "email", json_text(item, "value"));
	}
	if (json_object_size(face) > 0)
		json_object_set_new(body, "gegevens",
		    json_pack("{s:O}", "FACE", face));
	json_decref(face);
}

static void
read_numbers(const struct change *c, json_t *body)
{
	const json_t *client =
	    json_object_get(json_object_get(c->task, "for"), "identifier");
	const json_t *item;
	size_t i;

	json_array_foreach(json_object_get(c->task, "identifier"), i, item)
	{
		if (strcmp(json_text(item, "system"), FHIR_CASE) != 0)
			json_set_text(body, "kenmerk",
			    json_text(item, "value"));
	}
	if (strcmp(json_text(client, "system"), FHIR_BSN) != 0)
		json_set_text(body, "client", json_text(client, "value"));
}

/* A reason that we showed ourselves is not given again by leaving it there. */
static void
read_code(const struct change *c, json_t *body)
{
	const json_t *reason = json_object_get(c->task, "statusReason");
	const char *code = fhir_code(reason, FHIR_REASON);
	enum referral_state to;
	enum reason ignored;

	if (c->event == EVENT_COMPLETE) {
		const json_t *outcome = output(c, "uitkomst");

		code =
		    fhir_code(json_object_get(outcome, "valueCodeableConcept"),
			FHIR_REASON);
		if (code[0] == '\0')
			code = json_text(outcome, "valueCode");
	} else if (strcmp(code, fhir_task_reason(c->dossier)) == 0 &&
		   referral_next(&c->view, c->event, c->actor, CODE_NONE,
		       c->now_ms, &to, &ignored) == WH_OK) {
		return;
	}
	json_set_text(body, "code", code);
}

static char *
read_note(const json_t *task)
{
	const json_t *note;
	char *text = NULL;
	size_t i;

	json_array_foreach(json_object_get(task, "note"), i, note)
	    fhir_paragraph(&text, json_text(note, "text"));
	return text;
}

static json_t *
make_body(const struct change *c, const char *note)
{
	json_t *body = json_pack("{s:s}", "soort", events_word(c->event));

	read_code(c, body);
	json_set_text(body, "toelichting", note);
	if (note == NULL)
		json_set_text(body, "toelichting",
		    json_text(json_object_get(c->task, "statusReason"),
			"text"));
	if (c->actor == ACTOR_SENDER)
		return body;
	read_yes_no(c, "contactGelegd", body);
	read_yes_no(c, "hulpAanvaard", body);
	if (c->event == EVENT_SCHEDULE)
		json_set_text(body, "afspraakOp",
		    json_text(json_object_get(c->task, "executionPeriod"),
			"start"));
	read_face(c, body);
	read_numbers(c, body);
	return body;
}

static enum wh_err
check_task(const struct change *c)
{
	if (strcmp(json_text(c->task, "id"), json_text(c->dossier, "id")) != 0)
		return fhir_refuse(c->fault, "invariant", "Task", "id",
		    "moet de id uit het adres zijn");
	if (json_object_get(c->task, "modifierExtension") != NULL ||
	    json_object_get(c->task, "implicitRules") != NULL)
		return fhir_refuse(c->fault, "not-supported", "Task",
		    "modifierExtension",
		    "verandert wat de rest betekent en wordt niet aangenomen");
	if (c->status[0] == '\0')
		return fhir_refuse(c->fault, "required", "Task", "status",
		    "ontbreekt");
	return WH_OK;
}

enum wh_err
fhir_event_read(const json_t *task, const json_t *dossier, int64_t now_ms,
    json_t **body, struct fhir_fault *fault)
{
	struct change c = {.task = task,
	    .dossier = dossier,
	    .status = json_text(task, "status"),
	    .view = dossier_view(dossier),
	    .actor = dossier_actor(dossier),
	    .now_ms = now_ms,
	    .fault = fault};
	const char *word =
	    fhir_code(json_object_get(task, "businessStatus"), FHIR_EVENT);
	const char *now = state_fhir(c.view.state);
	char *note;
	bool changes = true;
	enum wh_err err;

	err = check_task(&c);
	if (err != WH_OK)
		return err;
	/* Only the desk knows when it ended; it has the last word. */
	if (state_is_end(c.view.state) && c.view.ended_ms == 0)
		c.view.ended_ms = now_ms;
	note = read_note(task);
	if (word[0] != '\0') {
		err = named_event(&c, word);
		changes =
		    err != WH_OK || !is_repeated(&c, note == NULL ? "" : note);
	} else if (now != NULL && strcmp(now, c.status) == 0) {
		changes = same_status_event(&c, note == NULL ? "" : note);
	} else {
		err = searched_event(&c);
	}
	if (err == WH_OK)
		*body = changes ? make_body(&c, note) : NULL;
	fhir_paragraph_free(note);
	return err;
}

const char *
fhir_event_origin(const json_t *task, const char *field)
{
	static const char *const rows[][2] = {{"toelichting", "Task.note"},
	    {"afspraakOp", "Task.executionPeriod"},
	    {"kenmerk", "Task.identifier"}, {"client", "Task.for"},
	    {"contactGelegd", "Task.output"}, {"hulpAanvaard", "Task.output"},
	    {"gegevens", "Task.output"}};

	if (strcmp(field, "code") == 0)
		return strcmp(json_text(task, "status"), "completed") == 0
			   ? "Task.output"
			   : "Task.statusReason";
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (strncmp(field, rows[i][0], strlen(rows[i][0])) == 0)
			return rows[i][1];
	}
	return "Task.status";
}
