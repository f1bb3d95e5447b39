/* SPDX-License-Identifier: EUPL-1.2 */
#include "broker/doors.h"

#include "proto/base/log.h"
#include "proto/base/mem.h"
#include "proto/limits.h"

void
doors_init(struct doors *doors, struct sock_ctx *ctx, struct sock *zap,
    const char *endpoint, const char *second)
{
	*doors = (struct doors){.ctx = ctx, .zap = zap, .count = 1};
	(void)str_copy(doors->door[0].endpoint, sizeof(doors->door[0].endpoint),
	    endpoint);
	if (second == NULL)
		return;
	(void)str_copy(doors->door[1].endpoint, sizeof(doors->door[1].endpoint),
	    second);
	doors->count = 2;
}

/* The oldest or newest of our keys that the register says are valid now. */
static enum wh_err
key_for(const struct wh_register *reg, const struct key_secrets *keys,
    bool newest, int64_t now_ms, struct sock_keys *out)
{
	const struct reg_key *best = NULL;
	struct key_own own;

	for (size_t i = 0; i < reg->hub_key_count; i++) {
		const struct reg_key *key = &reg->hub_keys[i];

		if (key->use != KEY_TRANSPORT ||
		    !register_key_holds(key, now_ms) ||
		    (best != NULL &&
			(key->from_ms > best->from_ms) != newest) ||
		    keyring_find(keys, KEY_TRANSPORT, wire_key_id(key->key),
			&own) != WH_OK)
			continue;
		best = key;
		memcpy(out->secret, own.secret, SOCK_KEY_LEN);
		memcpy(out->public_key, own.public_key, SOCK_KEY_LEN);
	}
	mem_wipe(&own, sizeof(own));
	return best == NULL ? WH_CRYPTO : WH_OK;
}

static void
door_close(struct door *door)
{
	sock_close(door->sock);
	door->sock = NULL;
}

static enum wh_err
door_open(struct doors *doors, struct door *door, const struct sock_keys *keys,
    struct why *why)
{
	const struct sock_options options = {.endpoint = door->endpoint,
	    .keys = keys,
	    .message_max = FRAME_MAX};
	enum wh_err err;

	err = sock_server_open(doors->ctx, &options, &door->sock, why);
	if (err != WH_OK)
		return err;
	err = sock_self_test(doors->ctx, door->sock, doors->zap,
	    keys->public_key);
	if (err == WH_OK)
		err = sock_endpoint(door->sock, door->endpoint,
		    sizeof(door->endpoint));
	if (err != WH_OK) {
		door_close(door);
		return why_set(why, err,
		    "%s: the broker does not refuse unknown keys; it will not "
		    "run like that",
		    door->endpoint);
	}
	memcpy(door->key, keys->public_key, SOCK_KEY_LEN);
	door->number = ++doors->last_number;
	return WH_OK;
}

enum wh_err
doors_update(struct doors *doors, const struct wh_register *reg,
    const struct key_secrets *keys, int64_t now_ms, bool *closed,
    struct why *why)
{
	struct sock_keys pair;
	enum wh_err err = WH_OK, one;

	*closed = false;
	for (size_t i = 0; i < doors->count; i++) {
		struct door *door = &doors->door[i];
		bool was_open = door->sock != NULL;

		one = key_for(reg, keys, i > 0, now_ms, &pair);
		if (one != WH_OK) {
			door_close(door);
			*closed |= was_open;
			err = why_set(why, one,
			    "no transport key of the hub is valid now");
			continue;
		}
		if (was_open &&
		    memcmp(door->key, pair.public_key, SOCK_KEY_LEN) == 0)
			continue;
		door_close(door);
		*closed |= was_open;
		one = door_open(doors, door, &pair, why);
		if (one == WH_OK)
			log_info("DOOR-OPEN", "endpoint=%s", door->endpoint);
		else
			err = one;
	}
	mem_wipe(&pair, sizeof(pair));
	return err;
}

void
doors_close(struct doors *doors)
{
	for (size_t i = 0; i < doors->count; i++)
		door_close(&doors->door[i]);
}

size_t
doors_poll(const struct doors *doors, struct sock_poll *items)
{
	size_t n = 0;

	for (size_t i = 0; i < doors->count; i++)
		if (doors->door[i].sock != NULL)
			items[n++] =
			    (struct sock_poll){.sock = doors->door[i].sock};
	return n;
}

static enum wh_err
door_recv(const struct door *door, struct sock_msg **out,
    struct door_route *route)
{
	struct span from;
	enum wh_err err = sock_recv(door->sock, out);

	if (err != WH_OK)
		return err;
	from = sock_msg_route(*out);
	route->bytes[0] = door->number;
	memcpy(route->bytes + 1, from.p, from.len);
	route->len = from.len + 1;
	return WH_OK;
}

enum wh_err
doors_recv(struct doors *doors, struct sock_msg **out, struct door_route *route)
{
	enum wh_err err = WH_AGAIN;

	for (size_t i = 0; i < doors->count && err == WH_AGAIN; i++) {
		const struct door *door = &doors->door[doors->turn];

		doors->turn = (doors->turn + 1) % doors->count;
		if (door->sock != NULL)
			err = door_recv(door, out, route);
	}
	return err;
}

static const struct door *
door_of(const struct doors *doors, struct span route)
{
	for (size_t i = 0; i < doors->count; i++)
		if (route.len > 0 && doors->door[i].sock != NULL &&
		    doors->door[i].number == route.p[0])
			return &doors->door[i];
	return NULL;
}

enum wh_err
doors_send(const struct doors *doors, struct span route, struct span body)
{
	const struct door *door = door_of(doors, route);

	if (door == NULL)
		return WH_NOT_FOUND;
	return sock_send(door->sock, span_of(route.p + 1, route.len - 1), body);
}

bool
doors_has(const struct doors *doors, struct span route)
{
	return door_of(doors, route) != NULL;
}
