/* SPDX-License-Identifier: EUPL-1.2 */
#include "adapters/corporatie/vera_reply.h"

#include <stdio.h>
#include <string.h>

#include "adapters/corporatie/vera.h"
#include "adapters/json.h"
#include "proto/base/mem.h"

#define LEFT_OUT_MAX 512

/* VERA knows 201 for what is stored, also while the hub is away: it is stored
 * here, and extra-attribuut wijkhub-status says how far it came. */
struct row {
	enum outcome_kind kind;
	int status;
	bool stored;      /* the document, else a Foutbericht */
	const char *code; /* NULL: the outcome's own */
	const char *text; /* NULL: the outcome's own */
};

static const struct row rows[] = {
    {OUTCOME_CREATED, 201, true, NULL, NULL},
    {OUTCOME_QUEUED, 201, true, NULL, NULL},
    {OUTCOME_SAME, 200, true, NULL, NULL},
    {OUTCOME_DONE, 200, true, NULL, NULL},
    {OUTCOME_READ, 200, true, NULL, NULL},
    {OUTCOME_CONFLICT, 409, false, "DUBBEL",
	"dit nummer is eerder gebruikt voor een ander document"},
    {OUTCOME_REFUSED, 403, false, NULL, NULL},
    {OUTCOME_REJECTED, 422, false, NULL, NULL},
    {OUTCOME_DIVERTED, 422, false, NULL, NULL},
    {OUTCOME_FORBIDDEN, 409, false, "STATUS_NIET_MOGELIJK",
	"deze status past niet bij de verwijzing; wel mogelijk"},
    {OUTCOME_NOT_FOUND, 404, false, "NIET_GEVONDEN", NULL},
    {OUTCOME_BUSY, 503, false, "PROBEER_LATER", NULL},
};
#define ROWS (sizeof(rows) / sizeof(rows[0]))

static const struct row *
find_row(enum outcome_kind kind)
{
	for (size_t i = 0; i < ROWS; i++) {
		if (rows[i].kind == kind)
			return &rows[i];
	}
	return &rows[ROWS - 1];
}

/* What the hub calls "status", as a zaakstatus: formats of both sides. */
static const char *const states[][2] = {
    {"QUEUED", "AAN"},
    {"DELIVERED", "AAN"},
    {"INFO_REQUESTED", "AAN"},
    {"ACCEPTED", "INB"},
    {"WAITLISTED", "INB"},
    {"SCHEDULED", "INU"},
    {"IN_PROGRESS", "INU"},
    {"CANCEL_REQUESTED", "INU"},
    {"COMPLETED", "AFG"},
    {"REFERRED_ON", "AFG"},
    {"DECLINED", "GEA"},
    {"CANCELLED", "GEA"},
    {"WITHDRAWN", "GEA"},
    {"EXPIRED", "GEA"},
    {"UNDELIVERABLE", "GEA"},
    {"IN_ERROR", "GEA"},
};

/* A GET sent no document: how far the referral is, and no more. */
static void
show_state(const json_t *dossier, const char *resource, json_t *document)
{
	const char *status = json_text(dossier, "status");

	if (strcmp(resource, "zaken") != 0)
		return;
	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
		if (strcmp(states[i][0], status) == 0)
			json_object_set_new(document, "zaakstatussen",
			    json_pack("[{s:o}]", "soort",
				vera_ref(VERA_ZAAKSTATUSSOORT, states[i][1])));
	}
}

/* Our id becomes the id; theirs is what VERA calls idExtern. */
static void
set_id(json_t *document, const char *id)
{
	if (json_text(document, "idExtern")[0] == '\0' &&
	    json_text(document, "id")[0] != '\0')
		json_object_set(document, "idExtern",
		    json_object_get(document, "id"));
	json_object_set_new(document, "id", json_string(id));
}

/* Where they look for it: kenmerken of a Zaak, else extra-attributen. */
static void
add_reference(json_t *document, const char *resource, const char *id)
{
	json_t *list = json_object_get(document, "kenmerken");

	if (strcmp(resource, "zaken") != 0) {
		vera_attribute_add(document, "wijkhub-verwijzing", id);
		return;
	}
	if (!json_is_array(list)) {
		list = json_array();
		json_object_set_new(document, "kenmerken", list);
	}
	json_array_append_new(list, json_pack("{s:s, s:s}", "omschrijving",
					"wijkhub-verwijzing", "waarde", id));
}

/* What the mapping reads at the top of a document; ended by NULL. */
static const char *const read_by_all[] = {"id", "idExtern",
    "idGegevensbeheerder", "idOrganisatie", "idAdministratie",
    "extra-attributen", "kenmerken", "soort", "detailSoort", "status",
    "einddatum", "relatie", "relaties", "rollen", "zaaktype", "debiteur",
    "saldo", NULL};
/* Not for an early signal: the law lets no text along. */
static const char *const read_as_story[] = {"omschrijving", "toelichting",
    NULL};

static bool
is_among(const char *const *names, const char *name)
{
	for (; *names != NULL; names++) {
		if (strcmp(*names, name) == 0)
			return true;
	}
	return false;
}

static bool
holds_nothing(const json_t *value)
{
	return json_is_null(value) ||
	       (json_is_string(value) && json_string_length(value) == 0) ||
	       (json_is_array(value) && json_array_size(value) == 0);
}

/* Nothing is left out without saying so: the names of what did not travel. */
static void
add_left_out(json_t *document, const json_t *dossier)
{
	bool signal =
	    strcmp(json_text(dossier, "type"), "huurachterstand") == 0;
	char names[LEFT_OUT_MAX] = "";
	const char *name;
	json_t *value;
	size_t len = 0;

	json_object_foreach(document, name, value)
	{
		if (is_among(read_by_all, name) || holds_nothing(value) ||
		    (!signal && is_among(read_as_story, name)))
			continue;
		if (len + strlen(name) + 2 + sizeof(", en meer") >
		    sizeof(names)) {
			(void)snprintf(names + len, sizeof(names) - len,
			    "%sen meer", len == 0 ? "" : ", ");
			break;
		}
		len += (size_t)snprintf(names + len, sizeof(names) - len,
		    "%s%s", len == 0 ? "" : ", ", name);
	}
	if (names[0] != '\0')
		vera_attribute_add(document, "wijkhub-niet-doorgegeven", names);
}

static json_t *
stored(const struct adapter_in *in, const char *resource,
    const struct outcome *outcome, struct adapter_reply *reply)
{
	const json_t *dossier =
	    outcome->dossier != NULL ? outcome->dossier : in->dossier;
	const char *id = json_text(dossier, "id");
	json_t *out = json_loadb((const char *)in->body.p, in->body.len,
	    JSON_REJECT_DUPLICATES, NULL);

	if (!json_is_object(out)) {
		json_decref(out);
		out = json_object();
		show_state(dossier, resource, out);
	}
	vera_strip(out, "bsn");
	if (id[0] == '\0')
		return out;
	if (strcmp(in->method, "POST") == 0)
		add_left_out(out, dossier);
	set_id(out, id);
	add_reference(out, resource, id);
	vera_attribute_add(out, "wijkhub-status", json_text(dossier, "status"));
	(void)snprintf(reply->location, sizeof(reply->location), "%s%s/%s",
	    VERA_BASE, resource, id);
	return out;
}

static void
add_allowed(const json_t *allowed, char *text, size_t size)
{
	const json_t *word;
	size_t i, len;

	json_array_foreach(allowed, i, word)
	{
		len = strlen(text);
		(void)snprintf(text + len, size - len, "%s%s",
		    i == 0 ? ": " : ", ",
		    json_is_string(word) ? json_string_value(word) : "");
	}
}

static json_t *
fault(const struct row *row, const struct outcome *outcome)
{
	const char *field = outcome->field == NULL ? "" : outcome->field;
	const char *why = row->text != NULL       ? row->text
			  : outcome->text == NULL ? ""
						  : outcome->text;
	const char *code = row->code;
	char text[WHY_MAX + 384];

	if (outcome->kind == OUTCOME_REFUSED)
		code = terms_text(TERMS_REASONS, outcome->reason);
	else if (code == NULL)
		code = outcome->code == NULL || outcome->code[0] == '\0'
			   ? "VELD_ONJUIST"
			   : outcome->code;
	(void)snprintf(text, sizeof(text), "%s%s%s", field,
	    field[0] == '\0' || why[0] == '\0' ? "" : ": ", why);
	if (outcome->kind == OUTCOME_FORBIDDEN)
		add_allowed(outcome->allowed, text, sizeof(text));
	return json_pack("{s:s, s:s}", "code", code == NULL ? "FOUT" : code,
	    "omschrijving", text);
}

void
vera_reply_make(const struct adapter_in *in, const char *resource,
    const struct outcome *outcome, struct adapter_reply *reply)
{
	const struct row *row = find_row(outcome->kind);
	json_t *body;

	reply->status = row->status;
	body = row->stored ? stored(in, resource, outcome, reply)
			   : fault(row, outcome);
	if (outcome->kind == OUTCOME_REJECTED && outcome->code != NULL &&
	    strcmp(outcome->code, "GEEN_JSON") == 0)
		reply->status = 400;
	/* Not the address of the POST is unknown, but the relatie in it. */
	if (outcome->kind == OUTCOME_NOT_FOUND &&
	    strcmp(in->method, "POST") == 0)
		reply->status = 422;
	reply->body = json_dumps(body, JSON_COMPACT);
	json_decref(body);
	if (reply->body == NULL) { /* a field that is no UTF-8 */
		reply->body = mem_strdup("{\"code\":\"FOUT\"}");
		reply->status = 500;
	}
	reply->len = strlen(reply->body);
	(void)str_copy(reply->content_type, sizeof(reply->content_type),
	    "application/json");
}

void
vera_reply_fault(struct span body, char out[VERA_FAULT_SIZE])
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";
	json_t *document = json_loadb((const char *)body.p, body.len, 0, NULL);
	const char *code = json_text(document, "code");

	out[0] = '\0';
	/* Nine digits could be a person's number. */
	if (strspn(code, plain) == strlen(code) &&
	    strspn(code, "0123456789") < 8)
		(void)str_copy(out, VERA_FAULT_SIZE, code);
	json_decref(document);
}
