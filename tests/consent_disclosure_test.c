/* SPDX-License-Identifier: EUPL-1.2 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "consent/disclosure.h"
#include "proto/base/clk.h"
#include "tests/consent_world.h"

/* The small covenant, with one activity of each kind. */
static struct reg_activity activities[] = {
    {.id = "hulp",
	.uri = "https://example.org/avg/geldzorgen",
	.notice = DISCLOSURE_IMMEDIATE,
	.article = ""},
    {.id = "melding",
	.uri = "https://example.org/avg/melding",
	.notice = DISCLOSURE_DELAYED,
	.delay_working_days = 2,
	.review_working_days = 1,
	.article = ""},
    {.id = "opsporing",
	.uri = "https://example.org/avg/opsporing",
	.notice = DISCLOSURE_WITHHELD,
	.article = "Wpg art. 27"},
};

struct scene {
	struct reg_type types[COUNT(world_types)];
	struct wh_register reg;
};

static void
set_activity(struct scene *s, const char *type, const char *activity)
{
	for (size_t i = 0; i < COUNT(s->types); i++)
		if (strcmp(s->types[i].id, type) == 0)
			s->types[i].activity = activity;
}

static struct scene *
scene(void)
{
	static struct scene s;

	memcpy(s.types, world_types, sizeof(s.types));
	s.reg = world;
	s.reg.types = s.types;
	s.reg.activity_count = COUNT(activities);
	s.reg.activities = activities;
	set_activity(&s, "geldzorgen", "hulp");
	return &s;
}

static int64_t
moment(const char *text)
{
	int64_t at_ms = -1;

	assert_int_equal(clk_parse(text, &at_ms), WH_OK);
	return at_ms;
}

static void
test_the_activity_of_the_type_says_when_it_may_be_seen(void **state)
{
	struct scene *s = scene();
	int64_t friday = moment("2026-11-20T14:00:00Z");
	int64_t tuesday = moment("2026-11-24T23:00:00Z");
	struct disclosure_view v;

	(void)state;
	v = disclosure_at(&s->reg, "geldzorgen", NULL, friday, friday);
	assert_true(v.visible);
	assert_int_equal(v.kind, DISCLOSURE_IMMEDIATE);
	assert_int_equal(v.from_ms, 0);

	set_activity(s, "zorgmelding", "melding");
	v = disclosure_at(&s->reg, "zorgmelding", NULL, friday, tuesday - 1);
	assert_false(v.visible);
	assert_int_equal(v.kind, DISCLOSURE_DELAYED);
	assert_int_equal(v.from_ms, tuesday);
	assert_int_equal(v.review_ms, moment("2026-11-23T23:00:00Z"));
	v = disclosure_at(&s->reg, "zorgmelding", NULL, friday, tuesday);
	assert_true(v.visible);

	set_activity(s, "zorgmelding", "opsporing");
	v = disclosure_at(&s->reg, "zorgmelding", NULL, friday,
	    friday + 4000 * DAY_MS);
	assert_false(v.visible);
	assert_int_equal(v.kind, DISCLOSURE_WITHHELD);
	assert_string_equal(v.article, "Wpg art. 27");
	assert_int_equal(v.from_ms, 0);
}

static void
test_a_delayed_type_without_activity_has_a_default(void **state)
{
	struct scene *s = scene();
	int64_t at = moment("2026-11-02T10:00:00Z");
	struct disclosure_view v;

	(void)state;
	v = disclosure_at(&s->reg, "acuut", NULL, at, at);
	assert_true(v.visible);
	for (size_t i = 0; i < COUNT(s->types); i++)
		s->types[i].delayed_notice = true;
	v = disclosure_at(&s->reg, "acuut", NULL, at, at);
	assert_false(v.visible);
	assert_int_equal(v.from_ms, moment("2026-11-30T23:00:00Z"));
	assert_int_equal(v.review_ms, moment("2026-11-16T23:00:00Z"));
	assert_string_equal(disclosure_activity(&s->reg, &s->types[0]).id,
	    "hulp");
	assert_string_equal(disclosure_activity(&s->reg, &s->types[5]).uri,
	    DISCLOSURE_UNNAMED);
}

/* The covenant changed after the record was captured. */
static void
test_a_record_keeps_the_rule_it_was_captured_under(void **state)
{
	struct scene *s = scene();
	struct permission p = world_consent();
	struct disclosure_view v;

	(void)state;
	p.disclosure = DISCLOSURE_WITHHELD;
	p.disclosure_article = "AVG art. 23";
	v = disclosure_at(&s->reg, "geldzorgen", &p, NOW_MS, NOW_MS);
	assert_false(v.visible);
	assert_string_equal(v.article, "AVG art. 23");

	p.disclosure = DISCLOSURE_DELAYED;
	p.disclosure_until_ms = NOW_MS + 5;
	p.disclosure_review_ms = NOW_MS + 2;
	v = disclosure_at(&s->reg, "geldzorgen", &p, NOW_MS, NOW_MS + 4);
	assert_false(v.visible);
	assert_int_equal(v.from_ms, NOW_MS + 5);
	assert_int_equal(v.review_ms, NOW_MS + 2);
	v = disclosure_at(&s->reg, "gone", &p, NOW_MS, NOW_MS + 5);
	assert_true(v.visible);

	/* The same rule: counted from what happened, not from the capture. */
	set_activity(s, "geldzorgen", "melding");
	v = disclosure_at(&s->reg, "geldzorgen", &p, NOW_MS + 50 * DAY_MS,
	    NOW_MS + 50 * DAY_MS);
	assert_false(v.visible);
	assert_true(v.from_ms > NOW_MS + 51 * DAY_MS);
	v = disclosure_at(&s->reg, "gone", NULL, NOW_MS, NOW_MS);
	assert_true(v.visible);
}

static void
test_a_record_is_filled_in_from_the_activity_and_then_fits(void **state)
{
	static const char *const names[] = {"hulp", "melding", "opsporing"};
	struct scene *s = scene();
	struct why why = {""};

	(void)state;
	for (size_t i = 0; i < COUNT(names); i++) {
		struct permission p = world_consent();

		set_activity(s, "geldzorgen", names[i]);
		disclosure_fill(&s->reg, &p);
		assert_string_equal(p.activity, activities[i].uri);
		assert_int_equal(p.disclosure, activities[i].notice);
		assert_string_equal(p.disclosure_article,
		    activities[i].article);
		assert_int_equal(p.disclosure_until_ms > p.valid_from_ms,
		    names[i][0] == 'm');
		assert_true(disclosure_fits(&s->reg, &p, &why));
		assert_int_equal(permission_check(&s->reg, &p, &why),
		    REASON_NONE);
	}
}

/* Each difference on its own, and its word in the answer. */
static void
test_a_record_that_says_otherwise_is_refused(void **state)
{
	struct scene *s = scene();
	struct permission good[3];
	struct permission bad[6];
	static const char *const activity[6] = {"melding", "hulp", "melding",
	    "melding", "opsporing", "hulp"};
	static const char *const words[6] = {"must be DELAYED",
	    "must be IMMEDIATE", "the delay", "the review", "the article",
	    "none of its types is https://example.org/other"};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		good[i] = world_consent();
		set_activity(s, "geldzorgen", activities[i].id);
		disclosure_fill(&s->reg, &good[i]);
	}
	bad[0] = good[0];
	bad[1] = good[1];
	bad[2] = good[1];
	bad[2].disclosure_until_ms++;
	bad[3] = good[1];
	bad[3].disclosure_review_ms++;
	bad[4] = good[2];
	bad[4].disclosure_article = "zomaar";
	bad[5] = good[0];
	bad[5].activity = "https://example.org/other";
	for (size_t i = 0; i < COUNT(bad); i++) {
		struct why why = {""};

		set_activity(s, "geldzorgen", activity[i]);
		assert_int_equal(permission_check(&s->reg, &bad[i], &why),
		    REASON_DISCLOSURE_DIFFERS);
		assert_non_null(strstr(why.text, words[i]));
	}
}

/* Two types of one record: what the resident hears must not depend on which. */
static void
test_types_of_one_record_have_one_notice(void **state)
{
	struct scene *s = scene();
	struct permission p = world_consent();
	struct why why = {""};

	(void)state;
	p.type_count = 2;
	p.types[1] = "vocht-schimmel";
	assert_true(disclosure_fits(&s->reg, &p, &why));
	set_activity(s, "vocht-schimmel", "melding");
	assert_false(disclosure_fits(&s->reg, &p, &why));
	assert_non_null(strstr(why.text, "vocht-schimmel"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(
		test_the_activity_of_the_type_says_when_it_may_be_seen),
	    cmocka_unit_test(
		test_a_delayed_type_without_activity_has_a_default),
	    cmocka_unit_test(
		test_a_record_keeps_the_rule_it_was_captured_under),
	    cmocka_unit_test(
		test_a_record_is_filled_in_from_the_activity_and_then_fits),
	    cmocka_unit_test(test_a_record_that_says_otherwise_is_refused),
	    cmocka_unit_test(test_types_of_one_record_have_one_notice),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
