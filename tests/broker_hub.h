/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_TESTS_BROKER_HUB_H
#define WH_TESTS_BROKER_HUB_H

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "broker/loop_state.h"
#include "proto/base/clk.h"
#include "proto/base/file.h"
#include "tests/broker_world.h"

/* A whole hub in this process, on real sockets, and clients of its members. */

#define DEADLINE_MS 20000
#define MIB         (1024u * 1024)

struct hub {
	struct people people;
	char *dir;
	char *data;
	char *control;
	char *reg;
	struct loop_options options;
	struct loop *loop;
	struct sock_ctx *ctx; /* of the clients */
	struct arena arena;
	int64_t now_ms; /* when the test began */
	int64_t deadline_ms;
	enum wh_err failed; /* of the last turn */
};

static inline void
hub_register(struct hub *h, uint64_t version)
{
	struct bytes reg = people_register(&h->people, version);

	assert_int_equal(file_write(h->reg, span_bytes(&reg), 0644, NULL),
	    WH_OK);
	mem_free(reg.p);
}

static inline enum wh_err
hub_open(struct hub *h, struct why *why)
{
	enum wh_err err;

	h->options.dir = h->data;
	h->options.control = h->control;
	h->options.register_path = h->reg;
	h->options.keys = &h->people.hub;
	h->options.alliance_key = h->people.alliance.signing.public_key;
	h->failed = WH_OK;
	err = loop_open(&h->options, &h->loop, why);
	/* The same port again, so that clients find it. */
	return err;
}

static inline void
hub_start(struct hub *h)
{
	struct why why = {""};

	if (hub_open(h, &why) != WH_OK)
		fail_msg("%s", why.text);
}

/* As kill -9 does: what was not committed is only in the journal. */
static inline void
hub_kill(struct hub *h)
{
	if (h->loop != NULL)
		h->loop->failed = true;
	loop_close(h->loop);
	h->loop = NULL;
}

static inline void
hub_turn(struct hub *h)
{
	if (clk_mono_ms() > h->deadline_ms)
		fail_msg("nothing happens");
	h->failed = loop_turn(h->loop, 5);
}

static inline void
hub_turn_well(struct hub *h)
{
	hub_turn(h);
	assert_int_equal(h->failed, WH_OK);
}

static inline struct sock *
client_with(struct hub *h, const struct sock_keys *keys)
{
	struct sock_options options = {.endpoint = loop_endpoint(h->loop),
	    .keys = keys,
	    .server_key = h->people.hub.transport.public_key,
	    .message_max = FRAME_MAX};
	struct sock *client = NULL;

	assert_int_equal(sock_client_open(h->ctx, &options, &client, NULL),
	    WH_OK);
	return client;
}

static inline struct sock *
client_of(struct hub *h, enum who who)
{
	return client_with(h, &h->people.member[who].transport);
}

static inline void
tell_bytes(struct hub *h, struct sock *client, struct span bytes)
{
	enum wh_err err;

	while ((err = sock_send(client, span_of(NULL, 0), bytes)) == WH_AGAIN)
		hub_turn_well(h);
	assert_int_equal(err, WH_OK);
}

static inline void
tell(struct hub *h, struct sock *client, const struct to_hub *message)
{
	uint8_t *bytes = NULL;
	size_t len;

	assert_int_equal(wire_to_hub_write(message, &bytes, &len), WH_OK);
	tell_bytes(h, client, span_of(bytes, len));
	mem_free(bytes);
}

/* The next frame that is here, without a turn of the hub. */
static inline bool
hear_now(struct hub *h, struct sock *client, struct from_hub *out)
{
	struct sock_msg *msg = NULL;
	struct span copy;

	if (sock_recv(client, &msg) != WH_OK)
		return false;
	copy = arena_dup(&h->arena, sock_msg_body(msg));
	sock_msg_free(msg);
	assert_non_null(copy.p);
	assert_int_equal(wire_from_hub_read(&h->arena, copy, out, NULL), WH_OK);
	return true;
}

static inline bool
is_pushed(enum from_hub_kind kind)
{
	return kind == FROM_HUB_REGISTER || kind == FROM_HUB_CHECKPOINT;
}

/* The next frame of this kind; others but what is pushed are a failure. */
static inline struct from_hub
hear(struct hub *h, struct sock *client, enum from_hub_kind kind)
{
	struct from_hub frame;

	for (;;) {
		while (!hear_now(h, client, &frame))
			hub_turn_well(h);
		if (frame.kind == kind)
			return frame;
		if (!is_pushed(frame.kind))
			fail_msg("heard %d, waited for %d (%s)",
			    (int)frame.kind, (int)kind,
			    frame.kind == FROM_HUB_REFUSAL
				? frame.u.refusal.detail
				: "");
	}
}

static inline void
greet(struct hub *h, struct sock *client)
{
	struct to_hub hello = {.request = 1,
	    .kind = TO_HUB_HELLO,
	    .u.hello = {.major = WIRE_MAJOR, .software = "test"}};

	tell(h, client, &hello);
	hear(h, client, FROM_HUB_WELCOME);
}

static inline struct sock *
join(struct hub *h, enum who who)
{
	struct sock *client = client_of(h, who);

	greet(h, client);
	return client;
}

static inline void
grant(struct hub *h, struct sock *client, uint32_t credit)
{
	struct to_hub message = {.kind = TO_HUB_CREDIT, .u.credit = credit};

	tell(h, client, &message);
}

static inline void
acknowledge(struct hub *h, struct sock *client, uint64_t delivery)
{
	struct to_hub message = {.kind = TO_HUB_ACK, .u.ack = {delivery, 0}};

	tell(h, client, &message);
}

static inline void
tell_signed(struct hub *h, struct sock *client, enum to_hub_kind kind,
    struct bytes bytes)
{
	struct to_hub message = {.request = 7,
	    .kind = kind,
	    .u.bytes = span_bytes(&bytes)};

	tell(h, client, &message);
	mem_free(bytes.p);
}

static inline struct receipt
capture(struct hub *h, struct sock *client, const struct permission *permission)
{
	tell_signed(h, client, TO_HUB_PERMISSION,
	    permission_sign(&h->people, permission, BUURTTEAM));
	return hear(h, client, FROM_HUB_RECEIPT).u.receipt;
}

static inline struct receipt
offer(struct hub *h, struct sock *client, const struct letter *letter)
{
	tell_signed(h, client, TO_HUB_SUBMIT, letter_seal(&h->people, letter));
	return hear(h, client, FROM_HUB_RECEIPT).u.receipt;
}

static inline struct hash
hub_root(const struct hub *h)
{
	return audit_root(core_audit(h->loop->core));
}

static inline int
hub_setup(void **state)
{
	struct hub *h = mem_new(sizeof(*h));

	people_init(&h->people);
	h->dir = support_dir_new();
	h->data = support_path(h->dir, "data");
	h->control = support_path(h->dir, "control");
	h->reg = support_path(h->dir, "register.bin");
	h->now_ms = clk_wall_ms();
	h->deadline_ms = clk_mono_ms() + DEADLINE_MS;
	h->options = (struct loop_options){
	    .endpoint = "tcp://127.0.0.1:*",
	    .map_bytes = 256 * MIB,
	    .segment_bytes = LOOP_SEGMENT_MIN,
	    .commit_ms = 200,
	};
	arena_init(&h->arena, 256 * MIB);
	hub_register(h, 1);
	assert_int_equal(sock_ctx_new(&h->ctx), WH_OK);
	*state = h;
	return 0;
}

static inline int
hub_teardown(void **state)
{
	struct hub *h = *state;

	loop_close(h->loop);
	sock_ctx_free(h->ctx);
	people_fini(&h->people);
	arena_fini(&h->arena);
	free(h->data);
	free(h->control);
	free(h->reg);
	support_dir_remove(h->dir);
	mem_free(h);
	return 0;
}

#define HUB(name) cmocka_unit_test_setup_teardown(name, hub_setup, hub_teardown)

#endif
