/* SPDX-License-Identifier: EUPL-1.2 */
#include "adapters/code.h"

#include <assert.h>
#include <strings.h>

#include "proto/base/mem.h"

static const char digits[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
#define DIGITS 16

void
code_new(char out[CODE_TEXT_SIZE], unsigned parties)
{
	uint8_t random[DIGITS - 1];
	size_t i, at = 0;

	assert(parties >= 1 && parties <= CODE_PARTIES_MAX);
	random_fill(random, sizeof(random));
	for (i = 0; i < DIGITS; i++) {
		if (i > 0 && i % 4 == 0)
			out[at++] = '-';
		out[at++] = digits[i < DIGITS - 1 ? random[i] & 31 : parties];
	}
	out[at] = '\0';
	mem_wipe(random, sizeof(random));
}

static char
digit_of(char c)
{
	if (c >= 'a' && c <= 'z')
		c = (char)(c - 'a' + 'A');
	if (c == 'O')
		return '0';
	if (c == 'I' || c == 'L')
		return '1';
	return c != '\0' && strchr(digits, c) != NULL ? c : '\0';
}

enum wh_err
code_parse(const char *typed, char out[CODE_TEXT_SIZE], unsigned *parties)
{
	char code[CODE_TEXT_SIZE];
	size_t n = 0, at = 0;
	unsigned count;
	char digit;

	typed += strspn(typed, " \t\r\n");
	if (strncasecmp(typed, CODE_PREFIX, sizeof(CODE_PREFIX) - 1) == 0)
		typed += sizeof(CODE_PREFIX) - 1;
	for (; *typed != '\0'; typed++) {
		if (strchr(" \t\r\n-", *typed) != NULL)
			continue;
		digit = digit_of(*typed);
		if (digit == '\0' || n == DIGITS)
			return WH_INVALID;
		if (n > 0 && n % 4 == 0)
			code[at++] = '-';
		code[at++] = digit;
		n++;
	}
	if (n != DIGITS)
		return WH_INVALID;
	code[at] = '\0';
	count = (unsigned)(strchr(digits, code[at - 1]) - digits);
	if (count < 1 || count > CODE_PARTIES_MAX)
		return WH_INVALID;
	memcpy(out, code, sizeof(code));
	*parties = count;
	return WH_OK;
}

struct hash
code_record_key(const char *code, unsigned n)
{
	uint8_t place = (uint8_t)n;
	struct span parts[2] = {span_str("wijkhub withdrawal v1"),
	    span_of(&place, 1)};

	return hash_hmac(span_str(code), parts, 2);
}

struct hash
code_record_hash(const char *code, unsigned n)
{
	struct hash key = code_record_key(code, n);

	return hash_span(span_of(key.b, HASH_LEN));
}
