/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_OPS_CTL_KEPT_H
#define WH_OPS_CTL_KEPT_H

#include "ops/ctl/broker_store.h"

/*
 * Does the log go on from what somebody kept of it: a checkpoint, or a receipt
 * with the checkpoint in it? An operator who has the log's key can rewrite the
 * log and sign it anew; what others hold he cannot rewrite. WH_CORRUPT, with
 * why: it was rolled back, or forked. WH_CRYPTO: the file is not of this log.
 * Other errors: the file or the log cannot be read.
 */
enum wh_err kept_check(const struct broker_store *store, const char *path,
    struct why *why);

#endif
