/* SPDX-License-Identifier: EUPL-1.2 */
#include "adapters/api.h"

#include <stdlib.h>

#include "adapters/api_impl.h"
#include "proto/base/mem.h"
#include "proto/limits.h"

/* Every category at its fullest, as JSON with what it has to escape. */
#define REFERRAL_MAX ((size_t)4 * ENVELOPE_MAX)
#define EVENT_MAX    ((size_t)512 * 1024)
#define CONSENT_MAX  ((size_t)64 * 1024)
#define CODE_MAX     ((size_t)4 * 1024)

/* Who may see what is kept here about residents. */
#define ROLES_READ (ROLE_PROFESSIONAL | ROLE_OFFICER)

static http_handler_fn answer_schema;

/* What every route with a token can answer, and every one with a body. */
#define ANSWER_ALL                                                             \
	(ANSWER_400 | ANSWER_401 | ANSWER_406 | ANSWER_413 | ANSWER_500 |      \
	    ANSWER_503)
#define ANSWER_BODY (ANSWER_ALL | ANSWER_415 | ANSWER_422)
#define ANSWER_MAKE (ANSWER_200 | ANSWER_201 | ANSWER_202)

static const struct api_route routes[] = {
    {.method = "POST",
	.path = "/v1/verwijzingen",
	.handler = api_refer,
	.body_max = REFERRAL_MAX,
	.name = "verwijzingMaken",
	.roles = ROLE_PROFESSIONAL,
	.about = "Maak een verwijzing.",
	.takes = &shape_referral_new,
	.gives = &shape_referral,
	.answers = ANSWER_MAKE | ANSWER_BODY | ANSWER_403 | ANSWER_409},
    {.method = "GET",
	.path = "/v1/verwijzingen",
	.handler = api_referral_list,
	.name = "verwijzingenTonen",
	.roles = ROLES_READ,
	.about = "Verwijzingen, nieuwste eerst, 50 op een bladzijde.",
	.query = &shape_list_query,
	.gives = &shape_referral_list,
	.answers = ANSWER_200 | ANSWER_ALL},
    {.method = "GET",
	.path = "/v1/verwijzingen/{id}",
	.handler = api_referral_get,
	.name = "verwijzingTonen",
	.roles = ROLES_READ,
	.about = "Een verwijzing zoals zij nu is.",
	.gives = &shape_referral,
	.answers = ANSWER_200 | ANSWER_ALL | ANSWER_404},
    {.method = "POST",
	.path = "/v1/verwijzingen/{id}/gebeurtenissen",
	.handler = api_event,
	.body_max = EVENT_MAX,
	.name = "gebeurtenisMaken",
	.roles = ROLE_PROFESSIONAL,
	.about = "Doe iets met een verwijzing: accepteren, afwijzen, …",
	.takes = &shape_event_new,
	.gives = &shape_referral,
	.answers = ANSWER_201 | ANSWER_202 | ANSWER_BODY | ANSWER_403 |
		   ANSWER_404 | ANSWER_409},
    {.method = "POST",
	.path = "/v1/verwijzingen/{id}/wissing",
	.handler = api_confirm,
	.body_max = CODE_MAX,
	.name = "wissingMelden",
	.roles = ROLES_READ,
	.about = "Meld wat er na een intrekking in uw eigen systeem mee "
		 "gebeurde.",
	.takes = &shape_erasure_new,
	.gives = &shape_referral,
	.answers = ANSWER_200 | ANSWER_BODY | ANSWER_404 | ANSWER_409},
    {.method = "POST",
	.path = "/v1/toestemmingsvragen",
	.handler = api_question,
	.body_max = CONSENT_MAX,
	.name = "toestemmingsvraagMaken",
	.roles = ROLE_PROFESSIONAL,
	.about = "Wat u de bewoner vraagt. Hier wordt niets vastgelegd.",
	.takes = &shape_question_new,
	.gives = &shape_question,
	.answers = ANSWER_200 | ANSWER_BODY | ANSWER_403},
    {.method = "POST",
	.path = "/v1/toestemmingen",
	.handler = api_consent,
	.body_max = CONSENT_MAX,
	.name = "toestemmingVastleggen",
	.roles = ROLE_PROFESSIONAL,
	.about = "Leg een toestemming of andere grondslag vast.",
	.takes = &shape_consent_new,
	.gives = &shape_consent,
	.answers = ANSWER_MAKE | ANSWER_BODY | ANSWER_403 | ANSWER_409},
    {.method = "GET",
	.path = "/v1/toestemmingen",
	.handler = api_consent_list,
	.name = "toestemmingenTonen",
	.roles = ROLES_READ,
	.about = "Toestemmingen die hier zijn vastgelegd, nieuwste eerst.",
	.query = &shape_consent_query,
	.gives = &shape_consent_list,
	.answers = ANSWER_200 | ANSWER_ALL},
    {.method = "GET",
	.path = "/v1/toestemmingen/{id}",
	.handler = api_consent_get,
	.name = "toestemmingTonen",
	.roles = ROLES_READ,
	.about = "Een toestemming zoals zij nu is.",
	.gives = &shape_consent,
	.answers = ANSWER_200 | ANSWER_ALL | ANSWER_404},
    {.method = "GET",
	.path = "/v1/toestemmingen/{id}/ontvangstbewijs",
	.handler = api_slip,
	.name = "ontvangstbewijsTonen",
	.roles = ROLE_PROFESSIONAL,
	.about = "Wat de bewoner meekrijgt, om te tonen of te printen.",
	.media = "text/html",
	.answers =
	    (ANSWER_200 | ANSWER_ALL | ANSWER_404 | ANSWER_409) & ~ANSWER_406},
    {.method = "POST",
	.path = "/v1/toestemmingen/{id}/intrekking",
	.handler = api_consent_withdraw,
	.body_max = CODE_MAX,
	.name = "toestemmingIntrekken",
	.roles = ROLES_READ,
	.about = "Trek een toestemming in, of leg een bezwaar vast.",
	.takes = &shape_withdrawal_empty,
	.takes_maybe = true,
	.gives = &shape_withdrawal,
	.answers =
	    ANSWER_MAKE | ANSWER_BODY | ANSWER_403 | ANSWER_404 | ANSWER_409},
    {.method = "POST",
	.path = "/v1/intrekkingen",
	.handler = api_withdraw,
	.body_max = CODE_MAX,
	.name = "intrekkenMetCode",
	.roles = ROLES_READ,
	.about = "Trek in met de code van de bewoner, bij elk lid.",
	.takes = &shape_withdrawal_new,
	.gives = &shape_withdrawal,
	.answers = ANSWER_201 | ANSWER_202 | ANSWER_BODY | ANSWER_403 |
		   ANSWER_404 | ANSWER_409},
    {.method = "GET",
	.path = "/v1/intrekkingen/{id}",
	.handler = api_withdrawal_get,
	.name = "intrekkingTonen",
	.roles = ROLES_READ,
	.about = "Hoe ver een intrekking is die hier met een code werd gedaan.",
	.gives = &shape_withdrawal,
	.answers = ANSWER_200 | ANSWER_ALL | ANSWER_404},
    {.method = "GET",
	.path = "/v1/partners",
	.handler = api_partners,
	.name = "partnersTonen",
	.about = "Wie dit type hier van u kan ontvangen.",
	.query = &shape_partner_query,
	.gives = &shape_partners,
	.answers = ANSWER_200 | ANSWER_ALL},
    {.method = "GET",
	.path = "/v1/typen",
	.handler = api_types,
	.name = "typenTonen",
	.about = "De types verwijzing van het convenant.",
	.gives = &shape_types,
	.answers = ANSWER_200 | ANSWER_ALL},
    {.method = "GET",
	.path = "/v1/logboek",
	.handler = api_log_list,
	.name = "logboekTonen",
	.roles = ROLE_OFFICER,
	.about = "Besluiten van de hub over deze organisatie, en wie hier wat "
		 "bekeek. Alleen voor de privacy officer.",
	.query = &shape_log_query,
	.gives = &shape_log,
	.answers = ANSWER_200 | ANSWER_ALL},
    {.method = "GET",
	.path = "/v1/verwijzingen/{id}/bewijs",
	.handler = api_referral_proof,
	.name = "verwijzingBewijzen",
	.roles = ROLES_READ,
	.about = "Het bewijs dat de hub deze verwijzing aannam, als bestand.",
	.media = "text/plain",
	.answers =
	    ANSWER_200 | (ANSWER_ALL & ~ANSWER_406) | ANSWER_404 | ANSWER_502},
    {.method = "GET",
	.path = "/v1/logboek/{index}/bewijs",
	.handler = api_proof,
	.name = "bewijsTonen",
	.roles = ROLES_READ,
	.about = "Het bewijs dat een regel in het logboek staat.",
	.gives = &shape_proof,
	.answers = ANSWER_200 | ANSWER_ALL | ANSWER_404 | ANSWER_502},
    {.method = "GET",
	.path = "/v1/beoordelingen",
	.handler = api_review_list,
	.name = "beoordelingenTonen",
	.roles = ROLES_READ,
	.about = "Verwijzingen uit nood, die een tweede persoon nakijkt.",
	.query = &shape_review_query,
	.gives = &shape_review_list,
	.answers = ANSWER_200 | ANSWER_ALL},
    {.method = "POST",
	.path = "/v1/inzageverzoeken",
	.handler = api_report,
	.body_max = CODE_MAX,
	.name = "inzageverzoekMaken",
	.roles = ROLE_OFFICER,
	.about = "Het verslag van een client (AVG art. 15). Alleen voor de "
		 "privacy officer.",
	.takes = &shape_report_new,
	.gives = &shape_report,
	.answers = ANSWER_201 | ANSWER_BODY},
    {.method = "GET",
	.path = "/v1/inzageverzoeken/{id}",
	.handler = api_report_get,
	.name = "inzageverzoekTonen",
	.roles = ROLE_OFFICER,
	.about = "Een verslag dat eerder is gemaakt, zolang het wordt bewaard.",
	.gives = &shape_report,
	.answers = ANSWER_200 | ANSWER_ALL | ANSWER_404},
    {.method = "GET",
	.path = "/v1/openapi.json",
	.handler = answer_schema,
	.is_open = true,
	.name = "schemaTonen",
	.about = "Deze beschrijving.",
	.answers = ANSWER_200 | ANSWER_400 | ANSWER_406 | ANSWER_413},
};
#define ROUTES (sizeof(routes) / sizeof(routes[0]))

const struct api_route *
api_route_table(size_t *count)
{
	*count = ROUTES;
	return routes;
}

static void
answer_schema(void *arg, struct http_request *request)
{
	const struct api *api = arg;

	http_header(request, "Access-Control-Allow-Origin", "*");
	http_reply(request, 200, "application/json", span_str(api->openapi),
	    NULL);
}

struct api *
api_new(struct http *http, struct runner *runner)
{
	struct api *api = mem_new(sizeof(*api));
	struct http_route table[ROUTES];
	json_t *schema = api_schema();
	size_t i;

	api->runner = runner;
	api->openapi = json_dumps(schema, JSON_INDENT(1));
	json_decref(schema);
	for (i = 0; i < ROUTES; i++)
		table[i] = (struct http_route){.method = routes[i].method,
		    .path = routes[i].path,
		    .handler = routes[i].handler,
		    .arg = api,
		    .roles = routes[i].roles,
		    .body_max = routes[i].body_max,
		    .is_open = routes[i].is_open,
		    .is_json = routes[i].media == NULL};
	http_routes(http, table, ROUTES);
	return api;
}

void
api_free(struct api *api)
{
	if (api == NULL)
		return;
	free(api->openapi);
	mem_free(api);
}
