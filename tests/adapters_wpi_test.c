/* SPDX-License-Identifier: EUPL-1.2 */
#include "tests/adapters_wpi.h"

#define MADE                                                                   \
	"{\"klantcontact\": {\"uuid\": \"" CONTACT "\"},"                      \
	"\"betrokkene\": {\"uuid\": \"" PERSON "\"}}"
#define TASKED "{\"uuid\": \"" TASK "\", \"status\": \"te_verwerken\"}"

static json_t *
last_event(json_t *dossier)
{
	json_t *all = json_object_get(dossier, "gebeurtenissen");

	return json_array_get(all, json_array_size(all) - 1);
}

static json_t *
section(json_t *dossier, const char *name)
{
	return json_object_get(json_object_get(dossier, "gegevens"), name);
}

/* The first request for a dossier: its body, owned by the caller. */
static json_t *
contact_for(json_t *dossier)
{
	void *adapter = adapter_open(NULL);
	struct run run;
	json_t *body;

	run_start(&run, adapter, dossier, last_event(dossier));
	expect_request(&run, "POST", "/maak-klantcontact");
	body = run_body(&run);
	run_end(&run);
	wpi_ops.close(adapter);
	return body;
}

static json_t *
task_with(json_t *dossier, const char *const *settings)
{
	void *adapter = adapter_open(settings);
	struct run run;
	json_t *body;

	run_start(&run, adapter, dossier, last_event(dossier));
	run_answer(&run, 201, MADE);
	while (strcmp(run.step.url, "/digitaleadressen") == 0)
		run_answer(&run, 201, "{}");
	expect_request(&run, "POST", "/internetaken");
	body = run_body(&run);
	json_object_del(dossier, "bron"); /* as if it were not made */
	run_end(&run);
	wpi_ops.close(adapter);
	return body;
}

static const char *
text_at(const json_t *object, const char *first, const char *second)
{
	return json_string_value(
	    json_object_get(json_object_get(object, first), second));
}

static const char *
text_in(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

static void
test_a_referral_becomes_exactly_these_documents(void **state)
{
	json_t *dossier = sample("dossier-geldzorgen");
	void *adapter = adapter_open(NULL);
	struct run run;

	(void)state;
	run_start(&run, adapter, dossier, last_event(dossier));
	expect_request(&run, "POST", "/maak-klantcontact");
	assert_string_equal(run.step.content_type, "application/json");
	expect_body(&run, "out/maak-klantcontact");
	run_answer(&run, 201, MADE);
	assert_string_equal(text_in(run.step.note, "klantcontact"), CONTACT);
	expect_request(&run, "POST", "/digitaleadressen");
	expect_body(&run, "out/digitaaladres-telefoon");
	run_answer(&run, 201, "{\"uuid\": \"" TASK "\"}");
	expect_request(&run, "POST", "/digitaleadressen");
	expect_body(&run, "out/digitaaladres-email");
	run_answer(&run, 201, "{\"uuid\": \"" TASK "\"}");
	expect_request(&run, "POST", "/internetaken");
	expect_body(&run, "out/internetaak");
	run_answer(&run, 201, TASKED);
	assert_int_equal(run.step.kind, STEP_DONE);
	assert_string_equal(text_in(run.step.note, "internetaak"), TASK);
	run_end(&run);
	wpi_ops.close(adapter);
	json_decref(dossier);
}

static void
test_an_early_signal_becomes_exactly_these_documents(void **state)
{
	json_t *dossier = sample("dossier-huurachterstand");
	void *adapter = adapter_open(NULL);
	struct run run;

	(void)state;
	run_start(&run, adapter, dossier, last_event(dossier));
	expect_body(&run, "out/maak-klantcontact-huurachterstand");
	run_answer(&run, 201, MADE);
	expect_request(&run, "POST", "/internetaken");
	expect_body(&run, "out/internetaak-huurachterstand");
	run_end(&run);
	wpi_ops.close(adapter);
	json_decref(dossier);
}

static void
test_nothing_goes_before_identity_may_be_read(void **state)
{
	json_t *dossier = sample("dossier-geldzorgen");
	json_t *all = json_object_get(dossier, "gebeurtenissen");
	void *adapter = adapter_open(NULL);
	struct run run;

	(void)state;
	run_start(&run, adapter, dossier, json_array_get(all, 0));
	assert_int_equal(run.step.kind, STEP_DONE);
	run_end(&run);
	json_object_set_new(dossier, "status", json_string("WITHDRAWN"));
	run_start(&run, adapter, dossier, json_array_get(all, 1));
	assert_int_equal(run.step.kind, STEP_DONE);
	run_end(&run);
	json_object_set_new(dossier, "status", json_string("ACCEPTED"));
	json_object_set_new(dossier, "richting", json_string("verzonden"));
	run_start(&run, adapter, dossier, json_array_get(all, 1));
	assert_int_equal(run.step.kind, STEP_DONE);
	run_end(&run);
	wpi_ops.close(adapter);
	json_decref(dossier);
}

static void
test_a_referral_goes_out_once(void **state)
{
	json_t *dossier = sample("dossier-huurachterstand");
	void *adapter = adapter_open(NULL);
	json_t *first = last_event(dossier);
	json_t *again = happens(dossier, "automatisch", "ACCEPTED", NULL);
	struct run run;

	(void)state;
	run_start(&run, adapter, dossier, again);
	assert_int_equal(run.step.kind, STEP_DONE);
	run_end(&run);
	json_object_set_new(dossier, "bron",
	    json_pack("{s:s}", "klantcontact", CONTACT));
	run_start(&run, adapter, dossier, first);
	assert_int_equal(run.step.kind, STEP_DONE);
	run_end(&run);
	wpi_ops.close(adapter);
	json_decref(dossier);
}

static void
test_a_withdrawal_halfway_stops_what_is_still_to_go(void **state)
{
	json_t *dossier = sample("dossier-geldzorgen");
	void *adapter = adapter_open(NULL);
	json_t *event = last_event(dossier);
	struct run run;

	(void)state;
	run_start(&run, adapter, dossier, event);
	happens(dossier, "ingetrokken", "WITHDRAWN", NULL);
	run_answer(&run, 201, MADE);
	assert_int_equal(run.step.kind, STEP_DONE);
	run_end(&run);
	wpi_ops.close(adapter);
	json_decref(dossier);
}

static void
test_a_step_done_again_is_the_same_to_the_byte(void **state)
{
	json_t *dossier = sample("dossier-geldzorgen");
	void *adapter = adapter_open(NULL);
	struct run run;
	char *body, *key;

	(void)state;
	run_start(&run, adapter, dossier, last_event(dossier));
	run_answer(&run, 201, MADE);
	body = mem_strdup(run.step.body);
	key = mem_strdup(run_header(&run, "Idempotency-Key"));
	run_step(&run, 201, MADE); /* after a crash */
	assert_string_equal(run.step.body, body);
	assert_string_equal(run_header(&run, "Idempotency-Key"), key);
	assert_string_equal(key, "\"cdcdcdcd-cdcd-cdcd-cdcd-cdcdcdcdcdcd-1\"");
	mem_free(body);
	mem_free(key);
	run_end(&run);
	wpi_ops.close(adapter);
	json_decref(dossier);
}

static void
test_the_token_goes_as_klantinteracties_wants_it(void **state)
{
	char *path = secret_file("0123456789abcdef0123\n");
	const char *const settings[] = {"actor", ACTOR, "klant_token", path,
	    NULL};
	json_t *dossier = sample("dossier-geldzorgen");
	void *adapter = adapter_open(settings);
	struct run run;

	(void)state;
	run_start(&run, adapter, dossier, last_event(dossier));
	assert_string_equal(run_header(&run, "Authorization"),
	    "Token 0123456789abcdef0123");
	run_end(&run);
	wpi_ops.close(adapter);
	json_decref(dossier);
	secret_end(path);
}

static void
test_a_text_that_fits_is_whole_and_one_more_says_where_the_rest_is(void **state)
{
	static const char tail[] = "… (volledige tekst in wijkhub "
				   "01990000-0000-7000-8000-000000000456)";
	json_t *dossier = sample("dossier-huurachterstand");
	json_t *sections = json_object_get(dossier, "gegevens");
	const char *text;
	json_t *body;

	(void)state;
	json_object_del(sections, "ARREARS");
	json_object_set_new(sections, "REQUEST",
	    json_pack("{s:o}", "tekst", accents(1000)));
	body = contact_for(dossier);
	assert_int_equal(strlen(text_at(body, "klantcontact", "inhoud")), 2000);
	json_decref(body);
	json_object_set_new(sections, "REQUEST",
	    json_pack("{s:o}", "tekst", accents(1001)));
	body = contact_for(dossier);
	text = text_at(body, "klantcontact", "inhoud");
	assert_int_equal(chars(text), 1000);
	assert_string_equal(text + strlen(text) - strlen(tail), tail);
	json_decref(body);
	json_decref(dossier);
}

static void
test_names_that_do_not_fit_their_field_go_where_there_is_room(void **state)
{
	json_t *dossier = sample("dossier-geldzorgen");
	json_t *name = json_object_get(section(dossier, "CONTACT"), "naam");
	json_t *want;
	json_t *body;

	(void)state;
	json_object_set_new(name, "voorvoegsel",
	    json_string("van den van der"));
	json_object_set_new(name, "voorletters", json_string("A.B.C.D.E.F."));
	body = contact_for(dossier);
	want = json_of("{\"voornaam\": \"Sanne\","
		       "\"achternaam\": \"van den van der Voorbeeld\"}");
	expect_json(json_object_get(json_object_get(body, "betrokkene"),
			"contactnaam"),
	    want);
	json_decref(body);
	json_decref(want);
	body = task_with(dossier, NULL);
	assert_non_null(strstr(text_in(body, "toelichting"),
	    "Voorletters: A.B.C.D.E.F.\n"));
	json_decref(body);
	json_decref(dossier);
}

static void
test_postcodes_and_house_numbers_in_every_form(void **state)
{
	static const struct {
		const char *address, *want;
	} cases[] = {
	    {"{\"postcode\": \"1064ha\", \"huisnummer\": \"28 hs\"}",
		"{\"postcode\": \"1064 HA\", \"huisnummer\": 28,"
		"\"huisnummertoevoeging\": \"hs\", \"land\": \"NL\"}"},
	    {"{\"postcode\": \"1064 HA\", \"huisnummer\": \"10A\","
	     "\"plaats\": \"Amsterdam\"}",
		"{\"postcode\": \"1064 HA\", \"huisnummer\": 10,"
		"\"huisnummertoevoeging\": \"A\", \"stad\": \"Amsterdam\","
		"\"land\": \"NL\"}"},
	    {"{\"postcode\": \"1064HA\", \"huisnummer\": \"7\","
	     "\"huisletter\": \"b\", \"toevoeging\": \"III\"}",
		"{\"postcode\": \"1064 HA\", \"huisnummer\": 7,"
		"\"huisnummertoevoeging\": \"b-III\", \"land\": \"NL\"}"},
	    {"{\"postcode\": \"1064\", \"huisnummer\": \"7\","
	     "\"straat\": \"Laan\"}",
		"{\"adresregel1\": \"Laan 7\", \"adresregel2\": \"1064\"}"},
	    {"{\"straat\": \"Ornek Cad. 1\", \"plaats\": \"34000 Istanbul\"}",
		"{\"adresregel1\": \"Ornek Cad. 1\","
		"\"adresregel2\": \"34000 Istanbul\"}"},
	    {"{\"postcode\": \"1064HA\", \"huisnummer\": \"woonboot\"}",
		"{\"adresregel1\": \"woonboot\", \"adresregel2\": \"1064HA\"}"},
	    {"{\"postcode\": \"1064HA\", \"huisnummer\": \"7\","
	     "\"toevoeging\": \"achterhuis links boven\"}",
		"{\"adresregel1\": \"7 achterhuis links boven\","
		"\"adresregel2\": \"1064HA\"}"},
	};
	json_t *dossier = sample("dossier-huurachterstand");

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		json_t *want = json_of(cases[i].want);
		json_t *body;

		json_object_set_new(json_object_get(dossier, "gegevens"),
		    "ADDRESS", json_of(cases[i].address));
		body = contact_for(dossier);
		expect_json(json_object_get(json_object_get(body, "betrokkene"),
				"bezoekadres"),
		    want);
		json_decref(body);
		json_decref(want);
	}
	json_decref(dossier);
}

static void
test_without_contact_or_address_there_is_still_a_task(void **state)
{
	json_t *dossier = sample("dossier-huurachterstand");
	json_t *want = json_of("{\"rol\": \"klant\", \"initiator\": true}");
	json_t *body;

	(void)state;
	json_object_del(json_object_get(dossier, "gegevens"), "CONTACT");
	json_object_del(json_object_get(dossier, "gegevens"), "ADDRESS");
	body = contact_for(dossier);
	expect_json(json_object_get(body, "betrokkene"), want);
	json_decref(body);
	body = task_with(dossier, NULL);
	assert_string_equal(text_in(body, "gevraagdeHandeling"),
	    "Neem contact op met inwoner binnen 20 werkdagen");
	json_decref(body);
	json_decref(want);
	json_decref(dossier);
}

static void
test_who_is_not_to_be_approached_gets_no_call(void **state)
{
	json_t *dossier = sample("dossier-geldzorgen");
	void *adapter = adapter_open(NULL);
	struct run run;
	json_t *body;

	(void)state;
	json_object_set_new(section(dossier, "CONTACT"), "nietBenaderen",
	    json_true());
	run_start(&run, adapter, dossier, last_event(dossier));
	run_answer(&run, 201, MADE);
	expect_request(&run, "POST", "/internetaken");
	body = run_body(&run);
	assert_string_equal(text_in(body, "gevraagdeHandeling"),
	    "Benader inwoner niet zelf; overleg met verwijzer binnen 3 "
	    "werkdagen");
	assert_int_equal(strncmp(text_in(body, "toelichting"),
			     "Veilig contact: alleen overdag bellen\n", 38),
	    0);
	json_decref(body);
	run_end(&run);
	wpi_ops.close(adapter);
	json_decref(dossier);
}

static void
test_addresses_that_do_not_fit_are_not_lost(void **state)
{
	json_t *dossier = sample("dossier-geldzorgen");
	json_t *contact = section(dossier, "CONTACT");
	void *adapter = adapter_open(NULL);
	char email[100];
	struct run run;
	json_t *body;

	(void)state;
	memset(email, 'a', 72);
	(void)snprintf(email + 72, sizeof(email) - 72, "@b.example");
	json_object_set_new(contact, "email", json_string(email));
	json_object_set_new(contact, "telefoon",
	    json_string("via de buurvrouw"));
	run_start(&run, adapter, dossier, last_event(dossier));
	run_answer(&run, 201, MADE);
	body = run_body(&run);
	assert_string_equal(text_in(body, "soortDigitaalAdres"), "overig");
	assert_string_equal(text_in(body, "adres"), "via de buurvrouw");
	json_decref(body);
	run_answer(&run, 201, "{}");
	expect_request(&run, "POST", "/internetaken");
	body = run_body(&run);
	assert_non_null(strstr(text_in(body, "toelichting"), email));
	json_decref(body);
	run_end(&run);
	wpi_ops.close(adapter);
	json_decref(dossier);
}

static void
test_the_term_is_the_shortest_that_holds(void **state)
{
	static const char *const set[] = {"actor", ACTOR, "termijnen",
	    "werk=4 huurachterstand=0", NULL};
	static const struct {
		const char *type, *urgency, *text;
		const char *const *settings;
	} cases[] = {
	    {"huurachterstand", "spoed", " binnen 1 werkdag", NULL},
	    {"garantieknop", "normaal", " binnen 3 werkdagen", NULL},
	    {"iets-nieuws", "normaal", " binnen 5 werkdagen", NULL},
	    {"werk", "normaal", " binnen 10 werkdagen", NULL},
	    {"werk", "normaal", " binnen 4 werkdagen", set},
	    {"huurachterstand", "normaal", ", vandaag nog", set},
	};
	json_t *dossier = sample("dossier-huurachterstand");

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		char want[80];
		json_t *body;

		(void)snprintf(want, sizeof(want),
		    "Neem contact op met inwoner%s", cases[i].text);
		json_object_set_new(dossier, "type",
		    json_string(cases[i].type));
		json_object_set_new(dossier, "urgentie",
		    json_string(cases[i].urgency));
		body = task_with(dossier, cases[i].settings);
		assert_string_equal(text_in(body, "gevraagdeHandeling"), want);
		json_decref(body);
	}
	json_decref(dossier);
}

static void
test_a_desk_has_its_own_actor(void **state)
{
	static const char *const settings[] = {"actor", ACTOR, "actoren",
	    "werk=" PERSON " schuldhulp=" CONTACT, NULL};
	json_t *dossier = sample("dossier-huurachterstand");
	json_t *body = task_with(dossier, settings);

	(void)state;
	assert_string_equal(text_in(json_array_get(json_object_get(body,
						       "toegewezenAanActoren"),
					0),
				"uuid"),
	    CONTACT);
	json_decref(body);
	json_decref(dossier);
}

static void
test_a_bsn_goes_only_when_the_settings_say_so(void **state)
{
	static const char *const settings[] = {"actor", ACTOR, "bsn", "ja",
	    NULL};
	json_t *dossier = sample("dossier-geldzorgen");
	void *adapter = adapter_open(settings);
	struct run run;

	(void)state;
	run_start(&run, adapter, dossier, last_event(dossier));
	do {
		assert_null(strstr(run.step.body, "999990202"));
		run_answer(&run, 201,
		    run.n == 0 ? MADE : "{\"uuid\": \"" TASK "\"}");
	} while (strcmp(run.step.url, "/partij-identificatoren") != 0);
	assert_string_equal(text_in(run.step.note, "internetaak"), TASK);
	expect_body(&run, "out/partij-identificator");
	run_answer(&run, 201, "{}");
	assert_int_equal(run.step.kind, STEP_DONE);
	run_end(&run);
	wpi_ops.close(adapter);
	json_decref(dossier);
}

static void
test_a_refusal_parks_with_codes_and_without_their_words(void **state)
{
	static const char problem[] =
	    "{\"code\": \"invalid\", \"title\": \"Sanne kan niet\","
	    "\"detail\": \"Sanne van Voorbeeld\", \"invalidParams\":"
	    "[{\"name\": \"betrokkene.contactnaam\", \"code\": \"max_length\","
	    "\"reason\": \"Sanne\"}, {\"name\": \"Sanne van Voorbeeld\","
	    "\"code\": \"0612345678\"}]}";
	json_t *dossier = sample("dossier-geldzorgen");
	void *adapter = adapter_open(NULL);
	struct run run;

	(void)state;
	run_start(&run, adapter, dossier, last_event(dossier));
	run_answer(&run, 400, problem);
	assert_int_equal(run.step.kind, STEP_PARK);
	assert_string_equal(run.step.text,
	    "maak-klantcontact: HTTP 400: invalid betrokkene.contactnaam "
	    "max_length");
	run_end(&run);
	run_start(&run, adapter, dossier, last_event(dossier));
	run_answer(&run, 403, "<html>Sanne</html>");
	assert_string_equal(run.step.text, "maak-klantcontact: HTTP 403");
	run_end(&run);
	wpi_ops.close(adapter);
	json_decref(dossier);
}

static void
test_answers_that_are_not_what_was_promised_park(void **state)
{
	static const char *const answers[] = {"", "[]", "{}",
	    "{\"klantcontact\"",
	    "{\"klantcontact\": {\"uuid\": \"" CONTACT "\"}}",
	    "{\"klantcontact\": {\"uuid\": \"../x\"},"
	    "\"betrokkene\": {\"uuid\": \"" PERSON "\"}}"};
	json_t *dossier = sample("dossier-geldzorgen");
	void *adapter = adapter_open(NULL);
	struct run run;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(answers); i++) {
		run_start(&run, adapter, dossier, last_event(dossier));
		run_answer(&run, 201, answers[i]);
		assert_int_equal(run.step.kind, STEP_PARK);
		run_end(&run);
	}
	wpi_ops.close(adapter);
	json_decref(dossier);
}

static void
test_without_a_klantsysteem_nothing_goes(void **state)
{
	static const char *const settings[] = {"uitgaand", "nee", NULL};
	json_t *dossier = sample("dossier-geldzorgen");
	void *adapter = adapter_open(settings);
	struct run run;

	(void)state;
	run_start(&run, adapter, dossier, last_event(dossier));
	assert_int_equal(run.step.kind, STEP_DONE);
	run_end(&run);
	wpi_ops.close(adapter);
	json_decref(dossier);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_a_referral_becomes_exactly_these_documents),
	    cmocka_unit_test(
		test_an_early_signal_becomes_exactly_these_documents),
	    cmocka_unit_test(test_nothing_goes_before_identity_may_be_read),
	    cmocka_unit_test(test_a_referral_goes_out_once),
	    cmocka_unit_test(
		test_a_withdrawal_halfway_stops_what_is_still_to_go),
	    cmocka_unit_test(test_a_step_done_again_is_the_same_to_the_byte),
	    cmocka_unit_test(test_the_token_goes_as_klantinteracties_wants_it),
	    cmocka_unit_test(
		test_a_text_that_fits_is_whole_and_one_more_says_where_the_rest_is),
	    cmocka_unit_test(
		test_names_that_do_not_fit_their_field_go_where_there_is_room),
	    cmocka_unit_test(test_postcodes_and_house_numbers_in_every_form),
	    cmocka_unit_test(
		test_without_contact_or_address_there_is_still_a_task),
	    cmocka_unit_test(test_who_is_not_to_be_approached_gets_no_call),
	    cmocka_unit_test(test_addresses_that_do_not_fit_are_not_lost),
	    cmocka_unit_test(test_the_term_is_the_shortest_that_holds),
	    cmocka_unit_test(test_a_desk_has_its_own_actor),
	    cmocka_unit_test(test_a_bsn_goes_only_when_the_settings_say_so),
	    cmocka_unit_test(
		test_a_refusal_parks_with_codes_and_without_their_words),
	    cmocka_unit_test(test_answers_that_are_not_what_was_promised_park),
	    cmocka_unit_test(test_without_a_klantsysteem_nothing_goes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
