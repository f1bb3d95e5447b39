/* SPDX-License-Identifier: EUPL-1.2 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "consent/store.h"
#include "proto/base/mem.h"
#include "proto/base/sign.h"
#include "tests/consent_world.h"
#include "tests/support.h"

static const char *const tables[] = {CONSENT_TABLE_NAMES};

struct fixture {
	char *dir;
	struct kv *kv;
	struct kv_txn *txn;
	struct arena arena;
	struct sign_secret secret;
};

static void
open_store(struct fixture *f)
{
	const struct kv_options options = {.mode = KV_READ_WRITE,
	    .map_bytes = 64u << 20,
	    .tables = tables,
	    .table_count = COUNT(tables)};

	assert_int_equal(kv_open(f->dir, &options, &f->kv, NULL), WH_OK);
	assert_int_equal(kv_begin(f->kv, KV_READ_WRITE, &f->txn), WH_OK);
}

static int
set_up(void **state)
{
	struct fixture *f = mem_new(sizeof(*f));
	const uint8_t seed[SIGN_KEY_LEN] = {42};

	f->dir = support_dir_new();
	arena_init(&f->arena, FRAME_ARENA_MAX);
	open_store(f);
	*state = f;
	return sign_secret_from_seed(seed, &f->secret) == WH_OK ? 0 : -1;
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;

	kv_abort(&f->txn);
	kv_close(f->kv);
	arena_fini(&f->arena);
	support_dir_remove(f->dir);
	mem_free(f);
	return 0;
}

/* Commit, close and open again: what was kept is on disk. */
static void
come_back(struct fixture *f)
{
	assert_int_equal(kv_commit(&f->txn), WH_OK);
	kv_close(f->kv);
	open_store(f);
}

/* The record as its capturer signs it; lives in the arena. */
static struct span
signed_record(struct fixture *f, const struct permission *p)
{
	uint8_t *body = NULL;
	uint8_t *bytes = NULL;
	size_t body_len;
	size_t len;
	struct span kept;

	assert_int_equal(wire_permission_write(p, &body, &body_len), WH_OK);
	assert_int_equal(wire_sign(&f->secret, WIRE_DOMAIN_PERMISSION,
			     span_of(body, body_len), &bytes, &len),
	    WH_OK);
	kept = arena_dup(&f->arena, span_of(bytes, len));
	assert_non_null(kept.p);
	mem_free(body);
	mem_free(bytes);
	return kept;
}

static struct span
keep(struct fixture *f, const struct permission *p)
{
	struct span bytes = signed_record(f, p);
	bool same;

	assert_int_equal(store_put(f->txn, p, bytes, &same), WH_OK);
	return bytes;
}

static void
test_a_record_comes_back_as_it_was_signed(void **state)
{
	struct fixture *f = *state;
	struct permission p = world_consent();
	struct span bytes = keep(f, &p);
	struct stored_permission got;

	come_back(f);
	assert_int_equal(store_get(f->txn, &f->arena, &p.permission_id, &got),
	    WH_OK);
	assert_true(span_equal(got.signed_bytes, bytes));
	assert_true(id_equal(&got.permission.relation_ref, &p.relation_ref));
	assert_string_equal(got.permission.to.member, "wpi");
	assert_int_equal(got.permission.categories, p.categories);
	assert_int_equal(got.standing.state, PERMISSION_GIVEN);
	assert_int_equal(got.standing.since_ms, p.valid_from_ms);
	assert_int_equal(got.standing.epoch, p.epoch);
	assert_int_equal(got.standing.changes, 0);
	assert_int_equal(permission_check(&world, &got.permission, NULL),
	    REASON_NONE);
}

static void
test_the_same_record_again_is_told_from_another(void **state)
{
	struct fixture *f = *state;
	struct permission p = world_consent();
	struct span bytes = keep(f, &p);
	bool same = false;

	assert_int_equal(store_put(f->txn, &p, bytes, &same), WH_EXISTS);
	assert_true(same);
	p.categories = BIT(CONTACT);
	assert_int_equal(store_put(f->txn, &p, signed_record(f, &p), &same),
	    WH_EXISTS);
	assert_false(same);
}

static void
test_what_is_not_there_is_not_found(void **state)
{
	struct fixture *f = *state;
	const struct id unknown = {{77}};
	struct stored_permission got;
	struct span bytes;

	assert_int_equal(store_get(f->txn, &f->arena, &unknown, &got),
	    WH_NOT_FOUND);
	assert_int_equal(store_by_ground(f->txn, &f->arena, &unknown, "wgs",
			     &got),
	    WH_NOT_FOUND);
	assert_int_equal(store_by_ground(f->txn, &f->arena, &unknown, "", &got),
	    WH_NOT_FOUND);
	assert_int_equal(store_by_code(f->txn, &f->arena, span_str("x"), &got),
	    WH_NOT_FOUND);
	assert_int_equal(store_change_get(f->txn, &unknown, 0, &bytes),
	    WH_NOT_FOUND);
	assert_int_equal(store_change(f->txn, &unknown, span_str("x"),
			     &got.standing),
	    WH_NOT_FOUND);
}

static void
test_the_newest_statutory_record_is_found_by_its_ground(void **state)
{
	struct fixture *f = *state;
	struct permission first = world_duty();
	struct permission second = world_duty();
	struct permission consent = world_consent();
	struct stored_permission got;

	second.permission_id.b[0] = 4;
	keep(f, &consent);
	keep(f, &first);
	assert_int_equal(store_by_ground(f->txn, &f->arena, &first.relation_ref,
			     "wgs", &got),
	    WH_OK);
	assert_true(
	    id_equal(&got.permission.permission_id, &first.permission_id));
	keep(f, &second);
	assert_int_equal(store_by_ground(f->txn, &f->arena, &first.relation_ref,
			     "wgs", &got),
	    WH_OK);
	assert_true(
	    id_equal(&got.permission.permission_id, &second.permission_id));
	assert_int_equal(store_by_ground(f->txn, &f->arena, &first.relation_ref,
			     "wpg", &got),
	    WH_NOT_FOUND);
}

static void
test_the_code_on_the_receipt_finds_the_record(void **state)
{
	struct fixture *f = *state;
	struct permission p = world_consent();
	struct stored_permission got;

	keep(f, &p);
	assert_int_equal(store_by_code(f->txn, &f->arena, span_str(WORLD_CODE),
			     &got),
	    WH_OK);
	assert_true(id_equal(&got.permission.permission_id, &p.permission_id));
	assert_int_equal(store_by_code(f->txn, &f->arena, span_str("warm-wate"),
			     &got),
	    WH_NOT_FOUND);
}

/* Else who files a record with a copied hash could shield the first one. */
static void
test_a_code_belongs_to_one_record(void **state)
{
	struct fixture *f = *state;
	struct permission p = world_consent();
	struct permission thief = world_consent();
	struct stored_permission got;
	bool same = true;

	keep(f, &p);
	thief.permission_id.b[0] = 66;
	assert_int_equal(store_put(f->txn, &thief, signed_record(f, &thief),
			     &same),
	    WH_EXISTS);
	assert_false(same);
	assert_int_equal(store_get(f->txn, &f->arena, &thief.permission_id,
			     &got),
	    WH_NOT_FOUND);
}

static void
test_events_are_kept_in_order_with_the_standing_after_them(void **state)
{
	struct fixture *f = *state;
	struct permission p = world_consent();
	struct permission_change change = {.event = PERMISSION_WITHDRAWN,
	    .effective_ms = NOW_MS};
	struct stored_permission got;
	struct standing before = standing_new(&p);
	struct standing after;
	struct span bytes;

	keep(f, &p);
	assert_int_equal(standing_apply(&p, &before, &change, &after), WH_OK);
	assert_int_equal(store_change(f->txn, &p.permission_id,
			     span_str("withdrawn"), &after),
	    WH_OK);
	come_back(f);
	assert_int_equal(store_get(f->txn, &f->arena, &p.permission_id, &got),
	    WH_OK);
	assert_int_equal(got.standing.state, PERMISSION_WITHDRAWN);
	assert_int_equal(got.standing.since_ms, NOW_MS);
	assert_int_equal(got.standing.epoch, p.epoch + 1);
	assert_int_equal(got.standing.changes, 1);
	/* The same again, kept by whoever wants to: it takes its own place. */
	assert_int_equal(store_change(f->txn, &p.permission_id,
			     span_str("again"), &after),
	    WH_OK);
	assert_int_equal(store_change_get(f->txn, &p.permission_id, 0, &bytes),
	    WH_OK);
	assert_true(span_equal(bytes, span_str("withdrawn")));
	assert_int_equal(store_change_get(f->txn, &p.permission_id, 1, &bytes),
	    WH_OK);
	assert_true(span_equal(bytes, span_str("again")));
	assert_int_equal(store_change_get(f->txn, &p.permission_id, 2, &bytes),
	    WH_NOT_FOUND);
}

static void
test_a_standing_of_the_past_keeps_its_sign(void **state)
{
	struct fixture *f = *state;
	struct permission p = world_consent();
	struct standing after = {.state = PERMISSION_EXPIRED,
	    .since_ms = -1,
	    .epoch = UINT64_MAX};
	struct stored_permission got;

	keep(f, &p);
	assert_int_equal(store_change(f->txn, &p.permission_id, span_str("x"),
			     &after),
	    WH_OK);
	assert_int_equal(store_get(f->txn, &f->arena, &p.permission_id, &got),
	    WH_OK);
	assert_int_equal(got.standing.since_ms, -1);
	assert_true(got.standing.epoch == UINT64_MAX);
}

/* A row of this head, of any 26 bytes or fewer, and this record. */
static enum wh_err
get_row(struct fixture *f, const struct id *id, const char *head,
    struct span record)
{
	struct stored_permission got;
	uint8_t row[4096];
	size_t len = strlen(head);

	memcpy(row, head, len);
	memcpy(row + len, record.p, record.len);
	assert_int_equal(kv_put(f->txn, TABLE_PERMISSION, span_id(id),
			     span_of(row, len + record.len)),
	    WH_OK);
	return store_get(f->txn, &f->arena, id, &got);
}

static void
test_what_we_did_not_write_is_corrupt(void **state)
{
	static const char good[] = "\2\2aaaaaaaabbbbbbbbcccccccc";
	struct fixture *f = *state;
	struct permission p = world_duty();
	struct span bytes = keep(f, &p);
	struct id id = p.permission_id;
	struct stored_permission got;

	assert_int_equal(get_row(f, &id, good, bytes), WH_OK);
	assert_int_equal(get_row(f, &id, "\2\2short", span_str("")),
	    WH_CORRUPT);
	assert_int_equal(get_row(f, &id, good, span_str("")), WH_CORRUPT);
	assert_int_equal(get_row(f, &id, good, span_str("rubbish")),
	    WH_CORRUPT);
	assert_int_equal(get_row(f, &id, "", bytes), WH_CORRUPT);
	assert_int_equal(get_row(f, &id, "\1\2aaaaaaaabbbbbbbbcccccccc", bytes),
	    WH_CORRUPT);
	assert_int_equal(get_row(f, &id,
			     "\2\x20"
			     "aaaaaaaabbbbbbbbcccccccc",
			     bytes),
	    WH_CORRUPT);
	assert_int_equal(kv_del(f->txn, TABLE_PERMISSION, span_id(&id)), WH_OK);
	assert_int_equal(store_by_ground(f->txn, &f->arena, &p.relation_ref,
			     "wgs", &got),
	    WH_CORRUPT);
}

/* Where it stands was in a table beside this one: the row is the record. */
static void
test_records_in_another_form_are_told(void **state)
{
	struct fixture *f = *state;
	struct permission p = world_consent();
	struct why why = {""};
	struct span bytes;

	assert_int_equal(store_form(f->txn, &why), WH_OK);
	bytes = keep(f, &p);
	assert_int_equal(store_form(f->txn, &why), WH_OK);
	assert_int_equal(kv_put(f->txn, TABLE_PERMISSION,
			     span_id(&p.permission_id), bytes),
	    WH_OK);
	assert_string_equal(why.text, "");
	assert_int_equal(store_form(f->txn, &why), WH_UNSUPPORTED);
	assert_non_null(strstr(why.text, "the form of another version"));
}

static void
test_a_small_arena_is_too_small(void **state)
{
	struct fixture *f = *state;
	struct permission p = world_consent();
	struct stored_permission got;
	struct arena small;

	keep(f, &p);
	arena_init(&small, 16);
	assert_int_equal(store_get(f->txn, &small, &p.permission_id, &got),
	    WH_TOO_BIG);
	arena_fini(&small);
}

#define STORE_TEST(name)                                                       \
	cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    STORE_TEST(test_a_record_comes_back_as_it_was_signed),
	    STORE_TEST(test_the_same_record_again_is_told_from_another),
	    STORE_TEST(test_what_is_not_there_is_not_found),
	    STORE_TEST(test_the_newest_statutory_record_is_found_by_its_ground),
	    STORE_TEST(test_the_code_on_the_receipt_finds_the_record),
	    STORE_TEST(test_a_code_belongs_to_one_record),
	    STORE_TEST(
		test_events_are_kept_in_order_with_the_standing_after_them),
	    STORE_TEST(test_a_standing_of_the_past_keeps_its_sign),
	    STORE_TEST(test_what_we_did_not_write_is_corrupt),
	    STORE_TEST(test_records_in_another_form_are_told),
	    STORE_TEST(test_a_small_arena_is_too_small),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
