/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_ADAPTERS_SLIP_H
#define WH_ADAPTERS_SLIP_H

#include <jansson.h>

#include "consent/permission.h"

/*
 * The resident's receipt: one page of HTML per language, to print or to show.
 * What was asked, word for word, with whom, until when, how to stop, and the
 * code to stop with, also to scan. It is well-formed XML, has no scripts and
 * loads nothing. The words are in plain_*.c, the page in slip.html.
 */
struct slip_record {
	const char *member; /* the other one */
	struct standing standing;
	bool is_confirmed; /* the hub has it */
};

struct slip {
	const struct wh_register *reg;
	const char *member; /* who made it */
	enum permission_kind kind;
	const json_t *consent; /* as it is kept */
	int64_t made_ms;
	int64_t valid_until_ms;
	const struct slip_record *records;
	size_t record_count;
	int64_t now_ms;
};

/*
 * *html is heap (mem_wipe_free: it may hold a code), *len without the NUL.
 * The code is shown while any record stands. WH_INVALID: the consent lacks
 * what a receipt shows.
 */
enum wh_err slip_write(const struct slip *slip, char **html, size_t *len);

/*
 * The value of Content-Security-Policy for it: its own style and nothing else.
 * Static; not for several threads at once.
 */
const char *slip_policy(void);

#endif
