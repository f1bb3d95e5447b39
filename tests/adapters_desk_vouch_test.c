/* SPDX-License-Identifier: EUPL-1.2 */
#include "adapters/desk_log.h"
#include "tests/adapters_desk_ended.h"

/* Ends that nobody can check any more: their signer's key was taken out. */

#define MINUTE 60000

/* A register without the key that place signed with, and its next one. */
static void
revoked(struct desk_world *w, enum place place)
{
	struct key_secrets fresh = w->at[place].keys;
	struct reg_key *key = key_of(w, place, KEY_SIGNING);
	struct why why = {""};

	assert_int_equal(keyring_rotate(&fresh, KEY_SIGNING), WH_OK);
	memcpy(key->key, fresh.signing.public_key, WIRE_KEY_LEN);
	desk_world_register(w, w->alliance->reg.version + 1);
	for (enum place at = 0; at < DESKS; at++)
		if (desk_register_put(w->at[at].desk, w->reg, &why) != WH_OK)
			fail_msg("%s", why.text);
	desk_keys_put(w->at[place].desk, &fresh);
	w->at[place].keys = fresh;
}

static unsigned
presents(struct desk_world *w, enum place place)
{
	unsigned pushed = 99;

	assert_int_equal(desk_present(w->at[place].desk, w->now_ms, &pushed),
	    WH_OK);
	return pushed;
}

static void
assert_quiet(struct desk_world *w, enum place place)
{
	assert_int_equal(presents(w, place), 0);
	w->now_ms += DESK_DAY;
	assert_int_equal(presents(w, place), 0);
	assert_int_equal(outbox_rows(w, place), 0);
}

/* The next row says of kind, and is signed with the present key of place. */
static struct row
says(struct desk_world *w, enum place place, enum to_hub_kind kind)
{
	struct key_id key = wire_key_id(key_of(w, place, KEY_SIGNING)->key);
	struct row row = hub_takes(w, place, 0);
	struct signed_body body;
	struct arena arena;

	assert_int_equal(row.kind, kind);
	arena_init(&arena, FRAME_ARENA_MAX);
	assert_int_equal(wire_signed_read(&arena, row.bytes, PERMISSION_MAX,
			     &body, NULL),
	    WH_OK);
	assert_memory_equal(body.key_id.b, key.b, sizeof(key.b));
	arena_fini(&arena);
	return row;
}

static struct row
withdrawn_at_police(struct desk_world *w, struct tie *t)
{
	struct desk_result given, result;
	json_t *body = recipe_consent(money, "C-1");
	char code[32];

	assert_int_equal(desk_consent(w->at[money->from].desk, body, w->now_ms,
			     &given),
	    WH_OK);
	json_decref(body);
	str_copy(code, sizeof(code),
	    json_text(json_object_get(given.dossier, "ontvangstbewijs"),
		"intrekkingscode"));
	t->consent = id_of(&given);
	hub_records(w, money->from);
	assert_int_equal(desk_withdraw(w->at[AT_POLITIE].desk, NULL, code,
			     w->now_ms, &result),
	    WH_OK);
	desk_result_fini(&result);
	return hub_takes(w, AT_POLITIE, 0);
}

static void
assert_erased(struct desk_world *w, const struct tie *t, bool erased)
{
	json_t *dossier = full(w, money->to, &t->case_ref);

	assert_int_equal(json_object_get(dossier, "gewistOp") != NULL, erased);
	json_decref(dossier);
}

/* The recipient was away all the time. */
static void
test_who_sent_it_signs_it_anew_and_it_comes_through(void **state)
{
	struct desk_world *w = *state;
	struct tie t = delivered(w);
	struct row event = withdrawn(w, &t.consent), record, again, report;

	revoked(w, money->from);
	take_event(w, money->to, event.bytes);
	assert_erased(w, &t, false);
	assert_int_equal(outbox_rows(w, money->to), 0);
	assert_int_equal(presents(w, money->from), 1);
	record = says(w, money->from, TO_HUB_PERMISSION);
	assert_int_equal(presents(w, money->from), 1);
	again = says(w, money->from, TO_HUB_PERMISSION_EVENT);
	assert_true(id_equal(&again.id, &event.id));
	assert_quiet(w, money->from);
	take_event(w, money->to, again.bytes);
	assert_erased(w, &t, true);
	report_of(w, money->to, &report);
	row_fini(&report);
	row_fini(&again);
	row_fini(&record);
	row_fini(&event);
}

/* It knows nothing of the record but what it sent. */
static void
test_who_withdrew_by_code_signs_it_anew(void **state)
{
	struct desk_world *w = *state;
	struct tie t;
	struct row event = withdrawn_at_police(w, &t), again;

	revoked(w, AT_POLITIE);
	assert_int_equal(presents(w, AT_POLITIE), 1);
	again = says(w, AT_POLITIE, TO_HUB_PERMISSION_EVENT);
	assert_true(id_equal(&again.id, &event.id));
	assert_quiet(w, AT_POLITIE);
	row_fini(&again);
	row_fini(&event);
}

/* The register may be there before the key is. */
static void
test_it_is_tried_until_the_next_key_is_there(void **state)
{
	struct desk_world *w = *state;
	struct tie t;
	struct row event = withdrawn_at_police(w, &t), again;

	revoked(w, AT_POLITIE);
	assert_int_equal(presents(w, AT_POLITIE), 1);
	hub_refuses(w, AT_POLITIE, REASON_BAD_SIGNATURE, 0);
	assert_int_equal(presents(w, AT_POLITIE), 0);
	w->now_ms += MINUTE;
	assert_int_equal(presents(w, AT_POLITIE), 1);
	again = says(w, AT_POLITIE, TO_HUB_PERMISSION_EVENT);
	assert_quiet(w, AT_POLITIE);
	row_fini(&again);
	row_fini(&event);
}

static void
test_a_key_that_only_ended_is_no_reason(void **state)
{
	struct desk_world *w = *state;
	struct tie t = delivered(w);
	struct row event = withdrawn(w, &t.consent);

	rotated(w, money->from);
	assert_quiet(w, money->from);
	row_fini(&event);
}

static void
test_a_register_that_takes_out_others_is_no_reason(void **state)
{
	struct desk_world *w = *state;
	struct tie t = delivered(w);
	struct row event = withdrawn(w, &t.consent);

	revoked(w, AT_POLITIE);
	assert_quiet(w, money->from);
	row_fini(&event);
}

/* What place says of it is its own word, and no human's. */
static void
assert_own_word(const struct row *row, const char *member)
{
	struct permission_change change;
	struct signed_body body;
	struct arena arena;

	arena_init(&arena, FRAME_ARENA_MAX);
	assert_int_equal(wire_signed_read(&arena, row->bytes, PERMISSION_MAX,
			     &body, NULL),
	    WH_OK);
	assert_int_equal(wire_permission_change_read(&arena, body.body, &change,
			     NULL),
	    WH_OK);
	assert_int_equal(change.event, PERMISSION_WITHDRAWN);
	assert_true(change.has_permission);
	assert_string_equal(change.by_member, member);
	assert_false(change.by_human);
	arena_fini(&arena);
}

/* The police withdrew it, and cannot say so any more. */
static void
test_who_carried_it_through_says_it_in_its_own_name(void **state)
{
	struct desk_world *w = *state;
	struct tie t;
	struct row event = withdrawn_at_police(w, &t), report, own, again;

	take_event(w, money->from, event.bytes);
	report_of(w, money->from, &report);
	revoked(w, AT_POLITIE);
	assert_quiet(w, money->from);
	take_event(w, money->from, event.bytes); /* the hub asks */
	assert_int_equal(presents(w, money->from), 1);
	own = says(w, money->from, TO_HUB_PERMISSION_EVENT);
	assert_own_word(&own, place_names[money->from]);
	assert_quiet(w, money->from);
	take_event(w, money->from, event.bytes);
	assert_int_equal(presents(w, money->from), 1);
	again = says(w, money->from, TO_HUB_PERMISSION_EVENT);
	assert_true(id_equal(&again.id, &own.id));
	assert_quiet(w, money->from);
	row_fini(&again);
	row_fini(&own);
	row_fini(&report);
	row_fini(&event);
}

/* It has the key that was stolen, and a hub that passes on what it makes. */
static void
test_a_key_that_is_gone_ends_nothing(void **state)
{
	struct desk_world *w = *state;
	struct tie t;
	struct row event = withdrawn_at_police(w, &t);
	json_t *consent = NULL;

	revoked(w, AT_POLITIE);
	take_event(w, money->from, event.bytes);
	assert_quiet(w, money->from);
	assert_int_equal(desk_consent_get(w->at[money->from].desk, &t.consent,
			     &consent),
	    WH_OK);
	assert_string_equal(json_text(consent, "status"), "GIVEN");
	json_decref(consent);
	row_fini(&event);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    DESK_TEST(test_who_sent_it_signs_it_anew_and_it_comes_through),
	    DESK_TEST(test_who_withdrew_by_code_signs_it_anew),
	    DESK_TEST(test_it_is_tried_until_the_next_key_is_there),
	    DESK_TEST(test_a_key_that_only_ended_is_no_reason),
	    DESK_TEST(test_a_register_that_takes_out_others_is_no_reason),
	    DESK_TEST(test_who_carried_it_through_says_it_in_its_own_name),
	    DESK_TEST(test_a_key_that_is_gone_ends_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
