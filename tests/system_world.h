/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_TESTS_SYSTEM_WORLD_H
#define WH_TESTS_SYSTEM_WORLD_H

#include "adapters/permits.h"
#include "broker/core.h"
#include "broker/row.h"
#include "tests/desk_world.h"

/*
 * A hub and four desks on real stores, with lines between them that break, lose
 * and repeat frames. Everything that happens is drawn from one seed.
 */

#define SIM_BATCH  8
#define SIM_WINDOW 16
#define SIM_CREDIT 8
#define SIM_GROUND 64

/* What the harness itself may do wrong, so that the checks can be checked. */
enum fault {
	FAULT_NONE,
	FAULT_JOURNAL_LOST,   /* a crash loses what was not committed */
	FAULT_NO_DEDUPE,      /* a desk forgets what it stored before */
	FAULT_EARLY_ACK,      /* acknowledged, but not stored */
	FAULT_FALSE_RECEIPT,  /* a withdrawal is answered, but not recorded */
	FAULT_OTHER_TIME,     /* the replay runs under another clock */
	FAULT_RECEIPT_FORGED, /* a referral is answered, but not recorded */
};

struct frame {
	uint8_t *p; /* owned */
	size_t len;
};

/* A line in one direction. */
struct line {
	struct frame *list; /* owned */
	size_t count;
};

struct record {
	uint64_t seq;
	int64_t now_ms;
	struct hash seed;
	struct hash root; /* of the log before it */
	size_t count;
	struct command commands[SIM_BATCH];
};

struct link {
	bool up;      /* for the desk */
	bool greeted; /* the hub had its hello on this connection */
	uint32_t credit;
	uint64_t last_n; /* of the outbox, sent on this connection */
	struct line to_hub;
	struct line to_desk;
};

/* What the hub said that it recorded about a permission. */
struct known_ground {
	struct id permission_id;
	struct id relation_ref;
	struct hash code_hash;
	bool has_code;
	char instrument[NAME_MAX_LEN + 1];
	bool ended;
};

struct sim {
	struct desk_world *w; /* borrowed */
	enum fault fault;
	uint64_t random;
	char *dir; /* of the core's store */
	struct kv *kv;
	struct kv_txn *txn;
	struct core *core;
	struct record *records; /* the journal; owned */
	size_t record_count;
	struct link link[DESKS];
	bool replaying;
	struct arena arena;
	struct known_ground *grounds; /* owned */
	size_t ground_count;
	struct id *promised; /* referrals with a receipt; owned */
	size_t promised_count;
	char complaint[512];
	unsigned counts[16];
	uint64_t withdrawals; /* looked at */
};

static inline void sim_complain(struct sim *s, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static inline void
sim_complain(struct sim *s, const char *format, ...)
{
	va_list args;

	if (s->complaint[0] != '\0')
		return;
	va_start(args, format);
	vsnprintf(s->complaint, sizeof(s->complaint), format, args);
	va_end(args);
}

/* splitmix64 */
static inline uint64_t
sim_random(struct sim *s)
{
	uint64_t z = s->random += 0x9e3779b97f4a7c15u;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

static inline unsigned
draw(struct sim *s, unsigned below)
{
	return (unsigned)(sim_random(s) % below);
}

static inline bool
chance(struct sim *s, unsigned percent)
{
	return draw(s, 100) < percent;
}

static inline void
line_push(struct line *line, struct span bytes)
{
	line->list =
	    mem_grow(line->list, (line->count + 1) * sizeof(*line->list));
	line->list[line->count++] =
	    (struct frame){.p = mem_dup(bytes), .len = bytes.len};
}

/* The first frame; mem_free() its bytes. */
static inline struct frame
line_pop(struct line *line)
{
	struct frame frame = line->list[0];

	line->count--;
	memmove(line->list, line->list + 1, line->count * sizeof(*line->list));
	return frame;
}

static inline void
line_clear(struct line *line)
{
	while (line->count > 0)
		mem_free(line->list[--line->count].p);
	mem_free(line->list);
	*line = (struct line){0};
}

/* The connection is gone, and all that was on its way. */
static inline void
link_break(struct sim *s, enum place place)
{
	struct link *link = &s->link[place];

	line_clear(&link->to_hub);
	line_clear(&link->to_desk);
	*link = (struct link){0};
}

static inline enum place
place_of(const char *member)
{
	enum place place = 0;

	while (place < DESKS && strcmp(place_names[place], member) != 0)
		place++;
	return place;
}

static inline void
say_to_hub(struct sim *s, enum place place, const struct to_hub *frame)
{
	uint8_t *bytes = NULL;
	size_t len;

	assert_int_equal(wire_to_hub_write(frame, &bytes, &len), WH_OK);
	line_push(&s->link[place].to_hub, span_of(bytes, len));
	mem_free(bytes);
}

static inline struct known_ground *
ground_of_change(struct sim *s, const struct permission_change *change)
{
	struct hash hash = {{0}};

	if (!change->has_permission)
		hash = hash_span(change->withdrawal_code);
	for (size_t i = 0; i < s->ground_count; i++) {
		struct known_ground *g = &s->grounds[i];

		if (change->has_permission
			? id_equal(&g->permission_id, &change->permission_id)
			: g->has_code && hash_equal(&g->code_hash, &hash))
			return g;
	}
	return NULL;
}

/* Follow what the hub is told about permissions. */
static inline void
follow(struct sim *s, struct span bytes)
{
	struct permission permission;
	struct known_ground ground = {.ended = false};
	struct signed_body body;
	struct to_hub frame;

	if (wire_to_hub_read(&s->arena, bytes, &frame, NULL) != WH_OK ||
	    frame.kind != TO_HUB_PERMISSION)
		return;
	assert_int_equal(wire_signed_read(&s->arena, frame.u.bytes,
			     PERMISSION_MAX, &body, NULL),
	    WH_OK);
	assert_int_equal(wire_permission_read(&s->arena, body.body, &permission,
			     NULL),
	    WH_OK);
	for (size_t i = 0; i < s->ground_count; i++)
		if (id_equal(&s->grounds[i].permission_id,
			&permission.permission_id))
			return;
	ground.permission_id = permission.permission_id;
	ground.relation_ref = permission.relation_ref;
	ground.has_code = permission.withdrawal_code_hash.len == HASH_LEN;
	if (ground.has_code)
		memcpy(ground.code_hash.b, permission.withdrawal_code_hash.p,
		    HASH_LEN);
	str_copy(ground.instrument, sizeof(ground.instrument),
	    permission.instrument);
	s->grounds =
	    mem_grow(s->grounds, (s->ground_count + 1) * sizeof(*s->grounds));
	s->grounds[s->ground_count++] = ground;
}

static inline enum wh_err
change_read(struct sim *s, struct span signed_bytes,
    struct permission_change *out)
{
	struct signed_body body;
	enum wh_err err;

	err = wire_signed_read(&s->arena, signed_bytes, PERMISSION_MAX, &body,
	    NULL);
	return err == WH_OK ? wire_permission_change_read(&s->arena, body.body,
				  out, NULL)
			    : err;
}

/* "Recorded" was said: from now on nothing may be handed over under it. */
static inline void
ended(struct sim *s, struct span signed_bytes)
{
	struct permission_change change;
	struct known_ground *ground;

	assert_int_equal(change_read(s, signed_bytes, &change), WH_OK);
	ground = ground_of_change(s, &change);
	if (ground != NULL)
		ground->ended = true;
}

/* A receipt of the record at hand: was it for the end of a permission? */
static inline void
receipt_said(struct sim *s, const struct id *id)
{
	const struct record *record = &s->records[s->record_count - 1];
	struct permission_change change;
	struct to_hub frame;

	for (size_t i = 0; i < record->count; i++) {
		if (record->commands[i].kind != COMMAND_FRAME ||
		    wire_to_hub_read(&s->arena, record->commands[i].bytes,
			&frame, NULL) != WH_OK ||
		    frame.kind != TO_HUB_PERMISSION_EVENT)
			continue;
		if (change_read(s, frame.u.bytes, &change) == WH_OK &&
		    id_equal(&change.event_id, id))
			ended(s, frame.u.bytes);
	}
}

/* Of several records for one instrument the newest speaks for it. */
static inline bool
ground_has_ended(const struct sim *s, const struct header *h)
{
	const struct ground *used = &h->ground;

	for (size_t i = s->ground_count; i-- > 0;) {
		const struct known_ground *g = &s->grounds[i];

		if (used->has_permission
			? id_equal(&g->permission_id, &used->permission_id)
			: strcmp(g->instrument, used->instrument) == 0 &&
			      id_equal(&g->relation_ref, &h->relation_ref))
			return g->ended;
	}
	return false;
}

static inline void
check_handover(struct sim *s, const struct deliver *delivery)
{
	struct envelope envelope;
	struct signed_body body;

	if (delivery->kind != DELIVER_ENVELOPE)
		return;
	assert_int_equal(wire_signed_read(&s->arena, delivery->envelope,
			     ENVELOPE_MAX, &body, NULL),
	    WH_OK);
	assert_int_equal(wire_envelope_read(&s->arena, body.body, &envelope,
			     NULL),
	    WH_OK);
	if (envelope.section_count > 0 && ground_has_ended(s, &envelope.header))
		sim_complain(s,
		    "%s was handed over after the end of its ground was "
		    "recorded",
		    terms_text(TERMS_EVENTS, envelope.header.event));
}

static inline void
hub_effect(void *arg, const struct effect *effect)
{
	struct sim *s = arg;
	struct link *link;
	struct from_hub frame;
	struct span copy;

	if (s->replaying || effect->kind != EFFECT_SEND)
		return;
	copy = arena_dup(&s->arena, effect->frame);
	assert_int_equal(wire_from_hub_read(&s->arena, copy, &frame, NULL),
	    WH_OK);
	link = &s->link[place_of(effect->member)];
	if (frame.kind == FROM_HUB_DELIVER) {
		check_handover(s, &frame.u.deliver);
		link->credit -= link->credit > 0;
	}
	if (frame.kind == FROM_HUB_RECEIPT)
		receipt_said(s, &frame.u.receipt.id);
	if (!link->greeted)
		return;
	/* An answer may get lost, or come twice; a delivery cannot get lost
	 * without its connection. */
	if (frame.kind != FROM_HUB_DELIVER && chance(s, 3))
		return;
	line_push(&link->to_desk, effect->frame);
	if (chance(s, 3))
		line_push(&link->to_desk, effect->frame);
}

static inline void
record_apply(struct sim *s, const struct record *record, struct core *core,
    struct kv_txn *txn)
{
	struct moment moment = {.seq = record->seq,
	    .now_ms = record->now_ms,
	    .seed = record->seed};

	if (s->replaying && s->fault == FAULT_OTHER_TIME)
		moment.now_ms++;
	for (size_t i = 0; i < record->count; i++) {
		moment.n = (uint32_t)i;
		if (core_apply(core, txn, &moment, &record->commands[i],
			hub_effect, s) != WH_OK)
			sim_complain(s, "a command failed");
	}
	assert_int_equal(core_seq_set(core, txn, record->seq), WH_OK);
}

/* A record is in the journal from the moment that it is made. */
static inline struct record *
record_new(struct sim *s)
{
	struct record *record;

	s->records =
	    mem_grow(s->records, (s->record_count + 1) * sizeof(*s->records));
	record = &s->records[s->record_count++];
	*record = (struct record){.seq = s->record_count,
	    .now_ms = s->w->now_ms,
	    .root = audit_root(core_audit(s->core))};
	for (size_t i = 0; i < HASH_LEN; i++)
		record->seed.b[i] = (uint8_t)sim_random(s);
	return record;
}

static inline void
record_add(struct record *record, enum command_kind kind, const char *member,
    struct span bytes)
{
	struct command *command = &record->commands[record->count++];

	*command = (struct command){.kind = kind,
	    .bytes = span_of(mem_dup(bytes), bytes.len)};
	str_copy(command->member, sizeof(command->member), member);
}

static inline void
record_run(struct sim *s)
{
	arena_reset(&s->arena);
	record_apply(s, &s->records[s->record_count - 1], s->core, s->txn);
}

static inline void
hub_command(struct sim *s, enum command_kind kind, const char *member,
    struct span bytes)
{
	record_add(record_new(s), kind, member, bytes);
	record_run(s);
}

static inline void
hub_commit(struct sim *s)
{
	assert_int_equal(kv_commit(&s->txn), WH_OK);
	assert_int_equal(kv_begin(s->kv, KV_READ_WRITE, &s->txn), WH_OK);
}

/* A fresh store in dir, before or after a first run. */
static inline void
hub_open(struct sim *s, const char *dir, struct kv **kv, struct kv_txn **txn,
    struct core **core)
{
	const struct kv_options options = {.mode = KV_READ_WRITE,
	    .map_bytes = 256u << 20,
	    .tables = core_table_names,
	    .table_count = CORE_TABLES};
	struct why why = {""};

	if (kv_open(dir, &options, kv, &why) != WH_OK)
		fail_msg("%s", why.text);
	assert_int_equal(kv_begin(*kv, KV_READ_WRITE, txn), WH_OK);
	if (core_open(*txn, s->w->alliance->secret.public_key, core, &why) !=
	    WH_OK)
		fail_msg("%s", why.text);
}

/* kill -9: the last commit, and the journal behind it. */
static inline void
hub_crash(struct sim *s)
{
	struct hash root;

	for (enum place place = 0; place < DESKS; place++)
		link_break(s, place);
	kv_abort(&s->txn);
	core_close(s->core);
	kv_close(s->kv);
	s->core = NULL;
	hub_open(s, s->dir, &s->kv, &s->txn, &s->core);
	while (s->fault == FAULT_JOURNAL_LOST &&
	       s->record_count > core_seq(s->core)) {
		struct record *last = &s->records[--s->record_count];

		for (size_t i = 0; i < last->count; i++)
			mem_free((void *)(uintptr_t)last->commands[i].bytes.p);
	}
	s->replaying = true;
	while (core_seq(s->core) < s->record_count) {
		const struct record *record = &s->records[core_seq(s->core)];

		root = audit_root(core_audit(s->core));
		if (!hash_equal(&root, &record->root))
			sim_complain(s, "the log before record %llu differs",
			    (unsigned long long)record->seq);
		record_apply(s, record, s->core, s->txn);
	}
	s->replaying = false;
}

static inline void
sim_start(struct sim *s, struct desk_world *w, uint64_t seed, enum fault fault)
{
	*s = (struct sim){.w = w, .random = seed, .fault = fault};
	arena_init(&s->arena, FRAME_ARENA_MAX);
	w->now_ms = DESK_NOW;
	desk_world_start(w);
	s->dir = support_dir_new();
	hub_open(s, s->dir, &s->kv, &s->txn, &s->core);
	hub_command(s, COMMAND_REGISTER, "", w->reg);
	hub_commit(s);
}

static inline void
sim_stop(struct sim *s)
{
	for (enum place place = 0; place < DESKS; place++)
		link_break(s, place);
	for (size_t i = 0; i < s->record_count; i++)
		for (size_t j = 0; j < s->records[i].count; j++)
			mem_free((void *)(uintptr_t)s->records[i]
				     .commands[j]
				     .bytes.p);
	mem_free(s->records);
	mem_free(s->grounds);
	mem_free(s->promised);
	kv_abort(&s->txn);
	core_close(s->core);
	kv_close(s->kv);
	support_dir_remove(s->dir);
	arena_fini(&s->arena);
	desk_world_stop(s->w);
}

#endif
