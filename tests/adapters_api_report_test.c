/* SPDX-License-Identifier: EUPL-1.2 */
#include "adapters/json.h"
#include "tests/adapters_api_world.h"

#include "adapters/desk_report.h"
#include "adapters/local.h"
#include "tests/adapters_told.h"

/* The report of one client, over the API. */

#define DAY_MS (24ll * 3600 * 1000)
#define ASK                                                                    \
	"{\"client\": \"B-100\", \"kenmerk\": \"V-1\", \"reden\": \"brief\"}"

static const json_t *
report(const struct api_world *a, const char *key)
{
	return json_object_get(json_object_get(a->body, "verslag"), key);
}

static void
make_referral(struct api_world *a)
{
	char consent[ID_TEXT_SIZE];

	a->runner.hub = true;
	make_consent(a, consent);
	refer(a, consent, "");
	expect(a, 201);
}

static void
test_a_report_has_what_was_shared_and_allowed(void **state)
{
	struct api_world *a = *state;
	const json_t *shared;

	make_referral(a);
	ask(a, "POST", "/v1/inzageverzoeken", ASK);
	expect(a, 201);
	assert_null(strstr(a->location, "B-100"));
	assert_int_equal(json_array_size(report(a, "verwijzingen")), 1);
	assert_int_equal(json_array_size(report(a, "toestemmingen")), 1);
	assert_string_equal(json_text(a->body, "kenmerk"), "V-1");
	shared =
	    json_array_get(json_object_get(json_array_get(report(a,
							      "verwijzingen"),
					       0),
			       "gedeeld"),
		0);
	/* Two phases: the identity has not gone yet. */
	assert_int_equal(json_array_size(
			     json_object_get(shared, "categorieen")),
	    1);
	assert_non_null(strstr(json_text(a->body, "afdruk"), "Geldzorgen"));
	assert_string_equal(json_text(json_array_get(report(a, "ontvangers"),
					  0),
				"lid"),
	    "wpi");
}

static void
test_another_client_is_not_in_it(void **state)
{
	struct api_world *a = *state;

	make_referral(a);
	ask(a, "POST", "/v1/inzageverzoeken", "{\"client\": \"B-101\"}");
	expect(a, 201);
	assert_int_equal(json_array_size(report(a, "verwijzingen")), 0);
	assert_int_equal(json_array_size(report(a, "toestemmingen")), 0);
	assert_non_null(
	    strstr(json_text(a->body, "afdruk"), "niets over u gedeeld"));
}

static void
test_a_refusal_of_the_hub_is_in_it(void **state)
{
	struct api_world *a = *state;
	char consent[ID_TEXT_SIZE];
	const json_t *item;

	a->runner.hub = true;
	make_consent(a, consent);
	a->runner.refusal = REASON_PERMISSION_WITHDRAWN;
	refer(a, consent, "");
	expect(a, 403);
	ask(a, "POST", "/v1/inzageverzoeken", ASK);
	expect(a, 201);
	item = json_array_get(report(a, "verwijzingen"), 0);
	assert_int_equal(json_array_size(json_object_get(item, "gedeeld")), 0);
	assert_non_null(
	    strstr(json_text(a->body, "afdruk"), "hield een bericht tegen"));
	assert_int_equal(json_array_size(report(a, "ontvangers")), 0);
}

static void
test_a_report_is_shown_again_and_each_look_is_known(void **state)
{
	struct api_world *a = *state;
	char path[160];
	char *first, *second;
	const json_t *looks;

	make_referral(a);
	ask(a, "POST", "/v1/inzageverzoeken", ASK);
	snprintf(path, sizeof(path), "%s", a->location);
	first = json_dumps(a->body, JSON_SORT_KEYS);
	ask(a, "GET", path, "");
	expect(a, 200);
	second = json_dumps(a->body, JSON_SORT_KEYS);
	assert_string_equal(first, second);
	free(first);
	free(second);
	ask(a, "GET", "/v1/logboek?soort=inzage", "");
	looks = json_object_get(a->body, "resultaten");
	assert_string_equal(json_text(json_array_get(looks, 1), "wat"),
	    "inzageverslag");
	assert_string_equal(json_text(json_array_get(looks, 2), "wat"),
	    "inzageverzoek");
	assert_non_null(
	    strstr(path, json_text(json_array_get(looks, 2), "waar")));
}

static void
test_a_report_is_gone_when_its_time_is_over(void **state)
{
	struct api_world *a = *state;
	int64_t now_ms = clk_wall_ms();
	json_t *kept = NULL;
	uint64_t count;
	struct kv_txn *txn = NULL;
	struct id id;

	make_referral(a);
	ask(a, "POST", "/v1/inzageverzoeken", ASK);
	assert_int_equal(id_parse(json_text(a->body, "id"), &id), WH_OK);
	assert_int_equal(desk_report_expire(a->buurtteam, now_ms), WH_OK);
	assert_int_equal(desk_report_get(a->buurtteam, &id, now_ms, &kept),
	    WH_OK);
	json_decref(kept);
	now_ms += (DESK_REPORT_DAYS + 1) * DAY_MS;
	assert_int_equal(desk_report_get(a->buurtteam, &id, now_ms, &kept),
	    WH_NOT_FOUND);
	assert_int_equal(desk_report_expire(a->buurtteam, now_ms), WH_OK);
	assert_int_equal(kv_begin(desk_kv(a->buurtteam), KV_READ_ONLY, &txn),
	    WH_OK);
	assert_int_equal(kv_count(txn, LOCAL_REPORT, &count), WH_OK);
	kv_abort(&txn);
	assert_int_equal(count, 0);
}

static void
test_wrong_questions_are_answered_with_what_is_wrong(void **state)
{
	struct api_world *a = *state;

	ask(a, "POST", "/v1/inzageverzoeken", "{}");
	expect(a, 422);
	expect_blame(a, "client", "required");
	ask(a, "GET",
	    "/v1/inzageverzoeken/018f0000-0000-7000-8000-000000000001", "");
	expect_code(a, 404, "NIET_GEVONDEN");
	ask(a, "GET", "/v1/inzageverzoeken/B-100", "");
	expect_code(a, 404, "NIET_GEVONDEN");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_a_report_has_what_was_shared_and_allowed),
	    TEST(test_another_client_is_not_in_it),
	    TEST(test_a_refusal_of_the_hub_is_in_it),
	    TEST(test_a_report_is_shown_again_and_each_look_is_known),
	    TEST(test_a_report_is_gone_when_its_time_is_over),
	    TEST(test_wrong_questions_are_answered_with_what_is_wrong),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
