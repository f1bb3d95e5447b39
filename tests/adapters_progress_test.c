/* SPDX-License-Identifier: EUPL-1.2 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "adapters/json.h"
#include "adapters/progress.h"

/*
 * What a member says of a message that the hub does not list any more, since it
 * erased the referral: its word counts as ever. And what was told stays.
 */

static const struct id first = {{1}}, second = {{2}};

/* Both were told to be at WPI, read. */
static json_t *
listed(void)
{
	static const struct reached reached[] = {{.message_id = {{1}},
						     .to = "wpi",
						     .reach = REACH_READ},
	    {.message_id = {{2}}, .to = "wpi", .reach = REACH_READ}};
	const struct withdrawal w = {.permission_id = {{9}},
	    .recorded_ms = 1000,
	    .outstanding = 1,
	    .counts[REACH_READ] = 2,
	    .message_count = 2,
	    .messages = reached};
	json_t *progress = progress_new(1000);

	progress_take(progress, &w, NULL);
	return progress;
}

/* WPI's report comes along, and no list. */
static void
pass_on(json_t *progress, const struct id *message_id, enum reach reach,
    const char *article, bool more)
{
	const struct message_reach said = {*message_id, reach, article};
	const struct carried report = {.by_member = "wpi",
	    .more = more,
	    .count = 1,
	    .messages = &said};
	const struct withdrawal w = {.permission_id = {{9}},
	    .recorded_ms = 1000,
	    .done_ms = more ? 0 : 2000,
	    .outstanding = more};

	progress_take(progress, &w, &report);
}

static void
assert_reach(const json_t *progress, size_t n, const char *reach,
    const char *article)
{
	const json_t *item =
	    json_array_get(json_object_get(progress, "bereik"), n);

	assert_string_equal(json_text(item, "bereik"), reach);
	assert_string_equal(json_text(item, "artikel"), article);
}

static void
test_a_word_on_what_is_not_listed_counts(void **state)
{
	json_t *progress = listed();

	(void)state;
	pass_on(progress, &first, REACH_RETAINED, "Archiefwet-3", true);
	assert_reach(progress, 0, "RETAINED_WITH_GROUND", "Archiefwet-3");
	assert_reach(progress, 1, "READ_RECIPIENT_NOTIFIED", "");
	pass_on(progress, &second, REACH_ERASED, "", false);
	assert_reach(progress, 0, "RETAINED_WITH_GROUND", "Archiefwet-3");
	assert_reach(progress, 1, "ERASURE_CONFIRMED", "");
	assert_true(progress_done(progress));
	pass_on(progress, &first, REACH_ERASED, "", false);
	assert_reach(progress, 0, "ERASURE_CONFIRMED", "");
	json_decref(progress);
}

/* By its own word it does not have what it does not name. */
static void
test_what_a_whole_report_does_not_name_counts_as_erased(void **state)
{
	json_t *progress = listed();

	(void)state;
	pass_on(progress, &first, REACH_READ, "", false);
	assert_reach(progress, 0, "READ_RECIPIENT_NOTIFIED", "");
	assert_reach(progress, 1, "ERASURE_CONFIRMED", "");
	json_decref(progress);
}

static void
test_an_erasure_is_for_good(void **state)
{
	json_t *progress = listed();

	(void)state;
	pass_on(progress, &first, REACH_ERASED, "", true);
	pass_on(progress, &first, REACH_RETAINED, "Archiefwet-3", true);
	assert_reach(progress, 0, "ERASURE_CONFIRMED", "");
	json_decref(progress);
}

/* It counts anew, and knows less of what it reached. */
static void
restored_hub_says(json_t *progress, enum reach reach, int64_t done_ms)
{
	const struct reached reached = {.message_id = first,
	    .to = "wpi",
	    .reach = reach};
	struct withdrawal w = {.permission_id = {{9}},
	    .recorded_ms = 5000,
	    .recorded_index = 70,
	    .done_ms = done_ms,
	    .done_index = 80,
	    .outstanding = done_ms == 0,
	    .overdue = done_ms == 0,
	    .message_count = 1,
	    .messages = &reached};

	w.counts[reach] = 1;
	progress_take(progress, &w, NULL);
}

static void
test_a_restored_hub_takes_back_nothing_that_was_told(void **state)
{
	json_t *progress = listed(), *before;

	(void)state;
	pass_on(progress, &first, REACH_ERASED, "", false);
	assert_true(progress_done(progress));
	before = json_deep_copy(progress);
	restored_hub_says(progress, REACH_DELIVERED_UNREAD, 0);
	restored_hub_says(progress, REACH_RECALLED, 0);
	restored_hub_says(progress, REACH_RECALLED, 9000);
	assert_true(json_equal(before, progress));
	json_decref(before);
	json_decref(progress);
}

/* The hub counts nobody as outstanding; whose word is missing, and why? */
static json_t *
done_without(const char *departed)
{
	const char *const names[] = {departed};
	const struct withdrawal w = {.permission_id = {{9}},
	    .recorded_ms = 1000,
	    .done_ms = 2000,
	    .departed = departed != NULL,
	    .departed_count = departed != NULL,
	    .departed_members = names};
	json_t *progress = listed();

	progress_take(progress, &w, NULL);
	return progress;
}

static void
test_who_left_is_named_and_nothing_is_claimed_of_it(void **state)
{
	json_t *progress = done_without("wpi"), *merged;

	(void)state;
	assert_true(progress_done(progress));
	assert_reach(progress, 0, "READ_RECIPIENT_NOTIFIED", "");
	merged = progress_merge(&progress, 1);
	assert_int_equal(json_integer_value(
			     json_object_get(merged, "aantalVertrokken")),
	    1);
	assert_string_equal(json_string_value(
				json_array_get(json_object_get(merged,
						   "vertrokken"),
				    0)),
	    "wpi");
	json_decref(merged);
	json_decref(progress);
}

static void
test_it_is_not_done_without_a_word_of_who_is_here(void **state)
{
	json_t *nobody = done_without(NULL), *other = done_without("politie");

	(void)state;
	assert_false(progress_done(nobody));
	assert_false(progress_done(other));
	json_decref(nobody);
	json_decref(other);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_a_word_on_what_is_not_listed_counts),
	    cmocka_unit_test(
		test_what_a_whole_report_does_not_name_counts_as_erased),
	    cmocka_unit_test(test_an_erasure_is_for_good),
	    cmocka_unit_test(
		test_a_restored_hub_takes_back_nothing_that_was_told),
	    cmocka_unit_test(
		test_who_left_is_named_and_nothing_is_claimed_of_it),
	    cmocka_unit_test(test_it_is_not_done_without_a_word_of_who_is_here),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
