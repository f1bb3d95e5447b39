/* SPDX-License-Identifier: EUPL-1.2 */
#include "adapters/desk_forget.h"

#include "adapters/ends.h"
#include "adapters/held.h"
#include "adapters/json.h"
#include "adapters/kenmerk.h"
#include "adapters/local.h"
#include "adapters/progress.h"
#include "adapters/retention.h"
#include "proto/base/text.h"

/* Is a permission that we made from this one still being ended? */
static enum wh_err
ends_derived(struct shift *shift, const struct id *id, bool *rests)
{
	struct id child = {{0}};
	enum derived_state state;
	enum wh_err err = WH_OK;

	while (err == WH_OK && !*rests) {
		err = held_derived_next(shift->txn, id, &child, &state);
		*rests = err == WH_OK && state == DERIVED_ENDED;
	}
	return err == WH_NOT_FOUND ? WH_OK : err;
}

/* Is the withdrawal of this record, one of a consent, still under way? */
static bool
is_ending(const json_t *consent, const struct id *id)
{
	const json_t *record = consent_record(consent, id);

	return progress_under_way(json_object_get(record, "intrekking")) &&
	       json_object_get(consent, "intrekkingGeweigerd") == NULL;
}

static enum wh_err
rests(struct shift *shift, const struct permit *permit, const json_t *consent,
    bool *out)
{
	const struct id *id = &permit->permission.permission_id;
	struct held_place place = {0};
	enum wh_err err;

	/* An objection stays on file, so that the next signal is refused. */
	*out = permit->standing.state == PERMISSION_OBJECTED ||
	       is_ending(consent, id);
	if (*out)
		return WH_OK;
	err = progress_ending(shift, id, out);
	if (err == WH_NOT_FOUND || (err == WH_OK && !*out)) {
		err = held_case_next(shift->txn, &permit->permission, &place);
		*out = err == WH_OK;
	}
	return err == WH_NOT_FOUND ? ends_derived(shift, id, out) : err;
}

/* A consent goes with the last of its records. */
static enum wh_err
forget_consent(struct shift *shift, const struct id *consent_id,
    const json_t *consent)
{
	const json_t *record;
	struct span row;
	struct id id;
	size_t i;
	enum wh_err err;

	json_array_foreach(json_object_get(consent, "records"), i, record)
	{
		if (id_parse(json_text(record, "record"), &id) != WH_OK)
			return WH_CORRUPT;
		err = kv_peek(shift->txn, LOCAL_PERMISSION, span_id(&id), &row);
		if (err != WH_NOT_FOUND)
			return err;
	}
	err = kv_del(shift->txn, LOCAL_CONSENT, span_id(consent_id));
	return err == WH_OK ? kenmerk_forget(shift->txn, shift->desk->vault,
				  KENMERK_CONSENT, consent, consent_id)
			    : err;
}

static enum wh_err
forget(struct shift *shift, const struct permit *permit, const json_t *consent)
{
	const struct permission *p = &permit->permission;
	bool is_from = strcmp(p->from.member, shift->desk->member) == 0;
	enum wh_err err = permits_forget(shift->txn, permit);

	if (err == WH_OK)
		err = retention_forget_one(shift->txn, shift->desk->vault,
		    &p->relation_ref, is_from ? p->to.member : p->from.member,
		    &p->permission_id);
	if (err == WH_OK)
		err = held_derived_forget(shift->txn, &p->permission_id);
	if (err == WH_OK)
		err = ends_forget(shift->txn, &p->permission_id);
	if (err == WH_OK)
		err = progress_forget(shift, &p->permission_id);
	if (err == WH_NOT_FOUND)
		err = WH_OK;
	if (err == WH_OK && consent != NULL)
		err = forget_consent(shift, &permit->consent_id, consent);
	return err == WH_OK ? local_freed(shift->txn) : err;
}

static enum wh_err
forget_permission(struct shift *shift, struct permit *permit, bool *kept)
{
	json_t *consent = NULL;
	enum wh_err err;

	err = sealed_json_get(shift->txn, shift->desk->vault, LOCAL_CONSENT,
	    span_id(&permit->consent_id), &consent);
	if (err == WH_NOT_FOUND)
		err = WH_OK;
	if (err == WH_OK)
		err = rests(shift, permit, consent, kept);
	if (err == WH_OK && !*kept)
		err = forget(shift, permit, consent);
	json_decref(consent);
	return err;
}

static enum wh_err
forget_withdrawal(struct shift *shift, const struct id *id, bool *kept)
{
	enum wh_err err = progress_ending(shift, id, kept);

	if (err == WH_OK && !*kept)
		err = ends_forget(shift->txn, id);
	if (err == WH_OK && !*kept)
		err = progress_forget(shift, id);
	if (err == WH_OK && !*kept)
		err = local_freed(shift->txn);
	return err;
}

enum wh_err
desk_forget(struct shift *shift, const struct retention_row *row,
    enum desk_forgot *out)
{
	struct permit permit;
	bool kept = false;
	enum wh_err err;

	arena_reset(&shift->arena);
	err = permits_get(shift->txn, &shift->arena, &row->id, &permit);
	if (err == WH_OK && permit.permission.valid_until_ms > row->ended_ms) {
		*out = DESK_NO_SUCH;
		return WH_OK;
	}
	if (err == WH_OK)
		err = forget_permission(shift, &permit, &kept);
	else if (err == WH_NOT_FOUND)
		err = forget_withdrawal(shift, &row->id, &kept);
	if (err == WH_NOT_FOUND) {
		*out = DESK_NO_SUCH;
		return WH_OK;
	}
	*out = kept ? DESK_KEPT : DESK_FORGOT;
	return err;
}
