/* SPDX-License-Identifier: EUPL-1.2 */
#include "broker/loop.h"

#include <signal.h>
#include <unistd.h>

#include "broker/loop_state.h"
#include "proto/base/clk.h"
#include "proto/base/file.h"
#include "proto/base/log.h"
#include "proto/base/mem.h"
#include "proto/base/proc.h"

/* A turn waits at most this long, so that clocks and commits are on time. */
#define TURN_MS 100
/* A pipe that had no room is tried again after this. */
#define BACKLOG_MS       10
#define SCRUB_MS         1000
#define WATCHDOG_DIVISOR 2

static enum wh_err
open_sockets(struct loop *loop, struct why *why)
{
	bool closed;
	enum wh_err err;

	err = sock_ctx_new(&loop->ctx);
	if (err == WH_OK)
		err = sock_zap_open(loop->ctx, frames_allow, loop, &loop->zap);
	if (err != WH_OK)
		return err;
	doors_init(&loop->doors, loop->ctx, loop->zap, loop->options.endpoint,
	    loop->options.second_endpoint);
	return doors_update(&loop->doors, &core_register(loop->core)->reg,
	    &loop->keys, loop->now_ms, &closed, why);
}

/* Can members find this hub, and check its log? */
static enum wh_err
check_register(const struct loop *loop, struct why *why)
{
	const struct registry *registry = core_register(loop->core);

	if (registry != NULL)
		return store_check_keys(loop, registry, why);
	return why_set(why, WH_NOT_FOUND,
	    "%s: no register of this alliance with the keys of this hub; sign "
	    "one with `wijkhub register sign`",
	    loop->register_path);
}

static enum wh_err
start(struct loop *loop, struct why *why)
{
	enum wh_err err;

	if (loop->options.segment_bytes < LOOP_SEGMENT_MIN)
		return why_set(why, WH_INVALID,
		    "a segment of the journal must hold %zu bytes",
		    LOOP_SEGMENT_MIN);
	err = file_mkdir(loop->dir, why);
	if (err == WH_OK)
		err = store_open(loop, why);
	if (err != WH_OK)
		return err;
	loop->now_ms =
	    clk_wall_ms() > loop->now_ms ? clk_wall_ms() : loop->now_ms;
	loop->mono_ms = clk_mono_ms();
	loop->started_mono_ms = loop->mono_ms;
	err = witness_open_log(loop, why);
	if (err == WH_OK)
		err = generation_start(loop, why);
	if (err != WH_OK)
		return err;
	scrub_open(&loop->scrub, loop->kv, loop->dir, loop->now_ms);
	store_register(loop, true);
	err = batch_run(loop);
	if (err == WH_OK)
		err = check_register(loop, why);
	if (err == WH_OK)
		err = store_commit(loop);
	if (err == WH_OK)
		err = store_second(loop);
	if (err == WH_OK)
		err = batch_run(loop);
	if (err == WH_OK)
		err = compact_start(loop);
	if (err == WH_OK)
		loop->stats.value[STAT_REGISTER] =
		    core_register(loop->core)->reg.version;
	if (err == WH_OK)
		err = open_sockets(loop, why);
	if (err == WH_OK)
		err = control_open(loop->control_path, status_answer, loop,
		    &loop->control, why);
	if (err == WH_OK)
		err = proc_signals_open(&loop->signals);
	return err;
}

enum wh_err
loop_open(const struct loop_options *options, struct loop **out,
    struct why *why)
{
	struct loop *loop = mem_new(sizeof(*loop));
	enum wh_err err;

	loop->options = *options;
	loop->dir = mem_strdup(options->dir);
	loop->control_path = mem_strdup(options->control);
	loop->register_path = mem_strdup(options->register_path);
	if (options->keys_path != NULL)
		loop->keys_path = mem_strdup(options->keys_path);
	loop->keys = *options->keys;
	loop->signals = -1;
	loop->watchdog_ms = proc_watchdog_ms();
	arena_init(&loop->arena, FRAME_ARENA_MAX);
	err = start(loop, why);
	if (err != WH_OK) {
		if (why != NULL && why->text[0] == '\0')
			why_set(why, err, "%s: %s", options->dir,
			    wh_err_str(err));
		/* What could not be trusted is not written to either. */
		loop->failed = true;
		loop_close(loop);
		return err;
	}
	*out = loop;
	return WH_OK;
}

const char *
loop_endpoint(const struct loop *loop)
{
	return loop->doors.door[0].endpoint;
}

static void
take_signals(struct loop *loop)
{
	int number;

	while ((number = proc_signal_next(loop->signals)) != 0) {
		if (number == SIGHUP) {
			store_keys(loop, true);
			store_register(loop, true);
		} else {
			loop->stop = true;
		}
	}
}

/* What is left over from the last turn does not wait for the next frame. */
static int
patience(const struct loop *loop, int timeout_ms)
{
	const struct session *session;
	size_t i;

	for (i = 0; i < loop->sessions.count; i++) {
		session = &loop->sessions.list[i];
		if (session->first == NULL && session->waiting &&
		    session->credit > 0)
			return 0;
		if (session->first != NULL && timeout_ms > BACKLOG_MS)
			timeout_ms = BACKLOG_MS;
	}
	if (loop->scrub_behind && timeout_ms > BACKLOG_MS)
		timeout_ms = BACKLOG_MS;
	return timeout_ms;
}

static enum wh_err
wait_for_work(struct loop *loop, int timeout_ms)
{
	struct sock_poll items[2 + DOORS_MAX + CONTROL_ITEMS] = {
	    {.sock = loop->zap},
	    {.fd = loop->signals},
	};
	size_t n = 2 + doors_poll(&loop->doors, items + 2);
	enum wh_err err;

	n += control_poll(loop->control, items + n);
	err = sock_poll(items, n, patience(loop, timeout_ms));

	return err == WH_AGAIN ? WH_OK : err;
}

static void
pet_watchdog(struct loop *loop)
{
	if (loop->watchdog_ms == 0 || loop->mono_ms - loop->watchdog_mono_ms <
					  loop->watchdog_ms / WATCHDOG_DIVISOR)
		return;
	loop->watchdog_mono_ms = loop->mono_ms;
	proc_notify("WATCHDOG=1");
}

/* Beside the work, and never in its way: a share a second, more when late. */
static void
scrub(struct loop *loop)
{
	int64_t pause_ms = loop->scrub_behind ? BACKLOG_MS : SCRUB_MS;

	if (loop->mono_ms - loop->scrub_mono_ms < pause_ms)
		return;
	loop->scrub_mono_ms = loop->mono_ms;
	loop->scrub_behind =
	    scrub_turn(&loop->scrub, loop->now_ms, &loop->stats);
}

/* The time of day never goes back here. */
static void
look_at_clock(struct loop *loop)
{
	int64_t wall = clk_wall_ms();

	loop->mono_ms = clk_mono_ms();
	if (wall > loop->now_ms)
		loop->now_ms = wall;
}

/* Collect, make durable, apply, answer; hand over what that made possible. */
static enum wh_err
work(struct loop *loop)
{
	enum wh_err err;

	frames_flush(loop);
	batch_add_unsent(loop); /* before any hello of the same member */
	err = store_make_room(loop);
	if (err == WH_OK)
		err = frames_take(loop);
	look_at_clock(loop); /* nothing is dated before it was said */
	if (err == WH_OK && loop->rolled_back)
		err = WH_CORRUPT; /* nothing more is written */
	if (err == WH_OK)
		frames_handover(loop);
	if (err == WH_OK)
		err = batch_run(loop);
	if (err == WH_OK)
		frames_handover(loop);
	if (err == WH_OK)
		err = batch_run(loop);
	batch_add_unsent(loop);
	if (err == WH_OK)
		err = batch_run(loop);
	if (err == WH_OK && store_commit_due(loop))
		err = store_commit(loop);
	return err;
}

static enum wh_err
turn(struct loop *loop, int timeout_ms)
{
	enum wh_err err;

	err = wait_for_work(loop, timeout_ms);
	look_at_clock(loop);
	if (err == WH_OK)
		err = sock_zap_serve(loop->zap);
	if (err != WH_OK)
		return err;
	take_signals(loop);
	control_serve(loop->control, loop->mono_ms);
	if (loop->control_err != WH_OK)
		return loop->control_err;
	err = store_files(loop);
	if (err == WH_OK && loop->mono_ms - loop->second_mono_ms >= 1000)
		err = store_second(loop);
	if (err == WH_OK)
		err = work(loop);
	if (err == WH_OK)
		scrub(loop);
	pet_watchdog(loop);
	return err;
}

enum wh_err
loop_turn(struct loop *loop, int timeout_ms)
{
	enum wh_err err = loop->failed ? WH_IO : turn(loop, timeout_ms);

	if (err != WH_OK)
		loop->failed = true;
	return err;
}

enum wh_err
loop_run(struct loop *loop)
{
	enum wh_err err = WH_OK;

	while (err == WH_OK && !loop->stop)
		err = loop_turn(loop, TURN_MS);
	if (err == WH_OK)
		log_info("STOPPED", "log-size=%llu",
		    (unsigned long long)audit_size(core_audit(loop->core)));
	return err;
}

void
loop_close(struct loop *loop)
{
	if (loop == NULL)
		return;
	batch_drop(loop);
	/* After a failure nothing more is written: the journal has it. */
	if (loop->txn != NULL && !loop->failed)
		(void)store_commit(loop);
	kv_abort(&loop->txn);
	scrub_close(&loop->scrub, !loop->failed);
	core_close(loop->core);
	journal_close(loop->journal);
	kv_close(loop->kv);
	control_close(loop->control);
	doors_close(&loop->doors);
	sock_close(loop->zap);
	sock_ctx_free(loop->ctx);
	if (loop->signals >= 0)
		close(loop->signals);
	sessions_fini(&loop->sessions);
	arena_fini(&loop->arena);
	mem_free(loop->unsent);
	mem_free(loop->checkpoint);
	mem_free(loop->cosigned);
	mem_free(loop->cosigned_path);
	witnesses_fini(&loop->witnesses);
	mem_free(loop->second_path);
	mem_free(loop->register_path);
	mem_free(loop->keys_path);
	key_secrets_wipe(&loop->keys);
	mem_free(loop->control_path);
	mem_free(loop->dir);
	mem_free(loop);
}
