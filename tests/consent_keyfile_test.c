/* SPDX-License-Identifier: EUPL-1.2 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "consent/keyfile.h"
#include "proto/base/file.h"
#include "proto/base/mem.h"
#include "proto/base/text.h"
#include "tests/support.h"

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

static void
rewrite(const char *path, const char *text)
{
	assert_int_equal(file_write(path, span_str(text), 0600, NULL), WH_OK);
}

static void
test_what_was_written_is_read(void **state)
{
	struct world *w = *state;
	struct key_secrets read;
	struct key_publics publics;

	assert_int_equal(keyfile_read_secret(w->secret, &read, &w->why), WH_OK);
	assert_memory_equal(&read, &w->made, sizeof(read));
	assert_int_equal(keyfile_read_public(w->public, &publics, &w->why),
	    WH_OK);
	assert_int_equal(publics.kind, KEYFILE_MEMBER);
	assert_memory_equal(publics.transport, w->made.transport.public_key,
	    SOCK_KEY_LEN);
	assert_memory_equal(publics.signing, w->made.signing.public_key,
	    SIGN_KEY_LEN);
	assert_memory_equal(publics.sealing, w->made.sealing_public,
	    X25519_KEY_LEN);
	assert_true(publics.has_witness);
	assert_memory_equal(publics.witness, w->made.witness.public_key,
	    SIGN_KEY_LEN);
}

static void
test_a_member_without_a_witness_key_is_no_witness(void **state)
{
	struct world *w = *state;
	struct key_secrets read;
	struct key_publics publics;

	w->made.has_witness = false;
	assert_int_equal(remove(w->secret) | remove(w->public), 0);
	assert_int_equal(keyfile_write(w->dir, "wpi", &w->made, &w->why),
	    WH_OK);
	assert_int_equal(keyfile_read_secret(w->secret, &read, &w->why), WH_OK);
	assert_false(read.has_witness);
	assert_int_equal(keyfile_read_public(w->public, &publics, &w->why),
	    WH_OK);
	assert_false(publics.has_witness);
}

static void
test_each_kind_has_the_keys_it_needs(void **state)
{
	struct world *w = *state;
	const enum keyfile_kind kinds[] = {KEYFILE_HUB, KEYFILE_ALLIANCE};
	const char *const names[] = {"hub", "alliance"};
	static const uint8_t none[SIGN_KEY_LEN];

	for (size_t i = 0; i < 2; i++) {
		struct key_publics publics;
		char name[32];
		char *path;

		(void)snprintf(name, sizeof(name), "%s.pub", names[i]);
		path = support_path(w->dir, name);
		assert_int_equal(key_secrets_new(kinds[i], &w->made), WH_OK);
		assert_int_equal(keyfile_write(w->dir, names[i], &w->made,
				     &w->why),
		    WH_OK);
		assert_int_equal(keyfile_read_public(path, &publics, &w->why),
		    WH_OK);
		assert_int_equal(publics.kind, kinds[i]);
		assert_memory_equal(publics.sealing, none, sizeof(none));
		assert_int_equal(memcmp(publics.transport, none,
				     sizeof(none)) == 0,
		    kinds[i] == KEYFILE_ALLIANCE);
		free(path);
	}
}

static void
test_only_the_owner_may_read_the_secret(void **state)
{
	struct world *w = *state;
	struct stat st;

	assert_int_equal(stat(w->secret, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(stat(w->public, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0644);
}

static void
test_a_secret_that_others_may_read_is_refused(void **state)
{
	struct world *w = *state;
	const mode_t modes[] = {0604, 0640, 0644, 0660};
	struct key_secrets read;

	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		assert_int_equal(chmod(w->secret, modes[i]), 0);
		assert_int_equal(keyfile_read_secret(w->secret, &read, &w->why),
		    WH_REFUSED);
		assert_non_null(strstr(w->why.text, "chmod 600"));
	}
	assert_int_equal(chmod(w->secret, 0400), 0);
	assert_int_equal(keyfile_read_secret(w->secret, &read, &w->why), WH_OK);
}

static void
test_keys_are_never_overwritten(void **state)
{
	struct world *w = *state;
	struct key_secrets other;
	struct key_secrets read;

	assert_int_equal(key_secrets_new(KEYFILE_MEMBER, &other), WH_OK);
	assert_int_equal(keyfile_write(w->dir, "wpi", &other, &w->why),
	    WH_EXISTS);
	assert_int_equal(remove(w->secret), 0);
	assert_int_equal(keyfile_write(w->dir, "wpi", &other, &w->why),
	    WH_EXISTS);
	assert_int_equal(keyfile_read_secret(w->secret, &read, &w->why),
	    WH_NOT_FOUND);
}

static void
test_a_name_cannot_leave_the_folder(void **state)
{
	struct world *w = *state;
	const char *const names[] = {"../wpi", "a/b", "", ".", "Wpi"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		assert_int_equal(keyfile_write(w->dir, names[i], &w->made,
				     &w->why),
		    WH_INVALID);
}

/* A public file with one line of its own, and where the mistake is told. */
struct broken {
	const char *transport;
	const char *signing;
	const char *more;
	enum wh_err err;
	const char *where;
};

#define GOOD "9a07b1c20d4f11b29c39d1e28e2f3b6d5f60a8a5a3a4d2f1c0b9a89786756453"
#define ZERO "0000000000000000000000000000000000000000000000000000000000000000"
#define ONE  "0100000000000000000000000000000000000000000000000000000000000000"
#define MAX  "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"

static void
test_a_broken_file_is_told_with_its_line(void **state)
{
	static const struct broken cases[] = {
	    {GOOD, GOOD, "", WH_INVALID, ".pub:1: "},
	    {GOOD, GOOD, "sealing: abc\n", WH_INVALID, ".pub:4: "},
	    {"9A" GOOD, GOOD, "sealing: " GOOD "\n", WH_INVALID, ".pub:2: "},
	    {GOOD, GOOD, "sealing: " GOOD "\ncolour: red\n", WH_INVALID,
		".pub:5: "},
	    {ZERO, GOOD, "sealing: " GOOD "\n", WH_CRYPTO, ".pub:2: "},
	    {GOOD, ONE, "sealing: " GOOD "\n", WH_CRYPTO, ".pub:3: "},
	    {GOOD, GOOD, "sealing: " ONE "\n", WH_CRYPTO, ".pub:4: "},
	    {GOOD, MAX, "sealing: " GOOD "\n", WH_CRYPTO, ".pub:3: "},
	    {GOOD, GOOD, "sealing: " GOOD "\nwitness: " ONE "\n", WH_CRYPTO,
		".pub:5: "},
	};
	struct world *w = *state;
	struct key_publics publics;
	char text[600];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		(void)snprintf(text, sizeof(text),
		    "kind: member\ntransport: %s\nsigning: %s\n%s",
		    cases[i].transport, cases[i].signing, cases[i].more);
		rewrite(w->public, text);
		assert_int_equal(keyfile_read_public(w->public, &publics,
				     &w->why),
		    cases[i].err);
		assert_non_null(strstr(w->why.text, cases[i].where));
	}
}

static void
test_a_public_file_is_no_secret_and_the_other_way_round(void **state)
{
	struct world *w = *state;
	struct key_publics publics;
	struct key_secrets secrets;

	assert_int_equal(chmod(w->public, 0600), 0);
	assert_int_equal(keyfile_read_secret(w->public, &secrets, &w->why),
	    WH_INVALID);
	assert_int_equal(keyfile_read_public(w->secret, &publics, &w->why),
	    WH_INVALID);
}

static void
test_no_message_repeats_a_secret(void **state)
{
	struct world *w = *state;
	struct key_secrets read;
	char text[200];

	(void)snprintf(text, sizeof(text),
	    "kind: alliance\nsigning_secret: %.40s\n", GOOD);
	rewrite(w->secret, text);
	assert_int_equal(keyfile_read_secret(w->secret, &read, &w->why),
	    WH_INVALID);
	assert_null(strstr(w->why.text, "9a07"));
	assert_non_null(strstr(w->why.text, ".secret:2: "));
}

#define CLAIM(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    CLAIM(test_what_was_written_is_read),
	    CLAIM(test_a_member_without_a_witness_key_is_no_witness),
	    CLAIM(test_each_kind_has_the_keys_it_needs),
	    CLAIM(test_only_the_owner_may_read_the_secret),
	    CLAIM(test_a_secret_that_others_may_read_is_refused),
	    CLAIM(test_keys_are_never_overwritten),
	    CLAIM(test_a_name_cannot_leave_the_folder),
	    CLAIM(test_a_broken_file_is_told_with_its_line),
	    CLAIM(test_a_public_file_is_no_secret_and_the_other_way_round),
	    CLAIM(test_no_message_repeats_a_secret),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
