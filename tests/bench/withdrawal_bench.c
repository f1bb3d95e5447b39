/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * How long a member waits for the receipt of a withdrawal, and how long until
 * it hears that it was carried through, with many permissions at the hub and
 * with few.
 *
 *   withdrawal_bench BROKER [MANY [FEW [RATE [SECONDS]]]]
 *                           1000000 1000  1000  30
 *
 * A real broker process for each store, real CURVE clients over loopback. The
 * withdrawals are signed before and sent by the clock, RATE a second whether
 * or not answers come; time counts from when one should have been sent, so a
 * hub that stalls is not asked less. Each is of another permission, spread over
 * the store; one in ten has a referral, and of those one half was delivered and
 * the other comes into the queue just before. Both members do what adapters do:
 * the recipient signs a report on each end that it is told of, and who
 * withdraws takes the news. The few run out in FEW / RATE seconds: they are
 * filled anew for each round. In between, for comparison, the same rate of
 * envelopes that the hub knows already: nothing is verified, nothing changes.
 */
#include "proto/base/clk.h"
#include "tests/bench/site.h"

#define ROUNDS    5
#define SECOND_NS 1000000000u

/* Frames to send by the clock; request is the place in the list, and 1. */
struct burst {
	struct bytes *frames;
	struct bytes *before; /* sent just before that one; p may be NULL */
	uint8_t *heard;       /* of a withdrawal: what the news said */
	size_t count;
	size_t first;    /* of those that were prepared */
	size_t awaiting; /* withdrawals of which the end was not heard yet */
	struct samples *recorded;
	struct samples *carried; /* those that a member had to report on */
};

#define HEARD_WAITS 1
#define HEARD_DONE  2

static struct burst
burst_new(size_t count, struct samples *recorded)
{
	return (struct burst){.frames = mem_new(count * sizeof(struct bytes)),
	    .before = mem_new(count * sizeof(struct bytes)),
	    .heard = mem_new(count),
	    .recorded = recorded};
}

static struct bytes
frame_of(uint64_t request, enum to_hub_kind kind, struct span bytes)
{
	const struct to_hub frame = {.request = request,
	    .kind = kind,
	    .u.bytes = bytes};
	struct bytes out;

	assert_int_equal(wire_to_hub_write(&frame, &out.p, &out.len), WH_OK);
	return out;
}

static void
burst_add(struct burst *burst, enum to_hub_kind kind, struct span bytes)
{
	burst->frames[burst->count] = frame_of(burst->count + 1, kind, bytes);
	burst->count++;
}

/* Those with a delivered and a queued referral in turn. */
static size_t
turn_of(const struct site *site, size_t n)
{
	return n % 2 == 0 ? n / 2 : site->prepared / 2 + n / 2;
}

static size_t
turn_back(const struct site *site, size_t at)
{
	size_t half = site->prepared / 2;

	return at < half ? 2 * at : 2 * (at - half) + 1;
}

static void
add_withdrawal(struct site *site, struct burst *burst, size_t at)
{
	struct people *p = &site->b->people;
	struct permission_change change;
	struct consent consent;
	struct bytes bytes;

	if (at >= site->prepared / 2 && at % CASE_EACH == 0) {
		bytes = letter_under(site, at);
		burst->before[burst->count] =
		    frame_of(UINT64_MAX, TO_HUB_SUBMIT, span_bytes(&bytes));
		mem_free(bytes.p);
	}
	bench_consent(p, place(site, at), site->count, site->b->now_ms,
	    &consent);
	change = people_change(p, &consent.permission, PERMISSION_WITHDRAWN,
	    BUURTTEAM, site->b->now_ms);
	random_fill(change.event_id.b, sizeof(change.event_id.b));
	bytes = change_sign(p, &change, BUURTTEAM);
	burst_add(burst, TO_HUB_PERMISSION_EVENT, span_bytes(&bytes));
	mem_free(bytes.p);
}

static struct burst
withdrawals(struct site *site, size_t count, struct samples *recorded,
    struct samples *carried)
{
	struct burst burst = burst_new(count, recorded);

	burst.carried = carried;
	burst.first = site->used;
	burst.awaiting = count;
	while (burst.count < count)
		add_withdrawal(site, &burst, turn_of(site, site->used++));
	return burst;
}

static struct burst
known(struct site *site, size_t count, struct samples *out)
{
	struct burst burst = burst_new(count, out);

	for (size_t i = 0; i < count; i++)
		burst_add(&burst, TO_HUB_SUBMIT,
		    span_bytes(&site->offers[i % site->offer_count]));
	return burst;
}

/* Since when each should have been sent. */
struct clock {
	uint64_t start;
	uint64_t step;
};

static uint64_t
waited(const struct clock *clock, size_t i)
{
	return bench_ns() - clock->start - i * clock->step;
}

static void
take_news(struct site *site, struct burst *burst, const struct clock *clock,
    const struct withdrawal *news)
{
	size_t n = turn_back(site, which(site, &news->permission_id));
	uint8_t *heard = &burst->heard[n - burst->first];

	assert_true(n >= burst->first && n - burst->first < burst->count);
	if (news->done_ms == 0) {
		*heard = HEARD_WAITS;
	} else if (*heard != HEARD_DONE) {
		if (*heard == HEARD_WAITS)
			bench_add(burst->carried,
			    waited(clock, n - burst->first));
		*heard = HEARD_DONE;
		burst->awaiting--;
	}
}

/* The receipts and news that are here; how many receipts. */
static size_t
collect(struct site *site, struct burst *burst, const struct clock *clock)
{
	struct from_hub frame;
	size_t got = 0;

	while (hear(site, site->from, &frame)) {
		if (frame.kind == FROM_HUB_REFUSAL)
			fail_msg("refused: %s", frame.u.refusal.detail);
		if (frame.kind == FROM_HUB_BUSY)
			fail_msg("the hub is busy: make the store larger");
		if (frame.kind == FROM_HUB_DELIVER) {
			if (frame.u.deliver.kind == DELIVER_WITHDRAWAL)
				take_news(site, burst, clock,
				    frame.u.deliver.withdrawal);
			acknowledge(site, site->from, &site->from_taken,
			    frame.u.deliver.delivery);
		}
		if (frame.kind != FROM_HUB_RECEIPT ||
		    frame.request > burst->count)
			continue;
		bench_add(burst->recorded, waited(clock, frame.request - 1));
		got++;
	}
	return got;
}

/* True when there is nothing to send there any more. */
static bool
push(struct site *site, struct bytes *frame)
{
	if (frame->p == NULL)
		return true;
	if (sock_send(site->from, span_of(NULL, 0), span_bytes(frame)) != WH_OK)
		return false;
	mem_free(frame->p);
	frame->p = NULL;
	return true;
}

/* Open loop: what is due is sent, whatever came back. */
static void
run(struct site *site, struct burst burst)
{
	const struct clock clock = {.step = SECOND_NS / site->b->rate,
	    .start = bench_ns() + SECOND_NS / site->b->rate};
	uint64_t now = bench_ns(),
		 until = clock.start + burst.count * clock.step + DEADLINE_NS;
	size_t sent = 0, got = 0;

	while (got < burst.count || burst.awaiting > 0) {
		assert_true(now < until);
		while (sent < burst.count &&
		       now >= clock.start + sent * clock.step &&
		       push(site, &burst.before[sent]) &&
		       push(site, &burst.frames[sent]))
			sent++;
		got += collect(site, &burst, &clock);
		take(site);
		now = bench_ns();
		if (sent == burst.count)
			wait_some(site, 1000000);
		else if (now < clock.start + sent * clock.step)
			wait_some(site, clock.start + sent * clock.step - now);
		now = bench_ns();
	}
	mem_free(burst.frames);
	mem_free(burst.before);
	mem_free(burst.heard);
}

static void
report(const char *what, size_t records, struct samples *s)
{
	bench_sort(s);
	printf("%-16s %9zu %9zu %8.2f %8.2f %8.2f %8.2f\n", what, records,
	    s->count, (double)bench_part(s, 0.5) / 1e6,
	    (double)bench_part(s, 0.99) / 1e6,
	    (double)bench_part(s, 0.999) / 1e6,
	    (double)s->ns[s->count - 1] / 1e6);
	mem_free(s->ns);
}

static void
measure(struct bench *b, size_t many, size_t few, uint64_t seconds)
{
	struct samples recorded[2] = {{0}}, carried[2] = {{0}}, baseline = {0};
	size_t count = (size_t)(b->rate * seconds);
	struct site large, small;

	site_open(b, &large, many, count);
	for (size_t round = 0; round < ROUNDS; round++) {
		size_t n = large.prepared / ROUNDS;

		run(&large, withdrawals(&large, n, &recorded[0], &carried[0]));
		site_open(b, &small, few, few);
		run(&small, withdrawals(&small, small.prepared, &recorded[1],
				&carried[1]));
		site_close(&small);
		run(&large, known(&large, n, &baseline));
	}
	site_close(&large);
	printf("ms, open loop at %llu a second\n%-16s %9s %9s %8s %8s %8s "
	       "%8s\n",
	    (unsigned long long)b->rate, "", "records", "answers", "p50", "p99",
	    "p99.9", "max");
	report("recorded", many, &recorded[0]);
	report("recorded", few, &recorded[1]);
	report("carried through", many, &carried[0]);
	report("carried through", few, &carried[1]);
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
