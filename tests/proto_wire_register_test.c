/* SPDX-License-Identifier: EUPL-1.2 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/proto_wire_bytes.h"
#include "tests/proto_wire_samples.h"

static struct arena arena;

static int
arena_open(void **state)
{
	(void)state;
	arena_init(&arena, 16 * REGISTER_MAX);
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
read_register(struct span bytes, struct why *why)
{
	struct wh_register out;

	return wire_register_read(&arena, bytes, &out, why);
}

static void
check_names(size_t count, const char **want, const char **got)
{
	for (size_t i = 0; i < count; i++)
		assert_string_equal(want[i], got[i]);
}

static void
check_areas_and_roles(const struct wh_register *a, const struct wh_register *b)
{
	assert_int_equal(a->area_count, b->area_count);
	for (size_t i = 0; i < a->area_count; i++) {
		assert_string_equal(a->areas[i].id, b->areas[i].id);
		assert_string_equal(a->areas[i].name, b->areas[i].name);
		assert_string_equal(a->areas[i].district, b->areas[i].district);
		assert_int_equal(a->areas[i].focus, b->areas[i].focus);
	}
	assert_int_equal(a->role_count, b->role_count);
	for (size_t i = 0; i < a->role_count; i++) {
		assert_string_equal(a->roles[i].id, b->roles[i].id);
		assert_int_equal(a->roles[i].bsn, b->roles[i].bsn);
		assert_int_equal(a->roles[i].informal, b->roles[i].informal);
	}
}

static void
check_member(const struct reg_member *a, const struct reg_member *b)
{
	assert_string_equal(a->id, b->id);
	assert_string_equal(a->role, b->role);
	assert_string_equal(a->name, b->name);
	assert_string_equal(a->oin, b->oin);
	assert_int_equal(a->all_areas, b->all_areas);
	assert_int_equal(a->area_count, b->area_count);
	check_names(a->area_count, a->areas, b->areas);
	assert_int_equal(a->desk_count, b->desk_count);
	check_names(a->desk_count, a->desks, b->desks);
	assert_int_equal(a->key_count, b->key_count);
	for (size_t i = 0; i < a->key_count; i++) {
		assert_int_equal(a->keys[i].use, b->keys[i].use);
		assert_memory_equal(a->keys[i].key, b->keys[i].key,
		    WIRE_KEY_LEN);
		assert_int_equal(a->keys[i].from_ms, b->keys[i].from_ms);
		assert_int_equal(a->keys[i].until_ms, b->keys[i].until_ms);
	}
}

static void
check_type(const struct reg_type *a, const struct reg_type *b)
{
	assert_string_equal(a->id, b->id);
	assert_string_equal(a->title_nl, b->title_nl);
	assert_string_equal(a->title_en, b->title_en);
	assert_int_equal(a->from_count, b->from_count);
	check_names(a->from_count, a->from_roles, b->from_roles);
	assert_int_equal(a->to_count, b->to_count);
	check_names(a->to_count, a->to_roles, b->to_roles);
	assert_string_equal(a->desk, b->desk);
	assert_int_equal(a->kinds, b->kinds);
	assert_string_equal(a->instrument, b->instrument);
	assert_int_equal(a->two_phase, b->two_phase);
	assert_int_equal(a->required, b->required);
	assert_int_equal(a->optional, b->optional);
	assert_int_equal(a->feedback, b->feedback);
	assert_int_equal(a->delayed_notice, b->delayed_notice);
	assert_int_equal(a->clock_decide, b->clock_decide);
	assert_int_equal(a->clock_contact, b->clock_contact);
	assert_int_equal(a->clock_heartbeat, b->clock_heartbeat);
	assert_int_equal(a->escalation_target, b->escalation_target);
	assert_string_equal(a->activity, b->activity);
}

static void
check_activity(const struct reg_activity *a, const struct reg_activity *b)
{
	assert_string_equal(a->id, b->id);
	assert_string_equal(a->uri, b->uri);
	assert_int_equal(a->notice, b->notice);
	assert_int_equal(a->delay_working_days, b->delay_working_days);
	assert_int_equal(a->review_working_days, b->review_working_days);
	assert_string_equal(a->article, b->article);
}

static void
check_lists(const struct wh_register *a, const struct wh_register *b)
{
	check_areas_and_roles(a, b);
	assert_int_equal(a->member_count, b->member_count);
	for (size_t i = 0; i < a->member_count; i++)
		check_member(&a->members[i], &b->members[i]);
	assert_int_equal(a->instrument_count, b->instrument_count);
	for (size_t i = 0; i < a->instrument_count; i++) {
		const struct reg_instrument *c = &a->instruments[i];
		const struct reg_instrument *d = &b->instruments[i];

		assert_string_equal(c->id, d->id);
		assert_int_equal(c->kind, d->kind);
		assert_string_equal(c->text, d->text);
		assert_int_equal(c->from_ms, d->from_ms);
		assert_int_equal(c->until_ms, d->until_ms);
		assert_int_equal(c->review_within_working_days,
		    d->review_within_working_days);
	}
	assert_int_equal(a->activity_count, b->activity_count);
	for (size_t i = 0; i < a->activity_count; i++)
		check_activity(&a->activities[i], &b->activities[i]);
	assert_int_equal(a->type_count, b->type_count);
	for (size_t i = 0; i < a->type_count; i++)
		check_type(&a->types[i], &b->types[i]);
}

static void
round_trip(const struct wh_register *a)
{
	struct wh_register b;
	uint8_t *bytes = NULL;
	size_t len = 0;

	arena_reset(&arena);
	assert_int_equal(wire_register_write(a, &bytes, &len), WH_OK);
	assert_int_equal(wire_register_read(&arena, span_of(bytes, len), &b,
			     NULL),
	    WH_OK);
	assert_string_equal(a->covenant, b.covenant);
	assert_int_equal(a->version, b.version);
	assert_int_equal(a->valid_from_ms, b.valid_from_ms);
	assert_int_equal(a->signed_ms, b.signed_ms);
	assert_string_equal(a->holidays, b.holidays);
	check_lists(a, &b);
	assert_int_equal(a->sections_after_end_working_days,
	    b.sections_after_end_working_days);
	assert_int_equal(a->shell_after_end_days, b.shell_after_end_days);
	assert_int_equal(a->audit_years, b.audit_years);
	assert_string_equal(a->log_origin, b.log_origin);
	assert_int_equal(a->hub_key_count, b.hub_key_count);
	for (size_t i = 0; i < a->hub_key_count; i++) {
		assert_int_equal(a->hub_keys[i].use, b.hub_keys[i].use);
		assert_memory_equal(a->hub_keys[i].key, b.hub_keys[i].key,
		    WIRE_KEY_LEN);
		assert_int_equal(a->hub_keys[i].from_ms, b.hub_keys[i].from_ms);
		assert_int_equal(a->hub_keys[i].until_ms,
		    b.hub_keys[i].until_ms);
	}
	mem_free(bytes);
}

static void
test_a_register_comes_out_as_it_went_in(void **state)
{
	struct wh_register reg = sample_register();

	(void)state;
	round_trip(&reg);
	reg.area_count = reg.role_count = reg.member_count = 0;
	reg.instrument_count = reg.type_count = reg.activity_count = 0;
	round_trip(&reg);
}

/* A city's worth: as many members as the bound allows, each with keys. */
static void
test_a_register_with_the_most_members_fits(void **state)
{
	struct reg_member *members =
	    calloc(REGISTER_MEMBERS_MAX + 1, sizeof(*members));
	char(*names)[16] = calloc(REGISTER_MEMBERS_MAX + 1, sizeof(*names));
	struct wh_register reg = sample_register();
	uint8_t *bytes = NULL;
	size_t len = 0;

	(void)state;
	for (size_t i = 0; i <= REGISTER_MEMBERS_MAX; i++) {
		snprintf(names[i], sizeof(names[i]), "member-%zu", i);
		members[i] = sample_members[1];
		members[i].id = names[i];
		members[i].key_count = 3;
	}
	reg.members = members;
	reg.member_count = REGISTER_MEMBERS_MAX;
	round_trip(&reg);
	reg.member_count++;
	assert_int_equal(wire_register_write(&reg, &bytes, &len), WH_TOO_BIG);
	free(names);
	free(members);
}

static const struct refusal_case cases[] = {
    {{{1}, .how = EDIT_DROP}, "Register.covenant: must be a-z, 0-9 and -"},
    {{{2}, .how = EDIT_DROP}, "Register.version: must be 1 to"},
    {{{3}, .how = EDIT_NUMBER, .number = UINT64_MAX},
	"Register.valid_from_ms: "},
    {{{4}, .how = EDIT_DROP}, "Register.signed_ms: "},
    {{{5}, .how = EDIT_DATA, .data = EDIT_TEXT("N L")}, "Register.holidays: "},
    {{{6, 1}, .how = EDIT_DROP}, "Register.areas[0].id: must be"},
    {{{6, 2}, .how = EDIT_DROP}, "Register.areas[0].name: must have 1 to 120"},
    {{{6, 3}, .how = EDIT_DATA, .data = EDIT_TEXT("\xed\xa0\x80")},
	"Register.areas[0].district: must be UTF-8"},
    {{{6, 5}, .how = EDIT_NUMBER, .number = 1},
	"Register.areas[0]: must not have unknown"},
    {{{6}, .how = EDIT_ADD, .data = EDIT_TEXT("")},
	"Register.areas[2].id: must be"},
    {{{7, 1}, .how = EDIT_DATA, .data = EDIT_TEXT("role_1")},
	"Register.roles[0].id: "},
    {{{8, 1}, .how = EDIT_DROP}, "Register.members[0].id: "},
    {{{8, 2}, .how = EDIT_DROP}, "Register.members[0].role: "},
    {{{8, 3}, .how = EDIT_DROP}, "Register.members[0].name: "},
    {{{8, 4}, .how = EDIT_DATA, .data = EDIT_TEXT("1234567890123456789x")},
	"Register.members[0].oin: must be exactly 20 of 0 to 9"},
    {{{8, 4}, .how = EDIT_DATA, .data = EDIT_TEXT("123")},
	"Register.members[0].oin: "},
    {{{8, 6}, .how = EDIT_ADD, .data = EDIT_TEXT("")},
	"Register.members[0].areas[2]: "},
    {{{8, 7}, .how = EDIT_ADD, .data = EDIT_TEXT("-")},
	"Register.members[0].desks[1]: "},
    {{{8, 8, 1}, .how = EDIT_DROP}, "Register.members[0].keys[0].use: "},
    {{{8, 8, 1}, .how = EDIT_NUMBER, .number = 5},
	"Register.members[0].keys[0].use: "},
    {{{8, 8, 2}, .how = EDIT_DATA, .data = EDIT_ZEROES(33)},
	"Register.members[0].keys[0].key: must have exactly 32 bytes"},
    {{{8, 8, 2}, .how = EDIT_DATA, .data = EDIT_ZEROES(32)},
	"Register.members[0].keys[0].key: must not be all zero"},
    {{{8, 8, 3}, .how = EDIT_NUMBER, .number = UINT64_MAX},
	"Register.members[0].keys[0].from_ms: "},
    {{{8, 8, 4}, .how = EDIT_NUMBER, .number = 5},
	"Register.members[0].keys[0]: until_ms must be after from_ms"},
    {{{9, 2}, .how = EDIT_DROP}, "Register.instruments[0].kind: "},
    {{{9, 3}, .how = EDIT_DROP}, "Register.instruments[0].text: "},
    {{{9, 5}, .how = EDIT_NUMBER, .number = 5},
	"Register.instruments[0]: until_ms must be after from_ms"},
    {{{9, 6}, .how = EDIT_NUMBER, .number = 261},
	"Register.instruments[0].review_within"},
    {{{10, 1}, .how = EDIT_DROP}, "Register.types[0].id: "},
    {{{10, 2}, .how = EDIT_DROP}, "Register.types[0].title_nl: "},
    {{{10, 3}, .how = EDIT_DATA, .data = EDIT_ZEROES(1)},
	"Register.types[0].title_en: "},
    {{{10, 4}, .how = EDIT_DROP},
	"Register.types[0].from_roles: must have 1 to"},
    {{{10, 5}, .how = EDIT_DROP}, "Register.types[0].to_roles: must have 1 to"},
    {{{10, 6}, .how = EDIT_DATA, .data = EDIT_TEXT("A")},
	"Register.types[0].desk: "},
    {{{10, 7}, .how = EDIT_DROP}, "Register.types[0].kinds: must have 1 to"},
    {{{10, 7}, .how = EDIT_DATA, .data = EDIT_TEXT("\x01\x08")},
	"Register.types[0].kinds: must hold numbers of its table"},
    {{{10, 8}, .how = EDIT_DATA, .data = EDIT_TEXT("A")},
	"Register.types[0].instrument"},
    {{{10, 10}, .how = EDIT_DATA, .data = EDIT_TEXT("\x02\x01")},
	"Register.types[0].required: must ascend without doubles"},
    {{{10, 11}, .how = EDIT_DATA, .data = EDIT_TEXT("\x17")},
	"Register.types[0].optional: must hold numbers of its table"},
    {{{10, 12}, .how = EDIT_DATA, .data = EDIT_TEXT("\x81")},
	"Register: must be a whole"},
    {{{10, 14}, .how = EDIT_DROP}, "Register.types[0].clocks: must be given"},
    {{{10, 14, 1}, .how = EDIT_NUMBER, .number = 3}, /* zigzag: -2 */
	"Register.types[0].clocks.decide: must be -1 to 260"},
    {{{10, 14, 2}, .how = EDIT_NUMBER, .number = 522},
	"Register.types[0].clocks.contact: "},
    {{{11}, .how = EDIT_DROP}, "Register.retention: must be given"},
    {{{11}, .how = EDIT_TWICE}, "Register.retention: must not be given twice"},
    {{{12}, .how = EDIT_DROP}, "Register.hub: must be given"},
    {{{12, 4, 2}, .how = EDIT_DATA, .data = EDIT_ZEROES(32)},
	"Register.hub.keys[0].key: "},
    {{{12, 2}, .how = EDIT_DROP}, "Register.hub.log_origin: "},
    {{{12, 4, 1}, .how = EDIT_NUMBER, .number = 99},
	"Register.hub.keys[0].use: "},
    {{{10, 16}, .how = EDIT_DATA, .data = EDIT_TEXT("A")},
	"Register.types[0].activity"},
    {{{13, 1}, .how = EDIT_DROP}, "Register.activities[0].id: "},
    {{{13, 2}, .how = EDIT_DATA, .data = EDIT_TEXT("een twee")},
	"Register.activities[0].uri: must be one word"},
    {{{13, 3}, .how = EDIT_NUMBER, .number = 4},
	"Register.activities[0].notice: "},
    {{{13, 4}, .how = EDIT_DROP},
	"Register.activities[0]: delay_working_days and review"},
    {{{13, 5}, .how = EDIT_NUMBER, .number = 261},
	"Register.activities[0].review_working_days: "},
    {{{13, 6}, .how = EDIT_DATA, .data = EDIT_TEXT("Wpg art. 27")},
	"Register.activities[0]: article must be given for WITHHELD"},
    {{{14}, .how = EDIT_NUMBER, .number = 1},
	"Register: must not have unknown fields"},
};

static void
test_each_bad_field_of_a_register_is_refused_by_name(void **state)
{
	struct wh_register reg = sample_register();
	uint8_t *bytes = NULL;
	size_t len = 0;

	(void)state;
	assert_int_equal(wire_register_write(&reg, &bytes, &len), WH_OK);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		arena_reset(&arena);
		check_refusal(read_register, span_of(bytes, len), &cases[i]);
	}
	mem_free(bytes);
}

/* Lists are counted before there is memory for them. */
static void
test_a_register_of_empty_members_allocates_nothing(void **state)
{
	uint8_t *bytes = malloc(REGISTER_MAX);
	struct wh_register out;
	struct why why;

	(void)state;
	for (size_t i = 0; i < REGISTER_MAX; i += 2) {
		bytes[i] = 8 << 3 | 2; /* a member */
		bytes[i + 1] = 0;      /* of no bytes */
	}
	arena_reset(&arena);
	assert_int_equal(wire_register_read(&arena,
			     span_of(bytes, REGISTER_MAX), &out, &why),
	    WH_TOO_BIG);
	assert_int_equal(arena.used, 0);
	assert_string_equal(why.text,
	    "Register.members: too many in this list");
	free(bytes);
}

static void
test_each_arena_is_enough_or_too_small(void **state)
{
	struct wh_register reg = sample_register(), out;
	enum wh_err err = WH_TOO_BIG;
	uint8_t *bytes = NULL;
	size_t len = 0, room = 0;

	(void)state;
	assert_int_equal(wire_register_write(&reg, &bytes, &len), WH_OK);
	for (; err != WH_OK; room += 16) {
		struct arena small;

		assert_true(room < 64 * 1024);
		arena_init(&small, room);
		err =
		    wire_register_read(&small, span_of(bytes, len), &out, NULL);
		assert_true(err == WH_OK || err == WH_TOO_BIG);
		arena_fini(&small);
	}
	assert_true(room > len);
	mem_free(bytes);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_a_register_comes_out_as_it_went_in),
	    cmocka_unit_test(test_a_register_with_the_most_members_fits),
	    cmocka_unit_test(
		test_each_bad_field_of_a_register_is_refused_by_name),
	    cmocka_unit_test(
		test_a_register_of_empty_members_allocates_nothing),
	    cmocka_unit_test(test_each_arena_is_enough_or_too_small),
	};

	return cmocka_run_group_tests(tests, arena_open, arena_close);
}
