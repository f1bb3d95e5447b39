/* SPDX-License-Identifier: EUPL-1.2 */
#include <libxml/parser.h>
#include <libxml/xmlreader.h>

#include "adapters/code.h"
#include "adapters/slip.h"
#include "tests/adapters_desk_world.h"

/* The resident's receipt. WIJKHUB_SLIP_DUMP: a folder to leave some in. */

static const struct recipe *const duty = &recipes[2];
static const struct recipe *const police = &recipes[7];
static const struct recipe *const nuisance = &recipes[9];

/* The receipt, on the heap: free(). */
static char *
slip_of(struct desk_world *w, enum place place, const struct id *consent)
{
	char *html = NULL;
	size_t len = 0;

	assert_int_equal(desk_slip(w->at[place].desk, consent, w->now_ms, &html,
			     &len),
	    WH_OK);
	assert_int_equal(strlen(html), len);
	return html;
}

static void
dump(const char *name, const char *text)
{
	const char *dir = getenv("WIJKHUB_SLIP_DUMP");
	char path[512];
	FILE *file;

	if (dir == NULL)
		return;
	snprintf(path, sizeof(path), "%s/%s", dir, name);
	file = fopen(path, "w");
	assert_non_null(file);
	assert_int_equal(fputs(text, file) >= 0, 1);
	assert_int_equal(fclose(file), 0);
}

static void
shows(const char *html, const char *text)
{
	if (strstr(html, text) == NULL)
		fail_msg("\"%s\" is not in: %s", text, html);
}

static void
hides(const char *html, const char *text)
{
	if (strstr(html, text) != NULL)
		fail_msg("\"%s\" is in: %s", text, html);
}

/* A consent for these parties; its code is copied out. */
static struct id
given(struct desk_world *w, const char *parties, const char *captured,
    char code[CODE_TEXT_SIZE])
{
	struct desk_result result;
	char text[1024];
	json_t *body;

	snprintf(text, sizeof(text),
	    "{'client': 'C-4711', 'soort': 'CONSENT_AVG', 'partijen': [%s], "
	    "'typen': ['geldzorgen'], 'categorieen': ['CONTACT', 'REQUEST', "
	    "'FINANCE'], 'geldigTot': '2027-08-31', 'vastgelegd': {'hoe': "
	    "'IN_PERSON', 'door': 'P. " CANARY "'%s}}",
	    parties, captured);
	body = json_of(text);
	assert_int_equal(desk_consent(w->at[AT_BUURTTEAM].desk, body, w->now_ms,
			     &result),
	    WH_OK);
	json_decref(body);
	assert_int_equal(result.kind, OUTCOME_QUEUED);
	str_copy(code, CODE_TEXT_SIZE,
	    json_text(json_object_get(result.dossier, "ontvangstbewijs"),
		"intrekkingscode"));
	return id_of(&result);
}

/* The code as the page has it: a group at a time. */
static void
code_in_groups(const char *code, char out[128])
{
	size_t len;

	out[0] = '\0';
	for (; *code != '\0'; code += len) {
		len = strcspn(code, "-");
		len += code[len] == '-';
		snprintf(out + strlen(out), 128 - strlen(out),
		    "<span>%.*s</span>", (int)len, code);
	}
}

static void
test_the_receipt_says_what_was_asked_and_how_to_stop(void **state)
{
	struct desk_world *w = *state;
	char code[CODE_TEXT_SIZE], groups[128];
	struct id consent = given(w, "'wpi'", "", code);
	char *html;

	hub_records(w, AT_BUURTTEAM);
	html = slip_of(w, AT_BUURTTEAM, &consent);
	code_in_groups(code, groups);
	shows(html, "<html lang=\"nl\">");
	shows(html, "<p>Buurtteam Nieuw-West wil gegevens van u delen met WPI "
		    "Nieuw-West.</p>");
	shows(html, "<li>Uw geld en uw schulden</li>");
	shows(html, "<p>Dit geldt tot en met 31 augustus 2027.</p>");
	shows(html, "U sprak met P. " CANARY " van Buurtteam Nieuw-West.");
	shows(html, groups);
	shows(html, "U kunt elke dag stoppen.");
	shows(html, "<strong>WPI Nieuw-West</strong><br/>Dit geldt nu.");
	shows(html, "<strong>Eigen Haard</strong>: Dichtersbuurt, ");
	shows(html, "<article id=\"en\" lang=\"en\">");
	shows(html, "<li>Your money and your debts</li>");
	/* Not connected, so that no code can be given there. */
	hides(html, "Rochdale");
	hides(html, "C-4711");
	dump("toestemming.html", html);
	dump("toestemming.code", code);
	free(html);
}

static void
test_no_category_or_kind_is_in_code_form(void **state)
{
	static const enum terms_table tables[] = {TERMS_CATEGORIES,
	    TERMS_PERMISSION_KINDS, TERMS_DISCLOSURES, TERMS_CAPTURES,
	    TERMS_PERMISSION_EVENTS};
	struct desk_world *w = *state;
	char code[CODE_TEXT_SIZE];
	struct id consent = given(w, "'wpi', 'politie'", "", code);
	char *html = slip_of(w, AT_BUURTTEAM, &consent);
	const struct term *term;

	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
		for (term = terms_all(tables[i]); term->text != NULL; term++)
			hides(html, term->text);
	free(html);
}

/* A crash between the commit and the answer loses no code. */
static void
test_it_is_printed_again_after_a_crash(void **state)
{
	struct desk_world *w = *state;
	char code[CODE_TEXT_SIZE], groups[128];
	struct id consent = given(w, "'wpi'", "", code);
	char *first = slip_of(w, AT_BUURTTEAM, &consent);
	char *again;

	desk_restart(w, AT_BUURTTEAM);
	again = slip_of(w, AT_BUURTTEAM, &consent);
	assert_string_equal(first, again);
	code_in_groups(code, groups);
	shows(again, groups);
	/* At rest it is sealed, and in no place of its own. */
	assert_false(store_holds(w->at[AT_BUURTTEAM].dir, code));
	free(first);
	free(again);
}

static void
test_before_the_hub_has_it_the_receipt_says_so(void **state)
{
	struct desk_world *w = *state;
	char code[CODE_TEXT_SIZE];
	struct id consent = given(w, "'wpi'", "", code);
	char *html = slip_of(w, AT_BUURTTEAM, &consent);

	shows(html, "<strong>WPI Nieuw-West</strong><br/>Wij leggen dit nu");
	free(html);
	hub_refuses(w, AT_BUURTTEAM, REASON_BAD_SIGNATURE, 0);
	html = slip_of(w, AT_BUURTTEAM, &consent);
	shows(html, "Dit gaat niet door. Wij delen niets.");
	hides(html, "<svg");
	free(html);
}

static void
test_after_a_withdrawal_it_says_so_instead_of_the_code(void **state)
{
	struct desk_world *w = *state;
	char code[CODE_TEXT_SIZE], groups[128];
	struct id consent = given(w, "'wpi'", "", code);
	struct desk_result result;
	char *html;

	hub_records(w, AT_BUURTTEAM);
	assert_int_equal(desk_withdraw(w->at[AT_BUURTTEAM].desk, &consent, NULL,
			     w->now_ms, &result),
	    WH_OK);
	desk_result_fini(&result);
	html = slip_of(w, AT_BUURTTEAM, &consent);
	code_in_groups(code, groups);
	hides(html, groups);
	hides(html, "<svg");
	shows(html, "U bent gestopt op 14 september 2026.");
	shows(html, "You stopped on 14 September 2026.");
	shows(html, "De code werkt niet meer.");
	/* What was asked is still there. */
	shows(html, "<li>Uw geld en uw schulden</li>");
	dump("ingetrokken.html", html);
	free(html);
}

/* One of two records ended: the code still ends the other. */
static void
test_the_code_is_there_while_a_record_stands(void **state)
{
	struct desk_world *w = *state;
	char code[CODE_TEXT_SIZE], groups[128];
	struct id consent = given(w, "'wpi', 'politie'", "", code);
	struct deliver event = {.kind = DELIVER_PERMISSION_EVENT};
	struct desk_result result;
	struct row record, row;
	char *html;

	record = hub_takes(w, AT_BUURTTEAM, 0);
	hub_records(w, AT_BUURTTEAM);
	assert_int_equal(desk_withdraw(w->at[AT_POLITIE].desk, NULL, code,
			     w->now_ms, &result),
	    WH_OK);
	desk_result_fini(&result);
	/* Only the first of the two ends arrives for now. */
	row = hub_takes(w, AT_POLITIE, 0);
	event.permission_event = row.bytes;
	assert_int_equal(deliver_to(w, AT_BUURTTEAM, &event), REASON_NONE);
	html = slip_of(w, AT_BUURTTEAM, &consent);
	code_in_groups(code, groups);
	shows(html, "<strong>WPI Nieuw-West</strong><br/>U bent gestopt op 14");
	shows(html, "basisteam Nieuw-West</strong><br/>Dit geldt nu.");
	shows(html, groups);
	free(html);
	row_fini(&record);
	row_fini(&row);
}

static void
test_what_is_over_says_so(void **state)
{
	struct desk_world *w = *state;
	char code[CODE_TEXT_SIZE];
	struct id consent = given(w, "'wpi'", "", code);
	char *html;

	hub_records(w, AT_BUURTTEAM);
	w->now_ms += 400 * DESK_DAY;
	html = slip_of(w, AT_BUURTTEAM, &consent);
	shows(html, "Dit is voorbij sinds 31 augustus 2027.");
	hides(html, "<svg");
	free(html);
}

static char *
slip_by(struct desk_world *w, const struct recipe *recipe)
{
	struct id consent = consent_given(w, recipe, "C-1");

	return slip_of(w, recipe->from, &consent);
}

static void
test_a_duty_says_how_to_object(void **state)
{
	char *html = slip_by(*state, duty);

	shows(html, "<title>Wij delen gegevens van u</title>");
	shows(html, "Dat moet van de wet.");
	shows(html, "U kunt bezwaar maken. Er is geen code voor nodig.");
	shows(html, "Vertel het aan Eigen Haard. Noem het nummer onderaan.");
	hides(html, "<svg");
	hides(html, "U zei ja");
	dump("plicht.html", html);
	free(html);
}

static void
test_what_a_withdrawal_does_not_end_says_so(void **state)
{
	char *html = slip_by(*state, nuisance);

	shows(html, "Ook als u uw toestemming stopt, gaat dit door.");
	shows(html, "If you take back a permission, this still goes on.");
	hides(html, "<svg");
	free(html);
}

static void
test_a_text_of_ones_own_stands_beside_what_it_means(void **state)
{
	struct desk_world *w = *state;
	char code[CODE_TEXT_SIZE];
	struct id consent =
	    given(w, "'wpi'", ", 'taal': 'en', 'tekst': 'Is this ok?'", code);
	char *html = slip_of(w, AT_BUURTTEAM, &consent);

	shows(html, "<html lang=\"en\">");
	shows(html, "<p class=\"own\" lang=\"en\">Is this ok?</p>");
	shows(html, "<li>Uw geld en uw schulden</li>");
	shows(html, "<a href=\"#nl\" lang=\"nl\" hreflang=\"nl\">Nederlands");
	free(html);
}

#define EVIL "</p><script>alert(1)</script><img src=x onerror=y>\"'&amp;"
#define TAME                                                                   \
	"&lt;/p&gt;&lt;script&gt;alert(1)&lt;/script&gt;&lt;img src=x "        \
	"onerror=y&gt;&quot;&#39;&amp;amp;"

/* Names come from the register, the rest from whoever has a token. */
static void
test_nothing_that_was_typed_becomes_markup(void **state)
{
	struct desk_world *w = *state;
	struct why why = {""};
	char code[CODE_TEXT_SIZE];
	struct id consent;
	char *html;

	for (size_t i = 0; i < w->alliance->reg.member_count; i++)
		w->alliance->reg.members[i].name = EVIL;
	for (size_t i = 0; i < w->alliance->reg.area_count; i++)
		w->alliance->reg.areas[i].name = EVIL;
	for (size_t i = 0; i < w->alliance->reg.type_count; i++)
		w->alliance->reg.types[i].title_nl = EVIL;
	desk_world_register(w, 2);
	if (desk_register_put(w->at[AT_BUURTTEAM].desk, w->reg, &why) != WH_OK)
		fail_msg("%s", why.text);
	consent = given(w, "'wpi'",
	    ", 'tekst': '<script>1</script>{{code}}</style>'", code);
	html = slip_of(w, AT_BUURTTEAM, &consent);
	hides(html, "<script");
	hides(html, "<img");
	shows(html, "<li>" TAME "</li>");
	shows(html, "&lt;script&gt;1&lt;/script&gt;{{code}}&lt;/style&gt;");
	dump("kwaad.html", html);
	free(html);
}

/* Elements and attributes that the page may have, and no others. */
static bool
is_listed(const char *name, const char *const *list)
{
	for (; *list != NULL; list++)
		if (strcmp(*list, name) == 0)
			return true;
	return false;
}

static void
check_node(xmlTextReaderPtr reader)
{
	static const char *const elements[] = {"html", "head", "meta", "title",
	    "style", "body", "main", "nav", "a", "article", "section", "div",
	    "h1", "h2", "p", "ul", "li", "strong", "br", "hr", "span", "svg",
	    "path", "footer", NULL};
	static const char *const attributes[] = {"lang", "charset", "name",
	    "content", "href", "hreflang", "id", "class", "aria-hidden",
	    "viewBox", "shape-rendering", "fill", "d", NULL};
	const char *name = (const char *)xmlTextReaderConstName(reader);
	const char *value;

	if (xmlTextReaderNodeType(reader) != XML_READER_TYPE_ELEMENT)
		return;
	if (!is_listed(name, elements))
		fail_msg("element %s", name);
	while (xmlTextReaderMoveToNextAttribute(reader) == 1) {
		name = (const char *)xmlTextReaderConstName(reader);
		value = (const char *)xmlTextReaderConstValue(reader);
		if (!is_listed(name, attributes))
			fail_msg("attribute %s", name);
		/* Nothing is loaded, and no link leaves the page. */
		if (strcmp(name, "href") == 0)
			assert_int_equal(value[0], '#');
	}
}

static void
test_it_is_well_formed_and_loads_nothing(void **state)
{
	struct desk_world *w = *state;
	char code[CODE_TEXT_SIZE];
	struct id consent = given(w, "'wpi', 'politie'",
	    ", 'tekst': 'Mag dit? \xe2\x82\xac & <b>'", code);
	char *html = slip_of(w, AT_BUURTTEAM, &consent);
	xmlTextReaderPtr reader = xmlReaderForMemory(html, (int)strlen(html),
	    NULL, "UTF-8", XML_PARSE_NONET);
	int more;

	assert_non_null(reader);
	while ((more = xmlTextReaderRead(reader)) == 1)
		check_node(reader);
	assert_int_equal(more, 0);
	xmlFreeTextReader(reader);
	hides(html, "url(");
	hides(html, "@import");
	free(html);
}

/* The page has one style, and the policy lets through that one. */
static void
test_the_policy_allows_its_own_style_only(void **state)
{
	struct desk_world *w = *state;
	char code[CODE_TEXT_SIZE], base64[BASE64_SIZE(HASH_LEN)], source[128];
	struct id consent = given(w, "'wpi'", "", code);
	char *html = slip_of(w, AT_BUURTTEAM, &consent);
	const char *open = strstr(html, "<style>");
	const char *close = strstr(html, "</style>");
	struct hash hash;

	assert_non_null(open);
	assert_non_null(close);
	assert_null(strstr(close, "<style"));
	open += strlen("<style>");
	hash = hash_span(span_of(open, (size_t)(close - open)));
	base64_encode(span_of(hash.b, HASH_LEN), base64);
	snprintf(source, sizeof(source),
	    "default-src 'none'; style-src 'sha256-%s';", base64);
	shows(slip_policy(), source);
	hides(slip_policy(), "unsafe");
	hides(slip_policy(), "script-src");
	free(html);
}

/* The covenant says that a care report is told of later. */
static void
test_there_is_none_before_the_resident_may_know(void **state)
{
	struct desk_world *w = *state;
	struct id consent = consent_given(w, police, "C-1");
	char *html = NULL;
	size_t len;

	assert_int_equal(desk_slip(w->at[AT_POLITIE].desk, &consent, w->now_ms,
			     &html, &len),
	    WH_REFUSED);
	w->now_ms += 60 * DESK_DAY;
	html = slip_of(w, AT_POLITIE, &consent);
	shows(html, "De wet voor de politie laat dit toe.");
	free(html);
}

static void
test_what_is_not_there_has_no_receipt(void **state)
{
	struct desk_world *w = *state;
	const struct id id = {{1}};
	char *html = NULL;
	size_t len;

	assert_int_equal(desk_slip(w->at[AT_WPI].desk, &id, w->now_ms, &html,
			     &len),
	    WH_NOT_FOUND);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    DESK_TEST(test_the_receipt_says_what_was_asked_and_how_to_stop),
	    DESK_TEST(test_no_category_or_kind_is_in_code_form),
	    DESK_TEST(test_it_is_printed_again_after_a_crash),
	    DESK_TEST(test_before_the_hub_has_it_the_receipt_says_so),
	    DESK_TEST(test_after_a_withdrawal_it_says_so_instead_of_the_code),
	    DESK_TEST(test_the_code_is_there_while_a_record_stands),
	    DESK_TEST(test_what_is_over_says_so),
	    DESK_TEST(test_a_duty_says_how_to_object),
	    DESK_TEST(test_what_a_withdrawal_does_not_end_says_so),
	    DESK_TEST(test_a_text_of_ones_own_stands_beside_what_it_means),
	    DESK_TEST(test_nothing_that_was_typed_becomes_markup),
	    DESK_TEST(test_it_is_well_formed_and_loads_nothing),
	    DESK_TEST(test_the_policy_allows_its_own_style_only),
	    DESK_TEST(test_there_is_none_before_the_resident_may_know),
	    DESK_TEST(test_what_is_not_there_has_no_receipt),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
