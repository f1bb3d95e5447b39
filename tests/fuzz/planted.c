/* SPDX-License-Identifier: EUPL-1.2 */
#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/fuzz.h"

/* A parser with one mistake, off the path of its seed "length=3;abc". */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	if (len < 9 || memcmp(data, "length=", 7) != 0)
		return 0;
	if ((size_t)(data[7] - '0') > len - 9)
		abort();
	return 0;
}
