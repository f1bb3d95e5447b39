/* SPDX-License-Identifier: EUPL-1.2 */
#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "broker/journal_format.h"
#include "proto/base/file.h"
#include "proto/base/mem.h"
#include "tests/support.h"

/* What was appended comes back, and nothing else ever does. */

#define SEGMENT (8 * JOURNAL_BLOCK) /* seven records of one block */

struct bench {
	char *dir;
	struct journal *journal;
	uint64_t first; /* seq of the first record that was replayed, or 0 */
	uint64_t last;
	size_t commands;
};

static struct hash
hash_of(uint64_t seq)
{
	return hash_span(span_of(&seq, sizeof(seq)));
}

/* Everything in a record follows from its seq, so that it can be checked. */
static size_t
payload_len(uint64_t seq)
{
	return seq % 5 == 0 ? 5000 : (size_t)(seq * 37 % 300);
}

static enum wh_err
collect(void *arg, const struct journal_record *record)
{
	struct bench *b = arg;
	struct hash expected = hash_of(record->seq);

	assert_int_equal(record->now_ms, 1000 + (int64_t)record->seq);
	assert_true(hash_equal(&record->seed, &expected));
	assert_true(hash_equal(&record->root, &expected));
	assert_int_equal(record->count, 1 + record->seq % 3);
	for (size_t i = 0; i < record->count; i++) {
		const struct command *command = &record->commands[i];

		assert_int_equal(command->kind, COMMAND_FRAME);
		assert_string_equal(command->member, "buurtteam");
		assert_int_equal(command->bytes.len, payload_len(record->seq));
		for (size_t at = 0; at < command->bytes.len; at++)
			assert_int_equal(command->bytes.p[at],
			    (uint8_t)(record->seq + at));
	}
	if (b->first == 0)
		b->first = record->seq;
	else
		assert_int_equal(record->seq, b->last + 1);
	b->last = record->seq;
	b->commands += record->count;
	return WH_OK;
}

static enum wh_err
reopen(struct bench *b, uint64_t after, struct why *why)
{
	struct journal_options options = {.dir = b->dir,
	    .segment_bytes = SEGMENT,
	    .reserve = 1};

	journal_close(b->journal);
	b->journal = NULL;
	b->first = 0;
	b->last = 0;
	b->commands = 0;
	return journal_open(&options, after, collect, b, &b->journal, why);
}

static void
opens(struct bench *b, uint64_t after, uint64_t first, uint64_t last)
{
	struct why why = {""};

	if (reopen(b, after, &why) != WH_OK)
		fail_msg("%s", why.text);
	assert_int_equal(b->first, first);
	assert_int_equal(b->last, last);
}

static enum wh_err
append(struct bench *b)
{
	uint64_t seq = journal_last(b->journal) + 1;
	uint8_t payload[8192];
	struct command commands[3];
	struct journal_record record = {.seq = seq,
	    .now_ms = 1000 + (int64_t)seq,
	    .seed = hash_of(seq),
	    .root = hash_of(seq),
	    .count = 1 + seq % 3,
	    .commands = commands};

	for (size_t at = 0; at < payload_len(seq); at++)
		payload[at] = (uint8_t)(seq + at);
	for (size_t i = 0; i < record.count; i++)
		commands[i] = (struct command){.kind = COMMAND_FRAME,
		    .member = "buurtteam",
		    .bytes = span_of(payload, payload_len(seq))};
	return journal_append(b->journal, &record);
}

static void
prepare(struct bench *b)
{
	bool more = true;

	while (more)
		assert_int_equal(journal_prepare(b->journal, &more), WH_OK);
}

static void
append_all(struct bench *b, size_t n)
{
	while (n-- > 0) {
		assert_int_equal(append(b), WH_OK);
		prepare(b);
	}
}

static int
setup(void **state)
{
	struct bench *b = mem_new(sizeof(*b));

	b->dir = support_dir_new();
	assert_int_equal(reopen(b, 0, NULL), WH_OK);
	*state = b;
	return 0;
}

static int
teardown(void **state)
{
	struct bench *b = *state;

	journal_close(b->journal);
	support_dir_remove(b->dir);
	mem_free(b);
	return 0;
}

static void
test_empty_journal_has_nothing(void **state)
{
	struct bench *b = *state;

	assert_int_equal(journal_last(b->journal), 0);
	opens(b, 0, 0, 0);
	opens(b, 41, 0, 0);
	assert_int_equal(journal_last(b->journal), 41);
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
test_released_segments_are_used_again(void **state)
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

/* Damage. */

static char *
newest(const struct bench *b, uint8_t **bytes, size_t *len)
{
	struct dirent **names = NULL;
	char *path = NULL;
	int n = scandir(b->dir, &names, NULL, alphasort);

	/* The last one with a record in it. */
	for (int i = n - 1; i >= 0; i--) {
		if (path == NULL && strstr(names[i]->d_name, ".wal") != NULL) {
			path = support_path(b->dir, names[i]->d_name);
			assert_int_equal(file_read(path, 1u << 20, bytes, len,
					     NULL),
			    WH_OK);
			if ((*bytes)[JOURNAL_BLOCK] != 'W') {
				free(path);
				path = NULL;
				mem_free(*bytes);
			}
		}
		free(names[i]);
	}
	free(names);
	assert_non_null(path);
	return path;
}

static void
overwrite(const char *path, const uint8_t *bytes, size_t len, size_t cut)
{
	int fd = open(path, O_WRONLY);

	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, bytes, len, 0), (ssize_t)len);
	assert_int_equal(ftruncate(fd, (off_t)cut), 0);
	close(fd);
}

/* Where the records of a segment start; n of them, then the end. */
static size_t
offsets_of(const uint8_t *bytes, size_t len, size_t out[16])
{
	struct command commands[BATCH_MAX];
	struct journal_record record;
	struct id mark;
	size_t n = 0, at = JOURNAL_BLOCK;

	memcpy(mark.b, bytes + 16, 16);
	while (at < len && journal_decode(span_of(bytes + at, len - at), &mark,
			       commands, &record) == WH_OK) {
		out[n++] = at;
		at += journal_record_size(record.commands, record.count);
	}
	out[n] = at;
	return n;
}

/* How the part of a write that did not reach the disk may look. */
enum rest {
	REST_ZERO,
	REST_OLD, /* of an earlier life of the block */
	REST_CUT, /* the file ends */
};

/*
 * The last write torn at each offset: everything before it, and after the
 * restart everything that is appended, stands.
 */
static void
tear(struct bench *b, enum rest rest)
{
	uint8_t *bytes, *torn;
	size_t len, at[16], n, step;
	uint64_t last = journal_last(b->journal);
	char *path = newest(b, &bytes, &len);

	n = offsets_of(bytes, len, at);
	assert_true(n >= 1);
	torn = mem_new(len);
	for (size_t cut = at[n - 1]; cut < at[n]; cut += step) {
		uint64_t whole;

		step = cut - at[n - 1] < 200 || at[n] - cut < 20 ? 1 : 61;
		memcpy(torn, bytes, len);
		for (size_t i = cut; i < at[n]; i++)
			torn[i] = rest == REST_OLD
				      ? (uint8_t)(bytes[i - at[n - 1] + at[0]])
				      : 0;
		overwrite(path, torn, len, rest == REST_CUT ? cut : len);
		assert_int_equal(reopen(b, 0, NULL), WH_OK);
		/* Only padding may be missing from a record that stands. */
		whole = b->last;
		assert_true(whole == last - 1 ||
			    (whole == last && memcmp(torn, bytes, len) == 0) ||
			    (whole == last && at[n] - cut < JOURNAL_BLOCK));
		assert_int_equal(append(b), WH_OK);
		opens(b, 0, 1, whole + 1);
		overwrite(path, bytes, len, len);
	}
	journal_close(b->journal);
	b->journal = NULL;
	mem_free(torn);
	mem_free(bytes);
	free(path);
}

static void
test_torn_last_write_ends_the_journal(void **state)
{
	struct bench *b = *state;

	append_all(b, 3);
	tear(b, REST_ZERO);
}

static void
test_torn_last_write_over_old_blocks_ends_the_journal(void **state)
{
	struct bench *b = *state;

	append_all(b, 3);
	tear(b, REST_OLD);
}

static void
test_cut_off_file_ends_the_journal(void **state)
{
	struct bench *b = *state;

	append_all(b, 3);
	tear(b, REST_CUT);
}

static void
test_torn_long_write_ends_the_journal(void **state)
{
	struct bench *b = *state;

	append_all(b, 5); /* the fifth takes several blocks */
	tear(b, REST_ZERO);
}

/* Damage to the record before the last one, at each offset. */
static void
test_damage_in_the_middle_is_never_passed_over(void **state)
{
	struct bench *b = *state;
	uint8_t *bytes, *hurt;
	size_t len, at[16], n, held;
	char *path;

	append_all(b, 6);
	path = newest(b, &bytes, &len);
	n = offsets_of(bytes, len, at);
	assert_true(n >= 2);
	hurt = mem_new(len);
	held = JOURNAL_HEADER_LEN + 16;
	for (size_t i = at[n - 2]; i < at[n - 2] + held; i++) {
		struct why why = {""};

		memcpy(hurt, bytes, len);
		hurt[i] ^= 1u << (i % 8);
		overwrite(path, hurt, len, len);
		assert_int_equal(reopen(b, 0, &why), WH_CORRUPT);
		assert_non_null(strstr(why.text, "damaged"));
		assert_null(b->journal);
		assert_int_equal(b->last, 6 - 2);
	}
	overwrite(path, bytes, len, len);
	opens(b, 0, 1, 6);
	mem_free(hurt);
	mem_free(bytes);
	free(path);
}

/* Each bit of the last record: it is there as it was, or not at all. */
static void
test_flipped_bit_in_the_last_record_ends_the_journal(void **state)
{
	struct bench *b = *state;
	uint8_t *bytes, *hurt;
	size_t len, at[16], n;
	char *path;

	append_all(b, 2);
	path = newest(b, &bytes, &len);
	n = offsets_of(bytes, len, at);
	hurt = mem_new(len);
	for (size_t i = at[n - 1]; i < at[n - 1] + JOURNAL_HEADER_LEN + 40;
	     i++) {
		memcpy(hurt, bytes, len);
		hurt[i] ^= 1u << (i % 8);
		overwrite(path, hurt, len, len);
		opens(b, 0, 1, 1);
	}
	mem_free(hurt);
	mem_free(bytes);
	free(path);
}

/* The same write twice, one after the other: it counts once. */
static void
test_doubled_last_write_counts_once(void **state)
{
	struct bench *b = *state;
	uint8_t *bytes;
	size_t len, at[16], n;
	char *path;

	append_all(b, 2);
	path = newest(b, &bytes, &len);
	n = offsets_of(bytes, len, at);
	assert_true(at[n] + at[n] - at[n - 1] <= len);
	memcpy(bytes + at[n], bytes + at[n - 1], at[n] - at[n - 1]);
	overwrite(path, bytes, len, len);
	opens(b, 0, 1, 2);
	append_all(b, 1);
	opens(b, 0, 1, 3);
	mem_free(bytes);
	free(path);
}

/* A record that a member wrote into its own message is not one. */
static void
test_record_inside_a_message_is_never_replayed(void **state)
{
	struct bench *b = *state;
	static uint8_t fake[2 * JOURNAL_BLOCK];
	struct command command = {.kind = COMMAND_REGISTER,
	    .bytes = span_str("planted")};
	struct journal_record planted = {.seq = 2,
	    .count = 1,
	    .commands = &command};
	struct command carrier = {.kind = COMMAND_FRAME,
	    .member = "buurtteam",
	    .bytes = span_of(fake, sizeof(fake))};
	struct journal_record record = {.seq = 2,
	    .now_ms = 1002,
	    .seed = hash_of(2),
	    .root = hash_of(2),
	    .count = 1,
	    .commands = &carrier};
	size_t start = JOURNAL_BLOCK - JOURNAL_HEADER_LEN - 6 - 9;
	const struct id guess = {{0}};
	uint8_t *bytes;
	size_t len, at[16], n;
	char *path;

	append_all(b, 1);
	journal_encode(&planted, &guess, fake + start);
	assert_int_equal(journal_append(b->journal, &record), WH_OK);
	path = newest(b, &bytes, &len);
	n = offsets_of(bytes, len, at);
	/* Torn so that only the planted one is left, on a block of its own. */
	memset(bytes + at[n - 1], 0, JOURNAL_BLOCK);
	assert_int_equal(bytes[at[n - 1] + JOURNAL_BLOCK], 'W');
	overwrite(path, bytes, len, len);
	opens(b, 0, 1, 1);
	append_all(b, 1); /* one block: the planted one comes right behind */
	opens(b, 0, 1, 2);
	mem_free(bytes);
	free(path);
}

static void
test_missing_segment_is_never_passed_over(void **state)
{
	struct bench *b = *state;
	struct dirent **names = NULL;
	struct why why = {""};
	int n, seen = 0;

	append_all(b, 30);
	n = scandir(b->dir, &names, NULL, alphasort);
	for (int i = 0; i < n; i++) {
		if (strstr(names[i]->d_name, ".wal") != NULL && ++seen == 2) {
			char *path = support_path(b->dir, names[i]->d_name);

			assert_int_equal(unlink(path), 0);
			free(path);
		}
		free(names[i]);
	}
	free(names);
	assert_int_equal(reopen(b, 0, &why), WH_CORRUPT);
	assert_non_null(strstr(why.text, "missing"));
}

static void
test_damaged_first_block_refuses(void **state)
{
	struct bench *b = *state;
	uint8_t *bytes;
	size_t len;
	struct why why = {""};
	char *path;

	append_all(b, 2);
	path = newest(b, &bytes, &len);
	bytes[9] ^= 1;
	overwrite(path, bytes, len, len);
	assert_int_equal(reopen(b, 0, &why), WH_CORRUPT);
	assert_non_null(strstr(why.text, "first block"));
	mem_free(bytes);
	free(path);
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

#define BENCH(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    BENCH(test_empty_journal_has_nothing),
	    BENCH(test_what_was_appended_comes_back_over_segments),
	    BENCH(test_replay_starts_behind_the_last_commit),
	    BENCH(test_released_segments_are_used_again),
	    BENCH(test_unreleased_segments_stay),
	    BENCH(test_no_prepared_segment_is_full_and_nothing_is_lost),
	    BENCH(test_reserve_is_not_for_intake),
	    BENCH(test_record_that_no_segment_holds_is_full),
	    BENCH(test_other_segment_size_goes_on_with_what_is_there),
	    BENCH(test_torn_last_write_ends_the_journal),
	    BENCH(test_torn_last_write_over_old_blocks_ends_the_journal),
	    BENCH(test_cut_off_file_ends_the_journal),
	    BENCH(test_torn_long_write_ends_the_journal),
	    BENCH(test_damage_in_the_middle_is_never_passed_over),
	    BENCH(test_flipped_bit_in_the_last_record_ends_the_journal),
	    BENCH(test_doubled_last_write_counts_once),
	    BENCH(test_record_inside_a_message_is_never_replayed),
	    BENCH(test_missing_segment_is_never_passed_over),
	    BENCH(test_damaged_first_block_refuses),
	    BENCH(test_error_of_the_replay_stops_the_opening),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
