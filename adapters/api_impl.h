/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_ADAPTERS_API_IMPL_H
#define WH_ADAPTERS_API_IMPL_H

#include "adapters/api.h"
#include "adapters/api_shape.h"
#include "adapters/desk.h"
#include "adapters/desk_officer.h"
#include "adapters/http.h"
#include "adapters/look.h"
#include "adapters/runner.h"

/* Shared by api*.c and nobody else. */

struct api {
	struct runner *runner; /* borrowed */
	char *openapi;         /* owned: openapi.json */
};

/* Answers that a route can give, for openapi.json. */
#define ANSWER_200 (1u << 0)
#define ANSWER_201 (1u << 1)
#define ANSWER_202 (1u << 2)
#define ANSWER_400 (1u << 3)
#define ANSWER_401 (1u << 4)
#define ANSWER_403 (1u << 5)
#define ANSWER_404 (1u << 6)
#define ANSWER_406 (1u << 7)
#define ANSWER_409 (1u << 8)
#define ANSWER_413 (1u << 9)
#define ANSWER_415 (1u << 10)
#define ANSWER_422 (1u << 11)
#define ANSWER_500 (1u << 12)
#define ANSWER_502 (1u << 13)
#define ANSWER_503 (1u << 14)

/* One row is the route and what openapi.json says of it. */
struct api_route {
	const char *method;
	const char *path;
	http_handler_fn *handler; /* arg: struct api */
	size_t body_max;
	const char *name; /* operationId */
	const char *about;
	const struct shape *takes;
	const struct shape *query;
	const struct shape *gives; /* NULL: any object */
	const char *media; /* of a yes that is no JSON; NULL: it is JSON */
	unsigned answers;
	unsigned roles; /* token.h; 0: any */
	bool is_open;
	bool takes_maybe; /* the body may be left out */
};
const struct api_route *api_route_table(size_t *count);

/* The whole document; a new reference. */
json_t *api_schema(void);

/* Handlers. */
http_handler_fn api_refer, api_referral_list, api_referral_get, api_event;
http_handler_fn api_consent, api_consent_get, api_consent_withdraw,
    api_withdraw, api_withdrawal_get, api_confirm, api_question, api_slip;
http_handler_fn api_partners, api_types;
http_handler_fn api_proof, api_referral_proof, api_log_list;
http_handler_fn api_report, api_report_get, api_consent_list, api_review_list;

/*
 * The body, checked against the shape; a new reference. NULL: the request is
 * answered.
 */
json_t *api_body(struct http_request *request, const struct shape *shape);

/*
 * Write down that the caller looks at this, before it is shown. where: an id or
 * a number, "" for a list. false: it could not be written down, and the request
 * is answered.
 */
bool api_look(struct api *api, struct http_request *request,
    enum look_kind kind, const char *where);

/* The query likewise; NULL: answered with 400. Numbers become numbers. */
json_t *api_query(struct http_request *request, const struct shape *shape);

/* The id in the path; false: answered with 404. */
bool api_id(struct http_request *request, struct id *out);

/* Wait for the hub and finish; an error of the desk is answered here. */
void api_settle(struct api *api, struct http_request *request, enum wh_err err,
    struct desk_result *result, runner_finish_fn *finish);

/* Answers everything but a yes: true when it did. */
bool api_answer_no(struct http_request *request,
    const struct desk_result *result);

/* 201, 200 or 202 with the body, which is taken over; location: 201 and 202. */
void api_answer_yes(struct http_request *request,
    const struct desk_result *result, json_t *body, const char *location);

/* Something of ours failed. */
void api_answer_error(struct http_request *request, enum wh_err err);

void api_answer_missing(struct http_request *request, const char *detail);

/* What is wrong with which field; params (shape_blame) is taken over. */
void api_answer_params(struct http_request *request, int status,
    json_t *params);

/* 503 with Retry-After. */
void api_answer_busy(struct http_request *request, const char *detail);

#endif
