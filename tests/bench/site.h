/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_TESTS_BENCH_SITE_H
#define WH_TESTS_BENCH_SITE_H

#include <arpa/inet.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "proto/base/file.h"
#include "tests/bench/bench.h"

/*
 * A real broker on a store full of permissions, and its two members: one
 * refers and withdraws, the other takes what comes and reports.
 */
#define CASE_EACH   10
#define DEADLINE_NS 120000000000u
#define GRANT       64

struct bench {
	struct people people;
	struct arena arena;
	struct sock_ctx *ctx;
	const char *broker;
	uint64_t rate;
	int64_t now_ms;
};

/* A hub with its two members: one withdraws, the other takes what comes. */
struct site {
	struct bench *b;
	char *dir;
	pid_t pid;
	char endpoint[64];
	struct sock *from, *to;
	uint32_t from_taken, to_taken; /* deliveries since the last grant */
	size_t count;                  /* records */
	size_t used; /* withdrawn, of those that were prepared */
	size_t prepared;
	struct bytes *offers; /* those that were delivered */
	size_t offer_count;
	struct id *messages; /* of every offer; its place is n / CASE_EACH */
};

static inline void
free_endpoint(char out[64])
{
	struct sockaddr_in at = {.sin_family = AF_INET,
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(at);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	assert_int_equal(bind(fd, (struct sockaddr *)&at, len), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &len), 0);
	close(fd);
	snprintf(out, 64, "tcp://127.0.0.1:%d", ntohs(at.sin_port));
}

static inline void
put_file(const struct site *site, const char *name, struct span bytes)
{
	char *path = support_path(site->dir, name);

	assert_int_equal(file_write(path, bytes, 0644, NULL), WH_OK);
	free(path);
}

static inline void
configure(struct site *site)
{
	struct bench *b = site->b;
	struct bytes reg = people_register(&b->people, 1);
	char text[512];

	assert_int_equal(keyfile_write(site->dir, "hub", &b->people.hub, NULL),
	    WH_OK);
	assert_int_equal(keyfile_write(site->dir, "alliance",
			     &b->people.alliance, NULL),
	    WH_OK);
	put_file(site, "register.bin", span_bytes(&reg));
	mem_free(reg.p);
	free_endpoint(site->endpoint);
	snprintf(text, sizeof(text),
	    "endpoint: %s\ndir: data\nkeys: hub.secret\n"
	    "alliance: alliance.pub\nregister: register.bin\nmap_mib: 4096\n",
	    site->endpoint);
	put_file(site, "broker.yaml", span_str(text));
}

static inline void
start_broker(struct site *site)
{
	char *config = support_path(site->dir, "broker.yaml");
	char *log = support_path(site->dir, "broker.log");

	(void)fflush(NULL);
	site->pid = fork();
	assert_true(site->pid >= 0);
	if (site->pid == 0) {
		if (freopen(log, "w", stderr) == NULL)
			_exit(127);
		execl(site->b->broker, site->b->broker, "-c", config, NULL);
		_exit(127);
	}
	free(config);
	free(log);
}

static inline void
wait_some(const struct site *site, uint64_t ns)
{
	struct pollfd fds[2] = {
	    {.fd = site->from == NULL ? -1 : sock_fd(site->from),
		.events = POLLIN},
	    {.fd = site->to == NULL ? -1 : sock_fd(site->to), .events = POLLIN},
	};
	struct timespec timeout = {.tv_nsec = (long)ns};

	(void)ppoll(fds, 2, &timeout, NULL);
}

static inline void
say(struct site *site, struct sock *sock, const struct to_hub *frame)
{
	uint64_t until = bench_ns() + DEADLINE_NS;
	uint8_t *bytes = NULL;
	size_t len;
	enum wh_err err;

	assert_int_equal(wire_to_hub_write(frame, &bytes, &len), WH_OK);
	while ((err = sock_send(sock, span_of(NULL, 0), span_of(bytes, len))) ==
	       WH_AGAIN) {
		assert_true(bench_ns() < until);
		wait_some(site, 1000000);
	}
	assert_int_equal(err, WH_OK);
	mem_free(bytes);
}

static inline bool
hear(struct site *site, struct sock *sock, struct from_hub *out)
{
	struct sock_msg *msg = NULL;
	struct span copy;

	if (sock_recv(sock, &msg) != WH_OK)
		return false;
	arena_reset(&site->b->arena);
	copy = arena_dup(&site->b->arena, sock_msg_body(msg));
	sock_msg_free(msg);
	assert_int_equal(wire_from_hub_read(&site->b->arena, copy, out, NULL),
	    WH_OK);
	return true;
}

static inline struct from_hub
await(struct site *site, struct sock *sock, enum from_hub_kind kind)
{
	uint64_t until = bench_ns() + DEADLINE_NS;
	struct from_hub frame;

	for (;;) {
		while (!hear(site, sock, &frame)) {
			assert_true(bench_ns() < until);
			wait_some(site, 1000000);
		}
		if (frame.kind == kind)
			return frame;
		if (frame.kind == FROM_HUB_REFUSAL)
			fail_msg("refused: %s", frame.u.refusal.detail);
	}
}

static inline struct sock *
join(struct site *site, enum who who)
{
	const struct to_hub hello = {.request = 1,
	    .kind = TO_HUB_HELLO,
	    .u.hello = {.major = WIRE_MAJOR,
		.software = "bench",
		.register_version = 1}};
	struct sock_options options = {.endpoint = site->endpoint,
	    .keys = &site->b->people.member[who].transport,
	    .server_key = site->b->people.hub.transport.public_key,
	    .message_max = FRAME_MAX};
	struct sock *sock = NULL;

	assert_int_equal(sock_client_open(site->b->ctx, &options, &sock, NULL),
	    WH_OK);
	say(site, sock, &hello);
	await(site, sock, FROM_HUB_WELCOME);
	return sock;
}

static inline void
acknowledge(struct site *site, struct sock *sock, uint32_t *taken,
    uint64_t delivery)
{
	const struct to_hub ack = {.request = 1,
	    .kind = TO_HUB_ACK,
	    .u.ack = {.delivery = delivery}};
	const struct to_hub credit = {.kind = TO_HUB_CREDIT, .u.credit = GRANT};

	say(site, sock, &ack);
	if (++*taken < GRANT)
		return;
	*taken = 0;
	say(site, sock, &credit);
}

static inline size_t
place(const struct site *site, size_t n)
{
	return site->count / site->prepared * n;
}

/* The inverse: which of those that were prepared has this id. */
static inline size_t
which(const struct site *site, const struct id *permission_id)
{
	uint64_t step = UINT64_MAX / site->count;

	return (be64_get(permission_id->b) - 1) / step /
	       (site->count / site->prepared);
}

/* The recipient's signed word on the one message that it has. */
static inline void
report_erased(struct site *site, struct span event)
{
	struct bench *b = site->b;
	struct to_hub frame = {.request = 3, .kind = TO_HUB_CARRIED};
	struct message_reach erased = {.reach = REACH_ERASED, .article = ""};
	struct permission_change change;
	struct signed_body body;
	struct consent consent;
	struct carried report;
	struct bytes bytes;
	size_t n;

	assert_int_equal(wire_signed_read(&b->arena, event, PERMISSION_MAX,
			     &body, NULL),
	    WH_OK);
	assert_int_equal(wire_permission_change_read(&b->arena, body.body,
			     &change, NULL),
	    WH_OK);
	n = which(site, &change.permission_id);
	bench_consent(&b->people, place(site, n), site->count, b->now_ms,
	    &consent);
	erased.message_id = site->messages[n / CASE_EACH];
	report = people_report(&b->people, &consent.permission, WPI, b->now_ms);
	report.count = 1;
	report.messages = &erased;
	bytes = carried_sign(&b->people, &report, WPI);
	frame.u.bytes = span_bytes(&bytes);
	say(site, site->to, &frame);
	mem_free(bytes.p);
}

/* Store, then acknowledge; the storing is left to real adapters. */
static inline void
take(struct site *site)
{
	struct from_hub frame;

	while (hear(site, site->to, &frame)) {
		if (frame.kind == FROM_HUB_REFUSAL)
			fail_msg("refused: %s", frame.u.refusal.detail);
		if (frame.kind != FROM_HUB_DELIVER)
			continue;
		if (frame.u.deliver.kind == DELIVER_PERMISSION_EVENT)
			report_erased(site, frame.u.deliver.permission_event);
		acknowledge(site, site->to, &site->to_taken,
		    frame.u.deliver.delivery);
	}
}

/* A referral under one in CASE_EACH of the records that will end. */
static inline struct bytes
letter_under(struct site *site, size_t n)
{
	struct people *p = &site->b->people;
	struct consent consent;
	struct letter letter;

	bench_consent(p, place(site, n), site->count, site->b->now_ms,
	    &consent);
	letter = letter_offer(p, &consent.permission, site->b->now_ms);
	site->messages[n / CASE_EACH] = letter.header.message_id;
	return letter_seal(p, &letter);
}

static inline void
offer(struct site *site, size_t n)
{
	struct to_hub frame = {.request = 2, .kind = TO_HUB_SUBMIT};
	struct bytes bytes = letter_under(site, n);

	frame.u.bytes = span_bytes(&bytes);
	say(site, site->from, &frame);
	await(site, site->from, FROM_HUB_RECEIPT);
	site->offers[site->offer_count++] = bytes;
}

static inline void
grant(struct site *site, struct sock *sock)
{
	const struct to_hub credit = {.kind = TO_HUB_CREDIT, .u.credit = GRANT};

	say(site, sock, &credit);
	say(site, sock, &credit);
}

static inline void
refer(struct site *site)
{
	size_t room = site->prepared / CASE_EACH + 1;

	site->offers = mem_new(room * sizeof(*site->offers));
	site->messages = mem_new(room * sizeof(*site->messages));
	site->to = join(site, WPI);
	grant(site, site->to);
	for (size_t n = 0; n < site->prepared / 2; n += CASE_EACH) {
		offer(site, n);
		take(site);
	}
	grant(site, site->from);
}

static inline void
site_open(struct bench *b, struct site *site, size_t count, size_t prepared)
{
	char *data, *store;

	*site = (struct site){.b = b,
	    .dir = support_dir_new(),
	    .count = count,
	    .prepared = (prepared < count ? prepared : count) & ~(size_t)1};
	data = support_path(site->dir, "data");
	store = support_path(data, "store");
	assert_int_equal(file_mkdir(data, NULL), WH_OK);
	bench_fill(store, &b->people, count, count / site->prepared, b->now_ms);
	free(store);
	free(data);
	configure(site);
	start_broker(site);
	site->from = join(site, BUURTTEAM);
	refer(site);
}

static inline void
site_close(struct site *site)
{
	int status;

	sock_close(site->from);
	sock_close(site->to);
	assert_int_equal(kill(site->pid, SIGTERM), 0);
	assert_int_equal(waitpid(site->pid, &status, 0), site->pid);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	for (size_t i = 0; i < site->offer_count; i++)
		mem_free(site->offers[i].p);
	mem_free(site->offers);
	mem_free(site->messages);
	support_dir_remove(site->dir);
}

#endif
