/* SPDX-License-Identifier: EUPL-1.2 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "proto/base/mem.h"

static void
test_new_memory_is_zero_also_of_size_zero(void **state)
{
	static const uint8_t zero[64];
	uint8_t *p = mem_new(sizeof(zero));

	(void)state;
	assert_memory_equal(p, zero, sizeof(zero));
	mem_free(p);
	p = mem_new(0);
	assert_non_null(p);
	mem_free(p);
}

static void
test_growing_keeps_what_was_there(void **state)
{
	uint8_t *p = mem_dup(span_str("kept"));

	(void)state;
	p = mem_grow(p, 4096);
	assert_memory_equal(p, "kept", 4);
	mem_free(p);
}

static void
test_a_copy_has_a_nul_behind_it(void **state)
{
	char *copy = mem_dup(span_of("ab\0cd!", 5));

	(void)state;
	assert_memory_equal(copy, "ab\0cd\0", 6);
	mem_free(copy);
	copy = mem_dup(span_of(NULL, 0));
	assert_string_equal(copy, "");
	mem_free(copy);
	copy = mem_strdup("text");
	assert_string_equal(copy, "text");
	mem_free(copy);
}

static void
test_wiping_leaves_nothing(void **state)
{
	static const uint8_t zero[16];
	uint8_t secret[16];

	(void)state;
	memset(secret, 0xa5, sizeof(secret));
	mem_wipe(secret, sizeof(secret));
	assert_memory_equal(secret, zero, sizeof(secret));
	mem_wipe_free(NULL, 16);
	mem_wipe_free(mem_strdup("secret"), 6);
}

static void
test_text_that_does_not_fit_is_refused_whole(void **state)
{
	char dst[5] = "old";

	(void)state;
	assert_int_equal(str_copy(dst, sizeof(dst), "fives"), WH_TOO_BIG);
	assert_string_equal(dst, "old");
	assert_int_equal(str_copy(dst, sizeof(dst), "four"), WH_OK);
	assert_string_equal(dst, "four");
	assert_int_equal(str_copy(dst, 0, ""), WH_TOO_BIG);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_new_memory_is_zero_also_of_size_zero),
	    cmocka_unit_test(test_growing_keeps_what_was_there),
	    cmocka_unit_test(test_a_copy_has_a_nul_behind_it),
	    cmocka_unit_test(test_wiping_leaves_nothing),
	    cmocka_unit_test(test_text_that_does_not_fit_is_refused_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
