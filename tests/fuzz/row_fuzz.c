/* SPDX-License-Identifier: EUPL-1.2 */
#include "tests/fuzz/fuzz.h"

#include <assert.h>
#include <stdlib.h>

#include "broker/row.h"
#include "proto/base/mem.h"

/* Rows of a queue and notices, as the store gives them back. */

static void
fuzz_queue(struct span bytes)
{
	struct queue_row row;
	uint8_t *again = NULL;
	size_t len;

	if (row_queue_read(bytes, &row) != WH_OK)
		return;
	row_queue_write(&row, &again, &len);
	assert(span_equal(span_of(again, len), bytes));
	mem_free(again);
}

static void
fuzz_notice(struct span bytes)
{
	uint8_t again[ROW_NOTICE_LEN];
	struct notice notice;

	if (row_notice_read(bytes, &notice) != WH_OK)
		return;
	row_notice_write(&notice, again);
	assert(memcmp(again, bytes.p, 60) == 0); /* the rest is room */
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	fuzz_queue(span_of(data, len));
	fuzz_notice(span_of(data, len));
	return 0;
}
