/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_BROKER_SESSION_H
#define WH_BROKER_SESSION_H

#include "broker/doors.h"
#include "proto/wire.h"

/*
 * Who is connected: one session per member, made by its hello. A newer hello
 * of the same member takes its place. Nothing here is durable.
 */
struct outgoing;

struct session {
	char member[NAME_MAX_LEN + 1];
	struct key_id key_id; /* of the transport key that it came with */
	uint8_t route[DOOR_ROUTE_MAX];
	size_t route_len;
	uint32_t minor;  /* agreed protocol version */
	uint32_t credit; /* deliveries that it can still take */
	bool waiting;    /* there are rows for it */
	int64_t since_ms;
	int64_t seen_ms;
	struct outgoing
	    *first; /* owned: frames that its pipe had no room for */
	struct outgoing *last;
	size_t backlog; /* bytes of them */
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

/* NULL when the route is longer than any. */
struct session *session_hello(struct sessions *sessions, const char *member,
    struct span route, int64_t now_ms);
void session_drop(struct sessions *sessions, const char *member);

/*
 * Send, or keep until the pipe has room. Any error means that the session is
 * of no use any more: the peer is gone, or reads nothing.
 */
#define SESSION_BACKLOG_MAX ((size_t)64 * 1024 * 1024)
enum wh_err session_send(struct session *session, const struct doors *doors,
    struct span frame);

/* Send what was kept, as far as there is room. */
enum wh_err session_flush(struct session *session, const struct doors *doors);

#endif
