/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_CONSENT_AUDIT_LEAF_H
#define WH_CONSENT_AUDIT_LEAF_H

#include "proto/base/err.h"
#include "proto/base/hash.h"
#include "proto/limits.h"

/*
 * One entry of the audit log as bytes, for whoever reads it. Pure: the log
 * itself is audit.h.
 */
#define TERMS_AUDIT_KIND(X)                                                    \
	X(AUDIT_REGISTER, 1, "register")     /* a register came into force */  \
	X(AUDIT_PERMISSION, 2, "permission") /* a record was kept */           \
	X(AUDIT_PERMISSION_END, 3, "permission-end") /* withdrawn, objected */ \
	X(AUDIT_ACCEPTED, 4, "accepted")   /* an envelope was permitted */     \
	X(AUDIT_REFUSED, 5, "refused")     /* a verdict, with reason */        \
	X(AUDIT_HANDOVER, 6, "handover")   /* permitted again, handed over */  \
	X(AUDIT_DELIVERED, 7, "delivered") /* the recipient stored it */       \
	X(AUDIT_STATE, 8, "state")         /* the hub moved a referral */      \
	X(AUDIT_RECALLED, 9, "recalled")   /* stopped before delivery */       \
	X(AUDIT_ERASED, 10, "erased")      /* details were erased */           \
	X(AUDIT_UNSENT, 11, "unsent")      /* a handover did not leave us */   \
	X(AUDIT_OPENED, 12, "opened")     /* a generation of the log begins */ \
	X(AUDIT_REVIEWED, 14, "reviewed") /* a second person looked */         \
	X(AUDIT_CLOCK, 15, "clock")       /* a clock was set, or ran out */    \
	X(AUDIT_CARRIED, 13, "carried-through") /* an end, at one or at all */ \
	X(AUDIT_REACH, 16, "reach") /* what became of a message after one */   \
	X(AUDIT_DROPPED, 17, "dropped")   /* a generation was kept long enough \
					   */                                  \
	X(AUDIT_DEPARTED, 18, "departed") /* left, without a word on an end */

#define AUDIT_ENUM_ENTRY(symbol, number, text) symbol = (number),
enum audit_kind {
	TERMS_AUDIT_KIND(AUDIT_ENUM_ENTRY)
};
#undef AUDIT_ENUM_ENTRY

const char *audit_kind_text(enum audit_kind kind); /* NULL: unknown */

/*
 * 1 version (1), 1 kind, 2 reason, 8 time in ms, 16 event id, 16 case ref,
 * 32 from member, 32 to member (zero-padded), 32 commitment; big-endian.
 */
#define AUDIT_LEAF_LEN   140
#define AUDIT_DETAIL_MAX 1024

struct audit_leaf {
	enum audit_kind kind;
	/* enum reason; for AUDIT_STATE the state, for AUDIT_PERMISSION_END and
	 * AUDIT_CLOCK the event (0: set), for AUDIT_REVIEWED the code, for
	 * AUDIT_REACH the reach, for AUDIT_OPENED why */
	uint16_t reason;
	int64_t at_ms;
	struct id event_id; /* random, derived from the batch's seed */
	struct id case_ref; /* zero when about no case */
	char from[NAME_MAX_LEN + 1];
	char to[NAME_MAX_LEN + 1];
	struct hash commitment; /* of the details; OPENED: note_log_link() */
};
void audit_leaf_write(const struct audit_leaf *leaf,
    uint8_t out[AUDIT_LEAF_LEN]);
enum wh_err audit_leaf_read(struct span bytes, struct audit_leaf *out);

/* The reason of AUDIT_OPENED. */
enum audit_opened {
	AUDIT_OPENED_YEAR = 1, /* the year before was closed */
	AUDIT_OPENED_RESTORED, /* the log before lost entries */
};

/*
 * What the reason field says, as a word; "" when it says nothing, "unknown"
 * when there is no such number. name: "reason", or what it is for this kind.
 */
const char *audit_leaf_word(const struct audit_leaf *leaf, const char **name);

/*
 * What stands for an erased permission in the details of the entry that says
 * so, as "subject=": who holds the permission's id finds it by that, and nobody
 * gets from it to the id.
 */
struct id audit_erased_subject(const struct id *subject);

/* What a leaf is committed to its details with: HMAC-SHA-256(key, details). */
struct hash audit_commitment(const struct hash *key, struct span details);

#endif
