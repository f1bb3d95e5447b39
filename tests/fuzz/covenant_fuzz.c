/* SPDX-License-Identifier: EUPL-1.2 */
#include "consent/covenant.h"
#include "tests/fuzz/fuzz.h"

/* What loads is a register that holds. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct wh_register reg;
	struct arena arena;
	struct why why;

	arena_init(&arena, 4u * 1024 * 1024);
	if (covenant_load_text(&arena, "covenant.yaml", span_of(data, len),
		&reg, &why) == WH_OK &&
	    register_check(&reg, NULL) != WH_OK)
		__builtin_trap();
	arena_fini(&arena);
	return 0;
}
