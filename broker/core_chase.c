/* SPDX-License-Identifier: EUPL-1.2 */
#include "broker/core_reach.h"

/* Who has not carried an end through hears of it again. */

/* Members answer within a working day; then, each day again, they are chased.
 */
#define CHASE_MS (24ll * 3600 * 1000)

/* Under another register all withdrawals are looked at, so many in one tick. */
#define STEP_MAX 256
#define LOOKED   "looked" /* up to this one; absent: all */

/* One clock, about nothing that has an id. */
static const struct id clock_id = {{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}};

enum wh_err
reach_chase_set(struct work *work, const struct id *permission_id)
{
	return work_clock_set(work, work->moment->now_ms + CHASE_MS,
	    permission_id, CLOCK_CHASE);
}

/*
 * The event that ended it, as it is kept. *checkable false: the key that signed
 * it is out of the register, and no member can act on it.
 */
static enum wh_err
kept_end(struct work *work, const struct stored_permission *stored,
    struct span *event, bool *checkable)
{
	const struct wh_register *reg = &work->core->registry->reg;
	const struct reg_member *by;
	struct permission_change change;
	struct signed_body body;
	enum wh_err err;

	err = store_change_get(work->txn, &stored->permission.permission_id,
	    stored->standing.changes - 1, event);
	if (err != WH_OK)
		return err == WH_NOT_FOUND ? WH_CORRUPT : err;
	*event = arena_dup(work->arena, *event);
	if (event->p == NULL ||
	    wire_signed_read(work->arena, *event, PERMISSION_MAX, &body,
		NULL) != WH_OK ||
	    wire_permission_change_read(work->arena, body.body, &change,
		NULL) != WH_OK)
		return WH_CORRUPT; /* it was read when it came */
	by = register_member(reg, change.by_member);
	*checkable = by != NULL &&
		     register_key_by_id(by, KEY_SIGNING, body.key_id) != NULL;
	return WH_OK;
}

static enum wh_err
queue_event(struct work *work, const struct id *permission_id,
    struct span event, const char *member, struct carrier_row *carrier)
{
	struct queue_row row = {.kind = DELIVER_PERMISSION_EVENT,
	    .message_id = *permission_id,
	    .bytes = event};
	enum wh_err err = work_queue(work, member, &row, &carrier->delivery);

	return err == WH_OK ? reach_carrier_put(work->txn, permission_id,
				  member, carrier)
			    : err;
}

/* Queued once more, unless it still waits there. */
static enum wh_err
chase_one(struct work *work, const struct id *permission_id, struct span event,
    const char *member, struct carrier_row *carrier)
{
	struct queue_row waits;
	enum wh_err err;

	if (register_member(&work->core->registry->reg, member) == NULL)
		return WH_OK;
	err = queue_get(work->txn, member, carrier->delivery, &waits);
	return err == WH_NOT_FOUND
		   ? queue_event(work, permission_id, event, member, carrier)
		   : err;
}

/*
 * Who has not reported. When nobody can check the event, also who has carried
 * it through: that member could once, and says it in its own name.
 */
static enum wh_err
chase_all(struct work *work, const struct id *permission_id, struct span event,
    bool checkable)
{
	char name[NAME_MAX_LEN + 1] = "";
	struct carrier_row carrier;
	enum wh_err err;

	for (;;) {
		err = reach_carrier_next(work->txn, permission_id, name,
		    &carrier);
		if (err == WH_OK && !(carrier.done && checkable))
			err = chase_one(work, permission_id, event, name,
			    &carrier);
		if (err != WH_OK)
			return err == WH_NOT_FOUND ? WH_OK : err;
	}
}

/* Who left says nothing any more, and is not waited for. */
static enum wh_err
part_with_left(struct work *work, const struct id *permission_id,
    struct withdrawal_row *row)
{
	const struct wh_register *reg = &work->core->registry->reg;
	char name[NAME_MAX_LEN + 1] = "";
	struct carrier_row carrier;
	enum wh_err err;

	for (;;) {
		err = reach_carrier_next(work->txn, permission_id, name,
		    &carrier);
		if (err != WH_OK)
			return err == WH_NOT_FOUND ? WH_OK : err;
		if (carrier.done || register_member(reg, name) != NULL)
			continue;
		err = reach_departed(work, permission_id, name);
		if (err != WH_OK)
			return err;
		row->outstanding--;
	}
}

static enum wh_err
part_with(struct work *work, const struct id *permission_id,
    struct withdrawal_row *row)
{
	enum wh_err err = part_with_left(work, permission_id, row);

	if (err == WH_OK && row->outstanding == 0)
		err = reach_finish(work, permission_id, row);
	return err;
}

enum wh_err
reach_chase(struct work *work, const struct id *permission_id)
{
	struct stored_permission stored;
	struct withdrawal_row row;
	struct news news = {.work = work,
	    .permission = &stored.permission,
	    .row = &row};
	struct span event;
	bool checkable;
	enum wh_err err;

	err = reach_whole_get(work->txn, permission_id, &row);
	if (err == WH_NOT_FOUND || (err == WH_OK && row.outstanding == 0))
		return WH_OK; /* erased meanwhile, or carried through */
	if (err == WH_OK)
		err = store_get(work->txn, work->arena, permission_id, &stored);
	if (err != WH_OK)
		return err == WH_NOT_FOUND ? WH_CORRUPT : err;
	err = part_with(work, permission_id, &row);
	if (err == WH_OK && row.outstanding == 0) {
		err = reach_whole_put(work->txn, permission_id, &row);
		return err == WH_OK ? news_tell(&news) : err;
	}
	if (err == WH_OK && !row.overdue)
		err = reach_count(work, 0, 1);
	row.overdue = true;
	if (err == WH_OK)
		err = kept_end(work, &stored, &event, &checkable);
	if (err == WH_OK)
		err = chase_all(work, permission_id, event, checkable);
	if (err == WH_OK)
		err = reach_whole_put(work->txn, permission_id, &row);
	if (err == WH_OK)
		err = reach_chase_set(work, permission_id);
	return err == WH_OK ? news_tell(&news) : err;
}

enum wh_err
reach_renews(struct work *work, const struct stored_permission *stored,
    const struct permission_change *change, bool *out)
{
	struct withdrawal_row row;
	struct span event;
	bool checkable;
	enum wh_err err;

	*out = false;
	if (stored->standing.state != change->event)
		return WH_OK;
	err =
	    reach_whole_get(work->txn, &stored->permission.permission_id, &row);
	if (err != WH_OK || row.outstanding == 0)
		return err == WH_NOT_FOUND ? WH_OK : err;
	err = kept_end(work, stored, &event, &checkable);
	*out = err == WH_OK && !checkable;
	return err;
}

enum wh_err
reach_renew(struct work *work, const struct stored_permission *stored,
    const struct permission_change *change, struct span event)
{
	const struct id *id = &stored->permission.permission_id;
	char name[NAME_MAX_LEN + 1] = "";
	struct carrier_row carrier;
	bool renews = false;
	enum wh_err err = reach_renews(work, stored, change, &renews);

	if (err != WH_OK || !renews)
		return err;
	err = store_change(work->txn, id, event, &stored->standing);
	while (err == WH_OK) {
		err = reach_carrier_next(work->txn, id, name, &carrier);
		if (err == WH_OK && !carrier.done)
			err = queue_event(work, id, event, name, &carrier);
	}
	return err == WH_NOT_FOUND ? WH_OK : err;
}

/* One open withdrawal under another register. */
static enum wh_err
look(struct work *work, const struct id *permission_id)
{
	struct stored_permission stored;
	struct withdrawal_row row;
	struct news news = {.work = work,
	    .permission = &stored.permission,
	    .row = &row};
	uint32_t before;
	struct span event;
	bool checkable = true;
	enum wh_err err;

	err = reach_whole_get(work->txn, permission_id, &row);
	if (err != WH_OK || row.outstanding == 0)
		return err;
	before = row.outstanding;
	err = store_get(work->txn, work->arena, permission_id, &stored);
	if (err == WH_OK)
		err = part_with(work, permission_id, &row);
	if (err == WH_OK && row.outstanding != before)
		err = reach_whole_put(work->txn, permission_id, &row);
	if (err == WH_OK && row.outstanding != before)
		err = news_tell(&news);
	if (err == WH_OK && row.outstanding > 0)
		err = kept_end(work, &stored, &event, &checkable);
	if (err == WH_OK && !checkable)
		err = chase_all(work, permission_id, event, checkable);
	return err == WH_NOT_FOUND ? WH_CORRUPT : err;
}

static enum wh_err
place_put(struct work *work, const struct id *place)
{
	enum wh_err err;

	err = kv_put(work->txn, TABLE_CORE_META, span_str(LOOKED),
	    span_id(place));
	return err == WH_OK ? work_clock_set(work, work->moment->now_ms + 1,
				  &clock_id, CLOCK_REGISTER)
			    : err;
}

enum wh_err
reach_register_first(struct work *work)
{
	static const struct id start;

	return place_put(work, &start);
}

enum wh_err
reach_register(struct work *work, const struct id *id)
{
	struct id place;
	struct span at;
	unsigned i;
	enum wh_err err;

	(void)id;
	err = kv_peek(work->txn, TABLE_CORE_META, span_str(LOOKED), &at);
	if (err == WH_NOT_FOUND)
		return WH_OK; /* the clock of another register was first */
	if (err != WH_OK || at.len != sizeof(place.b))
		return err == WH_OK ? WH_CORRUPT : err;
	memcpy(place.b, at.p, sizeof(place.b));
	for (i = 0; err == WH_OK && i < STEP_MAX; i++) {
		arena_reset(work->arena);
		err = reach_whole_next(work->txn, &place);
		if (err == WH_OK)
			err = look(work, &place);
	}
	if (err == WH_NOT_FOUND)
		return kv_del(work->txn, TABLE_CORE_META, span_str(LOOKED));
	return err == WH_OK ? place_put(work, &place) : err;
}
