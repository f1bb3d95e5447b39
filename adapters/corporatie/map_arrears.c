/* SPDX-License-Identifier: EUPL-1.2 */
#include <stdio.h>
#include <string.h>

#include "adapters/corporatie/map.h"
#include "adapters/corporatie/vera.h"
#include "adapters/json.h"
#include "adapters/values.h"

/*
 * The early signal of rent arrears. A landlord may give contact details and
 * the amount, and only after the four efforts of the Besluit gemeentelijke
 * schuldhulpverlening art. 2 (Stb. 2020-240). Nothing else goes along: no
 * birth date, gender or language, and no text of the document.
 */

#define AMOUNT_MAX INT64_C(9999999999) /* euro; as far as ARREARS goes */

struct effort {
	const char *attribute;
	const char *key; /* in grondslag.pogingen */
};

static const struct effort efforts[] = {
    /* tried to reach the tenant in person */
    {"vroegsignaal-persoonlijk-contact", "persoonlijkContact"},
    /* pointed to debt help */
    {"vroegsignaal-gewezen-op-hulp", "gewezenOpHulp"},
    /* at least one written reminder */
    {"vroegsignaal-schriftelijke-herinnering", "schriftelijkeHerinnering"},
    /* offered to pass the data on, and the tenant did not say no */
    {"vroegsignaal-aanbod-overdracht-zonder-weigering", "aanbodNietGeweigerd"},
};
#define EFFORTS (sizeof(efforts) / sizeof(efforts[0]))

/* All four, or the names of those that are missing. */
static enum wh_err
check_efforts(const json_t *document, json_t *made, struct action *out)
{
	char missing[192] = "";
	const char *value;
	enum wh_err err;

	for (size_t i = 0; i < EFFORTS; i++) {
		err = map_vera_option(document, efforts[i].attribute, &value,
		    out);
		if (err != WH_OK)
			return err;
		if (strcmp(value, "true") == 0) {
			json_object_set_new(made, efforts[i].key, json_true());
			continue;
		}
		(void)snprintf(missing + strlen(missing),
		    sizeof(missing) - strlen(missing), "%s%s",
		    missing[0] == '\0' ? "" : ", ", efforts[i].attribute);
	}
	if (missing[0] == '\0')
		return WH_OK;
	action_reject(out, "VROEGSIGNAAL_ONVOLLEDIG", "extra-attributen",
	    "geen \"true\": %s (Besluit schuldhulpverlening art. 2)", missing);
	return WH_INVALID;
}

/* Text by its digits; a JSON number by its decimal text. */
static enum wh_err
read_amount(const char *text, const json_t *amount, int64_t *cents)
{
	if (text[0] != '\0')
		return values_cents(text, cents);
	if (json_is_string(amount))
		return values_cents(json_string_value(amount), cents);
	if (json_is_real(amount))
		return values_cents_real(json_real_value(amount), cents);
	if (!json_is_integer(amount) || json_integer_value(amount) < 0 ||
	    json_integer_value(amount) > AMOUNT_MAX)
		return WH_INVALID;
	*cents = json_integer_value(amount) * 100;
	return WH_OK;
}

static enum wh_err
set_amount(const json_t *document, const json_t *amount, json_t *arrears,
    struct action *out)
{
	static const char attribute[] = "achterstand-bedrag-eur";
	const char *text;
	int64_t cents = 0;
	enum wh_err err;

	err = map_vera_option(document, attribute, &text, out);
	if (err != WH_OK)
		return err;
	if (text[0] == '\0' && amount == NULL)
		return map_vera_refuse(out, "VELD_ONTBREEKT", attribute,
		    "het bedrag van de achterstand ontbreekt");
	if (read_amount(text, amount, &cents) != WH_OK || cents <= 0)
		return map_vera_refuse(out, "VELD_ONJUIST",
		    text[0] == '\0' ? "saldo" : attribute,
		    "geen bedrag in euro's, groter dan nul, met een punt of "
		    "komma en hoogstens twee decimalen");
	json_object_set_new(arrears, "bedragCenten", json_integer(cents));
	return WH_OK;
}

static enum wh_err
set_months(const json_t *document, json_t *arrears, struct action *out)
{
	json_int_t months = 0;
	const char *text;
	enum wh_err err;

	err = map_vera_option(document, "aantal-maanden", &text, out);
	if (err != WH_OK || text[0] == '\0')
		return err;
	if (strlen(text) > 3 || strspn(text, "0123456789") != strlen(text))
		return map_vera_refuse(out, "VELD_ONJUIST", "aantal-maanden",
		    "geen heel getal van hoogstens drie cijfers");
	for (; *text != '\0'; text++)
		months = months * 10 + (*text - '0');
	if (months > 0)
		json_object_set_new(arrears, "maanden", json_integer(months));
	return WH_OK;
}

static enum wh_err
set_arrears(const struct map_in *in, const json_t *amount, json_t *body,
    struct action *out)
{
	json_t *made = json_object();
	json_t *arrears = json_object();
	enum wh_err err;

	json_object_set_new(body, "type", json_string("huurachterstand"));
	json_object_set_new(body, "grondslag",
	    json_pack("{s:s, s:s, s:o}", "soort", "DUTY_WITH_OBJECTION",
		"instrument", "wgs-vroegsignalering", "pogingen", made));
	json_object_set_new(body, "gegevens",
	    json_pack("{s:o}", "ARREARS", arrears));
	err = check_efforts(in->document, made, out);
	if (err == WH_OK)
		err = set_amount(in->document, amount, arrears, out);
	if (err == WH_OK)
		err = set_months(in->document, arrears, out);
	if (err == WH_OK)
		json_object_set_new(arrears, "pogingen", json_deep_copy(made));
	return err;
}

void
map_vera_signal(const struct map_in *in, const struct map_address *document,
    const json_t *amount, const char *field, struct action *out)
{
	struct map_address to = *document;
	json_t *body = json_object();
	json_t *sections;
	enum wh_err err;

	err = set_arrears(in, amount, body, out);
	if (err == WH_OK)
		err = map_vera_relatie(in, to.keys, field, out);
	sections = json_object_get(body, "gegevens");
	if (err == WH_OK)
		err = map_vera_contact(in->relatie, false, sections, out);
	if (err == WH_OK)
		err = map_vera_address(in, sections, &to.adres, out);
	to.member = in->settings->members[MAP_WPI];
	if (err == WH_OK)
		map_vera_finish(in, &to, body, out);
	json_decref(body);
}

/* Only what is going on now is a signal. */
static enum wh_err
check_ended(const struct map_in *in, struct action *out)
{
	int64_t at_ms;

	if (values_time(json_text(in->document, "einddatum"), &at_ms) ==
		WH_OK &&
	    at_ms <= in->now_ms)
		return map_vera_refuse(out, "NIET_ACTIEF", "einddatum",
		    "ligt in het verleden");
	return WH_OK;
}

static enum wh_err
check_signalering(const json_t *document, struct action *out)
{
	const char *kind = vera_code(document, "soort");
	const char *detail = vera_code(document, "detailSoort");

	if (vera_find(VERA_SIGNALERINGSOORT, kind, "") == NULL)
		return map_vera_refuse(out, "CODE_ONBEKEND", "soort",
		    "geen geldige code van SIGNALERINGSOORT");
	if (strcmp(kind, "SCH") != 0)
		return map_vera_refuse(out, "SIGNALERING_NIET_VERWIJSBAAR",
		    "soort",
		    "alleen SCH (huurschuld) kan als vroegsignaal worden "
		    "gedeeld; voor andere signalen: maak een Zaak");
	if (vera_find(VERA_SIGNALERINGDETAILSOORT, detail, kind) == NULL)
		return map_vera_refuse(out, "CODE_ONBEKEND", "detailSoort",
		    "geen code van SIGNALERINGDETAILSOORT onder SCH");
	if (strcmp(detail, "BET") != 0)
		return map_vera_refuse(out, "SIGNALERING_NIET_VERWIJSBAAR",
		    "detailSoort",
		    "alleen BET (betalingsachterstand) kan als vroegsignaal "
		    "worden gedeeld");
	if (strcmp(vera_code(document, "status"), "ACT") != 0)
		return map_vera_refuse(out, "NIET_ACTIEF", "status",
		    "alleen een actieve signalering (ACT) wordt gedeeld");
	return WH_OK;
}

void
map_vera_signalering(const struct map_in *in, struct action *out)
{
	const struct map_address document = {.what = "Signalering",
	    .resource = "signaleringen",
	    .keys = json_object_get(in->document, "relatie")};

	if (check_signalering(in->document, out) == WH_OK &&
	    check_ended(in, out) == WH_OK)
		map_vera_signal(in, &document, NULL, "relatie.id", out);
}

void
map_vera_incasso(const struct map_in *in, struct action *out)
{
	const json_t *debtor = json_object_get(in->document, "debiteur");
	const struct map_address document = {.what = "ExterneIncasso",
	    .resource = "externe-incassos",
	    .keys = json_object_get(debtor, "relatie")};

	if (vera_find(VERA_EXTERNEINCASSOSOORT,
		vera_code(in->document, "soort"), "") == NULL)
		(void)map_vera_refuse(out, "CODE_ONBEKEND", "soort",
		    "geen code van EXTERNEINCASSOSOORT");
	else if (strcmp(vera_code(in->document, "status"), "ACT") != 0)
		(void)map_vera_refuse(out, "NIET_ACTIEF", "status",
		    "alleen een actieve incasso (ACT) wordt gedeeld");
	else if (check_ended(in, out) == WH_OK)
		map_vera_signal(in, &document,
		    json_object_get(in->document, "saldo"),
		    "debiteur.relatie.id", out);
}
