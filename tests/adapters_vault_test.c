/* SPDX-License-Identifier: EUPL-1.2 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "adapters/vault.h"
#include "proto/base/mem.h"

#define TABLE 4

static const char secret[] = "Testpersoon Verzonnen, Dichtersweg 1";

static int
vault_setup(void **state)
{
	uint8_t key[VAULT_KEY_LEN];

	memset(key, 0x5a, sizeof(key));
	vault_new(key, (struct vault **)state);
	return 0;
}

static int
vault_teardown(void **state)
{
	vault_free(*state);
	return 0;
}

static void
seal(const struct vault *vault, struct span plain, uint8_t **out, size_t *len)
{
	vault_seal(vault, TABLE, span_str("case"), plain, out, len);
}

static void
test_what_was_sealed_opens_in_its_place(void **state)
{
	uint8_t *sealed = NULL;
	uint8_t *plain = NULL;
	size_t sealed_len = 0;
	size_t len = 0;

	seal(*state, span_str(secret), &sealed, &sealed_len);
	assert_int_equal(sealed_len, 1 + 12 + strlen(secret) + 16);
	assert_int_equal(vault_open(*state, TABLE, span_str("case"),
			     span_of(sealed, sealed_len), &plain, &len),
	    WH_OK);
	assert_int_equal(len, strlen(secret));
	assert_string_equal((char *)plain, secret);
	mem_wipe_free(plain, len);
	mem_free(sealed);
}

static void
test_an_empty_value_is_a_value(void **state)
{
	uint8_t *sealed = NULL;
	uint8_t *plain = NULL;
	size_t sealed_len = 0;
	size_t len = 1;

	seal(*state, span_of(NULL, 0), &sealed, &sealed_len);
	assert_int_equal(vault_open(*state, TABLE, span_str("case"),
			     span_of(sealed, sealed_len), &plain, &len),
	    WH_OK);
	assert_int_equal(len, 0);
	mem_free(plain);
	mem_free(sealed);
}

static void
test_the_same_value_never_looks_the_same(void **state)
{
	uint8_t *one = NULL;
	uint8_t *two = NULL;
	size_t len = 0;

	seal(*state, span_str(secret), &one, &len);
	seal(*state, span_str(secret), &two, &len);
	assert_memory_not_equal(one, two, len);
	assert_null(memmem(one, len, "Verzonnen", 9));
	mem_free(one);
	mem_free(two);
}

static void
test_a_value_moved_elsewhere_does_not_open(void **state)
{
	uint8_t *sealed = NULL;
	uint8_t *plain = NULL;
	size_t sealed_len = 0;
	struct span bytes;
	size_t len = 0;

	seal(*state, span_str(secret), &sealed, &sealed_len);
	bytes = span_of(sealed, sealed_len);
	assert_int_equal(vault_open(*state, TABLE + 1, span_str("case"), bytes,
			     &plain, &len),
	    WH_CRYPTO);
	assert_int_equal(vault_open(*state, TABLE, span_str("cast"), bytes,
			     &plain, &len),
	    WH_CRYPTO);
	assert_null(plain);
	mem_free(sealed);
}

static void
test_any_changed_or_missing_byte_does_not_open(void **state)
{
	uint8_t *sealed = NULL;
	uint8_t *plain = NULL;
	size_t sealed_len = 0;
	size_t len = 0;

	seal(*state, span_str(secret), &sealed, &sealed_len);
	for (size_t i = 0; i < sealed_len; i++) {
		sealed[i] ^= 1;
		assert_int_equal(vault_open(*state, TABLE, span_str("case"),
				     span_of(sealed, sealed_len), &plain, &len),
		    WH_CRYPTO);
		sealed[i] ^= 1;
		assert_int_equal(vault_open(*state, TABLE, span_str("case"),
				     span_of(sealed, i), &plain, &len),
		    WH_CRYPTO);
	}
	assert_null(plain);
	mem_free(sealed);
}

static void
test_another_storage_key_opens_and_finds_nothing(void **state)
{
	const uint8_t key[VAULT_KEY_LEN] = {1};
	struct span part = span_str("client-1");
	struct vault *other = NULL;
	uint8_t *sealed = NULL;
	uint8_t *plain = NULL;
	size_t sealed_len = 0;
	size_t len = 0;
	struct hash here;
	struct hash there;

	vault_new(key, &other);
	seal(*state, span_str(secret), &sealed, &sealed_len);
	assert_int_equal(vault_open(other, TABLE, span_str("case"),
			     span_of(sealed, sealed_len), &plain, &len),
	    WH_CRYPTO);
	here = vault_index(*state, "client", &part, 1);
	there = vault_index(other, "client", &part, 1);
	assert_false(hash_equal(&here, &there));
	mem_free(sealed);
	vault_free(other);
}

static void
test_an_index_tells_labels_and_parts_apart(void **state)
{
	const struct span one[] = {span_str("ab"), span_str("c")};
	const struct span two[] = {span_str("a"), span_str("bc")};
	struct hash a = vault_index(*state, "client", one, 2);
	struct hash again = vault_index(*state, "client", one, 2);
	struct hash b = vault_index(*state, "client", two, 2);
	struct hash c = vault_index(*state, "kenmerk", one, 2);
	struct hash d = vault_index(*state, "client", one, 1);

	assert_true(hash_equal(&a, &again));
	assert_false(hash_equal(&a, &b));
	assert_false(hash_equal(&a, &c));
	assert_false(hash_equal(&a, &d));
}

int
main(void)
{
#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, vault_setup, vault_teardown)
	const struct CMUnitTest tests[] = {
	    TEST(test_what_was_sealed_opens_in_its_place),
	    TEST(test_an_empty_value_is_a_value),
	    TEST(test_the_same_value_never_looks_the_same),
	    TEST(test_a_value_moved_elsewhere_does_not_open),
	    TEST(test_any_changed_or_missing_byte_does_not_open),
	    TEST(test_another_storage_key_opens_and_finds_nothing),
	    TEST(test_an_index_tells_labels_and_parts_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
