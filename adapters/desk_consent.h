/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_ADAPTERS_DESK_CONSENT_H
#define WH_ADAPTERS_DESK_CONSENT_H

#include "adapters/code.h"
#include "adapters/desk_state.h"

/* Shared by desk_consent*.c and nobody else. */

/* A consent, or the question for one, in the making. */
struct consent {
	struct shift shift;
	const json_t *body;
	struct permission permission; /* what all its records share */
	const char *professional;
	json_t *json;  /* owned: as kept */
	json_t *texts; /* owned: what is asked, {"nl", "en"} */
	char code[CODE_TEXT_SIZE];
	struct id consent_id;
	struct id parent; /* what it is made from; zero: nothing */
	struct desk_result *result;
	bool asks; /* only the question: nothing is recorded */
	bool done;
};

/* It cannot be: this field is why. */
void consent_no(struct consent *c, const char *field, const char *text);

/* Fill permission from the body, until done. */
void consent_read(struct consent *c);

/*
 * The other parties of the body, each once: one is a party oneself anyway.
 * Returns how many, 0 when done.
 */
unsigned consent_parties(struct consent *c, const char *out[CODE_PARTIES_MAX]);

/*
 * "afgeleidVan": made from the permission of a referral that we received. Until
 * done: it must be within that one. Then, for each record: keep the tie.
 */
enum wh_err consent_derive(struct consent *c);
enum wh_err consent_derived(struct consent *c, const struct id *permission_id);

#endif
