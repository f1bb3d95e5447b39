/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * A fault for withdraw_planted.sh to find: a hub that says of a withdrawal that
 * it was carried through at the moment that it was recorded. Linked with
 * --wrap=reach_finish into a broker that is nowhere else.
 */
#include "broker/core_reach.h"

enum wh_err __real_reach_finish(struct work *work,
    const struct id *permission_id, struct withdrawal_row *row);
enum wh_err __wrap_reach_finish(struct work *work,
    const struct id *permission_id, struct withdrawal_row *row);

enum wh_err
__wrap_reach_finish(struct work *work, const struct id *permission_id,
    struct withdrawal_row *row)
{
	enum wh_err err = __real_reach_finish(work, permission_id, row);

	if (err == WH_OK)
		row->done_ms = row->recorded_ms;
	return err;
}
