/* SPDX-License-Identifier: EUPL-1.2 */
#include "adapters/look.h"
#include "tests/adapters_store.h"

/* The log of looks: nobody changes what it says unseen. */

#define NOW_MS 1789000000000
#define LOOKS  5

static void
look(struct store *s, enum look_kind kind, const char *where)
{
	struct look one = {.at_ms = NOW_MS,
	    .who = {.label = "b-bakker", .roles = ROLE_OFFICER},
	    .kind = kind};

	assert_int_equal(str_copy(one.where, sizeof(one.where), where), WH_OK);
	assert_int_equal(look_add(s->txn, s->vault, &one), WH_OK);
}

static void
look_often(struct store *s)
{
	for (size_t i = 0; i < LOOKS; i++)
		look(s, LOOK_REFERRAL, "018f0000-0000-7000-8000-000000000001");
}

static enum wh_err
verify(struct store *s, uint64_t *bad)
{
	struct look_head start = {0};

	return look_verify(s->txn, s->vault, &start, bad);
}

static void
test_looks_are_read_back_as_they_were(void **state)
{
	struct store *s = *state;
	struct look_head head;
	struct look got;
	uint64_t bad;

	assert_int_equal(verify(s, &bad), WH_OK);
	look(s, LOOK_LOG, "");
	look(s, LOOK_REFERRAL, "018f0000-0000-7000-8000-000000000001");
	assert_int_equal(look_head(s->txn, &head), WH_OK);
	assert_int_equal(head.count, 2);
	assert_int_equal(look_get(s->txn, s->vault, 2, &got), WH_OK);
	assert_string_equal(got.who.label, "b-bakker");
	assert_int_equal(got.who.roles, ROLE_OFFICER);
	assert_int_equal(got.kind, LOOK_REFERRAL);
	assert_string_equal(got.where, "018f0000-0000-7000-8000-000000000001");
	assert_int_equal(got.at_ms, NOW_MS);
	assert_memory_equal(got.chain.b, head.chain.b, HASH_LEN);
	assert_int_equal(verify(s, &bad), WH_OK);
}

static struct span
key_of(uint8_t key[8], uint64_t n)
{
	be64_put(key, n);
	return span_of(key, 8);
}

static void
test_every_changed_byte_is_found(void **state)
{
	struct store *s = *state;
	uint8_t copy[512], key[8];
	struct span value;
	uint64_t bad;
	size_t len;

	look_often(s);
	assert_int_equal(kv_peek(s->txn, LOCAL_LOOK, key_of(key, 3), &value),
	    WH_OK);
	len = value.len;
	memcpy(copy, value.p, len);
	for (size_t i = 0; i < len; i++) {
		copy[i] ^= 1;
		assert_int_equal(kv_put(s->txn, LOCAL_LOOK, key_of(key, 3),
				     span_of(copy, len)),
		    WH_OK);
		bad = 0;
		assert_int_equal(verify(s, &bad), WH_CORRUPT);
		assert_int_equal(bad, 3);
		copy[i] ^= 1;
	}
}

/* Whoever holds the storage key can seal, and still breaks the chain. */
static void
test_an_entry_that_was_sealed_anew_is_found(void **state)
{
	struct store *s = *state;
	uint8_t plain[] = "\0\0\0\1\0\0\0\0\1\2nobody\0";
	uint8_t whole[512], key[8];
	uint8_t *sealed = NULL;
	struct span value;
	uint64_t bad;
	size_t len;

	look_often(s);
	assert_int_equal(kv_peek(s->txn, LOCAL_LOOK, key_of(key, 2), &value),
	    WH_OK);
	memcpy(whole, value.p, HASH_LEN);
	vault_seal(s->vault, LOCAL_LOOK, key_of(key, 2),
	    span_of(plain, sizeof(plain)), &sealed, &len);
	memcpy(whole + HASH_LEN, sealed, len);
	mem_free(sealed);
	assert_int_equal(kv_put(s->txn, LOCAL_LOOK, key_of(key, 2),
			     span_of(whole, HASH_LEN + len)),
	    WH_OK);
	assert_int_equal(verify(s, &bad), WH_CORRUPT);
	assert_int_equal(bad, 2);
}

static void
test_an_entry_that_is_gone_or_too_many_is_found(void **state)
{
	struct store *s = *state;
	uint8_t copy[512], key[8];
	struct span value;
	uint64_t bad;
	size_t len;

	look_often(s);
	for (uint64_t n = 1; n <= LOOKS; n++) {
		assert_int_equal(kv_peek(s->txn, LOCAL_LOOK, key_of(key, n),
				     &value),
		    WH_OK);
		len = value.len;
		memcpy(copy, value.p, len);
		assert_int_equal(kv_del(s->txn, LOCAL_LOOK, key_of(key, n)),
		    WH_OK);
		assert_int_equal(verify(s, &bad), WH_CORRUPT);
		assert_int_equal(kv_put(s->txn, LOCAL_LOOK, key_of(key, n),
				     span_of(copy, len)),
		    WH_OK);
	}
	assert_int_equal(verify(s, &bad), WH_OK);
	assert_int_equal(kv_put(s->txn, LOCAL_LOOK, key_of(key, LOOKS + 1),
			     span_of(copy, len)),
	    WH_OK);
	assert_int_equal(verify(s, &bad), WH_CORRUPT);
}

/* What was checked is not read again, and a cut below it is seen. */
static void
test_a_check_goes_on_where_the_last_one_ended(void **state)
{
	struct store *s = *state;
	struct look_head good = {0};
	uint8_t key[8];
	uint64_t bad;

	look_often(s);
	assert_int_equal(look_verify(s->txn, s->vault, &good, &bad), WH_OK);
	assert_int_equal(good.count, LOOKS);
	look_often(s);
	assert_int_equal(look_verify(s->txn, s->vault, &good, &bad), WH_OK);
	assert_int_equal(good.count, 2 * LOOKS);
	assert_int_equal(kv_del(s->txn, LOCAL_META, span_str("look")), WH_OK);
	for (uint64_t n = 1; n <= 2 * LOOKS; n++)
		assert_int_equal(kv_del(s->txn, LOCAL_LOOK, key_of(key, n)),
		    WH_OK);
	look_often(s);
	assert_int_equal(look_verify(s->txn, s->vault, &good, &bad),
	    WH_CORRUPT);
}

/* One of each of these moments. */
static void
look_at(struct store *s, int64_t at_ms)
{
	struct look one = {.at_ms = at_ms,
	    .who = {.label = "b-bakker", .roles = ROLE_OFFICER},
	    .kind = LOOK_LOG};

	assert_int_equal(look_add(s->txn, s->vault, &one), WH_OK);
}

static void
test_the_oldest_go_and_the_chain_goes_on(void **state)
{
	struct store *s = *state;
	struct look_head before, gone;
	struct look got;
	int64_t at_ms = 0;
	unsigned count;
	uint64_t bad;

	for (int i = 1; i <= LOOKS; i++)
		look_at(s, NOW_MS + i);
	assert_int_equal(look_head(s->txn, &before), WH_OK);
	assert_int_equal(look_drop(s->txn, s->vault, NOW_MS + 4, 2, &count),
	    WH_OK);
	assert_int_equal(count, 2); /* no more than it may */
	assert_int_equal(look_drop(s->txn, s->vault, NOW_MS + 4, 9, &count),
	    WH_OK);
	assert_int_equal(count, 1); /* no newer than it may */
	assert_int_equal(look_gone(s->txn, s->vault, &gone), WH_OK);
	assert_int_equal(gone.count, 3);
	assert_int_equal(look_get(s->txn, s->vault, 3, &got), WH_NOT_FOUND);
	assert_int_equal(look_oldest(s->txn, s->vault, &at_ms), WH_OK);
	assert_int_equal(at_ms, NOW_MS + 4);
	assert_int_equal(verify(s, &bad), WH_OK);
	assert_int_equal(look_head(s->txn, &gone), WH_OK);
	assert_int_equal(gone.count, before.count);
	look_at(s, NOW_MS + 9);
	assert_int_equal(verify(s, &bad), WH_OK);
}

/* With the store but without its key nobody lets an entry go. */
static void
test_what_went_cannot_be_made_up(void **state)
{
	struct store *s = *state;
	uint8_t key[8], made_up[8 + HASH_LEN];
	struct span value;
	unsigned count;
	uint64_t bad;

	look_often(s);
	assert_int_equal(kv_peek(s->txn, LOCAL_LOOK, key_of(key, 2), &value),
	    WH_OK);
	be64_put(made_up, 2);
	memcpy(made_up + 8, value.p, HASH_LEN);
	assert_int_equal(kv_put(s->txn, LOCAL_META, span_str("look-gone"),
			     span_of(made_up, sizeof(made_up))),
	    WH_OK);
	assert_int_equal(kv_del(s->txn, LOCAL_LOOK, key_of(key, 1)), WH_OK);
	assert_int_equal(kv_del(s->txn, LOCAL_LOOK, key_of(key, 2)), WH_OK);
	assert_int_equal(verify(s, &bad), WH_CORRUPT);
	assert_int_not_equal(look_drop(s->txn, s->vault, NOW_MS + 1, 9, &count),
	    WH_OK);
}

/* An entry less at the beginning, and nothing that says that it went. */
static void
test_a_cut_at_the_beginning_is_found(void **state)
{
	struct store *s = *state;
	uint8_t key[8];
	unsigned count;
	uint64_t bad;

	look_often(s);
	assert_int_equal(look_drop(s->txn, s->vault, NOW_MS + 1, 2, &count),
	    WH_OK);
	assert_int_equal(count, 2);
	assert_int_equal(kv_del(s->txn, LOCAL_LOOK, key_of(key, 3)), WH_OK);
	assert_int_equal(verify(s, &bad), WH_CORRUPT);
	assert_int_equal(bad, 3);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_looks_are_read_back_as_they_were),
	    TEST(test_every_changed_byte_is_found),
	    TEST(test_an_entry_that_was_sealed_anew_is_found),
	    TEST(test_an_entry_that_is_gone_or_too_many_is_found),
	    TEST(test_a_check_goes_on_where_the_last_one_ended),
	    TEST(test_the_oldest_go_and_the_chain_goes_on),
	    TEST(test_what_went_cannot_be_made_up),
	    TEST(test_a_cut_at_the_beginning_is_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
