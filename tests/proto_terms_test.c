/* SPDX-License-Identifier: EUPL-1.2 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "proto/terms.h"

#define TABLE_COUNT (TERMS_WITNESS_VERDICTS + 1)

static void
check_differs_from_those_before(const struct term *all, const struct term *term)
{
	for (const struct term *before = all; before < term; before++) {
		assert_int_not_equal(term->number, before->number);
		assert_string_not_equal(term->text, before->text);
	}
}

static void
test_each_number_and_word_is_used_once(void **state)
{
	(void)state;
	for (int i = 0; i < TABLE_COUNT; i++) {
		const struct term *all = terms_all((enum terms_table)i);

		for (const struct term *t = all; t->text != NULL; t++)
			check_differs_from_those_before(all, t);
	}
}

static void
test_words_and_numbers_lead_to_each_other(void **state)
{
	(void)state;
	for (int i = 0; i < TABLE_COUNT; i++) {
		enum terms_table table = (enum terms_table)i;
		const struct term *t = terms_all(table);

		assert_non_null(t->text);
		for (; t->text != NULL; t++) {
			uint32_t number = UINT32_MAX;

			assert_int_equal(terms_number(table, t->text, &number),
			    WH_OK);
			assert_int_equal(number, t->number);
			assert_string_equal(terms_text(table, number), t->text);
		}
	}
}

static void
test_what_no_table_holds_is_not_found(void **state)
{
	(void)state;
	for (int i = 0; i < TABLE_COUNT; i++) {
		enum terms_table table = (enum terms_table)i;
		uint32_t number = 99;

		assert_null(terms_text(table, 1000));
		assert_null(terms_text(table, UINT32_MAX));
		assert_int_equal(terms_number(table, "", &number),
		    WH_NOT_FOUND);
		assert_int_equal(terms_number(table, "contact", &number),
		    WH_NOT_FOUND);
		assert_int_equal(number, 99);
	}
}

/* Zero on the wire is "not given": only where that has a meaning of its own. */
static void
test_zero_is_a_word_in_four_tables_only(void **state)
{
	(void)state;
	for (int i = 0; i < TABLE_COUNT; i++) {
		enum terms_table table = (enum terms_table)i;
		const char *zero = terms_text(table, 0);

		if (table == TERMS_REASONS || table == TERMS_CODES ||
		    table == TERMS_REACHES || table == TERMS_REPRESENTATIVES)
			assert_string_equal(zero, "NONE");
		else
			assert_null(zero);
	}
}

/* The numbers travel: these are fixed for ever. */
static void
test_numbers_of_the_contract_stay(void **state)
{
	(void)state;
	assert_string_equal(terms_text(TERMS_CATEGORIES, 3), "BSN");
	assert_string_equal(terms_text(TERMS_CATEGORIES, 22), "JUSTICE");
	assert_string_equal(terms_text(TERMS_EVENTS, EVENT_ENVELOPE_MAX),
	    "REVIEW");
	assert_string_equal(terms_text(TERMS_EVENTS, 24), "TAKE_OVER");
	assert_string_equal(terms_text(TERMS_CODES, 49), "NOT_JUSTIFIED");
	assert_string_equal(terms_text(TERMS_STATES, 14), "WITHDRAWN");
	assert_string_equal(terms_text(TERMS_PERMISSION_KINDS, 7),
	    "VITAL_INTEREST");
	assert_string_equal(terms_text(TERMS_PERMISSION_EVENTS, 5),
	    "WITHDRAWN");
	assert_string_equal(terms_text(TERMS_REASONS, 14), "STALE_EPOCH");
	assert_string_equal(terms_text(TERMS_CODES, 32), "HELPED");
	assert_string_equal(terms_text(TERMS_REACHES, 5),
	    "RETAINED_WITH_GROUND");
	assert_string_equal(terms_text(TERMS_REPRESENTATIVES, 4),
	    "BEWINDVOERDER");
	assert_string_equal(terms_text(TERMS_CAPTURES, 4), "ONLINE");
	assert_string_equal(terms_text(TERMS_DISCLOSURES, 3), "WITHHELD");
	assert_string_equal(terms_text(TERMS_KEY_USES, 3), "SEALING");
	assert_string_equal(terms_text(TERMS_BUSIES, 4), "OVERLOADED");
	assert_string_equal(terms_text(TERMS_WITNESS_VERDICTS, 5), "BAD_PROOF");
}

static void
test_the_categories_are_ten_and_the_leefgebieden_in_order(void **state)
{
	uint32_t all = 0;
	unsigned count = 0;

	(void)state;
	for (const struct term *t = terms_all(TERMS_CATEGORIES);
	     t->text != NULL; t++) {
		enum category category = (enum category)t->number;

		assert_int_equal(t->number, ++count);
		assert_int_equal(category_leefgebied(category),
		    count <= 10 ? 0 : count - 10);
		assert_int_equal(all & category_bit(category), 0);
		all |= category_bit(category);
	}
	assert_int_equal(count, CATEGORY_COUNT);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_each_number_and_word_is_used_once),
	    cmocka_unit_test(test_words_and_numbers_lead_to_each_other),
	    cmocka_unit_test(test_what_no_table_holds_is_not_found),
	    cmocka_unit_test(test_zero_is_a_word_in_four_tables_only),
	    cmocka_unit_test(test_numbers_of_the_contract_stay),
	    cmocka_unit_test(
		test_the_categories_are_ten_and_the_leefgebieden_in_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
