/* SPDX-License-Identifier: EUPL-1.2 */
#include "adapters/api_reason.h"

#include <string.h>

#define NO 403

static const struct api_reason reasons[] = {
    [REASON_NONE] = {NO, "Geweigerd",
	"De verwijzing is geweigerd. Vraag uw beheerder om hulp."},
    [REASON_NOT_A_MEMBER] = {NO, "Geen lid van het convenant",
	"De zender of de ontvanger doet niet mee, of heeft nog geen sleutels. "
	"Kies een ontvanger uit GET /v1/partners."},
    [REASON_UNKNOWN_TYPE] = {NO, "Onbekend type verwijzing",
	"Dit type staat niet in het convenant. Kies een type uit "
	"GET /v1/typen."},
    [REASON_ROLE_NOT_ALLOWED] = {NO, "Niet voor deze organisatie",
	"Het convenant laat dit type niet toe tussen deze twee organisaties. "
	"Kijk in GET /v1/typen wie het mag sturen en ontvangen."},
    [REASON_NO_PERMISSION] = {NO, "Er is geen toestemming",
	"Er is geen toestemming of andere grondslag voor deze verwijzing. "
	"Vraag de bewoner om toestemming en leg die eerst vast."},
    [REASON_PERMISSION_NOT_YET_VALID] = {NO, "De toestemming geldt nog niet",
	"De toestemming begint later. Wacht tot die datum, of leg een nieuwe "
	"toestemming vast."},
    [REASON_PERMISSION_EXPIRED] = {NO, "De toestemming is verlopen",
	"De termijn van de toestemming is voorbij. Vraag de bewoner opnieuw "
	"om toestemming."},
    [REASON_PERMISSION_WITHDRAWN] = {NO, "De toestemming is ingetrokken",
	"De bewoner heeft de toestemming ingetrokken. Deel niets meer. Wil de "
	"bewoner het toch, leg dan een nieuwe toestemming vast."},
    [REASON_OBJECTED] = {NO, "De bewoner heeft bezwaar gemaakt",
	"Door het bezwaar mag deze melding niet meer worden gedeeld. Neem "
	"contact op met uw privacy officer als u twijfelt."},
    [REASON_WRONG_PARTIES] = {NO, "De toestemming geldt niet voor deze leden",
	"De toestemming noemt deze zender of ontvanger niet. Leg een "
	"toestemming vast voor de juiste organisaties."},
    [REASON_WRONG_TYPE] = {NO, "De toestemming geldt niet voor dit type",
	"De toestemming is gegeven voor een ander soort verwijzing. Leg een "
	"toestemming vast voor dit type."},
    [REASON_CATEGORY_NOT_COVERED] = {NO, "Meer gegevens dan is toegestaan",
	"De verwijzing bevat gegevens die de toestemming of het type niet "
	"toelaat. Laat die weg, of vraag de bewoner er toestemming voor."},
    [REASON_INSTRUMENT_NOT_IN_FORCE] = {NO, "De grondslag geldt niet",
	"Deze wet of dit convenant hoort niet bij dit type, of geldt nu niet. "
	"Kijk in GET /v1/typen welke grondslag kan."},
    [REASON_CATEGORY_NOT_FOR_ROLE] = {NO,
	"Deze gegevens zijn niet voor deze organisatie",
	"De zender of de ontvanger mag deze gegevens niet gebruiken, zoals "
	"het BSN bij een corporatie. Laat ze weg."},
    [REASON_STALE_EPOCH] = {NO, "De toestemming is intussen veranderd",
	"Sinds u begon is de toestemming veranderd. Haal haar opnieuw op en "
	"kijk of u nog mag delen."},
    [REASON_STATE_FORBIDS] = {409, "Dit kan nu niet",
	"In deze status kan deze gebeurtenis niet. Bij toegestaan staat wat "
	"wel kan."},
    [REASON_EXPIRED_MESSAGE] = {NO, "Het bericht is te laat",
	"Het bericht was verlopen voor het verstuurd kon worden. Maak het "
	"opnieuw als het nog nodig is."},
    [REASON_TOO_BIG] = {413, "Het bericht is te groot",
	"Maak de tekst korter of deel minder gegevens."},
    [REASON_DUPLICATE_CONFLICT] = {409, "Dit id is al gebruikt",
	"Hetzelfde id is eerder gebruikt met een andere inhoud. Gebruik een "
	"nieuw id."},
    [REASON_OVER_QUOTA] = {503, "De ontvanger loopt achter",
	"Er wachten te veel berichten op deze ontvanger. Probeer het later "
	"opnieuw; bel bij spoed."},
    [REASON_ATTEMPTS_MISSING] = {NO, "Er is nog te weinig geprobeerd",
	"Dit mag pas na contact, een verwijzing naar hulp en een "
	"schriftelijke herinnering, en als het aanbod niet is geweigerd. Doe "
	"dit eerst en noem het bij grondslag.pogingen."},
    [REASON_CATEGORY_MISSING] = {NO, "Er ontbreken verplichte gegevens",
	"Dit type kan niet zonder bepaalde gegevens. Kijk in GET /v1/typen "
	"wat verplicht is."},
    [REASON_KIND_NOT_ALLOWED] = {NO, "Deze soort grondslag past niet",
	"Dit type rust op een andere soort grondslag. Kijk in GET /v1/typen "
	"welke soorten kunnen."},
    [REASON_AREA_NOT_SERVED] = {NO, "De ontvanger werkt niet in deze buurt",
	"Kies een ontvanger die in deze buurt werkt uit GET /v1/partners."},
    [REASON_MALFORMED] = {422, "Het bericht is niet goed gevormd",
	"De hub kon het bericht niet lezen. Meld dit aan uw beheerder."},
    [REASON_BAD_SIGNATURE] = {NO, "De handtekening klopt niet",
	"De handtekening past niet bij de zender. Meld dit aan uw beheerder: "
	"misschien is een sleutel vervangen."},
    [REASON_CANNOT_OPEN] = {NO, "Het bericht kan niet open",
	"De ontvanger kon het bericht niet openen. Stuur het opnieuw; meld "
	"het aan uw beheerder als het weer gebeurt."},
    [REASON_VERSION_UNSUPPORTED] = {NO, "De versies passen niet bij elkaar",
	"De hub en deze adapter spreken een andere versie. Vraag uw beheerder "
	"om een nieuwe versie te installeren."},
    [REASON_CODE_REQUIRED] = {422, "Er is een code nodig",
	"Geef bij code een reden of uitkomst uit de lijst."},
    [REASON_NOT_GIVEN] = {NO, "De toestemming is niet gegeven",
	"De toestemming is gevraagd of geweigerd, maar niet gegeven. Deel "
	"niets zonder een ja van de bewoner."},
    [REASON_NOT_ENDED] = {NO, "De toestemming is niet beëindigd",
	"Dit meldt de doorvoering van een intrekking die er niet is."},
    [REASON_DISCLOSURE_DIFFERS] = {422,
	"Wanneer de bewoner het hoort, klopt niet",
	"Het convenant bepaalt per verwerking of de bewoner meteen, later of "
	"niet bericht krijgt. Dit record zegt iets anders. Leg het opnieuw "
	"vast."},
    [REASON_KEY_ENDED] = {NO, "Het bericht is te lang blijven liggen",
	"De ontvanger heeft intussen een nieuwe sleutel en kan dit bericht "
	"niet meer openen. Stuur het opnieuw."},
};
#define REASONS (sizeof(reasons) / sizeof(reasons[0]))

const struct api_reason *
api_reason(enum reason reason)
{
	size_t n = (size_t)reason;

	return &reasons[n < REASONS ? n : REASON_NONE];
}

struct rule {
	const char *english;
	const char *dutch;
};

static const struct rule rules[] = {
    {"must be true or false", "moet true of false zijn"},
    {"must be a whole number", "moet een heel getal zijn"},
    {"must be text", "moet tekst zijn"},
    {"must be UTF-8 without control characters",
	"bevat tekens die hier niet mogen staan"},
    {"must be an object", "moet een object zijn"},
    {"must be a list", "moet een lijst zijn"},
    {"must not be empty", "mag niet leeg zijn"},
    {"is not a known key", "onbekend veld; zie /v1/openapi.json"},
    {"must be a date: YYYY, YYYY-MM or YYYY-MM-DD",
	"moet een datum zijn: JJJJ, JJJJ-MM of JJJJ-MM-DD"},
    {"must be a time as in RFC 3339: 2026-09-14T13:00:00Z",
	"moet een tijdstip zijn, zoals 2026-09-14T13:00:00Z"},
    {"must be ja or nee", "kies uit: ja, nee"},
    {"must be nine digits that pass the 11-proof",
	"moet een BSN zijn: negen cijfers die voldoen aan de elfproef"},
    {"must be four digits and two capitals: 1064HA",
	"moet een postcode zijn: vier cijfers en twee hoofdletters"},
    {"must be the 16 digits of the BAG",
	"moet het id van de BAG zijn: 16 cijfers"},
    {"must be M, V or O", "kies uit: M, V, O"},
    {"must be three small letters of ISO 639-3: nld",
	"moet een taalcode van drie kleine letters zijn, zoals nld"},
    {"must be 001 to 005", "kies uit: 001, 002, 003, 004, 005"},
    {"must be an e-mail address", "moet een e-mailadres zijn"},
};

/* Rules with a number in them, by how they start. */
static const struct rule starts[] = {
    {"must be 0 to ", "is te klein of te groot"},
    {"must have at most ", "is te lang"},
    {"must fit in ", "is te groot"},
    {"takes more memory", "is te groot"},
};

const char *
api_reason_rule(const char *rule)
{
	size_t i;

	for (i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		if (strcmp(rules[i].english, rule) == 0)
			return rules[i].dutch;
	for (i = 0; i < sizeof(starts) / sizeof(starts[0]); i++)
		if (strncmp(starts[i].english, rule,
			strlen(starts[i].english)) == 0)
			return starts[i].dutch;
	return rule;
}
