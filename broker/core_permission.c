/* SPDX-License-Identifier: EUPL-1.2 */
#include <stdio.h>

#include "broker/core_reach.h"
#include "proto/base/text.h"

/* Permissions come in, and events that end them. */

enum reason
work_signature(struct work *work, const struct signed_body *body,
    const char *domain, const char *signer, struct why *why)
{
	const struct reg_member *member =
	    register_member(&work->core->registry->reg, signer);
	const struct reg_key *key =
	    member == NULL
		? NULL
		: register_key_by_id(member, KEY_SIGNING, body->key_id);

	if (key == NULL) {
		why_set(why, WH_OK,
		    "key_id: no signing key of %s in the register", signer);
		return REASON_BAD_SIGNATURE;
	}
	/* An old key stays good for what it signed, not for anything new. */
	if (work->moment->now_ms < key->from_ms ||
	    (key->until_ms != 0 && work->moment->now_ms >= key->until_ms)) {
		why_set(why, WH_OK,
		    "key_id: this key of %s is not valid now; sign again with "
		    "the present one",
		    signer);
		return REASON_BAD_SIGNATURE;
	}
	if (wire_signed_check(body, domain, key->key) != WH_OK) {
		why_set(why, WH_OK, "signature: does not hold");
		return REASON_BAD_SIGNATURE;
	}
	return REASON_NONE;
}

/* How the hub has this record already. */
enum kept {
	KEPT_NOT,
	KEPT_OTHER, /* another record, under its id */
	KEPT_BODY,  /* the same one, under another signature */
	KEPT_BYTES,
};

/*
 * Who lost sight of what the hub knows presents it again: perhaps long after,
 * with the key of then or signed anew with the one of now.
 */
static enum wh_err
find_kept(struct work *work, const struct permission *permission,
    struct span bytes, struct span body, enum kept *out)
{
	struct stored_permission stored;
	struct signed_body before;
	enum wh_err err;

	*out = KEPT_NOT;
	err = store_get(work->txn, work->arena, &permission->permission_id,
	    &stored);
	if (err != WH_OK)
		return err == WH_NOT_FOUND ? WH_OK : err;
	if (wire_signed_read(work->arena, stored.signed_bytes, PERMISSION_MAX,
		&before, NULL) != WH_OK)
		return WH_CORRUPT;
	*out = span_equal(stored.signed_bytes, bytes) ? KEPT_BYTES
	       : span_equal(before.body, body)        ? KEPT_BODY
						      : KEPT_OTHER;
	return WH_OK;
}

/*
 * Under a key that is out of the register no member would take it: from now on
 * it goes with its new signature.
 */
static enum wh_err
keep_signature(struct work *work, const struct permission *permission,
    struct span bytes)
{
	const struct reg_member *by =
	    register_member(&work->core->registry->reg,
		permission->captured_by);
	struct stored_permission stored;
	struct signed_body before;
	enum wh_err err;

	err = store_get(work->txn, work->arena, &permission->permission_id,
	    &stored);
	if (err == WH_OK && wire_signed_read(work->arena, stored.signed_bytes,
				PERMISSION_MAX, &before, NULL) != WH_OK)
		err = WH_CORRUPT;
	if (err != WH_OK || by == NULL ||
	    register_key_by_id(by, KEY_SIGNING, before.key_id) != NULL)
		return err;
	return store_signature(work->txn, &permission->permission_id, bytes);
}

/* What was judged when it was kept is not judged again. */
static enum reason
judge_permission(struct work *work, const struct signed_body *body,
    const struct permission *permission, enum kept kept, struct why *why)
{
	if (strcmp(permission->captured_by, work->member) != 0) {
		why_set(why, WH_OK,
		    "captured_by is not the member that sent it");
		return REASON_WRONG_PARTIES;
	}
	if (kept == KEPT_BYTES)
		return REASON_NONE;
	if (work_signature(work, body, WIRE_DOMAIN_PERMISSION,
		permission->captured_by, why) != REASON_NONE)
		return REASON_BAD_SIGNATURE;
	return kept == KEPT_BODY ? REASON_NONE
				 : permission_check(&work->core->registry->reg,
				       permission, why);
}

static void
permission_details(const struct permission *permission, char *out, size_t size)
{
	char text[ID_TEXT_SIZE];

	id_text(&permission->permission_id, text);
	snprintf(out, size,
	    "permission=%s\nkind=%s\ncategories=%08x\nuntil=%lld\n", text,
	    terms_text(TERMS_PERMISSION_KINDS, permission->kind),
	    (unsigned)permission->categories,
	    (long long)permission->valid_until_ms);
}

/* What was recorded before: the same receipt as then. */
static enum wh_err
answer_again(struct work *work, const struct subject *subject)
{
	uint64_t index;
	enum wh_err err = work_recollect(work, subject, &index);

	if (err != WH_OK)
		return err == WH_NOT_FOUND ? WH_CORRUPT : err;
	return work_receipt(work, subject, index, true);
}

enum wh_err
core_permission(struct work *work, struct span bytes)
{
	struct subject subject = {.from = work->member, .to = ""};
	struct signed_body body;
	struct permission permission;
	struct why why = {""};
	char details[160];
	enum reason reason;
	enum kept kept;
	uint64_t index = 0;
	bool same;
	enum wh_err err;

	err = wire_signed_read(work->arena, bytes, PERMISSION_MAX, &body, &why);
	if (err == WH_OK)
		err = wire_permission_read(work->arena, body.body, &permission,
		    &why);
	if (err != WH_OK)
		return work_refuse(work, REASON_MALFORMED, &subject, why.text);
	subject.id = permission.permission_id;
	subject.permission_id = permission.permission_id;
	subject.to = permission.to.member;
	permission_details(&permission, details, sizeof(details));
	subject.details = details;
	err = find_kept(work, &permission, bytes, body.body, &kept);
	if (err != WH_OK)
		return err;
	reason = judge_permission(work, &body, &permission, kept, &why);
	if (reason != REASON_NONE)
		return work_refuse(work, reason, &subject, why.text);
	if (kept == KEPT_BODY)
		err = keep_signature(work, &permission, bytes);
	if (err != WH_OK)
		return err;
	if (kept == KEPT_BYTES || kept == KEPT_BODY)
		return answer_again(work, &subject);
	err = store_put(work->txn, &permission, bytes, &same);
	if (err == WH_EXISTS)
		return work_refuse(work, REASON_DUPLICATE_CONFLICT, &subject,
		    "permission_id: was used for another record");
	if (err == WH_OK)
		err = work_log(work, AUDIT_PERMISSION, 0, &subject, &index);
	if (err == WH_OK)
		err = work_remember(work, &subject, index);
	if (err == WH_OK)
		err = work_receipt(work, &subject, index, false);
	return err;
}

static enum wh_err
read_event(struct work *work, struct span bytes, struct signed_body *body,
    struct permission_change *change, struct why *why)
{
	enum wh_err err =
	    wire_signed_read(work->arena, bytes, PERMISSION_MAX, body, why);

	return err == WH_OK ? wire_permission_change_read(work->arena,
				  body->body, change, why)
			    : err;
}

enum wh_err
work_permission_of(struct work *work, const struct permission_change *change,
    struct stored_permission *out)
{
	if (change->has_permission)
		return store_get(work->txn, work->arena, &change->permission_id,
		    out);
	return store_by_code(work->txn, work->arena, change->withdrawal_code,
	    out);
}

static enum reason
judge_event(struct work *work, const struct signed_body *body,
    const struct permission_change *change,
    const struct stored_permission *stored, struct why *why)
{
	if (strcmp(change->by_member, work->member) != 0) {
		why_set(why, WH_OK, "by_member is not the member that sent it");
		return REASON_WRONG_PARTIES;
	}
	if (work_signature(work, body, WIRE_DOMAIN_PERMISSION_EVENT,
		change->by_member, why) != REASON_NONE)
		return REASON_BAD_SIGNATURE;
	if (!permission_may_change(&stored->permission,
		&work->core->registry->reg, change)) {
		why_set(why, WH_OK,
		    "only a party, or who holds the code, can end it, and only "
		    "who captured it can say that it was given");
		return REASON_WRONG_PARTIES;
	}
	return REASON_NONE;
}

/*
 * The event counts from now on: keep it, log it, stop what waits. One that
 * changes nothing, because the permission had ended already, is logged too:
 * who withdraws at a second desk can show that as well.
 */
static enum wh_err
record_event(struct work *work, struct ending *ending,
    const struct subject *subject)
{
	const struct stored_permission *stored = ending->stored;
	const struct standing *after = &ending->after;
	bool changes = after->changes != stored->standing.changes;
	enum wh_err err = WH_OK;

	if (changes)
		err = store_change(work->txn, &stored->permission.permission_id,
		    ending->bytes, after);
	if (err == WH_OK && after->state == PERMISSION_OBJECTED)
		err = store_objection(work->txn, &stored->permission);
	if (err == WH_OK)
		err = work_log(work, AUDIT_PERMISSION_END,
		    ending->change->event, subject, &ending->index);
	if (err == WH_OK)
		err = work_remember(work, subject, ending->index);
	if (err == WH_OK)
		err = changes ? core_withdraw(work, ending)
			      : reach_renew(work, stored, ending->change,
				    ending->bytes);
	if (err == WH_OK)
		err = reach_watch(work, &stored->permission, work->member,
		    &subject->id);
	if (err == WH_OK)
		err = work_receipt(work, subject, ending->index, !changes);
	return err;
}

enum wh_err
core_permission_event(struct work *work, struct span bytes)
{
	struct subject subject = {.from = work->member, .to = ""};
	struct permission_change change;
	struct stored_permission stored;
	struct signed_body body;
	struct why why = {""};
	char details[80], text[ID_TEXT_SIZE];
	struct ending ending = {.stored = &stored,
	    .change = &change,
	    .bytes = bytes};
	enum reason reason;
	uint64_t index;
	enum wh_err err;

	err = read_event(work, bytes, &body, &change, &why);
	if (err != WH_OK)
		return work_refuse(work, REASON_MALFORMED, &subject, why.text);
	subject.id = change.event_id;
	err = work_permission_of(work, &change, &stored);
	if (err == WH_NOT_FOUND)
		return work_refuse(work, REASON_NO_PERMISSION, &subject,
		    "no such permission is known here");
	if (err != WH_OK)
		return err;
	subject.permission_id = stored.permission.permission_id;
	id_text(&stored.permission.permission_id, text);
	snprintf(details, sizeof(details), "permission=%s\n", text);
	/* Who holds only the code is not told of whom it is. */
	if (permission_is_party(&stored.permission, &work->core->registry->reg,
		work->member))
		subject.details = details;
	reason = judge_event(work, &body, &change, &stored, &why);
	if (reason != REASON_NONE)
		return work_refuse(work, reason, &subject, why.text);
	err = work_recollect(work, &subject, &index);
	if (err == WH_OK) {
		err = reach_renew(work, &stored, &change, bytes);
		return err == WH_OK ? work_receipt(work, &subject, index, true)
				    : err;
	}
	if (err != WH_NOT_FOUND)
		return err;
	err = standing_apply(&stored.permission, &stored.standing, &change,
	    &ending.after);
	if (err == WH_REFUSED)
		return work_refuse(work, REASON_KIND_NOT_ALLOWED, &subject,
		    "this kind of permission is not ended by that, or it has "
		    "ended in another way");
	if (err != WH_OK)
		return err;
	return record_event(work, &ending, &subject);
}

/* Would this event change how a permission stands, or bring its end on? */
static enum wh_err
event_ends(struct work *work, struct span event, bool *ends)
{
	struct permission_change change;
	struct stored_permission stored;
	struct signed_body body;
	struct standing after;
	enum wh_err err;

	err = read_event(work, event, &body, &change, NULL);
	if (err != WH_OK)
		return WH_OK;
	err = work_permission_of(work, &change, &stored);
	if (err != WH_OK)
		return err == WH_NOT_FOUND ? WH_OK : err;
	if (judge_event(work, &body, &change, &stored, NULL) != REASON_NONE ||
	    standing_apply(&stored.permission, &stored.standing, &change,
		&after) != WH_OK)
		return WH_OK;
	*ends = after.changes != stored.standing.changes;
	return *ends ? WH_OK : reach_renews(work, &stored, &change, ends);
}

enum wh_err
core_ends(struct core *core, struct kv_txn *txn, const struct moment *moment,
    const char *member, const struct to_hub *message, bool *ends)
{
	struct work work = {.core = core,
	    .txn = txn,
	    .moment = moment,
	    .member = member,
	    .arena = &core->arena};

	*ends = false;
	arena_reset(work.arena);
	return message->kind == TO_HUB_CARRIED
		   ? reach_completes(&work, message->u.bytes, ends)
		   : event_ends(&work, message->u.bytes, ends);
}
