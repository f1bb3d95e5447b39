/* SPDX-License-Identifier: EUPL-1.2 */
#include "adapters/json.h"
#include "tests/adapters_desk_world.h"

/* Making referrals: what is refused, and how it is named. */

static const struct recipe *const money = &recipes[0];
static const struct recipe *const arrears = &recipes[2];

/* A referral that is right but for what a test changes. */
#define GOOD                                                                   \
	"'type': 'huurachterstand', 'naar': {'lid': 'wpi'}, 'client': 'C-1', " \
	"'grondslag': {'soort': 'DUTY_WITH_OBJECTION', 'pogingen': "           \
	"{'persoonlijkContact': true, 'gewezenOpHulp': true, "                 \
	"'schriftelijkeHerinnering': true, 'aanbodNietGeweigerd': true}}, "    \
	"'gegevens': {" R_CONTACT ", " R_ADDRESS                               \
	", 'ARREARS': {'bedragCenten': 5, 'maanden': 2}}"

static void
refused_at(struct desk_world *w, const char *text, const char *field)
{
	struct desk_result result = refer_text(w, AT_EIGEN_HAARD, text);

	if (result.kind != OUTCOME_REJECTED ||
	    strcmp(result.field, field) != 0 || result.text[0] == '\0')
		fail_msg("%s: %d at '%s': %s", text, (int)result.kind,
		    result.field, result.text);
	assert_null(result.dossier);
	desk_result_fini(&result);
	assert_int_equal(outbox_rows(w, AT_EIGEN_HAARD), 0);
}

/* The object of text with one member put in its place. */
static void
mistake(struct desk_world *w, const char *key, const char *value,
    const char *field)
{
	json_t *body = json_of("{" GOOD "}");
	json_t *wrong = json_of(value);
	char *text;

	json_object_set(body, key, json_object_get(wrong, "x"));
	text = json_dumps(body, 0);
	refused_at(w, text, field);
	free(text);
	json_decref(wrong);
	json_decref(body);
}

static void
test_each_mistake_is_named(void **state)
{
	struct desk_world *w = *state;

	mistake(w, "onzin", "{'x': 1}", "onzin");
	mistake(w, "type", "{'x': 'bestaat-niet'}", "type");
	mistake(w, "type", "{'x': 5}", "type");
	mistake(w, "naar", "{'x': 'wpi'}", "naar");
	mistake(w, "naar", "{'x': {}}", "naar");
	mistake(w, "naar", "{'x': {'lid': 5}}", "naar.lid");
	mistake(w, "naar", "{'x': {'lid': 'niemand'}}", "naar.lid");
	mistake(w, "naar", "{'x': {'lid': 'eigen-haard'}}", "naar.lid");
	mistake(w, "naar", "{'x': {'lid': 'wpi', 'desk': 'zo'}}", "naar.desk");
	mistake(w, "naar", "{'x': {'lid': 'wpi', 'zo': 'zo'}}", "naar.zo");
	mistake(w, "naar", "{'x': {'buurt': 'nergens'}}", "naar.buurt");
	mistake(w, "client", "{'x': ''}", "client");
	mistake(w, "client", "{'x': 12}", "client");
	mistake(w, "grondslag", "{'x': {'soort': 'ZOMAAR'}}",
	    "grondslag.soort");
	mistake(w, "urgentie", "{'x': 'gisteren'}", "urgentie");
	mistake(w, "bron", "{'x': []}", "bron");
	mistake(w, "gegevens", "{'x': {'GEHEIM': {}}}", "gegevens.GEHEIM");
	mistake(w, "gegevens", "{'x': {'CONTACT': 'Jan'}}", "gegevens.CONTACT");
	mistake(w, "gegevens", "{'x': {'CONTACT': {'kleur': 'rood'}}}",
	    "gegevens.CONTACT.kleur");
}

static void
test_what_is_missing_is_named(void **state)
{
	static const char *const keys[] = {"type", "naar", "client",
	    "grondslag", "gegevens"};
	struct desk_world *w = *state;

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		json_t *body = json_of("{" GOOD "}");
		char *text;

		json_object_del(body, keys[i]);
		text = json_dumps(body, 0);
		refused_at(w, text, keys[i]);
		free(text);
		json_decref(body);
	}
}

static void
test_no_register_no_referral(void **state)
{
	struct desk_world *w = *state;
	struct desk_result result;
	char *dir = w->at[AT_WPI].dir;

	desk_close(w->at[AT_WPI].desk);
	w->at[AT_WPI].dir = support_dir_new();
	desk_start(w, AT_WPI);
	result = refer_text(w, AT_WPI, "{" GOOD "}");
	assert_int_equal(result.kind, OUTCOME_BUSY);
	desk_result_fini(&result);
	support_dir_remove(dir);
}

static void
test_all_together_must_fit_before_it_is_offered(void **state)
{
	struct desk_world *w = *state;
	struct id consent = consent_given(w, money, "C-1");
	char *big = mem_new(32001);
	json_t *body, *all;
	char text[ID_TEXT_SIZE];
	struct desk_result result;
	const struct term *term;

	id_text(&consent, text);
	memset(big, 'x', 32000);
	body = recipe_referral(money, "C-1", text);
	all = json_object_get(body, "gegevens");
	for (term = terms_all(TERMS_CATEGORIES); term->text != NULL; term++)
		if (term->number >= CATEGORY_FINANCE)
			json_object_set_new(all, term->text,
			    json_pack("{s:s}", "tekst", big));
	/* Twelve texts of 32 kB, padded to 64 kB each: still a letter. */
	assert_int_equal(desk_refer(w->at[AT_BUURTTEAM].desk, body, w->now_ms,
			     &result),
	    WH_OK);
	assert_int_equal(result.kind, OUTCOME_REFUSED);
	assert_int_equal(result.reason, REASON_CATEGORY_NOT_COVERED);
	desk_result_fini(&result);
	json_decref(body);
	mem_free(big);
}

static void
test_the_same_kenmerk_and_content_is_the_same_referral(void **state)
{
	struct desk_world *w = *state;
	struct desk_result first =
	    refer_text(w, AT_EIGEN_HAARD, "{" GOOD ", 'kenmerk': 'K1'}");
	struct id id = id_of(&first);
	struct desk_result again =
	    refer_text(w, AT_EIGEN_HAARD, "{" GOOD ", 'kenmerk': 'K1'}");
	struct desk_result other = refer_text(w, AT_EIGEN_HAARD,
	    "{" GOOD ", 'kenmerk': 'K1', 'urgentie': 'spoed'}");
	struct id same;

	assert_int_equal(again.kind, OUTCOME_SAME);
	same = id_of(&again);
	assert_true(id_equal(&id, &same));
	assert_int_equal(other.kind, OUTCOME_CONFLICT);
	assert_string_equal(other.field, "kenmerk");
	desk_result_fini(&other);
	assert_int_equal(outbox_rows(w, AT_EIGEN_HAARD), 1);
}

static void
test_a_refused_referral_gives_its_kenmerk_back(void **state)
{
	struct desk_world *w = *state;
	struct desk_result result =
	    refer_text(w, AT_EIGEN_HAARD, "{" GOOD ", 'kenmerk': 'K1'}");
	struct id id = id_of(&result);

	hub_refuses(w, AT_EIGEN_HAARD, REASON_OVER_QUOTA, 0);
	assert_status(w, AT_EIGEN_HAARD, &id, "DISCARDED");
	assert_int_equal(jobs_waiting(w, AT_EIGEN_HAARD), 1);
	result = refer_text(w, AT_EIGEN_HAARD,
	    "{" GOOD ", 'kenmerk': 'K1', 'urgentie': 'spoed'}");
	assert_int_equal(result.kind, OUTCOME_QUEUED);
	desk_result_fini(&result);
}

static void
test_a_referral_says_when_it_expires_and_where_it_is_proven(void **state)
{
	struct desk_world *w = *state;
	struct desk_result result = refer_by(w, arrears, "C-1", NULL);
	int64_t until;
	struct id id;
	struct row row;
	json_t *dossier;

	assert_int_equal(clk_parse(json_text(result.dossier, "vervalt"),
			     &until),
	    WH_OK);
	assert_true(until > w->now_ms);
	assert_true(result.has_wait);
	id = id_of(&result);
	row = hub_takes(w, AT_EIGEN_HAARD, STATE_QUEUED);
	row_fini(&row);
	dossier = dossier_at(w, AT_EIGEN_HAARD, &id);
	assert_int_equal(json_integer_value(
			     json_object_get(json_object_get(dossier, "bewijs"),
				 "index")),
	    (json_int_t)w->hub_index);
	json_decref(dossier);
}

static void
test_every_type_of_the_covenant_can_be_referred(void **state)
{
	struct desk_world *w = *state;

	assert_int_equal(w->alliance->reg.type_count, RECIPES);
	for (size_t i = 0; i < RECIPES; i++) {
		struct id id = referral_delivered(w, &recipes[i]);

		assert_status(w, recipes[i].to, &id, "DELIVERED");
		assert_status(w, recipes[i].from, &id, "DELIVERED");
	}
}

static void
test_nobody_is_referred_by_neighbourhood_when_several_could(void **state)
{
	struct desk_world *w = *state;
	struct id consent = consent_given(w, money, "C-1");
	struct desk_result result;
	char id[ID_TEXT_SIZE], text[1024];

	id_text(&consent, id);
	snprintf(text, sizeof(text),
	    "{'type': 'geldzorgen', 'naar': {'buurt': 'dichtersbuurt'}, "
	    "'client': 'C-1', 'grondslag': {'soort': 'CONSENT_AVG', "
	    "'toestemming': '%s'}, 'gegevens': {%s}}",
	    id, money->sections);
	result = refer_text(w, AT_BUURTTEAM, text);
	assert_int_equal(result.kind, OUTCOME_QUEUED);
	assert_string_equal(json_text(json_object_get(result.dossier, "naar"),
				"lid"),
	    "wpi");
	desk_result_fini(&result);
	result = refer_text(w, AT_POLITIE, text);
	assert_int_equal(result.kind, OUTCOME_REJECTED);
	assert_string_equal(result.field, "naar");
	desk_result_fini(&result);
}

static void
test_do_not_contact_is_one_clear_bit(void **state)
{
	struct desk_world *w = *state;
	json_t *body = json_of("{" GOOD "}");
	struct desk_result result;
	struct id id;
	json_t *full = NULL;

	json_object_set_new(json_object_get(json_object_get(body, "gegevens"),
				"CONTACT"),
	    "nietBenaderen", json_true());
	assert_int_equal(desk_refer(w->at[AT_EIGEN_HAARD].desk, body, w->now_ms,
			     &result),
	    WH_OK);
	id = id_of(&result);
	assert_int_equal(carry(w, AT_EIGEN_HAARD, AT_WPI, STATE_DELIVERED),
	    REASON_NONE);
	assert_int_equal(desk_dossier_full(w->at[AT_WPI].desk, &id, &full),
	    WH_OK);
	assert_true(
	    json_is_true(json_object_get(full, "nietAutomatischBerichten")));
	json_decref(full);
	json_decref(body);
}

static void
test_nothing_about_a_person_can_be_read_at_rest(void **state)
{
	struct desk_world *w = *state;
	struct desk_result result;
	struct id id;

	id = referral_delivered(w, money);
	did(w, AT_WPI, &id,
	    "{'soort': 'informatieVragen', 'toelichting': '" CANARY "'}");
	assert_int_equal(carry(w, AT_WPI, AT_BUURTTEAM, STATE_INFO_REQUESTED),
	    REASON_NONE);
	result = refer_by(w, arrears, CANARY "-client", NULL);
	desk_result_fini(&result);
	for (enum place place = 0; place < DESKS; place++) {
		desk_restart(w, place);
		assert_false(store_holds(w->at[place].dir, CANARY));
		assert_false(store_holds(w->at[place].dir, "0200000000"));
	}
	/* The search itself finds what is there to be found. */
	assert_true(store_holds(w->at[AT_WPI].dir, "outbox"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    DESK_TEST(test_each_mistake_is_named),
	    DESK_TEST(test_what_is_missing_is_named),
	    DESK_TEST(test_no_register_no_referral),
	    DESK_TEST(test_all_together_must_fit_before_it_is_offered),
	    DESK_TEST(test_the_same_kenmerk_and_content_is_the_same_referral),
	    DESK_TEST(test_a_refused_referral_gives_its_kenmerk_back),
	    DESK_TEST(
		test_a_referral_says_when_it_expires_and_where_it_is_proven),
	    DESK_TEST(test_every_type_of_the_covenant_can_be_referred),
	    DESK_TEST(
		test_nobody_is_referred_by_neighbourhood_when_several_could),
	    DESK_TEST(test_do_not_contact_is_one_clear_bit),
	    DESK_TEST(test_nothing_about_a_person_can_be_read_at_rest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
