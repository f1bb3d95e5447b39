/* SPDX-License-Identifier: EUPL-1.2 */
#include "tests/fuzz/fuzz.h"

#include <assert.h>
#include <stdlib.h>

#include "broker/journal_format.h"
#include "proto/base/mem.h"

/*
 * A block of the journal, and the first block of a segment. What is read as a
 * record writes the same bytes again, up to its padding.
 */

static const struct id mark = {{'f', 'u', 'z', 'z'}};

static size_t
body_of(struct span record)
{
	return (size_t)record.p[108] << 24 | (size_t)record.p[109] << 16 |
	       (size_t)record.p[110] << 8 | record.p[111];
}

static void
fuzz_record(struct span bytes)
{
	struct command commands[BATCH_MAX];
	struct journal_record record;
	uint8_t *again;
	size_t size;

	if (journal_decode(bytes, &mark, commands, &record) != WH_OK)
		return;
	size = journal_record_size(record.commands, record.count);
	again = mem_new(size);
	journal_encode(&record, &mark, again);
	assert(
	    memcmp(again, bytes.p, JOURNAL_HEADER_LEN + body_of(bytes)) == 0);
	mem_free(again);
}

/* The same bytes with a magic, mark and checksum that hold. */
static void
fuzz_valid(struct span bytes)
{
	uint8_t *copy = mem_new(JOURNAL_HEADER_LEN + bytes.len);
	size_t len = bytes.len;
	uint32_t crc;

	if (len < JOURNAL_HEADER_LEN)
		len = JOURNAL_HEADER_LEN;
	if (bytes.len > 0)
		memcpy(copy, bytes.p, bytes.len);
	memcpy(copy, "WHJ1", 4);
	memcpy(copy + 8, mark.b, sizeof(mark.b));
	copy[104] = copy[105] = 0;
	copy[108] = (uint8_t)((len - JOURNAL_HEADER_LEN) >> 24);
	copy[109] = (uint8_t)((len - JOURNAL_HEADER_LEN) >> 16);
	copy[110] = (uint8_t)((len - JOURNAL_HEADER_LEN) >> 8);
	copy[111] = (uint8_t)(len - JOURNAL_HEADER_LEN);
	crc = crc32c(0, span_of(copy + 8, len - 8));
	for (int i = 0; i < 4; i++)
		copy[4 + i] = (uint8_t)(crc >> (24 - 8 * i));
	fuzz_record(span_of(copy, len));
	mem_free(copy);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct id read;

	fuzz_record(span_of(data, len));
	fuzz_valid(span_of(data, len));
	(void)segment_header_read(span_of(data, len), 1, &read);
	return 0;
}
