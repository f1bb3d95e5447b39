/* SPDX-License-Identifier: EUPL-1.2 */
#include "proto/base/sock_impl.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <zmq.h>

#include "proto/base/mem.h"

#define ZAP_ENDPOINT "inproc://zeromq.zap.01"

/* Not in the public header of 4.3.4, but there at run time. */
#ifndef ZMQ_ZAP_ENFORCE_DOMAIN
#define ZMQ_ZAP_ENFORCE_DOMAIN 93
#endif

/* "\x07MESSAGE", nonce, tag and flags around each body (RFC 26). */
#define CURVE_OVERHEAD 33

/* So that a peer who sends only what we drop cannot hold the caller. */
#define DROPS_PER_CALL 256
#define POLL_ITEMS_MAX 32

struct sock_msg {
	zmq_msg_t route_frame; /* empty on clients */
	zmq_msg_t body_frame;
	struct span route; /* borrowed from the frames */
	struct span body;
	char user[SOCK_USER_MAX];
};

struct int_option {
	int name;
	int value;
};

/* The security floor; ZAP sockets live inside the process and need none. */
static const struct int_option common_options[] = {
    {ZMQ_LINGER, 0},
    {ZMQ_RCVHWM, 64}, /* the spool is the store, not the sockets */
    {ZMQ_SNDHWM, 64},
    {ZMQ_HANDSHAKE_IVL, 3000},
    {ZMQ_HEARTBEAT_IVL, 5000},
    {ZMQ_HEARTBEAT_TIMEOUT, 15000},
    {ZMQ_TCP_MAXRT, 30000},
};

static const struct int_option server_options[] = {
    {ZMQ_CURVE_SERVER, 1},
    {ZMQ_ZAP_ENFORCE_DOMAIN, 1},
    {ZMQ_BACKLOG, 256},
    {ZMQ_ROUTER_MANDATORY, 1},
    {ZMQ_ROUTER_HANDOVER, 0},
};

static const struct int_option client_options[] = {
    {ZMQ_IMMEDIATE, 1},
    {ZMQ_RECONNECT_IVL, 100},
    {ZMQ_RECONNECT_IVL_MAX, 5000},
};

#define COUNT(a) (sizeof(a) / sizeof(*(a)))

static enum wh_err
from_errno(int error)
{
	switch (error) {
	case EAGAIN:
	case EINTR:
		return WH_AGAIN;
	case EHOSTUNREACH:
		return WH_NOT_FOUND;
	case EADDRINUSE:
		return WH_EXISTS;
	case EINVAL:
	case EPROTONOSUPPORT:
	case ENODEV:
		return WH_INVALID;
	default:
		return WH_IO;
	}
}

static enum wh_err
fail(struct why *why, const char *what, const char *subject)
{
	int error = zmq_errno();
	enum wh_err err = from_errno(error);

	(void)why_set(why, err, "%s %s: %s", what, subject,
	    zmq_strerror(error));
	return err;
}

enum wh_err
sock_ctx_new(struct sock_ctx **out)
{
	void *zmq = zmq_ctx_new();
	struct sock_ctx *ctx;

	if (zmq == NULL)
		return from_errno(zmq_errno());
	ctx = mem_new(sizeof(*ctx));
	ctx->zmq = zmq;
	LIST_INIT(&ctx->socks);
	*out = ctx;
	return WH_OK;
}

void
sock_ctx_free(struct sock_ctx *ctx)
{
	if (ctx == NULL)
		return;
	while (!LIST_EMPTY(&ctx->socks))
		sock_close(LIST_FIRST(&ctx->socks));
	while (zmq_ctx_term(ctx->zmq) != 0 && zmq_errno() == EINTR)
		;
	mem_free(ctx);
}

enum wh_err
sock_keys_new(struct sock_keys *out)
{
	char public_text[41];
	char secret_text[41];
	enum wh_err err = WH_CRYPTO;

	if (zmq_curve_keypair(public_text, secret_text) != 0)
		goto out;
	if (zmq_z85_decode(out->public_key, public_text) == NULL)
		goto out;
	if (zmq_z85_decode(out->secret, secret_text) == NULL)
		goto out;
	err = WH_OK;
out:
	mem_wipe(secret_text, sizeof(secret_text));
	return err;
}

static struct sock *
sock_new(struct sock_ctx *ctx, enum sock_kind kind, int type)
{
	void *zmq = zmq_socket(ctx->zmq, type);
	struct sock *sock;

	if (zmq == NULL)
		return NULL;
	sock = mem_new(sizeof(*sock));
	sock->ctx = ctx;
	sock->kind = kind;
	sock->zmq = zmq;
	LIST_INSERT_HEAD(&ctx->socks, sock, entry);
	return sock;
}

void
sock_close(struct sock *sock)
{
	if (sock == NULL)
		return;
	if (sock->ctx->zap == sock)
		sock->ctx->zap = NULL;
	LIST_REMOVE(sock, entry);
	(void)zmq_close(sock->zmq); /* fails only on what is no socket */
	mem_free(sock);
}

static bool
set_ints(void *zmq, const struct int_option *options, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (zmq_setsockopt(zmq, options[i].name, &options[i].value,
			sizeof(options[i].value)) != 0)
			return false;
	}
	return true;
}

static bool
set_key(void *zmq, int name, const uint8_t key[SOCK_KEY_LEN])
{
	return zmq_setsockopt(zmq, name, key, SOCK_KEY_LEN) == 0;
}

/* What servers and clients share. Keys go straight into the library. */
static bool
set_common(struct sock *sock, const struct sock_options *options)
{
	int64_t wire_max = (int64_t)options->message_max + CURVE_OVERHEAD;

	sock->message_max = options->message_max;
	return set_ints(sock->zmq, common_options, COUNT(common_options)) &&
	       zmq_setsockopt(sock->zmq, ZMQ_MAXMSGSIZE, &wire_max,
		   sizeof(wire_max)) == 0 &&
	       set_key(sock->zmq, ZMQ_CURVE_SECRETKEY, options->keys->secret) &&
	       set_key(sock->zmq, ZMQ_CURVE_PUBLICKEY,
		   options->keys->public_key);
}

static enum wh_err
check_options(const struct sock_options *options, struct why *why)
{
	if (options->message_max < SOCK_MESSAGE_MAX_MIN ||
	    options->message_max > INT_MAX)
		return why_set(why, WH_INVALID,
		    "message_max %zu is not in %d..%d", options->message_max,
		    SOCK_MESSAGE_MAX_MIN, INT_MAX);
	return WH_OK;
}

enum wh_err
sock_server_open(struct sock_ctx *ctx, const struct sock_options *options,
    struct sock **out, struct why *why)
{
	enum wh_err err = check_options(options, why);
	struct sock *sock = NULL;

	if (err != WH_OK)
		return err;
	if (ctx->zap == NULL)
		return why_set(why, WH_INVALID,
		    "no ZAP handler is open to decide who may connect");
	sock = sock_new(ctx, SOCK_SERVER, ZMQ_ROUTER);
	if (sock == NULL)
		return fail(why, "cannot open a socket for", options->endpoint);
	if (!set_common(sock, options) ||
	    !set_ints(sock->zmq, server_options, COUNT(server_options)) ||
	    zmq_setsockopt(sock->zmq, ZMQ_ZAP_DOMAIN, SOCK_ZAP_DOMAIN,
		strlen(SOCK_ZAP_DOMAIN)) != 0)
		err = fail(why, "cannot secure", options->endpoint);
	else if (zmq_bind(sock->zmq, options->endpoint) != 0)
		err = fail(why, "cannot bind", options->endpoint);
	if (err != WH_OK) {
		sock_close(sock);
		return err;
	}
	*out = sock;
	return WH_OK;
}

/* A client that does not connect yet, so that it can be watched first. */
static enum wh_err
client_prepare(struct sock_ctx *ctx, const struct sock_options *options,
    struct sock **out, struct why *why)
{
	enum wh_err err = check_options(options, why);
	struct sock *sock = NULL;

	if (err != WH_OK)
		return err;
	sock = sock_new(ctx, SOCK_CLIENT, ZMQ_DEALER);
	if (sock == NULL)
		return fail(why, "cannot open a socket for", options->endpoint);
	if (!set_common(sock, options) ||
	    !set_ints(sock->zmq, client_options, COUNT(client_options)) ||
	    !set_key(sock->zmq, ZMQ_CURVE_SERVERKEY, options->server_key)) {
		err = fail(why, "cannot secure", options->endpoint);
		sock_close(sock);
		return err;
	}
	*out = sock;
	return WH_OK;
}

enum wh_err
sock_client_open(struct sock_ctx *ctx, const struct sock_options *options,
    struct sock **out, struct why *why)
{
	struct sock *sock = NULL;
	enum wh_err err = client_prepare(ctx, options, &sock, why);

	if (err != WH_OK)
		return err;
	if (zmq_connect(sock->zmq, options->endpoint) != 0) {
		err = fail(why, "cannot connect to", options->endpoint);
		sock_close(sock);
		return err;
	}
	*out = sock;
	return WH_OK;
}

enum wh_err
sock_endpoint(struct sock *sock, char *out, size_t size)
{
	if (zmq_getsockopt(sock->zmq, ZMQ_LAST_ENDPOINT, out, &size) != 0)
		return from_errno(zmq_errno());
	return WH_OK;
}

/* One frame; *more says whether others of the same message follow. */
static enum wh_err
frame_recv(struct sock *sock, zmq_msg_t *frame, bool *more)
{
	int got;

	do {
		got = zmq_msg_recv(frame, sock->zmq, ZMQ_DONTWAIT);
	} while (got < 0 && zmq_errno() == EINTR);
	if (got < 0)
		return from_errno(zmq_errno());
	*more = zmq_msg_more(frame) != 0;
	return WH_OK;
}

static struct span
frame_span(zmq_msg_t *frame)
{
	return span_of(zmq_msg_data(frame), zmq_msg_size(frame));
}

/* The identity that the ZAP handler gave to this connection. */
static bool
take_user(struct sock_msg *msg)
{
	const char *user = zmq_msg_gets(&msg->body_frame, "User-Id");

	return user != NULL && user[0] != '\0' &&
	       str_copy(msg->user, sizeof(msg->user), user) == WH_OK;
}

/* What one whole message must be to reach the caller. */
static bool
acceptable(const struct sock *sock, struct sock_msg *msg)
{
	msg->body = frame_span(&msg->body_frame);
	msg->route = frame_span(&msg->route_frame);
	if (msg->body.len > sock->message_max)
		return false;
	if (sock->kind != SOCK_SERVER)
		return true;
	return msg->route.len <= SOCK_ROUTE_MAX && take_user(msg);
}

/* Take all frames of one message; they arrive together. */
static enum wh_err
whole_recv(struct sock *sock, struct sock_msg *msg, bool *good)
{
	unsigned bodies = 0;
	bool more = true;
	enum wh_err err = WH_OK;

	if (sock->kind == SOCK_SERVER)
		err = frame_recv(sock, &msg->route_frame, &more);
	while (err == WH_OK && more) {
		err = frame_recv(sock, &msg->body_frame, &more);
		bodies += bodies < 2;
	}
	if (err == WH_OK)
		*good = bodies == 1 && acceptable(sock, msg);
	return err;
}

enum wh_err
sock_recv(struct sock *sock, struct sock_msg **out)
{
	/* A client has one peer, which it trusts not to flood it. */
	unsigned drops = sock->kind == SOCK_SERVER ? DROPS_PER_CALL : UINT_MAX;
	struct sock_msg *msg = mem_new(sizeof(*msg));
	enum wh_err err = WH_OK;
	bool good = false;

	(void)zmq_msg_init(&msg->route_frame); /* these cannot fail */
	(void)zmq_msg_init(&msg->body_frame);
	while (drops-- > 0) {
		err = whole_recv(sock, msg, &good);
		if (err != WH_OK || good)
			break;
		sock->dropped++;
	}
	if (good && err == WH_OK) {
		*out = msg;
		return WH_OK;
	}
	sock_msg_free(msg);
	return err == WH_OK ? WH_AGAIN : err;
}

void
sock_msg_free(struct sock_msg *msg)
{
	if (msg == NULL)
		return;
	(void)zmq_msg_close(&msg->route_frame);
	(void)zmq_msg_close(&msg->body_frame);
	mem_free(msg);
}

struct span
sock_msg_body(const struct sock_msg *msg)
{
	return msg->body;
}

struct span
sock_msg_route(const struct sock_msg *msg)
{
	return msg->route;
}

const char *
sock_msg_user(const struct sock_msg *msg)
{
	return msg->user;
}

uint64_t
sock_dropped(const struct sock *sock)
{
	return sock->dropped;
}

static enum wh_err
frame_send(struct sock *sock, struct span bytes, int flags)
{
	int sent;

	do {
		sent = zmq_send(sock->zmq, bytes.p, bytes.len,
		    flags | ZMQ_DONTWAIT);
	} while (sent < 0 && zmq_errno() == EINTR);
	return sent < 0 ? from_errno(zmq_errno()) : WH_OK;
}

/*
 * With ROUTER_MANDATORY a full or absent pipe shows at the route frame, so
 * that no half message is left behind.
 */
enum wh_err
sock_send(struct sock *sock, struct span route, struct span body)
{
	enum wh_err err = WH_OK;

	if (body.len > sock->message_max)
		return WH_TOO_BIG;
	if (sock->kind == SOCK_SERVER) {
		if (route.len == 0 || route.len > SOCK_ROUTE_MAX)
			return WH_INVALID;
		err = frame_send(sock, route, ZMQ_SNDMORE);
	}
	if (err != WH_OK)
		return err;
	return frame_send(sock, body, 0);
}

int
sock_fd(const struct sock *sock)
{
	int fd = -1;
	size_t len = sizeof(fd);

	if (zmq_getsockopt(sock->zmq, ZMQ_FD, &fd, &len) != 0)
		return -1;
	return fd;
}

enum wh_err
sock_poll(struct sock_poll *items, size_t n, int timeout_ms)
{
	zmq_pollitem_t polled[POLL_ITEMS_MAX];
	int ready;

	if (n > COUNT(polled))
		return WH_INVALID;
	for (size_t i = 0; i < n; i++) {
		struct sock *sock = items[i].sock;

		polled[i] =
		    (zmq_pollitem_t){.socket = sock == NULL ? NULL : sock->zmq,
			.fd = items[i].fd,
			.events = ZMQ_POLLIN};
		items[i].ready = false;
	}
	ready = zmq_poll(polled, (int)n, timeout_ms);
	if (ready < 0)
		return from_errno(zmq_errno());
	for (size_t i = 0; i < n; i++)
		items[i].ready = polled[i].revents != 0;
	return ready == 0 ? WH_AGAIN : WH_OK;
}

enum wh_err
sock_parts_recv(struct sock *sock, struct sock_parts *out)
{
	uint8_t spare[SOCK_PART_MAX];
	size_t len = sizeof(int);
	int more = 1;

	for (out->count = 0; more != 0; out->count++) {
		bool keep = out->count < SOCK_PARTS;
		uint8_t *to = keep ? out->bytes[out->count] : spare;
		int got = zmq_recv(sock->zmq, to, SOCK_PART_MAX, ZMQ_DONTWAIT);

		if (got < 0)
			return from_errno(zmq_errno());
		if (keep)
			out->lens[out->count] =
			    got > SOCK_PART_MAX ? 0 : (size_t)got;
		if (zmq_getsockopt(sock->zmq, ZMQ_RCVMORE, &more, &len) != 0)
			return from_errno(zmq_errno());
	}
	return WH_OK;
}

enum wh_err
sock_parts_send(struct sock *sock, const struct span *parts, size_t n)
{
	enum wh_err err = WH_OK;

	for (size_t i = 0; i < n && err == WH_OK; i++)
		err = frame_send(sock, parts[i], i + 1 < n ? ZMQ_SNDMORE : 0);
	return err;
}

enum wh_err
sock_zap_new(struct sock_ctx *ctx, struct sock **out)
{
	struct sock *zap = sock_new(ctx, SOCK_ZAP, ZMQ_REP);

	if (zap == NULL)
		return from_errno(zmq_errno());
	*out = zap;
	return WH_OK;
}

enum wh_err
sock_zap_listen(struct sock *zap, bool on)
{
	int rc = on ? zmq_bind(zap->zmq, ZAP_ENDPOINT)
		    : zmq_unbind(zap->zmq, ZAP_ENDPOINT);

	return rc == 0 ? WH_OK : from_errno(zmq_errno());
}

enum wh_err
sock_watched_open(struct sock_ctx *ctx, const struct sock_options *options,
    struct sock **out, struct sock **monitor)
{
	const int events = ZMQ_EVENT_HANDSHAKE_SUCCEEDED |
			   ZMQ_EVENT_HANDSHAKE_FAILED_AUTH |
			   ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL |
			   ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL;
	struct sock *client = NULL;
	struct sock *watch = NULL;
	enum wh_err err = client_prepare(ctx, options, &client, NULL);
	char name[64];

	if (err != WH_OK)
		return err;
	(void)snprintf(name, sizeof(name), "inproc://wijkhub-watch-%p",
	    (void *)client);
	watch = sock_new(ctx, SOCK_MONITOR, ZMQ_PAIR);
	if (watch == NULL ||
	    zmq_socket_monitor(client->zmq, name, events) != 0 ||
	    zmq_connect(watch->zmq, name) != 0 ||
	    zmq_connect(client->zmq, options->endpoint) != 0) {
		err = from_errno(zmq_errno());
		sock_close(client);
		sock_close(watch);
		return err;
	}
	*out = client;
	*monitor = watch;
	return WH_OK;
}

/* An event is its number and a value in six bytes, then the address. */
enum wh_err
sock_handshake(struct sock *monitor, bool *accepted)
{
	struct sock_parts event;
	enum wh_err err = sock_parts_recv(monitor, &event);
	uint16_t number;

	if (err != WH_OK)
		return err;
	memcpy(&number, event.bytes[0], sizeof(number));
	*accepted = number == ZMQ_EVENT_HANDSHAKE_SUCCEEDED;
	return WH_OK;
}
