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
	bool is_past; /* the hub has it no more, so it cannot prove it */
	struct audit_leaf leaf;
	struct hash hash; /* of the leaf, as the log's tree has it */
	bool has_details;
	char details[AUDIT_DETAIL_MAX + 1]; /* "key=value" lines, or "" */
};

/*
 * Where it stands: all that the hub told below next is here. Numbers of entries
 * rise over the generations of the log (consent/note_log.h), so that a new one
 * is told of as any entry is. One that a restore opened says that the hub may
 * have lost entries: then it is asked for all of them once more, and what it
 * has no more is past. Nothing is kept twice.
 */
#define MIRROR_ORIGIN_MAX 255

struct mirror_state {
	uint64_t next;
	uint64_t ask;  /* from here on; below next while it tells once more */
	int64_t at_ms; /* when the hub last told; 0: never */
	uint64_t log;  /* how many logs the covenant had before this one */
	char origin[MIRROR_ORIGIN_MAX + 1]; /* "" before the first */
};
enum wh_err mirror_state(struct kv_txn *txn, struct mirror_state *out);

/*
 * This is the log_origin of the register. Another one than before, and not a
 * generation of it, is another log: it counts from 0, and all that was told
 * before is past.
 */
enum wh_err mirror_begin(struct kv_txn *txn, const char *log_origin);

/* A place is an entry in one of these logs, in the order of their telling. */
static inline uint64_t
mirror_place(uint64_t log, uint64_t index)
{
	return log << 48 | index;
}

/*
 * Keep a page. WH_INVALID with why: it is not what was asked for, an entry does
 * not name member, is another than was told under that number before, or its
 * details are not those that the leaf was made with; nothing of it may be kept.
 * What is here already stays as it is. An entry about an erasure takes the
 * erased details from here too: of one entry, of a case, or of a permission,
 * which is known by audit_erased_subject() of what the details here name.
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
