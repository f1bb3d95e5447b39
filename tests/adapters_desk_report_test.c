/* SPDX-License-Identifier: EUPL-1.2 */
#include "adapters/desk_report.h"
#include "tests/adapters_desk_world.h"

/* What the report of one client takes from the store, and what it leaves. */

static const struct recipe *const money = &recipes[0];

/* How many items of this list the report of a client has. */
static size_t
reported(struct desk_world *w, enum place place, const char *client,
    const char *list)
{
	struct desk_result result;
	json_t *body = json_pack("{s:s, s:s}", "client", client, "reden",
	    "verzoek van de bewoner");
	size_t n;

	assert_int_equal(desk_report(w->at[place].desk, body, w->now_ms,
			     &result),
	    WH_OK);
	json_decref(body);
	if (result.kind != OUTCOME_CREATED)
		fail_msg("%s: %s", result.field, result.text);
	n = json_array_size(
	    json_object_get(json_object_get(result.dossier, "verslag"), list));
	desk_result_fini(&result);
	return n;
}

static struct id
referred(struct desk_world *w, const char *client)
{
	struct id consent = consent_given(w, money, client);
	struct desk_result result = refer_by(w, money, client, &consent);
	struct id case_ref = id_of(&result);

	assert_int_equal(carry(w, money->from, money->to, STATE_QUEUED),
	    REASON_NONE);
	notice_to(w, money->from, &case_ref, STATE_DELIVERED);
	return case_ref;
}

static void
test_a_report_tells_of_one_client(void **state)
{
	struct desk_world *w = *state;

	referred(w, "C-1");
	referred(w, "C-1");
	referred(w, "C-2");
	assert_int_equal(reported(w, money->from, "C-1", "verwijzingen"), 2);
	assert_int_equal(reported(w, money->from, "C-1", "toestemmingen"), 2);
	assert_int_equal(reported(w, money->from, "C-2", "verwijzingen"), 1);
	assert_int_equal(reported(w, money->from, "C-2", "toestemmingen"), 1);
	assert_int_equal(reported(w, money->from, "C-3", "verwijzingen"), 0);
	assert_int_equal(reported(w, money->from, "C-3", "toestemmingen"), 0);
}

/* So it takes no longer when there are more: what cannot be opened shows it. */
static void
test_a_report_reads_nothing_of_others(void **state)
{
	struct desk_world *w = *state;
	struct id case_ref = referred(w, "C-2");
	struct kv_txn *txn = NULL;

	referred(w, "C-1");
	assert_int_equal(kv_begin(desk_kv(w->at[money->from].desk),
			     KV_READ_WRITE, &txn),
	    WH_OK);
	assert_int_equal(kv_put(txn, LOCAL_DOSSIER, span_id(&case_ref),
			     span_str("no dossier")),
	    WH_OK);
	assert_int_equal(kv_commit(&txn), WH_OK);
	assert_int_equal(reported(w, money->from, "C-1", "verwijzingen"), 1);
}

/* A recipient says whose it is, and says it anew when that was a mistake. */
static void
test_a_received_referral_is_of_whom_it_is_tied_to_last(void **state)
{
	struct desk_world *w = *state;
	struct id case_ref = referred(w, "C-1");

	assert_int_equal(reported(w, money->to, "W-1", "verwijzingen"), 0);
	did(w, money->to, &case_ref,
	    "{'soort': 'accepteren', 'client': 'W-1'}");
	assert_int_equal(carry(w, money->to, money->from, STATE_ACCEPTED),
	    REASON_NONE);
	assert_int_equal(reported(w, money->to, "W-1", "verwijzingen"), 1);
	assert_int_equal(reported(w, money->to, "W-1", "toestemmingen"), 1);
	did(w, money->to, &case_ref,
	    "{'soort': 'notitie', 'toelichting': "
	    "'zelfde', 'client': 'W-2'}");
	assert_int_equal(reported(w, money->to, "W-1", "verwijzingen"), 0);
	assert_int_equal(reported(w, money->to, "W-1", "toestemmingen"), 0);
	assert_int_equal(reported(w, money->to, "W-2", "verwijzingen"), 1);
	assert_int_equal(reported(w, money->to, "W-2", "toestemmingen"), 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    DESK_TEST(test_a_report_tells_of_one_client),
	    DESK_TEST(test_a_report_reads_nothing_of_others),
	    DESK_TEST(test_a_received_referral_is_of_whom_it_is_tied_to_last),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
