/* SPDX-License-Identifier: EUPL-1.2 */
#include "tests/adapters_wpi.h"

#define KNOWN "44444444-4444-4444-8444-444444444444"

static void
test_what_the_settings_must_say(void **state)
{
	static const char *const none[] = {NULL};
	static const char *const actor[] = {"actor", "wij", NULL};
	static const char *const actors[] = {"actor", ACTOR, "actoren",
	    "werk=wij", NULL};
	static const char *const terms[] = {"actor", ACTOR, "termijnen",
	    "werk=veel", NULL};
	static const char *const open_url[] = {"actor", ACTOR, "zaken",
	    "https://a.example/api", NULL};
	static const char *const plain_url[] = {"actor", ACTOR, "zaken",
	    "http://a.example/", NULL};
	static const char *const event[] = {"actor", ACTOR, "statustypen",
	    KNOWN "=annuleren", NULL};
	static const char *const code[] = {"actor", ACTOR, "verwerkt",
	    "afronden", NULL};
	static const char *const reason[] = {"actor", ACTOR, "verwerkt",
	    "afronden:NO_CAPACITY", NULL};
	static const char *const file[] = {"actor", ACTOR, "klant_token",
	    "geheim", NULL};
	static const char *const absent[] = {"actor", ACTOR, "klant_token",
	    "/nergens/geheim", NULL};
	static const char *const client[] = {"actor", ACTOR, "zgw_client", "a",
	    NULL};
	static const char *const choice[] = {"actor", ACTOR, "bsn", "soms",
	    NULL};
	static const char *const *const all[] = {none, actor, actors, terms,
	    open_url, plain_url, event, code, reason, file, absent, client,
	    choice};
	struct why why;
	void *adapter = NULL;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(all); i++) {
		why.text[0] = '\0';
		test_settings = all[i];
		assert_int_not_equal(wpi_ops.open(&test_env, &adapter, &why),
		    WH_OK);
		assert_string_not_equal(why.text, "");
		assert_null(adapter);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_what_the_settings_must_say),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
