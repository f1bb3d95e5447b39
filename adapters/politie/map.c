/* SPDX-License-Identifier: EUPL-1.2 */
#include "adapters/politie/map.h"

#include <stdio.h>
#include <string.h>

#include "adapters/politie/map_text.h"
#include "adapters/values.h"
#include "proto/base/hash.h"
#include "proto/base/mem.h"
#include "proto/base/text.h"
#include "proto/limits.h"
#include "proto/terms.h"

#define OBJECT    "JZ:object"
#define CONTROL   "JZ:stuurgegevens"
#define SUBJECT   OBJECT "/ZKN:heeftBetrekkingOp"
#define PERSON    SUBJECT "/ZKN:gerelateerde/ZKN:natuurlijkPersoon"
#define SITUATION OBJECT "/ZKN:betreft/ZKN:gerelateerde"
#define UNIT      "/ZKN:gerelateerde/ZKN:organisatorischeEenheid"

#define KENMERK_MAX 64

/* Absent stays absent: nothing is set for NULL. */
static void
set_text(json_t *object, const char *key, const char *text)
{
	if (text != NULL)
		json_object_set_new(object, key, json_string(text));
}

static json_t *
map_name(const struct stuf_node *person)
{
	json_t *name = json_object();

	set_text(name, "voornamen", stuf_text(person, "BG:voornamen"));
	set_text(name, "voorvoegsel",
	    stuf_text(person, "BG:voorvoegselGeslachtsnaam"));
	set_text(name, "achternaam", stuf_text(person, "BG:geslachtsnaam"));
	return name;
}

static void
map_birth_date(const struct stuf_node *person, json_t *contact)
{
	const struct stuf_node *node = stuf_at(person, "BG:geboortedatum");
	char date[VALUES_DATE_SIZE];

	if (node == NULL || node->is_nil ||
	    values_date_from_stuf(node->text, node->incomplete, date) !=
		WH_OK ||
	    date[0] == '\0')
		return;
	set_text(contact, "geboortedatum", date);
}

static enum wh_err
map_contact(const struct stuf_node *root, json_t *sections,
    struct stuf_fault *fault)
{
	const struct stuf_node *person = stuf_at(root, PERSON);
	json_t *contact = json_object();

	json_object_set_new(sections, "CONTACT", contact);
	if (stuf_text(person, "BG:geslachtsnaam") == NULL &&
	    stuf_text(person, "BG:voornamen") == NULL)
		return stuf_fault_set(fault, "StUF055", person,
		    "zonder naam is niemand te vinden");
	json_object_set_new(contact, "naam", map_name(person));
	map_birth_date(person, contact);
	set_text(contact, "geslacht",
	    values_gender(stuf_text(person, "BG:geslachtsaanduiding")));
	set_text(contact, "telefoon",
	    stuf_text(person, "BG:sub.telefoonnummer"));
	set_text(contact, "email", stuf_text(person, "BG:sub.emailadres"));
	set_text(contact, "taal",
	    values_language(stuf_text(person, "BG:taal/BG:omschrijving")));
	return WH_OK;
}

/* Where somebody lives before where they are registered before the rest. */
static unsigned
address_rank(const struct stuf_node *address)
{
	const char *kind = stuf_text(address, "BG:soortadres");

	if (kind == NULL)
		return 3;
	return strcmp(kind, "02") == 0 ? 0 : strcmp(kind, "03") == 0 ? 1 : 2;
}

static const struct stuf_node *
best_address(const struct stuf_node *person)
{
	const struct stuf_node *best = NULL;
	const struct stuf_node *at = stuf_child(person, "BG:adres");

	for (; at != NULL; at = stuf_again(at)) {
		if (!at->is_nil &&
		    (best == NULL || address_rank(at) < address_rank(best)))
			best = at;
	}
	return best;
}

static void
map_dutch_address(const struct stuf_node *from, json_t *out)
{
	const char *letter = stuf_text(from, "BG:aoa.huisletter");
	struct house_number house = {.letter = ""};
	char text[16];

	set_text(out, "postcode", stuf_text(from, "BG:aoa.postcode"));
	if (stuf_text(from, "BG:aoa.huisnummer") != NULL &&
	    values_house_number(stuf_text(from, "BG:aoa.huisnummer"), &house) ==
		WH_OK)
		set_text(out, "huisnummer", house.number);
	if (letter != NULL && snprintf(text, sizeof(text), "1%s", letter) > 0 &&
	    values_house_number(text, &house) == WH_OK)
		set_text(out, "huisletter", house.letter);
	set_text(out, "toevoeging",
	    stuf_text(from, "BG:aoa.huisnummertoevoeging"));
	set_text(out, "straat", stuf_text(from, "BG:gor.openbareRuimteNaam"));
	set_text(out, "plaats", stuf_text(from, "BG:wpl.woonplaatsNaam"));
}

/* Abroad there are lines: the first is the street, the rest is where. */
static void
map_foreign_address(const struct stuf_node *from, json_t *out)
{
	static const char *const rest[] = {"BG:sub.adresBuitenland2",
	    "BG:sub.adresBuitenland3", "BG:lnd.landnaam"};
	struct map_text place = {.heap = NULL};

	set_text(out, "straat", stuf_text(from, "BG:sub.adresBuitenland1"));
	for (size_t i = 0; i < sizeof(rest) / sizeof(rest[0]); i++) {
		const char *line = stuf_text(from, rest[i]);

		if (line != NULL)
			map_text_add(&place, "%s%s", place.len == 0 ? "" : ", ",
			    line);
	}
	set_text(out, "plaats", place.heap);
	map_text_fini(&place);
}

static void
map_address(const struct stuf_node *root, json_t *sections)
{
	const struct stuf_node *best = best_address(stuf_at(root, PERSON));
	const struct stuf_node *dutch = stuf_child(best, "BG:nederlandsadres");
	json_t *address = json_object();

	if (dutch != NULL && !dutch->is_nil)
		map_dutch_address(dutch, address);
	else
		map_foreign_address(stuf_child(best, "BG:buitenlandsAdres"),
		    address);
	if (json_object_size(address) > 0)
		json_object_set(sections, "ADDRESS", address);
	json_decref(address);
}

static enum wh_err
check_addresses(const struct stuf_node *root, struct stuf_fault *fault)
{
	const struct stuf_node *at =
	    stuf_child(stuf_at(root, PERSON), "BG:adres");

	for (; at != NULL; at = stuf_again(at)) {
		bool dutch = stuf_child(at, "BG:nederlandsadres") != NULL;
		bool abroad = stuf_child(at, "BG:buitenlandsAdres") != NULL;

		if (!at->is_nil && dutch == abroad)
			return stuf_fault_set(fault, "StUF055", at,
			    "precies een van nederlandsadres en "
			    "buitenlandsAdres");
	}
	return WH_OK;
}

static const char *
yes_or_no(const char *text)
{
	if (text == NULL)
		return NULL;
	return strcmp(text, "Ja") == 0 ? "ja" : "nee";
}

static void
map_incident(const struct stuf_node *root, json_t *safety)
{
	const struct stuf_node *from =
	    stuf_at(root, SITUATION "/JZ:kent/JZ:gerelateerde");
	const char *digits = stuf_text(from, "JZ:datumTijd");
	struct map_text what = {.heap = NULL};
	char time[VALUES_TIME_SIZE];
	json_t *incident;

	if (from == NULL || from->is_nil)
		return;
	incident = json_object();
	if (digits == NULL)
		digits = stuf_text(from, "JZ:periodeVanTot/JZ:datumtijdBegin");
	if (digits != NULL && values_time_from_stuf(digits, time) == WH_OK)
		set_text(incident, "op", time);
	map_text_add(&what, "%s", map_text_or(from, "JZ:omschrijving", ""));
	digits = stuf_text(from, "JZ:periodeVanTot/JZ:datumtijdEinde");
	if (digits != NULL && values_time_from_stuf(digits, time) == WH_OK)
		map_text_add(&what, "%s(tot %s)", what.len == 0 ? "" : " ",
		    time);
	if (what.len > 0)
		set_text(incident, "omschrijving", what.heap);
	set_text(incident, "locatie", stuf_text(from, "JZ:locatieAanduiding"));
	json_object_set_new(safety, "incidenten", json_pack("[o]", incident));
	map_text_fini(&what);
}

/* A section holds so much; what would not fit is refused, never cut. */
static enum wh_err
put_text(json_t *section, const char *text, const struct stuf_node *where,
    struct stuf_fault *fault)
{
	if (strlen(text) > SECTION_TEXT_MAX) {
		(void)stuf_fault_set(fault, "StUF055", where,
		    "te lang: met wat erbij hoort hoogstens %u bytes",
		    SECTION_TEXT_MAX);
		return WH_TOO_BIG;
	}
	set_text(section, "tekst", text);
	return WH_OK;
}

static enum wh_err
map_safety(const struct stuf_node *root, json_t *sections,
    struct stuf_fault *fault)
{
	const struct stuf_node *subject = stuf_at(root, SUBJECT);
	struct map_text text = {.heap = NULL};
	json_t *safety = json_object();
	enum wh_err err;

	json_object_set_new(sections, "SAFETY", safety);
	map_text_story(root, &text);
	err = put_text(safety, text.heap,
	    stuf_at(root, SITUATION "/JZ:omschrijvingZorgelijkeSituatie"),
	    fault);
	map_text_fini(&text);
	set_text(safety, "hoedanigheid",
	    stuf_text(subject, "ZKN:hoedanigheid"));
	set_text(safety, "geinformeerd",
	    yes_or_no(stuf_text(subject,
		"ZKN:informering/BG:indicatieGeinformeerd")));
	set_text(safety, "reactie",
	    stuf_text(subject, "ZKN:informering/BG:reactie"));
	map_incident(root, safety);
	return err;
}

/* The life areas that type zorgmelding has in the covenant. */
static const enum category life_areas[] = {CATEGORY_FINANCE, CATEGORY_BEHAVIOUR,
    CATEGORY_HOUSING, CATEGORY_RELATIONSHIPS, CATEGORY_MENTAL_HEALTH,
    CATEGORY_PHYSICAL_HEALTH, CATEGORY_ADDICTION, CATEGORY_NETWORK};

static const char *
life_area_name(const char *code)
{
	for (size_t i = 0; i < sizeof(life_areas) / sizeof(life_areas[0]);
	     i++) {
		char text[8];

		(void)snprintf(text, sizeof(text), "%02u",
		    category_leefgebied(life_areas[i]) % 100u);
		if (strcmp(text, code) == 0)
			return terms_text(TERMS_CATEGORIES, life_areas[i]);
	}
	return NULL;
}

/* The same area may come twice: then both texts are in it. */
static enum wh_err
map_life_area(const struct stuf_node *from, json_t *sections,
    struct stuf_fault *fault)
{
	const struct stuf_node *code = stuf_child(from, "JZ:leefgebiedCode");
	const char *name = life_area_name(code->text);
	struct map_text text = {.heap = NULL};
	json_t *section;
	enum wh_err err;

	if (name == NULL)
		return stuf_fault_set(fault, "StUF055", code,
		    "leefgebied hoort niet bij een zorgmelding aan dit team");
	section = json_object_get(sections, name);
	if (section == NULL) {
		section = json_object();
		json_object_set_new(sections, name, section);
	} else {
		map_text_add(&text, "%s\n\n",
		    json_string_value(json_object_get(section, "tekst")));
	}
	map_text_add(&text, "%s",
	    map_text_or(from, "JZ:toelichting", "(zonder toelichting)"));
	err = put_text(section, text.heap, stuf_child(from, "JZ:toelichting"),
	    fault);
	map_text_fini(&text);
	return err;
}

static enum wh_err
map_sections(const struct stuf_node *root, json_t *sections,
    struct stuf_fault *fault)
{
	const struct stuf_node *area =
	    stuf_child(stuf_at(root, SITUATION), "JZ:leefgebied");
	enum wh_err err = check_addresses(root, fault);

	if (err == WH_OK)
		err = map_contact(root, sections, fault);
	if (err == WH_OK)
		err = map_safety(root, sections, fault);
	if (err != WH_OK)
		return err;
	map_address(root, sections);
	for (; area != NULL && err == WH_OK; area = stuf_again(area))
		err = map_life_area(area, sections, fault);
	return err;
}

enum wh_err
map_recipient(const char *recipients, const char *number,
    char out[MAP_MEMBER_SIZE])
{
	size_t len = strlen(number);

	while (*recipients != '\0') {
		size_t entry = strcspn(recipients, " \t\n");

		if (len > 0 && entry > len + 1 &&
		    entry - len - 1 < MAP_MEMBER_SIZE &&
		    strncmp(recipients, number, len) == 0 &&
		    recipients[len] == '=') {
			memcpy(out, recipients + len + 1, entry - len - 1);
			out[entry - len - 1] = '\0';
			return WH_OK;
		}
		recipients += entry + strspn(recipients + entry, " \t\n");
	}
	return WH_NOT_FOUND;
}

static enum wh_err
map_to(const struct map_settings *settings, const struct stuf_node *root,
    json_t *body, struct stuf_fault *fault)
{
	const struct stuf_node *unit =
	    stuf_at(root, OBJECT "/ZKN:heeftAlsUitvoerende" UNIT);
	const char *number = stuf_text(unit, "ZKN:identificatie");
	const char *member = settings->member;
	char found[MAP_MEMBER_SIZE];

	if (settings->recipients != NULL) {
		if (number == NULL ||
		    map_recipient(settings->recipients, number, found) != WH_OK)
			return stuf_fault_set(fault, "StUF010", unit,
			    "onbekende ontvanger: geen lid onder dit nummer");
		member = found;
	}
	json_object_set_new(body, "naar", json_pack("{s:s}", "lid", member));
	return WH_OK;
}

/*
 * Sender and reference, by which StUF says a message is unique. Readable when
 * it fits and cannot be read two ways, else the SHA-256 of its parts.
 */
static void
map_kenmerk(const struct stuf_node *root, json_t *body)
{
	static const char *const paths[] = {CONTROL
	    "/StUF:zender/StUF:organisatie",
	    CONTROL "/StUF:zender/StUF:applicatie",
	    CONTROL "/StUF:zender/StUF:administratie",
	    CONTROL "/StUF:referentienummer"};
	struct map_text plain = {.heap = NULL};
	struct span parts[4];
	char hex[2 * HASH_LEN + 1];
	bool ambiguous = false;
	struct hash hash;

	for (size_t i = 0; i < 4; i++) {
		const char *text = stuf_text(root, paths[i]);

		text = text == NULL ? "" : text;
		parts[i] = span_of(text, strlen(text) + 1);
		ambiguous = ambiguous || (i < 3 && strchr(text, '/') != NULL);
		if (i != 2 || text[0] != '\0')
			map_text_add(&plain, "%s%s", i == 0 ? "" : "/", text);
	}
	/* With an administratie it reads like a reference with a slash. */
	ambiguous = ambiguous || parts[2].len > 1;
	if (!ambiguous && plain.len <= KENMERK_MAX) {
		set_text(body, "kenmerk", plain.heap);
	} else {
		hash = hash_spans(parts, 4);
		hex_encode(span_of(hash.b, HASH_LEN), hex);
		set_text(body, "kenmerk", hex);
	}
	map_text_fini(&plain);
}

static json_t *
system_json(const struct stuf_node *system)
{
	json_t *out = json_object();

	set_text(out, "organisatie", stuf_text(system, "StUF:organisatie"));
	set_text(out, "applicatie", stuf_text(system, "StUF:applicatie"));
	set_text(out, "administratie", stuf_text(system, "StUF:administratie"));
	return out;
}

static json_t *
unit_json(const struct stuf_node *root, const char *path)
{
	const struct stuf_node *unit = stuf_at(root, path);
	json_t *out = json_object();

	set_text(out, "identificatie", stuf_text(unit, "ZKN:identificatie"));
	set_text(out, "naam", stuf_text(unit, "ZKN:naam"));
	return out;
}

/* What an outcome needs later on; it stays in this adapter's own store. */
static json_t *
map_source(const struct stuf_node *root)
{
	const char *wanted =
	    stuf_text(root, OBJECT "/JZ:indicatieTerugkoppelingGewenst");
	json_t *out = json_object();

	json_object_set_new(out, "zender",
	    system_json(stuf_at(root, CONTROL "/StUF:zender")));
	json_object_set_new(out, "ontvanger",
	    system_json(stuf_at(root, CONTROL "/StUF:ontvanger")));
	set_text(out, "referentienummer",
	    stuf_text(root, CONTROL "/StUF:referentienummer"));
	set_text(out, "identificatie",
	    stuf_text(root, OBJECT "/ZKN:identificatie"));
	set_text(out, "soortmeldingCode",
	    stuf_text(root, OBJECT "/JZ:soortmeldingCode"));
	json_object_set_new(out, "initiator",
	    unit_json(root, OBJECT "/ZKN:heeftAlsInitiator" UNIT));
	json_object_set_new(out, "uitvoerende",
	    unit_json(root, OBJECT "/ZKN:heeftAlsUitvoerende" UNIT));
	json_object_set_new(out, "indicatieTerugkoppelingGewenst",
	    json_string(wanted == NULL ? "Nee" : wanted));
	return out;
}

enum wh_err
map_referral(const struct map_settings *settings, const struct stuf_node *root,
    json_t **body, struct stuf_fault *fault)
{
	json_t *sections = json_object();
	json_t *out = json_pack("{s:s, s:s, s:o}", "type", "zorgmelding",
	    "urgentie", "normaal", "gegevens", sections);
	enum wh_err err = map_to(settings, root, out, fault);

	if (err == WH_OK)
		err = map_sections(root, sections, fault);
	if (err != WH_OK) {
		json_decref(out);
		return err;
	}
	json_object_set_new(out, "grondslag",
	    json_pack("{s:s, s:s, s:s}", "soort", "POLICE_WPG", "instrument",
		"wpg-zorgmelding", "besluit", settings->decision));
	set_text(out, "client", stuf_text(root, OBJECT "/ZKN:identificatie"));
	map_kenmerk(root, out);
	json_object_set_new(out, "bron", map_source(root));
	*body = out;
	return WH_OK;
}
