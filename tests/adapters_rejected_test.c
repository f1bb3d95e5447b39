/* SPDX-License-Identifier: EUPL-1.2 */
#include "adapters/json.h"
#include "adapters/rejected.h"

#include "adapters/dossier.h"
#include "tests/adapters_store.h"

#define MAP (64u << 20) /* of the store */
#define BIG (1u << 20)

static enum wh_err
put(struct store *s, int64_t now_ms, size_t len, unsigned *dropped)
{
	char *text = mem_new(len + 1);
	json_t *record;
	enum wh_err err;

	memset(text, 'x', len);
	record = json_pack("{s:s}", "inhoud", text);
	err = rejected_put(s->txn, s->vault, now_ms, record, dropped);
	json_decref(record);
	mem_free(text);
	if (err == WH_OK)
		assert_int_equal(kv_commit(&s->txn), WH_OK);
	else
		kv_abort(&s->txn);
	store_begin(s);
	return err;
}

static void
first_is(struct store *s, uint64_t at_ms)
{
	struct span key = span_str(""), value;

	assert_int_equal(kv_seek(s->txn, LOCAL_REJECTED, &key, &value), WH_OK);
	assert_int_equal(be64_get(key.p), at_ms);
}

static void
test_what_was_rejected_can_be_read_back(void **state)
{
	struct store *s = *state;
	struct span key = span_str(""), value;
	json_t *record = NULL;
	unsigned dropped = 1;

	assert_int_equal(put(s, 1, 3, &dropped), WH_OK);
	assert_int_equal(dropped, 0);
	assert_int_equal(kv_seek(s->txn, LOCAL_REJECTED, &key, &value), WH_OK);
	assert_int_equal(sealed_json_get(s->txn, s->vault, LOCAL_REJECTED, key,
			     &record),
	    WH_OK);
	assert_string_equal(json_text(record, "inhoud"), "xxx");
	json_decref(record);
}

static void
test_a_stream_of_wrong_documents_leaves_room(void **state)
{
	struct store *s = *state;
	struct kv_room room;
	unsigned dropped;
	uint64_t count;

	for (int64_t i = 1; i <= 100; i++)
		assert_int_equal(put(s, i, BIG, &dropped), WH_OK);
	assert_int_equal(dropped, 1);
	assert_int_equal(kv_count(s->txn, LOCAL_REJECTED, &count), WH_OK);
	assert_int_equal(count, MAP / REJECTED_PART / BIG - 1);
	first_is(s, 100 - count + 1); /* the oldest went */
	assert_int_equal(kv_room(s->txn, &room), WH_OK);
	assert_true(room.used_bytes < MAP / 4);
}

static void
test_one_that_fills_the_part_alone_drops_nothing(void **state)
{
	struct store *s = *state;
	unsigned dropped = 0;

	assert_int_equal(put(s, 1, 3, &dropped), WH_OK);
	assert_int_equal(put(s, 2, MAP / REJECTED_PART, &dropped), WH_TOO_BIG);
	first_is(s, 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_what_was_rejected_can_be_read_back),
	    TEST(test_a_stream_of_wrong_documents_leaves_room),
	    TEST(test_one_that_fills_the_part_alone_drops_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
