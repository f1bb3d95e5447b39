/* SPDX-License-Identifier: EUPL-1.2 */
#include "adapters/plain.h"

/*
 * Gewoon Nederlands, niveau B1: korte zinnen, gewone woorden, wie doet wat.
 * tests/adapters_plain_test.c leest mee.
 */

/* What every question lists. */
#define ABOUT "{{#typen}}- {{.}}\n{{/typen}}"
#define WHAT  "{{#gegevens}}- {{.}}\n{{/gegevens}}"
#define BACK                                                                   \
	"{{#heeftTerug}}{{naar}} vertelt ons later:\n"                         \
	"{{#terug}}- {{.}}\n{{/terug}}{{/heeftTerug}}"
#define UNTIL "Dit geldt tot en met {{datum}}.\n"
#define MAY_REFUSE                                                             \
	"U mag nee zeggen. Dan delen wij dit niet.\n"                          \
	"U kunt ook later nog stoppen. Dat kan elke dag.\n"
#define NOT_ASKED                                                              \
	"Wij vragen u hiervoor geen toestemming.\n"                            \
	"U kunt dit dus niet zelf stoppen.\n"                                  \
	"Bent u het er niet mee eens? Vertel {{van}} waarom.\n"                \
	"Dan kijken wij er opnieuw naar."
#define LAW "{{#wet}}De regels staan in:\n- {{wet}}\n{{/wet}}"

static const struct plain_label labels[] = {
    {"taalNaam", "Nederlands"},
    {"ja", "U zei ja op {{datum}}."},
    {"titelGevraagd", "Bewijs van uw toestemming"},
    {"titelVerteld", "Wij delen gegevens van u"},
    {"bewaren", "Bewaar dit papier goed."},
    {"kopGevraagd", "Dit hebben wij u gevraagd"},
    {"kopVerteld", "Dit vertellen wij u"},
    {"kopBetekent", "Dit betekent het"},
    {"kopWie", "Met wie"},
    {"kopStoppen", "Zo stopt u"},
    {"kopAnders", "Wat u kunt doen"},
    {"kopCode", "Uw code om te stoppen"},
    {"scannen", "Dezelfde code, om te scannen"},
    {"codeGeheim", "Geef de code alleen aan iemand die u helpt."},
    {"geenCode", "De code werkt niet meer. U heeft hem niet meer nodig."},
    {"kopWaar", "Hier kunt u stoppen"},
    {"overal", "in alle buurten"},
    {"kopRechten", "Uw rechten"},
    {"inzage", "U mag zien wat wij van u weten. Vraag het aan {{van}}."},
    {"klacht", "Heeft u een klacht? Vertel het ons. "
	       "Of ga naar de Autoriteit Persoonsgegevens."},
    {"wacht", "Wij leggen dit nu vast."},
    {"gemaakt", "Gemaakt op {{datum}} door {{van}}"},
    {"nummer", "Nummer"},
    {"tekstVersie", "Tekst, versie {{versie}}"},
    {0},
};

const struct plain_words plain_nl = {
    .language = "nl",
    .months = {"januari", "februari", "maart", "april", "mei", "juni", "juli",
	"augustus", "september", "oktober", "november", "december"},
    .category =
	{
	    [CATEGORY_CONTACT] = "Uw naam, geboortedatum en hoe wij u bereiken",
	    [CATEGORY_ADDRESS] = "Uw adres",
	    [CATEGORY_BSN] = "Uw burgerservicenummer",
	    [CATEGORY_HOUSEHOLD] = "Wie er bij u in huis wonen",
	    [CATEGORY_REQUEST] = "Uw vraag en wat u wilt bereiken",
	    [CATEGORY_FACE] = "Wie u helpt en hoe u die persoon bereikt",
	    [CATEGORY_STATUS] = "Of er contact is en of u hulp krijgt",
	    [CATEGORY_ARREARS] = "Hoeveel huur u nog moet betalen",
	    [CATEGORY_NUISANCE] = "Klachten over overlast",
	    [CATEGORY_SAFETY] = "Of iemand gevaar loopt en wat er is gebeurd",
	    [CATEGORY_FINANCE] = "Uw geld en uw schulden",
	    [CATEGORY_IDENTITY] = "Wie u bent en welke papieren u heeft",
	    [CATEGORY_BEHAVIOUR] = "Hoe u zich gedraagt en wat u kunt",
	    [CATEGORY_WORK_EDUCATION] = "Uw werk en uw opleiding",
	    [CATEGORY_DAILY_LIFE] = "Wat u op een dag doet",
	    [CATEGORY_HOUSING] = "Uw woning en problemen daarmee",
	    [CATEGORY_RELATIONSHIPS] = "Hoe het gaat met uw partner en gezin",
	    [CATEGORY_MENTAL_HEALTH] = "Uw psychische gezondheid",
	    [CATEGORY_PHYSICAL_HEALTH] = "Uw lichamelijke gezondheid",
	    [CATEGORY_ADDICTION] = "Gebruik van alcohol, drugs of medicijnen",
	    [CATEGORY_NETWORK] = "Uw familie, vrienden en buren",
	    [CATEGORY_JUSTICE] = "Uw contact met politie of rechter",
	},
    .kind =
	{
	    [KIND_CONSENT_AVG] = "U vindt goed dat wij gegevens delen",
	    [KIND_SECRECY_RELEASE] =
		"U vindt goed dat wij vertellen wat geheim is",
	    [KIND_AGREES_TO_HELP] = "U wilt hulp",
	    [KIND_DUTY_WITH_OBJECTION] =
		"Dit moet van de wet, maar u kunt bezwaar maken",
	    [KIND_PUBLIC_TASK] = "Dit hoort bij de taak van de organisatie",
	    [KIND_POLICE_WPG] = "De politie mag dit delen van de wet",
	    [KIND_VITAL_INTEREST] = "Er is gevaar voor iemands leven",
	},
    .disclosure =
	{
	    [DISCLOSURE_IMMEDIATE] = "U hoort dit meteen",
	    [DISCLOSURE_DELAYED] = "U hoort dit later",
	    [DISCLOSURE_WITHHELD] = "U hoort dit niet, en dat mag van de wet",
	},
    .capture =
	{
	    [CAPTURE_IN_PERSON] = "U sprak met {{door}} van {{van}}.",
	    [CAPTURE_PHONE] = "U belde met {{door}} van {{van}}.",
	    [CAPTURE_PAPER] =
		"U tekende een papier. {{door}} van {{van}} bewaart het.",
	    [CAPTURE_ONLINE] = "U deed dit op internet, bij {{van}}.",
	},
    .standing =
	{
	    [PERMISSION_REQUESTED] = "U heeft nog niet geantwoord.",
	    [PERMISSION_GIVEN] = "Dit geldt nu.",
	    [PERMISSION_REFUSED] = "U zei nee. Wij delen niets.",
	    [PERMISSION_OBJECTED] = "U maakte bezwaar op {{datum}}.",
	    [PERMISSION_WITHDRAWN] = "U bent gestopt op {{datum}}.",
	    [PERMISSION_EXPIRED] = "Dit is voorbij sinds {{datum}}.",
	    [PERMISSION_INVALIDATED] = "Dit gaat niet door. Wij delen niets.",
	    [PERMISSION_SUPERSEDED] =
		"Er is een nieuwe afspraak sinds {{datum}}.",
	},
    .question =
	{
	    [KIND_CONSENT_AVG] =
		"{{van}} wil gegevens van u delen met {{naar}}.\n"
		"Het gaat over:\n" ABOUT
		"Wij willen dit delen:\n" WHAT BACK UNTIL MAY_REFUSE
		"Mogen wij dit delen?",
	    [KIND_SECRECY_RELEASE] =
		"Wat u aan {{van}} vertelt, blijft geheim.\n"
		"Wij willen er toch over praten met {{naar}}.\n"
		"Het gaat over:\n" ABOUT
		"Wij willen dit vertellen:\n" WHAT BACK UNTIL MAY_REFUSE
		"Mogen wij dit vertellen?",
	    [KIND_AGREES_TO_HELP] =
		"U kunt hulp krijgen van {{naar}}.\n"
		"{{van}} moet dan gegevens van u delen.\n"
		"De hulp gaat over:\n" ABOUT
		"Wij willen dit delen:\n" WHAT BACK UNTIL MAY_REFUSE
		"Wilt u deze hulp?",
	    [KIND_DUTY_WITH_OBJECTION] =
		"{{van}} deelt gegevens van u met {{naar}}.\n"
		"Dat moet van de wet.\n" LAW "Het gaat over:\n" ABOUT
		"Wij delen dit:\n" WHAT BACK UNTIL
		"Wilt u dit niet? Dan kunt u bezwaar maken.\n"
		"Dat kan bij {{van}}.\n"
		"Daarna delen wij hierover niets nieuws meer.",
	    [KIND_PUBLIC_TASK] =
		"{{van}} deelt gegevens van u met {{naar}}.\n"
		"Dat hoort bij onze taak.\n" LAW "Het gaat over:\n" ABOUT
		"Wij delen dit:\n" WHAT BACK UNTIL NOT_ASKED,
	    [KIND_POLICE_WPG] = "{{van}} deelt gegevens van u met {{naar}}.\n"
				"De wet voor de politie laat dit toe.\n" LAW
				"Het gaat over:\n" ABOUT
				"Wij delen dit:\n" WHAT BACK UNTIL NOT_ASKED,
	    [KIND_VITAL_INTEREST] =
		"{{van}} deelt gegevens van u met {{naar}}.\n"
		"Er is gevaar voor u of voor iemand anders.\n"
		"Wij kunnen dan niet wachten.\n" LAW "Het gaat over:\n" ABOUT
		"Wij delen dit:\n" WHAT BACK UNTIL
		"Een andere organisatie kijkt na of dit goed was.\n" NOT_ASKED,
	},
#define STOP                                                                   \
	"U kunt elke dag stoppen. U hoeft niet te zeggen waarom.\n"            \
	"Ga naar een organisatie hieronder, of bel.\n"                         \
	"Laat uw code zien, of lees hem voor.\n"                               \
	"Bent u de code kwijt? {{van}} kan u ook zonder code helpen.\n"        \
	"Daarna delen wij niets nieuws meer.\n"                                \
	"U hoort ook wat er al gedeeld is."
#define CANNOT_STOP                                                            \
	"U kunt dit niet zelf stoppen. Er is dus ook geen code.\n"             \
	"Ook als u uw toestemming stopt, gaat dit door.\n"                     \
	"Bent u het er niet mee eens? Vertel {{van}} waarom.\n"                \
	"Dan kijken wij er opnieuw naar."
    .ending =
	{
	    [KIND_CONSENT_AVG] = STOP,
	    [KIND_SECRECY_RELEASE] = STOP,
	    [KIND_AGREES_TO_HELP] = STOP,
	    [KIND_DUTY_WITH_OBJECTION] =
		"U kunt bezwaar maken. Er is geen code voor nodig.\n"
		"Vertel het aan {{van}}. Noem het nummer onderaan.\n"
		"Daarna delen wij hierover niets nieuws meer.\n"
		"Wij bewaren uw bezwaar, ook voor de volgende keer.",
	    [KIND_PUBLIC_TASK] = CANNOT_STOP,
	    [KIND_POLICE_WPG] = CANNOT_STOP,
	    [KIND_VITAL_INTEREST] = CANNOT_STOP,
	},
    .labels = labels,
};
