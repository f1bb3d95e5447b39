/* SPDX-License-Identifier: EUPL-1.2 */
#include "broker/queue.h"

#include "broker/core.h"
#include "proto/base/mem.h"

#define KEY_MAX (NAME_MAX_LEN + 1 + 8)

/* member, NUL, be64 delivery. */
static struct span
row_key(uint8_t out[KEY_MAX], const char *member, uint64_t delivery)
{
	size_t len = strlen(member) + 1;

	memcpy(out, member, len);
	be64_put(out + len, delivery);
	return span_of(out, len + 8);
}

static enum wh_err
next_number(struct kv_txn *txn, uint64_t *out)
{
	struct span value;
	uint8_t buf[8];
	uint64_t number = 1;
	enum wh_err err;

	err = kv_peek(txn, TABLE_CORE_META, span_str("delivery"), &value);
	if (err == WH_OK && value.len == 8)
		number = be64_get(value.p) + 1;
	else if (err != WH_NOT_FOUND)
		return err == WH_OK ? WH_CORRUPT : err;
	be64_put(buf, number);
	err =
	    kv_put(txn, TABLE_CORE_META, span_str("delivery"), span_of(buf, 8));
	if (err == WH_OK)
		*out = number;
	return err;
}

enum wh_err
queue_push(struct kv_txn *txn, const char *member, const struct queue_row *row,
    uint64_t *delivery)
{
	uint8_t key[KEY_MAX];
	struct member_row state;
	uint8_t *bytes = NULL;
	uint64_t number;
	size_t len;
	enum wh_err err;

	err = next_number(txn, &number);
	if (err != WH_OK)
		return err;
	row_queue_write(row, &bytes, &len);
	err = kv_put(txn, TABLE_QUEUE, row_key(key, member, number),
	    span_of(bytes, len));
	mem_free(bytes);
	if (err != WH_OK)
		return err;
	err = row_member_get(txn, member, &state);
	if (err != WH_OK)
		return err;
	state.waiting++;
	err = row_member_put(txn, member, &state);
	if (err == WH_OK && delivery != NULL)
		*delivery = number;
	return err;
}

enum wh_err
queue_next(struct kv_txn *txn, const char *member, uint64_t *delivery,
    struct queue_row *row)
{
	uint8_t from[KEY_MAX];
	struct span key = row_key(from, member, *delivery + 1);
	size_t prefix = strlen(member) + 1;
	struct span value;
	enum wh_err err;

	err = kv_seek(txn, TABLE_QUEUE, &key, &value);
	if (err != WH_OK)
		return err;
	if (key.len != prefix + 8 || memcmp(key.p, member, prefix) != 0)
		return WH_NOT_FOUND;
	err = row_queue_read(value, row);
	if (err == WH_OK)
		*delivery = be64_get(key.p + prefix);
	return err;
}

enum wh_err
queue_get(struct kv_txn *txn, const char *member, uint64_t delivery,
    struct queue_row *row)
{
	uint8_t key[KEY_MAX];
	struct span value;
	enum wh_err err;

	err = kv_peek(txn, TABLE_QUEUE, row_key(key, member, delivery), &value);
	return err == WH_OK ? row_queue_read(value, row) : err;
}

enum wh_err
queue_remove(struct kv_txn *txn, const char *member, uint64_t delivery)
{
	uint8_t key[KEY_MAX];
	struct member_row state;
	enum wh_err err;

	err = kv_del(txn, TABLE_QUEUE, row_key(key, member, delivery));
	if (err != WH_OK)
		return err;
	err = row_member_get(txn, member, &state);
	if (err != WH_OK)
		return err;
	if (state.waiting == 0)
		return WH_CORRUPT;
	state.waiting--;
	return row_member_put(txn, member, &state);
}

enum wh_err
queue_rewind(struct kv_txn *txn, const char *member)
{
	struct member_row state;
	enum wh_err err;

	err = row_member_get(txn, member, &state);
	if (err != WH_OK || state.cursor == 0)
		return err;
	state.cursor = 0;
	return row_member_put(txn, member, &state);
}
