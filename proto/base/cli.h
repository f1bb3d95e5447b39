/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_PROTO_BASE_CLI_H
#define WH_PROTO_BASE_CLI_H

#include <stdbool.h>

/* The command line that every daemon has: --config FILE, and -n to check it. */
struct cli {
	const char *config; /* borrowed from argv */
	bool check_only;
};

/*
 * doc is one sentence for --help. A mistake, --help and --version end the
 * program as argp(3) does. The program defines argp_program_version.
 */
void cli_parse(int argc, char **argv, const char *doc, struct cli *out);

#endif
