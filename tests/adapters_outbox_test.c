/* SPDX-License-Identifier: EUPL-1.2 */
#include "adapters/outbox.h"
#include "tests/adapters_store.h"

static struct id
id_of(uint8_t n)
{
	return (struct id){.b = {n}};
}

static void
push(struct store *s, uint8_t n, const char *bytes)
{
	struct id id = id_of(n);

	assert_int_equal(outbox_push(s->txn, TO_HUB_SUBMIT, &id,
			     span_str(bytes)),
	    WH_OK);
}

static void
assert_next(struct store *s, uint64_t *n, uint8_t expected, const char *bytes)
{
	struct id want = id_of(expected);
	enum to_hub_kind kind;
	struct span row;
	struct id id;

	assert_int_equal(outbox_next(s->txn, n, &kind, &id, &row), WH_OK);
	assert_int_equal(kind, TO_HUB_SUBMIT);
	assert_true(id_equal(&id, &want));
	assert_true(span_equal(row, span_str(bytes)));
}

static void
assert_end(struct store *s, uint64_t n)
{
	uint64_t before = n;
	enum to_hub_kind kind;
	struct span row;
	struct id id;

	assert_int_equal(outbox_next(s->txn, &n, &kind, &id, &row),
	    WH_NOT_FOUND);
	assert_int_equal(n, before);
}

static void
test_frames_come_out_in_order_and_survive_a_restart(void **state)
{
	struct store *s = *state;
	uint64_t n = 0;

	push(s, 9, "first");
	push(s, 3, "second");
	push(s, 5, "third");
	store_restart(s);
	assert_next(s, &n, 9, "first");
	assert_next(s, &n, 3, "second");
	assert_next(s, &n, 5, "third");
	assert_end(s, n);
}

static void
test_an_answer_takes_out_one_row_once(void **state)
{
	struct store *s = *state;
	struct id id = id_of(1);
	uint64_t count = 0;
	uint64_t n = 0;

	push(s, 1, "first");
	push(s, 2, "second");
	assert_int_equal(outbox_done(s->txn, &id), WH_OK);
	assert_int_equal(outbox_done(s->txn, &id), WH_NOT_FOUND);
	assert_int_equal(outbox_count(s->txn, &count), WH_OK);
	assert_int_equal(count, 1);
	assert_next(s, &n, 2, "second");
}

/* Who walks the outbox keeps a number: an emptied outbox must not go back. */
static void
test_numbers_never_start_again(void **state)
{
	struct store *s = *state;
	struct id id = id_of(1);
	uint64_t n = 0;

	push(s, 1, "first");
	assert_next(s, &n, 1, "first");
	assert_int_equal(outbox_done(s->txn, &id), WH_OK);
	store_restart(s);
	push(s, 2, "second");
	assert_next(s, &n, 2, "second");
}

static void
test_the_same_id_does_not_wait_twice(void **state)
{
	struct store *s = *state;
	struct id id = id_of(1);
	uint64_t n = 0;

	push(s, 1, "first");
	assert_int_equal(outbox_push(s->txn, TO_HUB_PERMISSION, &id,
			     span_str("other")),
	    WH_EXISTS);
	assert_next(s, &n, 1, "first");
	assert_end(s, n);
}

static void
test_what_does_not_fit_a_frame_is_refused(void **state)
{
	struct store *s = *state;
	uint8_t *bytes = mem_new(FRAME_MAX + 1);
	struct id id = id_of(1);

	assert_int_equal(outbox_push(s->txn, TO_HUB_SUBMIT, &id,
			     span_of(bytes, FRAME_MAX + 1)),
	    WH_TOO_BIG);
	assert_int_equal(outbox_push(s->txn, TO_HUB_SUBMIT, &id,
			     span_of(NULL, 0)),
	    WH_TOO_BIG);
	assert_end(s, 0);
	mem_free(bytes);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_frames_come_out_in_order_and_survive_a_restart),
	    TEST(test_an_answer_takes_out_one_row_once),
	    TEST(test_numbers_never_start_again),
	    TEST(test_the_same_id_does_not_wait_twice),
	    TEST(test_what_does_not_fit_a_frame_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
