/* SPDX-License-Identifier: EUPL-1.2 */
#include "adapters/loopback/map.h"

#include <string.h>

#include "adapters/json.h"

enum wh_err
map_to_referral(const json_t *document, json_t **referral, const char **field)
{
	static const char *const required[] = {"nummer", "soort", "wijk",
	    "persoon", "toestemming", "naam", "vraag"};
	json_t *contact;
	size_t i;

	for (i = 0; i < sizeof(required) / sizeof(required[0]); i++)
		if (json_text(document, required[i])[0] == '\0') {
			*field = required[i];
			return WH_INVALID;
		}
	contact = json_pack("{s:{s:s}}", "naam", "achternaam",
	    json_text(document, "naam"));
	if (json_text(document, "telefoon")[0] != '\0')
		json_object_set(contact, "telefoon",
		    json_object_get(document, "telefoon"));
	*referral = json_pack(
	    "{s:s, s:{s:s}, s:s, s:{s:s, s:s}, s:s, s:{s:o, s:{s:s}}}", "type",
	    json_text(document, "soort"), "naar", "buurt",
	    json_text(document, "wijk"), "client",
	    json_text(document, "persoon"), "grondslag", "soort", "CONSENT_AVG",
	    "toestemming", json_text(document, "toestemming"), "kenmerk",
	    json_text(document, "nummer"), "gegevens", "CONTACT", contact,
	    "REQUEST", "tekst", json_text(document, "vraag"));
	return WH_OK;
}

json_t *
map_to_document(const json_t *dossier, const json_t *event)
{
	return json_pack("{s:s, s:s, s:s, s:s}", "nummer",
	    json_text(dossier, "kenmerk"), "status", json_text(event, "soort"),
	    "reden", json_text(event, "code"), "tekst",
	    json_text(event, "toelichting"));
}
