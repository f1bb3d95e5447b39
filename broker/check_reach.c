/* SPDX-License-Identifier: EUPL-1.2 */
#include <inttypes.h>

#include "broker/check_state.h"
#include "broker/reach.h"

/* The ends of permissions, and how far they came. */

void
check_chase(struct check *check, const struct id *id, int64_t due_ms)
{
	struct withdrawal_row row;
	enum wh_err err;

	(void)due_ms;
	err = reach_whole_get(check->txn, id, &row);
	/* That of an end that is carried through, or erased, runs out. */
	if (err == WH_OK && row.done_ms == 0)
		check->chased++;
}

/* The sums of an ended permission are those of its rows. */
void
check_withdrawal(struct check *check, struct span key, struct span value)
{
	struct id id = check_id(key.p), message = {{0}};
	char member[NAME_MAX_LEN + 1] = "";
	uint32_t counts[REACH_COUNT] = {0}, outstanding = 0;
	struct withdrawal_row row;
	struct carrier_row carrier;
	struct reach_row reach;

	(void)value;
	if (reach_whole_get(check->txn, &id, &row) != WH_OK) {
		check_found(check, "withdrawal %s: its row cannot be read",
		    check_name(&id).text);
		return;
	}
	check->open += row.done_ms == 0;
	check->overdue += row.overdue;
	while (reach_carrier_next(check->txn, &id, member, &carrier) == WH_OK)
		outstanding += !carrier.done;
	while (reach_message_next(check->txn, &id, &message, &reach) == WH_OK)
		counts[reach.reach]++;
	if (outstanding != row.outstanding ||
	    (outstanding == 0) != (row.done_ms != 0))
		check_found(check,
		    "withdrawal %s: %u members are outstanding and %u are "
		    "counted",
		    check_name(&id).text, outstanding, row.outstanding);
	if (memcmp(counts, row.counts, sizeof(counts)) != 0)
		check_found(check,
		    "withdrawal %s: its messages are not those counted",
		    check_name(&id).text);
	if (!check_has(check, (enum core_table)TABLE_PERMISSION, key))
		check_found(check, "withdrawal %s: belongs to no permission",
		    check_name(&id).text);
}

/* What is kept about the end of a permission goes with its row. */
void
check_ending(struct check *check, struct span key, struct span value)
{
	struct id id = {{0}};

	(void)value;
	memcpy(id.b, key.p, key.len < 16 ? key.len : 16);
	if (!check_has(check, TABLE_WITHDRAWAL, span_id(&id)))
		check_found(check, "withdrawal %s: is gone, and not wholly",
		    check_name(&id).text);
}

/* With its names it belongs to a referral that is here, and is found by it. */
void
check_reach(struct check *check, struct span key, struct span value)
{
	struct id permission_id = check_id(key.p), id = check_id(key.p + 16);
	struct id place = {{0}};
	uint8_t named[48];
	struct reach_row row;

	check_ending(check, key, value);
	if (reach_message_find(check->txn, &permission_id, &id, &place, &row) !=
	    WH_OK) {
		check_found(check, "reach %s: its row cannot be read",
		    check_name(&id).text);
		return;
	}
	if (id_is_zero(&row.case_ref))
		return;
	memcpy(named, row.case_ref.b, 16);
	memcpy(named + 16, key.p, 32);
	if (!check_has(check, TABLE_CASE, span_id(&row.case_ref)))
		check_found(check, "reach %s: names a referral that is gone",
		    check_name(&id).text);
	if (!check_has(check, TABLE_REACH_OF_CASE, span_of(named, 48)))
		check_found(check, "reach %s: erasing would not find it",
		    check_name(&id).text);
}

void
check_reach_of_case(struct check *check, struct span key, struct span value)
{
	struct id case_ref = check_id(key.p), id = check_id(key.p + 32);
	struct id permission_id = check_id(key.p + 16), place = {{0}};
	struct reach_row row;

	(void)value;
	if (reach_message_find(check->txn, &permission_id, &id, &place, &row) !=
		WH_OK ||
	    !id_equal(&row.case_ref, &case_ref))
		check_found(check,
		    "reach_of_case: names message %s, whose reach is not here",
		    check_name(&id).text);
}

/* Who ends one keeps the sums and sets the clock. */
void
check_open(struct check *check)
{
	struct reach_sums sums;

	if (reach_sums_get(check->txn, &sums) != WH_OK ||
	    sums.open != check->open || sums.overdue != check->overdue)
		check_found(check,
		    "withdrawals: those that are open are not those counted");
	if (check->chased != check->open)
		check_found(check,
		    "withdrawals: %" PRIu64 " are open, and %" PRIu64
		    " have a clock",
		    check->open, check->chased);
}
