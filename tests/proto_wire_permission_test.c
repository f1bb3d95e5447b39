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

static enum wh_err
read_permission(struct span bytes, struct why *why)
{
	struct permission out;

	return wire_permission_read(&arena, bytes, &out, why);
}

static enum wh_err
read_change(struct span bytes, struct why *why)
{
	struct permission_change out;

	return wire_permission_change_read(&arena, bytes, &out, why);
}

static void
check_party(const struct party *want, const struct party *got)
{
	assert_string_equal(want->member, got->member);
	assert_string_equal(want->desk, got->desk);
	assert_string_equal(want->role, got->role);
	assert_string_equal(want->area, got->area);
}

static void
check_parties_and_data(const struct permission *a, const struct permission *b)
{
	assert_true(id_equal(&a->permission_id, &b->permission_id));
	assert_int_equal(a->schema_version, b->schema_version);
	assert_int_equal(a->version, b->version);
	assert_true(span_equal(a->previous_hash, b->previous_hash));
	assert_int_equal(a->kind, b->kind);
	assert_string_equal(a->instrument, b->instrument);
	assert_true(id_equal(&a->relation_ref, &b->relation_ref));
	assert_int_equal(a->representative, b->representative);
	assert_int_equal(a->capacity_checked, b->capacity_checked);
	check_party(&a->from, &b->from);
	check_party(&a->to, &b->to);
	assert_int_equal(a->both_ways, b->both_ways);
	assert_int_equal(a->feedback, b->feedback);
	assert_int_equal(a->onward, b->onward);
	assert_string_equal(a->purpose_id, b->purpose_id);
	assert_int_equal(a->purpose_version, b->purpose_version);
	assert_string_equal(a->purpose_language, b->purpose_language);
	assert_true(span_equal(a->purpose_text_hash, b->purpose_text_hash));
	assert_int_equal(a->type_count, b->type_count);
	for (size_t i = 0; i < a->type_count; i++)
		assert_string_equal(a->types[i], b->types[i]);
	assert_int_equal(a->categories, b->categories);
}

static void
check_capture(const struct permission *a, const struct permission *b)
{
	assert_int_equal(a->valid_from_ms, b->valid_from_ms);
	assert_int_equal(a->valid_until_ms, b->valid_until_ms);
	assert_int_equal(a->how, b->how);
	assert_true(span_equal(a->professional, b->professional));
	assert_string_equal(a->notice_version, b->notice_version);
	assert_true(span_equal(a->evidence_hash, b->evidence_hash));
	assert_memory_equal(&a->attempts, &b->attempts, sizeof(a->attempts));
	assert_int_equal(a->disclosure, b->disclosure);
	assert_int_equal(a->disclosure_until_ms, b->disclosure_until_ms);
	assert_int_equal(a->disclosure_review_ms, b->disclosure_review_ms);
	assert_string_equal(a->disclosure_article, b->disclosure_article);
	assert_string_equal(a->activity, b->activity);
	assert_int_equal(a->retention_working_days, b->retention_working_days);
	assert_string_equal(a->break_glass_ground, b->break_glass_ground);
	assert_true(span_equal(a->break_glass_by, b->break_glass_by));
	assert_int_equal(a->break_glass_review_due_ms,
	    b->break_glass_review_due_ms);
	assert_string_equal(a->break_glass_reviewer, b->break_glass_reviewer);
	assert_int_equal(a->break_glass_outcome, b->break_glass_outcome);
	assert_true(
	    span_equal(a->withdrawal_code_hash, b->withdrawal_code_hash));
	assert_int_equal(a->epoch, b->epoch);
	assert_string_equal(a->captured_by, b->captured_by);
}

static void
round_trip(const struct permission *in)
{
	struct permission out;
	uint8_t *bytes = NULL;
	size_t len = 0;

	assert_int_equal(wire_permission_write(in, &bytes, &len), WH_OK);
	assert_int_equal(wire_permission_read(&arena, span_of(bytes, len), &out,
			     NULL),
	    WH_OK);
	check_parties_and_data(in, &out);
	check_capture(in, &out);
	mem_free(bytes);
}

static void
test_a_permission_comes_out_as_it_went_in(void **state)
{
	struct permission p = sample_permission();

	(void)state;
	round_trip(&p);
	p = sample_permission_vital();
	round_trip(&p);
	p = sample_permission();
	p.kind = KIND_DUTY_WITH_OBJECTION;
	p.instrument = "wgs";
	p.attempts = (struct attempts){true, false, false, true};
	p.disclosure = DISCLOSURE_WITHHELD;
	p.disclosure_article = "AVG art. 23";
	round_trip(&p);
	p = sample_permission();
	p.how = CAPTURE_ONLINE;
	p.professional = (struct span){0};
	p.evidence_hash = (struct span){0};
	p.feedback = 0;
	p.categories = 0x7ffffe; /* all 22 */
	round_trip(&p);
}

static void
test_a_change_comes_out_as_it_went_in(void **state)
{
	struct permission_change in = sample_change(), out;
	uint8_t *bytes = NULL;
	size_t len = 0;

	(void)state;
	for (int by_code = 0; by_code < 2; by_code++) {
		if (by_code) {
			in.has_permission = false;
			in.permission_id = (struct id){{0}};
		}
		assert_int_equal(wire_permission_change_write(&in, &bytes,
				     &len),
		    WH_OK);
		assert_int_equal(wire_permission_change_read(&arena,
				     span_of(bytes, len), &out, NULL),
		    WH_OK);
		assert_true(id_equal(&in.event_id, &out.event_id));
		assert_int_equal(in.has_permission, out.has_permission);
		assert_true(id_equal(&in.permission_id, &out.permission_id));
		assert_int_equal(in.event, out.event);
		assert_int_equal(in.recorded_ms, out.recorded_ms);
		assert_int_equal(in.effective_ms, out.effective_ms);
		assert_string_equal(in.by_member, out.by_member);
		assert_int_equal(in.by_human, out.by_human);
		assert_int_equal(in.code, out.code);
		assert_true(
		    span_equal(in.withdrawal_code, out.withdrawal_code));
		mem_free(bytes);
	}
}

/* Of a consent, version 2. */
static const struct refusal_case consent_cases[] = {
    {{{1}, .how = EDIT_DROP}, "Permission.permission_id: must have exactly 16"},
    {{{1}, .how = EDIT_DATA, .data = EDIT_ZEROES(16)},
	"Permission.permission_id: must not"},
    {{{2}, .how = EDIT_NUMBER, .number = 2},
	"Permission.schema_version: must be 1 to 1"},
    {{{3}, .how = EDIT_DROP}, "Permission.version: must be 1"},
    {{{3}, .how = EDIT_NUMBER, .number = 1},
	"Permission: previous_hash must be given from"},
    {{{4}, .how = EDIT_DROP}, "Permission: previous_hash must be given from"},
    {{{4}, .how = EDIT_DATA, .data = EDIT_ZEROES(16)},
	"Permission.previous_hash: "},
    {{{5}, .how = EDIT_NUMBER, .number = 8},
	"Permission.kind: must be a number of its table"},
    {{{5}, .how = EDIT_NUMBER, .number = KIND_PUBLIC_TASK},
	"Permission: instrument must be given unless consent-like"},
    {{{6}, .how = EDIT_DATA, .data = EDIT_TEXT("wgs")},
	"Permission: instrument must be given unless consent-like"},
    {{{6}, .how = EDIT_DATA, .data = EDIT_TEXT("W")},
	"Permission.instrument: must be"},
    {{{7}, .how = EDIT_DROP}, "Permission.relation_ref: "},
    {{{8}, .how = EDIT_NUMBER, .number = 6}, "Permission.representative: "},
    {{{10}, .how = EDIT_DROP}, "Permission.from: must be given"},
    {{{10, 1}, .how = EDIT_DROP},
	"Permission.from: member with its desk, or role"},
    {{{10, 3}, .how = EDIT_DATA, .data = EDIT_TEXT("wpi")},
	"Permission.from: role and area must not be given with a member"},
    {{{10}, .how = EDIT_DATA, .data = EDIT_TEXT("\x1a\x03wpi")},
	"Permission: from.member must be given"},
    {{{11}, .how = EDIT_DROP}, "Permission.to: must be given"},
    {{{11, 2}, .how = EDIT_DATA, .data = EDIT_TEXT("desk")},
	"Permission.to: member with its desk, or role with its area"},
    {{{11, 3}, .how = EDIT_DROP},
	"Permission.to: member with its desk, or role"},
    {{{11, 4}, .how = EDIT_DATA, .data = EDIT_TEXT("A B")},
	"Permission.to.area: "},
    {{{13}, .how = EDIT_DATA, .data = EDIT_TEXT("\x07\x06")},
	"Permission.feedback: must ascend without doubles"},
    {{{13}, .how = EDIT_DATA, .data = EDIT_TEXT("\x07\x07")},
	"Permission.feedback: must"},
    {{{15}, .how = EDIT_DROP}, "Permission.purpose: must be given"},
    {{{15, 1}, .how = EDIT_DROP}, "Permission.purpose.id: "},
    {{{15, 2}, .how = EDIT_DROP}, "Permission.purpose.version: "},
    {{{15, 3}, .how = EDIT_DATA, .data = EDIT_TEXT("NL")},
	"Permission.purpose.language: must be exactly 2 of a to z"},
    {{{15, 4}, .how = EDIT_DROP},
	"Permission.purpose.text_hash: must have exactly"},
    {{{16}, .how = EDIT_DROP}, "Permission.types: must have 1 to 64 ids"},
    {{{16}, .how = EDIT_ADD, .data = EDIT_TEXT("Geld")},
	"Permission.types[2]: must be"},
    {{{16}, .how = EDIT_DATA, .data = EDIT_TEXT("a\0")},
	"Permission.types[0]: must be"},
    {{{17}, .how = EDIT_DROP},
	"Permission.categories: must have 1 to 22 numbers"},
    {{{17}, .how = EDIT_DATA, .data = EDIT_TEXT("\x01\x17")},
	"Permission.categories: must hold numbers of its table"},
    {{{17}, .how = EDIT_DATA, .data = EDIT_TEXT("\x00")},
	"Permission.categories: must"},
    {{{17}, .how = EDIT_DATA, .data = EDIT_ZEROES(23)},
	"Permission.categories: too many in this list"},
    {{{18}, .how = EDIT_DROP}, "Permission.valid_from_ms: "},
    {{{19}, .how = EDIT_NUMBER, .number = SAMPLE_NOW_MS},
	"Permission: valid_until_ms must be after valid_from_ms"},
    {{{20}, .how = EDIT_DROP}, "Permission.capture: must be given"},
    {{{20, 1}, .how = EDIT_DROP}, "Permission.capture.how: "},
    {{{20, 2}, .how = EDIT_DROP},
	"Permission.capture: professional must be given"},
    {{{20, 2}, .how = EDIT_DATA, .data = EDIT_ZEROES(201)},
	"Permission.capture.professional: must have 0 to 200 bytes"},
    {{{20, 3}, .how = EDIT_DROP},
	"Permission: capture.notice_version must be given"},
    {{{20, 4}, .how = EDIT_DATA, .data = EDIT_ZEROES(1)},
	"Permission.capture.evidence_hash: must have exactly 32 bytes, or"},
    {{{21}, .how = EDIT_DATA, .data = EDIT_TEXT("\x08\x01")},
	"Permission: attempts belong to DUTY_WITH_OBJECTION only"},
    {{{22}, .how = EDIT_DROP}, "Permission.disclosure: must be given"},
    {{{22, 1}, .how = EDIT_NUMBER, .number = DISCLOSURE_DELAYED},
	"Permission.disclosure: until_ms and review_ms must be given"},
    {{{22, 1}, .how = EDIT_NUMBER, .number = DISCLOSURE_WITHHELD},
	"Permission.disclosure: article must be given for WITHHELD"},
    {{{22, 2}, .how = EDIT_NUMBER, .number = UINT64_MAX},
	"Permission.disclosure.until_ms: "},
    {{{23}, .how = EDIT_DROP}, "Permission.activity: must have 1 to 200 bytes"},
    {{{23}, .how = EDIT_DATA, .data = EDIT_TEXT("a\nb\x7f")},
	"Permission.activity: must"},
    {{{25}, .how = EDIT_DATA, .data = EDIT_TEXT("")},
	"Permission.break_glass.ground: "},
    {{{26}, .how = EDIT_DROP},
	"Permission: withdrawal_code_hash must be given"},
    {{{28}, .how = EDIT_DROP}, "Permission.captured_by: "},
    {{{29}, .how = EDIT_NUMBER, .number = 1},
	"Permission: must not have unknown fields"},
};

/* Of a record for VITAL_INTEREST. */
static const struct refusal_case vital_cases[] = {
    {{{6}, .how = EDIT_DROP}, "Permission: instrument must be given unless"},
    {{{25}, .how = EDIT_DROP},
	"Permission: break_glass must be given for VITAL"},
    {{{25, 2}, .how = EDIT_DROP}, "Permission.break_glass.by: must have 1 to"},
    {{{25, 3}, .how = EDIT_DROP}, "Permission.break_glass.review_due_ms: "},
    {{{25, 4}, .how = EDIT_DROP}, "Permission.break_glass.reviewer: "},
    {{{5}, .how = EDIT_NUMBER, .number = KIND_PUBLIC_TASK},
	"Permission: break_glass must be given for VITAL_INTEREST, and only"},
};

static const struct refusal_case change_cases[] = {
    {{{1}, .how = EDIT_DATA, .data = EDIT_ZEROES(16)},
	"PermissionEvent.permission_id: "},
    {{{2}, .how = EDIT_DROP}, "PermissionEvent.event: must be a number of its"},
    {{{3}, .how = EDIT_DROP}, "PermissionEvent.recorded_ms: must be 1 to"},
    {{{4}, .how = EDIT_NUMBER, .number = UINT64_MAX},
	"PermissionEvent.effective_ms: "},
    {{{5}, .how = EDIT_DROP}, "PermissionEvent.by_member: "},
    {{{7}, .how = EDIT_NUMBER, .number = 99}, "PermissionEvent.code: "},
    {{{8}, .how = EDIT_DATA, .data = EDIT_ZEROES(33)},
	"PermissionEvent.withdrawal_code: must have 0 to 32 bytes"},
    {{{9}, .how = EDIT_DROP}, "PermissionEvent.event_id: must have exactly 16"},
    {{{10}, .how = EDIT_NUMBER, .number = 1},
	"PermissionEvent: must not have unknown"},
};

static void
test_each_bad_field_of_a_permission_is_refused_by_name(void **state)
{
	struct permission consent = sample_permission();
	struct permission vital = sample_permission_vital();
	uint8_t *bytes = NULL;
	size_t len = 0;

	(void)state;
	assert_int_equal(wire_permission_write(&consent, &bytes, &len), WH_OK);
	for (size_t i = 0; i < sizeof(consent_cases) / sizeof(consent_cases[0]);
	     i++)
		check_refusal(read_permission, span_of(bytes, len),
		    &consent_cases[i]);
	mem_free(bytes);
	assert_int_equal(wire_permission_write(&vital, &bytes, &len), WH_OK);
	for (size_t i = 0; i < sizeof(vital_cases) / sizeof(vital_cases[0]);
	     i++)
		check_refusal(read_permission, span_of(bytes, len),
		    &vital_cases[i]);
	mem_free(bytes);
}

static void
test_each_bad_field_of_a_change_is_refused_by_name(void **state)
{
	struct permission_change change = sample_change();
	struct refusal_case nobody = {{{1}, .how = EDIT_DROP},
	    "PermissionEvent: permission_id or withdrawal_code must be given"};
	uint8_t *bytes = NULL;
	size_t len = 0;

	(void)state;
	assert_int_equal(wire_permission_change_write(&change, &bytes, &len),
	    WH_OK);
	for (size_t i = 0; i < sizeof(change_cases) / sizeof(change_cases[0]);
	     i++)
		check_refusal(read_change, span_of(bytes, len),
		    &change_cases[i]);
	mem_free(bytes);
	change.withdrawal_code = (struct span){0};
	assert_int_equal(wire_permission_change_write(&change, &bytes, &len),
	    WH_OK);
	check_refusal(read_change, span_of(bytes, len), &nobody);
	mem_free(bytes);
}

static void
test_a_permission_that_would_be_refused_is_never_written(void **state)
{
	struct permission p = sample_permission();
	uint8_t *bytes = NULL;
	size_t len = 0;

	(void)state;
	p.categories |= 1; /* category 0 */
	assert_int_equal(wire_permission_write(&p, &bytes, &len), WH_INVALID);
	p = sample_permission();
	p.feedback = 1u << 23;
	assert_int_equal(wire_permission_write(&p, &bytes, &len), WH_INVALID);
	p = sample_permission();
	p.type_count = LIST_MAX + 1;
	assert_int_equal(wire_permission_write(&p, &bytes, &len), WH_TOO_BIG);
	p = sample_permission();
	p.notice_version = "2026\x01";
	assert_int_equal(wire_permission_write(&p, &bytes, &len), WH_INVALID);
	p = sample_permission();
	p.break_glass_outcome = 1;
	assert_int_equal(wire_permission_write(&p, &bytes, &len), WH_INVALID);
	assert_null(bytes);
}

/* The longest record that the rules allow is one that fits. */
static void
test_a_record_with_every_list_full_fits(void **state)
{
	static char names[LIST_MAX][NAME_MAX_LEN + 1];
	struct permission p = sample_permission();

	(void)state;
	p.type_count = LIST_MAX;
	for (size_t i = 0; i < LIST_MAX; i++) {
		memset(names[i], 'a', NAME_MAX_LEN);
		names[i][0] = (char)('a' + i % 26);
		p.types[i] = names[i];
	}
	p.categories = p.feedback = 0x7ffffe;
	p.professional = span_of(sample_blob, REFERENCE_MAX_LEN);
	round_trip(&p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_a_permission_comes_out_as_it_went_in),
	    cmocka_unit_test(test_a_change_comes_out_as_it_went_in),
	    cmocka_unit_test(
		test_each_bad_field_of_a_permission_is_refused_by_name),
	    cmocka_unit_test(
		test_each_bad_field_of_a_change_is_refused_by_name),
	    cmocka_unit_test(
		test_a_permission_that_would_be_refused_is_never_written),
	    cmocka_unit_test(test_a_record_with_every_list_full_fits),
	};

	return cmocka_run_group_tests(tests, arena_open, arena_close);
}
