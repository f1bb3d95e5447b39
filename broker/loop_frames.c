/* SPDX-License-Identifier: EUPL-1.2 */
#include <inttypes.h>
#include <stdio.h>

#include "broker/dispatch.h"
#include "broker/loop_state.h"
#include "consent/audit_drop.h"
#include "proto/base/log.h"
#include "proto/base/mem.h"
#include "proto/base/text.h"
#include "proto/wire.h"

/* Whose frame it is. */
struct caller {
	const char *member;   /* borrowed from the register */
	struct key_id key_id; /* of its transport key */
	struct span route;
};

/*
 * The User-Id that ZAP gives a connection: "<member>/<key id in hex>", so that
 * a key that was taken out of the register stops on connections that are open.
 */

/* When to try again: the next look at the room, or an operator's work. */
#define BUSY_SOON_MS  1000
#define BUSY_LATER_MS 5000
/* Frames of one turn, answered from the session or not at all included. */
#define TAKE_MAX 1024
/* Deliveries to one member in one turn, so that others have theirs. */
#define HANDOVER_MAX 32

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

/* The member and key behind a message, by the register of this moment. */
static const char *
authenticate(struct loop *loop, const char *user_id, struct key_id *key_id)
{
	const struct registry *registry = core_register(loop->core);
	char name[SOCK_USER_MAX];
	const struct reg_member *member;
	const struct reg_key *key;
	char *slash;

	if (registry == NULL || str_copy(name, sizeof(name), user_id) != WH_OK)
		return NULL;
	slash = strchr(name, '/');
	if (slash == NULL)
		return NULL;
	*slash = '\0';
	if (hex_decode(slash + 1, key_id->b, sizeof(key_id->b)) != WH_OK)
		return NULL;
	member = register_member(&registry->reg, name);
	key = member == NULL
		  ? NULL
		  : register_key_by_id(member, KEY_TRANSPORT, *key_id);
	if (key == NULL || loop->now_ms < key->from_ms ||
	    (key->until_ms != 0 && loop->now_ms >= key->until_ms))
		return NULL;
	return member->id;
}

void
frames_refuse(struct loop *loop, struct span route, uint64_t request,
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
	bool disk = loop->disk && !loop->journal_full;
	struct from_hub frame = {
	    .request = message->request,
	    .kind = FROM_HUB_BUSY,
	    .u.busy = {.cause = !disk        ? BUSY_DISK_FULL
				: loop->room ? BUSY_OVERLOADED
					     : BUSY_STORE_FULL,
		.retry_ms = loop->room ? BUSY_SOON_MS : BUSY_LATER_MS},
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
on_hello(struct loop *loop, const struct caller *caller,
    const struct to_hub *message)
{
	const struct hello *hello = &message->u.hello;
	const char *member = caller->member;
	struct span route = caller->route;
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
		frames_refuse(loop, route, message->request,
		    REASON_VERSION_UNSUPPORTED,
		    "this hub speaks protocol major version 1; install an "
		    "adapter of that version");
		return false;
	}
	session = session_hello(&loop->sessions, member, route, loop->mono_ms);
	if (session == NULL)
		return false;
	if (core_waiting_since(loop->txn, member,
		&frame.u.welcome.waiting_since_ms) != WH_OK)
		frame.u.welcome.waiting_since_ms = 1; /* it may be any time */
	session->key_id = caller->key_id;
	session->minor = lower(hello->minor, WIRE_MINOR);
	frame.u.welcome.minor = session->minor;
	loop->stats.value[STAT_SESSIONS] = loop->sessions.count;
	log_info("HELLO", "member=%s software=\"%s\" minor=%u", member,
	    hello->software, session->minor);
	loop_send_frame(loop, route, &frame);
	if (hello->register_version < registry->reg.version)
		send_register(loop, route);
	send_checkpoint(loop, route);
	witness_hello(loop, member);
	return true;
}

/* Who is named in an entry may have it proved; what names nobody, anyone. */
static bool
concerns(struct span bytes, const char *member)
{
	struct audit_leaf leaf;

	return audit_leaf_read(bytes, &leaf) == WH_OK &&
	       (strcmp(leaf.from, member) == 0 ||
		   strcmp(leaf.to, member) == 0 ||
		   (leaf.from[0] == '\0' && leaf.to[0] == '\0'));
}

/*
 * The head to prove an entry under, of its own log: the one that witnesses
 * vouch for when it covers it, else the last.
 */
static enum wh_err
head_of(struct loop *loop, uint64_t index, struct span *note, uint64_t *size)
{
	const char *origin = core_register(loop->core)->reg.log_origin;
	uint32_t generation = note_log_generation(index);
	struct note_checkpoint head;
	uint32_t of = 0;
	enum wh_err err;

	err = audit_cosigned_get(loop->txn, generation, note);
	if (err == WH_OK)
		err = note_log_read(*note, origin, &of, &head);
	if (err == WH_OK && of == generation &&
	    note_log_leaf(index) < head.size) {
		*size = head.size;
		return WH_OK;
	}
	err = audit_checkpoint_note(loop->txn, generation, note);
	if (err == WH_OK)
		err = note_log_read(*note, origin, &of, &head);
	if (err == WH_OK && of != generation)
		err = WH_NOT_FOUND;
	if (err == WH_OK)
		*size = head.size;
	return err;
}

/* The covenant says for how long the log is kept. */
static bool
refuse_gone(struct loop *loop, const struct caller *caller,
    const struct to_hub *message)
{
	uint32_t of = note_log_generation(message->u.proof_index);
	bool gone = false;
	char text[96];

	if (audit_drop_state(loop->txn, of, &gone) != WH_OK || !gone)
		return false;
	(void)snprintf(text, sizeof(text),
	    "index: this log was closed, kept for %" PRIu32
	    " years and is gone",
	    core_register(loop->core)->reg.audit_years);
	frames_refuse(loop, caller->route, message->request, REASON_MALFORMED,
	    text);
	return true;
}

static void
on_proof(struct loop *loop, const struct caller *caller,
    const struct to_hub *message)
{
	struct span route = caller->route;
	struct hash path[WIRE_PROOF_MAX];
	struct from_hub frame = {.request = message->request,
	    .kind = FROM_HUB_PROOF};
	struct proof *proof = &frame.u.proof;
	enum wh_err err;

	proof->index = message->u.proof_index;
	if (refuse_gone(loop, caller, message))
		return;
	err = head_of(loop, proof->index, &proof->checkpoint, &proof->size);
	if (err == WH_OK && note_log_leaf(proof->index) >= proof->size)
		err = WH_NOT_FOUND;
	if (err == WH_OK)
		err = audit_leaf_get(loop->txn, proof->index, &proof->leaf);
	if (err == WH_OK && !concerns(proof->leaf, caller->member)) {
		frames_refuse(loop, route, message->request,
		    REASON_WRONG_PARTIES, "index: this entry is about others");
		return;
	}
	if (err == WH_OK)
		err = audit_inclusion(loop->txn, proof->index, proof->size,
		    path, &proof->path_count);
	if (err != WH_OK) {
		frames_refuse(loop, route, message->request, REASON_MALFORMED,
		    "index: is not in the last checkpoint; ask again later");
		return;
	}
	proof->path = (const uint8_t(*)[WIRE_KEY_LEN])path;
	loop_send_frame(loop, route, &frame);
}

/*
 * The entry as member may see it. Details are for the parties: who was sent
 * something that the hub refused has become none.
 */
static enum wh_err
log_entry_of(struct loop *loop, const char *member, uint64_t index,
    struct log_entry *out)
{
	struct audit_detail detail;
	struct audit_leaf leaf;
	enum wh_err err;

	*out = (struct log_entry){.index = index};
	err = audit_leaf_get(loop->txn, index, &out->leaf);
	if (err == WH_OK && audit_leaf_read(out->leaf, &leaf) != WH_OK)
		err = WH_CORRUPT;
	if (err != WH_OK ||
	    (leaf.kind == AUDIT_REFUSED && strcmp(leaf.from, member) != 0))
		return err;
	err = audit_detail_get(loop->txn, index, &detail);
	if (err != WH_OK)
		return err == WH_NOT_FOUND ? WH_OK : err;
	out->key = arena_dup(&loop->arena,
	    span_of(detail.key.b, sizeof(detail.key.b)));
	out->details =
	    arena_dup(&loop->arena, span_of(detail.bytes, detail.len));
	return out->key.p == NULL || out->details.p == NULL ? WH_TOO_BIG
							    : WH_OK;
}

/* The first entry at from or later that names member, or nobody. */
static enum wh_err
log_next(struct loop *loop, const char *member, uint64_t from, uint64_t *index)
{
	uint64_t own = UINT64_MAX, common = UINT64_MAX;
	enum wh_err err;

	err = audit_member_next(loop->txn, member, from, &own);
	if (err == WH_OK || err == WH_NOT_FOUND)
		err = audit_member_next(loop->txn, "", from, &common);
	if (err != WH_OK && err != WH_NOT_FOUND)
		return err;
	*index = own < common ? own : common;
	return *index == UINT64_MAX ? WH_NOT_FOUND : WH_OK;
}

/* As many as were asked for, as far as the last checkpoint goes. */
static enum wh_err
log_fill(struct loop *loop, const char *member, const struct log_request *asked,
    struct log_page *page)
{
	struct log_entry *entries =
	    arena_alloc(&loop->arena, asked->count * sizeof(*entries));
	uint64_t index = page->from;
	enum wh_err err = WH_OK;

	page->entries = entries;
	while (entries != NULL && page->count < asked->count) {
		err = log_next(loop, member, index, &index);
		if (err != WH_OK || index >= page->size)
			break;
		err = log_entry_of(loop, member, index, &entries[page->count]);
		if (err != WH_OK)
			return err;
		page->count++;
		index++;
	}
	page->next = page->count == asked->count ? index : page->size;
	return err == WH_NOT_FOUND ? WH_OK : err;
}

static void
on_log(struct loop *loop, const struct caller *caller,
    const struct to_hub *message)
{
	const struct log_request *asked = &message->u.log;
	struct from_hub frame = {.request = message->request,
	    .kind = FROM_HUB_LOG,
	    .u.log = {.from = asked->from}};
	enum wh_err err = WH_NOT_FOUND;

	/* A log that was closed before is wholly in its last checkpoint. */
	frame.u.log.size =
	    note_log_entry(audit_generation(core_audit(loop->core)),
		loop->checkpoint == NULL ? 0 : loop->checkpoint_size);
	if (frame.u.log.size != 0 && asked->from <= frame.u.log.size)
		err = log_fill(loop, caller->member, asked, &frame.u.log);
	if (err != WH_OK) {
		frames_refuse(loop, caller->route, message->request,
		    REASON_MALFORMED,
		    "from: is beyond the last checkpoint; ask again later");
		return;
	}
	loop_send_frame(loop, caller->route, &frame);
}

static void
on_read(struct loop *loop, const struct caller *caller,
    const struct to_hub *message)
{
	if (message->kind == TO_HUB_LOG)
		on_log(loop, caller, message);
	else if (message->kind == TO_HUB_CONSISTENCY)
		witness_consistency(loop, caller->route, message);
	else
		on_proof(loop, caller, message);
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

/*
 * Is there room for it? An event that ends a permission needs none; one that
 * is refused, or says what was so already, could eat the reserve.
 */
static bool
has_room(struct loop *loop, enum room room, const char *member,
    const struct to_hub *message, size_t len)
{
	struct moment moment = {.now_ms = loop->now_ms};
	bool ends = false;

	if (room == ROOM_RESERVE || store_has_room(loop, len))
		return true;
	/* A store that fails is for the core to find, in its order. */
	return room == ROOM_ENDING && (core_ends(loop->core, loop->txn, &moment,
					   member, message, &ends) != WH_OK ||
					  ends);
}

static void
dispatch(struct loop *loop, const struct caller *caller,
    const struct to_hub *message, struct span bytes)
{
	const struct dispatch_rule *rule = dispatch_rule(message->kind);
	const char *member = caller->member;
	struct span route = caller->route;
	struct session *session = session_on(&loop->sessions, member, route);

	if (rule == NULL || (rule->needs_hello && session == NULL)) {
		stats_add(&loop->stats, STAT_FRAMES_REFUSED);
		frames_refuse(loop, route, message->request,
		    REASON_NOT_A_MEMBER, "say hello first");
		return;
	}
	if (session != NULL)
		session->seen_ms = loop->mono_ms;
	if (!has_room(loop, rule->room, member, message, bytes.len)) {
		busy(loop, route, message);
		return;
	}
	switch (rule->route) {
	case ROUTE_SESSION:
		on_session(loop, member, message);
		break;
	case ROUTE_BOTH:
		if (on_hello(loop, caller, message))
			batch_add(loop, COMMAND_FRAME, member, bytes);
		break;
	case ROUTE_JOURNAL:
		batch_add(loop, COMMAND_FRAME, member, bytes);
		break;
	case ROUTE_READ:
		on_read(loop, caller, message);
		break;
	case ROUTE_WITNESS:
		if (message->kind == TO_HUB_COSIGNATURE)
			witness_cosigned(loop, member, message);
		else
			witness_refused(loop, member, message);
		break;
	}
}

static void
take_one(struct loop *loop, const struct sock_msg *msg,
    const struct door_route *route)
{
	struct caller caller = {.route = span_of(route->bytes, route->len)};
	struct span body = sock_msg_body(msg);
	struct to_hub message;
	struct why why = {""};

	stats_add(&loop->stats, STAT_FRAMES);
	caller.member = authenticate(loop, sock_msg_user(msg), &caller.key_id);
	if (caller.member == NULL) {
		stats_add(&loop->stats, STAT_FRAMES_REFUSED);
		return; /* no answer: it is nobody we know */
	}
	arena_reset(&loop->arena);
	if (wire_to_hub_read(&loop->arena, body, &message, &why) != WH_OK) {
		stats_add(&loop->stats, STAT_FRAMES_MALFORMED);
		log_warn("FRAME-MALFORMED", "member=%s cause=%s", caller.member,
		    why.text);
		frames_refuse(loop, caller.route, 0, REASON_MALFORMED,
		    why.text);
		return;
	}
	dispatch(loop, &caller, &message, body);
}

/* As many frames as one record holds, leaving place for handovers. */
enum wh_err
frames_take(struct loop *loop)
{
	struct door_route route;
	struct sock_msg *msg;
	unsigned taken = 0;
	enum wh_err err = WH_OK;

	while (taken++ < TAKE_MAX && loop->batch_count < BATCH_MAX / 2 &&
	       loop->batch_bytes < FRAME_MAX) {
		err = doors_recv(&loop->doors, &msg, &route);
		if (err != WH_OK)
			break;
		take_one(loop, msg, &route);
		sock_msg_free(msg);
	}
	return err == WH_AGAIN ? WH_OK : err;
}

void
frames_flush(struct loop *loop)
{
	size_t i = loop->sessions.count;

	while (i-- > 0) {
		struct session *session = &loop->sessions.list[i];
		enum wh_err err = session_flush(session, &loop->doors);

		if (err != WH_OK)
			loop_lose(loop, session, err);
	}
}

/* In turn, so that those at the end of the list are not forgotten. */
void
frames_handover(struct loop *loop)
{
	size_t n = loop->sessions.count;
	struct session *session;
	uint8_t count[4] = {0};
	size_t i;

	for (i = 0; i < n && loop->batch_count < BATCH_MAX; i++) {
		session = &loop->sessions.list[(loop->handover_from + i) % n];
		if (!session->waiting || session->credit == 0 ||
		    session->first != NULL)
			continue;
		session->waiting = false;
		count[3] = (uint8_t)lower(session->credit, HANDOVER_MAX);
		batch_add(loop, COMMAND_HANDOVER, session->member,
		    span_of(count, sizeof(count)));
	}
	if (n > 0)
		loop->handover_from = (loop->handover_from + i) % n;
}
