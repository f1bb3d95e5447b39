/* SPDX-License-Identifier: EUPL-1.2 */
#include "adapters/politie/map_person.h"

#include <stdio.h>
#include <string.h>

#include "adapters/politie/map_text.h"
#include "adapters/values.h"

#define PERSON                                                                 \
	"JZ:object/ZKN:heeftBetrekkingOp/ZKN:gerelateerde/"                    \
	"ZKN:natuurlijkPersoon"

static json_t *
map_name(const struct stuf_node *person)
{
	json_t *name = json_object();

	map_text_set(name, "voornamen", stuf_text(person, "BG:voornamen"));
	map_text_set(name, "voorvoegsel",
	    stuf_text(person, "BG:voorvoegselGeslachtsnaam"));
	map_text_set(name, "achternaam", stuf_text(person, "BG:geslachtsnaam"));
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
	map_text_set(contact, "geboortedatum", date);
}

/* StUF takes any text here; the section takes what can be mailed to. */
static enum wh_err
check_email(const struct stuf_node *person, struct stuf_fault *fault)
{
	const char *text = stuf_text(person, "BG:sub.emailadres");
	const char *at = text == NULL ? NULL : strchr(text, '@');

	if (text == NULL ||
	    (at != NULL && at != text && at[1] != '\0' &&
		strchr(at + 1, '@') == NULL && strpbrk(text, " \t\n") == NULL))
		return WH_OK;
	return stuf_fault_set(fault, "StUF055",
	    stuf_child(person, "BG:sub.emailadres"), "geen e-mailadres");
}

enum wh_err
map_person_contact(const struct stuf_node *root, json_t *sections,
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
	map_text_set(contact, "geslacht",
	    values_gender(stuf_text(person, "BG:geslachtsaanduiding")));
	map_text_set(contact, "telefoon",
	    stuf_text(person, "BG:sub.telefoonnummer"));
	map_text_set(contact, "email", stuf_text(person, "BG:sub.emailadres"));
	map_text_set(contact, "taal",
	    values_language(stuf_text(person, "BG:taal/BG:omschrijving")));
	return check_email(person, fault);
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

/* "1064HA", or "1064" alone: then it stands before the town. */
static void
map_postcode(const struct stuf_node *from, json_t *out)
{
	const char *postcode = stuf_text(from, "BG:aoa.postcode");
	const char *town = stuf_text(from, "BG:wpl.woonplaatsNaam");
	struct map_text place = {.heap = NULL};

	if (postcode == NULL || strlen(postcode) == 6) {
		map_text_set(out, "postcode", postcode);
		map_text_set(out, "plaats", town);
		return;
	}
	map_text_add(&place, "%s%s%s", postcode, town == NULL ? "" : " ",
	    town == NULL ? "" : town);
	map_text_set(out, "plaats", place.heap);
	map_text_fini(&place);
}

static void
map_dutch_address(const struct stuf_node *from, json_t *out)
{
	const char *number = stuf_text(from, "BG:aoa.huisnummer");
	const char *letter = stuf_text(from, "BG:aoa.huisletter");
	struct house_number house;
	char text[16];

	map_postcode(from, out);
	if (number != NULL && values_house_number(number, &house) == WH_OK)
		map_text_set(out, "huisnummer", house.number);
	if (letter != NULL && snprintf(text, sizeof(text), "1%s", letter) > 0 &&
	    values_house_number(text, &house) == WH_OK)
		map_text_set(out, "huisletter", house.letter);
	map_text_set(out, "toevoeging",
	    stuf_text(from, "BG:aoa.huisnummertoevoeging"));
	map_text_set(out, "straat",
	    stuf_text(from, "BG:gor.openbareRuimteNaam"));
}

/* Abroad there are lines: the first is the street, the rest is where. */
static void
map_foreign_address(const struct stuf_node *from, json_t *out)
{
	static const char *const rest[] = {"BG:sub.adresBuitenland2",
	    "BG:sub.adresBuitenland3", "BG:lnd.landnaam"};
	struct map_text place = {.heap = NULL};

	map_text_set(out, "straat", stuf_text(from, "BG:sub.adresBuitenland1"));
	for (size_t i = 0; i < sizeof(rest) / sizeof(rest[0]); i++) {
		const char *line = stuf_text(from, rest[i]);

		if (line != NULL)
			map_text_add(&place, "%s%s", place.len == 0 ? "" : ", ",
			    line);
	}
	map_text_set(out, "plaats", place.heap);
	map_text_fini(&place);
}

void
map_person_address(const struct stuf_node *root, json_t *sections)
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

enum wh_err
map_person_check(const struct stuf_node *root, struct stuf_fault *fault)
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
