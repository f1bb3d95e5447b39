/* SPDX-License-Identifier: EUPL-1.2 */
#include <argp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "adapters/runner.h"
#include "proto/base/cli.h"
#include "proto/base/file.h"
#include "proto/base/log.h"
#include "proto/base/proc.h"

/* The operations of this kind of partner: wh_adapter() in CMake names them. */
extern const struct adapter_ops WH_ADAPTER;

const char *argp_program_version = "wijkhub-adapter " WH_VERSION;

/* What the loop runs for, and the signals that end or refresh it. */
struct process {
	struct event_base *base;
	struct runner *runner;
	int signal_fd;
};

static void
on_signal(evutil_socket_t fd, short what, void *arg)
{
	struct process *process = arg;
	int number;

	(void)what;
	while ((number = proc_signal_next(fd)) != 0) {
		if (number != SIGHUP) {
			log_info("STOPPING", "signal=%d", number);
			(void)event_base_loopbreak(process->base);
			return;
		}
		proc_notify("RELOADING=1");
		runner_reload(process->runner);
		proc_notify("READY=1");
	}
}

static void
on_watchdog(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	proc_notify("WATCHDOG=1");
}

static void
loop(struct process *process)
{
	int64_t watchdog_ms = proc_watchdog_ms();
	struct timeval beat = {.tv_sec = watchdog_ms / 1000,
	    .tv_usec = watchdog_ms % 1000 * 1000};
	struct event *signals = event_new(process->base, process->signal_fd,
	    EV_READ | EV_PERSIST, on_signal, process);
	struct event *watchdog =
	    event_new(process->base, -1, EV_PERSIST, on_watchdog, NULL);

	(void)event_add(signals, NULL);
	if (watchdog_ms > 0)
		(void)event_add(watchdog, &beat);
	proc_notify("READY=1");
	(void)event_base_dispatch(process->base);
	proc_notify("STOPPING=1");
	event_free(watchdog);
	event_free(signals);
}

static enum wh_err
run(const struct config *config, struct why *why)
{
	struct process process = {.signal_fd = -1};
	enum wh_err err;

	proc_no_dump();
	err = proc_signals_open(&process.signal_fd);
	if (err != WH_OK)
		return why_set(why, err, "signals cannot be watched");
	err = file_mkdir(config->dir, why);
	if (err == WH_OK)
		err = proc_lock(config->dir, why);
	if (err != WH_OK)
		return err;
	process.base = event_base_new();
	if (process.base == NULL)
		return why_set(why, WH_IO, "the event loop does not start");
	err = runner_open(process.base, config, &WH_ADAPTER, &process.runner,
	    why);
	if (err == WH_OK) {
		log_info("STARTED", "member=%s port=%u", config->member,
		    http_port(runner_http(process.runner)));
		loop(&process);
		err = runner_fault(process.runner);
	}
	runner_close(process.runner);
	event_base_free(process.base);
	return err;
}

int
main(int argc, char **argv)
{
	static char program[64];
	struct cli cli;
	struct config *config = NULL;
	struct why why = {""};
	enum wh_err err;

	snprintf(program, sizeof(program), "wijkhub-adapter-%s",
	    WH_ADAPTER.name);
	log_open(program);
	cli_parse(argc, argv,
	    "Connects one partner system to the hub of an alliance.", &cli);
	err = config_load(cli.config, WH_ADAPTER.settings, &config, &why);
	if (err != WH_OK) {
		log_err("CONFIG", "%s", why.text);
		return EXIT_FAILURE;
	}
	if (!cli.check_only)
		err = run(config, &why);
	/* A fault of the runner was told where it happened. */
	if (err != WH_OK && why.text[0] != '\0')
		log_err("NOT-STARTED", "%s", why.text);
	config_free(config);
	return err == WH_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}
