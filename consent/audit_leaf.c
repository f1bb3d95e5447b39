/* SPDX-License-Identifier: EUPL-1.2 */
#include "consent/audit_leaf.h"

#include "proto/base/be.h"
#include "proto/terms.h"

#define LEAF_VERSION 1

/* Where each field of a leaf begins. */
enum leaf_at {
	AT_VERSION = 0,
	AT_KIND = 1,
	AT_REASON = 2,
	AT_TIME = 4,
	AT_EVENT = 12,
	AT_CASE = 28,
	AT_FROM = 44,
	AT_TO = AT_FROM + NAME_MAX_LEN,
	AT_COMMITMENT = AT_TO + NAME_MAX_LEN,
	AT_END = AT_COMMITMENT + HASH_LEN
};
_Static_assert(AT_END == AUDIT_LEAF_LEN, "the leaf's fields fill it");

const char *
audit_kind_text(enum audit_kind kind)
{
#define KIND_ROW(symbol, number, text) {symbol, text},
	static const struct {
		enum audit_kind kind;
		const char *text;
	} rows[] = {TERMS_AUDIT_KIND(KIND_ROW)};
#undef KIND_ROW

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		if (rows[i].kind == kind)
			return rows[i].text;
	}
	return NULL;
}

static void
name_write(const char *name, uint8_t out[NAME_MAX_LEN])
{
	memset(out, 0, NAME_MAX_LEN);
	memcpy(out, name, strnlen(name, NAME_MAX_LEN));
}

/* False when something stands behind the padding. */
static bool
name_read(const uint8_t in[NAME_MAX_LEN], char out[NAME_MAX_LEN + 1])
{
	size_t len = strnlen((const char *)in, NAME_MAX_LEN);

	for (size_t i = len; i < NAME_MAX_LEN; i++) {
		if (in[i] != 0)
			return false;
	}
	memcpy(out, in, len);
	memset(out + len, 0, NAME_MAX_LEN + 1 - len);
	return true;
}

void
audit_leaf_write(const struct audit_leaf *leaf, uint8_t out[AUDIT_LEAF_LEN])
{
	out[AT_VERSION] = LEAF_VERSION;
	out[AT_KIND] = (uint8_t)leaf->kind;
	out[AT_REASON] = (uint8_t)(leaf->reason >> 8);
	out[AT_REASON + 1] = (uint8_t)leaf->reason;
	be64_put(out + AT_TIME, (uint64_t)leaf->at_ms);
	memcpy(out + AT_EVENT, leaf->event_id.b, sizeof(leaf->event_id.b));
	memcpy(out + AT_CASE, leaf->case_ref.b, sizeof(leaf->case_ref.b));
	name_write(leaf->from, out + AT_FROM);
	name_write(leaf->to, out + AT_TO);
	memcpy(out + AT_COMMITMENT, leaf->commitment.b, HASH_LEN);
}

enum wh_err
audit_leaf_read(struct span bytes, struct audit_leaf *out)
{
	struct audit_leaf leaf = {0};
	const uint8_t *p = bytes.p;

	if (bytes.len != AUDIT_LEAF_LEN || p[AT_VERSION] != LEAF_VERSION)
		return WH_INVALID;
	leaf.kind = (enum audit_kind)p[AT_KIND];
	leaf.reason = (uint16_t)(p[AT_REASON] << 8 | p[AT_REASON + 1]);
	leaf.at_ms = (int64_t)be64_get(p + AT_TIME);
	memcpy(leaf.event_id.b, p + AT_EVENT, sizeof(leaf.event_id.b));
	memcpy(leaf.case_ref.b, p + AT_CASE, sizeof(leaf.case_ref.b));
	memcpy(leaf.commitment.b, p + AT_COMMITMENT, HASH_LEN);
	if (audit_kind_text(leaf.kind) == NULL ||
	    !name_read(p + AT_FROM, leaf.from) ||
	    !name_read(p + AT_TO, leaf.to))
		return WH_INVALID;
	*out = leaf;
	return WH_OK;
}

struct id
audit_erased_subject(const struct id *subject)
{
	const struct span parts[] = {span_str("wijkhub erased subject"),
	    span_id(subject)};
	struct hash hash = hash_spans(parts, 2);
	struct id out;

	memcpy(out.b, hash.b, sizeof(out.b));
	return out;
}

struct hash
audit_commitment(const struct hash *key, struct span details)
{
	return hash_hmac(span_of(key->b, HASH_LEN), &details, 1);
}

const char *
audit_leaf_word(const struct audit_leaf *leaf, const char **name)
{
	static const struct {
		enum audit_kind kind;
		enum terms_table table;
		const char *name;
	} rows[] = {
	    {AUDIT_STATE, TERMS_STATES, "state"},
	    {AUDIT_PERMISSION_END, TERMS_PERMISSION_EVENTS, "event"},
	    {AUDIT_CLOCK, TERMS_EVENTS, "event"},
	    {AUDIT_REVIEWED, TERMS_CODES, "verdict"},
	};
	enum terms_table table = TERMS_REASONS;
	const char *word;

	*name = "reason";
	if (leaf->reason == 0)
		return "";
	if (leaf->kind == AUDIT_OPENED)
		return leaf->reason == AUDIT_OPENED_YEAR       ? "year"
		       : leaf->reason == AUDIT_OPENED_RESTORED ? "restored"
							       : "unknown";
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (rows[i].kind != leaf->kind)
			continue;
		table = rows[i].table;
		*name = rows[i].name;
	}
	word = terms_text(table, leaf->reason);
	return word == NULL ? "unknown" : word;
}
