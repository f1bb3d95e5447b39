/* SPDX-License-Identifier: EUPL-1.2 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "proto/wire_section.h"
#include "tests/adapters_politie.h"

#define COUNT_OF(a) (sizeof(a) / sizeof((a)[0]))

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

/* Each section is one that the sealing side takes as it is. */
static void
expect_sections(json_t *body)
{
	json_t *section;
	const char *name;
	struct why why = {.text = ""};

	json_object_foreach(json_object_get(body, "gegevens"), name, section)
	{
		uint8_t *bytes = NULL;
		uint32_t category;
		size_t len;

		assert_int_equal(terms_number(TERMS_CATEGORIES, name,
				     &category),
		    WH_OK);
		if (wire_section_write((enum category)category, section, &bytes,
			&len, &why) != WH_OK)
			fail_msg("%s: %s", name, why.text);
		mem_free(bytes);
	}
}

/* The body that an accepted document makes; owned by the caller. */
static json_t *
mapped(void *adapter, char *document)
{
	struct action action = take(adapter, span_str(document));
	json_t *body;

	if (action.kind != ACTION_REFERRAL)
		fail_msg("%s: %s", action.field, action.text);
	expect_sections(action.body);
	body = json_incref(action.body);
	action_fini(&action);
	mem_free(document);
	return body;
}

static json_t *
mapped_once(char *document)
{
	void *adapter = adapter_open(NULL);
	json_t *body = mapped(adapter, document);

	politie_ops.close(adapter);
	return body;
}

static const json_t *
section(const json_t *body, const char *name)
{
	return json_object_get(json_object_get(body, "gegevens"), name);
}

static const char *
text_in(const json_t *body, const char *name, const char *key)
{
	return json_string_value(json_object_get(section(body, name), key));
}

static void
test_the_sample_becomes_exactly_this_referral(void **state)
{
	json_t *want =
	    json_load_file(SAMPLES "meldingGeneriekDi01.json", 0, NULL);
	json_t *got = mapped_once(file_text(MELDING));

	(void)state;
	assert_non_null(want);
	expect_json(got, want);
	json_decref(got);
	json_decref(want);
}

static void
test_bsn_and_envelope_stay_out_of_what_is_shared(void **state)
{
	static const char *const kept_out[] = {"999990202", "inp.bsn",
	    "POLITIE EENHEID", "BVH", "PL1300", "J. Rechercheur", "5010",
	    "V1234567"};
	char *document = melding_with("<StUF:applicatie>BVH</StUF:applicatie>",
	    "<StUF:applicatie>BVH</StUF:applicatie>"
	    "<StUF:gebruiker>J. Rechercheur</StUF:gebruiker>");
	json_t *body;
	char *shared;

	(void)state;
	document = changed(document, "<BG:sub.telefoonnummer>",
	    "<BG:inp.geboorteLand>5010</BG:inp.geboorteLand>"
	    "<BG:sub.telefoonnummer>");
	document = changed(document, "<BG:taal>",
	    "<BG:vreemdelingennummer>V1234567</BG:vreemdelingennummer>"
	    "<BG:taal>");
	body = mapped_once(document);
	shared = json_dumps(json_object_get(body, "gegevens"), 0);
	for (size_t i = 0; i < COUNT_OF(kept_out); i++)
		assert_null(strstr(shared, kept_out[i]));
	assert_null(section(body, "BSN"));
	free(shared);
	json_decref(body);
}

static void
test_other_persons_are_counted_and_not_named(void **state)
{
	static const char other[] =
	    "<ZKN:heeftAlsOverigBetrokkene><ZKN:gerelateerde>"
	    "<ZKN:natuurlijkPersoon StUF:entiteittype=\"NPS\">"
	    "<BG:inp.bsn>999990408</BG:inp.bsn>"
	    "<BG:geslachtsaanduiding>M</BG:geslachtsaanduiding>"
	    "<BG:sub.telefoonnummer>0611111111</BG:sub.telefoonnummer>"
	    "<BG:naam>Anders</BG:naam></ZKN:natuurlijkPersoon>"
	    "</ZKN:gerelateerde><ZKN:betrokkenheidRelatie>028"
	    "</ZKN:betrokkenheidRelatie></ZKN:heeftAlsOverigBetrokkene>"
	    "<ZKN:betreft ";
	json_t *body = mapped_once(melding_with("<ZKN:betreft ", other));
	char *all = json_dumps(body, 0);

	(void)state;
	assert_non_null(strstr(text_in(body, "SAFETY", "tekst"),
	    "Overige betrokkenen: 1 (opvraagbaar bij de politie)"));
	assert_null(strstr(all, "Anders\""));
	assert_null(strstr(all, "0611111111"));
	assert_null(strstr(all, "999990408"));
	free(all);
	json_decref(body);
}

static void
test_a_birth_date_is_as_precise_as_it_was(void **state)
{
	static const struct {
		const char *from, *date;
	} cases[] = {
	    {"<BG:geboortedatum StUF:indOnvolledigeDatum=\"M\">19870101<",
		"1987"},
	    {"<BG:geboortedatum StUF:indOnvolledigeDatum=\"D\">19870401<",
		"1987-04"},
	    {"<BG:geboortedatum StUF:indOnvolledigeDatum=\"J\">19870101<",
		NULL},
	    {"<BG:geboortedatum>19870000<", "1987"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		json_t *body = mapped_once(
		    melding_with("<BG:geboortedatum>19870419<", cases[i].from));
		const char *got = text_in(body, "CONTACT", "geboortedatum");

		if (cases[i].date == NULL)
			assert_null(got);
		else
			assert_string_equal(got, cases[i].date);
		json_decref(body);
	}
}

static void
test_the_address_where_somebody_lives_goes_first(void **state)
{
	static const char two[] =
	    "<BG:adres><BG:soortadres>01</BG:soortadres><BG:nederlandsadres>"
	    "<BG:wpl.woonplaatsNaam>Utrecht</BG:wpl.woonplaatsNaam>"
	    "<BG:aoa.postcode>3511AA</BG:aoa.postcode></BG:nederlandsadres>"
	    "</BG:adres><BG:adres>";
	char *document = melding_with("<BG:adres>", two);
	json_t *body;

	(void)state;
	document = changed(document, "<BG:aoa.huisnummer>9999<",
	    "<BG:aoa.huisnummer>28</BG:aoa.huisnummer>"
	    "<BG:aoa.huisletter>a</BG:aoa.huisletter>"
	    "<BG:aoa.huisnummertoevoeging>H</BG:aoa.huisnummertoevoeging>"
	    "<!-- <");
	document = changed(document, "/BG:aoa.huisnummer>\n",
	    "/BG:aoa.huisnummer> -->\n");
	body = mapped_once(document);
	assert_string_equal(text_in(body, "ADDRESS", "postcode"), "1064HA");
	assert_string_equal(text_in(body, "ADDRESS", "huisnummer"), "28");
	assert_string_equal(text_in(body, "ADDRESS", "huisletter"), "A");
	assert_string_equal(text_in(body, "ADDRESS", "toevoeging"), "H");
	assert_non_null(strstr(text_in(body, "SAFETY", "tekst"),
	    "Overige adressen: 1 (opvraagbaar bij de politie)"));
	json_decref(body);
}

static void
test_foreign_and_unknown_addresses(void **state)
{
	char *document = file_text(MELDING);
	char *from = strstr(document, "<BG:nederlandsadres>");
	char *to = strstr(document, "</BG:adres>");
	json_t *body;

	(void)state;
	memset(from, ' ', (size_t)(to - from));
	document = changed(document, "</BG:adres>",
	    "<BG:buitenlandsAdres><BG:lnd.landnaam>Turkije</BG:lnd.landnaam>"
	    "<BG:sub.adresBuitenland1>Ornek Cad. 1</BG:sub.adresBuitenland1>"
	    "<BG:sub.adresBuitenland2>34000 Istanbul</BG:sub.adresBuitenland2>"
	    "</BG:buitenlandsAdres></BG:adres>");
	body = mapped_once(document);
	assert_string_equal(text_in(body, "ADDRESS", "straat"), "Ornek Cad. 1");
	assert_string_equal(text_in(body, "ADDRESS", "plaats"),
	    "34000 Istanbul, Turkije");
	json_decref(body);

	document = file_text(MELDING);
	from = strstr(document, "<BG:adres>");
	to = strstr(document, "</ZKN:natuurlijkPersoon>");
	memset(from, ' ', (size_t)(to - from));
	body = mapped_once(changed(document, "</ZKN:natuurlijkPersoon>",
	    "<BG:adres xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\""
	    " xsi:nil=\"true\" StUF:noValue=\"waardeOnbekend\"/>"
	    "</ZKN:natuurlijkPersoon>"));
	assert_null(section(body, "ADDRESS"));
	json_decref(body);
}

static void
test_what_is_less_exact_than_a_field_goes_into_words(void **state)
{
	json_t *body = mapped_once(melding_with(">1064HA<", ">1064<"));
	const json_t *incident;

	(void)state;
	assert_null(text_in(body, "ADDRESS", "postcode"));
	assert_string_equal(text_in(body, "ADDRESS", "plaats"),
	    "1064 Amsterdam");
	json_decref(body);
	body = mapped_once(melding_with(">20260911131500<", ">20260911<"));
	incident = json_array_get(json_object_get(section(body, "SAFETY"),
				      "incidenten"),
	    0);
	assert_null(json_object_get(incident, "op"));
	assert_string_equal(json_string_value(
				json_object_get(incident, "omschrijving")),
	    "Burenruzie (op 2026-09-11)");
	json_decref(body);
	body = mapped_once(
	    melding_with("<JZ:datumTijd>20260911131500</JZ:datumTijd>",
		"<JZ:periodeVanTot><JZ:datumtijdBegin>20260901100000"
		"</JZ:datumtijdBegin><JZ:datumtijdEinde>20260911131500"
		"</JZ:datumtijdEinde></JZ:periodeVanTot>"));
	incident = json_array_get(json_object_get(section(body, "SAFETY"),
				      "incidenten"),
	    0);
	assert_string_equal(json_string_value(json_object_get(incident, "op")),
	    "2026-09-01T10:00:00+02:00");
	assert_string_equal(json_string_value(
				json_object_get(incident, "omschrijving")),
	    "Burenruzie (tot 2026-09-11T13:15:00+02:00)");
	json_decref(body);
}

static void
test_every_text_of_the_report_is_carried(void **state)
{
	static const struct {
		const char *old, *new, *carried;
	} cases[] = {
	    {"<JZ:leefgebied>",
		"<JZ:nadereOmschrijving>Nader &amp; meer"
		"</JZ:nadereOmschrijving><JZ:leefgebied>",
		"Nadere omschrijving: Nader & meer"},
	    {"<JZ:leefgebied>",
		"<JZ:vraagAntwoord><JZ:vraagCode>NAZ-001</JZ:vraagCode>"
		"<JZ:antwoord>Ja, drie keer</JZ:antwoord></JZ:vraagAntwoord>"
		"<JZ:leefgebied>",
		"Vraag NAZ-001: Ja, drie keer"},
	    {"<JZ:redenMelding>", "<JZ:redenMelding><JZ:code>R7</JZ:code>",
		"Code van de reden: R7"},
	    {"</JZ:verzoekOmschrijving>",
		"</JZ:verzoekOmschrijving><JZ:overigeInformatie>"
		"<JZ:omschrijving>Hond</JZ:omschrijving>"
		"<JZ:url>https://x.example/1</JZ:url></JZ:overigeInformatie>",
		"Overige informatie: Hond\n\nZie: https://x.example/1"},
	    {"<BG:indicatieGeinformeerd>Ja<",
		"<BG:redenNietGeinformeerd>Niet thuis"
		"</BG:redenNietGeinformeerd><BG:indicatieGeinformeerd>Nee<",
		"Reden niet geïnformeerd: Niet thuis"},
	    {">Nederlands<", ">Quechua<", "Taal: Quechua"},
	    {"<ZKN:naam>Wijkteam Slotermeer</ZKN:naam>",
		"<ZKN:naam>Wijkteam Slotermeer</ZKN:naam>"
		"<ZKN:heeftAlsContactpersoon><ZKN:gerelateerde><ZKN:naam>R. "
		"Regie"
		"</ZKN:naam></ZKN:gerelateerde></ZKN:heeftAlsContactpersoon>",
		"Ter attentie van: R. Regie"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		json_t *body =
		    mapped_once(melding_with(cases[i].old, cases[i].new));

		assert_non_null(
		    strstr(text_in(body, "SAFETY", "tekst"), cases[i].carried));
		json_decref(body);
	}
}

static void
test_life_areas_have_their_own_sections(void **state)
{
	static const struct {
		const char *code, *name;
	} cases[] = {{"01", "FINANCE"}, {"03", "BEHAVIOUR"}, {"06", "HOUSING"},
	    {"07", "RELATIONSHIPS"}, {"08", "MENTAL_HEALTH"},
	    {"09", "PHYSICAL_HEALTH"}, {"10", "ADDICTION"}, {"11", "NETWORK"}};
	json_t *body;
	char area[64];

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		(void)snprintf(area, sizeof(area), "<JZ:leefgebiedCode>%s<",
		    cases[i].code);
		body =
		    mapped_once(melding_with("<JZ:leefgebiedCode>06<", area));
		assert_non_null(strstr(text_in(body, cases[i].name, "tekst"),
		    "Burenconflict, geluidsoverlast."));
		json_decref(body);
	}
	body = mapped_once(
	    melding_with("<JZ:leefgebiedCode>06<", "<JZ:leefgebiedCode>01<"));
	assert_string_equal(text_in(body, "FINANCE", "tekst"),
	    "Stapel ongeopende post, vermoeden huurachterstand.\n\n"
	    "Burenconflict, geluidsoverlast.");
	json_decref(body);
}

static void
test_kenmerk_is_sender_and_reference_or_their_hash(void **state)
{
	json_t *one = mapped_once(melding_with("PL1300-2026101234-NAZ",
	    "PL1300-2026101234-NAZ-000000000000000001"));
	json_t *two = mapped_once(melding_with("PL1300-2026101234-NAZ",
	    "PL1300-2026101234-NAZ-000000000000000002"));
	json_t *slash = mapped_once(melding_with(">BVH<", ">BVH/PL1300<"));
	const char *kenmerk =
	    json_string_value(json_object_get(one, "kenmerk"));

	(void)state;
	assert_int_equal(strlen(kenmerk), 64);
	assert_int_equal(strspn(kenmerk, "0123456789abcdef"), 64);
	assert_string_not_equal(kenmerk,
	    json_string_value(json_object_get(two, "kenmerk")));
	assert_int_equal(strlen(json_string_value(
			     json_object_get(slash, "kenmerk"))),
	    64);
	json_decref(one);
	json_decref(two);
	json_decref(slash);
}

static void
test_the_team_is_found_by_its_number(void **state)
{
	static const char *const settings[] = {"besluit", "2026/17",
	    "ontvangers", "00000099000000000009=okt 00000099000000000002=ggd",
	    NULL};
	void *adapter = adapter_open(settings);
	json_t *body = mapped(adapter, file_text(MELDING));
	char *stranger;
	struct action action;

	(void)state;
	assert_string_equal(json_string_value(
				json_object_get(json_object_get(body, "naar"),
				    "lid")),
	    "ggd");
	json_decref(body);
	stranger = melding_with("00000099000000000002", "00000099000000000003");
	action = take(adapter, span_str(stranger));
	assert_int_equal(action.kind, ACTION_REJECT);
	assert_string_equal(action.code, "StUF010");
	action_fini(&action);
	mem_free(stranger);
	politie_ops.close(adapter);
}

static void
test_what_the_settings_must_say(void **state)
{
	static const char *const none[] = {NULL};
	static const char *const word[] = {"besluit", "1", "tussenstand",
	    "soms", NULL};
	static const char *const list[] = {"besluit", "1", "ontvangers",
	    "00000099000000000002", NULL};
	static const char *const member[] = {"besluit", "1", "ontvanger",
	    "Buurt Team", NULL};
	static const char *const *const all[] = {none, word, list, member};
	struct why why = {.text = ""};
	void *adapter = NULL;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(all); i++) {
		test_settings = all[i];
		assert_int_equal(politie_ops.open(&test_env, &adapter, &why),
		    WH_INVALID);
		assert_string_not_equal(why.text, "");
		assert_null(adapter);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_the_sample_becomes_exactly_this_referral),
	    cmocka_unit_test(test_bsn_and_envelope_stay_out_of_what_is_shared),
	    cmocka_unit_test(test_other_persons_are_counted_and_not_named),
	    cmocka_unit_test(test_a_birth_date_is_as_precise_as_it_was),
	    cmocka_unit_test(test_the_address_where_somebody_lives_goes_first),
	    cmocka_unit_test(test_foreign_and_unknown_addresses),
	    cmocka_unit_test(
		test_what_is_less_exact_than_a_field_goes_into_words),
	    cmocka_unit_test(test_every_text_of_the_report_is_carried),
	    cmocka_unit_test(test_life_areas_have_their_own_sections),
	    cmocka_unit_test(
		test_kenmerk_is_sender_and_reference_or_their_hash),
	    cmocka_unit_test(test_the_team_is_found_by_its_number),
	    cmocka_unit_test(test_what_the_settings_must_say),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
