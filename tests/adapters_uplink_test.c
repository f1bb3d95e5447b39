/* SPDX-License-Identifier: EUPL-1.2 */
#include "tests/adapters_uplink_world.h"

static const struct id nobody;

static void
test_an_adapter_says_who_it_is_and_what_it_can_take(void **state)
{
	struct world *w = *state;

	uplink_start(w);
	hear(w, TO_HUB_HELLO);
	assert_int_equal(w->frame.u.hello.major, WIRE_MAJOR);
	assert_int_equal(w->frame.u.hello.register_version, 1);
	assert_string_equal(w->frame.u.hello.software,
	    "wijkhub-adapter/" WH_VERSION);
	assert_false(uplink_connected(w->uplink));
	welcome(w);
	assert_true(uplink_connected(w->uplink));
	hear(w, TO_HUB_CREDIT);
	assert_int_equal(w->frame.u.credit, UPLINK_CREDIT);
}

static void
test_a_silent_hub_gets_a_new_socket(void **state)
{
	struct world *w = *state;
	uint8_t first[ROUTE_MAX];
	size_t len;

	uplink_start(w);
	hear(w, TO_HUB_HELLO);
	len = w->route_len;
	memcpy(first, w->route, len);
	hear(w, TO_HUB_HELLO);
	assert_false(
	    span_equal(span_of(first, len), span_of(w->route, w->route_len)));
	welcome(w);
	assert_true(uplink_connected(w->uplink));
}

/* A key that the register does not hold yet: ZeroMQ gives up, we do not. */
static void
test_who_was_refused_at_the_door_comes_back(void **state)
{
	struct world *w = *state;
	int64_t until_ms;

	w->refuse_all = true;
	uplink_start(w);
	until_ms = clk_mono_ms() + w->times.hello;
	while (clk_mono_ms() < until_ms)
		assert_false(turn(w));
	w->refuse_all = false;
	connect_up(w);
}

static void
test_the_outbox_goes_out_in_order_and_is_settled(void **state)
{
	struct world *w = *state;

	for (unsigned n = 1; n <= 3; n++)
		push(w, n);
	uplink_start(w);
	connect_up(w);
	for (unsigned n = 1; n <= 3; n++) {
		hear_row(w, n);
		receipt(w, n);
		assert_true(w->accepted);
	}
	assert_int_equal(waiting(w), 0);
	assert_int_equal(uplink_counts(w->uplink).sent, 3);
	assert_int_equal(uplink_counts(w->uplink).receipts, 3);
	push(w, 4);
	hear_row(w, 4);
}

static void
test_no_more_than_a_window_waits_for_answers(void **state)
{
	struct world *w = *state;

	for (unsigned n = 1; n <= UPLINK_WINDOW + 2; n++)
		push(w, n);
	uplink_start(w);
	connect_up(w);
	for (unsigned n = 1; n <= UPLINK_WINDOW; n++)
		hear_row(w, n);
	for (unsigned i = 0; i < 20; i++)
		assert_true(!turn(w) || w->frame.kind == TO_HUB_CREDIT);
	receipt(w, 1);
	hear_row(w, UPLINK_WINDOW + 1);
}

static void
test_a_refusal_settles_a_row_with_its_reason(void **state)
{
	struct world *w = *state;
	struct id id = id_of(1);

	push(w, 1);
	push(w, 2);
	uplink_start(w);
	connect_up(w);
	hear_row(w, 1);
	refuse(w, &id, REASON_PERMISSION_WITHDRAWN);
	hear_row(w, 2);
	while (w->settled < 1)
		(void)turn(w);
	assert_false(w->accepted);
	assert_int_equal(w->reason, REASON_PERMISSION_WITHDRAWN);
	refuse(w, &nobody, REASON_MALFORMED); /* only its request number */
	while (w->settled < 2)
		(void)turn(w);
	assert_int_equal(w->desk.refusals, 2);
	assert_int_equal(w->desk.refused, REASON_MALFORMED);
	assert_int_equal(waiting(w), 0);
}

static void
test_a_busy_hub_is_asked_again_after_its_own_time(void **state)
{
	const struct from_hub busy = {.kind = FROM_HUB_BUSY,
	    .u.busy = {.cause = BUSY_DISK_FULL, .retry_ms = 150}};
	struct world *w = *state;
	struct from_hub frame = busy;
	int64_t asked_ms;

	push(w, 1);
	uplink_start(w);
	connect_up(w);
	hear_row(w, 1);
	frame.request = w->frame.request;
	asked_ms = clk_mono_ms();
	reply(w, &frame);
	hear_row(w, 1);
	assert_true(clk_mono_ms() - asked_ms >= 140);
	assert_int_equal(w->desk.refusals, 0);
	receipt(w, 1);
	assert_int_equal(waiting(w), 0);
}

static void
test_a_hub_that_started_again_gets_all_that_it_did_not_answer(void **state)
{
	struct world *w = *state;

	for (unsigned n = 1; n <= 3; n++)
		push(w, n);
	uplink_start(w);
	connect_up(w);
	for (unsigned n = 1; n <= 3; n++)
		hear_row(w, n);
	receipt(w, 1);
	hub_stop(w);
	hub_start(w);
	for (;;) { /* until what it says comes in on the new line */
		while (!turn(w))
			;
		if (w->frame.kind == TO_HUB_HELLO)
			break;
		refuse(w, &nobody, REASON_NOT_A_MEMBER);
	}
	welcome(w);
	hear(w, TO_HUB_CREDIT);
	hear_row(w, 2);
	hear_row(w, 3);
	assert_int_equal(w->desk.refusals, 0);
	assert_int_equal(uplink_counts(w->uplink).reconnects, 1);
}

/* Nothing to send: it must find out by itself that the hub forgot it. */
static void
test_an_idle_adapter_notices_a_hub_that_forgot_it(void **state)
{
	struct world *w = *state;

	uplink_start(w);
	connect_up(w);
	while (!turn(w))
		;
	assert_int_equal(w->frame.kind, TO_HUB_CREDIT);
	assert_int_equal(w->frame.u.credit, 0);
	refuse(w, &nobody, REASON_NOT_A_MEMBER);
	hear(w, TO_HUB_HELLO);
	assert_int_equal(w->downs, 1);
	welcome(w);
	hear(w, TO_HUB_CREDIT);
}

static void
test_a_delivery_is_acknowledged_after_the_desk_kept_it(void **state)
{
	struct world *w = *state;

	uplink_start(w);
	connect_up(w);
	w->desk.deliver_reason = REASON_CANNOT_OPEN;
	deliver(w, 7);
	hear(w, TO_HUB_ACK);
	assert_int_equal(w->frame.u.ack.delivery, 7);
	assert_int_equal(w->frame.u.ack.reason, REASON_CANNOT_OPEN);
	assert_int_equal(w->desk.delivered, 1);
	assert_int_equal(w->deliveries, 1);
}

static void
test_what_the_desk_cannot_keep_is_never_acknowledged(void **state)
{
	struct world *w = *state;

	uplink_start(w);
	connect_up(w);
	w->desk.deliver_err = WH_FULL;
	deliver(w, 7);
	hear(w, TO_HUB_HELLO); /* a new session; no ack before it */
	assert_int_equal(w->downs, 1);
	w->desk.deliver_err = WH_OK;
	welcome(w);
	hear(w, TO_HUB_CREDIT);
	deliver(w, 7);
	hear(w, TO_HUB_ACK);
	assert_int_equal(w->frame.u.ack.delivery, 7);
	assert_int_equal(w->deliveries, 1);
}

static void
test_credit_comes_back_as_deliveries_are_kept(void **state)
{
	struct world *w = *state;
	unsigned given = 0;
	unsigned acks = 0;

	uplink_start(w);
	connect_up(w);
	for (uint64_t n = 1; n <= UPLINK_CREDIT; n++)
		deliver(w, n);
	while (acks < UPLINK_CREDIT || given < UPLINK_CREDIT / 2) {
		if (!turn(w))
			continue;
		if (w->frame.kind == TO_HUB_ACK)
			assert_int_equal(w->frame.u.ack.delivery, ++acks);
		else
			given += w->frame.u.credit;
	}
	assert_true(given <= UPLINK_CREDIT);
	assert_int_equal(uplink_counts(w->uplink).delivered, UPLINK_CREDIT);
}

static void
test_a_row_that_nobody_answers_is_sent_again(void **state)
{
	struct world *w = *state;

	w->times.answer = 100;
	push(w, 1);
	uplink_start(w);
	connect_up(w);
	hear_row(w, 1);
	hear_row(w, 1);
	receipt(w, 1);
	assert_int_equal(waiting(w), 0);
	assert_int_equal(w->downs, 0);
}

static void
test_a_line_that_died_is_asked_and_then_left(void **state)
{
	struct world *w = *state;

	w->times.silence = 50;
	w->times.hello = 100;
	uplink_start(w);
	connect_up(w);
	hear(w, TO_HUB_PROOF);
	hear(w, TO_HUB_HELLO);
	assert_int_equal(w->downs, 1);
}

static void
test_registers_and_checkpoints_reach_the_desk(void **state)
{
	struct from_hub frame = {.kind = FROM_HUB_REGISTER,
	    .u.bytes = span_str("signed register")};
	struct world *w = *state;

	uplink_start(w);
	connect_up(w);
	reply(w, &frame);
	frame.kind = FROM_HUB_CHECKPOINT;
	reply(w, &frame);
	while (w->desk.registers == 0 || w->desk.checkpoints == 0)
		(void)turn(w);
	assert_int_equal(w->desk.registers, 1);
}

static void
say_page(struct world *w, uint64_t next, uint64_t size)
{
	struct from_hub frame = {.request = w->frame.request,
	    .kind = FROM_HUB_LOG,
	    .u.log = {.from = w->frame.u.log.from, .next = next, .size = size}};

	reply(w, &frame);
}

static void
test_the_log_is_read_to_its_end_after_a_checkpoint(void **state)
{
	struct from_hub frame = {.kind = FROM_HUB_CHECKPOINT,
	    .u.bytes = span_str("note\n")};
	struct world *w = *state;

	uplink_start(w);
	connect_up(w);
	reply(w, &frame);
	hear(w, TO_HUB_LOG);
	assert_int_equal(w->frame.u.log.from, 0);
	say_page(w, 40, 90);
	hear(w, TO_HUB_LOG);
	assert_int_equal(w->frame.u.log.from, 40);
	say_page(w, 90, 90);
	while (w->desk.log_pages < 2)
		(void)turn(w);
	assert_int_equal(w->desk.log_next, 90);
}

/* It is asked for again with the next checkpoint, and never in a circle. */
static void
test_a_page_that_is_not_believed_is_asked_for_once_more_later(void **state)
{
	struct from_hub frame = {.kind = FROM_HUB_CHECKPOINT,
	    .u.bytes = span_str("note\n")};
	struct world *w = *state;

	uplink_start(w);
	w->desk.log_err = WH_INVALID;
	connect_up(w);
	reply(w, &frame);
	hear(w, TO_HUB_LOG);
	say_page(w, 40, 90);
	while (w->desk.log_pages == 0)
		(void)turn(w);
	reply(w, &frame);
	hear(w, TO_HUB_LOG);
	assert_int_equal(w->frame.u.log.from, 0);
	refuse(w, &nobody, REASON_MALFORMED);
	reply(w, &frame);
	hear(w, TO_HUB_LOG);
	assert_int_equal(w->desk.refusals, 0);
}

static void
test_a_checkpoint_to_cosign_is_answered_as_the_desk_says(void **state)
{
	struct world *w = *state;
	struct from_hub frame = {.request = 77,
	    .kind = FROM_HUB_ADD_CHECKPOINT,
	    .u.add_checkpoint = {.old_size = 4,
		.checkpoint = span_str("a note\n")}};

	uplink_start(w);
	connect_up(w);
	reply(w, &frame);
	hear(w, TO_HUB_COSIGNATURE);
	assert_int_equal(w->frame.request, 77);
	assert_true(span_equal(w->frame.u.bytes, span_str("a line\n")));
	frame.request = 78;
	w->desk.verdict = WITNESS_CONFLICT;
	reply(w, &frame);
	hear(w, TO_HUB_WITNESS_CONFLICT);
	assert_int_equal(w->frame.request, 78);
	assert_int_equal(w->frame.u.witness_conflict.size, 5);
	assert_true(span_equal(w->frame.u.witness_conflict.checkpoint,
	    span_str("a note\n")));
	assert_int_equal(uplink_counts(w->uplink).cosigned, 1);
}

static void
test_what_the_desk_could_not_keep_is_never_cosigned(void **state)
{
	struct world *w = *state;
	struct from_hub frame = {.request = 77,
	    .kind = FROM_HUB_ADD_CHECKPOINT,
	    .u.add_checkpoint = {.checkpoint = span_str("a note\n")}};

	uplink_start(w);
	connect_up(w);
	w->desk.witness_err = WH_FULL;
	reply(w, &frame);
	hear(w, TO_HUB_HELLO); /* it starts again, without an answer */
	assert_int_equal(w->desk.asked, 1);
	assert_int_equal(uplink_counts(w->uplink).cosigned, 0);
}

static void
consistency_done(void *arg, const struct consistency *proof, enum wh_err err)
{
	struct world *w = arg;

	assert_true((proof != NULL) == (err == WH_OK));
	w->proofs++;
	w->proof_err = err;
	if (proof != NULL)
		assert_int_equal(proof->sizes.to, 9);
}

static void
proof_done(void *arg, const struct proof *proof, enum wh_err err)
{
	struct world *w = arg;

	assert_true((proof != NULL) == (err == WH_OK));
	w->proofs++;
	w->proof_err = err;
	if (proof != NULL)
		assert_int_equal(proof->index, 5);
}

static void
wait_proofs(struct world *w, unsigned n, enum wh_err err)
{
	while (w->proofs < n)
		(void)turn(w);
	assert_int_equal(w->proof_err, err);
}

static void
test_a_proof_between_two_sizes_can_be_asked(void **state)
{
	struct world *w = *state;
	const struct consistency_request request = {{5, 9}, "example/log"};
	struct from_hub frame = {.kind = FROM_HUB_CONSISTENCY,
	    .u.consistency = {.sizes = {5, 9}}};

	uplink_start(w);
	uplink_consistency(w->uplink, &request, consistency_done, w);
	wait_proofs(w, 1, WH_AGAIN); /* not connected */
	connect_up(w);
	uplink_consistency(w->uplink, &request, consistency_done, w);
	hear(w, TO_HUB_CONSISTENCY);
	assert_int_equal(w->frame.u.consistency.sizes.from, 5);
	assert_string_equal(w->frame.u.consistency.origin, "example/log");
	frame.request = w->frame.request;
	reply(w, &frame);
	wait_proofs(w, 2, WH_OK);
	uplink_consistency(w->uplink, &request, consistency_done, w);
	hear(w, TO_HUB_CONSISTENCY);
	refuse(w, &nobody, REASON_MALFORMED);
	wait_proofs(w, 3, WH_NOT_FOUND);
}

static void
test_a_question_gets_its_own_answer(void **state)
{
	static const uint8_t leaf[140] = {1};
	struct world *w = *state;
	struct from_hub frame = {.kind = FROM_HUB_PROOF,
	    .u.proof = {.index = 5,
		.size = 6,
		.leaf = {leaf, sizeof(leaf)},
		.checkpoint = span_str("note\n")}};

	uplink_start(w);
	uplink_proof(w->uplink, 5, proof_done, w);
	wait_proofs(w, 1, WH_AGAIN); /* not connected */
	connect_up(w);
	uplink_proof(w->uplink, 5, proof_done, w);
	hear(w, TO_HUB_PROOF);
	assert_int_equal(w->frame.u.proof_index, 5);
	frame.request = w->frame.request;
	reply(w, &frame);
	wait_proofs(w, 2, WH_OK);
	uplink_proof(w->uplink, 9, proof_done, w);
	hear(w, TO_HUB_PROOF);
	refuse(w, &nobody, REASON_MALFORMED);
	wait_proofs(w, 3, WH_NOT_FOUND);
	uplink_proof(w->uplink, 9, proof_done, w);
	wait_proofs(w, 4, WH_AGAIN); /* no answer in time */
}

static void
test_another_version_is_tried_again_slowly(void **state)
{
	struct world *w = *state;
	int64_t refused_ms;

	w->times.backoff_max = 200;
	uplink_start(w);
	hear(w, TO_HUB_HELLO);
	refuse(w, &nobody, REASON_VERSION_UNSUPPORTED);
	refused_ms = clk_mono_ms();
	hear(w, TO_HUB_HELLO);
	assert_true(clk_mono_ms() - refused_ms >= 2 * w->times.backoff_max);
}

static void
test_without_a_register_nothing_is_said(void **state)
{
	struct world *w = *state;

	w->desk.has_register = false;
	uplink_start(w);
	for (unsigned i = 0; i < 30; i++)
		assert_false(turn(w));
	w->desk.has_register = true;
	connect_up(w);
}

static void
test_rubbish_from_the_hub_is_logged_and_left(void **state)
{
	struct world *w = *state;

	uplink_start(w);
	connect_up(w);
	assert_int_equal(sock_send(w->server, span_of(w->route, w->route_len),
			     span_str("\xff\xff rommel")),
	    WH_OK);
	push(w, 1);
	hear_row(w, 1);
	receipt(w, 1);
	assert_int_equal(w->downs, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_an_adapter_says_who_it_is_and_what_it_can_take),
	    TEST(test_a_silent_hub_gets_a_new_socket),
	    TEST(test_who_was_refused_at_the_door_comes_back),
	    TEST(test_the_outbox_goes_out_in_order_and_is_settled),
	    TEST(test_no_more_than_a_window_waits_for_answers),
	    TEST(test_a_refusal_settles_a_row_with_its_reason),
	    TEST(test_a_busy_hub_is_asked_again_after_its_own_time),
	    TEST(test_a_hub_that_started_again_gets_all_that_it_did_not_answer),
	    TEST(test_an_idle_adapter_notices_a_hub_that_forgot_it),
	    TEST(test_a_delivery_is_acknowledged_after_the_desk_kept_it),
	    TEST(test_what_the_desk_cannot_keep_is_never_acknowledged),
	    TEST(test_credit_comes_back_as_deliveries_are_kept),
	    TEST(test_a_row_that_nobody_answers_is_sent_again),
	    TEST(test_a_line_that_died_is_asked_and_then_left),
	    TEST(test_a_checkpoint_to_cosign_is_answered_as_the_desk_says),
	    TEST(test_what_the_desk_could_not_keep_is_never_cosigned),
	    TEST(test_a_proof_between_two_sizes_can_be_asked),
	    TEST(test_registers_and_checkpoints_reach_the_desk),
	    TEST(test_the_log_is_read_to_its_end_after_a_checkpoint),
	    TEST(test_a_page_that_is_not_believed_is_asked_for_once_more_later),
	    TEST(test_a_question_gets_its_own_answer),
	    TEST(test_another_version_is_tried_again_slowly),
	    TEST(test_without_a_register_nothing_is_said),
	    TEST(test_rubbish_from_the_hub_is_logged_and_left),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
