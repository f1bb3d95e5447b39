/* SPDX-License-Identifier: EUPL-1.2 */
#include "consent/audit_impl.h"

#include <inttypes.h>

#include "consent/note_checkpoint.h"
#include "proto/base/file.h"
#include "proto/base/mem.h"

#define SECOND_MODE 0644 /* a checkpoint is public */

enum wh_err
audit_checkpoint_make(const struct audit *audit, const char *origin,
    const struct sign_secret *key, char **note)
{
	const struct note_checkpoint checkpoint = {.origin = span_str(origin),
	    .size = audit_size(audit),
	    .root = audit_root(audit)};
	struct note_key log;
	enum wh_err err;

	err = note_key_make(origin, NOTE_ED25519, key->public_key, &log);
	if (err == WH_OK)
		err = note_checkpoint_seal(&checkpoint, &log, key, note);
	return err;
}

static enum wh_err
keep(struct kv_txn *txn, const char *key, const char *second_path,
    const char *note, struct why *why)
{
	enum wh_err err;

	/* The file first: a store with a checkpoint always had one. */
	err = file_write(second_path, span_str(note), SECOND_MODE, why);
	if (err != WH_OK)
		return err;
	err = kv_put(txn, TABLE_LOG_META, span_str(key), span_str(note));
	if (err != WH_OK)
		why_set(why, err, "the store takes no checkpoint: %s",
		    wh_err_str(err));
	return err;
}

enum wh_err
audit_checkpoint_keep(struct kv_txn *txn, const char *second_path,
    const char *note, struct why *why)
{
	return keep(txn, AUDIT_CHECKPOINT, second_path, note, why);
}

enum wh_err
audit_cosigned_keep(struct kv_txn *txn, const char *second_path,
    const char *note, struct why *why)
{
	return keep(txn, AUDIT_COSIGNED, second_path, note, why);
}

enum wh_err
audit_cosigned_get(struct kv_txn *txn, struct span *note)
{
	return kv_peek(txn, TABLE_LOG_META, span_str(AUDIT_COSIGNED), note);
}

/* Is the log that txn holds a continuation of what this note says? */
static enum wh_err
compare(struct kv_txn *txn, struct span note, const struct note_key *log,
    const char *where, struct why *why)
{
	struct merkle_source nodes = audit_source(txn);
	struct note_checkpoint checkpoint;
	struct audit audit;
	struct hash root;
	enum wh_err err;

	if (note_checkpoint_open(note, log, &checkpoint) != WH_OK)
		return why_set(why, WH_CORRUPT,
		    "%s: no checkpoint that this log has signed", where);
	err = audit_load(&audit, txn);
	if (err != WH_OK)
		return why_set(why, err, "the head of the log: %s",
		    wh_err_str(err));
	if (audit_size(&audit) < checkpoint.size)
		return why_set(why, WH_CORRUPT,
		    "%s: the log had %" PRIu64 " entries and has %" PRIu64
		    ": it was rolled back; append nothing, open a new origin",
		    where, checkpoint.size, audit_size(&audit));
	err = merkle_root(&nodes, checkpoint.size, &root);
	if (err == WH_NOT_FOUND)
		err = WH_CORRUPT;
	if (err != WH_OK)
		return why_set(why, err, "the nodes of the log: %s",
		    wh_err_str(err));
	if (!hash_equal(&root, &checkpoint.root))
		return why_set(why, WH_CORRUPT,
		    "%s: the log has another root at %" PRIu64
		    " entries: it was forked; append nothing, open a new "
		    "origin",
		    where, checkpoint.size);
	return WH_OK;
}

/* The head is the sum of the nodes, or one of them was changed. */
static enum wh_err
compare_head(struct kv_txn *txn, struct why *why)
{
	struct merkle_source nodes = audit_source(txn);
	struct audit audit;
	struct hash head;
	struct hash root;
	enum wh_err err;

	err = audit_load(&audit, txn);
	if (err == WH_OK)
		err = merkle_root(&nodes, audit_size(&audit), &root);
	if (err == WH_NOT_FOUND)
		err = WH_CORRUPT;
	if (err != WH_OK)
		return why_set(why, err, "the nodes of the log: %s",
		    wh_err_str(err));
	head = audit_root(&audit);
	if (!hash_equal(&head, &root))
		return why_set(why, WH_CORRUPT,
		    "the head of the log is not that of its nodes");
	return WH_OK;
}

/*
 * The file is written before the transaction of its checkpoint commits. So a
 * store that has a checkpoint had a file: without one it is a copy that was
 * put back, and may be behind what the world has seen.
 */
static enum wh_err
no_second_file(const char *path, struct why *why)
{
	return why_set(why, WH_CORRUPT,
	    "%s is missing: this may be a restored backup; put the file back, "
	    "or open a new origin",
	    path);
}

enum wh_err
audit_checkpoint_compare(struct kv_txn *txn, const char *second_path,
    const char *origin, const uint8_t log_key[SIGN_KEY_LEN], struct why *why)
{
	struct note_key log;
	uint8_t *second = NULL;
	struct span first = {0};
	size_t len = 0;
	bool kept;
	enum wh_err err;

	err = note_key_make(origin, NOTE_ED25519, log_key, &log);
	if (err != WH_OK)
		return why_set(why, err, "origin or key of the log: %s",
		    wh_err_str(err));
	err = compare_head(txn, why);
	if (err != WH_OK)
		return err;
	err = kv_peek(txn, TABLE_LOG_META, span_str(AUDIT_CHECKPOINT), &first);
	if (err != WH_OK && err != WH_NOT_FOUND)
		return why_set(why, err, "the checkpoint in the store: %s",
		    wh_err_str(err));
	kept = err == WH_OK;
	err = file_read(second_path, NOTE_MAX, &second, &len, why);
	if (err == WH_NOT_FOUND)
		return kept ? no_second_file(second_path, why) : WH_OK;
	if (err != WH_OK)
		return err;
	if (kept)
		err = compare(txn, first, &log, "the store", why);
	if (err == WH_OK)
		err =
		    compare(txn, span_of(second, len), &log, second_path, why);
	mem_free(second);
	return err;
}
