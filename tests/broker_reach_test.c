/* SPDX-License-Identifier: EUPL-1.2 */
#include "tests/broker_scene.h"

/* How far a withdrawal came: two stages, who is outstanding, each message. */

static struct permission
consented(struct scene *s)
{
	struct permission permission = people_consent(&s->people, s->now_ms);

	capture(s, &permission);
	assert_receipt(s, BUURTTEAM, AUDIT_PERMISSION);
	return permission;
}

static struct letter
offered(struct scene *s, const struct permission *permission)
{
	struct letter offer = letter_offer(&s->people, permission, s->now_ms);

	submit(s, &offer);
	assert_receipt(s, BUURTTEAM, AUDIT_ACCEPTED);
	return offer;
}

static struct letter
stored_offer(struct scene *s, const struct permission *permission)
{
	struct letter offer = offered(s, permission);

	take_and_store(s, WPI);
	take_notice(s, BUURTTEAM, STATE_DELIVERED);
	return offer;
}

static void
withdraw(struct scene *s, const struct permission *permission, enum who by)
{
	end_permission(s, permission, PERMISSION_WITHDRAWN, by);
	assert_receipt(s, by, AUDIT_PERMISSION_END);
}

static void
say_report(struct scene *s, const struct carried *report, enum who who)
{
	say_bytes(s, who, TO_HUB_CARRIED,
	    carried_sign(&s->people, report, who));
}

/* A report of who that names one message, or none. */
static void
reported(struct scene *s, const struct permission *permission, enum who who,
    const struct letter *letter, enum reach reach)
{
	struct message_reach said = {{{0}}, reach,
	    reach == REACH_RETAINED ? "Archiefwet-3" : ""};
	struct carried report =
	    people_report(&s->people, permission, who, s->now_ms);

	if (letter != NULL) {
		said.message_id = letter->header.message_id;
		report.messages = &said;
		report.count = 1;
	}
	say_report(s, &report, who);
	assert_receipt(s, who, AUDIT_CARRIED);
}

static uint32_t
sum_of(const struct withdrawal_row *row)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < REACH_COUNT; i++)
		sum += row->counts[i];
	return sum;
}

/* The next withdrawal news of who, with its lists looked at in time. */
static struct withdrawal
news_of(struct scene *s, enum who who, const char *outstanding,
    const struct letter *letter, enum reach reach)
{
	const struct deliver *delivery = take(s, who);
	struct withdrawal w;

	assert_non_null(delivery);
	assert_int_equal(delivery->kind, DELIVER_WITHDRAWAL);
	w = *delivery->withdrawal;
	assert_int_equal(w.member_count, outstanding != NULL);
	if (outstanding != NULL)
		assert_string_equal(w.members[0], outstanding);
	assert_int_equal(w.message_count, letter != NULL);
	if (letter != NULL) {
		assert_true(id_equal(&w.messages[0].message_id,
		    &letter->header.message_id));
		assert_int_equal(w.messages[0].reach, reach);
	}
	ack(s, who, delivery->delivery, REASON_NONE);
	return w;
}

static void
test_what_never_left_is_carried_through_at_once(void **state)
{
	struct scene *s = *state;
	struct permission permission = consented(s);
	struct letter offer = offered(s, &permission);
	struct withdrawal w;

	withdraw(s, &permission, BUURTTEAM);
	take_notice(s, BUURTTEAM, STATE_WITHDRAWN);
	w = news_of(s, BUURTTEAM, NULL, &offer, REACH_RECALLED);
	assert_int_equal(w.outstanding, 0);
	assert_int_equal(w.done_ms, s->now_ms);
	assert_int_equal(w.counts[REACH_RECALLED], 1);
	assert_int_equal(leaf_at(s, w.recorded_index).kind,
	    AUDIT_PERMISSION_END);
	assert_int_equal(leaf_at(s, w.done_index).kind, AUDIT_CARRIED);
	assert_string_equal(leaf_at(s, w.done_index).from, "");
}

/* An entry that names nobody is given to any member that asks. */
static void
test_that_all_is_done_tells_others_not_of_what(void **state)
{
	struct scene *s = *state;
	struct permission permission = consented(s);
	struct audit_detail detail;

	offered(s, &permission);
	withdraw(s, &permission, BUURTTEAM);
	assert_int_equal(audit_detail_get(s->txn,
			     row_of(s, &permission).done_index, &detail),
	    WH_OK);
	assert_int_equal(detail.len, 0);
}

static void
test_recorded_is_not_carried_through_while_a_member_is_away(void **state)
{
	struct scene *s = *state;
	struct permission permission = consented(s);
	struct letter offer = stored_offer(s, &permission);
	struct withdrawal w;

	withdraw(s, &permission, BUURTTEAM);
	take_notice(s, BUURTTEAM, STATE_WITHDRAWN);
	w = news_of(s, BUURTTEAM, "wpi", &offer, REACH_DELIVERED_UNREAD);
	assert_int_equal(w.recorded_ms, s->now_ms);
	assert_int_equal(w.done_ms, 0);
	assert_int_equal(w.outstanding, 1);
	assert_int_equal(logged(s, AUDIT_CARRIED, 0), 0);
}

static void
test_a_report_carries_it_through_with_proof(void **state)
{
	struct scene *s = *state;
	struct permission permission = consented(s);
	struct letter offer = stored_offer(s, &permission);
	struct withdrawal w;

	withdraw(s, &permission, BUURTTEAM);
	take_notice(s, BUURTTEAM, STATE_WITHDRAWN);
	take_withdrawal(s, BUURTTEAM);
	s->now_ms += 1000;
	reported(s, &permission, WPI, &offer, REACH_ERASED);
	w = news_of(s, BUURTTEAM, NULL, &offer, REACH_ERASED);
	assert_int_equal(w.done_ms, s->now_ms);
	assert_int_equal(w.counts[REACH_ERASED], 1);
	assert_int_equal(w.counts[REACH_DELIVERED_UNREAD], 0);
	assert_true(w.report.len > 0);
	assert_int_equal(logged(s, AUDIT_REACH, REACH_ERASED), 1);
	assert_int_equal(logged(s, AUDIT_CARRIED, 0), 2); /* WPI, and all */
}

static void
test_the_news_holds_the_members_own_signed_word(void **state)
{
	struct scene *s = *state;
	struct permission permission = consented(s);
	struct letter offer = stored_offer(s, &permission);
	const struct deliver *delivery;
	struct signed_body body;
	struct carried report;

	withdraw(s, &permission, BUURTTEAM);
	take_notice(s, BUURTTEAM, STATE_WITHDRAWN);
	take_withdrawal(s, BUURTTEAM);
	reported(s, &permission, WPI, &offer, REACH_RETAINED);
	delivery = take(s, BUURTTEAM);
	assert_int_equal(wire_signed_read(&s->arena,
			     delivery->withdrawal->report, REPORT_MAX, &body,
			     NULL),
	    WH_OK);
	assert_int_equal(wire_signed_check(&body, WIRE_DOMAIN_CARRIED,
			     s->people.member[WPI].signing.public_key),
	    WH_OK);
	assert_int_equal(wire_carried_read(&s->arena, body.body, &report, NULL),
	    WH_OK);
	assert_string_equal(report.messages[0].article, "Archiefwet-3");
}

/* On the wire while it was withdrawn, refused unopened or never stored. */
static void
test_what_the_member_does_not_name_it_does_not_have(void **state)
{
	struct scene *s = *state;
	struct permission permission = consented(s);
	struct withdrawal_row row;

	offered(s, &permission);
	assert_non_null(take(s, WPI)); /* handed over, never acknowledged */
	withdraw(s, &permission, BUURTTEAM);
	row = row_of(s, &permission);
	assert_int_equal(row.counts[REACH_DELIVERED_UNREAD], 1);
	reported(s, &permission, WPI, NULL, REACH_NONE);
	row = row_of(s, &permission);
	assert_int_equal(row.counts[REACH_ERASED], 1);
	assert_int_equal(sum_of(&row), 1);
	assert_int_not_equal(row.done_ms, 0);
}

static void
test_a_report_in_parts_completes_with_the_last(void **state)
{
	struct scene *s = *state;
	struct permission permission = consented(s);
	struct letter first = stored_offer(s, &permission);
	struct letter second = stored_offer(s, &permission);
	struct message_reach said[2] = {{first.header.message_id, REACH_READ,
					    ""},
	    {second.header.message_id, REACH_ERASED, ""}};
	struct carried report =
	    people_report(&s->people, &permission, WPI, s->now_ms);
	struct withdrawal_row row;

	withdraw(s, &permission, BUURTTEAM);
	report.count = 1;
	report.messages = said;
	report.more = true;
	say_report(s, &report, WPI);
	assert_int_equal(row_of(s, &permission).outstanding, 1);
	report.report_id = people_id(&s->people);
	report.messages = said + 1;
	report.more = false;
	say_report(s, &report, WPI);
	row = row_of(s, &permission);
	assert_int_equal(row.outstanding, 0);
	assert_int_equal(row.counts[REACH_READ], 1);
	assert_int_equal(row.counts[REACH_ERASED], 1);
}

static void
test_an_erasure_may_come_later_and_is_for_good(void **state)
{
	struct scene *s = *state;
	struct permission permission = consented(s);
	struct letter offer = stored_offer(s, &permission);

	withdraw(s, &permission, BUURTTEAM);
	take_notice(s, BUURTTEAM, STATE_WITHDRAWN);
	take_withdrawal(s, BUURTTEAM);
	reported(s, &permission, WPI, &offer, REACH_READ);
	news_of(s, BUURTTEAM, NULL, &offer, REACH_READ);
	reported(s, &permission, WPI, &offer, REACH_RETAINED);
	news_of(s, BUURTTEAM, NULL, &offer, REACH_RETAINED);
	reported(s, &permission, WPI, &offer, REACH_ERASED);
	news_of(s, BUURTTEAM, NULL, &offer, REACH_ERASED);
	reported(s, &permission, WPI, &offer, REACH_RETAINED);
	assert_int_equal(row_of(s, &permission).counts[REACH_ERASED], 1);
}

static void
test_nobody_speaks_for_another_recipient(void **state)
{
	struct scene *s = *state;
	struct permission permission = consented(s);
	struct letter offer = stored_offer(s, &permission);
	struct carried report =
	    people_report(&s->people, &permission, WPI, s->now_ms);

	say_report(s, &report, WPI);
	assert_refused(s, WPI, REASON_NOT_ENDED);
	withdraw(s, &permission, BUURTTEAM);
	say_bytes(s, POLITIE, TO_HUB_CARRIED,
	    carried_sign(&s->people, &report, WPI));
	assert_refused(s, POLITIE, REASON_WRONG_PARTIES);
	say_bytes(s, WPI, TO_HUB_CARRIED,
	    carried_sign(&s->people, &report, POLITIE));
	assert_refused(s, WPI, REASON_BAD_SIGNATURE);
	report.by_member = "politie";
	say_report(s, &report, POLITIE);
	assert_refused(s, POLITIE, REASON_WRONG_PARTIES);
	report = people_report(&s->people, &permission, WPI, s->now_ms);
	report.epoch = 1;
	say_report(s, &report, WPI);
	assert_refused(s, WPI, REASON_STALE_EPOCH);
	assert_int_equal(row_of(s, &permission).outstanding, 1);
	assert_int_equal(state_of(s, &offer), STATE_WITHDRAWN);
}

static void
test_the_same_report_again_changes_nothing(void **state)
{
	struct scene *s = *state;
	struct permission permission = consented(s);
	struct carried report =
	    people_report(&s->people, &permission, WPI, s->now_ms);
	struct receipt first, again;
	uint64_t size;

	stored_offer(s, &permission);
	withdraw(s, &permission, BUURTTEAM);
	say_report(s, &report, WPI);
	first = assert_receipt(s, WPI, AUDIT_CARRIED);
	size = audit_size(core_audit(s->core));
	say_report(s, &report, WPI);
	again = assert_receipt(s, WPI, AUDIT_CARRIED);
	assert_true(again.duplicate);
	assert_int_equal(again.log_index, first.log_index);
	assert_int_equal(audit_size(core_audit(s->core)), size);
}

static void
test_a_report_that_says_nothing_new_is_told_to_nobody(void **state)
{
	struct scene *s = *state;
	struct permission permission = consented(s);
	struct letter offer = stored_offer(s, &permission);

	withdraw(s, &permission, BUURTTEAM);
	take_notice(s, BUURTTEAM, STATE_WITHDRAWN);
	take_withdrawal(s, BUURTTEAM);
	reported(s, &permission, WPI, &offer, REACH_ERASED);
	take_withdrawal(s, BUURTTEAM);
	reported(s, &permission, WPI, &offer, REACH_ERASED);
	reported(s, &permission, WPI, NULL, REACH_NONE);
	assert_int_equal(waiting(s, BUURTTEAM), 0);
}

static void
withdraw_by_code(struct scene *s)
{
	struct permission_change change = {
	    .event_id = people_id(&s->people),
	    .event = PERMISSION_WITHDRAWN,
	    .recorded_ms = s->now_ms,
	    .effective_ms = s->now_ms,
	    .by_member = "politie",
	    .by_human = true,
	    .withdrawal_code = span_str(WORLD_CODE),
	};

	say_bytes(s, POLITIE, TO_HUB_PERMISSION_EVENT,
	    change_sign(&s->people, &change, POLITIE));
	assert_receipt(s, POLITIE, AUDIT_PERMISSION_END);
}

static void
test_who_holds_only_the_code_gets_numbers(void **state)
{
	struct scene *s = *state;
	struct permission permission = consented(s);
	struct letter offer = stored_offer(s, &permission);
	struct withdrawal w;

	withdraw_by_code(s);
	w = news_of(s, POLITIE, NULL, NULL, REACH_NONE);
	assert_true(id_is_zero(&w.permission_id));
	assert_int_equal(w.outstanding, 2); /* the capturer, and WPI */
	assert_int_equal(w.counts[REACH_DELIVERED_UNREAD], 1);
	reported(s, &permission, WPI, &offer, REACH_ERASED);
	w = news_of(s, POLITIE, NULL, NULL, REACH_NONE);
	assert_int_equal(w.report.len, 0);
	assert_int_equal(w.outstanding, 1);
	reported(s, &permission, BUURTTEAM, NULL, REACH_NONE);
	w = news_of(s, POLITIE, NULL, NULL, REACH_NONE);
	assert_int_not_equal(w.done_ms, 0);
	assert_int_equal(w.counts[REACH_ERASED], 1);
}

/* Not from the log either, of which each member reads what names it. */
static void
test_who_holds_only_the_code_reads_nowhere_of_whom_it_was(void **state)
{
	struct scene *s = *state;
	struct permission permission = consented(s);
	struct audit_detail detail;
	uint64_t index = 0;
	size_t found = 0;

	stored_offer(s, &permission);
	withdraw_by_code(s);
	take_and_store(s, WPI); /* the event */
	assert_int_equal(logged(s, AUDIT_DELIVERED, 0), 2);
	while (audit_member_next(s->txn, "politie", index, &index) == WH_OK) {
		struct audit_leaf leaf = leaf_at(s, index);

		assert_string_equal(leaf.to, "");
		assert_true(id_is_zero(&leaf.case_ref));
		assert_int_equal(audit_detail_get(s->txn, index++, &detail),
		    WH_OK);
		assert_int_equal(detail.len, 0);
		found++;
	}
	assert_int_equal(found, 1);
}

static void
test_who_withdraws_second_sees_all_of_the_first(void **state)
{
	struct scene *s = *state;
	struct permission permission = consented(s);
	struct letter offer = stored_offer(s, &permission);
	struct withdrawal w;

	withdraw(s, &permission, BUURTTEAM);
	take_notice(s, BUURTTEAM, STATE_WITHDRAWN);
	take_withdrawal(s, BUURTTEAM);
	withdraw_by_code(s);
	w = news_of(s, POLITIE, NULL, NULL, REACH_NONE);
	assert_int_equal(w.outstanding, 1);
	assert_int_equal(row_of(s, &permission).outstanding, 1);
	reported(s, &permission, WPI, &offer, REACH_ERASED);
	news_of(s, POLITIE, NULL, NULL, REACH_NONE);
	news_of(s, BUURTTEAM, NULL, &offer, REACH_ERASED);
}

static void
test_who_is_away_is_chased_each_day(void **state)
{
	struct scene *s = *state;
	struct permission permission = consented(s);
	struct letter offer = stored_offer(s, &permission);
	const struct deliver *delivery;
	struct withdrawal w;

	withdraw(s, &permission, BUURTTEAM);
	take_notice(s, BUURTTEAM, STATE_WITHDRAWN);
	take_withdrawal(s, BUURTTEAM);
	tick(s, DAY_MS);
	w = news_of(s, BUURTTEAM, "wpi", NULL, REACH_NONE);
	assert_true(w.overdue);
	assert_int_equal(waiting(s, WPI), 2); /* event and notice: once each */
	delivery = take(s, WPI);
	assert_int_equal(delivery->kind, DELIVER_PERMISSION_EVENT);
	assert_true(delivery->permission.len > 0);
	ack(s, WPI, delivery->delivery, REASON_NONE);
	take_notice(s, WPI, STATE_WITHDRAWN);
	/* It has the event and says nothing: it hears it again. */
	tick(s, DAY_MS);
	take_withdrawal(s, BUURTTEAM);
	delivery = take(s, WPI);
	assert_int_equal(delivery->kind, DELIVER_PERMISSION_EVENT);
	reported(s, &permission, WPI, &offer, REACH_ERASED);
	assert_false(take_withdrawal(s, BUURTTEAM).overdue);
	tick(s, 2 * DAY_MS);
	assert_null(take(s, BUURTTEAM));
}

static void
test_an_operator_sees_how_many_are_open_and_overdue(void **state)
{
	struct scene *s = *state;
	struct permission permission = consented(s);
	struct permission other = consented(s);
	struct letter offer = stored_offer(s, &permission);
	struct reach_sums sums;

	withdraw(s, &other, BUURTTEAM); /* done at once */
	withdraw(s, &permission, BUURTTEAM);
	assert_int_equal(reach_sums_get(s->txn, &sums), WH_OK);
	assert_int_equal(sums.open, 1);
	assert_int_equal(sums.overdue, 0);
	tick(s, DAY_MS);
	tick(s, DAY_MS);
	assert_int_equal(reach_sums_get(s->txn, &sums), WH_OK);
	assert_int_equal(sums.overdue, 1);
	reported(s, &permission, WPI, &offer, REACH_ERASED);
	assert_int_equal(reach_sums_get(s->txn, &sums), WH_OK);
	assert_int_equal(sums.open, 0);
	assert_int_equal(sums.overdue, 0);
}

static void
test_feedback_that_came_back_counts_too(void **state)
{
	struct scene *s = *state;
	struct permission permission = consented(s);
	struct letter offer = stored_offer(s, &permission);
	struct letter back;
	struct withdrawal_row row;

	back = letter_back(&s->people, &offer, EVENT_ACCEPT, CODE_NONE);
	back.categories = BIT(STATUS);
	submit(s, &back);
	take_and_store(s, BUURTTEAM);
	withdraw(s, &permission, BUURTTEAM);
	row = row_of(s, &permission);
	assert_int_equal(row.outstanding, 2);
	assert_int_equal(sum_of(&row), 2);
	assert_int_equal(row.counts[REACH_READ], 1);
	assert_int_equal(row.counts[REACH_DELIVERED_UNREAD], 1);
	reported(s, &permission, BUURTTEAM, &back, REACH_ERASED);
	reported(s, &permission, WPI, &offer, REACH_ERASED);
	row = row_of(s, &permission);
	assert_int_equal(row.counts[REACH_ERASED], 2);
	assert_int_not_equal(row.done_ms, 0);
}

static void
test_what_was_completed_is_reached_as_well(void **state)
{
	struct scene *s = *state;
	struct permission permission = consented(s);
	struct letter offer = stored_offer(s, &permission);
	struct letter back =
	    letter_back(&s->people, &offer, EVENT_ACCEPT, CODE_NONE);

	submit(s, &back);
	back = letter_back(&s->people, &offer, EVENT_COMPLETE, CODE_HELPED);
	submit(s, &back);
	assert_receipt(s, WPI, AUDIT_ACCEPTED);
	withdraw(s, &permission, BUURTTEAM);
	assert_int_equal(state_of(s, &offer), STATE_COMPLETED);
	assert_int_equal(row_of(s, &permission).counts[REACH_READ], 1);
	assert_int_equal(take(s, WPI)->kind, DELIVER_PERMISSION_EVENT);
}

/* More messages than one frame holds: all are told, none twice. */
static void
test_a_thousand_messages_are_told_in_parts(void **state)
{
	enum {
		MANY = REPORT_MESSAGES_MAX + 30
	};
	struct scene *s = *state;
	struct permission permission = consented(s);
	struct withdrawal_row row;
	size_t told = 0;

	for (size_t i = 0; i < MANY; i++)
		offered(s, &permission);
	end_permission(s, &permission, PERMISSION_WITHDRAWN, BUURTTEAM);
	row = row_of(s, &permission);
	assert_int_equal(row.counts[REACH_RECALLED], MANY);
	for (size_t i = 0; i < MANY; i++)
		take_notice(s, BUURTTEAM, STATE_WITHDRAWN);
	for (size_t i = 0; i < 2; i++) {
		const struct deliver *delivery = take(s, BUURTTEAM);

		told += delivery->withdrawal->message_count;
		ack(s, BUURTTEAM, delivery->delivery, REASON_NONE);
	}
	assert_int_equal(told, MANY);
	assert_null(take(s, BUURTTEAM));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    SCENE(test_what_never_left_is_carried_through_at_once),
	    SCENE(test_that_all_is_done_tells_others_not_of_what),
	    SCENE(test_recorded_is_not_carried_through_while_a_member_is_away),
	    SCENE(test_a_report_carries_it_through_with_proof),
	    SCENE(test_the_news_holds_the_members_own_signed_word),
	    SCENE(test_what_the_member_does_not_name_it_does_not_have),
	    SCENE(test_a_report_in_parts_completes_with_the_last),
	    SCENE(test_an_erasure_may_come_later_and_is_for_good),
	    SCENE(test_nobody_speaks_for_another_recipient),
	    SCENE(test_the_same_report_again_changes_nothing),
	    SCENE(test_a_report_that_says_nothing_new_is_told_to_nobody),
	    SCENE(test_who_holds_only_the_code_gets_numbers),
	    SCENE(test_who_holds_only_the_code_reads_nowhere_of_whom_it_was),
	    SCENE(test_who_withdraws_second_sees_all_of_the_first),
	    SCENE(test_who_is_away_is_chased_each_day),
	    SCENE(test_an_operator_sees_how_many_are_open_and_overdue),
	    SCENE(test_feedback_that_came_back_counts_too),
	    SCENE(test_what_was_completed_is_reached_as_well),
	    SCENE(test_a_thousand_messages_are_told_in_parts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
