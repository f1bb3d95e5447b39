/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_TESTS_ADAPTERS_HTTP_WORLD_H
#define WH_TESTS_ADAPTERS_HTTP_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "adapters/http.h"
#include "proto/base/clk.h"
#include "proto/base/mem.h"

#define DEADLINE_MS 20000
#define ANSWER_MAX  (1024 * 1024)

/* A server, and clients that say what they like, byte by byte. */
struct world {
	struct event_base *base;
	struct http *http;
	struct http_request *held; /* by the handler that waits */
	unsigned handled;
	unsigned gone;
	char *answer; /* of the last conversation */
	int64_t deadline_ms;
};

static inline void
turn(struct world *w)
{
	assert_true(clk_mono_ms() < w->deadline_ms);
	(void)event_base_loop(w->base, EVLOOP_ONCE | EVLOOP_NONBLOCK);
}

static inline int
dial(struct world *w)
{
	struct sockaddr_in at = {.sin_family = AF_INET,
	    .sin_port = htons((uint16_t)http_port(w->http)),
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	assert_int_equal(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
	return fd;
}

/* Bytes out; false when the server does not want to read them. */
static inline bool
say(struct world *w, int fd, const char *bytes, size_t len)
{
	size_t done = 0;
	ssize_t n;

	while (done < len) {
		n = send(fd, bytes + done, len - done, MSG_NOSIGNAL);
		if (n < 0 && errno != EAGAIN)
			return false;
		done += n > 0 ? (size_t)n : 0;
		turn(w);
	}
	return true;
}

/* All that comes until the server closes, as text in w->answer. */
static inline const char *
hear(struct world *w, int fd)
{
	size_t len = 0;
	ssize_t n;

	for (;;) {
		n = recv(fd, w->answer + len, ANSWER_MAX - len, 0);
		if (n == 0 || (n < 0 && errno != EAGAIN))
			break;
		len += n > 0 ? (size_t)n : 0;
		turn(w);
	}
	w->answer[len] = '\0';
	return w->answer;
}

/* What has come until text is among it. */
static inline void
hear_until(struct world *w, int fd, const char *text)
{
	size_t len = 0;
	ssize_t n;

	w->answer[0] = '\0';
	while (strstr(w->answer, text) == NULL) {
		n = recv(fd, w->answer + len, ANSWER_MAX - len, 0);
		assert_true(n != 0);
		len += n > 0 ? (size_t)n : 0;
		w->answer[len] = '\0';
		turn(w);
	}
}

static inline const char *
converse(struct world *w, const char *bytes)
{
	int fd = dial(w);

	(void)say(w, fd, bytes, strlen(bytes));
	(void)hear(w, fd);
	close(fd);
	return w->answer;
}

#define TOKEN           "Authorization: Bearer abcdefghijklmnop0123\r\n"
#define HOST            "Host: localhost\r\n"
#define CLOSE           "Connection: close\r\n"
#define GET(path, more) "GET " path " HTTP/1.1\r\n" HOST CLOSE TOKEN more "\r\n"

static inline void
assert_status(const char *answer, unsigned status)
{
	char start[32];

	snprintf(start, sizeof(start), "HTTP/1.1 %u ", status);
	if (strncmp(answer, start, strlen(start)) != 0)
		fail_msg("not %u: %.300s", status, answer);
}

static inline void
assert_has(const char *answer, const char *text)
{
	if (strstr(answer, text) == NULL)
		fail_msg("no \"%s\" in: %.900s", text, answer);
}

#endif
