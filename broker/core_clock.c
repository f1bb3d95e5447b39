/* SPDX-License-Identifier: EUPL-1.2 */
#include "broker/core_reach.h"

/* What happens by itself when its time has come. */

/* How many clocks one tick works off: the rest waits for the next. */
#define TICK_MAX 256

/* The offer's time is up: take it out if nobody has it yet, and say so. */
static enum wh_err
expire(struct work *work, const struct id *case_ref)
{
	struct hub_event event = {.event = EVENT_EXPIRE,
	    .actor = ACTOR_HUB,
	    .reason = REASON_EXPIRED_MESSAGE,
	    .to_sender = true};
	struct message_row message;
	struct case_row row;
	bool heard = false;
	enum wh_err err;

	err = row_case_get(work->txn, case_ref, &row);
	if (err != WH_OK)
		return err == WH_NOT_FOUND ? WH_CORRUPT : err;
	if (row.state != STATE_QUEUED)
		return WH_OK;
	err = row_message_get(work->txn, &row.offer, &message);
	if (err == WH_OK)
		err = work_heard(work, row.to, message.delivery, &heard);
	if (err != WH_OK || message.status != MESSAGE_QUEUED)
		return err == WH_NOT_FOUND ? WH_CORRUPT : err;
	event.message_id = row.offer;
	event.to_recipient = heard;
	/* What was handed over is never called recalled. */
	err = work_recall(work, &row.offer, &message,
	    heard ? MESSAGE_REFUSED : MESSAGE_RECALLED, REASON_EXPIRED_MESSAGE);
	if (err == WH_OK)
		err = work_move(work, case_ref, &row, &event);
	return err;
}

typedef enum wh_err clock_fn(struct work *work, const struct id *id);

/* What the value of a row says, and what it is for. */
static const struct {
	const char *name;
	clock_fn *run;
} clocks[] = {
    {CLOCK_EXPIRY, expire},
    {CLOCK_REVIEW_REMIND, core_review_remind},
    {CLOCK_REVIEW_DUE, core_review_due},
    {CLOCK_CHASE, reach_chase},
    {CLOCK_REGISTER, reach_register},
    {CLOCK_SHELL, core_shell},
    {CLOCK_YEARS, core_years},
};

static clock_fn *
clock_of(struct span name)
{
	size_t i;

	for (i = 0; i < sizeof(clocks) / sizeof(clocks[0]); i++)
		if (span_equal(name, span_str(clocks[i].name)))
			return clocks[i].run;
	return NULL;
}

/* be64 due ms, then the id that it is about. */
static struct span
clock_key(uint8_t out[24], int64_t due_ms, const struct id *id)
{
	be64_put(out, (uint64_t)due_ms);
	memcpy(out + 8, id->b, sizeof(id->b));
	return span_of(out, 24);
}

/* One place, one clock: that of erasing gives way to any other. */
static enum wh_err
place(struct work *work, int64_t *due_ms, const struct id *id, bool shell,
    bool *was_shell)
{
	uint8_t key[24];
	struct span was;
	enum wh_err err;

	for (;; (*due_ms)++) {
		err = kv_peek(work->txn, TABLE_CLOCK,
		    clock_key(key, *due_ms, id), &was);
		if (err != WH_OK && err != WH_NOT_FOUND)
			return err;
		*was_shell =
		    err == WH_OK && span_equal(was, span_str(CLOCK_SHELL));
		if (err == WH_NOT_FOUND || !shell)
			return WH_OK;
	}
}

enum wh_err
work_clock_set(struct work *work, int64_t due_ms, const struct id *id,
    const char *name)
{
	uint8_t key[24];
	bool was_shell = false;
	enum wh_err err = place(work, &due_ms, id, false, &was_shell);

	if (err == WH_OK)
		err = kv_put(work->txn, TABLE_CLOCK, clock_key(key, due_ms, id),
		    span_str(name));
	if (err == WH_OK && was_shell)
		err = work_shell_set(work, due_ms + 1, id);
	return err;
}

/* The one it has, if there is one still. */
static enum wh_err
stop_shell(struct work *work, const struct id *subject)
{
	struct span due, name;
	uint8_t key[24];
	enum wh_err err;

	err = kv_peek(work->txn, TABLE_SHELL, span_id(subject), &due);
	if (err == WH_NOT_FOUND || (err == WH_OK && due.len != 8))
		return err == WH_OK ? WH_CORRUPT : WH_OK;
	if (err != WH_OK)
		return err;
	clock_key(key, (int64_t)be64_get(due.p), subject);
	err = kv_peek(work->txn, TABLE_CLOCK, span_of(key, sizeof(key)), &name);
	if (err == WH_OK && span_equal(name, span_str(CLOCK_SHELL)))
		err = kv_del(work->txn, TABLE_CLOCK, span_of(key, sizeof(key)));
	if (err == WH_OK || err == WH_NOT_FOUND)
		err = kv_del(work->txn, TABLE_SHELL, span_id(subject));
	return err;
}

enum wh_err
work_shell_set(struct work *work, int64_t due_ms, const struct id *subject)
{
	uint8_t key[24], value[8];
	bool was_shell;
	enum wh_err err = stop_shell(work, subject);

	if (err != WH_OK || due_ms == 0)
		return err;
	err = place(work, &due_ms, subject, true, &was_shell);
	be64_put(value, (uint64_t)due_ms);
	if (err == WH_OK)
		err = kv_put(work->txn, TABLE_SHELL, span_id(subject),
		    span_of(value, sizeof(value)));
	if (err == WH_OK)
		err = kv_put(work->txn, TABLE_CLOCK,
		    clock_key(key, due_ms, subject), span_str(CLOCK_SHELL));
	return err;
}

enum wh_err
work_clock_stop(struct work *work, int64_t due_ms, const struct id *id)
{
	uint8_t key[24];
	enum wh_err err;

	err = kv_del(work->txn, TABLE_CLOCK, clock_key(key, due_ms, id));
	return err == WH_NOT_FOUND ? WH_OK : err;
}

bool
core_due(struct kv_txn *txn, int64_t now_ms)
{
	static const uint8_t first[24];
	struct span at = span_of(first, sizeof(first));
	struct span value;

	return kv_seek(txn, TABLE_CLOCK, &at, &value) == WH_OK &&
	       at.len == sizeof(first) && (int64_t)be64_get(at.p) <= now_ms;
}

/* The first clock that is due, taken out; WH_NOT_FOUND when there is none. */
static enum wh_err
next_due(struct work *work, struct id *id, clock_fn **run)
{
	uint8_t key[24] = {0};
	struct span at = span_of(key, sizeof(key));
	struct span value;
	enum wh_err err;

	err = kv_seek(work->txn, TABLE_CLOCK, &at, &value);
	if (err != WH_OK)
		return err;
	*run = clock_of(value);
	if (at.len != sizeof(key) || *run == NULL)
		return WH_CORRUPT;
	if ((int64_t)be64_get(at.p) > work->moment->now_ms)
		return WH_NOT_FOUND;
	memcpy(key, at.p, sizeof(key));
	memcpy(id->b, key + 8, sizeof(id->b));
	return kv_del(work->txn, TABLE_CLOCK, span_of(key, sizeof(key)));
}

enum wh_err
core_tick(struct work *work)
{
	clock_fn *run;
	struct id id;
	unsigned i;
	enum wh_err err;

	for (i = 0; i < TICK_MAX; i++) {
		arena_reset(work->arena);
		err = next_due(work, &id, &run);
		if (err == WH_OK)
			err = run(work, &id);
		if (err != WH_OK)
			return err == WH_NOT_FOUND ? WH_OK : err;
	}
	return WH_OK;
}
