/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_ADAPTERS_LOCAL_H
#define WH_ADAPTERS_LOCAL_H

#include "proto/base/kv.h"

/*
 * The tables of an adapter's own store. Values marked (sealed) are encrypted
 * at rest under the adapter's storage key (vault.h); keys never hold a client
 * number or name, only random ids, times and keyed hashes.
 */
enum local_table {
	LOCAL_META,      /* "register" -> signed register; "checkpoint" -> note;
			    "outbox-n", "job-n" -> be64 last number given out;
			    "rejected-bytes" -> be64 sum of LOCAL_REJECTED;
			    "freed" -> nothing: local_freed();
			    "look" -> be64 count, chain: look.h;
			    "look-gone" -> the same of what went (sealed);
			    "mirror" -> where it stands: mirror.h;
			    "mirror-again" -> be64: mirror.c;
			    "opened" -> be32: desk_log_opened.c;
			    "present" -> where it is: desk_present.c;
			    "form" -> one byte: desk.c;
			    "key-check" -> its own name (sealed) */
	LOCAL_OUTBOX,    /* be64 n -> frame for the hub, see outbox.h */
	LOCAL_OUTBOX_ID, /* message or record id -> be64 n */
	LOCAL_INBOX,     /* message id -> digest: what was stored before */
	LOCAL_DOSSIER,   /* case ref -> dossier JSON (sealed) */
	LOCAL_REVIEW,    /* case ref of a dossier with a review -> nothing */
	LOCAL_ENDED,     /* be64 ms of the end, case ref -> nothing */
	LOCAL_ERASED,    /* the same, once its sections are erased */
	LOCAL_UNTIL, /* be64 ms that its term counts from, id of a permission
			or of a withdrawal -> nothing: retention.h */
	LOCAL_BY_RELATION, /* relation ref, case ref or permission id -> nothing
			    */
	LOCAL_BY_KENMERK,  /* keyed hash of kenmerk -> case ref, content hash */
	LOCAL_RELATION,    /* keyed hash of client and member -> relation ref */
	LOCAL_CLIENT,      /* relation ref -> client, and whose it was taken for
			      before (sealed): relations.c */
	LOCAL_BY_CLIENT,   /* keyed hash of client, relation ref -> nothing */
	LOCAL_PERMISSION,  /* permission id -> signed record, standing */
	LOCAL_CONSENT,     /* consent id of the API -> JSON (sealed) */
	LOCAL_BY_GROUND,   /* relation ref, instrument -> permission id */
	LOCAL_BY_CODE,     /* withdrawal code hash -> permission id */
	LOCAL_JOB,         /* be64 n -> job (sealed) */
	LOCAL_JOB_DUE,     /* be64 due ms, be64 n -> case ref, or nothing */
	LOCAL_JOB_CASE, /* case ref, be64 n -> nothing; not the parked ones */
	LOCAL_LOOK,     /* be64 n -> chain, look (sealed): look.h */
	LOCAL_REPORT,   /* id (UUIDv7) -> report JSON (sealed) */
	LOCAL_REJECTED, /* be64 ms, random -> refused document (sealed) */
	LOCAL_LOG,      /* be64 index -> leaf, details (sealed): mirror.h */
	LOCAL_LOG_BY_CASE,    /* case ref, be64 index -> nothing */
	LOCAL_LOG_BY_SUBJECT, /* what stands for a permission once it is erased,
				 be64 index -> nothing */
	LOCAL_LOG_PAST,       /* be64 index -> nothing: mirror_past.h */
	LOCAL_HEADS,          /* checkpoints as we saw them: desk_log_impl.h */
	LOCAL_HELD_CASE,      /* ground key, case ref -> nothing: held.h */
	LOCAL_HELD_MESSAGE,   /* case ref, message id -> nothing */
	LOCAL_DERIVED,       /* permission id, what was made from it -> state */
	LOCAL_DERIVED_FROM,  /* permission id -> what it was made from */
	LOCAL_WITHDRAWAL,    /* id of the API -> JSON (sealed) */
	LOCAL_WITHDRAWAL_OF, /* event id -> id of the API */
	LOCAL_END,           /* permission or withdrawal id, event id -> state,
				signed event (sealed): ends.h */
	LOCAL_COPY,       /* be64 ms of the next reminder, case ref -> nothing:
			     desk_copies.h */
	LOCAL_JOB_PARKED, /* case ref, be64 n -> nothing; the parked ones */
	LOCAL_TABLES
};
extern const char *const local_table_names[LOCAL_TABLES];

/* The next number of a sequence kept in LOCAL_META: 1, 2, 3, … for ever. */
enum wh_err local_number(struct kv_txn *txn, const char *name, uint64_t *out);

/*
 * Something was erased for good. The pages that this freed keep its sealed
 * bytes until the store is written anew: desk_compact().
 */
#define LOCAL_FREED "freed"
enum wh_err local_freed(struct kv_txn *txn);

#endif
