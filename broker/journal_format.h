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
 *   8 segment number, so that a record of an earlier life of the file is
 *     never taken for a new one
 *  16 seq   24 time in ms   32 seed   64 root   96 count   100 length
 * 104 commands: kind (1), member length (1), member, length (4), bytes
 */
#define JOURNAL_BLOCK      4096u
#define JOURNAL_HEADER_LEN 104u
#define JOURNAL_MAGIC      0x57484a31u /* "WHJ1" */
#define SEGMENT_MAGIC      0x57485331u /* "WHS1" */

/* The record's length on disk, padding included. */
size_t journal_padded(size_t len);

/* Write the record for this segment into out, zero padding included. */
void journal_encode(const struct journal_record *record, uint64_t segment,
    uint8_t *out);

/*
 * Read the record at the start of bytes. commands has room for BATCH_MAX and
 * borrows from bytes. WH_NOT_FOUND: no whole record of this segment here.
 */
enum wh_err journal_decode(struct span bytes, uint64_t segment,
    struct command *commands, struct journal_record *out);

/* The first block of a segment: magic, CRC, number. */
void segment_header_encode(uint64_t segment, uint8_t out[JOURNAL_BLOCK]);
bool segment_header_holds(struct span block, uint64_t segment);

#endif
