/* SPDX-License-Identifier: EUPL-1.2 */
#include "adapters/plain.h"

/* Plain English: short sentences, everyday words, who does what. */

#define ABOUT "{{#typen}}- {{.}}\n{{/typen}}"
#define WHAT  "{{#gegevens}}- {{.}}\n{{/gegevens}}"
#define BACK                                                                   \
	"{{#heeftTerug}}{{naar}} will tell us later:\n"                        \
	"{{#terug}}- {{.}}\n{{/terug}}{{/heeftTerug}}"
#define UNTIL "This lasts until the end of {{datum}}.\n"
#define MAY_REFUSE                                                             \
	"You may say no. Then we do not share this.\n"                         \
	"You can also stop later, on any day.\n"
#define NOT_ASKED                                                              \
	"We do not ask your permission for this.\n"                            \
	"So you cannot stop it yourself.\n"                                    \
	"Do you disagree? Tell {{van}} why.\n"                                 \
	"Then we look at it again."
#define LAW "{{#wet}}The rules are in:\n- {{wet}}\n{{/wet}}"

static const struct plain_label labels[] = {
    {"taalNaam", "English"},
    {"ja", "You said yes on {{datum}}."},
    {"titelGevraagd", "Proof of your permission"},
    {"titelVerteld", "We share information about you"},
    {"bewaren", "Keep this paper safe."},
    {"kopGevraagd", "This is what we asked you"},
    {"kopVerteld", "This is what we tell you"},
    {"kopBetekent", "What it means"},
    {"kopWie", "With whom"},
    {"kopStoppen", "How to stop"},
    {"kopAnders", "What you can do"},
    {"kopCode", "Your code to stop"},
    {"scannen", "The same code, to scan"},
    {"codeGeheim", "Give the code only to someone who helps you."},
    {"geenCode", "The code no longer works. You do not need it any more."},
    {"kopWaar", "Where you can stop"},
    {"overal", "in all neighbourhoods"},
    {"kopRechten", "Your rights"},
    {"inzage", "You may see what we know about you. Ask {{van}}."},
    {"klacht", "Do you have a complaint? Tell us. "
	       "Or go to the Autoriteit Persoonsgegevens."},
    {"wacht", "We are putting this on record now."},
    {"gemaakt", "Made on {{datum}} by {{van}}"},
    {"nummer", "Number"},
    {"tekstVersie", "Text, version {{versie}}"},
    {0},
};

const struct plain_words plain_en = {
    .language = "en",
    .months = {"January", "February", "March", "April", "May", "June", "July",
	"August", "September", "October", "November", "December"},
    .category =
	{
	    [CATEGORY_CONTACT] =
		"Your name, date of birth and how to reach you",
	    [CATEGORY_ADDRESS] = "Your address",
	    [CATEGORY_BSN] = "Your citizen service number",
	    [CATEGORY_HOUSEHOLD] = "Who lives in your home",
	    [CATEGORY_REQUEST] = "Your question and what you hope for",
	    [CATEGORY_FACE] = "Who helps you and how to reach that person",
	    [CATEGORY_STATUS] = "If there is contact and if you get help",
	    [CATEGORY_ARREARS] = "How much rent you still have to pay",
	    [CATEGORY_NUISANCE] = "Complaints about nuisance",
	    [CATEGORY_SAFETY] = "If someone is in danger and what happened",
	    [CATEGORY_FINANCE] = "Your money and your debts",
	    [CATEGORY_IDENTITY] = "Who you are and which papers you have",
	    [CATEGORY_BEHAVIOUR] = "How you behave and what you can do",
	    [CATEGORY_WORK_EDUCATION] = "Your work and your education",
	    [CATEGORY_DAILY_LIFE] = "What you do during the day",
	    [CATEGORY_HOUSING] = "Your home and problems with it",
	    [CATEGORY_RELATIONSHIPS] =
		"How things are with your partner and family",
	    [CATEGORY_MENTAL_HEALTH] = "Your mental health",
	    [CATEGORY_PHYSICAL_HEALTH] = "Your physical health",
	    [CATEGORY_ADDICTION] = "Use of alcohol, drugs or medicine",
	    [CATEGORY_NETWORK] = "Your relatives, friends and neighbours",
	    [CATEGORY_JUSTICE] = "Your contact with the police or a judge",
	},
    .kind =
	{
	    [KIND_CONSENT_AVG] = "You agree that we share information",
	    [KIND_SECRECY_RELEASE] = "You agree that we tell what is secret",
	    [KIND_AGREES_TO_HELP] = "You want help",
	    [KIND_DUTY_WITH_OBJECTION] =
		"The law demands this, but you can object",
	    [KIND_PUBLIC_TASK] = "This is part of the organisation's task",
	    [KIND_POLICE_WPG] = "The law lets the police share this",
	    [KIND_VITAL_INTEREST] = "Someone's life is in danger",
	},
    .disclosure =
	{
	    [DISCLOSURE_IMMEDIATE] = "You hear this at once",
	    [DISCLOSURE_DELAYED] = "You hear this later",
	    [DISCLOSURE_WITHHELD] = "You do not hear this, as the law allows",
	},
    .capture =
	{
	    [CAPTURE_IN_PERSON] = "You spoke with {{door}} of {{van}}.",
	    [CAPTURE_PHONE] = "You phoned with {{door}} of {{van}}.",
	    [CAPTURE_PAPER] =
		"You signed a paper. {{door}} of {{van}} keeps it.",
	    [CAPTURE_ONLINE] = "You did this on the internet, at {{van}}.",
	},
    .standing =
	{
	    [PERMISSION_REQUESTED] = "You have not answered yet.",
	    [PERMISSION_GIVEN] = "This holds now.",
	    [PERMISSION_REFUSED] = "You said no. We share nothing.",
	    [PERMISSION_OBJECTED] = "You objected on {{datum}}.",
	    [PERMISSION_WITHDRAWN] = "You stopped on {{datum}}.",
	    [PERMISSION_EXPIRED] = "This has been over since {{datum}}.",
	    [PERMISSION_INVALIDATED] = "This does not go on. We share nothing.",
	    [PERMISSION_SUPERSEDED] =
		"There is a new agreement since {{datum}}.",
	},
    .question =
	{
	    [KIND_CONSENT_AVG] =
		"{{van}} wants to share information about you with {{naar}}.\n"
		"It is about:\n" ABOUT
		"We want to share this:\n" WHAT BACK UNTIL MAY_REFUSE
		"May we share this?",
	    [KIND_SECRECY_RELEASE] =
		"What you tell {{van}} stays secret.\n"
		"We still want to talk about it with {{naar}}.\n"
		"It is about:\n" ABOUT
		"We want to tell this:\n" WHAT BACK UNTIL MAY_REFUSE
		"May we tell this?",
	    [KIND_AGREES_TO_HELP] =
		"You can get help from {{naar}}.\n"
		"Then {{van}} has to share information about you.\n"
		"The help is about:\n" ABOUT
		"We want to share this:\n" WHAT BACK UNTIL MAY_REFUSE
		"Do you want this help?",
	    [KIND_DUTY_WITH_OBJECTION] =
		"{{van}} shares information about you with {{naar}}.\n"
		"The law demands this.\n" LAW "It is about:\n" ABOUT
		"We share this:\n" WHAT BACK UNTIL
		"Do you not want this? Then you can object.\n"
		"You can do so at {{van}}.\n"
		"After that we share nothing new about this.",
	    [KIND_PUBLIC_TASK] =
		"{{van}} shares information about you with {{naar}}.\n"
		"This is part of our task.\n" LAW "It is about:\n" ABOUT
		"We share this:\n" WHAT BACK UNTIL NOT_ASKED,
	    [KIND_POLICE_WPG] =
		"{{van}} shares information about you with {{naar}}.\n"
		"The law for the police allows this.\n" LAW
		"It is about:\n" ABOUT
		"We share this:\n" WHAT BACK UNTIL NOT_ASKED,
	    [KIND_VITAL_INTEREST] =
		"{{van}} shares information about you with {{naar}}.\n"
		"You or someone else is in danger.\n"
		"Then we cannot wait.\n" LAW "It is about:\n" ABOUT
		"We share this:\n" WHAT BACK UNTIL
		"Another organisation checks if this was right.\n" NOT_ASKED,
	},
#define STOP                                                                   \
	"You can stop on any day. You do not have to say why.\n"               \
	"Go to an organisation below, or call.\n"                              \
	"Show your code, or read it out.\n"                                    \
	"Have you lost the code? {{van}} can also help you without it.\n"      \
	"After that we share nothing new.\n"                                   \
	"You also hear what has been shared already."
#define CANNOT_STOP                                                            \
	"You cannot stop this yourself. So there is no code.\n"                \
	"If you take back a permission, this still goes on.\n"                 \
	"Do you disagree? Tell {{van}} why.\n"                                 \
	"Then we look at it again."
    .ending =
	{
	    [KIND_CONSENT_AVG] = STOP,
	    [KIND_SECRECY_RELEASE] = STOP,
	    [KIND_AGREES_TO_HELP] = STOP,
	    [KIND_DUTY_WITH_OBJECTION] =
		"You can object. You need no code for it.\n"
		"Tell {{van}}. Give the number at the bottom.\n"
		"After that we share nothing new about this.\n"
		"We keep your objection, also for the next time.",
	    [KIND_PUBLIC_TASK] = CANNOT_STOP,
	    [KIND_POLICE_WPG] = CANNOT_STOP,
	    [KIND_VITAL_INTEREST] = CANNOT_STOP,
	},
    .labels = labels,
};
