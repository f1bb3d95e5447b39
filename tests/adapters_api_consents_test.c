/* SPDX-License-Identifier: EUPL-1.2 */
#include "adapters/json.h"
#include "tests/adapters_api_world.h"

/* /v1/toestemmingen, /v1/intrekkingen, /v1/typen and /v1/partners. */

static void
test_the_consent_itself_does_not_show_the_code(void **state)
{
	struct api_world *a = *state;
	char id[ID_TEXT_SIZE], path[160];
	const json_t *slip;

	a->runner.hub = true;
	make_consent(a, id);
	expect(a, 201);
	slip = json_object_get(a->body, "ontvangstbewijs");
	assert_int_equal(strlen(json_text(slip, "intrekkingscode")), 19);
	assert_string_not_equal(json_text(a->body, "vastgelegdOp"), "");
	snprintf(path, sizeof(path), "/v1/toestemmingen/%s", id);
	assert_string_equal(a->location, path);
	ask(a, "GET", path, "");
	expect(a, 200);
	assert_null(json_object_get(a->body, "ontvangstbewijs"));
	assert_string_equal(json_text(a->body, "status"), "GIVEN");
}

static void
test_what_the_resident_is_asked_is_shown_first(void **state)
{
	struct api_world *a = *state;
	char body[512], hash[80];

	ask(a, "POST", "/v1/toestemmingsvragen",
	    "{\"soort\": \"CONSENT_AVG\", \"partijen\": [\"wpi\"], "
	    "\"typen\": [\"geldzorgen\"], \"categorieen\": [\"REQUEST\"]}");
	expect(a, 200);
	assert_non_null(
	    strstr(json_text(json_object_get(a->body, "tekst"), "nl"),
		"- Uw vraag en wat u wilt bereiken\n"));
	snprintf(hash, sizeof(hash), "%s",
	    json_text(json_object_get(a->body, "tekstHash"), "en"));
	snprintf(body, sizeof(body),
	    "{\"client\": \"B-1\", \"soort\": \"CONSENT_AVG\", "
	    "\"partijen\": [\"wpi\"], \"typen\": [\"geldzorgen\"], "
	    "\"categorieen\": [\"REQUEST\"], \"geldigTot\": \"%s\", "
	    "\"vastgelegd\": {\"door\": \"M. de Wit\", \"taal\": \"en\", "
	    "\"tekstHash\": \"%s\"}}",
	    json_text(a->body, "geldigTot"), hash);
	ask(a, "POST", "/v1/toestemmingen", body);
	expect(a, 202);
	ask(a, "POST", "/v1/toestemmingsvragen",
	    "{\"soort\": \"CONSENT_AVG\", \"partijen\": [\"wpi\"], "
	    "\"typen\": [\"geldzorgen\"], \"categorieen\": [\"JUSTICE\"]}");
	expect_code(a, 403, "CATEGORY_NOT_COVERED");
	ask(a, "POST", "/v1/toestemmingsvragen", "{\"client\": \"B-1\"}");
	expect_blame(a, "client", "unknown");
}

static void
test_the_receipt_is_a_page_of_its_own(void **state)
{
	struct api_world *a = *state;
	char id[ID_TEXT_SIZE], path[160];
	const char *answer;

	a->runner.hub = true;
	make_consent(a, id);
	snprintf(path, sizeof(path), "/v1/toestemmingen/%s/ontvangstbewijs",
	    id);
	ask(a, "GET", path, "");
	expect(a, 200);
	answer = a->w.answer;
	assert_non_null(
	    strstr(answer, "\r\nContent-Type: text/html; charset=utf-8\r\n"));
	assert_non_null(strstr(answer,
	    "\r\nContent-Security-Policy: default-src 'none'; style-src "
	    "'sha256-"));
	assert_non_null(strstr(answer, "\r\nCache-Control: no-store\r\n"));
	assert_non_null(
	    strstr(answer, "\r\nX-Content-Type-Options: nosniff\r\n"));
	/* A text of one's own beside what it means. */
	assert_non_null(
	    strstr(json_string_value(a->body), "Mag ik dit delen met WPI?"));
	assert_non_null(strstr(json_string_value(a->body), "<svg"));
	ask(a, "GET",
	    "/v1/toestemmingen/00000000-0000-4000-8000-000000000000/"
	    "ontvangstbewijs",
	    "");
	expect_code(a, 404, "NIET_GEVONDEN");
	ask(a, "GET", "/v1/toestemmingen/x/ontvangstbewijs", "");
	expect(a, 404);
}

/* Who scans the receipt, sends what was scanned. */
static void
test_a_scanned_code_withdraws(void **state)
{
	struct api_world *a = *state;
	char body[128];

	ask(a, "POST", "/v1/toestemmingen", CONSENT);
	snprintf(body, sizeof(body), "{\"code\": \"WIJKHUB:%s\"}",
	    json_text(json_object_get(a->body, "ontvangstbewijs"),
		"intrekkingscode"));
	a->runner.desk = a->wpi;
	ask(a, "POST", "/v1/intrekkingen", body);
	expect(a, 202);
}

static void
test_the_same_kenmerk_gives_the_same_consent(void **state)
{
	static const char body[] =
	    "{\"client\": \"B-1\", \"soort\": \"CONSENT_AVG\", "
	    "\"partijen\": [\"wpi\"], \"typen\": [\"geldzorgen\"], "
	    "\"categorieen\": [\"REQUEST\"], \"kenmerk\": \"T-1\", "
	    "\"vastgelegd\": {\"door\": \"M. de Wit\"}}";
	struct api_world *a = *state;
	char code[64];

	a->runner.hub = true;
	ask(a, "POST", "/v1/toestemmingen", body);
	expect(a, 201);
	snprintf(code, sizeof(code), "%s",
	    json_text(json_object_get(a->body, "ontvangstbewijs"),
		"intrekkingscode"));
	ask(a, "POST", "/v1/toestemmingen", body);
	expect(a, 200);
	assert_string_equal(json_text(json_object_get(a->body,
					  "ontvangstbewijs"),
				"intrekkingscode"),
	    code);
}

static void
test_what_the_hub_refuses_says_why(void **state)
{
	struct api_world *a = *state;

	a->runner.hub = true;
	a->runner.refusal = REASON_ROLE_NOT_ALLOWED;
	ask(a, "POST", "/v1/toestemmingen", CONSENT);
	expect_code(a, 403, "ROLE_NOT_ALLOWED");
}

static void
test_wrong_fields_of_a_consent_are_named(void **state)
{
	struct api_world *a = *state;

	ask(a, "POST", "/v1/toestemmingen",
	    "{\"client\": \"B-1\", \"soort\": \"CONSENT_AVG\", \"partijen\": "
	    "[], \"typen\": [1], \"categorieen\": [\"KLEUR\"], \"geldigTot\": "
	    "\"ooit\", \"vastgelegd\": {\"hoe\": \"DROOM\", \"waar\": \"x\"}}");
	expect_code(a, 422, "ONGELDIGE_VELDEN");
	expect_blame(a, "partijen", "length");
	expect_blame(a, "typen[0]", "type");
	expect_blame(a, "categorieen[0]", "word");
	expect_blame(a, "geldigTot", "format");
	expect_blame(a, "vastgelegd.hoe", "word");
	expect_blame(a, "vastgelegd.waar", "unknown");
}

static void
refused(struct api_world *a, const char *rest)
{
	char body[512];

	snprintf(body, sizeof(body),
	    "{\"client\": \"B-1\", \"soort\": \"CONSENT_AVG\", "
	    "\"partijen\": [\"wpi\"], %s}",
	    rest);
	ask(a, "POST", "/v1/toestemmingen", body);
}

/* What a consent cannot be is said here, before anything is kept. */
static void
test_a_consent_that_cannot_be_is_refused_with_its_reason(void **state)
{
	struct api_world *a = *state;

	refused(a, "\"typen\": [\"geldzorgen\"], \"categorieen\": "
		   "[\"CONTACT\"], \"vastgelegd\": {\"hoe\": \"PHONE\"}");
	expect(a, 422);
	expect_blame(a, "vastgelegd.door", "invalid");
	refused(a, "\"typen\": [\"geldzorgen\"], \"categorieen\": "
		   "[\"CONTACT\"], \"geldigTot\": \"2999-01-01\", "
		   "\"vastgelegd\": {\"door\": \"M. de Wit\"}");
	expect(a, 422);
	expect_blame(a, "geldigTot", "invalid");
	refused(a, "\"typen\": [\"geldzorgen\"], \"categorieen\": "
		   "[\"ADDICTION\"], \"vastgelegd\": {\"door\": "
		   "\"M. de Wit\"}");
	expect_code(a, 403, "CATEGORY_NOT_COVERED");
	refused(a, "\"typen\": [\"zorgmelding\"], \"categorieen\": "
		   "[\"CONTACT\"], \"vastgelegd\": {\"door\": "
		   "\"M. de Wit\"}");
	expect_code(a, 403, "KIND_NOT_ALLOWED");
}

static void
test_withdrawing_shows_both_stages(void **state)
{
	struct api_world *a = *state;
	char id[ID_TEXT_SIZE], path[160], consent[ID_TEXT_SIZE];

	make_consent(a, id);
	snprintf(consent, sizeof(consent), "%s", id);
	snprintf(path, sizeof(path), "/v1/toestemmingen/%s/intrekking", id);
	ask(a, "POST", path, "");
	expect(a, 202);
	assert_true(json_is_null(json_object_get(a->body, "vastgelegd")));
	assert_true(json_is_null(json_object_get(a->body, "doorgevoerd")));
	assert_string_equal(json_text(a->body, "status"), "WITHDRAWN");
	ask(a, "POST", path, "{}");
	expect(a, 200);
	refer(a, consent, "");
	expect_code(a, 403, "PERMISSION_WITHDRAWN");
}

static void
test_what_the_hub_recorded_is_shown_as_recorded(void **state)
{
	struct api_world *a = *state;
	char id[ID_TEXT_SIZE], path[160];
	const json_t *end;

	a->runner.hub = true;
	make_consent(a, id);
	snprintf(path, sizeof(path), "/v1/toestemmingen/%s/intrekking", id);
	ask(a, "POST", path, "{}");
	expect(a, 201);
	assert_true(json_is_string(json_object_get(a->body, "vastgelegd")));
	assert_true(json_is_null(json_object_get(a->body, "doorgevoerd")));
	snprintf(path, sizeof(path), "/v1/toestemmingen/%s", id);
	ask(a, "GET", path, "");
	end = json_object_get(a->body, "intrekking");
	assert_true(json_is_string(json_object_get(end, "vastgelegd")));
	ask(a, "POST", "/v1/toestemmingen/x/intrekking", "");
	expect(a, 404);
}

static void
test_a_body_that_a_withdrawal_does_not_know_is_refused(void **state)
{
	struct api_world *a = *state;
	char id[ID_TEXT_SIZE], path[160];

	make_consent(a, id);
	snprintf(path, sizeof(path), "/v1/toestemmingen/%s/intrekking", id);
	ask(a, "POST", path, "{\"vanaf\": \"2030-01-01\"}");
	expect(a, 422);
	expect_blame(a, "vanaf", "unknown");
}

static void
test_with_the_code_at_any_member(void **state)
{
	struct api_world *a = *state;
	char body[128], code[64];

	ask(a, "POST", "/v1/toestemmingen", CONSENT);
	snprintf(code, sizeof(code), "%s",
	    json_text(json_object_get(a->body, "ontvangstbewijs"),
		"intrekkingscode"));
	a->runner.desk = a->wpi;
	snprintf(body, sizeof(body), "{\"code\": \"%s\"}", code);
	ask(a, "POST", "/v1/intrekkingen", body);
	expect(a, 202);
	assert_true(json_is_null(json_object_get(a->body, "vastgelegd")));
	a->runner.hub = true;
	ask(a, "POST", "/v1/intrekkingen", body);
	expect(a, 201);
	assert_true(json_is_string(json_object_get(a->body, "vastgelegd")));
	a->runner.refusal = REASON_NO_PERMISSION;
	ask(a, "POST", "/v1/intrekkingen", body);
	expect_code(a, 404, "NIET_GEVONDEN");
	ask(a, "POST", "/v1/intrekkingen", "{\"code\": \"1234\"}");
	expect(a, 422);
	expect_blame(a, "code", "invalid");
}

static json_t *
row_of(const struct api_world *a, const char *key, const char *value)
{
	json_t *row;
	size_t i;

	json_array_foreach(json_object_get(a->body, "resultaten"), i, row)
	{
		if (strcmp(json_text(row, key), value) == 0)
			return row;
	}
	return NULL;
}

static void
test_types_show_all_of_the_covenant(void **state)
{
	struct api_world *a = *state;
	const json_t *type, *terms;

	ask(a, "GET", "/v1/typen", "");
	expect(a, 200);
	assert_int_equal(json_array_size(
			     json_object_get(a->body, "resultaten")),
	    a->alliance->reg.type_count);
	type = row_of(a, "id", "huurachterstand");
	assert_string_equal(json_text(type, "instrument"),
	    "wgs-vroegsignalering");
	assert_string_equal(json_text(type, "desk"), "schuldhulp");
	assert_string_equal(json_text(type, "fase"), "een");
	terms = json_object_get(type, "termijnen");
	assert_int_equal(json_integer_value(json_object_get(terms, "contact")),
	    20);
	assert_true(json_is_null(json_object_get(terms, "voortgang")));
	assert_int_equal(json_object_size(
			     json_object_get(a->body, "categorieen")),
	    CATEGORY_COUNT);
}

static void
test_partners_are_who_can_take_it_here(void **state)
{
	struct api_world *a = *state;
	const json_t *row;

	ask(a, "GET", "/v1/partners?type=vocht-schimmel&buurt=dichtersbuurt",
	    "");
	expect(a, 200);
	assert_int_equal(json_array_size(
			     json_object_get(a->body, "resultaten")),
	    1);
	row = row_of(a, "lid", "eigen-haard");
	assert_non_null(row);
	assert_true(json_is_null(json_object_get(row, "capaciteit")));
	/* Another landlord's neighbourhood; that one has no keys yet. */
	ask(a, "GET", "/v1/partners?type=vocht-schimmel&buurt=dudokbuurt", "");
	assert_null(row_of(a, "lid", "eigen-haard"));
	/* The police's own type is not ours to send. */
	ask(a, "GET", "/v1/partners?type=zorgmelding", "");
	assert_int_equal(json_array_size(
			     json_object_get(a->body, "resultaten")),
	    0);
	ask(a, "GET", "/v1/partners", "");
	assert_non_null(row_of(a, "lid", "wpi"));
	assert_null(row_of(a, "lid", "buurtteam"));
	ask(a, "GET", "/v1/partners?type=loterij&buurt=mars", "");
	expect_code(a, 400, "ONGELDIGE_VELDEN");
	expect_blame(a, "type", "word");
	expect_blame(a, "buurt", "word");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_the_consent_itself_does_not_show_the_code),
	    TEST(test_what_the_resident_is_asked_is_shown_first),
	    TEST(test_the_receipt_is_a_page_of_its_own),
	    TEST(test_a_scanned_code_withdraws),
	    TEST(test_the_same_kenmerk_gives_the_same_consent),
	    TEST(test_what_the_hub_refuses_says_why),
	    TEST(test_wrong_fields_of_a_consent_are_named),
	    TEST(test_a_consent_that_cannot_be_is_refused_with_its_reason),
	    TEST(test_withdrawing_shows_both_stages),
	    TEST(test_what_the_hub_recorded_is_shown_as_recorded),
	    TEST(test_a_body_that_a_withdrawal_does_not_know_is_refused),
	    TEST(test_with_the_code_at_any_member),
	    TEST(test_types_show_all_of_the_covenant),
	    TEST(test_partners_are_who_can_take_it_here),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
