/* SPDX-License-Identifier: EUPL-1.2 */
#include "broker/queue.h"
#include "broker/reach.h"
#include "proto/base/log.h"
#include "tests/broker_check.h"

/* A folder that a hub wrote has no findings; each planted fault is one. */

static void
test_sound_folder_has_no_findings(void **state)
{
	struct check_result result = check(*state);

	for (size_t i = 0; i < findings.count; i++)
		print_message("found: %s\n", findings.text[i]);
	assert_true(result.findings == 0);
	assert_true(result.values > 30);
	assert_true(result.entries > 5);
	assert_true(result.records > 5);
}

static void
test_killed_hub_has_no_findings(void **state)
{
	struct hub *h = *state;
	struct sock *client;

	h->options.commit_ms = 10000;
	hub_start(h);
	client = join(h, BUURTTEAM);
	hub_kill(h);
	sock_close(client);
	assert_true(check(h).findings == 0);
}

static void
test_no_folder_is_an_error(void **state)
{
	struct check_result result;
	struct why why = {""};

	(void)state;
	assert_int_not_equal(check_folder("/nonexistent", note, NULL, &result,
				 &why),
	    WH_OK);
	assert_int_not_equal(strlen(why.text), 0);
}

static void
lose_queue_row(struct kv_txn *txn)
{
	struct message_row row;

	assert_int_equal(row_message_get(txn, &offered.header.message_id, &row),
	    WH_OK);
	assert_int_equal(queue_remove(txn, row.to, row.delivery), WH_OK);
}

static void
miscount(struct kv_txn *txn)
{
	struct member_row row;

	assert_int_equal(row_member_get(txn, "wpi", &row), WH_OK);
	row.waiting++;
	assert_int_equal(row_member_put(txn, "wpi", &row), WH_OK);
}

static void
overreach(struct kv_txn *txn)
{
	struct member_row row;

	assert_int_equal(row_member_get(txn, "wpi", &row), WH_OK);
	row.cursor = row.reached + 1;
	assert_int_equal(row_member_put(txn, "wpi", &row), WH_OK);
}

static void
lose_message(struct kv_txn *txn)
{
	assert_int_equal(kv_del(txn, TABLE_MESSAGE,
			     span_id(&offered.header.message_id)),
	    WH_OK);
}

static void
lose_case(struct kv_txn *txn)
{
	assert_int_equal(kv_del(txn, TABLE_CASE,
			     span_id(&offered.header.case_ref)),
	    WH_OK);
}

static void
misplace_acceptance(struct kv_txn *txn)
{
	struct message_row row;

	assert_int_equal(row_message_get(txn, &offered.header.message_id, &row),
	    WH_OK);
	row.log_index = 0;
	assert_int_equal(row_message_put(txn, &offered.header.message_id, &row),
	    WH_OK);
}

static void
revive(struct kv_txn *txn)
{
	struct message_row row;

	assert_int_equal(row_message_get(txn, &offered.header.message_id, &row),
	    WH_OK);
	row.status = MESSAGE_STORED;
	assert_int_equal(row_message_put(txn, &offered.header.message_id, &row),
	    WH_OK);
}

static void
end_without_time(struct kv_txn *txn)
{
	struct case_row row;

	assert_int_equal(row_case_get(txn, &offered.header.case_ref, &row),
	    WH_OK);
	row.state = STATE_EXPIRED;
	assert_int_equal(row_case_put(txn, &offered.header.case_ref, &row),
	    WH_OK);
}

static void
lose_first(struct kv_txn *txn, enum core_table table)
{
	const uint8_t first[1] = {0};
	struct span key = span_of(first, 1);
	struct span value;
	uint8_t copy[64];

	assert_int_equal(kv_seek(txn, table, &key, &value), WH_OK);
	memcpy(copy, key.p, key.len);
	assert_int_equal(kv_del(txn, table, span_of(copy, key.len)), WH_OK);
}

static void
lose_ground(struct kv_txn *txn)
{
	lose_first(txn, TABLE_CASE_BY_GROUND);
}

static void
lose_case_message(struct kv_txn *txn)
{
	lose_first(txn, TABLE_CASE_MESSAGE);
}

static void
lose_clock(struct kv_txn *txn)
{
	lose_first(txn, TABLE_CLOCK);
	lose_first(txn, TABLE_CLOCK);
}

static void
strange_clock(struct kv_txn *txn)
{
	uint8_t key[24] = {9};

	assert_int_equal(kv_put(txn, TABLE_CLOCK, span_of(key, 24),
			     span_str("expiry")),
	    WH_OK);
}

static void
open_review(struct kv_txn *txn)
{
	struct case_row row;

	assert_int_equal(row_case_get(txn, &offered.header.case_ref, &row),
	    WH_OK);
	row.review = REVIEW_OPEN;
	row.review_due_ms = 1;
	assert_int_equal(row_case_put(txn, &offered.header.case_ref, &row),
	    WH_OK);
}

static void
strange_review(struct kv_txn *txn)
{
	uint8_t key[24] = {9};

	memcpy(key + 8, offered.header.message_id.b, 16);
	assert_int_equal(kv_put(txn, TABLE_CLOCK, span_of(key, 24),
			     span_str("review-due")),
	    WH_OK);
}

static void
lost_review(struct kv_txn *txn)
{
	uint8_t key[24] = {9};

	assert_int_equal(kv_put(txn, TABLE_CLOCK, span_of(key, 24),
			     span_str("review-remind")),
	    WH_OK);
}

static void
strange_receipt(struct kv_txn *txn)
{
	uint8_t key[32] = {9}, value[8];

	be64_put(value, 1000000);
	assert_int_equal(kv_put(txn, TABLE_RECEIPT, span_of(key, 32),
			     span_of(value, 8)),
	    WH_OK);
}

/* The permission that the letters rest on. */
static struct id
rested_on(void)
{
	return offered.header.ground.permission_id;
}

static void
stray_receipt(struct kv_txn *txn)
{
	uint8_t key[32] = {9}, value[8] = {0};

	assert_int_equal(kv_put(txn, TABLE_RECEIPT, span_of(key, 32),
			     span_of(value, 8)),
	    WH_OK);
}

static void
stray_carrier(struct kv_txn *txn)
{
	const struct carrier_row row = {.done = true};
	const struct id id = rested_on();

	assert_int_equal(reach_carrier_put(txn, &id, "wpi", &row), WH_OK);
}

static void
stray_watcher(struct kv_txn *txn)
{
	const struct id id = rested_on();

	assert_int_equal(reach_watcher_put(txn, &id, "wpi", &id), WH_OK);
}

static void
stray_reach(struct kv_txn *txn)
{
	const struct reach_row row = {.reach = REACH_READ, .to = "wpi"};
	const struct id id = rested_on();

	assert_int_equal(reach_message_put(txn, &id, &id, &row), WH_OK);
}

/* Of a referral that is gone: erasing it forgot this. */
static void
named_reach(struct kv_txn *txn)
{
	const struct reach_row row = {.case_ref = {{9}},
	    .reach = REACH_READ,
	    .to = "wpi"};
	const struct id id = rested_on();

	assert_int_equal(reach_message_put(txn, &id, &id, &row), WH_OK);
}

static void
unfindable_reach(struct kv_txn *txn)
{
	named_reach(txn);
	lose_first(txn, TABLE_REACH_OF_CASE);
}

static void
strange_reach_of_case(struct kv_txn *txn)
{
	named_reach(txn);
	lose_first(txn, TABLE_REACH);
}

/* An end that WPI must carry through, and that nobody chases. */
static void
unchased(struct kv_txn *txn)
{
	const struct withdrawal_row row = {.epoch = 2, .outstanding = 1};
	const struct reach_sums sums = {.open = 1};
	const struct carrier_row carrier = {.done = false};
	const struct id id = rested_on();

	assert_int_equal(reach_carrier_put(txn, &id, "wpi", &carrier), WH_OK);
	assert_int_equal(reach_whole_put(txn, &id, &row), WH_OK);
	assert_int_equal(reach_sums_put(txn, &sums), WH_OK);
}

static void
miscount_overdue(struct kv_txn *txn)
{
	const struct reach_sums sums = {.open = 1, .overdue = 1};

	unchased(txn);
	assert_int_equal(reach_sums_put(txn, &sums), WH_OK);
}

static void
set_back_deliveries(struct kv_txn *txn)
{
	uint8_t value[8] = {0};

	assert_int_equal(kv_put(txn, TABLE_CORE_META, span_str("delivery"),
			     span_of(value, 8)),
	    WH_OK);
}

static void
run_ahead_of_the_journal(struct kv_txn *txn)
{
	uint8_t value[8];

	be64_put(value, 999);
	assert_int_equal(kv_put(txn, TABLE_CORE_META, span_str("seq"),
			     span_of(value, 8)),
	    WH_OK);
}

static void
spoil_permission(struct kv_txn *txn)
{
	reshape_permission(txn, "\2rubbish");
}

static void
lose_leaf(struct kv_txn *txn)
{
	lose_first(txn, (enum core_table)TABLE_LOG_LEAF);
}

static const struct {
	void (*plant)(struct kv_txn *txn);
	const char *found;
} plants[] = {
    {lose_queue_row, "is not in its queue"},
    {open_review, "waits for a review and has no clock"},
    {strange_review, "has no review that it is of"},
    {lost_review, "clock: runs for offer"},
    {miscount, "rows wait and"},
    {overreach, "handed over more than there is"},
    {lose_message, "is of no message for it"},
    {lose_message, "its offer is not here"},
    {lose_message, "has no message"},
    {lose_case, "belongs to no referral"},
    {lose_case, "case_by_ground: names referral"},
    {lose_case, "clock: runs for referral"},
    {misplace_acceptance, "is not its acceptance"},
    {revive, "is done and still in a queue"},
    {revive, "is QUEUED and its offer is not"},
    {end_without_time, "is EXPIRED and has no end"},
    {lose_ground, "no withdrawal would find it"},
    {lose_case_message, "is not found by its referral"},
    {lose_clock, "is QUEUED and has no clock"},
    {strange_clock, "clock: runs for referral"},
    {strange_receipt, "names no entry of the log"},
    {stray_receipt, "belongs to no permission"},
    {stray_carrier, "is gone, and not wholly"},
    {stray_watcher, "is gone, and not wholly"},
    {stray_reach, "is gone, and not wholly"},
    {named_reach, "names a referral that is gone"},
    {unfindable_reach, "erasing would not find it"},
    {strange_reach_of_case, "whose reach is not here"},
    {unchased, "1 are open, and 0 have a clock"},
    {miscount_overdue, "are not those counted"},
    {set_back_deliveries, "was never given out"},
    {run_ahead_of_the_journal, "the store has applied 999"},
    {spoil_permission, "its row cannot be read"},
    {lose_leaf, "log: entry 0"},
};

static void
test_each_planted_fault_is_found(void **state)
{
	struct hub *h = *state;
	char *store = support_path(h->data, "store/data.mdb");
	uint8_t *sound = NULL;
	size_t len;

	assert_int_equal(file_read(store, 512 * MIB, &sound, &len, NULL),
	    WH_OK);
	for (size_t i = 0; i < sizeof(plants) / sizeof(*plants); i++) {
		struct surgery s = cut_open(h);

		plants[i].plant(s.txn);
		sew(&s);
		assert_finds(h, plants[i].found);
		assert_int_equal(file_write(store, span_of(sound, len), 0600,
				     NULL),
		    WH_OK);
	}
	assert_true(check(h).findings == 0);
	mem_free(sound);
	free(store);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    CHECK(test_sound_folder_has_no_findings),
	    CHECK(test_killed_hub_has_no_findings),
	    CHECK(test_no_folder_is_an_error),
	    CHECK(test_each_planted_fault_is_found),
	};

	log_level_set(LOG_LEVEL_ERR);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
