/* SPDX-License-Identifier: EUPL-1.2 */
#include "adapters/api_shape_rows.h"

#include "adapters/events.h"
#include "adapters/log_view.h"
#include "adapters/look.h"
#include "proto/limits.h"
#include "proto/terms.h"

/* The objects of the privacy officer's part of the API. */

#define PAGES_MAX 1000000

#define WORDS_OF(name, terms, skip)                                            \
	static const char *name(size_t n)                                      \
	{                                                                      \
		return terms_all(terms)[n + (skip)].text;                      \
	}
WORDS_OF(words_category, TERMS_CATEGORIES, 0)
WORDS_OF(words_ground, TERMS_PERMISSION_KINDS, 0)
WORDS_OF(words_reason, TERMS_REASONS, 1)

static const char *
words_verdict(size_t n)
{
	static const char *const words[] = {"toegestaan", "geweigerd", NULL};

	return words[n];
}

/* The kinds of entries, and the looks here. */
static const char *
words_log(size_t n)
{
	const char *word = log_view_kind_word(n);

	if (word == NULL && (n == 0 || log_view_kind_word(n - 1) != NULL))
		return "inzage";
	return word;
}

static const struct shape_field log_query_fields[] = {WORD("soort", 0,
							  words_log,
							  "Soort regel; inzage "
							  "geeft wie hier wat "
							  "bekeek."),
    WORD("reden", 0, words_reason, "Waarom er is geweigerd."),
    TEXT("partner", 0, NAME_MAX_LEN, "Zender of ontvanger."),
    WORD("categorie", 0, words_category, NULL),
    WORD("grondslag", 0, words_ground, NULL),
    WORD("oordeel", 0, words_verdict, NULL),
    PLAIN("sinds", 0, SHAPE_TIME, NULL),
    PLAIN("tot", 0, SHAPE_TIME, "Tot dit tijdstip."),
    PLAIN("verwijzing", 0, SHAPE_ID, NULL),
    {.name = "pagina",
	.kind = SHAPE_NUMBER,
	.max = PAGES_MAX,
	.about = "Vanaf 1."},
    END};
const struct shape shape_log_query = {"LogboekZoek", "", log_query_fields,
    true};

static const struct shape_field log_ground_fields[] = {WORD("soort", 0,
							   words_ground, NULL),
    TEXT("instrument", 0, 0, NULL), PLAIN("record", 0, SHAPE_ID, NULL), END};
static const struct shape shape_log_ground = {"LogboekGrondslag",
    "Waarop een bericht rustte.", log_ground_fields, false};

static const struct shape_field log_entry_fields[] = {TEXT("tekst", 0, 0,
							  "In gewone taal."),
    PLAIN("op", REQ, SHAPE_TIME, NULL),
    PLAIN("index", 0, SHAPE_NUMBER,
	"Nummer in het logboek van de hub: regel 2 van log 1 is 2 plus 1 maal "
	"2 tot de macht 32."),
    TEXT("soort", 0, 0, NULL), WORD("oordeel", 0, words_verdict, NULL),
    WORD("reden", 0, words_reason, NULL),
    TEXT("uitleg", 0, 0, "Wat de reden betekent."), TEXT("van", 0, 0, NULL),
    TEXT("naar", 0, 0, NULL), PLAIN("verwijzing", 0, SHAPE_ID, NULL),
    PLAIN("bericht", 0, SHAPE_ID, NULL),
    TEXT("gebeurtenis", 0, 0, "Het woord van de gebeurtenis."),
    TEXT("type", 0, 0, NULL), OBJECT("grondslag", 0, shape_log_ground),
    WORDS("categorieen", 0, words_category, 0, NULL),
    PLAIN("details", 0, SHAPE_BOOL, "false: gewist, of alleen voor de zender."),
    TEXT("bewijs", 0, 0, "Adres van het bewijs."),
    PLAIN("nummer", 0, SHAPE_NUMBER, "Van een inzage: de hoeveelste."),
    TEXT("wie", 0, 0, "Wie keek: de naam van het token."),
    {.name = "rollen", .kind = SHAPE_TEXT, .flags = SHAPE_LIST},
    TEXT("wat", 0, 0, "Wat er is bekeken."),
    TEXT("waar", 0, 0, "Het id of nummer daarvan."),
    TEXT("keten", 0, 0, "SHA-256 tot en met deze inzage."), END};
static const struct shape shape_log_entry = {"LogboekRegel",
    "Een besluit van de hub, of bij soort=inzage wie hier wat bekeek.",
    log_entry_fields, false};

static const struct shape_field log_state_fields[] =
    {TEXT("zin", REQ, 0, "De stand in een zin."),
	PLAIN("compleet", REQ, SHAPE_BOOL, NULL),
	PLAIN("ontvangenTot", REQ, SHAPE_NUMBER,
	    "Tot zover is dat log hier ontvangen."),
	PLAIN("omvang", REQ, SHAPE_NUMBER,
	    "Aantal regels van het log dat de hub nu bijhoudt, met die over "
	    "anderen. Elk jaar en na een herstel begint een nieuw."),
	PLAIN("bijgewerkt", 0, SHAPE_TIME, NULL),
	{.name = "bevestigdDoor",
	    .kind = SHAPE_TEXT,
	    .flags = REQ | SHAPE_LIST,
	    .about = "Leden die het hoofd van het logboek meetekenden."},
	PLAIN("bevestigdTot", REQ, SHAPE_NUMBER,
	    "Zoveel regels zijn bevestigd door genoeg getuigen."),
	PLAIN("tegenspraken", REQ, SHAPE_NUMBER,
	    "Hoe vaak de hub zich tegensprak; het bewijs ligt klaar."),
	PLAIN("onbewaaktSinds", 0, SHAPE_TIME,
	    "Sindsdien ontbreken genoeg getuigen."),
	END};
static const struct shape shape_log_state = {"LogboekStand",
    "Hoe ver het logboek hier bekend is.", log_state_fields, false};

static const struct shape_field looks_state_fields[] = {PLAIN("aantal", REQ,
							    SHAPE_NUMBER, NULL),
    TEXT("keten", REQ, 0,
	"SHA-256 tot en met de laatste inzage. Schrijf haar op om later te "
	"kunnen zien dat er niets is veranderd."),
    PLAIN("klopt", REQ, SHAPE_BOOL, NULL),
    PLAIN("foutBij", 0, SHAPE_NUMBER, "Vanaf deze inzage klopt zij niet."),
    END};
static const struct shape shape_looks_state = {"InzagenStand",
    "Of het log van wie hier keek heel is.", looks_state_fields, false};

static const struct shape_field log_fields[] = {OBJECT("stand", REQ,
						    shape_log_state),
    OBJECT("inzagen", REQ, shape_looks_state),
    OBJECTS("resultaten", REQ, shape_log_entry),
    TEXT("volgende", ALL, 0, "Adres van de volgende bladzijde."), END};
const struct shape shape_log = {"Logboek",
    "Nieuwste eerst, ten hoogste 50 op een bladzijde.", log_fields, false};

/* The report of one client. */

#define CLIENT_MAX  64
#define KENMERK_MAX 64
#define REASON_SIZE 400

#define LINES(n, a)                                                            \
	{                                                                      \
		.name = (n), .kind = SHAPE_TEXT, .flags = REQ | SHAPE_LIST,    \
		.about = (a)                                                   \
	}

static const char *
words_standing(size_t n)
{
	return terms_all(TERMS_PERMISSION_EVENTS)[n].text;
}

static const char *
words_state(size_t n)
{
	return terms_all(TERMS_STATES)[n].text;
}

static const char *
words_direction(size_t n)
{
	static const char *const words[] = {"ontvangen", "verzonden", NULL};

	return words[n];
}

static const char *
words_withheld(size_t n)
{
	static const char *const words[] = {"DELAYED", "WITHHELD", NULL};

	return words[n];
}

static const char *
words_what(size_t n)
{
	static const char *const words[] = {"verwijzing", "toestemming", NULL};

	return words[n];
}

static const struct shape_field report_new_fields[] =
    {TEXT("client", REQ, CLIENT_MAX,
	 "Uw eigen clientnummer van wie om inzage vraagt."),
	TEXT("kenmerk", 0, KENMERK_MAX, "Uw eigen nummer van het verzoek."),
	TEXT("reden", 0, REASON_SIZE, "Waarom het verslag wordt gemaakt."),
	END};
const struct shape shape_report_new = {"InzageverzoekNieuw",
    "Een verzoek om inzage van een bewoner (AVG art. 15).", report_new_fields,
    false};

static const struct shape_field told_fields[] = {TEXT("tekst", REQ, 0, NULL),
    PLAIN("op", 0, SHAPE_TIME, NULL), WORD("reden", 0, words_reason, NULL),
    PLAIN("index", 0, SHAPE_NUMBER, "Plaats in het logboek."), END};
static const struct shape shape_told = {"VerslagRegel",
    "Een zin voor de bewoner.", told_fields, false};

static const struct shape_field shared_fields[] = {TEXT("tekst", REQ, 0, NULL),
    PLAIN("op", REQ, SHAPE_TIME, NULL), TEXT("van", REQ, 0, NULL),
    TEXT("naar", REQ, 0, NULL),
    WORDS("categorieen", REQ, words_category, 0, NULL),
    LINES("gegevens", "De categorieen in gewone taal."), END};
static const struct shape shape_shared = {"VerslagGedeeld",
    "Wat er van wie naar wie ging.", shared_fields, false};

static const struct shape_field report_case_fields[] = {TEXT("tekst", REQ, 0,
							    NULL),
    PLAIN("id", REQ, SHAPE_ID, NULL), PLAIN("op", REQ, SHAPE_TIME, NULL),
    WORD("richting", REQ, words_direction, NULL), TEXT("type", REQ, 0, NULL),
    TEXT("ander", REQ, 0, "Het andere lid."), TEXT("doel", REQ, 0, "Waarvoor."),
    WORD("soort", 0, words_ground, NULL),
    TEXT("grond", REQ, 0, "Waarom het mocht."),
    TEXT("wet", 0, 0, "Wet of convenant, met artikel."),
    TEXT("herkomst", REQ, 0, "Waar de gegevens vandaan komen."),
    WORD("status", REQ, words_state, NULL), TEXT("stand", 0, 0, NULL),
    OBJECTS("gedeeld", REQ, shape_shared),
    OBJECTS("gebeurtenissen", REQ, shape_told), END};
static const struct shape shape_report_case = {"VerslagVerwijzing",
    "Een verwijzing, zoals de bewoner die mag zien.", report_case_fields,
    false};

static const struct shape_field report_consent_fields[] = {TEXT("tekst", REQ, 0,
							       NULL),
    PLAIN("id", REQ, SHAPE_ID, NULL), PLAIN("op", REQ, SHAPE_TIME, NULL),
    WORD("status", REQ, words_standing, NULL),
    WORDS("categorieen", REQ, words_category, 0, NULL), LINES("gegevens", NULL),
    OBJECTS("geschiedenis", REQ, shape_told), END};
static const struct shape shape_report_consent = {"VerslagToestemming",
    "Een toestemming of andere afspraak, met wat ermee gebeurde.",
    report_consent_fields, false};

static const struct shape_field right_fields[] = {TEXT("tekst", REQ, 0, NULL),
    TEXT("artikel", REQ, 0, NULL), END};
static const struct shape shape_right = {"VerslagRecht",
    "Wat de bewoner kan doen.", right_fields, false};

static const struct shape_field recipient_fields[] = {TEXT("lid", REQ, 0, NULL),
    TEXT("naam", REQ, 0, NULL), END};
static const struct shape shape_recipient = {"VerslagOntvanger",
    "Wie gegevens kreeg (AVG art. 15, lid 1, onder c).", recipient_fields,
    false};

static const struct shape_field report_body_fields[] = {TEXT("client", REQ, 0,
							    NULL),
    TEXT("lid", REQ, 0, NULL), TEXT("naam", REQ, 0, NULL),
    TEXT("datum", REQ, 0, NULL), PLAIN("peildatum", REQ, SHAPE_TIME, NULL),
    TEXT("inleiding", REQ, 0, NULL),
    OBJECTS("verwijzingen", REQ, shape_report_case),
    OBJECTS("weigeringen", REQ, shape_told),
    OBJECTS("toestemmingen", REQ, shape_report_consent),
    OBJECTS("ontvangers", REQ, shape_recipient),
    TEXT("bewaren", REQ, 0, "Hoe lang het wordt bewaard."),
    OBJECTS("rechten", REQ, shape_right), TEXT("beperking", REQ, 0, NULL), END};
static const struct shape shape_report_body = {"Verslag",
    "Voor de bewoner: alleen wat hij nu mag zien.", report_body_fields, false};

static const struct shape_field withheld_fields[] = {WORD("soort", REQ,
							 words_what, NULL),
    PLAIN("id", REQ, SHAPE_ID, NULL), TEXT("type", REQ, 0, NULL),
    TEXT("titel", REQ, 0, NULL), PLAIN("op", REQ, SHAPE_TIME, NULL),
    WORD("wijze", REQ, words_withheld, NULL),
    TEXT("grond", 0, 0, "Het artikel waarop het wordt onthouden."),
    PLAIN("tot", 0, SHAPE_TIME, "Vanaf dan mag de bewoner het zien."),
    PLAIN("herzien", 0, SHAPE_TIME,
	"Voor dan kijkt iemand of uitstel nog nodig is."),
    TEXT("tekst", REQ, 0, NULL), END};
static const struct shape shape_withheld = {"NietVerstrekt",
    "Wat niet in het verslag staat. Alleen voor de privacy officer.",
    withheld_fields, false};

static const struct shape_field report_fields[] = {PLAIN("id", REQ, SHAPE_ID,
						       NULL),
    PLAIN("gemaakt", REQ, SHAPE_TIME, NULL),
    PLAIN("bewaardTot", REQ, SHAPE_TIME, "Daarna is het gewist."),
    TEXT("kenmerk", 0, 0, NULL), TEXT("reden", 0, 0, NULL),
    OBJECT("verslag", REQ, shape_report_body),
    TEXT("afdruk", REQ, 0, "Het verslag als tekst om te printen."),
    OBJECTS("nietVerstrekt", REQ, shape_withheld), END};
const struct shape shape_report = {"Inzageverzoek",
    "Het verslag van een client, en wat de privacy officer moet weten.",
    report_fields, false};

/* Consents that are given, withdrawn or about to end, and reviews due. */

static const char *
words_review(size_t n)
{
	static const char *const words[] = {"open", "teLaat", "afgerond", NULL};

	return words[n];
}

#define PAGE                                                                   \
	{                                                                      \
		.name = "pagina", .kind = SHAPE_NUMBER, .max = PAGES_MAX,      \
		.about = "Vanaf 1."                                            \
	}

static const struct shape_field consent_query_fields[] = {WORD("status", 0,
							      words_standing,
							      NULL),
    PLAIN("verlooptVoor", 0, SHAPE_TIME, "Alleen wat voor dan eindigt."), PAGE,
    END};
const struct shape shape_consent_query = {"ToestemmingenZoek", "",
    consent_query_fields, true};

static const struct shape_field consent_list_fields[] = {OBJECTS("resultaten",
							     REQ,
							     shape_consent),
    TEXT("volgende", ALL, 0, "Adres van de volgende bladzijde."), END};
const struct shape shape_consent_list = {"ToestemmingLijst",
    "Nieuwste eerst, ten hoogste 50 op een bladzijde.", consent_list_fields,
    false};

static const struct shape_field review_query_fields[] = {WORD("status", 0,
							     words_review,
							     NULL),
    PAGE, END};
const struct shape shape_review_query = {"BeoordelingenZoek", "",
    review_query_fields, true};

static const struct shape_field review_entry_fields[] = {PLAIN("verwijzing",
							     REQ, SHAPE_ID,
							     NULL),
    TEXT("type", REQ, 0, NULL), TEXT("titel", REQ, 0, NULL),
    WORD("richting", REQ, words_direction, NULL), TEXT("van", REQ, 0, NULL),
    TEXT("naar", REQ, 0, "Wie beoordeelt."),
    PLAIN("uiterlijk", REQ, SHAPE_TIME, NULL),
    WORD("status", REQ, words_review, NULL), TEXT("oordeel", 0, 0, NULL),
    PLAIN("op", 0, SHAPE_TIME, "Wanneer het oordeel kwam."), END};
static const struct shape shape_review_entry = {"BeoordelingRegel",
    "Een verwijzing uit nood, die een tweede persoon nakijkt.",
    review_entry_fields, false};

static const struct shape_field review_list_fields[] = {OBJECTS("resultaten",
							    REQ,
							    shape_review_entry),
    TEXT("volgende", ALL, 0, "Adres van de volgende bladzijde."), END};
const struct shape shape_review_list = {"BeoordelingLijst",
    "Wat het eerst af moet staat vooraan, ten hoogste 50 op een bladzijde.",
    review_list_fields, false};

const struct shape *const shape_officer_all[] = {&shape_log_ground,
    &shape_log_entry, &shape_log_state, &shape_looks_state, &shape_log,
    &shape_told, &shape_shared, &shape_report_case, &shape_report_consent,
    &shape_right, &shape_recipient, &shape_report_body, &shape_withheld,
    &shape_report_new, &shape_report, &shape_consent_list, &shape_review_entry,
    &shape_review_list, NULL};
