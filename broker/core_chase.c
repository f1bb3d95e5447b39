/* SPDX-License-Identifier: EUPL-1.2 */
#include "broker/core_reach.h"

/* Who has not carried an end through hears of it again. */

/* Members answer within a working day; then, each day again, they are chased.
 */
#define CHASE_MS (24ll * 3600 * 1000)

enum wh_err
reach_chase_set(struct work *work, const struct id *permission_id)
{
	return work_clock_set(work, work->moment->now_ms + CHASE_MS,
	    permission_id, CLOCK_CHASE);
}

/* The event that ended it, queued once more unless it still waits there. */
static enum wh_err
chase_one(struct work *work, const struct stored_permission *stored,
    struct span event, const char *member, struct carrier_row *carrier)
{
	struct queue_row row = {.kind = DELIVER_PERMISSION_EVENT,
	    .message_id = stored->permission.permission_id,
	    .bytes = event};
	struct queue_row waits;
	enum wh_err err;

	err = queue_get(work->txn, member, carrier->delivery, &waits);
	if (err != WH_NOT_FOUND)
		return err;
	err = work_queue(work, member, &row, &carrier->delivery);
	if (err == WH_OK)
		err = reach_carrier_put(work->txn,
		    &stored->permission.permission_id, member, carrier);
	return err;
}

static enum wh_err
chase_all(struct work *work, const struct stored_permission *stored)
{
	const struct id *id = &stored->permission.permission_id;
	char name[NAME_MAX_LEN + 1] = "";
	struct carrier_row carrier;
	struct span event;
	enum wh_err err;

	err = store_change_get(work->txn, id, stored->standing.changes - 1,
	    &event);
	if (err != WH_OK)
		return err == WH_NOT_FOUND ? WH_CORRUPT : err;
	event = arena_dup(work->arena, event);
	if (event.p == NULL)
		return WH_CORRUPT; /* longer than anything that we keep */
	for (;;) {
		err = reach_carrier_next(work->txn, id, name, &carrier);
		if (err == WH_OK && !carrier.done)
			err = chase_one(work, stored, event, name, &carrier);
		if (err != WH_OK)
			return err == WH_NOT_FOUND ? WH_OK : err;
	}
}

enum wh_err
reach_chase(struct work *work, const struct id *permission_id)
{
	struct stored_permission stored;
	struct withdrawal_row row;
	struct news news = {.work = work,
	    .permission = &stored.permission,
	    .row = &row};
	enum wh_err err;

	err = reach_whole_get(work->txn, permission_id, &row);
	if (err == WH_NOT_FOUND || (err == WH_OK && row.outstanding == 0))
		return WH_OK; /* erased meanwhile, or carried through */
	if (err == WH_OK)
		err = store_get(work->txn, work->arena, permission_id, &stored);
	if (err != WH_OK)
		return err == WH_NOT_FOUND ? WH_CORRUPT : err;
	err = row.overdue ? WH_OK : reach_count(work, 0, 1);
	row.overdue = true;
	if (err == WH_OK)
		err = chase_all(work, &stored);
	if (err == WH_OK)
		err = reach_whole_put(work->txn, permission_id, &row);
	if (err == WH_OK)
		err = reach_chase_set(work, permission_id);
	return err == WH_OK ? news_tell(&news) : err;
}
