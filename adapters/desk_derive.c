/* SPDX-License-Identifier: EUPL-1.2 */
#include "adapters/desk_consent.h"
#include "adapters/held.h"
#include "adapters/json.h"
#include "proto/base/text.h"

/*
 * A permission made from one that was given to us: within its bounds, and for
 * no longer. The hub sees no tie between the two, so that it cannot link the
 * resident across pairs of members; this member knows, and ends the one with
 * the other.
 */

static enum wh_err
find_parent(struct consent *c, const struct id *case_ref, struct permit *out)
{
	json_t *dossier = NULL;
	struct id record;
	enum wh_err err;

	err =
	    dossier_get(c->shift.txn, c->shift.desk->vault, case_ref, &dossier);
	if (err == WH_OK &&
	    (dossier_actor(dossier) != ACTOR_RECIPIENT ||
		id_parse(json_text(json_object_get(dossier, "grondslag"),
			     "record"),
		    &record) != WH_OK))
		err = WH_NOT_FOUND;
	if (err == WH_OK)
		err = permits_get(c->shift.txn, &c->shift.arena, &record, out);
	json_decref(dossier);
	return err;
}

/* The first thing that goes beyond what was given; NULL: nothing does. */
static const char *
beyond(const struct permission *parent, const struct permission *p)
{
	size_t i, k;

	if (!parent->onward)
		return "afgeleidVan";
	if (parent->kind != p->kind)
		return "soort";
	if ((p->categories & ~parent->categories) != 0)
		return "categorieen";
	if (p->valid_until_ms > parent->valid_until_ms)
		return "geldigTot";
	for (i = 0; i < p->type_count; i++) {
		for (k = 0; k < parent->type_count; k++)
			if (strcmp(p->types[i], parent->types[k]) == 0)
				break;
		if (k == parent->type_count)
			return "typen";
	}
	return NULL;
}

enum wh_err
consent_derive(struct consent *c)
{
	const char *text = json_text(c->body, "afgeleidVan");
	struct permit parent;
	const char *field;
	struct id case_ref;
	enum wh_err err;

	if (text[0] == '\0')
		return WH_OK;
	err = id_parse(text, &case_ref) == WH_OK
		  ? find_parent(c, &case_ref, &parent)
		  : WH_NOT_FOUND;
	if (err == WH_NOT_FOUND) {
		consent_no(c, "afgeleidVan",
		    "is geen ontvangen verwijzing met een toestemming");
		return WH_OK;
	}
	if (err != WH_OK)
		return err;
	if (parent.standing.state != PERMISSION_GIVEN) {
		c->done = true;
		return result_refused(c->result, REASON_PERMISSION_WITHDRAWN,
		    "de toestemming van die verwijzing geldt niet meer");
	}
	/* No term given: as long as the one that it was made from. */
	if (json_object_get(c->body, "geldigTot") == NULL &&
	    c->permission.valid_until_ms > parent.permission.valid_until_ms)
		c->permission.valid_until_ms = parent.permission.valid_until_ms;
	field = beyond(&parent.permission, &c->permission);
	if (field != NULL)
		consent_no(c, field,
		    "gaat verder dan de toestemming van die verwijzing; vraag "
		    "de bewoner een eigen toestemming");
	c->parent = parent.permission.permission_id;
	return WH_OK;
}

enum wh_err
consent_derived(struct consent *c, const struct id *permission_id)
{
	return id_is_zero(&c->parent)
		   ? WH_OK
		   : held_derived_put(c->shift.txn, &c->parent, permission_id,
			 DERIVED_STANDS);
}
