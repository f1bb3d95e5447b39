/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_BROKER_CHECK_STATE_H
#define WH_BROKER_CHECK_STATE_H

#include "broker/check.h"
#include "broker/core.h"

/* Shared by the check's own files and nobody else. */
struct check {
	check_fn *fn;
	void *arg;
	struct check_result result;
	struct kv *kv;
	struct kv_txn *txn;
	struct arena arena; /* of the register */
	struct wh_register reg;
	uint64_t log_next; /* no entry has this number yet */
	uint64_t keys;     /* of subjects in the log */
	uint64_t shells;   /* clocks that look whether to erase one */
	uint64_t delivery; /* the highest number given out */
	uint64_t open;     /* withdrawals that are not carried through */
	uint64_t overdue;  /* of these */
	uint64_t chased;   /* clocks of these */
	uint64_t seq;      /* of the journal, as far as the store has it */
};

/* One finding. */
void check_found(struct check *check, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* An id as text, for one finding; the id that lies at p. */
struct check_name {
	char text[ID_TEXT_SIZE];
};
struct check_name check_name(const struct id *id);
struct id check_id(const uint8_t *p);

bool check_has(struct check *check, enum core_table table, struct span key);

/* Messages, referrals, queues, members, clocks and indexes. */
void check_rows(struct check *check);

/* Of these: rows of an end, its clock, and afterwards their sums. */
void check_withdrawal(struct check *check, struct span key, struct span value);
void check_ending(struct check *check, struct span key, struct span value);
void check_reach(struct check *check, struct span key, struct span value);
void check_reach_of_case(struct check *check, struct span key,
    struct span value);
void check_chase(struct check *check, const struct id *id, int64_t due_ms);
void check_open(struct check *check);

#endif
