/* SPDX-License-Identifier: EUPL-1.2 */
#include "adapters/held.h"

#include "adapters/local.h"

#define PAIR_LEN 32

static struct span
pair(uint8_t out[PAIR_LEN], const struct id *first, const struct id *second)
{
	memcpy(out, first->b, 16);
	memcpy(out + 16, second->b, 16);
	return span_of(out, PAIR_LEN);
}

static enum wh_err
pair_put(struct kv_txn *txn, unsigned table, const struct id *first,
    const struct id *second, struct span value)
{
	uint8_t key[PAIR_LEN];

	return kv_put(txn, table, pair(key, first, second), value);
}

/* The pair after (first, *second) that begins with first; its value. */
static enum wh_err
pair_next(struct kv_txn *txn, unsigned table, const struct id *first,
    struct id *second, struct span *value)
{
	uint8_t key[PAIR_LEN + 1] = {0};
	struct span at = span_of(key, sizeof(key));
	enum wh_err err;

	(void)pair(key, first, second);
	err = kv_seek(txn, table, &at, value);
	if (err != WH_OK)
		return err;
	if (at.len != PAIR_LEN || memcmp(at.p, first->b, 16) != 0)
		return WH_NOT_FOUND;
	memcpy(second->b, at.p + 16, 16);
	return WH_OK;
}

enum wh_err
held_case_put(struct kv_txn *txn, const struct ground *ground,
    const struct id *relation_ref, const struct id *case_ref)
{
	struct id key = permission_ground_key(ground, relation_ref);

	return pair_put(txn, LOCAL_HELD_CASE, &key, case_ref, span_str(""));
}

enum wh_err
held_message_put(struct kv_txn *txn, const struct id *case_ref,
    const struct id *message_id)
{
	return pair_put(txn, LOCAL_HELD_MESSAGE, case_ref, message_id,
	    span_str(""));
}

enum wh_err
held_case_next(struct kv_txn *txn, const struct permission *permission,
    struct held_place *place)
{
	struct ground ground = {.has_permission = !place->by_law,
	    .permission_id = permission->permission_id,
	    .instrument = permission->instrument};
	struct id key =
	    permission_ground_key(&ground, &permission->relation_ref);
	struct span value;
	enum wh_err err;

	err = pair_next(txn, LOCAL_HELD_CASE, &key, &place->case_ref, &value);
	if (err != WH_NOT_FOUND || place->by_law ||
	    permission->instrument[0] == '\0')
		return err;
	*place = (struct held_place){.by_law = true};
	ground.has_permission = false;
	key = permission_ground_key(&ground, &permission->relation_ref);
	return pair_next(txn, LOCAL_HELD_CASE, &key, &place->case_ref, &value);
}

enum wh_err
held_message_next(struct kv_txn *txn, const struct id *case_ref,
    struct id *message_id)
{
	struct span value;

	return pair_next(txn, LOCAL_HELD_MESSAGE, case_ref, message_id, &value);
}

enum wh_err
held_case_forget(struct kv_txn *txn, const struct ground *ground,
    const struct id *relation_ref, const struct id *case_ref)
{
	struct id key = permission_ground_key(ground, relation_ref);
	struct id message_id = {{0}};
	uint8_t row[PAIR_LEN];
	enum wh_err err;

	err = kv_del(txn, LOCAL_HELD_CASE, pair(row, &key, case_ref));
	while (err == WH_OK || err == WH_NOT_FOUND) {
		err = held_message_next(txn, case_ref, &message_id);
		if (err != WH_OK)
			break;
		err = kv_del(txn, LOCAL_HELD_MESSAGE,
		    pair(row, case_ref, &message_id));
	}
	return err == WH_NOT_FOUND ? WH_OK : err;
}

enum wh_err
held_derived_put(struct kv_txn *txn, const struct id *parent,
    const struct id *child, enum derived_state state)
{
	uint8_t byte = (uint8_t)state;
	enum wh_err err;

	err = pair_put(txn, LOCAL_DERIVED, parent, child, span_of(&byte, 1));
	if (err == WH_OK)
		err = kv_put(txn, LOCAL_DERIVED_FROM, span_id(child),
		    span_id(parent));
	return err;
}

enum wh_err
held_derived_next(struct kv_txn *txn, const struct id *parent, struct id *child,
    enum derived_state *state)
{
	struct span value;
	enum wh_err err;

	err = pair_next(txn, LOCAL_DERIVED, parent, child, &value);
	if (err != WH_OK)
		return err;
	if (value.len != 1 || value.p[0] < DERIVED_STANDS ||
	    value.p[0] > DERIVED_CARRIED)
		return WH_CORRUPT;
	*state = (enum derived_state)value.p[0];
	return WH_OK;
}

enum wh_err
held_parent(struct kv_txn *txn, const struct id *child, struct id *parent)
{
	struct span value;
	enum wh_err err;

	err = kv_peek(txn, LOCAL_DERIVED_FROM, span_id(child), &value);
	if (err != WH_OK)
		return err;
	if (value.len != sizeof(parent->b))
		return WH_CORRUPT;
	memcpy(parent->b, value.p, sizeof(parent->b));
	return WH_OK;
}

static enum wh_err
tie_forget(struct kv_txn *txn, const struct id *parent, const struct id *child)
{
	uint8_t key[PAIR_LEN];
	enum wh_err err = kv_del(txn, LOCAL_DERIVED, pair(key, parent, child));

	if (err == WH_OK || err == WH_NOT_FOUND)
		err = kv_del(txn, LOCAL_DERIVED_FROM, span_id(child));
	return err == WH_NOT_FOUND ? WH_OK : err;
}

enum wh_err
held_derived_forget(struct kv_txn *txn, const struct id *id)
{
	struct id child = {{0}}, parent;
	enum derived_state state;
	enum wh_err err = held_parent(txn, id, &parent);

	if (err == WH_OK)
		err = tie_forget(txn, &parent, id);
	while (err == WH_OK || err == WH_NOT_FOUND) {
		err = held_derived_next(txn, id, &child, &state);
		if (err != WH_OK)
			break;
		err = tie_forget(txn, id, &child);
	}
	return err == WH_NOT_FOUND ? WH_OK : err;
}
