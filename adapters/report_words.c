/* SPDX-License-Identifier: EUPL-1.2 */
#include "adapters/report_words.h"

#include <stddef.h>
#include <string.h>

/* Gewoon Nederlands, niveau B1: korte zinnen, gewone woorden, wie doet wat. */

struct word {
	const char *word;
	const char *text;
};

static const struct word events[] = {
    {"aanbieden", "vroeg om hulp voor u"},
    {"identiteit", "stuurde uw gegevens"},
    {"accepteren", "neemt de vraag aan"},
    {"teruggeven", "geeft de vraag terug"},
    {"afwijzen", "neemt de vraag niet aan"},
    {"informatieVragen", "vroeg om meer informatie"},
    {"antwoorden", "gaf antwoord"},
    {"wachtlijst", "zette u op een wachtlijst"},
    {"inplannen", "maakte een afspraak"},
    {"starten", "is begonnen met de hulp"},
    {"contactpoging", "probeerde u te bereiken"},
    {"notitie", "schreef een bericht"},
    {"afronden", "is klaar met de hulp"},
    {"annuleren", "stopte de vraag"},
    {"annuleringBevestigen", "stopte de vraag ook"},
    {"doorverwijzen", "stuurde de vraag door"},
    {"gelezen", "las het bericht"},
    {"overnemen", "nam het werk over van een collega"},
    {"heropenen", "begon opnieuw"},
    {"vergissing", "stuurde dit per ongeluk"},
    {"nietVerschenen", "zag u niet op de afspraak"},
    {"afspraakVervallen", "zegde de afspraak af"},
    {"clientTerugkoppeling", "schreef op wat u ervan vond"},
    {"gewist", "heeft uw gegevens gewist"},
    {"wissingGevraagd", "moet uw gegevens ook in het eigen systeem wissen"},
    {"beoordelen", "liet een tweede medewerker nagaan of dit mocht"},
    {"herinnerd", "vroeg om dat na te gaan"},
    {"geescaleerd", "meldde dat het nagaan te lang duurt"},
    {"bezorgd", "heeft het bericht bezorgd"},
    {"automatisch", "gaf het meteen door, zo hoort het bij deze vraag"},
    {"verlopen", "stopte de vraag: niemand nam haar op tijd aan"},
    {"onbestelbaar", "kon het bericht niet bezorgen"},
    {"ingetrokken", "stopte de vraag: het mag niet meer"},
    {"geweigerd", "hield een bericht tegen"},
};

static const struct word states[] = {
    {"DRAFT", "De vraag is nog niet verstuurd."},
    {"QUEUED", "De vraag is onderweg."},
    {"DELIVERED", "De vraag is bezorgd."},
    {"INFO_REQUESTED", "Er is om meer informatie gevraagd."},
    {"ACCEPTED", "De vraag is aangenomen."},
    {"WAITLISTED", "U staat op een wachtlijst."},
    {"SCHEDULED", "Er is een afspraak."},
    {"IN_PROGRESS", "De hulp is bezig."},
    {"CANCEL_REQUESTED", "Er is gevraagd om te stoppen."},
    {"COMPLETED", "De hulp is klaar."},
    {"DECLINED", "De vraag is niet aangenomen."},
    {"REFERRED_ON", "De vraag is doorgestuurd."},
    {"CANCELLED", "De vraag is gestopt."},
    {"WITHDRAWN", "De vraag is gestopt, want het mag niet meer."},
    {"EXPIRED", "Niemand nam de vraag op tijd aan."},
    {"UNDELIVERABLE", "De vraag kon niet worden bezorgd."},
    {"IN_ERROR", "De vraag was een vergissing."},
    {"DISCARDED", "De vraag is niet verstuurd."},
};

static const char *
find(const struct word *words, size_t count, const char *word)
{
	for (size_t i = 0; i < count; i++) {
		if (strcmp(words[i].word, word) == 0)
			return words[i].text;
	}
	return "";
}

const char *
report_event(const char *word)
{
	return find(events, sizeof(events) / sizeof(events[0]), word);
}

const char *
report_state(const char *state)
{
	return find(states, sizeof(states) / sizeof(states[0]), state);
}

const char *
report_reach(enum reach reach)
{
	static const char *const texts[] = {
	    [REACH_NONE] = NULL,
	    [REACH_RECALLED] =
		"Het bericht is teruggehaald. De ontvanger heeft niets gehad.",
	    [REACH_DELIVERED_UNREAD] =
		"De ontvanger had het bericht, maar had het nog niet gelezen.",
	    [REACH_READ] = "De ontvanger had het bericht al gelezen. Hij weet "
			   "dat het niet meer mag.",
	    [REACH_ERASED] = "De ontvanger heeft uw gegevens gewist.",
	    [REACH_RETAINED] =
		"De ontvanger bewaart gegevens, want dat moet van de wet.",
	};

	return (size_t)reach < sizeof(texts) / sizeof(texts[0]) ? texts[reach]
								: NULL;
}

const struct report_right report_rights[] = {
    {"Klopt er iets niet? Dan mag u vragen om het te verbeteren.",
	"AVG artikel 16"},
    {"U mag vragen om uw gegevens te wissen.", "AVG artikel 17"},
    {"U mag vragen om uw gegevens een tijd niet te gebruiken.",
	"AVG artikel 18"},
    {"Bent u het er niet mee eens? Dan mag u bezwaar maken.", "AVG artikel 21"},
    {"Gaf u toestemming? Dan mag u elke dag stoppen, met uw code of bij een "
     "balie.",
	"AVG artikel 7"},
    {"Heeft u een klacht? Vertel het ons. Of ga naar de Autoriteit "
     "Persoonsgegevens: autoriteitpersoonsgegevens.nl.",
	"AVG artikel 77"},
    {NULL, NULL},
};

const char report_template[] =
    "WAT {{naam}} OVER U HEEFT GEDEELD\n"
    "{{datum}}\n\n"
    "{{inleiding}}\n"
    "{{#verwijzingen}}\n"
    "* {{tekst}}\n"
    "  Waarom het mocht: {{grond}}\n"
    "{{#wet}}  Dat staat in: {{wet}}\n{{/wet}}"
    "  Waarvoor: {{doel}}\n"
    "  Waar de gegevens vandaan komen: {{herkomst}}\n"
    "{{#gedeeld}}"
    "  {{tekst}}\n{{#gegevens}}  - {{.}}\n{{/gegevens}}"
    "{{/gedeeld}}"
    "{{#gebeurtenissen}}  {{tekst}}\n{{/gebeurtenissen}}"
    "  {{stand}}\n"
    "{{/verwijzingen}}"
    "{{#weigeringen}}\n* {{tekst}}\n{{/weigeringen}}"
    "{{#toestemmingen}}\n* {{tekst}}\n"
    "{{#gegevens}}  - {{.}}\n{{/gegevens}}"
    "{{#geschiedenis}}  {{tekst}}\n{{/geschiedenis}}"
    "{{/toestemmingen}}"
    "{{#heeftOntvangers}}\nWie gegevens van u kreeg:\n"
    "{{#ontvangers}}- {{naam}}\n{{/ontvangers}}{{/heeftOntvangers}}"
    "\nHoe lang wij het bewaren:\n{{bewaren}}\n"
    "\nWat u kunt doen:\n"
    "{{#rechten}}- {{tekst}} ({{artikel}})\n{{/rechten}}"
    "\n{{beperking}}\n";
