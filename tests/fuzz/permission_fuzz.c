/* SPDX-License-Identifier: EUPL-1.2 */
#include <stdlib.h>

#include "proto/base/mem.h"
#include "proto/wire_permission.h"
#include "proto/wire_withdrawal.h"
#include "tests/fuzz/fuzz.h"

static void
try_permission(struct arena *arena, struct span body)
{
	struct permission out;
	uint8_t *again = NULL;
	size_t len = 0;
	struct why why;

	if (wire_permission_read(arena, body, &out, &why) == WH_OK &&
	    wire_permission_write(&out, &again, &len) != WH_OK)
		abort();
	mem_free(again);
}

static void
try_change(struct arena *arena, struct span body)
{
	struct permission_change out;
	uint8_t *again = NULL;
	size_t len = 0;
	struct why why;

	if (wire_permission_change_read(arena, body, &out, &why) == WH_OK &&
	    wire_permission_change_write(&out, &again, &len) != WH_OK)
		abort();
	mem_free(again);
}

static void
try_carried(struct arena *arena, struct span body)
{
	struct carried out;
	uint8_t *again = NULL;
	size_t len = 0;
	struct why why;

	if (wire_carried_read(arena, body, &out, &why) == WH_OK &&
	    wire_carried_write(&out, &again, &len) != WH_OK)
		abort();
	mem_free(again);
}

/* What is accepted keeps every rule: it can be written again. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct arena arena;

	arena_init(&arena, FRAME_ARENA_MAX);
	try_permission(&arena, span_of(data, len));
	try_change(&arena, span_of(data, len));
	try_carried(&arena, span_of(data, len));
	arena_fini(&arena);
	return 0;
}
