/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_BROKER_JOURNAL_FORMAT_H
#define WH_BROKER_JOURNAL_FORMAT_H

#include "broker/journal.h"

/*
 * The bytes of the journal; shared by the journal and its tests. Everything
 * is big-endian. A record starts on a 4 KiB boundary and is padded to one, so
 * that an append never rewrites a block that was acknowledged before, and can
 * go straight to the disk.
 *
 *   0 magic "WHJ1"   4 CRC-32C of all that follows, up to the padding
 *   8 mark of the segment (16)
 *  24 seq   32 time in ms   40 seed   72 root   104 count   108 length
 * 112 commands: kind (1), member length (1), member, length (4), bytes
 *
 * The mark is random and drawn anew for each life of a segment's file. So a
 * record of an earlier life is never taken for a new one, and neither are
 * bytes that a member sent because they look like a record: what is left of a
 * torn write may lie where a record is looked for.
 */
#define JOURNAL_BLOCK      4096u
#define JOURNAL_HEADER_LEN 112u
#define JOURNAL_MAGIC      0x57484a31u /* "WHJ1" */
#define SEGMENT_MAGIC      0x57485331u /* "WHS1" */

/* The record's length on disk, padding included. */
size_t journal_padded(size_t len);

/* Write the record under this mark into out, zero padding included. */
void journal_encode(const struct journal_record *record, const struct id *mark,
    uint8_t *out);

/*
 * Read the record at the start of bytes. commands has room for BATCH_MAX and
 * borrows from bytes. WH_NOT_FOUND: no whole record under this mark here.
 */
enum wh_err journal_decode(struct span bytes, const struct id *mark,
    struct command *commands, struct journal_record *out);

/* The first block of a segment: magic, CRC, number, mark. */
void segment_header_encode(uint64_t segment, const struct id *mark,
    uint8_t out[JOURNAL_BLOCK]);
bool segment_header_read(struct span block, uint64_t segment, struct id *mark);

#endif
