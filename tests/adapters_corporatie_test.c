/* SPDX-License-Identifier: EUPL-1.2 */
#include "tests/adapters_corporatie_map.h"

static void
test_the_samples_become_exactly_these_referrals(void **state)
{
	(void)state;
	expect_sample(SIGNALERINGEN, "vera-signalering");
	expect_sample(INCASSOS, "vera-externe-incasso");
	expect_sample(ZAKEN, "vera-zaak");
}

static void
test_the_relatie_is_fetched_by_its_key(void **state)
{
	void *adapter = adapter_open(NULL);
	json_t *document = sample("vera-signalering");
	struct action action;

	(void)state;
	json_object_set_new(json_object_get(document, "relatie"), "id",
	    json_string("a/../b?c"));
	action = take_json(adapter, SIGNALERINGEN, document, NULL);
	assert_int_equal(action.kind, ACTION_FETCH);
	assert_string_equal(action.path, "/relaties/a%2F..%2Fb%3Fc");
	action_fini(&action);
	document = sample("vera-signalering");
	json_object_set_new(json_object_get(document, "relatie"), "id",
	    json_string(".."));
	action = take_json(adapter, SIGNALERINGEN, document, NULL);
	assert_int_equal(action.kind, ACTION_REJECT);
	action_fini(&action);
	corporatie_ops.close(adapter);
}

static void
test_each_missing_effort_is_named(void **state)
{
	static const char *const efforts[] =
	    {"vroegsignaal-persoonlijk-contact", "vroegsignaal-gewezen-op-hulp",
		"vroegsignaal-schriftelijke-herinnering",
		"vroegsignaal-aanbod-overdracht-zonder-weigering"};
	static const char *const not_true[] = {NULL, "false", "", "TRUE", "ja",
	    "1"};
	void *adapter = adapter_open(NULL);

	(void)state;
	for (size_t i = 0; i < COUNT_OF(efforts) * COUNT_OF(not_true); i++) {
		json_t *document = sample("vera-signalering");
		size_t which = i / COUNT_OF(not_true);
		struct action action;

		set_attribute(document, efforts[which],
		    not_true[i % COUNT_OF(not_true)]);
		action = take_json(adapter, SIGNALERINGEN, document, NULL);
		assert_int_equal(action.kind, ACTION_REJECT);
		assert_string_equal(action.code, "VROEGSIGNAAL_ONVOLLEDIG");
		for (size_t j = 0; j < COUNT_OF(efforts); j++)
			assert_int_equal(strstr(action.text, efforts[j]) !=
					     NULL,
			    j == which);
		action_fini(&action);
	}
	corporatie_ops.close(adapter);
}

static void
test_all_four_missing_efforts_fit_the_answer(void **state)
{
	void *adapter = adapter_open(NULL);
	json_t *document = sample("vera-signalering");
	struct action action;

	(void)state;
	json_object_del(document, "extra-attributen");
	action = take_json(adapter, SIGNALERINGEN, document, NULL);
	assert_int_equal(action.kind, ACTION_REJECT);
	assert_non_null(strstr(action.text,
	    "vroegsignaal-aanbod-overdracht-zonder-weigering (Besluit "
	    "schuldhulpverlening art. 2)"));
	action_fini(&action);
	corporatie_ops.close(adapter);
}

static void
test_an_effort_said_both_ways_is_refused(void **state)
{
	json_t *document = sample("vera-signalering");

	(void)state;
	json_array_append_new(json_object_get(document, "extra-attributen"),
	    json_pack("{s:s, s:s}", "naam", "vroegsignaal-gewezen-op-hulp",
		"waarde", "false"));
	expect_refused(SIGNALERINGEN, document, "VELD_ONJUIST",
	    "vroegsignaal-gewezen-op-hulp");
	document = sample("vera-signalering");
	set_attribute(document, "vroegsignaal-gewezen-op-hulp", NULL);
	json_array_append_new(json_object_get(document, "extra-attributen"),
	    json_pack("{s:s, s:b}", "naam", "vroegsignaal-gewezen-op-hulp",
		"waarde", 1));
	expect_refused(SIGNALERINGEN, document, "VELD_ONJUIST",
	    "vroegsignaal-gewezen-op-hulp");
}

static void
test_an_early_signal_holds_nothing_but_contact_address_and_amount(void **state)
{
	static const char *const kept_out[] = {"999990202", "bsn", "1987",
	    "geslacht", "taal", "NLD", "Privé"};
	json_t *body = mapped(SIGNALERINGEN, sample("vera-signalering"));
	char *all = json_dumps(body, 0);

	(void)state;
	assert_int_equal(json_object_size(json_object_get(body, "gegevens")),
	    3);
	assert_non_null(section(body, "CONTACT"));
	assert_non_null(section(body, "ADDRESS"));
	assert_non_null(section(body, "ARREARS"));
	for (size_t i = 0; i < COUNT_OF(kept_out); i++)
		assert_null(strstr(all, kept_out[i]));
	free(all);
	json_decref(body);
}

/* The amount is what stands there, digit by digit. */
static void
test_amounts_are_cents(void **state)
{
	static const struct {
		const char *text;
		json_int_t cents; /* 0: refused */
	} cases[] = {{"742.15", 74215}, {"742,15", 74215}, {"0.29", 29},
	    {"1689.1", 168910}, {"4503599627370497.55", 0}, {"-5", 0}, {"0", 0},
	    {"1e3", 0}, {"12.345", 0}, {"veel", 0}};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		json_t *document = sample("vera-signalering");
		json_t *body;

		set_attribute(document, "achterstand-bedrag-eur",
		    cases[i].text);
		if (cases[i].cents == 0) {
			expect_refused(SIGNALERINGEN, document, "VELD_ONJUIST",
			    "achterstand-bedrag-eur");
			continue;
		}
		body = mapped(SIGNALERINGEN, document);
		assert_int_equal(json_integer_value(
				     json_object_get(section(body, "ARREARS"),
					 "bedragCenten")),
		    cases[i].cents);
		json_decref(body);
	}
}

static void
test_saldo_may_be_any_number(void **state)
{
	static const struct {
		const char *json;
		json_int_t cents;
	} cases[] = {{"[1489.1]", 148910}, {"[0.29]", 29}, {"[300]", 30000},
	    {"[\"8,05\"]", 805}, {"[-1]", 0}, {"[0]", 0}, {"[1e300]", 0},
	    {"[12.345]", 0}, {"[true]", 0}, {"[99999999999999]", 0}};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		json_t *document = sample("vera-externe-incasso");
		json_t *value = json_loads(cases[i].json, 0, NULL);
		json_t *body;

		json_object_set(document, "saldo", json_array_get(value, 0));
		json_decref(value);
		if (cases[i].cents == 0) {
			expect_refused(INCASSOS, document, "VELD_ONJUIST",
			    "saldo");
			continue;
		}
		body = mapped(INCASSOS, document);
		assert_int_equal(json_integer_value(
				     json_object_get(section(body, "ARREARS"),
					 "bedragCenten")),
		    cases[i].cents);
		json_decref(body);
	}
}

/* SCH is rent arrears, written aggression and mould; VER is four things. */
static void
test_a_code_means_something_in_its_list_only(void **state)
{
	static const struct {
		const char *soort, *detail, *code, *field;
	} cases[] = {
	    {"AGR", "SCH", "SIGNALERING_NIET_VERWIJSBAAR", "soort"},
	    {"AGR", "BET", "SIGNALERING_NIET_VERWIJSBAAR", "soort"},
	    {"SCH", "SCH", "CODE_ONBEKEND", "detailSoort"},
	    {"SCH", "VER", "CODE_ONBEKEND", "detailSoort"},
	    {"SCH", "GEL", "CODE_ONBEKEND", "detailSoort"},
	    {"SCH", "", "CODE_ONBEKEND", "detailSoort"},
	    {"SCH", "MUT", "SIGNALERING_NIET_VERWIJSBAAR", "detailSoort"},
	    {"ONE", "VER", "SIGNALERING_NIET_VERWIJSBAAR", "soort"},
	    {"VER", "BET", "CODE_ONBEKEND", "soort"},
	    {"sch", "BET", "CODE_ONBEKEND", "soort"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		json_t *document = sample("vera-signalering");

		set_code(document, "soort", cases[i].soort);
		set_code(document, "detailSoort", cases[i].detail);
		expect_refused(SIGNALERINGEN, document, cases[i].code,
		    cases[i].field);
	}
}

static void
test_only_what_is_active_is_shared(void **state)
{
	static const char *const passive[] = {"PAS", "VER", "", "NIE"};
	json_t *document;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(passive); i++) {
		document = sample("vera-signalering");
		set_code(document, "status", passive[i]);
		expect_refused(SIGNALERINGEN, document, "NIET_ACTIEF",
		    "status");
	}
	document = sample("vera-externe-incasso");
	set_code(document, "status", "NIE");
	expect_refused(INCASSOS, document, "NIET_ACTIEF", "status");
	document = sample("vera-signalering");
	json_object_set_new(document, "einddatum",
	    json_string("2026-09-10T00:00:00Z"));
	expect_refused(SIGNALERINGEN, document, "NIET_ACTIEF", "einddatum");
	document = sample("vera-zaak");
	json_array_append_new(json_object_get(document, "zaakstatussen"),
	    json_pack("{s:{s:s}, s:s}", "soort", "code", "GES", "begindatum",
		"2026-09-11T09:00:00Z"));
	expect_refused(ZAKEN, document, "NIET_ACTIEF", "zaakstatussen");
}

struct change {
	const char *key, *json; /* NULL: removed */
	const char *code, *field;
};

static void
test_a_relatie_that_cannot_be_used_is_refused(void **state)
{
	static const struct change cases[] = {
	    {"id", "[\"100235\"]", "RELATIE_ONJUIST", "relatie.id"},
	    {"soort", "[{\"code\":\"GRO\"}]", "GEEN_NATUURLIJK_PERSOON",
		"relatie.soort"},
	    {"soort", NULL, "GEEN_NATUURLIJK_PERSOON", "relatie.soort"},
	    {"overlijdensdatum", "[\"2026-01-01\"]", "RELATIE_ONJUIST",
		"relatie.overlijdensdatum"},
	    {"achternaam", NULL, "VELD_ONTBREEKT", "relatie.achternaam"},
	    {"adressen", "[[]]", "VELD_ONTBREEKT", "relatie.adressen"},
	    {"adressen", "[[{\"soort\":{\"code\":\"POS\"},\"adres\":{}}]]",
		"VELD_ONTBREEKT", "relatie.adressen"},
	    {"adressen",
		"[[{\"soort\":{\"code\":\"WOO\"},\"einddatum\":\"2020-01-01\","
		"\"adres\":{}}]]",
		"VELD_ONTBREEKT", "relatie.adressen"},
	    {"adressen",
		"[[{\"soort\":{\"code\":\"WOO\"},\"adres\":"
		"{\"postcode\":\"10 64\",\"huisnummer\":\"1\"}}]]",
		"VELD_ONJUIST", "relatie.adressen.adres.postcode"},
	    {"adressen",
		"[[{\"soort\":{\"code\":\"WOO\"},\"adres\":"
		"{\"postcode\":\"1064HA\",\"huisnummer\":\"naast 3\"}}]]",
		"VELD_ONJUIST", "relatie.adressen.adres.huisnummer"},
	};
	void *adapter = adapter_open(NULL);

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		json_t *relatie = sample("vera-relatie");
		json_t *value = NULL;
		struct action action;

		json_object_del(relatie, cases[i].key);
		if (cases[i].json != NULL) {
			value = json_loads(cases[i].json, 0, NULL);
			json_object_set(relatie, cases[i].key,
			    json_array_get(value, 0));
		}
		action = take_json(adapter, SIGNALERINGEN,
		    sample("vera-signalering"), relatie);
		assert_int_equal(action.kind, ACTION_REJECT);
		assert_string_equal(action.code, cases[i].code);
		assert_string_equal(action.field, cases[i].field);
		action_fini(&action);
		json_decref(value);
		json_decref(relatie);
	}
	corporatie_ops.close(adapter);
}

/* ICE is somebody else's number, ONG does not work, EER comes first. */
static void
test_only_the_persons_own_working_number_is_used(void **state)
{
	void *adapter = adapter_open(NULL);
	json_t *relatie = sample("vera-relatie");
	json_t *ways = json_loads(
	    "[{\"soort\":{\"code\":\"MOB\"},\"detailSoort\":{\"code\":\"ICE\"},"
	    "\"waarde\":\"0611111111\"},"
	    "{\"soort\":{\"code\":\"MOB\"},\"status\":{\"code\":\"ONG\"},"
	    "\"waarde\":\"0622222222\"},"
	    "{\"soort\":{\"code\":\"TEL\"},\"waarde\":\"020-5550000\"},"
	    "{\"soort\":{\"code\":\"TEL\"},\"voorkeur\":{\"code\":\"EER\"},"
	    "\"waarde\":\"020-5550001\"}]",
	    0, NULL);
	struct action action;

	(void)state;
	json_object_set_new(relatie, "contactgegevens", ways);
	action = take_json(adapter, SIGNALERINGEN, sample("vera-signalering"),
	    relatie);
	assert_int_equal(action.kind, ACTION_REFERRAL);
	assert_string_equal(json_string_value(
				json_object_get(section(action.body, "CONTACT"),
				    "telefoon")),
	    "020-5550001");
	action_fini(&action);
	json_decref(relatie);
	corporatie_ops.close(adapter);
}

static void
test_hostile_json_is_refused(void **state)
{
	static const char *const cases[] = {"", "{", "[]", "\"x\"", "null",
	    "{\"a\":1,\"a\":2}", "{\"a\":\"\\u0000\"}", "{\"a\":\"\xff\"}",
	    "{}", "{\"soort\":[]}", "{\"soort\":{\"code\":7}}",
	    "{\"extra-attributen\":\"x\"}", "{\"zaaktype\":{\"soort\":null}}",
	    "{\"zaakstatussen\":[[[[1]]]],\"rollen\":[null,1,{}]}"};
	static const char *const paths[] = {SIGNALERINGEN, ZAKEN, INCASSOS,
	    "/vera/v4/onderhoudsverzoeken", "/vera/v4/", "/x"};
	void *adapter = adapter_open(NULL);
	char *deep = mem_new(100001);

	(void)state;
	memset(deep, '[', 100000);
	for (size_t i = 0; i < COUNT_OF(cases) * COUNT_OF(paths); i++) {
		struct action action = take(adapter, paths[i % COUNT_OF(paths)],
		    span_str(cases[i / COUNT_OF(paths)]), NULL);

		assert_true(action.kind == ACTION_REJECT ||
			    action.kind == ACTION_DIVERT);
		assert_true(action.code[0] != '\0' && action.text[0] != '\0');
		action_fini(&action);
	}
	for (size_t i = 0; i < COUNT_OF(paths); i++) {
		struct action action =
		    take(adapter, paths[i], span_str(deep), NULL);

		assert_int_equal(action.kind, ACTION_REJECT);
		action_fini(&action);
	}
	mem_free(deep);
	corporatie_ops.close(adapter);
}

static void
test_a_repair_is_not_for_the_hub(void **state)
{
	void *adapter = adapter_open(NULL);
	struct action action =
	    take_json(adapter, "/vera/v4/onderhoudsverzoeken",
		sample("vera-onderhoudsverzoek"), NULL);

	(void)state;
	assert_int_equal(action.kind, ACTION_DIVERT);
	assert_string_equal(action.field, "onderhoudsverzoeken");
	action_fini(&action);
	corporatie_ops.close(adapter);
}

/* What stands in the document is never in what is said about it. */
static void
test_a_refusal_names_the_field_and_not_the_value(void **state)
{
	void *adapter = adapter_open(NULL);
	json_t *document = sample("vera-signalering");
	struct action action;

	(void)state;
	set_attribute(document, "achterstand-bedrag-eur", "Sanne 0612345678");
	action = take_json(adapter, SIGNALERINGEN, document, NULL);
	assert_int_equal(action.kind, ACTION_REJECT);
	assert_null(strstr(action.text, "Sanne"));
	assert_null(strstr(action.text, "0612345678"));
	action_fini(&action);
	corporatie_ops.close(adapter);
}

static void
test_a_long_number_stays_one_number(void **state)
{
	json_t *a = sample("vera-signalering");
	json_t *b = json_deep_copy(a);
	char number[101];

	(void)state;
	memset(number, '7', 100);
	number[100] = '\0';
	json_object_set_new(a, "idExtern", json_string(number));
	number[99] = '8';
	json_object_set_new(b, "idExtern", json_string(number));
	a = mapped(SIGNALERINGEN, a);
	b = mapped(SIGNALERINGEN, b);
	assert_int_equal(json_string_length(json_object_get(a, "kenmerk")), 64);
	assert_false(json_equal(json_object_get(a, "kenmerk"),
	    json_object_get(b, "kenmerk")));
	json_decref(a);
	json_decref(b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_the_samples_become_exactly_these_referrals),
	    cmocka_unit_test(test_the_relatie_is_fetched_by_its_key),
	    cmocka_unit_test(test_each_missing_effort_is_named),
	    cmocka_unit_test(test_all_four_missing_efforts_fit_the_answer),
	    cmocka_unit_test(test_an_effort_said_both_ways_is_refused),
	    cmocka_unit_test(
		test_an_early_signal_holds_nothing_but_contact_address_and_amount),
	    cmocka_unit_test(test_amounts_are_cents),
	    cmocka_unit_test(test_saldo_may_be_any_number),
	    cmocka_unit_test(test_a_code_means_something_in_its_list_only),
	    cmocka_unit_test(test_only_what_is_active_is_shared),
	    cmocka_unit_test(test_a_relatie_that_cannot_be_used_is_refused),
	    cmocka_unit_test(test_only_the_persons_own_working_number_is_used),
	    cmocka_unit_test(test_hostile_json_is_refused),
	    cmocka_unit_test(test_a_repair_is_not_for_the_hub),
	    cmocka_unit_test(test_a_refusal_names_the_field_and_not_the_value),
	    cmocka_unit_test(test_a_long_number_stays_one_number),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
