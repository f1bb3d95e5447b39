/* SPDX-License-Identifier: EUPL-1.2 */
#include "broker/control.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "proto/base/mem.h"

#define CLIENTS      (CONTROL_ITEMS - 1)
#define QUESTION_MAX 128
#define ANSWER_MAX   65536
/* A client that does not finish its line is not waited for longer. */
#define PATIENCE_MS 2000

struct client {
	int fd; /* -1: free */
	char question[QUESTION_MAX];
	size_t len;
	int64_t since_ms;
};

struct control {
	int fd;
	char *path; /* owned */
	control_fn *answer;
	void *arg;
	struct client clients[CLIENTS];
	char out[ANSWER_MAX];
};

enum wh_err
control_open(const char *path, control_fn *answer, void *arg,
    struct control **out, struct why *why)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	struct control *control;
	mode_t mask;
	int i, rc;

	if (str_copy(address.sun_path, sizeof(address.sun_path), path) != WH_OK)
		return why_set(why, WH_TOO_BIG,
		    "control: %s is longer than a socket's path may be; set "
		    "'control' to a shorter one",
		    path);
	control = mem_new(sizeof(*control));
	control->path = mem_strdup(path);
	control->answer = answer;
	control->arg = arg;
	for (i = 0; i < CLIENTS; i++)
		control->clients[i].fd = -1;
	control->fd =
	    socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	unlink(path); /* of a run that was killed: the folder's lock is ours */
	mask = umask(0177);
	rc = control->fd < 0 ? -1
			     : bind(control->fd, (struct sockaddr *)&address,
				   sizeof(address));
	umask(mask);
	if (rc != 0 || listen(control->fd, CLIENTS) != 0) {
		why_set(why, WH_IO, "control: %s: %s", path, strerror(errno));
		control_close(control);
		return WH_IO;
	}
	*out = control;
	return WH_OK;
}

void
control_close(struct control *control)
{
	int i;

	if (control == NULL)
		return;
	for (i = 0; i < CLIENTS; i++)
		if (control->clients[i].fd >= 0)
			close(control->clients[i].fd);
	if (control->fd >= 0)
		close(control->fd);
	unlink(control->path);
	mem_free(control->path);
	mem_free(control);
}

size_t
control_poll(const struct control *control, struct sock_poll *items)
{
	size_t n = 0;
	int i;

	items[n++] = (struct sock_poll){.fd = control->fd};
	for (i = 0; i < CLIENTS; i++)
		if (control->clients[i].fd >= 0)
			items[n++] =
			    (struct sock_poll){.fd = control->clients[i].fd};
	return n;
}

static void
client_end(struct client *client)
{
	close(client->fd);
	client->fd = -1;
}

static void
accept_clients(struct control *control, int64_t mono_ms)
{
	int i, fd;

	for (i = 0; i < CLIENTS; i++) {
		if (control->clients[i].fd >= 0)
			continue;
		fd = accept4(control->fd, NULL, NULL,
		    SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd < 0)
			return;
		control->clients[i] =
		    (struct client){.fd = fd, .since_ms = mono_ms};
	}
}

/* The whole answer fits the socket's buffer, or the rest is lost to them. */
static void
answer(struct control *control, struct client *client)
{
	int size = ANSWER_MAX;
	size_t len;

	setsockopt(client->fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	len = control->answer(control->arg, client->question, control->out,
	    ANSWER_MAX);
	(void)send(client->fd, control->out, len, MSG_NOSIGNAL);
	client_end(client);
}

static void
serve_client(struct control *control, struct client *client, int64_t mono_ms)
{
	char *end;
	ssize_t n;

	n = recv(client->fd, client->question + client->len,
	    QUESTION_MAX - 1 - client->len, 0);
	if (n > 0)
		client->len += (size_t)n;
	client->question[client->len] = '\0';
	end = strchr(client->question, '\n');
	if (end != NULL) {
		*end = '\0';
		answer(control, client);
	} else if (n == 0 || (n < 0 && errno != EAGAIN) ||
		   client->len == QUESTION_MAX - 1 ||
		   mono_ms - client->since_ms > PATIENCE_MS) {
		client_end(client);
	}
}

void
control_serve(struct control *control, int64_t mono_ms)
{
	int i;

	accept_clients(control, mono_ms);
	for (i = 0; i < CLIENTS; i++)
		if (control->clients[i].fd >= 0)
			serve_client(control, &control->clients[i], mono_ms);
}
