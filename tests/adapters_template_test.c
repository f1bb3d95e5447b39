/* SPDX-License-Identifier: EUPL-1.2 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "adapters/template.h"
#include "proto/base/mem.h"

/* Places, sections, and no way for data to become markup. */

static void
gives(const char *text, enum template_kind kind, const char *data,
    const char *expected)
{
	json_t *json = json_loads(data, 0, NULL);
	char *out = NULL;
	size_t len = 0;

	assert_non_null(json);
	assert_int_equal(template_render(text, kind, json, &out, &len), WH_OK);
	assert_string_equal(out, expected);
	assert_int_equal(len, strlen(expected));
	mem_free(out);
	json_decref(json);
}

static void
refuses(const char *text, const char *data)
{
	json_t *json = json_loads(data, 0, NULL);
	char *out = NULL;
	size_t len;

	assert_non_null(json);
	if (template_render(text, TEMPLATE_HTML, json, &out, &len) !=
	    WH_INVALID)
		fail_msg("%s with %s gave %s", text, data, out);
	json_decref(json);
}

static void
test_places_are_filled(void **state)
{
	(void)state;
	gives("", TEMPLATE_TEXT, "{}", "");
	gives("niets", TEMPLATE_TEXT, "{}", "niets");
	gives("a {{x}} b {{n}}", TEMPLATE_TEXT, "{\"x\": \"<&>\", \"n\": 3}",
	    "a <&> b 3");
	gives("{{x}}", TEMPLATE_TEXT, "{\"x\": \"{{y}}\"}", "{{y}}");
}

static void
test_sections_repeat_choose_and_nest(void **state)
{
	(void)state;
	gives("{{#l}}- {{.}}\n{{/l}}", TEMPLATE_TEXT,
	    "{\"l\": [\"een\", \"twee\"]}", "- een\n- twee\n");
	gives("{{#l}}{{a}}{{b}};{{/l}}", TEMPLATE_TEXT,
	    "{\"b\": \"!\", \"l\": [{\"a\": 1}, {\"a\": 2, \"b\": \"?\"}]}",
	    "1!;2?;");
	gives("{{#o}}{{a}}{{/o}}", TEMPLATE_TEXT, "{\"o\": {\"a\": \"x\"}}",
	    "x");
	gives("{{#l}}{{#m}}{{.}}{{/m}}|{{/l}}", TEMPLATE_TEXT,
	    "{\"l\": [{\"m\": [1, 2]}, {\"m\": []}]}", "12||");
	gives("{{#no}}a{{/no}}{{^no}}b{{/no}}", TEMPLATE_TEXT,
	    "{\"no\": false}", "b");
	gives("{{#no}}a{{/no}}{{^no}}b{{/no}}", TEMPLATE_TEXT, "{\"no\": []}",
	    "b");
	gives("{{#no}}a{{/no}}{{^no}}b{{/no}}", TEMPLATE_TEXT, "{}", "b");
	gives("{{#no}}a{{/no}}{{^no}}b{{/no}}", TEMPLATE_TEXT, "{\"no\": true}",
	    "a");
}

static void
test_what_does_not_fit_is_refused(void **state)
{
	(void)state;
	refuses("{{x}}", "{}");
	refuses("{{x}}", "{\"x\": []}");
	refuses("{{x}}", "{\"x\": null}");
	refuses("{{x", "{\"x\": \"\"}");
	refuses("{{}}", "{}");
	refuses("{{#x}}", "{\"x\": true}");
	refuses("{{/x}}", "{\"x\": true}");
	refuses("{{#x}}{{#y}}{{/x}}{{/y}}", "{\"x\": true, \"y\": true}");
	refuses("{{#a}}{{#b}}{{#c}}{{#d}}{{#e}}{{#f}}{{#g}}{{#h}}{{#i}}."
		"{{/i}}{{/h}}{{/g}}{{/f}}{{/e}}{{/d}}{{/c}}{{/b}}{{/a}}",
	    "{\"a\": 1, \"b\": 1, \"c\": 1, \"d\": 1, \"e\": 1, \"f\": 1, "
	    "\"g\": 1, \"h\": 1, \"i\": 1}");
}

static void
test_data_never_becomes_markup(void **state)
{
	static const char *const attacks[][2] = {
	    {"<script>alert(1)</script>",
		"&lt;script&gt;alert(1)&lt;/script&gt;"},
	    {"\" onload=\"x", "&quot; onload=&quot;x"},
	    {"' onload='x", "&#39; onload=&#39;x"},
	    {"&lt;", "&amp;lt;"},
	    {"]]><!--", "]]&gt;&lt;!--"},
	    {"a\x01\x7f"
	     "b",
		"a\xef\xbf\xbd\xef\xbf\xbd"
		"b"},
	    {"José\tRegel\n2", "José\tRegel\n2"},
	};
	char *out;
	json_t *data;

	(void)state;
	for (size_t i = 0; i < sizeof(attacks) / sizeof(attacks[0]); i++) {
		out = template_escape(attacks[i][0]);
		assert_string_equal(out, attacks[i][1]);
		mem_free(out);
		data = json_pack("{s:s, s:[s]}", "x", attacks[i][0], "l",
		    attacks[i][0]);
		out = json_dumps(data, 0);
		gives("{{x}}", TEMPLATE_HTML, out, attacks[i][1]);
		gives("{{#l}}{{.}}{{/l}}", TEMPLATE_HTML, out, attacks[i][1]);
		free(out);
		json_decref(data);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_places_are_filled),
	    cmocka_unit_test(test_sections_repeat_choose_and_nest),
	    cmocka_unit_test(test_what_does_not_fit_is_refused),
	    cmocka_unit_test(test_data_never_becomes_markup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
