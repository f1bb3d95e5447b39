/* SPDX-License-Identifier: EUPL-1.2 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "adapters/buurtteam/fhir.h"
#include "tests/adapters_buurtteam.h"

#define COUNT_OF(a) (sizeof(a) / sizeof((a)[0]))

static struct action
put(const json_t *dossier, json_t *task)
{
	struct action action;
	struct adapter_in in;
	char *text;

	memset(&action, 0, sizeof(action));
	in = request_of(task, "PUT", "/fhir/Task/" CASE, &text);
	in.dossier = dossier;
	buurtteam_ops.take(NULL, &in, &action);
	free(text);
	return action;
}

static json_t *
task_with(const char *status)
{
	return json_pack("{s:s, s:s, s:s}", "resourceType", "Task", "id", CASE,
	    "status", status);
}

/* A status that somebody can lead to is led to by the event of the table. */
static void
check_reached(const json_t *dossier, enum referral_state from, enum actor actor,
    const char *status)
{
	struct action action = put(dossier, task_with(status));
	struct referral_view view = {.state = from,
	    .read = true,
	    .ended_ms = from == STATE_COMPLETED ? NOW : 0};
	const struct transition *row;
	bool possible = false, found = false;
	size_t count;

	row = referral_table(&count);
	for (size_t i = 0; i < count; i++) {
		if (row[i].from == from && row[i].actor == actor &&
		    row[i].to != from && !row[i].one_phase_only &&
		    !(row[i].unread_only && view.read) &&
		    row[i].event <= EVENT_ENVELOPE_MAX &&
		    strcmp(state_fhir(row[i].to), status) == 0)
			possible = true;
	}
	if (action.kind == ACTION_EVENT)
		found = text_of(action.body, "soort")[0] != '\0';
	/* The same status again is no request for anything. */
	if (possible && strcmp(state_fhir(from), status) != 0)
		assert_true(found);
	action_fini(&action);
}

static void
test_each_status_that_can_be_set_is_an_event(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(states); i++) {
		for (size_t j = 0; j < COUNT_OF(states); j++) {
			json_t *got, *sent;

			if (state_fhir(states[i]) == NULL ||
			    state_fhir(states[j]) == NULL)
				continue;
			got = dossier_new("ontvangen", states[i]);
			json_object_set_new(got, "gelezen", json_true());
			sent = dossier_new("verzonden", states[i]);
			json_object_set_new(sent, "gelezen", json_true());
			check_reached(got, states[i], ACTOR_RECIPIENT,
			    state_fhir(states[j]));
			check_reached(sent, states[i], ACTOR_SENDER,
			    state_fhir(states[j]));
			json_decref(got);
			json_decref(sent);
		}
	}
}

struct move {
	const char *direction;
	enum referral_state from;
	const char *status;
	const char *event; /* "": nothing to do */
};

static const struct move moves[] = {
    {"ontvangen", STATE_DELIVERED, "received", "gelezen"},
    {"ontvangen", STATE_DELIVERED, "accepted", "accepteren"},
    {"ontvangen", STATE_DELIVERED, "rejected", "afwijzen"},
    {"ontvangen", STATE_DELIVERED, "on-hold", "informatieVragen"},
    {"ontvangen", STATE_ACCEPTED, "on-hold", "wachtlijst"},
    {"ontvangen", STATE_ACCEPTED, "received", "teruggeven"},
    {"ontvangen", STATE_ACCEPTED, "in-progress", "starten"},
    {"ontvangen", STATE_ACCEPTED, "accepted", ""},
    {"ontvangen", STATE_WAITLISTED, "accepted", "accepteren"},
    {"ontvangen", STATE_SCHEDULED, "in-progress", ""},
    {"ontvangen", STATE_IN_PROGRESS, "completed", "afronden"},
    {"ontvangen", STATE_IN_PROGRESS, "on-hold", "wachtlijst"},
    {"ontvangen", STATE_CANCEL_REQUESTED, "cancelled", "annuleringBevestigen"},
    {"ontvangen", STATE_COMPLETED, "in-progress", "heropenen"},
    {"verzonden", STATE_QUEUED, "cancelled", "annuleren"},
    {"verzonden", STATE_ACCEPTED, "cancelled", "annuleren"},
    {"verzonden", STATE_INFO_REQUESTED, "received", "antwoorden"},
    {"verzonden", STATE_ACCEPTED, "entered-in-error", "vergissing"},
    /* only the owner: the desk answers with what is allowed */
    {"verzonden", STATE_DELIVERED, "accepted", "accepteren"},
};

static void
test_a_status_is_an_event(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(moves); i++) {
		const struct move *m = &moves[i];
		json_t *dossier = dossier_new(m->direction, m->from);
		struct action action = put(dossier, task_with(m->status));

		if (m->event[0] == '\0') {
			assert_int_equal(action.kind, ACTION_READ);
		} else {
			assert_int_equal(action.kind, ACTION_EVENT);
			assert_string_equal(text_of(action.body, "soort"),
			    m->event);
		}
		assert_string_equal(action.id, CASE);
		action_fini(&action);
		json_decref(dossier);
	}
}

static void
test_what_nobody_can_set_is_a_conflict_with_what_can(void **state)
{
	json_t *dossier = dossier_new("ontvangen", STATE_DELIVERED);
	struct action action = put(dossier, task_with("failed"));
	struct outcome outcome = {.kind = OUTCOME_REJECTED};
	json_t *answer;

	(void)state;
	assert_int_equal(action.kind, ACTION_REJECT);
	assert_string_equal(action.field, "Task.status");
	outcome.field = action.field;
	outcome.text = action.text;
	outcome.code = action.code;
	answer = answer_to(task_with("failed"), "PUT", &outcome, dossier, 409);
	assert_non_null(
	    strstr(issue_text(answer, 0, "diagnostics"), "accepteren"));
	assert_string_equal(issue_text(answer, 0, "code"), "conflict");
	json_decref(answer);
	outcome = (struct outcome){.kind = OUTCOME_FORBIDDEN};
	answer = answer_to(task_with("failed"), "PUT", &outcome, dossier, 409);
	assert_non_null(
	    strstr(issue_text(answer, 0, "diagnostics"), "afwijzen"));
	json_decref(answer);
	action_fini(&action);
	json_decref(dossier);
}

static void
test_an_outcome_and_a_face_go_along(void **state)
{
	json_t *dossier = dossier_new("ontvangen", STATE_IN_PROGRESS);
	json_t *task = task_with("completed");
	json_t *want = json_pack(
	    "{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:{s:{s:s, s:s, s:s}}}",
	    "soort", "afronden", "code", "HELPED", "toelichting",
	    "Regeling getroffen", "contactGelegd", "ja", "hulpAanvaard", "nee",
	    "kenmerk", "T-99", "client", "C-5", "gegevens", "FACE", "naam",
	    "N. Medewerker", "functie", "regisseur", "telefoon", "0201234567");
	struct action action;

	(void)state;
	json_object_update_new(task,
	    json_pack("{s:[{s:s, s:s}], s:[{s:s}], s:{s:{s:s}}, s:[{s:o, s:o}, "
		      "{s:o, s:b}, {s:o, s:b}, {s:o, s:{s:s, s:[{s:s, s:s}], "
		      "s:[{s:s, s:s}]}}]}",
		"identifier", "system", "https://team.example", "value", "T-99",
		"note", "text", "Regeling getroffen", "for", "identifier",
		"value", "C-5", "output", "type",
		fhir_concept(FHIR_PARAMETER, "uitkomst", ""),
		"valueCodeableConcept", fhir_concept(FHIR_REASON, "HELPED", ""),
		"type", fhir_concept(FHIR_PARAMETER, "contactGelegd", ""),
		"valueBoolean", 1, "type",
		fhir_concept(FHIR_PARAMETER, "hulpAanvaard", ""),
		"valueBoolean", 0, "type",
		fhir_concept(FHIR_PARAMETER, "gezicht", ""),
		"valueContactDetail", "name", "N. Medewerker", "telecom",
		"system", "phone", "value", "0201234567", "extension", "url",
		WIJKHUB "StructureDefinition/functie", "valueString",
		"regisseur"));
	action = put(dossier, task);
	assert_int_equal(action.kind, ACTION_EVENT);
	expect_json(action.body, want);
	json_decref(want);
	action_fini(&action);
	json_decref(dossier);
}

static void
test_a_reason_that_is_missing_is_asked_for_by_name(void **state)
{
	struct outcome outcome = {.kind = OUTCOME_REJECTED,
	    .field = "code",
	    .text = "een code is verplicht",
	    .code = ""};
	json_t *answer =
	    answer_to(task_with("rejected"), "PUT", &outcome, NULL, 422);

	(void)state;
	assert_string_equal(issue_text(answer, 0, "expression"),
	    "Task.statusReason");
	json_decref(answer);
	answer = answer_to(task_with("completed"), "PUT", &outcome, NULL, 422);
	assert_string_equal(issue_text(answer, 0, "expression"), "Task.output");
	json_decref(answer);
}

static void
test_the_same_put_again_does_nothing(void **state)
{
	json_t *dossier = dossier_new("ontvangen", STATE_ACCEPTED);
	json_t *task = task_with("accepted");
	json_t *again, *entry;
	struct action action;

	(void)state;
	json_object_set_new(task, "note",
	    json_pack("[{s:s}]", "text", "We bellen morgen"));
	again = json_deep_copy(task);
	action = put(dossier, task);
	assert_int_equal(action.kind, ACTION_EVENT);
	assert_string_equal(text_of(action.body, "soort"), "notitie");
	action_fini(&action);
	entry = add_event(dossier, "notitie", "buurtteam");
	json_object_set_new(entry, "toelichting",
	    json_string("We bellen morgen"));
	action = put(dossier, again);
	assert_int_equal(action.kind, ACTION_READ);
	action_fini(&action);
	json_decref(dossier);
}

static void
test_a_task_of_another_id_is_refused(void **state)
{
	json_t *dossier = dossier_new("ontvangen", STATE_DELIVERED);
	json_t *task = task_with("accepted");
	struct action action;

	(void)state;
	json_object_set_new(task, "id", json_string("other"));
	action = put(dossier, task);
	assert_int_equal(action.kind, ACTION_REJECT);
	assert_string_equal(action.field, "Task.id");
	action_fini(&action);
	json_decref(dossier);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_each_status_that_can_be_set_is_an_event),
	    cmocka_unit_test(test_a_status_is_an_event),
	    cmocka_unit_test(
		test_what_nobody_can_set_is_a_conflict_with_what_can),
	    cmocka_unit_test(test_an_outcome_and_a_face_go_along),
	    cmocka_unit_test(
		test_a_reason_that_is_missing_is_asked_for_by_name),
	    cmocka_unit_test(test_the_same_put_again_does_nothing),
	    cmocka_unit_test(test_a_task_of_another_id_is_refused),
	};

	return cmocka_run_group_tests(tests, test_setup, test_teardown);
}
