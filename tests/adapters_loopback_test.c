/* SPDX-License-Identifier: EUPL-1.2 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "adapters/loopback/loopback.h"
#include "adapters/loopback/map.h"

static const char document[] =
    "{\"nummer\": \"L-1\", \"soort\": \"werk\", \"wijk\": \"osdorpplein\","
    "\"persoon\": \"4711\", \"naam\": \"Voorbeeld\", \"vraag\": \"Werk\","
    "\"toestemming\": \"00000000-0000-4000-8000-000000000001\"}";

static struct adapter_in
request(const char *body)
{
	return (struct adapter_in){.method = "POST",
	    .path = "/loopback/documenten",
	    .id = "",
	    .content_type = "application/json",
	    .body = span_str(body)};
}

static void
test_a_document_becomes_a_referral(void **state)
{
	struct adapter_in in = request(document);
	struct action action = {.kind = ACTION_NOTHING};
	json_t *want = json_loads(
	    "{\"type\": \"werk\", \"naar\": {\"buurt\": \"osdorpplein\"},"
	    "\"client\": \"4711\", \"grondslag\": {\"soort\": \"CONSENT_AVG\","
	    "\"toestemming\": \"00000000-0000-4000-8000-000000000001\"},"
	    "\"kenmerk\": \"L-1\", \"gegevens\": {\"CONTACT\": {\"naam\":"
	    "{\"achternaam\": \"Voorbeeld\"}}, \"REQUEST\": {\"tekst\":"
	    "\"Werk\"}}}",
	    0, NULL);

	(void)state;
	loopback_ops.take(NULL, &in, &action);
	assert_int_equal(action.kind, ACTION_REFERRAL);
	assert_true(json_equal(action.body, want));
	json_decref(want);
	action_fini(&action);
}

static void
test_a_missing_field_is_named(void **state)
{
	struct adapter_in in = request("{\"nummer\": \"L-1\"}");
	struct action action = {.kind = ACTION_NOTHING};

	(void)state;
	loopback_ops.take(NULL, &in, &action);
	assert_int_equal(action.kind, ACTION_REJECT);
	assert_string_equal(action.field, "soort");
	action_fini(&action);
}

static void
test_rubbish_is_refused(void **state)
{
	struct adapter_in in = request("[1, 2");
	struct action action = {.kind = ACTION_NOTHING};

	(void)state;
	loopback_ops.take(NULL, &in, &action);
	assert_int_equal(action.kind, ACTION_REJECT);
	action_fini(&action);
}

static void
test_events_go_back_to_who_sent(void **state)
{
	json_t *dossier =
	    json_pack("{s:s, s:s}", "richting", "verzonden", "kenmerk", "L-1");
	json_t *event = json_pack("{s:s}", "soort", "accepteren");
	struct job_view job = {.dossier = dossier, .event = event};
	struct step step = {.kind = STEP_DONE};

	(void)state;
	loopback_ops.give(NULL, &job, &step);
	assert_int_equal(step.kind, STEP_REQUEST);
	assert_string_equal(step.url, "/terugmeldingen");
	assert_non_null(strstr(step.body, "\"accepteren\""));
	step_fini(&step);
	json_object_set_new(dossier, "richting", json_string("ontvangen"));
	loopback_ops.give(NULL, &job, &step);
	assert_int_equal(step.kind, STEP_DONE);
	json_decref(dossier);
	json_decref(event);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_a_document_becomes_a_referral),
	    cmocka_unit_test(test_a_missing_field_is_named),
	    cmocka_unit_test(test_rubbish_is_refused),
	    cmocka_unit_test(test_events_go_back_to_who_sent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
