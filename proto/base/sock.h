/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_PROTO_BASE_SOCK_H
#define WH_PROTO_BASE_SOCK_H

#include <poll.h>

#include "proto/base/err.h"
#include "proto/base/span.h"

/*
 * ZeroMQ with CURVE (RFC 26 of rfc.zeromq.org), behind its only door. One
 * context per process. CURVE is fail-open unless the ZAP domain is enforced
 * (option ZMQ_ZAP_ENFORCE_DOMAIN, 93): sock_server_open() sets both and
 * sock_self_test() proves it.
 */
struct sock_ctx;
struct sock;
struct sock_msg;

#define SOCK_KEY_LEN   32
#define SOCK_ROUTE_MAX 64
#define SOCK_USER_MAX  64

struct sock_keys {
	uint8_t secret[SOCK_KEY_LEN];
	uint8_t public_key[SOCK_KEY_LEN];
};

enum wh_err sock_ctx_new(struct sock_ctx **out);
void sock_ctx_free(struct sock_ctx *ctx); /* closes what is still open */

/* A fresh CURVE pair (zmq_curve_keypair). */
enum wh_err sock_keys_new(struct sock_keys *out);

/*
 * The ZAP handler (RFC 27): asked once per connection. allow() gets the
 * client's public key and, to let it in, writes the User-Id (a member id, at
 * most SOCK_USER_MAX - 1 characters) and returns true. Must be open before any
 * server socket is.
 */
typedef bool sock_zap_fn(void *arg, const uint8_t key[SOCK_KEY_LEN],
    char user_id[SOCK_USER_MAX]);
enum wh_err sock_zap_open(struct sock_ctx *ctx, sock_zap_fn *allow, void *arg,
    struct sock **out);

/* Answer the handshakes that wait; never blocks. Call when it polls readable.
 */
enum wh_err sock_zap_serve(struct sock *zap);

struct sock_options {
	const char *endpoint; /* "tcp://127.0.0.1:*" binds a free port */
	const struct sock_keys *keys; /* own pair; copied */
	const uint8_t *server_key;    /* clients: the broker's public key */
	size_t message_max; /* bytes, from 1024; a larger one that comes in
			       drops the connection */
};

/*
 * ROUTER with CURVE as server, every option of the security floor set.
 * WH_INVALID while no ZAP handler is open, WH_EXISTS when the port is taken.
 */
enum wh_err sock_server_open(struct sock_ctx *ctx,
    const struct sock_options *options, struct sock **out, struct why *why);

/*
 * DEALER with CURVE as client, ZMQ_IMMEDIATE; reconnects by itself after
 * 100 ms, then slower, to once in 5 s. But the library (4.3.4) gives up for
 * good when the ZAP handler refuses: say hello, wait for the answer with a
 * timeout, and then close and open again.
 */
enum wh_err sock_client_open(struct sock_ctx *ctx,
    const struct sock_options *options, struct sock **out, struct why *why);

void sock_close(struct sock *sock); /* NULL is allowed */

/* The endpoint really bound, with its port. size at least 64. */
enum wh_err sock_endpoint(struct sock *sock, char *out, size_t size);

/*
 * One message, or WH_AGAIN. Never blocks. *out is owned by the caller
 * (sock_msg_free). A message of more than one body part, an oversized one, or
 * on a server one without User-Id is dropped inside and counted; the next one
 * is tried. A server gives WH_AGAIN after 256 drops in one call, although more
 * may wait.
 */
enum wh_err sock_recv(struct sock *sock, struct sock_msg **out);
void sock_msg_free(struct sock_msg *msg);               /* NULL is allowed */
struct span sock_msg_body(const struct sock_msg *msg);  /* borrowed */
struct span sock_msg_route(const struct sock_msg *msg); /* servers; borrowed */
const char *sock_msg_user(const struct sock_msg *msg);  /* servers; "" else */
uint64_t sock_dropped(const struct sock *sock);

/*
 * Send body, on a server to one route. Never blocks: WH_AGAIN when the pipe
 * is full or not there yet, WH_NOT_FOUND when the route is gone, WH_TOO_BIG
 * above message_max.
 */
enum wh_err sock_send(struct sock *sock, struct span route, struct span body);

/*
 * For an outer event loop, clients only: edge-triggered. It becomes readable
 * once when something may have changed, so call sock_recv() until WH_AGAIN each
 * time, and again after each sock_send(), which swallows the edge. Owned by
 * the socket. Servers use sock_poll(), which is level-triggered.
 */
int sock_fd(const struct sock *sock);

/* One of sock and fd is set; ready is the answer. */
struct sock_poll {
	struct sock *sock; /* borrowed, or NULL */
	int fd;
	bool ready;
};

/* Wait until one of at most 32 is readable, or timeout_ms passed (-1: for
 * ever) or a signal came: WH_AGAIN. */
enum wh_err sock_poll(struct sock_poll *items, size_t n, int timeout_ms);

/*
 * Prove at start that server refuses a key that the ZAP handler does not know,
 * and any key while the handler is away: knocks twice with a fresh key over the
 * real endpoint, serving zap meanwhile. It must be the server's own handler;
 * members that knock during the second try are refused and come back. WH_CRYPTO
 * when a handshake succeeds or the handler was not asked, WH_IO when there is
 * no verdict in time: the program must not start on either. Blocks, normally
 * for milliseconds.
 */
enum wh_err sock_self_test(struct sock_ctx *ctx, struct sock *server,
    struct sock *zap, const uint8_t server_key[SOCK_KEY_LEN]);

#endif
