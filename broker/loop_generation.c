/* SPDX-License-Identifier: EUPL-1.2 */
#include <unistd.h>

#include "broker/loop_state.h"
#include "proto/base/clk.h"
#include "proto/base/file.h"
#include "proto/base/log.h"
#include "proto/base/mem.h"
#include "proto/base/workday.h"

/*
 * The log goes on under another origin: at the change of year, after a last
 * checkpoint of the old one; and after `wijkhub restore`, which left the last
 * checkpoint that anybody knows in a file.
 */

#define RESTORED "restored"
#define HALF_DAY ((int64_t)12 * 3600 * 1000)
#define YEAR_LEN 4

/* Its keys are elsewhere, and its log is behind. */
static bool
is_backup(const struct loop *loop)
{
	char *path = file_path(loop->dir, "backup");
	bool found = access(path, F_OK) == 0;

	mem_free(path);
	return found;
}

static char *
restored_path(const struct loop *loop)
{
	return file_path(loop->dir, RESTORED);
}

bool
generation_restored(const struct loop *loop)
{
	char *path = restored_path(loop);
	bool found = access(path, F_OK) == 0;

	mem_free(path);
	return found;
}

static enum wh_err
open_next(struct loop *loop, enum audit_opened reason, uint32_t generation,
    struct span note)
{
	size_t len = 5 + note.len;
	uint8_t *bytes = mem_new(len);
	enum wh_err err;

	bytes[0] = (uint8_t)reason;
	be32_put(bytes + 1, generation);
	memcpy(bytes + 5, note.p, note.len);
	batch_add(loop, COMMAND_OPEN, "", span_of(bytes, len));
	mem_free(bytes);
	err = batch_run(loop);
	if (err == WH_OK &&
	    audit_generation(core_audit(loop->core)) != generation)
		err = WH_CORRUPT; /* we made the note ourselves */
	if (err != WH_OK)
		return err;
	witness_opened(loop);
	log_info("LOG-OPENED", "generation=%u reason=%s", generation,
	    reason == AUDIT_OPENED_YEAR ? "year" : "restored");
	return WH_OK;
}

/* A start that was cut off has opened it already. */
static bool
is_open_on(struct loop *loop, struct span note)
{
	const struct audit *audit = core_audit(loop->core);
	struct audit_leaf leaf;
	struct hash link;
	struct span bytes;

	return audit_leaf_get(loop->txn,
		   note_log_entry(audit_generation(audit), 0),
		   &bytes) == WH_OK &&
	       audit_leaf_read(bytes, &leaf) == WH_OK &&
	       leaf.kind == AUDIT_OPENED &&
	       leaf.reason == AUDIT_OPENED_RESTORED &&
	       note_log_link(note, &link) == WH_OK &&
	       hash_equal(&link, &leaf.commitment);
}

static enum wh_err
open_restored(struct loop *loop, const char *path, struct span note,
    struct why *why)
{
	const struct registry *registry = core_register(loop->core);
	uint32_t ours = audit_generation(core_audit(loop->core));
	struct note_key keys[LOG_KEYS_MAX];
	struct note_checkpoint known;
	uint32_t generation = 0;
	enum wh_err err = WH_OK;

	if (registry == NULL ||
	    note_log_open(note, keys, store_log_keys(loop, keys), &generation,
		&known) != WH_OK)
		return why_set(why, WH_CORRUPT,
		    "%s: no checkpoint that this log has signed; restore again",
		    path);
	if (!is_open_on(loop, note))
		err = open_next(loop, AUDIT_OPENED_RESTORED,
		    (generation > ours ? generation : ours) + 1, note);
	if (err == WH_OK)
		err = store_close_log(loop);
	if (err == WH_OK && unlink(path) != 0)
		err = WH_IO;
	return err == WH_OK ? file_sync_dir(loop->dir) : err;
}

enum wh_err
generation_start(struct loop *loop, struct why *why)
{
	char *path = restored_path(loop);
	uint8_t *note = NULL;
	size_t len = 0;
	enum wh_err err = file_read(path, NOTE_MAX, &note, &len, why);

	if (is_backup(loop))
		err = why_set(why, WH_REFUSED,
		    "%s: is a backup; put it back with `wijkhub restore`",
		    loop->dir);
	else if (err == WH_OK)
		err = open_restored(loop, path, span_of(note, len), why);
	else if (err == WH_NOT_FOUND)
		err = WH_OK;
	mem_free(note);
	mem_free(path);
	return err;
}

/* The year of this moment in Amsterdam, as four digits. */
static void
year_of(int64_t at_ms, char out[YEAR_LEN])
{
	char iso[CLK_ISO_SIZE];

	clk_iso(workday_start(workday_day(at_ms)) + HALF_DAY, iso);
	memcpy(out, iso, YEAR_LEN);
}

static enum wh_err
opened_in(struct loop *loop, char year[YEAR_LEN])
{
	uint32_t generation = audit_generation(core_audit(loop->core));
	struct audit_leaf leaf;
	struct span bytes;
	enum wh_err err;

	err = audit_leaf_get(loop->txn, note_log_entry(generation, 0), &bytes);
	if (err == WH_OK && audit_leaf_read(bytes, &leaf) != WH_OK)
		err = WH_CORRUPT;
	if (err == WH_OK)
		year_of(leaf.at_ms, year);
	return err;
}

enum wh_err
generation_second(struct loop *loop)
{
	uint32_t generation = audit_generation(core_audit(loop->core));
	char opened[YEAR_LEN], now[YEAR_LEN];
	enum wh_err err = opened_in(loop, opened);

	if (err != WH_OK)
		return err == WH_NOT_FOUND ? WH_OK : err; /* empty */
	year_of(loop->now_ms, now);
	if (memcmp(opened, now, YEAR_LEN) >= 0)
		return WH_OK;
	err = batch_run(loop);
	if (err == WH_OK)
		err = store_close_log(loop);
	if (err == WH_FULL)
		return WH_OK; /* with the next second */
	if (err == WH_OK)
		err = open_next(loop, AUDIT_OPENED_YEAR, generation + 1,
		    span_str(loop->checkpoint));
	return err;
}
