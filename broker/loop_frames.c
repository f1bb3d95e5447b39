/* SPDX-License-Identifier: EUPL-1.2 */
#include <stdio.h>

#include "broker/dispatch.h"
#include "broker/loop_state.h"
#include "proto/base/log.h"
#include "proto/base/mem.h"
#include "proto/base/text.h"
#include "proto/wire.h"

/*
 * The User-Id that ZAP gives a connection: "<member>/<key id in hex>", so that
 * a key that was taken out of the register stops on connections that are open.
 */

bool
frames_allow(void *arg, const uint8_t key[SOCK_KEY_LEN],
    char user_id[SOCK_USER_MAX])
{
	struct loop *loop = arg;
	const struct registry *registry = core_register(loop->core);
	const struct reg_member *member;
	struct key_id key_id = wire_key_id(key);
	char hex[2 * WIRE_KEY_ID_LEN + 1];

	member = registry == NULL
		     ? NULL
		     : register_by_transport(&registry->reg, key, loop->now_ms);
	if (member == NULL) {
		stats_add(&loop->stats, STAT_HANDSHAKES_REFUSED);
		return false;
	}
	hex_encode(span_of(key_id.b, sizeof(key_id.b)), hex);
	snprintf(user_id, SOCK_USER_MAX, "%s/%s", member->id, hex);
	return true;
}

/* The member behind a message, by the register of this moment. */
static const char *
authenticate(struct loop *loop, const char *user_id)
{
	const struct registry *registry = core_register(loop->core);
	char name[SOCK_USER_MAX];
	const struct reg_member *member;
	const struct reg_key *key;
	struct key_id key_id;
	char *slash;

	if (registry == NULL || str_copy(name, sizeof(name), user_id) != WH_OK)
		return NULL;
	slash = strchr(name, '/');
	if (slash == NULL)
		return NULL;
	*slash = '\0';
	if (hex_decode(slash + 1, key_id.b, sizeof(key_id.b)) != WH_OK)
		return NULL;
	member = register_member(&registry->reg, name);
	key = member == NULL
		  ? NULL
		  : register_key_by_id(member, KEY_TRANSPORT, key_id);
	if (key == NULL || loop->now_ms < key->from_ms ||
	    (key->until_ms != 0 && loop->now_ms >= key->until_ms))
		return NULL;
	return member->id;
}

static void
refuse(struct loop *loop, struct span route, uint64_t request,
    enum reason reason, const char *detail)
{
	struct from_hub frame = {
	    .request = request,
	    .kind = FROM_HUB_REFUSAL,
	    .u.refusal = {.reason = reason, .detail = detail},
	};

	stats_add(&loop->stats, STAT_REFUSALS);
	loop_send_frame(loop, route, &frame);
}

static void
busy(struct loop *loop, struct span route, const struct to_hub *message)
{
	struct from_hub frame = {
	    .request = message->request,
	    .kind = FROM_HUB_BUSY,
	    .u.busy = {.cause = loop->disk ? BUSY_STORE_FULL : BUSY_DISK_FULL,
		.retry_ms = 5000},
	};

	stats_add(&loop->stats, STAT_BUSY);
	loop_send_frame(loop, route, &frame);
}

static void
send_register(struct loop *loop, struct span route)
{
	const struct registry *registry = core_register(loop->core);
	struct from_hub frame = {.kind = FROM_HUB_REGISTER};

	frame.u.bytes = span_of(registry->signed_bytes, registry->signed_len);
	loop_send_frame(loop, route, &frame);
}

static void
send_checkpoint(struct loop *loop, struct span route)
{
	struct from_hub frame = {.kind = FROM_HUB_CHECKPOINT};

	if (loop->checkpoint == NULL)
		return;
	frame.u.bytes = span_str(loop->checkpoint);
	loop_send_frame(loop, route, &frame);
}

static uint32_t
lower(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

/* Versions first; then who is there, and what it lacks. True: go on. */
static bool
on_hello(struct loop *loop, const char *member, struct span route,
    const struct to_hub *message)
{
	const struct hello *hello = &message->u.hello;
	const struct registry *registry = core_register(loop->core);
	struct session *session;
	struct from_hub frame = {
	    .request = message->request,
	    .kind = FROM_HUB_WELCOME,
	    .u.welcome = {.major = WIRE_MAJOR,
		.register_version = registry->reg.version,
		.now_ms = loop->now_ms},
	};

	if (hello->major != WIRE_MAJOR) {
		log_warn("VERSION-REFUSED", "member=%s major=%u", member,
		    hello->major);
		refuse(loop, route, message->request,
		    REASON_VERSION_UNSUPPORTED,
		    "this hub speaks protocol major version 1; install an "
		    "adapter of that version");
		return false;
	}
	session = session_hello(&loop->sessions, member, route, loop->mono_ms);
	if (session == NULL)
		return false;
	session->minor = lower(hello->minor, WIRE_MINOR);
	frame.u.welcome.minor = session->minor;
	loop->stats.value[STAT_SESSIONS] = loop->sessions.count;
	log_info("HELLO", "member=%s software=%s minor=%u", member,
	    hello->software, session->minor);
	loop_send_frame(loop, route, &frame);
	if (hello->register_version < registry->reg.version)
		send_register(loop, route);
	send_checkpoint(loop, route);
	return true;
}

static void
on_proof(struct loop *loop, struct span route, const struct to_hub *message)
{
	struct hash path[WIRE_PROOF_MAX];
	struct from_hub frame = {.request = message->request,
	    .kind = FROM_HUB_PROOF};
	struct proof *proof = &frame.u.proof;
	enum wh_err err = WH_NOT_FOUND;

	proof->index = message->u.proof_index;
	proof->size = loop->checkpoint_size;
	if (loop->checkpoint != NULL && proof->index < proof->size)
		err = audit_leaf_get(loop->txn, proof->index, &proof->leaf);
	if (err == WH_OK)
		err = audit_inclusion(loop->txn, proof->index, proof->size,
		    path, &proof->path_count);
	if (err != WH_OK) {
		refuse(loop, route, message->request, REASON_MALFORMED,
		    "index: is not in the last checkpoint; ask again later");
		return;
	}
	proof->path = (const uint8_t(*)[WIRE_KEY_LEN])path;
	proof->checkpoint = span_str(loop->checkpoint);
	loop_send_frame(loop, route, &frame);
}

static void
on_session(struct loop *loop, const char *member, const struct to_hub *message)
{
	struct session *session = session_find(&loop->sessions, member);
	uint32_t room;

	if (session == NULL || message->kind != TO_HUB_CREDIT)
		return;
	room = CREDIT_MAX - session->credit;
	session->credit += message->u.credit < room ? message->u.credit : room;
}

static void
dispatch(struct loop *loop, const char *member, struct span route,
    const struct to_hub *message, struct span bytes)
{
	const struct dispatch_rule *rule = dispatch_rule(message->kind);
	struct session *session = session_on(&loop->sessions, member, route);

	if (rule == NULL || (rule->needs_hello && session == NULL)) {
		stats_add(&loop->stats, STAT_FRAMES_REFUSED);
		refuse(loop, route, message->request, REASON_NOT_A_MEMBER,
		    "say hello first");
		return;
	}
	if (session != NULL)
		session->seen_ms = loop->mono_ms;
	if (rule->is_intake && !loop->room) {
		busy(loop, route, message);
		return;
	}
	switch (rule->route) {
	case ROUTE_SESSION:
		on_session(loop, member, message);
		break;
	case ROUTE_BOTH:
		if (on_hello(loop, member, route, message))
			batch_add(loop, COMMAND_FRAME, member, bytes);
		break;
	case ROUTE_JOURNAL:
		batch_add(loop, COMMAND_FRAME, member, bytes);
		break;
	case ROUTE_READ:
		on_proof(loop, route, message);
		break;
	}
}

static void
take_one(struct loop *loop, const struct sock_msg *msg)
{
	struct span route = sock_msg_route(msg);
	struct span body = sock_msg_body(msg);
	struct to_hub message;
	struct why why = {""};
	const char *member;

	stats_add(&loop->stats, STAT_FRAMES);
	member = authenticate(loop, sock_msg_user(msg));
	if (member == NULL) {
		stats_add(&loop->stats, STAT_FRAMES_REFUSED);
		return; /* no answer: it is nobody we know */
	}
	arena_reset(&loop->arena);
	if (wire_to_hub_read(&loop->arena, body, &message, &why) != WH_OK) {
		stats_add(&loop->stats, STAT_FRAMES_MALFORMED);
		log_warn("FRAME-MALFORMED", "member=%s cause=%s", member,
		    why.text);
		refuse(loop, route, 0, REASON_MALFORMED, why.text);
		return;
	}
	dispatch(loop, member, route, &message, body);
}

/* As many frames as one record holds, leaving place for handovers. */
enum wh_err
frames_take(struct loop *loop)
{
	struct sock_msg *msg;
	enum wh_err err = WH_OK;

	while (loop->batch_count < BATCH_MAX / 2 &&
	       loop->batch_bytes < FRAME_MAX) {
		err = sock_recv(loop->server, &msg);
		if (err != WH_OK)
			break;
		take_one(loop, msg);
		sock_msg_free(msg);
	}
	return err == WH_AGAIN ? WH_OK : err;
}

void
frames_handover(struct loop *loop)
{
	struct session *session;
	uint8_t count[4];
	size_t i;

	for (i = 0; i < loop->sessions.count; i++) {
		session = &loop->sessions.list[i];
		if (!session->waiting || session->credit == 0 ||
		    loop->batch_count == BATCH_MAX)
			continue;
		session->waiting = false;
		count[0] = 0;
		count[1] = 0;
		count[2] = (uint8_t)(session->credit >> 8);
		count[3] = (uint8_t)session->credit;
		batch_add(loop, COMMAND_HANDOVER, session->member,
		    span_of(count, sizeof(count)));
	}
}
