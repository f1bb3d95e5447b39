/* SPDX-License-Identifier: EUPL-1.2 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <libxml/parser.h>
#include <libxml/xmlschemas.h>
#include <libxml/xmlschemastypes.h>
#include <stdlib.h>

#include "adapters/politie/stuf_in.h"
#include "tests/adapters_politie.h"
#include "tests/support.h"

#define COUNT_OF(a) (sizeof(a) / sizeof((a)[0]))

static void *adapter;

static xmlSchemaPtr schema; /* NULL: no schemas on this machine */

static void
quiet(void *arg, const char *format, ...)
{
	(void)arg;
	(void)format;
}

/* The set imports itself under one name only when the path has no "..". */
static xmlSchemaPtr
schema_load(void)
{
	char path[4096];
	xmlSchemaParserCtxtPtr parser;
	xmlSchemaPtr out;
	char *real;

	if (support_schemas() == NULL)
		return NULL;
	(void)snprintf(path, sizeof(path),
	    "%s/stuf-jeugdzorg/gm/jz0100_msg_gmberichten_resolved2025.xsd",
	    support_schemas());
	real = realpath(path, NULL);
	assert_non_null(real);
	parser = xmlSchemaNewParserCtxt(real);
	xmlSchemaSetParserErrors(parser, NULL, quiet, NULL);
	out = xmlSchemaParse(parser);
	xmlSchemaFreeParserCtxt(parser);
	free(real);
	assert_non_null(out);
	return out;
}

static int
setup(void **state)
{
	(void)state;
	schema = schema_load();
	adapter = adapter_open(NULL);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	politie_ops.close(adapter);
	xmlSchemaFree(schema);
	xmlSchemaCleanupTypes();
	xmlCleanupParser();
	return 0;
}

/* Valid by the official schema, where there is one. */
static void
expect_valid(const char *text, size_t len)
{
	xmlSchemaValidCtxtPtr valid;
	xmlDocPtr doc;

	if (schema == NULL)
		return;
	valid = xmlSchemaNewValidCtxt(schema);
	doc = xmlReadMemory(text, (int)len, NULL, NULL, XML_PARSE_NONET);
	assert_non_null(doc);
	assert_int_equal(xmlSchemaValidateDoc(valid, doc), 0);
	xmlFreeDoc(doc);
	xmlSchemaFreeValidCtxt(valid);
}

static struct adapter_reply
answer(struct span body, const struct outcome *outcome)
{
	struct adapter_in in = request(body);
	struct adapter_reply reply;

	memset(&reply, 0, sizeof(reply));
	politie_ops.answer(adapter, &in, outcome, &reply);
	assert_non_null(reply.body);
	assert_int_equal(strlen(reply.body), reply.len);
	return reply;
}

/* Same elements, attributes and text, whatever the layout. */
static void
expect_same(const struct stuf_node *got, const struct stuf_node *want)
{
	const struct stuf_node *a, *b;

	assert_string_equal(got->tag, want->tag);
	assert_string_equal(got->text, want->text);
	assert_string_equal(got->entity == NULL ? "" : got->entity,
	    want->entity == NULL ? "" : want->entity);
	a = got->first;
	b = want->first;
	for (; a != NULL && b != NULL; a = a->next, b = b->next)
		expect_same(a, b);
	assert_null(a);
	assert_null(b);
}

static void
expect_document(const char *got, char *want)
{
	struct stuf_node *got_root = NULL, *want_root = NULL;
	struct stuf_fault fault;
	struct arena arena;

	arena_init(&arena, STUF_ARENA_MAX);
	assert_int_equal(stuf_in_read(span_str(got), &arena, &got_root, &fault),
	    WH_OK);
	assert_int_equal(stuf_in_read(span_str(want), &arena, &want_root,
			     &fault),
	    WH_OK);
	expect_same(got_root, want_root);
	arena_fini(&arena);
	mem_free(want);
}

#define REFERENCE "WH-abababababababababababababababab"

static void
test_a_report_taken_is_answered_with_bv03(void **state)
{
	static const enum outcome_kind kinds[] = {OUTCOME_CREATED,
	    OUTCOME_QUEUED};
	char *document = file_text(MELDING);

	(void)state;
	for (size_t i = 0; i < COUNT_OF(kinds); i++) {
		struct outcome outcome = {.kind = kinds[i]};
		struct adapter_reply reply =
		    answer(span_str(document), &outcome);

		assert_int_equal(reply.status, 200);
		assert_string_equal(reply.content_type,
		    "text/xml; charset=utf-8");
		expect_document(reply.body,
		    changed(file_text(SAMPLES "Bv03.xml"), "WH-ACK-0001",
			REFERENCE));
		expect_valid(reply.body, reply.len);
		adapter_reply_fini(&reply);
	}
	mem_free(document);
}

static void
test_the_same_reference_again_is_stuf016(void **state)
{
	struct outcome outcome = {.kind = OUTCOME_SAME};
	char *document = file_text(MELDING);
	struct adapter_reply reply = answer(span_str(document), &outcome);

	(void)state;
	assert_int_equal(reply.status, 409);
	expect_document(reply.body,
	    changed(file_text(SAMPLES "Fo03.xml"), "WH-ACK-0001", REFERENCE));
	expect_valid(reply.body, reply.len);
	adapter_reply_fini(&reply);
	outcome.kind = OUTCOME_CONFLICT;
	reply = answer(span_str(document), &outcome);
	assert_int_equal(reply.status, 409);
	assert_non_null(strstr(reply.body, "StUF016"));
	adapter_reply_fini(&reply);
	mem_free(document);
}

static void
test_each_outcome_has_its_status_and_code(void **state)
{
	static const struct {
		struct outcome outcome;
		int status;
		const char *code, *where, *details;
	} cases[] = {
	    {{.kind = OUTCOME_REFUSED,
		 .reason = REASON_INSTRUMENT_NOT_IN_FORCE},
		403, "StUF052", "client", ">INSTRUMENT_NOT_IN_FORCE<"},
	    {{.kind = OUTCOME_BUSY}, 503, "StUF046", "server",
		">Probeer het later opnieuw<"},
	    {{.kind = OUTCOME_REJECTED,
		 .field = "object/betreft",
		 .text = "a < b",
		 .code = "StUF055"},
		422, "StUF055", "client", ">object/betreft: a &lt; b<"},
	    {{.kind = OUTCOME_REJECTED,
		 .field = "gegevens",
		 .text = "fout",
		 .code = ""},
		422, "StUF055", "client", ">gegevens: fout<"},
	    {{.kind = OUTCOME_DIVERTED,
		 .field = "",
		 .text = "elders",
		 .code = "StUF037"},
		422, "StUF037", "server", ">elders<"},
	    {{.kind = OUTCOME_NOT_FOUND}, 500, "StUF058", "server",
		"</StUF:omschrijving></StUF:body>"},
	};
	char *document = file_text(MELDING);
	char text[64];

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct adapter_reply reply =
		    answer(span_str(document), &cases[i].outcome);

		assert_int_equal(reply.status, cases[i].status);
		(void)snprintf(text, sizeof(text),
		    "<StUF:code>%s</StUF:code><StUF:plek>%s<", cases[i].code,
		    cases[i].where);
		assert_non_null(strstr(reply.body, text));
		assert_non_null(strstr(reply.body, cases[i].details));
		expect_valid(reply.body, reply.len);
		adapter_reply_fini(&reply);
	}
	mem_free(document);
}

static void
test_an_unreadable_message_still_gets_a_valid_fo03(void **state)
{
	static const char *const unreadable[] = {"", "<!DOCTYPE x><x/>",
	    "<a xmlns='urn:q'/>",
	    "<JZ:m xmlns:JZ='" STUF_NS_JZ "' xmlns:S='" STUF_NS
	    "'><JZ:stuurgegevens><S:referentienummer>R1</S:referentienummer>"
	    "</JZ:stuurgegevens><broken"};
	struct outcome outcome = {.kind = OUTCOME_REJECTED, .code = "StUF055"};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(unreadable); i++) {
		struct adapter_reply reply =
		    answer(span_str(unreadable[i]), &outcome);

		assert_int_equal(reply.status, 422);
		expect_valid(reply.body, reply.len);
		adapter_reply_fini(&reply);
	}
}

/* The referral as it is kept after the sample, with one event. */
static json_t *
dossier_with(const char *status, const char *code, json_t **event)
{
	char *document = file_text(MELDING);
	struct action action = take(adapter, span_str(document));
	json_t *dossier = json_deep_copy(action.body);

	*event = json_pack("{s:s, s:s, s:s, s:s, s:s}", "soort", "x", "op",
	    "2026-09-15T07:05:00Z", "status", status, "code", code,
	    "toelichting", "Mevrouw is opgenomen");
	json_object_set_new(dossier, "id",
	    json_string("01926e4d-3f00-7000-8000-000000000001"));
	json_object_set_new(dossier, "gebeurtenissen",
	    json_pack("[{s:s, s:s}, O]", "soort", "bezorgd", "status",
		"DELIVERED", *event));
	action_fini(&action);
	mem_free(document);
	return dossier;
}

static struct job_view
job_for(const json_t *dossier, const json_t *event)
{
	struct job_view job = {.dossier = dossier,
	    .event = event,
	    .now_ms = NOW,
	    .location = ""};

	memset(job.job_id.b, 0xcd, sizeof(job.job_id.b));
	return job;
}

static struct step
give(const struct job_view *job)
{
	struct step step;

	memset(&step, 0, sizeof(step));
	politie_ops.give(adapter, job, &step);
	return step;
}

static void
test_an_end_is_told_as_a_code_without_care(void **state)
{
	static const struct {
		const char *status, *code, *told;
	} cases[] = {{"COMPLETED", "HELPED", "VT-03"},
	    {"COMPLETED", "REFERRED_ELSEWHERE", "VT-02"},
	    {"REFERRED_ON", "NONE", "VT-02"},
	    {"DECLINED", "WRONG_RECIPIENT", "VT-99"},
	    {"DECLINED", "NO_LEGAL_BASIS", "VT-00"},
	    {"DECLINED", "CLIENT_DECLINED", "ZVH-03"},
	    {"DECLINED", "NO_CAPACITY", "ZVH-03"},
	    {"WITHDRAWN", "NONE", "ZVH-03"}, {"UNDELIVERABLE", "NONE", "VT-00"},
	    {"DISCARDED", "OBJECTED", "VT-00"}, {"EXPIRED", "NONE", "VT-00"}};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		json_t *event;
		json_t *dossier =
		    dossier_with(cases[i].status, cases[i].code, &event);
		struct job_view job = job_for(dossier, event);
		struct step step = give(&job);
		char code[64];

		assert_int_equal(step.kind, STEP_REQUEST);
		assert_string_equal(step.method, "POST");
		assert_string_equal(step.url, "/stuf/jeugdzorg");
		(void)snprintf(code, sizeof(code), "<JZ:statuscode>%s<",
		    cases[i].told);
		assert_non_null(strstr(step.body, code));
		assert_null(strstr(step.body, "opgenomen"));
		assert_null(strstr(step.body, "Voorbeeld"));
		assert_null(strstr(step.body, cases[i].code));
		expect_valid(step.body, step.len);
		step_fini(&step);
		json_decref(event);
		json_decref(dossier);
	}
}

static void
test_the_outcome_document_element_by_element(void **state)
{
	json_t *event;
	json_t *dossier = dossier_with("COMPLETED", "HELPED", &event);
	struct job_view job = job_for(dossier, event);
	struct step step = give(&job);

	(void)state;
	expect_document(step.body, file_text(SAMPLES "uitkomst-VT-03.xml"));
	expect_valid(step.body, step.len);
	step_fini(&step);
	json_decref(event);
	json_decref(dossier);
}

static void
expect_silence(json_t *dossier, json_t *event)
{
	struct job_view job = job_for(dossier, event);
	struct step step = give(&job);

	assert_int_equal(step.kind, STEP_DONE);
	assert_null(step.body);
	step_fini(&step);
	json_decref(event);
	json_decref(dossier);
}

static void
test_nothing_is_told_that_was_not_asked(void **state)
{
	static const char *const midway[] = {"DELIVERED", "ACCEPTED",
	    "IN_PROGRESS", "SCHEDULED", "WAITLISTED", "INFO_REQUESTED"};
	json_t *dossier, *event;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(midway); i++) {
		dossier = dossier_with(midway[i], "NONE", &event);
		expect_silence(dossier, event);
	}
	dossier = dossier_with("COMPLETED", "HELPED", &event);
	json_object_set_new(json_object_get(dossier, "bron"),
	    "indicatieTerugkoppelingGewenst", json_string("Nee"));
	expect_silence(dossier, event);
	/* a note after the end */
	dossier = dossier_with("COMPLETED", "HELPED", &event);
	json_decref(event);
	event =
	    json_pack("{s:s, s:s}", "soort", "notitie", "status", "COMPLETED");
	json_array_append(json_object_get(dossier, "gebeurtenissen"), event);
	expect_silence(dossier, event);
}

static void
test_the_start_is_told_when_the_setting_says_so(void **state)
{
	static const char *const settings[] = {"besluit", "1", "tussenstand",
	    "ja", NULL};
	void *plain = adapter;
	json_t *event;
	json_t *dossier = dossier_with("IN_PROGRESS", "NONE", &event);
	struct job_view job = job_for(dossier, event);
	struct step step;

	(void)state;
	adapter = adapter_open(settings);
	step = give(&job);
	assert_int_equal(step.kind, STEP_REQUEST);
	assert_non_null(strstr(step.body, "<JZ:statuscode>ZVH-01<"));
	step_fini(&step);
	politie_ops.close(adapter);
	adapter = plain;
	json_decref(event);
	json_decref(dossier);
}

static void
expect_after(const char *document, int status, enum step_kind kind,
    const char *text)
{
	json_t *event;
	json_t *dossier = dossier_with("COMPLETED", "HELPED", &event);
	struct job_view job = job_for(dossier, event);
	struct step step;

	job.step = 1;
	job.status = status;
	job.response = span_str(document);
	step = give(&job);
	assert_int_equal(step.kind, kind);
	assert_string_equal(step.text, text);
	step_fini(&step);
	json_decref(event);
	json_decref(dossier);
}

static void
test_their_answer_ends_the_job_or_parks_it(void **state)
{
	static const char ours[] = "WH-cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd";
	static const char not_bv03[] =
	    "antwoord van de politie is geen Bv03 op dit bericht";
	char *bv03 = changed(file_text(SAMPLES "Bv03.xml"),
	    "PL1300-2026101234-NAZ", ours);
	char *again = changed(file_text(SAMPLES "Fo03.xml"),
	    "PL1300-2026101234-NAZ", ours);
	char *refused = changed(changed(file_text(SAMPLES "Fo03.xml"),
				    "PL1300-2026101234-NAZ", ours),
	    "StUF016", "StUF013");
	char *other = file_text(SAMPLES "Bv03.xml");

	(void)state;
	expect_after(bv03, 200, STEP_DONE, "");
	expect_after(again, 409, STEP_DONE, "");
	expect_after(refused, 422, STEP_PARK,
	    "de politie wijst de uitkomst af: StUF013");
	expect_after(other, 200, STEP_PARK, not_bv03);
	expect_after("<html/>", 404, STEP_PARK, not_bv03);
	expect_after("", 200, STEP_PARK, not_bv03);
	mem_free(bv03);
	mem_free(again);
	mem_free(refused);
	mem_free(other);
}

static void
test_samples_and_schemas_agree(void **state)
{
	static const char *const valid[] = {"meldingGeneriekDi01.xml",
	    "uitkomst-VT-03.xml", "Bv03.xml", "Fo03.xml"};
	char path[512];

	(void)state;
	if (schema == NULL)
		skip();
	for (size_t i = 0; i < COUNT_OF(valid); i++) {
		char *text;

		(void)snprintf(path, sizeof(path), "%s%s", SAMPLES, valid[i]);
		text = file_text(path);
		expect_valid(text, strlen(text));
		mem_free(text);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_a_report_taken_is_answered_with_bv03),
	    cmocka_unit_test(test_the_same_reference_again_is_stuf016),
	    cmocka_unit_test(test_each_outcome_has_its_status_and_code),
	    cmocka_unit_test(
		test_an_unreadable_message_still_gets_a_valid_fo03),
	    cmocka_unit_test(test_an_end_is_told_as_a_code_without_care),
	    cmocka_unit_test(test_the_outcome_document_element_by_element),
	    cmocka_unit_test(test_nothing_is_told_that_was_not_asked),
	    cmocka_unit_test(test_the_start_is_told_when_the_setting_says_so),
	    cmocka_unit_test(test_their_answer_ends_the_job_or_parks_it),
	    cmocka_unit_test(test_samples_and_schemas_agree),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
