/* SPDX-License-Identifier: EUPL-1.2 */
#include "adapters/mirror.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "adapters/local.h"
#include "adapters/mirror_past.h"
#include "consent/merkle.h"
#include "consent/note_log.h"
#include "proto/base/mem.h"
#include "proto/base/text.h"

#define STATE     "mirror"
#define STATE_LEN 24             /* next, time, log; the origin follows */
#define AGAIN     "mirror-again" /* be64: where to ask on, when below next */

#define INDEX_MASK ((UINT64_C(1) << 48) - 1)

struct row_key {
	uint8_t b[sizeof(struct id) + 8];
	size_t len;
};

static struct row_key
entry_key(uint64_t index)
{
	struct row_key key = {.len = 8};

	be64_put(key.b, index);
	return key;
}

/* In both indexes: what entries are about, and where one is. */
static struct row_key
about_key(const struct id *about, uint64_t place)
{
	struct row_key key = {.len = sizeof(key.b)};

	memcpy(key.b, about->b, sizeof(about->b));
	be64_put(key.b + sizeof(about->b), place);
	return key;
}

static struct span
key_span(const struct row_key *key)
{
	return span_of(key->b, key->len);
}

enum wh_err
mirror_state(struct kv_txn *txn, struct mirror_state *out)
{
	struct span value;
	enum wh_err err;

	*out = (struct mirror_state){0};
	err = kv_peek(txn, LOCAL_META, span_str(STATE), &value);
	if (err == WH_NOT_FOUND)
		return WH_OK;
	if (err == WH_OK && (value.len < STATE_LEN ||
				value.len - STATE_LEN > MIRROR_ORIGIN_MAX))
		err = WH_CORRUPT;
	if (err != WH_OK)
		return err;
	out->next = out->ask = be64_get(value.p);
	out->at_ms = (int64_t)be64_get(value.p + 8);
	out->log = be64_get(value.p + 16);
	memcpy(out->origin, value.p + STATE_LEN, value.len - STATE_LEN);
	err = kv_peek(txn, LOCAL_META, span_str(AGAIN), &value);
	if (err == WH_OK && value.len != 8)
		return WH_CORRUPT;
	if (err == WH_OK)
		out->ask = be64_get(value.p);
	return err == WH_NOT_FOUND ? WH_OK : err;
}

static enum wh_err
again_put(struct kv_txn *txn, const struct mirror_state *state)
{
	uint8_t value[8];
	enum wh_err err;

	be64_put(value, state->ask);
	if (state->ask < state->next)
		return kv_put(txn, LOCAL_META, span_str(AGAIN),
		    span_of(value, sizeof(value)));
	err = kv_del(txn, LOCAL_META, span_str(AGAIN));
	return err == WH_NOT_FOUND ? WH_OK : err;
}

static enum wh_err
state_put(struct kv_txn *txn, const struct mirror_state *state)
{
	uint8_t value[STATE_LEN + MIRROR_ORIGIN_MAX];
	size_t len = strlen(state->origin);
	enum wh_err err;

	be64_put(value, state->next);
	be64_put(value + 8, (uint64_t)state->at_ms);
	be64_put(value + 16, state->log);
	memcpy(value + STATE_LEN, state->origin, len);
	err = kv_put(txn, LOCAL_META, span_str(STATE),
	    span_of(value, STATE_LEN + len));
	return err == WH_OK ? again_put(txn, state) : err;
}

enum wh_err
mirror_begin(struct kv_txn *txn, const char *log_origin)
{
	struct mirror_state state;
	uint32_t generation;
	enum wh_err err = mirror_state(txn, &state);

	if (err != WH_OK)
		return err;
	if (note_log_parse(log_origin, span_str(state.origin), &generation) ==
	    WH_OK)
		return WH_OK;
	if (state.origin[0] != '\0') {
		state.log++;
		state.next = state.ask = 0;
	}
	err = str_copy(state.origin, sizeof(state.origin), log_origin);
	return err == WH_OK ? state_put(txn, &state) : err;
}

/* Leaf, and key and details sealed behind it when they are here. */
static enum wh_err
row_put(struct kv_txn *txn, const struct vault *vault, uint64_t place,
    const struct log_entry *entry)
{
	uint8_t plain[HASH_LEN + AUDIT_DETAIL_MAX];
	struct row_key key = entry_key(place);
	uint8_t *sealed = NULL, *value;
	size_t len = 0;
	enum wh_err err;

	if (entry->key.len == HASH_LEN) {
		memcpy(plain, entry->key.p, HASH_LEN);
		if (entry->details.len > 0)
			memcpy(plain + HASH_LEN, entry->details.p,
			    entry->details.len);
		vault_seal(vault, LOCAL_LOG, key_span(&key),
		    span_of(plain, HASH_LEN + entry->details.len), &sealed,
		    &len);
	}
	value = mem_new(AUDIT_LEAF_LEN + len);
	memcpy(value, entry->leaf.p, AUDIT_LEAF_LEN);
	if (len > 0)
		memcpy(value + AUDIT_LEAF_LEN, sealed, len);
	err = kv_put(txn, LOCAL_LOG, key_span(&key),
	    span_of(value, AUDIT_LEAF_LEN + len));
	mem_free(value);
	mem_free(sealed);
	return err;
}

static enum wh_err
parse_leaf(uint64_t index, struct span bytes, struct mirror_entry *out)
{
	memset(out, 0, sizeof(*out));
	out->index = index & INDEX_MASK;
	out->hash = merkle_leaf(bytes);
	return audit_leaf_read(bytes, &out->leaf);
}

static bool
is_named(const struct audit_leaf *leaf, const char *member)
{
	return strcmp(leaf->from, member) == 0 ||
	       strcmp(leaf->to, member) == 0 ||
	       (leaf->from[0] == '\0' && leaf->to[0] == '\0');
}

/* Nothing is believed that the leaf itself does not bear out. */
static enum wh_err
check_entry(const struct log_entry *in, const char *member,
    struct mirror_entry *out, struct why *why)
{
	struct hash key, commitment;

	if (parse_leaf(in->index, in->leaf, out) != WH_OK)
		return why_set(why, WH_INVALID,
		    "entry %" PRIu64 ": cannot be read", in->index);
	if (!is_named(&out->leaf, member))
		return why_set(why, WH_INVALID,
		    "entry %" PRIu64 ": is about others", in->index);
	if (in->key.len == 0)
		return WH_OK;
	memcpy(key.b, in->key.p, HASH_LEN);
	commitment = audit_commitment(&key, in->details);
	if (in->details.len > AUDIT_DETAIL_MAX ||
	    !hash_equal(&commitment, &out->leaf.commitment))
		return why_set(why, WH_INVALID,
		    "entry %" PRIu64 ": its details are not its own",
		    in->index);
	out->has_details = true;
	if (in->details.len > 0)
		memcpy(out->details, in->details.p, in->details.len);
	return WH_OK;
}

/* The entry without what was sealed behind its leaf. */
static enum wh_err
forget(struct kv_txn *txn, uint64_t index)
{
	struct row_key key = entry_key(index);
	uint8_t leaf[AUDIT_LEAF_LEN];
	struct span value;
	enum wh_err err;

	err = kv_peek(txn, LOCAL_LOG, key_span(&key), &value);
	if (err != WH_OK)
		return err == WH_NOT_FOUND ? WH_OK : err;
	if (value.len <= sizeof(leaf))
		return value.len < sizeof(leaf) ? WH_CORRUPT : WH_OK;
	memcpy(leaf, value.p, sizeof(leaf));
	err =
	    kv_put(txn, LOCAL_LOG, key_span(&key), span_of(leaf, sizeof(leaf)));
	return err == WH_OK ? local_freed(txn) : err;
}

/* The first entry in an index about this at from or later; WH_NOT_FOUND. */
static enum wh_err
about_next(struct kv_txn *txn, enum local_table table, const struct id *about,
    uint64_t from, uint64_t *place)
{
	struct row_key at = about_key(about, from);
	struct span key = key_span(&at);
	struct span value;
	enum wh_err err;

	err = kv_seek(txn, table, &key, &value);
	if (err != WH_OK)
		return err;
	if (key.len != at.len)
		return WH_CORRUPT;
	if (memcmp(key.p, about->b, sizeof(about->b)) != 0)
		return WH_NOT_FOUND;
	*place = be64_get(key.p + sizeof(about->b));
	return WH_OK;
}

static enum wh_err
forget_case(struct kv_txn *txn, const struct id *case_ref, uint64_t own)
{
	uint64_t place = 0;
	enum wh_err err = WH_OK;

	while (err == WH_OK) {
		err = mirror_case_next(txn, case_ref, place, &place);
		if (err == WH_OK && place >= own)
			break;
		if (err == WH_OK)
			err = forget(txn, place++);
	}
	return err == WH_NOT_FOUND ? WH_OK : err;
}

/* What ties its entries together goes too. */
static enum wh_err
forget_permission(struct kv_txn *txn, const struct id *subject, uint64_t own)
{
	struct row_key key;
	uint64_t place = 0;
	enum wh_err err = WH_OK;

	while (err == WH_OK) {
		err = about_next(txn, LOCAL_LOG_BY_SUBJECT, subject, 0, &place);
		if (err == WH_OK && place >= own)
			break;
		if (err == WH_OK)
			err = forget(txn, place);
		key = about_key(subject, place);
		if (err == WH_OK)
			err = kv_del(txn, LOCAL_LOG_BY_SUBJECT, key_span(&key));
	}
	return err == WH_NOT_FOUND ? WH_OK : err;
}

/*
 * The details of one entry, of all that tell of a permission, or of all about
 * the case, are gone at the hub.
 */
static enum wh_err
forget_erased(struct kv_txn *txn, uint64_t log,
    const struct mirror_entry *entry)
{
	uint64_t own = mirror_place(log, entry->index);
	char text[ID_TEXT_SIZE];
	struct id subject;

	mirror_detail(entry, "index", text, sizeof(text));
	if (text[0] != '\0')
		return forget(txn,
		    mirror_place(log, strtoull(text, NULL, 10) & INDEX_MASK));
	mirror_detail(entry, "subject", text, sizeof(text));
	if (id_parse(text, &subject) == WH_OK)
		return forget_permission(txn, &subject, own);
	return forget_case(txn, &entry->leaf.case_ref, own);
}

/* Found by its case, and by the permission that its details name. */
static enum wh_err
index_put(struct kv_txn *txn, uint64_t place, const struct mirror_entry *entry)
{
	struct row_key key = about_key(&entry->leaf.case_ref, place);
	char text[ID_TEXT_SIZE];
	struct id permission_id;
	enum wh_err err = WH_OK;

	if (!id_is_zero(&entry->leaf.case_ref))
		err = kv_put(txn, LOCAL_LOG_BY_CASE, key_span(&key),
		    span_of(NULL, 0));
	mirror_detail(entry, "permission", text, sizeof(text));
	if (err != WH_OK || id_parse(text, &permission_id) != WH_OK)
		return err;
	permission_id = audit_erased_subject(&permission_id);
	key = about_key(&permission_id, place);
	return kv_put(txn, LOCAL_LOG_BY_SUBJECT, key_span(&key),
	    span_of(NULL, 0));
}

/* What page entries go into, and what came of them. */
struct adding {
	struct kv_txn *txn;
	const struct vault *vault;
	const char *member;
	struct mirror_state state;
	bool restored; /* the hub was put back since it told us */
	struct why *why;
};

static enum wh_err
add_new(struct adding *a, const struct log_entry *in,
    const struct mirror_entry *entry)
{
	uint64_t place = mirror_place(a->state.log, in->index);
	enum wh_err err = row_put(a->txn, a->vault, place, in);

	if (err == WH_OK)
		err = index_put(a->txn, place, entry);
	if (err == WH_OK && entry->leaf.kind == AUDIT_ERASED)
		err = forget_erased(a->txn, a->state.log, entry);
	if (entry->leaf.kind == AUDIT_OPENED &&
	    entry->leaf.reason == AUDIT_OPENED_RESTORED)
		a->restored = true;
	return err;
}

/* What is here stays: its details may have been erased since. */
static enum wh_err
add_one(struct adding *a, const struct log_entry *in)
{
	struct mirror_entry entry;
	bool same = false;
	enum wh_err err = check_entry(in, a->member, &entry, a->why);

	if (err != WH_OK)
		return err;
	err = mirror_matches(a->txn, in->index, in->leaf, &same);
	if (err == WH_NOT_FOUND)
		return add_new(a, in, &entry);
	if (err == WH_OK && !same)
		return why_set(a->why, WH_INVALID,
		    "entry %" PRIu64 ": is another than was told before",
		    in->index);
	return err;
}

enum wh_err
mirror_add(struct kv_txn *txn, const struct vault *vault, const char *member,
    const struct log_page *page, int64_t now_ms, struct why *why)
{
	struct adding a = {.txn = txn,
	    .vault = vault,
	    .member = member,
	    .why = why};
	size_t i;
	enum wh_err err = mirror_state(txn, &a.state);

	if (err == WH_OK &&
	    (page->from != a.state.ask || page->next > INDEX_MASK))
		return why_set(why, WH_INVALID, "it does not follow");
	for (i = 0; err == WH_OK && i < page->count; i++)
		err = add_one(&a, &page->entries[i]);
	if (err == WH_OK)
		err = mirror_past_mark(txn, a.state.log, page, a.state.next);
	if (err != WH_OK)
		return err;
	/* Who was told nothing before has nothing that was lost. */
	a.restored = a.restored && a.state.next > 0;
	if (page->next > a.state.next)
		a.state.next = page->next;
	a.state.ask = a.restored ? 0 : page->next;
	a.state.at_ms = now_ms;
	return state_put(txn, &a.state);
}

static enum wh_err
open_details(const struct vault *vault, const struct row_key *key,
    struct span sealed, struct mirror_entry *out)
{
	uint8_t *plain = NULL;
	size_t len = 0;
	enum wh_err err;

	err = vault_open(vault, LOCAL_LOG, key_span(key), sealed, &plain, &len);
	if (err != WH_OK)
		return err;
	out->has_details =
	    len >= HASH_LEN && len - HASH_LEN < sizeof(out->details);
	if (out->has_details) {
		memcpy(out->details, plain + HASH_LEN, len - HASH_LEN);
		out->details[len - HASH_LEN] = '\0';
	}
	mem_wipe_free(plain, len);
	return out->has_details ? WH_OK : WH_CORRUPT;
}

enum wh_err
mirror_get(struct kv_txn *txn, const struct vault *vault, uint64_t place,
    struct mirror_entry *out)
{
	struct row_key key = entry_key(place);
	struct mirror_state state;
	struct span value, sealed;
	bool lost = false;
	enum wh_err err;

	err = kv_peek(txn, LOCAL_LOG, key_span(&key), &value);
	if (err != WH_OK)
		return err;
	if (value.len < AUDIT_LEAF_LEN ||
	    parse_leaf(place, span_of(value.p, AUDIT_LEAF_LEN), out) != WH_OK)
		return WH_CORRUPT;
	sealed = span_of(value.p + AUDIT_LEAF_LEN, value.len - AUDIT_LEAF_LEN);
	err = mirror_state(txn, &state);
	if (err == WH_OK)
		err = mirror_past_has(txn, place, &lost);
	if (err != WH_OK)
		return err;
	out->is_past = lost || place >> 48 < state.log;
	if (sealed.len == 0)
		return WH_OK;
	return open_details(vault, &key, sealed, out);
}

enum wh_err
mirror_prev(struct kv_txn *txn, uint64_t *place, struct mirror_entry *out)
{
	struct row_key at = entry_key(*place);
	struct span key = key_span(&at);
	struct span value;
	enum wh_err err;

	err = kv_prev(txn, LOCAL_LOG, &key, &value);
	if (err != WH_OK)
		return err;
	if (key.len != 8 || value.len < AUDIT_LEAF_LEN ||
	    parse_leaf(be64_get(key.p), span_of(value.p, AUDIT_LEAF_LEN),
		out) != WH_OK)
		return WH_CORRUPT;
	*place = be64_get(key.p);
	return WH_OK;
}

enum wh_err
mirror_case_next(struct kv_txn *txn, const struct id *case_ref, uint64_t from,
    uint64_t *place)
{
	return about_next(txn, LOCAL_LOG_BY_CASE, case_ref, from, place);
}

enum wh_err
mirror_matches(struct kv_txn *txn, uint64_t index, struct span leaf, bool *same)
{
	struct mirror_state state;
	struct row_key key;
	struct span value;
	enum wh_err err = mirror_state(txn, &state);

	if (err != WH_OK)
		return err;
	key = entry_key(mirror_place(state.log, index));
	err = kv_peek(txn, LOCAL_LOG, key_span(&key), &value);
	if (err != WH_OK)
		return err;
	*same = leaf.len == AUDIT_LEAF_LEN && value.len >= AUDIT_LEAF_LEN &&
		memcmp(leaf.p, value.p, AUDIT_LEAF_LEN) == 0;
	return WH_OK;
}

void
mirror_detail(const struct mirror_entry *entry, const char *key, char *out,
    size_t size)
{
	size_t len = strlen(key);
	const char *line = entry->details;

	out[0] = '\0';
	while (*line != '\0') {
		if (strncmp(line, key, len) == 0 && line[len] == '=') {
			line += len + 1;
			snprintf(out, size, "%.*s", (int)strcspn(line, "\n"),
			    line);
			return;
		}
		line += strcspn(line, "\n");
		line += *line == '\n';
	}
}

enum wh_err
mirror_fill(struct kv_txn *txn, const struct vault *vault,
    struct mirror_entry *entry)
{
	struct mirror_entry other;
	char message[ID_TEXT_SIZE], same[ID_TEXT_SIZE];
	size_t len = strlen(entry->details);
	uint64_t index = 0;
	enum wh_err err = WH_OK;

	mirror_detail(entry, "message", message, sizeof(message));
	mirror_detail(entry, "type", same, sizeof(same));
	if (message[0] == '\0' || same[0] != '\0')
		return WH_OK;
	while (err == WH_OK) {
		err =
		    mirror_case_next(txn, &entry->leaf.case_ref, index, &index);
		if (err == WH_OK)
			err = mirror_get(txn, vault, index++, &other);
		if (err != WH_OK || other.leaf.kind != AUDIT_ACCEPTED)
			continue;
		mirror_detail(&other, "message", same, sizeof(same));
		if (strcmp(same, message) == 0) {
			(void)snprintf(entry->details + len,
			    sizeof(entry->details) - len, "%s", other.details);
			break;
		}
	}
	return err == WH_NOT_FOUND ? WH_OK : err;
}
