/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_ADAPTERS_POLITIE_MAP_TEXT_H
#define WH_ADAPTERS_POLITIE_MAP_TEXT_H

#include <jansson.h>

#include "adapters/politie/stuf_in.h"

/* Text that grows; wiped when let go, for it is about somebody. */
struct map_text {
	char *heap; /* owned; NULL until something is added */
	size_t len;
	size_t size;
};
void map_text_add(struct map_text *text, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void map_text_fini(struct map_text *text);

/* Absent stays absent: nothing is set for NULL. */
void map_text_set(json_t *object, const char *key, const char *text);

/* stuf_text() or, where there is nothing, fallback. */
const char *map_text_or(const struct stuf_node *node, const char *path,
    const char *fallback);

/*
 * The report in paragraphs: what the situation is, then each part of the
 * message that has no field of its own, with a label before it. Every such
 * part is here, so that nothing is lost without a word.
 */
void map_text_story(const struct stuf_node *root, struct map_text *out);

#endif
