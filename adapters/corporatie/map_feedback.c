/* SPDX-License-Identifier: EUPL-1.2 */
#include <string.h>

#include "adapters/corporatie/map.h"
#include "adapters/corporatie/vera.h"
#include "adapters/json.h"
#include "adapters/values.h"

/*
 * What happened to a referral, as a Contactmoment with the tenant's record.
 * A landlord learns whether there was contact and whether help was accepted
 * (referral-states, rule 10), and no more: no toelichting, no appointment, no
 * name of a professional; for an early signal no outcome code either, which
 * would tell what help it was.
 */

struct news {
	const char *event;
	const char *text;
	bool code; /* the event's code follows */
	bool sent; /* on a referral that we sent, else on one we received */
};

static const struct news news[] = {
    {"accepteren", "geaccepteerd", false, true},
    {"automatisch", "geaccepteerd", false, true},
    {"teruggeven", "teruggegeven", true, true},
    {"afwijzen", "afgewezen", true, true},
    {"afronden", "afgerond", true, true},
    {"heropenen", "heropend", false, true},
    {"doorverwijzen", "doorverwezen naar een andere partij", false, true},
    {"annuleringBevestigen", "geannuleerd", false, true},
    {"verlopen", "verlopen zonder antwoord", false, true},
    {"onbestelbaar", "niet bezorgd", false, true},
    {"geweigerd", "geweigerd door het convenant", true, true},
    {"ingetrokken", "ingetrokken namens de bewoner", false, true},
    /* What we made in their system must be stopped there as well. */
    {"ingetrokken", "ingetrokken; verwerk de gegevens niet verder", false,
	false},
    {"wissingGevraagd", "wis wat ervan is vastgelegd, en meld dat", false,
	false},
    {"annuleren", "geannuleerd door de verwijzer", false, false},
    {"vergissing", "een vergissing; verwijder wat ervan is vastgelegd", false,
	false},
};
#define NEWS (sizeof(news) / sizeof(news[0]))

/* Codes as people say them; the code itself stands behind it. */
static const char *const code_words[][2] = {
    {"NO_CAPACITY", "geen plek"},
    {"WAITLIST_TOO_LONG", "wachtlijst te lang"},
    {"OUT_OF_AREA", "buiten het gebied"},
    {"NOT_ELIGIBLE", "voldoet niet aan de voorwaarden"},
    {"WRONG_SERVICE", "andere hulp nodig"},
    {"WRONG_RECIPIENT", "niet de juiste ontvanger"},
    {"ALREADY_KNOWN", "al bekend"},
    {"INSUFFICIENT_INFO", "te weinig informatie"},
    {"NO_LEGAL_BASIS", "geen grondslag"},
    {"CLIENT_DECLINED", "bewoner wil niet"},
    {"COULD_NOT_CONTACT", "geen contact gekregen"},
    {"UNSAFE_TO_CONTACT", "contact is niet veilig"},
    {"DUPLICATE", "dubbel"},
    {"OTHER", "andere reden"},
    {"HELPED", "geholpen"},
    {"PARTLY_HELPED", "deels geholpen"},
    {"NOT_HELPED", "niet geholpen"},
    {"REFERRED_ELSEWHERE", "elders verwezen"},
    {"NO_LONGER_WANTED", "niet meer gewenst"},
};

static const struct news *
find_news(const char *event, bool sent)
{
	for (size_t i = 0; i < NEWS; i++) {
		if (news[i].sent == sent && strcmp(news[i].event, event) == 0)
			return &news[i];
	}
	return NULL;
}

/* " (bewoner wil niet, CLIENT_DECLINED)", or "". New reference. */
static json_t *
code_text(const json_t *dossier, const json_t *event, const struct news *what)
{
	const char *code = json_text(event, "code");
	bool signal =
	    strcmp(json_text(dossier, "type"), "huurachterstand") == 0 &&
	    strcmp(what->event, "afronden") == 0;

	if (!what->code || signal || code[0] == '\0')
		return json_string("");
	for (size_t i = 0; i < sizeof(code_words) / sizeof(code_words[0]);
	     i++) {
		if (strcmp(code_words[i][0], code) == 0)
			return json_sprintf(" (%s, %s)", code_words[i][1],
			    code);
	}
	return json_sprintf(" (%s)", code);
}

/* "Contact gelegd: ja." where it was said. */
static const char *
yes_no(const json_t *event, const char *key, const char *yes, const char *no)
{
	const char *text =
	    json_text(json_object_get(json_object_get(event, "gegevens"),
			  "STATUS"),
		key);

	if (strcmp(text, "ja") == 0)
		return yes;
	return strcmp(text, "nee") == 0 ? no : "";
}

static json_t *
describe(const json_t *dossier, const json_t *event, const struct news *what)
{
	const char *member =
	    json_text(json_object_get(dossier, what->sent ? "naar" : "van"),
		"lid");
	json_t *code = code_text(dossier, event, what);
	json_t *text;

	text = json_sprintf("Verwijzing WH-%s %s %s is %s%s.%s%s",
	    json_text(dossier, "id"), what->sent ? "aan" : "van", member,
	    what->text, json_string_value(code),
	    yes_no(event, "contactGelegd", " Contact gelegd: ja.",
		" Contact gelegd: nee."),
	    yes_no(event, "hulpAanvaard", " Hulp aanvaard: ja.",
		" Hulp aanvaard: nee."));
	json_decref(code);
	return text;
}

/* The Zaak that we made there. A Contactmoment cannot point to an
 * Onderhoudsverzoek: there the omschrijving names it. */
static void
set_made(const json_t *dossier, json_t *out)
{
	const char *id =
	    json_text(json_object_get(json_object_get(dossier, "bron"),
			  "gemaakt"),
		"id");
	json_t *keys;

	if (strcmp(json_text(dossier, "type"), "vocht-schimmel") == 0)
		return;
	keys = json_pack("{s:o}", "idExtern",
	    json_sprintf("WH-%s", json_text(dossier, "id")));
	if (id[0] != '\0')
		json_object_set_new(keys, "id", json_string(id));
	json_object_set_new(out, "zaak", keys);
}

/* The keys of their own documents, as they gave them. */
static void
set_keys(const json_t *dossier, json_t *out)
{
	const json_t *source = json_object_get(dossier, "bron");
	const json_t *relatie = json_object_get(source, "relatie");

	if (json_object_size(relatie) > 0)
		json_object_set_new(out, "relaties",
		    json_pack("[o]", json_deep_copy(relatie)));
	else /* made in the inbox or over the API: the client number is theirs
	      */
		json_object_set_new(out, "relaties",
		    json_pack("[{s:s}]", "id", json_text(dossier, "client")));
	if (strcmp(json_text(source, "document"), "Zaak") == 0)
		json_object_set_new(out, "zaak",
		    json_deep_copy(json_object_get(source, "sleutels")));
}

json_t *
map_vera_contactmoment(const json_t *dossier, const json_t *event,
    const char *job_id, int64_t now_ms)
{
	bool sent = strcmp(json_text(dossier, "richting"), "verzonden") == 0;
	const struct news *what = find_news(json_text(event, "soort"), sent);
	char at[VERA_TIME_SIZE];
	int64_t at_ms;
	json_t *out;

	if (what == NULL)
		return NULL;
	if (values_time(json_text(event, "op"), &at_ms) != WH_OK)
		at_ms = now_ms;
	vera_time(at_ms, at);
	out = json_pack("{s:o, s:s, s:o, s:s, s:o, s:o}", "idExtern",
	    json_sprintf("WH-%s", job_id), "onderwerp",
	    "Terugkoppeling wijkhub", "omschrijving",
	    describe(dossier, event, what), "datum", at, "kanaal",
	    vera_ref(VERA_COMMUNICATIEKANAAL, "INT"), "richting",
	    vera_ref(VERA_COMMUNICATIERICHTING, "INK"));
	if (sent)
		set_keys(dossier, out);
	else
		set_made(dossier, out);
	return out;
}
