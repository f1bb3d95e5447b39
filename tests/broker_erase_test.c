/* SPDX-License-Identifier: EUPL-1.2 */
#include "tests/broker_erase.h"

/* What is over is erased: after its term, or on request. */

struct ended {
	struct permission permission;
	struct letter offer;
	struct letter answer;
};

/* A referral that was declined, and everybody heard so. */
static struct ended
ended(struct scene *s)
{
	struct ended e = {.permission = people_consent(&s->people, s->now_ms)};

	capture(s, &e.permission);
	e.offer = letter_offer(&s->people, &e.permission, s->now_ms);
	submit(s, &e.offer);
	assert_receipt(s, BUURTTEAM, AUDIT_ACCEPTED);
	take_and_store(s, WPI);
	e.answer =
	    letter_back(&s->people, &e.offer, EVENT_DECLINE, CODE_NO_CAPACITY);
	submit(s, &e.answer);
	assert_receipt(s, WPI, AUDIT_ACCEPTED);
	drain_all(s);
	return e;
}

static enum audit_erase_state
state_in_log(const struct scene *s, const struct id *subject)
{
	enum audit_erase_state state = AUDIT_ERASE_NEW;

	assert_int_equal(audit_erase_state(s->txn, subject, &state), WH_OK);
	return state;
}

static void
test_an_ended_referral_is_erased_after_its_term(void **state)
{
	static const unsigned emptied[] = {TABLE_CASE, TABLE_MESSAGE,
	    TABLE_CASE_MESSAGE, TABLE_CASE_BY_GROUND};
	struct scene *s = *state;
	struct ended e = ended(s);
	uint64_t leaves = rows(s, TABLE_LOG_LEAF);

	ticks(s, TERM_DAYS * DAY_MS - 1000);
	assert_int_equal(rows(s, TABLE_LOG_LEAF), leaves);
	assert_true(lies_about(s, &e.offer.header.message_id));
	assert_true(lies_about(s, &e.offer.header.case_ref));
	ticks(s, 1000);
	for (size_t i = 0; i < sizeof(emptied) / sizeof(emptied[0]); i++)
		assert_int_equal(rows(s, emptied[i]), 0);
	assert_int_equal(logged(s, AUDIT_ERASED, 0), 1);
	assert_int_equal(rows(s, TABLE_LOG_LEAF), leaves + 1);
	assert_false(lies_about(s, &e.offer.header.message_id));
	assert_false(lies_about(s, &e.answer.header.message_id));
	assert_false(lies_about(s, &e.offer.header.case_ref));
	assert_int_equal(state_in_log(s, &e.offer.header.case_ref),
	    AUDIT_ERASE_NEW);
}

static void
test_a_running_referral_stays(void **state)
{
	struct scene *s = *state;
	struct permission permission = people_consent(&s->people, s->now_ms);
	struct letter offer = letter_offer(&s->people, &permission, s->now_ms);

	capture(s, &permission);
	submit(s, &offer);
	take_and_store(s, WPI);
	drain_all(s);
	for (int i = 0; i < 5; i++)
		ticks(s, TERM_DAYS * DAY_MS);
	assert_int_equal(state_of(s, &offer), STATE_DELIVERED);
	assert_int_equal(logged(s, AUDIT_ERASED, 0), 0);
	assert_true(lies_about(s, &permission.permission_id));
}

/* The key that their details were sealed under is gone. */
static void
assert_no_details(const struct scene *s, enum audit_kind kind)
{
	uint64_t size = audit_size(core_audit(s->core)), found = 0;
	struct audit_detail detail;

	for (uint64_t i = 0; i < size; i++) {
		if (leaf_at(s, i).kind != kind)
			continue;
		found++;
		assert_int_equal(audit_detail_get(s->txn, i, &detail),
		    WH_NOT_FOUND);
	}
	assert_true(found > 0);
}

/* What operators see of withdrawals goes along with their rows. */
static void
assert_sums(const struct scene *s, uint64_t open, uint64_t overdue)
{
	struct reach_sums sums;

	assert_int_equal(reach_sums_get(s->txn, &sums), WH_OK);
	assert_int_equal(sums.open, open);
	assert_int_equal(sums.overdue, overdue);
}

static void
test_a_permission_goes_when_nothing_rests_on_it(void **state)
{
	static const unsigned emptied[] = {TABLE_PERMISSION, TABLE_CHANGE,
	    TABLE_BY_CODE, TABLE_CLOCK, TABLE_SHELL, TABLE_WITHDRAWAL,
	    TABLE_CARRIER, TABLE_WATCHER, TABLE_REACH, TABLE_REACH_OF_CASE,
	    TABLE_RECEIPT};
	struct scene *s = *state;
	struct ended e = ended(s);
	struct carried report;

	end_permission(s, &e.permission, PERMISSION_WITHDRAWN, BUURTTEAM);
	drain_all(s);
	ticks(s, TERM_DAYS * DAY_MS);
	assert_true(lies_about(s, &e.permission.permission_id));
	ticks(s, 100 * DAY_MS); /* its own end, and the term after it */
	assert_int_equal(rows(s, TABLE_PERMISSION), 1); /* WPI must report */
	assert_sums(s, 1, 1);
	report = people_report(&s->people, &e.permission, WPI, s->now_ms);
	say_bytes(s, WPI, TO_HUB_CARRIED,
	    carried_sign(&s->people, &report, WPI));
	assert_receipt(s, WPI, AUDIT_CARRIED);
	drain_all(s);
	ticks(s,
	    DAY_MS); /* now the referral goes, and then what it rested on */
	assert_int_equal(rows(s, TABLE_CASE), 0);
	ticks(s, TERM_DAYS * DAY_MS);
	for (size_t i = 0; i < sizeof(emptied) / sizeof(emptied[0]); i++)
		assert_int_equal(rows(s, emptied[i]), 0);
	assert_sums(s, 0, 0);
	assert_int_equal(logged(s, AUDIT_ERASED, 0), 2);
	assert_false(lies_about(s, &e.permission.permission_id));
	assert_false(lies_about(s, &e.permission.relation_ref));
	assert_no_details(s, AUDIT_CARRIED);
	assert_no_details(s, AUDIT_DELIVERED);
	assert_int_equal(rows(s, TABLE_LOG_KEY), 1); /* the hub's own */
}

/* The last entry of this kind. */
static uint64_t
last_of(const struct scene *s, enum audit_kind kind)
{
	uint64_t index = audit_size(core_audit(s->core));

	while (index-- > 0)
		if (leaf_at(s, index).kind == kind)
			return index;
	fail_msg("no entry of kind %d", (int)kind);
	return 0;
}

/* All are told: who holds details of it knows by its id that it is meant. */
static void
test_that_a_permission_is_erased_reaches_whoever_knows_its_id(void **state)
{
	struct scene *s = *state;
	struct permission permission = people_consent(&s->people, s->now_ms);
	struct id stands_for = audit_erased_subject(&permission.permission_id);
	char expected[64] = "subject=", text[ID_TEXT_SIZE];
	struct audit_detail detail;
	struct audit_leaf leaf;
	uint64_t index;

	capture(s, &permission);
	ticks(s, 2 * TERM_DAYS * DAY_MS);
	assert_int_equal(rows(s, TABLE_PERMISSION), 0);
	index = last_of(s, AUDIT_ERASED);
	leaf = leaf_at(s, index);
	assert_string_equal(leaf.from, "");
	assert_string_equal(leaf.to, "");
	assert_true(id_is_zero(&leaf.case_ref));
	id_text(&stands_for, text);
	strcat(strcat(expected, text), "\n");
	assert_int_equal(audit_detail_get(s->txn, index, &detail), WH_OK);
	assert_int_equal(detail.len, strlen(expected));
	assert_memory_equal(detail.bytes, expected, detail.len);
}

/* Refused when it was meant for another, then accepted. */
static void
test_that_a_case_is_erased_reaches_its_two_members(void **state)
{
	struct scene *s = *state;
	struct permission permission = people_consent(&s->people, s->now_ms);
	struct letter offer = letter_offer(&s->people, &permission, s->now_ms);
	struct letter wrong = offer;
	struct audit_leaf leaf;

	capture(s, &permission);
	wrong.header.to_member = "politie";
	wrong.header.to_desk = "wijkteam";
	submit(s, &wrong);
	assert_non_null(sent(s, BUURTTEAM, FROM_HUB_REFUSAL, 0));
	submit(s, &offer);
	assert_receipt(s, BUURTTEAM, AUDIT_ACCEPTED);
	ticks(s, 14 * DAY_MS); /* nobody took it in time */
	drain_all(s);
	apply(s, COMMAND_ERASE, "", span_id(&offer.header.case_ref));
	leaf = leaf_at(s, last_of(s, AUDIT_ERASED));
	assert_true(id_equal(&leaf.case_ref, &offer.header.case_ref));
	assert_string_equal(leaf.from, "buurtteam");
	assert_string_equal(leaf.to, "wpi");
}

/* Members find by it what they must forget: adapters/mirror.h. */
static void
test_what_is_told_of_a_permission_says_of_which(void **state)
{
	struct scene *s = *state;
	struct permission permission = people_consent(&s->people, s->now_ms);
	struct carried report =
	    people_report(&s->people, &permission, BUURTTEAM, s->now_ms);
	struct audit_detail detail;
	uint64_t index = 0;
	size_t found = 0;

	capture(s, &permission);
	end_permission(s, &permission, PERMISSION_WITHDRAWN, WPI);
	drain_all(s);
	say_bytes(s, BUURTTEAM, TO_HUB_CARRIED,
	    carried_sign(&s->people, &report, BUURTTEAM));
	end_permission(s, &permission, PERMISSION_GIVEN, WPI);
	assert_refused(s, WPI, REASON_WRONG_PARTIES);
	while (audit_case_next(s->txn, &permission.permission_id, index,
		   &index) == WH_OK) {
		assert_int_equal(audit_detail_get(s->txn, index++, &detail),
		    WH_OK);
		if (detail.len == 0)
			continue; /* carried through at all: names nobody */
		assert_non_null(
		    memmem(detail.bytes, detail.len, "permission=", 11));
		found++;
	}
	assert_int_equal(found, 5);
}

/* WPI took the event, reported, and never acknowledged: its row stays. */
static void
test_an_event_that_still_waits_goes_with_its_permission(void **state)
{
	struct scene *s = *state;
	struct ended e = ended(s);
	struct carried report;

	end_permission(s, &e.permission, PERMISSION_WITHDRAWN, BUURTTEAM);
	assert_int_equal(take(s, WPI)->kind, DELIVER_PERMISSION_EVENT);
	report = people_report(&s->people, &e.permission, WPI, s->now_ms);
	say_bytes(s, WPI, TO_HUB_CARRIED,
	    carried_sign(&s->people, &report, WPI));
	assert_receipt(s, WPI, AUDIT_CARRIED);
	drain(s, BUURTTEAM);
	ticks(s, TERM_DAYS * DAY_MS);
	ticks(s, 2 * TERM_DAYS * DAY_MS);
	assert_int_equal(rows(s, TABLE_PERMISSION), 0);
	assert_int_equal(waiting(s, WPI), 1);
	hello(s, WPI);
	assert_null(take(s, WPI));
	assert_int_equal(waiting(s, WPI), 0);
}

static void
test_an_objection_stays_on_file(void **state)
{
	struct scene *s = *state;
	struct permission duty =
	    people_duty(&s->people, people_id(&s->people), s->now_ms);

	capture(s, &duty);
	end_permission(s, &duty, PERMISSION_OBJECTED, who_is(duty.captured_by));
	drain_all(s);
	for (int i = 0; i < 4; i++)
		ticks(s, TERM_DAYS * DAY_MS);
	assert_int_equal(logged(s, AUDIT_ERASED, 0), 0);
	assert_int_equal(rows(s, TABLE_PERMISSION), 1);
}

static void
test_what_was_refused_is_erased_too(void **state)
{
	struct scene *s = *state;
	struct permission permission = people_consent(&s->people, s->now_ms);
	struct letter offer = letter_offer(&s->people, &permission, s->now_ms);

	submit(s, &offer);
	assert_refused(s, BUURTTEAM, REASON_NO_PERMISSION);
	assert_int_equal(state_in_log(s, &offer.header.case_ref),
	    AUDIT_ERASE_OPEN);
	ticks(s, TERM_DAYS * DAY_MS);
	assert_int_equal(logged(s, AUDIT_ERASED, 0), 1);
	assert_int_equal(state_in_log(s, &offer.header.case_ref),
	    AUDIT_ERASE_NEW);
	assert_int_equal(rows(s, TABLE_CLOCK), 0);
}

static void
test_what_waits_for_a_member_waits_until_it_has_expired(void **state)
{
	struct scene *s = *state;
	struct permission permission = people_consent(&s->people, s->now_ms);
	struct letter offer = letter_offer(&s->people, &permission, s->now_ms);
	struct letter answer;

	capture(s, &permission);
	submit(s, &offer);
	take_and_store(s, WPI);
	answer =
	    letter_back(&s->people, &offer, EVENT_DECLINE, CODE_NO_CAPACITY);
	submit(s, &answer); /* the buurtteam never comes for it */
	drain(s, WPI);
	ticks(s, TERM_DAYS * DAY_MS);
	assert_int_equal(logged(s, AUDIT_ERASED, 0), 0);
	for (int i = 0; i < 91; i++)
		ticks(s, DAY_MS);
	assert_int_equal(logged(s, AUDIT_ERASED, 0), 1);
	assert_int_equal(rows(s, TABLE_MESSAGE), 0);
}

static void
erase(struct scene *s, const struct id *case_ref)
{
	apply(s, COMMAND_ERASE, "", span_id(case_ref));
}

static void
test_on_request_it_goes_at_once_and_does_not_come_back(void **state)
{
	struct scene *s = *state;
	struct ended e = ended(s);
	struct letter late =
	    letter_back(&s->people, &e.offer, EVENT_START, CODE_NONE);
	int64_t since_ms = 1;

	assert_int_equal(core_erased_since(s->txn, &since_ms), WH_OK);
	assert_int_equal(since_ms, 0);
	assert_int_equal(core_erasable(s->txn, &e.offer.header.case_ref, NULL),
	    WH_OK);
	erase(s, &e.offer.header.case_ref);
	assert_int_equal(logged(s, AUDIT_ERASED, 0), 1);
	assert_int_equal(state_in_log(s, &e.offer.header.case_ref),
	    AUDIT_ERASE_DONE);
	ticks(s, 1);
	assert_int_equal(rows(s, TABLE_CASE), 0);
	assert_int_equal(core_erased_since(s->txn, &since_ms), WH_OK);
	assert_true(since_ms != 0);
	submit(s, &e.offer); /* the very same bytes */
	assert_refused(s, BUURTTEAM, REASON_STATE_FORBIDS);
	submit(s, &late);
	assert_refused(s, WPI, REASON_STATE_FORBIDS);
	assert_false(lies_about(s, &e.offer.header.message_id));
	ticks(s, 14 * DAY_MS); /* now it has expired by itself */
	assert_int_equal(state_in_log(s, &e.offer.header.case_ref),
	    AUDIT_ERASE_NEW);
	submit(s, &e.offer);
	assert_refused(s, BUURTTEAM, REASON_EXPIRED_MESSAGE);
}

static void
test_a_referral_that_runs_is_not_erased_on_request(void **state)
{
	struct scene *s = *state;
	struct permission permission = people_consent(&s->people, s->now_ms);
	struct letter offer = letter_offer(&s->people, &permission, s->now_ms);
	struct letter answer;
	struct why why = {""};

	assert_int_equal(core_erasable(s->txn, &offer.header.case_ref, &why),
	    WH_NOT_FOUND);
	capture(s, &permission);
	submit(s, &offer);
	assert_int_equal(core_erasable(s->txn, &offer.header.case_ref, &why),
	    WH_REFUSED);
	erase(s, &offer.header.case_ref);
	assert_int_equal(state_of(s, &offer), STATE_QUEUED);
	take_and_store(s, WPI);
	answer =
	    letter_back(&s->people, &offer, EVENT_DECLINE, CODE_NO_CAPACITY);
	submit(s, &answer);
	assert_int_equal(core_erasable(s->txn, &offer.header.case_ref, &why),
	    WH_REFUSED);
	assert_non_null(strstr(why.text, "buurtteam"));
	drain_all(s);
	assert_int_equal(core_erasable(s->txn, &offer.header.case_ref, &why),
	    WH_OK);
	assert_int_equal(logged(s, AUDIT_ERASED, 0), 0);
}

static void
test_a_long_one_goes_in_steps(void **state)
{
	struct scene *s = *state;
	struct permission permission = people_consent(&s->people, s->now_ms);
	struct letter offer = letter_offer(&s->people, &permission, s->now_ms);
	struct letter next;

	capture(s, &permission);
	submit(s, &offer);
	take_and_store(s, WPI);
	for (int i = 0; i < 600; i++) {
		next = letter_back(&s->people, &offer, EVENT_CONTACT_ATTEMPT,
		    CODE_NONE);
		if (i == 0)
			next.header.event = EVENT_ACCEPT;
		submit(s, &next);
		drain(s, BUURTTEAM);
	}
	next = letter_back(&s->people, &offer, EVENT_DECLINE, CODE_NO_CAPACITY);
	submit(s, &next);
	assert_receipt(s, WPI, AUDIT_ACCEPTED);
	drain_all(s);
	assert_true(rows(s, TABLE_MESSAGE) > 600);
	erase(s, &offer.header.case_ref);
	tick(s, 1);
	assert_int_equal(rows(s, TABLE_CASE), 1);
	ticks(s, 1);
	assert_int_equal(rows(s, TABLE_CASE), 0);
	assert_int_equal(rows(s, TABLE_MESSAGE), 0);
	assert_int_equal(rows(s, TABLE_CASE_MESSAGE), 0);
	assert_int_equal(rows(s, TABLE_CASE_BY_GROUND), 0);
	assert_false(lies_about(s, &next.header.message_id));
}

static void
test_it_is_told_when_the_bytes_are_gone(void **state)
{
	struct scene *s = *state;
	struct ended e = ended(s);
	int64_t since_ms = 0;
	uint8_t told[8];

	erase(s, &e.offer.header.case_ref);
	assert_int_equal(core_erased_since(s->txn, &since_ms), WH_OK);
	be64_put(told, (uint64_t)since_ms + 1);
	apply(s, COMMAND_COMPACTED, "", span_of(told, 8));
	assert_int_equal(core_erased_since(s->txn, &since_ms), WH_OK);
	assert_true(since_ms != 0);
	be64_put(told, (uint64_t)since_ms);
	apply(s, COMMAND_COMPACTED, "", span_of(told, 8));
	assert_int_equal(core_erased_since(s->txn, &since_ms), WH_OK);
	assert_int_equal(since_ms, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    SCENE(test_an_ended_referral_is_erased_after_its_term),
	    SCENE(test_a_running_referral_stays),
	    SCENE(test_a_permission_goes_when_nothing_rests_on_it),
	    SCENE(
		test_that_a_permission_is_erased_reaches_whoever_knows_its_id),
	    SCENE(test_that_a_case_is_erased_reaches_its_two_members),
	    SCENE(test_what_is_told_of_a_permission_says_of_which),
	    SCENE(test_an_event_that_still_waits_goes_with_its_permission),
	    SCENE(test_an_objection_stays_on_file),
	    SCENE(test_what_was_refused_is_erased_too),
	    SCENE(test_what_waits_for_a_member_waits_until_it_has_expired),
	    SCENE(test_on_request_it_goes_at_once_and_does_not_come_back),
	    SCENE(test_a_referral_that_runs_is_not_erased_on_request),
	    SCENE(test_a_long_one_goes_in_steps),
	    SCENE(test_it_is_told_when_the_bytes_are_gone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
