/* SPDX-License-Identifier: EUPL-1.2 */
#include "tests/adapters_wpi.h"

/* What happens to a task once it is there. */

#define TASKED "{\"uuid\": \"" TASK "\", \"status\": \"te_verwerken\"}"

static const char *
text_in(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

static json_t *
with_task(void)
{
	json_t *dossier = sample("dossier-geldzorgen");

	json_object_set_new(dossier, "bron",
	    json_pack("{s:s, s:s}", "klantcontact", CONTACT, "internetaak",
		TASK));
	return dossier;
}

static void
test_a_withdrawal_takes_the_task_away(void **state)
{
	json_t *dossier = with_task();
	json_t *event = happens(dossier, "ingetrokken", "WITHDRAWN", NULL);
	void *adapter = adapter_open(NULL);
	struct run run;

	(void)state;
	run_start(&run, adapter, dossier, event);
	expect_request(&run, "PATCH", "/internetaken/" TASK);
	expect_body(&run, "out/internetaak-ingetrokken");
	run_answer(&run, 200, TASKED);
	assert_int_equal(run.step.kind, STEP_DONE);
	run_end(&run);
	run_start(&run, adapter, dossier, event);
	run_answer(&run, 404, "{}"); /* somebody removed it */
	assert_int_equal(run.step.kind, STEP_DONE);
	run_end(&run);
	json_object_del(dossier, "bron"); /* it never went out */
	run_start(&run, adapter, dossier, event);
	assert_int_equal(run.step.kind, STEP_DONE);
	run_end(&run);
	wpi_ops.close(adapter);
	json_decref(dossier);
}

static void
test_a_mistake_asks_the_operator_to_remove_the_contact(void **state)
{
	json_t *dossier = with_task();
	json_t *event = happens(dossier, "vergissing", "IN_ERROR", NULL);
	void *adapter = adapter_open(NULL);
	struct run run;

	(void)state;
	run_start(&run, adapter, dossier, event);
	expect_request(&run, "PATCH", "/internetaken/" TASK);
	run_answer(&run, 200, TASKED);
	assert_int_equal(run.step.kind, STEP_PARK);
	assert_non_null(strstr(run.step.text, CONTACT));
	run_end(&run);
	wpi_ops.close(adapter);
	json_decref(dossier);
}

static void
test_a_senders_message_is_put_before_what_stands_there(void **state)
{
	json_t *dossier = with_task();
	json_t *event =
	    happens(dossier, "notitie", "IN_PROGRESS", "Nieuw nummer volgt.");
	void *adapter = adapter_open(NULL);
	struct run run;

	(void)state;
	run_start(&run, adapter, dossier, event);
	expect_request(&run, "GET", "/internetaken/" TASK);
	run_answer(&run, 200,
	    "{\"status\": \"te_verwerken\", \"toelichting\": \"Eigen tekst\"}");
	expect_request(&run, "PATCH", "/internetaken/" TASK);
	expect_body(&run, "out/internetaak-nieuws");
	run_answer(&run, 200, TASKED);
	assert_int_equal(run.step.kind, STEP_DONE);
	run_end(&run);
	run_start(&run, adapter, dossier, event);
	run_answer(&run, 200, "{\"status\": \"verwerkt\"}");
	assert_int_equal(run.step.kind, STEP_DONE);
	run_end(&run);
	wpi_ops.close(adapter);
	json_decref(dossier);
}

/* What the message becomes beside a text of n characters. */
static void
news_beside(struct run *run, json_t *dossier, json_t *event, size_t n)
{
	json_t *task = json_pack("{s:s, s:o}", "status", "te_verwerken",
	    "toelichting", accents(n));
	char *text = json_dumps(task, 0);

	run_start(run, run->adapter, dossier, event);
	run_answer(run, 200, text);
	free(text);
	json_decref(task);
}

static void
test_somebody_elses_text_is_never_cut(void **state)
{
	json_t *dossier = with_task();
	json_t *event = happens(dossier, "annuleren", "CANCEL_REQUESTED",
	    "Inwoner verhuist naar een andere gemeente, dus dit hoeft niet "
	    "meer.");
	struct run run = {.adapter = adapter_open(NULL)};
	json_t *body;

	(void)state;
	news_beside(&run, dossier, event, 800);
	body = run_body(&run);
	assert_int_equal(strncmp(text_in(body, "toelichting"),
			     "Van verwijzer, 2026-09-15: vraagt te annuleren. "
			     "Inwoner verhuist",
			     64),
	    0);
	json_decref(body);
	run_end(&run);
	news_beside(&run, dossier, event, 920);
	body = run_body(&run);
	assert_int_equal(strncmp(text_in(body, "toelichting"),
			     "Nieuw van verwijzer: zie wijkhub "
			     "01990000-0000-7000-8000-000000000123\n\n",
			     71),
	    0);
	assert_int_equal(chars(text_in(body, "toelichting")), 920 + 71);
	json_decref(body);
	run_end(&run);
	news_beside(&run, dossier, event, 990);
	assert_int_equal(run.step.kind, STEP_PARK);
	run_end(&run);
	wpi_ops.close(run.adapter);
	json_decref(dossier);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_a_withdrawal_takes_the_task_away),
	    cmocka_unit_test(
		test_a_mistake_asks_the_operator_to_remove_the_contact),
	    cmocka_unit_test(
		test_a_senders_message_is_put_before_what_stands_there),
	    cmocka_unit_test(test_somebody_elses_text_is_never_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
