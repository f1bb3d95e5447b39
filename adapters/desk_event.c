/* SPDX-License-Identifier: EUPL-1.2 */
#include <stdio.h>

#include "adapters/api_shape.h"
#include "adapters/desk_state.h"
#include "adapters/events.h"
#include "adapters/json.h"
#include "adapters/relations.h"
#include "adapters/review.h"
#include "proto/base/mem.h"
#include "proto/base/text.h"
#include "proto/wire_section.h"

/* POST /v1/verwijzingen/{id}/gebeurtenissen. */

/* What of the body goes into the STATUS section, sealed. */
static const char *const status_keys[] = {"toelichting", "contactGelegd",
    "hulpAanvaard", "afspraakOp", "kenmerk", NULL};

/* An event in the making. */
struct act {
	struct shift shift;
	const json_t *body;
	struct id case_ref;
	json_t *dossier;  /* owned */
	json_t *sections; /* owned */
	enum referral_event event;
	enum code code;
	enum actor actor;
	enum referral_state next;
	struct desk_result *result;
	bool done;
};

static void
no(struct act *a, const char *field, const char *text)
{
	a->done = true;
	result_no(a->result, OUTCOME_REJECTED, field, "%s", text);
}

static void
read_body(struct act *a)
{
	a->code = CODE_NONE;
	if (events_parse(json_text(a->body, "soort"), &a->event) != WH_OK)
		no(a, "soort", "onbekend; zie /v1/openapi.json");
	else if (json_text(a->body, "code")[0] != '\0' &&
		 events_code(json_text(a->body, "code"), &a->code) != WH_OK)
		no(a, "code", "onbekend; zie /v1/openapi.json");
}

static void
check_state(struct act *a)
{
	struct referral_view view = dossier_view(a->dossier);
	enum reason reason = REASON_NONE;

	a->actor = dossier_actor(a->dossier);
	if (referral_next(&view, a->event, a->actor, a->code, a->shift.now_ms,
		&a->next, &reason) == WH_OK)
		return;
	a->done = true;
	a->result->reason = reason;
	a->result->allowed = events_allowed(&view, a->actor, a->shift.now_ms);
	a->result->dossier = dossier_api(a->dossier);
	result_no(a->result,
	    reason == REASON_CODE_REQUIRED ? OUTCOME_REJECTED
					   : OUTCOME_FORBIDDEN,
	    reason == REASON_CODE_REQUIRED ? "code" : "soort", "%s",
	    reason == REASON_CODE_REQUIRED
		? "een code uit de lijst is hier verplicht, of past hier niet"
		: "dit kan niet in deze status");
}

/* Who did it, by our own reference: whoever reviews must be somebody else. */
static void
check_person(struct act *a)
{
	const char *wrong = NULL;

	if (a->actor == ACTOR_RECIPIENT &&
	    !review_person(a->dossier, a->event, json_text(a->body, "door"),
		&wrong))
		no(a, "door", wrong);
}

/* STATUS from the body's own fields, and FACE and such as given. */
static void
make_sections(struct act *a)
{
	const char *const *key;
	json_t *given = json_object_get(a->body, "gegevens");
	json_t *status = json_object();

	a->sections = given == NULL ? json_object() : json_deep_copy(given);
	json_object_update(status, json_object_get(a->sections, "STATUS"));
	for (key = status_keys; *key != NULL; key++)
		if (json_text(a->body, *key)[0] != '\0')
			json_object_set(status, *key,
			    json_object_get(a->body, *key));
	if (json_object_size(status) > 0)
		json_object_set(a->sections, "STATUS", status);
	json_decref(status);
}

/* Each section by the rules of its category; a mistake by its place. */
static void
check_sections(struct act *a)
{
	struct why why = {""};
	const char *const *at;
	char field[128];
	const char *key;
	json_t *value;
	uint8_t *bytes;
	uint32_t number;
	size_t len;

	json_object_foreach(a->sections, key, value)
	{
		if (terms_number(TERMS_CATEGORIES, key, &number) == WH_OK &&
		    wire_section_write((enum category)number, value, &bytes,
			&len, &why) == WH_OK) {
			mem_wipe_free(bytes, len);
			continue;
		}
		snprintf(field, sizeof(field), "gegevens.%s", key);
		for (at = status_keys; *at != NULL; at++)
			if (strcmp(key, "STATUS") == 0 &&
			    strncmp(why.text, *at, strlen(*at)) == 0 &&
			    json_object_get(a->body, *at) != NULL)
				snprintf(field, sizeof(field), "%s", *at);
		no(a, field, why.text);
		return;
	}
}

static enum wh_err
send(struct act *a, struct letter *letter)
{
	struct why why = {""};
	enum reason reason = REASON_NONE;
	enum wh_err err;

	err = letter_decide(&a->shift, letter, a->actor == ACTOR_RECIPIENT,
	    &reason, &why);
	if (err == WH_OK && reason != REASON_NONE) {
		a->done = true;
		return result_refused(a->result, reason, why.text);
	}
	if (err == WH_OK)
		err = letter_send(&a->shift, letter, &why);
	if (err == WH_INVALID || err == WH_TOO_BIG || err == WH_NOT_FOUND) {
		no(a, "gegevens",
		    why.text[0] == '\0' ? wh_err_str(err) : why.text);
		return WH_OK;
	}
	return err;
}

/* The event counts here at once; the hub's refusal would set it back. */
static void
record(struct act *a)
{
	json_t *entry = json_pack("{s:s, s:s}", "soort",
	    json_text(a->body, "soort"), "door", a->shift.desk->member);

	if (a->actor == ACTOR_RECIPIENT)
		json_object_set_new(a->dossier, "gelezen", json_true());
	if (events_mean_contact(a->event))
		json_object_set_new(a->dossier, "contactGelegd", json_true());
	dossier_sent(a->dossier);
	dossier_state_set(a->dossier, a->next, a->shift.now_ms);
	if (a->code != CODE_NONE)
		json_object_set_new(entry, "code",
		    json_string(terms_text(TERMS_CODES, a->code)));
	if (a->event == EVENT_REVIEW)
		review_given(a->dossier, a->code, a->shift.now_ms);
	if (json_text(a->body, "toelichting")[0] != '\0')
		json_object_set(entry, "toelichting",
		    json_object_get(a->body, "toelichting"));
	if (json_object_size(a->sections) > 0)
		json_object_set(entry, "gegevens", a->sections);
	dossier_add_event(a->dossier, entry, a->shift.now_ms);
}

/* The recipient may tie the referral to a client of its own. */
static enum wh_err
tie_client(struct act *a)
{
	const char *client = json_text(a->body, "client");
	struct id relation;

	if (client[0] == '\0' || a->actor != ACTOR_RECIPIENT)
		return WH_OK;
	if (id_parse(json_text(a->dossier, "relatie"), &relation) != WH_OK)
		return WH_CORRUPT;
	json_object_set(a->dossier, "client",
	    json_object_get(a->body, "client"));
	return relations_put(a->shift.txn, a->shift.desk->vault, client,
	    dossier_other(a->dossier), &relation);
}

static enum wh_err
act(struct act *a)
{
	struct letter letter = {0};
	enum wh_err err;

	read_body(a);
	if (a->done)
		return WH_OK;
	err = dossier_get(a->shift.txn, a->shift.desk->vault, &a->case_ref,
	    &a->dossier);
	if (err == WH_NOT_FOUND) {
		a->done = true;
		return result_no(a->result, OUTCOME_NOT_FOUND, "id",
		    "deze verwijzing is hier niet bekend");
	}
	if (err != WH_OK)
		return err;
	check_state(a);
	if (!a->done)
		check_person(a);
	if (a->done)
		return WH_OK;
	make_sections(a);
	check_sections(a);
	if (a->done)
		return WH_OK;
	err = letter_header(&a->shift, a->dossier, a->event, &letter.header);
	if (err != WH_OK)
		return WH_CORRUPT;
	letter.header.code = a->code;
	letter.sections = a->sections;
	err = send(a, &letter);
	if (err != WH_OK || a->done)
		return err;
	record(a);
	err = tie_client(a);
	if (err == WH_OK)
		err = dossier_put(a->shift.txn, a->shift.desk->vault,
		    &a->case_ref, a->dossier);
	a->result->kind = OUTCOME_QUEUED;
	a->result->has_wait = true;
	a->result->wait = letter.header.message_id;
	a->result->dossier = dossier_api(a->dossier);
	return err;
}

enum wh_err
desk_event(struct desk *desk, const struct id *case_ref, const json_t *body,
    int64_t now_ms, struct desk_result *out)
{
	struct act a = {.body = body, .case_ref = *case_ref, .result = out};
	enum wh_err err;

	*out = (struct desk_result){0};
	if (desk->registry == NULL)
		return result_no(out, OUTCOME_BUSY, "",
		    "het register is nog niet ontvangen; probeer het later");
	if (!result_shape(out, &shape_event_new, body))
		return WH_OK;
	err = shift_begin(desk, now_ms, &a.shift);
	if (err == WH_OK)
		err = act(&a);
	if (err == WH_OK && a.done)
		shift_end(&a.shift, WH_REFUSED);
	else
		err = shift_end(&a.shift, err);
	json_decref(a.dossier);
	json_decref(a.sections);
	if (err != WH_OK)
		desk_result_fini(out);
	return err;
}

enum wh_err
desk_send_identity(struct shift *shift, json_t *dossier)
{
	json_t *later = json_object_get(dossier, "gegevensLater");
	struct letter letter = {.sections = later};
	enum reason reason = REASON_NONE;
	struct why why = {""};
	json_t *entry;
	size_t place;
	enum wh_err err;

	if (json_object_size(later) == 0 ||
	    state_is_end(dossier_state(dossier)) ||
	    json_is_true(json_object_get(dossier, "identiteitVerzonden")))
		return WH_OK;
	err = letter_header(shift, dossier, EVENT_IDENTITY, &letter.header);
	if (err == WH_OK)
		err = letter_decide(shift, &letter, false, &reason, &why);
	if (err != WH_OK)
		return err;
	entry = json_pack("{s:s, s:s}", "soort", "identiteit", "door",
	    shift->desk->member);
	if (reason == REASON_NONE)
		err = letter_send(shift, &letter, &why);
	if (err == WH_NOT_FOUND)
		reason = REASON_NOT_A_MEMBER;
	else if (err == WH_INVALID || err == WH_TOO_BIG)
		reason = REASON_TOO_BIG;
	if (reason != REASON_NONE) {
		/* The permission ended since the offer: nothing follows. */
		json_object_set_new(entry, "soort", json_string("geweigerd"));
		json_object_set_new(entry, "code",
		    json_string(terms_text(TERMS_REASONS, reason)));
		place = dossier_add_event(dossier, entry, shift->now_ms);
		return desk_job(shift, &letter.header.case_ref, place);
	}
	if (err == WH_OK) {
		json_object_set_new(dossier, "identiteitVerzonden",
		    json_true());
		dossier_sent(dossier);
	}
	dossier_add_event(dossier, entry, shift->now_ms);
	return err;
}
