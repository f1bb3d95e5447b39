/* SPDX-License-Identifier: EUPL-1.2 */
#include "tests/adapters_desk_ended.h"

/* The hub says that a member left, and so that an end is carried through. */

/* WPI has the offer, and gave no word. */
static void
hub_says(struct desk_world *w, const struct tie *t)
{
	static const char *const names[] = {"wpi"};
	const struct reached reached = {.message_id = {{1}},
	    .case_ref = t->case_ref,
	    .to = "wpi",
	    .reach = REACH_DELIVERED_UNREAD};
	const struct withdrawal progress = {.permission_id = t->record,
	    .recorded_ms = w->now_ms,
	    .recorded_index = 5,
	    .done_ms = w->now_ms,
	    .done_index = 6,
	    .counts = {[REACH_DELIVERED_UNREAD] = 1},
	    .departed = 1,
	    .departed_count = 1,
	    .departed_members = names,
	    .message_count = 1,
	    .messages = &reached};
	struct deliver delivery = {.kind = DELIVER_WITHDRAWAL,
	    .withdrawal = &progress};

	assert_int_equal(deliver_to(w, money->from, &delivery), REASON_NONE);
}

static json_t *
ending(struct desk_world *w, const struct tie *t)
{
	json_t *consent = NULL, *end;

	assert_int_equal(desk_consent_get(w->at[money->from].desk, &t->consent,
			     &consent),
	    WH_OK);
	end = json_incref(json_object_get(consent, "intrekking"));
	json_decref(consent);
	return end;
}

static void
test_a_hub_cannot_say_that_a_member_left(void **state)
{
	struct desk_world *w = *state;
	struct tie t = delivered(w);
	struct row event = withdrawn(w, &t.consent);
	json_t *end;

	hub_says(w, &t);
	end = ending(w, &t);
	assert_true(json_is_null(json_object_get(end, "doorgevoerd")));
	assert_int_equal(json_array_size(json_object_get(end, "vertrokken")),
	    0);
	json_decref(end);
	row_fini(&event);
}

static void
test_what_the_register_says_too_is_told(void **state)
{
	struct desk_world *w = *state;
	struct tie t = delivered(w);
	struct row event = withdrawn(w, &t.consent);
	struct why why = {""};
	json_t *end;

	alliance_member(w->alliance, "wpi")->id = "opvolger";
	desk_world_register(w, 2);
	if (desk_register_put(w->at[money->from].desk, w->reg, &why) != WH_OK)
		fail_msg("%s", why.text);
	hub_says(w, &t);
	end = ending(w, &t);
	assert_true(json_is_string(json_object_get(end, "doorgevoerd")));
	assert_int_equal(json_array_size(json_object_get(end, "vertrokken")),
	    1);
	assert_string_equal(json_text(json_array_get(json_object_get(end,
							 "bereik"),
					  0),
				"bereik"),
	    "DELIVERED_UNREAD");
	json_decref(end);
	row_fini(&event);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    DESK_TEST(test_a_hub_cannot_say_that_a_member_left),
	    DESK_TEST(test_what_the_register_says_too_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
