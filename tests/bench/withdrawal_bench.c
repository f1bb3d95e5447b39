/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * How long a member waits for the receipt of a withdrawal, with many
 * permissions at the hub and with few.
 *
 *   withdrawal_bench BROKER [MANY [FEW [RATE [SECONDS]]]]
 *                           1000000 1000  1000  30
 *
 * A real broker process for each store, real CURVE clients over loopback. The
 * withdrawals are signed before and sent by the clock, RATE a second whether
 * or not answers come; time counts from when one should have been sent, so a
 * hub that stalls is not asked less. Each is of another permission, spread over
 * the store; one in ten has a referral, and of those one half is delivered and
 * the other still in the queue. The few run out in FEW / RATE seconds: they are
 * filled anew for each round. In between, for comparison, the same rate of
 * envelopes that the hub knows already: nothing is verified, nothing changes.
 */
#include <arpa/inet.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "proto/base/clk.h"
#include "proto/base/file.h"
#include "tests/bench/bench.h"

#define ROUNDS      5
#define CASE_EACH   10
#define DEADLINE_NS 120000000000u
#define GRANT       64
#define SECOND_NS   1000000000u

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
	uint32_t taken; /* deliveries since the last grant */
	size_t count;   /* records */
	size_t used;    /* withdrawn, of those that were prepared */
	size_t prepared;
	struct bytes *offers;
	size_t offer_count;
};

static void
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

static void
put_file(const struct site *site, const char *name, struct span bytes)
{
	char *path = support_path(site->dir, name);

	assert_int_equal(file_write(path, bytes, 0644, NULL), WH_OK);
	free(path);
}

static void
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

static void
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

static void
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

static void
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

static bool
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

static struct from_hub
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

static struct sock *
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

/* Store, then acknowledge; the storing is left to real adapters. */
static void
take(struct site *site)
{
	struct to_hub credit = {.kind = TO_HUB_CREDIT, .u.credit = GRANT};
	struct from_hub frame;

	while (hear(site, site->to, &frame)) {
		const struct to_hub ack = {.kind = TO_HUB_ACK,
		    .u.ack = {.delivery = frame.u.deliver.delivery}};

		if (frame.kind != FROM_HUB_DELIVER)
			continue;
		say(site, site->to, &ack);
		if (++site->taken < GRANT)
			continue;
		site->taken = 0;
		say(site, site->to, &credit);
	}
}

static size_t
place(const struct site *site, size_t n)
{
	return site->count / site->prepared * n;
}

/* A referral under one in CASE_EACH of the records that will end. */
static void
offer(struct site *site, size_t n)
{
	struct people *p = &site->b->people;
	struct to_hub frame = {.request = 2, .kind = TO_HUB_SUBMIT};
	struct consent consent;
	struct letter letter;
	struct bytes bytes;

	bench_consent(p, place(site, n), site->count, site->b->now_ms,
	    &consent);
	letter = letter_offer(p, &consent.permission, site->b->now_ms);
	bytes = letter_seal(p, &letter);
	frame.u.bytes = span_bytes(&bytes);
	say(site, site->from, &frame);
	await(site, site->from, FROM_HUB_RECEIPT);
	site->offers[site->offer_count++] = bytes;
}

static void
refer(struct site *site)
{
	struct to_hub credit = {.kind = TO_HUB_CREDIT, .u.credit = GRANT};
	size_t n;

	site->offers =
	    mem_new((site->prepared / CASE_EACH + 1) * sizeof(*site->offers));
	site->to = join(site, WPI);
	say(site, site->to, &credit);
	say(site, site->to, &credit);
	for (n = 0; n < site->prepared / 2; n += CASE_EACH) {
		offer(site, n);
		take(site);
	}
	sock_close(site->to);
	site->to = NULL;
	for (; n < site->prepared; n += CASE_EACH)
		offer(site, n);
	site->to = join(site, WPI);
	site->taken = 0;
}

static void
site_open(struct bench *b, struct site *site, size_t count, size_t prepared)
{
	char *data, *store;

	*site = (struct site){.b = b,
	    .dir = support_dir_new(),
	    .count = count,
	    .prepared = prepared < count ? prepared : count};
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

static void
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
	support_dir_remove(site->dir);
}

/* Frames to send by the clock; request is the place in the list, and 1. */
struct burst {
	struct bytes *frames;
	size_t count;
};

static void
burst_add(struct burst *burst, enum to_hub_kind kind, struct span bytes)
{
	struct bytes *out = &burst->frames[burst->count++];
	const struct to_hub frame = {.request = burst->count,
	    .kind = kind,
	    .u.bytes = bytes};

	assert_int_equal(wire_to_hub_write(&frame, &out->p, &out->len), WH_OK);
}

static struct burst
withdrawals(struct site *site, size_t count)
{
	struct people *p = &site->b->people;
	struct burst burst = {.frames = mem_new(count * sizeof(struct bytes))};

	for (size_t i = 0; i < count; i++) {
		/* Those with a delivered and a queued referral in turn. */
		size_t half = site->prepared / 2, n = site->used++;
		size_t at = n % 2 == 0 ? n / 2 : half + n / 2;
		struct permission_change change;
		struct consent consent;
		struct bytes bytes;

		bench_consent(p, place(site, at), site->count, site->b->now_ms,
		    &consent);
		change = people_change(p, &consent.permission,
		    PERMISSION_WITHDRAWN, BUURTTEAM, site->b->now_ms);
		random_fill(change.event_id.b, sizeof(change.event_id.b));
		bytes = change_sign(p, &change, BUURTTEAM);
		burst_add(&burst, TO_HUB_PERMISSION_EVENT, span_bytes(&bytes));
		mem_free(bytes.p);
	}
	return burst;
}

static struct burst
known(struct site *site, size_t count)
{
	struct burst burst = {.frames = mem_new(count * sizeof(struct bytes))};

	for (size_t i = 0; i < count; i++)
		burst_add(&burst, TO_HUB_SUBMIT,
		    span_bytes(&site->offers[i % site->offer_count]));
	return burst;
}

/* The receipts that are here. */
static size_t
collect(struct site *site, uint64_t start, uint64_t step, struct samples *out)
{
	struct from_hub frame;
	size_t got = 0;

	while (hear(site, site->from, &frame)) {
		if (frame.kind == FROM_HUB_REFUSAL)
			fail_msg("refused: %s", frame.u.refusal.detail);
		if (frame.kind == FROM_HUB_BUSY)
			fail_msg("the hub is busy: make the store larger");
		if (frame.kind != FROM_HUB_RECEIPT)
			continue;
		bench_add(out, bench_ns() - start - (frame.request - 1) * step);
		got++;
	}
	return got;
}

/* Open loop: what is due is sent, whatever came back. */
static void
run(struct site *site, struct burst burst, struct samples *out)
{
	uint64_t step = SECOND_NS / site->b->rate;
	uint64_t start = bench_ns() + step;
	uint64_t now = bench_ns(),
		 until = start + burst.count * step + DEADLINE_NS;
	size_t sent = 0, got = 0;

	while (got < burst.count) {
		assert_true(now < until);
		while (sent < burst.count && now >= start + sent * step &&
		       sock_send(site->from, span_of(NULL, 0),
			   span_bytes(&burst.frames[sent])) == WH_OK)
			mem_free(burst.frames[sent++].p);
		got += collect(site, start, step, out);
		take(site);
		now = bench_ns();
		if (sent == burst.count)
			wait_some(site, 1000000);
		else if (now < start + sent * step)
			wait_some(site, start + sent * step - now);
		now = bench_ns();
	}
	mem_free(burst.frames);
}

static void
report(const char *what, size_t records, struct samples *s)
{
	bench_sort(s);
	printf("%-14s %9zu %9zu %8.2f %8.2f %8.2f %8.2f\n", what, records,
	    s->count, (double)bench_part(s, 0.5) / 1e6,
	    (double)bench_part(s, 0.99) / 1e6,
	    (double)bench_part(s, 0.999) / 1e6,
	    (double)s->ns[s->count - 1] / 1e6);
	mem_free(s->ns);
}

static void
measure(struct bench *b, size_t many, size_t few, uint64_t seconds)
{
	struct samples with_many = {0}, with_few = {0}, baseline = {0};
	size_t count = (size_t)(b->rate * seconds);
	struct site large, small;

	site_open(b, &large, many, count);
	for (size_t round = 0; round < ROUNDS; round++) {
		size_t n = large.prepared / ROUNDS;

		run(&large, withdrawals(&large, n), &with_many);
		site_open(b, &small, few, few);
		run(&small, withdrawals(&small, small.prepared), &with_few);
		site_close(&small);
		run(&large, known(&large, n), &baseline);
	}
	site_close(&large);
	printf("ms, open loop at %llu a second\n%-14s %9s %9s %8s %8s %8s "
	       "%8s\n",
	    (unsigned long long)b->rate, "", "records", "answers", "p50", "p99",
	    "p99.9", "max");
	report("withdrawal", many, &with_many);
	report("withdrawal", few, &with_few);
	report("known envelope", many, &baseline);
}

static size_t
number(int argc, char **argv, int at, size_t otherwise)
{
	return argc > at ? strtoul(argv[at], NULL, 10) : otherwise;
}

int
main(int argc, char **argv)
{
	struct bench b = {.now_ms = 0};
	size_t many = number(argc, argv, 2, 1000000);
	size_t few = number(argc, argv, 3, 1000);
	size_t seconds = number(argc, argv, 5, 30);

	b.rate = number(argc, argv, 4, 1000);
	if (argc < 2 || many < 2 || few < 2 || b.rate == 0 ||
	    seconds * b.rate < 10) {
		fprintf(stderr,
		    "usage: withdrawal_bench BROKER [MANY [FEW [RATE "
		    "[SECONDS]]]]\n");
		return 2;
	}
	b.broker = argv[1];
	b.now_ms = clk_wall_ms();
	people_init(&b.people);
	arena_init(&b.arena, FRAME_ARENA_MAX);
	assert_int_equal(sock_ctx_new(&b.ctx), WH_OK);
	measure(&b, many, few, seconds);
	sock_ctx_free(b.ctx);
	arena_fini(&b.arena);
	people_fini(&b.people);
	return 0;
}
