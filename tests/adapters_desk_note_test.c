/* SPDX-License-Identifier: EUPL-1.2 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "adapters/desk.h"
#include "adapters/dossier.h"
#include "tests/support.h"

static const struct id some_case = {{1}};

struct world {
	char *dir;
	struct desk *desk;
};

static void
world_start(struct world *w)
{
	static const struct key_secrets keys;
	static const uint8_t key[32] = {7};
	const struct desk_options options = {.dir = w->dir,
	    .member = "wpi",
	    .keys = &keys,
	    .storage_key = key,
	    .alliance_key = key,
	    .map_bytes = 16u << 20};

	assert_int_equal(desk_open(&options, &w->desk, NULL), WH_OK);
}

static void
put(struct world *w, const char *text)
{
	json_t *dossier = json_loads(text, 0, NULL);
	struct kv_txn *txn = NULL;

	assert_int_equal(kv_begin(desk_kv(w->desk), KV_READ_WRITE, &txn),
	    WH_OK);
	assert_int_equal(dossier_put(txn, desk_vault(w->desk), &some_case,
			     dossier),
	    WH_OK);
	assert_int_equal(kv_commit(&txn), WH_OK);
	json_decref(dossier);
}

static enum wh_err
note(struct world *w, const char *text)
{
	json_t *value = json_loads(text, 0, NULL);
	enum wh_err err = desk_note(w->desk, &some_case, value);

	json_decref(value);
	return err;
}

static void
expect(struct world *w, const char *text)
{
	json_t *want = json_loads(text, 0, NULL);
	json_t *got = NULL;

	assert_int_equal(desk_dossier_full(w->desk, &some_case, &got), WH_OK);
	assert_true(json_equal(got, want));
	json_decref(got);
	json_decref(want);
}

static int
world_open(void **state)
{
	static struct world w;

	w.dir = support_dir_new();
	world_start(&w);
	*state = &w;
	return 0;
}

static int
world_close(void **state)
{
	struct world *w = *state;

	desk_close(w->desk);
	support_dir_remove(w->dir);
	return 0;
}

static void
test_a_note_is_there_after_a_restart(void **state)
{
	struct world *w = *state;

	put(w, "{\"type\": \"werk\"}");
	assert_int_equal(note(w, "{\"taak\": \"1\"}"), WH_OK);
	desk_close(w->desk);
	world_start(w);
	expect(w, "{\"type\": \"werk\", \"bron\": {\"taak\": \"1\"}}");
}

static void
test_notes_are_merged_and_repeating_one_changes_nothing(void **state)
{
	struct world *w = *state;

	put(w, "{\"type\": \"werk\", \"bron\": {\"a\": 1, \"b\": 2}}");
	assert_int_equal(note(w, "{\"b\": 3, \"c\": {\"d\": 4}}"), WH_OK);
	assert_int_equal(note(w, "{\"b\": 3, \"c\": {\"d\": 4}}"), WH_OK);
	expect(w, "{\"type\": \"werk\", \"bron\": {\"a\": 1, \"b\": 3,"
		  "\"c\": {\"d\": 4}}}");
}

static void
test_a_note_needs_a_referral_and_an_object(void **state)
{
	struct world *w = *state;

	assert_int_equal(note(w, "{\"taak\": \"1\"}"), WH_NOT_FOUND);
	put(w, "{\"type\": \"werk\"}");
	assert_int_equal(note(w, "[1]"), WH_INVALID);
	expect(w, "{\"type\": \"werk\"}");
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, world_open, world_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_a_note_is_there_after_a_restart),
	    TEST(test_notes_are_merged_and_repeating_one_changes_nothing),
	    TEST(test_a_note_needs_a_referral_and_an_object),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
