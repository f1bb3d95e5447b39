/* SPDX-License-Identifier: EUPL-1.2 */
#include "tests/adapters_desk_world.h"

/* A storage key that was lost, and made anew, must not go unnoticed. */

static enum wh_err
open_with(struct desk_world *w, uint8_t first, struct why *why)
{
	struct place_state *at = &w->at[AT_WPI];
	const uint8_t storage_key[32] = {first};
	const struct desk_options options = {.dir = at->dir,
	    .member = place_names[AT_WPI],
	    .keys = &at->keys,
	    .storage_key = storage_key,
	    .alliance_key = w->alliance->secret.public_key,
	    .map_bytes = 64u << 20};

	return desk_open(&options, &at->desk, why);
}

static void
test_another_storage_key_is_refused(void **state)
{
	struct desk_world *w = *state;
	struct why why = {""};

	desk_close(w->at[AT_WPI].desk);
	w->at[AT_WPI].desk = NULL;
	assert_int_equal(open_with(w, 8, &why), WH_REFUSED);
	assert_non_null(strstr(why.text, "storage_key"));
	assert_null(w->at[AT_WPI].desk);
	assert_int_equal(open_with(w, 7, &why), WH_OK);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    DESK_TEST(test_another_storage_key_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
