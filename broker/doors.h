/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_BROKER_DOORS_H
#define WH_BROKER_DOORS_H

#include "consent/keyring.h"
#include "proto/base/sock.h"

/*
 * Where members come in. A CURVE server socket has one key, so while the hub's
 * transport key rotates there are two: the first door has the oldest key that
 * is valid, the last one the newest. A route names its door too, so that no
 * answer goes through another.
 */
#define DOORS_MAX      2
#define DOOR_ROUTE_MAX (SOCK_ROUTE_MAX + 1)

struct door {
	struct sock *sock;         /* owned; NULL: closed */
	uint8_t number;            /* never that of the door before it */
	uint8_t key[SOCK_KEY_LEN]; /* public */
	char endpoint[256];        /* with its real port, once it was bound */
};

struct doors {
	struct sock_ctx *ctx; /* borrowed, as the handler */
	struct sock *zap;
	size_t count;
	size_t turn; /* which is heard first */
	uint8_t last_number;
	struct door door[DOORS_MAX];
};

/* A second endpoint may be NULL. Nothing is bound yet. */
void doors_init(struct doors *doors, struct sock_ctx *ctx, struct sock *zap,
    const char *endpoint, const char *second);

/*
 * Bind what the register and our keys ask for now: a door whose key changed is
 * closed and opened with another, after the proof that it refuses strangers. A
 * port that is not free yet is tried again by the next call: WH_EXISTS.
 * WH_CRYPTO: none of our keys is valid, or a stranger gets in. True in *closed
 * when sessions may have lost their door.
 */
enum wh_err doors_update(struct doors *doors, const struct wh_register *reg,
    const struct key_secrets *keys, int64_t now_ms, bool *closed,
    struct why *why);
void doors_close(struct doors *doors);

/* Fill items, at most DOORS_MAX; returns how many. */
size_t doors_poll(const struct doors *doors, struct sock_poll *items);

/* As sock_recv() and sock_send(), with the door in the route. */
struct door_route {
	uint8_t bytes[DOOR_ROUTE_MAX];
	size_t len;
};
enum wh_err doors_recv(struct doors *doors, struct sock_msg **out,
    struct door_route *route);
enum wh_err doors_send(const struct doors *doors, struct span route,
    struct span body);

/* Is the door of this route still open? */
bool doors_has(const struct doors *doors, struct span route);

#endif
