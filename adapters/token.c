/* SPDX-License-Identifier: EUPL-1.2 */
#include "adapters/token.h"

#include <stdio.h>
#include <string.h>

#include "proto/base/text.h"

/* A bearer token that cannot be guessed, and one that fits a header. */
#define TOKEN_MIN 16
#define TOKEN_MAX 512

#define WHITE " \t"

/* Of the digest in a label that was not given: enough to tell them apart. */
#define DIGEST_SHOWN 4

static const struct {
	unsigned role;
	const char *text;
} roles[] = {
    {ROLE_PROFESSIONAL, "professional"},
    {ROLE_OFFICER, "privacy-officer"},
    {ROLE_OPERATOR, "operator"},
};
#define ROLES (sizeof(roles) / sizeof(roles[0]))

const char *
role_text(unsigned role)
{
	for (size_t i = 0; i < ROLES; i++) {
		if (roles[i].role == role)
			return roles[i].text;
	}
	return NULL;
}

/* RFC 6750 section 2.1: b64token. */
static bool
is_token(struct span word)
{
	static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				       "abcdefghijklmnopqrstuvwxyz"
				       "0123456789-._~+/";
	size_t n = 0;

	while (n < word.len && strchr(alphabet, word.p[n]) != NULL &&
	       word.p[n] != '\0')
		n++;
	if (n < TOKEN_MIN || n > TOKEN_MAX)
		return false;
	while (n < word.len && word.p[n] == '=')
		n++;
	return n == word.len;
}

/* The next word of *line, which moves behind it; empty at the end. */
static struct span
next_word(const char **line)
{
	const char *start = *line + strspn(*line, WHITE);
	size_t len = strcspn(start, WHITE);

	*line = start + len;
	return span_of((const uint8_t *)start, len);
}

static bool
read_roles(struct span list, unsigned *out)
{
	const char *p = (const char *)list.p;
	size_t left = list.len;

	*out = 0;
	while (left > 0) {
		const char *comma = memchr(p, ',', left);
		size_t len = comma == NULL ? left : (size_t)(comma - p);
		size_t i;

		for (i = 0; i < ROLES; i++) {
			if (strlen(roles[i].text) == len &&
			    memcmp(roles[i].text, p, len) == 0)
				break;
		}
		if (i == ROLES)
			return false;
		*out |= roles[i].role;
		p += len + (comma != NULL);
		left -= len + (comma != NULL);
		if (comma != NULL && left == 0)
			return false; /* nothing behind the last comma */
	}
	return true;
}

static bool
read_label(struct span word, const struct hash *digest, char *out, size_t size)
{
	char hex[2 * DIGEST_SHOWN + 1];

	if (word.len == 0) {
		hex_encode(span_of(digest->b, DIGEST_SHOWN), hex);
		snprintf(out, size, "token-%s", hex);
		return true;
	}
	if (word.len >= size)
		return false;
	memcpy(out, word.p, word.len);
	out[word.len] = '\0';
	return text_is_slug(out, NAME_MAX_LEN);
}

enum wh_err
token_read(const char *line, struct token *out, struct why *why)
{
	struct span word = next_word(&line);
	struct span label = next_word(&line);
	struct span list = next_word(&line);
	struct token token = {.caller = {.roles = ROLE_ALL}};

	if (!is_token(word))
		return why_set(why, WH_INVALID,
		    "is not %d to %d characters of base64 or base64url",
		    TOKEN_MIN, TOKEN_MAX);
	token.digest = hash_span(word);
	if (!read_label(label, &token.digest, token.caller.label,
		sizeof(token.caller.label)))
		return why_set(why, WH_INVALID,
		    "has a label that is not a-z, 0-9 and -, at most %d",
		    NAME_MAX_LEN);
	if (list.len > 0 && !read_roles(list, &token.caller.roles))
		return why_set(why, WH_INVALID,
		    "has a role that is not professional, privacy-officer or "
		    "operator");
	if (next_word(&line).len > 0)
		return why_set(why, WH_INVALID,
		    "is followed by more than a label and roles");
	*out = token;
	return WH_OK;
}
