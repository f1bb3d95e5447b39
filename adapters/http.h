/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_ADAPTERS_HTTP_H
#define WH_ADAPTERS_HTTP_H

#include <event2/event.h>
#include <jansson.h>

#include "adapters/adapter.h"

/*
 * The HTTP face of an adapter: libevent's evhttp with a table of routes,
 * bearer tokens, bounds on headers and bodies, and RFC 9457 problems in Dutch.
 */
struct http;
struct http_request; /* answered exactly once, now or later */

typedef void http_handler_fn(void *arg, struct http_request *request);

struct http_route {
	const char *method;
	const char *path; /* "{id}" matches one segment; at most one */
	http_handler_fn *handler;
	void *arg;
	size_t body_max;
	bool is_open;
};

struct http_options {
	const char *listen; /* "127.0.0.1:8081", port 0 takes a free one */
	const char *const *tokens; /* NULL-ended, borrowed for the call */
};

enum wh_err http_open(struct event_base *base,
    const struct http_options *options, struct http **out, struct why *why);
void http_close(struct http *http); /* answers what waits with 503 */

/* Add routes; a path with other methods only answers 405 with Allow. */
void http_routes(struct http *http, const struct http_route *routes, size_t n);
unsigned http_port(const struct http *http);

/* The request, borrowed until it is answered. */
const struct adapter_in *http_in(const struct http_request *request);
const char *http_query(const struct http_request *request, const char *key);

/* A JSON body that must be there: on failure the request is answered (400). */
json_t *http_json(struct http_request *request);

void http_reply_json(struct http_request *request, int status,
    const json_t *body, const char *location);
void http_reply(struct http_request *request, int status,
    const char *content_type, struct span body, const char *location);

/* application/problem+json: title and detail in Dutch, stable code. */
void http_problem(struct http_request *request, int status, const char *code,
    const char *title, const char *detail, json_t *extra);

#endif
