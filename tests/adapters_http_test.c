/* SPDX-License-Identifier: EUPL-1.2 */
#include "tests/adapters_http_world.h"

#define BODY_MAX 64

static const char *const tokens[] = {"zyxwvutsrqponmlk9876",
    "abcdefghijklmnop0123", NULL};

static void
echo(void *arg, struct http_request *request)
{
	struct world *w = arg;
	const struct adapter_in *in = http_in(request);
	const char *soort = http_query(request, "soort");
	json_t *body;

	w->handled++;
	body = json_pack("{ss ss ss ss* si}", "method", in->method, "id",
	    in->id, "type", in->content_type, "soort", soort, "len",
	    (int)in->body.len);
	http_reply_json(request, 200, body, NULL);
	json_decref(body);
}

static void
take_json(void *arg, struct http_request *request)
{
	struct world *w = arg;
	json_t *body = http_json(request);

	w->handled++;
	if (body == NULL)
		return;
	http_reply_json(request, 201, body, "/v1/verwijzingen/1");
	json_decref(body);
}

static void
hold(void *arg, struct http_request *request)
{
	((struct world *)arg)->held = request;
}

static void
on_gone(void *arg, struct http_request *request)
{
	struct world *w = arg;

	assert_ptr_equal(request, w->held);
	w->gone++;
}

static void
stream(void *arg, struct http_request *request)
{
	((struct world *)arg)->held = request;
	http_stream(request, "text/event-stream", on_gone, arg);
}

static int
world_open(void **state)
{
	struct world *w = mem_new(sizeof(*w));
	const struct http_options options = {.listen = "127.0.0.1:0",
	    .tokens = tokens};
	const struct http_route routes[] = {
	    {.method = "GET",
		.path = "/v1/verwijzingen",
		.handler = echo,
		.arg = w,
		.is_json = true},
	    {.method = "POST",
		.path = "/v1/verwijzingen",
		.handler = take_json,
		.arg = w,
		.body_max = BODY_MAX,
		.is_json = true},
	    {.method = "GET",
		.path = "/v1/verwijzingen/{id}",
		.handler = echo,
		.arg = w},
	    {.method = "POST",
		.path = "/v1/verwijzingen/{id}/gebeurtenissen",
		.handler = echo,
		.arg = w,
		.body_max = BODY_MAX},
	    {.method = "GET",
		.path = "/v1/openapi.json",
		.handler = echo,
		.arg = w,
		.is_open = true},
	    {.method = "GET",
		.path = "/v1/logboek",
		.handler = echo,
		.arg = w,
		.roles = ROLE_OFFICER},
	    {.method = "GET", .path = "/wacht", .handler = hold, .arg = w},
	    {.method = "GET", .path = "/stroom", .handler = stream, .arg = w},
	    {.method = "GET",
		.path = "/healthz",
		.handler = echo,
		.arg = w,
		.is_local = true},
	};

	w->base = event_base_new();
	w->answer = mem_new(ANSWER_MAX + 1);
	w->deadline_ms = clk_mono_ms() + DEADLINE_MS;
	assert_int_equal(http_open(w->base, &options, &w->http, NULL), WH_OK);
	http_routes(w->http, routes, sizeof(routes) / sizeof(routes[0]));
	*state = w;
	return 0;
}

static int
world_close(void **state)
{
	struct world *w = *state;

	http_close(w->http);
	event_base_free(w->base);
	mem_free(w->answer);
	mem_free(w);
	return 0;
}

static void
test_a_request_reaches_its_handler_with_all_it_said(void **state)
{
	const char *answer = converse(*state,
	    "POST /v1/verwijzingen/0198-a/gebeurtenissen?soort=a%20b HTTP/1.1"
	    "\r\n" HOST CLOSE TOKEN
	    "Content-Type: Application/JSON; charset=utf-8\r\n"
	    "Content-Length: 2\r\n\r\n{}");

	assert_status(answer, 200);
	assert_has(answer, "\"method\":\"POST\"");
	assert_has(answer, "\"id\":\"0198-a\"");
	assert_has(answer, "\"type\":\"application/json\"");
	assert_has(answer, "\"soort\":\"a b\"");
	assert_has(answer, "\"len\":2");
}

static void
test_each_answer_says_what_caches_and_frames_may_do(void **state)
{
	static const char *const asked[] = {GET("/v1/verwijzingen", ""),
	    GET("/nergens", ""),
	    "GET /v1/verwijzingen HTTP/1.1\r\n" HOST CLOSE "\r\n"};

	for (size_t i = 0; i < 3; i++) {
		const char *answer = converse(*state, asked[i]);

		assert_has(answer, "API-Version: 1.0.0\r\n");
		assert_has(answer, "Cache-Control: no-store\r\n");
		assert_has(answer, "X-Content-Type-Options: nosniff\r\n");
		assert_has(answer, "Content-Security-Policy: frame-ancestors "
				   "'none'\r\n");
	}
}

static void
test_without_a_known_token_nothing_is_handled(void **state)
{
	static const char *const wrong[] = {"",
	    "Authorization: Bearer abcdefghijklmnop012\r\n",
	    "Authorization: Bearer \r\n", "Authorization: Basic eDp5\r\n",
	    "Authorization: abcdefghijklmnop0123\r\n"};
	struct world *w = *state;
	char text[256];

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		snprintf(text, sizeof(text),
		    "GET /v1/verwijzingen HTTP/1.1\r\n" HOST CLOSE "%s\r\n",
		    wrong[i]);
		assert_status(converse(w, text), 401);
		assert_has(w->answer, "WWW-Authenticate: Bearer realm=");
		assert_has(w->answer, "\"code\":\"NIET_AANGEMELD\"");
	}
	assert_int_equal(w->handled, 0);
	assert_status(converse(w, "GET /v1/openapi.json HTTP/1.1\r\n" HOST CLOSE
				  "\r\n"),
	    200);
}

static void
test_new_tokens_replace_the_old(void **state)
{
	static const char *const next[] = {"0123456789abcdefghij", NULL};
	struct world *w = *state;

	assert_status(converse(w, GET("/v1/verwijzingen", "")), 200);
	http_tokens(w->http, next);
	assert_status(converse(w, GET("/v1/verwijzingen", "")), 401);
}

#define OFFICER       "officer-officer-0123"
#define PROFESSIONAL  "buurtteam-token-0123"
#define BEARER(token) "Authorization: Bearer " token "\r\n"

static void
expect_with(struct world *w, const char *path, const char *bearer,
    unsigned status)
{
	char text[256];

	snprintf(text, sizeof(text), "GET %s HTTP/1.1\r\n" HOST CLOSE "%s\r\n",
	    path, bearer);
	assert_status(converse(w, text), status);
}

static void
test_a_role_opens_what_is_for_it_and_nothing_else(void **state)
{
	static const char *const lines[] = {OFFICER " b-bakker privacy-officer",
	    PROFESSIONAL " wijkteam professional,operator",
	    "plain-old-token-0123", NULL};
	struct world *w = *state;

	http_tokens(w->http, lines);
	expect_with(w, "/v1/logboek", BEARER(OFFICER), 200);
	expect_with(w, "/v1/logboek", BEARER(PROFESSIONAL), 403);
	assert_has(w->answer, "de rol privacy-officer nodig");
	expect_with(w, "/v1/verwijzingen", BEARER(PROFESSIONAL), 200);
	expect_with(w, "/v1/logboek", BEARER("plain-old-token-0123"), 200);
	expect_with(w, "/v1/logboek", "", 401);
}

static bool
has_cookie(void *arg, const struct http_request *request, struct caller *who)
{
	const char *cookie = adapter_in_header(http_in(request), "Cookie");

	(void)arg;
	*who = (struct caller){.label = "a.bakker", .roles = ROLE_PROFESSIONAL};
	return cookie != NULL && strcmp(cookie, "sessie=1") == 0;
}

static void
test_a_session_stands_in_for_a_token(void **state)
{
	struct world *w = *state;

	http_session(w->http, has_cookie, NULL);
	assert_status(converse(w, "GET /v1/verwijzingen HTTP/1.1\r\n" HOST CLOSE
				  "Cookie: sessie=1\r\n\r\n"),
	    200);
	assert_status(converse(w, "GET /v1/verwijzingen HTTP/1.1\r\n" HOST CLOSE
				  "Cookie: sessie=2\r\n\r\n"),
	    401);
}

static void
test_a_local_address_needs_no_token_unless_it_was_forwarded(void **state)
{
	struct world *w = *state;

	assert_status(converse(w,
			  "GET /healthz HTTP/1.1\r\n" HOST CLOSE "\r\n"),
	    200);
	assert_status(converse(w, "GET /healthz HTTP/1.1\r\n" HOST CLOSE
				  "X-Forwarded-For: 203.0.113.1\r\n\r\n"),
	    401);
}

static void
test_unknown_addresses_and_methods_are_told_apart(void **state)
{
	struct world *w = *state;

	assert_status(converse(w, GET("/v1/verwijzingen/", "")), 404);
	assert_status(converse(w, GET("//v1/verwijzingen", "")), 404);
	assert_status(converse(w, GET("/v1/verwijzingen/a%2Fb", "")), 404);
	assert_has(w->answer, "application/problem+json");
	assert_status(converse(w,
			  "DELETE /v1/verwijzingen HTTP/1.1\r\n" HOST CLOSE
			  "\r\n"),
	    405);
	assert_has(w->answer, "Allow: GET, POST\r\n");
	assert_int_equal(w->handled, 0);
	assert_status(converse(w,
			  "HEAD /v1/verwijzingen HTTP/1.1\r\n" HOST CLOSE TOKEN
			  "\r\n"),
	    200);
	assert_null(strstr(w->answer, "\"method\""));
}

static void
test_json_comes_and_goes_as_json(void **state)
{
	struct world *w = *state;
	static const char post[] =
	    "POST /v1/verwijzingen HTTP/1.1\r\n" HOST CLOSE TOKEN;
	char text[512];

	snprintf(text, sizeof(text),
	    "%sContent-Type: application/json\r\nContent-Length: 7\r\n\r\n"
	    "{\"a\":1}",
	    post);
	assert_status(converse(w, text), 201);
	assert_has(w->answer, "Location: /v1/verwijzingen/1\r\n");
	assert_has(w->answer, "Content-Type: application/json\r\n");
	snprintf(text, sizeof(text),
	    "%sContent-Type: text/plain\r\nContent-Length: 2\r\n\r\n{}", post);
	assert_status(converse(w, text), 415);
	snprintf(text, sizeof(text),
	    "%sContent-Type: application/json\r\nAccept: text/html, "
	    "application/json;q=0\r\nContent-Length: 2\r\n\r\n{}",
	    post);
	assert_status(converse(w, text), 406);
}

static void
test_bad_json_is_refused_without_repeating_it(void **state)
{
	struct world *w = *state;

	assert_status(
	    converse(w, "POST /v1/verwijzingen HTTP/1.1\r\n" HOST CLOSE TOKEN
			"Content-Type: application/json\r\n"
			"Content-Length: 23\r\n\r\n{\"naam\":\n Verzonnen }xx"),
	    400);
	assert_has(w->answer, "\"code\":\"ONGELDIGE_JSON\"");
	assert_has(w->answer, "\"regel\":2");
	assert_null(strstr(w->answer, "Verzonnen"));
}

static void
test_a_body_over_the_bound_of_its_route_is_refused(void **state)
{
	struct world *w = *state;
	char text[512];

	snprintf(text, sizeof(text),
	    "POST /v1/verwijzingen HTTP/1.1\r\n" HOST CLOSE TOKEN
	    "Content-Type: application/json\r\nContent-Length: 65\r\n\r\n%065d",
	    0);
	assert_status(converse(w, text), 413);
	assert_has(w->answer, "\"code\":\"TE_GROOT\"");
	assert_int_equal(w->handled, 0);
}

/* Far over it the server does not even keep what it reads. */
static void
test_an_endless_body_is_refused(void **state)
{
	struct world *w = *state;
	static char part[65536];
	const char start[] =
	    "POST /v1/verwijzingen HTTP/1.1\r\n" HOST CLOSE TOKEN
	    "Content-Type: application/json\r\n"
	    "Content-Length: 786432\r\n\r\n";
	int fd = dial(w);

	memset(part, ' ', sizeof(part));
	(void)say(w, fd, start, strlen(start));
	for (unsigned i = 0; i < 12; i++) {
		if (!say(w, fd, part, sizeof(part)))
			break;
	}
	assert_status(hear(w, fd), 413);
	assert_int_equal(w->handled, 0);
	close(fd);
}

static void
test_malformed_requests_never_reach_a_handler(void **state)
{
	static const char *const bad[] = {
	    GET("/v1/verwijzingen", "X-Naam : 1\r\n"),
	    GET("/v1/verwijzingen", "Transfer-Encoding : chunked\r\n"),
	    GET("/v1/verwijzingen", "Host: tweede\r\n"),
	    GET("/v1/verwijzingen", "X-Naam: a\001b\r\n"),
	    GET("/v1/verwijzingen", "X-Naam: \xff\r\n"),
	    GET("/v1/verwijzingen", TOKEN),
	    GET("/v1/verwijzingen?a=%ff", ""),
	    "POST /v1/verwijzingen HTTP/1.1\r\n" HOST TOKEN
	    "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n"
	    "0\r\n\r\n",
	    "POST /v1/verwijzingen HTTP/1.1\r\n" HOST TOKEN
	    "Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}x",
	    "POST /v1/verwijzingen HTTP/1.1\r\n" HOST TOKEN
	    "Content-Length: -1\r\n\r\n",
	    "GET /v1/verwijzingen HTTP/1.1\r\nrommel\r\n\r\n",
	};
	struct world *w = *state;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_status(converse(w, bad[i]), 400);
	assert_int_equal(w->handled, 0);
}

static void
test_what_follows_a_malformed_request_is_not_read(void **state)
{
	struct world *w = *state;

	assert_status(converse(w,
			  "POST /v1/verwijzingen HTTP/1.1\r\n" HOST TOKEN
			  "Transfer-Encoding : chunked\r\n\r\n"
			  "GET /v1/verwijzingen HTTP/1.1\r\n" HOST TOKEN
			  "\r\n"),
	    400);
	assert_int_equal(w->handled, 0);
}

static void
test_huge_headers_are_refused(void **state)
{
	struct world *w = *state;
	char *text = mem_new(40000);
	int len = snprintf(text, 40000,
	    "GET /v1/verwijzingen HTTP/1.1\r\n" HOST TOKEN "X-Lang: %020000d",
	    0);
	int fd = dial(w);

	(void)say(w, fd, text, (size_t)len);
	assert_status(hear(w, fd), 400);
	assert_int_equal(w->handled, 0);
	close(fd);
	mem_free(text);
}

static void
test_pipelined_requests_are_answered_in_turn_and_garbage_ends_it(void **state)
{
	struct world *w = *state;
	const char *answer =
	    converse(w, "GET /v1/verwijzingen HTTP/1.1\r\n" HOST TOKEN "\r\n"
			"GET /v1/verwijzingen/7 HTTP/1.1\r\n" HOST TOKEN "\r\n"
			"\001\002\003 rommel\r\n\r\n");

	assert_status(answer, 200);
	assert_has(answer, "\"id\":\"7\"");
	assert_int_equal(w->handled, 2);
}

static void
test_a_client_that_says_half_is_no_request(void **state)
{
	struct world *w = *state;
	const char half[] = "POST /v1/verwijzingen HTTP/1.1\r\n" HOST TOKEN
			    "Content-Length: 10\r\n\r\n{\"a\"";
	int fd = dial(w);

	assert_true(say(w, fd, half, strlen(half)));
	shutdown(fd, SHUT_WR);
	(void)hear(w, fd);
	close(fd);
	assert_int_equal(w->handled, 0);
	assert_status(converse(w, GET("/v1/verwijzingen", "")), 200);
}

static void
wait_held(struct world *w)
{
	while (w->held == NULL)
		turn(w);
}

static void
test_a_request_may_be_answered_later(void **state)
{
	struct world *w = *state;
	const char ask[] = GET("/wacht", "");
	int fd = dial(w);

	assert_true(say(w, fd, ask, strlen(ask)));
	wait_held(w);
	http_reply(w->held, 204, NULL, span_of(NULL, 0), NULL);
	assert_status(hear(w, fd), 204);
	close(fd);
}

static void
test_a_client_that_left_while_waiting_hurts_nobody(void **state)
{
	struct world *w = *state;
	const char ask[] = GET("/wacht", "");
	struct linger hard = {1, 0};
	int fd = dial(w);

	assert_true(say(w, fd, ask, strlen(ask)));
	wait_held(w);
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
	close(fd);
	for (unsigned i = 0; i < 20; i++)
		turn(w);
	http_problem(w->held, 503, "DRUK", "Druk", "Later.", NULL);
	assert_status(converse(w, GET("/v1/verwijzingen", "")), 200);
}

static void
test_stopping_answers_what_waits(void **state)
{
	struct world *w = *state;
	const char ask[] = GET("/wacht", "");
	int fd = dial(w);

	assert_true(say(w, fd, ask, strlen(ask)));
	wait_held(w);
	http_close(w->http);
	w->http = NULL;
	assert_status(hear(w, fd), 503);
	http_reply(w->held, 200, NULL, span_of(NULL, 0), NULL);
	close(fd);
}

static void
test_a_stream_goes_on_until_the_client_leaves(void **state)
{
	struct world *w = *state;
	const char ask[] = GET("/stroom", "");
	int fd = dial(w);

	assert_true(say(w, fd, ask, strlen(ask)));
	wait_held(w);
	http_push(w->held, span_str("data: een\n\n"));
	hear_until(w, fd, "data: een");
	http_push(w->held, span_str("data: twee\n\n"));
	hear_until(w, fd, "data: twee");
	close(fd);
	while (w->gone == 0) {
		http_push(w->held, span_str(": nog\n\n"));
		turn(w);
	}
	assert_int_equal(w->gone, 1);
}

static void
test_a_stream_that_nobody_reads_is_dropped(void **state)
{
	static char part[65536];
	struct world *w = *state;
	const char ask[] = GET("/stroom", "");
	int fd = dial(w);

	memset(part, 'x', sizeof(part));
	assert_true(say(w, fd, ask, strlen(ask)));
	wait_held(w);
	while (w->gone == 0) {
		http_push(w->held, span_of(part, sizeof(part)));
		turn(w);
	}
	close(fd);
}

static void
test_a_taken_port_is_named(void **state)
{
	struct world *w = *state;
	char where[32];
	struct http_options options = {.listen = where, .tokens = tokens};
	struct http *second = NULL;
	struct why why = {""};

	snprintf(where, sizeof(where), "127.0.0.1:%u", http_port(w->http));
	assert_int_equal(http_open(w->base, &options, &second, &why),
	    WH_EXISTS);
	assert_non_null(strstr(why.text, where));
	options.listen = "nergens";
	assert_int_equal(http_open(w->base, &options, &second, &why),
	    WH_INVALID);
	assert_null(second);
}

int
main(void)
{
#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, world_open, world_close)
	const struct CMUnitTest tests[] = {
	    TEST(test_a_request_reaches_its_handler_with_all_it_said),
	    TEST(test_each_answer_says_what_caches_and_frames_may_do),
	    TEST(test_without_a_known_token_nothing_is_handled),
	    TEST(test_new_tokens_replace_the_old),
	    TEST(test_a_role_opens_what_is_for_it_and_nothing_else),
	    TEST(test_a_session_stands_in_for_a_token),
	    TEST(test_a_local_address_needs_no_token_unless_it_was_forwarded),
	    TEST(test_unknown_addresses_and_methods_are_told_apart),
	    TEST(test_json_comes_and_goes_as_json),
	    TEST(test_bad_json_is_refused_without_repeating_it),
	    TEST(test_a_body_over_the_bound_of_its_route_is_refused),
	    TEST(test_an_endless_body_is_refused),
	    TEST(test_malformed_requests_never_reach_a_handler),
	    TEST(test_what_follows_a_malformed_request_is_not_read),
	    TEST(test_huge_headers_are_refused),
	    TEST(
		test_pipelined_requests_are_answered_in_turn_and_garbage_ends_it),
	    TEST(test_a_client_that_says_half_is_no_request),
	    TEST(test_a_request_may_be_answered_later),
	    TEST(test_a_client_that_left_while_waiting_hurts_nobody),
	    TEST(test_stopping_answers_what_waits),
	    TEST(test_a_stream_goes_on_until_the_client_leaves),
	    TEST(test_a_stream_that_nobody_reads_is_dropped),
	    TEST(test_a_taken_port_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
