/* SPDX-License-Identifier: EUPL-1.2 */
#include <string.h>

#include "adapters/corporatie/map.h"
#include "adapters/corporatie/vera.h"
#include "adapters/json.h"
#include "proto/base/mem.h"
#include "proto/terms.h"

/*
 * What their system says about a document that we made there, or that they
 * sent: a status becomes an event on the referral.
 *
 * Extra-attributen go along: wijkhub-uitkomst (outcome code), wijkhub-reden
 * (reason code), wijkhub-contact-gelegd and wijkhub-hulp-aanvaard (ja, nee),
 * wijkhub-toelichting (text for the other professional). The toelichting of
 * the status itself does not: it was written for their own colleagues.
 */

/* One row: a status, seen from a state, does this. First match counts. */
struct move {
	const char *status;
	enum referral_state from; /* 0: any that is not listed below */
	const char *event;        /* NULL: nothing new */
	const char *attribute;    /* where the code stands; NULL: none */
	const char *code;         /* without it */
};

#define TO_ACCEPT "accepteren", NULL, NULL
#define TO_START  "starten", NULL, NULL
#define TO_FINISH "afronden", "wijkhub-uitkomst", "HELPED"
#define TO_REFUSE "afwijzen", "wijkhub-reden", "WRONG_RECIPIENT"
#define NOTHING   NULL, NULL, NULL

/* ZAAKSTATUSSOORT, on a referral that we received. */
static const struct move received_zaak[] = {
    {"AAN", 0, NOTHING},
    {"INB", STATE_DELIVERED, TO_ACCEPT},
    {"INB", STATE_IN_PROGRESS, NOTHING},
    {"INB", 0, TO_START},
    {"INU", STATE_IN_PROGRESS, NOTHING},
    {"INU", 0, TO_START},
    {"AFG", STATE_COMPLETED, NOTHING},
    {"AFG", 0, TO_FINISH},
    {"GES", STATE_COMPLETED, NOTHING},
    {"GES", STATE_DECLINED, NOTHING},
    {"GES", 0, TO_FINISH},
    {"GEA", STATE_DECLINED, NOTHING},
    {"GEA", 0, TO_REFUSE},
    {NULL, 0, NOTHING},
};

/* ONDERHOUDSVERZOEKSTATUS, on a referral that we received. */
static const struct move received_verzoek[] = {
    {"REG", 0, NOTHING},
    {"BEO", 0, NOTHING},
    {"INB", STATE_IN_PROGRESS, NOTHING},
    {"INB", 0, TO_START},
    {"TEC", 0, NOTHING},
    {"FIN", 0, NOTHING},
    {"AFG", STATE_COMPLETED, NOTHING},
    {"AFG", 0, TO_FINISH},
    {"GEA", STATE_DECLINED, NOTHING},
    {"GEA", 0, TO_REFUSE},
    {NULL, 0, NOTHING},
};

/* On one that we sent, only that it is no longer wanted. */
static const struct move sent_zaak[] = {
    {"AAN", 0, NOTHING},
    {"INB", 0, NOTHING},
    {"INU", 0, NOTHING},
    {"AFG", 0, NOTHING},
    {"GES", 0, NOTHING},
    {"GEA", STATE_CANCELLED, NOTHING},
    {"GEA", STATE_CANCEL_REQUESTED, NOTHING},
    {"GEA", 0, "annuleren", NULL, NULL},
    {NULL, 0, NOTHING},
};

static const struct move *
find_move(const struct move *moves, const char *status, uint32_t from)
{
	for (; moves->status != NULL; moves++) {
		if (strcmp(moves->status, status) == 0 &&
		    (moves->from == 0 || (uint32_t)moves->from == from))
			return moves;
	}
	return NULL;
}

static enum wh_err
set_code(const json_t *document, const struct move *move, json_t *event,
    struct action *out)
{
	const char *code;
	uint32_t number;
	enum wh_err err;

	if (move->attribute == NULL)
		return WH_OK;
	err = map_vera_option(document, move->attribute, &code, out);
	if (err != WH_OK)
		return err;
	if (code[0] == '\0')
		code = move->code;
	if (terms_number(TERMS_CODES, code, &number) != WH_OK ||
	    number == CODE_NONE)
		return map_vera_refuse(out, "VELD_ONJUIST", move->attribute,
		    "geen code van wijkhub, zoals HELPED of WRONG_RECIPIENT");
	json_object_set_new(event, "code", json_string(code));
	return WH_OK;
}

static enum wh_err
set_feedback(const json_t *document, json_t *event, struct action *out)
{
	static const char *const yes_no[][2] = {{"wijkhub-contact-gelegd",
						    "contactGelegd"},
	    {"wijkhub-hulp-aanvaard", "hulpAanvaard"}};
	const char *text;
	enum wh_err err;

	for (size_t i = 0; i < 2; i++) {
		err = map_vera_option(document, yes_no[i][0], &text, out);
		if (err != WH_OK)
			return err;
		if (text[0] == '\0')
			continue;
		if (strcmp(text, "ja") != 0 && strcmp(text, "nee") != 0)
			return map_vera_refuse(out, "VELD_ONJUIST",
			    yes_no[i][0], "kies ja of nee");
		json_object_set_new(event, yes_no[i][1], json_string(text));
	}
	err = map_vera_option(document, "wijkhub-toelichting", &text, out);
	if (err == WH_OK && text[0] != '\0')
		json_object_set_new(event, "toelichting", json_string(text));
	return err;
}

/* "WH-<id>" is what their documents carry as idExtern. */
static const char *
bare_id(const char *id)
{
	return strncmp(id, "WH-", 3) == 0 ? id + 3 : id;
}

static void
do_move(const json_t *document, const struct move *move, const char *id,
    struct action *out)
{
	json_t *event;

	action_fini(out);
	if (move->event == NULL)
		return; /* ACTION_NOTHING */
	event = json_pack("{s:s}", "soort", move->event);
	if (set_code(document, move, event, out) != WH_OK ||
	    set_feedback(document, event, out) != WH_OK) {
		json_decref(event);
		return;
	}
	if (str_copy(out->id, sizeof(out->id), bare_id(id)) != WH_OK) {
		(void)map_vera_refuse(out, "VELD_ONJUIST", "id",
		    "geen nummer van een verwijzing");
		json_decref(event);
		return;
	}
	out->kind = ACTION_EVENT;
	out->body = event;
}

static uint32_t
state_of(const json_t *dossier)
{
	uint32_t state = 0;

	(void)terms_number(TERMS_STATES, json_text(dossier, "status"), &state);
	return state;
}

static bool
is_sent(const json_t *dossier)
{
	return strcmp(json_text(dossier, "richting"), "verzonden") == 0;
}

void
map_vera_zaakstatus(const json_t *document, const json_t *dossier,
    const char *id, struct action *out)
{
	const char *status = vera_code(vera_status_now(document), "soort");
	const struct move *move =
	    find_move(is_sent(dossier) ? sent_zaak : received_zaak, status,
		state_of(dossier));

	if (move == NULL)
		(void)map_vera_refuse(out, "CODE_ONBEKEND", "zaakstatussen",
		    "een status met een code van ZAAKSTATUSSOORT ontbreekt");
	else
		do_move(document, move, id, out);
}

void
map_vera_verzoekstatus(const json_t *document, const json_t *dossier,
    const char *id, struct action *out)
{
	const struct move *move = find_move(received_verzoek,
	    vera_code(document, "status"), state_of(dossier));

	if (is_sent(dossier))
		(void)map_vera_refuse(out, "GEEN_ONDERHOUDSVERZOEK", "id",
		    "deze verwijzing is geen ontvangen onderhoudsverzoek");
	else if (move == NULL)
		(void)map_vera_refuse(out, "CODE_ONBEKEND", "status",
		    "geen code van ONDERHOUDSVERZOEKSTATUS");
	else
		do_move(document, move, id, out);
}
