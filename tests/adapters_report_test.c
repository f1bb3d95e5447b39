/* SPDX-License-Identifier: EUPL-1.2 */
#include "adapters/json.h"
#include "adapters/report.h"
#include "tests/adapters_told.h"
#include "tests/consent_world.h"

/* What a resident may read of it, and what leaves no trace. */

#define ASKED_MS (TOLD_AT_MS + 2 * DAY_MS)
#define CASE     "018f0000-0000-7000-8000-000000000001"

#define OFFER_DETAILS                                                          \
	"message=018f0000-0000-7000-8000-000000000009\nevent=OFFER\n"          \
	"type=%s\nkind=POLICE_WPG\ncategories=00000402\n"

struct bench {
	struct wh_register reg;
	struct reg_type types[8];
	struct reg_member members[8];
	struct reg_instrument instruments[8];
	struct report report;
};

static void
bench_open(struct bench *b, int64_t now_ms)
{
	b->reg = world;
	memcpy(b->types, world_types, sizeof(world_types));
	memcpy(b->members, world_members, sizeof(world_members));
	memcpy(b->instruments, world_instruments, sizeof(world_instruments));
	for (size_t i = 0; i < COUNT(world_types); i++)
		b->types[i].title_nl = b->types[i].id;
	for (size_t i = 0; i < COUNT(world_members); i++)
		b->members[i].name = b->members[i].id;
	for (size_t i = 0; i < COUNT(world_instruments); i++)
		b->instruments[i].text = b->instruments[i].id;
	b->types[3].delayed_notice = true; /* zorgmelding */
	b->reg.types = b->types;
	b->reg.members = b->members;
	b->reg.instruments = b->instruments;
	report_init(&b->report, &b->reg, "buurtteam", "B-100", now_ms);
}

static json_t *
dossier_of(const char *type, const char *direction, const char *from,
    const char *to)
{
	return json_pack("{s:s, s:s, s:s, s:s, s:{s:s}, s:{s:s}, s:s, "
			 "s:{s:s, s:s}, s:{s:{}}, s:[{s:s, s:s, s:s}]}",
	    "id", CASE, "type", type, "richting", direction, "status",
	    "ACCEPTED", "van", "lid", from, "naar", "lid", to, "aangemaakt",
	    "2026-09-10T00:26:40Z", "grondslag", "soort", "POLICE_WPG",
	    "instrument", "wpg", "gegevens", "CONTACT", "gebeurtenissen",
	    "soort", "aanbieden", "op", "2026-09-10T00:26:40Z", "door", from);
}

/* Handed over, and something later refused. */
static size_t
entries_of(struct mirror_entry out[2], const char *type)
{
	memset(out, 0, 2 * sizeof(*out));
	for (size_t i = 0; i < 2; i++) {
		out[i].index = 5 + i;
		out[i].leaf =
		    (struct audit_leaf){.kind = i == 0 ? AUDIT_HANDOVER
						       : AUDIT_REFUSED,
			.reason = i == 0 ? REASON_NONE : REASON_OBJECTED,
			.at_ms = TOLD_AT_MS,
			.from = "politie",
			.to = "buurtteam"};
		snprintf(out[i].details, sizeof(out[i].details), OFFER_DETAILS,
		    type);
	}
	return 2;
}

static char *
finish(struct bench *b)
{
	char *text = NULL;

	report_close(&b->report);
	assert_int_equal(report_text(&b->report, &text), WH_OK);
	return text;
}

static void
add(struct bench *b, const char *type)
{
	struct mirror_entry entries[2];
	json_t *dossier = dossier_of(type, "ontvangen", "politie", "buurtteam");
	struct report_case one = {.dossier = dossier,
	    .entries = entries,
	    .entry_count = entries_of(entries, type)};

	report_add_case(&b->report, &one);
	json_decref(dossier);
}

static void
test_a_disclosure_says_who_when_what_and_on_what_ground(void **state)
{
	struct bench b;
	const json_t *item;
	char *text;

	(void)state;
	bench_open(&b, ASKED_MS);
	b.types[3].delayed_notice = false;
	add(&b, "zorgmelding");
	text = finish(&b);
	item =
	    json_array_get(json_object_get(b.report.body, "verwijzingen"), 0);
	assert_string_equal(json_text(item, "ander"), "politie");
	assert_non_null(strstr(json_text(item, "tekst"), "10 september 2026"));
	assert_int_equal(strncmp(json_text(item, "herkomst"), "van ", 4), 0);
	assert_non_null(strstr(text, "De politie mag dit delen van de wet"));
	assert_non_null(strstr(text, "Uw naam, geboortedatum"));
	assert_non_null(strstr(text, "De bewoner heeft bezwaar gemaakt"));
	assert_non_null(strstr(text, "Autoriteit Persoonsgegevens"));
	assert_null(strstr(text, "{{"));
	assert_int_equal(json_array_size(b.report.withheld), 0);
	mem_free(text);
	report_fini(&b.report);
}

/* Not in the text, not in a list, not in a count: as if it were not there. */
static void
test_what_is_delayed_leaves_no_trace(void **state)
{
	struct bench with, without;
	const json_t *item;
	char *text, *other, *json, *json_other;

	(void)state;
	bench_open(&with, ASKED_MS);
	bench_open(&without, ASKED_MS);
	add(&with, "zorgmelding");
	text = finish(&with);
	other = finish(&without);
	json = json_dumps(with.report.body, JSON_SORT_KEYS);
	json_other = json_dumps(without.report.body, JSON_SORT_KEYS);
	assert_string_equal(text, other);
	assert_string_equal(json, json_other);
	item = json_array_get(with.report.withheld, 0);
	assert_string_equal(json_text(item, "id"), CASE);
	assert_string_equal(json_text(item, "wijze"), "DELAYED");
	assert_true(json_text(item, "tot")[0] != '\0');
	mem_free(text);
	mem_free(other);
	free(json);
	free(json_other);
	report_fini(&with.report);
	report_fini(&without.report);
}

static void
test_what_was_delayed_is_shown_when_its_time_has_come(void **state)
{
	struct bench b;
	char *text;

	(void)state;
	bench_open(&b, ASKED_MS + 60 * DAY_MS);
	add(&b, "zorgmelding");
	text = finish(&b);
	assert_int_equal(json_array_size(
			     json_object_get(b.report.body, "verwijzingen")),
	    1);
	assert_int_equal(json_array_size(b.report.withheld), 0);
	mem_free(text);
	report_fini(&b.report);
}

/* A later message of a referral that is known has a delay of its own. */
static void
test_a_later_message_is_delayed_by_itself(void **state)
{
	struct bench b;
	struct mirror_entry entries[2];
	json_t *dossier =
	    dossier_of("zorgmelding", "ontvangen", "politie", "buurtteam");
	struct report_case one = {.dossier = dossier,
	    .entries = entries,
	    .entry_count = entries_of(entries, "zorgmelding")};
	const json_t *item;
	char *text;

	(void)state;
	bench_open(&b, ASKED_MS + 60 * DAY_MS);
	entries[1].leaf.at_ms = ASKED_MS + 59 * DAY_MS;
	report_add_case(&b.report, &one);
	text = finish(&b);
	item =
	    json_array_get(json_object_get(b.report.body, "verwijzingen"), 0);
	assert_int_equal(json_array_size(json_object_get(item, "gedeeld")), 1);
	assert_int_equal(json_array_size(
			     json_object_get(b.report.body, "weigeringen")),
	    0);
	mem_free(text);
	json_decref(dossier);
	report_fini(&b.report);
}

/* The leaf stays: that something went, from whom, to whom and when. */
static void
test_what_was_erased_in_the_log_is_said_to_be(void **state)
{
	struct bench b;
	struct mirror_entry entries[2];
	json_t *dossier =
	    dossier_of("geldzorgen", "verzonden", "buurtteam", "wpi");
	struct report_case one = {.dossier = dossier,
	    .entries = entries,
	    .entry_count = entries_of(entries, "geldzorgen")};
	const json_t *item, *shared;
	char *text;

	(void)state;
	bench_open(&b, ASKED_MS);
	for (size_t i = 0; i < 2; i++) {
		entries[i].leaf.kind = AUDIT_HANDOVER;
		entries[i].details[0] = '\0';
		str_copy(entries[i].leaf.from, sizeof(entries[i].leaf.from),
		    i == 0 ? "buurtteam" : "wpi");
		str_copy(entries[i].leaf.to, sizeof(entries[i].leaf.to),
		    i == 0 ? "wpi" : "buurtteam");
	}
	report_add_case(&b.report, &one);
	text = finish(&b);
	item =
	    json_array_get(json_object_get(b.report.body, "verwijzingen"), 0);
	shared = json_object_get(item, "gedeeld");
	assert_int_equal(json_array_size(shared), 2);
	assert_non_null(strstr(json_text(json_array_get(shared, 0), "tekst"),
	    "ging een bericht van buurtteam naar wpi. Wat erin stond, is in "
	    "het logboek gewist."));
	assert_int_equal(json_array_size(
			     json_object_get(b.report.body, "ontvangers")),
	    1);
	assert_non_null(strstr(text, "gewist"));
	mem_free(text);
	json_decref(dossier);
	report_fini(&b.report);
}

static void
test_a_withheld_permission_names_its_article_to_the_officer_only(void **state)
{
	struct bench b;
	struct permission permission = {.permission_id = {{7}},
	    .kind = KIND_PUBLIC_TASK,
	    .type_count = 1,
	    .types = {"overlast"},
	    .captured_by = "politie",
	    .valid_from_ms = TOLD_AT_MS,
	    .valid_until_ms = ASKED_MS + DAY_MS,
	    .disclosure = DISCLOSURE_WITHHELD,
	    .disclosure_article = "Wpg art. 27"};
	struct permit permit = {.permission = permission,
	    .standing = {.state = PERMISSION_GIVEN}};
	char *text;

	(void)state;
	bench_open(&b, ASKED_MS);
	report_add_permit(&b.report, &permit);
	text = finish(&b);
	assert_null(strstr(text, "Wpg"));
	assert_string_equal(json_text(json_array_get(b.report.withheld, 0),
				"grond"),
	    "Wpg art. 27");
	mem_free(text);
	report_fini(&b.report);
}

static void
test_a_withdrawal_shows_both_stages_and_how_far_it_came(void **state)
{
	struct bench b;
	json_t *consent = json_pack("{s:s, s:s, s:s, s:[s], s:[s], s:[s, s], "
				    "s:s, s:s, s:{s:s, s:s, s:n, s:[{s:s, "
				    "s:s, s:s}, {s:s, s:s, s:s}]}}",
	    "id", CASE, "soort", "CONSENT_AVG", "status", "WITHDRAWN",
	    "partijen", "wpi", "typen", "geldzorgen", "categorieen", "CONTACT",
	    "FINANCE", "aangemaakt", "2026-09-10T00:26:40Z", "geldigTot",
	    "2027-09-10T00:26:40Z", "intrekking", "gevraagd",
	    "2026-09-11T00:00:00Z", "vastgelegd", "2026-09-11T00:00:01Z",
	    "doorgevoerd", "bereik", "verwijzing", CASE, "aan", "wpi", "bereik",
	    "READ_RECIPIENT_NOTIFIED", "aan", "politie", "bereik",
	    "RETAINED_WITH_GROUND", "artikel", "Archiefwet-3");
	char *text;

	(void)state;
	assert_non_null(consent);
	bench_open(&b, ASKED_MS);
	report_add_consent(&b.report, consent, NULL);
	text = finish(&b);
	assert_non_null(strstr(text, "u vroeg om te stoppen"));
	assert_non_null(strstr(text, "legde vast dat het niet meer mag"));
	assert_null(strstr(text, "iedereen die uw gegevens had"));
	assert_non_null(strstr(text, "had het bericht al gelezen"));
	assert_non_null(strstr(text, "De grond is: Archiefwet-3."));
	assert_non_null(strstr(text, "Uw geld en uw schulden"));
	mem_free(text);
	json_decref(consent);
	report_fini(&b.report);
}

static void
test_a_permission_of_another_member_shows_when_it_ended(void **state)
{
	struct bench b;
	struct permission permission = {.permission_id = {{7}},
	    .kind = KIND_CONSENT_AVG,
	    .type_count = 1,
	    .types = {"geldzorgen"},
	    .captured_by = "wpi",
	    .valid_from_ms = TOLD_AT_MS,
	    .valid_until_ms = ASKED_MS + DAY_MS,
	    .disclosure = DISCLOSURE_IMMEDIATE};
	struct permit permit = {.permission = permission,
	    .standing = {.state = PERMISSION_WITHDRAWN,
		.since_ms = TOLD_AT_MS + DAY_MS}};
	char *text;

	(void)state;
	bench_open(&b, ASKED_MS);
	report_add_permit(&b.report, &permit);
	text = finish(&b);
	assert_non_null(strstr(text, "dit is gestopt. Het mag niet meer."));
	mem_free(text);
	report_fini(&b.report);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(
		test_a_disclosure_says_who_when_what_and_on_what_ground),
	    cmocka_unit_test(test_what_is_delayed_leaves_no_trace),
	    cmocka_unit_test(
		test_what_was_delayed_is_shown_when_its_time_has_come),
	    cmocka_unit_test(test_a_later_message_is_delayed_by_itself),
	    cmocka_unit_test(test_what_was_erased_in_the_log_is_said_to_be),
	    cmocka_unit_test(
		test_a_withheld_permission_names_its_article_to_the_officer_only),
	    cmocka_unit_test(
		test_a_withdrawal_shows_both_stages_and_how_far_it_came),
	    cmocka_unit_test(
		test_a_permission_of_another_member_shows_when_it_ended),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
