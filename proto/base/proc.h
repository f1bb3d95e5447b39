/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_PROTO_BASE_PROC_H
#define WH_PROTO_BASE_PROC_H

#include <stdint.h>

#include "proto/base/err.h"

/* What a daemon needs of the operating system. */

/*
 * SIGTERM, SIGINT and SIGHUP as a readable descriptor; SIGPIPE ignored. Call
 * before any thread exists. proc_signal_next() returns the next signal number,
 * 0 if none.
 */
enum wh_err proc_signals_open(int *fd);
int proc_signal_next(int fd);

/* No core dumps, no ptrace by others: for programs that hold plain sections. */
void proc_no_dump(void);

/* sd_notify(3): "READY=1", "RELOADING=1", "WATCHDOG=1", "STATUS=...". */
void proc_notify(const char *state);

/* Half of WATCHDOG_USEC in milliseconds, 0 when there is no watchdog. */
int64_t proc_watchdog_ms(void);

/* One instance per folder: a lock on dir/lock, held until exit. WH_EXISTS. */
enum wh_err proc_lock(const char *dir, struct why *why);

#endif
