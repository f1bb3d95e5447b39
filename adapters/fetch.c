/* SPDX-License-Identifier: EUPL-1.2 */
#include "adapters/fetch.h"

#include <curl/curl.h>
#include <stdio.h>
#include <string.h>
#include <sys/queue.h>

#include "proto/base/log.h"
#include "proto/base/mem.h"
#include "proto/base/text.h"

#define CONNECTIONS_MAX 8L
#define CONNECT_MAX_MS  5000L
#define URL_MAX         2048
#define AGENT           "wijkhub-adapter/" WH_VERSION
#define THIS_MACHINE    "127.0.0.1,::1,localhost"

struct transfer {
	LIST_ENTRY(transfer) entry;
	CURL *easy;
	struct curl_slist *headers;
	uint8_t *body; /* of the request, wiped */
	size_t body_len;
	uint8_t *answer; /* of FETCH_BODY_MAX at most, wiped */
	size_t answer_len;
	bool too_big;
	char location[FETCH_LOCATION_MAX];
	fetch_done_fn *done;
	void *arg;
};

struct fetch {
	struct event_base *base; /* borrowed */
	CURLM *multi;
	struct event *timer;
	LIST_HEAD(, transfer) transfers;
	char *base_url;
	char *token;
	char *ca;
	int64_t timeout_ms;
};

static void
transfer_free(struct transfer *transfer)
{
	LIST_REMOVE(transfer, entry);
	curl_easy_cleanup(transfer->easy);
	curl_slist_free_all(transfer->headers);
	mem_wipe_free(transfer->body, transfer->body_len);
	mem_wipe_free(transfer->answer, transfer->answer_len);
	mem_free(transfer);
}

static enum wh_err
from_curl(const struct transfer *transfer, CURLcode code)
{
	if (code == CURLE_OK)
		return WH_OK;
	if (transfer->too_big)
		return WH_TOO_BIG;
	if (code == CURLE_PEER_FAILED_VERIFICATION ||
	    code == CURLE_SSL_CACERT_BADFILE)
		return WH_CRYPTO;
	return WH_AGAIN;
}

/* The transfer is over: out of the multi first, then tell. */
static void
finish(struct fetch *fetch, struct transfer *transfer, CURLcode code)
{
	enum wh_err err = from_curl(transfer, code);
	struct fetch_answer answer = {.location = transfer->location,
	    .body = span_of(transfer->answer, transfer->answer_len)};
	const char *type = NULL;
	long status = 0;

	(void)curl_easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE,
	    &status);
	(void)curl_easy_getinfo(transfer->easy, CURLINFO_CONTENT_TYPE, &type);
	answer.status = (int)status;
	answer.content_type =
	    type != NULL && text_is_clean(span_str(type)) ? type : "";
	if (err != WH_OK)
		log_info("FETCH-FAILED", "cause=%s", curl_easy_strerror(code));
	(void)curl_multi_remove_handle(fetch->multi, transfer->easy);
	transfer->done(transfer->arg, err, err == WH_OK ? &answer : NULL);
	transfer_free(transfer);
}

static void
finish_done(struct fetch *fetch)
{
	struct transfer *transfer;
	CURLMsg *message;
	CURLcode code;
	int left;

	while ((message = curl_multi_info_read(fetch->multi, &left)) != NULL) {
		if (message->msg != CURLMSG_DONE)
			continue;
		code = message->data.result;
		transfer = NULL;
		(void)curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE,
		    &transfer);
		finish(fetch, transfer, code);
	}
}

static void
on_socket(evutil_socket_t fd, short what, void *arg)
{
	struct fetch *fetch = arg;
	int action = ((what & EV_READ) != 0 ? CURL_CSELECT_IN : 0) |
		     ((what & EV_WRITE) != 0 ? CURL_CSELECT_OUT : 0);
	int running;

	(void)curl_multi_socket_action(fetch->multi, fd, action, &running);
	finish_done(fetch);
}

static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct fetch *fetch = arg;
	int running;

	(void)fd;
	(void)what;
	(void)curl_multi_socket_action(fetch->multi, CURL_SOCKET_TIMEOUT, 0,
	    &running);
	finish_done(fetch);
}

static int
watch_timer(CURLM *multi, long timeout_ms, void *arg)
{
	struct fetch *fetch = arg;
	struct timeval tv = {.tv_sec = timeout_ms / 1000,
	    .tv_usec = timeout_ms % 1000 * 1000};

	(void)multi;
	if (timeout_ms < 0)
		(void)evtimer_del(fetch->timer);
	else
		(void)evtimer_add(fetch->timer, &tv);
	return 0;
}

/* libcurl wants other events on this socket; its event hangs on it. */
static int
watch_socket(CURL *easy, curl_socket_t fd, int action, void *arg, void *known)
{
	struct fetch *fetch = arg;
	struct event *event = known;
	short what = EV_PERSIST;

	(void)easy;
	if (event != NULL)
		event_free(event);
	if (action == CURL_POLL_REMOVE) {
		(void)curl_multi_assign(fetch->multi, fd, NULL);
		return 0;
	}
	what |= (action & CURL_POLL_IN) != 0 ? EV_READ : 0;
	what |= (action & CURL_POLL_OUT) != 0 ? EV_WRITE : 0;
	event = event_new(fetch->base, fd, what, on_socket, fetch);
	(void)curl_multi_assign(fetch->multi, fd, event);
	(void)event_add(event, NULL);
	return 0;
}

static size_t
take_body(char *bytes, size_t size, size_t n, void *arg)
{
	struct transfer *transfer = arg;
	size_t len = size * n;

	if (len > FETCH_BODY_MAX - transfer->answer_len) {
		transfer->too_big = true;
		return 0;
	}
	transfer->answer =
	    mem_grow(transfer->answer, transfer->answer_len + len + 1);
	memcpy(transfer->answer + transfer->answer_len, bytes, len);
	transfer->answer_len += len;
	transfer->answer[transfer->answer_len] = '\0';
	return len;
}

static size_t
take_header(char *bytes, size_t size, size_t n, void *arg)
{
	static const char name[] = "location:";
	struct transfer *transfer = arg;
	size_t total = size * n;
	size_t len = total;

	if (len <= strlen(name) || strncasecmp(bytes, name, strlen(name)) != 0)
		return total;
	bytes += strlen(name);
	len -= strlen(name);
	while (len > 0 && strchr(" \t", *bytes) != NULL) {
		bytes++;
		len--;
	}
	while (len > 0 && strchr(" \t\r\n", bytes[len - 1]) != NULL)
		len--;
	if (len < sizeof(transfer->location) &&
	    text_is_clean(span_of(bytes, len))) {
		memcpy(transfer->location, bytes, len);
		transfer->location[len] = '\0';
	}
	return total;
}

static bool
is_absolute(const char *url)
{
	return strncasecmp(url, "http://", 7) == 0 ||
	       strncasecmp(url, "https://", 8) == 0;
}

/* scheme://host:port, where credentials may go. */
static size_t
origin_len(const char *url)
{
	const char *host = strstr(url, "://");

	if (host == NULL)
		return 0;
	host += 3;
	return (size_t)(host - url) + strcspn(host, "/?#");
}

static bool
same_origin(const struct fetch *fetch, const char *url)
{
	size_t len = origin_len(fetch->base_url);

	return len > 0 && len == origin_len(url) &&
	       strncasecmp(url, fetch->base_url, len) == 0;
}

static enum wh_err
whole_url(const struct fetch *fetch, const char *url, char out[URL_MAX],
    struct why *why)
{
	size_t base = strlen(fetch->base_url);
	int len;

	while (base > 0 && fetch->base_url[base - 1] == '/')
		base--;
	if (is_absolute(url))
		len = snprintf(out, URL_MAX, "%s", url);
	else if (base == 0 || strstr(url, "://") != NULL)
		return why_set(why, WH_INVALID,
		    "the address is neither http(s) nor below target.url");
	else
		len = snprintf(out, URL_MAX, "%.*s%s%s", (int)base,
		    fetch->base_url, url[0] == '/' ? "" : "/", url);
	if (len >= URL_MAX)
		return why_set(why, WH_INVALID, "the address is too long");
	for (const char *c = out; *c != '\0'; c++) {
		if (*c <= ' ' || *c > '~')
			return why_set(why, WH_INVALID,
			    "the address holds a character that it may not");
	}
	return WH_OK;
}

static enum wh_err
add_header(struct transfer *transfer, const char *line, struct why *why)
{
	if (!text_is_clean(span_str(line)) || strchr(line, '\n') != NULL)
		return why_set(why, WH_INVALID,
		    "a header holds a character that it may not");
	transfer->headers = curl_slist_append(transfer->headers, line);
	return WH_OK;
}

static enum wh_err
add_pair(struct transfer *transfer, const char *start, const char *value,
    struct why *why)
{
	size_t size = strlen(start) + strlen(value) + 1;
	char *line = mem_new(size);
	enum wh_err err;

	snprintf(line, size, "%s%s", start, value);
	err = add_header(transfer, line, why);
	mem_wipe_free(line, size);
	return err;
}

/* An adapter that signs its own requests needs no token of ours. */
static bool
says_who(const struct fetch_request *in)
{
	for (size_t i = 0; i < in->header_count; i++) {
		if (in->headers[i] != NULL &&
		    strncasecmp(in->headers[i], "Authorization:", 14) == 0)
			return true;
	}
	return false;
}

static enum wh_err
add_headers(const struct fetch *fetch, struct transfer *transfer,
    const struct fetch_request *in, const char *url, struct why *why)
{
	/* Without this libcurl waits a second before a large body. */
	enum wh_err err = add_header(transfer, "Expect:", why);

	if (err == WH_OK && in->content_type[0] != '\0')
		err =
		    add_pair(transfer, "Content-Type: ", in->content_type, why);
	if (err == WH_OK && fetch->token != NULL && !says_who(in) &&
	    same_origin(fetch, url))
		err = add_pair(transfer, "Authorization: Bearer ", fetch->token,
		    why);
	for (size_t i = 0; err == WH_OK && i < in->header_count; i++) {
		if (in->headers[i] != NULL)
			err = add_header(transfer, in->headers[i], why);
	}
	return err;
}

static void
set_limits(const struct fetch *fetch, CURL *easy)
{
	long timeout = (long)fetch->timeout_ms;
	long connect = timeout < CONNECT_MAX_MS ? timeout : CONNECT_MAX_MS;

	(void)curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
	(void)curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
	(void)curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	(void)curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, timeout);
	(void)curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, connect);
	(void)curl_easy_setopt(easy, CURLOPT_NOPROXY, THIS_MACHINE);
	(void)curl_easy_setopt(easy, CURLOPT_USERAGENT, AGENT);
	if (fetch->ca != NULL)
		(void)curl_easy_setopt(easy, CURLOPT_CAINFO, fetch->ca);
}

static void
set_request(struct transfer *transfer, const struct fetch_request *in,
    const char *url)
{
	CURL *easy = transfer->easy;

	(void)curl_easy_setopt(easy, CURLOPT_URL, url);
	if (strcmp(in->method, "GET") != 0 || in->body.len > 0) {
		transfer->body = mem_dup(in->body);
		transfer->body_len = in->body.len;
		(void)curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE,
		    (curl_off_t)in->body.len);
		(void)curl_easy_setopt(easy, CURLOPT_POSTFIELDS,
		    transfer->body);
		(void)curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, in->method);
	}
	(void)curl_easy_setopt(easy, CURLOPT_HTTPHEADER, transfer->headers);
	(void)curl_easy_setopt(easy, CURLOPT_PRIVATE, transfer);
	(void)curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_body);
	(void)curl_easy_setopt(easy, CURLOPT_WRITEDATA, transfer);
	(void)curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, take_header);
	(void)curl_easy_setopt(easy, CURLOPT_HEADERDATA, transfer);
}

enum wh_err
fetch_start(struct fetch *fetch, const struct fetch_request *in,
    fetch_done_fn *done, void *arg, struct why *why)
{
	struct transfer *transfer = mem_new(sizeof(*transfer));
	char url[URL_MAX];
	enum wh_err err;

	transfer->done = done;
	transfer->arg = arg;
	LIST_INSERT_HEAD(&fetch->transfers, transfer, entry);
	err = whole_url(fetch, in->url, url, why);
	if (err == WH_OK)
		err = add_headers(fetch, transfer, in, url, why);
	if (err != WH_OK)
		goto out;
	transfer->easy = curl_easy_init();
	if (transfer->easy == NULL) {
		err = why_set(why, WH_IO, "libcurl cannot start a request");
		goto out;
	}
	set_limits(fetch, transfer->easy);
	set_request(transfer, in, url);
	if (curl_multi_add_handle(fetch->multi, transfer->easy) != CURLM_OK)
		err = why_set(why, WH_IO, "libcurl does not take the request");
out:
	if (err != WH_OK)
		transfer_free(transfer);
	return err;
}

bool
fetch_cancel(struct fetch *fetch, const void *arg)
{
	struct transfer *transfer;

	LIST_FOREACH (transfer, &fetch->transfers, entry) {
		if (transfer->arg != arg)
			continue;
		(void)curl_multi_remove_handle(fetch->multi, transfer->easy);
		transfer_free(transfer);
		return true;
	}
	return false;
}

enum wh_err
fetch_open(struct event_base *base, const struct fetch_options *options,
    struct fetch **out, struct why *why)
{
	struct fetch *fetch;

	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		return why_set(why, WH_IO, "libcurl does not start");
	fetch = mem_new(sizeof(*fetch));
	fetch->base = base;
	fetch->base_url = mem_strdup(options->base_url);
	if (options->token != NULL)
		fetch->token = mem_strdup(options->token);
	if (options->ca != NULL)
		fetch->ca = mem_strdup(options->ca);
	fetch->timeout_ms =
	    options->timeout_ms > 0 ? options->timeout_ms : CONNECT_MAX_MS;
	LIST_INIT(&fetch->transfers);
	fetch->timer = evtimer_new(base, on_timer, fetch);
	fetch->multi = curl_multi_init();
	(void)curl_multi_setopt(fetch->multi, CURLMOPT_SOCKETFUNCTION,
	    watch_socket);
	(void)curl_multi_setopt(fetch->multi, CURLMOPT_SOCKETDATA, fetch);
	(void)curl_multi_setopt(fetch->multi, CURLMOPT_TIMERFUNCTION,
	    watch_timer);
	(void)curl_multi_setopt(fetch->multi, CURLMOPT_TIMERDATA, fetch);
	(void)curl_multi_setopt(fetch->multi, CURLMOPT_MAXCONNECTS,
	    CONNECTIONS_MAX);
	*out = fetch;
	return WH_OK;
}

void
fetch_close(struct fetch *fetch)
{
	struct transfer *transfer;

	if (fetch == NULL)
		return;
	while ((transfer = LIST_FIRST(&fetch->transfers)) != NULL) {
		(void)curl_multi_remove_handle(fetch->multi, transfer->easy);
		transfer->done(transfer->arg, WH_AGAIN, NULL);
		transfer_free(transfer);
	}
	(void)curl_multi_cleanup(fetch->multi);
	event_free(fetch->timer);
	mem_free(fetch->base_url);
	if (fetch->token != NULL)
		mem_wipe_free(fetch->token, strlen(fetch->token));
	mem_free(fetch->ca);
	mem_free(fetch);
	curl_global_cleanup();
}
