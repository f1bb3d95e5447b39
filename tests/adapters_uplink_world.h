/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_TESTS_ADAPTERS_UPLINK_WORLD_H
#define WH_TESTS_ADAPTERS_UPLINK_WORLD_H

#include "adapters/desk_log.h"
#include "adapters/desk_officer.h"
#include "adapters/outbox.h"
#include "adapters/uplink.h"
#include "proto/base/clk.h"
#include "proto/base/mem.h"
#include "tests/adapters_store.h"

#define DEADLINE_MS 30000
#define ROUTE_MAX   64

/*
 * The desk of these tests: a real outbox in a real store, and a memory of what
 * the uplink asked, in place of the one that reads envelopes.
 */
struct desk {
	struct store store;
	struct wh_register reg;
	struct reg_key hub_key; /* of reg */
	struct key_secrets keys;
	bool has_register;
	enum wh_err deliver_err; /* what desk_deliver() answers */
	enum reason deliver_reason;
	unsigned delivered;
	uint64_t last_delivery;
	unsigned receipts;
	unsigned refusals;
	enum reason refused;
	unsigned registers;
	unsigned checkpoints;
	unsigned asked; /* to cosign */
	enum wh_err witness_err;
	enum witness_verdict verdict;
	uint64_t log_next;
	unsigned log_pages;
	enum wh_err log_err; /* what desk_mirror_page() answers */
};

/* A hub that says what the test wants: ROUTER with CURVE, real frames. */
struct world {
	struct desk desk;
	struct event_base *base;
	struct sock_ctx *ctx;
	struct sock *zap;
	struct sock *server;
	struct sock_keys hub_keys;
	struct sock_keys keys;
	bool refuse_all; /* ZAP */
	char endpoint[64];
	struct uplink_times times;
	struct uplink *uplink;
	uint8_t route[ROUTE_MAX]; /* of the last frame */
	size_t route_len;
	unsigned heard;
	struct arena arena; /* of the last frame */
	struct to_hub frame;
	unsigned settled;
	bool accepted;
	enum reason reason;
	unsigned deliveries;
	unsigned ups;
	unsigned downs;
	unsigned proofs;
	enum wh_err proof_err;
	int64_t deadline_ms;
};

const struct wh_register *
desk_register(const struct desk *desk)
{
	return desk->has_register ? &desk->reg : NULL;
}

uint64_t
desk_register_version(const struct desk *desk)
{
	return desk->has_register ? desk->reg.version : 0;
}

const char *
desk_member(const struct desk *desk)
{
	(void)desk;
	return "eigen-haard";
}

const struct key_secrets *
desk_keys(const struct desk *desk)
{
	return &desk->keys;
}

struct kv *
desk_kv(struct desk *desk)
{
	return desk->store.kv;
}

enum wh_err
desk_register_put(struct desk *desk, struct span bytes, struct why *why)
{
	(void)bytes;
	(void)why;
	desk->registers++;
	desk->reg.version++;
	return WH_OK;
}

enum wh_err
desk_deliver(struct desk *desk, const struct deliver *delivery, int64_t now_ms,
    enum reason *reason)
{
	assert_true(now_ms > 0);
	if (desk->deliver_err != WH_OK)
		return desk->deliver_err;
	desk->delivered++;
	desk->last_delivery = delivery->delivery;
	*reason = desk->deliver_reason;
	return WH_OK;
}

static inline void
forget(struct desk *desk, const struct id *id)
{
	store_begin(&desk->store);
	(void)outbox_done(desk->store.txn, id);
	assert_int_equal(kv_commit(&desk->store.txn), WH_OK);
}

enum wh_err
desk_receipt(struct desk *desk, const struct receipt *receipt, int64_t now_ms)
{
	(void)now_ms;
	desk->receipts++;
	forget(desk, &receipt->id);
	return WH_OK;
}

enum wh_err
desk_refusal(struct desk *desk, const struct refusal *refusal, int64_t now_ms)
{
	(void)now_ms;
	desk->refusals++;
	desk->refused = refusal->reason;
	forget(desk, &refusal->id);
	return WH_OK;
}

enum wh_err
desk_checkpoint(struct desk *desk, struct span note, int64_t now_ms)
{
	(void)note;
	assert_true(now_ms > 0);
	desk->checkpoints++;
	return WH_OK;
}

void
desk_cosigned_fini(struct desk_cosigned *cosigned)
{
	mem_free(cosigned->lines);
	mem_free(cosigned->checkpoint);
	*cosigned = (struct desk_cosigned){0};
}

enum wh_err
desk_witness(struct desk *desk, const struct add_checkpoint *asked,
    int64_t now_ms, struct desk_cosigned *out)
{
	assert_true(now_ms > 0);
	desk->asked++;
	*out = (struct desk_cosigned){.verdict = desk->verdict};
	if (desk->witness_err != WH_OK)
		return desk->witness_err;
	if (desk->verdict == WITNESS_COSIGNED)
		out->lines = mem_strdup("a line\n");
	else
		out->checkpoint = mem_dup(asked->checkpoint);
	out->size = asked->old_size + 1;
	return WH_OK;
}

enum wh_err
desk_mirror_next(struct desk *desk, uint64_t *next)
{
	*next = desk->log_next;
	return WH_OK;
}

enum wh_err
desk_mirror_page(struct desk *desk, const struct log_page *page, int64_t now_ms,
    struct why *why)
{
	(void)now_ms;
	(void)why;
	desk->log_pages++;
	if (desk->log_err == WH_OK)
		desk->log_next = page->next;
	return desk->log_err;
}

static inline bool
allow(void *arg, const uint8_t key[SOCK_KEY_LEN], char user_id[SOCK_USER_MAX])
{
	struct world *w = arg;

	return !w->refuse_all &&
	       memcmp(key, w->keys.public_key, SOCK_KEY_LEN) == 0 &&
	       str_copy(user_id, SOCK_USER_MAX, "eigen-haard") == WH_OK;
}

static inline void
on_settled(void *arg, const struct id *id, bool accepted, enum reason reason,
    const char *detail)
{
	struct world *w = arg;

	assert_false(id_is_zero(id));
	assert_non_null(detail);
	w->settled++;
	w->accepted = accepted;
	w->reason = reason;
}

static inline void
on_delivered(void *arg)
{
	((struct world *)arg)->deliveries++;
}

static inline void
on_state(void *arg, bool connected)
{
	struct world *w = arg;

	w->ups += connected;
	w->downs += !connected;
}

/* At the same place each time, so that adapters find it again. */
static inline void
hub_start(struct world *w)
{
	const struct sock_options options = {.endpoint =
						 w->endpoint[0] == '\0'
						     ? "tcp://127.0.0.1:*"
						     : w->endpoint,
	    .keys = &w->hub_keys,
	    .message_max = FRAME_MAX};
	enum wh_err err;

	do { /* the port of a hub that just stopped */
		err = sock_server_open(w->ctx, &options, &w->server, NULL);
		assert_true(clk_mono_ms() < w->deadline_ms);
	} while (err == WH_EXISTS);
	assert_int_equal(err, WH_OK);
	assert_int_equal(sock_endpoint(w->server, w->endpoint,
			     sizeof(w->endpoint)),
	    WH_OK);
}

static inline void
hub_stop(struct world *w)
{
	sock_close(w->server);
	w->server = NULL;
}

static inline void
uplink_start(struct world *w)
{
	const struct uplink_options options = {.endpoints = w->endpoint,
	    .times = &w->times};
	const struct uplink_events events = {on_settled, on_delivered, on_state,
	    w, NULL};

	assert_int_equal(uplink_open(w->base, &w->desk, &options, &events,
			     &w->uplink, NULL),
	    WH_OK);
}

static inline int
world_open(void **state)
{
	struct world *w = mem_new(sizeof(*w));
	struct store *store = &w->desk.store;

	store->dir = support_dir_new();
	store_start(store);
	kv_abort(&store->txn);
	w->base = event_base_new();
	w->deadline_ms = clk_mono_ms() + DEADLINE_MS;
	w->times = (struct uplink_times){.tick = 5,
	    .hello = 300,
	    .backoff_min = 10,
	    .backoff_max = 40,
	    .probe = 20,
	    .silence = 10000,
	    .answer = 10000};
	arena_init(&w->arena, FRAME_ARENA_MAX);
	assert_int_equal(sock_keys_new(&w->hub_keys), WH_OK);
	assert_int_equal(sock_keys_new(&w->keys), WH_OK);
	assert_int_equal(sock_ctx_new(&w->ctx), WH_OK);
	assert_int_equal(sock_zap_open(w->ctx, allow, w, &w->zap), WH_OK);
	hub_start(w);
	w->desk.keys =
	    (struct key_secrets){.kind = KEYFILE_MEMBER, .transport = w->keys};
	w->desk.has_register = true;
	w->desk.reg.version = 1;
	w->desk.hub_key = (struct reg_key){.use = KEY_TRANSPORT, .from_ms = 1};
	memcpy(w->desk.hub_key.key, w->hub_keys.public_key, SOCK_KEY_LEN);
	w->desk.reg.hub_keys = &w->desk.hub_key;
	w->desk.reg.hub_key_count = 1;
	*state = w;
	return 0;
}

static inline int
world_close(void **state)
{
	struct world *w = *state;

	uplink_close(w->uplink);
	sock_ctx_free(w->ctx);
	event_base_free(w->base);
	arena_fini(&w->arena);
	store_stop(&w->desk.store);
	support_dir_remove(w->desk.store.dir);
	mem_free(w);
	return 0;
}

/* One turn of the adapter, and of who may connect. */
static inline void
spin(struct world *w)
{
	struct sock_poll items[] = {{.sock = w->zap}, {.sock = w->server}};

	assert_true(clk_mono_ms() < w->deadline_ms);
	(void)event_base_loop(w->base, EVLOOP_ONCE | EVLOOP_NONBLOCK);
	(void)sock_poll(items, w->server == NULL ? 1 : 2, 1);
	assert_int_equal(sock_zap_serve(w->zap), WH_OK);
}

/* The same, and the hub listens: true when it heard a frame. */
static inline bool
turn(struct world *w)
{
	struct sock_msg *msg = NULL;
	struct span route;

	spin(w);
	if (w->server == NULL || sock_recv(w->server, &msg) != WH_OK)
		return false;
	route = sock_msg_route(msg);
	memcpy(w->route, route.p, route.len);
	w->route_len = route.len;
	arena_reset(&w->arena);
	assert_int_equal(wire_to_hub_read(&w->arena,
			     arena_dup(&w->arena, sock_msg_body(msg)),
			     &w->frame, NULL),
	    WH_OK);
	sock_msg_free(msg);
	w->heard++;
	return true;
}

/* The next frame that is no bare probe. */
static inline void
hear(struct world *w, enum to_hub_kind kind)
{
	for (;;) {
		while (!turn(w))
			;
		if (w->frame.kind == TO_HUB_CREDIT && w->frame.u.credit == 0)
			continue;
		assert_int_equal(w->frame.kind, kind);
		return;
	}
}

static inline void
reply(struct world *w, const struct from_hub *frame)
{
	uint8_t *bytes = NULL;
	size_t len = 0;
	enum wh_err err;

	assert_int_equal(wire_from_hub_write(frame, &bytes, &len), WH_OK);
	while ((err = sock_send(w->server, span_of(w->route, w->route_len),
		    span_of(bytes, len))) == WH_AGAIN)
		spin(w);
	assert_int_equal(err, WH_OK);
	mem_free(bytes);
}

static inline void
welcome(struct world *w)
{
	const struct from_hub frame = {.request = w->frame.request,
	    .kind = FROM_HUB_WELCOME,
	    .u.welcome = {.major = 1, .register_version = 1, .now_ms = 1}};
	unsigned ups = w->ups;

	reply(w, &frame);
	while (w->ups == ups)
		spin(w);
}

/* Hello, welcome, credit: the hub has the adapter on the line. */
static inline void
connect_up(struct world *w)
{
	hear(w, TO_HUB_HELLO);
	welcome(w);
	while (w->frame.kind != TO_HUB_CREDIT)
		(void)turn(w);
	assert_int_equal(w->frame.u.credit, UPLINK_CREDIT);
}

static inline struct id
id_of(unsigned n)
{
	return (struct id){.b = {(uint8_t)(n >> 8), (uint8_t)n, 1}};
}

static inline void
push(struct world *w, unsigned n)
{
	struct store *store = &w->desk.store;
	struct id id = id_of(n);

	store_begin(store);
	assert_int_equal(outbox_push(store->txn, TO_HUB_SUBMIT, &id,
			     span_id(&id)),
	    WH_OK);
	assert_int_equal(kv_commit(&store->txn), WH_OK);
	if (w->uplink != NULL)
		uplink_kick(w->uplink);
}

static inline uint64_t
waiting(struct world *w)
{
	struct kv_txn *txn = NULL;
	uint64_t n = 0;

	assert_int_equal(kv_begin(w->desk.store.kv, KV_READ_ONLY, &txn), WH_OK);
	assert_int_equal(outbox_count(txn, &n), WH_OK);
	kv_abort(&txn);
	return n;
}

static inline void
assert_row(struct world *w, unsigned n)
{
	struct id id = id_of(n);

	assert_true(span_equal(w->frame.u.bytes, span_id(&id)));
}

static inline void
hear_row(struct world *w, unsigned n)
{
	hear(w, TO_HUB_SUBMIT);
	assert_row(w, n);
}

static inline void
receipt(struct world *w, unsigned n)
{
	const struct from_hub frame = {.request = w->frame.request,
	    .kind = FROM_HUB_RECEIPT,
	    .u.receipt = {.id = id_of(n), .at_ms = 1}};
	unsigned settled = w->settled;

	reply(w, &frame);
	while (w->settled == settled)
		spin(w);
}

static inline void
refuse(struct world *w, const struct id *id, enum reason reason)
{
	const struct from_hub frame = {.request = w->frame.request,
	    .kind = FROM_HUB_REFUSAL,
	    .u.refusal = {.id = *id, .reason = reason, .detail = "omdat"}};

	reply(w, &frame);
}

static inline void
deliver(struct world *w, uint64_t n)
{
	const struct from_hub frame = {.kind = FROM_HUB_DELIVER,
	    .u.deliver = {.delivery = n,
		.kind = DELIVER_NOTICE,
		.notice = {.case_ref = id_of(1),
		    .state = STATE_DELIVERED,
		    .at_ms = 1}}};

	reply(w, &frame);
}

#undef TEST
#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, world_open, world_close)

#endif
