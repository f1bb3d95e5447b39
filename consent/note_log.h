/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_CONSENT_NOTE_LOG_H
#define WH_CONSENT_NOTE_LOG_H

#include "consent/note_checkpoint.h"

/*
 * The hub's log over its generations. One generation is one Merkle tree with
 * an origin of its own: a new one opens at the change of year, and after a
 * restore (a log that lost entries must never go on under its old name). An
 * entry's number says both, so that numbers rise over all of them:
 * (generation << 32) | leaf. The first generation is 0.
 */
#define NOTE_LOG_LEAVES_MAX ((uint64_t)UINT32_MAX) /* in one generation */

static inline uint64_t
note_log_entry(uint32_t generation, uint64_t leaf)
{
	return (uint64_t)generation << 32 | leaf;
}

static inline uint32_t
note_log_generation(uint64_t entry)
{
	return (uint32_t)(entry >> 32);
}

static inline uint64_t
note_log_leaf(uint64_t entry)
{
	return entry & UINT32_MAX;
}

/*
 * The origin of a generation: log_origin of the register itself for 0, else
 * "log_origin/generation" in decimal. WH_TOO_BIG.
 */
#define NOTE_LOG_ORIGIN_SIZE (NOTE_NAME_MAX + 1)
enum wh_err note_log_origin(const char *log_origin, uint32_t generation,
    char out[NOTE_LOG_ORIGIN_SIZE]);

/* Back; WH_INVALID: not an origin of this log. */
enum wh_err note_log_parse(const char *log_origin, struct span origin,
    uint32_t *generation);

/*
 * A checkpoint of any generation that at least one of the log's keys signed;
 * the keys have the name of generation 0 (register_log_keys). Spans are
 * borrowed from bytes. Errors as of note_checkpoint_open_any().
 */
enum wh_err note_log_open(struct span bytes, const struct note_key *keys,
    size_t count, uint32_t *generation, struct note_checkpoint *out);

/* The same for one that was checked before: no signature is looked at. */
enum wh_err note_log_read(struct span bytes, const char *log_origin,
    uint32_t *generation, struct note_checkpoint *out);

/*
 * What the first leaf of the next generation holds as its commitment: SHA-256
 * of the signed text of the last known checkpoint. WH_INVALID: not a note.
 */
enum wh_err note_log_link(struct span bytes, struct hash *out);

#endif
