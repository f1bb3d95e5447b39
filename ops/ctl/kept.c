/* SPDX-License-Identifier: EUPL-1.2 */
#include "ops/ctl/kept.h"

#include <inttypes.h>

#include "consent/audit_drop.h"
#include "consent/note_checkpoint.h"
#include "consent/note_proof.h"
#include "proto/base/file.h"
#include "proto/base/mem.h"

/* The signed note in what was kept. */
static struct span
note_in(struct span bytes, struct note_proof *proof)
{
	return note_proof_parse(bytes, proof) == WH_OK ? proof->checkpoint
						       : bytes;
}

/* Of a log that was kept for its years and is gone, the last root stays. */
static enum wh_err
compare_gone(const struct note_checkpoint *kept, uint64_t size,
    const struct hash *root, struct why *why)
{
	if (kept->size > size)
		return why_set(why, WH_CORRUPT,
		    "the log had %" PRIu64 " entries, and it is said that it "
		    "went with %" PRIu64,
		    kept->size, size);
	if (kept->size == size && !hash_equal(&kept->root, root))
		return why_set(why, WH_CORRUPT,
		    "at %" PRIu64 " entries the log had another root than it "
		    "is said to have gone with",
		    size);
	return WH_OK;
}

/* A proof of consistency, from the log itself, must lead from old to now. */
static enum wh_err
compare(struct kv_txn *txn, uint32_t generation,
    const struct note_checkpoint *kept, struct why *why)
{
	struct hash path[MERKLE_PATH_MAX];
	struct span spans[MERKLE_PATH_MAX];
	struct hash root;
	uint64_t size = 0;
	size_t count = 0;
	enum wh_err err;

	if (kept->size == 0)
		return WH_OK;
	if (audit_drop_head(txn, generation, &size, &root) == WH_OK)
		return compare_gone(kept, size, &root, why);
	err = audit_size_of(txn, generation, &size);
	if (err != WH_OK)
		return why_set(why, err, "the head of the log: %s",
		    wh_err_str(err));
	if (size < kept->size)
		return why_set(why, WH_CORRUPT,
		    "the log had %" PRIu64 " entries and has %" PRIu64
		    ": it was rolled back",
		    kept->size, size);
	err = audit_root_at(txn, generation, size, &root);
	if (err == WH_OK)
		err = audit_consistency(txn, generation, kept->size, size, path,
		    &count);
	for (size_t i = 0; i < count; i++)
		spans[i] = span_of(path[i].b, HASH_LEN);
	if (err == WH_OK &&
	    merkle_check_consistency(kept->size, size,
		span_of(kept->root.b, HASH_LEN), span_of(root.b, HASH_LEN),
		spans, count) != WH_OK)
		return why_set(why, WH_CORRUPT,
		    "at %" PRIu64 " entries the log had another root: it was "
		    "rewritten, or somebody was shown another log",
		    kept->size);
	return err;
}

enum wh_err
kept_check(const struct broker_store *store, const char *path, struct why *why)
{
	struct note_proof *proof = mem_new(sizeof(*proof));
	struct note_checkpoint kept;
	struct note_key keys[REGISTER_KEYS_MAX];
	size_t count;
	uint32_t generation = 0;
	uint8_t *bytes = NULL;
	size_t len = 0;
	enum wh_err err;

	err = file_read(path, NOTE_PROOF_MAX, &bytes, &len, why);
	if (err != WH_OK)
		goto out;
	count = register_log_keys(&store->reg, 0, keys);
	err = note_log_open(note_in(span_of(bytes, len), proof), keys, count,
	    &generation, &kept);
	if (err != WH_OK)
		err = why_set(why, WH_CRYPTO,
		    "%s: no checkpoint, nor a receipt, that this log signed",
		    path);
	else
		err = compare(store->txn, generation, &kept, why);
out:
	mem_free(bytes);
	mem_free(proof);
	return err;
}
