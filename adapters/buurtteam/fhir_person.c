/* SPDX-License-Identifier: EUPL-1.2 */
#include "adapters/buurtteam/fhir_person.h"

#include <stdio.h>
#include <string.h>

#include "adapters/json.h"
#include "adapters/values.h"
#include "proto/base/mem.h"

#define HL7       "http://hl7.org/fhir/StructureDefinition/"
#define PREFIX    HL7 "humanname-own-prefix"
#define OWN_NAME  HL7 "humanname-own-name"
#define QUALIFIER HL7 "iso21090-EN-qualifier"
#define STREET    HL7 "iso21090-ADXP-streetName"
#define NUMBER    HL7 "iso21090-ADXP-houseNumber"
#define SUFFIX    HL7 "iso21090-ADXP-buildingNumberSuffix"

static const char more_than_one[] = "alleen de eerste gaat mee";

/* Fields without an element of their own. */
static const char *const contact_keys[] = {"veiligContact", "nietBenaderen",
    NULL};
static const char *const address_keys[] = {"buurt", "nummeraanduiding",
    "eenheid", NULL};

/* Where each element of Patient is being read to. */
struct person {
	const json_t *patient;
	const char *path;
	json_t *contact;
	json_t *notes;
	struct fhir_fault *fault;
};

/* The first of use, in the order wanted; the first of all otherwise. */
static const json_t *
choose(const json_t *list, const char *const *uses)
{
	const json_t *item;
	size_t i;

	for (; *uses != NULL; uses++) {
		json_array_foreach(list, i, item)
		{
			if (strcmp(json_text(item, "use"), *uses) == 0)
				return item;
		}
	}
	return json_array_get(list, 0);
}

/* "IN" for an initial, "" for what says nothing. */
static const char *
qualifier(const json_t *name, size_t index)
{
	const json_t *of =
	    json_array_get(json_object_get(name, "_given"), index);
	const json_t *extension;
	size_t i;

	json_array_foreach(json_object_get(of, "extension"), i, extension)
	{
		if (strcmp(json_text(extension, "url"), QUALIFIER) == 0)
			return json_text(extension, "valueCode");
	}
	return "";
}

/* Names with a space between them; initials apart. */
static void
read_given(const json_t *name, json_t *out)
{
	const json_t *given;
	size_t i;

	json_array_foreach(json_object_get(name, "given"), i, given)
	{
		const char *key = strcmp(qualifier(name, i), "IN") == 0
				      ? "voorletters"
				      : "voornamen";
		const char *text = json_string_value(given);
		const char *before = json_text(out, key);

		if (text == NULL)
			continue;
		json_object_set_new(out, key,
		    before[0] == '\0' ? json_string(text)
				      : json_sprintf("%s %s", before, text));
	}
}

static enum wh_err
read_name(struct person *p)
{
	static const char *const uses[] = {"official", "usual", NULL};
	const json_t *names = json_object_get(p->patient, "name");
	const json_t *name = choose(names, uses);
	const json_t *family = json_object_get(name, "_family");
	const char *own = fhir_extension(family, OWN_NAME);
	json_t *out = json_object();

	json_object_set_new(p->contact, "naam", out);
	json_set_text(out, "voorvoegsel", fhir_extension(family, PREFIX));
	json_set_text(out, "achternaam",
	    own[0] == '\0' ? json_text(name, "family") : own);
	if (own[0] == '\0')
		json_object_del(out, "voorvoegsel"); /* within family */
	read_given(name, out);
	if (json_array_size(names) > 1)
		fhir_note(p->notes, p->path, "name", more_than_one);
	if (json_array_size(json_object_get(family, "extension")) >
	    (size_t)(own[0] != '\0') +
		(fhir_extension(family, PREFIX)[0] != '\0'))
		fhir_note(p->notes, p->path, "name.family.extension",
		    "alleen de eigen naam gaat mee");
	if (json_object_size(out) > 0)
		return WH_OK;
	return fhir_refuse(p->fault, "required", p->path, "name",
	    "geef family of given; zonder naam is niemand te vinden");
}

/* One number, mobile first; one address for mail. */
static void
read_telecom(struct person *p)
{
	static const char *const uses[] = {"mobile", "home", NULL};
	static const char *const systems[][2] = {{"phone", "telefoon"},
	    {"email", "email"}};
	const json_t *all = json_object_get(p->patient, "telecom");
	const json_t *item;
	size_t taken = 0;

	for (size_t s = 0; s < 2; s++) {
		json_t *found = json_array();
		size_t i;

		json_array_foreach(all, i, item)
		{
			if (strcmp(json_text(item, "system"), systems[s][0]) ==
			    0)
				json_array_append(found,
				    (json_t *)(uintptr_t)item);
		}
		taken += json_array_size(found) > 0;
		json_set_text(p->contact, systems[s][1],
		    json_text(choose(found, uses), "value"));
		json_decref(found);
	}
	if (json_array_size(all) > taken)
		fhir_note(p->notes, p->path, "telecom",
		    "een telefoonnummer en een e-mailadres gaan mee");
}

/* BCP 47 says "nl-NL"; the section says "nld". */
static enum wh_err
read_language(struct person *p)
{
	const json_t *all = json_object_get(p->patient, "communication");
	const json_t *best = json_array_get(all, 0);
	const json_t *item, *language;
	char code[32] = "";
	const char *known;
	size_t i;

	json_array_foreach(all, i, item)
	{
		if (json_is_true(json_object_get(item, "preferred"))) {
			best = item;
			break;
		}
	}
	if (best == NULL)
		return WH_OK;
	if (json_array_size(all) > 1)
		fhir_note(p->notes, p->path, "communication", more_than_one);
	language = json_object_get(best, "language");
	item = json_array_get(json_object_get(language, "coding"), 0);
	(void)str_copy(code, sizeof(code),
	    item == NULL ? json_text(language, "text")
			 : json_text(item, "code"));
	if (item != NULL)
		code[strcspn(code, "-")] = '\0';
	known = values_language(code);
	if (known == NULL && strlen(code) == 3 &&
	    strspn(code, "abcdefghijklmnopqrstuvwxyz") == 3)
		known = code;
	if (known == NULL)
		return fhir_refuse(p->fault, "code-invalid", p->path,
		    "communication.language",
		    "onbekende taal; gebruik een code als nl of nld");
	json_set_text(p->contact, "taal", known);
	return WH_OK;
}

static enum wh_err
read_birth_date(struct person *p)
{
	const char *date = json_text(p->patient, "birthDate");

	if (json_object_get(p->patient, "birthDate") == NULL)
		return WH_OK;
	if (date[0] == '\0' || values_date(date) != WH_OK)
		return fhir_refuse(p->fault, "value", p->path, "birthDate",
		    "moet YYYY, YYYY-MM of YYYY-MM-DD zijn");
	json_set_text(p->contact, "geboortedatum", date);
	return WH_OK;
}

/* Number and suffix apart when they are given so; else the line as it is. */
static enum wh_err
read_line(struct person *p, const json_t *address, json_t *out)
{
	const json_t *lines = json_object_get(address, "line");
	const json_t *parts =
	    json_array_get(json_object_get(address, "_line"), 0);
	const char *street = fhir_extension(parts, STREET);
	const char *number = fhir_extension(parts, NUMBER);
	struct house_number house;
	char text[64];

	if (json_array_size(lines) > 1)
		fhir_note(p->notes, p->path, "address.line", more_than_one);
	json_set_text(out, "straat",
	    street[0] == '\0' ? json_string_value(json_array_get(lines, 0))
			      : street);
	if (number[0] == '\0') {
		if (json_array_size(lines) > 0)
			fhir_note(p->notes, p->path, "address.line",
			    "zonder houseNumber: het huisnummer staat bij de "
			    "straat");
		return WH_OK;
	}
	if (snprintf(text, sizeof(text), "%s%s", number,
		fhir_extension(parts, SUFFIX)) >= (int)sizeof(text) ||
	    values_house_number(text, &house) != WH_OK)
		return fhir_refuse(p->fault, "value", p->path, "address.line",
		    "houseNumber is geen huisnummer");
	json_set_text(out, "huisnummer", house.number);
	json_set_text(out, "huisletter", house.letter);
	json_set_text(out, "toevoeging", house.addition);
	return WH_OK;
}

static enum wh_err
read_address(struct person *p, json_t *sections)
{
	static const char *const uses[] = {"home", NULL};
	const json_t *all = json_object_get(p->patient, "address");
	const json_t *address = choose(all, uses);
	const char *postcode = json_text(address, "postalCode");
	const char *country = json_text(address, "country");
	char code[VALUES_POSTCODE_SIZE];
	json_t *out;

	if (address == NULL)
		return WH_OK;
	out = json_object();
	json_object_set_new(sections, "ADDRESS", out);
	if (json_array_size(all) > 1)
		fhir_note(p->notes, p->path, "address", more_than_one);
	if (postcode[0] != '\0' &&
	    (values_postcode(postcode, code) != WH_OK || strlen(code) != 6))
		return fhir_refuse(p->fault, "value", p->path,
		    "address.postalCode", "moet zijn als 1064 HA");
	if (postcode[0] != '\0')
		json_set_text(out, "postcode", code);
	json_set_text(out, "plaats", json_text(address, "city"));
	if (country[0] != '\0' && strcmp(country, "NL") != 0 &&
	    strcmp(country, "NLD") != 0 && strcmp(country, "Nederland") != 0)
		return fhir_refuse(p->fault, "not-supported", p->path,
		    "address.country", "alleen adressen in Nederland");
	if (!fhir_extended(json_object_get(address, "extension"), address_keys,
		out))
		fhir_note(p->notes, p->path, "address.extension",
		    "onbekende extensies gaan niet mee");
	return read_line(p, address, out);
}

static enum wh_err
read_bsn(struct person *p, json_t *sections)
{
	const json_t *identifiers = json_object_get(p->patient, "identifier");
	const char *text = fhir_identified(identifiers, FHIR_BSN);
	char bsn[VALUES_BSN_SIZE];

	if (text[0] == '\0')
		return WH_OK;
	if (values_bsn(text, bsn) != WH_OK)
		return fhir_refuse(p->fault, "value", p->path, "identifier",
		    "het BSN voldoet niet aan de elfproef");
	json_object_set_new(sections, "BSN", json_pack("{s:s}", "bsn", bsn));
	return WH_OK;
}

enum wh_err
fhir_person_read(const json_t *patient, const char *path, json_t *sections,
    json_t *notes, struct fhir_fault *fault)
{
	struct person p = {.patient = patient,
	    .path = path,
	    .contact = json_object(),
	    .notes = notes,
	    .fault = fault};
	enum wh_err err;

	json_object_set_new(sections, "CONTACT", p.contact);
	if (!fhir_extended(json_object_get(patient, "extension"), contact_keys,
		p.contact))
		fhir_note(notes, path, "extension",
		    "onbekende extensies gaan niet mee");
	json_set_text(p.contact, "geslacht",
	    values_gender(json_text(patient, "gender")));
	read_telecom(&p);
	err = read_name(&p);
	if (err == WH_OK)
		err = read_birth_date(&p);
	if (err == WH_OK)
		err = read_language(&p);
	if (err == WH_OK)
		err = read_address(&p, sections);
	if (err == WH_OK)
		err = read_bsn(&p, sections);
	return err;
}

struct origin {
	enum category category;
	const char *field; /* "" for the whole section */
	const char *element;
};

static const struct origin origins[] = {
    {CATEGORY_CONTACT, "naam", "name"},
    {CATEGORY_CONTACT, "geboortedatum", "birthDate"},
    {CATEGORY_CONTACT, "telefoon", "telecom"},
    {CATEGORY_CONTACT, "email", "telecom"},
    {CATEGORY_CONTACT, "veiligContact", "extension"},
    {CATEGORY_CONTACT, "nietBenaderen", "extension"},
    {CATEGORY_ADDRESS, "", "address"},
    {CATEGORY_BSN, "", "identifier"},
};

const char *
fhir_person_element(enum category category, const char *field)
{
	for (size_t i = 0; i < sizeof(origins) / sizeof(origins[0]); i++) {
		const struct origin *o = &origins[i];

		if (o->category == category &&
		    strncmp(o->field, field, strlen(o->field)) == 0)
			return o->element;
	}
	return "";
}

const char *
fhir_person_client(const json_t *patient, const char **system)
{
	const json_t *identifier;
	size_t i;

	json_array_foreach(json_object_get(patient, "identifier"), i,
	    identifier)
	{
		*system = json_text(identifier, "system");
		if (strcmp(*system, FHIR_BSN) != 0 &&
		    json_text(identifier, "value")[0] != '\0')
			return json_text(identifier, "value");
	}
	*system = "";
	return json_text(patient, "id");
}

static void
add_text_extension(json_t *element, const char *url, const char *key,
    const char *text)
{
	json_t *list = json_object_get(element, "extension");

	if (text[0] == '\0')
		return;
	if (list == NULL) {
		list = json_array();
		json_object_set_new(element, "extension", list);
	}
	json_array_append_new(list,
	    json_pack("{s:s, s:s}", "url", url, key, text));
}

static void
write_name(const json_t *contact, json_t *patient)
{
	const json_t *in = json_object_get(contact, "naam");
	const char *prefix = json_text(in, "voorvoegsel");
	const char *own = json_text(in, "achternaam");
	const char *initials = json_text(in, "voorletters");
	const char *given = json_text(in, "voornamen");
	json_t *name = json_object();
	json_t *family = json_object();
	json_t *initial = json_object();

	if (own[0] != '\0')
		json_object_set_new(name, "family",
		    json_sprintf("%s%s%s", prefix, prefix[0] == '\0' ? "" : " ",
			own));
	add_text_extension(family, PREFIX, "valueString", prefix);
	add_text_extension(family, OWN_NAME, "valueString", own);
	fhir_set_new(name, "_family", family);
	if (given[0] != '\0')
		json_object_set_new(name, "given", json_pack("[s]", given));
	if (initials[0] != '\0') {
		json_t *list = json_object_get(name, "given");

		if (list == NULL) {
			list = json_array();
			json_object_set_new(name, "given", list);
		}
		add_text_extension(initial, QUALIFIER, "valueCode", "IN");
		json_object_set_new(name, "_given",
		    json_array_size(list) == 0 ? json_pack("[O]", initial)
					       : json_pack("[n, O]", initial));
		json_array_append_new(list, json_string(initials));
	}
	json_decref(initial);
	if (json_object_size(name) > 0)
		json_object_set_new(patient, "name", json_pack("[O]", name));
	json_decref(name);
}

static void
write_telecom(const json_t *contact, json_t *patient)
{
	static const char *const systems[][2] = {{"phone", "telefoon"},
	    {"email", "email"}};
	json_t *list = json_array();

	for (size_t i = 0; i < 2; i++) {
		const char *value = json_text(contact, systems[i][1]);

		if (value[0] != '\0')
			json_array_append_new(list,
			    json_pack("{s:s, s:s}", "system", systems[i][0],
				"value", value));
	}
	fhir_set_new(patient, "telecom", list);
}

/* "A" for a letter, "-2" for an addition, "A-2" for both. */
static void
write_line(const json_t *in, json_t *address)
{
	const char *street = json_text(in, "straat");
	const char *number = json_text(in, "huisnummer");
	const char *addition = json_text(in, "toevoeging");
	json_t *suffix = json_sprintf("%s%s%s", json_text(in, "huisletter"),
	    addition[0] == '\0' ? "" : "-", addition);
	json_t *parts = json_object();

	add_text_extension(parts, STREET, "valueString", street);
	add_text_extension(parts, NUMBER, "valueString", number);
	add_text_extension(parts, SUFFIX, "valueString",
	    json_string_value(suffix));
	if (json_object_size(parts) > 0) {
		json_object_set_new(address, "line",
		    json_pack("[o]", json_sprintf("%s%s%s%s", street,
					 number[0] == '\0' ? "" : " ", number,
					 json_string_value(suffix))));
		json_object_set_new(address, "_line", json_pack("[O]", parts));
	}
	json_decref(parts);
	json_decref(suffix);
}

static void
write_address(const json_t *in, json_t *patient)
{
	char postcode[VALUES_POSTCODE_SPACED_SIZE];
	json_t *address = json_pack("{s:s}", "use", "home");

	values_postcode_spaced(json_text(in, "postcode"), postcode);
	fhir_set_new(address, "extension", fhir_extensions(in, address_keys));
	write_line(in, address);
	json_set_text(address, "city", json_text(in, "plaats"));
	json_set_text(address, "postalCode", postcode);
	json_object_set_new(address, "country", json_string("NL"));
	json_object_set_new(patient, "address", json_pack("[o]", address));
}

json_t *
fhir_person_write(const json_t *sections)
{
	const json_t *contact = json_object_get(sections, "CONTACT");
	const json_t *address = json_object_get(sections, "ADDRESS");
	const char *bsn = json_text(json_object_get(sections, "BSN"), "bsn");
	const char *language = json_text(contact, "taal");
	json_t *patient = json_pack("{s:s}", "resourceType", "Patient");

	if (bsn[0] != '\0')
		json_object_set_new(patient, "identifier",
		    json_pack("[o]", fhir_identifier(FHIR_BSN, bsn)));
	fhir_set_new(patient, "extension",
	    fhir_extensions(contact, contact_keys));
	write_name(contact, patient);
	write_telecom(contact, patient);
	if (json_text(contact, "geslacht")[0] != '\0')
		json_set_text(patient, "gender",
		    values_gender_fhir(json_text(contact, "geslacht")));
	json_set_text(patient, "birthDate",
	    json_text(contact, "geboortedatum"));
	if (address != NULL)
		write_address(address, patient);
	if (language[0] != '\0')
		json_object_set_new(patient, "communication",
		    json_pack("[{s:o}]", "language",
			fhir_concept("urn:ietf:bcp:47", language, "")));
	return patient;
}
