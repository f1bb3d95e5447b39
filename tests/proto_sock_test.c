/* SPDX-License-Identifier: EUPL-1.2 */
#include "tests/proto_sock_world.h"

static void
test_a_known_key_arrives_under_its_user_id(void **state)
{
	struct world *w = *state;
	struct sock *client = client_of(w, &w->member[1]);
	struct sock_msg *msg;
	struct sock_msg *answer;

	say(w, client, span_str("hallo"));
	msg = hear(w, w->server);
	assert_string_equal(sock_msg_user(msg), "wpi");
	assert_true(span_equal(sock_msg_body(msg), span_str("hallo")));
	assert_int_equal(sock_send(w->server, sock_msg_route(msg),
			     span_str("welkom")),
	    WH_OK);
	answer = hear(w, client);
	assert_true(span_equal(sock_msg_body(answer), span_str("welkom")));
	assert_int_equal(sock_msg_route(answer).len, 0);
	assert_string_equal(sock_msg_user(answer), "");
	sock_msg_free(answer);
	sock_msg_free(msg);
}

static void
test_a_message_over_the_bound_costs_the_connection_only(void **state)
{
	static const uint8_t big[MESSAGE_MAX + 1];
	const struct span exact = span_of(big, MESSAGE_MAX);
	struct world *w = *state;
	struct sock *client = client_of(w, &w->member[0]);
	struct sock *other = client_of(w, &w->member[1]);

	say(w, other, span_str("here"));
	assert_hears(w, "wpi", span_str("here"));
	say(w, client, exact);
	assert_hears(w, "corporatie-west", exact);
	assert_int_equal(w->allowed, 2);
	say(w, client, span_of(big, MESSAGE_MAX + 1));
	while (w->allowed < 3) { /* dropped, so it comes back */
		turn(w, NULL);
		assert_silent(w->server);
	}
	say(w, client, span_str("after"));
	assert_hears(w, "corporatie-west", span_str("after"));
	say(w, other, span_str("still here"));
	assert_hears(w, "wpi", span_str("still here"));
	assert_int_equal(w->allowed, 3);
}

static void
test_what_is_too_big_to_send_is_refused_here(void **state)
{
	static const uint8_t big[MESSAGE_MAX + 1];
	struct world *w = *state;

	assert_int_equal(sock_send(w->server, span_str("route"),
			     span_of(big, sizeof(big))),
	    WH_TOO_BIG);
	assert_int_equal(sock_send(w->server, span_of(NULL, 0), span_str("x")),
	    WH_INVALID);
	assert_int_equal(sock_send(w->server, span_of(big, SOCK_ROUTE_MAX + 1),
			     span_str("x")),
	    WH_INVALID);
}

static void
test_messages_of_many_parts_are_dropped_and_counted(void **state)
{
	struct world *w = *state;
	struct sock *client = client_of(w, &w->member[0]);

	say(w, client, span_str("first"));
	for (unsigned parts = 2; parts < 5; parts++) {
		for (unsigned i = 1; i < parts; i++)
			assert_int_equal(zmq_send(client->zmq, "p", 1,
					     ZMQ_SNDMORE),
			    1);
		assert_int_equal(zmq_send(client->zmq, "q", 1, 0), 1);
	}
	say(w, client, span_str("last"));
	assert_hears(w, "corporatie-west", span_str("first"));
	assert_hears(w, "corporatie-west", span_str("last"));
	assert_int_equal(sock_dropped(w->server), 3);
}

/* A flood of what we drop gives the caller's loop its turn all the same. */
static void
test_a_flood_of_bad_messages_does_not_hold_the_caller(void **state)
{
	struct world *w = *state;
	struct sock *client = client_of(w, &w->member[0]);
	struct sock_msg *msg = NULL;
	unsigned sent = 0;

	say(w, client, span_str("first"));
	assert_hears(w, "corporatie-west", span_str("first"));
	while (sock_dropped(w->server) < 1000) {
		uint64_t before = sock_dropped(w->server);

		while (sent < 1100 && zmq_send(client->zmq, "p", 1,
					  ZMQ_SNDMORE | ZMQ_DONTWAIT) == 1) {
			assert_int_equal(zmq_send(client->zmq, "q", 1, 0), 1);
			sent++;
		}
		turn(w, NULL);
		assert_int_equal(sock_recv(w->server, &msg), WH_AGAIN);
		assert_true(sock_dropped(w->server) - before <= 256);
	}
}

static void
test_a_route_that_is_too_long_is_dropped_and_counted(void **state)
{
	struct world *w = *state;
	struct sock *client = plant(w, ZMQ_DEALER);
	struct sock *honest = client_of(w, &w->member[1]);
	char route[200];

	memset(route, 'r', sizeof(route));
	set(client, ZMQ_ROUTING_ID, route, sizeof(route));
	set(client, ZMQ_CURVE_SERVERKEY, w->server_keys.public_key, 32);
	set(client, ZMQ_CURVE_PUBLICKEY, w->member[0].public_key, 32);
	set(client, ZMQ_CURVE_SECRETKEY, w->member[0].secret, 32);
	assert_int_equal(zmq_connect(client->zmq, w->endpoint), 0);
	assert_int_equal(zmq_send(client->zmq, "x", 1, 0), 1);
	while (sock_dropped(w->server) < 1) {
		turn(w, NULL);
		assert_silent(w->server);
	}
	say(w, honest, span_str("x"));
	assert_hears(w, "wpi", span_str("x"));
}

static void
test_a_full_pipe_says_again_and_recovers(void **state)
{
	static const uint8_t body[MESSAGE_MAX];
	struct world *w = *state;
	struct sock *client = client_of(w, &w->member[0]);
	struct sock_msg *hello;
	enum wh_err err = WH_OK;
	unsigned sent = 0;

	say(w, client, span_str("hello"));
	hello = hear(w, w->server);
	while (err == WH_OK && sent < 1000000) {
		err = sock_send(w->server, sock_msg_route(hello),
		    span_of(body, sizeof(body)));
		sent += err == WH_OK;
	}
	assert_int_equal(err, WH_AGAIN);
	assert_true(sent >= 64);
	for (unsigned i = 0; i < sent; i++)
		sock_msg_free(hear(w, client));
	while ((err = sock_send(w->server, sock_msg_route(hello),
		    span_str("on"))) == WH_AGAIN)
		turn(w, NULL);
	assert_int_equal(err, WH_OK);
	sock_msg_free(hear(w, client));
	sock_msg_free(hello);
}

static void
test_a_route_that_is_gone_is_not_found(void **state)
{
	struct world *w = *state;
	struct sock *client = client_of(w, &w->member[0]);
	struct sock_msg *hello;
	enum wh_err err;

	assert_int_equal(sock_send(w->server, span_str("nobody"),
			     span_str("x")),
	    WH_NOT_FOUND);
	say(w, client, span_str("hello"));
	hello = hear(w, w->server);
	sock_close(client);
	while ((err = sock_send(w->server, sock_msg_route(hello),
		    span_str("x"))) != WH_NOT_FOUND) {
		assert_true(err == WH_OK || err == WH_AGAIN);
		turn(w, NULL);
	}
	sock_msg_free(hello);
}

/* The own file descriptor of a client, as another event loop would use it. */
static void
test_a_client_can_be_driven_by_its_descriptor(void **state)
{
	struct world *w = *state;
	struct sock *client = client_of(w, &w->member[0]);
	struct sock_poll items[] = {{.fd = sock_fd(client)}};
	struct sock_msg *hello;
	struct sock_msg *msg = NULL;

	say(w, client, span_str("hello"));
	assert_silent(client); /* the edge of the send is taken */
	hello = hear(w, w->server);
	assert_int_equal(sock_send(w->server, sock_msg_route(hello),
			     span_str("x")),
	    WH_OK);
	while (sock_recv(client, &msg) == WH_AGAIN) {
		assert_true(clk_mono_ms() < w->deadline_ms);
		(void)sock_poll(items, 1, 1000);
	}
	assert_true(span_equal(sock_msg_body(msg), span_str("x")));
	sock_msg_free(msg);
	sock_msg_free(hello);
}

static void
test_bad_options_are_refused_with_a_reason(void **state)
{
	struct world *w = *state;
	struct sock_options options = {.endpoint = "tcp://127.0.0.1:*",
	    .keys = &w->server_keys,
	    .message_max = 1023};
	struct sock *sock = NULL;
	struct why why = {""};

	assert_int_equal(sock_server_open(w->ctx, &options, &sock, &why),
	    WH_INVALID);
	assert_non_null(strstr(why.text, "message_max"));
	options.message_max = SIZE_MAX;
	assert_int_equal(sock_server_open(w->ctx, &options, &sock, &why),
	    WH_INVALID);
	options.message_max = MESSAGE_MAX;
	options.endpoint = w->endpoint;
	assert_int_equal(sock_server_open(w->ctx, &options, &sock, &why),
	    WH_EXISTS);
	assert_non_null(strstr(why.text, w->endpoint));
	options.endpoint = "carrier pigeon";
	assert_int_equal(sock_server_open(w->ctx, &options, &sock, &why),
	    WH_INVALID);
	options.server_key = w->server_keys.public_key;
	assert_int_equal(sock_client_open(w->ctx, &options, &sock, &why),
	    WH_INVALID);
	assert_null(sock);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_a_known_key_arrives_under_its_user_id),
	    TEST(test_a_message_over_the_bound_costs_the_connection_only),
	    TEST(test_what_is_too_big_to_send_is_refused_here),
	    TEST(test_messages_of_many_parts_are_dropped_and_counted),
	    TEST(test_a_flood_of_bad_messages_does_not_hold_the_caller),
	    TEST(test_a_route_that_is_too_long_is_dropped_and_counted),
	    TEST(test_a_full_pipe_says_again_and_recovers),
	    TEST(test_a_route_that_is_gone_is_not_found),
	    TEST(test_a_client_can_be_driven_by_its_descriptor),
	    TEST(test_bad_options_are_refused_with_a_reason),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
