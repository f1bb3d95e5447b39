/* SPDX-License-Identifier: EUPL-1.2 */
#include "adapters/code.h"
#include "adapters/question.h"
#include "tests/adapters_desk_world.h"

/* What the resident is asked, and that the record holds its hash. */

static const struct recipe *const money = &recipes[0];
static const struct recipe *const duty = &recipes[2];
static const struct recipe *const police = &recipes[7];
static const struct recipe *const nuisance = &recipes[9];

static json_t *
asked(struct desk_world *w, enum place place, const char *text)
{
	struct desk_result result;
	json_t *body = json_of(text);
	json_t *out;

	assert_int_equal(desk_question(w->at[place].desk, body, w->now_ms,
			     &result),
	    WH_OK);
	json_decref(body);
	if (result.kind != OUTCOME_READ)
		fail_msg("%d %s %s", (int)result.kind, result.field,
		    result.text);
	out = json_incref(result.dossier);
	desk_result_fini(&result);
	return out;
}

static json_t *
asked_by(struct desk_world *w, const struct recipe *recipe)
{
	char text[512];

	snprintf(text, sizeof(text),
	    "{'soort': '%s', 'partijen': ['%s'], 'typen': ['%s'], "
	    "'categorieen': [%s]}",
	    recipe->kind, place_names[recipe->to], recipe->type,
	    recipe->categories);
	return asked(w, recipe->from, text);
}

static const char *
text_in(const json_t *question, const char *language)
{
	return json_text(json_object_get(question, "tekst"), language);
}

#define MONEY                                                                  \
	"{'soort': 'CONSENT_AVG', 'partijen': ['wpi'], 'typen': "              \
	"['geldzorgen'], 'categorieen': ['CONTACT', 'REQUEST'], 'geldigTot': " \
	"'2027-08-31'"

static void
test_the_question_says_who_what_why_and_until_when(void **state)
{
	json_t *question = asked(*state, AT_BUURTTEAM, MONEY "}");

	assert_string_equal(text_in(question, "nl"),
	    "Buurtteam Nieuw-West wil gegevens van u delen met WPI "
	    "Nieuw-West.\n"
	    "Het gaat over:\n- Geldzorgen\n"
	    "Wij willen dit delen:\n"
	    "- Uw naam, geboortedatum en hoe wij u bereiken\n"
	    "- Uw vraag en wat u wilt bereiken\n"
	    "WPI Nieuw-West vertelt ons later:\n"
	    "- Wie u helpt en hoe u die persoon bereikt\n"
	    "- Of er contact is en of u hulp krijgt\n"
	    "Dit geldt tot en met 31 augustus 2027.\n"
	    "U mag nee zeggen. Dan delen wij dit niet.\n"
	    "U kunt ook later nog stoppen. Dat kan elke dag.\n"
	    "Mogen wij dit delen?");
	assert_non_null(strstr(text_in(question, "en"),
	    "Buurtteam Nieuw-West wants to share information about you with "
	    "WPI Nieuw-West.\nIt is about:\n- Money worries\n"));
	assert_non_null(strstr(text_in(question, "en"),
	    "This lasts until the end of 31 August 2027.\n"));
	json_decref(question);
}

static void
test_nothing_is_recorded_by_asking(void **state)
{
	struct desk_world *w = *state;
	json_t *question = asked_by(w, money);

	assert_int_equal(outbox_rows(w, AT_BUURTTEAM), 0);
	json_decref(question);
}

/* What cannot be is said before anybody is asked. */
static void
test_what_cannot_be_recorded_is_not_asked(void **state)
{
	static const struct {
		const char *body;
		enum reason reason; /* REASON_NONE: a field is wrong */
	} wrong[] = {
	    {"{'soort': 'CONSENT_AVG', 'partijen': ['wpi'], 'typen': "
	     "['geldzorgen'], 'categorieen': ['ADDICTION']}",
		REASON_CATEGORY_NOT_COVERED},
	    {"{'soort': 'PUBLIC_TASK', 'partijen': ['wpi'], 'typen': "
	     "['geldzorgen'], 'categorieen': ['CONTACT']}",
		REASON_KIND_NOT_ALLOWED},
	    {"{'soort': 'CONSENT_AVG', 'partijen': ['niemand'], 'typen': "
	     "['geldzorgen'], 'categorieen': ['CONTACT']}",
		REASON_NONE},
	    {"{'soort': 'CONSENT_AVG', 'partijen': ['wpi'], 'typen': "
	     "['geldzorgen'], 'categorieen': ['CONTACT'], 'client': 'C'}",
		REASON_NONE},
	};
	struct desk_world *w = *state;
	struct desk_result result;
	json_t *body;

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		body = json_of(wrong[i].body);
		assert_int_equal(desk_question(w->at[AT_BUURTTEAM].desk, body,
				     w->now_ms, &result),
		    WH_OK);
		assert_int_equal(result.kind, wrong[i].reason == REASON_NONE
						  ? OUTCOME_REJECTED
						  : OUTCOME_REFUSED);
		assert_int_equal(result.reason, wrong[i].reason);
		json_decref(body);
		desk_result_fini(&result);
	}
}

static void
test_only_a_consent_asks(void **state)
{
	json_t *question = asked_by(*state, duty);
	const char *nl = text_in(question, "nl");

	assert_non_null(strstr(nl, "Dat moet van de wet."));
	assert_non_null(strstr(nl, "- Wet gemeentelijke schuldhulpverlening"));
	assert_non_null(strstr(nl, "Dan kunt u bezwaar maken."));
	json_decref(question);
	question = asked_by(*state, nuisance);
	assert_non_null(strstr(text_in(question, "nl"),
	    "U kunt dit dus niet zelf stoppen."));
	json_decref(question);
	question = asked_by(*state, police);
	assert_non_null(strstr(text_in(question, "nl"),
	    "Wij vragen u hiervoor geen toestemming."));
	json_decref(question);
}

/* Who reads it out must know that it is not for now. */
static void
test_the_question_says_when_the_resident_may_know(void **state)
{
	json_t *question = asked_by(*state, police);

	assert_string_equal(json_text(question, "mededeling"), "DELAYED");
	assert_string_not_equal(json_text(question, "mededelenVanaf"), "");
	json_decref(question);
	question = asked_by(*state, money);
	assert_string_equal(json_text(question, "mededeling"), "IMMEDIATE");
	assert_null(json_object_get(question, "mededelenVanaf"));
	json_decref(question);
}

/* No code and no place is left in what any kind says of any category. */
static void
test_no_question_shows_a_code(void **state)
{
	struct desk_world *w = *state;
	const struct term *term;
	struct permission p = {.types = {"geldzorgen", "woonoverlast"},
	    .type_count = 2,
	    .instrument = "wgs-vroegsignalering",
	    .from = {.member = "buurtteam"},
	    .to = {.member = "wpi"},
	    .valid_until_ms = DESK_NOW};
	char *text;

	for (term = terms_all(TERMS_CATEGORIES); term->text != NULL; term++)
		p.categories |= 1u << term->number;
	p.feedback = p.categories;
	for (unsigned n = 0; n < 2 * KIND_VITAL_INTEREST; n++) {
		p.kind = (enum permission_kind)(n / 2 + 1);
		assert_int_equal(question_write(&w->alliance->reg, &p, n % 2,
				     &text),
		    WH_OK);
		for (term = terms_all(TERMS_CATEGORIES); term->text != NULL;
		     term++)
			assert_null(strstr(text, term->text));
		assert_null(strstr(text, "{{"));
		mem_free(text);
	}
}

/* The record in the outbox as the hub will see it. */
static struct permission
record_sent(struct desk_world *w, struct arena *arena, struct row *row)
{
	struct signed_body body;
	struct permission p;

	*row = hub_takes(w, AT_BUURTTEAM, 0);
	assert_int_equal(row->kind, TO_HUB_PERMISSION);
	assert_int_equal(wire_signed_read(arena, row->bytes, PERMISSION_MAX,
			     &body, NULL),
	    WH_OK);
	assert_int_equal(wire_permission_read(arena, body.body, &p, NULL),
	    WH_OK);
	return p;
}

static struct desk_result
consent_of_money(struct desk_world *w, const char *parties,
    const char *captured)
{
	struct desk_result result;
	char text[1024];
	json_t *body;

	snprintf(text, sizeof(text),
	    "{'client': 'C-1', 'soort': 'CONSENT_AVG', 'partijen': [%s], "
	    "'typen': ['geldzorgen'], 'categorieen': ['CONTACT', 'REQUEST'], "
	    "'geldigTot': '2027-08-31', 'vastgelegd': {'door': 'P. " CANARY
	    "'%s}}",
	    parties, captured);
	body = json_of(text);
	assert_int_equal(desk_consent(w->at[AT_BUURTTEAM].desk, body, w->now_ms,
			     &result),
	    WH_OK);
	json_decref(body);
	return result;
}

static void
hash_is_of(const struct permission *p, const char *text)
{
	struct hash hash = hash_span(span_str(text));

	assert_true(
	    span_equal(p->purpose_text_hash, span_of(hash.b, HASH_LEN)));
}

static void
record_is_of(struct desk_world *w, const char *captured, const char *language)
{
	json_t *question = asked(w, AT_BUURTTEAM, MONEY "}");
	struct desk_result result = consent_of_money(w, "'wpi'", captured);
	const json_t *slip = json_object_get(result.dossier, "ontvangstbewijs");
	struct permission p;
	struct arena arena;
	struct row row;

	assert_int_equal(result.kind, OUTCOME_QUEUED);
	arena_init(&arena, FRAME_ARENA_MAX);
	p = record_sent(w, &arena, &row);
	hash_is_of(&p, text_in(question, language));
	assert_string_equal(p.purpose_language, language);
	assert_int_equal(p.purpose_version, QUESTION_VERSION);
	assert_string_equal(p.notice_version, QUESTION_VERSION_TEXT);
	/* The receipt shows the text that was asked. */
	assert_true(json_equal(json_object_get(slip, "tekst"),
	    json_object_get(question, "tekst")));
	assert_non_null(strstr(json_text(slip, "uitleg"), "elke dag stoppen"));
	row_fini(&row);
	arena_fini(&arena);
	json_decref(question);
	desk_result_fini(&result);
}

static void
test_the_record_has_the_hash_of_what_was_asked(void **state)
{
	record_is_of(*state, "", "nl");
	record_is_of(*state, ", 'taal': 'en', 'tekstVersie': '1'", "en");
}

/* From the record and the register alone, by who was not there. */
static void
test_every_party_can_make_the_text_again(void **state)
{
	struct desk_world *w = *state;
	struct desk_result result = consent_of_money(w, "'wpi'", "");
	struct permission p;
	struct arena arena;
	struct row row;
	char *text = NULL;

	arena_init(&arena, FRAME_ARENA_MAX);
	p = record_sent(w, &arena, &row);
	assert_int_equal(question_write(desk_register(w->at[AT_WPI].desk), &p,
			     PLAIN_NL, &text),
	    WH_OK);
	hash_is_of(&p, text);
	mem_free(text);
	row_fini(&row);
	arena_fini(&arena);
	desk_result_fini(&result);
}

/* Two records of one resident share no hash, whatever was said. */
static void
records_differ(struct desk_world *w, const char *captured)
{
	struct desk_result result =
	    consent_of_money(w, "'wpi', 'politie'", captured);
	struct permission p[2];
	struct arena arena;
	struct row row[2];

	assert_int_equal(result.kind, OUTCOME_QUEUED);
	arena_init(&arena, FRAME_ARENA_MAX);
	for (int i = 0; i < 2; i++)
		p[i] = record_sent(w, &arena, &row[i]);
	assert_false(
	    span_equal(p[0].purpose_text_hash, p[1].purpose_text_hash));
	for (int i = 0; i < 2; i++)
		row_fini(&row[i]);
	arena_fini(&arena);
	desk_result_fini(&result);
}

static void
test_the_hash_does_not_join_the_records_of_one_resident(void **state)
{
	records_differ(*state, "");
	records_differ(*state, ", 'tekst': 'Mag dit, mevrouw " CANARY "?'");
}

static void
test_a_text_of_ones_own_keeps_its_version(void **state)
{
	struct desk_world *w = *state;
	struct desk_result result = consent_of_money(w, "'wpi'",
	    ", 'tekst': 'Mag dit?', 'tekstVersie': 'folder-7'");
	struct permission p;
	struct arena arena;
	struct row row;

	arena_init(&arena, FRAME_ARENA_MAX);
	p = record_sent(w, &arena, &row);
	assert_string_equal(p.notice_version, "folder-7");
	hash_is_of(&p, "Mag dit?\nwpi");
	row_fini(&row);
	arena_fini(&arena);
	desk_result_fini(&result);
}

static void
test_another_text_than_was_heard_is_not_recorded(void **state)
{
	struct desk_world *w = *state;
	json_t *question = asked(w, AT_BUURTTEAM, MONEY "}");
	struct desk_result result;
	char captured[160];

	snprintf(captured, sizeof(captured), ", 'tekstHash': '%s'",
	    json_text(json_object_get(question, "tekstHash"), "nl"));
	result = consent_of_money(w, "'wpi'", captured);
	assert_int_equal(result.kind, OUTCOME_QUEUED);
	desk_result_fini(&result);
	result = consent_of_money(w, "'wpi', 'politie'", captured);
	assert_int_equal(result.kind, OUTCOME_REJECTED);
	assert_string_equal(result.field, "vastgelegd.tekstHash");
	desk_result_fini(&result);
	result = consent_of_money(w, "'wpi'", ", 'tekstVersie': '0'");
	assert_int_equal(result.kind, OUTCOME_REJECTED);
	assert_string_equal(result.field, "vastgelegd.tekstVersie");
	desk_result_fini(&result);
	assert_int_equal(outbox_rows(w, AT_BUURTTEAM), 1);
	json_decref(question);
}

static json_t *
answer_to(struct desk_world *w, const struct recipe *recipe)
{
	struct desk_result result;
	json_t *body = recipe_consent(recipe, "C-1");
	json_t *slip;

	assert_int_equal(desk_consent(w->at[recipe->from].desk, body, w->now_ms,
			     &result),
	    WH_OK);
	assert_int_equal(result.kind, OUTCOME_QUEUED);
	slip = json_incref(json_object_get(result.dossier, "ontvangstbewijs"));
	desk_result_fini(&result);
	json_decref(body);
	return slip;
}

static void
test_only_what_a_code_ends_comes_with_a_code(void **state)
{
	json_t *slip = answer_to(*state, money);

	assert_int_equal(strlen(json_text(slip, "intrekkingscode")),
	    CODE_TEXT_SIZE - 1);
	json_decref(slip);
	slip = answer_to(*state, duty);
	assert_null(json_object_get(slip, "intrekkingscode"));
	assert_non_null(strstr(json_text(slip, "uitleg"),
	    "U kunt bezwaar maken. Er is geen code voor nodig."));
	json_decref(slip);
	slip = answer_to(*state, nuisance);
	assert_null(json_object_get(slip, "intrekkingscode"));
	assert_non_null(strstr(json_text(slip, "uitleg"),
	    "Ook als u uw toestemming stopt, gaat dit door."));
	json_decref(slip);
}

/* The covenant says that a care report is told of later. */
static void
test_nothing_is_taken_home_before_the_resident_may_know(void **state)
{
	assert_null(answer_to(*state, police));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    DESK_TEST(test_the_question_says_who_what_why_and_until_when),
	    DESK_TEST(test_nothing_is_recorded_by_asking),
	    DESK_TEST(test_what_cannot_be_recorded_is_not_asked),
	    DESK_TEST(test_only_a_consent_asks),
	    DESK_TEST(test_the_question_says_when_the_resident_may_know),
	    DESK_TEST(test_no_question_shows_a_code),
	    DESK_TEST(test_the_record_has_the_hash_of_what_was_asked),
	    DESK_TEST(test_every_party_can_make_the_text_again),
	    DESK_TEST(test_the_hash_does_not_join_the_records_of_one_resident),
	    DESK_TEST(test_a_text_of_ones_own_keeps_its_version),
	    DESK_TEST(test_another_text_than_was_heard_is_not_recorded),
	    DESK_TEST(test_only_what_a_code_ends_comes_with_a_code),
	    DESK_TEST(test_nothing_is_taken_home_before_the_resident_may_know),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
