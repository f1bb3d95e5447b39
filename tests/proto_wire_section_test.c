/* SPDX-License-Identifier: EUPL-1.2 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <regex.h>
#include <stdlib.h>

#include "proto/base/mem.h"
#include "proto/wire_section.h"
#include "proto/wire_section_rules.h"

#define COUNT_OF(a) (sizeof(a) / sizeof((a)[0]))

/* Nothing of a value may be in a why; this is in each bad text here. */
#define CANARY "Geheimstra"

static json_t *
parse(const char *text)
{
	json_t *json = json_loads(text, JSON_DECODE_ANY, NULL);

	assert_non_null(json);
	return json;
}

static enum wh_err
put(enum category category, const char *text, struct why *why)
{
	json_t *object = parse(text);
	uint8_t *bytes = NULL;
	size_t len = 0;
	enum wh_err err =
	    wire_section_write(category, object, &bytes, &len, why);

	assert_int_equal(err == WH_OK, bytes != NULL);
	mem_free(bytes);
	json_decref(object);
	return err;
}

/* There and back; what comes back must be want. */
static void
assert_trip(enum category category, const char *text, const char *want)
{
	json_t *object = parse(text);
	json_t *expected = parse(want);
	json_t *back = NULL;
	struct why why = {""};
	uint8_t *bytes = NULL;
	size_t len = 0;

	if (wire_section_write(category, object, &bytes, &len, &why) != WH_OK)
		fail_msg("%d: %s", category, why.text);
	if (wire_section_read(category, span_of(bytes, len), &back, &why) !=
	    WH_OK)
		fail_msg("%d: %s", category, why.text);
	assert_true(json_equal(back, expected));
	json_decref(back);
	json_decref(expected);
	json_decref(object);
	mem_free(bytes);
}

/* One of each, with every field of its message. */
static const struct {
	enum category category;
	const char *text;
} full[] = {
    {CATEGORY_CONTACT,
	"{\"naam\":{\"voorletters\":\"S.\",\"voornamen\":\"Sanne\","
	"\"voorvoegsel\":\"van\",\"achternaam\":\"Vo\\u00f3rbeeld\"},"
	"\"geboortedatum\":\"1980-02\",\"geslacht\":\"V\","
	"\"telefoon\":\"06-0000 0000\",\"email\":\"sanne@voorbeeld.example\","
	"\"taal\":\"nld\",\"veiligContact\":\"alleen\\noverdag\","
	"\"nietBenaderen\":true}"},
    {CATEGORY_ADDRESS,
	"{\"postcode\":\"1064HA\",\"huisnummer\":\"1\",\"huisletter\":\"A\","
	"\"toevoeging\":\"2hg\",\"straat\":\"Voorbeeldstraat\","
	"\"plaats\":\"Amsterdam\",\"buurt\":\"Dichtersbuurt\","
	"\"nummeraanduiding\":\"0363200000000001\",\"eenheid\":\"E-1\"}"},
    {CATEGORY_BSN, "{\"bsn\":\"999990202\"}"},
    {CATEGORY_HOUSEHOLD,
	"{\"tekst\":\"gezin\",\"volwassenen\":2,\"kinderen\":99}"},
    {CATEGORY_REQUEST, "{\"tekst\":\"hulp\",\"doel\":\"rust\"}"},
    {CATEGORY_FACE, "{\"naam\":\"P. Proef\",\"functie\":\"werker\","
		    "\"organisatie\":\"Buurtteam\",\"telefoon\":\"020\","
		    "\"email\":\"p@proef.example\"}"},
    {CATEGORY_STATUS,
	"{\"toelichting\":\"gesproken\",\"contactGelegd\":\"ja\","
	"\"hulpAanvaard\":\"nee\","
	"\"afspraakOp\":\"2026-09-14T13:00:00+02:00\",\"kenmerk\":\"K1\"}"},
    {CATEGORY_ARREARS,
	"{\"bedragCenten\":999999999999,\"maanden\":3,\"sinds\":\"2026\","
	"\"pogingen\":{\"persoonlijkContact\":true,\"gewezenOpHulp\":true,"
	"\"schriftelijkeHerinnering\":true,\"aanbodNietGeweigerd\":true},"
	"\"kenmerk\":\"K2\"}"},
    {CATEGORY_NUISANCE,
	"{\"tekst\":\"geluid\",\"soort\":\"GEL\",\"sinds\":\"2024-02-29\"}"},
    {CATEGORY_SAFETY,
	"{\"tekst\":\"zorg\",\"hoedanigheid\":\"002\",\"geinformeerd\":\"ja\","
	"\"reactie\":\"akkoord\",\"incidenten\":["
	"{\"op\":\"2026-09-14T13:00:00Z\",\"omschrijving\":\"ruzie\","
	"\"locatie\":\"portiek\"},{\"locatie\":\"straat\"}]}"},
    {CATEGORY_FINANCE, "{\"tekst\":\"geld\",\"dreigendeOntruiming\":true,"
		       "\"dreigendeAfsluiting\":true}"},
    {CATEGORY_IDENTITY, "{\"tekst\":\"02\"}"},
    {CATEGORY_BEHAVIOUR, "{\"tekst\":\"03\"}"},
    {CATEGORY_WORK_EDUCATION, "{\"tekst\":\"04\"}"},
    {CATEGORY_DAILY_LIFE, "{\"tekst\":\"05\"}"},
    {CATEGORY_HOUSING,
	"{\"tekst\":\"06\",\"gebreken\":[{\"soort\":\"schimmel\","
	"\"locatie\":\"slaapkamer\",\"omschrijving\":\"zwart\"}]}"},
    {CATEGORY_RELATIONSHIPS, "{\"tekst\":\"07\"}"},
    {CATEGORY_MENTAL_HEALTH, "{\"tekst\":\"08\"}"},
    {CATEGORY_PHYSICAL_HEALTH, "{\"tekst\":\"09\"}"},
    {CATEGORY_ADDICTION, "{\"tekst\":\"10\"}"},
    {CATEGORY_NETWORK, "{\"tekst\":\"11\"}"},
    {CATEGORY_JUSTICE, "{\"tekst\":\"12\"}"},
};

static void
test_every_field_of_every_category_comes_back(void **state)
{
	(void)state;
	assert_int_equal(COUNT_OF(full), CATEGORY_COUNT);
	for (size_t i = 0; i < COUNT_OF(full); i++) {
		json_t *schema = wire_section_schema(full[i].category);
		json_t *object = parse(full[i].text);

		assert_int_equal(full[i].category, i + 1);
		assert_int_equal(json_object_size(object),
		    json_object_size(json_object_get(schema, "properties")));
		assert_trip(full[i].category, full[i].text, full[i].text);
		json_decref(object);
		json_decref(schema);
	}
}

static void
test_every_field_has_one_rule_that_fits_its_type(void **state)
{
	struct why why = {""};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(full); i++) {
		size_t fields = 0;

		if (wire_rules_complete(wire_section_rules(full[i].category),
			&fields, &why) != WH_OK)
			fail_msg("%s", why.text);
		assert_true(fields > 0);
	}
	assert_null(wire_section_rules((enum category)0));
	assert_null(wire_section_rules((enum category)(CATEGORY_COUNT + 1)));
	assert_null(wire_section_rules((enum category) - 1));
}

static void
test_what_says_nothing_counts_as_absent(void **state)
{
	(void)state;
	assert_trip(CATEGORY_CONTACT,
	    "{\"naam\":{\"achternaam\":\"Proef\",\"voornamen\":\"\"},"
	    "\"email\":\"\",\"taal\":null,\"nietBenaderen\":false}",
	    "{\"naam\":{\"achternaam\":\"Proef\"}}");
	assert_trip(CATEGORY_CONTACT, "{\"naam\":{},\"geslacht\":\"O\"}",
	    "{\"geslacht\":\"O\"}");
	assert_trip(CATEGORY_HOUSING, "{\"tekst\":\"x\",\"gebreken\":[]}",
	    "{\"tekst\":\"x\"}");
	assert_trip(CATEGORY_ADDRESS, "{\"postcode\":\"1064 HA\"}",
	    "{\"postcode\":\"1064HA\"}");
}

static void
test_an_empty_section_is_refused(void **state)
{
	static const char *const nothing[] = {"{}", "{\"naam\":{}}",
	    "{\"naam\":null,\"taal\":\"\",\"nietBenaderen\":false}"};
	struct why why = {""};
	json_t *out = NULL;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(nothing); i++)
		assert_int_equal(put(CATEGORY_CONTACT, nothing[i], &why),
		    WH_INVALID);
	assert_string_equal(why.text, "must not be empty");
	assert_int_equal(wire_section_read(CATEGORY_CONTACT, span_of(NULL, 0),
			     &out, &why),
	    WH_INVALID);
	/* An empty Naam, and an empty Gebrek. */
	assert_int_equal(wire_section_read(CATEGORY_CONTACT,
			     span_of("\x0a\x00", 2), &out, &why),
	    WH_INVALID);
	assert_int_equal(wire_section_read(CATEGORY_HOUSING,
			     span_of("\x12\x00", 2), &out, &why),
	    WH_INVALID);
	assert_string_equal(why.text, "gebreken[0]: must not be empty");
	assert_null(out);
}

struct bad {
	enum category category;
	const char *text;
	const char *why; /* how it begins */
};

static const struct bad bad[] = {
    {CATEGORY_BSN, "{\"bsn\":\"999990203\"}", "bsn: must be nine digits"},
    {CATEGORY_BSN, "{\"bsn\":\"000000000\"}", "bsn: must be nine digits"},
    {CATEGORY_BSN, "{\"bsn\":\"99999020\"}", "bsn: must be nine digits"},
    {CATEGORY_BSN, "{\"bsn\":\"99999020a\"}", "bsn: must be nine digits"},
    {CATEGORY_BSN, "{\"bsn\":999990202}", "bsn: must be text"},
    {CATEGORY_BSN, "{\"naam\":\"" CANARY "\"}", "naam: is not a known key"},
    {CATEGORY_BSN, "{\"999990202\":\"x\"}", "(key): is not a known key"},
    {CATEGORY_BSN, "{\"b_sn\":\"x\"}", "(key): is not a known key"},
    {CATEGORY_ADDRESS, "{\"postcode\":\"0064HA\"}", "postcode: must be four"},
    {CATEGORY_ADDRESS, "{\"postcode\":\"1064ha\"}", "postcode: must be four"},
    {CATEGORY_ADDRESS, "{\"postcode\":\"1064\"}", "postcode: must be four"},
    {CATEGORY_ADDRESS, "{\"postcode\":\" \"}", "postcode: must be four"},
    {CATEGORY_ADDRESS, "{\"nummeraanduiding\":\"036320000000000\"}",
	"nummeraanduiding: must be the 16"},
    {CATEGORY_CONTACT, "{\"geboortedatum\":\"2023-02-29\"}",
	"geboortedatum: must be a date"},
    {CATEGORY_CONTACT, "{\"geboortedatum\":\"1900-02-29\"}",
	"geboortedatum: must be a date"},
    {CATEGORY_CONTACT, "{\"geboortedatum\":\"1980-13\"}",
	"geboortedatum: must be a date"},
    {CATEGORY_CONTACT, "{\"geboortedatum\":\"1980-00\"}",
	"geboortedatum: must be a date"},
    {CATEGORY_CONTACT, "{\"geboortedatum\":\"1980-01-00\"}",
	"geboortedatum: must be a date"},
    {CATEGORY_CONTACT, "{\"geboortedatum\":\"19800101\"}",
	"geboortedatum: must be a date"},
    {CATEGORY_CONTACT, "{\"geboortedatum\":\"1980-01-011\"}",
	"geboortedatum: must be a date"},
    {CATEGORY_CONTACT, "{\"geboortedatum\":\"0000\"}",
	"geboortedatum: must be a date"},
    {CATEGORY_CONTACT, "{\"geslacht\":\"X\"}", "geslacht: must be M, V or O"},
    {CATEGORY_CONTACT, "{\"geslacht\":\"MV\"}", "geslacht: must be M, V or O"},
    {CATEGORY_CONTACT, "{\"taal\":\"NLD\"}", "taal: must be three"},
    {CATEGORY_CONTACT, "{\"taal\":\"nl\"}", "taal: must be three"},
    {CATEGORY_CONTACT, "{\"email\":\"" CANARY "\"}", "email: must be an"},
    {CATEGORY_CONTACT, "{\"email\":\"@" CANARY "\"}", "email: must be an"},
    {CATEGORY_CONTACT, "{\"email\":\"" CANARY "@\"}", "email: must be an"},
    {CATEGORY_CONTACT, "{\"email\":\"a@b@" CANARY "\"}", "email: must be an"},
    {CATEGORY_CONTACT, "{\"nietBenaderen\":\"ja\"}",
	"nietBenaderen: must be true or false"},
    {CATEGORY_CONTACT, "{\"naam\":\"" CANARY "\"}", "naam: must be an object"},
    {CATEGORY_CONTACT, "{\"naam\":{\"achternaam\":7}}",
	"naam.achternaam: must be text"},
    {CATEGORY_CONTACT, "{\"naam\":{\"achternaam\":\"" CANARY "\\u0007\"}}",
	"naam.achternaam: must be UTF-8"},
    {CATEGORY_CONTACT, "{\"naam\":{\"roepnaam\":\"" CANARY "\"}}",
	"naam.roepnaam: is not a known key"},
    {CATEGORY_CONTACT, "\"" CANARY "\"", "must be an object"},
    {CATEGORY_CONTACT, "[]", "must be an object"},
    {CATEGORY_HOUSEHOLD, "{\"kinderen\":-1}", "kinderen: must be 0 to 99"},
    {CATEGORY_HOUSEHOLD, "{\"kinderen\":100}", "kinderen: must be 0 to 99"},
    {CATEGORY_HOUSEHOLD, "{\"kinderen\":4294967297}",
	"kinderen: must be 0 to 99"},
    {CATEGORY_HOUSEHOLD, "{\"kinderen\":1.0}",
	"kinderen: must be a whole number"},
    {CATEGORY_ARREARS, "{\"bedragCenten\":-1}", "bedragCenten: must be 0 to"},
    {CATEGORY_ARREARS, "{\"bedragCenten\":1000000000000}",
	"bedragCenten: must be 0 to"},
    {CATEGORY_ARREARS, "{\"bedrag_centen\":1}", "(key): is not a known key"},
    {CATEGORY_ARREARS, "{\"pogingen\":[]}", "pogingen: must be an object"},
    {CATEGORY_STATUS, "{\"contactGelegd\":\"Ja\"}",
	"contactGelegd: must be ja or nee"},
    {CATEGORY_STATUS, "{\"contactGelegd\":true}",
	"contactGelegd: must be text"},
    {CATEGORY_STATUS, "{\"afspraakOp\":\"2026-09-14\"}",
	"afspraakOp: must be a time"},
    {CATEGORY_STATUS, "{\"afspraakOp\":\"2026-09-14T25:00:00Z\"}",
	"afspraakOp: must be a time"},
    {CATEGORY_STATUS, "{\"afspraakOp\":\"2026-09-14T13:00:00\"}",
	"afspraakOp: must be a time"},
    {CATEGORY_SAFETY, "{\"hoedanigheid\":\"006\"}",
	"hoedanigheid: must be 001"},
    {CATEGORY_SAFETY, "{\"hoedanigheid\":\"01\"}", "hoedanigheid: must be 001"},
    {CATEGORY_SAFETY, "{\"incidenten\":{}}", "incidenten: must be a list"},
    {CATEGORY_SAFETY, "{\"incidenten\":[{\"locatie\":\"a\"},{}]}",
	"incidenten[1]: must not be empty"},
    {CATEGORY_SAFETY, "{\"incidenten\":[null]}",
	"incidenten[0]: must be an object"},
    {CATEGORY_SAFETY, "{\"incidenten\":[{\"op\":\"" CANARY "\"}]}",
	"incidenten[0].op: must be a time"},
};

static void
test_a_broken_rule_is_named_with_its_path_and_never_the_value(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		struct why why = {""};

		assert_int_equal(put(bad[i].category, bad[i].text, &why),
		    WH_INVALID);
		if (strncmp(why.text, bad[i].why, strlen(bad[i].why)) != 0)
			fail_msg("%s gave %s", bad[i].text, why.text);
		assert_null(strstr(why.text, CANARY));
		assert_int_equal(put(bad[i].category, bad[i].text, NULL),
		    WH_INVALID);
	}
}

static json_t *
long_text(size_t len)
{
	char *text = mem_new(len + 1);
	json_t *json;

	memset(text, 'x', len);
	json = json_string(text);
	mem_free(text);
	return json;
}

static enum wh_err
put_long(enum category category, const char *key, size_t len)
{
	json_t *object = json_pack("{s:o}", key, long_text(len));
	uint8_t *bytes = NULL;
	size_t size;
	struct why why = {""};
	enum wh_err err =
	    wire_section_write(category, object, &bytes, &size, &why);

	if (err != WH_OK)
		assert_memory_equal(why.text, key, strlen(key));
	mem_free(bytes);
	json_decref(object);
	return err;
}

static void
test_each_text_has_its_bound(void **state)
{
	(void)state;
	assert_int_equal(put_long(CATEGORY_REQUEST, "tekst", SECTION_TEXT_MAX),
	    WH_OK);
	assert_int_equal(put_long(CATEGORY_REQUEST, "tekst",
			     SECTION_TEXT_MAX + 1),
	    WH_TOO_BIG);
	assert_int_equal(put_long(CATEGORY_CONTACT, "telefoon",
			     SECTION_PHONE_MAX + 1),
	    WH_TOO_BIG);
	for (size_t i = 0; i < COUNT_OF(full); i++) {
		json_t *schema = wire_section_schema(full[i].category);
		const char *key;
		json_t *field;

		json_object_foreach(json_object_get(schema, "properties"), key,
		    field)
		{
			json_t *max = json_object_get(field, "maxLength");
			size_t len = (size_t)json_integer_value(max) + 1;

			if (max != NULL)
				assert_int_equal(put_long(full[i].category, key,
						     len),
				    WH_TOO_BIG);
		}
		json_decref(schema);
	}
}

static enum wh_err
put_incidents(size_t count, size_t text)
{
	json_t *list = json_array();
	json_t *object = json_pack("{s:o}", "incidenten", list);
	uint8_t *bytes = NULL;
	size_t size;
	struct why why = {""};
	enum wh_err err;

	for (size_t i = 0; i < count; i++)
		json_array_append_new(list,
		    json_pack("{s:o}", "omschrijving", long_text(text)));
	err = wire_section_write(CATEGORY_SAFETY, object, &bytes, &size, &why);
	mem_free(bytes);
	json_decref(object);
	return err;
}

static void
test_a_section_has_at_most_16_items_and_64_kib(void **state)
{
	(void)state;
	assert_int_equal(put_incidents(16, SECTION_REMARK_MAX), WH_OK);
	assert_int_equal(put_incidents(17, 1), WH_TOO_BIG);
	assert_true(16 * SECTION_REMARK_MAX < SECTION_MAX);
}

static enum wh_err
get(enum category category, const void *bytes, size_t len, struct why *why)
{
	json_t *out = NULL;
	enum wh_err err =
	    wire_section_read(category, span_of(bytes, len), &out, why);

	assert_int_equal(err == WH_OK, out != NULL);
	json_decref(out);
	return err;
}

static void
test_reading_keeps_the_rules_of_writing(void **state)
{
	struct why why = {""};
	uint8_t *big = mem_new(SECTION_MAX + 1);

	(void)state;
	assert_int_equal(get(CATEGORY_BSN,
			     "\x0a\x09"
			     "999990202",
			     11, &why),
	    WH_OK);
	assert_int_equal(get(CATEGORY_BSN,
			     "\x0a\x09"
			     "999990203",
			     11, &why),
	    WH_INVALID);
	assert_non_null(strstr(why.text, "bsn: must be nine digits"));
	/* A space is for people to write, not for the wire. */
	assert_int_equal(get(CATEGORY_ADDRESS,
			     "\x0a\x07"
			     "1064 HA",
			     9, &why),
	    WH_INVALID);
	/* kinderen 100 */
	assert_int_equal(get(CATEGORY_HOUSEHOLD, "\x18\x64", 2, &why),
	    WH_INVALID);
	/* bedrag_centen -1 */
	assert_int_equal(get(CATEGORY_ARREARS,
			     "\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 11,
			     &why),
	    WH_INVALID);
	/* an unknown field 2, the same field twice, half a field */
	assert_int_equal(get(CATEGORY_JUSTICE, "\x0a\x01x\x12\x01y", 6, &why),
	    WH_INVALID);
	assert_int_equal(get(CATEGORY_JUSTICE, "\x0a\x01x\x0a\x01y", 6, &why),
	    WH_INVALID);
	assert_int_equal(get(CATEGORY_JUSTICE, "\x0a\x02x", 3, &why),
	    WH_INVALID);
	/* text that is not UTF-8, text with a bell */
	assert_int_equal(get(CATEGORY_JUSTICE, "\x0a\x01\xff", 3, &why),
	    WH_INVALID);
	assert_int_equal(get(CATEGORY_JUSTICE, "\x0a\x01\x07", 3, &why),
	    WH_INVALID);
	assert_int_equal(get(CATEGORY_JUSTICE, big, SECTION_MAX + 1, &why),
	    WH_TOO_BIG);
	assert_int_equal(get((enum category)23, "\x0a\x01x", 3, &why),
	    WH_INVALID);
	mem_free(big);
}

static void
test_a_body_does_not_parse_as_another_category(void **state)
{
	json_t *object =
	    parse("{\"postcode\":\"1064HA\",\"huisnummer\":\"1\"}");
	uint8_t *bytes = NULL;
	size_t len;

	(void)state;
	assert_int_equal(wire_section_write(CATEGORY_ADDRESS, object, &bytes,
			     &len, NULL),
	    WH_OK);
	assert_int_equal(get(CATEGORY_ADDRESS, bytes, len, NULL), WH_OK);
	assert_int_equal(get(CATEGORY_BSN, bytes, len, NULL), WH_INVALID);
	assert_int_equal(get(CATEGORY_CONTACT, bytes, len, NULL), WH_INVALID);
	assert_int_equal(get(CATEGORY_ARREARS, bytes, len, NULL), WH_INVALID);
	assert_int_equal(get(CATEGORY_JUSTICE, bytes, len, NULL), WH_INVALID);
	mem_free(bytes);
	json_decref(object);
}

static bool
matches(const char *pattern, const char *text)
{
	regex_t regex;
	bool found;

	assert_int_equal(regcomp(&regex, pattern, REG_EXTENDED | REG_NOSUB), 0);
	found = regexec(&regex, text, 0, NULL, 0) == 0;
	regfree(&regex);
	return found;
}

/* The schema may be wider (11-proof, calendar), never narrower. */
static void
test_what_is_accepted_matches_the_pattern_of_the_schema(void **state)
{
	static const char *const texts[] = {"", "ja", "nee", "jaa", "999990202",
	    "1064HA", "0064HA", "M", "V", "O", "MM", "nld", "NLD", "001", "005",
	    "006", "1980", "1980-01", "1980-01-31", "1980-01-32",
	    "2026-09-14T13:00:00Z", "2026-09-14T13:00:00.123+02:00",
	    "0363200000000001", "a@b.example", "a@", "a b@c"};
	const struct wire_section_format *f;
	size_t accepted = 0;

	(void)state;
	for (f = wire_section_formats(); f->field != NULL; f++) {
		bool any = false;

		for (size_t i = 0; i < COUNT_OF(texts); i++) {
			if (!f->check(texts[i]))
				continue;
			assert_true(matches(f->pattern, texts[i]));
			any = true;
			accepted++;
		}
		assert_true(any);
		assert_false(matches(f->pattern, ""));
	}
	assert_true(accepted > 20);
}

static void
test_the_schema_says_what_the_table_says(void **state)
{
	json_t *schema = wire_section_schema(CATEGORY_SAFETY);
	json_t *fields = json_object_get(schema, "properties");
	json_t *list = json_object_get(fields, "incidenten");
	json_t *items = json_object_get(list, "items");

	(void)state;
	assert_string_equal(json_string_value(json_object_get(schema, "type")),
	    "object");
	assert_true(
	    json_is_false(json_object_get(schema, "additionalProperties")));
	assert_int_equal(json_integer_value(json_object_get(list, "maxItems")),
	    16);
	assert_string_equal(json_string_value(
				json_object_get(json_object_get(fields,
						    "hoedanigheid"),
				    "pattern")),
	    "^00[1-5]$");
	assert_int_equal(json_object_size(json_object_get(items, "properties")),
	    3);
	json_decref(schema);
	assert_null(wire_section_schema((enum category)0));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_every_field_of_every_category_comes_back),
	    cmocka_unit_test(test_every_field_has_one_rule_that_fits_its_type),
	    cmocka_unit_test(test_what_says_nothing_counts_as_absent),
	    cmocka_unit_test(test_an_empty_section_is_refused),
	    cmocka_unit_test(
		test_a_broken_rule_is_named_with_its_path_and_never_the_value),
	    cmocka_unit_test(test_each_text_has_its_bound),
	    cmocka_unit_test(test_a_section_has_at_most_16_items_and_64_kib),
	    cmocka_unit_test(test_reading_keeps_the_rules_of_writing),
	    cmocka_unit_test(test_a_body_does_not_parse_as_another_category),
	    cmocka_unit_test(
		test_what_is_accepted_matches_the_pattern_of_the_schema),
	    cmocka_unit_test(test_the_schema_says_what_the_table_says),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
