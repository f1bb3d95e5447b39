/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_PROTO_WIRE_WITHDRAWAL_H
#define WH_PROTO_WIRE_WITHDRAWAL_H

#include "proto/wire.h"

/* How far the end of a permission came; rules as in wire.h. */

/* A ground is one word: no room for a name, or for a story. */
#define WIRE_ARTICLE_MAX 64

/* What became of one message, as its recipient says. */
struct message_reach {
	struct id message_id;
	enum reach reach;    /* READ, ERASED or RETAINED */
	const char *article; /* RETAINED: one word, else "" */
};

/* A member's report: carried through here. */
struct carried {
	struct id report_id;
	struct id permission_id;
	uint64_t epoch;
	const char *by_member;
	int64_t at_ms;
	size_t count; /* at most REPORT_MESSAGES_MAX */
	const struct message_reach *messages;
	bool more;
};

enum wh_err wire_carried_read(struct arena *arena, struct span body,
    struct carried *out, struct why *why);
enum wh_err wire_carried_write(const struct carried *in, uint8_t **out,
    size_t *len);

/* One message, as the hub says. */
struct reached {
	struct id message_id;
	struct id case_ref;
	const char *to;
	enum reach reach;
};

/* The progress of a withdrawal. */
struct withdrawal {
	struct id event_id;      /* zero: the receiver sent none */
	struct id permission_id; /* zero: the receiver is no party */
	int64_t recorded_ms;
	uint64_t recorded_index;
	int64_t done_ms; /* 0: not yet */
	uint64_t done_index;
	bool overdue;
	uint32_t outstanding;
	size_t member_count; /* of those, when they are named */
	const char *const *members;
	uint32_t departed;     /* out of the register, and gave no word */
	size_t departed_count; /* of those, when they are named */
	const char *const *departed_members;
	uint32_t counts[REACH_COUNT]; /* messages, by enum reach */
	size_t message_count;
	const struct reached *messages;
	struct span report; /* signed bytes, or empty */
};

/* By itself, as the hub keeps it in a queue. */
enum wh_err wire_withdrawal_read(struct arena *arena, struct span bytes,
    struct withdrawal *out, struct why *why);
enum wh_err wire_withdrawal_write(const struct withdrawal *in, uint8_t **out,
    size_t *len);

/* Within a frame, for wire_from_hub.c. */
struct ProtobufCMessage;
enum wh_err wire_withdrawal_of(struct arena *arena,
    const struct ProtobufCMessage *message, const struct withdrawal **out);

/* Into the arena; borrows from in. NULL: longer than one message may be. */
struct ProtobufCMessage *wire_withdrawal_as(struct arena *arena,
    const struct withdrawal *in);

#endif
