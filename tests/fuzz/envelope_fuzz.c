/* SPDX-License-Identifier: EUPL-1.2 */
#include <stdlib.h>

#include "proto/base/mem.h"
#include "proto/wire.h"
#include "tests/fuzz/fuzz.h"

/* What is accepted keeps every rule: it can be written again. */
static void
try_body(struct arena *arena, struct span body)
{
	struct envelope out;
	uint8_t *header = NULL, *again = NULL;
	size_t header_len = 0, again_len = 0;
	struct why why;

	if (wire_envelope_read(arena, body, &out, &why) == WH_OK &&
	    (wire_envelope_write(&out, &again, &again_len) != WH_OK ||
		wire_header_write(&out.header, &header, &header_len) != WH_OK))
		abort();
	mem_free(header);
	mem_free(again);
}

/* The path of every submitted envelope: a signed one, then its body. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct span bytes = span_of(data, len);
	struct signed_body signed_body;
	struct arena arena;
	struct why why;

	arena_init(&arena, FRAME_ARENA_MAX);
	try_body(&arena, bytes);
	if (wire_signed_read(&arena, bytes, ENVELOPE_MAX, &signed_body, &why) ==
	    WH_OK)
		try_body(&arena, signed_body.body);
	arena_fini(&arena);
	return 0;
}
