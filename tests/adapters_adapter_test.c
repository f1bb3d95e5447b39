/* SPDX-License-Identifier: EUPL-1.2 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "adapters/adapter.h"
#include "proto/base/mem.h"

static void
test_header_names_do_not_mind_case(void **state)
{
	static const struct adapter_header headers[] = {
	    {"Content-Type", "application/json"},
	    {"X-Request-Id", "1"},
	    {"x-request-id", "2"},
	};
	struct adapter_in in = {.headers = headers, .header_count = 3};

	(void)state;
	assert_string_equal(adapter_in_header(&in, "x-REQUEST-id"), "1");
	assert_null(adapter_in_header(&in, "X-Request"));
	in.header_count = 0;
	assert_null(adapter_in_header(&in, "Content-Type"));
}

static void
test_reject_lets_go_of_what_was_built(void **state)
{
	struct action action = {.kind = ACTION_REFERRAL, .body = json_object()};
	json_t *body = json_incref(action.body);

	(void)state;
	action_reject(&action, "StUF055", "object/identificatie",
	    "%d tekens, hoogstens %d", 41, 40);
	assert_int_equal(action.kind, ACTION_REJECT);
	assert_null(action.body);
	assert_int_equal(body->refcount, 1);
	assert_string_equal(action.code, "StUF055");
	assert_string_equal(action.field, "object/identificatie");
	assert_string_equal(action.text, "41 tekens, hoogstens 40");
	json_decref(body);
	action_fini(&action);
}

static void
test_reject_cuts_what_is_too_long(void **state)
{
	struct action action = {.kind = ACTION_NOTHING};
	char wide[400];

	(void)state;
	memset(wide, 'a', sizeof(wide) - 1);
	wide[sizeof(wide) - 1] = '\0';
	action_reject(&action, wide, wide, "%s", wide);
	assert_int_equal(strlen(action.code), sizeof(action.code) - 1);
	assert_int_equal(strlen(action.field), sizeof(action.field) - 1);
	assert_int_equal(strlen(action.text), sizeof(action.text) - 1);
	action_fini(&action);
}

static void
test_fini_frees_everything_and_may_be_repeated(void **state)
{
	struct action action = {.kind = ACTION_EVENT, .body = json_object()};
	struct adapter_reply reply = {.status = 200,
	    .body = mem_strdup("<x/>"),
	    .len = 4};
	struct step step = {.kind = STEP_REQUEST,
	    .method = "POST",
	    .url = mem_strdup("/stuf"),
	    .headers = {mem_strdup("A: b"), mem_strdup("C: d")},
	    .body = mem_strdup("{}"),
	    .len = 2,
	    .context = json_object(),
	    .event = json_object()};

	(void)state;
	for (int round = 0; round < 2; round++) {
		action_fini(&action);
		adapter_reply_fini(&reply);
		step_fini(&step);
	}
	assert_null(action.body);
	assert_null(reply.body);
	assert_int_equal(reply.status, 0);
	assert_null(step.url);
	assert_null(step.headers[0]);
	assert_null(step.body);
	assert_null(step.context);
	assert_null(step.event);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_header_names_do_not_mind_case),
	    cmocka_unit_test(test_reject_lets_go_of_what_was_built),
	    cmocka_unit_test(test_reject_cuts_what_is_too_long),
	    cmocka_unit_test(test_fini_frees_everything_and_may_be_repeated),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
