/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_ADAPTERS_DESK_FORGET_H
#define WH_ADAPTERS_DESK_FORGET_H

#include "adapters/desk_state.h"
#include "adapters/retention.h"

/*
 * A permission is kept until its own end and then the covenant's term: as long
 * as the same record could be given again it must be known to have ended, and
 * longer while a referral, an objection or an end that is not carried through
 * rests on it. With it go the ways to find it, what ties it to others, and,
 * with the last of its records, the consent and its client number. A withdrawal
 * that is kept by itself goes a term after it was asked for.
 */
enum desk_forgot {
	DESK_FORGOT = 1,
	DESK_KEPT,    /* something rests on it */
	DESK_NO_SUCH, /* the row does not hold any more */
};
enum wh_err desk_forget(struct shift *shift, const struct retention_row *row,
    enum desk_forgot *out);

#endif
