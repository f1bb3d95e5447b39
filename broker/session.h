/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_BROKER_SESSION_H
#define WH_BROKER_SESSION_H

#include "proto/base/sock.h"
#include "proto/limits.h"

/*
 * Who is connected: one session per member, made by its hello. A newer hello
 * of the same member takes its place. Nothing here is durable.
 */
struct session {
	char member[NAME_MAX_LEN + 1];
	uint8_t route[SOCK_ROUTE_MAX];
	size_t route_len;
	uint32_t minor;  /* agreed protocol version */
	uint32_t credit; /* deliveries that it can still take */
	bool waiting;    /* there are rows for it */
	int64_t since_ms;
	int64_t seen_ms;
};

struct sessions {
	struct session *list; /* owned */
	size_t count;
};

void sessions_fini(struct sessions *sessions);

/* Borrowed until the next hello or drop; NULL when not connected. */
struct session *session_find(struct sessions *sessions, const char *member);

/* The session of member on exactly this connection, else NULL. */
struct session *session_on(struct sessions *sessions, const char *member,
    struct span route);

struct session *session_hello(struct sessions *sessions, const char *member,
    struct span route, int64_t now_ms);
void session_drop(struct sessions *sessions, const char *member);

#endif
