/* SPDX-License-Identifier: EUPL-1.2 */
#include "consent/audit_erase.h"

#include <stdio.h>

#include "consent/audit_impl.h"
#include "proto/base/mem.h"

/* Details, sealed under a key for each subject, and how they are erased. */

/* Where the key of an erased subject was: how far its details were swept. */
#define MARK_LEN 8

static enum wh_err
mark_put(struct kv_txn *txn, const struct id *subject, uint64_t from)
{
	uint8_t mark[MARK_LEN];

	be64_put(mark, from);
	return kv_put(txn, TABLE_LOG_KEY, span_id(subject),
	    span_of(mark, sizeof(mark)));
}

/* WH_NOT_FOUND: none. *gone: there is a mark where the key was. */
static enum wh_err
key_get(struct kv_txn *txn, const struct id *subject, struct hash *key,
    bool *gone)
{
	struct span value;
	enum wh_err err;

	err = kv_peek(txn, TABLE_LOG_KEY, span_id(subject), &value);
	if (err != WH_OK)
		return err;
	*gone = value.len == MARK_LEN;
	if (*gone)
		return WH_OK;
	if (value.len != HASH_LEN)
		return WH_CORRUPT;
	memcpy(key->b, value.p, HASH_LEN);
	return WH_OK;
}

/* What is sealed for this entry, and what its commitment is made with. */
struct entry_keys {
	struct hash seal;
	struct hash commitment;
};

static struct entry_keys
entry_keys(const struct hash *subject_key, uint64_t index)
{
	struct entry_keys keys;

	hash_derive(subject_key, "audit seal", index, keys.seal.b, HASH_LEN);
	hash_derive(subject_key, "audit commitment", index, keys.commitment.b,
	    HASH_LEN);
	return keys;
}

/* The key of a subject; a new one is kept. */
static enum wh_err
key_for(struct kv_txn *txn, const struct hash *seed, const struct id *subject,
    uint64_t index, struct hash *key, bool *gone)
{
	enum wh_err err = key_get(txn, subject, key, gone);

	if (err == WH_OK && *gone)
		hash_derive(seed, "audit erased", index, key->b, HASH_LEN);
	if (err != WH_NOT_FOUND)
		return err;
	*gone = false;
	hash_derive(seed, "audit subject", index, key->b, HASH_LEN);
	return kv_put(txn, TABLE_LOG_KEY, span_id(subject),
	    span_of(key->b, HASH_LEN));
}

static enum wh_err
index_put(struct kv_txn *txn, const struct id *subject, uint64_t index)
{
	struct audit_key key = audit_case_key(subject, index);

	if (id_is_zero(subject))
		return WH_OK;
	return kv_put(txn, TABLE_LOG_BY_CASE, audit_key_span(&key),
	    span_of(NULL, 0));
}

enum wh_err
audit_detail_put(struct kv_txn *txn, const struct hash *seed,
    const struct id *subject, uint64_t index, struct span details,
    struct audit_leaf *leaf)
{
	uint8_t value[AUDIT_DETAIL_MIN + AUDIT_DETAIL_MAX];
	struct audit_key at = audit_index_key(index);
	struct entry_keys keys;
	struct hash subject_key;
	bool gone = false;
	enum wh_err err;

	err = key_for(txn, seed, subject, index, &subject_key, &gone);
	if (err != WH_OK)
		return err;
	keys = entry_keys(&subject_key, index);
	leaf->commitment = audit_commitment(&keys.commitment, details);
	/* Without a key nobody could read them; the leaf alone is kept. */
	if (!gone) {
		memcpy(value, subject->b, sizeof(subject->b));
		aead_seal(keys.seal.b, leaf->event_id.b, audit_key_span(&at),
		    details, value + sizeof(subject->b));
		err = kv_put(txn, TABLE_LOG_DETAIL, audit_key_span(&at),
		    span_of(value, AUDIT_DETAIL_MIN + details.len));
	}
	if (err == WH_OK && (!gone || !id_is_zero(&leaf->case_ref)))
		err = index_put(txn, subject, index);
	mem_wipe(&keys, sizeof(keys));
	mem_wipe(&subject_key, sizeof(subject_key));
	return err;
}

static enum wh_err
row_get(struct kv_txn *txn, uint64_t index, struct id *subject,
    struct span *sealed)
{
	struct audit_key at = audit_index_key(index);
	struct span value;
	enum wh_err err;

	err = kv_peek(txn, TABLE_LOG_DETAIL, audit_key_span(&at), &value);
	if (err != WH_OK)
		return err;
	if (value.len < AUDIT_DETAIL_MIN ||
	    value.len > AUDIT_DETAIL_MIN + AUDIT_DETAIL_MAX)
		return WH_CORRUPT;
	memcpy(subject->b, value.p, sizeof(subject->b));
	*sealed = span_of(value.p + sizeof(subject->b),
	    value.len - sizeof(subject->b));
	return WH_OK;
}

enum wh_err
audit_detail_subject(struct kv_txn *txn, uint64_t index, struct id *subject)
{
	struct span sealed;

	return row_get(txn, index, subject, &sealed);
}

enum wh_err
audit_detail_get(struct kv_txn *txn, uint64_t index, struct audit_detail *out)
{
	struct audit_key at = audit_index_key(index);
	struct entry_keys keys;
	struct hash subject_key;
	struct audit_leaf leaf;
	struct span sealed, bytes;
	struct id subject;
	bool gone = false;
	enum wh_err err;

	err = row_get(txn, index, &subject, &sealed);
	if (err == WH_OK)
		err = key_get(txn, &subject, &subject_key, &gone);
	if (err != WH_OK || gone)
		return err == WH_OK ? WH_NOT_FOUND : err;
	err = audit_leaf_get(txn, index, &bytes);
	if (err == WH_OK)
		err = audit_leaf_read(bytes, &leaf);
	if (err != WH_OK)
		return WH_CORRUPT; /* details of no entry */
	keys = entry_keys(&subject_key, index);
	err = aead_open(keys.seal.b, leaf.event_id.b, audit_key_span(&at),
	    sealed, out->bytes);
	out->key = keys.commitment;
	out->len = sealed.len - AEAD_TAG_LEN;
	mem_wipe(&keys, sizeof(keys));
	mem_wipe(&subject_key, sizeof(subject_key));
	return err == WH_OK ? WH_OK : WH_CORRUPT;
}

enum wh_err
audit_erase_state(struct kv_txn *txn, const struct id *subject,
    enum audit_erase_state *out)
{
	struct hash key;
	bool gone = false;
	enum wh_err err = key_get(txn, subject, &key, &gone);

	if (err != WH_OK && err != WH_NOT_FOUND)
		return err;
	*out = err == WH_NOT_FOUND ? AUDIT_ERASE_NEW
	       : gone              ? AUDIT_ERASE_DONE
				   : AUDIT_ERASE_OPEN;
	mem_wipe(&key, sizeof(key));
	return WH_OK;
}

enum wh_err
audit_erase(struct audit *audit, struct kv_txn *txn, const struct hash *seed,
    const struct audit_erasure *erasure, uint64_t *index)
{
	const struct id stands_for = audit_erased_subject(&erasure->subject);
	char details[64] = "", text[ID_TEXT_SIZE];
	struct audit_entry entry = {.kind = AUDIT_ERASED,
	    .at_ms = erasure->at_ms,
	    .case_ref = erasure->case_ref,
	    .from = erasure->from,
	    .to = erasure->to};
	enum audit_erase_state state;
	enum wh_err err;

	if (id_is_zero(&erasure->subject))
		return WH_INVALID; /* what the hub says of itself stays */
	id_text(&stands_for, text);
	if (id_is_zero(&erasure->case_ref))
		(void)snprintf(details, sizeof(details), "subject=%s\n", text);
	entry.details = span_str(details);
	err = audit_erase_state(txn, &erasure->subject, &state);
	if (err != WH_OK || state != AUDIT_ERASE_OPEN)
		return err == WH_OK ? WH_NOT_FOUND : err;
	err = mark_put(txn, &erasure->subject, 0);
	if (err == WH_OK)
		err = audit_append(audit, txn, seed, &entry, index);
	return err;
}

/* The details of one entry, and its place in the index if it goes by that. */
static enum wh_err
sweep_one(struct kv_txn *txn, const struct id *subject, uint64_t index)
{
	struct audit_key at = audit_index_key(index);
	struct audit_key by_case = audit_case_key(subject, index);
	struct audit_leaf leaf;
	struct span bytes;
	enum wh_err err;

	err = audit_leaf_get(txn, index, &bytes);
	if (err == WH_OK)
		err = audit_leaf_read(bytes, &leaf);
	if (err != WH_OK)
		return WH_CORRUPT;
	err = kv_del(txn, TABLE_LOG_DETAIL, audit_key_span(&at));
	/* A case stands in its leaves: what finds them tells nothing more. */
	if ((err == WH_OK || err == WH_NOT_FOUND) &&
	    !id_equal(&leaf.case_ref, subject))
		err = kv_del(txn, TABLE_LOG_BY_CASE, audit_key_span(&by_case));
	return err == WH_NOT_FOUND ? WH_OK : err;
}

enum wh_err
audit_erase_sweep(struct kv_txn *txn, const struct id *subject, unsigned max,
    bool *more)
{
	struct span mark;
	uint64_t index;
	unsigned i;
	enum wh_err err;

	*more = false;
	err = kv_peek(txn, TABLE_LOG_KEY, span_id(subject), &mark);
	if (err != WH_OK || mark.len != MARK_LEN)
		return err == WH_OK ? WH_INVALID : err;
	index = be64_get(mark.p);
	for (i = 0; i < max; i++, index++) {
		err = audit_case_next(txn, subject, index, &index);
		if (err != WH_OK)
			return err == WH_NOT_FOUND ? WH_OK : err;
		err = sweep_one(txn, subject, index);
		if (err != WH_OK)
			return err;
	}
	*more = true;
	return mark_put(txn, subject, index);
}

enum wh_err
audit_erase_forget(struct kv_txn *txn, const struct id *subject)
{
	enum audit_erase_state state;
	enum wh_err err = audit_erase_state(txn, subject, &state);

	if (err != WH_OK || state != AUDIT_ERASE_DONE)
		return err;
	return kv_del(txn, TABLE_LOG_KEY, span_id(subject));
}
