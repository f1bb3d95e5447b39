/* SPDX-License-Identifier: EUPL-1.2 */
#include "consent/audit_drop.h"
#include "consent/audit_impl.h"

#include <inttypes.h>

#include "consent/note_checkpoint.h"
#include "proto/base/file.h"
#include "proto/base/mem.h"

#define SECOND_MODE 0644 /* a checkpoint is public */

/* The same text under one more key of the log. */
static enum wh_err
sign_too(const char *origin, const struct sign_secret *key, char **note)
{
	char line[NOTE_LINE_SIZE];
	struct note_key log;
	struct note parsed;
	char *made = NULL;
	enum wh_err err;

	err = note_parse(span_str(*note), &parsed);
	if (err == WH_OK)
		err =
		    note_key_make(origin, NOTE_ED25519, key->public_key, &log);
	if (err == WH_OK)
		err = note_sign(&log, key, parsed.text, 0, line);
	if (err == WH_OK)
		err =
		    note_make(parsed.text, parsed.lines, span_str(line), &made);
	if (err != WH_OK)
		return err;
	mem_free(*note);
	*note = made;
	return WH_OK;
}

enum wh_err
audit_checkpoint_make(const struct audit *audit, const char *log_origin,
    const struct sign_secret *keys, size_t count, char **note)
{
	char origin[NOTE_LOG_ORIGIN_SIZE];
	struct note_checkpoint checkpoint = {.size = audit_size(audit),
	    .root = audit_root(audit)};
	struct note_key log;
	char *made = NULL;
	enum wh_err err;

	if (count == 0)
		return WH_INVALID;
	err = note_log_origin(log_origin, audit->generation, origin);
	if (err != WH_OK)
		return err;
	checkpoint.origin = span_str(origin);
	err = note_key_make(origin, NOTE_ED25519, keys[0].public_key, &log);
	if (err == WH_OK)
		err = note_checkpoint_seal(&checkpoint, &log, &keys[0], &made);
	for (size_t i = 1; i < count && err == WH_OK; i++)
		err = sign_too(origin, &keys[i], &made);
	if (err == WH_OK)
		*note = made;
	else
		mem_free(made);
	return err;
}

static enum wh_err
keep(struct kv_txn *txn, const char *name, const char *second_path,
    const char *note, struct why *why)
{
	struct audit_key key;
	struct audit audit;
	enum wh_err err;

	/* The file first: a store with a checkpoint always had one. */
	err = file_write(second_path, span_str(note), SECOND_MODE, why);
	if (err != WH_OK)
		return err;
	err = audit_load(&audit, txn);
	if (err == WH_OK) {
		key = audit_meta_key(name, audit.generation);
		err = kv_put(txn, TABLE_LOG_META, audit_key_span(&key),
		    span_str(note));
	}
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
audit_cosigned_get(struct kv_txn *txn, uint32_t generation, struct span *note)
{
	struct audit_key key = audit_meta_key(AUDIT_COSIGNED, generation);

	return kv_peek(txn, TABLE_LOG_META, audit_key_span(&key), note);
}

enum wh_err
audit_checkpoint_note(struct kv_txn *txn, uint32_t generation,
    struct span *note)
{
	struct audit_key key = audit_meta_key(AUDIT_CHECKPOINT, generation);

	return kv_peek(txn, TABLE_LOG_META, audit_key_span(&key), note);
}

/* Who signs, and what the log that txn holds looks like. */
struct comparison {
	struct kv_txn *txn;
	const struct note_key *keys; /* borrowed; named after generation 0 */
	size_t count;
	struct audit audit;
	bool kept; /* there is a checkpoint in the store */
};

static enum wh_err
tree_root(struct kv_txn *txn, uint32_t generation, uint64_t size,
    struct hash *root)
{
	struct audit_tree tree = {txn, generation};
	struct merkle_source nodes = audit_source(&tree);
	enum wh_err err = merkle_root(&nodes, size, root);

	return err == WH_NOT_FOUND ? WH_CORRUPT : err;
}

static enum wh_err
rolled_back(uint32_t generation, uint64_t size, uint64_t have,
    const char *where, struct why *why)
{
	return why_set(why, WH_CORRUPT,
	    "%s: generation %" PRIu32 " of the log had %" PRIu64
	    " entries and has %" PRIu64
	    ": it was rolled back; append nothing, put it back with `wijkhub "
	    "restore`",
	    where, generation, size, have);
}

/* Is the log that txn holds a continuation of what this note says? */
static enum wh_err
compare(const struct comparison *c, struct span note, const char *where,
    struct why *why)
{
	struct note_checkpoint checkpoint;
	struct merkle_frontier head;
	uint32_t generation;
	struct hash root;
	bool dropped = false;
	enum wh_err err;

	if (note_log_open(note, c->keys, c->count, &generation, &checkpoint) !=
	    WH_OK)
		return why_set(why, WH_CORRUPT,
		    "%s: no checkpoint that this log has signed", where);
	err = audit_head_get(c->txn, generation, &head);
	if (err != WH_OK)
		return why_set(why, err, "the head of the log: %s",
		    wh_err_str(err));
	if (generation > c->audit.generation || head.size < checkpoint.size)
		return rolled_back(generation, checkpoint.size, head.size,
		    where, why);
	err = audit_drop_state(c->txn, generation, &dropped);
	if (err != WH_OK || dropped)
		return err;
	err = tree_root(c->txn, generation, checkpoint.size, &root);
	if (err != WH_OK)
		return why_set(why, err, "the nodes of the log: %s",
		    wh_err_str(err));
	if (!hash_equal(&root, &checkpoint.root))
		return why_set(why, WH_CORRUPT,
		    "%s: generation %" PRIu32
		    " of the log has another root at %" PRIu64
		    " entries: it was forked; append nothing, put it back "
		    "with `wijkhub restore`",
		    where, generation, checkpoint.size);
	return WH_OK;
}

/* The head is the sum of the nodes, or one of them was changed. */
static enum wh_err
compare_head(const struct comparison *c, struct why *why)
{
	struct hash head = audit_root(&c->audit);
	struct hash root;
	enum wh_err err;

	err = tree_root(c->txn, c->audit.generation, audit_size(&c->audit),
	    &root);
	if (err != WH_OK)
		return why_set(why, err, "the nodes of the log: %s",
		    wh_err_str(err));
	if (!hash_equal(&head, &root))
		return why_set(why, WH_CORRUPT,
		    "the head of the log is not that of its nodes");
	return WH_OK;
}

/* The last checkpoint of each generation that is here. */
static enum wh_err
compare_store(struct comparison *c, struct why *why)
{
	uint32_t generation = 0;
	struct span note;
	uint64_t size;
	enum wh_err err;

	for (;; generation++) {
		err = audit_generation_next(c->txn, generation, &generation,
		    &size);
		if (err == WH_OK)
			err = audit_checkpoint_note(c->txn, generation, &note);
		else if (err == WH_NOT_FOUND)
			return WH_OK;
		if (err == WH_OK) {
			c->kept = true;
			err = compare(c, note, "the store", why);
			if (err != WH_OK)
				return err;
		} else if (err != WH_NOT_FOUND) {
			return why_set(why, err,
			    "the checkpoint in the store: %s", wh_err_str(err));
		}
		if (generation == c->audit.generation)
			return WH_OK;
	}
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
	    "or the folder with `wijkhub restore`",
	    path);
}

enum wh_err
audit_checkpoint_compare(struct kv_txn *txn, const char *second_path,
    const struct note_key *keys, size_t count, struct why *why)
{
	struct comparison c = {.txn = txn, .keys = keys, .count = count};
	uint8_t *second = NULL;
	size_t len = 0;
	enum wh_err err;

	err = audit_load(&c.audit, txn);
	if (err != WH_OK)
		return why_set(why, err, "the head of the log: %s",
		    wh_err_str(err));
	err = compare_head(&c, why);
	if (err == WH_OK)
		err = compare_store(&c, why);
	if (err != WH_OK)
		return err;
	err = file_read(second_path, NOTE_MAX, &second, &len, why);
	if (err == WH_NOT_FOUND)
		return c.kept ? no_second_file(second_path, why) : WH_OK;
	if (err != WH_OK)
		return err;
	err = compare(&c, span_of(second, len), second_path, why);
	mem_free(second);
	return err;
}
