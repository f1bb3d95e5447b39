/* SPDX-License-Identifier: EUPL-1.2 */
#include "adapters/politie/stuf_shape.h"

#include <string.h>

#include "adapters/values.h"

#define MANY 250

enum form {
	FORM_TEXT,
	FORM_WORD, /* one of words */
	FORM_TIME,
	FORM_DATE,
	FORM_BSN,
	FORM_POSTCODE,
	FORM_HOUSE,    /* 1 to 99999 */
	FORM_LETTER,   /* one letter */
	FORM_ADDITION, /* letters and digits */
	FORM_RELATION, /* 001 to 043 */
	FORM_DIGITS,
};

struct rule {
	const char *tag;
	unsigned min, max;
	bool nil; /* may say that there is no value */
	enum form form;
	unsigned shortest, longest; /* characters; 0: no bound */
	const char *words;          /* with a space before and after each */
	const struct rule *inside;  /* of a group; ended by a NULL tag */
	const char *entity;         /* fixed StUF:entiteittype */
	bool entity_required;
};

#define TEXT(t, lo, hi, ...)                                                   \
	{                                                                      \
		.tag = t, .min = lo, .max = hi, __VA_ARGS__                    \
	}
#define GROUP(t, lo, hi, rules, ...)                                           \
	{                                                                      \
		.tag = t, .min = lo, .max = hi, .inside = rules, __VA_ARGS__   \
	}
#define END                                                                    \
	{                                                                      \
		.tag = NULL                                                    \
	}

static const struct rule rules_system[] = {
    TEXT("StUF:organisatie", 1, 1, .longest = 200),
    TEXT("StUF:applicatie", 1, 1, .shortest = 3, .longest = 50),
    TEXT("StUF:administratie", 0, 1, .longest = 50),
    TEXT("StUF:gebruiker", 0, 1, .longest = 100),
    END,
};

static const struct rule rules_control[] = {
    TEXT("StUF:berichtcode", 1, 1, .form = FORM_WORD, .words = " Di01 "),
    GROUP("StUF:zender", 1, 1, rules_system),
    GROUP("StUF:ontvanger", 1, 1, rules_system),
    TEXT("StUF:referentienummer", 1, 1, .shortest = 1, .longest = 40),
    TEXT("StUF:tijdstipBericht", 1, 1, .form = FORM_TIME),
    TEXT("StUF:functie", 1, 1, .form = FORM_WORD,
	.words = " meldingGeneriekDi01 "),
    END,
};

static const struct rule rules_language[] = {
    TEXT("BG:code", 0, 1, .nil = true, .form = FORM_DIGITS, .longest = 4),
    TEXT("BG:omschrijving", 1, 1, .nil = true),
    END,
};

static const struct rule rules_dutch_address[] = {
    TEXT("BG:wpl.woonplaatsNaam", 1, 1, .nil = true, .longest = 80),
    TEXT("BG:gor.openbareRuimteNaam", 0, 1, .nil = true, .longest = 80),
    TEXT("BG:aoa.postcode", 1, 1, .nil = true, .form = FORM_POSTCODE),
    TEXT("BG:aoa.huisnummer", 0, 1, .nil = true, .form = FORM_HOUSE),
    TEXT("BG:aoa.huisletter", 0, 1, .nil = true, .form = FORM_LETTER),
    TEXT("BG:aoa.huisnummertoevoeging", 0, 1, .nil = true,
	.form = FORM_ADDITION, .longest = 4),
    END,
};

static const struct rule rules_foreign_address[] = {
    TEXT("BG:lnd.landcode", 0, 1, .nil = true, .form = FORM_DIGITS,
	.longest = 4),
    TEXT("BG:lnd.landnaam", 0, 1, .nil = true, .longest = 40),
    TEXT("BG:sub.adresBuitenland1", 1, 1, .nil = true, .longest = 35),
    TEXT("BG:sub.adresBuitenland2", 0, 1, .nil = true, .longest = 35),
    TEXT("BG:sub.adresBuitenland3", 0, 1, .nil = true, .longest = 35),
    END,
};

static const struct rule rules_address[] = {
    TEXT("BG:soortadres", 1, 1, .nil = true, .form = FORM_WORD,
	.words = " 01 02 03 04 05 06 07 08 09 10 11 12 13 14 15 16 17 18 19 20 "
		 "51 52 "),
    GROUP("BG:nederlandsadres", 0, 1, rules_dutch_address, .nil = true),
    GROUP("BG:buitenlandsAdres", 0, 1, rules_foreign_address, .nil = true),
    END,
};

static const struct rule rules_nationality_code[] = {
    TEXT("BG:code", 1, 1, .nil = true, .form = FORM_DIGITS, .longest = 4),
    TEXT("BG:omschrijving", 0, 1, .nil = true, .longest = 42),
    END,
};

static const struct rule rules_nationality[] = {
    GROUP("BG:gerelateerde", 1, 1, rules_nationality_code, .entity = "NAT",
	.entity_required = true),
    END,
};

static const struct rule rules_person[] = {
    TEXT("BG:inp.bsn", 0, 1, .nil = true, .form = FORM_BSN),
    TEXT("BG:geslachtsnaam", 1, 1, .nil = true, .longest = 200),
    TEXT("BG:voorvoegselGeslachtsnaam", 0, 1, .nil = true, .longest = 10),
    TEXT("BG:voornamen", 1, 1, .nil = true, .longest = 200),
    TEXT("BG:geslachtsaanduiding", 1, 1, .nil = true, .form = FORM_WORD,
	.words = " M V O "),
    TEXT("BG:geboortedatum", 0, 1, .nil = true, .form = FORM_DATE),
    TEXT("BG:inp.geboorteplaats", 0, 1, .nil = true, .longest = 40),
    TEXT("BG:inp.geboorteLand", 0, 1, .nil = true, .form = FORM_DIGITS,
	.longest = 4),
    TEXT("BG:sub.telefoonnummer", 0, 1, .nil = true, .longest = 20),
    TEXT("BG:sub.emailadres", 0, 1, .nil = true, .longest = 254),
    TEXT("BG:inp.gemeenteVanInschrijving", 0, 1, .nil = true,
	.form = FORM_DIGITS, .longest = 4),
    GROUP("BG:inp.heeftAlsNationaliteit", 0, MANY, rules_nationality,
	.nil = true, .entity = "NPSNAT"),
    TEXT("BG:geboortplaatsnaamBuitenland", 0, 1, .nil = true, .longest = 80),
    TEXT("BG:geboortelandNaam", 0, 1, .nil = true, .longest = 40),
    TEXT("BG:vreemdelingennummer", 0, 1, .nil = true),
    GROUP("BG:taal", 0, 1, rules_language, .nil = true),
    GROUP("BG:adres", 1, MANY, rules_address, .nil = true),
    END,
};

static const struct rule rules_other_person[] = {
    TEXT("BG:inp.bsn", 0, 1, .nil = true, .form = FORM_BSN),
    TEXT("BG:geslachtsaanduiding", 1, 1, .nil = true, .form = FORM_WORD,
	.words = " M V O "),
    TEXT("BG:sub.telefoonnummer", 0, 1, .nil = true, .longest = 20),
    TEXT("BG:sub.emailadres", 0, 1, .nil = true, .longest = 254),
    TEXT("BG:inp.gemeenteVanInschrijving", 0, 1, .nil = true,
	.form = FORM_DIGITS, .longest = 4),
    GROUP("BG:inp.heeftAlsNationaliteit", 0, MANY, rules_nationality,
	.nil = true, .entity = "NPSNAT"),
    TEXT("BG:vreemdelingennummer", 0, 1, .nil = true),
    TEXT("BG:naam", 1, 1, .nil = true, .longest = 200),
    GROUP("BG:taal", 0, 1, rules_language, .nil = true),
    GROUP("BG:adres", 0, MANY, rules_address, .nil = true),
    END,
};

static const struct rule rules_informed[] = {
    TEXT("BG:datum", 0, 1, .nil = true, .form = FORM_DATE),
    TEXT("BG:reactie", 0, 1, .longest = 1000),
    TEXT("BG:redenNietGeinformeerd", 0, 1),
    TEXT("BG:indicatieGeinformeerd", 1, 1, .form = FORM_WORD,
	.words = " Ja Nee "),
    END,
};

static const struct rule rules_subject_person[] = {
    GROUP("ZKN:natuurlijkPersoon", 1, 1, rules_person, .entity = "NPS"),
    END,
};

static const struct rule rules_subject[] = {
    GROUP("ZKN:gerelateerde", 1, 1, rules_subject_person, .entity = "OBJ"),
    TEXT("ZKN:hoedanigheid", 1, 1, .form = FORM_WORD,
	.words = " 001 002 003 004 005 "),
    GROUP("ZKN:informering", 0, 1, rules_informed),
    END,
};

static const struct rule rules_employee[] = {
    TEXT("ZKN:telefoonnummer", 0, 1, .nil = true, .longest = 20),
    TEXT("ZKN:emailadres", 0, 1, .nil = true, .longest = 254),
    TEXT("ZKN:naam", 0, 1, .nil = true, .longest = 80),
    END,
};

static const struct rule rules_contact[] = {
    GROUP("ZKN:gerelateerde", 1, 1, rules_employee, .nil = true,
	.entity = "MDW"),
    END,
};

static const struct rule rules_unit[] = {
    TEXT("ZKN:identificatie", 1, 1, .nil = true, .longest = 24),
    TEXT("ZKN:naam", 1, 1, .nil = true, .longest = 50),
    GROUP("ZKN:heeftAlsContactpersoon", 0, 1, rules_contact, .nil = true,
	.entity = "OEHMDWCPR"),
    END,
};

static const struct rule rules_one_unit[] = {
    GROUP("ZKN:organisatorischeEenheid", 1, 1, rules_unit, .entity = "OEH"),
    END,
};

static const struct rule rules_party[] = {
    GROUP("ZKN:gerelateerde", 1, 1, rules_one_unit, .entity = "BTR"),
    END,
};

static const struct rule rules_unit_or_person[] = {
    GROUP("ZKN:organisatorischeEenheid", 0, 1, rules_unit, .nil = true,
	.entity = "OEH"),
    GROUP("ZKN:natuurlijkPersoon", 0, 1, rules_other_person, .nil = true,
	.entity = "NPS", .entity_required = true),
    END,
};

static const struct rule rules_other_party[] = {
    GROUP("ZKN:gerelateerde", 1, 1, rules_unit_or_person, .nil = true,
	.entity = "BTR"),
    TEXT("ZKN:betrokkenheidRelatie", 1, 1, .form = FORM_RELATION),
    GROUP("ZKN:informering", 0, 1, rules_informed),
    END,
};

static const struct rule rules_question[] = {
    TEXT("JZ:vraagCode", 1, 1, .form = FORM_WORD,
	.words = " NAZ-001 NAZ-002 VT-001 VT-002 VT-003 VT-004 VT-005 VT-006 "
		 "VT-007 ZVH-001 ZVH-22 "),
    TEXT("JZ:antwoord", 1, 1, .nil = true),
    END,
};

static const struct rule rules_life_area[] = {
    TEXT("JZ:leefgebiedCode", 1, 1, .form = FORM_WORD,
	.words = " 01 02 03 04 05 06 07 08 09 10 11 12 "),
    TEXT("JZ:toelichting", 0, 1, .nil = true),
    END,
};

static const struct rule rules_period[] = {
    TEXT("JZ:datumtijdBegin", 1, 1, .form = FORM_TIME),
    TEXT("JZ:datumtijdEinde", 1, 1, .form = FORM_TIME),
    END,
};

static const struct rule rules_incident[] = {
    TEXT("JZ:datumTijd", 0, 1, .form = FORM_TIME),
    GROUP("JZ:periodeVanTot", 0, 1, rules_period, .nil = true),
    TEXT("JZ:omschrijving", 0, 1, .nil = true),
    TEXT("JZ:locatieAanduiding", 1, 1, .nil = true),
    END,
};

static const struct rule rules_knows[] = {
    GROUP("JZ:gerelateerde", 0, 1, rules_incident, .nil = true, .entity = "INC",
	.entity_required = true),
    END,
};

static const struct rule rules_situation[] = {
    TEXT("JZ:omschrijvingZorgelijkeSituatie", 1, 1, .shortest = 1),
    TEXT("JZ:nadereOmschrijving", 0, 1, .nil = true),
    GROUP("JZ:vraagAntwoord", 0, MANY, rules_question),
    GROUP("JZ:leefgebied", 0, MANY, rules_life_area),
    TEXT("JZ:indicatieInstantiesBetrokken", 0, 1, .form = FORM_WORD,
	.words = " J N "),
    GROUP("JZ:kent", 0, 1, rules_knows, .entity = "ZOSINC",
	.entity_required = true),
    END,
};

static const struct rule rules_concerns[] = {
    GROUP("ZKN:gerelateerde", 1, 1, rules_situation, .entity = "ZOS",
	.entity_required = true),
    END,
};

static const struct rule rules_reason[] = {
    TEXT("JZ:code", 0, 1, .nil = true),
    TEXT("JZ:omschrijving", 0, 1, .nil = true),
    END,
};

static const struct rule rules_further[] = {
    TEXT("JZ:omschrijving", 1, 1, .nil = true),
    TEXT("JZ:url", 0, MANY, .nil = true, .longest = 200),
    END,
};

static const struct rule rules_object[] = {
    TEXT("ZKN:identificatie", 1, 1, .shortest = 5, .longest = 40),
    GROUP("ZKN:heeftBetrekkingOp", 1, 1, rules_subject, .entity = "ZAKOBJ"),
    GROUP("ZKN:heeftAlsInitiator", 1, 1, rules_party, .entity = "ZAKBTRINI",
	.entity_required = true),
    GROUP("ZKN:heeftAlsUitvoerende", 1, 1, rules_party, .entity = "ZAKBTRUTV"),
    GROUP("ZKN:heeftAlsOverigBetrokkene", 0, MANY, rules_other_party,
	.entity = "ZAKBTROVR"),
    GROUP("ZKN:betreft", 1, 1, rules_concerns, .entity = "ZAKZOS",
	.entity_required = true),
    TEXT("JZ:datumTijdMelding", 1, 1, .form = FORM_TIME),
    TEXT("JZ:soortmeldingCode", 1, 1, .form = FORM_WORD,
	.words = " NAZ VT ZVH "),
    GROUP("JZ:redenMelding", 1, 1, rules_reason),
    TEXT("JZ:indicatieTerugkoppelingGewenst", 0, 1, .nil = true,
	.form = FORM_WORD, .words = " Ja Nee "),
    TEXT("JZ:verzoekOmschrijving", 1, 1, .nil = true),
    GROUP("JZ:overigeInformatie", 0, 1, rules_further),
    END,
};

static const struct rule rules_message[] = {
    GROUP("JZ:stuurgegevens", 1, 1, rules_control),
    GROUP("JZ:object", 1, 1, rules_object, .entity = "ZAK",
	.entity_required = true),
    END,
};

static bool
is_word(const char *words, const char *text)
{
	size_t len = strlen(text);
	const char *at = words;

	while (len > 0 && (at = strstr(at, text)) != NULL) {
		if (at[-1] == ' ' && at[len] == ' ')
			return strchr(text, ' ') == NULL;
		at++;
	}
	return false;
}

static bool
is_digits(const char *text)
{
	return text[0] != '\0' && text[strspn(text, "0123456789")] == '\0';
}

static bool
is_house(const char *text)
{
	struct house_number house;

	return is_digits(text) && values_house_number(text, &house) == WH_OK;
}

static bool
is_postcode(const char *text)
{
	char again[VALUES_POSTCODE_SIZE];

	return values_postcode(text, again) == WH_OK &&
	       strcmp(again, text) == 0;
}

static bool
is_alphanumeric(const char *text)
{
	return text[strspn(text,
		   "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
		   "0123456789")] == '\0';
}

static bool
form_holds(const struct rule *rule, const struct stuf_node *node)
{
	char date[VALUES_DATE_SIZE];
	char time[VALUES_TIME_SIZE];
	char bsn[VALUES_BSN_SIZE];
	const char *text = node->text;

	switch (rule->form) {
	case FORM_TEXT:
		return true;
	case FORM_WORD:
		return is_word(rule->words, text);
	case FORM_TIME:
		return values_time_from_stuf(text, time) == WH_OK;
	case FORM_DATE:
		return values_date_from_stuf(text, node->incomplete, date) ==
		       WH_OK;
	case FORM_BSN:
		return strlen(text) == 9 && values_bsn(text, bsn) == WH_OK;
	case FORM_POSTCODE:
		return is_postcode(text);
	case FORM_HOUSE:
		return is_house(text);
	case FORM_LETTER:
		return strlen(text) == 1 && is_alphanumeric(text) &&
		       !is_digits(text);
	case FORM_ADDITION:
		return is_alphanumeric(text);
	case FORM_RELATION:
		return strlen(text) == 3 && is_digits(text) &&
		       strcmp(text, "001") >= 0 && strcmp(text, "043") <= 0;
	case FORM_DIGITS:
		return is_digits(text);
	}
	return false;
}

static enum wh_err
check_text(const struct rule *rule, const struct stuf_node *node,
    struct stuf_fault *fault)
{
	size_t chars = values_chars(node->text);

	if (node->first != NULL)
		return stuf_fault_set(fault, "StUF055", node->first,
		    "hier hoort alleen tekst");
	if (chars < rule->shortest)
		return stuf_fault_set(fault, "StUF055", node,
		    "te kort: ten minste %u tekens", rule->shortest);
	if (rule->longest != 0 && chars > rule->longest)
		return stuf_fault_set(fault, "StUF055", node,
		    "te lang: ten hoogste %u tekens", rule->longest);
	if (!form_holds(rule, node))
		return stuf_fault_set(fault, "StUF055", node,
		    rule->form == FORM_BSN
			? "geen burgerservicenummer (11-proef)"
			: "waarde die het schema niet toestaat");
	return WH_OK;
}

static enum wh_err
check_entity(const struct rule *rule, const struct stuf_node *node,
    struct stuf_fault *fault)
{
	if (rule->entity == NULL ||
	    (node->entity == NULL && !rule->entity_required))
		return WH_OK;
	if (node->entity == NULL || strcmp(node->entity, rule->entity) != 0)
		return stuf_fault_set(fault, "StUF055", node,
		    "StUF:entiteittype moet %s zijn", rule->entity);
	return WH_OK;
}

/* NOLINTBEGIN(misc-no-recursion): as deep as the table. */
static enum wh_err check_inside(const struct rule *rules,
    const struct stuf_node *node, struct stuf_fault *fault);

static enum wh_err
check_node(const struct rule *rule, const struct stuf_node *node,
    struct stuf_fault *fault)
{
	enum wh_err err = check_entity(rule, node, fault);

	if (err != WH_OK)
		return err;
	if (node->is_nil) {
		if (!rule->nil || node->first != NULL || node->text[0] != '\0')
			return stuf_fault_set(fault, "StUF055", node,
			    "mag niet leeg zijn gemeld");
		return WH_OK;
	}
	if (rule->inside == NULL)
		return check_text(rule, node, fault);
	if (node->first == NULL &&
	    node->text[strspn(node->text, " \t\r\n")] != '\0')
		return stuf_fault_set(fault, "StUF055", node,
		    "hier horen elementen");
	return check_inside(rule->inside, node, fault);
}

static const char *
local_name(const char *tag)
{
	const char *colon = strchr(tag, ':');

	return colon == NULL ? tag : colon + 1;
}

static enum wh_err
check_inside(const struct rule *rules, const struct stuf_node *node,
    struct stuf_fault *fault)
{
	const struct stuf_node *child = node->first;
	enum wh_err err;

	for (; rules->tag != NULL; rules++) {
		unsigned count = 0;

		while (child != NULL && strcmp(child->tag, rules->tag) == 0) {
			if (++count > rules->max)
				return stuf_fault_set(fault, "StUF055", child,
				    "te vaak: ten hoogste %u keer", rules->max);
			err = check_node(rules, child, fault);
			if (err != WH_OK)
				return err;
			child = child->next;
		}
		if (count < rules->min)
			return stuf_fault_set(fault, "StUF055", node,
			    "verplicht element %s ontbreekt of staat verkeerd",
			    local_name(rules->tag));
	}
	if (child != NULL)
		return stuf_fault_set(fault, "StUF055", child,
		    "element dat hier niet hoort");
	return WH_OK;
}
/* NOLINTEND(misc-no-recursion) */

enum wh_err
stuf_shape_check(const struct stuf_node *root, struct stuf_fault *fault)
{
	return check_inside(rules_message, root, fault);
}
