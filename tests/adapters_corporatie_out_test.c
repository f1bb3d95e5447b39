/* SPDX-License-Identifier: EUPL-1.2 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/adapters_corporatie.h"

/* What an event on a dossier makes; the place of the event counts from 0. */
static struct step
give_at(const json_t *dossier, size_t place)
{
	struct job_view job = {.context = NULL,
	    .dossier = dossier,
	    .event = json_array_get(json_object_get(dossier, "gebeurtenissen"),
		place),
	    .location = "",
	    .now_ms = NOW};
	struct step step;

	memset(&step, 0, sizeof(step));
	memset(job.job_id.b, 0xab, sizeof(job.job_id.b));
	corporatie_ops.give(NULL, &job, &step);
	return step;
}

/* The last event of a dossier is this one, on a referral in this state. */
static struct step
give_event(json_t *dossier, const char *status, json_t *event)
{
	json_t *list = json_object_get(dossier, "gebeurtenissen");

	json_object_set_new(dossier, "status", json_string(status));
	json_array_append_new(list, event);
	return give_at(dossier, json_array_size(list) - 1);
}

static struct step
give_answer(int status, const char *location, const char *body)
{
	json_t *dossier = sample("received-woonoverlast");
	json_t *context = json_pack("{s:s}", "naar", "/zaken");
	struct job_view job = {.step = 1,
	    .context = context,
	    .dossier = dossier,
	    .event =
		json_array_get(json_object_get(dossier, "gebeurtenissen"), 1),
	    .status = status,
	    .location = location,
	    .response = span_str(body),
	    .now_ms = NOW};
	struct step step;

	memset(&step, 0, sizeof(step));
	corporatie_ops.give(NULL, &job, &step);
	json_decref(context);
	json_decref(dossier);
	return step;
}

static void
expect_made(const char *name, size_t place, const char *path)
{
	json_t *dossier = sample(name);
	struct step step = give_at(dossier, place);
	char file[64];
	json_t *got, *want;
	char *got_text, *want_text;

	assert_int_equal(step.kind, STEP_REQUEST);
	assert_string_equal(step.method, "POST");
	assert_string_equal(step.url, path);
	assert_string_equal(step.content_type, "application/json");
	(void)snprintf(file, sizeof(file), "%s-made", name);
	got = json_loadb(step.body, step.len, JSON_REJECT_DUPLICATES, NULL);
	want = sample(file);
	if (!json_equal(got, want)) {
		got_text = json_dumps(got, JSON_INDENT(2));
		want_text = json_dumps(want, JSON_INDENT(2));
		assert_string_equal(got_text, want_text);
	}
	json_decref(want);
	json_decref(got);
	step_fini(&step);
	json_decref(dossier);
}

static void
test_a_received_referral_becomes_exactly_this_document(void **state)
{
	(void)state;
	expect_made("received-vocht-schimmel", 1, "/onderhoudsverzoeken");
	expect_made("received-woonoverlast", 1, "/zaken");
	expect_made("sent-zaak", 1, "/contactmomenten");
}

/* The offer alone makes nothing, and a notice that is repeated neither. */
static void
test_a_document_is_made_exactly_once(void **state)
{
	json_t *dossier = sample("received-vocht-schimmel");
	size_t made = 0;

	(void)state;
	json_array_append_new(json_object_get(dossier, "gebeurtenissen"),
	    json_pack("{s:s, s:s, s:s, s:s}", "soort", "automatisch", "op",
		"2026-09-13T10:00:00.000Z", "door", "hub", "status",
		"ACCEPTED"));
	for (size_t i = 0; i < 3; i++) {
		struct step step = give_at(dossier, i);

		made += step.kind == STEP_REQUEST;
		step_fini(&step);
	}
	assert_int_equal(made, 1);
	json_decref(dossier);
}

static void
test_two_phases_wait_for_the_identity(void **state)
{
	json_t *dossier = sample("received-woonoverlast");
	struct step step;

	(void)state;
	json_object_set_new(dossier, "eenfase", json_false());
	json_object_set_new(dossier, "type", json_string("passend-wonen"));
	step = give_at(dossier, 0);
	assert_int_equal(step.kind, STEP_DONE);
	step_fini(&step);
	step = give_event(dossier, "ACCEPTED",
	    json_pack("{s:s, s:s}", "soort", "identiteit", "op",
		"2026-09-13T10:00:00.000Z"));
	assert_int_equal(step.kind, STEP_REQUEST);
	assert_string_equal(step.url, "/zaken");
	step_fini(&step);
	json_decref(dossier);
}

static void
test_what_was_withdrawn_makes_nothing(void **state)
{
	json_t *dossier = sample("received-vocht-schimmel");
	struct step step;

	(void)state;
	json_object_set_new(dossier, "status", json_string("WITHDRAWN"));
	step = give_at(dossier, 1);
	assert_int_equal(step.kind, STEP_DONE);
	step_fini(&step);
	json_decref(dossier);
}

/* Who took it into their system hears that it must stop there. */
static void
test_a_withdrawal_follows_the_document(void **state)
{
	json_t *dossier = sample("received-woonoverlast");
	struct step step = give_event(dossier, "WITHDRAWN",
	    json_pack("{s:s, s:s}", "soort", "ingetrokken", "op",
		"2026-09-13T10:00:00.000Z"));

	(void)state;
	assert_int_equal(step.kind, STEP_REQUEST);
	assert_string_equal(step.url, "/contactmomenten");
	assert_non_null(strstr(step.body, "verwerk de gegevens niet verder"));
	assert_non_null(
	    strstr(step.body, "\"zaak\":{\"idExtern\":\"WH-018f2c3e-0000-7000-"
			      "8000-000000000002"));
	step_fini(&step);
	json_decref(dossier);
	dossier = sample("received-woonoverlast");
	json_array_remove(json_object_get(dossier, "gebeurtenissen"), 1);
	step = give_event(dossier, "WITHDRAWN",
	    json_pack("{s:s, s:s}", "soort", "ingetrokken", "op",
		"2026-09-13T10:00:00.000Z"));
	assert_int_equal(step.kind, STEP_DONE);
	step_fini(&step);
	json_decref(dossier);
}

/* Sections that a repair does not need stay in the inbox. */
static void
test_health_gender_and_birth_date_stay_out(void **state)
{
	static const char *const kept_out[] = {"luchtweg", "PHYSICAL",
	    "1987-04-19", "geslacht", "bsn", "oorzaak", "BEW"};
	json_t *dossier = sample("received-vocht-schimmel");
	struct step step = give_at(dossier, 1);

	(void)state;
	for (size_t i = 0; i < COUNT_OF(kept_out); i++)
		assert_null(strstr(step.body, kept_out[i]));
	assert_non_null(strstr(step.body, "wijkhub-meer"));
	step_fini(&step);
	json_decref(dossier);
}

static void
test_do_not_contact_leaves_no_number(void **state)
{
	json_t *dossier = sample("received-vocht-schimmel");
	json_t *contact =
	    json_object_get(json_object_get(dossier, "gegevens"), "CONTACT");
	struct step step;

	(void)state;
	json_object_set_new(contact, "nietBenaderen", json_true());
	step = give_at(dossier, 1);
	assert_null(strstr(step.body, "12345678"));
	assert_null(strstr(step.body, "example"));
	assert_non_null(strstr(step.body, "Niet zelf benaderen"));
	step_fini(&step);
	json_decref(dossier);
}

static void
test_the_job_is_the_reference_number(void **state)
{
	json_t *dossier = sample("received-vocht-schimmel");
	struct step step = give_at(dossier, 1);

	(void)state;
	assert_string_equal(step.headers[0],
	    "X-Stuurgegevens-Referentienummer: "
	    "abababab-abab-abab-abab-abababababab");
	assert_string_equal(step.headers[1],
	    "X-Stuurgegevens-Tijdstip-Bericht: 2026-09-11T12:30:01Z");
	step_fini(&step);
	json_decref(dossier);
}

/* A landlord hears that there was contact, and nothing of what was said. */
static void
test_feedback_has_no_content(void **state)
{
	static const char *const kept_out[] = {"schulden", "Mevrouw", "Werker",
	    "2026-09-15"};
	json_t *dossier = sample("sent-zaak");
	struct step step = give_at(dossier, 1);

	(void)state;
	for (size_t i = 0; i < COUNT_OF(kept_out); i++)
		assert_null(strstr(step.body, kept_out[i]));
	assert_non_null(
	    strstr(step.body, "Contact gelegd: ja. Hulp aanvaard: nee."));
	step_fini(&step);
	json_decref(dossier);
}

static void
test_an_early_signal_tells_no_outcome_code(void **state)
{
	json_t *dossier = sample("sent-zaak");
	struct step step;

	(void)state;
	json_object_set_new(dossier, "type", json_string("huurachterstand"));
	step = give_at(dossier, 1);
	assert_null(strstr(step.body, "PARTLY_HELPED"));
	assert_null(strstr(step.body, "deels geholpen"));
	assert_non_null(strstr(step.body, "Hulp aanvaard: nee."));
	step_fini(&step);
	json_decref(dossier);
}

static void
test_the_sender_hears_what_ends_a_referral(void **state)
{
	static const struct {
		const char *soort, *code, *text;
	} cases[] = {
	    {"accepteren", NULL, "aan buurtteam is geaccepteerd."},
	    {"automatisch", NULL, "aan buurtteam is geaccepteerd."},
	    {"afwijzen", "NO_CAPACITY", "afgewezen (geen plek, NO_CAPACITY)."},
	    {"verlopen", NULL, "verlopen zonder antwoord."},
	    {"ingetrokken", NULL, "ingetrokken namens de bewoner."},
	    {"geweigerd", "OVER_QUOTA",
		"geweigerd door het convenant (OVER_QUOTA)."},
	    {"notitie", NULL, NULL},
	    {"contactpoging", NULL, NULL},
	    {"bezorgd", NULL, NULL},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		json_t *dossier = sample("sent-zaak");
		json_t *event = json_pack("{s:s, s:s}", "soort", cases[i].soort,
		    "op", "2026-09-15T10:00:00.000Z");
		struct step step;

		if (cases[i].code != NULL)
			json_object_set_new(event, "code",
			    json_string(cases[i].code));
		if (strcmp(cases[i].soort, "bezorgd") == 0)
			json_array_clear(
			    json_object_get(dossier, "gebeurtenissen"));
		step = give_event(dossier, "ACCEPTED", event);
		if (cases[i].text == NULL)
			assert_int_equal(step.kind, STEP_DONE);
		else
			assert_non_null(strstr(step.body, cases[i].text));
		step_fini(&step);
		json_decref(dossier);
	}
}

/* Made in the inbox: no VERA document, so the client number is the key. */
static void
test_a_referral_without_document_is_found_by_client_number(void **state)
{
	json_t *dossier = sample("sent-zaak");
	struct step step;

	(void)state;
	json_object_del(dossier, "bron");
	step = give_at(dossier, 1);
	assert_non_null(
	    strstr(step.body, "\"relaties\":[{\"id\":\"100234\"}]"));
	assert_null(strstr(step.body, "\"zaak\""));
	step_fini(&step);
	json_decref(dossier);
}

/* So that a second notice makes nothing, and later news can point to it. */
static void
test_their_id_is_kept_with_the_referral(void **state)
{
	struct step step = give_answer(201, "/v4/zaken/77", "{\"id\": \"77\"}");
	json_t *dossier = sample("received-woonoverlast");
	json_t *want = json_pack("{s:{s:s, s:s, s:s}}", "gemaakt", "naar",
	    "/zaken", "id", "77", "locatie", "/v4/zaken/77");

	(void)state;
	assert_int_equal(step.kind, STEP_DONE);
	assert_true(json_equal(step.note, want));
	step_fini(&step);
	json_object_set_new(dossier, "bron", want);
	step = give_at(dossier, 1);
	assert_int_equal(step.kind, STEP_DONE);
	step_fini(&step);
	step = give_event(dossier, "WITHDRAWN",
	    json_pack("{s:s, s:s}", "soort", "ingetrokken", "op",
		"2026-09-13T10:00:00.000Z"));
	assert_non_null(strstr(step.body, "\"id\":\"77\""));
	step_fini(&step);
	json_decref(dossier);
	step = give_answer(204, "", "");
	assert_int_equal(step.kind, STEP_DONE);
	step_fini(&step);
}

/* Only their code: the omschrijving may be about a person. */
static void
test_a_refusal_is_parked_with_their_code_only(void **state)
{
	static const struct {
		int status;
		const char *body, *text;
	} cases[] = {
	    {422,
		"{\"code\": \"OHD-17\", \"omschrijving\": \"Sanne onbekend\"}",
		"het eigen systeem wijst /zaken af: 422, Foutbericht OHD-17"},
	    {400, "<html>Sanne</html>",
		"het eigen systeem wijst /zaken af: 400"},
	    {409, "{\"code\": \"Sanne van Voorbeeld\"}",
		"het eigen systeem wijst /zaken af: 409"},
	    {422, "{\"code\": \"999990202\"}",
		"het eigen systeem wijst /zaken af: 422"},
	    {302, "", "het eigen systeem wijst /zaken af: 302"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct step step =
		    give_answer(cases[i].status, "", cases[i].body);

		assert_int_equal(step.kind, STEP_PARK);
		assert_string_equal(step.text, cases[i].text);
		step_fini(&step);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(
		test_a_received_referral_becomes_exactly_this_document),
	    cmocka_unit_test(test_a_document_is_made_exactly_once),
	    cmocka_unit_test(test_two_phases_wait_for_the_identity),
	    cmocka_unit_test(test_what_was_withdrawn_makes_nothing),
	    cmocka_unit_test(test_a_withdrawal_follows_the_document),
	    cmocka_unit_test(test_health_gender_and_birth_date_stay_out),
	    cmocka_unit_test(test_do_not_contact_leaves_no_number),
	    cmocka_unit_test(test_the_job_is_the_reference_number),
	    cmocka_unit_test(test_feedback_has_no_content),
	    cmocka_unit_test(test_an_early_signal_tells_no_outcome_code),
	    cmocka_unit_test(test_the_sender_hears_what_ends_a_referral),
	    cmocka_unit_test(
		test_a_referral_without_document_is_found_by_client_number),
	    cmocka_unit_test(test_their_id_is_kept_with_the_referral),
	    cmocka_unit_test(test_a_refusal_is_parked_with_their_code_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
