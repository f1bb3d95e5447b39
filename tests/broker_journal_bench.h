/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_TESTS_BROKER_JOURNAL_BENCH_H
#define WH_TESTS_BROKER_JOURNAL_BENCH_H

#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "broker/journal_format.h"
#include "proto/base/file.h"
#include "proto/base/mem.h"
#include "tests/support.h"

/* A journal in a folder of its own, with records that can be checked. */

#define SEGMENT (8 * JOURNAL_BLOCK) /* seven records of one block */

struct bench {
	char *dir;
	struct journal *journal;
	uint64_t first; /* seq of the first record that was replayed, or 0 */
	uint64_t last;
	size_t commands;
};

static inline struct hash
hash_of(uint64_t seq)
{
	return hash_span(span_of(&seq, sizeof(seq)));
}

/* Everything in a record follows from its seq, so that it can be checked. */
static inline size_t
payload_len(uint64_t seq)
{
	return seq % 5 == 0 ? 5000 : (size_t)(seq * 37 % 300);
}

static inline enum wh_err
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

static inline enum wh_err
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

static inline void
opens(struct bench *b, uint64_t after, uint64_t first, uint64_t last)
{
	struct why why = {""};

	if (reopen(b, after, &why) != WH_OK)
		fail_msg("%s", why.text);
	assert_int_equal(b->first, first);
	assert_int_equal(b->last, last);
}

static inline enum wh_err
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

static inline void
prepare(struct bench *b)
{
	bool more = true;

	while (more)
		assert_int_equal(journal_prepare(b->journal, &more), WH_OK);
}

static inline void
append_all(struct bench *b, size_t n)
{
	while (n-- > 0) {
		assert_int_equal(append(b), WH_OK);
		prepare(b);
	}
}

static inline int
setup(void **state)
{
	struct bench *b = mem_new(sizeof(*b));

	b->dir = support_dir_new();
	assert_int_equal(reopen(b, 0, NULL), WH_OK);
	*state = b;
	return 0;
}

static inline int
teardown(void **state)
{
	struct bench *b = *state;

	journal_close(b->journal);
	support_dir_remove(b->dir);
	mem_free(b);
	return 0;
}

#define BENCH(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

#endif
