/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_PROTO_BASE_BE_H
#define WH_PROTO_BASE_BE_H

#include <stdint.h>

/* Big-endian integers: on the wire, and in keys that sort in numeric order. */

static inline void
be32_put(uint8_t out[4], uint32_t value)
{
	int i;

	for (i = 3; i >= 0; i--, value >>= 8)
		out[i] = (uint8_t)value;
}

static inline uint32_t
be32_get(const uint8_t in[4])
{
	uint32_t value = 0;
	int i;

	for (i = 0; i < 4; i++)
		value = value << 8 | in[i];
	return value;
}

static inline void
be64_put(uint8_t out[8], uint64_t value)
{
	int i;

	for (i = 7; i >= 0; i--, value >>= 8)
		out[i] = (uint8_t)value;
}

static inline uint64_t
be64_get(const uint8_t in[8])
{
	uint64_t value = 0;
	int i;

	for (i = 0; i < 8; i++)
		value = value << 8 | in[i];
	return value;
}

#endif
