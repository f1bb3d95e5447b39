/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_TESTS_BROKER_SCENE_H
#define WH_TESTS_BROKER_SCENE_H

#include "broker/core.h"
#include "broker/reach.h"
#include "broker/row.h"
#include "proto/wire_withdrawal.h"
#include "tests/broker_world.h"

/* A core on a store of its own, and everything that it said. */

#define HEARD_MAX 4096

struct heard {
	enum effect_kind kind;
	char member[NAME_MAX_LEN + 1];
	uint64_t delivery;
	struct from_hub frame; /* borrows from the scene's arena */
};

struct scene {
	struct people people;
	char *dir;
	struct kv *kv;
	struct kv_txn *txn;
	struct core *core;
	struct arena arena;
	uint64_t seq;
	int64_t now_ms;
	struct heard heard[HEARD_MAX];
	size_t heard_count;
	uint64_t first_delivery; /* of the last delivery; 0: it went before */
};

static inline void
scene_hear(void *arg, const struct effect *effect)
{
	struct scene *s = arg;
	struct heard *heard = &s->heard[s->heard_count++];
	struct span copy;

	assert_true(s->heard_count < HEARD_MAX);
	*heard =
	    (struct heard){.kind = effect->kind, .delivery = effect->delivery};
	str_copy(heard->member, sizeof(heard->member), effect->member);
	if (effect->kind != EFFECT_SEND)
		return;
	copy = arena_dup(&s->arena, effect->frame);
	assert_non_null(copy.p);
	assert_int_equal(wire_from_hub_read(&s->arena, copy, &heard->frame,
			     NULL),
	    WH_OK);
	assert_int_equal(heard->frame.kind, effect->sent);
	if (effect->sent == FROM_HUB_DELIVER)
		s->first_delivery = effect->delivery;
}

static inline void
scene_open(struct scene *s)
{
	struct kv_options options = {
	    .mode = KV_READ_WRITE,
	    .map_bytes = 256u << 20,
	    .tables = core_table_names,
	    .table_count = CORE_TABLES,
	};
	struct why why = {""};

	if (kv_open(s->dir, &options, &s->kv, &why) != WH_OK)
		fail_msg("%s", why.text);
	assert_int_equal(kv_begin(s->kv, KV_READ_WRITE, &s->txn), WH_OK);
	if (core_open(s->txn, s->people.alliance.signing.public_key, &s->core,
		&why) != WH_OK)
		fail_msg("%s", why.text);
}

static inline void
scene_close(struct scene *s)
{
	kv_abort(&s->txn);
	core_close(s->core);
	kv_close(s->kv);
	s->core = NULL;
	s->kv = NULL;
}

/* One command; what was heard before is forgotten. */
static inline void
apply(struct scene *s, enum command_kind kind, const char *member,
    struct span bytes)
{
	struct command command = {.kind = kind, .bytes = bytes};
	struct moment moment = {.seq = ++s->seq, .now_ms = s->now_ms};

	s->heard_count = 0;
	arena_reset(&s->arena);
	memset(moment.seed.b, (int)(s->seq & 0xff), HASH_LEN);
	str_copy(command.member, sizeof(command.member), member);
	assert_int_equal(core_apply(s->core, s->txn, &moment, &command,
			     scene_hear, s),
	    WH_OK);
}

static inline void
say(struct scene *s, enum who who, const struct to_hub *message)
{
	uint8_t *bytes = NULL;
	size_t len;

	assert_int_equal(wire_to_hub_write(message, &bytes, &len), WH_OK);
	apply(s, COMMAND_FRAME, who_name[who], span_of(bytes, len));
	mem_free(bytes);
}

static inline void
say_bytes(struct scene *s, enum who who, enum to_hub_kind kind,
    struct bytes bytes)
{
	struct to_hub message = {.request = 7,
	    .kind = kind,
	    .u.bytes = span_bytes(&bytes)};

	say(s, who, &message);
	mem_free(bytes.p);
}

static inline void
submit(struct scene *s, const struct letter *letter)
{
	say_bytes(s, who_is(letter->header.from_member), TO_HUB_SUBMIT,
	    letter_seal(&s->people, letter));
}

static inline void
hello(struct scene *s, enum who who)
{
	struct to_hub message = {.kind = TO_HUB_HELLO,
	    .u.hello = {.major = WIRE_MAJOR, .software = "test"}};

	say(s, who, &message);
}

static inline void
ack(struct scene *s, enum who who, uint64_t delivery, enum reason reason)
{
	struct to_hub message = {.kind = TO_HUB_ACK,
	    .u.ack = {delivery, reason}};

	say(s, who, &message);
}

static inline void
capture(struct scene *s, const struct permission *permission)
{
	enum who who = who_is(permission->captured_by);

	say_bytes(s, who, TO_HUB_PERMISSION,
	    permission_sign(&s->people, permission, who));
}

static inline void
end_permission(struct scene *s, const struct permission *permission,
    enum permission_event event, enum who by)
{
	struct permission_change change =
	    people_change(&s->people, permission, event, by, s->now_ms);

	say_bytes(s, by, TO_HUB_PERMISSION_EVENT,
	    change_sign(&s->people, &change, by));
}

static inline void
handover(struct scene *s, enum who who, uint8_t count)
{
	uint8_t bytes[4] = {0, 0, 0, count};

	apply(s, COMMAND_HANDOVER, who_name[who], span_of(bytes, 4));
}

static inline void
tick(struct scene *s, int64_t later_ms)
{
	s->now_ms += later_ms;
	apply(s, COMMAND_TICK, "", span_str(""));
}

/* The nth frame of this kind for who in what was just said; NULL. */
static inline const struct from_hub *
sent(const struct scene *s, enum who who, enum from_hub_kind kind, size_t n)
{
	for (size_t i = 0; i < s->heard_count; i++)
		if (s->heard[i].kind == EFFECT_SEND &&
		    strcmp(s->heard[i].member, who_name[who]) == 0 &&
		    s->heard[i].frame.kind == kind && n-- == 0)
			return &s->heard[i].frame;
	return NULL;
}

static inline bool
waits(const struct scene *s, enum who who)
{
	for (size_t i = 0; i < s->heard_count; i++)
		if (s->heard[i].kind == EFFECT_WAITING &&
		    strcmp(s->heard[i].member, who_name[who]) == 0)
			return true;
	return false;
}

static inline struct audit_leaf
leaf_at(const struct scene *s, uint64_t index)
{
	struct audit_leaf leaf = {0};
	struct span bytes;

	assert_int_equal(audit_leaf_get(s->txn, index, &bytes), WH_OK);
	assert_int_equal(audit_leaf_read(bytes, &leaf), WH_OK);
	return leaf;
}

/* How many entries of this kind and reason the log has. */
static inline size_t
logged(const struct scene *s, enum audit_kind kind, unsigned reason)
{
	uint64_t size = audit_size(core_audit(s->core));
	size_t n = 0;

	for (uint64_t i = 0; i < size; i++) {
		struct audit_leaf leaf = leaf_at(s, i);

		if (leaf.kind == kind && leaf.reason == reason)
			n++;
	}
	return n;
}

/* The answer was a receipt, and the log has an entry of kind where it says. */
static inline struct receipt
assert_receipt(const struct scene *s, enum who who, enum audit_kind kind)
{
	const struct from_hub *frame = sent(s, who, FROM_HUB_RECEIPT, 0);

	if (frame == NULL && (frame = sent(s, who, FROM_HUB_REFUSAL, 0)))
		fail_msg("refused: %s (%s)",
		    terms_text(TERMS_REASONS, frame->u.refusal.reason),
		    frame->u.refusal.detail);
	assert_non_null(frame);
	assert_int_equal(frame->request, 7);
	assert_int_equal(leaf_at(s, frame->u.receipt.log_index).kind, kind);
	return frame->u.receipt;
}

/* The answer was this refusal, and the log has it where it says. */
static inline void
assert_refused(const struct scene *s, enum who who, enum reason reason)
{
	const struct from_hub *frame = sent(s, who, FROM_HUB_REFUSAL, 0);
	struct audit_leaf leaf;

	assert_non_null(frame);
	assert_string_equal(terms_text(TERMS_REASONS, frame->u.refusal.reason),
	    terms_text(TERMS_REASONS, reason));
	assert_int_equal(frame->request, 7);
	leaf = leaf_at(s, frame->u.refusal.log_index);
	assert_int_equal(leaf.kind, AUDIT_REFUSED);
	assert_int_equal(leaf.reason, reason);
	assert_string_equal(leaf.from, who_name[who]);
	assert_null(sent(s, who, FROM_HUB_RECEIPT, 0));
}

static inline enum referral_state
state_of(const struct scene *s, const struct letter *letter)
{
	struct case_row row;

	assert_int_equal(row_case_get(s->txn, &letter->header.case_ref, &row),
	    WH_OK);
	return row.state;
}

static inline uint64_t
waiting(const struct scene *s, enum who who)
{
	uint64_t n = 0;

	assert_int_equal(core_waiting(s->txn, who_name[who], &n), WH_OK);
	return n;
}

/* Hand over one and say what came; NULL when nothing did. */
static inline const struct deliver *
take(struct scene *s, enum who who)
{
	const struct from_hub *frame;

	handover(s, who, 1);
	frame = sent(s, who, FROM_HUB_DELIVER, 0);
	return frame == NULL ? NULL : &frame->u.deliver;
}

/* Hand over one and acknowledge it. */
static inline void
take_and_store(struct scene *s, enum who who)
{
	const struct deliver *delivery = take(s, who);

	assert_non_null(delivery);
	ack(s, who, delivery->delivery, REASON_NONE);
}

/* The next delivery is a notice with this state; acknowledged. */
static inline struct notice
take_notice(struct scene *s, enum who who, enum referral_state state)
{
	const struct deliver *delivery = take(s, who);
	struct notice notice;

	assert_non_null(delivery);
	assert_int_equal(delivery->kind, DELIVER_NOTICE);
	notice = delivery->notice;
	assert_string_equal(terms_text(TERMS_STATES, notice.state),
	    terms_text(TERMS_STATES, state));
	ack(s, who, delivery->delivery, REASON_NONE);
	return notice;
}

/* The next delivery says how far a withdrawal came; acknowledged. The lists in
 * it are gone: they borrow from what was heard. */
static inline struct withdrawal
take_withdrawal(struct scene *s, enum who who)
{
	const struct deliver *delivery = take(s, who);
	struct withdrawal w;

	assert_non_null(delivery);
	assert_int_equal(delivery->kind, DELIVER_WITHDRAWAL);
	w = *delivery->withdrawal;
	ack(s, who, delivery->delivery, REASON_NONE);
	return w;
}

static inline int
scene_setup(void **state)
{
	struct scene *s = mem_new(sizeof(*s));
	struct bytes reg;

	people_init(&s->people);
	s->dir = support_dir_new();
	s->now_ms = WORLD_NOW_MS;
	arena_init(&s->arena, 64u << 20);
	scene_open(s);
	reg = people_register(&s->people, 1);
	apply(s, COMMAND_REGISTER, "", span_bytes(&reg));
	mem_free(reg.p);
	assert_non_null(core_register(s->core));
	*state = s;
	return 0;
}

static inline int
scene_teardown(void **state)
{
	struct scene *s = *state;

	scene_close(s);
	people_fini(&s->people);
	arena_fini(&s->arena);
	support_dir_remove(s->dir);
	mem_free(s);
	return 0;
}

#define SCENE(name)                                                            \
	cmocka_unit_test_setup_teardown(name, scene_setup, scene_teardown)

/* The log goes on as another one, for this reason. */
static inline void
open_log(struct scene *s, uint8_t reason)
{
	const struct audit *audit = core_audit(s->core);
	uint8_t bytes[NOTE_MAX] = {reason};
	char *note = NULL;
	size_t len;

	assert_int_equal(audit_checkpoint_make(audit, WORLD_ORIGIN,
			     &s->people.hub.signing, 1, &note),
	    WH_OK);
	len = strlen(note);
	assert_true(len + 5 <= sizeof(bytes));
	be32_put(bytes + 1, audit_generation(audit) + 1);
	memcpy(bytes + 5, note, len);
	mem_free(note);
	apply(s, COMMAND_OPEN, "", span_of(bytes, len + 5));
}

/* How far the end of this permission came. */
static inline struct withdrawal_row
row_of(struct scene *s, const struct permission *permission)
{
	struct withdrawal_row row;

	assert_int_equal(reach_whole_get(s->txn, &permission->permission_id,
			     &row),
	    WH_OK);
	return row;
}

#endif
