/* SPDX-License-Identifier: EUPL-1.2 */
#include <stdlib.h>
#include <string.h>

#include "adapters/wpi/wpi.h"
#include "adapters/wpi/wpi_settings.h"
#include "proto/base/text.h"
#include "tests/fuzz/fuzz.h"

#define KLANT "https://klant.example/api/v1/"
#define ZAKEN "https://zaak.example/api/v1/"
#define TYPE  "44444444-4444-4444-8444-444444444444"
#define AUTH  "Bearer geheim"

/* What is read by the adapter and never written or freed here. */
static struct wpi_settings
settings(void)
{
	static char actor[] = TYPE, klant[] = KLANT, zaken[] = ZAKEN,
		    hook[] = AUTH, statuses[] = TYPE "=starten",
		    processed[] = "afronden:HELPED";

	return (struct wpi_settings){.outgoing = true,
	    .bsn = true,
	    .actor = actor,
	    .klanten = klant,
	    .zaken = zaken,
	    .hook = hook,
	    .statuses = statuses,
	    .processed = processed};
}

static void
check(bool holds)
{
	if (!holds)
		abort();
}

static bool
may_ask(const char *url)
{
	return url[0] == '/' || strncmp(url, KLANT, strlen(KLANT)) == 0 ||
	       strncmp(url, ZAKEN, strlen(ZAKEN)) == 0;
}

static void
answer(struct wpi_settings *s, const struct adapter_in *in,
    const struct action *action)
{
	struct outcome outcome = {.kind = action->kind == ACTION_REJECT
					      ? OUTCOME_REJECTED
					      : OUTCOME_DONE,
	    .field = action->field,
	    .text = action->text,
	    .code = action->code};
	struct adapter_reply reply;
	json_t *body;

	memset(&reply, 0, sizeof(reply));
	wpi_ops.answer(s, in, &outcome, &reply);
	check(reply.status == (action->kind == ACTION_REJECT ? 400 : 204));
	if (action->kind == ACTION_REJECT) {
		body = json_loadb(reply.body, reply.len, 0, NULL);
		check(json_array_size(json_object_get(body, "invalidParams")) >
		      0);
		json_decref(body);
	}
	adapter_reply_fini(&reply);
}

/* The bytes as what a system answers to one request under way. */
static void
give(struct wpi_settings *s, struct span response, const char *stage,
    json_t *dossier)
{
	json_t *context = json_pack("{s:s, s:s, s:s, s:s, s:s, s:i}", "stap",
	    stage, "url", KLANT "internetaken/" TYPE, "gebeurtenis", "starten",
	    "klantcontact", TYPE, "betrokkene", TYPE, "nr", 1);
	struct job_view job = {.step = 1,
	    .context = context,
	    .dossier = dossier,
	    .event =
		json_array_get(json_object_get(dossier, "gebeurtenissen"), 0),
	    .status = 200,
	    .location = "",
	    .response = response};
	struct step step;
	struct id id;

	for (job.status = 200; job.status <= 400; job.status += 200) {
		memset(&step, 0, sizeof(step));
		wpi_ops.give(s, &job, &step);
		check(step.kind != STEP_REQUEST || may_ask(step.url));
		check(step.kind != STEP_EVENT ||
		      (id_parse(step.id, &id) == WH_OK && step.event != NULL));
		check(step.kind != STEP_PARK ||
		      text_is_clean(span_str(step.text)));
		step_fini(&step);
	}
	json_decref(context);
}

static json_t *
dossier_new(void)
{
	return json_pack(
	    "{s:s, s:s, s:s, s:b, s:{s:s}, s:{s:{s:s}}, s:[{s:s, s:s, s:s}]}",
	    "id", TYPE, "richting", "ontvangen", "status", "ACCEPTED",
	    "eenfase", 1, "bron", "internetaak", TYPE, "gegevens", "CONTACT",
	    "telefoon", "0612345678", "gebeurtenissen", "soort", "notitie",
	    "status", "ACCEPTED", "toelichting", "nieuw");
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const char *const ins[] = {"taak", "klantcontact", "status",
	    "zaak"};
	static const char *const outs[] = {"klantcontact", "adres", "taak",
	    "bsn", "over", "lees", "nieuws"};
	static const struct adapter_header known = {"Authorization", AUTH};
	struct adapter_in in = {.method = "POST",
	    .path = "/zgw/notificaties",
	    .id = "",
	    .content_type = "application/json",
	    .headers = &known,
	    .header_count = 1,
	    .body = span_of(data, len)};
	struct wpi_settings s = settings();
	json_t *dossier = dossier_new();
	struct action action;

	memset(&action, 0, sizeof(action));
	wpi_ops.take(&s, &in, &action);
	if (action.kind == ACTION_JOB)
		check(may_ask(
		    json_string_value(json_object_get(action.body, "url"))));
	answer(&s, &in, &action);
	action_fini(&action);
	for (size_t i = 0; i < sizeof(ins) / sizeof(ins[0]); i++)
		give(&s, in.body, ins[i], NULL);
	for (size_t i = 0; i < sizeof(outs) / sizeof(outs[0]); i++)
		give(&s, in.body, outs[i], dossier);
	json_decref(dossier);
	return 0;
}
