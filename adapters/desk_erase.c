/* SPDX-License-Identifier: EUPL-1.2 */
#include "adapters/desk_erase.h"

#include <string.h>

#include "adapters/events.h"
#include "adapters/jobs.h"
#include "adapters/json.h"
#include "adapters/local.h"
#include "proto/base/clk.h"

/* Members of a dossier, and of its events, that tell about the person. */
static const char *const of_dossier[] = {"bron", "gegevensLater", NULL};
static const char *const of_ground[] = {"reden", NULL};
static const char *const of_event[] = {"gegevens", "toelichting", NULL};

static bool
holds(const json_t *object, const char *const *keys)
{
	for (; *keys != NULL; keys++)
		if (json_object_get(object, *keys) != NULL)
			return true;
	return false;
}

static void
remove_all(json_t *object, const char *const *keys)
{
	for (; *keys != NULL; keys++)
		json_object_del(object, *keys);
}

bool
desk_erase_needed(const json_t *dossier)
{
	const json_t *entry;
	size_t i;

	if (json_object_get(dossier, "gewistOp") == NULL ||
	    json_object_size(json_object_get(dossier, "gegevens")) > 0 ||
	    holds(dossier, of_dossier) ||
	    holds(json_object_get(dossier, "grondslag"), of_ground))
		return true;
	json_array_foreach(json_object_get(dossier, "gebeurtenissen"), i, entry)
	{
		if (holds(entry, of_event))
			return true;
	}
	return false;
}

/* The first time is on record. */
static enum wh_err
note_first(struct shift *shift, json_t *dossier)
{
	char at[CLK_ISO_SIZE];

	if (json_object_get(dossier, "gewistOp") != NULL)
		return local_freed(shift->txn);
	clk_iso(shift->now_ms, at);
	json_object_set_new(dossier, "gewistOp", json_string(at));
	dossier_add_event(dossier,
	    json_pack("{s:s, s:s}", "soort", events_word(EVENT_ERASED), "door",
		shift->desk->member),
	    shift->now_ms);
	return local_freed(shift->txn);
}

enum wh_err
desk_erase_sections(struct shift *shift, const struct id *case_ref,
    json_t *dossier)
{
	enum wh_err err;
	json_t *entry;
	size_t i;

	json_object_set_new(dossier, "gegevens", json_object());
	remove_all(dossier, of_dossier);
	remove_all(json_object_get(dossier, "grondslag"), of_ground);
	json_array_foreach(json_object_get(dossier, "gebeurtenissen"), i, entry)
	    remove_all(entry, of_event);
	err = note_first(shift, dossier);
	return err == WH_OK
		   ? jobs_drop_case(shift->txn, shift->desk->vault, case_ref)
		   : err;
}

/* What the other side wrote with its events; true when there was something. */
static bool
remove_written(json_t *dossier)
{
	const char *other = dossier_other(dossier);
	bool some = false;
	json_t *entry;
	size_t i;

	json_array_foreach(json_object_get(dossier, "gebeurtenissen"), i, entry)
	{
		if (strcmp(json_text(entry, "door"), other) != 0)
			continue;
		some |= holds(entry, of_event);
		remove_all(entry, of_event);
	}
	return some;
}

enum wh_err
desk_erase_received(struct shift *shift, const struct id *case_ref,
    json_t *dossier)
{
	bool received = dossier_actor(dossier) == ACTOR_RECIPIENT;
	bool some = remove_written(dossier);
	enum wh_err err;

	some |= json_object_get(dossier, "gewistOp") == NULL;
	(void)json_object_del(dossier, "gegevensLater");
	if (received) {
		some |=
		    json_object_size(json_object_get(dossier, "gegevens")) > 0;
		json_object_set_new(dossier, "gegevens", json_object());
	}
	err = note_first(shift, dossier);
	/* What waits to be handed to the partner's system never is. What it
	 * hears of the withdrawal itself comes after this, once. */
	return err == WH_OK && received && some
		   ? jobs_drop_case(shift->txn, shift->desk->vault, case_ref)
		   : err;
}

enum wh_err
desk_erase_report(struct shift *shift, json_t *dossier)
{
	struct referral_view view = dossier_view(dossier);
	struct letter letter = {0};
	enum reason reason = REASON_NONE;
	enum referral_state to;
	struct why why = {""};
	enum wh_err err;

	if (dossier_actor(dossier) != ACTOR_RECIPIENT ||
	    referral_next(&view, EVENT_ERASED, ACTOR_RECIPIENT, CODE_NONE,
		shift->now_ms, &to, &reason) != WH_OK)
		return WH_OK;
	err = letter_header(shift, dossier, EVENT_ERASED, &letter.header);
	if (err == WH_OK)
		err = letter_decide(shift, &letter, true, &reason, &why);
	if (err == WH_OK && reason == REASON_NONE)
		err = letter_send(shift, &letter, &why);
	/* Who cannot be told does not keep us from erasing. */
	if (err == WH_INVALID || err == WH_NOT_FOUND || reason != REASON_NONE)
		return WH_OK;
	if (err == WH_OK)
		dossier_sent(dossier);
	return err;
}
