/* SPDX-License-Identifier: EUPL-1.2 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/consent_world.h"

static struct permission
of_kind(enum permission_kind kind)
{
	struct permission p = world_consent();

	p.kind = kind;
	return p;
}

static struct permission_change
change_of(enum permission_event event)
{
	return (struct permission_change){.event_id = {{9}},
	    .has_permission = true,
	    .permission_id = {{1}},
	    .event = event,
	    .recorded_ms = NOW_MS,
	    .effective_ms = NOW_MS,
	    .by_member = "buurtteam",
	    .by_human = true};
}

static void
test_each_kind_has_one_rule(void **state)
{
	(void)state;
	for (int k = KIND_CONSENT_AVG; k <= KIND_VITAL_INTEREST; k++) {
		const struct kind_rule *rule =
		    kind_rule((enum permission_kind)k);

		assert_non_null(rule);
		assert_int_equal(rule->kind, k);
		assert_int_equal(rule->consent_like,
		    kind_is_consent((enum permission_kind)k));
		assert_int_equal(rule->needs_instrument, !rule->consent_like);
		assert_true(rule->validity_max_days > 0);
	}
	assert_null(kind_rule((enum permission_kind)0));
	assert_null(kind_rule((enum permission_kind)8));
}

static void
test_a_withdrawal_ends_a_consent_and_no_statute(void **state)
{
	static const enum wh_err expected[] = {[KIND_CONSENT_AVG] = WH_OK,
	    [KIND_SECRECY_RELEASE] = WH_OK,
	    [KIND_AGREES_TO_HELP] = WH_OK,
	    [KIND_DUTY_WITH_OBJECTION] = WH_REFUSED,
	    [KIND_PUBLIC_TASK] = WH_REFUSED,
	    [KIND_POLICE_WPG] = WH_REFUSED,
	    [KIND_VITAL_INTEREST] = WH_REFUSED};
	struct permission_change change = change_of(PERMISSION_WITHDRAWN);

	(void)state;
	for (int k = 1; k <= KIND_VITAL_INTEREST; k++) {
		struct permission p = of_kind((enum permission_kind)k);
		struct standing before = standing_new(&p);
		struct standing after = {.epoch = 77};

		assert_int_equal(standing_apply(&p, &before, &change, &after),
		    expected[k]);
		assert_int_equal(after.epoch,
		    expected[k] == WH_OK ? before.epoch + 1 : 77);
	}
}

static void
test_an_objection_ends_only_the_duty(void **state)
{
	struct permission_change change = change_of(PERMISSION_OBJECTED);

	(void)state;
	for (int k = 1; k <= KIND_VITAL_INTEREST; k++) {
		struct permission p = of_kind((enum permission_kind)k);
		struct standing before = standing_new(&p);
		struct standing after;

		assert_int_equal(standing_apply(&p, &before, &change, &after),
		    k == KIND_DUTY_WITH_OBJECTION ? WH_OK : WH_REFUSED);
	}
}

static void
test_ending_raises_the_epoch_once(void **state)
{
	struct permission p = world_consent();
	struct permission_change change = change_of(PERMISSION_WITHDRAWN);
	struct standing first = standing_new(&p);
	struct standing ended;
	struct standing again;

	(void)state;
	assert_int_equal(first.state, PERMISSION_GIVEN);
	assert_int_equal(first.since_ms, p.valid_from_ms);
	assert_int_equal(first.epoch, p.epoch);
	assert_int_equal(first.changes, 0);
	assert_int_equal(standing_apply(&p, &first, &change, &ended), WH_OK);
	assert_int_equal(ended.state, PERMISSION_WITHDRAWN);
	assert_int_equal(ended.since_ms, NOW_MS);
	assert_int_equal(ended.epoch, p.epoch + 1);
	assert_int_equal(ended.changes, 1);
	change.effective_ms += DAY_MS;
	assert_int_equal(standing_apply(&p, &ended, &change, &again), WH_OK);
	assert_memory_equal(&again, &ended, sizeof(again));
}

/* The resident may still take back what expired or gave way to another. */
static bool
may_follow(enum permission_event before, int event)
{
	return event == (int)before ||
	       (event == PERMISSION_WITHDRAWN &&
		   (before == PERMISSION_EXPIRED ||
		       before == PERMISSION_SUPERSEDED));
}

/* Nothing reopens what has ended; renewal is a new record. */
static void
test_an_ended_record_stays_ended(void **state)
{
	static const enum permission_event ends[] = {PERMISSION_WITHDRAWN,
	    PERMISSION_EXPIRED, PERMISSION_INVALIDATED, PERMISSION_SUPERSEDED};
	struct permission p = world_consent();

	(void)state;
	for (size_t i = 0; i < COUNT(ends); i++) {
		struct permission_change change = change_of(ends[i]);
		struct standing before = standing_new(&p);
		struct standing ended;
		struct standing after;

		assert_int_equal(standing_apply(&p, &before, &change, &ended),
		    WH_OK);
		assert_int_equal(ended.epoch, before.epoch + 1);
		for (int e = 1; e <= PERMISSION_SUPERSEDED; e++) {
			change = change_of((enum permission_event)e);
			assert_int_equal(standing_apply(&p, &ended, &change,
					     &after),
			    may_follow(ends[i], e) ? WH_OK : WH_REFUSED);
			if (may_follow(ends[i], e))
				assert_int_equal(after.epoch, ended.epoch);
		}
	}
}

static void
test_a_request_is_answered_once(void **state)
{
	struct permission p = world_consent();
	struct permission_change asked = change_of(PERMISSION_REQUESTED);
	struct permission_change given = change_of(PERMISSION_GIVEN);
	struct permission_change refused = change_of(PERMISSION_REFUSED);
	struct standing s = standing_new(&p);
	struct standing open;
	struct standing after;

	(void)state;
	assert_int_equal(standing_apply(&p, &s, &refused, &after), WH_REFUSED);
	assert_int_equal(standing_apply(&p, &s, &asked, &open), WH_OK);
	assert_int_equal(open.epoch, s.epoch);
	assert_int_equal(standing_apply(&p, &open, &refused, &after), WH_OK);
	assert_int_equal(after.epoch, s.epoch + 1);
	assert_int_equal(standing_apply(&p, &open, &given, &after), WH_OK);
	assert_int_equal(after.state, PERMISSION_GIVEN);
	assert_int_equal(after.epoch, s.epoch);
	assert_int_equal(standing_apply(&p, &after, &asked, &s), WH_REFUSED);
}

static void
test_an_event_about_another_record_is_invalid(void **state)
{
	struct permission p = world_consent();
	struct permission_change change = change_of(PERMISSION_WITHDRAWN);
	struct standing before = standing_new(&p);
	struct standing after;

	(void)state;
	change.permission_id.b[0] = 99;
	assert_int_equal(standing_apply(&p, &before, &change, &after),
	    WH_INVALID);
	change.has_permission = false; /* found by its code */
	assert_int_equal(standing_apply(&p, &before, &change, &after), WH_OK);
	change.event = (enum permission_event)99;
	assert_int_equal(standing_apply(&p, &before, &change, &after),
	    WH_INVALID);
}

static void
test_parties_are_a_member_or_a_role_in_an_area(void **state)
{
	const struct reg_member *wpi = register_member(&world, "wpi");
	const struct reg_member *haard = register_member(&world, "eigen-haard");
	struct party member = {"wpi", "", "", ""};
	struct party desk = {"wpi", "inkomen", "", ""};
	struct party role = {"", "", "corporatie", "jacob-geelbuurt"};
	struct party anywhere = {"", "", "corporatie", ""};
	struct party nobody = {"", "", "", ""};

	(void)state;
	assert_true(party_matches(&member, wpi, "", ""));
	assert_true(party_matches(&member, wpi, "inkomen", "wildemanbuurt"));
	assert_false(party_matches(&member, haard, "", ""));
	assert_true(party_matches(&desk, wpi, "inkomen", ""));
	assert_false(party_matches(&desk, wpi, "schuldhulp", ""));
	assert_false(party_matches(&desk, wpi, "", ""));
	assert_true(party_matches(&role, haard, "", "jacob-geelbuurt"));
	assert_true(party_matches(&role, haard, "", ""));
	assert_false(party_matches(&role, haard, "", "wildemanbuurt"));
	assert_false(party_matches(&role, wpi, "", "jacob-geelbuurt"));
	role.area = "wildemanbuurt";
	assert_false(party_matches(&role, haard, "", ""));
	assert_true(party_matches(&anywhere, haard, "", "jacob-geelbuurt"));
	assert_false(party_matches(&nobody, haard, "", ""));
}

static bool
may_withdraw(const struct permission *p, const char *member, struct span code)
{
	struct permission_change change = {.event = PERMISSION_WITHDRAWN,
	    .by_member = member,
	    .withdrawal_code = code};

	return permission_may_change(p, &world, &change);
}

static void
test_a_party_or_the_code_may_end_it(void **state)
{
	struct permission p = world_consent();
	struct span none = {0};
	struct span code = span_str(WORLD_CODE);

	(void)state;
	assert_true(may_withdraw(&p, "buurtteam", none));
	assert_true(may_withdraw(&p, "wpi", none));
	assert_false(may_withdraw(&p, "eigen-haard", none));
	assert_true(may_withdraw(&p, "eigen-haard", code));
	assert_false(may_withdraw(&p, "eigen-haard", span_str("warm-wate")));
	assert_false(may_withdraw(&p, "stranger", code));
	p.to = (struct party){"", "", "corporatie", "jacob-geelbuurt"};
	assert_true(may_withdraw(&p, "eigen-haard", none));
	p.to.area = "wildemanbuurt";
	assert_false(may_withdraw(&p, "eigen-haard", none));
	p.withdrawal_code_hash = none;
	assert_false(may_withdraw(&p, "eigen-haard", none));
}

static void
test_a_code_only_withdraws_and_only_the_capturer_heard_a_yes(void **state)
{
	struct permission p = world_consent();
	struct permission_change change = {.event = PERMISSION_WITHDRAWN,
	    .by_member = "eigen-haard",
	    .withdrawal_code = span_str(WORLD_CODE)};

	(void)state;
	assert_true(permission_may_change(&p, &world, &change));
	change.event = PERMISSION_INVALIDATED;
	assert_false(permission_may_change(&p, &world, &change));
	change.event = PERMISSION_GIVEN;
	change.by_member = "wpi";
	assert_false(permission_may_change(&p, &world, &change));
	change.by_member = p.captured_by;
	assert_true(permission_may_change(&p, &world, &change));
}

typedef void change_fn(struct permission *p);

static void
as_it_is(struct permission *p)
{
	(void)p;
}
static void
kind_unknown(struct permission *p)
{
	p->kind = (enum permission_kind)8;
}
static void
capturer_unknown(struct permission *p)
{
	p->captured_by = "stranger";
}
static void
party_is_nobody(struct permission *p)
{
	p->to.member = "";
}
static void
party_is_both(struct permission *p)
{
	p->to.role = "wpi";
}
static void
party_member_unknown(struct permission *p)
{
	p->to.member = "stranger";
}
static void
party_desk_unknown(struct permission *p)
{
	p->to.desk = "zolder";
}
static void
party_role_unknown(struct permission *p)
{
	p->to = (struct party){"", "", "bakker", ""};
}
static void
party_area_unknown(struct permission *p)
{
	p->to = (struct party){"", "", "wpi", "atlantis"};
}
static void
party_by_role(struct permission *p)
{
	p->to = (struct party){"", "", "wpi", "wildemanbuurt"};
}
static void
captured_by_third(struct permission *p)
{
	p->captured_by = "politie";
}
static void
captured_by_recipient(struct permission *p)
{
	p->captured_by = "wpi";
}
static void
without_type(struct permission *p)
{
	p->type_count = 0;
}
static void
type_unknown(struct permission *p)
{
	p->type_count = 2;
	p->types[1] = "horoscoop";
}
static void
kind_not_for_type(struct permission *p)
{
	p->types[0] = "vocht-schimmel";
	p->kind = KIND_SECRECY_RELEASE;
}
static void
consent_with_instrument(struct permission *p)
{
	p->instrument = "wgs";
}
static void
instrument_of_other_kind(struct permission *p)
{
	p->instrument = "convenant";
}
static void
instrument_of_other_type(struct permission *p)
{
	p->instrument = "wgs-oud";
}
static void
instrument_too_early(struct permission *p)
{
	p->valid_from_ms = 0;
	p->valid_until_ms = DAY_MS;
}
static void
without_category(struct permission *p)
{
	p->categories = 0;
}
static void
more_than_types_carry(struct permission *p)
{
	p->categories |= BIT(ADDICTION);
}
static void
feedback_beyond(struct permission *p)
{
	p->feedback = BIT(STATUS) | BIT(HOUSEHOLD);
}
static void
feedback_within(struct permission *p)
{
	p->feedback = BIT(STATUS) | BIT(FACE) | BIT(FINANCE);
}
static void
bsn_to_a_landlord(struct permission *p)
{
	p->to.member = "eigen-haard";
}
static void
bsn_to_landlords(struct permission *p)
{
	p->to = (struct party){"", "", "corporatie", ""};
}
static void
one_attempt_missing(struct permission *p)
{
	p->attempts.written_reminder = false;
}
static void
term_too_long(struct permission *p)
{
	p->valid_until_ms = p->valid_from_ms + 365 * DAY_MS + 1;
}
static void
term_at_the_cap(struct permission *p)
{
	p->valid_until_ms = p->valid_from_ms + 365 * DAY_MS;
}
static void
term_empty(struct permission *p)
{
	p->valid_until_ms = p->valid_from_ms;
}
static void
term_overflows(struct permission *p)
{
	p->valid_from_ms = INT64_MIN;
	p->valid_until_ms = INT64_MAX;
}
static void
without_code(struct permission *p)
{
	p->withdrawal_code_hash = (struct span){0};
}
static void
without_text(struct permission *p)
{
	p->purpose_text_hash = (struct span){0};
}

static const struct {
	struct permission (*base)(void);
	change_fn *change;
	enum reason reason;
} check_cases[] = {
    {world_consent, as_it_is, REASON_NONE},
    {world_duty, as_it_is, REASON_NONE},
    {world_consent, kind_unknown, REASON_KIND_NOT_ALLOWED},
    {world_consent, capturer_unknown, REASON_NOT_A_MEMBER},
    {world_consent, party_is_nobody, REASON_MALFORMED},
    {world_consent, party_is_both, REASON_MALFORMED},
    {world_consent, party_member_unknown, REASON_NOT_A_MEMBER},
    {world_consent, party_desk_unknown, REASON_NOT_A_MEMBER},
    {world_consent, party_role_unknown, REASON_ROLE_NOT_ALLOWED},
    {world_consent, party_area_unknown, REASON_AREA_NOT_SERVED},
    {world_consent, party_by_role, REASON_NONE},
    {world_consent, captured_by_third, REASON_WRONG_PARTIES},
    {world_consent, captured_by_recipient, REASON_NONE},
    {world_consent, without_type, REASON_UNKNOWN_TYPE},
    {world_consent, type_unknown, REASON_UNKNOWN_TYPE},
    {world_consent, kind_not_for_type, REASON_KIND_NOT_ALLOWED},
    {world_consent, consent_with_instrument, REASON_KIND_NOT_ALLOWED},
    {world_duty, instrument_of_other_kind, REASON_KIND_NOT_ALLOWED},
    {world_duty, instrument_of_other_type, REASON_WRONG_TYPE},
    {world_duty, instrument_too_early, REASON_INSTRUMENT_NOT_IN_FORCE},
    {world_consent, without_category, REASON_CATEGORY_MISSING},
    {world_consent, more_than_types_carry, REASON_CATEGORY_NOT_COVERED},
    {world_consent, feedback_beyond, REASON_CATEGORY_NOT_COVERED},
    {world_consent, feedback_within, REASON_NONE},
    {world_consent, bsn_to_a_landlord, REASON_CATEGORY_NOT_FOR_ROLE},
    {world_consent, bsn_to_landlords, REASON_CATEGORY_NOT_FOR_ROLE},
    {world_duty, one_attempt_missing, REASON_ATTEMPTS_MISSING},
    {world_consent, term_too_long, REASON_MALFORMED},
    {world_consent, term_at_the_cap, REASON_NONE},
    {world_consent, term_empty, REASON_MALFORMED},
    {world_consent, term_overflows, REASON_MALFORMED},
    {world_consent, without_code, REASON_MALFORMED},
    {world_consent, without_text, REASON_MALFORMED},
};

static void
test_a_record_is_refused_for_one_clear_reason(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(check_cases); i++) {
		struct permission p = check_cases[i].base();
		struct why why = {.text = ""};

		check_cases[i].change(&p);
		assert_string_equal(terms_text(TERMS_REASONS,
					permission_check(&world, &p, &why)),
		    terms_text(TERMS_REASONS, check_cases[i].reason));
		assert_int_equal(why.text[0] == '\0',
		    check_cases[i].reason == REASON_NONE);
		assert_int_equal(permission_check(&world, &p, NULL),
		    check_cases[i].reason);
	}
}

static void
test_vital_interest_needs_a_second_pair_of_eyes(void **state)
{
	struct permission p = world_consent();

	(void)state;
	p.kind = KIND_VITAL_INTEREST;
	p.instrument = "vitaal";
	p.types[0] = "acuut";
	p.to.member = "politie";
	p.categories = BIT(CONTACT) | BIT(ADDRESS) | BIT(SAFETY);
	p.valid_until_ms = p.valid_from_ms + 30 * DAY_MS;
	p.break_glass_ground = "fire";
	p.break_glass_by = span_str("sealed");
	p.break_glass_review_due_ms = p.valid_from_ms + 2 * DAY_MS;
	p.break_glass_reviewer = "politie";
	assert_int_equal(permission_check(&world, &p, NULL), REASON_NONE);
	p.break_glass_reviewer = "";
	assert_int_equal(permission_check(&world, &p, NULL), REASON_MALFORMED);
	p.break_glass_reviewer = "politie";
	p.break_glass_review_due_ms = 0;
	assert_int_equal(permission_check(&world, &p, NULL), REASON_MALFORMED);
	p.break_glass_review_due_ms = p.valid_from_ms + 2 * DAY_MS;
	p.valid_until_ms++;
	assert_int_equal(permission_check(&world, &p, NULL), REASON_MALFORMED);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_each_kind_has_one_rule),
	    cmocka_unit_test(test_a_withdrawal_ends_a_consent_and_no_statute),
	    cmocka_unit_test(test_an_objection_ends_only_the_duty),
	    cmocka_unit_test(test_ending_raises_the_epoch_once),
	    cmocka_unit_test(test_an_ended_record_stays_ended),
	    cmocka_unit_test(test_a_request_is_answered_once),
	    cmocka_unit_test(test_an_event_about_another_record_is_invalid),
	    cmocka_unit_test(test_parties_are_a_member_or_a_role_in_an_area),
	    cmocka_unit_test(test_a_party_or_the_code_may_end_it),
	    cmocka_unit_test(
		test_a_code_only_withdraws_and_only_the_capturer_heard_a_yes),
	    cmocka_unit_test(test_a_record_is_refused_for_one_clear_reason),
	    cmocka_unit_test(test_vital_interest_needs_a_second_pair_of_eyes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
