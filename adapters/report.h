/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_ADAPTERS_REPORT_H
#define WH_ADAPTERS_REPORT_H

#include <jansson.h>

#include "adapters/mirror.h"
#include "adapters/permits.h"
#include "consent/disclosure.h"
#include "proto/wire_register.h"

/*
 * The report that a resident may ask for (AVG art. 15), in plain Dutch. Pure:
 * what goes in is what the desk found about one client, what comes out holds
 * only what the resident may see now. What may not be seen yet, or not at all,
 * leaves no trace in the report; it stands apart, for the officer.
 */
struct report {
	const struct wh_register *reg; /* borrowed, as all here */
	const char *self;              /* the member that makes it */
	int64_t now_ms;
	json_t *body;     /* "verslag"; owned */
	json_t *withheld; /* "nietVerstrekt"; owned */
};

void report_init(struct report *report, const struct wh_register *reg,
    const char *self, const char *client, int64_t now_ms);
void report_fini(struct report *report);

/*
 * A referral: its dossier as kept, the permission that it rests on (may be
 * NULL), and the entries of the log about it, in order, with what was accepted
 * filled in.
 */
struct report_case {
	const json_t *dossier;
	const struct permission *permission;
	const struct mirror_entry *entries;
	size_t entry_count;
};
void report_add_case(struct report *report, const struct report_case *one);

/* A consent or other ground that this member recorded, as kept. */
void report_add_consent(struct report *report, const json_t *consent,
    const struct permission *permission);

/* One that came with a referral of another member. */
void report_add_permit(struct report *report, const struct permit *permit);

/* Recipients, terms and rights: when all was added. */
void report_close(struct report *report);

/* The whole as text to print. Heap (mem_free). WH_INVALID: not closed. */
enum wh_err report_text(const struct report *report, char **out);

#endif
