/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_ADAPTERS_DESK_PRESENT_H
#define WH_ADAPTERS_DESK_PRESENT_H

#include "adapters/desk_state.h"

/*
 * A hub that was put back from a backup does not know what it was told since,
 * and nobody but its members does. So this member says again what it said: the
 * records that it captured and that still hold, and once the hub has answered
 * these, the ends that it sent. The hub gives the receipt of then for what it
 * has. What people were told here stays as it was told.
 *
 * A sweep, kept in the store, a number of rows at a time: one that was broken
 * off goes on, and a new one begins from the start.
 */

/* From the start, with the next call of desk_present(). */
enum wh_err present_begin(struct shift *shift);

/*
 * The hub's word on an end that we sent. *again: it was recorded before, and
 * nobody is to be told anything.
 */
enum wh_err present_end_settled(struct shift *shift,
    const struct permission_change *change, const struct refusal *refusal,
    bool *again);

/*
 * Another register comes into force here. When it has not a key any more that
 * this member signed with, others can check nothing of what that signed: a
 * sweep from the start signs it anew.
 */
enum wh_err present_register(struct shift *shift,
    const struct wh_register *before, const struct wh_register *now);

/*
 * The hub told of an end that nobody can check any more, since its signer's key
 * is out of the register. When the permission ended here in that way before,
 * and this member is a party to it, it says so in its own name: *said. Others
 * may never have heard of it.
 */
enum wh_err present_known_end(struct shift *shift,
    const struct permission_change *change, bool *said);

/* The hub refused a record that it had recorded before. */
enum wh_err present_record_refused(struct shift *shift,
    const struct refusal *refusal);

#endif
