/* SPDX-License-Identifier: EUPL-1.2 */
#include "broker/core_reach.h"

#include <stdio.h>

#include "proto/base/mem.h"
#include "proto/base/text.h"

/* The record of an ended permission: it begins, and is followed. */

void
news_fini(struct news *news)
{
	mem_free(news->rows);
	mem_free(news->items);
}

/* A list of names, as far as there is room in a message. */
struct names {
	const char **list;
	size_t count;
};

static enum wh_err
add_name(struct work *work, struct names *names, const char *name)
{
	const char *copy;

	if (names->count == WITHDRAWAL_MEMBERS_MAX)
		return WH_OK;
	copy = arena_str(work->arena, span_str(name));
	if (copy == NULL)
		return WH_CORRUPT; /* few and short */
	names->list[names->count++] = copy;
	return WH_OK;
}

/* The members that have not reported, and those that left before they did. */
static enum wh_err
name_members(struct work *work, const struct id *permission_id, bool is_party,
    struct withdrawal *out)
{
	const size_t size = WITHDRAWAL_MEMBERS_MAX * sizeof(const char *);
	struct names awaited = {arena_alloc(work->arena, size), 0};
	struct names left = {arena_alloc(work->arena, size), 0};
	char name[NAME_MAX_LEN + 1] = "";
	struct carrier_row carrier;
	enum wh_err err =
	    awaited.list == NULL || left.list == NULL ? WH_CORRUPT : WH_OK;

	while (err == WH_OK) {
		err = reach_carrier_next(work->txn, permission_id, name,
		    &carrier);
		if (err != WH_OK)
			break;
		out->departed += carrier.left;
		if (is_party && (carrier.left || !carrier.done))
			err = add_name(work, carrier.left ? &left : &awaited,
			    name);
	}
	out->members = awaited.list;
	out->member_count = awaited.count;
	out->departed_members = left.list;
	out->departed_count = left.count;
	return err == WH_NOT_FOUND ? WH_OK : err;
}

static enum wh_err
tell_one(struct news *news, const char *member, const struct id *event_id)
{
	struct work *work = news->work;
	const struct withdrawal_row *row = news->row;
	const struct id *permission_id = &news->permission->permission_id;
	struct withdrawal w = {.event_id = *event_id,
	    .recorded_ms = row->recorded_ms,
	    .recorded_index = row->recorded_index,
	    .done_ms = row->done_ms,
	    .done_index = row->done_index,
	    .overdue = row->overdue,
	    .outstanding = row->outstanding};
	struct queue_row queued = {.kind = DELIVER_WITHDRAWAL,
	    .message_id = *permission_id};
	uint8_t *bytes = NULL;
	size_t len;
	bool is_party = permission_is_party(news->permission,
	    &work->core->registry->reg, member);
	enum wh_err err;

	memcpy(w.counts, row->counts, sizeof(w.counts));
	err = name_members(work, permission_id, is_party, &w);
	/* Who only held the code learns how far it came, and not with whom. */
	if (is_party) {
		size_t i;

		for (i = 0; i < news->count; i++) /* rows may have moved */
			news->items[i].to = news->rows[i].to;
		w.permission_id = *permission_id;
		w.messages = news->items;
		w.message_count = news->count;
		w.report = news->report;
	}
	if (err == WH_OK)
		err = wire_withdrawal_write(&w, &bytes, &len);
	if (err == WH_INVALID || err == WH_TOO_BIG)
		return WH_CORRUPT; /* what we say breaks our own contract */
	if (err != WH_OK)
		return err;
	queued.bytes = span_of(bytes, len);
	err = work_queue(work, member, &queued, NULL);
	mem_free(bytes);
	return err;
}

enum wh_err
news_tell(struct news *news)
{
	char name[NAME_MAX_LEN + 1] = "";
	struct id event_id;
	enum wh_err err;

	for (;;) {
		err = reach_watcher_next(news->work->txn,
		    &news->permission->permission_id, name, &event_id);
		if (err == WH_OK)
			err = tell_one(news, name, &event_id);
		if (err != WH_OK)
			break;
	}
	news->count = 0;
	news->report = span_of(NULL, 0);
	return err == WH_NOT_FOUND ? WH_OK : err;
}

/* What is nameless only counts. */
static void
add(struct news *news, const struct id *message_id, const struct reach_row *row)
{
	if (id_is_zero(&row->case_ref))
		return;
	if (news->count == news->room) {
		news->room = news->room == 0 ? 4 : 2 * news->room;
		news->rows =
		    mem_grow(news->rows, news->room * sizeof(*news->rows));
		news->items =
		    mem_grow(news->items, news->room * sizeof(*news->items));
	}
	news->rows[news->count] = *row;
	news->items[news->count++] = (struct reached){.message_id = *message_id,
	    .case_ref = row->case_ref,
	    .reach = row->reach};
}

enum wh_err
news_add(struct news *news, const struct id *message_id,
    const struct reach_row *row)
{
	add(news, message_id, row);
	return news->count < REPORT_MESSAGES_MAX ? WH_OK : news_tell(news);
}

/* The next part of all messages; *more when there may be another. */
static enum wh_err
collect(struct news *news, struct id *message_id, bool *more)
{
	struct reach_row row;
	enum wh_err err = WH_OK;

	news->count = 0;
	while (err == WH_OK && news->count < REPORT_MESSAGES_MAX) {
		err = reach_message_next(news->work->txn,
		    &news->permission->permission_id, message_id, &row);
		if (err == WH_OK)
			add(news, message_id, &row);
	}
	*more = err == WH_OK;
	return err == WH_NOT_FOUND ? WH_OK : err;
}

/* Everything, to one member that begins to follow. */
static enum wh_err
show(struct work *work, const struct permission *permission,
    const struct withdrawal_row *row, const char *member,
    const struct id *event_id)
{
	struct news news = {.work = work, .permission = permission, .row = row};
	struct id message_id = {{0}};
	bool more = true, first = true;
	enum wh_err err = WH_OK;

	for (; err == WH_OK && more; first = false) {
		err = collect(&news, &message_id, &more);
		if (err == WH_OK && (first || news.count > 0))
			err = tell_one(&news, member, event_id);
	}
	news_fini(&news);
	return err;
}

void
reach_init(struct reaching *reaching, const struct ending *ending)
{
	*reaching = (struct reaching){
	    .permission_id = ending->stored->permission.permission_id,
	    .row = {.epoch = ending->after.epoch,
		.recorded_index = ending->index},
	};
}

enum wh_err
reach_message(struct work *work, struct reaching *reaching,
    const struct id *message_id, const struct message_row *message,
    enum reach reach)
{
	struct reach_row row = {.case_ref = message->case_ref,
	    .reach = reach,
	    .said = reach == REACH_RECALLED};

	(void)str_copy(row.to, sizeof(row.to), message->to);
	reaching->row.counts[reach]++;
	return reach_message_put(work->txn, &reaching->permission_id,
	    message_id, &row);
}

enum wh_err
reach_carrier(struct work *work, struct reaching *reaching, const char *member,
    uint64_t delivery)
{
	const struct carrier_row row = {.delivery = delivery};

	reaching->row.outstanding++;
	return reach_carrier_put(work->txn, &reaching->permission_id, member,
	    &row);
}

enum wh_err
reach_departed(struct work *work, const struct id *permission_id,
    const char *member)
{
	const struct carrier_row row = {.done = true, .left = true};
	struct subject subject = {.permission_id = *permission_id,
	    .from = member,
	    .to = ""};
	char details[64], text[ID_TEXT_SIZE];
	uint64_t index;
	enum wh_err err;

	id_text(permission_id, text);
	(void)snprintf(details, sizeof(details), "permission=%s\n", text);
	subject.details = details;
	err = reach_carrier_put(work->txn, permission_id, member, &row);
	return err == WH_OK
		   ? work_log(work, AUDIT_DEPARTED, 0, &subject, &index)
		   : err;
}

enum wh_err
reach_log(struct work *work, const struct id *permission_id, const char *from,
    uint64_t *index)
{
	struct subject subject = {.permission_id = *permission_id,
	    .from = from,
	    .to = ""};
	char details[64], text[ID_TEXT_SIZE];

	id_text(permission_id, text);
	(void)snprintf(details, sizeof(details), "permission=%s\n", text);
	/* What names nobody any member may read: of whom it is, it tells not.
	 */
	if (from[0] != '\0')
		subject.details = details;
	return work_log(work, AUDIT_CARRIED, 0, &subject, index);
}

enum wh_err
reach_count(struct work *work, int open, int overdue)
{
	struct reach_sums sums;
	enum wh_err err = reach_sums_get(work->txn, &sums);

	if (err != WH_OK)
		return err;
	sums.open += (uint64_t)(int64_t)open;
	sums.overdue += (uint64_t)(int64_t)overdue;
	return reach_sums_put(work->txn, &sums);
}

enum wh_err
reach_finish(struct work *work, const struct id *permission_id,
    struct withdrawal_row *row)
{
	enum wh_err err = reach_count(work, -1, row->overdue ? -1 : 0);

	if (err != WH_OK)
		return err;
	row->done_ms = work->moment->now_ms;
	row->overdue = false;
	return reach_log(work, permission_id, "", &row->done_index);
}

enum wh_err
reach_begin(struct work *work, struct reaching *reaching,
    const struct permission *permission)
{
	static const struct id none;
	struct withdrawal_row *row = &reaching->row;
	const struct id *id = &reaching->permission_id;
	bool elsewhere = strcmp(permission->captured_by, work->member) != 0;
	enum wh_err err;

	row->recorded_ms = work->moment->now_ms;
	err = reach_count(work, 1, 0);
	if (err == WH_OK && row->outstanding == 0)
		err = reach_finish(work, id, row);
	else if (err == WH_OK)
		err = reach_chase_set(work, id);
	if (err == WH_OK)
		err = reach_whole_put(work->txn, id, row);
	if (err == WH_OK && elsewhere)
		err = reach_watcher_put(work->txn, id, permission->captured_by,
		    &none);
	if (err == WH_OK && elsewhere)
		err =
		    show(work, permission, row, permission->captured_by, &none);
	return err;
}

enum wh_err
reach_watch(struct work *work, const struct permission *permission,
    const char *member, const struct id *event_id)
{
	struct withdrawal_row row;
	enum wh_err err;

	err = reach_whole_get(work->txn, &permission->permission_id, &row);
	if (err == WH_NOT_FOUND)
		return WH_OK;
	if (err == WH_OK)
		err = reach_watcher_put(work->txn, &permission->permission_id,
		    member, event_id);
	if (err == WH_OK)
		err = show(work, permission, &row, member, event_id);
	return err;
}
