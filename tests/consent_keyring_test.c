/* SPDX-License-Identifier: EUPL-1.2 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "consent/keyring.h"
#include "proto/base/file.h"
#include "proto/base/mem.h"
#include "proto/base/text.h"
#include "tests/support.h"

#define NOW_MS  1789382400000ll
#define HOUR_MS (3600ll * 1000)

struct world {
	char *dir;    /* owned */
	char *secret; /* dir/wpi.secret; owned */
	char *public; /* dir/wpi.pub; owned */
	struct key_secrets made;
	struct why why;
};

static int
setup(void **state)
{
	struct world *w = mem_new(sizeof(*w));

	w->dir = support_dir_new();
	w->secret = support_path(w->dir, "wpi.secret");
	w->public = support_path(w->dir, "wpi.pub");
	*state = w;
	return key_secrets_new(KEYFILE_MEMBER, &w->made) != WH_OK ||
	       keyfile_write(w->dir, "wpi", &w->made, &w->why) != WH_OK;
}

static int
teardown(void **state)
{
	struct world *w = *state;

	free(w->secret);
	free(w->public);
	support_dir_remove(w->dir);
	mem_free(w);
	return 0;
}

static struct key_id
newest_id(const struct key_secrets *secrets, enum key_use use)
{
	struct key_own own;

	assert_true(keyring_nth(secrets, use, 0, &own));
	return wire_key_id(own.public_key);
}

static struct reg_key
listed(const struct key_secrets *secrets, enum key_use use, size_t n,
    int64_t from_ms, int64_t until_ms)
{
	struct reg_key key = {.use = use,
	    .from_ms = from_ms,
	    .until_ms = until_ms};
	struct key_own own;

	assert_true(keyring_nth(secrets, use, n, &own));
	memcpy(key.key, own.public_key, sizeof(key.key));
	return key;
}

/* Which of ours it is, from the newest. */
static size_t
place_now(const struct key_secrets *secrets, const struct reg_key *keys,
    size_t count, int64_t now_ms)
{
	struct key_own now, own;
	size_t n = 0;

	if (keyring_now(secrets, keys, count, KEY_SIGNING, now_ms, &now) !=
	    WH_OK)
		return SIZE_MAX;
	while (keyring_nth(secrets, KEY_SIGNING, n, &own) &&
	       memcmp(own.public_key, now.public_key, SIGN_KEY_LEN) != 0)
		n++;
	return n;
}

static void
test_every_use_rotates_and_keeps_what_was(void **state)
{
	const enum key_use uses[] = {KEY_TRANSPORT, KEY_SIGNING, KEY_SEALING,
	    KEY_WITNESS};
	struct world *w = *state;
	struct key_own old, own;

	for (size_t i = 0; i < sizeof(uses) / sizeof(uses[0]); i++) {
		assert_true(keyring_nth(&w->made, uses[i], 0, &old));
		assert_int_equal(keyring_rotate(&w->made, uses[i]), WH_OK);
		assert_true(keyring_nth(&w->made, uses[i], 0, &own));
		assert_memory_not_equal(own.public_key, old.public_key,
		    SIGN_KEY_LEN);
		assert_true(keyring_nth(&w->made, uses[i], 1, &own));
		assert_memory_equal(&own, &old, sizeof(own));
		assert_false(keyring_nth(&w->made, uses[i], 2, &own));
		assert_int_equal(keyring_find(&w->made, uses[i],
				     wire_key_id(old.public_key), &own),
		    WH_OK);
	}
	assert_int_equal(w->made.older_count, 4);
}

/* Key file first: the old is used until the register knows the new. */
static void
test_a_key_is_used_when_the_register_says_so(void **state)
{
	struct world *w = *state;
	struct reg_key keys[2];
	struct sign_secret signer;
	const struct reg_member us = {.keys = keys, .key_count = 2};

	assert_int_equal(keyring_rotate(&w->made, KEY_SIGNING), WH_OK);
	keys[0] = listed(&w->made, KEY_SIGNING, 1, 1, NOW_MS + HOUR_MS);
	keys[1] = listed(&w->made, KEY_SIGNING, 0, NOW_MS, 0);
	assert_int_equal(place_now(&w->made, keys, 1, NOW_MS), 1);
	assert_int_equal(place_now(&w->made, keys, 2, NOW_MS - 1), 1);
	assert_int_equal(place_now(&w->made, keys, 2, NOW_MS), 0);
	assert_int_equal(place_now(&w->made, keys, 2, NOW_MS + HOUR_MS), 0);
	assert_int_equal(place_now(&w->made, keys, 1, NOW_MS + HOUR_MS),
	    SIZE_MAX);
	keyring_signer(&w->made, KEY_SIGNING, &us, NOW_MS - 1, &signer);
	assert_memory_equal(signer.public_key, keys[0].key, SIGN_KEY_LEN);
	keyring_signer(&w->made, KEY_SIGNING, NULL, NOW_MS, &signer);
	assert_memory_equal(signer.public_key, keys[1].key, SIGN_KEY_LEN);
}

/* Register first: what it names and we do not have cannot be used. */
static void
test_a_key_that_we_do_not_have_is_passed_over(void **state)
{
	struct world *w = *state;
	struct key_secrets later = w->made;
	struct reg_key keys[2];

	assert_int_equal(keyring_rotate(&later, KEY_SIGNING), WH_OK);
	keys[0] = listed(&later, KEY_SIGNING, 1, 1, NOW_MS + HOUR_MS);
	keys[1] = listed(&later, KEY_SIGNING, 0, NOW_MS, 0);
	assert_int_equal(place_now(&w->made, keys, 2, NOW_MS), 0);
	assert_int_equal(place_now(&later, keys, 2, NOW_MS), 0);
	assert_int_equal(place_now(&w->made, keys + 1, 1, NOW_MS), SIZE_MAX);
}

static void
test_only_an_older_key_can_be_forgotten(void **state)
{
	struct world *w = *state;
	struct key_id id = newest_id(&w->made, KEY_SEALING);
	struct key_own own;

	assert_int_equal(keyring_forget(&w->made, id), WH_REFUSED);
	assert_int_equal(keyring_rotate(&w->made, KEY_SEALING), WH_OK);
	assert_int_equal(keyring_forget(&w->made, id), WH_OK);
	assert_int_equal(keyring_find(&w->made, KEY_SEALING, id, &own),
	    WH_NOT_FOUND);
	assert_int_equal(keyring_forget(&w->made, id), WH_NOT_FOUND);
	for (size_t i = 0; i < KEYFILE_OLDER_MAX; i++)
		assert_int_equal(keyring_rotate(&w->made, KEY_SEALING), WH_OK);
	assert_int_equal(keyring_rotate(&w->made, KEY_SEALING), WH_FULL);
}

/* After its end, and when the hub has nothing from before. */
static void
test_an_old_sealing_key_is_kept_as_long_as_a_message_can_need_it(void **state)
{
	static const struct {
		int64_t now_ms;
		struct keyring_welcome welcome;
		bool spent;
	} cases[] = {
	    {NOW_MS - 1, {7, NOW_MS + 9, 0}, false}, /* not ended here */
	    {NOW_MS, {7, NOW_MS - 1, 0}, false},     /* nor at the hub */
	    {NOW_MS, {7, NOW_MS, 0}, true},
	    {NOW_MS, {7, NOW_MS, NOW_MS - 1}, false}, /* one waits for it */
	    {NOW_MS, {7, NOW_MS, 1}, false},          /* or may */
	    {NOW_MS, {7, NOW_MS + 5, NOW_MS}, true},  /* that one is newer */
	    {NOW_MS, {8, NOW_MS, 0}, false},          /* by another register */
	    {NOW_MS, {0, 0, 0}, false}, /* never heard of the hub */
	    {NOW_MS + EXPIRES_MAX_MS, {0, 0, 0}, false},
	    {NOW_MS + EXPIRES_MAX_MS + SKEW_MAX_MS, {0, 0, 0}, true},
	};
	struct world *w = *state;
	struct key_id id = newest_id(&w->made, KEY_SEALING), found;
	struct reg_key keys[2];
	struct reg_member us = {.id = "wpi", .keys = keys, .key_count = 2};
	const struct wh_register reg = {.version = 7,
	    .members = &us,
	    .member_count = 1};
	int64_t until_ms = 0;

	assert_int_equal(keyring_rotate(&w->made, KEY_SEALING), WH_OK);
	keys[0] = listed(&w->made, KEY_SEALING, 1, 1, NOW_MS);
	keys[1] = listed(&w->made, KEY_SEALING, 0, 1, 0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (keyring_spent(&w->made, &reg, "wpi", &cases[i].welcome,
			cases[i].now_ms, &found) != cases[i].spent)
			fail_msg("case %zu", i);
	assert_memory_equal(&found, &id, sizeof(id));
	assert_true(keyring_ended(&w->made, &us, NOW_MS, &found, &until_ms));
	assert_int_equal(until_ms, NOW_MS);
	/* What no register ever named may be named by the next. */
	us.key_count = 0;
	assert_false(keyring_ended(&w->made, &us, NOW_MS, &found, &until_ms));
	/* And the newest is never destroyed, ended or not. */
	us.key_count = 2;
	keys[1].until_ms = NOW_MS;
	assert_int_equal(keyring_forget(&w->made, id), WH_OK);
	assert_false(keyring_ended(&w->made, &us, NOW_MS, &found, &until_ms));
}

static enum wh_err
rotate_all(void *arg, struct key_secrets *secrets, struct why *why)
{
	(void)arg;
	(void)why;
	return keyring_rotate(secrets, KEY_SIGNING) != WH_OK
		   ? WH_IO
		   : keyring_rotate(secrets, KEY_SEALING);
}

static enum wh_err
forget_first(void *arg, struct key_secrets *secrets, struct why *why)
{
	(void)why;
	return keyring_forget(secrets, *(const struct key_id *)arg);
}

static enum wh_err
refuse(void *arg, struct key_secrets *secrets, struct why *why)
{
	(void)arg;
	memset(secrets, 0, sizeof(*secrets));
	return why_set(why, WH_REFUSED, "no");
}

static void
test_a_changed_file_holds_old_and_new(void **state)
{
	struct world *w = *state;
	struct key_publics publics;
	struct key_secrets now, read;
	struct stat st;

	assert_int_equal(keyfile_change(w->secret, rotate_all, NULL, &now,
			     &w->why),
	    WH_OK);
	assert_int_equal(keyfile_read_secret(w->secret, &read, &w->why), WH_OK);
	assert_memory_equal(&read, &now, sizeof(read));
	assert_int_equal(read.older_count, 2);
	assert_memory_equal(read.older[0].secret, w->made.signing.seed,
	    SIGN_KEY_LEN);
	assert_int_equal(stat(w->secret, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(keyfile_read_public(w->public, &publics, &w->why),
	    WH_OK);
	assert_memory_equal(publics.signing, read.signing.public_key,
	    SIGN_KEY_LEN);
	assert_memory_equal(publics.transport, w->made.transport.public_key,
	    SIGN_KEY_LEN);
	assert_int_equal(keyfile_change(w->secret, refuse, NULL, &now, &w->why),
	    WH_REFUSED);
	assert_int_equal(keyfile_read_secret(w->secret, &read, &w->why), WH_OK);
	assert_int_equal(read.older_count, 2);
}

/* The bytes of the old file are overwritten, and not only its name. */
static void
test_a_forgotten_key_is_gone_from_the_old_file_too(void **state)
{
	struct world *w = *state;
	struct key_id id = newest_id(&w->made, KEY_SEALING);
	char *kept = support_path(w->dir, "kept");
	char hex[2 * SIGN_KEY_LEN + 1];
	struct key_secrets now;
	uint8_t *bytes = NULL;
	size_t len = 0;

	hex_encode(span_of(w->made.sealing_secret, SIGN_KEY_LEN), hex);
	assert_int_equal(keyfile_change(w->secret, rotate_all, NULL, &now,
			     &w->why),
	    WH_OK);
	assert_int_equal(link(w->secret, kept), 0); /* the same blocks */
	assert_int_equal(file_read(kept, 65536, &bytes, &len, NULL), WH_OK);
	assert_non_null(strstr((const char *)bytes, hex));
	mem_free(bytes);
	assert_int_equal(keyfile_change(w->secret, forget_first, &id, &now,
			     &w->why),
	    WH_OK);
	assert_int_equal(file_read(kept, 65536, &bytes, &len, NULL), WH_OK);
	for (size_t i = 0; i < len; i++)
		assert_int_equal(bytes[i], 0);
	mem_free(bytes);
	assert_int_equal(file_read(w->secret, 65536, &bytes, &len, NULL),
	    WH_OK);
	assert_null(strstr((const char *)bytes, hex));
	mem_free(bytes);
	free(kept);
}

/* Power cut or half a copy: never fewer keys than there were, unseen. */
static void
test_a_torn_secret_file_is_never_taken(void **state)
{
	struct world *w = *state;
	struct key_secrets now, read;
	uint8_t *bytes = NULL;
	size_t len = 0, end;
	char *beside;

	assert_int_equal(keyfile_change(w->secret, rotate_all, NULL, &now,
			     &w->why),
	    WH_OK);
	assert_int_equal(file_read(w->secret, 65536, &bytes, &len, NULL),
	    WH_OK);
	/* Without its last newline it is whole. */
	for (end = 0; end < len - 1; end++) {
		assert_int_equal(file_write(w->secret, span_of(bytes, end),
				     0600, NULL),
		    WH_OK);
		if (keyfile_read_secret(w->secret, &read, &w->why) == WH_OK)
			fail_msg("%zu of %zu bytes are taken", end, len);
	}
	/* What a crash leaves beside it is not looked at. */
	assert_int_equal(file_write(w->secret, span_of(bytes, len), 0600, NULL),
	    WH_OK);
	beside = support_path(w->dir, "wpi.secret.new");
	assert_int_equal(file_write(beside, span_str("kind: member\n"), 0600,
			     NULL),
	    WH_OK);
	free(beside);
	assert_int_equal(keyfile_read_secret(w->secret, &read, &w->why), WH_OK);
	assert_int_equal(keyfile_change(w->secret, rotate_all, NULL, &now,
			     &w->why),
	    WH_OK);
	assert_int_equal(now.older_count, 4);
	mem_free(bytes);
}

static void
test_an_id_that_is_not_the_keys_is_refused(void **state)
{
	struct world *w = *state;
	struct key_secrets now, read;
	uint8_t *bytes = NULL;
	size_t len = 0;
	char *id;

	assert_int_equal(keyfile_change(w->secret, rotate_all, NULL, &now,
			     &w->why),
	    WH_OK);
	assert_int_equal(file_read(w->secret, 65536, &bytes, &len, NULL),
	    WH_OK);
	id = strstr((char *)bytes, "id: \"") + 5;
	*id = *id == '0' ? '1' : '0';
	assert_int_equal(file_write(w->secret, span_of(bytes, len), 0600, NULL),
	    WH_OK);
	assert_int_equal(keyfile_read_secret(w->secret, &read, &w->why),
	    WH_INVALID);
	assert_non_null(strstr(w->why.text, "the id is not that of the key"));
	mem_free(bytes);
}

#define CLAIM(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    CLAIM(test_every_use_rotates_and_keeps_what_was),
	    CLAIM(test_a_key_is_used_when_the_register_says_so),
	    CLAIM(test_a_key_that_we_do_not_have_is_passed_over),
	    CLAIM(test_only_an_older_key_can_be_forgotten),
	    CLAIM(
		test_an_old_sealing_key_is_kept_as_long_as_a_message_can_need_it),
	    CLAIM(test_a_changed_file_holds_old_and_new),
	    CLAIM(test_a_forgotten_key_is_gone_from_the_old_file_too),
	    CLAIM(test_a_torn_secret_file_is_never_taken),
	    CLAIM(test_an_id_that_is_not_the_keys_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
