/* SPDX-License-Identifier: EUPL-1.2 */
#include "adapters/desk_state.h"
#include "adapters/json.h"
#include "adapters/relations.h"
#include "adapters/retention.h"

/*
 * What a withdrawal does not end: open referrals of the same client that rest
 * on the law. The answer says so, instead of pretending that all has stopped.
 */

static bool
stands(const json_t *dossier, enum permission_kind *kind)
{
	uint32_t number;

	if (state_is_end(dossier_state(dossier)) ||
	    terms_number(TERMS_PERMISSION_KINDS,
		json_text(json_object_get(dossier, "grondslag"), "soort"),
		&number) != WH_OK)
		return false;
	*kind = (enum permission_kind)number;
	return !kind_rule(*kind)->ended_by_withdrawal;
}

static void
add(json_t *out, const json_t *dossier, enum permission_kind kind)
{
	const json_t *ground = json_object_get(dossier, "grondslag");

	json_array_append_new(out,
	    json_pack("{s:O, s:O, s:s, s:s, s:s}", "verwijzing",
		json_object_get(dossier, "id"), "soort",
		json_object_get(ground, "soort"), "met", dossier_other(dossier),
		"instrument", json_text(ground, "instrument"), "uitleg",
		kind_rule(kind)->ended_by_objection
		    ? "Dit gaat door: het is een wettelijke plicht. De bewoner "
		      "kan wel bezwaar maken."
		    : "Dit gaat door: het rust op de wet, niet op "
		      "toestemming."));
}

static enum wh_err
add_relation(struct kv_txn *txn, const struct vault *vault,
    const struct id *relation, json_t *out)
{
	enum permission_kind kind;
	json_t *dossier;
	struct id id = {{0}};
	enum wh_err err = WH_OK;

	while (err == WH_OK) {
		err = retention_next(txn, relation, &id);
		if (err != WH_OK)
			break;
		dossier = NULL;
		err = dossier_get(txn, vault, &id, &dossier);
		if (err == WH_OK && stands(dossier, &kind))
			add(out, dossier, kind);
		json_decref(dossier);
		if (err == WH_NOT_FOUND) /* a permission */
			err = WH_OK;
	}
	return err == WH_NOT_FOUND ? WH_OK : err;
}

enum wh_err
desk_stands(struct desk *desk, const json_t *consent, json_t **out)
{
	const struct wh_register *reg = desk_register(desk);
	const char *client = json_text(consent, "client");
	struct kv_txn *txn = NULL;
	struct id relation;
	size_t i;
	enum wh_err err;

	*out = json_array();
	err = kv_begin(desk->kv, KV_READ_ONLY, &txn);
	for (i = 0; err == WH_OK && reg != NULL && i < reg->member_count; i++) {
		err = relations_find(txn, desk->vault, client,
		    reg->members[i].id, &relation);
		if (err == WH_OK)
			err = add_relation(txn, desk->vault, &relation, *out);
		if (err == WH_NOT_FOUND)
			err = WH_OK;
	}
	kv_abort(&txn);
	return err;
}
