/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_BROKER_JOURNAL_H
#define WH_BROKER_JOURNAL_H

#include "broker/command.h"
#include "proto/base/err.h"

/*
 * What makes the broker durable: a batch of commands is one append to a
 * segment that was written with zeros before, and one flush; nobody hears of
 * anything before that. After a crash the records behind the last commit of
 * the store are applied again. An interface with one implementation here,
 * local segments; a replicated stream can take its place.
 *
 * Segment file NNNNNNNN.wal: a header block, then records back to back, each
 * on a 4 KiB boundary: mark of the segment, seq, time, seed, Merkle root before
 * it, commands, CRC-32C over all of it (journal_format.h).
 */
struct journal;

struct journal_options {
	const char *dir;
	size_t segment_bytes; /* at least one frame and its header */
	unsigned
	    reserve; /* segments kept for acknowledgements and withdrawals */
};

struct journal_record {
	uint64_t seq;
	int64_t now_ms;
	struct hash seed;
	struct hash root; /* of the log before the first command */
	size_t count;
	const struct command *commands; /* borrowed */
};

/* Called for each record behind the last commit, in order; its error stops. */
typedef enum wh_err journal_replay_fn(void *arg,
    const struct journal_record *record);

/*
 * Open the folder (made when absent) and replay what has a seq above after.
 * A torn record at the very end was never acknowledged: it ends the journal.
 * WH_CORRUPT with why: a record is damaged and later ones exist, or seqs do
 * not follow each other or end before after: the broker must not start.
 */
enum wh_err journal_open(const struct journal_options *options, uint64_t after,
    journal_replay_fn *replay, void *arg, struct journal **out,
    struct why *why);
void journal_close(struct journal *journal); /* NULL is allowed */

/*
 * Durable when it returns WH_OK. WH_FULL: no prepared room; nothing was
 * written. WH_IO: the disk failed, the process must end.
 */
enum wh_err journal_append(struct journal *journal,
    const struct journal_record *record);

/*
 * Do a slice of the preparing of segments; call when idle and after each
 * append. *more says that there is more to do. WH_FULL: the disk has no room.
 */
enum wh_err journal_prepare(struct journal *journal, bool *more);

/* The store has committed up to seq: older segments are taken away. */
void journal_release(struct journal *journal, uint64_t seq);

/*
 * The next record goes to a segment of its own, so that what was written up to
 * now can be released. WH_FULL: none is prepared; nothing changed.
 */
enum wh_err journal_roll(struct journal *journal);

/*
 * May a record of this many bytes of intake be appended, leaving the reserve
 * for acknowledgements and withdrawals?
 */
bool journal_has_room(const struct journal *journal, size_t bytes);

uint64_t journal_last(const struct journal *journal); /* last seq written */

/* What a record of these commands takes on disk, in bytes. */
size_t journal_record_size(const struct command *commands, size_t count);

#endif
