/* SPDX-License-Identifier: EUPL-1.2 */
#include "adapters/politie/map.h"

#include <stdio.h>
#include <string.h>

#include "adapters/politie/map_person.h"
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

static const char *
yes_or_no(const char *text)
{
	if (text == NULL)
		return NULL;
	return strcmp(text, "Ja") == 0 ? "ja" : "nee";
}

/* " (tot ...)" behind what there is. */
static void
add_moment(struct map_text *what, const char *word, const char *digits)
{
	char time[VALUES_TIME_SIZE];

	if (digits != NULL && values_time_from_stuf(digits, time) == WH_OK)
		map_text_add(what, "%s(%s %s)", what->len == 0 ? "" : " ", word,
		    time);
}

/* A day without an hour goes into the words: the field wants a moment. */
static enum wh_err
map_incident(const struct stuf_node *root, json_t *safety,
    struct stuf_fault *fault)
{
	const struct stuf_node *from =
	    stuf_at(root, SITUATION "/JZ:kent/JZ:gerelateerde");
	const char *where = stuf_text(from, "JZ:locatieAanduiding");
	const char *from_time = stuf_text(from, "JZ:datumTijd");
	struct map_text what = {.heap = NULL};
	char time[VALUES_TIME_SIZE];
	json_t *incident = json_object();
	bool fits;

	if (from_time == NULL)
		from_time =
		    stuf_text(from, "JZ:periodeVanTot/JZ:datumtijdBegin");
	map_text_add(&what, "%s", map_text_or(from, "JZ:omschrijving", ""));
	if (from_time != NULL && strlen(from_time) == 8)
		add_moment(&what, "op", from_time);
	else if (from_time != NULL &&
		 values_time_from_stuf(from_time, time) == WH_OK)
		map_text_set(incident, "op", time);
	add_moment(&what, "tot",
	    stuf_text(from, "JZ:periodeVanTot/JZ:datumtijdEinde"));
	if (what.len > 0)
		map_text_set(incident, "omschrijving", what.heap);
	map_text_set(incident, "locatie", where);
	fits = what.len <= SECTION_REMARK_MAX &&
	       (where == NULL || strlen(where) <= SECTION_NAME_MAX);
	if (json_object_size(incident) > 0)
		json_object_set_new(safety, "incidenten",
		    json_pack("[O]", incident));
	json_decref(incident);
	map_text_fini(&what);
	if (fits)
		return WH_OK;
	(void)stuf_fault_set(fault, "StUF055", from,
	    "te lang: omschrijving hoogstens %d bytes, locatie %d",
	    SECTION_REMARK_MAX, SECTION_NAME_MAX);
	return WH_TOO_BIG;
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
	map_text_set(section, "tekst", text);
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
	map_text_set(safety, "hoedanigheid",
	    stuf_text(subject, "ZKN:hoedanigheid"));
	map_text_set(safety, "geinformeerd",
	    yes_or_no(stuf_text(subject,
		"ZKN:informering/BG:indicatieGeinformeerd")));
	map_text_set(safety, "reactie",
	    stuf_text(subject, "ZKN:informering/BG:reactie"));
	return err == WH_OK ? map_incident(root, safety, fault) : err;
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
	enum wh_err err = map_person_check(root, fault);

	if (err == WH_OK)
		err = map_person_contact(root, sections, fault);
	if (err == WH_OK)
		err = map_safety(root, sections, fault);
	if (err != WH_OK)
		return err;
	map_person_address(root, sections);
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
		map_text_set(body, "kenmerk", plain.heap);
	} else {
		hash = hash_spans(parts, 4);
		hex_encode(span_of(hash.b, HASH_LEN), hex);
		map_text_set(body, "kenmerk", hex);
	}
	map_text_fini(&plain);
}

static json_t *
system_json(const struct stuf_node *system)
{
	json_t *out = json_object();

	map_text_set(out, "organisatie", stuf_text(system, "StUF:organisatie"));
	map_text_set(out, "applicatie", stuf_text(system, "StUF:applicatie"));
	map_text_set(out, "administratie",
	    stuf_text(system, "StUF:administratie"));
	return out;
}

static json_t *
unit_json(const struct stuf_node *root, const char *path)
{
	const struct stuf_node *unit = stuf_at(root, path);
	json_t *out = json_object();

	map_text_set(out, "identificatie",
	    stuf_text(unit, "ZKN:identificatie"));
	map_text_set(out, "naam", stuf_text(unit, "ZKN:naam"));
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
	map_text_set(out, "referentienummer",
	    stuf_text(root, CONTROL "/StUF:referentienummer"));
	map_text_set(out, "identificatie",
	    stuf_text(root, OBJECT "/ZKN:identificatie"));
	map_text_set(out, "soortmeldingCode",
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
	map_text_set(out, "client",
	    stuf_text(root, OBJECT "/ZKN:identificatie"));
	map_kenmerk(root, out);
	json_object_set_new(out, "bron", map_source(root));
	*body = out;
	return WH_OK;
}
