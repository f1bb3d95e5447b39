/* SPDX-License-Identifier: EUPL-1.2 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "adapters/token.h"

#define TOKEN "abcdefghijklmnop0123"

static void
test_a_token_alone_may_do_everything(void **state)
{
	struct hash digest = hash_span(span_str(TOKEN));
	struct token token;

	(void)state;
	assert_int_equal(token_read(TOKEN, &token, NULL), WH_OK);
	assert_int_equal(token.caller.roles, ROLE_ALL);
	assert_memory_equal(token.digest.b, digest.b, HASH_LEN);
	assert_int_equal(strncmp(token.caller.label, "token-", 6), 0);
	assert_null(strstr(token.caller.label, "abcd"));
}

static void
test_label_and_roles_are_read(void **state)
{
	struct token token;

	(void)state;
	assert_int_equal(token_read(TOKEN "  b-bakker", &token, NULL), WH_OK);
	assert_string_equal(token.caller.label, "b-bakker");
	assert_int_equal(token.caller.roles, ROLE_ALL);
	assert_int_equal(token_read(TOKEN " balie professional", &token, NULL),
	    WH_OK);
	assert_int_equal(token.caller.roles, ROLE_PROFESSIONAL);
	assert_int_equal(token_read(TOKEN "\tfg privacy-officer,operator",
			     &token, NULL),
	    WH_OK);
	assert_int_equal(token.caller.roles, ROLE_OFFICER | ROLE_OPERATOR);
}

static void
test_a_line_that_is_wrong_is_refused_without_repeating_it(void **state)
{
	static const char *const wrong[] = {"", "kort", TOKEN "\x80",
	    TOKEN " B.Bakker", TOKEN " bakker baas",
	    TOKEN " bakker professional,", TOKEN " bakker ,professional",
	    TOKEN " bakker professional meer",
	    TOKEN " een-label-dat-langer-is-dan-er-mag-staan", "=" TOKEN};
	struct token token;
	struct why why;

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		why.text[0] = '\0';
		assert_int_equal(token_read(wrong[i], &token, &why),
		    WH_INVALID);
		assert_true(why.text[0] != '\0');
		assert_null(strstr(why.text, "bcdefg"));
		assert_null(strstr(why.text, "akker"));
	}
}

static void
test_roles_have_one_word_each(void **state)
{
	(void)state;
	assert_string_equal(role_text(ROLE_OFFICER), "privacy-officer");
	assert_string_equal(role_text(ROLE_OPERATOR), "operator");
	assert_null(role_text(ROLE_ALL));
	assert_null(role_text(0));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_a_token_alone_may_do_everything),
	    cmocka_unit_test(test_label_and_roles_are_read),
	    cmocka_unit_test(
		test_a_line_that_is_wrong_is_refused_without_repeating_it),
	    cmocka_unit_test(test_roles_have_one_word_each),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
