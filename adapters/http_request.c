/* SPDX-License-Identifier: EUPL-1.2 */
#include <ctype.h>
#include <event2/buffer.h>
#include <stdlib.h>
#include <string.h>

#include "adapters/http_impl.h"
#include "proto/base/clk.h"
#include "proto/base/mem.h"
#include "proto/base/text.h"

#define HEADERS_MAX 100

/* RFC 9110 section 5.6.2: what a header name may hold. */
#define TOKEN_MARKS "!#$%&'*+-.^_`|~"

static const struct {
	enum evhttp_cmd_type type;
	const char *name;
} methods[] = {
    {EVHTTP_REQ_GET, "GET"},
    {EVHTTP_REQ_POST, "POST"},
    {EVHTTP_REQ_HEAD, "HEAD"},
    {EVHTTP_REQ_PUT, "PUT"},
    {EVHTTP_REQ_DELETE, "DELETE"},
    {EVHTTP_REQ_OPTIONS, "OPTIONS"},
    {EVHTTP_REQ_TRACE, "TRACE"},
    {EVHTTP_REQ_CONNECT, "CONNECT"},
    {EVHTTP_REQ_PATCH, "PATCH"},
};

static const char *
method_name(struct evhttp_request *req)
{
	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
		if (methods[i].type == evhttp_request_get_command(req))
			return methods[i].name;
	}
	return "";
}

void
http_request_gone(struct http_request *request)
{
	request->req = NULL;
	request->in.headers = NULL;
	request->in.header_count = 0;
	request->in.body = span_of(NULL, 0);
	if (request->gone != NULL) {
		request->gone(request->gone_arg, request);
		http_request_free(request);
	}
}

/* The connection failed while we had the request: evhttp let go of it. */
static void
on_gone(struct evhttp_connection *connection, void *arg)
{
	struct http_request *request = arg;

	(void)connection;
	evhttp_request_free(request->req);
	http_request_gone(request);
}

static void
take_headers(struct http_request *request)
{
	struct evkeyvalq *from = evhttp_request_get_input_headers(request->req);
	struct evkeyval *header;
	size_t n = 0;

	request->headers =
	    mem_new((HEADERS_MAX + 1) * sizeof(*request->headers));
	TAILQ_FOREACH (header, from, next) {
		if (n == HEADERS_MAX + 1)
			break;
		request->headers[n++] =
		    (struct adapter_header){.name = header->key,
			.value = header->value};
	}
	request->in.headers = request->headers;
	request->in.header_count = n;
}

static void
take_content_type(struct http_request *request)
{
	const char *text = adapter_in_header(&request->in, "Content-Type");
	size_t len = text == NULL ? 0 : strcspn(text, "; \t");

	if (len >= sizeof(request->content_type))
		len = 0;
	for (size_t i = 0; i < len; i++)
		request->content_type[i] =
		    (char)tolower((unsigned char)text[i]);
	request->in.content_type = request->content_type;
}

struct http_request *
http_request_new(struct http *http, struct evhttp_request *req)
{
	const struct evhttp_uri *uri = evhttp_request_get_evhttp_uri(req);
	struct evbuffer *body = evhttp_request_get_input_buffer(req);
	struct http_request *request = mem_new(sizeof(*request));
	const char *path = evhttp_uri_get_path(uri);
	size_t len = evbuffer_get_length(body);

	request->http = http;
	request->req = req;
	TAILQ_INIT(&request->query);
	request->path = mem_strdup(path == NULL ? "" : path);
	request->in = (struct adapter_in){.method = method_name(req),
	    .path = request->path,
	    .id = request->id,
	    .body = span_of(evbuffer_pullup(body, -1), len),
	    .now_ms = clk_wall_ms()};
	random_fill(request->in.request_id.b, sizeof(struct id));
	take_headers(request);
	take_content_type(request);
	LIST_INSERT_HEAD(&http->waiting, request, entry);
	evhttp_connection_set_closecb(evhttp_request_get_connection(req),
	    on_gone, request);
	return request;
}

void
http_request_free(struct http_request *request)
{
	if (request->http != NULL)
		LIST_REMOVE(request, entry);
	if (request->drop != NULL)
		event_free(request->drop);
	evhttp_clear_headers(&request->query);
	mem_free(request->headers);
	mem_free(request->path);
	mem_free(request);
}

static bool
is_token(const char *name)
{
	if (name[0] == '\0')
		return false;
	for (; *name != '\0'; name++) {
		if (!isalnum((unsigned char)*name) &&
		    strchr(TOKEN_MARKS, *name) == NULL)
			return false;
	}
	return true;
}

static unsigned
header_times(const struct http_request *request, const char *name)
{
	unsigned n = 0;

	for (size_t i = 0; i < request->in.header_count; i++)
		n += strcasecmp(request->in.headers[i].name, name) == 0;
	return n;
}

static bool
all_digits(const char *text)
{
	return text[0] != '\0' && strspn(text, "0123456789") == strlen(text);
}

/* RFC 9112 section 6: there is one way to read where the body ends. */
static bool
framing_is_clear(const struct http_request *request)
{
	const char *length = adapter_in_header(&request->in, "Content-Length");
	const char *transfer =
	    adapter_in_header(&request->in, "Transfer-Encoding");

	if (header_times(request, "Content-Length") > 1 ||
	    header_times(request, "Transfer-Encoding") > 1 ||
	    header_times(request, "Host") > 1 ||
	    header_times(request, "Authorization") > 1)
		return false;
	if (length != NULL && (transfer != NULL || !all_digits(length)))
		return false;
	return transfer == NULL || strcasecmp(transfer, "chunked") == 0;
}

static bool
query_is_clean(struct http_request *request)
{
	const struct evhttp_uri *uri =
	    evhttp_request_get_evhttp_uri(request->req);
	const char *text = evhttp_uri_get_query(uri);
	struct evkeyval *pair;

	if (text == NULL || text[0] == '\0')
		return true;
	if (evhttp_parse_query_str(text, &request->query) != 0)
		return false;
	TAILQ_FOREACH (pair, &request->query, next) {
		if (!text_is_clean(span_str(pair->key)) ||
		    !text_is_clean(span_str(pair->value)))
			return false;
	}
	return true;
}

const char *
http_request_fault(struct http_request *request)
{
	const struct adapter_in *in = &request->in;

	if (in->header_count > HEADERS_MAX)
		return "Het verzoek heeft te veel headers.";
	for (size_t i = 0; i < in->header_count; i++) {
		if (!is_token(in->headers[i].name))
			return "Een headernaam bevat een teken dat daar niet "
			       "mag staan, zoals een spatie.";
		if (!text_is_clean(span_str(in->headers[i].value)))
			return "Een header bevat een teken dat daar niet mag "
			       "staan.";
	}
	if (!framing_is_clear(request))
		return "De lengte of een header is dubbel of tegenstrijdig.";
	if (!query_is_clean(request))
		return "De zoekvraag in het adres is niet te lezen.";
	return NULL;
}

/* q=0 means "not this one" (RFC 9110 section 12.4.2). */
static bool
range_is_json(const char *range, size_t len)
{
	static const char *const ours[] = {"*/*", "application/*",
	    "application/json", "application/problem+json"};
	size_t name = strcspn(range, "; \t,");
	const char *q = memmem(range, len, ";q=", 3);

	if (q == NULL)
		q = memmem(range, len, "; q=", 4);
	if (q != NULL && strtod(strchr(q, '=') + 1, NULL) <= 0)
		return false;
	for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++) {
		if (name == strlen(ours[i]) &&
		    strncasecmp(range, ours[i], name) == 0)
			return true;
	}
	return false;
}

bool
http_accepts_json(const char *accept)
{
	size_t len;

	if (accept == NULL || accept[0] == '\0')
		return true;
	while (*accept != '\0') {
		accept += strspn(accept, ", \t");
		len = strcspn(accept, ",");
		if (len > 0 && range_is_json(accept, len))
			return true;
		accept += len;
	}
	return false;
}

/* All tokens are compared, so that time tells nothing. */
bool
http_request_allowed(struct http_request *request)
{
	const struct http *http = request->http;
	const char *text = adapter_in_header(&request->in, "Authorization");
	struct hash digest;
	bool found = false;

	if (text == NULL)
		return http->session != NULL && http->session(http->session_arg,
						    request, &request->caller);
	if (strncasecmp(text, "Bearer ", 7) != 0)
		return false;
	text += 7;
	text += strspn(text, " ");
	digest = hash_span(span_str(text));
	for (size_t i = 0; i < http->token_count; i++) {
		if (!hash_equal(&digest, &http->tokens[i].digest))
			continue;
		request->caller = http->tokens[i].caller;
		found = true;
	}
	return found;
}

bool
http_request_local(const struct http_request *request)
{
	static const char *const proxied[] = {"Forwarded", "X-Forwarded-For",
	    "X-Real-IP", "Via"};
	char *address = NULL;
	uint16_t port;

	for (size_t i = 0; i < sizeof(proxied) / sizeof(proxied[0]); i++) {
		if (adapter_in_header(&request->in, proxied[i]) != NULL)
			return false;
	}
	evhttp_connection_get_peer(evhttp_request_get_connection(request->req),
	    &address, &port);
	return address != NULL && (strncmp(address, "127.", 4) == 0 ||
				      strcmp(address, "::1") == 0);
}

const struct adapter_in *
http_in(const struct http_request *request)
{
	return &request->in;
}

bool
http_is_gone(const struct http_request *request)
{
	return request->req == NULL;
}

const char *
http_query(const struct http_request *request, const char *key)
{
	struct evkeyval *pair;

	TAILQ_FOREACH (pair, &request->query, next) {
		if (strcmp(pair->key, key) == 0)
			return pair->value;
	}
	return NULL;
}

static bool
is_json_type(const char *type)
{
	size_t len = strlen(type);

	return strcmp(type, "application/json") == 0 ||
	       (len > 5 && strncmp(type, "application/", 12) == 0 &&
		   strcmp(type + len - 5, "+json") == 0);
}

json_t *
http_json(struct http_request *request)
{
	const struct adapter_in *in = &request->in;
	json_error_t error;
	json_t *extra;
	json_t *json;

	if (!is_json_type(in->content_type)) {
		http_header(request, "Accept", "application/json");
		http_problem(request, 415, "VERKEERD_MEDIATYPE",
		    "Verkeerd mediatype",
		    "Stuur het bericht als application/json.", NULL);
		return NULL;
	}
	json = json_loadb((const char *)in->body.p, in->body.len,
	    JSON_REJECT_DUPLICATES, &error);
	if (json != NULL)
		return json;
	/* Not the library's own text: it quotes the body. */
	extra =
	    json_pack("{si si}", "regel", error.line, "kolom", error.column);
	http_problem(request, 400, "ONGELDIGE_JSON", "Ongeldige JSON",
	    "Het bericht is geen geldige JSON; regel en kolom staan erbij.",
	    extra);
	return NULL;
}
