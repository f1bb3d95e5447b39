/* SPDX-License-Identifier: EUPL-1.2 */
#include <argp.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "adapters/runner.h"
#include "proto/base/log.h"
#include "proto/base/proc.h"

/* One program per kind of partner: the build names its operations. */
extern const struct adapter_ops WH_ADAPTER;

const char *argp_program_version = "wijkhub-adapter " WH_VERSION;

struct arguments {
	const char *config;
	bool check_only;
};

static const struct argp_option options[] = {
    {"config", 'c', "FILE", 0, "Configuration (YAML)", 0},
    {"check", 'n', NULL, 0, "Check the configuration and exit", 0},
    {0},
};

static error_t
parse(int key, char *value, struct argp_state *state)
{
	struct arguments *arguments = state->input;

	switch (key) {
	case 'c':
		arguments->config = value;
		return 0;
	case 'n':
		arguments->check_only = true;
		return 0;
	case ARGP_KEY_END:
		if (arguments->config == NULL)
			argp_error(state, "--config FILE is required");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* What the signal handler of the loop needs. */
struct program {
	struct event_base *base;
	struct runner *runner;
	int signals; /* fd */
};

static void
on_signal(evutil_socket_t fd, short what, void *arg)
{
	struct program *program = arg;
	int number;

	(void)what;
	while ((number = proc_signal_next(fd)) != 0) {
		if (number == SIGHUP)
			runner_reload(program->runner);
		else
			event_base_loopbreak(program->base);
	}
}

static enum wh_err
run(const struct config *config, struct why *why)
{
	struct program program = {.signals = -1};
	struct event *signals = NULL;
	enum wh_err err;

	err = proc_signals_open(&program.signals);
	program.base = event_base_new();
	if (err == WH_OK && program.base == NULL)
		err = WH_IO;
	if (err == WH_OK)
		err = runner_open(program.base, config, &WH_ADAPTER,
		    &program.runner, why);
	if (err == WH_OK) {
		signals = event_new(program.base, program.signals,
		    EV_READ | EV_PERSIST, on_signal, &program);
		event_add(signals, NULL);
		log_info("STARTED", "member=%s port=%u", config->member,
		    http_port(runner_http(program.runner)));
		proc_notify("READY=1");
		event_base_dispatch(program.base);
		log_info("STOPPED", "member=%s", config->member);
	}
	if (signals != NULL)
		event_free(signals);
	runner_close(program.runner);
	if (program.base != NULL)
		event_base_free(program.base);
	if (program.signals >= 0)
		close(program.signals);
	return err;
}

int
main(int argc, char **argv)
{
	static const struct argp argp = {options, parse, NULL,
	    "Translates one partner's system to and from the hub.", NULL, NULL,
	    NULL};
	struct arguments arguments = {0};
	struct config *config = NULL;
	struct why why = {""};
	enum wh_err err;

	proc_no_dump();
	argp_parse(&argp, argc, argv, 0, NULL, &arguments);
	log_open("wijkhub-adapter");
	err = config_load(arguments.config, WH_ADAPTER.settings, &config, &why);
	if (err == WH_OK && !arguments.check_only)
		err = run(config, &why);
	config_free(config);
	if (err == WH_OK)
		return EXIT_SUCCESS;
	log_err("NOT-STARTED", "%s",
	    why.text[0] == '\0' ? wh_err_str(err) : why.text);
	return EXIT_FAILURE;
}
