/* SPDX-License-Identifier: EUPL-1.2 */
#include <string.h>

#include "adapters/corporatie/map.h"
#include "adapters/corporatie/vera.h"
#include "adapters/json.h"
#include "adapters/values.h"

/*
 * A referral that we received, as a document in their system: damp and mould
 * as an Onderhoudsverzoek, anything else as a Zaak. Health, household and other
 * sections stay in the hub's inbox, and the document says that there is more.
 * oorzaak is never filled: BEW ("bewonersgedrag") is for an inspection to
 * conclude, not for a referral to suggest.
 */

struct word {
	const char *text;
	const char *code;
};

static const struct word defects[] = {
    {"vocht", "VOC"},
    {"vochtig", "VOC"},
    {"nat", "VOC"},
    {"schimmel", "SCH"},
    {"lekkage", "LEK"},
    {"lek", "LEK"},
    {"lekt", "LEK"},
    {"druppelt", "DRP"},
    {"tocht", "TOC"},
    {"ventilatie", "ONA"},
    {"afzuiging", "ONA"},
    {"kou", "TEM"},
    {"temperatuur", "TEM"},
    {"houtrot", "HOR"},
    {"stank", "STI"},
    {"gaslucht", "GAS"},
    {"verf", "VBI"},
    {"verstopping", "VS0"},
    {"kakkerlakken", "KKL"},
    {"muizen", "MUI"},
    {"ratten", "RAT"},
    {"vlooien", "VLO"},
    {"wandluizen", "WAN"},
    {"zilvervisjes", "ZIL"},
    {NULL, NULL},
};

static const struct word places[] = {
    {"slaapkamer", "SLA"},
    {"kinderkamer", "SLA"},
    {"badkamer", "BAD"},
    {"douche", "BAD"},
    {"woonkamer", "WOO"},
    {"keuken", "KEU"},
    {"zolder", "ZOL"},
    {"toilet", "TOI"},
    {"wc", "TOI"},
    {"hal", "HAL"},
    {"gang", "HAL"},
    {"overloop", "OVL"},
    {"trap", "TRA"},
    {"portiek", "POR"},
    {"trappenhuis", "POR"},
    {"berging", "BER"},
    {"bijkeuken", "BIJ"},
    {"kelder", "KEL"},
    {"kruipruimte", "KRU"},
    {"balkon", "BAL"},
    {"dak", "DAK"},
    {"gevel", "BUI"},
    {NULL, NULL},
};

/* NUISANCE.soort -> ZAAKTYPEDETAILSOORT under SOC. */
static const struct word nuisances[] = {
    {"geluid", "GEL"},
    {"geluidsoverlast", "GEL"},
    {"burenruzie", "RUZ"},
    {"stank", "STA"},
    {"stankoverlast", "STA"},
    {"dieren", "DIE"},
    {"huisdieren", "DIE"},
    {"vervuiling", "VUI"},
    {"vandalisme", "VAN"},
    {NULL, NULL},
};

/* Titles of the types that a corporatie receives. */
static const struct word titles[] = {
    {"vocht-schimmel", "Vocht en schimmel"},
    {"woonoverlast", "Woonoverlast"},
    {"passend-wonen", "Passend wonen"},
    {NULL, NULL},
};

/* The whole word, in any case; NULL when it is not in the table. */
static const char *
find_word(const struct word *words, const char *text)
{
	for (; words->text != NULL; words++) {
		if (strcasecmp(words->text, text) == 0)
			return words->code;
	}
	return NULL;
}

static const json_t *
section(const json_t *dossier, const char *name)
{
	return json_object_get(json_object_get(dossier, "gegevens"), name);
}

static void
copy(json_t *out, const char *to, const json_t *from, const char *key)
{
	if (json_text(from, key)[0] != '\0')
		json_object_set(out, to, json_object_get(from, key));
}

static const char *
title_of(const json_t *dossier)
{
	const char *title = find_word(titles, json_text(dossier, "type"));

	return title == NULL ? "Verwijzing via wijkhub" : title;
}

static void
made_at(const json_t *dossier, int64_t now_ms, char out[VERA_TIME_SIZE])
{
	int64_t at_ms;

	if (values_time(json_text(dossier, "aangemaakt"), &at_ms) != WH_OK)
		at_ms = now_ms;
	vera_time(at_ms, out);
}

/* Does the referral hold more than a document of theirs is given? */
static bool
has_more(const json_t *dossier, const char *const *given)
{
	json_t *sections = json_object_get(dossier, "gegevens");
	const char *name;
	json_t *value;
	size_t i;

	json_object_foreach(sections, name, value)
	{
		for (i = 0; given[i] != NULL; i++) {
			if (strcmp(given[i], name) == 0)
				break;
		}
		if (given[i] == NULL)
			return true;
	}
	return false;
}

/* "Slotermeerlaan 9999-2, 1064HA Amsterdam" */
static json_t *
address_text(const json_t *address)
{
	bool addition = json_text(address, "toevoeging")[0] != '\0';

	return json_sprintf("%s %s%s%s%s, %s %s", json_text(address, "straat"),
	    json_text(address, "huisnummer"), json_text(address, "huisletter"),
	    addition ? "-" : "", json_text(address, "toevoeging"),
	    json_text(address, "postcode"), json_text(address, "plaats"));
}

/* Who sent it, from where, and that there is more to read. */
static void
add_attributes(const json_t *dossier, const char *const *given, json_t *out)
{
	const json_t *address = section(dossier, "ADDRESS");
	json_t *text;

	vera_attribute_add(out, "wijkhub-verwijzing", json_text(dossier, "id"));
	vera_attribute_add(out, "wijkhub-van",
	    json_text(json_object_get(dossier, "van"), "lid"));
	if (strcmp(json_text(dossier, "urgentie"), "spoed") == 0)
		vera_attribute_add(out, "wijkhub-urgentie", "spoed");
	if (json_is_object(address)) {
		text = address_text(address);
		vera_attribute_add(out, "wijkhub-adres",
		    json_string_value(text));
		json_decref(text);
	}
	if (has_more(dossier, given))
		vera_attribute_add(out, "wijkhub-meer",
		    "overige gegevens staan in de inbox van wijkhub");
}

static void
add_way(json_t *list, const char *kind, const char *value)
{
	if (value[0] != '\0')
		json_array_append_new(list,
		    json_pack("{s:o, s:s}", "soort",
			vera_ref(VERA_CONTACTGEGEVENSOORT, kind), "waarde",
			value));
}

/* A Dutch number that starts with 06 is a mobile one. */
static const char *
phone_kind(const char *phone)
{
	char number[VALUES_PHONE_SIZE];

	return values_phone(phone, number) == WH_OK &&
		       strncmp(number, "+316", 4) == 0
		   ? "MOB"
		   : "TEL";
}

/* The name only: no BSN, no gender, no birth date. */
static json_t *
person(const json_t *contact)
{
	const json_t *name = json_object_get(contact, "naam");
	json_t *out =
	    json_pack("{s:o}", "soort", vera_ref(VERA_RELATIESOORT, "NAT"));

	copy(out, "voorletters", name, "voorletters");
	copy(out, "voornaam", name, "voornamen");
	copy(out, "tussenvoegsels", name, "voorvoegsel");
	copy(out, "achternaam", name, "achternaam");
	return out;
}

static bool
may_be_called(const json_t *contact)
{
	return !json_is_true(json_object_get(contact, "nietBenaderen"));
}

/* Safe ways come before all others; "do not contact" leaves none. */
static void
set_person(const json_t *contact, json_t *out)
{
	json_t *one, *ways;

	if (!json_is_object(contact))
		return;
	one = person(contact);
	ways = json_array();
	if (may_be_called(contact)) {
		const char *phone = json_text(contact, "telefoon");

		add_way(ways, phone_kind(phone), phone);
		add_way(ways, "EMA", json_text(contact, "email"));
	}
	if (json_array_size(ways) > 0)
		json_object_set(one, "contactgegevens", ways);
	json_decref(ways);
	json_object_set_new(out, "relaties", json_pack("[o]", one));
	if (!may_be_called(contact))
		json_object_set_new(out, "alternatiefContactgegeven",
		    json_string("Niet zelf benaderen: overleg met de verwijzer "
				"via wijkhub"));
	else
		copy(out, "alternatiefContactgegeven", contact,
		    "veiligContact");
}

/* Words that are in no table stay readable in the omschrijving. */
static json_t *
defect(const json_t *gebrek, const char *at)
{
	const char *kind = json_text(gebrek, "soort");
	const char *place = json_text(gebrek, "locatie");
	const char *text = json_text(gebrek, "omschrijving");
	const char *code = find_word(defects, kind);
	const char *where = find_word(places, place);
	bool odd_kind = code == NULL && kind[0] != '\0';
	bool odd_place = where == NULL && place[0] != '\0';
	json_t *out = json_pack("{s:o, s:o, s:s}", "soort",
	    vera_ref(VERA_DEFECTSOORT, code == NULL ? "OVE" : code), "status",
	    vera_ref(VERA_DEFECTSTATUS, "MEL"), "melddatum", at);

	if (place[0] != '\0')
		json_object_set_new(out, "locatie",
		    vera_ref(VERA_DEFECTLOCATIE,
			where == NULL ? "OVE" : where));
	if (odd_kind || odd_place || text[0] != '\0')
		json_object_set_new(out, "omschrijving",
		    json_sprintf("%s%s%s%s%s", odd_kind ? kind : "",
			odd_kind && odd_place ? ", " : "",
			odd_place ? place : "",
			(odd_kind || odd_place) && text[0] != '\0' ? ": " : "",
			text));
	return out;
}

static void
set_defects(const json_t *housing, const char *at, json_t *out)
{
	const json_t *list = json_object_get(housing, "gebreken");
	const json_t *gebrek;
	json_t *made;
	size_t i;

	if (json_array_size(list) == 0)
		return;
	made = json_array();
	json_array_foreach(list, i, gebrek)
	{
		json_array_append_new(made, defect(gebrek, at));
	}
	json_object_set_new(out, "defecten", made);
}

static void
set_dwelling(const json_t *address, const char *key, bool list, json_t *out)
{
	const char *id = json_text(address, "eenheid");
	json_t *keys;

	if (id[0] == '\0')
		return;
	keys = json_pack("{s:s}", "idExtern", id);
	json_object_set_new(out, key, list ? json_pack("[o]", keys) : keys);
}

json_t *
map_vera_onderhoudsverzoek(const json_t *dossier, int64_t now_ms)
{
	static const char *const given[] = {"CONTACT", "ADDRESS", "HOUSING",
	    NULL};
	const json_t *housing = section(dossier, "HOUSING");
	const char *text = json_text(housing, "tekst");
	char at[VERA_TIME_SIZE];
	json_t *out;

	made_at(dossier, now_ms, at);
	out = json_pack("{s:o, s:s, s:o, s:o, s:s}", "idExtern",
	    json_sprintf("WH-%s", json_text(dossier, "id")), "omschrijving",
	    text[0] == '\0' ? title_of(dossier) : text, "onderhoudSoort",
	    vera_ref(VERA_ONDERHOUDSOORT, "REP"), "status",
	    vera_ref(VERA_ONDERHOUDSVERZOEKSTATUS, "REG"), "melddatum", at);
	set_defects(housing, at, out);
	set_dwelling(section(dossier, "ADDRESS"), "eenheid", false, out);
	set_person(section(dossier, "CONTACT"), out);
	add_attributes(dossier, given, out);
	return out;
}

static json_t *
zaaktype(const json_t *dossier)
{
	const char *code = find_word(nuisances,
	    json_text(section(dossier, "NUISANCE"), "soort"));

	return json_pack("{s:o, s:o, s:o}", "soort",
	    vera_ref(VERA_ZAAKTYPESOORT, "SOC"), "detailSoort",
	    vera_ref(VERA_ZAAKTYPEDETAILSOORT, code == NULL ? "OVE" : code),
	    "vertrouwelijkheid", vera_ref(VERA_VERTROUWELIJKHEID, "VER"));
}

/* Who asks: an organisation, by its name in the covenant. */
static json_t *
reporter(const json_t *dossier)
{
	return json_pack("[{s:o, s:s, s:s}]", "soort",
	    vera_ref(VERA_ZAAKROL, "MEL"), "omschrijving",
	    json_text(json_object_get(dossier, "van"), "lid"), "toelichtingRol",
	    "Verwijzer via wijkhub");
}

/*
 * Zaken-NatuurlijkPersoon has no telephone or address, on purpose: the one who
 * takes the Zaak reads them in the inbox.
 */
json_t *
map_vera_melding(const json_t *dossier, int64_t now_ms)
{
	static const char *const given[] = {"ADDRESS", "NUISANCE", "REQUEST",
	    NULL};
	const char *nuisance = json_text(section(dossier, "NUISANCE"), "tekst");
	const char *request = json_text(section(dossier, "REQUEST"), "tekst");
	const json_t *contact = section(dossier, "CONTACT");
	bool both = nuisance[0] != '\0' && request[0] != '\0';
	char at[VERA_TIME_SIZE];
	json_t *out;

	made_at(dossier, now_ms, at);
	out = json_pack("{s:o, s:s, s:o, s:s, s:o, s:o, s:[{s:o, s:s}]}",
	    "idExtern", json_sprintf("WH-%s", json_text(dossier, "id")),
	    "omschrijving", title_of(dossier), "toelichting",
	    json_sprintf("%s%s%s", nuisance, both ? "\n\n" : "", request),
	    "registratiedatum", at, "zaaktype", zaaktype(dossier), "rollen",
	    reporter(dossier), "zaakstatussen", "soort",
	    vera_ref(VERA_ZAAKSTATUSSOORT, "AAN"), "begindatum", at);
	if (json_is_object(contact))
		json_object_set_new(out, "relaties",
		    json_pack("[o]", person(contact)));
	set_dwelling(section(dossier, "ADDRESS"), "eenheden", true, out);
	add_attributes(dossier, given, out);
	return out;
}
