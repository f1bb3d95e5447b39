/* SPDX-License-Identifier: EUPL-1.2 */
#include <string.h>

#include "adapters/corporatie/map.h"
#include "adapters/corporatie/vera.h"
#include "adapters/json.h"
#include "proto/base/mem.h"
#include "proto/base/text.h"
#include "proto/limits.h"

/* Zaak -> referral: which type, about whom, and with which sections. */

struct zaaktype {
	const char *soort;
	const char *detail;
	const char *otherwise; /* without a setting */
	const char *key;
};

#define ZAAKTYPE(soort, detail, type)                                          \
	{#soort, #detail, type, "zaaktype_" #soort "_" #detail},

static const struct zaaktype zaaktypen[MAP_ZAAKTYPE_COUNT] = {
    MAP_ZAAKTYPEN(ZAAKTYPE)};

/* A type of the hub that a Zaak can become, and what the law lets along. */
struct hub_type {
	const char *name;
	const char *kind;
	const char *instrument; /* NULL: by consent */
	const char *story;      /* the section that holds the text */
	enum map_party party;
	bool contact;
	bool address;
};

static const struct hub_type hub_types[] = {
    {"geldzorgen", "CONSENT_AVG", NULL, "REQUEST", MAP_WPI, true, false},
    {"regelingen", "CONSENT_AVG", NULL, "REQUEST", MAP_WPI, true, false},
    {"werk", "CONSENT_AVG", NULL, "REQUEST", MAP_WPI, true, false},
    {"vastgelopen", "CONSENT_AVG", NULL, "REQUEST", MAP_WPI, true, false},
    {"jeugd-gezin", "CONSENT_AVG", NULL, "REQUEST", MAP_BUURTTEAM, true, false},
    {"woonoverlast", "PUBLIC_TASK", "overlast-convenant", "NUISANCE",
	MAP_BUURTTEAM, true, true},
    {"contact-gezocht", "PUBLIC_TASK", "overlast-convenant", "REQUEST",
	MAP_BUURTTEAM, false, true},
};
#define HUB_TYPES (sizeof(hub_types) / sizeof(hub_types[0]))

/* What is to be made of one Zaak. */
struct choice {
	const struct zaaktype *zaaktype;
	const struct hub_type *type; /* NULL: none */
	char member[NAME_MAX_LEN + 1];
	const char *consent; /* "" for none */
	bool chosen;         /* by kenmerk wijkhub-type */
};

const char *
map_vera_zaaktype_key(size_t row)
{
	return zaaktypen[row].key;
}

static const struct hub_type *
find_type(const char *name, size_t len)
{
	for (size_t i = 0; i < HUB_TYPES; i++) {
		if (strlen(hub_types[i].name) == len &&
		    memcmp(hub_types[i].name, name, len) == 0)
			return &hub_types[i];
	}
	return NULL;
}

/* "<type>", "<type>@<lid>" or "geen". */
static enum wh_err
read_choice(const struct map_settings *settings, const char *text,
    struct choice *out)
{
	size_t len = strcspn(text, "@");
	const char *member;

	out->type = NULL;
	out->member[0] = '\0';
	if (strcmp(text, "geen") == 0)
		return WH_OK;
	out->type = find_type(text, len);
	if (out->type == NULL)
		return WH_INVALID;
	member = text[len] == '@' ? text + len + 1
				  : settings->members[out->type->party];
	if (!text_is_slug(member, NAME_MAX_LEN))
		return WH_INVALID;
	memcpy(out->member, member, strlen(member) + 1);
	return WH_OK;
}

static const char *
choice_text(const struct map_settings *settings, size_t row)
{
	return settings->zaaktypen[row][0] != '\0' ? settings->zaaktypen[row]
						   : zaaktypen[row].otherwise;
}

/* Each "code=area". */
static enum wh_err
check_areas(const char *areas, struct why *why)
{
	char entry[128];

	while (*areas != '\0') {
		size_t len = strcspn(areas, " \t\n");
		const char *equals;

		if (len >= sizeof(entry))
			return why_set(why, WH_TOO_BIG, "buurten: te lang");
		memcpy(entry, areas, len);
		entry[len] = '\0';
		equals = strchr(entry, '=');
		if (len > 0 && (equals == NULL || equals == entry ||
				   !text_is_slug(equals + 1, NAME_MAX_LEN)))
			return why_set(why, WH_INVALID,
			    "buurten: schrijf code=buurt, met spaties "
			    "ertussen");
		areas += len + strspn(areas + len, " \t\n");
	}
	return WH_OK;
}

enum wh_err
map_vera_settings(const struct map_settings *settings, struct why *why)
{
	struct choice choice;

	for (size_t i = 0; i < MAP_PARTIES; i++) {
		if (!text_is_slug(settings->members[i], NAME_MAX_LEN))
			return why_set(why, WH_INVALID,
			    "wpi, buurtteam, politie: geen naam van een lid");
	}
	if (settings->area[0] != '\0' &&
	    !text_is_slug(settings->area, NAME_MAX_LEN))
		return why_set(why, WH_INVALID,
		    "buurt: geen naam van een "
		    "buurt");
	for (size_t i = 0; i < MAP_ZAAKTYPE_COUNT; i++) {
		if (read_choice(settings, choice_text(settings, i), &choice) !=
		    WH_OK)
			return why_set(why, WH_INVALID,
			    "%s: schrijf een type dat een corporatie kan "
			    "verwijzen, type@lid, of geen",
			    zaaktypen[i].key);
	}
	return check_areas(settings->areas, why);
}

/* A closed Zaak asks for nothing any more. */
static enum wh_err
check_open(const json_t *zaak, struct action *out)
{
	static const char *const closed[] = {"AFG", "GES", "GEA"};
	const char *code = vera_code(vera_status_now(zaak), "soort");

	for (size_t i = 0; i < sizeof(closed) / sizeof(closed[0]); i++) {
		if (strcmp(code, closed[i]) == 0)
			return map_vera_refuse(out, "NIET_ACTIEF",
			    "zaakstatussen",
			    "de zaak is al afgerond, gesloten of geannuleerd");
	}
	return WH_OK;
}

static enum wh_err
find_zaaktype(const struct map_in *in, struct choice *out,
    struct action *action)
{
	const json_t *type = json_object_get(in->document, "zaaktype");
	const char *soort = vera_code(type, "soort");
	const char *detail = vera_code(type, "detailSoort");

	if (vera_find(VERA_ZAAKTYPESOORT, soort, "") == NULL)
		return map_vera_refuse(action, "CODE_ONBEKEND",
		    "zaaktype.soort", "geen geldige code van ZAAKTYPESOORT");
	if (vera_find(VERA_ZAAKTYPEDETAILSOORT, detail, soort) == NULL)
		return map_vera_refuse(action, "CODE_ONBEKEND",
		    "zaaktype.detailSoort",
		    "geen geldige code van ZAAKTYPEDETAILSOORT onder deze "
		    "soort");
	for (size_t i = 0; i < MAP_ZAAKTYPE_COUNT; i++) {
		if (strcmp(zaaktypen[i].soort, soort) != 0 ||
		    strcmp(zaaktypen[i].detail, detail) != 0)
			continue;
		out->zaaktype = &zaaktypen[i];
		return read_choice(in->settings, choice_text(in->settings, i),
		    out);
	}
	return map_vera_refuse(action, "ZAAKTYPE_NIET_VERWIJSBAAR", "zaaktype",
	    "voor dit zaaktype is er geen verwijstype");
}

static enum wh_err
read_consent(const struct map_in *in, struct choice *out, struct action *action)
{
	static const char name[] = "wijkhub-toestemming";
	struct id id;
	enum wh_err err;

	err = map_vera_option(in->document, name, &out->consent, action);
	if (err == WH_OK && out->consent[0] != '\0' &&
	    id_parse(out->consent, &id) != WH_OK)
		return map_vera_refuse(action, "VELD_ONJUIST", name,
		    "geen nummer van een toestemming");
	return err;
}

/* For one Zaak the professional may choose, among what consent covers. */
static enum wh_err
read_type(const struct map_in *in, struct choice *out, struct action *action)
{
	static const char name[] = "wijkhub-type";
	const char *text;
	enum wh_err err;

	err = map_vera_option(in->document, name, &text, action);
	if (err != WH_OK || text[0] == '\0')
		return err;
	if (strchr(text, '@') != NULL ||
	    read_choice(in->settings, text, out) != WH_OK ||
	    out->type == NULL || out->type->instrument != NULL)
		return map_vera_refuse(action, "VELD_ONJUIST", name,
		    "kies geldzorgen, regelingen, werk, vastgelopen of "
		    "jeugd-gezin");
	out->chosen = true;
	return WH_OK;
}

static bool
is_early_signal(const struct choice *choice)
{
	return strcmp(choice->zaaktype->soort, "FIN") == 0 &&
	       choice->type != NULL && !choice->chosen &&
	       choice->consent[0] == '\0';
}

static enum wh_err
check_ground(const struct choice *choice, struct action *out)
{
	if (choice->type == NULL) {
		action_reject(out, "ZAAKTYPE_NIET_VERWIJSBAAR", "zaaktype",
		    "zaaktype %s/%s wordt hier niet verwezen; zie de "
		    "instelling %s",
		    choice->zaaktype->soort, choice->zaaktype->detail,
		    choice->zaaktype->key);
		return WH_INVALID;
	}
	if (choice->type->instrument == NULL && choice->consent[0] == '\0') {
		action_reject(out, "TOESTEMMING_ONTBREEKT",
		    "wijkhub-toestemming",
		    "zaaktype %s/%s wordt alleen met toestemming verwezen: "
		    "leg die vast en zet het nummer in dit kenmerk",
		    choice->zaaktype->soort, choice->zaaktype->detail);
		return WH_INVALID;
	}
	return WH_OK;
}

/* *found is kept when entry has its id, refused when there is another. */
static enum wh_err
one_person(const json_t *entry, const json_t **found, const char *field,
    struct action *out)
{
	if (*found != NULL &&
	    strcmp(json_text(*found, "id"), json_text(entry, "id")) != 0)
		return map_vera_refuse(out, "BETROKKENE_ONDUIDELIJK", field,
		    "meer dan een persoon; een verwijzing gaat over een "
		    "persoon");
	*found = entry;
	return WH_OK;
}

static enum wh_err
find_role(const json_t *zaak, const char *role, const json_t **found,
    struct action *out)
{
	const json_t *list = json_object_get(zaak, "rollen");
	const json_t *entry;
	enum wh_err err = WH_OK;
	size_t i;

	json_array_foreach(list, i, entry)
	{
		if (strcmp(vera_code(entry, "soort"), role) == 0 &&
		    json_is_object(json_object_get(entry, "relatie")))
			err = one_person(json_object_get(entry, "relatie"),
			    found, "rollen", out);
		if (err != WH_OK)
			return err;
	}
	return WH_OK;
}

/*
 * Whom it is about. Nuisance: the BEK (beklaagde) and nobody else, so that a
 * complaint never becomes a file on who complained. Otherwise BEK, BEL
 * (belanghebbende) or KLG (klager), and without these roles the one relatie
 * of the Zaak.
 */
static enum wh_err
find_subject(const json_t *zaak, bool nuisance, const json_t **subject,
    struct action *out)
{
	static const char *const roles[] = {"BEK", "BEL", "KLG"};
	const json_t *list = json_object_get(zaak, "relaties");
	const json_t *found = NULL, *entry;
	enum wh_err err = WH_OK;
	size_t i;

	for (i = 0; err == WH_OK && found == NULL && i < (nuisance ? 1 : 3);
	     i++)
		err = find_role(zaak, roles[i], &found, out);
	if (err == WH_OK && found == NULL && !nuisance) {
		json_array_foreach(list, i, entry)
		{
			err = one_person(entry, &found, "relaties", out);
			if (err != WH_OK)
				break;
		}
	}
	if (err != WH_OK)
		return err;
	if (found == NULL)
		return map_vera_refuse(out, "BETROKKENE_ONDUIDELIJK", "rollen",
		    nuisance ? "een rol BEK met een relatie ontbreekt"
			     : "een rol BEK, BEL of KLG met een relatie "
			       "ontbreekt, en een relatie ook");
	*subject = found;
	return WH_OK;
}

/* Lines end with a newline in the hub; new reference. */
static json_t *
story_text(const char *short_text, const char *long_text)
{
	bool both = short_text[0] != '\0' && long_text[0] != '\0';
	size_t len = strlen(short_text) + strlen(long_text) + 2;
	char *text = mem_new(len + 1);
	size_t n = 0;
	json_t *out;

	for (; *short_text != '\0'; short_text++)
		if (*short_text != '\r')
			text[n++] = *short_text;
	for (size_t i = 0; both && i < 2; i++)
		text[n++] = '\n';
	for (; *long_text != '\0'; long_text++)
		if (*long_text != '\r')
			text[n++] = *long_text;
	out = json_stringn(text, n);
	mem_wipe_free(text, len + 1);
	return out;
}

/* What is written, whole; what does not fit is refused and not cut. */
static enum wh_err
set_story(const struct map_in *in, const struct choice *choice,
    json_t *sections, struct action *out)
{
	const char *short_text = json_text(in->document, "omschrijving");
	const char *long_text = json_text(in->document, "toelichting");
	const struct vera_row *row = vera_find(VERA_ZAAKTYPEDETAILSOORT,
	    choice->zaaktype->detail, choice->zaaktype->soort);
	json_t *section;

	if (short_text[0] == '\0' && long_text[0] == '\0')
		return map_vera_refuse(out, "VELD_ONTBREEKT", "toelichting",
		    "omschrijving en toelichting zijn leeg");
	if (strlen(short_text) + strlen(long_text) + 2 > SECTION_TEXT_MAX)
		return map_vera_refuse(out, "VELD_TE_LANG", "toelichting",
		    "langer dan 32 kB; er wordt niets afgekapt");
	section =
	    json_pack("{s:o}", "tekst", story_text(short_text, long_text));
	if (strcmp(choice->type->story, "NUISANCE") == 0 && row != NULL)
		json_object_set_new(section, "soort", json_string(row->name));
	json_object_set_new(sections, choice->type->story, section);
	return WH_OK;
}

static json_t *
make_body(const struct choice *choice)
{
	json_t *ground = json_pack("{s:s}", "soort", choice->type->kind);

	if (choice->type->instrument == NULL)
		json_object_set_new(ground, "toestemming",
		    json_string(choice->consent));
	else
		json_object_set_new(ground, "instrument",
		    json_string(choice->type->instrument));
	return json_pack("{s:s, s:o, s:{}}", "type", choice->type->name,
	    "grondslag", ground, "gegevens");
}

/* By consent the whole CONTACT, else only how to reach somebody. */
static enum wh_err
set_sections(const struct map_in *in, const struct choice *choice,
    json_t *sections, const json_t **adres, struct action *out)
{
	const struct hub_type *type = choice->type;
	enum wh_err err = WH_OK;

	if (type->contact)
		err = map_vera_contact(in->relatie, type->instrument == NULL,
		    sections, out);
	if (err == WH_OK && type->address)
		err = map_vera_address(in, sections, adres, out);
	return err;
}

static void
make_referral(const struct map_in *in, const struct choice *choice,
    struct action *out)
{
	bool nuisance = strcmp(choice->type->story, "NUISANCE") == 0;
	struct map_address to = {.what = "Zaak",
	    .resource = "zaken",
	    .member = choice->member};
	json_t *body = make_body(choice);
	json_t *sections = json_object_get(body, "gegevens");
	enum wh_err err;

	err = find_subject(in->document, nuisance, &to.keys, out);
	if (err == WH_OK)
		err = set_story(in, choice, sections, out);
	if (err == WH_OK)
		err = map_vera_relatie(in, to.keys, "rollen.relatie.id", out);
	if (err == WH_OK)
		err = set_sections(in, choice, sections, &to.adres, out);
	if (err == WH_OK)
		map_vera_finish(in, &to, body, out);
	json_decref(body);
}

/* A Zaak about arrears, without consent: the same rules as a Signalering. */
static void
make_signal(const struct map_in *in, struct action *out)
{
	struct map_address to = {.what = "Zaak",
	    .resource = "zaken",
	    .member = in->settings->members[MAP_WPI]};

	if (find_subject(in->document, false, &to.keys, out) == WH_OK)
		map_vera_signal(in, &to, NULL, "relaties.id", out);
}

void
map_vera_zaak(const struct map_in *in, struct action *out)
{
	struct choice choice = {.consent = ""};

	if (check_open(in->document, out) != WH_OK ||
	    find_zaaktype(in, &choice, out) != WH_OK ||
	    read_consent(in, &choice, out) != WH_OK ||
	    read_type(in, &choice, out) != WH_OK)
		return;
	if (is_early_signal(&choice))
		make_signal(in, out);
	else if (check_ground(&choice, out) == WH_OK)
		make_referral(in, &choice, out);
}
