/* SPDX-License-Identifier: EUPL-1.2 */
#include "adapters/template.h"

#include <stdio.h>
#include <string.h>

#include "proto/base/mem.h"

#define NAME_SIZE 32
#define DEPTH_MAX 8

struct paper {
	char *text; /* owned, always with room for a NUL */
	size_t len;
	size_t size;
	enum template_kind kind;
};

/* What a name is looked up in, from the inside out. */
struct scope {
	const struct scope *up;
	const json_t *value;
	unsigned depth;
};

/* A place in the template: {{#name}} is '#', {{name}} is 0. */
struct tag {
	char sort;
	char name[NAME_SIZE];
	const char *start; /* of the braces */
	const char *next;  /* behind them */
};

static void
add(struct paper *paper, const char *text, size_t len)
{
	if (paper->len + len + 1 > paper->size) {
		paper->size = 2 * (paper->len + len + 1);
		paper->text = mem_grow(paper->text, paper->size);
	}
	memcpy(paper->text + paper->len, text, len);
	paper->len += len;
	paper->text[paper->len] = '\0';
}

static const char *
entity(char c)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	case '\'':
		return "&#39;";
	case '\t':
	case '\n':
		return NULL;
	default:
		return (unsigned char)c < ' ' || c == 0x7f ? "\xef\xbf\xbd"
							   : NULL;
	}
}

static void
add_escaped(struct paper *paper, const char *text)
{
	for (; *text != '\0'; text++) {
		if (entity(*text) != NULL)
			add(paper, entity(*text), strlen(entity(*text)));
		else
			add(paper, text, 1);
	}
}

char *
template_escape(const char *text)
{
	struct paper paper = {0};

	add(&paper, "", 0);
	add_escaped(&paper, text);
	return paper.text;
}

/* WH_NOT_FOUND when there is none before end. */
static enum wh_err
next_tag(const char *at, const char *end, struct tag *out)
{
	const char *close;
	size_t len;

	out->start = memmem(at, (size_t)(end - at), "{{", 2);
	if (out->start == NULL)
		return WH_NOT_FOUND;
	at = out->start + 2;
	close = memmem(at, (size_t)(end - at), "}}", 2);
	if (close == NULL)
		return WH_INVALID;
	out->next = close + 2;
	out->sort = '\0';
	if (at < close && strchr("#^/", *at) != NULL)
		out->sort = *at++;
	len = (size_t)(close - at);
	if (len == 0 || len >= NAME_SIZE)
		return WH_INVALID;
	memcpy(out->name, at, len);
	out->name[len] = '\0';
	return WH_OK;
}

/* The end of the section that opened with tag. */
static enum wh_err
closing_tag(const struct tag *open, const char *end, struct tag *out)
{
	const char *at = open->next;

	while (next_tag(at, end, out) == WH_OK) {
		if (out->sort == '/' && strcmp(out->name, open->name) == 0)
			return WH_OK;
		at = out->next;
	}
	return WH_INVALID;
}

static const json_t *
look_up(const struct scope *scope, const char *name)
{
	const json_t *value;

	if (strcmp(name, ".") == 0)
		return scope->value;
	for (; scope != NULL; scope = scope->up) {
		value = json_object_get(scope->value, name);
		if (value != NULL)
			return value;
	}
	return NULL;
}

static enum wh_err
add_value(struct paper *paper, const json_t *value)
{
	char number[24];
	const char *text = json_string_value(value);

	if (json_is_integer(value)) {
		snprintf(number, sizeof(number), "%lld",
		    (long long)json_integer_value(value));
		text = number;
	}
	if (text == NULL)
		return WH_INVALID;
	if (paper->kind == TEMPLATE_HTML)
		add_escaped(paper, text);
	else
		add(paper, text, strlen(text));
	return WH_OK;
}

static bool
is_empty(const json_t *value)
{
	return value == NULL || json_is_null(value) || json_is_false(value) ||
	       (json_is_array(value) && json_array_size(value) == 0) ||
	       (json_is_string(value) && json_string_length(value) == 0);
}

static enum wh_err render(struct paper *paper, const char *at, const char *end,
    const struct scope *scope);

/* NOLINTBEGIN(misc-no-recursion): DEPTH_MAX deep. */
static enum wh_err
render_section(struct paper *paper, const struct tag *open,
    const struct tag *close, const struct scope *scope)
{
	const json_t *value = look_up(scope, open->name);
	struct scope inner = {.up = scope,
	    .value = value,
	    .depth = scope->depth + 1};
	enum wh_err err = WH_OK;
	size_t i;

	if (inner.depth > DEPTH_MAX)
		return WH_INVALID;
	if (is_empty(value) != (open->sort == '^'))
		return WH_OK;
	if (open->sort == '^' || !json_is_array(value))
		return render(paper, open->next, close->start, &inner);
	for (i = 0; err == WH_OK && i < json_array_size(value); i++) {
		inner.value = json_array_get(value, i);
		err = render(paper, open->next, close->start, &inner);
	}
	return err;
}

static enum wh_err
render(struct paper *paper, const char *at, const char *end,
    const struct scope *scope)
{
	struct tag tag, close = {0};
	enum wh_err err;

	while ((err = next_tag(at, end, &tag)) == WH_OK) {
		add(paper, at, (size_t)(tag.start - at));
		at = tag.next;
		if (tag.sort == '/')
			return WH_INVALID;
		if (tag.sort == '\0') {
			err = add_value(paper, look_up(scope, tag.name));
		} else {
			err = closing_tag(&tag, end, &close);
			if (err == WH_OK)
				err =
				    render_section(paper, &tag, &close, scope);
			at = close.next;
		}
		if (err != WH_OK)
			return err;
	}
	if (err != WH_NOT_FOUND)
		return err;
	add(paper, at, (size_t)(end - at));
	return WH_OK;
}
/* NOLINTEND(misc-no-recursion) */

enum wh_err
template_render(const char *text, enum template_kind kind, const json_t *data,
    char **out, size_t *len)
{
	struct paper paper = {.kind = kind};
	const struct scope scope = {.value = data};
	enum wh_err err;

	add(&paper, "", 0);
	err = render(&paper, text, text + strlen(text), &scope);
	if (err == WH_OK) {
		*out = paper.text;
		*len = paper.len;
		paper.text = NULL;
	}
	mem_wipe_free(paper.text, paper.len);
	return err;
}
