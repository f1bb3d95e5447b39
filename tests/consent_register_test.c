/* SPDX-License-Identifier: EUPL-1.2 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/consent_alliance.h"

#define NOW_MS ALLIANCE_SIGNED_MS
#define DAY_MS (24ll * 3600 * 1000)

static struct registry *
signed_and_opened(struct alliance *a)
{
	struct registry *registry = NULL;
	uint8_t *bytes = NULL;
	size_t len = 0;

	assert_int_equal(register_sign(&a->reg, &a->secret, &bytes, &len,
			     &a->why),
	    WH_OK);
	assert_int_equal(register_open(span_of(bytes, len),
			     a->secret.public_key, &registry, &a->why),
	    WH_OK);
	mem_free(bytes);
	return registry;
}

static void
test_what_was_signed_is_opened(void **state)
{
	struct alliance *a = *state;
	struct registry *registry = signed_and_opened(a);

	assert_string_equal(registry->reg.covenant, "samen-nieuw-west");
	assert_int_equal(registry->reg.type_count, a->reg.type_count);
	assert_int_equal(registry->reg.members[4].key_count, 4);
	assert_int_equal(registry->reg.hub_key_count, 2);
	for (size_t i = 0; i < 2; i++)
		assert_memory_equal(registry->reg.hub_keys[i].key,
		    a->reg.hub_keys[i].key, WIRE_KEY_LEN);
	assert_true(registry->signed_len > 0);
	register_free(registry);
}

static void
test_every_changed_byte_is_noticed(void **state)
{
	struct alliance *a = *state;
	struct registry *registry = NULL;
	uint8_t *bytes = NULL;
	size_t len = 0;

	assert_int_equal(register_sign(&a->reg, &a->secret, &bytes, &len,
			     &a->why),
	    WH_OK);
	for (size_t i = 0; i < len; i++) {
		bytes[i] ^= 1;
		assert_int_not_equal(register_open(span_of(bytes, len),
					 a->secret.public_key, &registry, NULL),
		    WH_OK);
		assert_null(registry);
		bytes[i] ^= 1;
	}
	mem_free(bytes);
}

static void
test_another_alliance_is_refused(void **state)
{
	struct alliance *a = *state;
	struct registry *registry = NULL;
	struct sign_secret other;
	uint8_t *bytes = NULL;
	size_t len = 0;

	sign_secret_new(&other);
	assert_int_equal(register_sign(&a->reg, &other, &bytes, &len, NULL),
	    WH_OK);
	assert_int_equal(register_open(span_of(bytes, len),
			     a->secret.public_key, &registry, &a->why),
	    WH_CRYPTO);
	assert_non_null(strstr(a->why.text, "not signed by this alliance"));
	assert_null(registry);
	mem_free(bytes);
}

/* The wire takes it and the alliance signed it; the whole is not sound. */
static void
test_an_unsound_register_is_refused_though_signed(void **state)
{
	struct alliance *a = *state;
	struct registry *registry = NULL;
	uint8_t *body = NULL;
	uint8_t *bytes = NULL;
	size_t body_len = 0;
	size_t len = 0;

	a->reg.types[0].to_roles[0] = "okt";
	assert_int_equal(wire_register_write(&a->reg, &body, &body_len), WH_OK);
	assert_int_equal(wire_sign(&a->secret, WIRE_DOMAIN_REGISTER,
			     span_of(body, body_len), &bytes, &len),
	    WH_OK);
	assert_int_equal(register_open(span_of(bytes, len),
			     a->secret.public_key, &registry, &a->why),
	    WH_INVALID);
	assert_non_null(strstr(a->why.text, "nobody can receive"));
	mem_free(body);
	mem_free(bytes);
}

static void
refused(struct alliance *a, const char *word)
{
	uint8_t *bytes = NULL;
	size_t len = 0;

	assert_int_equal(register_sign(&a->reg, &a->secret, &bytes, &len,
			     &a->why),
	    WH_INVALID);
	if (strstr(a->why.text, word) == NULL)
		fail_msg("expected '%s' in '%s'", word, a->why.text);
	assert_null(bytes);
}

static void
test_without_hub_or_member_keys_nothing_is_signed(void **state)
{
	struct alliance *a = *state;
	struct reg_key log = a->reg.hub_keys[1];

	a->reg.hub_key_count = 1;
	refused(a, "the hub needs a transport key and a signing key");
	a->reg.hub_key_count = 0;
	refused(a, "the hub has no keys");
	a->reg.hub_key_count = 2;
	memset(a->reg.hub_keys[1].key, 0, WIRE_KEY_LEN);
	refused(a, "the hub: its signing key is of low order");
	a->reg.hub_keys[1].use = KEY_SEALING;
	memcpy(a->reg.hub_keys[1].key, a->secret.public_key, WIRE_KEY_LEN);
	refused(a, "the hub");
	a->reg.hub_keys[1] = log;
	for (size_t i = 0; i < a->reg.member_count; i++)
		a->reg.members[i].key_count = 0;
	refused(a, "no member has keys");
}

static void
test_weak_keys_are_refused(void **state)
{
	struct alliance *a = *state;
	struct reg_member *wpi = alliance_member(a, "wpi");

	for (size_t i = 0; i < wpi->key_count; i++) {
		struct reg_key good = wpi->keys[i];

		memset(wpi->keys[i].key, 0, WIRE_KEY_LEN);
		wpi->keys[i].key[0] = 1;
		refused(a, "member wpi: its");
		memset(wpi->keys[i].key, 0xff, WIRE_KEY_LEN);
		refused(a, "of low order or not canonical");
		wpi->keys[i] = good;
	}
}

static void
test_a_key_has_one_owner_and_one_use(void **state)
{
	struct alliance *a = *state;
	struct reg_member *wpi = alliance_member(a, "wpi");
	struct reg_member *politie = alliance_member(a, "politie");
	struct reg_key good = wpi->keys[0];

	memcpy(wpi->keys[0].key, politie->keys[0].key, WIRE_KEY_LEN);
	refused(a, "one owner and one use");
	memcpy(wpi->keys[0].key, wpi->keys[2].key, WIRE_KEY_LEN);
	refused(a, "one owner and one use");
	memcpy(wpi->keys[0].key, a->reg.hub_keys[0].key, WIRE_KEY_LEN);
	refused(a, "hub");
	wpi->keys[0] = good;
	memcpy(wpi->keys[1].key, a->reg.hub_keys[1].key, WIRE_KEY_LEN);
	refused(a, "one owner and one use");
}

static void
test_a_member_has_all_three_keys_or_none(void **state)
{
	struct alliance *a = *state;

	alliance_member(a, "wpi")->key_count = 2;
	refused(a, "needs a transport, a signing and a sealing key");
}

static void
test_only_who_has_a_witness_key_is_a_witness(void **state)
{
	struct alliance *a = *state;
	struct reg_member *wpi = alliance_member(a, "wpi");
	struct reg_member *politie = alliance_member(a, "politie");

	assert_int_equal(wpi->key_count, 4);
	assert_int_equal(wpi->keys[3].use, KEY_WITNESS);
	politie->key_count = 3;
	assert_int_equal(register_check(&a->reg, &a->why), WH_OK);
	memcpy(wpi->keys[3].key, wpi->keys[1].key, WIRE_KEY_LEN);
	refused(a, "one owner and one use");
}

static void
test_a_member_is_found_by_its_transport_key_while_it_holds(void **state)
{
	struct alliance *a = *state;
	struct reg_member *wpi = alliance_member(a, "wpi");
	const uint8_t *key = wpi->keys[0].key;
	int64_t from_ms = wpi->keys[0].from_ms;

	wpi->keys[0].until_ms = NOW_MS + DAY_MS;
	assert_int_equal(from_ms, NOW_MS - SKEW_MAX_MS);
	assert_ptr_equal(register_by_transport(&a->reg, key, NOW_MS), wpi);
	assert_ptr_equal(register_by_transport(&a->reg, key, from_ms), wpi);
	assert_null(register_by_transport(&a->reg, key, from_ms - 1));
	assert_ptr_equal(register_by_transport(&a->reg, key,
			     NOW_MS + DAY_MS - 1),
	    wpi);
	assert_null(register_by_transport(&a->reg, key, NOW_MS + DAY_MS));
	assert_null(register_by_transport(&a->reg, wpi->keys[1].key, NOW_MS));
	assert_null(
	    register_by_transport(&a->reg, a->reg.hub_keys[0].key, NOW_MS));
}

static void
test_the_newest_valid_key_is_used_and_old_ones_are_found(void **state)
{
	struct alliance *a = *state;
	struct reg_key keys[] = {
	    {.use = KEY_SEALING, .key = {1}, .until_ms = NOW_MS + DAY_MS},
	    {.use = KEY_SEALING, .key = {2}, .from_ms = NOW_MS - DAY_MS},
	    {.use = KEY_SEALING, .key = {3}, .from_ms = NOW_MS + DAY_MS},
	    {.use = KEY_SEALING, .key = {4}, .until_ms = NOW_MS},
	};
	struct reg_member member = {.keys = keys, .key_count = 4};

	(void)a;
	assert_ptr_equal(register_key(&member, KEY_SEALING, NOW_MS), &keys[1]);
	assert_ptr_equal(register_key(&member, KEY_SEALING, NOW_MS + DAY_MS),
	    &keys[2]);
	assert_null(register_key(&member, KEY_SIGNING, NOW_MS));
	assert_ptr_equal(register_key_by_id(&member, KEY_SEALING,
			     wire_key_id(keys[3].key)),
	    &keys[3]);
	assert_null(
	    register_key_by_id(&member, KEY_SIGNING, wire_key_id(keys[3].key)));
}

static void
test_recipients_have_role_area_desk_and_keys(void **state)
{
	struct alliance *a = *state;
	const struct reg_member *out[8];
	const struct reg_type *damp = register_type(&a->reg, "vocht-schimmel");
	const struct reg_type *nuisance =
	    register_type(&a->reg, "woonoverlast");
	struct reg_type arrears = *register_type(&a->reg, "huurachterstand");

	assert_int_equal(register_recipients(&a->reg, damp, "dichtersbuurt",
			     "wpi", out, 8),
	    1);
	assert_string_equal(out[0]->id, "eigen-haard");
	assert_int_equal(register_recipients(&a->reg, damp, "staalmanbuurt",
			     "wpi", out, 8),
	    0);
	assert_int_equal(register_recipients(&a->reg, nuisance, "", "politie",
			     out, 1),
	    2);
	assert_int_equal(register_recipients(&a->reg, &arrears, "",
			     "eigen-haard", out, 8),
	    1);
	arrears.desk = "brandweer";
	assert_int_equal(register_recipients(&a->reg, &arrears, "",
			     "eigen-haard", out, 8),
	    0);
}

static void
test_a_replaced_key_stays_for_what_it_signed(void **state)
{
	struct alliance *a = *state;
	struct wh_register before = a->reg;
	struct reg_key old = alliance_member(a, "wpi")->keys[1];
	struct reg_member *wpi;
	char *secret = support_path(a->dir, "wpi.secret");
	char *public = support_path(a->dir, "wpi.pub");
	const struct reg_key *kept;

	assert_int_equal(remove(secret) | remove(public), 0);
	alliance_keys(a, KEYFILE_MEMBER, "wpi");
	alliance_load(a);
	a->reg.signed_ms += 9 * DAY_MS;
	a->reg.log_origin = "";
	assert_int_equal(covenant_keep_keys(&a->arena, &before,
			     &(struct covenant_keep){
				 .until_ms = NOW_MS + 10 * DAY_MS},
			     &a->reg, &a->why),
	    WH_OK);
	wpi = alliance_member(a, "wpi");
	assert_int_equal(wpi->key_count, 8);
	kept = register_key_by_id(wpi, KEY_SIGNING, wire_key_id(old.key));
	assert_non_null(kept);
	assert_int_equal(kept->until_ms, NOW_MS + 10 * DAY_MS);
	assert_int_equal(alliance_member(a, "politie")->key_count, 4);
	assert_string_equal(a->reg.log_origin, "test/log");
	register_free(signed_and_opened(a));
	free(secret);
	free(public);
}

static void
test_an_unchanged_key_keeps_its_start(void **state)
{
	struct alliance *a = *state;
	struct wh_register before = a->reg;

	alliance_load(a);
	for (size_t i = 0; i < 3; i++)
		alliance_member(a, "wpi")->keys[i].from_ms += 5 * DAY_MS;
	assert_int_equal(covenant_keep_keys(&a->arena, &before,
			     &(struct covenant_keep){.until_ms = NOW_MS},
			     &a->reg, &a->why),
	    WH_OK);
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(alliance_member(a, "wpi")->keys[i].from_ms,
		    NOW_MS - SKEW_MAX_MS);
}

static void
test_a_revoked_key_is_not_kept(void **state)
{
	struct alliance *a = *state;
	struct wh_register before = a->reg;
	struct key_id stolen =
	    wire_key_id(alliance_member(a, "wpi")->keys[1].key);
	const struct covenant_keep keep = {.until_ms = NOW_MS + DAY_MS,
	    .revoked = &stolen,
	    .revoked_count = 1};
	char *secret = support_path(a->dir, "wpi.secret");
	char *public = support_path(a->dir, "wpi.pub");

	assert_int_equal(covenant_keep_keys(&a->arena, &before, &keep, &a->reg,
			     &a->why),
	    WH_INVALID);
	assert_non_null(strstr(a->why.text, "still the newest"));
	assert_int_equal(remove(secret) | remove(public), 0);
	alliance_keys(a, KEYFILE_MEMBER, "wpi");
	alliance_load(a);
	assert_int_equal(covenant_keep_keys(&a->arena, &before, &keep, &a->reg,
			     &a->why),
	    WH_OK);
	assert_int_equal(alliance_member(a, "wpi")->key_count, 7);
	assert_null(
	    register_key_by_id(alliance_member(a, "wpi"), KEY_SIGNING, stolen));
	stolen.b[0] ^= 1;
	assert_int_equal(covenant_keep_keys(&a->arena, &before, &keep, &a->reg,
			     &a->why),
	    WH_INVALID);
	assert_non_null(strstr(a->why.text, "not in the previous"));
	free(secret);
	free(public);
}

static void
test_the_hubs_keys_rotate_with_an_overlap(void **state)
{
	struct alliance *a = *state;
	struct wh_register before = a->reg;
	const struct covenant_keep keep = {.until_ms = NOW_MS + DAY_MS};
	char *secret = support_path(a->dir, "hub.secret");
	char *public = support_path(a->dir, "hub.pub");
	struct note_key keys[REGISTER_KEYS_MAX];

	assert_int_equal(remove(secret) | remove(public), 0);
	alliance_keys(a, KEYFILE_HUB, "hub");
	alliance_load(a);
	assert_int_equal(covenant_keep_keys(&a->arena, &before, &keep, &a->reg,
			     &a->why),
	    WH_OK);
	assert_int_equal(a->reg.hub_key_count, 4);
	for (size_t i = 0; i < 4; i++)
		if (a->reg.hub_keys[i].until_ms == 0)
			a->reg.hub_keys[i].from_ms = NOW_MS;
	assert_memory_equal(register_hub_key(&a->reg, KEY_TRANSPORT, NOW_MS - 1)
				->key,
	    before.hub_keys[0].key, WIRE_KEY_LEN);
	assert_memory_not_equal(register_hub_key(&a->reg, KEY_TRANSPORT, NOW_MS)
				    ->key,
	    before.hub_keys[0].key, WIRE_KEY_LEN);
	/* The log: both, until an entry is younger than the old one's end. */
	assert_int_equal(register_log_keys(&a->reg, 0, keys), 2);
	assert_int_equal(register_log_keys(&a->reg, NOW_MS + DAY_MS - 1, keys),
	    2);
	assert_int_equal(register_log_keys(&a->reg, NOW_MS + DAY_MS, keys), 1);
	assert_memory_not_equal(keys[0].public_key, before.hub_keys[1].key,
	    WIRE_KEY_LEN);
	assert_string_equal(keys[0].name, "test/log");
	register_free(signed_and_opened(a));
	free(secret);
	free(public);
}

#define CLAIM(test)                                                            \
	cmocka_unit_test_setup_teardown(test, alliance_setup, alliance_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    CLAIM(test_what_was_signed_is_opened),
	    CLAIM(test_every_changed_byte_is_noticed),
	    CLAIM(test_another_alliance_is_refused),
	    CLAIM(test_an_unsound_register_is_refused_though_signed),
	    CLAIM(test_without_hub_or_member_keys_nothing_is_signed),
	    CLAIM(test_weak_keys_are_refused),
	    CLAIM(test_a_key_has_one_owner_and_one_use),
	    CLAIM(test_only_who_has_a_witness_key_is_a_witness),
	    CLAIM(test_a_member_has_all_three_keys_or_none),
	    CLAIM(test_a_member_is_found_by_its_transport_key_while_it_holds),
	    CLAIM(test_the_newest_valid_key_is_used_and_old_ones_are_found),
	    CLAIM(test_recipients_have_role_area_desk_and_keys),
	    CLAIM(test_a_replaced_key_stays_for_what_it_signed),
	    CLAIM(test_an_unchanged_key_keeps_its_start),
	    CLAIM(test_a_revoked_key_is_not_kept),
	    CLAIM(test_the_hubs_keys_rotate_with_an_overlap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
