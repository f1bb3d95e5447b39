/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_TESTS_ADAPTERS_RUNNER_WORLD_H
#define WH_TESTS_ADAPTERS_RUNNER_WORLD_H

#include "tests/adapters_http_world.h"

#include <event2/buffer.h>
#include <event2/http.h>
#include <stdlib.h>

#include "adapters/runner.h"
#include "consent/register.h"
#include "proto/base/file.h"
#include "proto/base/text.h"
#include "proto/wire.h"
#include "tests/consent_alliance.h"

#define MEMBER "eigen-haard"

enum hub_mood {
	HUB_ACCEPTS,
	HUB_REFUSES,
	HUB_SILENT, /* after the welcome */
	HUB_AWAY    /* refuses at the door */
};

/*
 * An adapter whole: real configuration, desk, HTTP and sockets, with a hub and
 * a partner system that this test plays in the same loop. The partner's
 * documents say in so many words what take and give must do.
 */
struct stage {
	struct world w; /* its http is borrowed from the runner */
	struct alliance *alliance;
	char *config_path;
	struct config *config;
	struct runner *runner;
	struct evhttp *partner;
	unsigned partner_port;
	unsigned asked;    /* requests to the partner */
	int status;        /* that it answers with */
	bool partner_mute; /* no answer */
	char body[512];    /* of its last request */
	char job_id[64];   /* Idempotency-Key of its last request */
	unsigned gives;
	enum step_kind then; /* what give does after its request */
	int heard_status;    /* that give saw */
	char case_id[40];    /* that its STEP_EVENT cancels */
	struct sock_ctx *ctx;
	struct sock *zap;
	struct sock *hub;
	enum hub_mood mood;
	unsigned submits;
	struct arena arena;
	uint64_t log_index;
};

static struct stage *playing; /* whom the operations below work for */

static inline enum wh_err
play_open(const struct adapter_env *env, void **state, struct why *why)
{
	assert_string_equal(env->member, MEMBER);
	*state = playing;
	if (env->setting(env, "weiger") != NULL)
		return why_set(why, WH_INVALID, "weiger: zo niet");
	return WH_OK;
}

static inline void
play_take(void *state, const struct adapter_in *in, struct action *out)
{
	json_t *body =
	    json_loadb((const char *)in->body.p, in->body.len, 0, NULL);
	const char *what = json_string_value(json_object_get(body, "doe"));

	(void)state;
	if (in->dossier != NULL) {
		out->kind = ACTION_READ;
		(void)str_copy(out->id, sizeof(out->id), in->id);
	} else if (what == NULL) {
		action_reject(out, "T1", "doe", "ontbreekt");
	} else if (strcmp(what, "verwijs") == 0) {
		out->kind = ACTION_REFERRAL;
		out->body = json_incref(json_object_get(body, "verwijzing"));
	} else if (strcmp(what, "haal") == 0 && in->fetched == NULL) {
		out->kind = ACTION_FETCH;
		(void)str_copy(out->path, sizeof(out->path), "/relatie/1");
	} else if (strcmp(what, "taak") == 0) {
		out->kind = ACTION_JOB;
		out->body = json_pack("{ss}", "van", "take");
	} else if (strcmp(what, "annuleer") == 0) {
		out->kind = ACTION_EVENT;
		(void)str_copy(out->id, sizeof(out->id), in->id);
	}
	json_decref(body);
}

static inline void
play_answer(void *state, const struct adapter_in *in,
    const struct outcome *outcome, struct adapter_reply *reply)
{
	const char *id =
	    json_string_value(json_object_get(outcome->dossier, "id"));
	json_t *body = json_pack("{si ss ss ss sO* ss*}", "soort",
	    (int)outcome->kind, "veld", outcome->field, "tekst", outcome->text,
	    "code", outcome->code, "gehaald", in->fetched, "id", id);

	(void)state;
	reply->status = 200;
	(void)str_copy(reply->content_type, sizeof(reply->content_type),
	    "application/json");
	reply->body = json_dumps(body, JSON_COMPACT);
	reply->len = strlen(reply->body);
	json_decref(body);
}

/* One request, and then what the test said. */
static inline void
play_give(void *state, const struct job_view *job, struct step *out)
{
	struct stage *s = state;
	char header[64] = "Idempotency-Key: ";

	s->gives++;
	s->heard_status = job->status;
	if (job->step > 0) {
		assert_string_equal(json_string_value(
					json_object_get(job->context, "stap")),
		    "een");
		out->kind = s->then;
		(void)str_copy(out->text, sizeof(out->text), "kan niet");
		if (s->then == STEP_EVENT) {
			(void)str_copy(out->id, sizeof(out->id), s->case_id);
			out->event = json_pack("{ss}", "soort", "annuleren");
		}
		return;
	}
	id_text(&job->job_id, header + strlen(header));
	out->kind = STEP_REQUEST;
	out->method = "POST";
	out->url = mem_strdup("/taken");
	out->headers[0] = mem_strdup(header);
	out->body = mem_strdup("taak");
	out->len = 4;
	out->context = json_pack("{ss}", "stap", "een");
}

static inline void
play_close(void *state)
{
	(void)state;
}

static const struct adapter_route play_routes[] = {
    {.method = "POST", .path = "/stukken", .body_max = 8192},
    {.method = "GET", .path = "/stukken/{id}"},
};

static const char *const play_settings[] = {"weiger", NULL};

static const struct adapter_ops play_ops = {.name = "toneel",
    .role = "corporatie",
    .routes = play_routes,
    .route_count = 2,
    .settings = play_settings,
    .open = play_open,
    .take = play_take,
    .answer = play_answer,
    .give = play_give,
    .close = play_close};

static inline void
on_partner(struct evhttp_request *req, void *arg)
{
	struct stage *s = arg;
	struct evbuffer *in = evhttp_request_get_input_buffer(req);
	struct evbuffer *out;
	const char *key =
	    evhttp_find_header(evhttp_request_get_input_headers(req),
		"Idempotency-Key");
	int n = evbuffer_remove(in, s->body, sizeof(s->body) - 1);

	s->body[n > 0 ? n : 0] = '\0';
	snprintf(s->job_id, sizeof(s->job_id), "%s", key == NULL ? "" : key);
	s->asked++;
	if (s->partner_mute)
		return;
	out = evbuffer_new();
	evbuffer_add_printf(out, "{\"naam\": \"antwoord\"}");
	evhttp_send_reply(req, s->status, NULL, out);
	evbuffer_free(out);
}

static inline void
partner_start(struct stage *s)
{
	struct evhttp_bound_socket *bound;
	struct sockaddr_in at = {0};
	socklen_t len = sizeof(at);

	s->partner = evhttp_new(s->w.base);
	evhttp_set_gencb(s->partner, on_partner, s);
	bound = evhttp_bind_socket_with_handle(s->partner, "127.0.0.1",
	    (uint16_t)s->partner_port);
	assert_non_null(bound);
	assert_int_equal(getsockname(evhttp_bound_socket_get_fd(bound),
			     (struct sockaddr *)&at, &len),
	    0);
	s->partner_port = ntohs(at.sin_port);
}

static inline bool
may_enter(void *arg, const uint8_t key[SOCK_KEY_LEN],
    char user_id[SOCK_USER_MAX])
{
	struct stage *s = arg;

	(void)key;
	return s->mood != HUB_AWAY &&
	       str_copy(user_id, SOCK_USER_MAX, MEMBER) == WH_OK;
}

static inline void
hub_say(struct stage *s, struct span route, const struct from_hub *frame)
{
	uint8_t *bytes = NULL;
	size_t len = 0;

	assert_int_equal(wire_from_hub_write(frame, &bytes, &len), WH_OK);
	(void)sock_send(s->hub, route, span_of(bytes, len)); /* or it left */
	mem_free(bytes);
}

static inline struct id
message_id(struct stage *s, struct span signed_bytes)
{
	struct signed_body body;
	struct envelope envelope;

	assert_int_equal(wire_signed_read(&s->arena, signed_bytes, ENVELOPE_MAX,
			     &body, NULL),
	    WH_OK);
	assert_int_equal(wire_envelope_read(&s->arena, body.body, &envelope,
			     NULL),
	    WH_OK);
	return envelope.header.message_id;
}

static inline void
hub_answer(struct stage *s, struct span route, const struct to_hub *heard)
{
	struct from_hub frame = {.request = heard->request};

	if (heard->kind == TO_HUB_HELLO) {
		frame.kind = FROM_HUB_WELCOME;
		frame.u.welcome = (struct welcome){.major = 1,
		    .register_version = 1,
		    .now_ms = clk_wall_ms()};
	} else if (heard->kind != TO_HUB_SUBMIT || s->mood == HUB_SILENT) {
		return;
	} else if (s->mood == HUB_ACCEPTS) {
		frame.kind = FROM_HUB_RECEIPT;
		frame.u.receipt =
		    (struct receipt){.id = message_id(s, heard->u.bytes),
			.log_index = s->log_index++,
			.at_ms = clk_wall_ms(),
			.state = STATE_QUEUED};
	} else {
		frame.kind = FROM_HUB_REFUSAL;
		frame.u.refusal =
		    (struct refusal){.id = message_id(s, heard->u.bytes),
			.reason = REASON_OBJECTED,
			.detail = "bezwaar"};
	}
	s->submits += heard->kind == TO_HUB_SUBMIT;
	hub_say(s, route, &frame);
}

/* The hub's side of each turn of the loop. */
static inline void
on_hub_turn(evutil_socket_t fd, short what, void *arg)
{
	struct stage *s = arg;
	struct sock_msg *msg = NULL;
	struct to_hub heard;

	(void)fd;
	(void)what;
	assert_int_equal(sock_zap_serve(s->zap), WH_OK);
	while (sock_recv(s->hub, &msg) == WH_OK) {
		arena_reset(&s->arena);
		assert_int_equal(wire_to_hub_read(&s->arena, sock_msg_body(msg),
				     &heard, NULL),
		    WH_OK);
		hub_answer(s, sock_msg_route(msg), &heard);
		sock_msg_free(msg);
	}
}

static inline void
step(struct stage *s)
{
	on_hub_turn(-1, 0, s);
	turn(&s->w);
}

static inline void
hub_start(struct stage *s, char endpoint[64])
{
	struct key_secrets keys;
	struct sock_options options = {.endpoint = "tcp://127.0.0.1:*",
	    .keys = &keys.transport,
	    .message_max = FRAME_MAX};

	alliance_hub_keys(s->alliance, &keys);
	assert_int_equal(sock_ctx_new(&s->ctx), WH_OK);
	assert_int_equal(sock_zap_open(s->ctx, may_enter, s, &s->zap), WH_OK);
	assert_int_equal(sock_server_open(s->ctx, &options, &s->hub, NULL),
	    WH_OK);
	assert_int_equal(sock_endpoint(s->hub, endpoint, 64), WH_OK);
	key_secrets_wipe(&keys);
}

static inline void
put(struct stage *s, const char *name, struct span bytes, unsigned mode)
{
	char *path = support_path(s->alliance->dir, name);

	assert_int_equal(file_write(path, bytes, mode, NULL), WH_OK);
	free(path);
}

static inline void
put_register(struct stage *s, uint64_t version)
{
	struct alliance *a = s->alliance;
	uint8_t *bytes = NULL;
	size_t len;
	struct why why = {""};

	a->reg.version = version;
	if (register_sign(&a->reg, &a->secret, &bytes, &len, &why) != WH_OK)
		fail_msg("%s", why.text);
	put(s, "register.bin", span_of(bytes, len), 0644);
	mem_free(bytes);
}

static inline void
put_alliance(struct stage *s)
{
	struct alliance *a = s->alliance;
	struct key_secrets keys = {.kind = KEYFILE_ALLIANCE,
	    .signing = a->secret};

	assert_int_equal(keyfile_write(a->dir, "alliance", &keys, NULL), WH_OK);
	for (size_t i = 0; i < a->reg.member_count; i++)
		for (size_t k = 0; k < a->reg.members[i].key_count; k++)
			a->reg.members[i].keys[k].from_ms = 1;
}

static inline void
put_config(struct stage *s, const char *hub, const char *more)
{
	char text[1024];

	snprintf(text, sizeof(text),
	    "member: " MEMBER "\nkeys: " MEMBER ".secret\n"
	    "storage_key: storage.key\nalliance: alliance.pub\n"
	    "register: register.bin\nhub: %s\nlisten: 127.0.0.1:0\n"
	    "dir: data\ntokens: tokens\nmap_mib: 32\n"
	    "target: {url: 'http://127.0.0.1:%u', timeout_seconds: 1}\n%s",
	    hub, s->partner_port, more);
	put(s, "adapter.yaml", span_str(text), 0644);
}

static inline void
runner_start(struct stage *s)
{
	struct why why = {""};

	playing = s;
	if (config_load(s->config_path, play_settings, &s->config, &why) !=
		WH_OK ||
	    runner_open(s->w.base, s->config, &play_ops, &s->runner, &why) !=
		WH_OK)
		fail_msg("%s", why.text);
	s->w.http = runner_http(s->runner);
}

static inline void
runner_stop(struct stage *s)
{
	runner_close(s->runner);
	s->runner = NULL;
	s->w.http = NULL;
	config_free(s->config);
	s->config = NULL;
}

static inline int
stage_open(void **state)
{
	struct stage *s = mem_new(sizeof(*s));
	void *alliance = NULL;
	char endpoint[64];

	alliance_setup(&alliance);
	s->alliance = alliance;
	s->config_path = support_path(s->alliance->dir, "adapter.yaml");
	s->status = 201;
	s->w.base = event_base_new();
	s->w.answer = mem_new(ANSWER_MAX + 1);
	s->w.deadline_ms = clk_mono_ms() + 2ll * DEADLINE_MS;
	arena_init(&s->arena, FRAME_ARENA_MAX);
	hub_start(s, endpoint);
	partner_start(s);
	put_alliance(s);
	put_register(s, 1);
	put(s, "tokens", span_str("abcdefghijklmnop0123\n"), 0600);
	put_config(s, endpoint, "");
	runner_start(s);
	*state = s;
	return 0;
}

static inline int
stage_close(void **state)
{
	struct stage *s = *state;
	void *alliance = s->alliance;

	runner_close(s->runner);
	config_free(s->config);
	if (s->partner != NULL)
		evhttp_free(s->partner);
	sock_ctx_free(s->ctx);
	event_base_free(s->w.base);
	arena_fini(&s->arena);
	free(s->config_path);
	alliance_teardown(&alliance);
	mem_free(s->w.answer);
	mem_free(s);
	return 0;
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, stage_open, stage_close)

static inline void
until_hub(struct stage *s)
{
	while (!uplink_connected(runner_uplink(s->runner)))
		step(s);
}

/* Say it, turn all loops, and hear the whole answer. */
static inline const char *
ask(struct stage *s, const char *text)
{
	int fd = dial(&s->w);
	size_t len = 0;
	ssize_t n;

	assert_true(say(&s->w, fd, text, strlen(text)));
	for (;;) {
		n = recv(fd, s->w.answer + len, ANSWER_MAX - len, 0);
		if (n == 0 || (n < 0 && errno != EAGAIN))
			break;
		len += n > 0 ? (size_t)n : 0;
		step(s);
	}
	close(fd);
	s->w.answer[len] = '\0';
	return s->w.answer;
}

static inline const char *
document(struct stage *s, const char *body)
{
	char text[8192];

	snprintf(text, sizeof(text),
	    "POST /stukken HTTP/1.1\r\n" HOST CLOSE TOKEN
	    "Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s",
	    strlen(body), body);
	return ask(s, text);
}

static inline void
assert_kind(const char *answer, enum outcome_kind kind)
{
	char text[32];

	assert_status(answer, 200);
	snprintf(text, sizeof(text), "\"soort\":%d,", (int)kind);
	assert_has(answer, text);
}

#define ATTEMPTS                                                               \
	"{\"persoonlijkContact\": true, \"gewezenOpHulp\": true, "             \
	"\"schriftelijkeHerinnering\": true, \"aanbodNietGeweigerd\": true}"

#define REFER(kenmerk)                                                         \
	"{\"doe\": \"verwijs\", \"verwijzing\": {\"type\": "                   \
	"\"huurachterstand\", \"naar\": {\"lid\": \"wpi\"}, \"client\": "      \
	"\"H-1\", \"kenmerk\": \"" kenmerk "\", \"grondslag\": {\"soort\": "   \
	"\"DUTY_WITH_OBJECTION\", \"instrument\": \"wgs-vroegsignalering\", "  \
	"\"pogingen\": " ATTEMPTS "}, \"gegevens\": {\"CONTACT\": {\"naam\": " \
	"{\"voornamen\": \"Fenna\", \"achternaam\": \"Voorbeeld\"}, "          \
	"\"telefoon\": \"020 1234567\"}, \"ADDRESS\": {\"postcode\": "         \
	"\"1069AA\", \"huisnummer\": \"1\", \"straat\": \"Dichtersweg\", "     \
	"\"plaats\": \"Amsterdam\"}, \"ARREARS\": {\"bedragCenten\": 90000, "  \
	"\"maanden\": 2, \"pogingen\": " ATTEMPTS "}}}}"

#endif
