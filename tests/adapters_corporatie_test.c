/* SPDX-License-Identifier: EUPL-1.2 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/adapters_corporatie.h"

#define SIGNALERINGEN "/vera/v4/signaleringen"
#define ZAKEN         "/vera/v4/zaken"
#define INCASSOS      "/vera/v4/externe-incassos"

static void
expect_json(const json_t *got, const json_t *want)
{
	char *got_text, *want_text;

	if (json_equal(got, want))
		return;
	got_text = json_dumps(got, JSON_INDENT(1) | JSON_SORT_KEYS);
	want_text = json_dumps(want, JSON_INDENT(1) | JSON_SORT_KEYS);
	assert_string_equal(got_text, want_text);
}

/* The body that a document makes; the caller's. */
static json_t *
mapped_with(const char *const *settings, const char *path, json_t *document)
{
	void *adapter = adapter_open(settings);
	struct action action = take_all(adapter, path, document);
	json_t *body;

	if (action.kind != ACTION_REFERRAL)
		fail_msg("%s: %s", action.field, action.text);
	body = json_incref(action.body);
	action_fini(&action);
	corporatie_ops.close(adapter);
	return body;
}

static json_t *
mapped(const char *path, json_t *document)
{
	return mapped_with(NULL, path, document);
}

static void
expect_refused(const char *path, json_t *document, const char *code,
    const char *field)
{
	void *adapter = adapter_open(NULL);
	struct action action = take_all(adapter, path, document);

	assert_int_equal(action.kind, ACTION_REJECT);
	assert_string_equal(action.code, code);
	assert_string_equal(action.field, field);
	assert_true(action.text[0] != '\0');
	action_fini(&action);
	corporatie_ops.close(adapter);
}

static const char *
text_at(const json_t *body, const char *a, const char *b)
{
	const char *text =
	    json_string_value(json_object_get(json_object_get(body, a), b));

	return text == NULL ? "" : text;
}

static const json_t *
section(const json_t *body, const char *name)
{
	return json_object_get(json_object_get(body, "gegevens"), name);
}

static void
expect_sample(const char *path, const char *name)
{
	char file[64];
	json_t *got = mapped(path, sample(name));
	json_t *want;

	(void)snprintf(file, sizeof(file), "%s-referral", name);
	want = sample(file);
	expect_json(got, want);
	json_decref(got);
	json_decref(want);
}

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

static json_t *
zaak_of(const char *soort, const char *detail, const char *consent)
{
	json_t *zaak = sample("vera-zaak");
	json_t *type = json_object_get(zaak, "zaaktype");

	set_code(type, "soort", soort);
	set_code(type, "detailSoort", detail);
	json_object_del(zaak, "kenmerken");
	if (consent != NULL)
		set_attribute(zaak, "wijkhub-toestemming", consent);
	return zaak;
}

#define CONSENT "c0ffee00-0000-4000-8000-000000000001"

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
	    cmocka_unit_test(test_a_bsn_never_leaves_and_never_returns),
	    cmocka_unit_test(test_amounts_are_cents),
	    cmocka_unit_test(test_saldo_may_be_any_number),
	    cmocka_unit_test(test_a_code_means_something_in_its_list_only),
	    cmocka_unit_test(test_only_what_is_active_is_shared),
	    cmocka_unit_test(test_a_zaaktype_decides_type_ground_and_sections),
	    cmocka_unit_test(test_without_its_ground_a_zaak_goes_nowhere),
	    cmocka_unit_test(
		test_a_zaak_about_arrears_is_a_signal_with_all_four),
	    cmocka_unit_test(
		test_a_professional_may_choose_among_consent_types),
	    cmocka_unit_test(test_settings_say_otherwise),
	    cmocka_unit_test(test_wrong_settings_are_named),
	    cmocka_unit_test(test_nuisance_is_about_the_accused_only),
	    cmocka_unit_test(test_a_relatie_that_cannot_be_used_is_refused),
	    cmocka_unit_test(test_only_the_persons_own_working_number_is_used),
	    cmocka_unit_test(test_languages_follow_the_list),
	    cmocka_unit_test(test_hostile_json_is_refused),
	    cmocka_unit_test(test_a_repair_is_not_for_the_hub),
	    cmocka_unit_test(test_a_refusal_names_the_field_and_not_the_value),
	    cmocka_unit_test(test_a_text_that_is_too_long_is_refused_whole),
	    cmocka_unit_test(test_a_long_number_stays_one_number),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
