/* SPDX-License-Identifier: EUPL-1.2 */
#include "broker/dispatch.h"

static const struct dispatch_rule rules[] = {
    {TO_HUB_HELLO, ROUTE_BOTH, false, ROOM_RESERVE},
    {TO_HUB_SUBMIT, ROUTE_JOURNAL, true, ROOM_INTAKE},
    {TO_HUB_ACK, ROUTE_JOURNAL, true, ROOM_RESERVE},
    {TO_HUB_CREDIT, ROUTE_SESSION, true, ROOM_RESERVE},
    {TO_HUB_PERMISSION, ROUTE_JOURNAL, true, ROOM_INTAKE},
    {TO_HUB_PERMISSION_EVENT, ROUTE_JOURNAL, true, ROOM_ENDING},
    {TO_HUB_CARRIED, ROUTE_JOURNAL, true, ROOM_ENDING},
    {TO_HUB_PROOF, ROUTE_READ, true, ROOM_RESERVE},
    {TO_HUB_COSIGNATURE, ROUTE_WITNESS, true, ROOM_RESERVE},
    {TO_HUB_WITNESS_CONFLICT, ROUTE_WITNESS, true, ROOM_RESERVE},
    {TO_HUB_CONSISTENCY, ROUTE_READ, true, ROOM_RESERVE},
    {TO_HUB_LOG, ROUTE_READ, true, ROOM_RESERVE},
};

const struct dispatch_rule *
dispatch_rule(enum to_hub_kind kind)
{
	size_t i;

	for (i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		if (rules[i].kind == kind)
			return &rules[i];
	return NULL;
}
