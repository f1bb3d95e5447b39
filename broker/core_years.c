/* SPDX-License-Identifier: EUPL-1.2 */
#include "broker/core_state.h"
#include "consent/audit_drop.h"
#include "consent/note_log.h"
#include "proto/base/be.h"

/*
 * The log is kept for the years of the covenant: a generation that was closed
 * longer ago goes as a whole, the oldest first, unless a referral of which it
 * tells is still here. A clock for each closed generation looks after that.
 */

/* Entries in one tick. */
#define STEP_MAX  256
#define DAY_MS    ((int64_t)24 * 3600 * 1000)
#define YEAR_MS   (366 * DAY_MS) /* never less than one of the calendar */
#define YEARS_MAX 1000
#define LOOK_MS   (30 * DAY_MS) /* a register may say otherwise since */
#define PLACE     "years"       /* how far was looked for what rests on it */

/* The clock is about a generation, not about an id of anybody. */
static struct id
id_of(uint32_t generation)
{
	struct id id = {{0}};

	be32_put(id.b + sizeof(id.b) - 4, generation);
	return id;
}

static enum wh_err
look_at(struct work *work, uint32_t generation, int64_t due_ms)
{
	struct id id = id_of(generation);

	return work_clock_set(work, due_ms, &id, CLOCK_YEARS);
}

enum wh_err
core_years_first(struct work *work, uint32_t closed)
{
	return look_at(work, closed, work->moment->now_ms + LOOK_MS);
}

static int64_t
kept_ms(const struct work *work)
{
	uint32_t years = work->core->registry == NULL
			     ? YEARS_MAX
			     : work->core->registry->reg.audit_years;

	return YEAR_MS * (years > YEARS_MAX ? YEARS_MAX : years);
}

static enum wh_err
place_get(struct work *work, uint32_t generation, uint64_t *place)
{
	struct span value;
	enum wh_err err;

	*place = note_log_entry(generation, 0);
	err = kv_peek(work->txn, TABLE_CORE_META, span_str(PLACE), &value);
	if (err == WH_OK && value.len != 8)
		return WH_CORRUPT;
	if (err == WH_OK &&
	    note_log_generation(be64_get(value.p)) == generation)
		*place = be64_get(value.p);
	return err == WH_NOT_FOUND ? WH_OK : err;
}

static enum wh_err
place_put(struct work *work, uint64_t place)
{
	uint8_t value[8];

	be64_put(value, place);
	return kv_put(work->txn, TABLE_CORE_META, span_str(PLACE),
	    span_of(value, sizeof(value)));
}

static enum wh_err
place_forget(struct work *work)
{
	enum wh_err err = kv_del(work->txn, TABLE_CORE_META, span_str(PLACE));

	return err == WH_NOT_FOUND ? WH_OK : err;
}

/* Is the referral still here that this entry is about? */
static enum wh_err
holds(struct work *work, struct span bytes, bool *held)
{
	struct audit_leaf leaf;
	struct case_row row;
	enum wh_err err = audit_leaf_read(bytes, &leaf);

	if (err != WH_OK)
		return WH_CORRUPT;
	if (id_is_zero(&leaf.case_ref))
		return WH_OK;
	err = row_case_get(work->txn, &leaf.case_ref, &row);
	*held = err == WH_OK;
	return err == WH_NOT_FOUND ? WH_OK : err;
}

/* The next entries; *more: nothing was found yet, and there are more. */
static enum wh_err
look_for_holders(struct work *work, uint32_t generation, bool *held, bool *more)
{
	struct span bytes;
	uint64_t place;
	enum wh_err err = place_get(work, generation, &place);

	*held = *more = false;
	for (unsigned i = 0; err == WH_OK && i < STEP_MAX; i++, place++) {
		err = audit_leaf_get(work->txn, place, &bytes);
		if (err == WH_NOT_FOUND)
			return place_forget(work); /* its end */
		if (err == WH_OK)
			err = holds(work, bytes, held);
		if (err == WH_OK && *held)
			return place_forget(work);
	}
	*more = true;
	return err == WH_OK ? place_put(work, place) : err;
}

static enum wh_err
sweep(struct work *work, uint32_t generation)
{
	bool more = false;
	enum wh_err err =
	    audit_drop_sweep(work->txn, generation, STEP_MAX, &more);

	if (err != WH_OK)
		return err;
	return more ? look_at(work, generation, work->moment->now_ms + 1)
		    : work_erased(work);
}

/* Its years are over: when nothing rests on it, it goes. */
static enum wh_err
let_go(struct work *work, uint32_t generation)
{
	int64_t now_ms = work->moment->now_ms;
	uint64_t index, size = 0;
	uint32_t oldest = generation;
	bool held = false, more = false;
	enum wh_err err;

	err = audit_generation_next(work->txn, 0, &oldest, &size);
	if (err == WH_OK && oldest == generation)
		err = look_for_holders(work, generation, &held, &more);
	if (err != WH_OK)
		return err == WH_NOT_FOUND ? WH_CORRUPT : err;
	if (held || oldest != generation)
		return look_at(work, generation, now_ms + LOOK_MS);
	if (!more)
		err = audit_drop(&work->core->audit, work->txn,
		    &work->moment->seed, generation, now_ms, &index);
	return err == WH_OK ? look_at(work, generation, now_ms + 1) : err;
}

enum wh_err
core_years(struct work *work, const struct id *id)
{
	uint32_t generation = be32_get(id->b + sizeof(id->b) - 4);
	int64_t now_ms = work->moment->now_ms;
	int64_t closed_ms = 0, due_ms;
	bool dropped = false;
	enum wh_err err;

	err = audit_drop_state(work->txn, generation, &dropped);
	if (err == WH_OK && dropped)
		return sweep(work, generation);
	if (err == WH_OK)
		err = audit_drop_closed(work->txn, generation, &closed_ms);
	if (err != WH_OK)
		return err == WH_NOT_FOUND ? WH_CORRUPT : err;
	due_ms = closed_ms + kept_ms(work);
	if (now_ms < due_ms)
		return look_at(work, generation,
		    due_ms < now_ms + LOOK_MS ? due_ms : now_ms + LOOK_MS);
	return let_go(work, generation);
}
