/* SPDX-License-Identifier: EUPL-1.2 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "proto/base/hash.h"
#include "tests/proto_sock_world.h"

/* One client with these keys, up to the end of its handshake: a refusal. */
static struct sock *
knock_in_vain(struct world *w, const struct sock_keys *keys)
{
	const struct sock_options options = {.endpoint = w->endpoint,
	    .keys = keys,
	    .server_key = w->server_keys.public_key,
	    .message_max = MESSAGE_MAX};
	struct sock *client = NULL;
	struct sock *monitor = NULL;
	bool accepted = true;
	enum wh_err err;

	assert_int_equal(sock_watched_open(w->ctx, &options, &client, &monitor),
	    WH_OK);
	while ((err = sock_handshake(monitor, &accepted)) == WH_AGAIN)
		turn(w, monitor);
	assert_int_equal(err, WH_OK);
	assert_false(accepted);
	assert_int_equal(sock_send(client, span_of(NULL, 0), span_str("x")),
	    WH_AGAIN);
	assert_silent(w->server);
	return client;
}

static void
test_an_unknown_key_is_refused(void **state)
{
	struct world *w = *state;
	struct sock_keys stranger;

	assert_int_equal(sock_keys_new(&stranger), WH_OK);
	(void)knock_in_vain(w, &stranger);
	assert_int_equal(w->refused, 1);
	assert_int_equal(w->allowed, 0);
	assert_int_equal(sock_dropped(w->server), 0);
}

static void
test_a_client_that_expects_another_server_does_not_talk(void **state)
{
	struct world *w = *state;
	struct sock_keys own = w->server_keys;
	struct sock *impostor_victim;
	struct sock *client;

	assert_int_equal(sock_keys_new(&w->server_keys), WH_OK);
	impostor_victim = client_of(w, &w->member[0]);
	w->server_keys = own;
	client = client_of(w, &w->member[1]);
	say(w, client, span_str("x"));
	assert_hears(w, "wpi", span_str("x"));
	assert_int_equal(sock_send(impostor_victim, span_of(NULL, 0),
			     span_str("x")),
	    WH_AGAIN);
	assert_int_equal(w->allowed, 1);
}

/* ZAP is asked once per connection: the caller checks each message. */
static void
test_a_key_refused_later_keeps_its_connection_but_gets_no_new_one(void **state)
{
	struct world *w = *state;
	struct sock *client = client_of(w, &w->member[0]);

	say(w, client, span_str("1"));
	assert_hears(w, "corporatie-west", span_str("1"));
	w->admitted[0] = false;
	say(w, client, span_str("2"));
	assert_hears(w, "corporatie-west", span_str("2"));
	sock_close(client);
	(void)knock_in_vain(w, &w->member[0]);
	assert_int_equal(w->allowed, 1);
	assert_int_equal(w->refused, 1);
}

/* The library gives up after a refusal, whatever the register says later. */
static void
test_a_refused_client_gets_in_when_it_is_opened_again(void **state)
{
	struct world *w = *state;
	struct sock *refused;
	struct sock *fresh;

	w->admitted[0] = false;
	refused = knock_in_vain(w, &w->member[0]);
	w->admitted[0] = true;
	fresh = client_of(w, &w->member[0]);
	say(w, fresh, span_str("x"));
	assert_hears(w, "corporatie-west", span_str("x"));
	assert_int_equal(sock_send(refused, span_of(NULL, 0), span_str("x")),
	    WH_AGAIN);
	assert_int_equal(w->allowed, 1);
}

static void
test_a_handler_that_names_nobody_lets_nobody_in(void **state)
{
	struct world *w = *state;

	w->nameless = true;
	(void)knock_in_vain(w, &w->member[0]);
	assert_int_equal(w->allowed, 1);
	assert_int_equal(sock_dropped(w->server), 0);
}

static void
test_a_server_needs_a_handler_first(void **state)
{
	struct world *w = *state;
	struct sock_options options = {.endpoint = "tcp://127.0.0.1:*",
	    .keys = &w->server_keys,
	    .message_max = MESSAGE_MAX};
	struct sock *second = NULL;
	struct why why = {""};

	assert_int_equal(sock_zap_open(w->ctx, allow, w, &second), WH_EXISTS);
	sock_close(w->zap);
	assert_int_equal(sock_server_open(w->ctx, &options, &second, &why),
	    WH_INVALID);
	assert_non_null(strstr(why.text, "ZAP"));
	assert_null(second);
}

/* A server as it would be with one line of sock.c left out. */
static struct sock *
plant_server(struct world *w, const char *domain, int enforce)
{
	struct sock *server = plant(w, ZMQ_ROUTER);
	int yes = 1;

	set(server, ZMQ_CURVE_SERVER, &yes, sizeof(yes));
	set(server, ZMQ_CURVE_SECRETKEY, w->server_keys.secret, 32);
	set(server, 93, &enforce, sizeof(enforce));
	if (domain != NULL)
		set(server, ZMQ_ZAP_DOMAIN, domain, strlen(domain));
	assert_int_equal(zmq_bind(server->zmq, "tcp://127.0.0.1:*"), 0);
	return server;
}

static enum wh_err
self_test(struct world *w, struct sock *server)
{
	return sock_self_test(w->ctx, server, w->zap,
	    w->server_keys.public_key);
}

static void
test_the_self_test_passes_and_leaves_the_server_usable(void **state)
{
	struct world *w = *state;
	struct sock *client;

	assert_int_equal(self_test(w, w->server), WH_OK);
	assert_int_equal(w->refused, 1);
	assert_int_equal(w->allowed, 0);
	assert_int_equal(self_test(w, w->server), WH_OK);
	client = client_of(w, &w->member[0]);
	say(w, client, span_str("x"));
	assert_hears(w, "corporatie-west", span_str("x"));
	assert_int_equal(self_test(w, w->server), WH_OK);
	say(w, client, span_str("y"));
	assert_hears(w, "corporatie-west", span_str("y"));
}

static void
test_the_self_test_fails_on_a_server_that_fails_open(void **state)
{
	struct world *w = *state;

	assert_int_equal(self_test(w, plant_server(w, SOCK_ZAP_DOMAIN, 1)),
	    WH_OK); /* what we plant differs in the one line only */
	assert_int_equal(self_test(w, plant_server(w, SOCK_ZAP_DOMAIN, 0)),
	    WH_CRYPTO);
	assert_int_equal(self_test(w, plant_server(w, NULL, 1)), WH_CRYPTO);
	assert_int_equal(self_test(w, plant_server(w, NULL, 0)), WH_CRYPTO);
}

static void
test_the_self_test_fails_on_a_handler_that_admits_everybody(void **state)
{
	struct world *w = *state;

	w->everybody = true;
	assert_int_equal(self_test(w, w->server), WH_CRYPTO);
}

/* Refused, but not for the reason that counts. */
static void
test_the_self_test_fails_when_the_handler_was_not_asked(void **state)
{
	struct world *w = *state;

	assert_int_equal(sock_self_test(w->ctx, w->server, w->zap,
			     w->member[0].public_key),
	    WH_CRYPTO);
}

/* With the handler gone: the planted server shows the hole is real, and that
 * a message without User-Id is not handed out; ours stays shut. */
static void
test_without_a_handler_nobody_is_heard(void **state)
{
	struct world *w = *state;
	struct sock *open = plant_server(w, SOCK_ZAP_DOMAIN, 0);
	struct sock *in;
	struct sock *out;
	char endpoint[64];

	assert_int_equal(sock_endpoint(open, endpoint, sizeof(endpoint)),
	    WH_OK);
	sock_close(w->zap);
	w->zap = open; /* polled in its place, has no requests */
	in = client_at(w, &w->member[0], endpoint);
	out = client_of(w, &w->member[0]);
	while (sock_dropped(open) < 3) {
		struct sock_poll items[] = {{.sock = open}};

		assert_true(clk_mono_ms() < w->deadline_ms);
		(void)sock_send(in, span_of(NULL, 0), span_str("x"));
		(void)sock_send(out, span_of(NULL, 0), span_str("x"));
		(void)sock_poll(items, 1, 20);
		assert_silent(open);
		assert_silent(w->server);
	}
	assert_int_equal(sock_dropped(w->server), 0);
}

static void
test_bytes_that_are_no_zeromq_do_not_hurt(void **state)
{
	struct world *w = *state;
	struct sockaddr_in to = {.sin_family = AF_INET,
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	    .sin_port = htons(
		(uint16_t)strtoul(strrchr(w->endpoint, ':') + 1, NULL, 10))};
	struct sock *client;
	static const uint8_t greeting[18] = {0xff, 0, 0, 0, 0, 0, 0, 0, 1, 0x7f,
	    3, 0, 'C', 'U', 'R', 'V', 'E', 0};
	uint8_t junk[512];
	int fds[40];

	for (unsigned i = 0; i < 40; i++) {
		random_fill(junk, sizeof(junk));
		if (i % 2 == 0) /* the greeting of ZMTP 3.0, then junk */
			memcpy(junk, greeting, sizeof(greeting));
		fds[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
		assert_true(fds[i] >= 0);
		assert_int_equal(connect(fds[i], (struct sockaddr *)&to,
				     sizeof(to)),
		    0);
		(void)send(fds[i], junk, (size_t)i * 13, MSG_NOSIGNAL);
	}
	client = client_of(w, &w->member[0]);
	say(w, client, span_str("x"));
	assert_hears(w, "corporatie-west", span_str("x"));
	for (unsigned i = 0; i < 40; i++)
		(void)close(fds[i]);
	say(w, client, span_str("y"));
	assert_hears(w, "corporatie-west", span_str("y"));
	assert_int_equal(w->refused, 0);
}

/* Clients come and go, at every moment of the handshake and after it. */
static void
test_a_storm_of_two_hundred_clients_is_survived(void **state)
{
	enum {
		WAVE = 40
	};
	struct world *w = *state;
	struct sock *steady = client_of(w, &w->member[1]);
	struct sock_msg *msg;

	w->deadline_ms += DEADLINE_MS;
	for (unsigned wave = 0; wave < 200 / WAVE; wave++) {
		struct sock *clients[WAVE];

		for (unsigned i = 0; i < WAVE; i++)
			clients[i] = client_of(w, &w->member[0]);
		for (unsigned i = 0; i < WAVE; i++) {
			if (i % 4 != 0)
				say(w, clients[i], span_str("storm"));
			if (i % 4 == 2)
				turn(w, NULL);
			sock_close(clients[i]);
		}
		say(w, steady, span_str("steady"));
		do {
			bool last;

			msg = hear(w, w->server);
			last = strcmp(sock_msg_user(msg), "wpi") == 0;
			if (!last)
				(void)sock_send(w->server, sock_msg_route(msg),
				    span_str("too late"));
			sock_msg_free(msg);
			if (last)
				break;
		} while (true);
	}
	assert_int_equal(self_test(w, w->server), WH_OK);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_an_unknown_key_is_refused),
	    TEST(test_a_client_that_expects_another_server_does_not_talk),
	    TEST(
		test_a_key_refused_later_keeps_its_connection_but_gets_no_new_one),
	    TEST(test_a_refused_client_gets_in_when_it_is_opened_again),
	    TEST(test_a_handler_that_names_nobody_lets_nobody_in),
	    TEST(test_a_server_needs_a_handler_first),
	    TEST(test_the_self_test_passes_and_leaves_the_server_usable),
	    TEST(test_the_self_test_fails_on_a_server_that_fails_open),
	    TEST(test_the_self_test_fails_on_a_handler_that_admits_everybody),
	    TEST(test_the_self_test_fails_when_the_handler_was_not_asked),
	    TEST(test_without_a_handler_nobody_is_heard),
	    TEST(test_bytes_that_are_no_zeromq_do_not_hurt),
	    TEST(test_a_storm_of_two_hundred_clients_is_survived),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
