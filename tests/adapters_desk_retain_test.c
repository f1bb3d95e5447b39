/* SPDX-License-Identifier: EUPL-1.2 */
#include "adapters/desk_officer.h"
#include "adapters/look.h"
#include "adapters/relations.h"
#include "proto/base/workday.h"
#include "tests/adapters_desk_world.h"

/* The covenant's terms after the end of a referral, at both sides. */

#define HOUR_MS (3600ll * 1000)

static const struct recipe *const money = &recipes[0];
static const struct recipe *const arrears = &recipes[2];

/* The moment at which sections of what ends now are to be erased. */
static int64_t
sections_due(struct desk_world *w)
{
	return workday_after("nl", w->now_ms, 20);
}

/* The same at both sides, with texts in events and jobs that wait. */
static struct id
ended(struct desk_world *w)
{
	struct id case_ref = referral_delivered(w, money);

	did(w, AT_WPI, &case_ref, "{'soort': 'accepteren'}");
	assert_int_equal(carry(w, AT_WPI, AT_BUURTTEAM, STATE_ACCEPTED),
	    REASON_NONE);
	assert_int_equal(carry(w, AT_BUURTTEAM, AT_WPI, STATE_ACCEPTED),
	    REASON_NONE);
	did(w, AT_WPI, &case_ref,
	    "{'soort': 'notitie', 'toelichting': 'Noot " CANARY "'}");
	assert_int_equal(carry(w, AT_WPI, AT_BUURTTEAM, STATE_ACCEPTED),
	    REASON_NONE);
	did(w, AT_WPI, &case_ref,
	    "{'soort': 'afronden', 'code': 'HELPED', 'toelichting': '" CANARY
	    "'}");
	assert_int_equal(carry(w, AT_WPI, AT_BUURTTEAM, STATE_COMPLETED),
	    REASON_NONE);
	return case_ref;
}

/*
 * Does anything that this desk keeps under a table and key still say it? What
 * is sealed is opened with the adapter's own key first.
 */
static bool
table_says(struct desk *desk, struct kv_txn *txn, unsigned table,
    const char *text)
{
	struct span key = span_str(""), value;
	bool found = false;
	uint8_t *plain;
	size_t len;
	enum wh_err err = kv_seek(txn, table, &key, &value);

	for (; err == WH_OK && !found;
	     err = kv_next(txn, table, &key, &value)) {
		found = memmem(value.p, value.len, text, strlen(text)) != NULL;
		if (vault_open(desk_vault(desk), table, key, value, &plain,
			&len) != WH_OK)
			continue;
		found = found || memmem(plain, len, text, strlen(text)) != NULL;
		mem_free(plain);
	}
	return found;
}

static bool
desk_says(struct desk_world *w, enum place place, const char *text)
{
	struct desk *desk = w->at[place].desk;
	struct kv_txn *txn = NULL;
	bool found = false;

	assert_int_equal(kv_begin(desk_kv(desk), KV_READ_ONLY, &txn), WH_OK);
	for (unsigned table = 0; table < LOCAL_TABLES; table++)
		if (table != LOCAL_CONSENT) /* it goes later: desk_forget */
			found = found || table_says(desk, txn, table, text);
	kv_abort(&txn);
	return found || store_holds(w->at[place].dir, text);
}

static void
test_sections_are_erased_at_the_term_and_not_before(void **state)
{
	struct desk_world *w = *state;
	struct id case_ref = ended(w);
	int64_t due = sections_due(w);

	assert_true(desk_says(w, AT_WPI, CANARY));
	assert_true(desk_says(w, AT_BUURTTEAM, CANARY));
	assert_true(jobs_waiting(w, AT_WPI) > 0);
	w->now_ms = due - 1;
	assert_int_equal(retain(w, AT_WPI).erased, 0);
	assert_true(desk_says(w, AT_WPI, CANARY));
	w->now_ms = due;
	assert_int_equal(retain(w, AT_WPI).erased, 1);
	assert_false(desk_says(w, AT_WPI, CANARY));
	assert_int_equal(jobs_waiting(w, AT_WPI), 0);
	assert_int_equal(retain(w, AT_BUURTTEAM).erased, 1);
	assert_false(desk_says(w, AT_BUURTTEAM, CANARY));
	assert_status(w, AT_WPI, &case_ref, "COMPLETED");
	assert_int_equal(retain(w, AT_WPI).erased, 0);
}

static void
test_the_sender_sees_that_the_recipient_erased(void **state)
{
	struct desk_world *w = *state;
	struct id case_ref = ended(w);
	json_t *dossier, *last;

	w->now_ms = sections_due(w);
	assert_int_equal(retain(w, AT_WPI).erased, 1);
	assert_int_equal(events_of(w, AT_WPI, &case_ref, "gewist"), 1);
	assert_int_equal(outbox_rows(w, AT_WPI), 1);
	assert_int_equal(carry(w, AT_WPI, AT_BUURTTEAM, STATE_COMPLETED),
	    REASON_NONE);
	dossier = dossier_at(w, AT_BUURTTEAM, &case_ref);
	last = json_object_get(dossier, "gebeurtenissen");
	last = json_array_get(last, json_array_size(last) - 1);
	assert_string_equal(json_text(last, "soort"), "gewist");
	assert_string_equal(json_text(last, "door"), "wpi");
	assert_int_equal(json_text(last, "op")[0], '2');
	assert_string_equal(json_text(dossier, "status"), "COMPLETED");
	json_decref(dossier);
	/* Ours goes too; nobody is told of that. */
	assert_int_equal(retain(w, AT_BUURTTEAM).erased, 1);
	assert_int_equal(outbox_rows(w, AT_BUURTTEAM), 0);
	assert_int_equal(events_of(w, AT_BUURTTEAM, &case_ref, "gewist"), 2);
}

static void
test_a_reopening_before_the_term_cancels_it(void **state)
{
	struct desk_world *w = *state;
	struct id case_ref = ended(w);
	int64_t first_due = sections_due(w);

	w->now_ms += 2 * DESK_DAY;
	did(w, AT_WPI, &case_ref, "{'soort': 'heropenen', 'code': 'OTHER'}");
	assert_int_equal(carry(w, AT_WPI, AT_BUURTTEAM, STATE_IN_PROGRESS),
	    REASON_NONE);
	w->now_ms = first_due + DESK_DAY;
	assert_int_equal(retain(w, AT_WPI).erased, 0);
	assert_true(desk_says(w, AT_WPI, CANARY));
	did(w, AT_WPI, &case_ref, "{'soort': 'afronden', 'code': 'HELPED'}");
	assert_int_equal(carry(w, AT_WPI, AT_BUURTTEAM, STATE_COMPLETED),
	    REASON_NONE);
	w->now_ms = sections_due(w) - 1;
	assert_int_equal(retain(w, AT_WPI).erased, 0);
	w->now_ms++;
	assert_int_equal(retain(w, AT_WPI).erased, 1);
	assert_false(desk_says(w, AT_WPI, CANARY));
}

static void
test_a_restart_forgets_nothing_of_it(void **state)
{
	struct desk_world *w = *state;

	ended(w);
	w->now_ms = sections_due(w);
	desk_close(w->at[AT_WPI].desk);
	desk_start(w, AT_WPI);
	assert_int_equal(retain(w, AT_WPI).erased, 1);
	assert_false(desk_says(w, AT_WPI, CANARY));
}

/* What comes in after the erasure goes as well. */
static void
test_what_is_told_afterwards_is_erased_too(void **state)
{
	struct desk_world *w = *state;
	struct id case_ref = ended(w);

	w->now_ms = sections_due(w);
	assert_int_equal(retain(w, AT_WPI).erased, 1);
	assert_int_equal(carry(w, AT_WPI, AT_BUURTTEAM, STATE_COMPLETED),
	    REASON_NONE);
	did(w, AT_WPI, &case_ref,
	    "{'soort': 'clientTerugkoppeling', 'toelichting': '" CANARY "'}");
	assert_true(desk_says(w, AT_WPI, CANARY));
	assert_int_equal(retain(w, AT_WPI).erased, 1);
	assert_int_equal(events_of(w, AT_WPI, &case_ref, "gewist"), 1);
	assert_false(desk_says(w, AT_WPI, CANARY));
}

/* By law, so that no permission keeps the relation. */
static struct id
arrears_ended(struct desk_world *w)
{
	struct id case_ref = referral_delivered(w, arrears);

	notice_to(w, AT_EIGEN_HAARD, &case_ref, STATE_ACCEPTED);
	notice_to(w, AT_WPI, &case_ref, STATE_ACCEPTED);
	did(w, AT_WPI, &case_ref, "{'soort': 'afronden', 'code': 'HELPED'}");
	assert_int_equal(carry(w, AT_WPI, AT_EIGEN_HAARD, STATE_COMPLETED),
	    REASON_NONE);
	return case_ref;
}

static void
test_the_shell_goes_last_and_the_relation_with_it(void **state)
{
	struct desk_world *w = *state;
	struct id case_ref = arrears_ended(w);
	int64_t ended_ms = w->now_ms;

	w->now_ms = ended_ms + 365 * DESK_DAY - 1;
	assert_int_equal(retain(w, AT_EIGEN_HAARD).erased, 1);
	assert_int_equal(retain(w, AT_EIGEN_HAARD).dropped, 0);
	assert_status(w, AT_EIGEN_HAARD, &case_ref, "COMPLETED");
	assert_int_equal(rows_of(w, AT_EIGEN_HAARD, LOCAL_CLIENT), 1);
	w->now_ms++;
	assert_int_equal(retain(w, AT_EIGEN_HAARD).dropped, 1);
	assert_null(dossier_at(w, AT_EIGEN_HAARD, &case_ref));
	assert_int_equal(rows_of(w, AT_EIGEN_HAARD, LOCAL_CLIENT), 0);
	assert_int_equal(rows_of(w, AT_EIGEN_HAARD, LOCAL_RELATION), 0);
	assert_int_equal(rows_of(w, AT_EIGEN_HAARD, LOCAL_BY_RELATION), 0);
	assert_int_equal(rows_of(w, AT_EIGEN_HAARD, LOCAL_ENDED), 0);
	assert_int_equal(rows_of(w, AT_EIGEN_HAARD, LOCAL_ERASED), 0);
	assert_int_equal(rows_of(w, AT_EIGEN_HAARD, LOCAL_HELD_CASE), 0);
}

/* At the recipient too, with the messages that came in on it. */
static void
test_no_withdrawal_finds_what_is_gone(void **state)
{
	struct desk_world *w = *state;

	ended(w);
	assert_int_equal(rows_of(w, AT_WPI, LOCAL_HELD_CASE), 1);
	assert_true(rows_of(w, AT_WPI, LOCAL_HELD_MESSAGE) > 0);
	w->now_ms += 366 * DESK_DAY;
	assert_int_equal(retain(w, AT_WPI).dropped, 1);
	assert_int_equal(rows_of(w, AT_WPI, LOCAL_HELD_CASE), 0);
	assert_int_equal(rows_of(w, AT_WPI, LOCAL_HELD_MESSAGE), 0);
}

static void
test_a_restart_leaves_no_freed_page_with_what_was_erased(void **state)
{
	struct desk_world *w = *state;
	struct id case_ref = ended(w);
	struct span before = row_bytes(w, AT_WPI, LOCAL_DOSSIER, &case_ref);
	/* A record may lie across pages: a part of it is enough. */
	struct span part = span_of(before.p + before.len / 2, 64);

	assert_true(file_has(w, AT_WPI, part));
	w->now_ms = sections_due(w);
	assert_int_equal(retain(w, AT_WPI).erased, 1);
	desk_restart(w, AT_WPI);
	assert_false(file_has(w, AT_WPI, part));
	assert_status(w, AT_WPI, &case_ref, "COMPLETED");
	mem_free((void *)(uintptr_t)before.p);
}

/* As at a start: by day the store is left as it is. */
static void
test_a_night_leaves_no_freed_page_with_what_was_erased(void **state)
{
	struct desk_world *w = *state;
	struct id case_ref = ended(w);
	struct span before = row_bytes(w, AT_WPI, LOCAL_DOSSIER, &case_ref);
	struct span part = span_of(before.p + before.len / 2, 64);
	struct desk *desk = w->at[AT_WPI].desk;
	int64_t night_ms;

	w->now_ms = sections_due(w);
	assert_int_equal(retain(w, AT_WPI).erased, 1);
	night_ms = workday_start(workday_day(w->now_ms) + 1) + 2 * HOUR_MS;
	assert_int_equal(desk_compact(desk, night_ms - 1), WH_OK);
	assert_true(file_has(w, AT_WPI, part));
	assert_int_equal(desk_compact(desk, night_ms), WH_OK);
	assert_false(file_has(w, AT_WPI, part));
	assert_status(w, AT_WPI, &case_ref, "COMPLETED");
	mem_free((void *)(uintptr_t)before.p);
}

static void
test_looks_go_with_the_years_of_the_log(void **state)
{
	struct desk_world *w = *state;
	struct look look = {.at_ms = w->now_ms, .kind = LOOK_LOG};
	int64_t years_ms = 5 * 366 * DESK_DAY;
	json_t *looks = NULL;

	assert_int_equal(desk_look(w->at[AT_WPI].desk, &look), WH_OK);
	w->now_ms += years_ms;
	assert_int_equal(retain(w, AT_WPI).erased, 0);
	assert_int_equal(rows_of(w, AT_WPI, LOCAL_LOOK), 1);
	w->now_ms++;
	retain(w, AT_WPI);
	assert_int_equal(rows_of(w, AT_WPI, LOCAL_LOOK), 0);
	assert_int_equal(desk_look_state(w->at[AT_WPI].desk, &looks), WH_OK);
	assert_true(json_is_true(json_object_get(looks, "klopt")));
	json_decref(looks);
}

static void
test_a_damaged_look_keeps_nothing_from_being_erased(void **state)
{
	struct desk_world *w = *state;
	struct look look = {.at_ms = w->now_ms, .kind = LOOK_LOG};
	struct kv_txn *txn = NULL;
	uint8_t key[8];

	ended(w);
	assert_int_equal(desk_look(w->at[AT_WPI].desk, &look), WH_OK);
	assert_int_equal(kv_begin(desk_kv(w->at[AT_WPI].desk), KV_READ_WRITE,
			     &txn),
	    WH_OK);
	be64_put(key, look.n);
	assert_int_equal(kv_put(txn, LOCAL_LOOK, span_of(key, sizeof(key)),
			     span_str("no look")),
	    WH_OK);
	assert_int_equal(kv_commit(&txn), WH_OK);
	w->now_ms = sections_due(w);
	assert_int_equal(retain(w, AT_WPI).erased, 1);
}

static void
put_row(struct desk_world *w, enum place place, unsigned table,
    const struct id *id, struct span value)
{
	struct kv_txn *txn = NULL;

	assert_int_equal(kv_begin(desk_kv(w->at[place].desk), KV_READ_WRITE,
			     &txn),
	    WH_OK);
	assert_int_equal(kv_put(txn, table, span_id(id), value), WH_OK);
	assert_int_equal(kv_commit(&txn), WH_OK);
}

/* And when it can be read again, it goes as well. */
static void
test_a_damaged_referral_keeps_no_other_from_being_erased(void **state)
{
	struct desk_world *w = *state;
	struct id damaged = ended(w);
	struct span before = row_bytes(w, AT_WPI, LOCAL_DOSSIER, &damaged);
	struct id other = ended(w);

	put_row(w, AT_WPI, LOCAL_DOSSIER, &damaged, span_str("no dossier"));
	w->now_ms = sections_due(w);
	assert_int_equal(retain(w, AT_WPI).erased, 0); /* it is put off, */
	assert_int_equal(retain(w, AT_WPI).erased, 1); /* and then the other */
	assert_int_equal(events_of(w, AT_WPI, &other, "gewist"), 1);
	assert_int_equal(retain(w, AT_WPI).erased, 0);
	put_row(w, AT_WPI, LOCAL_DOSSIER, &damaged, before);
	w->now_ms = workday_after("nl", w->now_ms + DESK_DAY, 20);
	assert_int_equal(retain(w, AT_WPI).erased, 1);
	assert_int_equal(events_of(w, AT_WPI, &damaged, "gewist"), 1);
	mem_free((void *)(uintptr_t)before.p);
}

static void
test_a_relation_stays_while_another_referral_needs_it(void **state)
{
	struct desk_world *w = *state;
	struct id other;

	arrears_ended(w);
	w->now_ms += 100 * DESK_DAY;
	other = referral_delivered(w, arrears);
	w->now_ms += 265 * DESK_DAY;
	assert_int_equal(retain(w, AT_EIGEN_HAARD).dropped, 1);
	assert_int_equal(rows_of(w, AT_EIGEN_HAARD, LOCAL_CLIENT), 1);
	assert_int_equal(rows_of(w, AT_EIGEN_HAARD, LOCAL_RELATION), 1);
	assert_status(w, AT_EIGEN_HAARD, &other, "DELIVERED");
}

/* An objection stays on file, or the next signal would pass. */
static void
test_a_relation_stays_while_an_objection_is_on_file(void **state)
{
	struct desk_world *w = *state;
	struct id consent = consent_given(w, arrears, "C-1");
	struct desk_result result;

	arrears_ended(w);
	assert_int_equal(desk_withdraw(w->at[AT_EIGEN_HAARD].desk, &consent,
			     NULL, w->now_ms, &result),
	    WH_OK);
	assert_int_equal(result.kind, OUTCOME_QUEUED);
	desk_result_fini(&result);
	w->now_ms += 800 * DESK_DAY;
	assert_int_equal(retain(w, AT_EIGEN_HAARD).dropped, 1);
	assert_int_equal(rows_of(w, AT_EIGEN_HAARD, LOCAL_CLIENT), 1);
	result = refer_by(w, arrears, "C-1", NULL);
	assert_int_equal(result.kind, OUTCOME_REFUSED);
	assert_int_equal(result.reason, REASON_OBJECTED);
	desk_result_fini(&result);
}

static void
test_documents_that_could_not_be_used_go_after_the_same_term(void **state)
{
	struct desk_world *w = *state;
	const struct adapter_in in = {.method = "POST",
	    .path = "/x",
	    .body = span_str(CANARY)};
	int64_t due = sections_due(w);

	assert_int_equal(desk_reject(w->at[AT_WPI].desk, &in, "veld", "fout",
			     w->now_ms),
	    WH_OK);
	w->now_ms = due - 1;
	retain(w, AT_WPI);
	assert_int_equal(rows_of(w, AT_WPI, LOCAL_REJECTED), 1);
	w->now_ms = due;
	retain(w, AT_WPI);
	assert_int_equal(rows_of(w, AT_WPI, LOCAL_REJECTED), 0);
}

static void
test_one_step_does_no_more_than_it_may(void **state)
{
	struct desk_world *w = *state;
	struct desk_retained done;

	for (int i = 0; i < 5; i++)
		arrears_ended(w);
	w->now_ms += 60 * DESK_DAY;
	assert_int_equal(desk_retain(w->at[AT_WPI].desk, w->now_ms, 2, &done),
	    WH_OK);
	assert_int_equal(done.erased, 2);
	assert_int_equal(desk_retain(w->at[AT_WPI].desk, w->now_ms, 2, &done),
	    WH_OK);
	assert_int_equal(done.erased, 2);
	assert_int_equal(retain(w, AT_WPI).erased, 1);
	assert_int_equal(retain(w, AT_WPI).erased, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    DESK_TEST(test_sections_are_erased_at_the_term_and_not_before),
	    DESK_TEST(test_the_sender_sees_that_the_recipient_erased),
	    DESK_TEST(test_a_reopening_before_the_term_cancels_it),
	    DESK_TEST(test_a_restart_forgets_nothing_of_it),
	    DESK_TEST(test_what_is_told_afterwards_is_erased_too),
	    DESK_TEST(test_the_shell_goes_last_and_the_relation_with_it),
	    DESK_TEST(test_no_withdrawal_finds_what_is_gone),
	    DESK_TEST(test_a_restart_leaves_no_freed_page_with_what_was_erased),
	    DESK_TEST(test_a_night_leaves_no_freed_page_with_what_was_erased),
	    DESK_TEST(test_looks_go_with_the_years_of_the_log),
	    DESK_TEST(test_a_damaged_look_keeps_nothing_from_being_erased),
	    DESK_TEST(test_a_damaged_referral_keeps_no_other_from_being_erased),
	    DESK_TEST(test_a_relation_stays_while_another_referral_needs_it),
	    DESK_TEST(test_a_relation_stays_while_an_objection_is_on_file),
	    DESK_TEST(
		test_documents_that_could_not_be_used_go_after_the_same_term),
	    DESK_TEST(test_one_step_does_no_more_than_it_may),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
