/* SPDX-License-Identifier: EUPL-1.2 */
#include "adapters/uplink_impl.h"

#include "proto/base/clk.h"
#include "proto/base/log.h"
#include "proto/base/mem.h"

/* Frames taken before the rest of the loop gets a turn. */
#define FRAMES_PER_TURN 128

const struct uplink_times uplink_times_default = {
    .tick = 250,
    .hello = 5000,
    .backoff_min = 500,
    .backoff_max = 30000,
    .probe = 2000,
    .silence = 10000,
    .answer = 45000,
    .move = 60000,
};

int64_t
uplink_backoff_ms(const struct uplink *uplink)
{
	int64_t wait = uplink->times.backoff_min;
	uint32_t jitter;

	for (unsigned i = 1; i < uplink->attempts + uplink->failures &&
			     wait < uplink->times.backoff_max;
	     i++)
		wait *= 2;
	if (wait > uplink->times.backoff_max)
		wait = uplink->times.backoff_max;
	random_fill(&jitter, sizeof(jitter));
	return wait / 2 + (int64_t)(jitter % (uint64_t)(wait / 2 + 1));
}

static void
close_socket(struct uplink *uplink)
{
	if (uplink->readable != NULL)
		event_free(uplink->readable);
	uplink->readable = NULL;
	sock_close(uplink->sock);
	uplink->sock = NULL;
}

static void
set_state(struct uplink *uplink, enum uplink_state state)
{
	bool was_up = uplink->state == UPLINK_UP;

	uplink->state = state;
	if (was_up && state != UPLINK_UP) {
		log_warn("HUB-AWAY", "member=%s", desk_member(uplink->desk));
		uplink_questions_end(uplink);
		uplink->events.state(uplink->events.arg, false);
	}
}

void
uplink_drop(struct uplink *uplink, int64_t wait_ms)
{
	close_socket(uplink);
	uplink->retry_ms = clk_mono_ms() + wait_ms;
	set_state(uplink, UPLINK_DOWN);
}

void
uplink_greet(struct uplink *uplink)
{
	int64_t now_ms = clk_mono_ms();

	uplink->hello_due = true;
	uplink->probe_due = false;
	uplink->ack_count = 0;
	uplink->credit_due = 0;
	uplink->cosigned_due = false;
	uplink->paused_ms = 0;
	uplink->log_request = 0;
	for (size_t i = 0; i < uplink->row_count; i++)
		uplink->rows[i].is_sent = false;
	uplink->deadline_ms =
	    now_ms + uplink->times.hello +
	    (uplink->attempts > 0 ? uplink_backoff_ms(uplink) : 0);
	uplink->attempts++;
	set_state(uplink, UPLINK_HELLO);
}

static void pump(struct uplink *uplink);

static void
on_readable(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	pump(arg);
}

static struct line_view
view_now(const struct uplink *uplink)
{
	return (struct line_view){.reg = desk_register(uplink->desk),
	    .member = desk_member(uplink->desk),
	    .keys = desk_keys(uplink->desk),
	    .now_ms = clk_wall_ms()};
}

/* Leave for newer keys; what was not answered goes over the new line. */
static void
follow_keys(struct uplink *uplink, int64_t now_ms)
{
	const struct line_view view = view_now(uplink);

	if (line_holds(&uplink->line, &view)) {
		if (!line_is_old(&uplink->lines, &uplink->line, &view) ||
		    (uplink->moved_ms != 0 &&
			now_ms - uplink->moved_ms < uplink->times.move))
			return;
		uplink->moved_ms = now_ms;
	}
	log_info("HUB-KEYS-MOVE", "member=%s", desk_member(uplink->desk));
	uplink_drop(uplink, 0);
}

static enum wh_err
open_socket(struct uplink *uplink, struct why *why)
{
	const struct line_view view = view_now(uplink);
	struct sock_options options = {.keys = &uplink->line.own,
	    .server_key = uplink->line.hub_key,
	    .message_max = FRAME_MAX};
	enum wh_err err;

	err =
	    line_choose(&uplink->lines, &view, uplink->attempts, &uplink->line);
	if (err != WH_OK)
		return why_set(why, err,
		    "there is no register with a key of the hub that holds "
		    "now");
	options.endpoint = uplink->lines.addresses[uplink->line.address];
	err = sock_client_open(uplink->ctx, &options, &uplink->sock, why);
	if (err != WH_OK)
		return err;
	uplink->readable = event_new(uplink->base, sock_fd(uplink->sock),
	    EV_READ | EV_PERSIST, on_readable, uplink);
	(void)event_add(uplink->readable, NULL);
	return WH_OK;
}

static void
try_open(struct uplink *uplink)
{
	struct why why = {""};
	enum wh_err err = open_socket(uplink, &why);

	if (err == WH_OK) {
		uplink->was_told = false;
		uplink_greet(uplink);
		return;
	}
	if (!uplink->was_told)
		log_warn("HUB-NOT-OPENED", "%s", why.text);
	uplink->was_told = true;
	uplink_drop(uplink, uplink->times.backoff_min);
}

/* Take frames; true when the socket may hold more than we took. */
static bool
take_frames(struct uplink *uplink, bool *any)
{
	struct sock_msg *msg = NULL;
	enum wh_err err = WH_OK;

	for (unsigned i = 0; i < FRAMES_PER_TURN; i++) {
		if (uplink->sock == NULL)
			return false;
		err = sock_recv(uplink->sock, &msg);
		if (err != WH_OK)
			break;
		*any = true;
		uplink->heard_ms = clk_mono_ms();
		uplink_take(uplink, sock_msg_body(msg));
		sock_msg_free(msg);
	}
	if (err != WH_OK && err != WH_AGAIN) {
		log_err("HUB-SOCKET", "error=%s", wh_err_str(err));
		uplink_drop(uplink, uplink_backoff_ms(uplink));
	}
	return err == WH_OK;
}

/* The descriptor is edge-triggered: go on until neither side moves. */
static void
pump(struct uplink *uplink)
{
	bool moved = true;

	while (moved && uplink->sock != NULL) {
		moved = false;
		if (take_frames(uplink, &moved)) {
			event_active(uplink->wake, EV_READ, 0);
			return;
		}
		if (uplink->sock != NULL && uplink_send(uplink))
			moved = true;
	}
}

static void
on_tick(evutil_socket_t fd, short what, void *arg)
{
	struct uplink *uplink = arg;
	int64_t now_ms = clk_mono_ms();

	(void)fd;
	(void)what;
	switch (uplink->state) {
	case UPLINK_DOWN:
		if (now_ms >= uplink->retry_ms)
			try_open(uplink);
		break;
	case UPLINK_HELLO:
		if (now_ms < uplink->deadline_ms)
			break;
		/* Refused, or away: 4.3.4 does not come back by itself. */
		log_info("HUB-SILENT", "attempts=%u", uplink->attempts);
		close_socket(uplink);
		try_open(uplink);
		break;
	case UPLINK_UP:
		uplink_send_tick(uplink, now_ms);
		if (uplink->state == UPLINK_UP)
			follow_keys(uplink, now_ms);
		break;
	}
	pump(uplink);
}

static struct timeval
timeval_of(int64_t ms)
{
	return (
	    struct timeval){.tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000};
}

enum wh_err
uplink_open(struct event_base *base, struct desk *desk,
    const struct uplink_options *options, const struct uplink_events *events,
    struct uplink **out, struct why *why)
{
	const struct uplink_times *times = options->times;
	struct uplink *uplink = mem_new(sizeof(*uplink));
	struct timeval tick;
	enum wh_err err;

	err = lines_init(&uplink->lines, options->endpoints);
	if (err != WH_OK) {
		mem_free(uplink);
		return why_set(why, err, "hub: 1 to %d addresses",
		    LINE_ADDRESSES_MAX);
	}
	err = sock_ctx_new(&uplink->ctx);
	if (err != WH_OK) {
		lines_fini(&uplink->lines);
		mem_free(uplink);
		return why_set(why, err, "ZeroMQ does not start");
	}
	uplink->base = base;
	uplink->desk = desk;
	uplink->events = *events;
	uplink->times = times == NULL ? uplink_times_default : *times;
	arena_init(&uplink->arena, FRAME_ARENA_MAX);
	LIST_INIT(&uplink->questions);
	uplink->wake = event_new(base, -1, EV_PERSIST, on_readable, uplink);
	uplink->tick = event_new(base, -1, EV_PERSIST, on_tick, uplink);
	tick = timeval_of(uplink->times.tick);
	(void)event_add(uplink->tick, &tick);
	event_active(uplink->tick, EV_TIMEOUT, 0);
	*out = uplink;
	return WH_OK;
}

void
uplink_close(struct uplink *uplink)
{
	if (uplink == NULL)
		return;
	uplink_questions_end(uplink);
	close_socket(uplink);
	event_free(uplink->wake);
	event_free(uplink->tick);
	sock_ctx_free(uplink->ctx);
	arena_fini(&uplink->arena);
	lines_fini(&uplink->lines);
	desk_cosigned_fini(&uplink->cosigned);
	mem_wipe_free(uplink, sizeof(*uplink));
}

void
uplink_keys_changed(struct uplink *uplink)
{
	uplink->moved_ms = 0;
	uplink->retry_ms = 0;
	event_active(uplink->tick, EV_TIMEOUT, 0);
}

void
uplink_greet_again(struct uplink *uplink)
{
	if (uplink->state != UPLINK_UP)
		return;
	uplink_greet(uplink);
	uplink_kick(uplink);
}

/* From the loop, not from here: the caller may be answering a request. */
void
uplink_kick(struct uplink *uplink)
{
	event_active(uplink->wake, EV_READ, 0);
}

bool
uplink_connected(const struct uplink *uplink)
{
	return uplink->state == UPLINK_UP;
}

struct uplink_counts
uplink_counts(const struct uplink *uplink)
{
	return uplink->counts;
}
