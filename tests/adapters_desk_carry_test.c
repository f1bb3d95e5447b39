/* SPDX-License-Identifier: EUPL-1.2 */
#include "adapters/desk_officer.h"
#include "proto/base/workday.h"
#include "tests/adapters_desk_ended.h"

/* The end of a permission at a member: closed, erased, reported, followed. */

static void
test_what_was_received_is_erased_and_reported(void **state)
{
	struct desk_world *w = *state;
	struct tie t = delivered(w);
	struct row event = withdrawn(w, &t.consent), row;
	struct carried report;
	json_t *dossier;

	take_event(w, money->to, event.bytes);
	dossier = full(w, money->to, &t.case_ref);
	assert_int_equal(json_object_size(json_object_get(dossier, "gegevens")),
	    0);
	assert_string_equal(json_text(json_object_get(dossier, "wissing"),
				"status"),
	    "GEWIST");
	json_decref(dossier);
	report = report_of(w, money->to, &row);
	assert_true(id_equal(&report.permission_id, &t.record));
	assert_int_equal(report.epoch, 2);
	assert_int_equal(report.count, 1);
	assert_int_equal(report.messages[0].reach, REACH_ERASED);
	assert_false(report.more);
	row_fini(&row);
	row_fini(&event);
}

static void
test_a_copy_in_the_partners_system_is_not_called_erased(void **state)
{
	struct desk_world *w = *state;
	struct tie t = delivered(w);
	struct desk *desk = w->at[money->to].desk;
	struct row event, row;
	struct carried report;
	struct desk_result result;
	json_t *body;

	assert_int_equal(desk_passed_on(desk, &t.case_ref), WH_OK);
	event = withdrawn(w, &t.consent);
	take_event(w, money->to, event.bytes);
	report = report_of(w, money->to, &row);
	assert_int_equal(report.messages[0].reach, REACH_READ);
	row_fini(&row);
	body = json_of("{'status': 'BEHOUDEN', 'artikel': 'omdat het moet'}");
	assert_int_equal(desk_confirm(desk, &t.case_ref, body, w->now_ms,
			     &result),
	    WH_OK);
	assert_int_equal(result.kind, OUTCOME_REJECTED);
	assert_string_equal(result.field, "artikel");
	desk_result_fini(&result);
	json_decref(body);
	body = json_of("{'status': 'BEHOUDEN', 'artikel': 'Archiefwet-3'}");
	assert_int_equal(desk_confirm(desk, &t.case_ref, body, w->now_ms,
			     &result),
	    WH_OK);
	assert_int_equal(result.kind, OUTCOME_DONE);
	desk_result_fini(&result);
	json_decref(body);
	report = report_of(w, money->to, &row);
	assert_int_equal(report.messages[0].reach, REACH_RETAINED);
	assert_string_equal(report.messages[0].article, "Archiefwet-3");
	assert_true(report.more);
	row_fini(&row);
	body = json_of("{'status': 'GEWIST'}");
	assert_int_equal(desk_confirm(desk, &t.case_ref, body, w->now_ms,
			     &result),
	    WH_OK);
	desk_result_fini(&result);
	report = report_of(w, money->to, &row);
	assert_int_equal(report.messages[0].reach, REACH_ERASED);
	row_fini(&row);
	/* Erased is for good: there is nothing to confirm any more. */
	assert_int_equal(desk_confirm(desk, &t.case_ref, body, w->now_ms,
			     &result),
	    WH_OK);
	assert_int_equal(result.kind, OUTCOME_FORBIDDEN);
	desk_result_fini(&result);
	json_decref(body);
	row_fini(&event);
}

static unsigned
reminded(struct desk_world *w, const struct id *case_ref, size_t asked)
{
	unsigned n = retain(w, money->to).reminded;

	assert_int_equal(events_of(w, money->to, case_ref, "wissingGevraagd"),
	    asked);
	return n;
}

static size_t
open_copies(struct desk_world *w)
{
	const struct desk_filter filter = {.richting = "",
	    .status = "",
	    .type = "",
	    .erasure = "OPEN",
	    .page = 1,
	    .page_size = 10};
	struct desk *desk = w->at[money->to].desk;
	struct desk_open open = {0};
	json_t *list = NULL;
	bool more;
	size_t n;

	assert_int_equal(desk_list(desk, &filter, &list, &more), WH_OK);
	n = json_array_size(list);
	json_decref(list);
	assert_int_equal(desk_open_work(desk, w->now_ms, &open), WH_OK);
	assert_int_equal(open.copies, n);
	return n;
}

/* The partner's system is asked, and asked again, until people answered. */
static void
test_a_copy_is_asked_for_each_working_day(void **state)
{
	struct desk_world *w = *state;
	struct tie t = delivered(w);
	struct desk *desk = w->at[money->to].desk;
	json_t *body = json_of("{'status': 'GEWIST'}");
	struct desk_result result;
	struct row event;
	uint64_t jobs;

	assert_int_equal(desk_passed_on(desk, &t.case_ref), WH_OK);
	event = withdrawn(w, &t.consent);
	take_event(w, money->to, event.bytes);
	jobs = jobs_waiting(w, money->to);
	assert_int_equal(open_copies(w), 1);
	w->now_ms = workday_after("nl", w->now_ms, 1) - 1;
	assert_int_equal(reminded(w, &t.case_ref, 1), 0);
	w->now_ms++;
	assert_int_equal(reminded(w, &t.case_ref, 2), 1);
	assert_int_equal(reminded(w, &t.case_ref, 2), 0);
	assert_int_equal(jobs_waiting(w, money->to), jobs + 1);
	w->now_ms = workday_after("nl", w->now_ms, 1);
	assert_int_equal(reminded(w, &t.case_ref, 3), 1);
	assert_int_equal(desk_confirm(desk, &t.case_ref, body, w->now_ms,
			     &result),
	    WH_OK);
	desk_result_fini(&result);
	json_decref(body);
	assert_int_equal(open_copies(w), 0);
	w->now_ms = workday_after("nl", w->now_ms, 1);
	assert_int_equal(reminded(w, &t.case_ref, 3), 0);
	row_fini(&event);
}

/* A hub that was put back from a backup gives the same numbers out again. */
static void
test_an_event_under_a_number_from_before_is_reported_again(void **state)
{
	struct desk_world *w = *state;
	struct tie t = delivered(w);
	struct row event = withdrawn(w, &t.consent), row;

	take_event(w, money->to, event.bytes);
	assert_int_equal(report_of(w, money->to, &row).count, 1);
	row_fini(&row);
	w->delivery--;
	take_event(w, money->to, event.bytes);
	assert_int_equal(report_of(w, money->to, &row).count, 1);
	row_fini(&row);
	row_fini(&event);
}

/* The hub chases who it did not hear from. */
static void
test_an_event_that_comes_again_is_reported_again(void **state)
{
	struct desk_world *w = *state;
	struct tie t = delivered(w);
	struct row event = withdrawn(w, &t.consent), row;

	take_event(w, money->to, event.bytes);
	assert_int_equal(report_of(w, money->to, &row).count, 1);
	row_fini(&row);
	take_event(w, money->to, event.bytes);
	assert_int_equal(report_of(w, money->to, &row).count, 1);
	row_fini(&row);
	row_fini(&event);
}

/* An offer that the hub hands over late, whatever it told before. */
static void
test_an_offer_under_the_older_epoch_is_refused_unopened(void **state)
{
	struct desk_world *w = *state;
	struct id consent = consent_given(w, money, "C-1");
	struct desk_result result = refer_by(w, money, "C-1", &consent);
	struct id case_ref = id_of(&result);
	struct row offer = hub_takes(w, money->from, STATE_QUEUED);
	struct deliver delivery = {.kind = DELIVER_ENVELOPE,
	    .envelope = offer.bytes,
	    .permission = record_of(w, money->from, offer.bytes)};
	struct deliver ended = {.kind = DELIVER_PERMISSION_EVENT,
	    .permission = delivery.permission};
	struct row event = withdrawn(w, &consent), row;
	json_t *dossier = NULL;

	/* The first that WPI hears of this permission is its end. */
	ended.permission_event = event.bytes;
	assert_int_equal(deliver_to(w, money->to, &ended), REASON_NONE);
	assert_int_equal(report_of(w, money->to, &row).count, 0);
	assert_int_equal(deliver_to(w, money->to, &delivery),
	    REASON_PERMISSION_WITHDRAWN);
	assert_int_equal(desk_dossier(w->at[money->to].desk, &case_ref,
			     &dossier),
	    WH_NOT_FOUND);
	mem_free((void *)(uintptr_t)delivery.permission.p);
	row_fini(&row);
	row_fini(&event);
	row_fini(&offer);
}

/* What the hub says of it to the capturer. */
static void
tell_of(struct desk_world *w, const struct tie *t, const struct id *message_id,
    enum reach reach, struct span report, bool done)
{
	const char *const members[] = {"wpi"};
	struct reached reached = {.message_id = *message_id,
	    .case_ref = t->case_ref,
	    .to = "wpi",
	    .reach = reach};
	struct withdrawal withdrawal = {.permission_id = t->record,
	    .recorded_ms = w->now_ms,
	    .recorded_index = 7,
	    .done_ms = done ? w->now_ms : 0,
	    .done_index = done ? 8 : 0,
	    .outstanding = !done,
	    .member_count = !done,
	    .members = members,
	    .message_count = 1,
	    .messages = &reached,
	    .report = report};
	struct deliver delivery = {.kind = DELIVER_WITHDRAWAL,
	    .withdrawal = &withdrawal};

	withdrawal.counts[reach] = 1;
	assert_int_equal(deliver_to(w, money->from, &delivery), REASON_NONE);
}

static void
tell(struct desk_world *w, const struct tie *t, enum reach reach,
    struct span report, bool done)
{
	tell_of(w, t, &t->case_ref, reach, report, done);
}

static json_t *
ending(struct desk_world *w, const struct id *consent)
{
	json_t *kept = NULL, *out;

	assert_int_equal(desk_consent_get(w->at[money->from].desk, consent,
			     &kept),
	    WH_OK);
	out = json_incref(json_object_get(kept, "intrekking"));
	json_decref(kept);
	assert_non_null(out);
	return out;
}

static void
assert_stage(struct desk_world *w, const struct tie *t, const char *reach,
    bool done, size_t outstanding)
{
	json_t *end = ending(w, &t->consent);
	const json_t *items = json_object_get(end, "bereik");

	assert_string_equal(json_text(json_array_get(items, 0), "bereik"),
	    reach);
	assert_int_equal(json_text(end, "doorgevoerd")[0] != '\0', done);
	assert_int_equal(json_array_size(json_object_get(end, "openstaand")),
	    outstanding);
	json_decref(end);
}

static void
test_a_hub_cannot_say_it_for_a_member(void **state)
{
	struct desk_world *w = *state;
	struct tie t = delivered(w);
	struct row event = withdrawn(w, &t.consent), row;

	tell(w, &t, REACH_DELIVERED_UNREAD, span_str(""), false);
	assert_stage(w, &t, "DELIVERED_UNREAD", false, 1);
	/* Without the word of WPI nothing is erased, and nothing done. */
	tell(w, &t, REACH_ERASED, span_str(""), true);
	assert_stage(w, &t, "DELIVERED_UNREAD", false, 0);
	tell(w, &t, REACH_ERASED, span_str("no report at all"), true);
	assert_stage(w, &t, "DELIVERED_UNREAD", false, 0);
	take_event(w, money->to, event.bytes);
	(void)report_of(w, money->to, &row);
	tell(w, &t, REACH_ERASED, row.bytes, true);
	assert_stage(w, &t, "ERASURE_CONFIRMED", true, 0);
	row_fini(&row);
	row_fini(&event);
}

static void
test_a_restored_hub_that_counts_anew_is_heard(void **state)
{
	struct desk_world *w = *state;
	struct tie t = delivered(w);
	struct row event = withdrawn(w, &t.consent), row;

	tell(w, &t, REACH_DELIVERED_UNREAD, span_str(""), false);
	assert_stage(w, &t, "DELIVERED_UNREAD", false, 1);
	take_event(w, money->to, event.bytes);
	(void)report_of(w, money->to, &row);
	w->delivery -= 2; /* the number of the first again */
	tell(w, &t, REACH_ERASED, row.bytes, true);
	assert_stage(w, &t, "ERASURE_CONFIRMED", true, 0);
	row_fini(&row);
	row_fini(&event);
}

/* The ground is the recipient's own word, and no hub can better it. */
static void
test_the_ground_on_which_it_is_kept_is_shown(void **state)
{
	struct desk_world *w = *state;
	struct tie t = delivered(w);
	struct row event, row;
	struct carried report;
	struct desk_result result;
	json_t *body =
	    json_of("{'status': 'BEHOUDEN', 'artikel': 'Archiefwet-3'}");
	json_t *end;

	assert_int_equal(desk_passed_on(w->at[money->to].desk, &t.case_ref),
	    WH_OK);
	event = withdrawn(w, &t.consent);
	take_event(w, money->to, event.bytes);
	(void)report_of(w, money->to, &row);
	row_fini(&row);
	assert_int_equal(desk_confirm(w->at[money->to].desk, &t.case_ref, body,
			     w->now_ms, &result),
	    WH_OK);
	desk_result_fini(&result);
	json_decref(body);
	report = report_of(w, money->to, &row);
	tell_of(w, &t, &report.messages[0].message_id, REACH_ERASED, row.bytes,
	    true);
	assert_stage(w, &t, "RETAINED_WITH_GROUND", true, 0);
	end = ending(w, &t.consent);
	assert_string_equal(json_text(json_array_get(json_object_get(end,
							 "bereik"),
					  0),
				"artikel"),
	    "Archiefwet-3");
	json_decref(end);
	row_fini(&row);
	row_fini(&event);
}

/* By who did not capture it, on the record that the referral rests on. */
static void
test_a_party_withdraws_by_the_record(void **state)
{
	struct desk_world *w = *state;
	struct tie t = delivered(w);
	struct desk_result result;
	struct row row;

	assert_int_equal(desk_withdraw(w->at[money->to].desk, &t.record, NULL,
			     w->now_ms, &result),
	    WH_OK);
	assert_int_equal(result.kind, OUTCOME_QUEUED);
	assert_true(
	    json_is_null(json_object_get(result.dossier, "vastgelegd")));
	desk_result_fini(&result);
	row = hub_takes(w, money->to, 0);
	assert_int_equal(row.kind, TO_HUB_PERMISSION_EVENT);
	assert_int_equal(desk_withdrawal_get(w->at[money->to].desk, &t.record,
			     &result.dossier),
	    WH_OK);
	assert_true(
	    json_is_string(json_object_get(result.dossier, "vastgelegd")));
	desk_result_fini(&result);
	/* Once more is the same, and shows how far it came. */
	assert_int_equal(desk_withdraw(w->at[money->to].desk, &t.record, NULL,
			     w->now_ms, &result),
	    WH_OK);
	assert_int_equal(result.kind, OUTCOME_SAME);
	assert_true(
	    json_is_string(json_object_get(result.dossier, "vastgelegd")));
	desk_result_fini(&result);
	row_fini(&row);
}

static void
test_what_others_ended_is_not_ended_again(void **state)
{
	struct desk_world *w = *state;
	struct tie t = delivered(w);
	struct row event = withdrawn(w, &t.consent);
	struct desk_result result;

	take_event(w, money->to, event.bytes);
	assert_int_equal(desk_withdraw(w->at[money->to].desk, &t.record, NULL,
			     w->now_ms, &result),
	    WH_OK);
	assert_int_equal(result.kind, OUTCOME_FORBIDDEN);
	desk_result_fini(&result);
	row_fini(&event);
}

static void
test_a_code_for_no_record_says_so(void **state)
{
	struct desk_world *w = *state;
	struct desk_result result;
	json_t *view = NULL;
	struct id id;

	assert_int_equal(desk_withdraw(w->at[AT_POLITIE].desk, NULL,
			     "0000-0000-0000-0001", w->now_ms, &result),
	    WH_OK);
	assert_int_equal(result.kind, OUTCOME_QUEUED);
	id = id_of(&result);
	hub_refuses(w, AT_POLITIE, REASON_NO_PERMISSION, 0);
	assert_int_equal(desk_withdrawal_get(w->at[AT_POLITIE].desk, &id,
			     &view),
	    WH_OK);
	assert_true(json_is_false(json_object_get(view, "bekend")));
	json_decref(view);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    DESK_TEST(test_what_was_received_is_erased_and_reported),
	    DESK_TEST(test_a_copy_in_the_partners_system_is_not_called_erased),
	    DESK_TEST(test_a_copy_is_asked_for_each_working_day),
	    DESK_TEST(
		test_an_event_under_a_number_from_before_is_reported_again),
	    DESK_TEST(test_an_event_that_comes_again_is_reported_again),
	    DESK_TEST(test_an_offer_under_the_older_epoch_is_refused_unopened),
	    DESK_TEST(test_a_hub_cannot_say_it_for_a_member),
	    DESK_TEST(test_a_restored_hub_that_counts_anew_is_heard),
	    DESK_TEST(test_the_ground_on_which_it_is_kept_is_shown),
	    DESK_TEST(test_a_party_withdraws_by_the_record),
	    DESK_TEST(test_what_others_ended_is_not_ended_again),
	    DESK_TEST(test_a_code_for_no_record_says_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
