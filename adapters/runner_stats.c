/* SPDX-License-Identifier: EUPL-1.2 */
#include <inttypes.h>
#include <stdio.h>

#include "adapters/desk_officer.h"
#include "adapters/jobs.h"
#include "adapters/outbox.h"
#include "adapters/runner_impl.h"
#include "adapters/watch.h"
#include "proto/base/clk.h"
#include "proto/base/log.h"

#define METRICS_MAX 8192

/* What an operator may know of this adapter: counts and times. */
struct status {
	uint64_t outbox;
	struct jobs_summary jobs;
	struct kv_room room;
	struct uplink_counts counts;
	struct desk_log_state log;
	struct desk_open open;
	bool connected;
	int64_t now_ms;
};

static enum wh_err
status_read(struct runner *runner, struct status *out)
{
	struct kv_txn *txn = NULL;
	enum wh_err err;

	out->now_ms = clk_wall_ms();
	out->connected = uplink_connected(runner->uplink);
	out->counts = uplink_counts(runner->uplink);
	err = kv_begin(desk_kv(runner->desk), KV_READ_ONLY, &txn);
	if (err == WH_OK)
		err = outbox_count(txn, &out->outbox);
	if (err == WH_OK)
		err = jobs_summary(txn, &out->jobs);
	if (err == WH_OK)
		err = kv_room(txn, &out->room);
	kv_abort(&txn);
	if (err == WH_OK)
		err = desk_open_work(runner->desk, out->now_ms, &out->open);
	if (err == WH_OK)
		err = desk_log_state(runner->desk, out->now_ms, &out->log);
	return err;
}

static uint64_t
seconds_since(int64_t since_ms, int64_t now_ms)
{
	return since_ms == 0 || since_ms > now_ms
		   ? 0
		   : (uint64_t)(now_ms - since_ms) / 1000;
}

static void
answer_health(void *arg, struct http_request *request)
{
	struct runner *runner = arg;
	struct status status = {0};
	enum wh_err err = status_read(runner, &status);
	json_t *body;

	if (err != WH_OK) {
		log_err("HEALTH", "error=%s", wh_err_str(err));
		http_problem(request, 503, "OPSLAG_DEFECT", "Opslag defect",
		    "De opslag van deze adapter is niet te lezen.", NULL);
		return;
	}
	body = json_pack("{ss ss ss sI sI sI sI sI so}", "status",
	    status.log.contradictions > 0 ? "alarm" : "ok", "lid",
	    runner->config->member, "hub",
	    status.connected ? "verbonden" : "weg", "register",
	    (json_int_t)desk_register_version(runner->desk), "wachtend",
	    (json_int_t)status.outbox, "werkvoorraad",
	    (json_int_t)status.jobs.waiting, "geparkeerd",
	    (json_int_t)status.jobs.parked, "bronsysteemWegSeconden",
	    (json_int_t)seconds_since(runner->away_since_ms, status.now_ms),
	    "bewaking", watch_json(&status.log));
	http_reply_json(request, 200, body, NULL);
	json_decref(body);
}

struct metric {
	const char *name;
	const char *type;
	const char *help;
	uint64_t value;
};

static size_t
print_metrics(const struct metric *metrics, size_t n, char *out, size_t size)
{
	size_t len = 0;

	for (size_t i = 0; i < n && len < size; i++)
		len += (size_t)snprintf(out + len, size - len,
		    "# HELP wijkhub_%s %s\n"
		    "# TYPE wijkhub_%s %s\n"
		    "wijkhub_%s %" PRIu64 "\n",
		    metrics[i].name, metrics[i].help, metrics[i].name,
		    metrics[i].type, metrics[i].name, metrics[i].value);
	return len < size ? len : size - 1;
}

static void
answer_metrics(void *arg, struct http_request *request)
{
	struct runner *runner = arg;
	struct status s = {0};
	enum wh_err err = status_read(runner, &s);
	const struct metric metrics[] = {
	    {"store_readable", "gauge", "1 when the store can be read.",
		err == WH_OK},
	    {"connected", "gauge", "1 while the hub knows this adapter.",
		s.connected},
	    {"register_version", "gauge", "Version of the register in force.",
		desk_register_version(runner->desk)},
	    {"outbox_rows", "gauge", "Frames that the hub has not answered.",
		s.outbox},
	    {"jobs_waiting", "gauge", "Jobs towards the partner system.",
		s.jobs.waiting},
	    {"jobs_parked", "gauge", "Jobs that wait for an operator.",
		s.jobs.parked},
	    {"jobs_late_seconds", "gauge", "Since when the oldest job is due.",
		seconds_since(s.jobs.oldest_ms, s.now_ms)},
	    {"copies_open", "gauge",
		"Copies in the partner system that are to be erased.",
		s.open.copies},
	    {"reviews_overdue", "gauge", "Reviews whose term is over.",
		s.open.reviews_overdue},
	    {"target_away_seconds", "gauge",
		"Since when the partner system is away, 0 when it is there.",
		seconds_since(runner->away_since_ms, s.now_ms)},
	    {"sent_total", "counter", "Frames sent to the hub.", s.counts.sent},
	    {"receipts_total", "counter", "Receipts of the hub.",
		s.counts.receipts},
	    {"refusals_total", "counter", "Refusals by the hub.",
		s.counts.refusals},
	    {"duplicates_total", "counter", "Receipts for what it had before.",
		s.counts.duplicates},
	    {"delivered_total", "counter", "Deliveries kept.",
		s.counts.delivered},
	    {"reconnects_total", "counter", "Welcomes after the first.",
		s.counts.reconnects},
	    {"jobs_done_total", "counter", "Jobs done.", runner->jobs_done},
	    {"jobs_failed_total", "counter", "Jobs parked.",
		runner->jobs_failed},
	    {"cosigned_total", "counter", "Checkpoints cosigned as a witness.",
		s.counts.cosigned},
	    {"log_contradictions", "gauge",
		"Files of evidence that the hub's log contradicts itself.",
		s.log.contradictions},
	    {"log_unwitnessed_since_seconds", "gauge",
		"Unix time since when no quorum cosigns the log, 0 when one "
		"does.",
		(uint64_t)s.log.unwitnessed_since_ms / 1000},
	    {"log_size", "gauge", "Entries below the newest checkpoint seen.",
		s.log.size},
	    {"log_quorum_size", "gauge",
		"Entries below the newest one that a quorum cosigned.",
		s.log.quorum},
	    {"peers", "gauge", "Adapters that we compare checkpoints with.",
		gossip_peers(runner->gossip)},
	    {"peers_heard", "gauge", "Those that served one of our log.",
		gossip_heard(runner->gossip)},
	    {"store_used_bytes", "gauge", "Pages of the store in use.",
		s.room.used_bytes},
	    {"store_map_bytes", "gauge", "Upper bound of the store.",
		s.room.map_bytes},
	};
	char text[METRICS_MAX];
	size_t len = print_metrics(metrics,
	    sizeof(metrics) / sizeof(metrics[0]), text, sizeof(text));

	http_reply(request, 200, "text/plain; version=0.0.4; charset=utf-8",
	    span_of(text, len), NULL);
}

void
runner_stats_open(struct runner *runner)
{
	const struct http_route routes[] = {
	    {.method = "GET",
		.path = "/healthz",
		.handler = answer_health,
		.arg = runner,
		.is_json = true,
		.is_local = true},
	    {.method = "GET",
		.path = "/metrics",
		.handler = answer_metrics,
		.arg = runner,
		.is_local = true},
	};

	http_routes(runner->http, routes, sizeof(routes) / sizeof(routes[0]));
}
