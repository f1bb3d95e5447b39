/* SPDX-License-Identifier: EUPL-1.2 */
#include "consent/register_check.h"

#include <stdio.h>
#include <stdlib.h>

#include "proto/base/mem.h"
#include "proto/base/text.h"
#include "proto/base/workday.h"

#define OIN_LEN    20  /* Logius, OIN-stelsel */
#define REVIEW_MAX 260 /* working days: a year of them */

void
check_at(struct check *check, const char *list, size_t index)
{
	check->at = (struct register_fault){list, index, ""};
}

enum wh_err
check_no(struct check *check, const char *field, const char *format, ...)
{
	va_list args;

	check->at.field = field;
	if (check->why == NULL)
		return WH_INVALID;
	va_start(args, format);
	(void)vsnprintf(check->why->text, sizeof(check->why->text), format,
	    args);
	va_end(args);
	return WH_INVALID;
}

enum wh_err
check_slug(struct check *check, const char *field, const char *text)
{
	if (text_is_slug(text, NAME_MAX_LEN))
		return WH_OK;
	return check_no(check, field,
	    "%s '%.*s' is not an id: use 1 to %d of a-z, 0-9 and '-'", field,
	    NAME_MAX_LEN, text_is_clean(span_str(text)) ? text : "",
	    NAME_MAX_LEN);
}

enum wh_err
check_text(struct check *check, const char *field, const char *text, size_t max)
{
	if (text[0] == '\0')
		return check_no(check, field, "%s is empty: fill it in", field);
	if (strlen(text) > max)
		return check_no(check, field,
		    "%s is too long: at most %zu bytes", field, max);
	if (!text_is_clean(span_str(text)) || strpbrk(text, "\t\n") != NULL)
		return check_no(check, field,
		    "%s holds control characters: write it on one line", field);
	return WH_OK;
}

enum wh_err
check_slugs(struct check *check, const struct check_slugs *slugs)
{
	const char *const *list = slugs->list;
	const char *field = slugs->field;
	enum wh_err err = WH_OK;

	if (slugs->count > slugs->max)
		return check_no(check, field, "%s lists %zu: at most %zu",
		    field, slugs->count, slugs->max);
	for (size_t i = 0; i < slugs->count && err == WH_OK; i++) {
		err = check_slug(check, field, list[i]);
		for (size_t j = 0; j < i && err == WH_OK; j++)
			if (strcmp(list[i], list[j]) == 0)
				err = check_no(check, field,
				    "%s lists '%s' twice: remove one", field,
				    list[i]);
	}
	return err;
}

/* An id with its place in the list, for finding two alike. */
struct place {
	const char *id;
	size_t index;
};

static int
by_id(const void *left, const void *right)
{
	const struct place *a = left;
	const struct place *b = right;
	int order = strcmp(a->id, b->id);

	if (order != 0)
		return order;
	return a->index < b->index ? -1 : a->index > b->index;
}

static enum wh_err
check_count(struct check *check, const char *list, size_t count, size_t max)
{
	check_at(check, "", 0);
	if (count == 0)
		return check_no(check, list, "%s is empty: list at least one",
		    list);
	if (count > max)
		return check_no(check, list, "%s lists %zu: at most %zu", list,
		    count, max);
	return WH_OK;
}

static enum wh_err
check_ids(struct check *check, const char *list, const void *first, size_t step,
    size_t count)
{
	enum wh_err err = WH_OK;
	struct place *places = mem_new((count + 1) * sizeof(*places));
	size_t repeated = SIZE_MAX;
	const char *id;

	for (size_t i = 0; i < count && err == WH_OK; i++) {
		memcpy(&id, (const char *)first + i * step, sizeof(id));
		places[i] = (struct place){id, i};
		check_at(check, list, i);
		err = check_slug(check, "id", id);
	}
	if (err != WH_OK)
		goto out;
	qsort(places, count, sizeof(*places), by_id);
	for (size_t i = 1; i < count; i++)
		if (strcmp(places[i].id, places[i - 1].id) == 0 &&
		    places[i].index < repeated)
			repeated = places[i].index;
	if (repeated == SIZE_MAX)
		goto out;
	memcpy(&id, (const char *)first + repeated * step, sizeof(id));
	check_at(check, list, repeated);
	err = check_no(check, "id",
	    "id '%s' is used before in %s: give this one its own", id, list);
out:
	mem_free(places);
	return err;
}

enum wh_err
check_list(struct check *check, const struct check_list *list)
{
	enum wh_err err;

	err = check_count(check, list->name, list->count, list->max);
	if (err == WH_OK)
		err = check_ids(check, list->name, list->first, list->step,
		    list->count);
	return err;
}

enum wh_err
check_areas(struct check *check)
{
	const struct wh_register *reg = check->reg;
	enum wh_err err = check_list(check,
	    &(struct check_list){"areas", reg->areas, sizeof(reg->areas[0]),
		reg->area_count, REGISTER_MEMBERS_MAX});

	for (size_t i = 0; i < reg->area_count && err == WH_OK; i++) {
		const struct reg_area *area = &reg->areas[i];

		check_at(check, "areas", i);
		err = check_text(check, "name", area->name, TITLE_MAX_LEN);
		if (err == WH_OK && area->district[0] != '\0')
			err = check_text(check, "district", area->district,
			    TITLE_MAX_LEN);
	}
	return err;
}

enum wh_err
check_roles(struct check *check)
{
	const struct wh_register *reg = check->reg;
	enum wh_err err = check_list(check,
	    &(struct check_list){"roles", reg->roles, sizeof(reg->roles[0]),
		reg->role_count, LIST_MAX});

	for (size_t i = 0; i < reg->role_count && err == WH_OK; i++) {
		check_at(check, "roles", i);
		if (reg->roles[i].informal && reg->roles[i].bsn)
			err = check_no(check, "bsn",
			    "role %s is informal and may not use a BSN: "
			    "set bsn to false",
			    reg->roles[i].id);
	}
	return err;
}

static enum wh_err
check_oin(struct check *check, const struct reg_member *member)
{
	size_t digits = strspn(member->oin, "0123456789");

	if (member->oin[digits] == '\0' && (digits == 0 || digits == OIN_LEN))
		return WH_OK;
	return check_no(check, "oin",
	    "member %s: an oin is %d digits: correct it or leave it out",
	    member->id, OIN_LEN);
}

static enum wh_err
check_member_areas(struct check *check, const struct reg_member *member)
{
	enum wh_err err;

	if (member->all_areas && member->area_count > 0)
		return check_no(check, "areas",
		    "member %s: write 'all' or a list, not both", member->id);
	if (!member->all_areas && member->area_count == 0)
		return check_no(check, "areas",
		    "member %s serves no area: list them, or write all",
		    member->id);
	err = check_slugs(check, &(struct check_slugs){"areas", member->areas,
				     member->area_count, REGISTER_MEMBERS_MAX});
	for (size_t i = 0; i < member->area_count && err == WH_OK; i++)
		if (register_area(check->reg, member->areas[i]) == NULL)
			err = check_no(check, "areas",
			    "member %s serves unknown area '%s': add it to "
			    "areas or correct it",
			    member->id, member->areas[i]);
	return err;
}

static enum wh_err
check_member(struct check *check, const struct reg_member *member)
{
	enum wh_err err = WH_OK;

	if (strcmp(member->id, "hub") == 0 ||
	    strcmp(member->id, "alliance") == 0)
		err = check_no(check, "id",
		    "'%s' names other keys than a member's: take another id",
		    member->id);
	if (err == WH_OK && register_role(check->reg, member->role) == NULL)
		err = check_no(check, "role",
		    "member %s has unknown role '%.*s': add it to roles or "
		    "correct it",
		    member->id, NAME_MAX_LEN, member->role);
	if (err == WH_OK)
		err = check_text(check, "name", member->name, TITLE_MAX_LEN);
	if (err == WH_OK)
		err = check_oin(check, member);
	if (err == WH_OK)
		err = check_member_areas(check, member);
	if (err == WH_OK)
		err = check_slugs(check,
		    &(struct check_slugs){"desks", member->desks,
			member->desk_count, LIST_MAX});
	return err;
}

enum wh_err
check_members(struct check *check)
{
	const struct wh_register *reg = check->reg;
	enum wh_err err =
	    check_list(check, &(struct check_list){"members", reg->members,
				  sizeof(reg->members[0]), reg->member_count,
				  REGISTER_MEMBERS_MAX});

	for (size_t i = 0; i < reg->member_count && err == WH_OK; i++) {
		check_at(check, "members", i);
		err = check_member(check, &reg->members[i]);
	}
	return err;
}

static enum wh_err
check_instrument(struct check *check, const struct reg_instrument *instrument)
{
	if (kind_is_consent(instrument->kind))
		return check_no(check, "kind",
		    "instrument %s: %s rests on the resident's word, not on "
		    "an instrument: choose a statutory kind",
		    instrument->id,
		    terms_text(TERMS_PERMISSION_KINDS, instrument->kind));
	if (instrument->until_ms != 0 &&
	    instrument->until_ms <= instrument->from_ms)
		return check_no(check, "until",
		    "instrument %s ends before it begins: correct from or "
		    "until",
		    instrument->id);
	if (instrument->kind == KIND_VITAL_INTEREST &&
	    instrument->review_within_working_days == 0)
		return check_no(check, "review_within_working_days",
		    "instrument %s: VITAL_INTEREST needs a second pair of "
		    "eyes: set review_within_working_days",
		    instrument->id);
	if (instrument->review_within_working_days > REVIEW_MAX)
		return check_no(check, "review_within_working_days",
		    "instrument %s: a review within %u working days is none: "
		    "at most %d",
		    instrument->id, instrument->review_within_working_days,
		    REVIEW_MAX);
	return check_text(check, "text", instrument->text, REFERENCE_MAX_LEN);
}

enum wh_err
check_instruments(struct check *check)
{
	const struct wh_register *reg = check->reg;
	enum wh_err err = WH_OK;

	if (reg->instrument_count == 0)
		return WH_OK;
	err = check_list(check,
	    &(struct check_list){"instruments", reg->instruments,
		sizeof(reg->instruments[0]), reg->instrument_count, LIST_MAX});

	for (size_t i = 0; i < reg->instrument_count && err == WH_OK; i++) {
		check_at(check, "instruments", i);
		err = check_instrument(check, &reg->instruments[i]);
	}
	return err;
}

static enum wh_err
check_whole(struct check *check)
{
	const struct wh_register *reg = check->reg;
	enum wh_err err;

	check_at(check, "", 0);
	err = check_slug(check, "covenant", reg->covenant);
	if (err == WH_OK && reg->version == 0)
		err = check_no(check, "version",
		    "version 0 does not exist: start with 1");
	if (err == WH_OK && reg->valid_from_ms < 1)
		err = check_no(check, "valid_from",
		    "valid_from lies before 1970-01-02: correct it");
	if (err == WH_OK && !workday_known(reg->holidays))
		err = check_no(check, "holidays",
		    "holidays '%.*s' are unknown: write nl or "
		    "nl-lustrum",
		    NAME_MAX_LEN, reg->holidays);
	if (err == WH_OK && reg->audit_years == 0)
		err = check_no(check, "retention",
		    "retention keeps the log for no year: set audit_years");
	return err;
}

enum wh_err
check_register(struct check *check)
{
	static enum wh_err (*const parts[])(struct check *) = {check_whole,
	    check_areas, check_roles, check_members, check_instruments,
	    check_activities, check_types, check_keys};
	enum wh_err err = WH_OK;

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		err = parts[i](check);
		if (err != WH_OK)
			break;
	}
	return err;
}
