/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_PROTO_BASE_SOCK_IMPL_H
#define WH_PROTO_BASE_SOCK_IMPL_H

#include <sys/queue.h>

#include "proto/base/sock.h"

/*
 * What sock.c (the library) and sock_zap.c (who may connect) share. For
 * nobody else, except a test that plants a server with a hole.
 */
#define SOCK_ZAP_DOMAIN      "wijkhub"
#define SOCK_MESSAGE_MAX_MIN 1024 /* handshake commands must fit as well */

enum sock_kind {
	SOCK_SERVER,
	SOCK_CLIENT,
	SOCK_ZAP,
	SOCK_MONITOR
};

struct sock {
	LIST_ENTRY(sock) entry;
	struct sock_ctx *ctx; /* borrowed */
	void *zmq;            /* owned */
	enum sock_kind kind;
	size_t message_max; /* bytes */
	uint64_t dropped;
	sock_zap_fn *allow;   /* SOCK_ZAP, as the next ones */
	void *arg;            /* borrowed */
	const uint8_t *watch; /* borrowed; the key of a running self-test */
	bool watch_asked;
};

struct sock_ctx {
	void *zmq;        /* owned */
	struct sock *zap; /* borrowed from socks, NULL when closed */
	LIST_HEAD(, sock) socks;
};

/* A message of several short parts, as ZAP uses. A longer one counts as
 * empty, a part too many is not kept. */
#define SOCK_PARTS    7
#define SOCK_PART_MAX 256

struct sock_parts {
	uint8_t bytes[SOCK_PARTS][SOCK_PART_MAX];
	size_t lens[SOCK_PARTS];
	size_t count; /* parts received, kept or not */
};

/* WH_AGAIN when none waits. Neither blocks. */
enum wh_err sock_parts_recv(struct sock *sock, struct sock_parts *out);
enum wh_err sock_parts_send(struct sock *sock, const struct span *parts,
    size_t n);

/* The handler's socket; it hears requests only while it listens. */
enum wh_err sock_zap_new(struct sock_ctx *ctx, struct sock **out);
enum wh_err sock_zap_listen(struct sock *zap, bool on);

/* A client whose handshakes can be watched on *monitor. Close both. */
enum wh_err sock_watched_open(struct sock_ctx *ctx,
    const struct sock_options *options, struct sock **out,
    struct sock **monitor);

/* The next handshake that ended: accepted or not. WH_AGAIN when none did. */
enum wh_err sock_handshake(struct sock *monitor, bool *accepted);

#endif
