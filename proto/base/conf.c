/* SPDX-License-Identifier: EUPL-1.2 */
#include "proto/base/conf.h"

#include <ctype.h>
#include <libgen.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "proto/base/file.h"
#include "proto/base/mem.h"

/* A configuration or covenant is a text that people write. */
#define FILE_MAX ((size_t)1024 * 1024)

const cyaml_strval_t conf_bools[2] = {{"false", false}, {"true", true}};

/* What libcyaml told on its way to an error. */
struct trouble {
	char text[160]; /* the first message: the cause */
	unsigned line;  /* the innermost line in the backtrace, 0: none */
	unsigned outer; /* the next one: where the mapping around it starts */
};

/*
 * libcyaml logs the cause first ("Load: Unexpected key: colour") and then a
 * backtrace of lines, the innermost first ("in mapping (line: 3, …)").
 */
static void __attribute__((format(printf, 3, 0)))
listen(cyaml_log_t level, void *arg, const char *format, va_list args)
{
	struct trouble *trouble = arg;
	char text[256];
	const char *line;
	size_t len;

	(void)level;
	vsnprintf(text, sizeof(text), format, args);
	len = strcspn(text, "\n");
	text[len] = '\0';
	line = strstr(text, "line: ");
	if (line != NULL && trouble->outer == 0)
		*(trouble->line == 0 ? &trouble->line : &trouble->outer) =
		    (unsigned)strtoul(line + strlen("line: "), NULL, 10);
	if (trouble->text[0] == '\0' && strncmp(text, "Load: ", 6) == 0 &&
	    strstr(text, "Backtrace") == NULL)
		snprintf(trouble->text, sizeof(trouble->text), "%.150s",
		    text + 6);
}

static bool
has_key(struct span line, const char *key)
{
	size_t len = strlen(key);

	for (size_t i = 0; i + len < line.len && line.p[i] != '#'; i++) {
		if (memcmp(line.p + i, key, len) != 0 || line.p[i + len] != ':')
			continue;
		if (i == 0 || strchr(" {,-\t", line.p[i - 1]) != NULL)
			return true;
	}
	return false;
}

static struct span
next_line(struct span *rest)
{
	const uint8_t *end = memchr(rest->p, '\n', rest->len);
	size_t len = end == NULL ? rest->len : (size_t)(end - rest->p) + 1;
	struct span line = span_of(rest->p, len);

	*rest = span_of(rest->p + len, rest->len - len);
	return line;
}

unsigned
conf_key_line(struct span text, unsigned first, unsigned last, const char *key)
{
	struct span rest = text;

	for (unsigned n = 1; rest.len > 0; n++) {
		struct span line = next_line(&rest);
		bool top = isalnum(line.p[0]) != 0;

		if (n < first || (first == 0 && !top))
			continue;
		if (last != 0 && n > last)
			break;
		if (has_key(line, key))
			return n;
		if (first != 0 && n > first && top)
			break;
	}
	return first == 0 ? 1 : first;
}

/*
 * libcyaml tells where the last value stands that it read: a key that it
 * refuses is behind it, a mapping that misses a field begins before it.
 */
static unsigned
trouble_line(const struct trouble *trouble, struct span text)
{
	unsigned line = trouble->line == 0 ? 1 : trouble->line;
	const char *key = strstr(trouble->text, ": ");

	if (key == NULL)
		return line;
	if (strncmp(trouble->text, "Unexpected key", 14) == 0 ||
	    strncmp(trouble->text, "Mapping field already seen", 26) == 0)
		return conf_key_line(text, line, 0, key + 2);
	if (strncmp(trouble->text, "Missing required", 16) == 0 &&
	    trouble->outer != 0)
		return trouble->outer;
	return line;
}

static cyaml_config_t
config_for(struct trouble *trouble)
{
	return (cyaml_config_t){
	    .log_fn = listen,
	    .log_ctx = trouble,
	    .mem_fn = cyaml_mem,
	    .log_level = CYAML_LOG_ERROR,
	    /* a list of aliases of lists of aliases fills the memory */
	    .flags = CYAML_CFG_NO_ALIAS,
	};
}

enum wh_err
conf_load_text(const char *name, struct span text,
    const cyaml_schema_value_t *schema, void **out, struct why *why)
{
	struct trouble trouble = {0};
	cyaml_config_t config = config_for(&trouble);
	cyaml_data_t *data = NULL;
	cyaml_err_t err;

	err = cyaml_load_data(text.p, text.len, &config, schema, &data, NULL);
	if (err == CYAML_OK && data == NULL)
		return why_set(why, WH_INVALID, "%s:1: is empty", name);
	if (err != CYAML_OK)
		return why_set(why, WH_INVALID, "%s:%u: %s", name,
		    trouble_line(&trouble, text),
		    trouble.text[0] == '\0' ? cyaml_strerror(err)
					    : trouble.text);
	*out = data;
	return WH_OK;
}

enum wh_err
conf_load(const char *path, const cyaml_schema_value_t *schema, void **out,
    struct why *why)
{
	uint8_t *bytes = NULL;
	size_t len;
	enum wh_err err;

	err = file_read(path, FILE_MAX, &bytes, &len, why);
	if (err == WH_OK)
		err =
		    conf_load_text(path, span_of(bytes, len), schema, out, why);
	mem_free(bytes);
	return err;
}

void
conf_free(const cyaml_schema_value_t *schema, void *data)
{
	struct trouble trouble = {0};
	cyaml_config_t config = config_for(&trouble);

	if (data != NULL)
		cyaml_free(&config, schema, data, 0);
}

/* Where a walk over the events of a document is. */
struct line_scan {
	const char *key;
	unsigned nth;
	int depth;      /* of collections; the top mapping is 1 */
	bool value;     /* the next scalar at depth 1 is a value */
	bool inside;    /* in the list under key */
	unsigned items; /* of that list seen so far */
	unsigned line;  /* the answer */
};

static void
scan_start(struct line_scan *s, const yaml_event_t *event)
{
	if (s->inside && s->depth == 2) {
		if (s->items == s->nth)
			s->line = (unsigned)event->start_mark.line + 1;
		s->items++;
	}
}

static void
scan_scalar(struct line_scan *s, const yaml_event_t *event)
{
	scan_start(s, event);
	if (s->depth != 1)
		return;
	s->inside = !s->value && event->type == YAML_SCALAR_EVENT &&
		    strcmp((const char *)event->data.scalar.value, s->key) == 0;
	s->value = !s->value;
}

static void
scan_event(struct line_scan *s, const yaml_event_t *event)
{
	if (event->type == YAML_SCALAR_EVENT ||
	    event->type == YAML_ALIAS_EVENT) {
		scan_scalar(s, event);
	} else if (event->type == YAML_MAPPING_START_EVENT ||
		   event->type == YAML_SEQUENCE_START_EVENT) {
		scan_start(s, event);
		s->depth++;
	} else if (event->type == YAML_MAPPING_END_EVENT ||
		   event->type == YAML_SEQUENCE_END_EVENT) {
		s->depth--;
		if (s->depth == 1) {
			s->inside = false;
			s->value = false;
		}
	}
}

unsigned
conf_line(struct span text, const char *key, unsigned nth)
{
	struct line_scan scan = {.key = key, .nth = nth};
	yaml_parser_t parser;
	yaml_event_t event;
	bool more = true;

	if (text.len == 0 || yaml_parser_initialize(&parser) == 0)
		return 0;
	yaml_parser_set_input_string(&parser, text.p, text.len);
	while (
	    more && scan.line == 0 && yaml_parser_parse(&parser, &event) != 0) {
		more = event.type != YAML_STREAM_END_EVENT;
		scan_event(&scan, &event);
		yaml_event_delete(&event);
	}
	yaml_parser_delete(&parser);
	return scan.line;
}

char *
conf_path(const char *path, const char *value)
{
	char *copy, *out;
	const char *dir;
	size_t size;

	if (value[0] == '/')
		return mem_strdup(value);
	copy = mem_strdup(path);
	dir = dirname(copy);
	size = strlen(dir) + strlen(value) + 2;
	out = mem_new(size);
	snprintf(out, size, "%s/%s", dir, value);
	mem_free(copy);
	return out;
}
