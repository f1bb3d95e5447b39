/* SPDX-License-Identifier: EUPL-1.2 */
#include <string.h>

#include "adapters/json.h"
#include "adapters/politie/map.h"

/*
 * StUF-Jeugdzorg 1.0.9 has no status codes for NAZ; these of ZVH and VT say
 * nearest what happened, and the sentence says it in words. A row without a
 * reason code holds for every other reason: the police learn that it ended,
 * not that a resident said no or could not be reached.
 */
static const struct {
	const char *status; /* of proto/terms.h */
	const char *code;   /* NULL: any */
	struct map_outcome outcome;
} outcomes[] = {
    {"COMPLETED", "REFERRED_ELSEWHERE",
	{"VT-02", "Overgedragen aan een andere organisatie."}},
    {"COMPLETED", NULL, {"VT-03", "Afgesloten door het team."}},
    {"REFERRED_ON", NULL,
	{"VT-02", "Overgedragen aan een andere organisatie."}},
    {"DECLINED", "WRONG_RECIPIENT",
	{"VT-99", "Niet voor dit team bestemd. Stuur de melding aan de juiste "
		  "ontvanger."}},
    {"DECLINED", "WRONG_SERVICE",
	{"VT-99", "Niet voor dit team bestemd. Stuur de melding aan de juiste "
		  "ontvanger."}},
    {"DECLINED", "OUT_OF_AREA",
	{"VT-99", "Buiten het gebied van dit team. Stuur de melding aan de "
		  "juiste ontvanger."}},
    {"DECLINED", "NO_LEGAL_BASIS",
	{"VT-00", "Niet ontvankelijk: geen grondslag voor deze ontvanger."}},
    {"DECLINED", "INSUFFICIENT_INFO",
	{"VT-00", "Niet ontvankelijk: de melding is onvoldoende om mee te "
		  "werken."}},
    {"DECLINED", NULL, {"ZVH-03", "Anders afgedaan door het team."}},
    {"WITHDRAWN", NULL, {"ZVH-03", "De verwijzing is ingetrokken."}},
    {"CANCELLED", NULL, {"ZVH-03", "De verwijzing is geannuleerd."}},
    {"EXPIRED", NULL,
	{"VT-00", "Niet op tijd in behandeling genomen. Neem zelf contact op "
		  "met het team."}},
    {"UNDELIVERABLE", NULL,
	{"VT-00", "Niet bezorgd. Neem zelf contact op met het team."}},
    /* Bv03 was given while the hub was away, and the hub said no later. */
    {"DISCARDED", NULL,
	{"VT-00", "Niet ontvankelijk: het convenant laat deze melding niet "
		  "toe. Zij is niet bezorgd."}},
};

/* Acceptance is automatic for this type; the start of the work is not. */
static const struct map_outcome started = {"ZVH-01",
    "In behandeling bij het team."};

/* The state before event was another one: notes after the end are no news. */
static bool
is_change(const json_t *dossier, const json_t *event)
{
	const json_t *all = json_object_get(dossier, "gebeurtenissen");
	const char *before = "";
	const json_t *at;
	size_t i;

	json_array_foreach(all, i, at)
	{
		if (json_equal(at, event))
			return strcmp(before, json_text(event, "status")) != 0;
		before = json_text(at, "status");
	}
	return true;
}

enum wh_err
map_outcome(const json_t *dossier, const json_t *event, bool midway,
    struct map_outcome *out)
{
	const json_t *source = json_object_get(dossier, "bron");
	const char *status = json_text(event, "status");
	const char *code = json_text(event, "code");

	if (strcmp(json_text(source, "indicatieTerugkoppelingGewenst"), "Ja") !=
	    0)
		return WH_NOT_FOUND;
	if (!is_change(dossier, event))
		return WH_NOT_FOUND;
	if (midway && strcmp(status, "IN_PROGRESS") == 0) {
		*out = started;
		return WH_OK;
	}
	for (size_t i = 0; i < sizeof(outcomes) / sizeof(outcomes[0]); i++) {
		if (strcmp(outcomes[i].status, status) == 0 &&
		    (outcomes[i].code == NULL ||
			strcmp(outcomes[i].code, code) == 0)) {
			*out = outcomes[i].outcome;
			return WH_OK;
		}
	}
	return WH_NOT_FOUND;
}
