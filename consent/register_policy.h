/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_CONSENT_REGISTER_POLICY_H
#define WH_CONSENT_REGISTER_POLICY_H

#include "consent/note_policy.h"
#include "consent/register.h"

/*
 * Who must have cosigned a checkpoint before it is believed, as the register
 * has it: two sectors, a sector being all members of one role. So the members
 * of one sector cannot vouch for the hub among themselves.
 */
#define REGISTER_POLICY_SECTORS 2

/*
 * A log goes on under another name each year and after a restore (note_log.h).
 * So many of those names are in a policy; then it is made anew.
 */
#define REGISTER_POLICY_GENERATIONS 15

/*
 * A C2SP tlog-policy: the log, a witness for each witness key in force at
 * now_ms, an "any" group for each role, and 2 of those groups. Heap text, the
 * caller's to mem_free(). WH_NOT_FOUND: there are no witnesses of two sectors,
 * so nothing can be a quorum. WH_TOO_BIG: more than a policy can hold.
 */
enum wh_err register_policy_text(const struct wh_register *reg, int64_t now_ms,
    char **text, struct why *why);

/* The same, parsed. */
enum wh_err register_policy(const struct wh_register *reg, int64_t now_ms,
    struct note_policy *out, struct why *why);

#endif
