/* SPDX-License-Identifier: EUPL-1.2 */
#include "tests/adapters_desk_world.h"

/* What a desk does with what the hub brings it. */

static const struct recipe *const money = &recipes[0];
static const struct recipe *const mould = &recipes[1];
static const struct recipe *const arrears = &recipes[2];

/* An offer of money worries that is on its way, and its record. */
struct parcel {
	struct row row;
	struct span record;
	struct id case_ref;
};

static struct parcel
parcel_new(struct desk_world *w)
{
	struct id consent = consent_given(w, money, "C-1");
	struct desk_result result = refer_by(w, money, "C-1", &consent);
	struct parcel parcel = {.case_ref = id_of(&result)};

	parcel.row = hub_takes(w, AT_BUURTTEAM, STATE_QUEUED);
	parcel.record = record_of(w, AT_BUURTTEAM, parcel.row.bytes);
	return parcel;
}

static void
parcel_fini(struct parcel *parcel)
{
	row_fini(&parcel->row);
	mem_free((void *)(uintptr_t)parcel->record.p);
}

/* Refused for this reason, and nothing of it is kept. */
static void
refused(struct desk_world *w, enum place place, const struct parcel *parcel,
    struct span envelope, struct span record, enum reason reason)
{
	enum reason got = envelope_to(w, place, envelope, record);
	json_t *dossier = dossier_at(w, place, &parcel->case_ref);

	assert_string_equal(terms_text(TERMS_REASONS, got),
	    terms_text(TERMS_REASONS, reason));
	assert_null(dossier);
	assert_int_equal(jobs_waiting(w, place), 0);
}

static void
test_what_was_tampered_with_is_refused(void **state)
{
	struct desk_world *w = *state;
	struct parcel p = parcel_new(w);
	uint8_t *bytes = mem_dup(p.row.bytes);

	/* Any bit of it: not its form, or not its signature any more. */
	for (size_t at = 0; at < p.row.bytes.len;
	     at += 1 + p.row.bytes.len / 97) {
		enum reason got;

		bytes[at] ^= 1;
		got = envelope_to(w, AT_WPI, span_of(bytes, p.row.bytes.len),
		    p.record);
		assert_true(got == REASON_BAD_SIGNATURE ||
			    got == REASON_MALFORMED ||
			    got == REASON_WRONG_PARTIES);
		bytes[at] ^= 1;
	}
	refused(w, AT_WPI, &p, span_str("geen brief"), p.record,
	    REASON_MALFORMED);
	assert_int_equal(envelope_to(w, AT_WPI, p.row.bytes, p.record),
	    REASON_NONE);
	mem_free(bytes);
	parcel_fini(&p);
}

static void
test_what_is_for_another_is_refused(void **state)
{
	struct desk_world *w = *state;
	struct parcel p = parcel_new(w);

	refused(w, AT_POLITIE, &p, p.row.bytes, p.record, REASON_WRONG_PARTIES);
	parcel_fini(&p);
}

static void
test_a_permission_cannot_be_missing_or_invented(void **state)
{
	struct desk_world *w = *state;
	struct parcel p = parcel_new(w);
	struct parcel other = parcel_new(w);
	uint8_t *forged = mem_dup(p.record);

	refused(w, AT_WPI, &p, p.row.bytes, span_of(NULL, 0),
	    REASON_NO_PERMISSION);
	refused(w, AT_WPI, &p, p.row.bytes, other.record, REASON_NO_PERMISSION);
	refused(w, AT_WPI, &p, p.row.bytes, span_str("zomaar"),
	    REASON_NO_PERMISSION);
	forged[p.record.len / 2] ^= 1;
	assert_int_not_equal(envelope_to(w, AT_WPI, p.row.bytes,
				 span_of(forged, p.record.len)),
	    REASON_NONE);
	assert_int_equal(envelope_to(w, AT_WPI, p.row.bytes, p.record),
	    REASON_NONE);
	mem_free(forged);
	parcel_fini(&p);
	parcel_fini(&other);
}

static void
test_an_event_on_an_unknown_referral_is_refused(void **state)
{
	struct desk_world *w = *state;
	struct id id = referral_delivered(w, mould);
	struct row row;

	did(w, AT_BUURTTEAM, &id, "{'soort': 'annuleren'}");
	row = row_first(w, AT_BUURTTEAM);
	desk_close(w->at[AT_EIGEN_HAARD].desk);
	support_dir_remove(w->at[AT_EIGEN_HAARD].dir);
	w->at[AT_EIGEN_HAARD].dir = support_dir_new();
	desk_start(w, AT_EIGEN_HAARD);
	assert_int_equal(desk_register_put(w->at[AT_EIGEN_HAARD].desk, w->reg,
			     NULL),
	    WH_OK);
	assert_int_not_equal(envelope_to(w, AT_EIGEN_HAARD, row.bytes,
				 span_of(NULL, 0)),
	    REASON_NONE);
	row_fini(&row);
}

static void
test_another_sealing_key_is_said_to_be_the_matter(void **state)
{
	struct desk_world *w = *state;
	struct parcel p = parcel_new(w);
	struct key_secrets fresh;

	key_of(w, AT_WPI, KEY_SEALING)->until_ms = w->now_ms;
	desk_world_register(w, 2);
	assert_int_equal(desk_register_put(w->at[AT_WPI].desk, w->reg, NULL),
	    WH_OK);
	assert_int_equal(key_secrets_new(KEYFILE_MEMBER, &fresh), WH_OK);
	desk_keys_put(w->at[AT_WPI].desk, &fresh);
	refused(w, AT_WPI, &p, p.row.bytes, p.record, REASON_CANNOT_OPEN);
	parcel_fini(&p);
}

static void
test_what_waits_opens_with_the_key_before(void **state)
{
	struct desk_world *w = *state;
	struct parcel p = parcel_new(w);
	struct key_secrets keys = w->at[AT_WPI].keys;
	struct key_id old = wire_key_id(keys.sealing_public);

	assert_int_equal(keyring_rotate(&keys, KEY_SEALING), WH_OK);
	desk_keys_put(w->at[AT_WPI].desk, &keys);
	assert_int_equal(envelope_to(w, AT_WPI, p.row.bytes, p.record),
	    REASON_NONE);
	parcel_fini(&p);
	/* Destroyed, and its time is over. */
	p = parcel_new(w);
	assert_int_equal(keyring_forget(&keys, old), WH_OK);
	desk_keys_put(w->at[AT_WPI].desk, &keys);
	key_of(w, AT_WPI, KEY_SEALING)->until_ms = w->now_ms;
	desk_world_register(w, 2);
	assert_int_equal(desk_register_put(w->at[AT_WPI].desk, w->reg, NULL),
	    WH_OK);
	assert_int_equal(envelope_to(w, AT_WPI, p.row.bytes, p.record),
	    REASON_CANNOT_OPEN);
	assert_null(dossier_at(w, AT_WPI, &p.case_ref));
	parcel_fini(&p);
}

/* The register came before the key file: the message is not lost. */
static void
test_a_key_that_is_to_come_is_waited_for(void **state)
{
	struct desk_world *w = *state;
	struct parcel p = parcel_new(w);
	struct key_secrets fresh;
	enum reason reason = REASON_NONE;
	struct deliver delivery = {.kind = DELIVER_ENVELOPE,
	    .delivery = 700,
	    .accepted_index = w->hub_index,
	    .envelope = p.row.bytes,
	    .permission = p.record};

	assert_int_equal(key_secrets_new(KEYFILE_MEMBER, &fresh), WH_OK);
	desk_keys_put(w->at[AT_WPI].desk, &fresh);
	assert_int_equal(desk_deliver(w->at[AT_WPI].desk, &delivery, w->now_ms,
			     &reason),
	    WH_AGAIN);
	assert_null(dossier_at(w, AT_WPI, &p.case_ref));
	desk_keys_put(w->at[AT_WPI].desk, &w->at[AT_WPI].keys);
	assert_int_equal(deliver_to(w, AT_WPI, &delivery), REASON_NONE);
	assert_status(w, AT_WPI, &p.case_ref, "DELIVERED");
	parcel_fini(&p);
}

/* A register of its own version in which the buurtteam signs so. */
static void
signing_key(struct desk_world *w, uint64_t version, const struct reg_key *key)
{
	struct why why = {""};

	*key_of(w, AT_BUURTTEAM, KEY_SIGNING) = *key;
	desk_world_register(w, version);
	if (desk_register_put(w->at[AT_WPI].desk, w->reg, &why) != WH_OK)
		fail_msg("%s", why.text);
}

static void
test_what_was_stored_is_acknowledged_after_its_key_left(void **state)
{
	struct desk_world *w = *state;
	struct parcel before = parcel_new(w);
	struct parcel after = parcel_new(w);
	struct reg_key other = *key_of(w, AT_BUURTTEAM, KEY_SIGNING);
	struct sign_secret fresh;

	assert_int_equal(envelope_to(w, AT_WPI, before.row.bytes,
			     before.record),
	    REASON_NONE);
	sign_secret_new(&fresh);
	memcpy(other.key, fresh.public_key, sizeof(other.key));
	signing_key(w, 2, &other);
	assert_int_equal(envelope_to(w, AT_WPI, before.row.bytes,
			     before.record),
	    REASON_NONE);
	assert_int_equal(events_of(w, AT_WPI, &before.case_ref, "aanbieden"),
	    1);
	assert_int_equal(envelope_to(w, AT_WPI, after.row.bytes, after.record),
	    REASON_BAD_SIGNATURE);
	parcel_fini(&before);
	parcel_fini(&after);
}

static void
test_an_ended_key_is_good_for_what_it_signed_before(void **state)
{
	struct desk_world *w = *state;
	struct parcel p = parcel_new(w);
	struct reg_key key = *key_of(w, AT_BUURTTEAM, KEY_SIGNING);
	int64_t made_ms = w->now_ms;

	key.until_ms = made_ms - SKEW_MAX_MS;
	signing_key(w, 2, &key);
	refused(w, AT_WPI, &p, p.row.bytes, p.record, REASON_BAD_SIGNATURE);
	key.until_ms++;
	signing_key(w, 3, &key);
	w->now_ms += 24ll * 3600 * 1000;
	assert_int_equal(envelope_to(w, AT_WPI, p.row.bytes, p.record),
	    REASON_NONE);
	parcel_fini(&p);
}

static void
test_what_comes_again_has_no_second_effect(void **state)
{
	struct desk_world *w = *state;
	struct parcel p = parcel_new(w);

	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(envelope_to(w, AT_WPI, p.row.bytes, p.record),
		    REASON_NONE);
		desk_restart(w, AT_WPI);
	}
	assert_int_equal(events_of(w, AT_WPI, &p.case_ref, "aanbieden"), 1);
	assert_int_equal(jobs_waiting(w, AT_WPI), 1);
	parcel_fini(&p);
}

static void
test_a_notice_that_comes_again_changes_nothing(void **state)
{
	struct desk_world *w = *state;
	struct id id = referral_delivered(w, money);
	struct deliver again = {.kind = DELIVER_NOTICE,
	    .delivery = 900,
	    .notice = {.case_ref = id,
		.state = STATE_EXPIRED,
		.reason = REASON_EXPIRED_MESSAGE,
		.at_ms = w->now_ms}};

	assert_int_equal(deliver_to(w, AT_BUURTTEAM, &again), REASON_NONE);
	assert_int_equal(deliver_to(w, AT_BUURTTEAM, &again), REASON_NONE);
	assert_status(w, AT_BUURTTEAM, &id, "EXPIRED");
	assert_int_equal(events_of(w, AT_BUURTTEAM, &id, "verlopen"), 1);
	assert_int_equal(events_of(w, AT_BUURTTEAM, &id, "bezorgd"), 1);
	assert_int_equal(jobs_waiting(w, AT_BUURTTEAM), 2);
}

static void
test_identity_follows_acceptance_by_itself_once(void **state)
{
	struct desk_world *w = *state;
	struct id id = referral_delivered(w, money);

	assert_reads(w, AT_WPI, &id, "REQUEST");
	assert_reads(w, AT_BUURTTEAM, &id, "CONTACT REQUEST FINANCE");
	did(w, AT_WPI, &id, "{'soort': 'accepteren'}");
	assert_int_equal(carry(w, AT_WPI, AT_BUURTTEAM, STATE_ACCEPTED),
	    REASON_NONE);
	assert_int_equal(outbox_rows(w, AT_BUURTTEAM), 1);
	assert_int_equal(carry(w, AT_BUURTTEAM, AT_WPI, STATE_ACCEPTED),
	    REASON_NONE);
	assert_reads(w, AT_WPI, &id, "CONTACT REQUEST FINANCE");
	/* Given back and accepted again: it has it. */
	did(w, AT_WPI, &id, "{'soort': 'teruggeven', 'code': 'NO_CAPACITY'}");
	assert_int_equal(carry(w, AT_WPI, AT_BUURTTEAM, STATE_DELIVERED),
	    REASON_NONE);
	did(w, AT_WPI, &id, "{'soort': 'accepteren'}");
	assert_int_equal(carry(w, AT_WPI, AT_BUURTTEAM, STATE_ACCEPTED),
	    REASON_NONE);
	assert_int_equal(outbox_rows(w, AT_BUURTTEAM), 0);
	assert_int_equal(events_of(w, AT_BUURTTEAM, &id, "identiteit"), 1);
}

static void
test_identity_does_not_follow_a_withdrawal(void **state)
{
	struct desk_world *w = *state;
	struct id consent = consent_given(w, money, "C-1");
	struct desk_result result = refer_by(w, money, "C-1", &consent);
	struct id id = id_of(&result);

	assert_int_equal(carry(w, AT_BUURTTEAM, AT_WPI, STATE_QUEUED),
	    REASON_NONE);
	did(w, AT_WPI, &id, "{'soort': 'accepteren'}");
	assert_int_equal(desk_withdraw(w->at[AT_BUURTTEAM].desk, &consent, NULL,
			     w->now_ms, &result),
	    WH_OK);
	desk_result_fini(&result);
	hub_records(w, AT_BUURTTEAM);
	assert_int_not_equal(carry(w, AT_WPI, AT_BUURTTEAM, STATE_ACCEPTED),
	    REASON_NONE);
	assert_int_equal(outbox_rows(w, AT_BUURTTEAM), 0);
	assert_int_equal(events_of(w, AT_BUURTTEAM, &id, "identiteit"), 0);
}

static void
test_one_phase_shows_all_once_it_is_accepted(void **state)
{
	struct desk_world *w = *state;
	struct id id = referral_delivered(w, arrears);

	assert_reads(w, AT_WPI, &id, "");
	notice_to(w, AT_WPI, &id, STATE_ACCEPTED);
	assert_reads(w, AT_WPI, &id, "CONTACT ADDRESS ARREARS");
	did(w, AT_WPI, &id, "{'soort': 'afwijzen', 'code': 'WRONG_RECIPIENT'}");
	assert_reads(w, AT_WPI, &id, "");
}

static void
test_what_the_other_told_closes_with_the_referral(void **state)
{
	struct desk_world *w = *state;
	struct id id = referral_delivered(w, arrears);
	json_t *dossier;
	char *text;

	did(w, AT_EIGEN_HAARD, &id,
	    "{'soort': 'notitie', 'toelichting': '" CANARY "'}");
	assert_int_equal(carry(w, AT_EIGEN_HAARD, AT_WPI, STATE_ACCEPTED),
	    REASON_NONE);
	did(w, AT_WPI, &id, "{'soort': 'afwijzen', 'code': 'WRONG_RECIPIENT'}");
	dossier = dossier_at(w, AT_WPI, &id);
	text = json_dumps(dossier, 0);
	assert_null(strstr(text, CANARY));
	free(text);
	json_decref(dossier);
}

static void
test_what_is_forbidden_comes_with_what_is_allowed(void **state)
{
	struct desk_world *w = *state;
	struct id id = referral_delivered(w, money);
	struct desk_result result =
	    act(w, AT_WPI, &id, "{'soort': 'annuleren'}");

	assert_int_equal(result.kind, OUTCOME_FORBIDDEN);
	assert_true(json_array_size(result.allowed) > 3);
	desk_result_fini(&result);
	result = act(w, AT_WPI, &id, "{'soort': 'afwijzen'}");
	assert_int_equal(result.kind, OUTCOME_REJECTED);
	assert_string_equal(result.field, "code");
	desk_result_fini(&result);
	result = act(w, AT_WPI, &id,
	    "{'soort': 'notitie', 'gegevens': {'GEHEIM': {}}}");
	assert_int_equal(result.kind, OUTCOME_REJECTED);
	assert_string_equal(result.field, "gegevens.GEHEIM");
	desk_result_fini(&result);
	assert_int_equal(outbox_rows(w, AT_WPI), 0);
}

static void
test_a_refused_event_is_set_back(void **state)
{
	struct desk_world *w = *state;
	struct id id = referral_delivered(w, money);

	did(w, AT_WPI, &id, "{'soort': 'accepteren'}");
	assert_status(w, AT_WPI, &id, "ACCEPTED");
	hub_refuses(w, AT_WPI, REASON_STATE_FORBIDS, STATE_CANCELLED);
	assert_status(w, AT_WPI, &id, "CANCELLED");
	id = referral_delivered(w, money);
	did(w, AT_WPI, &id, "{'soort': 'accepteren'}");
	hub_refuses(w, AT_WPI, REASON_MALFORMED, 0);
	assert_status(w, AT_WPI, &id, "DELIVERED");
	assert_int_equal(events_of(w, AT_WPI, &id, "geweigerd"), 1);
}

static void
test_what_crossed_on_the_way_does_not_open_what_has_ended(void **state)
{
	struct desk_world *w = *state;
	struct id id = referral_delivered(w, money);
	struct row note;

	did(w, AT_BUURTTEAM, &id, "{'soort': 'notitie'}");
	note = hub_takes(w, AT_BUURTTEAM, STATE_DELIVERED);
	did(w, AT_WPI, &id, "{'soort': 'afwijzen', 'code': 'NO_CAPACITY'}");
	assert_int_equal(carry(w, AT_WPI, AT_BUURTTEAM, STATE_DECLINED),
	    REASON_NONE);
	assert_int_equal(envelope_to(w, AT_WPI, note.bytes, span_of(NULL, 0)),
	    REASON_NONE);
	assert_status(w, AT_WPI, &id, "DECLINED");
	notice_to(w, AT_WPI, &id, STATE_ACCEPTED);
	assert_status(w, AT_WPI, &id, "DECLINED");
	row_fini(&note);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    DESK_TEST(test_what_was_tampered_with_is_refused),
	    DESK_TEST(test_what_is_for_another_is_refused),
	    DESK_TEST(test_a_permission_cannot_be_missing_or_invented),
	    DESK_TEST(test_an_event_on_an_unknown_referral_is_refused),
	    DESK_TEST(test_another_sealing_key_is_said_to_be_the_matter),
	    DESK_TEST(test_what_waits_opens_with_the_key_before),
	    DESK_TEST(test_a_key_that_is_to_come_is_waited_for),
	    DESK_TEST(test_what_was_stored_is_acknowledged_after_its_key_left),
	    DESK_TEST(test_an_ended_key_is_good_for_what_it_signed_before),
	    DESK_TEST(test_what_comes_again_has_no_second_effect),
	    DESK_TEST(test_a_notice_that_comes_again_changes_nothing),
	    DESK_TEST(test_identity_follows_acceptance_by_itself_once),
	    DESK_TEST(test_identity_does_not_follow_a_withdrawal),
	    DESK_TEST(test_one_phase_shows_all_once_it_is_accepted),
	    DESK_TEST(test_what_the_other_told_closes_with_the_referral),
	    DESK_TEST(test_what_is_forbidden_comes_with_what_is_allowed),
	    DESK_TEST(test_a_refused_event_is_set_back),
	    DESK_TEST(
		test_what_crossed_on_the_way_does_not_open_what_has_ended),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
