/* SPDX-License-Identifier: EUPL-1.2 */
#include "adapters/wpi/wpi.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "adapters/wpi/notify.h"
#include "adapters/wpi/wpi_out.h"
#include "adapters/wpi/wpi_settings.h"
#include "proto/base/mem.h"
#include "proto/base/text.h"

/*
 * The municipality (Work, Participation and Income). A referral becomes a task
 * in its klantsysteem over Klantinteracties 0.9 (Open Klant 2); what happens
 * there comes back as Notificaties (VNG).
 *
 * Out. When identity may be read (one-phase: accepted; two-phase: the identity
 * came), once per referral: POST /maak-klantcontact, POST /digitaleadressen per
 * telephone and e-mail, POST /internetaken. Later: a note, answer or request to
 * cancel is put before the task's toelichting; a withdrawal, cancellation or
 * mistake sets the task to verwerkt. After a mistake an operator is asked to
 * remove the klantcontact, for which the API has no call. A 4xx answer parks
 * the job with the codes of their problem. A POST whose answer was lost is done
 * again with the same Idempotency-Key; a system that does not know that header
 * may then hold it twice.
 *
 * In. POST /zgw/notificaties: notify.h says what is done with them. A task
 * that was processed means that somebody took it up, not how it ended: by
 * default that is "starten", and people or a zaak's status complete the
 * referral. A klantsysteem where a processed task is the end of the matter sets
 * verwerkt to for instance "afronden:PARTLY_HELPED".
 *
 * Who posts there is known by the Authorization that the abonnement was made
 * with ("auth"), not by a token of our own API: that would let the
 * notification service read referrals. Without it the answer is 403, which the
 * service tries before it believes that we are protected; with it, its own
 * test on channel "test" is answered with 204.
 *
 * settings:
 *   actor         uuid of the actor that gets the tasks (required)
 *   actoren       "desk=uuid desk=uuid": another actor for a desk
 *   uitgaand      "nee": no klantsysteem; then no actor is needed
 *   termijnen     "type=days type=days": working days to first contact, where
 *                 they differ from the covenant's example (0: the same day);
 *                 3 when eviction or cut-off threatens, 1 when urgent
 *   klant_token   file with the token for "Authorization: Token …", to
 *                 Klantinteracties; leave target.token out, which is a bearer's
 *   bsn           "ja": also POST /partij-identificatoren, after the task. The
 *                 identificator has no partij: the klantsysteem ties it.
 *                 Default nee: who works on the task finds the resident
 *   notificatie_auth  file with the Authorization of notifications; without it
 *                 none are accepted
 *   klanten       prefixes of URLs of Klantinteracties, each ending in "/",
 *                 that a notification may point at; nothing else is fetched
 *   zaken         the same for the Zaken API
 *   zgw_client    client_id and
 *   zgw_secret    file with the secret of the Zaken API's token
 *   statustypen   "uuid=event uuid=event": what a zaak's status means here:
 *                 accepteren, wachtlijst, starten, afronden:OUTCOME,
 *                 afwijzen:REASON or negeren; a status that is not listed
 *                 means nothing
 *   verwerkt      what a processed task means; "starten"
 *
 * Files: whole paths, one line, readable by the owner only; read at start.
 */

#define BODY_MAX 65536

static enum wh_err
wpi_open(const struct adapter_env *env, void **state, struct why *why)
{
	struct wpi_settings *settings = NULL;
	enum wh_err err = wpi_settings_open(env, &settings, why);

	if (err == WH_OK)
		*state = settings;
	return err;
}

static void
wpi_take(void *state, const struct adapter_in *in, struct action *out)
{
	json_t *faults;
	const json_t *first;

	out->kind = ACTION_NOTHING;
	if (!notify_allowed(state, in))
		return; /* answered as such; nothing of it is kept */
	faults = notify_faults(state, in->body);
	first = json_array_get(faults, 0);
	if (first != NULL) {
		action_reject(out,
		    json_string_value(json_object_get(first, "code")),
		    json_string_value(json_object_get(first, "name")), "%s",
		    json_string_value(json_object_get(first, "reason")));
	} else {
		out->body = notify_job(in->body);
		if (out->body != NULL)
			out->kind = ACTION_JOB;
	}
	json_decref(faults);
}

/* Fout of the API, per outcome. */
struct fout {
	int status;
	const char *code;
	const char *title;
	const char *detail;
};

static const struct fout forbidden = {403, "permission_denied",
    "Niet toegestaan.",
    "De Authorization hoort niet bij het afgesproken abonnement."};
static const struct fout invalid = {400, "invalid", "Ongeldige invoer.",
    "Zie invalidParams: deze velden kloppen niet."};
static const struct fout busy = {503, "busy", "Nu niet mogelijk.",
    "Er is geen ruimte of de opslag is bezig; probeer het later opnieuw."};
static const struct fout broken = {500, "error", "Interne fout.",
    "De notificatie kon niet worden verwerkt."};

/* Faults are taken over; NULL for a Fout without. */
static void
problem(const struct adapter_in *in, struct adapter_reply *reply,
    const struct fout *fout, json_t *faults)
{
	char id[ID_TEXT_SIZE];
	char instance[ID_TEXT_SIZE + 16];
	json_t *body;

	id_text(&in->request_id, id);
	(void)snprintf(instance, sizeof(instance), "urn:uuid:%s", id);
	body = json_pack("{s:s, s:s, s:s, s:i, s:s, s:s}", "type",
	    "about:blank", "code", fout->code, "title", fout->title, "status",
	    fout->status, "detail", fout->detail, "instance", instance);
	if (faults != NULL) {
		/* ZGW's own name for it, and that of this one API. */
		json_object_set(body, "invalidParams", faults);
		json_object_set_new(body, "invalid-params", faults);
	}
	reply->status = fout->status;
	(void)str_copy(reply->content_type, sizeof(reply->content_type),
	    "application/problem+json");
	reply->body = json_dumps(body, JSON_COMPACT);
	reply->len = strlen(reply->body);
	json_decref(body);
}

static void
wpi_answer(void *state, const struct adapter_in *in,
    const struct outcome *outcome, struct adapter_reply *reply)
{
	if (!notify_allowed(state, in)) {
		problem(in, reply, &forbidden, NULL);
		return;
	}
	switch (outcome->kind) {
	case OUTCOME_DONE:
		reply->status = 204;
		return;
	case OUTCOME_REJECTED:
		problem(in, reply, &invalid, notify_faults(state, in->body));
		return;
	case OUTCOME_BUSY:
		problem(in, reply, &busy, NULL);
		return;
	case OUTCOME_CREATED:
	case OUTCOME_QUEUED:
	case OUTCOME_SAME:
	case OUTCOME_CONFLICT:
	case OUTCOME_REFUSED:
	case OUTCOME_DIVERTED:
	case OUTCOME_FORBIDDEN:
	case OUTCOME_NOT_FOUND:
	case OUTCOME_READ:
		break; /* a notification never leads to these */
	}
	problem(in, reply, &broken, NULL);
}

static void
wpi_give(void *state, const struct job_view *job, struct step *out)
{
	if (job->event == NULL)
		notify_give(state, job, out);
	else
		wpi_out_give(state, job, out);
}

static void
wpi_close(void *state)
{
	wpi_settings_close(state);
}

static const struct adapter_route routes[] = {
    {.method = "POST",
	.path = "/zgw/notificaties",
	.body_max = BODY_MAX,
	.is_open = true}, /* wpi_take looks at the Authorization */
};

const struct adapter_ops wpi_ops = {
    .name = "wpi",
    .role = "wpi",
    .routes = routes,
    .route_count = sizeof(routes) / sizeof(routes[0]),
    .settings = wpi_settings_keys,
    .open = wpi_open,
    .take = wpi_take,
    .answer = wpi_answer,
    .give = wpi_give,
    .close = wpi_close,
};
