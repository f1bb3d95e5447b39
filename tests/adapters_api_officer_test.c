/* SPDX-License-Identifier: EUPL-1.2 */
#include "adapters/json.h"
#include "tests/adapters_api_world.h"

#include "adapters/desk_officer.h"
#include "adapters/local.h"
#include "tests/adapters_told.h"

/* What a privacy officer gets: the log, and who looked. */

#define SELF "buurtteam"
#define ACCEPTED_DETAILS                                                       \
	"message=018f0000-0000-7000-8000-000000000009\nevent=OFFER\n"          \
	"type=geldzorgen\nkind=CONSENT_AVG\n"                                  \
	"permission=018f0000-0000-7000-8000-000000000004\n"                    \
	"categories=00000006\n"

/* Three entries: taken, refused, and a handover of the first. */
static void
tell_desk(struct api_world *a)
{
	struct told t[3] = {0};
	struct log_entry entries[3] = {0};
	struct log_page page = told_page(0, 9, entries, 3);
	struct why why;

	told_make(&t[0], SELF, 2, AUDIT_ACCEPTED, 5, ACCEPTED_DETAILS);
	told_make(&t[1], SELF, 4, AUDIT_REFUSED, 6,
	    "event=OFFER\ntype=wijkzorg\nkind=PUBLIC_TASK\n");
	told_make(&t[2], SELF, 7, AUDIT_HANDOVER, 5,
	    "message=018f0000-0000-7000-8000-000000000009\n");
	for (size_t i = 0; i < 3; i++)
		entries[i] = t[i].entry;
	assert_int_equal(desk_mirror_page(a->buurtteam, &page, TOLD_AT_MS,
			     &why),
	    WH_OK);
}

static const json_t *
results(const struct api_world *a)
{
	return json_object_get(a->body, "resultaten");
}

static json_int_t
index_at(const struct api_world *a, size_t n)
{
	return json_integer_value(
	    json_object_get(json_array_get(results(a), n), "index"));
}

static void
test_the_log_is_shown_newest_first_in_plain_words(void **state)
{
	struct api_world *a = *state;
	const json_t *last;

	ask(a, "GET", "/v1/logboek", "");
	expect(a, 200);
	assert_int_equal(json_array_size(results(a)), 0);
	assert_non_null(
	    strstr(json_text(json_object_get(a->body, "stand"), "zin"),
		"nog niets ontvangen"));
	tell_desk(a);
	ask(a, "GET", "/v1/logboek", "");
	expect(a, 200);
	assert_int_equal(json_array_size(results(a)), 3);
	assert_int_equal(index_at(a, 0), 7);
	assert_int_equal(index_at(a, 2), 2);
	/* What was handed over stands with the handover itself. */
	last = json_array_get(results(a), 0);
	assert_string_equal(json_text(last, "type"), "geldzorgen");
	assert_int_equal(json_array_size(json_object_get(last, "categorieen")),
	    2);
}

static void
test_the_log_can_be_searched(void **state)
{
	struct api_world *a = *state;

	tell_desk(a);
	ask(a, "GET", "/v1/logboek?oordeel=geweigerd", "");
	expect(a, 200);
	assert_int_equal(json_array_size(results(a)), 1);
	assert_int_equal(index_at(a, 0), 4);
	ask(a, "GET", "/v1/logboek?categorie=CONTACT&soort=doorgegeven", "");
	assert_int_equal(json_array_size(results(a)), 1);
	ask(a, "GET",
	    "/v1/logboek?verwijzing=05000000-0000-0000-0000-000000000000", "");
	assert_int_equal(json_array_size(results(a)), 2);
	ask(a, "GET", "/v1/logboek?partner=politie", "");
	assert_int_equal(json_array_size(results(a)), 0);
	ask(a, "GET", "/v1/logboek?oordeel=misschien", "");
	expect(a, 400);
	expect_blame(a, "oordeel", "word");
	ask(a, "GET", "/v1/logboek?partner=Een%20Naam", "");
	expect(a, 400);
	ask(a, "GET", "/v1/logboek?sinds=gisteren", "");
	expect(a, 400);
}

static void
test_a_long_log_has_pages_that_keep_the_question(void **state)
{
	struct api_world *a = *state;
	struct told t[60] = {0};
	struct log_entry entries[60] = {0};
	struct log_page page = told_page(0, 60, entries, 60);
	struct why why;
	char next[256];

	for (size_t i = 0; i < 60; i++) {
		told_make(&t[i], SELF, i, AUDIT_ACCEPTED, 5, ACCEPTED_DETAILS);
		entries[i] = t[i].entry;
	}
	assert_int_equal(desk_mirror_page(a->buurtteam, &page, TOLD_AT_MS,
			     &why),
	    WH_OK);
	ask(a, "GET", "/v1/logboek?soort=toegelaten&sinds=2026-01-01T00:00:00Z",
	    "");
	expect(a, 200);
	assert_int_equal(json_array_size(results(a)), 50);
	snprintf(next, sizeof(next), "%s", json_text(a->body, "volgende"));
	assert_non_null(strstr(next, "soort=toegelaten&sinds=2026-01-01T"));
	ask(a, "GET", next, "");
	expect(a, 200);
	assert_int_equal(json_array_size(results(a)), 10);
	assert_int_equal(index_at(a, 9), 0);
	assert_true(json_is_null(json_object_get(a->body, "volgende")));
}

static const json_t *
look_at(struct api_world *a, size_t n)
{
	ask(a, "GET", "/v1/logboek?soort=inzage", "");
	expect(a, 200);
	return json_array_get(results(a), n);
}

/* The look at the looks is a look too, and stands first. */
static void
test_every_look_is_written_down(void **state)
{
	struct api_world *a = *state;
	char consent[ID_TEXT_SIZE], path[96], id[ID_TEXT_SIZE];
	char withdrawal[ID_TEXT_SIZE];
	const json_t *look;

	a->runner.hub = true;
	make_consent(a, consent);
	refer(a, consent, "");
	snprintf(id, sizeof(id), "%s", json_text(a->body, "id"));
	snprintf(path, sizeof(path), "/v1/verwijzingen/%s", id);
	ask(a, "GET", path, "");
	expect(a, 200);
	snprintf(path, sizeof(path), "/v1/toestemmingen/%s", consent);
	ask(a, "GET", path, "");
	expect(a, 200);
	ask(a, "POST", "/v1/intrekkingen",
	    "{\"code\": \"0000-0000-0000-0001\"}");
	snprintf(withdrawal, sizeof(withdrawal), "%s",
	    json_text(a->body, "id"));
	snprintf(path, sizeof(path), "/v1/intrekkingen/%s", withdrawal);
	ask(a, "GET", path, "");
	expect(a, 200);
	ask(a, "GET", "/v1/logboek", "");
	look = look_at(a, 0);
	assert_string_equal(json_text(look, "wat"), "inzagelog");
	assert_int_equal(strncmp(json_text(look, "wie"), "token-", 6), 0);
	assert_string_equal(json_text(json_array_get(results(a), 1), "wat"),
	    "logboek");
	look = json_array_get(results(a), 2);
	assert_string_equal(json_text(look, "wat"), "intrekking");
	assert_string_equal(json_text(look, "waar"), withdrawal);
	look = json_array_get(results(a), 3);
	assert_string_equal(json_text(look, "wat"), "toestemming");
	assert_string_equal(json_text(look, "waar"), consent);
	look = json_array_get(results(a), 4);
	assert_string_equal(json_text(look, "wat"), "verwijzing");
	assert_string_equal(json_text(look, "waar"), id);
	assert_int_equal(json_array_size(results(a)), 5);
	assert_true(json_is_true(
	    json_object_get(json_object_get(a->body, "inzagen"), "klopt")));
}

/* Who looked says nothing about who was looked at. */
static void
test_a_look_holds_no_contents(void **state)
{
	struct api_world *a = *state;
	char consent[ID_TEXT_SIZE], path[96];
	char *text;

	a->runner.hub = true;
	make_consent(a, consent);
	snprintf(path, sizeof(path), "/v1/toestemmingen/%s", consent);
	ask(a, "GET", path, "");
	look_at(a, 0);
	text = json_dumps(a->body, 0);
	assert_null(strstr(text, "B-100"));
	assert_null(strstr(text, "Wit"));
	free(text);
}

/* Nothing was checked yet, as after a start. */
static void
look_without_check(struct api_world *a)
{
	struct look look = {.at_ms = TOLD_AT_MS, .kind = LOOK_LOG};

	assert_int_equal(desk_look(a->buurtteam, &look), WH_OK);
}

static void
test_a_changed_look_is_told(void **state)
{
	struct api_world *a = *state;
	struct kv_txn *txn = NULL;
	uint8_t key[8] = {0}, copy[512];
	struct span at = span_of(key, sizeof(key)), value;
	json_t *state_of;

	look_without_check(a);
	be64_put(key, 1);
	assert_int_equal(kv_begin(desk_kv(a->buurtteam), KV_READ_WRITE, &txn),
	    WH_OK);
	assert_int_equal(kv_peek(txn, LOCAL_LOOK, at, &value), WH_OK);
	memcpy(copy, value.p, value.len);
	copy[value.len - 1] ^= 1;
	assert_int_equal(kv_put(txn, LOCAL_LOOK, at, span_of(copy, value.len)),
	    WH_OK);
	assert_int_equal(kv_commit(&txn), WH_OK);
	ask(a, "GET", "/v1/logboek", "");
	expect(a, 200);
	state_of = json_object_get(a->body, "inzagen");
	assert_true(json_is_false(json_object_get(state_of, "klopt")));
	assert_non_null(json_object_get(state_of, "foutBij"));
}

static void
test_consents_are_listed_by_how_they_stand(void **state)
{
	struct api_world *a = *state;
	char consent[ID_TEXT_SIZE], path[96];

	a->runner.hub = true;
	make_consent(a, consent);
	make_consent(a, consent);
	snprintf(path, sizeof(path), "/v1/toestemmingen/%s/intrekking",
	    consent);
	ask(a, "POST", path, "{}");
	ask(a, "GET", "/v1/toestemmingen", "");
	expect(a, 200);
	assert_int_equal(json_array_size(results(a)), 2);
	ask(a, "GET", "/v1/toestemmingen?status=WITHDRAWN", "");
	assert_int_equal(json_array_size(results(a)), 1);
	assert_string_equal(json_text(json_array_get(results(a), 0), "id"),
	    consent);
	ask(a, "GET", "/v1/toestemmingen?verlooptVoor=2020-01-01", "");
	assert_int_equal(json_array_size(results(a)), 0);
	ask(a, "GET", "/v1/toestemmingen?verlooptVoor=9000-01-01", "");
	assert_int_equal(json_array_size(results(a)), 2);
	ask(a, "GET", "/v1/toestemmingen?status=MISSCHIEN", "");
	expect(a, 400);
}

/* A term that is over needs nobody to say so. */
static void
test_a_consent_whose_term_is_over_is_listed_as_expired(void **state)
{
	struct api_world *a = *state;
	struct desk_page page = {.status = "EXPIRED",
	    .page = 1,
	    .page_size = 10};
	char consent[ID_TEXT_SIZE];
	json_t *list = NULL;
	bool more;

	make_consent(a, consent);
	assert_int_equal(desk_consent_list(a->buurtteam, &page, clk_wall_ms(),
			     &list, &more),
	    WH_OK);
	assert_int_equal(json_array_size(list), 0);
	json_decref(list);
	assert_int_equal(desk_consent_list(a->buurtteam, &page,
			     clk_wall_ms() + 400ll * 24 * 3600 * 1000, &list,
			     &more),
	    WH_OK);
	assert_int_equal(json_array_size(list), 1);
	json_decref(list);
}

static void
put_review(struct api_world *a, uint8_t n, const char *due, const char *status)
{
	struct id id = {{1, n}};
	struct kv_txn *txn = NULL;
	char text[ID_TEXT_SIZE];
	json_t *dossier;

	id_text(&id, text);
	dossier = json_pack("{s:s, s:s, s:s, s:{s:s}, s:{s:s}, s:{s:s, s:s}}",
	    "id", text, "type", "acuut-onveilig", "richting", "ontvangen",
	    "van", "lid", "wpi", "naar", "lid", SELF, "beoordeling",
	    "uiterlijk", due, "status", status);
	assert_int_equal(kv_begin(desk_kv(a->buurtteam), KV_READ_WRITE, &txn),
	    WH_OK);
	assert_int_equal(dossier_put(txn, desk_vault(a->buurtteam), &id,
			     dossier),
	    WH_OK);
	assert_int_equal(kv_commit(&txn), WH_OK);
	json_decref(dossier);
}

/* A list of reviews opens no dossier that has none. */
static void
put_unreadable(struct api_world *a)
{
	struct id id = {{2}};
	struct kv_txn *txn = NULL;

	assert_int_equal(kv_begin(desk_kv(a->buurtteam), KV_READ_WRITE, &txn),
	    WH_OK);
	assert_int_equal(kv_put(txn, LOCAL_DOSSIER, span_id(&id),
			     span_str("no dossier")),
	    WH_OK);
	assert_int_equal(kv_commit(&txn), WH_OK);
}

static void
test_reviews_are_listed_with_the_soonest_first(void **state)
{
	struct api_world *a = *state;
	const json_t *first;

	put_review(a, 1, "9000-01-02T00:00:00Z", "open");
	put_review(a, 2, "9000-01-01T00:00:00Z", "herinnerd");
	put_review(a, 3, "2020-01-01T00:00:00Z", "open");
	put_review(a, 4, "2020-01-01T00:00:00Z", "afgerond");
	put_unreadable(a);
	ask(a, "GET", "/v1/beoordelingen?status=open", "");
	expect(a, 200);
	assert_int_equal(json_array_size(results(a)), 2);
	first = json_array_get(results(a), 0);
	assert_string_equal(json_text(first, "uiterlijk"),
	    "9000-01-01T00:00:00Z");
	ask(a, "GET", "/v1/beoordelingen?status=teLaat", "");
	assert_int_equal(json_array_size(results(a)), 1);
	ask(a, "GET", "/v1/beoordelingen?status=afgerond", "");
	assert_int_equal(json_array_size(results(a)), 1);
	ask(a, "GET", "/v1/beoordelingen", "");
	assert_int_equal(json_array_size(results(a)), 4);
}

/* A new route is for somebody, or for all because it holds nobody's data. */
static void
test_only_what_is_in_the_covenant_needs_no_role(void **state)
{
	static const char *const all[] = {"/v1/partners", "/v1/typen"};
	size_t count, i;
	const struct api_route *routes = api_route_table(&count);

	(void)state;
	for (i = 0; i < count; i++) {
		if (routes[i].is_open || strcmp(routes[i].path, all[0]) == 0 ||
		    strcmp(routes[i].path, all[1]) == 0)
			continue;
		assert_int_not_equal(routes[i].roles, 0);
		assert_int_equal(routes[i].roles & ROLE_OPERATOR, 0);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_the_log_is_shown_newest_first_in_plain_words),
	    TEST(test_the_log_can_be_searched),
	    TEST(test_a_long_log_has_pages_that_keep_the_question),
	    TEST(test_every_look_is_written_down),
	    TEST(test_a_look_holds_no_contents),
	    TEST(test_a_changed_look_is_told),
	    TEST(test_consents_are_listed_by_how_they_stand),
	    TEST(test_a_consent_whose_term_is_over_is_listed_as_expired),
	    TEST(test_reviews_are_listed_with_the_soonest_first),
	    cmocka_unit_test(test_only_what_is_in_the_covenant_needs_no_role),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
