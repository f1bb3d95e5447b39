/* SPDX-License-Identifier: EUPL-1.2 */
#include "adapters/runner.h"

#include <stdio.h>
#include <sys/stat.h>

#include "adapters/runner_impl.h"
#include "proto/base/clk.h"
#include "proto/base/file.h"
#include "proto/base/log.h"
#include "proto/base/mem.h"
#include "proto/base/proc.h"
#include "proto/base/text.h"

static const char *
setting(const struct adapter_env *env, const char *key)
{
	const struct runner *runner = env->arg;

	return config_setting(runner->config, key);
}

static void
call_finish(struct waiting *waiting)
{
	struct waiting **at = &waiting->runner->waiting;

	while (*at != waiting)
		at = &(*at)->next;
	*at = waiting->next;
	event_free(waiting->timeout);
	waiting->finish(waiting->arg, waiting->request, &waiting->result);
	desk_result_fini(&waiting->result);
	mem_free(waiting);
}

static void
on_timeout(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	call_finish(arg); /* still QUEUED: durable here, not yet there */
}

void
runner_settle(struct runner *runner, struct desk_result *result,
    struct http_request *request, runner_finish_fn *finish, void *arg)
{
	const struct timeval patience = {.tv_sec = RUNNER_SETTLE_MS / 1000,
	    .tv_usec = RUNNER_SETTLE_MS % 1000 * 1000};
	struct waiting *waiting;

	runner_kick(runner);
	if (!result->has_wait || runner->uplink == NULL ||
	    !uplink_connected(runner->uplink)) {
		finish(arg, request, result);
		desk_result_fini(result);
		return;
	}
	waiting = mem_new(sizeof(*waiting));
	waiting->runner = runner;
	waiting->id = result->wait;
	waiting->result = *result;
	waiting->request = request;
	waiting->finish = finish;
	waiting->arg = arg;
	waiting->timeout = evtimer_new(runner->base, on_timeout, waiting);
	waiting->next = runner->waiting;
	runner->waiting = waiting;
	*result = (struct desk_result){0};
	evtimer_add(waiting->timeout, &patience);
}

/* The dossier as it is now, if the result is about a referral. */
static void
refresh(struct runner *runner, struct desk_result *result)
{
	const char *text =
	    json_string_value(json_object_get(result->dossier, "id"));
	json_t *fresh = NULL;
	struct id case_ref;

	if (text == NULL || id_parse(text, &case_ref) != WH_OK ||
	    desk_dossier(runner->desk, &case_ref, &fresh) != WH_OK)
		return;
	json_decref(result->dossier);
	result->dossier = fresh;
}

static void
on_settled(void *arg, const struct id *id, bool accepted, enum reason reason,
    const char *detail)
{
	struct runner *runner = arg;
	struct waiting *waiting, *next;

	for (waiting = runner->waiting; waiting != NULL; waiting = next) {
		next = waiting->next;
		if (!id_equal(&waiting->id, id))
			continue;
		refresh(runner, &waiting->result);
		waiting->result.kind =
		    accepted ? OUTCOME_CREATED : OUTCOME_REFUSED;
		waiting->result.reason = reason;
		if (!accepted)
			(void)snprintf(waiting->result.text,
			    sizeof(waiting->result.text), "%s", detail);
		call_finish(waiting);
	}
	runner_jobs_work(runner);
}

static void
on_delivered(void *arg)
{
	struct runner *runner = arg;

	runner_jobs_work(runner);
	if (runner->changed != NULL)
		runner->changed(runner->changed_arg);
}

static void
on_state(void *arg, bool connected)
{
	struct runner *runner = arg;

	log_info("HUB", "member=%s connected=%s", desk_member(runner->desk),
	    connected ? "yes" : "no");
}

static enum wh_err
open_uplink(struct runner *runner, struct why *why)
{
	const struct uplink_options options = {
	    .endpoint = runner->config->hub,
	    .keys = &runner->config->secrets.transport,
	};
	const struct uplink_events events = {
	    .settled = on_settled,
	    .delivered = on_delivered,
	    .state = on_state,
	    .arg = runner,
	};

	return uplink_open(runner->base, runner->desk, &options, &events,
	    &runner->uplink, why);
}

/* A register file that appeared or changed. */
static void
look_at_register(struct runner *runner)
{
	struct why why = {""};
	uint8_t *bytes = NULL;
	struct stat st;
	int64_t mtime;
	size_t len;
	enum wh_err err;

	if (stat(runner->config->register_path, &st) != 0)
		return;
	mtime = (int64_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec;
	if (mtime == runner->register_mtime)
		return;
	runner->register_mtime = mtime;
	err = file_read(runner->config->register_path, REGISTER_MAX, &bytes,
	    &len, &why);
	if (err == WH_OK)
		err =
		    desk_register_put(runner->desk, span_of(bytes, len), &why);
	mem_free(bytes);
	if (err == WH_OK)
		log_info("REGISTER-IN-FORCE", "version=%llu",
		    (unsigned long long)desk_register_version(runner->desk));
	else if (err != WH_EXISTS)
		log_err("REGISTER-REFUSED", "%s", why.text);
}

void
runner_reload(struct runner *runner)
{
	char **tokens = NULL;
	struct why why = {""};

	runner->register_mtime = 0;
	look_at_register(runner);
	if (config_tokens(runner->config, &tokens, &why) != WH_OK) {
		log_err("TOKENS-REFUSED", "%s", why.text);
		return;
	}
	http_tokens(runner->http, (const char *const *)tokens);
	config_tokens_free(tokens);
}

static void
on_second(evutil_socket_t fd, short what, void *arg)
{
	struct runner *runner = arg;

	(void)fd;
	(void)what;
	look_at_register(runner);
	if (runner->uplink == NULL && desk_register(runner->desk) != NULL) {
		struct why why = {""};

		if (open_uplink(runner, &why) != WH_OK)
			log_err("UPLINK-REFUSED", "%s", why.text);
	}
	proc_notify("WATCHDOG=1");
}

static enum wh_err
open_desk(struct runner *runner, struct why *why)
{
	uint8_t storage_key[VAULT_KEY_LEN];
	const struct config *config = runner->config;
	struct desk_options options = {
	    .dir = config->dir,
	    .member = config->member,
	    .keys = &config->secrets,
	    .storage_key = storage_key,
	    .alliance_key = config->alliance.signing,
	    .map_bytes = config->map_bytes,
	};
	enum wh_err err;

	err = file_mkdir(config->dir, why);
	if (err == WH_OK)
		err = proc_lock(config->dir, why);
	if (err == WH_OK)
		err = config_storage_key(config, storage_key, why);
	if (err == WH_OK)
		err = desk_open(&options, &runner->desk, why);
	mem_wipe(storage_key, sizeof(storage_key));
	return err;
}

static enum wh_err
open_http(struct runner *runner, struct why *why)
{
	struct http_options options = {.listen = runner->config->listen};
	char **tokens = NULL;
	enum wh_err err;

	err = config_tokens(runner->config, &tokens, why);
	if (err != WH_OK)
		return err;
	options.tokens = (const char *const *)tokens;
	err = http_open(runner->base, &options, &runner->http, why);
	config_tokens_free(tokens);
	if (err != WH_OK)
		return err;
	runner_stats_open(runner);
	runner_routes_open(runner);
	runner->api = api_new(runner->http, runner);
	return WH_OK;
}

static enum wh_err
open_ops(struct runner *runner, struct why *why)
{
	const struct wh_register *reg = desk_register(runner->desk);
	const struct reg_member *own =
	    reg == NULL ? NULL : register_member(reg, runner->config->member);

	runner->env = (struct adapter_env){
	    .member = runner->config->member,
	    .organisation = own == NULL ? runner->config->member : own->name,
	    .oin = own == NULL ? "" : own->oin,
	    .setting = setting,
	    .arg = runner,
	};
	if (own != NULL && runner->ops->role != NULL &&
	    strcmp(own->role, runner->ops->role) != 0)
		return why_set(why, WH_INVALID,
		    "%s has role %s in the covenant; this adapter is for %s",
		    own->id, own->role, runner->ops->role);
	return runner->ops->open(&runner->env, &runner->state, why);
}

static enum wh_err
open_all(struct runner *runner, struct why *why)
{
	const struct timeval second = {.tv_sec = 1};
	const struct fetch_options fetch = {
	    .base_url = runner->config->target_url,
	    .token = runner->config->target_token,
	    .ca = runner->config->target_ca,
	    .timeout_ms = runner->config->target_timeout_ms,
	};
	enum wh_err err;

	err = open_desk(runner, why);
	if (err != WH_OK)
		return err;
	look_at_register(runner);
	err = open_ops(runner, why);
	if (err == WH_OK)
		err = fetch_open(runner->base, &fetch, &runner->fetch, why);
	if (err == WH_OK)
		err = open_http(runner, why);
	if (err == WH_OK && desk_register(runner->desk) != NULL)
		err = open_uplink(runner, why);
	if (err != WH_OK)
		return err;
	runner->second =
	    event_new(runner->base, -1, EV_PERSIST, on_second, runner);
	event_add(runner->second, &second);
	if (runner->config->target_url[0] == '\0')
		log_warn("NO-TARGET", "member=%s", runner->config->member);
	runner_jobs_work(runner);
	return WH_OK;
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
	err = open_all(runner, why);
	if (err != WH_OK) {
		runner_close(runner);
		return err;
	}
	*out = runner;
	return WH_OK;
}

void
runner_close(struct runner *runner)
{
	if (runner == NULL)
		return;
	uplink_close(runner->uplink);
	runner->uplink = NULL;
	fetch_close(runner->fetch);
	while (runner->waiting != NULL)
		call_finish(runner->waiting);
	http_close(runner->http);
	api_free(runner->api);
	if (runner->second != NULL)
		event_free(runner->second);
	if (runner->work != NULL)
		event_free(runner->work);
	if (runner->ops->close != NULL)
		runner->ops->close(runner->state);
	job_fini(&runner->job);
	step_fini(&runner->step);
	desk_close(runner->desk);
	mem_free(runner->sector);
	mem_free(runner->routes);
	mem_free(runner);
}

void
runner_kick(struct runner *runner)
{
	if (runner->uplink != NULL)
		uplink_kick(runner->uplink);
	runner_jobs_work(runner);
}

void
runner_watch(struct runner *runner, runner_changed_fn *changed, void *arg)
{
	runner->changed = changed;
	runner->changed_arg = arg;
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
