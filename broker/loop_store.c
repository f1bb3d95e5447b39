/* SPDX-License-Identifier: EUPL-1.2 */
#include <sys/stat.h>
#include <unistd.h>

#include "broker/loop_state.h"
#include "proto/base/clk.h"
#include "proto/base/file.h"
#include "proto/base/log.h"
#include "proto/base/mem.h"
#include "proto/wire.h"

/* What acknowledgements and withdrawals can still use when intake stops. */
#define RESERVE_SHARE 4 /* a quarter of the limit, above it */
#define GROW_BYTES    ((size_t)64 * 1024 * 1024)
/* Of the blocks that the store has on disk, what intake leaves alone. */
#define DISK_RESERVE     ((size_t)4 * 1024 * 1024)
#define RESERVE_SEGMENTS 1
/* A register file, or a key file, is seen this soon: an emergency has a second
 * for all of it. */
#define FILES_MS 250
/* Under load at most one checkpoint a second, else one a minute: a checkpoint
 * per entry would tell who asked for what. */
#define CHECKPOINT_MIN_MS 1000
#define CHECKPOINT_MAX_MS 60000
#define CHECKPOINT_BATCH  64
/* What one frame of intake takes in the store: its bytes in whole pages, and
 * its rows and log entries, now and when it is handed over and acknowledged. */
#define INTAKE_FACTOR   2
#define INTAKE_ROWS     16384
#define COMMIT_COMMANDS 4096
#define COMMIT_BYTES    ((size_t)16 * 1024 * 1024)
#define INTAKE_MIN      ((size_t)INTAKE_FACTOR * ENVELOPE_MAX)
/* What one turn may have to append. */
#define TURN_BYTES ((size_t)2 * FRAME_MAX)
/* The rest of a record: handovers, a register, a tick. */
#define JOURNAL_SLACK (REGISTER_MAX + (size_t)64 * 1024)

size_t
store_log_keys(const struct loop *loop, struct note_key keys[LOG_KEYS_MAX])
{
	const struct wh_register *reg = &core_register(loop->core)->reg;
	size_t count = register_log_keys(reg, 0, keys);
	size_t listed = count, i;
	struct note_key key;
	struct key_own own;

	for (size_t n = 0; keyring_nth(&loop->keys, KEY_SIGNING, n, &own);
	     n++) {
		if (note_key_make(reg->log_origin, NOTE_ED25519, own.public_key,
			&key) != WH_OK)
			continue;
		for (i = 0; i < listed && keys[i].id != key.id; i++)
			;
		if (i == listed)
			keys[count++] = key;
	}
	mem_wipe(&own, sizeof(own));
	return count;
}

static enum wh_err
compare_log(struct loop *loop, struct why *why)
{
	const struct registry *registry = core_register(loop->core);
	struct note_key keys[LOG_KEYS_MAX];
	size_t count;

	/* Nothing was ever logged: then nothing was ever shown either. */
	if (registry == NULL && access(loop->second_path, F_OK) == 0)
		return why_set(why, WH_CORRUPT,
		    "%s is there and the store is empty: the log was rolled "
		    "back; put the store and the journal back, or open a new "
		    "origin",
		    loop->second_path);
	if (registry == NULL || generation_restored(loop))
		return WH_OK;
	count = store_log_keys(loop, keys);
	return audit_checkpoint_compare(loop->txn, loop->second_path, keys,
	    count, why);
}

static enum wh_err
open_journal(struct loop *loop, struct why *why)
{
	char *dir = file_path(loop->dir, "journal");
	struct journal_options options = {
	    .dir = dir,
	    .segment_bytes = loop->options.segment_bytes,
	    .reserve = RESERVE_SEGMENTS,
	};
	enum wh_err err;

	loop->replaying = true;
	err = journal_open(&options, core_seq(loop->core), batch_replay, loop,
	    &loop->journal, why);
	loop->replaying = false;
	if (err == WH_FULL)
		why_set(why, err,
		    "%s: no room to work off the journal; raise map_mib, or "
		    "make room on the disk",
		    loop->dir);
	mem_free(dir);
	return err;
}

enum wh_err
store_open(struct loop *loop, struct why *why)
{
	size_t limit = loop->options.map_bytes;
	struct kv_options options = {
	    .mode = KV_READ_WRITE,
	    .map_bytes = limit + limit / RESERVE_SHARE,
	    .grow_bytes = GROW_BYTES,
	    .tables = core_table_names,
	    .table_count = CORE_TABLES,
	};
	char *dir = file_path(loop->dir, "store");
	enum wh_err err;

	loop->second_path = file_path(loop->dir, "checkpoint");
	err = kv_open(dir, &options, &loop->kv, why);
	mem_free(dir);
	if (err == WH_OK)
		err = kv_begin(loop->kv, KV_READ_WRITE, &loop->txn);
	if (err == WH_OK)
		err = core_open(loop->txn, loop->options.alliance_key,
		    &loop->core, why);
	if (err == WH_OK)
		err = open_journal(loop, why);
	if (err == WH_OK)
		err = compare_log(loop, why);
	return err;
}

/* Is it time to show the world a new head of the log? */
static bool
checkpoint_due(const struct loop *loop)
{
	uint64_t size = audit_size(core_audit(loop->core));
	int64_t since = loop->mono_ms - loop->checkpoint_mono_ms;

	if (core_register(loop->core) == NULL ||
	    size == loop->checkpoint_size ||
	    (loop->checkpoint_tried_mono_ms != 0 &&
		loop->mono_ms - loop->checkpoint_tried_mono_ms <
		    CHECKPOINT_MIN_MS))
		return false;
	if (loop->checkpoint != NULL && !witness_may_sign(loop))
		return false;
	/* The first one since the start, whatever was shown before. */
	return loop->checkpoint_mono_ms == 0 || loop->checkpoint_stale ||
	       since >= CHECKPOINT_MAX_MS ||
	       (since >= CHECKPOINT_MIN_MS &&
		   size - loop->checkpoint_size >= CHECKPOINT_BATCH);
}

/* All log keys that are valid now: while they rotate, the old and the new. */
static size_t
log_signers(const struct loop *loop,
    struct sign_secret signers[REGISTER_KEYS_MAX])
{
	const struct wh_register *reg = &core_register(loop->core)->reg;
	struct key_own own;
	size_t count = 0;

	for (size_t i = 0; i < reg->hub_key_count; i++) {
		const struct reg_key *key = &reg->hub_keys[i];

		if (key->use != KEY_SIGNING ||
		    !register_key_holds(key, loop->now_ms) ||
		    keyring_find(&loop->keys, KEY_SIGNING,
			wire_key_id(key->key), &own) != WH_OK)
			continue;
		memcpy(signers[count].seed, own.secret, SIGN_KEY_LEN);
		memcpy(signers[count].public_key, own.public_key, SIGN_KEY_LEN);
		count++;
	}
	mem_wipe(&own, sizeof(own));
	return count;
}

static enum wh_err
make_checkpoint(struct loop *loop, char **note)
{
	const struct registry *registry = core_register(loop->core);
	struct sign_secret signers[REGISTER_KEYS_MAX];
	size_t count = log_signers(loop, signers);
	struct why why = {""};
	enum wh_err err;

	loop->checkpoint_tried_mono_ms = loop->mono_ms;
	err = count == 0
		  ? why_set(&why, WH_FULL, "no log key of the hub is valid now")
		  : audit_checkpoint_make(core_audit(loop->core),
			registry->reg.log_origin, signers, count, note);
	mem_wipe(signers, sizeof(signers));
	if (err == WH_OK)
		err = audit_checkpoint_keep(loop->txn, loop->second_path, *note,
		    &why);
	if (err != WH_OK)
		log_err("CHECKPOINT-FAILED", "%s", why.text);
	return err == WH_OK ? witness_signing(loop) : err;
}

static void
publish_checkpoint(struct loop *loop, char *note, uint64_t size)
{
	struct from_hub frame = {.kind = FROM_HUB_CHECKPOINT};
	size_t i;

	mem_free(loop->checkpoint);
	loop->checkpoint = note;
	loop->checkpoint_size = size;
	loop->checkpoint_mono_ms = loop->mono_ms;
	loop->checkpoint_stale = false;
	stats_add(&loop->stats, STAT_CHECKPOINTS);
	frame.u.bytes = span_str(note);
	for (i = 0; i < loop->sessions.count; i++)
		loop_send_frame(loop,
		    span_of(loop->sessions.list[i].route,
			loop->sessions.list[i].route_len),
		    &frame);
	witness_published(loop);
}

/* What the store can still take, before its map or its disk has to grow. */
static size_t
intake_left(const struct loop *loop, const struct kv_room *room)
{
	size_t limit = loop->options.map_bytes;
	size_t disk = room->disk_bytes;
	size_t left = room->used_bytes < limit ? limit - room->used_bytes : 0;
	size_t blocks = room->used_bytes + DISK_RESERVE < disk
			    ? disk - room->used_bytes - DISK_RESERVE
			    : 0;

	/* A map that is wholly on disk has its reserve above the limit. */
	return disk >= room->map_bytes || left < blocks ? left : blocks;
}

/*
 * Room for intake: in the map, on its disk, and in the journal. Looked at
 * right after a commit, when the store says all that is in it.
 */
static enum wh_err
look_for_room(struct loop *loop)
{
	struct kv_room room;
	bool before = loop->room;
	enum wh_err err;

	loop->disk = kv_grow(loop->kv) == WH_OK && !loop->journal_full;
	err = kv_room(loop->txn, &room);
	if (err != WH_OK)
		return err;
	loop->intake_left = intake_left(loop, &room);
	loop->room = loop->intake_left > INTAKE_MIN;
	loop->stats.value[STAT_STORE_USED] = room.used_bytes;
	loop->stats.value[STAT_STORE_LIMIT] = loop->options.map_bytes;
	loop->stats.value[STAT_INTAKE_OPEN] = loop->room;
	if (before && !loop->room)
		log_err("INTAKE-STOPPED", "cause=%s used=%zu limit=%zu",
		    loop->disk ? "store-full" : "disk-full", room.used_bytes,
		    loop->options.map_bytes);
	else if (!before && loop->room)
		log_info("INTAKE-OPEN", "used=%zu limit=%zu", room.used_bytes,
		    loop->options.map_bytes);
	return WH_OK;
}

/*
 * Everything in the transaction was journalled before it was applied, so a
 * checkpoint of it cannot be lost: keep it, commit, and only then show it.
 */
enum wh_err
store_commit(struct loop *loop)
{
	uint64_t size = audit_size(core_audit(loop->core));
	uint64_t seq = core_seq(loop->core);
	char *note = NULL;
	enum wh_err err = WH_OK;

	if (checkpoint_due(loop) || loop->close_log)
		err = make_checkpoint(loop, &note);
	/* No room for the second copy is no reason to stop: it waits. */
	if (err == WH_FULL && !loop->close_log) {
		mem_free(note);
		note = NULL;
		err = WH_OK;
	}
	if (err == WH_OK)
		err = kv_commit(&loop->txn);
	if (err == WH_OK)
		err = kv_begin(loop->kv, KV_READ_WRITE, &loop->txn);
	if (err != WH_OK) {
		log_err("COMMIT-FAILED", "cause=%s", wh_err_str(err));
		mem_free(note);
		return err;
	}
	journal_release(loop->journal, seq);
	loop->uncommitted = 0;
	loop->uncommitted_bytes = 0;
	loop->head_uncommitted = false;
	loop->committed_mono_ms = loop->mono_ms;
	stats_add(&loop->stats, STAT_COMMITS);
	if (note != NULL)
		publish_checkpoint(loop, note, size);
	return look_for_room(loop);
}

enum wh_err
store_close_log(struct loop *loop)
{
	enum wh_err err;

	loop->close_log = true;
	err = store_commit(loop);
	loop->close_log = false;
	return err;
}

/*
 * Enough journal for what one turn may write, prepared now where it was not
 * done ahead. Without disk for it intake stops.
 */
enum wh_err
store_make_room(struct loop *loop)
{
	bool more = true;
	enum wh_err err;

	err = journal_prepare(loop->journal, &more);
	while (err == WH_OK && more &&
	       !journal_has_room(loop->journal, TURN_BYTES))
		err = journal_prepare(loop->journal, &more);
	loop->journal_full =
	    err == WH_FULL && !journal_has_room(loop->journal, FRAME_MAX);
	return err == WH_FULL ? WH_OK : err;
}

bool
store_commit_due(const struct loop *loop)
{
	/* A quorum that is told is kept where others read it. */
	return loop->head_uncommitted ||
	       (loop->uncommitted > 0 &&
		   (loop->uncommitted >= COMMIT_COMMANDS ||
		       loop->uncommitted_bytes >= COMMIT_BYTES ||
		       (loop->room && loop->intake_left < INTAKE_MIN) ||
		       loop->mono_ms - loop->committed_mono_ms >=
			   loop->options.commit_ms));
}

/* May this much more come in? What is taken counts until the next look. */
bool
store_has_room(struct loop *loop, size_t bytes)
{
	size_t cost = INTAKE_FACTOR * bytes + INTAKE_ROWS;

	if (!loop->room || cost > loop->intake_left ||
	    !journal_has_room(loop->journal,
		loop->batch_bytes + bytes + JOURNAL_SLACK))
		return false;
	loop->intake_left -= cost;
	return true;
}

/* Does the register give the hub a key that we have, now? */
static bool
has_ours(const struct loop *loop, const struct registry *registry,
    enum key_use use)
{
	struct key_own own;
	enum wh_err err = keyring_now(&loop->keys, registry->reg.hub_keys,
	    registry->reg.hub_key_count, use, loop->now_ms, &own);

	mem_wipe(&own, sizeof(own));
	return err == WH_OK;
}

/* The hub's keys and its log are the ones that the alliance chose. */
enum wh_err
store_check_keys(const struct loop *loop, const struct registry *registry,
    struct why *why)
{
	const struct registry *in_force = core_register(loop->core);

	if (!has_ours(loop, registry, KEY_TRANSPORT) ||
	    !has_ours(loop, registry, KEY_SIGNING))
		return why_set(why, WH_CRYPTO,
		    "the hub's keys are not the ones in the register; sign a "
		    "register with this hub.pub");
	if (in_force != NULL &&
	    strcmp(in_force->reg.log_origin, registry->reg.log_origin) != 0)
		return why_set(why, WH_REFUSED,
		    "the register names another log; a log keeps its origin, a "
		    "new one starts in a new folder");
	return WH_OK;
}

/* A register file that appeared or changed comes into force. */
void
store_register(struct loop *loop, bool force)
{
	const struct registry *registry = core_register(loop->core);
	struct registry *read = NULL;
	struct why why = {""};
	uint8_t *bytes = NULL;
	struct stat st;
	int64_t mtime;
	size_t len;
	enum wh_err err;

	if (stat(loop->register_path, &st) != 0)
		return;
	mtime = (int64_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec;
	if ((mtime == loop->register_mtime && !force) ||
	    loop->batch_count == BATCH_MAX)
		return;
	loop->register_mtime = mtime;
	err = file_read(loop->register_path, REGISTER_MAX, &bytes, &len, &why);
	if (err == WH_OK)
		err = register_open(span_of(bytes, len),
		    loop->options.alliance_key, &read, &why);
	if (err == WH_OK)
		err = store_check_keys(loop, read, &why);
	if (err != WH_OK)
		log_err("REGISTER-REFUSED", "%s", why.text);
	else if (registry != NULL && read->reg.version < registry->reg.version)
		log_err("REGISTER-OLD", "version=%llu in-force=%llu",
		    (unsigned long long)read->reg.version,
		    (unsigned long long)registry->reg.version);
	else if (registry == NULL || read->reg.version > registry->reg.version)
		batch_add(loop, COMMAND_REGISTER, "", span_of(bytes, len));
	register_free(read);
	mem_free(bytes);
}

/* The hub's secret keys: those that cannot be read leave what we have. */
void
store_keys(struct loop *loop, bool force)
{
	struct key_secrets read = {0};
	struct why why = {""};
	struct stat st;
	int64_t mtime;
	enum wh_err err;

	if (loop->keys_path == NULL || stat(loop->keys_path, &st) != 0)
		return;
	mtime = (int64_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec;
	if (mtime == loop->keys_mtime && st.st_ino == loop->keys_inode &&
	    !force)
		return;
	loop->keys_mtime = mtime;
	loop->keys_inode = st.st_ino;
	err = keyfile_read_secret(loop->keys_path, &read, &why);
	if (err == WH_OK && read.kind != KEYFILE_HUB)
		err = why_set(&why, WH_INVALID, "%s: not the keys of a hub",
		    loop->keys_path);
	if (err == WH_OK) {
		key_secrets_wipe(&loop->keys);
		loop->keys = read;
		log_info("KEYS-LOADED", "older=%zu", read.older_count);
		loop->checkpoint_stale = true;
		loop_update_doors(loop);
	} else {
		log_err("KEYS-REFUSED", "%s", why.text);
	}
	key_secrets_wipe(&read);
}

/* A key or member that was taken out is out before anything else is heard. */
enum wh_err
store_files(struct loop *loop)
{
	if (loop->mono_ms - loop->files_mono_ms >= FILES_MS) {
		loop->files_mono_ms = loop->mono_ms;
		store_keys(loop, false);
		store_register(loop, false);
	}
	return batch_run(loop);
}

/* What is done once a second. */
enum wh_err
store_second(struct loop *loop)
{
	enum wh_err err;

	loop->second_mono_ms = loop->mono_ms;
	/* A quiet hub shows the head of its log too, when it is time. */
	err = loop->uncommitted > 0 || checkpoint_due(loop)
		  ? store_commit(loop)
		  : look_for_room(loop);
	if (err != WH_OK)
		return err;
	loop_drop_revoked(loop);
	loop_update_doors(loop);
	witness_second(loop);
	loop->stats.value[STAT_LOG_SIZE] = audit_size(core_audit(loop->core));
	loop->stats.value[STAT_SESSIONS] = loop->sessions.count;
	if (loop->batch_count < BATCH_MAX && core_due(loop->txn, loop->now_ms))
		batch_add(loop, COMMAND_TICK, "", span_str(""));
	err = generation_second(loop);
	return err == WH_OK ? compact_second(loop) : err;
}
