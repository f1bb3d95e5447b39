/* SPDX-License-Identifier: EUPL-1.2 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "ops/ctl/ctl.h"
#include "proto/base/mem.h"

/* Questions to a running broker over its control socket. */

#define ANSWER_MAX 65536
#define PATIENCE_S 5

struct options {
	const char *socket;
	const char *word;
};

static error_t
parse(int key, char *arg, struct argp_state *state)
{
	struct options *options = state->input;

	switch (key) {
	case ARGP_KEY_ARG:
		if (options->socket == NULL)
			options->socket = arg;
		else if (options->word == NULL)
			options->word = arg;
		else
			argp_error(state, "one argument too many: %s", arg);
		return 0;
	case ARGP_KEY_END:
		if (options->socket == NULL)
			argp_error(state, "which control socket?");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp ask_argp = {.parser = parse, .args_doc = "SOCKET"};
static const struct argp level_argp = {.parser = parse,
    .args_doc = "SOCKET err|warn|info|debug"};

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

/* The answer in out; CTL_UNREACHABLE when nobody gives one. */
static int
ask(const struct ctl *ctl, const char *path, const char *question, char *out,
    size_t size)
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
	    converse(fd, question, out, size) <= 0)
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

static int
ask_and_print(struct ctl *ctl, const struct options *options,
    const char *question)
{
	char *answer = mem_new(ANSWER_MAX);
	int status;

	status = ask(ctl, options->socket, question, answer, ANSWER_MAX);
	if (status == CTL_OK && strncmp(answer, "error ", 6) == 0) {
		answer[strcspn(answer, "\n")] = '\0';
		status = ctl_fail(ctl, CTL_USAGE, "%s", answer + 6);
	} else if (status == CTL_OK && ctl->json) {
		status = ctl_json(lines_json(answer), CTL_OK);
	} else if (status == CTL_OK) {
		fputs(answer, stdout);
	}
	mem_free(answer);
	return status;
}

int
cmd_status(struct ctl *ctl, int argc, char **argv)
{
	struct options options = {0};

	ctl_parse(ctl, &ask_argp, argc, argv, &options);
	return ask_and_print(ctl, &options, "status\n");
}

int
cmd_members(struct ctl *ctl, int argc, char **argv)
{
	struct options options = {0};

	ctl_parse(ctl, &ask_argp, argc, argv, &options);
	return ask_and_print(ctl, &options, "members\n");
}

int
cmd_metrics(struct ctl *ctl, int argc, char **argv)
{
	struct options options = {0};

	ctl_parse(ctl, &ask_argp, argc, argv, &options);
	ctl->json = false; /* they have a form of their own */
	return ask_and_print(ctl, &options, "metrics\n");
}

/* Up, and taking new messages? */
int
cmd_health(struct ctl *ctl, int argc, char **argv)
{
	struct options options = {0};
	char *answer = mem_new(ANSWER_MAX);
	bool open;
	int status;

	ctl_parse(ctl, &ask_argp, argc, argv, &options);
	status = ask(ctl, options.socket, "health\n", answer, ANSWER_MAX);
	open = strstr(answer, "intake open\n") != NULL;
	mem_free(answer);
	if (status != CTL_OK)
		return status;
	if (!open)
		return ctl_fail(ctl, CTL_NO,
		    "the broker runs, but takes no new messages: see status");
	if (ctl->json)
		return ctl_json(json_pack("{s:b}", "ok", 1), CTL_OK);
	puts("ok");
	return CTL_OK;
}

int
cmd_log_level(struct ctl *ctl, int argc, char **argv)
{
	struct options options = {0};
	char question[64];

	ctl_parse(ctl, &level_argp, argc, argv, &options);
	if (options.word == NULL)
		return ctl_fail(ctl, CTL_USAGE, "which level?");
	snprintf(question, sizeof(question), "log-level %.40s\n", options.word);
	return ask_and_print(ctl, &options, question);
}
