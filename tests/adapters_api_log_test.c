/* SPDX-License-Identifier: EUPL-1.2 */
#include "adapters/json.h"
#include "tests/adapters_api_world.h"

#include "adapters/api_reason.h"
#include "consent/note_checkpoint.h"
#include "consent/note_proof.h"
#include "proto/wire_section_rules.h"

/* Proofs from the log, openapi.json, and the words for people. */

#define PATH "/v1/logboek/1/bewijs"

/* A log of two leaves under the hub's key. */
struct log {
	struct hash left;
	uint8_t path[1][WIRE_KEY_LEN];
	char *note;
	struct proof proof;
};

static void
log_make(struct api_world *a, struct log *log, const char *origin)
{
	static const char leaf[] = "regel twee";
	struct hash right = merkle_leaf(span_str(leaf));
	struct note_checkpoint head = {.origin = span_str(origin), .size = 2};
	struct key_secrets hub;
	struct note_key key;

	log->left = merkle_leaf(span_str("regel een"));
	head.root = merkle_node(&log->left, &right);
	alliance_hub_keys(a->alliance, &hub);
	assert_int_equal(note_key_make(origin, NOTE_ED25519,
			     hub.signing.public_key, &key),
	    WH_OK);
	assert_int_equal(note_checkpoint_seal(&head, &key, &hub.signing,
			     &log->note),
	    WH_OK);
	memcpy(log->path[0], log->left.b, HASH_LEN);
	log->proof = (struct proof){.index = 1,
	    .size = 2,
	    .leaf = span_str(leaf),
	    .path_count = 1,
	    .path = (const uint8_t(*)[WIRE_KEY_LEN])log->path,
	    .checkpoint = span_str(log->note)};
	a->runner.proof = &log->proof;
	a->runner.hub = true;
}

static void
test_a_proof_that_holds_is_shown(void **state)
{
	struct api_world *a = *state;
	struct note_proof *whole = mem_new(sizeof(*whole));
	struct log log;

	log_make(a, &log, "test/log");
	ask(a, "GET", PATH, "");
	expect(a, 200);
	assert_int_equal(json_integer_value(
			     json_object_get(a->body, "grootte")),
	    2);
	assert_string_equal(json_text(a->body, "checkpoint"), log.note);
	assert_int_equal(note_proof_parse(span_str(
					      json_text(a->body, "bewijs")),
			     whole),
	    WH_OK);
	assert_int_equal(whole->index, 1);
	mem_free(whole);
	mem_free(log.note);
}

/* A referral whose acceptance is entry 1; its proof's path goes to path. */
static void
refer_entry_1(struct api_world *a, char path[160])
{
	char consent[ID_TEXT_SIZE];

	a->runner.log_index = 0;
	make_consent(a, consent);
	refer(a, consent, "");
	snprintf(path, 160, "/v1/verwijzingen/%s/bewijs",
	    json_text(a->body, "id"));
}

static void
test_a_referral_leads_to_one_file_that_proves_it(void **state)
{
	struct api_world *a = *state;
	struct note_proof *whole = mem_new(sizeof(*whole));
	char path[160];
	struct log log;

	log_make(a, &log, "test/log");
	refer_entry_1(a, path);
	ask(a, "GET", path, "");
	expect(a, 200);
	assert_has(a->w.answer, "Content-Type: text/plain; charset=utf-8");
	assert_has(a->w.answer, "Content-Disposition: attachment; "
				"filename=\"bewijs-1.tlog-proof\"");
	assert_int_equal(note_proof_parse(span_str(json_string_value(a->body)),
			     whole),
	    WH_OK);
	assert_int_equal(whole->index, 1);
	assert_int_equal(whole->extra_len, log.proof.leaf.len);
	assert_memory_equal(whole->extra, log.proof.leaf.p, whole->extra_len);
	log.path[0][3] ^= 1;
	ask(a, "GET", path, "");
	expect_code(a, 502, "BEWIJS_KLOPT_NIET");
	mem_free(whole);
	mem_free(log.note);
}

static void
test_what_the_hub_did_not_accept_has_no_file(void **state)
{
	struct api_world *a = *state;
	char path[160];

	refer_entry_1(a, path);
	ask(a, "GET", path, "");
	expect_code(a, 404, "NIET_GEVONDEN");
	ask(a, "GET",
	    "/v1/verwijzingen/01920000-0000-7000-8000-000000000001/bewijs", "");
	expect_code(a, 404, "NIET_GEVONDEN");
	ask(a, "GET", "/v1/verwijzingen/1/bewijs", "");
	expect_code(a, 404, "NIET_GEVONDEN");
}

static void
expect_broken(struct api_world *a)
{
	ask(a, "GET", PATH, "");
	expect_code(a, 502, "BEWIJS_KLOPT_NIET");
}

static void
test_a_proof_that_does_not_hold_is_not_shown(void **state)
{
	struct api_world *a = *state;
	struct log log;

	log_make(a, &log, "test/log");
	log.path[0][3] ^= 1;
	expect_broken(a);
	log.path[0][3] ^= 1;
	log.proof.leaf = span_str("regel drie");
	expect_broken(a);
	log.proof.leaf = span_str("regel twee");
	log.proof.size = 3;
	expect_broken(a);
	log.proof.size = 2;
	log.proof.index = 0;
	expect_broken(a);
	log.proof.index = 1;
	log.proof.path_count = 0;
	expect_broken(a);
	log.proof.path_count = 1;
	log.proof.checkpoint.len--;
	expect_broken(a);
	mem_free(log.note);
	log_make(a, &log, "other/log");
	expect_broken(a);
	mem_free(log.note);
}

/* The right log, origin and root, and the signature of somebody else. */
static void
test_a_log_that_another_key_signed_is_not_believed(void **state)
{
	struct api_world *a = *state;
	char *hub = support_path(a->alliance->dir, "hub.secret");
	char *other = support_path(a->alliance->dir, "other.secret");
	struct log log;

	alliance_keys(a->alliance, KEYFILE_HUB, "other");
	assert_int_equal(rename(other, hub), 0);
	log_make(a, &log, "test/log");
	expect_broken(a);
	mem_free(log.note);
	free(hub);
	free(other);
}

static void
test_no_hub_no_proof(void **state)
{
	struct api_world *a = *state;

	ask(a, "GET", PATH, "");
	expect_code(a, 503, "BEZET");
	a->runner.hub = true;
	a->runner.proof_err = WH_AGAIN;
	ask(a, "GET", PATH, "");
	expect_code(a, 503, "BEZET");
	a->runner.proof_err = WH_NOT_FOUND;
	ask(a, "GET", PATH, "");
	expect_code(a, 404, "NIET_GEVONDEN");
	ask(a, "GET", "/v1/logboek/01/bewijs", "");
	expect_code(a, 404, "NIET_GEVONDEN");
	ask(a, "GET", "/v1/logboek/-1/bewijs", "");
	expect_code(a, 404, "NIET_GEVONDEN");
}

static void
test_each_route_is_in_the_schema_and_the_other_way_round(void **state)
{
	struct api_world *a = *state;
	size_t count, found = 0, i, n;
	const struct api_route *routes = api_route_table(&count);
	json_t *paths, *path, *operation;
	const char *name;
	char method[8];

	ask(a, "GET", "/v1/openapi.json", "");
	expect(a, 200);
	assert_has(a->w.answer, "Access-Control-Allow-Origin: *");
	paths = json_object_get(a->body, "paths");
	json_object_foreach(paths, name, path) found += json_object_size(path);
	assert_int_equal(found, count);
	for (i = 0; i < count; i++) {
		snprintf(method, sizeof(method), "%s", routes[i].method);
		for (n = 0; method[n] != '\0'; n++)
			method[n] = (char)(method[n] | 0x20);
		path = json_object_get(paths, routes[i].path);
		operation = json_object_get(path, method);
		assert_string_equal(json_text(operation, "operationId"),
		    routes[i].name);
	}
}

/* Every $ref in the document leads somewhere. */
static void /* NOLINTNEXTLINE(misc-no-recursion): as deep as the document */
follow(const json_t *root, const json_t *at)
{
	const char *ref = json_text(at, "$ref");
	const char *key;
	json_t *value;
	size_t i;

	if (ref[0] != '\0') {
		const json_t *all =
		    json_object_get(json_object_get(root, "components"),
			"schemas");

		assert_int_equal(strncmp(ref, "#/components/schemas/", 21), 0);
		assert_non_null(json_object_get(all, ref + 21));
	}
	json_object_foreach((json_t *)(uintptr_t)at, key, value)
	    follow(root, value);
	json_array_foreach(at, i, value) follow(root, value);
}

static void
test_every_reference_in_the_schema_leads_somewhere(void **state)
{
	json_t *schema = api_schema();

	(void)state;
	follow(schema, schema);
	json_decref(schema);
}

static void
test_the_schema_needs_no_token_and_the_rest_does(void **state)
{
	struct api_world *a = *state;
	size_t count, i, n;
	const struct api_route *routes = api_route_table(&count);
	char path[128], request[256];

	for (i = 0; i < count; i++) {
		/* Braces become letters of an id. */
		snprintf(path, sizeof(path), "%s", routes[i].path);
		for (n = 0; path[n] != '\0'; n++)
			if (path[n] == '{' || path[n] == '}')
				path[n] = 'x';
		snprintf(request, sizeof(request),
		    "%s %s HTTP/1.1\r\n" HOST CLOSE "Content-Length: 0\r\n\r\n",
		    routes[i].method, path);
		converse(&a->w, request);
		assert_status(a->w.answer, routes[i].is_open ? 200 : 401);
	}
}

static void
test_each_reason_has_its_own_words(void **state)
{
	const struct term *term, *other;

	(void)state;
	for (term = terms_all(TERMS_REASONS); term->text != NULL; term++) {
		const struct api_reason *words =
		    api_reason((enum reason)term->number);

		assert_non_null(words->title);
		assert_true(strlen(words->advice) > 20);
		assert_true(words->status >= 400);
		for (other = terms_all(TERMS_REASONS); other < term; other++)
			assert_string_not_equal(words->title,
			    api_reason((enum reason)other->number)->title);
	}
	assert_ptr_equal(api_reason((enum reason)9999),
	    api_reason(REASON_NONE));
}

static void
test_each_rule_of_a_section_has_its_dutch(void **state)
{
	const struct wire_section_format *format;

	(void)state;
	for (format = wire_section_formats(); format->field != NULL; format++)
		assert_string_not_equal(api_reason_rule(format->rule),
		    format->rule);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_a_proof_that_holds_is_shown),
	    TEST(test_a_referral_leads_to_one_file_that_proves_it),
	    TEST(test_what_the_hub_did_not_accept_has_no_file),
	    TEST(test_a_proof_that_does_not_hold_is_not_shown),
	    TEST(test_a_log_that_another_key_signed_is_not_believed),
	    TEST(test_no_hub_no_proof),
	    TEST(test_each_route_is_in_the_schema_and_the_other_way_round),
	    cmocka_unit_test(
		test_every_reference_in_the_schema_leads_somewhere),
	    TEST(test_the_schema_needs_no_token_and_the_rest_does),
	    cmocka_unit_test(test_each_reason_has_its_own_words),
	    cmocka_unit_test(test_each_rule_of_a_section_has_its_dutch),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
