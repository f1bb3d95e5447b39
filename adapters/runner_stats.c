/* SPDX-License-Identifier: EUPL-1.2 */
#include <stdio.h>

#include "adapters/outbox.h"
#include "adapters/runner_impl.h"
#include "proto/base/clk.h"

/* What operators watch: names and counts only. */

struct gauge {
	const char *name;
	const char *type;
	const char *help;
	uint64_t value;
};

struct reading {
	uint64_t outbox;
	struct jobs_summary jobs;
	bool connected;
	struct uplink_counts counts;
};

static enum wh_err
read_store(struct runner *runner, struct reading *out)
{
	struct kv_txn *txn = NULL;
	enum wh_err err;

	err = kv_begin(desk_kv(runner->desk), KV_READ_ONLY, &txn);
	if (err == WH_OK)
		err = outbox_count(txn, &out->outbox);
	if (err == WH_OK)
		err = jobs_summary(txn, &out->jobs);
	kv_abort(&txn);
	out->connected =
	    runner->uplink != NULL && uplink_connected(runner->uplink);
	if (runner->uplink != NULL)
		out->counts = uplink_counts(runner->uplink);
	return err;
}

static uint64_t
seconds_since(int64_t at_ms)
{
	int64_t now_ms = clk_wall_ms();

	return at_ms == 0 || at_ms > now_ms ? 0
					    : (uint64_t)(now_ms - at_ms) / 1000;
}

static void
on_metrics(void *arg, struct http_request *request)
{
	struct runner *runner = arg;
	struct reading r = {0};
	char text[8192];
	size_t len = 0, i;
	enum wh_err err = read_store(runner, &r);
	const struct gauge gauges[] = {
	    {"connected", "gauge", "1 while the hub welcomed us", r.connected},
	    {"outbox_rows", "gauge", "Messages that wait for the hub",
		r.outbox},
	    {"jobs_waiting", "gauge", "Work for the partner system",
		r.jobs.waiting},
	    {"jobs_parked", "gauge", "Work that waits for an operator",
		r.jobs.parked},
	    {"target_away_seconds", "gauge",
		"How long the partner system has not answered",
		seconds_since(runner->target_away_ms)},
	    {"sent_total", "counter", "Messages sent to the hub",
		r.counts.sent},
	    {"receipts_total", "counter", "Receipts of the hub",
		r.counts.receipts},
	    {"refusals_total", "counter", "Refusals of the hub",
		r.counts.refusals},
	    {"delivered_total", "counter", "Deliveries taken in",
		r.counts.delivered},
	    {"duplicates_total", "counter", "Deliveries that came again",
		r.counts.duplicates},
	    {"reconnects_total", "counter", "Connections to the hub begun",
		r.counts.reconnects},
	    {"jobs_done_total", "counter", "Work for the partner system done",
		runner->jobs_done},
	    {"jobs_failed_total", "counter", "Attempts that failed",
		runner->jobs_failed},
	};

	if (err != WH_OK) {
		http_problem(request, 500, "STORE", "Opslag niet leesbaar",
		    "De opslag van deze adapter is niet te lezen.", NULL);
		return;
	}
	for (i = 0; i < sizeof(gauges) / sizeof(gauges[0]); i++) {
		int n = snprintf(text + len, sizeof(text) - len,
		    "# HELP wijkhub_%s %s\n# TYPE wijkhub_%s %s\n"
		    "wijkhub_%s %llu\n",
		    gauges[i].name, gauges[i].help, gauges[i].name,
		    gauges[i].type, gauges[i].name,
		    (unsigned long long)gauges[i].value);

		if (n < 0 || (size_t)n >= sizeof(text) - len)
			break;
		len += (size_t)n;
	}
	http_reply(request, 200, "text/plain; version=0.0.4",
	    span_of(text, len), NULL);
}

/* Alive and able to keep what it is given; the hub may be away. */
static void
on_health(void *arg, struct http_request *request)
{
	struct runner *runner = arg;
	struct reading r = {0};
	enum wh_err err = read_store(runner, &r);
	json_t *body = json_pack("{s:s, s:s, s:I, s:I, s:I}", "status",
	    err == WH_OK ? "ok" : "storing", "hub",
	    r.connected ? "verbonden" : "weg", "wachtend", (json_int_t)r.outbox,
	    "werkvoorraad", (json_int_t)r.jobs.waiting, "geparkeerd",
	    (json_int_t)r.jobs.parked);

	http_reply_json(request, err == WH_OK ? 200 : 503, body, NULL);
	json_decref(body);
}

void
runner_stats_open(struct runner *runner)
{
	struct http_route *routes = runner->stats_routes;

	routes[0] = (struct http_route){.method = "GET",
	    .path = "/healthz",
	    .handler = on_health,
	    .arg = runner};
	routes[1] = (struct http_route){.method = "GET",
	    .path = "/metrics",
	    .handler = on_metrics,
	    .arg = runner};
	http_routes(runner->http, routes, 2);
}
