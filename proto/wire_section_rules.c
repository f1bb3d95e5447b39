/* SPDX-License-Identifier: EUPL-1.2 */
#include "proto/wire_section_rules.h"

#include <assert.h>

#include "proto/base/clk.h"
#include "proto/sections.pb-c.h"

#define TEXT(name, longest)                                                    \
	{                                                                      \
		.field = (name), .kind = WIRE_TEXT, .max = (int64_t)(longest)  \
	}
#define NUMBER(name, most)                                                     \
	{                                                                      \
		.field = (name), .kind = WIRE_NUMBER, .max = (most)            \
	}
#define YES_NO(name)                                                           \
	{                                                                      \
		.field = (name), .kind = WIRE_ANY                              \
	}
#define ONE(name, message)                                                     \
	{                                                                      \
		.field = (name), .kind = WIRE_MESSAGE, .max = 1,               \
		.of = &(message)                                               \
	}
#define SOME(name, message)                                                    \
	{                                                                      \
		.field = (name), .kind = WIRE_MESSAGES,                        \
		.max = SECTION_ITEMS_MAX, .of = &(message)                     \
	}

#define STORY TEXT("tekst", SECTION_TEXT_MAX)

#define MESSAGE(type, list)                                                    \
	{                                                                      \
		.descriptor = &wijkhub__##type##__descriptor,                  \
		WIRE_RULES(list), .max = (size_t)SECTION_MAX                   \
	}

static const struct wire_rule naam_rules[] = {
    TEXT("voorletters", SECTION_WORD_MAX),
    TEXT("voornamen", SECTION_NAME_MAX),
    TEXT("voorvoegsel", SECTION_WORD_MAX),
    TEXT("achternaam", SECTION_NAME_MAX),
};
static const struct wire_message naam = MESSAGE(naam, naam_rules);

static const struct wire_rule contact_rules[] = {
    ONE("naam", naam),
    TEXT("geboortedatum", SECTION_WORD_MAX),
    TEXT("geslacht", SECTION_WORD_MAX),
    TEXT("telefoon", SECTION_PHONE_MAX),
    TEXT("email", SECTION_EMAIL_MAX),
    TEXT("taal", SECTION_WORD_MAX),
    TEXT("veilig_contact", SECTION_REMARK_MAX),
    YES_NO("niet_benaderen"),
};

static const struct wire_rule address_rules[] = {
    TEXT("postcode", SECTION_WORD_MAX),
    TEXT("huisnummer", SECTION_WORD_MAX),
    TEXT("huisletter", SECTION_WORD_MAX),
    TEXT("toevoeging", SECTION_WORD_MAX),
    TEXT("straat", SECTION_NAME_MAX),
    TEXT("plaats", SECTION_NAME_MAX),
    TEXT("buurt", SECTION_NAME_MAX),
    TEXT("nummeraanduiding", SECTION_WORD_MAX),
    TEXT("eenheid", SECTION_WORD_MAX),
};

static const struct wire_rule bsn_rules[] = {
    TEXT("bsn", SECTION_WORD_MAX),
};

static const struct wire_rule household_rules[] = {
    STORY,
    NUMBER("volwassenen", 99),
    NUMBER("kinderen", 99),
};

static const struct wire_rule request_rules[] = {
    STORY,
    TEXT("doel", SECTION_REMARK_MAX),
};

static const struct wire_rule face_rules[] = {
    TEXT("naam", SECTION_NAME_MAX),
    TEXT("functie", SECTION_NAME_MAX),
    TEXT("organisatie", SECTION_NAME_MAX),
    TEXT("telefoon", SECTION_PHONE_MAX),
    TEXT("email", SECTION_EMAIL_MAX),
};

static const struct wire_rule status_rules[] = {
    TEXT("toelichting", SECTION_TEXT_MAX),
    TEXT("contact_gelegd", SECTION_WORD_MAX),
    TEXT("hulp_aanvaard", SECTION_WORD_MAX),
    TEXT("afspraak_op", SECTION_WORD_MAX),
    TEXT("kenmerk", SECTION_WORD_MAX),
};

static const struct wire_rule pogingen_rules[] = {
    YES_NO("persoonlijk_contact"),
    YES_NO("gewezen_op_hulp"),
    YES_NO("schriftelijke_herinnering"),
    YES_NO("aanbod_niet_geweigerd"),
};
static const struct wire_message pogingen = MESSAGE(pogingen, pogingen_rules);

static const struct wire_rule arrears_rules[] = {
    NUMBER("bedrag_centen", 999999999999),
    NUMBER("maanden", 999),
    TEXT("sinds", SECTION_WORD_MAX),
    ONE("pogingen", pogingen),
    TEXT("kenmerk", SECTION_WORD_MAX),
};

static const struct wire_rule nuisance_rules[] = {
    STORY,
    TEXT("soort", SECTION_WORD_MAX),
    TEXT("sinds", SECTION_WORD_MAX),
};

static const struct wire_rule incident_rules[] = {
    TEXT("op", SECTION_WORD_MAX),
    TEXT("omschrijving", SECTION_REMARK_MAX),
    TEXT("locatie", SECTION_NAME_MAX),
};
static const struct wire_message incident = MESSAGE(incident, incident_rules);

static const struct wire_rule safety_rules[] = {
    STORY,
    TEXT("hoedanigheid", SECTION_WORD_MAX),
    TEXT("geinformeerd", SECTION_WORD_MAX),
    TEXT("reactie", SECTION_REMARK_MAX),
    SOME("incidenten", incident),
};

static const struct wire_rule finance_rules[] = {
    STORY,
    YES_NO("dreigende_ontruiming"),
    YES_NO("dreigende_afsluiting"),
};

static const struct wire_rule gebrek_rules[] = {
    TEXT("soort", SECTION_WORD_MAX),
    TEXT("locatie", SECTION_NAME_MAX),
    TEXT("omschrijving", SECTION_REMARK_MAX),
};
static const struct wire_message gebrek = MESSAGE(gebrek, gebrek_rules);

static const struct wire_rule housing_rules[] = {
    STORY,
    SOME("gebreken", gebrek),
};

/* The leefgebieden that hold a story and nothing else. */
static const struct wire_rule story_rules[] = {
    STORY,
};

static const struct wire_message sections[] = {
    [CATEGORY_CONTACT] = MESSAGE(section_contact, contact_rules),
    [CATEGORY_ADDRESS] = MESSAGE(section_address, address_rules),
    [CATEGORY_BSN] = MESSAGE(section_bsn, bsn_rules),
    [CATEGORY_HOUSEHOLD] = MESSAGE(section_household, household_rules),
    [CATEGORY_REQUEST] = MESSAGE(section_request, request_rules),
    [CATEGORY_FACE] = MESSAGE(section_face, face_rules),
    [CATEGORY_STATUS] = MESSAGE(section_status, status_rules),
    [CATEGORY_ARREARS] = MESSAGE(section_arrears, arrears_rules),
    [CATEGORY_NUISANCE] = MESSAGE(section_nuisance, nuisance_rules),
    [CATEGORY_SAFETY] = MESSAGE(section_safety, safety_rules),
    [CATEGORY_FINANCE] = MESSAGE(section_finance, finance_rules),
    [CATEGORY_IDENTITY] = MESSAGE(section_identity, story_rules),
    [CATEGORY_BEHAVIOUR] = MESSAGE(section_behaviour, story_rules),
    [CATEGORY_WORK_EDUCATION] = MESSAGE(section_work_education, story_rules),
    [CATEGORY_DAILY_LIFE] = MESSAGE(section_daily_life, story_rules),
    [CATEGORY_HOUSING] = MESSAGE(section_housing, housing_rules),
    [CATEGORY_RELATIONSHIPS] = MESSAGE(section_relationships, story_rules),
    [CATEGORY_MENTAL_HEALTH] = MESSAGE(section_mental_health, story_rules),
    [CATEGORY_PHYSICAL_HEALTH] = MESSAGE(section_physical_health, story_rules),
    [CATEGORY_ADDICTION] = MESSAGE(section_addiction, story_rules),
    [CATEGORY_NETWORK] = MESSAGE(section_network, story_rules),
    [CATEGORY_JUSTICE] = MESSAGE(section_justice, story_rules),
};

const struct wire_message *
wire_section_rules(enum category category)
{
	size_t index = (size_t)category;

	if (index == 0 || index >= sizeof(sections) / sizeof(sections[0]))
		return NULL;
	return &sections[index];
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Exactly count digits; *out is their value. */
static bool
take_digits(const char **text, size_t count, unsigned *out)
{
	unsigned value = 0;

	for (size_t i = 0; i < count; i++) {
		if (!is_digit((*text)[i]))
			return false;
		value = value * 10 + (unsigned)((*text)[i] - '0');
	}
	*text += count;
	*out = value;
	return true;
}

static bool
check_date(const char *text)
{
	unsigned year, month, day;

	if (!take_digits(&text, 4, &year) || year < 1800)
		return false;
	if (*text == '\0')
		return true;
	if (*text++ != '-' || !take_digits(&text, 2, &month) || month < 1 ||
	    month > 12)
		return false;
	if (*text == '\0')
		return true;
	return *text++ == '-' && take_digits(&text, 2, &day) && *text == '\0' &&
	       day >= 1 && (int)day <= clk_month_days((int)year, (int)month);
}

static bool
check_time(const char *text)
{
	int64_t at_ms;

	return strchr(text, 'T') != NULL && clk_parse(text, &at_ms) == WH_OK;
}

/* Weights 9 to 2, and -1 for the last digit (RvIG). */
static bool
check_bsn(const char *text)
{
	int sum = 0;
	int all = 0;

	if (strlen(text) != 9 || strspn(text, "0123456789") != 9)
		return false;
	for (int i = 0; i < 9; i++) {
		int digit = text[i] - '0';

		sum += digit * (i < 8 ? 9 - i : -1);
		all += digit;
	}
	return all > 0 && sum % 11 == 0;
}

static bool
check_postcode(const char *text)
{
	return strlen(text) == 6 && text[0] != '0' &&
	       strspn(text, "0123456789") == 4 &&
	       strspn(text + 4, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == 2;
}

static bool
check_bag(const char *text)
{
	return strlen(text) == 16 && strspn(text, "0123456789") == 16;
}

static bool
check_sex(const char *text)
{
	return strlen(text) == 1 && strchr("MVO", text[0]) != NULL;
}

static bool
check_language(const char *text)
{
	return strlen(text) == 3 &&
	       strspn(text, "abcdefghijklmnopqrstuvwxyz") == 3;
}

static bool
check_yes_no(const char *text)
{
	return strcmp(text, "ja") == 0 || strcmp(text, "nee") == 0;
}

static bool
check_capacity(const char *text)
{
	return strlen(text) == 3 && strncmp(text, "00", 2) == 0 &&
	       text[2] >= '1' && text[2] <= '5';
}

/* Enough to catch a slip; whether it works only sending can tell. */
static bool
check_email(const char *text)
{
	const char *at = strchr(text, '@');

	return at != NULL && at != text && at[1] != '\0' &&
	       strchr(at + 1, '@') == NULL && strpbrk(text, " \t\n") == NULL;
}

#define DATE_RULE      "must be a date: YYYY, YYYY-MM or YYYY-MM-DD"
#define DATE_PATTERN   "^[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?$"
#define TIME_RULE      "must be a time as in RFC 3339: 2026-09-14T13:00:00Z"
#define TIME_PATTERN   "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+(Z|[+-][0-9:]+)$"
#define YES_NO_RULE    "must be ja or nee"
#define YES_NO_PATTERN "^(ja|nee)$"

static const struct wire_section_format formats[] = {
    {"geboortedatum", DATE_RULE, DATE_PATTERN, check_date, false},
    {"sinds", DATE_RULE, DATE_PATTERN, check_date, false},
    {"op", TIME_RULE, TIME_PATTERN, check_time, false},
    {"afspraak_op", TIME_RULE, TIME_PATTERN, check_time, false},
    {"contact_gelegd", YES_NO_RULE, YES_NO_PATTERN, check_yes_no, false},
    {"hulp_aanvaard", YES_NO_RULE, YES_NO_PATTERN, check_yes_no, false},
    {"geinformeerd", YES_NO_RULE, YES_NO_PATTERN, check_yes_no, false},
    {"bsn", "must be nine digits that pass the 11-proof", "^[0-9]{9}$",
	check_bsn, false},
    {"postcode", "must be four digits and two capitals: 1064HA",
	"^[1-9][0-9]{3} ?[A-Z]{2}$", check_postcode, true},
    {"nummeraanduiding", "must be the 16 digits of the BAG", "^[0-9]{16}$",
	check_bag, false},
    {"geslacht", "must be M, V or O", "^[MVO]$", check_sex, false},
    {"taal", "must be three small letters of ISO 639-3: nld", "^[a-z]{3}$",
	check_language, false},
    {"hoedanigheid", "must be 001 to 005", "^00[1-5]$", check_capacity, false},
    {"email", "must be an e-mail address", "^[^@ \t\n]+@[^@ \t\n]+$",
	check_email, false},
    {NULL, NULL, NULL, NULL, false},
};

const struct wire_section_format *
wire_section_formats(void)
{
	return formats;
}

const struct wire_section_format *
wire_section_format(const char *field)
{
	for (const struct wire_section_format *f = formats; f->field != NULL;
	     f++) {
		if (strcmp(f->field, field) == 0)
			return f;
	}
	return NULL;
}

void
wire_section_key(const char *name, char key[WIRE_SECTION_KEY_SIZE])
{
	bool is_upper = false;
	size_t len = 0;

	assert(strlen(name) < WIRE_SECTION_KEY_SIZE);
	for (; *name != '\0'; name++) {
		if (*name == '_') {
			is_upper = true;
			continue;
		}
		key[len++] = is_upper ? (char)(*name - 'a' + 'A') : *name;
		is_upper = false;
	}
	key[len] = '\0';
}

enum wh_err
wire_section_check(const struct wire_section_slot *slot, const char *text,
    struct why *why)
{
	const struct wire_section_format *format =
	    wire_section_format(slot->field->name);

	if (format != NULL && !format->check(text))
		return wire_check_refuse(&slot->where, WH_INVALID, format->rule,
		    why);
	return WH_OK;
}
