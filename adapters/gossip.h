/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_ADAPTERS_GOSSIP_H
#define WH_ADAPTERS_GOSSIP_H

#include "adapters/http.h"
#include "adapters/uplink.h"

/*
 * Do others see the log that we see? Each adapter serves the newest checkpoint
 * of its own line to the hub, without login: it names nobody. It fetches those
 * of its peers and compares. The same size with another root is evidence at
 * once; for another size the hub must prove that both are of one log.
 */
struct gossip;

#define GOSSIP_PATH "/v1/checkpoints/laatste"
/* Looks that the hub has to give a proof, before it counts as none. */
#define GOSSIP_LOOKS 2

struct gossip_options {
	const char *const *peers; /* base URLs, copied; NULL-ended or NULL */
	const char *ca; /* as in fetch.h, copied; NULL: the system's */
	int64_t interval_ms;
};

/* desk, uplink and http are borrowed. */
enum wh_err gossip_open(struct event_base *base, struct desk *desk,
    struct uplink *uplink, struct http *http,
    const struct gossip_options *options, struct gossip **out, struct why *why);

/* After uplink_close(), whose questions end here. NULL is allowed. */
void gossip_close(struct gossip *gossip);

/* Peers, and those of them whose last look found a checkpoint of our log. */
size_t gossip_peers(const struct gossip *gossip);
size_t gossip_heard(const struct gossip *gossip);

#endif
