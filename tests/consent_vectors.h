/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_TESTS_CONSENT_VECTORS_H
#define WH_TESTS_CONSENT_VECTORS_H

#include <stdio.h>
#include <stdlib.h>

#include "proto/base/hash.h"
#include "proto/base/span.h"

/*
 * Reads tests/vectors: whole files, and blocks of "key = value" lines that a
 * blank line ends. Decodes hex by itself: what is tested here is not trusted.
 */
#define VECTOR_LINES 80

struct vector {
	const char *key[VECTOR_LINES];
	const char *value[VECTOR_LINES];
	size_t count;
};

/* The file with a NUL behind it; len may be NULL. The caller frees. */
static inline char *
vector_file(const char *name, size_t *len)
{
	char path[512];
	FILE *file;
	char *bytes = (char *)calloc(1, 1 << 20);
	size_t got;

	(void)snprintf(path, sizeof(path), "%s/tests/vectors/%s", WH_SOURCE_DIR,
	    name);
	file = fopen(path, "rb");
	if (file == NULL)
		fail_msg("cannot open %s", path);
	got = fread(bytes, 1, (1 << 20) - 1, file);
	assert_true(feof(file));
	(void)fclose(file);
	if (len != NULL)
		*len = got;
	return bytes;
}

/* The next block; cuts the text at *rest into strings. False at its end. */
static inline bool
vector_next(char **rest, struct vector *out)
{
	char *line;
	char *equals;

	out->count = 0;
	while ((line = strsep(rest, "\n")) != NULL) {
		if (*line == '#' || (*line == '\0' && out->count == 0))
			continue;
		if (*line == '\0')
			break;
		equals = strstr(line, " =");
		assert_non_null(equals);
		assert_true(out->count < VECTOR_LINES);
		*equals = '\0';
		out->key[out->count] = line;
		out->value[out->count++] = equals + (equals[2] ? 3 : 2);
	}
	return out->count > 0;
}

/* The nth value under key, NULL when there are not so many. */
static inline const char *
vector_get(const struct vector *v, const char *key, size_t nth)
{
	for (size_t i = 0; i < v->count; i++) {
		if (strcmp(v->key[i], key) == 0 && nth-- == 0)
			return v->value[i];
	}
	return NULL;
}

static inline uint64_t
vector_number(const struct vector *v, const char *key)
{
	const char *value = vector_get(v, key, 0);

	assert_non_null(value);
	return strtoull(value, NULL, 10);
}

/* Hex of any even length; the bytes go into out, which has room for 128. */
static inline struct span
vector_bytes(const char *hex, uint8_t out[128])
{
	size_t len = strlen(hex) / 2;

	assert_true(len <= 128);
	for (size_t i = 0; i < len; i++) {
		char two[3] = {hex[2 * i], hex[2 * i + 1], '\0'};

		out[i] = (uint8_t)strtoul(two, NULL, 16);
	}
	return span_of(out, len);
}

static inline struct hash
vector_hash(const struct vector *v, const char *key, size_t nth)
{
	struct hash hash;
	uint8_t bytes[128];
	const char *value = vector_get(v, key, nth);

	assert_non_null(value);
	assert_int_equal(vector_bytes(value, bytes).len, HASH_LEN);
	memcpy(hash.b, bytes, HASH_LEN);
	return hash;
}

#endif
