/* SPDX-License-Identifier: EUPL-1.2 */
#include "tests/broker_erase.h"

/*
 * A referral is erased while the end of its permission is still told of: what
 * the end reached goes on counting, and names nothing of it.
 */

/* A referral that was declined, and whose permission was then withdrawn. */
struct story {
	struct permission permission;
	struct letter offer;
};

static struct story
withdrawn(struct scene *s)
{
	struct story story = {
	    .permission = people_consent(&s->people, s->now_ms)};
	struct letter answer;

	capture(s, &story.permission);
	story.offer = letter_offer(&s->people, &story.permission, s->now_ms);
	submit(s, &story.offer);
	take_and_store(s, WPI);
	answer = letter_back(&s->people, &story.offer, EVENT_DECLINE,
	    CODE_NO_CAPACITY);
	submit(s, &answer);
	drain_all(s);
	end_permission(s, &story.permission, PERMISSION_WITHDRAWN, BUURTTEAM);
	drain_all(s);
	return story;
}

static void
erase(struct scene *s, const struct letter *offer)
{
	size_t before = logged(s, AUDIT_ERASED, 0);

	apply(s, COMMAND_ERASE, "", span_id(&offer->header.case_ref));
	assert_int_equal(logged(s, AUDIT_ERASED, 0), before + 1);
	ticks(s, 1);
	ticks(s, 14 * DAY_MS); /* its offer could come again until then */
	drain_all(s);
}

static void
report_of(struct scene *s, const struct story *story, enum reach reach)
{
	struct message_reach said = {story->offer.header.message_id, reach,
	    reach == REACH_RETAINED ? "Archiefwet-3" : ""};
	struct carried report =
	    people_report(&s->people, &story->permission, WPI, s->now_ms);

	if (reach != REACH_NONE) {
		report.messages = &said;
		report.count = 1;
	}
	say_bytes(s, WPI, TO_HUB_CARRIED,
	    carried_sign(&s->people, &report, WPI));
	assert_receipt(s, WPI, AUDIT_CARRIED);
}

static void
assert_nameless(const struct scene *s, const struct story *story)
{
	assert_false(lies_about(s, &story->offer.header.message_id));
	assert_false(lies_about(s, &story->offer.header.case_ref));
	assert_int_equal(rows(s, TABLE_REACH_OF_CASE), 0);
	assert_true(lies_about(s, &story->permission.permission_id));
}

static void
test_the_reach_counts_on_and_names_nothing(void **state)
{
	struct scene *s = *state;
	struct story story = withdrawn(s);
	struct withdrawal_row before, after;

	assert_true(lies_about(s, &story.offer.header.message_id));
	before = row_of(s, &story.permission);
	erase(s, &story.offer);
	assert_nameless(s, &story);
	after = row_of(s, &story.permission);
	assert_memory_equal(after.counts, before.counts, sizeof(after.counts));
	assert_int_equal(after.counts[REACH_READ], 1);
	assert_int_equal(rows(s, TABLE_REACH), 1);
}

/* WPI had not reported when the hub erased; its word still counts. */
static void
test_a_late_report_is_counted_and_brings_no_id_back(void **state)
{
	struct scene *s = *state;
	struct story story = withdrawn(s);
	struct withdrawal_row row;
	uint8_t told[8];
	int64_t since_ms = 0;

	erase(s, &story.offer);
	assert_int_equal(core_erased_since(s->txn, &since_ms), WH_OK);
	be64_put(told, (uint64_t)since_ms);
	apply(s, COMMAND_COMPACTED, "", span_of(told, 8));
	report_of(s, &story, REACH_RETAINED);
	drain_all(s);
	row = row_of(s, &story.permission);
	assert_int_equal(row.counts[REACH_RETAINED], 1);
	assert_int_equal(row.counts[REACH_READ], 0);
	assert_int_equal(row.outstanding, 0);
	assert_int_equal(logged(s, AUDIT_REACH, REACH_RETAINED), 1);
	report_of(s, &story, REACH_ERASED);
	drain_all(s);
	assert_int_equal(row_of(s, &story.permission).counts[REACH_ERASED], 1);
	assert_nameless(s, &story);
	/* The reports themselves named it: the journal goes on elsewhere. */
	assert_int_equal(core_erased_since(s->txn, &since_ms), WH_OK);
	assert_true(since_ms != 0);
}

static void
test_what_a_late_report_does_not_name_is_erased(void **state)
{
	struct scene *s = *state;
	struct story story = withdrawn(s);
	struct withdrawal_row row;

	erase(s, &story.offer);
	report_of(s, &story, REACH_NONE);
	drain_all(s);
	row = row_of(s, &story.permission);
	assert_int_equal(row.counts[REACH_ERASED], 1);
	assert_int_not_equal(row.done_ms, 0);
	assert_nameless(s, &story);
}

/* A party that begins to follow afterwards: the numbers, and no names. */
static void
test_who_follows_later_gets_the_numbers(void **state)
{
	struct scene *s = *state;
	struct story story = withdrawn(s);
	struct withdrawal w;

	erase(s, &story.offer);
	end_permission(s, &story.permission, PERMISSION_WITHDRAWN, WPI);
	assert_receipt(s, WPI, AUDIT_PERMISSION_END);
	w = take_withdrawal(s, WPI);
	assert_true(
	    id_equal(&w.permission_id, &story.permission.permission_id));
	assert_int_equal(w.outstanding, 1);
	assert_int_equal(w.counts[REACH_READ], 1);
	assert_int_equal(w.message_count, 0);
	report_of(s, &story, REACH_ERASED);
	w = take_withdrawal(s, WPI);
	assert_int_equal(w.counts[REACH_ERASED], 1);
	assert_int_equal(w.message_count, 0);
	assert_true(w.report.len > 0); /* the member's own word */
	assert_int_not_equal(w.done_ms, 0);
}

/* Of two referrals one is erased: the other is told of by name. */
static void
test_only_the_erased_one_loses_its_name(void **state)
{
	struct scene *s = *state;
	struct permission permission = people_consent(&s->people, s->now_ms);
	struct letter gone = letter_offer(&s->people, &permission, s->now_ms);
	struct letter kept = letter_offer(&s->people, &permission, s->now_ms);
	struct id place = {{0}};
	struct reach_row row;
	const struct deliver *delivery;

	capture(s, &permission);
	submit(s, &gone);
	submit(s, &kept);
	end_permission(s, &permission, PERMISSION_WITHDRAWN, BUURTTEAM);
	drain_all(s);
	erase(s, &gone);
	assert_false(lies_about(s, &gone.header.message_id));
	assert_int_equal(row_of(s, &permission).counts[REACH_RECALLED], 2);
	assert_int_equal(rows(s, TABLE_REACH_OF_CASE), 1);
	assert_int_equal(reach_message_find(s->txn, &permission.permission_id,
			     &kept.header.message_id, &place, &row),
	    WH_OK);
	assert_true(id_equal(&row.case_ref, &kept.header.case_ref));
	end_permission(s, &permission, PERMISSION_WITHDRAWN, WPI);
	delivery = take(s, WPI);
	assert_int_equal(delivery->withdrawal->message_count, 1);
	assert_true(id_equal(&delivery->withdrawal->messages[0].message_id,
	    &kept.header.message_id));
}

/* As much as one step does, and a part more. */
static void
test_a_long_one_loses_its_names_in_steps(void **state)
{
	enum {
		MANY = 300
	};
	struct scene *s = *state;
	struct permission permission = people_consent(&s->people, s->now_ms);
	struct letter offer = letter_offer(&s->people, &permission, s->now_ms);
	struct letter next;
	uint64_t named = MANY + 1;

	capture(s, &permission);
	submit(s, &offer);
	take_and_store(s, WPI);
	for (int i = 0; i < MANY; i++) {
		next = letter_back(&s->people, &offer,
		    i == 0 ? EVENT_ACCEPT : EVENT_CONTACT_ATTEMPT, CODE_NONE);
		next.categories = BIT(STATUS);
		submit(s, &next);
		drain(s, BUURTTEAM);
	}
	end_permission(s, &permission, PERMISSION_WITHDRAWN, BUURTTEAM);
	drain_all(s);
	assert_int_equal(rows(s, TABLE_REACH_OF_CASE), MANY + 1);
	apply(s, COMMAND_ERASE, "", span_id(&offer.header.case_ref));
	for (int i = 0; i < 20 && named == MANY + 1; i++) {
		tick(s, 1);
		named = rows(s, TABLE_REACH_OF_CASE);
	}
	assert_int_equal(named, MANY + 1 - 256);
	assert_int_equal(rows(s, TABLE_REACH), MANY + 1);
	assert_int_equal(rows(s, TABLE_CASE), 1);
	ticks(s, 1);
	assert_int_equal(rows(s, TABLE_REACH_OF_CASE), 0);
	assert_int_equal(rows(s, TABLE_REACH), MANY + 1);
	assert_int_equal(rows(s, TABLE_CASE), 0);
	assert_false(lies_about(s, &next.header.message_id));
	assert_false(lies_about(s, &offer.header.message_id));
}

/* WPI has carried it through, and its acknowledgement comes late. */
static void
test_an_event_that_is_taken_late_names_no_case(void **state)
{
	struct scene *s = *state;
	struct permission permission = people_consent(&s->people, s->now_ms);
	struct story story = {.permission = permission};
	const struct deliver *delivery;
	uint64_t number;

	story.offer = letter_offer(&s->people, &permission, s->now_ms);
	capture(s, &permission);
	submit(s, &story.offer);
	take_and_store(s, WPI);
	end_permission(s, &permission, PERMISSION_WITHDRAWN, BUURTTEAM);
	delivery = take(s, WPI);
	assert_int_equal(delivery->kind, DELIVER_PERMISSION_EVENT);
	number = delivery->delivery;
	drain(s, WPI); /* the notice */
	report_of(s, &story, REACH_ERASED);
	drain(s, BUURTTEAM);
	erase(s, &story.offer);
	ack(s, WPI, number, REASON_NONE);
	assert_nameless(s, &story);
	assert_int_equal(waiting(s, WPI), 0);
}

/* By law, with no record in the referral: its objection is waited for too. */
static void
test_a_referral_by_law_waits_for_the_objection(void **state)
{
	struct scene *s = *state;
	struct id relation = people_id(&s->people);
	struct permission duty = people_duty(&s->people, relation, s->now_ms);
	struct letter signal = letter_duty(&s->people, relation, s->now_ms);
	struct carried report;

	submit(s, &signal);
	assert_receipt(s, EIGEN_HAARD, AUDIT_ACCEPTED);
	drain_all(s);
	capture(s, &duty);
	end_permission(s, &duty, PERMISSION_OBJECTED, EIGEN_HAARD);
	drain_all(s);
	ticks(s, (TERM_DAYS + 30) * DAY_MS);
	drain_all(s);
	assert_int_equal(state_of(s, &signal), STATE_WITHDRAWN);
	report = people_report(&s->people, &duty, WPI, s->now_ms);
	say_bytes(s, WPI, TO_HUB_CARRIED,
	    carried_sign(&s->people, &report, WPI));
	assert_receipt(s, WPI, AUDIT_CARRIED);
	drain_all(s);
	ticks(s, DAY_MS);
	assert_int_equal(rows(s, TABLE_CASE), 0);
	assert_int_equal(rows(s, TABLE_REACH_OF_CASE), 0);
	assert_int_equal(row_of(s, &duty).counts[REACH_ERASED], 1);
	assert_false(lies_about(s, &signal.header.message_id));
	assert_false(lies_about(s, &signal.header.case_ref));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    SCENE(test_the_reach_counts_on_and_names_nothing),
	    SCENE(test_a_late_report_is_counted_and_brings_no_id_back),
	    SCENE(test_what_a_late_report_does_not_name_is_erased),
	    SCENE(test_who_follows_later_gets_the_numbers),
	    SCENE(test_only_the_erased_one_loses_its_name),
	    SCENE(test_a_long_one_loses_its_names_in_steps),
	    SCENE(test_an_event_that_is_taken_late_names_no_case),
	    SCENE(test_a_referral_by_law_waits_for_the_objection),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
