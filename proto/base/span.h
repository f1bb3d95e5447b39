/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_PROTO_BASE_SPAN_H
#define WH_PROTO_BASE_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Bytes that somebody else owns. len 0 with p NULL is the empty span. */
struct span {
	const uint8_t *p; /* borrowed */
	size_t len;       /* bytes */
};

/* 128 bits: UUIDv7 for messages and cases, random for the rest. */
struct id {
	uint8_t b[16];
};

static inline struct span
span_of(const void *p, size_t len)
{
	return (struct span){.p = (const uint8_t *)p, .len = len};
}

/* The text without its NUL; NULL gives the empty span. */
static inline struct span
span_str(const char *text)
{
	return span_of(text, text == NULL ? 0 : strlen(text));
}

static inline struct span
span_id(const struct id *id)
{
	return span_of(id->b, sizeof(id->b));
}

static inline bool
span_equal(struct span a, struct span b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.p, b.p, a.len) == 0);
}

static inline bool
id_equal(const struct id *a, const struct id *b)
{
	return memcmp(a->b, b->b, sizeof(a->b)) == 0;
}

static inline bool
id_is_zero(const struct id *id)
{
	static const struct id zero;

	return id_equal(id, &zero);
}

#endif
