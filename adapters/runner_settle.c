/* SPDX-License-Identifier: EUPL-1.2 */
#include <stdio.h>

#include "adapters/runner_impl.h"
#include "proto/base/mem.h"
#include "proto/base/text.h"

/* The referral as it is now that the hub has spoken. */
static void
refresh(struct runner *runner, struct desk_result *result)
{
	const char *text =
	    json_string_value(json_object_get(result->dossier, "id"));
	json_t *fresh = NULL;
	struct id case_ref;

	if (text == NULL || id_parse(text, &case_ref) != WH_OK ||
	    desk_dossier(runner->desk, &case_ref, &fresh) != WH_OK)
		return;
	json_decref(result->dossier);
	result->dossier = fresh;
}

static void
wait_end(struct runner_wait *wait)
{
	LIST_REMOVE(wait, entry);
	event_free(wait->timer);
	refresh(wait->runner, &wait->result);
	wait->finish(wait->arg, wait->request, &wait->result);
	desk_result_fini(&wait->result);
	mem_free(wait);
}

static void
on_late(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	wait_end(arg);
}

void
runner_settle(struct runner *runner, struct desk_result *result,
    struct http_request *request, runner_finish_fn *finish, void *arg)
{
	static const struct timeval patience = {.tv_sec =
						    RUNNER_SETTLE_MS / 1000,
	    .tv_usec = RUNNER_SETTLE_MS % 1000 * 1000L};
	struct runner_wait *wait;

	runner_kick(runner);
	if (!result->has_wait || result->kind != OUTCOME_QUEUED ||
	    runner->closing || !uplink_connected(runner->uplink)) {
		finish(arg, request, result);
		desk_result_fini(result);
		return;
	}
	wait = mem_new(sizeof(*wait));
	wait->runner = runner;
	wait->result = *result;
	*result = (struct desk_result){.kind = OUTCOME_QUEUED};
	wait->request = request;
	wait->finish = finish;
	wait->arg = arg;
	wait->timer = evtimer_new(runner->base, on_late, wait);
	(void)evtimer_add(wait->timer, &patience);
	LIST_INSERT_HEAD(&runner->waits, wait, entry);
}

void
runner_settled(void *arg, const struct id *id, bool accepted,
    enum reason reason, const char *detail)
{
	struct runner *runner = arg;
	struct runner_wait *wait;

	LIST_FOREACH (wait, &runner->waits, entry) {
		if (id_equal(&wait->result.wait, id))
			break;
	}
	if (wait != NULL) {
		wait->result.kind =
		    accepted ? OUTCOME_CREATED : OUTCOME_REFUSED;
		wait->result.reason = reason;
		if (!accepted)
			snprintf(wait->result.text, sizeof(wait->result.text),
			    "%s", detail);
		wait_end(wait);
	}
	runner_changed(runner);
}

void
runner_waits_end(struct runner *runner)
{
	while (!LIST_EMPTY(&runner->waits))
		wait_end(LIST_FIRST(&runner->waits));
}
