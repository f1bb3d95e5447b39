/* SPDX-License-Identifier: EUPL-1.2 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/adapters_corporatie.h"

#define ID "018f2c3e-0000-7000-8000-000000000009"

/* The answer to a sample, with this outcome. */
static struct adapter_reply
answer(const char *path, const char *name, const struct outcome *outcome)
{
	json_t *document = sample(name);
	char *text = json_dumps(document, 0);
	struct adapter_in in = {.method = "POST",
	    .path = path,
	    .id = "",
	    .body = span_str(text)};
	struct adapter_reply reply;

	memset(&reply, 0, sizeof(reply));
	corporatie_ops.answer(NULL, &in, outcome, &reply);
	free(text);
	json_decref(document);
	return reply;
}

static void
expect_fault(const struct outcome *outcome, int status, const char *code,
    const char *text)
{
	struct adapter_reply reply =
	    answer("/vera/v4/zaken", "vera-zaak", outcome);
	json_t *body = json_loadb(reply.body, reply.len, 0, NULL);

	assert_int_equal(reply.status, status);
	assert_string_equal(reply.content_type, "application/json");
	assert_string_equal(reply.location, "");
	assert_int_equal(json_object_size(body), 2);
	assert_string_equal(json_string_value(json_object_get(body, "code")),
	    code);
	assert_string_equal(json_string_value(
				json_object_get(body, "omschrijving")),
	    text);
	json_decref(body);
	adapter_reply_fini(&reply);
}

/* 201, where it is, and what was stored; our number is where they look. */
static void
test_a_stored_zaak_comes_back_with_our_number(void **state)
{
	json_t *dossier =
	    json_pack("{s:s, s:s}", "id", ID, "status", "DELIVERED");
	struct outcome outcome = {.kind = OUTCOME_CREATED, .dossier = dossier};
	struct adapter_reply reply =
	    answer("/vera/v4/zaken", "vera-zaak", &outcome);
	json_t *got = json_loadb(reply.body, reply.len, 0, NULL);
	json_t *want = sample("vera-zaak-stored");

	(void)state;
	assert_int_equal(reply.status, 201);
	assert_string_equal(reply.location, "/vera/v4/zaken/" ID);
	assert_true(json_equal(got, want));
	json_decref(got);
	json_decref(want);
	adapter_reply_fini(&reply);
	json_decref(dossier);
}

static void
test_a_signal_carries_our_number_in_extra_attributen(void **state)
{
	json_t *dossier = json_pack("{s:s, s:s}", "id", ID, "status", "QUEUED");
	struct outcome outcome = {.kind = OUTCOME_QUEUED, .dossier = dossier};
	struct adapter_reply reply =
	    answer("/vera/v4/signaleringen", "vera-signalering", &outcome);

	(void)state;
	assert_int_equal(reply.status, 201);
	assert_string_equal(reply.location, "/vera/v4/signaleringen/" ID);
	assert_non_null(strstr(reply.body,
	    "{\"naam\":\"wijkhub-verwijzing\",\"waarde\":\"" ID "\"}"));
	assert_non_null(strstr(reply.body,
	    "{\"naam\":\"wijkhub-status\",\"waarde\":\"QUEUED\"}"));
	assert_null(strstr(reply.body, "kenmerken"));
	assert_non_null(strstr(reply.body, "\"wijkhub-niet-doorgegeven\""));
	adapter_reply_fini(&reply);
	outcome.kind = OUTCOME_SAME;
	reply = answer("/vera/v4/signaleringen", "vera-signalering", &outcome);
	assert_int_equal(reply.status, 200);
	adapter_reply_fini(&reply);
	json_decref(dossier);
}

static void
test_errors_are_foutberichten(void **state)
{
	json_t *allowed = json_pack("[s, s]", "starten", "afronden");

	(void)state;
	expect_fault(&(struct outcome){.kind = OUTCOME_REFUSED,
			 .reason = REASON_ATTEMPTS_MISSING,
			 .text = "inspanningen ontbreken"},
	    403, "ATTEMPTS_MISSING", "inspanningen ontbreken");
	expect_fault(&(struct outcome){.kind = OUTCOME_REJECTED,
			 .field = "zaaktype",
			 .text = "onbekend",
			 .code = "CODE_ONBEKEND"},
	    422, "CODE_ONBEKEND", "zaaktype: onbekend");
	expect_fault(&(struct outcome){.kind = OUTCOME_REJECTED,
			 .text = "geen JSON",
			 .code = "GEEN_JSON"},
	    400, "GEEN_JSON", "geen JSON");
	expect_fault(&(struct outcome){.kind = OUTCOME_CONFLICT,
			 .field = "kenmerk",
			 .text = "x"},
	    409, "DUBBEL",
	    "kenmerk: dit nummer is eerder gebruikt voor een ander document");
	expect_fault(&(struct outcome){.kind = OUTCOME_FORBIDDEN,
			 .allowed = allowed},
	    409, "STATUS_NIET_MOGELIJK",
	    "deze status past niet bij de verwijzing; wel mogelijk: starten, "
	    "afronden");
	expect_fault(&(struct outcome){.kind = OUTCOME_NOT_FOUND,
			 .text = "onbekend in het bronsysteem"},
	    422, "NIET_GEVONDEN", "onbekend in het bronsysteem");
	expect_fault(&(struct outcome){.kind = OUTCOME_BUSY,
			 .text = "later opnieuw"},
	    503, "PROBEER_LATER", "later opnieuw");
	json_decref(allowed);
}

static void
test_a_get_shows_how_far_it_is(void **state)
{
	json_t *dossier =
	    json_pack("{s:s, s:s}", "id", ID, "status", "IN_PROGRESS");
	struct outcome outcome = {.kind = OUTCOME_READ, .dossier = dossier};
	struct adapter_in in = {.method = "GET",
	    .path = "/vera/v4/zaken/" ID,
	    .id = ID};
	struct adapter_reply reply;
	struct action action;

	(void)state;
	memset(&action, 0, sizeof(action));
	corporatie_ops.take(NULL, &in, &action);
	assert_int_equal(action.kind, ACTION_READ);
	assert_string_equal(action.id, ID);
	action_fini(&action);
	memset(&reply, 0, sizeof(reply));
	corporatie_ops.answer(NULL, &in, &outcome, &reply);
	assert_int_equal(reply.status, 200);
	assert_non_null(strstr(reply.body,
	    "\"zaakstatussen\":[{\"soort\":{\"code\":\"INU\""));
	adapter_reply_fini(&reply);
	json_decref(dossier);
}

static struct action
patch(const char *path, const char *richting, const char *status,
    const char *body)
{
	json_t *dossier = json_pack("{s:s, s:s, s:s}", "id", ID, "richting",
	    richting, "status", status);
	struct adapter_in in = {.method = "PATCH",
	    .path = path,
	    .id = ID,
	    .body = span_str(body),
	    .dossier = dossier,
	    .now_ms = NOW};
	void *adapter = adapter_open(NULL);
	struct action action;

	memset(&action, 0, sizeof(action));
	corporatie_ops.take(adapter, &in, &action);
	corporatie_ops.close(adapter);
	json_decref(dossier);
	return action;
}

struct status_case {
	const char *richting, *status, *code;
	const char *event, *event_code; /* NULL: nothing new; none */
};

static void
expect_event(const char *path, const char *form, const struct status_case *want)
{
	char body[256];
	struct action action;

	(void)snprintf(body, sizeof(body), "%s%s\"}}%s", form, want->code,
	    strchr(form, '[') == NULL ? "" : "]}");
	action = patch(path, want->richting, want->status, body);
	if (want->event == NULL) {
		assert_int_equal(action.kind, ACTION_NOTHING);
		return;
	}
	assert_int_equal(action.kind, ACTION_EVENT);
	assert_string_equal(action.id, ID);
	assert_string_equal(json_string_value(
				json_object_get(action.body, "soort")),
	    want->event);
	if (want->event_code != NULL)
		assert_string_equal(json_string_value(
					json_object_get(action.body, "code")),
		    want->event_code);
	else
		assert_null(json_object_get(action.body, "code"));
	action_fini(&action);
}

static void
test_a_zaakstatus_moves_the_referral(void **state)
{
	static const struct status_case cases[] = {
	    {"ontvangen", "DELIVERED", "INB", "accepteren", NULL},
	    {"ontvangen", "ACCEPTED", "INB", "starten", NULL},
	    {"ontvangen", "IN_PROGRESS", "INB", NULL, NULL},
	    {"ontvangen", "ACCEPTED", "INU", "starten", NULL},
	    {"ontvangen", "IN_PROGRESS", "AFG", "afronden", "HELPED"},
	    {"ontvangen", "COMPLETED", "GES", NULL, NULL},
	    {"ontvangen", "ACCEPTED", "GEA", "afwijzen", "WRONG_RECIPIENT"},
	    {"ontvangen", "ACCEPTED", "AAN", NULL, NULL},
	    {"verzonden", "ACCEPTED", "AFG", NULL, NULL},
	    {"verzonden", "ACCEPTED", "GEA", "annuleren", NULL},
	    {"verzonden", "CANCELLED", "GEA", NULL, NULL},
	};
	static const struct status_case repairs[] = {
	    {"ontvangen", "ACCEPTED", "INB", "starten", NULL},
	    {"ontvangen", "IN_PROGRESS", "TEC", NULL, NULL},
	    {"ontvangen", "IN_PROGRESS", "AFG", "afronden", "HELPED"},
	    {"ontvangen", "ACCEPTED", "GEA", "afwijzen", "WRONG_RECIPIENT"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++)
		expect_event("/vera/v4/zaken/" ID,
		    "{\"zaakstatussen\":[{\"soort\":{\"code\":\"", &cases[i]);
	for (size_t i = 0; i < COUNT_OF(repairs); i++)
		expect_event("/vera/v4/onderhoudsverzoeken/" ID,
		    "{\"status\":{\"code\":\"", &repairs[i]);
}

/* Their words for colleagues stay theirs; ours go along by name. */
static void
test_a_status_takes_along_what_is_named_for_it(void **state)
{
	static const char body[] =
	    "{\"zaakstatussen\":[{\"soort\":{\"code\":\"AFG\"},\"begindatum\":"
	    "\"2026-09-11T10:00:00Z\",\"toelichting\":\"intern\"},"
	    "{\"soort\":{\"code\":\"INB\"},\"begindatum\":"
	    "\"2026-09-10T10:00:00Z\"}],\"extra-attributen\":["
	    "{\"naam\":\"wijkhub-uitkomst\",\"waarde\":\"PARTLY_HELPED\"},"
	    "{\"naam\":\"wijkhub-contact-gelegd\",\"waarde\":\"ja\"},"
	    "{\"naam\":\"wijkhub-hulp-aanvaard\",\"waarde\":\"nee\"}]}";
	json_t *want =
	    json_pack("{s:s, s:s, s:s, s:s}", "soort", "afronden", "code",
		"PARTLY_HELPED", "contactGelegd", "ja", "hulpAanvaard", "nee");
	struct action action =
	    patch("/vera/v4/zaken/" ID, "ontvangen", "IN_PROGRESS", body);

	(void)state;
	assert_int_equal(action.kind, ACTION_EVENT);
	assert_true(json_equal(action.body, want));
	action_fini(&action);
	json_decref(want);
}

static void
test_a_status_that_says_nothing_usable_is_refused(void **state)
{
	static const char *const bodies[] = {"{}", "{\"zaakstatussen\":[]}",
	    "{\"zaakstatussen\":[{\"soort\":{\"code\":\"REG\"}}]}",
	    "{\"zaakstatussen\":[{\"soort\":{\"code\":\"AFG\"}}],"
	    "\"extra-attributen\":[{\"naam\":\"wijkhub-uitkomst\","
	    "\"waarde\":\"opgelost\"}]}",
	    "{\"zaakstatussen\":[{\"soort\":{\"code\":\"AFG\"}}],"
	    "\"extra-attributen\":[{\"naam\":\"wijkhub-hulp-aanvaard\","
	    "\"waarde\":\"misschien\"}]}"};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(bodies); i++) {
		struct action action = patch("/vera/v4/zaken/" ID, "ontvangen",
		    "ACCEPTED", bodies[i]);

		assert_int_equal(action.kind, ACTION_REJECT);
		action_fini(&action);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_a_stored_zaak_comes_back_with_our_number),
	    cmocka_unit_test(
		test_a_signal_carries_our_number_in_extra_attributen),
	    cmocka_unit_test(test_errors_are_foutberichten),
	    cmocka_unit_test(test_a_get_shows_how_far_it_is),
	    cmocka_unit_test(test_a_zaakstatus_moves_the_referral),
	    cmocka_unit_test(test_a_status_takes_along_what_is_named_for_it),
	    cmocka_unit_test(test_a_status_that_says_nothing_usable_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
