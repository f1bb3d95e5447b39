/* SPDX-License-Identifier: EUPL-1.2 */
#include "tests/broker_scene.h"

/* Which reports are let in when there is room for nothing else. */

static void
reported(struct scene *s, const struct carried *report)
{
	say_bytes(s, WPI, TO_HUB_CARRIED,
	    carried_sign(&s->people, report, WPI));
	assert_receipt(s, WPI, AUDIT_CARRIED);
}

static bool
matters(struct scene *s, const struct carried *report)
{
	struct bytes bytes = carried_sign(&s->people, report, WPI);
	const struct to_hub message = {.kind = TO_HUB_CARRIED,
	    .u.bytes = span_bytes(&bytes)};
	const struct moment moment = {.now_ms = s->now_ms};
	bool ends = false;

	assert_int_equal(core_ends(s->core, s->txn, &moment, "wpi", &message,
			     &ends),
	    WH_OK);
	mem_free(bytes.p);
	return ends;
}

/* Who is outstanding could fill the reserve with parts without an end. */
static void
test_a_part_matters_once_and_the_last_always(void **state)
{
	struct scene *s = *state;
	struct permission permission = people_consent(&s->people, s->now_ms);
	struct letter offer = letter_offer(&s->people, &permission, s->now_ms);
	struct message_reach said = {offer.header.message_id, REACH_READ, ""};
	struct carried report =
	    people_report(&s->people, &permission, WPI, s->now_ms);

	capture(s, &permission);
	submit(s, &offer);
	take_and_store(s, WPI);
	end_permission(s, &permission, PERMISSION_WITHDRAWN, BUURTTEAM);
	assert_receipt(s, BUURTTEAM, AUDIT_PERMISSION_END);
	report.messages = &said;
	report.count = 1;
	report.more = true;
	assert_true(matters(s, &report));
	reported(s, &report);
	report.report_id = people_id(&s->people);
	assert_false(matters(s, &report));
	report.more = false;
	assert_true(matters(s, &report));
	reported(s, &report);
	assert_false(matters(s, &report));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    SCENE(test_a_part_matters_once_and_the_last_always),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
