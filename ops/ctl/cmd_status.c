/* SPDX-License-Identifier: EUPL-1.2 */
#include <stdio.h>
#include <string.h>

#include "ops/ctl/ask.h"
#include "proto/base/mem.h"

/* Questions to a running broker over its control socket. */

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

int
cmd_status(struct ctl *ctl, int argc, char **argv)
{
	struct options options = {0};

	ctl_parse(ctl, &ask_argp, argc, argv, &options);
	return ask_and_print(ctl, options.socket, "status\n");
}

int
cmd_members(struct ctl *ctl, int argc, char **argv)
{
	struct options options = {0};

	ctl_parse(ctl, &ask_argp, argc, argv, &options);
	return ask_and_print(ctl, options.socket, "members\n");
}

int
cmd_metrics(struct ctl *ctl, int argc, char **argv)
{
	struct options options = {0};

	ctl_parse(ctl, &ask_argp, argc, argv, &options);
	ctl->json = false; /* they have a form of their own */
	return ask_and_print(ctl, options.socket, "metrics\n");
}

/* Up, and taking new messages? */
int
cmd_health(struct ctl *ctl, int argc, char **argv)
{
	struct options options = {0};
	char *answer = mem_new(ASK_ANSWER_MAX);
	bool open;
	int status;

	ctl_parse(ctl, &ask_argp, argc, argv, &options);
	status = ask_broker(ctl, options.socket, "health\n", answer);
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
	return ask_and_print(ctl, options.socket, question);
}
