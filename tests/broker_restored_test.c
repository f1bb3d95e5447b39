/* SPDX-License-Identifier: EUPL-1.2 */
#include "tests/broker_scene.h"

/* Records that a hub is told again, because it was put back from a backup. */

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
	    SCENE(test_kept_record_outlives_the_key_that_signed_it),
	    SCENE(test_kept_record_under_another_signature_is_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
