/* SPDX-License-Identifier: EUPL-1.2 */
#include "adapters/wpi/wpi_out.h"

#include <stdio.h>
#include <string.h>

#include "adapters/dossier.h"
#include "adapters/json.h"
#include "adapters/wpi/map.h"
#include "adapters/wpi/prose.h"
#include "adapters/wpi/wpi_step.h"
#include "proto/base/mem.h"
#include "proto/referral.h"

/*
 * The context holds "stap", what the request under way is for, and what the
 * next ones need. The dossier is as it stands now, so before each request it
 * says whether identity may still be read.
 */
struct out {
	const struct wpi_settings *settings;
	const struct job_view *job;
	struct step *step;
	json_t *context; /* owned: of the next step */
};

static bool
may_read(const json_t *dossier)
{
	switch (state_readable(dossier_state(dossier))) {
	case READ_IDENTITY:
	case READ_ALL:
	case READ_UNCHANGED:
		return true;
	case READ_NOTHING:
	case READ_OFFER:
	case READ_CLOSED:
		return false;
	}
	return false;
}

static const json_t *
source(const struct out *o)
{
	return json_object_get(o->job->dossier, "bron");
}

static const char *
task_of(const struct out *o)
{
	return wpi_step_uuid(source(o), "internetaak");
}

/* The moment from which identity may be read. */
static bool
is_arrival(const json_t *dossier, const json_t *event)
{
	bool one_phase = json_is_true(json_object_get(dossier, "eenfase"));

	return strcmp(json_text(event, "soort"),
		   one_phase ? "automatisch" : "identiteit") == 0;
}

/* Once per referral: not for a second arrival, nor when a job made it. */
static bool
is_first_arrival(const struct out *o)
{
	const json_t *dossier = o->job->dossier;
	const json_t *at;
	size_t i;

	if (!is_arrival(dossier, o->job->event) ||
	    json_object_get(source(o), "klantcontact") != NULL)
		return false;
	json_array_foreach(json_object_get(dossier, "gebeurtenissen"), i, at)
	{
		if (is_arrival(dossier, at))
			return json_equal(at, o->job->event) != 0;
	}
	return true;
}

static void
request(struct out *o, const char *stage, const char *method, const char *path,
    json_t *body)
{
	json_object_set_new(o->context, "stap", json_string(stage));
	wpi_step_klant(o->settings, o->job, o->step, method, path, body);
	o->step->context = json_incref(o->context);
}

static void
request_task(struct out *o, const char *stage, const char *method,
    const char *task, json_t *body)
{
	char path[96];

	(void)snprintf(path, sizeof(path), "/internetaken/%s", task);
	request(o, stage, method, path, body);
}

static void
note(struct out *o, const char *key, const char *uuid)
{
	if (o->step->note == NULL)
		o->step->note = json_object();
	json_object_set_new(o->step->note, key, json_string(uuid));
}

static void
next_address_or_task(struct out *o, unsigned n)
{
	const json_t *dossier = o->job->dossier;
	json_t *body;

	if (!may_read(dossier))
		return; /* it ended meanwhile: nothing more goes */
	body =
	    map_digitaal_adres(dossier, n, json_text(o->context, "betrokkene"));
	if (body != NULL) {
		json_object_set_new(o->context, "nr",
		    json_integer((json_int_t)n + 1));
		request(o, "adres", "POST", "/digitaleadressen", body);
		return;
	}
	body = map_internetaak(o->settings, dossier,
	    json_text(o->context, "klantcontact"));
	request(o, "taak", "POST", "/internetaken", body);
}

static void
after_klantcontact(struct out *o, const json_t *answer)
{
	const char *contact =
	    wpi_step_uuid(json_object_get(answer, "klantcontact"), "uuid");
	const char *involved =
	    wpi_step_uuid(json_object_get(answer, "betrokkene"), "uuid");

	if (contact == NULL || involved == NULL) {
		wpi_step_park(o->step,
		    "maak-klantcontact: antwoord zonder uuid van klantcontact "
		    "en betrokkene");
		return;
	}
	note(o, "klantcontact", contact);
	json_object_set_new(o->context, "klantcontact", json_string(contact));
	json_object_set_new(o->context, "betrokkene", json_string(involved));
	next_address_or_task(o, 0);
}

static void
after_address(struct out *o, const json_t *answer)
{
	json_int_t n = json_integer_value(json_object_get(o->context, "nr"));

	(void)answer;
	next_address_or_task(o, n < 0 || n > 9 ? 9 : (unsigned)n);
}

static void
after_task(struct out *o, const json_t *answer)
{
	const char *task = wpi_step_uuid(answer, "uuid");
	json_t *body = NULL;

	if (task == NULL) {
		wpi_step_park(o->step,
		    "internetaken: antwoord zonder uuid van de taak");
		return;
	}
	note(o, "internetaak", task);
	if (o->settings->bsn && may_read(o->job->dossier))
		body = map_partij_identificator(o->job->dossier);
	if (body != NULL)
		request(o, "bsn", "POST", "/partij-identificatoren", body);
}

static void
after_news_read(struct out *o, const json_t *answer)
{
	const char *task = task_of(o);
	json_t *body = NULL;
	enum wh_err err;

	/* Who was done with it does not hear of it there any more. */
	if (task == NULL ||
	    strcmp(json_text(answer, "status"), "te_verwerken") != 0)
		return;
	err =
	    map_internetaak_news(o->job->dossier, o->job->event, answer, &body);
	if (err == WH_OK)
		request_task(o, "nieuws", "PATCH", task, body);
	else if (err == WH_TOO_BIG)
		wpi_step_park(o->step,
		    "internetaken: de toelichting is vol; het bericht van de "
		    "verwijzer staat alleen in wijkhub");
}

static void
after_over(struct out *o, const json_t *answer)
{
	(void)answer;
	if (strcmp(json_text(o->job->event, "status"), "IN_ERROR") == 0)
		wpi_step_park(o->step,
		    "verwijzing was een vergissing: verwijder klantcontact %s "
		    "uit het klantsysteem",
		    json_text(source(o), "klantcontact"));
}

static void
after_nothing(struct out *o, const json_t *answer)
{
	(void)o;
	(void)answer;
}

/* What each request under way is for, and what comes after it. */
static const struct {
	const char *stage;
	const char *what; /* for the operator */
	bool gone_is_done;
	void (*after)(struct out *o, const json_t *answer);
} stages[] = {
    {"klantcontact", "maak-klantcontact", false, after_klantcontact},
    {"adres", "digitaleadressen", false, after_address},
    {"taak", "internetaken", false, after_task},
    {"bsn", "partij-identificatoren", false, after_nothing},
    {"over", "internetaken", true, after_over},
    {"lees", "internetaken", true, after_news_read},
    {"nieuws", "internetaken", true, after_nothing},
};

static void
go_on(struct out *o)
{
	const char *stage = json_text(o->job->context, "stap");
	json_t *answer;

	for (size_t i = 0; i < sizeof(stages) / sizeof(stages[0]); i++) {
		if (strcmp(stages[i].stage, stage) != 0)
			continue;
		answer = wpi_step_answer(o->job, o->step, stages[i].what,
		    stages[i].gone_is_done);
		if (answer != NULL)
			stages[i].after(o, answer);
		json_decref(answer);
		return;
	}
	wpi_step_park(o->step, "onbekende stap: werk van een nieuwere versie");
}

static bool
is_news(const json_t *event)
{
	static const char *const kinds[] = {"antwoorden", "notitie",
	    "annuleren"};
	const char *kind = json_text(event, "soort");

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (strcmp(kinds[i], kind) == 0)
			return true;
	}
	return false;
}

static void
begin(struct out *o)
{
	const struct job_view *job = o->job;
	const char *task = task_of(o);
	json_t *over = map_internetaak_over(json_text(job->event, "status"));

	if (task != NULL && over != NULL)
		request_task(o, "over", "PATCH", task, json_incref(over));
	else if (may_read(job->dossier) && is_first_arrival(o))
		request(o, "klantcontact", "POST", "/maak-klantcontact",
		    map_maak_klantcontact(job->dossier,
			json_text(job->event, "op")));
	else if (may_read(job->dossier) && task != NULL && is_news(job->event))
		request_task(o, "lees", "GET", task, NULL);
	json_decref(over);
}

void
wpi_out_give(const struct wpi_settings *settings, const struct job_view *job,
    struct step *out)
{
	struct out o = {.settings = settings, .job = job, .step = out};

	out->kind = STEP_DONE;
	if (!settings->outgoing || job->dossier == NULL ||
	    strcmp(json_text(job->dossier, "richting"), "ontvangen") != 0)
		return;
	o.context = json_deep_copy(job->context);
	if (o.context == NULL)
		o.context = json_object();
	if (job->step == 0)
		begin(&o);
	else
		go_on(&o);
	json_decref(o.context);
}
