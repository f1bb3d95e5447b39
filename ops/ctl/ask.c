/* SPDX-License-Identifier: EUPL-1.2 */
#include "ops/ctl/ask.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "proto/base/mem.h"

/* Long enough for a broker that writes a large store anew. */
#define PATIENCE_S 120

static ssize_t
converse(int fd, const char *question, char *out, size_t size)
{
	size_t len = 0;
	ssize_t n = 0;

	if (send(fd, question, strlen(question), MSG_NOSIGNAL) < 0)
		return -1;
	while (
	    len < size - 1 && (n = recv(fd, out + len, size - 1 - len, 0)) > 0)
		len += (size_t)n;
	out[len] = '\0';
	return n < 0 ? -1 : (ssize_t)len;
}

int
ask_broker(const struct ctl *ctl, const char *path, const char *question,
    char out[ASK_ANSWER_MAX])
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	const struct timeval patience = {.tv_sec = PATIENCE_S};
	int fd, status = CTL_OK;

	if (str_copy(address.sun_path, sizeof(address.sun_path), path) != WH_OK)
		return ctl_fail(ctl, CTL_USAGE, "%s: too long for a socket",
		    path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd >= 0)
		(void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience,
		    sizeof(patience));
	if (fd < 0 ||
	    connect(fd, (struct sockaddr *)&address, sizeof(address)) != 0 ||
	    converse(fd, question, out, ASK_ANSWER_MAX) <= 0)
		status = ctl_fail(ctl, CTL_UNREACHABLE,
		    "%s: no broker answers: %s", path, strerror(errno));
	if (fd >= 0)
		close(fd);
	return status;
}

/* "key value" lines as an object. */
static json_t *
lines_json(char *text)
{
	json_t *out = json_object();
	char *line, *space;

	while ((line = strsep(&text, "\n")) != NULL) {
		space = strchr(line, ' ');
		if (space == NULL)
			continue;
		*space = '\0';
		json_object_set_new(out, line, json_string(space + 1));
	}
	return out;
}

int
ask_and_print(const struct ctl *ctl, const char *path, const char *question)
{
	char *answer = mem_new(ASK_ANSWER_MAX);
	int status;

	status = ask_broker(ctl, path, question, answer);
	if (status == CTL_OK && strncmp(answer, "error ", 6) == 0) {
		answer[strcspn(answer, "\n")] = '\0';
		status = ctl_fail(ctl, CTL_NO, "%s", answer + 6);
	} else if (status == CTL_OK && ctl->json) {
		status = ctl_json(lines_json(answer), CTL_OK);
	} else if (status == CTL_OK) {
		fputs(answer, stdout);
	}
	mem_free(answer);
	return status;
}
