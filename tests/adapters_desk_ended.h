/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_TESTS_ADAPTERS_DESK_ENDED_H
#define WH_TESTS_ADAPTERS_DESK_ENDED_H

#include "proto/wire_withdrawal.h"
#include "tests/adapters_desk_world.h"

/* A referral on a consent, and how the hub tells of the end of that. */

static const struct recipe *const money = &recipes[0];

/* The consent that a referral rests on, and its record. */
struct tie {
	struct id consent;
	struct id case_ref;
	struct id record;
};

static inline json_t *
full(struct desk_world *w, enum place place, const struct id *case_ref)
{
	json_t *dossier = NULL;

	assert_int_equal(desk_dossier_full(w->at[place].desk, case_ref,
			     &dossier),
	    WH_OK);
	return dossier;
}

/* A referral on this consent, delivered. */
static inline struct tie
delivered_on(struct desk_world *w, const struct id *consent)
{
	struct desk_result result = refer_by(w, money, "C-1", consent);
	struct tie t = {.consent = *consent, .case_ref = id_of(&result)};
	json_t *dossier;

	assert_int_equal(carry(w, money->from, money->to, STATE_QUEUED),
	    REASON_NONE);
	dossier = full(w, money->from, &t.case_ref);
	assert_int_equal(id_parse(json_text(json_object_get(dossier,
						"grondslag"),
				      "record"),
			     &t.record),
	    WH_OK);
	json_decref(dossier);
	return t;
}

static inline struct tie
delivered(struct desk_world *w)
{
	struct id consent = consent_given(w, money, "C-1");

	return delivered_on(w, &consent);
}

/* The resident withdraws at the capturer; the signed event. */
static inline struct row
withdrawn(struct desk_world *w, const struct id *consent)
{
	struct desk_result result;

	assert_int_equal(desk_withdraw(w->at[money->from].desk, consent, NULL,
			     w->now_ms, &result),
	    WH_OK);
	assert_int_equal(result.kind, OUTCOME_QUEUED);
	desk_result_fini(&result);
	return hub_takes(w, money->from, 0);
}

static inline void
take_event(struct desk_world *w, enum place place, struct span event)
{
	struct deliver delivery = {.kind = DELIVER_PERMISSION_EVENT,
	    .permission_event = event};

	assert_int_equal(deliver_to(w, place, &delivery), REASON_NONE);
}

/* The report that waits at place, read; its bytes are in row. */
static inline struct carried
report_of(struct desk_world *w, enum place place, struct row *row)
{
	static struct arena arena;
	struct signed_body body;
	struct carried carried;

	arena_fini(&arena);
	arena_init(&arena, FRAME_ARENA_MAX);
	*row = hub_takes(w, place, 0);
	assert_int_equal(row->kind, TO_HUB_CARRIED);
	assert_int_equal(wire_signed_read(&arena, row->bytes, REPORT_MAX, &body,
			     NULL),
	    WH_OK);
	assert_int_equal(wire_carried_read(&arena, body.body, &carried, NULL),
	    WH_OK);
	return carried;
}

#endif
