/* SPDX-License-Identifier: EUPL-1.2 */
#include "consent/audit_impl.h"
#include "consent/note.h"
#include "proto/base/mem.h"

/* A new generation of the log, linked to the one before. */

/* Is it the head of the log as it stands? */
static bool
is_head(const struct audit *audit, const struct note_checkpoint *checkpoint)
{
	struct hash root = audit_root(audit);

	return checkpoint->size == audit_size(audit) &&
	       hash_equal(&checkpoint->root, &root);
}

static enum wh_err
check_opening(const struct audit *audit, const struct audit_opening *opening,
    struct hash *link)
{
	struct note *note = mem_new(sizeof(*note));
	struct note_checkpoint checkpoint;
	enum wh_err err;

	err = note_parse(opening->note, note);
	if (err == WH_OK)
		err = note_checkpoint_parse(note->text, &checkpoint);
	if (err == WH_OK)
		err = note_log_link(opening->note, link);
	if (err != WH_OK || opening->generation <= audit->generation)
		err = WH_INVALID;
	switch (opening->reason) {
	case AUDIT_OPENED_YEAR:
		if (err == WH_OK && !is_head(audit, &checkpoint))
			err = WH_INVALID;
		break;
	case AUDIT_OPENED_RESTORED:
		break;
	}
	mem_free(note);
	return err;
}

enum wh_err
audit_open(struct audit *audit, struct kv_txn *txn, const struct hash *seed,
    const struct audit_opening *opening)
{
	struct audit after = {.generation = opening->generation};
	struct audit_leaf leaf = {.kind = AUDIT_OPENED,
	    .reason = (uint16_t)opening->reason,
	    .at_ms = opening->at_ms};
	struct audit_key link_key =
	    audit_meta_key(AUDIT_LINK, opening->generation);
	uint8_t number[4];
	enum wh_err err;

	err = check_opening(audit, opening, &leaf.commitment);
	if (err != WH_OK)
		return err;
	be32_put(number, opening->generation);
	hash_derive(seed, "audit event", audit_next(&after), leaf.event_id.b,
	    sizeof(leaf.event_id.b));
	err = kv_put(txn, TABLE_LOG_META, audit_key_span(&link_key),
	    opening->note);
	if (err == WH_OK)
		err = kv_put(txn, TABLE_LOG_META, span_str(AUDIT_GENERATION),
		    span_of(number, sizeof(number)));
	if (err == WH_OK)
		err = audit_leaf_put(txn, &after, &leaf);
	if (err == WH_OK)
		*audit = after;
	return err;
}
