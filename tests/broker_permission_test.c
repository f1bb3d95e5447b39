/* SPDX-License-Identifier: EUPL-1.2 */
#include "tests/broker_scene.h"

/* Permissions come, and end: what stops, and who hears of it. */

static struct permission
consented(struct scene *s)
{
	struct permission permission = people_consent(&s->people, s->now_ms);

	capture(s, &permission);
	assert_receipt(s, BUURTTEAM, AUDIT_PERMISSION);
	return permission;
}

static struct letter
offer_under(struct scene *s, const struct permission *permission)
{
	struct letter offer = letter_offer(&s->people, permission, s->now_ms);

	submit(s, &offer);
	assert_receipt(s, BUURTTEAM, AUDIT_ACCEPTED);
	return offer;
}

/* The next delivery of who is this event; acknowledged. */
static void
take_event(struct scene *s, enum who who, enum permission_event event)
{
	const struct deliver *delivery = take(s, who);
	struct permission_change change;
	struct signed_body body;

	assert_non_null(delivery);
	assert_int_equal(delivery->kind, DELIVER_PERMISSION_EVENT);
	assert_int_equal(wire_signed_read(&s->arena, delivery->permission_event,
			     PERMISSION_MAX, &body, NULL),
	    WH_OK);
	assert_int_equal(wire_permission_change_read(&s->arena, body.body,
			     &change, NULL),
	    WH_OK);
	assert_int_equal(change.event, event);
	ack(s, who, delivery->delivery, REASON_NONE);
}

static void
test_same_record_again_gets_the_same_receipt(void **state)
{
	struct scene *s = *state;
	struct permission permission = people_consent(&s->people, s->now_ms);
	struct receipt first, again;

	capture(s, &permission);
	first = assert_receipt(s, BUURTTEAM, AUDIT_PERMISSION);
	capture(s, &permission); /* Ed25519 is deterministic: same bytes */
	again = assert_receipt(s, BUURTTEAM, AUDIT_PERMISSION);
	assert_true(again.duplicate);
	assert_int_equal(again.log_index, first.log_index);
	permission.purpose_version = 2;
	capture(s, &permission);
	assert_refused(s, BUURTTEAM, REASON_DUPLICATE_CONFLICT);
}

static void
test_record_signed_by_another_key_is_refused(void **state)
{
	struct scene *s = *state;
	struct permission permission = people_consent(&s->people, s->now_ms);
	struct bytes bytes = permission_sign(&s->people, &permission, WPI);

	say_bytes(s, BUURTTEAM, TO_HUB_PERMISSION, bytes);
	assert_refused(s, BUURTTEAM, REASON_BAD_SIGNATURE);
	bytes = permission_sign(&s->people, &permission, BUURTTEAM);
	bytes.p[bytes.len / 2] ^= 1; /* in the record itself */
	say_bytes(s, BUURTTEAM, TO_HUB_PERMISSION, bytes);
	assert_non_null(sent(s, BUURTTEAM, FROM_HUB_REFUSAL, 0));
	bytes = permission_sign(&s->people, &permission, BUURTTEAM);
	say_bytes(s, WPI, TO_HUB_PERMISSION, bytes);
	assert_refused(s, WPI, REASON_WRONG_PARTIES);
}

static void
test_key_that_ended_signs_nothing_new(void **state)
{
	struct scene *s = *state;
	struct permission permission = people_consent(&s->people, s->now_ms);
	struct bytes reg;

	people_member(&s->people, "buurtteam")->keys[1].until_ms = s->now_ms;
	people_member(&s->people, "buurtteam")->keys[1].from_ms = 1;
	reg = people_register(&s->people, 2);
	apply(s, COMMAND_REGISTER, "", span_bytes(&reg));
	mem_free(reg.p);
	assert_int_equal(core_register(s->core)->reg.version, 2);
	capture(s, &permission);
	assert_refused(s, BUURTTEAM, REASON_BAD_SIGNATURE);
}

static void
test_record_that_breaks_a_rule_is_refused(void **state)
{
	struct scene *s = *state;
	struct permission permission = people_consent(&s->people, s->now_ms);

	permission.categories |= BIT(JUSTICE);
	capture(s, &permission);
	assert_refused(s, BUURTTEAM, REASON_CATEGORY_NOT_COVERED);
}

static void
test_withdrawal_stops_what_is_queued(void **state)
{
	struct scene *s = *state;
	struct permission permission = consented(s);
	struct letter offer = offer_under(s, &permission);
	struct notice notice;

	end_permission(s, &permission, PERMISSION_WITHDRAWN, BUURTTEAM);
	assert_receipt(s, BUURTTEAM, AUDIT_PERMISSION_END);
	assert_int_equal(state_of(s, &offer), STATE_WITHDRAWN);
	assert_int_equal(waiting(s, WPI), 0);
	assert_int_equal(logged(s, AUDIT_RECALLED, REASON_PERMISSION_WITHDRAWN),
	    1);
	notice = take_notice(s, BUURTTEAM, STATE_WITHDRAWN);
	assert_int_equal(notice.reach, REACH_RECALLED);
	assert_true(id_equal(&notice.permission_id, &permission.permission_id));
	assert_null(take(s, WPI));
}

static void
test_withdrawal_reaches_who_has_it_unread(void **state)
{
	struct scene *s = *state;
	struct permission permission = consented(s);
	struct letter offer = offer_under(s, &permission);
	struct audit_leaf leaf;
	struct notice notice;

	take_and_store(s, WPI);
	take_notice(s, BUURTTEAM, STATE_DELIVERED);
	end_permission(s, &permission, PERMISSION_WITHDRAWN, BUURTTEAM);
	assert_int_equal(state_of(s, &offer), STATE_WITHDRAWN);
	assert_int_equal(logged(s, AUDIT_DELIVERED, 0), 1); /* the offer */
	take_event(s, WPI, PERMISSION_WITHDRAWN);
	/* That WPI has it is on record. */
	assert_int_equal(logged(s, AUDIT_DELIVERED, 0), 2);
	leaf = leaf_at(s, audit_size(core_audit(s->core)) - 1);
	assert_string_equal(leaf.from, "buurtteam");
	assert_string_equal(leaf.to, "wpi");
	notice = take_notice(s, WPI, STATE_WITHDRAWN);
	assert_int_equal(notice.reach, REACH_DELIVERED_UNREAD);
	notice = take_notice(s, BUURTTEAM, STATE_WITHDRAWN);
	assert_int_equal(notice.reach, REACH_DELIVERED_UNREAD);
}

static void
test_withdrawal_says_that_it_was_read(void **state)
{
	struct scene *s = *state;
	struct permission permission = consented(s);
	struct letter offer = offer_under(s, &permission);
	struct letter read;

	take_and_store(s, WPI);
	take_notice(s, BUURTTEAM, STATE_DELIVERED);
	read = letter_back(&s->people, &offer, EVENT_READ, CODE_NONE);
	submit(s, &read);
	take_and_store(s, BUURTTEAM);
	end_permission(s, &permission, PERMISSION_WITHDRAWN, BUURTTEAM);
	assert_int_equal(take_notice(s, BUURTTEAM, STATE_WITHDRAWN).reach,
	    REACH_READ);
}

static void
test_withdrawal_never_claims_what_a_hello_hid(void **state)
{
	struct scene *s = *state;
	struct permission permission = consented(s);
	struct letter offer = offer_under(s, &permission);

	assert_non_null(take(s, WPI)); /* stored there, perhaps */
	hello(s, WPI);                 /* and again: nothing was handed over */
	end_permission(s, &permission, PERMISSION_WITHDRAWN, BUURTTEAM);
	assert_int_equal(state_of(s, &offer), STATE_WITHDRAWN);
	assert_int_equal(logged(s, AUDIT_RECALLED, REASON_PERMISSION_WITHDRAWN),
	    0);
	assert_int_equal(take_notice(s, BUURTTEAM, STATE_WITHDRAWN).reach,
	    REACH_DELIVERED_UNREAD);
	/* The offer itself does not go out again. */
	handover(s, WPI, 9);
	for (size_t i = 0; i < 2; i++) {
		const struct from_hub *frame =
		    sent(s, WPI, FROM_HUB_DELIVER, i);

		assert_non_null(frame);
		assert_int_not_equal(frame->u.deliver.kind, DELIVER_ENVELOPE);
	}
	assert_null(sent(s, WPI, FROM_HUB_DELIVER, 2));
}

/* The loop says that a handover never left: the member was gone. */
static void
unsent(struct scene *s, enum who who, uint64_t delivery)
{
	uint8_t bytes[8];

	be64_put(bytes, delivery);
	apply(s, COMMAND_UNSENT, who_name[who], span_of(bytes, 8));
}

static void
test_withdrawal_recalls_what_never_left(void **state)
{
	struct scene *s = *state;
	struct permission permission = consented(s);
	struct letter offer = offer_under(s, &permission);

	unsent(s, WPI, take(s, WPI)->delivery);
	assert_int_equal(logged(s, AUDIT_UNSENT, 0), 1);
	hello(s, WPI);
	end_permission(s, &permission, PERMISSION_WITHDRAWN, BUURTTEAM);
	assert_int_equal(state_of(s, &offer), STATE_WITHDRAWN);
	assert_int_equal(take_notice(s, BUURTTEAM, STATE_WITHDRAWN).reach,
	    REACH_RECALLED);
	assert_null(take(s, WPI));
}

static void
test_only_a_first_handover_can_be_unsent(void **state)
{
	struct scene *s = *state;
	struct permission permission = consented(s);

	offer_under(s, &permission);
	handover(s, WPI, 1);
	assert_true(s->heard[0].delivery > 0);
	hello(s, WPI);
	handover(s, WPI, 1);
	assert_int_equal(s->heard[0].frame.kind, FROM_HUB_DELIVER);
	assert_int_equal(s->heard[0].delivery, 0);
	unsent(s, WPI, 12345); /* never given out: nothing */
	assert_int_equal(logged(s, AUDIT_UNSENT, 0), 0);
}

static void
test_withdrawal_reports_each_message_that_it_stopped(void **state)
{
	struct scene *s = *state;
	struct permission permission = consented(s);
	struct letter offer = offer_under(s, &permission);
	struct letter next;
	struct notice notice;

	take_and_store(s, WPI);
	take_notice(s, BUURTTEAM, STATE_DELIVERED);
	next = letter_back(&s->people, &offer, EVENT_ACCEPT, CODE_NONE);
	submit(s, &next);
	take_and_store(s, BUURTTEAM);
	next = letter_next(&s->people, &offer, EVENT_IDENTITY);
	submit(s, &next);
	assert_receipt(s, BUURTTEAM, AUDIT_ACCEPTED);
	end_permission(s, &permission, PERMISSION_WITHDRAWN, BUURTTEAM);
	notice = take_notice(s, BUURTTEAM, STATE_ACCEPTED);
	assert_int_equal(notice.reach, REACH_RECALLED);
	assert_true(id_equal(&notice.message_id, &next.header.message_id));
	notice = take_notice(s, BUURTTEAM, STATE_WITHDRAWN);
	assert_int_equal(notice.reach, REACH_READ);
	take_event(s, WPI, PERMISSION_WITHDRAWN);
	take_notice(s, WPI, STATE_WITHDRAWN);
	assert_null(take(s, WPI));
}

/* Or it would think for ever that the referral is still open. */
static void
test_who_misses_a_stopped_message_hears_the_state(void **state)
{
	struct scene *s = *state;
	struct permission permission = consented(s);
	struct letter offer = offer_under(s, &permission);
	struct letter next;

	take_and_store(s, WPI);
	take_notice(s, BUURTTEAM, STATE_DELIVERED);
	next = letter_back(&s->people, &offer, EVENT_DECLINE, CODE_NO_CAPACITY);
	next.categories = BIT(STATUS);
	submit(s, &next);
	assert_receipt(s, WPI, AUDIT_ACCEPTED);
	end_permission(s, &permission, PERMISSION_WITHDRAWN, BUURTTEAM);
	take_notice(s, BUURTTEAM, STATE_DECLINED);
	take_notice(s, WPI, STATE_DECLINED);
	take_event(s, WPI, PERMISSION_WITHDRAWN);
	take_withdrawal(s, BUURTTEAM);
	assert_null(take(s, BUURTTEAM));
}

static void
test_withdrawal_at_the_recipients_desk_reaches_the_sender(void **state)
{
	struct scene *s = *state;
	struct permission permission = consented(s);
	struct letter offer = offer_under(s, &permission);

	take_and_store(s, WPI);
	take_notice(s, BUURTTEAM, STATE_DELIVERED);
	end_permission(s, &permission, PERMISSION_WITHDRAWN, WPI);
	assert_receipt(s, WPI, AUDIT_PERMISSION_END);
	assert_int_equal(state_of(s, &offer), STATE_WITHDRAWN);
	take_event(s, BUURTTEAM, PERMISSION_WITHDRAWN);
	take_notice(s, BUURTTEAM, STATE_WITHDRAWN);
	/* WPI sent it, and still has to say what became of the offer. */
	take_event(s, WPI, PERMISSION_WITHDRAWN);
	take_notice(s, WPI, STATE_WITHDRAWN);
}

/* By the code on the resident's receipt, at a desk that is no party. */
static void
withdraw_by_code(struct scene *s, const char *code)
{
	struct permission_change change = {
	    .event_id = people_id(&s->people),
	    .event = PERMISSION_WITHDRAWN,
	    .recorded_ms = s->now_ms,
	    .effective_ms = s->now_ms,
	    .by_member = "politie",
	    .by_human = true,
	    .withdrawal_code = span_str(code),
	};

	say_bytes(s, POLITIE, TO_HUB_PERMISSION_EVENT,
	    change_sign(&s->people, &change, POLITIE));
}

static void
test_code_withdraws_at_any_desk_and_reaches_both(void **state)
{
	struct scene *s = *state;
	struct permission permission = consented(s);

	offer_under(s, &permission);
	take_and_store(s, WPI);
	take_notice(s, BUURTTEAM, STATE_DELIVERED);
	withdraw_by_code(s, "another-code");
	assert_refused(s, POLITIE, REASON_NO_PERMISSION);
	withdraw_by_code(s, WORLD_CODE);
	assert_receipt(s, POLITIE, AUDIT_PERMISSION_END);
	take_event(s, BUURTTEAM, PERMISSION_WITHDRAWN);
	take_event(s, WPI, PERMISSION_WITHDRAWN);
}

static void
test_capturer_hears_also_when_nothing_was_sent(void **state)
{
	struct scene *s = *state;

	consented(s);
	withdraw_by_code(s, WORLD_CODE);
	take_event(s, BUURTTEAM, PERMISSION_WITHDRAWN);
	assert_int_equal(waiting(s, WPI), 0);
}

static void
test_each_member_gets_the_event_once(void **state)
{
	struct scene *s = *state;
	struct permission permission = consented(s);

	offer_under(s, &permission);
	offer_under(s, &permission);
	take_and_store(s, WPI);
	take_and_store(s, WPI);
	end_permission(s, &permission, PERMISSION_WITHDRAWN, BUURTTEAM);
	take_event(s, WPI, PERMISSION_WITHDRAWN);
	take_notice(s, WPI, STATE_WITHDRAWN);
	take_notice(s, WPI, STATE_WITHDRAWN);
	assert_null(take(s, WPI));
}

static void
test_same_event_again_gets_the_same_receipt(void **state)
{
	struct scene *s = *state;
	struct permission permission = consented(s);
	struct permission_change change = people_change(&s->people, &permission,
	    PERMISSION_WITHDRAWN, BUURTTEAM, s->now_ms);
	struct receipt first, again;

	say_bytes(s, BUURTTEAM, TO_HUB_PERMISSION_EVENT,
	    change_sign(&s->people, &change, BUURTTEAM));
	first = assert_receipt(s, BUURTTEAM, AUDIT_PERMISSION_END);
	say_bytes(s, BUURTTEAM, TO_HUB_PERMISSION_EVENT,
	    change_sign(&s->people, &change, BUURTTEAM));
	again = assert_receipt(s, BUURTTEAM, AUDIT_PERMISSION_END);
	assert_int_equal(again.log_index, first.log_index);
	assert_true(again.duplicate);
	/* Withdrawn once more elsewhere: on record too, and without effect. */
	end_permission(s, &permission, PERMISSION_WITHDRAWN, WPI);
	again = assert_receipt(s, WPI, AUDIT_PERMISSION_END);
	assert_int_not_equal(again.log_index, first.log_index);
	assert_true(again.duplicate);
	/* Both follow how far it came, and nobody gets the event. */
	take_withdrawal(s, BUURTTEAM);
	take_withdrawal(s, WPI);
	assert_int_equal(waiting(s, BUURTTEAM), 0);
	assert_int_equal(waiting(s, WPI), 0);
}

static void
test_stranger_cannot_end_a_permission(void **state)
{
	struct scene *s = *state;
	struct permission permission = consented(s);
	struct letter offer = offer_under(s, &permission);
	struct permission_change change = people_change(&s->people, &permission,
	    PERMISSION_WITHDRAWN, BUURTTEAM, s->now_ms);

	end_permission(s, &permission, PERMISSION_WITHDRAWN, POLITIE);
	assert_refused(s, POLITIE, REASON_WRONG_PARTIES);
	say_bytes(s, BUURTTEAM, TO_HUB_PERMISSION_EVENT,
	    change_sign(&s->people, &change, WPI));
	assert_refused(s, BUURTTEAM, REASON_BAD_SIGNATURE);
	say_bytes(s, WPI, TO_HUB_PERMISSION_EVENT,
	    change_sign(&s->people, &change, BUURTTEAM));
	assert_refused(s, WPI, REASON_WRONG_PARTIES);
	assert_int_equal(state_of(s, &offer), STATE_QUEUED);
}

static void
test_only_who_captured_it_says_that_it_was_given(void **state)
{
	struct scene *s = *state;
	struct permission permission = consented(s);
	struct letter offer = letter_offer(&s->people, &permission, s->now_ms);

	end_permission(s, &permission, PERMISSION_REQUESTED, BUURTTEAM);
	assert_receipt(s, BUURTTEAM, AUDIT_PERMISSION_END);
	end_permission(s, &permission, PERMISSION_GIVEN, WPI);
	assert_refused(s, WPI, REASON_WRONG_PARTIES);
	submit(s, &offer);
	assert_refused(s, BUURTTEAM, REASON_NOT_GIVEN);
	end_permission(s, &permission, PERMISSION_GIVEN, BUURTTEAM);
	assert_receipt(s, BUURTTEAM, AUDIT_PERMISSION_END);
	submit(s, &offer);
	assert_receipt(s, BUURTTEAM, AUDIT_ACCEPTED);
}

static void
test_event_that_does_not_end_this_kind_is_refused(void **state)
{
	struct scene *s = *state;
	struct permission permission = consented(s);

	end_permission(s, &permission, PERMISSION_OBJECTED, BUURTTEAM);
	assert_refused(s, BUURTTEAM, REASON_KIND_NOT_ALLOWED);
}

/* The resident objects to a signal that rests on the law. */
static void
object(struct scene *s, bool names_record)
{
	struct id relation = people_id(&s->people);
	struct permission duty = people_duty(&s->people, relation, s->now_ms);
	struct letter offer = letter_duty(&s->people, relation, s->now_ms);
	struct letter next;

	capture(s, &duty);
	assert_receipt(s, EIGEN_HAARD, AUDIT_PERMISSION);
	if (names_record) {
		offer.header.ground.has_permission = true;
		offer.header.ground.permission_id = duty.permission_id;
		offer.header.ground.instrument = "";
		offer.header.epoch = 1;
	}
	submit(s, &offer);
	assert_receipt(s, EIGEN_HAARD, AUDIT_ACCEPTED);
	end_permission(s, &duty, PERMISSION_OBJECTED, EIGEN_HAARD);
	assert_receipt(s, EIGEN_HAARD, AUDIT_PERMISSION_END);
	assert_int_equal(state_of(s, &offer), STATE_WITHDRAWN);
	assert_int_equal(logged(s, AUDIT_RECALLED, REASON_OBJECTED), 1);
	assert_null(take(s, WPI));
	next = letter_duty(&s->people, relation, s->now_ms);
	submit(s, &next);
	assert_refused(s, EIGEN_HAARD, REASON_OBJECTED);
}

static void
test_objection_stops_what_rests_on_the_law(void **state)
{
	object(*state, false);
}

static void
test_objection_stops_what_names_the_record(void **state)
{
	object(*state, true);
}

/* A signal under this record, as eigen-haard sends it. */
static void
signal_under(struct scene *s, const struct permission *duty)
{
	struct letter offer =
	    letter_duty(&s->people, duty->relation_ref, s->now_ms);

	offer.header.ground.has_permission = true;
	offer.header.ground.permission_id = duty->permission_id;
	offer.header.ground.instrument = "";
	offer.header.epoch = 1;
	submit(s, &offer);
}

static void
test_newer_record_does_not_undo_an_objection(void **state)
{
	struct scene *s = *state;
	struct id relation = people_id(&s->people);
	struct permission first = people_duty(&s->people, relation, s->now_ms);
	struct permission second = people_duty(&s->people, relation, s->now_ms);

	capture(s, &first);
	end_permission(s, &first, PERMISSION_OBJECTED, EIGEN_HAARD);
	capture(s, &second);
	assert_receipt(s, EIGEN_HAARD, AUDIT_PERMISSION);
	signal_under(s, &second);
	assert_refused(s, EIGEN_HAARD, REASON_OBJECTED);
}

static void
test_objection_to_an_older_record_ends_the_ground(void **state)
{
	struct scene *s = *state;
	struct id relation = people_id(&s->people);
	struct permission first = people_duty(&s->people, relation, s->now_ms);
	struct permission second = people_duty(&s->people, relation, s->now_ms);
	struct letter by_law;

	capture(s, &first);
	capture(s, &second);
	end_permission(s, &first, PERMISSION_OBJECTED, EIGEN_HAARD);
	assert_receipt(s, EIGEN_HAARD, AUDIT_PERMISSION_END);
	signal_under(s, &second);
	assert_refused(s, EIGEN_HAARD, REASON_OBJECTED);
	by_law = letter_duty(&s->people, relation, s->now_ms);
	submit(s, &by_law);
	assert_refused(s, EIGEN_HAARD, REASON_OBJECTED);
}

static void
test_expired_record_stops_the_queue_and_no_referral(void **state)
{
	struct scene *s = *state;
	struct permission permission = consented(s);
	struct letter offer = offer_under(s, &permission);

	take_and_store(s, WPI);
	take_notice(s, BUURTTEAM, STATE_DELIVERED);
	end_permission(s, &permission, PERMISSION_SUPERSEDED, BUURTTEAM);
	assert_receipt(s, BUURTTEAM, AUDIT_PERMISSION_END);
	assert_int_equal(state_of(s, &offer), STATE_DELIVERED);
	take_event(s, WPI, PERMISSION_SUPERSEDED);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    SCENE(test_same_record_again_gets_the_same_receipt),
	    SCENE(test_record_signed_by_another_key_is_refused),
	    SCENE(test_key_that_ended_signs_nothing_new),
	    SCENE(test_record_that_breaks_a_rule_is_refused),
	    SCENE(test_withdrawal_stops_what_is_queued),
	    SCENE(test_withdrawal_reaches_who_has_it_unread),
	    SCENE(test_withdrawal_says_that_it_was_read),
	    SCENE(test_withdrawal_never_claims_what_a_hello_hid),
	    SCENE(test_withdrawal_recalls_what_never_left),
	    SCENE(test_only_a_first_handover_can_be_unsent),
	    SCENE(test_withdrawal_reports_each_message_that_it_stopped),
	    SCENE(test_who_misses_a_stopped_message_hears_the_state),
	    SCENE(test_withdrawal_at_the_recipients_desk_reaches_the_sender),
	    SCENE(test_code_withdraws_at_any_desk_and_reaches_both),
	    SCENE(test_capturer_hears_also_when_nothing_was_sent),
	    SCENE(test_each_member_gets_the_event_once),
	    SCENE(test_same_event_again_gets_the_same_receipt),
	    SCENE(test_stranger_cannot_end_a_permission),
	    SCENE(test_only_who_captured_it_says_that_it_was_given),
	    SCENE(test_event_that_does_not_end_this_kind_is_refused),
	    SCENE(test_objection_stops_what_rests_on_the_law),
	    SCENE(test_objection_stops_what_names_the_record),
	    SCENE(test_newer_record_does_not_undo_an_objection),
	    SCENE(test_objection_to_an_older_record_ends_the_ground),
	    SCENE(test_expired_record_stops_the_queue_and_no_referral),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
