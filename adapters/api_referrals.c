/* SPDX-License-Identifier: EUPL-1.2 */
#include <stdio.h>

#include "adapters/api_impl.h"
#include "adapters/dossier.h"
#include "adapters/json.h"
#include "proto/base/clk.h"
#include "proto/base/mem.h"
#include "proto/base/text.h"

/* /v1/verwijzingen. */

#define PAGE_SIZE     50
#define LOCATION_SIZE 128
#define NEXT_SIZE     256

/* The newest checkpoint that the entry is in, if there is one. */
static void
add_checkpoint(struct desk *desk, json_t *evidence)
{
	json_int_t index =
	    json_integer_value(json_object_get(evidence, "index"));
	char *note = NULL;

	if (desk_checkpoint_of(desk, (uint64_t)index, &note) != WH_OK)
		return;
	json_object_set_new(evidence, "checkpoint", json_string(note));
	mem_free(note);
}

static void
add_clocks(json_t *view, const json_t *dossier)
{
	json_t *clocks = json_object();

	if (json_text(dossier, "vervalt")[0] != '\0')
		json_object_set(clocks, "verloopt",
		    json_object_get(dossier, "vervalt"));
	json_object_set_new(view, "termijnen", clocks);
}

static json_t *
view_of(struct desk *desk, const json_t *dossier)
{
	json_t *view = shape_view(&shape_referral, dossier);
	json_t *evidence = json_object_get(view, "bewijs");

	add_clocks(view, dossier);
	if (evidence != NULL)
		add_checkpoint(desk, evidence);
	return view;
}

/*
 * What may be shown of a referral: as it is, once it was erased since it was
 * read. What was received leaves for the partner's own system: noted first, or
 * a withdrawal would claim that no copy is there. New reference.
 */
static enum wh_err
let_out(struct desk *desk, json_t *dossier, json_t **out)
{
	json_t *now = NULL;
	struct id case_ref;
	enum wh_err err;

	if (json_object_size(json_object_get(dossier, "gegevens")) == 0 ||
	    id_parse(json_text(dossier, "id"), &case_ref) != WH_OK) {
		*out = json_incref(dossier);
		return WH_OK;
	}
	err = desk_passed_on(desk, &case_ref);
	if (err == WH_OK)
		err = desk_dossier(desk, &case_ref, &now);
	if (err == WH_OK)
		*out = json_incref(
		    json_object_get(now, "gewistOp") == NULL ? dossier : now);
	json_decref(now);
	return err;
}

static void
finish_referral(void *arg, struct http_request *request,
    const struct desk_result *result)
{
	struct api *api = arg;
	char location[LOCATION_SIZE];
	json_t *dossier = NULL;
	enum wh_err err;

	if (api_answer_no(request, result))
		return;
	err = let_out(runner_desk(api->runner), result->dossier, &dossier);
	if (err != WH_OK) {
		api_answer_error(request, err);
		return;
	}
	snprintf(location, sizeof(location), "/v1/verwijzingen/%s",
	    json_text(result->dossier, "id"));
	api_answer_yes(request, result,
	    view_of(runner_desk(api->runner), dossier), location);
	json_decref(dossier);
}

void
api_refer(void *arg, struct http_request *request)
{
	struct api *api = arg;
	struct desk_result result = {0};
	json_t *body = api_body(request, &shape_referral_new);
	enum wh_err err;

	if (body == NULL)
		return;
	err = desk_refer(runner_desk(api->runner), body,
	    http_in(request)->now_ms, &result);
	json_decref(body);
	api_settle(api, request, err, &result, finish_referral);
}

void
api_event(void *arg, struct http_request *request)
{
	struct api *api = arg;
	struct desk_result result = {0};
	struct id case_ref;
	json_t *body;
	enum wh_err err;

	if (!api_id(request, &case_ref))
		return;
	body = api_body(request, &shape_event_new);
	if (body == NULL)
		return;
	err = desk_event(runner_desk(api->runner), &case_ref, body,
	    http_in(request)->now_ms, &result);
	json_decref(body);
	api_settle(api, request, err, &result, finish_referral);
}

void
api_confirm(void *arg, struct http_request *request)
{
	struct api *api = arg;
	struct desk_result result = {0};
	struct id case_ref;
	json_t *body;
	enum wh_err err;

	if (!api_id(request, &case_ref))
		return;
	body = api_body(request, &shape_erasure_new);
	if (body == NULL)
		return;
	err = desk_confirm(runner_desk(api->runner), &case_ref, body,
	    http_in(request)->now_ms, &result);
	json_decref(body);
	api_settle(api, request, err, &result, finish_referral);
}

void
api_referral_get(void *arg, struct http_request *request)
{
	struct api *api = arg;
	struct desk *desk = runner_desk(api->runner);
	json_t *dossier = NULL;
	json_t *shown = NULL;
	struct id case_ref;
	json_t *view;
	enum wh_err err;

	if (!api_id(request, &case_ref))
		return;
	err = desk_dossier(desk, &case_ref, &dossier);
	if (err == WH_OK)
		err = let_out(desk, dossier, &shown);
	json_decref(dossier);
	if (err == WH_NOT_FOUND) {
		api_answer_missing(request,
		    "Deze verwijzing is hier niet bekend.");
		return;
	}
	if (err != WH_OK) {
		api_answer_error(request, err);
		return;
	}
	if (api_look(api, request, LOOK_REFERRAL, json_text(shown, "id"))) {
		view = view_of(desk, shown);
		http_reply_json(request, 200, view, NULL);
		json_decref(view);
	}
	json_decref(shown);
}

/* Only what was checked goes into an address: words, slugs and times. */
static bool
filter_of(const json_t *query, struct desk_filter *out)
{
	const char *since = json_text(query, "sinds");
	json_int_t page = json_integer_value(json_object_get(query, "pagina"));

	*out = (struct desk_filter){
	    .richting = json_text(query, "richting"),
	    .status = json_text(query, "status"),
	    .type = json_text(query, "type"),
	    .erasure = json_text(query, "wissing"),
	    .page = page == 0 ? 1 : (unsigned)page,
	    .page_size = PAGE_SIZE,
	};
	return (since[0] == '\0' ||
		   clk_parse(since, &out->since_ms) == WH_OK) &&
	       (out->type[0] == '\0' || text_is_slug(out->type, NAME_MAX_LEN));
}

static void
add_text(char out[NEXT_SIZE], const char *key, const char *value)
{
	size_t len = strlen(out);

	if (value[0] != '\0')
		snprintf(out + len, NEXT_SIZE - len, "%s=%s&", key, value);
}

static json_t *
next_page(const struct desk_filter *filter, bool more)
{
	char next[NEXT_SIZE] = "/v1/verwijzingen?";
	char since[CLK_ISO_SIZE] = "";
	char page[16];

	if (!more)
		return json_null();
	if (filter->since_ms != 0)
		clk_iso(filter->since_ms, since);
	snprintf(page, sizeof(page), "%u", filter->page + 1);
	add_text(next, "richting", filter->richting);
	add_text(next, "status", filter->status);
	add_text(next, "type", filter->type);
	add_text(next, "wissing", filter->erasure);
	add_text(next, "sinds", since);
	add_text(next, "pagina", page);
	next[strlen(next) - 1] = '\0';
	return json_string(next);
}

static void
answer_list(struct http_request *request, const struct desk_filter *filter,
    const json_t *list, bool more)
{
	json_t *rows = json_array();
	json_t *body, *row, *view;
	size_t i;

	json_array_foreach(list, i, row)
	{
		add_clocks(row, row);
		json_array_append(rows, row);
	}
	body = json_pack("{s:o, s:o}", "resultaten", rows, "volgende",
	    next_page(filter, more));
	view = shape_view(&shape_referral_list, body);
	http_reply_json(request, 200, view, NULL);
	json_decref(view);
	json_decref(body);
}

void
api_referral_list(void *arg, struct http_request *request)
{
	struct api *api = arg;
	json_t *query = api_query(request, &shape_list_query);
	struct desk_filter filter;
	json_t *list = NULL;
	bool more = false;
	enum wh_err err = WH_NOT_FOUND;

	if (query == NULL)
		return;
	if (filter_of(query, &filter))
		err =
		    desk_list(runner_desk(api->runner), &filter, &list, &more);
	else
		list = json_array(); /* no type has such a name */
	if (list != NULL)
		answer_list(request, &filter, list, more);
	else
		api_answer_error(request, err);
	json_decref(list);
	json_decref(query);
}
