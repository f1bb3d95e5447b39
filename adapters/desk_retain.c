/* SPDX-License-Identifier: EUPL-1.2 */
#include "adapters/desk_copies.h"
#include "adapters/desk_erase.h"
#include "adapters/desk_forget.h"
#include "adapters/held.h"
#include "adapters/json.h"
#include "adapters/local.h"
#include "adapters/rejected.h"
#include "adapters/retention.h"
#include "proto/base/log.h"
#include "proto/base/text.h"
#include "proto/base/workday.h"

/*
 * The covenant's terms after the end: first the sections, then the shell, and
 * permissions with what was agreed.
 */

#define DAY_MS  (24ll * 3600 * 1000)
#define YEAR_MS (366 * DAY_MS) /* as the hub: never too early */

/* How long until another look at a permission that something rests on. */
#define KEPT_MS (30 * DAY_MS)

static int64_t
sections_due(const struct wh_register *reg, int64_t ended_ms)
{
	return workday_after(reg->holidays, ended_ms,
	    reg->sections_after_end_working_days);
}

static int64_t
shell_due(const struct wh_register *reg, int64_t ended_ms)
{
	return ended_ms + reg->shell_after_end_days * DAY_MS;
}

static int64_t
looks_from(const struct wh_register *reg, int64_t now_ms)
{
	return now_ms - (int64_t)reg->audit_years * YEAR_MS;
}

static enum wh_err
erase(struct shift *shift, const struct id *case_ref, json_t *dossier)
{
	bool first = json_object_get(dossier, "gewistOp") == NULL;
	enum wh_err err = desk_erase_sections(shift, case_ref, dossier);

	if (err == WH_OK && first)
		err = desk_erase_report(shift, dossier);
	if (err == WH_OK)
		err = dossier_put(shift->txn, shift->desk->vault, case_ref,
		    dossier);
	return err;
}

/* A withdrawal that comes later finds nothing of it here any more. */
static enum wh_err
forget_held(struct shift *shift, const struct id *case_ref,
    const json_t *dossier)
{
	struct ground ground;
	struct id relation;

	if (letter_ground(json_object_get(dossier, "grondslag"), &ground) !=
		WH_OK ||
	    id_parse(json_text(dossier, "relatie"), &relation) != WH_OK)
		return WH_CORRUPT;
	return held_case_forget(shift->txn, &ground, &relation, case_ref);
}

static enum wh_err
drop(struct shift *shift, const struct id *case_ref, json_t *dossier)
{
	enum wh_err err;

	err = dossier_del(shift->txn, case_ref);
	if (err == WH_OK)
		err = forget_held(shift, case_ref, dossier);
	if (err == WH_OK)
		err = local_freed(shift->txn);
	if (err == WH_OK)
		err = retention_forget(shift->txn, shift->desk->vault, case_ref,
		    dossier);
	return err;
}

/* A dossier as its row says: done, or the row did not hold any more. */
static enum wh_err
with_dossier(struct shift *shift, const struct retention_row *row,
    enum wh_err (
	*run)(struct shift *shift, const struct id *case_ref, json_t *dossier),
    unsigned *count)
{
	json_t *dossier = NULL;
	enum wh_err err;

	err = dossier_get(shift->txn, shift->desk->vault, &row->id, &dossier);
	if (err != WH_OK)
		return err == WH_NOT_FOUND ? WH_OK : err;
	if (retention_holds(row, dossier)) {
		err = run(shift, &row->id, dossier);
		(*count)++;
	}
	json_decref(dossier);
	return err == WH_NOT_FOUND ? WH_CORRUPT : err;
}

static enum wh_err
erase_one(struct shift *shift, const struct retention_row *row, unsigned *count)
{
	return with_dossier(shift, row, erase, count);
}

static enum wh_err
drop_one(struct shift *shift, const struct retention_row *row, unsigned *count)
{
	return with_dossier(shift, row, drop, count);
}

/* What something rests on is looked at again, a while later. */
static enum wh_err
forget_one(struct shift *shift, const struct retention_row *row,
    unsigned *count)
{
	const struct wh_register *reg = &shift->desk->registry->reg;
	enum desk_forgot how;
	enum wh_err err = desk_forget(shift, row, &how);

	if (err == WH_OK && how == DESK_FORGOT)
		(*count)++;
	if (err == WH_OK && how == DESK_KEPT)
		err = retention_until(shift->txn,
		    shift->now_ms + KEPT_MS - shell_due(reg, 0), &row->id);
	return err == WH_NOT_FOUND ? WH_CORRUPT : err;
}

static int64_t
as_it_says(const struct wh_register *reg, int64_t due_ms)
{
	(void)reg;
	return due_ms;
}

static enum wh_err
remind_one(struct shift *shift, const struct retention_row *row,
    unsigned *count)
{
	bool reminded;
	enum wh_err err = copies_remind(shift, &row->id, &reminded);

	if (err == WH_OK && reminded)
		(*count)++;
	return err;
}

static bool
is_damage(enum wh_err err)
{
	return err == WH_CORRUPT || err == WH_CRYPTO;
}

/* What is done with the rows of a table when their time has come. */
static const struct stage {
	unsigned table;
	int64_t (*due)(const struct wh_register *reg, int64_t ended_ms);
	enum wh_err (*run)(struct shift *shift, const struct retention_row *row,
	    unsigned *count);
} stages[] = {
    {LOCAL_ENDED, sections_due, erase_one},
    {LOCAL_ERASED, shell_due, drop_one},
    {LOCAL_UNTIL, shell_due, forget_one},
    {LOCAL_COPY, as_it_says, remind_one},
};
#define STAGES (sizeof(stages) / sizeof(stages[0]))

/* A row at which it went wrong; table is that of a stage, or LOCAL_TABLES. */
struct stuck {
	unsigned table;
	struct retention_row row;
};

static enum wh_err
run_stage(struct shift *shift, const struct stage *stage, unsigned max,
    unsigned *count, struct stuck *stuck)
{
	const struct wh_register *reg = &shift->desk->registry->reg;
	struct retention_row row;
	enum wh_err err = WH_OK;

	for (unsigned i = 0; err == WH_OK && i < max; i++) {
		err = retention_first(shift->txn, stage->table, &row);
		if (err == WH_OK &&
		    shift->now_ms < stage->due(reg, row.ended_ms))
			break;
		if (err == WH_OK)
			err = retention_drop(shift->txn, stage->table, &row);
		if (err != WH_OK)
			break;
		err = stage->run(shift, &row, count);
		if (is_damage(err))
			*stuck = (struct stuck){stage->table, row};
	}
	return err == WH_NOT_FOUND ? WH_OK : err;
}

/*
 * What cannot be read must not keep back all that is behind it: it is tried
 * again a day later, or more, and told each time.
 */
static enum wh_err
put_off(struct desk *desk, int64_t now_ms, const struct stuck *stuck,
    enum wh_err cause)
{
	char id[ID_TEXT_SIZE];
	struct shift shift;
	enum wh_err err = shift_begin(desk, now_ms, &shift);

	if (err != WH_OK)
		return err;
	id_text(&stuck->row.id, id);
	log_err("RETENTION-SKIPPED", "table=%s id=%s cause=%s",
	    local_table_names[stuck->table], id, wh_err_str(cause));
	err = retention_drop(shift.txn, stuck->table, &stuck->row);
	if (err == WH_OK)
		err = retention_put(shift.txn, stuck->table, now_ms + DAY_MS,
		    &stuck->row.id);
	return shift_end(&shift, err);
}

/* A look that cannot be read shows where looks are shown, and must not keep
 * what is about residents from being erased. */
static enum wh_err
spare(enum wh_err err)
{
	return is_damage(err) ? WH_NOT_FOUND : err;
}

/* Without a write transaction: every second, and mostly in vain. */
static enum wh_err
anything_due(struct desk *desk, int64_t now_ms, bool *due)
{
	const struct wh_register *reg = &desk->registry->reg;
	struct kv_txn *txn = NULL;
	struct retention_row row;
	enum wh_err err = kv_begin(desk->kv, KV_READ_ONLY, &txn);

	*due = false;
	for (size_t i = 0; err == WH_OK && i < STAGES; i++) {
		err = retention_first(txn, stages[i].table, &row);
		if (err == WH_OK)
			*due =
			    *due || now_ms >= stages[i].due(reg, row.ended_ms);
		else if (err == WH_NOT_FOUND)
			err = WH_OK;
	}
	if (err == WH_OK)
		err = rejected_oldest(txn, &row.ended_ms);
	if (err == WH_OK)
		*due = *due || now_ms >= sections_due(reg, row.ended_ms);
	if (err == WH_OK || err == WH_NOT_FOUND)
		err = spare(look_oldest(txn, desk->vault, &row.ended_ms));
	if (err == WH_OK)
		*due = *due || row.ended_ms < looks_from(reg, now_ms);
	kv_abort(&txn);
	return err == WH_NOT_FOUND ? WH_OK : err;
}

/* Documents that could not be used are not kept longer than those that were. */
static enum wh_err
drop_rejected(struct shift *shift, unsigned max)
{
	const struct wh_register *reg = &shift->desk->registry->reg;
	int64_t at_ms;
	enum wh_err err = WH_OK;

	for (unsigned i = 0; err == WH_OK && i < max; i++) {
		err = rejected_oldest(shift->txn, &at_ms);
		if (err == WH_OK && shift->now_ms < sections_due(reg, at_ms))
			break;
		if (err == WH_OK)
			err = rejected_drop_oldest(shift->txn);
		if (err == WH_OK)
			err = local_freed(shift->txn);
	}
	return err == WH_NOT_FOUND ? WH_OK : err;
}

/* Who looked is of no use for longer than what there was to see in the log. */
static enum wh_err
drop_looks(struct shift *shift, unsigned max)
{
	unsigned count = 0;
	enum wh_err err = look_drop(shift->txn, shift->desk->vault,
	    looks_from(&shift->desk->registry->reg, shift->now_ms), max,
	    &count);

	err = spare(err);
	if (err == WH_NOT_FOUND)
		return WH_OK;
	return err == WH_OK && count > 0 ? local_freed(shift->txn) : err;
}

enum wh_err
desk_retain(struct desk *desk, int64_t now_ms, unsigned max,
    struct desk_retained *out)
{
	struct desk_retained done = {0};
	unsigned *const counts[STAGES] = {&done.erased, &done.dropped,
	    &done.forgotten, &done.reminded};
	struct stuck stuck = {.table = LOCAL_TABLES};
	struct shift shift;
	bool due = false;
	enum wh_err err = WH_OK;

	*out = done;
	if (desk->registry != NULL)
		err = anything_due(desk, now_ms, &due);
	if (err != WH_OK || !due)
		return err;
	err = shift_begin(desk, now_ms, &shift);
	if (err != WH_OK)
		return err;
	for (size_t i = 0; err == WH_OK && i < STAGES; i++)
		err = run_stage(&shift, &stages[i], max, counts[i], &stuck);
	if (err == WH_OK)
		err = drop_rejected(&shift, max);
	if (err == WH_OK)
		err = drop_looks(&shift, max);
	err = shift_end(&shift, err);
	if (err == WH_OK)
		*out = done;
	return stuck.table == LOCAL_TABLES ? err
					   : put_off(desk, now_ms, &stuck, err);
}
