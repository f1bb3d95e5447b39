/* SPDX-License-Identifier: EUPL-1.2 */
#include "adapters/desk_log.h"
#include "consent/audit_leaf.h"
#include "consent/note_log.h"
#include "proto/wire_withdrawal.h"
#include "tests/adapters_desk_world.h"
#include "tests/witness_log.h"

/* A hub that was put back from a backup is told again what it may have lost. */

#define MINUTE 60000
#define MANY   300 /* more than may wait at once */

static const struct recipe *const money = &recipes[0];
static const struct recipe *const arrears = &recipes[2];

/* The hub shows a log of this generation on the line of place. */
static void
shows(struct desk_world *w, enum place place, unsigned generation)
{
	struct two_logs *logs = mem_new(sizeof(*logs));
	char origin[NOTE_LOG_ORIGIN_SIZE];
	struct key_secrets hub;
	char *note;

	alliance_hub_keys(w->alliance, &hub);
	two_logs_init(logs, &hub.signing);
	assert_int_equal(note_log_origin("test/log", generation, origin),
	    WH_OK);
	note = two_logs_note(logs, 0, 5, origin);
	assert_int_equal(desk_checkpoint(w->at[place].desk, span_str(note),
			     w->now_ms),
	    WH_OK);
	mem_free(note);
	mem_free(logs);
}

/* It says why it opened the next log that we did not look at. */
static void
says_why(struct desk_world *w, enum place place, unsigned generation,
    enum audit_opened reason)
{
	const struct audit_leaf leaf = {.kind = AUDIT_OPENED,
	    .reason = (uint16_t)reason,
	    .at_ms = w->now_ms};
	uint8_t bytes[AUDIT_LEAF_LEN];
	uint64_t index = 0;

	audit_leaf_write(&leaf, bytes);
	assert_int_equal(desk_log_unseen(w->at[place].desk, &index), WH_OK);
	assert_int_equal(index, note_log_entry(generation, 0));
	assert_int_equal(desk_log_opened(w->at[place].desk, index,
			     span_of(bytes, sizeof(bytes)), w->now_ms),
	    WH_OK);
}

static void
restored(struct desk_world *w, enum place place, unsigned generation)
{
	uint64_t index;

	shows(w, place, generation);
	says_why(w, place, generation, AUDIT_OPENED_RESTORED);
	assert_int_equal(desk_log_unseen(w->at[place].desk, &index),
	    WH_NOT_FOUND);
}

static unsigned
presents(struct desk_world *w, enum place place)
{
	unsigned pushed = 99;

	assert_int_equal(desk_present(w->at[place].desk, w->now_ms, &pushed),
	    WH_OK);
	return pushed;
}

/* The next row is of this kind, and the hub has it. */
static struct id
takes(struct desk_world *w, enum place place, enum to_hub_kind kind)
{
	struct row row = hub_takes(w, place, 0);

	assert_int_equal(row.kind, kind);
	row_fini(&row);
	return row.id;
}

/* The hub answers all; nothing is left to say, now or later. */
static void
assert_done(struct desk_world *w, enum place place)
{
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(presents(w, place), 0);
	w->now_ms += DESK_DAY;
	assert_int_equal(presents(w, place), 0);
	assert_int_equal(outbox_rows(w, place), 0);
}

static struct row
withdrawn(struct desk_world *w, enum place place, const struct id *consent)
{
	struct desk_result result;

	assert_int_equal(desk_withdraw(w->at[place].desk, consent, NULL,
			     w->now_ms, &result),
	    WH_OK);
	assert_int_equal(result.kind, OUTCOME_QUEUED);
	desk_result_fini(&result);
	return hub_takes(w, place, 0);
}

static json_t *
consent_at(struct desk_world *w, enum place place, const struct id *consent)
{
	json_t *kept = NULL;

	assert_int_equal(desk_consent_get(w->at[place].desk, consent, &kept),
	    WH_OK);
	return kept;
}

/* A consent with a code, recorded; and withdrawn with it at the police. */
static struct id
withdrawn_by_code(struct desk_world *w, struct row *row)
{
	json_t *body = recipe_consent(money, "C-1");
	struct desk_result given, result;
	char code[32];

	assert_int_equal(desk_consent(w->at[money->from].desk, body, w->now_ms,
			     &given),
	    WH_OK);
	json_decref(body);
	str_copy(code, sizeof(code),
	    json_text(json_object_get(given.dossier, "ontvangstbewijs"),
		"intrekkingscode"));
	desk_result_fini(&given);
	hub_records(w, money->from);
	assert_int_equal(desk_withdraw(w->at[AT_POLITIE].desk, NULL, code,
			     w->now_ms, &result),
	    WH_OK);
	*row = hub_takes(w, AT_POLITIE, 0);
	return id_of(&result);
}

static json_t *
withdrawal_at(struct desk_world *w, enum place place, const struct id *id)
{
	json_t *view = NULL;

	assert_int_equal(desk_withdrawal_get(w->at[place].desk, id, &view),
	    WH_OK);
	return view;
}

static void
test_records_are_said_again_and_then_their_ends(void **state)
{
	struct desk_world *w = *state;
	struct id stands = consent_given(w, money, "C-1");
	struct id ended = consent_given(w, money, "C-2");
	struct row event = withdrawn(w, money->from, &ended), row;
	json_t *before = consent_at(w, money->from, &ended), *after;

	restored(w, money->from, 1);
	w->now_ms += MINUTE;
	assert_int_equal(presents(w, money->from), 2);
	assert_int_equal(presents(w, money->from), 0); /* not answered yet */
	takes(w, money->from, TO_HUB_PERMISSION);
	assert_int_equal(presents(w, money->from), 0);
	takes(w, money->from, TO_HUB_PERMISSION);
	assert_int_equal(presents(w, money->from), 1);
	row = hub_takes(w, money->from, 0);
	assert_true(span_equal(row.bytes, event.bytes));
	assert_done(w, money->from);
	/* What people were told stays as it was told. */
	after = consent_at(w, money->from, &ended);
	assert_true(json_equal(before, after));
	json_decref(before);
	json_decref(after);
	json_decref(consent_at(w, money->from, &stands));
	row_fini(&row);
	row_fini(&event);
}

static void
test_a_new_year_has_nothing_to_be_said_again(void **state)
{
	struct desk_world *w = *state;

	consent_given(w, money, "C-1");
	shows(w, money->from, 0);
	assert_int_equal(presents(w, money->from), 0);
	shows(w, money->from, 1);
	says_why(w, money->from, 1, AUDIT_OPENED_YEAR);
	assert_done(w, money->from);
}

/* Nobody was connected between the one and the other. */
static void
test_a_new_year_does_not_hide_a_restore(void **state)
{
	struct desk_world *w = *state;

	consent_given(w, money, "C-1");
	shows(w, money->from, 2);
	says_why(w, money->from, 1, AUDIT_OPENED_RESTORED);
	says_why(w, money->from, 2, AUDIT_OPENED_YEAR);
	assert_int_equal(presents(w, money->from), 1);
}

/* A log that was lost as a whole has no first entry; the newest must have. */
static void
test_a_log_that_cannot_be_looked_at_is_asked_for_again(void **state)
{
	struct desk_world *w = *state;
	struct desk *desk = w->at[money->from].desk;
	uint64_t index;

	shows(w, money->from, 2);
	assert_int_equal(desk_log_opened(desk, note_log_entry(1, 0),
			     span_str(""), w->now_ms),
	    WH_OK);
	assert_int_equal(desk_log_opened(desk, note_log_entry(2, 0),
			     span_str(""), w->now_ms),
	    WH_AGAIN);
	assert_int_equal(desk_log_unseen(desk, &index), WH_OK);
	assert_int_equal(index, note_log_entry(2, 0));
}

static void
test_who_has_only_the_code_says_it_again(void **state)
{
	struct desk_world *w = *state;
	struct row event, row;
	struct id id = withdrawn_by_code(w, &event);
	json_t *before = withdrawal_at(w, AT_POLITIE, &id), *after;

	restored(w, AT_POLITIE, 1);
	w->now_ms += MINUTE;
	assert_int_equal(presents(w, AT_POLITIE), 1);
	row = hub_takes(w, AT_POLITIE, 0);
	assert_true(span_equal(row.bytes, event.bytes));
	assert_done(w, AT_POLITIE);
	after = withdrawal_at(w, AT_POLITIE, &id);
	assert_true(json_equal(before, after));
	json_decref(before);
	json_decref(after);
	row_fini(&row);
	row_fini(&event);
}

/* Who captured the record was away: the hub does not know it yet. */
static void
test_an_end_waits_for_its_record_to_come_back(void **state)
{
	struct desk_world *w = *state;
	struct row event;
	struct id id = withdrawn_by_code(w, &event), again;
	json_t *before = withdrawal_at(w, AT_POLITIE, &id), *after;

	restored(w, AT_POLITIE, 1);
	assert_int_equal(presents(w, AT_POLITIE), 1);
	hub_refuses(w, AT_POLITIE, REASON_NO_PERMISSION, 0);
	after = withdrawal_at(w, AT_POLITIE, &id);
	assert_true(json_equal(before, after));
	assert_int_equal(presents(w, AT_POLITIE), 0);
	w->now_ms += MINUTE;
	assert_int_equal(presents(w, AT_POLITIE), 1);
	hub_refuses(w, AT_POLITIE, REASON_NO_PERMISSION, 0);
	presents(w, AT_POLITIE);
	w->now_ms += MINUTE;
	assert_int_equal(presents(w, AT_POLITIE), 0); /* ever later */
	w->now_ms += MINUTE;
	assert_int_equal(presents(w, AT_POLITIE), 1);
	again = takes(w, AT_POLITIE, TO_HUB_PERMISSION_EVENT);
	assert_true(id_equal(&event.id, &again));
	assert_done(w, AT_POLITIE);
	json_decref(before);
	json_decref(after);
	row_fini(&event);
}

/* The police may be away when the hub comes back. */
static void
test_the_capturer_says_the_end_that_it_was_told_of(void **state)
{
	struct desk_world *w = *state;
	struct row event, row;
	struct deliver told = {.kind = DELIVER_PERMISSION_EVENT};
	struct permission_change change;
	struct signed_body body;
	struct arena arena;
	struct id again;

	withdrawn_by_code(w, &event);
	told.permission_event = event.bytes;
	assert_int_equal(deliver_to(w, money->from, &told), REASON_NONE);
	takes(w, money->from, TO_HUB_CARRIED);
	restored(w, money->from, 1);
	assert_int_equal(presents(w, money->from), 1);
	takes(w, money->from, TO_HUB_PERMISSION);
	assert_int_equal(presents(w, money->from), 1);
	row = hub_takes(w, money->from, 0);
	arena_init(&arena, FRAME_ARENA_MAX);
	assert_int_equal(wire_signed_read(&arena, row.bytes, PERMISSION_MAX,
			     &body, NULL),
	    WH_OK);
	assert_int_equal(wire_permission_change_read(&arena, body.body, &change,
			     NULL),
	    WH_OK);
	assert_int_equal(change.event, PERMISSION_WITHDRAWN);
	assert_string_equal(change.by_member, place_names[money->from]);
	assert_false(change.by_human);
	arena_fini(&arena);
	assert_done(w, money->from);
	/* After another restore it is the same event. */
	restored(w, money->from, 2);
	presents(w, money->from);
	takes(w, money->from, TO_HUB_PERMISSION);
	presents(w, money->from);
	again = takes(w, money->from, TO_HUB_PERMISSION_EVENT);
	assert_true(id_equal(&row.id, &again));
	row_fini(&row);
	row_fini(&event);
}

static void
test_a_record_that_is_refused_now_is_not_undone(void **state)
{
	struct desk_world *w = *state;
	struct id consent = consent_given(w, money, "C-1");
	json_t *before = consent_at(w, money->from, &consent), *after;

	restored(w, money->from, 1);
	assert_int_equal(presents(w, money->from), 1);
	hub_refuses(w, money->from, REASON_KIND_NOT_ALLOWED, 0);
	after = consent_at(w, money->from, &consent);
	assert_true(json_equal(before, after));
	assert_done(w, money->from);
	json_decref(before);
	json_decref(after);
}

static void
test_what_the_hub_refused_at_first_is_not_said_again(void **state)
{
	struct desk_world *w = *state;
	json_t *body = recipe_consent(money, "C-1");
	struct desk_result result;

	assert_int_equal(desk_consent(w->at[money->from].desk, body, w->now_ms,
			     &result),
	    WH_OK);
	json_decref(body);
	desk_result_fini(&result);
	hub_refuses(w, money->from, REASON_KIND_NOT_ALLOWED, 0);
	assert_int_equal(desk_withdraw(w->at[AT_POLITIE].desk, NULL,
			     "0000-0000-0000-0001", w->now_ms, &result),
	    WH_OK);
	desk_result_fini(&result);
	hub_refuses(w, AT_POLITIE, REASON_NO_PERMISSION, 0);
	restored(w, money->from, 1);
	restored(w, AT_POLITIE, 1);
	assert_done(w, money->from);
	assert_done(w, AT_POLITIE);
}

/* It will not permit anything any more; only an objection goes on. */
static void
test_what_is_over_is_not_said_again(void **state)
{
	struct desk_world *w = *state;
	struct id duty;
	struct row event;

	consent_given(w, money, "C-1");
	duty = consent_given(w, arrears, "C-2");
	event = withdrawn(w, arrears->from, &duty);
	w->now_ms += 366 * DESK_DAY;
	restored(w, money->from, 1);
	restored(w, arrears->from, 1);
	assert_done(w, money->from);
	assert_int_equal(presents(w, arrears->from), 1);
	takes(w, arrears->from, TO_HUB_PERMISSION);
	assert_int_equal(presents(w, arrears->from), 1);
	takes(w, arrears->from, TO_HUB_PERMISSION_EVENT);
	assert_done(w, arrears->from);
	row_fini(&event);
}

static void
test_what_an_ended_key_signed_is_signed_anew(void **state)
{
	struct desk_world *w = *state;
	struct id consent = consent_given(w, money, "C-1");
	struct row before = withdrawn(w, money->from, &consent), row;
	struct signed_body old, new;
	struct arena arena;
	struct key_id key;

	w->now_ms += DESK_DAY;
	key = rotated(w, money->from);
	restored(w, money->from, 1);
	arena_init(&arena, FRAME_ARENA_MAX);
	presents(w, money->from);
	row = hub_takes(w, money->from, 0);
	assert_int_equal(wire_signed_read(&arena, row.bytes, PERMISSION_MAX,
			     &new, NULL),
	    WH_OK);
	assert_memory_equal(new.key_id.b, key.b, sizeof(key.b));
	row_fini(&row);
	presents(w, money->from);
	row = hub_takes(w, money->from, 0);
	assert_int_equal(wire_signed_read(&arena, row.bytes, PERMISSION_MAX,
			     &new, NULL),
	    WH_OK);
	assert_int_equal(wire_signed_read(&arena, before.bytes, PERMISSION_MAX,
			     &old, NULL),
	    WH_OK);
	assert_memory_equal(new.key_id.b, key.b, sizeof(key.b));
	assert_true(span_equal(new.body, old.body));
	arena_fini(&arena);
	row_fini(&row);
	row_fini(&before);
}

/* Put back, a hub may hear of an end before it has the record again. */
static void
test_a_first_end_waits_for_a_record_that_may_come_back(void **state)
{
	struct desk_world *w = *state;
	struct id consent = consent_given(w, money, "C-1");
	struct desk_result result;

	assert_int_equal(desk_withdraw(w->at[money->from].desk, &consent, NULL,
			     w->now_ms, &result),
	    WH_OK);
	desk_result_fini(&result);
	hub_refuses(w, money->from, REASON_NO_PERMISSION, 0);
	assert_int_equal(outbox_rows(w, money->from), 0);
	for (unsigned i = 0; i < 3; i++, w->now_ms += DESK_DAY)
		(void)presents(w, money->from);
	takes(w, money->from, TO_HUB_PERMISSION_EVENT);
	assert_done(w, money->from);
}

/* And a record that the hub refused because its key ended on the way. */
static void
test_a_refused_signature_is_tried_again(void **state)
{
	struct desk_world *w = *state;

	consent_given(w, money, "C-1");
	restored(w, money->from, 1);
	assert_int_equal(presents(w, money->from), 1);
	hub_refuses(w, money->from, REASON_BAD_SIGNATURE, 0);
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(presents(w, money->from), 0);
	w->now_ms += MINUTE;
	assert_int_equal(presents(w, money->from), 1);
	takes(w, money->from, TO_HUB_PERMISSION);
	assert_done(w, money->from);
}

/* A row that is damaged does not keep back what is behind it. */
static void
test_what_cannot_be_read_is_passed_over(void **state)
{
	struct desk_world *w = *state;
	static const uint8_t record[16] = {0}, end[32] = {[31] = 1};
	struct id consent = consent_given(w, money, "C-1");
	struct row event = withdrawn(w, money->from, &consent);
	struct kv_txn *txn = NULL;

	assert_int_equal(kv_begin(desk_kv(w->at[money->from].desk),
			     KV_READ_WRITE, &txn),
	    WH_OK);
	assert_int_equal(kv_put(txn, LOCAL_PERMISSION,
			     span_of(record, sizeof(record)), span_str("x")),
	    WH_OK);
	assert_int_equal(kv_put(txn, LOCAL_END, span_of(end, sizeof(end)),
			     span_str("\1x")),
	    WH_OK);
	assert_int_equal(kv_commit(&txn), WH_OK);
	restored(w, money->from, 1);
	assert_int_equal(presents(w, money->from), 1);
	takes(w, money->from, TO_HUB_PERMISSION);
	assert_int_equal(presents(w, money->from), 1);
	takes(w, money->from, TO_HUB_PERMISSION_EVENT);
	assert_done(w, money->from);
	row_fini(&event);
}

/* Not all at once, and a crash on the way loses and doubles nothing. */
static void
test_many_go_in_parts_across_a_crash(void **state)
{
	struct desk_world *w = *state;
	unsigned first, second;
	char client[16];

	for (unsigned i = 0; i < MANY; i++) {
		snprintf(client, sizeof(client), "C-%u", i);
		consent_given(w, money, client);
	}
	restored(w, money->from, 1);
	first = presents(w, money->from);
	assert_in_range(first, 1, MANY - 1);
	assert_int_equal(outbox_rows(w, money->from), first);
	desk_restart(w, money->from);
	assert_int_equal(presents(w, money->from), 0);
	for (unsigned i = 0; i < first; i++)
		takes(w, money->from, TO_HUB_PERMISSION);
	second = presents(w, money->from);
	assert_int_equal(first + second, MANY);
	desk_restart(w, money->from);
	for (unsigned i = 0; i < second; i++)
		takes(w, money->from, TO_HUB_PERMISSION);
	assert_done(w, money->from);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    DESK_TEST(test_records_are_said_again_and_then_their_ends),
	    DESK_TEST(test_a_new_year_has_nothing_to_be_said_again),
	    DESK_TEST(test_a_new_year_does_not_hide_a_restore),
	    DESK_TEST(test_a_log_that_cannot_be_looked_at_is_asked_for_again),
	    DESK_TEST(test_who_has_only_the_code_says_it_again),
	    DESK_TEST(test_an_end_waits_for_its_record_to_come_back),
	    DESK_TEST(test_the_capturer_says_the_end_that_it_was_told_of),
	    DESK_TEST(test_a_record_that_is_refused_now_is_not_undone),
	    DESK_TEST(test_what_the_hub_refused_at_first_is_not_said_again),
	    DESK_TEST(test_what_is_over_is_not_said_again),
	    DESK_TEST(test_what_an_ended_key_signed_is_signed_anew),
	    DESK_TEST(test_a_refused_signature_is_tried_again),
	    DESK_TEST(test_a_first_end_waits_for_a_record_that_may_come_back),
	    DESK_TEST(test_what_cannot_be_read_is_passed_over),
	    DESK_TEST(test_many_go_in_parts_across_a_crash),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
