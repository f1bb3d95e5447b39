/* SPDX-License-Identifier: EUPL-1.2 */
#include <assert.h>
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "adapters/api_impl.h"
#include "proto/wire_section.h"

/* openapi.json, from the routes and the shapes. */

struct answer {
	unsigned bit;
	bool is_problem;
	const char *status;
	const char *about;
};

static const struct answer answers[] = {
    {ANSWER_200, false, "200", "Gelukt; er is niets nieuws gemaakt."},
    {ANSWER_201, false, "201", "Gemaakt, en door de hub vastgelegd."},
    {ANSWER_202, false, "202",
	"Hier veilig bewaard; de hub heeft het nog niet bevestigd."},
    {ANSWER_400, true, "400", "Het verzoek is niet te lezen."},
    {ANSWER_401, true, "401", "Niet aangemeld."},
    {ANSWER_403, true, "403",
	"Geweigerd: code noemt de reden, detail wat u kunt doen."},
    {ANSWER_404, true, "404", "Niet gevonden."},
    {ANSWER_406, true, "406", "Hier komt alleen JSON vandaan."},
    {ANSWER_409, true, "409",
	"Botst met wat er al is, of kan niet in deze status."},
    {ANSWER_413, true, "413", "Te groot."},
    {ANSWER_415, true, "415", "Stuur application/json."},
    {ANSWER_422, true, "422", "Een of meer velden kloppen niet."},
    {ANSWER_500, true, "500", "Er ging hier iets mis."},
    {ANSWER_502, true, "502", "De hub gaf een bewijs dat niet klopt."},
    {ANSWER_503, true, "503", "Nu niet mogelijk; zie de header Retry-After."},
};
#define ANSWERS (sizeof(answers) / sizeof(answers[0]))

static json_t *
ref_to(const struct shape *shape)
{
	char ref[96];

	snprintf(ref, sizeof(ref), "#/components/schemas/%s", shape->name);
	return json_pack("{s:s}", "$ref", ref);
}

static json_t *
content_of(const char *type, const struct shape *shape)
{
	json_t *schema = shape == NULL ? json_pack("{s:s}", "type", "object")
				       : ref_to(shape);

	return json_pack("{s:{s:o}}", type, "schema", schema);
}

/* A yes of this route: JSON, or text to keep as a file. */
static json_t *
content_of_yes(const struct api_route *route)
{
	if (route->media != NULL)
		return json_pack("{s:{s:{s:s}}}", route->media, "schema",
		    "type", "string");
	return content_of("application/json", route->gives);
}

static json_t *
header_json(const char *about, const char *type)
{
	return json_pack("{s:s, s:{s:s}}", "description", about, "schema",
	    "type", type);
}

static json_t *
answer_json(const struct api_route *route, const struct answer *answer)
{
	json_t *headers = json_object();
	json_t *out;

	json_object_set_new(headers, "API-Version",
	    header_json("Versie van deze API.", "string"));
	if (answer->bit == ANSWER_201 || answer->bit == ANSWER_202)
		json_object_set_new(headers, "Location",
		    header_json("Waar het staat.", "string"));
	if (answer->bit == ANSWER_503)
		json_object_set_new(headers, "Retry-After",
		    header_json("Over hoeveel seconden weer.", "integer"));
	out = json_pack("{s:s, s:o, s:o}", "description", answer->about,
	    "headers", headers, "content",
	    answer->is_problem
		? content_of("application/problem+json", &shape_problem)
		: content_of_yes(route));
	return out;
}

static json_t *
answers_json(const struct api_route *route)
{
	unsigned given = route->answers | (route->roles != 0 ? ANSWER_403 : 0);
	json_t *out = json_object();
	size_t i;

	for (i = 0; i < ANSWERS; i++)
		if ((given & answers[i].bit) != 0)
			json_object_set_new(out, answers[i].status,
			    answer_json(route, &answers[i]));
	return out;
}

/* The one between braces in the path, if any. */
static void
add_path_param(const char *path, json_t *params)
{
	const char *open = strchr(path, '{');
	const char *end;

	if (open == NULL)
		return;
	end = strchr(open, '}');
	assert(end != NULL);
	json_array_append_new(params,
	    json_pack("{s:s%, s:s, s:b, s:{s:s}}", "name", open + 1,
		(size_t)(end - open - 1), "in", "path", "required", 1, "schema",
		"type", "string"));
}

static json_t *
params_json(const struct api_route *route)
{
	json_t *params = json_array();
	const struct shape_field *field;

	add_path_param(route->path, params);
	for (field = route->query == NULL ? NULL : route->query->fields;
	     field != NULL && field->name != NULL; field++)
		json_array_append_new(params,
		    json_pack("{s:s, s:s, s:b, s:o}", "name", field->name, "in",
			"query", "required", 0, "schema",
			shape_field_schema(field)));
	return params;
}

static json_t *
route_json(const struct api_route *route)
{
	json_t *out = json_pack("{s:s, s:s, s:o}", "operationId", route->name,
	    "summary", route->about, "responses", answers_json(route));
	json_t *params = params_json(route);

	if (json_array_size(params) > 0)
		json_object_set(out, "parameters", params);
	json_decref(params);
	if (route->takes != NULL)
		json_object_set_new(out, "requestBody",
		    json_pack("{s:b, s:o}", "required", !route->takes_maybe,
			"content",
			content_of("application/json", route->takes)));
	if (route->is_open)
		json_object_set_new(out, "security", json_array());
	return out;
}

static json_t *
paths_json(void)
{
	size_t count, i;
	const struct api_route *routes = api_route_table(&count);
	json_t *out = json_object();
	json_t *path;
	char method[8];
	size_t n;

	for (i = 0; i < count; i++) {
		path = json_object_get(out, routes[i].path);
		if (path == NULL) {
			path = json_object();
			json_object_set_new(out, routes[i].path, path);
		}
		for (n = 0; routes[i].method[n] != '\0' && n < 7; n++)
			method[n] =
			    (char)tolower((unsigned char)routes[i].method[n]);
		method[n] = '\0';
		json_object_set_new(path, method, route_json(&routes[i]));
	}
	return out;
}

static json_t *
schemas_json(void)
{
	json_t *out = json_object();
	const struct term *term;
	size_t i;

	for (i = 0; shape_all[i] != NULL; i++)
		json_object_set_new(out, shape_all[i]->name,
		    shape_schema(shape_all[i]));
	for (i = 0; shape_officer_all[i] != NULL; i++)
		json_object_set_new(out, shape_officer_all[i]->name,
		    shape_schema(shape_officer_all[i]));
	for (term = terms_all(TERMS_CATEGORIES); term->text != NULL; term++)
		json_object_set_new(out, term->text,
		    wire_section_schema((enum category)term->number));
	return out;
}

static json_t *
info_json(void)
{
	return json_pack("{s:s, s:s, s:s, s:{s:s, s:s}}", "title", "Wijkhub",
	    "version", "1.0.0", "description",
	    "Verwijzingen tussen organisaties die bewoners van een buurt "
	    "helpen. Elke adapter heeft deze API.",
	    "license", "name", "EUPL-1.2", "identifier", "EUPL-1.2");
}

json_t *
api_schema(void)
{
	json_t *doc = json_pack("{s:s, s:o, s:[{s:s}], s:o, s:[{s:[]}], "
				"s:{s:o, s:{s:{s:s, s:s}}}}",
	    "openapi", "3.1.0", "info", info_json(), "servers", "url", "/",
	    "paths", paths_json(), "security", "bearer", "components",
	    "schemas", schemas_json(), "securitySchemes", "bearer", "type",
	    "http", "scheme", "bearer");

	assert(doc != NULL);
	return doc;
}
