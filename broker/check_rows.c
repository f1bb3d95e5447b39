/* SPDX-License-Identifier: EUPL-1.2 */
#include <inttypes.h>
#include <stdio.h>

#include "broker/check_state.h"
#include "broker/core_state.h"
#include "broker/queue.h"
#include "consent/store.h"
#include "proto/base/mem.h"
#include "proto/base/text.h"

/* Every row against the rows that it belongs with. */

typedef void row_fn(struct check *check, struct span key, struct span value);

/* What cannot be read was counted before; the walk ends there. */
static void
walk(struct check *check, enum core_table table, size_t key_len, row_fn *row)
{
	const uint8_t first[1] = {0};
	struct span key = span_of(first, 1);
	struct span value;
	enum wh_err err;

	err = kv_seek(check->txn, table, &key, &value);
	while (err == WH_OK) {
		if (key_len != 0 && key.len != key_len)
			check_found(check, "%s: a key of %zu bytes",
			    core_table_names[table], key.len);
		else
			row(check, key, value);
		err = kv_next(check->txn, table, &key, &value);
	}
	if (err != WH_NOT_FOUND)
		check_found(check, "%s: cannot be read to its end",
		    core_table_names[table]);
}

static bool
has_pair(struct check *check, enum core_table table, const struct id *a,
    const struct id *b)
{
	uint8_t key[32];

	memcpy(key, a->b, 16);
	memcpy(key + 16, b->b, 16);
	return check_has(check, table, span_of(key, sizeof(key)));
}

static void
check_acceptance(struct check *check, const struct id *id,
    const struct message_row *row)
{
	struct audit_leaf leaf;
	struct span bytes;

	if (audit_leaf_get(check->txn, row->log_index, &bytes) != WH_OK ||
	    audit_leaf_read(bytes, &leaf) != WH_OK ||
	    leaf.kind != AUDIT_ACCEPTED ||
	    !id_equal(&leaf.case_ref, &row->case_ref))
		check_found(check,
		    "message %s: log entry %" PRIu64 " is not its acceptance",
		    check_name(id).text, row->log_index);
}

static void
message_row(struct check *check, struct span key, struct span value)
{
	struct id id = check_id(key.p);
	struct message_row row;
	struct queue_row queued;
	bool waits;

	(void)value;
	if (row_message_get(check->txn, &id, &row) != WH_OK ||
	    row.status < MESSAGE_QUEUED || row.status > MESSAGE_RECALLED) {
		check_found(check, "message %s: its row cannot be read",
		    check_name(&id).text);
		return;
	}
	waits = queue_get(check->txn, row.to, row.delivery, &queued) == WH_OK &&
		queued.kind == DELIVER_ENVELOPE &&
		id_equal(&queued.message_id, &id);
	if (row.status == MESSAGE_QUEUED && !waits)
		check_found(check,
		    "message %s: waits for %s and is not in its queue",
		    check_name(&id).text, row.to);
	if (row.status != MESSAGE_QUEUED && waits)
		check_found(check, "message %s: is done and still in a queue",
		    check_name(&id).text);
	if (!check_has(check, TABLE_CASE, span_id(&row.case_ref)))
		check_found(check, "message %s: belongs to no referral",
		    check_name(&id).text);
	if (!has_pair(check, TABLE_CASE_MESSAGE, &row.case_ref, &id))
		check_found(check, "message %s: is not found by its referral",
		    check_name(&id).text);
	check_acceptance(check, &id, &row);
}

/* What an offer that nobody stored yet needs besides its row. */
static void
check_queued_case(struct check *check, const struct id *id,
    const struct case_row *row, const struct message_row *offer)
{
	uint8_t clock[24];

	if (offer->status != MESSAGE_QUEUED)
		check_found(check,
		    "referral %s: is QUEUED and its offer is not",
		    check_name(id).text);
	be64_put(clock, (uint64_t)row->expires_ms);
	memcpy(clock + 8, id->b, 16);
	if (!check_has(check, TABLE_CLOCK, span_of(clock, sizeof(clock))))
		check_found(check, "referral %s: is QUEUED and has no clock",
		    check_name(id).text);
}

static void
check_review(struct check *check, const struct id *id,
    const struct case_row *row)
{
	uint8_t clock[24];

	if (row->review != REVIEW_OPEN && row->review != REVIEW_REMINDED)
		return;
	be64_put(clock, (uint64_t)row->review_due_ms);
	memcpy(clock + 8, row->offer.b, 16);
	if (!check_has(check, TABLE_CLOCK, span_of(clock, sizeof(clock))))
		check_found(check,
		    "referral %s: waits for a review and has no clock",
		    check_name(id).text);
}

static void
case_row(struct check *check, struct span key, struct span value)
{
	struct id id = check_id(key.p);
	struct message_row offer;
	struct case_row row;

	(void)value;
	if (row_case_get(check->txn, &id, &row) != WH_OK ||
	    terms_text(TERMS_STATES, row.state) == NULL) {
		check_found(check, "referral %s: its row cannot be read",
		    check_name(&id).text);
		return;
	}
	if (state_is_end(row.state) != (row.ended_ms != 0))
		check_found(check, "referral %s: is %s and has %s end",
		    check_name(&id).text, terms_text(TERMS_STATES, row.state),
		    row.ended_ms == 0 ? "no" : "an");
	check_review(check, &id, &row);
	if (!has_pair(check, TABLE_CASE_BY_GROUND, &row.ground_key, &id))
		check_found(check,
		    "referral %s: no withdrawal would find it by its ground",
		    check_name(&id).text);
	if (row_message_get(check->txn, &row.offer, &offer) != WH_OK ||
	    !id_equal(&offer.case_ref, &id))
		check_found(check, "referral %s: its offer is not here",
		    check_name(&id).text);
	else if (row.state == STATE_QUEUED)
		check_queued_case(check, &id, &row, &offer);
}

static void
ground_row(struct check *check, struct span key, struct span value)
{
	struct id id = check_id(key.p + 16);

	(void)value;
	if (!check_has(check, TABLE_CASE, span_id(&id)))
		check_found(check,
		    "case_by_ground: names referral %s, which is not here",
		    check_name(&id).text);
}

static void
case_message_row(struct check *check, struct span key, struct span value)
{
	struct id case_ref = check_id(key.p);
	struct id id = check_id(key.p + 16);
	struct message_row row;

	(void)value;
	if (row_message_get(check->txn, &id, &row) != WH_OK ||
	    !id_equal(&row.case_ref, &case_ref))
		check_found(check,
		    "case_message: referral %s has no message %s",
		    check_name(&case_ref).text, check_name(&id).text);
}

static void
expiry_clock(struct check *check, const struct id *id, int64_t due_ms)
{
	struct case_row row;

	if (row_case_get(check->txn, id, &row) != WH_OK)
		check_found(check,
		    "clock: runs for referral %s, which is not here",
		    check_name(id).text);
	else if (row.expires_ms != due_ms)
		check_found(check, "clock: is not that of referral %s",
		    check_name(id).text);
}

/* An open review has its clock; the clock of one that was given runs out. */
static void
review_clock(struct check *check, const struct id *id, int64_t due_ms)
{
	struct message_row offer;
	struct case_row row;

	if (row_message_get(check->txn, id, &offer) != WH_OK ||
	    row_case_get(check->txn, &offer.case_ref, &row) != WH_OK)
		check_found(check,
		    "clock: runs for offer %s, which is not here",
		    check_name(id).text);
	else if (row.review == REVIEW_NONE || due_ms > row.review_due_ms)
		check_found(check,
		    "clock: referral %s has no review that it is of",
		    check_name(&offer.case_ref).text);
}

static void
shell_clock(struct check *check, const struct id *id, int64_t due_ms)
{
	struct span due;

	if (kv_peek(check->txn, TABLE_SHELL, span_id(id), &due) != WH_OK ||
	    due.len != 8 || (int64_t)be64_get(due.p) != due_ms)
		check_found(check, "clock: erases %s, which has another one",
		    check_name(id).text);
}

/* Without keys it is a backup: they are kept elsewhere. */
static void
shell_row(struct check *check, struct span key, struct span value)
{
	struct id id = check_id(key.p);
	uint8_t clock[24];

	check->shells++;
	if (value.len == 8)
		memcpy(clock, value.p, 8);
	memcpy(clock + 8, id.b, 16);
	if (value.len != 8 ||
	    !check_has(check, TABLE_CLOCK, span_of(clock, 24)))
		check_found(check, "shell: no clock erases %s",
		    check_name(&id).text);
	if (check->keys != 0 &&
	    !check_has(check, (enum core_table)TABLE_LOG_KEY, span_id(&id)))
		check_found(check, "shell: of %s nothing is here",
		    check_name(&id).text);
}

static void
years_clock(struct check *check, const struct id *id, int64_t due_ms)
{
	uint32_t generation = be32_get(id->b + sizeof(id->b) - 4);

	(void)due_ms;
	if (generation >= note_log_generation(check->log_next))
		check_found(check,
		    "clock: lets go of generation %" PRIu32
		    " of the log, which is not closed",
		    generation);
}

/* About no row: it goes over all withdrawals. */
static void
register_clock(struct check *check, const struct id *id, int64_t due_ms)
{
	(void)check;
	(void)id;
	(void)due_ms;
}

static void
clock_row(struct check *check, struct span key, struct span value)
{
	static const struct {
		const char *name;
		void (*fn)(struct check *, const struct id *, int64_t);
	} clocks[] = {
	    {CLOCK_EXPIRY, expiry_clock},
	    {CLOCK_REVIEW_REMIND, review_clock},
	    {CLOCK_REVIEW_DUE, review_clock},
	    {CLOCK_CHASE, check_chase},
	    {CLOCK_REGISTER, register_clock},
	    {CLOCK_SHELL, shell_clock},
	    {CLOCK_YEARS, years_clock},
	};
	struct id id = check_id(key.p + 8);
	size_t i;

	for (i = 0; i < sizeof(clocks) / sizeof(clocks[0]); i++) {
		if (!span_equal(value, span_str(clocks[i].name)))
			continue;
		clocks[i].fn(check, &id, (int64_t)be64_get(key.p));
		return;
	}
	check_found(check, "clock: nobody knows what it is for");
}

/* Member and delivery number of a queue key; false when it is none. */
static bool
queue_key(struct span key, char member[NAME_MAX_LEN + 1], uint64_t *delivery)
{
	size_t len = key.len < 9 ? 0 : key.len - 9;

	if (len == 0 || len > NAME_MAX_LEN || key.p[len] != '\0')
		return false;
	memcpy(member, key.p, len + 1);
	*delivery = be64_get(key.p + len + 1);
	return strlen(member) == len;
}

static void
queued_row(struct check *check, struct span key, struct span value)
{
	char member[NAME_MAX_LEN + 1];
	struct message_row message;
	struct queue_row row;
	uint64_t delivery;

	if (!queue_key(key, member, &delivery) ||
	    row_queue_read(value, &row) != WH_OK) {
		check_found(check, "queue: a row cannot be read");
		return;
	}
	if (delivery == 0 || delivery > check->delivery)
		check_found(check,
		    "queue: delivery %" PRIu64 " of %s was never given out",
		    delivery, member);
	if (!check_has(check, TABLE_MEMBER, span_str(member)))
		check_found(check, "queue: %s has rows and no count", member);
	if (row.kind == DELIVER_ENVELOPE &&
	    (row_message_get(check->txn, &row.message_id, &message) != WH_OK ||
		message.delivery != delivery ||
		strcmp(message.to, member) != 0))
		check_found(check,
		    "queue: delivery %" PRIu64 " of %s is of no message for it",
		    delivery, member);
}

static uint64_t
rows_of(struct check *check, const char *member)
{
	struct queue_row row;
	uint64_t delivery = 0, n = 0;

	while (queue_next(check->txn, member, &delivery, &row) == WH_OK)
		n++;
	return n;
}

static void
member_row(struct check *check, struct span key, struct span value)
{
	char member[NAME_MAX_LEN + 1] = "";
	struct member_row row;
	uint64_t rows;

	(void)value;
	if (key.len > NAME_MAX_LEN) {
		check_found(check, "member: a name of %zu bytes", key.len);
		return;
	}
	memcpy(member, key.p, key.len);
	if (row_member_get(check->txn, member, &row) != WH_OK) {
		check_found(check, "member %s: its row cannot be read", member);
		return;
	}
	rows = rows_of(check, member);
	if (rows != row.waiting)
		check_found(check,
		    "member %s: %" PRIu64 " rows wait and %" PRIu64
		    " are counted",
		    member, rows, row.waiting);
	if (row.cursor > row.reached || row.reached > check->delivery)
		check_found(check,
		    "member %s: was handed over more than there is", member);
}

static void
receipt_row(struct check *check, struct span key, struct span value)
{
	struct id id = check_id(key.p + 16);

	if (value.len != 8 || be64_get(value.p) >= check->log_next)
		check_found(check, "receipt %s: names no entry of the log",
		    check_name(&id).text);
	if (!check_has(check, (enum core_table)TABLE_PERMISSION,
		span_of(key.p, 16)))
		check_found(check, "receipt %s: belongs to no permission",
		    check_name(&id).text);
}

static void
permission_row(struct check *check, struct span key, struct span value)
{
	struct id id = check_id(key.p);
	struct standing standing;

	(void)value;
	if (store_standing(check->txn, &id, &standing) != WH_OK)
		check_found(check, "permission %s: its row cannot be read",
		    check_name(&id).text);
}

/*
 * Of subjects; the hub's own is never destroyed. With nothing but marks of what
 * was erased it is a backup too.
 */
static void
count_keys(struct check *check)
{
	const struct id hub = {{0}};
	struct span key = {0}, value;
	uint64_t keys = 0;

	while (kv_next(check->txn, TABLE_LOG_KEY, &key, &value) == WH_OK) {
		check->keys += !span_equal(key, span_id(&hub));
		keys += value.len == HASH_LEN;
	}
	if (keys == 0)
		check->keys = 0;
}

static void
compare_keys(struct check *check)
{
	if (check->keys != 0 && check->keys != check->shells)
		check_found(check,
		    "shell: %" PRIu64 " would erase something, and %" PRIu64
		    " keys are here",
		    check->shells, check->keys);
}

void
check_rows(struct check *check)
{
	static const struct {
		enum core_table table;
		size_t key_len; /* 0: varies */
		row_fn *row;
	} tables[] = {
	    {TABLE_MESSAGE, 16, message_row},
	    {TABLE_CASE, 16, case_row},
	    {TABLE_CASE_BY_GROUND, 32, ground_row},
	    {TABLE_CASE_MESSAGE, 32, case_message_row},
	    {TABLE_QUEUE, 0, queued_row},
	    {TABLE_MEMBER, 0, member_row},
	    {TABLE_CLOCK, 24, clock_row},
	    {TABLE_SHELL, 16, shell_row},
	    {TABLE_RECEIPT, 32, receipt_row},
	    {TABLE_WITHDRAWAL, 16, check_withdrawal},
	    {TABLE_CARRIER, 0, check_ending},
	    {TABLE_WATCHER, 0, check_ending},
	    {TABLE_REACH, 32, check_reach},
	    {TABLE_REACH_OF_CASE, 48, check_reach_of_case},
	    {(enum core_table)TABLE_PERMISSION, 16, permission_row},
	};
	size_t i;

	count_keys(check);
	for (i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
		walk(check, tables[i].table, tables[i].key_len, tables[i].row);
	compare_keys(check);
	check_open(check);
}
