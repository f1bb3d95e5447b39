/* SPDX-License-Identifier: EUPL-1.2 */
#include "broker/core_state.h"
#include "broker/reach.h"
#include "consent/audit_erase.h"

/*
 * Erasing: when its term is over or on request, of a referral or permission
 * nothing stays but the leaves of the log. First the key of its details goes,
 * with the entry that says so; then its rows, a number at a time.
 */

/* Rows of one thing in one tick. */
#define STEP_MAX 256
#define DAY_MS   ((int64_t)24 * 3600 * 1000)
#define ERASED   "erased"

static int64_t
term_ms(const struct work *work)
{
	const struct registry *registry = work->core->registry;

	return registry == NULL
		   ? 0
		   : (int64_t)registry->reg.shell_after_end_days * DAY_MS;
}

/* How long until a look at something that goes on. */
static int64_t
period_ms(const struct work *work)
{
	int64_t term = term_ms(work);

	return term < DAY_MS ? DAY_MS : term;
}

static enum wh_err
look_again(struct work *work, const struct id *subject, int64_t due_ms)
{
	return work_shell_set(work, due_ms, subject);
}

/* Nothing is here any more that a clock would be for. */
static enum wh_err
forget(struct work *work, const struct id *subject)
{
	enum wh_err err = work_shell_set(work, 0, subject);

	return err == WH_OK ? audit_erase_forget(work->txn, subject) : err;
}

enum wh_err
core_shell_first(struct work *work, const struct id *subject)
{
	enum audit_erase_state state;
	enum wh_err err;

	if (id_is_zero(subject))
		return WH_OK;
	err = audit_erase_state(work->txn, subject, &state);
	if (err != WH_OK || state != AUDIT_ERASE_NEW)
		return err;
	return look_again(work, subject,
	    work->moment->now_ms + period_ms(work));
}

enum wh_err
core_erased_since(struct kv_txn *txn, int64_t *since_ms)
{
	struct span value;
	enum wh_err err;

	err = kv_peek(txn, TABLE_CORE_META, span_str(ERASED), &value);
	if (err == WH_OK && value.len != 8)
		err = WH_CORRUPT;
	if (err == WH_OK)
		*since_ms = (int64_t)be64_get(value.p);
	else if (err == WH_NOT_FOUND)
		*since_ms = 0;
	return err == WH_NOT_FOUND ? WH_OK : err;
}

enum wh_err
work_erased(struct work *work)
{
	uint8_t value[8];
	int64_t since_ms;
	enum wh_err err = core_erased_since(work->txn, &since_ms);

	if (err != WH_OK || since_ms != 0)
		return err;
	be64_put(value, (uint64_t)work->moment->now_ms);
	return kv_put(work->txn, TABLE_CORE_META, span_str(ERASED),
	    span_of(value, sizeof(value)));
}

enum wh_err
core_compacted(struct work *work, struct span bytes)
{
	int64_t since_ms;
	enum wh_err err = core_erased_since(work->txn, &since_ms);

	if (err != WH_OK || bytes.len != 8 || since_ms == 0 ||
	    (int64_t)be64_get(bytes.p) != since_ms)
		return err;
	return kv_del(work->txn, TABLE_CORE_META, span_str(ERASED));
}

/*
 * The first entry about it; of what outlived its log, there is none any more.
 */
static enum wh_err
first_entry(struct work *work, const struct id *subject, struct audit_leaf *out)
{
	struct span bytes;
	uint64_t index;
	enum wh_err err;

	err = audit_case_next(work->txn, subject, 0, &index);
	if (err == WH_OK)
		err = audit_leaf_get(work->txn, index, &bytes);
	if (err == WH_OK)
		err = audit_leaf_read(bytes, out);
	return err == WH_NOT_FOUND ? WH_OK : err;
}

/*
 * Of a case its two members hear. Of a permission all do: any that took part in
 * it, or tried to, may hold details, and only who does knows which it is.
 */
static enum wh_err
destroy_key(struct work *work, const struct id *subject)
{
	struct audit_erasure erasure = {.subject = *subject,
	    .at_ms = work->moment->now_ms,
	    .from = "",
	    .to = ""};
	struct audit_leaf leaf = {0};
	struct case_row row;
	uint64_t index;
	enum wh_err err = row_case_get(work->txn, subject, &row);

	if (err == WH_OK) {
		erasure.case_ref = *subject;
		erasure.from = row.from;
		erasure.to = row.to;
	} else if (err == WH_NOT_FOUND) {
		err = first_entry(work, subject, &leaf);
	}
	if (!id_is_zero(&leaf.case_ref)) {
		erasure.case_ref = leaf.case_ref;
		erasure.from = leaf.from;
		erasure.to = leaf.to;
	}
	if (err != WH_OK)
		return err;
	err = audit_erase(&work->core->audit, work->txn, &work->moment->seed,
	    &erasure, &index);
	if (err == WH_OK)
		err = work_erased(work);
	return err == WH_NOT_FOUND ? WH_CORRUPT : err;
}

/* The next message of a case after *id, all zero for the first. */
static enum wh_err
next_message(struct kv_txn *txn, const struct id *case_ref, struct id *id,
    struct id *ground)
{
	uint8_t place[32] = {0};
	struct span key = span_of(place, sizeof(place));
	struct span value;
	enum wh_err err;

	memcpy(place, case_ref->b, 16);
	memcpy(place + 16, id->b, 16);
	err = kv_next(txn, TABLE_CASE_MESSAGE, &key, &value);
	if (err != WH_OK)
		return err;
	if (key.len != 32 || memcmp(key.p, case_ref->b, 16) != 0)
		return WH_NOT_FOUND;
	if (value.len != sizeof(ground->b))
		return WH_CORRUPT;
	memcpy(id->b, key.p + 16, sizeof(id->b));
	memcpy(ground->b, value.p, sizeof(ground->b));
	return WH_OK;
}

/* A message of it, after *id, that still waits for somebody. */
static enum wh_err
find_waiting(struct kv_txn *txn, const struct id *case_ref, struct id *id,
    struct message_row *message)
{
	struct id ground;
	enum wh_err err;

	for (;;) {
		err = next_message(txn, case_ref, id, &ground);
		if (err == WH_OK)
			err = row_message_get(txn, id, message) == WH_OK
				  ? WH_OK
				  : WH_CORRUPT;
		if (err != WH_OK || message->status == MESSAGE_QUEUED)
			return err;
	}
}

/* Does the clock of its review still run? */
static bool
review_runs(struct kv_txn *txn, const struct case_row *row)
{
	uint8_t clock[24];
	struct span name;

	be64_put(clock, (uint64_t)row->review_due_ms);
	memcpy(clock + 8, row->offer.b, sizeof(row->offer.b));
	return row->review_due_ms != 0 &&
	       kv_peek(txn, TABLE_CLOCK, span_of(clock, sizeof(clock)),
		   &name) == WH_OK;
}

static enum wh_err
recall_waiting(struct work *work, const struct id *case_ref)
{
	struct message_row message;
	struct id id = {{0}};
	enum wh_err err;

	for (;;) {
		err = find_waiting(work->txn, case_ref, &id, &message);
		if (err == WH_OK)
			err = work_recall(work, &id, &message, MESSAGE_REFUSED,
			    REASON_EXPIRED_MESSAGE);
		if (err != WH_OK)
			return err == WH_NOT_FOUND ? WH_OK : err;
	}
}

static enum wh_err
drop_pair(struct kv_txn *txn, enum core_table table, const struct id *a,
    const struct id *b)
{
	uint8_t key[32];
	enum wh_err err;

	memcpy(key, a->b, 16);
	memcpy(key + 16, b->b, 16);
	err = kv_del(txn, table, span_of(key, sizeof(key)));
	return err == WH_NOT_FOUND ? WH_OK : err;
}

static enum wh_err
drop_message(struct work *work, const struct id *case_ref,
    const struct id *message_id, const struct id *ground)
{
	enum wh_err err;

	err = drop_pair(work->txn, TABLE_CASE_BY_GROUND, ground, case_ref);
	if (err == WH_OK)
		err = drop_pair(work->txn, TABLE_CASE_MESSAGE, case_ref,
		    message_id);
	if (err == WH_OK)
		err = kv_del(work->txn, TABLE_MESSAGE, span_id(message_id));
	return err == WH_NOT_FOUND ? WH_CORRUPT : err;
}

/* Its messages, but the offer: as long as the case is here, that is too. */
static enum wh_err
drop_messages(struct work *work, const struct id *case_ref,
    const struct case_row *row, bool *more)
{
	struct id id = {{0}}, ground;
	unsigned done = 0;
	enum wh_err err;

	*more = false;
	for (;;) {
		err = next_message(work->txn, case_ref, &id, &ground);
		if (err != WH_OK)
			return err == WH_NOT_FOUND ? WH_OK : err;
		/* Its ground is the case's own, and goes with it. */
		if (id_equal(&id, &row->offer))
			continue;
		*more = done++ == STEP_MAX;
		if (*more)
			return WH_OK;
		if (id_equal(&ground, &row->ground_key))
			ground = (struct id){{0}};
		err = drop_message(work, case_ref, &id, &ground);
		if (err != WH_OK)
			return err;
	}
}

/* The last of it. An old message could still come until the offer expires. */
static enum wh_err
drop_case(struct work *work, const struct id *case_ref,
    const struct case_row *row)
{
	int64_t now_ms = work->moment->now_ms;
	enum wh_err err;

	err = drop_message(work, case_ref, &row->offer, &row->ground_key);
	if (err == WH_OK)
		err = kv_del(work->txn, TABLE_CASE, span_id(case_ref));
	if (err == WH_OK)
		err = work_clock_stop(work, row->expires_ms, case_ref);
	if (err != WH_OK)
		return err;
	return now_ms >= row->expires_ms
		   ? forget(work, case_ref)
		   : look_again(work, case_ref, row->expires_ms);
}

/* Its key is gone; what is left of it goes in steps. */
static enum wh_err
go_on(struct work *work, const struct id *subject)
{
	struct case_row row;
	bool more = false;
	enum wh_err err;

	err = audit_erase_sweep(work->txn, subject, STEP_MAX, &more);
	if (err == WH_OK && !more)
		err = reach_unname(work->txn, subject, STEP_MAX, &more);
	if (err == WH_OK && more)
		return look_again(work, subject, work->moment->now_ms + 1);
	if (err == WH_OK)
		err = row_case_get(work->txn, subject, &row);
	if (err == WH_NOT_FOUND)
		return forget(work, subject);
	if (err == WH_OK)
		err = drop_messages(work, subject, &row, &more);
	if (err == WH_OK && more)
		return look_again(work, subject, work->moment->now_ms + 1);
	return err == WH_OK ? drop_case(work, subject, &row) : err;
}

static enum wh_err
erase(struct work *work, const struct id *subject)
{
	enum wh_err err = destroy_key(work, subject);

	return err == WH_OK
		   ? look_again(work, subject, work->moment->now_ms + 1)
		   : err;
}

/* Does the end of a permission still have to be carried through somewhere? */
static enum wh_err
still_ending(struct work *work, const struct id *id, bool *rests)
{
	struct withdrawal_row row;
	enum wh_err err = reach_whole_get(work->txn, id, &row);

	if (err == WH_OK && row.outstanding > 0)
		*rests = true;
	return err == WH_NOT_FOUND ? WH_OK : err;
}

/* The same of any end that reached messages of this referral. */
static enum wh_err
case_still_ending(struct work *work, const struct id *case_ref, bool *rests)
{
	struct id permission_id = {{0}};
	enum wh_err err = WH_OK;

	while (err == WH_OK && !*rests) {
		err = reach_case_next(work->txn, case_ref, &permission_id);
		if (err == WH_OK)
			err = still_ending(work, &permission_id, rests);
	}
	return err == WH_NOT_FOUND ? WH_OK : err;
}

static enum wh_err
shell_of_case(struct work *work, const struct id *case_ref,
    const struct case_row *row)
{
	int64_t now_ms = work->moment->now_ms;
	int64_t due_ms = row->ended_ms + term_ms(work);
	struct message_row message;
	struct id id = {{0}};
	bool ending = false;
	enum wh_err err;

	if (!state_is_end(row->state))
		return look_again(work, case_ref, now_ms + period_ms(work));
	/* As long as its offer may come again, it is known to be old. */
	if (due_ms < row->expires_ms)
		due_ms = row->expires_ms;
	if (now_ms < due_ms)
		return look_again(work, case_ref, due_ms);
	if (review_runs(work->txn, row))
		return look_again(work, case_ref, row->review_due_ms + 1);
	err = case_still_ending(work, case_ref, &ending);
	if (err != WH_OK || ending)
		return err != WH_OK
			   ? err
			   : look_again(work, case_ref, now_ms + DAY_MS);
	/* What waits for a member that is away waits until it has expired. */
	err = find_waiting(work->txn, case_ref, &id, &message);
	if (err == WH_OK && now_ms < due_ms + (int64_t)EXPIRES_MAX_MS)
		return look_again(work, case_ref, now_ms + DAY_MS);
	if (err == WH_OK)
		err = recall_waiting(work, case_ref);
	if (err != WH_OK && err != WH_NOT_FOUND)
		return err;
	return erase(work, case_ref);
}

/* Is a referral here that rests on this ground? */
static enum wh_err
rests_on(struct work *work, const struct ground *ground,
    const struct id *relation_ref, bool *rests)
{
	struct id key = permission_ground_key(ground, relation_ref);
	uint8_t place[32] = {0};
	struct span at = span_of(place, sizeof(place));
	struct span value;
	enum wh_err err;

	memcpy(place, key.b, sizeof(key.b));
	err = kv_seek(work->txn, TABLE_CASE_BY_GROUND, &at, &value);
	if (err == WH_OK && at.len == sizeof(place) &&
	    memcmp(at.p, key.b, sizeof(key.b)) == 0)
		*rests = true;
	return err == WH_NOT_FOUND ? WH_OK : err;
}

/* All rows of a table whose key begins with this id. */
static enum wh_err
drop_prefix(struct work *work, enum core_table table, const struct id *id)
{
	uint8_t key[KV_KEY_MAX];
	struct span at, value;
	enum wh_err err;

	for (;;) {
		at = span_id(id);
		err = kv_seek(work->txn, table, &at, &value);
		if (err == WH_OK &&
		    (at.len < sizeof(id->b) ||
			memcmp(at.p, id->b, sizeof(id->b)) != 0))
			return WH_OK;
		if (err != WH_OK)
			return err == WH_NOT_FOUND ? WH_OK : err;
		memcpy(key, at.p, at.len);
		err = kv_del(work->txn, table, span_of(key, at.len));
		if (err != WH_OK)
			return err;
	}
}

/* How far its end came, who followed it, and what was answered. */
static enum wh_err
drop_ending(struct work *work, const struct id *id)
{
	static const enum core_table tables[] = {TABLE_WITHDRAWAL,
	    TABLE_CARRIER, TABLE_WATCHER, TABLE_REACH, TABLE_RECEIPT};
	enum wh_err err = WH_OK;
	size_t i;

	for (i = 0; err == WH_OK && i < sizeof(tables) / sizeof(tables[0]); i++)
		err = drop_prefix(work, tables[i], id);
	return err;
}

static enum wh_err
shell_of_permission(struct work *work, const struct id *id,
    const struct stored_permission *stored)
{
	const struct permission *permission = &stored->permission;
	const struct ground by_record = {.has_permission = true,
	    .permission_id = *id,
	    .instrument = ""};
	const struct ground by_law = {.instrument = permission->instrument};
	int64_t now_ms = work->moment->now_ms;
	int64_t due_ms = permission->valid_until_ms + term_ms(work);
	bool rests = stored->standing.state == PERMISSION_OBJECTED;
	enum wh_err err = WH_OK;

	/* A record that could be kept again must be known to have ended. */
	if (now_ms < due_ms)
		return look_again(work, id, due_ms);
	if (!rests)
		err = still_ending(work, id, &rests);
	if (err == WH_OK)
		err = rests_on(work, &by_record, &permission->relation_ref,
		    &rests);
	if (err == WH_OK && permission->instrument[0] != '\0')
		err =
		    rests_on(work, &by_law, &permission->relation_ref, &rests);
	if (err != WH_OK)
		return err;
	/* An objection stays on file, so that the next signal is refused. */
	if (rests)
		return look_again(work, id, now_ms + period_ms(work));
	err = drop_ending(work, id);
	if (err == WH_OK)
		err = store_forget(work->txn, permission);
	return err == WH_OK ? erase(work, id) : err;
}

enum wh_err
core_shell(struct work *work, const struct id *subject)
{
	enum audit_erase_state state;
	struct stored_permission stored;
	struct case_row row;
	enum wh_err err;

	err = audit_erase_state(work->txn, subject, &state);
	if (err != WH_OK || state == AUDIT_ERASE_NEW)
		return err;
	if (state == AUDIT_ERASE_DONE)
		return go_on(work, subject);
	err = row_case_get(work->txn, subject, &row);
	if (err == WH_OK)
		return shell_of_case(work, subject, &row);
	if (err == WH_NOT_FOUND)
		err = store_get(work->txn, work->arena, subject, &stored);
	if (err == WH_OK)
		return shell_of_permission(work, subject, &stored);
	/* Refused, and never kept: only the log speaks of it. */
	return err == WH_NOT_FOUND ? erase(work, subject) : err;
}

enum wh_err
core_erasable(struct kv_txn *txn, const struct id *case_ref, struct why *why)
{
	enum audit_erase_state state;
	struct message_row message;
	struct case_row row;
	struct id id = {{0}};
	enum wh_err err;

	err = audit_erase_state(txn, case_ref, &state);
	if (err == WH_OK && state == AUDIT_ERASE_DONE)
		return why_set(why, WH_NOT_FOUND, "it was erased before");
	if (err == WH_OK)
		err = row_case_get(txn, case_ref, &row);
	if (err != WH_OK)
		return why_set(why, err, "no such referral is here");
	if (!state_is_end(row.state))
		return why_set(why, WH_REFUSED,
		    "the referral is %s; it must end first",
		    terms_text(TERMS_STATES, row.state));
	if (review_runs(txn, &row))
		return why_set(why, WH_REFUSED,
		    "the time to review it is not over");
	err = find_waiting(txn, case_ref, &id, &message);
	if (err == WH_OK)
		return why_set(why, WH_REFUSED,
		    "a message of the referral still waits for %s", message.to);
	return err == WH_NOT_FOUND ? WH_OK : err;
}

enum wh_err
core_erase(struct work *work, struct span bytes)
{
	struct id case_ref;
	enum wh_err err;

	if (bytes.len != sizeof(case_ref.b))
		return WH_OK; /* checked before it was journalled */
	memcpy(case_ref.b, bytes.p, sizeof(case_ref.b));
	err = core_erasable(work->txn, &case_ref, NULL);
	if (err == WH_OK)
		return erase(work, &case_ref);
	return err == WH_NOT_FOUND || err == WH_REFUSED ? WH_OK : err;
}
