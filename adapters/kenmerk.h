/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_ADAPTERS_KENMERK_H
#define WH_ADAPTERS_KENMERK_H

#include <jansson.h>

#include "adapters/vault.h"
#include "proto/base/kv.h"

/*
 * "kenmerk", the caller's own id of what a body makes: who asks again because
 * an answer was lost, gets what was made the first time. Stored are keyed
 * hashes only. Referrals and consents each have their own.
 */
enum kenmerk_of {
	KENMERK_REFERRAL,
	KENMERK_CONSENT
};

/*
 * What this body made before. WH_NOT_FOUND: nothing, or it has no kenmerk;
 * WH_EXISTS: something else, from other content.
 */
enum wh_err kenmerk_find(struct kv_txn *txn, const struct vault *vault,
    enum kenmerk_of what, const json_t *body, struct id *out);

/* Remember what the body made; without a kenmerk it does nothing. */
enum wh_err kenmerk_keep(struct kv_txn *txn, const struct vault *vault,
    enum kenmerk_of what, const json_t *body, const struct id *id);

/*
 * What was made from body, as it is kept, is gone: its kenmerk may be used
 * again, unless something else has it by now.
 */
enum wh_err kenmerk_forget(struct kv_txn *txn, const struct vault *vault,
    enum kenmerk_of what, const json_t *body, const struct id *id);

#endif
