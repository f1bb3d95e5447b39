/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_ADAPTERS_RELATIONS_H
#define WH_ADAPTERS_RELATIONS_H

#include "adapters/vault.h"
#include "proto/base/kv.h"

/*
 * Own client number and other member <-> relation reference: 128 random bits
 * that nothing can be computed back from. The client number is kept only as a
 * keyed hash (to find the relation) and sealed (to find the client).
 */

/* The relation of client with member; made when there is none yet. */
enum wh_err relations_get(struct kv_txn *txn, const struct vault *vault,
    const char *client, const char *member, struct id *out);

/* The same, without making one: WH_NOT_FOUND. */
enum wh_err relations_find(struct kv_txn *txn, const struct vault *vault,
    const char *client, const char *member, struct id *out);

/*
 * From now on this relation is our client (known from the other side), and no
 * other that it was taken for before. A relation of this client that we made
 * before stays the one that we refer under: permissions may rest on it.
 */
enum wh_err relations_put(struct kv_txn *txn, const struct vault *vault,
    const char *client, const char *member, const struct id *relation_ref);

/* Our client number in this relation; heap, WH_NOT_FOUND when we know none. */
enum wh_err relations_client(struct kv_txn *txn, const struct vault *vault,
    const struct id *relation_ref, char **client);

/*
 * The next relation after *relation_ref (zero for the first) that is this
 * client's, or was taken for it before. WH_NOT_FOUND at the end.
 */
enum wh_err relations_next(struct kv_txn *txn, const struct vault *vault,
    const char *client, struct id *relation_ref);

/* Nothing rests on this relation with member any more: forget whose it was. */
enum wh_err relations_forget(struct kv_txn *txn, const struct vault *vault,
    const char *member, const struct id *relation_ref);

#endif
