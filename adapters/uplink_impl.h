/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_ADAPTERS_UPLINK_IMPL_H
#define WH_ADAPTERS_UPLINK_IMPL_H

#include <sys/queue.h>

#include "adapters/desk_log.h"
#include "adapters/uplink.h"
#include "adapters/uplink_line.h"

/* Shared by uplink*.c and nobody else. */

enum uplink_state {
	UPLINK_DOWN,  /* no socket until retry_ms */
	UPLINK_HELLO, /* a socket; no welcome before deadline_ms */
	UPLINK_UP,
};

/* A row of the outbox that waits for its answer. */
struct uplink_row {
	uint64_t n;
	struct id id;
	uint64_t request;
	bool is_sent;
	int64_t sent_ms;
};

struct uplink_question {
	LIST_ENTRY(uplink_question) entry;
	enum to_hub_kind kind; /* PROOF or CONSISTENCY */
	uint64_t index;
	struct size_range sizes;
	char origin[ORIGIN_MAX_LEN + 1];
	uint64_t request;
	bool is_sent;
	int64_t asked_ms;
	uplink_proof_fn *done; /* NULL: our own, to hear something */
	uplink_consistency_fn *consistent;
	void *arg;
};

struct uplink {
	struct event_base *base; /* borrowed */
	struct desk *desk;       /* borrowed */
	struct uplink_events events;
	struct uplink_times times;
	struct lines lines;
	struct line line; /* of the socket; wiped at the end */
	int64_t moved_ms; /* when it last left for newer keys; 0: never */
	struct sock_ctx *ctx;
	struct sock *sock;
	struct event *readable; /* on sock's descriptor */
	struct event *wake;
	struct event *tick;
	struct arena arena; /* of the frame at hand */

	enum uplink_state state;
	unsigned attempts; /* sockets without a welcome */
	unsigned failures; /* of the desk, in a row */
	int64_t retry_ms;
	int64_t deadline_ms;
	int64_t heard_ms;
	int64_t said_ms;
	bool was_told; /* why there is no socket */

	bool hello_due;
	struct ack acks[UPLINK_CREDIT]; /* not sent yet */
	size_t ack_count;
	uint32_t credit_due;
	bool probe_due;
	struct uplink_row rows[UPLINK_WINDOW]; /* in order of n */
	size_t row_count;
	uint64_t last_n;   /* the highest number ever in rows */
	int64_t paused_ms; /* the hub is busy until then */
	uint64_t requests; /* numbers given out */
	/* What to say to the last add_checkpoint: a newer one replaces it. */
	struct desk_cosigned cosigned;
	uint64_t cosigned_request;
	bool cosigned_due;
	bool was_told_no_witness;
	LIST_HEAD(, uplink_question) questions;
	bool log_due;         /* the log may have grown */
	uint64_t log_request; /* that waits for its page; 0: none */
	int64_t log_asked_ms;
	struct uplink_counts counts;
};

/* Handle one frame of the hub; may drop the session. */
void uplink_take(struct uplink *uplink, struct span bytes);

/* Send what is due and fits; true when something went out. */
bool uplink_send(struct uplink *uplink);

/* What the clock asks of a session that is up. */
void uplink_send_tick(struct uplink *uplink, int64_t now_ms);

/* The hub does not know us (any more): greet, and send all rows again. */
void uplink_greet(struct uplink *uplink);

/* Close the socket and try again wait_ms from now. */
void uplink_drop(struct uplink *uplink, int64_t wait_ms);

/* What to wait after so many attempts, with jitter. */
int64_t uplink_backoff_ms(const struct uplink *uplink);

/* Forget a row that was answered; does nothing for other ids. */
void uplink_row_done(struct uplink *uplink, const struct id *id);
struct uplink_row *uplink_row_of(struct uplink *uplink, uint64_t request);

/* Answer and forget a question; all with WH_AGAIN. answer: NULL without WH_OK.
 */
void uplink_question_done(struct uplink_question *question,
    const struct from_hub *answer, enum wh_err err);
void uplink_questions_end(struct uplink *uplink);
struct uplink_question *uplink_question_of(struct uplink *uplink,
    uint64_t request);

#endif
