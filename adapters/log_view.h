/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_ADAPTERS_LOG_VIEW_H
#define WH_ADAPTERS_LOG_VIEW_H

#include <jansson.h>

#include "adapters/mirror.h"
#include "proto/wire_register.h"

/* An entry of the hub's log in plain Dutch, and what it is looked for by. Pure.
 */

/* The word of the API for a kind of entry: "toegelaten"; NULL: unknown. */
const char *log_view_kind(enum audit_kind kind);
enum wh_err log_view_kind_parse(const char *word, enum audit_kind *out);

/* The nth word of each, from 0; NULL behind the last. */
const char *log_view_kind_word(size_t n);

/* "een toestemming om gegevens te delen"; for a kind of ground. Static. */
const char *log_view_ground(enum permission_kind kind);

/* The organisation's name; its id when the register has none such. */
const char *log_view_member(const struct wh_register *reg, const char *id);

/* "toegestaan" or "geweigerd" for a verdict; NULL for what is none. Static. */
const char *log_view_verdict(const struct mirror_entry *entry);

/* One sentence, or two. */
#define LOG_VIEW_TEXT 512
void log_view_text(const struct mirror_entry *entry,
    const struct wh_register *reg, char out[LOG_VIEW_TEXT]);

/* As GET /v1/logboek shows it. New reference. */
json_t *log_view(const struct mirror_entry *entry,
    const struct wh_register *reg);

/* The categories that the details name. */
uint32_t log_view_categories(const struct mirror_entry *entry);

/* What to look for; "" and 0 for anything. */
struct log_filter {
	const char *kind; /* word of log_view_kind() */
	const char *reason;
	const char *partner;
	const char *category;
	const char *ground;
	const char *verdict;
	int64_t since_ms;
	int64_t until_ms; /* exclusive */
	bool has_case;
	struct id case_ref;
	unsigned page;      /* from 1 */
	unsigned page_size; /* 1 to 100 */
};

/* Two steps, so that details are opened only where they are needed. */
bool log_view_leaf_matches(const struct mirror_entry *entry,
    const struct log_filter *filter);
bool log_view_details_match(const struct mirror_entry *entry,
    const struct log_filter *filter);

#endif
