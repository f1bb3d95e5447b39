/* SPDX-License-Identifier: EUPL-1.2 */
#include "adapters/held.h"
#include "proto/base/clk.h"
#include "proto/wire_withdrawal.h"
#include "tests/adapters_desk_world.h"

/* A permission goes a term after its own end, with all that tells of it. */

static const struct recipe *const money = &recipes[0];
static const struct recipe *const arrears = &recipes[2];

/* Days between the end of a referral or permission and its going. */
#define TERM_DAYS 365
#define LOOK_DAYS 30

static const unsigned of_permissions[] = {LOCAL_UNTIL, LOCAL_BY_RELATION,
    LOCAL_BY_KENMERK, LOCAL_RELATION, LOCAL_CLIENT, LOCAL_BY_CLIENT,
    LOCAL_PERMISSION, LOCAL_CONSENT, LOCAL_BY_GROUND, LOCAL_BY_CODE,
    LOCAL_DERIVED, LOCAL_DERIVED_FROM, LOCAL_WITHDRAWAL, LOCAL_WITHDRAWAL_OF,
    LOCAL_END};

static void
assert_nothing_left(struct desk_world *w, enum place place)
{
	for (size_t i = 0;
	     i < sizeof(of_permissions) / sizeof(of_permissions[0]); i++)
		if (rows_of(w, place, of_permissions[i]) != 0)
			fail_msg("%s still has rows",
			    local_table_names[of_permissions[i]]);
}

static json_t *
consent_at(struct desk_world *w, enum place place, const struct id *consent)
{
	json_t *kept = NULL;

	assert_int_equal(desk_consent_get(w->at[place].desk, consent, &kept),
	    WH_OK);
	return kept;
}

static int64_t
until_ms(struct desk_world *w, enum place place, const struct id *consent)
{
	json_t *kept = consent_at(w, place, consent);
	int64_t at_ms = 0;

	assert_int_equal(clk_parse(json_text(kept, "geldigTot"), &at_ms),
	    WH_OK);
	json_decref(kept);
	return at_ms;
}

/* The record of a consent for one party. */
static struct id
record_id(struct desk_world *w, enum place place, const struct id *consent)
{
	json_t *kept = consent_at(w, place, consent);
	struct id id;

	assert_int_equal(id_parse(json_text(json_array_get(json_object_get(kept,
							       "records"),
						0),
				      "record"),
			     &id),
	    WH_OK);
	json_decref(kept);
	return id;
}

static unsigned
forgotten(struct desk_world *w, enum place place)
{
	return retain(w, place).forgotten;
}

/* As consent_given(), with a kenmerk. */
static struct id
agreed(struct desk_world *w, const struct recipe *recipe)
{
	json_t *body = recipe_consent(recipe, "C-1");
	struct id consent;

	json_set_text(body, "kenmerk", "k-1");
	consent = consent_asked(w, recipe->from, body);
	hub_records(w, recipe->from);
	return consent;
}

static void
test_a_consent_goes_a_term_after_its_end(void **state)
{
	struct desk_world *w = *state;
	struct id consent = agreed(w, money);
	int64_t due = until_ms(w, money->from, &consent) + TERM_DAYS * DESK_DAY;
	json_t *kept = NULL;

	w->now_ms = due - 1;
	assert_int_equal(forgotten(w, money->from), 0);
	json_decref(consent_at(w, money->from, &consent));
	w->now_ms = due;
	assert_int_equal(forgotten(w, money->from), 1);
	assert_int_equal(desk_consent_get(w->at[money->from].desk, &consent,
			     &kept),
	    WH_NOT_FOUND);
	assert_nothing_left(w, money->from);
}

/* What freed pages keep goes with the next start. */
static void
test_its_bytes_leave_the_store(void **state)
{
	struct desk_world *w = *state;
	struct id consent = agreed(w, money);
	struct span before = row_bytes(w, money->from, LOCAL_CONSENT, &consent);
	/* A row may lie across pages: a part of it is enough. */
	struct span part = span_of(before.p + before.len / 2, 64);

	assert_true(file_has(w, money->from, part));
	w->now_ms = until_ms(w, money->from, &consent) + TERM_DAYS * DESK_DAY;
	assert_int_equal(forgotten(w, money->from), 1);
	desk_restart(w, money->from);
	assert_false(file_has(w, money->from, part));
	mem_free((void *)(uintptr_t)before.p);
}

/* Both at who captured it and at who received it. */
static void
test_it_stays_while_a_referral_rests_on_it(void **state)
{
	struct desk_world *w = *state;
	struct id consent = consent_given(w, money, "C-1");
	int64_t due = until_ms(w, money->from, &consent) + TERM_DAYS * DESK_DAY;
	struct desk_result result = refer_by(w, money, "C-1", &consent);
	struct id case_ref = id_of(&result);

	assert_int_equal(carry(w, money->from, money->to, STATE_QUEUED),
	    REASON_NONE);
	notice_to(w, money->from, &case_ref, STATE_DELIVERED);
	w->now_ms = due;
	for (enum place place = 0; place < DESKS; place++)
		assert_int_equal(forgotten(w, place), 0);
	assert_int_equal(rows_of(w, money->from, LOCAL_PERMISSION), 1);
	assert_int_equal(rows_of(w, money->to, LOCAL_PERMISSION), 1);
	notice_to(w, money->from, &case_ref, STATE_EXPIRED);
	notice_to(w, money->to, &case_ref, STATE_EXPIRED);
	/* First the referral goes, and with it what this rested on. */
	w->now_ms += TERM_DAYS * DESK_DAY - 1;
	assert_int_equal(forgotten(w, money->from), 0);
	w->now_ms += LOOK_DAYS * DESK_DAY;
	assert_int_equal(forgotten(w, money->from), 1);
	assert_int_equal(forgotten(w, money->to), 1);
	assert_nothing_left(w, money->from);
	assert_nothing_left(w, money->to);
}

static void
test_an_objection_stays_on_file(void **state)
{
	struct desk_world *w = *state;
	struct id consent = consent_given(w, arrears, "C-1");
	struct desk_result result;

	assert_int_equal(desk_withdraw(w->at[arrears->from].desk, &consent,
			     NULL, w->now_ms, &result),
	    WH_OK);
	desk_result_fini(&result);
	for (unsigned years = 0; years < 20; years++) {
		w->now_ms += TERM_DAYS * DESK_DAY;
		assert_int_equal(forgotten(w, arrears->from), 0);
	}
	result = refer_by(w, arrears, "C-1", NULL);
	assert_int_equal(result.kind, OUTCOME_REFUSED);
	assert_int_equal(result.reason, REASON_OBJECTED);
	desk_result_fini(&result);
}

/* The hub says that the withdrawal of this record came this far. */
static void
tell(struct desk_world *w, enum place place, const struct id *record,
    const struct id *event, bool done)
{
	struct withdrawal withdrawal = {.recorded_ms = w->now_ms,
	    .recorded_index = 7,
	    .done_ms = done ? w->now_ms : 0,
	    .outstanding = !done};
	struct deliver delivery = {.kind = DELIVER_WITHDRAWAL,
	    .withdrawal = &withdrawal};

	if (record != NULL)
		withdrawal.permission_id = *record;
	if (event != NULL)
		withdrawal.event_id = *event;
	assert_int_equal(deliver_to(w, place, &delivery), REASON_NONE);
}

static void
test_it_stays_until_its_withdrawal_is_carried_through(void **state)
{
	struct desk_world *w = *state;
	struct id consent = consent_given(w, money, "C-1");
	struct id record = record_id(w, money->from, &consent);
	int64_t due = until_ms(w, money->from, &consent) + TERM_DAYS * DESK_DAY;
	struct desk_result result;

	assert_int_equal(desk_withdraw(w->at[money->from].desk, &consent, NULL,
			     w->now_ms, &result),
	    WH_OK);
	desk_result_fini(&result);
	hub_records(w, money->from);
	tell(w, money->from, &record, NULL, false);
	w->now_ms = due;
	assert_int_equal(forgotten(w, money->from), 0);
	json_decref(consent_at(w, money->from, &consent));
	tell(w, money->from, &record, NULL, true);
	w->now_ms += LOOK_DAYS * DESK_DAY;
	assert_int_equal(forgotten(w, money->from), 1);
	assert_nothing_left(w, money->from);
}

/* A desk that knows nothing of the record but that somebody had its code. */
static void
test_a_withdrawal_by_code_goes_a_term_after_it_was_asked(void **state)
{
	struct desk_world *w = *state;
	struct desk_result result;
	struct row row;

	assert_int_equal(desk_withdraw(w->at[AT_POLITIE].desk, NULL,
			     "0000-0000-0000-0001", w->now_ms, &result),
	    WH_OK);
	desk_result_fini(&result);
	row = hub_takes(w, AT_POLITIE, 0);
	w->now_ms += TERM_DAYS * DESK_DAY;
	assert_int_equal(forgotten(w, AT_POLITIE), 0); /* still under way */
	assert_int_equal(rows_of(w, AT_POLITIE, LOCAL_WITHDRAWAL), 1);
	tell(w, AT_POLITIE, NULL, &row.id, true);
	w->now_ms += LOOK_DAYS * DESK_DAY;
	assert_int_equal(forgotten(w, AT_POLITIE), 1);
	assert_nothing_left(w, AT_POLITIE);
	row_fini(&row);
}

static void
test_a_code_for_no_record_leaves_nothing_either(void **state)
{
	struct desk_world *w = *state;
	struct desk_result result;

	assert_int_equal(desk_withdraw(w->at[AT_POLITIE].desk, NULL,
			     "0000-0000-0000-0001", w->now_ms, &result),
	    WH_OK);
	desk_result_fini(&result);
	hub_refuses(w, AT_POLITIE, REASON_NO_PERMISSION, 0);
	assert_int_equal(rows_of(w, AT_POLITIE, LOCAL_WITHDRAWAL_OF), 0);
	w->now_ms += TERM_DAYS * DESK_DAY;
	assert_int_equal(forgotten(w, AT_POLITIE), 1);
	assert_nothing_left(w, AT_POLITIE);
}

/* A tie to what is made from it is of use only as long as both are here. */
static void
test_ties_go_with_either_end(void **state)
{
	struct desk_world *w = *state;
	struct id consent = consent_given(w, money, "C-1");
	struct id parent = record_id(w, money->from, &consent);
	const struct id children[] = {{{1}}, {{2}}};
	struct kv_txn *txn = NULL;

	assert_int_equal(kv_begin(desk_kv(w->at[money->from].desk),
			     KV_READ_WRITE, &txn),
	    WH_OK);
	assert_int_equal(held_derived_put(txn, &parent, &children[0],
			     DERIVED_STANDS),
	    WH_OK);
	assert_int_equal(held_derived_put(txn, &parent, &children[1],
			     DERIVED_CARRIED),
	    WH_OK);
	assert_int_equal(held_derived_put(txn, &children[0], &parent,
			     DERIVED_CARRIED),
	    WH_OK);
	assert_int_equal(kv_commit(&txn), WH_OK);
	w->now_ms = until_ms(w, money->from, &consent) + TERM_DAYS * DESK_DAY;
	assert_int_equal(forgotten(w, money->from), 1);
	assert_nothing_left(w, money->from);
}

/* Of two that are due one is done, and the other next time. */
static void
test_one_step_does_no_more_than_it_may(void **state)
{
	struct desk_world *w = *state;
	struct desk_retained done;

	consent_given(w, money, "C-1");
	consent_given(w, money, "C-2");
	w->now_ms += 10 * TERM_DAYS * DESK_DAY;
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(desk_retain(w->at[money->from].desk, w->now_ms,
				     1, &done),
		    WH_OK);
		assert_int_equal(done.forgotten, 1);
	}
	assert_nothing_left(w, money->from);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    DESK_TEST(test_a_consent_goes_a_term_after_its_end),
	    DESK_TEST(test_its_bytes_leave_the_store),
	    DESK_TEST(test_it_stays_while_a_referral_rests_on_it),
	    DESK_TEST(test_an_objection_stays_on_file),
	    DESK_TEST(test_it_stays_until_its_withdrawal_is_carried_through),
	    DESK_TEST(test_a_withdrawal_by_code_goes_a_term_after_it_was_asked),
	    DESK_TEST(test_a_code_for_no_record_leaves_nothing_either),
	    DESK_TEST(test_ties_go_with_either_end),
	    DESK_TEST(test_one_step_does_no_more_than_it_may),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
