/* SPDX-License-Identifier: EUPL-1.2 */
#include "proto/base/arena.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include "proto/base/mem.h"

/* Small messages need one block; larger allocations get one of their own. */
#define BLOCK_MIN 4096

struct arena_block {
	struct arena_block *next; /* owned */
	size_t size;              /* of data */
	size_t used;
	alignas(max_align_t) uint8_t data[];
};

void
arena_init(struct arena *arena, size_t max)
{
	*arena = (struct arena){.max = max};
}

void
arena_fini(struct arena *arena)
{
	struct arena_block *block;

	while ((block = arena->blocks) != NULL) {
		arena->blocks = block->next;
		mem_free(block);
	}
	arena->used = 0;
}

void
arena_reset(struct arena *arena)
{
	struct arena_block *keep = arena->blocks;

	arena->used = 0;
	if (keep == NULL)
		return;
	arena->blocks = keep->next;
	arena_fini(arena);
	if (keep->size > 16 * (size_t)BLOCK_MIN) {
		mem_free(keep);
		return;
	}
	keep->next = NULL;
	keep->used = 0;
	arena->blocks = keep;
}

void *
arena_alloc(struct arena *arena, size_t size)
{
	const size_t align = alignof(max_align_t);
	struct arena_block *block = arena->blocks;
	size_t room;
	void *p;

	if (size > arena->max)
		return NULL;
	size = (size + align - 1) / align * align;
	if (size > arena->max - arena->used)
		return NULL;
	if (block == NULL || size > block->size - block->used) {
		room = size > BLOCK_MIN ? size : BLOCK_MIN;
		block = mem_new(sizeof(*block) + room);
		block->size = room;
		block->next = arena->blocks;
		arena->blocks = block;
	}
	p = block->data + block->used;
	memset(p, 0, size);
	block->used += size;
	arena->used += size;
	return p;
}

char *
arena_str(struct arena *arena, struct span text)
{
	char *copy = arena_alloc(arena, text.len + 1);

	if (copy != NULL && text.len > 0)
		memcpy(copy, text.p, text.len);
	return copy;
}

struct span
arena_dup(struct arena *arena, struct span bytes)
{
	uint8_t *copy = arena_alloc(arena, bytes.len == 0 ? 1 : bytes.len);

	if (copy == NULL)
		return span_of(NULL, 0);
	if (bytes.len > 0)
		memcpy(copy, bytes.p, bytes.len);
	return span_of(copy, bytes.len);
}

char *
arena_printf(struct arena *arena, const char *format, ...)
{
	va_list args;
	char *text;
	int len;

	va_start(args, format);
	len = vsnprintf(NULL, 0, format, args);
	va_end(args);
	if (len < 0)
		return NULL;
	text = arena_alloc(arena, (size_t)len + 1);
	if (text == NULL)
		return NULL;
	va_start(args, format);
	vsnprintf(text, (size_t)len + 1, format, args);
	va_end(args);
	return text;
}
