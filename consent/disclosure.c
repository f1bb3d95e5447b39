/* SPDX-License-Identifier: EUPL-1.2 */
#include "consent/disclosure.h"

#include <string.h>

#include "proto/base/workday.h"

static const struct reg_activity unnamed = {
    .id = "",
    .uri = DISCLOSURE_UNNAMED,
    .notice = DISCLOSURE_IMMEDIATE,
    .article = "",
};

static const struct reg_activity unnamed_delayed = {
    .id = "",
    .uri = DISCLOSURE_UNNAMED,
    .notice = DISCLOSURE_DELAYED,
    .delay_working_days = DISCLOSURE_DELAY_DAYS,
    .review_working_days = DISCLOSURE_REVIEW_DAYS,
    .article = "",
};

struct reg_activity
disclosure_activity(const struct wh_register *reg, const struct reg_type *type)
{
	const struct reg_activity *named =
	    register_activity(reg, type->activity);

	if (named != NULL)
		return *named;
	return type->delayed_notice ? unnamed_delayed : unnamed;
}

/* Until when a delay lasts that begins at from_ms. */
static int64_t
delay_end(const struct wh_register *reg, const struct reg_activity *activity,
    int64_t from_ms)
{
	return workday_after(reg->holidays, from_ms,
	    activity->delay_working_days);
}

static int64_t
review_end(const struct wh_register *reg, const struct reg_activity *activity,
    int64_t from_ms)
{
	return workday_after(reg->holidays, from_ms,
	    activity->review_working_days);
}

static struct disclosure_view
view_of_activity(const struct wh_register *reg,
    const struct reg_activity *activity, int64_t event_ms)
{
	struct disclosure_view view = {.kind = activity->notice,
	    .article = activity->article};

	if (activity->notice == DISCLOSURE_DELAYED) {
		view.from_ms = delay_end(reg, activity, event_ms);
		view.review_ms = review_end(reg, activity, event_ms);
	}
	return view;
}

static struct disclosure_view
view_of_record(const struct permission *record)
{
	struct disclosure_view view = {.kind = record->disclosure,
	    .article = ""};

	if (record->disclosure == DISCLOSURE_DELAYED) {
		view.from_ms = record->disclosure_until_ms;
		view.review_ms = record->disclosure_review_ms;
	} else if (record->disclosure == DISCLOSURE_WITHHELD) {
		view.article = record->disclosure_article;
	}
	return view;
}

struct disclosure_view
disclosure_at(const struct wh_register *reg, const char *type_id,
    const struct permission *permission, int64_t event_ms, int64_t now_ms)
{
	const struct reg_type *type = register_type(reg, type_id);
	struct reg_activity activity =
	    type == NULL ? unnamed : disclosure_activity(reg, type);
	struct disclosure_view view;

	if (permission != NULL &&
	    (type == NULL || permission->disclosure != activity.notice))
		view = view_of_record(permission);
	else
		view = view_of_activity(reg, &activity, event_ms);
	view.visible =
	    view.kind == DISCLOSURE_IMMEDIATE ||
	    (view.kind == DISCLOSURE_DELAYED && now_ms >= view.from_ms);
	return view;
}

void
disclosure_fill(const struct wh_register *reg, struct permission *record)
{
	struct reg_activity activity =
	    disclosure_activity(reg, register_type(reg, record->types[0]));
	struct disclosure_view view =
	    view_of_activity(reg, &activity, record->valid_from_ms);

	record->activity = activity.uri;
	record->disclosure = activity.notice;
	record->disclosure_until_ms = view.from_ms;
	record->disclosure_review_ms = view.review_ms;
	record->disclosure_article = activity.article;
}

static bool
differs(const struct reg_type *type, const char *what, const char *must,
    struct why *why)
{
	(void)why_set(why, WH_REFUSED, "type %s: %s must be %s", type->id, what,
	    must);
	return false;
}

static bool
type_fits(const struct wh_register *reg, const struct reg_type *type,
    const struct permission *record, struct why *why)
{
	struct reg_activity activity = disclosure_activity(reg, type);
	int64_t from_ms = record->valid_from_ms;

	if (record->disclosure != activity.notice)
		return differs(type, "disclosure",
		    terms_text(TERMS_DISCLOSURES, activity.notice), why);
	if (activity.notice == DISCLOSURE_WITHHELD &&
	    strcmp(record->disclosure_article, activity.article) != 0)
		return differs(type, "the article", activity.article, why);
	if (activity.notice == DISCLOSURE_DELAYED &&
	    record->disclosure_until_ms > delay_end(reg, &activity, from_ms))
		return differs(type, "the delay", "no longer than agreed", why);
	if (activity.notice == DISCLOSURE_DELAYED &&
	    record->disclosure_review_ms > review_end(reg, &activity, from_ms))
		return differs(type, "the review", "no later than agreed", why);
	return true;
}

bool
disclosure_fits(const struct wh_register *reg, const struct permission *record,
    struct why *why)
{
	bool named = false;

	for (size_t i = 0; i < record->type_count; i++) {
		const struct reg_type *type =
		    register_type(reg, record->types[i]);
		struct reg_activity activity = disclosure_activity(reg, type);

		if (!type_fits(reg, type, record, why))
			return false;
		named = named || activity.id[0] == '\0' ||
			strcmp(activity.uri, record->activity) == 0;
	}
	if (named)
		return true;
	(void)why_set(why, WH_REFUSED,
	    "the activity of none of its types is %s", record->activity);
	return false;
}
