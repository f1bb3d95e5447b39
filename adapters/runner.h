/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_ADAPTERS_RUNNER_H
#define WH_ADAPTERS_RUNNER_H

#include <event2/event.h>

#include "adapters/adapter.h"
#include "adapters/config.h"
#include "adapters/desk.h"
#include "adapters/http.h"
#include "adapters/uplink.h"

/*
 * One adapter at work: the desk, its HTTP face, the line to the hub, the routes
 * of one kind of partner (ops), and the jobs towards the partner system.
 */
struct runner;

/* Milliseconds that a request waits for the hub before it is answered "durable
 * here, not yet there". */
#define RUNNER_SETTLE_MS 2000

/* config and ops are borrowed until runner_close(). */
enum wh_err runner_open(struct event_base *base, const struct config *config,
    const struct adapter_ops *ops, struct runner **out, struct why *why);
void runner_close(struct runner *runner); /* NULL is allowed */

/* Borrowed. */
struct event_base *runner_base(struct runner *runner);
const struct config *runner_config(const struct runner *runner);
struct desk *runner_desk(struct runner *runner);
struct http *runner_http(struct runner *runner);
struct uplink *runner_uplink(struct runner *runner);

/*
 * What came of a desk call, for a request. *result is taken over. While it
 * waits for the hub's word (has_wait) and the hub is there, so does the
 * request, at most RUNNER_SETTLE_MS; then kind is CREATED, REFUSED or still
 * QUEUED. finish is called exactly once, perhaps at once; it answers the
 * request, and result is borrowed. A referral in result->dossier is fresh.
 */
typedef void runner_finish_fn(void *arg, struct http_request *request,
    const struct desk_result *result);
void runner_settle(struct runner *runner, struct desk_result *result,
    struct http_request *request, runner_finish_fn *finish, void *arg);

/* The desk has something new for the hub or the partner system. */
void runner_kick(struct runner *runner);

/* Called when the hub said something, came or left; for pages that are open.
 * At most four are remembered. */
typedef void runner_changed_fn(void *arg);
void runner_watch(struct runner *runner, runner_changed_fn *changed, void *arg);

/* Why it ended the event loop by itself; WH_OK: it did not. */
enum wh_err runner_fault(const struct runner *runner);

/* Reread the tokens, the secret keys and the register file. */
void runner_reload(struct runner *runner);

#endif
