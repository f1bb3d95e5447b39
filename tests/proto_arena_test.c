/* SPDX-License-Identifier: EUPL-1.2 */
#include <setjmp.h>
#include <stdalign.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "proto/base/arena.h"

#define MAX 10000

static void
test_no_more_than_the_bound_is_handed_out(void **state)
{
	struct arena arena;
	size_t total = 0;

	(void)state;
	arena_init(&arena, MAX);
	while (arena_alloc(&arena, 100) != NULL)
		total += 100;
	assert_in_range(total, MAX * 8 / 10, MAX);
	assert_in_range(arena.used, total, MAX);
	assert_null(arena_alloc(&arena, 100));
	arena_fini(&arena);
}

static void
test_sizes_near_the_end_of_the_numbers_are_refused(void **state)
{
	struct arena arena;

	(void)state;
	arena_init(&arena, MAX);
	assert_null(arena_alloc(&arena, MAX + 1));
	assert_null(arena_alloc(&arena, SIZE_MAX));
	assert_null(arena_alloc(&arena, SIZE_MAX - 7));
	assert_non_null(arena_alloc(&arena, MAX));
	assert_null(arena_alloc(&arena, 1));
	arena_fini(&arena);
}

static void
test_what_is_handed_out_is_zero_and_aligned_also_after_a_reset(void **state)
{
	static const uint8_t zero[33];
	struct arena arena;
	uint8_t *p;
	int round, i;

	(void)state;
	arena_init(&arena, MAX);
	for (round = 0; round < 2; round++) {
		for (i = 0; i < 50; i++) {
			p = arena_alloc(&arena, sizeof(zero));
			assert_int_equal((uintptr_t)p % alignof(max_align_t),
			    0);
			assert_memory_equal(p, zero, sizeof(zero));
			memset(p, 0xff, sizeof(zero));
		}
		arena_reset(&arena);
	}
	arena_fini(&arena);
}

static void
test_a_reset_gives_the_whole_bound_back(void **state)
{
	struct arena arena;
	int i;

	(void)state;
	arena_init(&arena, MAX);
	arena_reset(&arena);
	for (i = 0; i < 20; i++) {
		assert_non_null(arena_alloc(&arena, MAX));
		arena_reset(&arena);
	}
	arena_fini(&arena);
	arena_fini(&arena);
}

static void
test_copies_do_not_share_with_their_source(void **state)
{
	uint8_t source[] = {'a', 'b', 'c'};
	struct arena arena;
	struct span dup;
	char *text;

	(void)state;
	arena_init(&arena, MAX);
	dup = arena_dup(&arena, span_of(source, 3));
	text = arena_str(&arena, span_of(source, 3));
	source[0] = 'x';
	assert_memory_equal(dup.p, "abc", 3);
	assert_string_equal(text, "abc");
	assert_non_null(arena_dup(&arena, span_of(NULL, 0)).p);
	assert_string_equal(arena_str(&arena, span_of(NULL, 0)), "");
	assert_string_equal(arena_printf(&arena, "%s-%d", text, 4), "abc-4");
	arena_fini(&arena);
}

static void
test_copies_that_pass_the_bound_are_refused(void **state)
{
	static const uint8_t big[MAX];
	struct arena arena;

	(void)state;
	arena_init(&arena, 64);
	assert_null(arena_str(&arena, span_of(big, 64)));
	assert_null(arena_dup(&arena, span_of(big, 65)).p);
	assert_null(arena_printf(&arena, "%100d", 1));
	assert_non_null(arena_str(&arena, span_of(big, 63)));
	arena_fini(&arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_no_more_than_the_bound_is_handed_out),
	    cmocka_unit_test(
		test_sizes_near_the_end_of_the_numbers_are_refused),
	    cmocka_unit_test(
		test_what_is_handed_out_is_zero_and_aligned_also_after_a_reset),
	    cmocka_unit_test(test_a_reset_gives_the_whole_bound_back),
	    cmocka_unit_test(test_copies_do_not_share_with_their_source),
	    cmocka_unit_test(test_copies_that_pass_the_bound_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
