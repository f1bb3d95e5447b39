/* SPDX-License-Identifier: EUPL-1.2 */
#include "tests/broker_scene.h"

/* Ends that are open when a key or a member goes from the register. */

#define MANY 600

/* All that waits for who goes; the last event among it is in event. */
static size_t
events_of(struct scene *s, enum who who, struct bytes *event)
{
	const struct deliver *delivery;
	size_t n = 0;

	while ((delivery = take(s, who)) != NULL) {
		if (delivery->kind == DELIVER_PERMISSION_EVENT) {
			mem_free(event->p);
			event->p = mem_dup(delivery->permission_event);
			event->len = delivery->permission_event.len;
			n++;
		}
		ack(s, who, delivery->delivery, REASON_NONE);
	}
	return n;
}

/* So many waited, and nobody needs to see them. */
static size_t
cleared(struct scene *s, enum who who)
{
	struct bytes event = {0};
	size_t n = events_of(s, who, &event);

	mem_free(event.p);
	return n;
}

static struct permission
delivered(struct scene *s)
{
	struct permission permission = people_consent(&s->people, s->now_ms);
	struct letter offer;

	capture(s, &permission);
	offer = letter_offer(&s->people, &permission, s->now_ms);
	submit(s, &offer);
	cleared(s, WPI);
	return permission;
}

static void
in_force(struct scene *s)
{
	uint64_t version = core_register(s->core)->reg.version;
	struct bytes reg = people_register(&s->people, version + 1);

	apply(s, COMMAND_REGISTER, "", span_bytes(&reg));
	mem_free(reg.p);
	for (int i = 0; i < 8; i++)
		tick(s, 10);
}

/* The signing key of who is taken out, and there is another. */
static void
revoke(struct scene *s, enum who who)
{
	struct key_secrets fresh;

	assert_int_equal(key_secrets_new(KEYFILE_MEMBER, &fresh), WH_OK);
	s->people.member[who].signing = fresh.signing;
	memcpy(people_member(&s->people, who_name[who])->keys[1].key,
	    fresh.signing.public_key, WIRE_KEY_LEN);
	in_force(s);
}

/* Another member has its role, and its keys: not its name. */
static void
leaves(struct scene *s, enum who who)
{
	people_member(&s->people, who_name[who])->id = "opvolger";
	in_force(s);
}

static struct permission_change
withdrawn(struct scene *s, const struct permission *permission, enum who by)
{
	struct permission_change change = people_change(&s->people, permission,
	    PERMISSION_WITHDRAWN, by, s->now_ms);

	say_bytes(s, by, TO_HUB_PERMISSION_EVENT,
	    change_sign(&s->people, &change, by));
	assert_receipt(s, by, AUDIT_PERMISSION_END);
	return change;
}

static void
withdrawn_by_code(struct scene *s, const struct permission *permission)
{
	struct permission_change change = people_change(&s->people, permission,
	    PERMISSION_WITHDRAWN, POLITIE, s->now_ms);

	change.has_permission = false;
	change.withdrawal_code = span_str(WORLD_CODE);
	say_bytes(s, POLITIE, TO_HUB_PERMISSION_EVENT,
	    change_sign(&s->people, &change, POLITIE));
	assert_receipt(s, POLITIE, AUDIT_PERMISSION_END);
}

static void
reported(struct scene *s, const struct permission *permission, enum who who)
{
	struct carried report =
	    people_report(&s->people, permission, who, s->now_ms);

	say_bytes(s, who, TO_HUB_CARRIED,
	    carried_sign(&s->people, &report, who));
	assert_receipt(s, who, AUDIT_CARRIED);
}

/* It holds under a key that is in the register now. */
static void
assert_checkable(struct scene *s, struct span event, const char *domain,
    const char *by)
{
	const struct reg_member *member =
	    register_member(&core_register(s->core)->reg, by);
	const struct reg_key *key;
	struct signed_body body;

	assert_int_equal(wire_signed_read(&s->arena, event, PERMISSION_MAX,
			     &body, NULL),
	    WH_OK);
	key = register_key_by_id(member, KEY_SIGNING, body.key_id);
	assert_non_null(key);
	assert_int_equal(wire_signed_check(&body, domain, key->key), WH_OK);
}

/* WPI gets an end that it can check, and so the withdrawal is finished. */
static void
assert_comes_through(struct scene *s, const struct permission *permission,
    const char *by)
{
	struct bytes event = {0};

	assert_int_equal(events_of(s, WPI, &event), 1);
	assert_checkable(s, span_bytes(&event), WIRE_DOMAIN_PERMISSION_EVENT,
	    by);
	mem_free(event.p);
	reported(s, permission, WPI);
	assert_int_not_equal(row_of(s, permission).done_ms, 0);
}

static void
test_its_signer_says_it_again_under_the_next_key(void **state)
{
	struct scene *s = *state;
	struct permission permission = delivered(s);
	struct permission_change change = withdrawn(s, &permission, BUURTTEAM);
	uint64_t index = row_of(s, &permission).recorded_index;
	struct receipt receipt;

	revoke(s, BUURTTEAM);
	cleared(s, WPI); /* it was away, and can do nothing with this one */
	say_bytes(s, BUURTTEAM, TO_HUB_PERMISSION_EVENT,
	    change_sign(&s->people, &change, BUURTTEAM));
	receipt = assert_receipt(s, BUURTTEAM, AUDIT_PERMISSION_END);
	assert_true(receipt.duplicate);
	assert_int_equal(receipt.log_index, index);
	assert_comes_through(s, &permission, "buurtteam");
	/* The one of before stays on record. */
	assert_int_equal(logged(s, AUDIT_PERMISSION_END, PERMISSION_WITHDRAWN),
	    1);
}

static void
test_an_end_by_code_takes_the_place_of_one_of_who_left(void **state)
{
	struct scene *s = *state;
	struct permission permission = delivered(s);

	withdrawn(s, &permission, BUURTTEAM);
	leaves(s, BUURTTEAM);
	cleared(s, WPI);
	withdrawn_by_code(s, &permission);
	assert_comes_through(s, &permission, "politie");
}

/* Its own professional ends it, who cannot check what the hub tells. */
static void
test_who_is_outstanding_ends_it_itself(void **state)
{
	struct scene *s = *state;
	struct permission permission = delivered(s);

	withdrawn(s, &permission, BUURTTEAM);
	leaves(s, BUURTTEAM);
	cleared(s, WPI);
	withdrawn(s, &permission, WPI);
	assert_comes_through(s, &permission, "wpi");
}

static void
test_who_carried_it_through_is_asked_to_say_it(void **state)
{
	struct scene *s = *state;
	struct permission permission = delivered(s);

	withdrawn_by_code(s, &permission);
	assert_int_equal(cleared(s, BUURTTEAM), 1);
	reported(s, &permission, BUURTTEAM);
	revoke(s, POLITIE);
	cleared(s, WPI);
	assert_int_equal(cleared(s, BUURTTEAM), 1);
	withdrawn(s, &permission, BUURTTEAM);
	assert_comes_through(s, &permission, "buurtteam");
	tick(s, DAY_MS);
	assert_int_equal(cleared(s, BUURTTEAM), 0);
}

static void
test_it_is_asked_again_each_day(void **state)
{
	struct scene *s = *state;
	struct permission permission = delivered(s);

	withdrawn_by_code(s, &permission);
	assert_int_equal(cleared(s, BUURTTEAM), 1);
	reported(s, &permission, BUURTTEAM);
	tick(s, DAY_MS);
	assert_int_equal(cleared(s, BUURTTEAM), 0); /* it has said its word */
	leaves(s, POLITIE);
	assert_int_equal(cleared(s, BUURTTEAM), 1);
	tick(s, DAY_MS);
	assert_int_equal(cleared(s, BUURTTEAM), 1);
	tick(s, DAY_MS);
	tick(s, DAY_MS);
	assert_int_equal(cleared(s, BUURTTEAM), 1); /* not while it waits */
}

static void
test_what_members_can_check_is_not_replaced(void **state)
{
	struct scene *s = *state;
	struct permission permission = delivered(s);

	withdrawn(s, &permission, BUURTTEAM);
	assert_int_equal(cleared(s, WPI), 1);
	revoke(s, EIGEN_HAARD);
	withdrawn_by_code(s, &permission);
	withdrawn(s, &permission, BUURTTEAM);
	assert_int_equal(cleared(s, WPI), 0);
}

/* Ended is not removed: what it signed before is as good as ever. */
static void
test_a_key_that_ended_is_no_reason(void **state)
{
	struct scene *s = *state;
	struct permission permission = delivered(s);

	withdrawn_by_code(s, &permission);
	assert_int_equal(cleared(s, BUURTTEAM), 1);
	reported(s, &permission, BUURTTEAM);
	s->now_ms += DAY_MS / 2;
	people_member(&s->people, "politie")->keys[1].until_ms = s->now_ms;
	in_force(s);
	assert_int_equal(cleared(s, BUURTTEAM), 0);
}

/* Who was not told of it cannot be made to erase by a key that was stolen. */
static void
test_the_key_that_is_gone_ends_nothing(void **state)
{
	struct scene *s = *state;
	struct permission permission = delivered(s);
	struct key_secrets stolen = s->people.member[BUURTTEAM], now;
	struct permission_change change;

	revoke(s, BUURTTEAM);
	now = s->people.member[BUURTTEAM];
	s->people.member[BUURTTEAM] = stolen;
	change = people_change(&s->people, &permission, PERMISSION_WITHDRAWN,
	    BUURTTEAM, s->now_ms);
	say_bytes(s, BUURTTEAM, TO_HUB_PERMISSION_EVENT,
	    change_sign(&s->people, &change, BUURTTEAM));
	assert_refused(s, BUURTTEAM, REASON_BAD_SIGNATURE);
	s->people.member[BUURTTEAM] = now;
	assert_int_equal(cleared(s, WPI), 0);
}

/* More than one tick looks at, and all are asked for. */
static void
test_many_are_looked_at_in_steps(void **state)
{
	struct scene *s = *state;
	struct permission permission;

	for (int i = 0; i < MANY; i++) {
		permission = delivered(s);
		end_permission(s, &permission, PERMISSION_WITHDRAWN, WPI);
		cleared(s, WPI);
		reported(s, &permission, WPI);
	}
	leaves(s, WPI);
	assert_int_equal(cleared(s, BUURTTEAM), MANY);
	assert_int_equal(row_of(s, &permission).outstanding, 1);
}

/* A recipient that never heard of the record gets it with the event. */
static void
test_a_record_goes_with_its_new_signature(void **state)
{
	struct scene *s = *state;
	struct permission permission = delivered(s);
	const struct deliver *delivery;

	revoke(s, BUURTTEAM);
	capture(s, &permission);
	assert_true(assert_receipt(s, BUURTTEAM, AUDIT_PERMISSION).duplicate);
	withdrawn(s, &permission, BUURTTEAM);
	delivery = take(s, WPI);
	assert_non_null(delivery);
	assert_int_equal(delivery->kind, DELIVER_PERMISSION_EVENT);
	assert_checkable(s, delivery->permission, WIRE_DOMAIN_PERMISSION,
	    "buurtteam");
}

/* The last that who is told of how far it came; names go with the frame. */
static struct withdrawal
told(struct scene *s, enum who who, const char *departed)
{
	const struct deliver *delivery;
	struct withdrawal w = {0};

	while ((delivery = take(s, who)) != NULL) {
		if (delivery->kind == DELIVER_WITHDRAWAL) {
			w = *delivery->withdrawal;
			assert_int_equal(w.departed_count, departed != NULL);
			if (departed != NULL)
				assert_string_equal(w.departed_members[0],
				    departed);
		}
		ack(s, who, delivery->delivery, REASON_NONE);
	}
	assert_int_not_equal(w.recorded_ms, 0);
	return w;
}

static void
test_who_leaves_is_not_waited_for_and_not_called_done(void **state)
{
	struct scene *s = *state;
	struct permission permission = delivered(s);
	struct reach_sums sums;
	struct withdrawal w;

	withdrawn(s, &permission, BUURTTEAM);
	tick(s, DAY_MS);
	tick(s, DAY_MS);
	cleared(s, BUURTTEAM);
	leaves(s, WPI);
	w = told(s, BUURTTEAM, "wpi");
	assert_int_equal(w.outstanding, 0);
	assert_int_equal(w.departed, 1);
	assert_int_not_equal(w.done_ms, 0);
	assert_int_equal(w.counts[REACH_DELIVERED_UNREAD], 1);
	assert_int_equal(w.counts[REACH_ERASED], 0);
	assert_int_equal(logged(s, AUDIT_DEPARTED, 0), 1);
	assert_int_equal(logged(s, AUDIT_CARRIED, 0), 1); /* of all others */
	assert_int_equal(reach_sums_get(s->txn, &sums), WH_OK);
	assert_int_equal(sums.open, 0);
	assert_int_equal(sums.overdue, 0);
	tick(s, 2 * DAY_MS);
	assert_int_equal(cleared(s, BUURTTEAM), 0); /* nobody is chased */
}

static void
test_who_left_before_the_end_is_told_of_as_such(void **state)
{
	struct scene *s = *state;
	struct permission permission = delivered(s);
	struct withdrawal w;

	leaves(s, WPI);
	withdrawn(s, &permission, BUURTTEAM);
	w = told(s, BUURTTEAM, "wpi");
	assert_int_equal(w.outstanding, 0);
	assert_int_equal(w.done_ms, s->now_ms);
	assert_int_equal(logged(s, AUDIT_DEPARTED, 0), 1);
}

static void
test_the_others_are_waited_for(void **state)
{
	struct scene *s = *state;
	struct permission permission = delivered(s);
	struct withdrawal w;

	withdrawn_by_code(s, &permission);
	leaves(s, WPI);
	w = told(s, POLITIE, NULL); /* numbers, not names */
	assert_int_equal(w.outstanding, 1);
	assert_int_equal(w.departed, 1);
	assert_int_equal(w.done_ms, 0);
	reported(s, &permission, BUURTTEAM);
	w = told(s, POLITIE, NULL);
	assert_int_equal(w.departed, 1);
	assert_int_not_equal(w.done_ms, 0);
}

static void
test_who_comes_back_may_give_its_word_after_all(void **state)
{
	struct scene *s = *state;
	struct permission permission = delivered(s);
	struct withdrawal_row row;
	struct withdrawal w;

	withdrawn(s, &permission, BUURTTEAM);
	cleared(s, BUURTTEAM);
	leaves(s, WPI);
	told(s, BUURTTEAM, "wpi");
	row = row_of(s, &permission);
	people_member(&s->people, "opvolger")->id = "wpi";
	in_force(s);
	assert_int_equal(cleared(s, WPI), 1); /* it still waited there */
	reported(s, &permission, WPI);
	w = told(s, BUURTTEAM, NULL);
	assert_int_equal(w.departed, 0);
	assert_int_equal(w.outstanding, 0);
	assert_int_equal(w.done_ms, row.done_ms);
	assert_int_equal(w.counts[REACH_ERASED], 1);
}

/* Nothing is kept for a member that will never say its word. */
static void
test_its_referral_is_erased_in_the_end(void **state)
{
	struct scene *s = *state;
	struct permission permission = delivered(s);
	uint64_t cases = 0;

	withdrawn(s, &permission, BUURTTEAM);
	leaves(s, WPI);
	for (int i = 0; i < 400; i++)
		tick(s, DAY_MS);
	assert_int_equal(kv_count(s->txn, TABLE_CASE, &cases), WH_OK);
	assert_int_equal(cases, 0);
}

/* What was received is still there when a record gives way to another. */
static void
test_what_was_superseded_can_still_be_taken_back(void **state)
{
	struct scene *s = *state;
	struct permission permission = delivered(s);
	struct bytes event = {0};

	end_permission(s, &permission, PERMISSION_SUPERSEDED, BUURTTEAM);
	assert_receipt(s, BUURTTEAM, AUDIT_PERMISSION_END);
	assert_int_equal(cleared(s, WPI), 1);
	withdrawn_by_code(s, &permission);
	assert_int_equal(row_of(s, &permission).outstanding, 2);
	assert_int_equal(events_of(s, WPI, &event), 1);
	mem_free(event.p);
	reported(s, &permission, WPI);
	reported(s, &permission, BUURTTEAM);
	assert_int_not_equal(row_of(s, &permission).done_ms, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    SCENE(test_its_signer_says_it_again_under_the_next_key),
	    SCENE(test_an_end_by_code_takes_the_place_of_one_of_who_left),
	    SCENE(test_who_is_outstanding_ends_it_itself),
	    SCENE(test_who_carried_it_through_is_asked_to_say_it),
	    SCENE(test_it_is_asked_again_each_day),
	    SCENE(test_what_members_can_check_is_not_replaced),
	    SCENE(test_a_key_that_ended_is_no_reason),
	    SCENE(test_the_key_that_is_gone_ends_nothing),
	    SCENE(test_many_are_looked_at_in_steps),
	    SCENE(test_a_record_goes_with_its_new_signature),
	    SCENE(test_who_leaves_is_not_waited_for_and_not_called_done),
	    SCENE(test_who_left_before_the_end_is_told_of_as_such),
	    SCENE(test_the_others_are_waited_for),
	    SCENE(test_who_comes_back_may_give_its_word_after_all),
	    SCENE(test_its_referral_is_erased_in_the_end),
	    SCENE(test_what_was_superseded_can_still_be_taken_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
