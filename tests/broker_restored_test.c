/* SPDX-License-Identifier: EUPL-1.2 */
#include "tests/broker_scene.h"

/* Records and ends of permissions at a hub that was put back from a backup. */

/* The log goes on in another tree, because entries were lost. */
static void
restored(struct scene *s)
{
	s->now_ms += 1000;
	open_log(s, AUDIT_OPENED_RESTORED);
	assert_int_equal(audit_generation(core_audit(s->core)), 1);
}

static struct permission
consented(struct scene *s)
{
	struct permission permission = people_consent(&s->people, s->now_ms);

	capture(s, &permission);
	assert_non_null(sent(s, BUURTTEAM, FROM_HUB_RECEIPT, 0));
	return permission;
}

static void
withdraw(struct scene *s, const struct permission *permission)
{
	end_permission(s, permission, PERMISSION_WITHDRAWN, BUURTTEAM);
	assert_non_null(sent(s, BUURTTEAM, FROM_HUB_RECEIPT, 0));
}

static void
take_event(struct scene *s, enum who who)
{
	const struct deliver *delivery = take(s, who);

	assert_non_null(delivery);
	assert_int_equal(delivery->kind, DELIVER_PERMISSION_EVENT);
	ack(s, who, delivery->delivery, REASON_NONE);
}

static void
reported(struct scene *s, const struct permission *permission, enum who who)
{
	struct carried report =
	    people_report(&s->people, permission, who, s->now_ms);

	say_bytes(s, who, TO_HUB_CARRIED,
	    carried_sign(&s->people, &report, who));
	assert_non_null(sent(s, who, FROM_HUB_RECEIPT, 0));
}

/* A referral may have been carried that this hub knows nothing of. */
static void
test_both_parties_must_carry_it_through(void **state)
{
	struct scene *s = *state;
	struct permission permission = consented(s);

	restored(s);
	withdraw(s, &permission);
	assert_int_equal(row_of(s, &permission).outstanding, 2);
	assert_int_equal(row_of(s, &permission).done_ms, 0);
	take_event(s, WPI);
	take_event(s, BUURTTEAM);
	reported(s, &permission, WPI);
	reported(s, &permission, BUURTTEAM);
	assert_int_equal(row_of(s, &permission).outstanding, 0);
	assert_int_not_equal(row_of(s, &permission).done_ms, 0);
}

/* Also when its record was lost and came again. */
static void
test_record_from_before_that_came_again_is_one_of_them(void **state)
{
	struct scene *s = *state;
	struct permission permission = people_consent(&s->people, s->now_ms);

	restored(s);
	capture(s, &permission);
	withdraw(s, &permission);
	assert_int_equal(row_of(s, &permission).outstanding, 2);
}

static void
test_what_was_given_since_reaches_who_has_heard(void **state)
{
	struct scene *s = *state;
	struct permission permission;

	restored(s);
	s->now_ms += 1000;
	permission = people_consent(&s->people, s->now_ms);
	permission.valid_from_ms = s->now_ms;
	capture(s, &permission);
	withdraw(s, &permission);
	assert_int_equal(row_of(s, &permission).outstanding, 0);
	assert_null(take(s, WPI));
}

static void
keys_changed(struct scene *s)
{
	struct bytes reg = people_register(&s->people, 2);

	apply(s, COMMAND_REGISTER, "", span_bytes(&reg));
	mem_free(reg.p);
}

/* Who presents a record again signed it with the key of then. */
static void
test_kept_record_outlives_the_key_that_signed_it(void **state)
{
	struct scene *s = *state;
	struct permission permission = people_consent(&s->people, s->now_ms);
	struct receipt first, again;

	capture(s, &permission);
	first = assert_receipt(s, BUURTTEAM, AUDIT_PERMISSION);
	people_member(&s->people, "buurtteam")->keys[1].until_ms = s->now_ms;
	people_member(&s->people, "buurtteam")->keys[1].from_ms = 1;
	keys_changed(s);
	capture(s, &permission);
	again = assert_receipt(s, BUURTTEAM, AUDIT_PERMISSION);
	assert_true(again.duplicate);
	assert_int_equal(again.log_index, first.log_index);
}

/* Or it signs the same record anew, with the key of now. */
static void
test_kept_record_under_another_signature_is_the_same(void **state)
{
	struct scene *s = *state;
	struct permission permission = people_consent(&s->people, s->now_ms);
	struct sign_secret *signing = &s->people.member[BUURTTEAM].signing;
	struct receipt first, again;

	capture(s, &permission);
	first = assert_receipt(s, BUURTTEAM, AUDIT_PERMISSION);
	sign_secret_new(signing);
	memcpy(people_member(&s->people, "buurtteam")->keys[1].key,
	    signing->public_key, WIRE_KEY_LEN);
	keys_changed(s);
	capture(s, &permission);
	again = assert_receipt(s, BUURTTEAM, AUDIT_PERMISSION);
	assert_true(again.duplicate);
	assert_int_equal(again.log_index, first.log_index);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    SCENE(test_both_parties_must_carry_it_through),
	    SCENE(test_record_from_before_that_came_again_is_one_of_them),
	    SCENE(test_what_was_given_since_reaches_who_has_heard),
	    SCENE(test_kept_record_outlives_the_key_that_signed_it),
	    SCENE(test_kept_record_under_another_signature_is_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
