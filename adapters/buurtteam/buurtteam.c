/* SPDX-License-Identifier: EUPL-1.2 */
#include "adapters/buurtteam/buurtteam.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "adapters/buurtteam/fhir_answer.h"
#include "adapters/buurtteam/fhir_event.h"
#include "adapters/buurtteam/fhir_referral.h"
#include "adapters/buurtteam/fhir_task.h"
#include "adapters/dossier.h"
#include "adapters/json.h"
#include "proto/base/mem.h"
#include "proto/base/text.h"

/*
 * HL7 FHIR R4 (4.0.1), JSON. What each element becomes: README.md.
 *
 *   POST /fhir                    a transaction Bundle of one Task (requested),
 *                                 one ServiceRequest and one Patient: refer
 *   GET  /fhir/Task/{id}          the referral, with ServiceRequest and, when
 *                                 it may be read, Patient within it
 *   GET  /fhir/ServiceRequest/{id}, /fhir/Patient/{id}   each by itself
 *   PUT  /fhir/Task/{id}          a new status: an event on the referral
 *   GET  /fhir/metadata           CapabilityStatement
 *
 * Answers are transaction-response, the resource, or OperationOutcome: 400 no
 * FHIR, 403 no permission, 404, 409 (number used before; the state forbids it:
 * what is allowed), 422 with code and FHIRPath, 503 not now.
 *
 * Towards the team's own FHIR server, below the target's URL:
 *
 *   sent by them   PUT Task/{id} on every event: the feedback
 *   sent to them   PUT Task/{id} with the need; a transaction that puts
 *                  Patient, ServiceRequest and Task in place once, as soon as
 *                  the identity may be read; PUT Task/{id} on what follows
 */

static const char *const settings[] = {NULL};

static enum wh_err
buurtteam_open(const struct adapter_env *env, void **state, struct why *why)
{
	(void)env;
	(void)why;
	*state = NULL; /* the covenant says all that there is to know */
	return WH_OK;
}

static void
buurtteam_close(void *state)
{
	(void)state;
}

/* A JSON object in a body that says it is JSON; NULL and REJECT otherwise. */
static json_t *
read_document(const struct adapter_in *in, struct action *out)
{
	json_t *document;

	if (strcasecmp(in->content_type, FHIR_MEDIA) != 0 &&
	    strcasecmp(in->content_type, "application/json") != 0) {
		action_reject(out, "structure", "", "Content-Type moet %s zijn",
		    FHIR_MEDIA);
		return NULL;
	}
	document = json_loadb((const char *)in->body.p, in->body.len,
	    JSON_REJECT_DUPLICATES, NULL);
	if (json_is_object(document))
		return document;
	action_reject(out, "structure", "", "de inhoud is geen JSON-object");
	json_decref(document);
	return NULL;
}

static void
reject(struct action *out, const struct fhir_fault *fault)
{
	action_reject(out, fault->code, fault->path, "%s", fault->text);
}

static void
take_bundle(const struct adapter_in *in, struct action *out)
{
	json_t *document = read_document(in, out);
	struct fhir_fault fault = {.code = ""};

	if (document == NULL)
		return;
	if (fhir_referral_read(document, in->reg, &out->body, NULL, &fault) ==
	    WH_OK)
		out->kind = ACTION_REFERRAL;
	else
		reject(out, &fault);
	json_decref(document);
}

/* The desk says whether there is such a referral, and shows it. */
static void
take_read(const struct adapter_in *in, struct action *out)
{
	out->kind = ACTION_READ;
	if (str_copy(out->id, sizeof(out->id), in->id) != WH_OK)
		out->id[0] = '\0';
}

static void
take_task(const struct adapter_in *in, struct action *out)
{
	json_t *document = read_document(in, out);
	struct fhir_fault fault = {.code = ""};

	if (document == NULL)
		return;
	take_read(in, out);
	if (strcmp(json_text(document, "resourceType"), "Task") != 0)
		action_reject(out, "structure", "", "dit is geen Task");
	else if (in->dossier != NULL &&
		 fhir_event_read(document, in->dossier, in->now_ms, &out->body,
		     &fault) != WH_OK)
		reject(out, &fault);
	else if (out->body != NULL)
		out->kind = ACTION_EVENT;
	json_decref(document);
}

static void
buurtteam_take(void *state, const struct adapter_in *in, struct action *out)
{
	(void)state;
	if (strcmp(in->method, "POST") == 0)
		take_bundle(in, out);
	else if (strcmp(in->method, "PUT") == 0)
		take_task(in, out);
	else if (strcmp(in->path, "/fhir/metadata") == 0)
		out->kind = ACTION_NOTHING;
	else
		take_read(in, out);
}

static void
buurtteam_answer(void *state, const struct adapter_in *in,
    const struct outcome *outcome, struct adapter_reply *reply)
{
	(void)state;
	fhir_answer_write(in, outcome, reply);
}

/* document is stolen. */
static void
request(struct step *out, const struct job_view *job, const char *method,
    json_t *document)
{
	char id[ID_TEXT_SIZE];
	json_t *header;

	id_text(&job->job_id, id);
	header = json_sprintf("X-Request-Id: %s", id);
	out->kind = STEP_REQUEST;
	out->method = method;
	out->headers[0] = mem_strdup(json_string_value(header));
	out->headers[1] = mem_strdup("Prefer: return=OperationOutcome");
	out->body = json_dumps(document, JSON_COMPACT);
	out->len = strlen(out->body);
	out->context = json_object();
	(void)str_copy(out->content_type, sizeof(out->content_type),
	    FHIR_MEDIA);
	json_decref(header);
	json_decref(document);
}

/* Kept with the referral once their system has the resident. */
static const char known_there[] = "inwonerGeplaatst";

static bool
is_known_there(const struct job_view *job)
{
	return json_is_true(
	    json_object_get(json_object_get(job->dossier, "bron"),
		known_there));
}

/*
 * The transaction goes with the first job at which the identity may be read,
 * and is kept in mind only when it was taken: a lost answer repeats it, and
 * putting the same in the same place changes nothing.
 */
static void
give_event(const struct job_view *job, struct step *out)
{
	enum fhir_form form = FHIR_LOGICAL;
	json_t *bundle = NULL;

	if (dossier_actor(job->dossier) == ACTOR_RECIPIENT) {
		form = is_known_there(job) ? FHIR_LINKED : FHIR_CONTAINED;
		if (form == FHIR_CONTAINED)
			bundle = fhir_task_bundle(job->dossier, job->event);
	}
	if (bundle != NULL) {
		request(out, job, "POST", bundle);
		out->url = mem_strdup("/");
		json_object_set_new(out->context, known_there, json_true());
		return;
	}
	request(out, job, "PUT",
	    fhir_task_write(job->dossier, job->event, form));
	out->url = mem_new(128);
	(void)snprintf(out->url, 128, "/Task/%.100s",
	    json_text(job->dossier, "id"));
}

static void
give_answer(const struct job_view *job, struct step *out)
{
	char codes[128];

	if (job->status >= 200 && job->status < 300) {
		out->kind = STEP_DONE;
		if (json_is_true(json_object_get(job->context, known_there)))
			out->note = json_pack("{s:b}", known_there, 1);
		return;
	}
	fhir_answer_codes(job->response, codes, sizeof(codes));
	out->kind = STEP_PARK;
	(void)snprintf(out->text, sizeof(out->text),
	    "het systeem van het team wijst de Task af: HTTP %d%s%s",
	    job->status, codes[0] == '\0' ? "" : ", ", codes);
}

static void
buurtteam_give(void *state, const struct job_view *job, struct step *out)
{
	struct id id;

	(void)state;
	out->kind = STEP_DONE;
	if (job->dossier == NULL || job->event == NULL ||
	    id_parse(json_text(job->dossier, "id"), &id) != WH_OK)
		return;
	if (job->step == 0)
		give_event(job, out);
	else
		give_answer(job, out);
}

static const struct adapter_route routes[] = {
    {.method = "POST", .path = "/fhir", .body_max = BUURTTEAM_BODY_MAX},
    {.method = "PUT",
	.path = "/fhir/Task/{id}",
	.body_max = BUURTTEAM_BODY_MAX},
    {.method = "GET", .path = "/fhir/Task/{id}"},
    {.method = "GET", .path = "/fhir/ServiceRequest/{id}"},
    {.method = "GET", .path = "/fhir/Patient/{id}"},
    {.method = "GET", .path = "/fhir/metadata"},
};

const struct adapter_ops buurtteam_ops = {
    .name = "buurtteam",
    .role = "buurtteam",
    .routes = routes,
    .route_count = sizeof(routes) / sizeof(routes[0]),
    .settings = settings,
    .open = buurtteam_open,
    .take = buurtteam_take,
    .answer = buurtteam_answer,
    .give = buurtteam_give,
    .close = buurtteam_close,
};
