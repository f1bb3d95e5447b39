/* SPDX-License-Identifier: EUPL-1.2 */
#include "tests/fuzz/fuzz.h"

#include <assert.h>
#include <string.h>

#include "adapters/code.h"
#include "proto/base/mem.h"

/* Withdrawal codes as typed; what is accepted is read the same again. */

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *typed = mem_dup(span_of(data, size));
	char code[CODE_TEXT_SIZE], again[CODE_TEXT_SIZE];
	unsigned parties, same;

	if (code_parse(typed, code, &parties) == WH_OK) {
		assert(parties >= 1 && parties <= CODE_PARTIES_MAX);
		assert(strlen(code) == CODE_TEXT_SIZE - 1);
		assert(code_parse(code, again, &same) == WH_OK);
		assert(strcmp(code, again) == 0 && same == parties);
	}
	mem_free(typed);
	return 0;
}
