/* SPDX-License-Identifier: EUPL-1.2 */
#include "tests/adapters_desk_world.h"

/* Keys that are lost, and keys that end. */

static const struct recipe *const money = &recipes[0];

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

/* The store of a program that wrote this form, or none, is not opened. */
static void
assert_refused(struct desk_world *w, const char *form)
{
	struct kv_txn *txn = NULL;
	struct why why = {""};

	assert_int_equal(kv_begin(desk_kv(w->at[AT_WPI].desk), KV_READ_WRITE,
			     &txn),
	    WH_OK);
	assert_int_equal(kv_del(txn, LOCAL_META, span_str("form")), WH_OK);
	if (form != NULL)
		assert_int_equal(kv_put(txn, LOCAL_META, span_str("form"),
				     span_str(form)),
		    WH_OK);
	assert_int_equal(kv_commit(&txn), WH_OK);
	desk_close(w->at[AT_WPI].desk);
	w->at[AT_WPI].desk = NULL;
	assert_int_equal(open_with(w, 7, &why), WH_UNSUPPORTED);
	assert_non_null(strstr(why.text, "form of another version"));
}

static void
test_a_store_from_before_is_refused(void **state)
{
	assert_refused(*state, NULL);
}

static void
test_a_store_of_a_later_version_is_refused(void **state)
{
	assert_refused(*state, "\xff");
}

/* What waits first is of this kind, signed by this key; its body, on the heap.
 */
static struct span
body_by(struct desk_world *w, enum place place, enum to_hub_kind kind,
    const struct key_id *key)
{
	struct row row = row_first(w, place);
	struct signed_body body;
	struct arena arena;
	struct span out;

	arena_init(&arena, FRAME_ARENA_MAX);
	assert_int_equal(row.kind, kind);
	assert_int_equal(wire_signed_read(&arena, row.bytes, REPORT_MAX, &body,
			     NULL),
	    WH_OK);
	if (key != NULL)
		assert_memory_equal(body.key_id.b, key->b, sizeof(key->b));
	out = span_of(mem_dup(body.body), body.body.len);
	arena_fini(&arena);
	row_fini(&row);
	return out;
}

/* The key of what waits first ends; the hub refuses it; it goes again. */
static void
assert_goes_again(struct desk_world *w, enum place place, enum to_hub_kind kind)
{
	struct span before = body_by(w, place, kind, NULL), after;
	struct key_id key;

	w->now_ms += DESK_DAY;
	key = rotated(w, place);
	hub_refuses(w, place, REASON_BAD_SIGNATURE, 0);
	assert_int_equal(outbox_rows(w, place), 1);
	after = body_by(w, place, kind, &key);
	assert_true(span_equal(before, after));
	mem_free((void *)(uintptr_t)before.p);
	mem_free((void *)(uintptr_t)after.p);
}

static void
assert_consent(struct desk_world *w, const struct id *consent,
    const char *status, const char *refused)
{
	json_t *kept = NULL;

	assert_int_equal(desk_consent_get(w->at[money->from].desk, consent,
			     &kept),
	    WH_OK);
	assert_string_equal(json_text(kept, "status"), status);
	assert_string_equal(json_text(kept, "geweigerd"), refused);
	assert_null(json_object_get(kept, "intrekkingGeweigerd"));
	json_decref(kept);
}

static struct id
consent_waits(struct desk_world *w)
{
	return consent_asked(w, money->from, recipe_consent(money, "C-1"));
}

static void
test_a_consent_that_waited_longer_than_its_key_goes_again(void **state)
{
	struct desk_world *w = *state;
	struct id consent = consent_waits(w);

	assert_goes_again(w, money->from, TO_HUB_PERMISSION);
	assert_consent(w, &consent, "GIVEN", "");
	hub_records(w, money->from);
	assert_consent(w, &consent, "GIVEN", "");
}

static void
test_a_withdrawal_that_waited_longer_than_its_key_goes_again(void **state)
{
	struct desk_world *w = *state;
	struct id consent = consent_given(w, money, "C-1");
	struct desk_result result;

	assert_int_equal(desk_withdraw(w->at[money->from].desk, &consent, NULL,
			     w->now_ms, &result),
	    WH_OK);
	desk_result_fini(&result);
	assert_goes_again(w, money->from, TO_HUB_PERMISSION_EVENT);
	assert_consent(w, &consent, "WITHDRAWN", "");
	hub_records(w, money->from);
}

/* A key that is good signed it: then there is something else. */
static void
test_a_signature_of_a_valid_key_is_refused_for_good(void **state)
{
	struct desk_world *w = *state;
	struct id consent = consent_waits(w);

	assert_goes_again(w, money->from, TO_HUB_PERMISSION);
	hub_refuses(w, money->from, REASON_BAD_SIGNATURE, 0);
	assert_int_equal(outbox_rows(w, money->from), 0);
	assert_consent(w, &consent, "REFUSED", "BAD_SIGNATURE");
}

/* Nor does it help when the register gives us no key that we have. */
static void
test_without_a_valid_key_nothing_is_sent_for_ever(void **state)
{
	struct desk_world *w = *state;
	struct id consent = consent_waits(w);
	struct key_secrets old = w->at[money->from].keys;

	w->now_ms += DESK_DAY;
	(void)rotated(w, money->from);
	desk_keys_put(w->at[money->from].desk, &old);
	hub_refuses(w, money->from, REASON_BAD_SIGNATURE, 0);
	assert_int_equal(outbox_rows(w, money->from), 0);
	assert_consent(w, &consent, "REFUSED", "BAD_SIGNATURE");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    DESK_TEST(test_another_storage_key_is_refused),
	    DESK_TEST(test_a_store_from_before_is_refused),
	    DESK_TEST(test_a_store_of_a_later_version_is_refused),
	    DESK_TEST(
		test_a_consent_that_waited_longer_than_its_key_goes_again),
	    DESK_TEST(
		test_a_withdrawal_that_waited_longer_than_its_key_goes_again),
	    DESK_TEST(test_a_signature_of_a_valid_key_is_refused_for_good),
	    DESK_TEST(test_without_a_valid_key_nothing_is_sent_for_ever),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
