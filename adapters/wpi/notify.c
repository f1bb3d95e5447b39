/* SPDX-License-Identifier: EUPL-1.2 */
#include "adapters/wpi/notify.h"

#include <stdio.h>
#include <string.h>

#include "adapters/json.h"
#include "adapters/values.h"
#include "adapters/wpi/map.h"
#include "adapters/wpi/prose.h"
#include "adapters/wpi/wpi_step.h"
#include "proto/base/clk.h"
#include "proto/base/hash.h"
#include "proto/base/mem.h"
#include "proto/base/text.h"

#define URL_MAX     1000
#define KENMERK_MAX 1000
#define KENMERKEN   64
#define SOURCE      "wijkhub" /* bron of a zaak's kenmerk */

bool
notify_allowed(const struct wpi_settings *settings, const struct adapter_in *in)
{
	const char *given = adapter_in_header(in, "Authorization");
	struct hash want, got;

	if (settings->hook == NULL || given == NULL)
		return false;
	want = hash_span(span_str(settings->hook));
	got = hash_span(span_str(given));
	return hash_equal(&want, &got);
}

static void
fault(json_t *faults, const char *name, const char *code, const char *reason)
{
	json_array_append_new(faults, json_pack("{s:s, s:s, s:s}", "name", name,
					  "code", code, "reason", reason));
}

static bool
is_url(const char *text)
{
	return strncmp(text, "https://", 8) == 0 ||
	       strncmp(text, "http://", 7) == 0;
}

static bool
is_moment(const char *text)
{
	int64_t at_ms;

	/* A date alone is no moment, though clk_parse reads it. */
	return strchr(text, 'T') != NULL && clk_parse(text, &at_ms) == WH_OK;
}

/* The members of Notificatie, as the specification bounds them. */
static const struct rule {
	const char *name;
	size_t max; /* characters */
	bool (*fits)(const char *text);
	const char *reason;
} rules[] = {
    {"kanaal", 50, NULL, NULL},
    {"hoofdObject", URL_MAX, is_url, "Geen URL."},
    {"resource", 100, NULL, NULL},
    {"resourceUrl", URL_MAX, is_url, "Geen URL."},
    {"actie", 100, NULL, NULL},
    {"aanmaakdatum", 40, is_moment, "Geen datum en tijd (RFC 3339)."},
};

static void
check_member(const json_t *body, const struct rule *rule, json_t *faults)
{
	const json_t *value = json_object_get(body, rule->name);
	const char *text = json_string_value(value);

	if (value == NULL || json_is_null(value))
		fault(faults, rule->name, "required", "Dit veld is vereist.");
	else if (text == NULL)
		fault(faults, rule->name, "invalid", "Geen tekst.");
	else if (text[0] == '\0')
		fault(faults, rule->name, "blank",
		    "Dit veld mag niet leeg zijn.");
	else if (values_chars(text) > rule->max ||
		 !text_is_clean(span_str(text)))
		fault(faults, rule->name, "invalid",
		    "Te lang, of met tekens die hier niet horen.");
	else if (rule->fits != NULL && !rule->fits(text))
		fault(faults, rule->name, "invalid", rule->reason);
}

static void
check_kenmerken(const json_t *body, json_t *faults)
{
	json_t *kenmerken = json_object_get(body, "kenmerken");
	const char *key;
	json_t *value;

	if (kenmerken == NULL)
		return;
	if (!json_is_object(kenmerken) ||
	    json_object_size(kenmerken) > KENMERKEN) {
		fault(faults, "kenmerken", "invalid",
		    "Geen object, of te veel kenmerken.");
		return;
	}
	json_object_foreach(kenmerken, key, value)
	{
		if (json_is_string(value) &&
		    values_chars(json_string_value(value)) <= KENMERK_MAX)
			continue;
		fault(faults, "kenmerken", "invalid",
		    "Elk kenmerk is een tekst.");
		return;
	}
}

/* What we act on, and where its URLs may point. */
static const struct kind {
	const char *channel;
	const char *resource;
	const char *stage; /* of the job's first request */
	bool is_zaak;
} kinds[] = {
    {"internetaken", "internetaak", "taak", false},
    {"zaken", "status", "status", true},
};

static const char *
prefixes_of(const struct wpi_settings *settings, const struct kind *kind)
{
	return kind->is_zaak ? settings->zaken : settings->klanten;
}

static const struct kind *
kind_of(const json_t *body)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (strcmp(json_text(body, "kanaal"), kinds[i].channel) == 0 &&
		    strcmp(json_text(body, "resource"), kinds[i].resource) ==
			0 &&
		    strcmp(json_text(body, "actie"), "destroy") != 0)
			return &kinds[i];
	}
	return NULL;
}

/* Never fetch from where the settings do not say so. */
static void
check_place(const struct wpi_settings *settings, const json_t *body,
    json_t *faults)
{
	const struct kind *kind = kind_of(body);

	if (kind == NULL || wpi_settings_below(prefixes_of(settings, kind),
				json_text(body, "resourceUrl")))
		return;
	fault(faults, "resourceUrl", "bad-url",
	    "Dit adres hoort niet bij de systemen waar notificaties hier naar "
	    "mogen wijzen.");
}

static json_t *
parse(struct span body)
{
	return json_loadb((const char *)body.p, body.len,
	    JSON_REJECT_DUPLICATES, NULL);
}

json_t *
notify_faults(const struct wpi_settings *settings, struct span body)
{
	json_t *document = parse(body);
	json_t *faults = json_array();

	if (!json_is_object(document)) {
		fault(faults, "nonFieldErrors", "parse_error",
		    "De inhoud is geen JSON-object.");
		goto out;
	}
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		check_member(document, &rules[i], faults);
	check_kenmerken(document, faults);
	if (json_array_size(faults) == 0)
		check_place(settings, document, faults);
out:
	json_decref(document);
	return faults;
}

json_t *
notify_job(struct span body)
{
	json_t *document = parse(body);
	const struct kind *kind = kind_of(document);
	json_t *context = NULL;

	if (kind != NULL)
		context = json_pack("{s:s, s:s}", "stap", kind->stage, "url",
		    json_text(document, "resourceUrl"));
	json_decref(document);
	return context;
}

/* A notification being worked on. */
struct work {
	const struct wpi_settings *settings;
	const struct job_view *job;
	struct step *step;
};

/* Where the settings allow it: they may have changed since it was noted. */
static void
request(struct work *w, const char *stage, const char *url, bool is_zaak,
    json_t *context)
{
	const char *prefixes =
	    is_zaak ? w->settings->zaken : w->settings->klanten;

	if (!wpi_settings_below(prefixes, url)) {
		wpi_step_park(w->step,
		    "notificatie wijst naar een adres dat niet onder %s staat",
		    is_zaak ? "zaken" : "klanten");
		json_decref(context);
		return;
	}
	json_object_set_new(context, "stap", json_string(stage));
	if (is_zaak)
		wpi_step_zaak(w->settings, w->job, w->step, url);
	else
		wpi_step_klant(w->settings, w->job, w->step, "GET", url, NULL);
	w->step->context = context;
}

static void
event(struct work *w, const char *case_ref, const char *what)
{
	struct id id;

	/* Not one of ours: others write to this system too. */
	if (id_parse(case_ref, &id) != WH_OK)
		return;
	w->step->event = wpi_settings_event(what);
	if (w->step->event == NULL) /* negeren */
		return;
	w->step->kind = STEP_EVENT;
	(void)str_copy(w->step->id, sizeof(w->step->id), case_ref);
}

/* https://…/internetaken/<uuid> -> https://…/klantcontacten/<uuid>. */
static void
request_klantcontact(struct work *w, const char *uuid)
{
	const char *url = json_text(w->job->context, "url");
	const char *end = strstr(url, "/internetaken/");
	char other[URL_MAX + 64];

	if (end == NULL) {
		wpi_step_park(w->step,
		    "notificatie over een internetaak wijst niet naar een "
		    "internetaak");
		return;
	}
	(void)snprintf(other, sizeof(other), "%.*s/klantcontacten/%s",
	    (int)(end - url), url, uuid);
	request(w, "klantcontact", other, false, json_object());
}

static void
after_task(struct work *w, const json_t *answer)
{
	const char *uuid = wpi_step_uuid(json_object_get(answer,
					     "aanleidinggevendKlantcontact"),
	    "uuid");

	if (uuid == NULL ||
	    strcmp(json_text(answer, "status"), "verwerkt") != 0 ||
	    strcmp(w->settings->processed, "negeren") == 0 ||
	    map_internetaak_is_ours(answer))
		return;
	request_klantcontact(w, uuid);
}

static void
after_klantcontact(struct work *w, const json_t *answer)
{
	event(w, json_text(json_object_get(answer, "metadata"), "wijkhubId"),
	    w->settings->processed);
}

static void
after_status(struct work *w, const json_t *answer)
{
	const char *slash = strrchr(json_text(answer, "statustype"), '/');
	char what[WPI_VALUE_SIZE];

	if (slash == NULL ||
	    wpi_settings_find(w->settings->statuses, slash + 1, what) != WH_OK)
		return;
	request(w, "zaak", json_text(answer, "zaak"), true,
	    json_pack("{s:s}", "gebeurtenis", what));
}

static void
after_zaak(struct work *w, const json_t *answer)
{
	const json_t *item;
	size_t i;

	json_array_foreach(json_object_get(answer, "kenmerken"), i, item)
	{
		if (strcmp(json_text(item, "bron"), SOURCE) == 0) {
			event(w, json_text(item, "kenmerk"),
			    json_text(w->job->context, "gebeurtenis"));
			return;
		}
	}
}

static const struct {
	const char *stage;
	const char *what; /* for the operator */
	void (*after)(struct work *w, const json_t *answer);
} stages[] = {
    {"taak", "internetaken", after_task},
    {"klantcontact", "klantcontacten", after_klantcontact},
    {"status", "statussen", after_status},
    {"zaak", "zaken", after_zaak},
};

static void
go_on(struct work *w, const char *stage)
{
	json_t *answer;

	for (size_t i = 0; i < sizeof(stages) / sizeof(stages[0]); i++) {
		if (strcmp(stages[i].stage, stage) != 0)
			continue;
		answer = wpi_step_answer(w->job, w->step, stages[i].what, true);
		if (answer != NULL)
			stages[i].after(w, answer);
		json_decref(answer);
		return;
	}
	wpi_step_park(w->step, "onbekende stap: werk van een nieuwere versie");
}

void
notify_give(const struct wpi_settings *settings, const struct job_view *job,
    struct step *out)
{
	struct work w = {.settings = settings, .job = job, .step = out};
	const char *stage = json_text(job->context, "stap");

	out->kind = STEP_DONE;
	if (job->step > 0)
		go_on(&w, stage);
	else if (stage[0] != '\0')
		request(&w, stage, json_text(job->context, "url"),
		    strcmp(stage, "status") == 0, json_deep_copy(job->context));
}
