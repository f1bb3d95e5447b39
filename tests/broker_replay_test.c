/* SPDX-License-Identifier: EUPL-1.2 */
#include "tests/broker_scene.h"

/*
 * The same commands in the same order give the same state, the same log and
 * the same answers, byte for byte: whatever the batches, commits and restarts
 * between them.
 */

#define COMMANDS  4000
#define CASES_MAX 400

/* Small and repeatable (SplitMix64), so that a failure can be looked into. */
struct dice {
	uint64_t state;
};

static uint64_t
roll(struct dice *d, uint64_t sides)
{
	uint64_t z = d->state += 0x9e3779b97f4a7c15;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
	return (z ^ (z >> 31)) % sides;
}

struct recorded {
	enum command_kind kind;
	char member[NAME_MAX_LEN + 1];
	struct bytes bytes;
	int64_t now_ms;
};

/* A stream of commands, made while it runs on one scene. */
struct stream {
	struct scene *s;
	struct dice dice;
	struct recorded list[COMMANDS];
	size_t count;
	struct permission permissions[64];
	size_t permission_count;
	struct letter cases[CASES_MAX];
	size_t case_count;
	uint64_t highest; /* delivery */
};

static void
record(struct stream *st, enum command_kind kind, const char *member,
    struct bytes bytes)
{
	struct recorded *r = &st->list[st->count++];

	st->s->now_ms += (int64_t)roll(&st->dice, 40000);
	*r = (struct recorded){.kind = kind,
	    .bytes = bytes,
	    .now_ms = st->s->now_ms};
	str_copy(r->member, sizeof(r->member), member);
}

static void
record_frame(struct stream *st, enum who who, struct to_hub message)
{
	struct bytes out = {0};

	message.request = st->count;
	assert_int_equal(wire_to_hub_write(&message, &out.p, &out.len), WH_OK);
	record(st, COMMAND_FRAME, who_name[who], out);
}

static void
record_bytes(struct stream *st, enum who who, enum to_hub_kind kind,
    struct bytes bytes)
{
	record_frame(st, who,
	    (struct to_hub){.kind = kind, .u.bytes = span_bytes(&bytes)});
	mem_free(bytes.p);
}

static void
new_permission(struct stream *st)
{
	struct permission *p = &st->permissions[st->permission_count % 64];
	static struct hash codes[64], text;

	*p = people_consent(&st->s->people, st->s->now_ms);
	text = hash_span(span_str("Mag ik dit delen met WPI?"));
	codes[st->permission_count % 64] =
	    hash_span(span_id(&p->permission_id));
	p->purpose_text_hash = span_of(text.b, HASH_LEN);
	p->withdrawal_code_hash =
	    span_of(codes[st->permission_count % 64].b, HASH_LEN);
	st->permission_count++;
	record_bytes(st, BUURTTEAM, TO_HUB_PERMISSION,
	    permission_sign(&st->s->people, p, BUURTTEAM));
}

static struct permission *
some_permission(struct stream *st)
{
	size_t n = st->permission_count < 64 ? st->permission_count : 64;

	return &st->permissions[roll(&st->dice, n)];
}

static void
new_offer(struct stream *st)
{
	struct letter *offer = &st->cases[st->case_count++ % CASES_MAX];

	*offer = roll(&st->dice, 3) == 0
		     ? letter_duty(&st->s->people, people_id(&st->s->people),
			   st->s->now_ms)
		     : letter_offer(&st->s->people, some_permission(st),
			   st->s->now_ms);
	offer->header.expires_ms =
	    st->s->now_ms + 1 + (int64_t)roll(&st->dice, DAY_MS);
	record_bytes(st, who_is(offer->header.from_member), TO_HUB_SUBMIT,
	    letter_seal(&st->s->people, offer));
}

static void
next_event(struct stream *st)
{
	size_t n = st->case_count < CASES_MAX ? st->case_count : CASES_MAX;
	const struct letter *offer;
	struct letter next;
	enum referral_event event =
	    (enum referral_event)(2 + roll(&st->dice, 22));
	static const enum code codes[] = {CODE_NONE, CODE_NO_CAPACITY,
	    CODE_HELPED, CODE_WRONG_RECIPIENT};

	if (n == 0)
		return;
	offer = &st->cases[roll(&st->dice, n)];
	next = roll(&st->dice, 2) == 0
		   ? letter_next(&st->s->people, offer, event)
		   : letter_back(&st->s->people, offer, event,
			 codes[roll(&st->dice, 4)]);
	next.header.created_ms = st->s->now_ms;
	next.header.expires_ms = st->s->now_ms + DAY_MS;
	record_bytes(st, who_is(next.header.from_member), TO_HUB_SUBMIT,
	    letter_seal(&st->s->people, &next));
}

static void
end_some(struct stream *st)
{
	struct permission_change change =
	    people_change(&st->s->people, some_permission(st),
		PERMISSION_WITHDRAWN, BUURTTEAM, st->s->now_ms);

	record_bytes(st, BUURTTEAM, TO_HUB_PERMISSION_EVENT,
	    change_sign(&st->s->people, &change, BUURTTEAM));
}

/* The permission that a letter rests on, if it is one of the last. */
static const struct permission *
permission_of(const struct stream *st, const struct letter *letter)
{
	for (size_t i = 0; i < 64 && i < st->permission_count; i++)
		if (id_equal(&st->permissions[i].permission_id,
			&letter->header.ground.permission_id))
			return &st->permissions[i];
	return NULL;
}

/* One of the parties says that it carried some end through. */
static void
report_some(struct stream *st)
{
	enum who who = roll(&st->dice, 4) != 0 ? WPI : BUURTTEAM;
	size_t n = st->case_count < CASES_MAX ? st->case_count : CASES_MAX;
	const struct letter *some =
	    n == 0 ? NULL : &st->cases[roll(&st->dice, n)];
	const struct permission *permission =
	    some == NULL ? NULL : permission_of(st, some);
	struct message_reach said = {
	    .reach = (enum reach)(REACH_READ + (int)roll(&st->dice, 3))};
	struct carried report;

	if (permission == NULL)
		return;
	said.message_id = some->header.message_id;
	said.article = said.reach == REACH_RETAINED ? "Archiefwet-3" : "";
	report = people_report(&st->s->people, permission, who, st->s->now_ms);
	report.more = roll(&st->dice, 4) == 0;
	report.count = 1;
	report.messages = &said;
	record_bytes(st, who, TO_HUB_CARRIED,
	    carried_sign(&st->s->people, &report, who));
}

static void
record_unsent(struct stream *st, enum who who)
{
	uint8_t number[8];

	be64_put(number, 1 + roll(&st->dice, 1 + st->count / 2));
	record(st, COMMAND_UNSENT, who_name[who],
	    (struct bytes){mem_dup(span_of(number, 8)), 8});
}

static void
again(struct stream *st)
{
	const struct recorded *old = &st->list[roll(&st->dice, st->count)];

	record(st, old->kind, old->member,
	    (struct bytes){mem_dup(span_bytes(&old->bytes)), old->bytes.len});
}

static void
one_command(struct stream *st)
{
	enum who who = (enum who)roll(&st->dice, WHO_COUNT);
	uint64_t what = roll(&st->dice, 100);
	uint8_t count[4] = {0, 0, 0, (uint8_t)roll(&st->dice, 6)};

	if (st->permission_count == 0 || what < 6)
		new_permission(st);
	else if (what < 30)
		new_offer(st);
	else if (what < 50)
		next_event(st);
	else if (what < 70)
		record(st, COMMAND_HANDOVER, who_name[who],
		    (struct bytes){mem_dup(span_of(count, 4)), 4});
	else if (what < 87)
		record_frame(st, who,
		    (struct to_hub){.kind = TO_HUB_ACK,
			.u.ack = {1 + roll(&st->dice, 1 + st->count / 2),
			    roll(&st->dice, 8) == 0 ? REASON_CANNOT_OPEN
						    : REASON_NONE}});
	else if (what < 89)
		record_frame(st, who,
		    (struct to_hub){.kind = TO_HUB_HELLO,
			.u.hello = {.major = WIRE_MAJOR, .software = "t"}});
	else if (what < 91)
		end_some(st);
	else if (what < 92)
		for (int i = 0; i < 12 && st->count < COMMANDS - 1; i++)
			report_some(st);
	else if (what < 95)
		record_unsent(st, who);
	else if (what < 97)
		record(st, COMMAND_TICK, "", (struct bytes){0});
	else
		again(st);
}

/* What one run leaves behind. */
struct outcome {
	struct hash root;
	struct hash effects;
	struct hash tables;
};

struct listener {
	struct hash hash;
};

static void
listen(void *arg, const struct effect *effect)
{
	struct listener *l = arg;
	uint8_t kind = (uint8_t)effect->kind;
	struct span parts[] = {span_of(l->hash.b, HASH_LEN), span_of(&kind, 1),
	    span_str(effect->member), effect->frame};

	l->hash = hash_spans(parts, 4);
}

static struct hash
hash_tables(struct scene *s)
{
	struct hash hash = {{0}};

	for (unsigned table = 0; table < CORE_TABLES; table++) {
		struct span key = span_str("");
		struct span value;
		uint8_t first[1] = {0};
		enum wh_err err;

		key = span_of(first, 1);
		err = kv_seek(s->txn, table, &key, &value);
		while (err == WH_OK) {
			uint8_t len = (uint8_t)key.len;
			struct span parts[] = {span_of(hash.b, HASH_LEN),
			    span_of(&len, 1), key, value};

			hash = hash_spans(parts, 4);
			err = kv_next(s->txn, table, &key, &value);
		}
		assert_int_equal(err, WH_NOT_FOUND);
	}
	return hash;
}

/* The stream is worth something: a good deal of everything happened. */
static void
assert_varied(const struct scene *s)
{
	size_t kinds[AUDIT_REACH + 1] = {0};
	uint64_t size = audit_size(core_audit(s->core));

	for (uint64_t i = 0; i < size; i++)
		kinds[leaf_at(s, i).kind]++;
	for (unsigned kind = AUDIT_PERMISSION; kind <= AUDIT_REACH; kind++)
		if (kinds[kind] < 15 && kind != AUDIT_ERASED &&
		    kind != AUDIT_OPENED && kind != AUDIT_REVIEWED &&
		    kind != AUDIT_CLOCK &&
		    audit_kind_text((enum audit_kind)kind) != NULL)
			fail_msg("only %zu of %s", kinds[kind],
			    audit_kind_text((enum audit_kind)kind));
}

/* Commit, or also close everything and start again from the disk. */
static void
interrupt(struct scene *s, struct dice *dice)
{
	struct hash before = audit_root(core_audit(s->core));
	struct hash after;

	assert_int_equal(kv_commit(&s->txn), WH_OK);
	if (roll(dice, 2) == 0) {
		scene_close(s);
		scene_open(s);
	} else {
		assert_int_equal(kv_begin(s->kv, KV_READ_WRITE, &s->txn),
		    WH_OK);
		assert_int_equal(core_reload(s->core, s->txn), WH_OK);
	}
	after = audit_root(core_audit(s->core));
	assert_true(hash_equal(&before, &after));
}

/* Batches are given, for they have the seeds; what differs is the rest. */
static struct outcome
run(const struct stream *st, uint64_t seed)
{
	struct scene *s = mem_new(sizeof(*s));
	struct listener listener = {{{0}}};
	struct dice dice = {seed};
	struct outcome outcome;

	s->people = st->s->people; /* borrowed: the same alliance */
	s->dir = support_dir_new();
	arena_init(&s->arena, 1u << 20);
	scene_open(s);
	for (size_t i = 0; i < st->count; i++) {
		const struct recorded *r = &st->list[i];
		struct command command = {.kind = r->kind,
		    .bytes = span_bytes(&r->bytes)};
		struct moment moment = {.seq = 1 + i / 7,
		    .n = (uint32_t)(i % 7),
		    .now_ms = r->now_ms};

		memset(moment.seed.b, (int)(moment.seq & 0xff), HASH_LEN);
		str_copy(command.member, sizeof(command.member), r->member);
		assert_int_equal(core_apply(s->core, s->txn, &moment, &command,
				     listen, &listener),
		    WH_OK);
		if (roll(&dice, 60) == 0)
			interrupt(s, &dice);
	}
	assert_varied(s);
	outcome.root = audit_root(core_audit(s->core));
	outcome.effects = listener.hash;
	outcome.tables = hash_tables(s);
	scene_close(s);
	arena_fini(&s->arena);
	support_dir_remove(s->dir);
	mem_free(s);
	return outcome;
}

static void
test_same_commands_give_the_same_bytes(void **state)
{
	struct stream *st = mem_new(sizeof(*st));
	struct outcome first, second;
	struct bytes reg;

	st->s = *state;
	st->dice.state = 20260904;
	reg = people_register(&st->s->people, 1);
	record(st, COMMAND_REGISTER, "", reg);
	while (st->count < COMMANDS)
		one_command(st);
	first = run(st, 1);
	second = run(st, 2);
	assert_memory_equal(first.root.b, second.root.b, HASH_LEN);
	assert_memory_equal(first.effects.b, second.effects.b, HASH_LEN);
	assert_memory_equal(first.tables.b, second.tables.b, HASH_LEN);
	for (size_t i = 0; i < st->count; i++)
		mem_free(st->list[i].bytes.p);
	mem_free(st);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    SCENE(test_same_commands_give_the_same_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
