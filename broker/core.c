/* SPDX-License-Identifier: EUPL-1.2 */
#include "broker/core.h"

#include <stdio.h>

#include "broker/core_reach.h"
#include "broker/queue.h"
#include "proto/base/be.h"
#include "proto/base/mem.h"

/* Notices before the first envelope that a hello looks at. */
#define SINCE_ROWS_MAX 256

const char *const core_table_names[CORE_TABLES] = {CONSENT_TABLE_NAMES,
    "core_meta", "message", "case", "case_by_ground", "case_message", "queue",
    "member", "clock", "shell", "receipt", "withdrawal", "carrier", "watcher",
    "reach", "reach_of_case"};

static enum wh_err
load_register(struct core *core, struct kv_txn *txn, struct why *why)
{
	struct registry *registry = NULL;
	struct span bytes;
	enum wh_err err;

	err = kv_peek(txn, TABLE_CORE_META, span_str("register"), &bytes);
	if (err == WH_OK)
		err = register_open(bytes, core->alliance_key, &registry, why);
	else if (err == WH_NOT_FOUND)
		err = WH_OK;
	if (err != WH_OK)
		return err;
	register_free(core->registry);
	core->registry = registry;
	return WH_OK;
}

static enum wh_err
load(struct core *core, struct kv_txn *txn, struct why *why)
{
	struct span value;
	enum wh_err err;

	err = kv_peek(txn, TABLE_CORE_META, span_str("seq"), &value);
	if (err == WH_OK && value.len == 8)
		core->seq = be64_get(value.p);
	else if (err == WH_NOT_FOUND)
		core->seq = 0;
	else
		return why_set(why, err == WH_OK ? WH_CORRUPT : err,
		    "store: the place in the journal cannot be read");
	err = load_register(core, txn, why);
	if (err == WH_OK)
		err = audit_load(&core->audit, txn);
	return err;
}

enum wh_err
core_open(struct kv_txn *txn, const uint8_t alliance_key[WIRE_KEY_LEN],
    struct core **out, struct why *why)
{
	struct core *core = mem_new(sizeof(*core));
	enum wh_err err;

	memcpy(core->alliance_key, alliance_key, WIRE_KEY_LEN);
	arena_init(&core->arena, FRAME_ARENA_MAX);
	err = store_form(txn, why);
	if (err == WH_OK)
		err = load(core, txn, why);
	if (err == WH_OK)
		*out = core;
	else
		core_close(core);
	return err;
}

void
core_close(struct core *core)
{
	if (core == NULL)
		return;
	register_free(core->registry);
	arena_fini(&core->arena);
	mem_free(core);
}

enum wh_err
core_reload(struct core *core, struct kv_txn *txn)
{
	return load(core, txn, NULL);
}

uint64_t
core_seq(const struct core *core)
{
	return core->seq;
}

enum wh_err
core_seq_set(struct core *core, struct kv_txn *txn, uint64_t seq)
{
	uint8_t buf[8];
	enum wh_err err;

	be64_put(buf, seq);
	err = kv_put(txn, TABLE_CORE_META, span_str("seq"), span_of(buf, 8));
	if (err == WH_OK)
		core->seq = seq;
	return err;
}

const struct audit *
core_audit(const struct core *core)
{
	return &core->audit;
}

const struct registry *
core_register(const struct core *core)
{
	return core->registry;
}

enum wh_err
core_waiting(struct kv_txn *txn, const char *member, uint64_t *out)
{
	struct member_row row;
	enum wh_err err = row_member_get(txn, member, &row);

	if (err == WH_OK)
		*out = row.waiting;
	return err;
}

/* Rows are in the order in which they were accepted. */
enum wh_err
core_waiting_since(struct kv_txn *txn, const char *member, int64_t *out)
{
	struct message_row message;
	struct queue_row row;
	struct audit_leaf leaf;
	struct span bytes;
	uint64_t delivery = 0;
	enum wh_err err = WH_OK;

	*out = 1;
	for (unsigned i = 0; i < SINCE_ROWS_MAX && err == WH_OK; i++) {
		err = queue_next(txn, member, &delivery, &row);
		if (err != WH_OK || row.kind != DELIVER_ENVELOPE)
			continue;
		err = row_message_get(txn, &row.message_id, &message);
		if (err == WH_OK)
			err = audit_leaf_get(txn, message.log_index, &bytes);
		if (err == WH_OK)
			err = audit_leaf_read(bytes, &leaf);
		if (err == WH_OK)
			*out = leaf.at_ms;
		return err == WH_NOT_FOUND ? WH_CORRUPT : err;
	}
	if (err == WH_NOT_FOUND)
		*out = 0;
	return err == WH_NOT_FOUND ? WH_OK : err;
}

/* A register with a higher version comes into force; others change nothing. */
static enum wh_err
apply_register(struct work *work, struct span bytes)
{
	struct core *core = work->core;
	struct registry *registry = NULL;
	struct subject subject = {.from = "", .to = ""};
	struct effect effect = {.kind = EFFECT_REGISTER, .member = ""};
	bool first = core->registry == NULL;
	char details[128];
	uint64_t index;
	enum wh_err err;

	err = register_open(bytes, core->alliance_key, &registry, NULL);
	if (err != WH_OK)
		return WH_OK; /* checked before it was journalled; not ours */
	if (core->registry != NULL &&
	    registry->reg.version <= core->registry->reg.version) {
		register_free(registry);
		return WH_OK;
	}
	err = kv_put(work->txn, TABLE_CORE_META, span_str("register"), bytes);
	if (err != WH_OK) {
		register_free(registry);
		return err;
	}
	register_free(core->registry);
	core->registry = registry;
	snprintf(details, sizeof(details), "covenant=%s\nversion=%llu\n",
	    registry->reg.covenant, (unsigned long long)registry->reg.version);
	subject.details = details;
	err = work_log(work, AUDIT_REGISTER, 0, &subject, &index);
	if (err == WH_OK && !first)
		err = reach_register_first(work);
	if (err == WH_OK)
		work->effect(work->arg, &effect);
	return err;
}

/* The log goes on in a new tree; what does not fit was checked before. */
static enum wh_err
apply_open(struct work *work, struct span bytes)
{
	struct audit_opening opening = {.at_ms = work->moment->now_ms};
	uint32_t closed = audit_generation(&work->core->audit);
	enum wh_err err;

	if (bytes.len < 5)
		return WH_OK;
	opening.reason = (enum audit_opened)bytes.p[0];
	opening.generation = be32_get(bytes.p + 1);
	opening.note = span_of(bytes.p + 5, bytes.len - 5);
	err = audit_open(&work->core->audit, work->txn, &work->moment->seed,
	    &opening);
	if (err == WH_OK && opening.reason == AUDIT_OPENED_RESTORED)
		err = core_restored(work);
	if (err == WH_OK)
		return core_years_first(work, closed);
	return err == WH_INVALID ? WH_OK : err;
}

/* A member is here (again): whatever it did not acknowledge comes again. */
static enum wh_err
apply_hello(struct work *work)
{
	struct effect effect = {.kind = EFFECT_WAITING, .member = work->member};
	struct member_row row;
	enum wh_err err;

	err = queue_rewind(work->txn, work->member);
	if (err == WH_OK)
		err = row_member_get(work->txn, work->member, &row);
	if (err == WH_OK && row.waiting > 0)
		work->effect(work->arg, &effect);
	return err;
}

static enum wh_err
apply_frame(struct work *work, struct span bytes)
{
	struct to_hub frame;
	enum wh_err err;

	/* Only what was readable is journalled; a change of our own rules
	 * between two versions must not stop a replay. */
	err = wire_to_hub_read(work->arena, bytes, &frame, NULL);
	if (err != WH_OK || work->core->registry == NULL)
		return WH_OK;
	work->request = frame.request;
	switch (frame.kind) {
	case TO_HUB_HELLO:
		return apply_hello(work);
	case TO_HUB_SUBMIT:
		return core_submit(work, frame.u.bytes);
	case TO_HUB_ACK:
		return core_ack(work, &frame.u.ack);
	case TO_HUB_PERMISSION:
		return core_permission(work, frame.u.bytes);
	case TO_HUB_PERMISSION_EVENT:
		return core_permission_event(work, frame.u.bytes);
	case TO_HUB_CARRIED:
		return core_carried(work, frame.u.bytes);
	case TO_HUB_CREDIT:
	case TO_HUB_PROOF:
	case TO_HUB_COSIGNATURE:
	case TO_HUB_WITNESS_CONFLICT:
	case TO_HUB_CONSISTENCY:
	case TO_HUB_LOG:
		return WH_OK; /* never journalled: dispatch.c */
	}
	return WH_OK;
}

static uint32_t
number(struct span bytes)
{
	return bytes.len == 4 ? be32_get(bytes.p) : 0;
}

enum wh_err
core_apply(struct core *core, struct kv_txn *txn, const struct moment *moment,
    const struct command *command, core_effect_fn *effect, void *arg)
{
	struct work work = {
	    .core = core,
	    .txn = txn,
	    .moment = moment,
	    .member = command->member,
	    .arena = &core->arena,
	    .effect = effect,
	    .arg = arg,
	};

	arena_reset(&core->arena);
	switch (command->kind) {
	case COMMAND_FRAME:
		return apply_frame(&work, command->bytes);
	case COMMAND_HANDOVER:
		return core_handover(&work, number(command->bytes));
	case COMMAND_TICK:
		return core_tick(&work);
	case COMMAND_UNSENT:
		return core_unsent(&work, command->bytes);
	case COMMAND_ERASE:
		return core_erase(&work, command->bytes);
	case COMMAND_OPEN:
		return apply_open(&work, command->bytes);
	case COMMAND_COMPACTED:
		return core_compacted(&work, command->bytes);
	case COMMAND_REGISTER:
		return apply_register(&work, command->bytes);
	}
	return WH_CORRUPT; /* a kind that no journal of ours holds */
}
