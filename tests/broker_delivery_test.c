/* SPDX-License-Identifier: EUPL-1.2 */
#include "tests/broker_scene.h"

/* What goes out, what comes back, and what time does. */

struct offered {
	struct permission permission;
	struct letter offer;
};

static struct offered
offered(struct scene *s)
{
	struct offered o = {
	    .permission = people_consent(&s->people, s->now_ms)};

	capture(s, &o.permission);
	o.offer = letter_offer(&s->people, &o.permission, s->now_ms);
	submit(s, &o.offer);
	assert_receipt(s, BUURTTEAM, AUDIT_ACCEPTED);
	return o;
}

static void
test_delivery_carries_the_letter_and_its_permission(void **state)
{
	struct scene *s = *state;
	struct permission permission = people_consent(&s->people, s->now_ms);
	struct letter offer = letter_offer(&s->people, &permission, s->now_ms);
	struct bytes letter = letter_seal(&s->people, &offer);
	struct bytes record =
	    permission_sign(&s->people, &permission, BUURTTEAM);
	struct bytes letter_copy = {mem_dup(span_bytes(&letter)), letter.len};
	struct bytes record_copy = {mem_dup(span_bytes(&record)), record.len};
	const struct deliver *delivery;
	struct audit_leaf leaf;

	say_bytes(s, BUURTTEAM, TO_HUB_PERMISSION, record);
	say_bytes(s, BUURTTEAM, TO_HUB_SUBMIT, letter);
	delivery = take(s, WPI);
	assert_non_null(delivery);
	assert_int_equal(delivery->kind, DELIVER_ENVELOPE);
	assert_true(span_equal(delivery->envelope, span_bytes(&letter_copy)));
	assert_true(span_equal(delivery->permission, span_bytes(&record_copy)));
	leaf = leaf_at(s, delivery->log_index);
	assert_int_equal(leaf.kind, AUDIT_HANDOVER);
	assert_string_equal(leaf.from, "buurtteam");
	assert_string_equal(leaf.to, "wpi");
	mem_free(letter_copy.p);
	mem_free(record_copy.p);
}

static void
test_stored_offer_is_delivered_and_its_sender_hears(void **state)
{
	struct scene *s = *state;
	struct offered o = offered(s);
	struct notice notice;

	take_and_store(s, WPI);
	assert_int_equal(state_of(s, &o.offer), STATE_DELIVERED);
	assert_int_equal(waiting(s, WPI), 0);
	assert_int_equal(logged(s, AUDIT_DELIVERED, 0), 1);
	assert_int_equal(logged(s, AUDIT_STATE, STATE_DELIVERED), 1);
	notice = take_notice(s, BUURTTEAM, STATE_DELIVERED);
	assert_true(id_equal(&notice.message_id, &o.offer.header.message_id));
	assert_int_equal(waiting(s, BUURTTEAM), 0);
}

static void
test_one_phase_offer_is_accepted_when_stored(void **state)
{
	struct scene *s = *state;
	struct letter offer =
	    letter_duty(&s->people, people_id(&s->people), s->now_ms);

	submit(s, &offer);
	assert_receipt(s, EIGEN_HAARD, AUDIT_ACCEPTED);
	take_and_store(s, WPI);
	assert_int_equal(state_of(s, &offer), STATE_ACCEPTED);
	take_notice(s, EIGEN_HAARD, STATE_DELIVERED);
	take_notice(s, EIGEN_HAARD, STATE_ACCEPTED);
	take_notice(s, WPI, STATE_ACCEPTED);
}

static void
test_refusal_by_the_recipient_makes_it_undeliverable(void **state)
{
	struct scene *s = *state;
	struct offered o = offered(s);
	const struct deliver *delivery = take(s, WPI);
	struct notice notice;

	ack(s, WPI, delivery->delivery, REASON_CANNOT_OPEN);
	assert_int_equal(state_of(s, &o.offer), STATE_UNDELIVERABLE);
	assert_int_equal(waiting(s, WPI), 0);
	assert_int_equal(logged(s, AUDIT_REFUSED, REASON_CANNOT_OPEN), 1);
	notice = take_notice(s, BUURTTEAM, STATE_UNDELIVERABLE);
	assert_int_equal(notice.reason, REASON_CANNOT_OPEN);
}

static void
test_recipient_cannot_call_an_offer_withdrawn(void **state)
{
	struct scene *s = *state;
	struct offered o = offered(s);
	const struct deliver *delivery = take(s, WPI);

	ack(s, WPI, delivery->delivery, REASON_PERMISSION_WITHDRAWN);
	assert_int_equal(state_of(s, &o.offer), STATE_UNDELIVERABLE);
}

static void
test_refused_message_of_a_running_referral_is_reported(void **state)
{
	struct scene *s = *state;
	struct offered o = offered(s);
	struct letter note;
	struct notice notice;
	const struct deliver *delivery;

	take_and_store(s, WPI);
	take_notice(s, BUURTTEAM, STATE_DELIVERED);
	note = letter_next(&s->people, &o.offer, EVENT_NOTE);
	submit(s, &note);
	delivery = take(s, WPI);
	ack(s, WPI, delivery->delivery, REASON_BAD_SIGNATURE);
	assert_int_equal(state_of(s, &o.offer), STATE_DELIVERED);
	notice = take_notice(s, BUURTTEAM, STATE_DELIVERED);
	assert_int_equal(notice.reason, REASON_BAD_SIGNATURE);
	assert_true(id_equal(&notice.message_id, &note.header.message_id));
}

static void
test_hello_makes_everything_unacknowledged_come_again(void **state)
{
	struct scene *s = *state;
	struct offered first = offered(s);
	struct offered second = offered(s);
	const struct deliver *delivery;
	uint64_t number, index, size;

	(void)first;
	delivery = take(s, WPI);
	number = delivery->delivery;
	index = delivery->log_index;
	assert_non_null(take(s, WPI));
	assert_null(take(s, WPI));
	size = audit_size(core_audit(s->core));
	hello(s, WPI);
	assert_true(waits(s, WPI));
	delivery = take(s, WPI);
	assert_int_equal(delivery->delivery, number);
	/* It is on record; once more would let a member fill the log. */
	assert_int_equal(delivery->log_index, index);
	assert_int_equal(audit_size(core_audit(s->core)), size);
	ack(s, WPI, number, REASON_NONE);
	take_and_store(s, WPI);
	hello(s, WPI);
	assert_false(waits(s, WPI));
	assert_int_equal(state_of(s, &second.offer), STATE_DELIVERED);
}

static void
test_second_acknowledgement_changes_nothing(void **state)
{
	struct scene *s = *state;
	struct offered o = offered(s);
	uint64_t number = take(s, WPI)->delivery;
	uint64_t size;

	ack(s, WPI, number, REASON_NONE);
	size = audit_size(core_audit(s->core));
	ack(s, WPI, number, REASON_NONE);
	ack(s, WPI, number, REASON_CANNOT_OPEN);
	ack(s, WPI, 12345, REASON_NONE);
	assert_int_equal(audit_size(core_audit(s->core)), size);
	assert_int_equal(state_of(s, &o.offer), STATE_DELIVERED);
}

static void
test_nobody_acknowledges_what_was_not_handed_over(void **state)
{
	struct scene *s = *state;
	struct offered o = offered(s);
	struct message_row row;

	assert_int_equal(row_message_get(s->txn, &o.offer.header.message_id,
			     &row),
	    WH_OK);
	ack(s, WPI, row.delivery, REASON_NONE);
	assert_int_equal(state_of(s, &o.offer), STATE_QUEUED);
	ack(s, POLITIE, row.delivery, REASON_NONE);
	assert_int_equal(waiting(s, WPI), 1);
}

static void
test_credit_bounds_a_handover_and_the_rest_is_announced(void **state)
{
	struct scene *s = *state;

	for (int i = 0; i < 5; i++)
		offered(s);
	handover(s, WPI, 3);
	assert_non_null(sent(s, WPI, FROM_HUB_DELIVER, 2));
	assert_null(sent(s, WPI, FROM_HUB_DELIVER, 3));
	assert_true(waits(s, WPI));
	handover(s, WPI, 3);
	assert_non_null(sent(s, WPI, FROM_HUB_DELIVER, 1));
	assert_null(sent(s, WPI, FROM_HUB_DELIVER, 2));
	assert_false(waits(s, WPI));
}

static void
test_handover_decides_again(void **state)
{
	struct scene *s = *state;
	struct offered o = offered(s);
	struct notice notice;

	s->now_ms = o.permission.valid_until_ms;
	assert_null(take(s, WPI));
	assert_int_equal(state_of(s, &o.offer), STATE_EXPIRED);
	assert_int_equal(logged(s, AUDIT_REFUSED, REASON_PERMISSION_EXPIRED),
	    1);
	notice = take_notice(s, BUURTTEAM, STATE_EXPIRED);
	assert_int_equal(notice.reason, REASON_PERMISSION_EXPIRED);
	assert_int_equal(waiting(s, WPI), 0);
}

static void
test_identity_stays_here_when_the_referral_has_ended(void **state)
{
	struct scene *s = *state;
	struct offered o = offered(s);
	struct letter next;

	take_and_store(s, WPI);
	take_notice(s, BUURTTEAM, STATE_DELIVERED);
	next = letter_back(&s->people, &o.offer, EVENT_ACCEPT, CODE_NONE);
	submit(s, &next);
	next = letter_next(&s->people, &o.offer, EVENT_IDENTITY);
	submit(s, &next);
	assert_receipt(s, BUURTTEAM, AUDIT_ACCEPTED);
	next = letter_next(&s->people, &o.offer, EVENT_MARK_ERROR);
	submit(s, &next);
	assert_receipt(s, BUURTTEAM, AUDIT_ACCEPTED);
	handover(s, WPI, 9);
	assert_non_null(sent(s, WPI, FROM_HUB_DELIVER, 0));
	assert_true(sent(s, WPI, FROM_HUB_DELIVER, 0)->u.deliver.kind ==
		    DELIVER_ENVELOPE);
	assert_null(sent(s, WPI, FROM_HUB_DELIVER, 1)); /* the error alone */
	assert_int_equal(logged(s, AUDIT_REFUSED, REASON_STATE_FORBIDS), 1);
}

/* Cancelled, or offered for the wrong person, before anybody heard. */
static void
take_back(struct scene *s, enum referral_event event, enum referral_state end)
{
	struct offered o = offered(s);
	struct letter next = letter_next(&s->people, &o.offer, event);

	submit(s, &next);
	assert_int_equal(assert_receipt(s, BUURTTEAM, AUDIT_ACCEPTED).state,
	    end);
	assert_int_equal(state_of(s, &o.offer), end);
	assert_null(take(s, WPI));
	assert_int_equal(waiting(s, WPI), 0);
	assert_int_equal(logged(s, AUDIT_RECALLED, 0), 1);
}

static void
test_cancel_before_anybody_heard_stops_the_offer(void **state)
{
	take_back(*state, EVENT_CANCEL, STATE_CANCELLED);
}

static void
test_mistake_before_anybody_heard_stops_the_offer(void **state)
{
	take_back(*state, EVENT_MARK_ERROR, STATE_IN_ERROR);
}

static void
test_cancel_after_handover_reaches_the_recipient(void **state)
{
	struct scene *s = *state;
	struct offered o = offered(s);
	struct letter next = letter_next(&s->people, &o.offer, EVENT_CANCEL);

	assert_non_null(take(s, WPI));
	hello(s, WPI); /* the cursor goes back, and it is still heard */
	submit(s, &next);
	assert_int_equal(state_of(s, &o.offer), STATE_CANCELLED);
	assert_int_equal(logged(s, AUDIT_RECALLED, 0), 0);
	handover(s, WPI, 9);
	assert_non_null(sent(s, WPI, FROM_HUB_DELIVER, 0));
}

static void
test_answer_implies_that_the_offer_was_stored(void **state)
{
	struct scene *s = *state;
	struct offered o = offered(s);
	struct letter answer =
	    letter_back(&s->people, &o.offer, EVENT_ACCEPT, CODE_NONE);

	assert_non_null(take(s, WPI));
	submit(s, &answer); /* its acknowledgement was lost */
	assert_receipt(s, WPI, AUDIT_ACCEPTED);
	assert_int_equal(state_of(s, &o.offer), STATE_ACCEPTED);
	assert_int_equal(waiting(s, WPI), 0);
	assert_int_equal(logged(s, AUDIT_DELIVERED, 0), 1);
	take_notice(s, BUURTTEAM, STATE_DELIVERED);
}

static void
test_tick_expires_what_nobody_took(void **state)
{
	struct scene *s = *state;
	struct offered o = offered(s);
	struct notice notice;

	assert_false(core_due(s->txn, s->now_ms));
	tick(s, 14 * DAY_MS - 1);
	assert_int_equal(state_of(s, &o.offer), STATE_QUEUED);
	assert_true(core_due(s->txn, s->now_ms + 1));
	tick(s, 1);
	assert_int_equal(state_of(s, &o.offer), STATE_EXPIRED);
	assert_false(core_due(s->txn, s->now_ms));
	assert_int_equal(waiting(s, WPI), 0);
	assert_int_equal(logged(s, AUDIT_RECALLED, REASON_EXPIRED_MESSAGE), 1);
	notice = take_notice(s, BUURTTEAM, STATE_EXPIRED);
	assert_int_equal(notice.reason, REASON_EXPIRED_MESSAGE);
}

static void
test_expiry_after_handover_tells_the_recipient(void **state)
{
	struct scene *s = *state;
	struct offered o = offered(s);

	assert_non_null(take(s, WPI));
	hello(s, WPI);
	tick(s, 14 * DAY_MS);
	assert_int_equal(state_of(s, &o.offer), STATE_EXPIRED);
	assert_int_equal(logged(s, AUDIT_RECALLED, REASON_EXPIRED_MESSAGE), 0);
	assert_int_equal(logged(s, AUDIT_REFUSED, REASON_EXPIRED_MESSAGE), 1);
	take_notice(s, WPI, STATE_EXPIRED);
}

static void
test_expiry_leaves_what_was_taken(void **state)
{
	struct scene *s = *state;
	struct offered o = offered(s);

	take_and_store(s, WPI);
	tick(s, 15 * DAY_MS);
	assert_int_equal(state_of(s, &o.offer), STATE_DELIVERED);
	assert_false(core_due(s->txn, s->now_ms));
}

static void
test_redelivery_that_is_refused_tells_who_may_have_it(void **state)
{
	struct scene *s = *state;
	struct offered o = offered(s);

	assert_non_null(take(s, WPI));
	hello(s, WPI);
	s->now_ms = o.permission.valid_until_ms;
	assert_null(take(s, WPI));
	assert_int_equal(state_of(s, &o.offer), STATE_EXPIRED);
	take_notice(s, WPI, STATE_EXPIRED);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    SCENE(test_delivery_carries_the_letter_and_its_permission),
	    SCENE(test_stored_offer_is_delivered_and_its_sender_hears),
	    SCENE(test_one_phase_offer_is_accepted_when_stored),
	    SCENE(test_refusal_by_the_recipient_makes_it_undeliverable),
	    SCENE(test_recipient_cannot_call_an_offer_withdrawn),
	    SCENE(test_refused_message_of_a_running_referral_is_reported),
	    SCENE(test_hello_makes_everything_unacknowledged_come_again),
	    SCENE(test_second_acknowledgement_changes_nothing),
	    SCENE(test_nobody_acknowledges_what_was_not_handed_over),
	    SCENE(test_credit_bounds_a_handover_and_the_rest_is_announced),
	    SCENE(test_handover_decides_again),
	    SCENE(test_identity_stays_here_when_the_referral_has_ended),
	    SCENE(test_cancel_before_anybody_heard_stops_the_offer),
	    SCENE(test_mistake_before_anybody_heard_stops_the_offer),
	    SCENE(test_cancel_after_handover_reaches_the_recipient),
	    SCENE(test_answer_implies_that_the_offer_was_stored),
	    SCENE(test_tick_expires_what_nobody_took),
	    SCENE(test_expiry_after_handover_tells_the_recipient),
	    SCENE(test_expiry_leaves_what_was_taken),
	    SCENE(test_redelivery_that_is_refused_tells_who_may_have_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
