/* SPDX-License-Identifier: EUPL-1.2 */
#include <stdio.h>

#include "broker/core_reach.h"
#include "proto/base/text.h"

/* A member reports that the end of a permission is carried through there. */

/* A report under way. */
struct reporting {
	struct work *work;
	const struct carried *report;
	struct stored_permission stored;
	struct withdrawal_row row;
	struct carrier_row carrier;
	struct news news;
	bool says_something; /* that was not known */
};

/*
 * What was read may be erased, what was retained may be erased later; an
 * erasure is for good, and what never left cannot be given back.
 */
static bool
may_follow(enum reach before, enum reach after)
{
	switch (before) {
	case REACH_DELIVERED_UNREAD:
	case REACH_READ:
		return after == REACH_READ || after == REACH_ERASED ||
		       after == REACH_RETAINED;
	case REACH_RETAINED:
		return after == REACH_ERASED;
	case REACH_NONE:
	case REACH_RECALLED:
	case REACH_ERASED:
		return false;
	}
	return false;
}

/* What is nameless is told of by its permission. */
static enum wh_err
log_nameless(struct reporting *r, enum reach reach, const char *article)
{
	struct subject subject = {.permission_id = r->report->permission_id,
	    .from = r->work->member,
	    .to = ""};
	char details[128], permission[ID_TEXT_SIZE];
	uint64_t index;

	id_text(&r->report->permission_id, permission);
	(void)snprintf(details, sizeof(details), "permission=%s\narticle=%s\n",
	    permission, article);
	subject.details = details;
	return work_log(r->work, AUDIT_REACH, reach, &subject, &index);
}

static enum wh_err
log_named(struct reporting *r, const struct id *message_id,
    const struct reach_row *row, const char *article)
{
	struct subject subject = {.case_ref = row->case_ref,
	    .from = r->work->member,
	    .to = ""};
	char details[192], message[ID_TEXT_SIZE], permission[ID_TEXT_SIZE];
	uint64_t index;

	id_text(message_id, message);
	id_text(&r->report->permission_id, permission);
	(void)snprintf(details, sizeof(details),
	    "message=%s\npermission=%s\narticle=%s\n", message, permission,
	    article);
	subject.details = details;
	return work_log(r->work, AUDIT_REACH, row->reach, &subject, &index);
}

/* One message: the row, the sums, the log, and those who follow. */
static enum wh_err
note_reach(struct reporting *r, const struct id *place, struct reach_row *row,
    enum reach reach, const char *article)
{
	bool moved = row->reach != reach;
	enum wh_err err;

	r->says_something |= moved;
	r->row.counts[row->reach]--;
	r->row.counts[reach]++;
	row->reach = reach;
	row->said = true;
	err = reach_message_put(r->work->txn, &r->report->permission_id, place,
	    row);
	if (err != WH_OK || !moved)
		return err;
	if (id_is_zero(&row->case_ref))
		return log_nameless(r, reach, article);
	err = log_named(r, place, row, article);
	return err == WH_OK ? news_add(&r->news, place, row) : err;
}

static enum wh_err
take_item(struct reporting *r, const struct message_reach *item)
{
	struct reach_row row;
	struct id place;
	enum wh_err err;

	err = reach_message_find(r->work->txn, &r->report->permission_id,
	    &item->message_id, &place, &row);
	if (err == WH_NOT_FOUND)
		return WH_OK; /* it carried nothing that counts */
	/* The journal has the report, and so the id that was erased, again. */
	if (err == WH_OK && id_is_zero(&row.case_ref))
		err = work_erased(r->work);
	if (err != WH_OK || strcmp(row.to, r->work->member) != 0 ||
	    !may_follow(row.reach, item->reach))
		return err;
	return note_reach(r, &place, &row, item->reach, item->article);
}

/*
 * The member has said all: a message that it did not name it does not have,
 * and what still comes under the older epoch it refuses unopened.
 */
static enum wh_err
take_unnamed(struct reporting *r)
{
	struct id place = {{0}};
	struct reach_row row;
	enum wh_err err;

	for (;;) {
		err = reach_message_next(r->work->txn,
		    &r->report->permission_id, &place, &row);
		if (err != WH_OK)
			return err == WH_NOT_FOUND ? WH_OK : err;
		if (row.said || strcmp(row.to, r->work->member) != 0)
			continue;
		err = note_reach(r, &place, &row, REACH_ERASED, "");
		if (err != WH_OK)
			return err;
	}
}

static enum wh_err
member_done(struct reporting *r, uint64_t *index)
{
	struct work *work = r->work;
	const struct id *id = &r->report->permission_id;
	enum wh_err err;

	r->says_something = true;
	if (!r->carrier.left) /* else it was counted off when it left */
		r->row.outstanding--;
	r->carrier.done = true;
	r->carrier.left = false;
	err = reach_carrier_put(work->txn, id, work->member, &r->carrier);
	if (err == WH_OK)
		err = reach_log(work, id, work->member, index);
	if (err == WH_OK && r->row.outstanding == 0 && r->row.done_ms == 0)
		err = reach_finish(work, id, &r->row);
	return err;
}

static enum wh_err
take_report(struct reporting *r, uint64_t *index)
{
	bool completes =
	    (!r->carrier.done || r->carrier.left) && !r->report->more;
	size_t i;
	enum wh_err err = WH_OK;

	for (i = 0; err == WH_OK && i < r->report->count; i++)
		err = take_item(r, &r->report->messages[i]);
	if (err == WH_OK && completes)
		err = take_unnamed(r);
	if (err == WH_OK)
		err = completes ? member_done(r, index)
				: reach_log(r->work, &r->report->permission_id,
				      r->work->member, index);
	if (err == WH_OK)
		err = reach_whole_put(r->work->txn, &r->report->permission_id,
		    &r->row);
	/* Nobody fills another's queue by saying the same again. */
	if (err == WH_OK && r->says_something)
		err = news_tell(&r->news);
	return err;
}

static enum wh_err
read_report(struct work *work, struct span bytes, struct signed_body *body,
    struct carried *report, struct why *why)
{
	enum wh_err err =
	    wire_signed_read(work->arena, bytes, REPORT_MAX, body, why);

	return err == WH_OK
		   ? wire_carried_read(work->arena, body->body, report, why)
		   : err;
}

/* *reason when it may not be; an error is one of the store. */
static enum wh_err
judge(struct reporting *r, const struct signed_body *body, enum reason *reason,
    struct why *why)
{
	struct work *work = r->work;
	const struct carried *report = r->report;
	enum wh_err err;

	*reason = REASON_WRONG_PARTIES;
	if (strcmp(report->by_member, work->member) != 0) {
		why_set(why, WH_OK, "by_member is not the member that sent it");
		return WH_OK;
	}
	*reason = work_signature(work, body, WIRE_DOMAIN_CARRIED,
	    report->by_member, why);
	if (*reason != REASON_NONE)
		return WH_OK;
	*reason = REASON_NOT_ENDED;
	why_set(why, WH_OK, "permission_id: no such permission has ended here");
	err = reach_whole_get(work->txn, &report->permission_id, &r->row);
	if (err != WH_OK)
		return err == WH_NOT_FOUND ? WH_OK : err;
	*reason = REASON_WRONG_PARTIES;
	why_set(why, WH_OK,
	    "permission_id: its end is not yours to carry "
	    "through");
	err = reach_carrier_get(work->txn, &report->permission_id, work->member,
	    &r->carrier);
	if (err != WH_OK)
		return err == WH_NOT_FOUND ? WH_OK : err;
	*reason =
	    report->epoch == r->row.epoch ? REASON_NONE : REASON_STALE_EPOCH;
	why_set(why, WH_OK, "epoch: is not that of the permission's end");
	return store_get(work->txn, work->arena, &report->permission_id,
	    &r->stored);
}

enum wh_err
core_carried(struct work *work, struct span bytes)
{
	struct subject subject = {.from = work->member, .to = ""};
	struct carried report;
	struct reporting r = {.work = work, .report = &report};
	struct signed_body body;
	struct why why = {""};
	enum reason reason;
	uint64_t index;
	enum wh_err err;

	err = read_report(work, bytes, &body, &report, &why);
	if (err != WH_OK)
		return work_refuse(work, REASON_MALFORMED, &subject, why.text);
	subject.id = report.report_id;
	err = judge(&r, &body, &reason, &why);
	if (err != WH_OK)
		return err;
	if (reason != REASON_NONE)
		return work_refuse(work, reason, &subject, why.text);
	subject.permission_id = report.permission_id;
	err = work_recollect(work, &subject, &index);
	if (err == WH_OK)
		return work_receipt(work, &subject, index, true);
	if (err != WH_NOT_FOUND)
		return err;
	r.news = (struct news){.work = work,
	    .permission = &r.stored.permission,
	    .row = &r.row,
	    .report = bytes};
	err = take_report(&r, &index);
	news_fini(&r.news);
	if (err == WH_OK)
		err = work_remember(work, &subject, index);
	if (err == WH_OK)
		err = work_receipt(work, &subject, index, false);
	return err;
}

/* Does it say of a message what was not known? */
static enum wh_err
says_something(struct reporting *r, bool *out)
{
	const struct carried *report = r->report;
	const struct message_reach *item = report->messages;
	struct reach_row row;
	struct id place;
	size_t i;
	enum wh_err err;

	for (i = 0; i < report->count && !*out; i++, item++) {
		err = reach_message_find(r->work->txn, &report->permission_id,
		    &item->message_id, &place, &row);
		if (err != WH_OK && err != WH_NOT_FOUND)
			return err;
		*out = err == WH_OK && strcmp(row.to, r->work->member) == 0 &&
		       row.reach != item->reach &&
		       may_follow(row.reach, item->reach);
	}
	return WH_OK;
}

enum wh_err
reach_completes(struct work *work, struct span bytes, bool *out)
{
	struct carried report;
	struct reporting r = {.work = work, .report = &report};
	struct signed_body body;
	enum reason reason;
	enum wh_err err;

	if (read_report(work, bytes, &body, &report, NULL) != WH_OK)
		return WH_OK;
	err = judge(&r, &body, &reason, NULL);
	if (err != WH_OK || reason != REASON_NONE || r.carrier.done)
		return err;
	*out = !report.more;
	return report.more ? says_something(&r, out) : WH_OK;
}
