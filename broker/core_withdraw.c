/* SPDX-License-Identifier: EUPL-1.2 */
#include "broker/core_reach.h"
#include "proto/base/mem.h"

/* A permission ended: stop what waits, and tell everybody who has heard. */

#define RESTORED "restored" /* be64 ms: when the store was last put back */

/* One withdrawal under way. */
struct withdrawing {
	struct work *work;
	const struct permission *permission;
	struct queue_row event; /* the signed event, as a row of the queue */
	enum reason reason;
	bool ends;   /* the referrals end with it */
	char **told; /* owned, as the names in it */
	size_t told_count;
	struct reaching reaching;
	struct id case_ref;
	struct case_row row;
	bool heard;      /* the recipient may have the offer */
	bool to_holds;   /* the recipient may have something of it */
	bool from_holds; /* the sender may have something that came back */
};

/* The resident's side took it back, or there never was a ground. */
static bool
ends_referrals(enum permission_event event)
{
	switch (event) {
	case PERMISSION_WITHDRAWN:
	case PERMISSION_OBJECTED:
	case PERMISSION_INVALIDATED:
	case PERMISSION_REFUSED:
		return true;
	case PERMISSION_REQUESTED:
	case PERMISSION_GIVEN:
	case PERMISSION_EXPIRED:
	case PERMISSION_SUPERSEDED:
		return false;
	}
	return false;
}

/*
 * Each member gets the event once. Who sent it knows, and must hear of it all
 * the same when it holds messages: what it says of them is awaited.
 */
static enum wh_err
tell(struct withdrawing *w, const char *member, bool holds)
{
	uint64_t delivery;
	size_t i;
	enum wh_err err;

	if (!holds && strcmp(member, w->work->member) == 0)
		return WH_OK;
	for (i = 0; i < w->told_count; i++)
		if (strcmp(w->told[i], member) == 0)
			return WH_OK;
	w->told = mem_grow(w->told, (w->told_count + 1) * sizeof(*w->told));
	w->told[w->told_count++] = mem_strdup(member);
	if (register_member(&w->work->core->registry->reg, member) == NULL)
		return w->ends ? reach_departed(w->work,
				     &w->reaching.permission_id, member)
			       : WH_OK;
	w->event.case_ref = w->case_ref;
	err = work_queue(w->work, member, &w->event, &delivery);
	if (err == WH_OK && w->ends)
		err = reach_carrier(w->work, &w->reaching, member, delivery);
	return err;
}

/*
 * A message that was stopped and is not the offer: its sender hears so, and who
 * it was for what state the referral is in all the same.
 */
static enum wh_err
report(struct withdrawing *w, const struct id *message_id,
    const struct message_row *message)
{
	struct notice notice = {
	    .case_ref = w->case_ref,
	    .state = w->row.state,
	    .reason = w->reason,
	    .reach = REACH_RECALLED,
	    .at_ms = w->work->moment->now_ms,
	    .message_id = *message_id,
	    .permission_id = w->permission->permission_id,
	};

	enum wh_err err;

	err = work_notify(w->work, message->from, &notice);
	if (err == WH_OK && message->event != EVENT_IDENTITY)
		err = work_notify(w->work, message->to, &notice);
	return err;
}

/* What never left is recalled; of the rest its recipient will say. */
static enum reach
reach_of(const struct withdrawing *w, const struct message_row *message)
{
	if (message->status == MESSAGE_RECALLED ||
	    (message->status == MESSAGE_REFUSED && message->handover == 0))
		return REACH_RECALLED;
	return w->row.read && strcmp(message->to, w->row.to) == 0
		   ? REACH_READ
		   : REACH_DELIVERED_UNREAD;
}

static enum wh_err
note_message(struct withdrawing *w, const struct id *message_id,
    const struct message_row *message)
{
	enum reach reach = reach_of(w, message);

	if (reach != REACH_RECALLED && strcmp(message->to, w->row.to) == 0)
		w->to_holds = true;
	else if (reach != REACH_RECALLED)
		w->from_holds = true;
	return reach_message(w->work, &w->reaching, message_id, message, reach);
}

/* Stop one queued message that carries data; how far did it come? */
static enum wh_err
recall_message(struct withdrawing *w, const struct id *message_id)
{
	bool is_offer = id_equal(message_id, &w->row.offer);
	struct message_row message;
	bool heard = false;
	enum wh_err err;

	err = row_message_get(w->work->txn, message_id, &message);
	if (err == WH_OK)
		err = work_heard(w->work, message.to, message.delivery, &heard);
	if (err != WH_OK)
		return err == WH_NOT_FOUND ? WH_CORRUPT : err;
	if (is_offer)
		w->heard = message.status == MESSAGE_STORED ||
			   (message.status == MESSAGE_QUEUED && heard);
	if (!message.has_data && !is_offer)
		return WH_OK;
	/* What was handed over is in the recipient's hands or on the wire:
	 * its acknowledgement still comes. */
	if (message.status == MESSAGE_QUEUED && !heard) {
		err = work_recall(w->work, message_id, &message,
		    MESSAGE_RECALLED, w->reason);
		if (err == WH_OK && !is_offer)
			err = report(w, message_id, &message);
	}
	return err == WH_OK ? note_message(w, message_id, &message) : err;
}

/* The entries of one prefix of an index: 16 bytes, then the id that it leads
 * to. Copies: what is done with an id changes the store. */
static enum wh_err
next_id(struct kv_txn *txn, unsigned table, uint8_t place[32], bool first,
    struct id *out)
{
	struct span key = span_of(place, 32);
	struct span value;
	enum wh_err err;

	err = first ? kv_seek(txn, table, &key, &value)
		    : kv_next(txn, table, &key, &value);
	if (err != WH_OK)
		return err;
	if (key.len != 32 || memcmp(key.p, place, 16) != 0)
		return WH_NOT_FOUND;
	memcpy(place, key.p, 32);
	memcpy(out->b, place + 16, sizeof(out->b));
	return WH_OK;
}

static enum wh_err
recall_case(struct withdrawing *w)
{
	uint8_t place[32] = {0};
	struct id message_id;
	bool first = true;
	enum wh_err err;

	memcpy(place, w->case_ref.b, 16);
	for (;;) {
		err = next_id(w->work->txn, TABLE_CASE_MESSAGE, place, first,
		    &message_id);
		if (err == WH_OK)
			err = recall_message(w, &message_id);
		if (err != WH_OK)
			return err == WH_NOT_FOUND ? WH_OK : err;
		first = false;
	}
}

static enum wh_err
end_case(struct withdrawing *w)
{
	struct hub_event event = {.event = EVENT_WITHDRAW,
	    .actor = ACTOR_RESIDENT,
	    .reason = w->reason,
	    .permission_id = w->permission->permission_id,
	    .to_sender = true,
	    .to_recipient = w->heard,
	    .reach = !w->heard     ? REACH_RECALLED
		     : w->row.read ? REACH_READ
				   : REACH_DELIVERED_UNREAD};
	enum wh_err err;

	err = work_move(w->work, &w->case_ref, &w->row, &event);
	/* A referral that has ended stays as it ended. */
	return err == WH_REFUSED ? WH_OK : err;
}

/* One referral under the permission that ended. */
static enum wh_err
withdraw_case(struct withdrawing *w)
{
	enum wh_err err;

	w->heard = w->to_holds = w->from_holds = false;
	err = row_case_get(w->work->txn, &w->case_ref, &w->row);
	if (err != WH_OK)
		return err == WH_NOT_FOUND ? WH_CORRUPT : err;
	if (w->ends)
		err = recall_case(w);
	else
		w->heard = w->row.state != STATE_QUEUED;
	if (err == WH_OK)
		err = tell(w, w->row.from, w->from_holds);
	if (err == WH_OK && (w->heard || w->to_holds))
		err = tell(w, w->row.to, w->to_holds);
	if (err == WH_OK && w->ends)
		err = end_case(w);
	return err;
}

static enum wh_err
withdraw_ground(struct withdrawing *w, const struct ground *ground)
{
	struct id key =
	    permission_ground_key(ground, &w->permission->relation_ref);
	uint8_t place[32] = {0};
	bool first = true;
	enum wh_err err;

	memcpy(place, key.b, 16);
	for (;;) {
		err = next_id(w->work->txn, TABLE_CASE_BY_GROUND, place, first,
		    &w->case_ref);
		if (err == WH_OK)
			err = withdraw_case(w);
		if (err != WH_OK)
			return err == WH_NOT_FOUND ? WH_OK : err;
		first = false;
	}
}

enum wh_err
core_restored(struct work *work)
{
	uint8_t at[8];

	be64_put(at, (uint64_t)work->moment->now_ms);
	return kv_put(work->txn, TABLE_CORE_META, span_str(RESTORED),
	    span_of(at, sizeof(at)));
}

/* May something have moved under it that a backup did not hold? */
static enum wh_err
may_be_lost(const struct withdrawing *w, bool *out)
{
	struct span value;
	enum wh_err err;

	*out = false;
	err =
	    kv_peek(w->work->txn, TABLE_CORE_META, span_str(RESTORED), &value);
	if (err == WH_OK && value.len != 8)
		return WH_CORRUPT;
	if (err == WH_OK)
		*out =
		    w->permission->valid_from_ms < (int64_t)be64_get(value.p);
	return err == WH_NOT_FOUND ? WH_OK : err;
}

static enum wh_err
tell_party(struct withdrawing *w, const struct party *party)
{
	const struct wh_register *reg = &w->work->core->registry->reg;

	return register_member(reg, party->member) == NULL
		   ? WH_OK
		   : tell(w, party->member, true);
}

/* They hold what the hub no longer knows, perhaps, and say so themselves. */
static enum wh_err
tell_parties(struct withdrawing *w)
{
	bool lost = false;
	enum wh_err err = may_be_lost(w, &lost);

	if (err == WH_OK && lost)
		err = tell_party(w, &w->permission->from);
	if (err == WH_OK && lost)
		err = tell_party(w, &w->permission->to);
	return err;
}

enum wh_err
core_withdraw(struct work *work, const struct ending *ending)
{
	const struct permission *permission = &ending->stored->permission;
	const struct ground by_record = {.has_permission = true,
	    .permission_id = permission->permission_id,
	    .instrument = ""};
	const struct ground by_law = {.instrument = permission->instrument};
	struct withdrawing w = {
	    .work = work,
	    .permission = permission,
	    .event = {.kind = DELIVER_PERMISSION_EVENT,
		.message_id = ending->change->event_id,
		.bytes = ending->bytes},
	    .reason = ending->change->event == PERMISSION_OBJECTED
			  ? REASON_OBJECTED
			  : REASON_PERMISSION_WITHDRAWN,
	    .ends = ends_referrals(ending->change->event),
	};
	enum wh_err err;

	reach_init(&w.reaching, ending);
	err = withdraw_ground(&w, &by_record);
	/* A statutory record is also what speaks for the bare instrument. */
	if (err == WH_OK && permission->instrument[0] != '\0')
		err = withdraw_ground(&w, &by_law);
	w.case_ref = (struct id){0};
	if (err == WH_OK && w.ends)
		err = tell_parties(&w);
	if (err == WH_OK)
		err = tell(&w, permission->captured_by, false);
	if (err == WH_OK && w.ends)
		err = reach_begin(work, &w.reaching, permission);
	while (w.told_count > 0)
		mem_free(w.told[--w.told_count]);
	mem_free(w.told);
	return err;
}
