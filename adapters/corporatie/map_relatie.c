/* SPDX-License-Identifier: EUPL-1.2 */
#include <string.h>

#include "adapters/corporatie/map.h"
#include "adapters/corporatie/vera.h"
#include "adapters/json.h"
#include "adapters/values.h"

/* Relatie -> CONTACT and ADDRESS: the members named here and no other. */

static const char *
first_of(const json_t *relatie, const char *a, const char *b)
{
	const char *text = json_text(relatie, a);

	return text[0] != '\0' ? text : json_text(relatie, b);
}

static enum wh_err
set_name(const json_t *relatie, json_t *contact, struct action *out)
{
	const char *surname = first_of(relatie, "achternaam", "geslachtsnaam");
	json_t *name;

	if (surname[0] == '\0')
		return map_vera_refuse(out, "VELD_ONTBREEKT",
		    "relatie.achternaam",
		    "ontbreekt; vul de relatie in het eigen systeem aan");
	name = json_object();
	json_set_text(name, "voorletters",
	    first_of(relatie, "voorletters", "initialen"));
	json_set_text(name, "voornamen",
	    first_of(relatie, "voornaam", "roepnaam"));
	json_set_text(name, "voorvoegsel",
	    json_text(relatie, "tussenvoegsels"));
	json_set_text(name, "achternaam", surname);
	json_object_set_new(contact, "naam", name);
	return WH_OK;
}

/* ICE is the number of somebody else, ONG no longer works. */
static bool
may_be_used(const json_t *entry)
{
	return strcmp(vera_code(entry, "detailSoort"), "ICE") != 0 &&
	       strcmp(vera_code(entry, "status"), "ONG") != 0 &&
	       json_text(entry, "waarde")[0] != '\0';
}

/* The first of this kind, or the one that is marked as first. */
static const char *
way_to_reach(const json_t *relatie, const char *kind)
{
	const json_t *list = json_object_get(relatie, "contactgegevens");
	const char *found = "";
	const json_t *entry;
	size_t i;

	json_array_foreach(list, i, entry)
	{
		if (strcmp(vera_code(entry, "soort"), kind) != 0 ||
		    !may_be_used(entry))
			continue;
		if (strcmp(vera_code(entry, "voorkeur"), "EER") == 0)
			return json_text(entry, "waarde");
		if (found[0] == '\0')
			found = json_text(entry, "waarde");
	}
	return found;
}

/*
 * VERA's own list first: its DUI is German, which is another language in
 * ISO 639-3, where VERA says that other codes come from.
 */
static enum wh_err
set_language(const json_t *relatie, json_t *contact, struct action *out)
{
	static const char *const known[][2] = {{"DUI", "deu"}, {"ENG", "eng"},
	    {"FRA", "fra"}, {"NLD", "nld"}, {"SPA", "spa"}, {"TUR", "tur"}};
	const char *code = vera_code(relatie, "voorkeurstaal");
	char small[4] = "";

	if (code[0] == '\0')
		return WH_OK;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (strcmp(known[i][0], code) == 0) {
			json_set_text(contact, "taal", known[i][1]);
			return WH_OK;
		}
	}
	if (strlen(code) != 3 ||
	    strspn(code,
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz") != 3)
		return map_vera_refuse(out, "VELD_ONJUIST",
		    "relatie.voorkeurstaal", "geen code van ISO 639-3");
	for (size_t i = 0; i < 3; i++)
		small[i] = (char)(code[i] | 0x20);
	json_set_text(contact, "taal", small);
	return WH_OK;
}

static enum wh_err
set_person(const json_t *relatie, json_t *contact, struct action *out)
{
	const char *born = json_text(relatie, "geboortedatum");
	const char *gender = values_gender(vera_code(relatie, "geslacht"));

	if (values_date(born) != WH_OK)
		return map_vera_refuse(out, "VELD_ONJUIST",
		    "relatie.geboortedatum", "geen datum JJJJ-MM-DD");
	json_set_text(contact, "geboortedatum", born);
	if (gender != NULL)
		json_set_text(contact, "geslacht", gender);
	return set_language(relatie, contact, out);
}

enum wh_err
map_vera_contact(const json_t *relatie, bool full, json_t *sections,
    struct action *out)
{
	json_t *contact = json_object();
	const char *phone = way_to_reach(relatie, "MOB");
	enum wh_err err;

	json_object_set_new(sections, "CONTACT", contact);
	if (phone[0] == '\0')
		phone = way_to_reach(relatie, "TEL");
	json_set_text(contact, "telefoon", phone);
	json_set_text(contact, "email", way_to_reach(relatie, "EMA"));
	err = set_name(relatie, contact, out);
	if (err == WH_OK && full)
		err = set_person(relatie, contact, out);
	return err;
}

/* Begun and not ended; a date that cannot be read is not in the way. */
static bool
holds_now(const json_t *entry, int64_t now_ms)
{
	int64_t at_ms;

	if (values_time(json_text(entry, "begindatum"), &at_ms) == WH_OK &&
	    at_ms > now_ms)
		return false;
	return values_time(json_text(entry, "einddatum"), &at_ms) != WH_OK ||
	       at_ms > now_ms;
}

static enum wh_err
find_address(const struct map_in *in, const json_t **adres, struct action *out)
{
	const json_t *list = json_object_get(in->relatie, "adressen");
	const json_t *found = NULL, *entry;
	size_t i;

	json_array_foreach(list, i, entry)
	{
		if (strcmp(vera_code(entry, "soort"), "WOO") != 0 ||
		    !holds_now(entry, in->now_ms))
			continue;
		if (found != NULL &&
		    !json_equal(found, json_object_get(entry, "adres")))
			return map_vera_refuse(out, "VELD_ONJUIST",
			    "relatie.adressen",
			    "meer dan een woonadres zonder einddatum; sluit "
			    "het oude af");
		found = json_object_get(entry, "adres");
	}
	if (!json_is_object(found))
		return map_vera_refuse(out, "VELD_ONTBREEKT",
		    "relatie.adressen",
		    "een geldig woonadres (soort WOO) ontbreekt");
	*adres = found;
	return WH_OK;
}

/* Its parts where they are given, else what stands in huisnummer itself. */
static enum wh_err
set_house_number(const json_t *adres, json_t *address, struct action *out)
{
	const char *letter = json_text(adres, "huisletter");
	const char *addition = json_text(adres, "huisnummerToevoeging");
	struct house_number house;

	if (values_house_number(json_text(adres, "huisnummer"), &house) !=
		WH_OK ||
	    (letter[0] != '\0' && house.letter[0] != '\0' &&
		strcmp(letter, house.letter) != 0) ||
	    (addition[0] != '\0' && house.addition[0] != '\0' &&
		strcmp(addition, house.addition) != 0))
		return map_vera_refuse(out, "VELD_ONJUIST",
		    "relatie.adressen.adres.huisnummer",
		    "geen huisnummer, of het spreekt huisletter of "
		    "huisnummerToevoeging tegen");
	json_set_text(address, "huisnummer", house.number);
	json_set_text(address, "huisletter",
	    letter[0] != '\0' ? letter : house.letter);
	json_set_text(address, "toevoeging",
	    addition[0] != '\0' ? addition : house.addition);
	return WH_OK;
}

enum wh_err
map_vera_address(const struct map_in *in, json_t *sections,
    const json_t **adres, struct action *out)
{
	json_t *address = json_object();
	char postcode[VALUES_POSTCODE_SIZE];
	enum wh_err err;

	json_object_set_new(sections, "ADDRESS", address);
	err = find_address(in, adres, out);
	if (err != WH_OK)
		return err;
	if (strcmp(vera_code(*adres, "soort"), "BUI") == 0 ||
	    strcmp(vera_code(*adres, "soort"), "POS") == 0)
		return map_vera_refuse(out, "VELD_ONJUIST",
		    "relatie.adressen.adres.soort",
		    "een woonadres in Nederland is nodig");
	if (values_postcode(json_text(*adres, "postcode"), postcode) != WH_OK)
		return map_vera_refuse(out, "VELD_ONJUIST",
		    "relatie.adressen.adres.postcode", "geen postcode");
	json_set_text(address, "postcode", postcode);
	err = set_house_number(*adres, address, out);
	json_set_text(address, "straat", json_text(*adres, "straatnaam"));
	json_set_text(address, "plaats",
	    json_text(json_object_get(*adres, "woonplaats"), "naam"));
	return err;
}
