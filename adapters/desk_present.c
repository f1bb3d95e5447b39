/* SPDX-License-Identifier: EUPL-1.2 */
#include "adapters/desk_present.h"

#include "adapters/ends.h"
#include "adapters/local.h"
#include "adapters/outbox.h"
#include "proto/base/be.h"
#include "proto/base/log.h"
#include "proto/base/mem.h"

/* No more rows wait in the outbox because of this: others have to pass. */
#define WAITING_MAX 256
/* Rows that are looked at in one transaction. */
#define LOOK_MAX 1024

/* What the hub did not take is tried again, ever later. */
#define AGAIN_MIN_MS (60ll * 1000)
#define AGAIN_MAX_MS (24ll * 3600 * 1000)

/* Row "present" of LOCAL_META. */
#define STATE "present"

enum phase {
	PHASE_RECORDS = 1,
	PHASE_ENDS,   /* after all records were answered */
	PHASE_ANSWERS /* to the ends */
};

#define MISSED_END 1u /* an end was not taken */
#define MISSED_RECORD                                                          \
	2u /* the key of a record's signature ended on the way                 \
	    */

struct sweep {
	enum phase phase;
	unsigned missed;
	unsigned tries; /* 0 in the first round: all ends, not those missed */
	int64_t due_ms; /* nothing is done before */
	uint64_t mark;  /* the outbox up to here is answered first */
	uint8_t place[2 * sizeof(struct id)]; /* zero: at the start */
	size_t place_len;
};

/* 1 phase, 1 missed, 1 tries, 1 length of place, 8 due, 8 mark, 32 place. */
#define STATE_LEN (4 + 8 + 8 + 2 * sizeof(struct id))

static enum wh_err
sweep_get(struct kv_txn *txn, struct sweep *out)
{
	struct span value;
	enum wh_err err = kv_peek(txn, LOCAL_META, span_str(STATE), &value);

	if (err != WH_OK)
		return err;
	if (value.len != STATE_LEN || value.p[0] < PHASE_RECORDS ||
	    value.p[0] > PHASE_ANSWERS || value.p[3] > sizeof(out->place))
		return WH_CORRUPT;
	*out = (struct sweep){.phase = (enum phase)value.p[0],
	    .missed = value.p[1],
	    .tries = value.p[2],
	    .place_len = value.p[3],
	    .due_ms = (int64_t)be64_get(value.p + 4),
	    .mark = be64_get(value.p + 12)};
	memcpy(out->place, value.p + 20, sizeof(out->place));
	return WH_OK;
}

static enum wh_err
sweep_put(struct kv_txn *txn, const struct sweep *sweep)
{
	uint8_t value[STATE_LEN] = {(uint8_t)sweep->phase,
	    (uint8_t)sweep->missed, (uint8_t)sweep->tries,
	    (uint8_t)sweep->place_len};

	be64_put(value + 4, (uint64_t)sweep->due_ms);
	be64_put(value + 12, sweep->mark);
	memcpy(value + 20, sweep->place, sizeof(sweep->place));
	return kv_put(txn, LOCAL_META, span_str(STATE),
	    span_of(value, sizeof(value)));
}

enum wh_err
present_begin(struct shift *shift)
{
	const struct sweep sweep = {.phase = PHASE_RECORDS};

	log_info("PRESENTING-AGAIN", "member=%s", shift->desk->member);
	return sweep_put(shift->txn, &sweep);
}

/* Something is to be tried again, by the sweep under way or one of its own. */
static enum wh_err
note_missed(struct shift *shift, unsigned what)
{
	struct sweep sweep;
	enum wh_err err = sweep_get(shift->txn, &sweep);

	if (err == WH_NOT_FOUND) {
		sweep = (struct sweep){.phase = PHASE_ANSWERS};
		err = WH_OK;
	}
	sweep.missed |= what;
	return err == WH_OK ? sweep_put(shift->txn, &sweep) : err;
}

/* Its time is over, so that nothing is handed over under it anyhow. Only an
 * objection outlives its record. */
static bool
is_past(const struct shift *shift, const struct permit *permit)
{
	return permit->permission.valid_until_ms <= shift->now_ms &&
	       permit->standing.state != PERMISSION_OBJECTED;
}

static enum wh_err
is_over(struct shift *shift, const struct permission_change *change, bool *out)
{
	struct permit permit;
	enum wh_err err =
	    permits_of_change(shift->txn, &shift->arena, change, &permit);

	*out =
	    err == WH_OK && permit.permission.valid_until_ms <= shift->now_ms;
	return err == WH_NOT_FOUND ? WH_OK : err;
}

static enum wh_err
end_missed(struct shift *shift, const struct end *end,
    const struct permission_change *change, enum reason reason)
{
	bool over = false;
	enum wh_err err = WH_OK;

	if (reason == REASON_NO_PERMISSION)
		err = is_over(shift, change, &over);
	if (err != WH_OK || over)
		return err;
	log_warn("NOT-TAKEN-AGAIN", "what=end reason=%s",
	    terms_text(TERMS_REASONS, reason));
	err =
	    ends_state_set(shift->txn, &end->owner, &end->event_id, END_MISSED);
	return err == WH_OK ? note_missed(shift, MISSED_END) : err;
}

/*
 * A record that we hold, and that the hub does not: it was put back, and its
 * capturer has not said it again yet. A refused record permits nothing here.
 */
static enum wh_err
may_come_back(struct shift *shift, const struct permission_change *change,
    const struct refusal *refusal, bool *out)
{
	struct permit permit;
	enum wh_err err;

	*out = false;
	if (refusal == NULL || refusal->reason != REASON_NO_PERMISSION)
		return WH_OK;
	err = permits_of_change(shift->txn, &shift->arena, change, &permit);
	*out = err == WH_OK &&
	       permit.standing.state != PERMISSION_INVALIDATED &&
	       permit.permission.valid_until_ms > shift->now_ms;
	return err == WH_NOT_FOUND ? WH_OK : err;
}

enum wh_err
present_end_settled(struct shift *shift, const struct permission_change *change,
    const struct refusal *refusal, bool *again)
{
	struct end end;
	enum wh_err err = ends_find(shift->txn, change, &end);

	*again = false;
	if (err != WH_OK)
		return err == WH_NOT_FOUND ? WH_OK : err;
	err = may_come_back(shift, change, refusal, again);
	if (err != WH_OK)
		return err;
	*again |= end.state != END_SENT;
	if (refusal != NULL && *again)
		return end_missed(shift, &end, change, refusal->reason);
	if (refusal != NULL)
		err = ends_drop(shift->txn, &end.owner, &end.event_id);
	else if (end.state != END_RECORDED)
		err = ends_state_set(shift->txn, &end.owner, &end.event_id,
		    END_RECORDED);
	return err;
}

enum wh_err
present_record_refused(struct shift *shift, const struct refusal *refusal)
{
	log_warn("NOT-TAKEN-AGAIN", "what=record reason=%s",
	    terms_text(TERMS_REASONS, refusal->reason));
	/* Only signing anew helps; its rules have changed otherwise. */
	return refusal->reason == REASON_BAD_SIGNATURE
		   ? note_missed(shift, MISSED_RECORD)
		   : WH_OK;
}

/* What waits already is not sent twice. */
static enum wh_err
push(struct shift *shift, enum to_hub_kind kind, const struct id *id,
    struct span bytes, unsigned *pushed)
{
	bool changed;
	enum wh_err err = shift_sign_again(shift, kind, &bytes, &changed);

	if (err == WH_OK)
		err = outbox_push(shift->txn, kind, id, bytes);
	if (err == WH_OK)
		(*pushed)++;
	return err == WH_EXISTS ? WH_OK : err;
}

/*
 * It ended by the word of another member, which the hub passed on to us. That
 * member may be away while others are not, or gone: we say it too.
 */
static enum wh_err
say_ended(struct shift *shift, const struct permit *permit,
    enum end_state state)
{
	const struct permission_change change = {
	    .event = permit->standing.state,
	    .has_permission = true,
	    .permission_id = permit->permission.permission_id,
	    .recorded_ms = shift->now_ms,
	    .effective_ms = permit->standing.since_ms,
	    .by_member = shift->desk->member,
	};
	struct end end = {.owner = change.permission_id, .state = state};
	struct permission_change made = change;
	uint8_t *body = NULL, *whole = NULL;
	size_t body_len, len;
	bool has = false;
	enum wh_err err = ends_has(shift->txn, &end.owner, &has);

	if (err != WH_OK || has)
		return err;
	random_fill(end.event_id.b, sizeof(end.event_id.b));
	made.event_id = end.event_id;
	err = wire_permission_change_write(&made, &body, &body_len);
	if (err == WH_OK)
		err = shift_sign(shift, WIRE_DOMAIN_PERMISSION_EVENT,
		    span_of(body, body_len), &whole, &len);
	if (err == WH_OK) {
		end.signed_bytes = span_of(whole, len);
		err = ends_put(shift->txn, shift->desk->vault, &end);
	}
	mem_free(body);
	mem_free(whole);
	return err;
}

/* It goes to the hub with the sweep that is under way, or one of its own. */
static enum wh_err
say_missed(struct shift *shift)
{
	struct sweep sweep;
	enum wh_err err = sweep_get(shift->txn, &sweep);

	if (err == WH_OK)
		return note_missed(shift, MISSED_END);
	sweep = (struct sweep){.phase = PHASE_ENDS, .tries = 1};
	return err == WH_NOT_FOUND ? sweep_put(shift->txn, &sweep) : err;
}

/* What we said of it ourselves before; what still waits is on its way. */
static enum wh_err
say_own_again(struct shift *shift, const struct permit *permit, bool *found)
{
	struct end end = {.owner = permit->permission.permission_id};
	enum wh_err err =
	    ends_next(shift->txn, shift->desk->vault, &shift->arena, &end);

	*found = err == WH_OK &&
		 id_equal(&end.owner, &permit->permission.permission_id);
	if (!*found)
		return err == WH_CORRUPT || err == WH_NOT_FOUND ? WH_OK : err;
	if (end.state == END_SENT)
		return WH_OK;
	err = ends_state_set(shift->txn, &end.owner, &end.event_id, END_MISSED);
	return err == WH_OK ? say_missed(shift) : err;
}

enum wh_err
present_known_end(struct shift *shift, const struct permission_change *change,
    bool *said)
{
	struct permit permit;
	bool found = false;
	enum wh_err err =
	    permits_of_change(shift->txn, &shift->arena, change, &permit);

	*said = false;
	if (err != WH_OK)
		return err == WH_NOT_FOUND ? WH_OK : err;
	if (permit.standing.state != change->event ||
	    !carry_ends(change->event) ||
	    !permission_is_party(&permit.permission,
		&shift->desk->registry->reg, shift->desk->member))
		return WH_OK;
	*said = true;
	err = say_own_again(shift, &permit, &found);
	if (err != WH_OK || found)
		return err;
	err = say_ended(shift, &permit, END_MISSED);
	return err == WH_OK ? say_missed(shift) : err;
}

enum wh_err
present_register(struct shift *shift, const struct wh_register *before,
    const struct wh_register *now)
{
	const struct reg_member *was =
	    register_member(before, shift->desk->member);
	const struct reg_member *is = register_member(now, shift->desk->member);
	size_t i;

	for (i = 0; was != NULL && is != NULL && i < was->key_count; i++)
		if (was->keys[i].use == KEY_SIGNING &&
		    register_key_by_id(is, KEY_SIGNING,
			wire_key_id(was->keys[i].key)) == NULL)
			return present_begin(shift);
	return WH_OK;
}

/* One that we captured, that the hub did not refuse, and that matters still. */
static bool
is_presented(const struct shift *shift, const struct permit *permit)
{
	const struct permission *p = &permit->permission;

	return strcmp(p->captured_by, shift->desk->member) == 0 &&
	       permit->standing.state != PERMISSION_INVALIDATED &&
	       permit->standing.state != PERMISSION_REFUSED &&
	       !is_past(shift, permit);
}

/* One that cannot be read must not keep back all that are behind it. */
static enum wh_err
skip(const char *what)
{
	log_err("PRESENTING-FAILED", "what=%s cause=%s", what,
	    wh_err_str(WH_CORRUPT));
	return WH_OK;
}

static enum wh_err
present_record(struct shift *shift, struct sweep *sweep, unsigned *pushed)
{
	struct span key = span_of(sweep->place, sweep->place_len);
	struct permit permit;
	struct span row;
	struct id id;
	enum wh_err err = kv_next(shift->txn, LOCAL_PERMISSION, &key, &row);

	if (err != WH_OK && err != WH_CORRUPT)
		return err;
	if (key.len != sizeof(id.b))
		return WH_INVALID; /* no row of ours */
	memcpy(id.b, key.p, sizeof(id.b));
	memcpy(sweep->place, id.b, sizeof(id.b));
	sweep->place_len = sizeof(id.b);
	arena_reset(&shift->arena);
	if (err == WH_OK)
		err = permits_get(shift->txn, &shift->arena, &id, &permit);
	if (err == WH_CORRUPT)
		return skip("record");
	if (err != WH_OK || !is_presented(shift, &permit))
		return err;
	err = push(shift, TO_HUB_PERMISSION, &id, permit.signed_bytes, pushed);
	if (err == WH_OK && carry_ends(permit.standing.state))
		err = say_ended(shift, &permit, END_RECORDED);
	return err;
}

static enum wh_err
present_end(struct shift *shift, struct sweep *sweep, unsigned *pushed)
{
	struct end end = {.state = END_SENT};
	enum wh_err err;

	memcpy(end.owner.b, sweep->place, sizeof(end.owner.b));
	memcpy(end.event_id.b, sweep->place + sizeof(end.owner.b),
	    sizeof(end.event_id.b));
	arena_reset(&shift->arena);
	err = ends_next(shift->txn, shift->desk->vault, &shift->arena, &end);
	if (err != WH_OK && err != WH_CORRUPT)
		return err;
	memcpy(sweep->place, end.owner.b, sizeof(end.owner.b));
	memcpy(sweep->place + sizeof(end.owner.b), end.event_id.b,
	    sizeof(end.event_id.b));
	sweep->place_len = sizeof(sweep->place);
	if (err == WH_CORRUPT)
		return skip("end");
	if (sweep->tries > 0 && end.state != END_MISSED)
		return WH_OK;
	return push(shift, TO_HUB_PERMISSION_EVENT, &end.event_id,
	    end.signed_bytes, pushed);
}

/* WH_NOT_FOUND: all rows of the phase's table were looked at. */
static enum wh_err
walk(struct shift *shift, struct sweep *sweep, unsigned *pushed)
{
	uint64_t waiting = 0;
	unsigned i;
	enum wh_err err = outbox_count(shift->txn, &waiting);

	for (i = 0;
	     err == WH_OK && i < LOOK_MAX && waiting + *pushed < WAITING_MAX;
	     i++)
		err = sweep->phase == PHASE_RECORDS
			  ? present_record(shift, sweep, pushed)
			  : present_end(shift, sweep, pushed);
	return err;
}

/* The hub has answered all: done, or again for what it did not take. */
static enum wh_err
end_round(struct shift *shift, struct sweep *sweep)
{
	int64_t wait_ms = AGAIN_MIN_MS;
	unsigned i;

	if (sweep->missed == 0) {
		log_info("PRESENTED-AGAIN", "member=%s", shift->desk->member);
		return kv_del(shift->txn, LOCAL_META, span_str(STATE));
	}
	for (i = 0; i < sweep->tries && wait_ms < AGAIN_MAX_MS; i++)
		wait_ms *= 2;
	*sweep = (struct sweep){.phase = (sweep->missed & MISSED_RECORD) != 0
					     ? PHASE_RECORDS
					     : PHASE_ENDS,
	    .tries = sweep->tries < UINT8_MAX ? sweep->tries + 1 : UINT8_MAX,
	    .due_ms = shift->now_ms +
		      (wait_ms < AGAIN_MAX_MS ? wait_ms : AGAIN_MAX_MS)};
	return sweep_put(shift->txn, sweep);
}

static enum wh_err
step(struct shift *shift, struct sweep *sweep, unsigned *pushed)
{
	enum wh_err err;

	if (sweep->phase == PHASE_ANSWERS)
		return end_round(shift, sweep);
	err = walk(shift, sweep, pushed);
	if (err == WH_NOT_FOUND) {
		sweep->phase =
		    sweep->phase == PHASE_RECORDS ? PHASE_ENDS : PHASE_ANSWERS;
		sweep->place_len = 0;
		memset(sweep->place, 0, sizeof(sweep->place));
		err = outbox_last(shift->txn, &sweep->mark);
	}
	return err == WH_OK ? sweep_put(shift->txn, sweep) : err;
}

/* Has the hub answered what is before it, and is there room for more? */
static enum wh_err
may_go_on(struct kv_txn *txn, const struct sweep *sweep, int64_t now_ms,
    bool *out)
{
	uint64_t waiting = 0;
	enum wh_err err = outbox_answered(txn, sweep->mark, out);

	if (err == WH_OK)
		err = outbox_count(txn, &waiting);
	if (err == WH_OK)
		*out = *out && sweep->due_ms <= now_ms &&
		       (sweep->phase == PHASE_ANSWERS || waiting < WAITING_MAX);
	return err;
}

/* Without a write transaction: every second, and nearly always in vain. */
static enum wh_err
is_due(struct desk *desk, int64_t now_ms, bool *due)
{
	struct kv_txn *txn = NULL;
	struct sweep sweep;
	enum wh_err err = kv_begin(desk->kv, KV_READ_ONLY, &txn);

	*due = false;
	if (err == WH_OK)
		err = sweep_get(txn, &sweep);
	if (err == WH_OK)
		err = may_go_on(txn, &sweep, now_ms, due);
	kv_abort(&txn);
	return err == WH_NOT_FOUND ? WH_OK : err;
}

/* A phase that had nothing to say is no reason to wait. */
static enum wh_err
go_on(struct shift *shift, struct sweep *sweep, unsigned *pushed)
{
	enum phase phase;
	bool due;
	enum wh_err err;

	do {
		phase = sweep->phase;
		err = step(shift, sweep, pushed);
		if (err == WH_OK)
			err = sweep_get(shift->txn, sweep);
		if (err == WH_OK)
			err = may_go_on(shift->txn, sweep, shift->now_ms, &due);
	} while (err == WH_OK && due && *pushed == 0 && sweep->phase != phase);
	return err == WH_NOT_FOUND ? WH_OK : err; /* that was all */
}

enum wh_err
desk_present(struct desk *desk, int64_t now_ms, unsigned *pushed)
{
	struct shift shift;
	struct sweep sweep;
	unsigned count = 0;
	bool due = false;
	enum wh_err err = WH_OK;

	*pushed = 0;
	if (desk->registry != NULL)
		err = is_due(desk, now_ms, &due);
	if (err != WH_OK || !due)
		return err;
	err = shift_begin(desk, now_ms, &shift);
	if (err == WH_OK)
		err = sweep_get(shift.txn, &sweep);
	if (err == WH_OK)
		err = go_on(&shift, &sweep, &count);
	err = shift_end(&shift, err);
	if (err == WH_OK)
		*pushed = count;
	return err;
}
