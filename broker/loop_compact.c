/* SPDX-License-Identifier: EUPL-1.2 */
#include "broker/loop_state.h"
#include "proto/base/be.h"
#include "proto/base/clk.h"
#include "proto/base/log.h"
#include "proto/base/proc.h"
#include "proto/base/workday.h"

/*
 * What was erased is still in pages that LMDB freed, and in the journal's
 * records, whose seeds make keys. Both are written anew: at night, at a start,
 * and when an operator asks. Nothing else happens meanwhile.
 */

#define RETRY_MS ((int64_t)3600 * 1000)

/* Records before now leave the disk with the segments that hold them. */
static enum wh_err
roll(struct loop *loop, int64_t since_ms)
{
	uint8_t told[8];
	bool more = true;
	enum wh_err err = WH_OK;

	while (err == WH_OK && more)
		err = journal_prepare(loop->journal, &more);
	if (err == WH_OK)
		err = journal_roll(loop->journal);
	if (err != WH_OK)
		return err;
	be64_put(told, (uint64_t)since_ms);
	batch_add(loop, COMMAND_COMPACTED, "", span_of(told, sizeof(told)));
	err = batch_run(loop);
	return err == WH_OK ? store_commit(loop) : err;
}

static enum wh_err
compact(struct loop *loop, int64_t since_ms)
{
	struct kv_txn *none = NULL;
	enum wh_err err, begun;

	err = batch_run(loop);
	if (err == WH_OK)
		err = store_commit(loop);
	if (err != WH_OK)
		return err;
	kv_abort(&loop->txn); /* nothing was written in it yet */
	err = kv_compact(loop->kv);
	if (err == WH_OK || err == WH_FULL) {
		begun = kv_begin(loop->kv, KV_READ_WRITE, &none);
		loop->txn = none;
		err = begun == WH_OK ? err : begun;
	}
	return err == WH_OK ? roll(loop, since_ms) : err;
}

enum wh_err
compact_now(struct loop *loop)
{
	int64_t from_ms = clk_mono_ms();
	int64_t since_ms = 0;
	enum wh_err err = core_erased_since(loop->txn, &since_ms);

	loop->compact_tried_mono_ms = loop->mono_ms;
	proc_notify("WATCHDOG=1");
	if (err == WH_OK)
		err = compact(loop, since_ms);
	proc_notify("WATCHDOG=1");
	if (err == WH_OK)
		log_info("COMPACTED", "ms=%lld",
		    (long long)(clk_mono_ms() - from_ms));
	else
		log_err("COMPACT-FAILED", "cause=%s", wh_err_str(err));
	return err;
}

/* Erased bytes wait for the night, and a full disk for an hour. */
enum wh_err
compact_second(struct loop *loop)
{
	int64_t since_ms = 0;
	enum wh_err err = core_erased_since(loop->txn, &since_ms);

	if (err != WH_OK || since_ms == 0 || !workday_is_night(loop->now_ms) ||
	    (loop->compact_tried_mono_ms != 0 &&
		loop->mono_ms - loop->compact_tried_mono_ms < RETRY_MS))
		return err;
	err = compact_now(loop);
	return err == WH_FULL ? WH_OK : err;
}

enum wh_err
compact_start(struct loop *loop)
{
	int64_t since_ms = 0;
	enum wh_err err = core_erased_since(loop->txn, &since_ms);

	if (err != WH_OK || since_ms == 0)
		return err;
	err = compact_now(loop);
	return err == WH_FULL ? WH_OK : err;
}
