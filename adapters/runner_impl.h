/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_ADAPTERS_RUNNER_IMPL_H
#define WH_ADAPTERS_RUNNER_IMPL_H

#include <sys/queue.h>
#include <time.h>

#include "adapters/api.h"
#include "adapters/fetch.h"
#include "adapters/gossip.h"
#include "adapters/runner.h"
#include "consent/keyring.h"

/* Shared by runner*.c and nobody else. */

#define RUNNER_WATCHERS_MAX 4

/* A request that waits for the hub. */
struct runner_wait {
	LIST_ENTRY(runner_wait) entry;
	struct runner *runner;
	struct desk_result result; /* owned */
	struct http_request *request;
	runner_finish_fn *finish;
	void *arg;
	struct event *timer;
};

/* A route of the partner's, with whom it belongs to. */
struct runner_route {
	struct runner *runner;
	const struct adapter_route *route;
};

struct runner_work; /* the job at hand, runner_jobs.c */

/* A file as it was when last looked at. */
struct runner_file {
	struct timespec at;
	ino_t inode; /* 0: not yet */
};

struct runner {
	struct event_base *base;       /* borrowed */
	const struct config *config;   /* borrowed */
	const struct adapter_ops *ops; /* borrowed */
	void *state;                   /* of ops */
	bool ops_open;
	struct adapter_env env;
	char *organisation;
	char *oin;
	struct desk *desk;
	struct http *http;
	struct uplink *uplink;
	struct fetch *fetch;
	struct gossip *gossip;
	struct api *api;
	struct runner_route *routes; /* owned array */
	struct event *second;        /* looks at these files */
	struct runner_file register_file;
	int64_t connected_ms; /* when the line was last up; 0: never */
	struct runner_file keys_file;
	struct keyring_welcome welcome;
	int64_t welcome_mono_ms;
	int64_t keys_retry_ms; /* a key file that could not be written */
	uint64_t
	    opened_index; /* asked for: the first entry of a log; 0: none */
	int64_t opened_retry_ms;
	bool closing;

	LIST_HEAD(, runner_wait) waits;
	struct {
		runner_changed_fn *changed;
		void *arg;
	} watchers[RUNNER_WATCHERS_MAX];
	size_t watcher_count;

	struct event *jobs_timer;
	struct runner_work *work; /* one at a time; NULL: none */
	int64_t away_since_ms;    /* of the partner system; 0: there */
	int64_t paused_until_ms;  /* it is away: no other job before then */
	uint64_t jobs_done;
	uint64_t jobs_failed;
	enum wh_err fault; /* runner_fault() */
};

/* Something came in: there may be jobs, and pages to refresh. */
void runner_changed(struct runner *runner);

/* What came of it at the hub. */
void runner_settled(void *arg, const struct id *id, bool accepted,
    enum reason reason, const char *detail);
void runner_waits_end(struct runner *runner);

/* The sector's own routes. */
void runner_routes_open(struct runner *runner);

/* Jobs towards the partner system. */
void runner_jobs_open(struct runner *runner);
void runner_jobs_close(struct runner *runner); /* after fetch_close() */
void runner_jobs_kick(struct runner *runner);

/* /healthz and /metrics. */
void runner_stats_open(struct runner *runner);

/* runner_present.c: a hub that was put back is told again what we know. */
void runner_present_second(struct runner *runner);

/* runner_keys.c: the secret keys. True once for each version of a file. */
bool runner_file_changed(const char *path, struct runner_file *file);
void runner_keys_look(struct runner *runner);
void runner_keys_second(struct runner *runner);
void runner_keys_welcomed(void *arg, const struct welcome *welcome);

#endif
