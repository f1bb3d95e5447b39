/* SPDX-License-Identifier: EUPL-1.2 */
#include "consent/register_check.h"

/* A year of working days: nobody waits longer to hear of it. */
#define DELAY_MAX 260

#define SCHEME                                                                 \
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+-."

/* With a scheme (RFC 3986 section 3.1), in what the wire lets through. */
static enum wh_err
check_uri(struct check *check, const struct reg_activity *activity)
{
	size_t scheme = strspn(activity->uri, SCHEME);
	size_t len = strlen(activity->uri);

	if (scheme > 0 && activity->uri[scheme] == ':' && len > scheme + 1 &&
	    len <= REFERENCE_MAX_LEN &&
	    strspn(activity->uri, SCHEME "_~:/?#@%=&") == len)
		return WH_OK;
	return check_no(check, "uri",
	    "activity %s: uri is no URI of at most %d characters: write it as "
	    "in your register of processing, with its scheme",
	    activity->id, REFERENCE_MAX_LEN);
}

static enum wh_err
check_delay(struct check *check, const struct reg_activity *activity)
{
	uint32_t delay = activity->delay_working_days;
	uint32_t review = activity->review_working_days;

	if (activity->notice != DISCLOSURE_DELAYED) {
		if (delay == 0 && review == 0)
			return WH_OK;
		return check_no(check,
		    delay != 0 ? "delay_working_days" : "review_working_days",
		    "activity %s: only DELAYED has a delay and a review: "
		    "remove it",
		    activity->id);
	}
	if (delay == 0 || delay > DELAY_MAX)
		return check_no(check, "delay_working_days",
		    "activity %s: DELAYED needs delay_working_days, 1 to %d",
		    activity->id, DELAY_MAX);
	if (review == 0 || review > delay)
		return check_no(check, "review_working_days",
		    "activity %s: DELAYED needs review_working_days, 1 to its "
		    "delay of %u",
		    activity->id, delay);
	return WH_OK;
}

/* AVG art. 23: what is kept from the resident rests on a law. */
static enum wh_err
check_article(struct check *check, const struct reg_activity *activity)
{
	if (activity->notice == DISCLOSURE_WITHHELD)
		return check_text(check, "article", activity->article,
		    REFERENCE_MAX_LEN);
	if (activity->article[0] == '\0')
		return WH_OK;
	return check_no(check, "article",
	    "activity %s: only WITHHELD has an article: remove it",
	    activity->id);
}

enum wh_err
check_activities(struct check *check)
{
	const struct wh_register *reg = check->reg;
	enum wh_err err = WH_OK;

	if (reg->activity_count == 0)
		return WH_OK;
	err = check_list(check,
	    &(struct check_list){"activities", reg->activities,
		sizeof(reg->activities[0]), reg->activity_count, LIST_MAX});
	for (size_t i = 0; i < reg->activity_count && err == WH_OK; i++) {
		check_at(check, "activities", i);
		err = check_uri(check, &reg->activities[i]);
		if (err == WH_OK)
			err = check_delay(check, &reg->activities[i]);
		if (err == WH_OK)
			err = check_article(check, &reg->activities[i]);
	}
	return err;
}
