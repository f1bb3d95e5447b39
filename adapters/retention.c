/* SPDX-License-Identifier: EUPL-1.2 */
#include "adapters/retention.h"

#include "adapters/desk_erase.h"
#include "adapters/json.h"
#include "adapters/kenmerk.h"
#include "adapters/local.h"
#include "adapters/relations.h"
#include "proto/base/text.h"

#define KEY_LEN         24 /* be64 ms, id */
#define BY_RELATION_LEN 32 /* relation ref, id */

static struct span
row_key(const struct retention_row *row, uint8_t out[KEY_LEN])
{
	be64_put(out, (uint64_t)row->ended_ms);
	memcpy(out + 8, row->id.b, sizeof(row->id.b));
	return span_of(out, KEY_LEN);
}

static enum wh_err
put_once(struct kv_txn *txn, unsigned table, struct span key)
{
	struct span value;
	enum wh_err err = kv_peek(txn, table, key, &value);

	return err == WH_NOT_FOUND ? kv_put(txn, table, key, span_str(""))
				   : err;
}

static int64_t
ended_at(const json_t *dossier)
{
	return json_integer_value(json_object_get(dossier, "eindeMs"));
}

enum wh_err
retention_note(struct kv_txn *txn, const struct id *case_ref,
    const json_t *dossier)
{
	struct retention_row row = {ended_at(dossier), *case_ref};
	uint8_t key[BY_RELATION_LEN];
	struct id relation;
	enum wh_err err = WH_OK;

	if (id_parse(json_text(dossier, "relatie"), &relation) == WH_OK) {
		memcpy(key, relation.b, 16);
		memcpy(key + 16, case_ref->b, 16);
		err =
		    put_once(txn, LOCAL_BY_RELATION, span_of(key, sizeof(key)));
	}
	if (err != WH_OK || row.ended_ms <= 0)
		return err;
	return put_once(txn,
	    desk_erase_needed(dossier) ? LOCAL_ENDED : LOCAL_ERASED,
	    row_key(&row, key));
}

enum wh_err
retention_put(struct kv_txn *txn, unsigned table, int64_t from_ms,
    const struct id *id)
{
	struct retention_row row = {from_ms, *id};
	uint8_t key[KEY_LEN];

	return put_once(txn, table, row_key(&row, key));
}

enum wh_err
retention_until(struct kv_txn *txn, int64_t from_ms, const struct id *id)
{
	return retention_put(txn, LOCAL_UNTIL, from_ms, id);
}

enum wh_err
retention_first(struct kv_txn *txn, unsigned table, struct retention_row *out)
{
	struct span key = span_str("");
	struct span value;
	enum wh_err err = kv_seek(txn, table, &key, &value);

	if (err != WH_OK)
		return err;
	if (key.len != KEY_LEN)
		return WH_CORRUPT;
	out->ended_ms = (int64_t)be64_get(key.p);
	memcpy(out->id.b, key.p + 8, sizeof(out->id.b));
	return WH_OK;
}

enum wh_err
retention_drop(struct kv_txn *txn, unsigned table,
    const struct retention_row *row)
{
	uint8_t key[KEY_LEN];
	enum wh_err err = kv_del(txn, table, row_key(row, key));

	return err == WH_NOT_FOUND ? WH_OK : err;
}

bool
retention_holds(const struct retention_row *row, const json_t *dossier)
{
	return state_is_end(dossier_state(dossier)) &&
	       ended_at(dossier) <= row->ended_ms;
}

enum wh_err
retention_next(struct kv_txn *txn, const struct id *relation, struct id *id)
{
	uint8_t from[BY_RELATION_LEN + 1] = {0};
	struct span key = span_of(from, sizeof(from));
	struct span value;
	enum wh_err err;

	memcpy(from, relation->b, sizeof(relation->b));
	memcpy(from + sizeof(relation->b), id->b, sizeof(id->b));
	err = kv_seek(txn, LOCAL_BY_RELATION, &key, &value);
	if (err != WH_OK)
		return err;
	if (key.len != BY_RELATION_LEN ||
	    memcmp(key.p, relation->b, sizeof(relation->b)) != 0)
		return WH_NOT_FOUND;
	memcpy(id->b, key.p + sizeof(relation->b), sizeof(id->b));
	return WH_OK;
}

enum wh_err
retention_forget_one(struct kv_txn *txn, const struct vault *vault,
    const struct id *relation, const char *other, const struct id *id)
{
	uint8_t key[BY_RELATION_LEN];
	struct id rest = {{0}};
	enum wh_err err;

	memcpy(key, relation->b, 16);
	memcpy(key + 16, id->b, 16);
	err = kv_del(txn, LOCAL_BY_RELATION, span_of(key, sizeof(key)));
	if (err == WH_OK || err == WH_NOT_FOUND)
		err = retention_next(txn, relation, &rest);
	return err == WH_NOT_FOUND
		   ? relations_forget(txn, vault, other, relation)
		   : err;
}

enum wh_err
retention_forget(struct kv_txn *txn, const struct vault *vault,
    const struct id *case_ref, const json_t *dossier)
{
	struct id relation;
	enum wh_err err =
	    kenmerk_forget(txn, vault, KENMERK_REFERRAL, dossier, case_ref);

	if (err != WH_OK ||
	    id_parse(json_text(dossier, "relatie"), &relation) != WH_OK)
		return err;
	return retention_forget_one(txn, vault, &relation,
	    dossier_other(dossier), case_ref);
}
