/* SPDX-License-Identifier: EUPL-1.2 */
#include "adapters/dossier.h"

#include <string.h>

#include "adapters/local.h"
#include "proto/base/clk.h"
#include "proto/base/mem.h"

/* Members of the kept JSON that never leave this adapter. */
static const char *const private_keys[] = {"client", "bron", "relatie",
    "gegevensLater", "epoch", NULL};

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
	return sealed_json_put(txn, vault, LOCAL_DOSSIER, span_id(case_ref),
	    dossier);
}

enum wh_err
dossier_get(struct kv_txn *txn, const struct vault *vault,
    const struct id *case_ref, json_t **out)
{
	return sealed_json_get(txn, vault, LOCAL_DOSSIER, span_id(case_ref),
	    out);
}

const char *
json_text(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text == NULL ? "" : text;
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
dossier_state_set(json_t *dossier, enum referral_state state)
{
	json_object_set_new(dossier, "status",
	    json_string(terms_text(TERMS_STATES, state)));
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

json_t *
dossier_api(const json_t *dossier)
{
	json_t *view = json_copy((json_t *)(uintptr_t)dossier);
	const char *const *key;

	for (key = private_keys; *key != NULL; key++)
		json_object_del(view, *key);
	if (dossier_actor(dossier) == ACTOR_SENDER)
		json_object_set(view, "client",
		    json_object_get(dossier, "client"));
	json_object_del(view, "eindeMs");
	json_object_set_new(view, "gegevens", readable(dossier));
	return view;
}
