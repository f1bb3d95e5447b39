/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_BROKER_CORE_REACH_H
#define WH_BROKER_CORE_REACH_H

#include "broker/core_state.h"
#include "broker/reach.h"
#include "proto/wire_withdrawal.h"

/*
 * How far the end of a permission came. "Recorded" is the receipt of the event;
 * "carried through" is when each member that may have heard of the permission
 * has reported that it refuses whatever comes under the older epoch. What each
 * says about its messages is the reach; who asked and who captured follow it.
 */

/*
 * What the end of a permission reached. A withdrawal fills it in: every
 * message, every member that must carry it through; then it begins, and who
 * captured the permission follows it.
 */
struct reaching {
	struct withdrawal_row row;
	struct id permission_id;
};
void reach_init(struct reaching *reaching, const struct ending *ending);
enum wh_err reach_message(struct work *work, struct reaching *reaching,
    const struct id *message_id, const struct message_row *message,
    enum reach reach);
enum wh_err reach_carrier(struct work *work, struct reaching *reaching,
    const char *member, uint64_t delivery);
/* One that left, and can give no word: on record, and not outstanding. */
enum wh_err reach_departed(struct work *work, const struct id *permission_id,
    const char *member);
enum wh_err reach_begin(struct work *work, struct reaching *reaching,
    const struct permission *permission);

/* From now on member follows the end of this permission, if it has ended so
 * that there is something to follow: it is told all of it. */
enum wh_err reach_watch(struct work *work, const struct permission *permission,
    const char *member, const struct id *event_id);

/* Is member outstanding, and does this report bring it further? */
enum wh_err reach_completes(struct work *work, struct span report, bool *out);

/* The clock: who is outstanding after a day hears the event again. */
enum wh_err reach_chase(struct work *work, const struct id *permission_id);
enum wh_err reach_chase_set(struct work *work, const struct id *permission_id);

/*
 * The same end in the words of another event, or under another signature. When
 * the key of the one that is kept is out of the register while members are
 * outstanding, these get this one: it is kept behind that, and the permission
 * stands as it stood.
 */
enum wh_err reach_renew(struct work *work,
    const struct stored_permission *stored,
    const struct permission_change *change, struct span event);
enum wh_err reach_renews(struct work *work,
    const struct stored_permission *stored,
    const struct permission_change *change, bool *out); /* would it? */

/*
 * Another register came into force. By a clock, a number at a time: who
 * left is not waited for any more, and where the key of an end is gone, who
 * carried it through hears the event once more, to say it in its own name.
 */
enum wh_err reach_register_first(struct work *work);
enum wh_err reach_register(struct work *work, const struct id *id);

/* One more or less, in the sums that operators see. */
enum wh_err reach_count(struct work *work, int open, int overdue);

/* What is new about messages, for all that follow; news_fini() after use. */
struct news {
	struct work *work; /* borrowed, as all but the lists */
	const struct permission *permission;
	const struct withdrawal_row *row;
	struct span report; /* goes with the first part */
	size_t count;
	size_t room;
	struct reach_row *rows; /* owned */
	struct reached *items;  /* owned; their names are in rows */
};
void news_fini(struct news *news);

/* One message more; a full part is told at once. */
enum wh_err news_add(struct news *news, const struct id *message_id,
    const struct reach_row *row);

/* Tell what is new, and how all stands now, to all that follow. */
enum wh_err news_tell(struct news *news);

/* Nobody is outstanding any more: the second stage, on record. */
enum wh_err reach_finish(struct work *work, const struct id *permission_id,
    struct withdrawal_row *row);

/* A log entry that from carried it through, or "" for all. */
enum wh_err reach_log(struct work *work, const struct id *permission_id,
    const char *from, uint64_t *index);

#endif
