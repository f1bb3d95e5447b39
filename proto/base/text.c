/* SPDX-License-Identifier: EUPL-1.2 */
#include "proto/base/text.h"

#include <string.h>

static const char hex_digits[] = "0123456789abcdef";
static const char base64_digits[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void
hex_encode(struct span bytes, char *out)
{
	size_t i;

	for (i = 0; i < bytes.len; i++) {
		out[2 * i] = hex_digits[bytes.p[i] >> 4];
		out[2 * i + 1] = hex_digits[bytes.p[i] & 15];
	}
	out[2 * bytes.len] = '\0';
}

static int
hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

enum wh_err
hex_decode(const char *text, uint8_t *out, size_t len)
{
	size_t i;

	if (strlen(text) != 2 * len)
		return WH_INVALID;
	for (i = 0; i < 2 * len; i++)
		if (hex_value(text[i]) < 0)
			return WH_INVALID;
	for (i = 0; i < len; i++)
		out[i] = (uint8_t)(hex_value(text[2 * i]) << 4 |
				   hex_value(text[2 * i + 1]));
	return WH_OK;
}

void
base64_encode(struct span bytes, char *out)
{
	size_t i, left;
	uint32_t group;

	for (i = 0; i < bytes.len; i += 3) {
		left = bytes.len - i;
		group = (uint32_t)bytes.p[i] << 16;
		if (left > 1)
			group |= (uint32_t)bytes.p[i + 1] << 8;
		if (left > 2)
			group |= bytes.p[i + 2];
		*out++ = base64_digits[group >> 18];
		*out++ = base64_digits[group >> 12 & 63];
		*out++ = left > 1 ? base64_digits[group >> 6 & 63] : '=';
		*out++ = left > 2 ? base64_digits[group & 63] : '=';
	}
	*out = '\0';
}

static int
base64_value(uint8_t c)
{
	const char *at = c == '\0' ? NULL : strchr(base64_digits, c);

	return at == NULL ? -1 : (int)(at - base64_digits);
}

/* The last four characters may end in padding; unused bits must be zero. */
static enum wh_err
base64_group(const uint8_t *in, size_t keep, uint32_t *out)
{
	uint32_t group = 0;
	size_t i;
	int value;

	for (i = 0; i < 4; i++) {
		value = i <= keep ? base64_value(in[i]) : in[i] == '=' ? 0 : -1;
		if (value < 0)
			return WH_INVALID;
		group = group << 6 | (uint32_t)value;
	}
	if ((keep == 1 && (group & 0xffff) != 0) ||
	    (keep == 2 && (group & 0xff) != 0))
		return WH_INVALID;
	*out = group;
	return WH_OK;
}

enum wh_err
base64_decode(struct span text, uint8_t *out, size_t max, size_t *len)
{
	size_t i, j, keep, n = 0;
	uint32_t group;

	if (text.len % 4 != 0)
		return WH_INVALID;
	for (i = 0; i < text.len; i += 4) {
		keep = 3;
		if (i + 4 == text.len && text.p[i + 3] == '=')
			keep = text.p[i + 2] == '=' ? 1 : 2;
		if (base64_group(text.p + i, keep, &group) != WH_OK)
			return WH_INVALID;
		if (keep > max - n)
			return WH_TOO_BIG;
		for (j = 0; j < keep; j++)
			out[n++] = (uint8_t)(group >> (16 - 8 * j));
	}
	*len = n;
	return WH_OK;
}

/* How many hex digits stand before each hyphen of a UUID. */
static const size_t id_groups[] = {4, 2, 2, 2, 6};

void
id_text(const struct id *id, char out[ID_TEXT_SIZE])
{
	size_t i, at = 0;

	for (i = 0; i < sizeof(id_groups) / sizeof(id_groups[0]); i++) {
		if (i > 0)
			*out++ = '-';
		hex_encode(span_of(id->b + at, id_groups[i]), out);
		out += 2 * id_groups[i];
		at += id_groups[i];
	}
}

enum wh_err
id_parse(const char *text, struct id *out)
{
	char digits[33];
	struct id id;
	size_t i, n = 0;

	if (strlen(text) != ID_TEXT_SIZE - 1)
		return WH_INVALID;
	for (i = 0; text[i] != '\0'; i++) {
		if (i == 8 || i == 13 || i == 18 || i == 23) {
			if (text[i] != '-')
				return WH_INVALID;
			continue;
		}
		digits[n++] = text[i];
	}
	digits[n] = '\0';
	if (hex_decode(digits, id.b, sizeof(id.b)) != WH_OK)
		return WH_INVALID;
	*out = id;
	return WH_OK;
}

struct id
id_v7(int64_t at_ms, const uint8_t random[10])
{
	struct id id;
	int i;

	for (i = 0; i < 6; i++)
		id.b[i] = (uint8_t)((uint64_t)at_ms >> (40 - 8 * i));
	memcpy(id.b + 6, random, 10);
	id.b[6] = (uint8_t)(0x70 | (id.b[6] & 0x0f)); /* version 7 */
	id.b[8] = (uint8_t)(0x80 | (id.b[8] & 0x3f)); /* variant 10 */
	return id;
}

/* Length of the well-formed sequence at p (RFC 3629 section 4), 0 for none. */
static size_t
utf8_len(const uint8_t *p, size_t left)
{
	size_t need, i;
	uint8_t low = 0x80, high = 0xbf;

	if (p[0] < 0x80)
		return 1;
	if (p[0] >= 0xc2 && p[0] <= 0xdf)
		need = 2;
	else if (p[0] >= 0xe0 && p[0] <= 0xef)
		need = 3;
	else if (p[0] >= 0xf0 && p[0] <= 0xf4)
		need = 4;
	else
		return 0;
	if (left < need)
		return 0;
	if (p[0] == 0xe0)
		low = 0xa0;
	else if (p[0] == 0xed)
		high = 0x9f;
	else if (p[0] == 0xf0)
		low = 0x90;
	else if (p[0] == 0xf4)
		high = 0x8f;
	if (p[1] < low || p[1] > high)
		return 0;
	for (i = 2; i < need; i++)
		if (p[i] < 0x80 || p[i] > 0xbf)
			return 0;
	return need;
}

static bool
is_control(const uint8_t *p, size_t len)
{
	if (len == 1)
		return (p[0] < 0x20 && p[0] != '\t' && p[0] != '\n') ||
		       p[0] == 0x7f;
	return len == 2 && p[0] == 0xc2 && p[1] < 0xa0; /* U+0080 to U+009F */
}

bool
text_is_clean(struct span text)
{
	size_t i = 0, len;

	while (i < text.len) {
		len = utf8_len(text.p + i, text.len - i);
		if (len == 0 || is_control(text.p + i, len))
			return false;
		i += len;
	}
	return true;
}

bool
text_is_slug(const char *text, size_t max)
{
	size_t len = strlen(text);

	return len > 0 && len <= max && text[0] != '-' &&
	       text[len - 1] != '-' &&
	       strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-") == len;
}

bool
text_is_token(const char *text, size_t max)
{
	static const char alphabet[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
	    "-._~:/?#@+%=&";
	size_t len = strlen(text);

	return len <= max && strspn(text, alphabet) == len;
}

static void
json_part(FILE *to, struct span text)
{
	for (size_t i = 0; i < text.len; i++) {
		uint8_t c = text.p[i];

		if (c < 0x20 || c == 0x7f)
			(void)fprintf(to, "\\u%04x", c);
		else if (c == '"' || c == '\\')
			(void)fprintf(to, "\\%c", c);
		else
			(void)fputc(c, to);
	}
}

void
text_put_json(FILE *to, const char *prefix, struct span text)
{
	(void)fputc('"', to);
	json_part(to, span_str(prefix));
	json_part(to, text);
	(void)fputc('"', to);
}
