/* SPDX-License-Identifier: EUPL-1.2 */
#include <errno.h>
#include <inttypes.h>
#include <sys/stat.h>

#include "adapters/desk_report.h"
#include "adapters/runner_impl.h"
#include "proto/base/clk.h"
#include "proto/base/file.h"
#include "proto/base/log.h"
#include "proto/base/mem.h"
#include "proto/limits.h"

/* The signature and its frame around a register. */
#define REGISTER_FILE_MAX (REGISTER_MAX + 1024)

/* How many referrals are erased in one go: others wait for the desk too. */
#define RETAIN_MAX 16

/* So long after the line was lost a register file counts again. */
#define HUB_AWAY_MS 5000

static const struct timeval one_second = {1, 0};

/* What the covenant no longer lets us keep goes; more of it next second. */
static void
retain(struct runner *runner)
{
	struct desk_retained done;
	enum wh_err err =
	    desk_retain(runner->desk, clk_wall_ms(), RETAIN_MAX, &done);

	if (err != WH_OK)
		log_warn("RETENTION-FAILED", "cause=%s", wh_err_str(err));
	if (err != WH_OK || (done.erased == 0 && done.dropped == 0 &&
				done.forgotten == 0 && done.reminded == 0))
		return;
	log_info("RETENTION-CARRIED-OUT",
	    "erased=%u dropped=%u forgotten=%u reminded=%u", done.erased,
	    done.dropped, done.forgotten, done.reminded);
	runner_kick(runner);
}

/* The store is closed when that fails: who started us starts us anew. */
static void
compact(struct runner *runner)
{
	enum wh_err err = desk_compact(runner->desk, clk_wall_ms());

	if (err == WH_OK)
		return;
	log_err("COMPACT-FAILED", "cause=%s", wh_err_str(err));
	runner->fault = err;
	(void)event_base_loopbreak(runner->base);
}

enum wh_err
runner_fault(const struct runner *runner)
{
	return runner->fault;
}

struct event_base *
runner_base(struct runner *runner)
{
	return runner->base;
}

const struct config *
runner_config(const struct runner *runner)
{
	return runner->config;
}

struct desk *
runner_desk(struct runner *runner)
{
	return runner->desk;
}

struct http *
runner_http(struct runner *runner)
{
	return runner->http;
}

struct uplink *
runner_uplink(struct runner *runner)
{
	return runner->uplink;
}

void
runner_kick(struct runner *runner)
{
	uplink_kick(runner->uplink);
	runner_jobs_kick(runner);
}

void
runner_watch(struct runner *runner, runner_changed_fn *changed, void *arg)
{
	size_t n = runner->watcher_count;

	if (n == RUNNER_WATCHERS_MAX)
		return;
	runner->watchers[n].changed = changed;
	runner->watchers[n].arg = arg;
	runner->watcher_count++;
}

void
runner_changed(struct runner *runner)
{
	runner_jobs_kick(runner);
	for (size_t i = 0; i < runner->watcher_count; i++)
		runner->watchers[i].changed(runner->watchers[i].arg);
}

static void
on_delivered(void *arg)
{
	runner_changed(arg);
}

static void
on_state(void *arg, bool connected)
{
	(void)connected;
	runner_changed(arg);
}

static void
register_log(const struct runner *runner)
{
	const struct wh_register *reg = desk_register(runner->desk);

	log_info("REGISTER-LOADED", "version=%" PRIu64 " covenant=%s from=file",
	    reg->version, reg->covenant);
	if (register_member(reg, runner->config->member) == NULL)
		log_warn("REGISTER-WITHOUT-US", "member=%s",
		    runner->config->member);
}

/* WH_EXISTS: it is the one in force, or an older one. */
static enum wh_err
register_read_file(struct runner *runner, struct why *why)
{
	uint8_t *bytes = NULL;
	size_t len = 0;
	enum wh_err err;

	err = file_read(runner->config->register_path, REGISTER_FILE_MAX,
	    &bytes, &len, why);
	if (err == WH_OK)
		err = desk_register_put(runner->desk, span_of(bytes, len), why);
	mem_free(bytes);
	if (err == WH_OK)
		register_log(runner);
	return err;
}

/* Or will be in a moment: a line that is opened again is no hub away. */
static bool
hub_is_there(struct runner *runner)
{
	int64_t now_ms = clk_mono_ms();

	if (uplink_connected(runner->uplink))
		runner->connected_ms = now_ms;
	return runner->connected_ms != 0 &&
	       now_ms - runner->connected_ms < HUB_AWAY_MS;
}

static void
register_look(struct runner *runner)
{
	struct why why = {""};
	enum wh_err err;

	if (!runner_file_changed(runner->config->register_path,
		&runner->register_file))
		return;
	err = register_read_file(runner, &why);
	if (err == WH_OK)
		uplink_kick(runner->uplink);
	else if (err != WH_EXISTS)
		log_warn("REGISTER-REFUSED", "from=file cause=%s", why.text);
}

/* A report that was kept long enough is gone, whether anybody asks or not. */
static void
reports_expire(struct runner *runner)
{
	enum wh_err err = desk_report_expire(runner->desk, clk_wall_ms());

	if (err != WH_OK)
		log_err("REPORT-KEPT", "error=%s", wh_err_str(err));
}

static void
on_second(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	runner_keys_second(arg);
	/* While the hub is there registers come from it, in its order: with a
	 * newer one we would use keys that others do not know yet. */
	if (!hub_is_there(arg))
		register_look(arg);
	retain(arg);
	compact(arg);
	runner_present_second(arg);
	reports_expire(arg);
}

static enum wh_err
tokens_load(struct runner *runner, char ***tokens, struct why *why)
{
	return config_tokens(runner->config, tokens, why);
}

void
runner_reload(struct runner *runner)
{
	char **tokens = NULL;
	struct why why = {""};

	if (tokens_load(runner, &tokens, &why) == WH_OK) {
		http_tokens(runner->http, (const char *const *)tokens);
		log_info("TOKENS-LOADED", "file=%s",
		    runner->config->tokens_path);
	} else {
		log_warn("TOKENS-REFUSED", "cause=%s", why.text);
	}
	config_tokens_free(tokens);
	runner->keys_file.inode = 0;
	runner_keys_look(runner);
	runner->register_file.inode = 0;
	register_look(runner);
}

static const char *
env_setting(const struct adapter_env *env, const char *key)
{
	const struct runner *runner = env->arg;

	return config_setting(runner->config, key);
}

static enum wh_err
open_desk(struct runner *runner, struct why *why)
{
	const struct config *config = runner->config;
	uint8_t key[VAULT_KEY_LEN];
	struct desk_options options = {.dir = config->dir,
	    .member = config->member,
	    .keys = &config->secrets,
	    .storage_key = key,
	    .alliance_key = config->alliance.signing,
	    .map_bytes = config->map_bytes,
	    .retention_ground = config->retention_ground};
	enum wh_err err;

	err = config_storage_key(config, key, why);
	if (err == WH_OK)
		err = desk_open(&options, &runner->desk, why);
	mem_wipe(key, sizeof(key));
	if (err != WH_OK)
		return err;
	err = register_read_file(runner, why);
	if (err == WH_OK || err == WH_EXISTS ||
	    desk_register(runner->desk) != NULL)
		return WH_OK;
	return err;
}

/* The adapter proper, told who it works for. */
static enum wh_err
open_ops(struct runner *runner, struct why *why)
{
	const struct adapter_ops *ops = runner->ops;
	const struct reg_member *member =
	    register_member(desk_register(runner->desk),
		runner->config->member);
	enum wh_err err;

	if (member != NULL && ops->role != NULL &&
	    strcmp(member->role, ops->role) != 0)
		return why_set(why, WH_INVALID,
		    "%s has the role %s in the register; this adapter is for "
		    "the role %s",
		    member->id, member->role, ops->role);
	runner->organisation = mem_strdup(member == NULL ? "" : member->name);
	runner->oin = mem_strdup(member == NULL ? "" : member->oin);
	runner->env = (struct adapter_env){.member = runner->config->member,
	    .organisation = runner->organisation,
	    .oin = runner->oin,
	    .setting = env_setting,
	    .arg = runner};
	err = ops->open(&runner->env, &runner->state, why);
	runner->ops_open = err == WH_OK;
	return err;
}

static enum wh_err
open_lines(struct runner *runner, struct why *why)
{
	const struct config *config = runner->config;
	const struct uplink_options up = {.endpoints = config->hub};
	const struct uplink_events events = {.settled = runner_settled,
	    .delivered = on_delivered,
	    .state = on_state,
	    .arg = runner,
	    .welcomed = runner_keys_welcomed};
	const struct fetch_options partner = {.base_url = config->target_url,
	    .token = config->target_token,
	    .ca = config->target_ca,
	    .timeout_ms = config->target_timeout_ms};
	enum wh_err err;

	err = fetch_open(runner->base, &partner, &runner->fetch, why);
	if (err == WH_OK)
		err = uplink_open(runner->base, runner->desk, &up, &events,
		    &runner->uplink, why);
	return err;
}

static enum wh_err
open_http(struct runner *runner, struct why *why)
{
	struct http_options options = {.listen = runner->config->listen};
	const struct gossip_options gossip = {.peers = runner->config->peers,
	    .ca = runner->config->target_ca,
	    .interval_ms = runner->config->peer_ms};
	char **tokens = NULL;
	enum wh_err err;

	err = tokens_load(runner, &tokens, why);
	if (err == WH_OK) {
		options.tokens = (const char *const *)tokens;
		err = http_open(runner->base, &options, &runner->http, why);
	}
	config_tokens_free(tokens);
	if (err != WH_OK)
		return err;
	runner_routes_open(runner);
	runner_stats_open(runner);
	runner->api = api_new(runner->http, runner);
	return gossip_open(runner->base, runner->desk, runner->uplink,
	    runner->http, &gossip, &runner->gossip, why);
}

enum wh_err
runner_open(struct event_base *base, const struct config *config,
    const struct adapter_ops *ops, struct runner **out, struct why *why)
{
	struct runner *runner = mem_new(sizeof(*runner));
	enum wh_err err;

	runner->base = base;
	runner->config = config;
	runner->ops = ops;
	LIST_INIT(&runner->waits);
	err = open_desk(runner, why);
	if (err == WH_OK)
		err = open_ops(runner, why);
	if (err == WH_OK)
		err = open_lines(runner, why);
	if (err == WH_OK)
		err = open_http(runner, why);
	if (err != WH_OK) {
		runner_close(runner);
		return err;
	}
	runner_jobs_open(runner);
	runner->second = event_new(base, -1, EV_PERSIST, on_second, runner);
	(void)event_add(runner->second, &one_second);
	*out = runner;
	return WH_OK;
}

void
runner_close(struct runner *runner)
{
	if (runner == NULL)
		return;
	runner->closing = true;
	if (runner->second != NULL)
		event_free(runner->second);
	/* Whoever waits is told now; what they asked is kept. */
	runner_waits_end(runner);
	if (runner->http != NULL)
		(void)event_base_loop(runner->base, EVLOOP_NONBLOCK);
	uplink_close(runner->uplink);
	gossip_close(runner->gossip);
	fetch_close(runner->fetch);
	runner_jobs_close(runner);
	http_close(runner->http);
	api_free(runner->api);
	if (runner->ops_open)
		runner->ops->close(runner->state);
	desk_close(runner->desk);
	mem_free(runner->routes);
	mem_free(runner->organisation);
	mem_free(runner->oin);
	mem_free(runner);
}
