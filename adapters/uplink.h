/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_ADAPTERS_UPLINK_H
#define WH_ADAPTERS_UPLINK_H

#include <event2/event.h>

#include "adapters/desk.h"
#include "proto/base/sock.h"
#include "proto/wire.h"

/*
 * The line to the hub: hello with a time-out, register, outbox out, deliveries
 * in and acknowledged once they are durable, credit, reconnect with back-off.
 * ZeroMQ itself keeps "sending" to a hub that refused us, so only a welcome
 * counts as connected. The keys come from the register and the desk
 * (uplink_line.h): before the first register nothing is sent, and when newer
 * keys become valid it moves to them by itself, leaving nothing behind.
 */
struct uplink;

/* Rows that wait for an answer at the same time, and deliveries let in. */
#define UPLINK_WINDOW 64
#define UPLINK_CREDIT 64

/* Milliseconds. */
struct uplink_times {
	int64_t tick;        /* how often the others are looked at */
	int64_t hello;       /* no welcome: open a new socket */
	int64_t backoff_min; /* added to hello, doubling, with jitter … */
	int64_t backoff_max; /* … up to here; twice this for a wrong version */
	int64_t probe;       /* nothing said: would the hub still know us? */
	int64_t silence;     /* nothing heard: ask something */
	int64_t answer;      /* a row or question without answer: once more */
	int64_t move;        /* a move to newer keys failed: try once more */
};
extern const struct uplink_times uplink_times_default;

struct uplink_options {
	const char *endpoints;            /* copied; a space between two */
	const struct uplink_times *times; /* copied; NULL: the default */
};

/* What the runner wants to know. */
struct uplink_events {
	/* The hub answered about this message, permission or event. */
	void (*settled)(void *arg, const struct id *id, bool accepted,
	    enum reason reason, const char *detail);
	void (*delivered)(void *arg); /* jobs may have been added */
	void (*state)(void *arg, bool connected);
	void *arg;
	/* The hub let us in; may be NULL. */
	void (*welcomed)(void *arg, const struct welcome *welcome);
};

enum wh_err uplink_open(struct event_base *base, struct desk *desk,
    const struct uplink_options *options, const struct uplink_events *events,
    struct uplink **out, struct why *why);
void uplink_close(struct uplink *uplink); /* NULL is allowed */

/* The desk has other keys: do not wait to use them. */
void uplink_keys_changed(struct uplink *uplink);

/* Say hello once more, to hear what waits; what was not acknowledged comes
 * again. Only when connected. */
void uplink_greet_again(struct uplink *uplink);

/* There is something new in the outbox. */
void uplink_kick(struct uplink *uplink);

bool uplink_connected(const struct uplink *uplink);

/*
 * Ask the hub for the proof of one log entry; done() is called once, perhaps at
 * once: WH_AGAIN when the hub is away, WH_NOT_FOUND when its last checkpoint
 * does not cover that entry (yet). proof is borrowed, NULL without WH_OK.
 */
typedef void uplink_proof_fn(void *arg, const struct proof *proof,
    enum wh_err err);
void uplink_proof(struct uplink *uplink, uint64_t index, uplink_proof_fn *done,
    void *arg);

/*
 * Ask the hub to prove that both sizes are of the one log that it keeps now.
 * WH_AGAIN: it is away; WH_NOT_FOUND: it says that it cannot.
 */
typedef void uplink_consistency_fn(void *arg, const struct consistency *proof,
    enum wh_err err);
void uplink_consistency(struct uplink *uplink,
    const struct consistency_request *request, uplink_consistency_fn *done,
    void *arg);

/* duplicates: receipts for what the hub had before. */
struct uplink_counts {
	uint64_t sent, receipts, refusals, delivered, duplicates, reconnects;
	uint64_t cosigned;
};
struct uplink_counts uplink_counts(const struct uplink *uplink);

#endif
