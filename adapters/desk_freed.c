/* SPDX-License-Identifier: EUPL-1.2 */
#include "adapters/desk_state.h"
#include "adapters/local.h"
#include "proto/base/log.h"
#include "proto/base/workday.h"

#define RETRY_MS (3600ll * 1000)

/* Pages that were freed by an erasure still hold what was in them, sealed. */

static enum wh_err
is_noted(struct desk *desk, bool *out)
{
	struct kv_txn *txn = NULL;
	struct span value;
	enum wh_err err = kv_begin(desk->kv, KV_READ_ONLY, &txn);

	if (err == WH_OK)
		err = kv_peek(txn, LOCAL_META, span_str(LOCAL_FREED), &value);
	kv_abort(&txn);
	*out = err == WH_OK;
	return err == WH_NOT_FOUND ? WH_OK : err;
}

enum wh_err
freed_compact(struct desk *desk)
{
	struct shift shift;
	bool noted;
	enum wh_err err = is_noted(desk, &noted);

	if (err != WH_OK || !noted)
		return err;
	err = kv_compact(desk->kv);
	if (err == WH_FULL) {
		log_warn("STORE-NOT-COMPACTED", "cause=%s", wh_err_str(err));
		return WH_OK;
	}
	if (err == WH_OK)
		log_info("STORE-COMPACTED", "cause=erased");
	if (err == WH_OK)
		err = shift_begin(desk, 0, &shift);
	return err == WH_OK ? shift_end(&shift, kv_del(shift.txn, LOCAL_META,
						    span_str(LOCAL_FREED)))
			    : err;
}

enum wh_err
desk_compact(struct desk *desk, int64_t now_ms)
{
	if (!workday_is_night(now_ms) ||
	    now_ms - desk->compact_tried_ms < RETRY_MS)
		return WH_OK;
	desk->compact_tried_ms = now_ms;
	return freed_compact(desk);
}
