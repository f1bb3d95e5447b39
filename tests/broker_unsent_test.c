/* SPDX-License-Identifier: EUPL-1.2 */
#include "tests/broker_scene.h"

/* A handover that did not leave the hub is none. */

static struct letter
offered(struct scene *s, struct permission *permission)
{
	struct letter offer;

	*permission = people_consent(&s->people, s->now_ms);
	capture(s, permission);
	offer = letter_offer(&s->people, permission, s->now_ms);
	submit(s, &offer);
	return offer;
}

static void
unsent(struct scene *s, enum who who, uint64_t delivery)
{
	uint8_t bytes[8] = {0};

	be64_put(bytes, delivery);
	apply(s, COMMAND_UNSENT, who_name[who], span_of(bytes, sizeof(bytes)));
}

/* The number of the delivery that who was just handed, and whether the core
 * says that it went out for the first time. */
static uint64_t
handed(struct scene *s, enum who who)
{
	const struct deliver *delivery = take(s, who);

	assert_non_null(delivery);
	return delivery->delivery;
}

static void
test_withdrawal_recalls_what_never_left(void **state)
{
	struct scene *s = *state;
	struct permission permission;
	struct letter offer = offered(s, &permission);

	unsent(s, WPI, handed(s, WPI));
	assert_int_equal(logged(s, AUDIT_UNSENT, 0), 1);
	end_permission(s, &permission, PERMISSION_WITHDRAWN, BUURTTEAM);
	assert_int_equal(state_of(s, &offer), STATE_WITHDRAWN);
	assert_int_equal(take_notice(s, BUURTTEAM, STATE_WITHDRAWN).reach,
	    REACH_RECALLED);
	assert_null(take(s, WPI));
}

static void
test_what_never_left_is_handed_over_later(void **state)
{
	struct scene *s = *state;
	struct permission permission;
	struct letter offer = offered(s, &permission);
	uint64_t delivery = handed(s, WPI);

	assert_null(take(s, WPI));
	unsent(s, WPI, delivery);
	assert_int_equal(handed(s, WPI), delivery);
	ack(s, WPI, delivery, REASON_NONE);
	assert_int_equal(state_of(s, &offer), STATE_DELIVERED);
}

static void
test_what_went_out_before_is_not_unsaid(void **state)
{
	struct scene *s = *state;
	struct permission permission;
	struct letter offer = offered(s, &permission);

	assert_int_not_equal(handed(s, WPI), 0);
	assert_int_not_equal(s->first_delivery, 0);
	hello(s, WPI);
	/* Handed over again: the loop has nothing to take back. */
	assert_int_not_equal(handed(s, WPI), 0);
	assert_int_equal(s->first_delivery, 0);
	assert_int_equal(state_of(s, &offer), STATE_QUEUED);
}

static void
test_unsent_beyond_what_was_handed_over_changes_nothing(void **state)
{
	struct scene *s = *state;
	struct permission permission;
	struct letter offer = offered(s, &permission);
	uint64_t delivery = handed(s, WPI);

	unsent(s, WPI, delivery + 1);
	unsent(s, WPI, 0);
	assert_int_equal(logged(s, AUDIT_UNSENT, 0), 0);
	assert_null(take(s, WPI));
	assert_int_equal(state_of(s, &offer), STATE_QUEUED);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    SCENE(test_withdrawal_recalls_what_never_left),
	    SCENE(test_what_never_left_is_handed_over_later),
	    SCENE(test_what_went_out_before_is_not_unsaid),
	    SCENE(test_unsent_beyond_what_was_handed_over_changes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
