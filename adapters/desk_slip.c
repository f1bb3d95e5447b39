/* SPDX-License-Identifier: EUPL-1.2 */
#include "adapters/desk_state.h"
#include "adapters/json.h"
#include "adapters/local.h"
#include "adapters/slip.h"
#include "proto/base/clk.h"
#include "proto/base/mem.h"
#include "proto/base/text.h"

/* The resident's receipt, as often as it is asked for. */

#define RECORDS_MAX 16 /* CODE_PARTIES_MAX */

struct reading {
	struct kv_txn *txn;
	struct arena arena;
	struct slip slip;
	struct slip_record records[RECORDS_MAX];
	json_t *consent; /* owned */
};

/* A record with where it stands. WH_REFUSED: not for the resident yet. */
static enum wh_err
read_record(struct reading *r, const json_t *record)
{
	struct slip_record *out = &r->records[r->slip.record_count];
	struct permit permit;
	struct id id;
	enum wh_err err;

	if (r->slip.record_count == RECORDS_MAX ||
	    id_parse(json_text(record, "record"), &id) != WH_OK)
		return WH_CORRUPT;
	err = permits_get(r->txn, &r->arena, &id, &permit);
	if (err != WH_OK)
		return err == WH_NOT_FOUND ? WH_CORRUPT : err;
	if (permit.permission.disclosure == DISCLOSURE_WITHHELD ||
	    (permit.permission.disclosure == DISCLOSURE_DELAYED &&
		permit.permission.disclosure_until_ms > r->slip.now_ms))
		return WH_REFUSED;
	*out = (struct slip_record){.member = json_text(record, "lid"),
	    .standing = permit.standing,
	    .is_confirmed =
		strcmp(json_text(record, "status"), RECORD_OFFERED) != 0};
	r->slip.kind = permit.permission.kind;
	r->slip.valid_until_ms = permit.permission.valid_until_ms;
	r->slip.record_count++;
	return WH_OK;
}

static enum wh_err
read_all(struct reading *r, const struct desk *desk, const struct id *id)
{
	const json_t *record;
	size_t i;
	enum wh_err err;

	err = sealed_json_get(r->txn, desk->vault, LOCAL_CONSENT, span_id(id),
	    &r->consent);
	if (err != WH_OK)
		return err;
	r->slip.consent = r->consent;
	if (clk_parse(json_text(r->consent, "aangemaakt"), &r->slip.made_ms) !=
	    WH_OK)
		return WH_CORRUPT;
	json_array_foreach(json_object_get(r->consent, "records"), i, record)
	{
		err = read_record(r, record);
		if (err != WH_OK)
			return err;
	}
	return WH_OK;
}

enum wh_err
desk_slip(struct desk *desk, const struct id *consent_id, int64_t now_ms,
    char **html, size_t *len)
{
	struct reading r = {.slip = {.member = desk->member, .now_ms = now_ms}};
	enum wh_err err;

	if (desk->registry == NULL)
		return WH_AGAIN;
	r.slip.reg = &desk->registry->reg;
	r.slip.records = r.records;
	arena_init(&r.arena, FRAME_ARENA_MAX);
	err = kv_begin(desk->kv, KV_READ_ONLY, &r.txn);
	if (err == WH_OK)
		err = read_all(&r, desk, consent_id);
	if (err == WH_OK)
		err = slip_write(&r.slip, html, len);
	kv_abort(&r.txn);
	json_decref(r.consent);
	arena_fini(&r.arena);
	return err;
}
