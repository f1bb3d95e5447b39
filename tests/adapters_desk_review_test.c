/* SPDX-License-Identifier: EUPL-1.2 */
#include "proto/base/clk.h"
#include "tests/adapters_desk_world.h"

/* Break-glass in the dossiers of both sides. */

static const struct recipe *const acute = &recipes[8];

static const json_t *
review_at(json_t *dossier)
{
	return json_object_get(dossier, "beoordeling");
}

static void
assert_review(struct desk_world *w, enum place place, const struct id *case_ref,
    const char *status, const char *verdict)
{
	json_t *dossier = dossier_at(w, place, case_ref);

	assert_string_equal(json_text(review_at(dossier), "status"), status);
	assert_string_equal(json_text(review_at(dossier), "oordeel"), verdict);
	assert_int_equal(json_text(review_at(dossier), "op")[0] != '\0',
	    verdict[0] != '\0');
	assert_null(json_object_get(dossier, "behandelaars"));
	assert_null(json_object_get(dossier, "beoordelaar"));
	json_decref(dossier);
}

/* The hub's clock says something, to one side. */
static void
clock_says(struct desk_world *w, enum place place, const struct id *case_ref,
    enum referral_event event, int64_t due_ms)
{
	struct deliver delivery = {.kind = DELIVER_NOTICE,
	    .notice = {.case_ref = *case_ref,
		.state = STATE_ACCEPTED,
		.event = event,
		.due_ms = due_ms,
		.at_ms = w->now_ms}};

	assert_int_equal(deliver_to(w, place, &delivery), REASON_NONE);
}

/* Stored and accepted by itself; both know until when. */
static struct id
glass_broken(struct desk_world *w, int64_t due_ms)
{
	struct id case_ref = referral_delivered(w, acute);

	clock_says(w, AT_BUURTTEAM, &case_ref, 0, due_ms);
	clock_says(w, AT_POLITIE, &case_ref, 0, due_ms);
	return case_ref;
}

static void
rejected(struct desk_world *w, const struct id *case_ref, const char *text,
    const char *field)
{
	struct desk_result result = act(w, AT_POLITIE, case_ref, text);

	assert_int_equal(result.kind, OUTCOME_REJECTED);
	assert_string_equal(result.field, field);
	desk_result_fini(&result);
	assert_int_equal(outbox_rows(w, AT_POLITIE), 0);
}

static void
test_a_recipient_reckons_until_the_hub_says_by_when(void **state)
{
	struct desk_world *w = *state;
	struct id case_ref = referral_delivered(w, acute);
	json_t *dossier = dossier_at(w, AT_POLITIE, &case_ref);
	int64_t until = 0;

	assert_int_equal(clk_parse(json_text(review_at(dossier), "uiterlijk"),
			     &until),
	    WH_OK);
	assert_true(until > w->now_ms && until < w->now_ms + 9 * DESK_DAY);
	json_decref(dossier);
	dossier = dossier_at(w, AT_BUURTTEAM, &case_ref);
	assert_null(review_at(dossier));
	json_decref(dossier);
	clock_says(w, AT_POLITIE, &case_ref, 0, w->now_ms + 5000);
	clock_says(w, AT_BUURTTEAM, &case_ref, 0, w->now_ms + 5000);
	for (int i = 0; i < 2; i++) {
		dossier = dossier_at(w, i == 0 ? AT_POLITIE : AT_BUURTTEAM,
		    &case_ref);
		assert_int_equal(clk_parse(json_text(review_at(dossier),
					       "uiterlijk"),
				     &until),
		    WH_OK);
		assert_int_equal(until, w->now_ms + 5000);
		json_decref(dossier);
		assert_review(w, i == 0 ? AT_POLITIE : AT_BUURTTEAM, &case_ref,
		    "open", "");
	}
}

static void
test_reminders_and_being_late_show_on_both_sides(void **state)
{
	struct desk_world *w = *state;
	int64_t due_ms = w->now_ms + 2 * DESK_DAY;
	struct id case_ref = glass_broken(w, due_ms);
	static const enum place both[] = {AT_BUURTTEAM, AT_POLITIE};

	for (int i = 0; i < 2; i++) {
		assert_status(w, both[i], &case_ref, "ACCEPTED");
		clock_says(w, both[i], &case_ref, EVENT_REMIND, due_ms);
		assert_review(w, both[i], &case_ref, "herinnerd", "");
		clock_says(w, both[i], &case_ref, EVENT_ESCALATE, due_ms);
		assert_review(w, both[i], &case_ref, "teLaat", "");
		assert_status(w, both[i], &case_ref, "ACCEPTED");
		assert_int_equal(events_of(w, both[i], &case_ref, "herinnerd"),
		    1);
		assert_int_equal(events_of(w, both[i], &case_ref,
				     "geescaleerd"),
		    1);
	}
}

static void
test_who_handled_it_may_not_review_it(void **state)
{
	struct desk_world *w = *state;
	struct id case_ref = glass_broken(w, w->now_ms + 2 * DESK_DAY);

	did(w, AT_POLITIE, &case_ref, "{'soort': 'overnemen', 'door': 'm-1'}");
	assert_int_equal(carry(w, AT_POLITIE, AT_BUURTTEAM, STATE_ACCEPTED),
	    REASON_NONE);
	did(w, AT_POLITIE, &case_ref, "{'soort': 'starten', 'door': 'm-2'}");
	assert_int_equal(carry(w, AT_POLITIE, AT_BUURTTEAM, STATE_IN_PROGRESS),
	    REASON_NONE);
	rejected(w, &case_ref,
	    "{'soort': 'beoordelen', 'code': 'GERECHTVAARDIGD'}", "door");
	rejected(w, &case_ref,
	    "{'soort': 'beoordelen', 'code': 'GERECHTVAARDIGD', 'door': "
	    "'m-1'}",
	    "door");
	rejected(w, &case_ref,
	    "{'soort': 'beoordelen', 'code': 'JUSTIFIED', 'door': 'm-2'}",
	    "door");
	rejected(w, &case_ref, "{'soort': 'beoordelen', 'door': 'm-3'}",
	    "code");
	rejected(w, &case_ref,
	    "{'soort': 'beoordelen', 'code': 'HELPED', 'door': 'm-3'}", "code");
	assert_review(w, AT_POLITIE, &case_ref, "open", "");
}

static void
test_a_verdict_closes_the_review_on_both_sides(void **state)
{
	struct desk_world *w = *state;
	int64_t due_ms = w->now_ms + 2 * DESK_DAY;
	struct id case_ref = glass_broken(w, due_ms);
	struct desk_result result;

	did(w, AT_POLITIE, &case_ref,
	    "{'soort': 'afronden', 'code': 'HELPED', 'door': 'm-1'}");
	assert_int_equal(carry(w, AT_POLITIE, AT_BUURTTEAM, STATE_COMPLETED),
	    REASON_NONE);
	did(w, AT_POLITIE, &case_ref,
	    "{'soort': 'beoordelen', 'code': 'NIET_GERECHTVAARDIGD', 'door': "
	    "'" CANARY "'}");
	assert_int_equal(carry(w, AT_POLITIE, AT_BUURTTEAM, STATE_COMPLETED),
	    REASON_NONE);
	assert_review(w, AT_POLITIE, &case_ref, "afgerond",
	    "NIET_GERECHTVAARDIGD");
	assert_review(w, AT_BUURTTEAM, &case_ref, "afgerond",
	    "NIET_GERECHTVAARDIGD");
	clock_says(w, AT_BUURTTEAM, &case_ref, EVENT_ESCALATE, due_ms);
	assert_review(w, AT_BUURTTEAM, &case_ref, "afgerond",
	    "NIET_GERECHTVAARDIGD");
	result = act(w, AT_POLITIE, &case_ref,
	    "{'soort': 'beoordelen', 'code': 'GERECHTVAARDIGD', 'door': "
	    "'m-4'}");
	assert_int_equal(result.kind, OUTCOME_FORBIDDEN);
	desk_result_fini(&result);
	/* Who it was travels to nobody, and lies sealed where it is. */
	assert_false(store_holds(w->at[AT_POLITIE].dir, CANARY));
	assert_false(store_holds(w->at[AT_BUURTTEAM].dir, CANARY));
}

static void
test_a_verdict_that_the_hub_refuses_is_open_again(void **state)
{
	struct desk_world *w = *state;
	struct id case_ref = glass_broken(w, w->now_ms + 2 * DESK_DAY);

	did(w, AT_POLITIE, &case_ref,
	    "{'soort': 'beoordelen', 'code': 'GERECHTVAARDIGD', 'door': "
	    "'m-1'}");
	hub_refuses(w, AT_POLITIE, REASON_STATE_FORBIDS, STATE_ACCEPTED);
	assert_review(w, AT_POLITIE, &case_ref, "open", "");
	w->now_ms += 3 * DESK_DAY;
	did(w, AT_POLITIE, &case_ref,
	    "{'soort': 'beoordelen', 'code': 'GERECHTVAARDIGD', 'door': "
	    "'m-1'}");
	hub_refuses(w, AT_POLITIE, REASON_STATE_FORBIDS, STATE_ACCEPTED);
	assert_review(w, AT_POLITIE, &case_ref, "teLaat", "");
}

static void
test_nothing_else_is_reviewed(void **state)
{
	struct desk_world *w = *state;
	struct id case_ref = referral_delivered(w, &recipes[9]);
	json_t *dossier = dossier_at(w, AT_POLITIE, &case_ref);
	struct desk_result result;

	assert_null(review_at(dossier));
	json_decref(dossier);
	result = act(w, AT_POLITIE, &case_ref,
	    "{'soort': 'beoordelen', 'code': 'GERECHTVAARDIGD', 'door': "
	    "'m-1'}");
	assert_int_equal(result.kind, OUTCOME_FORBIDDEN);
	desk_result_fini(&result);
}

/* Make a referral by this recipe, with one key of its ground as given. */
static struct desk_result
refer_with(struct desk_world *w, const struct recipe *recipe, const char *key,
    const char *value)
{
	json_t *body = recipe_referral(recipe, "C-1", "");
	struct desk_result result;

	if (value == NULL)
		json_object_del(json_object_get(body, "grondslag"), key);
	else
		json_object_set_new(json_object_get(body, "grondslag"), key,
		    json_string(value));
	assert_int_equal(desk_refer(w->at[recipe->from].desk, body, w->now_ms,
			     &result),
	    WH_OK);
	json_decref(body);
	return result;
}

static void
assert_wrong(struct desk_result *result, const char *field)
{
	assert_int_equal(result->kind, OUTCOME_REJECTED);
	assert_string_equal(result->field, field);
	desk_result_fini(result);
}

static void
test_who_breaks_the_glass_says_who_and_why(void **state)
{
	struct desk_world *w = *state;
	struct desk_result result;

	result = refer_with(w, acute, "reden", NULL);
	assert_wrong(&result, "grondslag.reden");
	result = refer_with(w, acute, "door", "");
	assert_wrong(&result, "grondslag.door");
	result = refer_with(w, &recipes[9], "reden", "zomaar");
	assert_wrong(&result, "grondslag.reden");
}

/* It is for the sender to answer for, as long as it keeps what it sent. */
static void
test_why_stays_at_the_sender_until_the_sections_go(void **state)
{
	struct desk_world *w = *state;
	struct id case_ref = referral_delivered(w, acute);
	json_t *dossier = dossier_at(w, AT_BUURTTEAM, &case_ref);
	const json_t *ground = json_object_get(dossier, "grondslag");

	assert_string_equal(json_text(ground, "reden"), CANARY);
	assert_string_equal(json_text(ground, "door"), "P. Proef");
	json_decref(dossier);
	dossier = dossier_at(w, AT_POLITIE, &case_ref);
	ground = json_object_get(dossier, "grondslag");
	assert_null(json_object_get(ground, "reden"));
	assert_null(json_object_get(ground, "door"));
	json_decref(dossier);
	notice_to(w, AT_BUURTTEAM, &case_ref, STATE_EXPIRED);
	w->now_ms += 60 * DESK_DAY;
	assert_int_equal(retain(w, AT_BUURTTEAM).erased, 1);
	dossier = dossier_at(w, AT_BUURTTEAM, &case_ref);
	ground = json_object_get(dossier, "grondslag");
	assert_null(json_object_get(ground, "reden"));
	assert_string_equal(json_text(ground, "door"), "P. Proef");
	json_decref(dossier);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    DESK_TEST(test_a_recipient_reckons_until_the_hub_says_by_when),
	    DESK_TEST(test_reminders_and_being_late_show_on_both_sides),
	    DESK_TEST(test_who_handled_it_may_not_review_it),
	    DESK_TEST(test_a_verdict_closes_the_review_on_both_sides),
	    DESK_TEST(test_a_verdict_that_the_hub_refuses_is_open_again),
	    DESK_TEST(test_nothing_else_is_reviewed),
	    DESK_TEST(test_who_breaks_the_glass_says_who_and_why),
	    DESK_TEST(test_why_stays_at_the_sender_until_the_sections_go),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
