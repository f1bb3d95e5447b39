/* SPDX-License-Identifier: EUPL-1.2 */
#include "adapters/desk_log.h"
#include "adapters/runner_impl.h"
#include "proto/base/clk.h"
#include "proto/base/log.h"

/* Why the hub opened another log, and what it has to hear again then. */

/* It did not show the entry that it must have. */
#define RETRY_MS 60000

static void
on_first_entry(void *arg, const struct proof *proof, enum wh_err err)
{
	struct runner *runner = arg;
	uint64_t index = runner->opened_index;

	runner->opened_index = 0;
	if (runner->closing || err == WH_AGAIN)
		return; /* the hub is away: next second */
	err = desk_log_opened(runner->desk, index,
	    err == WH_OK ? proof->leaf : span_of(NULL, 0), clk_wall_ms());
	if (err == WH_OK)
		return;
	runner->opened_retry_ms = clk_mono_ms() + RETRY_MS;
	log_warn("LOG-NOT-LOOKED-AT", "cause=%s", wh_err_str(err));
}

static void
look(struct runner *runner)
{
	uint64_t index = 0;
	enum wh_err err;

	if (runner->opened_index != 0 || !uplink_connected(runner->uplink) ||
	    clk_mono_ms() < runner->opened_retry_ms)
		return;
	err = desk_log_unseen(runner->desk, &index);
	if (err == WH_OK) {
		runner->opened_index = index;
		uplink_proof(runner->uplink, index, on_first_entry, runner);
	} else if (err != WH_NOT_FOUND) {
		log_err("PRESENTING-FAILED", "cause=%s", wh_err_str(err));
	}
}

void
runner_present_second(struct runner *runner)
{
	unsigned pushed = 0;
	enum wh_err err;

	look(runner);
	err = desk_present(runner->desk, clk_wall_ms(), &pushed);
	if (err != WH_OK)
		log_err("PRESENTING-FAILED", "cause=%s", wh_err_str(err));
	if (pushed > 0)
		runner_kick(runner);
}
