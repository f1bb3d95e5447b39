/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_BROKER_ROW_H
#define WH_BROKER_ROW_H

#include "proto/base/hash.h"
#include "proto/base/kv.h"
#include "proto/referral.h"
#include "proto/wire.h"

/*
 * The core's records and their fixed binary form in the store. Integers are
 * big-endian, text is one length byte and the characters. row_*_get() copy out,
 * so that nothing borrows from the store: WH_NOT_FOUND, WH_CORRUPT.
 */

/* Where a message is in its own life. */
enum message_status {
	MESSAGE_QUEUED = 1, /* waits for its recipient, handed over or not */
	MESSAGE_STORED,     /* the recipient stored it */
	MESSAGE_REFUSED,    /* the recipient or the handover check refused it */
	MESSAGE_RECALLED,   /* stopped before it was handed over */
};

struct message_row {
	struct hash digest; /* of the signed bytes: same id, same bytes? */
	enum message_status status;
	struct id case_ref;
	uint64_t log_index; /* of the acceptance */
	uint64_t delivery;  /* its place in the queue of to */
	uint64_t handover;  /* log index of the handover, or 0 */
	bool has_data;      /* it carries sections */
	enum referral_event event;
	char from[NAME_MAX_LEN + 1];
	char to[NAME_MAX_LEN + 1];
};

/* Of a break-glass referral: has a second person looked? */
enum review_status {
	REVIEW_NONE, /* nobody has to */
	REVIEW_OPEN,
	REVIEW_REMINDED,
	REVIEW_OVERDUE, /* still has to */
	REVIEW_DONE,
};

struct case_row {
	enum referral_state state;
	bool one_phase;
	bool read;
	bool contacted;
	bool urgent;
	int64_t created_ms;
	int64_t expires_ms;
	int64_t ended_ms;
	struct id relation_ref;
	struct id ground_key;    /* permission_ground_key() */
	struct id permission_id; /* zero for an instrument */
	enum permission_kind kind;
	struct id offer; /* message id */
	enum review_status review;
	int64_t review_due_ms; /* 0 without one */
	char from[NAME_MAX_LEN + 1];
	char to[NAME_MAX_LEN + 1];
	char type[NAME_MAX_LEN + 1];
	char area[NAME_MAX_LEN + 1];
	char instrument[NAME_MAX_LEN + 1];
};

struct member_row {
	uint64_t cursor;  /* last delivery handed over since the last hello */
	uint64_t reached; /* last delivery ever handed over */
	uint64_t waiting; /* rows in the queue */
};

/* One thing waiting for a member. */
struct queue_row {
	enum deliver_kind kind;
	struct id case_ref;
	struct id message_id;
	struct span
	    bytes; /* signed envelope or event; a notice as its fields */
};

enum wh_err row_message_put(struct kv_txn *txn, const struct id *message_id,
    const struct message_row *row);
enum wh_err row_message_get(struct kv_txn *txn, const struct id *message_id,
    struct message_row *out);

enum wh_err row_case_put(struct kv_txn *txn, const struct id *case_ref,
    const struct case_row *row);
enum wh_err row_case_get(struct kv_txn *txn, const struct id *case_ref,
    struct case_row *out);

/* A member without a row has an empty one. */
enum wh_err row_member_put(struct kv_txn *txn, const char *member,
    const struct member_row *row);
enum wh_err row_member_get(struct kv_txn *txn, const char *member,
    struct member_row *out);

/* Heap (mem_free) and back; the bytes read back borrow from the input. */
void row_queue_write(const struct queue_row *row, uint8_t **out, size_t *len);
enum wh_err row_queue_read(struct span bytes, struct queue_row *out);

/* A notice as bytes of a queue row, and back. */
#define ROW_NOTICE_LEN 72
void row_notice_write(const struct notice *notice, uint8_t out[ROW_NOTICE_LEN]);
enum wh_err row_notice_read(struct span bytes, struct notice *out);

#endif
