/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_CONSENT_DECIDE_H
#define WH_CONSENT_DECIDE_H

#include "consent/permission.h"

/*
 * May this message move, now? A pure function over what is known; the same
 * input gives the same answer for ever, so a decision can be replayed. The
 * broker asks at acceptance and at handover, the sender before it seals, the
 * recipient before it opens. Unknown means no.
 */
struct decide_input {
	const struct wh_register *reg;
	const struct header *header;
	uint32_t categories; /* bits of the sections present */
	/* The record that the header names, or for an instrument the record
	 * on file for the relation (it may hold an objection); NULL: none. */
	const struct permission *permission;
	const struct standing *standing; /* NULL with permission NULL */
	bool feedback; /* from the recipient of the referral to its sender */
	int64_t now_ms;
};

/*
 * REASON_NONE permits; else the first rule of the table that forbids, in the
 * order of permission.md. why (may be NULL) says what and what to do. An
 * envelope without sections that only closes (DECLINE, COMPLETE, CANCEL,
 * CONFIRM_CANCEL, MARK_ERROR, ERASED, REVIEW) may outlive its permission: it
 * moves nothing, and the loop must be able to close.
 */
enum reason decide(const struct decide_input *in, struct why *why);

/* The categories that event may carry in this type and phase: bits. */
uint32_t decide_categories(const struct reg_type *type,
    enum referral_event event, bool feedback);

/* The categories that event must carry: bits. */
uint32_t decide_required(const struct reg_type *type,
    enum referral_event event);

#endif
