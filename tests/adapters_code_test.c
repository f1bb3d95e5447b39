/* SPDX-License-Identifier: EUPL-1.2 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "adapters/code.h"

/* The code as people and scanners give it back. */

#define CODE "7K3M-9QXZ-01AB-CDE2"

static void
reads(const char *typed)
{
	char code[CODE_TEXT_SIZE];
	unsigned parties;

	if (code_parse(typed, code, &parties) != WH_OK)
		fail_msg("refused: %s", typed);
	assert_string_equal(code, CODE);
	assert_int_equal(parties, 2);
}

static void
test_a_code_is_read_as_people_type_it(void **state)
{
	(void)state;
	reads(CODE);
	reads("7k3m9qxz01abcde2");
	reads(" 7K3M 9QXZ - 01AB CDE2 ");
	reads("7K3M-9QXZ-\r\n01AB-CDE2\n");
	reads("7K3M-9QXZ-OLAB-CDE2");
	reads("7k3m-9qxz-oiab-cde2");
}

static void
test_a_code_is_read_as_it_is_scanned(void **state)
{
	(void)state;
	reads(CODE_PREFIX CODE);
	reads("wijkhub:7k3m-9qxz-01ab-cde2");
	reads("  Wijkhub: 7K3M 9QXZ 01AB CDE2");
}

static void
test_what_is_no_code_is_refused(void **state)
{
	static const char *const wrong[] = {"", " ", CODE_PREFIX, "7K3M",
	    CODE "0", "7K3M-9QXZ-01AB-CDE0", "7K3M-9QXZ-01AB-CDEH",
	    "7K3M-9QXZ-01AB-CDU2", "7K3M_9QXZ-01AB-CDE2",
	    "WIJKHUB7K3M-9QXZ-01AB-CDE2", CODE_PREFIX CODE_PREFIX CODE,
	    CODE CODE_PREFIX, "https://wijkhub.example/" CODE};
	char code[CODE_TEXT_SIZE] = "unchanged";
	unsigned parties = 99;

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		if (code_parse(wrong[i], code, &parties) != WH_INVALID)
			fail_msg("accepted: %s", wrong[i]);
		assert_string_equal(code, "unchanged");
		assert_int_equal(parties, 99);
	}
}

static void
test_each_new_code_is_read_back(void **state)
{
	char code[CODE_TEXT_SIZE], read[CODE_TEXT_SIZE];
	unsigned parties;

	(void)state;
	for (unsigned n = 1; n <= CODE_PARTIES_MAX; n++) {
		code_new(code, n);
		assert_int_equal(code_parse(code, read, &parties), WH_OK);
		assert_string_equal(read, code);
		assert_int_equal(parties, n);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_a_code_is_read_as_people_type_it),
	    cmocka_unit_test(test_a_code_is_read_as_it_is_scanned),
	    cmocka_unit_test(test_what_is_no_code_is_refused),
	    cmocka_unit_test(test_each_new_code_is_read_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
