/* SPDX-License-Identifier: EUPL-1.2 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "proto/base/workday.h"
#include "tests/consent_scene.h"

/*
 * What each of the seven kinds asks for, as one table: a row is a rule of a
 * kind, with what keeps it and what breaks it. Rows of the record are judged
 * when it is recorded, rows of the message when it moves, rows of the event
 * when somebody says that it ended.
 */

/* A record or message of each kind, as it may be. */
static struct scene
of_kind(enum permission_kind kind)
{
	static const char *const types[] = {[KIND_CONSENT_AVG] = "geldzorgen",
	    [KIND_SECRECY_RELEASE] = "geldzorgen",
	    [KIND_AGREES_TO_HELP] = "geldzorgen",
	    [KIND_DUTY_WITH_OBJECTION] = "huurachterstand",
	    [KIND_PUBLIC_TASK] = "overlast",
	    [KIND_POLICE_WPG] = "zorgmelding",
	    [KIND_VITAL_INTEREST] = "acuut"};
	static const char *const laws[] = {[KIND_CONSENT_AVG] = "",
	    [KIND_SECRECY_RELEASE] = "",
	    [KIND_AGREES_TO_HELP] = "",
	    [KIND_DUTY_WITH_OBJECTION] = "wgs",
	    [KIND_PUBLIC_TASK] = "convenant",
	    [KIND_POLICE_WPG] = "wpg",
	    [KIND_VITAL_INTEREST] = "vitaal"};
	static const char *const from[] = {[KIND_CONSENT_AVG] = "buurtteam",
	    [KIND_SECRECY_RELEASE] = "buurtteam",
	    [KIND_AGREES_TO_HELP] = "buurtteam",
	    [KIND_DUTY_WITH_OBJECTION] = "eigen-haard",
	    [KIND_PUBLIC_TASK] = "eigen-haard",
	    [KIND_POLICE_WPG] = "politie",
	    [KIND_VITAL_INTEREST] = "eigen-haard"};
	static const char *const to[] = {[KIND_CONSENT_AVG] = "wpi",
	    [KIND_SECRECY_RELEASE] = "wpi",
	    [KIND_AGREES_TO_HELP] = "wpi",
	    [KIND_DUTY_WITH_OBJECTION] = "wpi",
	    [KIND_PUBLIC_TASK] = "buurtteam",
	    [KIND_POLICE_WPG] = "buurtteam",
	    [KIND_VITAL_INTEREST] = "politie"};
	const struct reg_type *type = register_type(&world, types[kind]);
	struct scene s = by_consent();
	struct permission *p = &s.record;

	p->kind = kind;
	p->types[0] = types[kind];
	p->instrument = laws[kind];
	p->from.member = p->captured_by = from[kind];
	p->to.member = to[kind];
	p->categories = type->required;
	p->valid_until_ms =
	    p->valid_from_ms + kind_rule(kind)->validity_max_days * DAY_MS;
	if (!kind_is_consent(kind))
		p->withdrawal_code_hash = (struct span){0};
	if (kind == KIND_DUTY_WITH_OBJECTION)
		p->attempts = (struct attempts){true, true, true, true};
	if (kind == KIND_VITAL_INTEREST) {
		p->break_glass_ground = "brand";
		p->break_glass_by = span_str("sealed");
		p->break_glass_review_due_ms =
		    workday_after("nl", p->valid_from_ms, 2);
		p->break_glass_reviewer = "politie";
	}
	s.header.from_member = from[kind];
	s.header.from_desk = s.header.to_desk = "";
	s.header.to_member = to[kind];
	s.header.type = types[kind];
	s.header.area = "jacob-geelbuurt";
	s.header.ground.kind = kind;
	if (kind == KIND_POLICE_WPG)
		s.header.ground.decision = "2026-0042";
	s.categories = type->two_phase ? BIT(REQUEST) : type->required;
	s.standing = standing_new(p);
	return s;
}

/* The same without a record: the law speaks for itself. */
static void
by_law(struct scene *s)
{
	s->header.ground.has_permission = false;
	s->header.ground.permission_id = (struct id){{0}};
	s->header.ground.instrument = s->record.instrument;
	s->header.ground.attempts = s->record.attempts;
	s->header.epoch = 0;
	s->has_record = false;
}

/* The covenant of a row: a copy, so that a row may change it. */
static struct reg_type row_types[COUNT(world_types)];
static struct reg_instrument row_laws[COUNT(world_instruments)];
static struct wh_register row_world;

static void
new_world(void)
{
	memcpy(row_types, world_types, sizeof(row_types));
	memcpy(row_laws, world_instruments, sizeof(row_laws));
	row_world = world;
	row_world.types = row_types;
	row_world.instruments = row_laws;
	row_types[0].kinds |= KIND(SECRECY_RELEASE);
}

static struct reg_instrument *
law_of(const struct scene *s)
{
	for (size_t i = 0; i < COUNT(row_laws); i++)
		if (row_laws[i].kind == s->record.kind)
			return &row_laws[i];
	fail_msg("%s rests on no law", s->record.types[0]);
	return NULL;
}

typedef enum reason ask_fn(const struct scene *s, struct why *why);

static enum reason
recorded(const struct scene *s, struct why *why)
{
	return permission_check(&row_world, &s->record, why);
}

static enum reason
moved(const struct scene *s, struct why *why)
{
	struct decide_input in = {.reg = &row_world,
	    .header = &s->header,
	    .categories = s->categories,
	    .permission = s->has_record ? &s->record : NULL,
	    .standing = s->has_record ? &s->standing : NULL,
	    .feedback = s->feedback,
	    .now_ms = s->now_ms};

	return decide(&in, why);
}

typedef void change_fn(struct scene *s);

/* Bodies of what keeps and breaks a rule; x is the scene. */
#define CHANGE(name, ...)                                                      \
	static void name(struct scene *x)                                      \
	{                                                                      \
		__VA_ARGS__;                                                   \
	}

CHANGE(as_it_is, (void)x)
CHANGE(a_day_more, x->record.valid_until_ms += DAY_MS)
CHANGE(without_record, x->has_record = false)
CHANGE(named_by_law, by_law(x))
CHANGE(without_code, x->record.withdrawal_code_hash = (struct span){0})
CHANGE(without_text, x->record.purpose_text_hash = (struct span){0})
CHANGE(with_instrument, x->record.instrument = "convenant")
CHANGE(without_instrument, x->record.instrument = "")
CHANGE(law_begins_with_it, law_of(x)->from_ms = x->record.valid_from_ms)
CHANGE(law_begins_later, law_of(x)->from_ms = x->record.valid_from_ms + 1)
CHANGE(law_ends_after_now, by_law(x); law_of(x)->until_ms = x->now_ms + 1)
CHANGE(law_ended_now, by_law(x); law_of(x)->until_ms = x->now_ms)
CHANGE(law_begins_after_now, by_law(x); law_of(x)->from_ms = x->now_ms + 1)
CHANGE(law_is_of_another_kind, by_law(x);
       law_of(x)->kind = x->record.kind == KIND_PUBLIC_TASK ? KIND_POLICE_WPG
							    : KIND_PUBLIC_TASK)
CHANGE(no_contact, x->record.attempts.personal_contact = false)
CHANGE(no_help, x->record.attempts.pointed_to_help = false)
CHANGE(no_reminder, x->record.attempts.written_reminder = false)
CHANGE(offer_refused, x->record.attempts.offer_not_refused = false)
CHANGE(law_no_contact, no_contact(x); by_law(x))
CHANGE(law_no_help, no_help(x); by_law(x))
CHANGE(law_no_reminder, no_reminder(x); by_law(x))
CHANGE(law_offer_refused, offer_refused(x); by_law(x))
CHANGE(objected, x->standing.state = PERMISSION_OBJECTED)
CHANGE(objected_on_file, by_law(x); x->has_record = true; objected(x))
CHANGE(without_decision, x->header.ground.decision = "")
CHANGE(law_without_decision, by_law(x); without_decision(x))
CHANGE(without_glass_ground, x->record.break_glass_ground = "")
CHANGE(without_glass_by, x->record.break_glass_by = (struct span){0})
CHANGE(without_reviewer, x->record.break_glass_reviewer = "")
CHANGE(reviewed_by_a_stranger, x->record.break_glass_reviewer = "stranger")
CHANGE(reviewed_by_oneself,
    x->record.break_glass_reviewer = x->record.captured_by)
CHANGE(reviewed_by_a_third, x->record.break_glass_reviewer = "wpi")
CHANGE(without_review, x->record.break_glass_review_due_ms = 0)
CHANGE(review_too_late, x->record.break_glass_review_due_ms++)
CHANGE(to_one_role, x->record.to.member = ""; x->record.to.role = "politie";
       x->record.break_glass_reviewer = "politie")
CHANGE(withdrawn, x->standing.state = PERMISSION_WITHDRAWN)
CHANGE(epoch_raised, x->standing.epoch++)
CHANGE(not_yet_valid, x->now_ms = x->record.valid_from_ms - 1)
CHANGE(on_its_last_moment, x->now_ms = x->record.valid_until_ms - 1;
       x->header.expires_ms = x->now_ms + 1)
CHANGE(over, on_its_last_moment(x); x->now_ms++; x->header.expires_ms++)
CHANGE(with_bsn, x->record.categories |= BIT(BSN);
       row_types[0].optional |= BIT(BSN))
CHANGE(bsn_to_landlord, x->record.types[0] = "vocht-schimmel";
       x->record.to.member = "eigen-haard";
       x->record.categories = BIT(CONTACT) | BIT(BSN))
CHANGE(answered, x->header.from_member = x->record.to.member;
       x->header.to_member = x->record.from.member;
       x->header.event = EVENT_COMPLETE; x->feedback = true;
       x->categories = BIT(STATUS))
CHANGE(answered_with_face, answered(x); x->categories = BIT(FACE))
CHANGE(answered_in_scope, answered_with_face(x);
       x->record.feedback = BIT(STATUS) | BIT(FACE))
CHANGE(answered_beyond_scope, answered_with_face(x);
       x->record.feedback = BIT(STATUS))
CHANGE(answered_with_need, answered(x); x->categories = BIT(FINANCE))

#define ALL_OF(X, ...)                                                         \
	X(CONSENT_AVG, __VA_ARGS__)                                            \
	X(SECRECY_RELEASE, __VA_ARGS__)                                        \
	X(AGREES_TO_HELP, __VA_ARGS__)                                         \
	X(DUTY_WITH_OBJECTION, __VA_ARGS__)                                    \
	X(PUBLIC_TASK, __VA_ARGS__)                                            \
	X(POLICE_WPG, __VA_ARGS__) X(VITAL_INTEREST, __VA_ARGS__)
#define CONSENTS(X, ...)                                                       \
	X(CONSENT_AVG, __VA_ARGS__)                                            \
	X(SECRECY_RELEASE, __VA_ARGS__) X(AGREES_TO_HELP, __VA_ARGS__)
#define STATUTES(X, ...)                                                       \
	X(DUTY_WITH_OBJECTION, __VA_ARGS__)                                    \
	X(PUBLIC_TASK, __VA_ARGS__)                                            \
	X(POLICE_WPG, __VA_ARGS__) X(VITAL_INTEREST, __VA_ARGS__)
#define ROW(kind, when, keeps, breaks, reason)                                 \
	{KIND_##kind, when, #kind ": " #when " " #breaks, keeps, breaks,       \
	    REASON_##reason},

static const struct {
	enum permission_kind kind;
	ask_fn *ask;
	const char *rule;
	change_fn *keeps;
	change_fn *breaks;
	enum reason reason;
} rows[] = {
    /* valid from, valid until (capped per kind); renewal is a new record */
    ALL_OF(ROW, recorded, as_it_is, a_day_more, MALFORMED) ALL_OF(ROW, moved,
	as_it_is, not_yet_valid, PERMISSION_NOT_YET_VALID) CONSENTS(ROW, moved,
	on_its_last_moment, over, PERMISSION_EXPIRED) ROW(DUTY_WITH_OBJECTION,
	moved, on_its_last_moment, over, PERMISSION_EXPIRED) ROW(PUBLIC_TASK,
	moved, on_its_last_moment, over, PERMISSION_EXPIRED)
	ROW(VITAL_INTEREST, moved, on_its_last_moment, over, PERMISSION_EXPIRED)
    /* a consent is always a record that shows what was said yes to */
    CONSENTS(ROW, moved, as_it_is, without_record, NO_PERMISSION) CONSENTS(ROW,
	moved, as_it_is, named_by_law, NO_PERMISSION)
	CONSENTS(ROW, recorded, as_it_is, without_code, MALFORMED) CONSENTS(ROW,
	    recorded, as_it_is, without_text, MALFORMED)
	    CONSENTS(ROW, recorded, as_it_is, with_instrument, KIND_NOT_ALLOWED)
    /* a statute rests on an instrument in force, and speaks for itself */
    STATUTES(ROW, recorded, as_it_is, without_instrument, WRONG_TYPE)
	STATUTES(ROW, recorded, law_begins_with_it, law_begins_later,
	    INSTRUMENT_NOT_IN_FORCE) STATUTES(ROW, moved, law_ends_after_now,
	    law_ended_now, INSTRUMENT_NOT_IN_FORCE) STATUTES(ROW, moved,
	    named_by_law, law_begins_after_now, INSTRUMENT_NOT_IN_FORCE)
	    STATUTES(ROW, moved, named_by_law, law_is_of_another_kind,
		KIND_NOT_ALLOWED)
    /* attempts made before a duty applies, in a record and by law */
    ROW(DUTY_WITH_OBJECTION, recorded, as_it_is, no_contact, ATTEMPTS_MISSING)
	ROW(DUTY_WITH_OBJECTION, recorded, as_it_is, no_help,
	    ATTEMPTS_MISSING) ROW(DUTY_WITH_OBJECTION, recorded, as_it_is,
	    no_reminder, ATTEMPTS_MISSING) ROW(DUTY_WITH_OBJECTION, recorded,
	    as_it_is, offer_refused, ATTEMPTS_MISSING) ROW(DUTY_WITH_OBJECTION,
	    moved, named_by_law, law_no_contact, ATTEMPTS_MISSING)
	    ROW(DUTY_WITH_OBJECTION, moved, named_by_law, law_no_help,
		ATTEMPTS_MISSING) ROW(DUTY_WITH_OBJECTION, moved, named_by_law,
		law_no_reminder, ATTEMPTS_MISSING) ROW(DUTY_WITH_OBJECTION,
		moved, named_by_law, law_offer_refused, ATTEMPTS_MISSING)
    /* an objection ends the duty, also when the law is named instead */
    ROW(DUTY_WITH_OBJECTION, moved, as_it_is, objected, OBJECTED)
	ROW(DUTY_WITH_OBJECTION, moved, named_by_law, objected_on_file,
	    OBJECTED)
    /* each police provision names its decision */
    ROW(POLICE_WPG, moved, as_it_is, without_decision, NO_PERMISSION)
	ROW(POLICE_WPG, moved, named_by_law, law_without_decision,
	    NO_PERMISSION)
    /* break-glass: ground, by whom, and review by another organisation */
    ROW(VITAL_INTEREST, recorded, as_it_is, without_glass_ground,
	MALFORMED) ROW(VITAL_INTEREST, recorded, as_it_is, without_glass_by,
	MALFORMED) ROW(VITAL_INTEREST, recorded, as_it_is, without_reviewer,
	MALFORMED) ROW(VITAL_INTEREST, recorded, as_it_is,
	reviewed_by_a_stranger, MALFORMED) ROW(VITAL_INTEREST, recorded,
	as_it_is, reviewed_by_oneself, MALFORMED) ROW(VITAL_INTEREST, recorded,
	to_one_role, reviewed_by_a_third, MALFORMED)
	ROW(VITAL_INTEREST, recorded, as_it_is, without_review, MALFORMED)
	    ROW(VITAL_INTEREST, recorded, as_it_is, review_too_late, MALFORMED)
    /* a withdrawal stops what rests on the resident's word, with its epoch */
    CONSENTS(ROW, moved, as_it_is, withdrawn, PERMISSION_WITHDRAWN)
	ALL_OF(ROW, moved, as_it_is, epoch_raised, STALE_EPOCH)
    /* BSN only between roles that may use it */
    ROW(SECRECY_RELEASE, recorded, with_bsn, bsn_to_landlord, KIND_NOT_ALLOWED)
	ROW(CONSENT_AVG, recorded, with_bsn, bsn_to_landlord,
	    CATEGORY_NOT_FOR_ROLE)
    /* feedback has its own scope */
    ALL_OF(ROW, moved, answered, answered_with_need, CATEGORY_NOT_COVERED)
	CONSENTS(ROW, moved, answered_with_face, answered_beyond_scope,
	    CATEGORY_NOT_COVERED) CONSENTS(ROW, moved, answered_in_scope,
	    answered_beyond_scope, CATEGORY_NOT_COVERED)};

static void
check_answer(const char *rule, const char *half, enum reason got,
    enum reason want, const struct why *why)
{
	if (got != want)
		print_error("%s, %s: %s (%s)\n", rule, half,
		    terms_text(TERMS_REASONS, got), why->text);
	assert_int_equal(got, want);
	assert_int_equal(why->text[0] == '\0', want == REASON_NONE);
}

static void
test_each_rule_of_each_kind_lets_pass_and_refuses(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct scene s = of_kind(rows[i].kind);
		struct why why = {""};

		new_world();
		rows[i].keeps(&s);
		check_answer(rows[i].rule, "kept", rows[i].ask(&s, &why),
		    REASON_NONE, &why);
		new_world();
		s = of_kind(rows[i].kind);
		rows[i].breaks(&s);
		check_answer(rows[i].rule, "broken", rows[i].ask(&s, &why),
		    rows[i].reason, &why);
	}
}

/* Which events end which kind, and that nothing else does. */
static void
test_each_kind_ends_by_what_the_law_says(void **state)
{
	static const struct {
		enum permission_kind kind;
		bool by_withdrawal;
		bool by_objection;
	} ends[] = {
	    {KIND_CONSENT_AVG, true, false},
	    {KIND_SECRECY_RELEASE, true, false},
	    {KIND_AGREES_TO_HELP, true, false},
	    {KIND_DUTY_WITH_OBJECTION, false, true},
	    {KIND_PUBLIC_TASK, false, false},
	    {KIND_POLICE_WPG, false, false},
	    {KIND_VITAL_INTEREST, false, false},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(ends); i++) {
		struct scene s = of_kind(ends[i].kind);
		struct permission_change change = {.has_permission = true,
		    .permission_id = s.record.permission_id,
		    .by_member = s.record.captured_by,
		    .effective_ms = NOW_MS};
		struct standing after;

		change.event = PERMISSION_WITHDRAWN;
		assert_int_equal(standing_apply(&s.record, &s.standing, &change,
				     &after) == WH_OK,
		    ends[i].by_withdrawal);
		change.event = PERMISSION_OBJECTED;
		assert_int_equal(standing_apply(&s.record, &s.standing, &change,
				     &after) == WH_OK,
		    ends[i].by_objection);
	}
}

/* An informal party gets what its types list, whatever a record says. */
static void
test_an_informal_party_gets_what_its_types_list(void **state)
{
	struct scene s = from_informal();
	struct why why = {""};

	(void)state;
	new_world();
	assert_int_equal(moved(&s, &why), REASON_NONE);
	s.categories |= BIT(ADDICTION);
	assert_int_equal(moved(&s, &why), REASON_CATEGORY_NOT_FOR_ROLE);
	assert_non_null(strstr(why.text, "informal"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_each_rule_of_each_kind_lets_pass_and_refuses),
	    cmocka_unit_test(test_each_kind_ends_by_what_the_law_says),
	    cmocka_unit_test(test_an_informal_party_gets_what_its_types_list),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
