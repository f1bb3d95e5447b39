/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_ADAPTERS_DOSSIER_H
#define WH_ADAPTERS_DOSSIER_H

#include <jansson.h>

#include "adapters/vault.h"
#include "proto/base/kv.h"
#include "proto/referral.h"

/*
 * A referral as this member keeps it: the JSON of DOSSIER.md, encrypted at
 * rest. The rest of the desk reads and writes it through these.
 */

/*
 * Store and read back; a new reference. WH_NOT_FOUND, WH_CRYPTO. What has ended
 * is found again when its time has come (retention.h).
 */
enum wh_err dossier_put(struct kv_txn *txn, const struct vault *vault,
    const struct id *case_ref, const json_t *dossier);
enum wh_err dossier_get(struct kv_txn *txn, const struct vault *vault,
    const struct id *case_ref, json_t **out);
enum wh_err dossier_del(struct kv_txn *txn, const struct id *case_ref);

/* Any JSON, sealed under table and key; the same for consents. */
enum wh_err sealed_json_put(struct kv_txn *txn, const struct vault *vault,
    unsigned table, struct span key, const json_t *value);
enum wh_err sealed_json_get(struct kv_txn *txn, const struct vault *vault,
    unsigned table, struct span key, json_t **out);

enum referral_state dossier_state(const json_t *dossier);

/* Into a state, with the time of the end kept where it is one. */
void dossier_state_set(json_t *dossier, enum referral_state state,
    int64_t now_ms);
struct referral_view dossier_view(const json_t *dossier);
enum actor dossier_actor(const json_t *dossier);
const char *dossier_other(const json_t *dossier); /* the other member's id */

/*
 * The hub's order. "stand" is the highest place in its log that the state
 * includes, "wacht" how many of our own events it has not answered yet: until
 * then the state is what we expect, and "voor" what it was.
 */

/* An event of ours leaves; call it before the state moves. */
void dossier_sent(json_t *dossier);

/*
 * The hub answered one: at index of its log the referral was in state (0: not
 * said), or is_now: it is by now.
 */
struct dossier_answer {
	uint64_t index;
	int64_t at_ms; /* of the hub; 0: not said */
	uint32_t state;
	bool is_now;
	int64_t now_ms;
};
void dossier_answered(json_t *dossier, const struct dossier_answer *answer);

/* The hub said in which state the referral was at at_ms, without an event that
 * could move it: false when we know of something later. */
bool dossier_told(const json_t *dossier, int64_t at_ms);

/* From now on the state includes the log up to index: false when it did so
 * already, and what stands there must not move it again. 0 is unknown: true. */
bool dossier_advance(json_t *dossier, uint64_t index);

/*
 * Append to "gebeurtenissen" (entry is stolen; "op" and "status" are added)
 * and return its place.
 */
size_t dossier_add_event(json_t *dossier, json_t *entry, int64_t now_ms);

/* As the API shows it: only what may be read in this state. New reference. */
json_t *dossier_api(const json_t *dossier);

#endif
