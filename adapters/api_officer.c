/* SPDX-License-Identifier: EUPL-1.2 */
#include <stdio.h>

#include "adapters/api_impl.h"
#include "adapters/desk_officer.h"
#include "adapters/desk_report.h"
#include "adapters/json.h"
#include "adapters/log_view.h"
#include "proto/base/clk.h"
#include "proto/base/text.h"

/* What a privacy officer asks: /v1/logboek and
 * /v1/inzageverzoeken. */

#define PAGE_SIZE     50
#define NEXT_SIZE     512
#define LOCATION_SIZE 128

/* The same question for the next page: only values that were checked. */
static json_t *
next_page(const char *path, const struct shape *shape, const json_t *query,
    bool more)
{
	const struct shape_field *field;
	json_int_t page = json_integer_value(json_object_get(query, "pagina"));
	char next[NEXT_SIZE], iso[CLK_ISO_SIZE];
	const char *value;
	int64_t at_ms;
	size_t len;

	if (!more)
		return json_null();
	len = (size_t)snprintf(next, sizeof(next), "%s?", path);
	for (field = shape->fields; field->name != NULL; field++) {
		value = json_text(query, field->name);
		if (field->kind == SHAPE_TIME && value[0] != '\0') {
			if (clk_parse(value, &at_ms) != WH_OK)
				continue;
			clk_iso(at_ms, iso);
			value = iso;
		}
		if (value[0] != '\0' && len < sizeof(next))
			len += (size_t)snprintf(next + len, sizeof(next) - len,
			    "%s=%s&", field->name, value);
	}
	if (len < sizeof(next))
		(void)snprintf(next + len, sizeof(next) - len,
		    "pagina=%" JSON_INTEGER_FORMAT, page == 0 ? 2 : page + 1);
	return json_string(next);
}

static bool
time_of(const json_t *query, const char *key, int64_t *out)
{
	const char *text = json_text(query, key);

	*out = 0;
	return text[0] == '\0' || clk_parse(text, out) == WH_OK;
}

/* NULL, or the field that is wrong. */
static const char *
filter_of(const json_t *query, struct log_filter *out)
{
	json_int_t page = json_integer_value(json_object_get(query, "pagina"));
	const char *case_ref = json_text(query, "verwijzing");

	*out = (struct log_filter){
	    .kind = json_text(query, "soort"),
	    .reason = json_text(query, "reden"),
	    .partner = json_text(query, "partner"),
	    .category = json_text(query, "categorie"),
	    .ground = json_text(query, "grondslag"),
	    .verdict = json_text(query, "oordeel"),
	    .has_case = case_ref[0] != '\0',
	    .page = page == 0 ? 1 : (unsigned)page,
	    .page_size = PAGE_SIZE,
	};
	if (!time_of(query, "sinds", &out->since_ms))
		return "sinds";
	if (!time_of(query, "tot", &out->until_ms))
		return "tot";
	if (out->partner[0] != '\0' &&
	    !text_is_slug(out->partner, NAME_MAX_LEN))
		return "partner";
	if (out->has_case && id_parse(case_ref, &out->case_ref) != WH_OK)
		return "verwijzing";
	return NULL;
}

static void
answer_log(struct api *api, struct http_request *request, const json_t *query,
    const struct log_filter *filter)
{
	struct desk *desk = runner_desk(api->runner);
	bool looks = strcmp(filter->kind, "inzage") == 0;
	json_t *state = NULL, *looked = NULL, *list = NULL;
	json_t *body;
	bool more = false;
	enum wh_err err;

	if (!api_look(api, request, looks ? LOOK_LOOKS : LOOK_LOG, ""))
		return;
	err = desk_mirror_state(desk, http_in(request)->now_ms, &state);
	if (err == WH_OK)
		err = desk_look_state(desk, &looked);
	if (err == WH_OK)
		err = looks ? desk_look_list(desk, filter->page,
				  filter->page_size, &list, &more)
			    : desk_mirror_list(desk, filter, &list, &more);
	if (err == WH_OK) {
		body = json_pack("{s:O, s:O, s:O, s:o}", "stand", state,
		    "inzagen", looked, "resultaten", list, "volgende",
		    next_page("/v1/logboek", &shape_log_query, query, more));
		http_reply_json(request, 200, body, NULL);
		json_decref(body);
	} else {
		api_answer_error(request, err);
	}
	json_decref(state);
	json_decref(looked);
	json_decref(list);
}

void
api_log_list(void *arg, struct http_request *request)
{
	json_t *query = api_query(request, &shape_log_query);
	struct log_filter filter;
	const char *wrong;
	json_t *params;

	if (query == NULL)
		return;
	wrong = filter_of(query, &filter);
	if (wrong == NULL) {
		answer_log(arg, request, query, &filter);
	} else {
		params = json_array();
		shape_blame(params, wrong, "format", "klopt niet");
		api_answer_params(request, 400, params);
	}
	json_decref(query);
}

/* The look is written down before the report is shown. */
void
api_report(void *arg, struct http_request *request)
{
	struct api *api = arg;
	struct desk_result result = {0};
	json_t *body = api_body(request, &shape_report_new);
	char location[LOCATION_SIZE];
	enum wh_err err;

	if (body == NULL)
		return;
	err = desk_report(runner_desk(api->runner), body,
	    http_in(request)->now_ms, &result);
	json_decref(body);
	if (err != WH_OK) {
		api_answer_error(request, err);
	} else if (!api_answer_no(request, &result) &&
		   api_look(api, request, LOOK_REPORT_MADE,
		       json_text(result.dossier, "id"))) {
		snprintf(location, sizeof(location), "/v1/inzageverzoeken/%s",
		    json_text(result.dossier, "id"));
		http_reply_json(request, 201, result.dossier, location);
	}
	desk_result_fini(&result);
}

void
api_report_get(void *arg, struct http_request *request)
{
	struct api *api = arg;
	json_t *report = NULL;
	struct id id;
	enum wh_err err;

	if (!api_id(request, &id))
		return;
	err = desk_report_get(runner_desk(api->runner), &id,
	    http_in(request)->now_ms, &report);
	if (err == WH_NOT_FOUND)
		api_answer_missing(request,
		    "Dit verslag is hier niet, of niet meer.");
	else if (err != WH_OK)
		api_answer_error(request, err);
	else if (api_look(api, request, LOOK_REPORT, json_text(report, "id")))
		http_reply_json(request, 200, report, NULL);
	json_decref(report);
}

/* What differs between the lists. */
struct listing {
	const char *path;
	const struct shape *query;
	const struct shape *item; /* NULL: shown as it comes */
	enum look_kind kind;
	enum wh_err (*list)(struct desk *desk, const struct desk_page *page,
	    int64_t now_ms, json_t **out, bool *more);
};

static json_t *
views_of(const struct listing *listing, const json_t *list)
{
	json_t *out = json_array();
	json_t *item;
	size_t i;

	json_array_foreach((json_t *)(uintptr_t)list, i, item)
	    json_array_append_new(out, listing->item == NULL
					   ? json_incref(item)
					   : shape_view(listing->item, item));
	return out;
}

static void
answer_list(struct api *api, struct http_request *request,
    const struct listing *listing, const json_t *query)
{
	json_int_t page = json_integer_value(json_object_get(query, "pagina"));
	struct desk_page asked = {.status = json_text(query, "status"),
	    .page = page == 0 ? 1 : (unsigned)page,
	    .page_size = PAGE_SIZE};
	json_t *list = NULL, *params;
	json_t *body;
	bool more = false;
	enum wh_err err;

	if (!time_of(query, "verlooptVoor", &asked.before_ms)) {
		params = json_array();
		shape_blame(params, "verlooptVoor", "format", "klopt niet");
		api_answer_params(request, 400, params);
		return;
	}
	if (!api_look(api, request, listing->kind, ""))
		return;
	err = listing->list(runner_desk(api->runner), &asked,
	    http_in(request)->now_ms, &list, &more);
	if (err != WH_OK) {
		api_answer_error(request, err);
		return;
	}
	body = json_pack("{s:o, s:o}", "resultaten", views_of(listing, list),
	    "volgende", next_page(listing->path, listing->query, query, more));
	http_reply_json(request, 200, body, NULL);
	json_decref(body);
	json_decref(list);
}

static void
list_for(struct api *api, struct http_request *request,
    const struct listing *listing)
{
	json_t *query = api_query(request, listing->query);

	if (query == NULL)
		return;
	answer_list(api, request, listing, query);
	json_decref(query);
}

void
api_consent_list(void *arg, struct http_request *request)
{
	static const struct listing consents = {.path = "/v1/toestemmingen",
	    .query = &shape_consent_query,
	    .item = &shape_consent,
	    .kind = LOOK_CONSENTS,
	    .list = desk_consent_list};

	list_for(arg, request, &consents);
}

void
api_review_list(void *arg, struct http_request *request)
{
	static const struct listing reviews = {.path = "/v1/beoordelingen",
	    .query = &shape_review_query,
	    .kind = LOOK_REVIEWS,
	    .list = desk_review_list};

	list_for(arg, request, &reviews);
}
