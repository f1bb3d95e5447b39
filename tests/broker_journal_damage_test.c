/* SPDX-License-Identifier: EUPL-1.2 */
#include "tests/broker_journal_bench.h"

/* Whatever happened to the last write: no wrong record, ever. */

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
test_missing_journal_is_never_passed_over(void **state)
{
	struct bench *b = *state;
	struct why why = {""};

	append_all(b, 30);
	journal_close(b->journal);
	b->journal = NULL;
	support_dir_remove(b->dir); /* frees it too */
	b->dir = support_dir_new();
	assert_int_equal(reopen(b, 30, &why), WH_CORRUPT);
	assert_non_null(strstr(why.text, "ends at record 0"));
	opens(b, 0, 0, 0);
	append_all(b, 29); /* of before the last commit */
	assert_int_equal(reopen(b, 30, &why), WH_CORRUPT);
	opens(b, 29, 0, 0);
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

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    BENCH(test_torn_last_write_ends_the_journal),
	    BENCH(test_torn_last_write_over_old_blocks_ends_the_journal),
	    BENCH(test_cut_off_file_ends_the_journal),
	    BENCH(test_torn_long_write_ends_the_journal),
	    BENCH(test_damage_in_the_middle_is_never_passed_over),
	    BENCH(test_flipped_bit_in_the_last_record_ends_the_journal),
	    BENCH(test_doubled_last_write_counts_once),
	    BENCH(test_record_inside_a_message_is_never_replayed),
	    BENCH(test_missing_segment_is_never_passed_over),
	    BENCH(test_missing_journal_is_never_passed_over),
	    BENCH(test_damaged_first_block_refuses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
