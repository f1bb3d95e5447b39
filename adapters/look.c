/* SPDX-License-Identifier: EUPL-1.2 */
#include "adapters/look.h"

#include <stdio.h>

#include "adapters/local.h"
#include "proto/base/mem.h"
#include "proto/base/text.h"

#define HEAD     "look"
#define GONE     "look-gone"
#define HEAD_LEN (8 + HASH_LEN)

/* In the clear: 8 time, 1 kind, 1 roles, label, NUL, where, NUL. */
#define AT_KIND  8
#define AT_ROLES 9
#define AT_LABEL 10
#define TEXT_MAX (AT_LABEL + NAME_MAX_LEN + 1 + LOOK_WHERE_MAX + 1)

const char *
look_text(enum look_kind kind)
{
#define LOOK_ROW(symbol, number, text) {symbol, text},
	static const struct {
		enum look_kind kind;
		const char *text;
	} rows[] = {TERMS_LOOK(LOOK_ROW)};
#undef LOOK_ROW

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (rows[i].kind == kind)
			return rows[i].text;
	}
	return NULL;
}

static struct hash
chain_on(const struct hash *before, uint64_t n, struct span text)
{
	uint8_t number[8];
	struct span parts[3] = {span_of(before->b, HASH_LEN),
	    span_of(number, sizeof(number)), text};

	be64_put(number, n);
	return hash_spans(parts, 3);
}

static struct span
write_text(const struct look *look, uint8_t out[TEXT_MAX])
{
	size_t label = strlen(look->who.label) + 1;
	size_t where = strlen(look->where) + 1;

	be64_put(out, (uint64_t)look->at_ms);
	out[AT_KIND] = (uint8_t)look->kind;
	out[AT_ROLES] = (uint8_t)look->who.roles;
	memcpy(out + AT_LABEL, look->who.label, label);
	memcpy(out + AT_LABEL + label, look->where, where);
	return span_of(out, AT_LABEL + label + where);
}

static enum wh_err
read_text(struct span text, struct look *out)
{
	const char *label = (const char *)text.p + AT_LABEL;
	size_t len;

	if (text.len < AT_LABEL + 2 || text.p[text.len - 1] != '\0')
		return WH_CORRUPT;
	out->at_ms = (int64_t)be64_get(text.p);
	out->kind = (enum look_kind)text.p[AT_KIND];
	out->who.roles = text.p[AT_ROLES];
	len = strlen(label) + 1;
	if (AT_LABEL + len >= text.len || look_text(out->kind) == NULL ||
	    str_copy(out->who.label, sizeof(out->who.label), label) != WH_OK ||
	    str_copy(out->where, sizeof(out->where), label + len) != WH_OK)
		return WH_CORRUPT;
	return WH_OK;
}

static enum wh_err
head_read(struct span value, struct look_head *out)
{
	if (value.len != HEAD_LEN)
		return WH_CORRUPT;
	out->count = be64_get(value.p);
	memcpy(out->chain.b, value.p + 8, HASH_LEN);
	return WH_OK;
}

static struct span
head_of(const struct look *look, uint8_t out[HEAD_LEN])
{
	be64_put(out, look->n);
	memcpy(out + 8, look->chain.b, HASH_LEN);
	return span_of(out, HEAD_LEN);
}

enum wh_err
look_head(struct kv_txn *txn, struct look_head *out)
{
	struct span value;
	enum wh_err err;

	*out = (struct look_head){0};
	err = kv_peek(txn, LOCAL_META, span_str(HEAD), &value);
	if (err == WH_NOT_FOUND)
		return WH_OK;
	return err == WH_OK ? head_read(value, out) : err;
}

static enum wh_err
head_put(struct kv_txn *txn, const struct look *look)
{
	uint8_t value[HEAD_LEN];

	return kv_put(txn, LOCAL_META, span_str(HEAD), head_of(look, value));
}

enum wh_err
look_gone(struct kv_txn *txn, const struct vault *vault, struct look_head *out)
{
	uint8_t *plain = NULL;
	struct span value;
	size_t len = 0;
	enum wh_err err;

	*out = (struct look_head){0};
	err = kv_peek(txn, LOCAL_META, span_str(GONE), &value);
	if (err == WH_NOT_FOUND)
		return WH_OK;
	if (err == WH_OK)
		err = vault_open(vault, LOCAL_META, span_str(GONE), value,
		    &plain, &len);
	if (err == WH_OK)
		err = head_read(span_of(plain, len), out);
	mem_free(plain);
	return err;
}

/* Sealed: who has the store alone cannot let entries go. */
static enum wh_err
gone_put(struct kv_txn *txn, const struct vault *vault, const struct look *look)
{
	uint8_t plain[HEAD_LEN];
	uint8_t *sealed = NULL;
	size_t len = 0;
	enum wh_err err;

	vault_seal(vault, LOCAL_META, span_str(GONE), head_of(look, plain),
	    &sealed, &len);
	err = kv_put(txn, LOCAL_META, span_str(GONE), span_of(sealed, len));
	mem_free(sealed);
	return err;
}

enum wh_err
look_add(struct kv_txn *txn, const struct vault *vault, struct look *look)
{
	uint8_t text[TEXT_MAX], key[8];
	uint8_t *sealed = NULL, *value;
	struct look_head head;
	struct span plain;
	size_t len = 0;
	enum wh_err err = look_head(txn, &head);

	if (err != WH_OK)
		return err;
	look->n = head.count + 1;
	plain = write_text(look, text);
	look->chain = chain_on(&head.chain, look->n, plain);
	be64_put(key, look->n);
	vault_seal(vault, LOCAL_LOOK, span_of(key, sizeof(key)), plain, &sealed,
	    &len);
	value = mem_new(HASH_LEN + len);
	memcpy(value, look->chain.b, HASH_LEN);
	memcpy(value + HASH_LEN, sealed, len);
	err = kv_put(txn, LOCAL_LOOK, span_of(key, sizeof(key)),
	    span_of(value, HASH_LEN + len));
	mem_free(sealed);
	mem_free(value);
	return err == WH_OK ? head_put(txn, look) : err;
}

/* The entry, and what its chain must be behind the one before. */
static enum wh_err
read_entry(struct kv_txn *txn, const struct vault *vault, uint64_t n,
    const struct hash *before, struct look *out, struct hash *expected)
{
	uint8_t key[8];
	uint8_t *plain = NULL;
	struct span value;
	size_t len = 0;
	enum wh_err err;

	be64_put(key, n);
	err = kv_peek(txn, LOCAL_LOOK, span_of(key, sizeof(key)), &value);
	if (err == WH_OK && value.len < HASH_LEN)
		err = WH_CORRUPT;
	if (err != WH_OK)
		return err;
	memset(out, 0, sizeof(*out));
	out->n = n;
	memcpy(out->chain.b, value.p, HASH_LEN);
	err = vault_open(vault, LOCAL_LOOK, span_of(key, sizeof(key)),
	    span_of(value.p + HASH_LEN, value.len - HASH_LEN), &plain, &len);
	if (err != WH_OK)
		return err;
	err = read_text(span_of(plain, len), out);
	if (err == WH_OK && before != NULL)
		*expected = chain_on(before, n, span_of(plain, len));
	mem_free(plain);
	return err;
}

enum wh_err
look_get(struct kv_txn *txn, const struct vault *vault, uint64_t n,
    struct look *out)
{
	return read_entry(txn, vault, n, NULL, out, NULL);
}

enum wh_err
look_oldest(struct kv_txn *txn, const struct vault *vault, int64_t *at_ms)
{
	struct look_head gone;
	struct look look;
	enum wh_err err = look_gone(txn, vault, &gone);

	if (err == WH_OK)
		err = look_get(txn, vault, gone.count + 1, &look);
	if (err == WH_OK)
		*at_ms = look.at_ms;
	return err;
}

enum wh_err
look_drop(struct kv_txn *txn, const struct vault *vault, int64_t before_ms,
    unsigned max, unsigned *count)
{
	struct look_head gone;
	struct look look;
	uint8_t key[8];
	unsigned n = 0;
	enum wh_err err = look_gone(txn, vault, &gone);

	for (; err == WH_OK && n < max; n++) {
		err = look_get(txn, vault, gone.count + n + 1, &look);
		if (err != WH_OK || look.at_ms >= before_ms)
			break;
		be64_put(key, look.n);
		err = kv_del(txn, LOCAL_LOOK, span_of(key, sizeof(key)));
		if (err == WH_OK)
			err = gone_put(txn, vault, &look);
	}
	*count = n;
	return err == WH_NOT_FOUND ? WH_OK : err;
}

enum wh_err
look_verify(struct kv_txn *txn, const struct vault *vault,
    struct look_head *good, uint64_t *bad)
{
	struct look_head head, gone, at = *good;
	struct hash expected;
	struct look look;
	uint64_t rows;
	enum wh_err err = look_head(txn, &head);

	if (err == WH_OK)
		err = look_gone(txn, vault, &gone);
	if (err == WH_OK && at.count < gone.count)
		at = gone;
	if (err == WH_OK)
		err = kv_count(txn, LOCAL_LOOK, &rows);
	while (err == WH_OK && at.count < head.count) {
		err = read_entry(txn, vault, at.count + 1, &at.chain, &look,
		    &expected);
		if (err == WH_OK && !hash_equal(&expected, &look.chain))
			err = WH_CORRUPT;
		if (err != WH_OK)
			break;
		at.count++;
		at.chain = look.chain;
	}
	*good = at;
	if (err == WH_OK &&
	    (rows != head.count - gone.count || at.count != head.count ||
		!hash_equal(&at.chain, &head.chain)))
		err = WH_CORRUPT;
	if (err == WH_NOT_FOUND || err == WH_CRYPTO)
		err = WH_CORRUPT; /* it is gone, or another was put there */
	if (err == WH_CORRUPT)
		*bad = at.count + 1;
	return err;
}
