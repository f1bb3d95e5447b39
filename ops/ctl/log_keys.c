/* SPDX-License-Identifier: EUPL-1.2 */
#include "ops/ctl/log_keys.h"

#include <stdlib.h>

#include "broker/core.h"
#include "proto/base/file.h"
#include "proto/base/mem.h"

#define MAGIC     "WHK1"
#define MAGIC_LEN 4
#define ROW_LEN   (sizeof(struct id) + HASH_LEN)
#define MARK_LEN  8 /* of a subject that was erased */
#define FILE_MAX  ((size_t)1 << 32)

void
log_keys_free(struct log_keys *keys)
{
	if (keys->list != NULL)
		mem_wipe_free(keys->list, keys->count * sizeof(*keys->list));
	*keys = (struct log_keys){0};
}

static void
add(struct log_keys *keys, const uint8_t *subject, const uint8_t *key)
{
	struct log_key *one;

	/* Room for twice as many when they are a power of two. */
	if ((keys->count & (keys->count - 1)) == 0)
		keys->list = mem_grow(keys->list,
		    (keys->count == 0 ? 1 : 2 * keys->count) *
			sizeof(*keys->list));
	one = &keys->list[keys->count++];
	memcpy(one->subject.b, subject, sizeof(one->subject.b));
	memcpy(one->key.b, key, HASH_LEN);
}

enum wh_err
log_keys_load(struct kv_txn *txn, struct log_keys *out)
{
	uint8_t at[sizeof(struct id)] = {0};
	struct log_keys keys = {0};
	struct span key = span_of(at, sizeof(at));
	struct span value;
	enum wh_err err = kv_seek(txn, TABLE_LOG_KEY, &key, &value);

	for (; err == WH_OK; err = kv_next(txn, TABLE_LOG_KEY, &key, &value)) {
		if (key.len != sizeof(at))
			return WH_CORRUPT;
		if (value.len == HASH_LEN)
			add(&keys, key.p, value.p);
	}
	if (err == WH_NOT_FOUND) {
		*out = keys;
		return WH_OK;
	}
	log_keys_free(&keys);
	return err;
}

enum wh_err
log_keys_strip(struct kv_txn *txn, const struct log_keys *keys)
{
	enum wh_err err = WH_OK;
	size_t i;

	for (i = 0; err == WH_OK && i < keys->count; i++)
		err =
		    kv_del(txn, TABLE_LOG_KEY, span_id(&keys->list[i].subject));
	return err;
}

static int
by_subject(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct id));
}

static const struct log_key *
find(const struct log_keys *keys, const uint8_t *subject)
{
	return keys->count == 0 ? NULL
				: bsearch(subject, keys->list, keys->count,
				      sizeof(*keys->list), by_subject);
}

/* The mark, and the clock that works it off: due at once. */
static enum wh_err
mark_erased(struct kv_txn *txn, const struct id *subject, struct span due)
{
	uint8_t clock[8 + sizeof(struct id)];
	uint8_t now[8] = {0};
	uint8_t mark[MARK_LEN] = {0};
	enum wh_err err;

	memcpy(clock, due.p, 8);
	memcpy(clock + 8, subject->b, sizeof(subject->b));
	err = kv_del(txn, TABLE_CLOCK, span_of(clock, sizeof(clock)));
	now[7] = 1;
	memcpy(clock, now, 8);
	if (err == WH_OK)
		err = kv_put(txn, TABLE_CLOCK, span_of(clock, sizeof(clock)),
		    span_str("shell"));
	if (err == WH_OK)
		err = kv_put(txn, TABLE_SHELL, span_id(subject),
		    span_of(now, sizeof(now)));
	if (err == WH_OK)
		err = kv_put(txn, TABLE_LOG_KEY, span_id(subject),
		    span_of(mark, sizeof(mark)));
	return err == WH_NOT_FOUND ? WH_CORRUPT : err;
}

static enum wh_err
restore_one(struct kv_txn *txn, const struct log_keys *keys,
    const struct id *subject, struct span due, uint64_t *erased)
{
	const struct log_key *one = find(keys, subject->b);
	struct span value;
	enum wh_err err;

	err = kv_peek(txn, TABLE_LOG_KEY, span_id(subject), &value);
	if (err != WH_NOT_FOUND)
		return err; /* erased there, and marked */
	if (one != NULL)
		return kv_put(txn, TABLE_LOG_KEY, span_id(subject),
		    span_of(one->key.b, HASH_LEN));
	(*erased)++;
	return mark_erased(txn, subject, due);
}

enum wh_err
log_keys_restore(struct kv_txn *txn, const struct log_keys *keys,
    uint64_t *erased)
{
	const struct id hub = {{0}};
	const struct log_key *own = find(keys, hub.b);
	uint8_t due_copy[8];
	struct id subject = {{0}};
	struct span key = span_id(&subject);
	struct span due;
	enum wh_err err;

	*erased = 0;
	if (own == NULL)
		return WH_NOT_FOUND; /* each hub has one */
	err = kv_put(txn, TABLE_LOG_KEY, span_id(&hub),
	    span_of(own->key.b, HASH_LEN));
	while (err == WH_OK) {
		err = kv_next(txn, TABLE_SHELL, &key, &due);
		if (err != WH_OK)
			break;
		if (key.len != sizeof(subject.b) || due.len != 8)
			return WH_CORRUPT;
		memcpy(subject.b, key.p, sizeof(subject.b));
		memcpy(due_copy, due.p, sizeof(due_copy));
		key = span_id(&subject);
		err = restore_one(txn, keys, &subject, span_of(due_copy, 8),
		    erased);
	}
	return err == WH_NOT_FOUND ? WH_OK : err;
}

enum wh_err
log_keys_write(const char *path, const struct log_keys *keys, struct why *why)
{
	size_t len = MAGIC_LEN + keys->count * ROW_LEN;
	uint8_t *bytes = mem_new(len + HASH_LEN);
	uint8_t *p = bytes + MAGIC_LEN;
	struct hash hash;
	enum wh_err err;
	size_t i;

	memcpy(bytes, MAGIC, MAGIC_LEN);
	for (i = 0; i < keys->count; i++, p += ROW_LEN) {
		memcpy(p, keys->list[i].subject.b, sizeof(struct id));
		memcpy(p + sizeof(struct id), keys->list[i].key.b, HASH_LEN);
	}
	hash = hash_span(span_of(bytes, len));
	memcpy(p, hash.b, HASH_LEN);
	err = file_write(path, span_of(bytes, len + HASH_LEN), 0600, why);
	mem_wipe_free(bytes, len + HASH_LEN);
	return err;
}

/* Rows in order, each once, under their hash. */
static bool
rows_read(struct span file, struct log_keys *out)
{
	size_t len = file.len < HASH_LEN ? 0 : file.len - HASH_LEN;
	struct hash hash = hash_span(span_of(file.p, len));
	const uint8_t *p;
	size_t at;

	if (len < MAGIC_LEN || (len - MAGIC_LEN) % ROW_LEN != 0 ||
	    memcmp(file.p, MAGIC, MAGIC_LEN) != 0 ||
	    memcmp(file.p + len, hash.b, HASH_LEN) != 0)
		return false;
	for (at = MAGIC_LEN; at < len; at += ROW_LEN) {
		p = file.p + at;
		if (out->count > 0 &&
		    memcmp(out->list[out->count - 1].subject.b, p,
			sizeof(struct id)) >= 0)
			return false;
		add(out, p, p + sizeof(struct id));
	}
	return true;
}

enum wh_err
log_keys_read(const char *path, struct log_keys *out, struct why *why)
{
	struct log_keys keys = {0};
	uint8_t *bytes = NULL;
	size_t len = 0;
	enum wh_err err = file_read(path, FILE_MAX, &bytes, &len, why);

	if (err != WH_OK)
		return err;
	if (rows_read(span_of(bytes, len), &keys)) {
		*out = keys;
	} else {
		log_keys_free(&keys);
		err =
		    why_set(why, WH_INVALID, "%s: not a whole key file", path);
	}
	mem_wipe_free(bytes, len);
	return err;
}
