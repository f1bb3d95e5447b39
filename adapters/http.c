/* SPDX-License-Identifier: EUPL-1.2 */
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>

#include "adapters/http_impl.h"
#include "proto/base/log.h"
#include "proto/base/mem.h"

#define BACKLOG      128
#define IDLE_SECONDS 30
#define BODY_SLACK   65536 /* so that we say 413 ourselves, in JSON */
#define METHODS_MAX  64

static const struct timeval accept_again = {1, 0};

static bool
id_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || (c != '\0' && strchr("-._~", c));
}

/* Does path fit the pattern? The segment in the place of {id} goes to id. */
static bool
path_matches(const char *pattern, const char *path, char id[HTTP_ID_MAX])
{
	size_t len = 0;

	id[0] = '\0';
	while (*pattern != '\0') {
		if (*pattern != '{') {
			if (*pattern++ != *path++)
				return false;
			continue;
		}
		while (id_char(*path) && len < HTTP_ID_MAX - 1)
			id[len++] = *path++;
		if (len == 0)
			return false;
		id[len] = '\0';
		pattern += strcspn(pattern, "}") + 1;
	}
	return *path == '\0';
}

/* HEAD is a GET whose body is left out. */
static const char *
method_of(const struct http_request *request)
{
	const char *method = request->in.method;

	return strcmp(method, "HEAD") == 0 ? "GET" : method;
}

static void
answer_method(struct http_request *request)
{
	struct http *http = request->http;
	char allow[METHODS_MAX] = "";
	size_t len = 0;

	for (size_t i = 0; i < http->route_count; i++) {
		const struct http_route *route = &http->routes[i];

		if (!path_matches(route->path, request->path, request->id) ||
		    strstr(allow, route->method) != NULL)
			continue;
		len += (size_t)snprintf(allow + len, sizeof(allow) - len,
		    "%s%s", len == 0 ? "" : ", ", route->method);
		if (len >= sizeof(allow))
			break;
	}
	if (allow[0] == '\0') {
		http_problem(request, 404, "NIET_GEVONDEN", "Niet gevonden",
		    "Dit adres bestaat hier niet.", NULL);
		return;
	}
	http_header(request, "Allow", allow);
	http_problem(request, 405, "METHODE_NIET_TOEGESTAAN",
	    "Methode niet toegestaan",
	    "Dit adres kent deze methode niet; zie de header Allow.", NULL);
}

static void
answer_unknown(struct http_request *request)
{
	bool tried = adapter_in_header(&request->in, "Authorization") != NULL;

	http_header(request, "WWW-Authenticate",
	    tried ? "Bearer realm=\"wijkhub\", error=\"invalid_token\""
		  : "Bearer realm=\"wijkhub\"");
	http_problem(request, 401, "NIET_AANGEMELD", "Niet aangemeld",
	    "Stuur een geldig token mee: Authorization: Bearer …", NULL);
}

static const struct http_route *
route_of(struct http_request *request)
{
	struct http *http = request->http;
	const char *method = method_of(request);

	for (size_t i = 0; i < http->route_count; i++) {
		const struct http_route *route = &http->routes[i];

		if (strcmp(route->method, method) == 0 &&
		    path_matches(route->path, request->path, request->id))
			return route;
	}
	return NULL;
}

static bool
may_pass(const struct http_route *route, struct http_request *request)
{
	return route->is_open ||
	       (route->is_local && http_request_local(request)) ||
	       http_request_allowed(request);
}

/* A token that is known, for other work. */
static void
answer_role(struct http_request *request, unsigned roles)
{
	char detail[160];
	char names[96] = "";
	size_t len = 0;

	for (unsigned role = 1; role <= ROLE_ALL; role <<= 1) {
		if ((roles & role) != 0)
			len +=
			    (size_t)snprintf(names + len, sizeof(names) - len,
				"%s%s", len > 0 ? " of " : "", role_text(role));
	}
	snprintf(detail, sizeof(detail),
	    "Hiervoor is de rol %s nodig. Gebruik een token met die rol.",
	    names);
	http_problem(request, 403, "ROL_ONTBREEKT", "Niet voor deze rol",
	    detail, NULL);
}

static void
dispatch(struct http_request *request)
{
	const struct http_route *route = route_of(request);
	const char *accept = adapter_in_header(&request->in, "Accept");

	if (route == NULL)
		answer_method(request);
	else if (!may_pass(route, request))
		answer_unknown(request);
	else if (route->roles != 0 && !route->is_open &&
		 (request->caller.roles & route->roles) == 0)
		answer_role(request, route->roles);
	else if (request->in.body.len > route->body_max)
		http_problem(request, 413, "TE_GROOT", "Te groot",
		    "Het bericht is groter dan dit adres aanneemt.", NULL);
	else if (route->is_json && !http_accepts_json(accept))
		http_problem(request, 406, "NIET_ACCEPTABEL", "Niet acceptabel",
		    "Dit adres antwoordt in application/json.", NULL);
	else
		route->handler(route->arg, request);
}

static void
on_request(struct evhttp_request *req, void *arg)
{
	struct http_request *request = http_request_new(arg, req);
	const char *fault = http_request_fault(request);

	if (fault == NULL) {
		dispatch(request);
		return;
	}
	http_header(request, "Connection", "close");
	http_problem(request, 400, "ONGELDIG_VERZOEK", "Ongeldig verzoek",
	    fault, NULL);
}

/* Out of descriptors: try later, rather than ask the kernel without end. */
static void
on_accept_error(struct evconnlistener *listener, void *arg)
{
	struct http *http = arg;

	log_warn("HTTP-ACCEPT", "error=%s",
	    evutil_socket_error_to_string(EVUTIL_SOCKET_ERROR()));
	(void)evconnlistener_disable(listener);
	(void)evtimer_add(http->again, &accept_again);
}

static void
on_accept_again(evutil_socket_t fd, short what, void *arg)
{
	struct http *http = arg;

	(void)fd;
	(void)what;
	(void)evconnlistener_enable(http->listener);
}

/* "127.0.0.1:8081" or "[::1]:8081". */
static struct addrinfo *
resolve(const char *listen, struct why *why)
{
	const struct addrinfo hints = {.ai_socktype = SOCK_STREAM,
	    .ai_flags = AI_PASSIVE | AI_NUMERICSERV};
	const char *port = strrchr(listen, ':');
	struct addrinfo *at = NULL;
	char host[256];
	size_t len;
	int rc;

	if (port == NULL || port == listen) {
		(void)why_set(why, WH_INVALID,
		    "listen %s: must be address:port", listen);
		return NULL;
	}
	len = (size_t)(port - listen);
	if (listen[0] == '[' && len > 2 && listen[len - 1] == ']') {
		listen++;
		len -= 2;
	}
	if (len >= sizeof(host)) {
		(void)why_set(why, WH_INVALID, "listen: the name is too long");
		return NULL;
	}
	memcpy(host, listen, len);
	host[len] = '\0';
	rc = getaddrinfo(host, port + 1, &hints, &at);
	if (rc == 0)
		return at;
	(void)why_set(why, WH_INVALID, "listen %s: %s", host, gai_strerror(rc));
	return NULL;
}

static unsigned
bound_port(evutil_socket_t fd)
{
	struct sockaddr_storage at;
	socklen_t len = sizeof(at);

	memset(&at, 0, sizeof(at));
	if (getsockname(fd, (struct sockaddr *)&at, &len) != 0)
		return 0;
	if (at.ss_family == AF_INET6)
		return ntohs(((struct sockaddr_in6 *)&at)->sin6_port);
	return ntohs(((struct sockaddr_in *)&at)->sin_port);
}

static enum wh_err
listen_at(struct http *http, const char *where, struct why *why)
{
	const unsigned flags =
	    LEV_OPT_REUSEABLE | LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC;
	struct addrinfo *at = resolve(where, why);
	const int on = 1;
	evutil_socket_t fd;

	if (at == NULL)
		return WH_INVALID;
	http->listener = evconnlistener_new_bind(http->base, NULL, NULL, flags,
	    BACKLOG, at->ai_addr, (int)at->ai_addrlen);
	freeaddrinfo(at);
	if (http->listener == NULL)
		return why_set(why, errno == EADDRINUSE ? WH_EXISTS : WH_IO,
		    "cannot listen at %s: %s", where, strerror(errno));
	fd = evconnlistener_get_fd(http->listener);
	/* Connections inherit it. */
	if (setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) != 0)
		log_warn("HTTP-NODELAY", "error=%s", strerror(errno));
	http->port = bound_port(fd);
	if (evhttp_bind_listener(http->evhttp, http->listener) == NULL) {
		evconnlistener_free(http->listener);
		return why_set(why, WH_IO, "cannot serve at %s", where);
	}
	evconnlistener_set_error_cb(http->listener, on_accept_error);
	return WH_OK;
}

enum wh_err
http_open(struct event_base *base, const struct http_options *options,
    struct http **out, struct why *why)
{
	struct http *http = mem_new(sizeof(*http));
	enum wh_err err;

	http->base = base;
	LIST_INIT(&http->waiting);
	http->evhttp = evhttp_new(base);
	http->again = evtimer_new(base, on_accept_again, http);
	evhttp_set_max_headers_size(http->evhttp, HTTP_HEADERS_MAX);
	evhttp_set_max_body_size(http->evhttp, BODY_SLACK);
	evhttp_set_timeout(http->evhttp, IDLE_SECONDS);
	evhttp_set_default_content_type(http->evhttp, NULL);
	evhttp_set_allowed_methods(http->evhttp, UINT16_MAX);
	(void)evhttp_set_flags(http->evhttp, EVHTTP_SERVER_LINGERING_CLOSE);
	evhttp_set_gencb(http->evhttp, on_request, http);
	http_tokens(http, options->tokens);
	err = listen_at(http, options->listen, why);
	if (err == WH_OK)
		*out = http;
	else
		http_close(http);
	return err;
}

void
http_close(struct http *http)
{
	struct http_request *request;

	if (http == NULL)
		return;
	while ((request = LIST_FIRST(&http->waiting)) != NULL)
		http_reply_closing(request);
	event_free(http->again);
	evhttp_free(http->evhttp);
	mem_free(http->routes);
	mem_free(http->tokens);
	mem_free(http);
}

void
http_routes(struct http *http, const struct http_route *routes, size_t n)
{
	size_t total = http->route_count + n;

	http->routes = mem_grow(http->routes, total * sizeof(*routes));
	memcpy(http->routes + http->route_count, routes, n * sizeof(*routes));
	http->route_count = total;
	for (size_t i = 0; i < n; i++) {
		if (routes[i].body_max > http->body_max)
			http->body_max = routes[i].body_max;
	}
	evhttp_set_max_body_size(http->evhttp,
	    (ev_ssize_t)(http->body_max + BODY_SLACK));
}

void
http_tokens(struct http *http, const char *const *tokens)
{
	size_t n = 0;

	while (tokens[n] != NULL)
		n++;
	http->tokens = mem_grow(http->tokens, (n + 1) * sizeof(struct token));
	http->token_count = 0;
	for (size_t i = 0; i < n; i++) {
		if (token_read(tokens[i], &http->tokens[http->token_count],
			NULL) == WH_OK)
			http->token_count++; /* config.h: all are */
	}
}

const struct caller *
http_caller(const struct http_request *request)
{
	return &request->caller;
}

void
http_session(struct http *http, http_session_fn *allow, void *arg)
{
	http->session = allow;
	http->session_arg = arg;
}

unsigned
http_port(const struct http *http)
{
	return http->port;
}
