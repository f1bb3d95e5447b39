/* SPDX-License-Identifier: EUPL-1.2 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>

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

#define HUGE_NUMBER UINT64_C(0xffffffffffffffff)

static const char *const slug33 = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

static enum wh_err
read_header(struct span bytes, struct why *why)
{
	static struct bytes body;
	struct envelope out;

	body.len = 0;
	bytes_data(&body, 1, bytes);
	return wire_envelope_read(&arena, bytes_span(&body), &out, why);
}

static enum wh_err
read_body(struct span bytes, struct why *why)
{
	struct envelope out;

	return wire_envelope_read(&arena, bytes, &out, why);
}

static enum wh_err
read_to_hub(struct span bytes, struct why *why)
{
	struct to_hub out;

	return wire_to_hub_read(&arena, bytes, &out, why);
}

static enum wh_err
read_from_hub(struct span bytes, struct why *why)
{
	struct from_hub out;

	return wire_from_hub_read(&arena, bytes, &out, why);
}

static enum wh_err
read_signed(struct span bytes, struct why *why)
{
	struct signed_body out;

	return wire_signed_read(&arena, bytes, PERMISSION_MAX, &out, why);
}

static const struct refusal_case header_cases[] = {
    {{{1}, .how = EDIT_DROP}, "Header.message_id: must have exactly 16 bytes"},
    {{{1}, .how = EDIT_DATA, .data = EDIT_TEXT("short")},
	"Header.message_id: must have"},
    {{{1}, .how = EDIT_DATA, .data = EDIT_ZEROES(16)},
	"Header.message_id: must not be all"},
    {{{1}, .how = EDIT_TWICE}, "Header.message_id: must not be given twice"},
    {{{2}, .how = EDIT_DROP}, "Header.case_ref: "},
    {{{3}, .how = EDIT_DATA, .data = EDIT_ZEROES(16)}, "Header.relation_ref: "},
    {{{4}, .how = EDIT_DROP}, "Header.from_member: must be a-z, 0-9 and -"},
    {{{4}, .how = EDIT_DATA, .data = EDIT_TEXT("Buurtteam")},
	"Header.from_member: "},
    {{{4}, .how = EDIT_DATA, .data = EDIT_TEXT("a\0b")},
	"Header.from_member: must be UTF-8"},
    {{{4}, .how = EDIT_NUMBER, .number = 1},
	"Header.from_member: must have the type"},
    {{{5}, .how = EDIT_DATA, .data = EDIT_TEXT("-a")}, "Header.from_desk: "},
    {{{6}, .how = EDIT_DROP}, "Header.to_member: "},
    {{{7}, .how = EDIT_DATA, .data = EDIT_TEXT("a b")}, "Header.to_desk: "},
    {{{8}, .how = EDIT_DROP}, "Header.type: "},
    {{{9}, .how = EDIT_DATA, .data = EDIT_TEXT("\xff")},
	"Header.area: must be UTF-8"},
    {{{10}, .how = EDIT_DROP}, "Header.event: must be a number of its table"},
    {{{10}, .how = EDIT_NUMBER, .number = EVENT_SUBMITTED}, "Header.event: "},
    {{{10}, .how = EDIT_NUMBER, .number = EVENT_ENVELOPE_MAX + 1},
	"Header.event: "},
    {{{11}, .how = EDIT_DROP}, "Header.ground: must be given"},
    {{{11, 1}, .how = EDIT_DROP}, "Header.ground.kind: must be a number"},
    {{{11, 1}, .how = EDIT_NUMBER, .number = 8}, "Header.ground.kind: "},
    {{{11, 2}, .how = EDIT_DATA, .data = EDIT_ZEROES(16)},
	"Header.ground.permission_id: "},
    {{{11, 2}, .how = EDIT_DROP},
	"Header.ground: exactly one of permission_id"},
    {{{11, 3}, .how = EDIT_DATA, .data = EDIT_TEXT("wgs")},
	"Header.ground: exactly one of"},
    {{{11, 3}, .how = EDIT_DATA, .data = EDIT_TEXT("w s")},
	"Header.ground.instrument: "},
    {{{11, 4}, .how = EDIT_DATA, .data = EDIT_TEXT("\x08\x01")},
	"Header.ground: attempts belong to DUTY_WITH_OBJECTION"},
    {{{11, 4}, .how = EDIT_DATA, .data = EDIT_TEXT("\x38\x01")},
	"Header.ground.attempts: must not have unknown fields"},
    {{{11, 5}, .how = EDIT_DATA, .data = EDIT_TEXT("PL13")},
	"Header.ground: decision belongs"},
    {{{11, 5}, .how = EDIT_DATA, .data = EDIT_TEXT("a\x1b")},
	"Header.ground.decision: "},
    {{{11, 9}, .how = EDIT_NUMBER, .number = 1},
	"Header.ground: must not have unknown"},
    {{{13}, .how = EDIT_DROP}, "Header.created_ms: must be 1 to"},
    {{{13}, .how = EDIT_NUMBER, .number = HUGE_NUMBER}, "Header.created_ms: "},
    {{{14}, .how = EDIT_NUMBER, .number = SAMPLE_NOW_MS},
	"Header: expires_ms must be after"},
    {{{14}, .how = EDIT_NUMBER, .number = SAMPLE_NOW_MS + EXPIRES_MAX_MS + 1},
	"Header: expires_ms must be after created_ms, 90 days"},
    {{{14}, .how = EDIT_NUMBER, .number = UINT64_C(1) << 62},
	"Header.expires_ms: must be"},
    {{{15}, .how = EDIT_NUMBER, .number = 15},
	"Header.code: must be a number of its table"},
    {{{15}, .how = EDIT_TWICE}, "Header.code: must not be given twice"},
    {{{18}, .how = EDIT_NUMBER, .number = 1},
	"Header: must not have unknown fields"},
    {{{5000}, .how = EDIT_DATA, .data = EDIT_TEXT("x")},
	"Header: must not have unknown"},
};

static void
test_each_bad_field_of_a_header_is_refused_by_name(void **state)
{
	struct header header = sample_header();
	uint8_t *bytes = NULL;
	size_t len = 0;

	(void)state;
	assert_int_equal(wire_header_write(&header, &bytes, &len), WH_OK);
	for (size_t i = 0; i < sizeof(header_cases) / sizeof(header_cases[0]);
	     i++)
		check_refusal(read_header, span_of(bytes, len),
		    &header_cases[i]);
	mem_free(bytes);
}

/* A section that is as valid as the three before it. */
static struct span
another_section(uint32_t category, size_t len)
{
	static struct bytes section;

	section.len = 0;
	bytes_number(&section, 1, category);
	bytes_data(&section, 2, span_of(edit_zeroes, len));
	return bytes_span(&section);
}

static const struct refusal_case body_cases[] = {
    {{{1}, .how = EDIT_DROP}, "EnvelopeBody.header: must have 1 to"},
    {{{1}, .how = EDIT_DATA, .data = EDIT_TEXT("\x0a\x01")},
	"Header: must be a whole"},
    {{{1, 12}, .how = EDIT_TWICE}, "Header.epoch: must not be given twice"},
    {{{1}, .how = EDIT_DATA, .data = EDIT_ZEROES(2049)},
	"EnvelopeBody.header: must have"},
    {{{2}, .how = EDIT_DROP}, "EnvelopeBody: encapsulation must be given with"},
    {{{2}, .how = EDIT_DATA, .data = EDIT_ZEROES(31)},
	"EnvelopeBody.encapsulation: must have exactly 32 bytes, or none"},
    {{{3}, .how = EDIT_DROP}, "EnvelopeBody: sealing_key_id must be given"},
    {{{3}, .how = EDIT_DATA, .data = EDIT_ZEROES(9)},
	"EnvelopeBody.sealing_key_id: "},
    {{{4}, .how = EDIT_DROP}, "EnvelopeBody: encapsulation must be given with"},
    {{{4, 1}, .how = EDIT_DROP}, "EnvelopeBody.sections[0].category: "},
    {{{4, 1}, .how = EDIT_NUMBER, .number = 23},
	"EnvelopeBody.sections[0].category: "},
    {{{4, 1}, .how = EDIT_NUMBER, .number = 2},
	"EnvelopeBody: sections must ascend"},
    {{{4, 1}, .how = EDIT_NUMBER, .number = 9},
	"EnvelopeBody: sections must ascend"},
    {{{4, 2}, .how = EDIT_DROP},
	"EnvelopeBody.sections[0].ciphertext: must have"},
    {{{4, 2}, .how = EDIT_DATA, .data = EDIT_ZEROES(PAD_MIN + 15)},
	"EnvelopeBody.sections[0].ciphertext: must have 272 to"},
    {{{4, 3}, .how = EDIT_NUMBER, .number = 1},
	"EnvelopeBody.sections[0]: must not have"},
    {{{5}, .how = EDIT_NUMBER, .number = 1},
	"EnvelopeBody: must not have unknown fields"},
};

static void
test_each_bad_field_of_a_body_is_refused_by_name(void **state)
{
	struct header header = sample_header();
	uint8_t *header_bytes = NULL, *bytes = NULL;
	struct envelope in = sample_envelope(&header, 3, &header_bytes);
	size_t len = 0;

	(void)state;
	assert_int_equal(wire_envelope_write(&in, &bytes, &len), WH_OK);
	for (size_t i = 0; i < sizeof(body_cases) / sizeof(body_cases[0]); i++)
		check_refusal(read_body, span_of(bytes, len), &body_cases[i]);
	for (uint32_t category = 1; category <= 3; category++) {
		struct refusal_case doubled = {{{4}, EDIT_ADD, 0,
						   another_section(category,
						       272)},
		    "EnvelopeBody: sections must ascend"};

		check_refusal(read_body, span_of(bytes, len), &doubled);
	}
	mem_free(bytes);
	mem_free(header_bytes);
}

static const struct {
	size_t frame; /* of sample_to_hub() */
	struct refusal_case c;
} to_hub_cases[] = {
    {0, {{{10}, .how = EDIT_DROP}, "ToHub: kind must be given"}},
    {0, {{{10, 1}, .how = EDIT_DROP}, "ToHub.hello.major: must be 1 to"}},
    {0, {{{10, 3}, .how = EDIT_DATA, .data = EDIT_ZEROES(3)},
	    "ToHub.hello.software: "}},
    {0, {{{10, 9}, .how = EDIT_NUMBER, .number = 1},
	    "ToHub.hello: must not have unknown"}},
    {0, {{{9}, .how = EDIT_NUMBER, .number = 1},
	    "ToHub: must not have unknown fields"}},
    {0, {{{12}, .how = EDIT_DATA, .data = EDIT_TEXT("\x08\x01")},
	    "ToHub.ack: must not come with another kind"}},
    {1, {{{11, 1}, .how = EDIT_DROP}, "ToHub.submit.envelope: must have 1 to"}},
    {2, {{{12, 1}, .how = EDIT_DROP}, "ToHub.ack.delivery: must be 1 to"}},
    {2, {{{12, 2}, .how = EDIT_NUMBER, .number = 99}, "ToHub.ack.reason: "}},
    {3, {{{13, 1}, .how = EDIT_NUMBER, .number = CREDIT_MAX + 1},
	    "ToHub.credit.count: must be 0 to 256"}},
    {4, {{{14}, .how = EDIT_DATA, .data = EDIT_TEXT("")},
	    "ToHub.permission: must have 1"}},
    {5, {{{15}, .how = EDIT_TWICE},
	    "ToHub.permission_event: must not be given"}},
    {6, {{{16, 2}, .how = EDIT_NUMBER, .number = 1},
	    "ToHub.proof: must not have unknown"}},
    {7, {{{20, 2}, .how = EDIT_DROP}, "ToHub.log.count: must be 1 to 128"}},
    {7, {{{20, 2}, .how = EDIT_NUMBER, .number = LOG_PAGE_MAX + 1},
	    "ToHub.log.count: must be 1 to 128"}},
};

static void
test_each_bad_field_of_a_frame_to_the_hub_is_refused_by_name(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(to_hub_cases) / sizeof(to_hub_cases[0]);
	     i++) {
		struct to_hub frame;
		uint8_t *bytes = NULL;
		size_t len = 0;

		assert_true(sample_to_hub(to_hub_cases[i].frame, &frame));
		assert_int_equal(wire_to_hub_write(&frame, &bytes, &len),
		    WH_OK);
		check_refusal(read_to_hub, span_of(bytes, len),
		    &to_hub_cases[i].c);
		mem_free(bytes);
	}
}

static const struct {
	size_t frame; /* of sample_from_hub() */
	struct refusal_case c;
} from_hub_cases[] = {
    {0, {{{10}, .how = EDIT_DROP}, "FromHub: kind must be given"}},
    {0, {{{10, 4}, .how = EDIT_DROP}, "FromHub.welcome.now_ms: "}},
    {0, {{{10, 9}, .how = EDIT_NUMBER, .number = 1},
	    "FromHub.welcome: must not have unkn"}},
    {1, {{{11, 1}, .how = EDIT_DROP}, "FromHub.receipt.id: "}},
    {1, {{{11, 5}, .how = EDIT_NUMBER, .number = 19},
	    "FromHub.receipt.state: "}},
    {2, {{{12, 1}, .how = EDIT_DATA, .data = EDIT_ZEROES(16)},
	    "FromHub.refusal.id: "}},
    {2, {{{12, 2}, .how = EDIT_DROP},
	    "FromHub.refusal.reason: must be a number"}},
    {2, {{{12, 4}, .how = EDIT_DATA, .data = EDIT_TEXT("\xc0\x80")},
	    "FromHub.refusal.detail: must be UTF-8"}},
    {3, {{{13, 1}, .how = EDIT_DROP}, "FromHub.deliver.delivery: "}},
    {3, {{{13, 3}, .how = EDIT_DROP},
	    "FromHub.deliver: exactly one of envelope"}},
    {3, {{{13, 6}, .how = EDIT_DATA, .data = EDIT_TEXT("x")},
	    "FromHub.deliver: exactly one of envelope"}},
    {4, {{{13, 5}, .how = EDIT_DATA, .data = EDIT_TEXT("x")},
	    "FromHub.deliver: permission comes with an envelope or event"}},
    {4, {{{13, 4, 1}, .how = EDIT_DROP}, "FromHub.deliver.notice.case_ref: "}},
    {4, {{{13, 4, 2}, .how = EDIT_DROP}, "FromHub.deliver.notice.state: "}},
    {4, {{{13, 4, 5}, .how = EDIT_NUMBER, .number = 6},
	    "FromHub.deliver.notice.reach: "}},
    {4, {{{13, 4, 6}, .how = EDIT_NUMBER, .number = HUGE_NUMBER},
	    "FromHub.deliver.notice.at_ms: "}},
    {4, {{{13, 4, 11}, .how = EDIT_NUMBER, .number = EVENT_STORED},
	    "FromHub.deliver.notice: event must be that of a clock"}},
    {4, {{{13, 4, 11}, .how = EDIT_NUMBER, .number = 99},
	    "FromHub.deliver.notice.event: "}},
    {4, {{{13, 4, 12}, .how = EDIT_DROP},
	    "FromHub.deliver.notice: due_ms must be given with event"}},
    {6, {{{14}, .how = EDIT_DATA, .data = EDIT_TEXT("")},
	    "FromHub.register: must have"}},
    {8, {{{16, 2}, .how = EDIT_NUMBER, .number = 3},
	    "FromHub.proof: index must be below"}},
    {8, {{{16, 4}, .how = EDIT_ADD, .data = EDIT_ZEROES(31)},
	    "FromHub.proof.path[2]: must have exactly 32 bytes"}},
    {8, {{{16, 5}, .how = EDIT_DROP}, "FromHub.proof.checkpoint: "}},
    {9, {{{17, 2}, .how = EDIT_DROP}, "FromHub.busy.cause: "}},
    {10, {{{20, 1}, .how = EDIT_NUMBER, .number = 72},
	     "FromHub.log: entries must ascend, from from to next"}},
    {10, {{{20, 2}, .how = EDIT_NUMBER, .number = 73},
	     "FromHub.log: entries must ascend, from from to next"}},
    {10, {{{20, 3}, .how = EDIT_NUMBER, .number = 79},
	     "FromHub.log: next must be from to size"}},
    {10, {{{20, 4, 2}, .how = EDIT_DROP}, "FromHub.log.entries[0].leaf: "}},
    {10, {{{20, 4, 3}, .how = EDIT_DROP},
	     "FromHub.log.entries[0]: details come with their key"}},
    {10, {{{20, 4, 3}, .how = EDIT_DATA, .data = EDIT_ZEROES(31)},
	     "FromHub.log.entries[0].key: must have exactly 32"}},
    {13, {{{13, 8, 2}, .how = EDIT_DROP},
	     "FromHub.deliver.withdrawal: who is no party gets numbers"}},
    {13, {{{13, 8, 3}, .how = EDIT_DROP},
	     "FromHub.deliver.withdrawal.recorded_ms: "}},
    {13, {{{13, 8, 5}, .how = EDIT_NUMBER, .number = 1},
	     "FromHub.deliver.withdrawal: done_ms must be given when"}},
    {13, {{{13, 8, 8}, .how = EDIT_NUMBER, .number = 5000},
	     "FromHub.deliver.withdrawal.outstanding: "}},
    {13, {{{13, 8, 10}, .how = EDIT_DROP},
	     "FromHub.deliver.withdrawal.counts: "}},
    {13, {{{13, 8, 3}, .how = EDIT_ADD, .data = EDIT_TEXT("x")},
	     "FromHub.deliver"}},
};

static void
test_each_bad_field_of_a_frame_from_the_hub_is_refused_by_name(void **state)
{
	(void)state;
	for (size_t i = 0;
	     i < sizeof(from_hub_cases) / sizeof(from_hub_cases[0]); i++) {
		struct from_hub frame;
		uint8_t *bytes = NULL;
		size_t len = 0;

		assert_true(sample_from_hub(from_hub_cases[i].frame, &frame));
		assert_int_equal(wire_from_hub_write(&frame, &bytes, &len),
		    WH_OK);
		check_refusal(read_from_hub, span_of(bytes, len),
		    &from_hub_cases[i].c);
		mem_free(bytes);
	}
}

static const struct refusal_case signed_cases[] = {
    {{{1}, .how = EDIT_DROP}, "SignedEnvelope.body: must have 1 to"},
    {{{2}, .how = EDIT_DROP}, "SignedEnvelope.signature: must have exactly 64"},
    {{{2}, .how = EDIT_DATA, .data = EDIT_ZEROES(65)},
	"SignedEnvelope.signature: "},
    {{{3}, .how = EDIT_DATA, .data = EDIT_ZEROES(7)},
	"SignedEnvelope.key_id: must have"},
    {{{4}, .how = EDIT_NUMBER, .number = 1},
	"SignedEnvelope: must not have unknown"},
};

static void
test_each_bad_field_of_what_is_signed_is_refused_by_name(void **state)
{
	struct signed_body in = {.body = span_str("body")};
	uint8_t *bytes = NULL;
	size_t len = 0;

	(void)state;
	assert_int_equal(wire_signed_write(&in, &bytes, &len), WH_OK);
	for (size_t i = 0; i < sizeof(signed_cases) / sizeof(signed_cases[0]);
	     i++)
		check_refusal(read_signed, span_of(bytes, len),
		    &signed_cases[i]);
	mem_free(bytes);
}

/* Whatever stands in a field that is refused: the why does not repeat it. */
static void
test_a_why_never_holds_the_value(void **state)
{
	static const struct edit edits[] = {
	    {{4}, .how = EDIT_DATA, .data = EDIT_TEXT("Jan Jansen")},
	    {{8}, .how = EDIT_DATA, .data = EDIT_TEXT("Jan Jansen")},
	    {{11, 3}, .how = EDIT_DATA, .data = EDIT_TEXT("Jan Jansen")},
	    {{77}, .how = EDIT_DATA, .data = EDIT_TEXT("Jan Jansen")},
	    {{13}, .how = EDIT_NUMBER, .number = 999990202999990202},
	};
	struct header header = sample_header();
	uint8_t *bytes = NULL;
	size_t len = 0;

	(void)state;
	assert_int_equal(wire_header_write(&header, &bytes, &len), WH_OK);
	for (size_t i = 0; i < sizeof(edits) / sizeof(edits[0]); i++) {
		static struct bytes bad;
		struct why why = {""};

		bad.len = 0;
		bytes_edit(&bad, span_of(bytes, len), &edits[i], 0);
		assert_int_equal(read_header(bytes_span(&bad), &why),
		    WH_INVALID);
		assert_true(why.text[0] != '\0');
		assert_null(strstr(why.text, "Jan"));
		assert_null(strstr(why.text, "9999902"));
	}
	mem_free(bytes);
}

static void
test_what_would_be_refused_is_never_written(void **state)
{
	struct header header = sample_header();
	uint8_t *header_bytes = NULL, *bytes = NULL;
	struct envelope envelope = sample_envelope(&header, 2, &header_bytes);
	struct to_hub frame = {.kind = TO_HUB_CREDIT,
	    .u.credit = CREDIT_MAX + 1};
	size_t len = 99;

	(void)state;
	assert_int_equal(wire_to_hub_write(&frame, &bytes, &len), WH_INVALID);
	frame.kind = (enum to_hub_kind)9;
	assert_int_equal(wire_to_hub_write(&frame, &bytes, &len), WH_INVALID);
	header.from_member = slug33;
	assert_int_equal(wire_header_write(&header, &bytes, &len), WH_INVALID);
	header.from_member = "Jansen";
	assert_int_equal(wire_header_write(&header, &bytes, &len), WH_INVALID);
	envelope.sections[0].category = envelope.sections[1].category;
	assert_int_equal(wire_envelope_write(&envelope, &bytes, &len),
	    WH_INVALID);
	envelope.section_count = CATEGORY_COUNT + 1;
	assert_int_equal(wire_envelope_write(&envelope, &bytes, &len),
	    WH_TOO_BIG);
	envelope.section_count = 0;
	assert_int_equal(wire_envelope_write(&envelope, &bytes, &len),
	    WH_INVALID);
	envelope.encapsulation = (struct span){0};
	envelope.header_bytes.len--;
	assert_int_equal(wire_envelope_write(&envelope, &bytes, &len),
	    WH_INVALID);
	assert_null(bytes);
	assert_int_equal(len, 99);
	mem_free(header_bytes);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(
		test_each_bad_field_of_a_header_is_refused_by_name),
	    cmocka_unit_test(test_each_bad_field_of_a_body_is_refused_by_name),
	    cmocka_unit_test(
		test_each_bad_field_of_a_frame_to_the_hub_is_refused_by_name),
	    cmocka_unit_test(
		test_each_bad_field_of_a_frame_from_the_hub_is_refused_by_name),
	    cmocka_unit_test(
		test_each_bad_field_of_what_is_signed_is_refused_by_name),
	    cmocka_unit_test(test_a_why_never_holds_the_value),
	    cmocka_unit_test(test_what_would_be_refused_is_never_written),
	};

	return cmocka_run_group_tests(tests, arena_open, arena_close);
}
