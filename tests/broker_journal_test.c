/* SPDX-License-Identifier: EUPL-1.2 */
#include "tests/broker_journal_bench.h"

/* What was appended comes back, over segments that come and go. */

static void
test_empty_journal_has_nothing(void **state)
{
	struct bench *b = *state;

	assert_int_equal(journal_last(b->journal), 0);
	opens(b, 0, 0, 0);
	assert_int_equal(journal_last(b->journal), 0);
}

static void
test_what_was_appended_comes_back_over_segments(void **state)
{
	struct bench *b = *state;

	append_all(b, 40);
	opens(b, 0, 1, 40);
	append_all(b, 3);
	opens(b, 0, 1, 43);
}

static void
test_replay_starts_behind_the_last_commit(void **state)
{
	struct bench *b = *state;

	append_all(b, 20);
	opens(b, 12, 13, 20);
	opens(b, 20, 0, 0);
	assert_int_equal(journal_last(b->journal), 20);
	append_all(b, 1);
	opens(b, 20, 21, 21);
}

static size_t
count_files(const struct bench *b)
{
	DIR *dir = opendir(b->dir);
	const struct dirent *entry;
	size_t n = 0;

	assert_non_null(dir);
	while ((entry = readdir(dir)) != NULL)
		n += strstr(entry->d_name, ".wal") != NULL;
	closedir(dir);
	return n;
}

static void
test_released_segments_are_taken_away(void **state)
{
	struct bench *b = *state;

	for (uint64_t seq = 1; seq <= 300; seq++) {
		append_all(b, 1);
		journal_release(b->journal, seq - 1);
		assert_in_range(count_files(b), 1, 5);
	}
	opens(b, 299, 300, 300);
	append_all(b, 10);
	opens(b, 299, 300, 310);
}

/* Bytes of what was appended, anywhere in the folder. */
static bool
lies_about(const struct bench *b, struct span bytes)
{
	DIR *dir = opendir(b->dir);
	const struct dirent *entry;
	bool found = false;

	assert_non_null(dir);
	while ((entry = readdir(dir)) != NULL) {
		char *path = support_path(b->dir, entry->d_name);
		uint8_t *file = NULL;
		size_t len = 0;

		if (entry->d_name[0] != '.' &&
		    file_read(path, SIZE_MAX / 2, &file, &len, NULL) == WH_OK)
			found |= memmem(file, len, bytes.p, bytes.len) != NULL;
		mem_free(file);
		free(path);
	}
	closedir(dir);
	return found;
}

/* Seeds make keys: none of them may stay. */
static void
test_after_a_roll_nothing_of_before_is_left(void **state)
{
	struct bench *b = *state;
	struct hash seed;

	append_all(b, 30);
	seed = hash_of(30);
	assert_true(lies_about(b, span_of(seed.b, HASH_LEN)));
	prepare(b);
	assert_int_equal(journal_roll(b->journal), WH_OK);
	append_all(b, 1);
	journal_release(b->journal, 31);
	for (uint64_t seq = 1; seq <= 30; seq++) {
		seed = hash_of(seq);
		assert_false(lies_about(b, span_of(seed.b, HASH_LEN)));
	}
	opens(b, 31, 0, 0);
	append_all(b, 10);
	opens(b, 31, 32, 41);
}

static void
test_unreleased_segments_stay(void **state)
{
	struct bench *b = *state;

	append_all(b, 60);
	journal_release(b->journal, 10);
	opens(b, 10, 11, 60);
}

static void
test_no_prepared_segment_is_full_and_nothing_is_lost(void **state)
{
	struct bench *b = *state;
	uint64_t last;

	while (append(b) == WH_OK)
		;
	last = journal_last(b->journal);
	assert_int_equal(append(b), WH_FULL);
	assert_int_equal(journal_last(b->journal), last);
	prepare(b);
	assert_int_equal(append(b), WH_OK);
	opens(b, 0, 1, last + 1);
}

static void
test_reserve_is_not_for_intake(void **state)
{
	struct bench *b = *state;
	size_t usable = SEGMENT - JOURNAL_BLOCK;

	assert_true(journal_has_room(b->journal, usable));
	assert_false(journal_has_room(b->journal, usable + 1));
	while (journal_has_room(b->journal, 2 * JOURNAL_BLOCK))
		assert_int_equal(append(b), WH_OK);
	/* Acknowledgements and withdrawals can go on for a segment. */
	for (int i = 0; i < 3; i++)
		assert_int_equal(append(b), WH_OK);
	assert_false(journal_has_room(b->journal, 2 * JOURNAL_BLOCK));
	prepare(b);
	assert_true(journal_has_room(b->journal, 2 * JOURNAL_BLOCK));
}

static void
test_record_that_no_segment_holds_is_full(void **state)
{
	struct bench *b = *state;
	uint8_t *big = mem_new(SEGMENT);
	struct command command = {.kind = COMMAND_FRAME,
	    .bytes = span_of(big, SEGMENT)};
	struct journal_record record = {.seq = 1,
	    .count = 1,
	    .commands = &command};

	assert_int_equal(journal_append(b->journal, &record), WH_FULL);
	mem_free(big);
	append_all(b, 1);
	opens(b, 0, 1, 1);
}

static void
test_other_segment_size_goes_on_with_what_is_there(void **state)
{
	struct bench *b = *state;
	struct journal_options options = {.dir = b->dir,
	    .segment_bytes = SEGMENT / 2,
	    .reserve = 1};

	append_all(b, 9);
	for (int i = 0; i < 2; i++) {
		journal_close(b->journal);
		b->journal = NULL;
		b->first = b->last = 0;
		assert_int_equal(journal_open(&options, 0, collect, b,
				     &b->journal, NULL),
		    WH_OK);
		append_all(b, 9);
		options.segment_bytes = SEGMENT * 2;
	}
	opens(b, 0, 1, 27);
}

static enum wh_err
fail_at_three(void *arg, const struct journal_record *record)
{
	(void)arg;
	return record->seq == 3 ? WH_CORRUPT : WH_OK;
}

static void
test_error_of_the_replay_stops_the_opening(void **state)
{
	struct bench *b = *state;
	struct journal_options options = {.dir = b->dir,
	    .segment_bytes = SEGMENT,
	    .reserve = 1};

	append_all(b, 5);
	journal_close(b->journal);
	b->journal = NULL;
	assert_int_equal(journal_open(&options, 0, fail_at_three, NULL,
			     &b->journal, NULL),
	    WH_CORRUPT);
	assert_null(b->journal);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    BENCH(test_empty_journal_has_nothing),
	    BENCH(test_what_was_appended_comes_back_over_segments),
	    BENCH(test_replay_starts_behind_the_last_commit),
	    BENCH(test_released_segments_are_taken_away),
	    BENCH(test_after_a_roll_nothing_of_before_is_left),
	    BENCH(test_unreleased_segments_stay),
	    BENCH(test_no_prepared_segment_is_full_and_nothing_is_lost),
	    BENCH(test_reserve_is_not_for_intake),
	    BENCH(test_record_that_no_segment_holds_is_full),
	    BENCH(test_other_segment_size_goes_on_with_what_is_there),
	    BENCH(test_error_of_the_replay_stops_the_opening),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
