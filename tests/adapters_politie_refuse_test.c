/* SPDX-License-Identifier: EUPL-1.2 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "adapters/politie/stuf_in.h"
#include "tests/adapters_politie.h"

#define COUNT_OF(a) (sizeof(a) / sizeof((a)[0]))

static void *adapter;

static int
setup(void **state)
{
	(void)state;
	adapter = adapter_open(NULL);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	politie_ops.close(adapter);
	return 0;
}

/* Refused with this code at this field, and the answer is a Fo03 of it. */
static void
expect_fo03(struct span body, enum action_kind kind, const char *code,
    const char *field)
{
	struct adapter_in in = request(body);
	struct action action = take(adapter, body);
	struct outcome outcome = {.kind = kind == ACTION_DIVERT
					      ? OUTCOME_DIVERTED
					      : OUTCOME_REJECTED,
	    .field = action.field,
	    .text = action.text,
	    .code = action.code};
	struct adapter_reply reply = {.status = 0};

	assert_int_equal(action.kind, kind);
	assert_string_equal(action.code, code);
	assert_string_equal(action.field, field);
	assert_string_not_equal(action.text, "");
	assert_null(action.body);
	politie_ops.answer(adapter, &in, &outcome, &reply);
	assert_int_equal(reply.status, 422);
	assert_non_null(strstr(reply.body, "<StUF:berichtcode>Fo03<"));
	assert_non_null(strstr(reply.body, code));
	adapter_reply_fini(&reply);
	action_fini(&action);
}

static void
expect_refused(char *document, const char *code, const char *field)
{
	expect_fo03(span_str(document), ACTION_REJECT, code, field);
	mem_free(document);
}

#define PERSON  "object/heeftBetrekkingOp/gerelateerde/natuurlijkPersoon"
#define DUTCH   PERSON "/adres/nederlandsadres"
#define CONCERN "object/betreft/gerelateerde"

static void
test_values_outside_the_schema(void **state)
{
	static const struct {
		const char *old, *new, *field;
	} cases[] = {
	    {">02</BG:soortadres>", ">21</BG:soortadres>",
		PERSON "/adres/soortadres"},
	    {">1064HA<", ">0064HA<", DUTCH "/aoa.postcode"},
	    {">1064HA<", ">1064 HA<", DUTCH "/aoa.postcode"},
	    {">9999<", ">0<", DUTCH "/aoa.huisnummer"},
	    {">9999<", ">12a<", DUTCH "/aoa.huisnummer"},
	    {">999990202<", ">999990203<", PERSON "/inp.bsn"},
	    {">999990202<", ">123456789<", PERSON "/inp.bsn"},
	    {">19870419<", ">19870431<", PERSON "/geboortedatum"},
	    {"<BG:taal>",
		"<BG:sub.emailadres>geen</BG:sub.emailadres><BG:taal>",
		PERSON "/sub.emailadres"},
	    {">V<", ">X<", PERSON "/geslachtsaanduiding"},
	    {">NAZ<", ">XYZ<", "object/soortmeldingCode"},
	    {">01</JZ:leefgebiedCode>", ">13</JZ:leefgebiedCode>",
		CONCERN "/leefgebied/leefgebiedCode"},
	    {">035<", ">044<",
		"object/heeftAlsOverigBetrokkene/betrokkenheidRelatie"},
	    {">002<", ">006<", "object/heeftBetrekkingOp/hoedanigheid"},
	    {">20260911143000<", ">2026-09-11<", "object/datumTijdMelding"},
	    {">20260911131500<", ">20260911251500<",
		CONCERN "/kent/gerelateerde/datumTijd"},
	    {">PL1300-2026101234<", ">PL1<", "object/identificatie"},
	    {">PL1300-2026101234-NAZ<",
		">12345678901234567890123456789012345678901<",
		"stuurgegevens/referentienummer"},
	    {">PL1300-2026101234-NAZ<", "><", "stuurgegevens/referentienummer"},
	    {">Di01<", ">Lk01<", "stuurgegevens/berichtcode"},
	    {">BVH<", ">B<", "stuurgegevens/zender/applicatie"},
	    {"entiteittype=\"ZAKZOS\"", "entiteittype=\"ZAK\"",
		"object/betreft"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++)
		expect_refused(melding_with(cases[i].old, cases[i].new),
		    "StUF055", cases[i].field);
}

static void
test_what_the_type_has_not_is_refused_and_not_left_out(void **state)
{
	static const char *const areas[] = {"02", "04", "05", "12"};
	char area[64];

	(void)state;
	for (size_t i = 0; i < COUNT_OF(areas); i++) {
		(void)snprintf(area, sizeof(area), ">%s</JZ:leefgebiedCode>",
		    areas[i]);
		expect_refused(melding_with(">06</JZ:leefgebiedCode>", area),
		    "StUF055", CONCERN "/leefgebied/leefgebiedCode");
	}
	expect_refused(melding_with("<JZ:datumTijdMelding>",
			   "<JZ:onbekend>x</JZ:onbekend><JZ:datumTijdMelding>"),
	    "StUF055", "object");
	expect_refused(melding_with("</JZ:object>",
			   "<JZ:onbekend>x</JZ:onbekend></JZ:object>"),
	    "StUF055", "object/onbekend");
	expect_refused(
	    melding_with("<ZKN:heeftBetrekkingOp>",
		"<StUF:extraElementen><StUF:extraElement naam=\"x\">y"
		"</StUF:extraElement></StUF:extraElementen>"
		"<ZKN:heeftBetrekkingOp>"),
	    "StUF055", "object");
}

/* Cut the sample from one text to another. */
static char *
melding_without(const char *from, const char *to)
{
	char *document = file_text(MELDING);
	char *start = strstr(document, from);

	assert_non_null(start);
	memset(start, ' ', (size_t)(strstr(start, to) - start));
	return document;
}

static void
test_required_elements_that_are_missing(void **state)
{
	static const struct {
		const char *from, *to, *field;
	} cases[] = {
	    {"<BG:adres>", "</ZKN:natuurlijkPersoon>", PERSON},
	    {"<BG:geslachtsnaam>", "<BG:voorvoegsel", PERSON},
	    {"<ZKN:hoedanigheid>", "<ZKN:informering>",
		"object/heeftBetrekkingOp"},
	    {"<ZKN:heeftAlsUitvoerende>", "<ZKN:heeftAlsOverig", "object"},
	    {"<JZ:verzoekOmschrijving>", "</JZ:object>", "object"},
	    {"<StUF:referentienummer>", "<StUF:tijdstip", "stuurgegevens"},
	    {"<JZ:stuurgegevens>", "<JZ:object", ""},
	    {"<JZ:object", "</JZ:meldingGeneriekDi01>", ""},
	    {"<BG:soortadres>", "</BG:adres>", PERSON "/adres"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++)
		expect_refused(melding_without(cases[i].from, cases[i].to),
		    "StUF055", cases[i].field);
	expect_refused(melding_without("<BG:nederlandsadres>", "</BG:adres>"),
	    "StUF055", PERSON "/adres");
}

static void
test_messages_for_others_are_recognised(void **state)
{
	char *document = file_text(SAMPLES "vtMeldingDi01.xml");

	(void)state;
	expect_fo03(span_str(document), ACTION_DIVERT, "StUF037",
	    "stuurgegevens/functie");
	mem_free(document);
	document = melding_with(">NAZ<", ">VT<");
	expect_fo03(span_str(document), ACTION_DIVERT, "StUF037",
	    "object/soortmeldingCode");
	mem_free(document);
	document = melding_with(">NAZ<", ">ZVH<");
	expect_fo03(span_str(document), ACTION_DIVERT, "StUF037",
	    "object/soortmeldingCode");
	mem_free(document);
	expect_refused(file_text(SAMPLES "vcobDi01.xml"), "StUF037",
	    "stuurgegevens/functie");
	expect_refused(file_text(SAMPLES "uitkomstMeldingGeneriekDi01.xml"),
	    "StUF037", "stuurgegevens/functie");
	expect_refused(file_text(SAMPLES "Bv03.xml"), "StUF037",
	    "stuurgegevens/functie");
	expect_refused(melding_with(">WIJKHUB<", ">GCOS<"), "StUF010",
	    "stuurgegevens/ontvanger");
}

static void
test_entities_are_refused_before_they_are_read(void **state)
{
	static const char *const bombs[] = {
	    "<!DOCTYPE a [<!ENTITY x SYSTEM \"file:///etc/passwd\">]>",
	    "<!DOCTYPE a SYSTEM \"http://127.0.0.1:1/x.dtd\">",
	    ("<!DOCTYPE a [<!ENTITY l \"lol\"><!ENTITY m \"&l;&l;&l;&l;\">"
	     "<!ENTITY n \"&m;&m;&m;&m;\">]>"),
	    "<!-- --> <?x y?>\n<!DOCTYPE a>",
	    "<!ENTITY x \"y\">",
	};
	char text[256];

	(void)state;
	for (size_t i = 0; i < COUNT_OF(bombs); i++) {
		(void)snprintf(text, sizeof(text), "%s<JZ:meldingGeneriekDi01 ",
		    bombs[i]);
		expect_refused(melding_with("<JZ:meldingGeneriekDi01 ", text),
		    "StUF055", "");
	}
	expect_refused(melding_with(">Sanne<", ">&x;<"), "StUF055", "");
	expect_refused(melding_with("<JZ:leefgebied>",
			   "<!DOCTYPE a><JZ:leefgebied>"),
	    "StUF055", "");
}

static void
test_bytes_that_are_not_utf8_xml(void **state)
{
	static const char utf16[] = "\xff\xfe<\0a\0/\0>\0";
	static const char *const noise[] = {"", " ", "x", "<", "<a", "<a></b>",
	    "{}", "<a/>", "\xef\xbb\xbf", "<?xml", "<!--",
	    "<?xml version='1.0'?>"};

	(void)state;
	expect_fo03(span_of(utf16, sizeof(utf16)), ACTION_REJECT, "StUF055",
	    "");
	for (size_t i = 0; i < COUNT_OF(noise); i++) {
		struct action action = take(adapter, span_str(noise[i]));

		assert_int_equal(action.kind, ACTION_REJECT);
		action_fini(&action);
	}
	expect_refused(melding_with("encoding='UTF-8'",
			   "encoding='ISO-8859-1'"),
	    "StUF055", "");
	expect_refused(melding_with("encoding='UTF-8'", "encoding='UTF-7'"),
	    "StUF055", "");
	expect_refused(melding_with(">Sanne<", ">San\xe9<"), "StUF055", "");
	expect_refused(melding_with(">Sanne<", ">San&#x85;ne<"), "StUF055",
	    PERSON "/voornamen");
	expect_refused(melding_with("<BG:adres>", "tekst<BG:adres>"), "StUF055",
	    PERSON);
}

static void
test_namespaces_are_part_of_the_name(void **state)
{
	(void)state;
	expect_refused(melding_with("koppelvlak/jz0100", "koppelvlak/jz0200"),
	    "StUF004", "");
	expect_refused(melding_with("sector/zkn/0310", "sector/zkn/0320"),
	    "StUF055", "object");
	expect_refused(melding_with("<ZKN:identificatie>PL1300-2026101234"
				    "</ZKN:identificatie>",
			   "<JZ:identificatie>PL1300-2026101234"
			   "</JZ:identificatie>"),
	    "StUF055", "object");
	expect_refused(melding_with("<JZ:leefgebied>",
			   "<JZ:leefgebied xmlns:q=\"urn:q\" q:a=\"b\">"),
	    "StUF055", CONCERN "/leefgebied");
}

static char *
melding_padded(size_t len)
{
	char *filler = mem_new(len + 16);
	char *document;

	filler[0] = '>';
	memset(filler + 1, 'a', len);
	filler[len + 1] = '<';
	document = melding_with(">Burenconflict, geluidsoverlast.<", filler);
	mem_free(filler);
	return document;
}

static void
test_what_is_too_much_is_refused_whole(void **state)
{
	char deep[STUF_DEPTH_MAX * 24] = "";
	char name[164] = "a";
	char cut[128] = "object/a";

	(void)state;
	expect_refused(melding_padded(10u * 1024 * 1024), "StUF055", "");
	expect_refused(melding_padded(40u * 1024), "StUF055",
	    CONCERN "/leefgebied/toelichting");
	for (int i = 0; i < 59; i++) /* 60 would be half a character */
		(void)strcat(cut, "\xc3\xa9");
	for (int i = 0; i < 80; i++)
		(void)strcat(name, "\xc3\xa9");
	(void)snprintf(deep, sizeof(deep), "<JZ:%s/></JZ:object>", name);
	expect_refused(melding_with("</JZ:object>", deep), "StUF055", cut);
	deep[0] = '\0';
	for (int i = 0; i < STUF_DEPTH_MAX; i++)
		(void)strcat(deep, "<JZ:leefgebied>");
	expect_refused(melding_with("<JZ:leefgebied>", deep), "StUF055",
	    CONCERN "/leefgebied/leefgebied/leefgebied/leefgebied/leefgebied/"
		    "leefgebied/leefgebied/leefgebied/leefgebied/");
}

static void
test_a_fault_never_quotes_the_document(void **state)
{
	char *document = melding_with(">1064HA<", ">Geheim 12<");
	struct action action = take(adapter, span_str(document));

	(void)state;
	assert_null(strstr(action.text, "Geheim"));
	assert_null(strstr(action.field, "Geheim"));
	action_fini(&action);
	mem_free(document);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_values_outside_the_schema),
	    cmocka_unit_test(
		test_what_the_type_has_not_is_refused_and_not_left_out),
	    cmocka_unit_test(test_required_elements_that_are_missing),
	    cmocka_unit_test(test_messages_for_others_are_recognised),
	    cmocka_unit_test(test_entities_are_refused_before_they_are_read),
	    cmocka_unit_test(test_bytes_that_are_not_utf8_xml),
	    cmocka_unit_test(test_namespaces_are_part_of_the_name),
	    cmocka_unit_test(test_what_is_too_much_is_refused_whole),
	    cmocka_unit_test(test_a_fault_never_quotes_the_document),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
