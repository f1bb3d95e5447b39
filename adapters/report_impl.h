/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_ADAPTERS_REPORT_IMPL_H
#define WH_ADAPTERS_REPORT_IMPL_H

#include "adapters/report.h"

/* Shared by report*.c and nobody else. */

#define REPORT_TEXT 640 /* one sentence */

const char *report_member_name(const struct report *r, const char *id);
const char *report_type_title(const struct report *r, const char *id);

/* A time under key, 0 when there is none; and the other way round. */
int64_t report_time_of(const json_t *object, const char *key);
void report_set_iso(json_t *object, const char *key, int64_t at_ms);

/* {"tekst", "op"}; without "op" for 0. New reference. */
json_t *report_item_at(int64_t at_ms, const char *text);

/* A list of the report. Borrowed. */
json_t *report_list_of(struct report *r, const char *key);

/* The one question: may the resident see now what happened at at_ms? */
bool report_may_see(struct report *r, const char *type,
    const struct permission *permission, int64_t at_ms,
    struct disclosure_view *view);

/* What is left out is told to the officer. */
void report_withhold(struct report *r, const char *what, const char *id,
    const char *type, int64_t at_ms, const struct disclosure_view *view);

/* Category bits as plain words and as codes, new references; and back. */
json_t *report_categories_text(uint32_t bits);
json_t *report_categories_code(uint32_t bits);
uint32_t report_category_bits(const json_t *words);

#endif
