/* SPDX-License-Identifier: EUPL-1.2 */
#include "adapters/buurtteam/fhir_answer.h"

#include <stdio.h>
#include <string.h>

#include "adapters/api_reason.h"
#include "adapters/buurtteam/fhir_event.h"
#include "adapters/buurtteam/fhir_referral.h"
#include "adapters/buurtteam/fhir_task.h"
#include "adapters/dossier.h"
#include "adapters/events.h"
#include "adapters/json.h"
#include "proto/base/clk.h"
#include "proto/base/mem.h"

/* One issue: what, where, and what to do about it. */
struct issue {
	const char *severity;
	const char *code; /* IssueType */
	const char *expression;
	const char *text;
	const char *refusal; /* a reason of the covenant, or "" */
};

/* IssueType of R4: what may be repeated from an answer of theirs. */
static const char *const issue_types[] = {"invalid", "structure", "required",
    "value", "invariant", "security", "login", "unknown", "expired",
    "forbidden", "suppressed", "processing", "not-supported", "duplicate",
    "multiple-matches", "not-found", "deleted", "too-long", "code-invalid",
    "extension", "too-costly", "business-rule", "conflict", "transient",
    "lock-error", "no-store", "exception", "timeout", "incomplete", "throttled",
    "informational"};

static const char *
issue_type(const char *code, const char *otherwise)
{
	for (size_t i = 0; i < sizeof(issue_types) / sizeof(issue_types[0]);
	     i++) {
		if (strcmp(issue_types[i], code) == 0)
			return issue_types[i];
	}
	return otherwise;
}

static json_t *
outcome_new(void)
{
	return json_pack("{s:s, s:[]}", "resourceType", "OperationOutcome",
	    "issue");
}

static void
outcome_add(json_t *outcome, const struct issue *issue)
{
	json_t *details = json_object();
	json_t *out = json_pack("{s:s, s:s}", "severity", issue->severity,
	    "code", issue->code);

	if (issue->refusal[0] != '\0')
		json_object_set_new(details, "coding",
		    json_pack("[{s:s, s:s}]", "system", FHIR_REFUSAL, "code",
			issue->refusal));
	json_set_text(details, "text", issue->text);
	fhir_set_new(out, "details", details);
	json_set_text(out, "diagnostics", issue->text);
	if (issue->expression[0] != '\0')
		json_object_set_new(out, "expression",
		    json_pack("[s]", issue->expression));
	json_array_append_new(json_object_get(outcome, "issue"), out);
}

/* body is stolen. */
static void
reply_with(struct adapter_reply *reply, int status, json_t *body)
{
	reply->status = status;
	reply->body = json_dumps(body, JSON_COMPACT);
	reply->len = strlen(reply->body);
	json_decref(body);
	(void)str_copy(reply->content_type, sizeof(reply->content_type),
	    FHIR_MEDIA_REPLY);
}

static void
reply_issue(struct adapter_reply *reply, int status, const struct issue *issue)
{
	json_t *outcome = outcome_new();

	outcome_add(outcome, issue);
	reply_with(reply, status, outcome);
}

static bool
is_put(const struct adapter_in *in)
{
	return strcmp(in->method, "PUT") == 0;
}

static bool
is_post(const struct adapter_in *in)
{
	return strcmp(in->method, "POST") == 0;
}

static json_t *
document_of(const struct adapter_in *in)
{
	return json_loadb((const char *)in->body.p, in->body.len,
	    JSON_REJECT_DUPLICATES, NULL);
}

/* The desk names fields of its own JSON; people want to hear theirs. */
static void
expression_of(const struct adapter_in *in, const char *field, const char *text,
    char out[128])
{
	json_t *document;

	if (strncmp(field, "Bundle", 6) == 0 ||
	    strncmp(field, "Task", 4) == 0 || field[0] == '\0') {
		(void)snprintf(out, 128, "%s", field);
		return;
	}
	document = document_of(in);
	if (is_put(in))
		(void)snprintf(out, 128, "%s",
		    fhir_event_origin(document, field));
	else
		fhir_referral_origin(document, field, text, out);
	json_decref(document);
}

/* What a refusal is about, as a field of the desk's JSON. */
static const char *
refused_field(enum reason reason)
{
	static const struct {
		enum reason reason;
		const char *field;
	} rows[] = {{REASON_UNKNOWN_TYPE, "type"}, {REASON_WRONG_TYPE, "type"},
	    {REASON_ROLE_NOT_ALLOWED, "naar"}, {REASON_NOT_A_MEMBER, "naar"},
	    {REASON_AREA_NOT_SERVED, "naar.buurt"},
	    {REASON_CATEGORY_NOT_COVERED, "gegevens.REQUEST"},
	    {REASON_CATEGORY_MISSING, "gegevens.REQUEST"},
	    {REASON_CATEGORY_NOT_FOR_ROLE, "gegevens.BSN"}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (rows[i].reason == reason)
			return rows[i].field;
	}
	return "grondslag";
}

static void
reply_refused(const struct adapter_in *in, const struct outcome *outcome,
    struct adapter_reply *reply)
{
	const struct api_reason *why = api_reason(outcome->reason);
	const char *word = terms_text(TERMS_REASONS, outcome->reason);
	char expression[128] = "Task.status";
	char text[512];

	if (is_post(in))
		expression_of(in, refused_field(outcome->reason), "",
		    expression);
	(void)snprintf(text, sizeof(text), "%s. %s", why->title, why->advice);
	reply_issue(reply, why->status,
	    &(struct issue){"error", "forbidden", expression, text,
		word == NULL ? "" : word});
}

/* "accepteren, afwijzen": from the desk, or from the same table here. */
static void
allowed_text(const struct adapter_in *in, const struct outcome *outcome,
    char *out, size_t size)
{
	json_t *list = json_incref((json_t *)(uintptr_t)outcome->allowed);
	struct referral_view view;
	const json_t *word;
	size_t i, len;

	if (list == NULL && in->dossier != NULL) {
		view = dossier_view(in->dossier);
		list = events_allowed(&view, dossier_actor(in->dossier),
		    in->now_ms);
	}
	len = (size_t)snprintf(out, size,
	    "dit kan niet in deze status; wel kan:");
	if (json_array_size(list) == 0)
		(void)snprintf(out + len, size - len, " niets");
	json_array_foreach(list, i, word)
	{
		if (len < size)
			len += (size_t)snprintf(out + len, size - len, "%s %s",
			    i == 0 ? "" : ",", json_string_value(word));
	}
	json_decref(list);
}

static void
reply_conflict(const struct adapter_in *in, const struct outcome *outcome,
    struct adapter_reply *reply)
{
	char text[512];

	allowed_text(in, outcome, text, sizeof(text));
	reply_issue(reply, 409,
	    &(struct issue){"error", "conflict", "Task.status", text, ""});
}

/* No FHIR at all is 400; FHIR that cannot be used is 422. */
static void
reply_rejected(const struct adapter_in *in, const struct outcome *outcome,
    struct adapter_reply *reply)
{
	const char *field = outcome->field == NULL ? "" : outcome->field;
	const char *text = outcome->text == NULL ? "" : outcome->text;
	const char *code =
	    issue_type(outcome->code == NULL ? "" : outcome->code, "invalid");
	char expression[128];

	if (is_put(in) && strcmp(code, "conflict") == 0) {
		reply_conflict(in, outcome, reply);
		return;
	}
	expression_of(in, field, text, expression);
	reply_issue(reply,
	    strcmp(code, "structure") == 0 && field[0] == '\0' ? 400 : 422,
	    &(struct issue){"error", code, expression,
		text[0] == '\0' ? "niet te gebruiken" : text, ""});
}

/* What was left out of one resource, or NULL when nothing was. */
static json_t *
entry_outcome(const json_t *notes, const char *path)
{
	size_t len = strlen(path);
	json_t *outcome = NULL;
	const json_t *note;
	size_t i;

	json_array_foreach(notes, i, note)
	{
		const char *at = json_text(note, "expression");

		if (strncmp(at, path, len) != 0 ||
		    (at[len] != '.' && at[len] != '\0'))
			continue;
		if (outcome == NULL)
			outcome = outcome_new();
		outcome_add(outcome,
		    &(struct issue){"information", "informational", at,
			json_text(note, "text"), ""});
	}
	return outcome;
}

static json_t *
response_entry(const struct fhir_bundle *bundle, size_t index,
    const json_t *notes, const char *id, const char *status)
{
	json_t *response;

	for (size_t kind = 0; kind < FHIR_KINDS; kind++) {
		if (bundle->part[kind].entry != index)
			continue;
		response = json_pack("{s:s, s:o}", "status", status, "location",
		    json_sprintf("%s/%s", fhir_kind_name((enum fhir_kind)kind),
			id));
		fhir_set_new(response, "outcome",
		    entry_outcome(notes, bundle->part[kind].path));
		return json_pack("{s:o}", "response", response);
	}
	return json_object();
}

static void
reply_made(const struct adapter_in *in, const struct outcome *outcome,
    struct adapter_reply *reply)
{
	const char *status = outcome->kind == OUTCOME_SAME     ? "200 OK"
			     : outcome->kind == OUTCOME_QUEUED ? "202 Accepted"
							       : "201 Created";
	json_t *out = json_pack("{s:s, s:s}", "resourceType", "Bundle", "type",
	    "transaction-response");
	json_t *document = document_of(in);
	json_t *notes = json_array();
	json_t *entries = json_array();
	json_t *body = NULL;
	struct fhir_bundle bundle;
	struct fhir_fault ignored;

	if (fhir_bundle_read(document, &bundle, NULL, &ignored) == WH_OK) {
		if (fhir_referral_read(document, in->reg, &body, notes,
			&ignored) == WH_OK)
			json_decref(body);
		for (size_t i = 0; i < FHIR_KINDS; i++)
			json_array_append_new(entries,
			    response_entry(&bundle, i, notes,
				json_text(outcome->dossier, "id"), status));
	}
	fhir_set_new(out, "entry", entries);
	json_decref(notes);
	json_decref(document);
	reply_with(reply, outcome->kind == OUTCOME_QUEUED ? 202 : 200, out);
}

static enum fhir_kind
kind_in_path(const char *path)
{
	if (strncmp(path, "/fhir/ServiceRequest/", 21) == 0)
		return FHIR_REQUEST;
	if (strncmp(path, "/fhir/Patient/", 14) == 0)
		return FHIR_PATIENT;
	return FHIR_TASK;
}

static void
reply_resource(const struct adapter_in *in, const struct outcome *outcome,
    struct adapter_reply *reply)
{
	const json_t *dossier =
	    outcome->dossier == NULL ? in->dossier : outcome->dossier;
	json_t *resource = NULL;

	if (dossier != NULL)
		resource = fhir_task_resource(dossier, kind_in_path(in->path));
	if (resource != NULL)
		reply_with(reply, outcome->kind == OUTCOME_QUEUED ? 202 : 200,
		    resource);
	else if (dossier != NULL)
		reply_issue(reply, 403,
		    &(struct issue){"error", "forbidden", "",
			"in deze status mag dit niet worden gelezen", ""});
	else
		reply_issue(reply, 200,
		    &(struct issue){"information", "informational", "",
			"er was niets te doen", ""});
}

static void
reply_metadata(const struct adapter_in *in, struct adapter_reply *reply)
{
	static const char reads[] = "{s:s, s:[{s:s}]}";
	char at[CLK_ISO_SIZE];

	clk_iso(in->now_ms, at);
	reply_with(reply, 200,
	    json_pack("{s:s, s:s, s:s, s:s, s:s, s:[s], s:{s:s, s:s}, "
		      "s:[{s:s, s:[{s:s, s:[{s:s}, {s:s}]}, o, o], "
		      "s:[{s:s}]}]}",
		"resourceType", "CapabilityStatement", "status", "active",
		"date", at, "kind", "instance", "fhirVersion", "4.0.1",
		"format", FHIR_MEDIA, "software", "name", "wijkhub", "version",
		WH_VERSION, "rest", "mode", "server", "resource", "type",
		"Task", "interaction", "code", "read", "code", "update",
		json_pack(reads, "type", "ServiceRequest", "interaction",
		    "code", "read"),
		json_pack(reads, "type", "Patient", "interaction", "code",
		    "read"),
		"interaction", "code", "transaction"));
}

static void
reply_plain(const struct outcome *outcome, struct adapter_reply *reply)
{
	static const struct {
		enum outcome_kind kind;
		int status;
		struct issue issue;
	} rows[] = {
	    {OUTCOME_DIVERTED, 422,
		{"error", "not-supported", "", "dit hoort hier niet", ""}},
	    {OUTCOME_NOT_FOUND, 404,
		{"error", "not-found", "",
		    "deze verwijzing is hier niet bekend", ""}},
	    {OUTCOME_BUSY, 503,
		{"error", "transient", "", "probeer het later opnieuw", ""}},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (rows[i].kind == outcome->kind)
			reply_issue(reply, rows[i].status, &rows[i].issue);
	}
}

static void
reply_duplicate(const struct adapter_in *in, struct adapter_reply *reply)
{
	char expression[128];

	expression_of(in, "kenmerk", "", expression);
	reply_issue(reply, 409,
	    &(struct issue){"error", "duplicate", expression,
		"dit nummer is al gebruikt voor een andere verwijzing", ""});
}

void
fhir_answer_write(const struct adapter_in *in, const struct outcome *outcome,
    struct adapter_reply *reply)
{
	switch (outcome->kind) {
	case OUTCOME_CREATED:
	case OUTCOME_QUEUED:
	case OUTCOME_SAME:
		if (is_post(in))
			reply_made(in, outcome, reply);
		else
			reply_resource(in, outcome, reply);
		break;
	case OUTCOME_CONFLICT:
		reply_duplicate(in, reply);
		break;
	case OUTCOME_REFUSED:
		reply_refused(in, outcome, reply);
		break;
	case OUTCOME_REJECTED:
		reply_rejected(in, outcome, reply);
		break;
	case OUTCOME_FORBIDDEN:
		reply_conflict(in, outcome, reply);
		break;
	case OUTCOME_READ:
	case OUTCOME_DONE:
		if (strcmp(in->path, "/fhir/metadata") == 0)
			reply_metadata(in, reply);
		else
			reply_resource(in, outcome, reply);
		break;
	case OUTCOME_DIVERTED:
	case OUTCOME_NOT_FOUND:
	case OUTCOME_BUSY:
		reply_plain(outcome, reply);
		break;
	}
}

void
fhir_answer_codes(struct span body, char *out, size_t size)
{
	json_t *document = json_loadb((const char *)body.p, body.len, 0, NULL);
	const json_t *issue;
	size_t len = 0;
	size_t i;

	out[0] = '\0';
	json_array_foreach(json_object_get(document, "issue"), i, issue)
	{
		const char *code = issue_type(json_text(issue, "code"), "");

		if (code[0] == '\0' || len + strlen(code) + 3 > size)
			continue;
		len += (size_t)snprintf(out + len, size - len, "%s%s",
		    len == 0 ? "" : ", ", code);
	}
	json_decref(document);
}
