/* SPDX-License-Identifier: EUPL-1.2 */
#include "adapters/json.h"
#include "adapters/log_view.h"
#include "consent/audit_leaf.h"
#include "tests/adapters_told.h"

/* The log in plain Dutch. */

#define ACCEPTED_DETAILS                                                       \
	"message=018f0000-0000-7000-8000-000000000009\nevent=OFFER\n"          \
	"type=geldzorgen\narea=osdorp\nkind=CONSENT_AVG\n"                     \
	"permission=018f0000-0000-7000-8000-000000000004\n"                    \
	"categories=00000006\ncode=NONE\n"

static struct mirror_entry
entry_of(enum audit_kind kind, uint16_t reason, const char *details)
{
	struct mirror_entry entry = {.index = 12,
	    .leaf = {.kind = kind,
		.reason = reason,
		.at_ms = TOLD_AT_MS,
		.case_ref = {{5}},
		.from = "buurtteam",
		.to = "wpi"},
	    .has_details = true};

	assert_int_equal(str_copy(entry.details, sizeof(entry.details),
			     details),
	    WH_OK);
	return entry;
}

/* A kind that was added without a sentence would be told as "nieuwe soort". */
static void
test_every_kind_has_a_word_and_a_sentence_of_its_own(void **state)
{
#define KIND_OF(symbol, number, text) symbol,
	static const enum audit_kind all[] = {TERMS_AUDIT_KIND(KIND_OF)};
#undef KIND_OF
	char texts[sizeof(all) / sizeof(all[0])][LOG_VIEW_TEXT];

	(void)state;
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		struct mirror_entry entry = entry_of(all[i], 5, "");
		enum audit_kind back;

		assert_non_null(log_view_kind(all[i]));
		assert_int_equal(log_view_kind_parse(log_view_kind(all[i]),
				     &back),
		    WH_OK);
		assert_int_equal(back, all[i]);
		log_view_text(&entry, NULL, texts[i]);
		assert_null(strstr(texts[i], "nieuwe soort"));
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(texts[i], texts[k]);
	}
}

static void
test_an_accepted_referral_says_who_what_and_why(void **state)
{
	struct mirror_entry entry =
	    entry_of(AUDIT_ACCEPTED, 0, ACCEPTED_DETAILS);
	json_t *view = log_view(&entry, NULL);

	(void)state;
	assert_string_equal(json_text(view, "tekst"),
	    "buurtteam stuurde een verwijzing (geldzorgen) aan wpi. Het mocht "
	    "door.");
	assert_string_equal(json_text(view, "oordeel"), "toegestaan");
	assert_string_equal(json_text(view, "gebeurtenis"), "aanbieden");
	assert_string_equal(json_text(view, "bewijs"), "/v1/logboek/12/bewijs");
	assert_string_equal(json_text(json_object_get(view, "grondslag"),
				"soort"),
	    "CONSENT_AVG");
	assert_int_equal(json_array_size(json_object_get(view, "categorieen")),
	    2);
	json_decref(view);
}

static void
test_a_refusal_says_why_in_plain_words(void **state)
{
	struct mirror_entry entry = entry_of(AUDIT_REFUSED,
	    REASON_PERMISSION_WITHDRAWN, ACCEPTED_DETAILS);
	json_t *view = log_view(&entry, NULL);

	(void)state;
	assert_non_null(strstr(json_text(view, "tekst"),
	    "Dat is geweigerd. De toestemming is ingetrokken."));
	assert_string_equal(json_text(view, "reden"), "PERMISSION_WITHDRAWN");
	assert_string_equal(json_text(view, "oordeel"), "geweigerd");
	assert_true(strlen(json_text(view, "uitleg")) > 20);
	json_decref(view);
}

static void
test_erased_details_leave_a_whole_sentence(void **state)
{
	struct mirror_entry entry = entry_of(AUDIT_ACCEPTED, 0, "");
	json_t *view;

	(void)state;
	entry.has_details = false;
	view = log_view(&entry, NULL);
	assert_string_equal(json_text(view, "tekst"),
	    "buurtteam stuurde een bericht aan wpi. Het mocht door.");
	assert_true(json_is_false(json_object_get(view, "details")));
	assert_null(json_object_get(view, "grondslag"));
	json_decref(view);
}

/* Of an end that was taken nothing but the leaf is left. */
static void
test_an_erased_permission_leaves_whole_sentences(void **state)
{
	struct mirror_entry taken = entry_of(AUDIT_DELIVERED, 0, "");
	struct mirror_entry kept = entry_of(AUDIT_PERMISSION, 0, "");
	struct mirror_entry erased = entry_of(AUDIT_ERASED, 0,
	    "subject=018f0000-0000-4000-8000-000000000004\n");
	char text[LOG_VIEW_TEXT];

	(void)state;
	taken.has_details = kept.has_details = false;
	taken.leaf.case_ref = kept.leaf.case_ref = (struct id){{0}};
	taken.leaf.from[0] = '\0';
	log_view_text(&taken, NULL, text);
	assert_string_equal(text,
	    "wpi ontving dat een grondslag is beëindigd, en bewaarde dat.");
	log_view_text(&kept, NULL, text);
	assert_string_equal(text,
	    "buurtteam legde een grondslag vast om te delen met wpi: details "
	    "gewist.");
	erased.leaf.case_ref = (struct id){{0}};
	erased.leaf.from[0] = erased.leaf.to[0] = '\0';
	log_view_text(&erased, NULL, text);
	assert_string_equal(text,
	    "De details over een grondslag zijn gewist: de termijn is voorbij. "
	    "De regels zelf blijven.");
}

static struct log_filter
anything(void)
{
	return (struct log_filter){.kind = "",
	    .reason = "",
	    .partner = "",
	    .category = "",
	    .ground = "",
	    .verdict = ""};
}

static bool
matches(const struct mirror_entry *entry, const struct log_filter *filter)
{
	return log_view_leaf_matches(entry, filter) &&
	       log_view_details_match(entry, filter);
}

static void
test_each_filter_lets_through_what_it_asks_for(void **state)
{
	static const struct {
		size_t field;
		const char *yes;
		const char *no;
	} rows[] = {
	    {offsetof(struct log_filter, kind), "geweigerd", "toegelaten"},
	    {offsetof(struct log_filter, reason), "OBJECTED", "TOO_BIG"},
	    {offsetof(struct log_filter, partner), "wpi", "politie"},
	    {offsetof(struct log_filter, partner), "buurtteam", "buurt"},
	    {offsetof(struct log_filter, category), "CONTACT", "BSN"},
	    {offsetof(struct log_filter, ground), "CONSENT_AVG", "POLICE_WPG"},
	    {offsetof(struct log_filter, verdict), "geweigerd", "toegestaan"},
	};
	struct mirror_entry entry = entry_of(AUDIT_REFUSED, REASON_OBJECTED,
	    "kind=CONSENT_AVG\ncategories=00000006\n");
	struct log_filter filter = anything();

	(void)state;
	assert_true(matches(&entry, &filter));
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		filter = anything();
		memcpy((char *)&filter + rows[i].field, &rows[i].yes,
		    sizeof(rows[i].yes));
		assert_true(matches(&entry, &filter));
		memcpy((char *)&filter + rows[i].field, &rows[i].no,
		    sizeof(rows[i].no));
		assert_false(matches(&entry, &filter));
	}
}

static void
test_a_period_begins_with_its_start_and_ends_before_its_end(void **state)
{
	struct mirror_entry entry = entry_of(AUDIT_STATE, 3, "");
	struct log_filter filter = anything();

	(void)state;
	filter.since_ms = TOLD_AT_MS;
	filter.until_ms = TOLD_AT_MS + 1;
	assert_true(matches(&entry, &filter));
	filter.until_ms = TOLD_AT_MS;
	assert_false(matches(&entry, &filter));
	filter.until_ms = 0;
	filter.since_ms = TOLD_AT_MS + 1;
	assert_false(matches(&entry, &filter));
	filter.since_ms = 0;
	filter.has_case = true;
	filter.case_ref = (struct id){{6}};
	assert_false(matches(&entry, &filter));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(
		test_every_kind_has_a_word_and_a_sentence_of_its_own),
	    cmocka_unit_test(test_an_accepted_referral_says_who_what_and_why),
	    cmocka_unit_test(test_a_refusal_says_why_in_plain_words),
	    cmocka_unit_test(test_erased_details_leave_a_whole_sentence),
	    cmocka_unit_test(test_an_erased_permission_leaves_whole_sentences),
	    cmocka_unit_test(test_each_filter_lets_through_what_it_asks_for),
	    cmocka_unit_test(
		test_a_period_begins_with_its_start_and_ends_before_its_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
