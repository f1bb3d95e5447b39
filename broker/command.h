/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_BROKER_COMMAND_H
#define WH_BROKER_COMMAND_H

#include "proto/base/hash.h"
#include "proto/limits.h"

/*
 * What the core is told to do. Commands are journalled as they are, so that
 * a replay does the same again: nothing that changes state happens without one.
 */
enum command_kind {
	COMMAND_FRAME = 1, /* a ToHub message of member, as it came */
	COMMAND_HANDOVER,  /* member can take be32 more deliveries: bytes */
	COMMAND_TICK,      /* time passes: expiries and clocks */
	COMMAND_REGISTER,  /* a signed register, checked before: bytes */
	COMMAND_UNSENT,    /* from delivery be64 on, nothing left for member */
	COMMAND_ERASE,     /* on request: 16 bytes case ref */
	COMMAND_OPEN,      /* a generation of the log: 1 reason, be32, note */
	COMMAND_COMPACTED, /* what was erased up to be64 ms is gone for good */
};

struct command {
	enum command_kind kind;
	char member[NAME_MAX_LEN + 1]; /* authenticated sender, or "" */
	struct span bytes;             /* borrowed */
};

/* The circumstances of one command, all that may differ between two runs. */
struct moment {
	uint64_t seq;     /* of the journal record */
	uint32_t n;       /* of the command within it */
	int64_t now_ms;   /* wall clock, never goes back */
	struct hash seed; /* 32 random bytes of the record */
};

#endif
