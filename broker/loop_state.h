/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_BROKER_LOOP_STATE_H
#define WH_BROKER_LOOP_STATE_H

#include <sys/types.h>

#include "broker/control.h"
#include "broker/core.h"
#include "broker/doors.h"
#include "broker/journal.h"
#include "broker/loop.h"
#include "broker/scrub.h"
#include "broker/session.h"
#include "broker/stats.h"
#include "broker/witnesses.h"
#include "proto/base/kv.h"
#include "proto/base/sock.h"

/* Shared by the loop's own files and nobody else. */

struct unsent {
	char member[NAME_MAX_LEN + 1];
	uint64_t delivery; /* the first one */
};

struct loop {
	struct loop_options options; /* strings below are owned copies */
	char *dir;
	char *control_path;
	char *register_path;
	char *second_path; /* of the checkpoint */
	char *cosigned_path;
	char *keys_path;         /* or NULL */
	struct key_secrets keys; /* wiped at the end */

	struct kv *kv;
	struct kv_txn *txn; /* always open: what is applied since the commit */
	struct core *core;
	struct journal *journal;
	struct sock_ctx *ctx;
	struct sock *zap;
	struct doors doors;
	struct control *control;
	int signals; /* fd */
	struct sessions sessions;
	struct stats stats;
	struct scrub scrub;
	int64_t scrub_mono_ms; /* when it last had a turn */
	bool scrub_behind;
	struct arena arena; /* of the frame being read */

	/* Deliveries that did not leave, to be told to the core; owned. */
	struct unsent *unsent;
	size_t unsent_count;

	/* The batch that is being collected; its bytes are owned. */
	struct command batch[BATCH_MAX];
	size_t batch_count;
	size_t batch_bytes;

	size_t handover_from; /* whose turn it is among the sessions */

	int64_t now_ms;  /* of commands: never goes back */
	int64_t mono_ms; /* of this turn */
	int64_t committed_mono_ms;
	int64_t checkpoint_mono_ms;
	int64_t checkpoint_tried_mono_ms;
	int64_t second_mono_ms; /* once-a-second work */
	uint64_t uncommitted;   /* commands */
	size_t uncommitted_bytes;
	bool head_uncommitted; /* what witnesses said of the head */
	uint64_t checkpoint_size;
	char *checkpoint; /* the last note published; owned, or NULL. It gains
			     signatures of witnesses. */
	struct witnesses witnesses;
	char *cosigned; /* the last one with a quorum; owned, or NULL */
	uint64_t cosigned_size;
	int64_t behind_since_ms; /* the head is not that one; 0: it is */
	bool unwitnessed_told;
	bool rolled_back; /* a witness has more than the log, or another */
	int64_t started_mono_ms;
	bool room;              /* for intake */
	size_t intake_left;     /* bytes that the store has room for */
	bool journal_full;      /* no segment could be prepared */
	bool disk;              /* segments and blocks could be prepared */
	int64_t register_mtime; /* of the file last looked at, in ns */
	int64_t keys_mtime;
	ino_t keys_inode;
	int64_t files_mono_ms; /* when these two were looked at */
	bool checkpoint_stale; /* who signs may have changed */
	int64_t watchdog_ms;
	int64_t watchdog_mono_ms;
	bool close_log; /* the next commit needs its checkpoint */
	int64_t compact_tried_mono_ms;
	enum wh_err control_err; /* of what an operator asked for */
	bool replaying;
	bool stop;
	bool failed; /* nothing more may be written */
};

/* loop_batch.c: commands in, effects out. */
void batch_add(struct loop *loop, enum command_kind kind, const char *member,
    struct span bytes);
void batch_add_unsent(struct loop *loop);
enum wh_err batch_run(struct loop *loop);
void batch_drop(struct loop *loop);
enum wh_err batch_replay(void *arg, const struct journal_record *record);
void loop_send_frame(struct loop *loop, struct span route,
    const struct from_hub *frame);
void loop_lose(struct loop *loop, struct session *session, enum wh_err err);
void loop_drop_revoked(struct loop *loop);

/* loop_frames.c: what members send. */
enum wh_err frames_take(struct loop *loop);
void frames_flush(struct loop *loop);
void frames_handover(struct loop *loop);
void frames_refuse(struct loop *loop, struct span route, uint64_t request,
    enum reason reason, const char *detail);
bool frames_allow(void *arg, const uint8_t key[SOCK_KEY_LEN],
    char user_id[SOCK_USER_MAX]);

/* loop_store.c: commits, checkpoints, room, the register file. */
enum wh_err store_open(struct loop *loop, struct why *why);
enum wh_err store_commit(struct loop *loop);
/* Commit under a checkpoint of all that is in the log, shown to all. */
enum wh_err store_close_log(struct loop *loop);
bool store_commit_due(const struct loop *loop);
enum wh_err store_second(struct loop *loop);
enum wh_err store_make_room(struct loop *loop);
bool store_has_room(struct loop *loop, size_t bytes);
void store_register(struct loop *loop, bool force);
/*
 * Who may have signed our own copies of the checkpoint: also a key that was
 * just taken out of the register, if we stopped before we signed anew.
 */
#define LOG_KEYS_MAX (REGISTER_KEYS_MAX + KEYFILE_OLDER_MAX + 1)
size_t store_log_keys(const struct loop *loop,
    struct note_key keys[LOG_KEYS_MAX]);
enum wh_err store_files(struct loop *loop);
void store_keys(struct loop *loop, bool force);
void loop_update_doors(struct loop *loop);
enum wh_err store_check_keys(const struct loop *loop,
    const struct registry *registry, struct why *why);

/* loop_witness.c: cosignatures, and what witnesses know of the log. */
enum wh_err witness_open_log(struct loop *loop, struct why *why);
void witness_published(struct loop *loop);
enum wh_err witness_signing(struct loop *loop);
void witness_hello(struct loop *loop, const char *member);
void witness_ask(struct loop *loop, const char *member);
void witness_cosigned(struct loop *loop, const char *member,
    const struct to_hub *message);
void witness_refused(struct loop *loop, const char *member,
    const struct to_hub *message);
void witness_consistency(struct loop *loop, struct span route,
    const struct to_hub *message);
void witness_opened(struct loop *loop);
bool witness_may_sign(const struct loop *loop);
void witness_second(struct loop *loop);
/* Since when no quorum vouches for the head; 0: it does, or none could. */
int64_t witness_unwitnessed_ms(const struct loop *loop);

/* loop_generation.c: when the log goes on under another origin. */
bool generation_restored(const struct loop *loop);
enum wh_err generation_start(struct loop *loop, struct why *why);
enum wh_err generation_second(struct loop *loop);

/* loop_compact.c: erased bytes go. WH_FULL: no room now, all is as it was. */
enum wh_err compact_now(struct loop *loop);
enum wh_err compact_start(struct loop *loop);
enum wh_err compact_second(struct loop *loop);

/* loop_status.c: what operators ask. */
size_t status_answer(void *arg, const char *question, char *out, size_t size);

#endif
