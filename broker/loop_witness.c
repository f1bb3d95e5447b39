/* SPDX-License-Identifier: EUPL-1.2 */
#include <inttypes.h>

#include "broker/loop_state.h"
#include "consent/note_checkpoint.h"
#include "consent/tables.h"
#include "consent/witness.h"
#include "proto/base/be.h"
#include "proto/base/file.h"
#include "proto/base/log.h"
#include "proto/base/mem.h"
#include "proto/wire.h"

/* Cosignatures on the heads of the log, and what witnesses know of it. */

/* After a start, a new head waits this long for one witness to say that the
 * log is not behind what it saw. */
#define HEAR_MS 5000
/* Behind a quorum for less than this is no news. */
#define UNWITNESSED_MS 10000
/* In TABLE_LOG_META: be64, since when no quorum vouched for the head. */
#define BEHIND "behind"

static uint32_t
generation(const struct loop *loop)
{
	return audit_generation(core_audit(loop->core));
}

/* Is this the origin of the log as it is written now? */
static bool
is_origin(const struct loop *loop, struct span origin)
{
	const struct registry *registry = core_register(loop->core);
	uint32_t of = 0;

	return note_log_parse(registry->reg.log_origin, origin, &of) == WH_OK &&
	       of == generation(loop);
}

static const uint8_t (*hashes_of(struct hash *path))[WIRE_KEY_LEN]
{
	return (const uint8_t(*)[WIRE_KEY_LEN])path;
}

static void
ask(struct loop *loop, struct witness *witness, const struct session *session)
{
	struct witnesses *w = &loop->witnesses;
	struct hash path[MERKLE_PATH_MAX];
	struct from_hub frame = {.kind = FROM_HUB_ADD_CHECKPOINT};
	struct add_checkpoint *add = &frame.u.add_checkpoint;
	enum wh_err err = WH_OK;

	add->old_size = witness->size <= w->size ? witness->size : 0;
	if (add->old_size > 0 && add->old_size < w->size)
		err = audit_consistency(loop->txn, generation(loop),
		    add->old_size, w->size, path, &add->proof_count);
	if (err != WH_OK) {
		log_err("PROOF-FAILED", "member=%s cause=%s", witness->member,
		    wh_err_str(err));
		return;
	}
	add->proof = hashes_of(path);
	add->checkpoint = span_str(w->note);
	frame.request = witnesses_ask(w, witness, loop->mono_ms);
	loop_send_frame(loop, span_of(session->route, session->route_len),
	    &frame);
}

void
witness_ask(struct loop *loop, const char *member)
{
	struct witness *witness = witnesses_find(&loop->witnesses, member);
	const struct session *session = session_find(&loop->sessions, member);

	if (witness != NULL && session != NULL &&
	    witnesses_due(&loop->witnesses, witness, loop->mono_ms))
		ask(loop, witness, session);
}

static void
ask_all(struct loop *loop)
{
	for (size_t i = 0; i < loop->witnesses.count; i++)
		witness_ask(loop, loop->witnesses.list[i].member);
}

/* A new line of this member: what was asked on the old one is lost. */
void
witness_hello(struct loop *loop, const char *member)
{
	struct witness *witness = witnesses_find(&loop->witnesses, member);

	if (witness == NULL)
		return;
	witness->request = 0;
	witness->asked = 0;
	witness_ask(loop, member);
}

/* Kept over a start, so that "since" is what members saw. */
static enum wh_err
behind_since(struct loop *loop, int64_t since_ms)
{
	uint8_t bytes[8];
	enum wh_err err;

	if (loop->behind_since_ms == since_ms)
		return WH_OK;
	loop->behind_since_ms = since_ms;
	be64_put(bytes, (uint64_t)since_ms);
	err = kv_put(loop->txn, TABLE_LOG_META, span_str(BEHIND),
	    span_of(bytes, sizeof(bytes)));
	if (err != WH_OK)
		log_err("COSIGNED-NOT-KEPT", "cause=%s", wh_err_str(err));
	return err;
}

void
witness_published(struct loop *loop)
{
	const struct registry *registry = core_register(loop->core);

	witnesses_register(&loop->witnesses, &registry->reg, loop->now_ms);
	witnesses_checkpoint(&loop->witnesses, loop->checkpoint,
	    loop->checkpoint_size);
	ask_all(loop);
}

/* In the transaction of a new head, which no quorum has seen. */
enum wh_err
witness_signing(struct loop *loop)
{
	return loop->behind_since_ms == 0 ? behind_since(loop, loop->now_ms)
					  : WH_OK;
}

static void
show_to_all(struct loop *loop)
{
	struct from_hub frame = {.kind = FROM_HUB_CHECKPOINT,
	    .u.bytes = span_str(loop->checkpoint)};

	loop->witnesses.is_news = false;
	for (size_t i = 0; i < loop->sessions.count; i++)
		loop_send_frame(loop,
		    span_of(loop->sessions.list[i].route,
			loop->sessions.list[i].route_len),
		    &frame);
}

/* A quorum vouches for the head: keep that, and then show it. */
static void
on_quorum(struct loop *loop)
{
	struct why why = {""};
	enum wh_err err;

	err = audit_cosigned_keep(loop->txn, loop->cosigned_path,
	    loop->checkpoint, &why);
	if (err != WH_OK)
		log_err("COSIGNED-NOT-KEPT", "%s", why.text);
	if (loop->unwitnessed_told)
		log_info("LOG-WITNESSED", "size=%" PRIu64,
		    loop->checkpoint_size);
	loop->unwitnessed_told = false;
	mem_free(loop->cosigned);
	loop->cosigned = mem_strdup(loop->checkpoint);
	loop->cosigned_size = loop->checkpoint_size;
	(void)behind_since(loop, 0);
	loop->head_uncommitted = true;
	show_to_all(loop);
}

void
witness_cosigned(struct loop *loop, const char *member,
    const struct to_hub *message)
{
	struct witnesses *w = &loop->witnesses;
	struct witness *witness = witnesses_find(w, member);
	bool was_quorum = w->is_quorum;
	enum wh_err err;

	if (witness == NULL)
		return;
	err = witnesses_take(w, witness, message->request, message->u.bytes);
	if (err == WH_EXISTS)
		return;
	if (err != WH_OK) {
		log_warn("COSIGNATURE-REFUSED", "member=%s cause=%s", member,
		    wh_err_str(err));
		return;
	}
	stats_add(&loop->stats, STAT_COSIGNATURES);
	mem_free(loop->checkpoint);
	loop->checkpoint = mem_strdup(w->note);
	if (w->is_quorum && !was_quorum)
		on_quorum(loop);
}

/*
 * The log is behind what it signed, or is another one now. The note takes the
 * place of our own second copy of the head: no start gets past it until the
 * log was restored as a new one.
 */
static void
rolled_back(struct loop *loop, const char *member, struct span note,
    const struct note_checkpoint *head)
{
	struct why why = {""};
	enum wh_err err = file_write(loop->second_path, note, 0644, &why);

	log_err("LOG-ROLLED-BACK",
	    "witness=%s its-size=%" PRIu64 " our-size=%" PRIu64
	    " cause=%s: nothing more is written; run wijkhub restore",
	    member, head->size, audit_size(core_audit(loop->core)),
	    head->size > audit_size(core_audit(loop->core))
		? "the log lost entries"
		: "the log was changed");
	if (err != WH_OK)
		log_err("COSIGNED-NOT-KEPT", "%s", why.text);
	loop->rolled_back = true;
}

/* Is what the witness has the start of what we have? */
static bool
is_ours(struct loop *loop, const struct note_checkpoint *head)
{
	struct hash root;

	if (head->size > audit_size(core_audit(loop->core)))
		return false;
	return head->size == 0 || (audit_root_at(loop->txn, generation(loop),
				       head->size, &root) == WH_OK &&
				      hash_equal(&root, &head->root));
}

static void
on_size(struct loop *loop, struct witness *witness,
    const struct witness_conflict *conflict)
{
	const struct registry *registry = core_register(loop->core);
	struct note_checkpoint head;

	if (conflict->checkpoint.len == 0 && conflict->size == 0) {
		witness->size = 0;
	} else if (witness_open(&registry->reg, conflict->checkpoint, &head) !=
		       WITNESS_COSIGNED ||
		   !is_origin(loop, head.origin) ||
		   head.size != conflict->size) {
		log_warn("COSIGNATURE-REFUSED",
		    "member=%s cause=it names a size without our checkpoint",
		    witness->member);
		return;
	} else if (!is_ours(loop, &head)) {
		rolled_back(loop, witness->member, conflict->checkpoint, &head);
		return;
	} else {
		witness->size = head.size;
	}
	witness->is_heard = true;
	witness_ask(loop, witness->member);
}

void
witness_refused(struct loop *loop, const char *member,
    const struct to_hub *message)
{
	const struct witness_conflict *conflict = &message->u.witness_conflict;
	struct witness *witness = witnesses_find(&loop->witnesses, member);

	if (witness == NULL || message->request == 0 ||
	    message->request != witness->request)
		return;
	witness->request = 0;
	if (conflict->verdict == WITNESS_CONFLICT) {
		on_size(loop, witness, conflict);
		return;
	}
	witness->asked = WITNESSES_ASK_MAX; /* not again before long */
	log_warn("WITNESS-REFUSES", "member=%s verdict=%s", member,
	    terms_text(TERMS_WITNESS_VERDICTS, conflict->verdict));
}

void
witness_consistency(struct loop *loop, struct span route,
    const struct to_hub *message)
{
	const struct consistency_request *asked = &message->u.consistency;
	struct hash path[MERKLE_PATH_MAX];
	struct from_hub frame = {.request = message->request,
	    .kind = FROM_HUB_CONSISTENCY,
	    .u.consistency = {.sizes = asked->sizes}};
	const struct registry *registry = core_register(loop->core);
	uint64_t size = 0;
	uint32_t of = 0;
	enum wh_err err;

	/* Of a log that was closed too: members may have seen it late. */
	err = note_log_parse(registry->reg.log_origin, span_str(asked->origin),
	    &of);
	if (err == WH_OK)
		err = audit_size_of(loop->txn, of, &size);
	if (err == WH_OK && asked->sizes.to > size)
		err = WH_NOT_FOUND;
	if (err == WH_OK)
		err = audit_consistency(loop->txn, of, asked->sizes.from,
		    asked->sizes.to, path, &frame.u.consistency.path_count);
	if (err != WH_OK) {
		frames_refuse(loop, route, message->request, REASON_MALFORMED,
		    "consistency: this log has no such sizes");
		return;
	}
	frame.u.consistency.path = hashes_of(path);
	loop_send_frame(loop, route, &frame);
}

/* What was shown and cosigned is of the log before. */
void
witness_opened(struct loop *loop)
{
	struct witnesses *w = &loop->witnesses;

	for (size_t i = 0; i < w->count; i++) {
		w->list[i].size = 0;
		w->list[i].request = 0;
	}
	mem_free(w->note);
	w->note = NULL;
	w->size = 0;
	w->is_quorum = false;
	w->is_news = false;
	mem_free(loop->checkpoint);
	loop->checkpoint = NULL;
	loop->checkpoint_size = 0;
	loop->checkpoint_mono_ms = 0;
	mem_free(loop->cosigned);
	loop->cosigned = NULL;
	loop->cosigned_size = 0;
}

/* May a head be signed that was not shown before? */
bool
witness_may_sign(const struct loop *loop)
{
	if (loop->witnesses.count == 0 ||
	    loop->mono_ms - loop->started_mono_ms >= HEAR_MS)
		return true;
	for (size_t i = 0; i < loop->witnesses.count; i++)
		if (loop->witnesses.list[i].is_heard)
			return true;
	return false;
}

int64_t
witness_unwitnessed_ms(const struct loop *loop)
{
	return loop->witnesses.policy != NULL && loop->behind_since_ms != 0 &&
		       loop->now_ms - loop->behind_since_ms >= UNWITNESSED_MS
		   ? loop->behind_since_ms
		   : 0;
}

void
witness_second(struct loop *loop)
{
	int64_t since_ms = witness_unwitnessed_ms(loop);

	if (loop->checkpoint == NULL)
		return;
	ask_all(loop);
	if (loop->witnesses.is_news)
		show_to_all(loop);
	loop->stats.value[STAT_QUORUM_SIZE] = loop->cosigned_size;
	loop->stats.value[STAT_UNWITNESSED] = (uint64_t)since_ms / 1000;
	if (since_ms != 0 && !loop->unwitnessed_told) {
		log_err("LOG-UNWITNESSED",
		    "size=%" PRIu64 " last-quorum=%" PRIu64,
		    loop->checkpoint_size, loop->cosigned_size);
		loop->unwitnessed_told = true;
	}
}

/* A head of this log in a file, if there is one; size 0 when not. */
static enum wh_err
load(struct loop *loop, const char *path, char **note, uint64_t *size,
    struct why *why)
{
	const struct registry *registry = core_register(loop->core);
	struct note_checkpoint head;
	uint8_t *bytes = NULL;
	size_t len;
	enum wh_err err;

	err = file_read(path, NOTE_MAX, &bytes, &len, why);
	if (err != WH_OK)
		return err == WH_NOT_FOUND ? WH_OK : err;
	if (witness_open(&registry->reg, span_of(bytes, len), &head) ==
		WITNESS_COSIGNED &&
	    is_origin(loop, head.origin)) {
		if (is_ours(loop, &head)) {
			*note = mem_dup(span_of(bytes, len));
			*size = head.size;
		} else {
			err = why_set(why, WH_CORRUPT,
			    "%s: the log lost or changed what was cosigned: it "
			    "was rolled back; append nothing, open a new "
			    "origin",
			    path);
		}
	}
	mem_free(bytes);
	return err;
}

/* What was shown before the start is shown again, and nothing newer yet. */
enum wh_err
witness_open_log(struct loop *loop, struct why *why)
{
	const struct registry *registry = core_register(loop->core);
	struct span value;
	enum wh_err err;

	loop->cosigned_path = file_path(loop->dir, "cosigned");
	if (registry == NULL)
		return WH_OK;
	witnesses_register(&loop->witnesses, &registry->reg, loop->now_ms);
	err = kv_peek(loop->txn, TABLE_LOG_META, span_str(BEHIND), &value);
	if (err == WH_OK && value.len == 8)
		loop->behind_since_ms = (int64_t)be64_get(value.p);
	if (err != WH_OK && err != WH_NOT_FOUND)
		return err;
	err = load(loop, loop->cosigned_path, &loop->cosigned,
	    &loop->cosigned_size, why);
	if (err == WH_OK)
		err = load(loop, loop->second_path, &loop->checkpoint,
		    &loop->checkpoint_size, why);
	if (err == WH_OK && loop->checkpoint != NULL)
		witnesses_checkpoint(&loop->witnesses, loop->checkpoint,
		    loop->checkpoint_size);
	return err;
}
