/* SPDX-License-Identifier: EUPL-1.2 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "proto/base/err.h"

static void
test_every_error_has_a_name_of_its_own(void **state)
{
	int a, b;

	(void)state;
	for (a = WH_OK; a <= WH_REFUSED; a++)
		for (b = WH_OK; b < a; b++)
			assert_string_not_equal(wh_err_str((enum wh_err)a),
			    wh_err_str((enum wh_err)b));
}

static void
test_a_number_from_elsewhere_has_a_name_too(void **state)
{
	(void)state;
	assert_string_equal(wh_err_str((enum wh_err)(WH_REFUSED + 1)),
	    "unknown error");
}

static void
test_an_explanation_comes_with_its_error(void **state)
{
	struct why why;

	(void)state;
	assert_int_equal(why_set(&why, WH_FULL, "%s:%d: no room", "a", 7),
	    WH_FULL);
	assert_string_equal(why.text, "a:7: no room");
	assert_int_equal(why_set(NULL, WH_IO, "unread"), WH_IO);
}

static void
test_a_long_explanation_is_cut_and_ends(void **state)
{
	char text[2 * WHY_MAX];
	struct why why;

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	why_set(&why, WH_INVALID, "%s", text);
	assert_int_equal(strlen(why.text), WHY_MAX - 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_every_error_has_a_name_of_its_own),
	    cmocka_unit_test(test_a_number_from_elsewhere_has_a_name_too),
	    cmocka_unit_test(test_an_explanation_comes_with_its_error),
	    cmocka_unit_test(test_a_long_explanation_is_cut_and_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
