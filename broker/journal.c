/* SPDX-License-Identifier: EUPL-1.2 */
#include "broker/journal.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "broker/journal_format.h"
#include "broker/journal_segment.h"
#include "proto/base/mem.h"

struct journal {
	struct segments segments;
	size_t segment_bytes;
	unsigned reserve;
	uint8_t *block; /* owned, aligned: the record being written */
	size_t block_len;
	size_t offset; /* where the next record goes in the active segment */
	uint64_t last;
	bool failed; /* a write failed: nothing may follow it */
};

/* Walking one segment when the journal is opened. */
struct replay {
	uint64_t after;
	journal_replay_fn *fn;
	void *arg;
	uint64_t last; /* seq of the last whole record seen, 0 for none */
	struct why *why;
};

static enum wh_err
replay_record(struct replay *r, const struct journal_record *record)
{
	uint64_t want = (r->last > r->after ? r->last : r->after) + 1;

	if (record->seq > want)
		return why_set(r->why, WH_CORRUPT,
		    "journal: record %llu is missing before %llu; do not start "
		    "on it, restore the folder from a backup",
		    (unsigned long long)want, (unsigned long long)record->seq);
	/* What the store holds, and the same write twice, count no more. */
	if (record->seq < want) {
		if (record->seq > r->last)
			r->last = record->seq;
		return WH_OK;
	}
	r->last = record->seq;
	return r->fn(r->arg, record);
}

/* Is there a whole record anywhere behind from? Then the gap is damage. */
static bool
has_record_behind(struct span file, size_t from, const struct id *mark)
{
	struct command commands[BATCH_MAX];
	struct journal_record record;
	size_t at;

	for (at = from; at < file.len; at += JOURNAL_BLOCK)
		if (journal_decode(span_of(file.p + at, file.len - at), mark,
			commands, &record) == WH_OK)
			return true;
	return false;
}

/* Replay one segment; *end is where its records stop. */
static enum wh_err
replay_segment(struct replay *r, const struct segment *segment, size_t *end)
{
	struct command commands[BATCH_MAX];
	struct journal_record record;
	uint8_t *bytes = NULL;
	struct span file;
	size_t at = JOURNAL_BLOCK;
	size_t len;
	enum wh_err err;

	err = segment_read(segment, &bytes, &len, r->why);
	if (err != WH_OK)
		return err;
	file = span_of(bytes, len);
	while (at < len && journal_decode(span_of(bytes + at, len - at),
			       &segment->mark, commands, &record) == WH_OK) {
		err = replay_record(r, &record);
		if (err != WH_OK)
			goto out;
		at += journal_record_size(record.commands, record.count);
	}
	if (has_record_behind(file, at, &segment->mark))
		err = why_set(r->why, WH_CORRUPT,
		    "journal: %s is damaged at byte %zu and goes on after it; "
		    "do not start on it, restore the folder from a backup",
		    segment->path, at);
	*end = at;
out:
	mem_free(bytes);
	return err;
}

/*
 * Replay all segments in order. The last one with records is the active one;
 * an empty one before a filled one is damage.
 */
static enum wh_err
replay_all(struct journal *journal, struct replay *r)
{
	struct segments *s = &journal->segments;
	size_t i, end;
	bool empty = false;
	enum wh_err err;

	for (i = 0; i < s->count; i++) {
		err = replay_segment(r, &s->list[i], &end);
		if (err != WH_OK)
			return err;
		s->list[i].last_seq = r->last;
		if (end == JOURNAL_BLOCK) {
			empty = true;
			continue;
		}
		if (empty)
			return why_set(r->why, WH_CORRUPT,
			    "journal: %s has records behind an empty segment",
			    s->list[i].path);
		s->active = i;
		journal->offset = end;
	}
	return WH_OK;
}

enum wh_err
journal_open(const struct journal_options *options, uint64_t after,
    journal_replay_fn *replay, void *arg, struct journal **out, struct why *why)
{
	struct journal *journal = mem_new(sizeof(*journal));
	struct replay r = {.after = after,
	    .fn = replay,
	    .arg = arg,
	    .why = why};
	bool more = true;
	enum wh_err err;

	journal->segment_bytes = journal_padded(options->segment_bytes);
	journal->reserve = options->reserve;
	journal->offset = JOURNAL_BLOCK;
	err = segments_open(&journal->segments, options->dir,
	    journal->segment_bytes, why);
	if (err == WH_OK)
		err = replay_all(journal, &r);
	/* What was applied was journalled, and the last record always stays:
	 * an older journal lacks what was acknowledged since. */
	if (err == WH_OK && r.last < after)
		err = why_set(why, WH_CORRUPT,
		    "journal %s: ends at record %llu, the store has applied "
		    "%llu; put the right folder back",
		    options->dir, (unsigned long long)r.last,
		    (unsigned long long)after);
	journal->last = r.last > after ? r.last : after;
	if (err == WH_OK)
		journal_release(journal, after);
	/* The first segment and the reserve are made before anyone comes. */
	while (err == WH_OK && more &&
	       journal->segments.count <= 1 + options->reserve)
		err = journal_prepare(journal, &more);
	/* A full disk stops intake; what is there can still be worked off. */
	if (err == WH_FULL && journal->segments.count > 0)
		err = WH_OK;
	if (err != WH_OK) {
		if (why != NULL && why->text[0] == '\0')
			why_set(why, err, "journal %s: %s", options->dir,
			    wh_err_str(err));
		journal_close(journal);
		return err;
	}
	*out = journal;
	return WH_OK;
}

void
journal_close(struct journal *journal)
{
	if (journal == NULL)
		return;
	segments_close(&journal->segments);
	free(journal->block);
	mem_free(journal);
}

static uint8_t *
aligned_block(struct journal *journal, size_t len)
{
	if (len > journal->block_len) {
		free(journal->block);
		journal->block = NULL;
		if (posix_memalign((void **)&journal->block, JOURNAL_BLOCK,
			len) != 0)
			abort();
		journal->block_len = len;
	}
	return journal->block;
}

enum wh_err
journal_roll(struct journal *journal)
{
	struct segments *s = &journal->segments;

	if (s->count == 0 || s->active + 1 >= s->count)
		return WH_FULL;
	s->list[s->active].last_seq = journal->last;
	s->active++;
	journal->offset = JOURNAL_BLOCK;
	return WH_OK;
}

/* The active segment has no room for len: go on in the next prepared one. */
static bool
make_room(struct journal *journal, size_t len)
{
	struct segments *s = &journal->segments;

	if (s->count == 0 || len > journal->segment_bytes - JOURNAL_BLOCK)
		return false;
	if (journal->offset + len <= journal->segment_bytes)
		return true;
	return journal_roll(journal) == WH_OK;
}

enum wh_err
journal_append(struct journal *journal, const struct journal_record *record)
{
	size_t len = journal_record_size(record->commands, record->count);
	const struct segment *active;
	uint8_t *block;
	enum wh_err err;

	assert(record->count <= BATCH_MAX && record->seq == journal->last + 1);
	if (journal->failed)
		return WH_IO;
	if (!make_room(journal, len))
		return WH_FULL;
	active = &journal->segments.list[journal->segments.active];
	block = aligned_block(journal, len);
	journal_encode(record, &active->mark, block);
	err = segment_write(active, journal->offset, span_of(block, len));
	if (err != WH_OK) {
		/* After a failed flush nobody knows what is on the disk. */
		journal->failed = true;
		return WH_IO;
	}
	journal->offset += len;
	journal->last = record->seq;
	return WH_OK;
}

enum wh_err
journal_prepare(struct journal *journal, bool *more)
{
	struct segments *s = &journal->segments;
	size_t ahead = s->count == 0 ? 0 : s->count - s->active;

	*more = false;
	if (ahead > 1u + journal->reserve)
		return WH_OK;
	*more = true;
	return segments_prepare(s);
}

void
journal_release(struct journal *journal, uint64_t seq)
{
	struct segments *s = &journal->segments;

	while (s->active > 0 && s->list[0].last_seq <= seq)
		segments_retire_first(s);
}

bool
journal_has_room(const struct journal *journal, size_t bytes)
{
	const struct segments *s = &journal->segments;
	size_t usable = journal->segment_bytes - JOURNAL_BLOCK;
	size_t left = journal->offset < journal->segment_bytes
			  ? journal->segment_bytes - journal->offset
			  : 0;
	size_t ahead;

	if (s->count == 0)
		return false;
	ahead = s->count - s->active - 1;
	/* The reserve is counted in whole segments; the rest of the active
	 * one is intake's. */
	if (ahead < journal->reserve)
		return false;
	return bytes <= left || (ahead > journal->reserve && bytes <= usable);
}

uint64_t
journal_last(const struct journal *journal)
{
	return journal->last;
}
