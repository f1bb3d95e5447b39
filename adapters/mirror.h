/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_ADAPTERS_MIRROR_H
#define WH_ADAPTERS_MIRROR_H

#include "adapters/vault.h"
#include "consent/audit_leaf.h"
#include "proto/base/kv.h"
#include "proto/wire.h"

/*
 * The entries of the hub's log that name this member, or nobody, as the hub
 * gave them: so that a privacy officer can read them while the hub is away, and
 * so that another past than the one told before is noticed. Leaves lie in the
 * clear, as in the log; details are sealed.
 */
struct mirror_entry {
	uint64_t index;
	bool is_past; /* of a log that the hub closed: it proves this no more */
	struct audit_leaf leaf;
	struct hash hash; /* of the leaf, as the log's tree has it */
	bool has_details;
	char details[AUDIT_DETAIL_MAX + 1]; /* "key=value" lines, or "" */
};

/*
 * Where it stands: all entries below next are here. A hub whose store was put
 * back opens another log, under another origin: what was told of the one before
 * stays, and counting starts again.
 */
#define MIRROR_ORIGIN_MAX 255

struct mirror_state {
	uint64_t next;
	int64_t at_ms;       /* when the hub last told; 0: never */
	uint64_t generation; /* logs that were closed */
	char origin[MIRROR_ORIGIN_MAX + 1]; /* "" before the first */
};
enum wh_err mirror_state(struct kv_txn *txn, struct mirror_state *out);

/* From now on the hub tells of the log of this origin. */
enum wh_err mirror_begin(struct kv_txn *txn, struct span origin);

/* A place is an entry in one of these logs, in the order of their telling. */
static inline uint64_t
mirror_place(uint64_t generation, uint64_t index)
{
	return generation << 48 | index;
}

/*
 * Keep a page. WH_INVALID with why: it is not what was asked for, an entry does
 * not name member, or its details are not those that the leaf was made with;
 * nothing of it may be kept. An entry about an erasure takes the erased details
 * from here too: of one entry, of a case, or of a permission, which is known by
 * audit_erased_subject() of what the details here name.
 */
enum wh_err mirror_add(struct kv_txn *txn, const struct vault *vault,
    const char *member, const struct log_page *page, int64_t now_ms,
    struct why *why);

/* WH_NOT_FOUND: no such entry here. */
enum wh_err mirror_get(struct kv_txn *txn, const struct vault *vault,
    uint64_t place, struct mirror_entry *out);

/* The last entry below *place, which it moves to; UINT64_MAX for the last of
 * all. Without its details: mirror_get(). WH_NOT_FOUND at the end. */
enum wh_err mirror_prev(struct kv_txn *txn, uint64_t *place,
    struct mirror_entry *out);

/* The first entry about this case at from or later; WH_NOT_FOUND. */
enum wh_err mirror_case_next(struct kv_txn *txn, const struct id *case_ref,
    uint64_t from, uint64_t *place);

/* Is this the leaf that the hub told before, of the log that it keeps now?
 * WH_NOT_FOUND: it told none. */
enum wh_err mirror_matches(struct kv_txn *txn, uint64_t index, struct span leaf,
    bool *same);

/*
 * A handover says only which message it was. What was in it stands with the
 * entry of its acceptance, about the same case: add that to the details.
 */
enum wh_err mirror_fill(struct kv_txn *txn, const struct vault *vault,
    struct mirror_entry *entry);

/* The value of a key among details, "" when absent, cut to size. */
void mirror_detail(const struct mirror_entry *entry, const char *key, char *out,
    size_t size);

#endif
