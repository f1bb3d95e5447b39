/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_OPS_CTL_BROKER_STORE_H
#define WH_OPS_CTL_BROKER_STORE_H

#include "consent/register.h"
#include "ops/ctl/ctl.h"
#include "proto/base/kv.h"

/*
 * A broker's folder, read only: its last commit, also while the broker runs.
 * Everything is released by broker_store_close().
 */
struct broker_store {
	struct kv *kv;
	struct kv_txn *txn;
	struct arena arena;
	struct wh_register reg; /* the register in force */
	char *second_path;      /* of the checkpoint */
};

/* On failure it has said why, and returns an exit status; else CTL_OK. */
int broker_store_open(const struct ctl *ctl, const char *dir,
    struct broker_store *out);
void broker_store_close(struct broker_store *store);

/* Begin again on what is committed now. */
enum wh_err broker_store_refresh(struct broker_store *store);

#endif
