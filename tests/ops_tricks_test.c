/* SPDX-License-Identifier: EUPL-1.2 */
#include "tests/ops_tricks.h"

/*
 * What a dishonest operator could do to the log of a real hub, trick by trick,
 * and which check catches it: of the folder itself (fsck, audit verify), of
 * what a member kept (audit verify --kept), or of a receipt (verify).
 */

static void
test_nothing_is_found_in_an_honest_hub(void **state)
{
	struct hub *h = *state;
	struct run result;
	char *kept = support_path(h->dir, "kept");

	holds_in_folder(h);
	result = RUN(h, "audit", "verify", h->data, "--kept", kept);
	expect_run(&result, CTL_OK, "goes on from what was kept");
	free(kept);
}

static void
test_an_edited_entry_is_caught(void **state)
{
	struct hub *h = *state;
	struct forger *f = break_in(h);
	struct run result;

	name_another(f, 2);
	put(f, TABLE_LOG_LEAF, audit_index_key(2),
	    span_of(f->entry[2].leaf, AUDIT_LEAF_LEN));
	leave(f);
	caught_in_folder(h, "entry 2");
	/* And no receipt can be made of it. */
	prove(h, "2", "forged");
	result = verify(h, "forged");
	expect_run(&result, CTL_NO, "No: the hashes do not lead");
}

static void
test_an_edited_entry_under_a_new_tree_is_caught(void **state)
{
	struct hub *h = *state;
	struct forger *f = break_in(h);

	name_another(f, 2);
	rebuild(f);
	leave(f);
	caught_in_folder(h, "another root");
}

static void
test_an_edited_entry_that_was_signed_anew_is_caught_by_members(void **state)
{
	struct hub *h = *state;
	struct forger *f = break_in(h);
	struct run result;

	name_another(f, 2);
	rebuild(f);
	sign_anew(f);
	leave(f);
	holds_in_folder(h);
	caught_by_what_was_kept(h, "another root");
	/* What a member holds still proves what was. */
	result = verify(h, "kept.receipt");
	expect_run(&result, CTL_OK, "The receipt holds");
}

static void
test_an_edited_node_is_caught(void **state)
{
	struct hub *h = *state;
	struct forger *f = break_in(h);
	uint8_t node[HASH_LEN] = {1};

	put(f, TABLE_LOG_NODE, audit_node_key(1, 1),
	    span_of(node, sizeof(node)));
	leave(f);
	caught_in_folder(h, "entry 2: a node of the tree");
}

static void
test_edited_details_are_caught(void **state)
{
	struct hub *h = *state;
	struct forger *f = break_in(h);
	struct forged *e = &f->entry[2];

	e->detail[e->detail_len - 2] ^= 1;
	put(f, TABLE_LOG_DETAIL, audit_index_key(2),
	    span_of(e->detail, e->detail_len));
	leave(f);
	caught_in_folder(h, "entry 2: its details");
}

static void
test_a_dropped_end_is_caught(void **state)
{
	struct hub *h = *state;
	struct forger *f = break_in(h);

	f->count--;
	rebuild(f);
	leave(f);
	caught_in_folder(h, "rolled back");
}

static void
test_a_dropped_entry_is_caught(void **state)
{
	struct hub *h = *state;
	struct forger *f = break_in(h);
	struct run result;

	f->count--;
	memmove(&f->entry[3], &f->entry[4],
	    (f->count - 3) * sizeof(f->entry[0]));
	forget(f, 3);
	rebuild(f);
	sign_anew(f);
	leave(f);
	/* Rows of the hub's own still name the entries that moved. */
	result = RUN(h, "fsck", h->data);
	expect_run(&result, CTL_NO, "is not its acceptance");
	caught_by_what_was_kept(h, "rolled back");
}

static void
test_a_hole_is_caught(void **state)
{
	struct hub *h = *state;
	struct forger *f = break_in(h);
	struct audit_key key = audit_index_key(3);

	assert_int_equal(kv_del(f->txn, TABLE_LOG_LEAF, audit_key_span(&key)),
	    WH_OK);
	leave(f);
	caught_in_folder(h, "entry 3: it is missing");
}

static void
test_reordered_entries_are_caught(void **state)
{
	struct hub *h = *state;
	struct forger *f = break_in(h);
	struct forged moved = f->entry[2];

	f->entry[2] = f->entry[1];
	f->entry[1] = moved;
	forget(f, 1);
	rebuild(f);
	assert_int_equal(kv_commit(&f->txn), WH_OK);
	assert_int_equal(kv_begin(f->kv, KV_READ_WRITE, &f->txn), WH_OK);
	sign_anew(f);
	leave(f);
	caught_by_what_was_kept(h, "another root");
}

static void
test_reordered_entries_are_caught_without_the_key(void **state)
{
	struct hub *h = *state;
	struct forger *f = break_in(h);
	struct forged moved = f->entry[5];

	f->entry[5] = f->entry[6];
	f->entry[6] = moved;
	forget(f, 5);
	rebuild(f);
	leave(f);
	caught_in_folder(h, "another root");
}

static void
test_a_store_of_before_is_caught(void **state)
{
	struct hub *h = *state;
	struct why why = {""};

	copy(h, "before/store", "data/store");
	caught_in_folder(h, "rolled back");
	copy(h, "before/journal", "data/journal");
	caught_in_folder(h, "rolled back");
	assert_int_equal(hub_open(h, &why), WH_CORRUPT);
	assert_non_null(strstr(why.text, "rolled back"));
}

/* With its journal it is not lost: the hub works it off, to the same root. */
static void
test_a_store_of_before_comes_back_by_its_journal(void **state)
{
	struct hub *h = *state;

	copy(h, "before/store", "data/store");
	hub_start(h);
	loop_close(h->loop);
	h->loop = NULL;
	holds_in_folder(h);
}

static void
test_a_whole_folder_of_before_is_caught_by_members(void **state)
{
	struct hub *h = *state;

	copy(h, "before", "data");
	holds_in_folder(h);
	caught_by_what_was_kept(h, "rolled back");
}

/* One log for this member, and another for that one, from a common start. */
static void
test_two_logs_are_caught_whichever_is_shown(void **state)
{
	struct hub *h = *state;
	struct run result;

	copy(h, "before", "data");
	hub_day(h, 6);
	holds_in_folder(h);
	caught_by_what_was_kept(h, "another root");
	/* Each member's receipt holds by itself: only together they tell. */
	result = verify(h, "kept.receipt");
	expect_run(&result, CTL_OK, "The receipt holds");
}

static void
test_what_is_not_of_this_log_is_no_proof_of_it(void **state)
{
	static const char text[] = "wijkhub\n1\n\n\xe2\x80\x94 wijkhub AAAA\n";
	struct hub *h = *state;
	char *path = support_path(h->dir, "strange");
	struct run result;

	assert_int_equal(file_write(path, span_str(text), 0644, NULL), WH_OK);
	result = RUN(h, "audit", "verify", h->data, "--kept", path);
	expect_run(&result, CTL_NO, "no checkpoint, nor a receipt");
	result = RUN(h, "audit", "verify", h->data, "--kept", "absent");
	expect_run(&result, CTL_NO, "absent");
	free(path);
}

#define TRICK(name) cmocka_unit_test_setup(name, setup)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TRICK(test_nothing_is_found_in_an_honest_hub),
	    TRICK(test_an_edited_entry_is_caught),
	    TRICK(test_an_edited_entry_under_a_new_tree_is_caught),
	    TRICK(
		test_an_edited_entry_that_was_signed_anew_is_caught_by_members),
	    TRICK(test_an_edited_node_is_caught),
	    TRICK(test_edited_details_are_caught),
	    TRICK(test_a_dropped_end_is_caught),
	    TRICK(test_a_dropped_entry_is_caught),
	    TRICK(test_a_hole_is_caught),
	    TRICK(test_reordered_entries_are_caught),
	    TRICK(test_reordered_entries_are_caught_without_the_key),
	    TRICK(test_a_store_of_before_is_caught),
	    TRICK(test_a_store_of_before_comes_back_by_its_journal),
	    TRICK(test_a_whole_folder_of_before_is_caught_by_members),
	    TRICK(test_two_logs_are_caught_whichever_is_shown),
	    TRICK(test_what_is_not_of_this_log_is_no_proof_of_it),
	};

	log_level_set(LOG_LEVEL_ERR);
	return cmocka_run_group_tests(tests, setup_all, hub_teardown);
}
