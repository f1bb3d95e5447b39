/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_BROKER_CONTROL_H
#define WH_BROKER_CONTROL_H

#include "proto/base/err.h"
#include "proto/base/sock.h"

/*
 * The Unix socket on which operators ask: one line in, text out, closed. Only
 * the owner can connect (mode 0600). Never blocks the broker's loop.
 */
struct control;

/* Answer a question ("metrics", "status") in out; returns the length. */
typedef size_t control_fn(void *arg, const char *question, char *out,
    size_t size);

enum wh_err control_open(const char *path, control_fn *answer, void *arg,
    struct control **out, struct why *why);
void control_close(struct control *control); /* NULL is allowed; unlinks */

/* Add what to wait for to items; returns how many (at most CONTROL_ITEMS). */
#define CONTROL_ITEMS 9
size_t control_poll(const struct control *control, struct sock_poll *items);

/* Do what can be done without waiting. */
void control_serve(struct control *control, int64_t mono_ms);

#endif
