/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_TESTS_PROTO_WIRE_BYTES_H
#define WH_TESTS_PROTO_WIRE_BYTES_H

#include <assert.h>
#include <cmocka.h>

#include "proto/base/err.h"
#include "proto/base/span.h"
#include "proto/limits.h"

/*
 * Protobuf by hand, for what our own writer would never write: fields left
 * out, given twice, unknown, of another type, too long.
 * https://protobuf.dev/programming-guides/encoding/
 */
struct bytes {
	size_t len;
	uint8_t b[64 * 1024];
};

static inline struct span
bytes_span(const struct bytes *bytes)
{
	return span_of(bytes->b, bytes->len);
}

static inline void
bytes_add(struct bytes *out, struct span more)
{
	assert(more.len <= sizeof(out->b) - out->len);
	if (more.len > 0)
		memcpy(out->b + out->len, more.p, more.len);
	out->len += more.len;
}

static inline void
bytes_varint(struct bytes *out, uint64_t value)
{
	do {
		uint8_t low = value & 0x7f;

		value >>= 7;
		if (value != 0)
			low |= 0x80;
		bytes_add(out, span_of(&low, 1));
	} while (value != 0);
}

static inline void
bytes_number(struct bytes *out, unsigned field, uint64_t value)
{
	bytes_varint(out, (uint64_t)field << 3);
	bytes_varint(out, value);
}

static inline void
bytes_data(struct bytes *out, unsigned field, struct span value)
{
	bytes_varint(out, (uint64_t)field << 3 | 2);
	bytes_varint(out, value.len);
	bytes_add(out, value);
}

/* Reads what the functions above and our writer write. */
static inline uint64_t
bytes_take(struct span *in)
{
	uint64_t value = 0;
	unsigned shift = 0;
	uint8_t byte;

	do {
		assert(in->len > 0);
		byte = *in->p;
		*in = span_of(in->p + 1, in->len - 1);
		value |= (uint64_t)(byte & 0x7f) << shift;
		shift += 7;
	} while (byte >= 0x80);
	return value;
}

enum edit_how {
	EDIT_DROP,
	EDIT_NUMBER,
	EDIT_DATA,  /* instead of what was there */
	EDIT_TWICE, /* the same again */
	EDIT_ADD    /* the data besides what was there */
};

/* path: field numbers from the outside in, ended by 0. */
struct edit {
	unsigned path[4];
	enum edit_how how;
	uint64_t number;
	struct span data;
};

/* NOLINTBEGIN(misc-no-recursion): as deep as an edit's path. */
static inline void bytes_edit(struct bytes *out, struct span in,
    const struct edit *edit, unsigned depth);

static inline void
edit_field(struct bytes *out, struct span whole, struct span inside,
    const struct edit *edit, unsigned depth)
{
	static struct bytes nested[4];

	if (edit->path[depth + 1] != 0) {
		nested[depth].len = 0;
		bytes_edit(&nested[depth], inside, edit, depth + 1);
		bytes_data(out, edit->path[depth], bytes_span(&nested[depth]));
		return;
	}
	if (edit->how == EDIT_TWICE || edit->how == EDIT_ADD)
		bytes_add(out, whole);
	if (edit->how == EDIT_TWICE)
		bytes_add(out, whole);
}

static inline void
bytes_edit(struct bytes *out, struct span in, const struct edit *edit,
    unsigned depth)
{
	bool last = edit->path[depth + 1] == 0;
	bool done = false;

	while (in.len > 0) {
		const uint8_t *start = in.p;
		uint64_t tag = bytes_take(&in);
		uint64_t value = bytes_take(&in);
		struct span inside = {0};

		if ((tag & 7) == 2) {
			assert(value <= in.len);
			inside = span_of(in.p, (size_t)value);
			in = span_of(in.p + value, in.len - (size_t)value);
		}
		if (tag >> 3 != edit->path[depth] || (done && !last)) {
			bytes_add(out, span_of(start, (size_t)(in.p - start)));
			continue;
		}
		done = true;
		edit_field(out, span_of(start, (size_t)(in.p - start)), inside,
		    edit, depth);
	}
	if (last && edit->how == EDIT_NUMBER)
		bytes_number(out, edit->path[depth], edit->number);
	if (last && (edit->how == EDIT_DATA || edit->how == EDIT_ADD))
		bytes_data(out, edit->path[depth], edit->data);
}

/* NOLINTEND(misc-no-recursion) */

/* Short forms for tables of edits. */
#define EDIT_TEXT(text)                                                        \
	{                                                                      \
		(const uint8_t *)(text), sizeof(text) - 1                      \
	}
#define EDIT_ZEROES(count)                                                     \
	{                                                                      \
		edit_zeroes, (count)                                           \
	}
static const uint8_t edit_zeroes[4096];

/* One field made wrong, and the why that must come of it. */
struct refusal_case {
	struct edit edit;
	const char *why;
};

typedef enum wh_err refusal_read_fn(struct span bytes, struct why *why);

/* With the edit, read() refuses what it accepts without, for that alone. */
static inline void
check_refusal(refusal_read_fn *read, struct span valid,
    const struct refusal_case *c)
{
	static struct bytes bad;
	struct why why = {""};
	enum wh_err err = read(valid, &why);

	if (err != WH_OK)
		fail_msg("valid refused: %s", why.text);
	bad.len = 0;
	bytes_edit(&bad, valid, &c->edit, 0);
	err = read(bytes_span(&bad), &why);
	if (err != WH_INVALID && err != WH_TOO_BIG)
		fail_msg("accepted, but: %s", c->why);
	if (strncmp(why.text, c->why, strlen(c->why)) != 0)
		fail_msg("\"%s\" is not \"%s\"", why.text, c->why);
}

#endif
