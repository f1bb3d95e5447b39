/* SPDX-License-Identifier: EUPL-1.2 */
#include <stdio.h>

#include "adapters/desk_log_impl.h"
#include "adapters/local.h"

/* The newest note on our own line, of the log that note is of. */
static enum wh_err
newest(struct desk *desk, struct kv_txn *txn, struct span note,
    struct note_checkpoint *head, struct span *ours, struct witness_head *known)
{
	const struct wh_register *reg = desk_register(desk);
	enum wh_err err;

	if (reg == NULL)
		return WH_NOT_FOUND;
	if (witness_open(reg, note, head) != WITNESS_COSIGNED)
		return WH_CRYPTO;
	err = desk_row_get(txn, ROW_SEEN, head->origin, ours, known);
	return err == WH_OK && ours->len == 0 ? WH_NOT_FOUND : err;
}

/* Is it the log that the hub keeps now? It proves nothing of older ones. */
static bool
is_current(struct kv_txn *txn, struct span origin)
{
	struct span value;

	return kv_peek(txn, LOCAL_HEADS, span_str(ROW_NEWEST), &value) ==
		   WH_OK &&
	       span_equal(value, origin);
}

static enum wh_err
compare_peer(struct desk *desk, struct kv_txn *txn, struct span note,
    struct size_range *sizes, char *origin, struct clash *clash)
{
	struct note_checkpoint head;
	struct witness_head known;
	enum witness_order order;
	struct span ours;
	enum wh_err err;

	err = newest(desk, txn, note, &head, &ours, &known);
	if (err != WH_OK)
		return err;
	order = witness_compare(&known, &head);
	if (order == WITNESS_FORK)
		desk_clash_set(clash, EVIDENCE_FORK, ours, note);
	if (order == WITNESS_FORK || order == WITNESS_SAME ||
	    !is_current(txn, head.origin) || head.size == 0 || known.size == 0)
		return WH_OK;
	sizes->from = head.size < known.size ? head.size : known.size;
	sizes->to = head.size < known.size ? known.size : head.size;
	(void)snprintf(origin, ORIGIN_MAX_LEN + 1, "%.*s", (int)head.origin.len,
	    (const char *)head.origin.p);
	return WH_AGAIN;
}

enum wh_err
desk_peer(struct desk *desk, struct span note, int64_t now_ms,
    struct size_range *sizes, char *origin)
{
	struct kv_txn *txn = NULL;
	struct clash clash = {0};
	enum wh_err err;

	err = kv_begin(desk->kv, KV_READ_ONLY, &txn);
	if (err == WH_OK)
		err = compare_peer(desk, txn, note, sizes, origin, &clash);
	kv_abort(&txn);
	desk_clash_end(desk, &clash, now_ms);
	return err;
}

static enum wh_err
check_peer(struct desk *desk, struct kv_txn *txn, struct span note,
    const struct consistency *proof)
{
	struct note_checkpoint head;
	struct witness_head known;
	struct witness_head theirs;
	struct span ours;
	enum wh_err err;
	bool ahead;

	err = newest(desk, txn, note, &head, &ours, &known);
	if (err != WH_OK)
		return err;
	theirs = (struct witness_head){.size = head.size, .root = head.root};
	ahead = theirs.size > known.size;
	if (proof->sizes.from != (ahead ? known.size : theirs.size) ||
	    proof->sizes.to != (ahead ? theirs.size : known.size))
		return WH_INVALID;
	err = witness_consistent(ahead ? &known : &theirs,
	    ahead ? &theirs : &known, proof->path, proof->path_count);
	return err == WH_OK ? WH_OK : WH_CRYPTO;
}

enum wh_err
desk_peer_proof(struct desk *desk, struct span note,
    const struct consistency *proof)
{
	struct kv_txn *txn = NULL;
	enum wh_err err;

	err = kv_begin(desk->kv, KV_READ_ONLY, &txn);
	if (err == WH_OK)
		err = check_peer(desk, txn, note, proof);
	kv_abort(&txn);
	return err;
}

enum wh_err
desk_peer_unproven(struct desk *desk, struct span note, int64_t now_ms)
{
	struct note_checkpoint head;
	struct witness_head known;
	struct kv_txn *txn = NULL;
	struct clash clash = {0};
	struct span ours;
	enum wh_err err;

	err = kv_begin(desk->kv, KV_READ_ONLY, &txn);
	if (err == WH_OK)
		err = newest(desk, txn, note, &head, &ours, &known);
	if (err == WH_OK && witness_compare(&known, &head) == WITNESS_FORK)
		desk_clash_set(&clash, EVIDENCE_FORK, ours, note);
	else if (err == WH_OK && head.size != known.size)
		desk_clash_set(&clash, EVIDENCE_UNPROVEN, ours, note);
	kv_abort(&txn);
	desk_clash_end(desk, &clash, now_ms);
	return err;
}
