/* SPDX-License-Identifier: EUPL-1.2 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>

#include "proto/base/sign.h"
#include "proto/wire_check.h"
#include "tests/proto_wire_bytes.h"
#include "tests/proto_wire_samples.h"

static struct arena arena;

static int
arena_open(void **state)
{
	(void)state;
	arena_init(&arena, FRAME_ARENA_MAX);
	return 0;
}

static int
arena_close(void **state)
{
	(void)state;
	arena_fini(&arena);
	return 0;
}

static void
test_every_field_of_the_contract_has_a_rule(void **state)
{
	static const struct wire_message *const all[] = {&wire_rules_signed,
	    &wire_rules_header, &wire_rules_body, &wire_rules_to_hub,
	    &wire_rules_from_hub, &wire_rules_permission,
	    &wire_rules_permission_change, &wire_rules_carried,
	    &wire_rules_register};
	struct why why = {""};
	size_t fields = 0, total = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		if (wire_rules_complete(all[i], &fields, &why) != WH_OK)
			fail_msg("%s", why.text);
		total += fields;
	}
	assert_true(total > 150);
}

static void
test_a_field_without_a_rule_is_found(void **state)
{
	struct wire_message planted = wire_rules_header;
	struct wire_rule rules[40];
	struct why why;
	size_t fields = 0;

	(void)state;
	memcpy(rules, planted.rules, planted.count * sizeof(rules[0]));
	planted.rules = rules;
	planted.count--;
	assert_int_equal(wire_rules_complete(&planted, &fields, &why),
	    WH_CORRUPT);
	assert_string_equal(why.text,
	    "Header.no_automatic_notice: has no rule");
	planted.count++;
	rules[3].kind = WIRE_NUMBER;
	assert_int_equal(wire_rules_complete(&planted, &fields, &why),
	    WH_CORRUPT);
	assert_string_equal(why.text,
	    "Header.from_member: has a rule for another type");
	rules[3] = rules[4];
	assert_int_equal(wire_rules_complete(&planted, &fields, &why),
	    WH_CORRUPT);
	assert_string_equal(why.text, "Header.from_member: has no rule");
	assert_int_equal(fields, 0);
}

static void
check_header(const struct header *want, const struct header *got)
{
	assert_true(id_equal(&want->message_id, &got->message_id));
	assert_true(id_equal(&want->case_ref, &got->case_ref));
	assert_true(id_equal(&want->relation_ref, &got->relation_ref));
	assert_string_equal(want->from_member, got->from_member);
	assert_string_equal(want->from_desk, got->from_desk);
	assert_string_equal(want->to_member, got->to_member);
	assert_string_equal(want->to_desk, got->to_desk);
	assert_string_equal(want->type, got->type);
	assert_string_equal(want->area, got->area);
	assert_int_equal(want->event, got->event);
	assert_int_equal(want->epoch, got->epoch);
	assert_int_equal(want->created_ms, got->created_ms);
	assert_int_equal(want->expires_ms, got->expires_ms);
	assert_int_equal(want->code, got->code);
	assert_int_equal(want->urgent, got->urgent);
	assert_int_equal(want->no_automatic_notice, got->no_automatic_notice);
	assert_int_equal(want->ground.kind, got->ground.kind);
	assert_int_equal(want->ground.has_permission,
	    got->ground.has_permission);
	assert_true(
	    id_equal(&want->ground.permission_id, &got->ground.permission_id));
	assert_string_equal(want->ground.instrument, got->ground.instrument);
	assert_string_equal(want->ground.decision, got->ground.decision);
	assert_memory_equal(&want->ground.attempts, &got->ground.attempts,
	    sizeof(want->ground.attempts));
}

static void
round_trip(const struct header *header, size_t sections)
{
	struct envelope in, out;
	uint8_t *header_bytes = NULL, *bytes = NULL;
	size_t len = 0;

	in = sample_envelope(header, sections, &header_bytes);
	assert_int_equal(wire_envelope_write(&in, &bytes, &len), WH_OK);
	assert_int_equal(wire_envelope_read(&arena, span_of(bytes, len), &out,
			     NULL),
	    WH_OK);
	check_header(header, &out.header);
	assert_true(span_equal(in.header_bytes, out.header_bytes));
	assert_true(span_equal(in.encapsulation, out.encapsulation));
	assert_int_equal(out.section_count, sections);
	for (size_t i = 0; i < sections; i++) {
		assert_int_equal(in.sections[i].category,
		    out.sections[i].category);
		assert_true(span_equal(in.sections[i].ciphertext,
		    out.sections[i].ciphertext));
		assert_true(
		    out.categories & category_bit(out.sections[i].category));
	}
	if (sections > 0)
		assert_memory_equal(&in.sealing_key_id, &out.sealing_key_id,
		    WIRE_KEY_ID_LEN);
	else
		assert_int_equal(out.categories, 0);
	mem_free(bytes);
	mem_free(header_bytes);
}

static void
test_an_envelope_comes_out_as_it_went_in(void **state)
{
	struct header header = sample_header();

	(void)state;
	round_trip(&header, 0);
	round_trip(&header, 1);
	round_trip(&header, CATEGORY_COUNT);
	header = sample_header_duty();
	round_trip(&header, 3);
	header.ground.kind = KIND_POLICE_WPG;
	header.ground.attempts = (struct attempts){false};
	header.ground.decision = "PL1300-2026-0001";
	header.from_desk = header.to_desk = header.area = "";
	round_trip(&header, 2);
}

/* What the hub reads has no room for a sentence about somebody. */
static void
test_decision_number_is_one_word(void **state)
{
	struct header header = sample_header_duty();
	uint8_t *bytes = NULL;
	size_t len = 0;

	(void)state;
	header.ground.kind = KIND_POLICE_WPG;
	header.ground.attempts = (struct attempts){false};
	header.ground.decision = "besluit over V. Voorbeeld";
	assert_int_equal(wire_header_write(&header, &bytes, &len), WH_INVALID);
	assert_null(bytes);
}

/* Text that was never set is the empty text. */
static void
test_null_is_written_as_empty(void **state)
{
	struct header header = sample_header();
	struct envelope in, out;
	uint8_t *header_bytes = NULL, *bytes = NULL;
	size_t len = 0;

	(void)state;
	header.from_desk = header.to_desk = header.area = NULL;
	header.ground.instrument = header.ground.decision = NULL;
	in = sample_envelope(&header, 0, &header_bytes);
	assert_int_equal(wire_envelope_write(&in, &bytes, &len), WH_OK);
	assert_int_equal(wire_envelope_read(&arena, span_of(bytes, len), &out,
			     NULL),
	    WH_OK);
	assert_string_equal(out.header.from_desk, "");
	assert_string_equal(out.header.ground.instrument, "");
	mem_free(bytes);
	mem_free(header_bytes);
}

static void
check_to_hub(const struct to_hub *want, const struct to_hub *got)
{
	assert_int_equal(want->request, got->request);
	assert_int_equal(want->kind, got->kind);
	switch (want->kind) {
	case TO_HUB_HELLO:
		assert_int_equal(want->u.hello.major, got->u.hello.major);
		assert_int_equal(want->u.hello.minor, got->u.hello.minor);
		assert_string_equal(want->u.hello.software,
		    got->u.hello.software);
		assert_int_equal(want->u.hello.register_version,
		    got->u.hello.register_version);
		break;
	case TO_HUB_SUBMIT:
	case TO_HUB_PERMISSION:
	case TO_HUB_PERMISSION_EVENT:
	case TO_HUB_COSIGNATURE:
	case TO_HUB_CARRIED:
		assert_true(span_equal(want->u.bytes, got->u.bytes));
		break;
	case TO_HUB_ACK:
		assert_int_equal(want->u.ack.delivery, got->u.ack.delivery);
		assert_int_equal(want->u.ack.reason, got->u.ack.reason);
		break;
	case TO_HUB_CREDIT:
		assert_int_equal(want->u.credit, got->u.credit);
		break;
	case TO_HUB_PROOF:
		assert_int_equal(want->u.proof_index, got->u.proof_index);
		break;
	case TO_HUB_WITNESS_CONFLICT:
		assert_int_equal(want->u.witness_conflict.verdict,
		    got->u.witness_conflict.verdict);
		assert_int_equal(want->u.witness_conflict.size,
		    got->u.witness_conflict.size);
		assert_true(span_equal(want->u.witness_conflict.checkpoint,
		    got->u.witness_conflict.checkpoint));
		break;
	case TO_HUB_CONSISTENCY:
		assert_memory_equal(&want->u.consistency.sizes,
		    &got->u.consistency.sizes, sizeof(struct size_range));
		assert_string_equal(want->u.consistency.origin,
		    got->u.consistency.origin);
		break;
	case TO_HUB_LOG:
		assert_int_equal(want->u.log.from, got->u.log.from);
		assert_int_equal(want->u.log.count, got->u.log.count);
		break;
	}
}

static void
test_every_frame_to_the_hub_comes_out_as_it_went_in(void **state)
{
	struct to_hub in, out;
	size_t n = 0;

	(void)state;
	for (; sample_to_hub(n, &in); n++) {
		uint8_t *bytes = NULL;
		size_t len = 0;

		assert_int_equal(wire_to_hub_write(&in, &bytes, &len), WH_OK);
		assert_int_equal(wire_to_hub_read(&arena, span_of(bytes, len),
				     &out, NULL),
		    WH_OK);
		check_to_hub(&in, &out);
		mem_free(bytes);
	}
	assert_int_equal(n, wire_rules_to_hub.count - 1);
}

static void
check_withdrawal(const struct withdrawal *a, const struct withdrawal *b)
{
	assert_true(id_equal(&a->event_id, &b->event_id));
	assert_true(id_equal(&a->permission_id, &b->permission_id));
	assert_int_equal(a->recorded_ms, b->recorded_ms);
	assert_int_equal(a->recorded_index, b->recorded_index);
	assert_int_equal(a->done_ms, b->done_ms);
	assert_int_equal(a->done_index, b->done_index);
	assert_int_equal(a->overdue, b->overdue);
	assert_int_equal(a->outstanding, b->outstanding);
	assert_int_equal(a->member_count, b->member_count);
	for (size_t i = 0; i < a->member_count; i++)
		assert_string_equal(a->members[i], b->members[i]);
	assert_int_equal(a->departed, b->departed);
	assert_int_equal(a->departed_count, b->departed_count);
	for (size_t i = 0; i < a->departed_count; i++)
		assert_string_equal(a->departed_members[i],
		    b->departed_members[i]);
	assert_memory_equal(a->counts, b->counts, sizeof(a->counts));
	assert_int_equal(a->message_count, b->message_count);
	for (size_t i = 0; i < a->message_count; i++) {
		const struct reached *c = &a->messages[i];
		const struct reached *d = &b->messages[i];

		assert_true(id_equal(&c->message_id, &d->message_id));
		assert_true(id_equal(&c->case_ref, &d->case_ref));
		assert_string_equal(c->to, d->to);
		assert_int_equal(c->reach, d->reach);
	}
	assert_true(span_equal(a->report, b->report));
}

static void
check_deliver(const struct deliver *want, const struct deliver *got)
{
	const struct notice *a = &want->notice, *b = &got->notice;

	assert_int_equal(want->delivery, got->delivery);
	assert_int_equal(want->accepted_index, got->accepted_index);
	assert_int_equal(want->log_index, got->log_index);
	assert_int_equal(want->kind, got->kind);
	assert_true(span_equal(want->envelope, got->envelope));
	assert_true(span_equal(want->permission, got->permission));
	assert_true(span_equal(want->permission_event, got->permission_event));
	if (want->kind == DELIVER_WITHDRAWAL)
		check_withdrawal(want->withdrawal, got->withdrawal);
	assert_true(id_equal(&a->case_ref, &b->case_ref));
	assert_int_equal(a->state, b->state);
	assert_int_equal(a->code, b->code);
	assert_int_equal(a->reason, b->reason);
	assert_int_equal(a->reach, b->reach);
	assert_int_equal(a->at_ms, b->at_ms);
	assert_true(id_equal(&a->message_id, &b->message_id));
	assert_true(id_equal(&a->permission_id, &b->permission_id));
	assert_int_equal(a->event, b->event);
	assert_int_equal(a->due_ms, b->due_ms);
}

static void
check_answer(const struct from_hub *want, const struct from_hub *got)
{
	const struct receipt *a = &want->u.receipt, *b = &got->u.receipt;
	const struct refusal *c = &want->u.refusal, *d = &got->u.refusal;

	if (want->kind == FROM_HUB_RECEIPT) {
		assert_true(id_equal(&a->id, &b->id));
		assert_int_equal(a->log_index, b->log_index);
		assert_int_equal(a->at_ms, b->at_ms);
		assert_int_equal(a->duplicate, b->duplicate);
		assert_int_equal(a->state, b->state);
		return;
	}
	assert_true(id_equal(&c->id, &d->id));
	assert_int_equal(c->reason, d->reason);
	assert_int_equal(c->log_index, d->log_index);
	assert_string_equal(c->detail, d->detail);
	assert_int_equal(c->state, d->state);
}

static void
check_proof(const struct proof *want, const struct proof *got)
{
	assert_int_equal(want->index, got->index);
	assert_int_equal(want->size, got->size);
	assert_true(span_equal(want->leaf, got->leaf));
	assert_int_equal(want->path_count, got->path_count);
	assert_memory_equal(want->path, got->path,
	    want->path_count * WIRE_KEY_LEN);
	assert_true(span_equal(want->checkpoint, got->checkpoint));
}

static void
check_hashes(const uint8_t (*want)[WIRE_KEY_LEN],
    const uint8_t (*got)[WIRE_KEY_LEN], size_t want_count, size_t got_count)
{
	assert_int_equal(want_count, got_count);
	assert_memory_equal(want, got, want_count * WIRE_KEY_LEN);
}

static void
check_log(const struct log_page *want, const struct log_page *got)
{
	assert_int_equal(want->from, got->from);
	assert_int_equal(want->next, got->next);
	assert_int_equal(want->size, got->size);
	assert_int_equal(want->count, got->count);
	for (size_t i = 0; i < want->count; i++) {
		const struct log_entry *a = &want->entries[i];
		const struct log_entry *b = &got->entries[i];

		assert_int_equal(a->index, b->index);
		assert_true(span_equal(a->leaf, b->leaf));
		assert_true(span_equal(a->key, b->key));
		assert_true(span_equal(a->details, b->details));
	}
}

static void
check_from_hub(const struct from_hub *want, const struct from_hub *got)
{
	assert_int_equal(want->request, got->request);
	assert_int_equal(want->kind, got->kind);
	switch (want->kind) {
	case FROM_HUB_WELCOME:
		assert_memory_equal(&want->u.welcome, &got->u.welcome,
		    sizeof(want->u.welcome));
		break;
	case FROM_HUB_RECEIPT:
	case FROM_HUB_REFUSAL:
		check_answer(want, got);
		break;
	case FROM_HUB_DELIVER:
		check_deliver(&want->u.deliver, &got->u.deliver);
		break;
	case FROM_HUB_REGISTER:
	case FROM_HUB_CHECKPOINT:
		assert_true(span_equal(want->u.bytes, got->u.bytes));
		break;
	case FROM_HUB_PROOF:
		check_proof(&want->u.proof, &got->u.proof);
		break;
	case FROM_HUB_BUSY:
		assert_true(id_equal(&want->u.busy.id, &got->u.busy.id));
		assert_int_equal(want->u.busy.cause, got->u.busy.cause);
		assert_int_equal(want->u.busy.retry_ms, got->u.busy.retry_ms);
		break;
	case FROM_HUB_ADD_CHECKPOINT:
		assert_int_equal(want->u.add_checkpoint.old_size,
		    got->u.add_checkpoint.old_size);
		assert_true(span_equal(want->u.add_checkpoint.checkpoint,
		    got->u.add_checkpoint.checkpoint));
		check_hashes(want->u.add_checkpoint.proof,
		    got->u.add_checkpoint.proof,
		    want->u.add_checkpoint.proof_count,
		    got->u.add_checkpoint.proof_count);
		break;
	case FROM_HUB_CONSISTENCY:
		assert_memory_equal(&want->u.consistency.sizes,
		    &got->u.consistency.sizes, sizeof(struct size_range));
		check_hashes(want->u.consistency.path, got->u.consistency.path,
		    want->u.consistency.path_count,
		    got->u.consistency.path_count);
		break;
	case FROM_HUB_LOG:
		check_log(&want->u.log, &got->u.log);
		break;
	}
}

static void
test_every_frame_from_the_hub_comes_out_as_it_went_in(void **state)
{
	struct from_hub in, out;
	unsigned kinds = 0;

	(void)state;
	for (size_t n = 0; sample_from_hub(n, &in); n++) {
		uint8_t *bytes = NULL;
		size_t len = 0;

		assert_int_equal(wire_from_hub_write(&in, &bytes, &len), WH_OK);
		assert_int_equal(wire_from_hub_read(&arena, span_of(bytes, len),
				     &out, NULL),
		    WH_OK);
		check_from_hub(&in, &out);
		kinds |= 1u << in.kind;
		mem_free(bytes);
	}
	assert_int_equal(kinds, 0x1ffc00); /* all of 10 to 20 */
}

/* A refusal of bytes that we could not read has no id to name. */
static void
test_an_id_that_may_be_absent_is_zero(void **state)
{
	struct from_hub in = {.kind = FROM_HUB_REFUSAL,
	    .u.refusal = {.reason = REASON_MALFORMED, .detail = ""}};
	struct from_hub out;
	uint8_t *bytes = NULL;
	size_t len = 0;

	(void)state;
	assert_int_equal(wire_from_hub_write(&in, &bytes, &len), WH_OK);
	assert_int_equal(wire_from_hub_read(&arena, span_of(bytes, len), &out,
			     NULL),
	    WH_OK);
	assert_true(id_is_zero(&out.u.refusal.id));
	mem_free(bytes);
}

static enum wh_err
read_hello(uint64_t major, uint64_t minor, unsigned unknown, struct to_hub *out)
{
	static struct bytes hello, frame;

	hello.len = frame.len = 0;
	bytes_number(&hello, 1, major);
	bytes_number(&hello, 2, minor);
	bytes_data(&hello, 3, span_str("other 9.9"));
	if (unknown != 0)
		bytes_data(&hello, unknown, span_str("of the future"));
	bytes_data(&frame, 10, bytes_span(&hello));
	return wire_to_hub_read(&arena, bytes_span(&frame), out, NULL);
}

static void
test_only_a_newer_hello_may_hold_what_we_do_not_know(void **state)
{
	struct to_hub got;

	(void)state;
	assert_int_equal(read_hello(WIRE_MAJOR, WIRE_MINOR, 0, &got), WH_OK);
	assert_int_equal(read_hello(WIRE_MAJOR, WIRE_MINOR, 90, &got),
	    WH_INVALID);
	assert_int_equal(read_hello(WIRE_MAJOR, WIRE_MINOR + 1, 90, &got),
	    WH_OK);
	assert_int_equal(got.u.hello.minor, WIRE_MINOR + 1);
	assert_string_equal(got.u.hello.software, "other 9.9");
	assert_int_equal(read_hello(WIRE_MAJOR + 1, 0, 90, &got), WH_OK);
	assert_int_equal(read_hello(0, 7, 90, &got), WH_INVALID);
}

static void
test_what_is_signed_verifies_and_nothing_else_does(void **state)
{
	struct sign_secret secret, other;
	struct signed_body got;
	uint8_t *bytes = NULL;
	size_t len = 0;
	struct key_id id;

	(void)state;
	sign_secret_new(&secret);
	sign_secret_new(&other);
	assert_int_equal(wire_sign(&secret, WIRE_DOMAIN_PERMISSION,
			     span_str("body"), &bytes, &len),
	    WH_OK);
	assert_true(len <= strlen("body") + WIRE_SIGNED_EXTRA);
	assert_int_equal(wire_signed_read(&arena, span_of(bytes, len), 4, &got,
			     NULL),
	    WH_OK);
	assert_true(span_equal(got.body, span_str("body")));
	id = wire_key_id(secret.public_key);
	assert_memory_equal(&got.key_id, &id, sizeof(id));
	assert_int_equal(wire_signed_check(&got, WIRE_DOMAIN_PERMISSION,
			     secret.public_key),
	    WH_OK);
	assert_int_equal(wire_signed_check(&got, WIRE_DOMAIN_PERMISSION_EVENT,
			     secret.public_key),
	    WH_CRYPTO);
	assert_int_equal(wire_signed_check(&got, WIRE_DOMAIN_PERMISSION,
			     other.public_key),
	    WH_CRYPTO);
	got.body = span_str("bodi");
	assert_int_equal(wire_signed_check(&got, WIRE_DOMAIN_PERMISSION,
			     secret.public_key),
	    WH_CRYPTO);
	assert_int_equal(wire_signed_read(&arena, span_of(bytes, len), 3, &got,
			     NULL),
	    WH_TOO_BIG);
	mem_free(bytes);
	sign_secret_wipe(&secret);
	sign_secret_wipe(&other);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_every_field_of_the_contract_has_a_rule),
	    cmocka_unit_test(test_a_field_without_a_rule_is_found),
	    cmocka_unit_test(test_an_envelope_comes_out_as_it_went_in),
	    cmocka_unit_test(test_decision_number_is_one_word),
	    cmocka_unit_test(test_null_is_written_as_empty),
	    cmocka_unit_test(
		test_every_frame_to_the_hub_comes_out_as_it_went_in),
	    cmocka_unit_test(
		test_every_frame_from_the_hub_comes_out_as_it_went_in),
	    cmocka_unit_test(test_an_id_that_may_be_absent_is_zero),
	    cmocka_unit_test(
		test_only_a_newer_hello_may_hold_what_we_do_not_know),
	    cmocka_unit_test(
		test_what_is_signed_verifies_and_nothing_else_does),
	};

	return cmocka_run_group_tests(tests, arena_open, arena_close);
}
