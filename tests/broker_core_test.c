/* SPDX-License-Identifier: EUPL-1.2 */
#include "tests/broker_scene.h"

/* What is let in, and what is refused: each with its reason and its entry. */

static struct permission
consented(struct scene *s)
{
	struct permission permission = people_consent(&s->people, s->now_ms);

	capture(s, &permission);
	assert_receipt(s, BUURTTEAM, AUDIT_PERMISSION);
	return permission;
}

static void
test_offer_is_queued_and_its_receipt_names_the_entry(void **state)
{
	struct scene *s = *state;
	struct permission permission = consented(s);
	struct letter offer = letter_offer(&s->people, &permission, s->now_ms);
	struct receipt receipt;
	struct audit_leaf leaf;

	submit(s, &offer);
	receipt = assert_receipt(s, BUURTTEAM, AUDIT_ACCEPTED);
	assert_int_equal(receipt.state, STATE_QUEUED);
	assert_false(receipt.duplicate);
	assert_true(id_equal(&receipt.id, &offer.header.message_id));
	leaf = leaf_at(s, receipt.log_index);
	assert_string_equal(leaf.from, "buurtteam");
	assert_string_equal(leaf.to, "wpi");
	assert_true(id_equal(&leaf.case_ref, &offer.header.case_ref));
	assert_int_equal(leaf.at_ms, s->now_ms);
	assert_true(waits(s, WPI));
	assert_int_equal(waiting(s, WPI), 1);
	assert_int_equal(state_of(s, &offer), STATE_QUEUED);
}

static void
test_same_bytes_again_get_the_same_receipt(void **state)
{
	struct scene *s = *state;
	struct permission permission = consented(s);
	struct letter offer = letter_offer(&s->people, &permission, s->now_ms);
	struct bytes bytes = letter_seal(&s->people, &offer);
	struct bytes copy = {mem_dup(span_bytes(&bytes)), bytes.len};
	uint64_t size, index;
	struct receipt again;

	say_bytes(s, BUURTTEAM, TO_HUB_SUBMIT, bytes);
	index = assert_receipt(s, BUURTTEAM, AUDIT_ACCEPTED).log_index;
	size = audit_size(core_audit(s->core));
	s->now_ms += DAY_MS;
	say_bytes(s, BUURTTEAM, TO_HUB_SUBMIT, copy);
	again = assert_receipt(s, BUURTTEAM, AUDIT_ACCEPTED);
	assert_int_equal(again.log_index, index);
	assert_true(again.duplicate);
	assert_int_equal(audit_size(core_audit(s->core)), size);
	assert_int_equal(waiting(s, WPI), 1);
}

static void
test_same_id_with_other_bytes_is_a_conflict(void **state)
{
	struct scene *s = *state;
	struct permission permission = consented(s);
	struct letter offer = letter_offer(&s->people, &permission, s->now_ms);

	submit(s, &offer);
	submit(s, &offer); /* sealed afresh: other bytes */
	assert_refused(s, BUURTTEAM, REASON_DUPLICATE_CONFLICT);
	assert_int_equal(waiting(s, WPI), 1);
}

static void
test_second_offer_of_a_referral_is_a_conflict(void **state)
{
	struct scene *s = *state;
	struct permission permission = consented(s);
	struct letter offer = letter_offer(&s->people, &permission, s->now_ms);

	submit(s, &offer);
	offer.header.message_id = people_id(&s->people);
	submit(s, &offer);
	assert_refused(s, BUURTTEAM, REASON_DUPLICATE_CONFLICT);
}

static void
test_unreadable_bytes_are_malformed(void **state)
{
	struct scene *s = *state;
	struct bytes junk = {mem_dup(span_str("no envelope")), 11};

	say_bytes(s, BUURTTEAM, TO_HUB_SUBMIT, junk);
	assert_refused(s, BUURTTEAM, REASON_MALFORMED);
	junk = (struct bytes){mem_dup(span_str("no permission")), 13};
	say_bytes(s, BUURTTEAM, TO_HUB_PERMISSION, junk);
	assert_refused(s, BUURTTEAM, REASON_MALFORMED);
	junk = (struct bytes){mem_dup(span_str("no event")), 8};
	say_bytes(s, BUURTTEAM, TO_HUB_PERMISSION_EVENT, junk);
	assert_refused(s, BUURTTEAM, REASON_MALFORMED);
}

static void
test_sender_is_who_it_is_on_the_wire(void **state)
{
	struct scene *s = *state;
	struct permission permission = consented(s);
	struct letter offer = letter_offer(&s->people, &permission, s->now_ms);

	say_bytes(s, POLITIE, TO_HUB_SUBMIT, letter_seal(&s->people, &offer));
	assert_refused(s, POLITIE, REASON_NOT_A_MEMBER);
	assert_int_equal(waiting(s, WPI), 0);
}

static void
test_letter_from_the_future_is_refused(void **state)
{
	struct scene *s = *state;
	struct permission permission = consented(s);
	struct letter offer =
	    letter_offer(&s->people, &permission, s->now_ms + SKEW_MAX_MS + 1);

	submit(s, &offer);
	assert_refused(s, BUURTTEAM, REASON_MALFORMED);
	offer.header.created_ms = s->now_ms + SKEW_MAX_MS;
	submit(s, &offer);
	assert_receipt(s, BUURTTEAM, AUDIT_ACCEPTED);
}

/* One thing wrong with an offer that is otherwise right. */
struct wrong {
	const char *what;
	void (*make)(struct scene *s, struct letter *offer);
	enum reason reason;
};

static void
no_permission(struct scene *s, struct letter *offer)
{
	offer->header.ground.permission_id = people_id(&s->people);
}

static void
not_covered(struct scene *s, struct letter *offer)
{
	(void)s;
	offer->categories |= BIT(HOUSEHOLD);
}

static void
required_missing(struct scene *s, struct letter *offer)
{
	(void)s;
	offer->categories = 0;
}

static void
other_recipient(struct scene *s, struct letter *offer)
{
	(void)s;
	offer->header.to_member = "politie";
	offer->header.to_desk = "";
}

static void
unknown_recipient(struct scene *s, struct letter *offer)
{
	(void)s;
	offer->header.to_member = "wpi";
	offer->header.to_desk = "nergens";
}

static void
unknown_type(struct scene *s, struct letter *offer)
{
	(void)s;
	offer->header.type = "iets-anders";
}

static void
other_relation(struct scene *s, struct letter *offer)
{
	offer->header.relation_ref = people_id(&s->people);
}

static void
old_epoch(struct scene *s, struct letter *offer)
{
	(void)s;
	offer->header.epoch = 7;
}

static void
expired(struct scene *s, struct letter *offer)
{
	offer->header.created_ms = s->now_ms - 2;
	offer->header.expires_ms = s->now_ms - 1;
}

static void
to_itself(struct scene *s, struct letter *offer)
{
	(void)s;
	offer->header.to_member = "buurtteam";
	offer->header.to_desk = "osdorp";
}

static const struct wrong wrongs[] = {
    {"a permission that is not here", no_permission, REASON_NO_PERMISSION},
    {"a category too many", not_covered, REASON_CATEGORY_NOT_COVERED},
    {"a category too few", required_missing, REASON_CATEGORY_MISSING},
    {"a role that does not take it", other_recipient, REASON_ROLE_NOT_ALLOWED},
    {"a desk that is not there", unknown_recipient, REASON_NOT_A_MEMBER},
    {"a type of no covenant", unknown_type, REASON_UNKNOWN_TYPE},
    {"another relation", other_relation, REASON_NO_PERMISSION},
    {"another epoch", old_epoch, REASON_STALE_EPOCH},
    {"a term that is over", expired, REASON_EXPIRED_MESSAGE},
    {"itself as recipient", to_itself, REASON_WRONG_PARTIES},
};

static void
test_each_wrong_offer_is_refused_with_its_reason(void **state)
{
	struct scene *s = *state;
	struct permission permission = consented(s);

	for (size_t i = 0; i < sizeof(wrongs) / sizeof(*wrongs); i++) {
		struct letter offer =
		    letter_offer(&s->people, &permission, s->now_ms);
		struct case_row row;

		wrongs[i].make(s, &offer);
		submit(s, &offer);
		assert_refused(s, BUURTTEAM, wrongs[i].reason);
		assert_int_equal(row_case_get(s->txn, &offer.header.case_ref,
				     &row),
		    WH_NOT_FOUND);
	}
	assert_int_equal(waiting(s, WPI), 0);
}

static void
test_refused_offer_may_be_sent_again_when_it_is_right(void **state)
{
	struct scene *s = *state;
	struct permission permission = people_consent(&s->people, s->now_ms);
	struct letter offer = letter_offer(&s->people, &permission, s->now_ms);

	submit(s, &offer);
	assert_refused(s, BUURTTEAM, REASON_NO_PERMISSION);
	capture(s, &permission);
	submit(s, &offer);
	assert_receipt(s, BUURTTEAM, AUDIT_ACCEPTED);
}

static void
test_withdrawn_permission_lets_nothing_in(void **state)
{
	struct scene *s = *state;
	struct permission permission = consented(s);
	struct letter offer = letter_offer(&s->people, &permission, s->now_ms);

	end_permission(s, &permission, PERMISSION_WITHDRAWN, BUURTTEAM);
	assert_receipt(s, BUURTTEAM, AUDIT_PERMISSION_END);
	submit(s, &offer);
	assert_refused(s, BUURTTEAM, REASON_PERMISSION_WITHDRAWN);
}

static void
test_event_of_no_referral_is_refused(void **state)
{
	struct scene *s = *state;
	struct permission permission = consented(s);
	struct letter offer = letter_offer(&s->people, &permission, s->now_ms);
	struct letter accept =
	    letter_back(&s->people, &offer, EVENT_ACCEPT, CODE_NONE);

	submit(s, &accept);
	assert_refused(s, WPI, REASON_STATE_FORBIDS);
}

static void
test_third_party_has_no_say_in_a_referral(void **state)
{
	struct scene *s = *state;
	struct permission permission = consented(s);
	struct letter offer = letter_offer(&s->people, &permission, s->now_ms);
	struct letter other;

	submit(s, &offer);
	other = letter_next(&s->people, &offer, EVENT_CANCEL);
	other.header.from_member = "politie";
	other.header.from_desk = "";
	submit(s, &other);
	assert_refused(s, POLITIE, REASON_WRONG_PARTIES);
	other = letter_next(&s->people, &offer, EVENT_CANCEL);
	other.header.to_member = "politie";
	other.header.to_desk = "";
	submit(s, &other);
	assert_refused(s, BUURTTEAM, REASON_WRONG_PARTIES);
	other = letter_next(&s->people, &offer, EVENT_CANCEL);
	other.header.type = "werk";
	submit(s, &other);
	assert_refused(s, BUURTTEAM, REASON_WRONG_TYPE);
}

static void
test_state_and_code_rule_what_may_be_said(void **state)
{
	struct scene *s = *state;
	struct permission permission = consented(s);
	struct letter offer = letter_offer(&s->people, &permission, s->now_ms);
	struct letter next;

	submit(s, &offer);
	next = letter_back(&s->people, &offer, EVENT_ACCEPT, CODE_NONE);
	submit(s, &next); /* a guess: it was not handed over yet */
	assert_refused(s, WPI, REASON_STATE_FORBIDS);
	assert_int_equal(state_of(s, &offer), STATE_QUEUED);
	take_and_store(s, WPI);
	next = letter_back(&s->people, &offer, EVENT_DECLINE, CODE_NONE);
	submit(s, &next);
	assert_refused(s, WPI, REASON_CODE_REQUIRED);
	next = letter_back(&s->people, &offer, EVENT_START, CODE_NONE);
	submit(s, &next);
	assert_refused(s, WPI, REASON_STATE_FORBIDS);
	next = letter_back(&s->people, &offer, EVENT_DECLINE, CODE_NO_CAPACITY);
	submit(s, &next);
	assert_receipt(s, WPI, AUDIT_ACCEPTED);
	assert_int_equal(state_of(s, &offer), STATE_DECLINED);
}

static void
test_full_queue_is_over_quota(void **state)
{
	struct scene *s = *state;
	struct permission permission = consented(s);
	struct letter offer = letter_offer(&s->people, &permission, s->now_ms);
	struct member_row row = {.waiting = QUEUE_ROWS_MAX};

	assert_int_equal(row_member_put(s->txn, "wpi", &row), WH_OK);
	submit(s, &offer);
	assert_refused(s, BUURTTEAM, REASON_OVER_QUOTA);
}

static void
test_feedback_does_not_move_the_end(void **state)
{
	struct scene *s = *state;
	struct permission permission = consented(s);
	struct letter offer = letter_offer(&s->people, &permission, s->now_ms);
	struct letter next;
	struct case_row row;
	int64_t ended_ms;

	submit(s, &offer);
	take_and_store(s, WPI);
	next = letter_back(&s->people, &offer, EVENT_ACCEPT, CODE_NONE);
	submit(s, &next);
	next = letter_back(&s->people, &offer, EVENT_COMPLETE, CODE_HELPED);
	submit(s, &next);
	assert_receipt(s, WPI, AUDIT_ACCEPTED);
	ended_ms = s->now_ms;
	s->now_ms += DAY_MS;
	next = letter_next(&s->people, &offer, EVENT_CLIENT_FEEDBACK);
	next.header.created_ms = s->now_ms;
	next.header.expires_ms = s->now_ms + DAY_MS;
	submit(s, &next);
	assert_receipt(s, BUURTTEAM, AUDIT_ACCEPTED);
	assert_int_equal(row_case_get(s->txn, &offer.header.case_ref, &row),
	    WH_OK);
	assert_int_equal(row.ended_ms, ended_ms);
}

static void
test_only_a_newer_register_of_the_alliance_counts(void **state)
{
	struct scene *s = *state;
	struct bytes reg = people_register(&s->people, 2);
	struct people others;
	uint64_t size = audit_size(core_audit(s->core));

	apply(s, COMMAND_REGISTER, "", span_bytes(&reg));
	assert_int_equal(s->heard[0].kind, EFFECT_REGISTER);
	assert_int_equal(core_register(s->core)->reg.version, 2);
	assert_int_equal(logged(s, AUDIT_REGISTER, 0), 2);
	mem_free(reg.p);
	size = audit_size(core_audit(s->core));
	reg = people_register(&s->people, 1);
	apply(s, COMMAND_REGISTER, "", span_bytes(&reg));
	mem_free(reg.p);
	people_init(&others);
	reg = people_register(&others, 9);
	apply(s, COMMAND_REGISTER, "", span_bytes(&reg));
	mem_free(reg.p);
	people_fini(&others);
	assert_int_equal(core_register(s->core)->reg.version, 2);
	assert_int_equal(audit_size(core_audit(s->core)), size);
}

static void
test_who_left_the_register_says_nothing_more(void **state)
{
	struct scene *s = *state;
	struct permission permission = consented(s);
	struct letter offer = letter_offer(&s->people, &permission, s->now_ms);
	struct bytes reg;

	people_member(&s->people, "rochdale")->id = "nieuw";
	people_member(&s->people, "buurtteam")->id = "rochdale";
	people_member(&s->people, "nieuw")->id = "buurtteam-oud";
	reg = people_register(&s->people, 2);
	apply(s, COMMAND_REGISTER, "", span_bytes(&reg));
	mem_free(reg.p);
	submit(s, &offer);
	assert_refused(s, BUURTTEAM, REASON_NOT_A_MEMBER);
	handover(s, BUURTTEAM, 9);
	assert_int_equal(s->heard_count, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    SCENE(test_offer_is_queued_and_its_receipt_names_the_entry),
	    SCENE(test_same_bytes_again_get_the_same_receipt),
	    SCENE(test_same_id_with_other_bytes_is_a_conflict),
	    SCENE(test_second_offer_of_a_referral_is_a_conflict),
	    SCENE(test_unreadable_bytes_are_malformed),
	    SCENE(test_sender_is_who_it_is_on_the_wire),
	    SCENE(test_letter_from_the_future_is_refused),
	    SCENE(test_each_wrong_offer_is_refused_with_its_reason),
	    SCENE(test_refused_offer_may_be_sent_again_when_it_is_right),
	    SCENE(test_withdrawn_permission_lets_nothing_in),
	    SCENE(test_event_of_no_referral_is_refused),
	    SCENE(test_third_party_has_no_say_in_a_referral),
	    SCENE(test_state_and_code_rule_what_may_be_said),
	    SCENE(test_full_queue_is_over_quota),
	    SCENE(test_feedback_does_not_move_the_end),
	    SCENE(test_only_a_newer_register_of_the_alliance_counts),
	    SCENE(test_who_left_the_register_says_nothing_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
