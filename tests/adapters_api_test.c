/* SPDX-License-Identifier: EUPL-1.2 */
#include "adapters/json.h"
#include "tests/adapters_api_world.h"

/* POST and GET /v1/verwijzingen. */

static void
test_without_consent_there_is_no_referral(void **state)
{
	struct api_world *a = *state;

	ask(a, "POST", "/v1/verwijzingen",
	    "{\"type\": \"geldzorgen\", \"naar\": {\"lid\": \"wpi\"}, "
	    "\"client\": \"B-100\", \"grondslag\": {\"soort\": "
	    "\"CONSENT_AVG\"}, " SECTIONS "}");
	expect_code(a, 403, "NO_PERMISSION");
	assert_string_equal(json_text(a->body, "title"),
	    "Er is geen toestemming");
	ask(a, "GET", "/v1/verwijzingen", "");
	assert_int_equal(json_array_size(
			     json_object_get(a->body, "resultaten")),
	    0);
}

static void
test_consent_first_then_the_referral_waits_for_the_hub(void **state)
{
	struct api_world *a = *state;
	char consent[ID_TEXT_SIZE], id[ID_TEXT_SIZE], path[160];

	make_consent(a, consent);
	refer(a, consent, "");
	expect(a, 202);
	assert_string_equal(json_text(a->body, "status"), "QUEUED");
	snprintf(id, sizeof(id), "%s", json_text(a->body, "id"));
	snprintf(path, sizeof(path), "/v1/verwijzingen/%s", id);
	assert_string_equal(a->location, path);
	ask(a, "GET", path, "");
	expect(a, 200);
	assert_string_equal(json_text(a->body, "id"), id);
	assert_null(json_object_get(a->body, "bewijs"));
}

static void
test_the_hubs_yes_is_created_with_the_place_of_the_proof(void **state)
{
	struct api_world *a = *state;
	char consent[ID_TEXT_SIZE];
	const json_t *evidence;

	a->runner.hub = true;
	a->runner.log_index = 41;
	make_consent(a, consent);
	expect(a, 201);
	refer(a, consent, "");
	expect(a, 201);
	evidence = json_object_get(a->body, "bewijs");
	assert_int_equal(json_integer_value(json_object_get(evidence, "index")),
	    42);
}

static void
test_the_hubs_no_has_its_reason_and_what_to_do(void **state)
{
	struct api_world *a = *state;
	char consent[ID_TEXT_SIZE];

	make_consent(a, consent);
	a->runner.hub = true;
	a->runner.refusal = REASON_OBJECTED;
	refer(a, consent, "");
	expect_code(a, 403, "OBJECTED");
	assert_non_null(strstr(json_text(a->body, "detail"), "bezwaar"));
	a->runner.refusal = REASON_OVER_QUOTA;
	refer(a, consent, "");
	expect_code(a, 503, "OVER_QUOTA");
	assert_has(a->w.answer, "Retry-After: ");
}

static void
test_the_same_kenmerk_is_the_same_referral(void **state)
{
	struct api_world *a = *state;
	char consent[ID_TEXT_SIZE], id[ID_TEXT_SIZE];

	make_consent(a, consent);
	refer(a, consent, "\"kenmerk\": \"K-1\", ");
	expect(a, 202);
	snprintf(id, sizeof(id), "%s", json_text(a->body, "id"));
	refer(a, consent, "\"kenmerk\": \"K-1\", ");
	expect(a, 200);
	assert_string_equal(json_text(a->body, "id"), id);
	refer(a, consent, "\"kenmerk\": \"K-1\", \"urgentie\": \"spoed\", ");
	expect_code(a, 409, "DUPLICATE_CONFLICT");
	expect_blame(a, "kenmerk", "conflict");
}

static void
test_every_wrong_field_is_named(void **state)
{
	struct api_world *a = *state;

	ask(a, "POST", "/v1/verwijzingen",
	    "{\"type\": 5, \"naar\": {\"lid\": \"wpi\", \"stad\": \"x\"}, "
	    "\"client\": \"\", \"urgentie\": \"heel\", \"grondslag\": "
	    "{\"soort\": \"GOEDE_ZIN\", \"toestemming\": \"12\"}, "
	    "\"extra\": 1, \"gegevens\": {\"KLEUR\": {}, \"REQUEST\": 3}}");
	expect_code(a, 422, "ONGELDIGE_VELDEN");
	expect_blame(a, "type", "type");
	expect_blame(a, "naar.stad", "unknown");
	expect_blame(a, "client", "required");
	expect_blame(a, "urgentie", "word");
	expect_blame(a, "grondslag.soort", "word");
	expect_blame(a, "grondslag.toestemming", "format");
	expect_blame(a, "extra", "unknown");
	expect_blame(a, "gegevens.KLEUR", "unknown");
	expect_blame(a, "gegevens.REQUEST", "format");
	ask(a, "POST", "/v1/verwijzingen", "{}");
	expect_blame(a, "grondslag", "required");
	ask(a, "POST", "/v1/verwijzingen", "[1]");
	expect_blame(a, "", "type");
}

static void
test_a_wrong_section_is_named_in_dutch(void **state)
{
	struct api_world *a = *state;
	const json_t *param;

	ask(a, "POST", "/v1/verwijzingen",
	    "{\"type\": \"geldzorgen\", \"naar\": {\"lid\": \"wpi\"}, "
	    "\"client\": \"B-1\", \"grondslag\": {\"soort\": \"CONSENT_AVG\"},"
	    "\"gegevens\": {\"CONTACT\": {\"geboortedatum\": \"gisteren\"}}}");
	expect(a, 422);
	expect_blame(a, "gegevens.CONTACT.geboortedatum", "format");
	param = json_array_get(json_object_get(a->body, "invalidParams"), 0);
	assert_string_equal(json_text(param, "reason"),
	    "moet een datum zijn: JJJJ, JJJJ-MM of JJJJ-MM-DD");
	ask(a, "POST", "/v1/verwijzingen",
	    "{\"type\": \"geldzorgen\", \"naar\": {\"lid\": \"wpi\"}, "
	    "\"client\": \"B-1\", \"grondslag\": {\"soort\": \"CONSENT_AVG\"},"
	    "\"gegevens\": {\"BSN\": {\"bsn\": \"999990203\"}, \"HOUSEHOLD\": "
	    "{\"kinderen\": 100}, \"REQUEST\": {}}}");
	expect_blame(a, "gegevens.BSN.bsn", "format");
	expect_blame(a, "gegevens.HOUSEHOLD.kinderen", "format");
	expect_blame(a, "gegevens.REQUEST", "format");
	assert_null(strstr(a->w.answer, "must"));
	assert_null(strstr(a->w.answer, "999990203"));
}

static void
test_unknown_type_and_member_and_area_are_named(void **state)
{
	struct api_world *a = *state;
	static const char rest[] =
	    "\"client\": \"B-1\", \"grondslag\": {\"soort\": \"CONSENT_AVG\"},"
	    "\"gegevens\": {\"REQUEST\": {\"tekst\": \"x\"}}}";
	static const char *const starts[][2] =
	    {{"{\"type\": \"loterij\", \"naar\": {\"lid\": \"wpi\"}, ", "type"},
		{"{\"type\": \"geldzorgen\", \"naar\": {\"lid\": \"bank\"}, ",
		    "naar.lid"},
		{"{\"type\": \"geldzorgen\", \"naar\": {\"buurt\": \"mars\"}, ",
		    "naar.buurt"},
		{"{\"type\": \"geldzorgen\", \"naar\": {}, ", "naar"}};
	char body[512];
	size_t i;

	for (i = 0; i < sizeof(starts) / sizeof(starts[0]); i++) {
		snprintf(body, sizeof(body), "%s%s", starts[i][0], rest);
		ask(a, "POST", "/v1/verwijzingen", body);
		expect(a, 422);
		expect_blame(a, starts[i][1], "invalid");
	}
}

/* Nuisance in the Dichtersbuurt: the landlord and the police both take it. */
static void
test_two_members_for_one_area_is_a_choice_for_the_sender(void **state)
{
	struct api_world *a = *state;

	ask(a, "POST", "/v1/verwijzingen",
	    "{\"type\": \"woonoverlast\", \"naar\": {\"buurt\": "
	    "\"dichtersbuurt\"}, \"client\": \"B-1\", \"grondslag\": "
	    "{\"soort\": \"PUBLIC_TASK\"}, \"gegevens\": {\"ADDRESS\": "
	    "{\"postcode\": \"1064HA\", \"huisnummer\": \"1\"}, \"NUISANCE\": "
	    "{\"tekst\": \"Muziek.\"}}}");
	expect(a, 422);
	expect_blame(a, "naar", "invalid");
}

/* Each category is read; what the consent does not cover stays here. */
static void
test_all_categories_are_read_and_too_many_refused(void **state)
{
	struct api_world *a = *state;
	json_t *sections =
	    json_loads("{\"CONTACT\": {\"telefoon\": \"020 1234567\"}, "
		       "\"ADDRESS\": {\"postcode\": \"1064 HA\"}, "
		       "\"BSN\": {\"bsn\": \"999990202\"}, \"FACE\": "
		       "{\"naam\": \"M. de Wit\"}, \"STATUS\": "
		       "{\"toelichting\": \"x\"}, \"ARREARS\": {\"maanden\": 2}"
		       "}",
		0, NULL);
	char consent[ID_TEXT_SIZE];
	const struct term *term;
	json_t *body;
	char *text;

	for (term = terms_all(TERMS_CATEGORIES); term->text != NULL; term++)
		if (json_object_get(sections, term->text) == NULL)
			json_object_set_new(sections, term->text,
			    json_pack("{s:s}", "tekst", "verzonnen"));
	assert_int_equal(json_object_size(sections), CATEGORY_COUNT);
	make_consent(a, consent);
	body = json_pack("{s:s, s:{s:s}, s:s, s:{s:s, s:s}, s:o}", "type",
	    "geldzorgen", "naar", "lid", "wpi", "client", "B-100", "grondslag",
	    "soort", "CONSENT_AVG", "toestemming", consent, "gegevens",
	    sections);
	text = json_dumps(body, 0);
	ask(a, "POST", "/v1/verwijzingen", text);
	expect_code(a, 403, "CATEGORY_NOT_COVERED");
	free(text);
	json_decref(body);
}

static void
hostile(struct api_world *a, const char *body, size_t len)
{
	ask_bytes(a, "POST", "/v1/verwijzingen", body, len);
	expect_code(a, 400, "ONGELDIGE_JSON");
}

static void
test_hostile_json_is_refused(void **state)
{
	struct api_world *a = *state;
	static const char *const bad[] = {"", "nul", "{\"type\": \"\xff\xfe\"}",
	    "{\"type\": \"a\", \"type\": \"b\"}", "{\"type\": \"a\\u0000b\"}",
	    "{\"type\": 1e999999}", "{\"type\": 99999999999999999999999999}",
	    "{\"naar\": {\"lid\": \"a\", \"lid\": \"b\"}}", "{\"type\": NaN}",
	    "{} {}", "{\"type\": \"\\ud800\"}"};
	const size_t depth = 500000;
	char *deep = mem_new(depth);
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		hostile(a, bad[i], strlen(bad[i]));
	hostile(a, "{\"a\": \"x\0y\"}", 12);
	memset(deep, '[', depth);
	hostile(a, deep, depth);
	mem_free(deep);
}

/* As deep as the parser takes it, in the one field that holds anything. */
static void
test_deep_notes_of_our_own_do_no_harm(void **state)
{
	struct api_world *a = *state;
	const size_t depth = 2000;
	char consent[ID_TEXT_SIZE], path[160];
	char *more = mem_new(2 * depth + 64);
	char body[2048];
	char *whole = mem_new(2 * depth + sizeof(body));

	make_consent(a, consent);
	memset(more, '[', depth);
	memset(more + depth, ']', depth);
	snprintf(whole, 2 * depth + sizeof(body),
	    "{\"type\": \"geldzorgen\", \"naar\": {\"lid\": \"wpi\"}, "
	    "\"client\": \"B-100\", \"bron\": {\"d\": %s}, \"grondslag\": "
	    "{\"soort\": \"CONSENT_AVG\", \"toestemming\": \"%s\"}, " SECTIONS
	    "}",
	    more, consent);
	ask(a, "POST", "/v1/verwijzingen", whole);
	expect(a, 202);
	snprintf(path, sizeof(path), "%s", a->location);
	ask(a, "GET", path, "");
	expect(a, 200);
	mem_free(whole);
	mem_free(more);
}

static void
test_unknown_ids_are_not_found(void **state)
{
	struct api_world *a = *state;
	static const char *const paths[] =
	    {"/v1/verwijzingen/01890000-0000-7000-8000-000000000000",
		"/v1/verwijzingen/B-100",
		"/v1/toestemmingen/01890000-0000-7000-8000-000000000000",
		"/v1/toestemmingen/x"};
	size_t i;

	for (i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		ask(a, "GET", paths[i], "");
		expect_code(a, 404, "NIET_GEVONDEN");
	}
	ask(a, "GET", "/v1/beschikbaarheid", "");
	expect(a, 404);
}

static void
test_the_list_is_newest_first_in_pages(void **state)
{
	struct api_world *a = *state;
	char consent[ID_TEXT_SIZE], newest[ID_TEXT_SIZE], next[256];
	const json_t *rows;
	size_t i;

	make_consent(a, consent);
	for (i = 0; i < 53; i++)
		refer(a, consent, "");
	snprintf(newest, sizeof(newest), "%s", json_text(a->body, "id"));
	ask(a, "GET", "/v1/verwijzingen?richting=verzonden&type=geldzorgen",
	    "");
	expect(a, 200);
	rows = json_object_get(a->body, "resultaten");
	assert_int_equal(json_array_size(rows), 50);
	assert_string_equal(json_text(json_array_get(rows, 0), "id"), newest);
	assert_null(json_object_get(json_array_get(rows, 0), "gegevens"));
	snprintf(next, sizeof(next), "%s", json_text(a->body, "volgende"));
	assert_string_equal(next,
	    "/v1/verwijzingen?richting=verzonden&type=geldzorgen&pagina=2");
	ask(a, "GET", next, "");
	rows = json_object_get(a->body, "resultaten");
	assert_int_equal(json_array_size(rows), 3);
	assert_true(json_is_null(json_object_get(a->body, "volgende")));
}

static void
test_the_list_can_be_narrowed(void **state)
{
	struct api_world *a = *state;
	static const char *const empty[] = {"richting=ontvangen",
	    "status=ACCEPTED", "type=werk", "type=A%20B", "sinds=2999-01-01"};
	char consent[ID_TEXT_SIZE], path[128];
	size_t i;

	make_consent(a, consent);
	refer(a, consent, "");
	for (i = 0; i < sizeof(empty) / sizeof(empty[0]); i++) {
		snprintf(path, sizeof(path), "/v1/verwijzingen?%s", empty[i]);
		ask(a, "GET", path, "");
		expect(a, 200);
		assert_int_equal(json_array_size(
				     json_object_get(a->body, "resultaten")),
		    0);
	}
	ask(a, "GET", "/v1/verwijzingen?sinds=2020-01-01T00:00:00Z", "");
	assert_int_equal(json_array_size(
			     json_object_get(a->body, "resultaten")),
	    1);
}

static void
test_a_wrong_question_is_named(void **state)
{
	struct api_world *a = *state;

	ask(a, "GET",
	    "/v1/verwijzingen?richting=omhoog&status=KLAAR&sinds=toen&pagina=0",
	    "");
	expect_code(a, 400, "ONGELDIGE_VELDEN");
	expect_blame(a, "richting", "word");
	expect_blame(a, "status", "word");
	expect_blame(a, "sinds", "format");
	expect_blame(a, "pagina", "format");
	ask(a, "GET", "/v1/verwijzingen?pagina=99999999999999999999", "");
	expect_blame(a, "pagina", "type");
}

static void
test_before_the_register_it_says_later(void **state)
{
	struct api_world *a = *state;

	desk_close(a->wpi);
	support_dir_remove(a->dirs[1]);
	a->dirs[1] = support_dir_new();
	a->wpi = desk_of(a, "wpi", a->dirs[1]);
	a->runner.desk = a->wpi;
	refer(a, "01890000-0000-7000-8000-000000000000", "");
	expect_code(a, 503, "BEZET");
	ask(a, "GET", "/v1/typen", "");
	expect_code(a, 503, "BEZET");
	ask(a, "GET", "/v1/partners", "");
	expect_code(a, 503, "BEZET");
	assert_has(a->w.answer, "Retry-After: ");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_without_consent_there_is_no_referral),
	    TEST(test_consent_first_then_the_referral_waits_for_the_hub),
	    TEST(test_the_hubs_yes_is_created_with_the_place_of_the_proof),
	    TEST(test_the_hubs_no_has_its_reason_and_what_to_do),
	    TEST(test_the_same_kenmerk_is_the_same_referral),
	    TEST(test_every_wrong_field_is_named),
	    TEST(test_a_wrong_section_is_named_in_dutch),
	    TEST(test_unknown_type_and_member_and_area_are_named),
	    TEST(test_two_members_for_one_area_is_a_choice_for_the_sender),
	    TEST(test_all_categories_are_read_and_too_many_refused),
	    TEST(test_hostile_json_is_refused),
	    TEST(test_deep_notes_of_our_own_do_no_harm),
	    TEST(test_unknown_ids_are_not_found),
	    TEST(test_the_list_is_newest_first_in_pages),
	    TEST(test_the_list_can_be_narrowed),
	    TEST(test_a_wrong_question_is_named),
	    TEST(test_before_the_register_it_says_later),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
