/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_PROTO_BASE_ARENA_H
#define WH_PROTO_BASE_ARENA_H

#include "proto/base/err.h"
#include "proto/base/span.h"

struct arena_block;

/*
 * Memory of one inbound message: many small allocations, freed together. It
 * has an upper bound, so that a peer cannot make us allocate without end.
 */
struct arena {
	struct arena_block *blocks; /* owned */
	size_t used;                /* bytes handed out since the last reset */
	size_t max;                 /* bytes at most */
};

void arena_init(struct arena *arena, size_t max);
void arena_fini(struct arena *arena);

/* Forget everything that was handed out; keeps one block for reuse. */
void arena_reset(struct arena *arena);

/* Zeroed, aligned for any type. NULL when max would be passed. */
void *arena_alloc(struct arena *arena, size_t size);

/* Copies that live as long as the arena; NULL when max would be passed. */
char *arena_str(struct arena *arena, struct span text); /* adds a NUL */
struct span arena_dup(struct arena *arena, struct span bytes);

/* Formatted text; NULL when max would be passed. */
char *arena_printf(struct arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
