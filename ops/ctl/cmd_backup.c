/* SPDX-License-Identifier: EUPL-1.2 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "broker/check.h"
#include "broker/core.h"
#include "broker/journal_format.h"
#include "broker/journal_segment.h"
#include "ops/ctl/backup.h"
#include "ops/ctl/log_keys.h"
#include "proto/base/file.h"
#include "proto/base/mem.h"
#include "proto/base/proc.h"

/*
 * A copy of a broker's folder at its last commit, and the keys of its details
 * apart. While the keys are still in the copy it lies beside the key file.
 */

struct options {
	const char *dir;
	const char *to;
	const char *keys;
};

static error_t
parse(int key, char *arg, struct argp_state *state)
{
	struct options *options = state->input;

	switch (key) {
	case 'k':
		options->keys = arg;
		return 0;
	case ARGP_KEY_ARG:
		if (options->dir == NULL)
			options->dir = arg;
		else if (options->to == NULL)
			options->to = arg;
		else
			argp_error(state, "one argument too many: %s", arg);
		return 0;
	case ARGP_KEY_END:
		if (options->to == NULL)
			argp_error(state, "from which folder, to which?");
		if (options->keys == NULL)
			argp_error(state, "where do the keys go? give --keys");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_option argp_options[] = {
    {"keys", 'k', "FILE", 0, "keys of the details, kept elsewhere", 0},
    {0},
};
static const struct argp argp = {.options = argp_options,
    .parser = parse,
    .args_doc = "DIR TO"};

bool
backup_dir_is_free(const char *path)
{
	DIR *dir = opendir(path);
	const struct dirent *entry;
	bool free_ = true;

	if (dir == NULL)
		return true;
	while ((entry = readdir(dir)) != NULL)
		if (strcmp(entry->d_name, ".") != 0 &&
		    strcmp(entry->d_name, "..") != 0)
			free_ = false;
	closedir(dir);
	return free_;
}

enum wh_err
backup_open_store(const char *dir, enum kv_mode mode, struct kv **out,
    struct why *why)
{
	const struct kv_options options = {.mode = mode,
	    .map_bytes = mode == KV_READ_WRITE ? (size_t)1 << 38 : 0,
	    .tables = core_table_names,
	    .table_count = CORE_TABLES};
	char *path = file_path(dir, "store");
	enum wh_err err = kv_open(path, &options, out, why);

	mem_free(path);
	return err;
}

static void
note_finding(void *arg, const char *finding)
{
	(void)arg;
	(void)fprintf(stderr, "%s\n", finding);
}

enum wh_err
backup_check(const char *dir, struct why *why)
{
	struct check_result result = {0};
	enum wh_err err = check_folder(dir, note_finding, NULL, &result, why);

	if (err == WH_OK && result.findings > 0)
		err = why_set(why, WH_CORRUPT, "%s: %llu findings", dir,
		    result.findings);
	return err;
}

/* A journal that ends where the store does: nothing is to be replayed. */
static enum wh_err
write_anchor(const char *dir, uint64_t seq, struct why *why)
{
	static uint8_t file[2 * JOURNAL_BLOCK];
	const struct command tick = {.kind = COMMAND_TICK,
	    .bytes = span_str("")};
	const struct journal_record record = {.seq = seq,
	    .count = 1,
	    .commands = &tick};
	char *journal = file_path(dir, "journal");
	char *path = file_path(journal, "0000000000000001.wal");
	struct id mark;
	enum wh_err err = file_mkdir(journal, why);

	random_fill(mark.b, sizeof(mark.b));
	segment_header_encode(1, &mark, file);
	journal_encode(&record, &mark, file + JOURNAL_BLOCK);
	if (err == WH_OK && seq > 0)
		err = file_write(path, span_of(file, sizeof(file)), 0600, why);
	mem_free(path);
	mem_free(journal);
	return err;
}

static uint64_t
store_seq(struct kv_txn *txn)
{
	struct span value;

	return kv_peek(txn, TABLE_CORE_META, span_str("seq"), &value) ==
			   WH_OK &&
		       value.len == 8
		   ? be64_get(value.p)
		   : 0;
}

enum wh_err
backup_last_note(struct kv_txn *txn, struct span *note)
{
	struct audit audit;
	uint32_t generation;
	enum wh_err err = audit_load(&audit, txn);

	if (err != WH_OK)
		return err;
	for (generation = audit_generation(&audit);; generation--) {
		err = audit_checkpoint_note(txn, generation, note);
		if (err != WH_NOT_FOUND || generation == 0)
			return err;
	}
}

/* What a store needs beside it to be a broker's folder. */
enum wh_err
backup_complete(const char *dir, struct why *why)
{
	char *second = file_path(dir, "checkpoint");
	struct kv_txn *txn = NULL;
	struct kv *kv = NULL;
	struct span note;
	enum wh_err err = backup_open_store(dir, KV_READ_ONLY, &kv, why);

	if (err == WH_OK)
		err = kv_begin(kv, KV_READ_ONLY, &txn);
	if (err == WH_OK)
		err = write_anchor(dir, store_seq(txn), why);
	if (err == WH_OK) {
		err = backup_last_note(txn, &note);
		if (err == WH_OK)
			err = file_write(second, note, 0644, why);
		else if (err == WH_NOT_FOUND)
			err = WH_OK; /* nothing was ever shown */
	}
	kv_abort(&txn);
	kv_close(kv);
	mem_free(second);
	return err;
}

/* The last commit of from, in a folder of its own. */
static enum wh_err
copy_store(const char *from, const char *to, struct why *why)
{
	char *store = file_path(to, "store");
	struct kv *kv = NULL;
	enum wh_err err = backup_open_store(from, KV_READ_ONLY, &kv, why);

	if (err == WH_OK) {
		err = kv_copy(kv, store);
		why_set(why, err, "%s: %s", store, wh_err_str(err));
	}
	kv_close(kv);
	mem_free(store);
	return err;
}

static enum wh_err
take_keys(const char *dir, const char *path, struct why *why)
{
	struct log_keys keys = {0};
	struct kv_txn *txn = NULL;
	struct kv *kv = NULL;
	enum wh_err err = backup_open_store(dir, KV_READ_WRITE, &kv, why);

	if (err == WH_OK)
		err = kv_begin(kv, KV_READ_WRITE, &txn);
	if (err == WH_OK)
		err = log_keys_load(txn, &keys);
	if (err == WH_OK)
		err = log_keys_write(path, &keys, why);
	if (err == WH_OK)
		err = log_keys_strip(txn, &keys);
	if (err == WH_OK)
		err = kv_commit(&txn);
	kv_abort(&txn);
	kv_close(kv);
	log_keys_free(&keys);
	return err;
}

void
backup_remove(const char *dir)
{
	static const char *const files[] = {"store/data.mdb", "store/lock.mdb",
	    "journal/0000000000000001.wal", "checkpoint", "backup"};
	static const char *const folders[] = {"store", "journal", "."};
	char *path;
	size_t i;

	for (i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		path = file_path(dir, files[i]);
		unlink(path);
		mem_free(path);
	}
	for (i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		path = i == 2 ? mem_strdup(dir) : file_path(dir, folders[i]);
		rmdir(path);
		mem_free(path);
	}
}

/* So that no broker starts on it. */
static enum wh_err
write_word(const char *dir, struct why *why)
{
	char *path = file_path(dir, "backup");
	enum wh_err err = file_write(path,
	    span_str("A backup: put it back with `wijkhub restore`.\n"), 0600,
	    why);

	mem_free(path);
	return err;
}

/* Whole and checked; then without its keys, compacted, and checked again. */
static enum wh_err
back_up(const struct options *options, const char *whole, struct why *why)
{
	enum wh_err err = copy_store(options->dir, whole, why);

	if (err == WH_OK)
		err = backup_complete(whole, why);
	if (err == WH_OK)
		err = backup_check(whole, why);
	if (err == WH_OK)
		err = take_keys(whole, options->keys, why);
	if (err == WH_OK)
		err = copy_store(whole, options->to, why);
	if (err == WH_OK)
		err = backup_complete(options->to, why);
	if (err == WH_OK)
		err = write_word(options->to, why);
	return err == WH_OK ? backup_check(options->to, why) : err;
}

/* Records that only the journal has, of a broker that crashed. */
static enum wh_err
refuse_tail(const char *dir, struct why *why)
{
	struct command *commands = mem_new(BATCH_MAX * sizeof(*commands));
	struct journal_record record;
	struct segments segments;
	char *path = file_path(dir, "journal");
	uint64_t last = 0, seq = 0;
	struct kv_txn *txn = NULL;
	struct kv *kv = NULL;
	enum wh_err err = segments_read(&segments, path, why);
	bool opened = err == WH_OK;

	for (size_t i = 0; err == WH_OK && i < segments.count; i++) {
		uint8_t *bytes = NULL;
		size_t len = 0, at = JOURNAL_BLOCK;

		err = segment_read(&segments.list[i], &bytes, &len, why);
		while (
		    err == WH_OK && at < len &&
		    journal_decode(span_of(bytes + at, len - at),
			&segments.list[i].mark, commands, &record) == WH_OK) {
			last = record.seq;
			at +=
			    journal_record_size(record.commands, record.count);
		}
		mem_free(bytes);
	}
	if (opened)
		segments_close(&segments);
	if (err == WH_OK)
		err = backup_open_store(dir, KV_READ_ONLY, &kv, why);
	if (err == WH_OK)
		err = kv_begin(kv, KV_READ_ONLY, &txn);
	if (err == WH_OK)
		seq = store_seq(txn);
	if (err == WH_OK && last > seq)
		err = why_set(why, WH_REFUSED,
		    "the broker did not end well, and its journal has %llu "
		    "records more than its store: start it first",
		    (unsigned long long)(last - seq));
	kv_abort(&txn);
	kv_close(kv);
	mem_free(path);
	mem_free(commands);
	return err;
}

int
cmd_backup(struct ctl *ctl, int argc, char **argv)
{
	struct options options = {0};
	struct why why = {""};
	char *whole;
	size_t size;
	enum wh_err err = WH_OK;

	ctl_parse(ctl, &argp, argc, argv, &options);
	if (!backup_dir_is_free(options.to))
		return ctl_fail(ctl, CTL_NO, "%s: is not empty", options.to);
	size = strlen(options.keys) + sizeof(".part");
	whole = mem_new(size);
	(void)snprintf(whole, size, "%s.part", options.keys);
	backup_remove(whole); /* of one that was cut off */
	/* A broker that runs works off its journal by itself. */
	if (proc_lock(options.dir, NULL) == WH_OK)
		err = refuse_tail(options.dir, &why);
	if (err == WH_OK)
		err = back_up(&options, whole, &why);
	backup_remove(whole);
	if (err != WH_OK)
		backup_remove(options.to);
	mem_free(whole);
	if (err != WH_OK)
		return ctl_fail(ctl, CTL_NO, "no backup: %s",
		    why.text[0] == '\0' ? wh_err_str(err) : why.text);
	if (ctl->json)
		return ctl_json(json_pack("{s:b, s:s, s:s}", "ok", 1, "backup",
				    options.to, "keys", options.keys),
		    CTL_OK);
	printf("%s is a whole copy, checked; the keys of its details are in "
	       "%s\n",
	    options.to, options.keys);
	return CTL_OK;
}
