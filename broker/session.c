/* SPDX-License-Identifier: EUPL-1.2 */
#include "broker/session.h"

#include "proto/base/mem.h"

/* One frame that waits for room in the pipe. */
struct outgoing {
	struct outgoing *next;
	size_t len;
	uint8_t bytes[];
};

static void
forget_first(struct session *session)
{
	struct outgoing *first = session->first;

	session->first = first->next;
	if (session->first == NULL)
		session->last = NULL;
	session->backlog -= first->len;
	mem_free(first);
}

static void
session_fini(struct session *session)
{
	while (session->first != NULL)
		forget_first(session);
}

void
sessions_fini(struct sessions *sessions)
{
	size_t i;

	for (i = 0; i < sessions->count; i++)
		session_fini(&sessions->list[i]);
	mem_free(sessions->list);
	*sessions = (struct sessions){0};
}

struct session *
session_find(struct sessions *sessions, const char *member)
{
	size_t i;

	for (i = 0; i < sessions->count; i++)
		if (strcmp(sessions->list[i].member, member) == 0)
			return &sessions->list[i];
	return NULL;
}

struct session *
session_on(struct sessions *sessions, const char *member, struct span route)
{
	struct session *session = session_find(sessions, member);

	return session != NULL &&
		       span_equal(span_of(session->route, session->route_len),
			   route)
		   ? session
		   : NULL;
}

struct session *
session_hello(struct sessions *sessions, const char *member, struct span route,
    int64_t now_ms)
{
	struct session *session = session_find(sessions, member);

	if (route.len > DOOR_ROUTE_MAX)
		return NULL;
	if (session == NULL) {
		sessions->list = mem_grow(sessions->list,
		    (sessions->count + 1) * sizeof(*sessions->list));
		session = &sessions->list[sessions->count++];
	} else {
		session_fini(session);
	}
	*session = (struct session){.route_len = route.len,
	    .since_ms = now_ms,
	    .seen_ms = now_ms};
	str_copy(session->member, sizeof(session->member), member);
	memcpy(session->route, route.p, route.len);
	return session;
}

void
session_drop(struct sessions *sessions, const char *member)
{
	struct session *session = session_find(sessions, member);

	if (session == NULL)
		return;
	session_fini(session);
	*session = sessions->list[--sessions->count];
}

static enum wh_err
keep(struct session *session, struct span frame)
{
	struct outgoing *kept;

	if (frame.len > SESSION_BACKLOG_MAX - session->backlog)
		return WH_FULL;
	kept = mem_new(sizeof(*kept) + frame.len);
	kept->len = frame.len;
	memcpy(kept->bytes, frame.p, frame.len);
	if (session->last == NULL)
		session->first = kept;
	else
		session->last->next = kept;
	session->last = kept;
	session->backlog += frame.len;
	return WH_OK;
}

static enum wh_err
send_now(const struct session *session, const struct doors *doors,
    struct span frame)
{
	return doors_send(doors, span_of(session->route, session->route_len),
	    frame);
}

enum wh_err
session_send(struct session *session, const struct doors *doors,
    struct span frame)
{
	enum wh_err err = WH_AGAIN;

	if (session->first == NULL)
		err = send_now(session, doors, frame);
	return err == WH_AGAIN ? keep(session, frame) : err;
}

enum wh_err
session_flush(struct session *session, const struct doors *doors)
{
	enum wh_err err = WH_OK;

	while (session->first != NULL && err == WH_OK) {
		err = send_now(session, doors,
		    span_of(session->first->bytes, session->first->len));
		if (err == WH_OK)
			forget_first(session);
	}
	return err == WH_AGAIN ? WH_OK : err;
}
