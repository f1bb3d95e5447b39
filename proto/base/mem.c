/* SPDX-License-Identifier: EUPL-1.2 */
#include "proto/base/mem.h"

#include <openssl/crypto.h>
#include <stdlib.h>

void *
mem_new(size_t size)
{
	void *p = calloc(1, size == 0 ? 1 : size);

	if (p == NULL)
		abort();
	return p;
}

void *
mem_grow(void *p, size_t size)
{
	void *grown = realloc(p, size == 0 ? 1 : size);

	if (grown == NULL)
		abort();
	return grown;
}

void *
mem_dup(struct span bytes)
{
	uint8_t *copy = mem_new(bytes.len + 1);

	if (bytes.len > 0)
		memcpy(copy, bytes.p, bytes.len);
	return copy;
}

char *
mem_strdup(const char *text)
{
	return mem_dup(span_str(text));
}

void
mem_free(void *p)
{
	free(p);
}

void
mem_wipe(void *p, size_t len)
{
	OPENSSL_cleanse(p, len);
}

void
mem_wipe_free(void *p, size_t len)
{
	if (p == NULL)
		return;
	OPENSSL_cleanse(p, len);
	free(p);
}

enum wh_err
str_copy(char *dst, size_t size, const char *text)
{
	size_t len = strlen(text);

	if (len >= size)
		return WH_TOO_BIG;
	memcpy(dst, text, len + 1);
	return WH_OK;
}
