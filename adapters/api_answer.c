/* SPDX-License-Identifier: EUPL-1.2 */
#include <stdlib.h>
#include <string.h>

#include "adapters/api_impl.h"
#include "adapters/api_reason.h"
#include "adapters/desk_officer.h"
#include "adapters/dossier.h"
#include "adapters/json.h"
#include "proto/base/log.h"
#include "proto/base/mem.h"
#include "proto/base/text.h"

/* From outcomes to HTTP. */

#define RETRY_SECONDS "10"

void
api_answer_busy(struct http_request *request, const char *detail)
{
	http_header(request, "Retry-After", RETRY_SECONDS);
	http_problem(request, 503, "BEZET", "Nu niet mogelijk", detail, NULL);
}

void
api_answer_missing(struct http_request *request, const char *detail)
{
	http_problem(request, 404, "NIET_GEVONDEN", "Niet gevonden", detail,
	    NULL);
}

void
api_answer_error(struct http_request *request, enum wh_err err)
{
	log_err("API-FAILED", "method=%s error=%s", http_in(request)->method,
	    wh_err_str(err));
	if (err == WH_FULL || err == WH_AGAIN)
		api_answer_busy(request,
		    "De opslag is vol of bezet. Probeer het later opnieuw; "
		    "waarschuw uw beheerder als het zo blijft.");
	else
		http_problem(request, 500, "INTERNE_FOUT", "Interne fout",
		    "Er ging hier iets mis. Er is niets vastgelegd. Waarschuw "
		    "uw beheerder.",
		    NULL);
}

void
api_answer_params(struct http_request *request, int status, json_t *params)
{
	const char *title = status == 400 ? "De zoekvraag klopt niet"
					  : "Een of meer velden kloppen niet";

	http_problem(request, status, "ONGELDIGE_VELDEN", title,
	    "Bij invalidParams staat per veld wat er mis is.",
	    json_pack("{s:o}", "invalidParams", params));
}

static void
answer_rejected(struct http_request *request, const struct desk_result *result)
{
	json_t *params = json_array();

	shape_blame(params, result->field, "invalid",
	    api_reason_rule(result->text));
	api_answer_params(request, 422, params);
}

static void
answer_refused(struct http_request *request, const struct desk_result *result)
{
	const struct api_reason *words = api_reason(result->reason);
	const char *code = terms_text(TERMS_REASONS, result->reason);
	json_t *extra = json_object();

	if (result->text[0] != '\0')
		json_object_set_new(extra, "technisch",
		    json_string(result->text));
	if (result->allowed != NULL)
		json_object_set(extra, "toegestaan", result->allowed);
	if (json_text(result->dossier, "id")[0] != '\0' &&
	    json_text(result->dossier, "richting")[0] != '\0')
		json_object_set(extra, "verwijzingStatus",
		    json_object_get(result->dossier, "status"));
	if (words->status == 503)
		http_header(request, "Retry-After", RETRY_SECONDS);
	http_problem(request, words->status, code == NULL ? "NONE" : code,
	    words->title, words->advice, extra);
}

static void
answer_conflict(struct http_request *request, const struct desk_result *result)
{
	json_t *params = json_array();

	shape_blame(params, result->field, "conflict", result->text);
	http_problem(request, 409,
	    terms_text(TERMS_REASONS, REASON_DUPLICATE_CONFLICT),
	    "Dit kenmerk is al gebruikt",
	    "Hetzelfde kenmerk is gebruikt voor iets met een andere "
	    "inhoud. Gebruik een nieuw kenmerk, of stuur dezelfde inhoud.",
	    json_pack("{s:o}", "invalidParams", params));
}

/* The desk says which events the state allows; the reason may lack. */
static void
answer_forbidden(struct http_request *request, const struct desk_result *result)
{
	struct desk_result refused = *result;

	refused.reason = REASON_STATE_FORBIDS;
	refused.text[0] = '\0';
	answer_refused(request, &refused);
}

bool
api_answer_no(struct http_request *request, const struct desk_result *result)
{
	switch (result->kind) {
	case OUTCOME_CREATED:
	case OUTCOME_QUEUED:
	case OUTCOME_SAME:
	case OUTCOME_DONE:
	case OUTCOME_READ:
		return false;
	case OUTCOME_CONFLICT:
		answer_conflict(request, result);
		break;
	case OUTCOME_REFUSED:
		answer_refused(request, result);
		break;
	case OUTCOME_REJECTED:
	case OUTCOME_DIVERTED:
		answer_rejected(request, result);
		break;
	case OUTCOME_FORBIDDEN:
		answer_forbidden(request, result);
		break;
	case OUTCOME_NOT_FOUND:
		api_answer_missing(request,
		    "Dit is hier niet bekend. Controleer het id.");
		break;
	case OUTCOME_BUSY:
		api_answer_busy(request, result->text);
		break;
	}
	return true;
}

void
api_answer_yes(struct http_request *request, const struct desk_result *result,
    json_t *body, const char *location)
{
	int status = 200;

	if (result->kind == OUTCOME_CREATED)
		status = 201;
	else if (result->kind == OUTCOME_QUEUED)
		status = 202;
	http_reply_json(request, status, body, status == 200 ? NULL : location);
	json_decref(body);
}

json_t *
api_body(struct http_request *request, const struct shape *shape)
{
	json_t *body = http_json(request);
	json_t *params;

	if (body == NULL)
		return NULL;
	params = json_array();
	shape_check(shape, body, params);
	if (json_array_size(params) == 0) {
		json_decref(params);
		return body;
	}
	json_decref(body);
	api_answer_params(request, 422, params);
	return NULL;
}

/* A number in the address, or the text as it stands for shape_check(). */
static json_t *
query_value(const struct shape_field *field, const char *text)
{
	size_t len = strlen(text);

	if (field->kind == SHAPE_NUMBER && len > 0 && len < 18 &&
	    strspn(text, "0123456789") == len)
		return json_integer(strtoll(text, NULL, 10));
	return json_string(text);
}

json_t *
api_query(struct http_request *request, const struct shape *shape)
{
	const struct shape_field *field;
	json_t *query = json_object();
	json_t *params = json_array();
	const char *text;

	for (field = shape->fields; field->name != NULL; field++) {
		text = http_query(request, field->name);
		if (text != NULL && text[0] != '\0')
			json_object_set_new(query, field->name,
			    query_value(field, text));
	}
	shape_check(shape, query, params);
	if (json_array_size(params) == 0) {
		json_decref(params);
		return query;
	}
	json_decref(query);
	api_answer_params(request, 400, params);
	return NULL;
}

bool
api_id(struct http_request *request, struct id *out)
{
	if (id_parse(http_in(request)->id, out) == WH_OK)
		return true;
	api_answer_missing(request,
	    "Dit is hier niet bekend. Controleer het id.");
	return false;
}

bool
api_look(struct api *api, struct http_request *request, enum look_kind kind,
    const char *where)
{
	struct look look = {.at_ms = http_in(request)->now_ms,
	    .who = *http_caller(request),
	    .kind = kind};
	enum wh_err err;

	err = str_copy(look.where, sizeof(look.where), where);
	if (err == WH_OK)
		err = desk_look(runner_desk(api->runner), &look);
	if (err != WH_OK)
		api_answer_error(request, err);
	return err == WH_OK;
}

void
api_settle(struct api *api, struct http_request *request, enum wh_err err,
    struct desk_result *result, runner_finish_fn *finish)
{
	if (err != WH_OK)
		api_answer_error(request, err);
	else
		runner_settle(api->runner, result, request, finish, api);
}
