/* SPDX-License-Identifier: EUPL-1.2 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "consent/register_policy.h"
#include "consent/witness.h"
#include "tests/consent_alliance.h"

#define NOW_MS ALLIANCE_SIGNED_MS

/* Who signs: the keys that the files of the alliance hold. */
struct signer {
	struct key_secrets keys;
	struct note_key note_key;
};

static struct signer
signer_of(struct alliance *a, const char *member)
{
	struct note_key keys[REGISTER_KEYS_MAX];
	struct signer s;
	char name[64];
	char *path;

	(void)snprintf(name, sizeof(name), "%s.secret", member);
	path = support_path(a->dir, name);
	assert_int_equal(keyfile_read_secret(path, &s.keys, &a->why), WH_OK);
	free(path);
	if (strcmp(member, "hub") == 0) {
		assert_int_equal(witness_log_keys(&a->reg,
				     span_str(a->reg.log_origin), keys),
		    1);
		s.note_key = keys[0];
	} else
		assert_int_equal(witness_key(&a->reg,
				     alliance_member(a, member), NOW_MS,
				     &s.note_key),
		    WH_OK);
	return s;
}

/* A checkpoint that these members cosigned. */
static char *
cosigned(struct alliance *a, const char *const *members)
{
	const struct note_checkpoint checkpoint = {.origin = span_str(
						       a->reg.log_origin),
	    .size = 12,
	    .root = {{7}}};
	struct signer hub = signer_of(a, "hub");
	char *note = NULL;

	assert_int_equal(note_checkpoint_seal(&checkpoint, &hub.note_key,
			     &hub.keys.signing, &note),
	    WH_OK);
	for (; *members != NULL; members++) {
		struct signer s = signer_of(a, *members);
		char line[NOTE_LINE_SIZE];
		struct note parsed;
		char *more = NULL;

		assert_int_equal(note_parse(span_str(note), &parsed), WH_OK);
		assert_int_equal(note_sign(&s.note_key, &s.keys.witness,
				     parsed.text, 1789382400, line),
		    WH_OK);
		assert_int_equal(note_make(parsed.text, parsed.lines,
				     span_str(line), &more),
		    WH_OK);
		mem_free(note);
		note = more;
	}
	return note;
}

static enum wh_err
check(struct alliance *a, const char *const *members)
{
	struct note_policy *policy = mem_new(sizeof(*policy));
	struct note_checkpoint head;
	char *note = cosigned(a, members);
	enum wh_err err;

	err = register_policy(&a->reg, NOW_MS, policy, &a->why);
	if (err == WH_OK)
		err = note_policy_check(policy, span_str(note), &head, &a->why);
	mem_free(note);
	mem_free(policy);
	return err;
}

static void
test_two_sectors_are_a_quorum(void **state)
{
	struct alliance *a = *state;
	const char *const two[] = {"wpi", "eigen-haard", NULL};
	const char *const all[] = {"wpi", "eigen-haard", "buurtteam", "politie",
	    NULL};

	assert_int_equal(check(a, two), WH_OK);
	assert_int_equal(check(a, all), WH_OK);
}

static void
test_one_sector_is_not_however_many_it_has(void **state)
{
	struct alliance *a = *state;
	const char *const none[] = {NULL};
	const char *const one[] = {"wpi", NULL};
	const char *const same[] = {"eigen-haard", "stadgenoot", NULL};
	const char *const more[] = {"eigen-haard", "stadgenoot", "wpi", NULL};

	alliance_keys(a, KEYFILE_MEMBER, "stadgenoot");
	alliance_load(a);
	assert_string_equal(alliance_member(a, "stadgenoot")->role,
	    alliance_member(a, "eigen-haard")->role);
	assert_int_equal(check(a, none), WH_CRYPTO);
	assert_int_equal(check(a, one), WH_CRYPTO);
	assert_int_equal(check(a, same), WH_CRYPTO);
	assert_int_equal(check(a, more), WH_OK);
}

static void
test_who_cosigns_without_a_key_in_the_register_does_not_count(void **state)
{
	struct alliance *a = *state;
	const char *const two[] = {"wpi", "eigen-haard", NULL};
	struct reg_member *wpi = alliance_member(a, "wpi");
	char *note = cosigned(a, two);
	struct note_policy *policy = mem_new(sizeof(*policy));
	struct note_checkpoint head;

	wpi->key_count = 3;
	assert_int_equal(register_policy(&a->reg, NOW_MS, policy, &a->why),
	    WH_OK);
	assert_int_equal(note_policy_check(policy, span_str(note), &head,
			     &a->why),
	    WH_CRYPTO);
	wpi->key_count = 4;
	wpi->keys[3].until_ms = NOW_MS;
	assert_int_equal(register_policy(&a->reg, NOW_MS, policy, &a->why),
	    WH_OK);
	assert_int_equal(note_policy_check(policy, span_str(note), &head,
			     &a->why),
	    WH_CRYPTO);
	assert_int_equal(register_policy(&a->reg, NOW_MS - 1, policy, &a->why),
	    WH_OK);
	assert_int_equal(note_policy_check(policy, span_str(note), &head,
			     &a->why),
	    WH_OK);
	mem_free(policy);
	mem_free(note);
}

static void
test_two_keys_of_one_member_are_one_sector(void **state)
{
	struct alliance *a = *state;
	struct reg_member *wpi = alliance_member(a, "wpi");
	struct reg_key keys[5];
	struct sign_secret fresh;
	char *text = NULL;

	sign_secret_new(&fresh);
	memcpy(keys, wpi->keys, 4 * sizeof(keys[0]));
	keys[4] = keys[3];
	memcpy(keys[4].key, fresh.public_key, SIGN_KEY_LEN);
	wpi->keys = keys;
	wpi->key_count = 5;
	assert_int_equal(register_policy_text(&a->reg, NOW_MS, &text, &a->why),
	    WH_OK);
	assert_non_null(strstr(text, "group sector:wpi any wpi wpi:2\n"));
	assert_non_null(strstr(text, "\nquorum sectors:2\n"));
	mem_free(text);
}

static void
test_without_two_sectors_there_is_no_policy(void **state)
{
	struct alliance *a = *state;
	char *text = NULL;

	for (size_t i = 0; i < a->reg.member_count; i++)
		if (strcmp(a->reg.members[i].id, "wpi") != 0)
			a->reg.members[i].key_count = 0;
	assert_int_equal(register_policy_text(&a->reg, NOW_MS, &text, &a->why),
	    WH_NOT_FOUND);
	assert_null(text);
	assert_non_null(strstr(a->why.text, "a quorum needs 2"));
}

#define CLAIM(test)                                                            \
	cmocka_unit_test_setup_teardown(test, alliance_setup, alliance_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    CLAIM(test_two_sectors_are_a_quorum),
	    CLAIM(test_one_sector_is_not_however_many_it_has),
	    CLAIM(
		test_who_cosigns_without_a_key_in_the_register_does_not_count),
	    CLAIM(test_two_keys_of_one_member_are_one_sector),
	    CLAIM(test_without_two_sectors_there_is_no_policy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
