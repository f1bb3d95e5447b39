/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_PROTO_BASE_MEM_H
#define WH_PROTO_BASE_MEM_H

#include <stddef.h>

#include "proto/base/err.h"
#include "proto/base/span.h"

/*
 * Heap memory. Out of memory aborts: the supervisor starts again from disk.
 * So every size that a peer can influence has an entry in proto/limits.h.
 */

/* size zeroed bytes, freed with mem_free(). Never NULL. */
void *mem_new(size_t size);

/* Like realloc(3); never NULL for size > 0. */
void *mem_grow(void *p, size_t size);

/* A heap copy; one NUL byte is added behind it. */
void *mem_dup(struct span bytes);
char *mem_strdup(const char *text);

void mem_free(void *p);

/* Overwrite so that the compiler cannot leave it out. */
void mem_wipe(void *p, size_t len);

/* Wipe len bytes, then free. NULL is allowed. For secrets. */
void mem_wipe_free(void *p, size_t len);

/* Copy text into dst of size bytes; WH_TOO_BIG when it does not fit. */
enum wh_err str_copy(char *dst, size_t size, const char *text);

#endif
