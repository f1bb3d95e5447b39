/* SPDX-License-Identifier: EUPL-1.2 */
#include "tests/system_world.h"

#include <sys/random.h>
#include <sys/stat.h>

#include "tests/system_check.h"
#include "tests/system_people.h"

/*
 * Claim: whatever breaks between and under them, a hub and four desks come to
 * agree; nothing that was promised is lost, and nothing moves after its
 * permission ended. WIJKHUB_SEEDS sets how many histories are tried.
 */

#define SEEDS 20
#define STEPS 1000

/*
 * All randomness of the desks comes from the seed as well: one that fails
 * fails again. The system's own is the only door (hash.c).
 */
static uint64_t desk_random;

ssize_t
getrandom(void *out, size_t len, unsigned flags)
{
	struct sim dice = {.random = desk_random};
	uint8_t *at = out;

	(void)flags;
	for (size_t i = 0; i < len; i++)
		at[i] = (uint8_t)sim_random(&dice);
	desk_random = dice.random;
	return (ssize_t)len;
}

static void
connect(struct sim *s, enum place place)
{
	const struct to_hub hello = {.kind = TO_HUB_HELLO,
	    .u.hello = {.major = WIRE_MAJOR, .software = "test"}};

	link_break(s, place);
	s->link[place].up = true;
	say_to_hub(s, place, &hello);
}

/* Some rows of the outbox leave. */
static void
send_rows(struct sim *s, enum place place)
{
	struct link *link = &s->link[place];
	struct to_hub frame = {.request = 1};
	struct kv_txn *txn = NULL;
	struct id id;
	unsigned i;

	if (!link->up)
		return;
	/* No answer in time: all again. */
	if (chance(s, 5))
		link->last_n = 0;
	assert_int_equal(kv_begin(desk_kv(s->w->at[place].desk), KV_READ_ONLY,
			     &txn),
	    WH_OK);
	for (i = 0; i < SIM_WINDOW; i++) {
		if (outbox_next(txn, &link->last_n, &frame.kind, &id,
			&frame.u.bytes) != WH_OK)
			break;
		say_to_hub(s, place, &frame);
	}
	kv_abort(&txn);
}

/* The harness answers what the hub never saw: a bug that must be found. */
static bool
forge_receipt(struct sim *s, enum place place, struct span bytes)
{
	struct from_hub answer = {.kind = FROM_HUB_RECEIPT,
	    .u.receipt = {.log_index = 1, .at_ms = s->w->now_ms}};
	struct permission_change change;
	struct signed_body body;
	struct envelope envelope;
	struct to_hub frame;
	uint8_t *out = NULL;
	size_t len;

	assert_int_equal(wire_to_hub_read(&s->arena, bytes, &frame, NULL),
	    WH_OK);
	if (s->fault == FAULT_FALSE_RECEIPT &&
	    frame.kind == TO_HUB_PERMISSION_EVENT) {
		assert_int_equal(change_read(s, frame.u.bytes, &change), WH_OK);
		answer.u.receipt.id = change.event_id;
		ended(s, frame.u.bytes);
	} else if (s->fault == FAULT_RECEIPT_FORGED &&
		   frame.kind == TO_HUB_SUBMIT && chance(s, 20)) {
		assert_int_equal(wire_signed_read(&s->arena, frame.u.bytes,
				     ENVELOPE_MAX, &body, NULL),
		    WH_OK);
		assert_int_equal(wire_envelope_read(&s->arena, body.body,
				     &envelope, NULL),
		    WH_OK);
		answer.u.receipt.id = envelope.header.message_id;
		answer.u.receipt.state = STATE_QUEUED;
	} else {
		return false;
	}
	assert_int_equal(wire_from_hub_write(&answer, &out, &len), WH_OK);
	line_push(&s->link[place].to_desk, span_of(out, len));
	mem_free(out);
	return true;
}

/* The hub takes a few frames of anybody: one record. */
static void
hub_takes(struct sim *s)
{
	struct record *record = NULL;
	enum place place = (enum place)draw(s, DESKS);
	unsigned most = 1 + draw(s, SIM_BATCH);

	arena_reset(&s->arena);
	for (unsigned i = 0; i < most; i++, place = (place + 1) % DESKS) {
		struct link *link = &s->link[place];
		struct to_hub seen;
		struct frame frame;

		if (!link->up || link->to_hub.count == 0)
			continue;
		frame = line_pop(&link->to_hub);
		follow(s, span_of(frame.p, frame.len));
		assert_int_equal(wire_to_hub_read(&s->arena,
				     span_of(frame.p, frame.len), &seen, NULL),
		    WH_OK);
		if (seen.kind == TO_HUB_HELLO) {
			link->greeted = true;
			link->credit = SIM_CREDIT;
		}
		if (forge_receipt(s, place, span_of(frame.p, frame.len))) {
			mem_free(frame.p);
			continue;
		}
		if (record == NULL)
			record = record_new(s);
		record_add(record, COMMAND_FRAME, place_names[place],
		    span_of(frame.p, frame.len));
		/* A frame may come twice. */
		if (chance(s, 3))
			line_push(&link->to_hub, span_of(frame.p, frame.len));
		mem_free(frame.p);
	}
	if (record != NULL)
		record_run(s);
	if (chance(s, 15))
		hub_commit(s);
}

static void
hub_hands_over(struct sim *s, enum place place)
{
	struct link *link = &s->link[place];
	uint8_t count[4] = {0};

	if (!link->up || !link->greeted || link->credit == 0)
		return;
	count[3] = (uint8_t)link->credit;
	hub_command(s, COMMAND_HANDOVER, place_names[place], span_of(count, 4));
}

/* "Exactly once" is what the desk does with what comes twice. */
static void
forget(struct sim *s, enum place place)
{
	struct desk *desk = s->w->at[place].desk;
	struct span key = span_str(""), value;
	struct kv_txn *txn = NULL;
	uint8_t copy[64];
	size_t len;

	assert_int_equal(kv_begin(desk_kv(desk), KV_READ_WRITE, &txn), WH_OK);
	while (kv_seek(txn, LOCAL_INBOX, &key, &value) == WH_OK) {
		len = key.len;
		memcpy(copy, key.p, len);
		assert_int_equal(kv_del(txn, LOCAL_INBOX, span_of(copy, len)),
		    WH_OK);
		key = span_str("");
	}
	assert_int_equal(kv_commit(&txn), WH_OK);
}

static void
desk_delivered(struct sim *s, enum place place, const struct deliver *delivery)
{
	struct to_hub ack = {.kind = TO_HUB_ACK,
	    .u.ack.delivery = delivery->delivery};

	if (s->fault == FAULT_NO_DEDUPE)
		forget(s, place);
	if (s->fault != FAULT_EARLY_ACK || !chance(s, 20))
		assert_int_equal(desk_deliver(s->w->at[place].desk, delivery,
				     s->w->now_ms, &ack.u.ack.reason),
		    WH_OK);
	s->counts[4]++;
	s->counts[5] += ack.u.ack.reason != REASON_NONE;
	s->link[place].credit++;
	/* Lost, it costs a redelivery and nothing else. */
	if (!chance(s, 5))
		say_to_hub(s, place, &ack);
}

static void
promised(struct history *h, const struct id *message_id)
{
	struct sim *s = &h->s;

	for (size_t i = 0; i < h->offer_count; i++) {
		if (!id_equal(&h->offers[i].message_id, message_id))
			continue;
		s->promised = mem_grow(s->promised,
		    (s->promised_count + 1) * sizeof(*s->promised));
		s->promised[s->promised_count++] = h->offers[i].case_ref;
	}
}

static void
desk_takes(struct history *h, enum place place)
{
	struct sim *s = &h->s;
	struct link *link = &s->link[place];
	struct desk *desk = s->w->at[place].desk;
	struct from_hub answer;
	struct frame frame;

	if (!link->up || link->to_desk.count == 0)
		return;
	arena_reset(&s->arena);
	frame = line_pop(&link->to_desk);
	assert_int_equal(wire_from_hub_read(&s->arena,
			     span_of(frame.p, frame.len), &answer, NULL),
	    WH_OK);
	if (answer.kind == FROM_HUB_RECEIPT) {
		assert_int_equal(desk_receipt(desk, &answer.u.receipt,
				     s->w->now_ms),
		    WH_OK);
		promised(h, &answer.u.receipt.id);
	} else if (answer.kind == FROM_HUB_REFUSAL) {
		s->counts[6]++;
		assert_int_equal(desk_refusal(desk, &answer.u.refusal,
				     s->w->now_ms),
		    WH_OK);
	} else if (answer.kind == FROM_HUB_DELIVER) {
		desk_delivered(s, place, &answer.u.deliver);
	}
	mem_free(frame.p);
}

/* A desk is killed between any two calls. */
static void
desk_crash(struct sim *s, enum place place)
{
	link_break(s, place);
	desk_restart(s->w, place);
}

static void
tick(struct sim *s)
{
	s->w->now_ms += chance(s, 10) ? (int64_t)draw(s, 20) * DESK_DAY
				      : (int64_t)draw(s, 3600) * 1000;
	hub_command(s, COMMAND_TICK, "", span_str(""));
}

static void
step(struct history *h)
{
	struct sim *s = &h->s;
	unsigned what = draw(s, 1000);
	enum place place = (enum place)draw(s, DESKS);

	s->w->now_ms += draw(s, 1000);
	if (what < 25)
		give(h);
	else if (what < 60)
		refer_any(h);
	else if (what < 260)
		act(h);
	else if (what < 270)
		withdraw(h);
	else if (what < 280)
		tick(s);
	else if (what < 400)
		send_rows(s, place);
	else if (what < 620)
		hub_takes(s);
	else if (what < 760)
		hub_hands_over(s, place);
	else if (what < 950)
		for (unsigned most = draw(s, 8); most > 0; most--)
			desk_takes(h, place);
	else if (what < 985 && !s->link[place].up)
		connect(s, place);
	else if (what < 992)
		link_break(s, place);
	else if (what < 996)
		desk_crash(s, place);
	else
		hub_crash(s);
}

static bool
is_busy(const struct sim *s)
{
	for (enum place place = 0; place < DESKS; place++) {
		uint64_t waiting = 0;

		assert_int_equal(core_waiting(s->txn, place_names[place],
				     &waiting),
		    WH_OK);
		if (s->link[place].to_hub.count > 0 ||
		    s->link[place].to_desk.count > 0 || waiting > 0 ||
		    outbox_rows(s->w, place) > 0)
			return true;
	}
	return false;
}

/* Everybody is there, and nothing new happens: it must come to rest. */
static void
settle(struct history *h)
{
	struct sim *s = &h->s;

	for (unsigned round = 0; round < 400 && is_busy(s); round++) {
		for (enum place place = 0; place < DESKS; place++) {
			if (!s->link[place].up || round % 40 == 39)
				connect(s, place);
			send_rows(s, place);
			hub_takes(s);
			hub_takes(s);
			hub_hands_over(s, place);
			while (s->link[place].to_desk.count > 0)
				desk_takes(h, place);
		}
	}
	if (is_busy(s))
		sim_complain(s, "it does not come to rest");
}

/* Withdrawals that were looked at, so that none is no proof. */
static uint64_t withdrawals_seen;

/* One history from a seed; the complaint, or "". */
static void
run(struct desk_world *w, uint64_t seed, enum fault fault, char out[512])
{
	struct history h = {.offers = NULL};

	desk_random = seed << 32;
	sim_start(&h.s, w, seed, fault);
	for (unsigned i = 0; i < STEPS && h.s.complaint[0] == '\0'; i++)
		step(&h);
	settle(&h);
	check_all(&h.s);
	withdrawals_seen += h.s.withdrawals;
	snprintf(out, 512, "%s", h.s.complaint);
	if (getenv("WIJKHUB_SIM_COUNTS") != NULL)
		print_message("seed %llu: %u referrals, %u acts, %u not "
			      "allowed, %u withdrawals, %u deliveries, %u "
			      "refused there, %u refused at the hub\n",
		    (unsigned long long)seed, h.s.counts[0], h.s.counts[1],
		    h.s.counts[2], h.s.counts[3], h.s.counts[4], h.s.counts[5],
		    h.s.counts[6]);
	sim_stop(&h.s);
	mem_free(h.offers);
	mem_free(h.given);
}

static int
setup(void **state)
{
	struct desk_world *w = mem_new(sizeof(*w));
	struct stat st;

	/* The crash is of a process, not of the power: memory is disk enough.
	 */
	if (stat("/dev/shm", &st) == 0)
		setenv("TMPDIR", "/dev/shm", 0);
	desk_world_init(w);
	*state = w;
	return 0;
}

static int
teardown(void **state)
{
	desk_world_fini(*state);
	mem_free(*state);
	return 0;
}

static void
test_all_come_to_agree_whatever_breaks(void **state)
{
	const char *set = getenv("WIJKHUB_SEEDS");
	const char *only = getenv("WIJKHUB_SEED");
	unsigned long seeds = set == NULL ? SEEDS : strtoul(set, NULL, 10);
	unsigned long first = only == NULL ? 1 : strtoul(only, NULL, 10);
	char complaint[512];

	if (only != NULL)
		seeds = 1;
	for (unsigned long seed = first; seed < first + seeds; seed++) {
		run(*state, seed, FAULT_NONE, complaint);
		if (complaint[0] != '\0')
			fail_msg("WIJKHUB_SEED=%lu: %s", seed, complaint);
	}
	assert_true(withdrawals_seen > 0);
}

/* What is planted must be found within a few histories. */
static void
found(struct desk_world *w, enum fault fault)
{
	char complaint[512] = "";

	for (uint64_t seed = 1; seed <= 10 && complaint[0] == '\0'; seed++)
		run(w, seed, fault, complaint);
	assert_string_not_equal(complaint, "");
	print_message("found: %s\n", complaint);
}

static void
test_a_journal_that_loses_a_record_is_found(void **state)
{
	found(*state, FAULT_JOURNAL_LOST);
}

static void
test_a_desk_that_takes_twice_is_found(void **state)
{
	found(*state, FAULT_NO_DEDUPE);
}

static void
test_an_acknowledgement_before_it_is_stored_is_found(void **state)
{
	found(*state, FAULT_EARLY_ACK);
}

static void
test_a_withdrawal_that_is_only_said_to_be_recorded_is_found(void **state)
{
	found(*state, FAULT_FALSE_RECEIPT);
}

static void
test_a_replay_under_another_clock_is_found(void **state)
{
	found(*state, FAULT_OTHER_TIME);
}

static void
test_a_receipt_without_a_record_is_found(void **state)
{
	found(*state, FAULT_RECEIPT_FORGED);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_all_come_to_agree_whatever_breaks),
	    cmocka_unit_test(test_a_journal_that_loses_a_record_is_found),
	    cmocka_unit_test(test_a_desk_that_takes_twice_is_found),
	    cmocka_unit_test(
		test_an_acknowledgement_before_it_is_stored_is_found),
	    cmocka_unit_test(
		test_a_withdrawal_that_is_only_said_to_be_recorded_is_found),
	    cmocka_unit_test(test_a_replay_under_another_clock_is_found),
	    cmocka_unit_test(test_a_receipt_without_a_record_is_found),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
