/* SPDX-License-Identifier: EUPL-1.2 */
#include "adapters/desk_log.h"

#include <stdio.h>

#include "adapters/desk_log_impl.h"
#include "adapters/local.h"
#include "consent/note_log.h"
#include "consent/register_policy.h"
#include "consent/witness.h"
#include "proto/base/be.h"
#include "proto/base/mem.h"

struct row_key {
	char text[16 + ORIGIN_MAX_LEN];
};

static struct span
row_key(struct row_key *key, const char *row, struct span origin)
{
	int n = snprintf(key->text, sizeof(key->text), "%s %.*s", row,
	    (int)origin.len, (const char *)origin.p);

	return span_of(key->text, n < 0 ? 0 : (size_t)n);
}

enum wh_err
desk_row_get(struct kv_txn *txn, const char *row, struct span origin,
    struct span *note, struct witness_head *head)
{
	struct note_checkpoint checkpoint;
	struct note parsed;
	struct row_key key;
	enum wh_err err;

	*note = span_of(NULL, 0);
	*head = (struct witness_head){0};
	err = kv_peek(txn, LOCAL_HEADS, row_key(&key, row, origin), note);
	if (err == WH_NOT_FOUND)
		return WH_OK;
	if (err != WH_OK)
		return err;
	if (note_parse(*note, &parsed) != WH_OK ||
	    note_checkpoint_parse(parsed.text, &checkpoint) != WH_OK)
		return WH_CORRUPT;
	head->size = checkpoint.size;
	head->root = checkpoint.root;
	return WH_OK;
}

static enum wh_err
row_put(struct kv_txn *txn, const char *row, struct span origin,
    struct span note)
{
	struct row_key key;

	return kv_put(txn, LOCAL_HEADS, row_key(&key, row, origin), note);
}

/* Does a quorum of the register's witnesses vouch for it? */
static bool
has_quorum(const struct wh_register *reg, struct span note, int64_t now_ms)
{
	struct note_policy *policy = mem_new(sizeof(*policy));
	struct note_checkpoint head;
	bool holds;

	holds = register_policy(reg, now_ms, policy, NULL) == WH_OK &&
		note_policy_check(policy, note, &head, NULL) == WH_OK;
	mem_free(policy);
	return holds;
}

/* Since when the newest checkpoint is one that no quorum vouched for. */
static enum wh_err
note_behind(struct kv_txn *txn, struct span origin, bool behind, int64_t now_ms)
{
	struct row_key key;
	struct span value;
	uint8_t since[8];
	enum wh_err err;

	(void)row_key(&key, ROW_BEHIND, origin);
	err = kv_peek(txn, LOCAL_HEADS, span_str(key.text), &value);
	if (err != WH_OK && err != WH_NOT_FOUND)
		return err;
	if (!behind)
		return err == WH_NOT_FOUND
			   ? WH_OK
			   : kv_del(txn, LOCAL_HEADS, span_str(key.text));
	if (err == WH_OK)
		return WH_OK;
	be64_put(since, (uint64_t)now_ms);
	return kv_put(txn, LOCAL_HEADS, span_str(key.text),
	    span_of(since, sizeof(since)));
}

static enum wh_err
keep_seen(struct shift *shift, struct span note,
    const struct note_checkpoint *head)
{
	const struct wh_register *reg = desk_register(shift->desk);
	struct span origin = head->origin;
	struct witness_head quorum;
	struct span ignored;
	enum wh_err err;

	err = row_put(shift->txn, ROW_SEEN, origin, note);
	if (err == WH_OK)
		err = kv_put(shift->txn, LOCAL_HEADS, span_str(ROW_NEWEST),
		    origin);
	if (err == WH_OK)
		err = kv_put(shift->txn, LOCAL_META, span_str("checkpoint"),
		    note);
	if (err == WH_OK)
		err = desk_row_get(shift->txn, ROW_QUORUM, origin, &ignored,
		    &quorum);
	if (err == WH_OK && has_quorum(reg, note, shift->now_ms)) {
		quorum.size = head->size;
		err = row_put(shift->txn, ROW_QUORUM, origin, note);
	}
	if (err == WH_OK)
		err = note_behind(shift->txn, origin, quorum.size < head->size,
		    shift->now_ms);
	return err;
}

/* The same size again is news when it brings a quorum that was not there. */
static enum wh_err
take_seen(struct shift *shift, struct span note,
    const struct note_checkpoint *head, struct clash *clash)
{
	enum witness_order order;
	struct witness_head known;
	struct span before;
	enum wh_err err;

	err = desk_row_get(shift->txn, ROW_SEEN, head->origin, &before, &known);
	if (err != WH_OK)
		return err;
	order = witness_compare(&known, head);
	desk_clash_look(clash, order, before, note);
	if (order == WITNESS_NEWER ||
	    (order == WITNESS_SAME && note.len > before.len))
		err = keep_seen(shift, note, head);
	return err;
}

enum wh_err
desk_checkpoint(struct desk *desk, struct span note, int64_t now_ms)
{
	const struct wh_register *reg = desk_register(desk);
	struct note_checkpoint head;
	struct clash clash = {0};
	struct shift shift;
	enum wh_err err;

	if (reg == NULL)
		return WH_NOT_FOUND;
	if (witness_open(reg, note, &head) != WITNESS_COSIGNED)
		return WH_CRYPTO;
	err = shift_begin(desk, now_ms, &shift);
	if (err == WH_OK)
		err = shift_end(&shift, take_seen(&shift, note, &head, &clash));
	desk_clash_end(desk, &clash, now_ms);
	return err;
}

enum wh_err
desk_checkpoint_get(struct desk *desk, char **note)
{
	struct kv_txn *txn = NULL;
	struct span value;
	enum wh_err err;

	err = kv_begin(desk->kv, KV_READ_ONLY, &txn);
	if (err != WH_OK)
		return err;
	err = kv_peek(txn, LOCAL_META, span_str("checkpoint"), &value);
	if (err == WH_OK)
		*note = mem_dup(value);
	kv_abort(&txn);
	return err;
}

enum wh_err
desk_checkpoint_of(struct desk *desk, uint64_t entry, char **note)
{
	const struct wh_register *reg = desk_register(desk);
	char origin[NOTE_LOG_ORIGIN_SIZE];
	struct witness_head head;
	struct kv_txn *txn = NULL;
	struct span seen;
	enum wh_err err;

	if (reg == NULL)
		return WH_NOT_FOUND;
	err = note_log_origin(reg->log_origin, note_log_generation(entry),
	    origin);
	if (err == WH_OK)
		err = kv_begin(desk->kv, KV_READ_ONLY, &txn);
	if (err == WH_OK)
		err =
		    desk_row_get(txn, ROW_SEEN, span_str(origin), &seen, &head);
	if (err == WH_OK && note_log_leaf(entry) >= head.size)
		err = WH_NOT_FOUND;
	if (err == WH_OK)
		*note = mem_dup(seen);
	kv_abort(&txn);
	return err;
}

void
desk_cosigned_fini(struct desk_cosigned *cosigned)
{
	mem_free(cosigned->lines);
	mem_free(cosigned->checkpoint);
	*cosigned = (struct desk_cosigned){0};
}

static enum wh_err
cosign(const struct desk *desk, struct span note, int64_t now_ms, char **lines)
{
	const struct wh_register *reg = desk_register(desk);
	struct sign_secret secret;
	struct note_key key;
	struct note parsed;
	enum wh_err err;

	keyring_signer(&desk->keys, KEY_WITNESS,
	    register_member(reg, desk->member), now_ms, &secret);
	err = witness_key_of(reg, desk->member, secret.public_key, &key);
	if (err == WH_OK)
		err = note_parse(note, &parsed);
	if (err == WH_OK) {
		*lines = mem_new(NOTE_LINE_SIZE);
		err = note_sign(&key, &secret, parsed.text,
		    (uint64_t)(now_ms / 1000), *lines);
	}
	sign_secret_wipe(&secret);
	return err;
}

/* What contradicts the note that we cosigned before. */
static void
clash_asked(struct clash *clash, const struct witness_head *last,
    struct span known, const struct note_checkpoint *head, struct span note,
    enum witness_verdict verdict)
{
	if (known.len == 0)
		return;
	desk_clash_look(clash, witness_compare(last, head), known, note);
	if (verdict == WITNESS_BAD_PROOF && head->size > last->size)
		desk_clash_set(clash, EVIDENCE_UNPROVEN, known, note);
}

static enum wh_err
judge(struct shift *shift, const struct add_checkpoint *asked,
    const struct note_checkpoint *head, struct desk_cosigned *out,
    struct clash *clash)
{
	const struct witness_question question = {.checkpoint = head,
	    .old_size = asked->old_size,
	    .proof = asked->proof,
	    .proof_count = asked->proof_count};
	struct witness_head last;
	struct span known;
	enum wh_err err;

	err =
	    desk_row_get(shift->txn, ROW_COSIGNED, head->origin, &known, &last);
	if (err != WH_OK)
		return err;
	out->verdict = witness_judge(&last, &question);
	clash_asked(clash, &last, known, head, asked->checkpoint, out->verdict);
	if (out->verdict != WITNESS_COSIGNED) {
		out->size = last.size;
		out->checkpoint = known.len == 0 ? NULL : mem_dup(known);
		return WH_OK;
	}
	out->size = head->size;
	err =
	    row_put(shift->txn, ROW_COSIGNED, head->origin, asked->checkpoint);
	if (err == WH_OK)
		err = cosign(shift->desk, asked->checkpoint, shift->now_ms,
		    &out->lines);
	return err;
}

enum wh_err
desk_witness(struct desk *desk, const struct add_checkpoint *asked,
    int64_t now_ms, struct desk_cosigned *out)
{
	const struct wh_register *reg = desk_register(desk);
	struct note_checkpoint head;
	struct clash clash = {0};
	struct shift shift;
	enum wh_err err;

	*out = (struct desk_cosigned){0};
	if (!desk->keys.has_witness)
		return WH_UNSUPPORTED;
	if (reg == NULL)
		return WH_NOT_FOUND;
	out->verdict = witness_open(reg, asked->checkpoint, &head);
	if (out->verdict != WITNESS_COSIGNED)
		return WH_OK;
	err = shift_begin(desk, now_ms, &shift);
	if (err == WH_OK)
		err =
		    shift_end(&shift, judge(&shift, asked, &head, out, &clash));
	if (err != WH_OK)
		desk_cosigned_fini(out);
	desk_clash_end(desk, &clash, now_ms);
	return err;
}

static enum wh_err
read_state(struct kv_txn *txn, struct span origin, int64_t now_ms,
    struct desk_log_state *out)
{
	struct witness_head head;
	struct span value;
	struct row_key key;
	enum wh_err err;

	err = desk_row_get(txn, ROW_SEEN, origin, &value, &head);
	out->size = head.size;
	if (err == WH_OK)
		err = desk_row_get(txn, ROW_QUORUM, origin, &value, &head);
	out->quorum = head.size;
	if (err == WH_OK)
		err = desk_row_get(txn, ROW_COSIGNED, origin, &value, &head);
	out->cosigned = head.size;
	if (err != WH_OK)
		return err;
	err = kv_peek(txn, LOCAL_HEADS, row_key(&key, ROW_BEHIND, origin),
	    &value);
	if (err == WH_OK && value.len == 8 &&
	    now_ms - (int64_t)be64_get(value.p) >= DESK_UNWITNESSED_MS)
		out->unwitnessed_since_ms = (int64_t)be64_get(value.p);
	return err == WH_NOT_FOUND ? WH_OK : err;
}

enum wh_err
desk_log_state(struct desk *desk, int64_t now_ms, struct desk_log_state *out)
{
	const struct wh_register *reg = desk_register(desk);
	struct desk_log_state state = {.is_witness = desk->keys.has_witness};
	struct kv_txn *txn = NULL;
	struct span origin;
	char *policy = NULL;
	enum wh_err err;

	desk->evidence = desk_log_evidence(desk->dir);
	state.contradictions = desk->evidence;
	state.has_policy = reg != NULL && register_policy_text(reg, now_ms,
					      &policy, NULL) == WH_OK;
	mem_free(policy);
	err = kv_begin(desk->kv, KV_READ_ONLY, &txn);
	if (err == WH_OK)
		err = kv_peek(txn, LOCAL_HEADS, span_str(ROW_NEWEST), &origin);
	if (err == WH_OK)
		err = read_state(txn, origin, now_ms, &state);
	else if (err == WH_NOT_FOUND)
		err = WH_OK;
	kv_abort(&txn);
	if (err == WH_OK)
		*out = state;
	return err;
}
