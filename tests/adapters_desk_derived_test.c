/* SPDX-License-Identifier: EUPL-1.2 */
#include "tests/adapters_desk_ended.h"

/* A permission that was made from another, and the end of the first. */

/* More categories, and the referral that it is made from. */
#define DERIVED                                                                \
	"{'client': 'W-1', 'soort': 'CONSENT_AVG', 'partijen': "               \
	"['eigen-haard'], 'typen': ['vocht-schimmel'], 'categorieen': "        \
	"['CONTACT'%s], 'afgeleidVan': '%s', 'vastgelegd': {'hoe': "           \
	"'IN_PERSON', 'door': 'M. Medewerker'}}"

/* WPI refers on within what the resident allowed. */
static struct id
derived(struct desk_world *w, const struct tie *t, const char *more)
{
	char text[512], id[ID_TEXT_SIZE];
	struct desk_result result;
	json_t *body;

	id_text(&t->case_ref, id);
	(void)snprintf(text, sizeof(text), DERIVED, more, id);
	body = json_of(text);
	assert_int_equal(desk_consent(w->at[AT_WPI].desk, body, w->now_ms,
			     &result),
	    WH_OK);
	json_decref(body);
	if (result.kind != OUTCOME_QUEUED) {
		assert_int_equal(result.kind, OUTCOME_REJECTED);
		desk_result_fini(&result);
		return (struct id){0};
	}
	hub_records(w, AT_WPI);
	return id_of(&result);
}

/* As delivered(), with a consent that lets WPI refer on. */
static struct tie
delivered_onward(struct desk_world *w)
{
	json_t *body = recipe_consent(money, "C-1");
	struct id consent;

	json_object_set_new(body, "doorverwijzen", json_true());
	json_array_append_new(json_object_get(body, "typen"),
	    json_string("vocht-schimmel"));
	consent = consent_asked(w, money->from, body);
	hub_records(w, money->from);
	return delivered_on(w, &consent);
}

static void
test_a_derived_permission_stays_within_the_first(void **state)
{
	struct desk_world *w = *state;
	struct tie t = delivered_onward(w);
	struct id id = derived(w, &t, "");
	struct tie plain;

	assert_false(id_is_zero(&id));
	id = derived(w, &t, ", 'PHYSICAL_HEALTH'");
	assert_true(id_is_zero(&id));
	plain = delivered(w);
	id = derived(w, &plain, "");
	assert_true(id_is_zero(&id)); /* nobody said that WPI may */
}

static void
test_a_withdrawal_ends_what_was_derived_and_waits_for_it(void **state)
{
	struct desk_world *w = *state;
	struct tie t = delivered_onward(w);
	struct id child = derived(w, &t, "");
	struct withdrawal done = {.recorded_ms = w->now_ms,
	    .done_ms = w->now_ms};
	struct deliver delivery = {.kind = DELIVER_WITHDRAWAL,
	    .withdrawal = &done};
	struct row event = withdrawn(w, &t.consent), row;
	struct carried report;
	json_t *consent = NULL;

	take_event(w, AT_WPI, event.bytes);
	row = hub_takes(w, AT_WPI, 0);
	assert_int_equal(row.kind, TO_HUB_PERMISSION_EVENT);
	row_fini(&row);
	assert_int_equal(outbox_rows(w, AT_WPI), 0); /* not done here yet */
	assert_int_equal(desk_consent_get(w->at[AT_WPI].desk, &child, &consent),
	    WH_OK);
	assert_string_equal(json_text(consent, "status"), "WITHDRAWN");
	assert_int_equal(
	    id_parse(json_text(json_array_get(json_object_get(consent,
						  "records"),
				   0),
			 "record"),
		&done.permission_id),
	    WH_OK);
	json_decref(consent);
	assert_int_equal(deliver_to(w, AT_WPI, &delivery), REASON_NONE);
	report = report_of(w, AT_WPI, &row);
	assert_true(id_equal(&report.permission_id, &t.record));
	row_fini(&row);
	row_fini(&event);
}

static void
withdrawn_at_wpi(struct desk_world *w, const struct id *id)
{
	struct desk_result result;

	assert_int_equal(desk_withdraw(w->at[AT_WPI].desk, id, NULL, w->now_ms,
			     &result),
	    WH_OK);
	assert_int_equal(result.kind, OUTCOME_QUEUED);
	desk_result_fini(&result);
}

/* The hub says that it was carried through wherever it went. */
static void
carried_through(struct desk_world *w, const struct id *consent)
{
	struct withdrawal done = {.recorded_ms = w->now_ms,
	    .done_ms = w->now_ms};
	struct deliver delivery = {.kind = DELIVER_WITHDRAWAL,
	    .withdrawal = &done};
	json_t *dossier = NULL;
	const json_t *record;

	assert_int_equal(desk_consent_get(w->at[AT_WPI].desk, consent,
			     &dossier),
	    WH_OK);
	record = json_array_get(json_object_get(dossier, "records"), 0);
	assert_int_equal(id_parse(json_text(record, "record"),
			     &done.permission_id),
	    WH_OK);
	json_decref(dossier);
	assert_int_equal(deliver_to(w, AT_WPI, &delivery), REASON_NONE);
}

/*
 * The order of the hub's queue is not enough: WPI ends it itself, reports at
 * once, and so what is on its way to it comes after its word.
 */
static void
test_what_comes_after_our_word_and_before_the_event_is_refused(void **state)
{
	struct desk_world *w = *state;
	struct tie t = delivered_onward(w);
	struct id child = derived(w, &t, "");
	struct desk_result result = refer_by(w, money, "C-1", &t.consent);
	struct id late = id_of(&result);
	struct row on_its_way = hub_takes(w, money->from, STATE_QUEUED);
	struct span record = record_of(w, money->from, on_its_way.bytes);
	struct carried report;
	json_t *dossier = NULL;
	struct row row;

	withdrawn_at_wpi(w, &child);
	hub_records(w, AT_WPI);
	withdrawn_at_wpi(w, &t.record);
	carried_through(w, &child);
	hub_records(w, AT_WPI); /* its event goes first */
	report = report_of(w, AT_WPI, &row);
	assert_true(id_equal(&report.permission_id, &t.record));
	assert_int_equal(envelope_to(w, AT_WPI, on_its_way.bytes, record),
	    REASON_PERMISSION_WITHDRAWN);
	assert_int_equal(desk_dossier(w->at[AT_WPI].desk, &late, &dossier),
	    WH_NOT_FOUND);
	mem_free((void *)(uintptr_t)record.p);
	row_fini(&row);
	row_fini(&on_its_way);
}

/* As derived(), but that the hub has not answered it yet. */
static struct id
derived_waits(struct desk_world *w, const struct tie *t)
{
	char text[512], id[ID_TEXT_SIZE];

	id_text(&t->case_ref, id);
	(void)snprintf(text, sizeof(text), DERIVED, "", id);
	return consent_asked(w, AT_WPI, json_of(text));
}

static void
assert_reports(struct desk_world *w, const struct tie *t)
{
	struct row row;
	struct carried report = report_of(w, AT_WPI, &row);

	assert_true(id_equal(&report.permission_id, &t->record));
	assert_int_equal(outbox_rows(w, AT_WPI), 0);
	row_fini(&row);
}

/* Nothing was ever done under it: there is nothing to wait for. */
static void
test_a_refused_derived_permission_holds_nothing_up(void **state)
{
	struct desk_world *w = *state;
	struct tie t = delivered_onward(w);
	struct row event;

	(void)derived_waits(w, &t);
	hub_refuses(w, AT_WPI, REASON_CATEGORY_NOT_COVERED, 0);
	event = withdrawn(w, &t.consent);
	take_event(w, AT_WPI, event.bytes);
	assert_reports(w, &t);
	row_fini(&event);
}

static void
test_one_refused_after_the_end_holds_nothing_up(void **state)
{
	struct desk_world *w = *state;
	struct tie t = delivered_onward(w);
	struct row event;

	(void)derived_waits(w, &t);
	event = withdrawn(w, &t.consent);
	take_event(w, AT_WPI, event.bytes);
	assert_int_equal(outbox_rows(w, AT_WPI), 2); /* it, and its end */
	hub_refuses(w, AT_WPI, REASON_CATEGORY_NOT_COVERED, 0);
	hub_refuses(w, AT_WPI, REASON_NO_PERMISSION, 0);
	assert_reports(w, &t);
	row_fini(&event);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    DESK_TEST(test_a_derived_permission_stays_within_the_first),
	    DESK_TEST(test_a_withdrawal_ends_what_was_derived_and_waits_for_it),
	    DESK_TEST(
		test_what_comes_after_our_word_and_before_the_event_is_refused),
	    DESK_TEST(test_a_refused_derived_permission_holds_nothing_up),
	    DESK_TEST(test_one_refused_after_the_end_holds_nothing_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
