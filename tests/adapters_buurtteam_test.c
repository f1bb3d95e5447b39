/* SPDX-License-Identifier: EUPL-1.2 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/adapters_buurtteam.h"

#define COUNT_OF(a) (sizeof(a) / sizeof((a)[0]))

static void
test_the_sample_becomes_exactly_this_referral(void **state)
{
	struct action action = take_bundle(sample("referral-bundle.json"));
	json_t *want = sample("referral.json");

	(void)state;
	assert_string_equal(action.text, "");
	assert_int_equal(action.kind, ACTION_REFERRAL);
	expect_json(action.body, want);
	json_decref(want);
	action_fini(&action);
}

static void
test_damp_goes_to_housing_with_its_defects(void **state)
{
	struct action action = take_bundle(sample("damp-bundle.json"));
	json_t *want = json_pack("{s:s, s:[{s:s, s:s, s:s}, {s:s, s:s}]}",
	    "tekst", "Schimmel in twee kamers", "gebreken", "soort", "schimmel",
	    "locatie", "slaapkamer", "omschrijving", "Muur aan de noordkant",
	    "soort", "vocht", "locatie", "badkamer");
	const json_t *sections = json_object_get(action.body, "gegevens");
	json_t *address = json_pack("{s:s, s:s, s:s, s:s}", "straat",
	    "Slotermeerlaan", "huisnummer", "9999", "postcode", "1064HA",
	    "plaats", "Amsterdam");

	(void)state;
	assert_int_equal(action.kind, ACTION_REFERRAL);
	expect_json(json_object_get(sections, "HOUSING"), want);
	expect_json(json_object_get(sections, "ADDRESS"), address);
	assert_null(json_object_get(sections, "REQUEST"));
	assert_null(json_object_get(sections, "BSN"));
	json_decref(want);
	json_decref(address);
	action_fini(&action);
}

static void
test_text_without_a_leefgebied_is_the_story_of_damp(void **state)
{
	json_t *bundle = sample("damp-bundle.json");
	json_t *request = in_bundle(bundle, "ServiceRequest");
	struct action action;

	(void)state;
	json_object_set_new(request, "reasonCode",
	    json_pack("[{s:s}]", "text", "Het is hier nat"));
	json_object_del(request, "category");
	action = take_bundle(bundle);
	assert_int_equal(action.kind, ACTION_REFERRAL);
	assert_string_equal(json_string_value(json_object_get(
				json_object_get(json_object_get(action.body,
						    "gegevens"),
				    "HOUSING"),
				"tekst")),
	    "Het is hier nat");
	action_fini(&action);
}

static json_t *
with_bsn(const char *type)
{
	json_t *bundle = sample("referral-bundle.json");
	json_t *coding = json_array_get(
	    json_object_get(json_object_get(in_bundle(bundle, "ServiceRequest"),
				"code"),
		"coding"),
	    0);

	json_object_set_new(coding, "code", json_string(type));
	json_array_append_new(json_object_get(in_bundle(bundle, "Patient"),
				  "identifier"),
	    json_pack("{s:s, s:s}", "system",
		"http://fhir.nl/fhir/NamingSystem/bsn", "value", "999990202"));
	return bundle;
}

static void
test_a_bsn_goes_only_with_a_type_that_lists_it(void **state)
{
	struct action action = take_bundle(with_bsn("vastgelopen"));
	struct outcome made = {.kind = OUTCOME_CREATED};
	json_t *dossier = json_pack("{s:s}", "id", CASE);
	json_t *answer, *entry;

	(void)state;
	assert_string_equal(json_string_value(json_object_get(
				json_object_get(json_object_get(action.body,
						    "gegevens"),
				    "BSN"),
				"bsn")),
	    "999990202");
	action_fini(&action);
	made.dossier = dossier;
	answer =
	    answer_to(sample("damp-bundle.json"), "POST", &made, NULL, 200);
	entry =
	    json_object_get(json_array_get(json_object_get(answer, "entry"), 0),
		"response");
	assert_string_equal(issue_text(json_object_get(entry, "outcome"), 0,
				"severity"),
	    "information");
	assert_string_equal(issue_text(json_object_get(entry, "outcome"), 0,
				"expression"),
	    "Bundle.entry[0].resource.identifier");
	json_decref(answer);
	json_decref(dossier);
}

static void
test_the_number_of_an_organisation_finds_the_member(void **state)
{
	static char oin[] = "00000099000000000007";
	json_t *bundle = sample("referral-bundle.json");
	struct action action;
	const char *before = "";
	struct reg_member *wpi = NULL;

	(void)state;
	for (size_t i = 0; i < test_reg.member_count; i++) {
		if (strcmp(test_reg.members[i].id, "wpi") == 0)
			wpi = &test_reg.members[i];
	}
	assert_non_null(wpi);
	before = wpi->oin;
	wpi->oin = oin;
	json_object_set_new(in_bundle(bundle, "Task"), "owner",
	    json_pack("{s:{s:s, s:s}}", "identifier", "system", "urn:nld:oin",
		"value", oin));
	action = take_bundle(bundle);
	assert_string_equal(json_string_value(
				json_object_get(json_object_get(action.body,
						    "naar"),
				    "lid")),
	    "wpi");
	action_fini(&action);
	wpi->oin = before;
}

static void
test_a_statutory_type_rests_on_its_instrument(void **state)
{
	json_t *bundle = sample("referral-bundle.json");
	json_t *request = in_bundle(bundle, "ServiceRequest");
	json_t *want = json_pack("{s:s, s:s}", "soort", "PUBLIC_TASK",
	    "instrument", "overlast-convenant");
	struct action action;

	(void)state;
	json_object_set_new(request, "code",
	    json_pack("{s:[{s:s, s:s}]}", "coding", "system",
		WIJKHUB "CodeSystem/referral-type", "code", "woonoverlast"));
	json_object_set_new(request, "reasonCode",
	    json_pack("[{s:s}]", "text", "Muziek in de nacht"));
	json_object_del(request, "category");
	action = take_bundle(bundle);
	assert_string_equal(action.text, "");
	expect_json(json_object_get(action.body, "grondslag"), want);
	assert_non_null(
	    strstr(json_string_value(json_object_get(
		       json_object_get(json_object_get(action.body, "gegevens"),
			   "NUISANCE"),
		       "tekst")),
		"Muziek in de nacht"));
	json_decref(want);
	action_fini(&action);
}

/* In danger: who asks, and the first reason in words, go with the ground. */
static void
test_danger_says_who_and_why(void **state)
{
	json_t *bundle = sample("referral-bundle.json");
	json_t *request = in_bundle(bundle, "ServiceRequest");
	json_t *want = json_pack("{s:s, s:s, s:s, s:s}", "soort",
	    "VITAL_INTEREST", "instrument", "vitaal-belang", "reden",
	    "Dreiging in huis", "door", "P. Proef");
	struct action action;

	(void)state;
	json_object_set_new(request, "code",
	    json_pack("{s:[{s:s, s:s}]}", "coding", "system",
		WIJKHUB "CodeSystem/referral-type", "code", "acuut-onveilig"));
	json_object_set_new(request, "reasonCode",
	    json_pack("[{s:s}]", "text", "Dreiging in huis"));
	json_object_set_new(request, "requester",
	    json_pack("{s:s}", "display", "P. Proef"));
	json_object_del(request, "category");
	action = take_bundle(bundle);
	assert_string_equal(action.text, "");
	expect_json(json_object_get(action.body, "grondslag"), want);
	json_decref(want);
	action_fini(&action);
}

static void
test_without_consent_the_desk_decides(void **state)
{
	json_t *bundle = sample("referral-bundle.json");
	json_t *want = json_pack("{s:s}", "soort", "CONSENT_AVG");
	struct action action;

	(void)state;
	json_object_del(in_bundle(bundle, "ServiceRequest"), "supportingInfo");
	action = take_bundle(bundle);
	assert_int_equal(action.kind, ACTION_REFERRAL);
	expect_json(json_object_get(action.body, "grondslag"), want);
	json_decref(want);
	action_fini(&action);
}

/* One mistake: what is put where, and what the answer names. */
struct mistake {
	const char *resource; /* "" for the Bundle itself */
	const char *element;
	const char *value; /* JSON; NULL: taken away */
	const char *field;
	const char *code;
};

#define P "Bundle.entry[0].resource"
#define S "Bundle.entry[1].resource"
#define T "Bundle.entry[2].resource"

static const struct mistake mistakes[] = {
    {"", "resourceType", "\"Patient\"", "", "structure"},
    {"", "type", "\"batch\"", "Bundle.type", "not-supported"},
    {"", "entry", "[]", "Bundle.entry", "required"},
    {"Task", "status", NULL, T ".status", "required"},
    {"Task", "status", "\"completed\"", T ".status", "code-invalid"},
    {"Task", "intent", NULL, T ".intent", "required"},
    {"Task", "priority", "\"now\"", T ".priority", "code-invalid"},
    {"Task", "focus", NULL, T ".focus", "required"},
    {"Task", "focus", "{\"reference\": \"urn:uuid:other\"}", T ".focus",
	"invalid"},
    {"Task", "for", "{\"reference\": \"Patient/other\"}", T ".for", "invalid"},
    {"Task", "owner",
	"{\"identifier\": {\"system\": \"urn:nld:oin\", \"value\": \"1\"}}",
	T ".owner.identifier", "value"},
    {"Task", "modifierExtension", "[]", T ".modifierExtension",
	"not-supported"},
    {"Task", "surprise", "1", T, "structure"},
    {"ServiceRequest", "status", "\"draft\"", S ".status", "code-invalid"},
    {"ServiceRequest", "subject", NULL, S ".subject", "required"},
    {"ServiceRequest", "code", NULL, S ".code", "required"},
    {"ServiceRequest", "code", "\"text\"", S ".code", "structure"},
    {"ServiceRequest", "code",
	"{\"coding\": [{\"system\": "
	"\"" WIJKHUB "CodeSystem/referral-type\", \"code\": \"other\"}]}",
	S ".code", "code-invalid"},
    {"ServiceRequest", "identifier", "[{\"value\": \"\"}]", S ".identifier",
	"structure"},
    {"ServiceRequest", "doNotPerform", "true", S ".doNotPerform",
	"not-supported"},
    {"ServiceRequest", "category",
	"[{\"coding\": [{\"system\": \"urn:nl:jz0100:leefgebied\", "
	"\"code\": \"13\"}]}]",
	S ".category[0]", "code-invalid"},
    {"ServiceRequest", "category",
	"[{\"coding\": [{\"system\": \"urn:nl:jz0100:leefgebied\", "
	"\"code\": \"08\"}]}]",
	S ".category[0]", "business-rule"},
    {"ServiceRequest", "supportingInfo",
	"[{\"identifier\": {\"system\": "
	"\"" WIJKHUB "NamingSystem/toestemming\", \"value\": \"none\"}}]",
	S ".supportingInfo", "value"},
    {"ServiceRequest", "locationCode",
	"[{\"coding\": [{\"system\": \"" WIJKHUB "CodeSystem/buurt\", "
	"\"code\": \"Not a slug\"}]}]",
	S ".locationCode", "code-invalid"},
    {"Patient", "identifier", NULL, P ".identifier", "required"},
    {"Patient", "identifier",
	"[{\"value\": \"x\"}, {\"system\": "
	"\"http://fhir.nl/fhir/NamingSystem/bsn\", \"value\": \"123456789\"}]",
	P ".identifier", "value"},
    {"Patient", "name", NULL, P ".name", "required"},
    {"Patient", "name", "[{\"family\": 12}]", P ".name", "structure"},
    {"Patient", "birthDate", "\"1987-02-30\"", P ".birthDate", "value"},
    {"Patient", "gender", "\"V\"", P ".gender", "code-invalid"},
    {"Patient", "telecom", "[{\"system\": \"email\", \"value\": \"nobody\"}]",
	P ".telecom", "value"},
    {"Patient", "communication", "[{\"language\": {\"text\": \"qqqq\"}}]",
	P ".communication.language", "code-invalid"},
    {"Patient", "address", "[{\"postalCode\": \"ABC\"}]",
	P ".address.postalCode", "value"},
    {"Patient", "address", "[{\"country\": \"BE\"}]", P ".address.country",
	"not-supported"},
};

static void
test_each_mistake_is_named_by_its_element(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(mistakes); i++) {
		const struct mistake *m = &mistakes[i];
		json_t *bundle = sample("referral-bundle.json");
		json_t *at = m->resource[0] == '\0'
				 ? bundle
				 : in_bundle(bundle, m->resource);
		struct action action;

		if (m->value == NULL)
			json_object_del(at, m->element);
		else
			json_object_set_new(at, m->element,
			    json_loads(m->value, JSON_DECODE_ANY, NULL));
		action = take_bundle(bundle);
		if (strcmp(action.field, m->field) != 0 ||
		    strcmp(action.code, m->code) != 0)
			print_error("%s %s: %s %s (%s)\n", m->resource,
			    m->element, action.field, action.code, action.text);
		assert_int_equal(action.kind, ACTION_REJECT);
		assert_string_equal(action.field, m->field);
		assert_string_equal(action.code, m->code);
		assert_true(action.text[0] != '\0');
		action_fini(&action);
	}
}

static void
test_the_bare_sample_lacks_a_type(void **state)
{
	struct action action = take_bundle(sample("fhir-task-bundle.json"));

	(void)state;
	assert_int_equal(action.kind, ACTION_REJECT);
	assert_string_equal(action.field, S ".code");
	action_fini(&action);
}

static void
test_hostile_json_is_refused(void **state)
{
	static const char *const bodies[] = {"", "[", "{\"a\": 1, \"a\": 2}",
	    "{\"resourceType\": \"Bundle\\u0000\"}", "\xff\xfe", "null", "7",
	    "{\"resourceType\": \"Bundle\", \"type\": \"transaction\","
	    "\"entry\": {\"0\": {}}}",
	    "{\"resourceType\": \"Bundle\", \"type\": \"transaction\","
	    "\"entry\": [null, [], {\"resource\": []}]}"};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(bodies); i++) {
		struct adapter_in in = {.method = "POST",
		    .path = "/fhir",
		    .id = "",
		    .content_type = "application/json",
		    .body = span_str(bodies[i])};
		struct action action = {.kind = ACTION_NOTHING};

		buurtteam_ops.take(NULL, &in, &action);
		assert_int_equal(action.kind, ACTION_REJECT);
		assert_true(action.text[0] != '\0');
		action_fini(&action);
	}
}

static void
test_deep_nesting_is_refused(void **state)
{
	json_t *bundle = sample("referral-bundle.json");
	json_t *deep = json_pack("{s:s}", "url", "x");
	struct action action;

	(void)state;
	for (int i = 0; i < 500; i++)
		deep = json_pack("{s:s, s:[o]}", "url",
		    WIJKHUB "StructureDefinition/gebreken", "extension", deep);
	json_object_set_new(in_bundle(bundle, "Patient"), "extension",
	    json_pack("[o]", deep));
	action = take_bundle(bundle);
	assert_int_equal(action.kind, ACTION_REJECT);
	assert_string_equal(action.field, P ".extension");
	action_fini(&action);
}

/* What was made is answered entry by entry, in the order of the request. */
static void
test_a_referral_made_is_a_transaction_response(void **state)
{
	static const struct {
		enum outcome_kind kind;
		int http;
		const char *status;
	} rows[] = {{OUTCOME_CREATED, 200, "201 Created"},
	    {OUTCOME_QUEUED, 202, "202 Accepted"},
	    {OUTCOME_SAME, 200, "200 OK"}};
	json_t *dossier = json_pack("{s:s}", "id", CASE);

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct outcome outcome = {.kind = rows[i].kind,
		    .dossier = dossier};
		json_t *answer = answer_to(sample("referral-bundle.json"),
		    "POST", &outcome, NULL, rows[i].http);
		const json_t *entries = json_object_get(answer, "entry");
		const json_t *last =
		    json_object_get(json_array_get(entries, 2), "response");

		assert_string_equal(json_string_value(
					json_object_get(answer, "type")),
		    "transaction-response");
		assert_int_equal(json_array_size(entries), 3);
		assert_string_equal(json_string_value(
					json_object_get(last, "status")),
		    rows[i].status);
		assert_string_equal(json_string_value(
					json_object_get(last, "location")),
		    "Task/" CASE);
		json_decref(answer);
	}
	json_decref(dossier);
}

static void
test_a_refusal_says_why_and_where(void **state)
{
	struct outcome outcome = {.kind = OUTCOME_REFUSED,
	    .reason = REASON_NO_PERMISSION,
	    .text = ""};
	json_t *answer = answer_to(sample("referral-bundle.json"), "POST",
	    &outcome, NULL, 403);
	const json_t *coding = json_array_get(
	    json_object_get(
		json_object_get(json_array_get(json_object_get(answer, "issue"),
				    0),
		    "details"),
		"coding"),
	    0);

	(void)state;
	assert_string_equal(issue_text(answer, 0, "code"), "forbidden");
	assert_string_equal(issue_text(answer, 0, "expression"),
	    S ".supportingInfo");
	assert_string_equal(json_string_value(json_object_get(coding, "code")),
	    "NO_PERMISSION");
	json_decref(answer);
}

/* The desk speaks of its own JSON; the answer of theirs. */
static void
test_what_the_desk_refuses_is_named_in_fhir(void **state)
{
	static const char *const rows[][3] = {{"gegevens.CONTACT",
						  "naam.achternaam: te lang",
						  P ".name"},
	    {"gegevens.ADDRESS", "postcode: onjuist", P ".address"},
	    {"gegevens.FINANCE", "tekst: te lang", S ".reasonCode"},
	    {"naar.buurt", "onbekende buurt", S ".locationCode"},
	    {"client", "te lang", P ".identifier"},
	    {"grondslag.reden", "nodig", S ".reasonCode"},
	    {"grondslag.door", "nodig", S ".requester.display"},
	    {"type", "onbekend", S ".code"}};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct outcome outcome = {.kind = OUTCOME_REJECTED,
		    .field = rows[i][0],
		    .text = rows[i][1],
		    .code = ""};
		json_t *answer = answer_to(sample("referral-bundle.json"),
		    "POST", &outcome, NULL, 422);

		assert_string_equal(issue_text(answer, 0, "expression"),
		    rows[i][2]);
		assert_string_equal(issue_text(answer, 0, "diagnostics"),
		    rows[i][1]);
		json_decref(answer);
	}
}

static void
test_other_outcomes_have_their_own_status(void **state)
{
	static const struct {
		struct outcome outcome;
		int status;
		const char *code;
	} rows[] = {
	    {{.kind = OUTCOME_CONFLICT}, 409, "duplicate"},
	    {{.kind = OUTCOME_BUSY}, 503, "transient"},
	    {{.kind = OUTCOME_NOT_FOUND}, 404, "not-found"},
	    {{.kind = OUTCOME_REJECTED, .code = "structure", .text = "x"}, 400,
		"structure"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		json_t *answer = answer_to(sample("referral-bundle.json"),
		    "POST", &rows[i].outcome, NULL, rows[i].status);

		assert_string_equal(issue_text(answer, 0, "code"),
		    rows[i].code);
		json_decref(answer);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_the_sample_becomes_exactly_this_referral),
	    cmocka_unit_test(test_damp_goes_to_housing_with_its_defects),
	    cmocka_unit_test(
		test_text_without_a_leefgebied_is_the_story_of_damp),
	    cmocka_unit_test(test_a_bsn_goes_only_with_a_type_that_lists_it),
	    cmocka_unit_test(
		test_the_number_of_an_organisation_finds_the_member),
	    cmocka_unit_test(test_a_statutory_type_rests_on_its_instrument),
	    cmocka_unit_test(test_danger_says_who_and_why),
	    cmocka_unit_test(test_without_consent_the_desk_decides),
	    cmocka_unit_test(test_each_mistake_is_named_by_its_element),
	    cmocka_unit_test(test_the_bare_sample_lacks_a_type),
	    cmocka_unit_test(test_hostile_json_is_refused),
	    cmocka_unit_test(test_deep_nesting_is_refused),
	    cmocka_unit_test(test_a_referral_made_is_a_transaction_response),
	    cmocka_unit_test(test_a_refusal_says_why_and_where),
	    cmocka_unit_test(test_what_the_desk_refuses_is_named_in_fhir),
	    cmocka_unit_test(test_other_outcomes_have_their_own_status),
	};

	return cmocka_run_group_tests(tests, test_setup, test_teardown);
}
