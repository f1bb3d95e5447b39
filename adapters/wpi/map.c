/* SPDX-License-Identifier: EUPL-1.2 */
#include "adapters/wpi/map.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "adapters/json.h"
#include "adapters/values.h"
#include "adapters/wpi/prose.h"
#include "proto/base/mem.h"

/* Characters, of the schema. */
#define ONDERWERP_MAX   200
#define INHOUD_MAX      1000
#define VOORLETTERS_MAX 10
#define VOORVOEGSEL_MAX 10
#define NAAM_MAX        200
#define STRAAT_MAX      255
#define TOEVOEGING_MAX  20
#define REGEL_MAX       80
#define ADRES_MAX       80
#define HANDELING_MAX   200
#define TOELICHTING_MAX 1000

static const json_t *
section(const json_t *dossier, const char *name)
{
	return json_object_get(json_object_get(dossier, "gegevens"), name);
}

/* Nothing for "": absent stays absent. */
/* Whole, or its beginning and where the rest is. */
static void
set_head(json_t *object, const char *key, const char *text, size_t max,
    const json_t *dossier)
{
	char *head = values_head(text, max, json_text(dossier, "id"));

	if (head == NULL)
		return;
	json_set_text(object, key, head);
	mem_wipe_free(head, strlen(head));
}

/* Dutch names of the types that the covenant sends to a municipality; another
 * type goes by its own id. */
static const struct {
	const char *type;
	const char *title;
	unsigned days; /* to first contact, working days */
} types[] = {
    {"huurachterstand", "Vroegsignaal huurachterstand", 20},
    {"geldzorgen", "Geldzorgen", 5},
    {"regelingen", "Regelingen en toeslagen", 10},
    {"garantieknop", "Garantieknop terug naar bijstand", 3},
    {"werk", "Werk en ontwikkeling", 10},
    {"vastgelopen", "Vastgelopen in regels", 3},
};

#define TYPES      (sizeof(types) / sizeof(types[0]))
#define DAYS_OTHER 5
/* Wet gemeentelijke schuldhulpverlening art. 4 lid 2. */
#define DAYS_THREATENED 3
#define DAYS_URGENT     1

static const char *
type_title(const json_t *dossier)
{
	const char *type = json_text(dossier, "type");

	for (size_t i = 0; i < TYPES; i++) {
		if (strcmp(types[i].type, type) == 0)
			return types[i].title;
	}
	return type;
}

static bool
is_threatened(const json_t *dossier)
{
	const json_t *finance = section(dossier, "FINANCE");

	return json_is_true(json_object_get(finance, "dreigendeOntruiming")) ||
	       json_is_true(json_object_get(finance, "dreigendeAfsluiting"));
}

static bool
is_urgent(const json_t *dossier)
{
	return strcmp(json_text(dossier, "urgentie"), "spoed") == 0;
}

static unsigned
days(const struct wpi_settings *settings, const json_t *dossier)
{
	const char *type = json_text(dossier, "type");
	char set[WPI_VALUE_SIZE];
	unsigned out = DAYS_OTHER;

	for (size_t i = 0; i < TYPES; i++) {
		if (strcmp(types[i].type, type) == 0)
			out = types[i].days;
	}
	if (wpi_settings_find(settings->terms, type, set) == WH_OK)
		out = (unsigned)strtoul(set, NULL, 10);
	if (is_threatened(dossier) && out > DAYS_THREATENED)
		out = DAYS_THREATENED;
	return is_urgent(dossier) && out > DAYS_URGENT ? DAYS_URGENT : out;
}

static json_t *
contactnaam(const json_t *dossier)
{
	const json_t *name =
	    json_object_get(section(dossier, "CONTACT"), "naam");
	const char *initials = json_text(name, "voorletters");
	const char *first = json_text(name, "voornamen");
	const char *prefix = json_text(name, "voorvoegsel");
	struct prose last = {.heap = NULL};
	json_t *out = json_object();

	if (values_chars(initials) <= VOORLETTERS_MAX)
		json_set_text(out, "voorletters", initials);
	else if (first[0] == '\0')
		first = initials;
	set_head(out, "voornaam", first, NAAM_MAX, dossier);
	if (values_chars(prefix) <= VOORVOEGSEL_MAX)
		json_set_text(out, "voorvoegselAchternaam", prefix);
	else
		prose_add(&last, "%s ", prefix);
	prose_add(&last, "%s", json_text(name, "achternaam"));
	if (last.len > 0)
		set_head(out, "achternaam", last.heap, NAAM_MAX, dossier);
	prose_fini(&last);
	if (json_object_size(out) > 0)
		return out;
	json_decref(out);
	return NULL;
}

/* The number as text, with the letter and addition that stand apart. */
static enum wh_err
house_of(const json_t *address, struct house_number *out)
{
	const char *letter = json_text(address, "huisletter");
	const char *addition = json_text(address, "toevoeging");
	struct house_number house;

	if (values_house_number(json_text(address, "huisnummer"), &house) !=
	    WH_OK)
		return WH_INVALID;
	if (letter[0] != '\0' &&
	    str_copy(house.letter, sizeof(house.letter), letter) != WH_OK)
		return WH_INVALID;
	if (addition[0] != '\0' &&
	    str_copy(house.addition, sizeof(house.addition), addition) != WH_OK)
		return WH_INVALID;
	*out = house;
	return WH_OK;
}

static bool
is_bag_id(const char *text)
{
	return strlen(text) == 16 && strspn(text, "0123456789") == 16;
}

/* The fields of a Dutch address; WH_INVALID when one cannot hold it. */
static enum wh_err
dutch_address(const json_t *address, json_t *out)
{
	char postcode[VALUES_POSTCODE_SIZE] = "";
	char spaced[VALUES_POSTCODE_SPACED_SIZE];
	struct house_number house;
	char addition[sizeof(house.letter) + sizeof(house.addition)];

	if (house_of(address, &house) != WH_OK ||
	    values_postcode(json_text(address, "postcode"), postcode) !=
		WH_OK ||
	    strlen(postcode) != VALUES_POSTCODE_SIZE - 1)
		return WH_INVALID;
	(void)snprintf(addition, sizeof(addition), "%s%s%s", house.letter,
	    house.letter[0] != '\0' && house.addition[0] != '\0' ? "-" : "",
	    house.addition);
	if (values_chars(addition) > TOEVOEGING_MAX ||
	    values_chars(json_text(address, "straat")) > STRAAT_MAX ||
	    values_chars(json_text(address, "plaats")) > STRAAT_MAX)
		return WH_INVALID;
	values_postcode_spaced(postcode, spaced);
	if (is_bag_id(json_text(address, "nummeraanduiding")))
		json_set_text(out, "nummeraanduidingId",
		    json_text(address, "nummeraanduiding"));
	json_set_text(out, "straatnaam", json_text(address, "straat"));
	json_object_set_new(out, "huisnummer",
	    json_integer(strtol(house.number, NULL, 10)));
	json_set_text(out, "huisnummertoevoeging", addition);
	json_set_text(out, "postcode", spaced);
	json_set_text(out, "stad", json_text(address, "plaats"));
	json_set_text(out, "land", "NL");
	return WH_OK;
}

/* What somebody would write on an envelope. */
static void
address_lines(const json_t *address, struct prose *first, struct prose *second)
{
	const char *const parts[] = {"straat", "huisnummer", "huisletter",
	    "toevoeging"};

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		if (json_text(address, parts[i])[0] != '\0')
			prose_add(first, "%s%s", first->len == 0 ? "" : " ",
			    json_text(address, parts[i]));
	}
	prose_add(second, "%s", json_text(address, "postcode"));
	if (json_text(address, "plaats")[0] != '\0')
		prose_add(second, "%s%s", second->len == 0 ? "" : " ",
		    json_text(address, "plaats"));
}

static json_t *
bezoekadres(const json_t *dossier)
{
	const json_t *address = section(dossier, "ADDRESS");
	struct prose first = {.heap = NULL}, second = {.heap = NULL};
	json_t *out;

	if (address == NULL)
		return NULL;
	out = json_object();
	if (dutch_address(address, out) == WH_OK)
		return out;
	address_lines(address, &first, &second);
	if (first.len > 0)
		set_head(out, "adresregel1", first.heap, REGEL_MAX, dossier);
	if (second.len > 0)
		set_head(out, "adresregel2", second.heap, REGEL_MAX, dossier);
	prose_fini(&first);
	prose_fini(&second);
	if (json_object_size(out) > 0)
		return out;
	json_decref(out);
	return NULL;
}

json_t *
map_maak_klantcontact(const json_t *dossier, const char *at)
{
	const char *desk = json_text(json_object_get(dossier, "naar"), "desk");
	json_t *contact = json_pack("{s:s}", "kanaal", "wijkhub");
	json_t *involved =
	    json_pack("{s:s, s:b}", "rol", "klant", "initiator", 1);
	struct prose text = {.heap = NULL};
	json_t *part;

	prose_add(&text, "Verwijzing: %s", type_title(dossier));
	if (desk[0] != '\0')
		prose_add(&text, " (%s)", desk);
	set_head(contact, "onderwerp", text.heap, ONDERWERP_MAX, dossier);
	prose_fini(&text);
	prose_need(dossier, &text);
	if (text.len > 0)
		set_head(contact, "inhoud", text.heap, INHOUD_MAX, dossier);
	prose_fini(&text);
	json_object_set_new(contact, "indicatieContactGelukt", json_true());
	json_object_set_new(contact, "taal", json_string("nld"));
	json_object_set_new(contact, "vertrouwelijk", json_true());
	json_set_text(contact, "plaatsgevondenOp", at);
	json_object_set_new(contact, "metadata",
	    json_pack("{s:s}", "wijkhubId", json_text(dossier, "id")));
	part = contactnaam(dossier);
	if (part != NULL)
		json_object_set_new(involved, "contactnaam", part);
	part = bezoekadres(dossier);
	if (part != NULL)
		json_object_set_new(involved, "bezoekadres", part);
	return json_pack("{s:o, s:o}", "klantcontact", contact, "betrokkene",
	    involved);
}

static const char *
phone_of(const json_t *dossier)
{
	return json_text(section(dossier, "CONTACT"), "telefoon");
}

/* An address that fits; else it stands in the task. */
static const char *
email_of(const json_t *dossier)
{
	const char *email = json_text(section(dossier, "CONTACT"), "email");

	return values_chars(email) <= ADRES_MAX ? email : "";
}

json_t *
map_digitaal_adres(const json_t *dossier, unsigned n, const char *betrokkene)
{
	const json_t *contact = section(dossier, "CONTACT");
	const char *text = phone_of(dossier);
	const char *kind = "telefoonnummer";
	const char *what = "telefoon (wijkhub)";
	char phone[VALUES_PHONE_SIZE];

	if (text[0] == '\0')
		n++;
	/* Who is not to be approached gets no address to approach. */
	if (json_is_true(json_object_get(contact, "nietBenaderen")) || n > 1 ||
	    (n == 1 && email_of(dossier)[0] == '\0'))
		return NULL;
	if (n == 1) {
		text = email_of(dossier);
		kind = "email";
		what = "e-mail (wijkhub)";
	} else if (values_phone(text, phone) == WH_OK) {
		text = phone;
	} else {
		/* As somebody wrote it: to dial from, not to check. */
		kind = "overig";
		what = "telefoon, zoals opgegeven (wijkhub)";
	}
	return json_pack("{s:{s:s}, s:s, s:s, s:s}", "verstrektDoorBetrokkene",
	    "uuid", betrokkene, "adres", text, "soortDigitaalAdres", kind,
	    "omschrijving", what);
}

static void
requested_action(const struct wpi_settings *settings, const json_t *dossier,
    struct prose *out)
{
	const json_t *contact = section(dossier, "CONTACT");
	unsigned within = days(settings, dossier);

	if (json_is_true(json_object_get(contact, "nietBenaderen"))) {
		prose_add(out, "Benader inwoner niet zelf; overleg met "
			       "verwijzer");
	} else {
		prose_add(out, "%s",
		    phone_of(dossier)[0] != '\0'
			? "Bel inwoner"
			: "Neem contact op met inwoner");
	}
	if (within == 0)
		prose_add(out, ", vandaag nog");
	else
		prose_add(out, " binnen %u %s", within,
		    within == 1 ? "werkdag" : "werkdagen");
}

/* First what could hurt somebody when it is not read. */
static void
explanation(const json_t *dossier, struct prose *out)
{
	const json_t *contact = section(dossier, "CONTACT");
	const json_t *finance = section(dossier, "FINANCE");
	const json_t *from = json_object_get(dossier, "van");
	const json_t *name = json_object_get(contact, "naam");

	if (json_text(contact, "veiligContact")[0] != '\0')
		prose_add(out, "Veilig contact: %s\n",
		    json_text(contact, "veiligContact"));
	if (json_is_true(json_object_get(finance, "dreigendeOntruiming")))
		prose_add(out, "Dreigende ontruiming.\n");
	if (json_is_true(json_object_get(finance, "dreigendeAfsluiting")))
		prose_add(out, "Dreigende afsluiting.\n");
	if (is_urgent(dossier))
		prose_add(out, "Spoed.\n");
	if (json_text(contact, "taal")[0] != '\0' &&
	    strcmp(json_text(contact, "taal"), "nld") != 0)
		prose_add(out, "Taal van de inwoner: %s\n",
		    json_text(contact, "taal"));
	if (json_text(contact, "geboortedatum")[0] != '\0')
		prose_add(out, "Geboortedatum: %s\n",
		    json_text(contact, "geboortedatum"));
	if (values_chars(json_text(name, "voorletters")) > VOORLETTERS_MAX)
		prose_add(out, "Voorletters: %s\n",
		    json_text(name, "voorletters"));
	if (values_chars(json_text(contact, "email")) > ADRES_MAX)
		prose_add(out, "E-mail: %s\n", json_text(contact, "email"));
	prose_add(out, "Verwezen door: %s", json_text(from, "lid"));
	if (json_text(from, "desk")[0] != '\0')
		prose_add(out, ", %s", json_text(from, "desk"));
	prose_add(out, "\nWijkhub: %s", json_text(dossier, "id"));
}

static const char *
actor_of(const struct wpi_settings *settings, const json_t *dossier,
    char set[WPI_VALUE_SIZE])
{
	const char *desk = json_text(json_object_get(dossier, "naar"), "desk");

	return wpi_settings_find(settings->actors, desk, set) == WH_OK
		   ? set
		   : settings->actor;
}

json_t *
map_internetaak(const struct wpi_settings *settings, const json_t *dossier,
    const char *klantcontact)
{
	struct prose text = {.heap = NULL};
	char set[WPI_VALUE_SIZE];
	json_t *out = json_pack("{s:{s:s}, s:[{s:s}], s:s}",
	    "aanleidinggevendKlantcontact", "uuid", klantcontact,
	    "toegewezenAanActoren", "uuid", actor_of(settings, dossier, set),
	    "status", "te_verwerken");

	requested_action(settings, dossier, &text);
	set_head(out, "gevraagdeHandeling", text.heap, HANDELING_MAX, dossier);
	prose_fini(&text);
	explanation(dossier, &text);
	set_head(out, "toelichting", text.heap, TOELICHTING_MAX, dossier);
	prose_fini(&text);
	return out;
}

json_t *
map_partij_identificator(const json_t *dossier)
{
	const char *bsn = json_text(section(dossier, "BSN"), "bsn");
	char checked[VALUES_BSN_SIZE];

	if (values_bsn(bsn, checked) != WH_OK)
		return NULL;
	return json_pack("{s:n, s:{s:s, s:s, s:s, s:s}}",
	    "identificeerdePartij", "partijIdentificator", "codeObjecttype",
	    "natuurlijk_persoon", "codeSoortObjectId", "bsn", "objectId",
	    checked, "codeRegister", "brp");
}

static const struct {
	const char *status;
	const char *text;
} overs[] = {
    {"WITHDRAWN", "Verwijzing ingetrokken"},
    {"CANCELLED", "Verwijzing geannuleerd"},
    {"IN_ERROR", "Verwijzing was een vergissing"},
};

#define OVERS (sizeof(overs) / sizeof(overs[0]))

json_t *
map_internetaak_over(const char *status)
{
	for (size_t i = 0; i < OVERS; i++) {
		if (strcmp(overs[i].status, status) == 0)
			return json_pack("{s:s, s:s}", "status", "verwerkt",
			    "toelichting", overs[i].text);
	}
	return NULL;
}

bool
map_internetaak_is_ours(const json_t *internetaak)
{
	const char *text = json_text(internetaak, "toelichting");

	for (size_t i = 0; i < OVERS; i++) {
		if (strcmp(overs[i].text, text) == 0)
			return true;
	}
	return false;
}

/* What stands there is somebody's own text: it is added to, never cut. */
static enum wh_err
add_news(const struct prose *news, const char *was, const json_t *dossier,
    json_t *out)
{
	static const char *const leads[] = {"",
	    "Nieuw van verwijzer: zie wijkhub "};
	const char *const texts[] = {news->heap, json_text(dossier, "id")};
	enum wh_err err = WH_TOO_BIG;

	for (size_t i = 0; i < 2 && err != WH_OK; i++) {
		struct prose all = {.heap = NULL};

		prose_add(&all, "%s%s%s%s", leads[i], texts[i],
		    was[0] == '\0' ? "" : "\n\n", was);
		if (values_chars(all.heap) <= TOELICHTING_MAX) {
			json_set_text(out, "toelichting", all.heap);
			err = WH_OK;
		}
		prose_fini(&all);
	}
	return err;
}

enum wh_err
map_internetaak_news(const json_t *dossier, const json_t *event,
    const json_t *internetaak, json_t **out)
{
	const char *text = json_text(event, "toelichting");
	bool cancels = strcmp(json_text(event, "soort"), "annuleren") == 0;
	struct prose news = {.heap = NULL};
	json_t *body;
	enum wh_err err;

	if (text[0] == '\0' && !cancels)
		return WH_NOT_FOUND;
	prose_add(&news, "Van verwijzer, %.10s:%s%s%s", json_text(event, "op"),
	    cancels ? " vraagt te annuleren." : "", text[0] == '\0' ? "" : " ",
	    text);
	body = json_object();
	err = add_news(&news, json_text(internetaak, "toelichting"), dossier,
	    body);
	prose_fini(&news);
	if (err == WH_OK)
		*out = body;
	else
		json_decref(body);
	return err;
}
