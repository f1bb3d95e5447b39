/* SPDX-License-Identifier: EUPL-1.2 */
#include <stdio.h>

#include "ops/ctl/ask.h"
#include "proto/base/file.h"
#include "proto/base/mem.h"

/* Erasing in a running broker, found by its folder. */

struct options {
	const char *dir;
	const char *socket;
	const char *case_ref;
};

static error_t
parse(int key, char *arg, struct argp_state *state)
{
	struct options *options = state->input;

	switch (key) {
	case 'c':
		options->case_ref = arg;
		return 0;
	case 's':
		options->socket = arg;
		return 0;
	case ARGP_KEY_ARG:
		if (options->dir != NULL)
			argp_error(state, "one argument too many: %s", arg);
		options->dir = arg;
		return 0;
	case ARGP_KEY_END:
		if (options->dir == NULL)
			argp_error(state, "which broker's folder?");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_option erase_options[] = {
    {"case", 'c', "ID", 0, "the referral", 0},
    {"socket", 's', "PATH", 0, "control socket [DIR/control.sock]", 0},
    {0},
};
static const struct argp erase_argp = {.options = erase_options,
    .parser = parse,
    .args_doc = "DIR"};
static const struct argp compact_argp = {.options = erase_options + 1,
    .parser = parse,
    .args_doc = "DIR"};

static int
tell(const struct ctl *ctl, const struct options *options, const char *what)
{
	char *path = options->socket != NULL
			 ? mem_strdup(options->socket)
			 : file_path(options->dir, "control.sock");
	int status = ask_and_print(ctl, path, what);

	mem_free(path);
	return status;
}

int
cmd_audit_erase(struct ctl *ctl, int argc, char **argv)
{
	struct options options = {0};
	char question[64];

	ctl_parse(ctl, &erase_argp, argc, argv, &options);
	if (options.case_ref == NULL)
		return ctl_fail(ctl, CTL_USAGE, "which referral? give --case");
	snprintf(question, sizeof(question), "erase %.40s\n", options.case_ref);
	return tell(ctl, &options, question);
}

int
cmd_compact(struct ctl *ctl, int argc, char **argv)
{
	struct options options = {0};

	ctl_parse(ctl, &compact_argp, argc, argv, &options);
	return tell(ctl, &options, "compact\n");
}
