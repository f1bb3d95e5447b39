/* SPDX-License-Identifier: EUPL-1.2 */
#include "adapters/loopback/map.h"

#include <string.h>

static const char *
text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text == NULL ? "" : text;
}

enum wh_err
map_to_referral(const json_t *document, json_t **referral, const char **field)
{
	static const char *const required[] = {"nummer", "soort", "wijk",
	    "persoon", "toestemming", "naam", "vraag"};
	json_t *contact;
	size_t i;

	for (i = 0; i < sizeof(required) / sizeof(required[0]); i++)
		if (text_of(document, required[i])[0] == '\0') {
			*field = required[i];
			return WH_INVALID;
		}
	contact = json_pack("{s:{s:s}}", "naam", "achternaam",
	    text_of(document, "naam"));
	if (text_of(document, "telefoon")[0] != '\0')
		json_object_set(contact, "telefoon",
		    json_object_get(document, "telefoon"));
	*referral = json_pack(
	    "{s:s, s:{s:s}, s:s, s:{s:s, s:s}, s:s, s:{s:o, s:{s:s}}}", "type",
	    text_of(document, "soort"), "naar", "buurt",
	    text_of(document, "wijk"), "client", text_of(document, "persoon"),
	    "grondslag", "soort", "CONSENT_AVG", "toestemming",
	    text_of(document, "toestemming"), "kenmerk",
	    text_of(document, "nummer"), "gegevens", "CONTACT", contact,
	    "REQUEST", "tekst", text_of(document, "vraag"));
	return WH_OK;
}

json_t *
map_to_document(const json_t *dossier, const json_t *event)
{
	return json_pack("{s:s, s:s, s:s, s:s}", "nummer",
	    text_of(dossier, "kenmerk"), "status", text_of(event, "soort"),
	    "reden", text_of(event, "code"), "tekst",
	    text_of(event, "toelichting"));
}
