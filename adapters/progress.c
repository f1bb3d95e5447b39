/* SPDX-License-Identifier: EUPL-1.2 */
#include "adapters/progress.h"

#include <string.h>

#include "adapters/json.h"
#include "proto/base/clk.h"
#include "proto/base/text.h"

static void
set_time(json_t *object, const char *key, int64_t at_ms)
{
	char at[CLK_ISO_SIZE];

	clk_iso(at_ms, at);
	json_object_set_new(object, key, json_string(at));
}

json_t *
progress_new(int64_t now_ms)
{
	json_t *progress =
	    json_pack("{s:n, s:n, s:[], s:i, s:[], s:i, s:b, s:{}, s:[], s:[]}",
		"vastgelegd", "doorgevoerd", "openstaand", "aantalOpenstaand",
		0, "vertrokken", "aantalVertrokken", 0, "teLaat", 0,
		"aantallen", "bereik", "bevestigd");

	set_time(progress, "gevraagd", now_ms);
	return progress;
}

void
progress_recorded(json_t *progress, int64_t at_ms, uint64_t index)
{
	if (!json_is_null(json_object_get(progress, "vastgelegd")))
		return;
	set_time(progress, "vastgelegd", at_ms);
	json_object_set_new(progress, "index", json_integer((json_int_t)index));
}

static bool
in_list(const json_t *list, const char *word)
{
	const json_t *item;
	size_t i;

	json_array_foreach(list, i, item)
	{
		if (strcmp(json_string_value(item), word) == 0)
			return true;
	}
	return false;
}

static json_t *
item_of(json_t *list, const char *message)
{
	json_t *item;
	size_t i;

	json_array_foreach(list, i, item)
	{
		if (strcmp(json_text(item, "bericht"), message) == 0)
			return item;
	}
	item = json_object();
	json_array_append_new(list, item);
	return item;
}

/* What became of it only its recipient can say. */
static bool
needs_word(enum reach reach)
{
	return reach == REACH_ERASED || reach == REACH_RETAINED;
}

/* What the recipient itself says of this message; NULL: nothing, here. */
static const struct message_reach *
word_of(const struct carried *report, const struct reached *reached)
{
	if (report == NULL || strcmp(report->by_member, reached->to) != 0)
		return NULL;
	for (size_t i = 0; i < report->count; i++)
		if (id_equal(&report->messages[i].message_id,
			&reached->message_id))
			return &report->messages[i];
	return NULL;
}

/* The ground stays when it is retained, and no other is given. */
static void
set_reach(json_t *item, enum reach reach, const char *article)
{
	json_object_set_new(item, "bereik",
	    json_string(terms_text(TERMS_REACHES, reach)));
	if (reach != REACH_RETAINED)
		(void)json_object_del(item, "artikel");
	else if (article != NULL)
		json_object_set_new(item, "artikel", json_string(article));
}

/*
 * What was told stays: a hub that was put back counts anew, and knows less of a
 * message than it once said.
 */
static bool
may_follow(enum reach before, enum reach after)
{
	switch (before) {
	case REACH_NONE:
		return true;
	case REACH_DELIVERED_UNREAD:
		return after != REACH_NONE && after != REACH_RECALLED;
	case REACH_READ:
		return after == REACH_READ || after == REACH_ERASED ||
		       after == REACH_RETAINED;
	case REACH_RETAINED:
		return after == REACH_RETAINED || after == REACH_ERASED;
	case REACH_RECALLED:
	case REACH_ERASED:
		return after == before;
	}
	return false;
}

static enum reach
told_of(const json_t *item)
{
	uint32_t reach;

	return terms_number(TERMS_REACHES, json_text(item, "bereik"), &reach) ==
		       WH_OK
		   ? (enum reach)reach
		   : REACH_NONE;
}

static void
take_message(json_t *progress, const struct carried *report,
    const struct reached *reached)
{
	const struct message_reach *word = word_of(report, reached);
	enum reach reach = word == NULL ? reached->reach : word->reach;
	char message[ID_TEXT_SIZE], case_ref[ID_TEXT_SIZE];
	json_t *item;

	if (needs_word(reach) &&
	    !in_list(json_object_get(progress, "bevestigd"), reached->to))
		return;
	id_text(&reached->message_id, message);
	id_text(&reached->case_ref, case_ref);
	item = item_of(json_object_get(progress, "bereik"), message);
	if (!may_follow(told_of(item), reach))
		return;
	json_object_set_new(item, "verwijzing", json_string(case_ref));
	json_object_set_new(item, "bericht", json_string(message));
	json_object_set_new(item, "aan", json_string(reached->to));
	set_reach(item, reach, word == NULL ? NULL : word->article);
}

/*
 * The hub lists no message of a referral that it erased meanwhile; its
 * recipient's word on it counts as ever. whole: what the report does not name
 * that member does not have.
 */
static void
take_unlisted(json_t *progress, const struct carried *report, bool whole)
{
	struct message_reach word;
	json_t *item;
	struct id id;
	size_t i, k;

	json_array_foreach(json_object_get(progress, "bereik"), i, item)
	{
		word = (struct message_reach){.reach = REACH_NONE};
		if (strcmp(json_text(item, "aan"), report->by_member) != 0 ||
		    id_parse(json_text(item, "bericht"), &id) != WH_OK)
			continue;
		for (k = 0; k < report->count; k++)
			if (id_equal(&report->messages[k].message_id, &id))
				word = report->messages[k];
		if (word.reach == REACH_NONE && whole)
			word.reach = REACH_ERASED;
		if (word.reach != REACH_NONE &&
		    may_follow(told_of(item), word.reach))
			set_reach(item, word.reach, word.article);
	}
}

/* Everybody who had something of it gave its word, or cannot any more. */
static bool
all_gave_word(const json_t *progress)
{
	const char *recalled = terms_text(TERMS_REACHES, REACH_RECALLED);
	const json_t *item;
	size_t i;

	json_array_foreach(json_object_get(progress, "bereik"), i, item)
	{
		const char *to = json_text(item, "aan");

		if (strcmp(json_text(item, "bereik"), recalled) != 0 &&
		    !in_list(json_object_get(progress, "bevestigd"), to) &&
		    !in_list(json_object_get(progress, "vertrokken"), to))
			return false;
	}
	return true;
}

static json_t *
names_of(const char *const *list, size_t count)
{
	json_t *names = json_array();

	for (size_t i = 0; i < count; i++)
		json_array_append_new(names, json_string(list[i]));
	return names;
}

static void
take_outstanding(json_t *progress, const struct withdrawal *w)
{
	json_object_set_new(progress, "openstaand",
	    names_of(w->members, w->member_count));
	json_object_set_new(progress, "aantalOpenstaand",
	    json_integer(w->outstanding));
	json_object_set_new(progress, "vertrokken",
	    names_of(w->departed_members, w->departed_count));
	json_object_set_new(progress, "aantalVertrokken",
	    json_integer(w->departed));
	json_object_set_new(progress, "teLaat", json_boolean(w->overdue));
}

static void
take_counts(json_t *progress, const struct withdrawal *w)
{
	json_t *counts = json_object();
	unsigned reach;

	for (reach = REACH_RECALLED; reach < REACH_COUNT; reach++)
		if (w->counts[reach] > 0)
			json_object_set_new(counts,
			    terms_text(TERMS_REACHES, reach),
			    json_integer(w->counts[reach]));
	json_object_set_new(progress, "aantallen", counts);
}

/* It was carried through before, as the log of that time says. */
static bool
is_done_elsewhere(const json_t *progress, const struct withdrawal *w)
{
	return progress_done(progress) &&
	       (w->done_ms == 0 ||
		   json_integer_value(json_object_get(progress,
		       "doorgevoerdIndex")) != (json_int_t)w->done_index);
}

void
progress_take(json_t *progress, const struct withdrawal *w,
    const struct carried *report)
{
	json_t *confirmed = json_object_get(progress, "bevestigd");
	bool is_party = !id_is_zero(&w->permission_id);
	bool first = report != NULL && !in_list(confirmed, report->by_member);
	size_t i;

	if (first)
		json_array_append_new(confirmed,
		    json_string(report->by_member));
	progress_recorded(progress, w->recorded_ms, w->recorded_index);
	for (i = 0; i < w->message_count; i++)
		take_message(progress, report, &w->messages[i]);
	if (report != NULL)
		take_unlisted(progress, report, first && !report->more);
	if (is_done_elsewhere(progress, w))
		return;
	take_outstanding(progress, w);
	take_counts(progress, w);
	if (w->done_ms == 0 || (is_party && !all_gave_word(progress)))
		return;
	set_time(progress, "doorgevoerd", w->done_ms);
	json_object_set_new(progress, "doorgevoerdIndex",
	    json_integer((json_int_t)w->done_index));
}

bool
progress_done(const json_t *progress)
{
	return json_is_string(json_object_get(progress, "doorgevoerd"));
}

bool
progress_under_way(const json_t *progress)
{
	return progress != NULL && !progress_done(progress) &&
	       json_object_get(progress, "geweigerd") == NULL;
}

/* The latest of two times, null when one is not there yet. ISO texts of one
 * form: their order is that of time. */
static void
merge_stage(json_t *into, const json_t *from, const char *key,
    const char *index, bool first)
{
	const char *mine = json_text(into, key);
	const char *theirs = json_text(from, key);

	if (first || theirs[0] == '\0' ||
	    (mine[0] != '\0' && strcmp(theirs, mine) > 0)) {
		json_object_set(into, key, json_object_get(from, key));
		json_object_del(into, index);
		if (theirs[0] != '\0' && json_object_get(from, index) != NULL)
			json_object_set(into, index,
			    json_object_get(from, index));
	}
	if (!first && mine[0] == '\0') {
		json_object_set_new(into, key, json_null());
		json_object_del(into, index);
	}
}

static void
merge_counts(json_t *into, const json_t *from)
{
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)(uintptr_t)from, key, value)
	{
		json_object_set_new(into, key,
		    json_integer(
			json_integer_value(value) +
			json_integer_value(json_object_get(into, key))));
	}
}

static void
merge_names(json_t *into, const json_t *from)
{
	const json_t *name;
	size_t i;

	json_array_foreach(from, i, name)
	{
		if (!in_list(into, json_string_value(name)))
			json_array_append_new(into,
			    json_string(json_string_value(name)));
	}
}

static void
merge_number(json_t *into, const json_t *from, const char *key)
{
	json_object_set_new(into, key,
	    json_integer(json_integer_value(json_object_get(into, key)) +
			 json_integer_value(json_object_get(from, key))));
}

static void
merge_one(json_t *into, const json_t *from, bool first)
{
	const char *asked = json_text(from, "gevraagd");

	if (first || strcmp(asked, json_text(into, "gevraagd")) < 0)
		json_object_set(into, "gevraagd",
		    json_object_get(from, "gevraagd"));
	merge_stage(into, from, "vastgelegd", "index", first);
	merge_stage(into, from, "doorgevoerd", "doorgevoerdIndex", first);
	merge_names(json_object_get(into, "openstaand"),
	    json_object_get(from, "openstaand"));
	merge_names(json_object_get(into, "vertrokken"),
	    json_object_get(from, "vertrokken"));
	merge_names(json_object_get(into, "bevestigd"),
	    json_object_get(from, "bevestigd"));
	merge_number(into, from, "aantalOpenstaand");
	merge_number(into, from, "aantalVertrokken");
	if (json_is_true(json_object_get(from, "teLaat")))
		json_object_set_new(into, "teLaat", json_true());
	merge_counts(json_object_get(into, "aantallen"),
	    json_object_get(from, "aantallen"));
	json_array_extend(json_object_get(into, "bereik"),
	    json_object_get(from, "bereik"));
}

json_t *
progress_merge(json_t *const *list, size_t count)
{
	json_t *out = NULL;
	bool first = true;
	size_t i;

	for (i = 0; i < count; i++) {
		if (list[i] == NULL)
			continue;
		if (first)
			out = progress_new(0);
		merge_one(out, list[i], first);
		first = false;
	}
	return out;
}
