/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_ADAPTERS_RUNNER_IMPL_H
#define WH_ADAPTERS_RUNNER_IMPL_H

#include "adapters/api.h"
#include "adapters/fetch.h"
#include "adapters/jobs.h"
#include "adapters/runner.h"

/* Shared by the runner's own files and nobody else. */

/* A request that waits for the hub's word on id. */
struct waiting {
	struct waiting *next;
	struct runner *runner;
	struct id id;
	struct desk_result result; /* owned */
	struct http_request *request;
	runner_finish_fn *finish;
	void *arg;
	struct event *timeout; /* owned */
};

/* One route of the partner's kind, as http's handler argument. */
struct runner_route {
	struct runner *runner;
	const struct adapter_route *route;
};

struct runner {
	struct event_base *base; /* borrowed */
	const struct config *config;
	const struct adapter_ops *ops;
	struct adapter_env env;
	void *state; /* of ops */
	struct desk *desk;
	struct http *http;
	struct uplink *uplink;
	struct fetch *fetch;
	struct api *api;
	struct runner_route *sector; /* owned */
	struct http_route *routes;   /* owned; borrowed by http */
	struct http_route stats_routes[2];
	struct waiting *waiting; /* owned list */
	runner_changed_fn *changed;
	void *changed_arg;
	struct event *second;   /* owned: once-a-second work */
	struct event *work;     /* owned: when the next job is due */
	bool working;           /* a job's request is under way */
	struct job job;         /* while working */
	struct step step;       /* while working */
	int64_t target_away_ms; /* since when; 0: it answers */
	int64_t register_mtime;
	uint64_t jobs_done;
	uint64_t jobs_failed; /* attempts */
};

/* runner_routes.c */
void runner_routes_open(struct runner *runner);

/* runner_jobs.c: do what is due, and come back when the next one is. */
void runner_jobs_work(struct runner *runner);
enum wh_err runner_job_push(struct runner *runner, const json_t *context);

/* runner_stats.c: /healthz and /metrics. */
void runner_stats_open(struct runner *runner);

#endif
