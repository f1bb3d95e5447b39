/* SPDX-License-Identifier: EUPL-1.2 */
#include "adapters/api_shape_rows.h"

#include "adapters/code.h"
#include "adapters/events.h"
#include "adapters/plain.h"
#include "adapters/review.h"
#include "proto/limits.h"

/* Every object of the API. Names are fixed: partners build on them. */

#define CLIENT_MAX  64
#define KENMERK_MAX 64
#define REMARK_MAX  4000
#define PERSON_MAX  160 /* sealed it fits in REFERENCE_MAX_LEN */
#define HASH_TEXT   64
#define PAGES_MAX   1000000

/* Words of a table of the contract, from its nth on; and a few of our own. */
#define WORDS_OF_TERMS(name, table, first)                                     \
	static const char *name(size_t n)                                      \
	{                                                                      \
		return terms_all(table)[(n) + (first)].text;                   \
	}
#define WORDS_OF(name, ...)                                                    \
	static const char *name(size_t n)                                      \
	{                                                                      \
		static const char *const words[] = {__VA_ARGS__, NULL};        \
                                                                               \
		return words[n];                                               \
	}

WORDS_OF_TERMS(words_kind, TERMS_PERMISSION_KINDS, 0)
WORDS_OF_TERMS(words_category, TERMS_CATEGORIES, 0)
WORDS_OF_TERMS(words_state, TERMS_STATES, 0)
WORDS_OF_TERMS(words_reason, TERMS_REASONS, 1) /* not NONE */
WORDS_OF_TERMS(words_reach, TERMS_REACHES, 0)
WORDS_OF_TERMS(words_capture, TERMS_CAPTURES, 0)
WORDS_OF_TERMS(words_disclosure, TERMS_DISCLOSURES, 0)
WORDS_OF_TERMS(words_standing, TERMS_PERMISSION_EVENTS, 0)
WORDS_OF(words_urgency, "normaal", "spoed")
WORDS_OF(words_direction, "ontvangen", "verzonden")
WORDS_OF(words_yes_no, "ja", "nee")
WORDS_OF(words_erasure, "GEWIST", "BEHOUDEN")
WORDS_OF(words_erasure_now, "GEWIST", "BEHOUDEN", "OPEN")
WORDS_OF(words_review, "open", "herinnerd", "teLaat", "afgerond")

static const char *
words_code(size_t n)
{
	const struct term *code = &terms_all(TERMS_CODES)[1]; /* not NONE */

	for (; code->text != NULL && n > 0; n--)
		code++;
	if (code->text != NULL)
		return code->text;
	return n > 1 ? NULL
		     : review_verdict(
			   n == 0 ? CODE_JUSTIFIED : CODE_NOT_JUSTIFIED);
}

static const char *
words_verdict(size_t n)
{
	static const enum code codes[] = {CODE_JUSTIFIED, CODE_NOT_JUSTIFIED,
	    CODE_NONE};

	return review_verdict(codes[n]);
}

/* The events that people do, in the order of the contract. */
static const char *
words_event(size_t n)
{
	const struct term *term;
	enum referral_event event;
	const char *word;

	for (term = terms_all(TERMS_EVENTS); term->text != NULL; term++) {
		word = events_word((enum referral_event)term->number);
		if (word != NULL && events_parse(word, &event) == WH_OK &&
		    n-- == 0)
			return word;
	}
	return NULL;
}

static const char *
words_language(size_t n)
{
	return n < PLAIN_LANGUAGES
		   ? plain_words((enum plain_language)n)->language
		   : NULL;
}

static const char *
words_phase(size_t n)
{
	static const char *const words[] = {"een", "twee", NULL};

	return words[n];
}

/* What comes in. */

static const struct shape_field recipient_fields[] =
    {TEXT("lid", 0, NAME_MAX_LEN, "Id van een lid uit het convenant."),
	TEXT("desk", 0, NAME_MAX_LEN, "Team bij dat lid."),
	TEXT("buurt", 0, NAME_MAX_LEN,
	    "Zonder lid: wie dit type in deze buurt ontvangt."),
	END};
static const struct shape recipient = {"OntvangerNieuw",
    "Een lid, of een buurt.", recipient_fields, false};

static const struct shape_field attempts_fields[] = {PLAIN("persoonlijkContact",
							 0, SHAPE_BOOL, NULL),
    PLAIN("gewezenOpHulp", 0, SHAPE_BOOL, NULL),
    PLAIN("schriftelijkeHerinnering", 0, SHAPE_BOOL, NULL),
    PLAIN("aanbodNietGeweigerd", 0, SHAPE_BOOL, NULL), END};
static const struct shape attempts = {"Pogingen",
    "De vier voorwaarden voor een vroegsignaal (Besluit gemeentelijke "
    "schuldhulpverlening art. 2).",
    attempts_fields, false};

static const struct shape_field ground_new_fields[] = {WORD("soort", REQ,
							   words_kind, NULL),
    PLAIN("toestemming", 0, SHAPE_ID,
	"Het id van een toestemming; nodig als de grondslag toestemming is."),
    TEXT("instrument", 0, NAME_MAX_LEN,
	"Wet of convenant; standaard dat van het type."),
    TEXT("besluit", 0, REFERENCE_MAX_LEN,
	"Nummer van het verstrekkingsbesluit (Wpg)."),
    TEXT("reden", 0, REMARK_MAX,
	"Nodig bij VITAL_INTEREST: welk gevaar er is. Blijft bij u."),
    TEXT("door", 0, PERSON_MAX,
	"Nodig bij VITAL_INTEREST: wie dit besloot. Blijft bij u."),
    OBJECT("pogingen", 0, attempts), END};
static const struct shape ground_new = {"GrondslagNieuw",
    "Waarom deze gegevens gedeeld mogen worden.", ground_new_fields, false};

static const struct shape_field referral_new_fields[] =
    {TEXT("type", REQ, NAME_MAX_LEN, "Een van de types uit GET /v1/typen."),
	OBJECT("naar", REQ, recipient),
	TEXT("client", REQ, CLIENT_MAX, "Uw eigen clientnummer. Blijft bij u."),
	OBJECT("grondslag", REQ, ground_new),
	WORD("urgentie", 0, words_urgency, NULL),
	TEXT("kenmerk", 0, KENMERK_MAX,
	    "Uw eigen id. Hetzelfde kenmerk met dezelfde inhoud is dezelfde "
	    "verwijzing."),
	PLAIN("gegevens", REQ, SHAPE_SECTIONS, "Per categorie wat u deelt."),
	PLAIN("bron", 0, SHAPE_NOTES, "Uw eigen notities. Blijven bij u."),
	END};
const struct shape shape_referral_new = {"VerwijzingNieuw",
    "Een verwijzing om te maken.", referral_new_fields, false};

static const struct shape_field event_new_fields[] = {WORD("soort", REQ,
							  words_event, NULL),
    WORD("code", 0, words_code,
	"Reden of uitkomst; verplicht bij een negatief einde en bij "
	"afronden."),
    TEXT("toelichting", 0, REMARK_MAX, NULL),
    WORD("contactGelegd", 0, words_yes_no, NULL),
    WORD("hulpAanvaard", 0, words_yes_no, NULL),
    PLAIN("afspraakOp", 0, SHAPE_TIME, NULL),
    TEXT("kenmerk", 0, KENMERK_MAX, "Uw eigen id van deze zaak."),
    TEXT("client", 0, CLIENT_MAX,
	"Uw eigen clientnummer, als u de bewoner al kent. Blijft bij u."),
    TEXT("door", 0, PERSON_MAX,
	"Uw eigen aanduiding van wie dit deed. Blijft bij u. Nodig bij "
	"beoordelen: dat doet een ander dan wie de verwijzing behandelde."),
    PLAIN("gegevens", 0, SHAPE_SECTIONS, NULL), END};
const struct shape shape_event_new = {"GebeurtenisNieuw",
    "Iets wat u met een verwijzing doet.", event_new_fields, false};

static const struct shape_field capture_fields[] = {WORD("hoe", 0,
							words_capture, NULL),
    TEXT("door", 0, PERSON_MAX,
	"Wie het vastlegde; nodig, behalve bij ONLINE. Anderen kunnen het "
	"niet lezen."),
    WORD("taal", 0, words_language,
	"In welke taal het is gevraagd; standaard nl."),
    TEXT("tekstVersie", 0, NAME_MAX_LEN,
	"Versie van de tekst; zie POST /v1/toestemmingsvragen."),
    TEXT("tekstHash", 0, HASH_TEXT,
	"De hash van de tekst die de bewoner hoorde, zoals "
	"/v1/toestemmingsvragen die gaf. Geldt nu een andere tekst, dan wordt "
	"er niets vastgelegd."),
    TEXT("tekst", 0, REMARK_MAX,
	"Een eigen tekst die de bewoner zag of hoorde, in plaats van die van "
	"/v1/toestemmingsvragen. Zet er niets in over de bewoner."),
    TEXT("bewijsHash", 0, HASH_TEXT,
	"SHA-256 in hex van het getekende papier, dat bij u blijft."),
    END};
static const struct shape capture = {"Vastlegging",
    "Hoe de toestemming werd vastgelegd.", capture_fields, false};

#define CONSENT_SCOPE                                                          \
	WORD("soort", REQ, words_kind, NULL),                                  \
	    TEXTS("partijen", REQ, CODE_PARTIES_MAX,                           \
		"De leden met wie gedeeld mag worden."),                       \
	    TEXTS("typen", REQ, LIST_MAX, "Voor welke types."),                \
	    WORDS("categorieen", REQ, words_category, CATEGORY_COUNT,          \
		"Welke gegevens."),                                            \
	    PLAIN("doorverwijzen", 0, SHAPE_BOOL,                              \
		"Mag de ontvanger binnen deze grenzen doorverwijzen?"),        \
	    PLAIN("geldigTot", 0, SHAPE_TIME,                                  \
		"Standaard zo lang als de soort toelaat."),                    \
	    TEXT("instrument", 0, NAME_MAX_LEN,                                \
		"Wet of convenant, als de soort daarop rust.")

static const struct shape_field question_new_fields[] = {CONSENT_SCOPE, END};
const struct shape shape_question_new = {"ToestemmingsvraagNieuw",
    "Waarvoor u de bewoner toestemming wilt vragen.", question_new_fields,
    false};

static const struct shape_field consent_new_fields[] =
    {TEXT("client", REQ, CLIENT_MAX, "Uw eigen clientnummer. Blijft bij u."),
	TEXT("kenmerk", 0, KENMERK_MAX,
	    "Uw eigen id hiervan. Hetzelfde kenmerk met dezelfde inhoud geeft "
	    "dezelfde toestemming nog eens."),
	CONSENT_SCOPE, OBJECT("vastgelegd", 0, capture),
	OBJECT("pogingen", 0, attempts),
	PLAIN("afgeleidVan", 0, SHAPE_ID,
	    "Een ontvangen verwijzing waarvan de toestemming doorverwijzen "
	    "toelaat: deze volgt haar, ook bij intrekking."),
	TEXT("noodgrond", 0, REFERENCE_MAX_LEN,
	    "Waarom niet gewacht kan worden (vitaal belang)."),
	END};
const struct shape shape_consent_new = {"ToestemmingNieuw",
    "Een toestemming, of een andere grondslag, om vast te leggen.",
    consent_new_fields, false};

static const struct shape_field withdrawal_new_fields[] =
    {TEXT("code", REQ, 64,
	 "De intrekkingscode op het ontvangstbewijs van de bewoner."),
	END};
const struct shape shape_withdrawal_new = {"IntrekkingNieuw",
    "Intrekken met de code van de bewoner.", withdrawal_new_fields, false};

static const struct shape_field erasure_new_fields[] =
    {WORD("status", REQ, words_erasure,
	 "GEWIST: ook uit uw eigen systeem. BEHOUDEN: het moet daar blijven."),
	TEXT("artikel", 0, NAME_MAX_LEN,
	    "Bij BEHOUDEN: op welke grond, in een woord: Archiefwet-3."),
	END};
const struct shape shape_erasure_new = {"WissingNieuw",
    "Wat er na een intrekking in uw eigen systeem mee gebeurde.",
    erasure_new_fields, false};

static const struct shape_field no_fields[] = {END};
const struct shape shape_withdrawal_empty = {"IntrekkingLeeg",
    "Een leeg object; de inhoud mag ook wegblijven.", no_fields, false};

/* What is asked for in the address. */

static const struct shape_field list_query_fields[] = {WORD("richting", 0,
							   words_direction,
							   NULL),
    WORD("status", 0, words_state, NULL), TEXT("type", 0, NAME_MAX_LEN, NULL),
    WORD("wissing", 0, words_erasure_now, "Stand van de eigen kopie."),
    PLAIN("sinds", 0, SHAPE_TIME, "Alleen wat sindsdien werd gemaakt."),
    {.name = "pagina",
	.kind = SHAPE_NUMBER,
	.max = PAGES_MAX,
	.about = "Vanaf 1."},
    END};
const struct shape shape_list_query = {"VerwijzingenZoek", "",
    list_query_fields, true};

static const struct shape_field partner_query_fields[] =
    {TEXT("type", 0, NAME_MAX_LEN, "Wie dit type van u kan ontvangen."),
	TEXT("buurt", 0, NAME_MAX_LEN, "Wie in deze buurt werkt."), END};
const struct shape shape_partner_query = {"PartnersZoek", "",
    partner_query_fields, true};

/* What goes out. */

static const struct shape_field party_fields[] = {TEXT("lid", REQ, 0, NULL),
    TEXT("desk", 0, 0, NULL), END};
static const struct shape party = {"Partij", "Een lid, en een team daarvan.",
    party_fields, false};

static const struct shape_field ground_fields[] = {WORD("soort", REQ,
						       words_kind, NULL),
    TEXT("toestemming", 0, 0, "Het id dat u opgaf."),
    PLAIN("record", 0, SHAPE_ID,
	"Het vastgelegde record tussen deze twee leden."),
    TEXT("instrument", 0, 0, NULL), TEXT("besluit", 0, 0, NULL),
    TEXT("reden", 0, 0, "Bij VITAL_INTEREST, tot de gegevens gewist zijn."),
    TEXT("door", 0, 0, "Bij VITAL_INTEREST: wie dit besloot."),
    OBJECT("pogingen", 0, attempts), END};
static const struct shape ground = {"Grondslag",
    "Waarom deze gegevens gedeeld mogen worden.", ground_fields, false};

static const struct shape_field event_fields[] =
    {TEXT("soort", REQ, 0, "Het woord van de gebeurtenis."),
	PLAIN("op", REQ, SHAPE_TIME, NULL),
	TEXT("door", REQ, 0, "Een lid, of hub."),
	WORD("status", 0, words_state, "De status die erop volgde."),
	TEXT("code", 0, 0, "Reden of uitkomst."),
	TEXT("toelichting", 0, 0, NULL),
	WORD("bereik", 0, words_reach, "Hoe ver een intrekking kwam."),
	PLAIN("gegevens", 0, SHAPE_SECTIONS, NULL), END};
static const struct shape event = {"Gebeurtenis",
    "Wat er met een verwijzing gebeurde.", event_fields, false};

static const struct shape_field clocks_fields[] =
    {PLAIN("verloopt", 0, SHAPE_TIME,
	 "Daarna wordt het aanbod niet meer bezorgd."),
	END};
static const struct shape clocks = {"Termijnen", "Wanneer wat af moet zijn.",
    clocks_fields, false};

static const struct shape_field evidence_fields[] =
    {PLAIN("index", REQ, SHAPE_NUMBER, "Plaats in het logboek."),
	TEXT("checkpoint", 0, 0,
	    "Het nieuwste getekende hoofd van het logboek waar de regel in "
	    "staat."),
	END};
static const struct shape evidence = {"Bewijsplaats",
    "Waar het bewijs staat; GET /v1/verwijzingen/{id}/bewijs geeft het.",
    evidence_fields, false};

static const struct shape_field review_fields[] = {PLAIN("uiterlijk", REQ,
						       SHAPE_TIME, NULL),
    WORD("status", REQ, words_review, NULL),
    WORD("oordeel", 0, words_verdict, NULL),
    PLAIN("op", 0, SHAPE_TIME, "Wanneer het oordeel werd gegeven."), END};
static const struct shape review = {"Beoordeling",
    "Vitaal belang: een tweede medewerker van de ontvanger kijkt achteraf of "
    "het delen terecht was.",
    review_fields, false};

static const struct shape_field erasure_fields[] = {WORD("status", REQ,
							words_erasure_now,
							NULL),
    TEXT("artikel", 0, 0, "Op welke grond het in uw systeem blijft."),
    PLAIN("gevraagdOp", 0, SHAPE_TIME, "Het laatst; elke werkdag opnieuw."),
    END};
static const struct shape erasure = {"Wissing",
    "Na een intrekking: wat er met de kopie in uw eigen systeem gebeurt.",
    erasure_fields, false};

#define REFERRAL_FIELDS                                                        \
	PLAIN("id", REQ, SHAPE_ID, NULL), TEXT("type", REQ, 0, NULL),          \
	    WORD("richting", REQ, words_direction, NULL),                      \
	    WORD("status", REQ, words_state, NULL), OBJECT("van", REQ, party), \
	    OBJECT("naar", REQ, party), TEXT("buurt", 0, 0, NULL),             \
	    WORD("urgentie", REQ, words_urgency, NULL),                        \
	    TEXT("kenmerk", 0, 0, NULL), TEXT("client", 0, 0, NULL),           \
	    PLAIN("eenfase", REQ, SHAPE_BOOL,                                  \
		"Gaat de identiteit meteen mee?"),                             \
	    PLAIN("gelezen", REQ, SHAPE_BOOL, NULL),                           \
	    PLAIN("contactGelegd", REQ, SHAPE_BOOL, NULL),                     \
	    PLAIN("nietAutomatischBerichten", 0, SHAPE_BOOL, NULL),            \
	    PLAIN("aangemaakt", REQ, SHAPE_TIME, NULL),                        \
	    OBJECT("termijnen", 0, clocks), OBJECT("beoordeling", 0, review),  \
	    OBJECT("wissing", 0, erasure),                                     \
	    PLAIN("gewistOp", 0, SHAPE_TIME,                                   \
		"Wanneer de gegevens hier zijn gewist.")

static const struct shape_field referral_fields[] = {REFERRAL_FIELDS,
    OBJECT("grondslag", REQ, ground),
    PLAIN("gegevens", REQ, SHAPE_SECTIONS,
	"Alleen wat in deze status gelezen mag worden."),
    OBJECTS("gebeurtenissen", REQ, event), OBJECT("bewijs", 0, evidence), END};
const struct shape shape_referral = {"Verwijzing",
    "Een verwijzing zoals zij nu is.", referral_fields, false};

static const struct shape_field referral_short_fields[] = {REFERRAL_FIELDS,
    END};
static const struct shape referral_short = {"VerwijzingKort",
    "Een regel van de lijst.", referral_short_fields, false};

static const struct shape_field referral_list_fields[] = {OBJECTS("resultaten",
							      REQ,
							      referral_short),
    TEXT("volgende", ALL, 0, "Adres van de volgende bladzijde."), END};
const struct shape shape_referral_list = {"VerwijzingLijst",
    "Nieuwste eerst, ten hoogste 50 op een bladzijde.", referral_list_fields,
    false};

static const struct shape_field record_fields[] = {TEXT("lid", REQ, 0, NULL),
    PLAIN("record", REQ, SHAPE_ID, NULL), TEXT("status", 0, 0, NULL), END};
static const struct shape record = {"ToestemmingRecord",
    "Het record met een ander lid.", record_fields, false};

static const struct shape_field reach_fields[] = {PLAIN("verwijzing", REQ,
						      SHAPE_ID, NULL),
    PLAIN("bericht", REQ, SHAPE_ID, NULL),
    TEXT("aan", REQ, 0, "Het lid dat het bericht kreeg, of zou krijgen."),
    WORD("bereik", REQ, words_reach, NULL),
    TEXT("artikel", 0, 0, "Op welke grond de ontvanger het bewaart."), END};
static const struct shape reach = {"Bereik",
    "Hoe ver de intrekking kwam bij een bericht.", reach_fields, false};

#define COUNTED(n) PLAIN(n, 0, SHAPE_NUMBER, NULL)
static const struct shape_field counts_fields[] =
    {COUNTED("RECALLED_BEFORE_DELIVERY"), COUNTED("DELIVERED_UNREAD"),
	COUNTED("READ_RECIPIENT_NOTIFIED"), COUNTED("ERASURE_CONFIRMED"),
	COUNTED("RETAINED_WITH_GROUND"), END};
static const struct shape counts = {"Aantallen",
    "Berichten naar hoe ver de intrekking kwam.", counts_fields, false};

static const struct shape_field stands_fields[] = {PLAIN("verwijzing", REQ,
						       SHAPE_ID, NULL),
    WORD("soort", REQ, words_kind, NULL),
    TEXT("met", REQ, 0, "Het andere lid."), TEXT("instrument", 0, 0, NULL),
    TEXT("uitleg", REQ, 0, NULL), END};
static const struct shape stands = {"BlijftGelden",
    "Wat een intrekking niet beëindigt.", stands_fields, false};

static const struct shape_field withdrawal_fields[] = {
    PLAIN("id", 0, SHAPE_ID, "Om later te zien hoe ver zij is."),
    PLAIN("toestemming", 0, SHAPE_ID, NULL),
    PLAIN("bekend", 0, SHAPE_BOOL,
	"Met een code: hoort zij bij een toestemming?"),
    WORD("geweigerd", 0, words_reason, NULL),
    WORD("status", 0, words_standing, NULL),
    PLAIN("gevraagd", 0, SHAPE_TIME, NULL),
    PLAIN("vastgelegd", ALL, SHAPE_TIME,
	"Wanneer de hub de intrekking vastlegde; null: nog niet."),
    PLAIN("doorgevoerd", ALL, SHAPE_TIME,
	"Wanneer elk lid dat nog meedoet haar doorvoerde; null: nog niet."),
    PLAIN("openstaand", SHAPE_LIST, SHAPE_TEXT,
	"Leden die haar nog niet doorvoerden."),
    PLAIN("aantalOpenstaand", 0, SHAPE_NUMBER, NULL),
    PLAIN("vertrokken", SHAPE_LIST, SHAPE_TEXT,
	"Leden die vertrokken en er niets over lieten weten."),
    PLAIN("aantalVertrokken", 0, SHAPE_NUMBER, NULL),
    PLAIN("teLaat", 0, SHAPE_BOOL, "Duurt het bij een lid langer dan een dag?"),
    OBJECT("aantallen", 0, counts), OBJECTS("bereik", REQ, reach),
    OBJECTS("blijftGelden", 0, stands),
    PLAIN("index", 0, SHAPE_NUMBER,
	"Plaats in het logboek van de vastlegging."),
    PLAIN("doorgevoerdIndex", 0, SHAPE_NUMBER,
	"Plaats in het logboek van de doorvoering."),
    END};
const struct shape shape_withdrawal = {"Intrekking",
    "Een intrekking: vastgelegd bij de hub, en doorgevoerd bij elk lid.",
    withdrawal_fields, false};

static const struct shape_field texts_fields[] = {TEXT("nl", REQ, 0, NULL),
    TEXT("en", REQ, 0, NULL), END};
static const struct shape texts = {"TweeTalen",
    "Hetzelfde in het Nederlands en in het Engels.", texts_fields, false};

static const struct shape_field question_fields[] = {TEXT("tekstVersie", REQ, 0,
							 NULL),
    PLAIN("geldigTot", REQ, SHAPE_TIME,
	"Geef dit bij het vastleggen mee: de tekst noemt de dag."),
    WORD("mededeling", REQ, words_disclosure,
	"Alleen bij IMMEDIATE mag de bewoner dit nu weten. Bij DELAYED pas "
	"vanaf mededelenVanaf; bij WITHHELD niet."),
    PLAIN("mededelenVanaf", 0, SHAPE_TIME, NULL), OBJECT("tekst", REQ, texts),
    OBJECT("tekstHash", REQ, texts), END};
const struct shape shape_question = {"Toestemmingsvraag",
    "Wat u de bewoner voorleest of laat lezen, woord voor woord.",
    question_fields, false};

static const struct shape_field slip_fields[] =
    {TEXT("intrekkingscode", 0, 0,
	 "Geef haar mee. Ontbreekt als de bewoner dit niet kan intrekken."),
	TEXT("uitleg", REQ, 0, "Hoe de bewoner stopt, of waarom dat niet kan."),
	OBJECT("tekst", REQ, texts), END};
static const struct shape slip = {"Ontvangstbewijs",
    "Wat de bewoner meekrijgt; op papier: GET "
    "/v1/toestemmingen/{id}/ontvangstbewijs.",
    slip_fields, false};

static const struct shape_field consent_fields[] = {PLAIN("id", REQ, SHAPE_ID,
							NULL),
    WORD("status", REQ, words_standing, NULL), TEXT("client", REQ, 0, NULL),
    TEXT("kenmerk", 0, 0, NULL), WORD("soort", REQ, words_kind, NULL),
    {.name = "partijen", .kind = SHAPE_TEXT, .flags = REQ | SHAPE_LIST},
    {.name = "typen", .kind = SHAPE_TEXT, .flags = REQ | SHAPE_LIST},
    WORDS("categorieen", REQ, words_category, 0, NULL),
    PLAIN("aangemaakt", REQ, SHAPE_TIME, NULL),
    PLAIN("geldigTot", REQ, SHAPE_TIME, NULL), OBJECT("vastgelegd", 0, capture),
    PLAIN("doorverwijzen", 0, SHAPE_BOOL, NULL),
    PLAIN("afgeleidVan", 0, SHAPE_ID, NULL), TEXT("instrument", 0, 0, NULL),
    OBJECTS("records", REQ, record),
    PLAIN("vastgelegdOp", 0, SHAPE_TIME,
	"Wanneer de hub haar vastlegde; ontbreekt: nog niet."),
    PLAIN("index", 0, SHAPE_NUMBER, "Plaats in het logboek."),
    WORD("geweigerd", 0, words_reason, "Waarom de hub haar weigerde."),
    WORD("intrekkingGeweigerd", 0, words_reason, NULL),
    OBJECT("intrekking", 0, shape_withdrawal),
    OBJECT("ontvangstbewijs", 0, slip), END};
const struct shape shape_consent = {"Toestemming",
    "Een vastgelegde toestemming of andere grondslag.", consent_fields, false};

static const struct shape_field partner_fields[] = {TEXT("lid", REQ, 0, NULL),
    TEXT("naam", REQ, 0, NULL), TEXT("rol", REQ, 0, NULL),
    {.name = "desks", .kind = SHAPE_TEXT, .flags = REQ | SHAPE_LIST},
    {.name = "buurten", .kind = SHAPE_TEXT, .flags = REQ | SHAPE_LIST},
    PLAIN("capaciteit", ALL, SHAPE_NUMBER,
	"Open plaatsen; null: niet opgegeven."),
    PLAIN("wachttijd", ALL, SHAPE_NUMBER,
	"Verwacht aantal werkdagen; null: niet opgegeven."),
    END};
static const struct shape partner = {"Partner", "Een lid van het convenant.",
    partner_fields, false};

static const struct shape_field partners_fields[] = {OBJECTS("resultaten", REQ,
							 partner),
    END};
const struct shape shape_partners = {"PartnerLijst", "Wie kan helpen.",
    partners_fields, false};

static const struct shape_field terms_fields[] =
    {PLAIN("beslissen", ALL, SHAPE_NUMBER, "Werkdagen tot een besluit."),
	PLAIN("contact", ALL, SHAPE_NUMBER,
	    "Werkdagen van besluit tot eerste contact."),
	PLAIN("voortgang", ALL, SHAPE_NUMBER,
	    "Werkdagen tussen twee berichten over de voortgang."),
	END};
static const struct shape type_terms = {"TypeTermijnen",
    "In werkdagen; null: geen termijn.", terms_fields, false};

static const struct shape_field type_fields[] = {TEXT("id", REQ, 0, NULL),
    OBJECT("titel", REQ, texts),
    PLAIN("van", REQ | SHAPE_LIST, SHAPE_TEXT, "Rollen die dit type sturen."),
    PLAIN("naar", REQ | SHAPE_LIST, SHAPE_TEXT,
	"Rollen die dit type ontvangen."),
    TEXT("desk", ALL, 0, NULL),
    WORDS("toestemming", REQ, words_kind, 0, "Grondslagen die kunnen."),
    TEXT("instrument", ALL, 0, NULL),
    WORD("fase", REQ, words_phase,
	"een: de identiteit gaat meteen mee; twee: pas na aanvaarding."),
    WORDS("verplicht", REQ, words_category, 0, NULL),
    WORDS("optioneel", REQ, words_category, 0, NULL),
    WORDS("terugkoppeling", REQ, words_category, 0,
	"Wat de ontvanger mag terugmelden."),
    OBJECT("termijnen", REQ, type_terms),
    PLAIN("latereMelding", REQ, SHAPE_BOOL,
	"Wordt de bewoner later op de hoogte gebracht?"),
    PLAIN("doorbraak", REQ, SHAPE_BOOL,
	"Komt hier terecht wat twee keer is afgewezen?"),
    END};
static const struct shape type_shape = {"Type", "Een soort verwijzing.",
    type_fields, false};

static const struct shape_field types_fields[] = {TEXT("convenant", REQ, 0,
						      NULL),
    PLAIN("versie", REQ, SHAPE_NUMBER, NULL),
    OBJECTS("resultaten", REQ, type_shape),
    PLAIN("categorieen", REQ, SHAPE_NOTES,
	"De velden van elke categorie, als JSON Schema."),
    END};
const struct shape shape_types = {"TypeLijst", "Wat het convenant toelaat.",
    types_fields, false};

static const struct shape_field proof_fields[] = {PLAIN("index", REQ,
						      SHAPE_NUMBER, NULL),
    PLAIN("grootte", REQ, SHAPE_NUMBER, "Aantal regels van het logboek."),
    TEXT("blad", REQ, 0, "De regel, in base64."),
    PLAIN("pad", REQ | SHAPE_LIST, SHAPE_TEXT,
	"Hashes van het blad naar het hoofd (RFC 9162), in base64."),
    TEXT("checkpoint", REQ, 0, "Het getekende hoofd (C2SP)."),
    TEXT("bewijs", REQ, 0,
	"Alles bij elkaar als tlog-proof (C2SP), om zonder ons na te "
	"rekenen."),
    END};
const struct shape shape_proof = {"Bewijs",
    "Dat een regel in het logboek staat. Nagerekend voor u het ziet.",
    proof_fields, false};

static const struct shape_field param_fields[] =
    {TEXT("name", REQ, 0, "Plaats in het bericht: naar.lid."),
	TEXT("code", REQ, 0, NULL), TEXT("reason", REQ, 0, NULL), END};
static const struct shape param = {"VeldProbleem",
    "Wat er mis is met een veld.", param_fields, false};

static const struct shape_field problem_fields[] = {TEXT("type", REQ, 0, NULL),
    TEXT("title", REQ, 0, NULL),
    {.name = "status", .kind = SHAPE_NUMBER, .flags = REQ, .max = 599},
    TEXT("detail", REQ, 0, NULL),
    TEXT("code", REQ, 0, "Vast woord, om op te programmeren."),
    TEXT("instance", REQ, 0, NULL), OBJECTS("invalidParams", 0, param),
    WORDS("toegestaan", 0, words_event, 0, "Wat in deze status wel kan (409)."),
    WORD("verwijzingStatus", 0, words_state, NULL),
    TEXT("technisch", 0, 0, "Voor wie programmeert, in het Engels."), END};
const struct shape shape_problem = {"Probleem", "Wat er mis ging (RFC 9457).",
    problem_fields, true};

const struct shape *const shape_all[] = {&recipient, &attempts, &ground_new,
    &shape_referral_new, &shape_event_new, &capture, &shape_consent_new,
    &shape_withdrawal_new, &shape_withdrawal_empty, &shape_erasure_new, &party,
    &ground, &event, &clocks, &evidence, &review, &erasure, &shape_referral,
    &referral_short, &shape_referral_list, &record, &reach, &counts, &stands,
    &shape_withdrawal, &texts, &shape_question_new, &shape_question, &slip,
    &shape_consent, &partner, &shape_partners, &type_terms, &type_shape,
    &shape_types, &shape_proof, &param, &shape_problem, NULL};
