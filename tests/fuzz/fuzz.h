/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_TESTS_FUZZ_FUZZ_H
#define WH_TESTS_FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>

/*
 * What each *_fuzz.c defines: feeds data to one parser and returns 0. Called
 * many times in one process: it keeps nothing from one call to the next.
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

#endif
