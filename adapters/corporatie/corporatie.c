/* SPDX-License-Identifier: EUPL-1.2 */
#include "adapters/corporatie/corporatie.h"

#include <stdio.h>
#include <string.h>

#include "adapters/corporatie/map.h"
#include "adapters/corporatie/vera.h"
#include "adapters/corporatie/vera_reply.h"
#include "adapters/json.h"
#include "proto/base/mem.h"
#include "proto/base/text.h"

/*
 * A housing corporation, over VERA 4.3. In: Signalering and ExterneIncasso as
 * an early signal of rent arrears, Zaak as the referral that its zaaktype
 * stands for. Out: Onderhoudsverzoek for damp and mould, Zaak for the rest,
 * Contactmoment for what became of a referral.
 *
 * settings, all optional:
 *   wpi, buurtteam, politie   the members of those roles; the same names when
 *                             not given
 *   buurt                     area of an address whose buurt is not known
 *   buurten                   "FB01=dichtersbuurt FB02=confuciusbuurt"
 *   zaaktype_<soort>_<detailSoort>   map.h
 *
 * The client number is the id of the relatie: consents are recorded under it.
 * Kenmerken or extra-attributen that are read: wijkhub-toestemming,
 * wijkhub-type, wijkhub-ontvanger, wijkhub-buurt, wijkhub-urgentie,
 * achterstand-bedrag-eur, aantal-maanden and the four vroegsignaal-*; with a
 * status those of map_status.c.
 */

#define BODY_MAX        262144
#define CONTACTMOMENTEN "/contactmomenten"

struct corporatie {
	json_t *texts; /* owned: what settings points into */
	struct map_settings settings;
};

#define ZAAKTYPE_KEY(soort, detail, type) "zaaktype_" #soort "_" #detail,

static const char *const settings[] = {"wpi", "buurtteam", "politie", "buurt",
    "buurten", MAP_ZAAKTYPEN(ZAAKTYPE_KEY) NULL};

static void
corporatie_close(void *state)
{
	struct corporatie *c = state;

	if (c == NULL)
		return;
	json_decref(c->texts);
	mem_free(c);
}

static const char *
setting(struct corporatie *c, const struct adapter_env *env, const char *key,
    const char *otherwise)
{
	const char *value = env->setting(env, key);

	if (value == NULL || value[0] == '\0')
		value = otherwise;
	json_object_set_new(c->texts, key, json_string(value));
	return json_text(c->texts, key);
}

static enum wh_err
corporatie_open(const struct adapter_env *env, void **state, struct why *why)
{
	struct corporatie *c = mem_new(sizeof(*c));
	struct map_settings *s = &c->settings;
	const char *key;
	enum wh_err err;

	c->texts = json_object();
	s->members[MAP_WPI] = setting(c, env, "wpi", "wpi");
	s->members[MAP_BUURTTEAM] = setting(c, env, "buurtteam", "buurtteam");
	s->members[MAP_POLITIE] = setting(c, env, "politie", "politie");
	s->area = setting(c, env, "buurt", "");
	s->areas = setting(c, env, "buurten", "");
	for (size_t i = 0; i < MAP_ZAAKTYPE_COUNT; i++) {
		key = map_vera_zaaktype_key(i);
		s->zaaktypen[i] = setting(c, env, key, "");
	}
	err = map_vera_settings(s, why);
	if (err != WH_OK) {
		corporatie_close(c);
		return err;
	}
	*state = c;
	return WH_OK;
}

/* Repairs are reported to a landlord, not by one. */
static void
divert_repair(const struct map_in *in, struct action *out)
{
	(void)in;
	(void)map_vera_refuse(out, "NIET_VERWIJSBAAR", "onderhoudsverzoeken",
	    "het convenant kent geen verwijzing van een onderhoudsverzoek door "
	    "een corporatie; vocht en schimmel komen juist hierheen");
	out->kind = ACTION_DIVERT;
}

struct resource {
	const char *name;
	void (*post)(const struct map_in *in, struct action *out);
	void (*patch)(const json_t *document, const json_t *dossier,
	    const char *id, struct action *out); /* NULL: no such route */
};

static const struct resource resources[] = {
    {"zaken", map_vera_zaak, map_vera_zaakstatus},
    {"signaleringen", map_vera_signalering, NULL},
    {"externe-incassos", map_vera_incasso, NULL},
    {"onderhoudsverzoeken", divert_repair, map_vera_verzoekstatus},
};
#define RESOURCES (sizeof(resources) / sizeof(resources[0]))

/* By the path, whatever follows the name. NULL when it is none of ours. */
static const struct resource *
find_resource(const char *path)
{
	size_t base = strlen(VERA_BASE);
	size_t len;

	if (strncmp(path, VERA_BASE, base) != 0)
		return NULL;
	path += base;
	len = strcspn(path, "/");
	for (size_t i = 0; i < RESOURCES; i++) {
		if (strlen(resources[i].name) == len &&
		    memcmp(resources[i].name, path, len) == 0)
			return &resources[i];
	}
	return NULL;
}

static void
take_document(const struct corporatie *c, const struct adapter_in *in,
    const struct resource *resource, struct action *out)
{
	json_t *document = json_loadb((const char *)in->body.p, in->body.len,
	    JSON_REJECT_DUPLICATES, NULL);
	const struct map_in map = {.settings = &c->settings,
	    .document = document,
	    .relatie = in->fetched,
	    .now_ms = in->now_ms};

	if (!json_is_object(document))
		(void)map_vera_refuse(out, "GEEN_JSON", "",
		    "de inhoud is geen JSON-object, of een naam staat er "
		    "twee keer in");
	else if (strcmp(in->method, "PATCH") == 0 && resource->patch != NULL)
		resource->patch(document, in->dossier, in->id, out);
	else
		resource->post(&map, out);
	json_decref(document);
}

static void
corporatie_take(void *state, const struct adapter_in *in, struct action *out)
{
	const struct resource *resource = find_resource(in->path);

	if (resource == NULL) {
		(void)map_vera_refuse(out, "ONBEKEND", "",
		    "dit document wordt hier niet aangenomen");
	} else if (strcmp(in->method, "GET") == 0) {
		out->kind = ACTION_READ;
		if (str_copy(out->id, sizeof(out->id), in->id) != WH_OK)
			(void)map_vera_refuse(out, "VELD_ONJUIST", "id",
			    "geen nummer van een verwijzing");
	} else {
		take_document(state, in, resource, out);
	}
}

static void
corporatie_answer(void *state, const struct adapter_in *in,
    const struct outcome *outcome, struct adapter_reply *reply)
{
	const struct resource *resource = find_resource(in->path);

	(void)state;
	vera_reply_make(in, resource == NULL ? "zaken" : resource->name,
	    outcome, reply);
}

static bool
event_is(const json_t *event, const char *word)
{
	return strcmp(json_text(event, "soort"), word) == 0;
}

static bool
is_one_phase(const json_t *dossier)
{
	return json_is_true(json_object_get(dossier, "eenfase"));
}

/*
 * The event by which everything of a received referral is here and ours: the
 * hub's automatic acceptance, or the identity that follows our own.
 */
static bool
is_arrival(const json_t *dossier, const json_t *event)
{
	return event_is(event,
	    is_one_phase(dossier) ? "automatisch" : "identiteit");
}

/* A notice that is said again has the same word and another moment. */
static bool
is_first(const json_t *dossier, const json_t *event)
{
	const json_t *list = json_object_get(dossier, "gebeurtenissen");
	const json_t *entry;
	size_t i;

	json_array_foreach(list, i, entry)
	{
		if (event_is(entry, json_text(event, "soort")))
			return json_equal(entry, event);
	}
	return true;
}

static bool
has_arrived(const json_t *dossier)
{
	const json_t *list = json_object_get(dossier, "gebeurtenissen");
	const json_t *entry;
	size_t i;

	json_array_foreach(list, i, entry)
	{
		if (is_arrival(dossier, entry))
			return true;
	}
	return false;
}

static bool
is_over(const json_t *dossier)
{
	uint32_t state;

	return terms_number(TERMS_STATES, json_text(dossier, "status"),
		   &state) != WH_OK ||
	       state >= STATE_COMPLETED;
}

/* The document that this event asks for, and where it goes; NULL for none. */
static json_t *
make_document(const struct job_view *job, const char *job_id, const char **path)
{
	const json_t *d = job->dossier;
	bool sent = strcmp(json_text(d, "richting"), "verzonden") == 0;
	bool repair = strcmp(json_text(d, "type"), "vocht-schimmel") == 0;

	*path = CONTACTMOMENTEN;
	if (event_is(job->event, "automatisch") && !is_first(d, job->event))
		return NULL;
	if (sent)
		return map_vera_contactmoment(d, job->event, job_id,
		    job->now_ms);
	if (!is_arrival(d, job->event))
		return has_arrived(d) ? map_vera_contactmoment(d, job->event,
					    job_id, job->now_ms)
				      : NULL;
	if (!is_first(d, job->event) || is_over(d) ||
	    json_object_get(json_object_get(d, "bron"), "gemaakt") != NULL)
		return NULL;
	*path = repair ? "/onderhoudsverzoeken" : "/zaken";
	return repair ? map_vera_onderhoudsverzoek(d, job->now_ms)
		      : map_vera_melding(d, job->now_ms);
}

static void
set_headers(const struct job_view *job, const char *job_id, struct step *out)
{
	char at[VERA_TIME_SIZE], line[128];

	vera_time(job->now_ms, at);
	(void)snprintf(line, sizeof(line),
	    "X-Stuurgegevens-Referentienummer: %s", job_id);
	out->headers[0] = mem_strdup(line);
	(void)snprintf(line, sizeof(line),
	    "X-Stuurgegevens-Tijdstip-Bericht: %s", at);
	out->headers[1] = mem_strdup(line);
}

static void
give_document(const struct job_view *job, struct step *out)
{
	char job_id[ID_TEXT_SIZE];
	const char *path;
	json_t *document;

	id_text(&job->job_id, job_id);
	document = make_document(job, job_id, &path);
	if (document == NULL)
		return; /* STEP_DONE */
	out->body = json_dumps(document, JSON_COMPACT);
	json_decref(document);
	if (out->body == NULL) {
		out->kind = STEP_PARK;
		(void)str_copy(out->text, sizeof(out->text),
		    "het document kan niet worden gemaakt");
		return;
	}
	out->kind = STEP_REQUEST;
	out->method = "POST";
	out->url = mem_strdup(path);
	out->len = strlen(out->body);
	out->context = json_pack("{s:s}", "naar", path);
	(void)str_copy(out->content_type, sizeof(out->content_type),
	    "application/json");
	set_headers(job, job_id, out);
}

/* What they made of it is kept with the referral: later news points to it. */
static json_t *
note_made(const struct job_view *job)
{
	const char *path = json_text(job->context, "naar");
	json_t *made, *note;

	if (strcmp(path, CONTACTMOMENTEN) == 0)
		return NULL;
	made = json_loadb((const char *)job->response.p, job->response.len, 0,
	    NULL);
	note = json_pack("{s:{s:s, s:s, s:s}}", "gemaakt", "naar", path, "id",
	    json_text(made, "id"), "locatie",
	    job->location == NULL ? "" : job->location);
	json_decref(made);
	return note;
}

static void
give_answer(const struct job_view *job, struct step *out)
{
	char code[VERA_FAULT_SIZE];

	if (job->status >= 200 && job->status < 300) {
		out->note = note_made(job);
		return; /* STEP_DONE */
	}
	vera_reply_fault(job->response, code);
	out->kind = STEP_PARK;
	(void)snprintf(out->text, sizeof(out->text),
	    "het eigen systeem wijst %s af: %d%s%s",
	    json_text(job->context, "naar"), job->status,
	    code[0] == '\0' ? "" : ", Foutbericht ", code);
}

static void
corporatie_give(void *state, const struct job_view *job, struct step *out)
{
	(void)state;
	out->kind = STEP_DONE;
	if (job->dossier == NULL || job->event == NULL)
		return;
	if (job->step == 0)
		give_document(job, out);
	else
		give_answer(job, out);
}

#define POST(name)                                                             \
	{                                                                      \
		.method = "POST", .path = VERA_BASE name, .body_max = BODY_MAX \
	}
#define PATCH(name)                                                            \
	{                                                                      \
		.method = "PATCH", .path = VERA_BASE name "/{id}",             \
		.body_max = BODY_MAX                                           \
	}
#define GET(name)                                                              \
	{                                                                      \
		.method = "GET", .path = VERA_BASE name "/{id}"                \
	}

static const struct adapter_route routes[] = {
    POST("zaken"),
    POST("signaleringen"),
    POST("externe-incassos"),
    POST("onderhoudsverzoeken"),
    PATCH("zaken"),
    PATCH("onderhoudsverzoeken"),
    GET("zaken"),
    GET("signaleringen"),
    GET("externe-incassos"),
};

const struct adapter_ops corporatie_ops = {
    .name = "corporatie",
    .role = "corporatie",
    .routes = routes,
    .route_count = sizeof(routes) / sizeof(routes[0]),
    .settings = settings,
    .open = corporatie_open,
    .take = corporatie_take,
    .answer = corporatie_answer,
    .give = corporatie_give,
    .close = corporatie_close,
};
