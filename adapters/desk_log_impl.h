/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_ADAPTERS_DESK_LOG_IMPL_H
#define WH_ADAPTERS_DESK_LOG_IMPL_H

#include "adapters/desk_log.h"
#include "adapters/desk_state.h"
#include "consent/witness.h"

/* Shared by desk_log*.c and nobody else. */

/* Rows of LOCAL_HEADS: a word and an origin. */
#define ROW_SEEN     "seen"     /* the newest note on our own line */
#define ROW_COSIGNED "cosigned" /* the note that we cosigned last */
#define ROW_QUORUM   "quorum"   /* the newest that holds under the policy */
#define ROW_BEHIND   "behind"   /* be64: since when the newest does not */
#define ROW_NEWEST   "newest"   /* the origin of the newest on our line */

/* The note under this row and its head; an empty note when there is none. */
enum wh_err desk_row_get(struct kv_txn *txn, const char *row,
    struct span origin, struct span *note, struct witness_head *head);

/* Copies, since what is borrowed from a transaction ends with it. */
struct clash {
	enum evidence_kind kind;
	char *known; /* owned; NULL: there is none */
	char *seen;  /* owned */
};

/* The first one counts. */
void desk_clash_set(struct clash *clash, enum evidence_kind kind,
    struct span known, struct span seen);

/* What no honest log shows on one line: smaller than before, or another. */
void desk_clash_look(struct clash *clash, enum witness_order order,
    struct span known, struct span seen);

/* Write down what there is, and let it go. */
void desk_clash_end(struct desk *desk, struct clash *clash, int64_t now_ms);

#endif
