/* SPDX-License-Identifier: EUPL-1.2 */
#include <argp.h>
#include <stdio.h>
#include <stdlib.h>

#include "broker/config.h"
#include "broker/loop.h"
#include "proto/base/cli.h"
#include "proto/base/file.h"
#include "proto/base/log.h"
#include "proto/base/proc.h"

const char *argp_program_version = "wijkhub-broker " WH_VERSION;

static int
fail(const char *id, const struct why *why)
{
	log_err(id, "%s", why->text);
	return EXIT_FAILURE;
}

static int
run(const struct broker_config *config)
{
	struct loop_options loop_options = broker_config_loop(config);
	struct loop *loop = NULL;
	struct why why = {""};
	enum wh_err err;

	err = file_mkdir(loop_options.dir, &why);
	if (err == WH_OK)
		err = proc_lock(loop_options.dir, &why);
	if (err == WH_OK)
		err = loop_open(&loop_options, &loop, &why);
	if (err != WH_OK)
		return fail("NOT-STARTED", &why);
	log_info("STARTED", "endpoint=%s", loop_endpoint(loop));
	proc_notify("READY=1");
	err = loop_run(loop);
	loop_close(loop);
	return err == WH_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}

int
main(int argc, char **argv)
{
	struct cli cli;
	struct broker_config *config = NULL;
	struct why why = {""};
	int status;

	log_open("wijkhub-broker");
	cli_parse(argc, argv,
	    "The hub: carries sealed envelopes between the members of an "
	    "alliance.",
	    &cli);
	if (broker_config_load(cli.config, &config, &why) != WH_OK)
		return fail("CONFIG", &why);
	status = cli.check_only ? EXIT_SUCCESS : run(config);
	broker_config_free(config);
	return status;
}
