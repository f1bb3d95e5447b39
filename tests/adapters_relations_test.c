/* SPDX-License-Identifier: EUPL-1.2 */
#include "adapters/relations.h"
#include "tests/adapters_store.h"

/* Whose a relation is, and all that is a client's. */

static const struct id theirs = {{1}};
static const struct id other = {{2}};

static void
assert_client(struct store *s, const struct id *relation, const char *want)
{
	char *client = NULL;

	assert_int_equal(relations_client(s->txn, s->vault, relation, &client),
	    WH_OK);
	assert_string_equal(client, want);
	mem_free(client);
}

static size_t
relations_of(struct store *s, const char *client)
{
	struct id relation = {{0}};
	size_t n = 0;

	while (relations_next(s->txn, s->vault, client, &relation) == WH_OK)
		n++;
	return n;
}

static uint64_t
rows(struct store *s, unsigned table)
{
	uint64_t n = 0;

	assert_int_equal(kv_count(s->txn, table, &n), WH_OK);
	return n;
}

static void
test_a_client_finds_every_relation(void **state)
{
	struct store *s = *state;
	struct id mine, again;

	assert_int_equal(relations_get(s->txn, s->vault, "C-1", "wpi", &mine),
	    WH_OK);
	assert_int_equal(relations_get(s->txn, s->vault, "C-1", "wpi", &again),
	    WH_OK);
	assert_true(id_equal(&mine, &again));
	assert_int_equal(relations_put(s->txn, s->vault, "C-1", "politie",
			     &theirs),
	    WH_OK);
	assert_int_equal(relations_put(s->txn, s->vault, "C-1", "politie",
			     &other),
	    WH_OK);
	assert_int_equal(relations_get(s->txn, s->vault, "C-2", "wpi", &again),
	    WH_OK);
	assert_int_equal(relations_of(s, "C-1"), 3);
	assert_int_equal(relations_of(s, "C-2"), 1);
	assert_int_equal(relations_of(s, "C-3"), 0);
	/* The first with a member is the one that we refer under. */
	assert_int_equal(relations_get(s->txn, s->vault, "C-1", "politie",
			     &again),
	    WH_OK);
	assert_true(id_equal(&again, &theirs));
}

/* Somebody mistook it: nothing is referred under it for the first again. */
static void
test_a_relation_is_one_client_at_a_time(void **state)
{
	struct store *s = *state;
	struct id found;

	assert_int_equal(relations_put(s->txn, s->vault, "C-1", "wpi", &theirs),
	    WH_OK);
	assert_int_equal(relations_put(s->txn, s->vault, "C-2", "wpi", &theirs),
	    WH_OK);
	assert_client(s, &theirs, "C-2");
	assert_int_equal(relations_find(s->txn, s->vault, "C-1", "wpi", &found),
	    WH_NOT_FOUND);
	assert_int_equal(relations_find(s->txn, s->vault, "C-2", "wpi", &found),
	    WH_OK);
	/* What was done under the first name is found under it as well. */
	assert_int_equal(relations_of(s, "C-1"), 1);
	assert_int_equal(relations_of(s, "C-2"), 1);
	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(relations_put(s->txn, s->vault, "C-1", "wpi",
				     &theirs),
		    WH_OK);
		assert_int_equal(relations_put(s->txn, s->vault, "C-2", "wpi",
				     &theirs),
		    WH_OK);
	}
	assert_int_equal(rows(s, LOCAL_BY_CLIENT), 2);
	assert_int_equal(rows(s, LOCAL_RELATION), 1);
}

static void
test_nothing_of_a_forgotten_relation_stays(void **state)
{
	struct store *s = *state;

	assert_int_equal(relations_put(s->txn, s->vault, "C-1", "wpi", &theirs),
	    WH_OK);
	assert_int_equal(relations_put(s->txn, s->vault, "C-2", "wpi", &theirs),
	    WH_OK);
	assert_int_equal(relations_forget(s->txn, s->vault, "wpi", &theirs),
	    WH_OK);
	assert_int_equal(rows(s, LOCAL_BY_CLIENT), 0);
	assert_int_equal(rows(s, LOCAL_RELATION), 0);
	assert_int_equal(rows(s, LOCAL_CLIENT), 0);
	assert_int_equal(relations_forget(s->txn, s->vault, "wpi", &theirs),
	    WH_OK);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_a_client_finds_every_relation),
	    TEST(test_a_relation_is_one_client_at_a_time),
	    TEST(test_nothing_of_a_forgotten_relation_stays),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
