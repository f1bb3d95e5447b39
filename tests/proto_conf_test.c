/* SPDX-License-Identifier: EUPL-1.2 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "proto/base/conf.h"
#include "proto/base/file.h"
#include "proto/base/mem.h"
#include "tests/support.h"

struct item {
	char *id;
	uint16_t weight;
};

struct settings {
	char *name;
	uint16_t port;
	bool strict;
	struct item *items;
	unsigned items_count;
};

static const cyaml_schema_field_t item_fields[] = {CYAML_FIELD_STRING_PTR("id",
						       CYAML_FLAG_POINTER,
						       struct item, id, 1, 20),
    CYAML_FIELD_UINT("weight", CYAML_FLAG_OPTIONAL, struct item, weight),
    CYAML_FIELD_END};

static const cyaml_schema_value_t item_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct item, item_fields)};

static const cyaml_schema_field_t fields[] = {CYAML_FIELD_STRING_PTR("name",
						  CYAML_FLAG_POINTER,
						  struct settings, name, 1, 20),
    CYAML_FIELD_UINT("port", CYAML_FLAG_DEFAULT, struct settings, port),
    CONF_FIELD_BOOL("strict", CYAML_FLAG_OPTIONAL, struct settings, strict),
    CYAML_FIELD_SEQUENCE("items", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL,
	struct settings, items, &item_schema, 0, 5),
    CYAML_FIELD_END};

static const cyaml_schema_value_t schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct settings, fields)};

static const char good[] = "# a comment\n"
			   "name: hub\n"
			   "port: 5555\n"
			   "\n"
			   "items:\n"
			   "  - id: one\n"
			   "    weight: 3\n"
			   "  - id: two\n";

static enum wh_err
load(const char *text, struct settings **out, struct why *why)
{
	void *data = NULL;
	enum wh_err err =
	    conf_load_text("hub.yaml", span_str(text), &schema, &data, why);

	*out = data;
	return err;
}

static void
refused(const char *text, const char *where, const char *what)
{
	struct settings *settings = NULL;
	struct why why = {""};

	assert_int_equal(load(text, &settings, &why), WH_INVALID);
	assert_null(settings);
	if (strncmp(why.text, where, strlen(where)) != 0 ||
	    strstr(why.text, what) == NULL)
		fail_msg("\"%s\" is not \"%s\" with \"%s\"", why.text, where,
		    what);
}

static void
test_a_good_file_is_read_whole(void **state)
{
	struct settings *settings = NULL;

	(void)state;
	assert_int_equal(load(good, &settings, NULL), WH_OK);
	assert_string_equal(settings->name, "hub");
	assert_int_equal(settings->port, 5555);
	assert_false(settings->strict);
	assert_int_equal(settings->items_count, 2);
	assert_int_equal(settings->items[0].weight, 3);
	assert_string_equal(settings->items[1].id, "two");
	conf_free(&schema, settings);
	conf_free(&schema, NULL);
}

static void
test_an_unknown_key_is_refused_at_its_line(void **state)
{
	(void)state;
	refused("name: hub\nport: 1\ncolour: red\n", "hub.yaml:3: ", "colour");
	refused("colour: red\nname: hub\nport: 1\n", "hub.yaml:1: ", "colour");
	refused("name: hub\nport: 1\nitems:\n  - id: a\n    colour: red\n",
	    "hub.yaml:5: ", "colour");
}

static void
test_a_bad_type_is_refused_at_its_line(void **state)
{
	(void)state;
	refused("name: hub\nport: many\n", "hub.yaml:2: ", "many");
	refused("name: hub\nport: 65536\n", "hub.yaml:2: ", "");
	refused("name: hub\nport: -1\n", "hub.yaml:2: ", "");
	refused("name:\n  - a\nport: 1\n", "hub.yaml:2: ", "");
	refused("name: hub\nport: 1\nitems:\n  - id: a\n  - id: b\n"
		"    weight: heavy\n",
	    "hub.yaml:6: ", "heavy");
}

static void
test_a_missing_key_is_refused_by_its_name(void **state)
{
	(void)state;
	refused("# only\nname: hub\n", "hub.yaml:2: ", "port");
	refused("name: hub\nport: 1\nitems:\n  - id: a\n  - weight: 2\n",
	    "hub.yaml:5: ", "id");
}

static void
test_a_key_that_comes_twice_is_refused_at_its_line(void **state)
{
	(void)state;
	refused("name: hub\nport: 1\nname: other\n", "hub.yaml:", "name");
}

static void
test_what_is_no_yaml_is_refused(void **state)
{
	(void)state;
	refused("name: hub\nport: [1\n", "hub.yaml:", "");
	refused("name: hub\n\tport: 1\n", "hub.yaml:", "");
	refused("\xff\xfe\xfd", "hub.yaml:", "");
	refused("", "hub.yaml:1: ", "empty");
	refused("# nothing\n", "hub.yaml:1: ", "empty");
	refused("- a\n- b\n", "hub.yaml:1: ", "");
}

static void
test_aliases_are_refused(void **state)
{
	(void)state;
	refused("name: &x hub\nport: 1\nitems:\n  - id: *x\n",
	    "hub.yaml:", "lias");
}

static void
test_only_true_and_false_are_booleans(void **state)
{
	static const char *const rows[] = {"yes", "no", "on", "flase", "1",
	    "\"\""};
	struct settings *settings = NULL;
	char text[64];
	size_t i;

	(void)state;
	assert_int_equal(load("name: a\nport: 1\nstrict: true\n", &settings,
			     NULL),
	    WH_OK);
	assert_true(settings->strict);
	conf_free(&schema, settings);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		snprintf(text, sizeof(text), "name: a\nport: 1\nstrict: %s\n",
		    rows[i]);
		refused(text, "hub.yaml:3: ", "");
	}
}

static void
test_a_file_is_named_in_its_mistakes(void **state)
{
	char *dir = support_dir_new();
	char *path = support_path(dir, "hub.yaml");
	void *data = NULL;
	struct why why;

	(void)state;
	assert_int_equal(conf_load(path, &schema, &data, &why), WH_NOT_FOUND);
	assert_non_null(strstr(why.text, "hub.yaml: "));
	assert_int_equal(file_write(path, span_str("name: a\nport: x\n"), 0600,
			     NULL),
	    WH_OK);
	assert_int_equal(conf_load(path, &schema, &data, &why), WH_INVALID);
	assert_non_null(strstr(why.text, "/hub.yaml:2: "));
	assert_null(data);
	assert_int_equal(file_write(path, span_str(good), 0600, NULL), WH_OK);
	assert_int_equal(conf_load(path, &schema, &data, &why), WH_OK);
	conf_free(&schema, data);
	free(path);
	support_dir_remove(dir);
}

static const char lists[] = "first: [a, b,\n"
			    "  c]\n"
			    "deep:\n"
			    "  items: [no]\n"
			    "name: items\n"
			    "anchor: &x {id: a}\n"
			    "items:\n"
			    "  - id: one\n"
			    "    list: [1, 2]\n"
			    "\n"
			    "  - *x\n"
			    "  # between\n"
			    "  - {id: three}\n"
			    "  - four\n"
			    "last:\n"
			    "  - z\n";

static void
test_the_line_of_each_item_of_a_list_is_found(void **state)
{
	struct span text = span_str(lists);

	(void)state;
	assert_int_equal(conf_line(text, "items", 0), 8);
	assert_int_equal(conf_line(text, "items", 1), 11);
	assert_int_equal(conf_line(text, "items", 2), 13);
	assert_int_equal(conf_line(text, "items", 3), 14);
	assert_int_equal(conf_line(text, "first", 1), 1);
	assert_int_equal(conf_line(text, "first", 2), 2);
	assert_int_equal(conf_line(text, "last", 0), 16);
}

static void
test_an_item_that_is_not_there_has_no_line(void **state)
{
	struct span text = span_str(lists);

	(void)state;
	assert_int_equal(conf_line(text, "items", 4), 0);
	assert_int_equal(conf_line(text, "absent", 0), 0);
	assert_int_equal(conf_line(text, "name", 0), 0);
	assert_int_equal(conf_line(text, "id", 0), 0);
	assert_int_equal(conf_line(span_str("a: [1\n"), "a", 7), 0);
	assert_int_equal(conf_line(span_str("- a\n- b\n"), "a", 0), 0);
	assert_int_equal(conf_line(span_of(NULL, 0), "a", 0), 0);
}

static void
test_the_line_of_a_key_is_found_within_its_part(void **state)
{
	struct span text = span_str(lists);

	(void)state;
	assert_int_equal(conf_key_line(text, 0, 0, "items"), 7);
	assert_int_equal(conf_key_line(text, 0, 0, "name"), 5);
	assert_int_equal(conf_key_line(text, 8, 0, "list"), 9);
	assert_int_equal(conf_key_line(text, 8, 9, "absent"), 8);
	assert_int_equal(conf_key_line(text, 0, 0, "absent"), 1);
}

static void
test_paths_in_a_file_start_where_that_file_is(void **state)
{
	static const char *const rows[][3] = {{"/etc/wijkhub/hub.yaml",
						  "keys/hub",
						  "/etc/wijkhub/keys/hub"},
	    {"/etc/wijkhub/hub.yaml", "/keys/hub", "/keys/hub"},
	    {"hub.yaml", "keys", "./keys"}, {"/hub.yaml", "keys", "//keys"},
	    {"a/hub.yaml", "../keys", "a/../keys"}};
	char *path;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		path = conf_path(rows[i][0], rows[i][1]);
		assert_string_equal(path, rows[i][2]);
		mem_free(path);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_a_good_file_is_read_whole),
	    cmocka_unit_test(test_an_unknown_key_is_refused_at_its_line),
	    cmocka_unit_test(test_a_bad_type_is_refused_at_its_line),
	    cmocka_unit_test(test_a_missing_key_is_refused_by_its_name),
	    cmocka_unit_test(
		test_a_key_that_comes_twice_is_refused_at_its_line),
	    cmocka_unit_test(test_what_is_no_yaml_is_refused),
	    cmocka_unit_test(test_aliases_are_refused),
	    cmocka_unit_test(test_only_true_and_false_are_booleans),
	    cmocka_unit_test(test_a_file_is_named_in_its_mistakes),
	    cmocka_unit_test(test_the_line_of_each_item_of_a_list_is_found),
	    cmocka_unit_test(test_an_item_that_is_not_there_has_no_line),
	    cmocka_unit_test(test_the_line_of_a_key_is_found_within_its_part),
	    cmocka_unit_test(test_paths_in_a_file_start_where_that_file_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
