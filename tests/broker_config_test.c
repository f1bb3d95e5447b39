/* SPDX-License-Identifier: EUPL-1.2 */
#include <stdio.h>

#include "broker/config.h"
#include "proto/base/file.h"
#include "tests/broker_world.h"

/* The broker's file: what it may say, and what is said of a mistake. */

struct place {
	char *dir;
	char *file;
};

static int
setup(void **state)
{
	struct place *p = mem_new(sizeof(*p));
	struct key_secrets keys;

	p->dir = support_dir_new();
	p->file = support_path(p->dir, "broker.yaml");
	assert_int_equal(key_secrets_new(KEYFILE_HUB, &keys), WH_OK);
	assert_int_equal(keyfile_write(p->dir, "hub", &keys, NULL), WH_OK);
	assert_int_equal(key_secrets_new(KEYFILE_ALLIANCE, &keys), WH_OK);
	assert_int_equal(keyfile_write(p->dir, "alliance", &keys, NULL), WH_OK);
	*state = p;
	return 0;
}

static int
teardown(void **state)
{
	struct place *p = *state;

	free(p->file);
	support_dir_remove(p->dir);
	mem_free(p);
	return 0;
}

#define SOUND                                                                  \
	"endpoint: tcp://127.0.0.1:5555\n"                                     \
	"dir: data\n"                                                          \
	"register: register.bin\n"
#define KEYS "keys: hub.secret\nalliance: alliance.pub\n"

static enum wh_err
load(struct place *p, const char *text, struct broker_config **out,
    struct why *why)
{
	assert_int_equal(file_write(p->file, span_str(text), 0600, NULL),
	    WH_OK);
	return broker_config_load(p->file, out, why);
}

static void
test_paths_are_relative_to_the_file_and_the_rest_has_defaults(void **state)
{
	struct place *p = *state;
	struct broker_config *config = NULL;
	struct loop_options options;
	struct why why = {""};
	char *data = support_path(p->dir, "data");
	char *control = support_path(p->dir, "data/control.sock");

	if (load(p, SOUND KEYS, &config, &why) != WH_OK)
		fail_msg("%s", why.text);
	options = broker_config_loop(config);
	assert_string_equal(options.dir, data);
	assert_string_equal(options.control, control);
	assert_string_equal(options.endpoint, "tcp://127.0.0.1:5555");
	assert_true(options.map_bytes == (size_t)1024 * 1024 * 1024);
	assert_true(options.segment_bytes >= LOOP_SEGMENT_MIN);
	assert_int_equal(options.commit_ms, 200);
	assert_int_equal(options.keys->kind, KEYFILE_HUB);
	broker_config_free(config);
	free(data);
	free(control);
}

static void
test_each_mistake_is_named(void **state)
{
	static const struct {
		const char *text;
		const char *named;
	} mistakes[] = {
	    {SOUND KEYS "colour: blue\n", "colour"},
	    {SOUND, "keys"},
	    {SOUND KEYS "segment_mib: 4\n", "segment_mib"},
	    {SOUND KEYS "map_mib: 3\n", "map_mib"},
	    {SOUND KEYS "commit_ms: 60000\n", "commit_ms"},
	    {SOUND "keys: alliance.secret\nalliance: alliance.pub\n",
		"not the keys of a hub"},
	    {SOUND "keys: hub.secret\nalliance: hub.pub\n",
		"not the key of an alliance"},
	    {SOUND "keys: nowhere.secret\nalliance: alliance.pub\n",
		"nowhere.secret"},
	};

	for (size_t i = 0; i < sizeof(mistakes) / sizeof(*mistakes); i++) {
		struct broker_config *config = NULL;
		struct why why = {""};

		assert_int_not_equal(load(*state, mistakes[i].text, &config,
					 &why),
		    WH_OK);
		assert_null(config);
		if (strstr(why.text, mistakes[i].named) == NULL)
			fail_msg("'%s' does not name %s", why.text,
			    mistakes[i].named);
	}
}

#define PLACE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    PLACE(
		test_paths_are_relative_to_the_file_and_the_rest_has_defaults),
	    PLACE(test_each_mistake_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
