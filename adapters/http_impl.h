/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_ADAPTERS_HTTP_IMPL_H
#define WH_ADAPTERS_HTTP_IMPL_H

#include <event2/http.h>
#include <event2/keyvalq_struct.h>
#include <event2/listener.h>
#include <sys/queue.h>

#include "adapters/http.h"
#include "proto/base/hash.h"

/* Shared by http*.c and nobody else. */

#define HTTP_HEADERS_MAX 16384 /* bytes of request line and headers */
#define HTTP_ID_MAX      128

struct http_request {
	LIST_ENTRY(http_request) entry;
	struct http *http;          /* NULL after http_close() */
	struct evhttp_request *req; /* NULL when the client is gone */
	struct adapter_in in;
	struct caller caller;
	struct adapter_header *headers; /* owned; text borrowed from req */
	struct evkeyvalq query;
	char *path; /* heap */
	char id[HTTP_ID_MAX];
	char content_type[128];
	http_gone_fn *gone; /* set: a stream */
	void *gone_arg;
	struct event *drop; /* a stream whose client does not read */
};

struct http {
	struct event_base *base; /* borrowed */
	struct evhttp *evhttp;
	struct evconnlistener *listener; /* owned by evhttp */
	struct event *again;             /* accept again: out of descriptors */
	unsigned port;
	struct http_route *routes; /* owned array */
	size_t route_count;
	size_t body_max;      /* of the route that takes most */
	struct token *tokens; /* owned array */
	size_t token_count;
	http_session_fn *session;
	void *session_arg;
	LIST_HEAD(, http_request) waiting;
};

/* Wrap what evhttp parsed; takes over its close callback. */
struct http_request *http_request_new(struct http *http,
    struct evhttp_request *req);

/* Unlink and free; for a stream without telling. */
void http_request_free(struct http_request *request);

/* evhttp has the request no more: forget what it lent, tell and free a stream.
 */
void http_request_gone(struct http_request *request);

/* NULL, or what is wrong with its framing, headers or query (Dutch). */
const char *http_request_fault(struct http_request *request);

/* Does Accept allow JSON? */
bool http_accepts_json(const char *accept);

/* Is it from somebody with a token or a session? Remembers who. */
bool http_request_allowed(struct http_request *request);

/* Does it come from this machine, and not through a proxy on it? */
bool http_request_local(const struct http_request *request);

/* Answer straight to the socket, when no loop will run any more. */
void http_reply_closing(struct http_request *request);

#endif
