/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_ADAPTERS_HTTP_H
#define WH_ADAPTERS_HTTP_H

#include <event2/event.h>
#include <jansson.h>

#include "adapters/adapter.h"
#include "adapters/token.h"

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
	bool is_open;  /* needs no token: the handler checks by itself */
	bool is_json;  /* answers in JSON only: 406 when that is not accepted */
	bool is_local; /* needs no token from this machine, unless forwarded */
	unsigned roles; /* one of these is needed: 403 without; 0: any */
};

struct http_options {
	const char *listen; /* "127.0.0.1:8081", port 0 takes a free one */
	const char *const *tokens; /* lines as in token.h: NULL-ended,
				      borrowed for the call */
};

/* WH_EXISTS when the port is taken. */
enum wh_err http_open(struct event_base *base,
    const struct http_options *options, struct http **out, struct why *why);

/*
 * Answers what waits with 503. Who holds such a request still answers it, now
 * or later, which then does nothing but free it. NULL is allowed.
 */
void http_close(struct http *http);

/*
 * Add routes; routes and their text are borrowed as long as http. A path with
 * other methods only answers 405 with Allow; HEAD is answered as GET.
 */
void http_routes(struct http *http, const struct http_route *routes, size_t n);
unsigned http_port(const struct http *http);

/* From now on these lines; NULL-ended, borrowed for the call. */
void http_tokens(struct http *http, const char *const *tokens);

/* Asked for a request without bearer token: does it belong to somebody who
 * logged in (a cookie), and who is that? It also guards against forged
 * cross-site requests. */
typedef bool http_session_fn(void *arg, const struct http_request *request,
    struct caller *who);
void http_session(struct http *http, http_session_fn *allow, void *arg);

/*
 * The request, borrowed until it is answered. When the client goes away, its
 * headers and body do too: ask again in each callback.
 */
const struct adapter_in *http_in(const struct http_request *request);
/* By token or session; without label and roles when it needed neither. */
const struct caller *http_caller(const struct http_request *request);
bool http_is_gone(const struct http_request *request);
const char *http_query(const struct http_request *request, const char *key);

/*
 * The JSON body, a new reference. NULL: there is none that can be used, and the
 * request is answered (400, or 415 for another type of body).
 */
json_t *http_json(struct http_request *request);

/* A header of the answer to come; replaces our own of that name, except that
 * Set-Cookie may come more than once. */
void http_header(struct http_request *request, const char *name,
    const char *value);

/* Body is borrowed, location may be NULL. Each of these ends the request. */
void http_reply_json(struct http_request *request, int status,
    const json_t *body, const char *location);
void http_reply(struct http_request *request, int status,
    const char *content_type, struct span body, const char *location);

/*
 * application/problem+json: title and detail in Dutch, stable code. The members
 * of extra, an object or NULL, are added; it is taken over.
 */
void http_problem(struct http_request *request, int status, const char *code,
    const char *title, const char *detail, json_t *extra);

/*
 * An answer that goes on (server-sent events): the request lives until gone()
 * was called, once: when the client left, does not read, or http closes.
 */
typedef void http_gone_fn(void *arg, struct http_request *request);
void http_stream(struct http_request *request, const char *content_type,
    http_gone_fn *gone, void *arg);
void http_push(struct http_request *request, struct span piece);

#endif
