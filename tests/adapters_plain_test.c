/* SPDX-License-Identifier: EUPL-1.2 */
#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "adapters/plain.h"
#include "adapters/question.h"
#include "proto/base/clk.h"
#include "proto/base/hash.h"
#include "proto/base/mem.h"
#include "proto/base/text.h"

/* What residents read is plain, in both languages, and complete. */

#define WORDS_MAX   15
#define LETTERS_MAX 20
#define COUNT(a)    (sizeof(a) / sizeof((a)[0]))

typedef void check_fn(enum plain_language language, const char *text);

/* From first on: in tables by number 0 is not used. */
static void
each_of(enum plain_language language, const char *const *texts, size_t first,
    size_t count, check_fn *check)
{
	for (size_t i = first; i < count; i++) {
		if (texts[i] == NULL || texts[i][0] == '\0')
			fail_msg("%s: text %zu is missing",
			    plain_words(language)->language, i);
		check(language, texts[i]);
	}
}

static void
each_text(enum plain_language language, check_fn *check)
{
	const struct plain_words *w = plain_words(language);
	const struct plain_label *label;

	each_of(language, w->months, 0, COUNT(w->months), check);
	each_of(language, w->category, 1, COUNT(w->category), check);
	each_of(language, w->kind, 1, COUNT(w->kind), check);
	each_of(language, w->disclosure, 1, COUNT(w->disclosure), check);
	each_of(language, w->capture, 1, COUNT(w->capture), check);
	each_of(language, w->standing, 1, COUNT(w->standing), check);
	each_of(language, w->question, 1, COUNT(w->question), check);
	each_of(language, w->ending, 1, COUNT(w->ending), check);
	for (label = w->labels; label->name != NULL; label++)
		check(language, label->text);
}

static void
every_text(check_fn *check)
{
	for (enum plain_language i = 0; i < PLAIN_LANGUAGES; i++)
		each_text(i, check);
}

static void
test_no_word_of_a_table_lacks_its_text(void **state)
{
	/* each_of() fails for what is missing; these are the tables' ends. */
	static const struct {
		enum terms_table table;
		size_t count;
	} tables[] = {
	    {TERMS_CATEGORIES, COUNT(plain_nl.category)},
	    {TERMS_PERMISSION_KINDS, COUNT(plain_nl.kind)},
	    {TERMS_DISCLOSURES, COUNT(plain_nl.disclosure)},
	    {TERMS_CAPTURES, COUNT(plain_nl.capture)},
	    {TERMS_PERMISSION_EVENTS, COUNT(plain_nl.standing)},
	};
	const struct term *term;

	(void)state;
	for (size_t i = 0; i < COUNT(tables); i++) {
		size_t words = 0;

		for (term = terms_all(tables[i].table); term->text != NULL;
		     term++)
			words++;
		assert_int_equal(words + 1, tables[i].count);
	}
}

static void
test_both_languages_have_the_same_labels(void **state)
{
	const struct plain_label *nl = plain_nl.labels;
	const struct plain_label *en = plain_en.labels;

	(void)state;
	for (; nl->name != NULL && en->name != NULL; nl++, en++)
		assert_string_equal(nl->name, en->name);
	assert_null(nl->name);
	assert_null(en->name);
}

/* As it is read: a place is a word, a section is nothing. */
static void
without_places(const char *text, char *out)
{
	while (*text != '\0') {
		if (strncmp(text, "{{", 2) != 0) {
			*out++ = *text++;
			continue;
		}
		if (strchr("#^/", text[2]) == NULL)
			*out++ = 'X';
		text = strstr(text, "}}") + 2;
	}
	*out = '\0';
}

static size_t
letters_in(const char *word, size_t len)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++)
		n += ((unsigned char)word[i] & 0xc0) != 0x80;
	return n;
}

static bool
ends_sentence(const char *word, size_t len)
{
	return len > 0 && strchr(".?!:", word[len - 1]) != NULL;
}

static void
is_short(enum plain_language language, const char *text)
{
	char plain[2048];
	const char *word;
	size_t len, words = 0;

	(void)language;
	assert_true(strlen(text) < sizeof(plain));
	without_places(text, plain);
	for (word = plain; *word != '\0'; word += len) {
		if (*word == '\n')
			words = 0;
		word += strspn(word, " \n-");
		len = strcspn(word, " \n");
		words += len > 0;
		if (letters_in(word, len) > LETTERS_MAX)
			fail_msg("a word too long: %s", word);
		if (words > WORDS_MAX)
			fail_msg("a sentence too long, at: %s", word);
		if (ends_sentence(word, len) || (len > 0 && word[len] == '\n'))
			words = 0;
	}
}

static void
test_sentences_and_words_are_short(void **state)
{
	(void)state;
	every_text(is_short);
}

/* As a word of its own, in any case. */
static bool
has_word(const char *text, const char *word)
{
	size_t len = strlen(word);

	for (const char *at = text; *at != '\0'; at++)
		if (strncasecmp(at, word, len) == 0 &&
		    (at == text || !isalpha((unsigned char)at[-1])) &&
		    !isalpha((unsigned char)at[len]))
			return true;
	return false;
}

static void
lacks_words(const char *text, const char *const *words)
{
	char plain[2048];

	without_places(text, plain);
	for (; *words != NULL; words++)
		if (has_word(plain, *words))
			fail_msg("\"%s\" in: %s", *words, text);
}

/* Of the other language; only words that the own one does not have. */
static void
is_own_language(enum plain_language language, const char *text)
{
	static const char *const english[] = {"the", "and", "you", "your",
	    "with", "this", "that", "share", "may", "until", "consent", "data",
	    "permission", "receipt", "code of", NULL};
	static const char *const dutch[] = {"de", "het", "een", "uw", "u",
	    "met", "wij", "delen", "dit", "niet", "tot", "gegevens", NULL};

	lacks_words(text, language == PLAIN_NL ? english : dutch);
}

static void
test_no_language_is_mixed(void **state)
{
	(void)state;
	every_text(is_own_language);
}

/* Passive voice, and what only lawyers and offices say. */
static void
is_everyday(enum plain_language language, const char *text)
{
	static const char *const nl[] = {"wordt", "worden", "werd", "werden",
	    "geworden", "dient", "dienen", "teneinde", "middels", "conform",
	    "inzake", "betreffende", "hierbij", "alsmede", "tevens",
	    "verstrekken", "verstrekt", "verwerken", "verwerking", "grondslag",
	    "betrokkene", "derden", "intrekken", "intrekking", "herroepen",
	    "rechtmatig", "verwerkingsverantwoordelijke", "doeleinden",
	    "persoonsgegevens van", "convenant", "categorie", "alwaar",
	    "desgewenst", "kenbaar", "ten behoeve", "op grond van", NULL};
	static const char *const en[] = {"pursuant", "hereby", "herein",
	    "thereof", "whereas", "shall", "consent", "revoke", "withdraw",
	    "processing", "controller", "data subject", "lawful", "legal basis",
	    "third parties", "covenant", "category", "purposes", "is shared",
	    "are shared", "be shared", "was shared", "were shared",
	    "with regard to", "in accordance", "prior to", NULL};

	lacks_words(text, language == PLAIN_NL ? nl : en);
}

static void
test_nothing_is_passive_or_jargon(void **state)
{
	(void)state;
	every_text(is_everyday);
}

/* As a whole word, written as a code. */
static void
has_no_code(enum plain_language language, const char *text)
{
	static const enum terms_table tables[] = {TERMS_CATEGORIES,
	    TERMS_PERMISSION_KINDS, TERMS_DISCLOSURES, TERMS_CAPTURES,
	    TERMS_PERMISSION_EVENTS};
	const struct term *term;
	const char *at;

	(void)language;
	for (size_t i = 0; i < COUNT(tables); i++)
		for (term = terms_all(tables[i]); term->text != NULL; term++) {
			at = strstr(text, term->text);
			if (at != NULL)
				fail_msg("a code in: %s", text);
		}
}

static void
test_nothing_is_in_code_form(void **state)
{
	(void)state;
	every_text(has_no_code);
}

/* The checks find what they are for. */
static void
test_the_lists_of_words_find_words(void **state)
{
	(void)state;
	assert_true(has_word("Dit wordt gedeeld.", "wordt"));
	assert_true(has_word("The end", "the"));
	assert_false(has_word("andere", "and"));
	assert_false(has_word("uw", "u"));
}

/* Texts under a version are for ever: a record holds the hash of one. */
static void
add_texts(char *all, size_t size, const char *const *texts, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		size_t len = strlen(all);

		snprintf(all + len, size - len, "%s\n",
		    texts[i] == NULL ? "" : texts[i]);
	}
}

static void
test_what_is_asked_changes_only_with_its_version(void **state)
{
	static const char *const versions[QUESTION_VERSION + 1] = {NULL,
	    "da8f00608aba4ca18af4146e7391c2db672fdf7472d919920d9647db45f760aa"};
	char *all = mem_new(65536);
	char hex[2 * HASH_LEN + 1];
	struct hash hash;

	(void)state;
	for (enum plain_language i = 0; i < PLAIN_LANGUAGES; i++) {
		const struct plain_words *w = plain_words(i);

		add_texts(all, 65536, w->question, COUNT(w->question));
		add_texts(all, 65536, w->category, COUNT(w->category));
		add_texts(all, 65536, w->months, COUNT(w->months));
	}
	hash = hash_span(span_str(all));
	hex_encode(span_of(hash.b, HASH_LEN), hex);
	mem_free(all);
	/* Other words: raise QUESTION_VERSION and add their hash. */
	assert_string_equal(hex, versions[QUESTION_VERSION]);
}

static void
is_date(const char *at, const char *nl, const char *en)
{
	char out[PLAIN_DATE_SIZE];
	int64_t ms;

	assert_int_equal(clk_parse(at, &ms), WH_OK);
	plain_date(PLAIN_NL, ms, out);
	assert_string_equal(out, nl);
	plain_date(PLAIN_EN, ms, out);
	assert_string_equal(out, en);
}

static void
test_days_are_those_of_amsterdam(void **state)
{
	(void)state;
	is_date("2027-11-26T22:59:59Z", "26 november 2027", "26 November 2027");
	is_date("2027-11-26T23:00:00Z", "27 november 2027", "27 November 2027");
	is_date("2027-06-30T22:00:00Z", "1 juli 2027", "1 July 2027");
	is_date("2028-02-29T12:00:00Z", "29 februari 2028", "29 February 2028");
	is_date("2027-12-31T23:30:00Z", "1 januari 2028", "1 January 2028");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_no_word_of_a_table_lacks_its_text),
	    cmocka_unit_test(test_both_languages_have_the_same_labels),
	    cmocka_unit_test(test_sentences_and_words_are_short),
	    cmocka_unit_test(test_no_language_is_mixed),
	    cmocka_unit_test(test_nothing_is_passive_or_jargon),
	    cmocka_unit_test(test_nothing_is_in_code_form),
	    cmocka_unit_test(test_the_lists_of_words_find_words),
	    cmocka_unit_test(test_what_is_asked_changes_only_with_its_version),
	    cmocka_unit_test(test_days_are_those_of_amsterdam),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
