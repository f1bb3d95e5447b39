/* SPDX-License-Identifier: EUPL-1.2 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/proto_wire_samples.h"

/* What a member reports on the end of a permission. */

static struct arena arena;

static int
arena_open(void **state)
{
	(void)state;
	arena_init(&arena, FRAME_ARENA_MAX);
	return 0;
}

static int
arena_close(void **state)
{
	(void)state;
	arena_fini(&arena);
	return 0;
}

static void
test_a_report_comes_out_as_it_went_in(void **state)
{
	const struct carried *a = &sample_carried;
	struct carried b;
	uint8_t *bytes = NULL;
	size_t len = 0;

	(void)state;
	assert_int_equal(wire_carried_write(a, &bytes, &len), WH_OK);
	assert_int_equal(wire_carried_read(&arena, span_of(bytes, len), &b,
			     NULL),
	    WH_OK);
	assert_true(id_equal(&a->report_id, &b.report_id));
	assert_true(id_equal(&a->permission_id, &b.permission_id));
	assert_int_equal(a->epoch, b.epoch);
	assert_string_equal(a->by_member, b.by_member);
	assert_int_equal(a->at_ms, b.at_ms);
	assert_int_equal(a->more, b.more);
	assert_int_equal(a->count, b.count);
	for (size_t i = 0; i < a->count; i++) {
		assert_true(id_equal(&a->messages[i].message_id,
		    &b.messages[i].message_id));
		assert_int_equal(a->messages[i].reach, b.messages[i].reach);
		assert_string_equal(a->messages[i].article,
		    b.messages[i].article);
	}
	mem_free(bytes);
}

/* A ground is one word, and nothing was recalled by who has it. */
static void
test_a_report_says_only_what_a_recipient_can(void **state)
{
	static const struct message_reach wrong[] = {
	    {{{1}}, REACH_RECALLED, ""},
	    {{{1}}, REACH_DELIVERED_UNREAD, ""},
	    {{{1}}, REACH_RETAINED, ""},
	    {{{1}}, REACH_ERASED, "Archiefwet-3"},
	    {{{1}}, REACH_RETAINED, "omdat mevrouw dat wil"},
	};
	struct carried report = sample_carried;
	uint8_t *bytes = NULL;
	size_t len = 0;

	(void)state;
	report.count = 1;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		report.messages = &wrong[i];
		assert_int_equal(wire_carried_write(&report, &bytes, &len),
		    WH_INVALID);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_a_report_comes_out_as_it_went_in),
	    cmocka_unit_test(test_a_report_says_only_what_a_recipient_can),
	};

	return cmocka_run_group_tests(tests, arena_open, arena_close);
}
