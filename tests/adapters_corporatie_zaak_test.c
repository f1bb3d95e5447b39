/* SPDX-License-Identifier: EUPL-1.2 */
#include "tests/adapters_corporatie_map.h"

/* In a Zaak the BSN stands three times; none goes to the hub or comes back. */
static void
test_a_bsn_never_leaves_and_never_returns(void **state)
{
	json_t *document = sample("vera-zaak");
	json_t *dossier = json_pack("{s:s, s:s}", "id",
	    "018f2c3e-0000-7000-8000-000000000009", "status", "QUEUED");
	struct outcome outcome = {.kind = OUTCOME_CREATED, .dossier = dossier};
	char *text = json_dumps(document, 0);
	struct adapter_in in = {.method = "POST",
	    .path = ZAKEN,
	    .body = span_str(text)};
	struct adapter_reply reply;
	json_t *body;
	char *all;

	(void)state;
	assert_non_null(strstr(text, "999990202"));
	body = mapped(ZAKEN, document);
	all = json_dumps(body, 0);
	assert_null(strstr(all, "999990202"));
	memset(&reply, 0, sizeof(reply));
	corporatie_ops.answer(NULL, &in, &outcome, &reply);
	assert_int_equal(reply.status, 201);
	assert_null(strstr(reply.body, "999990202"));
	adapter_reply_fini(&reply);
	free(all);
	free(text);
	json_decref(body);
	json_decref(dossier);
}

static void
test_a_zaaktype_decides_type_ground_and_sections(void **state)
{
	static const struct {
		const char *soort, *detail, *consent, *type, *kind, *lid;
	} cases[] = {
	    {"FIN", "HUA", CONSENT, "geldzorgen", "CONSENT_AVG", "wpi"},
	    {"FIN", "HUR", CONSENT, "geldzorgen", "CONSENT_AVG", "wpi"},
	    {"SOC", "PSY", CONSENT, "vastgelopen", "CONSENT_AVG", "wpi"},
	    {"SOC", "VER", CONSENT, "vastgelopen", "CONSENT_AVG", "wpi"},
	    {"SOC", "RUZ", NULL, "woonoverlast", "PUBLIC_TASK", "buurtteam"},
	    {"SOC", "OVE", NULL, "woonoverlast", "PUBLIC_TASK", "buurtteam"},
	    {"OMG", "HAN", NULL, "woonoverlast", "PUBLIC_TASK", "buurtteam"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		bool nuisance = cases[i].consent == NULL;
		json_t *body = mapped(ZAKEN,
		    zaak_of(cases[i].soort, cases[i].detail, cases[i].consent));

		assert_string_equal(json_string_value(
					json_object_get(body, "type")),
		    cases[i].type);
		assert_string_equal(text_at(body, "grondslag", "soort"),
		    cases[i].kind);
		assert_string_equal(text_at(body, "naar", "lid"), cases[i].lid);
		assert_int_equal(section(body, "NUISANCE") != NULL, nuisance);
		assert_int_equal(section(body, "ADDRESS") != NULL, nuisance);
		assert_int_equal(section(body, "REQUEST") != NULL, !nuisance);
		assert_null(section(body, "BSN"));
		json_decref(body);
	}
}

static void
test_without_its_ground_a_zaak_goes_nowhere(void **state)
{
	(void)state;
	expect_refused(ZAKEN, zaak_of("SOC", "PSY", NULL),
	    "TOESTEMMING_ONTBREEKT", "wijkhub-toestemming");
	expect_refused(ZAKEN, zaak_of("SOC", "VER", "geen nummer"),
	    "VELD_ONJUIST", "wijkhub-toestemming");
	expect_refused(ZAKEN, zaak_of("FIN", "HUA", NULL),
	    "VROEGSIGNAAL_ONVOLLEDIG", "extra-attributen");
	expect_refused(ZAKEN, zaak_of("SOC", "HEN", CONSENT),
	    "ZAAKTYPE_NIET_VERWIJSBAAR", "zaaktype");
	expect_refused(ZAKEN, zaak_of("WOO", "ONR", CONSENT),
	    "ZAAKTYPE_NIET_VERWIJSBAAR", "zaaktype");
	expect_refused(ZAKEN, zaak_of("FIN", "GEL", CONSENT), "CODE_ONBEKEND",
	    "zaaktype.detailSoort");
	expect_refused(ZAKEN, zaak_of("SOC", "VUIL", CONSENT), "CODE_ONBEKEND",
	    "zaaktype.detailSoort");
	expect_refused(ZAKEN, zaak_of("XXX", "GEL", CONSENT), "CODE_ONBEKEND",
	    "zaaktype.soort");
}

static void
test_a_zaak_about_arrears_is_a_signal_with_all_four(void **state)
{
	json_t *from = sample("vera-signalering");
	json_t *zaak = zaak_of("FIN", "HUA", NULL);
	json_t *body;

	(void)state;
	json_object_set(zaak, "extra-attributen",
	    json_object_get(from, "extra-attributen"));
	json_decref(from);
	body = mapped(ZAKEN, zaak);
	assert_string_equal(json_string_value(json_object_get(body, "type")),
	    "huurachterstand");
	assert_int_equal(json_object_size(json_object_get(body, "gegevens")),
	    3);
	assert_null(section(body, "REQUEST"));
	json_decref(body);
}

static void
test_a_professional_may_choose_among_consent_types(void **state)
{
	json_t *zaak = zaak_of("SOC", "VUI", CONSENT);
	json_t *body;

	(void)state;
	set_attribute(zaak, "wijkhub-type", "jeugd-gezin");
	set_attribute(zaak, "wijkhub-buurt", "dichtersbuurt");
	set_attribute(zaak, "wijkhub-ontvanger", "okt");
	set_attribute(zaak, "wijkhub-urgentie", "spoed");
	body = mapped(ZAKEN, zaak);
	assert_string_equal(json_string_value(json_object_get(body, "type")),
	    "jeugd-gezin");
	assert_string_equal(text_at(body, "naar", "lid"), "okt");
	assert_string_equal(text_at(body, "naar", "buurt"), "dichtersbuurt");
	assert_string_equal(json_string_value(
				json_object_get(body, "urgentie")),
	    "spoed");
	json_decref(body);
	zaak = zaak_of("SOC", "VUI", CONSENT);
	set_attribute(zaak, "wijkhub-type", "woonoverlast");
	expect_refused(ZAKEN, zaak, "VELD_ONJUIST", "wijkhub-type");
	zaak = zaak_of("FIN", "HUA", NULL);
	set_attribute(zaak, "wijkhub-type", "werk");
	expect_refused(ZAKEN, zaak, "TOESTEMMING_ONTBREEKT",
	    "wijkhub-toestemming");
}

static void
test_settings_say_otherwise(void **state)
{
	static const char *const with[] = {"zaaktype_SOC_GEL",
	    "woonoverlast@politie", "buurten",
	    "FB01=dichtersbuurt Couperus=louis-couperus", "buurt",
	    "osdorpplein", NULL};
	static const char *const none[] = {"zaaktype_SOC_GEL", "geen", NULL};
	json_t *body = mapped_with(with, ZAKEN, sample("vera-zaak"));
	struct action action;
	void *adapter;

	(void)state;
	assert_string_equal(text_at(body, "naar", "lid"), "politie");
	assert_string_equal(text_at(body, "naar", "buurt"), "osdorpplein");
	json_decref(body);
	adapter = adapter_open(none);
	action = take_all(adapter, ZAKEN, sample("vera-zaak"));
	assert_int_equal(action.kind, ACTION_REJECT);
	assert_non_null(strstr(action.text, "zaaktype_SOC_GEL"));
	action_fini(&action);
	corporatie_ops.close(adapter);
}

static void
test_wrong_settings_are_named(void **state)
{
	static const char *const wrong[][3] = {{"zaaktype_SOC_GEL",
						   "huurachterstand",
						   "zaaktype_SOC_GEL"},
	    {"zaaktype_SOC_GEL", "woonoverlast@", "zaaktype_SOC_GEL"},
	    {"zaaktype_SOC_GEL", "woonoverlast@Po litie", "zaaktype_SOC_GEL"},
	    {"wpi", "W P I", "wpi"}, {"buurt", "De Buurt", "buurt"},
	    {"buurten", "FB01", "buurten"}, {"buurten", "=x", "buurten"}};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(wrong); i++) {
		const char *const with[] = {wrong[i][0], wrong[i][1], NULL};
		struct why why = {""};
		void *adapter = NULL;

		test_settings = with;
		assert_int_equal(corporatie_ops.open(&test_env, &adapter, &why),
		    WH_INVALID);
		assert_non_null(strstr(why.text, wrong[i][2]));
	}
}

/* A complaint never becomes a referral of who complained. */
static void
test_nuisance_is_about_the_accused_only(void **state)
{
	json_t *zaak = sample("vera-zaak");
	json_t *rollen = json_object_get(zaak, "rollen");

	(void)state;
	set_code(json_array_get(rollen, 0), "soort", "KLG");
	expect_refused(ZAKEN, zaak, "BETROKKENE_ONDUIDELIJK", "rollen");
	zaak = sample("vera-zaak");
	rollen = json_object_get(zaak, "rollen");
	json_array_append_new(rollen,
	    json_pack("{s:{s:s}, s:{s:s}}", "soort", "code", "BEK", "relatie",
		"id", "100235"));
	expect_refused(ZAKEN, zaak, "BETROKKENE_ONDUIDELIJK", "rollen");
}

/* German is DUI in VERA, which is another language in ISO 639-3. */
static void
test_languages_follow_the_list(void **state)
{
	static const char *const cases[][2] = {{"DUI", "deu"}, {"TUR", "tur"},
	    {"ARY", "ary"}};
	void *adapter = adapter_open(NULL);

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		json_t *relatie = sample("vera-relatie");
		struct action action;

		set_code(relatie, "voorkeurstaal", cases[i][0]);
		action = take_json(adapter, ZAKEN,
		    zaak_of("FIN", "HUA", CONSENT), relatie);
		assert_int_equal(action.kind, ACTION_REFERRAL);
		assert_string_equal(json_string_value(
					json_object_get(section(action.body,
							    "CONTACT"),
					    "taal")),
		    cases[i][1]);
		action_fini(&action);
		json_decref(relatie);
	}
	corporatie_ops.close(adapter);
}

static void
test_a_text_that_is_too_long_is_refused_whole(void **state)
{
	json_t *zaak = sample("vera-zaak");
	char *text = mem_new(32769);

	(void)state;
	memset(text, 'x', 32768);
	json_object_set_new(zaak, "toelichting", json_string(text));
	expect_refused(ZAKEN, zaak, "VELD_TE_LANG", "toelichting");
	mem_free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_a_bsn_never_leaves_and_never_returns),
	    cmocka_unit_test(test_a_zaaktype_decides_type_ground_and_sections),
	    cmocka_unit_test(test_without_its_ground_a_zaak_goes_nowhere),
	    cmocka_unit_test(
		test_a_zaak_about_arrears_is_a_signal_with_all_four),
	    cmocka_unit_test(
		test_a_professional_may_choose_among_consent_types),
	    cmocka_unit_test(test_settings_say_otherwise),
	    cmocka_unit_test(test_wrong_settings_are_named),
	    cmocka_unit_test(test_nuisance_is_about_the_accused_only),
	    cmocka_unit_test(test_languages_follow_the_list),
	    cmocka_unit_test(test_a_text_that_is_too_long_is_refused_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
