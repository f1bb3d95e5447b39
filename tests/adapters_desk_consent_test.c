/* SPDX-License-Identifier: EUPL-1.2 */
#include "adapters/json.h"
#include "tests/adapters_desk_world.h"

#include <ctype.h>

/* Permissions: given, refused, taken back, objected to. */

static const struct recipe *const money = &recipes[0];
static const struct recipe *const arrears = &recipes[2];

static struct desk_result
consent_text(struct desk_world *w, enum place place, const char *text)
{
	struct desk_result result;
	json_t *body = json_of(text);

	assert_int_equal(desk_consent(w->at[place].desk, body, w->now_ms,
			     &result),
	    WH_OK);
	json_decref(body);
	return result;
}

#define GIVEN                                                                  \
	"'client': 'C-1', 'soort': 'CONSENT_AVG', 'typen': ['geldzorgen'], "   \
	"'categorieen': ['CONTACT', 'REQUEST']"
#define BY "'vastgelegd': {'hoe': 'PHONE', 'door': 'A. " CANARY "'}"

static void
refused_at(struct desk_world *w, const char *text, const char *field)
{
	struct desk_result result = consent_text(w, AT_BUURTTEAM, text);

	if (result.kind != OUTCOME_REJECTED ||
	    strcmp(result.field, field) != 0 || result.text[0] == '\0')
		fail_msg("%s: %d at '%s': %s", text, (int)result.kind,
		    result.field, result.text);
	desk_result_fini(&result);
	assert_int_equal(outbox_rows(w, AT_BUURTTEAM), 0);
}

static void
test_each_mistake_is_named(void **state)
{
	struct desk_world *w = *state;

	refused_at(w, "{" GIVEN ", 'partijen': ['wpi'], " BY ", 'zo': 1}",
	    "zo");
	refused_at(w, "{" GIVEN ", 'partijen': [], " BY "}", "partijen");
	refused_at(w, "{" GIVEN ", 'partijen': ['niemand'], " BY "}",
	    "partijen");
	refused_at(w, "{" GIVEN ", 'partijen': ['buurtteam'], " BY "}",
	    "partijen");
	refused_at(w, "{" GIVEN ", 'partijen': ['wpi']}", "vastgelegd.door");
	refused_at(w,
	    "{" GIVEN ", 'partijen': ['wpi'], 'vastgelegd': {'hoe': 'PHONE'}}",
	    "vastgelegd.door");
	refused_at(w,
	    "{" GIVEN ", 'partijen': ['wpi'], 'vastgelegd': {'hoe': 'ROOK', "
	    "'door': 'A'}}",
	    "vastgelegd.hoe");
	refused_at(w,
	    "{" GIVEN ", 'partijen': ['wpi'], 'vastgelegd': {'door': 'A', "
	    "'bewijsHash': 'xx'}}",
	    "vastgelegd.bewijsHash");
	refused_at(w,
	    "{" GIVEN ", 'partijen': ['wpi'], " BY ", 'geldigTot': "
	    "'2020-01-01'}",
	    "geldigTot");
	refused_at(w,
	    "{" GIVEN ", 'partijen': ['wpi'], " BY ", 'geldigTot': "
	    "'2036-01-01'}",
	    "geldigTot");
	refused_at(w,
	    "{" GIVEN ", 'partijen': ['wpi'], " BY ", 'pogingen': "
	    "{'gewezenOpHulp': true}}",
	    "pogingen");
	refused_at(w,
	    "{'client': 'C', 'soort': 'VITAL_INTEREST', 'partijen': "
	    "['politie'], 'typen': ['acuut-onveilig'], 'categorieen': "
	    "['CONTACT'], " BY "}",
	    "soort");
}

static void
test_online_needs_no_professional(void **state)
{
	struct desk_world *w = *state;
	struct desk_result result = consent_text(w, AT_BUURTTEAM,
	    "{" GIVEN ", 'partijen': ['wpi'], 'vastgelegd': {'hoe': "
	    "'ONLINE'}}");

	assert_int_equal(result.kind, OUTCOME_QUEUED);
	desk_result_fini(&result);
}

static void
test_each_other_party_gets_a_record_and_no_more(void **state)
{
	struct desk_world *w = *state;
	struct desk_result result = consent_text(w, AT_BUURTTEAM,
	    "{" GIVEN
	    ", 'partijen': ['wpi', 'buurtteam', 'politie', 'wpi'], " BY "}");
	const char *code =
	    json_text(json_object_get(result.dossier, "ontvangstbewijs"),
		"intrekkingscode");

	assert_int_equal(result.kind, OUTCOME_QUEUED);
	assert_int_equal(outbox_rows(w, AT_BUURTTEAM), 2);
	assert_int_equal(strlen(code), 19);
	assert_int_equal(code[18], '2');
	desk_result_fini(&result);
}

/* The answer was lost: asking again makes no second one. */
static void
test_the_same_kenmerk_is_the_same_consent_with_its_code(void **state)
{
	static const char text[] =
	    "{" GIVEN ", 'partijen': ['wpi'], 'kenmerk': "
	    "'K-" CANARY "', " BY "}";
	struct desk_world *w = *state;
	struct desk_result first = consent_text(w, AT_BUURTTEAM, text);
	struct desk_result again;

	desk_restart(w, AT_BUURTTEAM);
	again = consent_text(w, AT_BUURTTEAM, text);
	assert_int_equal(again.kind, OUTCOME_SAME);
	assert_true(json_equal(first.dossier, again.dossier));
	assert_string_not_equal(json_text(json_object_get(again.dossier,
					      "ontvangstbewijs"),
				    "intrekkingscode"),
	    "");
	assert_int_equal(outbox_rows(w, AT_BUURTTEAM), 1);
	assert_false(store_holds(w->at[AT_BUURTTEAM].dir, CANARY));
	desk_result_fini(&again);
	again = consent_text(w, AT_BUURTTEAM,
	    "{" GIVEN ", 'partijen': ['politie'], 'kenmerk': 'K-" CANARY
	    "', " BY "}");
	assert_int_equal(again.kind, OUTCOME_CONFLICT);
	assert_string_equal(again.field, "kenmerk");
	desk_result_fini(&again);
	desk_result_fini(&first);
}

static void
test_after_a_withdrawal_the_same_kenmerk_shows_no_code(void **state)
{
	static const char text[] =
	    "{" GIVEN ", 'partijen': ['wpi'], 'kenmerk': 'K-1', " BY "}";
	struct desk_world *w = *state;
	struct desk_result result = consent_text(w, AT_BUURTTEAM, text);
	struct id consent = id_of(&result);

	hub_records(w, AT_BUURTTEAM);
	assert_int_equal(desk_withdraw(w->at[AT_BUURTTEAM].desk, &consent, NULL,
			     w->now_ms, &result),
	    WH_OK);
	desk_result_fini(&result);
	result = consent_text(w, AT_BUURTTEAM, text);
	assert_int_equal(result.kind, OUTCOME_SAME);
	assert_null(json_object_get(result.dossier, "ontvangstbewijs"));
	desk_result_fini(&result);
}

/* One of its records, by its own id. */
static void
withdraw_record(struct desk_world *w, const struct id *consent, size_t n)
{
	json_t *kept = NULL;
	struct desk_result result;
	struct id record;

	assert_int_equal(desk_consent_get(w->at[AT_BUURTTEAM].desk, consent,
			     &kept),
	    WH_OK);
	assert_int_equal(id_parse(json_text(json_array_get(json_object_get(kept,
							       "records"),
						n),
				      "record"),
			     &record),
	    WH_OK);
	json_decref(kept);
	assert_int_equal(desk_withdraw(w->at[AT_BUURTTEAM].desk, &record, NULL,
			     w->now_ms, &result),
	    WH_OK);
	assert_int_equal(result.kind, OUTCOME_QUEUED);
	desk_result_fini(&result);
}

static void
assert_kept(struct desk_world *w, const struct id *consent, const char *status,
    bool code)
{
	json_t *kept = NULL;

	assert_int_equal(desk_consent_get(w->at[AT_BUURTTEAM].desk, consent,
			     &kept),
	    WH_OK);
	assert_string_equal(json_text(kept, "status"), status);
	assert_int_equal(json_text(json_object_get(kept, "bewijs"),
			     "intrekkingscode")[0] != '\0',
	    code);
	json_decref(kept);
}

/* The code ends the other one still, and the resident may ask for it again. */
static void
test_a_consent_stands_until_its_last_record_ends(void **state)
{
	struct desk_world *w = *state;
	struct desk_result result = consent_text(w, AT_BUURTTEAM,
	    "{" GIVEN ", 'partijen': ['wpi', 'politie'], " BY "}");
	struct id consent = id_of(&result);

	hub_records(w, AT_BUURTTEAM);
	hub_records(w, AT_BUURTTEAM);
	withdraw_record(w, &consent, 0);
	assert_kept(w, &consent, "GIVEN", true);
	withdraw_record(w, &consent, 1);
	assert_kept(w, &consent, "WITHDRAWN", false);
}

/* Refused for the one, taken back for the other: nothing of it is left. */
static void
test_a_consent_ends_when_what_is_left_was_refused(void **state)
{
	struct desk_world *w = *state;
	struct desk_result result = consent_text(w, AT_BUURTTEAM,
	    "{" GIVEN ", 'partijen': ['wpi', 'politie'], " BY "}");
	struct id consent = id_of(&result);

	hub_refuses(w, AT_BUURTTEAM, REASON_OVER_QUOTA, 0);
	assert_kept(w, &consent, "GIVEN", true);
	hub_refuses(w, AT_BUURTTEAM, REASON_OVER_QUOTA, 0);
	assert_kept(w, &consent, "REFUSED", false);
}

static void
test_no_referral_without_a_consent_for_this_recipient(void **state)
{
	struct desk_world *w = *state;
	struct id consent = consent_given(w, money, "C-1");
	struct recipe elsewhere = *money;
	struct desk_result result = refer_by(w, money, "C-1", NULL);

	assert_int_equal(result.kind, OUTCOME_REFUSED);
	assert_int_equal(result.reason, REASON_NO_PERMISSION);
	desk_result_fini(&result);
	elsewhere.type = "passend-wonen";
	elsewhere.to = AT_EIGEN_HAARD;
	result = refer_by(w, &elsewhere, "C-1", &consent);
	assert_int_equal(result.reason, REASON_WRONG_PARTIES);
	desk_result_fini(&result);
	/* Another resident's consent is another relation. */
	result = refer_by(w, money, "C-2", &consent);
	assert_int_equal(result.reason, REASON_NO_PERMISSION);
	desk_result_fini(&result);
	assert_int_equal(outbox_rows(w, AT_BUURTTEAM), 0);
}

static void
test_a_consent_that_the_hub_refused_permits_nothing(void **state)
{
	struct desk_world *w = *state;
	json_t *body = recipe_consent(money, "C-1");
	struct desk_result result;
	json_t *kept = NULL;
	struct id id;

	assert_int_equal(desk_consent(w->at[AT_BUURTTEAM].desk, body, w->now_ms,
			     &result),
	    WH_OK);
	json_decref(body);
	id = id_of(&result);
	hub_refuses(w, AT_BUURTTEAM, REASON_BAD_SIGNATURE, 0);
	result = refer_by(w, money, "C-1", &id);
	assert_int_equal(result.reason, REASON_NO_PERMISSION);
	desk_result_fini(&result);
	assert_int_equal(desk_consent_get(w->at[AT_BUURTTEAM].desk, &id, &kept),
	    WH_OK);
	assert_string_equal(json_text(kept, "status"), "REFUSED");
	json_decref(kept);
}

/* What the consent says at its capturer. */
static void
assert_consent(struct desk_world *w, const struct id *id, const char *status,
    bool recorded, size_t reached)
{
	json_t *kept = NULL;
	const json_t *ending;

	assert_int_equal(desk_consent_get(w->at[AT_BUURTTEAM].desk, id, &kept),
	    WH_OK);
	assert_string_equal(json_text(kept, "status"), status);
	ending = json_object_get(kept, "intrekking");
	assert_int_equal(json_text(ending, "vastgelegd")[0] != '\0', recorded);
	assert_int_equal(json_array_size(json_object_get(ending, "bereik")),
	    reached);
	json_decref(kept);
}

static void
test_a_withdrawal_stops_the_next_referral_at_once(void **state)
{
	struct desk_world *w = *state;
	struct id consent = consent_given(w, money, "C-1");
	struct desk_result result;

	assert_int_equal(desk_withdraw(w->at[AT_BUURTTEAM].desk, &consent, NULL,
			     w->now_ms, &result),
	    WH_OK);
	assert_int_equal(result.kind, OUTCOME_QUEUED);
	desk_result_fini(&result);
	result = refer_by(w, money, "C-1", &consent);
	assert_int_equal(result.reason, REASON_PERMISSION_WITHDRAWN);
	desk_result_fini(&result);
	assert_consent(w, &consent, "WITHDRAWN", false, 0);
	hub_records(w, AT_BUURTTEAM);
	assert_consent(w, &consent, "WITHDRAWN", true, 0);
	assert_int_equal(desk_withdraw(w->at[AT_BUURTTEAM].desk, &consent, NULL,
			     w->now_ms, &result),
	    WH_OK);
	assert_int_equal(result.kind, OUTCOME_SAME);
	desk_result_fini(&result);
}

/* By code at a third member; the event reaches both parties. */
static void
test_a_code_withdraws_at_any_desk_and_all_desks_obey(void **state)
{
	struct desk_world *w = *state;
	json_t *body = recipe_consent(money, "C-1");
	struct desk_result given, result;
	struct deliver event = {.kind = DELIVER_PERMISSION_EVENT};
	char code[32], typed[32];
	struct id consent, case_ref;
	struct row row;

	assert_int_equal(desk_consent(w->at[AT_BUURTTEAM].desk, body, w->now_ms,
			     &given),
	    WH_OK);
	json_decref(body);
	str_copy(code, sizeof(code),
	    json_text(json_object_get(given.dossier, "ontvangstbewijs"),
		"intrekkingscode"));
	consent = id_of(&given);
	hub_records(w, AT_BUURTTEAM);
	result = refer_by(w, money, "C-1", &consent);
	case_ref = id_of(&result);
	assert_int_equal(carry(w, AT_BUURTTEAM, AT_WPI, STATE_QUEUED),
	    REASON_NONE);
	for (size_t i = 0; i <= strlen(code); i++)
		typed[i] = (char)(code[i] == '-' ? ' ' : tolower(code[i]));
	assert_int_equal(desk_withdraw(w->at[AT_POLITIE].desk, NULL, typed,
			     w->now_ms, &result),
	    WH_OK);
	assert_int_equal(result.kind, OUTCOME_QUEUED);
	desk_result_fini(&result);
	row = hub_takes(w, AT_POLITIE, 0);
	event.permission_event = row.bytes;
	assert_int_equal(deliver_to(w, AT_BUURTTEAM, &event), REASON_NONE);
	event.delivery = 0;
	assert_int_equal(deliver_to(w, AT_WPI, &event), REASON_NONE);
	assert_consent(w, &consent, "WITHDRAWN", false, 0);
	result = refer_by(w, money, "C-1", &consent);
	assert_int_equal(result.reason, REASON_PERMISSION_WITHDRAWN);
	desk_result_fini(&result);
	/* The recipient's own desk stops too: nothing new flows back. */
	result = act(w, AT_WPI, &case_ref, "{'soort': 'accepteren'}");
	assert_int_equal(result.reason, REASON_PERMISSION_WITHDRAWN);
	desk_result_fini(&result);
	row_fini(&row);
}

static void
test_a_wrong_code_is_named(void **state)
{
	struct desk_world *w = *state;
	struct desk_result result;

	assert_int_equal(desk_withdraw(w->at[AT_POLITIE].desk, NULL, "7K3M",
			     w->now_ms, &result),
	    WH_OK);
	assert_int_equal(result.kind, OUTCOME_REJECTED);
	assert_string_equal(result.field, "code");
	desk_result_fini(&result);
}

static void
test_an_objection_stops_the_next_signal_here(void **state)
{
	struct desk_world *w = *state;
	struct id duty = consent_given(w, arrears, "C-1");
	struct desk_result result = refer_by(w, arrears, "C-1", NULL);
	struct id id = id_of(&result);
	struct row row = hub_takes(w, AT_EIGEN_HAARD, STATE_QUEUED);

	/* The hub sends the record on file along: it is understood. */
	{
		struct kv_txn *txn = NULL;
		struct arena arena;
		struct permit permit;
		json_t *full = NULL;
		struct id relation;

		arena_init(&arena, FRAME_ARENA_MAX);
		assert_int_equal(desk_dossier_full(w->at[AT_EIGEN_HAARD].desk,
				     &id, &full),
		    WH_OK);
		assert_int_equal(id_parse(json_text(full, "relatie"),
				     &relation),
		    WH_OK);
		assert_int_equal(kv_begin(desk_kv(w->at[AT_EIGEN_HAARD].desk),
				     KV_READ_ONLY, &txn),
		    WH_OK);
		assert_int_equal(permits_by_ground(txn, &arena, &relation,
				     arrears->instrument, &permit),
		    WH_OK);
		kv_abort(&txn);
		assert_int_equal(envelope_to(w, AT_WPI, row.bytes,
				     permit.signed_bytes),
		    REASON_NONE);
		json_decref(full);
		arena_fini(&arena);
	}
	row_fini(&row);
	assert_int_equal(desk_withdraw(w->at[AT_EIGEN_HAARD].desk, &duty, NULL,
			     w->now_ms, &result),
	    WH_OK);
	assert_int_equal(result.kind, OUTCOME_QUEUED);
	assert_string_equal(json_text(result.dossier, "status"), "OBJECTED");
	desk_result_fini(&result);
	result = refer_by(w, arrears, "C-1", NULL);
	assert_int_equal(result.kind, OUTCOME_REFUSED);
	assert_int_equal(result.reason, REASON_OBJECTED);
	desk_result_fini(&result);
}

static void
test_a_public_task_is_not_taken_back(void **state)
{
	struct desk_world *w = *state;
	struct id task = consent_given(w, &recipes[9], "C-1");
	struct desk_result result;

	assert_int_equal(desk_withdraw(w->at[AT_EIGEN_HAARD].desk, &task, NULL,
			     w->now_ms, &result),
	    WH_OK);
	assert_int_equal(result.kind, OUTCOME_REJECTED);
	assert_string_equal(result.field, "soort");
	desk_result_fini(&result);
	assert_int_equal(outbox_rows(w, AT_EIGEN_HAARD), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    DESK_TEST(test_each_mistake_is_named),
	    DESK_TEST(test_online_needs_no_professional),
	    DESK_TEST(test_each_other_party_gets_a_record_and_no_more),
	    DESK_TEST(test_the_same_kenmerk_is_the_same_consent_with_its_code),
	    DESK_TEST(test_after_a_withdrawal_the_same_kenmerk_shows_no_code),
	    DESK_TEST(test_a_consent_stands_until_its_last_record_ends),
	    DESK_TEST(test_a_consent_ends_when_what_is_left_was_refused),
	    DESK_TEST(test_no_referral_without_a_consent_for_this_recipient),
	    DESK_TEST(test_a_consent_that_the_hub_refused_permits_nothing),
	    DESK_TEST(test_a_withdrawal_stops_the_next_referral_at_once),
	    DESK_TEST(test_a_code_withdraws_at_any_desk_and_all_desks_obey),
	    DESK_TEST(test_a_wrong_code_is_named),
	    DESK_TEST(test_an_objection_stops_the_next_signal_here),
	    DESK_TEST(test_a_public_task_is_not_taken_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
