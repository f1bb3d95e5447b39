/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * What a decision of the hub costs with many permissions in the store, and
 * with few: the look-up and decide(), as at acceptance and at handover.
 *
 *   decision_bench [MANY [FEW [DECISIONS]]]    1000000 1000 20000
 *
 * The two stores take turns in one process, so that what else the machine does
 * hurts both. The same: 1000 records, asked again and again. Spread: any
 * record. Look-up: of any record, its row alone: less than this a decision
 * cannot cost, nor grow. Cold: the caches of the processor are emptied before
 * each decision. Accept: all that the hub does with an offer, the decision
 * included, behind the journal. From disk: the store was just opened and
 * nothing of it is in memory.
 */
#include <fcntl.h>
#include <unistd.h>

#include "broker/core_state.h"
#include "consent/decide.h"
#include "tests/bench/bench.h"

#define TURN       500 /* decisions before the other store has its turn */
#define SAME       1000
#define EVICT      ((size_t)64 << 20)
#define COLD_PART  20 /* of the decisions, one in so many is made cold */
#define FIRST_MADE 200

struct site {
	struct people *people;
	size_t count;
	char *dir;
	struct kv *kv;
	struct kv_txn *txn;
	struct core *core;
	uint64_t seq;
	struct arena arena;
};

struct bench {
	struct people people;
	struct letter offer;
	struct site many, few;
	int64_t now_ms;
	uint8_t *evict;
	uint64_t chosen; /* state of the choice of records */
};

static size_t
choose(struct bench *b, size_t below)
{
	b->chosen ^= b->chosen << 13;
	b->chosen ^= b->chosen >> 7;
	b->chosen ^= b->chosen << 17;
	return (size_t)(b->chosen % below);
}

static void
site_open(struct site *site)
{
	struct kv_options options = {.mode = KV_READ_WRITE,
	    .map_bytes = BENCH_MAP,
	    .tables = core_table_names,
	    .table_count = CORE_TABLES};

	assert_int_equal(kv_open(site->dir, &options, &site->kv, NULL), WH_OK);
	assert_int_equal(kv_begin(site->kv, KV_READ_WRITE, &site->txn), WH_OK);
}

static void
site_close(struct site *site)
{
	core_close(site->core);
	site->core = NULL;
	kv_abort(&site->txn);
	kv_close(site->kv);
	site->kv = NULL;
}

static void
site_init(struct bench *b, struct site *site, size_t count)
{
	site->people = &b->people;
	site->count = count;
	site->dir = support_dir_new();
	arena_init(&site->arena, 1u << 20);
	bench_fill(site->dir, &b->people, count, count, b->now_ms);
	site_open(site);
}

static void
site_fini(struct site *site)
{
	site_close(site);
	arena_fini(&site->arena);
	support_dir_remove(site->dir);
}

/* Nothing of the store is in memory when it is opened again. */
static void
site_forget(struct site *site)
{
	char *path = support_path(site->dir, "data.mdb");
	int fd;

	site_close(site);
	fd = open(path, O_RDWR);
	assert_true(fd >= 0);
	assert_int_equal(fsync(fd), 0);
	assert_int_equal(posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED), 0);
	close(fd);
	free(path);
	site_open(site);
}

/* One decision about an offer under record n. */
static uint64_t
decide_on(struct bench *b, struct site *site, size_t n)
{
	struct moment moment = {.now_ms = b->now_ms};
	struct work work = {.txn = site->txn,
	    .moment = &moment,
	    .member = "buurtteam",
	    .arena = &site->arena};
	struct decide_input in = {.reg = &b->people.reg,
	    .header = &b->offer.header,
	    .categories = b->offer.categories,
	    .now_ms = b->now_ms};
	struct stored_permission stored;
	struct consent consent;
	struct header *h = &b->offer.header;
	uint64_t start;
	bool found;
	enum reason reason = REASON_NO_PERMISSION;

	bench_consent(site->people, n, site->count, b->now_ms, &consent);
	h->ground.permission_id = consent.permission.permission_id;
	h->relation_ref = consent.permission.relation_ref;
	start = bench_ns();
	arena_reset(&site->arena);
	if (work_ground(&work, &h->ground, &h->relation_ref, &stored, &found) ==
		WH_OK &&
	    found) {
		in.permission = &stored.permission;
		in.standing = &stored.standing;
		reason = decide(&in, NULL);
	}
	start = bench_ns() - start;
	assert_int_equal(reason, REASON_NONE);
	return start;
}

/* The row of record n, not read. */
static uint64_t
look_up(struct bench *b, struct site *site, size_t n)
{
	struct consent consent;
	struct span row;
	uint64_t start;
	enum wh_err err;

	bench_consent(site->people, n, site->count, b->now_ms, &consent);
	start = bench_ns();
	err = kv_peek(site->txn, TABLE_PERMISSION,
	    span_id(&consent.permission.permission_id), &row);
	start = bench_ns() - start;
	assert_int_equal(err, WH_OK);
	return start;
}

static void
listen(void *arg, const struct effect *effect)
{
	bool *accepted = arg;

	if (effect->kind == EFFECT_SEND && effect->sent == FROM_HUB_RECEIPT)
		*accepted = true;
}

static uint64_t
command(struct bench *b, struct site *site, enum command_kind kind,
    const char *member, struct span bytes, bool *accepted)
{
	struct moment moment = {.seq = ++site->seq, .now_ms = b->now_ms};
	struct command command = {.kind = kind, .bytes = bytes};
	uint64_t start;
	enum wh_err err;

	str_copy(command.member, sizeof(command.member), member);
	start = bench_ns();
	err = core_apply(site->core, site->txn, &moment, &command, listen,
	    accepted);
	start = bench_ns() - start;
	assert_int_equal(err, WH_OK);
	return start;
}

static void
core_start(struct bench *b, struct site *site)
{
	struct bytes reg = people_register(&b->people, 1);
	bool ignored;

	assert_int_equal(core_open(site->txn,
			     b->people.alliance.signing.public_key, &site->core,
			     NULL),
	    WH_OK);
	command(b, site, COMMAND_REGISTER, "", span_bytes(&reg), &ignored);
	mem_free(reg.p);
	assert_non_null(core_register(site->core));
}

/* An offer under record n comes in. */
static uint64_t
accept_under(struct bench *b, struct site *site, size_t n)
{
	struct to_hub frame = {.kind = TO_HUB_SUBMIT};
	struct consent consent;
	struct letter letter;
	struct bytes sealed, whole;
	bool accepted = false;
	uint64_t ns;

	bench_consent(&b->people, n, site->count, b->now_ms, &consent);
	letter = letter_offer(&b->people, &consent.permission, b->now_ms);
	sealed = letter_seal(&b->people, &letter);
	frame.u.bytes = span_bytes(&sealed);
	assert_int_equal(wire_to_hub_write(&frame, &whole.p, &whole.len),
	    WH_OK);
	ns = command(b, site, COMMAND_FRAME, "buurtteam", span_bytes(&whole),
	    &accepted);
	assert_true(accepted);
	mem_free(sealed.p);
	mem_free(whole.p);
	return ns;
}

static void
evict(struct bench *b)
{
	for (size_t i = 0; i < EVICT; i += 64)
		b->evict[i]++;
}

enum way {
	WAY_SAME,
	WAY_SPREAD,
	WAY_LOOK,
	WAY_COLD,
	WAY_ACCEPT
};

static void
turn(struct bench *b, struct site *site, enum way way, size_t decisions,
    struct samples *out)
{
	size_t few = b->few.count < SAME ? b->few.count : SAME;

	for (size_t i = 0; i < decisions; i++) {
		size_t n = way == WAY_SAME ? site->count / few * (i % few)
					   : choose(b, site->count);

		if (way == WAY_COLD)
			evict(b);
		if (way == WAY_LOOK)
			bench_add(out, look_up(b, site, n));
		else if (way == WAY_ACCEPT)
			bench_add(out, accept_under(b, site, n));
		else
			bench_add(out, decide_on(b, site, n));
	}
}

static void
report(const char *name, struct samples *many, struct samples *few)
{
	bench_sort(many);
	bench_sort(few);
	printf("%-10s %9llu %9llu %9llu %9llu   %5.2f\n", name,
	    (unsigned long long)bench_part(many, 0.5),
	    (unsigned long long)bench_part(many, 0.99),
	    (unsigned long long)bench_part(few, 0.5),
	    (unsigned long long)bench_part(few, 0.99),
	    (double)bench_part(many, 0.5) / (double)bench_part(few, 0.5));
	mem_free(many->ns);
	mem_free(few->ns);
}

static void
measure(struct bench *b, const char *name, enum way way, size_t decisions)
{
	struct samples many = {0}, few = {0};

	while (many.count < decisions) {
		turn(b, &b->many, way, TURN < decisions ? TURN : decisions,
		    &many);
		turn(b, &b->few, way, TURN < decisions ? TURN : decisions,
		    &few);
	}
	report(name, &many, &few);
}

static void
measure_first(struct bench *b)
{
	struct samples many = {0}, few = {0};
	size_t n = FIRST_MADE < b->few.count ? FIRST_MADE : b->few.count;

	site_forget(&b->many);
	site_forget(&b->few);
	turn(b, &b->many, WAY_SPREAD, n, &many);
	turn(b, &b->few, WAY_SPREAD, n, &few);
	report("from disk", &many, &few);
}

static size_t
number(int argc, char **argv, int at, size_t otherwise)
{
	size_t n = argc > at ? strtoul(argv[at], NULL, 10) : otherwise;

	if (n == 0) {
		fprintf(stderr,
		    "usage: decision_bench [MANY [FEW [DECISIONS]]]\n");
		exit(2);
	}
	return n;
}

int
main(int argc, char **argv)
{
	struct bench *b = mem_new(sizeof(*b));
	size_t many = number(argc, argv, 1, 1000000);
	size_t few = number(argc, argv, 2, 1000);
	size_t decisions = number(argc, argv, 3, 20000);
	struct permission any;

	b->now_ms = WORLD_NOW_MS;
	b->chosen = 0x2545f4914f6cdd1d;
	b->evict = mem_new(EVICT);
	people_init(&b->people);
	any = people_consent(&b->people, b->now_ms);
	b->offer = letter_offer(&b->people, &any, b->now_ms);
	site_init(b, &b->many, many);
	site_init(b, &b->few, few);
	printf("decision, ns        %zu permissions    %zu permissions   "
	       "ratio of\n%-10s %9s %9s %9s %9s   medians\n",
	    many, few, "records", "median", "p99", "median", "p99");
	measure(b, "the same", WAY_SAME, decisions);
	measure(b, "spread", WAY_SPREAD, decisions);
	measure(b, "look-up", WAY_LOOK, decisions);
	measure(b, "cold", WAY_COLD, decisions / COLD_PART + 1);
	core_start(b, &b->many);
	core_start(b, &b->few);
	measure(b, "accept", WAY_ACCEPT, decisions);
	measure_first(b);
	site_fini(&b->many);
	site_fini(&b->few);
	people_fini(&b->people);
	mem_free(b->evict);
	mem_free(b);
	return 0;
}
