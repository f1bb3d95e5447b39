/* SPDX-License-Identifier: EUPL-1.2 */
#include "adapters/desk_report.h"

#include <stdlib.h>

#include "adapters/api_shape.h"
#include "adapters/desk_state.h"
#include "adapters/json.h"
#include "adapters/local.h"
#include "adapters/log_view.h"
#include "adapters/relations.h"
#include "adapters/report.h"
#include "adapters/retention.h"
#include "proto/base/clk.h"
#include "proto/base/mem.h"
#include "proto/base/text.h"

#define DAY_MS (24ll * 3600 * 1000)

/* Entries of one referral that a report looks at. */
#define CASE_ENTRIES_MAX 512

/* Ids, each once, in their order: of referrals that is the order of time. */
struct ids {
	struct id *list; /* owned */
	size_t count;
	size_t room;
};

static void
ids_add(struct ids *ids, const struct id *id)
{
	if (ids->count == ids->room) {
		ids->room = ids->room == 0 ? 16 : 2 * ids->room;
		ids->list = mem_grow(ids->list, ids->room * sizeof(*ids->list));
	}
	ids->list[ids->count++] = *id;
}

static int
ids_compare(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct id));
}

static void
ids_sort(struct ids *ids)
{
	size_t kept = 0;

	if (ids->count > 0)
		qsort(ids->list, ids->count, sizeof(*ids->list), ids_compare);
	for (size_t i = 0; i < ids->count; i++)
		if (kept == 0 || !id_equal(&ids->list[kept - 1], &ids->list[i]))
			ids->list[kept++] = ids->list[i];
	ids->count = kept;
}

/* A report in the making. */
struct inquiry {
	struct shift shift;
	const char *client;
	struct report report;
	struct ids relations; /* those of the client, now */
	struct ids cases;
	struct ids consents;
	struct ids permits; /* that others captured */
};

static bool
is_relation(const struct inquiry *q, const struct id *ref)
{
	for (size_t i = 0; i < q->relations.count; i++) {
		if (id_equal(&q->relations.list[i], ref))
			return true;
	}
	return false;
}

/* One that rests on a relation: a referral, or a permission. */
static enum wh_err
find_one(struct inquiry *q, const struct id *id)
{
	struct permit permit;
	struct span row;
	enum wh_err err =
	    kv_peek(q->shift.txn, LOCAL_DOSSIER, span_id(id), &row);

	if (err == WH_OK)
		ids_add(&q->cases, id);
	if (err != WH_NOT_FOUND)
		return err;
	arena_reset(&q->shift.arena);
	err = permits_get(q->shift.txn, &q->shift.arena, id, &permit);
	if (err == WH_OK && id_is_zero(&permit.consent_id))
		ids_add(&q->permits, id);
	else if (err == WH_OK)
		ids_add(&q->consents, &permit.consent_id);
	return err == WH_NOT_FOUND ? WH_CORRUPT : err;
}

static enum wh_err
find_on(struct inquiry *q, const struct id *relation)
{
	struct id id = {{0}};
	char *client = NULL;
	enum wh_err err;

	err = relations_client(q->shift.txn, q->shift.desk->vault, relation,
	    &client);
	if (err != WH_OK)
		return err == WH_NOT_FOUND ? WH_CORRUPT : err;
	if (strcmp(client, q->client) == 0)
		ids_add(&q->relations, relation);
	mem_wipe_free(client, strlen(client));
	while (err == WH_OK) {
		err = retention_next(q->shift.txn, relation, &id);
		if (err == WH_OK)
			err = find_one(q, &id);
	}
	return err == WH_NOT_FOUND ? WH_OK : err;
}

/*
 * All that rests on a relation that is this client's, or was taken for it: each
 * is looked at itself before it is told of.
 */
static enum wh_err
find_all(struct inquiry *q)
{
	struct id relation = {{0}};
	enum wh_err err = WH_OK;

	while (err == WH_OK) {
		err = relations_next(q->shift.txn, q->shift.desk->vault,
		    q->client, &relation);
		if (err == WH_OK)
			err = find_on(q, &relation);
	}
	ids_sort(&q->cases);
	ids_sort(&q->consents);
	ids_sort(&q->permits);
	return err == WH_NOT_FOUND ? WH_OK : err;
}

/* Is it about the client: by number, or by the relation? */
static bool
is_about(const struct inquiry *q, const json_t *json)
{
	struct id ref;

	return strcmp(json_text(json, "client"), q->client) == 0 ||
	       (id_parse(json_text(json, "relatie"), &ref) == WH_OK &&
		   is_relation(q, &ref));
}

/* The record that a referral rests on, if it is here. */
static enum wh_err
find_permission(struct inquiry *q, const json_t *dossier, struct permit *out,
    bool *found)
{
	const json_t *ground = json_object_get(dossier, "grondslag");
	struct id id;
	enum wh_err err = WH_NOT_FOUND;

	if (id_parse(json_text(ground, "record"), &id) == WH_OK)
		err = permits_get(q->shift.txn, &q->shift.arena, &id, out);
	else if (id_parse(json_text(dossier, "relatie"), &id) == WH_OK)
		err = permits_by_ground(q->shift.txn, &q->shift.arena, &id,
		    json_text(ground, "instrument"), out);
	*found = err == WH_OK;
	return err == WH_NOT_FOUND ? WH_OK : err;
}

/* The log about one referral; what was in a message is told with each entry. */
static enum wh_err
read_entries(struct inquiry *q, const struct id *case_ref,
    struct mirror_entry **out, size_t *count)
{
	struct mirror_entry *list = NULL;
	uint64_t index = 0;
	size_t n = 0;
	enum wh_err err = WH_OK;

	while (err == WH_OK && n < CASE_ENTRIES_MAX) {
		err = mirror_case_next(q->shift.txn, case_ref, index, &index);
		if (err != WH_OK)
			break;
		list = mem_grow(list, (n + 1) * sizeof(*list));
		err = mirror_get(q->shift.txn, q->shift.desk->vault, index++,
		    &list[n]);
		if (err == WH_OK)
			err = mirror_fill(q->shift.txn, q->shift.desk->vault,
			    &list[n++]);
	}
	*out = list;
	*count = n;
	return err == WH_NOT_FOUND ? WH_OK : err;
}

static enum wh_err
add_case(struct inquiry *q, const struct id *case_ref, const json_t *dossier)
{
	struct report_case one = {.dossier = dossier};
	struct mirror_entry *entries = NULL;
	struct permit permit;
	bool found = false;
	enum wh_err err;

	arena_reset(&q->shift.arena);
	err = find_permission(q, dossier, &permit, &found);
	if (err == WH_OK)
		err = read_entries(q, case_ref, &entries, &one.entry_count);
	if (err == WH_OK) {
		one.permission = found ? &permit.permission : NULL;
		one.entries = entries;
		report_add_case(&q->report, &one);
	}
	mem_free(entries);
	return err;
}

static enum wh_err
add_consent(struct inquiry *q, const struct id *id, const json_t *consent)
{
	const json_t *record =
	    json_array_get(json_object_get(consent, "records"), 0);
	struct id record_id;
	struct permit permit;
	enum wh_err err = WH_NOT_FOUND;

	(void)id;
	arena_reset(&q->shift.arena);
	if (id_parse(json_text(record, "record"), &record_id) == WH_OK)
		err = permits_get(q->shift.txn, &q->shift.arena, &record_id,
		    &permit);
	if (err != WH_OK && err != WH_NOT_FOUND)
		return err;
	report_add_consent(&q->report, consent,
	    err == WH_OK ? &permit.permission : NULL);
	return WH_OK;
}

/* Those of a table that are about the client. */
static enum wh_err
add_all(struct inquiry *q, unsigned table, const struct ids *ids,
    enum wh_err (*add)(struct inquiry *, const struct id *, const json_t *))
{
	json_t *json;
	enum wh_err err = WH_OK;

	for (size_t i = 0; err == WH_OK && i < ids->count; i++) {
		json = NULL;
		err = sealed_json_get(q->shift.txn, q->shift.desk->vault, table,
		    span_id(&ids->list[i]), &json);
		if (err == WH_OK && is_about(q, json))
			err = add(q, &ids->list[i], json);
		json_decref(json);
	}
	return err == WH_NOT_FOUND ? WH_CORRUPT : err;
}

/* Records that others captured about the client. */
static enum wh_err
add_permits(struct inquiry *q)
{
	struct permit permit;
	enum wh_err err = WH_OK;

	for (size_t i = 0; err == WH_OK && i < q->permits.count; i++) {
		arena_reset(&q->shift.arena);
		err = permits_get(q->shift.txn, &q->shift.arena,
		    &q->permits.list[i], &permit);
		if (err == WH_OK &&
		    is_relation(q, &permit.permission.relation_ref))
			report_add_permit(&q->report, &permit);
	}
	return err;
}

static enum wh_err
gather(struct inquiry *q)
{
	enum wh_err err = find_all(q);

	if (err == WH_OK)
		err = add_all(q, LOCAL_DOSSIER, &q->cases, add_case);
	if (err == WH_OK)
		err = add_all(q, LOCAL_CONSENT, &q->consents, add_consent);
	if (err == WH_OK)
		err = add_permits(q);
	if (err == WH_OK)
		report_close(&q->report);
	return err;
}

static void
inquiry_fini(struct inquiry *q)
{
	report_fini(&q->report);
	mem_free(q->relations.list);
	mem_free(q->cases.list);
	mem_free(q->consents.list);
	mem_free(q->permits.list);
}

static void
set_time(json_t *object, const char *key, int64_t at_ms)
{
	char iso[CLK_ISO_SIZE];

	clk_iso(at_ms, iso);
	json_set_text(object, key, iso);
}

/* Under a random id that tells when it was made: the oldest come first. */
static enum wh_err
keep(struct inquiry *q, const json_t *body, json_t **out)
{
	uint8_t random[10];
	char text[ID_TEXT_SIZE];
	char *printed = NULL;
	json_t *json;
	struct id id;
	enum wh_err err = report_text(&q->report, &printed);

	if (err != WH_OK)
		return err;
	random_fill(random, sizeof(random));
	id = id_v7(q->shift.now_ms, random);
	id_text(&id, text);
	json = json_pack("{s:s, s:O, s:O, s:s}", "id", text, "verslag",
	    q->report.body, "nietVerstrekt", q->report.withheld, "afdruk",
	    printed);
	set_time(json, "gemaakt", q->shift.now_ms);
	set_time(json, "bewaardTot",
	    q->shift.now_ms + DESK_REPORT_DAYS * DAY_MS);
	json_set_text(json, "kenmerk", json_text(body, "kenmerk"));
	json_set_text(json, "reden", json_text(body, "reden"));
	err = sealed_json_put(q->shift.txn, q->shift.desk->vault, LOCAL_REPORT,
	    span_id(&id), json);
	mem_wipe_free(printed, strlen(printed));
	if (err == WH_OK)
		*out = json;
	else
		json_decref(json);
	return err;
}

enum wh_err
desk_report(struct desk *desk, const json_t *body, int64_t now_ms,
    struct desk_result *out)
{
	struct inquiry q = {.client = json_text(body, "client")};
	enum wh_err err;

	*out = (struct desk_result){0};
	if (desk->registry == NULL)
		return result_no(out, OUTCOME_BUSY, "",
		    "het register is nog niet ontvangen; probeer het later");
	if (!result_shape(out, &shape_report_new, body))
		return WH_OK;
	report_init(&q.report, &desk->registry->reg, desk->member, q.client,
	    now_ms);
	err = shift_begin(desk, now_ms, &q.shift);
	if (err == WH_OK)
		err = gather(&q);
	if (err == WH_OK)
		err = keep(&q, body, &out->dossier);
	err = shift_end(&q.shift, err);
	if (err == WH_OK)
		out->kind = OUTCOME_CREATED;
	else
		desk_result_fini(out);
	inquiry_fini(&q);
	return err;
}

/* Made so long ago that it may not be shown any more. */
static bool
is_over(const struct id *id, int64_t now_ms)
{
	int64_t made_ms = 0;

	for (size_t i = 0; i < 6; i++)
		made_ms = made_ms << 8 | id->b[i];
	return made_ms + DESK_REPORT_DAYS * DAY_MS <= now_ms;
}

enum wh_err
desk_report_get(struct desk *desk, const struct id *id, int64_t now_ms,
    json_t **out)
{
	struct kv_txn *txn = NULL;
	enum wh_err err;

	if (is_over(id, now_ms))
		return WH_NOT_FOUND;
	err = kv_begin(desk->kv, KV_READ_ONLY, &txn);
	if (err == WH_OK)
		err = sealed_json_get(txn, desk->vault, LOCAL_REPORT,
		    span_id(id), out);
	kv_abort(&txn);
	return err;
}

/* The oldest report, when its time is over. */
static enum wh_err
oldest_over(struct kv_txn *txn, int64_t now_ms, struct id *id)
{
	struct span key = span_str(""), value;
	enum wh_err err = kv_seek(txn, LOCAL_REPORT, &key, &value);

	if (err != WH_OK)
		return err;
	memcpy(id->b, key.p, sizeof(id->b));
	return is_over(id, now_ms) ? WH_OK : WH_NOT_FOUND;
}

enum wh_err
desk_report_expire(struct desk *desk, int64_t now_ms)
{
	struct kv_txn *txn = NULL;
	struct id id;
	enum wh_err err;

	err = kv_begin(desk->kv, KV_READ_ONLY, &txn);
	if (err == WH_OK)
		err = oldest_over(txn, now_ms, &id);
	kv_abort(&txn);
	if (err == WH_OK)
		err = kv_begin(desk->kv, KV_READ_WRITE, &txn);
	if (err == WH_OK)
		err = local_freed(txn);
	while (err == WH_OK) {
		err = kv_del(txn, LOCAL_REPORT, span_id(&id));
		if (err == WH_OK)
			err = oldest_over(txn, now_ms, &id);
	}
	if (err == WH_NOT_FOUND && txn != NULL)
		err = kv_commit(&txn);
	kv_abort(&txn);
	return err == WH_NOT_FOUND ? WH_OK : err;
}
