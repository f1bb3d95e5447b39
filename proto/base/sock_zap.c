/* SPDX-License-Identifier: EUPL-1.2 */
#include "proto/base/clk.h"
#include "proto/base/mem.h"
#include "proto/base/sock_impl.h"

#define SERVE_PER_CALL 256 /* so that the caller's loop goes on */
#define PROBE_MS       10000

/* Parts of a request (RFC 27). */
enum {
	PART_VERSION,
	PART_REQUEST_ID,
	PART_DOMAIN,
	PART_ADDRESS,
	PART_ROUTE,
	PART_MECHANISM,
	PART_KEY,
	PART_COUNT
};
_Static_assert(PART_COUNT == SOCK_PARTS, "a request must fit");

enum wh_err
sock_zap_open(struct sock_ctx *ctx, sock_zap_fn *allow, void *arg,
    struct sock **out)
{
	struct sock *zap = NULL;
	enum wh_err err;

	if (ctx->zap != NULL)
		return WH_EXISTS;
	err = sock_zap_new(ctx, &zap);
	if (err == WH_OK)
		err = sock_zap_listen(zap, true);
	if (err != WH_OK) {
		sock_close(zap);
		return err;
	}
	zap->allow = allow;
	zap->arg = arg;
	ctx->zap = zap;
	*out = zap;
	return WH_OK;
}

static bool
part_is(const struct sock_parts *request, size_t i, struct span bytes)
{
	return span_equal(span_of(request->bytes[i], request->lens[i]), bytes);
}

static bool
zap_decide(struct sock *zap, const struct sock_parts *request,
    char user_id[SOCK_USER_MAX])
{
	const uint8_t *key = request->bytes[PART_KEY];

	if (request->count != PART_COUNT ||
	    !part_is(request, PART_VERSION, span_str("1.0")) ||
	    !part_is(request, PART_MECHANISM, span_str("CURVE")) ||
	    request->lens[PART_KEY] != SOCK_KEY_LEN)
		return false;
	if (zap->watch != NULL && memcmp(key, zap->watch, SOCK_KEY_LEN) == 0)
		zap->watch_asked = true;
	if (!part_is(request, PART_DOMAIN, span_str(SOCK_ZAP_DOMAIN)))
		return false;
	if (!zap->allow(zap->arg, key, user_id))
		return false;
	user_id[SOCK_USER_MAX - 1] = '\0';
	return user_id[0] != '\0'; /* without a name there is no identity */
}

static enum wh_err
zap_answer(struct sock *zap, const struct sock_parts *request)
{
	char user_id[SOCK_USER_MAX] = "";
	struct span request_id = {NULL, 0};
	bool allowed = zap_decide(zap, request, user_id);

	if (request->count > PART_REQUEST_ID)
		request_id = span_of(request->bytes[PART_REQUEST_ID],
		    request->lens[PART_REQUEST_ID]);
	/* Version, request id, status, text, user id, metadata. */
	return sock_parts_send(zap,
	    (struct span[]){span_str("1.0"), request_id,
		span_str(allowed ? "200" : "400"),
		span_str(allowed ? "OK" : "refused"),
		span_str(allowed ? user_id : ""), span_of(NULL, 0)},
	    6);
}

enum wh_err
sock_zap_serve(struct sock *zap)
{
	struct sock_parts request;

	for (unsigned i = 0; i < SERVE_PER_CALL; i++) {
		enum wh_err err = sock_parts_recv(zap, &request);

		if (err == WH_AGAIN)
			return WH_OK;
		if (err == WH_OK)
			err = zap_answer(zap, &request);
		if (err != WH_OK)
			return err;
	}
	return WH_OK;
}

/* Until a handshake ended. zap answers meanwhile, or is not there: NULL. */
static enum wh_err
probe_wait(struct sock *monitor, struct sock *zap, bool *accepted)
{
	int64_t deadline_ms = clk_mono_ms() + PROBE_MS;
	enum wh_err err = WH_AGAIN;

	while (err == WH_AGAIN && clk_mono_ms() < deadline_ms) {
		struct sock_poll items[] = {{.sock = monitor}, {.sock = zap}};

		err = sock_poll(items, zap == NULL ? 1 : 2, 100);
		if (err != WH_OK)
			continue;
		if (items[1].ready)
			err = sock_zap_serve(zap);
		if (err == WH_OK)
			err = sock_handshake(monitor, accepted);
	}
	return err == WH_AGAIN ? WH_IO : err;
}

/*
 * Knock with a key that nobody knows. The handshake ends with the server's
 * READY or without it; what lies in the server's queue is left alone.
 */
static enum wh_err
probe(struct sock_ctx *ctx, const struct sock_options *options,
    struct sock *zap, bool *accepted)
{
	struct sock *client = NULL;
	struct sock *monitor = NULL;
	enum wh_err err = sock_watched_open(ctx, options, &client, &monitor);

	if (err == WH_OK)
		err = probe_wait(monitor, zap, accepted);
	sock_close(client);
	sock_close(monitor);
	return err;
}

/* The handler must have been asked: a refusal for another reason, such as a
 * wrong server key, proves nothing. */
static enum wh_err
refuses_unknown_key(struct sock_ctx *ctx, const struct sock_options *options,
    struct sock *zap)
{
	bool accepted = true;
	enum wh_err err;

	zap->watch = options->keys->public_key;
	zap->watch_asked = false;
	err = probe(ctx, options, zap, &accepted);
	zap->watch = NULL;
	if (err == WH_OK && (accepted || !zap->watch_asked))
		err = WH_CRYPTO;
	return err;
}

/*
 * With a handler in place the library asks it also when the domain is not
 * enforced, so only this tells a safe server from one that lets everybody in
 * when the handler is away.
 */
static enum wh_err
refuses_without_handler(struct sock_ctx *ctx,
    const struct sock_options *options, struct sock *zap)
{
	bool accepted = true;
	enum wh_err err = sock_zap_listen(zap, false);
	enum wh_err again;

	if (err != WH_OK)
		return err;
	err = probe(ctx, options, NULL, &accepted);
	if (err == WH_OK && accepted)
		err = WH_CRYPTO;
	again = sock_zap_listen(zap, true);
	return err == WH_OK ? again : err;
}

enum wh_err
sock_self_test(struct sock_ctx *ctx, struct sock *server, struct sock *zap,
    const uint8_t server_key[SOCK_KEY_LEN])
{
	struct sock_keys keys;
	char endpoint[256];
	const struct sock_options options = {.endpoint = endpoint,
	    .keys = &keys,
	    .server_key = server_key,
	    .message_max = SOCK_MESSAGE_MAX_MIN};
	enum wh_err err = sock_endpoint(server, endpoint, sizeof(endpoint));

	if (err == WH_OK)
		err = sock_keys_new(&keys);
	if (err != WH_OK)
		return err;
	err = refuses_unknown_key(ctx, &options, zap);
	if (err == WH_OK)
		err = refuses_without_handler(ctx, &options, zap);
	mem_wipe(&keys, sizeof(keys));
	return err;
}
