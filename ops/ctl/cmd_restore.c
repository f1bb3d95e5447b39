/* SPDX-License-Identifier: EUPL-1.2 */
#include <stdio.h>
#include <unistd.h>

#include "broker/core.h"
#include "consent/register.h"
#include "ops/ctl/backup.h"
#include "ops/ctl/log_keys.h"
#include "proto/base/file.h"
#include "proto/base/mem.h"

/*
 * A backup becomes a broker's folder again. Its log is behind what the world
 * has seen, so the folder is marked: the broker opens a new generation on the
 * last checkpoint that anybody knows, and writes nothing more to the old one.
 */

struct options {
	const char *from;
	const char *dir;
	const char *keys;
	const char *checkpoint;
};

static error_t
parse(int key, char *arg, struct argp_state *state)
{
	struct options *options = state->input;

	switch (key) {
	case 'k':
		options->keys = arg;
		return 0;
	case 'c':
		options->checkpoint = arg;
		return 0;
	case ARGP_KEY_ARG:
		if (options->from == NULL)
			options->from = arg;
		else if (options->dir == NULL)
			options->dir = arg;
		else
			argp_error(state, "one argument too many: %s", arg);
		return 0;
	case ARGP_KEY_END:
		if (options->dir == NULL)
			argp_error(state, "which backup, to which folder?");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_option argp_options[] = {
    {"keys", 'k', "FILE", 0, "keys of the details, the newest there are", 0},
    {"checkpoint", 'c', "FILE", 0,
	"a later checkpoint, from a member or the old folder", 0},
    {0},
};
static const struct argp argp = {.options = argp_options,
    .parser = parse,
    .args_doc = "FROM DIR"};

/* A restore under way. */
struct restore {
	const struct options *options;
	struct arena arena;
	struct wh_register reg;
	struct kv *kv;
	struct kv_txn *txn;
	char *known; /* owned: the last checkpoint that anybody knows */
	uint32_t generation;
	uint64_t size;
	uint64_t erased;
};

static enum wh_err
copy_store(const struct restore *r, struct why *why)
{
	char *store = file_path(r->options->dir, "store");
	struct kv *kv = NULL;
	enum wh_err err =
	    backup_open_store(r->options->from, KV_READ_ONLY, &kv, why);

	if (err == WH_OK) {
		err = kv_copy(kv, store);
		why_set(why, err, "%s: %s", store, wh_err_str(err));
	}
	kv_close(kv);
	mem_free(store);
	return err;
}

static enum wh_err
read_register(struct restore *r)
{
	struct span bytes;
	enum wh_err err;

	err = kv_peek(r->txn, TABLE_CORE_META, span_str("register"), &bytes);
	return err == WH_OK
		   ? register_read(&r->arena, bytes, NULL, &r->reg, NULL)
		   : err;
}

/* Is this one of our log's, and later than what is known? */
static enum wh_err
consider(struct restore *r, struct span note)
{
	struct note_key keys[REGISTER_KEYS_MAX];
	size_t count = register_log_keys(&r->reg, 0, keys);
	struct note_checkpoint checkpoint;
	uint32_t generation;
	enum wh_err err;

	err = note_log_open(note, keys, count, &generation, &checkpoint);
	if (err != WH_OK)
		return err;
	if (r->known != NULL &&
	    (generation < r->generation ||
		(generation == r->generation && checkpoint.size <= r->size)))
		return WH_OK;
	mem_free(r->known);
	r->known = mem_new(note.len + 1);
	memcpy(r->known, note.p, note.len);
	r->generation = generation;
	r->size = checkpoint.size;
	return WH_OK;
}

static enum wh_err
consider_file(struct restore *r, const char *path, struct why *why)
{
	uint8_t *note = NULL;
	size_t len = 0;
	enum wh_err err = file_read(path, NOTE_MAX, &note, &len, why);

	if (err == WH_OK) {
		err = consider(r, span_of(note, len));
		why_set(why, err, "%s: no checkpoint that this log has signed",
		    path);
	}
	mem_free(note);
	return err;
}

/* In the store, beside the backup, and the file that was given. */
static enum wh_err
find_known(struct restore *r, struct why *why)
{
	char *beside = file_path(r->options->from, "checkpoint");
	struct span note;
	enum wh_err err = backup_last_note(r->txn, &note);

	if (err == WH_OK)
		err = consider(r, note);
	if (err == WH_OK || err == WH_NOT_FOUND)
		err = consider_file(r, beside, why);
	mem_free(beside);
	if (err != WH_OK && err != WH_NOT_FOUND)
		return err;
	if (r->options->checkpoint != NULL) {
		err = consider_file(r, r->options->checkpoint, why);
		if (err != WH_OK)
			return err;
	}
	return r->known != NULL
		   ? WH_OK
		   : why_set(why, WH_NOT_FOUND,
			 "no checkpoint is known; give one with --checkpoint");
}

/* A backup has none of its keys; an old folder has them all. */
static enum wh_err
put_keys(struct restore *r, struct why *why)
{
	struct log_keys keys = {0};
	enum wh_err err = log_keys_load(r->txn, &keys);

	if (err == WH_OK && keys.count == 0 && r->options->keys == NULL)
		err = why_set(why, WH_REFUSED,
		    "its keys are elsewhere; give the newest with --keys");
	else if (err == WH_OK && keys.count == 0)
		err = log_keys_read(r->options->keys, &keys, why);
	if (err == WH_OK) {
		err = log_keys_restore(r->txn, &keys, &r->erased);
		if (err == WH_NOT_FOUND)
			err = why_set(why, WH_INVALID,
			    "the keys are not those of this hub");
	}
	log_keys_free(&keys);
	return err;
}

static enum wh_err
write_mark(const struct restore *r, struct why *why)
{
	char *path = file_path(r->options->dir, "restored");
	enum wh_err err = file_write(path, span_str(r->known), 0600, why);

	mem_free(path);
	return err;
}

/* The mark first: without it the folder must not look like a broker's. */
static enum wh_err
restore(struct restore *r, struct why *why)
{
	enum wh_err err =
	    backup_open_store(r->options->from, KV_READ_ONLY, &r->kv, why);

	if (err == WH_OK)
		err = kv_begin(r->kv, KV_READ_ONLY, &r->txn);
	if (err == WH_OK)
		err = read_register(r);
	if (err == WH_OK)
		err = find_known(r, why);
	kv_abort(&r->txn);
	kv_close(r->kv);
	r->kv = NULL;
	if (err == WH_OK)
		err = file_mkdir(r->options->dir, why);
	if (err == WH_OK)
		err = write_mark(r, why);
	if (err == WH_OK)
		err = copy_store(r, why);
	if (err == WH_OK)
		err = backup_open_store(r->options->dir, KV_READ_WRITE, &r->kv,
		    why);
	if (err == WH_OK)
		err = kv_begin(r->kv, KV_READ_WRITE, &r->txn);
	if (err == WH_OK)
		err = put_keys(r, why);
	if (err == WH_OK)
		err = kv_commit(&r->txn);
	kv_abort(&r->txn);
	kv_close(r->kv);
	r->kv = NULL;
	if (err == WH_OK)
		err = backup_complete(r->options->dir, why);
	return err == WH_OK ? backup_check(r->options->dir, why) : err;
}

static int
told(const struct ctl *ctl, const struct restore *r)
{
	if (ctl->json)
		return ctl_json(json_pack("{s:b, s:s, s:I, s:I, s:I}", "ok", 1,
				    "dir", r->options->dir, "lastGeneration",
				    (json_int_t)r->generation, "lastSize",
				    (json_int_t)r->size, "erasedAgain",
				    (json_int_t)r->erased),
		    CTL_OK);
	printf("%s is whole and checked. The last known checkpoint has %llu "
	       "entries of generation %u;\n"
	       "the broker will open a new generation on it. %llu things that "
	       "were erased since are erased again.\n",
	    r->options->dir, (unsigned long long)r->size, r->generation,
	    (unsigned long long)r->erased);
	return CTL_OK;
}

int
cmd_restore(struct ctl *ctl, int argc, char **argv)
{
	struct options options = {0};
	struct restore r = {.options = &options};
	struct why why = {""};
	enum wh_err err;
	int status;

	ctl_parse(ctl, &argp, argc, argv, &options);
	if (!backup_dir_is_free(options.dir))
		return ctl_fail(ctl, CTL_NO, "%s: is not empty", options.dir);
	arena_init(&r.arena, (size_t)16 * REGISTER_MAX);
	err = restore(&r, &why);
	if (err == WH_OK) {
		status = told(ctl, &r);
	} else {
		char *mark = file_path(options.dir, "restored");

		unlink(mark);
		mem_free(mark);
		backup_remove(options.dir);
		status = ctl_fail(ctl, CTL_NO, "not restored: %s",
		    why.text[0] == '\0' ? wh_err_str(err) : why.text);
	}
	mem_free(r.known);
	arena_fini(&r.arena);
	return status;
}
