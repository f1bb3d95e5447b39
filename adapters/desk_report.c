/* SPDX-License-Identifier: EUPL-1.2 */
#include "adapters/desk_report.h"

#include "adapters/api_shape.h"
#include "adapters/desk_state.h"
#include "adapters/json.h"
#include "adapters/local.h"
#include "adapters/log_view.h"
#include "adapters/relations.h"
#include "adapters/report.h"
#include "proto/base/clk.h"
#include "proto/base/mem.h"
#include "proto/base/text.h"

#define DAY_MS (24ll * 3600 * 1000)

/* Entries of one referral that a report looks at. */
#define CASE_ENTRIES_MAX 512

/* A report in the making. */
struct inquiry {
	struct shift shift;
	const char *client;
	struct report report;
	struct id *relations; /* owned: those of the client */
	size_t relation_count;
};

static bool
is_relation(const struct inquiry *q, const struct id *ref)
{
	for (size_t i = 0; i < q->relation_count; i++) {
		if (id_equal(&q->relations[i], ref))
			return true;
	}
	return false;
}

/* Every relation with another member that stands for this client. */
static enum wh_err
find_relations(struct inquiry *q)
{
	struct span key = span_str(""), value;
	char *client = NULL;
	struct id ref;
	enum wh_err err;

	err = kv_seek(q->shift.txn, LOCAL_CLIENT, &key, &value);
	while (err == WH_OK) {
		memcpy(ref.b, key.p, sizeof(ref.b));
		err = relations_client(q->shift.txn, q->shift.desk->vault, &ref,
		    &client);
		if (err != WH_OK)
			return err;
		if (strcmp(client, q->client) == 0) {
			q->relations = mem_grow(q->relations,
			    (q->relation_count + 1) * sizeof(ref));
			q->relations[q->relation_count++] = ref;
		}
		mem_wipe_free(client, strlen(client));
		key = span_id(&ref);
		err = kv_next(q->shift.txn, LOCAL_CLIENT, &key, &value);
	}
	return err == WH_NOT_FOUND ? WH_OK : err;
}

/* Is it about the client: by number, or by the relation? */
static bool
is_about(const struct inquiry *q, const json_t *dossier)
{
	struct id ref;

	return strcmp(json_text(dossier, "client"), q->client) == 0 ||
	       (id_parse(json_text(dossier, "relatie"), &ref) == WH_OK &&
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

/* Every sealed JSON of a table that is about the client. */
static enum wh_err
walk(struct inquiry *q, unsigned table,
    enum wh_err (*add)(struct inquiry *, const struct id *, const json_t *))
{
	struct span key = span_str(""), value;
	json_t *json;
	struct id id;
	enum wh_err err;

	err = kv_seek(q->shift.txn, table, &key, &value);
	while (err == WH_OK) {
		memcpy(id.b, key.p, sizeof(id.b));
		json = NULL;
		err = sealed_json_get(q->shift.txn, q->shift.desk->vault, table,
		    span_id(&id), &json);
		if (err == WH_OK && is_about(q, json))
			err = add(q, &id, json);
		json_decref(json);
		key = span_id(&id);
		if (err == WH_OK)
			err = kv_next(q->shift.txn, table, &key, &value);
	}
	return err == WH_NOT_FOUND ? WH_OK : err;
}

/* Records that others captured about the client. */
static enum wh_err
add_permits(struct inquiry *q)
{
	struct span key = span_str(""), value;
	struct permit permit;
	struct id id;
	enum wh_err err;

	err = kv_seek(q->shift.txn, LOCAL_PERMISSION, &key, &value);
	while (err == WH_OK) {
		memcpy(id.b, key.p, sizeof(id.b));
		arena_reset(&q->shift.arena);
		err = permits_get(q->shift.txn, &q->shift.arena, &id, &permit);
		if (err != WH_OK)
			return err;
		if (id_is_zero(&permit.consent_id) &&
		    is_relation(q, &permit.permission.relation_ref))
			report_add_permit(&q->report, &permit);
		key = span_id(&id);
		err = kv_next(q->shift.txn, LOCAL_PERMISSION, &key, &value);
	}
	return err == WH_NOT_FOUND ? WH_OK : err;
}

static enum wh_err
gather(struct inquiry *q)
{
	enum wh_err err = find_relations(q);

	if (err == WH_OK)
		err = walk(q, LOCAL_DOSSIER, add_case);
	if (err == WH_OK)
		err = walk(q, LOCAL_CONSENT, add_consent);
	if (err == WH_OK)
		err = add_permits(q);
	if (err == WH_OK)
		report_close(&q->report);
	return err;
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
	report_fini(&q.report);
	mem_free(q.relations);
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
