/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_BROKER_LOOP_H
#define WH_BROKER_LOOP_H

#include "consent/keyfile.h"
#include "proto/base/err.h"

/*
 * The broker's loop: frames in, one journal flush for all of them, the core,
 * answers and deliveries out; a commit of the store a few times a second.
 * One thread, one poll; nothing in it waits for anybody.
 */
struct loop;

/* Two full frames, a register, and what goes with them in one record. */
#define LOOP_SEGMENT_MIN ((size_t)8 * 1024 * 1024)

struct loop_options {
	const char *dir; /* store, journal, checkpoint */
	const char
	    *endpoint; /* "tcp://127.0.0.1:5555"; port * takes a free one */
	const char *second_endpoint; /* while keys rotate; or NULL */
	const char *control;         /* Unix socket */
	const char *register_path;
	const struct key_secrets *keys; /* the hub's; copied */
	const char *keys_path;          /* looked at when it changes; or NULL */
	const uint8_t *alliance_key;
	size_t map_bytes; /* intake stops here; the store has a reserve above */
	size_t segment_bytes; /* at least LOOP_SEGMENT_MIN */
	int commit_ms;
};

/*
 * Open everything, recover, prove that CURVE refuses strangers, and bind. On
 * failure why says what to do. WH_CORRUPT: the store, the journal or the log
 * is not what was written, and the broker must not run on it. The caller holds
 * the folder's lock (proc_lock).
 */
enum wh_err loop_open(const struct loop_options *options, struct loop **out,
    struct why *why);

/* Where it really listens. Borrowed. */
const char *loop_endpoint(const struct loop *loop);

/* Run until SIGTERM or SIGINT. An error means: end, and start again from disk.
 */
enum wh_err loop_run(struct loop *loop);

/* One turn, waiting at most timeout_ms: for tests. After an error there is
 * none. */
enum wh_err loop_turn(struct loop *loop, int timeout_ms);

/* Commits what is applied, unless a turn failed. NULL is allowed. */
void loop_close(struct loop *loop);

#endif
