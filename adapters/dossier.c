/* SPDX-License-Identifier: EUPL-1.2 */
#include "adapters/dossier.h"

#include <string.h>

#include "adapters/json.h"
#include "adapters/local.h"
#include "adapters/retention.h"
#include "adapters/review.h"
#include "proto/base/clk.h"
#include "proto/base/mem.h"

/* Members of the kept JSON that never leave this adapter. */
static const char *const private_keys[] = {"behandelaars", "beoordelaar",
    "bron", "relatie", "gegevensLater", "epoch", "eindeMs",
    "identiteitVerzonden", "stand", "standOp", "voor", "wacht", NULL};

/* What a recipient may read of the need before it accepts. */
static const char *const offer_keys[] = {"REQUEST", NULL};

enum wh_err
sealed_json_put(struct kv_txn *txn, const struct vault *vault, unsigned table,
    struct span key, const json_t *value)
{
	char *text = json_dumps(value, JSON_COMPACT | JSON_SORT_KEYS);
	uint8_t *sealed = NULL;
	size_t len;
	enum wh_err err;

	if (text == NULL)
		return WH_INVALID;
	vault_seal(vault, table, key, span_str(text), &sealed, &len);
	err = kv_put(txn, table, key, span_of(sealed, len));
	mem_wipe_free(text, strlen(text));
	mem_free(sealed);
	return err;
}

enum wh_err
sealed_json_get(struct kv_txn *txn, const struct vault *vault, unsigned table,
    struct span key, json_t **out)
{
	struct span sealed;
	uint8_t *plain = NULL;
	json_t *value;
	size_t len = 0;
	enum wh_err err;

	err = kv_peek(txn, table, key, &sealed);
	if (err == WH_OK)
		err = vault_open(vault, table, key, sealed, &plain, &len);
	if (err != WH_OK)
		return err;
	value = json_loadb((const char *)plain, len, 0, NULL);
	mem_wipe_free(plain, len);
	if (value == NULL)
		return WH_CORRUPT;
	*out = value;
	return WH_OK;
}

enum wh_err
dossier_put(struct kv_txn *txn, const struct vault *vault,
    const struct id *case_ref, const json_t *dossier)
{
	enum wh_err err = sealed_json_put(txn, vault, LOCAL_DOSSIER,
	    span_id(case_ref), dossier);

	if (err == WH_OK && json_object_get(dossier, "beoordeling") != NULL)
		err =
		    kv_put(txn, LOCAL_REVIEW, span_id(case_ref), span_str(""));
	return err == WH_OK ? retention_note(txn, case_ref, dossier) : err;
}

enum wh_err
dossier_get(struct kv_txn *txn, const struct vault *vault,
    const struct id *case_ref, json_t **out)
{
	return sealed_json_get(txn, vault, LOCAL_DOSSIER, span_id(case_ref),
	    out);
}

enum wh_err
dossier_del(struct kv_txn *txn, const struct id *case_ref)
{
	enum wh_err err = kv_del(txn, LOCAL_DOSSIER, span_id(case_ref));

	if (err == WH_OK) {
		err = kv_del(txn, LOCAL_REVIEW, span_id(case_ref));
		return err == WH_NOT_FOUND ? WH_OK : err;
	}
	return err;
}

enum referral_state
dossier_state(const json_t *dossier)
{
	uint32_t state;

	if (terms_number(TERMS_STATES, json_text(dossier, "status"), &state) !=
	    WH_OK)
		return STATE_DISCARDED;
	return (enum referral_state)state;
}

void
dossier_state_set(json_t *dossier, enum referral_state state, int64_t now_ms)
{
	json_object_set_new(dossier, "status",
	    json_string(terms_text(TERMS_STATES, state)));
	if (!state_is_end(state))
		json_object_del(dossier, "eindeMs");
	else if (json_object_get(dossier, "eindeMs") == NULL)
		json_object_set_new(dossier, "eindeMs", json_integer(now_ms));
}

static json_int_t
number_of(const json_t *dossier, const char *key)
{
	return json_integer_value(json_object_get(dossier, key));
}

void
dossier_sent(json_t *dossier)
{
	json_int_t waiting = number_of(dossier, "wacht");

	if (waiting == 0)
		json_object_set(dossier, "voor",
		    json_object_get(dossier, "status"));
	json_object_set_new(dossier, "wacht", json_integer(waiting + 1));
}

bool
dossier_advance(json_t *dossier, uint64_t index)
{
	if ((uint64_t)number_of(dossier, "stand") > index)
		return index == 0;
	json_object_set_new(dossier, "stand", json_integer((json_int_t)index));
	return true;
}

bool
dossier_told(const json_t *dossier, int64_t at_ms)
{
	return number_of(dossier, "wacht") == 0 &&
	       at_ms >= number_of(dossier, "standOp");
}

void
dossier_answered(json_t *dossier, const struct dossier_answer *answer)
{
	json_int_t waiting = number_of(dossier, "wacht") - 1;
	bool newer = dossier_advance(dossier, answer->index);
	uint32_t state = answer->state;

	if (answer->at_ms > number_of(dossier, "standOp"))
		json_object_set_new(dossier, "standOp",
		    json_integer(answer->at_ms));
	if (waiting > 0) {
		json_object_set_new(dossier, "wacht", json_integer(waiting));
		return;
	}
	json_object_del(dossier, "wacht");
	if (terms_text(TERMS_STATES, state) == NULL &&
	    terms_number(TERMS_STATES, json_text(dossier, "voor"), &state) !=
		WH_OK)
		state = STATE_DISCARDED;
	if (newer || answer->is_now)
		dossier_state_set(dossier, (enum referral_state)state,
		    answer->now_ms);
	json_object_del(dossier, "voor");
}

struct referral_view
dossier_view(const json_t *dossier)
{
	return (struct referral_view){
	    .state = dossier_state(dossier),
	    .one_phase = json_is_true(json_object_get(dossier, "eenfase")),
	    .read = json_is_true(json_object_get(dossier, "gelezen")),
	    .contacted =
		json_is_true(json_object_get(dossier, "contactGelegd")),
	    .review_open = review_is_open(dossier),
	    .ended_ms = json_integer_value(json_object_get(dossier, "eindeMs")),
	};
}

enum actor
dossier_actor(const json_t *dossier)
{
	return strcmp(json_text(dossier, "richting"), "verzonden") == 0
		   ? ACTOR_SENDER
		   : ACTOR_RECIPIENT;
}

const char *
dossier_other(const json_t *dossier)
{
	return json_text(json_object_get(dossier,
			     dossier_actor(dossier) == ACTOR_SENDER ? "naar"
								    : "van"),
	    "lid");
}

size_t
dossier_add_event(json_t *dossier, json_t *entry, int64_t now_ms)
{
	json_t *list = json_object_get(dossier, "gebeurtenissen");
	char at[CLK_ISO_SIZE];

	clk_iso(now_ms, at);
	json_object_set_new(entry, "op", json_string(at));
	json_object_set(entry, "status", json_object_get(dossier, "status"));
	if (list == NULL) {
		list = json_array();
		json_object_set_new(dossier, "gebeurtenissen", list);
	}
	json_array_append_new(list, entry);
	return json_array_size(list) - 1;
}

static bool
in_list(const char *key, const char *const *list)
{
	for (; *list != NULL; list++)
		if (strcmp(key, *list) == 0)
			return true;
	return false;
}

/* Disclosure follows state: the recipient's view of the sections. */
static json_t *
readable(const json_t *dossier)
{
	json_t *all = json_object_get(dossier, "gegevens");
	json_t *out = json_object();
	const char *key;
	json_t *value;

	if (dossier_actor(dossier) == ACTOR_SENDER) {
		json_object_update(out, all);
		json_object_update(out,
		    json_object_get(dossier, "gegevensLater"));
		return out;
	}
	switch (state_readable(dossier_state(dossier))) {
	case READ_NOTHING:
	case READ_CLOSED:
		break;
	case READ_OFFER:
		json_object_foreach(all, key, value)
		{
			if (in_list(key, offer_keys))
				json_object_set(out, key, value);
		}
		break;
	case READ_UNCHANGED: /* all that came so far */
	case READ_IDENTITY:
	case READ_ALL:
		json_object_update(out, all);
		break;
	}
	return out;
}

/* What the other side told with its events closes with the referral too. */
static void
close_events(const json_t *dossier, json_t *view)
{
	const json_t *all = json_object_get(dossier, "gebeurtenissen");
	const char *sender = dossier_other(dossier);
	json_t *list = json_array();
	json_t *entry, *copy;
	size_t i;

	json_array_foreach(all, i, entry)
	{
		copy = json_copy(entry);
		if (strcmp(json_text(entry, "door"), sender) == 0) {
			json_object_del(copy, "gegevens");
			json_object_del(copy, "toelichting");
		}
		json_array_append_new(list, copy);
	}
	json_object_set_new(view, "gebeurtenissen", list);
}

json_t *
dossier_api(const json_t *dossier)
{
	json_t *view = json_copy((json_t *)(uintptr_t)dossier);
	enum readable may = state_readable(dossier_state(dossier));
	const char *const *key;

	for (key = private_keys; *key != NULL; key++)
		json_object_del(view, *key);
	json_object_set_new(view, "gegevens", readable(dossier));
	if (dossier_actor(dossier) == ACTOR_RECIPIENT &&
	    (may == READ_NOTHING || may == READ_CLOSED))
		close_events(dossier, view);
	return view;
}
