/* SPDX-License-Identifier: EUPL-1.2 */
#include "broker/session.h"

#include "proto/base/mem.h"

void
sessions_fini(struct sessions *sessions)
{
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

	if (route.len > SOCK_ROUTE_MAX)
		return NULL;
	if (session == NULL) {
		sessions->list = mem_grow(sessions->list,
		    (sessions->count + 1) * sizeof(*sessions->list));
		session = &sessions->list[sessions->count++];
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

	if (session != NULL)
		*session = sessions->list[--sessions->count];
}
