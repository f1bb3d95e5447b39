/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_BROKER_DISPATCH_H
#define WH_BROKER_DISPATCH_H

#include "proto/wire.h"

/*
 * The security table: for each kind of message, from whom it is taken, which
 * way it goes, and whether it may pass when the hub has no room for more.
 */
enum route {
	ROUTE_SESSION, /* answered by the session, leaves no trace in the state
			*/
	ROUTE_JOURNAL, /* journalled, then applied by the core */
	ROUTE_BOTH,    /* first the session, then the core */
	ROUTE_READ,    /* answered from the last commit */
	ROUTE_WITNESS, /* an answer to what was published; no input of ours */
};

enum room {
	ROOM_RESERVE, /* passes always: the reserve is for it */
	ROOM_ENDING,  /* so when it ends something, else as intake */
	ROOM_INTAKE,  /* answered with Busy when there is no room */
};

struct dispatch_rule {
	enum to_hub_kind kind;
	enum route route;
	bool needs_hello; /* only after a hello on this connection */
	enum room room;
};

/* NULL for a kind that the table does not know: refuse. */
const struct dispatch_rule *dispatch_rule(enum to_hub_kind kind);

#endif
