/* SPDX-License-Identifier: EUPL-1.2 */
#include <assert.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "adapters/http_impl.h"
#include "proto/base/log.h"
#include "proto/base/mem.h"
#include "proto/base/text.h"

/* A stream whose client lets more than this lie is dropped. */
#define STREAM_MAX ((size_t)256 * 1024)

static const struct adapter_header always[] = {
    {"API-Version", "1.0.0"},
    {"Cache-Control", "no-store"},
    {"X-Content-Type-Options", "nosniff"},
    {"Content-Security-Policy", "frame-ancestors 'none'"},
};

void
http_header(struct http_request *request, const char *name, const char *value)
{
	struct evkeyvalq *headers;

	if (request->req == NULL)
		return;
	headers = evhttp_request_get_output_headers(request->req);
	if (strcasecmp(name, "Set-Cookie") != 0)
		(void)evhttp_remove_header(headers, name);
	/* It refuses what would end the header: then it stays away. */
	if (evhttp_add_header(headers, name, value) != 0)
		log_warn("HTTP-HEADER", "name=%s", name);
}

static void
add_always(struct http_request *request)
{
	struct evkeyvalq *headers =
	    evhttp_request_get_output_headers(request->req);

	for (size_t i = 0; i < sizeof(always) / sizeof(always[0]); i++) {
		if (evhttp_find_header(headers, always[i].name) == NULL)
			http_header(request, always[i].name, always[i].value);
	}
}

/* evhttp would send the body of a HEAD too. */
static void
add_length(struct http_request *request, size_t len)
{
	char text[24];

	snprintf(text, sizeof(text), "%zu", len);
	http_header(request, "Content-Length", text);
}

/* From here evhttp answers and cleans up by itself. */
static struct evhttp_request *
let_go(struct http_request *request)
{
	struct evhttp_request *req = request->req;

	if (req != NULL)
		evhttp_connection_set_closecb(evhttp_request_get_connection(
						  req),
		    NULL, NULL);
	request->req = NULL;
	return req;
}

void
http_reply(struct http_request *request, int status, const char *content_type,
    struct span body, const char *location)
{
	struct evbuffer *out;

	assert(request->gone == NULL);
	if (request->req == NULL) {
		http_request_free(request);
		return;
	}
	add_always(request);
	if (content_type != NULL && content_type[0] != '\0')
		http_header(request, "Content-Type", content_type);
	if (location != NULL && location[0] != '\0')
		http_header(request, "Location", location);
	out = evbuffer_new();
	if (strcmp(request->in.method, "HEAD") == 0)
		add_length(request, body.len);
	else
		(void)evbuffer_add(out, body.p, body.len);
	evhttp_send_reply(let_go(request), status, NULL, out);
	evbuffer_free(out);
	http_request_free(request);
}

static void
reply_json(struct http_request *request, int status, const char *content_type,
    const json_t *body, const char *location)
{
	char *text = json_dumps(body, JSON_COMPACT | JSON_ENCODE_ANY);
	size_t len;

	assert(text != NULL);
	len = strlen(text);
	http_reply(request, status, content_type, span_of(text, len), location);
	mem_wipe(text, len);
	free(text);
}

void
http_reply_json(struct http_request *request, int status, const json_t *body,
    const char *location)
{
	reply_json(request, status, "application/json", body, location);
}

/* What is not UTF-8 is left out. */
static json_t *
text_json(const char *text)
{
	json_t *json = json_string(text);

	return json == NULL ? json_string("") : json;
}

void
http_problem(struct http_request *request, int status, const char *code,
    const char *title, const char *detail, json_t *extra)
{
	char type[96];
	char instance[ID_TEXT_SIZE + 9] = "urn:uuid:";
	json_t *body;

	snprintf(type, sizeof(type), "urn:wijkhub:probleem:%s", code);
	id_text(&request->in.request_id, instance + 9);
	body = json_pack("{so so si so so ss}", "type", text_json(type),
	    "title", text_json(title), "status", status, "detail",
	    text_json(detail), "code", text_json(code), "instance", instance);
	assert(body != NULL);
	if (extra != NULL)
		(void)json_object_update_missing(body, extra);
	json_decref(extra);
	reply_json(request, status, "application/problem+json", body, NULL);
	json_decref(body);
}

static void
on_drop(evutil_socket_t fd, short what, void *arg)
{
	struct http_request *request = arg;

	(void)fd;
	(void)what;
	evhttp_connection_free(evhttp_request_get_connection(let_go(request)));
	http_request_gone(request);
}

void
http_stream(struct http_request *request, const char *content_type,
    http_gone_fn *gone, void *arg)
{
	if (request->req == NULL) {
		gone(arg, request);
		http_request_free(request);
		return;
	}
	request->gone = gone;
	request->gone_arg = arg;
	request->drop = evtimer_new(request->http->base, on_drop, request);
	add_always(request);
	http_header(request, "Content-Type", content_type);
	evhttp_send_reply_start(request->req, 200, NULL);
}

void
http_push(struct http_request *request, struct span piece)
{
	static const struct timeval now = {0, 0};
	struct bufferevent *bev;
	struct evbuffer *out;
	size_t waiting;

	if (request->req == NULL || evtimer_pending(request->drop, NULL))
		return;
	bev = evhttp_connection_get_bufferevent(
	    evhttp_request_get_connection(request->req));
	waiting = evbuffer_get_length(bufferevent_get_output(bev));
	if (waiting + piece.len > STREAM_MAX) {
		(void)evtimer_add(request->drop, &now);
		return;
	}
	out = evbuffer_new();
	(void)evbuffer_add(out, piece.p, piece.len);
	evhttp_send_reply_chunk(request->req, out);
	evbuffer_free(out);
}

static const char closing_body[] =
    "{\"type\":\"urn:wijkhub:probleem:STOPT\",\"title\":\"Stopt\","
    "\"status\":503,\"code\":\"STOPT\",\"detail\":\"Deze adapter stopt; "
    "probeer het zo opnieuw.\"}";

static void
send_closing(evutil_socket_t fd)
{
	char text[512];
	int len;

	len = snprintf(text, sizeof(text),
	    "HTTP/1.1 503 Service Unavailable\r\n"
	    "Content-Type: application/problem+json\r\n"
	    "Cache-Control: no-store\r\nRetry-After: 5\r\n"
	    "Connection: close\r\nContent-Length: %zu\r\n\r\n%s",
	    strlen(closing_body), closing_body);
	if (send(fd, text, (size_t)len, MSG_DONTWAIT | MSG_NOSIGNAL) != len)
		log_debug("HTTP-CLOSING", "the client is gone");
}

void
http_reply_closing(struct http_request *request)
{
	struct evhttp_request *req = let_go(request);
	struct bufferevent *bev;

	LIST_REMOVE(request, entry);
	request->http = NULL;
	if (req != NULL && request->gone == NULL) {
		bev = evhttp_connection_get_bufferevent(
		    evhttp_request_get_connection(req));
		send_closing(bufferevent_getfd(bev));
	}
	http_request_gone(request);
}
