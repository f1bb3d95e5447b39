/* SPDX-License-Identifier: EUPL-1.2 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "adapters/buurtteam/fhir_person.h"
#include "adapters/buurtteam/fhir_task.h"
#include "proto/referral.h"
#include "tests/adapters_buurtteam.h"

#define COUNT_OF(a) (sizeof(a) / sizeof((a)[0]))

static json_t *
contained(const json_t *task, const char *type)
{
	json_t *resource;
	size_t i;

	json_array_foreach(json_object_get(task, "contained"), i, resource)
	{
		if (strcmp(text_of(resource, "resourceType"), type) == 0)
			return resource;
	}
	return NULL;
}

/* GET, as the runner does it. */
static json_t *
read_task(const json_t *dossier)
{
	struct outcome outcome = {.kind = OUTCOME_READ, .dossier = dossier};

	return answer_to(json_object(), "GET", &outcome, dossier, 200);
}

static void
test_each_state_shows_its_task_status(void **state)
{
	(void)state;
	assert_int_equal(COUNT_OF(states), 18);
	for (size_t i = 0; i < COUNT_OF(states); i++) {
		json_t *dossier = dossier_new("ontvangen", states[i]);
		json_t *task = read_task(dossier);
		const char *want = state_fhir(states[i]);
		const json_t *business =
		    json_object_get(task, "businessStatus");
		const json_t *coding =
		    json_array_get(json_object_get(business, "coding"), 0);

		assert_string_equal(text_of(task, "status"),
		    want == NULL ? "failed" : want);
		assert_string_equal(text_of(coding, "code"),
		    terms_text(TERMS_STATES, states[i]));
		assert_true(text_of(business, "text")[0] != '\0');
		json_decref(task);
		json_decref(dossier);
	}
}

static void
test_identity_is_shown_only_where_the_state_lets_it(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(states); i++) {
		json_t *dossier = dossier_new("ontvangen", states[i]);
		json_t *task = read_task(dossier);
		char *text = json_dumps(task, 0);
		enum readable readable = state_readable(states[i]);
		bool open = readable == READ_IDENTITY || readable == READ_ALL ||
			    readable == READ_UNCHANGED;

		assert_int_equal(contained(task, "Patient") != NULL, open);
		assert_int_equal(strstr(text, "Voorbeeld") != NULL, open);
		assert_int_equal(strstr(text, "Drie maanden") != NULL, open);
		assert_int_equal(strstr(text, "geluidsoverlast") != NULL,
		    open || readable == READ_OFFER);
		free(text);
		json_decref(task);
		json_decref(dossier);
	}
}

static struct step
give(const json_t *dossier, const json_t *event)
{
	json_t *context = json_object();
	struct job_view job = {.dossier = dossier,
	    .event = event,
	    .context = context,
	    .location = ""};
	struct step step;

	memset(&step, 0, sizeof(step));
	memset(job.job_id.b, 0x11, sizeof(job.job_id.b));
	buurtteam_ops.give(NULL, &job, &step);
	json_decref(context);
	return step;
}

static json_t *
step_body(const struct step *step)
{
	json_t *body = json_loadb(step->body, step->len, 0, NULL);

	assert_non_null(body);
	return body;
}

static void
test_feedback_is_put_on_the_task_of_the_sender(void **state)
{
	json_t *dossier = dossier_new("verzonden", STATE_DECLINED);
	json_t *event = add_event(dossier, "afwijzen", "wpi");
	struct step step;
	json_t *task;

	(void)state;
	json_object_set_new(event, "code", json_string("NO_CAPACITY"));
	step = give(dossier, event);
	assert_int_equal(step.kind, STEP_REQUEST);
	assert_string_equal(step.method, "PUT");
	assert_string_equal(step.url, "/Task/" CASE);
	assert_string_equal(step.headers[0],
	    "X-Request-Id: 11111111-1111-1111-1111-111111111111");
	task = step_body(&step);
	assert_string_equal(text_of(task, "status"), "rejected");
	assert_string_equal(fhir_code(json_object_get(task, "statusReason"),
				FHIR_REASON),
	    "NO_CAPACITY");
	assert_string_equal(fhir_identified(json_object_get(task, "identifier"),
				"https://team.example/taak"),
	    "T-17");
	assert_null(json_object_get(task, "contained"));
	assert_null(strstr(step.body, "Voorbeeld"));
	json_decref(task);
	step_fini(&step);
	json_decref(dossier);
}

/* The offer, then the person once, then only what changes. */
static void
test_the_resident_is_put_in_place_once(void **state)
{
	json_t *dossier = dossier_new("ontvangen", STATE_DELIVERED);
	json_t *event = add_event(dossier, "aanbieden", "eigen-haard");
	struct step step = give(dossier, event);
	json_t *bundle;

	(void)state;
	assert_string_equal(step.method, "PUT");
	assert_null(strstr(step.body, "Voorbeeld"));
	assert_non_null(strstr(step.body, "geluidsoverlast"));
	step_fini(&step);

	json_object_set_new(dossier, "status", json_string("ACCEPTED"));
	event = add_event(dossier, "identiteit", "eigen-haard");
	step = give(dossier, event);
	assert_string_equal(step.method, "POST");
	assert_true(
	    json_is_true(json_object_get(step.context, "inwonerGeplaatst")));
	bundle = step_body(&step);
	assert_string_equal(text_of(bundle, "type"), "transaction");
	assert_non_null(in_bundle(bundle, "Patient"));
	assert_non_null(in_bundle(bundle, "ServiceRequest"));
	assert_string_equal(text_of(in_bundle(bundle, "Task"), "status"),
	    "accepted");
	json_decref(bundle);
	step_fini(&step);

	json_object_set_new(dossier, "bron",
	    json_pack("{s:b}", "inwonerGeplaatst", 1));
	event = add_event(dossier, "notitie", "eigen-haard");
	step = give(dossier, event);
	assert_string_equal(step.method, "PUT");
	assert_non_null(strstr(step.body, "\"Patient/" CASE "\""));
	assert_null(strstr(step.body, "Voorbeeld"));
	step_fini(&step);
	json_decref(dossier);
}

static void
test_what_they_took_is_kept_in_mind_after_their_answer(void **state)
{
	json_t *dossier = dossier_new("ontvangen", STATE_ACCEPTED);
	json_t *event = add_event(dossier, "identiteit", "eigen-haard");
	json_t *context = json_pack("{s:b}", "inwonerGeplaatst", 1);
	struct job_view job = {.dossier = dossier,
	    .event = event,
	    .context = context,
	    .step = 1,
	    .status = 200,
	    .location = ""};
	struct step step;

	(void)state;
	memset(&step, 0, sizeof(step));
	buurtteam_ops.give(NULL, &job, &step);
	assert_int_equal(step.kind, STEP_DONE);
	assert_true(
	    json_is_true(json_object_get(step.note, "inwonerGeplaatst")));
	step_fini(&step);
	json_decref(context);
	json_decref(dossier);
}

static void
test_a_refusal_of_theirs_is_parked_with_its_codes_only(void **state)
{
	static const char body[] =
	    "{\"resourceType\": \"OperationOutcome\", \"issue\": ["
	    "{\"code\": \"required\", \"diagnostics\": \"Sanne Voorbeeld\"},"
	    "{\"code\": \"Sanne\"}, {\"code\": \"value\"}]}";
	json_t *dossier = dossier_new("ontvangen", STATE_ACCEPTED);
	json_t *event = add_event(dossier, "identiteit", "eigen-haard");
	struct job_view job = {.dossier = dossier,
	    .event = event,
	    .step = 1,
	    .status = 422,
	    .location = "",
	    .response = span_str(body)};
	struct step step;

	(void)state;
	memset(&step, 0, sizeof(step));
	buurtteam_ops.give(NULL, &job, &step);
	assert_int_equal(step.kind, STEP_PARK);
	assert_non_null(strstr(step.text, "HTTP 422, required, value"));
	assert_null(strstr(step.text, "Sanne"));
	step_fini(&step);
	json_decref(dossier);
}

/* What went out comes in again as the same sections. */
static void
test_a_person_survives_the_round_trip(void **state)
{
	json_t *want = json_pack(
	    "{s:{s:{s:s, s:s, s:s, s:s}, s:s, s:s, s:s, s:s, s:s, s:s, s:b}, "
	    "s:{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s}, s:{s:s}}",
	    "CONTACT", "naam", "voorletters", "S.", "voornamen", "Sanne Maria",
	    "voorvoegsel", "van der", "achternaam", "Voorbeeld",
	    "geboortedatum", "1987-04", "geslacht", "V", "telefoon",
	    "06-12345678", "email", "s@voorbeeld.example", "taal", "tzm",
	    "veiligContact", "alleen bellen na zes uur", "nietBenaderen", 1,
	    "ADDRESS", "postcode", "1064HA", "huisnummer", "28", "huisletter",
	    "A", "toevoeging", "2", "straat", "Slotermeerlaan", "plaats",
	    "Amsterdam", "buurt", "Dichtersbuurt", "nummeraanduiding",
	    "0363200000000001", "eenheid", "E-1", "BSN", "bsn", "999990202");
	json_t *patient = fhir_person_write(want);
	json_t *got = json_object();
	json_t *notes = json_array();
	struct fhir_fault fault;

	(void)state;
	assert_int_equal(fhir_person_read(patient, "Patient", got, notes,
			     &fault),
	    WH_OK);
	expect_json(got, want);
	assert_int_equal(json_array_size(notes), 0);
	json_decref(notes);
	json_decref(got);
	json_decref(patient);
	json_decref(want);
}

/* A bundle of ours, sent to a colleague's system, says the same need. */
static void
test_a_need_survives_the_round_trip(void **state)
{
	json_t *dossier = dossier_new("ontvangen", STATE_ACCEPTED);
	json_t *event = add_event(dossier, "identiteit", "eigen-haard");
	json_t *bundle = fhir_task_bundle(dossier, event);
	json_t *entry;
	struct action action;
	size_t i;

	(void)state;
	json_array_foreach(json_object_get(bundle, "entry"), i, entry)
	    json_object_set_new(entry, "request",
		json_pack("{s:s, s:O}", "method", "POST", "url",
		    json_object_get(json_object_get(entry, "resource"),
			"resourceType")));
	json_object_set_new(in_bundle(bundle, "Task"), "status",
	    json_string("requested"));
	action = take_bundle(bundle);
	assert_string_equal(action.text, "");
	assert_int_equal(action.kind, ACTION_REFERRAL);
	expect_json(json_object_get(action.body, "gegevens"),
	    json_object_get(dossier, "gegevens"));
	action_fini(&action);
	json_decref(dossier);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_each_state_shows_its_task_status),
	    cmocka_unit_test(
		test_identity_is_shown_only_where_the_state_lets_it),
	    cmocka_unit_test(test_feedback_is_put_on_the_task_of_the_sender),
	    cmocka_unit_test(test_the_resident_is_put_in_place_once),
	    cmocka_unit_test(
		test_what_they_took_is_kept_in_mind_after_their_answer),
	    cmocka_unit_test(
		test_a_refusal_of_theirs_is_parked_with_its_codes_only),
	    cmocka_unit_test(test_a_person_survives_the_round_trip),
	    cmocka_unit_test(test_a_need_survives_the_round_trip),
	};

	return cmocka_run_group_tests(tests, test_setup, test_teardown);
}
