/* SPDX-License-Identifier: EUPL-1.2 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <string.h>

#include "adapters/values.h"
#include "proto/base/clk.h"
#include "proto/base/mem.h"

#define COUNT_OF(a) (sizeof(a) / sizeof((a)[0]))

struct pair {
	const char *in;
	const char *out; /* NULL: refused */
};

static void
test_postcode_has_one_form(void **state)
{
	static const struct pair cases[] = {{"1064HA", "1064HA"},
	    {"1064 HA", "1064HA"}, {" 1064ha ", "1064HA"}, {"1064", "1064"},
	    {"0064HA", NULL}, {"1064H", NULL}, {"1064HAA", NULL},
	    {"106HA", NULL}, {"", NULL}, {"1064 HA 2", NULL}};
	char out[VALUES_POSTCODE_SIZE] = "";

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		enum wh_err err = values_postcode(cases[i].in, out);

		assert_int_equal(err,
		    cases[i].out == NULL ? WH_INVALID : WH_OK);
		if (cases[i].out != NULL)
			assert_string_equal(out, cases[i].out);
	}
}

static void
test_postcode_is_printed_with_a_space_for_who_wants_it(void **state)
{
	char out[VALUES_POSTCODE_SPACED_SIZE];

	(void)state;
	values_postcode_spaced("1064HA", out);
	assert_string_equal(out, "1064 HA");
	values_postcode_spaced("1064", out);
	assert_string_equal(out, "1064");
}

static void
test_house_numbers_are_split(void **state)
{
	static const struct {
		const char *in, *number, *letter, *addition, *text;
	} cases[] = {{"28", "28", "", "", "28"},
	    {"28-H", "28", "", "H", "28-H"}, {"10A", "10", "A", "", "10A"},
	    {"10a", "10", "A", "", "10A"}, {"10A-2", "10", "A", "2", "10A-2"},
	    {"10A2", "10", "A", "2", "10A-2"},
	    {"28 hs", "28", "", "hs", "28-hs"},
	    {"10bis", "10", "", "bis", "10-bis"},
	    {"0012/3 ", "12", "", "3", "12-3"},
	    {"99999", "99999", "", "", "99999"}};
	struct house_number house;
	char text[VALUES_HOUSE_NUMBER_SIZE];

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		assert_int_equal(values_house_number(cases[i].in, &house),
		    WH_OK);
		assert_string_equal(house.number, cases[i].number);
		assert_string_equal(house.letter, cases[i].letter);
		assert_string_equal(house.addition, cases[i].addition);
		values_house_number_text(&house, text);
		assert_string_equal(text, cases[i].text);
	}
	assert_int_equal(values_house_number("", &house), WH_INVALID);
	assert_int_equal(values_house_number("0", &house), WH_INVALID);
	assert_int_equal(values_house_number("H12", &house), WH_INVALID);
	assert_int_equal(values_house_number("100000", &house), WH_INVALID);
	assert_int_equal(values_house_number("1 abcdefghijklmnopqrstuvwxyz",
			     &house),
	    WH_INVALID);
}

static void
test_dates_are_as_precise_as_they_are_known(void **state)
{
	static const char *const good[] = {"", "1987", "1987-04", "1987-04-19",
	    "2024-02-29"};
	static const char *const bad[] = {"87", "1987-13", "1987-00",
	    "2023-02-29", "1987-4-19", "19870419", "1987-04-19T00:00:00Z",
	    "0000", "1987-04-00", "1987/04/19"};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(good); i++)
		assert_int_equal(values_date(good[i]), WH_OK);
	for (size_t i = 0; i < COUNT_OF(bad); i++)
		assert_int_equal(values_date(bad[i]), WH_INVALID);
}

static void
test_stuf_dates_never_invent_a_day(void **state)
{
	static const struct {
		const char *digits;
		char indicator;
		const char *date;
	} cases[] = {{"19870419", 'V', "1987-04-19"},
	    {"19870419", 0, "1987-04-19"}, {"19870401", 'D', "1987-04"},
	    {"19870400", 'V', "1987-04"}, {"198704", 'D', "1987-04"},
	    {"19870101", 'M', "1987"}, {"19870000", 0, "1987"},
	    {"1987", 'M', "1987"}, {"19870101", 'J', ""}, {"00000000", 'V', ""},
	    {"19871301", 'V', NULL}, {"1987", 'V', NULL},
	    {"19870419", 'X', NULL}, {"1987-04-19", 'V', NULL},
	    {"19870019", 'V', NULL}, {"", 'V', NULL}, {"00000419", 'V', NULL}};
	char out[VALUES_DATE_SIZE] = "";

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		enum wh_err err = values_date_from_stuf(cases[i].digits,
		    cases[i].indicator, out);

		assert_int_equal(err,
		    cases[i].date == NULL ? WH_INVALID : WH_OK);
		if (cases[i].date != NULL)
			assert_string_equal(out, cases[i].date);
	}
}

static void
test_dates_go_back_to_stuf_with_their_precision(void **state)
{
	char digits[9], indicator;

	(void)state;
	assert_int_equal(values_date_to_stuf("1987-04-19", digits, &indicator),
	    WH_OK);
	assert_string_equal(digits, "19870419");
	assert_int_equal(indicator, 'V');
	assert_int_equal(values_date_to_stuf("1987", digits, &indicator),
	    WH_OK);
	assert_string_equal(digits, "19870101");
	assert_int_equal(indicator, 'M');
	assert_int_equal(values_date_to_stuf("1987-04", digits, &indicator),
	    WH_OK);
	assert_int_equal(indicator, 'D');
	assert_int_equal(values_date_to_stuf("", digits, &indicator),
	    WH_INVALID);
}

static void
test_stuf_times_get_the_dutch_offset(void **state)
{
	static const struct pair cases[] = {{"20260911143000",
						"2026-09-11T14:30:00+02:00"},
	    {"20261211143000", "2026-12-11T14:30:00+01:00"},
	    {"20260911143000000", "2026-09-11T14:30:00+02:00"},
	    {"20260911143000007", "2026-09-11T14:30:00.007+02:00"},
	    {"2026091114300012", "2026-09-11T14:30:00.120+02:00"},
	    {"202609111430", "2026-09-11T14:30:00+02:00"},
	    {"2026091114", "2026-09-11T14:00:00+02:00"},
	    {"20260911", "2026-09-11"},
	    /* the last Sundays of March and October 2026: 29 and 25 */
	    {"20260329015959", "2026-03-29T01:59:59+01:00"},
	    {"20260329030000", "2026-03-29T03:00:00+02:00"},
	    {"20261025023000", "2026-10-25T02:30:00+02:00"},
	    {"20261025030000", "2026-10-25T03:00:00+01:00"},
	    {"20260911246000", NULL}, {"20260931", NULL}, {"202609111", NULL},
	    {"2026-09-11", NULL}, {"202609111430000001", NULL}};
	char out[VALUES_TIME_SIZE] = "";

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		enum wh_err err = values_time_from_stuf(cases[i].in, out);

		assert_int_equal(err,
		    cases[i].out == NULL ? WH_INVALID : WH_OK);
		if (cases[i].out != NULL)
			assert_string_equal(out, cases[i].out);
	}
}

static void
test_times_go_to_stuf_as_dutch_local_time(void **state)
{
	char out[VALUES_STUF_TIME_SIZE];
	int64_t at;

	(void)state;
	assert_int_equal(clk_parse("2026-09-11T12:30:01.007Z", &at), WH_OK);
	values_time_to_stuf(at, out);
	assert_string_equal(out, "20260911143001007");
	assert_int_equal(clk_parse("2026-12-31T23:30:00Z", &at), WH_OK);
	values_time_to_stuf(at, out);
	assert_string_equal(out, "20270101003000000");
}

static void
test_times_with_a_space_are_dutch_local_time(void **state)
{
	int64_t at, same;

	(void)state;
	assert_int_equal(values_time("2024-05-22 08:28:45", &at), WH_OK);
	assert_int_equal(clk_parse("2024-05-22T06:28:45Z", &same), WH_OK);
	assert_int_equal(at, same);
	assert_int_equal(values_time("2024-05-22T08:28:45+02:00", &at), WH_OK);
	assert_int_equal(at, same);
	assert_int_equal(values_time("2024-05-22 08:28", &at), WH_INVALID);
	assert_int_equal(values_time("2024-05-32 08:28:45", &at), WH_INVALID);
}

static void
test_money_is_read_without_arithmetic_on_floats(void **state)
{
	static const struct {
		const char *text;
		int64_t cents;
	} cases[] = {{"1689.12", 168912}, {"1689,12", 168912},
	    {"1.689,12", 168912}, {"€ 1.689,12", 168912}, {"€1.689,12", 168912},
	    {"EUR 50", 5000}, {"50,-", 5000}, {"-12,5", -1250}, {"0.1", 10},
	    {"1689", 168900}, {"1.234.567", 123456700}, {"7.1000", 710},
	    {"- € 3,00", -300}};
	static const char *const bad[] = {"", "1.689", "1,2345", "12,345,00",
	    "1.23.456", "abc", "1 689", "--1", "1,", "12.3456,00", "."};
	int64_t cents = 0;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		assert_int_equal(values_cents(cases[i].text, &cents), WH_OK);
		assert_int_equal(cents, cases[i].cents);
	}
	for (size_t i = 0; i < COUNT_OF(bad); i++)
		assert_int_equal(values_cents(bad[i], &cents), WH_INVALID);
	assert_int_equal(values_cents("99999999999999999999999", &cents),
	    WH_TOO_BIG);
}

static void
test_json_numbers_keep_their_cents(void **state)
{
	int64_t cents = 0;

	(void)state;
	assert_int_equal(values_cents_real(1689.12, &cents), WH_OK);
	assert_int_equal(cents, 168912);
	assert_int_equal(values_cents_real(0.07, &cents), WH_OK);
	assert_int_equal(cents, 7);
	assert_int_equal(values_cents_real(-2.5, &cents), WH_OK);
	assert_int_equal(cents, -250);
	assert_int_equal(values_cents_real(1200, &cents), WH_OK);
	assert_int_equal(cents, 120000);
	assert_int_equal(values_cents_real(1.005, &cents), WH_INVALID);
	assert_int_equal(values_cents_real(1.689, &cents), WH_INVALID);
	assert_int_equal(values_cents_real(1e-7, &cents), WH_INVALID);
	assert_int_equal(values_cents_real(1e30, &cents), WH_TOO_BIG);
	assert_int_equal(values_cents_real(NAN, &cents), WH_TOO_BIG);
}

static void
test_whole_euros_are_rounded_half_up(void **state)
{
	char text[VALUES_CENTS_SIZE];

	(void)state;
	assert_int_equal(values_cents_to_euro(168949), 1689);
	assert_int_equal(values_cents_to_euro(168950), 1690);
	assert_int_equal(values_cents_to_euro(-150), -1);
	assert_int_equal(values_cents_to_euro(-151), -2);
	values_cents_text(168905, text);
	assert_string_equal(text, "1689.05");
	values_cents_text(-7, text);
	assert_string_equal(text, "-0.07");
}

static void
test_gender_and_language_have_one_code(void **state)
{
	(void)state;
	assert_string_equal(values_gender("v"), "V");
	assert_string_equal(values_gender("man"), "M");
	assert_string_equal(values_gender("Female"), "V");
	assert_string_equal(values_gender("X"), "O");
	assert_null(values_gender(""));
	assert_null(values_gender(NULL));
	assert_string_equal(values_gender_fhir("V"), "female");
	assert_string_equal(values_gender_fhir("M"), "male");
	assert_string_equal(values_gender_fhir(NULL), "unknown");
	assert_string_equal(values_language("Nederlands"), "nld");
	assert_string_equal(values_language("dut"), "nld");
	assert_string_equal(values_language("TUR"), "tur");
	assert_null(values_language("Klingon"));
	assert_null(values_language(NULL));
}

static void
test_phones_become_e164_or_stay_as_written(void **state)
{
	static const struct pair cases[] = {{"0612345678", "+31612345678"},
	    {"06-12345678", "+31612345678"}, {"020 6383068", "+31206383068"},
	    {"+31 (0)6 12 34 56 78", "+31612345678"},
	    {"0031612345678", "+31612345678"},
	    {"+905321234567", "+905321234567"}, {"112", NULL},
	    {"0900-8844", NULL}, {"geen", NULL}, {"", NULL},
	    {"06123456789", NULL}, {"+0612345678", NULL},
	    {"+3161234567812345", NULL}, {"06 12345678 toestel 4", NULL}};
	char out[VALUES_PHONE_SIZE] = "";

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		enum wh_err err = values_phone(cases[i].in, out);

		assert_int_equal(err,
		    cases[i].out == NULL ? WH_INVALID : WH_OK);
		if (cases[i].out != NULL)
			assert_string_equal(out, cases[i].out);
	}
}

static void
test_bsn_must_pass_the_eleven_proof(void **state)
{
	static const char *const good[] = {"999990202", "999990408",
	    "999993896"};
	static const char *const bad[] = {"123456789", "222333444", "999999999",
	    "000000000", "00000000", "99999020", "9999902020", "99999020a", ""};
	char out[VALUES_BSN_SIZE];

	(void)state;
	for (size_t i = 0; i < COUNT_OF(good); i++) {
		assert_int_equal(values_bsn(good[i], out), WH_OK);
		assert_string_equal(out, good[i]);
	}
	for (size_t i = 0; i < COUNT_OF(bad); i++)
		assert_int_equal(values_bsn(bad[i], out), WH_INVALID);
}

static void
test_what_is_cut_says_so(void **state)
{
	char *text;

	(void)state;
	assert_int_equal(values_chars("Oekraïens €"), 11);
	text = values_head("Oekraïens", 9, "WH-1");
	assert_string_equal(text, "Oekraïens");
	mem_free(text);
	text = values_head("éééééééééé éééééééééé éééééééééé éééééééééé", 40,
	    "WH-1");
	assert_string_equal(text, "ééééé… (volledige tekst in wijkhub WH-1)");
	assert_int_equal(values_chars(text), 40);
	mem_free(text);
	assert_null(values_head("een lange tekst", 10, "WH-1"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_postcode_has_one_form),
	    cmocka_unit_test(
		test_postcode_is_printed_with_a_space_for_who_wants_it),
	    cmocka_unit_test(test_house_numbers_are_split),
	    cmocka_unit_test(test_dates_are_as_precise_as_they_are_known),
	    cmocka_unit_test(test_stuf_dates_never_invent_a_day),
	    cmocka_unit_test(test_dates_go_back_to_stuf_with_their_precision),
	    cmocka_unit_test(test_stuf_times_get_the_dutch_offset),
	    cmocka_unit_test(test_times_go_to_stuf_as_dutch_local_time),
	    cmocka_unit_test(test_times_with_a_space_are_dutch_local_time),
	    cmocka_unit_test(test_money_is_read_without_arithmetic_on_floats),
	    cmocka_unit_test(test_json_numbers_keep_their_cents),
	    cmocka_unit_test(test_whole_euros_are_rounded_half_up),
	    cmocka_unit_test(test_gender_and_language_have_one_code),
	    cmocka_unit_test(test_phones_become_e164_or_stay_as_written),
	    cmocka_unit_test(test_bsn_must_pass_the_eleven_proof),
	    cmocka_unit_test(test_what_is_cut_says_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
