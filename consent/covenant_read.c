/* SPDX-License-Identifier: EUPL-1.2 */
#include "consent/covenant_doc.h"
#include "proto/base/clk.h"

#define DAY_MS (24ll * 3600 * 1000)

/* A document on its way to a register. */
struct reading {
	struct arena *arena;
	const struct covenant_doc *doc;
	struct wh_register reg;
	struct check *check; /* borrowed */
	uint32_t categories; /* bits of those that the covenant lists */
	bool full;           /* the arena was */
};

/* That something did not fit is told at the end. */
static void *
room(struct reading *in, size_t count, size_t size)
{
	void *p = count == 0 ? NULL : arena_alloc(in->arena, count * size);

	in->full = in->full || (count > 0 && p == NULL);
	return p;
}

static const char *
keep(struct reading *in, const char *text)
{
	const char *kept = NULL;

	if (text == NULL)
		return "";
	kept = arena_str(in->arena, span_str(text));
	in->full = in->full || kept == NULL;
	return kept == NULL ? "" : kept;
}

static const char **
keep_list(struct reading *in, char *const *list, size_t count)
{
	const char **kept = room(in, count, sizeof(*kept));

	for (size_t i = 0; i < count && kept != NULL; i++)
		kept[i] = keep(in, list[i]);
	return kept;
}

static enum wh_err
read_date(struct reading *in, const char *field, const char *text, int64_t *out)
{
	if (strlen(text) == strlen("2026-01-01") && clk_parse(text, out) == 0)
		return WH_OK;
	return check_no(in->check, field,
	    "%s '%.*s' is not a date: write it as 2026-01-01", field,
	    NAME_MAX_LEN, text);
}

/* A word of the vocabulary. */
static enum wh_err
read_word(struct reading *in, const char *field, enum terms_table table,
    const char *text, uint32_t *out)
{
	if (terms_number(table, text, out) == WH_OK)
		return WH_OK;
	return check_no(in->check, field,
	    "unknown %s '%.*s' in %s: correct it; wijkhub-covenant(5) lists "
	    "them",
	    table == TERMS_CATEGORIES    ? "category"
	    : table == TERMS_DISCLOSURES ? "word"
					 : "kind",
	    NAME_MAX_LEN, text, field);
}

/* One of two words: *second says which. */
static enum wh_err
read_choice(struct reading *in, const char *field, const char *text,
    const char *const words[2], bool *second)
{
	*second = strcmp(text, words[1]) == 0;
	if (*second || strcmp(text, words[0]) == 0)
		return WH_OK;
	return check_no(in->check, field, "unknown %s '%.*s': write %s or %s",
	    field, NAME_MAX_LEN, text, words[0], words[1]);
}

/* A list of words as a set of bits. */
static enum wh_err
read_set(struct reading *in, const char *field, enum terms_table table,
    char *const *list, size_t count, uint32_t *out)
{
	enum wh_err err = WH_OK;
	uint32_t number = 0;

	for (size_t i = 0; i < count && err == WH_OK; i++) {
		err = read_word(in, field, table, list[i], &number);
		if (err == WH_OK && (*out & 1u << number) != 0)
			err = check_no(in->check, field,
			    "%s lists %s twice: remove one", field, list[i]);
		if (err == WH_OK)
			*out |= 1u << number;
	}
	return err;
}

static enum wh_err
read_categories(struct reading *in, const char *field, char *const *list,
    size_t count, uint32_t *out)
{
	const struct term *category = terms_all(TERMS_CATEGORIES);
	enum wh_err err;

	err = read_set(in, field, TERMS_CATEGORIES, list, count, out);
	if (err != WH_OK)
		return err;
	for (; category->text != NULL; category++)
		if ((*out & ~in->categories & 1u << category->number) != 0)
			return check_no(in->check, field,
			    "%s has %s, which categories does not list: add "
			    "it there or remove it here",
			    field, category->text);
	return WH_OK;
}

static enum wh_err
read_areas(struct reading *in)
{
	const struct covenant_doc *doc = in->doc;
	struct reg_area *areas = room(in, doc->areas_count, sizeof(*areas));

	for (size_t i = 0; i < doc->areas_count && areas != NULL; i++)
		areas[i] = (struct reg_area){
		    .id = keep(in, doc->areas[i].id),
		    .name = keep(in, doc->areas[i].name),
		    .district = keep(in, doc->areas[i].district),
		    .focus = doc->areas[i].focus,
		};
	in->reg.areas = areas;
	in->reg.area_count = areas == NULL ? 0 : doc->areas_count;
	return WH_OK;
}

static enum wh_err
read_roles(struct reading *in)
{
	const struct covenant_doc *doc = in->doc;
	struct reg_role *roles = room(in, doc->roles_count, sizeof(*roles));

	for (size_t i = 0; i < doc->roles_count && roles != NULL; i++)
		roles[i] = (struct reg_role){
		    .id = keep(in, doc->roles[i].id),
		    .bsn = doc->roles[i].bsn,
		    .informal =
			doc->roles[i].formal != NULL && !*doc->roles[i].formal,
		};
	in->reg.roles = roles;
	in->reg.role_count = roles == NULL ? 0 : doc->roles_count;
	return WH_OK;
}

static void
read_member(struct reading *in, const struct doc_member *doc,
    struct reg_member *out)
{
	out->id = keep(in, doc->id);
	out->role = keep(in, doc->role);
	out->name = keep(in, doc->name);
	out->oin = keep(in, doc->oin);
	out->all_areas =
	    doc->areas_count == 1 && strcmp(doc->areas[0], "all") == 0;
	if (!out->all_areas) {
		out->areas = keep_list(in, doc->areas, doc->areas_count);
		out->area_count = out->areas == NULL ? 0 : doc->areas_count;
	}
	out->desks = room(in, doc->desks_count, sizeof(*out->desks));
	for (size_t i = 0; i < doc->desks_count && out->desks != NULL; i++)
		out->desks[out->desk_count++] = keep(in, doc->desks[i].id);
}

static enum wh_err
read_members(struct reading *in)
{
	const struct covenant_doc *doc = in->doc;
	struct reg_member *members =
	    room(in, doc->members_count, sizeof(*members));

	for (size_t i = 0; i < doc->members_count && members != NULL; i++)
		read_member(in, &doc->members[i], &members[i]);
	in->reg.members = members;
	in->reg.member_count = members == NULL ? 0 : doc->members_count;
	return WH_OK;
}

static enum wh_err
read_instrument(struct reading *in, const struct doc_instrument *doc,
    struct reg_instrument *out)
{
	const int32_t *review = doc->review_within_working_days;
	uint32_t kind = 0;
	enum wh_err err;

	out->id = keep(in, doc->id);
	out->text = keep(in, doc->text);
	err = read_word(in, "kind", TERMS_PERMISSION_KINDS, doc->kind, &kind);
	if (err == WH_OK)
		err = read_date(in, "from", doc->from, &out->from_ms);
	if (err == WH_OK && doc->until != NULL)
		err = read_date(in, "until", doc->until, &out->until_ms);
	if (err == WH_OK && review != NULL && *review < 1)
		err = check_no(in->check, "review_within_working_days",
		    "instrument %s: review_within_working_days is %d: give 1 "
		    "or more",
		    out->id, *review);
	if (err != WH_OK)
		return err;
	out->kind = (enum permission_kind)kind;
	if (doc->until != NULL)
		out->until_ms += DAY_MS;
	if (review != NULL)
		out->review_within_working_days = (uint32_t)*review;
	return WH_OK;
}

static enum wh_err
read_instruments(struct reading *in)
{
	const struct covenant_doc *doc = in->doc;
	struct reg_instrument *list =
	    room(in, doc->instruments_count, sizeof(*list));
	enum wh_err err = WH_OK;

	in->reg.instruments = list;
	for (size_t i = 0; i < doc->instruments_count && list != NULL; i++) {
		check_at(in->check, "instruments", i);
		err = read_instrument(in, &doc->instruments[i], &list[i]);
		if (err != WH_OK)
			break;
		in->reg.instrument_count++;
	}
	return err;
}

/* A term that is absent is 0; whether it may be, register_check() knows. */
static enum wh_err
read_term(struct reading *in, const char *field, const int32_t *days,
    uint32_t *out)
{
	if (days != NULL && *days < 1)
		return check_no(in->check, field, "%s is %d: give 1 or more",
		    field, *days);
	*out = days == NULL ? 0 : (uint32_t)*days;
	return WH_OK;
}

static enum wh_err
read_activity(struct reading *in, const struct doc_activity *doc,
    struct reg_activity *out)
{
	uint32_t notice = 0;
	enum wh_err err;

	out->id = keep(in, doc->id);
	out->uri = keep(in, doc->uri);
	out->article = keep(in, doc->article);
	err = read_word(in, "notice", TERMS_DISCLOSURES, doc->notice, &notice);
	if (err == WH_OK)
		err = read_term(in, "delay_working_days",
		    doc->delay_working_days, &out->delay_working_days);
	if (err == WH_OK)
		err = read_term(in, "review_working_days",
		    doc->review_working_days, &out->review_working_days);
	out->notice = (enum disclosure)notice;
	return err;
}

static enum wh_err
read_activities(struct reading *in)
{
	const struct covenant_doc *doc = in->doc;
	struct reg_activity *list =
	    room(in, doc->activities_count, sizeof(*list));
	enum wh_err err = WH_OK;

	in->reg.activities = list;
	for (size_t i = 0; i < doc->activities_count && list != NULL; i++) {
		check_at(in->check, "activities", i);
		err = read_activity(in, &doc->activities[i], &list[i]);
		if (err != WH_OK)
			break;
		in->reg.activity_count++;
	}
	return err;
}

static enum wh_err
read_clock(struct reading *in, const char *name, const int32_t *days, int *out)
{
	*out = days == NULL ? -1 : *days;
	if (days == NULL || *days >= 0)
		return WH_OK;
	return check_no(in->check, "clocks",
	    "clock %s is %d: give 0 or more working days", name, *days);
}

static enum wh_err
read_clocks(struct reading *in, const struct doc_clocks *doc,
    struct reg_type *out)
{
	enum wh_err err;

	if (doc->decide == NULL || doc->contact == NULL)
		return check_no(in->check, "clocks",
		    "type %s: clocks needs decide and contact, in working days",
		    out->id);
	err = read_clock(in, "decide", doc->decide, &out->clock_decide);
	if (err == WH_OK)
		err = read_clock(in, "contact", doc->contact,
		    &out->clock_contact);
	if (err == WH_OK)
		err = read_clock(in, "heartbeat", doc->heartbeat,
		    &out->clock_heartbeat);
	return err;
}

/* The type's activity says it; what is unknown is told by the checks. */
static void
read_notice(struct reading *in, struct reg_type *out)
{
	const struct reg_activity *activity =
	    register_activity(&in->reg, out->activity);

	out->delayed_notice =
	    activity != NULL && activity->notice != DISCLOSURE_IMMEDIATE;
}

static enum wh_err
read_words(struct reading *in, const struct doc_type *doc, struct reg_type *out)
{
	static const char *const disclosures[2] = {"one-phase", "two-phase"};
	static const char *const notices[2] = {"IMMEDIATE", "DELAYED"};
	enum wh_err err;

	err = read_set(in, "permission", TERMS_PERMISSION_KINDS,
	    doc->permission, doc->permission_count, &out->kinds);
	if (err == WH_OK)
		err = read_choice(in, "disclosure", doc->disclosure,
		    disclosures, &out->two_phase);
	if (err == WH_OK && doc->subject_notice != NULL)
		err = read_choice(in, "subject_notice", doc->subject_notice,
		    notices, &out->delayed_notice);
	else
		read_notice(in, out);
	if (err == WH_OK)
		err = read_categories(in, "required", doc->required,
		    doc->required_count, &out->required);
	if (err == WH_OK)
		err = read_categories(in, "optional", doc->optional,
		    doc->optional_count, &out->optional);
	if (err == WH_OK)
		err = read_categories(in, "feedback", doc->feedback,
		    doc->feedback_count, &out->feedback);
	return err;
}

static enum wh_err
read_type(struct reading *in, const struct doc_type *doc, struct reg_type *out)
{
	enum wh_err err;

	out->id = keep(in, doc->id);
	out->title_nl = keep(in, doc->title.nl);
	out->title_en = keep(in, doc->title.en);
	out->from_roles = keep_list(in, doc->from, doc->from_count);
	out->from_count = out->from_roles == NULL ? 0 : doc->from_count;
	out->to_roles = keep_list(in, doc->to, doc->to_count);
	out->to_count = out->to_roles == NULL ? 0 : doc->to_count;
	out->desk = keep(in, doc->desk);
	out->instrument = keep(in, doc->instrument);
	out->escalation_target = doc->escalation_target;
	out->activity = keep(in, doc->activity);
	err = read_words(in, doc, out);
	if (err == WH_OK)
		err = read_clocks(in, &doc->clocks, out);
	return err;
}

static enum wh_err
read_types(struct reading *in)
{
	const struct covenant_doc *doc = in->doc;
	struct reg_type *types = room(in, doc->types_count, sizeof(*types));
	enum wh_err err = WH_OK;

	in->reg.types = types;
	for (size_t i = 0; i < doc->types_count && types != NULL; i++) {
		check_at(in->check, "types", i);
		err = read_type(in, &doc->types[i], &types[i]);
		if (err != WH_OK)
			break;
		in->reg.type_count++;
	}
	return err;
}

static enum wh_err
read_retention(struct reading *in)
{
	const struct doc_retention *doc = &in->doc->retention;

	check_at(in->check, "", 0);
	if (doc->sections_after_end_working_days < 0 ||
	    doc->shell_after_end_days < 0 || doc->audit_years < 0)
		return check_no(in->check, "retention",
		    "retention has a negative term: give 0 or more");
	in->reg.sections_after_end_working_days =
	    (uint32_t)doc->sections_after_end_working_days;
	in->reg.shell_after_end_days = (uint32_t)doc->shell_after_end_days;
	in->reg.audit_years = (uint32_t)doc->audit_years;
	return WH_OK;
}

static enum wh_err
read_head(struct reading *in)
{
	const struct covenant_doc *doc = in->doc;

	check_at(in->check, "", 0);
	if (doc->version < 1)
		return check_no(in->check, "version",
		    "version %lld does not exist: start with 1",
		    (long long)doc->version);
	in->reg.covenant = keep(in, doc->covenant);
	in->reg.version = (uint64_t)doc->version;
	in->reg.holidays = keep(in, doc->holidays);
	in->reg.log_origin = "";
	return read_date(in, "valid_from", doc->valid_from,
	    &in->reg.valid_from_ms);
}

static enum wh_err
read_listed_categories(struct reading *in)
{
	check_at(in->check, "", 0);
	return read_set(in, "categories", TERMS_CATEGORIES, in->doc->categories,
	    in->doc->categories_count, &in->categories);
}

enum wh_err
covenant_read(struct arena *arena, const struct covenant_doc *doc,
    struct check *check, struct wh_register *out)
{
	static enum wh_err (*const parts[])(struct reading *) = {read_head,
	    read_areas, read_roles, read_members, read_listed_categories,
	    read_instruments, read_activities, read_types, read_retention};
	struct reading in = {.arena = arena, .doc = doc, .check = check};
	enum wh_err err = WH_OK;

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		err = parts[i](&in);
		if (err != WH_OK)
			return err;
	}
	if (in.full)
		return why_set(check->why, WH_TOO_BIG,
		    "the covenant is too big for a register");
	check->reg = &in.reg;
	err = check_register(check);
	check->reg = NULL;
	if (err == WH_OK)
		*out = in.reg;
	return err;
}
