/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_ADAPTERS_TEMPLATE_H
#define WH_ADAPTERS_TEMPLATE_H

#include <jansson.h>

#include "proto/base/err.h"

/*
 * Text with places for data, the part of Mustache that documents need:
 *   {{name}}             a text or whole number of the data
 *   {{.}}                the item itself, in a list of texts
 *   {{#name}}…{{/name}}  once for each item of a list, once for an object or
 *                        true, not at all for what is absent, false or empty
 *   {{^name}}…{{/name}}  only when {{#name}} would show nothing
 * Names are looked up in the item, then in what is around it. A section may
 * not hold another of its own name.
 */
enum template_kind {
	TEMPLATE_TEXT,
	TEMPLATE_HTML /* data is escaped; there is no way around it */
};

/*
 * *out is heap (mem_free), *len without the NUL behind it. WH_INVALID: a
 * section is not closed, or a place names what is not in the data.
 */
enum wh_err template_render(const char *text, enum template_kind kind,
    const json_t *data, char **out, size_t *len);

/*
 * The one that escapes: into element content or a double-quoted attribute of
 * HTML or XML. Heap (mem_free). What XML cannot hold becomes U+FFFD.
 */
char *template_escape(const char *text);

#endif
