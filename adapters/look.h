/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_ADAPTERS_LOOK_H
#define WH_ADAPTERS_LOOK_H

#include "adapters/token.h"
#include "adapters/vault.h"
#include "proto/base/kv.h"

/*
 * Who looked at what, and when: append-only, each entry chained to the one
 * before it by SHA-256, so that none can be changed, left out or put between
 * unseen. It holds the place that was looked at (a random id, a number in the
 * log), never what stood there. The oldest go with the term of the log; what
 * the chain was up to there is kept, sealed.
 */
#define TERMS_LOOK(X)                                                          \
	X(LOOK_REFERRAL, 1, "verwijzing")                                      \
	X(LOOK_CONSENT, 2, "toestemming")                                      \
	X(LOOK_CONSENTS, 3, "toestemmingen")                                   \
	X(LOOK_LOG, 4, "logboek")                                              \
	X(LOOK_LOOKS, 5, "inzagelog")                                          \
	X(LOOK_PROOF, 6, "bewijs")                                             \
	X(LOOK_REVIEWS, 7, "beoordelingen")                                    \
	X(LOOK_REPORT_MADE, 8, "inzageverzoek")                                \
	X(LOOK_REPORT, 9, "inzageverslag")                                     \
	X(LOOK_WITHDRAWAL, 10, "intrekking")

#define LOOK_ENUM_ENTRY(symbol, number, text) symbol = (number),
enum look_kind {
	TERMS_LOOK(LOOK_ENUM_ENTRY)
};
#undef LOOK_ENUM_ENTRY

const char *look_text(enum look_kind kind); /* NULL: unknown */

#define LOOK_WHERE_MAX 36 /* a UUID */

struct look {
	uint64_t n; /* from 1 */
	int64_t at_ms;
	struct caller who;
	enum look_kind kind;
	char where[LOOK_WHERE_MAX + 1]; /* id or number; "" for a list */
	struct hash chain;              /* up to and with this one */
};

/* Append; n and chain are filled in. */
enum wh_err look_add(struct kv_txn *txn, const struct vault *vault,
    struct look *look);

/* How many there are, and the chain up to the last: zero when there is none. */
struct look_head {
	uint64_t count;
	struct hash chain;
};
enum wh_err look_head(struct kv_txn *txn, struct look_head *out);

/* WH_NOT_FOUND: there is none, or it is over. */
enum wh_err look_get(struct kv_txn *txn, const struct vault *vault, uint64_t n,
    struct look *out);

/* The last that went: count is its number, zero when all are here. */
enum wh_err look_gone(struct kv_txn *txn, const struct vault *vault,
    struct look_head *out);

/* When the oldest that is here was; WH_NOT_FOUND. */
enum wh_err look_oldest(struct kv_txn *txn, const struct vault *vault,
    int64_t *at_ms);

/* Drop the oldest, at most max of them, as far as they are from before_ms. */
enum wh_err look_drop(struct kv_txn *txn, const struct vault *vault,
    int64_t before_ms, unsigned max, unsigned *count);

/*
 * Does every entry behind *good follow from the one before it, up to the head?
 * *good moves on as far as they do; zero is the start, or the last that went.
 * WH_CORRUPT with *bad: from that entry on they do not.
 */
enum wh_err look_verify(struct kv_txn *txn, const struct vault *vault,
    struct look_head *good, uint64_t *bad);

#endif
