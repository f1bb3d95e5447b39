/* SPDX-License-Identifier: EUPL-1.2 */
#include "tests/adapters_wpi.h"

#define KLANT  "https://open-klant.gemeente.example/klantinteracties/api/v1/"
#define ZAKEN  "https://open-zaak.gemeente.example/zaken/api/v1/"
#define CASE   "01990000-0000-7000-8000-000000000123"
#define ZAAK   ZAKEN "zaken/22222222-2222-4222-8222-222222222222"
#define STATUS ZAKEN "statussen/88888888-8888-4888-8888-888888888888"
#define STATUSTYPE                                                             \
	"https://open-zaak.gemeente.example/catalogi/api/v1/statustypen/"
#define KNOWN "44444444-4444-4444-8444-444444444444"
#define AUTH  "Bearer geheim-van-het-abonnement"

/* Made with Python's hmac, over the claims as RFC 7519 writes them. */
#define JWT_BODY                                                               \
	"eyJpc3MiOiJ3aWpraHViLXdwaSIsImlhdCI6MTc4OTM5MDUwMSwiY2xp"             \
	"ZW50X2lkIjoid2lqa2h1Yi13cGkiLCJ1c2VyX2lkIjoid2lqa2h1YiIs"             \
	"InVzZXJfcmVwcmVzZW50YXRpb24iOiJ3aWpraHViIn0"
#define JWT_MAC "IZLI5lJKZIIJp6YxZCBq62qBYyr_9srfBqFTIcUCG5c"

static const char zaak_answer[] =
    "{\"kenmerken\": [{\"bron\": \"ander\", \"kenmerk\": \"9\"},"
    "{\"bron\": \"wijkhub\", \"kenmerk\": \"" CASE "\"}]}";
static const char status_answer[] = "{\"zaak\": \"" ZAAK "\","
				    "\"statustype\": \"" STATUSTYPE KNOWN "\"}";

struct world {
	char *hook, *token, *secret; /* paths */
	void *adapter;
};

static int
world_open_with(struct world *w, const char *processed, const char *zaken)
{
	const char *const settings[] = {"actor", ACTOR, "notificatie_auth",
	    w->hook, "klanten", KLANT, "zaken", zaken, "statustypen",
	    KNOWN "=afronden:HELPED " CONTACT "=negeren " PERSON "=starten",
	    "klant_token", w->token, "zgw_client", "wijkhub-wpi", "zgw_secret",
	    w->secret, "verwerkt", processed, NULL};

	w->adapter = adapter_open(settings);
	return 0;
}

static int
world_open(void **state)
{
	struct world *w = mem_new(sizeof(*w));

	w->hook = secret_file(AUTH "\n");
	w->token = secret_file("0123456789abcdef0123\n");
	w->secret = secret_file("fedcba9876543210zgw\n");
	*state = w;
	return world_open_with(w, "", ZAKEN);
}

static int
world_close(void **state)
{
	struct world *w = *state;

	wpi_ops.close(w->adapter);
	secret_end(w->hook);
	secret_end(w->token);
	secret_end(w->secret);
	mem_free(w);
	return 0;
}

static void
world_again(struct world *w, const char *processed, const char *zaken)
{
	wpi_ops.close(w->adapter);
	world_open_with(w, processed, zaken);
}

static struct adapter_in
request(const char *body, const struct adapter_header *authorization)
{
	struct adapter_in in = {.method = "POST",
	    .path = "/zgw/notificaties",
	    .id = "",
	    .content_type = "application/json",
	    .headers = authorization,
	    .header_count = authorization == NULL ? 0 : 1,
	    .body = span_str(body),
	    .now_ms = NOW};

	memset(in.request_id.b, 0xab, sizeof(in.request_id.b));
	return in;
}

static const struct adapter_header known = {"authorization", AUTH};

static struct action
take(struct world *w, const char *body)
{
	struct adapter_in in = request(body, &known);
	struct action action;

	memset(&action, 0, sizeof(action));
	wpi_ops.take(w->adapter, &in, &action);
	return action;
}

static json_t *
answer(struct world *w, const struct adapter_in *in, enum outcome_kind kind,
    int status)
{
	struct outcome outcome = {.kind = kind, .field = "", .text = ""};
	struct adapter_reply reply;
	json_t *body = NULL;

	memset(&reply, 0, sizeof(reply));
	wpi_ops.answer(w->adapter, in, &outcome, &reply);
	assert_int_equal(reply.status, status);
	if (reply.body != NULL) {
		assert_string_equal(reply.content_type,
		    "application/problem+json");
		body = json_loadb(reply.body, reply.len, 0, NULL);
		assert_non_null(body);
	}
	adapter_reply_fini(&reply);
	return body;
}

/* The sample notification with one member changed; NULL takes it out. */
static char *
notification(const char *key, json_t *value)
{
	json_t *body = sample("notificatie");
	char *text;

	if (value == NULL)
		json_object_del(body, key);
	else
		json_object_set_new(body, key, value);
	text = json_dumps(body, 0);
	json_decref(body);
	return text;
}

static char *
about(const char *channel, const char *resource, const char *url)
{
	json_t *body = sample("notificatie");
	char *text;

	json_object_set_new(body, "kanaal", json_string(channel));
	json_object_set_new(body, "resource", json_string(resource));
	json_object_set_new(body, "resourceUrl", json_string(url));
	text = json_dumps(body, 0);
	json_decref(body);
	return text;
}

static void
expect_take(struct world *w, char *body, enum action_kind kind,
    const char *field)
{
	struct action action = take(w, body);

	assert_int_equal(action.kind, kind);
	assert_string_equal(action.field, field);
	action_fini(&action);
	free(body);
}

/* The job that a notification makes, at its first request. */
static void
job_start(struct world *w, struct run *run, char *body)
{
	struct action action = take(w, body);

	assert_int_equal(action.kind, ACTION_JOB);
	*run = (struct run){.adapter = w->adapter,
	    .context = json_incref(action.body)};
	run_step(run, 0, "");
	action_fini(&action);
	free(body);
}

static void
expect_event(const struct run *run, const char *want)
{
	json_t *event = json_of(want);

	assert_int_equal(run->step.kind, STEP_EVENT);
	assert_string_equal(run->step.id, CASE);
	expect_json(run->step.event, event);
	json_decref(event);
}

static void
test_a_zaak_status_becomes_the_event_of_the_settings(void **state)
{
	struct run run;

	job_start(*state, &run, notification("actie", json_string("create")));
	expect_request(&run, "GET", STATUS);
	run_answer(&run, 200, status_answer);
	expect_request(&run, "GET", ZAAK);
	assert_string_equal(run_header(&run, "Authorization"),
	    "Bearer eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9"
	    "." JWT_BODY "." JWT_MAC);
	run_answer(&run, 200, zaak_answer);
	expect_event(&run, "{\"soort\": \"afronden\", \"code\": \"HELPED\"}");
	run_end(&run);
}

static void
test_a_status_that_means_nothing_here_asks_no_further(void **state)
{
	static const char *const statuses[] =
	    {"{\"zaak\": \"" ZAAK "\", \"statustype\": \"" STATUSTYPE TASK
	     "0\"}",
		"{\"zaak\": \"" ZAAK "\", \"statustype\": \"geen adres\"}",
		"{\"zaak\": \"" ZAAK "\"}", "{}"};
	struct run run;

	for (size_t i = 0; i < COUNT_OF(statuses); i++) {
		job_start(*state, &run,
		    notification("actie", json_string("create")));
		run_answer(&run, 200, statuses[i]);
		assert_int_equal(run.step.kind, STEP_DONE);
		run_end(&run);
	}
	job_start(*state, &run, notification("actie", json_string("create")));
	run_answer(&run, 200,
	    "{\"zaak\": \"" ZAAK "\", \"statustype\": \"x/" CONTACT "\"}");
	run_answer(&run, 200, zaak_answer);
	assert_int_equal(run.step.kind, STEP_DONE); /* negeren */
	run_end(&run);
}

static void
test_a_zaak_of_somebody_else_is_left_alone(void **state)
{
	static const char *const zaken[] = {"{}", "{\"kenmerken\": []}",
	    "{\"kenmerken\": [{\"bron\": \"ander\", \"kenmerk\": \"" CASE
	    "\"}]}",
	    ("{\"kenmerken\": [{\"bron\": \"wijkhub\", \"kenmerk\": "
	     "\"WH-1\"}]}")};
	struct run run;

	for (size_t i = 0; i < COUNT_OF(zaken); i++) {
		job_start(*state, &run,
		    notification("actie", json_string("create")));
		run_answer(&run, 200, status_answer);
		run_answer(&run, 200, zaken[i]);
		assert_int_equal(run.step.kind, STEP_DONE);
		run_end(&run);
	}
}

static char *
task_changed(void)
{
	return about("internetaken", "internetaak", KLANT "internetaken/" TASK);
}

#define PROCESSED                                                              \
	"{\"status\": \"verwerkt\", \"aanleidinggevendKlantcontact\":"         \
	"{\"uuid\": \"" CONTACT "\"}}"
#define CONTACTED "{\"metadata\": {\"wijkhubId\": \"" CASE "\"}}"

static void
test_a_processed_task_starts_the_referral(void **state)
{
	struct run run;

	job_start(*state, &run, task_changed());
	expect_request(&run, "GET", KLANT "internetaken/" TASK);
	assert_string_equal(run_header(&run, "Authorization"),
	    "Token 0123456789abcdef0123");
	run_answer(&run, 200, PROCESSED);
	expect_request(&run, "GET", KLANT "klantcontacten/" CONTACT);
	run_answer(&run, 200, CONTACTED);
	expect_event(&run, "{\"soort\": \"starten\"}");
	run_end(&run);
}

static void
test_what_processed_means_is_a_setting(void **state)
{
	struct world *w = *state;
	struct run run;

	world_again(w, "afronden:PARTLY_HELPED", ZAKEN);
	job_start(w, &run, task_changed());
	run_answer(&run, 200, PROCESSED);
	run_answer(&run, 200, CONTACTED);
	expect_event(&run,
	    "{\"soort\": \"afronden\", \"code\": \"PARTLY_HELPED\"}");
	run_end(&run);
	world_again(w, "negeren", ZAKEN);
	job_start(w, &run, task_changed());
	run_answer(&run, 200, PROCESSED);
	assert_int_equal(run.step.kind, STEP_DONE);
	run_end(&run);
}

static void
test_tasks_that_are_open_or_closed_by_us_say_nothing(void **state)
{
	static const char *const tasks[] =
	    {"{\"status\": \"te_verwerken\", \"aanleidinggevendKlantcontact\":"
	     "{\"uuid\": \"" CONTACT "\"}}",
		"{\"status\": \"verwerkt\"}",
		"{\"status\": \"verwerkt\", \"aanleidinggevendKlantcontact\":"
		"{\"uuid\": \"../zaken\"}}",
		"{\"status\": \"verwerkt\", \"toelichting\":"
		"\"Verwijzing ingetrokken\", \"aanleidinggevendKlantcontact\":"
		"{\"uuid\": \"" CONTACT "\"}}"};
	struct run run;

	for (size_t i = 0; i < COUNT_OF(tasks); i++) {
		job_start(*state, &run, task_changed());
		run_answer(&run, 200, tasks[i]);
		assert_int_equal(run.step.kind, STEP_DONE);
		run_end(&run);
	}
}

static void
test_what_is_gone_is_done_and_what_is_refused_parks(void **state)
{
	struct run run;

	job_start(*state, &run, task_changed());
	run_answer(&run, 404, "{}");
	assert_int_equal(run.step.kind, STEP_DONE);
	run_end(&run);
	job_start(*state, &run, task_changed());
	run_answer(&run, 403, "{\"code\": \"permission_denied\"}");
	assert_int_equal(run.step.kind, STEP_PARK);
	assert_string_equal(run.step.text,
	    "internetaken: HTTP 403: permission_denied");
	run_end(&run);
}

static void
test_only_the_agreed_authorization_is_let_in(void **state)
{
	static const struct adapter_header wrong[] =
	    {{"Authorization", "Bearer geheim-van-het-abonnemen"},
		{"Authorization", "Bearer geheim-van-het-abonnement "},
		{"Authorization", ""}, {"X-Authorization", AUTH}};
	char *body = task_changed();
	json_t *want = sample("out/fout-403");

	for (size_t i = 0; i <= COUNT_OF(wrong); i++) {
		const struct adapter_header *header =
		    i < COUNT_OF(wrong) ? &wrong[i] : NULL;
		struct adapter_in in = request(body, header);
		struct action action;
		json_t *got;

		memset(&action, 0, sizeof(action));
		wpi_ops.take(((struct world *)*state)->adapter, &in, &action);
		assert_int_equal(action.kind, ACTION_NOTHING);
		assert_null(action.body);
		action_fini(&action);
		got = answer(*state, &in, OUTCOME_DONE, 403);
		expect_json(got, want);
		json_decref(got);
	}
	json_decref(want);
	free(body);
}

static void
test_without_an_agreed_authorization_nobody_is(void **state)
{
	static const char *const settings[] = {"uitgaand", "nee", NULL};
	struct world *w = *state;
	char *body = task_changed();
	struct adapter_in in = request(body, &known);

	wpi_ops.close(w->adapter);
	w->adapter = adapter_open(settings);
	json_decref(answer(w, &in, OUTCOME_DONE, 403));
	free(body);
}

static void
test_the_services_own_test_is_understood(void **state)
{
	static const char body[] =
	    "{\"kanaal\": \"test\", \"hoofdObject\":"
	    "\"http://some.hoofdobject.nl/\", \"resource\": \"some_resource\","
	    "\"resourceUrl\": \"http://some.resource.nl/\", \"actie\":"
	    "\"create\", \"aanmaakdatum\": \"2019-01-01T12:00:00Z\","
	    "\"kenmerken\": {}}";
	struct adapter_in in = request(body, &known);
	struct action action = take(*state, body);

	assert_int_equal(action.kind, ACTION_NOTHING);
	action_fini(&action);
	assert_null(answer(*state, &in, OUTCOME_DONE, 204));
}

static void
test_what_is_not_ours_to_act_on_is_understood(void **state)
{
	struct world *w = *state;

	expect_take(w, notification("resource", json_string("rol")),
	    ACTION_NOTHING, "");
	expect_take(w, notification("kanaal", json_string("besluiten")),
	    ACTION_NOTHING, "");
	expect_take(w, notification("actie", json_string("destroy")),
	    ACTION_NOTHING, "");
	expect_take(w, about("partijen", "partij", "http://10.0.0.1/x"),
	    ACTION_NOTHING, "");
	expect_take(w, notification("kenmerken", NULL), ACTION_JOB, "");
	expect_take(w,
	    notification("aanmaakdatum",
		json_string("2026-09-14T13:00:01.123456+02:00")),
	    ACTION_JOB, "");
}

static void
test_nothing_is_fetched_from_where_the_settings_do_not_say(void **state)
{
	static const char *const urls[] = {"https://10.0.0.1/statussen/1",
	    "http://open-zaak.gemeente.example/zaken/api/v1/statussen/1",
	    "https://open-zaak.gemeente.example.evil.example/zaken/api/v1/x",
	    "https://open-zaak.gemeente.example@evil.example/zaken/api/v1/x",
	    "https://evil.example/" STATUS, ZAKEN, ZAKEN "../../intern",
	    ZAKEN "%2e%2e/intern", ZAKEN "/evil.example", ZAKEN "x?y=z",
	    ZAKEN "x#y", ZAKEN "x\\y", ZAKEN "a b", KLANT "internetaken/1",
	    "file:///etc/passwd"};
	struct world *w = *state;

	for (size_t i = 0; i < COUNT_OF(urls); i++)
		expect_take(w,
		    notification("resourceUrl", json_string(urls[i])),
		    ACTION_REJECT, "resourceUrl");
	expect_take(w, about("internetaken", "internetaak", ZAAK),
	    ACTION_REJECT, "resourceUrl");
}

static void
test_answers_and_changed_settings_do_not_lead_elsewhere_either(void **state)
{
	struct world *w = *state;
	struct run run;

	job_start(w, &run, notification("actie", json_string("create")));
	run_answer(&run, 200,
	    "{\"zaak\": \"https://evil.example/zaken/1\","
	    "\"statustype\": \"" STATUSTYPE KNOWN "\"}");
	assert_int_equal(run.step.kind, STEP_PARK);
	assert_null(strstr(run.step.text, "evil"));
	run_end(&run);

	world_again(w, "", "https://elders.example/zaken/");
	run = (struct run){.adapter = w->adapter,
	    .context =
		json_pack("{s:s, s:s}", "stap", "status", "url", STATUS)};
	run_step(&run, 0, "");
	assert_int_equal(run.step.kind, STEP_PARK);
	run_end(&run);
}

static void
test_each_wrong_field_is_named(void **state)
{
	static const char *const all[] = {"kanaal", "hoofdObject", "resource",
	    "resourceUrl", "actie", "aanmaakdatum"};
	char *body = mem_strdup("{\"kanaal\": \"\", \"hoofdObject\": \"x\","
				"\"resource\": 1, \"actie\": null,"
				"\"aanmaakdatum\": \"2026-09-14\"}");
	struct adapter_in in = request(body, &known);
	json_t *got, *want, *params;

	for (size_t i = 0; i < COUNT_OF(all); i++)
		expect_take(*state, notification(all[i], NULL), ACTION_REJECT,
		    all[i]);
	expect_take(*state, notification("kenmerken", json_integer(1)),
	    ACTION_REJECT, "kenmerken");
	got = answer(*state, &in, OUTCOME_REJECTED, 400);
	want = sample("out/validatiefout-400");
	expect_json(got, want);
	params = json_object_get(got, "invalidParams");
	assert_int_equal(json_array_size(params), 6);
	json_decref(got);
	json_decref(want);
	mem_free(body);
}

static void
test_what_is_no_object_is_refused(void **state)
{
	static const char *const bodies[] = {"", "[]", "null", "{", "\"x\"",
	    "{\"kanaal\": \"a\", \"kanaal\": \"b\"}", "\xff"};

	for (size_t i = 0; i < COUNT_OF(bodies); i++)
		expect_take(*state, strdup(bodies[i]), ACTION_REJECT,
		    "nonFieldErrors");
}

static void
test_texts_that_are_too_long_are_refused(void **state)
{
	char text[64];

	memset(text, 'x', sizeof(text));
	text[50] = '\0';
	expect_take(*state, notification("kanaal", json_string(text)),
	    ACTION_NOTHING, "");
	text[50] = 'x';
	text[51] = '\0';
	expect_take(*state, notification("kanaal", json_string(text)),
	    ACTION_REJECT, "kanaal");
}

static void
test_no_room_says_come_again(void **state)
{
	char *body = task_changed();
	struct adapter_in in = request(body, &known);

	json_decref(answer(*state, &in, OUTCOME_BUSY, 503));
	free(body);
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, world_open, world_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_a_zaak_status_becomes_the_event_of_the_settings),
	    TEST(test_a_status_that_means_nothing_here_asks_no_further),
	    TEST(test_a_zaak_of_somebody_else_is_left_alone),
	    TEST(test_a_processed_task_starts_the_referral),
	    TEST(test_what_processed_means_is_a_setting),
	    TEST(test_tasks_that_are_open_or_closed_by_us_say_nothing),
	    TEST(test_what_is_gone_is_done_and_what_is_refused_parks),
	    TEST(test_only_the_agreed_authorization_is_let_in),
	    TEST(test_without_an_agreed_authorization_nobody_is),
	    TEST(test_the_services_own_test_is_understood),
	    TEST(test_what_is_not_ours_to_act_on_is_understood),
	    TEST(test_nothing_is_fetched_from_where_the_settings_do_not_say),
	    TEST(
		test_answers_and_changed_settings_do_not_lead_elsewhere_either),
	    TEST(test_each_wrong_field_is_named),
	    TEST(test_what_is_no_object_is_refused),
	    TEST(test_texts_that_are_too_long_are_refused),
	    TEST(test_no_room_says_come_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
