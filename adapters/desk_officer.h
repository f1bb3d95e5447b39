/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_ADAPTERS_DESK_OFFICER_H
#define WH_ADAPTERS_DESK_OFFICER_H

#include "adapters/desk.h"

/*
 * What a desk knows of the hub's log (mirror.h), and its own log of who looked
 * at what (look.h).
 */

/* From the hub: where to ask on from, and a page of it. WH_INVALID with why:
 * not to be believed. */
struct log_page;
enum wh_err desk_mirror_next(struct desk *desk, uint64_t *next);
enum wh_err desk_mirror_page(struct desk *desk, const struct log_page *page,
    int64_t now_ms, struct why *why);

/* Is this the leaf that the hub told before? True when it told none. */
enum wh_err desk_mirror_matches(struct desk *desk, uint64_t index,
    struct span leaf, bool *same);

/* Array of log_view(), newest first. */
struct log_filter;
enum wh_err desk_mirror_list(struct desk *desk, const struct log_filter *filter,
    json_t **out, bool *more);

/* How far it is known, and who bears it out: "stand" of the API. */
enum wh_err desk_mirror_state(struct desk *desk, int64_t now_ms, json_t **out);

/* Write down that somebody looks, before they see it. */
struct look;
enum wh_err desk_look(struct desk *desk, struct look *look);

/* Newest first; and whether the chain holds: "inzagen" of the API. */
enum wh_err desk_look_list(struct desk *desk, unsigned page, unsigned page_size,
    json_t **out, bool *more);
enum wh_err desk_look_state(struct desk *desk, json_t **out);

/* A page of what is kept. */
struct desk_page {
	const char *status; /* "" for any */
	int64_t before_ms;  /* consents that end before; 0: any */
	unsigned page;      /* from 1 */
	unsigned page_size; /* 1 to 100 */
};

/* Consents as kept, newest first; a term that is over reads as EXPIRED. */
enum wh_err desk_consent_list(struct desk *desk, const struct desk_page *page,
    int64_t now_ms, json_t **out, bool *more);

/*
 * Break-glass reviews ("beoordeling" of a dossier, DOSSIER.md), the soonest due
 * first. status: open, teLaat, afgerond.
 */
enum wh_err desk_review_list(struct desk *desk, const struct desk_page *page,
    int64_t now_ms, json_t **out, bool *more);

/* What people have to do that nobody does for them. */
struct desk_open {
	uint64_t copies; /* desk_copies.h */
	uint64_t reviews_overdue;
};
enum wh_err desk_open_work(struct desk *desk, int64_t now_ms,
    struct desk_open *out);

#endif
