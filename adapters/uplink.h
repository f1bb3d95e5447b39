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
 * counts as connected.
 */
struct uplink;

struct uplink_options {
	const char *endpoint;
	const struct sock_keys *keys;
};

/* What the runner wants to know. */
struct uplink_events {
	/* The hub answered about this message, permission or event. */
	void (*settled)(void *arg, const struct id *id, bool accepted,
	    enum reason reason, const char *detail);
	void (*delivered)(void *arg); /* jobs may have been added */
	void (*state)(void *arg, bool connected);
	void *arg;
};

enum wh_err uplink_open(struct event_base *base, struct desk *desk,
    const struct uplink_options *options, const struct uplink_events *events,
    struct uplink **out, struct why *why);
void uplink_close(struct uplink *uplink); /* NULL is allowed */

/* There is something new in the outbox. */
void uplink_kick(struct uplink *uplink);

bool uplink_connected(const struct uplink *uplink);

/* Ask the hub for the proof of one log entry; done() is called once. */
typedef void uplink_proof_fn(void *arg, const struct proof *proof,
    enum wh_err err);
void uplink_proof(struct uplink *uplink, uint64_t index, uplink_proof_fn *done,
    void *arg);

struct uplink_counts {
	uint64_t sent, receipts, refusals, delivered, duplicates, reconnects;
};
struct uplink_counts uplink_counts(const struct uplink *uplink);

#endif
