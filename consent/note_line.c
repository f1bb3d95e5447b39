/* SPDX-License-Identifier: EUPL-1.2 */
#include "consent/note_line.h"

#include "proto/base/text.h"

bool
note_line_next(struct span *rest, struct span *line)
{
	const uint8_t *end;

	if (rest->len == 0)
		return false;
	end = (const uint8_t *)memchr(rest->p, '\n', rest->len);
	if (end == NULL)
		return false;
	*line = span_of(rest->p, (size_t)(end - rest->p));
	*rest = span_of(end + 1, rest->len - line->len - 1);
	return true;
}

bool
note_line_skip(struct span *line, const char *prefix)
{
	size_t len = strlen(prefix);

	if (line->len < len || memcmp(line->p, prefix, len) != 0)
		return false;
	*line = span_of(line->p + len, line->len - len);
	return true;
}

enum wh_err
note_line_number(struct span line, uint64_t *out)
{
	uint64_t number = 0;

	if (line.len == 0 || (line.p[0] == '0' && line.len > 1))
		return WH_INVALID;
	for (size_t i = 0; i < line.len; i++) {
		uint64_t digit = (uint64_t)line.p[i] - '0';

		if (line.p[i] < '0' || line.p[i] > '9')
			return WH_INVALID;
		if (number > ((uint64_t)INT64_MAX - digit) / 10)
			return WH_INVALID;
		number = number * 10 + digit;
	}
	*out = number;
	return WH_OK;
}

enum wh_err
note_line_hash(struct span line, struct hash *out)
{
	struct hash hash;
	size_t len;

	if (base64_decode(line, hash.b, HASH_LEN, &len) != WH_OK)
		return WH_INVALID;
	if (len != HASH_LEN)
		return WH_INVALID;
	*out = hash;
	return WH_OK;
}

bool
note_line_is_clean(struct span text)
{
	return text_is_clean(text) &&
	       (text.len == 0 || memchr(text.p, '\t', text.len) == NULL);
}
