/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_CONSENT_DISCLOSURE_H
#define WH_CONSENT_DISCLOSURE_H

#include "consent/permission.h"

/*
 * What the resident may see of a processing, and when (AVG art. 13-15 and 23,
 * Wpg art. 27). It is set per processing activity in the covenant, not per
 * message. Pure.
 */

/* For a type that names no activity and says subject_notice: DELAYED. */
#define DISCLOSURE_DELAY_DAYS  20
#define DISCLOSURE_REVIEW_DAYS 10

/* The URI of a processing that the covenant does not name. */
#define DISCLOSURE_UNNAMED "urn:wijkhub:activity:unnamed"

/*
 * The activity of a type: the one it names; else one without id, IMMEDIATE, or
 * DELAYED by the days above when the type says so. Borrowed from the register.
 */
struct reg_activity disclosure_activity(const struct wh_register *reg,
    const struct reg_type *type);

struct disclosure_view {
	bool visible; /* the resident may see it now */
	enum disclosure kind;
	int64_t from_ms;     /* DELAYED: visible from then on, else 0 */
	int64_t review_ms;   /* DELAYED: by then somebody asks if it must be */
	const char *article; /* WITHHELD: on what ground, else "". Borrowed */
};

/*
 * May the resident see what happened at event_ms under this type, at now_ms? A
 * delay is counted in working days from the event. A permission (may be NULL)
 * that was captured under another rule than the type has today keeps its own:
 * its article, or its moment. An unknown type is a covenant that has dropped
 * it: the permission decides, and without one the resident may see it.
 */
struct disclosure_view disclosure_at(const struct wh_register *reg,
    const char *type, const struct permission *permission, int64_t event_ms,
    int64_t now_ms);

/*
 * What a record that is captured now says: activity, kind, until and review of
 * the activity of its first type. valid_from_ms is set already.
 */
void disclosure_fill(const struct wh_register *reg, struct permission *record);

/*
 * Does the record say what the activities of its types say: the kind and the
 * article of each, a delay and review no longer than theirs, and the URI of
 * one? Types must be known. why names the first that differs.
 */
bool disclosure_fits(const struct wh_register *reg,
    const struct permission *record, struct why *why);

#endif
