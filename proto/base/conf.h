/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_PROTO_BASE_CONF_H
#define WH_PROTO_BASE_CONF_H

#include <cyaml/cyaml.h>

#include "proto/base/err.h"
#include "proto/base/span.h"

/*
 * YAML files through libcyaml: the schema table of a program parses and checks.
 * An unknown key or a bad value is WH_INVALID with "file:line: reason".
 */
enum wh_err conf_load(const char *path, const cyaml_schema_value_t *schema,
    void **out, struct why *why);

/* The same from memory; name stands for the file in messages. */
enum wh_err conf_load_text(const char *name, struct span text,
    const cyaml_schema_value_t *schema, void **out, struct why *why);

void conf_free(const cyaml_schema_value_t *schema, void *data); /* NULL ok */

/*
 * The line (from 1) where the nth list item (from 0) of the top-level key
 * starts, so that checks over the whole document can say where. 0: unknown.
 */
unsigned conf_line(struct span text, const char *key, unsigned nth);

/*
 * The line that holds "key:", from line first on, before line last is passed
 * (0: no last line) or a top-level key follows. first 0: a top-level key
 * anywhere. Falls back on first, or 1, so that a message always has a line.
 */
unsigned conf_key_line(struct span text, unsigned first, unsigned last,
    const char *key);

/*
 * true or false, and nothing else: libcyaml's own boolean takes any word that
 * it does not know for true. For a bool member.
 */
extern const cyaml_strval_t conf_bools[2];
#define CONF_FIELD_BOOL(key, flags, structure, member)                         \
	CYAML_FIELD_ENUM(key, (flags) | CYAML_FLAG_STRICT, structure, member,  \
	    conf_bools, 2)
#define CONF_FIELD_BOOL_PTR(key, flags, structure, member)                     \
	CYAML_FIELD_ENUM_PTR(key, (flags) | CYAML_FLAG_STRICT, structure,      \
	    member, conf_bools, 2)

/* Paths in a file are relative to that file: dir(path) + "/" + value. Heap. */
char *conf_path(const char *path, const char *value);

#endif
