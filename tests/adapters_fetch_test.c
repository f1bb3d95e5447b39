/* SPDX-License-Identifier: EUPL-1.2 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <event2/buffer.h>
#include <event2/http.h>
#include <sys/socket.h>

#include "adapters/fetch.h"
#include "proto/base/clk.h"
#include "proto/base/mem.h"

#define DEADLINE_MS 20000

/* The partner system, in the same loop as the requests to it. */
struct world {
	struct event_base *base;
	struct evhttp *partner;
	struct fetch *fetch;
	char url[64];
	unsigned asked;
	char authorization[64]; /* of the last request */
	char accept[64];
	char body[64];
	/* the answer */
	unsigned done;
	enum wh_err err;
	int status;
	char location[FETCH_LOCATION_MAX];
	char answer[64];
	size_t answer_len;
	int64_t deadline_ms;
};

static void
keep(char *out, size_t size, const char *text)
{
	snprintf(out, size, "%s", text == NULL ? "" : text);
}

static void
note(struct world *w, struct evhttp_request *req)
{
	struct evkeyvalq *headers = evhttp_request_get_input_headers(req);
	struct evbuffer *body = evhttp_request_get_input_buffer(req);
	size_t len = evbuffer_get_length(body);

	w->asked++;
	keep(w->authorization, sizeof(w->authorization),
	    evhttp_find_header(headers, "Authorization"));
	keep(w->accept, sizeof(w->accept),
	    evhttp_find_header(headers, "Accept"));
	assert_true(len < sizeof(w->body));
	(void)evbuffer_remove(body, w->body, len);
	w->body[len] = '\0';
}

static void
reply(struct evhttp_request *req, int status, const char *text, size_t len)
{
	struct evbuffer *out = evbuffer_new();

	(void)evbuffer_add(out, text, len);
	evhttp_send_reply(req, status, NULL, out);
	evbuffer_free(out);
}

static void
partner(struct evhttp_request *req, void *arg)
{
	struct world *w = arg;
	const char *path = evhttp_request_get_uri(req);
	struct evkeyvalq *out = evhttp_request_get_output_headers(req);
	char *large;

	note(w, req);
	if (strcmp(path, "/api/stil") == 0)
		return; /* never an answer */
	if (strcmp(path, "/api/fout") == 0) {
		reply(req, 500, "kapot", 5);
	} else if (strcmp(path, "/api/elders") == 0) {
		evhttp_add_header(out, "Location", "http://127.0.0.1:1/");
		reply(req, 302, "", 0);
	} else if (strcmp(path, "/api/vol") == 0) {
		large = mem_new(FETCH_BODY_MAX + 1);
		reply(req, 200, large, FETCH_BODY_MAX);
		mem_free(large);
	} else if (strcmp(path, "/api/groot") == 0) {
		large = mem_new(FETCH_BODY_MAX + 1);
		reply(req, 200, large, FETCH_BODY_MAX + 1);
		mem_free(large);
	} else {
		evhttp_add_header(out, "Location", "/api/zaken/1");
		reply(req, 201, "gemaakt", 7);
	}
}

static int
world_open(void **state)
{
	struct world *w = mem_new(sizeof(*w));
	struct fetch_options options = {.base_url = w->url,
	    .token = "geheim",
	    .timeout_ms = 5000};
	struct evhttp_bound_socket *bound;
	struct sockaddr_in at;
	socklen_t len = sizeof(at);

	w->base = event_base_new();
	w->partner = evhttp_new(w->base);
	evhttp_set_allowed_methods(w->partner, UINT16_MAX);
	evhttp_set_gencb(w->partner, partner, w);
	bound = evhttp_bind_socket_with_handle(w->partner, "127.0.0.1", 0);
	assert_non_null(bound);
	assert_int_equal(getsockname(evhttp_bound_socket_get_fd(bound),
			     (struct sockaddr *)&at, &len),
	    0);
	snprintf(w->url, sizeof(w->url), "http://127.0.0.1:%u/api/",
	    ntohs(at.sin_port));
	assert_int_equal(fetch_open(w->base, &options, &w->fetch, NULL), WH_OK);
	w->deadline_ms = clk_mono_ms() + DEADLINE_MS;
	*state = w;
	return 0;
}

static int
world_close(void **state)
{
	struct world *w = *state;

	fetch_close(w->fetch);
	evhttp_free(w->partner);
	event_base_free(w->base);
	mem_free(w);
	return 0;
}

static void
done(void *arg, enum wh_err err, const struct fetch_answer *answer)
{
	struct world *w = arg;

	w->done++;
	w->err = err;
	assert_true((answer != NULL) == (err == WH_OK));
	if (answer == NULL)
		return;
	w->status = answer->status;
	keep(w->location, sizeof(w->location), answer->location);
	w->answer_len = answer->body.len;
	if (answer->body.len < sizeof(w->answer))
		keep(w->answer, answer->body.len + 1,
		    (const char *)answer->body.p);
}

static enum wh_err
start(struct world *w, const char *method, const char *url, const char *body)
{
	char accept[] = "Accept: application/json";
	char *headers[] = {accept, NULL};
	const struct fetch_request in = {.method = method,
	    .url = url,
	    .content_type = body[0] == '\0' ? "" : "application/json",
	    .headers = headers,
	    .header_count = 2,
	    .body = span_str(body)};

	return fetch_start(w->fetch, &in, done, w, NULL);
}

static void
until_done(struct world *w, unsigned n)
{
	while (w->done < n) {
		assert_true(clk_mono_ms() < w->deadline_ms);
		(void)event_base_loop(w->base, EVLOOP_ONCE | EVLOOP_NONBLOCK);
	}
}

static void
ask(struct world *w, const char *method, const char *url, const char *body)
{
	unsigned n = w->done + 1;

	assert_int_equal(start(w, method, url, body), WH_OK);
	until_done(w, n);
	assert_int_equal(w->done, n);
}

static void
test_a_request_goes_out_whole_and_its_answer_comes_back(void **state)
{
	struct world *w = *state;

	ask(w, "POST", "/zaken", "{\"a\":1}");
	assert_int_equal(w->err, WH_OK);
	assert_int_equal(w->status, 201);
	assert_string_equal(w->body, "{\"a\":1}");
	assert_string_equal(w->authorization, "Bearer geheim");
	assert_string_equal(w->accept, "application/json");
	assert_string_equal(w->location, "/api/zaken/1");
	assert_string_equal(w->answer, "gemaakt");
	ask(w, "PATCH", "zaken/1", "{}");
	assert_int_equal(w->status, 201);
	ask(w, "GET", "/zaken/1", "");
	assert_string_equal(w->body, "");
}

static void
test_the_token_stays_with_its_own_server(void **state)
{
	struct world *w = *state;
	char url[96];

	snprintf(url, sizeof(url), "%szaken", w->url);
	ask(w, "GET", url, "");
	assert_string_equal(w->authorization, "Bearer geheim");
	snprintf(url, sizeof(url), "http://localhost%s",
	    strchr(w->url + 7, ':'));
	ask(w, "GET", url, "");
	assert_int_equal(w->asked, 2);
	assert_string_equal(w->authorization, "");
}

static void
test_a_server_error_is_an_answer(void **state)
{
	struct world *w = *state;

	ask(w, "GET", "/fout", "");
	assert_int_equal(w->err, WH_OK);
	assert_int_equal(w->status, 500);
	assert_string_equal(w->answer, "kapot");
}

static void
test_redirects_are_not_followed(void **state)
{
	struct world *w = *state;

	ask(w, "GET", "/elders", "");
	assert_int_equal(w->status, 302);
	assert_string_equal(w->location, "http://127.0.0.1:1/");
	assert_int_equal(w->asked, 1);
}

static void
test_an_answer_over_the_bound_is_refused(void **state)
{
	struct world *w = *state;

	ask(w, "GET", "/vol", "");
	assert_int_equal(w->err, WH_OK);
	assert_int_equal(w->answer_len, FETCH_BODY_MAX);
	ask(w, "GET", "/groot", "");
	assert_int_equal(w->err, WH_TOO_BIG);
}

static void
test_a_server_that_says_nothing_or_is_away_is_for_later(void **state)
{
	const struct fetch_options hasty = {.base_url = "", .timeout_ms = 50};
	struct world *w = *state;
	struct fetch *patient = w->fetch;
	char url[96];

	ask(w, "GET", "http://127.0.0.1:1/", "");
	assert_int_equal(w->err, WH_AGAIN);
	snprintf(url, sizeof(url), "%sstil", w->url);
	assert_int_equal(fetch_open(w->base, &hasty, &w->fetch, NULL), WH_OK);
	ask(w, "GET", url, "");
	assert_int_equal(w->err, WH_AGAIN);
	fetch_close(w->fetch);
	w->fetch = patient;
}

static void
test_other_schemes_and_hidden_headers_are_refused(void **state)
{
	struct world *w = *state;
	char split[] = "X-A: 1\r\nX-B: 2";
	char *headers[] = {split};
	const struct fetch_request in = {.method = "GET",
	    .url = "/zaken",
	    .content_type = "",
	    .headers = headers,
	    .header_count = 1};

	assert_int_equal(start(w, "GET", "file:///etc/passwd", ""), WH_INVALID);
	assert_int_equal(start(w, "GET", "gopher://127.0.0.1/", ""),
	    WH_INVALID);
	assert_int_equal(start(w, "GET", "/a b", ""), WH_INVALID);
	assert_int_equal(start(w, "GET", "/a\r\nX: 1", ""), WH_INVALID);
	assert_int_equal(fetch_start(w->fetch, &in, done, w, NULL), WH_INVALID);
	assert_int_equal(w->done, 0);
	assert_int_equal(w->asked, 0);
}

static void
test_closing_tells_what_was_under_way(void **state)
{
	struct world *w = *state;

	assert_int_equal(start(w, "GET", "/stil", ""), WH_OK);
	assert_int_equal(start(w, "GET", "/stil", ""), WH_OK);
	while (w->asked < 2) {
		assert_true(clk_mono_ms() < w->deadline_ms);
		(void)event_base_loop(w->base, EVLOOP_ONCE | EVLOOP_NONBLOCK);
	}
	fetch_close(w->fetch);
	w->fetch = NULL;
	assert_int_equal(w->done, 2);
	assert_int_equal(w->err, WH_AGAIN);
}

static void
test_what_is_cancelled_does_not_leave_and_tells_nobody(void **state)
{
	struct world *w = *state;

	assert_int_equal(start(w, "POST", "/zaken", "{\"a\":1}"), WH_OK);
	assert_true(fetch_cancel(w->fetch, w));
	assert_false(fetch_cancel(w->fetch, w));
	ask(w, "PATCH", "zaken/2", "{}"); /* later requests are not hurt */
	assert_int_equal(w->asked, 1);
	assert_int_equal(w->done, 1);
	assert_string_equal(w->body, "{}");
}

int
main(void)
{
#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, world_open, world_close)
	const struct CMUnitTest tests[] = {
	    TEST(test_a_request_goes_out_whole_and_its_answer_comes_back),
	    TEST(test_the_token_stays_with_its_own_server),
	    TEST(test_a_server_error_is_an_answer),
	    TEST(test_redirects_are_not_followed),
	    TEST(test_an_answer_over_the_bound_is_refused),
	    TEST(test_a_server_that_says_nothing_or_is_away_is_for_later),
	    TEST(test_other_schemes_and_hidden_headers_are_refused),
	    TEST(test_closing_tells_what_was_under_way),
	    TEST(test_what_is_cancelled_does_not_leave_and_tells_nobody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
