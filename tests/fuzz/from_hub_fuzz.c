/* SPDX-License-Identifier: EUPL-1.2 */
#include <stdlib.h>

#include "proto/base/mem.h"
#include "proto/wire.h"
#include "tests/fuzz/fuzz.h"

/* What is accepted keeps every rule: it can be written again. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct from_hub out;
	struct arena arena;
	uint8_t *again = NULL;
	size_t again_len = 0;
	struct why why;

	arena_init(&arena, FRAME_ARENA_MAX);
	if (wire_from_hub_read(&arena, span_of(data, len), &out, &why) ==
		WH_OK &&
	    wire_from_hub_write(&out, &again, &again_len) != WH_OK)
		abort();
	mem_free(again);
	arena_fini(&arena);
	return 0;
}
