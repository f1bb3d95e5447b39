/* SPDX-License-Identifier: EUPL-1.2 */
#include "broker/loop_state.h"
#include "proto/base/log.h"
#include "proto/base/mem.h"
#include "proto/wire.h"

void
batch_add(struct loop *loop, enum command_kind kind, const char *member,
    struct span bytes)
{
	struct command *command = &loop->batch[loop->batch_count++];

	*command = (struct command){.kind = kind,
	    .bytes = span_of(mem_dup(bytes), bytes.len)};
	str_copy(command->member, sizeof(command->member), member);
	loop->batch_bytes += bytes.len + NAME_MAX_LEN + 6;
}

void
batch_drop(struct loop *loop)
{
	size_t i;

	for (i = 0; i < loop->batch_count; i++)
		/* NOLINTNEXTLINE(performance-no-int-to-ptr): ours */
		mem_free((void *)(uintptr_t)loop->batch[i].bytes.p);
	loop->batch_count = 0;
	loop->batch_bytes = 0;
}

void
loop_send_frame(struct loop *loop, struct span route,
    const struct from_hub *frame)
{
	uint8_t *bytes = NULL;
	size_t len;

	if (wire_from_hub_write(frame, &bytes, &len) != WH_OK) {
		log_err("FRAME-UNWRITABLE", "kind=%d", (int)frame->kind);
		return;
	}
	if (doors_send(&loop->doors, route, span_of(bytes, len)) != WH_OK)
		stats_add(&loop->stats, STAT_UNSENT);
	mem_free(bytes);
}

static void
count(struct loop *loop, struct session *session, const struct effect *effect)
{
	if (effect->sent == FROM_HUB_RECEIPT) {
		stats_add(&loop->stats, STAT_RECEIPTS);
	} else if (effect->sent == FROM_HUB_REFUSAL) {
		stats_add(&loop->stats, STAT_REFUSALS);
		log_info("REFUSED", "member=%s reason=%s", effect->member,
		    terms_text(TERMS_REASONS, effect->reason));
	} else if (effect->sent == FROM_HUB_DELIVER) {
		stats_add(&loop->stats, STAT_DELIVERIES);
		if (session != NULL && session->credit > 0)
			session->credit--;
	}
}

void
loop_lose(struct loop *loop, struct session *session, enum wh_err err)
{
	char member[NAME_MAX_LEN + 1];

	/* What it missed comes again after its next hello. */
	str_copy(member, sizeof(member), session->member);
	stats_add(&loop->stats, STAT_UNSENT);
	log_info("SESSION-LOST", "member=%s cause=%s", member, wh_err_str(err));
	session_drop(&loop->sessions, member);
}

/* The first delivery that did not leave: the core hears of it next. */
static void
note_unsent(struct loop *loop, const struct effect *effect)
{
	struct unsent *list = loop->unsent;
	size_t i;

	if (effect->delivery == 0)
		return;
	for (i = 0; i < loop->unsent_count; i++)
		if (strcmp(list[i].member, effect->member) == 0)
			return;
	list = mem_grow(list, (loop->unsent_count + 1) * sizeof(*list));
	loop->unsent = list;
	list += loop->unsent_count++;
	list->delivery = effect->delivery;
	str_copy(list->member, sizeof(list->member), effect->member);
}

void
batch_add_unsent(struct loop *loop)
{
	uint8_t number[8];

	while (loop->unsent_count > 0 && loop->batch_count < BATCH_MAX) {
		const struct unsent *unsent =
		    &loop->unsent[--loop->unsent_count];

		be64_put(number, unsent->delivery);
		batch_add(loop, COMMAND_UNSENT, unsent->member,
		    span_of(number, sizeof(number)));
	}
}

static void
send_effect(struct loop *loop, const struct effect *effect)
{
	struct session *session = session_find(&loop->sessions, effect->member);
	enum wh_err err;

	count(loop, session, effect);
	if (session == NULL) {
		stats_add(&loop->stats, STAT_UNSENT);
		note_unsent(loop, effect);
		return;
	}
	err = session_send(session, &loop->doors, effect->frame);
	if (err != WH_OK) {
		note_unsent(loop, effect);
		loop_lose(loop, session, err);
	}
}

/* Is the key that the session came with still one of its member's? */
static bool
key_holds(const struct loop *loop, const struct session *session)
{
	const struct registry *registry = core_register(loop->core);
	const struct reg_member *member =
	    register_member(&registry->reg, session->member);
	const struct reg_key *key =
	    member == NULL
		? NULL
		: register_key_by_id(member, KEY_TRANSPORT, session->key_id);

	return key != NULL && loop->now_ms >= key->from_ms &&
	       (key->until_ms == 0 || loop->now_ms < key->until_ms);
}

void
loop_drop_revoked(struct loop *loop)
{
	size_t i = loop->sessions.count;

	while (i-- > 0) {
		struct session *session = &loop->sessions.list[i];

		if (key_holds(loop, session))
			continue;
		log_warn("SESSION-REVOKED", "member=%s", session->member);
		session_drop(&loop->sessions, session->member);
	}
}

/* The doors that register and keys ask for; who lost one comes back. */
void
loop_update_doors(struct loop *loop)
{
	struct why why = {""};
	bool closed = false;
	enum wh_err err;
	size_t i = loop->sessions.count;

	if (loop->zap == NULL)
		return; /* at start, before there are any */
	err = doors_update(&loop->doors, &core_register(loop->core)->reg,
	    &loop->keys, loop->now_ms, &closed, &why);
	if (err != WH_OK)
		log_err("DOOR-CLOSED", "%s", why.text);
	while (closed && i-- > 0) {
		struct session *session = &loop->sessions.list[i];

		if (!doors_has(&loop->doors,
			span_of(session->route, session->route_len)))
			session_drop(&loop->sessions, session->member);
	}
}

/*
 * A new register: sessions whose key left end, the others get it; never later
 * than what is accepted under it, which may use keys that only it has.
 */
static void
publish_register(struct loop *loop)
{
	const struct registry *registry = core_register(loop->core);
	struct from_hub frame = {.kind = FROM_HUB_REGISTER};
	uint8_t *bytes = NULL;
	size_t len = 0, i;

	loop->stats.value[STAT_REGISTER] = registry->reg.version;
	log_info("REGISTER-IN-FORCE", "covenant=%s version=%llu",
	    registry->reg.covenant, (unsigned long long)registry->reg.version);
	loop->checkpoint_stale = true;
	loop_drop_revoked(loop);
	loop_update_doors(loop);
	frame.u.bytes = span_of(registry->signed_bytes, registry->signed_len);
	if (wire_from_hub_write(&frame, &bytes, &len) != WH_OK) {
		log_err("FRAME-UNWRITABLE", "kind=%d", (int)frame.kind);
		return;
	}
	i = loop->sessions.count;
	while (i-- > 0) {
		struct session *session = &loop->sessions.list[i];
		enum wh_err err =
		    session_send(session, &loop->doors, span_of(bytes, len));

		if (err != WH_OK)
			loop_lose(loop, session, err);
	}
	mem_free(bytes);
}

static void
on_effect(void *arg, const struct effect *effect)
{
	struct loop *loop = arg;
	struct session *session;

	if (loop->replaying)
		return;
	switch (effect->kind) {
	case EFFECT_SEND:
		send_effect(loop, effect);
		break;
	case EFFECT_WAITING:
		session = session_find(&loop->sessions, effect->member);
		if (session != NULL)
			session->waiting = true;
		break;
	case EFFECT_REGISTER:
		publish_register(loop);
		break;
	}
}

static enum wh_err
apply(struct loop *loop, const struct journal_record *record)
{
	struct moment moment = {.seq = record->seq,
	    .now_ms = record->now_ms,
	    .seed = record->seed};
	enum wh_err err = WH_OK;
	size_t i;

	for (i = 0; err == WH_OK && i < record->count; i++) {
		moment.n = (uint32_t)i;
		err = core_apply(loop->core, loop->txn, &moment,
		    &record->commands[i], on_effect, loop);
	}
	if (err == WH_OK)
		err = core_seq_set(loop->core, loop->txn, record->seq);
	if (record->now_ms > loop->now_ms)
		loop->now_ms = record->now_ms;
	loop->uncommitted += record->count;
	loop->uncommitted_bytes +=
	    journal_record_size(record->commands, record->count);
	return err;
}

enum wh_err
batch_run(struct loop *loop)
{
	struct journal_record record = {
	    .seq = journal_last(loop->journal) + 1,
	    .now_ms = loop->now_ms,
	    .root = audit_root(core_audit(loop->core)),
	    .count = loop->batch_count,
	    .commands = loop->batch,
	};
	enum wh_err err;

	if (loop->batch_count == 0)
		return WH_OK;
	random_fill(record.seed.b, sizeof(record.seed.b));
	err = journal_append(loop->journal, &record);
	if (err == WH_OK)
		err = apply(loop, &record);
	if (err != WH_OK)
		log_err("BATCH-FAILED", "seq=%llu cause=%s",
		    (unsigned long long)record.seq, wh_err_str(err));
	loop->stats.value[STAT_COMMANDS] += loop->batch_count;
	stats_add(&loop->stats, STAT_BATCHES);
	batch_drop(loop);
	return err;
}

/* A record behind the last commit: the log before it must be what it was. */
enum wh_err
batch_replay(void *arg, const struct journal_record *record)
{
	struct loop *loop = arg;
	struct hash root = audit_root(core_audit(loop->core));

	if (!hash_equal(&root, &record->root)) {
		log_err("REPLAY-DIFFERS", "seq=%llu",
		    (unsigned long long)record->seq);
		return WH_CORRUPT; /* other data, or another program */
	}
	return apply(loop, record);
}
