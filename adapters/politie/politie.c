/* SPDX-License-Identifier: EUPL-1.2 */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "adapters/politie/map.h"
#include "adapters/politie/politie.h"
#include "adapters/politie/stuf_in.h"
#include "adapters/politie/stuf_out.h"
#include "adapters/politie/stuf_shape.h"
#include "proto/base/mem.h"
#include "proto/base/text.h"
#include "proto/limits.h"

/*
 * The police, over StUF-Jeugdzorg 1.0.9: meldingGeneriekDi01 of sort NAZ comes
 * in as a referral of type zorgmelding; uitkomstMeldingGeneriekDi01 goes back.
 *
 * settings:
 *   besluit      number of the decision that lets the police share (required)
 *   ontvanger    member who gets every report; "buurtteam" when not given
 *   ontvangers   "oin=member oin=member": who gets it by the number of
 *                heeftAlsUitvoerende; another number is refused
 *   applicatie   the StUF applicatie that reports are addressed to; "WIJKHUB"
 *   organisatie  the StUF organisatie; any when not given
 *   tussenstand  "ja": tell the police also that work has started
 *   pad          where outcomes are posted, below the target's URL;
 *                "/stuf/jeugdzorg"
 *
 * A POST is answered with XML, and with the HTTP status that says the same to
 * who does not read XML: 200 Bv03; Fo03 with 409 (sent before), 403 (no
 * permission), 422 (cannot be used), 503 (not now), 500 (our mistake).
 */

struct politie {
	char *member;
	char *recipients; /* NULL: not given */
	char *decision;
	char *applicatie;
	char *organisatie; /* NULL: any */
	char *path;
	bool midway;
};

static void
politie_close(void *state)
{
	struct politie *p = state;

	if (p == NULL)
		return;
	mem_free(p->member);
	mem_free(p->recipients);
	mem_free(p->decision);
	mem_free(p->applicatie);
	mem_free(p->organisatie);
	mem_free(p->path);
	mem_free(p);
}

static char *
setting(const struct adapter_env *env, const char *key, const char *otherwise)
{
	const char *value = env->setting(env, key);

	if (value == NULL || value[0] == '\0')
		value = otherwise;
	return value == NULL ? NULL : mem_strdup(value);
}

/* Each "number=member", with a member that can be one. */
static enum wh_err
check_recipients(const char *list, struct why *why)
{
	char entry[128];

	while (list != NULL && *list != '\0') {
		size_t len = strcspn(list, " \t\n");
		const char *equals;

		if (len >= sizeof(entry))
			return why_set(why, WH_TOO_BIG, "ontvangers: te lang");
		memcpy(entry, list, len);
		entry[len] = '\0';
		equals = strchr(entry, '=');
		if (len > 0 && (equals == NULL || equals == entry ||
				   !text_is_slug(equals + 1, NAME_MAX_LEN)))
			return why_set(why, WH_INVALID,
			    "ontvangers: schrijf nummer=lid, met spaties "
			    "ertussen");
		list += len + strspn(list + len, " \t\n");
	}
	return WH_OK;
}

static enum wh_err
check_settings(const struct politie *p, const struct adapter_env *env,
    struct why *why)
{
	const char *midway = env->setting(env, "tussenstand");

	if (p->decision == NULL)
		return why_set(why, WH_INVALID,
		    "besluit ontbreekt: het nummer van het besluit op grond "
		    "van de Wpg");
	if (strlen(p->decision) > REFERENCE_MAX_LEN)
		return why_set(why, WH_TOO_BIG, "besluit: te lang");
	if (!text_is_slug(p->member, NAME_MAX_LEN))
		return why_set(why, WH_INVALID,
		    "ontvanger: geen naam van een "
		    "lid");
	if (midway != NULL && strcmp(midway, "ja") != 0 &&
	    strcmp(midway, "nee") != 0)
		return why_set(why, WH_INVALID, "tussenstand: ja of nee");
	return check_recipients(p->recipients, why);
}

static enum wh_err
politie_open(const struct adapter_env *env, void **state, struct why *why)
{
	struct politie *p = mem_new(sizeof(*p));
	const char *midway = env->setting(env, "tussenstand");
	enum wh_err err;

	p->member = setting(env, "ontvanger", "buurtteam");
	p->recipients = setting(env, "ontvangers", NULL);
	p->decision = setting(env, "besluit", NULL);
	p->applicatie = setting(env, "applicatie", "WIJKHUB");
	p->organisatie = setting(env, "organisatie", NULL);
	p->path = setting(env, "pad", "/stuf/jeugdzorg");
	p->midway = midway != NULL && strcmp(midway, "ja") == 0;
	err = check_settings(p, env, why);
	if (err != WH_OK) {
		politie_close(p);
		return err;
	}
	*state = p;
	return WH_OK;
}

static void
divert(struct action *out, const char *field, const char *text)
{
	action_reject(out, "StUF037", field, "%s", text);
	out->kind = ACTION_DIVERT;
}

/* Messages of the same standard that are not for a neighbourhood team. */
static bool
divert_root(const struct stuf_node *root, struct action *out)
{
	if (strcmp(root->tag, "JZ:meldingGeneriekDi01") == 0)
		return false;
	if (strcmp(root->tag, "JZ:vtMeldingDi01") == 0 ||
	    strcmp(root->tag, "JZ:vtTerugkoppelingDi01") == 0)
		divert(out, "stuurgegevens/functie",
		    "bericht voor Veilig Thuis: stuur het via JUBES naar "
		    "Veilig Thuis, niet naar een wijkteam");
	else
		action_reject(out, "StUF037", "stuurgegevens/functie",
		    "alleen meldingGeneriekDi01 wordt hier aangenomen");
	return true;
}

static bool
divert_kind(const struct stuf_node *root, struct action *out)
{
	static const char field[] = "object/soortmeldingCode";
	const char *kind = stuf_text(root, "JZ:object/JZ:soortmeldingCode");

	if (strcmp(kind, "NAZ") == 0)
		return false;
	if (strcmp(kind, "VT") == 0)
		divert(out, field,
		    "melding voor Veilig Thuis: stuur haar via JUBES naar "
		    "Veilig Thuis, niet naar een wijkteam");
	else
		divert(out, field,
		    "melding voor het Zorg- en Veiligheidshuis: stuur haar "
		    "daarheen, niet naar een wijkteam");
	return true;
}

static enum wh_err
check_receiver(const struct politie *p, const struct stuf_node *root,
    struct stuf_fault *fault)
{
	const struct stuf_node *to =
	    stuf_at(root, "JZ:stuurgegevens/StUF:ontvanger");
	const char *applicatie = stuf_text(to, "StUF:applicatie");
	const char *organisatie = stuf_text(to, "StUF:organisatie");

	if (strcasecmp(applicatie, p->applicatie) != 0 ||
	    (p->organisatie != NULL &&
		(organisatie == NULL ||
		    strcasecmp(organisatie, p->organisatie) != 0)))
		return stuf_fault_set(fault, "StUF010", to,
		    "onbekende ontvanger");
	return WH_OK;
}

static enum wh_err
take_tree(const struct politie *p, const struct stuf_node *root,
    struct action *out, struct stuf_fault *fault)
{
	struct map_settings settings = {.member = p->member,
	    .recipients = p->recipients,
	    .decision = p->decision};
	enum wh_err err;

	if (divert_root(root, out))
		return WH_OK;
	err = stuf_shape_check(root, fault);
	if (err == WH_OK)
		err = check_receiver(p, root, fault);
	if (err != WH_OK || divert_kind(root, out))
		return err;
	err = map_referral(&settings, root, &out->body, fault);
	if (err == WH_OK)
		out->kind = ACTION_REFERRAL;
	return err;
}

static void
politie_take(void *state, const struct adapter_in *in, struct action *out)
{
	struct stuf_fault fault = {.code = ""};
	struct stuf_node *root = NULL;
	struct arena arena;
	enum wh_err err;

	arena_init(&arena, STUF_ARENA_MAX);
	err = stuf_in_read(in->body, &arena, &root, &fault);
	if (err == WH_OK)
		err = take_tree(state, root, out, &fault);
	if (err != WH_OK)
		action_reject(out, fault.code, fault.field, "%s", fault.text);
	arena_fini(&arena);
}

struct verdict {
	int status;
	const char *code; /* NULL: Bv03 */
};

static struct verdict
judge(const struct outcome *outcome)
{
	const char *code = outcome->code == NULL ? "" : outcome->code;

	switch (outcome->kind) {
	case OUTCOME_CREATED:
	case OUTCOME_QUEUED:
		return (struct verdict){200, NULL};
	case OUTCOME_SAME:
	case OUTCOME_CONFLICT:
		return (struct verdict){409, "StUF016"};
	case OUTCOME_REFUSED:
		return (struct verdict){403, "StUF052"};
	case OUTCOME_REJECTED:
	case OUTCOME_DIVERTED:
		return (struct verdict){422,
		    stuf_out_meaning(code) == NULL ? "StUF055" : code};
	case OUTCOME_BUSY:
		return (struct verdict){503, "StUF046"};
	case OUTCOME_DONE:
	case OUTCOME_FORBIDDEN:
	case OUTCOME_NOT_FOUND:
	case OUTCOME_READ:
		break;
	}
	return (struct verdict){500, "StUF058"};
}

/* Where and why, never what stood there. */
static void
describe(const struct outcome *outcome, char *out, size_t size)
{
	const char *field = outcome->field == NULL ? "" : outcome->field;
	const char *text = outcome->text == NULL ? "" : outcome->text;

	switch (outcome->kind) {
	case OUTCOME_SAME:
		(void)snprintf(out, size, "Bericht is al ontvangen");
		return;
	case OUTCOME_CONFLICT:
		(void)snprintf(out, size,
		    "Onder dit referentienummer is al een ander bericht "
		    "ontvangen");
		return;
	case OUTCOME_REFUSED:
		(void)snprintf(out, size, "%s",
		    terms_text(TERMS_REASONS, outcome->reason));
		return;
	case OUTCOME_BUSY:
		(void)snprintf(out, size, "Probeer het later opnieuw");
		return;
	case OUTCOME_REJECTED:
	case OUTCOME_DIVERTED:
		(void)snprintf(out, size, "%s%s%s", field,
		    field[0] == '\0' || text[0] == '\0' ? "" : ": ", text);
		return;
	case OUTCOME_CREATED:
	case OUTCOME_QUEUED:
	case OUTCOME_DONE:
	case OUTCOME_FORBIDDEN:
	case OUTCOME_NOT_FOUND:
	case OUTCOME_READ:
		break;
	}
	out[0] = '\0';
}

static void
politie_answer(void *state, const struct adapter_in *in,
    const struct outcome *outcome, struct adapter_reply *reply)
{
	const struct politie *p = state;
	struct verdict verdict = judge(outcome);
	char reference[STUF_REFERENCE_SIZE];
	struct stuf_header header;
	struct stuf_answer answer = {.header = &header,
	    .applicatie = p->applicatie,
	    .reference = reference,
	    .now_ms = in->now_ms};
	char details[WHY_MAX + 160];

	stuf_in_header(in->body, &header);
	stuf_out_reference(&in->request_id, reference);
	describe(outcome, details, sizeof(details));
	if (verdict.code == NULL)
		reply->body = stuf_out_bv03(&answer, &reply->len);
	else
		reply->body =
		    stuf_out_fo03(&answer, verdict.code, details, &reply->len);
	reply->status = reply->body == NULL ? 500 : verdict.status;
	(void)str_copy(reply->content_type, sizeof(reply->content_type),
	    "text/xml; charset=utf-8");
}

static void
park(struct step *out, const char *what, const char *code)
{
	out->kind = STEP_PARK;
	(void)snprintf(out->text, sizeof(out->text), "%s%s%s", what,
	    code[0] == '\0' ? "" : ": ", code);
}

static void
give_outcome(const struct politie *p, const struct job_view *job,
    struct step *out)
{
	char reference[STUF_REFERENCE_SIZE];
	struct map_outcome outcome;

	if (map_outcome(job->dossier, job->event, p->midway, &outcome) !=
	    WH_OK) {
		out->kind = STEP_DONE;
		return;
	}
	stuf_out_reference(&job->job_id, reference);
	out->body = stuf_out_outcome(job->dossier, &outcome, reference,
	    job->now_ms, &out->len);
	if (out->body == NULL) {
		park(out, "uitkomst kan niet worden gemaakt", "");
		return;
	}
	out->kind = STEP_REQUEST;
	out->method = "POST";
	out->url = mem_strdup(p->path);
	(void)str_copy(out->content_type, sizeof(out->content_type),
	    "text/xml; charset=utf-8");
	out->context = json_object();
}

/* Bv03 on this very message; StUF016 when an earlier try had arrived. */
static void
give_answer(const struct job_view *job, struct step *out)
{
	char reference[STUF_REFERENCE_SIZE];
	struct stuf_header header;
	bool ours, taken, known;

	stuf_in_header(job->response, &header);
	stuf_out_reference(&job->job_id, reference);
	ours = strcmp(header.cross_ref, reference) == 0;
	taken = strcmp(header.berichtcode, "Bv03") == 0 && job->status >= 200 &&
		job->status < 300;
	known = strcmp(header.fault_code, "StUF016") == 0;
	if (ours && (taken || known))
		out->kind = STEP_DONE;
	else if (header.berichtcode[0] == 'F')
		park(out, "de politie wijst de uitkomst af", header.fault_code);
	else
		park(out, "antwoord van de politie is geen Bv03 op dit bericht",
		    "");
}

static void
politie_give(void *state, const struct job_view *job, struct step *out)
{
	out->kind = STEP_DONE;
	if (job->dossier == NULL || job->event == NULL)
		return;
	if (job->step == 0)
		give_outcome(state, job, out);
	else
		give_answer(job, out);
}

static const struct adapter_route routes[] = {
    {.method = "POST",
	.path = "/stuf/jeugdzorg",
	.body_max = STUF_DOCUMENT_MAX},
};

static const char *const settings[] = {"besluit", "ontvanger", "ontvangers",
    "applicatie", "organisatie", "tussenstand", "pad", NULL};

const struct adapter_ops politie_ops = {
    .name = "politie",
    .role = "politie",
    .routes = routes,
    .route_count = sizeof(routes) / sizeof(routes[0]),
    .settings = settings,
    .open = politie_open,
    .take = politie_take,
    .answer = politie_answer,
    .give = politie_give,
    .close = politie_close,
};
