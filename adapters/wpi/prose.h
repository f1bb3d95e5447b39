/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_ADAPTERS_WPI_PROSE_H
#define WH_ADAPTERS_WPI_PROSE_H

#include <jansson.h>

/*
 * What has no field of its own in Klantinteracties, as text that people read.
 * Heap, wiped when let go: it is about somebody. Pure.
 */
struct prose {
	char *heap; /* owned; NULL until something is added */
	size_t len;
	size_t size;
};
void prose_add(struct prose *prose, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void prose_fini(struct prose *prose);

/* The need: REQUEST, the summary of ARREARS, and each other section. */
void prose_need(const json_t *dossier, struct prose *out);

#endif
