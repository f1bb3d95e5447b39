/* SPDX-License-Identifier: EUPL-1.2 */
#include "adapters/desk_officer.h"

#include <stdlib.h>

#include "adapters/desk_state.h"
#include "adapters/json.h"
#include "adapters/local.h"
#include "adapters/log_view.h"
#include "consent/register.h"
#include "proto/base/clk.h"
#include "proto/base/mem.h"

/* Lists for people, of what has no order of its own in the store. */

struct gathering {
	struct desk *desk;
	int64_t now_ms;
	const struct desk_page *page;
	unsigned table; /* of sealed JSON; its keys, or an index of them: */
	unsigned index;
	/* What is shown of one; NULL: not this one. New reference. */
	json_t *(*view)(const struct gathering *g, json_t *json);
	const char *key; /* a text of the view that orders them */
	bool is_falling;
	json_t *list; /* owned: all that fit */
};

static enum wh_err
gather(struct gathering *g, struct kv_txn *txn)
{
	struct span key = span_str(""), value;
	json_t *json, *view;
	struct id id;
	enum wh_err err;

	err = kv_seek(txn, g->index, &key, &value);
	while (err == WH_OK) {
		memcpy(id.b, key.p, sizeof(id.b));
		err = sealed_json_get(txn, g->desk->vault, g->table,
		    span_id(&id), &json);
		if (err != WH_OK)
			return err == WH_NOT_FOUND ? WH_CORRUPT : err;
		view = g->view(g, json);
		if (view != NULL)
			json_array_append_new(g->list, view);
		json_decref(json);
		key = span_id(&id);
		err = kv_next(txn, g->index, &key, &value);
	}
	return err == WH_NOT_FOUND ? WH_OK : err;
}

struct sorted {
	const char *key;
	json_t *json; /* borrowed from the list */
};

static int
compare(const void *a, const void *b)
{
	return strcmp(((const struct sorted *)a)->key,
	    ((const struct sorted *)b)->key);
}

/* One page of the list in its order. New reference. */
static json_t *
page_of(const struct gathering *g, bool *more)
{
	size_t count = json_array_size(g->list);
	size_t skip = (size_t)(g->page->page - 1) * g->page->page_size;
	struct sorted *all = mem_new((count + 1) * sizeof(*all));
	json_t *out = json_array();
	json_t *json;
	size_t i, at;

	json_array_foreach(g->list, i, json) all[i] =
	    (struct sorted){json_text(json, g->key), json};
	qsort(all, count, sizeof(*all), compare);
	for (i = skip; i < count && i < skip + g->page->page_size; i++) {
		at = g->is_falling ? count - 1 - i : i;
		json_array_append(out, all[at].json);
	}
	*more = count > skip && count - skip > g->page->page_size;
	mem_free(all);
	return out;
}

static enum wh_err
list(struct gathering *g, json_t **out, bool *more)
{
	struct kv_txn *txn = NULL;
	enum wh_err err;

	g->list = json_array();
	err = kv_begin(g->desk->kv, KV_READ_ONLY, &txn);
	if (err == WH_OK)
		err = gather(g, txn);
	kv_abort(&txn);
	if (err == WH_OK)
		*out = page_of(g, more);
	json_decref(g->list);
	return err;
}

/* Nobody has to say that a term is over. */
static json_t *
consent_view(const struct gathering *g, json_t *consent)
{
	int64_t until_ms = 0;

	if (clk_parse(json_text(consent, "geldigTot"), &until_ms) == WH_OK &&
	    until_ms <= g->now_ms &&
	    strcmp(json_text(consent, "status"), "GIVEN") == 0)
		json_set_text(consent, "status", "EXPIRED");
	if ((g->page->status[0] != '\0' &&
		strcmp(json_text(consent, "status"), g->page->status) != 0) ||
	    (g->page->before_ms != 0 && until_ms >= g->page->before_ms))
		return NULL;
	return json_incref(consent);
}

enum wh_err
desk_consent_list(struct desk *desk, const struct desk_page *page,
    int64_t now_ms, json_t **out, bool *more)
{
	struct gathering g = {.desk = desk,
	    .now_ms = now_ms,
	    .page = page,
	    .table = LOCAL_CONSENT,
	    .index = LOCAL_CONSENT,
	    .view = consent_view,
	    .key = "aangemaakt",
	    .is_falling = true};

	return list(&g, out, more);
}

/* "open" until the term is over; a reminder does not close it. */
static const char *
review_status(const json_t *review, int64_t now_ms)
{
	int64_t due_ms;

	if (strcmp(json_text(review, "status"), "afgerond") == 0)
		return "afgerond";
	if (strcmp(json_text(review, "status"), "teLaat") == 0 ||
	    (clk_parse(json_text(review, "uiterlijk"), &due_ms) == WH_OK &&
		due_ms <= now_ms))
		return "teLaat";
	return "open";
}

static json_t *
review_view(const struct gathering *g, json_t *dossier)
{
	const json_t *review = json_object_get(dossier, "beoordeling");
	const struct wh_register *reg = desk_register(g->desk);
	const struct reg_type *type =
	    reg == NULL ? NULL : register_type(reg, json_text(dossier, "type"));
	const char *status = review_status(review, g->now_ms);
	json_t *out;

	if (review == NULL || (g->page->status[0] != '\0' &&
				  strcmp(status, g->page->status) != 0))
		return NULL;
	out = json_pack("{s:O, s:O, s:O, s:s, s:s, s:s, s:s, s:s}",
	    "verwijzing", json_object_get(dossier, "id"), "type",
	    json_object_get(dossier, "type"), "richting",
	    json_object_get(dossier, "richting"), "titel",
	    type == NULL ? "" : type->title_nl, "van",
	    json_text(json_object_get(dossier, "van"), "lid"), "naar",
	    json_text(json_object_get(dossier, "naar"), "lid"), "uiterlijk",
	    json_text(review, "uiterlijk"), "status", status);
	json_set_text(out, "oordeel", json_text(review, "oordeel"));
	json_set_text(out, "op", json_text(review, "op"));
	return out;
}

enum wh_err
desk_review_list(struct desk *desk, const struct desk_page *page,
    int64_t now_ms, json_t **out, bool *more)
{
	struct gathering g = {.desk = desk,
	    .now_ms = now_ms,
	    .page = page,
	    .table = LOCAL_DOSSIER,
	    .index = LOCAL_REVIEW,
	    .view = review_view,
	    .key = "uiterlijk"};

	return list(&g, out, more);
}

static json_t *
overdue_view(const struct gathering *g, json_t *dossier)
{
	const json_t *review = json_object_get(dossier, "beoordeling");

	return strcmp(review_status(review, g->now_ms), "teLaat") == 0
		   ? json_true()
		   : NULL;
}

enum wh_err
desk_open_work(struct desk *desk, int64_t now_ms, struct desk_open *out)
{
	struct gathering g = {.desk = desk,
	    .now_ms = now_ms,
	    .table = LOCAL_DOSSIER,
	    .index = LOCAL_REVIEW,
	    .view = overdue_view,
	    .list = json_array()};
	struct kv_txn *txn = NULL;
	enum wh_err err = kv_begin(desk->kv, KV_READ_ONLY, &txn);

	if (err == WH_OK)
		err = kv_count(txn, LOCAL_COPY, &out->copies);
	if (err == WH_OK)
		err = gather(&g, txn);
	kv_abort(&txn);
	out->reviews_overdue = json_array_size(g.list);
	json_decref(g.list);
	return err;
}
