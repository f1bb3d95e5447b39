/* SPDX-License-Identifier: EUPL-1.2 */
#include "adapters/json.h"
#include "tests/adapters_api_world.h"

/* POST /v1/verwijzingen/{id}/gebeurtenissen, between two desks. */

/* All that one desk has for the hub, brought to the other. */
static void
carry(struct desk *from, struct desk *to)
{
	struct kv_txn *txn = NULL;
	struct deliver deliver = {.delivery = 1, .kind = DELIVER_ENVELOPE};
	enum to_hub_kind kind;
	enum reason reason = REASON_NONE;
	struct span bytes, permission = span_of(NULL, 0);
	struct id id;
	uint64_t n = 0;

	assert_int_equal(kv_begin(desk_kv(from), KV_READ_ONLY, &txn), WH_OK);
	while (outbox_next(txn, &n, &kind, &id, &bytes) == WH_OK) {
		if (kind == TO_HUB_PERMISSION)
			permission = bytes;
		if (kind != TO_HUB_SUBMIT)
			continue;
		deliver.envelope = bytes;
		deliver.permission = permission;
		assert_int_equal(desk_deliver(to, &deliver, clk_wall_ms(),
				     &reason),
		    WH_OK);
		assert_int_equal(reason, REASON_NONE);
	}
	kv_abort(&txn);
}

/* An offer as WPI sees it; path is that of the referral. */
static void
offer(struct api_world *a, char path[160])
{
	char consent[ID_TEXT_SIZE];

	make_consent(a, consent);
	refer(a, consent, "");
	snprintf(path, 160, "%s", a->location);
	carry(a->buurtteam, a->wpi);
	a->runner.desk = a->wpi;
}

static json_t *
happen(struct api_world *a, const char *path, const char *body)
{
	char events[200];

	snprintf(events, sizeof(events), "%s/gebeurtenissen", path);
	return ask(a, "POST", events, body);
}

static bool
allows(const struct api_world *a, const char *word)
{
	json_t *item;
	size_t i;

	json_array_foreach(json_object_get(a->body, "toegestaan"), i, item)
	{
		if (strcmp(json_string_value(item), word) == 0)
			return true;
	}
	return false;
}

static void
test_the_recipient_reads_the_need_and_no_identity(void **state)
{
	struct api_world *a = *state;
	const json_t *sections;
	char path[160];

	offer(a, path);
	ask(a, "GET", path, "");
	expect(a, 200);
	assert_string_equal(json_text(a->body, "richting"), "ontvangen");
	sections = json_object_get(a->body, "gegevens");
	assert_non_null(json_object_get(sections, "REQUEST"));
	assert_null(json_object_get(sections, "CONTACT"));
	assert_null(json_object_get(a->body, "relatie"));
	assert_string_not_equal(json_text(json_object_get(a->body, "termijnen"),
				    "verloopt"),
	    "");
}

static void
test_what_the_state_forbids_comes_with_what_it_allows(void **state)
{
	struct api_world *a = *state;
	char path[160];

	offer(a, path);
	happen(a, path, "{\"soort\": \"annuleren\"}");
	expect_code(a, 409, "STATE_FORBIDS");
	assert_true(allows(a, "accepteren"));
	assert_true(allows(a, "afwijzen"));
	assert_false(allows(a, "annuleren"));
	assert_string_equal(json_text(a->body, "verwijzingStatus"),
	    "DELIVERED");
}

static void
test_accepting_waits_for_the_hub_and_counts_at_once(void **state)
{
	struct api_world *a = *state;
	char path[160];

	offer(a, path);
	happen(a, path, "{\"soort\": \"accepteren\", \"client\": \"W-7\"}");
	expect(a, 202);
	assert_string_equal(json_text(a->body, "status"), "ACCEPTED");
	assert_string_equal(a->location, path);
}

/* The identity follows by itself, and then the referral reads whole. */
/* An answer is a copy as good as any: it is not there when we say "erased". */
static void
test_an_answer_that_shows_sections_is_noted_as_passed_on(void **state)
{
	struct api_world *a = *state;
	json_t *dossier = NULL;
	struct id case_ref;
	char path[160];

	offer(a, path);
	assert_int_equal(id_parse(strrchr(path, '/') + 1, &case_ref), WH_OK);
	happen(a, path, "{\"soort\": \"accepteren\"}");
	assert_non_null(
	    json_object_get(json_object_get(a->body, "gegevens"), "REQUEST"));
	assert_int_equal(desk_dossier_full(a->wpi, &case_ref, &dossier), WH_OK);
	assert_true(json_is_true(json_object_get(dossier, "verstrekt")));
	json_decref(dossier);
}

static void
test_after_accepting_identity_follows(void **state)
{
	struct api_world *a = *state;
	const json_t *contact;
	char path[160];

	offer(a, path);
	happen(a, path, "{\"soort\": \"accepteren\"}");
	carry(a->wpi, a->buurtteam);
	carry(a->buurtteam, a->wpi);
	ask(a, "GET", path, "");
	contact =
	    json_object_get(json_object_get(a->body, "gegevens"), "CONTACT");
	assert_string_equal(json_text(contact, "telefoon"), "020 1234567");
	a->runner.hub = true;
	happen(a, path,
	    "{\"soort\": \"starten\", \"toelichting\": \"Gesprek gehad.\"}");
	expect(a, 201);
	assert_string_equal(json_text(a->body, "status"), "IN_PROGRESS");
}

static void
test_declining_without_a_reason_is_refused(void **state)
{
	struct api_world *a = *state;
	char path[160];

	offer(a, path);
	happen(a, path, "{\"soort\": \"afwijzen\"}");
	expect_code(a, 422, "ONGELDIGE_VELDEN");
	expect_blame(a, "code", "invalid");
	happen(a, path, "{\"soort\": \"afwijzen\", \"code\": \"NO_CAPACITY\"}");
	expect(a, 202);
	assert_string_equal(json_text(a->body, "status"), "DECLINED");
}

static void
test_wrong_events_are_named(void **state)
{
	struct api_world *a = *state;
	char path[160];

	offer(a, path);
	happen(a, path,
	    "{\"soort\": \"vergeten\", \"code\": \"ZOMAAR\", \"afspraakOp\": "
	    "\"morgen\", \"contactGelegd\": \"misschien\", \"x\": 1, "
	    "\"gegevens\": {\"FACE\": {\"email\": \"thuis\"}}}");
	expect_code(a, 422, "ONGELDIGE_VELDEN");
	expect_blame(a, "soort", "word");
	expect_blame(a, "code", "word");
	expect_blame(a, "afspraakOp", "format");
	expect_blame(a, "contactGelegd", "word");
	expect_blame(a, "x", "unknown");
	expect_blame(a, "gegevens.FACE.email", "format");
	happen(a, "/v1/verwijzingen/01890000-0000-7000-8000-000000000000",
	    "{\"soort\": \"accepteren\"}");
	expect_code(a, 404, "NIET_GEVONDEN");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_the_recipient_reads_the_need_and_no_identity),
	    TEST(test_what_the_state_forbids_comes_with_what_it_allows),
	    TEST(test_accepting_waits_for_the_hub_and_counts_at_once),
	    TEST(test_an_answer_that_shows_sections_is_noted_as_passed_on),
	    TEST(test_after_accepting_identity_follows),
	    TEST(test_declining_without_a_reason_is_refused),
	    TEST(test_wrong_events_are_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
