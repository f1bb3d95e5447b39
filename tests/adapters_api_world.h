/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_TESTS_ADAPTERS_API_WORLD_H
#define WH_TESTS_ADAPTERS_API_WORLD_H

#include "adapters/json.h"
#include "tests/adapters_http_world.h"

#include <jansson.h>
#include <stdlib.h>

#include "adapters/api_impl.h"
#include "adapters/dossier.h"
#include "adapters/outbox.h"
#include "proto/base/file.h"
#include "proto/base/text.h"
#include "tests/consent_alliance.h"

/*
 * The API over real HTTP and two real desks, the buurtteam's and WPI's. The
 * hub is away, or this test plays it: the functions of runner.h and uplink.h
 * that the API calls are here, so that the library's own are not linked.
 *
 * With WIJKHUB_API_DUMP=folder every answer is kept there, for api_answers.py.
 */
struct runner {
	struct desk *desk; /* whose API it is now; borrowed */
	bool hub;          /* answers at once: yes, or the refusal */
	enum reason refusal;
	uint64_t log_index;
	const struct proof *proof; /* borrowed; NULL: it has none */
	enum wh_err proof_err;
};

struct api_world {
	struct world w;
	struct alliance *alliance; /* owned */
	struct desk *buurtteam;
	struct desk *wpi;
	char *dirs[2];
	struct runner runner;
	struct api *api;
	json_t *body; /* of the last answer; owned */
	unsigned status;
	char location[160];
};

static struct uplink *const no_uplink = (struct uplink *)8;

struct desk *
runner_desk(struct runner *runner)
{
	return runner->desk;
}

struct uplink *
runner_uplink(struct runner *runner)
{
	(void)runner;
	return no_uplink;
}

static struct runner *playing; /* whose hub uplink_proof() asks */

bool
uplink_connected(const struct uplink *uplink)
{
	(void)uplink;
	return playing->hub;
}

void
uplink_proof(struct uplink *uplink, uint64_t index, uplink_proof_fn *done,
    void *arg)
{
	(void)uplink;
	(void)index;
	done(arg, playing->proof, playing->proof_err);
}

/* The hub's word on what waits in the outbox, given to the desk. */
static inline void
hub_speaks(struct runner *runner, struct desk_result *result)
{
	const struct receipt yes = {.id = result->wait,
	    .log_index = runner->log_index++,
	    .at_ms = clk_wall_ms(),
	    .state = STATE_QUEUED};
	const struct refusal no = {.id = result->wait,
	    .reason = runner->refusal,
	    .detail = ""};
	json_t *now = NULL;
	struct id id;

	if (runner->refusal == REASON_NONE) {
		assert_int_equal(desk_receipt(runner->desk, &yes, yes.at_ms),
		    WH_OK);
		result->kind = OUTCOME_CREATED;
	} else {
		assert_int_equal(desk_refusal(runner->desk, &no, yes.at_ms),
		    WH_OK);
		result->kind = OUTCOME_REFUSED;
		result->reason = runner->refusal;
	}
	if (id_parse(json_text(result->dossier, "id"), &id) != WH_OK ||
	    desk_dossier(runner->desk, &id, &now) != WH_OK)
		return;
	json_decref(result->dossier);
	result->dossier = now;
}

void
runner_settle(struct runner *runner, struct desk_result *result,
    struct http_request *request, runner_finish_fn *finish, void *arg)
{
	if (result->has_wait && runner->hub)
		hub_speaks(runner, result);
	finish(arg, request, result);
	desk_result_fini(result);
}

static inline struct desk *
desk_of(struct api_world *a, const char *member, const char *dir)
{
	static const uint8_t storage_key[32] = {7};
	struct key_secrets keys;
	char name[64];
	char *path;
	struct desk *desk = NULL;
	struct why why = {""};

	snprintf(name, sizeof(name), "%s.secret", member);
	path = support_path(a->alliance->dir, name);
	assert_int_equal(keyfile_read_secret(path, &keys, &why), WH_OK);
	free(path);
	const struct desk_options options = {.dir = dir,
	    .member = member,
	    .keys = &keys,
	    .storage_key = storage_key,
	    .alliance_key = a->alliance->secret.public_key,
	    .map_bytes = 32u << 20};
	assert_int_equal(desk_open(&options, &desk, &why), WH_OK);
	key_secrets_wipe(&keys);
	return desk;
}

static inline void
give_register(struct api_world *a, struct desk *desk)
{
	uint8_t *bytes = NULL;
	size_t len;
	struct why why = {""};

	if (register_sign(&a->alliance->reg, &a->alliance->secret, &bytes, &len,
		&why) != WH_OK)
		fail_msg("%s", why.text);
	assert_int_equal(desk_register_put(desk, span_of(bytes, len), &why),
	    WH_OK);
	mem_free(bytes);
}

static inline int
api_world_open(void **state)
{
	static const char *const tokens[] = {"abcdefghijklmnop0123", NULL};
	const struct http_options options = {.listen = "127.0.0.1:0",
	    .tokens = tokens};
	struct api_world *a = mem_new(sizeof(*a));
	void *alliance = NULL;
	size_t i, k;

	alliance_setup(&alliance);
	a->alliance = alliance;
	/* HTTP knows no injected time: keys hold from long before. */
	for (i = 0; i < a->alliance->reg.member_count; i++)
		for (k = 0; k < a->alliance->reg.members[i].key_count; k++)
			a->alliance->reg.members[i].keys[k].from_ms = 1;
	for (i = 0; i < 2; i++)
		a->dirs[i] = support_dir_new();
	a->buurtteam = desk_of(a, "buurtteam", a->dirs[0]);
	a->wpi = desk_of(a, "wpi", a->dirs[1]);
	give_register(a, a->buurtteam);
	give_register(a, a->wpi);
	a->runner.desk = a->buurtteam;
	playing = &a->runner;
	a->w.base = event_base_new();
	a->w.answer = mem_new(ANSWER_MAX + 1);
	a->w.deadline_ms = clk_mono_ms() + (int64_t)4 * DEADLINE_MS;
	assert_int_equal(http_open(a->w.base, &options, &a->w.http, NULL),
	    WH_OK);
	a->api = api_new(a->w.http, &a->runner);
	*state = a;
	return 0;
}

static inline int
api_world_close(void **state)
{
	struct api_world *a = *state;
	void *alliance = a->alliance;

	http_close(a->w.http);
	api_free(a->api);
	event_base_free(a->w.base);
	desk_close(a->buurtteam);
	desk_close(a->wpi);
	support_dir_remove(a->dirs[0]);
	support_dir_remove(a->dirs[1]);
	alliance_teardown(&alliance);
	json_decref(a->body);
	mem_free(a->w.answer);
	mem_free(a);
	return 0;
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, api_world_open, api_world_close)

static inline void
dump(const struct api_world *a, const char *method, const char *path,
    const char *type)
{
	static unsigned n;
	const char *dir = getenv("WIJKHUB_API_DUMP");
	char name[512];
	json_t *line;

	if (dir == NULL)
		return;
	snprintf(name, sizeof(name), "%s/%d-%04u.json", dir, (int)getpid(),
	    n++);
	line = json_pack("{s:s, s:s, s:i, s:s, s:O}", "method", method, "path",
	    path, "status", (int)a->status, "type", type, "body", a->body);
	assert_non_null(line);
	assert_int_equal(json_dump_file(line, name, 0), 0);
	json_decref(line);
}

static inline void
header_of(const char *answer, const char *name, char *out, size_t size)
{
	const char *at = strcasestr(answer, name);
	const char *end = strstr(answer, "\r\n\r\n");

	out[0] = '\0';
	if (at == NULL || end == NULL || at > end)
		return;
	at += strlen(name);
	snprintf(out, size, "%.*s", (int)strcspn(at, "\r"), at);
}

/* One request; the answer is in a->status, a->body and a->location. */
static inline json_t *
ask_bytes(struct api_world *a, const char *method, const char *path,
    const char *body, size_t len)
{
	char head[512];
	char type[64];
	const char *answer, *at;
	int fd = dial(&a->w);

	snprintf(head, sizeof(head),
	    "%s %s HTTP/1.1\r\n" HOST CLOSE TOKEN
	    "Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n",
	    method, path, len);
	assert_true(say(&a->w, fd, head, strlen(head)));
	(void)say(&a->w, fd, body, len);
	answer = hear(&a->w, fd);
	close(fd);
	a->status = (unsigned)strtoul(answer + strlen("HTTP/1.1 "), NULL, 10);
	header_of(answer, "\r\nLocation: ", a->location, sizeof(a->location));
	header_of(answer, "\r\nContent-Type: ", type, sizeof(type));
	at = strstr(answer, "\r\n\r\n");
	assert_non_null(at);
	json_decref(a->body);
	a->body = strncmp(type, "text/", 5) == 0
		      ? json_string(at + 4)
		      : json_loads(at + 4, JSON_REJECT_DUPLICATES, NULL);
	if (a->body == NULL)
		fail_msg("no JSON: %.600s", answer);
	dump(a, method, path, type);
	return a->body;
}

static inline json_t *
ask(struct api_world *a, const char *method, const char *path, const char *body)
{
	return ask_bytes(a, method, path, body, strlen(body));
}

static inline void
expect(const struct api_world *a, unsigned status)
{
	char *text;

	if (a->status == status)
		return;
	text = json_dumps(a->body, JSON_INDENT(1));
	print_error("%s\n", text);
	free(text);
	fail_msg("status %u, not %u", a->status, status);
}

static inline void
expect_code(const struct api_world *a, unsigned status, const char *code)
{
	expect(a, status);
	assert_string_equal(json_text(a->body, "code"), code);
}

/* Is this field blamed, and with this code? */
static inline void
expect_blame(const struct api_world *a, const char *name, const char *code)
{
	json_t *params = json_object_get(a->body, "invalidParams");
	json_t *param;
	char *text;
	size_t i;

	json_array_foreach(params, i, param)
	{
		if (strcmp(json_text(param, "name"), name) == 0 &&
		    strcmp(json_text(param, "code"), code) == 0)
			return;
	}
	text = json_dumps(a->body, JSON_INDENT(1));
	print_error("%s\n", text);
	free(text);
	fail_msg("%s is not blamed with %s", name, code);
}

#define CONSENT                                                                \
	"{\"client\": \"B-100\", \"soort\": \"CONSENT_AVG\", "                 \
	"\"partijen\": [\"wpi\"], \"typen\": [\"geldzorgen\"], "               \
	"\"categorieen\": [\"CONTACT\", \"REQUEST\", \"FINANCE\"], "           \
	"\"vastgelegd\": {\"hoe\": \"IN_PERSON\", \"door\": \"M. de Wit\", "   \
	"\"tekst\": \"Mag ik dit delen met WPI?\"}}"

#define SECTIONS                                                               \
	"\"gegevens\": {\"CONTACT\": {\"naam\": {\"voornamen\": \"Fenna\", "   \
	"\"achternaam\": \"Voorbeeld\"}, \"telefoon\": \"020 1234567\"}, "     \
	"\"REQUEST\": {\"tekst\": \"Kan de huur niet betalen.\"}}"

/* Record a consent; its id goes to id. */
static inline void
make_consent(struct api_world *a, char id[ID_TEXT_SIZE])
{
	json_t *consent = ask(a, "POST", "/v1/toestemmingen", CONSENT);

	assert_true(a->status == 201 || a->status == 202);
	snprintf(id, ID_TEXT_SIZE, "%s", json_text(consent, "id"));
}

/* A referral of money worries to WPI under this consent. */
static inline json_t *
refer(struct api_world *a, const char *consent, const char *more)
{
	char body[2048];

	snprintf(body, sizeof(body),
	    "{\"type\": \"geldzorgen\", \"naar\": {\"lid\": \"wpi\"}, "
	    "\"client\": \"B-100\", \"grondslag\": {\"soort\": "
	    "\"CONSENT_AVG\", \"toestemming\": \"%s\"}, %s" SECTIONS "}",
	    consent, more);
	return ask(a, "POST", "/v1/verwijzingen", body);
}

#endif
