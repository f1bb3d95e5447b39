/* SPDX-License-Identifier: EUPL-1.2 */
#include "tests/adapters_desk_ended.h"

/* A permission that ends twice: by its time and by the resident, or at once. */

/* The end of a record, in the words and under the key of place; row_fini(). */
static struct row
end_by(struct desk_world *w, enum place place, const struct tie *t,
    enum permission_event event)
{
	const struct permission_change change = {
	    .event_id = {{(uint8_t)event, 1}},
	    .has_permission = true,
	    .permission_id = t->record,
	    .event = event,
	    .recorded_ms = w->now_ms,
	    .effective_ms = w->now_ms,
	    .by_member = place_names[place],
	};
	struct row row = {.kind = TO_HUB_PERMISSION_EVENT};
	uint8_t *body = NULL, *whole = NULL;
	size_t body_len, len;

	assert_int_equal(wire_permission_change_write(&change, &body,
			     &body_len),
	    WH_OK);
	assert_int_equal(wire_sign(&w->at[place].keys.signing,
			     WIRE_DOMAIN_PERMISSION_EVENT,
			     span_of(body, body_len), &whole, &len),
	    WH_OK);
	mem_free(body);
	row.bytes = span_of(whole, len);
	return row;
}

static void
assert_erased(struct desk_world *w, const struct tie *t, bool erased)
{
	json_t *dossier = full(w, money->to, &t->case_ref);

	assert_int_equal(json_object_get(dossier, "gewistOp") != NULL, erased);
	json_decref(dossier);
}

static void
assert_reported(struct desk_world *w, enum place place)
{
	struct row row;

	/* However it ended, and how often: once more than it began with. */
	assert_int_equal(report_of(w, place, &row).epoch, 2);
	row_fini(&row);
	assert_int_equal(outbox_rows(w, place), 0);
}

static void
test_a_withdrawal_after_its_time_erases(void **state)
{
	struct desk_world *w = *state;
	struct tie t = delivered(w);
	struct row over = end_by(w, money->from, &t, PERMISSION_EXPIRED);
	struct row event = end_by(w, money->from, &t, PERMISSION_WITHDRAWN);

	take_event(w, money->to, over.bytes);
	assert_erased(w, &t, false);
	assert_int_equal(outbox_rows(w, money->to), 0);
	take_event(w, money->to, event.bytes);
	assert_erased(w, &t, true);
	assert_reported(w, money->to);
	row_fini(&over);
	row_fini(&event);
}

/* It hears of the second end only, or of that first. */
static void
test_the_order_in_which_they_come_is_all_one(void **state)
{
	struct desk_world *w = *state;
	struct tie t = delivered(w);
	struct row over = end_by(w, money->from, &t, PERMISSION_EXPIRED);
	struct row event = end_by(w, money->from, &t, PERMISSION_WITHDRAWN);

	take_event(w, money->to, event.bytes);
	assert_reported(w, money->to);
	take_event(w, money->to, over.bytes);
	assert_int_equal(outbox_rows(w, money->to), 0);
	take_event(w, money->to, event.bytes);
	assert_reported(w, money->to);
	row_fini(&over);
	row_fini(&event);
}

static void
test_a_consent_that_gave_way_can_be_withdrawn_at_the_desk(void **state)
{
	struct desk_world *w = *state;
	struct tie t = delivered(w);
	struct row over = end_by(w, money->to, &t, PERMISSION_SUPERSEDED);
	struct row event;
	json_t *consent = NULL;

	take_event(w, money->from, over.bytes);
	event = withdrawn(w, &t.consent);
	assert_int_equal(event.kind, TO_HUB_PERMISSION_EVENT);
	assert_int_equal(desk_consent_get(w->at[money->from].desk, &t.consent,
			     &consent),
	    WH_OK);
	assert_string_equal(json_text(consent, "status"), "WITHDRAWN");
	json_decref(consent);
	row_fini(&over);
	row_fini(&event);
}

/* Here it was withdrawn; the hub had another end first, and waits. */
static void
test_of_two_ends_at_once_either_is_carried_through(void **state)
{
	struct desk_world *w = *state;
	struct tie t = delivered(w);
	struct row here = end_by(w, money->from, &t, PERMISSION_WITHDRAWN);
	struct row there = end_by(w, money->from, &t, PERMISSION_INVALIDATED);

	take_event(w, money->to, here.bytes);
	assert_reported(w, money->to);
	take_event(w, money->to, there.bytes);
	assert_erased(w, &t, true);
	assert_reported(w, money->to);
	row_fini(&here);
	row_fini(&there);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    DESK_TEST(test_a_withdrawal_after_its_time_erases),
	    DESK_TEST(test_the_order_in_which_they_come_is_all_one),
	    DESK_TEST(
		test_a_consent_that_gave_way_can_be_withdrawn_at_the_desk),
	    DESK_TEST(test_of_two_ends_at_once_either_is_carried_through),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
