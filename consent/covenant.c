/* SPDX-License-Identifier: EUPL-1.2 */
#include "consent/covenant.h"

#include <stdio.h>

#include "consent/covenant_doc.h"
#include "proto/base/file.h"
#include "proto/base/mem.h"

/* Does "areas: all" end here, so that the word is no part of a longer one? */
static bool
ends_word(struct span text, size_t at)
{
	return at >= text.len || strchr(" \t\r\n,}", text.p[at]) != NULL;
}

/* The length of "areas:", blanks and "all" at this place; 0: not here. */
static size_t
areas_all(struct span text, size_t at)
{
	static const char key[] = "areas:";
	const size_t key_len = sizeof(key) - 1;
	size_t end = at + key_len;

	if (at == 0 || strchr(" \t\n{,", text.p[at - 1]) == NULL ||
	    text.len - at < key_len || memcmp(text.p + at, key, key_len) != 0)
		return 0;
	while (end < text.len && text.p[end] == ' ')
		end++;
	if (end == at + key_len || text.len - end < 3 ||
	    memcmp(text.p + end, "all", 3) != 0 || !ends_word(text, end + 3))
		return 0;
	return end + 3 - at;
}

/*
 * libcyaml has no field that is a word or a list: "areas: all" becomes
 * "areas: [all]", on the same line. Quoted text is left alone. Heap.
 */
static uint8_t *
all_as_list(struct span text, size_t *len)
{
	static const char list[5] = {'[', 'a', 'l', 'l', ']'};
	uint8_t *out = mem_new(2 * text.len + 1);
	uint8_t quote = 0;
	size_t n = 0;

	for (size_t i = 0; i < text.len;) {
		uint8_t c = text.p[i];
		size_t all = quote == 0 ? areas_all(text, i) : 0;

		if (quote != 0 && (c == quote || c == '\n'))
			quote = 0;
		else if (quote == 0 && (c == '"' || c == '\'') && i > 0 &&
			 strchr(" [{,", text.p[i - 1]) != NULL)
			quote = c;
		if (all == 0) {
			out[n++] = c;
			i++;
			continue;
		}
		memcpy(out + n, text.p + i, all - 3);
		memcpy(out + n + all - 3, list, sizeof(list));
		n += all + 2;
		i += all;
	}
	*len = n;
	return out;
}

/* The line of a fault: of the field, else of the item, else of the list. */
static unsigned
line_of(struct span text, const struct register_fault *at)
{
	unsigned first = 0;
	unsigned last = 0;

	if (at->list[0] != '\0') {
		first = conf_line(text, at->list, (unsigned)at->index);
		last = conf_line(text, at->list, (unsigned)at->index + 1);
		last = last > first ? last - 1 : last;
		if (first == 0)
			first = conf_key_line(text, 0, 0, at->list);
	}
	return at->field[0] == '\0'
		   ? first
		   : conf_key_line(text, first, last, at->field);
}

/* "file:line: " before what why says. */
static void
say_where(const char *name, unsigned line, struct why *why)
{
	struct why what = *why;

	(void)why_set(why, WH_INVALID, "%s:%u: %s", name, line, what.text);
}

enum wh_err
covenant_load_text(struct arena *arena, const char *name, struct span text,
    struct wh_register *out, struct why *why)
{
	struct why what = {""};
	struct check check = {.at = {"", 0, ""}, .why = &what};
	uint8_t *copy = NULL;
	void *doc = NULL;
	size_t len = 0;
	enum wh_err err = WH_OK;

	if (text.len > REGISTER_MAX)
		return why_set(why, WH_TOO_BIG,
		    "%s: longer than %u bytes: no covenant is", name,
		    REGISTER_MAX);
	copy = all_as_list(text, &len);
	err = conf_load_text(name, span_of(copy, len), &covenant_schema, &doc,
	    why);
	if (err != WH_OK)
		goto out;
	err = covenant_read(arena, doc, &check, out);
	if (err == WH_OK)
		goto out;
	say_where(name, line_of(text, &check.at), &what);
	(void)why_set(why, err, "%s", what.text);
out:
	conf_free(&covenant_schema, doc);
	mem_free(copy);
	return err;
}

enum wh_err
covenant_load(struct arena *arena, const char *path, struct wh_register *out,
    struct why *why)
{
	uint8_t *bytes = NULL;
	size_t len = 0;
	enum wh_err err;

	err = file_read(path, REGISTER_MAX, &bytes, &len, why);
	if (err == WH_OK)
		err = covenant_load_text(arena, path, span_of(bytes, len), out,
		    why);
	mem_free(bytes);
	return err;
}
