/* SPDX-License-Identifier: EUPL-1.2 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "consent/covenant.h"
#include "proto/base/file.h"
#include "proto/base/mem.h"

#define COVENANT  WH_SOURCE_DIR "/ops/covenant-nieuw-west.yaml"
#define ARENA_MAX (4u * 1024 * 1024)
#define DAY_MS    (24ll * 3600 * 1000)

/* The shipped covenant and what it was read into. */
struct world {
	struct arena arena;
	uint8_t *text; /* owned, NUL behind it */
	size_t len;
	struct wh_register reg;
	struct why why;
};

static int
setup(void **state)
{
	struct world *w = mem_new(sizeof(*w));

	arena_init(&w->arena, ARENA_MAX);
	*state = w;
	return file_read(COVENANT, REGISTER_MAX, &w->text, &w->len, NULL) !=
	       WH_OK;
}

static int
teardown(void **state)
{
	struct world *w = *state;

	arena_fini(&w->arena);
	mem_free(w->text);
	mem_free(w);
	return 0;
}

static void
test_the_shipped_covenant_is_sound(void **state)
{
	struct world *w = *state;
	enum wh_err err = covenant_load(&w->arena, COVENANT, &w->reg, &w->why);

	assert_string_equal(w->why.text, "");
	assert_int_equal(err, WH_OK);
	assert_string_equal(w->reg.covenant, "samen-nieuw-west");
	assert_int_equal(w->reg.area_count, 15);
	assert_int_equal(w->reg.role_count, 11);
	assert_int_equal(w->reg.member_count, 7);
	assert_int_equal(w->reg.instrument_count, 4);
	assert_int_equal(w->reg.type_count, 13);
	assert_int_equal(w->reg.audit_years, 5);
}

static void
test_what_is_optional_gets_its_default(void **state)
{
	struct world *w = *state;
	const struct reg_type *type;

	assert_int_equal(covenant_load(&w->arena, COVENANT, &w->reg, NULL), 0);
	type = register_type(&w->reg, "vocht-schimmel");
	assert_non_null(type);
	assert_string_equal(type->desk, "");
	assert_string_equal(type->instrument, "");
	assert_false(type->two_phase);
	assert_false(type->delayed_notice);
	assert_int_equal(type->clock_decide, 2);
	assert_int_equal(type->clock_heartbeat, -1);
	assert_false(register_role(&w->reg, "okt")->informal);
	assert_true(register_role(&w->reg, "wijkverbinder")->informal);
	assert_string_equal(register_member(&w->reg, "wpi")->oin, "");
}

static void
test_words_and_lists_become_sets(void **state)
{
	struct world *w = *state;
	const struct reg_type *type;

	assert_int_equal(covenant_load(&w->arena, COVENANT, &w->reg, NULL), 0);
	type = register_type(&w->reg, "zorgmelding");
	assert_int_equal(type->kinds, 1u << KIND_POLICE_WPG);
	assert_int_equal(type->required,
	    category_bit(CATEGORY_CONTACT) | category_bit(CATEGORY_SAFETY));
	assert_int_equal(type->feedback, category_bit(CATEGORY_STATUS));
	assert_true(type->delayed_notice);
	assert_true(register_type(&w->reg, "werk")->two_phase);
	assert_true(register_type(&w->reg, "vastgelopen")->escalation_target);
}

static void
test_until_is_the_last_day(void **state)
{
	struct world *w = *state;
	const struct reg_instrument *law;

	assert_int_equal(covenant_load(&w->arena, COVENANT, &w->reg, NULL), 0);
	law = register_instrument(&w->reg, "wpg-zorgmelding");
	assert_int_equal(law->from_ms, 18901 * DAY_MS);  /* 2021-10-01 */
	assert_int_equal(law->until_ms, 21184 * DAY_MS); /* 2028-01-01 */
	law = register_instrument(&w->reg, "wgs-vroegsignalering");
	assert_int_equal(law->until_ms, 0);
}

static void
test_areas_are_all_or_a_list(void **state)
{
	struct world *w = *state;
	const struct reg_member *key;

	assert_int_equal(covenant_load(&w->arena, COVENANT, &w->reg, NULL), 0);
	key = register_member(&w->reg, "lieven-de-key");
	assert_true(register_serves(key, "overtoomse-veld"));
	assert_false(register_serves(key, "osdorpplein"));
	assert_true(register_member(&w->reg, "politie")->all_areas);
	assert_true(register_has_desk(register_member(&w->reg, "politie"),
	    "wijkagenten"));
}

/*
 * One mistake: the first from becomes to; the message must point at the line
 * that holds at, and have word in it.
 */
struct mistake {
	const char *from;
	const char *to;
	const char *at;
	const char *word;
};

static const struct mistake mistakes[] = {
    /* the text itself */
    {"holidays: nl", "holidayz: nl", "holidayz", "holidayz"},
    {"role: wpi, ", "rolle: wpi, ", "rolle", "rolle"},
    {"version: 1", "version: one", "version: one", "one"},
    {"    title: {nl: Werk", "    desk: werk\n    title: {nl: Werk",
	"    desk: werk\n    perm", "already seen: desk"},
    {"focus: true}", "focus: perhaps}", "perhaps", "perhaps"},
    {"disclosure: one-phase               #", "# ", "- id: vocht-schimmel",
	"disclosure"},
    {"categories: [", "categories: {", "categories: {", ""},
    {"areas: [overtoomse-veld]", "areas: *somewhere", "*somewhere", ""},
    /* the head */
    {"version: 1", "version: 0", "version: 0", "version 0"},
    {"version: 1", "version: -1", "version: -1", "version -1"},
    {"covenant: samen-nieuw-west", "covenant: Samen West", "covenant: Samen",
	"Samen West"},
    {"valid_from: 2026-01-01", "valid_from: 1 januari", "valid_from",
	"1 januari"},
    {"valid_from: 2026-01-01", "valid_from: 2026-02-30", "valid_from",
	"2026-02-30"},
    {"holidays: nl", "holidays: be", "holidays: be", "'be'"},
    {"audit_years: 5", "audit_years: 0", "retention:", "audit_years"},
    {"audit_years: 5", "audit_years: -5", "retention:", "negative"},
    /* areas, roles, members */
    {"{id: dudokbuurt,", "{id: osdorpplein,", "name: Dudokbuurt",
	"'osdorpplein' is used before"},
    {"{id: dudokbuurt,", "{id: Dudok_buurt,", "name: Dudokbuurt",
	"Dudok_buurt"},
    {"{id: woon,         bsn: false}", "{id: wpi, bsn: false}", "{id: wpi, bsn",
	"'wpi' is used before"},
    {"{id: wijkverbinder, bsn: false,", "{id: wijkverbinder, bsn: true,",
	"wijkverbinder, bsn", "informal"},
    {"{id: rochdale, ", "{id: stadgenoot, ", "name: Stadgenoot",
	"'stadgenoot' is used before"},
    {"{id: rochdale,     role: corporatie", "{id: rochdale, role: verhuurder",
	"{id: rochdale", "'verhuurder'"},
    {"{id: rochdale, ", "{id: hub, ", "{id: hub", "'hub'"},
    {"staalmanbuurt]}", "stalmanbuurt]}", "{id: rochdale", "'stalmanbuurt'"},
    {"areas: [overtoomse-veld]", "areas: []", "{id: lieven-de-key", "no area"},
    {"areas: [overtoomse-veld]", "areas: everywhere", "everywhere", ""},
    {"areas: [overtoomse-veld]", "areas: [overtoomse-veld, overtoomse-veld]",
	"{id: lieven-de-key", "twice"},
    {"name: Rochdale, ", "name: Rochdale, oin: '123', ", "{id: rochdale",
	"20 digits"},
    {"{id: inkomen}, {id: werk}", "{id: inkomen}, {id: inkomen}",
	"desks: [{id: inkomen}", "twice"},
    /* categories and instruments */
    {"NETWORK, JUSTICE]", "NETWORK, HOBBIES]", "categories: [", "'HOBBIES'"},
    {"NETWORK, JUSTICE]", "NETWORK, NETWORK, JUSTICE]", "categories: [",
	"NETWORK twice"},
    {"kind: POLICE_WPG", "kind: POLICE", "{id: wpg-zorgmelding", "'POLICE'"},
    {"kind: POLICE_WPG", "kind: CONSENT_AVG", "{id: wpg-zorgmelding",
	"statutory kind"},
    {"until: 2027-12-31", "until: 2021-09-30", "{id: wpg-zorgmelding",
	"ends before it begins"},
    {"until: 2027-12-31", "until: soon", "{id: wpg-zorgmelding", "'soon'"},
    {", review_within_working_days: 2", "", "{id: vitaal-belang",
	"second pair of eyes"},
    {"review_within_working_days: 2", "review_within_working_days: -2",
	"{id: vitaal-belang", "-2"},
    {"{id: overlast-convenant,", "{id: vitaal-belang,", "AVG art. 6(1)(d)",
	"'vitaal-belang' is used before"},
    /* activities */
    {"hulp,             uri", "wonen, uri", "{id: wonen,            uri",
	"'wonen' is used before"},
    {"uri: \"https://wijkhub.example/verwerkingen/overlast\"",
	"uri: \"een andere verwerking\"", "een andere", "no URI"},
    {"uri: \"https://wijkhub.example/verwerkingen/overlast\"",
	"uri: \"overlast\"", "uri: \"overlast\"", "no URI"},
    {"verwerkingen/overlast\",         notice: IMMEDIATE",
	"verwerkingen/overlast\", notice: LATER", "notice: LATER", "'LATER'"},
    {"verwerkingen/overlast\",         notice: IMMEDIATE",
	"verwerkingen/overlast\", notice: WITHHELD", "notice: WITHHELD",
	"article is empty"},
    {"verwerkingen/overlast\",         notice: IMMEDIATE",
	"verwerkingen/overlast\", notice: IMMEDIATE, article: Wpg",
	"article: Wpg", "only WITHHELD"},
    {"verwerkingen/overlast\",         notice: IMMEDIATE",
	"verwerkingen/overlast\", notice: IMMEDIATE, delay_working_days: 3",
	"delay_working_days: 3", "only DELAYED"},
    {"delay_working_days: 20, ", "", "{id: politiemelding",
	"needs delay_working_days"},
    {"delay_working_days: 20, ", "delay_working_days: 261, ",
	"{id: politiemelding", "1 to 260"},
    {"delay_working_days: 20, ", "delay_working_days: 0, ",
	"{id: politiemelding", "delay_working_days is 0"},
    {", review_working_days: 10", "", "{id: politiemelding",
	"needs review_working_days"},
    {"review_working_days: 10", "review_working_days: 21",
	"{id: politiemelding", "1 to its delay of 20"},
    {"activity: vroegsignalering", "activity: signalen", "activity: signalen",
	"unknown activity 'signalen'"},
    {"activity: vroegsignalering",
	"subject_notice: DELAYED\n    activity: vroegsignalering",
	"subject_notice: DELAYED", "vroegsignalering is IMMEDIATE"},
    {"activity: politiemelding",
	"subject_notice: IMMEDIATE\n    activity: politiemelding",
	"subject_notice: IMMEDIATE", "politiemelding is DELAYED"},
    /* types: who */
    {"from: [buurtteam, welzijn]", "from: [buurteam]", "from: [buurteam]",
	"unknown role 'buurteam' in from"},
    {"to: [buurtteam, okt]", "to: [oudersteam]", "to: [oudersteam]",
	"unknown role 'oudersteam' in to"},
    {"to: [buurtteam, okt]", "to: [okt, ggd]", "to: [okt, ggd]",
	"nobody can receive"},
    {"from: [buurtteam, welzijn]", "from: [okt, welzijn]",
	"from: [okt, welzijn]", "nobody can send"},
    {"from: [buurtteam, welzijn]", "from: [wpi]", "from: [wpi]",
	"nobody can send"},
    {"from: [buurtteam, welzijn]", "from: []", "from: []", "from is empty"},
    {"from: [buurtteam, welzijn]", "from: [welzijn, welzijn]",
	"from: [welzijn, welzijn]", "twice"},
    {"desk: schuldhulp\n", "desk: schulden\n", "desk: schulden",
	"no member of to has the desk 'schulden'"},
    {"- id: passend-wonen", "- id: werk", "- id: werk\n    title: {nl: Passend",
	"'werk' is used before"},
    {"title: {nl: Passend wonen, en", "title: {en", "title: {en: Suitable",
	"nl"},
    /* types: on what ground */
    {"permission: [PUBLIC_TASK]", "permission: [PUBLIC]",
	"permission: [PUBLIC]", "'PUBLIC'"},
    {"permission: [DUTY_WITH_OBJECTION]\n    instrument: "
     "wgs-vroegsignalering\n",
	"permission: [DUTY_WITH_OBJECTION]\n",
	"permission: [DUTY_WITH_OBJECTION]", "name its instrument"},
    {"instrument: overlast-convenant", "instrument: overlast",
	"instrument: overlast", "unknown instrument 'overlast'"},
    {"instrument: wpg-zorgmelding", "instrument: vitaal-belang",
	"instrument: vitaal-belang", "not in permission"},
    {"[AGREES_TO_HELP, PUBLIC_TASK]", "[POLICE_WPG, PUBLIC_TASK]",
	"permission: [POLICE_WPG, PUBLIC_TASK]", "not for POLICE_WPG"},
    {"permission: [CONSENT_AVG, AGREES_TO_HELP]",
	"permission: [CONSENT_AVG, CONSENT_AVG]",
	"permission: [CONSENT_AVG, CONSENT_AVG]", "twice"},
    {"permission: [CONSENT_AVG, AGREES_TO_HELP]", "permission: []",
	"permission: []", "permission is empty"},
    {"until: 2027-12-31", "until: 2025-12-31", "instrument: wpg-zorgmelding",
	"has ended before valid_from"},
    /* types: what */
    {"disclosure: two-phase", "disclosure: three-phase",
	"disclosure: three-phase", "one-phase or two-phase"},
    {"activity: overlast\n", "subject_notice: NEVER\n", "subject_notice: NEVER",
	"'NEVER'"},
    {"required: [CONTACT, ADDRESS, ARREARS]", "required: [CONTACT, RENT]",
	"required: [CONTACT, RENT]", "unknown category 'RENT'"},
    {"required: [CONTACT, ADDRESS, ARREARS]", "required: []", "required: []",
	"required is empty"},
    {"optional: [CONTACT, SAFETY]", "optional: [ADDRESS, SAFETY]",
	"optional: [ADDRESS, SAFETY]", "ADDRESS is both required and optional"},
    {"NUISANCE, SAFETY,\n", "SAFETY,\n", "required: [ADDRESS, NUISANCE]",
	"NUISANCE, which categories does not list"},
    {"optional: [PHYSICAL_HEALTH, HOUSEHOLD, REQUEST]", "optional: [BSN]",
	"optional: [BSN]", "no role of to may use a BSN"},
    {"required: [CONTACT, ADDRESS, ARREARS]",
	"required: [CONTACT, ADDRESS, BSN]",
	"required: [CONTACT, ADDRESS, BSN]", "no role of from may use a BSN"},
    {"required: [CONTACT, REQUEST]\n    optional: [FINANCE, HOUSEHOLD, BSN]",
	"required: [CONTACT, BSN]", "required: [CONTACT, BSN]",
	"which role corporatie may not use"},
    {"optional: [PHYSICAL_HEALTH, HOUSEHOLD, REQUEST]", "optional: [JUSTICE]",
	"from: [buurtteam, wpi, ggd", "may not see JUSTICE"},
    {"from: [corporatie, politie, buurtteam]",
	"from: [corporatie, wijkverbinder]",
	"from: [corporatie, wijkverbinder]", "resident's word"},
    /* types: by when */
    {"clocks: {decide: 1, contact: 20}", "clocks: {decide: -1, contact: 20}",
	"clocks: {decide: -1", "decide is -1"},
    {"clocks: {decide: 1, contact: 20}", "clocks: {decide: 1}",
	"clocks: {decide: 1}", "decide and contact"},
    {"clocks: {decide: 1, contact: 20}", "clocks: {decide: 1, contact: 2000}",
	"contact: 2000", "contact is 2000"},
    {"activity: acuut-gevaar\n    clocks: {decide: 0",
	"escalation_target: true\n    clocks: {decide: 0",
	"escalation_target: true\n    clocks", "vastgelopen is"},
};

/* The text with the mistake in it. Heap. */
static char *
planted(const char *text, const struct mistake *mistake)
{
	size_t size = strlen(text) + strlen(mistake->to) + 1;
	const char *found = strstr(text, mistake->from);
	char *out = mem_new(size);

	if (found == NULL)
		fail_msg("not in the covenant: %s", mistake->from);
	(void)snprintf(out, size, "%.*s%s%s", (int)(found - text), text,
	    mistake->to, found + strlen(mistake->from));
	return out;
}

static unsigned
line_with(const char *text, const char *wanted)
{
	const char *found = strstr(text, wanted);
	unsigned line = 1;

	if (found == NULL)
		fail_msg("not in the covenant: %s", wanted);
	for (; text < found; text++)
		line += *text == '\n';
	return line;
}

/* Is it refused at the right line, with the right word? */
static bool
is_told(struct world *w, const struct mistake *m)
{
	char *text = planted((const char *)w->text, m);
	char where[32];
	enum wh_err err;
	bool told;

	arena_reset(&w->arena);
	w->why.text[0] = '\0';
	err = covenant_load_text(&w->arena, "c.yaml", span_str(text), &w->reg,
	    &w->why);
	(void)snprintf(where, sizeof(where),
	    "c.yaml:%u: ", line_with(text, m->at));
	told = err == WH_INVALID &&
	       strncmp(w->why.text, where, strlen(where)) == 0 &&
	       strstr(w->why.text, m->word) != NULL;
	if (!told)
		print_error("%s -> %s: expected %s... %s, got %s '%s'\n",
		    m->from, m->to, where, m->word, wh_err_str(err),
		    w->why.text);
	mem_free(text);
	return told;
}

static void
test_every_mistake_has_its_line_and_word(void **state)
{
	size_t missed = 0;

	for (size_t i = 0; i < sizeof(mistakes) / sizeof(mistakes[0]); i++)
		missed += !is_told(*state, &mistakes[i]);
	assert_int_equal(missed, 0);
}

static void
test_a_message_is_never_cut(void **state)
{
	struct world *w = *state;
	size_t longest = 0;

	for (size_t i = 0; i < sizeof(mistakes) / sizeof(mistakes[0]); i++) {
		char *text = planted((const char *)w->text, &mistakes[i]);

		arena_reset(&w->arena);
		w->why.text[0] = '\0';
		(void)covenant_load_text(&w->arena, "nieuw-west.yaml",
		    span_str(text), &w->reg, &w->why);
		if (strlen(w->why.text) > longest)
			longest = strlen(w->why.text);
		mem_free(text);
	}
	assert_in_range(longest, 40, WHY_MAX - 32);
}

static void
test_the_word_all_in_a_text_stays(void **state)
{
	static const struct mistake change =
	    {"text: \"Convenant woonoverlast\"",
		"text: \"Convenant, areas: all\"", NULL, NULL};
	struct world *w = *state;
	char *text = planted((const char *)w->text, &change);
	enum wh_err err = covenant_load_text(&w->arena, "c.yaml",
	    span_str(text), &w->reg, NULL);

	mem_free(text);
	assert_int_equal(err, WH_OK);
	assert_string_equal(register_instrument(&w->reg, "overlast-convenant")
				->text,
	    "Convenant, areas: all");
}

static void
test_failing_leaves_the_answer_untouched(void **state)
{
	struct world *w = *state;

	w->reg.version = 77;
	assert_int_equal(covenant_load_text(&w->arena, "c.yaml",
			     span_str("covenant: x\n"), &w->reg, &w->why),
	    WH_INVALID);
	assert_int_equal(w->reg.version, 77);
	assert_int_equal(covenant_load(&w->arena, "absent.yaml", &w->reg,
			     &w->why),
	    WH_NOT_FOUND);
	assert_non_null(strstr(w->why.text, "absent.yaml"));
}

static void
test_a_full_arena_is_told(void **state)
{
	struct world *w = *state;
	struct arena small;

	arena_init(&small, 2000);
	assert_int_equal(covenant_load(&small, COVENANT, &w->reg, &w->why),
	    WH_TOO_BIG);
	arena_fini(&small);
}

#define CLAIM(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    CLAIM(test_the_shipped_covenant_is_sound),
	    CLAIM(test_what_is_optional_gets_its_default),
	    CLAIM(test_words_and_lists_become_sets),
	    CLAIM(test_until_is_the_last_day),
	    CLAIM(test_areas_are_all_or_a_list),
	    CLAIM(test_every_mistake_has_its_line_and_word),
	    CLAIM(test_a_message_is_never_cut),
	    CLAIM(test_the_word_all_in_a_text_stays),
	    CLAIM(test_failing_leaves_the_answer_untouched),
	    CLAIM(test_a_full_arena_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
