/* SPDX-License-Identifier: EUPL-1.2 */
#include <stdio.h>

#include "adapters/api_impl.h"
#include "adapters/dossier.h"
#include "adapters/json.h"
#include "adapters/slip.h"
#include "proto/base/clk.h"
#include "proto/base/mem.h"
#include "proto/base/text.h"

/* /v1/toestemmingsvragen, /v1/toestemmingen and /v1/intrekkingen. */

#define LOCATION_SIZE 128

static const char missing[] = "Deze toestemming is hier niet bekend.";

static void
location_of(const json_t *consent, char out[LOCATION_SIZE])
{
	snprintf(out, LOCATION_SIZE, "/v1/toestemmingen/%s",
	    json_text(consent, "id"));
}

/* As it is kept now: the hub may have answered since. New reference. */
static json_t *
fresh(struct api *api, const json_t *consent)
{
	json_t *out = NULL;
	struct id id;

	if (id_parse(json_text(consent, "id"), &id) != WH_OK ||
	    desk_consent_get(runner_desk(api->runner), &id, &out) != WH_OK)
		return json_copy((json_t *)(uintptr_t)consent);
	return out;
}

static void
finish_consent(void *arg, struct http_request *request,
    const struct desk_result *result)
{
	char location[LOCATION_SIZE];
	json_t *slip, *kept;

	if (api_answer_no(request, result))
		return;
	/* As it is kept, it does not show what the resident took home. */
	slip = json_object_get(result->dossier, "ontvangstbewijs");
	kept = fresh(arg, result->dossier);
	if (slip != NULL)
		json_object_set(kept, "ontvangstbewijs", slip);
	location_of(kept, location);
	api_answer_yes(request, result, shape_view(&shape_consent, kept),
	    location);
	json_decref(kept);
}

void
api_consent(void *arg, struct http_request *request)
{
	struct api *api = arg;
	struct desk_result result = {0};
	json_t *body = api_body(request, &shape_consent_new);
	enum wh_err err;

	if (body == NULL)
		return;
	err = desk_consent(runner_desk(api->runner), body,
	    http_in(request)->now_ms, &result);
	json_decref(body);
	api_settle(api, request, err, &result, finish_consent);
}

void
api_question(void *arg, struct http_request *request)
{
	struct api *api = arg;
	struct desk_result result = {0};
	json_t *body = api_body(request, &shape_question_new);
	enum wh_err err;

	if (body == NULL)
		return;
	err = desk_question(runner_desk(api->runner), body,
	    http_in(request)->now_ms, &result);
	json_decref(body);
	if (err != WH_OK)
		api_answer_error(request, err);
	else if (!api_answer_no(request, &result))
		api_answer_yes(request, &result,
		    shape_view(&shape_question, result.dossier), NULL);
	desk_result_fini(&result);
}

void
api_consent_get(void *arg, struct http_request *request)
{
	struct api *api = arg;
	json_t *consent = NULL;
	json_t *view;
	struct id id;
	enum wh_err err;

	if (!api_id(request, &id))
		return;
	err = desk_consent_get(runner_desk(api->runner), &id, &consent);
	if (err == WH_NOT_FOUND) {
		api_answer_missing(request, missing);
		return;
	}
	if (err != WH_OK) {
		api_answer_error(request, err);
		return;
	}
	if (api_look(api, request, LOOK_CONSENT, json_text(consent, "id"))) {
		view = shape_view(&shape_consent, consent);
		http_reply_json(request, 200, view, NULL);
		json_decref(view);
	}
	json_decref(consent);
}

static void
answer_no_slip(struct http_request *request, enum wh_err err)
{
	if (err == WH_NOT_FOUND)
		api_answer_missing(request, missing);
	else if (err == WH_REFUSED)
		http_problem(request, 409, "NOG_NIET_MELDEN",
		    "De bewoner mag dit nog niet weten",
		    "Volgens het register hoort de bewoner dit later of niet. "
		    "Tot die tijd is er geen ontvangstbewijs.",
		    NULL);
	else
		api_answer_error(request, err);
}

void
api_slip(void *arg, struct http_request *request)
{
	struct api *api = arg;
	struct id id;
	char *html = NULL;
	size_t len = 0;
	enum wh_err err;

	if (!api_id(request, &id))
		return;
	err = desk_slip(runner_desk(api->runner), &id, http_in(request)->now_ms,
	    &html, &len);
	if (err != WH_OK) {
		answer_no_slip(request, err);
		return;
	}
	if (api_look(api, request, LOOK_CONSENT, http_in(request)->id)) {
		http_header(request, "Content-Security-Policy", slip_policy());
		http_reply(request, 200, "text/html; charset=utf-8",
		    span_of(html, len), NULL);
	}
	mem_wipe_free(html, len);
}

/* The end of a consent by itself, with what it is the end of. */
static json_t *
withdrawal_of(struct api *api, const json_t *consent)
{
	json_t *stands = NULL;
	json_t *out = json_pack("{s:n, s:n, s:[]}", "vastgelegd", "doorgevoerd",
	    "bereik");
	json_t *view;

	json_object_update(out, json_object_get(consent, "intrekking"));
	json_object_set(out, "toestemming", json_object_get(consent, "id"));
	json_object_set(out, "status", json_object_get(consent, "status"));
	if (desk_stands(runner_desk(api->runner), consent, &stands) == WH_OK)
		json_object_set(out, "blijftGelden", stands);
	json_decref(stands);
	view = shape_view(&shape_withdrawal, out);
	json_decref(out);
	return view;
}

/* By code there is no consent to show here: the withdrawal by itself. */
static json_t *
fresh_withdrawal(struct api *api, const json_t *withdrawal)
{
	json_t *out = NULL;
	struct id id;

	if (id_parse(json_text(withdrawal, "id"), &id) != WH_OK ||
	    desk_withdrawal_get(runner_desk(api->runner), &id, &out) != WH_OK)
		return json_copy((json_t *)(uintptr_t)withdrawal);
	return out;
}

static void
finish_code(void *arg, struct http_request *request,
    const struct desk_result *result)
{
	char location[LOCATION_SIZE];
	json_t *kept;

	if (result->kind == OUTCOME_REFUSED &&
	    result->reason == REASON_NO_PERMISSION) {
		api_answer_missing(request,
		    "Deze intrekkingscode is niet bekend. Controleer de "
		    "tekens.");
		return;
	}
	if (api_answer_no(request, result))
		return;
	kept = fresh_withdrawal(arg, result->dossier);
	snprintf(location, LOCATION_SIZE, "/v1/intrekkingen/%s",
	    json_text(kept, "id"));
	api_answer_yes(request, result, shape_view(&shape_withdrawal, kept),
	    location);
	json_decref(kept);
}

static void
finish_withdrawal(void *arg, struct http_request *request,
    const struct desk_result *result)
{
	char location[LOCATION_SIZE];
	json_t *kept;

	/* Who did not capture it has a withdrawal, and no consent. */
	if (json_object_get(result->dossier, "records") == NULL) {
		finish_code(arg, request, result);
		return;
	}
	if (api_answer_no(request, result))
		return;
	kept = fresh(arg, result->dossier);
	location_of(kept, location);
	api_answer_yes(request, result, withdrawal_of(arg, kept), location);
	json_decref(kept);
}

/* A body says nothing here, but one that is not understood is a mistake. */
static bool
body_is_empty(struct http_request *request)
{
	json_t *body;

	if (http_in(request)->body.len == 0)
		return true;
	body = api_body(request, &shape_withdrawal_empty);
	json_decref(body);
	return body != NULL;
}

void
api_consent_withdraw(void *arg, struct http_request *request)
{
	struct api *api = arg;
	struct desk_result result = {0};
	struct id id;
	enum wh_err err;

	if (!api_id(request, &id) || !body_is_empty(request))
		return;
	err = desk_withdraw(runner_desk(api->runner), &id, NULL,
	    http_in(request)->now_ms, &result);
	api_settle(api, request, err, &result, finish_withdrawal);
}

void
api_withdrawal_get(void *arg, struct http_request *request)
{
	struct api *api = arg;
	json_t *withdrawal = NULL;
	json_t *view;
	struct id id;
	enum wh_err err;

	if (!api_id(request, &id))
		return;
	err = desk_withdrawal_get(runner_desk(api->runner), &id, &withdrawal);
	if (err == WH_NOT_FOUND) {
		api_answer_missing(request,
		    "Deze intrekking is hier niet bekend.");
		return;
	}
	if (err != WH_OK) {
		api_answer_error(request, err);
		return;
	}
	if (api_look(api, request, LOOK_WITHDRAWAL, http_in(request)->id)) {
		view = shape_view(&shape_withdrawal, withdrawal);
		http_reply_json(request, 200, view, NULL);
		json_decref(view);
	}
	json_decref(withdrawal);
}

void
api_withdraw(void *arg, struct http_request *request)
{
	struct api *api = arg;
	struct desk_result result = {0};
	json_t *body = api_body(request, &shape_withdrawal_new);
	enum wh_err err;

	if (body == NULL)
		return;
	err = desk_withdraw(runner_desk(api->runner), NULL,
	    json_text(body, "code"), http_in(request)->now_ms, &result);
	json_decref(body);
	api_settle(api, request, err, &result, finish_code);
}
