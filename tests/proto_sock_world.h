/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_TESTS_PROTO_SOCK_WORLD_H
#define WH_TESTS_PROTO_SOCK_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <zmq.h> /* to plant what sock.c would never open */

#include "proto/base/clk.h"
#include "proto/base/mem.h"
#include "proto/base/sock_impl.h"

#define DEADLINE_MS 20000
#define MESSAGE_MAX 4096
#define MEMBERS     2

/* A server, its ZAP handler, and a register of two keys. */
struct world {
	struct sock_ctx *ctx;
	struct sock *zap;
	struct sock *server;
	struct sock_keys server_keys;
	struct sock_keys member[MEMBERS];
	bool admitted[MEMBERS];
	bool everybody; /* a handler that asks nothing */
	bool nameless;  /* a handler that gives no User-Id */
	unsigned allowed;
	unsigned refused;
	char endpoint[64];
	int64_t deadline_ms;
};

static const char *const names[MEMBERS] = {"corporatie-west", "wpi"};

static inline bool
allow(void *arg, const uint8_t key[SOCK_KEY_LEN], char user_id[SOCK_USER_MAX])
{
	struct world *w = arg;

	for (size_t i = 0; i < MEMBERS; i++) {
		if (!w->admitted[i] ||
		    memcmp(key, w->member[i].public_key, SOCK_KEY_LEN) != 0)
			continue;
		w->allowed++;
		if (w->nameless)
			return true;
		return str_copy(user_id, SOCK_USER_MAX, names[i]) == WH_OK;
	}
	w->refused++;
	return w->everybody &&
	       str_copy(user_id, SOCK_USER_MAX, "anybody") == WH_OK;
}

static inline int
world_open(void **state)
{
	struct world *w = mem_new(sizeof(*w));
	struct sock_options options = {.endpoint = "tcp://127.0.0.1:*",
	    .keys = &w->server_keys,
	    .message_max = MESSAGE_MAX};

	assert_int_equal(sock_ctx_new(&w->ctx), WH_OK);
	assert_int_equal(sock_keys_new(&w->server_keys), WH_OK);
	for (size_t i = 0; i < MEMBERS; i++) {
		assert_int_equal(sock_keys_new(&w->member[i]), WH_OK);
		w->admitted[i] = true;
	}
	assert_int_equal(sock_zap_open(w->ctx, allow, w, &w->zap), WH_OK);
	assert_int_equal(sock_server_open(w->ctx, &options, &w->server, NULL),
	    WH_OK);
	assert_int_equal(sock_endpoint(w->server, w->endpoint,
			     sizeof(w->endpoint)),
	    WH_OK);
	w->deadline_ms = clk_mono_ms() + DEADLINE_MS;
	*state = w;
	return 0;
}

static inline int
world_close(void **state)
{
	struct world *w = *state;

	sock_ctx_free(w->ctx);
	mem_free(w);
	return 0;
}

/* One turn of the loop: waits a little for zap, server and (if any) client. */
static inline void
turn(struct world *w, struct sock *client)
{
	struct sock_poll items[] = {{.sock = w->zap}, {.sock = w->server},
	    {.sock = client}};

	assert_true(clk_mono_ms() < w->deadline_ms);
	(void)sock_poll(items, client == NULL ? 2 : 3, 20);
	assert_int_equal(sock_zap_serve(w->zap), WH_OK);
}

static inline struct sock *
client_at(struct world *w, const struct sock_keys *keys, const char *endpoint)
{
	const struct sock_options options = {.endpoint = endpoint,
	    .keys = keys,
	    .server_key = w->server_keys.public_key,
	    .message_max = 1u << 20};
	struct sock *client = NULL;

	assert_int_equal(sock_client_open(w->ctx, &options, &client, NULL),
	    WH_OK);
	return client;
}

static inline struct sock *
client_of(struct world *w, const struct sock_keys *keys)
{
	return client_at(w, keys, w->endpoint);
}

/* Sends as soon as the connection stands. */
static inline void
say(struct world *w, struct sock *client, struct span body)
{
	enum wh_err err;

	while ((err = sock_send(client, span_of(NULL, 0), body)) == WH_AGAIN)
		turn(w, NULL);
	assert_int_equal(err, WH_OK);
}

static inline struct sock_msg *
hear(struct world *w, struct sock *sock)
{
	struct sock_msg *msg = NULL;
	enum wh_err err;

	while ((err = sock_recv(sock, &msg)) == WH_AGAIN)
		turn(w, sock);
	assert_int_equal(err, WH_OK);
	return msg;
}

static inline void
assert_hears(struct world *w, const char *user, struct span body)
{
	struct sock_msg *msg = hear(w, w->server);

	assert_string_equal(sock_msg_user(msg), user);
	assert_true(span_equal(sock_msg_body(msg), body));
	sock_msg_free(msg);
}

static inline void
assert_silent(struct sock *sock)
{
	struct sock_msg *msg = NULL;

	assert_int_equal(sock_recv(sock, &msg), WH_AGAIN);
	assert_null(msg);
}

/* A DEALER that sets what sock_client_open() leaves alone. */
static inline struct sock *
plant(struct world *w, int type)
{
	struct sock *sock = mem_new(sizeof(*sock));

	sock->ctx = w->ctx;
	sock->kind = type == ZMQ_ROUTER ? SOCK_SERVER : SOCK_CLIENT;
	sock->message_max = MESSAGE_MAX;
	sock->zmq = zmq_socket(w->ctx->zmq, type);
	assert_non_null(sock->zmq);
	LIST_INSERT_HEAD(&w->ctx->socks, sock, entry);
	return sock;
}

static inline void
set(struct sock *sock, int option, const void *value, size_t len)
{
	assert_int_equal(zmq_setsockopt(sock->zmq, option, value, len), 0);
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, world_open, world_close)

#endif
