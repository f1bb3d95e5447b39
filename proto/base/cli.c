/* SPDX-License-Identifier: EUPL-1.2 */
#include "proto/base/cli.h"

#include <argp.h>

static const struct argp_option options[] = {
    {"config", 'c', "FILE", 0, "Configuration (YAML)", 0},
    {"check", 'n', NULL, 0, "Check the configuration and exit", 0},
    {0},
};

static error_t /* NOLINTNEXTLINE(readability-non-const-parameter) */
parse(int key, char *value, struct argp_state *state)
{
	struct cli *cli = state->input;

	switch (key) {
	case 'c':
		cli->config = value;
		return 0;
	case 'n':
		cli->check_only = true;
		return 0;
	case ARGP_KEY_END:
		if (cli->config == NULL)
			argp_error(state, "--config FILE is required");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

void
cli_parse(int argc, char **argv, const char *doc, struct cli *out)
{
	const struct argp argp = {.options = options,
	    .parser = parse,
	    .doc = doc};

	*out = (struct cli){0};
	argp_parse(&argp, argc, argv, 0, NULL, out);
}
